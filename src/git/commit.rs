//! Writing one commit that contains exactly some new files, and nothing of the user's other work.
//!
//! Order matters: objects, work-tree files, index, and the branch last. Moving the branch first would,
//! with a stale index, make the user's next commit delete the record without a word. Whatever fails is
//! undone in reverse, each thing only if it is still ours. No hook runs.

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, ObjectType, Oid, RepositoryState, Signature};

use super::commit_files::{self, Written};
use super::commit_index::IndexWriter;
use super::{Environment, Repository, Settings, crash};

/// Why nothing was committed, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("a {0} is in progress; finish or abort it, then try again")]
    Busy(&'static str),
    #[error("HEAD is detached at no branch; make one first: `git switch -c NAME`, or give --new-branch")]
    Detached,
    #[error("there is no commit yet to start a new branch from; leave out --new-branch")]
    Unborn,
    #[error("the branch {0} exists already; nothing was changed")]
    BranchExists(String),
    #[error(
        "{branch} is checked out in another work tree too ({folder}); commit there or switch one of them"
    )]
    CheckedOutElsewhere { branch: String, folder: String },
    #[error("{0} exists: another git command is running, or one crashed; wait, or remove the file")]
    IndexLocked(String),
    #[error("{path} {problem}; nothing is written through it: make it a real folder")]
    NotAFolder { path: String, problem: &'static str },
    #[error("{0} exists already; it is never overwritten")]
    Exists(String),
    #[error("no identity for the commit; run `git config --global user.name` and `user.email` with your own")]
    NoIdentity,
    #[error("the commit could not be signed: {0}")]
    Signing(String),
    #[error("{branch} moved meanwhile; nothing was changed: try again")]
    Moved { branch: String },
    #[error("the new tree differs from HEAD in more than the new files; nothing was changed")]
    UnexpectedDiff,
    #[error("cannot update the index: {0}; nothing was changed")]
    Index(String),
    #[error("cannot write {path}: {reason}; nothing was changed")]
    File { path: String, reason: String },
    #[error("git: {0}")]
    Git(#[from] git2::Error),
    #[error("{0}")]
    Repository(#[from] super::Error),
}

/// A file that the commit adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Relative to the repository's root, `/`-separated.
    pub path: String,
    pub bytes: Vec<u8>,
}

/// Who commits, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
    pub email: String,
    pub seconds: i64,
}

/// Where a commit would go, after everything was checked that can be checked without writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `refs/heads/...`
    pub branch: String,
    /// `None` while the branch is unborn.
    pub tip: Option<Oid>,
    /// Hooks that git would run and Probity does not.
    pub hooks_skipped: Vec<String>,
    /// The commit goes to a branch that is not there yet; HEAD, index and work tree stay as they are.
    pub aside: bool,
}

impl Target {
    /// The same with the name of the new branch, for a commit that goes aside.
    #[must_use]
    pub fn on_new(self, branch: impl FnOnce() -> String) -> Self {
        if self.aside { Self { branch: branch(), ..self } } else { self }
    }
}

/// Signs a commit's bytes; gives the armored signature.
pub type SignCommit<'a> = &'a dyn Fn(&[u8]) -> Result<String, String>;

impl Repository {
    /// Checks that a commit that adds files in these folders could be made now.
    pub fn commit_target(&self, folders: &[&str], settings: &Settings) -> Result<Target, CommitError> {
        if let Some(what) = in_progress(self.inner.state()) {
            return Err(CommitError::Busy(what));
        }
        let head = self.head()?;
        let branch =
            head.branch.filter(|name| name.starts_with("refs/heads/")).ok_or(CommitError::Detached)?;
        if let Some(folder) = self.other_checkout(&branch) {
            return Err(CommitError::CheckedOutElsewhere { branch, folder });
        }
        if let Some(root) = self.inner.workdir() {
            let lock = self.inner.path().join("index.lock");
            if lock.symlink_metadata().is_ok() {
                return Err(CommitError::IndexLocked(lock.display().to_string()));
            }
            for folder in folders {
                commit_files::check_folder(root, folder)?;
            }
            IndexWriter::open(self)?;
        }
        if let Some(tip) = head.commit {
            let tree = self.inner.find_commit(tip)?.tree()?;
            for folder in folders {
                check_tree_folder(&self.inner, &tree, folder)?;
            }
        }
        Ok(Target { branch, tip: head.commit, hooks_skipped: self.hooks(settings), aside: false })
    }

    /// Checks that a commit on top of HEAD could be made for a new branch. Until [`Target::on_new`] names it, `branch`
    /// is HEAD's, or `HEAD` where that is detached.
    pub fn aside_target(&self, folders: &[&str], settings: &Settings) -> Result<Target, CommitError> {
        let head = self.head()?;
        let tip = head.commit.ok_or(CommitError::Unborn)?;
        let tree = self.inner.find_commit(tip)?.tree()?;
        for folder in folders {
            check_tree_folder(&self.inner, &tree, folder)?;
        }
        Ok(Target {
            branch: head.branch.unwrap_or_else(|| "HEAD".to_owned()),
            tip: Some(tip),
            hooks_skipped: self.hooks(settings),
            aside: true,
        })
    }

    /// Author and committer as git takes them: environment, then `author.*` and `committer.*`, then `user.*`.
    /// Of the forms of `GIT_AUTHOR_DATE` and `GIT_COMMITTER_DATE` only `[@]SECONDS [ZONE]` counts.
    pub fn identity(
        &self,
        role: &str,
        settings: &Settings,
        environment: &Environment,
        now: i64,
    ) -> Result<Identity, CommitError> {
        let part = |what: &str| {
            environment
                .get(&format!("GIT_{}_{}", role.to_ascii_uppercase(), what.to_ascii_uppercase()))
                .or_else(|| settings.get(&format!("{role}.{what}")))
                .or_else(|| settings.get(&format!("user.{what}")))
                .map(str::to_owned)
        };
        let date = environment.get(&format!("GIT_{}_DATE", role.to_ascii_uppercase()));
        let date = date.and_then(|date| date.trim_start_matches('@').split(' ').next()?.parse().ok());
        let seconds = date.unwrap_or(now);
        let identity = part("name").zip(part("email")).map(|(name, email)| Identity { name, email, seconds });
        identity.filter(|identity| identity.signature().is_ok()).ok_or(CommitError::NoIdentity)
    }

    /// Commits exactly `files` on top of `target`, or changes nothing.
    pub fn commit_files(
        &self,
        target: &Target,
        files: &[NewFile],
        message: &str,
        [author, committer]: [&Identity; 2],
        sign: Option<SignCommit<'_>>,
    ) -> Result<Oid, CommitError> {
        let commit = self.commit_object(target, files, message, [author, committer], sign)?;
        crash::after("objects");
        if target.aside {
            let subject = message.lines().next().unwrap_or_default();
            let log = format!("branch: {subject}");
            return match self.inner.reference(&target.branch, commit, false, &log) {
                Ok(_) => Ok(commit),
                Err(error) if error.code() == git2::ErrorCode::Exists => {
                    Err(CommitError::BranchExists(target.branch.clone()))
                }
                Err(error) => Err(error.into()),
            };
        }
        let Some(root) = self.inner.workdir() else {
            return self.move_branch(target, commit, message).map(|()| commit);
        };
        let mut written = Written::new(root)?;
        let write = |file| written.add(file).map(|()| crash::after("file"));
        let outcome = files.iter().try_for_each(write).and_then(|()| written.sync());
        if let Err(error) = outcome {
            written.undo();
            return Err(error);
        }
        crash::after("files");
        let mut index = match IndexWriter::open(self) {
            Ok(index) => index,
            Err(error) => {
                written.undo();
                return Err(error);
            }
        };
        let staged = index.add(root, files).map(|()| crash::after("index"));
        let done = staged.and_then(|()| self.move_branch(target, commit, message));
        if let Err(error) = done {
            index.undo();
            written.undo();
            return Err(error);
        }
        Ok(commit)
    }

    /// Step 1: blobs, trees and the commit. Unreachable until the branch moves.
    fn commit_object(
        &self,
        target: &Target,
        files: &[NewFile],
        message: &str,
        [author, committer]: [&Identity; 2],
        sign: Option<SignCommit<'_>>,
    ) -> Result<Oid, CommitError> {
        let repository = &self.inner;
        let parent = target.tip.map(|tip| repository.find_commit(tip)).transpose()?;
        let old = match &parent {
            Some(parent) => parent.tree()?,
            None => repository.find_tree(repository.treebuilder(None)?.write()?)?,
        };
        let mut update = TreeUpdateBuilder::new();
        for file in files {
            if old.get_path(std::path::Path::new(&file.path)).is_ok() {
                return Err(CommitError::Exists(file.path.clone()));
            }
            update.upsert(file.path.as_str(), repository.blob(&file.bytes)?, FileMode::Blob);
        }
        let new = repository.find_tree(update.create_updated(repository, &old)?)?;
        let diff = repository.diff_tree_to_tree(Some(&old), Some(&new), None)?;
        let mut added: Vec<_> = diff
            .deltas()
            .map(|delta| (delta.status() == git2::Delta::Added).then(|| delta.new_file().path_bytes()))
            .collect();
        let mut expected: Vec<_> = files.iter().map(|file| Some(Some(file.path.as_bytes()))).collect();
        added.sort_unstable();
        expected.sort_unstable();
        if added != expected {
            return Err(CommitError::UnexpectedDiff);
        }
        let parents: Vec<_> = parent.iter().collect();
        let (author, committer) = (author.signature()?, committer.signature()?);
        let content = repository.commit_create_buffer(&author, &committer, message, &new, &parents)?;
        match sign {
            None => Ok(repository.odb()?.write(ObjectType::Commit, &content)?),
            Some(sign) => {
                let signature = sign(&content).map_err(CommitError::Signing)?;
                let text = std::str::from_utf8(&content)
                    .map_err(|_| CommitError::Signing("the commit is not UTF-8".to_owned()))?;
                Ok(repository.commit_signed(text, &signature, None)?)
            }
        }
    }

    /// Step 4: HEAD must still name the branch, and the branch must still be where it was.
    fn move_branch(&self, target: &Target, commit: Oid, message: &str) -> Result<(), CommitError> {
        let moved = || CommitError::Moved { branch: target.branch.clone() };
        let head = self.head()?;
        if head.branch.as_deref() != Some(target.branch.as_str()) || head.commit != target.tip {
            return Err(moved());
        }
        let subject = message.lines().next().unwrap_or_default();
        let outcome = match target.tip {
            Some(tip) => {
                let log = format!("commit: {subject}");
                self.inner.reference_matching(&target.branch, commit, true, tip, &log)
            }
            None => {
                self.inner.reference(&target.branch, commit, false, &format!("commit (initial): {subject}"))
            }
        };
        match outcome {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.code(), git2::ErrorCode::Modified | git2::ErrorCode::Exists) => {
                Err(moved())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Another work tree whose HEAD names the branch; its index would go stale.
    fn other_checkout(&self, branch: &str) -> Option<String> {
        let common = self.inner.commondir();
        let own = self.inner.path().canonicalize().ok();
        let mut folders: Vec<_> = std::fs::read_dir(common.join("worktrees"))
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        let main_is_bare =
            self.inner.config().and_then(|config| config.get_bool("core.bare")).unwrap_or_default();
        if !main_is_bare {
            folders.push(common.to_path_buf());
        }
        folders.sort();
        let line = format!("ref: {branch}");
        let found = folders.into_iter().find(|folder| {
            folder.canonicalize().ok() != own
                && std::fs::read_to_string(folder.join("HEAD")).is_ok_and(|head| head.trim_end() == line)
        });
        found.map(|folder| folder.display().to_string())
    }

    fn hooks(&self, settings: &Settings) -> Vec<String> {
        let folder = match settings.get("core.hooksPath") {
            Some(path) => self.inner.workdir().unwrap_or(self.inner.path()).join(path),
            None => self.inner.commondir().join("hooks"),
        };
        [
            "pre-commit",
            "prepare-commit-msg",
            "commit-msg",
            "post-commit",
            "post-index-change",
            "reference-transaction",
        ]
        .into_iter()
        .filter(|name| folder.join(name).is_file())
        .map(str::to_owned)
        .collect()
    }
}

impl Identity {
    pub(super) fn signature(&self) -> Result<Signature<'static>, git2::Error> {
        Signature::new(&self.name, &self.email, &git2::Time::new(self.seconds, 0))
    }
}

fn in_progress(state: RepositoryState) -> Option<&'static str> {
    match state {
        RepositoryState::Clean => None,
        RepositoryState::Merge => Some("merge"),
        RepositoryState::Revert | RepositoryState::RevertSequence => Some("revert"),
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => Some("cherry-pick"),
        RepositoryState::Bisect => Some("bisect"),
        RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => {
            Some("rebase")
        }
        RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => Some("`git am`"),
    }
}

/// Every part of the folder must be absent or a folder in the tree.
fn check_tree_folder(
    repository: &git2::Repository,
    tree: &git2::Tree<'_>,
    folder: &str,
) -> Result<(), CommitError> {
    let mut current = tree.clone();
    let mut path = String::new();
    for part in folder.split('/') {
        path.push_str(part);
        let next = match current.get_name(part) {
            None => return Ok(()),
            Some(entry) if entry.kind() == Some(ObjectType::Tree) => entry.id(),
            Some(_) => return Err(CommitError::NotAFolder { path, problem: "is no folder in HEAD" }),
        };
        current = repository.find_tree(next)?;
        path.push('/');
    }
    Ok(())
}
