//! What holds outside the audited commit: the pin, the user's memory, and the protected branch.
//!
//! A change that is audited can say what it likes about itself. So whose repository this is, how far its trust data had
//! come and what was ever revoked is not taken from the change alone.

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
        Ok(Self::pinned(Pin::find(repository, options)?))
    }

    pub(super) fn pinned(pin: Pin) -> Self {
        Self { pin, limits: Limits::default(), last_run: None, protected: None, looks_around: false }
    }
}
