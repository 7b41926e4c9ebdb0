//! Conversion of values to types, with the rules of Terraform's type constraints.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::types::{common_element, common_member, convertible, fill};
use super::{Field, Type, Unknown, Value};

/// The value as one of the type `to`; optional attributes that are missing take their defaults.
pub fn convert(value: &Value, to: &Type) -> Result<Value, String> {
    let from = match value {
        Value::Null => return Ok(Value::Null),
        _ if *to == Type::Any => return Ok(value.clone()),
        _ => value.type_of(),
    };
    if !convertible(&from, to) {
        return Err(mismatch(&from, to));
    }
    if let Value::Unknown(unknown) = value {
        let of = replaced(&from, to);
        return Ok(Value::Unknown(Unknown { of, ..unknown.clone() }));
    }
    match to {
        Type::Any => Ok(value.clone()),
        Type::Bool => to_bool(value),
        Type::Number => to_number(value),
        Type::String => to_text(value),
        Type::List(of) => {
            let Some(_) = value.length() else {
                let of = replaced(&from, to);
                return Ok(Value::unknown_result(of));
            };
            Ok(Value::List(converted(value, &from, of)?.into()))
        }
        Type::Set(of) => Ok(Value::set(converted(value, &from, of)?)),
        Type::Map(of) => {
            let types = member_types(&from);
            let of = common_member(&types.iter().collect::<Vec<_>>(), of).unwrap_or(Type::Any);
            let mut map = BTreeMap::new();
            for (key, item) in value.entries().into_iter().flatten() {
                map.insert(key.clone(), convert(item, &of).map_err(|error| format!("{key:?}: {error}"))?);
            }
            Ok(Value::Map(Arc::new(map)))
        }
        Type::Tuple(types) => {
            let items = value.items().unwrap_or_default().iter().zip(types);
            items.map(|(item, of)| convert(item, of)).collect::<Result<Vec<_>, _>>().map(Value::tuple)
        }
        Type::Object(fields) => to_object(value, fields),
    }
}

fn converted(value: &Value, from: &Type, of: &Type) -> Result<Vec<Value>, String> {
    let types = member_types(from);
    let of = common_element(&types.iter().collect::<Vec<_>>(), of).unwrap_or(Type::Any);
    let items = value.items().unwrap_or_default().iter().enumerate();
    items.map(|(at, item)| convert(item, &of).map_err(|error| format!("element {at}: {error}"))).collect()
}

fn member_types(of: &Type) -> Vec<Type> {
    match of {
        Type::List(of) | Type::Set(of) | Type::Map(of) => vec![(**of).clone()],
        Type::Tuple(items) => items.clone(),
        Type::Object(fields) => fields.values().map(|field| field.of.clone()).collect(),
        _ => Vec::new(),
    }
}

fn to_object(value: &Value, fields: &BTreeMap<Arc<str>, Field>) -> Result<Value, String> {
    let given = value.entries();
    let mut object = BTreeMap::new();
    for (name, field) in fields {
        let default = || field.optional.as_deref().cloned();
        let value = match given.and_then(|given| given.get(name)) {
            // A null takes the default too, when there is one.
            Some(Value::Null) => default().unwrap_or(Value::Null),
            Some(value) => value.clone(),
            None => default().ok_or_else(|| format!("attribute {name:?} is required"))?,
        };
        object.insert(
            name.clone(),
            convert(&value, &field.of).map_err(|error| format!("attribute {name:?}: {error}"))?,
        );
    }
    Ok(Value::Object(Arc::new(object)))
}

fn to_bool(value: &Value) -> Result<Value, String> {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::String(text) if matches!(&**text, "true" | "1") => Ok(Value::Bool(true)),
        Value::String(text) if matches!(&**text, "false" | "0") => Ok(Value::Bool(false)),
        _ => Err("a bool is required".to_owned()),
    }
}

fn to_number(value: &Value) -> Result<Value, String> {
    match value {
        Value::Number(_) => Ok(value.clone()),
        Value::String(text) => text.parse().map(Value::Number),
        _ => Err("a number is required".to_owned()),
    }
}

/// As a template or a string argument writes it: a string, or what is unknown or null of one.
pub fn to_text(value: &Value) -> Result<Value, String> {
    match value {
        Value::Null | Value::String(_) => Ok(value.clone()),
        Value::Number(number) => Ok(Value::string(number.to_string())),
        Value::Bool(value) => Ok(Value::string(if *value { "true" } else { "false" })),
        Value::Unknown(unknown) if convertible(&unknown.of, &Type::String) => {
            Ok(Value::Unknown(Unknown { of: Type::String, ..unknown.clone() }))
        }
        _ => Err("string required".to_owned()),
    }
}

/// The type of an unknown value after its conversion: what `to` leaves open comes from `from`.
fn replaced(from: &Type, to: &Type) -> Type {
    let element = |of: &Type| {
        let types = member_types(from);
        let given = common_element(&types.iter().collect::<Vec<_>>(), &Type::Any).unwrap_or(Type::Any);
        Box::new(if types.is_empty() { of.clone() } else { replaced(&given, of) })
    };
    match (from, to) {
        (Type::Any, _) => without_optional(to),
        (_, Type::Any) => from.clone(),
        (_, Type::List(of)) => Type::List(element(of)),
        (_, Type::Set(of)) => Type::Set(element(of)),
        (_, Type::Map(of)) => Type::Map(element(of)),
        (Type::Tuple(from), Type::Tuple(to)) => {
            Type::Tuple(from.iter().zip(to).map(|(from, to)| replaced(from, to)).collect())
        }
        (Type::Object(from), Type::Object(to)) => Type::object(to.iter().map(|(name, field)| {
            let given = from.get(name).map_or(Type::Any, |given| given.of.clone());
            (name.clone(), replaced(&given, &field.of))
        })),
        (Type::Map(from), Type::Object(to)) => {
            Type::object(to.iter().map(|(name, field)| (name.clone(), replaced(from, &field.of))))
        }
        _ => fill(without_optional(to), from.clone()),
    }
}

/// Values have all attributes of their type: optional ones exist only in constraints.
fn without_optional(of: &Type) -> Type {
    let boxed = |of: &Type| Box::new(without_optional(of));
    match of {
        Type::List(of) => Type::List(boxed(of)),
        Type::Set(of) => Type::Set(boxed(of)),
        Type::Map(of) => Type::Map(boxed(of)),
        Type::Tuple(items) => Type::Tuple(items.iter().map(without_optional).collect()),
        Type::Object(fields) => {
            Type::object(fields.iter().map(|(name, field)| (name.clone(), without_optional(&field.of))))
        }
        other => other.clone(),
    }
}

fn mismatch(from: &Type, to: &Type) -> String {
    match (from, to) {
        (Type::Object(from), Type::Object(to)) => {
            let missing: Vec<String> = to
                .iter()
                .filter(|(name, field)| field.optional.is_none() && !from.contains_key(*name))
                .map(|(name, _)| format!("{name:?}"))
                .collect();
            match missing.as_slice() {
                [] => "incorrect object attributes".to_owned(),
                [name] => format!("attribute {name} is required"),
                names => format!("attributes {} are required", names.join(", ")),
            }
        }
        (Type::Tuple(_), Type::List(of) | Type::Set(of)) | (Type::Object(_), Type::Map(of))
            if **of == Type::Any =>
        {
            "all elements must have the same type".to_owned()
        }
        _ => format!("{} required", to.name()),
    }
}
