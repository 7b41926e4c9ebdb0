//! The operators of the language, on values.
//!
//! Operands are converted as in Terraform (`"1" + 1` is 2). What is unknown makes the result
//! unknown: in Terraform 1.11 even `false && unknown` is.

use super::types::conforms;
use super::{Number, Type, Unknown, Value, convert};

type Outcome = Result<Value, String>;

fn operand(value: &Value, of: &Type) -> Outcome {
    match convert(value, of)? {
        Value::Null => Err("argument must not be null".to_owned()),
        value => Ok(value),
    }
}

fn arithmetic(left: &Value, right: &Value, apply: fn(&Number, &Number) -> Result<Number, String>) -> Outcome {
    match (operand(left, &Type::Number)?, operand(right, &Type::Number)?) {
        (Value::Number(left), Value::Number(right)) => apply(&left, &right).map(Value::Number),
        _ => Ok(Value::unknown_result(Type::Number)),
    }
}

fn comparison(left: &Value, right: &Value, holds: fn(&Number, &Number) -> bool) -> Outcome {
    match (operand(left, &Type::Number)?, operand(right, &Type::Number)?) {
        (Value::Number(left), Value::Number(right)) => Ok(Value::Bool(holds(&left, &right))),
        _ => Ok(Value::unknown_result(Type::Bool)),
    }
}

fn logic(left: &Value, right: &Value, apply: fn(bool, bool) -> bool) -> Outcome {
    match (operand(left, &Type::Bool)?, operand(right, &Type::Bool)?) {
        (Value::Bool(left), Value::Bool(right)) => Ok(Value::Bool(apply(left, right))),
        _ => Ok(Value::unknown_result(Type::Bool)),
    }
}

pub fn add(left: &Value, right: &Value) -> Outcome {
    arithmetic(left, right, Number::add)
}

pub fn subtract(left: &Value, right: &Value) -> Outcome {
    arithmetic(left, right, Number::subtract)
}

pub fn multiply(left: &Value, right: &Value) -> Outcome {
    arithmetic(left, right, Number::multiply)
}

pub fn divide(left: &Value, right: &Value) -> Outcome {
    arithmetic(left, right, Number::divide)
}

pub fn modulo(left: &Value, right: &Value) -> Outcome {
    arithmetic(left, right, Number::modulo)
}

pub fn negate(value: &Value) -> Outcome {
    match operand(value, &Type::Number)? {
        Value::Number(number) => Ok(Value::Number(number.negated())),
        _ => Ok(Value::unknown_result(Type::Number)),
    }
}

pub fn less(left: &Value, right: &Value) -> Outcome {
    comparison(left, right, |left, right| left < right)
}

pub fn greater(left: &Value, right: &Value) -> Outcome {
    comparison(left, right, |left, right| left > right)
}

pub fn at_most(left: &Value, right: &Value) -> Outcome {
    comparison(left, right, |left, right| left <= right)
}

pub fn at_least(left: &Value, right: &Value) -> Outcome {
    comparison(left, right, |left, right| left >= right)
}

pub fn and(left: &Value, right: &Value) -> Outcome {
    logic(left, right, |left, right| left && right)
}

pub fn or(left: &Value, right: &Value) -> Outcome {
    logic(left, right, |left, right| left || right)
}

pub fn not(value: &Value) -> Outcome {
    match operand(value, &Type::Bool)? {
        Value::Bool(value) => Ok(Value::Bool(!value)),
        _ => Ok(Value::unknown_result(Type::Bool)),
    }
}

pub fn not_equal(left: &Value, right: &Value) -> Value {
    match equal(left, right) {
        Value::Bool(value) => Value::Bool(!value),
        unknown => unknown,
    }
}

/// `==`: values of different types are not equal, nulls are, and unknown values may be.
pub fn equal(left: &Value, right: &Value) -> Value {
    let unknown = Value::unknown_result(Type::Bool);
    match (left, right) {
        (Value::Null, Value::Null) => Value::Bool(true),
        (Value::Null, Value::Unknown(other)) | (Value::Unknown(other), Value::Null) => {
            if other.not_null {
                Value::Bool(false)
            } else {
                unknown
            }
        }
        (Value::Null, _) | (_, Value::Null) => Value::Bool(false),
        (Value::Unknown(_), Value::Unknown(_)) => unknown,
        (Value::Unknown(Unknown { of, .. }), known) | (known, Value::Unknown(Unknown { of, .. })) => {
            // What is null is never equal to what is not, so only the types decide.
            if conforms(of, &known.type_of()) { unknown } else { Value::Bool(false) }
        }
        (Value::Bool(left), Value::Bool(right)) => Value::Bool(left == right),
        (Value::Number(left), Value::Number(right)) => Value::Bool(left == right),
        (Value::String(left), Value::String(right)) => Value::Bool(left == right),
        (Value::List(left), Value::List(right)) | (Value::Tuple(left), Value::Tuple(right)) => {
            if left.len() != right.len() {
                return Value::Bool(false);
            }
            all_equal(left.iter().zip(right.iter()))
        }
        (Value::Set(left), Value::Set(right)) => {
            // Unknown members may coalesce with others, so even the number of members is open.
            if !left.iter().chain(right.iter()).all(Value::is_known) {
                return unknown;
            }
            if left.len() != right.len() {
                return Value::Bool(false);
            }
            all_equal(left.iter().zip(right.iter()))
        }
        (Value::Map(left), Value::Map(right)) | (Value::Object(left), Value::Object(right)) => {
            if !left.keys().eq(right.keys()) {
                return Value::Bool(false);
            }
            all_equal(left.values().zip(right.values()))
        }
        _ => Value::Bool(false),
    }
}

/// The first pair that is not known to be equal decides, even when a later one differs for sure.
fn all_equal<'a>(mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Value {
    let decisive = pairs.find_map(|(left, right)| match equal(left, right) {
        Value::Bool(true) => None,
        other => Some(other),
    });
    decisive.unwrap_or(Value::Bool(true))
}
