//! Sets: what is a duplicate, and in which order members are listed.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Number, Type, Value, convert, equal, types};

/// Members of different types are first converted to the type that they have in common.
pub fn from_items(mut items: Vec<Value>) -> Value {
    let types: Vec<Type> = items.iter().map(Value::type_of).collect();
    if let Some(of) = types::unify(&types)
        && types.iter().any(|other| *other != of)
    {
        for item in &mut items {
            if let Ok(converted) = convert(item, &of) {
                *item = converted;
            }
        }
    }
    items.sort_by_cached_key(key);
    // Equal members are neighbours; two unknown ones are never known to be equal.
    items.dedup_by(|left, right| equal(left, right) == Value::Bool(true));
    Value::Set(items.into())
}

/// Strings, numbers and bools by value; others by a text that stands for them, since Terraform
/// leaves their order open. Then what is unknown, then null.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    Written(String),
    Unknown,
    Null,
}

fn key(value: &Value) -> Key {
    match value {
        Value::Bool(value) => Key::Bool(*value),
        Value::Number(number) => Key::Number(number.clone()),
        Value::String(text) => Key::String(text.clone()),
        Value::Unknown(_) => Key::Unknown,
        Value::Null => Key::Null,
        _ => {
            let mut text = String::new();
            write_key(value, &mut text);
            Key::Written(text)
        }
    }
}

fn write_key(value: &Value, text: &mut String) {
    let mut all = |open: char, items: &mut dyn Iterator<Item = &Value>, close: char| {
        text.push(open);
        for item in items {
            write_key(item, text);
            text.push(';');
        }
        text.push(close);
    };
    match value {
        Value::Null => text.push('~'),
        Value::Unknown(_) => text.push('?'),
        Value::Bool(value) => text.push(if *value { 'T' } else { 'F' }),
        // Ten digits, as the original orders them.
        Value::Number(number) => text.push_str(&number.exact().general(Some(10), 'e')),
        Value::String(string) => {
            let _ = write!(text, "{string:?}");
        }
        Value::List(items) | Value::Set(items) => all('[', &mut items.iter(), ']'),
        Value::Tuple(items) => all('<', &mut items.iter(), '>'),
        Value::Object(entries) => all('<', &mut entries.values(), '>'),
        Value::Map(entries) => {
            text.push('{');
            for (key, item) in entries.iter() {
                let _ = write!(text, "{key:?}:");
                write_key(item, text);
                text.push(';');
            }
            text.push('}');
        }
    }
}
