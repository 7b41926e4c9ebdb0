//! Statements of audits: signed with the key that signs waivers, for a name space of their own.

use super::sign::Signer;
use super::write::base;
use super::{Error, Options, Signature, Timestamp, TrustStatus};
use crate::git::Repository;

/// A signature of a statement is none of a record.
pub const STATEMENT_NAMESPACE: &str = "probity-attestation-v1";

/// Signs a statement; gives the armored signature.
///
/// # Errors
/// There is no key to sign with, or signing fails.
pub fn sign_statement(repository: &Repository, payload: &str, options: &Options) -> Result<String, Error> {
    let settings = repository.settings(&options.environment)?;
    let key = options.signing_key.as_deref();
    let signer =
        Signer::for_records(key, &settings, &options.environment, &base(repository), options.timeout)?;
    let made = signer.sign(STATEMENT_NAMESPACE, payload.as_bytes())?;
    if made.touched { Ok(made.armor) } else { Err(Error::NotTouched) }
}

/// Who signed a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attester {
    /// A person of the trust data in force, with a key that was active at the statement's instant.
    Person { id: String, key: String },
    /// The signature is good, and says nothing of who made it.
    Unknown { key: String, why: String },
}

/// Checks a statement's signature and says whose it is.
///
/// # Errors
/// It is no signature, or of other bytes.
pub fn attester(payload: &str, armor: &str, trust: &TrustStatus, at: Timestamp) -> Result<Attester, String> {
    let signature = Signature::parse(armor)?;
    signature.verify(STATEMENT_NAMESPACE, payload.as_bytes())?;
    let key = signature.key.fingerprint();
    let unknown = |why: &str| Attester::Unknown { key: key.clone(), why: why.to_owned() };
    let Some(trust) = trust.in_force() else { return Ok(unknown("no trust data is in force")) };
    Ok(match trust.signatory(&signature.key) {
        None => unknown("the key is not in the trust data"),
        Some(signatory) if !signatory.key.is_active(at) => unknown("the key was not active then"),
        Some(signatory) => Attester::Person { id: signatory.principal.id.clone(), key },
    })
}
