//! Waiver records with their derived states, and the drafts that wait.

use ratatui::layout::Rect;

use super::canvas::rule;
use super::{Canvas, Styled};
use crate::text::{SafeText, wrap};
use crate::theme::Role;
use crate::tui::backend::Act;
use crate::tui::form::Form;
use crate::tui::layout::Regions;
use crate::tui::loaded::WaiverRow;
use crate::tui::state::State;

/// Waivers that end in so many days are marked.
const SOON: i64 = 30;

/// Rows for the list; the rest shows what the cursor is on, where there is no side pane.
pub fn list_height(height: u16) -> usize {
    usize::from(height).saturating_sub(7).max(3)
}

pub(super) fn draw(state: &State, canvas: &mut Canvas<'_>, regions: &Regions) {
    let main = regions.main;
    let width = usize::from(main.width);
    let total = state.drafts.len() + state.summary.waivers.len();
    if total == 0 {
        let lines = [
            Styled::new().lit(Role::Plain, "  no waiver records and no drafts"),
            Styled::new().lit(Role::Dim, "  w on a finding starts one"),
        ];
        canvas.lines(main, &lines, 0);
        return;
    }
    let rows = u16::try_from(list_height(main.height)).unwrap_or(main.height).min(main.height);
    let drafts = state.drafts.values().map(draft);
    let records = state.summary.waivers.iter().map(|waiver| record(waiver, width));
    let list = Rect { height: rows, ..main };
    for (row, (at, line)) in list.rows().zip(drafts.chain(records).enumerate().skip(state.waivers.top)) {
        let on = at == state.waivers.cursor;
        let line = Styled::new().lit(Role::Key, if on { "▌" } else { " " }).join(line).elided(width);
        canvas.line(row, &if on { line.base(Role::Cursor) } else { line });
    }
    let below = Rect { y: main.y + rows, height: main.height - rows, ..main };
    let area = regions.side.unwrap_or(below);
    if let Some(side) = regions.side {
        canvas.divider(side.x.saturating_sub(1), side);
    }
    canvas.lines(area, &about(state, usize::from(area.width)), 0);
}

fn draft(form: &Form) -> Styled {
    let line = Styled::new()
        .lit(
            Role::Warn,
            &format!(" {:<9} ", if form.errand.act == Act::Waive { "draft" } else { form.errand.act.word() }),
        )
        .text(Role::Plain, &form.about());
    match form.subject().filter(|_| form.errand.waiver.is_none()) {
        Some(subject) => line.lit(Role::Plain, "  ").text(Role::Plain, &subject.resource),
        None => line.lit(Role::Dim, "  not signed"),
    }
}

fn record(waiver: &WaiverRow, width: usize) -> Styled {
    let mut line = Styled::new()
        .lit(Role::Plain, " ")
        .text(state_role(waiver), &waiver.state)
        .column(if width >= 60 { 18 } else { 10 });
    // What ends soon must not lapse unnoticed; what does not count ends nothing.
    let (role, left) =
        match waiver.days_left.filter(|_| matches!(waiver.state.as_str(), "active" | "pending")) {
            Some(days) if days <= SOON => (Role::Warn, format!("{days:>4} d ! ")),
            Some(days) => (Role::Dim, format!("{days:>4} d   ")),
            None => (Role::Dim, " ".repeat(9)),
        };
    line = line.lit(role, &left).text(Role::Plain, &waiver.id);
    if let Some(cause) = waiver.causes.first() {
        line = line.lit(Role::Plain, "  ").text(Role::Dim, cause);
    }
    line
}

pub(super) fn state_role(waiver: &WaiverRow) -> Role {
    match waiver.state.as_str() {
        "active" => Role::StatusWaived,
        "invalid" => Role::Error,
        _ => Role::StatusExpired,
    }
}

/// What the cursor is on.
fn about(state: &State, width: usize) -> Vec<Styled> {
    let drafts = state.drafts.len();
    let mut out = Vec::new();
    let paragraph = |out: &mut Vec<Styled>, role: Role, text: &SafeText| {
        for line in wrap(text, width.saturating_sub(2)) {
            out.push(Styled::new().lit(role, " ").text(role, &line));
        }
    };
    if let Some(form) = state.drafts.values().nth(state.waivers.cursor) {
        out.push(rule(width, &Styled::new().lit(Role::Title, "draft, not signed")));
        if let Some(waiver) = &form.errand.waiver {
            paragraph(
                &mut out,
                Role::Plain,
                &SafeText::new(form.errand.act.word()).with(" ").and(&SafeText::new(waiver)),
            );
        }
        if let Some(subject) = form.subject() {
            paragraph(&mut out, Role::Strong, &subject.policy.with("  ").and(&subject.title));
            paragraph(&mut out, Role::Plain, &subject.resource);
        }
        out.push(
            Styled::new().lit(Role::Plain, " ").lit(Role::Key, "enter").lit(Role::Dim, " goes on with it"),
        );
        return out;
    }
    let Some(waiver) = state.summary.waivers.get(state.waivers.cursor.saturating_sub(drafts)) else {
        return out;
    };
    let title = Styled::new()
        .text(Role::Title, &waiver.id)
        .lit(Role::Plain, "  ")
        .text(state_role(waiver), &waiver.state);
    out.push(rule(width, &title));
    for cause in &waiver.causes {
        paragraph(&mut out, Role::Warn, &SafeText::new("- ").and(cause));
    }
    let Some(fingerprint) = &waiver.fingerprint else { return out };
    if let Some(row) = state.finding_of(waiver) {
        paragraph(&mut out, Role::Strong, &row.policy().id.clone().with("  ").and(&row.policy().title));
        paragraph(&mut out, Role::Plain, &row.resource());
        paragraph(&mut out, Role::Dim, &row.location());
        if let Some(text) = row.waiver().filter(|text| text.id == waiver.id) {
            paragraph(&mut out, Role::Plain, &text.reason);
            let until = SafeText::new("until ").and(&text.expires).with("  by ").and(&text.people);
            paragraph(&mut out, Role::Plain, &until);
        }
    } else {
        paragraph(&mut out, Role::Dim, &SafeText::new("no finding of this audit has its fingerprint"));
        paragraph(&mut out, Role::Dim, fingerprint);
    }
    out
}
