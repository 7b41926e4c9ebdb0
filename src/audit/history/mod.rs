//! The whole past of an audit: which findings each commit has.
//!
//! ```text
//!   ancestry ──> for each commit: what changed ──> documents ──> Verdicts ──> a state: the findings it has
//!                                                                   └──> lives, posture, backtests
//! ```
//! States are scanned in order, never bisected: a violation can come and go many times. Today's policies judge every
//! commit, each with its own files: its parameters and declarations, too.

mod backtest;
mod cache;
mod life;
mod posture;
mod walk;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use self::cache::Cache;
use self::walk::Question;
use super::trace::{Walk, introduced_by};
use super::{Audit, Error};
use crate::git::{Oid, Repository};
use crate::model::{CommitInfo, Finding, Fingerprint, Lifecycle, PolicyId, Severity, Verdict};
use crate::policy::Policy;

/// A finding is followed through so many names.
const MAX_NAMES: usize = 64;

/// What is asked of the past.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope {
    /// Only the main line: the first parents.
    pub first_parent: bool,
}

/// How far a walk is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub done: usize,
    pub total: usize,
}

/// Commits with the findings of each.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Parents before children; the last one is the commit that was asked for.
    pub commits: Vec<Row>,
    /// Everything that was ever found.
    pub versions: Vec<Version>,
    /// Sorted indices of versions.
    pub states: Vec<Arc<[u32]>>,
    /// What findings were called before their file or folder was renamed, in the order of commits.
    pub moves: Vec<Move>,
    /// Why it is not everything.
    pub notes: Vec<String>,
    by_identity: HashMap<(Fingerprint, Verdict), Vec<u32>>,
}

/// A commit.
#[derive(Debug, Clone)]
pub struct Row {
    pub info: CommitInfo,
    /// Indices into `History::commits`.
    pub parents: Vec<usize>,
    /// A parent is not in this clone, or the parents are not the commit's own.
    pub cut: bool,
    /// Index into `History::states`.
    pub state: usize,
    /// Policies that could not be evaluated over all of it, and files that could not be read.
    pub not_evaluated: usize,
    pub unparsed: usize,
    /// Files that are missing at a parent and not here, an empty path for all of them: what comes in them may be older.
    pub unsure: Vec<String>,
}

/// A finding as one or more commits have it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    pub fingerprint: Fingerprint,
    pub verdict: Verdict,
    pub severity: Severity,
    pub policy: PolicyId,
    pub title: String,
    pub message: String,
    pub resource: String,
    pub key: String,
    pub path: String,
}

/// At a commit, a finding took the place of another one: what it is about was renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    pub commit: usize,
    pub new: u32,
    pub old: u32,
}

impl History {
    /// The versions of a finding.
    fn versions_of(&self, fingerprint: Fingerprint, verdict: Verdict) -> &[u32] {
        self.by_identity.get(&(fingerprint, verdict)).map(Vec::as_slice).unwrap_or_default()
    }

    fn version(&self, index: u32) -> Option<&Version> {
        self.versions.get(usize::try_from(index).ok()?)
    }

    /// A finding as a commit has it.
    fn index_at(&self, commit: usize, fingerprint: Fingerprint, verdict: Verdict) -> Option<u32> {
        let state = self.state(commit);
        let versions = self.versions_of(fingerprint, verdict).iter();
        versions.copied().find(|version| state.binary_search(version).is_ok())
    }

    fn moves_at(&self, commit: usize) -> impl Iterator<Item = &Move> {
        let first = self.moves.partition_point(|moved| moved.commit < commit);
        self.moves.iter().skip(first).take_while(move |moved| moved.commit == commit)
    }

    /// Everything that a commit has, violations and what else was found.
    pub fn at(&self, commit: usize) -> impl Iterator<Item = &Version> {
        self.state(commit).iter().filter_map(|index| self.version(*index))
    }

    /// What a commit has.
    fn state(&self, commit: usize) -> &[u32] {
        let state = self.commits.get(commit).and_then(|row| self.states.get(row.state));
        state.map(AsRef::as_ref).unwrap_or_default()
    }

    /// Indexes what was put in by hand.
    fn indexed(mut self) -> Self {
        self.by_identity.clear();
        for (index, version) in self.versions.iter().enumerate() {
            let Ok(index) = u32::try_from(index) else { break };
            self.by_identity.entry((version.fingerprint, version.verdict)).or_default().push(index);
        }
        self
    }
}

impl Audit {
    /// Judges every commit behind the audited one.
    ///
    /// # Errors
    /// The repository cannot be read, it has no commit, or `cancel` was set.
    pub fn history(
        &self,
        scope: Scope,
        cancel: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<History, Error> {
        let policies: Vec<&Policy> = self.policies().iter().collect();
        let question = Question { policies: &policies, files: &|_| true };
        let repository = self.repository()?;
        let (cache, commit) = (Cache::of(self, &repository, scope)?, self.commit(&repository)?);
        let Some((cache, commit)) = cache.zip(commit) else {
            return walk::walk(self, question, None, scope, cancel, progress).map(History::indexed);
        };
        if let Some(history) = cache.load(commit) {
            return Ok(history.indexed());
        }
        let before = cache.nearest(repository.main_line(commit).skip(1));
        let history = walk::walk(self, question, before, scope, cancel, progress)?;
        // A note says that commits or other objects are not here, or that parents are not the commits' own: tomorrow
        // this may be otherwise, though no key tells. What a commit itself has broken stays so, and is kept.
        if history.notes.is_empty() {
            cache.store(commit, &history);
        }
        Ok(history.indexed())
    }

    /// The history that was walked before, whole; `None` where none is kept.
    fn known_history(&self, repository: &Repository, scope: Scope) -> Result<Option<History>, Error> {
        let (cache, commit) = (Cache::of(self, repository, scope)?, self.commit(repository)?);
        Ok(cache.zip(commit).and_then(|(cache, commit)| cache.load(commit)).map(History::indexed))
    }

    /// What happened to one finding: only the commits that touched what its verdict is made of are judged.
    ///
    /// # Errors
    /// As [`Audit::history`].
    pub fn life(
        &self,
        finding: &Finding,
        scope: Scope,
        cancel: &AtomicBool,
    ) -> Result<Option<Lifecycle>, Error> {
        let policy = self.policy(finding)?;
        let within = |path: &str| self.in_root(path);
        let repository = self.repository()?;
        if let Some(history) = self.known_history(&repository, scope)? {
            return Ok(history.life(finding.fingerprint, finding.verdict));
        }
        let around = self.around(&repository, &[policy], &within);
        let mut walk = Walk::new(&repository, around.into(), policy, finding);
        let Some(commit) = self.start(&repository, scope.first_parent)?.commit else { return Ok(None) };
        if !walk.is_in(commit)? {
            return Ok(None);
        }
        let mut all = vec![walk.wanted];
        loop {
            let looked_at = |path: &str| all.iter().any(|wanted| wanted.file(path));
            let question = Question { policies: &[policy], files: &looked_at };
            let history = walk::walk(self, question, None, scope, cancel, &mut |_| {})?.indexed();
            let life = history.life(finding.fingerprint, finding.verdict);
            // Where it begins with a rename, it may be older under another name.
            let first = life.as_ref().and_then(|life| life.events.first());
            let Some(first) = first.and_then(|event| Oid::from_str(&event.commit.id).ok()) else {
                return Ok(life);
            };
            let Some(parent) = repository.parents(first)?.first().copied() else { return Ok(life) };
            let renames = repository.renames(parent, first)?;
            let before = all.last().and_then(|wanted| wanted.before(&policy.info.id, &renames));
            match before {
                Some((wanted, ..)) if all.len() < MAX_NAMES => all.push(wanted),
                _ => return Ok(life),
            }
        }
    }

    /// Tells of each finding, by its number, which commit introduced it, `None` where none has it, as it is found out. A history that
    /// was walked before answers for all of them at once. What cannot be told is left out.
    ///
    /// # Errors
    /// The repository cannot be read, or `cancel` was set.
    pub fn origins(
        &self,
        findings: &[&Finding],
        scope: Scope,
        cancel: &AtomicBool,
        on: &mut dyn FnMut(usize, Option<CommitInfo>),
    ) -> Result<(), Error> {
        let repository = self.repository()?;
        let start = self.start(&repository, scope.first_parent)?;
        let known = self.known_history(&repository, scope)?;
        let within = |path: &str| self.in_root(path);
        for (at, finding) in findings.iter().enumerate() {
            let life = known.as_ref().map(|known| known.life(finding.fingerprint, finding.verdict));
            if let Some(life) = life {
                on(at, life.filter(|life| life.open).and_then(|life| life.origin().cloned()));
                continue;
            }
            let Ok(policy) = self.policy(finding) else { continue };
            let around = self.around(&repository, &[policy], &within);
            let found = introduced_by((&repository, around), policy, finding, start, cancel);
            if cancel.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            if let Ok(found) = found {
                on(at, found.and_then(|(_, commit)| repository.commit_info(commit).ok()));
            }
        }
        Ok(())
    }
}
