//! `requirements*.txt` to what pip makes of each line, in order.
//!
//! ```text
//! torch[cuda]==2.4 ; python_version > "3.9"   {name, extras, specifier, marker, ...}
//! -r base.txt                                 {include, constraint}
//! --index-url https://...                     {option, value}
//! ```
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/>, names and versions after
//! <https://packaging.python.org/en/latest/specifications/dependency-specifiers/>

use std::sync::LazyLock;

use regex::Regex;

use super::logical::LogicalLine;
use super::{Entry, Node, Value};
use crate::model::Span;

/// Lines that one file may hold.
const MAX_LINES: usize = 50_000;

/// One dependency specifier, each part a slice of the text it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requirement<'a> {
    /// Empty for a path or an address that names no project.
    pub name: &'a str,
    /// Between the brackets.
    pub extras: &'a str,
    pub specifier: &'a str,
    pub url: &'a str,
    pub marker: &'a str,
}

#[allow(clippy::unwrap_used)] // a constant
static SPECIFIER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)[ \t]*(?:\[([^\]]*)\])?[ \t]*(?:@[ \t]*(\S+)|\(?((?:===|[<>=!~]=|[<>])[^;()]*)\)?)?[ \t]*(?:;[ \t]*(.*))?$")
        .unwrap()
});

impl<'a> Requirement<'a> {
    /// Reads one specifier, address or path; `None` for what is none of them.
    pub fn of(text: &'a str) -> Option<Self> {
        let text = text.trim();
        if let Some(found) = SPECIFIER.captures(text) {
            let part = |index: usize| found.get(index).map_or("", |part| part.as_str().trim());
            return Some(Self {
                name: part(1),
                extras: part(2),
                url: part(3),
                specifier: part(4),
                marker: part(5),
            });
        }
        let (url, marker) = text.split_once(" ;").unwrap_or((text, ""));
        let address = url.contains("://") || url.starts_with(['.', '/']) || url.contains('/');
        let address = address || [".whl", ".tar.gz", ".zip"].iter().any(|ending| url.ends_with(ending));
        if !address || url.trim().contains(char::is_whitespace) {
            return None;
        }
        let egg = url.split_once("#egg=").or_else(|| url.split_once("&egg=")).map_or("", |(_, egg)| egg);
        let name = egg.split(['&', '[']).next().unwrap_or("");
        Some(Self { name, url: url.trim(), marker: marker.trim(), ..Self::default() })
    }
}

/// The lines of a file, and the first that is none of pip's forms.
pub fn parse(text: &str) -> (Node, Option<(usize, String)>) {
    let mut items = Vec::new();
    let mut wrong = None;
    for (index, line) in logical_lines(text).into_iter().enumerate() {
        if index == MAX_LINES {
            wrong.get_or_insert((line.whole().start, format!("more than {MAX_LINES} lines")));
            break;
        }
        match item(&line) {
            Some(node) => items.push(node),
            None => {
                wrong.get_or_insert((line.whole().start, "not a form that pip reads".to_owned()));
            }
        }
    }
    (Node::new(Value::List(items), Span::new(0, text.len())), wrong)
}

/// Continuations joined, comments and empty lines left out.
fn logical_lines(text: &str) -> Vec<LogicalLine> {
    let mut lines = Vec::new();
    let mut line = LogicalLine::default();
    let mut start = 0;
    for physical in text.split_inclusive('\n') {
        let at = start;
        start += physical.len();
        let body = physical.trim_end_matches(['\n', '\r']);
        let comment = body.trim_start().starts_with('#');
        if let Some(kept) = body.strip_suffix('\\').filter(|_| !comment) {
            line.push(kept, at);
            continue;
        }
        let end = comment_start(body);
        line.push(body.get(..end).unwrap_or(body), at);
        let done = std::mem::take(&mut line);
        if !done.text.trim().is_empty() {
            lines.push(done);
        }
    }
    if !line.text.trim().is_empty() {
        lines.push(line);
    }
    lines
}

/// A `#` opens a comment at the start of a line or after white space: addresses hold others.
fn comment_start(line: &str) -> usize {
    let opens =
        |at: usize| line.get(..at).is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t']));
    line.match_indices('#').map(|(at, _)| at).find(|at| opens(*at)).unwrap_or(line.len())
}

fn item(line: &LogicalLine) -> Option<Node> {
    let text = line.text.trim();
    let string = |key: &str, part: &str| {
        let span = if part.is_empty() { line.whole() } else { line.span_of(part) };
        Entry { key: key.to_owned(), key_span: span, node: Node::string(part, span) }
    };
    let flag = |key: &str, value: bool| {
        let span = line.whole();
        Entry { key: key.to_owned(), key_span: span, node: Node::new(Value::Bool(value), span) }
    };
    let map = |entries: Vec<Entry>| Some(Node::new(Value::Map(entries), line.span_of(text)));
    let mut editable = false;
    let mut rest = text;
    if text.starts_with('-') {
        let (option, value) = text.split_once([' ', '=', '\t']).unwrap_or((text, ""));
        // `-rbase.txt` is one word.
        let (option, value) = match text.get(..2) {
            Some(short @ ("-r" | "-c" | "-e" | "-i" | "-f")) if !text.starts_with("--") => {
                (short, text.get(2..).unwrap_or("").trim_start_matches([' ', '=', '\t']))
            }
            _ => (option, value),
        };
        let value = value.trim();
        match option {
            "-r" | "--requirement" | "-c" | "--constraint" => {
                let constraint = option == "-c" || option == "--constraint";
                return map(vec![string("include", value), flag("constraint", constraint)]);
            }
            "-e" | "--editable" => {
                editable = true;
                rest = value;
            }
            _ => return map(vec![string("option", option), string("value", value)]),
        }
    }
    let (specifier, options) = match rest.find(" --") {
        Some(at) => (rest.get(..at)?, rest.get(at..)?),
        None => (rest, ""),
    };
    let requirement = Requirement::of(specifier)?;
    let list = |key: &str, parts: Vec<&str>| {
        let items: Vec<Node> = parts.iter().map(|part| Node::string(*part, line.span_of(part))).collect();
        let span = items.first().map_or(line.whole(), |first| first.span);
        Entry { key: key.to_owned(), key_span: span, node: Node::new(Value::List(items), span) }
    };
    let extras = requirement.extras.split(',').map(str::trim).filter(|extra| !extra.is_empty()).collect();
    let hashes = options.split_whitespace().filter_map(|word| word.strip_prefix("--hash=")).collect();
    map(vec![
        string("name", requirement.name),
        list("extras", extras),
        string("specifier", requirement.specifier),
        string("url", requirement.url),
        string("marker", requirement.marker),
        list("hashes", hashes),
        flag("editable", editable),
    ])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::source::SourceText;

    fn one(name: &str, specifier: &str) -> serde_json::Value {
        json!({"name": name, "specifier": specifier, "extras": [], "url": "", "marker": "", "hashes": [], "editable": false})
    }

    #[test]
    fn pip_forms() {
        let text = "# tools\n-r base.txt\n--constraint=pins.txt\n-i https://pypi.example/simple # ours\n\n\
                    torch [cuda, x]>=2,<3 ; python_version > \"3.9\"\nnumpy==1.26.4 \\\n  --hash=sha256:aa \\\n    --hash=sha256:bb\n\
                    model @ https://h.example/m.whl\n-e git+https://g.example/a.git@main#egg=thing\n./local\nplain\n";
        let (node, wrong) = parse(text);
        assert_eq!(wrong, None);
        let mut torch = one("torch", ">=2,<3");
        torch["extras"] = json!(["cuda", "x"]);
        torch["marker"] = json!("python_version > \"3.9\"");
        let mut numpy = one("numpy", "==1.26.4");
        numpy["hashes"] = json!(["sha256:aa", "sha256:bb"]);
        let mut model = one("model", "");
        model["url"] = json!("https://h.example/m.whl");
        let mut thing = one("thing", "");
        thing["url"] = json!("git+https://g.example/a.git@main#egg=thing");
        thing["editable"] = json!(true);
        let mut local = one("", "");
        local["url"] = json!("./local");
        assert_eq!(
            node.to_json(),
            json!([
                {"include": "base.txt", "constraint": false},
                {"include": "pins.txt", "constraint": true},
                {"option": "-i", "value": "https://pypi.example/simple"},
                torch, numpy, model, thing, local, one("plain", ""),
            ])
        );
    }

    #[test]
    fn spans_reach_over_continuations() {
        let text = "a\nnumpy==1.26.4 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\nb\n";
        let source = SourceText::new(text);
        let (node, _) = parse(text);
        let numpy = &node.items()[1];
        assert_eq!(source.slice(numpy.get("specifier").unwrap().span), "==1.26.4");
        assert_eq!(source.slice(numpy.get("hashes").unwrap().items()[1].span), "sha256:bb");
        assert_eq!(source.slice(numpy.span), text.get(2..text.len() - 3).unwrap());
    }

    #[test]
    fn what_pip_would_refuse_has_a_place() {
        let (node, wrong) = parse("numpy\n<<<<<<< HEAD\ntorch==1\n");
        assert_eq!(node.items().len(), 2);
        assert_eq!(wrong.map(|(at, _)| at), Some(6));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[-a=<>;@#\\[\\]\\\\ ./\n\r]{0,60}|\\PC{0,60}") {
            let (node, _) = parse(&text);
            prop_assert!(node.items().iter().all(|item| text.get(item.span.start..item.span.end).is_some()));
        }
    }
}
