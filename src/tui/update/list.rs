//! The findings list: cursor, folds, filter.

use std::sync::Arc;

use crate::text::SafeText;
use crate::tui::command::Cmd;
use crate::tui::effect::{Effect, Job};
use crate::tui::input::Input;
use crate::tui::listing::{Line, Listing};
use crate::tui::msg::JobEvent;
use crate::tui::query::{self, Known, Query};
use crate::tui::state::{FilterAsked, State, Target};
use crate::tui::store::Row;

/// So many rows are filtered between two keys; more of them on a worker.
const AT_ONCE: usize = 5000;

/// Asks a worker for what `rebuild` could not find out at once.
pub(super) fn start_filter(state: &mut State, effects: &mut Vec<Effect>) {
    if !std::mem::take(&mut state.filter_wanted) {
        return;
    }
    let asked = asked(state);
    if !asked.query.is_empty() && state.filter_job.as_ref().is_none_or(|(_, of)| *of != asked) {
        let id = state.job();
        let (store, origins) = (Arc::clone(&state.store), Arc::clone(&state.origins));
        let (desk, query) = (Box::new(state.desk.clone()), asked.query.clone());
        state.filter_job = Some((id, asked));
        effects.push(Effect::Start(id, Job::Filter(store, origins, desk, query)));
    }
}

/// What the filter would be asked of now. What it does not depend on makes no answer old.
fn asked(state: &State) -> FilterAsked {
    let query = state.filter.text().trim().to_owned();
    let epoch = if Query::parse(&query).depends() { state.epoch } else { 0 };
    FilterAsked { query, store: Arc::clone(&state.store), epoch }
}

pub(super) fn filtered(state: &mut State, event: JobEvent) {
    let Some((_, asked)) = state.filter_job.take() else { return };
    if let JobEvent::Filtered(keep) = event {
        state.matches = Some((asked, keep));
        rebuild(state);
    }
}

/// The findings that the filter lets through, folded ones too; all of them while it is not answered yet.
pub(super) fn matching_rows(state: &State) -> impl Iterator<Item = Row<'_>> {
    let keep = state.keep.as_deref();
    let kept = move |at: usize| keep.is_none_or(|keep| keep.get(at).copied().unwrap_or(false));
    state.store.iter().enumerate().filter(move |(at, _)| kept(*at)).map(|(_, row)| row)
}

/// Makes the list anew after a change of findings, filter or folds; the cursor stays on its target.
pub(super) fn rebuild(state: &mut State) {
    let asked = asked(state);
    let known = state.matches.as_ref().filter(|(of, _)| *of == asked);
    let keep = if asked.query.is_empty() {
        state.filter_problem = None;
        None
    } else {
        let query = Query::parse(&asked.query);
        let unanswered = query.asks_for_new() && state.desk.new.is_none();
        let unanswered = unanswered.then_some("is:new compares with a commit: 5, then b on one");
        state.filter_problem = query.problem.as_deref().or(unanswered).map(SafeText::new);
        if let Some((_, keep)) = known {
            Some(Arc::clone(keep))
        } else if state.store.len() <= AT_ONCE {
            let known = Known { origins: &state.origins, desk: &state.desk };
            Some(Arc::new(query.matching(&state.store, known)))
        } else {
            state.filter_wanted = true;
            // The old result stays until the new one is there; of other findings it would be wrong.
            if Arc::ptr_eq(&state.listed, &state.store) {
                return;
            }
            None
        }
    };
    state.keep.clone_from(&keep);
    state.listed = Arc::clone(&state.store);
    let offset = state.list.cursor.saturating_sub(state.list.top);
    state.listing = Arc::new(Listing::build(
        &state.store,
        keep.as_deref().map(Vec::as_slice),
        &state.folded,
        state.arrangement(),
    ));
    if let Some(at) = position(state) {
        state.list.cursor = at;
        // The row keeps its place on the screen while others come in above it.
        state.list.top = at.saturating_sub(offset);
    } else if state.target.is_none() {
        // Nothing chosen yet: the first finding, not its group's head.
        state.list.cursor =
            state.listing.lines.iter().position(|line| matches!(line, Line::Row(_))).unwrap_or(0);
    }
    settle(state);
}

/// Where the target is now; a row whose group is folded is found at the group's head.
fn position(state: &State) -> Option<usize> {
    let target = state.target.as_ref()?;
    let head = |key| {
        state.listing.lines.iter().position(
            |line| matches!(line, Line::Head(at) if state.listing.groups.get(*at).is_some_and(|g| g.key == key)),
        )
    };
    match target {
        Target::Group(key) => head(key.clone()),
        Target::Row(key) => {
            let here = state.store.place(*key).map(Line::Row);
            let at = here.and_then(|here| state.listing.lines.iter().position(|line| *line == here));
            at.or_else(|| {
                let row = state.store.find(*key)?;
                let group = state.arrangement().key(row);
                state.folded.contains(&group).then(|| head(group)).flatten()
            })
        }
    }
}

pub(super) fn settle(state: &mut State) {
    let height = state.regions().map_or(0, |regions| usize::from(regions.main.height));
    state.list.settle(state.listing.lines.len(), height);
    // A line above the cursor stays in view: often the head of its group.
    if height > 2 && state.list.cursor == state.list.top {
        state.list.top = state.list.top.saturating_sub(1);
    }
    if let Some(Line::Row(row)) = state.line()
        && let Some(key) = state.store.get(row).map(|row| row.key())
        && state.subject != Some(key)
    {
        state.subject = Some(key);
        state.detail_scroll = 0;
        state.trace_scroll = 0;
        state.step = None;
    }
}

/// Puts the cursor on a line, as a person asked; from now on it follows what is there.
pub(super) fn go(state: &mut State, line: usize) {
    state.list.cursor = line.min(state.listing.lines.len().saturating_sub(1));
    state.target = match state.line() {
        Some(Line::Row(row)) => state.store.get(row).map(|row| Target::Row(row.key())),
        Some(Line::Head(group)) => {
            state.listing.groups.get(group).map(|group| Target::Group(group.key.clone()))
        }
        None => None,
    };
    settle(state);
}

/// The next or previous finding, over group heads.
pub(super) fn step_finding(state: &mut State, forward: bool) -> bool {
    let is_row = |line: &Line| matches!(line, Line::Row(_));
    let lines = &state.listing.lines;
    let at = state.list.cursor;
    let found = if forward {
        lines.iter().skip(at + 1).position(is_row).map(|ahead| at + 1 + ahead)
    } else {
        lines.iter().take(at).rposition(is_row)
    };
    if let Some(line) = found {
        go(state, line);
    }
    found.is_some()
}

pub(super) fn fold(state: &mut State, close: bool) {
    let Some(key) = state.listing.group_of(state.list.cursor).map(|group| group.key.clone()) else { return };
    if close {
        state.target = Some(Target::Group(key.clone()));
        state.folded.insert(key);
    } else {
        state.folded.remove(&key);
    }
    rebuild(state);
}

pub(super) fn regroup(state: &mut State) {
    // A group under the cursor may be gone: the cursor stays with its first finding.
    if let (Some(Target::Group(_)), Some(Line::Row(row))) =
        (&state.target, state.listing.lines.get(state.list.cursor + 1))
    {
        state.target = state.store.get(*row).map(|row| Target::Row(row.key()));
    }
    rebuild(state);
}

pub(super) fn edit_filter(state: &mut State, edit: impl FnOnce(&mut Input)) {
    let before = state.filter.text().to_owned();
    edit(&mut state.filter);
    if state.filter.text() != before {
        rebuild(state);
    }
}

pub(super) fn run_in_filter(state: &mut State, cmd: Cmd) {
    match cmd {
        Cmd::Open => {
            state.filtering = false;
            state.unsaved = true;
        }
        Cmd::Cancel => {
            state.filtering = false;
            clear_filter(state);
        }
        Cmd::Complete => complete(state),
        _ => {}
    }
}

pub(super) fn clear_filter(state: &mut State) {
    if !state.filter.is_empty() {
        state.unsaved = true;
        state.filter.clear();
        rebuild(state);
    }
}

/// Completes the last word of the filter as far as all candidates agree, or to the first of them.
fn complete(state: &mut State) {
    state.filter.end();
    let typed = state.filter.text().to_owned();
    let candidates = query::candidates(&typed, &state.store);
    let Some(first) = candidates.first() else { return };
    let word = typed.rsplit(char::is_whitespace).next().unwrap_or_default();
    let shared = candidates.iter().skip(1).fold(first.as_str(), |shared, other| {
        let alike = shared.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8());
        shared.get(..alike.sum::<usize>()).unwrap_or_default()
    });
    let chosen = if shared.len() > word.len() { shared } else { first };
    let head = typed.get(..typed.len() - word.len()).unwrap_or_default();
    let text = format!("{head}{chosen}");
    edit_filter(state, |filter| *filter = Input::new(&text));
}

/// The nearest finding of another policy below or above.
pub(super) fn step_policy(state: &mut State, forward: bool) {
    let policy_of = |line: &Line| match line {
        Line::Row(row) => state.store.get(*row).map(|row| &row.policy().id),
        Line::Head(_) => None,
    };
    let here = state.subject_row().map(|row| &row.policy().id);
    let other = |line: &Line| policy_of(line).is_some_and(|policy| Some(policy) != here);
    let (lines, at) = (&state.listing.lines, state.list.cursor);
    let found = if forward {
        lines.iter().skip(at + 1).position(other).map(|ahead| at + 1 + ahead)
    } else {
        lines.iter().take(at).rposition(other)
    };
    if let Some(line) = found {
        go(state, line);
    }
}

/// The next or previous group's head.
pub(super) fn step_group(state: &mut State, forward: bool) {
    let is_head = |line: &Line| matches!(line, Line::Head(_));
    let (lines, at) = (&state.listing.lines, state.list.cursor);
    let found = if forward {
        lines.iter().skip(at + 1).position(is_head).map(|ahead| at + 1 + ahead)
    } else {
        lines.iter().take(at).rposition(is_head)
    };
    if let Some(line) = found {
        go(state, line);
    }
}
