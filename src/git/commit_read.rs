//! Reading one folder of a commit entry by entry, with exact names and modes.

use git2::ObjectType;

use super::{Error, Oid, Repository};

/// One entry of a folder in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEntry {
    /// The exact bytes of the name.
    pub name: Vec<u8>,
    /// As the tree has it: `0o100644`, `0o120000`, `0o160000`, `0o040000`, ...
    pub mode: i32,
    pub oid: Oid,
}

impl FolderEntry {
    pub fn is_folder(&self) -> bool {
        self.mode == 0o040_000
    }
}

impl Repository {
    /// The entries of the commit's root folder.
    pub fn root_entries(&self, commit: Oid) -> Result<Vec<FolderEntry>, Error> {
        let tree = self.inner.find_commit(commit)?.tree_id();
        self.folder_entries(tree)
    }

    /// The entries of a folder found by `root_entries` or here.
    pub fn folder_entries(&self, tree: Oid) -> Result<Vec<FolderEntry>, Error> {
        let tree = self.inner.find_tree(tree).map_err(|error| self.failed(tree, error))?;
        let entries = tree.iter().map(|entry| FolderEntry {
            name: entry.name_bytes().to_vec(),
            mode: match entry.kind() {
                Some(ObjectType::Tree) => 0o040_000,
                _ => entry.filemode_raw(),
            },
            oid: entry.id(),
        });
        Ok(entries.collect())
    }
}
