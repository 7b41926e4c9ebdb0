//! `yamldecode` and `yamlencode`, with the YAML of Terraform's own library: `yes` and `on` are
//! bools, dates become RFC 3339 text, and every string is written in double quotes or as a block.

use std::fmt::Write as _;

use num_bigint::BigInt;
use time::{Date, Month, Time};

use super::call::Outcome;
use super::{MAX_TEXT, text_too_long};
use crate::facts::terraform::value::{Number, Value};
use crate::model::Span;
use crate::source::{self, Node, yaml};

/// A string is broken at the first space beyond this column.
const MAX_WIDTH: usize = 80;
/// A key that is longer stands on a line of its own.
const MAX_SIMPLE_KEY: usize = 128;

pub fn decode(text: &str) -> Outcome {
    let (documents, error) = yaml::parse(text);
    if let Some(error) = error {
        return Err(format!("on line {}: {}", error.line, error.reason));
    }
    match documents.as_slice() {
        [] => Err("missing start of document".to_owned()),
        [node] => value(node, text),
        _ => Err("only a single document is allowed".to_owned()),
    }
}

/// The reader types scalars by other rules, so plain ones are read again from their text.
fn value(node: &Node, text: &str) -> Outcome {
    const TAGS: [&str; 10] = [
        "!!str",
        "!!binary",
        "!!bool",
        "!!int",
        "!!float",
        "!!null",
        "!!timestamp",
        "!!map",
        "!!seq",
        "!!merge",
    ];
    if let Some(tag) = tag(node.span, text).filter(|tag| !TAGS.contains(tag)) {
        return Err(format!("unsupported tag {tag:?}"));
    }
    match &node.value {
        source::Value::List(items) => {
            items.iter().map(|item| value(item, text)).collect::<Result<Vec<_>, _>>().map(Value::tuple)
        }
        source::Value::Map(entries) => {
            let entries = entries.iter().map(|entry| {
                let key = scalar(&entry.key, entry.key_span, text)?;
                let key = match key {
                    Value::Null => return Err("mapping key cannot be null".to_owned()),
                    Value::Bool(key) => key.to_string(),
                    Value::Number(key) => key.to_string(),
                    _ => key.as_str().unwrap_or_default().to_owned(),
                };
                Ok((key, value(&entry.node, text)?))
            });
            entries.collect::<Result<Vec<_>, String>>().map(Value::object)
        }
        source::Value::String(string) => match tag(node.span, text) {
            Some("!!str" | "!!binary") => Ok(Value::string(string.as_str())),
            _ => scalar(string, node.span, text),
        },
        source::Value::Unknown | source::Value::UnknownBlocks => Ok(Value::unknown()),
        source::Value::Null | source::Value::Bool(_) | source::Value::Number(_) => {
            match (&node.value, written(node.span, text)) {
                // An alias stands for a value that was read already.
                (source::Value::Bool(value), "*") => Ok(Value::Bool(*value)),
                (source::Value::Number(number), "*") => number.to_string().parse().map(Value::Number),
                (_, "*") => Ok(Value::Null),
                // Here a tag such as `!!int` does not make a number of what stands in quotes.
                (_, written) if written.starts_with(['\'', '"']) => {
                    Ok(Value::string(written.trim_matches(['\'', '"'])))
                }
                (_, written) => plain(written),
            }
        }
    }
}

/// What stands in the text, an alias shown as its star only.
fn written(span: Span, text: &str) -> &str {
    let written = text.get(span.start..span.end).unwrap_or_default().trim();
    if written.starts_with('*') { "*" } else { written }
}

fn scalar(string: &str, span: Span, text: &str) -> Outcome {
    match written(span, text) {
        // Whether the string was in quotes where it stands is not known here.
        "*" => Ok(plain(string).ok().filter(|value| value.as_str().is_some()).unwrap_or(Value::unknown())),
        written if written == string => plain(string),
        _ => Ok(Value::string(string)),
    }
}

/// The tag before a node, if any; an anchor may stand between them.
fn tag(span: Span, text: &str) -> Option<&str> {
    let mut words = text.get(..span.start)?.split_ascii_whitespace();
    let last = words.next_back()?;
    let word = if last.starts_with('&') { words.next_back()? } else { last };
    word.starts_with('!').then_some(word)
}

/// A scalar without quotes.
fn plain(text: &str) -> Outcome {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Ok(Value::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Ok(Value::Bool(false));
        }
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        ".nan" | ".NaN" | ".NAN" => return Err("floating point NaN is not supported".to_owned()),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => {
            return Err("infinite numbers are not supported".to_owned());
        }
        _ => {}
    }
    if let Some(date) = timestamp(text) {
        return Ok(Value::string(date));
    }
    let based = |prefix: &str, radix| {
        text.strip_prefix(prefix).and_then(|digits| BigInt::parse_bytes(digits.as_bytes(), radix))
    };
    if let Some(integer) = based("0x", 16).or_else(|| based("0o", 8)) {
        return Number::from_integer(&integer).map(Value::Number);
    }
    let number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    match text.parse::<Number>() {
        Ok(value) if number => Ok(Value::Number(value)),
        _ => Ok(Value::string(text)),
    }
}

/// `2001-12-14`, with or without a time, as RFC 3339 text.
fn timestamp(text: &str) -> Option<String> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.splitn(3, '-');
    let mut part = |longest: usize| -> Option<u16> {
        let part = parts.next()?;
        let digits = !part.is_empty() && part.len() <= longest && part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    };
    let year = date.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit())).and(part(4))?;
    let (month, day) = (u8::try_from(part(2)?).ok()?, u8::try_from(part(2)?).ok()?);
    let date = Date::from_calendar_date(year.into(), Month::try_from(month).ok()?, day).ok()?;
    let (clock, zone) = match time {
        None => (None, "Z".to_owned()),
        Some(time) if text.contains(' ') => (Some(time), "Z".to_owned()),
        Some(time) => {
            let at = time.find(['Z', '+', '-'])?;
            let (clock, zone) = time.split_at_checked(at)?;
            (Some(clock), canonical_zone(zone)?)
        }
    };
    let mut clock = clock.unwrap_or("0:0:0").splitn(3, ':');
    let mut two = |fraction: bool| -> Option<u8> {
        let part = clock.next()?;
        let (part, rest) = if fraction { part.split_once('.').unwrap_or((part, "0")) } else { (part, "0") };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| part.len() <= 2 && digits(part) && digits(rest))
    };
    let time = Time::from_hms(two(false)?, two(false)?, two(true)?).ok()?;
    let (month, (hour, minute, second)) = (u8::from(date.month()), time.as_hms());
    Some(format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}{zone}", date.day()))
}

fn canonical_zone(zone: &str) -> Option<String> {
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    match zone {
        "Z" | "+00:00" | "-00:00" => Some("Z".to_owned()),
        _ => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            (digits(hours) && digits(minutes)).then(|| zone.to_owned())
        }
    }
}

pub fn encode(value: &Value) -> Result<String, String> {
    let mut writer = Writer { text: String::new() };
    writer.node(value, None, Place::Root)?;
    writer.end_line();
    if matches!(value, Value::Null | Value::Bool(_) | Value::Number(_)) {
        // A plain scalar could go on; this ends it.
        writer.text.push_str("...\n");
    }
    Ok(writer.text)
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// After `-`, or after the `:` of a key that has its own line.
    Inline,
    /// After `key:`.
    Value,
}

struct Writer {
    text: String,
}

impl Writer {
    fn end_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// The beginning of a member of a collection that is indented so far.
    fn begin(&mut self, indent: usize, first: bool, place: Place) {
        if first && place == Place::Inline {
            self.text.push(' ');
        } else {
            self.end_line();
            self.text.push_str(&" ".repeat(indent));
        }
    }

    /// `indent` is that of the collection around.
    fn node(&mut self, value: &Value, indent: Option<usize>, place: Place) -> Result<(), String> {
        if self.text.len() > MAX_TEXT {
            return Err(text_too_long());
        }
        let deeper = indent.map_or(0, |indent| indent + 2);
        match value {
            Value::List(items) | Value::Set(items) | Value::Tuple(items) if !items.is_empty() => {
                // A list in a mapping is indented no further than its key.
                let indent = if place == Place::Value { indent.unwrap_or(0) } else { deeper };
                for (at, item) in items.iter().enumerate() {
                    self.begin(indent, at == 0, place);
                    self.text.push('-');
                    self.node(item, Some(indent), Place::Inline)?;
                }
            }
            Value::Map(entries) | Value::Object(entries) if !entries.is_empty() => {
                for (at, (key, item)) in entries.iter().enumerate() {
                    self.begin(deeper, at == 0, place);
                    if key.contains(BREAKS) || key.len() > MAX_SIMPLE_KEY {
                        self.text.push_str("? ");
                        self.scalar(key, deeper + 2);
                        self.end_line();
                        self.text.push_str(&" ".repeat(deeper));
                        self.text.push(':');
                        self.node(item, Some(deeper), Place::Inline)?;
                    } else {
                        self.double_quoted(key, None);
                        self.text.push(':');
                        self.node(item, Some(deeper), Place::Value)?;
                    }
                }
            }
            _ => {
                if place != Place::Root {
                    self.text.push(' ');
                }
                match value {
                    Value::Null => self.text.push_str("null"),
                    Value::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
                    Value::Number(number) => self.text.push_str(&number.to_string()),
                    Value::String(text) => self.scalar(text, indent.map_or(2, |indent| indent + 2)),
                    Value::Map(_) | Value::Object(_) => self.text.push_str("{}"),
                    Value::Unknown(_) => return Err("cannot serialize unknown value as YAML".to_owned()),
                    _ => self.text.push_str("[]"),
                }
            }
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, indent: usize) {
        let space_before_break = |c: char| text.contains(&format!(" {c}"));
        let block = text.contains('\n')
            && text.chars().all(is_printable)
            && !text.ends_with(' ')
            && !BREAKS.into_iter().any(space_before_break);
        if block { self.block(text, indent) } else { self.double_quoted(text, Some(indent)) }
    }

    fn block(&mut self, text: &str, indent: usize) {
        self.text.push('|');
        if text.starts_with(' ') || text.starts_with(BREAKS) {
            self.text.push('2');
        }
        match text.strip_suffix(BREAKS) {
            None => self.text.push('-'),
            Some(rest) if rest.is_empty() || rest.ends_with(BREAKS) => self.text.push('+'),
            Some(_) => {}
        }
        self.text.push('\n');
        for line in text.split_inclusive(BREAKS) {
            if !line.starts_with(BREAKS) {
                self.text.push_str(&" ".repeat(indent));
            }
            self.text.push_str(line);
        }
    }

    /// Breaks long lines at single spaces, but not in keys, for which there is no indent.
    fn double_quoted(&mut self, text: &str, indent: Option<usize>) {
        let mut column = self.text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let mut measured = self.text.len() + 1;
        let mut previous = ' ';
        self.text.push('"');
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            column += self.text.get(measured..).unwrap_or_default().chars().count();
            measured = self.text.len();
            let first = rest.as_str().len() + c.len_utf8() == text.len();
            let inside = !first && !rest.as_str().is_empty();
            if let (' ', Some(indent)) = (c, indent)
                && inside
                && (first || previous != ' ')
                && column > MAX_WIDTH
            {
                self.text.push('\n');
                self.text.push_str(&" ".repeat(indent));
                (column, measured) = (indent, self.text.len());
                if rest.as_str().starts_with(' ') {
                    self.text.push('\\');
                }
                previous = c;
                continue;
            }
            previous = c;
            let escape = match c {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\0' => "\\0",
                '\u{7}' => "\\a",
                '\u{8}' => "\\b",
                '\t' => "\\t",
                '\n' => "\\n",
                '\u{b}' => "\\v",
                '\u{c}' => "\\f",
                '\r' => "\\r",
                '\u{1b}' => "\\e",
                '\u{85}' => "\\N",
                '\u{2028}' => "\\L",
                '\u{2029}' => "\\P",
                _ if is_printable(c) => {
                    self.text.push(c);
                    continue;
                }
                _ => {
                    let _ = match u32::from(c) {
                        code @ ..=0xff => write!(self.text, "\\x{code:02X}"),
                        code @ ..=0xffff => write!(self.text, "\\u{code:04X}"),
                        code => write!(self.text, "\\U{code:08X}"),
                    };
                    continue;
                }
            };
            self.text.push_str(escape);
        }
        self.text.push('"');
    }
}

const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// What the emitter of the original writes as it is: nothing beyond the basic plane.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}
