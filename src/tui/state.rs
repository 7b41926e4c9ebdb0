//! All that the screen knows. No handle, thread, lock or clock: a session is a list of messages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::backend::{Act, Errand};
use super::command::Scope;
use super::desk::Desk;
use super::form::{Form, FormKey};
use super::input::Input;
use super::keymap::{Chord, Keymap};
use super::listing::{Arrangement, GroupKey, Line, Listing};
use super::loaded::{ChangeSince, CommitText, DiffText, Source, Summary, Trace, WaiverRow};
use super::msg::JobId;
use super::past::{EventText, FlipText, LifeText, Origins, PastText};
use super::query::Query;
use super::sitting::{Kept, Triage};
use super::store::{Row, RowKey, Shelf, Store};
use super::{layout, layout::Regions};
use crate::model::{RepositoryInfo, Web};
use crate::text::SafeText;
use crate::theme::Theme;

/// Messages that are kept.
const LOG: usize = 200;

/// Results kept of sources, policies and traces.
const CACHE: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Screen {
    Dashboard,
    Findings,
    Trace,
    Waivers,
    History,
}

impl Screen {
    pub const ALL: [Screen; 5] =
        [Screen::Dashboard, Screen::Findings, Screen::Trace, Screen::Waivers, Screen::History];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Ok,
    Info,
    Warn,
    Error,
}

/// The last thing that was said.
#[derive(Debug, Clone)]
pub struct Message {
    pub level: Level,
    pub text: SafeText,
}

/// What is being looked at; the header shows it on every screen.
#[derive(Debug, Clone, Default)]
pub struct Context {
    pub name: SafeText,
    pub branch: SafeText,
    pub head: SafeText,
    pub revision: SafeText,
    pub dirty: bool,
    pub policies: Option<usize>,
}

impl Context {
    pub fn set(&mut self, repository: &RepositoryInfo, policies: Option<usize>) {
        let short = |id: &str| SafeText::new(&id.chars().take(7).collect::<String>());
        self.branch = match &repository.branch {
            Some(branch) => SafeText::new(branch.strip_prefix("refs/heads/").unwrap_or(branch)),
            None => SafeText::new("detached"),
        };
        self.head = repository.head.as_deref().map_or_else(|| SafeText::new("unborn"), short);
        self.revision = match &repository.revision {
            Some(revision) => SafeText::new("rev ").and(&short(revision)),
            None => SafeText::new("work tree"),
        };
        self.dirty = repository.dirty;
        self.policies = policies.or(self.policies);
    }
}

#[derive(Debug, Clone, Default)]
pub struct Audit {
    pub job: Option<JobId>,
    /// A whole report has been seen.
    pub complete: bool,
    pub done: usize,
    pub total: usize,
    pub what: SafeText,
    pub error: Option<SafeText>,
}

/// The walk through the whole past.
#[derive(Debug, Clone, Default)]
pub struct Past {
    pub slot: Option<Slot<Arc<PastText>>>,
    pub done: usize,
    pub total: usize,
    /// The head that was walked from.
    pub head: SafeText,
    pub place: Place,
}

impl Past {
    pub fn job(&self) -> Option<JobId> {
        match self.slot {
            Some(Slot::Loading(id)) => Some(id),
            _ => None,
        }
    }

    pub fn ready(&self) -> Option<&Arc<PastText>> {
        match &self.slot {
            Some(Slot::Ready(past)) => Some(past),
            _ => None,
        }
    }
}

/// Something asked for once and kept.
#[derive(Debug, Clone)]
pub enum Slot<T> {
    Loading(JobId),
    Ready(T),
    Failed(SafeText),
}

/// Answers by finding, the latest few.
#[derive(Debug, Clone)]
pub struct Cache<T> {
    slots: BTreeMap<RowKey, Slot<T>>,
    order: Vec<RowKey>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { slots: BTreeMap::new(), order: Vec::new() }
    }
}

impl<T> Cache<T> {
    pub fn get(&self, key: RowKey) -> Option<&Slot<T>> {
        self.slots.get(&key)
    }

    pub fn ready(&self, key: RowKey) -> Option<&T> {
        match self.slots.get(&key) {
            Some(Slot::Ready(value)) => Some(value),
            _ => None,
        }
    }

    pub fn put(&mut self, key: RowKey, slot: Slot<T>) {
        self.order.retain(|known| *known != key);
        self.order.push(key);
        self.slots.insert(key, slot);
        if self.order.len() > CACHE {
            let oldest = self.order.remove(0);
            self.slots.remove(&oldest);
        }
    }

    pub fn remove(&mut self, key: RowKey) {
        self.order.retain(|known| *known != key);
        self.slots.remove(&key);
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The finding that waits for this job.
    pub fn waiting(&self, job: JobId) -> Option<RowKey> {
        self.slots
            .iter()
            .find(|(_, slot)| matches!(slot, Slot::Loading(id) if *id == job))
            .map(|(key, _)| *key)
    }

    pub fn loading(&self) -> Option<(RowKey, JobId)> {
        self.slots.iter().find_map(|(key, slot)| match slot {
            Slot::Loading(id) => Some((*key, *id)),
            _ => None,
        })
    }
}

/// A cursor and the first visible line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    pub cursor: usize,
    pub top: usize,
}

impl Place {
    /// Moves the cursor into the list and the list under the cursor.
    pub fn settle(&mut self, lines: usize, height: usize) {
        self.cursor = self.cursor.min(lines.saturating_sub(1));
        self.top = self.top.min(self.cursor).min(lines.saturating_sub(height));
        if height > 0 && self.cursor >= self.top + height {
            self.top = self.cursor + 1 - height;
        }
    }
}

/// What the cursor is on, through every change of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Group(GroupKey),
    Row(RowKey),
}

/// A list opened from the Dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problems {
    Unparsed,
    NotEvaluated,
    NotRendered,
    Notices,
}

/// `?` and `:`: the commands, filtered by typing.
#[derive(Debug, Clone)]
pub struct Menu {
    /// Only what is heard in this place; `None` for all.
    pub scope: Option<Scope>,
    pub query: Input,
    pub place: Place,
}

/// A text over the screen, and how far it is scrolled.
#[derive(Debug, Clone)]
pub struct Sheet {
    pub kind: SheetKind,
    pub scroll: usize,
}

#[derive(Debug, Clone)]
pub enum SheetKind {
    /// What was said so far.
    Messages,
    /// The code points of the finding's line.
    Raw,
    /// All that a commit changed.
    Change(SafeText, Slot<Arc<Vec<DiffText>>>),
}

/// The commit that findings are compared with, and what came of it.
#[derive(Debug, Clone)]
pub struct Baseline {
    pub commit: CommitText,
    pub slot: Slot<Arc<ChangeSince>>,
}

/// A note that is being written: on a finding, or on the sitting.
#[derive(Debug, Clone)]
pub struct Prompt {
    pub about: Option<RowKey>,
    pub input: Input,
}

/// What a filter was asked of.
#[derive(Debug, Clone)]
pub struct FilterAsked {
    pub query: String,
    pub store: Arc<Store>,
    pub epoch: u64,
}

impl PartialEq for FilterAsked {
    fn eq(&self, other: &Self) -> bool {
        self.query == other.query && self.epoch == other.epoch && Arc::ptr_eq(&self.store, &other.store)
    }
}

#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // independent facts, each with its own name
pub struct State {
    pub size: (u16, u16),
    pub now: u64,
    pub theme: Arc<Theme>,
    pub keymap: Arc<Keymap>,
    pub context: Context,
    pub screen: Screen,
    /// Where Esc on Trace and Waivers returns to.
    pub came_from: Screen,
    /// Keys go to the detail; with one pane it also fills the screen.
    pub in_detail: bool,
    pub show_policy: bool,
    /// The pane that takes the keys has all the room.
    pub zoomed: bool,
    pub mouse: bool,
    /// Who looks for changes of the work tree.
    pub watch_job: Option<JobId>,
    /// All themes by name, for trying on.
    pub themes: Arc<Vec<(String, Theme)>>,

    pub audit: Audit,
    pub summary: Arc<Summary>,
    pub store: Arc<Store>,
    pub listing: Arc<Listing>,
    pub folded: BTreeSet<GroupKey>,
    pub list: Place,
    pub target: Option<Target>,
    /// The finding that detail, trace and waiver are about; stays while the cursor is on a group.
    pub subject: Option<RowKey>,

    pub filter: Input,
    pub filtering: bool,
    /// The answer to a filter that a worker found out.
    pub matches: Option<(FilterAsked, Arc<Vec<bool>>)>,
    /// The filter that a worker is at, or that one should start on.
    pub filter_job: Option<(JobId, FilterAsked)>,
    pub filter_wanted: bool,
    /// For each finding whether the filter lets it through; `None` lets all.
    pub keep: Option<Arc<Vec<bool>>>,
    /// Grows when something changes that a filter may ask for beside the findings.
    pub epoch: u64,
    /// The findings that `listing` was made of.
    pub listed: Arc<Store>,
    /// What the person did with the findings.
    pub desk: Desk,
    /// Where a range of marks began.
    pub range: Option<RowKey>,
    pub prompt: Option<Prompt>,
    /// What was not understood of the filter.
    pub filter_problem: Option<SafeText>,
    /// Forms of the last sitting that are not open yet.
    pub kept: Vec<Kept>,
    pub restoring: Option<(JobId, Kept)>,
    /// Something is to be written down, and who is at it.
    pub unsaved: bool,
    /// The last sitting was read: what it left is not lost by writing.
    pub may_save: bool,
    pub save_job: Option<JobId>,
    pub export_job: Option<JobId>,
    pub sitting_job: Option<JobId>,
    /// The introducing commits, as far as they are known, and who looks for the others.
    pub origins: Arc<Origins>,
    pub origins_job: Option<JobId>,

    pub sources: Cache<Arc<Source>>,
    pub policies: Cache<Arc<Vec<SafeText>>>,
    pub traces: Cache<Arc<Trace>>,
    pub lives: Cache<Arc<LifeText>>,
    /// The event of the finding's life that Trace shows; `None`: its origin.
    pub step: Option<usize>,
    /// What the commit of that event changed, where it is not the origin.
    pub flip: Option<(RowKey, usize, Slot<Arc<FlipText>>)>,
    pub detail_scroll: usize,
    pub trace_scroll: usize,

    pub dashboard: Place,
    pub problems: Option<(Problems, Place)>,
    pub waivers: Place,
    pub past: Past,
    /// The commit that is audited instead of what was opened.
    pub visited: Option<CommitText>,
    /// The open draft; closed ones wait in `drafts`.
    pub form: Option<Form>,
    pub drafts: BTreeMap<FormKey, Form>,
    pub draft_job: Option<(JobId, Errand)>,

    /// A file is open in the user's editor.
    pub editor: Option<JobId>,
    pub menu: Option<Menu>,
    pub sheet: Option<Sheet>,
    pub baseline: Option<Baseline>,
    /// Where the repository can be looked at in a browser.
    pub web: Option<Web>,
    pub browser: Option<JobId>,
    /// A colleague's reviews and notes, until the last sitting is read.
    pub handed_over: Option<Triage>,
    /// What was said, the newest last.
    pub log: Vec<Message>,
    pub pending: Vec<Chord>,
    pub message: Option<Message>,
    pub quit_asked: bool,
    pub quitting: bool,
    /// The signal that ends the session.
    pub signal: Option<i32>,
    /// What was committed, and of which waiver.
    pub committed: Vec<(Act, SafeText)>,
    pub next_job: u64,
}

impl State {
    pub fn new(theme: Theme, name: &str, size: (u16, u16)) -> Self {
        Self {
            size,
            now: 0,
            theme: Arc::new(theme),
            keymap: Arc::default(),
            context: Context { name: SafeText::new(name), ..Context::default() },
            screen: Screen::Findings,
            came_from: Screen::Findings,
            in_detail: false,
            show_policy: false,
            zoomed: false,
            mouse: false,
            watch_job: None,
            themes: Arc::default(),
            audit: Audit::default(),
            summary: Arc::default(),
            store: Arc::default(),
            listing: Arc::default(),
            folded: BTreeSet::new(),
            list: Place::default(),
            target: None,
            subject: None,
            filter: Input::default(),
            filtering: false,
            matches: None,
            filter_job: None,
            filter_wanted: false,
            keep: None,
            epoch: 0,
            listed: Arc::default(),
            desk: Desk::default(),
            range: None,
            prompt: None,
            filter_problem: None,
            kept: Vec::new(),
            restoring: None,
            unsaved: false,
            may_save: false,
            save_job: None,
            export_job: None,
            sitting_job: None,
            origins: Arc::default(),
            origins_job: None,
            sources: Cache::default(),
            policies: Cache::default(),
            traces: Cache::default(),
            lives: Cache::default(),
            step: None,
            flip: None,
            detail_scroll: 0,
            trace_scroll: 0,
            dashboard: Place::default(),
            problems: None,
            waivers: Place::default(),
            past: Past::default(),
            visited: None,
            form: None,
            drafts: BTreeMap::new(),
            draft_job: None,
            editor: None,
            menu: None,
            sheet: None,
            baseline: None,
            web: None,
            browser: None,
            handed_over: None,
            log: Vec::new(),
            pending: Vec::new(),
            message: None,
            quit_asked: false,
            quitting: false,
            signal: None,
            committed: Vec::new(),
            next_job: 1,
        }
    }

    pub fn regions(&self) -> Option<Regions> {
        layout::regions(self.size, self.screen, self.zoomed)
    }

    pub fn one_pane(&self) -> bool {
        self.zoomed || layout::one_pane(self.size)
    }

    /// Where keys are heard now.
    pub fn scope(&self) -> Scope {
        if self.menu.is_some() {
            return Scope::MENU;
        }
        if self.sheet.is_some() {
            return Scope::SHEET;
        }
        if self.prompt.is_some() {
            return Scope::PROMPT;
        }
        if self.filtering {
            return Scope::FILTER;
        }
        match self.screen {
            Screen::Dashboard => Scope::DASHBOARD,
            Screen::Findings if self.in_detail => Scope::DETAIL,
            Screen::Findings => Scope::LIST,
            Screen::Trace => Scope::TRACE,
            Screen::Waivers if self.form.is_some() => Scope::FORM,
            Screen::Waivers => Scope::WAIVERS,
            Screen::History => Scope::HISTORY,
        }
    }

    /// What runs and can be cancelled.
    pub fn jobs(&self) -> Vec<JobId> {
        let jobs = [
            self.audit.job,
            self.origins_job,
            self.past.job(),
            self.traces.loading().map(|(_, job)| job),
            self.lives.loading().map(|(_, job)| job),
            self.comparing(),
        ];
        jobs.into_iter().flatten().collect()
    }

    /// Who compares with the baseline.
    pub fn comparing(&self) -> Option<JobId> {
        match self.baseline.as_ref()?.slot {
            Slot::Loading(id) => Some(id),
            _ => None,
        }
    }

    /// Something runs, so time matters to the screen.
    pub fn busy(&self) -> bool {
        !self.jobs().is_empty()
    }

    pub fn line(&self) -> Option<Line> {
        self.listing.lines.get(self.list.cursor).copied()
    }

    /// The finding that detail, trace and waiver are about.
    pub fn subject_row(&self) -> Option<Row<'_>> {
        match self.line() {
            Some(Line::Row(row)) => self.store.get(row),
            _ => self.subject.and_then(|key| self.store.find(key)),
        }
    }

    /// The finding that a command acts on: in the list, only one under the cursor.
    pub fn focused(&self) -> Option<Row<'_>> {
        match (self.scope(), self.line()) {
            (scope, Some(Line::Head(_)) | None) if scope == Scope::LIST => None,
            _ => self.subject_row(),
        }
    }

    /// The record under the cursor of the list of waivers.
    pub fn waiver_line(&self) -> Option<&WaiverRow> {
        self.summary.waivers.get(self.waivers.cursor.checked_sub(self.drafts.len())?)
    }

    /// The waiver under the cursor, or the one that the record under it is about.
    pub fn waiver_in_view(&self) -> Option<&WaiverRow> {
        let line = self.waiver_line().filter(|_| self.screen == Screen::Waivers)?;
        let id = line.id.as_str().split('.').next().filter(|id| !id.is_empty())?;
        self.summary.waivers.iter().find(|waiver| waiver.id.as_str() == id)
    }

    /// The violation that a waiver is about, where this audit has it.
    pub fn finding_of(&self, waiver: &WaiverRow) -> Option<Row<'_>> {
        let fingerprint = waiver.fingerprint.as_ref()?.as_str().parse().ok()?;
        self.store.find((Shelf::Fail, fingerprint))
    }

    /// The marked findings, in the order of the audit.
    pub fn marked_rows(&self) -> Vec<Row<'_>> {
        if self.desk.marked.is_empty() {
            return Vec::new();
        }
        self.store.iter().filter(|row| self.desk.is_marked(row.key())).collect()
    }

    /// Does the filter ask for what a person does, or for commits?
    pub fn filter_depends(&self) -> bool {
        Query::parse(self.filter.text()).depends()
    }

    pub fn arrangement(&self) -> Arrangement<'_> {
        Arrangement { view: self.desk.view, origins: &self.origins, desk: &self.desk }
    }

    /// The event that Trace shows, where it is not the finding's origin.
    pub fn shown_event(&self) -> Option<(&Arc<LifeText>, usize, &EventText)> {
        let life = self.lives.ready(self.subject_row()?.key())?;
        let step = self.step.filter(|step| *step != life.origin)?;
        Some((life, step, life.events.get(step)?))
    }

    /// The commit that is being looked at: the row's on History, the event's on Trace, else the finding's origin.
    pub fn commit_in_view(&self) -> Option<SafeText> {
        if self.screen == Screen::History {
            let past = self.past.ready()?;
            return Some(past.rows.get(self.past.place.cursor.checked_sub(1)?)?.commit.id.clone());
        }
        if let (Screen::Trace, Some((_, _, event))) = (self.screen, self.shown_event()) {
            return Some(event.commit.id.clone());
        }
        let key = self.focused()?.key();
        let traced = self.traces.ready(key).and_then(|trace| trace.commit.as_ref());
        let known = self.origins.get(&key).and_then(|origin| origin.commit.as_deref());
        Some(traced.or(known)?.id.clone())
    }

    pub fn job(&mut self) -> JobId {
        self.next_job += 1;
        JobId(self.next_job)
    }

    pub fn say(&mut self, level: Level, text: SafeText) {
        if self.log.len() >= LOG {
            self.log.remove(0);
        }
        self.log.push(Message { level, text: text.clone() });
        self.message = Some(Message { level, text });
    }
}
