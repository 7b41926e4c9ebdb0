//! String functions. Characters are grapheme clusters, as people see them.

use unicode_segmentation::UnicodeSegmentation as _;

use super::call::{
    ANYTHING, Call, Function, Kind, NUMBER, OPEN_TEXT, Outcome, Param, TEXT, TEXTS, string, texts,
};
use super::{MAX_ITEMS, MAX_TEXT, format, text_too_long, too_many_items};
use crate::facts::terraform::value::{Type, Value};

pub fn find(name: &str) -> Option<Function> {
    const ONE: &[Param] = &[TEXT];
    const TWO: &[Param] = &[TEXT, TEXT];
    let text = |params: &'static [Param], run| Function::new(params, Kind::Text, run);
    let check = |params: &'static [Param], run| Function::new(params, Kind::Bool, run);
    Some(match name {
        "chomp" => text(ONE, |call| string(call.text(0)?.trim_end_matches(['\r', '\n']))),
        "lower" => text(ONE, |call| string(each(call.text(0)?, lower))),
        "upper" => text(ONE, |call| string(each(call.text(0)?, upper))),
        "title" => text(ONE, |call| string(title(call.text(0)?))),
        "strrev" => text(ONE, |call| string(call.text(0)?.graphemes(true).rev().collect::<String>())),
        "trimspace" => text(ONE, |call| string(call.text(0)?.trim())),
        "trim" => text(TWO, |call| {
            let unwanted: Vec<char> = call.text(1)?.chars().collect();
            string(call.text(0)?.trim_matches(unwanted.as_slice()))
        }),
        "trimprefix" => text(TWO, |call| {
            let text = call.text(0)?;
            string(text.strip_prefix(call.text(1)?).unwrap_or(text))
        }),
        "trimsuffix" => text(TWO, |call| {
            let text = call.text(0)?;
            string(text.strip_suffix(call.text(1)?).unwrap_or(text))
        }),
        "startswith" => check(&[OPEN_TEXT, TEXT], |call| {
            let prefix = call.text(1)?;
            Ok(match call.arg(0).as_str() {
                Some(text) => Value::Bool(text.starts_with(prefix)),
                None if prefix.is_empty() => Value::Bool(true),
                None => Value::unknown_result(Type::Bool),
            })
        }),
        "endswith" => check(TWO, |call| Ok(Value::Bool(call.text(0)?.ends_with(call.text(1)?)))),
        "strcontains" => check(TWO, |call| Ok(Value::Bool(call.text(0)?.contains(call.text(1)?)))),
        "indent" => text(&[NUMBER, TEXT], indent),
        "join" => text(ONE, join).then(TEXTS),
        "split" => Function::new(TWO, Kind::Texts, split),
        "substr" => text(&[TEXT, NUMBER, NUMBER], substr),
        "format" => text(ONE, format::format).then(ANYTHING),
        "formatlist" => Function::new(ONE, Kind::Texts, format::formatlist).then(ANYTHING),
        _ => return None,
    })
}

fn each(text: &str, change: fn(char) -> char) -> String {
    text.chars().map(change).collect()
}

/// One character for one: `ß` has no capital of one character and stays.
fn upper(c: char) -> char {
    let mut changed = c.to_uppercase();
    match (changed.next(), changed.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Capitals after everything that is no letter, digit or underscore; beyond ASCII, after spaces.
fn title(text: &str) -> String {
    let mut previous = ' ';
    let change = |c: char| {
        let begins = if previous.is_ascii() {
            !previous.is_ascii_alphanumeric() && previous != '_'
        } else {
            previous.is_whitespace()
        };
        previous = c;
        if begins { upper(c) } else { c }
    };
    text.chars().map(change).collect()
}

fn indent(call: &Call<'_>) -> Outcome {
    let (spaces, text) = (call.integer(0)?, call.text(1)?);
    let spaces = usize::try_from(spaces).map_err(|_| "cannot indent by a negative number".to_owned())?;
    let lines = text.matches('\n').count();
    if lines.saturating_mul(spaces) > MAX_TEXT {
        return Err(text_too_long());
    }
    string(if lines == 0 {
        text.to_owned()
    } else {
        text.replace('\n', &format!("\n{}", " ".repeat(spaces)))
    })
}

fn join(call: &Call<'_>) -> Outcome {
    let separator = call.text(0)?;
    if call.rest(1).is_empty() {
        return Err("at least one list is required".to_owned());
    }
    let mut parts = Vec::new();
    for list in call.rest(1) {
        parts.extend(texts(list.items().unwrap_or_default())?);
    }
    let length = parts.iter().map(|part| part.len().saturating_add(separator.len())).sum::<usize>();
    if length > MAX_TEXT.saturating_add(separator.len()) {
        return Err(text_too_long());
    }
    string(parts.join(separator))
}

fn split(call: &Call<'_>) -> Outcome {
    let (separator, text) = (call.text(0)?, call.text(1)?);
    let parts: Vec<&str> = if separator.is_empty() {
        // Into characters, and nothing at the ends.
        text.split("").skip(1).take(text.chars().count()).take(MAX_ITEMS + 1).collect()
    } else {
        text.split(separator).take(MAX_ITEMS + 1).collect()
    };
    if parts.len() > MAX_ITEMS {
        return Err(too_many_items());
    }
    Ok(Value::list(parts.into_iter().map(Value::string)))
}

/// A negative offset counts from the end; a negative length means all that follows.
fn substr(call: &Call<'_>) -> Outcome {
    let (text, offset, length) = (call.text(0)?, call.integer(1)?, call.integer(2)?);
    let mut start = usize::try_from(offset).unwrap_or_default();
    if offset < 0 {
        let back = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
        start = text.graphemes(true).count().saturating_sub(back);
    }
    // Zero takes nothing, but everything after a negative offset: so it is in Terraform.
    let length = match usize::try_from(length) {
        Ok(0) if offset < 0 => usize::MAX,
        Ok(length) => length,
        Err(_) => usize::MAX,
    };
    string(text.graphemes(true).skip(start).take(length).collect::<String>())
}
