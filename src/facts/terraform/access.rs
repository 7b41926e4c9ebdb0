//! Steps into a value: attributes, elements, splats.

use super::evaluate::Evaluated;
use super::value::{Number, Type, Unknown, Value, convert, to_text};

/// `value.name`
pub fn attribute(value: &Value, name: &str) -> Evaluated {
    match value {
        Value::Map(entries) | Value::Object(entries) => {
            entries.get(name).cloned().ok_or_else(|| format!("there is no attribute {name:?}"))
        }
        Value::Unknown(unknown) => match &unknown.of {
            Type::Object(fields) if !fields.contains_key(name) => {
                Err(format!("there is no attribute {name:?}"))
            }
            Type::Any | Type::Map(_) | Type::Object(_) => Ok(inside(unknown, name)),
            _ => Err("this has no attributes".to_owned()),
        },
        Value::Null => Err("null has no attributes".to_owned()),
        _ => Err("this has no attributes".to_owned()),
    }
}

/// `value[key]`
pub fn element(value: &Value, key: &Value) -> Evaluated {
    if key.is_null() || value.is_null() {
        return Err("neither what is indexed nor its key may be null".to_owned());
    }
    match value {
        Value::Map(entries) | Value::Object(entries) => match to_text(key)? {
            Value::String(key) => {
                entries.get(&key).cloned().ok_or_else(|| format!("there is no element {key:?}"))
            }
            _ => Ok(Value::unknown()),
        },
        Value::List(items) | Value::Tuple(items) => match convert(key, &Type::Number)? {
            Value::Number(index) => {
                let item = position(&index).and_then(|index| items.get(index)).cloned();
                item.ok_or_else(|| format!("there is no element {index}"))
            }
            _ => Ok(Value::unknown()),
        },
        Value::Unknown(unknown) => match (&unknown.of, key) {
            (Type::Any | Type::Map(_) | Type::Object(_), Value::String(name)) => attribute(value, name),
            (Type::List(of) | Type::Map(of), _) => Ok(Value::unknown_of((**of).clone())),
            (Type::Set(_) | Type::String | Type::Number | Type::Bool, _) => {
                Err("this has no elements".to_owned())
            }
            _ => Ok(Value::unknown()),
        },
        _ => Err("this has no elements".to_owned()),
    }
}

/// `value[*]`: a single value is a list of one, null a list of none.
pub fn splat(value: &Value, each: impl Fn(&Value) -> Evaluated) -> Evaluated {
    match value {
        Value::Null => Ok(Value::tuple([])),
        Value::List(items) | Value::Set(items) => {
            Ok(Value::list(items.iter().map(each).collect::<Result<Vec<_>, _>>()?))
        }
        Value::Tuple(items) => Ok(Value::tuple(items.iter().map(each).collect::<Result<Vec<_>, _>>()?)),
        // A resource of which a part is known; what is merely unknown may turn out to be null.
        Value::Unknown(unknown) if unknown.attributes.is_none() => Ok(Value::unknown()),
        single => Ok(Value::tuple([each(single)?])),
    }
}

/// An attribute of something unknown: known when it was written down.
fn inside(unknown: &Unknown, name: &str) -> Value {
    if let Some(value) = unknown.attributes.as_deref().and_then(|known| known.get(name)) {
        return value.clone();
    }
    match &unknown.of {
        Type::Map(of) => Value::unknown_of((**of).clone()),
        Type::Object(fields) => {
            fields.get(name).map_or(Value::unknown(), |field| Value::unknown_of(field.of.clone()))
        }
        _ => Value::unknown(),
    }
}

pub fn position(index: &Number) -> Option<usize> {
    index.as_i64().and_then(|index| usize::try_from(index).ok())
}
