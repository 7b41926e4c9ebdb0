//! Values from JSON and to JSON, and the exact text that `jsonencode` writes.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Number, Value};

/// Arrays become tuples and objects objects, as `jsondecode` makes them.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => number.to_string().parse().map_or_else(|_| Value::unknown(), Value::Number),
        Json::String(text) => Value::string(text.as_str()),
        Json::Array(items) => Value::tuple(items.iter().map(from_json)),
        Json::Object(entries) => {
            Value::object(entries.iter().map(|(key, item)| (text_of(key), from_json(item))))
        }
    }
}

fn text_of(key: &str) -> Arc<str> {
    match Value::string(key) {
        Value::String(text) => text,
        _ => key.into(),
    }
}

/// Nothing when anything in it is unknown. A number that no 64 bits hold keeps its nearest float.
pub fn to_json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => number_json(number),
        Value::String(text) => Json::String(text.to_string()),
        Value::List(items) | Value::Set(items) | Value::Tuple(items) => {
            Json::Array(items.iter().map(to_json).collect::<Option<_>>()?)
        }
        Value::Map(entries) | Value::Object(entries) => Json::Object(
            entries
                .iter()
                .map(|(key, item)| Some((key.to_string(), to_json(item)?)))
                .collect::<Option<_>>()?,
        ),
        Value::Unknown(_) => return None,
    })
}

fn number_json(number: &Number) -> Json {
    let text = number.to_string();
    match (text.parse::<i64>(), text.parse::<u64>()) {
        (Ok(small), _) => small.into(),
        (_, Ok(large)) => large.into(),
        _ => serde_json::Number::from_f64(number.as_f64()).map_or(Json::Null, Json::Number),
    }
}

/// The text of `jsonencode`, to `limit` bytes: no spaces, keys in order, and `<`, `>` and `&`
/// escaped as Go's encoder does. Everything must be known.
pub fn encode(value: &Value, limit: usize) -> Result<String, String> {
    let mut text = String::new();
    write(value, &mut text, limit)?;
    Ok(text)
}

fn write(value: &Value, text: &mut String, limit: usize) -> Result<(), String> {
    if text.len() > limit {
        return Err(format!("the JSON text is longer than {limit} bytes"));
    }
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => write_string(string, text),
        Value::List(items) | Value::Set(items) | Value::Tuple(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, text, limit)?;
            }
            text.push(']');
        }
        Value::Map(entries) | Value::Object(entries) => {
            text.push('{');
            for (at, (key, item)) in entries.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_string(key, text);
                text.push(':');
                write(item, text, limit)?;
            }
            text.push('}');
        }
        Value::Unknown(_) => return Err("an unknown value has no JSON text".to_owned()),
    }
    Ok(())
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    text.push('"');
}
