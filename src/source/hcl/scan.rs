//! A small scanner: where strings, comments and brackets begin and end, and where lines count.
//!
//! The parser refuses a file at its first mistake, and refuses some that Terraform takes. This is
//! what is needed around it: to cut a file into its top-level structures, and to rewrite what the
//! parser does not understand, byte for byte in place.

use std::ops::Range;

/// What a byte range is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// A name, a keyword, a number.
    Word,
    /// Text in quotes or in a heredoc, and the marks around it.
    Text,
    /// Any other character: an operator, a bracket.
    Mark(u8),
    Comment,
    /// `\n` or `\r\n`. In the end it depends on where it stands whether it means anything.
    Newline,
}

/// What surrounds a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// `{` of a block.
    Body,
    /// `{` of an object.
    Object,
    /// `(`, `[`, `${`, `%{` or a `for` in braces: lines do not count.
    Free,
    Quote,
    /// Up to a line that holds only this word.
    Heredoc(String),
}

/// Walks through a text; `frames` tells where it is.
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    pub frames: Vec<Frame>,
    /// An attribute's `=` was read, its value was not ended.
    in_value: bool,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Self::starting(text, 0)
    }

    /// Begins at `at` as if it were the beginning of the file.
    pub fn starting(text: &'a str, at: usize) -> Self {
        Self { text, at, frames: Vec::new(), in_value: false }
    }

    /// The next token. Blanks between tokens are skipped.
    pub fn next(&mut self) -> Option<(Token, Range<usize>)> {
        match self.frames.last() {
            Some(Frame::Quote) => return self.quoted(),
            Some(Frame::Heredoc(end)) => {
                let end = end.clone();
                return self.heredoc(&end);
            }
            _ => {}
        }
        let rest = self.text.get(self.at..)?;
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\u{feff}']).len();
        let start = self.at;
        let rest = self.text.get(start..)?;
        let first = *rest.as_bytes().first()?;
        let (token, length) = match first {
            b'\n' => (Token::Newline, 1),
            b'\r' if rest.starts_with("\r\n") => (Token::Newline, 2),
            b'#' => (Token::Comment, line_length(rest)),
            b'/' if rest.starts_with("//") => (Token::Comment, line_length(rest)),
            b'/' if rest.starts_with("/*") => {
                (Token::Comment, rest.get(2..).and_then(|r| r.find("*/")).map_or(rest.len(), |at| at + 4))
            }
            b'<' if let Some((word, length)) = heredoc_start(rest) => {
                self.frames.push(Frame::Heredoc(word.to_owned()));
                (Token::Text, length)
            }
            b'"' => {
                self.frames.push(Frame::Quote);
                (Token::Text, 1)
            }
            b'(' | b'[' => {
                self.frames.push(Frame::Free);
                (Token::Mark(first), 1)
            }
            b'{' => {
                let frame = if self.opens_body() {
                    Frame::Body
                } else if opens_for(rest) {
                    Frame::Free
                } else {
                    Frame::Object
                };
                self.frames.push(frame);
                (Token::Mark(first), 1)
            }
            b')' | b']' | b'}' => {
                // A block is no part of a value, nor is what follows it.
                self.in_value &= self.frames.pop() != Some(Frame::Body);
                (Token::Mark(first), 1)
            }
            _ if is_word(first) => (Token::Word, rest.bytes().take_while(|byte| is_word(*byte)).count()),
            _ => (Token::Mark(first), 1),
        };
        if self.lines_are_structures() {
            match token {
                Token::Newline => self.in_value = false,
                Token::Mark(b'=') => self.in_value = true,
                _ => {}
            }
        }
        self.at = start + length;
        Some((token, start..self.at))
    }

    /// Directly in a file or a block.
    fn lines_are_structures(&self) -> bool {
        matches!(self.frames.last(), None | Some(Frame::Body))
    }

    fn opens_body(&self) -> bool {
        self.lines_are_structures() && !self.in_value
    }

    fn quoted(&mut self) -> Option<(Token, Range<usize>)> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let bytes = rest.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 2,
                b'"' => {
                    at += 1;
                    self.frames.pop();
                    break;
                }
                // No string goes over the end of a line: it was not ended.
                b'\n' => {
                    self.frames.pop();
                    break;
                }
                b'$' | b'%' if let Some(opened) = marker(bytes, at) => {
                    at += opened.1;
                    if opened.0 {
                        self.frames.push(Frame::Free);
                        break;
                    }
                }
                _ => at += 1,
            }
        }
        self.at = self.text.ceil_char_boundary((start + at).min(self.text.len()));
        Some((Token::Text, start..self.at))
    }

    fn heredoc(&mut self, end: &str) -> Option<(Token, Range<usize>)> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let bytes = rest.as_bytes();
        let mut at = 0;
        loop {
            let line_begins = at > 0 && bytes.get(at - 1) == Some(&b'\n')
                || at == 0 && self.text.get(..start).is_some_and(|before| before.ends_with('\n'));
            if line_begins {
                let line = rest.get(at..).unwrap_or("");
                let word = line.trim_start_matches([' ', '\t']);
                if let Some(after) = word.strip_prefix(end)
                    && !after.bytes().next().is_some_and(is_word)
                {
                    at = rest.len() - after.len();
                    self.frames.pop();
                    break;
                }
            }
            match bytes.get(at) {
                None => break,
                Some(b'$' | b'%') if let Some((opens, length)) = marker(bytes, at) => {
                    at += length;
                    if opens {
                        self.frames.push(Frame::Free);
                        break;
                    }
                }
                Some(_) => at += 1,
            }
        }
        self.at = self.text.ceil_char_boundary((start + at).min(self.text.len()));
        Some((Token::Text, start..self.at))
    }
}

/// At a `$` or `%`: does a template sequence open there, and how many bytes to go on by?
fn marker(bytes: &[u8], at: usize) -> Option<(bool, usize)> {
    let sign = bytes.get(at)?;
    match (bytes.get(at + 1), bytes.get(at + 2)) {
        (Some(b'{'), _) => Some((true, 2)),
        (Some(next), Some(b'{')) if next == sign => Some((false, 3)),
        _ => None,
    }
}

fn line_length(rest: &str) -> usize {
    let length = rest.find('\n').unwrap_or(rest.len());
    if rest.get(..length).is_some_and(|line| line.ends_with('\r')) { length - 1 } else { length }
}

/// `<<WORD` or `<<-WORD` up to and with the line's end.
fn heredoc_start(rest: &str) -> Option<(&str, usize)> {
    let word = rest.strip_prefix("<<")?;
    let word = word.strip_prefix('-').unwrap_or(word);
    let length = word.bytes().take_while(|byte| is_word(*byte)).count();
    let (name, after) = word.split_at_checked(length).filter(|(name, _)| !name.is_empty())?;
    let after_line = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n'))?;
    Some((name, rest.len() - after_line.len()))
}

/// `{` and then the word `for`.
fn opens_for(rest: &str) -> bool {
    let mut inner = Scanner::new(rest.get(1..).unwrap_or(""));
    loop {
        match inner.next() {
            Some((Token::Newline | Token::Comment, _)) => {}
            Some((Token::Word, range)) => return inner.text.get(range) == Some("for"),
            _ => return false,
        }
    }
}

/// Letters beyond ASCII may stand in names.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || byte >= 0x80
}
