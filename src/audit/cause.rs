//! Which lines of a change made a verdict flip: those that touch what the verdict rests on.
//!
//! ```text
//!   diff of a commit ─┐
//!                     ├──> lines within the places, marked; what holds them comes first
//!   places of the finding, on the side of the commit that has it
//! ```
//! A line that one side lacks stands, on the other, between two lines: a block that lost its setting is known by where
//! the setting was.

use std::collections::BTreeSet;

use crate::model::{DiffLine, DiffLineKind, EvidenceRole, Finding, Location};

/// The side of a change that has the finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// Marks the lines that touch what the verdict is known to rest on; false where there is none.
pub fn mark(diff: &mut [DiffLine], finding: &Finding, side: Side) -> bool {
    let exact = finding.evidence_places.iter().filter(|place| place.role != EvidenceRole::Member);
    let exact: Vec<&Location> = exact.map(|place| &place.location).collect();
    mark_within(diff, &exact, side)
}

/// Marks what some hunks change: where that touches the block that is at fault, this alone.
pub fn mark_hunks(diff: &mut [DiffLine], causes: &BTreeSet<usize>, finding: &Finding, side: Side) {
    let wide = finding.evidence_places.iter().map(|place| &place.location);
    let wide: Vec<&Location> = wide.chain([&finding.location]).collect();
    let mut narrow: Vec<DiffLine> = diff.to_vec();
    mark_within(&mut narrow, &wide, side);
    let mut hunk = None;
    let mut within = vec![false; diff.len()];
    for (line, within) in diff.iter().zip(&mut within) {
        if line.kind == DiffLineKind::Hunk {
            hunk = Some(hunk.map_or(0, |hunk| hunk + 1));
        }
        let changed = matches!(line.kind, DiffLineKind::Added | DiffLineKind::Removed);
        *within = changed && hunk.is_some_and(|hunk| causes.contains(&hunk));
    }
    let both = within.iter().zip(&narrow).any(|(within, line)| *within && line.cause);
    for ((line, within), narrow) in diff.iter_mut().zip(within).zip(narrow) {
        line.cause = within && (!both || narrow.cause);
    }
}

/// Where a hunk stands on both sides of a change: the first line, and how many.
pub struct Hunk {
    pub path: String,
    old: (usize, usize),
    new: (usize, usize),
}

/// The hunks of a diff, in its order.
pub fn hunks(diff: &[DiffLine]) -> Vec<Hunk> {
    let headers = diff.iter().filter(|line| line.kind == DiffLineKind::Hunk);
    let hunk = |line: &DiffLine| {
        let (old, new) = ranges(&line.text).unwrap_or_default();
        Hunk { path: line.path.clone(), old, new }
    };
    headers.map(hunk).collect()
}

impl Hunk {
    /// A file of one side with what the other has in place of this hunk. `side` is the one that `own` is of.
    pub fn undone(&self, own: &[u8], other: &[u8], side: Side) -> Vec<u8> {
        let (from, to) = match side {
            Side::After => (self.new, self.old),
            Side::Before => (self.old, self.new),
        };
        let lines = |bytes: &[u8]| -> Vec<Vec<u8>> {
            bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
        };
        // An empty range stands after the line that it names.
        let begin = |(first, count): (usize, usize)| if count == 0 { first } else { first.saturating_sub(1) };
        let mut own = lines(own);
        let taken = lines(other).into_iter().skip(begin(to)).take(to.1);
        let at = begin(from).min(own.len());
        let end = (at + from.1).min(own.len());
        drop(own.splice(at..end, taken));
        own.concat()
    }
}

fn mark_within(diff: &mut [DiffLine], places: &[&Location], side: Side) -> bool {
    let mut any = false;
    // The lines that come next in the old and in the new file.
    let mut next = (0, 0);
    for line in diff {
        let (old, new) = next;
        let (there, own) = match side {
            Side::Before => (old, DiffLineKind::Removed),
            Side::After => (new, DiffLineKind::Added),
        };
        match line.kind {
            DiffLineKind::Hunk => next = starts(&line.text),
            DiffLineKind::Context => next = (old + 1, new + 1),
            DiffLineKind::Added => next.1 += 1,
            DiffLineKind::Removed => next.0 += 1,
        }
        let changed = matches!(line.kind, DiffLineKind::Added | DiffLineKind::Removed);
        let touches = |place: &&&Location| {
            let (first, last) = (place.start.line, place.end.line);
            // What stood before the first line of a block was not in it.
            let first = if line.kind != own && first < last { first + 1 } else { first };
            place.path == line.path && (first..=last).contains(&there)
        };
        if changed && places.iter().any(|place| touches(&place)) {
            line.cause = true;
            any = true;
        }
    }
    any
}

/// The first lines of a hunk in the old and in the new file.
fn starts(header: &str) -> (u32, u32) {
    let (old, new) = ranges(header).unwrap_or_default();
    let line = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    (line(old.0), line(new.0))
}

/// `@@ -12,3 +14,4 @@ name`: first line and number of lines in the old and in the new file.
fn ranges(header: &str) -> Option<((usize, usize), (usize, usize))> {
    let mut words = header.strip_prefix("@@ -")?.split(' ');
    let range = |text: &str| {
        let (first, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((first.parse().ok()?, count.parse().ok()?))
    };
    Some((range(words.next()?)?, range(words.next()?.strip_prefix('+')?)?))
}

/// Files with the cause before the finding's own and that before others; within a file, hunks with the cause.
pub fn put_first(diff: &mut Vec<DiffLine>, own: &str) {
    let mut hunks: Vec<Vec<DiffLine>> = Vec::new();
    for line in diff.drain(..) {
        match hunks.last_mut() {
            Some(hunk) if line.kind != DiffLineKind::Hunk => hunk.push(line),
            _ => hunks.push(vec![line]),
        }
    }
    let path = |hunk: &[DiffLine]| hunk.first().map(|line| line.path.clone()).unwrap_or_default();
    let has_cause = |hunk: &[DiffLine]| hunk.iter().any(|line| line.cause);
    let files: Vec<String> = hunks.iter().map(|hunk| path(hunk)).collect();
    let causes: Vec<String> = hunks.iter().filter(|hunk| has_cause(hunk)).map(|hunk| path(hunk)).collect();
    hunks.sort_by_cached_key(|hunk| {
        let path = path(hunk);
        let file = files.iter().position(|other| *other == path);
        (!causes.contains(&path), path != own, file, !has_cause(hunk))
    });
    diff.extend(hunks.into_iter().flatten());
}

#[cfg(test)]
mod tests {
    use super::{Hunk, Side, ranges};

    #[test]
    fn headers_of_hunks() {
        assert_eq!(ranges("@@ -12,3 +14,4 @@ fn x() @@ -1"), Some(((12, 3), (14, 4))));
        assert_eq!(ranges("@@ -0,0 +1 @@"), Some(((0, 0), (1, 1))));
        assert_eq!(ranges("(cut after 5000 lines)"), None);
    }

    #[test]
    fn a_hunk_is_undone_on_either_side() {
        let hunk = |old, new| Hunk { path: "a".to_owned(), old, new };
        let (old, new) = (b"one\ntwo\nthree".as_slice(), b"one\n2\n2b\nthree".as_slice());
        let changed = hunk((2, 1), (2, 2));
        assert_eq!(changed.undone(new, old, Side::After), old);
        assert_eq!(changed.undone(old, new, Side::Before), new);
        let removed = hunk((2, 1), (1, 0));
        let (old, new) = (b"one\ntwo\nthree".as_slice(), b"one\nthree".as_slice());
        assert_eq!(removed.undone(new, old, Side::After), old);
        assert_eq!(removed.undone(old, new, Side::Before), new);
    }
}
