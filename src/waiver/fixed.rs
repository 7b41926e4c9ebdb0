//! Record files whose every part is given: no clock, no random number, no branch.
//!
//! The demo's records are made here once and embedded; a test makes them again and compares bytes. Nothing
//! is committed or pinned, and what is made is read back like any other record.

use super::record::{Kind, Record, Trust};
use super::register::verified;
use super::{Draft, Error, PublicKey, Timestamp, emit, names, read, trust};
use crate::git::NewFile;
use crate::model::Digest;

/// Signs bytes in a name space; gives the armored signature.
pub type SignBytes<'a> = &'a dyn Fn(&str, &[u8]) -> Result<String, Error>;

/// First trust data and its signature by `key`, with the id that they give the repository.
pub fn trust_files(
    trust: &Trust,
    key: &PublicKey,
    sign: SignBytes<'_>,
) -> Result<(Digest, [NewFile; 2]), Error> {
    trust::validate(trust).map_err(Error::Record)?;
    let payload = emit::trust(trust).map_err(Error::Record)?;
    let armor = sign(Kind::Trust.namespace(), payload.as_bytes())?;
    let folder = names::TRUST;
    let signature = format!("{folder}/{}.trust.{}.sig", trust.version, names::fp12(key.blob()));
    let id = Digest::of(payload.as_bytes());
    let data =
        NewFile { path: format!("{folder}/{}.trust.yaml", trust.version), bytes: payload.into_bytes() };
    Ok((id, [data, NewFile { path: signature, bytes: armor.into_bytes() }]))
}

/// The record of a waiver that `requester` signs at `now` for the repository `id`.
pub fn waiver_file(
    draft: &Draft,
    (id, trust_version): (Digest, u32),
    requester: &str,
    now: Timestamp,
    nonce: &str,
    sign: SignBytes<'_>,
) -> Result<NewFile, Error> {
    let record = Record::Waiver(draft.waiver(id, trust_version, requester, now, nonce.to_owned())?);
    let payload = emit::record(&record).map_err(Error::Record)?;
    let armor = sign(record.kind().namespace(), payload.as_bytes())?;
    let name = read::file_name(&record, &Digest::of(payload.as_bytes()));
    let bytes = read::assemble(&payload, &armor).into_bytes();
    let entry = verified(&name, &bytes).map_err(Error::Record)?;
    Ok(NewFile { path: entry.path, bytes })
}
