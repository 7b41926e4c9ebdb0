//! Everything about one finding, as text to scroll; and the strip that shows the heart of it.

use ratatui::layout::Rect;

use super::canvas::rule;
use super::findings::{severity, status_role};
use super::{Canvas, Styled, snippet};
use crate::model::Confidence;
use crate::text::{SafeText, elide_end, wrap};
use crate::theme::Role;
use crate::tui::loaded::CommitText;
use crate::tui::state::{Slot, State};
use crate::tui::store::{self, PlaceText, Row, Shelf};

pub(super) fn draw(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    canvas.lines(area, &lines(state, usize::from(area.width)), state.detail_scroll);
}

fn section(width: usize, title: &str) -> Styled {
    rule(width, &Styled::new().lit(Role::Title, title))
}

fn wrapped(out: &mut Vec<Styled>, role: Role, text: &SafeText, width: usize) {
    for line in wrap(text, width.saturating_sub(2)) {
        out.push(Styled::new().lit(role, " ").text(role, &line));
    }
}

pub fn lines(state: &State, width: usize) -> Vec<Styled> {
    let Some(row) = state.subject_row() else {
        return vec![Styled::new().lit(Role::Dim, " no finding chosen")];
    };
    let mut out = Vec::new();
    let (glyph, _) = severity(row.severity());
    let mut first = Styled::new()
        .lit(Role::severity(row.severity()), &format!(" {glyph} {}", row.severity().as_str().to_uppercase()))
        .lit(Role::Plain, "  ")
        .text(Role::Strong, &row.policy().id);
    if row.shelf() != Shelf::Fail {
        first = first.lit(Role::StatusReview, &format!("  {}", row.shelf().label()));
    }
    let focus = if state.in_detail { "▌" } else { "" };
    let status =
        Styled::new().text(status_role(row), &elide_end(&row.status_word(), 18)).lit(Role::Key, focus);
    out.push(first.with_right(width, status));
    wrapped(&mut out, Role::Strong, &row.policy().title, width);
    wrapped(&mut out, Role::Plain, &row.resource(), width);
    let column = format!(":{}", row.range().0.column);
    let placed = match row.confidence() {
        Confidence::PathGiven => column,
        found => format!("{column}  {}", found.as_str()),
    };
    wrapped(&mut out, Role::Dim, &row.location().clone().with(&placed), width);

    out.push(section(width, "why"));
    wrapped(&mut out, Role::Plain, &row.message(), width);
    if !row.policy().controls.is_empty() {
        let mut controls = SafeText::default();
        for (at, control) in row.policy().controls.iter().enumerate() {
            controls.push_str(if at == 0 { "" } else { "   " });
            controls.push(control);
        }
        wrapped(&mut out, Role::Dim, &controls, width);
    }
    if state.show_policy {
        policy_text(state, row, &mut out, width);
    }
    source(state, row, &mut out, width);
    evidence(row, &mut out, width);
    if !row.policy().remediation.is_empty() {
        out.push(section(width, "remediation"));
        for line in &row.policy().remediation {
            wrapped(&mut out, Role::Plain, line, width);
        }
    }
    out.push(section(width, "origin"));
    origin(state, row, &mut out, width);
    out.push(section(width, "waiver"));
    waiver(row, &mut out, width);
    if !row.raw_owners().is_empty() {
        out.push(section(width, "owners"));
        wrapped(&mut out, Role::Plain, &row.owners(), width);
    }
    triage(state, row, &mut out, width);
    out.push(section(width, "identity"));
    wrapped(&mut out, Role::Dim, &SafeText::new(&row.fingerprint().to_string()), width);
    out
}

/// What the person said of it.
fn triage(state: &State, row: Row<'_>, out: &mut Vec<Styled>, width: usize) {
    if let Some(note) = state.desk.note(row.key()) {
        out.push(section(width, "note"));
        wrapped(out, Role::Info, &SafeText::prose(note), width);
    }
    if state.desk.is_changed(row) {
        out.push(Styled::new().lit(Role::Warn, " ~ changed since you reviewed it"));
    }
}

fn source(state: &State, row: Row<'_>, out: &mut Vec<Styled>, width: usize) {
    let mut title = Styled::new().lit(Role::Title, "source");
    match state.sources.get(row.key()) {
        Some(Slot::Ready(source)) => {
            title = title.lit(Role::Dim, "  ").text(Role::Dim, &source.revision);
            out.push(rule(width, &title));
            let doc = &source.doc;
            for (is, role, text) in [
                (doc.danger, Role::Danger, "deceptive characters: not what it looks like"),
                (doc.not_utf8, Role::Warn, "not UTF-8: odd bytes are shown as \\xNN"),
            ] {
                if is {
                    out.push(Styled::new().lit(Role::Plain, " ").lit(role, text).elided(width));
                }
            }
            let context = if state.one_pane() { 3 } else { 5 };
            out.extend(snippet::lines(source, row.range(), context, width));
        }
        Some(Slot::Failed(why)) => {
            out.push(rule(width, &title));
            wrapped(out, Role::Error, why, width);
        }
        Some(Slot::Loading(_)) | None => {
            out.push(rule(width, &title));
            out.push(Styled::new().lit(Role::Dim, " reading"));
        }
    }
}

fn policy_text(state: &State, row: Row<'_>, out: &mut Vec<Styled>, width: usize) {
    let title = Styled::new().lit(Role::Title, "policy  ").text(Role::Dim, &row.policy().file);
    out.push(rule(width, &title));
    match state.policies.get(row.key()) {
        Some(Slot::Ready(text)) => {
            for (number, line) in (1..).zip(text.iter()) {
                out.push(
                    Styled::new().lit(Role::Number, &format!(" {number:>3} │ ")).text(Role::Plain, line),
                );
            }
        }
        Some(Slot::Failed(why)) => wrapped(out, Role::Error, why, width),
        Some(Slot::Loading(_)) | None => out.push(Styled::new().lit(Role::Dim, " reading")),
    }
}

fn evidence(row: Row<'_>, out: &mut Vec<Styled>, width: usize) {
    let Some(finding) = row.finding() else { return };
    if finding.evidence.is_none() && finding.evidence_places.is_empty() {
        return;
    }
    out.push(section(width, "what the policy read"));
    for place in finding.evidence_places.iter().map(PlaceText::new) {
        let mut text = SafeText::new(place.role);
        text.push_str("  ");
        text.push(&place.name);
        if !place.value.is_empty() {
            text.push_str(" = ");
            text.push(&place.value);
        }
        text.push_str("  ");
        wrapped(out, Role::Plain, &text.and(&place.location), width);
    }
    for (name, value) in &store::evidence(finding.evidence.as_ref()) {
        let mut text = SafeText::default();
        if !name.is_empty() {
            text.push(name);
            text.push_str(" = ");
        }
        wrapped(out, Role::Plain, &text.and(value), width);
    }
}

fn origin(state: &State, row: Row<'_>, out: &mut Vec<Styled>, width: usize) {
    match state.traces.get(row.key()) {
        Some(Slot::Ready(trace)) => {
            if let Some(commit) = &trace.commit {
                commit_lines(commit, out, width);
            }
            wrapped(out, Role::Dim, &SafeText::new(trace.verb()), width);
        }
        Some(Slot::Failed(why)) => wrapped(out, Role::Warn, why, width),
        Some(Slot::Loading(_)) => out.push(Styled::new().lit(Role::Dim, " tracing")),
        None => match state.origins.get(&row.key()).map(|origin| origin.commit.as_deref()) {
            Some(Some(commit)) => commit_lines(commit, out, width),
            Some(None) => wrapped(out, Role::Dim, &SafeText::new("not committed yet"), width),
            None => out.push(
                Styled::new().lit(Role::Plain, " ").lit(Role::Key, "t").lit(Role::Dim, " finds the commit"),
            ),
        },
    }
}

fn commit_lines(commit: &CommitText, out: &mut Vec<Styled>, width: usize) {
    let line = Styled::new()
        .lit(Role::Plain, " ")
        .text(Role::Strong, &commit.short)
        .lit(Role::Plain, "  ")
        .text(Role::Plain, &commit.day())
        .lit(Role::Plain, "  ")
        .text(Role::Plain, &commit.author);
    out.push(line.elided(width));
    wrapped(out, Role::Plain, &commit.subject, width);
}

fn waiver(row: Row<'_>, out: &mut Vec<Styled>, width: usize) {
    let Some(waiver) = row.waiver() else {
        let text =
            if row.shelf() == Shelf::Fail { " none" } else { " not needed: this verdict does not gate" };
        out.push(Styled::new().lit(Role::Dim, text));
        return;
    };
    let role = status_role(row);
    let line = Styled::new()
        .lit(role, " ")
        .text(role, &waiver.state)
        .lit(Role::Plain, if row.waived() { " until " } else { ", was to end " })
        .text(Role::Plain, &waiver.expires)
        .lit(Role::Plain, "  by ")
        .text(Role::Plain, &waiver.people);
    out.push(line.elided(width));
    wrapped(out, Role::Dim, &waiver.id, width);
    wrapped(out, Role::Plain, &waiver.reason, width);
    for cause in &waiver.causes {
        wrapped(out, Role::Warn, &SafeText::new("- ").and(cause), width);
    }
}

/// The strip under the list at 80x24: message, marked line, and where it comes from or who waived it.
pub(super) fn peek(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    let Some(row) = state.subject_row() else {
        canvas.rule(area, &Styled::new());
        return;
    };
    let title = Styled::new()
        .text(Role::Title, &row.policy().id)
        .lit(Role::Plain, "  ")
        .lit(Role::severity(row.severity()), &row.severity().as_str().to_uppercase())
        .lit(Role::Plain, "  ")
        .text(Role::Plain, &row.resource());
    let mut out = vec![rule(width, &title)];
    let message = wrap(&row.message(), width.saturating_sub(2));
    let room = usize::from(area.height).saturating_sub(2);
    let code: Vec<Styled> = match state.sources.get(row.key()) {
        Some(Slot::Ready(source)) => {
            snippet::lines(source, row.range(), 0, width).into_iter().take(2).collect()
        }
        Some(Slot::Failed(why)) => vec![Styled::new().lit(Role::Error, " ").text(Role::Error, why)],
        Some(Slot::Loading(_)) | None => vec![Styled::new().lit(Role::Dim, " reading the source")],
    };
    let keep = room.saturating_sub(code.len()).max(1);
    for (at, line) in message.iter().take(keep).enumerate() {
        let more = if at + 1 == keep && message.len() > keep { " …" } else { "" };
        let line = Styled::new().lit(Role::Plain, " ").text(Role::Plain, line).lit(Role::Dim, more);
        out.push(line.elided(width));
    }
    out.extend(code);
    let mut last = Vec::new();
    let traced = state.traces.ready(row.key()).is_some() || state.origins.contains_key(&row.key());
    if row.waived() || row.has_waiver() && !traced {
        waiver(row, &mut last, width);
    } else {
        origin(state, row, &mut last, width);
    }
    out.extend(last.into_iter().take(1));
    canvas.lines(area, &out, 0);
}
