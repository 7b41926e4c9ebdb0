//! YAML (and JSON, its subset) to spanned nodes.
//!
//! The parser gives events with spans; typing (YAML 1.2 core schema, so `on` and `yes` stay
//! strings), merge keys and aliases are ours. Aliases are copied, within a budget: an alias bomb is
//! an error with a line, not a full memory.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError};
use serde_json::Number;

use super::{Entry, Node, Value};
use crate::model::Span;

/// Nodes that one file may become, aliases expanded. Real files stay far below: the largest
/// Kubernetes custom resource definitions have some 100,000.
const MAX_NODES: usize = 1_000_000;
/// Nesting that one file may have. Deeper is refused before it can exhaust a stack further down.
const MAX_DEPTH: usize = 96;

/// Why a file is no usable YAML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// From 1.
    pub line: u32,
    pub reason: String,
}

/// The documents of a stream in order, and what ended the reading early, if anything did.
pub fn parse(text: &str) -> (Vec<Node>, Option<YamlError>) {
    let mut options = Options::default();
    options.emit_comments = false;
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(text, options),
        anchors: HashMap::new(),
        budget: MAX_NODES,
    };
    let mut documents = Vec::new();
    loop {
        match reader.next_document() {
            Ok(Some(node)) => documents.push(node),
            Ok(None) => return (documents, None),
            Err(error) => return (documents, Some(error)),
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    budget: usize,
}

type Token<'a> = (Event<'a>, granit_parser::Span);

impl<'a> Reader<'a> {
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
                (Event::StreamStart | Event::DocumentEnd, _) => {}
                (Event::DocumentStart(..), _) => {
                    let token = self.next()?;
                    return self.node(token, 0).map(Some);
                }
                (_, span) => return Err(at(&span, "content outside a document")),
            }
        }
    }

    fn node(&mut self, (event, span): Token<'a>, depth: usize) -> Result<Node, YamlError> {
        self.spend(1, &span)?;
        if depth > MAX_DEPTH {
            return Err(at(&span, format!("nested more than {MAX_DEPTH} levels deep")));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let string =
                    style != ScalarStyle::Plain || tag.is_some_and(|t| t.core_suffix() == Some("str"));
                let value = if string { Value::String(text.into_owned()) } else { plain(text) };
                Ok(self.remember(anchor, Node::new(value, bytes(&span))))
            }
            Event::SequenceStart(_, anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, end) => {
                            let whole = covering(bytes(&span), &items, bytes(&end));
                            return Ok(self.remember(anchor, Node::new(Value::List(items), whole)));
                        }
                        token => items.push(self.node(token, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(_, anchor, _) => self.mapping(anchor, &span, depth),
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).cloned();
                let mut node = target.ok_or_else(|| at(&span, "alias inside its own anchor"))?;
                self.spend(size(&node), &span)?;
                node.span = bytes(&span);
                Ok(node)
            }
            _ => Err(at(&span, "unexpected structure")),
        }
    }

    fn mapping(
        &mut self,
        anchor: usize,
        span: &granit_parser::Span,
        depth: usize,
    ) -> Result<Node, YamlError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut merged: Vec<Entry> = Vec::new();
        let whole = loop {
            let (event, key_span) = match self.next()? {
                (Event::MappingEnd, end) => {
                    let last = entries.last().map_or(bytes(span), |entry| entry.key_span.to(entry.node.span));
                    break bytes(span).to(last).to(clamp_end(bytes(&end), last));
                }
                token => token,
            };
            let (key, plain_key) = match event {
                Event::Scalar(text, style, ..) => (text.into_owned(), style == ScalarStyle::Plain),
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
                entries.push(Entry { key, key_span: bytes(&key_span), node });
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
        Ok(self.remember(anchor, Node::new(Value::Map(entries), whole)))
    }

    fn remember(&mut self, anchor: usize, node: Node) -> Node {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        node
    }

    fn spend(&mut self, nodes: usize, span: &granit_parser::Span) -> Result<(), YamlError> {
        self.budget = self
            .budget
            .checked_sub(nodes)
            .ok_or_else(|| at(span, format!("aliases expand this file to more than {MAX_NODES} values")))?;
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

fn bytes(span: &granit_parser::Span) -> Span {
    span.byte_range().map_or_else(Span::default, |range| Span::new(range.start, range.end))
}

fn at(span: &granit_parser::Span, reason: impl Into<String>) -> YamlError {
    YamlError { line: u32::try_from(span.start.line()).unwrap_or(u32::MAX), reason: reason.into() }
}

fn from_scan(error: &ScanError) -> YamlError {
    YamlError { line: u32::try_from(error.marker().line()).unwrap_or(u32::MAX), reason: error.info() }
}

/// A plain scalar under the core schema, YAML 1.2.2 section 10.3.2.
fn plain(text: Cow<'_, str>) -> Value {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::{SourceText, Step};

    fn one(text: &str) -> Node {
        let (mut documents, error) = parse(text);
        assert_eq!(error, None);
        documents.remove(0)
    }

    #[test]
    fn core_schema() {
        let text = "a: [on, yes, 0o17, 0x1F, 1e3, -4, .5, 1.2.3, '1', 007, ~, True, 99999999999999999999]";
        let want = json!({"a": ["on", "yes", 15, 31, 1000.0, -4, 0.5, "1.2.3", "1", 7, null, true, "99999999999999999999"]});
        assert_eq!(one(text).to_json(), want);
    }

    #[test]
    fn merge_keys_and_aliases() {
        let node = one("base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\nd: *b\n");
        assert_eq!(
            node.to_json(),
            json!({"base": {"x": 1, "y": 2}, "c": {"y": 3, "x": 1}, "d": {"x": 1, "y": 2}})
        );
    }

    #[test]
    fn spans_cover_exactly_the_source() {
        let text = "jobs:\n  é:\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n          x\n          y\nz: 1\n";
        let source = SourceText::new(text);
        let node = one(text);
        let path = |steps: &[&str]| -> Vec<Step> {
            steps.iter().map(|s| s.parse().map_or_else(|_| Step::Key((*s).to_owned()), Step::Index)).collect()
        };
        let mark = |steps: &[&str]| source.slice(node.locate(&path(steps)).unwrap().span);
        assert_eq!(mark(&["jobs", "é", "steps", "0", "uses"]), "uses: actions/checkout@v4");
        assert_eq!(mark(&["jobs", "é", "steps", "0", "missing"]), "uses: actions/checkout@v4");
        assert_eq!(mark(&["jobs", "é"]), "é");
        assert_eq!(mark(&["z"]), "z: 1");
        assert!(mark(&["jobs", "é", "steps", "1", "run"]).starts_with("run: |"));
    }

    #[test]
    fn bad_input_ends_with_a_line() {
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                    d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
                    g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n";
        for (text, line) in [(bomb, 7), ("a: 1\nb: [\n", 2), ("a: 1\na: 2\n", 2), (&"[".repeat(5000), 1)] {
            let (_, error) = parse(text);
            assert_eq!(error.expect("must fail").line, line, "{}", &text[..20.min(text.len())]);
        }
    }

    #[test]
    fn documents_before_a_mistake_are_kept() {
        let (documents, error) = parse("a: 1\n---\nb: 2\n---\nc: [\n");
        assert_eq!(documents.len(), 2);
        assert_eq!(error.map(|e| e.line), Some(5));
    }
}
