//! What this user has seen of a repository's trust data: the highest version in use, and when they last looked.
//!
//! A server may show an old branch, and a clock may be set back; only memory notices. It is kept beside the pins, a
//! file for each repository id, and written only where the id itself is remembered.

use std::path::PathBuf;

use super::time::Timestamp;
use super::{Error, Options, pin};
use crate::model::Digest;

/// An hour: an audit may be run every minute, and the file need not be written each time.
const COARSE: i64 = 3_600;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// The highest version of the trust data that was in use.
    pub version: u32,
    /// The last run.
    pub at: Timestamp,
}

/// What is remembered of a repository; `None`: nothing.
///
/// # Errors
/// The file is there and cannot be read: that must not become "never seen".
pub(super) fn recall(options: &Options, id: Digest) -> Result<Option<Seen>, Error> {
    let file = file(options, id)?;
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("cannot read", &file, &error)),
    };
    let seen = text.trim_end().split_once(' ').and_then(|(version, at)| {
        Some(Seen { version: version.strip_prefix('v')?.parse().ok()?, at: at.parse().ok()? })
    });
    let unreadable = || Error::KnownRepositories { file: file.display().to_string(), line: 1 };
    seen.map(Some).ok_or_else(unreadable)
}

/// Remembers a run that found `version` in use.
///
/// # Errors
/// What is there cannot be read, or the file not be written.
pub(super) fn note(options: &Options, id: Digest, version: u32, now: Timestamp) -> Result<(), Error> {
    let before = recall(options, id)?;
    let news = before.is_none_or(|seen| version > seen.version || now.seconds() > seen.at.seconds() + COARSE);
    if !news {
        return Ok(());
    }
    let version = before.map_or(version, |seen| seen.version.max(version));
    let at = before.map_or(now, |seen| seen.at.max(now));
    pin::replace(&file(options, id)?, &format!("v{version} {at}\n"))
}

pub(super) fn forget(options: &Options, id: Digest) -> Result<(), Error> {
    let file = file(options, id)?;
    match std::fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("cannot remove", &file, &error))
        }
        _ => Ok(()),
    }
}

fn file(options: &Options, id: Digest) -> Result<PathBuf, Error> {
    Ok(pin::state_folder(options)?.join("seen").join(id.hex()))
}
