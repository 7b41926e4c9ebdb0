//! The trace: what happened to a finding, which commit made the verdict flip, and its change.

use ratatui::layout::Rect;

use super::canvas::rule;
use super::findings::severity;
use super::{Canvas, Styled};
use crate::model::{DiffLineKind, Happening, Verdict};
use crate::text::{SafeText, wrap};
use crate::theme::Role;
use crate::tui::loaded::{CommitText, DiffText, Trace};
use crate::tui::past::{EventText, FlipText, LifeText};
use crate::tui::state::{Slot, State};
use crate::tui::store::Row;
use crate::tui::update::plural;

/// Events of a life that are listed around the one that is shown.
const EVENTS: usize = 6;

pub(super) fn draw(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    canvas.lines(area, &lines(state, usize::from(area.width)), state.trace_scroll);
}

pub fn lines(state: &State, width: usize) -> Vec<Styled> {
    let Some(row) = state.subject_row() else {
        return vec![Styled::new().lit(Role::Dim, " no finding chosen: 2 shows the list")];
    };
    let (glyph, word) = severity(row.severity());
    let head = Styled::new()
        .lit(Role::severity(row.severity()), &format!(" {glyph} {} ", word.trim_end()))
        .text(Role::Strong, &row.policy().id)
        .lit(Role::Plain, "  ")
        .text(Role::Plain, &row.resource());
    let mut out = vec![head.elided(width)];
    out.push(Styled::new().lit(Role::Dim, " ").text(Role::Dim, &row.location()).elided(width));
    match state.traces.get(row.key()) {
        Some(Slot::Ready(trace)) => {
            life(state, row, trace, &mut out, width);
            match state.shown_event() {
                Some((_, _, event)) => event_lines(state, event, &mut out, width),
                None => trace_lines(trace, &mut out, width),
            }
        }
        Some(Slot::Failed(why)) => {
            out.push(rule(width, &Styled::new().lit(Role::Title, "trace")));
            paragraph(&mut out, Role::Error, why, width);
        }
        Some(Slot::Loading(_)) | None => {
            out.push(rule(width, &Styled::new().lit(Role::Title, "trace")));
            out.push(
                Styled::new().lit(Role::Progress, " evaluating the policy along the history; esc stops"),
            );
        }
    }
    out
}

/// What happened to the finding, the newest first, with a mark at what is shown below.
fn life(state: &State, row: Row<'_>, traced: &Trace, out: &mut Vec<Styled>, width: usize) {
    if traced.commit.is_none() {
        return;
    }
    out.push(rule(width, &Styled::new().lit(Role::Title, "life")));
    match state.lives.get(row.key()) {
        Some(Slot::Ready(known)) => events(state, known, out, width),
        Some(Slot::Failed(why)) => paragraph(out, Role::Warn, why, width),
        Some(Slot::Loading(_)) | None => {
            out.push(Styled::new().lit(Role::Progress, " looking through its past; esc stops"));
        }
    }
}

fn events(state: &State, past: &LifeText, out: &mut Vec<Styled>, width: usize) {
    let shown = state.step.unwrap_or(past.origin);
    let first = shown.saturating_sub(EVENTS - 1).min(past.events.len().saturating_sub(EVENTS));
    for (at, event) in past.events.iter().enumerate().skip(first).take(EVENTS) {
        let line = Styled::new()
            .lit(Role::Key, if at == shown { "▶" } else { " " })
            .lit(
                if at == shown { Role::Strong } else { Role::Plain },
                &format!("{:<13}", event.what.as_str()),
            )
            .text(Role::Strong, &event.commit.short)
            .lit(Role::Plain, "  ")
            .text(Role::Plain, &event.commit.day())
            .lit(Role::Plain, "  ")
            .text(Role::Plain, &event.commit.author)
            .lit(Role::Plain, "  ")
            .text(Role::Dim, &event.commit.subject);
        out.push(line.elided(width));
    }
    let older = past.events.len().saturating_sub(first + EVENTS);
    if older > 0 {
        out.push(Styled::new().lit(Role::Dim, &format!(" … {older} older")));
    }
    if past.cut {
        out.push(Styled::new().lit(Role::Warn, " ! it may be older: this clone's history is cut"));
    }
}

/// Another event of its life than the origin.
fn event_lines(state: &State, event: &EventText, out: &mut Vec<Styled>, width: usize) {
    out.push(rule(width, &Styled::new().lit(Role::Title, event.what.as_str())));
    commit_lines(&event.commit, None, out, width);
    merged_by(event.merged_by.as_ref(), out, width);
    if !event.message.is_empty() {
        paragraph(out, Role::Plain, &event.message, width);
    }
    match &state.flip {
        Some((.., Slot::Ready(flip))) => {
            verdicts(flip, out);
            if flip.diff.is_empty() && event.what == Happening::Moved {
                out.push(Styled::new().lit(Role::Dim, " only the name changed"));
            } else {
                diff(&flip.diff, out, width);
            }
        }
        Some((.., Slot::Failed(why))) => paragraph(out, Role::Error, why, width),
        _ => out.push(Styled::new().lit(Role::Progress, " evaluating the policy before and after")),
    }
}

/// `verdict  before: pass   after: FAIL`
fn verdicts(flip: &FlipText, out: &mut Vec<Styled>) {
    let role = |verdict: Verdict| match verdict {
        Verdict::Pass => Role::Ok,
        Verdict::Fail => Role::Error,
        _ => Role::Warn,
    };
    let line = Styled::new().lit(Role::Dim, " verdict before: ");
    let line = match flip.before {
        Some(before) => line.lit(role(before), before.as_str()),
        None => line.lit(Role::Dim, "no commit before"),
    };
    out.push(line.lit(Role::Dim, "   after: ").lit(role(flip.after), flip.after.as_str()));
}

fn merged_by(merge: Option<&CommitText>, out: &mut Vec<Styled>, width: usize) {
    let Some(merge) = merge else { return };
    let line = Styled::new()
        .lit(Role::Dim, " merged by ")
        .text(Role::Plain, &merge.short)
        .lit(Role::Plain, "  ")
        .text(Role::Plain, &merge.day())
        .lit(Role::Plain, "  ")
        .text(Role::Plain, &merge.author)
        .lit(Role::Plain, "  ")
        .text(Role::Plain, &merge.subject);
    out.push(line.elided(width));
}

fn paragraph(out: &mut Vec<Styled>, role: Role, text: &SafeText, width: usize) {
    for line in wrap(text, width.saturating_sub(2)) {
        out.push(Styled::new().lit(role, " ").text(role, &line));
    }
}

fn trace_lines(trace: &Trace, out: &mut Vec<Styled>, width: usize) {
    let evaluated = format!("{} evaluated ", plural(trace.evaluated, "commit", "commits"));
    let title = Styled::new().lit(Role::Title, trace.verb());
    out.push(
        rule(width.saturating_sub(evaluated.len() + 1), &title)
            .lit(Role::Dim, " ")
            .lit(Role::Dim, &evaluated),
    );
    match &trace.commit {
        Some(commit) => commit_lines(commit, Some(&trace.identity), out, width),
        None => out.push(
            Styled::new().lit(Role::Warn, " this change is in the work tree only: no commit holds it yet"),
        ),
    }
    merged_by(trace.merged_by.as_ref(), out, width);
    verdicts(&trace.flip, out);
    for note in &trace.notes {
        paragraph(out, Role::Warn, &SafeText::new("! ").and(note), width);
    }
    diff(&trace.flip.diff, out, width);
}

fn commit_lines(commit: &CommitText, identity: Option<&SafeText>, out: &mut Vec<Styled>, width: usize) {
    let line = Styled::new()
        .lit(Role::Dim, " commit  ")
        .text(Role::Strong, &commit.id)
        .lit(Role::Plain, "  ")
        .text(Role::Plain, &commit.date);
    out.push(line.elided(width));
    let author = Styled::new()
        .lit(Role::Dim, " author  ")
        .text(Role::Plain, &commit.author)
        .lit(Role::Dim, " <")
        .text(Role::Dim, &commit.email)
        .lit(Role::Dim, ">");
    let author = match identity {
        Some(identity) => author.lit(Role::Dim, "  ").text(Role::Dim, identity),
        None => author,
    };
    out.push(author.elided(width));
    for (at, part) in wrap(&commit.subject, width.saturating_sub(10)).iter().enumerate() {
        let label = if at == 0 { " subject " } else { "         " };
        out.push(Styled::new().lit(Role::Dim, label).text(Role::Strong, part));
    }
}

/// With a mark where the verdict rests on what changed.
pub(super) fn diff(lines: &[DiffText], out: &mut Vec<Styled>, width: usize) {
    let mut path: Option<&SafeText> = None;
    for line in lines {
        if path != Some(&line.path) {
            path = Some(&line.path);
            let of = |kind| lines.iter().filter(|l| l.path == line.path && l.kind == kind).count();
            let title = Styled::new()
                .text(Role::Title, &line.path)
                .lit(Role::Added, &format!("  +{}", of(DiffLineKind::Added)))
                .lit(Role::Removed, &format!(" -{}", of(DiffLineKind::Removed)));
            out.push(rule(width, &title));
        }
        let number = line.line.map_or(String::new(), |number| number.to_string());
        let (role, sign) = match line.kind {
            DiffLineKind::Hunk => {
                out.push(Styled::new().lit(Role::Hunk, " ").text(Role::Hunk, &line.text));
                continue;
            }
            DiffLineKind::Context => (Role::Context, " "),
            DiffLineKind::Added => (Role::Added, "+"),
            DiffLineKind::Removed => (Role::Removed, "-"),
        };
        out.push(
            Styled::new()
                .lit(Role::Key, if line.cause { "▶" } else { " " })
                .lit(Role::Number, &format!("{number:>5} │ "))
                .lit(role, sign)
                .text(role, &line.text)
                .elided(width),
        );
    }
    if lines.is_empty() {
        out.push(rule(width, &Styled::new().lit(Role::Title, "change")));
        out.push(Styled::new().lit(Role::Dim, " no change to show"));
    }
}
