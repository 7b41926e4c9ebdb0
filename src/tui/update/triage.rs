//! Going through findings: marks, reviews, notes, and taking them back.

use std::sync::Arc;

use super::{form, list, plural};
use crate::text::SafeText;
use crate::tui::backend::{EvidenceLine, EvidenceRequest};
use crate::tui::command::Cmd;
use crate::tui::desk::Undone;
use crate::tui::effect::{Effect, Job};
use crate::tui::input::Input;
use crate::tui::listing::{Line, View};
use crate::tui::msg::JobEvent;
use crate::tui::query::Query;
use crate::tui::sitting::Sitting;
use crate::tui::state::{Level, Prompt, State};
use crate::tui::store::{Row, RowKey};

pub(super) fn run(state: &mut State, cmd: Cmd, effects: &mut Vec<Effect>) {
    match cmd {
        Cmd::Mark => return mark(state),
        Cmd::MarkRange => range(state),
        Cmd::MarkAll => {
            let keys: Vec<RowKey> = list::matching_rows(state).map(|row| row.key()).collect();
            let unknown = state.store.len().saturating_sub(state.origins.len());
            let text = format!("{} marked", keys.len());
            if unknown > 0 && Query::parse(state.filter.text()).needs_origins() {
                let more = format!("{text}; of {unknown} more the commit is not known yet");
                state.say(Level::Warn, SafeText::new(&more));
            } else {
                state.say(Level::Info, SafeText::new(&text));
            }
            state.desk.mark(keys, true);
        }
        Cmd::Unmark => state.desk.unmark_all(),
        Cmd::Review => return review(state),
        Cmd::ReviewGroup => {
            let rows = group_rows(state);
            let all = rows.iter().all(|row| state.desk.is_reviewed(*row));
            let rows: Vec<_> = rows.iter().map(|row| (row.key(), row.content())).collect();
            let count = rows.len();
            state.desk.review(rows, !all);
            let word = if all { "open to review again" } else { "reviewed" };
            state
                .say(Level::Info, SafeText::new(&format!("{} {word}", plural(count, "finding", "findings"))));
        }
        Cmd::Note | Cmd::SessionNote => {
            let about = if cmd == Cmd::Note { state.focused().map(|row| row.key()) } else { None };
            let old = match about {
                Some(key) => state.desk.note(key).unwrap_or_default().to_owned(),
                None => state.desk.session_note.to_string(),
            };
            state.prompt = Some(Prompt { about, input: Input::new(&old) });
            return;
        }
        Cmd::Undo => match state.desk.undo() {
            None => state.say(Level::Info, SafeText::new("nothing to take back")),
            Some(Undone::Step(what)) => {
                state.say(Level::Info, SafeText::new("taken back: ").with(what).with(" (Z does it again)"));
            }
            Some(Undone::Waivers(ids)) => form::offer_revocation(state, &ids, effects),
        },
        Cmd::Redo => match state.desk.redo() {
            None => state.say(Level::Info, SafeText::new("nothing to do again")),
            Some(what) => state.say(Level::Info, SafeText::new("done again: ").with(what)),
        },
        Cmd::Export => {
            export(state, effects);
            return;
        }
        _ => return,
    }
    changed(state);
}

/// The list shows marks and reviews, and filters may ask for them.
fn changed(state: &mut State) {
    state.unsaved = true;
    state.epoch += 1;
    list::rebuild(state);
}

/// As [`changed`] where one finding was: only a filter that asks for it makes another list.
fn changed_one(state: &mut State) {
    state.unsaved = true;
    state.epoch += 1;
    if state.filter_depends() {
        list::rebuild(state);
    }
}

fn mark(state: &mut State) {
    let Some(key) = state.focused().map(|row| row.key()) else { return };
    let on = !state.desk.is_marked(key);
    state.desk.mark([key], on);
    changed_one(state);
    list::step_finding(state, true);
}

fn range(state: &mut State) {
    let Some(here) = state.focused().map(|row| row.key()) else { return };
    let Some(from) = state.range.take() else {
        state.range = Some(here);
        state.say(
            Level::Info,
            SafeText::new("a range begins here: v again marks up to the cursor, esc drops it"),
        );
        return;
    };
    let keys: Vec<RowKey> = state
        .listing
        .lines
        .iter()
        .filter_map(|line| match line {
            Line::Row(row) => state.store.get(*row).map(|row| row.key()),
            Line::Head(_) => None,
        })
        .collect();
    let place = |key| keys.iter().position(|known| *known == key);
    if let (Some(a), Some(b)) = (place(from), place(here)) {
        let marked = keys.get(a.min(b)..=a.max(b)).unwrap_or_default().to_vec();
        state.say(Level::Info, SafeText::new(&format!("{} marked", marked.len())));
        state.desk.mark(marked, true);
    }
}

fn review(state: &mut State) {
    let Some(row) = state.focused() else { return };
    let on = !state.desk.is_reviewed(row);
    let (group, reviewed) = (state.arrangement().key(row), (row.key(), row.content()));
    state.desk.review([reviewed], on);
    let listing = Arc::make_mut(&mut state.listing);
    if let Some(group) = listing.groups.iter_mut().find(|known| known.key == group) {
        group.reviewed = if on { group.reviewed + 1 } else { group.reviewed.saturating_sub(1) };
    }
    changed_one(state);
    if on && !list::step_finding(state, true) {
        state.say(Level::Info, SafeText::new("that was the last finding of the list"));
    }
}

/// The findings of the group under the cursor that the filter lets through, folded ones too.
pub(super) fn group_rows(state: &State) -> Vec<Row<'_>> {
    let Some(key) = state.listing.group_of(state.list.cursor).map(|group| group.key.clone()) else {
        return Vec::new();
    };
    let arrangement = state.arrangement();
    list::matching_rows(state).filter(|row| arrangement.key(*row) == key).collect()
}

pub(super) fn arrange(state: &mut State, change: impl FnOnce(&mut View)) {
    let mut view = state.desk.view;
    change(&mut view);
    state.desk.arrange(view);
    state.unsaved = true;
    list::regroup(state);
}

pub(super) fn edit_prompt(state: &mut State, edit: impl FnOnce(&mut Input)) {
    if let Some(prompt) = &mut state.prompt {
        edit(&mut prompt.input);
    }
}

pub(super) fn run_in_prompt(state: &mut State, cmd: Cmd) {
    let Some(prompt) = state.prompt.take() else { return };
    match cmd {
        Cmd::Open => {
            state.desk.write(prompt.about, prompt.input.text());
            changed(state);
        }
        Cmd::Cancel => {}
        _ => state.prompt = Some(prompt),
    }
}

fn export(state: &mut State, effects: &mut Vec<Effect>) {
    let lines = state.store.iter().filter_map(|row| {
        let reviewed = state.desk.is_reviewed(row).then(|| row.content());
        let note = state.desk.note(row.key());
        (reviewed.is_some() || note.is_some()).then(|| EvidenceLine {
            fingerprint: row.fingerprint(),
            verdict: row.verdict(),
            reviewed,
            note: note.unwrap_or_default().to_owned(),
        })
    });
    let request =
        EvidenceRequest { lines: lines.collect(), session_note: state.desk.session_note.to_string() };
    let id = state.job();
    state.export_job = Some(id);
    state.say(Level::Info, SafeText::new("writing the evidence"));
    effects.push(Effect::Start(id, Job::Export(Box::new(request))));
}

pub(super) fn exported(state: &mut State, event: JobEvent) {
    state.export_job = None;
    match event {
        JobEvent::Exported(place) => state.say(Level::Ok, SafeText::new("evidence is in ").and(&place)),
        JobEvent::Failed(why) => state.say(Level::Error, SafeText::new("no evidence written: ").and(&why)),
        _ => {}
    }
}

/// Writes down what changed, one writing at a time.
pub(super) fn save(state: &mut State, effects: &mut Vec<Effect>) {
    if state.unsaved && state.may_save && state.save_job.is_none() {
        state.unsaved = false;
        let id = state.job();
        state.save_job = Some(id);
        effects.push(Effect::Start(id, Job::Save(Box::new(Sitting::of(state)))));
    }
}

pub(super) fn saved(state: &mut State, event: JobEvent) {
    state.save_job = None;
    if let JobEvent::Failed(why) = event {
        state.say(Level::Warn, SafeText::new("reviews and drafts are not kept: ").and(&why));
    }
}

/// What the last sitting left.
pub(super) fn restore(state: &mut State, event: JobEvent) {
    match event {
        JobEvent::Sitting(sitting) => {
            state.may_save = true;
            if let Some(sitting) = sitting {
                sitting.restore(state);
            }
        }
        JobEvent::Failed(why) => {
            state.say(
                Level::Warn,
                SafeText::new("this sitting is not kept; the last one cannot be read: ").and(&why),
            );
        }
        _ => {}
    }
    if let Some(triage) = state.handed_over.take() {
        let (reviews, notes) = triage.add_to(&mut state.desk);
        let (reviews, notes) = (plural(reviews, "review", "reviews"), plural(notes, "note", "notes"));
        state.unsaved = true;
        state.say(Level::Ok, SafeText::new(&format!("taken over: {reviews} and {notes}")));
    }
    state.epoch += 1;
    list::rebuild(state);
}
