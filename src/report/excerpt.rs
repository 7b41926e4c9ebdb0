//! The lines that a place covers, out of the files that were audited, with the place marked.

use std::collections::BTreeMap;

use crate::model::Location;
use crate::text::{SafeText, SourceDoc};

/// Marked lines of a long place that are shown.
const MARKED: usize = 6;

/// Files by path, as they were audited.
#[derive(Debug, Clone, Default)]
pub struct Sources(BTreeMap<String, Vec<u8>>);

/// A line of a file, and the columns of it that are marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcerptLine {
    /// From 1.
    pub number: usize,
    pub text: SafeText,
    /// From and up to, in cells; `None` where nothing of it is.
    pub mark: Option<(usize, usize)>,
}

/// Some lines, and how many marked ones are left out after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub lines: Vec<ExcerptLine>,
    pub hidden: usize,
}

impl Sources {
    pub fn new(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self(files)
    }

    /// The lines of a place with some around; `None` where the file is not there, or is shorter.
    pub fn excerpt(&self, place: &Location, around: usize) -> Option<Excerpt> {
        let number = |line: u32| usize::try_from(line).unwrap_or(usize::MAX).max(1);
        let (start, end) = (number(place.start.line), number(place.end.line).max(number(place.start.line)));
        let last_marked = end.min(start.saturating_add(MARKED - 1));
        let after = if last_marked == end { around } else { 0 };
        let bytes = self.0.get(&place.path)?;
        let doc =
            SourceDoc::window(bytes, start.saturating_sub(around).max(1), last_marked.saturating_add(after));
        doc.line(start)?;
        let column = |line: u32, of: &crate::text::SourceLine| of.column_of(number(line) - 1);
        let lines = doc.lines.iter().map(|line| {
            let text = line.text.as_str();
            let indent = text.len() - text.trim_start_matches(' ').len();
            let from = if line.number == start { column(place.start.column, line) } else { indent };
            let to = if line.number == end { column(place.end.column, line) } else { line.text.width() };
            // An empty place is seen, too.
            let mark = (start..=end).contains(&line.number).then(|| (from, to.max(from + 1)));
            ExcerptLine { number: line.number, text: line.text.clone(), mark }
        });
        Some(Excerpt { lines: lines.collect(), hidden: end - last_marked })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Position;

    #[test]
    fn a_place_is_marked_line_by_line() {
        let text = b"a\n\tkey = [\n  1,\n  2,\n]\nz\n".to_vec();
        let sources = Sources::new(BTreeMap::from([("f".to_owned(), text)]));
        let place = |start: (u32, u32), end: (u32, u32)| Location {
            path: "f".to_owned(),
            start: Position { line: start.0, column: start.1 },
            end: Position { line: end.0, column: end.1 },
        };
        let excerpt = sources.excerpt(&place((2, 2), (5, 2)), 1).unwrap();
        let marks: Vec<_> = excerpt.lines.iter().map(|line| (line.number, line.mark)).collect();
        let said = [(1, None), (2, Some((8, 15))), (3, Some((2, 4))), (4, Some((2, 4))), (5, Some((0, 1)))];
        assert_eq!(marks.get(..5), Some(&said[..]));
        assert_eq!((marks.last(), excerpt.hidden), (Some(&(6, None)), 0));
        assert_eq!(sources.excerpt(&place((9, 1), (9, 1)), 0), None);
        let long = Sources::new(BTreeMap::from([("f".to_owned(), b"x\n".repeat(20))]));
        let excerpt = long.excerpt(&place((1, 1), (20, 2)), 3).unwrap();
        assert_eq!((excerpt.lines.len(), excerpt.hidden), (MARKED, 20 - MARKED));
    }
}
