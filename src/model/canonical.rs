//! RFC 8785 JSON, for digests that anyone can recompute.

use serde_json::Value;

/// The largest integer that every JSON reader keeps exactly.
const MAX_SAFE: u64 = 1 << 53;

/// Canonical text, or `None` for numbers without one form everywhere: fractions, and integers
/// beyond 2^53.
///
/// `serde_json` writes objects in the order of their keys' bytes, which is RFC 8785's order for
/// every key below U+10000, and escapes as RFC 8785 does.
pub fn canonical_json(value: &Value) -> Option<String> {
    fn exact(value: &Value) -> bool {
        match value {
            Value::Number(number) => number.as_i64().is_some_and(|n| n.unsigned_abs() <= MAX_SAFE),
            Value::Array(items) => items.iter().all(exact),
            Value::Object(map) => map.values().all(exact),
            _ => true,
        }
    }
    exact(value).then(|| value.to_string())
}
