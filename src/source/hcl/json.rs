//! Terraform's JSON syntax: <https://developer.hashicorp.com/terraform/language/syntax/json>.
//!
//! Strings are templates; where the language wants a reference or a type, their text is one. In a
//! resource or provider only its schema could tell whether an object is a block or a map. Schemas
//! are not at hand, so: an object, and a list of objects, is a block or several, unless its name is
//! one that arguments with free keys have (`tags`, `labels`, `triggers`) or one of its keys is no
//! argument's name (`Name`, `kubernetes.io/role`). Evaluated, a list of objects is the same either
//! way; a single object stands in a list as a block does.

use super::ast::{Attribute, Block, Body, Expr, ExprKind, Item, Name, Part};
use super::lower::Place;
use super::{HclError, MAX_ERRORS, Parsed};
use crate::model::Span;
use crate::source::json::line_at;
use crate::source::{Entry, Node, Value};

/// Arguments that take a map with keys of the author's choice. Longer names that end like this
/// count as well: `environment_variables`.
const MAPS: [&str; 27] = [
    "annotations",
    "arguments",
    "attributes",
    "binary_data",
    "data",
    "env",
    "env_vars",
    "headers",
    "hyperparameters",
    "input",
    "keepers",
    "labels",
    "limits",
    "options",
    "parameters",
    "properties",
    "requests",
    "selector",
    "settings",
    "string_data",
    "tags",
    "tags_all",
    "triggers",
    "triggers_replace",
    "values",
    "vars",
    "variables",
];

/// A configuration file, `.tf.json`. `text` is what `root` was read from.
pub fn configuration(root: &Node, text: &str) -> Parsed {
    let mut reader = Reader { text, errors: Vec::new() };
    let mut items = Vec::new();
    for entry in reader.members(root) {
        let labels = match entry.key.as_str() {
            "terraform" | "locals" | "moved" | "import" | "removed" => 0,
            "provider" | "variable" | "output" | "module" | "check" => 1,
            "resource" | "data" | "ephemeral" | "action" => 2,
            other => {
                reader.mistake(entry.key_span, format!("there is no block type {other:?}"));
                continue;
            }
        };
        reader.blocks(entry, labels, &entry.key, &mut items);
    }
    Parsed { body: Body { items, span: root.span }, errors: reader.errors }
}

/// A file of assignments, `.tfvars.json`: values as they are written, no templates.
pub fn assignments(root: &Node, text: &str) -> Parsed {
    let mut reader = Reader { text, errors: Vec::new() };
    let members = reader.members(root).into_iter();
    let items =
        members.map(|entry| attribute(entry, reader.expression(&entry.node, Strings::Literals))).collect();
    Parsed { body: Body { items, span: root.span }, errors: reader.errors }
}

/// What the strings of a value are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strings {
    Templates,
    Literals,
    /// References, types or keywords.
    References,
}

/// What a member of a block is.
enum Member {
    Value(Strings),
    Blocks {
        labels: usize,
    },
    /// Only the provider's schema knows.
    Open,
}

fn member(block: &str, key: &str) -> Member {
    match (block, key) {
        ("variable", "type")
        | ("module", "providers")
        | ("resource" | "data" | "ephemeral" | "import", "provider")
        | ("moved" | "import" | "removed", "from" | "to")
        | ("lifecycle", "ignore_changes" | "replace_triggered_by")
        | ("provisioner", "when" | "on_failure")
        | ("dynamic", "iterator")
        | ("resource" | "data" | "ephemeral" | "module" | "output" | "check", "depends_on") => {
            Member::Value(Strings::References)
        }
        ("variable", "validation")
        | ("output", "precondition")
        | ("check", "assert")
        | ("terraform", "required_providers" | "cloud")
        | ("cloud", "workspaces")
        | ("dynamic", "content")
        | ("lifecycle", "precondition" | "postcondition")
        | ("resource" | "data" | "ephemeral" | "removed", "lifecycle")
        | ("resource" | "provisioner", "connection") => Member::Blocks { labels: 0 },
        ("terraform", "backend" | "provider_meta") | ("resource" | "removed", "provisioner") => {
            Member::Blocks { labels: 1 }
        }
        ("check", "data") => Member::Blocks { labels: 2 },
        ("variable", _) => Member::Value(Strings::Literals),
        (
            "terraform" | "required_providers" | "locals" | "output" | "module" | "moved" | "import"
            | "removed" | "check" | "assert" | "lifecycle" | "validation" | "precondition" | "postcondition"
            | "dynamic",
            _,
        )
        | ("resource" | "data" | "ephemeral" | "action", "count" | "for_each") => {
            Member::Value(Strings::Templates)
        }
        (_, "dynamic") => Member::Blocks { labels: 1 },
        _ => Member::Open,
    }
}

/// Is it a block, or several, as far as can be told without a schema?
fn is_block(key: &str, node: &Node) -> bool {
    let is_map =
        |name: &str| key.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    let is_argument = |entry: &Entry| {
        let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        entry.key == "//"
            || entry.key.starts_with(|c: char| c.is_ascii_lowercase()) && entry.key.chars().all(snake)
    };
    let is_body = |node: &Node| match &node.value {
        Value::Map(entries) => entries.iter().all(is_argument),
        _ => false,
    };
    let objects = match &node.value {
        Value::List(items) => !items.is_empty() && items.iter().all(is_body),
        _ => is_body(node),
    };
    objects && !MAPS.iter().any(|name| is_map(name))
}

fn attribute(entry: &Entry, value: Expr) -> Item {
    let name = Name { text: entry.key.clone(), span: entry.key_span };
    Item::Attribute(Attribute { name, value })
}

#[derive(Clone, Copy)]
struct Kind<'a> {
    name: &'a str,
    schema: &'a str,
}

struct Reader<'a> {
    text: &'a str,
    errors: Vec<HclError>,
}

impl Reader<'_> {
    fn mistake(&mut self, at: Span, reason: String) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(HclError { line: line_at(self.text, at.start), reason });
        }
    }

    /// The objects that stand where one or a list of them may.
    fn objects<'n>(&mut self, node: &'n Node) -> Vec<&'n Node> {
        let objects = match &node.value {
            Value::List(items) => items.iter().collect(),
            Value::Null => Vec::new(),
            _ => vec![node],
        };
        for other in objects.iter().filter(|object| !matches!(object.value, Value::Map(_))) {
            self.mistake(other.span, "an object must stand here".to_owned());
        }
        objects
    }

    /// The members of an object or of a list of them, without comments.
    fn members<'n>(&mut self, node: &'n Node) -> Vec<&'n Entry> {
        let objects = self.objects(node).into_iter();
        objects.flat_map(Node::entries).filter(|entry| entry.key != "//").collect()
    }

    /// The blocks of one type, told apart by so many labels; `schema` names what `member` knows of it.
    fn blocks(&mut self, entry: &Entry, labels: usize, schema: &str, items: &mut Vec<Item>) {
        let kind = Kind { name: &entry.key, schema };
        self.labelled(kind, entry, labels, &mut Vec::new(), items);
    }

    fn labelled(
        &mut self,
        kind: Kind<'_>,
        entry: &Entry,
        missing: usize,
        labels: &mut Vec<String>,
        items: &mut Vec<Item>,
    ) {
        if missing > 0 {
            for inner in self.members(&entry.node) {
                labels.push(inner.key.clone());
                self.labelled(kind, inner, missing - 1, labels, items);
                labels.pop();
            }
            return;
        }
        // What names the block is far away, and shared with others: its last label stands for it.
        let name = |text: &str| Name { text: text.to_owned(), span: entry.key_span };
        for object in self.objects(&entry.node) {
            let alone = object.span == entry.node.span;
            items.push(Item::Block(Block {
                kind: name(kind.name),
                labels: labels.iter().map(|label| name(label)).collect(),
                body: self.body(kind.schema, object),
                span: if alone { entry.key_span.to(object.span) } else { object.span },
            }));
        }
    }

    fn body(&mut self, schema: &str, object: &Node) -> Body {
        let mut items = Vec::new();
        for entry in object.entries().iter().filter(|entry| entry.key != "//") {
            let value = match member(schema, &entry.key) {
                Member::Blocks { labels } => {
                    self.blocks(entry, labels, &entry.key, &mut items);
                    continue;
                }
                Member::Open if is_block(&entry.key, &entry.node) => {
                    // It may be called `output`, and is none.
                    self.blocks(entry, 0, "", &mut items);
                    continue;
                }
                Member::Open => self.expression(&entry.node, Strings::Templates),
                Member::Value(strings) => self.expression(&entry.node, strings),
            };
            items.push(attribute(entry, value));
        }
        Body { items, span: object.span }
    }

    /// What the text of a string is.
    fn string(&mut self, text: &str, place: Place, span: Span, strings: Strings) -> Expr {
        let plain = || Expr::new(ExprKind::String(text.to_owned()), span);
        let parsed = match strings {
            Strings::Literals => return plain(),
            Strings::Templates if !text.contains("${") && !text.contains("%{") => return plain(),
            Strings::Templates => super::template(text, place, span),
            Strings::References => super::expression(text, place),
        };
        match parsed {
            Ok(Expr { kind: ExprKind::Template(parts), span }) => match <[Part; 1]>::try_from(parts) {
                // Nothing but escaped markers.
                Ok([Part::Text(text)]) => Expr::new(ExprKind::String(text), span),
                Ok(part) => Expr::new(ExprKind::Template(part.into()), span),
                Err(parts) => Expr::new(ExprKind::Template(parts), span),
            },
            Ok(expr) => expr,
            Err(error) => {
                self.mistake(span, error.reason);
                plain()
            }
        }
    }

    /// A value as an expression.
    fn expression(&mut self, node: &Node, strings: Strings) -> Expr {
        let written = self.text.get(node.span.start..node.span.end).unwrap_or("");
        let kind = match &node.value {
            Value::Bool(value) => ExprKind::Bool(*value),
            Value::String(text) if written.starts_with('"') => {
                return self.string(text, place(written, node.span), node.span, strings);
            }
            Value::String(_) | Value::Number(_) => ExprKind::Number(written.to_owned()),
            Value::List(items) => {
                ExprKind::Tuple(items.iter().map(|item| self.expression(item, strings)).collect())
            }
            Value::Map(entries) => {
                let keys = if strings == Strings::Templates { strings } else { Strings::Literals };
                let mut pairs = Vec::with_capacity(entries.len());
                for entry in entries {
                    let written = self.text.get(entry.key_span.start..entry.key_span.end).unwrap_or("");
                    let at = entry.key_span;
                    let key = self.string(&entry.key, place(written, at), at, keys);
                    pairs.push((key, self.expression(&entry.node, strings)));
                }
                ExprKind::Object(pairs)
            }
            Value::Null | Value::Unknown | Value::UnknownBlocks => ExprKind::Null,
        };
        Expr::new(kind, node.span)
    }
}

/// Where the content of a string stands: escapes shift what is behind them.
fn place(written: &str, span: Span) -> Place {
    if written.contains('\\') { Place::At(span) } else { Place::From(span.start + 1) }
}
