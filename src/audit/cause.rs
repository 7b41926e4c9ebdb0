//! Which lines of a change made a verdict flip: those that touch what the verdict rests on.
//!
//! ```text
//!   diff of a commit ─┐
//!                     ├──> lines within the places, marked; what holds them comes first
//!   places of the finding, on the side of the commit that has it
//! ```
//! A line that one side lacks stands, on the other, between two lines: a block that lost its setting is known by where
//! the setting was.

use crate::model::{DiffLine, DiffLineKind, EvidenceRole, Finding, Location};

/// The side of a change that has the finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// Marks the cause and puts it first.
pub fn mark(diff: &mut Vec<DiffLine>, finding: &Finding, side: Side) {
    let exact = finding.evidence_places.iter().filter(|place| place.role != EvidenceRole::Member);
    let exact: Vec<&Location> = exact.map(|place| &place.location).collect();
    let wide = finding.evidence_places.iter().map(|place| &place.location);
    let wide: Vec<&Location> = wide.chain([&finding.location]).collect();
    // A change of exactly what was tested says more than one somewhere in the block.
    if !mark_within(diff, &exact, side) {
        mark_within(diff, &wide, side);
    }
    put_first(diff, &finding.location.path);
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
            DiffLineKind::Hunk => next = starts(&line.text).unwrap_or_default(),
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

/// `@@ -12,3 +14,4 @@ name`: the first lines of a hunk in the old and in the new file.
fn starts(header: &str) -> Option<(u32, u32)> {
    let mut words = header.strip_prefix("@@ -")?.split(' ');
    let first = |range: &str| range.split(',').next()?.parse().ok();
    Some((first(words.next()?)?, first(words.next()?.strip_prefix('+')?)?))
}

/// Files with the cause before the finding's own and that before others; within a file, hunks with the cause.
fn put_first(diff: &mut Vec<DiffLine>, own: &str) {
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
    use super::starts;

    #[test]
    fn headers_of_hunks() {
        assert_eq!(starts("@@ -12,3 +14,4 @@ fn x() @@ -1"), Some((12, 14)));
        assert_eq!(starts("@@ -0,0 +1 @@"), Some((0, 1)));
        assert_eq!(starts("(cut after 5000 lines)"), None);
    }
}
