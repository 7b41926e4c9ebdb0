//! Sets: what is a duplicate, and in which order members are listed.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::{Type, Value, convert, equal, types};

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
    items.sort_by(order);
    // Equal members are neighbours; two unknown ones are never known to be equal.
    items.dedup_by(|left, right| equal(left, right) == Value::Bool(true));
    Value::Set(items.into())
}

/// Strings, numbers and bools by value; others by a text that stands for them, since Terraform
/// leaves their order open. Then null, then unknown.
fn order(left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Unknown(_) => 1,
        Value::Null => 2,
        _ => 0,
    };
    match (left, right) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        _ => rank(left).cmp(&rank(right)).then_with(|| key(left).cmp(&key(right))),
    }
}

fn key(value: &Value) -> String {
    let mut text = String::new();
    write_key(value, &mut text);
    text
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
