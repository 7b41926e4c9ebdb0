//! Jobs: starting the audit, and what results do. A result whose job nobody waits for is dropped.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{form, list, plural};
use crate::text::SafeText;
use crate::tui::effect::{Effect, Job};
use crate::tui::msg::{JobEvent, JobId};
use crate::tui::state::{Level, Slot, State};
use crate::tui::store::{RowKey, Shelf, Store};

pub(super) fn start_audit(state: &mut State, effects: &mut Vec<Effect>) {
    let id = state.job();
    state.audit.job = Some(id);
    state.audit.error = None;
    (state.audit.done, state.audit.total) = (0, 0);
    state.audit.what = SafeText::new("starting");
    effects.push(Effect::Start(id, Job::Audit));
}

pub(super) fn finished(state: &mut State, id: JobId, event: JobEvent, effects: &mut Vec<Effect>) {
    if state.audit.job == Some(id) {
        audit(state, event);
    } else if state.filter_job.as_ref().is_some_and(|(job, ..)| *job == id) {
        list::filtered(state, event);
    } else if state.draft_job.is_some_and(|(job, _)| job == id) {
        form::drafted(state, event, effects);
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
    }
}

fn audit(state: &mut State, event: JobEvent) {
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
            let change = change(&state.store, &store);
            state.audit.job = None;
            state.audit.complete = true;
            if let Some(repository) = &summary.repository {
                state.context.set(repository, Some(summary.policy_count));
            }
            state.store = store;
            state.summary = summary;
            state.policies.clear();
            state.sources.clear();
            state.traces.clear();
            if state.subject.is_some_and(|key| state.store.find(key).is_none()) {
                state.subject = None;
            }
            list::rebuild(state);
            // What was just written is worth more than the news that the audit ran.
            if again && state.message.is_none() {
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
        let rows = store.rows.iter().filter(|row| row.shelf == Shelf::Fail && !row.waived());
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
