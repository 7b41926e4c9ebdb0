//! Regular expressions: Go's, with the semantics of RE2.

use std::borrow::Cow;

use regex::{Captures, Regex, RegexBuilder};

use super::call::{Call, Function, Kind, OPEN_TEXT, Outcome, Param, TEXT, string};
use super::{MAX_ITEMS, MAX_TEXT, text_too_long, too_many_items};
use crate::facts::terraform::value::{Type, Value};

/// Bytes that a compiled expression may take.
const MAX_COMPILED: usize = 1 << 20;

pub fn find(name: &str) -> Option<Function> {
    const TWO: &[Param] = &[TEXT, OPEN_TEXT];
    const THREE: &[Param] = &[TEXT, TEXT, TEXT];
    Some(match name {
        "regex" => Function::new(TWO, Kind::Any, regex),
        "regexall" => Function::new(TWO, Kind::List, regexall),
        "replace" => Function::new(THREE, Kind::Text, replace),
        _ => return None,
    })
}

fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(&translated(pattern))
        .size_limit(MAX_COMPILED)
        .dfa_size_limit(MAX_COMPILED)
        .octal(true)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
            _ => format!("invalid regular expression {pattern:?}"),
        })
}

/// The pattern in the syntax of the library that runs it. Go's `\d`, `\s`, `\w` and `\b` know only
/// ASCII, `\Q...\E` quotes, and classes know neither nesting nor set operations.
fn translated(pattern: &str) -> String {
    let mut result = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    // Where the text of the current class begins in the result.
    let mut class: Option<usize> = None;
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = tail;
        match (c, tail.chars().next()) {
            ('\\', Some('Q')) => {
                let quoted = tail.get(1..).unwrap_or_default();
                let (quoted, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
                result.push_str(&regex::escape(quoted));
                rest = after;
            }
            ('\\', Some(escaped)) => {
                rest = tail.get(escaped.len_utf8()..).unwrap_or_default();
                match (escaped, class.is_some()) {
                    ('d', false) => result.push_str("[0-9]"),
                    ('s', false) => result.push_str(r"[\t\n\f\r ]"),
                    ('w', false) => result.push_str("[0-9A-Za-z_]"),
                    ('d', true) => result.push_str("0-9"),
                    ('s', true) => result.push_str(r"\t\n\f\r "),
                    ('w', true) => result.push_str("0-9A-Za-z_"),
                    ('D', _) => result.push_str("[^0-9]"),
                    ('S', _) => result.push_str(r"[^\t\n\f\r ]"),
                    ('W', _) => result.push_str("[^0-9A-Za-z_]"),
                    ('b', false) => result.push_str(r"(?-u:\b)"),
                    ('B', false) => result.push_str(r"(?-u:\B)"),
                    _ => result.extend(['\\', escaped]),
                }
            }
            ('[', _) if class.is_none() => {
                result.push('[');
                if let Some(after) = rest.strip_prefix('^') {
                    result.push('^');
                    rest = after;
                }
                if let Some(after) = rest.strip_prefix(']') {
                    result.push_str("\\]");
                    rest = after;
                }
                class = Some(result.len());
            }
            ('[', Some(':')) => match tail.split_once(":]") {
                Some((name, after)) => {
                    result.push('[');
                    result.push_str(name);
                    result.push_str(":]");
                    rest = after;
                }
                None => result.push_str("\\["),
            },
            ('[', _) => result.push_str("\\["),
            (']', _) if class.is_some() => {
                result.push(']');
                class = None;
            }
            ('&' | '~', _) if class.is_some() => result.extend(['\\', c]),
            ('-', Some('-')) if class.is_some() => result.push_str("\\-"),
            _ => result.push(c),
        }
    }
    result
}

/// What a match of this expression is: a string, a tuple of groups, or an object of named groups.
enum Shape {
    Whole,
    Groups,
    Names,
}

impl Shape {
    fn of(regex: &Regex) -> Result<Self, String> {
        let groups = regex.captures_len() - 1;
        let named = regex.capture_names().flatten().count();
        match (groups, named) {
            (0, _) => Ok(Shape::Whole),
            (_, 0) => Ok(Shape::Groups),
            _ if groups == named => Ok(Shape::Names),
            _ => Err("cannot mix both named and unnamed capture groups".to_owned()),
        }
    }

    fn type_of(&self, regex: &Regex) -> Type {
        match self {
            Shape::Whole => Type::String,
            Shape::Groups => Type::Tuple(vec![Type::String; regex.captures_len() - 1]),
            Shape::Names => Type::object(regex.capture_names().flatten().map(|name| (name, Type::String))),
        }
    }

    fn value(&self, regex: &Regex, captures: &Captures<'_>) -> Value {
        let text = |found: Option<regex::Match<'_>>| {
            found.map_or(Value::Null, |found| Value::string(found.as_str()))
        };
        match self {
            Shape::Whole => text(captures.get(0)),
            Shape::Groups => Value::tuple(captures.iter().skip(1).map(text)),
            Shape::Names => {
                Value::object(regex.capture_names().flatten().map(|name| (name, text(captures.name(name)))))
            }
        }
    }
}

fn regex(call: &Call<'_>) -> Outcome {
    let regex = compile(call.text(0)?)?;
    let shape = Shape::of(&regex)?;
    let Some(text) = call.arg(1).as_str() else {
        return Ok(Value::unknown_result(shape.type_of(&regex)));
    };
    let captures = regex.captures(text);
    let captures = captures.ok_or_else(|| "pattern did not match any part of the given string".to_owned())?;
    Ok(shape.value(&regex, &captures))
}

fn regexall(call: &Call<'_>) -> Outcome {
    let regex = compile(call.text(0)?)?;
    let shape = Shape::of(&regex)?;
    let Some(text) = call.arg(1).as_str() else {
        return Ok(Value::unknown_result(Type::List(Box::new(shape.type_of(&regex)))));
    };
    let most = MAX_ITEMS / regex.captures_len();
    let found: Vec<Value> =
        regex.captures_iter(text).take(most + 1).map(|captures| shape.value(&regex, &captures)).collect();
    if found.len() > most {
        return Err(too_many_items());
    }
    Ok(Value::list(found))
}

/// `/pattern/` is a regular expression, anything else is taken as it stands.
fn replace(call: &Call<'_>) -> Outcome {
    let (text, wanted, with) = (call.text(0)?, call.text(1)?, call.text(2)?);
    let pattern = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let count = match pattern {
        Some(_) => text.len() + 1,
        None if wanted.is_empty() => text.chars().count() + 1,
        None => text.matches(wanted).count(),
    };
    if pattern.is_none() && count.saturating_mul(with.len()) > MAX_TEXT {
        return Err(text_too_long());
    }
    let Some(pattern) = pattern else { return string(text.replace(wanted, with)) };
    let regex = compile(pattern)?;
    let mut result = String::new();
    let mut end = 0;
    for captures in regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        result.push_str(text.get(end..whole.start()).unwrap_or_default());
        captures.expand(with, &mut result);
        end = whole.end();
        if result.len() > MAX_TEXT {
            return Err(text_too_long());
        }
    }
    result.push_str(text.get(end..).unwrap_or_default());
    string(Cow::from(result))
}
