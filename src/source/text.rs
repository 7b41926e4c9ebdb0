//! The text of one file and the way from byte offsets to lines and columns.

use std::sync::Arc;

use crate::model::{Location, Position, Span};

/// UTF-8 text with an index of its lines.
#[derive(Debug, Clone)]
pub struct SourceText {
    text: Arc<str>,
    line_starts: Arc<[usize]>,
}

impl SourceText {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, line_starts: starts }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Lines without their ends, in order.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines()
    }

    /// The position of a byte offset; past the end means the end, inside a character its start.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    pub fn location(&self, path: &str, span: Span) -> Location {
        Location { path: path.to_owned(), start: self.position(span.start), end: self.position(span.end) }
    }

    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let text = SourceText::new("a\néb\n");
        assert_eq!(text.position(0), Position { line: 1, column: 1 });
        assert_eq!(text.position(2), Position { line: 2, column: 1 });
        assert_eq!(text.position(4), Position { line: 2, column: 2 });
        assert_eq!(text.position(3), Position { line: 2, column: 1 }, "inside a character");
        assert_eq!(text.position(99), Position { line: 3, column: 1 });
    }
}
