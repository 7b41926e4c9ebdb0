//! The chain of trust versions: which one is in use, and does its line go back to the pin?
//!
//! Version 1 is pinned by its digest and signed by its own admins. Every later version names the one before it and is
//! signed by enough admins of both, so that nobody adds a key to the list whom the list before did not let. As a
//! version proves itself, it does not matter where it was found: the audited commit, HEAD and the protected branch are
//! looked at alike, and the highest version counts. What does not fit is an error, and then nothing counts.

use std::collections::{BTreeMap, BTreeSet};

use super::{KeyStatus, TrustStatus, validate};
use crate::model::Digest;
use crate::waiver::names::{self, TrustName};
use crate::waiver::pin::Pin;
use crate::waiver::record::{Kind, Trust};
use crate::waiver::register::{Blob, Invalid};
use crate::waiver::sshkey::PublicKey;
use crate::waiver::sshsig::Signature;
use crate::waiver::time::Timestamp;
use crate::waiver::{read, text};

/// The folder `trust` of one commit.
pub(in crate::waiver) struct Source {
    /// How people call the commit.
    pub name: String,
    pub blobs: Vec<Blob>,
}

/// What the user demands besides the pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::waiver) struct Limits {
    /// `--trust-min-version`.
    pub least: Option<u32>,
    /// The highest version that this user has seen in use here.
    pub seen: Option<u32>,
}

/// What all commits together have of one version.
#[derive(Default)]
struct Files<'a> {
    /// Different ones only, each with where it was found first.
    payloads: Vec<(&'a str, &'a Blob)>,
    signatures: Vec<(&'a Blob, String)>,
}

/// Judges the trust data of the audited commit, which comes first, and of the others against the pin.
pub(in crate::waiver) fn judge(
    sources: &[Source],
    pin: &Pin,
    limits: Limits,
    now: Timestamp,
) -> (TrustStatus, Vec<Invalid>) {
    let mut chain = Chain::default();
    if let Pin::Id(id) = pin {
        chain.status.pin = Some(*id);
    }
    let versions = chain.sort(sources);
    chain.climb(&versions);
    if chain.status.id.is_none() {
        let nothing = versions.is_empty() && *pin == Pin::None;
        chain.fail(if nothing {
            "this repository has no trust data; run `probity trust init`".to_owned()
        } else {
            format!("{}/1.trust.yaml is missing from this commit", names::TRUST)
        });
    }
    chain.hold_against(limits, now);
    if let Some((problem, warn)) = chain.status.id.and_then(|id| pin_problem(pin, id)) {
        if warn {
            chain.status.warnings.push(problem.clone());
        }
        chain.status.error = Some(problem);
    }
    (chain.status, chain.invalid)
}

#[derive(Default)]
struct Chain {
    status: TrustStatus,
    invalid: Vec<Invalid>,
}

impl Chain {
    /// The first error is the one to tell.
    fn fail(&mut self, why: String) {
        self.status.error.get_or_insert(why);
    }

    fn refuse(&mut self, blob: &Blob, why: String) {
        let invalid = blob.invalid(why);
        if !self.invalid.contains(&invalid) {
            self.invalid.push(invalid);
        }
    }

    /// Sorts the files of all commits by version. Each commit must have every version up to its highest.
    fn sort<'a>(&mut self, sources: &'a [Source]) -> BTreeMap<u32, Files<'a>> {
        let mut versions: BTreeMap<u32, Files<'_>> = BTreeMap::new();
        for source in sources {
            let mut there = BTreeSet::new();
            for blob in &source.blobs {
                match names::read_trust_name(&blob.name) {
                    Some(TrustName::Payload(version)) => {
                        there.insert(version);
                        let payloads = &mut versions.entry(version).or_default().payloads;
                        if payloads.iter().all(|(_, known)| known.content != blob.content) {
                            payloads.push((&source.name, blob));
                        }
                    }
                    Some(TrustName::Signature(version, key)) => {
                        let signatures = &mut versions.entry(version).or_default().signatures;
                        if signatures
                            .iter()
                            .all(|(known, _)| known.name != blob.name || known.content != blob.content)
                        {
                            signatures.push((blob, key));
                        }
                    }
                    None => self.refuse(blob, "its name is no trust file's name".to_owned()),
                }
            }
            if let Some(missing) = (1..there.last().copied().unwrap_or(0)).find(|n| !there.contains(n)) {
                self.fail(format!("{}/{missing}.trust.yaml is missing from {}", names::TRUST, source.name));
            }
        }
        versions
    }

    /// From version 1 as far as the chain holds.
    fn climb(&mut self, versions: &BTreeMap<u32, Files<'_>>) {
        for (version, files) in versions {
            if files.payloads.is_empty() {
                for (blob, _) in &files.signatures {
                    self.refuse(blob, format!("there is no {version}.trust.yaml that it could be for"));
                }
            }
            let mut good: Vec<(&str, Trust, Digest)> = Vec::new();
            for (source, blob) in &files.payloads {
                match self.version(*version, blob, &files.signatures) {
                    Ok((trust, digest)) => good.push((source, trust, digest)),
                    Err(why) => {
                        self.fail(format!("{} of {source} is invalid: {why}", blob.path()));
                        self.refuse(blob, why);
                    }
                }
            }
            if let [(first, ..), (second, ..), ..] = good.as_slice() {
                self.fail(format!(
                    "there are two different versions {version} of the trust data, in {first} and in {second}: ask its admins which one is theirs"
                ));
            }
            let Some((_, trust, digest)) = good.into_iter().next() else { continue };
            self.status.earlier.extend(self.status.trust.replace(trust));
            self.status.digests.push(digest);
        }
    }

    /// One file of one version. Also sets the repository's id, which holds whatever is wrong with version 1.
    fn version(
        &mut self,
        version: u32,
        blob: &Blob,
        signatures: &[(&Blob, String)],
    ) -> Result<(Trust, Digest), String> {
        let bytes = blob.content.as_ref().map_err(Clone::clone)?;
        let digest = Digest::of(bytes);
        if version == 1 {
            self.status.id.get_or_insert(digest);
        }
        let trust = read::trust(bytes)?;
        if trust.version != version {
            return Err(format!("the file is named version {version} and says version {}", trust.version));
        }
        validate(&trust)?;
        let before = self.status.trust.clone().filter(|before| before.version + 1 == version);
        match &before {
            None if version > 1 => return Err(format!("version {} before it does not hold", version - 1)),
            None => {}
            Some(before) => {
                if trust.repository != self.status.id {
                    return Err("it was made for another repository".to_owned());
                }
                if trust.previous.as_ref() != self.status.digests.last() {
                    return Err(format!("it does not follow version {}", before.version));
                }
                if trust.issued_at < before.issued_at {
                    return Err(format!("it was issued before version {}", before.version));
                }
            }
        }
        self.enough_signatures(&trust, before.as_ref(), signatures, bytes)?;
        Ok((trust, digest))
    }

    /// Enough admins of the version itself and of the one before, each with a key active there?
    fn enough_signatures(
        &mut self,
        trust: &Trust,
        before: Option<&Trust>,
        signatures: &[(&Blob, String)],
        payload: &[u8],
    ) -> Result<(), String> {
        let lists: Vec<&Trust> = [Some(trust), before].into_iter().flatten().collect();
        let mut signed: Vec<BTreeSet<String>> = vec![BTreeSet::new(); lists.len()];
        let mut keys = Vec::new();
        for (blob, fp12) in signatures {
            match admins_who_signed(&lists, trust.issued_at, blob, fp12, payload) {
                Ok((key, admins)) => {
                    keys.push(key);
                    for (signed, admin) in signed.iter_mut().zip(admins) {
                        signed.extend(admin);
                    }
                }
                Err(why) => self.refuse(blob, why),
            }
        }
        for (list, signed) in lists.iter().zip(&signed) {
            if signed.len() < list.admin_threshold as usize {
                if before.is_some() {
                    self.status.unfinished = Some(trust.clone());
                    self.status.signed_unfinished = keys;
                }
                let of =
                    if lists.len() == 1 { String::new() } else { format!(" of version {}", list.version) };
                return Err(format!(
                    "the trust data needs {} admin signature(s){of}, found {} good one(s)",
                    list.admin_threshold,
                    signed.len()
                ));
            }
        }
        Ok(())
    }

    /// Is the version in use current, as far as this user can tell?
    fn hold_against(&mut self, limits: Limits, now: Timestamp) {
        let Some(trust) = self.status.trust.clone() else { return };
        for (least, why) in
            [(limits.seen, "you have seen version"), (limits.least, "--trust-min-version asks for")]
        {
            if let Some(least) = least.filter(|least| trust.version < *least) {
                self.fail(format!(
                    "the trust data was rolled back: this is version {}, {why} {least}",
                    trust.version
                ));
            }
        }
        if trust.expires_at.is_some_and(|end| now >= end) {
            self.fail("the trust data has expired".to_owned());
        }
        if now < trust.issued_at {
            self.status.clock = Some(format!(
                "the clock ({now}) is before the trust data was issued ({}): check it",
                trust.issued_at
            ));
        }
    }
}

/// Who of each list's admins made this signature, with a key that is active there.
fn admins_who_signed(
    lists: &[&Trust],
    issued_at: Timestamp,
    blob: &Blob,
    fp12: &str,
    payload: &[u8],
) -> Result<(PublicKey, Vec<Option<String>>), String> {
    let bytes = blob.content.as_ref().map_err(Clone::clone)?;
    let signature =
        Signature::parse(text::check_file(bytes)?).map_err(|why| format!("the signature: {why}"))?;
    if names::fp12(signature.key.blob()) != fp12 {
        return Err("the signature was made with another key than its name says".to_owned());
    }
    let touched =
        signature.verify(Kind::Trust.namespace(), payload).map_err(|why| format!("the signature: {why}"))?;
    let found: Vec<Result<String, String>> =
        lists.iter().map(|trust| admin(trust, &signature.key, touched, issued_at)).collect();
    match found.iter().find_map(|found| found.as_ref().err()) {
        Some(why) if found.iter().all(Result::is_err) => Err(why.clone()),
        _ => Ok((signature.key, found.into_iter().map(Result::ok).collect())),
    }
}

fn admin(trust: &Trust, key: &PublicKey, touched: bool, issued_at: Timestamp) -> Result<String, String> {
    let signatory = trust.signatory(key).ok_or("the signing key is not in the trust data")?;
    let who = &signatory.principal.id;
    if !touched && !signatory.key.no_touch {
        return Err("the security key was not touched".to_owned());
    }
    if !trust.admins.contains(who) {
        return Err(format!("{who} is no admin"));
    }
    // Not the clock's instant: a version must not fall when a key of its signers ends.
    if signatory.key.status != KeyStatus::Active || !signatory.key.is_active(issued_at) {
        return Err(format!("the key of {who} is not active"));
    }
    Ok(who.clone())
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
