//! The list of findings and the rail beside it. Only visible rows are ever made.

use ratatui::layout::Rect;

use super::canvas::rule;
use super::{Canvas, Styled};
use crate::model::Severity;
use crate::text::{SafeText, elide_end, elide_middle, elide_path};
use crate::theme::Role;
use crate::tui::listing::{Group, GroupBy, Line};
use crate::tui::state::State;
use crate::tui::store::{Row, Shelf};

/// Word and glyph of a severity: told apart without colour.
pub(super) fn severity(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Critical => ("█", "CRIT"),
        Severity::High => ("▆", "HIGH"),
        Severity::Medium => ("▄", "MED "),
        Severity::Low => ("▂", "LOW "),
    }
}

pub(super) fn status_role(row: Row<'_>) -> Role {
    match row.shelf() {
        Shelf::Fail if row.waived() => Role::StatusWaived,
        Shelf::Fail if row.has_waiver() => Role::StatusExpired,
        Shelf::Fail => Role::StatusOpen,
        Shelf::Review | Shelf::Inconclusive => Role::StatusReview,
    }
}

pub(super) fn list(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    if state.listing.lines.is_empty() {
        empty(state, canvas, area);
        return;
    }
    let visible = state.listing.lines.iter().enumerate().skip(state.list.top);
    for (screen_row, (at, line)) in area.rows().zip(visible) {
        let on = at == state.list.cursor;
        let width = usize::from(area.width);
        let drawn = match line {
            Line::Head(group) => state.listing.groups.get(*group).map(|group| head(group, width)),
            Line::Row(row) => state.store.get(*row).map(|row| finding(state, row, width)),
        };
        let bar = if on { "▌" } else { " " };
        let mut line = Styled::new().lit(Role::Key, bar).join(drawn.unwrap_or_default());
        if on {
            line = line.base(Role::Cursor);
        }
        canvas.line(screen_row, &line);
    }
}

/// `▾ PB-DATA-001  Training data is encrypted        3 of 5 open`
fn head(group: &Group, width: usize) -> Styled {
    let fold = if group.folded { "▸ " } else { "▾ " };
    let mut line = Styled::new().lit(Role::Dim, fold);
    if !group.key.0.label().is_empty() {
        line = line.lit(Role::StatusReview, group.key.0.label()).lit(Role::Plain, "  ");
    }
    line = line.text(Role::Group, &group.id).lit(Role::Plain, "  ").text(Role::Group, &group.title);
    let count = if group.key.0 != Shelf::Fail || group.open == group.rows {
        format!("{} ", group.rows)
    } else {
        format!("{} of {} open ", group.open, group.rows)
    };
    let count = match group.reviewed {
        0 => count,
        reviewed => format!("✓{reviewed}  {count}"),
    };
    line.with_right(width.saturating_sub(1), Styled::new().lit(Role::Dim, &count))
}

/// `█ CRIT  aws_s3_bucket.models   infra/main.tf:12   a1f3c9e  265d   open`
fn finding(state: &State, row: Row<'_>, width: usize) -> Styled {
    let (glyph, word) = severity(row.severity());
    // The longest word and a tick.
    let status_width = if width >= 60 { 13 } else { 0 };
    // The commit has seven characters, the age up to five.
    let group = state.desk.view.group;
    let by_policy = group == GroupBy::Policy;
    let origin_width = match width {
        _ if group == GroupBy::Commit => 0,
        0..70 => 0,
        70..92 => 8,
        _ => 15,
    };
    let rest = width.saturating_sub(1 + 8 + status_width + origin_width + 2);
    let policy_width = if by_policy { 0 } else { 12 };
    let rest = rest.saturating_sub(policy_width);
    let resource_width = rest * 52 / 100;
    let location_width = rest.saturating_sub(resource_width + 1);
    let text = if row.waived() { Role::RowWaived } else { Role::Plain };
    let marked = if state.desk.is_marked(row.key()) || state.range == Some(row.key()) { "*" } else { " " };
    let mut line =
        Styled::new().lit(Role::Key, marked).lit(Role::severity(row.severity()), &format!("{glyph} {word} "));
    // The group's head says it where it can.
    if !by_policy {
        line = line.text(text, &elide_end(&row.policy().id, policy_width - 1));
    }
    let from = 8 + policy_width;
    let mut line = line
        .column(from)
        .text(text, &elide_middle(&short_resource(row), resource_width))
        .column(from + resource_width + 1)
        .text(Role::Dim, &elide_path(&row.location(), location_width));
    if origin_width > 0 {
        line = line.column(from + rest + 1).join(origin(state, row, origin_width));
    }
    let status = row.status_word();
    if status_width > 0 {
        line = line
            .column(from + rest + 1 + origin_width)
            .text(status_role(row), &elide_end(&status, status_width - 1));
    }
    line.with_right(width.saturating_sub(1), ticks(state, row, status_width > 0))
}

/// `+` new since the baseline; what the person did: `c` noted, `✓` reviewed, `~` reviewed and changed since.
fn ticks(state: &State, row: Row<'_>, has_status: bool) -> Styled {
    let mut line = Styled::new();
    if row.waived() && !has_status {
        line = line.lit(Role::StatusWaived, "w");
    }
    if state.desk.is_new(row) {
        line = line.lit(Role::Added, "+");
    }
    if state.desk.note(row.key()).is_some() {
        line = line.lit(Role::Info, "c");
    }
    if state.desk.is_reviewed(row) {
        line = line.lit(Role::Ok, "✓");
    } else if state.desk.is_changed(row) {
        line = line.lit(Role::Warn, "~");
    }
    line
}

/// The commit that introduced it, and where there is room how long ago.
fn origin(state: &State, row: Row<'_>, width: usize) -> Styled {
    let Some(origin) = state.origins.get(&row.key()) else { return Styled::new() };
    let Some(commit) = &origin.commit else { return Styled::new().lit(Role::Warn, "not yet") };
    let line = Styled::new().text(Role::Dim, &commit.short);
    if width < 15 { line } else { line.lit(Role::Dim, " ").text(Role::Dim, &elide_end(&origin.age, 6)) }
}

/// The address without its root: the location beside it tells roots apart, the detail has all of it.
fn short_resource(row: Row<'_>) -> SafeText {
    let at = row.resource().as_str().rfind("//").map_or(0, |at| at + 2);
    row.resource().slice(at, usize::MAX)
}

fn empty(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let line = |role, text: &str| Styled::new().lit(role, "  ").lit(role, text);
    let lines = if let Some(error) = &state.audit.error {
        vec![Styled::new().lit(Role::Error, "  ").text(Role::Error, error), line(Role::Dim, "r audits again")]
    } else if !state.audit.complete {
        vec![line(Role::Dim, "auditing: findings appear here as they come")]
    } else if !state.store.is_empty() {
        let mut lines = vec![line(Role::Plain, "no finding matches the filter")];
        if let Some(problem) = &state.filter_problem {
            lines.push(Styled::new().lit(Role::Warn, "  ! ").text(Role::Warn, problem));
        }
        lines.push(line(Role::Dim, "esc clears it"));
        lines
    } else if state.summary.incomplete() {
        vec![
            line(Role::Error, "no findings, but this is not a clean result"),
            line(Role::Plain, "something could not be read or evaluated: 1 shows what and why"),
        ]
    } else {
        vec![line(Role::Ok, "no findings"), line(Role::Dim, "1 shows what was read")]
    };
    canvas.lines(area, &lines, 0);
}

/// Groups with their weight, then counts by severity and status.
pub(super) fn rail(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    let title = state.desk.view.group.plural();
    let mut lines = vec![rule(width, &Styled::new().lit(Role::Title, title))];
    let most = state.listing.groups.iter().map(|group| group.rows).max().unwrap_or(1).max(1);
    let current = state.listing.group_of(state.list.cursor).map(|group| &group.key);
    let room = usize::from(area.height).saturating_sub(9).max(1);
    for group in state.listing.groups.iter().take(room) {
        let on = current == Some(&group.key);
        let bar = "█".repeat((group.rows * 10).div_ceil(most));
        let count = format!("{:>5} ", group.rows);
        let line = Styled::new()
            .lit(Role::Key, if on { "▌" } else { " " })
            .text(if on { Role::Strong } else { Role::Plain }, &elide_middle(&group.id, 14))
            .column(15)
            .lit(Role::Plain, &count);
        let line = match group.key.0 {
            Shelf::Fail => line.lit(Role::severity(group.severity), &bar),
            shelf => line.lit(Role::StatusReview, &shelf.label().to_lowercase()),
        };
        lines.push(line);
    }
    let all = state.listing.groups.len() + 1;
    if all > room {
        let more = all - room + 1;
        lines.truncate(room - 1);
        lines.push(Styled::new().lit(Role::Dim, &format!(" … {more} more")));
    }
    lines.push(Styled::new());
    lines.push(rule(width, &Styled::new().lit(Role::Title, "open and waived")));
    for level in Severity::ALL {
        let (open, waived) = state.store.by_severity(level);
        let (glyph, word) = severity(level);
        lines.push(
            Styled::new()
                .lit(Role::severity(level), &format!(" {glyph} {word}"))
                .lit(Role::Plain, &format!("{open:>9}"))
                .lit(Role::Dim, &format!("{waived:>9}")),
        );
    }
    canvas.lines(area, &lines, 0);
}
