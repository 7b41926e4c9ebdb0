//! The waiver draft: fields, what is wrong with them, and the exact record that a signature writes.

use ratatui::layout::Rect;

use super::canvas::rule;
use super::findings::severity;
use super::{Canvas, Styled};
use crate::text::{SafeText, elide_middle, fit, wrap};
use crate::theme::Role;
use crate::tui::form::{Form, Line};
use crate::tui::layout::Regions;
use crate::tui::state::State;

/// Rows that fields and record need together; below that they take turns.
const BOTH: u16 = 17;

/// Columns of the labels.
const LABEL: usize = 16;

/// Lines that one fact takes at most; the record below has all of it.
const FACT_LINES: usize = 3;

pub(super) fn draw(form: &Form, canvas: &mut Canvas<'_>, regions: &Regions) {
    let main = regions.main;
    let width = usize::from(main.width);
    if let Some(side) = regions.side {
        canvas.divider(side.x.saturating_sub(1), side);
        canvas.lines(main, &fields(form, width), 0);
        record_pane(form, canvas, side);
    } else if main.height >= BOTH {
        let fields = fields(form, width);
        let height = u16::try_from(fields.len()).unwrap_or(main.height).min(main.height.saturating_sub(6));
        canvas.lines(Rect { height, ..main }, &fields, 0);
        record_pane(form, canvas, Rect { y: main.y + height, height: main.height - height, ..main });
    } else if form.record_page {
        record_pane(form, canvas, main);
    } else {
        // The field that takes the keys stays in view.
        let lines = fields(form, width);
        let at = lines.iter().position(|line| line.width() > 0).unwrap_or(0) + 2 + form.at;
        canvas.lines(main, &lines, at.saturating_sub(usize::from(main.height).saturating_sub(2)));
    }
}

/// Is the record on the screen that a signature would act on?
pub fn shows_record(state: &State) -> bool {
    let (Some(form), Some(regions)) = (&state.form, state.regions()) else { return false };
    regions.side.is_some() || regions.main.height >= BOTH || form.record_page
}

/// Lines that the record pane can scroll over.
pub fn record_height(state: &State) -> usize {
    let (Some(form), Some(regions)) = (&state.form, state.regions()) else { return 0 };
    let width = usize::from(regions.side.unwrap_or(regions.main).width);
    record(form, width).len()
}

fn fields(form: &Form, width: usize) -> Vec<Styled> {
    let mut head = Styled::new().lit(Role::Title, &format!(" {} ", form.errand.act.title()));
    let mut place = Styled::new().lit(Role::Dim, " ");
    if let Some(subject) = form.subject() {
        let (glyph, word) = severity(subject.severity);
        head = head
            .lit(Role::severity(subject.severity), &format!("{glyph} {} ", word.trim_end()))
            .text(Role::Strong, &subject.policy)
            .lit(Role::Plain, "  ")
            .text(Role::Plain, &subject.resource);
        place = place
            .text(Role::Dim, &subject.location)
            .lit(Role::Dim, "  ")
            .lit(Role::Dim, &format!("pf1:{}…", subject.fingerprint.short()));
    } else {
        head = head.text(Role::Strong, &form.about());
        place = place.lit(Role::Dim, "no finding of this audit has its fingerprint");
    }
    let mut out = vec![head.elided(width), place.elided(width)];
    for (at, line) in form.lines.iter().enumerate() {
        out.push(input(form, line, at == form.at, width));
    }
    for (label, value) in &form.facts {
        let mut label = Styled::new().lit(Role::Dim, "  ").text(Role::Dim, label).column(LABEL);
        for part in wrap(value, width.saturating_sub(LABEL + 1)).iter().take(FACT_LINES) {
            out.push(label.text(Role::Plain, part).elided(width));
            label = Styled::new().lit(Role::Plain, " ").column(LABEL);
        }
    }
    out.push(Styled::new());
    if let Some(error) = &form.error {
        for line in wrap(&SafeText::new("not signed: ").and(error), width.saturating_sub(2)) {
            out.push(Styled::new().lit(Role::Error, " ").text(Role::Error, &line));
        }
    } else {
        out.push(verdict(form).elided(width));
    }
    out
}

/// One line on whether it can be signed.
pub(super) fn verdict(form: &Form) -> Styled {
    if form.commit_job.is_some() {
        return Styled::new().lit(Role::Progress, " signing");
    }
    if let Some((_, field, problem)) = form.first_problem() {
        return Styled::new().lit(Role::Warn, &format!(" ! {}: {problem}", field.label()));
    }
    match form.preview() {
        None => Styled::new().lit(Role::Dim, " checking the draft"),
        Some(Err(why)) => Styled::new().lit(Role::Error, " ! ").text(Role::Error, why),
        Some(Ok(_)) => {
            Styled::new().lit(Role::Ok, " draft is valid").lit(Role::Dim, "; nothing is written until ctrl-s")
        }
    }
}

fn input(form: &Form, line: &Line, on: bool, width: usize) -> Styled {
    let value = &line.input;
    let bar = if on { "▌" } else { " " };
    let label = Styled::new()
        .lit(Role::Key, bar)
        .lit(if on { Role::Strong } else { Role::Dim }, &label_of(line))
        .column(LABEL);
    let room = width.saturating_sub(LABEL + 1);
    if line.is_chosen() {
        let arrows = if on { ("‹ ", " ›") } else { ("", "") };
        return label
            .lit(Role::Key, arrows.0)
            .lit(if on { Role::InputActive } else { Role::Input }, value.text())
            .lit(Role::Key, arrows.1)
            .elided(width);
    }
    if !on {
        let problem = form.problem(line).filter(|_| !value.is_empty());
        let line = label.text(Role::Input, &SafeText::new(value.text())).elided(width);
        return match problem {
            Some(problem) => line.with_right(width, Styled::new().lit(Role::Warn, &format!(" {problem}"))),
            None => line,
        };
    }
    // The cursor stays in view: the text before it is scrolled out on the left.
    let (head, under, rest) = value.parts();
    let under = if under.is_empty() { SafeText::new(" ") } else { under };
    let scroll = (head.width() + under.width()).saturating_sub(room);
    let head = crate::text::skip_columns(&head, scroll);
    let rest = crate::text::fit(&rest, room.saturating_sub(head.width() + under.width()));
    let used = head.width() + under.width() + rest.width();
    label
        .text(Role::InputActive, &head)
        .text(Role::InputCursor, &under)
        .text(Role::InputActive, &rest)
        .lit(Role::InputActive, &" ".repeat(room.saturating_sub(used)))
}

/// A star marks what must be filled in.
fn label_of(line: &Line) -> String {
    format!(" {}{}", line.field.label(), if line.required { "*" } else { "" })
}

fn record_pane(form: &Form, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    let lines = record(form, width);
    let below = lines.len().saturating_sub(form.scroll + usize::from(area.height).saturating_sub(1));
    let more = if below > 0 { format!(" {below} more below: ctrl-d ") } else { String::new() };
    let title = Styled::new().lit(Role::Title, "what will be written");
    let title = rule(width.saturating_sub(more.len()), &title).lit(Role::Dim, &more);
    canvas.line(area, &title);
    let body = Rect { y: area.y.saturating_add(1), height: area.height.saturating_sub(1), ..area };
    canvas.lines(body, &lines, form.scroll);
}

fn record(form: &Form, width: usize) -> Vec<Styled> {
    let mut out = Vec::new();
    // The last good preview stays, marked, while a new one is made: no flicker under the typing hand.
    let (stale, preview) = match &form.previewed {
        Some((revision, Ok(preview))) => (*revision != form.revision, preview),
        Some((_, Err(why))) => {
            for line in wrap(why, width.saturating_sub(2)) {
                out.push(Styled::new().lit(Role::Error, " ").text(Role::Error, &line));
            }
            return out;
        }
        None => {
            let text = if form.first_problem().is_some() {
                " the record appears when the fields are filled in"
            } else {
                " checking"
            };
            return vec![Styled::new().lit(Role::Dim, text)];
        }
    };
    let role = if stale { Role::Dim } else { Role::Plain };
    for (label, value) in [("file", &preview.path), ("branch", &preview.branch), ("signer", &preview.signer)]
    {
        let value = elide_middle(value, width.saturating_sub(9));
        out.push(Styled::new().lit(Role::Dim, &format!(" {label:<7}")).text(role, &value));
    }
    if preview.more > 0 {
        let more =
            format!(" and {} more records like it, each of its own finding, in one commit", preview.more);
        out.push(Styled::new().lit(Role::Warn, &more));
    }
    for note in &preview.notes {
        for line in wrap(note, width.saturating_sub(4)) {
            out.push(Styled::new().lit(Role::Warn, " ! ").text(Role::Warn, &line));
        }
    }
    for line in &preview.record {
        // Cut at the edge and not at spaces: every character of the record stays in its place.
        let (mut rest, mut sign) = (line.clone(), " + ");
        loop {
            let part = fit(&rest, width.saturating_sub(3).max(2));
            rest = rest.slice(part.as_str().len(), usize::MAX);
            out.push(Styled::new().lit(Role::Added, sign).text(role, &part));
            if rest.is_empty() || part.is_empty() {
                break;
            }
            sign = "   ";
        }
    }
    out
}
