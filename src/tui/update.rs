//! `update`: what a message does to the state, and what it asks for. Total, deterministic, no clock.
//!
//! ```text
//! Msg::Key ──keymap──> Cmd ──run──┐
//! Msg::Job ───────────────────────┼──> State changed, Vec<Effect>
//! Msg::Paste, Resize, Tick ───────┘
//! ```

mod compare;
mod form;
mod jobs;
mod list;
mod menu;
mod navigate;
mod outside;
mod sheet;
mod triage;

use crossterm::event::{KeyCode, KeyEvent};

use super::backend::Act;
use super::command::{Cmd, Scope, available};
use super::effect::{Effect, Job, Loan};
use super::keymap::{Chord, Match};
use super::msg::Msg;
use super::state::{Level, Screen, Slot, State};
use crate::text::SafeText;

/// The effects of starting: the audit runs, the first frame does not wait for it.
pub fn start(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    let id = state.job();
    state.sitting_job = Some(id);
    effects.push(Effect::Start(id, Job::Sitting));
    jobs::start_audit(state, &mut effects);
    effects
}

pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    match msg {
        Msg::Key(event) => key(state, event, &mut effects),
        Msg::Paste(text) => paste(state, &text, &mut effects),
        Msg::Mouse(click, column, row) => navigate::mouse(state, click, (column, row), &mut effects),
        Msg::Resize(width, height) => state.size = (width, height),
        Msg::Tick(now) => state.now = now,
        Msg::Job(id, event) => jobs::finished(state, id, event, &mut effects),
        Msg::Terminate(signal) => {
            state.signal = signal;
            quit(state, &mut effects);
        }
    }
    settle(state, &mut effects);
    effects
}

fn key(state: &mut State, event: KeyEvent, effects: &mut Vec<Effect>) {
    let Some(chord) = Chord::of(event) else { return };
    let scope = state.scope();
    state.pending.push(chord);
    match state.keymap.lookup(scope, &state.pending) {
        Match::Prefix => {}
        Match::Command(cmd) => {
            state.pending.clear();
            run(state, cmd, effects);
        }
        Match::Nothing => {
            // A broken-off sequence is dropped as a whole: its last key alone could surprise.
            let alone = state.pending.len() == 1;
            state.pending.clear();
            if alone && scope.takes_text() {
                text_key(state, scope, chord, effects);
            }
        }
    }
}

/// Keys that edit the field under the cursor.
fn text_key(state: &mut State, scope: Scope, chord: Chord, effects: &mut Vec<Effect>) {
    let edit = |input: &mut super::input::Input| match (chord.code, chord.ctrl) {
        (KeyCode::Char(c), false) => input.insert(c),
        (KeyCode::Backspace, false) | (KeyCode::Char('h'), true) => input.backspace(),
        (KeyCode::Char('w') | KeyCode::Backspace, true) => input.delete_word(),
        (KeyCode::Char('k'), true) => input.delete_to_start(),
        (KeyCode::Delete, _) => input.delete(),
        (KeyCode::Left, _) => input.left(),
        (KeyCode::Right, _) => input.right(),
        (KeyCode::Home, _) | (KeyCode::Char('a'), true) => input.home(),
        (KeyCode::End, _) | (KeyCode::Char('e'), true) => input.end(),
        _ => {}
    };
    if scope == Scope::FORM {
        form::key(state, chord, edit, effects);
    } else if scope == Scope::MENU {
        menu::edit(state, edit);
    } else if scope == Scope::PROMPT {
        triage::edit_prompt(state, edit);
    } else {
        list::edit_filter(state, edit);
    }
}

fn paste(state: &mut State, text: &str, effects: &mut Vec<Effect>) {
    let scope = state.scope();
    let edit = |input: &mut super::input::Input| input.paste(text);
    if scope == Scope::FORM {
        form::edit(state, edit, effects);
    } else if scope == Scope::MENU {
        menu::edit(state, edit);
    } else if scope == Scope::FILTER {
        list::edit_filter(state, edit);
    } else if scope == Scope::PROMPT {
        triage::edit_prompt(state, edit);
    } else {
        state.say(Level::Info, SafeText::new("pasted text is no command: ignored"));
    }
}

/// Runs a command from a key or the menu.
pub(super) fn run(state: &mut State, cmd: Cmd, effects: &mut Vec<Effect>) {
    if cmd != Cmd::Close {
        state.quit_asked = false;
    }
    let asked = state.quit_asked;
    if cmd == Cmd::Cancel && state.range.take().is_some() {
        state.message = None;
        return;
    }
    if cmd == Cmd::Cancel
        && state.scope() != Scope::FILTER
        && state.message.take().is_some_and(|m| m.level == Level::Error)
    {
        // Reading an error away is one step back.
        return;
    }
    if !matches!(cmd, Cmd::Redraw | Cmd::Suspend) {
        state.message = None;
    }
    if let Err(why) = available(cmd, state) {
        state.say(Level::Warn, why);
        if cmd != Cmd::Sign {
            return;
        }
    }
    match cmd {
        Cmd::Quit => quit(state, effects),
        Cmd::Close => close(state, asked, effects),
        Cmd::Redraw => effects.push(Effect::Redraw),
        Cmd::Suspend => effects.push(Effect::Suspend),
        Cmd::Help | Cmd::Palette => menu::open(state, cmd == Cmd::Help),
        Cmd::Rerun => jobs::start_audit(state, effects),
        Cmd::Watch => jobs::watch(state, effects),
        Cmd::Mouse => {
            state.mouse = !state.mouse;
            effects.push(Effect::Mouse(state.mouse));
            let text = if state.mouse { "mouse on: hold shift to select text" } else { "mouse off" };
            state.say(Level::Info, SafeText::new(text));
        }
        Cmd::ThemeNext => next_theme(state),
        Cmd::Waive => form::open(state, effects),
        Cmd::WaiveGroup => form::open_group(state, effects),
        Cmd::Approve => form::open_about(state, Act::Approve, effects),
        Cmd::Reject => form::open_about(state, Act::Reject, effects),
        Cmd::Renew => form::open_about(state, Act::Renew, effects),
        Cmd::Revoke => form::open_about(state, Act::Revoke, effects),
        Cmd::Sign => form::sign(state, effects),
        Cmd::EditField => form::edit_outside(state, effects),
        Cmd::EditFile => {
            if let Some(finding) = state.focused().and_then(|row| row.finding()) {
                let id = state.job();
                state.editor = Some(id);
                effects.push(Effect::Lend(id, Loan::File(finding)));
            }
        }
        Cmd::CopyPath => outside::copy(state, effects, |state| state.focused().map(|row| row.location())),
        Cmd::CopyFingerprint => outside::copy(state, effects, |state| {
            state.focused().map(|row| SafeText::new(&row.fingerprint().to_string()))
        }),
        Cmd::CopyCommit => outside::copy(state, effects, State::commit_in_view),
        Cmd::CopyLink => {
            outside::copy(state, effects, |state| state.link().map(|link| SafeText::new(&link)));
        }
        Cmd::Browse => outside::browse(state, effects),
        Cmd::Messages | Cmd::RawLine | Cmd::FullChange => sheet::open(state, cmd, effects),
        Cmd::Baseline => compare::choose(state, effects),
        _ if state.menu.is_some() => menu::run_in(state, cmd, effects),
        _ if state.sheet.is_some() => sheet::run_in(state, cmd),
        _ if state.prompt.is_some() => triage::run_in_prompt(state, cmd),
        _ if state.filtering => list::run_in_filter(state, cmd),
        _ if state.scope() == Scope::FORM => form::run_in(state, cmd, effects),
        _ => navigate::run_on_screen(state, cmd, effects),
    }
}

fn next_theme(state: &mut State) {
    let at = state.themes.iter().position(|(_, theme)| *theme == *state.theme).map_or(0, |at| at + 1);
    let Some((name, theme)) = state.themes.get(at % state.themes.len().max(1)) else { return };
    let text = format!("theme {name}: theme = \"{name}\" in config.toml keeps it");
    state.theme = std::sync::Arc::new(theme.clone());
    state.say(Level::Info, SafeText::new(&text));
}

/// `q`: closes what is open, else quits; with drafts that are not signed it asks once.
fn close(state: &mut State, asked: bool, effects: &mut Vec<Effect>) {
    if state.sheet.take().is_some() {
    } else if state.in_detail || state.problems.is_some() || state.screen == Screen::Trace {
        navigate::back(state, effects);
    } else if !state.drafts.is_empty() && !asked {
        state.quit_asked = true;
        // What several findings are to be said of is drafted anew from marks.
        let stay = state.may_save && state.drafts.values().all(|form| form.errand.others.is_empty());
        let count = plural(state.drafts.len(), "draft is", "drafts are");
        let fate = if stay { "kept for the next sitting" } else { "not all kept for the next sitting" };
        let text = format!("{count} not signed and {fate}: q again quits");
        state.say(Level::Warn, SafeText::new(&text));
    } else {
        quit(state, effects);
    }
}

fn quit(state: &mut State, effects: &mut Vec<Effect>) {
    state.quitting = true;
    effects.extend(state.jobs().into_iter().map(Effect::Cancel));
    effects.push(Effect::Quit);
}

/// After every message: cursors inside their lists, and what the detail needs asked for.
fn settle(state: &mut State, effects: &mut Vec<Effect>) {
    list::start_filter(state, effects);
    list::settle(state);
    menu::settle(state);
    sheet::settle(state);
    navigate::settle(state);
    if state.quitting {
        return;
    }
    form::restore_next(state, effects);
    triage::save(state, effects);
    jobs::walk_past(state, effects);
    let subject = state.subject_row().and_then(|row| Some((row.key(), row.finding()?)));
    let Some((key, finding)) = subject else { return };
    if matches!(state.screen, Screen::Findings | Screen::Trace) && state.sources.get(key).is_none() {
        let id = state.job();
        state.sources.put(key, Slot::Loading(id));
        effects.push(Effect::Start(id, Job::Source(finding.clone())));
    }
    if state.show_policy && state.policies.get(key).is_none() {
        let id = state.job();
        state.policies.put(key, Slot::Loading(id));
        effects.push(Effect::Start(id, Job::Policy(finding.clone())));
    }
    if state.screen == Screen::Trace {
        jobs::look_back(state, &finding, key, effects);
    }
}

pub(super) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
