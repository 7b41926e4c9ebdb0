//! TOML (1.1) to spanned nodes: `pyproject.toml`, `poetry.lock`, `uv.lock`.
//!
//! The `toml` crate parses, with a span on every key and value and a limit on nesting; dates become
//! strings, since JSON has none.

use serde_json::Number;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::{Entry, Node, Value};
use crate::model::Span;

/// Why a file is no usable TOML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TomlError {
    /// A byte offset.
    pub at: usize,
    pub reason: String,
}

pub fn parse(text: &str) -> Result<Node, TomlError> {
    let table = DeTable::parse(text).map_err(|error| TomlError {
        at: error.span().map_or(0, |span| span.start),
        reason: error.message().to_owned(),
    })?;
    Ok(table_node(table.get_ref(), Span::new(0, text.len())))
}

fn span<T>(item: &Spanned<T>) -> Span {
    Span::new(item.span().start, item.span().end)
}

fn table_node(table: &DeTable<'_>, whole: Span) -> Node {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: span(key),
            node: node(value.get_ref(), span(value)),
        })
        .collect();
    // The parser sorts by name; a document keeps the order of its source.
    entries.sort_by_key(|entry| entry.key_span);
    Node::new(Value::Map(entries), whole)
}

fn array_node(array: &DeArray<'_>, whole: Span) -> Node {
    let items = array.iter().map(|item| node(item.get_ref(), span(item))).collect();
    Node::new(Value::List(items), whole)
}

fn node(value: &DeValue<'_>, at: Span) -> Node {
    let value = match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(integer) => integer_value(integer.as_str(), integer.radix()),
        // `nan` and `inf` are no JSON numbers: they stay text, as in YAML.
        DeValue::Float(float) => match float.as_str().parse::<f64>().ok().and_then(Number::from_f64) {
            Some(number) => Value::Number(number),
            None => Value::String(float.as_str().to_owned()),
        },
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(when) => Value::String(when.to_string()),
        DeValue::Array(array) => return array_node(array, at),
        DeValue::Table(table) => return table_node(table, at),
    };
    Node::new(value, at)
}

/// Beyond 64 bits the text is kept: a rounded number would be a wrong value.
fn integer_value(digits: &str, radix: u32) -> Value {
    i64::from_str_radix(digits, radix)
        .map(Number::from)
        .or_else(|_| u64::from_str_radix(digits, radix).map(Number::from))
        .map_or_else(|_| Value::String(digits.to_owned()), Value::Number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::source::{SourceText, Step};

    #[test]
    fn every_type_has_its_value() {
        let text = "b = 1\na = [0x1F, 1.5, nan, true, 2024-05-01, \"x\", 99999999999999999999]\n[t.u]\nv = { w = \"z\" }\n[[list]]\nn = 1\n[[list]]\nn = 2\n";
        let want = json!({
            "b": 1, "a": [31, 1.5, "nan", true, "2024-05-01", "x", "99999999999999999999"],
            "t": {"u": {"v": {"w": "z"}}}, "list": [{"n": 1}, {"n": 2}],
        });
        assert_eq!(parse(text).map(|node| node.to_json()), Ok(want));
    }

    #[test]
    fn spans_cover_exactly_the_source() {
        let text = "[project]\nname = \"é\"\ndependencies = [\n  \"torch>=2\",\n]\n";
        let node = parse(text).unwrap();
        let source = SourceText::new(text);
        let mark = |path: &[Step]| source.slice(node.locate(path).unwrap().span).to_owned();
        let key = |name: &str| Step::Key(name.to_owned());
        assert_eq!(mark(&[key("project"), key("name")]), "name = \"é\"");
        assert_eq!(mark(&[key("project"), key("dependencies"), Step::Index(0)]), "\"torch>=2\"");
    }

    #[test]
    fn mistakes_have_a_place() {
        for (text, at) in [("a = 1\nb = [\n", 6..12), ("a = 1\na = 2\n", 6..7)] {
            let error = parse(text).unwrap_err();
            assert!(at.contains(&error.at) && !error.reason.is_empty(), "{error:?}");
        }
        assert!(parse(&format!("a = {}", "[".repeat(5000))).is_err());
        assert!(parse(&format!("a{} = 1", ".a".repeat(5000))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a-c\\[\\]{}=\"'.,#\\\\\n 0-9-]{0,60}|\\PC{0,60}") {
            let _ = parse(&text);
        }
    }
}
