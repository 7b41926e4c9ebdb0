//! Files that the parser refuses: what Terraform takes is rewritten, what is left is cut into
//! structures, so that one mistake does not cost the whole file.

use std::collections::HashMap;
use std::ops::Range;

use super::scan::{Frame, Scanner, Token};

/// The same text, byte for byte in place, without three things that Terraform takes and the parser
/// does not: line ends that mean nothing (inside brackets), comments in places of their own, and
/// object items that a later item of the same key replaces.
pub fn repair(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut blank = |range: Range<usize>| {
        for byte in bytes.get_mut(range).into_iter().flatten() {
            *byte = b' ';
        }
    };
    let mut scanner = Scanner::new(text);
    let mut objects: Vec<Items> = Vec::new();
    loop {
        let depth = scanner.frames.len();
        let (free, object) = match scanner.frames.last() {
            Some(Frame::Free) => (true, false),
            Some(Frame::Object) => (false, true),
            _ => (false, false),
        };
        let Some((token, range)) = scanner.next() else { break };
        if token == Token::Comment || (free && token == Token::Newline) {
            blank(range.clone());
        }
        if object
            && let Some(items) = objects.get_mut(depth - 1)
            && let Some(replaced) = items.take(text, token, &range)
        {
            blank(replaced);
        }
        objects.resize_with(scanner.frames.len(), Items::default);
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The items of one object, as far as it was read.
#[derive(Default)]
struct Items {
    /// Where the last item of a key stands.
    known: HashMap<String, Range<usize>>,
    start: Option<usize>,
    key: Option<String>,
}

impl Items {
    /// Takes the next token of the object itself; gives the item that this one replaces.
    fn take(&mut self, text: &str, token: Token, range: &Range<usize>) -> Option<Range<usize>> {
        match token {
            Token::Comment => None,
            Token::Newline | Token::Mark(b',' | b'}') => {
                let end = if token == Token::Mark(b',') { range.end } else { range.start };
                let item = self.start.take()?..end;
                self.known.insert(self.key.take()?, item)
            }
            Token::Mark(b'=' | b':') if self.key.is_none() => {
                let key = text.get(self.start?..range.start)?.trim();
                let quoted = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
                self.key = Some(quoted.unwrap_or(key).to_owned());
                None
            }
            _ => {
                self.start.get_or_insert(range.start);
                None
            }
        }
    }
}

/// The words that begin a structure of a Terraform file.
const TOP_LEVEL: [&str; 14] = [
    "terraform",
    "provider",
    "variable",
    "output",
    "locals",
    "resource",
    "data",
    "ephemeral",
    "module",
    "moved",
    "import",
    "removed",
    "check",
    "action",
];

/// The top-level structures of a file. One that is not closed ends where, at the beginning of a line,
/// another one clearly begins.
pub fn structures(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut scanner = Scanner::new(text);
    let mut start = None;
    loop {
        let outside = scanner.frames.is_empty();
        let Some((token, range)) = scanner.next() else { break };
        match token {
            Token::Newline if outside => found.extend(start.take().map(|start| start..range.start)),
            Token::Newline if begins_structure(text.get(range.end..).unwrap_or("")) => {
                found.extend(start.take().map(|start| start..range.start));
                scanner = Scanner::starting(text, range.end);
            }
            Token::Newline => {}
            Token::Comment if outside => {}
            _ => {
                start.get_or_insert(range.start);
            }
        }
    }
    found.extend(start.map(|start| start..text.len()));
    found
}

/// `resource "a" "b" {` and the like.
fn begins_structure(text: &str) -> bool {
    let line = text.lines().next().unwrap_or("");
    let Some(rest) = TOP_LEVEL.iter().find_map(|word| line.strip_prefix(word)) else { return false };
    let rest = rest.trim_start_matches([' ', '\t']);
    rest.starts_with(['{', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repair_moves_nothing() {
        let text = "a = {\n  é = 1 # one\n  b = \"x#y\" // é\n  é = [\n    2\n    ,3]\n}\nb = (1\n  + 2)\n";
        let item = " ".repeat("  é = 1 # one".len());
        let want = format!("a = {{\n{item}\n  b = \"x#y\"      \n  é = [     2     ,3]\n}}\nb = (1   + 2)\n");
        assert_eq!(repair(text), want);
        assert_eq!(want.len(), text.len());
    }

    #[test]
    fn text_is_no_structure() {
        let text = "a = <<-EOT\n  resource \"x\" {\n  ${join(\"}\", [\n  1])} EOT\n  EOT\nb {\n  c = \"{${\"}\"}\"\n}\n/* { */ d = 1\n";
        let pieces: Vec<&str> = structures(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(pieces.len(), 3);
        assert!(pieces[0].starts_with("a = <<") && pieces[0].ends_with("\n  EOT"));
        assert_eq!(pieces[1], "b {\n  c = \"{${\"}\"}\"\n}");
        assert_eq!(pieces[2], "d = 1");
    }
}
