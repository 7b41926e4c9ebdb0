//! Building a repository from nothing: the same content gives the same object ids on every machine.
//!
//! No template folder, no hook, no filter, no line-end conversion and no setting of the user takes part:
//! blobs and trees are written as given, authors and dates come from the caller.

use std::collections::BTreeMap;
use std::path::Path;

use git2::build::{CheckoutBuilder, TreeUpdateBuilder};
use git2::{ConfigLevel, FileMode, RepositoryInitOptions};

use super::{CommitError, Error, Identity, Oid, Repository};

/// A commit to write: all its files, not only what changed.
#[derive(Debug, Clone, Copy)]
pub struct NewCommit<'a> {
    /// Contents by path, relative to the repository's root and `/`-separated.
    pub files: &'a BTreeMap<String, Vec<u8>>,
    pub author: &'a Identity,
    pub committer: &'a Identity,
    pub message: &'a str,
    pub parents: &'a [Oid],
}

impl Repository {
    /// An empty repository with a work tree at `path`, HEAD on the unborn `branch`.
    pub fn init(path: &Path, branch: &str) -> Result<Self, Error> {
        let mut options = RepositoryInitOptions::new();
        options.no_reinit(true).mkpath(true).external_template(false).initial_head(branch);
        Ok(Self::of(git2::Repository::init_opts(path, &options)?))
    }

    /// Writes a commit and everything it holds. No branch moves.
    pub fn write_commit(&self, commit: &NewCommit<'_>) -> Result<Oid, CommitError> {
        let repository = &self.inner;
        let empty = repository.find_tree(repository.treebuilder(None)?.write()?)?;
        let mut update = TreeUpdateBuilder::new();
        for (path, bytes) in commit.files {
            update.upsert(path.as_str(), repository.blob(bytes)?, FileMode::Blob);
        }
        let tree = repository.find_tree(update.create_updated(repository, &empty)?)?;
        let parents: Vec<_> =
            commit.parents.iter().map(|parent| repository.find_commit(*parent)).collect::<Result<_, _>>()?;
        let parents: Vec<_> = parents.iter().collect();
        let (author, committer) = (commit.author.signature()?, commit.committer.signature()?);
        Ok(repository.commit(None, &author, &committer, commit.message, &tree, &parents)?)
    }

    /// Makes a branch (its short name) point to a commit.
    pub fn set_branch(&self, branch: &str, commit: Oid, log: &str) -> Result<(), Error> {
        self.inner.reference(&format!("refs/heads/{branch}"), commit, true, log)?;
        Ok(())
    }

    /// Writes HEAD's files to the work tree and the index, byte by byte.
    pub fn check_out_head(&self) -> Result<(), Error> {
        self.inner.checkout_head(Some(CheckoutBuilder::new().force().disable_filters(true)))?;
        Ok(())
    }

    /// Writes settings of this repository alone.
    pub fn set_local(&self, values: &[(&str, &str)]) -> Result<(), Error> {
        let mut config = self.inner.config()?.open_level(ConfigLevel::Local)?;
        for (name, value) in values {
            config.set_str(name, value)?;
        }
        Ok(())
    }

    /// Is `ancestor` this commit, or one that it grew from?
    pub fn grew_from(&self, commit: Oid, ancestor: Oid) -> bool {
        commit == ancestor || self.inner.graph_descendant_of(commit, ancestor).unwrap_or(false)
    }
}
