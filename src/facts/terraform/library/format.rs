//! `format` and `formatlist`: Go's verbs, as
//! <https://developer.hashicorp.com/terraform/language/functions/format> has them.

use num_bigint::BigInt;
use unicode_segmentation::UnicodeSegmentation as _;

use super::call::{Call, Outcome, string};
use super::{MAX_ITEMS, MAX_TEXT, text_too_long, too_many_items};
use crate::facts::terraform::value::{Decimal, Number, Type, Value, convert, encode};

pub fn format(call: &Call<'_>) -> Outcome {
    if !call.rest(1).iter().all(Value::is_known) {
        return Ok(Value::unknown_result(Type::String));
    }
    let args: Vec<&Value> = call.rest(1).iter().collect();
    string(render(call.text(0)?, &args)?)
}

/// One string for each element of the lists among the arguments, which must be of one length.
pub fn formatlist(call: &Call<'_>) -> Outcome {
    let (template, args) = (call.text(0)?, call.rest(1));
    let unknown = || Ok(Value::unknown_result(Type::List(Box::new(Type::String))));
    let mut count = None;
    for arg in args {
        let sequence = matches!(arg.type_of(), Type::List(_) | Type::Set(_) | Type::Tuple(_));
        if arg.is_unknown() && (sequence || arg.type_of() == Type::Any) {
            return unknown();
        }
        let Some(items) = arg.items() else { continue };
        if arg.length().is_none() {
            return unknown();
        }
        if count.is_some_and(|count| count != items.len()) {
            return Err("the lists are of different lengths".to_owned());
        }
        count = Some(items.len());
    }
    let count = count.unwrap_or(1);
    if count > MAX_ITEMS {
        return Err(too_many_items());
    }
    let mut results = Vec::new();
    let mut total = 0;
    for at in 0..count {
        let row: Vec<&Value> =
            args.iter().map(|arg| arg.items().and_then(|items| items.get(at)).unwrap_or(arg)).collect();
        if row.iter().all(|value| value.is_known()) {
            let text = render(template, &row)?;
            total += text.len();
            if total > MAX_TEXT {
                return Err(text_too_long());
            }
            results.push(Value::string(text));
        } else {
            results.push(Value::unknown_result(Type::String));
        }
    }
    Ok(Value::list(results))
}

/// One verb: `%[flags][width][.precision][index]letter`.
#[allow(clippy::struct_excessive_bools)] // each is a flag of the verb
#[derive(Default)]
struct Verb {
    zero: bool,
    sharp: bool,
    minus: bool,
    plus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
    letter: char,
}

fn render(template: &str, args: &[&Value]) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    let (mut next, mut highest) = (0, 0);
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let (verb, index, after) = Verb::read(after)?;
        let index = index.unwrap_or(next);
        let arg = args.get(index).ok_or_else(|| {
            format!("not enough arguments for %{}: need {} but have {}", verb.letter, index + 1, args.len())
        })?;
        verb.write(arg, &mut text)?;
        if text.len() > MAX_TEXT {
            return Err(text_too_long());
        }
        next = index + 1;
        highest = highest.max(next);
        rest = after;
    }
    if highest < args.len() {
        return Err(format!("too many arguments; only {highest} used by format string"));
    }
    text.push_str(rest);
    Ok(text)
}

/// A number without leading zeros, and what follows it.
fn digits(text: &str) -> (Option<usize>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    if digits.is_empty() { (None, rest) } else { (Some(digits.parse().unwrap_or(usize::MAX)), rest) }
}

impl Verb {
    fn read(text: &str) -> Result<(Self, Option<usize>, &str), String> {
        let mut verb = Verb::default();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            match c {
                '0' => verb.zero = true,
                '#' => verb.sharp = true,
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                ' ' => verb.space = true,
                _ => break,
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        (verb.width, rest) = digits(rest);
        if let Some(after) = rest.strip_prefix('.') {
            let (precision, after) = digits(after);
            verb.precision = Some(precision.unwrap_or(0));
            rest = after;
        }
        let mut index = None;
        if let Some(after) = rest.strip_prefix('[') {
            let (number, after) = digits(after);
            rest = after.strip_prefix(']').ok_or_else(|| "invalid argument index".to_owned())?;
            let number = number.and_then(|number| number.checked_sub(1));
            index = Some(number.ok_or_else(|| "invalid argument index".to_owned())?);
        }
        let mut chars = rest.chars();
        verb.letter = chars
            .next()
            .filter(char::is_ascii_alphabetic)
            .ok_or_else(|| format!("unrecognized format character in %{text:.10}"))?;
        if verb.width.max(verb.precision).is_some_and(|size| size > MAX_TEXT) {
            return Err(text_too_long());
        }
        Ok((verb, index, chars.as_str()))
    }

    fn write(&self, arg: &Value, text: &mut String) -> Result<(), String> {
        let convert = |to: &Type| match convert(arg, to) {
            Ok(Value::Null) => Err("null value cannot be formatted".to_owned()),
            other => other,
        };
        let unsupported = |error: String| format!("unsupported value for %{}: {error}", self.letter);
        let written = match self.letter {
            'v' => self.pad(&self.natural(arg)?),
            't' => match convert(&Type::Bool).map_err(unsupported)? {
                Value::Bool(value) => value.to_string(),
                _ => String::new(),
            },
            'b' | 'd' | 'o' | 'x' | 'X' | 'e' | 'E' | 'f' | 'g' | 'G' => {
                match convert(&Type::Number).map_err(unsupported)? {
                    Value::Number(number) => self.number(&number).map_err(unsupported)?,
                    _ => String::new(),
                }
            }
            's' | 'q' => {
                let value = convert(&Type::String).map_err(unsupported)?;
                let whole = value.as_str().unwrap_or_default();
                let count = self.precision.filter(|precision| *precision > 0).unwrap_or(usize::MAX);
                let cut: String = whole.graphemes(true).take(count).collect();
                if self.letter == 's' {
                    self.pad(&cut)
                } else {
                    self.pad(&encode(&Value::string(cut), MAX_TEXT)?)
                }
            }
            letter => return Err(format!("unsupported format verb {letter:?}")),
        };
        text.push_str(&written);
        Ok(())
    }

    /// `%v`: strings as they are, numbers in their shorter form, all else as JSON.
    fn natural(&self, arg: &Value) -> Result<String, String> {
        match arg {
            Value::String(text) if !self.sharp => Ok(text.to_string()),
            Value::Number(number) if !self.sharp => Ok(number.shortest().general(None, 'e')),
            other => encode(other, MAX_TEXT),
        }
    }

    fn pad(&self, text: &str) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(text.graphemes(true).count());
        let pad = if self.zero { "0" } else { " " }.repeat(missing);
        if self.minus { format!("{text}{pad}") } else { format!("{pad}{text}") }
    }

    fn number(&self, number: &Number) -> Result<String, String> {
        let digits = match self.letter {
            'b' | 'd' | 'o' | 'x' | 'X' => {
                if !number.is_integer() {
                    return Err("an integer is required".to_owned());
                }
                return Ok(self.integer(&number.absolute().truncated(), number.is_negative()));
            }
            'e' | 'E' => number.exact().scientific(Some(self.precision.unwrap_or(6)), self.letter),
            'f' => number.exact().plain(Some(self.precision.unwrap_or(6))),
            _ => self.general(number),
        };
        let (negative, digits) = match digits.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, digits.as_str()),
        };
        Ok(self.signed(negative, digits, self.zero && !self.minus))
    }

    fn general(&self, number: &Number) -> String {
        let letter = if self.letter == 'G' { 'E' } else { 'e' };
        let decimal: Decimal = if self.precision.is_some() { number.exact() } else { number.shortest() };
        decimal.general(self.precision, letter)
    }

    fn integer(&self, value: &BigInt, negative: bool) -> String {
        let (radix, prefix) = match self.letter {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let mut digits = value.to_str_radix(radix);
        if self.letter == 'X' {
            digits = digits.to_uppercase();
        }
        if let Some(precision) = self.precision {
            let missing = precision.saturating_sub(digits.len());
            digits = format!("{}{digits}", "0".repeat(missing));
        }
        if self.sharp {
            digits = format!("{prefix}{digits}");
        }
        self.signed(negative, &digits, self.zero && !self.minus && self.precision.is_none())
    }

    /// The sign stands before the zeros that fill the width.
    fn signed(&self, negative: bool, digits: &str, zeros: bool) -> String {
        let sign = match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (.., true) => " ",
            _ => "",
        };
        let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
        match (zeros, self.minus) {
            (true, _) => format!("{sign}{}{digits}", "0".repeat(missing)),
            (_, true) => format!("{sign}{digits}{}", " ".repeat(missing)),
            _ => format!("{}{sign}{digits}", " ".repeat(missing)),
        }
    }
}
