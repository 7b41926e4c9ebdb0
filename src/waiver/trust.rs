//! Trust: is the list of people and keys in this commit the one that the user has pinned?

use std::collections::BTreeSet;

use super::names::{self, TrustName};
use super::pin::Pin;
use super::read;
use super::record::{Key, KeyStatus, Kind, Principal, Trust};
use super::register::{Blob, Invalid};
use super::sshsig::{PublicKey, Signature};
use super::time::Timestamp;
use crate::model::{Digest, Severity};

/// What the audited commit's trust data amounts to.
#[derive(Debug, Clone, Default)]
pub struct TrustStatus {
    /// The id of this repository: the digest of trust version 1, whether pinned or not.
    pub id: Option<Digest>,
    /// What the user has pinned.
    pub pin: Option<Digest>,
    /// The data, readable and consistent; in force only when `error` is `None`.
    pub trust: Option<Trust>,
    /// Why every record is untrusted, and what to do about it.
    pub error: Option<String>,
    pub warnings: Vec<String>,
}

impl TrustStatus {
    /// The trust data in force, if any.
    pub fn in_force(&self) -> Option<&Trust> {
        self.trust.as_ref().filter(|_| self.error.is_none())
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

/// Judges the folder `trust` of a commit against the pin. Stage 1 knows version 1 only.
pub(super) fn judge(blobs: &[Blob], pin: &Pin, now: Timestamp) -> (TrustStatus, Vec<Invalid>) {
    let mut status = TrustStatus::default();
    let mut invalid = Vec::new();
    if let Pin::Id(id) = pin {
        status.pin = Some(*id);
    }
    let mut payload = None;
    let mut signatures = Vec::new();
    for blob in blobs {
        match names::read_trust_name(&blob.name) {
            Some(TrustName::Payload(1)) => payload = Some(blob),
            Some(TrustName::Signature(1, key)) => signatures.push((blob, key)),
            Some(TrustName::Payload(version) | TrustName::Signature(version, _)) => {
                status.error = Some(format!(
                    "trust version {version} was written by a newer Probity; this one knows version 1 only"
                ));
            }
            None => invalid.push(blob.invalid("its name is no trust file's name".to_owned())),
        }
    }
    let Some(payload) = payload else {
        if status.error.is_none() && !(signatures.is_empty() && matches!(pin, Pin::None)) {
            status.error = Some(format!("{}/1.trust.yaml is missing from this commit", names::TRUST));
        }
        status
            .error
            .get_or_insert_with(|| "this repository has no trust data; run `probity trust init`".to_owned());
        return (status, invalid);
    };
    let bytes = match &payload.content {
        Ok(bytes) => bytes,
        Err(why) => {
            status.error.get_or_insert_with(|| format!("{} is invalid: {why}", payload.path()));
            invalid.push(payload.invalid(why.clone()));
            return (status, invalid);
        }
    };
    let id = Digest::of(bytes);
    status.id = Some(id);
    match read::trust(bytes).and_then(|trust| validate(&trust).map(|()| trust)) {
        Ok(trust) => {
            let signed = count_admins(&trust, &signatures, bytes, now, &mut invalid);
            if signed < trust.admin_threshold as usize {
                status.error.get_or_insert_with(|| {
                    format!(
                        "the trust data needs {} admin signature(s), found {signed} good one(s)",
                        trust.admin_threshold
                    )
                });
            }
            if trust.expires_at.is_some_and(|end| now >= end) {
                status.error.get_or_insert_with(|| "the trust data has expired".to_owned());
            }
            if now < trust.issued_at {
                status.warnings.push(format!(
                    "the clock ({now}) is before the trust data was issued ({}): check it",
                    trust.issued_at
                ));
            }
            status.trust = Some(trust);
        }
        Err(why) => {
            status.error.get_or_insert_with(|| format!("{} is invalid: {why}", payload.path()));
            invalid.push(payload.invalid(why));
        }
    }
    if let Some((problem, warn)) = pin_problem(pin, id) {
        if warn {
            status.warnings.push(problem.clone());
        }
        status.error = Some(problem);
    }
    (status, invalid)
}

fn pin_problem(pin: &Pin, id: Digest) -> Option<(String, bool)> {
    match pin {
        Pin::Id(pinned) if *pinned == id => None,
        Pin::None => Some((
            format!(
                "the trust data {id} is not pinned; compare it with what its admins publish, then run `probity trust show`, or pass --trust-root"
            ),
            false,
        )),
        Pin::Id(pinned) => Some((
            format!(
                "THE TRUST DATA IS NOT THE ONE YOU KNOW: pinned is {pinned}, this repository has {id}; if that is right, run `probity trust forget`"
            ),
            true,
        )),
        Pin::Conflict(first, second) => Some((
            format!(
                "this repository's path and remotes are known with different trust data, {first} and {second}; run `probity trust forget` and pin the right one"
            ),
            true,
        )),
    }
}

/// How many different admins signed, each with an active key of their own.
fn count_admins(
    trust: &Trust,
    signatures: &[(&Blob, String)],
    payload: &[u8],
    now: Timestamp,
    invalid: &mut Vec<Invalid>,
) -> usize {
    let mut admins = BTreeSet::new();
    for (blob, fp12) in signatures {
        match admin_signature(trust, blob, fp12, payload, now) {
            Ok(admin) => {
                admins.insert(admin);
            }
            Err(why) => invalid.push(blob.invalid(why)),
        }
    }
    admins.len()
}

fn admin_signature(
    trust: &Trust,
    blob: &Blob,
    fp12: &str,
    payload: &[u8],
    now: Timestamp,
) -> Result<String, String> {
    let bytes = blob.content.as_ref().map_err(Clone::clone)?;
    let text = super::text::check_file(bytes)?;
    let signature = Signature::parse(text).map_err(|why| format!("the signature: {why}"))?;
    if names::fp12(signature.key.blob()) != fp12 {
        return Err("the signature was made with another key than its name says".to_owned());
    }
    let touched =
        signature.verify(Kind::Trust.namespace(), payload).map_err(|why| format!("the signature: {why}"))?;
    let signatory = trust.signatory(&signature.key).ok_or("the signing key is not in the trust data")?;
    if !touched && !signatory.key.no_touch {
        return Err("the security key was not touched".to_owned());
    }
    if !trust.admins.contains(&signatory.principal.id) {
        return Err(format!("{} is no admin", signatory.principal.id));
    }
    if !signatory.key.is_active(now) {
        return Err(format!("the key of {} is not active", signatory.principal.id));
    }
    Ok(signatory.principal.id.clone())
}

/// The rules of section 3 that go beyond the form of single fields.
pub(super) fn validate(trust: &Trust) -> Result<(), String> {
    if trust.version != 1 {
        return Err(format!("the file is named version 1 and says version {}", trust.version));
    }
    if trust.repository.is_some() || trust.previous.is_some() {
        return Err("version 1 names neither `repository` nor `previous`".to_owned());
    }
    let (mut ids, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for principal in &trust.principals {
        if !ids.insert(principal.id.as_str()) {
            return Err(format!("{} is listed twice", principal.id));
        }
        for key in &principal.keys {
            let public =
                PublicKey::from_line(&key.key).map_err(|why| format!("a key of {}: {why}", principal.id))?;
            if !keys.insert(public) {
                return Err(format!("a key of {} occurs twice", principal.id));
            }
        }
    }
    for admin in &trust.admins {
        let principal = trust.principal(admin).ok_or_else(|| format!("the admin {admin} is not listed"))?;
        if !principal.keys.iter().any(|key| key.status == KeyStatus::Active) {
            return Err(format!("the admin {admin} has no active key"));
        }
    }
    if trust.admin_threshold == 0 || trust.admin_threshold as usize > trust.admins.len() {
        return Err(format!("`admin_threshold` must lie between 1 and {}", trust.admins.len()));
    }
    for severity in Severity::ALL {
        let rule = trust.rules.of(severity);
        if !(1..=3_650).contains(&rule.max_days) {
            return Err(format!("`max_days` of {severity} must lie between 1 and 3650"));
        }
        if rule.approvals >= 1 && rule.approve_roles.is_empty() {
            return Err(format!("{severity} needs approvals but names no `approve_roles`"));
        }
        if rule.distinct_roles && rule.approve_roles.len() < rule.approvals as usize {
            return Err(format!("{severity} needs more different roles than it names"));
        }
    }
    Ok(())
}
