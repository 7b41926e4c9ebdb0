//! Lines of a file with tab stops, and where a character of the file landed on the screen.

use super::SafeText;
use super::safe::{Builder, Class, Mode};

/// Tab stops in source.
const TAB: usize = 8;

/// Columns of a line that are kept; a minified file is one line of a megabyte.
const MAX_COLUMNS: usize = 4096;

/// One line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// From 1.
    pub number: usize,
    pub text: SafeText,
    /// Column of each character; `None` when they are the same.
    columns: Option<Vec<usize>>,
}

/// Some lines of a file and what is odd about the whole of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceDoc {
    pub lines: Vec<SourceLine>,
    /// Lines in the file.
    pub total: usize,
    pub crlf: bool,
    pub not_utf8: bool,
    /// Somewhere in these lines a character deceives.
    pub danger: bool,
}

impl SourceLine {
    /// The line without its end. Carriage returns before the line feed belong to the end.
    pub fn new(number: usize, bytes: &[u8]) -> Self {
        let mut builder = Builder::new(Mode::Code, TAB).with_columns();
        let plain = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
        let cut = bytes.len().min(MAX_COLUMNS);
        // Do not cut inside a character.
        let cut = (cut..bytes.len().min(cut + 4))
            .find(|at| bytes.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80))
            .unwrap_or(cut);
        let (head, rest) = bytes.split_at(cut);
        builder.bytes(head);
        if !rest.is_empty() {
            builder.show(&format!("⟨+{} bytes⟩", rest.len()), Class::Escaped);
        }
        let end = builder.column();
        let (text, mut columns) = builder.finish_with_columns();
        columns.push(end);
        Self { number, text, columns: (!plain).then_some(columns) }
    }

    /// The cell at which the character at `index` (from 0) starts; past the end, the end.
    pub fn column_of(&self, index: usize) -> usize {
        match &self.columns {
            None => index.min(self.text.width()),
            Some(columns) => columns.get(index).or(columns.last()).copied().unwrap_or(0),
        }
    }
}

impl SourceDoc {
    /// The lines `first..=last` (from 1) of a file.
    pub fn window(bytes: &[u8], first: usize, last: usize) -> Self {
        let mut doc = SourceDoc { not_utf8: std::str::from_utf8(bytes).is_err(), ..Self::default() };
        let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            // A line feed at the very end does not start another line.
            if lines.peek().is_none() && line.is_empty() && doc.total > 0 {
                break;
            }
            doc.total += 1;
            let (line, crlf) = match line.strip_suffix(b"\r") {
                Some(line) if lines.peek().is_some() => (line, true),
                _ => (line, false),
            };
            doc.crlf |= crlf;
            if (first..=last).contains(&doc.total) {
                let line = SourceLine::new(doc.total, line);
                doc.danger |= line.text.has_danger();
                doc.lines.push(line);
            }
        }
        doc
    }

    pub fn line(&self, number: usize) -> Option<&SourceLine> {
        self.lines.iter().find(|line| line.number == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_follow_tabs_and_escapes() {
        let line = SourceLine::new(1, "\tkey\u{200b} = 漢".as_bytes());
        assert_eq!(line.text.as_str(), "        key⟨ZWSP⟩ = 漢");
        assert_eq!(line.column_of(0), 0);
        assert_eq!(line.column_of(1), 8, "behind the tab");
        assert_eq!(line.column_of(5), 17, "behind the mark");
        assert_eq!(line.column_of(8), 20);
        assert_eq!(line.column_of(9), 22, "the end, behind a wide character");
        assert_eq!(line.column_of(99), 22);
        let plain = SourceLine::new(1, b"bucket = 1");
        assert_eq!((plain.column_of(3), plain.column_of(99)), (3, 10));
    }

    #[test]
    fn windows_know_the_whole_file() {
        let doc = SourceDoc::window(b"a\r\nb\r\n\xff\n", 2, 2);
        assert_eq!((doc.total, doc.crlf, doc.not_utf8, doc.danger), (3, true, true, false));
        assert_eq!(doc.lines.len(), 1);
        assert_eq!(doc.line(2).unwrap().text.as_str(), "b");
        assert!(SourceDoc::window("x\u{202e}".as_bytes(), 1, 9).danger);
        assert_eq!(SourceDoc::window(b"", 1, 9).total, 1);
    }

    #[test]
    fn long_lines_are_cut_and_counted() {
        let line = SourceLine::new(1, "é".repeat(5000).as_bytes());
        assert!(line.text.as_str().ends_with("⟨+5904 bytes⟩"), "{}", line.text);
        assert_eq!(line.column_of(2), 2);
    }
}
