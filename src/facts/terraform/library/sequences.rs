//! Functions that make lists and tuples of others.

use std::collections::HashSet;

use super::call::{
    ANY, ANYTHING, Call, Function, Kind, NUMBER, OPEN, OPEN_NUMBER, Outcome, Param, TEXTS, number, texts,
};
use super::{MAX_ITEMS, too_many_items};
use crate::facts::terraform::value::{Number, Type, Value, convert, equal, unify};

/// Nesting that `flatten` follows.
const MAX_DEPTH: usize = 100;

pub fn find(name: &str) -> Option<Function> {
    const LIST: Param = Param::of(Kind::List);
    const OPEN_LIST: Param = LIST.or_unknown();
    const TEXT_LIST: Param = Param::of(Kind::Texts);
    Some(match name {
        "chunklist" => Function::new(&[LIST, NUMBER], Kind::List, chunklist),
        "coalescelist" => Function::new(&[], Kind::Any, coalescelist).then(ANYTHING),
        "compact" => Function::new(&[TEXTS], Kind::Texts, compact),
        "concat" => Function::new(&[], Kind::Any, concat).then(OPEN),
        "distinct" => Function::new(&[OPEN_LIST], Kind::List, distinct),
        "element" => Function::new(&[OPEN, OPEN_NUMBER], Kind::Any, element),
        "flatten" => Function::new(&[ANY], Kind::Any, flatten),
        "index" => Function::new(&[ANY, ANY], Kind::Number, index),
        "matchkeys" => Function::new(&[LIST, LIST, LIST], Kind::List, matchkeys),
        "range" => Function::new(&[], Kind::List, range).then(NUMBER),
        "reverse" => Function::new(&[OPEN], Kind::Any, reverse),
        "slice" => Function::new(&[OPEN, OPEN_NUMBER, OPEN_NUMBER], Kind::Any, slice),
        "sort" => Function::new(&[TEXT_LIST], Kind::Texts, sort),
        "list" | "map" => Function::new(&[], Kind::Any, |_| {
            Err("the functions list and map are no longer available; use tolist([...]) or tomap({...})"
                .to_owned())
        })
        .then(ANYTHING),
        _ => return None,
    })
}

fn chunklist(call: &Call<'_>) -> Outcome {
    let (items, size) = (call.items(0)?, call.integer(1)?);
    let size = usize::try_from(size).map_err(|_| "the size argument must be positive".to_owned())?;
    let size = if size == 0 { items.len().max(1) } else { size };
    Ok(Value::list(items.chunks(size).map(|chunk| Value::list(chunk.iter().cloned()))))
}

fn coalescelist(call: &Call<'_>) -> Outcome {
    if call.args.is_empty() {
        return Err("at least one argument is required".to_owned());
    }
    for arg in &call.args {
        match arg {
            Value::Unknown(_) => return Ok(Value::unknown()),
            Value::List(items) | Value::Tuple(items) if !items.is_empty() => return Ok(arg.clone()),
            Value::List(_) | Value::Tuple(_) => {}
            _ => return Err("coalescelist arguments must be lists or tuples".to_owned()),
        }
    }
    Err("no non-null arguments".to_owned())
}

fn compact(call: &Call<'_>) -> Outcome {
    let set = |item: &&Value| item.as_str().is_some_and(|text| !text.is_empty());
    Ok(Value::list(call.items(0)?.iter().filter(set).cloned()))
}

/// Lists give a list when their elements have a type in common; otherwise the result is a tuple.
fn concat(call: &Call<'_>) -> Outcome {
    if call.args.is_empty() {
        return Err("at least one argument is required".to_owned());
    }
    let types: Vec<Type> = call.args.iter().map(Value::type_of).collect();
    if types.contains(&Type::Any) {
        return Ok(Value::unknown());
    }
    let unknown = call.args.iter().any(Value::is_unknown);
    if types.iter().all(|of| matches!(of, Type::List(_)))
        && let Some(of) = unify(&types)
    {
        if unknown {
            return Ok(Value::unknown_result(of));
        }
        let lists = call.args.iter().map(|arg| convert(arg, &of)).collect::<Result<Vec<_>, _>>()?;
        return Ok(Value::list(limited(lists.iter().filter_map(Value::items).flatten())?.cloned()));
    }
    if let Some(other) = types.iter().find(|of| !matches!(of, Type::List(_) | Type::Tuple(_))) {
        return Err(format!("all arguments must be lists or tuples; got {}", other.name()));
    }
    if unknown {
        let tuples = types.iter().map(|of| match of {
            Type::Tuple(items) => Some(items.as_slice()),
            _ => None,
        });
        let all: Option<Vec<&[Type]>> = tuples.collect();
        return Ok(match all {
            Some(all) => Value::unknown_result(Type::Tuple(all.concat())),
            None => Value::unknown(),
        });
    }
    Ok(Value::tuple(limited(call.args.iter().filter_map(Value::items).flatten())?.cloned()))
}

fn limited<'a>(items: impl Iterator<Item = &'a Value>) -> Result<impl Iterator<Item = &'a Value>, String> {
    let items: Vec<&Value> = items.take(MAX_ITEMS + 1).collect();
    if items.len() > MAX_ITEMS { Err(too_many_items()) } else { Ok(items.into_iter()) }
}

fn distinct(call: &Call<'_>) -> Outcome {
    if !call.arg(0).is_known() {
        return Ok(Value::unknown_result(call.arg(0).type_of()));
    }
    let mut seen = HashSet::new();
    Ok(Value::list(call.items(0)?.iter().filter(|item| seen.insert(*item)).cloned()))
}

fn element(call: &Call<'_>) -> Outcome {
    let (list, index) = (call.arg(0), call.arg(1));
    match (list, list.type_of()) {
        (_, Type::Any) => Ok(Value::unknown()),
        (Value::List(items) | Value::Tuple(items), of) => {
            if index.is_unknown() {
                return Ok(match of {
                    Type::List(of) => Value::unknown_of(*of),
                    _ => Value::unknown(),
                });
            }
            let at = call.integer(1)?;
            let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
            // Only lists are counted from their end.
            if matches!(of, Type::Tuple(_)) && at.checked_rem(length).is_some_and(i64::is_negative) {
                return Err("the index must not be negative".to_owned());
            }
            let at = at.checked_rem_euclid(length).and_then(|at| usize::try_from(at).ok());
            let found = at.and_then(|at| items.get(at));
            found.cloned().ok_or_else(|| "cannot use element function with an empty list".to_owned())
        }
        (_, Type::List(of)) => Ok(Value::unknown_of(*of)),
        (_, Type::Tuple(_)) => Ok(Value::unknown()),
        (_, other) => Err(format!("cannot read elements from {}", other.name())),
    }
}

fn flatten(call: &Call<'_>) -> Outcome {
    let mut flat = Vec::new();
    let known = flatten_into(call.items(0)?, &mut flat, MAX_DEPTH)? && call.arg(0).length().is_some();
    Ok(if known { Value::tuple(flat) } else { Value::unknown() })
}

/// Whether the number of members is known in the end.
fn flatten_into(items: &[Value], flat: &mut Vec<Value>, depth: usize) -> Result<bool, String> {
    let depth = depth.checked_sub(1).ok_or_else(|| "the list is nested too deeply".to_owned())?;
    let mut known = true;
    for item in items {
        match item {
            Value::Unknown(found) => match found.of {
                Type::Any | Type::List(_) | Type::Set(_) | Type::Tuple(_) => known = false,
                _ => flat.push(item.clone()),
            },
            Value::Set(_) if item.length().is_none() => known = false,
            _ => match item.items() {
                Some(inner) => known &= flatten_into(inner, flat, depth)?,
                None => flat.push(item.clone()),
            },
        }
        if flat.len() > MAX_ITEMS {
            return Err(too_many_items());
        }
    }
    Ok(known)
}

fn index(call: &Call<'_>) -> Outcome {
    let (Value::List(items) | Value::Tuple(items)) = call.arg(0) else {
        return Err("argument must be a list or tuple".to_owned());
    };
    if items.is_empty() {
        return Err("cannot search an empty list".to_owned());
    }
    for (at, item) in items.iter().enumerate() {
        match equal(item, call.arg(1)) {
            Value::Bool(true) => return Ok(Value::number(at)),
            Value::Bool(_) => {}
            _ => return Ok(Value::unknown_result(Type::Number)),
        }
    }
    Err("item not found".to_owned())
}

fn matchkeys(call: &Call<'_>) -> Outcome {
    let (values, keys) = (call.items(0)?, call.items(1)?);
    let of = unify(&[call.arg(1).type_of(), call.arg(2).type_of()]);
    let of = of.ok_or_else(|| "keys and searchset must be of the same type".to_owned())?;
    if values.len() != keys.len() {
        return Err("length of keys and values should be equal".to_owned());
    }
    let (keys, wanted) = (convert(call.arg(1), &of)?, convert(call.arg(2), &of)?);
    let wanted = wanted.items().unwrap_or_default();
    if wanted.is_empty() {
        return Ok(Value::list([]));
    }
    if !call.arg(0).is_known() || !keys.is_known() {
        return Ok(Value::unknown_result(call.arg(0).type_of()));
    }
    if !wanted.iter().all(Value::is_known) {
        return Ok(Value::unknown_result(call.arg(0).type_of()));
    }
    let wanted: HashSet<&Value> = wanted.iter().collect();
    let pairs = values.iter().zip(keys.items().unwrap_or_default());
    Ok(Value::list(pairs.filter(|(_, key)| wanted.contains(key)).map(|(value, _)| value.clone())))
}

/// `range(limit)`, `range(start, limit)`, `range(start, limit, step)`; at most 1024 numbers, as in
/// Terraform.
fn range(call: &Call<'_>) -> Outcome {
    const MAX: usize = 1024;
    let numbers = call.args.iter().map(number).collect::<Result<Vec<_>, _>>()?;
    let (zero, one, back) = (Number::from(0_i64), Number::from(1_i64), Number::from(-1_i64));
    let step_to = |start: &Number, end: &Number| if end < start { &back } else { &one };
    let (start, end, step) = match numbers.as_slice() {
        [end] => (&zero, *end, step_to(&zero, end)),
        [start, end] => (*start, *end, step_to(start, end)),
        [start, end, step] => (*start, *end, *step),
        _ => return Err("must have one, two, or three arguments".to_owned()),
    };
    if step.is_zero() {
        return Err("step must not be zero".to_owned());
    }
    if step.is_negative() && end > start {
        return Err("end must be less than start when step is negative".to_owned());
    }
    if !step.is_negative() && end < start {
        return Err("end must be greater than start when step is positive".to_owned());
    }
    let mut list = Vec::new();
    let mut next = start.clone();
    while if step.is_negative() { next > *end } else { next < *end } {
        if list.len() >= MAX {
            return Err(format!(
                "more than {MAX} values were generated; either decrease the difference between start and end or use a smaller step"
            ));
        }
        list.push(Value::Number(next.clone()));
        next = next.add(step)?;
    }
    Ok(Value::list(list))
}

fn reverse(call: &Call<'_>) -> Outcome {
    match (call.arg(0), call.arg(0).type_of()) {
        (Value::Tuple(items), _) => Ok(Value::tuple(items.iter().rev().cloned())),
        (Value::List(items) | Value::Set(items), _) => Ok(Value::list(items.iter().rev().cloned())),
        (_, Type::Tuple(items)) => Ok(Value::unknown_result(Type::Tuple(items.into_iter().rev().collect()))),
        (_, Type::List(of) | Type::Set(of)) => Ok(Value::unknown_result(Type::List(of))),
        (_, Type::Any) => Ok(Value::unknown()),
        (_, other) => Err(format!("can only reverse list or tuple values, not {}", other.name())),
    }
}

fn slice(call: &Call<'_>) -> Outcome {
    let list = call.arg(0);
    let of = list.type_of();
    match of {
        Type::List(_) | Type::Tuple(_) => {}
        Type::Any => return Ok(Value::unknown()),
        Type::Set(_) => return Err("cannot slice a set, because its elements do not have indices".to_owned()),
        _ => return Err("must be a list or tuple value".to_owned()),
    }
    let bound = |at: usize| {
        if call.arg(at).is_unknown() {
            return Ok(None);
        }
        let index = usize::try_from(call.integer(at)?);
        let index = index.map_err(|_| "slice indexes must not be less than zero".to_owned())?;
        if list.length().is_some_and(|length| index > length) {
            return Err("slice indexes must not be greater than the length of the list".to_owned());
        }
        Ok(Some(index))
    };
    let bounds = (bound(1)?, bound(2)?);
    if let (Some(start), Some(end)) = bounds
        && start > end
    {
        return Err("start index must not be greater than end index".to_owned());
    }
    match (list, of, bounds) {
        (Value::List(items), _, (Some(start), Some(end))) => {
            Ok(Value::list(items.get(start..end).unwrap_or_default().iter().cloned()))
        }
        (Value::Tuple(items), _, (Some(start), Some(end))) => {
            Ok(Value::tuple(items.get(start..end).unwrap_or_default().iter().cloned()))
        }
        (_, Type::Tuple(items), (Some(start), Some(end))) => {
            let items = items.get(start..end).unwrap_or_default().to_vec();
            Ok(Value::unknown_result(Type::Tuple(items)))
        }
        (_, of @ Type::List(_), _) => Ok(Value::unknown_result(of)),
        _ => Ok(Value::unknown()),
    }
}

/// Of unknown strings only their number is known.
fn sort(call: &Call<'_>) -> Outcome {
    let items = call.items(0)?;
    if !call.arg(0).is_known() {
        return Ok(Value::list(items.iter().map(|_| Value::unknown_of(Type::String))));
    }
    let mut sorted = texts(items)?;
    sorted.sort_unstable();
    Ok(Value::list(sorted.into_iter().map(Value::string)))
}
