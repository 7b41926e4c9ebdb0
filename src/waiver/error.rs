//! What can go wrong with waivers, on what, and what to do next.

use std::path::Path;

use crate::git::{self, CommitError};
use crate::model::ParseDigestError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "no signing key is set up; name one with --signing-key, or run `git config --global gpg.format ssh` and `git config --global user.signingKey ~/.ssh/id_ed25519.pub`"
    )]
    NoSigningKey,
    #[error("the signing key `{key}` cannot be used: {reason}")]
    BadSigningKey { key: String, reason: String },
    #[error("signing with `{program}`: {reason}; nothing was changed")]
    Signer { program: String, reason: String },
    #[error(
        "the security key was not touched, and its entry in the trust data requires that; nothing was changed"
    )]
    NotTouched,
    #[error("`{value}` is no trust root: {error}")]
    TrustRoot { value: String, error: ParseDigestError },
    #[error("--trust-ref `{name}`: {reason}")]
    TrustRef { name: String, reason: String },
    #[error("no folder for what Probity remembers: set HOME or XDG_STATE_HOME")]
    NoStateFolder,
    #[error("{file}, line {line}, cannot be read; correct or remove the line")]
    KnownRepositories { file: String, line: usize },
    #[error("{what}: {reason}")]
    Io { what: String, reason: String },
    #[error("{path} has {found} entries; at most {limit} are read, so nothing counts as waived")]
    TooMany { path: &'static str, found: usize, limit: usize },
    #[error("nobody can waive here yet: {0}")]
    NoTrust(String),
    #[error(
        "the key {fingerprint} belongs to nobody in the trust data; ask an admin to add it, or name another with --signing-key"
    )]
    UnknownKey { fingerprint: String },
    #[error("the key {fingerprint} of {principal} is not active; use another with --signing-key")]
    InactiveKey { fingerprint: String, principal: String },
    #[error("a finding of {policy} cannot be waived: {reason}")]
    NotWaivable { policy: String, reason: String },
    #[error("the waiver would not be permitted: {0}")]
    NotPermitted(String),
    #[error("{name}: {reason}")]
    Field { name: &'static str, reason: String },
    #[error("the record cannot be written: {0}")]
    Record(String),
    #[error("{id} already waives this until {until}; choose a later day, or revoke it first")]
    Duplicate { id: String, until: String },
    #[error("no waiver `{0}` in this commit, or more than one starts so; see `probity waiver list`")]
    NoSuchWaiver(String),
    #[error("{0} is revoked already")]
    AlreadyRevoked(String),
    #[error("{principal} may not revoke {id}: only its requester, an admin or an approver may")]
    MayNotRevoke { principal: String, id: String },
    #[error("{id} cannot be decided on so: {reason}; nothing was changed")]
    MayNotDecide { id: String, reason: String },
    #[error("the trust data stays as it is: {0}")]
    Amendment(String),
    #[error("this repository has trust data already ({0}); see `probity trust show`")]
    TrustExists(String),
    #[error(
        "this repository is known with other trust data already: {0}; switch to the branch that has it, or run `probity trust forget`"
    )]
    TrustKnown(String),
    #[error("the record was committed but does not read back as expected: {0}; please report this")]
    ReadBack(String),
    #[error("no randomness from the system: {0}")]
    Random(String),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Git(#[from] git::Error),
}

impl Error {
    pub(super) fn io(what: &str, path: &Path, error: &std::io::Error) -> Self {
        Error::Io { what: format!("{what} {}", path.display()), reason: error.to_string() }
    }
}
