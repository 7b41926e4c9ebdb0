//! Signed waivers: records in the audited repository that say who accepted which finding until when.
//!
//! Whether a finding counts as waived is computed on every run from the records' bytes, the pinned trust
//! data, the finding and the clock; it is never stored. Everything that is read is hostile until verified.
//!
//! ```text
//! Register::read(repository, commit, options, now)     records of a commit, strictly read and verified
//!   └─ apply(register, findings, now, reference, ..)   sets each finding's status; one line a record
//!
//! Draft::for_finding(finding)                          defaults; a person fills in reason and expiry
//!   └─ preview(repository, draft, options, now)        all checks, and the exact bytes to be signed
//!        └─ commit_waiver(repository, preview, options)  signs what was shown, commits, reads it back
//!
//! preview_all(..) ─ commit_records(..)                 several, each signed, in one commit or none
//!
//! decide(repository, id, word, finding, now)           a second person approves or rejects
//! Draft::renewal(finding, entry) ─ preview ─ ..        another waiver in the place of one
//! revoke(repository, id, reason, options, now)
//! preview_trust(..) ─ commit_trust(..)                 the next version of the trust data, or the first
//! ```
//!
//! `time` is the only file that can read the clock, and only when the caller asks; user folders and
//! environment come in through [`Options`].

mod amend;
mod anchor;
mod approval;
mod draft;
mod emit;
mod entry;
mod error;
mod fixed;
#[cfg(test)]
mod golden_tests;
mod gpg;
mod known;
mod lines;
mod memory;
mod names;
mod pin;
mod protected;
mod read;
mod record;
mod register;
mod setup;
mod sign;
mod sshkey;
mod sshsig;
mod state;
#[cfg(test)]
mod state_tests;
mod statement;
mod story;
mod template;
mod text;
mod time;
mod trust;
mod wire;
mod word;
mod write;

use std::time::Duration;

pub use amend::{Amendment, TrustPreview, TrustRequest, commit_trust, next_text, preview_trust};
pub use anchor::Anchor;
pub use approval::{Author, Authors};
pub use draft::{Draft, DraftFields};
pub use error::Error;
pub use fixed::{SignBytes, trust_files, waiver_file};
pub use names::waiver_id;
pub use pin::{Pin, forget as forget_trust, remember as remember_trust};
pub use record::{
    Approval, Bound, Decision, DecisionType, Key, KeyStatus, Kind, PolicyChange, Principal, Record,
    Revocation, Rule, Rules, Scope, Trust, Verdict, Waiver,
};
pub use register::{Entry, Invalid, Register, check_record, check_trust};
pub use setup::SigningSetup;
pub use sshkey::PublicKey;
pub use sshsig::Signature;
pub use state::{Judgement, State, apply, judge_all};
pub use statement::{Attester, STATEMENT_NAMESPACE, attester, sign_statement};
pub use story::{Deed, Event, Story, stories};
pub use template::{Detail, Template};
pub use text::{escaped, mixed_script_words};
pub use time::{ParseTimeError, Timestamp};
pub use trust::{Signatory, TrustStatus};
pub use word::{Word, decide, preview_decision, preview_revocation, revoke};
pub use write::{Preview, Receipt, commit_records, commit_waiver, preview, preview_all};

pub use crate::git::Environment;
use crate::model::Digest;

/// What the user brings: environment, command-line options about trust and signing.
#[derive(Debug, Clone)]
pub struct Options {
    pub environment: Environment,
    /// `--trust-root`: the pin for this run, whatever is remembered.
    pub trust_root: Option<Digest>,
    /// `--trust-ref`: the protected branch, by its full name, or a commit's full id.
    pub trust_ref: Option<String>,
    /// `--trust-min-version`: an older version of the trust data is an error.
    pub trust_min_version: Option<u32>,
    /// `--signing-key`: a key file or a literal public key.
    pub signing_key: Option<String>,
    /// How long a signing program may take; people may have to find their security key.
    pub timeout: Duration,
    /// `--new-branch`: records go to a branch of their own, for where the current one is protected.
    pub new_branch: bool,
    /// Adds `Signed-off-by` to commit messages.
    pub signoff: bool,
}

impl Options {
    pub fn new(environment: Environment) -> Self {
        Self {
            environment,
            trust_root: None,
            trust_ref: None,
            trust_min_version: None,
            signing_key: None,
            timeout: Duration::from_mins(2),
            new_branch: false,
            signoff: false,
        }
    }
}
