//! HCL to a body with spans, and to the raw JSON form that Conftest gives policies.
//!
//! The raw form follows hcl2json: `{"resource": {"aws_s3_bucket": {"b": [{...}]}}}`, block bodies in
//! arrays, literals as values, every other expression as the string `${source text}`.

pub mod ast;
mod lower;

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Body, Structure};

use super::{Entry, Node, Value};
use crate::model::Span;

/// Why a file is no usable HCL, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HclError {
    /// From 1.
    pub line: u32,
    pub reason: String,
}

/// Parses a file. The parser's own nesting limit keeps hostile input from exhausting the stack.
pub fn parse(text: &str) -> Result<Body, HclError> {
    hcl_edit::parser::parse_body(text).map_err(|error| HclError {
        line: u32::try_from(error.location().line()).unwrap_or(u32::MAX),
        reason: error.message().to_owned(),
    })
}

/// A file's syntax, small and with spans.
pub fn syntax(body: &Body, text: &str) -> ast::Body {
    lower::body(body, text)
}

/// The span of anything parsed; empty for what was built by hand.
pub fn span(item: &impl hcl_edit::Span) -> Span {
    item.span().map_or_else(Span::default, |range| Span::new(range.start, range.end))
}

/// The raw form of a body.
pub fn raw(body: &Body, text: &str) -> Node {
    let mut entries: Vec<Entry> = Vec::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let node = raw_expression(&attribute.value, text);
                put(&mut entries, attribute.key.as_str(), span(&attribute.key), node);
            }
            Structure::Block(block) => {
                let header = block.labels.iter().map(span).fold(span(&block.ident), Span::to);
                let mut inner = raw(&block.body, text);
                inner.span = span(block);
                let mut node = Node::new(Value::List(vec![inner]), header);
                for label in block.labels.iter().rev() {
                    let entry = Entry { key: label.as_str().to_owned(), key_span: header, node };
                    node = Node::new(Value::Map(vec![entry]), header);
                }
                merge(&mut entries, block.ident.as_str(), header, node);
            }
        }
    }
    let whole = span(body);
    Node::new(Value::Map(entries), whole)
}

fn put(entries: &mut Vec<Entry>, key: &str, key_span: Span, node: Node) {
    entries.retain(|entry| entry.key != key);
    entries.push(Entry { key: key.to_owned(), key_span, node });
}

/// Blocks of one type gather: maps by label, lists by appending.
fn merge(entries: &mut Vec<Entry>, key: &str, key_span: Span, node: Node) {
    let Some(existing) = entries.iter_mut().find(|entry| entry.key == key) else {
        entries.push(Entry { key: key.to_owned(), key_span, node });
        return;
    };
    match (&mut existing.node.value, node.value) {
        (Value::List(items), Value::List(more)) => items.extend(more),
        (Value::Map(inner), Value::Map(more)) => {
            for entry in more {
                merge(inner, &entry.key, entry.key_span, entry.node);
            }
        }
        (_, value) => existing.node = Node::new(value, node.span),
    }
}

fn raw_expression(expression: &Expression, text: &str) -> Node {
    let at = span(expression);
    let value = match expression {
        Expression::Null(_) => Value::Null,
        Expression::Bool(value) => Value::Bool(*value.value()),
        Expression::Number(number) => number_value(number.value()),
        Expression::String(string) => Value::String(string.value().clone()),
        Expression::Array(array) => {
            Value::List(array.iter().map(|item| raw_expression(item, text)).collect())
        }
        Expression::Object(object) => {
            let mut entries = Vec::new();
            for (key, value) in object {
                let (name, key_span) = object_key(key, text);
                put(&mut entries, &name, key_span, raw_expression(value.expr(), text));
            }
            Value::Map(entries)
        }
        Expression::StringTemplate(_) => {
            let source = text.get(at.start..at.end).unwrap_or("").trim();
            let inner = source.strip_prefix('"').and_then(|s| s.strip_suffix('"')).unwrap_or(source);
            Value::String(inner.to_owned())
        }
        _ => Value::String(format!("${{{}}}", text.get(at.start..at.end).unwrap_or("").trim())),
    };
    Node::new(value, at)
}

fn object_key(key: &ObjectKey, text: &str) -> (String, Span) {
    match key {
        ObjectKey::Ident(ident) => (ident.as_str().to_owned(), span(ident)),
        ObjectKey::Expression(Expression::String(string)) => (string.value().clone(), span(string)),
        ObjectKey::Expression(other) => {
            let at = span(other);
            (format!("${{{}}}", text.get(at.start..at.end).unwrap_or("").trim()), at)
        }
    }
}

/// HCL numbers as JSON numbers; whole ones stay whole.
pub fn number_value(number: &hcl_edit::Number) -> Value {
    let json = number
        .as_i64()
        .map(serde_json::Number::from)
        .or_else(|| number.as_u64().map(serde_json::Number::from))
        .or_else(|| number.as_f64().and_then(serde_json::Number::from_f64));
    json.map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_form_conftest_gives() {
        let text = "resource \"aws_s3_bucket\" \"a\" {\n  bucket = \"x-${var.env}\"\n  acl = var.acl\n  tags = { Name = \"n\", \"k\" = 1 }\n}\n\
                    resource \"aws_s3_bucket\" \"b\" {\n  versioning {\n    enabled = true\n  }\n}\nprovider \"aws\" {}\n";
        let want = json!({
            "resource": {"aws_s3_bucket": {
                "a": [{"bucket": "x-${var.env}", "acl": "${var.acl}", "tags": {"Name": "n", "k": 1}}],
                "b": [{"versioning": [{"enabled": true}]}],
            }},
            "provider": {"aws": [{}]},
        });
        assert_eq!(raw(&parse(text).unwrap(), text).to_json(), want);
    }

    #[test]
    fn a_mistake_has_its_line() {
        assert_eq!(parse("a = 1\nb = {\n").unwrap_err().line, 2);
    }
}
