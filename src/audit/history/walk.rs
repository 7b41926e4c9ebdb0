//! From commit to commit: what each changed is read, judged, and put into a state.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::around::Around;
use super::super::read::{BlobCache, read_files};
use super::super::trace::moved;
use super::super::verdicts::Verdicts;
use super::{Audit, Error, History, Move, Progress, Row, Scope, Version};
use crate::git::{Ancestor, Error as GitError, FileEntry, Oid, Repository};
use crate::model::Finding;
use crate::policy::Policy;
use crate::waiver::Error as WaiverError;

/// Policies, and the files that they are asked about.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    pub policies: &'a [&'a Policy],
    pub files: &'a dyn Fn(&str) -> bool,
}

/// Judges every commit. What is known from `before` is not judged again: it must be of the same policies.
pub fn walk(
    audit: &Audit,
    Question { policies, files: wanted }: Question<'_>,
    before: Option<History>,
    scope: Scope,
    cancel: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<History, Error> {
    let repository = audit.repository()?;
    let from = audit.commit(&repository)?;
    let from = from.ok_or_else(|| Error::Folder("the repository has no commit yet".to_owned()))?;
    let ancestry = repository.ancestry(from, scope.first_parent)?;
    let within = |path: &str| audit.in_root(path) && wanted(path);
    let around = Around::new(&repository, policies, audit.waiver_options(), audit.day(), &within);
    let mut walk = Walk {
        repository: &repository,
        within: &within,
        files: Files::default(),
        blobs: BlobCache::default(),
        around,
        verdicts: Verdicts::new(policies),
        history: History::default(),
        known: HashMap::new(),
        by_policy: vec![Arc::from([]); policies.len()],
        states: HashMap::new(),
        last: None,
        missing: Vec::new(),
        before: Before::default(),
    };
    if let Some(before) = before {
        walk.know(before);
    }
    walk.history.notes.clone_from(&ancestry.incomplete);
    let total = ancestry.commits.len();
    for (done, commit) in ancestry.commits.iter().enumerate() {
        if cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        progress(Progress { done, total });
        walk.step(done, commit)?;
    }
    progress(Progress { done: total, total });
    let missing = repository.missing_count();
    if missing > 0 {
        let note = format!("objects are missing from this clone ({missing}): run `git fetch --refetch`");
        walk.history.notes.push(note);
    }
    Ok(walk.history)
}

/// The files of the last commit that was looked at.
#[derive(Default)]
struct Files {
    tree: Option<Oid>,
    all: BTreeMap<String, FileEntry>,
}

struct Walk<'a> {
    repository: &'a Repository,
    within: &'a dyn Fn(&str) -> bool,
    files: Files,
    blobs: BlobCache,
    around: Around<'a>,
    verdicts: Verdicts<'a>,
    history: History,
    known: HashMap<Version, u32>,
    /// What each policy says of the last commit.
    by_policy: Vec<Arc<[u32]>>,
    states: HashMap<Arc<[u32]>, usize>,
    /// The state, errors and unread files of the last commit that was judged.
    last: Option<Judged>,
    /// The files that are missing at each commit so far.
    missing: Vec<BTreeSet<String>>,
    before: Before,
}

/// Commits that were judged in an earlier walk.
#[derive(Default)]
struct Before {
    rows: HashMap<String, Row>,
    states: Vec<Arc<[u32]>>,
    /// By the commit's id.
    moves: HashMap<String, Vec<(u32, u32)>>,
}

#[derive(Debug, Clone)]
struct Judged {
    state: Arc<[u32]>,
    /// Policies that could not be evaluated, and files that could not be read.
    refused: BTreeSet<usize>,
    unparsed: BTreeSet<String>,
    /// Of these, and of what else was looked at, the files that are not in this clone; an empty path for all of them.
    missing: BTreeSet<String>,
}

impl Walk<'_> {
    /// Takes the findings of an earlier walk over, so that its states can be.
    fn know(&mut self, before: History) {
        for (index, version) in before.versions.iter().enumerate() {
            self.known.insert(version.clone(), u32::try_from(index).unwrap_or(u32::MAX));
        }
        for moved in &before.moves {
            if let Some(row) = before.commits.get(moved.commit) {
                self.before.moves.entry(row.info.id.clone()).or_default().push((moved.new, moved.old));
            }
        }
        self.history.versions = before.versions;
        self.before.states = before.states;
        self.before.rows = before.commits.into_iter().map(|row| (row.info.id.clone(), row)).collect();
    }

    /// A commit as the earlier walk found it.
    fn take_known(&mut self, at: usize, commit: &Ancestor) -> bool {
        let Some(row) = self.before.rows.remove(&commit.info.id) else { return false };
        let state = self.before.states.get(row.state).cloned().unwrap_or_default();
        let moves = self.before.moves.remove(&commit.info.id).unwrap_or_default();
        let moves = moves.into_iter().map(|(new, old)| Move { commit: at, new, old });
        self.history.moves.extend(moves);
        let state = self.state_number(state);
        self.history.commits.push(Row { parents: commit.parents.clone(), cut: commit.cut, state, ..row });
        self.missing.push(BTreeSet::new());
        true
    }

    fn state_number(&mut self, state: Arc<[u32]>) -> usize {
        let next = self.history.states.len();
        let number = *self.states.entry(state.clone()).or_insert(next);
        if number == next {
            self.history.states.push(state);
        }
        number
    }

    fn step(&mut self, at: usize, commit: &Ancestor) -> Result<(), Error> {
        if self.take_known(at, commit) {
            return Ok(());
        }
        let judged = match self.judge(commit) {
            Ok(judged) => judged,
            // What cannot be read is not known: it is taken to be as it was.
            Err(
                Error::Git(error @ GitError::MissingObject { .. })
                | Error::Waiver(WaiverError::Git(error @ GitError::MissingObject { .. })),
            ) => {
                self.history.notes.push(format!("at {} {error}", short(&commit.info.id)));
                self.files = Files::default();
                self.last = None;
                let state = commit.parents.first().map(|parent| self.history.state(*parent).into());
                Judged {
                    state: state.unwrap_or_default(),
                    refused: BTreeSet::new(),
                    unparsed: BTreeSet::new(),
                    missing: BTreeSet::from([String::new()]),
                }
            }
            Err(error) => return Err(error),
        };
        let state = self.with_what_is_unknown(commit, &judged);
        let index = self.state_number(state);
        self.history.commits.push(Row {
            info: commit.info.clone(),
            parents: commit.parents.clone(),
            cut: commit.cut,
            state: index,
            not_evaluated: judged.refused.len(),
            unparsed: judged.unparsed.len(),
            unsure: self.unsure(commit, &judged.missing),
        });
        self.missing.push(judged.missing);
        self.find_moves(at, commit)
    }

    fn judge(&mut self, commit: &Ancestor) -> Result<Judged, Error> {
        let changes = self.repository.differing_files(self.files.tree, Some(commit.tree))?;
        let audited: Vec<_> = changes.into_iter().filter(|(path, _)| (self.within)(path)).collect();
        self.files.tree = Some(commit.tree);
        if audited.is_empty()
            && !self.around.reads_history()
            && let Some(last) = &self.last
        {
            return Ok(last.clone());
        }
        for (path, file) in audited {
            match file {
                Some(file) => drop(self.files.all.insert(path, file)),
                None => drop(self.files.all.remove(&path)),
            }
        }
        let mut files: Vec<FileEntry> = self.files.all.values().cloned().collect();
        self.repository.resolve_links(&mut files);
        let inventory = read_files(self.repository, &files, &mut self.blobs, &mut |_, _| {})?;
        self.blobs.forget_all_but(&files);
        let around = self.around.of(Some(commit.id), &files, &inventory.documents)?;
        for policy in self.verdicts.show(&inventory.documents, &around) {
            let found = self.verdicts.findings().get(policy).cloned().unwrap_or_default();
            let mut versions: Vec<u32> = found.iter().map(|finding| self.intern(finding)).collect();
            versions.sort_unstable();
            versions.dedup();
            if let Some(slot) = self.by_policy.get_mut(policy) {
                *slot = versions.into();
            }
        }
        let mut state: Vec<u32> =
            self.by_policy.iter().flat_map(|versions| versions.iter().copied()).collect();
        state.sort_unstable();
        let refused = self.verdicts.refused().iter().enumerate().filter(|(_, refused)| refused.is_some());
        let judged = Judged {
            state: state.into(),
            refused: refused.map(|(policy, _)| policy).collect(),
            unparsed: inventory.unparsed.into_iter().map(|unread| unread.path).collect(),
            missing: self.missing_of(&files),
        };
        self.last = Some(judged.clone());
        Ok(judged)
    }

    fn missing_of(&self, files: &[FileEntry]) -> BTreeSet<String> {
        if self.repository.missing_count() == 0 {
            return BTreeSet::new();
        }
        let missing = |file: &&FileEntry| file.oid.is_some_and(|oid| self.repository.is_missing(oid));
        files.iter().filter(missing).map(|file| file.path.clone()).collect()
    }

    /// What is missing at a parent and not at the commit.
    fn unsure(&self, commit: &Ancestor, missing: &BTreeSet<String>) -> Vec<String> {
        let before: BTreeSet<&String> =
            commit.parents.iter().filter_map(|parent| self.missing.get(*parent)).flatten().collect();
        before.into_iter().filter(|path| !missing.contains(*path)).cloned().collect()
    }

    fn intern(&mut self, finding: &Finding) -> u32 {
        let version = Version {
            fingerprint: finding.fingerprint,
            verdict: finding.verdict,
            severity: finding.severity,
            policy: finding.policy.id.clone(),
            title: finding.policy.title.clone(),
            message: finding.message.clone(),
            resource: finding.resource.clone(),
            key: finding.key.clone(),
            path: finding.location.path.clone(),
        };
        if let Some(known) = self.known.get(&version) {
            return *known;
        }
        let index = u32::try_from(self.history.versions.len()).unwrap_or(u32::MAX);
        self.history.versions.push(version.clone());
        self.known.insert(version, index);
        index
    }

    /// What a parent has, and what nobody can say of this commit because a policy or a file failed here, stays.
    fn with_what_is_unknown(&self, commit: &Ancestor, judged: &Judged) -> Arc<[u32]> {
        if judged.refused.is_empty() && judged.unparsed.is_empty() {
            return judged.state.clone();
        }
        let policies = self.verdicts.ids();
        let refused: HashSet<&str> =
            judged.refused.iter().filter_map(|policy| policies.get(*policy)).map(AsRef::as_ref).collect();
        let mut state: BTreeSet<u32> = judged.state.iter().copied().collect();
        let before = commit.parents.first().map(|parent| self.history.state(*parent)).unwrap_or_default();
        let unknown = |index: &&u32| {
            self.history.version(**index).is_some_and(|version| {
                refused.contains(version.policy.as_ref()) || judged.unparsed.contains(&version.path)
            })
        };
        state.extend(before.iter().filter(unknown));
        state.into_iter().collect()
    }

    /// Where findings come as others go, a rename may have moved what they are about.
    fn find_moves(&mut self, at: usize, commit: &Ancestor) -> Result<(), Error> {
        for parent in &commit.parents {
            let (old, new) = (self.history.state(*parent), self.history.state(at));
            if old == new {
                continue;
            }
            let gone: Vec<u32> = without(old, new);
            let come: Vec<u32> = without(new, old);
            let of = |index: &u32| self.history.version(*index);
            let told_apart =
                |version: &Version| (version.policy.clone(), version.key.clone(), version.verdict);
            let candidates: HashSet<_> = gone.iter().filter_map(of).map(told_apart).collect();
            if !come.iter().filter_map(of).any(|version| candidates.contains(&told_apart(version))) {
                continue;
            }
            let Some(parent) = self.history.commits.get(*parent) else { continue };
            let Ok(parent) = Oid::from_str(&parent.info.id) else { continue };
            let renames = self.repository.renames(parent, commit.id)?;
            let mut found = Vec::new();
            for new in &come {
                let Some(version) = of(new) else { continue };
                let old = gone.iter().find(|old| {
                    of(old).is_some_and(|before| {
                        told_apart(before) == told_apart(version)
                            && renames.iter().any(|(from, to)| {
                                moved(&version.resource, to, from).as_ref() == Some(&before.resource)
                            })
                    })
                });
                found.extend(old.map(|old| Move { commit: at, new: *new, old: *old }));
            }
            self.history.moves.extend(found);
        }
        Ok(())
    }
}

/// What the first has and the second has not; both are sorted.
pub fn without(own: &[u32], others: &[u32]) -> Vec<u32> {
    own.iter().filter(|index| others.binary_search(index).is_err()).copied().collect()
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}
