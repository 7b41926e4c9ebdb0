//! Histories that were walked before, in the user's cache folder.
//!
//! ```text
//!   $XDG_CACHE_HOME/probity/history/<key>     a line with version and digest, then the history as JSON
//! ```
//! The key is a digest of all that a history hangs on: this program, the policies with their data and parameters, the
//! commit, where the clone is cut, the day, whose signatures count.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{History, Move, Row, Scope, Version};
use crate::audit::cache::CacheFolder;
use crate::audit::{Audit, Error};
use crate::git::{Oid, Repository};
use crate::model::{CommitInfo, Digest, Fingerprint, Severity, Verdict};
use crate::waiver::Pin;

/// Of the form of entries.
const VERSION: &str = "probity-history 1";
/// So far back an older entry is looked for, to go on from.
const MAX_BACK: usize = 200;

/// Where entries lie; `None` where there is no place that is the user's alone.
pub struct Cache {
    folder: CacheFolder,
    /// What all keys of this audit have in common.
    base: String,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    commits: Vec<EntryRow>,
    versions: Vec<EntryVersion>,
    states: Vec<Vec<u32>>,
    moves: Vec<(usize, u32, u32)>,
    notes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct EntryRow {
    id: String,
    author: String,
    email: String,
    date: String,
    seconds: i64,
    subject: String,
    parents: Vec<usize>,
    cut: bool,
    state: usize,
    not_evaluated: usize,
    unparsed: usize,
}

#[derive(Serialize, Deserialize)]
struct EntryVersion {
    fingerprint: String,
    verdict: String,
    severity: String,
    policy: String,
    title: String,
    message: String,
    resource: String,
    key: String,
    path: String,
}

const VERDICTS: [(Verdict, &str); 3] =
    [(Verdict::Fail, "fail"), (Verdict::Review, "review"), (Verdict::Inconclusive, "inconclusive")];

impl Cache {
    /// The cache of an audit's user.
    ///
    /// # Errors
    /// What the user trusts cannot be read.
    pub fn of(audit: &Audit, repository: &Repository, scope: Scope) -> Result<Option<Self>, Error> {
        let environment = &audit.waiver_options().environment;
        let folder = CacheFolder::of(repository, environment, ("history", VERSION));
        let Some(folder) = folder.filter(|_| audit.request.cached) else { return Ok(None) };
        // With the day and the commit, whose trust data is taken for the repository's own decides which waivers count.
        let trusted = match Pin::find(repository, audit.waiver_options())? {
            Pin::Id(id) => Some(id.to_string()),
            Pin::None | Pin::Conflict(..) => None,
        };
        let base = serde_json::json!([
            VERSION,
            env!("CARGO_PKG_VERSION"),
            env!("PROBITY_SOURCES"),
            audit.policy_digest(),
            audit.policies().len(),
            audit.root,
            scope.first_parent,
            repository.boundary(),
            audit.day().to_string(),
            trusted,
        ]);
        Ok(Some(Self { folder, base: base.to_string() }))
    }

    fn name(&self, commit: Oid) -> Digest {
        Digest::of(format!("{}\n{commit}", self.base).as_bytes())
    }

    /// The history up to a commit, where it was walked before.
    pub fn load(&self, commit: Oid) -> Option<History> {
        let entry: Entry = serde_json::from_slice(&self.folder.load(self.name(commit))?).ok()?;
        let history = entry.history()?;
        (history.commits.last()?.info.id == commit.to_string()).then_some(history)
    }

    /// The newest history among the ancestors of a commit: those of `line`, the nearest first.
    pub fn nearest(&self, line: impl Iterator<Item = Oid>) -> Option<History> {
        line.take(MAX_BACK).find_map(|commit| self.load(commit))
    }

    /// Keeps a history. That it cannot be kept costs time only.
    pub fn store(&self, commit: Oid, history: &History) {
        if let Ok(body) = serde_json::to_vec(&Entry::of(history)) {
            self.folder.store(self.name(commit), &body);
        }
    }
}

impl Entry {
    fn of(history: &History) -> Self {
        let row = |row: &Row| EntryRow {
            id: row.info.id.clone(),
            author: row.info.author.clone(),
            email: row.info.email.clone(),
            date: row.info.date.clone(),
            seconds: row.info.seconds,
            subject: row.info.subject.clone(),
            parents: row.parents.clone(),
            cut: row.cut,
            state: row.state,
            not_evaluated: row.not_evaluated,
            unparsed: row.unparsed,
        };
        let version = |version: &Version| EntryVersion {
            fingerprint: version.fingerprint.to_string(),
            verdict: VERDICTS
                .iter()
                .find(|(verdict, _)| *verdict == version.verdict)
                .map_or("", |v| v.1)
                .to_owned(),
            severity: version.severity.to_string(),
            policy: version.policy.to_string(),
            title: version.title.clone(),
            message: version.message.clone(),
            resource: version.resource.clone(),
            key: version.key.clone(),
            path: version.path.clone(),
        };
        Self {
            commits: history.commits.iter().map(row).collect(),
            versions: history.versions.iter().map(version).collect(),
            states: history.states.iter().map(|state| state.to_vec()).collect(),
            moves: history.moves.iter().map(|moved| (moved.commit, moved.new, moved.old)).collect(),
            notes: history.notes.clone(),
        }
    }

    /// `None` where it does not hold together.
    fn history(self) -> Option<History> {
        let (commits, states, versions) = (self.commits.len(), self.states.len(), self.versions.len());
        let is_version = |index: &u32| usize::try_from(*index).is_ok_and(|index| index < versions);
        let sound = self
            .commits
            .iter()
            .enumerate()
            .all(|(at, row)| row.state < states && row.parents.iter().all(|parent| *parent < at));
        let sorted = |state: &Vec<u32>| state.iter().all(is_version) && state.is_sorted();
        let moves =
            |(commit, new, old): &(usize, u32, u32)| *commit < commits && is_version(new) && is_version(old);
        let in_order = self.moves.is_sorted_by_key(|(commit, ..)| *commit);
        if !sound || !in_order || !self.states.iter().all(sorted) || !self.moves.iter().all(moves) {
            return None;
        }
        let row = |row: EntryRow| Row {
            info: CommitInfo {
                id: row.id,
                author: row.author,
                email: row.email,
                date: row.date,
                seconds: row.seconds,
                subject: row.subject,
            },
            parents: row.parents,
            cut: row.cut,
            state: row.state,
            not_evaluated: row.not_evaluated,
            unparsed: row.unparsed,
            // Where something is missing, nothing is kept.
            unsure: Vec::new(),
        };
        let mut names: HashMap<String, Arc<str>> = HashMap::new();
        let version = |version: EntryVersion| -> Option<Version> {
            let policy = names.entry(version.policy).or_insert_with_key(|name| Arc::from(name.as_str()));
            Some(Version {
                fingerprint: version.fingerprint.parse::<Fingerprint>().ok()?,
                verdict: VERDICTS.iter().find(|(_, name)| *name == version.verdict)?.0,
                severity: version.severity.parse::<Severity>().ok()?,
                policy: policy.clone(),
                title: version.title,
                message: version.message,
                resource: version.resource,
                key: version.key,
                path: version.path,
            })
        };
        Some(History {
            versions: self.versions.into_iter().map(version).collect::<Option<_>>()?,
            commits: self.commits.into_iter().map(row).collect(),
            states: self.states.into_iter().map(Into::into).collect(),
            moves: self.moves.into_iter().map(|(commit, new, old)| Move { commit, new, old }).collect(),
            notes: self.notes,
            ..History::default()
        })
    }
}
