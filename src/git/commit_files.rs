//! New files beneath a work tree, written without following a single link.
//!
//! A link named `.probity` in a hostile repository must not lead a record, or anything else, outside. Each
//! folder is opened from its parent's handle; a file is created, never opened for overwriting.

use std::path::Path;

use super::commit::{CommitError, NewFile};

/// Is every part of this folder absent or a real folder on disk?
pub(super) fn check_folder(root: &Path, folder: &str) -> Result<(), CommitError> {
    let mut path = root.to_path_buf();
    let mut shown = String::new();
    for part in folder.split('/') {
        path.push(part);
        shown.push_str(part);
        let problem = match path.symlink_metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(_) => "cannot be looked at",
            Ok(metadata) if metadata.is_symlink() => "is a symbolic link on disk",
            Ok(metadata) if !metadata.is_dir() => "is no folder on disk",
            Ok(_) => {
                shown.push('/');
                continue;
            }
        };
        return Err(CommitError::NotAFolder { path: shown, problem });
    }
    Ok(())
}

#[cfg(unix)]
pub(super) use unix::Written;

#[cfg(unix)]
mod unix {
    use std::io::Write as _;
    use std::os::fd::{AsFd as _, OwnedFd};
    use std::path::Path;

    use rustix::fs::{AtFlags, Mode, OFlags, fstat, fsync, mkdirat, openat, statat, unlinkat};
    use rustix::io::Errno;

    use super::{CommitError, NewFile};

    const FOLDER: OFlags =
        OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

    /// What was written so far, so that it can be taken back.
    pub(in crate::git) struct Written {
        root: OwnedFd,
        /// In the order of creation.
        made: Vec<Made>,
    }

    struct Made {
        parent: OwnedFd,
        name: String,
        /// `None` for a folder; a file's device and inode.
        file: Option<(u64, u64)>,
    }

    impl Written {
        pub(in crate::git) fn new(root: &Path) -> Result<Self, CommitError> {
            // The root itself may be reached through a link: the user named it.
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let root_fd = rustix::fs::open(root, flags, Mode::empty())
                .map_err(|error| failed(&root.display().to_string(), error))?;
            Ok(Self { root: root_fd, made: Vec::new() })
        }

        /// Creates the file and the folders it needs.
        pub(in crate::git) fn add(&mut self, file: &NewFile) -> Result<(), CommitError> {
            let error = |error| failed(&file.path, error);
            let (folders, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            let mut folder = self.root.try_clone().map_err(|e| failed_io(&file.path, &e))?;
            for part in folders.split('/').filter(|part| !part.is_empty()) {
                match mkdirat(&folder, part, Mode::from_raw_mode(0o777)) {
                    Ok(()) => {
                        let parent = folder.try_clone().map_err(|e| failed_io(&file.path, &e))?;
                        self.made.push(Made { parent, name: part.to_owned(), file: None });
                    }
                    Err(Errno::EXIST) => {}
                    Err(other) => return Err(error(other)),
                }
                folder = openat(&folder, part, FOLDER, Mode::empty()).map_err(error)?;
            }
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let handle = match openat(&folder, name, flags, Mode::from_raw_mode(0o666)) {
                Err(Errno::EXIST) => return Err(CommitError::Exists(file.path.clone())),
                other => other.map_err(error)?,
            };
            let stat = fstat(&handle).map_err(error)?;
            #[allow(clippy::useless_conversion)] // the widths differ between Unix systems
            let id = (u64::try_from(stat.st_dev).unwrap_or_default(), u64::from(stat.st_ino));
            self.made.push(Made { parent: folder, name: name.to_owned(), file: Some(id) });
            let mut handle = std::fs::File::from(handle);
            handle
                .write_all(&file.bytes)
                .and_then(|()| handle.sync_all())
                .map_err(|e| failed_io(&file.path, &e))
        }

        /// Makes the new names last beyond a power cut.
        pub(in crate::git) fn sync(&self) -> Result<(), CommitError> {
            for made in &self.made {
                fsync(made.parent.as_fd()).map_err(|error| failed(&made.name, error))?;
            }
            Ok(())
        }

        /// Takes back what is still ours: files by their inode, folders when they are empty.
        pub(in crate::git) fn undo(&mut self) {
            while let Some(made) = self.made.pop() {
                // What cannot be taken back stays as an untracked file; the commit did not happen.
                let _ = match made.file {
                    None => unlinkat(&made.parent, made.name.as_str(), AtFlags::REMOVEDIR),
                    Some(ours) => match statat(&made.parent, made.name.as_str(), AtFlags::SYMLINK_NOFOLLOW) {
                        #[allow(clippy::useless_conversion)]
                        Ok(now)
                            if (u64::try_from(now.st_dev).unwrap_or_default(), u64::from(now.st_ino))
                                == ours =>
                        {
                            unlinkat(&made.parent, made.name.as_str(), AtFlags::empty())
                        }
                        other => other.map(|_| ()),
                    },
                };
            }
        }
    }

    fn failed(path: &str, error: Errno) -> CommitError {
        let reason = match error {
            Errno::LOOP | Errno::NOTDIR => {
                "a symbolic link or a file stands where a folder should be".to_owned()
            }
            other => other.to_string(),
        };
        CommitError::File { path: path.to_owned(), reason }
    }

    fn failed_io(path: &str, error: &std::io::Error) -> CommitError {
        CommitError::File { path: path.to_owned(), reason: error.to_string() }
    }
}

/// Elsewhere there is no way yet to open beneath a folder without following links, so nothing is written.
#[cfg(not(unix))]
pub(super) struct Written;

#[cfg(not(unix))]
impl Written {
    pub(super) fn new(root: &Path) -> Result<Self, CommitError> {
        let reason = "writing records is only supported on Unix so far".to_owned();
        Err(CommitError::File { path: root.display().to_string(), reason })
    }

    pub(super) fn add(&mut self, file: &NewFile) -> Result<(), CommitError> {
        Err(CommitError::Exists(file.path.clone()))
    }

    pub(super) fn sync(&self) -> Result<(), CommitError> {
        Ok(())
    }

    pub(super) fn undo(&mut self) {}
}
