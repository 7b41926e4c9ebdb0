//! Trust: who may say what here, by the version of the trust data that is in use.
//!
//! `chain` finds that version and says whether its line goes back to what the user has pinned; `validate` holds what
//! every version must be.

mod chain;
mod validate;

pub(super) use chain::{Limits, Source, judge};
pub(super) use validate::validate;

use super::approval::Author;
use super::record::{Key, KeyStatus, Kind, Principal, Trust};
use super::register::Entry;
use super::sshkey::PublicKey;
use super::time::Timestamp;
use crate::git::{self, Oid, Repository};
use crate::model::Digest;

/// What the trust data amounts to.
#[derive(Debug, Clone, Default)]
pub struct TrustStatus {
    /// The id of this repository: the digest of trust version 1, whether pinned or not.
    pub id: Option<Digest>,
    /// What the user has pinned.
    pub pin: Option<Digest>,
    /// The highest version, readable and consistent; in force only when `error` is `None`.
    pub trust: Option<Trust>,
    /// The versions before it, from 1.
    pub earlier: Vec<Trust>,
    /// The digests of all versions, from 1.
    pub digests: Vec<Digest>,
    /// A further version that lacks nothing but signatures, and whose it has.
    pub unfinished: Option<Trust>,
    pub(super) signed_unfinished: Vec<PublicKey>,
    /// Why every record is untrusted, and what to do about it.
    pub error: Option<String>,
    pub warnings: Vec<String>,
    /// Why the clock cannot be believed: a gate fails then.
    pub clock: Option<String>,
}

impl TrustStatus {
    /// The trust data in force, if any.
    pub fn in_force(&self) -> Option<&Trust> {
        self.trust.as_ref().filter(|_| self.error.is_none())
    }

    /// Every version while the trust data is in force, the one in use first.
    pub(super) fn versions(&self) -> impl Iterator<Item = &Trust> {
        let in_force = self.in_force();
        in_force.into_iter().chain(self.earlier.iter().rev().filter(move |_| in_force.is_some()))
    }

    /// Whose key of the trust data signed a commit. That is evidence of who made it; its author field is a claim.
    ///
    /// # Errors
    /// The commit cannot be read.
    pub fn signer_of(&self, repository: &Repository, commit: Oid) -> Result<Option<String>, git::Error> {
        let authors = Author::of(repository, commit)?;
        Ok(authors.iter().find_map(|author| match author {
            Author::Signer(key) => {
                self.versions().find_map(|trust| Some(trust.signatory(key)?.principal.id.clone()))
            }
            Author::Address(_) => None,
        }))
    }

    /// By which version the signer of a record is judged, and with it the signer's roles: the one in use, or for a
    /// key that was retired since, the one that held when the record came to the protected branch.
    ///
    /// # Errors
    /// Why the signature counts for nothing: no such key, somebody else's, revoked, or nothing shows that the record
    /// is older than the key's end.
    pub(super) fn judging(&self, entry: &Entry, now: Timestamp) -> Result<&Trust, String> {
        let trust = self.in_force().ok_or("there is no trust data in force")?;
        let said = entry.record.principal();
        let signatory = trust.signer(&entry.key, said)?;
        if signatory.key.is_active(now) {
            return Ok(trust);
        }
        if signatory.key.status == KeyStatus::Revoked {
            return Err(format!("the key of {said} was revoked, with all that it signed"));
        }
        let ended = format!("the key of {said} is not active any more");
        let version = match &entry.witness {
            Some(Ok(version)) => *version,
            Some(Err(why)) => return Err(format!("{ended}, and {why}")),
            None => return Err(ended),
        };
        let then = self.versions().find(|trust| trust.version == version).ok_or_else(|| ended.clone())?;
        let signatory = then.signer(&entry.key, said)?;
        if signatory.key.is_active(now) {
            return Ok(then);
        }
        Err(format!(
            "{ended}, nor was it in version {version}, which held when the record came to the protected branch"
        ))
    }
}

/// Whose key made a signature.
#[derive(Debug, Clone, Copy)]
pub struct Signatory<'a> {
    pub principal: &'a Principal,
    pub key: &'a Key,
}

impl Trust {
    /// The person who holds a key, compared as decoded bytes.
    pub fn signatory(&self, public: &PublicKey) -> Option<Signatory<'_>> {
        // Validated keys have one text each, so equal texts are equal bytes.
        let line = public.line();
        self.principals.iter().find_map(|principal| {
            let key = principal.keys.iter().find(|key| key.key == line)?;
            Some(Signatory { principal, key })
        })
    }

    /// The holder of a key, who must be the one that a record names.
    ///
    /// # Errors
    /// Nobody has that key, or somebody else.
    pub(super) fn signer(&self, public: &PublicKey, said: &str) -> Result<Signatory<'_>, String> {
        let found = self
            .signatory(public)
            .ok_or_else(|| format!("its key {} is not in the trust data", public.fingerprint()))?;
        if found.principal.id == said {
            Ok(found)
        } else {
            Err(format!("it says {said} and was signed by {}", found.principal.id))
        }
    }

    pub fn principal(&self, id: &str) -> Option<&Principal> {
        self.principals.iter().find(|principal| principal.id == id)
    }

    /// One line for each key, for `ssh-keygen -Y verify`. Every line names the four name spaces: a line
    /// without would be good for all.
    pub fn allowed_signers(&self) -> String {
        let spaces =
            [Kind::Waiver, Kind::Approval, Kind::Revocation, Kind::Trust].map(Kind::namespace).join(",");
        let mut out = String::new();
        for principal in &self.principals {
            for key in principal.keys.iter().filter(|key| key.status != KeyStatus::Revoked) {
                let end = key.not_after.map_or_else(String::new, |end| {
                    // With `Z`: without it OpenSSH reads local time.
                    let compact: String = end.to_string().chars().filter(char::is_ascii_digit).collect();
                    format!(",valid-before=\"{compact}Z\"")
                });
                let line = [&principal.id, " namespaces=\"", &spaces, "\"", &end, " ", &key.key, "\n"];
                out.extend(line);
            }
        }
        out
    }
}

impl Key {
    /// From `not_after` on a key counts as retired.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.status == KeyStatus::Active && self.not_after.is_none_or(|end| now < end)
    }
}
