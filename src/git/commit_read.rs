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

    /// The folder that a commit has at `path`; `None` where there is none, or something else.
    pub fn folder_at(&self, commit: Oid, path: &str) -> Result<Option<Oid>, Error> {
        let tree = self.inner.find_commit(commit)?.tree()?;
        match tree.get_path(std::path::Path::new(path)) {
            Ok(entry) => Ok((entry.kind() == Some(ObjectType::Tree)).then(|| entry.id())),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A commit's own signature and the bytes that it is over; `None` for one without.
    pub fn commit_signature(&self, commit: Oid) -> Result<Option<(String, Vec<u8>)>, Error> {
        match self.inner.extract_signature(&commit, None) {
            Ok((signature, content)) => {
                Ok(Some((String::from_utf8_lossy(&signature).into_owned(), content.to_vec())))
            }
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The commit of a full ref name (`refs/...`) or of a full object id, and of nothing shorter: a tag beats a branch
    /// of its name, and a local branch may be called like a remote's.
    ///
    /// # Errors
    /// Why it names no commit.
    pub fn exact(&self, name: &str) -> Result<Oid, String> {
        let commit = if name.starts_with("refs/") {
            let reference = self.inner.find_reference(name).map_err(|error| error.message().to_owned())?;
            reference.peel_to_commit().map_err(|error| error.message().to_owned())?
        } else if name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let id = Oid::from_str(name).map_err(|error| error.message().to_owned())?;
            self.inner.find_commit(id).map_err(|error| error.message().to_owned())?
        } else {
            return Err(
                "give a full name, such as refs/remotes/origin/main, or a commit's full id".to_owned()
            );
        };
        Ok(commit.id())
    }
}
