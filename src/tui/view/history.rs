//! Posture over time: a chart, the commits with what each brought and took away, and what that was.

use ratatui::layout::Rect;

use super::canvas::rule;
use super::findings::severity;
use super::{Canvas, Styled};
use crate::model::{Happening, Severity};
use crate::text::{SafeText, elide_end, wrap};
use crate::theme::Role;
use crate::tui::past::{ChangeText, PastText, PostureRow};
use crate::tui::state::{Slot, State};
use crate::tui::update::plural;

/// A commit takes at most so many columns of the chart.
const WIDEST: usize = 4;
/// From this width on there is room for authors.
const ROOMY: usize = 60;
/// Columns for the numbers beside the chart.
const SCALE: usize = 7;

pub struct Parts {
    pub chart: Rect,
    pub head: Rect,
    pub list: Rect,
    pub changes: Rect,
}

/// Chart and changes take a third and a quarter, where the list keeps enough.
pub fn parts(area: Rect) -> Parts {
    let roomy = area.height >= 14;
    let chart = if roomy { area.height / 3 } else { 0 };
    let changes = if roomy { area.height / 4 } else { 0 };
    let rows = |y: u16, height: u16| Rect { y: area.y + y, height, ..area };
    let head = u16::from(area.height > chart + changes + 1);
    Parts {
        chart: rows(0, chart),
        head: rows(chart, head),
        list: rows(chart + head, area.height.saturating_sub(chart + head + changes)),
        changes: rows(area.height - changes, changes),
    }
}

pub(super) fn draw(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let past = match &state.past.slot {
        Some(Slot::Ready(past)) => past,
        Some(Slot::Failed(why)) => {
            let lines = wrap(why, usize::from(area.width).saturating_sub(2));
            let lines: Vec<Styled> =
                lines.iter().map(|line| Styled::new().lit(Role::Warn, " ").text(Role::Warn, line)).collect();
            canvas.lines(area, &lines, 0);
            return;
        }
        Some(Slot::Loading(_)) | None => {
            let count = match state.past.total {
                0 => String::new(),
                total => format!(": {} of {total} commits", state.past.done),
            };
            let text = format!(" walking through the history{count}; esc stops");
            canvas.lines(area, &[Styled::new().lit(Role::Progress, &text)], 0);
            return;
        }
    };
    let parts = parts(area);
    canvas.lines(parts.chart, &chart(past, parts.chart), 0);
    list(state, past, canvas, &parts);
    canvas.lines(parts.changes, &changes(state, past, usize::from(parts.changes.width)), 0);
}

/// Open violations from the oldest commit on the left to the newest, the worst at the bottom.
fn chart(past: &PastText, area: Rect) -> Vec<Styled> {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let (Some(newest), Some(oldest)) = (past.rows.first(), past.rows.last()) else { return Vec::new() };
    let title = Styled::new()
        .lit(Role::Title, "open violations over ")
        .lit(Role::Title, &plural(past.rows.len(), "commit", "commits"))
        .lit(Role::Dim, "  ")
        .text(Role::Dim, &oldest.commit.day())
        .lit(Role::Dim, " to ")
        .text(Role::Dim, &newest.commit.day());
    let mut out = vec![rule(width, &title)];
    let bars = columns(past, width.saturating_sub(SCALE));
    let most = bars.iter().map(|open| open.iter().sum::<usize>()).max().unwrap_or(0).max(1);
    let rows = height.saturating_sub(1);
    for row in (0..rows).rev() {
        let number = if row + 1 == rows {
            most.to_string()
        } else if row == 0 {
            "0".to_owned()
        } else {
            String::new()
        };
        let mut line = Styled::new().lit(Role::Number, &format!(" {number:>4} "));
        for open in &bars {
            let (role, glyph) = cell(open, most, row, rows);
            line = line.lit(role, glyph);
        }
        out.push(line);
    }
    out
}

/// The posture under each column; where several commits share one, that with the most violations.
fn columns(past: &PastText, width: usize) -> Vec<[usize; 4]> {
    let commits = past.rows.len();
    if width == 0 || commits == 0 {
        return Vec::new();
    }
    let oldest_first = |at: usize| past.rows.get(commits - 1 - at.min(commits - 1)).map(|row| row.open);
    if commits <= width {
        let wide = (width / commits).clamp(1, WIDEST);
        return (0..commits * wide).filter_map(|column| oldest_first(column / wide)).collect();
    }
    let most = |column: usize| {
        let (from, to) = (column * commits / width, (column + 1) * commits / width);
        (from..to).filter_map(oldest_first).max_by_key(|open| open.iter().sum::<usize>())
    };
    (0..width).filter_map(most).collect()
}

/// An eighth of a row is told apart: `▁` to `█`.
fn cell(open: &[usize; 4], most: usize, row: usize, rows: usize) -> (Role, &'static str) {
    const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let eighths = |count: usize| (count * rows * 8).div_ceil(most);
    let filled = eighths(open.iter().sum()).saturating_sub(row * 8).min(8);
    // The severity that reaches to this row.
    let mut height = 0;
    let mut level = Severity::Low;
    for (severity, count) in Severity::ALL.iter().zip(open) {
        height += count;
        if *count > 0 && eighths(height) > row * 8 {
            level = *severity;
            break;
        }
    }
    (Role::severity(level), EIGHTHS.get(filled).copied().unwrap_or(" "))
}

fn list(state: &State, past: &PastText, canvas: &mut Canvas<'_>, parts: &Parts) {
    let width = usize::from(parts.list.width);
    let [a, b, c] = numbers(width);
    let author = if width < ROOMY { String::new() } else { format!("{:<17}", "AUTHOR") };
    let head = Styled::new().lit(Role::Dim, &format!("  COMMIT   {:<12}{author}", "DATE"));
    let head = head.lit(Role::Dim, &format!("{:>a$}{:>b$}{:>c$}   SUBJECT", "NEW", "FIXED", "OPEN"));
    canvas.line(parts.head, &head.elided(width));
    let place = state.past.place;
    for (row, at) in parts.list.rows().zip(place.top..) {
        let drawn = match at.checked_sub(1) {
            None => opened(state),
            Some(at) => match past.rows.get(at) {
                Some(posture) => commit(state, posture, width),
                None => break,
            },
        };
        let on = at == place.cursor;
        let mut line = Styled::new().lit(Role::Key, if on { "▌" } else { " " }).join(drawn);
        if on {
            line = line.base(Role::Cursor);
        }
        canvas.line(row, &line.elided(width));
    }
}

/// Widths of the columns new, fixed and open.
fn numbers(width: usize) -> [usize; 3] {
    if width < ROOMY { [4, 6, 5] } else { [5, 7, 7] }
}

/// The way back from a visit.
fn opened(state: &State) -> Styled {
    let (mark, text) = match &state.visited {
        None => ("*", "what was opened, shown now"),
        Some(_) => (" ", "back to what was opened"),
    };
    Styled::new().lit(Role::Key, mark).lit(Role::Plain, text)
}

fn commit(state: &State, row: &PostureRow, width: usize) -> Styled {
    let visited = state.visited.as_ref().is_some_and(|visited| visited.id == row.commit.id);
    let changed =
        |count: usize, sign: &str| if count == 0 { String::new() } else { format!("{sign}{count}") };
    let text = if row.new + row.fixed > 0 { Role::Plain } else { Role::Dim };
    let mut line = Styled::new()
        .lit(Role::Key, if visited { "*" } else { " " })
        .text(Role::Strong, &row.commit.short)
        .lit(Role::Plain, "  ")
        .text(text, &row.commit.day())
        .lit(Role::Plain, "  ");
    if width >= ROOMY {
        line = line.text(text, &elide_end(&row.commit.author, 15)).column(38);
    }
    let [a, b, c] = numbers(width);
    line = line
        .lit(Role::Added, &format!("{:>a$}", changed(row.new, "+")))
        .lit(Role::Removed, &format!("{:>b$}", changed(row.fixed, "-")))
        .lit(Role::Plain, &format!("{:>c$}", row.total()))
        .lit(Role::Warn, if row.incomplete { " ! " } else { "   " });
    if row.merge {
        line = line.lit(Role::Dim, "merge: ");
    }
    line.text(text, &row.commit.subject).elided(width.saturating_sub(1))
}

/// What happened to violations at the commit under the cursor.
fn changes(state: &State, past: &PastText, width: usize) -> Vec<Styled> {
    let row = state.past.place.cursor.checked_sub(1).and_then(|at| past.rows.get(at));
    let Some(row) = row else {
        let mut out = vec![rule(width, &Styled::new().lit(Role::Title, "notes"))];
        for note in &past.notes {
            for line in wrap(note, width.saturating_sub(4)) {
                out.push(Styled::new().lit(Role::Warn, " ! ").text(Role::Warn, &line));
            }
        }
        if past.notes.is_empty() {
            out.push(Styled::new().lit(Role::Dim, " enter on a commit opens the audit there"));
        }
        return out;
    };
    let title = Styled::new()
        .text(Role::Title, &row.commit.short)
        .lit(Role::Plain, "  ")
        .text(Role::Title, &row.commit.subject);
    let mut out = vec![rule(width, &title.elided(width.saturating_sub(4)))];
    let changes = past.changes_of(row);
    if row.incomplete {
        out.push(Styled::new().lit(Role::Warn, " ! something could not be read or evaluated here"));
    }
    out.extend(changes.iter().map(|change| changed(change, width)));
    if changes.is_empty() {
        out.push(Styled::new().lit(Role::Dim, " changed nothing that the policies find"));
    }
    out
}

fn changed(change: &ChangeText, width: usize) -> Styled {
    let (role, sign) = match change.what {
        Happening::Introduced | Happening::Reintroduced => (Role::Added, "+"),
        Happening::Fixed => (Role::Removed, "-"),
        Happening::Changed | Happening::Moved => (Role::Plain, "~"),
    };
    let (glyph, word) = severity(change.severity);
    Styled::new()
        .lit(role, &format!(" {sign} {:<13}", change.what.as_str()))
        .lit(Role::severity(change.severity), &format!("{glyph} {word} "))
        .text(Role::Strong, &change.policy)
        .lit(Role::Plain, "  ")
        .text(Role::Plain, &SafeText::clone(&change.resource))
        .elided(width)
}
