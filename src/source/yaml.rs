//! YAML (and JSON, its subset) to spanned nodes.
//!
//! The parser gives events with spans; typing (YAML 1.2 core schema, so `on` and `yes` stay
//! strings), merge keys and aliases are ours. Aliases are copied, within a budget: an alias bomb is
//! an error with a line, not a full memory. Tags of `CloudFormation` become their long form (`tag`).

mod tag;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Tag};
use serde_json::Number;

use super::{Entry, Node, Value};
use crate::model::Span;

/// Nodes that one file may become, aliases expanded. Real files stay far below: the largest
/// Kubernetes custom resource definitions have some 100,000.
const MAX_NODES: usize = 1_000_000;
/// Nesting that one file may have. Deeper is refused before it can exhaust a stack further down.
const MAX_DEPTH: usize = 96;
/// Broken documents after which a stream is given up.
const MAX_ERRORS: usize = 20;

/// Why a file is no usable YAML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// From 1.
    pub line: u32,
    pub reason: String,
}

/// The documents of a stream in order, and what could not be read of it, if anything.
///
/// A document that is no usable YAML does not hide the others: reading goes on at the next `---`
/// line. It keeps its place as null, so that later documents keep their number.
pub fn parse(text: &str) -> (Vec<Node>, Option<YamlError>) {
    let mut documents = Vec::new();
    let mut errors: Vec<YamlError> = Vec::new();
    let mut broken = 0;
    let mut budget = MAX_NODES;
    let mut from = 0;
    loop {
        let part = text.get(from..).unwrap_or("");
        let lines_before = text.get(..from).unwrap_or("").matches('\n').count();
        let mut reader = Reader::new(part, from, budget);
        let error = loop {
            match reader.next_document() {
                Ok(Some(node)) => {
                    let gap = Node::new(Value::Null, Span::new(node.span.start, node.span.start));
                    documents.extend(std::iter::repeat_n(gap, std::mem::take(&mut broken)));
                    documents.push(node);
                }
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        budget = reader.budget;
        let Some(mut error) = error else { break };
        error.line = error.line.saturating_add(u32::try_from(lines_before).unwrap_or(u32::MAX));
        errors.push(error);
        broken += 1;
        if errors.len() == MAX_ERRORS || budget == 0 {
            break;
        }
        // Every `---` line starts a document, even one within a block scalar.
        let Some(next) = next_start(part, reader.started) else { break };
        from += next;
    }
    (documents, summary(errors))
}

/// Where the first `---` line after `from` begins.
fn next_start(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let mut marks = rest.match_indices("\n---");
    marks.find_map(|(at, mark)| {
        let after = rest.get(at + mark.len()..)?;
        (after.is_empty() || after.starts_with([' ', '\t', '\r', '\n'])).then_some(from + at + 1)
    })
}

/// One error for the file: the first, naming the lines of the others.
fn summary(errors: Vec<YamlError>) -> Option<YamlError> {
    let mut errors = errors.into_iter();
    let mut first = errors.next()?;
    let others: Vec<String> = errors.map(|error| error.line.to_string()).collect();
    if !others.is_empty() {
        first.reason = format!("{}; so are documents at lines {}", first.reason, others.join(", "));
    }
    Some(first)
}

struct Reader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    /// Where the text begins in its file.
    base: usize,
    /// Where the current document begins in the text.
    started: usize,
    /// Does the document say `%YAML 1.1`?
    old: bool,
    anchors: HashMap<usize, Node>,
    budget: usize,
}

type Token<'a> = (Event<'a>, granit_parser::Span);

impl<'a> Reader<'a> {
    fn new(text: &'a str, base: usize, budget: usize) -> Self {
        let mut options = Options::default();
        options.emit_comments = false;
        options.block_scalar_eof_without_line_feed = true;
        options.flow_nesting_limit = MAX_DEPTH;
        options.block_nesting_limit = MAX_DEPTH;
        let parser = Parser::new_from_str_with_options(text, options);
        Self { parser, base, started: 0, old: false, anchors: HashMap::new(), budget }
    }

    fn next(&mut self) -> Result<Token<'a>, YamlError> {
        match self.parser.next_event() {
            Some(Ok(token)) => Ok(token),
            Some(Err(error)) => Err(from_scan(&error)),
            None => Ok((Event::StreamEnd, granit_parser::Span::empty(granit_parser::Marker::new(0, 1, 0)))),
        }
    }

    fn next_document(&mut self) -> Result<Option<Node>, YamlError> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(None),
                (Event::StreamStart, _) => {}
                (Event::DocumentEnd, span) => {
                    self.started = span.byte_range().map_or(self.started, |range| range.start);
                }
                (Event::DocumentStart(_, version), span) => {
                    self.started = span.byte_range().map_or(self.started, |range| range.start);
                    self.old = version.is_some_and(|version| version.major == 1 && version.minor < 2);
                    self.anchors.clear();
                    let token = self.next()?;
                    return self.node(token, 0).map(Some);
                }
                (_, span) => return Err(at(&span, "content outside a document")),
            }
        }
    }

    fn node(&mut self, (event, span): Token<'a>, depth: usize) -> Result<Node, YamlError> {
        self.spend(1, &span)?;
        let tag = event.tag().and_then(tag::key);
        // The long form of a tag is one level more.
        let depth = depth + usize::from(tag.is_some());
        if depth > MAX_DEPTH {
            return Err(at(&span, format!("nested more than {MAX_DEPTH} levels deep")));
        }
        let (anchor, mut node) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(text, style, tag.as_deref());
                (anchor, Node::new(value, self.bytes(&span)))
            }
            Event::SequenceStart(_, anchor, _) => {
                let mut items = Vec::new();
                let end = loop {
                    match self.next()? {
                        (Event::SequenceEnd, end) => break end,
                        token => items.push(self.node(token, depth + 1)?),
                    }
                };
                let whole = covering(self.bytes(&span), &items, self.bytes(&end));
                (anchor, Node::new(Value::List(items), whole))
            }
            Event::MappingStart(_, anchor, _) => (anchor, self.mapping(&span, depth)?),
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).cloned();
                let mut node = target.ok_or_else(|| at(&span, "alias inside its own anchor"))?;
                self.spend(size(&node), &span)?;
                node.span = self.bytes(&span);
                (0, node)
            }
            _ => return Err(at(&span, "unexpected structure")),
        };
        if let Some(key) = tag {
            self.spend(1, &span)?;
            let key_span = span.tag_span().map_or(node.span, |tag| self.bytes(&tag));
            node = tag::long_form(key, key_span, node);
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn scalar(&self, text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
        let untyped = tag.is_some_and(|tag| tag.original() == "!");
        match tag.and_then(Tag::core_suffix) {
            Some("int" | "float" | "bool" | "null") => plain(text, self.old),
            Some("str") => Value::String(text.into_owned()),
            _ if untyped || style != ScalarStyle::Plain => Value::String(text.into_owned()),
            _ => plain(text, self.old),
        }
    }

    fn mapping(&mut self, span: &granit_parser::Span, depth: usize) -> Result<Node, YamlError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut merged: Vec<Entry> = Vec::new();
        let start = self.bytes(span);
        let whole = loop {
            let (event, key_span) = match self.next()? {
                (Event::MappingEnd, end) => {
                    let last = entries.last().map_or(start, |entry| entry.key_span.to(entry.node.span));
                    break start.to(last).to(clamp_end(self.bytes(&end), last));
                }
                token => token,
            };
            let (key, plain_key) = match event {
                Event::Scalar(text, style, anchor, _) => {
                    let key = text.into_owned();
                    if anchor != 0 {
                        self.anchors.insert(anchor, Node::string(key.clone(), self.bytes(&key_span)));
                    }
                    (key, style == ScalarStyle::Plain)
                }
                Event::Alias(anchor) => match self.anchors.get(&anchor).and_then(Node::as_str) {
                    Some(text) => (text.to_owned(), false),
                    None => return Err(at(&key_span, "a key must be a scalar")),
                },
                _ => return Err(at(&key_span, "a key must be a scalar")),
            };
            let token = self.next()?;
            let node = self.node(token, depth + 1)?;
            if plain_key && key == "<<" {
                let sources = match node.value {
                    Value::List(items) => items,
                    value => vec![Node::new(value, node.span)],
                };
                for source in sources {
                    let Value::Map(inherited) = source.value else {
                        return Err(at(&key_span, "a merge key takes a mapping or a list of mappings"));
                    };
                    merged.extend(inherited);
                }
            } else if seen.insert(key.clone()) {
                entries.push(Entry { key, key_span: self.bytes(&key_span), node });
            } else {
                return Err(at(&key_span, format!("key `{key}` occurs twice in one mapping")));
            }
        };
        // Own keys win over merged ones, earlier merged ones over later.
        for entry in merged {
            if seen.insert(entry.key.clone()) {
                entries.push(entry);
            }
        }
        Ok(Node::new(Value::Map(entries), whole))
    }

    fn bytes(&self, span: &granit_parser::Span) -> Span {
        let range = span.byte_range();
        range.map_or_else(Span::default, |range| Span::new(self.base + range.start, self.base + range.end))
    }

    fn spend(&mut self, nodes: usize, span: &granit_parser::Span) -> Result<(), YamlError> {
        let Some(left) = self.budget.checked_sub(nodes) else {
            self.budget = 0;
            return Err(at(span, format!("aliases expand this file to more than {MAX_NODES} values")));
        };
        self.budget = left;
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|entry| size(&entry.node)).sum(),
        _ => 0,
    }
}

/// A block collection's end event stands at the next token; do not reach past the last child.
fn clamp_end(end: Span, last: Span) -> Span {
    if end.end > end.start { end } else { last }
}

fn covering(start: Span, items: &[Node], end: Span) -> Span {
    let last = items.last().map_or(start, |item| item.span);
    start.to(last).to(clamp_end(end, last))
}

fn at(span: &granit_parser::Span, reason: impl Into<String>) -> YamlError {
    YamlError { line: u32::try_from(span.start.line()).unwrap_or(u32::MAX), reason: reason.into() }
}

fn from_scan(error: &ScanError) -> YamlError {
    YamlError { line: u32::try_from(error.marker().line()).unwrap_or(u32::MAX), reason: error.info() }
}

/// A plain scalar under the core schema, YAML 1.2.2 section 10.3.2; `old`: a document that declares
/// itself YAML 1.1 means a boolean by `yes` and an octal number by `0777`
/// (<https://yaml.org/type/bool.html>, <https://yaml.org/type/int.html>).
fn plain(text: Cow<'_, str>, old: bool) -> Value {
    if old {
        match text.as_ref() {
            "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => return Value::Bool(true),
            "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => return Value::Bool(false),
            octal if octal.len() > 1 && octal.starts_with('0') => {
                if let Ok(number) = u64::from_str_radix(octal, 8) {
                    return Value::Number(Number::from(number));
                }
            }
            _ => {}
        }
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(&text).map_or_else(|| Value::String(text.into_owned()), Value::Number)
}

fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let first = unsigned.bytes().next()?;
    if !(first.is_ascii_digit() || first == b'.') {
        return None;
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(Number::from);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return u64::from_str_radix(octal, 8).ok().map(Number::from);
    }
    if unsigned.bytes().all(|b| b.is_ascii_digit()) {
        // Beyond 64 bits keep the text: a rounded account number would be a wrong value.
        let text = text.strip_prefix('+').unwrap_or(text);
        return text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok();
    }
    let float = unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if float { text.parse::<f64>().ok().and_then(Number::from_f64) } else { None }
}
