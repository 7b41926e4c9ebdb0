//! Functions of sets.

use std::collections::HashSet;

use super::call::{Call, Function, Kind, OPEN, Outcome, Param};
use super::{MAX_ITEMS, too_many_items};
use crate::facts::terraform::value::{Type, Value, convert, unify};

pub fn find(name: &str) -> Option<Function> {
    const SET: Param = Param::of(Kind::Set);
    const KNOWN: Param = Param::of(Kind::Set).known();
    Some(match name {
        "setunion" => Function::new(&[SET], Kind::Set, union).then(SET),
        "setintersection" => Function::new(&[KNOWN], Kind::Set, intersection).then(KNOWN),
        "setsubtract" => Function::new(&[KNOWN, KNOWN], Kind::Set, subtract),
        "setproduct" => Function::new(&[], Kind::Any, product).then(OPEN),
        _ => return None,
    })
}

/// The sets, converted to the element type that they have in common.
fn alike(sets: &[Value]) -> Result<Vec<Value>, String> {
    let nonempty = |set: &&Value| set.length() != Some(0);
    let elements: Vec<Type> = sets
        .iter()
        .filter(nonempty)
        .filter_map(|set| match set.type_of() {
            Type::Set(of) => Some(*of),
            _ => None,
        })
        .collect();
    if elements.is_empty() {
        return Ok(sets.to_vec());
    }
    let of = unify(&elements);
    let of = of.ok_or_else(|| "given sets must all have compatible element types".to_owned())?;
    let wanted = Type::Set(Box::new(of));
    sets.iter().map(|set| convert(set, &wanted)).collect()
}

fn union(call: &Call<'_>) -> Outcome {
    let all: Vec<Value> =
        alike(&call.args)?.iter().filter_map(Value::items).flat_map(<[Value]>::to_vec).collect();
    Ok(Value::set(all))
}

fn intersection(call: &Call<'_>) -> Outcome {
    let sets = alike(&call.args)?;
    let (first, others) = sets.split_first().ok_or_else(|| "at least one set is required".to_owned())?;
    let others: Vec<HashSet<&Value>> =
        others.iter().filter_map(Value::items).map(|set| set.iter().collect()).collect();
    let kept = first.items().unwrap_or_default().iter();
    Ok(Value::set(kept.filter(|item| others.iter().all(|set| set.contains(item))).cloned()))
}

fn subtract(call: &Call<'_>) -> Outcome {
    let sets = alike(&call.args)?;
    let items = |at: usize| sets.get(at).and_then(Value::items).unwrap_or_default();
    let without: HashSet<&Value> = items(1).iter().collect();
    Ok(Value::set(items(0).iter().filter(|item| !without.contains(item)).cloned()))
}

/// Every combination of one member of each; a list when no argument is a set.
fn product(call: &Call<'_>) -> Outcome {
    if call.args.len() < 2 {
        return Err("at least two arguments are required".to_owned());
    }
    let mut elements = Vec::new();
    let mut ordered = true;
    for arg in &call.args {
        elements.push(match arg.type_of() {
            Type::Any => return Ok(Value::unknown()),
            Type::List(of) => *of,
            Type::Set(of) => {
                ordered = false;
                *of
            }
            Type::Tuple(items) if items.is_empty() => Type::Any,
            Type::Tuple(items) => {
                unify(&items).ok_or_else(|| "all elements must be of the same type".to_owned())?
            }
            _ => return Err("a set or a list is required".to_owned()),
        });
    }
    if call.args.iter().any(|arg| arg.is_unknown() || arg.length().is_none()) {
        let of = Box::new(Type::Tuple(elements));
        return Ok(Value::unknown_result(if ordered { Type::List(of) } else { Type::Set(of) }));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for (arg, of) in call.args.iter().zip(&elements) {
        let items = arg.items().unwrap_or_default();
        let items = items.iter().map(|item| convert(item, of)).collect::<Result<Vec<_>, _>>()?;
        let combinations = rows.len().saturating_mul(items.len());
        if combinations > MAX_ITEMS || combinations.saturating_mul(elements.len()) > 10 * MAX_ITEMS {
            return Err(too_many_items());
        }
        rows = rows
            .iter()
            .flat_map(|row| {
                items.iter().map(|item| row.iter().cloned().chain([item.clone()]).collect::<Vec<_>>())
            })
            .collect();
    }
    let rows = rows.into_iter().map(Value::tuple);
    Ok(if ordered { Value::list(rows) } else { Value::set(rows) })
}
