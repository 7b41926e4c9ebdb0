//! The trace: which commit made the verdict flip, and its change.

use ratatui::layout::Rect;

use super::canvas::rule;
use super::findings::severity;
use super::{Canvas, Styled};
use crate::model::DiffLineKind;
use crate::text::{SafeText, wrap};
use crate::theme::Role;
use crate::tui::loaded::{CommitText, Trace};
use crate::tui::state::{Slot, State};

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
        .text(Role::Strong, &row.policy.id)
        .lit(Role::Plain, "  ")
        .text(Role::Plain, &row.resource);
    let mut out = vec![head.elided(width)];
    out.push(Styled::new().lit(Role::Dim, " ").text(Role::Dim, &row.location).elided(width));
    match state.traces.get(row.key()) {
        Some(Slot::Ready(trace)) => trace_lines(trace, &mut out, width),
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

fn paragraph(out: &mut Vec<Styled>, role: Role, text: &SafeText, width: usize) {
    for line in wrap(text, width.saturating_sub(2)) {
        out.push(Styled::new().lit(role, " ").text(role, &line));
    }
}

fn trace_lines(trace: &Trace, out: &mut Vec<Styled>, width: usize) {
    let evaluated =
        format!("{} evaluated ", super::super::update::plural(trace.evaluated, "commit", "commits"));
    let title = Styled::new().lit(Role::Title, trace.verb());
    out.push(
        rule(width.saturating_sub(evaluated.len() + 1), &title)
            .lit(Role::Dim, " ")
            .lit(Role::Dim, &evaluated),
    );
    match &trace.commit {
        Some(commit) => commit_lines(commit, out, width),
        None => out.push(
            Styled::new().lit(Role::Warn, " this change is in the work tree only: no commit holds it yet"),
        ),
    }
    if let Some(merge) = &trace.merged_by {
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
    for note in &trace.notes {
        paragraph(out, Role::Warn, &SafeText::new("! ").and(note), width);
    }
    diff(trace, out, width);
}

fn commit_lines(commit: &CommitText, out: &mut Vec<Styled>, width: usize) {
    let line = Styled::new().lit(Role::Dim, " commit  ").text(Role::Strong, &commit.id).elided(width);
    out.push(line);
    let author = Styled::new()
        .lit(Role::Dim, " author  ")
        .text(Role::Plain, &commit.author)
        .lit(Role::Dim, " <")
        .text(Role::Dim, &commit.email)
        .lit(Role::Dim, ">");
    out.push(author.elided(width));
    out.push(Styled::new().lit(Role::Dim, " date    ").text(Role::Plain, &commit.date).elided(width));
    for (at, part) in wrap(&commit.subject, width.saturating_sub(10)).iter().enumerate() {
        let label = if at == 0 { " subject " } else { "         " };
        out.push(Styled::new().lit(Role::Dim, label).text(Role::Strong, part));
    }
}

fn diff(trace: &Trace, out: &mut Vec<Styled>, width: usize) {
    let mut path: Option<&SafeText> = None;
    for line in &trace.diff {
        if path != Some(&line.path) {
            path = Some(&line.path);
            let of = |kind| trace.diff.iter().filter(|l| l.path == line.path && l.kind == kind).count();
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
                .lit(Role::Number, &format!(" {number:>5} │ "))
                .lit(role, sign)
                .text(role, &line.text)
                .elided(width),
        );
    }
    if trace.diff.is_empty() {
        out.push(rule(width, &Styled::new().lit(Role::Title, "change")));
        out.push(Styled::new().lit(Role::Dim, " no change to show"));
    }
}
