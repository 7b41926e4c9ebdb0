//! Nodes with their places, written for a later run: `[start, end, value]`, and in a map `[start, end, node]` by key,
//! where the numbers are those of the key.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

use super::{Entry, Node, Value};
use crate::model::Span;

/// A node to be written, or one that was read again.
pub struct Written<N>(pub N);

impl Serialize for Written<&Node> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Node { value, span } = self.0;
        (span.start, span.end, Written(value)).serialize(serializer)
    }
}

impl Serialize for Written<&Value> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(number) => number.serialize(serializer),
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => serializer.collect_seq(items.iter().map(Written)),
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for Entry { key, key_span, node } in entries {
                    map.serialize_entry(key, &(key_span.start, key_span.end, Written(node)))?;
                }
                map.end()
            }
            Value::Unknown | Value::UnknownBlocks => Err(S::Error::custom("nobody knows the value")),
        }
    }
}

impl<'de> Deserialize<'de> for Written<Node> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (start, end, Written(value)) = Deserialize::deserialize(deserializer)?;
        Ok(Written(Node { value, span: Span { start, end } }))
    }
}

impl<'de> Deserialize<'de> for Written<Value> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Written)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a node")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("no number"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Written(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, (start, end, Written(node)))) = map.next_entry()? {
            entries.push(Entry { key, key_span: Span { start, end }, node });
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::yaml;

    #[test]
    fn what_was_written_is_read_as_it_was() {
        let text = "a: [1, -2, 0.1, 1.0, 1e300, 18446744073709551615, ~, true, '', \"\\u001b[2J\"]\nb: {c: {}, d: [[]]}\n";
        let (values, error) = yaml::parse(text);
        assert_eq!((values.len(), error), (1, None));
        let mut bytes = Vec::new();
        ciborium::into_writer(&Written(&values[0]), &mut bytes).unwrap();
        let Written(read): Written<Node> = ciborium::from_reader(bytes.as_slice()).unwrap();
        assert_eq!(read, values[0]);
        assert!(
            ciborium::into_writer(&Written(&Node::new(Value::Unknown, Span::default())), &mut bytes).is_err()
        );
    }
}
