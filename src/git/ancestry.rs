//! All commits behind one, parents before children, and what differs between two trees.
//!
//! Trees are compared by object id and only where they differ, so that a commit costs what it changed.

use std::collections::HashMap;

use git2::ObjectType;

use super::{Error, FileEntry, FileKind, Oid, Repository};
use crate::model::CommitInfo;

/// A commit of an ancestry.
#[derive(Debug, Clone)]
pub struct Ancestor {
    pub info: CommitInfo,
    pub id: Oid,
    pub tree: Oid,
    /// Where its parents stand in the ancestry. Fewer than it has where the clone is cut.
    pub parents: Vec<usize>,
    /// A parent is not in this clone, or the parents are not the commit's own.
    pub cut: bool,
}

/// The commits behind one, itself the last.
#[derive(Debug, Clone, Default)]
pub struct Ancestry {
    pub commits: Vec<Ancestor>,
    /// Why it is not all of them, or not surely.
    pub incomplete: Vec<String>,
}

impl Repository {
    /// Walks from a commit to the roots. A parent stands before its children, and what came by one merge stands
    /// together. With `first_parent`, only the main line is walked.
    ///
    /// # Errors
    /// The commit itself cannot be read. That one behind it is missing only cuts the ancestry.
    pub fn ancestry(&self, from: Oid, first_parent: bool) -> Result<Ancestry, Error> {
        let (shallow, grafted) = (self.is_shallow(), self.grafted());
        let mut found = Ancestry::default();
        let mut places: HashMap<Oid, usize> = HashMap::new();
        // Not recursive: histories are long. A commit waits until all its parents have their places.
        let mut waiting = vec![(from, 0)];
        let mut parents_of: HashMap<Oid, Vec<Oid>> = HashMap::new();
        while let Some((id, next)) = waiting.pop() {
            if next == 0 && places.contains_key(&id) {
                continue;
            }
            if next == 0 {
                let commit = match self.inner.find_commit(id) {
                    Ok(commit) => commit,
                    Err(error) if id == from => return Err(error.into()),
                    Err(error) => {
                        found.incomplete = vec![format!("commit {id} cannot be read: {}", error.message())];
                        continue;
                    }
                };
                let most = if first_parent { 1 } else { usize::MAX };
                parents_of.insert(id, commit.parent_ids().take(most).collect());
            }
            let Some(parents) = parents_of.get(&id) else { continue };
            if let Some(parent) = parents.get(next) {
                let parent = *parent;
                waiting.push((id, next + 1));
                // A parent that waits already would be its own ancestor: only forged objects have that.
                if !places.contains_key(&parent) && !parents_of.contains_key(&parent) {
                    waiting.push((parent, 0));
                }
                continue;
            }
            let known: Vec<usize> = parents.iter().filter_map(|parent| places.get(parent).copied()).collect();
            let commit = self.inner.find_commit(id)?;
            let cut =
                known.len() < parents.len() || shallow && commit.parent_count() == 0 || grafted.contains(&id);
            found.commits.push(Ancestor {
                info: self.commit_info(id)?,
                id,
                tree: commit.tree_id(),
                parents: known,
                cut,
            });
            places.insert(id, found.commits.len() - 1);
            parents_of.remove(&id);
        }
        if shallow && found.incomplete.is_empty() {
            found.incomplete.push("this clone is shallow: run `git fetch --unshallow`".to_owned());
        }
        found.incomplete.extend(self.grafts_note());
        Ok(found)
    }

    /// A commit, its first parent, and so on, as far as they can be read.
    pub fn main_line(&self, from: Oid) -> impl Iterator<Item = Oid> + '_ {
        std::iter::successors(Some(from), |commit| self.inner.find_commit(*commit).ok()?.parent_id(0).ok())
    }

    /// The newest commit that two have both grown from.
    ///
    /// # Errors
    /// They have none in common, as after a cut clone or between unrelated histories.
    pub fn merge_base(&self, one: Oid, other: Oid) -> Result<Oid, Error> {
        self.inner.merge_base(one, other).map_err(|error| match error.code() {
            git2::ErrorCode::NotFound => Error::NoRevision {
                revision: other.to_string(),
                reason: format!(
                    "it has no commit in common with {one}; a shallow clone lacks it: `git fetch --unshallow`"
                ),
            },
            _ => Error::Git(error),
        })
    }

    /// A file of a commit; `None` where it is none there.
    pub fn file_at(&self, commit: Oid, path: &str) -> Result<Option<FileEntry>, Error> {
        let tree = self.inner.find_commit(commit)?.tree()?;
        let Ok(entry) = tree.get_path(std::path::Path::new(path)) else { return Ok(None) };
        let regular = entry.kind() == Some(ObjectType::Blob) && entry.filemode() != 0o120_000;
        Ok(regular.then(|| FileEntry {
            path: path.to_owned(),
            kind: FileKind::Regular,
            oid: Some(entry.id()),
            on_disk: None,
        }))
    }

    /// The files in which two trees differ, by path, with what the second has there.
    ///
    /// # Errors
    /// A tree is missing or cannot be read.
    pub fn differing_files(
        &self,
        old: Option<Oid>,
        new: Option<Oid>,
    ) -> Result<Vec<(String, Option<FileEntry>)>, Error> {
        let mut found = Vec::new();
        let mut folders = vec![(old, new, String::new())];
        while let Some((old, new, folder)) = folders.pop() {
            if old == new {
                continue;
            }
            let (old, new) = (self.tree_of(old)?, self.tree_of(new)?);
            let entries = |tree: &Option<git2::Tree<'_>>| tree.as_ref().map_or(0, git2::Tree::len);
            let at = |tree: &Option<git2::Tree<'_>>, index: usize| -> Option<Entry> {
                let entry = tree.as_ref()?.get(index)?;
                Some(Entry {
                    name: entry.name_bytes().to_vec(),
                    id: entry.id(),
                    mode: entry.filemode(),
                    kind: entry.kind()?,
                })
            };
            let (mut i, mut j) = (0, 0);
            while i < entries(&old) || j < entries(&new) {
                let (before, after) = (at(&old, i), at(&new, j));
                // Git sorts folders as if their names ended in a slash.
                let order = match (&before, &after) {
                    (Some(before), Some(after)) => before.sorted_as().cmp(&after.sorted_as()),
                    (Some(_), None) => std::cmp::Ordering::Less,
                    _ => std::cmp::Ordering::Greater,
                };
                let before = before.filter(|_| order.is_le());
                let after = after.filter(|_| order.is_ge());
                i += usize::from(order.is_le());
                j += usize::from(order.is_ge());
                let same = before
                    .as_ref()
                    .zip(after.as_ref())
                    .is_some_and(|(a, b)| a.id == b.id && a.mode == b.mode);
                if same {
                    continue;
                }
                let Some(name) = before.as_ref().or(after.as_ref()).map(|entry| &entry.name) else {
                    continue;
                };
                let path = format!("{folder}{}", String::from_utf8_lossy(name));
                let is_tree = |entry: &Option<Entry>| {
                    entry.as_ref().filter(|entry| entry.kind == ObjectType::Tree).map(|entry| entry.id)
                };
                let below = (is_tree(&before), is_tree(&after));
                if below != (None, None) {
                    folders.push((below.0, below.1, format!("{path}/")));
                }
                let file = |entry: Option<Entry>| entry.and_then(|entry| entry.file(&path));
                let (old, new) = (file(before), file(after));
                if old != new {
                    found.push((path, new));
                }
            }
        }
        Ok(found)
    }

    fn tree_of(&self, tree: Option<Oid>) -> Result<Option<git2::Tree<'_>>, Error> {
        let Some(tree) = tree else { return Ok(None) };
        self.inner.find_tree(tree).map(Some).map_err(|error| self.failed(tree, error))
    }

    /// Links of a list of files, sorted by path, take the content of what they lead to.
    pub fn resolve_links(&self, files: &mut [FileEntry]) {
        super::links::resolve(files, |link| link.oid.and_then(|oid| self.link_text(oid)));
    }
}

struct Entry {
    name: Vec<u8>,
    id: Oid,
    mode: i32,
    kind: ObjectType,
}

impl Entry {
    fn sorted_as(&self) -> Vec<u8> {
        let mut name = self.name.clone();
        if self.kind == ObjectType::Tree {
            name.push(b'/');
        }
        name
    }

    fn file(&self, path: &str) -> Option<FileEntry> {
        let kind = match self.kind {
            ObjectType::Tree => return None,
            ObjectType::Commit => FileKind::Submodule,
            _ if self.mode == 0o120_000 => FileKind::Symlink,
            _ => FileKind::Regular,
        };
        Some(FileEntry { path: path.to_owned(), kind, oid: Some(self.id), on_disk: None })
    }
}
