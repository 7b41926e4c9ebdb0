//! A planned resource's attributes: its values, what is unknown among them, and where they are written.

use std::collections::HashMap;

use crate::model::Span;
use crate::source::{Entry, Node, Value};

/// The values of a resource after apply, as the HCL would give them: unknown ones marked, and what is
/// not set left out. (A plan writes out each attribute of the provider's schema: null, or an empty list
/// of blocks.) Values marked sensitive are kept: verdicts hang on them, and the file shows them anyway.
pub fn attributes(
    values: Option<&Node>,
    change: Option<&Node>,
    expressions: Option<&Node>,
    header: Span,
) -> Node {
    let after = change.and_then(|change| change.get("after"));
    let mut node = match (values, after) {
        (Some(values), Some(after)) => with_missing(values, after),
        (Some(values), None) => values.clone(),
        (None, Some(after)) => after.clone(),
        (None, None) => Node::new(Value::Map(Vec::new()), header),
    };
    if let Some(mask) = change.and_then(|change| change.get("after_unknown")) {
        node = with_unknown(Some(node), mask);
    }
    match node.value {
        Value::Map(entries) => Node::new(Value::Map(settled(entries, expressions)), node.span),
        // Nothing of it is known.
        _ => Node::new(Value::Map(Vec::new()), node.span),
    }
}

fn by_key(entries: &[Entry]) -> HashMap<&str, &Entry> {
    entries.iter().map(|entry| (entry.key.as_str(), entry)).collect()
}

fn with_missing(values: &Node, after: &Node) -> Node {
    let (Value::Map(entries), known) = (&values.value, by_key(values.entries())) else {
        return after.clone();
    };
    let missing = after.entries().iter().filter(|entry| !known.contains_key(entry.key.as_str()));
    Node::new(Value::Map(entries.iter().chain(missing).cloned().collect()), values.span)
}

/// Does a mask mark anything?
pub fn marks_any(mask: &Node) -> bool {
    match &mask.value {
        Value::Bool(marked) => *marked,
        Value::List(items) => items.iter().any(marks_any),
        Value::Map(entries) => entries.iter().any(|entry| marks_any(&entry.node)),
        _ => false,
    }
}

/// Lays `after_unknown` over a value: `true` stands where nobody can know before apply.
pub fn with_unknown(node: Option<Node>, mask: &Node) -> Node {
    let span = node.as_ref().map_or(mask.span, |node| node.span);
    if !marks_any(mask) {
        return node.unwrap_or_else(|| Node::new(Value::Null, span));
    }
    match &mask.value {
        Value::Map(masks) => {
            let entries = match node.map(|node| node.value) {
                Some(Value::Map(entries)) => entries,
                _ => Vec::new(),
            };
            let masked = by_key(masks);
            let known: std::collections::HashSet<String> = entries.iter().map(|e| e.key.clone()).collect();
            let present = entries.into_iter().map(|entry| match masked.get(entry.key.as_str()) {
                Some(mask) => Entry { node: with_unknown(Some(entry.node), &mask.node), ..entry },
                None => entry,
            });
            let absent = masks.iter().filter(|mask| !known.contains(&mask.key) && marks_any(&mask.node));
            let absent = absent.map(|mask| Entry {
                key: mask.key.clone(),
                key_span: mask.key_span,
                node: with_unknown(None, &mask.node),
            });
            let mut entries: Vec<Entry> = present.collect();
            entries.extend(absent);
            Node::new(Value::Map(entries), span)
        }
        Value::List(masks) => {
            let items = match node.map(|node| node.value) {
                Some(Value::List(items)) => items,
                _ => Vec::new(),
            };
            let mut masks = masks.iter();
            let mut all: Vec<Node> = Vec::new();
            for item in items {
                all.push(match masks.next() {
                    Some(mask) => with_unknown(Some(item), mask),
                    None => item,
                });
            }
            all.extend(masks.map(|mask| with_unknown(None, mask)));
            Node::new(Value::List(all), span)
        }
        _ => Node::new(Value::Unknown, span),
    }
}

/// Leaves out what is not set. `expressions` are the block's, of the plan's configuration.
fn settled(entries: Vec<Entry>, expressions: Option<&Node>) -> Vec<Entry> {
    let expressions = by_key(expressions.map(Node::entries).unwrap_or_default());
    let set = entries.into_iter().filter_map(|entry| {
        let written = expressions.get(entry.key.as_str()).map(|entry| &entry.node);
        let Entry { key, key_span, node } = entry;
        let value = match (written, node.value) {
            (_, Value::Null) => return None,
            (None, Value::List(items)) if items.is_empty() => return None,
            (None, Value::Map(entries)) if entries.is_empty() => return None,
            // An attribute's value is the author's, its nulls too.
            (Some(expression), value) if !is_block(expression) => value,
            (blocks, Value::List(items)) => {
                let blocks = blocks.map(Node::items).unwrap_or_default();
                let items = items.into_iter().enumerate().map(|(at, item)| match item.value {
                    Value::Map(entries) => Node::new(Value::Map(settled(entries, blocks.get(at))), item.span),
                    value => Node::new(value, item.span),
                });
                Value::List(items.collect())
            }
            (Some(block), Value::Map(entries)) => Value::Map(settled(entries, Some(block))),
            (_, value) => value,
        };
        Some(Entry { key, key_span, node: Node::new(value, node.span) })
    });
    set.collect()
}

/// An expression has `constant_value` or `references`, or nothing at all; blocks have their arguments.
fn is_block(expression: &Node) -> bool {
    match &expression.value {
        Value::List(_) => true,
        Value::Map(entries) => {
            !entries.is_empty()
                && !entries.iter().any(|entry| matches!(entry.key.as_str(), "constant_value" | "references"))
        }
        _ => false,
    }
}

/// The same value, each part standing where the HCL writes it; a part that the HCL does not write, at
/// `around`.
pub fn standing_where_written(node: Node, written: &Node, around: Span) -> Node {
    match (node.value, &written.value) {
        (Value::Map(entries), Value::Map(written_entries)) => {
            let known = by_key(written_entries);
            let entries = entries.into_iter().map(|entry| match known.get(entry.key.as_str()) {
                Some(at) => Entry {
                    key_span: at.key_span,
                    node: standing_where_written(entry.node, &at.node, at.key_span),
                    key: entry.key,
                },
                None => Entry { key_span: around, node: entry.node.standing_at(around), key: entry.key },
            });
            Node::new(Value::Map(entries.collect()), written.span)
        }
        (Value::List(items), Value::List(written_items)) => {
            let items = items.into_iter().enumerate().map(|(at, item)| match written_items.get(at) {
                Some(written) => standing_where_written(item, written, written.span),
                None => item.standing_at(around),
            });
            Node::new(Value::List(items.collect()), written.span)
        }
        (Value::Unknown, Value::UnknownBlocks) => written.clone(),
        (value, _) => Node::new(value, written.span).standing_at(written.span),
    }
}
