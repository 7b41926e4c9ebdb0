//! What jobs bring of the past: origins, lives, changes and posture, with every string made safe.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::backend::PastView;
use super::loaded::{CommitText, DiffText};
use super::store::{RowKey, Shelf};
use crate::model::{CommitInfo, Flip, Happening, LifeEvent, Lifecycle, PostureLine, Severity, Verdict};
use crate::text::SafeText;

const DAY: i64 = 86_400;

/// The commit that introduced a finding; `None`: it is not committed.
#[derive(Debug, Clone, PartialEq)]
pub struct OriginText {
    pub commit: Option<Arc<CommitText>>,
    /// `265d`, from the commit to the audit's instant.
    pub age: SafeText,
    /// The same in whole days.
    pub days: Option<i64>,
}

/// As far as they are known.
pub type Origins = BTreeMap<RowKey, OriginText>;

/// Origins of many findings share the strings of their commits.
#[derive(Default)]
pub struct Commits {
    known: HashMap<String, Arc<CommitText>>,
}

impl Commits {
    /// `now` in seconds since the epoch.
    pub fn origin(&mut self, commit: Option<&CommitInfo>, now: i64) -> OriginText {
        let days = commit.map(|commit| (now - commit.seconds).max(0) / DAY);
        let age = days.map(|days| format!("{days}d"));
        let commit = commit.map(|commit| {
            let known = self.known.entry(commit.id.clone());
            Arc::clone(known.or_insert_with(|| Arc::new(CommitText::new(commit))))
        });
        OriginText { commit, age: SafeText::new(&age.unwrap_or_default()), days }
    }
}

/// Something that happened to a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct EventText {
    pub what: Happening,
    pub commit: CommitText,
    pub merged_by: Option<CommitText>,
    /// The pull or merge request's number.
    pub request: Option<SafeText>,
    /// What the finding says after it.
    pub message: SafeText,
}

/// What happened to a finding, the newest first; empty where no commit has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LifeText {
    pub events: Vec<EventText>,
    /// It may be older than this clone's history.
    pub cut: bool,
    /// The event that the origin is: the newest introduction.
    pub origin: usize,
}

impl LifeText {
    pub fn new(life: Option<&Lifecycle>) -> Self {
        let Some(life) = life else { return Self::default() };
        let events: Vec<EventText> = life.events.iter().rev().map(event).collect();
        let begun = |event: &EventText| matches!(event.what, Happening::Introduced | Happening::Reintroduced);
        Self { origin: events.iter().position(begun).unwrap_or(0), events, cut: life.cut }
    }

    /// Ids of the commits after an event that renamed what the finding is about, the newest first.
    pub fn moved_after(&self, event: usize) -> Vec<String> {
        let newer = self.events.iter().take(event);
        let moved = newer.filter(|event| event.what == Happening::Moved);
        moved.map(|event| event.commit.id.as_str().to_owned()).collect()
    }
}

fn event(event: &LifeEvent) -> EventText {
    EventText {
        what: event.what,
        commit: CommitText::new(&event.commit),
        merged_by: event.merged_by.as_ref().map(CommitText::new),
        request: event.pull_request.as_deref().map(SafeText::new),
        message: SafeText::prose(&event.message),
    }
}

/// What a commit made of a verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct FlipText {
    /// `None`: there is no commit before.
    pub before: Option<Verdict>,
    pub after: Verdict,
    pub diff: Vec<DiffText>,
}

impl FlipText {
    pub fn new(flip: &Flip) -> Self {
        Self { before: flip.before, after: flip.after, diff: flip.diff.iter().map(DiffText::new).collect() }
    }
}

/// Posture at one commit.
#[derive(Debug, Clone, PartialEq)]
pub struct PostureRow {
    pub commit: CommitText,
    pub merge: bool,
    pub new: usize,
    pub fixed: usize,
    /// Open violations by [`Severity::ALL`].
    pub open: [usize; 4],
    /// Something could not be read or evaluated there.
    pub incomplete: bool,
}

impl PostureRow {
    fn new(line: &PostureLine) -> Self {
        Self {
            commit: CommitText::new(&line.commit),
            merge: line.merge,
            new: line.new.total(),
            fixed: line.fixed.total(),
            open: Severity::ALL.map(|severity| line.open.of(severity)),
            incomplete: line.not_evaluated + line.unparsed > 0,
        }
    }

    pub fn total(&self) -> usize {
        self.open.iter().sum()
    }
}

/// A finding that a commit did something to.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeText {
    pub what: Happening,
    pub severity: Severity,
    pub policy: SafeText,
    pub resource: SafeText,
}

/// The whole past.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PastText {
    /// The newest first.
    pub rows: Vec<PostureRow>,
    /// What the lives of violations say of a commit, by its id.
    pub changes: HashMap<String, Vec<ChangeText>>,
    pub notes: Vec<SafeText>,
    /// Of what the newest commit has.
    pub origins: Origins,
}

impl PastText {
    pub fn new(view: &PastView) -> Self {
        let mut past = Self {
            rows: view.lines.iter().rev().map(PostureRow::new).collect(),
            notes: view.notes.iter().map(|note| SafeText::prose(note)).collect(),
            ..Self::default()
        };
        let mut commits = Commits::default();
        for life in &view.lives {
            let Some(shelf) = Shelf::of(life.verdict) else { continue };
            if life.open {
                let origin = commits.origin(life.origin(), view.now);
                past.origins.insert((shelf, life.fingerprint), origin);
            }
            if shelf != Shelf::Fail {
                continue;
            }
            for event in &life.events {
                past.changes.entry(event.commit.id.clone()).or_default().push(ChangeText {
                    what: event.what,
                    severity: life.severity,
                    policy: SafeText::new(&life.policy),
                    resource: SafeText::new(&life.resource),
                });
            }
        }
        past
    }

    pub fn changes_of(&self, row: &PostureRow) -> &[ChangeText] {
        self.changes.get(row.commit.id.as_str()).map(Vec::as_slice).unwrap_or_default()
    }
}
