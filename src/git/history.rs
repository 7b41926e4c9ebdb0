//! Walking back through commits: parents, trees by object id, what one commit changed.
//!
//! Trees are compared by object id and listed through a cache, so that a commit costs what it changed.

use std::collections::HashMap;
use std::sync::Arc;

use git2::{Delta, DiffFindOptions, DiffFormat, DiffOptions, FileMode, ObjectType};

use super::{Environment, Error, FileEntry, FileKind, Oid, Repository};
use crate::model::{DiffLine, DiffLineKind};

/// A diff longer than this is cut, and says so.
const MAX_DIFF_LINES: usize = 5_000;

/// Files and links below one tree that pass a filter, by tree id. One cache serves one filter.
#[derive(Default)]
pub struct TreeCache {
    folders: HashMap<(Oid, String), Arc<Vec<FileEntry>>>,
}

impl Repository {
    pub fn parents(&self, commit: Oid) -> Result<Vec<Oid>, Error> {
        Ok(self.inner.find_commit(commit)?.parent_ids().collect())
    }

    /// The tree of a commit.
    pub fn tree_id(&self, commit: Oid) -> Result<Oid, Error> {
        Ok(self.inner.find_commit(commit)?.tree_id())
    }

    /// The files of a commit that pass the filter. `enter` prunes folders (given with a final `/`).
    pub fn files_at(
        &self,
        commit: Oid,
        cache: &mut TreeCache,
        wanted: &dyn Fn(&str) -> bool,
        enter: &dyn Fn(&str) -> bool,
    ) -> Result<Arc<Vec<FileEntry>>, Error> {
        let tree = self.inner.find_commit(commit)?.tree_id();
        let files = self.files_below(tree, "", cache, wanted, enter)?;
        if files.iter().all(|file| file.kind == FileKind::Regular) {
            return Ok(files);
        }
        // Not from the cache: where a link leads to may have changed in another folder.
        let mut resolved = Vec::with_capacity(files.len());
        for file in files.iter() {
            match file.kind {
                FileKind::Symlink => resolved.extend(self.resolve_in(commit, file)?),
                _ => resolved.push(file.clone()),
            }
        }
        Ok(Arc::new(resolved))
    }

    fn files_below(
        &self,
        tree: Oid,
        folder: &str,
        cache: &mut TreeCache,
        wanted: &dyn Fn(&str) -> bool,
        enter: &dyn Fn(&str) -> bool,
    ) -> Result<Arc<Vec<FileEntry>>, Error> {
        let key = (tree, folder.to_owned());
        if let Some(known) = cache.folders.get(&key) {
            return Ok(known.clone());
        }
        let mut files = Vec::new();
        let tree = self.inner.find_tree(tree).map_err(|error| self.failed(tree, error))?;
        for entry in &tree {
            let path = format!("{folder}{}", String::from_utf8_lossy(entry.name_bytes()));
            match entry.kind() {
                Some(ObjectType::Tree) => {
                    let below = format!("{path}/");
                    if enter(&below) {
                        let found = self.files_below(entry.id(), &below, cache, wanted, enter)?;
                        files.extend(found.iter().cloned());
                    }
                }
                Some(ObjectType::Blob) if wanted(&path) => {
                    let link = entry.filemode() == 0o120_000;
                    files.push(FileEntry {
                        path,
                        kind: if link { FileKind::Symlink } else { FileKind::Regular },
                        oid: Some(entry.id()),
                        on_disk: None,
                    });
                }
                _ => {}
            }
        }
        let files = Arc::new(files);
        cache.folders.insert(key, files.clone());
        Ok(files)
    }

    /// Files that a commit renamed against one parent: (old path, new path). Where contents are missing, only files that
    /// moved as they were; without a folder, none.
    pub fn renames(&self, parent: Oid, commit: Oid) -> Result<Vec<(String, String)>, Error> {
        self.renames_of(&|| {
            let (old, new) = (self.files_of(parent)?, self.files_of(commit)?);
            self.inner.diff_tree_to_tree(Some(&old), Some(&new), None)
        })
    }

    /// The same for what is staged.
    pub fn renames_staged(
        &self,
        parent: Oid,
        environment: &Environment,
    ) -> Result<Vec<(String, String)>, Error> {
        let index = self.index(environment)?;
        self.renames_of(&|| self.inner.diff_tree_to_index(Some(&self.files_of(parent)?), Some(&index), None))
    }

    fn files_of(&self, commit: Oid) -> Result<git2::Tree<'_>, git2::Error> {
        self.inner.find_commit(commit)?.tree()
    }

    fn renames_of<'r>(
        &'r self,
        diff: &dyn Fn() -> Result<git2::Diff<'r>, git2::Error>,
    ) -> Result<Vec<(String, String)>, Error> {
        let missing = |error: &git2::Error| error.code() == git2::ErrorCode::NotFound;
        let renamed = |as_they_were| diff().and_then(|diff| self.renamed(diff, as_they_were));
        match renamed(false) {
            Err(error) if missing(&error) => match renamed(true) {
                Err(error) if missing(&error) => Ok(Vec::new()),
                renamed => Ok(renamed?),
            },
            renamed => Ok(renamed?),
        }
    }

    fn renamed(
        &self,
        mut diff: git2::Diff<'_>,
        as_they_were: bool,
    ) -> Result<Vec<(String, String)>, git2::Error> {
        if as_they_were {
            self.note_missing(&diff)?;
        }
        diff.find_similar(Some(DiffFindOptions::new().renames(true).exact_match_only(as_they_were)))?;
        let path = |file: git2::DiffFile<'_>| {
            file.path_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        let renamed = diff.deltas().filter(|delta| delta.status() == Delta::Renamed);
        Ok(renamed.filter_map(|delta| Some((path(delta.old_file())?, path(delta.new_file())?))).collect())
    }

    /// Remembers which contents of a change are not here.
    fn note_missing(&self, diff: &git2::Diff<'_>) -> Result<(), git2::Error> {
        let odb = self.inner.odb()?;
        for delta in diff.deltas() {
            let files = [delta.old_file(), delta.new_file()].into_iter();
            // A submodule's commit is in another repository.
            for file in files.filter(|file| !file.id().is_zero() && file.mode() != FileMode::Commit) {
                if !odb.exists(file.id()) {
                    self.note_missing_object(file.id());
                }
            }
        }
        Ok(())
    }

    /// What a commit changed in some files, against its first parent (or against nothing).
    pub fn diff_of(&self, commit: Oid, files: &[String]) -> Result<Vec<DiffLine>, Error> {
        let commit = self.inner.find_commit(commit)?;
        let new = commit.tree()?;
        let old = commit.parents().next().map(|parent| parent.tree()).transpose()?;
        let mut diff = self.inner.diff_tree_to_tree(old.as_ref(), Some(&new), Some(&mut only(files)))?;
        let found = diff.find_similar(None).map_err(Error::from).and_then(|()| lines(&diff));
        match found {
            Err(Error::Git(error)) if error.code() == git2::ErrorCode::NotFound => {
                Ok(vec![said(format!("(not shown: {})", error.message()))])
            }
            other => other,
        }
    }

    /// What the work tree changes in some files, against HEAD.
    pub fn diff_uncommitted(&self, files: &[String]) -> Result<Vec<DiffLine>, Error> {
        let head = self.head()?.commit.map(|commit| self.inner.find_commit(commit)?.tree()).transpose()?;
        let mut options = only(files);
        options.include_untracked(true).show_untracked_content(true).recurse_untracked_dirs(true);
        lines(&self.inner.diff_tree_to_workdir_with_index(head.as_ref(), Some(&mut options))?)
    }
}

/// Exactly these paths: a file named `*` is no pattern.
fn only(files: &[String]) -> DiffOptions {
    let mut options = DiffOptions::new();
    options.disable_pathspec_match(true).context_lines(3).max_size(4 * 1024 * 1024);
    for file in files {
        options.pathspec(file);
    }
    options
}

fn lines(diff: &git2::Diff<'_>) -> Result<Vec<DiffLine>, Error> {
    let mut lines = Vec::new();
    let printed = diff.print(DiffFormat::Patch, |delta, _, line| {
        let kind = match line.origin() {
            'H' => DiffLineKind::Hunk,
            '+' => DiffLineKind::Added,
            '-' => DiffLineKind::Removed,
            ' ' => DiffLineKind::Context,
            _ => return true,
        };
        let path = delta.new_file().path_bytes().or_else(|| delta.old_file().path_bytes());
        let text = String::from_utf8_lossy(line.content());
        lines.push(DiffLine {
            kind,
            text: text.trim_end_matches(['\n', '\r']).to_owned(),
            line: line.new_lineno().or(line.old_lineno()),
            path: path.map(|path| String::from_utf8_lossy(path).into_owned()).unwrap_or_default(),
            cause: false,
        });
        lines.len() < MAX_DIFF_LINES
    });
    match printed {
        Err(error) if error.code() != git2::ErrorCode::User => return Err(error.into()),
        Err(_) => lines.push(said(format!("(cut after {MAX_DIFF_LINES} lines)"))),
        Ok(()) => {}
    }
    Ok(lines)
}

/// A line of our own.
fn said(text: String) -> DiffLine {
    DiffLine { kind: DiffLineKind::Hunk, text, line: None, path: String::new(), cause: false }
}
