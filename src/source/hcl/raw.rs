//! The raw form, as hcl2json and so Conftest gives it to policies:
//! `{"resource": {"aws_s3_bucket": {"b": [{...}]}}}`, block bodies in arrays, literals as values,
//! every other expression as the string `${source text}`, templates with their texts unescaped.
//! <https://github.com/tmccombs/hcl2json/blob/main/convert/convert.go>

use std::collections::HashMap;

use super::ast::{Body, Expr, ExprKind, Item, Part};
use crate::model::Span;
use crate::source::{Entry, Node, Value};

/// The raw form of a body that was parsed from `text`.
pub fn raw(body: &Body, text: &str) -> Node {
    let mut fields = Fields::default();
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => {
                let node = expression(&attribute.value, text);
                *fields.slot(&attribute.name.text, attribute.name.span) = Slot::Value(node);
            }
            Item::Block(block) => {
                let header = block.header();
                let mut node = raw(&block.body, text);
                node.span = block.span;
                let names = std::iter::once(&block.kind).chain(&block.labels);
                let names: Vec<&str> = names.map(|name| name.text.as_str()).collect();
                fields.block(&names, header, node);
            }
        }
    }
    fields.into_node(body.span)
}

/// A map while it is gathered: blocks of one type and of the same labels come together.
#[derive(Default)]
struct Fields {
    entries: Vec<(String, Span, Slot)>,
    known: HashMap<String, usize>,
}

enum Slot {
    Value(Node),
    Blocks(Vec<Node>),
    Labels(Fields),
}

impl Fields {
    /// The place of a key, made where it is missing.
    fn slot(&mut self, key: &str, span: Span) -> &mut Slot {
        let next = self.entries.len();
        let at = *self.known.entry(key.to_owned()).or_insert(next);
        if at == next {
            self.entries.push((key.to_owned(), span, Slot::Blocks(Vec::new())));
        }
        #[allow(clippy::indexing_slicing)] // `known` holds places in `entries` only
        &mut self.entries[at].2
    }

    fn block(&mut self, names: &[&str], header: Span, node: Node) {
        let [name, labels @ ..] = names else { return };
        let slot = self.slot(name, header);
        match (slot, labels) {
            (Slot::Blocks(blocks), []) => blocks.push(node),
            (Slot::Labels(fields), [_, ..]) => fields.block(labels, header, node),
            (slot, []) => *slot = Slot::Blocks(vec![node]),
            (slot, [_, ..]) => {
                let mut fields = Fields::default();
                fields.block(labels, header, node);
                *slot = Slot::Labels(fields);
            }
        }
    }

    fn into_node(self, span: Span) -> Node {
        let entries = self.entries.into_iter().map(|(key, key_span, slot)| {
            let node = match slot {
                Slot::Value(node) => node,
                Slot::Blocks(blocks) => Node::new(Value::List(blocks), key_span),
                Slot::Labels(fields) => fields.into_node(key_span),
            };
            Entry { key, key_span, node }
        });
        Node::new(Value::Map(entries.collect()), span)
    }
}

fn expression(expr: &Expr, text: &str) -> Node {
    let value = match &expr.kind {
        ExprKind::Null => Value::Null,
        ExprKind::Bool(value) => Value::Bool(*value),
        ExprKind::Number(digits) => number(digits),
        ExprKind::String(string) => Value::String(string.clone()),
        ExprKind::Tuple(items) => Value::List(items.iter().map(|item| expression(item, text)).collect()),
        ExprKind::Object(items) => {
            let mut fields = Fields::default();
            for (key, value) in items {
                let node = expression(value, text);
                *fields.slot(&string(key, text), key.span) = Slot::Value(node);
            }
            return fields.into_node(expr.span);
        }
        _ => Value::String(string(expr, text)),
    };
    Node::new(value, expr.span)
}

/// An expression where only a string can stand.
fn string(expr: &Expr, text: &str) -> String {
    match &expr.kind {
        ExprKind::String(string) => string.clone(),
        ExprKind::Template(parts) => joined(parts, text),
        _ => format!("${{{}}}", source(expr, text)),
    }
}

fn joined(parts: &[Part], text: &str) -> String {
    let write = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Value(value) => string(value, text),
        Part::If { condition, then, otherwise } => {
            let (condition, then) = (source(condition, text), joined(then, text));
            let otherwise = match joined(otherwise, text) {
                otherwise if otherwise.is_empty() => otherwise,
                otherwise => format!("%{{else}}{otherwise}"),
            };
            format!("%{{if {condition}}}{then}{otherwise}%{{endif}}")
        }
        Part::For { key, value, over, body } => {
            let key = key.as_ref().map_or_else(String::new, |key| format!("{key}, "));
            let (over, body) = (source(over, text), joined(body, text));
            format!("%{{for {key}{value} in {over}}}{body}%{{endfor}}")
        }
    };
    parts.iter().map(write).collect()
}

fn source<'a>(expr: &Expr, text: &'a str) -> &'a str {
    text.get(expr.span.start..expr.span.end).unwrap_or("").trim()
}

/// A number as JSON; whole ones stay whole where 64 bits hold them.
fn number(digits: &str) -> Value {
    let whole = digits.parse::<i64>().map(serde_json::Number::from).ok();
    let whole = whole.or_else(|| digits.parse::<u64>().map(serde_json::Number::from).ok());
    let number = whole.or_else(|| digits.parse().ok().and_then(serde_json::Number::from_f64));
    number.map_or(Value::Null, Value::Number)
}
