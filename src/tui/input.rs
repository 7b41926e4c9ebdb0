//! One line of typed text: cursor, UTF-8, paste, no control characters.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::SafeText;

/// Bytes that a field holds at most; the record's own limit is 2,000 characters.
const CAP: usize = 8000;

/// A text field. The cursor is a byte offset at the border of a grapheme cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    cursor: usize,
}

impl Input {
    pub fn new(text: &str) -> Self {
        let mut input = Self::default();
        input.paste(text);
        input
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn insert(&mut self, c: char) {
        if !c.is_control() && self.text.len() + c.len_utf8() <= CAP {
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
            self.settle();
        }
    }

    /// Control characters are left out; line ends and tabs become spaces.
    pub fn paste(&mut self, text: &str) {
        let text = text.trim_end_matches(['\r', '\n']).replace("\r\n", " ");
        for c in text.chars() {
            self.insert(if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c });
        }
    }

    pub fn backspace(&mut self) {
        let end = self.cursor;
        self.left();
        self.text.replace_range(self.cursor..end, "");
        self.settle();
    }

    pub fn delete(&mut self) {
        let start = self.cursor;
        self.right();
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
        self.settle();
    }

    /// Everything before the cursor.
    pub fn delete_to_start(&mut self) {
        self.text.replace_range(..self.cursor, "");
        self.cursor = 0;
    }

    pub fn delete_word(&mut self) {
        let head = self.text.get(..self.cursor).unwrap_or("");
        let start = head.trim_end().rfind(' ').map_or(0, |at| at + 1);
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
        self.settle();
    }

    pub fn left(&mut self) {
        let head = self.text.get(..self.cursor).unwrap_or("");
        self.cursor = head.grapheme_indices(true).next_back().map_or(0, |(at, _)| at);
    }

    pub fn right(&mut self) {
        let tail = self.text.get(self.cursor..).unwrap_or("");
        self.cursor += tail.graphemes(true).next().map_or(0, str::len);
    }

    pub fn home(&mut self) {
        self.cursor = 0;
    }

    pub fn end(&mut self) {
        self.cursor = self.text.len();
    }

    /// What stands before the cursor, on it, and behind it, fit to be drawn.
    pub fn parts(&self) -> (SafeText, SafeText, SafeText) {
        let head = self.text.get(..self.cursor).unwrap_or("");
        let tail = self.text.get(self.cursor..).unwrap_or("");
        let under = tail.graphemes(true).next().unwrap_or("");
        let rest = tail.get(under.len()..).unwrap_or("");
        (SafeText::new(head), SafeText::new(under), SafeText::new(rest))
    }

    /// An edit may join clusters: move the cursor to the next border.
    fn settle(&mut self) {
        let at = self.cursor;
        let borders = self.text.grapheme_indices(true).map(|(border, _)| border);
        self.cursor = borders.chain([self.text.len()]).find(|border| *border >= at).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edits_whole_characters() {
        let mut input = Input::new("añ👩\u{200d}💻\u{1b}\r\nz\n");
        assert_eq!(input.text(), "añ👩\u{200d}💻 z");
        input.left();
        input.left();
        input.backspace();
        assert_eq!(input.text(), "añ z");
        input.home();
        input.delete();
        assert_eq!(input.text(), "ñ z");
        input.end();
        input.delete_word();
        assert_eq!(input.text(), "ñ ");
    }

    proptest! {
        #[test]
        fn the_cursor_never_splits(text in "\\PC{0,12}", steps in prop::collection::vec(0_u8..8, 0..30)) {
            let mut input = Input::new(&text);
            for step in steps {
                match step {
                    0 => input.left(),
                    1 => input.right(),
                    2 => input.backspace(),
                    3 => input.delete(),
                    4 => input.insert('\u{301}'),
                    5 => input.delete_word(),
                    6 => input.home(),
                    _ => input.insert('🇩'),
                }
                prop_assert!(input.text.is_char_boundary(input.cursor));
            }
        }
    }
}
