//! The functions of Terraform's language that plain configurations use.
//!
//! A function that is missing here, or is called with what it does not take, gives `Unknown`: the
//! verdict then says so instead of guessing.

use serde_json::Value as Json;

use crate::model::Span;
use crate::source::{Entry, Node, Value};

/// Calls `name`. Unknown arguments stay unknown, except inside collections.
pub fn call(name: &str, mut args: Vec<Node>) -> Value {
    if args.iter().any(Node::is_unknown) {
        return Value::Unknown;
    }
    let first = args.first().map(|node| &node.value);
    match (name, first) {
        ("merge", _) => merge(args),
        ("concat", _) => {
            let mut all = Vec::new();
            for arg in args {
                let Value::List(items) = arg.value else { return Value::Unknown };
                all.extend(items);
            }
            Value::List(all)
        }
        ("jsonencode", Some(_)) => match args.first().filter(|node| node.unknown_paths().is_empty()) {
            Some(node) => Value::String(node.to_json().to_string()),
            None => Value::Unknown,
        },
        ("tostring", Some(value)) => as_text(value).map_or(Value::Unknown, Value::String),
        ("tolist" | "tomap" | "tobool" | "tonumber" | "sensitive" | "nonsensitive", Some(_)) => {
            args.swap_remove(0).value
        }
        ("toset", Some(Value::List(items))) => {
            let mut unique: Vec<Node> = Vec::new();
            for item in items {
                if !unique.iter().any(|other| other.to_json() == item.to_json()) {
                    unique.push(item.clone());
                }
            }
            unique.sort_by_key(|item| item.to_json().to_string());
            Value::List(unique)
        }
        ("lower", Some(Value::String(text))) => Value::String(text.to_lowercase()),
        ("upper", Some(Value::String(text))) => Value::String(text.to_uppercase()),
        ("trimspace", Some(Value::String(text))) => Value::String(text.trim().to_owned()),
        ("length", Some(Value::List(items))) => Value::Number(items.len().into()),
        ("length", Some(Value::Map(entries))) => Value::Number(entries.len().into()),
        ("length", Some(Value::String(text))) => Value::Number(text.chars().count().into()),
        ("join", Some(Value::String(separator))) => {
            let parts = args.get(1).map(|list| list.items().iter().map(|item| as_text(&item.value)));
            let joined = parts.and_then(Iterator::collect::<Option<Vec<_>>>);
            joined.map_or(Value::Unknown, |parts| Value::String(parts.join(separator)))
        }
        ("lookup", Some(Value::Map(_))) => {
            let key = args.get(1).and_then(Node::as_str);
            let found = key.and_then(|key| args.first().and_then(|map| map.get(key)));
            found.or(args.get(2)).map_or(Value::Unknown, |node| node.value.clone())
        }
        ("coalesce", _) => {
            let set = |node: &&Node| !matches!(&node.value, Value::Null) && node.as_str() != Some("");
            args.iter().find(set).map_or(Value::Unknown, |node| node.value.clone())
        }
        _ => Value::Unknown,
    }
}

/// Later maps win; members that are unknown stay unknown members.
fn merge(args: Vec<Node>) -> Value {
    let mut merged: Vec<Entry> = Vec::new();
    for arg in args {
        match arg.value {
            Value::Map(entries) => {
                for entry in entries {
                    merged.retain(|other| other.key != entry.key);
                    merged.push(entry);
                }
            }
            Value::Null => {}
            _ => return Value::Unknown,
        }
    }
    Value::Map(merged)
}

/// A scalar as a template writes it; `None` for anything else.
pub fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A fully known value for hcl-rs; `None` when any part is unknown.
pub fn to_hcl(value: &Value) -> Option<hcl::Value> {
    let node = Node::new(value.clone(), Span::default());
    if node.is_unknown() || !node.unknown_paths().is_empty() {
        return None;
    }
    serde_json::from_value(node.to_json()).ok()
}

pub fn from_hcl(value: &hcl::Value, at: Span) -> Node {
    from_json(&serde_json::to_value(value).unwrap_or(Json::Null), at)
}

fn from_json(json: &Json, at: Span) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number.clone()),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(|item| from_json(item, at)).collect()),
        Json::Object(map) => Value::Map(
            map.iter()
                .map(|(key, value)| Entry { key: key.clone(), key_span: at, node: from_json(value, at) })
                .collect(),
        ),
    };
    Node::new(value, at)
}
