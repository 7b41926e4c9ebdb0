//! The set of files under audit: a commit's tree or the work tree.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use git2::{ObjectType, StatusOptions};

use super::{Environment, Error, Oid, Repository, links};

/// `git add -N`: a name without content, which no commit takes.
const INTENT_TO_ADD: u16 = 1 << 13;

/// What an entry is. Only regular files are read; a link to one of the repository's counts as that file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Regular,
    Symlink,
    Submodule,
}

/// One file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Relative to the repository's root, `/`-separated; bytes that are no UTF-8 are replaced.
    pub path: String,
    pub kind: FileKind,
    /// `None` in the work tree, whose content need not be an object.
    pub oid: Option<Oid>,
    /// Its name in the work tree where `path` cannot say it: bytes that are no UTF-8.
    pub on_disk: Option<PathBuf>,
}

/// Files sorted by path, and where their bytes come from.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub files: Vec<FileEntry>,
    /// The commit, or `None` for the work tree and for the index.
    pub revision: Option<Oid>,
    /// The work tree, or the index, differs from HEAD; always false for a commit.
    pub dirty: bool,
}

impl Repository {
    /// The files of a commit.
    pub fn snapshot_at(&self, commit: Oid) -> Result<Snapshot, Error> {
        let mut files = Vec::new();
        // Not `Tree::walk`: it panics on folder names that are not UTF-8.
        let mut folders = vec![(String::new(), self.inner.find_commit(commit)?.tree_id())];
        while let Some((folder, tree)) = folders.pop() {
            for entry in &self.inner.find_tree(tree)? {
                let path = format!("{folder}{}", String::from_utf8_lossy(entry.name_bytes()));
                let kind = match entry.kind() {
                    Some(ObjectType::Tree) => {
                        folders.push((format!("{path}/"), entry.id()));
                        continue;
                    }
                    Some(ObjectType::Commit) => FileKind::Submodule,
                    _ if entry.filemode() == 0o120_000 => FileKind::Symlink,
                    _ => FileKind::Regular,
                };
                files.push(FileEntry { path, kind, oid: Some(entry.id()), on_disk: None });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        links::resolve(&mut files, |link| link.oid.and_then(|oid| self.link_text(oid)));
        Ok(Snapshot { files, revision: Some(commit), dirty: false })
    }

    /// The files of the work tree: tracked ones as they are on disk, and untracked ones that are
    /// not ignored. libgit2 reads the status itself: no hook, filter or fsmonitor program runs.
    pub fn snapshot_work_tree(&self) -> Result<Snapshot, Error> {
        let root = self.inner.workdir().ok_or(Error::BareWorkTree)?;
        let mut options = StatusOptions::new();
        options
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .include_unmodified(true)
            .exclude_submodules(true)
            .include_ignored(false);
        let statuses = self.inner.statuses(Some(&mut options))?;
        let mut files = Vec::new();
        let mut dirty = false;
        let mut links = HashMap::new();
        for entry in statuses.iter() {
            dirty |= !entry.status().is_empty();
            let disk = disk_path(entry.path_bytes());
            // Deleted on disk, or its folder became a link: not part of the snapshot.
            if behind_link(root, &disk, &mut links) {
                continue;
            }
            let Ok(metadata) = root.join(&disk).symlink_metadata() else { continue };
            let kind = if metadata.is_symlink() {
                FileKind::Symlink
            } else if metadata.is_file() {
                FileKind::Regular
            } else {
                FileKind::Submodule
            };
            let path = String::from_utf8_lossy(entry.path_bytes()).into_owned();
            let on_disk = Some(disk).filter(|disk| disk.to_str() != Some(path.as_str()));
            files.push(FileEntry { path, kind, oid: None, on_disk });
        }
        // Their content is not looked at, but that they are there counts.
        for entry in self.inner.index()?.iter().filter(|entry| entry.mode == 0o160_000) {
            let path = String::from_utf8_lossy(&entry.path).into_owned();
            files.push(FileEntry { path, kind: FileKind::Submodule, oid: None, on_disk: None });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path && a.on_disk == b.on_disk);
        links::resolve(&mut files, |link| {
            let path = link.on_disk.as_deref().unwrap_or(Path::new(&link.path));
            std::fs::read_link(root.join(path)).ok()?.to_str().map(str::to_owned)
        });
        Ok(Snapshot { files, revision: None, dirty })
    }

    /// The files of the index: what the next commit would have. git names another index to the hooks of
    /// `git commit -a` and `git commit FILE`, in `GIT_INDEX_FILE`.
    pub fn snapshot_index(&self, environment: &Environment) -> Result<Snapshot, Error> {
        let files = self.index_files(environment)?;
        let head = self.head()?.commit;
        let before = head.map(|head| self.snapshot_at(head)).transpose()?.map(|before| before.files);
        let dirty = before.as_ref() != Some(&files) && !(before.is_none() && files.is_empty());
        Ok(Snapshot { files, revision: None, dirty })
    }

    /// The same without asking whether they differ from those of the last commit.
    pub fn index_files(&self, environment: &Environment) -> Result<Vec<FileEntry>, Error> {
        let index = self.index(environment)?;
        let mut files: Vec<FileEntry> = index
            .iter()
            .filter(|entry| entry.flags_extended & INTENT_TO_ADD == 0)
            .map(|entry| FileEntry {
                path: String::from_utf8_lossy(&entry.path).into_owned(),
                kind: match entry.mode & 0o170_000 {
                    0o160_000 => FileKind::Submodule,
                    0o120_000 => FileKind::Symlink,
                    _ => FileKind::Regular,
                },
                oid: Some(entry.id),
                on_disk: None,
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        links::resolve(&mut files, |link| link.oid.and_then(|oid| self.link_text(oid)));
        Ok(files)
    }

    /// # Errors
    /// It has conflicts, is of a form that cannot be read, or there is none.
    pub(super) fn index(&self, environment: &Environment) -> Result<git2::Index, Error> {
        let root = self.inner.workdir().ok_or(Error::BareWorkTree)?;
        let index = match environment.get("GIT_INDEX_FILE") {
            Some(file) => git2::Index::open(&root.join(file)),
            None => self.inner.index(),
        };
        let index = index.map_err(|error| {
            if error.message().contains("mandatory extension") {
                return Error::Unsupported { feature: "a split or sparse index" };
            }
            Error::Git(error)
        })?;
        if index.has_conflicts() {
            return Err(Error::Unmerged);
        }
        Ok(index)
    }

    /// The size of one file of a snapshot.
    pub fn size(&self, entry: &FileEntry) -> Result<u64, Error> {
        if let Some(oid) = entry.oid {
            return self.blob_size(oid);
        }
        let root = self.inner.workdir().ok_or(Error::BareWorkTree)?;
        let path = root.join(entry.on_disk.as_deref().unwrap_or(Path::new(&entry.path)));
        let metadata = path.symlink_metadata().map_err(|error| Error::Io {
            what: format!("cannot read {}", entry.path),
            reason: error.to_string(),
        })?;
        Ok(metadata.len())
    }

    /// What the file system says of a file of the work tree.
    pub fn metadata(&self, entry: &FileEntry) -> Option<std::fs::Metadata> {
        let name = entry.on_disk.as_deref().unwrap_or(Path::new(&entry.path));
        self.inner.workdir()?.join(name).symlink_metadata().ok()
    }

    /// The bytes of one file of a snapshot, or its size when it is larger than `limit`.
    pub fn read(&self, entry: &FileEntry, limit: u64) -> Result<Result<Vec<u8>, u64>, Error> {
        if let Some(oid) = entry.oid {
            return self.blob(oid, limit);
        }
        let root = self.inner.workdir().ok_or(Error::BareWorkTree)?;
        let path = root.join(entry.on_disk.as_deref().unwrap_or(Path::new(&entry.path)));
        let io = |error: std::io::Error| Error::Io {
            what: format!("cannot read {}", entry.path),
            reason: error.to_string(),
        };
        let size = path.symlink_metadata().map_err(io)?.len();
        if size > limit {
            return Ok(Err(size));
        }
        std::fs::read(&path).map(Ok).map_err(io)
    }
}

/// A path as git has it, for the file system.
fn disk_path(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Is one of the folders on the way a symbolic link? What lies behind it is not this repository's.
fn behind_link(root: &Path, path: &Path, known: &mut HashMap<PathBuf, bool>) -> bool {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return false };
    if let Some(answer) = known.get(folder) {
        return *answer;
    }
    let answer = behind_link(root, folder, known) || root.join(folder).is_symlink();
    known.insert(folder.to_path_buf(), answer);
    answer
}
