//! The value of a document, with a source span on every part of it.
//!
//! Policies get the clean JSON of a node (`to_json`), never a location key: injected keys would
//! change what a policy counts. A path that a policy returns is turned back into a span by
//! `locate`, which follows the longest prefix that exists.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Number, Value as Json};

use crate::model::Span;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: Value,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    List(Vec<Node>),
    /// In source order, keys unique.
    Map(Vec<Entry>),
    /// Set to something that nobody can know before apply. Absent from the clean JSON and listed
    /// by `unknown_paths`.
    Unknown,
    /// Blocks of which nobody can know before apply how many there are. Like `Unknown` otherwise.
    UnknownBlocks,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: String,
    pub key_span: Span,
    pub node: Node,
}

/// One step of a path into a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// A place where a value is missing that nobody can know before apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPath {
    pub path: Vec<Step>,
    /// Blocks are missing there, not a value.
    pub blocks: bool,
}

/// What `locate` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// The range to mark: key and value of a scalar entry, the key of a container, else the value.
    pub span: Span,
    /// How many steps of the path exist.
    pub depth: usize,
}

impl Node {
    pub fn new(value: Value, span: Span) -> Self {
        Self { value, span }
    }

    pub fn string(text: impl Into<String>, span: Span) -> Self {
        Self::new(Value::String(text.into()), span)
    }

    /// The same value, every part of it standing at `span`: what a reference gives its user.
    #[must_use]
    pub fn standing_at(mut self, span: Span) -> Self {
        self.span = span;
        match &mut self.value {
            Value::List(items) => {
                for item in items {
                    *item = std::mem::replace(item, Node::new(Value::Null, span)).standing_at(span);
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    entry.key_span = span;
                    entry.node =
                        std::mem::replace(&mut entry.node, Node::new(Value::Null, span)).standing_at(span);
                }
            }
            _ => {}
        }
        self
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self.value, Value::Unknown | Value::UnknownBlocks)
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a map; empty for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; empty for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The strings of a list, or the one string of a scalar: YAML authors write both.
    pub fn strings(&self) -> Vec<&str> {
        match &self.value {
            Value::String(text) => vec![text],
            Value::List(items) => items.iter().filter_map(Node::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The clean JSON that a policy sees. Unknown members of maps are absent; unknown items of
    /// lists are null, so that the others keep their index.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null | Value::Unknown | Value::UnknownBlocks => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => Json::Number(number.clone()),
            Value::String(text) => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Map(entries) => Json::Object(
                entries
                    .iter()
                    .filter(|entry| !entry.node.is_unknown())
                    .map(|entry| (entry.key.clone(), entry.node.to_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// Paths of every unknown value, in source order.
    pub fn unknown_paths(&self) -> Vec<UnknownPath> {
        let mut found = Vec::new();
        self.collect_unknown(&mut Vec::new(), &mut found);
        found
    }

    fn collect_unknown(&self, path: &mut Vec<Step>, found: &mut Vec<UnknownPath>) {
        match &self.value {
            Value::Unknown => found.push(UnknownPath { path: path.clone(), blocks: false }),
            Value::UnknownBlocks => found.push(UnknownPath { path: path.clone(), blocks: true }),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push(Step::Index(index));
                    item.collect_unknown(path, found);
                    path.pop();
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    path.push(Step::Key(entry.key.clone()));
                    entry.node.collect_unknown(path, found);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    /// Follows `path` as far as it exists. `None` when not even the first step does.
    pub fn locate(&self, path: &[Step]) -> Option<Located> {
        let mut node = self;
        let mut found = None;
        for (index, step) in path.iter().enumerate() {
            let depth = index + 1;
            match step {
                Step::Key(key) => {
                    let Some(entry) = node.entry(key) else { break };
                    node = &entry.node;
                    let span = match node.value {
                        Value::Map(_) | Value::List(_) => entry.key_span,
                        _ => entry.key_span.to(node.span),
                    };
                    found = Some(Located { span, depth });
                }
                Step::Index(at) => {
                    let Some(item) = node.items().get(*at) else { break };
                    node = item;
                    found = Some(Located { span: node.span, depth });
                }
            }
        }
        found
    }
}

/// As `to_json`, without making it.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null | Value::Unknown | Value::UnknownBlocks => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(number) => number.serialize(serializer),
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => serializer.collect_seq(items),
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(None)?;
                for Entry { key, node, .. } in entries.iter().filter(|entry| !entry.node.is_unknown()) {
                    map.serialize_entry(key, node)?;
                }
                map.end()
            }
        }
    }
}

/// A path as a policy sees it and returns it.
pub fn steps_json(path: &[Step]) -> Json {
    path.iter()
        .map(|step| match step {
            Step::Key(key) => Json::String(key.clone()),
            Step::Index(index) => Json::from(*index),
        })
        .collect()
}

/// A path as a policy returns it: an array of strings and whole numbers. Stops at anything else.
pub fn steps_from_json(path: &Json) -> Vec<Step> {
    let Some(items) = path.as_array() else { return Vec::new() };
    items
        .iter()
        .map_while(|item| match item {
            Json::String(key) => Some(Step::Key(key.clone())),
            Json::Number(number) => number.as_u64().and_then(|n| usize::try_from(n).ok()).map(Step::Index),
            _ => None,
        })
        .collect()
}
