//! What one commit made of a verdict: before, after, and its change with the cause marked.
//!
//! ```text
//!   parent ── change ──> commit
//!   pass                 fail      each hunk is undone by itself: where the finding goes with it, it is the cause
//! ```

use std::collections::BTreeSet;

use super::Error;
use super::around::Around;
use super::cause::{Hunk, Side, hunks, mark, mark_hunks, put_first};
use super::judge::judge;
use super::read::{read_files, read_with};
use super::trace::{Seen, Walk};
use crate::facts::Surroundings;
use crate::git::{Error as GitError, Oid, Repository};
use crate::model::{DiffLine, Finding, Flip, Verdict};
use crate::policy::{Answers, Policy};
use crate::source::MAX_FILE_BYTES;

/// So many hunks are undone at most.
const MAX_UNDONE: usize = 32;

/// What a commit made of a verdict. `moved` are the commits after it that renamed what it is about, the newest first.
///
/// # Errors
/// Reading the repository fails.
pub fn flip(
    (repository, around): (&Repository, Around<'_>),
    (policy, answers): (&Policy, &Answers),
    finding: &Finding,
    moved: &[Oid],
    commit: Oid,
) -> Result<Flip, Error> {
    let mut walk = Walk::new(repository, around.into(), policy, finding);
    for moved in moved {
        let Some(parent) = repository.parents(*moved)?.first().copied() else { continue };
        let renames = repository.renames(parent, *moved)?;
        if let Some((before, ..)) = walk.wanted.before(&policy.info.id, &renames) {
            walk.wanted = before;
        }
    }
    walk.flip(commit, finding, answers)
}

impl Walk<'_> {
    /// What a commit made of the verdict, with the cause marked in its change.
    pub(super) fn flip(&mut self, commit: Oid, finding: &Finding, answers: &Answers) -> Result<Flip, Error> {
        let parent = self.repository.parents(commit).unwrap_or_default().first().copied();
        let readable = |found: Result<Seen, Error>| match found {
            Err(Error::Git(GitError::MissingObject { .. })) => Ok(Seen::unknown()),
            other => other,
        };
        let after = readable(self.look(commit, answers))?;
        let mut before = match parent {
            Some(parent) => Some(readable(self.look(parent, answers))?),
            None => None,
        };
        let mut files = self.changed_files(parent, commit)?;
        if let Some(parent) = parent
            && before.as_ref().is_some_and(|seen| seen.verdict == Verdict::Pass)
            && let Some((seen, old_files)) = self.by_old_name((parent, commit), answers)?
        {
            files.extend(old_files);
            before = Some(seen);
        }
        let mut diff = if files.is_empty() { Vec::new() } else { self.repository.diff_of(commit, &files)? };
        let wanted = self.wanted.verdict;
        let has_it = |seen: &Seen| seen.verdict == wanted;
        let side =
            if !has_it(&after) && before.as_ref().is_some_and(has_it) { Side::Before } else { Side::After };
        let with = match side {
            Side::Before => before.as_ref(),
            Side::After => Some(&after),
        };
        let found = with.and_then(|seen| seen.finding.as_ref()).unwrap_or(finding);
        let flipped = before.as_ref().is_none_or(|before| has_it(before) != has_it(&after));
        if !mark(&mut diff, found, side) && flipped {
            let causes = match (side, parent) {
                (Side::After, parent) => self.causes(&diff, commit, parent, side)?,
                (Side::Before, Some(parent)) => self.causes(&diff, parent, Some(commit), side)?,
                (Side::Before, None) => BTreeSet::new(),
            };
            mark_hunks(&mut diff, &causes, found, side);
        }
        put_first(&mut diff, &found.location.path);
        Ok(Flip { before: before.map(|seen| seen.verdict), after: after.verdict, diff })
    }

    /// The files that a commit changed and that may have a part in the verdict.
    fn changed_files(&self, parent: Option<Oid>, commit: Oid) -> Result<Vec<String>, Error> {
        let tree = |commit: Oid| self.repository.tree_id(commit);
        let (old, new) = (parent.map(tree).transpose()?, tree(commit)?);
        let changed = self.repository.differing_files(old, Some(new))?;
        Ok(changed.into_iter().map(|(path, _)| path).filter(|path| self.wanted.file(path)).collect())
    }

    /// The finding as a parent has it under the name that its commit changed, where it did, and its files then.
    fn by_old_name(
        &mut self,
        (parent, commit): (Oid, Oid),
        answers: &Answers,
    ) -> Result<Option<(Seen, Vec<String>)>, Error> {
        let renames = self.repository.renames(parent, commit)?;
        let Some((wanted, ..)) = self.wanted.before(&self.policy.info.id, &renames) else { return Ok(None) };
        let files = wanted.files.iter().cloned().collect();
        let now = std::mem::replace(&mut self.wanted, wanted);
        let trees = std::mem::take(&mut self.trees);
        let seen = self.look(parent, answers);
        (self.wanted, self.trees) = (now, trees);
        let seen = seen?;
        Ok((seen.verdict == self.wanted.verdict).then_some((seen, files)))
    }

    /// The hunks (by number) that the finding hangs on: without one of them it would not be there. `with` has it.
    fn causes(
        &mut self,
        diff: &[DiffLine],
        with: Oid,
        without: Option<Oid>,
        side: Side,
    ) -> Result<BTreeSet<usize>, Error> {
        let hunks = hunks(diff);
        // The only change is the cause of what it changed.
        if hunks.len() == 1 {
            return Ok(BTreeSet::from([0]));
        }
        let files = self.files(with)?;
        let documents =
            read_files(self.repository, &files, &mut self.learnt.blobs, &mut |_, _| {})?.documents;
        let around = self.learnt.around.of(Some(with), &files, &documents)?;
        let mut causes = BTreeSet::new();
        for (number, hunk) in hunks.iter().enumerate().take(MAX_UNDONE) {
            if self.goes_without(hunk, &around, (with, without), side)? {
                causes.insert(number);
            }
        }
        Ok(causes)
    }

    /// Is the finding gone once a hunk is undone?
    fn goes_without(
        &mut self,
        hunk: &Hunk,
        around: &Surroundings,
        (with, without): (Oid, Option<Oid>),
        side: Side,
    ) -> Result<bool, Error> {
        let files = self.files(with)?;
        let theirs = self.content(with, &hunk.path)?;
        let others = match without {
            Some(without) => self.content(without, &hunk.path)?,
            None => None,
        };
        let undone = match (&theirs, &others) {
            (Some(own), Some(other)) => Some(hunk.undone(own, other, side)),
            (_, other) => other.clone(),
        };
        let had_content = undone.is_some();
        let documents = read_with(self.repository, &files, (&hunk.path, undone), &mut self.learnt.blobs)?;
        // What does not parse without the hunk says nothing.
        if had_content && !documents.iter().any(|document| document.path == hunk.path) {
            return Ok(false);
        }
        let judgement = judge(&documents, &[self.policy], around, None, &|_| {});
        let still = judgement.findings.iter().any(|finding| {
            finding.fingerprint == self.wanted.fingerprint && finding.verdict == self.wanted.verdict
        });
        Ok(!still && judgement.not_evaluated.is_empty())
    }

    fn content(&mut self, commit: Oid, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let files = self.files(commit)?;
        let Some(file) = files.iter().find(|file| file.path == path) else { return Ok(None) };
        match self.repository.read(file, MAX_FILE_BYTES) {
            Ok(bytes) => Ok(bytes.ok()),
            Err(GitError::MissingObject { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
