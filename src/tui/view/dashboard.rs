//! The Dashboard: posture by severity, and what needs a person.

use ratatui::layout::Rect;

use super::canvas::rule;
use super::findings::severity;
use super::{Canvas, Styled, controls};
use crate::model::Severity;
use crate::text::SafeText;
use crate::theme::Role;
use crate::tui::loaded::{Problem, Summary};
use crate::tui::state::{Problems, State};
use crate::tui::store::Shelf;
use crate::tui::update::plural;

/// What an attention line opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Problems(Problems),
    Shelf(Shelf),
    Waivers,
}

/// The attention lines, worst first.
pub fn entries(state: &State) -> Vec<(Entry, (Role, String))> {
    let summary = &state.summary;
    let mut out = Vec::new();
    let mut add = |count: usize, entry, role, text: String| {
        if count > 0 {
            out.push((entry, (role, text)));
        }
    };
    let unparsed = summary.unparsed.len();
    add(
        unparsed,
        Entry::Problems(Problems::Unparsed),
        Role::Error,
        format!("{} not be parsed: findings may be missing", plural(unparsed, "file could", "files could")),
    );
    let failed = summary.not_evaluated.len();
    add(
        failed,
        Entry::Problems(Problems::NotEvaluated),
        Role::Error,
        format!(
            "{} not be evaluated: findings may be missing",
            plural(failed, "policy could", "policies could")
        ),
    );
    let lapsed = summary.waivers.iter().filter(|waiver| waiver.state.as_str() != "active").count();
    add(
        lapsed,
        Entry::Waivers,
        Role::Warn,
        format!("{} not in force", plural(lapsed, "waiver is", "waivers are")),
    );
    let unknown = state.store.count(Shelf::Inconclusive);
    add(
        unknown,
        Entry::Shelf(Shelf::Inconclusive),
        Role::Warn,
        format!(
            "{} inconclusive: a value is not known before apply",
            plural(unknown, "verdict is", "verdicts are")
        ),
    );
    let review = state.store.count(Shelf::Review);
    add(
        review,
        Entry::Shelf(Shelf::Review),
        Role::StatusReview,
        format!("{} a person's review", plural(review, "match needs", "matches need")),
    );
    let templates = summary.not_rendered.len();
    add(
        templates,
        Entry::Problems(Problems::NotRendered),
        Role::Warn,
        format!("{} not rendered, so not judged", plural(templates, "template was", "templates were")),
    );
    let notices = summary.notices.len();
    add(notices, Entry::Problems(Problems::Notices), Role::Info, plural(notices, "notice", "notices"));
    let open = state.store.open();
    add(open, Entry::Shelf(Shelf::Fail), Role::Plain, plural(open, "open finding", "open findings"));
    out
}

/// The entries of an opened list.
pub fn problems(summary: &Summary, which: Problems) -> Vec<Problem> {
    match which {
        Problems::Unparsed => summary.unparsed.clone(),
        Problems::NotEvaluated => summary.not_evaluated.clone(),
        Problems::NotRendered => summary.not_rendered.clone(),
        Problems::Notices => {
            let notice = |text: &SafeText| Problem { what: text.clone(), reason: SafeText::default() };
            summary.notices.iter().map(notice).collect()
        }
    }
}

pub(super) fn draw(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    if let Some((which, place)) = &state.problems {
        list(state, *which, place.cursor, place.top, canvas, area);
        return;
    }
    let width = usize::from(area.width);
    let mut lines = Vec::new();
    // On a low screen what needs a person comes first, for the counts also stand in the status line.
    let low = area.height < 16;
    // The table of controls has 17 rows and more: on a screen that cannot hold it, its worst rows stand beside.
    let tall = area.height >= 40;
    let beside = !low && !tall && width >= 30 + controls::BESIDE;
    if !low {
        posture(state, &mut lines, width, beside);
    }
    attention(state, &mut lines, width);
    if low {
        posture(state, &mut lines, width, beside);
    }
    if tall {
        controls::panel(state, &mut lines, width);
    }
    read(state, &mut lines, width);
    canvas.lines(area, &lines, 0);
}

fn posture(state: &State, lines: &mut Vec<Styled>, width: usize, beside: bool) {
    lines.push(rule(width, &Styled::new().lit(Role::Title, "posture")));
    let mut frameworks =
        if beside && !state.summary.frameworks.is_empty() { controls::beside(state) } else { Vec::new() }
            .into_iter();
    let head = Styled::new().lit(Role::Dim, "              open   waived");
    lines.push(match frameworks.next() {
        Some(names) => head.column(30).join(names),
        None => head,
    });
    let bars = frameworks.len() == 0;
    let most = Severity::ALL.iter().map(|level| state.store.by_severity(*level).0).max().unwrap_or(0).max(1);
    let room = width.saturating_sub(32).min(40);
    for level in Severity::ALL {
        let (open, waived) = state.store.by_severity(level);
        let (glyph, _) = severity(level);
        let bar = "█".repeat((open * room).div_ceil(most).min(room));
        let line = Styled::new()
            .lit(Role::severity(level), &format!("  {glyph} {:<9}", level.as_str()))
            .lit(Role::Plain, &format!("{open:>5}"))
            .lit(Role::Dim, &format!("{waived:>9}   "));
        lines.push(match frameworks.next() {
            Some(framework) => line.column(30).join(framework),
            None if bars => line.lit(Role::severity(level), &bar),
            None => line,
        });
    }
}

fn attention(state: &State, lines: &mut Vec<Styled>, width: usize) {
    lines.push(rule(width, &Styled::new().lit(Role::Title, "needs you")));
    let entries = entries(state);
    if let Some(error) = &state.audit.error {
        lines.push(Styled::new().lit(Role::Error, "  ").text(Role::Error, error).elided(width));
    }
    if entries.is_empty() {
        let (role, text) = if state.audit.complete {
            (Role::Ok, "  nothing: everything was read, nothing is open")
        } else {
            (Role::Dim, "  auditing")
        };
        lines.push(Styled::new().lit(role, text));
    }
    for (at, (_, (role, text))) in entries.iter().enumerate() {
        let on = at == state.dashboard.cursor;
        let line = Styled::new()
            .lit(Role::Key, if on { "▌ " } else { "  " })
            .lit(*role, text)
            .with_right(
                width,
                Styled::new().lit(Role::Dim, if on && width >= 60 { "enter opens " } else { "" }),
            )
            .elided(width);
        lines.push(if on { line.base(Role::Cursor) } else { line });
    }
}

fn read(state: &State, lines: &mut Vec<Styled>, width: usize) {
    let summary = &state.summary;
    lines.push(rule(width, &Styled::new().lit(Role::Title, "what was read")));
    if !state.audit.complete {
        lines.push(Styled::new().lit(Role::Dim, "  the audit is running"));
        return;
    }
    let text = format!(
        "  {}, {} read, {}, {} not applicable",
        plural(summary.files, "file", "files"),
        plural(summary.documents, "document", "documents"),
        plural(summary.policy_count, "policy", "policies"),
        summary.not_applicable,
    );
    lines.push(Styled::new().lit(Role::Plain, &text).elided(width));
}

fn list(state: &State, which: Problems, cursor: usize, top: usize, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    let title = match which {
        Problems::Unparsed => "files that could not be parsed",
        Problems::NotEvaluated => "policies that could not be evaluated",
        Problems::NotRendered => "templates that were not rendered",
        Problems::Notices => "notices",
    };
    canvas.rule(area, &Styled::new().lit(Role::Title, title));
    let problems = problems(&state.summary, which);
    for (row, (at, problem)) in area.rows().skip(1).zip(problems.iter().enumerate().skip(top)) {
        let on = at == cursor;
        let mut line = Styled::new()
            .lit(Role::Key, if on { "▌ " } else { "  " })
            .text(
                Role::Strong,
                &crate::text::elide_path(
                    &problem.what,
                    if problem.reason.is_empty() { width } else { width / 2 },
                ),
            )
            .lit(Role::Plain, "  ")
            .text(Role::Plain, &problem.reason)
            .elided(width);
        if on {
            line = line.base(Role::Cursor);
        }
        canvas.line(row, &line);
    }
}
