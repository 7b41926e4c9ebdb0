//! Python literals to values.

use std::borrow::Cow;

use serde_json::Number;
use tree_sitter::Node as Syntax;

use super::super::{Entry, Node, Value};
use super::span;
use crate::model::Span;

/// Lists and dictionaries deeper than this hold no argument that anybody judges.
const MAX_DEPTH: usize = 16;
const MAX_ITEMS: usize = 1_000;
const MAX_TEXT: usize = 16 * 1024;

/// The value of an expression that is written out; `None` for everything that has to be computed.
pub fn literal(node: Syntax<'_>, text: &str, place: &dyn Fn(Span) -> Span) -> Option<Node> {
    Literal { text, place }.value(node, 0)
}

struct Literal<'a> {
    text: &'a str,
    place: &'a dyn Fn(Span) -> Span,
}

impl Literal<'_> {
    fn value(&self, node: Syntax<'_>, depth: usize) -> Option<Node> {
        if depth > MAX_DEPTH {
            return None;
        }
        let at = (self.place)(span(node));
        let value = match node.kind() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "none" => Value::Null,
            "integer" | "float" => Value::Number(number(self.slice(node))?),
            "unary_operator" => {
                let operand = self.value(node.child_by_field_name("argument")?, depth + 1)?;
                let sign = self.slice(node.child_by_field_name("operator")?);
                match (sign, operand.value) {
                    ("-", Value::Number(number)) => Value::Number(negated(&number)?),
                    ("+", Value::Number(number)) => Value::Number(number),
                    _ => return None,
                }
            }
            "string" | "concatenated_string" => Value::String(self.string(node)?),
            "parenthesized_expression" => return self.value(first(node)?, depth + 1),
            "list" | "tuple" | "set" => Value::List(self.items(node, depth)?),
            "dictionary" => Value::Map(self.pairs(node, depth)?),
            _ => return None,
        };
        Some(Node::new(value, at))
    }

    fn slice(&self, node: Syntax<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    fn items(&self, node: Syntax<'_>, depth: usize) -> Option<Vec<Node>> {
        let mut cursor = node.walk();
        let items = node.named_children(&mut cursor).filter(|item| item.kind() != "comment");
        let items: Option<Vec<_>> =
            items.take(MAX_ITEMS + 1).map(|item| self.value(item, depth + 1)).collect();
        items.filter(|items| items.len() <= MAX_ITEMS)
    }

    fn pairs(&self, node: Syntax<'_>, depth: usize) -> Option<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut cursor = node.walk();
        for pair in node.named_children(&mut cursor).filter(|item| item.kind() != "comment") {
            let written = (pair.child_by_field_name("key")?, pair.child_by_field_name("value")?);
            let key = self.value(written.0, depth + 1)?;
            let name = key.as_str()?.to_owned();
            if entries.len() >= MAX_ITEMS {
                return None;
            }
            // The last of equal keys counts, as in Python.
            entries.retain(|entry| entry.key != name);
            let node = self.value(written.1, depth + 1)?;
            entries.push(Entry { key: name, key_span: key.span, node });
        }
        Some(entries)
    }

    /// Adjacent strings are one. Bytes and strings that are filled in are no text.
    fn string(&self, node: Syntax<'_>) -> Option<String> {
        let mut parts = Vec::new();
        if node.kind() == "concatenated_string" {
            let mut cursor = node.walk();
            parts.extend(node.named_children(&mut cursor).filter(|part| part.kind() != "comment"));
        } else {
            parts.push(node);
        }
        let mut joined = String::new();
        for part in parts {
            joined.push_str(&self.one_string(part)?);
            if joined.len() > MAX_TEXT {
                return None;
            }
        }
        Some(joined)
    }

    fn one_string(&self, node: Syntax<'_>) -> Option<Cow<'_, str>> {
        let written = self.slice(node);
        let quote = written.find(['"', '\''])?;
        let (prefix, rest) = (written.get(..quote)?.to_ascii_lowercase(), written.get(quote..)?);
        if prefix.contains('b') || prefix.contains('t') {
            return None;
        }
        let mut cursor = node.walk();
        if node.named_children(&mut cursor).any(|part| part.kind() == "interpolation") {
            return None;
        }
        let long = ["\"\"\"", "'''"].into_iter().find(|mark| rest.starts_with(mark));
        let mark = long.or_else(|| rest.get(..1))?;
        let inner = rest.strip_prefix(mark)?.strip_suffix(mark)?;
        if inner.len() > MAX_TEXT {
            return None;
        }
        let doubled = prefix.contains('f') && (inner.contains("{{") || inner.contains("}}"));
        let inner: Cow<'_, str> =
            if doubled { inner.replace("{{", "{").replace("}}", "}").into() } else { inner.into() };
        Some(if prefix.contains('r') || !inner.contains('\\') { inner } else { unescaped(&inner)?.into() })
    }
}

fn first(node: Syntax<'_>) -> Option<Syntax<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| child.kind() != "comment")
}

/// <https://docs.python.org/3/reference/lexical_analysis.html#numeric-literals>
fn number(text: &str) -> Option<Number> {
    let text = text.replace('_', "").to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok().map(Number::from);
        }
    }
    match text.parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) => Number::from_f64(text.parse().ok()?),
    }
}

fn negated(number: &Number) -> Option<Number> {
    match number.as_i64() {
        Some(whole) => whole.checked_neg().map(Number::from),
        None => Number::from_f64(-number.as_f64()?),
    }
}

/// <https://docs.python.org/3/reference/lexical_analysis.html#escape-sequences>
fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            '\n' => {}
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            '0' => out.push('\0'),
            'x' => out.push(hex(&mut chars, 2)?),
            'u' => out.push(hex(&mut chars, 4)?),
            'U' => out.push(hex(&mut chars, 8)?),
            'N' => return None,
            same @ ('\\' | '\'' | '"') => out.push(same),
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    Some(out)
}

fn hex(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let text: String = chars.take(digits).collect();
    char::from_u32(u32::from_str_radix(&text, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use crate::source::python::parse;

    fn argument(text: &str) -> Json {
        let (values, _) = parse("a.py", &format!("f({text})\n"));
        values[0].to_json()["calls"][0]["args"][0].clone()
    }

    #[test]
    fn literals_are_what_python_says() {
        for (text, want) in [
            ("'a\\n\\x41\\u00e9'", json!("a\nA\u{e9}")),
            (r"r'a\n'", json!("a\\n")),
            ("\"\"\"a 'b' \"c\" d\"\"\"", json!("a 'b' \"c\" d")),
            ("'a' \"b\"", json!("ab")),
            ("f'plain {{x}}'", json!("plain {x}")),
            ("0x_ff", json!(255)),
            ("-1_000", json!(-1000)),
            ("1e-3", json!(0.001)),
            ("None", Json::Null),
            ("(1, 'a', [True])", json!([1, "a", [true]])),
            ("{'a': 1, 'a': {'b': 2}}", json!({"a": {"b": 2}})),
            ("(\n 'a' # why\n)", json!("a")),
        ] {
            assert_eq!(argument(text), want, "{text}");
        }
    }

    #[test]
    fn what_is_computed_is_open() {
        for text in [
            "x",
            "f'{x}'",
            "b'a'",
            "[x]",
            "{1: 2}",
            "{**x}",
            "1 + 1",
            "10**30",
            "2j",
            "'\\N{DASH}'",
            "not 1",
            "g()",
            "-'a'",
        ] {
            assert_eq!(argument(text), Json::Null, "{text}");
        }
    }
}
