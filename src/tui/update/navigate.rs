//! Moving between and on the screens.

use super::{form, jobs, list, triage};
use crate::text::SafeText;
use crate::tui::command::Cmd;
use crate::tui::effect::Effect;
use crate::tui::listing::Line;
use crate::tui::msg::Click;
use crate::tui::state::{Level, Place, Screen, Slot, State};
use crate::tui::view;
use crate::tui::view::dashboard::Entry;

pub(super) fn go(state: &mut State, screen: Screen) {
    if state.screen != screen {
        if matches!(state.screen, Screen::Dashboard | Screen::Findings) {
            state.came_from = state.screen;
        }
        state.screen = screen;
        state.problems = None;
    }
}

/// One step back, never out.
pub(super) fn back(state: &mut State, effects: &mut Vec<Effect>) {
    let stopped = |key: &str| SafeText::new("stopped; ").with(key).with(" starts it again");
    if state.screen == Screen::Trace {
        if let Some((key, job)) = state.traces.loading() {
            effects.push(Effect::Cancel(job));
            state.traces.put(key, Slot::Failed(stopped("t")));
        }
        if let Some((key, job)) = state.lives.loading() {
            effects.push(Effect::Cancel(job));
            state.lives.put(key, Slot::Failed(stopped("t")));
        }
        state.screen = state.came_from;
    } else if let (Screen::History, Some(job)) = (state.screen, state.past.job()) {
        effects.push(Effect::Cancel(job));
        state.past.slot = Some(Slot::Failed(stopped("enter")));
    } else if matches!(state.screen, Screen::Waivers | Screen::History) {
        state.screen = state.came_from;
    } else if state.problems.take().is_some() {
    } else if state.in_detail {
        state.in_detail = false;
    } else if state.screen == Screen::Findings {
        list::clear_filter(state);
    }
}

pub(super) fn run_on_screen(state: &mut State, cmd: Cmd, effects: &mut Vec<Effect>) {
    match cmd {
        Cmd::Dashboard => go(state, Screen::Dashboard),
        Cmd::Findings => go(state, Screen::Findings),
        Cmd::Trace => go(state, Screen::Trace),
        Cmd::TraceOpen => {
            if let Some(key) = state.focused().map(|row| row.key()) {
                // Asked for again: try again.
                if matches!(state.traces.get(key), Some(Slot::Failed(_))) {
                    state.traces.remove(key);
                }
                if matches!(state.lives.get(key), Some(Slot::Failed(_))) {
                    state.lives.remove(key);
                }
            }
            go(state, Screen::Trace);
        }
        Cmd::Waivers => go(state, Screen::Waivers),
        Cmd::History => go(state, Screen::History),
        Cmd::Older | Cmd::Newer => step(state, cmd == Cmd::Older),
        Cmd::Group(by) => triage::arrange(state, |view| view.group = by),
        Cmd::Sort(by) => triage::arrange(state, |view| view.sort = by),
        Cmd::SortReverse => triage::arrange(state, |view| view.reversed = !view.reversed),
        Cmd::GroupNext | Cmd::GroupPrev => list::step_group(state, cmd == Cmd::GroupNext),
        Cmd::PolicyNext | Cmd::PolicyPrev => list::step_policy(state, cmd == Cmd::PolicyNext),
        Cmd::Grow | Cmd::Shrink => state.zoomed = cmd == Cmd::Grow,
        Cmd::Mark
        | Cmd::MarkRange
        | Cmd::MarkAll
        | Cmd::Unmark
        | Cmd::Review
        | Cmd::ReviewGroup
        | Cmd::Note
        | Cmd::SessionNote
        | Cmd::Undo
        | Cmd::Redo
        | Cmd::Export => triage::run(state, cmd, effects),
        Cmd::Cancel => back(state, effects),
        Cmd::PaneNext | Cmd::PanePrev => {
            if state.screen == Screen::Findings && state.subject_row().is_some() {
                state.in_detail = !state.in_detail;
            }
        }
        Cmd::PolicyText => {
            state.show_policy = !state.show_policy;
            state.in_detail = state.in_detail || state.screen == Screen::Findings;
            state.detail_scroll = 0;
        }
        Cmd::FindingNext | Cmd::FindingPrev => {
            if !list::step_finding(state, cmd == Cmd::FindingNext) {
                let text = if cmd == Cmd::FindingNext {
                    "this is the last finding"
                } else {
                    "this is the first finding"
                };
                state.say(Level::Info, SafeText::new(text));
            }
        }
        Cmd::Filter => {
            state.in_detail = false;
            state.filtering = true;
            state.filter.end();
        }
        Cmd::FoldClose => list::fold(state, true),
        Cmd::FoldOpen => list::fold(state, false),
        Cmd::Open => open(state, effects),
        _ => movement(state, cmd),
    }
}

fn open(state: &mut State, effects: &mut Vec<Effect>) {
    match state.screen {
        Screen::Findings => match state.line() {
            Some(Line::Head(group)) => {
                let folded = state.listing.groups.get(group).is_some_and(|group| group.folded);
                list::fold(state, !folded);
            }
            Some(Line::Row(_)) => state.in_detail = true,
            None => {}
        },
        Screen::Dashboard if state.problems.is_none() => {
            match view::dashboard::entries(state).get(state.dashboard.cursor).map(|(entry, _)| *entry) {
                Some(Entry::Problems(problems)) => state.problems = Some((problems, Place::default())),
                Some(Entry::Shelf(shelf)) => {
                    list::clear_filter(state);
                    go(state, Screen::Findings);
                    let at = state.listing.lines.iter().position(|line| {
                        matches!(line, Line::Head(at) if state.listing.groups.get(*at).is_some_and(|g| g.key.0 == shelf))
                    });
                    if let Some(at) = at {
                        list::go(state, at);
                    }
                }
                Some(Entry::Waivers) => go(state, Screen::Waivers),
                None => {}
            }
        }
        Screen::Waivers => {
            let drafts = state.drafts.len();
            if state.waivers.cursor < drafts {
                form::resume(state, state.waivers.cursor, effects);
            }
        }
        Screen::History => open_commit(state, effects),
        Screen::Dashboard | Screen::Trace => {}
    }
}

/// Opens the audit at the commit under the cursor; the first line is what was opened at the start.
fn open_commit(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(past) = state.past.ready() else {
        if matches!(state.past.slot, Some(Slot::Failed(_))) {
            state.past.slot = None;
        }
        return;
    };
    let row = state.past.place.cursor.checked_sub(1).and_then(|at| past.rows.get(at));
    let commit = row.map(|row| row.commit.clone());
    jobs::visit(state, commit, effects);
    go(state, Screen::Findings);
}

/// To the older or newer event of the finding's life.
fn step(state: &mut State, older: bool) {
    let Some(key) = state.subject_row().map(|row| row.key()) else { return };
    let Some(life) = state.lives.ready(key) else { return };
    let at = state.step.unwrap_or(life.origin);
    let last = life.events.len().saturating_sub(1);
    state.step = Some(if older { at.saturating_add(1).min(last) } else { at.saturating_sub(1) });
    state.trace_scroll = 0;
}

/// A click chooses a line of a list, and opens it when it was chosen already; the wheel moves by three lines.
pub(super) fn mouse(state: &mut State, click: Click, (column, row): (u16, u16), effects: &mut Vec<Effect>) {
    if state.menu.is_some() || state.form.is_some() || state.prompt.is_some() || state.problems.is_some() {
        return;
    }
    let cmd = match click {
        Click::WheelUp => Cmd::Up,
        Click::WheelDown => Cmd::Down,
        Click::Press => {
            press(state, (column, row), effects);
            return;
        }
    };
    for _ in 0..3 {
        movement(state, cmd);
    }
}

fn press(state: &mut State, (column, row): (u16, u16), effects: &mut Vec<Effect>) {
    let Some(regions) = state.regions() else { return };
    let place = ratatui::layout::Position { x: column, y: row };
    if regions.side.is_some_and(|side| side.contains(place)) && state.screen == Screen::Findings {
        state.in_detail = true;
        return;
    }
    if !regions.main.contains(place) {
        return;
    }
    let line = usize::from(row - regions.main.y);
    match state.screen {
        Screen::Findings if !(state.in_detail && state.one_pane()) => {
            state.in_detail = false;
            let at = state.list.top + line;
            if at == state.list.cursor {
                open(state, effects);
            } else if at < state.listing.lines.len() {
                list::go(state, at);
            }
        }
        Screen::Waivers => state.waivers.cursor = state.waivers.top + line,
        _ => {}
    }
}

/// Cursor and scroll commands: to a line in lists, by lines in texts.
fn movement(state: &mut State, cmd: Cmd) {
    let Some(regions) = state.regions() else { return };
    let page = usize::from(regions.main.height).max(2) - 1;
    let step = |at: usize, last: usize| match cmd {
        Cmd::Down => at.saturating_add(1),
        Cmd::Up => at.saturating_sub(1),
        Cmd::Top => 0,
        Cmd::Bottom => last,
        Cmd::HalfDown => at.saturating_add(page.div_ceil(2)),
        Cmd::HalfUp => at.saturating_sub(page.div_ceil(2)),
        Cmd::PageDown => at.saturating_add(page),
        Cmd::PageUp => at.saturating_sub(page),
        _ => at,
    };
    match state.screen {
        Screen::Findings if state.in_detail => state.detail_scroll = step(state.detail_scroll, usize::MAX),
        Screen::Findings => {
            let last = state.listing.lines.len().saturating_sub(1);
            list::go(state, step(state.list.cursor, last));
        }
        Screen::Trace => state.trace_scroll = step(state.trace_scroll, usize::MAX),
        Screen::Waivers => state.waivers.cursor = step(state.waivers.cursor, usize::MAX),
        Screen::History => state.past.place.cursor = step(state.past.place.cursor, usize::MAX),
        Screen::Dashboard => match &mut state.problems {
            Some((_, place)) => place.cursor = step(place.cursor, usize::MAX),
            None => state.dashboard.cursor = step(state.dashboard.cursor, usize::MAX),
        },
    }
}

/// Keeps cursors and scroll positions inside what they move over.
pub(super) fn settle(state: &mut State) {
    let Some(regions) = state.regions() else { return };
    let height = usize::from(regions.main.height);
    match state.screen {
        Screen::Findings => {
            let area = if state.one_pane() { Some(regions.main) } else { regions.side };
            if let (true, Some(area)) = (state.detail_scroll > 0, area) {
                let lines = view::detail::lines(state, usize::from(area.width)).len();
                state.detail_scroll = state.detail_scroll.min(lines.saturating_sub(usize::from(area.height)));
            }
        }
        Screen::Trace => {
            if state.trace_scroll > 0 {
                let lines = view::trace::lines(state, usize::from(regions.main.width)).len();
                state.trace_scroll = state.trace_scroll.min(lines.saturating_sub(height));
            }
        }
        Screen::Waivers => {
            let lines = state.drafts.len() + state.summary.waivers.len();
            state.waivers.settle(lines, view::waivers::list_height(regions.main.height));
        }
        Screen::History => {
            let lines = state.past.ready().map_or(0, |past| past.rows.len() + 1);
            let list = view::history::parts(regions.main).list;
            state.past.place.settle(lines, usize::from(list.height));
        }
        Screen::Dashboard => {
            if let Some((problems, place)) = &mut state.problems {
                let lines = view::dashboard::problems(&state.summary, *problems).len();
                place.settle(lines, height.saturating_sub(1));
            } else {
                let entries = view::dashboard::entries(state).len();
                state.dashboard.settle(entries, entries);
            }
        }
    }
}
