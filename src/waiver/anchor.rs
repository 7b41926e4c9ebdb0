//! What holds outside the audited commit: the pin, the user's memory, and the protected branch.
//!
//! A change that is audited can say what it likes about itself. So whose repository this is, how far its trust data had
//! come and what was ever revoked is not taken from the change alone.

use std::path::PathBuf;

use super::memory;
use super::pin::Pin;
use super::protected::Protected;
use super::time::Timestamp;
use super::trust::Limits;
use super::{Error, Options};
use crate::git::Repository;

/// What a register is held against. Found once, good for many commits.
pub struct Anchor {
    pub(super) pin: Pin,
    pub(super) limits: Limits,
    /// The last run that this user remembers.
    pub(super) last_run: Option<Timestamp>,
    /// `--trust-ref`.
    pub(super) protected: Option<Protected>,
    /// Is trust data also looked for at HEAD?
    pub(super) looks_around: bool,
    /// Where the record files are listed that were verified before.
    pub(super) verified: Option<PathBuf>,
}

impl Anchor {
    /// # Errors
    /// What the user remembers cannot be read, or the trust ref cannot.
    pub fn find(repository: &Repository, options: &Options) -> Result<Self, Error> {
        let pin = Pin::find(repository, options)?;
        let seen = match &pin {
            Pin::Id(id) => memory::recall(options, *id)?,
            Pin::None | Pin::Conflict(..) => None,
        };
        let protected = options.trust_ref.as_deref().map(|name| Protected::read(repository, name));
        Ok(Self {
            pin,
            limits: Limits { least: options.trust_min_version, seen: seen.map(|seen| seen.version) },
            last_run: seen.map(|seen| seen.at),
            protected: protected.transpose()?,
            looks_around: true,
            verified: verified(repository, options),
        })
    }

    /// As [`Anchor::find`], but without the protected branch, which takes a walk.
    pub(super) fn without_the_line(repository: &Repository, options: &Options) -> Result<Self, Error> {
        Self::find(repository, &Options { trust_ref: None, ..options.clone() })
    }

    /// The pin alone, for commits of the past, each of which is judged by what it holds itself.
    ///
    /// # Errors
    /// What the user remembers cannot be read.
    pub fn of_the_past(repository: &Repository, options: &Options) -> Result<Self, Error> {
        let pinned = Self::pinned(Pin::find(repository, options)?);
        Ok(Self { verified: verified(repository, options), ..pinned })
    }

    pub(super) fn pinned(pin: Pin) -> Self {
        let limits = Limits::default();
        Self { pin, limits, last_run: None, protected: None, looks_around: false, verified: None }
    }
}

fn verified(repository: &Repository, options: &Options) -> Option<PathBuf> {
    Some(repository.cache_folder(&options.environment, "waivers")?.join("verified"))
}
