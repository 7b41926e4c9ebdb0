//! Changes within a node: what is put in stands where the change says.

use crate::model::Span;
use crate::source::{Entry, Node, Step, Value};

pub(super) fn find<'n>(node: &'n mut Node, path: &[Step]) -> Option<&'n mut Node> {
    let mut node = node;
    for step in path {
        node = match (step, &mut node.value) {
            (Step::Key(key), Value::Map(entries)) => {
                entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.node)?
            }
            (Step::Index(index), Value::List(items)) => items.get_mut(*index)?,
            _ => return None,
        };
    }
    Some(node)
}

pub(super) fn get<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    match &mut node.value {
        Value::Map(entries) => entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node),
        _ => None,
    }
}

/// Levels that an object may have. What a file holds is less deep than this by far.
const MAX_DEPTH: usize = 160;

/// Can `node` stand at this depth of an object? Patches that build on patches could nest without end.
pub(super) fn fits(node: &Node, depth: usize) -> bool {
    depth < MAX_DEPTH
        && match &node.value {
            Value::List(items) => items.iter().all(|item| fits(item, depth + 1)),
            Value::Map(entries) => entries.iter().all(|entry| fits(&entry.node, depth + 1)),
            _ => true,
        }
}

/// Sets an entry of a map; null becomes a map.
pub(super) fn set(node: &mut Node, key: &str, value: Node, at: Span) {
    if node.value == Value::Null {
        node.value = Value::Map(Vec::new());
    }
    let Value::Map(entries) = &mut node.value else { return };
    match entries.iter_mut().find(|entry| entry.key == key) {
        Some(entry) => entry.node = value.standing_at(at),
        None => {
            entries.push(Entry { key: key.to_owned(), key_span: at, node: value.standing_at(at) });
        }
    }
}

pub(super) fn remove(node: &mut Node, key: &str) {
    if let Value::Map(entries) = &mut node.value {
        entries.retain(|entry| entry.key != key);
    }
}

/// Does something at each place that a path leads to, through every item of the lists on the way.
/// `create` makes maps that are missing, but no lists.
pub(super) fn each(
    node: &mut Node,
    path: &[&str],
    create: bool,
    at: Span,
    change: &mut dyn FnMut(&mut Node),
) {
    if let Value::List(items) = &mut node.value {
        for item in items {
            each(item, path, create, at, change);
        }
        return;
    }
    let Some((key, rest)) = path.split_first() else { return change(node) };
    let (key, list) = key.strip_suffix("[]").map_or((*key, false), |key| (key, true));
    if create && !list && get(node, key).is_none() {
        set(node, key, Node::new(Value::Null, at), at);
    }
    if let Some(inner) = get(node, key) {
        each(inner, rest, create, at, change);
    }
}
