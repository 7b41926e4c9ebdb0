//! A logical line: physical lines joined by continuation marks, and the way back to their places.

use crate::model::Span;

#[derive(Debug, Default)]
pub struct LogicalLine {
    pub text: String,
    /// Where in `text` a physical line begins, and the byte offset it has in the file.
    pieces: Vec<(usize, usize)>,
}

impl LogicalLine {
    pub fn push(&mut self, text: &str, at: usize) {
        self.pieces.push((self.text.len(), at));
        self.text.push_str(text);
    }

    /// The part of the file that `start..end` of the text came from.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let start_at = self.place(self.pieces.partition_point(|(from, _)| *from <= start), start);
        let end_at = self.place(self.pieces.partition_point(|(from, _)| *from < end), end);
        Span::new(start_at, end_at)
    }

    pub fn whole(&self) -> Span {
        self.span(0, self.text.len())
    }

    /// The span of a slice of `text`; the whole line for anything else.
    pub fn span_of(&self, part: &str) -> Span {
        let offset = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize);
        match offset.filter(|offset| offset + part.len() <= self.text.len()) {
            Some(offset) => self.span(offset, offset + part.len()),
            None => self.whole(),
        }
    }

    fn place(&self, pieces: usize, offset: usize) -> usize {
        let piece = self.pieces.get(pieces.saturating_sub(1));
        piece.map_or(0, |(from, at)| at + offset.saturating_sub(*from))
    }
}
