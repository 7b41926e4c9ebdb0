//! The baseline: a commit that the findings are compared with.

use std::sync::Arc;

use super::{list, navigate, plural};
use crate::text::SafeText;
use crate::tui::effect::{Effect, Job};
use crate::tui::loaded::CommitText;
use crate::tui::msg::JobEvent;
use crate::tui::state::{Baseline, Level, Screen, Slot, State};

/// Compares with the commit under the cursor of History; its first line stands for no comparison.
pub(super) fn choose(state: &mut State, effects: &mut Vec<Effect>) {
    if state.screen != Screen::History {
        navigate::go(state, Screen::History);
        state.say(Level::Info, SafeText::new("b on a commit compares with it, on the first line with none"));
        return;
    }
    let Some(past) = state.past.ready() else { return };
    let row = state.past.place.cursor.checked_sub(1).and_then(|at| past.rows.get(at));
    let chosen = row.map(|row| row.commit.clone());
    drop_it(state, effects);
    match chosen {
        Some(commit) => start(state, commit, effects),
        None => state.say(Level::Info, SafeText::new("compared with no commit any more")),
    }
    list::rebuild(state);
}

fn start(state: &mut State, commit: CommitText, effects: &mut Vec<Effect>) {
    let id = state.job();
    effects.push(Effect::Start(id, Job::Compare(commit.id.as_str().to_owned())));
    state.baseline = Some(Baseline { commit, slot: Slot::Loading(id) });
}

/// What is compared has changed: the same again.
pub(super) fn again(state: &mut State, effects: &mut Vec<Effect>) {
    let commit = state.baseline.as_ref().map(|baseline| baseline.commit.clone());
    drop_it(state, effects);
    if let Some(commit) = commit.filter(|_| state.visited.is_none()) {
        start(state, commit, effects);
    }
}

fn drop_it(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(Baseline { slot: Slot::Loading(id), .. }) = state.baseline.take() {
        effects.push(Effect::Cancel(id));
    }
    state.desk.new = None;
    state.epoch += 1;
}

pub(super) fn compared(state: &mut State, event: JobEvent) {
    let Some(baseline) = &mut state.baseline else { return };
    let since = SafeText::new("since ").and(&baseline.commit.short);
    match event {
        JobEvent::Compared(change) => {
            state.desk.new = Some(Arc::clone(&change.new));
            let (new, gone) = (change.new.len(), change.fixed);
            let text = format!(": +{new} -{gone}; / is:new lists {}", plural(new, "one", "them"));
            let (level, text) = match (change.incomplete, new) {
                (true, _) => {
                    (Level::Warn, format!(": +{new} -{gone}; not all of that commit could be judged"))
                }
                (false, 0) => (Level::Ok, format!(": nothing new, -{gone}")),
                (false, _) => (Level::Info, text),
            };
            baseline.slot = Slot::Ready(change);
            state.epoch += 1;
            state.say(level, since.with(&text));
            list::rebuild(state);
        }
        JobEvent::Failed(why) => {
            baseline.slot = Slot::Failed(why.clone());
            state.say(Level::Error, since.with(": not compared: ").and(&why));
        }
        _ => state.baseline = None,
    }
}
