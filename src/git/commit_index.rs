//! Index entries for new files, by object id, so that no filter of the repository is applied.
//!
//! libgit2 cannot write a split or sparse index. There, and only there, the git program does it, with the
//! settings that could make it run a program of the repository switched off.

use std::path::Path;
use std::process::{Command, Stdio};

use git2::{Index, IndexEntry, IndexTime, ObjectType, Oid};

use super::Repository;
use super::commit::{CommitError, NewFile};

/// Adds entries to the index, and takes them out again.
pub(super) struct IndexWriter<'a> {
    repository: &'a Repository,
    how: How,
    added: Vec<(String, Oid)>,
}

enum How {
    Library(Index),
    Program,
}

impl<'a> IndexWriter<'a> {
    pub(super) fn open(repository: &'a Repository) -> Result<Self, CommitError> {
        let mut how = match repository.inner.index() {
            Ok(index) => How::Library(index),
            // The lower-case extensions `link` (split) and `sdir` (sparse): a reader that does not know them
            // must stop, and libgit2 does.
            Err(error) if error.message().contains("mandatory extension") => How::Program,
            Err(error) => return Err(CommitError::Index(error.message().to_owned())),
        };
        match &mut how {
            How::Library(index) => {
                index.read(true).map_err(|error| CommitError::Index(error.message().to_owned()))?;
            }
            How::Program => {
                let found = git(repository).arg("--version").stdout(Stdio::null()).status();
                if !found.is_ok_and(|status| status.success()) {
                    let why = "a split or sparse index needs the git program, which is not there";
                    return Err(CommitError::Index(why.to_owned()));
                }
            }
        }
        Ok(Self { repository, how, added: Vec::new() })
    }

    pub(super) fn add(&mut self, root: &Path, files: &[NewFile]) -> Result<(), CommitError> {
        let failed = |error: git2::Error| CommitError::Index(error.message().to_owned());
        for file in files {
            let oid = Oid::hash_object(ObjectType::Blob, &file.bytes).map_err(failed)?;
            match &mut self.how {
                How::Library(index) => {
                    if index.get_path(Path::new(&file.path), 0).is_some() {
                        return Err(CommitError::Exists(file.path.clone()));
                    }
                    index.add(&entry(root, file, oid)).map_err(failed)?;
                }
                How::Program => {
                    let info = format!("100644,{oid},{}", file.path);
                    update(self.repository, &["--add", "--cacheinfo", &info])?;
                }
            }
            self.added.push((file.path.clone(), oid));
        }
        match &mut self.how {
            How::Library(index) => index.write().map_err(failed),
            How::Program => Ok(()),
        }
    }

    /// Takes out the entries that are still the ones added here.
    pub(super) fn undo(&mut self) {
        let added = std::mem::take(&mut self.added);
        match &mut self.how {
            How::Library(index) => {
                // What is on disk counts: the write may have failed, or somebody else may have written since.
                if index.read(true).is_err() {
                    return;
                }
                let mut changed = false;
                for (path, oid) in added {
                    if index.get_path(Path::new(&path), 0).is_some_and(|entry| entry.id == oid) {
                        changed |= index.remove(Path::new(&path), 0).is_ok();
                    }
                }
                if changed {
                    // A staged addition that cannot be taken back is kept by the user's next commit.
                    let _ = index.write();
                }
            }
            How::Program => {
                for (path, _) in added {
                    let _ = update(self.repository, &["--force-remove", "--", &path]);
                }
            }
        }
    }
}

fn entry(root: &Path, file: &NewFile, oid: Oid) -> IndexEntry {
    let mut entry = IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode: 0o100_644,
        uid: 0,
        gid: 0,
        file_size: u32::try_from(file.bytes.len()).unwrap_or(u32::MAX),
        id: oid,
        flags: 0,
        flags_extended: 0,
        path: file.path.as_bytes().to_vec(),
    };
    fill_stat(&mut entry, &root.join(&file.path));
    entry
}

/// With the file's own times and numbers git need not read the file to see that it is unchanged. The
/// index keeps the low 32 bits of each.
#[cfg(unix)]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn fill_stat(entry: &mut IndexEntry, path: &Path) {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(metadata) = path.symlink_metadata() else { return };
    entry.ctime = IndexTime::new(metadata.ctime() as i32, metadata.ctime_nsec() as u32);
    entry.mtime = IndexTime::new(metadata.mtime() as i32, metadata.mtime_nsec() as u32);
    (entry.dev, entry.ino) = (metadata.dev() as u32, metadata.ino() as u32);
    (entry.uid, entry.gid) = (metadata.uid(), metadata.gid());
}

#[cfg(not(unix))]
fn fill_stat(_: &mut IndexEntry, _: &Path) {}

/// The git program, told not to run anything that the repository names.
fn git(repository: &Repository) -> Command {
    let mut command = Command::new("git");
    command
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_DIR", repository.inner.path())
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null());
    if let Some(root) = repository.inner.workdir() {
        command.env("GIT_WORK_TREE", root).current_dir(root);
    }
    command
}

fn update(repository: &Repository, arguments: &[&str]) -> Result<(), CommitError> {
    let output = git(repository).arg("update-index").args(arguments).output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(CommitError::Index(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        Err(error) => Err(CommitError::Index(format!("cannot start git: {error}"))),
    }
}
