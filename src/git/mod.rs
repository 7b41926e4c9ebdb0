//! The only room that knows git2: repositories, snapshots, history.
//!
//! The repository is hostile. libgit2 runs no hook, no filter program and no fsmonitor; nothing here
//! starts the git program either. Paths come as raw bytes and leave as lossy UTF-8.

mod history;
mod repository;
mod snapshot;

pub use history::TreeCache;
pub use repository::{Error, Head, Oid, Repository};
pub use snapshot::{FileEntry, FileKind, Snapshot};
