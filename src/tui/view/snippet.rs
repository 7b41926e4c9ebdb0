//! Source lines with numbers, and the span that caused the finding marked in them.
//!
//! ```text
//!   40 │ resource "aws_s3_bucket" "models" {
//! ▶ 41 │   bucket = "acme-models-prod"
//!      │            ^^^^^^^^^^^^^^^^^^
//! ```

use super::Styled;
use super::canvas::shift;
use crate::model::Position;
use crate::text::{SafeText, SourceLine, fit};
use crate::theme::Role;
use crate::tui::loaded::Source;

/// Marked lines shown of a long span before it is cut.
const MARKED: usize = 12;

/// The lines around a range, `context` before and after.
pub(super) fn lines(
    source: &Source,
    range: (Position, Position),
    context: usize,
    width: usize,
) -> Vec<Styled> {
    let start = to_usize(range.0.line).max(1);
    let end = to_usize(range.1.line).max(start);
    let first = start.saturating_sub(context).max(1);
    let last = end.saturating_add(context).min(source.doc.total);
    let digits = last.to_string().len().max(3);
    let room = width.saturating_sub(digits + 5);

    // Long lines are scrolled so that the mark can be seen.
    let index = to_usize(range.0.column).saturating_sub(1);
    let column = source.doc.line(start).map_or(0, |line| line.column_of(index));
    let scroll = if column + 12 > room { column.saturating_sub(room / 3) } else { 0 };

    let mut out = Vec::new();
    if source.doc.line(start).is_none() {
        let text =
            format!(" line {start} is beyond the end of the file, which has {} lines", source.doc.total);
        out.push(Styled::new().lit(Role::Warn, &text));
        return out;
    }
    for line in source.doc.lines.iter().filter(|line| (first..=last).contains(&line.number)) {
        let inside = (start..=end).contains(&line.number);
        let depth = line.number.saturating_sub(start);
        if inside && depth >= MARKED && line.number != end {
            if depth == MARKED {
                let hidden = end - line.number;
                out.push(gutter(None, digits).lit(Role::Dim, &format!("… {hidden} more marked lines")));
            }
            continue;
        }
        let (from, to) = if inside { marked(line, range, start, end) } else { (0, 0) };
        let arrow = if line.number == start {
            "▶"
        } else if line.text.has_danger() {
            "!"
        } else {
            " "
        };
        let number = Some((arrow, line.number));
        out.push(gutter(number, digits).join(code(&line.text, from, to, scroll)));
        if line.number == start {
            // One sign at least, so that an empty span is seen too; never past what is visible.
            let until = to.max(from + 1).min(scroll + room.max(1));
            let carets = "^".repeat(until.saturating_sub(from.max(scroll)).max(1));
            let before = " ".repeat(from.saturating_sub(scroll));
            out.push(gutter(None, digits).lit(Role::Plain, &before).lit(Role::Caret, &carets));
        }
    }
    out
}

/// The columns of a line that the span covers.
fn marked(line: &SourceLine, range: (Position, Position), start: usize, end: usize) -> (usize, usize) {
    let text = line.text.as_str();
    let indent = text.len() - text.trim_start_matches(' ').len();
    let from = if line.number == start {
        line.column_of(to_usize(range.0.column).saturating_sub(1))
    } else {
        indent
    };
    let to = if line.number == end {
        line.column_of(to_usize(range.1.column).saturating_sub(1))
    } else {
        line.text.width()
    };
    (from, to.max(from))
}

fn gutter(number: Option<(&str, usize)>, digits: usize) -> Styled {
    match number {
        Some((arrow, number)) => Styled::new()
            .lit(if arrow == "!" { Role::Danger } else { Role::Caret }, arrow)
            .lit(Role::Number, &format!(" {number:>digits$} │ ")),
        None => Styled::new().lit(Role::Number, &format!("{:>1$} │ ", "", digits + 2)),
    }
}

fn code(text: &SafeText, from: usize, to: usize, scroll: usize) -> Styled {
    let head = fit(text, from);
    let marked = fit(text, to);
    let (at, until) = (head.as_str().len(), marked.as_str().len().max(head.as_str().len()));
    let (from_column, to_column) = (head.width(), marked.width());
    // What is scrolled out on the left is announced, in the column that it costs.
    let skipped = scroll + usize::from(scroll > 0);
    Styled::new()
        .lit(Role::Dim, if scroll > 0 && !text.is_empty() { "…" } else { "" })
        .text(Role::Plain, &shift(&head, skipped))
        .text(Role::Mark, &shift(&text.slice(at, until), skipped.saturating_sub(from_column)))
        .text(Role::Plain, &shift(&text.slice(until, usize::MAX), skipped.saturating_sub(to_column)))
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number.max(1)).unwrap_or(usize::MAX)
}
