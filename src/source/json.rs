//! JSON to spanned nodes, RFC 8259.
//!
//! Stricter than the standard in two ways: a key may occur only once in an object, and what a
//! string escapes must be Unicode. Numbers beyond 64 bits keep their text, as in YAML. Wider in one:
//! `NaN` and the infinities, which Python writes into reports, are read as strings.

use std::collections::HashSet;

use serde_json::Number;

use super::{Entry, Node, Value};
use crate::model::Span;

/// Values that one file may hold.
const MAX_NODES: usize = 1_000_000;
/// Nesting that one file may have. Deeper is refused before it can exhaust a stack further down.
const MAX_DEPTH: usize = 96;

/// Why a file is no usable JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// From 1.
    pub line: u32,
    pub reason: String,
}

/// The one value of a text.
pub fn parse(text: &str) -> Result<Node, JsonError> {
    let mut reader = Reader { text, at: 0, nodes: 0 };
    let read = reader.value(0).and_then(|node| {
        reader.blanks();
        if reader.peek().is_some() { Err("text after the value".to_owned()) } else { Ok(node) }
    });
    read.map_err(|reason| JsonError { line: line_at(text, reader.at), reason })
}

/// The number of the line in which a byte stands, from 1.
pub(super) fn line_at(text: &str, offset: usize) -> u32 {
    let before = text.get(..text.floor_char_boundary(offset)).unwrap_or(text);
    u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
}

/// Stands at the mistake when a step fails.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    nodes: usize,
}

type Step<T> = Result<T, String>;

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The next byte after blanks, if it is this one.
    fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn unexpected<T>(&self, wanted: &str) -> Step<T> {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => Err(format!("expected {wanted}, found {found:?}")),
            None => Err(format!("expected {wanted}, found the end")),
        }
    }

    fn value(&mut self, depth: usize) -> Step<Node> {
        self.blanks();
        if depth > MAX_DEPTH {
            return Err(format!("nested more than {MAX_DEPTH} levels deep"));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(format!("more than {MAX_NODES} values in one file"));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') if !self.text.get(self.at..).unwrap_or("").starts_with("-I") => {
                self.number()?
            }
            _ => self.word()?,
        };
        Ok(Node::new(value, Span::new(start, self.at)))
    }

    fn object(&mut self, depth: usize) -> Step<Value> {
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = HashSet::new();
        if self.take(b'}') {
            return Ok(Value::Map(entries));
        }
        loop {
            self.blanks();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return self.unexpected("a key in quotes");
            }
            let key = self.string()?;
            let key_span = Span::new(start, self.at);
            if !seen.insert(key.clone()) {
                self.at = start;
                return Err(format!("key {key:?} occurs twice in one object"));
            }
            if !self.take(b':') {
                return self.unexpected("`:`");
            }
            let node = self.value(depth + 1)?;
            entries.push(Entry { key, key_span, node });
            if self.take(b'}') {
                return Ok(Value::Map(entries));
            }
            if !self.take(b',') {
                return self.unexpected("`,` or `}`");
            }
        }
    }

    fn array(&mut self, depth: usize) -> Step<Value> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(b']') {
                return Ok(Value::List(items));
            }
            if !self.take(b',') {
                return self.unexpected("`,` or `]`");
            }
        }
    }

    fn word(&mut self) -> Step<Value> {
        let rest = self.text.get(self.at..).unwrap_or("");
        let words = [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)];
        let figures = ["NaN", "Infinity", "-Infinity"].map(|word| (word, Value::String(word.to_owned())));
        for (word, value) in words.into_iter().chain(figures) {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.unexpected("a value")
    }

    fn number(&mut self) -> Step<Value> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let whole = self.at;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or("");
        let number = if whole == self.at {
            text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok()
        } else {
            text.parse().ok().and_then(Number::from_f64)
        };
        // Beyond 64 bits keep the text: a rounded account number would be a wrong value.
        Ok(number.map_or_else(|| Value::String(text.to_owned()), Value::Number))
    }

    fn digits(&mut self) -> Step<()> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.unexpected("a digit");
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Step<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= b' ') {
                self.at += 1;
            }
            text.push_str(self.text.get(start..self.at).unwrap_or(""));
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err("a control character in a string".to_owned()),
                None => return self.unexpected("the end of the string"),
            }
        }
    }

    fn escape(&mut self) -> Step<char> {
        let kind = self.text.as_bytes().get(self.at + 1);
        let plain = match kind {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err("an escape that JSON does not know".to_owned()),
        };
        self.at += 2;
        Ok(plain)
    }

    /// `\u0041`, or two of them for a character beyond 16 bits.
    fn unicode(&mut self) -> Step<char> {
        let unit = |at: usize| {
            let digits = self.text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
            let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            u16::from_str_radix(digits, 16).ok().filter(|_| hex)
        };
        let units = [unit(self.at), unit(self.at + 6)];
        let units: Vec<u16> = units.into_iter().map_while(|unit| unit).collect();
        match char::decode_utf16(units).next() {
            Some(Ok(c)) => {
                self.at += 6 * c.len_utf16();
                Ok(c)
            }
            Some(Err(_)) => Err("half of a surrogate pair".to_owned()),
            None => Err("`\\u` needs four hexadecimal digits".to_owned()),
        }
    }
}
