//! Builtins that OPA keeps for policies of its early days and that regorus does not have
//! (<https://www.openpolicyagent.org/docs/policy-reference/builtins>, "deprecated", and operators by
//! name). A type error is undefined, as everywhere.

use std::cmp::Ordering;

use regorus::{Engine, Value};

/// Adds them to an engine. Functions that a policy defines itself go first.
pub(super) fn add(engine: &mut Engine) {
    put(engine, "any", 1, |args| members(args.first()).map(|all| all.iter().any(is_true)));
    put(engine, "all", 1, |args| members(args.first()).map(|all| all.iter().all(is_true)));
    put(engine, "re_match", 2, |args| {
        let [Value::String(pattern), Value::String(text)] = args else { return None };
        Some(super::pattern::compiled(pattern)?.is_match(text))
    });
    put(engine, "set_diff", 2, |args| match args {
        [Value::Set(_), Value::Set(_)] => minus(args),
        _ => None,
    });
    put(engine, "minus", 2, minus);
    put(engine, "plus", 2, |args| numbers(args, i64::checked_add, |a, b| a + b));
    put(engine, "mul", 2, |args| numbers(args, i64::checked_mul, |a, b| a * b));
    put(engine, "and", 2, |args| match args {
        [Value::Set(a), Value::Set(b)] => Some(Value::from(a.intersection(b))),
        _ => None,
    });
    put(engine, "or", 2, |args| match args {
        [Value::Set(a), Value::Set(b)] => Some(Value::from(a.union(b))),
        _ => None,
    });
    for (name, holds) in [
        ("eq", Ordering::is_eq as fn(Ordering) -> bool),
        ("equal", Ordering::is_eq),
        ("neq", Ordering::is_ne),
        ("lt", Ordering::is_lt),
        ("lte", Ordering::is_le),
        ("gt", Ordering::is_gt),
        ("gte", Ordering::is_ge),
    ] {
        put(engine, name, 2, move |args| match args {
            [a, b] => Some(holds(a.cmp(b))),
            _ => None,
        });
    }
    put(engine, "cast_array", 1, |args| match args {
        [Value::Array(_)] => args.first().cloned(),
        [Value::Set(items)] => Some(Value::from(items.iter().cloned().collect::<Vec<_>>())),
        _ => None,
    });
    put(engine, "cast_set", 1, |args| match args {
        [Value::Set(_)] => args.first().cloned(),
        [Value::Array(items)] => Some(set(items.iter())),
        _ => None,
    });
    for (name, fits) in [
        ("cast_string", (|value| matches!(value, Value::String(_))) as fn(&Value) -> bool),
        ("cast_boolean", |value| matches!(value, Value::Bool(_))),
        ("cast_null", |value| matches!(value, Value::Null)),
        ("cast_object", |value| matches!(value, Value::Object(_))),
    ] {
        put(engine, name, 1, move |args| args.first().filter(|value| fits(value)).cloned());
    }
}

/// Adds one function; `None` is undefined.
pub(super) fn put<T: Into<Value>>(
    engine: &mut Engine,
    name: &str,
    arguments: u8,
    function: impl Fn(&[Value]) -> Option<T> + Clone + Send + Sync + 'static,
) {
    let extension = move |args: Vec<Value>| Ok(function(&args).map_or(Value::Undefined, Into::into));
    // Fails only for a name that is there already.
    let _ = engine.add_extension(name.to_owned(), arguments, Box::new(extension));
}

fn is_true(value: &Value) -> bool {
    *value == Value::Bool(true)
}

pub(super) fn members(value: Option<&Value>) -> Option<Vec<Value>> {
    match value? {
        Value::Array(items) => Some(items.to_vec()),
        Value::Set(items) => Some(items.iter().cloned().collect()),
        _ => None,
    }
}

fn set<'v>(items: impl Iterator<Item = &'v Value>) -> Value {
    Value::from(items.cloned().collect::<std::collections::BTreeSet<Value>>())
}

fn minus(args: &[Value]) -> Option<Value> {
    match args {
        [Value::Set(a), Value::Set(b)] => Some(Value::from(a.difference(b))),
        _ => numbers(args, i64::checked_sub, |a, b| a - b),
    }
}

fn numbers(
    args: &[Value],
    whole: fn(i64, i64) -> Option<i64>,
    fraction: fn(f64, f64) -> f64,
) -> Option<Value> {
    let [a, b] = args else { return None };
    let exact = a.as_i64().ok().zip(b.as_i64().ok()).and_then(|(a, b)| whole(a, b));
    match exact {
        Some(value) => Some(Value::from(value)),
        None => Some(Value::from(fraction(a.as_f64().ok()?, b.as_f64().ok()?))),
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::machine;

    #[test]
    fn old_builtins_work_as_in_opa() {
        for (expression, want) in [
            ("any([false, true])", "true"),
            ("all([false, true])", "false"),
            ("all([])", "true"),
            ("any({1 == 1})", "true"),
            ("re_match(\"^a.c$\", \"abc\")", "true"),
            ("re_match(\"(\", \"abc\")", "undefined"),
            ("set_diff({1, 2}, {2})", "[1]"),
            ("minus(3, 1)", "2"),
            ("minus({1, 2}, {1})", "[2]"),
            ("plus(1, 2.5)", "3.5"),
            ("gt(2, 1)", "true"),
            ("cast_array({1})", "[1]"),
            ("cast_string(1)", "undefined"),
            ("minus(\"a\", 1)", "undefined"),
        ] {
            let mut engine = machine::empty();
            engine.set_rego_v0(true);
            engine
                .add_policy("t.rego".to_owned(), format!("package t\nx = y {{ y := {expression} }}\n"))
                .unwrap();
            let value = engine.eval_rule("data.t.x".to_owned()).unwrap();
            let text = match value {
                regorus::Value::Undefined => "undefined".to_owned(),
                value => serde_json::to_value(&value).unwrap().to_string(),
            };
            assert_eq!(text, want, "{expression}");
        }
    }

    #[test]
    fn a_policy_s_own_function_goes_first() {
        let mut engine = machine::empty();
        engine.set_rego_v0(true);
        engine.add_policy("t.rego".to_owned(), "package t\nany(x) = 7\ny = any([])\n".to_owned()).unwrap();
        assert_eq!(engine.eval_rule("data.t.y".to_owned()).unwrap(), regorus::Value::from(7));
    }
}
