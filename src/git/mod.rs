//! The only room that knows git2: repositories, snapshots, history.
//!
//! The repository is hostile. libgit2 runs no hook, no filter program and no fsmonitor; the git program is
//! started in one place only (`commit_index`), with all of these switched off. Paths come as raw bytes and
//! leave as lossy UTF-8.

mod ancestry;
mod build;
mod commit;
mod commit_files;
mod commit_index;
mod commit_read;
#[cfg(test)]
mod commit_tests;
mod config;
mod crash;
mod handles;
mod history;
mod links;
mod log;
mod repository;
mod snapshot;
mod user_folders;

pub use ancestry::{Ancestor, Ancestry};
pub use build::NewCommit;
pub use commit::{CommitError, Identity, NewFile, SignCommit, Target};
pub use commit_read::FolderEntry;
pub use config::{Environment, Settings};
pub use handles::Handles;
pub use history::TreeCache;
pub use log::{Change, Log, LogCache, LogEntry, LogLimits, Person};
pub use repository::{Error, Head, Oid, Repository, library_version};
pub use snapshot::{FileEntry, FileKind, Snapshot};
pub use user_folders::write_private;
