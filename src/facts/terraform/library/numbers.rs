//! Numeric functions.

use num_bigint::BigInt;

use super::call::{ANY, Call, Function, Kind, NUMBER, OPEN, OPEN_NUMBER, Outcome, Param, number};
use crate::facts::terraform::value::{self, Number, Type, Value, convert};

/// Digits that `parseint` reads; longer numbers exceed what a number can hold.
const MAX_DIGITS: usize = 20_000;

pub fn find(name: &str) -> Option<Function> {
    const ONE: &[Param] = &[NUMBER];
    const TWO: &[Param] = &[NUMBER, NUMBER];
    Some(match name {
        "abs" => Function::new(ONE, Kind::Number, |call| Ok(Value::Number(call.number(0)?.absolute()))),
        "ceil" => Function::new(ONE, Kind::Number, |call| call.number(0)?.ceil().map(Value::Number)),
        "floor" => Function::new(ONE, Kind::Number, |call| call.number(0)?.floor().map(Value::Number)),
        "log" => Function::new(TWO, Kind::Number, |call| float(call, |number, base| number.ln() / base.ln())),
        "pow" => Function::new(TWO, Kind::Number, |call| float(call, f64::powf)),
        "signum" => Function::new(ONE, Kind::Number, |call| Ok(Value::number(call.integer(0)?.signum()))),
        "max" => Function::new(&[], Kind::Number, |call| extreme(call, |new, old| new > old)).then(NUMBER),
        "min" => Function::new(&[], Kind::Number, |call| extreme(call, |new, old| new < old)).then(NUMBER),
        "parseint" => Function::new(&[OPEN, OPEN_NUMBER], Kind::Number, parseint),
        "sum" => Function::new(&[ANY], Kind::Number, sum),
        _ => return None,
    })
}

/// Both functions of reals compute with 64-bit floats.
fn float(call: &Call<'_>, apply: fn(f64, f64) -> f64) -> Outcome {
    Number::from_f64(apply(call.number(0)?.as_f64(), call.number(1)?.as_f64())).map(Value::Number)
}

fn extreme(call: &Call<'_>, better: fn(&Number, &Number) -> bool) -> Outcome {
    let mut best: Option<&Number> = None;
    for arg in &call.args {
        let next = number(arg)?;
        if best.is_none_or(|best| better(next, best)) {
            best = Some(next);
        }
    }
    best.cloned().map(Value::Number).ok_or_else(|| "must pass at least one number".to_owned())
}

fn parseint(call: &Call<'_>) -> Outcome {
    if !matches!(call.arg(0).type_of(), Type::String | Type::Any) {
        return Err(format!("the first argument must be a string, not {}", call.arg(0).type_of().name()));
    }
    if call.args.iter().any(Value::is_unknown) {
        return Ok(Value::unknown_result(Type::Number));
    }
    let text = call.text(0)?;
    let base = u32::try_from(call.integer(1)?).ok().filter(|base| (2..=62).contains(base));
    let base = base.ok_or_else(|| "base must be a whole number between 2 and 62 inclusive".to_owned())?;
    let invalid = || format!("cannot parse {text:?} as a base {base} integer");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return Err(invalid());
    }
    let mut value = BigInt::ZERO;
    for c in digits.chars() {
        // Beyond base 36 small letters come before capitals.
        let digit = match c {
            '0'..='9' => u32::from(c) - u32::from('0'),
            'a'..='z' => u32::from(c) - u32::from('a') + 10,
            'A'..='Z' if base <= 36 => u32::from(c) - u32::from('A') + 10,
            'A'..='Z' => u32::from(c) - u32::from('A') + 36,
            _ => return Err(invalid()),
        };
        if digit >= base {
            return Err(invalid());
        }
        value = value * base + digit;
    }
    Number::from_integer(&if negative { -value } else { value }).map(Value::Number)
}

fn sum(call: &Call<'_>) -> Outcome {
    if call.arg(0).length() == Some(0) {
        return Err("cannot sum an empty list".to_owned());
    }
    let items = call.items(0)?;
    if !call.arg(0).is_known() {
        return Ok(Value::unknown_result(Type::Number));
    }
    let numbers = items.iter().map(|item| match convert(item, &Type::Number) {
        Ok(Value::Number(number)) => Ok(Value::Number(number)),
        _ => Err("argument must be list, set, or tuple of number values".to_owned()),
    });
    numbers.reduce(|total, next| value::add(&total?, &next?)).unwrap_or_else(|| Ok(Value::number(0_i64)))
}
