//! The commit at which a finding's verdict flipped.
//!
//! ```text
//!   HEAD ──> parent ──> parent ──> parent
//!   fail     fail       fail       pass        the third commit introduced it
//! ```
//! No blame: the policy is evaluated again at each commit that touched what the verdict was made from,
//! so a deleted block, a block that was never written and a change in another file of the unit are
//! traced like any other. A violation can come and go many times, so there is no bisection: the walk
//! follows the line on which the finding is present, back to where no parent has it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Error;
use super::around::Around;
use super::cause::{Side, mark, put_first};
use super::judge::judge;
use super::read::{BlobCache, read_files};
use super::verdicts::Verdicts;
use crate::git::{Error as GitError, FileEntry, Oid, Repository, TreeCache};
use crate::model::path::folder;
use crate::model::{
    Digest, Finding, Fingerprint, Flip, NotEvaluated, Origin, OriginKind, Scope, Unread, Verdict,
};
use crate::policy::{Answers, CONFIG, Policy};
use crate::source::Kind;

/// Where a walk back begins, and which way it goes.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// `None`: nothing is committed yet.
    pub commit: Option<Oid>,
    /// The finding is of the work tree above that commit.
    pub in_work_tree: bool,
    /// Only along the main line.
    pub first_parent: bool,
}

/// What a walk back learns of the past, for the next one by the same policy.
pub struct Learnt<'a> {
    pub around: Around<'a>,
    pub blobs: BlobCache,
    /// By the digest of what it was said of.
    said: HashMap<Digest, Arc<Said>>,
}

/// What the policy said of one content.
struct Said {
    findings: Vec<(Fingerprint, Verdict)>,
    refused: Option<NotEvaluated>,
    unparsed: Vec<Unread>,
}

impl<'a> From<Around<'a>> for Learnt<'a> {
    fn from(around: Around<'a>) -> Self {
        Self { around, blobs: BlobCache::default(), said: HashMap::new() }
    }
}

impl Learnt<'_> {
    /// With the blobs that walks by another policy have read.
    #[must_use]
    pub fn with(self, blobs: BlobCache) -> Self {
        Self { blobs, ..self }
    }
}

/// Finds where a finding comes from, and what the commit there changed.
///
/// # Errors
/// Reading the repository fails, or `cancel` was set (`Ok(None)`).
pub fn trace<'a>(
    (repository, learnt): (&'a Repository, Learnt<'a>),
    (policy, answers): (&'a Policy, &Answers),
    finding: &Finding,
    start: Start,
    cancel: &AtomicBool,
) -> Result<Option<(Origin, Learnt<'a>)>, Error> {
    if let Some((kind, commit)) = named_commit(repository, &learnt.around, finding, start.commit)? {
        let before = (kind != OriginKind::Root).then_some(Verdict::Pass);
        let origin = Origin {
            kind,
            commit: Some(repository.commit_info(commit)?),
            signed_by: None,
            merged_by: None,
            evaluated: 0,
            flip: Flip { before, after: finding.verdict, diff: repository.diff_of(commit, &[])? },
            notes: Vec::new(),
        };
        return Ok(Some((origin, learnt)));
    }
    let mut walk = Walk::new(repository, learnt, policy, finding);
    let Some(found) = walk.back(start, cancel)? else { return Ok(None) };
    let flip = match (found.commit, start.commit) {
        (Some(commit), _) => walk.flip(commit, finding, answers)?,
        (None, from) => {
            let before = from.map(|from| walk.verdict(from)).transpose()?.map(|(verdict, _)| verdict);
            let mut diff = repository.diff_uncommitted(&finding.unit_files)?;
            mark(&mut diff, finding, Side::After);
            put_first(&mut diff, &finding.location.path);
            Flip { before, after: finding.verdict, diff }
        }
    };
    let info = |commit: Option<Oid>| commit.map(|commit| repository.commit_info(commit)).transpose();
    let origin = Origin {
        kind: found.kind,
        commit: info(found.commit)?,
        signed_by: None,
        merged_by: info(found.merged_by)?,
        evaluated: walk.evaluated,
        flip,
        notes: walk.notes,
    };
    Ok(Some((origin, walk.learnt)))
}

/// As [`trace`], but only which commit it is and how much that says; `None` where none has it.
pub fn introduced_by(
    (repository, around): (&Repository, Around<'_>),
    policy: &Policy,
    finding: &Finding,
    start: Start,
    cancel: &AtomicBool,
) -> Result<Option<(OriginKind, Oid)>, Error> {
    if let Some(named) = named_commit(repository, &around, finding, start.commit)? {
        return Ok(Some(named));
    }
    let found = Walk::new(repository, around.into(), policy, finding).back(start, cancel)?;
    Ok(found.and_then(|found| Some((found.kind, found.commit?))))
}

/// A policy that reads history knows itself which commit is at fault, and says so in its evidence.
fn named_commit(
    repository: &Repository,
    around: &Around<'_>,
    finding: &Finding,
    from: Option<Oid>,
) -> Result<Option<(OriginKind, Oid)>, Error> {
    let named = finding.evidence.as_ref().filter(|_| around.reads_history()).and_then(|e| e.get("commit"));
    let named = named.and_then(|commit| Oid::from_str(commit.as_str()?).ok());
    let Some((commit, _)) = named.zip(from).filter(|(commit, from)| repository.grew_from(*from, *commit))
    else {
        return Ok(None);
    };
    let first = repository.parents(commit)?.is_empty();
    Ok(Some((if first { OriginKind::Root } else { OriginKind::Introduced }, commit)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Present,
    Absent,
    /// A file of the unit does not parse there, or the policy fails: nobody can say.
    Unreadable,
}

/// Which finding is looked for, and the files that can decide it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    scope: Scope,
    subject: String,
    location: String,
    key: String,
    pub(super) fingerprint: Fingerprint,
    pub(super) verdict: Verdict,
    pub(super) files: BTreeSet<String>,
    /// The policy looks at files that are no documents.
    pub(super) every_file: bool,
}

impl Wanted {
    pub(super) fn of(finding: &Finding) -> Self {
        Self {
            scope: finding.policy.widest_scope(),
            subject: finding.resource.clone(),
            location: finding.location.path.clone(),
            key: finding.key.clone(),
            fingerprint: finding.fingerprint,
            verdict: finding.verdict,
            files: finding.unit_files.iter().cloned().collect(),
            every_file: false,
        }
    }

    /// The same finding before its file or folder moved, with the old and the new path.
    pub(super) fn before<'r>(
        &self,
        policy: &str,
        renames: &'r [(String, String)],
    ) -> Option<(Self, &'r str, &'r str)> {
        let (old, new) = renames.iter().find(|(_, new)| *new == self.location)?;
        let subject = moved(&self.subject, new, old)?;
        let back: HashMap<&String, &String> = renames.iter().map(|(old, new)| (new, old)).collect();
        let files = self.files.iter();
        let wanted = Self {
            fingerprint: Fingerprint::compute(policy, &subject, &self.key, 0),
            subject,
            location: old.clone(),
            files: files.map(|file| back.get(file).map_or(file, |old| *old).clone()).collect(),
            ..self.clone()
        };
        Some((wanted, old, new))
    }

    /// May this file have a part in the verdict, at some commit? Files of the unit come and go, so
    /// this asks for kinds in places, not only for today's names.
    pub(super) fn file(&self, path: &str) -> bool {
        // What sets the policy's parameters has a part in every verdict.
        if self.every_file || self.files.contains(path) || path == CONFIG {
            return true;
        }
        let Some(kind) = Kind::of_path(path) else { return false };
        if self.scope == Scope::Repository {
            return true;
        }
        let declarations = path.starts_with(".probity/");
        let beside = || self.files.iter().any(|own| folder(own) == folder(path));
        if self.subject.starts_with("kubernetes:") {
            // Objects of one name are told apart within their folder; a kustomization may take any file in.
            return beside() || self.is_built();
        }
        match kind {
            Kind::Terraform | Kind::TerraformJson | Kind::Tfvars | Kind::TfvarsJson => {
                self.subject.starts_with("terraform:") && beside()
            }
            Kind::Dvc | Kind::Systems => self.subject.starts_with("pipeline:"),
            _ => declarations && self.subject.starts_with("pipeline:"),
        }
    }

    /// Is it about what a kustomization makes?
    fn is_built(&self) -> bool {
        self.files.iter().any(|file| Kind::of_path(file) == Some(Kind::Kustomization))
    }

    /// May a folder (with its final `/`) hold such a file?
    fn folder(&self, below: &str) -> bool {
        self.scope == Scope::Repository
            || self.is_built()
            || self.subject.starts_with("pipeline:")
            || CONFIG.starts_with(below)
            || self.files.iter().any(|file| file.starts_with(below))
    }
}

/// What a policy says of the subject at one commit.
pub(super) struct Seen {
    /// `pass` also where it is not there.
    pub verdict: Verdict,
    pub finding: Option<Finding>,
}

impl Seen {
    pub fn unknown() -> Self {
        Self { verdict: Verdict::NotEvaluated, finding: None }
    }
}

/// Where a finding comes from.
struct Found {
    kind: OriginKind,
    /// `None`: no commit has it.
    commit: Option<Oid>,
    merged_by: Option<Oid>,
}

pub(super) struct Walk<'a> {
    pub repository: &'a Repository,
    pub learnt: Learnt<'a>,
    pub policy: &'a Policy,
    pub wanted: Wanted,
    pub trees: TreeCache,
    /// What the policy says of the commit that was looked at last: its parent differs little.
    verdicts: Verdicts<'a>,
    /// Verdicts by the exact content that they were made from.
    known: HashMap<Vec<(String, Oid)>, State>,
    evaluated: usize,
    notes: Vec<String>,
    /// A partial clone lacks something of the past.
    missing_object: bool,
}

impl<'a> Walk<'a> {
    pub fn new(
        repository: &'a Repository,
        learnt: Learnt<'a>,
        policy: &'a Policy,
        finding: &Finding,
    ) -> Self {
        let every_file = learnt.around.looks_beyond_documents();
        Self {
            repository,
            learnt,
            policy,
            wanted: Wanted { every_file, ..Wanted::of(finding) },
            trees: TreeCache::default(),
            verdicts: Verdicts::new(&[policy]),
            known: HashMap::new(),
            evaluated: 0,
            notes: Vec::new(),
            missing_object: false,
        }
    }

    /// Walks back to the commit that introduced the finding; `None` when `cancel` was set.
    fn back(&mut self, start: Start, cancel: &AtomicBool) -> Result<Option<Found>, Error> {
        let uncommitted = Found { kind: OriginKind::Uncommitted, commit: None, merged_by: None };
        let Some(mut current) = start.commit else { return Ok(Some(uncommitted)) };
        if !self.is_in(current)? && start.in_work_tree {
            return Ok(Some(uncommitted));
        }
        let most = if start.first_parent { 1 } else { usize::MAX };
        let mut merge = None; // the newest merge whose first parent does not have it
        let mut merged_by = None;
        let mut origin = current; // the oldest commit known to have it
        let kind = loop {
            if cancel.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let parents = match self.repository.parents(current) {
                Ok(parents) => parents.into_iter().take(most).collect::<Vec<_>>(),
                Err(error) => {
                    self.notes.push(format!("history ends here: {error}"));
                    break OriginKind::HistoryCut;
                }
            };
            if parents.is_empty() {
                break if self.repository.is_shallow() { OriginKind::HistoryCut } else { OriginKind::Root };
            }
            let Some((at, next, state)) = self.first_with(&parents)? else {
                // Nobody before has it under this address; perhaps under the address before a move.
                if let Some(parent) = parents.first().copied()
                    && self.follow_rename(parent, current)?
                {
                    current = parent;
                    origin = parent;
                    continue;
                }
                break if self.missing_object { OriginKind::HistoryCut } else { OriginKind::Introduced };
            };
            if at > 0 && merge.is_none() {
                merge = Some(current);
            }
            current = next;
            if state == State::Present {
                origin = next;
                merged_by = merge;
            }
        };
        // Commits that cannot be read were looked through, down to the root: it is not known to have it.
        let kind = if kind == OriginKind::Root && origin != current { OriginKind::Introduced } else { kind };
        if kind == OriginKind::HistoryCut && self.repository.is_shallow() {
            self.notes
                .push("this clone is shallow; `git fetch --unshallow` shows what came before".to_owned());
        }
        Ok(Some(Found { kind, commit: Some(origin), merged_by }))
    }

    fn first_with(&mut self, parents: &[Oid]) -> Result<Option<(usize, Oid, State)>, Error> {
        let mut unreadable = None;
        for (at, parent) in parents.iter().copied().enumerate() {
            let state = match self.state(parent) {
                Ok(state) => state,
                Err(Error::Git(error @ GitError::MissingObject { .. })) => {
                    self.missing_object = true;
                    self.notes.push(error.to_string());
                    continue;
                }
                Err(error) => return Err(error),
            };
            match state {
                State::Present => return Ok(Some((at, parent, State::Present))),
                State::Unreadable => unreadable = unreadable.or(Some((at, parent, State::Unreadable))),
                State::Absent => {}
            }
        }
        Ok(unreadable)
    }

    pub fn files(&mut self, commit: Oid) -> Result<Arc<Vec<FileEntry>>, Error> {
        let wanted = &self.wanted;
        let (file, folder) = (|path: &str| wanted.file(path), |below: &str| wanted.folder(below));
        Ok(self.repository.files_at(commit, &mut self.trees, &file, &folder)?)
    }

    /// Has a commit the finding? Where it seems not to, a file that was left out may have a part in it: then all count.
    pub fn is_in(&mut self, commit: Oid) -> Result<bool, Error> {
        if self.state(commit)? != State::Absent {
            return Ok(true);
        }
        self.wanted.scope = Scope::Repository;
        self.known.clear();
        Ok(self.state(commit)? != State::Absent)
    }

    fn state(&mut self, commit: Oid) -> Result<State, Error> {
        let files = self.files(commit)?;
        let content: Vec<(String, Oid)> =
            files.iter().filter_map(|file| Some((file.path.clone(), file.oid?))).collect();
        if let Some(state) = self.known.get(&content) {
            return Ok(*state);
        }
        self.evaluated += 1;
        let (verdict, note) = self.verdict(commit)?;
        let state = match verdict {
            verdict if verdict == self.wanted.verdict => State::Present,
            Verdict::NotEvaluated => State::Unreadable,
            _ => State::Absent,
        };
        self.notes.extend(note);
        self.known.insert(content, state);
        Ok(state)
    }

    /// What the policy says of the finding at a commit, and why it does not where that is so.
    fn verdict(&mut self, commit: Oid) -> Result<(Verdict, Option<String>), Error> {
        let files = self.files(commit)?;
        let content: Vec<(&str, Option<String>)> =
            files.iter().map(|file| (file.path.as_str(), file.oid.map(|oid| oid.to_string()))).collect();
        // What is said of the past hangs on the commit, too.
        let past = self.learnt.around.reads_history().then(|| commit.to_string());
        let content = Digest::of_written(&(content, past));
        let said = self.learnt.said.get(&content).cloned();
        let said = said.map_or_else(|| self.say(commit, content, &files), Ok)?;
        let own = said.findings.iter().filter(|(fingerprint, _)| *fingerprint == self.wanted.fingerprint);
        let found = own.map(|(_, verdict)| *verdict).min_by_key(|verdict| *verdict != self.wanted.verdict);
        Ok(self.told(commit, found, &said.unparsed, said.refused.as_ref()))
    }

    /// Asks the policy about a commit.
    fn say(&mut self, commit: Oid, content: Digest, files: &[FileEntry]) -> Result<Arc<Said>, Error> {
        let inventory = read_files(self.repository, files, &mut self.learnt.blobs, &mut |_, _| {})?;
        let around = self.learnt.around.of(Some(commit), files, &inventory.documents)?;
        self.verdicts.show(&inventory.documents, &around);
        let found = self.verdicts.findings().iter().flat_map(|found| found.iter());
        let said = Arc::new(Said {
            findings: found.map(|found| (found.fingerprint, found.verdict)).collect(),
            refused: self.verdicts.refused().first().cloned().flatten(),
            unparsed: inventory.unparsed,
        });
        self.learnt.said.insert(content, said.clone());
        Ok(said)
    }

    /// The finding as a commit has it, and where it stands there.
    pub fn look(&mut self, commit: Oid, answers: &Answers) -> Result<Seen, Error> {
        let files = self.files(commit)?;
        let inventory = read_files(self.repository, &files, &mut self.learnt.blobs, &mut |_, _| {})?;
        let around = self.learnt.around.of(Some(commit), &files, &inventory.documents)?;
        let judgement = judge(&inventory.documents, &[self.policy], &around, Some(answers), &|_| {});
        let own = judgement.findings.into_iter();
        let own = own.filter(|found| found.fingerprint == self.wanted.fingerprint);
        let finding = own.min_by_key(|found| found.verdict != self.wanted.verdict);
        let found = finding.as_ref().map(|found| found.verdict);
        let (verdict, _) = self.told(commit, found, &inventory.unparsed, judgement.not_evaluated.first());
        Ok(Seen { verdict, finding })
    }

    /// A verdict, or why there is none. One policy may say several things of the same subject: the one that is looked
    /// for counts.
    fn told(
        &self,
        commit: Oid,
        found: Option<Verdict>,
        unparsed: &[Unread],
        refused: Option<&NotEvaluated>,
    ) -> (Verdict, Option<String>) {
        if let Some(verdict) = found.filter(|verdict| *verdict == self.wanted.verdict) {
            return (verdict, None);
        }
        let short: String = commit.to_string().chars().take(10).collect();
        let mine = unparsed.iter().find(|unread| self.wanted.files.contains(&unread.path));
        let unread =
            mine.map(|unread| format!("at {short} {} could not be read: {}", unread.path, unread.reason));
        let refused = refused
            .map(|error| format!("at {short} the policy could not be evaluated: {}", error.explanation()));
        match unread.or(refused) {
            Some(note) => (Verdict::NotEvaluated, Some(note)),
            None => (found.unwrap_or(Verdict::Pass), None),
        }
    }

    /// When `commit` moved the subject's file or folder and the finding stood there before, under
    /// the old address, goes on with that address.
    fn follow_rename(&mut self, parent: Oid, commit: Oid) -> Result<bool, Error> {
        let renames = self.repository.renames(parent, commit)?;
        let Some((wanted, old, new)) = self.wanted.before(&self.policy.info.id, &renames) else {
            return Ok(false);
        };
        let before = std::mem::replace(&mut self.wanted, wanted);
        let fresh = (std::mem::take(&mut self.trees), std::mem::take(&mut self.known));
        if self.state(parent)? == State::Present {
            self.notes.push(format!("{old} was renamed to {new} on the way"));
            return Ok(true);
        }
        self.wanted = before;
        (self.trees, self.known) = fresh;
        Ok(false)
    }
}

/// A subject's address before its file moved from `old` to `new`.
pub(super) fn moved(subject: &str, new: &str, old: &str) -> Option<String> {
    let (system, rest) = subject.split_once(':')?;
    let (place, inner) = rest.split_once("//").map_or((rest, None), |(place, inner)| (place, Some(inner)));
    let name = |path: &str| if folder(path).is_empty() { ".".to_owned() } else { folder(path).to_owned() };
    let place = if place == new {
        old.to_owned()
    } else if place == name(new) {
        name(old)
    } else {
        return None;
    };
    Some(inner.map_or_else(|| format!("{system}:{place}"), |inner| format!("{system}:{place}//{inner}")))
}

#[cfg(test)]
mod tests {
    use super::moved;

    #[test]
    fn addresses_follow_their_file() {
        let case = |subject, new, old| moved(subject, new, old);
        assert_eq!(
            case("terraform:infra//a.b", "infra/main.tf", "tf/main.tf").as_deref(),
            Some("terraform:tf//a.b")
        );
        assert_eq!(case("document:x/a.yml", "x/a.yml", "a.yml").as_deref(), Some("document:a.yml"));
        assert_eq!(
            case("kubernetes:k8s//apps/D//n", "k8s/d.yaml", "d.yaml").as_deref(),
            Some("kubernetes:.//apps/D//n")
        );
        assert_eq!(case("repository", "a", "b"), None);
    }
}
