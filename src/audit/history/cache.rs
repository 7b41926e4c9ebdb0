//! Histories that were walked before, in the user's cache folder.
//!
//! ```text
//!   $XDG_CACHE_HOME/probity/history/<key>     a line with version and digest, then the history as JSON
//! ```
//! The key is a digest of all that a history hangs on: this program, the policies with their data and parameters, the
//! commit, where the clone is cut, the day, whose signatures count. An entry is named by what it answers and checked by
//! what it holds, so a foreign or broken one is no entry, and is written again. Deleting the folder loses nothing but
//! time.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{History, Move, Row, Scope, Version};
use crate::audit::{Audit, Error};
use crate::git::{Oid, Repository, write_private};
use crate::model::{CommitInfo, Digest, Fingerprint, Severity, Verdict};
use crate::waiver::Pin;

/// Of the form of entries.
const VERSION: &str = "probity-history 1";
/// Entries take so much together, in bytes; the ones that were not used for longest go first.
const MAX_TOTAL: u64 = 512 << 20;
/// One entry is no larger, or it is neither written nor read.
const MAX_ENTRY: u64 = 128 << 20;
/// So far back an older entry is looked for, to go on from.
const MAX_BACK: usize = 200;

/// Where entries lie; `None` where there is no place that is the user's alone.
pub struct Cache {
    folder: PathBuf,
    /// What all keys of this audit have in common.
    base: String,
    /// Bytes of one entry.
    max_entry: u64,
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
        let folder = repository.cache_folder(&audit.waiver_options().environment, "history");
        let Some(folder) = folder.filter(|_| scope.cached) else { return Ok(None) };
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
        Ok(Some(Self { folder, base: base.to_string(), max_entry: MAX_ENTRY }))
    }

    fn path(&self, commit: Oid) -> PathBuf {
        self.folder.join(Digest::of(format!("{}\n{commit}", self.base).as_bytes()).hex())
    }

    /// The history up to a commit, where it was walked before.
    pub fn load(&self, commit: Oid) -> Option<History> {
        let path = self.path(commit);
        if fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?.len() > self.max_entry {
            return None;
        }
        let text = fs::read(&path).ok()?;
        let end = text.iter().position(|byte| *byte == b'\n')?;
        let (head, body) = (text.get(..end)?, text.get(end + 1..)?);
        let expected = format!("{VERSION} {}", Digest::of(body));
        let entry: Entry = (head == expected.as_bytes()).then(|| serde_json::from_slice(body).ok())??;
        let history = entry.history()?;
        (history.commits.last()?.info.id == commit.to_string()).then_some(())?;
        // It was of use: it is not the one to go first.
        if let Ok(file) = fs::File::options().append(true).open(&path) {
            let _ = file.set_modified(SystemTime::now());
        }
        Some(history)
    }

    /// The newest history among the ancestors of a commit: those of `line`, the nearest first.
    pub fn nearest(&self, line: impl Iterator<Item = Oid>) -> Option<History> {
        line.take(MAX_BACK).find_map(|commit| self.load(commit))
    }

    /// Keeps a history. That it cannot be kept costs time only.
    pub fn store(&self, commit: Oid, history: &History) {
        let _ = self.try_store(commit, history);
    }

    fn try_store(&self, commit: Oid, history: &History) -> std::io::Result<()> {
        let body = serde_json::to_vec(&Entry::of(history)).map_err(std::io::Error::other)?;
        let head = format!("{VERSION} {}\n", Digest::of(&body));
        // What would not be read must not take the place of what is.
        if (head.len() + body.len()) as u64 > self.max_entry {
            return Ok(());
        }
        write_private(&self.path(commit), &[head.as_bytes(), &body])?;
        self.shrink()
    }

    /// Deletes what was not used for longest, until the rest is small enough.
    fn shrink(&self) -> std::io::Result<()> {
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = fs::read_dir(&self.folder)?
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let metadata = entry.metadata().ok()?;
                Some((metadata.modified().ok()?, metadata.len(), entry.path()))
            })
            .collect();
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in entries {
            if total <= MAX_TOTAL {
                break;
            }
            fs::remove_file(path)?;
            total -= size;
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_would_not_be_read_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let written = |max_entry: u64| {
            let folder = folder.path().join(max_entry.to_string());
            let cache = Cache { folder: folder.clone(), base: String::new(), max_entry };
            cache.store(Oid::ZERO_SHA1, &History::default());
            fs::read_dir(folder).map_or(0, Iterator::count)
        };
        assert_eq!((written(100), written(MAX_ENTRY)), (0, 1));
    }
}
