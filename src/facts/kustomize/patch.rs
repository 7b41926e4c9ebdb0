//! Patches: strategic merges and JSON patches.
//!
//! Lists of Kubernetes' own types are merged by the key that their schema names; those of other
//! types, and lists without a key, are replaced
//! (<https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md>).

use super::edit;
use crate::model::Span;
use crate::source::{Entry, Node, Value};

const DIRECTIVE: &str = "$patch";

/// What a merge leaves of its destination.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    Kept,
    Deleted,
}

/// Merges a patch into a node.
pub(super) fn merge(node: &mut Node, patch: &Node, builtin: bool, at: Span) -> Result<Left, String> {
    match patch.get(DIRECTIVE).and_then(Node::as_str) {
        Some("delete") => return Ok(Left::Deleted),
        Some("replace") => {
            *node = without_directives(patch)?.standing_at(at);
            return Ok(Left::Kept);
        }
        Some("merge") | None => {}
        Some(other) => return Err(format!("`$patch: {other}`")),
    }
    for entry in patch.entries().iter().filter(|entry| entry.key != DIRECTIVE) {
        if entry.key.starts_with('$') {
            return Err(format!("`{}` in a patch", entry.key));
        }
        if entry.node.value == Value::Null {
            edit::remove(node, &entry.key);
            continue;
        }
        let Some(inner) = edit::get(node, &entry.key) else {
            if entry.node.get(DIRECTIVE).and_then(Node::as_str) != Some("delete") {
                edit::set(node, &entry.key, without_directives(&entry.node)?, at);
            }
            continue;
        };
        let mut deleted = false;
        match (&mut inner.value, &entry.node.value) {
            (Value::Map(_), Value::Map(_)) => {
                deleted = merge(inner, &entry.node, builtin, at)? == Left::Deleted;
            }
            (Value::List(items), Value::List(patches)) => {
                merge_list(items, patches, keys(&entry.key, builtin), builtin, at)?;
            }
            _ => *inner = without_directives(&entry.node)?.standing_at(at),
        }
        if deleted {
            edit::remove(node, &entry.key);
        }
    }
    Ok(Left::Kept)
}

fn merge_list(
    items: &mut Vec<Node>,
    patches: &[Node],
    keys: &[&str],
    builtin: bool,
    at: Span,
) -> Result<(), String> {
    let whole = patches.iter().any(|patch| patch.get(DIRECTIVE).and_then(Node::as_str) == Some("replace"));
    if keys.is_empty() || whole {
        *items = Vec::with_capacity(patches.len());
        for patch in patches
            .iter()
            .filter(|patch| patch.entries().iter().any(|e| e.key != DIRECTIVE) || patch.entries().is_empty())
        {
            items.push(without_directives(patch)?.standing_at(at));
        }
        return Ok(());
    }
    // What a patch names comes first, in its order.
    let mut named = Vec::new();
    for patch in patches {
        let same = |item: &Node| keys.iter().all(|key| same_key(item.get(key), patch.get(key)));
        match items.iter().position(same) {
            Some(found) => {
                let mut item = items.remove(found);
                if merge(&mut item, patch, builtin, at)? == Left::Kept {
                    named.push(item);
                }
            }
            None if patch.get(DIRECTIVE).and_then(Node::as_str) == Some("delete") => {}
            None => named.push(without_directives(patch)?.standing_at(at)),
        }
    }
    items.splice(0..0, named);
    Ok(())
}

/// A part of a key that one side leaves out (the protocol of a port) does not tell items apart.
fn same_key(left: Option<&Node>, right: Option<&Node>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left.value == right.value,
        _ => true,
    }
}

/// The keys by which a list of Kubernetes' own types is merged.
fn keys(list: &str, builtin: bool) -> &'static [&'static str] {
    match list {
        _ if !builtin => &[],
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "secrets"
        | "webhooks"
        | "resourceClaims" => &["name"],
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        "ports" => &["containerPort", "port", "protocol"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey", "whenUnsatisfiable"],
        "ownerReferences" => &["uid"],
        _ => &[],
    }
}

/// The value that a patch adds where there was none.
fn without_directives(patch: &Node) -> Result<Node, String> {
    let value = match &patch.value {
        Value::Map(entries) => {
            let mut kept = Vec::with_capacity(entries.len());
            for entry in entries {
                match (entry.key.as_str(), &entry.node.value) {
                    (DIRECTIVE, _) | (_, Value::Null) => {}
                    (key, _) if key.starts_with('$') => return Err(format!("`{key}` in a patch")),
                    _ => kept.push(Entry { node: without_directives(&entry.node)?, ..entry.clone() }),
                }
            }
            Value::Map(kept)
        }
        Value::List(items) => Value::List(items.iter().map(without_directives).collect::<Result<_, _>>()?),
        other => other.clone(),
    };
    Ok(Node::new(value, patch.span))
}

/// Applies the operations of a JSON patch, RFC 6902.
pub(super) fn operate(node: &mut Node, operations: &Node, at: Span) -> Result<(), String> {
    for operation in operations.items() {
        let word = |key: &str| operation.get(key).and_then(Node::as_str);
        let path = pointer(word("path").unwrap_or(""));
        let value = || operation.get("value").cloned().ok_or("a JSON patch without a value");
        let missing = || format!("a JSON patch of `{}`, which is not there", word("path").unwrap_or(""));
        match word("op") {
            Some("add") => put(node, &path, value()?, true, at).ok_or_else(missing)?,
            Some("replace") => put(node, &path, value()?, false, at).ok_or_else(missing)?,
            Some("remove") => drop(take(node, &path).ok_or_else(missing)?),
            Some("test") => {
                let holds = lookup(node, &path).is_some_and(|found| {
                    operation.get("value").is_some_and(|value| found.to_json() == value.to_json())
                });
                if !holds {
                    return Err(missing());
                }
            }
            Some("move") => {
                let from = take(node, &pointer(word("from").unwrap_or(""))).ok_or_else(missing)?;
                put(node, &path, from, true, at).ok_or_else(missing)?;
            }
            op => return Err(format!("the operation `{}` of a JSON patch", op.unwrap_or("?"))),
        }
    }
    Ok(())
}

fn pointer(text: &str) -> Vec<String> {
    text.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
}

fn lookup<'n>(node: &'n mut Node, path: &[String]) -> Option<&'n mut Node> {
    let mut node = node;
    for part in path {
        node = match &mut node.value {
            Value::Map(entries) => {
                entries.iter_mut().find(|entry| entry.key == *part).map(|entry| &mut entry.node)?
            }
            Value::List(items) => items.get_mut(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(node)
}

fn put(node: &mut Node, path: &[String], value: Node, add: bool, at: Span) -> Option<()> {
    if !edit::fits(&value, path.len()) {
        return None;
    }
    let Some((last, parents)) = path.split_last() else {
        *node = value.standing_at(at);
        return Some(());
    };
    let parent = lookup(node, parents)?;
    match &mut parent.value {
        // Kustomize's library replaces what is not in a map, too.
        Value::Map(_) => edit::set(parent, last, value, at),
        Value::List(items) if add => {
            let index = if last == "-" { items.len() } else { last.parse().ok()? };
            if index > items.len() {
                return None;
            }
            items.insert(index, value.standing_at(at));
        }
        Value::List(items) => *items.get_mut(last.parse::<usize>().ok()?)? = value.standing_at(at),
        _ => return None,
    }
    Some(())
}

fn take(node: &mut Node, path: &[String]) -> Option<Node> {
    let (last, parents) = path.split_last()?;
    match &mut lookup(node, parents)?.value {
        Value::Map(entries) => {
            let at = entries.iter().position(|entry| entry.key == *last)?;
            Some(entries.remove(at).node)
        }
        Value::List(items) => {
            let at = last.parse::<usize>().ok().filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        _ => None,
    }
}
