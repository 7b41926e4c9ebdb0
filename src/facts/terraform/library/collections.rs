//! Functions that look into collections of any kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation as _;

use super::call::{ANY, ANYTHING, Call, Function, Kind, OPEN, OPEN_TEXT, Outcome, Param, TEXTS, texts};
use super::{MAX_ITEMS, too_many_items};
use crate::facts::terraform::value::{Type, Value, convert, equal, unify};

pub fn find(name: &str) -> Option<Function> {
    const BOOLS: &[Param] = &[Param::of(Kind::Bools)];
    const TURNED: &[Param] = &[Param::of(Kind::TextsByKey).known()];
    Some(match name {
        "length" => Function::new(&[OPEN], Kind::Number, length),
        "alltrue" => Function::new(BOOLS, Kind::Bool, alltrue),
        "anytrue" => Function::new(BOOLS, Kind::Bool, anytrue),
        "contains" => Function::new(&[ANY, ANY], Kind::Bool, contains),
        "coalesce" => Function::new(&[], Kind::Any, coalesce).then(ANYTHING),
        "keys" => Function::new(&[OPEN], Kind::Any, keys),
        "values" => Function::new(&[OPEN], Kind::Any, values),
        "lookup" => Function::new(&[OPEN, OPEN_TEXT], Kind::Any, lookup).then(ANYTHING),
        "merge" => Function::new(&[], Kind::Any, merge).then(ANYTHING),
        "one" => Function::new(&[ANY], Kind::Any, one),
        "transpose" => Function::new(TURNED, Kind::TextsByKey, transpose),
        "zipmap" => Function::new(&[TEXTS, ANY], Kind::Any, zipmap),
        _ => return None,
    })
}

fn length(call: &Call<'_>) -> Outcome {
    let value = call.arg(0);
    if let Some(length) = value.length() {
        return Ok(Value::number(length));
    }
    match (value, value.type_of()) {
        (Value::String(text), _) => Ok(Value::number(text.graphemes(true).count())),
        (_, Type::Bool | Type::Number) => {
            Err("argument must be a string, a collection type, or a structural type".to_owned())
        }
        _ => Ok(Value::unknown_result(Type::Number)),
    }
}

fn alltrue(call: &Call<'_>) -> Outcome {
    for item in call.items(0)? {
        match item {
            Value::Bool(true) => {}
            Value::Unknown(_) => return Ok(Value::unknown_result(Type::Bool)),
            _ => return Ok(Value::Bool(false)),
        }
    }
    Ok(Value::Bool(true))
}

fn anytrue(call: &Call<'_>) -> Outcome {
    let items = call.items(0)?;
    if items.contains(&Value::Bool(true)) {
        return Ok(Value::Bool(true));
    }
    let unknown = items.iter().any(Value::is_unknown);
    Ok(if unknown { Value::unknown_result(Type::Bool) } else { Value::Bool(false) })
}

fn contains(call: &Call<'_>) -> Outcome {
    let mut outcome = Value::Bool(false);
    for item in call.items(0)? {
        match equal(call.arg(1), item) {
            Value::Bool(true) => return Ok(Value::Bool(true)),
            Value::Bool(_) => {}
            unknown => outcome = unknown,
        }
    }
    Ok(outcome)
}

/// The first argument that is neither null nor empty, as the type that all have in common.
fn coalesce(call: &Call<'_>) -> Outcome {
    let types: Vec<Type> = call.args.iter().map(Value::type_of).collect();
    let of = unify(&types).ok_or_else(|| "all arguments must have the same type".to_owned())?;
    for arg in &call.args {
        match convert(arg, &of)? {
            Value::Null => {}
            Value::String(text) if text.is_empty() => {}
            Value::Unknown(_) => return Ok(Value::unknown_result(of)),
            found => return Ok(found),
        }
    }
    Err("no non-null, non-empty-string arguments".to_owned())
}

fn keys(call: &Call<'_>) -> Outcome {
    let text = |key: &Arc<str>| Value::String(key.clone());
    match (call.arg(0), call.arg(0).type_of()) {
        (Value::Map(entries), _) => Ok(Value::list(entries.keys().map(text))),
        (_, Type::Object(fields)) => Ok(Value::tuple(fields.keys().map(text))),
        (_, Type::Map(_)) => Ok(Value::unknown_result(Kind::Texts.of())),
        (_, Type::Any) => Ok(Value::unknown()),
        _ => Err("must have map or object type".to_owned()),
    }
}

fn values(call: &Call<'_>) -> Outcome {
    match (call.arg(0), call.arg(0).type_of()) {
        (Value::Map(entries), _) => Ok(Value::list(entries.values().cloned())),
        (Value::Object(entries), _) => Ok(Value::tuple(entries.values().cloned())),
        (_, Type::Map(of)) => Ok(Value::unknown_result(Type::List(of))),
        (_, Type::Object(fields)) => {
            Ok(Value::unknown_result(Type::Tuple(fields.into_values().map(|field| field.of).collect())))
        }
        (_, Type::Any) => Ok(Value::unknown()),
        _ => Err("values() requires a map as the first argument".to_owned()),
    }
}

fn lookup(call: &Call<'_>) -> Outcome {
    let default = match call.rest(2) {
        [] => None,
        [default] => Some(default),
        _ => return Err(format!("lookup() takes two or three arguments, got {}", call.args.len())),
    };
    let (map, key) = (call.arg(0), call.arg(1).as_str());
    let fallback = |of: &Type| match default {
        Some(default) => convert(default, of),
        None => Err(format!("lookup failed to find key {:?}", key.unwrap_or_default())),
    };
    match (map, map.type_of(), key) {
        (_, Type::Any, _) | (_, Type::Object(_), None) => Ok(Value::unknown()),
        (Value::Object(entries), _, Some(key)) => {
            entries.get(key).map_or_else(|| fallback(&Type::Any), |found| Ok(found.clone()))
        }
        (_, Type::Object(fields), Some(key)) => Ok(match (fields.get(key), default) {
            (Some(field), _) => Value::unknown_of(field.of.clone()),
            (None, Some(default)) => default.clone(),
            (None, None) => return Err(format!("the given object has no attribute {key:?}")),
        }),
        (Value::Map(entries), Type::Map(of), Some(key)) => {
            // The default must fit even when it is not needed.
            let default = fallback(&of);
            match entries.get(key) {
                Some(_) if call.args.len() > 2 && default.is_err() => default,
                Some(found) => Ok(found.clone()),
                None => default,
            }
        }
        (_, Type::Map(of), _) => {
            if call.args.len() > 2 {
                fallback(&of)?;
            }
            Ok(Value::unknown_of(*of))
        }
        _ => Err("lookup() requires a map as the first argument".to_owned()),
    }
}

/// Later entries win. Maps of one type stay a map, all else becomes an object.
fn merge(call: &Call<'_>) -> Outcome {
    let mut merged: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    let mut types = Vec::new();
    let mut unknown = false;
    for arg in &call.args {
        match (arg, arg.type_of()) {
            (Value::Null, _) => continue,
            (Value::Map(entries) | Value::Object(entries), of) => {
                merged.extend(entries.iter().map(|(key, value)| (key.clone(), value.clone())));
                types.push(of);
            }
            (_, of @ (Type::Map(_) | Type::Object(_))) => {
                unknown = true;
                types.push(of);
            }
            (_, Type::Any) => return Ok(Value::unknown()),
            (_, of) => return Err(format!("arguments must be maps or objects, got {:?}", of.name())),
        }
        if merged.len() > MAX_ITEMS {
            return Err(too_many_items());
        }
    }
    let maps = |of: &Type| matches!(of, Type::Map(_));
    let nulls = call.args.len() > types.len();
    let common = match types.split_first() {
        None if call.args.is_empty() => return Ok(Value::Object(Arc::default())),
        None => return Ok(Value::Object(Arc::default())),
        Some((first, rest)) if maps(first) && !nulls && rest.iter().all(maps) => unify(&types)
            .filter(|of| types.iter().all(|other| other == of || *other == Type::Map(Box::new(Type::Any)))),
        Some((first, rest)) if !nulls && rest.iter().all(|other| other == first) => Some(first.clone()),
        Some(_) => None,
    };
    match (common, unknown) {
        (Some(of), true) => Ok(Value::unknown_result(of)),
        (None, true) => Ok(unknown_object(&types)),
        (Some(Type::Map(_)), false) => Ok(Value::Map(Arc::new(merged))),
        _ => Ok(Value::Object(Arc::new(merged))),
    }
}

/// Of objects the attributes are known even when their values are not.
fn unknown_object(types: &[Type]) -> Value {
    let mut merged = BTreeMap::new();
    for of in types {
        let Type::Object(fields) = of else { return Value::unknown() };
        merged.extend(fields.iter().map(|(name, field)| (name.clone(), field.clone())));
    }
    Value::unknown_result(Type::Object(merged))
}

fn one(call: &Call<'_>) -> Outcome {
    let refused = || "must be a list, set, or tuple value with either zero or one elements".to_owned();
    let value = call.arg(0);
    match (value.items().ok_or_else(refused)?, value) {
        ([], _) => Ok(Value::Null),
        ([single], _) => Ok(single.clone()),
        // Unknown members of a set may turn out to be one and the same.
        (_, Value::Set(_)) if value.length().is_none() => Ok(match value.type_of() {
            Type::Set(of) => Value::unknown_of(*of),
            _ => Value::unknown(),
        }),
        _ => Err(refused()),
    }
}

fn transpose(call: &Call<'_>) -> Outcome {
    let mut turned: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    let mut count = 0_usize;
    for (key, list) in call.arg(0).entries().into_iter().flatten() {
        let list = list.items().ok_or_else(|| "input must not contain null list".to_owned())?;
        for text in texts(list)? {
            count += 1;
            if count > MAX_ITEMS {
                return Err(too_many_items());
            }
            turned.entry(text.into()).or_default().push(Value::String(key.clone()));
        }
    }
    Ok(Value::map(turned.into_iter().map(|(key, list)| (key, Value::list(list)))))
}

fn zipmap(call: &Call<'_>) -> Outcome {
    let (keys, values) = (call.items(0)?, call.arg(1));
    let (Value::List(items) | Value::Tuple(items)) = values else {
        return Err("values argument must be a list or tuple value".to_owned());
    };
    if keys.len() != items.len() {
        return Err(format!(
            "number of keys ({}) does not match number of values ({})",
            keys.len(),
            items.len()
        ));
    }
    let entries = texts(keys)?.into_iter().zip(items.iter().cloned());
    Ok(if matches!(values, Value::List(_)) { Value::map(entries) } else { Value::object(entries) })
}
