//! Jobs: starting the audit, and what results do. A result whose job nobody waits for is dropped.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{compare, form, list, plural, sheet, triage};
use crate::model::Finding;
use crate::text::SafeText;
use crate::tui::effect::{Effect, Job};
use crate::tui::loaded::CommitText;
use crate::tui::msg::{JobEvent, JobId};
use crate::tui::state::{Level, Screen, Sheet, SheetKind, Slot, State};
use crate::tui::store::{RowKey, Shelf, Store};

pub(super) fn start_audit(state: &mut State, effects: &mut Vec<Effect>) {
    // An audit of another commit may be running; origins are asked for again when this one is done.
    let running = [state.audit.job, state.origins_job.take()];
    effects.extend(running.into_iter().flatten().map(Effect::Cancel));
    let id = state.job();
    state.audit.job = Some(id);
    state.audit.error = None;
    (state.audit.done, state.audit.total) = (0, 0);
    state.audit.what = SafeText::new("starting");
    let revision = state.visited.as_ref().map(|commit| commit.id.as_str().to_owned());
    effects.push(Effect::Start(id, Job::Audit(revision)));
}

/// Begins to watch the work tree, or stops.
pub(super) fn watch(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(job) = state.watch_job.take() {
        effects.push(Effect::Cancel(job));
        state.say(Level::Info, SafeText::new("not watching any more"));
        return;
    }
    let id = state.job();
    state.watch_job = Some(id);
    effects.push(Effect::Start(id, Job::Watch));
    state.say(Level::Info, SafeText::new("watching: files or HEAD that change are audited again"));
}

fn watched(state: &mut State, event: JobEvent, effects: &mut Vec<Effect>) {
    match event {
        // What is being audited was read before or after the change: again, to be sure.
        JobEvent::Changed if state.visited.is_none() => {
            state.message = None;
            start_audit(state, effects);
        }
        JobEvent::Changed => {}
        JobEvent::Failed(why) => {
            state.watch_job = None;
            state.say(Level::Warn, SafeText::new("not watching any more: ").and(&why));
        }
        _ => state.watch_job = None,
    }
}

/// Audits a commit instead of what was opened, or that again.
pub(super) fn visit(state: &mut State, commit: Option<CommitText>, effects: &mut Vec<Effect>) {
    state.visited = commit;
    // Nothing of the other commit may pass for this one's.
    state.audit.complete = false;
    state.store = Arc::default();
    state.summary = Arc::default();
    state.subject = None;
    state.origins = Arc::default();
    forget(state);
    start_audit(state, effects);
    list::rebuild(state);
}

/// What was asked about findings is out of date.
fn forget(state: &mut State) {
    state.policies.clear();
    state.sources.clear();
    state.traces.clear();
    state.lives.clear();
    state.flip = None;
}

/// What Trace shows of a finding: first its origin, then all that happened to it, then the change that was chosen.
pub(super) fn look_back(state: &mut State, finding: &Arc<Finding>, key: RowKey, effects: &mut Vec<Effect>) {
    if state.traces.get(key).is_none() {
        if let Some((old, job)) = state.traces.loading() {
            effects.push(Effect::Cancel(job));
            state.traces.remove(old);
        }
        let id = state.job();
        state.traces.put(key, Slot::Loading(id));
        effects.push(Effect::Start(id, Job::Trace(finding.clone())));
    }
    if state.traces.ready(key).is_some() && state.lives.get(key).is_none() {
        if let Some((old, job)) = state.lives.loading() {
            effects.push(Effect::Cancel(job));
            state.lives.remove(old);
        }
        let id = state.job();
        state.lives.put(key, Slot::Loading(id));
        effects.push(Effect::Start(id, Job::Life(finding.clone())));
    }
    let Some((life, step, event)) = state.shown_event() else { return };
    if state.flip.as_ref().is_none_or(|(of, at, _)| (*of, *at) != (key, step)) {
        let commit = event.commit.id.as_str().to_owned();
        let moved = life.moved_after(step);
        let id = state.job();
        state.flip = Some((key, step, Slot::Loading(id)));
        effects.push(Effect::Start(id, Job::Flip(finding.clone(), moved, commit)));
    }
}

/// Walks through the past once History is looked at.
pub(super) fn walk_past(state: &mut State, effects: &mut Vec<Effect>) {
    if state.screen == Screen::History && state.past.slot.is_none() {
        let id = state.job();
        (state.past.done, state.past.total) = (0, 0);
        state.past.head = state.context.head.clone();
        state.past.slot = Some(Slot::Loading(id));
        effects.push(Effect::Start(id, Job::History));
    }
}

/// Looks for the origins of what is listed, in the order of the list.
fn find_origins(state: &mut State, effects: &mut Vec<Effect>) {
    if !state.store.is_empty() {
        let id = state.job();
        state.origins_job = Some(id);
        effects.push(Effect::Start(id, Job::Origins(Arc::clone(&state.store))));
    }
}

fn origins(state: &mut State, event: JobEvent) {
    match event {
        JobEvent::Origins(more) => {
            Arc::make_mut(&mut state.origins).extend(more);
            state.epoch += 1;
            if state.arrangement().needs_origins() || !state.filter.is_empty() {
                list::rebuild(state);
            }
        }
        _ => state.origins_job = None,
    }
}

fn past(state: &mut State, event: JobEvent, effects: &mut Vec<Effect>) {
    match event {
        JobEvent::HistoryProgress { done, total } => (state.past.done, state.past.total) = (done, total),
        JobEvent::History(past) => {
            // It knows the origins, too, unless another commit is being visited.
            if state.visited.is_none() && state.audit.complete {
                if let Some(job) = state.origins_job.take() {
                    effects.push(Effect::Cancel(job));
                }
                Arc::make_mut(&mut state.origins).extend(past.origins.clone());
                state.epoch += 1;
                list::rebuild(state);
            }
            state.past.slot = Some(Slot::Ready(past));
        }
        JobEvent::Failed(why) => state.past.slot = Some(Slot::Failed(why)),
        _ => {}
    }
}

pub(super) fn finished(state: &mut State, id: JobId, event: JobEvent, effects: &mut Vec<Effect>) {
    if state.audit.job == Some(id) {
        audit(state, event, effects);
    } else if state.origins_job == Some(id) {
        origins(state, event);
    } else if state.past.job() == Some(id) {
        past(state, event, effects);
    } else if state.filter_job.as_ref().is_some_and(|(job, _)| *job == id) {
        list::filtered(state, event);
    } else if state.draft_job.as_ref().is_some_and(|(job, ..)| *job == id) {
        form::drafted(state, event, effects);
    } else if state.comparing() == Some(id) {
        compare::compared(state, event);
    } else if matches!(&state.sheet, Some(Sheet { kind: SheetKind::Change(_, Slot::Loading(of)), .. }) if *of == id)
    {
        sheet::changed(state, event);
    } else if state.browser == Some(id) {
        state.browser = None;
        if let JobEvent::Failed(why) = event {
            state.say(Level::Error, why);
        }
    } else if state.watch_job == Some(id) {
        watched(state, event, effects);
    } else if state.save_job == Some(id) {
        triage::saved(state, event);
    } else if state.export_job == Some(id) {
        triage::exported(state, event);
    } else if state.sitting_job == Some(id) {
        state.sitting_job = None;
        triage::restore(state, event);
    } else if state.restoring.as_ref().is_some_and(|(job, _)| *job == id) {
        form::restored(state, event);
    } else if state.editor == Some(id) {
        state.editor = None;
        match event {
            JobEvent::Failed(why) => state.say(Level::Error, why),
            _ => state.say(Level::Info, SafeText::new("back from the editor: r audits again")),
        }
    } else if form::owns(state, id) {
        form::finished(state, id, event, effects);
    } else if let Some(key) = state.sources.waiting(id) {
        match event {
            JobEvent::Source(source) => state.sources.put(key, Slot::Ready(source)),
            JobEvent::Failed(why) => state.sources.put(key, Slot::Failed(why)),
            _ => state.sources.remove(key),
        }
    } else if let Some(key) = state.policies.waiting(id) {
        match event {
            JobEvent::Policy(text) => state.policies.put(key, Slot::Ready(text)),
            JobEvent::Failed(why) => state.policies.put(key, Slot::Failed(why)),
            _ => state.policies.remove(key),
        }
    } else if let Some(key) = state.traces.waiting(id) {
        match event {
            JobEvent::Trace(trace) => state.traces.put(key, Slot::Ready(trace)),
            JobEvent::Failed(why) => state.traces.put(key, Slot::Failed(why)),
            _ => state.traces.remove(key),
        }
    } else if let Some(key) = state.lives.waiting(id) {
        match event {
            JobEvent::Life(life) => state.lives.put(key, Slot::Ready(life)),
            JobEvent::Failed(why) => state.lives.put(key, Slot::Failed(why)),
            _ => state.lives.remove(key),
        }
    } else if let Some((.., slot @ Slot::Loading(_))) = &mut state.flip
        && matches!(slot, Slot::Loading(of) if *of == id)
    {
        match event {
            JobEvent::Flip(flip) => *slot = Slot::Ready(flip),
            JobEvent::Failed(why) => *slot = Slot::Failed(why),
            _ => state.flip = None,
        }
    }
}

fn audit(state: &mut State, event: JobEvent, effects: &mut Vec<Effect>) {
    match event {
        JobEvent::AuditStarted(repository, policies) => state.context.set(&repository, Some(policies)),
        JobEvent::AuditProgress { done, total, what } => {
            (state.audit.done, state.audit.total, state.audit.what) = (done, total, what);
        }
        JobEvent::AuditFindings(store)
            // While an audit is repeated the old result stays whole until the new one is.
            if !state.audit.complete => {
                state.store = store;
                list::rebuild(state);
            }
        JobEvent::AuditDone(store, summary) => {
            let again = state.audit.complete;
            let change = again.then(|| change(&state.store, &store));
            state.audit.job = None;
            state.audit.complete = true;
            if let Some(repository) = &summary.repository {
                state.context.set(repository, Some(summary.policy_count));
            }
            state.store = store;
            // The cursor stays on its record while others come in around it.
            let waiver = state.waiver_line().map(|waiver| waiver.id.clone());
            state.summary = summary;
            if let Some(at) = state.summary.waivers.iter().position(|line| Some(&line.id) == waiver.as_ref()) {
                state.waivers.cursor = state.drafts.len() + at;
            }
            forget(state);
            if state.visited.is_none() && state.past.head != state.context.head && state.past.job().is_none() {
                state.past.slot = None;
            }
            if state.subject.is_some_and(|key| state.store.find(key).is_none()) {
                state.subject = None;
            }
            compare::again(state, effects);
            list::rebuild(state);
            if state.summary.repository.as_ref().is_some_and(|repository| repository.head.is_some()) {
                find_origins(state, effects);
            }
            // What was just written is worth more than the news that the audit ran.
            if let Some(change) = change.filter(|_| state.message.is_none()) {
                state.say(Level::Ok, SafeText::new(&format!("audited again: {change}")));
            }
        }
        JobEvent::Failed(why) => {
            state.audit.job = None;
            let what = SafeText::new("the audit failed: ").and(&why);
            state.audit.error = Some(what.clone());
            state.say(Level::Error, what);
        }
        _ => {}
    }
}

/// "+3 -2 open findings"
fn change(old: &Arc<Store>, new: &Arc<Store>) -> String {
    let open = |store: &Store| -> BTreeSet<RowKey> {
        let rows = store.iter().filter(|row| row.shelf() == Shelf::Fail && !row.waived());
        rows.map(|row| row.key()).collect()
    };
    let (old, new) = (open(old), open(new));
    let (more, fewer) = (new.difference(&old).count(), old.difference(&new).count());
    if more + fewer == 0 {
        "nothing changed".to_owned()
    } else {
        format!("+{more} -{fewer}, now {}", plural(new.len(), "open finding", "open findings"))
    }
}
