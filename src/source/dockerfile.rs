//! Dockerfile to the list of instructions that Conftest gives policies.
//!
//! `[{"Cmd": "from", "SubCmd": "", "JSON": false, "Flags": [...], "Value": ["python:3.12", "AS", "base"], "Stage": 0}]`,
//! comments included, as <https://github.com/open-policy-agent/conftest/tree/master/parser/docker> makes it from
//! BuildKit's parser. The bodies of here-documents, which that form leaves out, are added as `Heredocs`.
//! <https://docs.docker.com/reference/dockerfile/>

use std::sync::LazyLock;

use regex::Regex;

use super::dockerfile_words as words;
use super::logical::LogicalLine;
use super::{Entry, Node, Value};
use crate::model::Span;

/// Instructions that one file may have.
const MAX_INSTRUCTIONS: usize = 10_000;

const INSTRUCTIONS: [&str; 18] = [
    "add",
    "arg",
    "cmd",
    "copy",
    "entrypoint",
    "env",
    "expose",
    "from",
    "healthcheck",
    "label",
    "maintainer",
    "onbuild",
    "run",
    "shell",
    "stopsignal",
    "user",
    "volume",
    "workdir",
];

#[allow(clippy::unwrap_used)] // constants
static HEREDOC: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^\d*<<(-?)["']?([^\s<"'()]+)["']?$"#).unwrap());

/// The instructions, and the first place that Docker would refuse.
pub fn parse(text: &str) -> (Node, Option<(usize, String)>) {
    let mut reader = Reader { lines: lines(text), next: 0, escape: escape_directive(text), wrong: None };
    let items = reader.instructions();
    (Node::new(Value::List(items), Span::new(0, text.len())), reader.wrong)
}

/// Each line without its end, and where it starts.
fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let at = start;
            start += line.len();
            (at, line.trim_end_matches(['\n', '\r']))
        })
        .collect()
}

/// `# escape=` among the directives at the top.
fn escape_directive(text: &str) -> char {
    let directives = text.lines().map_while(|line| line.trim().strip_prefix('#')?.split_once('='));
    let mut escapes = directives
        .take_while(|(key, _)| key.trim().bytes().all(|b| b.is_ascii_alphanumeric()))
        .filter(|(key, _)| key.trim().eq_ignore_ascii_case("escape"));
    match escapes.next() {
        Some((_, value)) if value.trim() == "`" => '`',
        _ => '\\',
    }
}

struct Reader<'a> {
    lines: Vec<(usize, &'a str)>,
    next: usize,
    escape: char,
    wrong: Option<(usize, String)>,
}

/// One instruction, its words not looked at yet.
struct Instruction {
    line: LogicalLine,
    heredocs: Vec<Node>,
}

impl<'a> Reader<'a> {
    fn instructions(&mut self) -> Vec<Node> {
        let mut found = Vec::new();
        let mut comments = Vec::new();
        let mut stages = 0_usize;
        while let Some((at, line)) = self.take() {
            let trimmed = line.trim_start();
            if trimmed.is_empty() {
                continue;
            }
            if found.len() >= MAX_INSTRUCTIONS {
                self.refuse(at, format!("more than {MAX_INSTRUCTIONS} instructions"));
                break;
            }
            if let Some(comment) = trimmed.strip_prefix('#') {
                let start = at + line.len() - trimmed.len();
                comments.push(Node::string(comment.trim(), Span::new(start, at + line.len())));
                continue;
            }
            let instruction = self.instruction(at, line);
            let name = instruction.line.text.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
            if !INSTRUCTIONS.contains(&name.as_str()) {
                self.refuse(instruction.line.whole().start, format!("unknown instruction `{name}`"));
            }
            stages += usize::from(name == "from");
            let stage = stages.saturating_sub(1);
            found.extend(comments.drain(..).map(|comment| comment_node(comment, stage)));
            found.push(instruction_node(&instruction, &name, self.escape, stage));
        }
        found
    }

    fn take(&mut self) -> Option<(usize, &'a str)> {
        let line = self.lines.get(self.next).copied();
        self.next += 1;
        line
    }

    fn refuse(&mut self, at: usize, reason: String) {
        self.wrong.get_or_insert((at, reason));
    }

    /// The rest of an instruction whose first line was taken.
    fn instruction(&mut self, at: usize, first: &str) -> Instruction {
        let mut line = LogicalLine::default();
        let indent = first.len() - first.trim_start().len();
        let (kept, mut goes_on) = self.continued(first.trim_start());
        line.push(kept, at + indent);
        while goes_on {
            let Some((at, next)) = self.take() else { break };
            // Comments and empty lines between the lines of an instruction are skipped.
            if next.trim_start().is_empty() || next.trim_start().starts_with('#') {
                continue;
            }
            let (kept, more) = self.continued(next);
            line.push(kept, at);
            goes_on = more;
        }
        let heredocs = self.heredocs(&line);
        Instruction { line, heredocs }
    }

    /// A line without its continuation mark, and whether it had one. A doubled mark is none.
    fn continued<'l>(&self, line: &'l str) -> (&'l str, bool) {
        let trimmed = line.trim_end_matches([' ', '\t']);
        match trimmed.strip_suffix(self.escape) {
            Some(kept) if !kept.ends_with(self.escape) => (kept, true),
            _ => (line, false),
        }
    }

    /// The bodies of the here-documents that an instruction opens: the lines up to their names.
    fn heredocs(&mut self, line: &LogicalLine) -> Vec<Node> {
        let mut words = line.text.split_whitespace();
        let name = words.next().unwrap_or("").to_ascii_lowercase();
        let name = if name == "onbuild" { words.next().unwrap_or("").to_ascii_lowercase() } else { name };
        if !matches!(name.as_str(), "run" | "copy" | "add") {
            return Vec::new();
        }
        let opened: Vec<(bool, &str)> = words
            .filter_map(|word| HEREDOC.captures(word))
            .filter_map(|found| Some((!found.get(1)?.is_empty(), found.get(2)?.as_str())))
            .collect();
        let mut bodies = Vec::new();
        for (chomp, end) in opened {
            let start = self.lines.get(self.next).map_or(line.whole().end, |(at, _)| *at);
            let mut body = String::new();
            let mut closed = false;
            let mut stop = start;
            while let Some((at, text)) = self.take() {
                let text = if chomp { text.trim_start_matches('\t') } else { text };
                if text == end {
                    closed = true;
                    break;
                }
                stop = at + text.len();
                body.push_str(text);
                body.push('\n');
            }
            if !closed {
                self.refuse(line.whole().start, format!("the here-document `{end}` does not end"));
            }
            bodies.push(Node::string(body, Span::new(start, stop)));
        }
        bodies
    }
}

fn entry(key: &str, node: Node) -> Entry {
    Entry { key: key.to_owned(), key_span: node.span, node }
}

fn command(
    span: Span,
    name: Node,
    sub: Node,
    json: bool,
    lists: (Vec<Node>, Vec<Node>),
    stage: usize,
) -> Node {
    let (flags, value) = lists;
    let of = |items: &[Node]| match (items.first(), items.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => span,
    };
    let (flags_span, value_span) = (of(&flags), of(&value));
    let entries = vec![
        entry("Cmd", name),
        entry("SubCmd", sub),
        entry("JSON", Node::new(Value::Bool(json), value_span)),
        entry("Flags", Node::new(Value::List(flags), flags_span)),
        entry("Value", Node::new(Value::List(value), value_span)),
        entry("Stage", Node::new(Value::Number(stage.into()), span)),
    ];
    Node::new(Value::Map(entries), span)
}

fn comment_node(comment: Node, stage: usize) -> Node {
    let span = comment.span;
    let name = Node::string("comment", span);
    command(span, name, Node::string("", span), false, (Vec::new(), vec![comment]), stage)
}

fn instruction_node(instruction: &Instruction, name: &str, escape: char, stage: usize) -> Node {
    let line = &instruction.line;
    let text = line.text.as_str();
    let head = text.get(..name.len()).unwrap_or(text);
    let (flags, rest) = words::flags(text.get(head.len()..).unwrap_or("").trim());
    let mut flags: Vec<Node> = flags.into_iter().map(|flag| Node::string(flag, line.span_of(flag))).collect();
    let mut sub = Node::string("", line.span_of(head));
    let (mut name_of_values, mut rest) = (name.to_owned(), rest);
    if name == "onbuild" {
        let (inner, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        sub = Node::string(inner.to_ascii_lowercase(), line.span_of(inner));
        name_of_values = inner.to_ascii_lowercase();
        let (inner_flags, after) = words::flags(after.trim());
        flags.extend(inner_flags.into_iter().map(|flag| Node::string(flag, line.span_of(flag))));
        rest = after;
    }
    let (json, values) = words::values(&name_of_values, rest, escape);
    let values = values.into_iter().map(|(value, part)| Node::string(value, line.span_of(part))).collect();
    let name = Node::string(name, line.span_of(head));
    let mut node = command(line.span_of(text.trim_end()), name, sub, json, (flags, values), stage);
    if let (Value::Map(entries), Some(first)) = (&mut node.value, instruction.heredocs.first()) {
        let span = first.span;
        entries.push(entry("Heredocs", Node::new(Value::List(instruction.heredocs.clone()), span)));
    }
    node
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::source::SourceText;

    fn brief(text: &str) -> Vec<Json> {
        let (node, wrong) = parse(text);
        assert_eq!(wrong, None);
        let items = node.items().iter().map(Node::to_json);
        items.map(|item| json!([item["Cmd"], item["Flags"], item["Value"], item["Stage"]])).collect()
    }

    #[test]
    fn the_form_of_conftest() {
        let (node, wrong) =
            parse("FROM --platform=linux/amd64 python:3.12 AS base\nONBUILD CMD [\"a\", \"b\"]\n");
        assert_eq!(wrong, None);
        assert_eq!(
            node.to_json(),
            json!([
                {"Cmd": "from", "SubCmd": "", "JSON": false, "Flags": ["--platform=linux/amd64"],
                 "Value": ["python:3.12", "AS", "base"], "Stage": 0},
                {"Cmd": "onbuild", "SubCmd": "cmd", "JSON": true, "Flags": [], "Value": ["a", "b"], "Stage": 0},
            ])
        );
    }

    #[test]
    fn every_way_of_writing_values() {
        let text = "ARG A=1 B\nFROM x\n# why\nENV K=\"a b\" L=c\nENV old the rest\nHEALTHCHECK --interval=5s CMD curl x\n\
                    EXPOSE 80 443/tcp\nUSER 1000:1000\nRUN [ -f x ] && y\nCOPY --from=base /a /b /c/\nFROM y\n";
        assert_eq!(
            brief(text),
            [
                json!(["arg", [], ["A=1", "B"], 0]),
                json!(["from", [], ["x"], 0]),
                json!(["comment", [], ["why"], 0]),
                json!(["env", [], ["K", "\"a b\"", "=", "L", "c", "="], 0]),
                json!(["env", [], ["old", "the rest", ""], 0]),
                json!(["healthcheck", ["--interval=5s"], ["CMD", "curl x"], 0]),
                json!(["expose", [], ["80", "443/tcp"], 0]),
                json!(["user", [], ["1000:1000"], 0]),
                json!(["run", [], ["[ -f x ] && y"], 0]),
                json!(["copy", ["--from=base"], ["/a", "/b", "/c/"], 0]),
                json!(["from", [], ["y"], 1]),
            ]
        );
    }

    #[test]
    fn lines_go_on() {
        let text = "FROM x\nRUN a \\\n\n  # note\n  && b \\  \n  && c\n";
        assert_eq!(brief(text).last(), Some(&json!(["run", [], ["a   && b   && c"], 0])));
        let ticks = "# escape=`\nFROM x\nRUN a `\n  b\nCOPY c:\\ d\n";
        assert_eq!(brief(ticks)[2], json!(["run", [], ["a   b"], 0]));
        assert_eq!(brief(ticks)[3], json!(["copy", [], ["c:\\", "d"], 0]));
        let source = SourceText::new(text);
        let (node, _) = parse(text);
        assert_eq!(source.slice(node.items()[1].span), text.get(7..text.len() - 1).unwrap());
    }

    #[test]
    fn here_documents_are_no_instructions() {
        let text = "FROM x\nRUN <<EOF sh\nFROM evil\nEOF\nCOPY <<-'A' <<B /d\n\tone\n\tA\ntwo\nB\nUSER me\n";
        let (node, wrong) = parse(text);
        assert_eq!(wrong, None);
        let bodies: Vec<Json> = node.items().iter().map(|item| item.to_json()["Heredocs"].clone()).collect();
        assert_eq!(bodies, [json!(null), json!(["FROM evil\n"]), json!(["one\n", "two\n"]), json!(null)]);
        assert_eq!(parse("FROM x\nRUN echo $((1<<2))\nUSER a\n").0.items().len(), 3);
    }

    #[test]
    fn what_docker_would_refuse_has_a_place() {
        assert_eq!(parse("FROM x\nFRM y\n").1, Some((7, "unknown instruction `frm`".to_owned())));
        assert!(parse("FROM x\nRUN <<EOF\na\n").1.is_some_and(|(at, _)| at == 7));
        assert!(parse(&"RUN a\n".repeat(MAX_INSTRUCTIONS + 1)).1.is_some());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "((FROM|RUN|ENV|ONBUILD|COPY|ARG) ?)?[-<=A\\[\\]\"'\\\\`# \n\r\t]{0,50}|\\PC{0,60}") {
            let (node, _) = parse(&text);
            prop_assert!(node.items().iter().all(|item| text.get(item.span.start..item.span.end).is_some()));
        }
    }
}
