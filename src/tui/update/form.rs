//! Drafts of records: opening, typing, previewing, signing. Only `sign` asks for a write.

use std::sync::Arc;

use crossterm::event::KeyCode;

use super::{jobs, navigate, triage};
use crate::model::Finding;
use crate::text::SafeText;
use crate::tui::backend::{Act, Errand, Field};
use crate::tui::command::Cmd;
use crate::tui::effect::{Effect, Job, Loan};
use crate::tui::form::{Form, Line};
use crate::tui::input::Input;
use crate::tui::keymap::Chord;
use crate::tui::msg::{JobEvent, JobId};
use crate::tui::sitting::Kept;
use crate::tui::state::{Level, Screen, State};
use crate::tui::store::{Row, Shelf};
use crate::tui::view;

/// Records that one commit takes: each is signed by itself, and a security key is touched for each.
const MOST: usize = 500;

/// A waiver for what is marked, else for the finding under the cursor.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let marked = state.marked_rows();
    if marked.is_empty() {
        let focused: Vec<_> = state.focused().into_iter().collect();
        start_many(state, chosen(&focused), effects);
    } else {
        start_many(state, chosen(&marked), effects);
    }
}

/// Waivers for what is open in the group under the cursor.
pub(super) fn open_group(state: &mut State, effects: &mut Vec<Effect>) {
    let rows = triage::group_rows(state);
    let open: Vec<_> = rows.into_iter().filter(|row| is_open(*row)).collect();
    if open.is_empty() {
        state.say(Level::Info, SafeText::new("nothing in this group is open"));
        return;
    }
    start_many(state, chosen(&open), effects);
}

fn is_open(row: Row<'_>) -> bool {
    row.shelf() == Shelf::Fail && !row.waived()
}

/// The findings of rows, or why the same cannot be said of them in one commit: where one cannot be waived, nothing is
/// drafted, as nobody should sign for fewer than they chose.
fn chosen(rows: &[Row<'_>]) -> Result<Vec<Arc<Finding>>, SafeText> {
    if rows.len() > MOST {
        let why =
            format!("{} findings are more than the {MOST} that one commit takes: filter them", rows.len());
        return Err(SafeText::new(&why));
    }
    if let Some(row) = rows.iter().find(|row| !is_open(**row)).filter(|_| rows.len() > 1) {
        let why = row.policy().id.clone().with(" of ").and(&row.resource());
        return Err(why.with(" is not open: u unmarks all, space one"));
    }
    Ok(rows.iter().filter_map(Row::finding).collect())
}

fn start_many(state: &mut State, chosen: Result<Vec<Arc<Finding>>, SafeText>, effects: &mut Vec<Effect>) {
    let mut findings = match chosen {
        Ok(findings) => findings.into_iter(),
        Err(why) => return state.say(Level::Warn, why),
    };
    let Some(first) = findings.next() else { return };
    let errand = Errand { act: Act::Waive, finding: Some(first), others: findings.collect(), waiver: None };
    start(state, errand, effects);
}

/// A committed waiver is not taken back but ended.
pub(super) fn offer_revocation(state: &mut State, ids: &[String], effects: &mut Vec<Effect>) {
    match ids {
        [id] => {
            let row = state.summary.waivers.iter().find(|waiver| waiver.id.as_str() == id);
            let finding = row.and_then(|waiver| state.finding_of(waiver)?.finding());
            let errand =
                Errand { act: Act::Revoke, finding, others: Arc::default(), waiver: Some(id.clone()) };
            start(state, errand, effects);
        }
        many => {
            navigate::go(state, Screen::Waivers);
            let text = format!("{} waivers were committed together: V on each revokes it", many.len());
            state.say(Level::Info, SafeText::new(&text));
        }
    }
}

/// Drafts the next form that the last sitting left, one at a time, once the audit knows what there is.
pub(super) fn restore_next(state: &mut State, effects: &mut Vec<Effect>) {
    if !state.audit.complete
        || state.visited.is_some()
        || state.restoring.is_some()
        || state.draft_job.is_some()
    {
        return;
    }
    let there = |kept: &Kept| match kept.key() {
        Some(key) => state.store.find(key).is_some(),
        None => true,
    };
    let Some(at) = state.kept.iter().position(there) else { return };
    let kept = state.kept.remove(at);
    let finding = kept.key().and_then(|key| state.store.find(key)?.finding());
    let errand = Errand { act: kept.act, finding, others: Arc::default(), waiver: kept.waiver.clone() };
    let template =
        kept.typed.iter().find(|(field, _)| *field == Field::Template).map(|(_, name)| name.clone());
    let id = state.job();
    state.restoring = Some((id, kept));
    effects.push(Effect::Start(id, Job::Draft(errand, template)));
}

pub(super) fn restored(state: &mut State, event: JobEvent) {
    let Some((_, kept)) = state.restoring.take() else { return };
    let finding = kept.key().and_then(|key| state.store.find(key)?.finding());
    match event {
        JobEvent::Draft(draft) => {
            let errand =
                Errand { act: kept.act, finding, others: Arc::default(), waiver: kept.waiver.clone() };
            let mut form = Form::new(errand, &draft);
            form.fill(&kept.typed);
            state.drafts.entry(form.key()).or_insert(form);
        }
        // What cannot be drafted now, as while another commit is shown, may be later.
        JobEvent::Dropped => state.kept.push(kept),
        JobEvent::Failed(why) => {
            state.say(Level::Warn, SafeText::new("a draft of the last sitting is given up: ").and(&why));
        }
        _ => {}
    }
}

/// Something about the waiver under the cursor.
pub(super) fn open_about(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let Some(waiver) = state.waiver_in_view() else { return };
    let id = waiver.id.as_str().to_owned();
    let finding = state.finding_of(waiver).and_then(|row| row.finding());
    start(state, Errand { act, finding, others: Arc::default(), waiver: Some(id) }, effects);
}

fn start(state: &mut State, errand: Errand, effects: &mut Vec<Effect>) {
    if let Some(form) = state.drafts.remove(&Form::key_of(&errand)) {
        show(state, form, effects);
        return;
    }
    let id = state.job();
    state.draft_job = Some((id, errand.clone()));
    state.say(Level::Info, SafeText::new("preparing the draft"));
    effects.push(Effect::Start(id, Job::Draft(errand, None)));
}

fn show(state: &mut State, mut form: Form, effects: &mut Vec<Effect>) {
    if let Some(open) = state.form.take() {
        state.drafts.insert(open.key(), open);
    }
    navigate::go(state, Screen::Waivers);
    // A draft may be older than the last audit: what is signed is the finding as it stands now.
    if let Some(finding) = form.finding_key().and_then(|key| state.store.find(key)?.finding()) {
        form.errand.finding = Some(finding);
    }
    form.record_page = false;
    state.form = Some(form);
    preview(state, effects);
}

/// Opens a kept draft from the list of waivers.
pub(super) fn resume(state: &mut State, index: usize, effects: &mut Vec<Effect>) {
    let Some(key) = state.drafts.keys().nth(index).cloned() else { return };
    if let Some(form) = state.drafts.remove(&key) {
        show(state, form, effects);
    }
}

pub(super) fn drafted(state: &mut State, event: JobEvent, effects: &mut Vec<Effect>) {
    let Some((_, errand)) = state.draft_job.take() else { return };
    state.message = None;
    match event {
        JobEvent::Draft(draft) => {
            let key = Form::key_of(&errand);
            match state.form.as_mut().filter(|form| form.key() == key) {
                Some(form) => {
                    form.follow(&draft);
                    preview(state, effects);
                }
                None => show(state, Form::new(errand, &draft), effects),
            }
        }
        JobEvent::Failed(why) => {
            let what = match errand.act {
                Act::Waive => SafeText::new("no waiver can be drafted: "),
                act => SafeText::new("cannot ").with(act.word()).with(": "),
            };
            state.say(Level::Error, what.and(&why));
        }
        _ => {}
    }
}

pub(super) fn key(
    state: &mut State,
    chord: Chord,
    change: impl FnOnce(&mut Input),
    effects: &mut Vec<Effect>,
) {
    let Some(form) = &mut state.form else { return };
    if form.lines.get(form.at).is_some_and(Line::is_chosen) {
        let turned = match (chord.code, chord.ctrl) {
            (KeyCode::Left, false) => form.turn(false),
            (KeyCode::Right | KeyCode::Char(' '), false) => form.turn(true),
            _ => false,
        };
        if turned && form.field() == Some(Field::Template) {
            let errand = form.errand.clone();
            let template = form.text(Field::Template).map(str::to_owned);
            let id = state.job();
            state.draft_job = Some((id, errand.clone()));
            effects.push(Effect::Start(id, Job::Draft(errand, template)));
        } else if turned {
            preview(state, effects);
        }
    } else if chord.code == KeyCode::Enter {
        form.step(true);
    } else {
        edit(state, change, effects);
    }
}

pub(super) fn edit(state: &mut State, change: impl FnOnce(&mut Input), effects: &mut Vec<Effect>) {
    let Some(form) = &mut state.form else { return };
    form.record_page = false;
    if form.edit(change) {
        preview(state, effects);
    }
}

/// Asks the engine to check what is typed now. An older answer stays until the new one is there.
fn preview(state: &mut State, effects: &mut Vec<Effect>) {
    let id = state.job();
    let Some(form) = &mut state.form else { return };
    if form.first_problem().is_none() && form.commit_job.is_none() {
        form.preview_job = Some((id, form.revision));
        effects.push(Effect::Start(id, Job::Preview(form.errand.clone(), form.values())));
    }
}

pub(super) fn owns(state: &State, id: JobId) -> bool {
    let owned = |form: &Form| {
        let jobs = [form.preview_job.map(|(job, _)| job), form.commit_job, form.editing.map(|(job, _)| job)];
        jobs.contains(&Some(id))
    };
    state.form.iter().chain(state.drafts.values()).any(owned)
}

pub(super) fn finished(state: &mut State, id: JobId, event: JobEvent, effects: &mut Vec<Effect>) {
    let committing = |form: &Form| form.commit_job == Some(id);
    let previewing = |form: &Form| form.preview_job.is_some_and(|(job, _)| job == id);
    let forms = || state.form.iter().chain(state.drafts.values());
    if forms().any(committing) {
        committed(state, event, effects);
        return;
    }
    if state.form.as_ref().is_some_and(|form| form.editing.is_some_and(|(job, _)| job == id)) {
        written(state, event, effects);
        return;
    }
    let form = state.form.iter_mut().chain(state.drafts.values_mut()).find(|form| previewing(form));
    let Some(form) = form else { return };
    let Some((_, revision)) = form.preview_job.take() else { return };
    match event {
        JobEvent::Preview(preview) => form.previewed = Some((revision, Ok(preview))),
        JobEvent::Failed(why) => form.previewed = Some((revision, Err(why))),
        _ => {}
    }
}

/// The durable command. It acts only on a draft that is right, and on a screen that shows the record.
pub(super) fn sign(state: &mut State, effects: &mut Vec<Effect>) {
    let record_shown = view::form::shows_record(state);
    let Some(form) = &mut state.form else { return };
    if let Err(why) = form.signable() {
        if let Some((at, ..)) = form.first_problem() {
            form.at = at;
        }
        form.error = Some(why.clone());
        state.say(Level::Error, SafeText::new("not signed: ").and(&why));
        return;
    }
    if !record_shown {
        form.record_page = true;
        form.scroll = 0;
        state.say(Level::Info, SafeText::new("this will be written: ctrl-s again signs it, esc goes back"));
        return;
    }
    let (errand, values) = (form.errand.clone(), form.values());
    form.error = None;
    let id = state.job();
    if let Some(form) = &mut state.form {
        form.commit_job = Some(id);
    }
    effects.push(Effect::Lend(id, Loan::Commit(errand, values)));
}

fn committed(state: &mut State, event: JobEvent, effects: &mut Vec<Effect>) {
    let Some(form) = &mut state.form else { return };
    form.commit_job = None;
    match event {
        JobEvent::Committed(receipt) => {
            let ids: Vec<SafeText> = receipt.ids.iter().map(|id| SafeText::new(id)).collect();
            let many = ids.len();
            let commit: String = receipt.commit.chars().take(7).collect();
            let text = SafeText::new("committed ").and(&SafeText::new(&commit)).with(": ");
            let text = match many {
                1 => text.and(&SafeText::new(&receipt.path)),
                many => text.with(&format!("{many} records")),
            };
            let act = form.errand.act;
            state.committed.extend(ids.into_iter().map(|id| (act, id)));
            state.form = None;
            state.unsaved = true;
            if matches!(act, Act::Waive | Act::Renew) {
                state.desk.committed(receipt.ids);
                state.desk.forget_marks();
            }
            // Back to where it was asked for: the list of findings, or that of the waivers.
            if act == Act::Waive {
                navigate::go(state, Screen::Findings);
            }
            jobs::start_audit(state, effects);
            state.say(Level::Ok, text);
        }
        JobEvent::Failed(why) => {
            form.error = Some(why.clone());
            state.say(Level::Error, SafeText::new("not signed, draft kept: ").and(&why));
            // The record holds its time and a nonce: what is shown must be fresh before the next try.
            preview(state, effects);
        }
        _ => {}
    }
}

/// Hands the current line to the user's editor.
pub(super) fn edit_outside(state: &mut State, effects: &mut Vec<Effect>) {
    let id = state.job();
    let Some(form) = &mut state.form else { return };
    if let Some(line) = form.lines.get(form.at) {
        let text = line.input.text().to_owned();
        form.editing = Some((id, line.field));
        effects.push(Effect::Lend(id, Loan::Text(text)));
    }
}

fn written(state: &mut State, event: JobEvent, effects: &mut Vec<Effect>) {
    let Some(form) = &mut state.form else { return };
    let Some((_, field)) = form.editing.take() else { return };
    match event {
        JobEvent::Written(text) => {
            if let Some(at) = form.lines.iter().position(|line| line.field == field) {
                form.at = at;
            }
            edit(state, |input| *input = Input::new(&text), effects);
        }
        JobEvent::Failed(why) => state.say(Level::Error, why),
        _ => {}
    }
}

pub(super) fn run_in(state: &mut State, cmd: Cmd, effects: &mut Vec<Effect>) {
    let page = state.regions().map_or(1, |regions| usize::from(regions.main.height).max(2) - 1);
    let lines = view::form::record_height(state);
    let Some(form) = &mut state.form else { return };
    match cmd {
        Cmd::Cancel if form.record_page => form.record_page = false,
        Cmd::Cancel => {
            if let Some(form) = state.form.take() {
                let text =
                    SafeText::new("draft kept for ").and(&form.about()).with(": enter on it here goes on");
                if form.revision > 1 {
                    state.drafts.insert(form.key(), form);
                    state.unsaved = true;
                    state.say(Level::Info, text);
                } else if form.errand.act == Act::Waive {
                    // What nobody touched is no draft: back to where it was asked for.
                    state.screen = state.came_from;
                }
            }
            let _ = effects;
        }
        Cmd::Down | Cmd::PaneNext => form.step(true),
        Cmd::Up | Cmd::PanePrev => form.step(false),
        Cmd::HalfDown => form.scroll += page.div_ceil(2),
        Cmd::HalfUp => form.scroll = form.scroll.saturating_sub(page.div_ceil(2)),
        Cmd::PageDown => form.scroll += page,
        Cmd::PageUp => form.scroll = form.scroll.saturating_sub(page),
        _ => {}
    }
    if let Some(form) = &mut state.form {
        form.scroll = form.scroll.min(lines.saturating_sub(1));
    }
}
