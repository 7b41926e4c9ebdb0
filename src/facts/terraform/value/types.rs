//! Which types can be converted to which, and the type that several have in common.
//!
//! The rules are those of <https://developer.hashicorp.com/terraform/language/expressions/types>
//! and of Terraform's type system: numbers and bools become strings, tuples become lists or sets,
//! objects become maps, and back where the value allows it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::{Field, Type};

/// A type that all others convert to is among the first, or there are too many different ones.
const MAX_CANDIDATES: usize = 64;

/// Whether some value of one type can be converted to the other.
pub fn convertible(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (_, Type::Any) | (Type::Any, _) => true,
        (Type::String, _) => matches!(to, Type::String | Type::Bool | Type::Number),
        (Type::Bool, _) => matches!(to, Type::Bool | Type::String),
        (Type::Number, _) => matches!(to, Type::Number | Type::String),
        (Type::List(from) | Type::Set(from), Type::List(to) | Type::Set(to))
        | (Type::Map(from), Type::Map(to)) => convertible(from, to),
        (Type::Tuple(from), Type::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(to).all(|(from, to)| convertible(from, to))
        }
        (Type::Tuple(from), Type::List(to) | Type::Set(to)) => {
            let from: Vec<&Type> = from.iter().collect();
            common_element(&from, to).is_some_and(|to| from.iter().all(|from| convertible(from, &to)))
        }
        (Type::Object(from), Type::Map(to)) => {
            let from: Vec<&Type> = from.values().map(|field| &field.of).collect();
            common_member(&from, to).is_some_and(|to| from.iter().all(|from| convertible(from, &to)))
        }
        (Type::Map(from), Type::Object(to)) => {
            to.values().all(|field| field.optional.is_some() || convertible(from, &field.of))
        }
        (Type::Object(from), Type::Object(to)) => to.iter().all(|(name, field)| match from.get(name) {
            Some(given) => convertible(&given.of, &field.of),
            None => field.optional.is_some(),
        }),
        _ => false,
    }
}

/// The element type that a list or set gets: the wanted one, or one that all members share.
pub fn common_element(from: &[&Type], to: &Type) -> Option<Type> {
    // What may turn out to be of any type cannot share one with a member whose type is known.
    common_member(from, to).filter(|of| *of != Type::Any || from.iter().all(|from| **from == Type::Any))
}

/// The same for maps, which hold nulls beside members of one type.
pub fn common_member(from: &[&Type], to: &Type) -> Option<Type> {
    if *to != Type::Any || from.is_empty() {
        return Some(to.clone());
    }
    let from: Vec<Type> = from.iter().copied().cloned().collect();
    let mut known = from.iter().filter(|of| **of != Type::Any);
    let first = known.next();
    unify(&from).filter(|of| *of != Type::Any || known.all(|other| Some(other) == first))
}

/// Whether two types can be types of equal values; `Any` stands for what is not known.
pub fn conforms(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Any, _) | (_, Type::Any) => true,
        (Type::List(left), Type::List(right))
        | (Type::Set(left), Type::Set(right))
        | (Type::Map(left), Type::Map(right)) => conforms(left, right),
        (Type::Tuple(left), Type::Tuple(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| conforms(left, right))
        }
        (Type::Object(left), Type::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, field)| right.get(name).is_some_and(|other| conforms(&field.of, &other.of)))
        }
        _ => left == right,
    }
}

/// The first type, with what it leaves open taken from the second.
pub fn fill(first: Type, second: Type) -> Type {
    let boxed = |first: Box<Type>, second: Box<Type>| Box::new(fill(*first, *second));
    match (first, second) {
        (Type::Any, other) => other,
        (Type::List(first), Type::List(second)) => Type::List(boxed(first, second)),
        (Type::Set(first), Type::Set(second)) => Type::Set(boxed(first, second)),
        (Type::Map(first), Type::Map(second)) => Type::Map(boxed(first, second)),
        (Type::Tuple(first), Type::Tuple(second)) if first.len() == second.len() => {
            Type::Tuple(first.into_iter().zip(second).map(|(first, second)| fill(first, second)).collect())
        }
        (Type::Object(first), Type::Object(mut second)) => {
            let filled = first.into_iter().map(|(name, field)| {
                let other = second.remove(&name).map_or(Type::Any, |other| other.of);
                (name, Field { of: fill(field.of, other), optional: field.optional })
            });
            Type::Object(filled.collect())
        }
        (first, _) => first,
    }
}

/// The type that values of all these types can be converted to; none when there is no such type.
pub fn unify(types: &[Type]) -> Option<Type> {
    let (first, rest) = types.split_first()?;
    if rest.iter().all(|other| other == first) {
        return Some(first.clone());
    }
    let mut seen = HashSet::new();
    let types: Vec<Type> = types.iter().filter(|of| seen.insert(*of)).cloned().collect();
    let types = types.as_slice();
    let count = |wanted: fn(&Type) -> bool| types.iter().filter(|of| wanted(of)).count();
    let any = count(|of| *of == Type::Any);
    let lists = count(|of| matches!(of, Type::List(_)));
    let sets = count(|of| matches!(of, Type::Set(_)));
    let maps = count(|of| matches!(of, Type::Map(_)));
    let tuples = count(|of| matches!(of, Type::Tuple(_)));
    let objects = count(|of| matches!(of, Type::Object(_)));
    let all = types.len();
    // A value of which nothing is known could yet change the common type of structures.
    if any > 0 && [lists, sets, maps, tuples, objects].iter().any(|count| *count > 0 && count + any == all) {
        return Some(Type::Any);
    }
    if lists == all {
        return Some(Type::List(Box::new(unify_elements(types)?)));
    }
    if sets == all {
        return Some(Type::Set(Box::new(unify_elements(types)?)));
    }
    if maps == all {
        return Some(Type::Map(Box::new(unify_elements(types)?)));
    }
    if maps > 0 && maps + objects + any == all {
        // Objects are often maps in disguise, and tuples lists.
        if let Some(found) = unify_disguised(types, |of| matches!(of, Type::Object(_)), Type::Map) {
            return Some(found);
        }
    } else if lists > 0 && lists + tuples + any == all {
        if let Some(found) = unify_disguised(types, |of| matches!(of, Type::Tuple(_)), Type::List) {
            return Some(found);
        }
    } else if objects == all {
        return unify_objects(types).filter(|to| types.iter().all(|from| convertible(from, to)));
    } else if tuples == all {
        return unify_tuples(types).filter(|to| types.iter().all(|from| convertible(from, to)));
    } else if objects > 0 && tuples > 0 {
        return None;
    }
    let wanted = preferred(types);
    wanted.into_iter().take(MAX_CANDIDATES).find(|to| types.iter().all(|from| convertible(from, to))).cloned()
}

fn unify_elements(types: &[Type]) -> Option<Type> {
    unify(&types.iter().flat_map(members).collect::<Vec<_>>())
}

fn members(of: &Type) -> Vec<Type> {
    match of {
        Type::List(of) | Type::Set(of) | Type::Map(of) => vec![(**of).clone()],
        Type::Tuple(items) => items.clone(),
        Type::Object(fields) => fields.values().map(|field| field.of.clone()).collect(),
        _ => Vec::new(),
    }
}

fn unify_disguised(
    types: &[Type],
    disguised: fn(&Type) -> bool,
    collection: fn(Box<Type>) -> Type,
) -> Option<Type> {
    let hidden: Vec<Type> = types.iter().filter(|of| disguised(of)).flat_map(members).collect();
    let element = if hidden.is_empty() { Type::Any } else { unify(&hidden)? };
    let shown: Vec<Type> = types
        .iter()
        .map(|of| if disguised(of) { collection(Box::new(element.clone())) } else { of.clone() })
        .collect();
    unify(&shown)
}

/// Objects of the same attributes unify attribute by attribute, others as maps.
fn unify_objects(types: &[Type]) -> Option<Type> {
    let fields: Vec<&BTreeMap<Arc<str>, Field>> = types
        .iter()
        .filter_map(|of| match of {
            Type::Object(fields) => Some(fields),
            _ => None,
        })
        .collect();
    let (first, rest) = fields.split_first()?;
    if !rest.iter().all(|other| first.keys().eq(other.keys())) {
        return Some(Type::Map(Box::new(unify_elements(types)?)));
    }
    let mut unified = Vec::new();
    for name in first.keys() {
        let across: Vec<Type> =
            fields.iter().filter_map(|fields| fields.get(name)).map(|field| field.of.clone()).collect();
        unified.push((name.clone(), unify(&across)?));
    }
    Some(Type::object(unified))
}

/// Tuples of the same length unify element by element, others as lists.
fn unify_tuples(types: &[Type]) -> Option<Type> {
    let tuples: Vec<Vec<Type>> = types.iter().map(members).collect();
    let (first, rest) = tuples.split_first()?;
    if !rest.iter().all(|other| other.len() == first.len()) {
        return Some(Type::List(Box::new(unify_elements(types)?)));
    }
    let across = (0..first.len())
        .map(|at| unify(&tuples.iter().filter_map(|items| items.get(at).cloned()).collect::<Vec<_>>()));
    across.collect::<Option<Vec<_>>>().map(Type::Tuple)
}

/// The types by how much they can hold: strings before numbers, lists before tuples, known types
/// before unknown ones.
fn preferred(types: &[Type]) -> Vec<&Type> {
    let rank = |of: &Type| match of {
        Type::String => 0,
        Type::List(_) | Type::Map(_) => 1,
        Type::Bool | Type::Number => 2,
        Type::Tuple(_) | Type::Object(_) => 3,
        Type::Set(_) => 4,
        Type::Any => 5,
    };
    let mut sorted: Vec<&Type> = types.iter().collect();
    sorted.sort_by_key(|of| rank(of));
    sorted
}
