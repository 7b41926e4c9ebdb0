//! The findings list: cursor, folds, filter.

use std::sync::Arc;

use crate::tui::command::Cmd;
use crate::tui::effect::{Effect, Job};
use crate::tui::fuzzy;
use crate::tui::input::Input;
use crate::tui::msg::JobEvent;
use crate::tui::state::{State, Target};
use crate::tui::store::{GroupBy, Line, Listing, SortBy};

/// So many rows are filtered between two keys; more of them on a worker.
const AT_ONCE: usize = 5000;

/// Asks a worker for what `rebuild` could not find out at once.
pub(super) fn start_filter(state: &mut State, effects: &mut Vec<Effect>) {
    if !std::mem::take(&mut state.filter_wanted) {
        return;
    }
    let query = state.filter.text().trim().to_owned();
    let asked = state
        .filter_job
        .as_ref()
        .is_some_and(|(_, of, store)| *of == query && Arc::ptr_eq(store, &state.store));
    if !asked && !query.is_empty() {
        let (id, store) = (state.job(), Arc::clone(&state.store));
        state.filter_job = Some((id, query.clone(), Arc::clone(&store)));
        effects.push(Effect::Start(id, Job::Filter(store, query)));
    }
}

pub(super) fn filtered(state: &mut State, event: JobEvent) {
    let Some((_, query, store)) = state.filter_job.take() else { return };
    if let JobEvent::Filtered(keep) = event {
        state.matches = Some((query, store, keep));
        rebuild(state);
    }
}

/// Makes the list anew after a change of findings, filter or folds; the cursor stays on its target.
pub(super) fn rebuild(state: &mut State) {
    let query = state.filter.text().trim();
    let known =
        state.matches.as_ref().filter(|(of, store, _)| of == query && Arc::ptr_eq(store, &state.store));
    let keep = if query.is_empty() {
        None
    } else if let Some((_, _, keep)) = known {
        Some(Arc::clone(keep))
    } else if state.store.rows.len() <= AT_ONCE {
        Some(Arc::new(fuzzy::matching(&state.store.rows, query)))
    } else {
        state.filter_wanted = true;
        // The old result stays until the new one is there; of other findings it would be wrong.
        if Arc::ptr_eq(&state.listed, &state.store) {
            return;
        }
        None
    };
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
            let at = state.listing.lines.iter().position(
                |line| matches!(line, Line::Row(row) if state.store.get(*row).is_some_and(|r| r.key() == *key)),
            );
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

pub(super) fn group(state: &mut State, by: GroupBy) {
    state.group = by;
    regroup(state);
}

pub(super) fn sort(state: &mut State, by: SortBy) {
    state.sort = by;
    regroup(state);
}

fn regroup(state: &mut State) {
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
        Cmd::Open => state.filtering = false,
        Cmd::Cancel => {
            state.filtering = false;
            clear_filter(state);
        }
        _ => {}
    }
}

pub(super) fn clear_filter(state: &mut State) {
    if !state.filter.is_empty() {
        state.filter.clear();
        rebuild(state);
    }
}
