//! From the bytes of one record file to a record with a good signature; many at once.

use rayon::prelude::*;

use super::known::{Good, Known};
use super::names;
use super::read::{self, Parsed};
use super::record::Record;
use super::register::Blob;
use super::sshkey::PublicKey;
use super::sshsig::Signature;
use crate::model::Digest;

/// A record whose bytes and signature are good. Whether it counts is another question (`state`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub record: Record,
    pub digest: Digest,
    /// `.probity/waivers/...`
    pub path: String,
    pub key: PublicKey,
    /// A security key that was not touched makes this false.
    pub(super) touched: bool,
    pub payload: String,
    /// Is it in the audited commit? Else only the protected branch has or had it, and it can restrict but not grant.
    pub here: bool,
    /// For a key that is not active any more: the version of the trust data that held when the record came to the
    /// protected branch, or why that cannot be told.
    pub(super) witness: Option<Result<u32, String>>,
}

impl Entry {
    fn new(name: &str, parsed: Parsed, key: PublicKey, touched: bool) -> Self {
        let Parsed { record, payload, digest } = parsed;
        let path = format!("{}/{name}", names::WAIVERS);
        Self { record, digest, path, key, touched, payload, here: true, witness: None }
    }

    /// The file name without `.yaml`; for a waiver its `wv-...` id.
    pub fn id(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".yaml").unwrap_or(name)
    }
}

/// Reads and verifies one record file, whatever trust says of its signer.
pub(super) fn verified(name: &str, bytes: &[u8]) -> Result<Entry, String> {
    let kind = names::read_record_name(name).ok_or("its name is not one that a record can have")?;
    let (parsed, armor) = read::record(name, kind, bytes)?;
    let of_signature = |why| format!("the signature: {why}");
    let signature = Signature::parse(&armor).map_err(of_signature)?;
    let namespace = parsed.record.kind().namespace();
    let touched = signature.verify(namespace, parsed.payload.as_bytes()).map_err(of_signature)?;
    Ok(Entry::new(name, parsed, signature.key, touched))
}

/// Reads a record file whose bytes were verified before.
fn again(name: &str, bytes: &[u8], (digest, touched): (Digest, bool)) -> Option<Entry> {
    let (parsed, signature) = read::again(name, bytes, digest)?;
    let key = Signature::key_again(signature)?;
    Some(Entry::new(name, parsed, key, touched))
}

/// Reads and verifies record files; what is known is not verified again, and what is good becomes known.
pub(super) fn verified_all(blobs: &[Blob], known: &Known) -> Vec<Result<Entry, String>> {
    let read = |blob: &Blob| {
        let bytes = blob.content.as_ref().map_err(Clone::clone)?;
        let digest = known.is_kept().then(|| Digest::of(bytes));
        let good = digest.and_then(|digest| known.good(&digest));
        match good.and_then(|good| again(&blob.name, bytes, good)) {
            Some(entry) => Ok((entry, digest)),
            None => verified(&blob.name, bytes).map(|entry| (entry, digest)),
        }
    };
    let found: Vec<Result<(Entry, Option<Digest>), String>> = blobs.par_iter().map(read).collect();
    let good = found.iter().zip(blobs).filter_map(|(read, blob)| {
        let (entry, digest) = read.as_ref().ok()?;
        Some(Good { digest: (*digest)?, record: entry.digest, oid: blob.oid?, touched: entry.touched })
    });
    known.keep(&good.collect::<Vec<_>>());
    found.into_iter().map(|read| read.map(|(entry, _)| entry)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;

    const NAMES: [&str; 3] = [
        "wv-fxabdh4cdmvwwwbvv0t7yncjhf.yaml",
        "wv-fxabdh4cdmvwwwbvv0t7yncjhf.ap-a5q0m83w4g10qty3vpbhbwkhtg.yaml",
        "wv-fxabdh4cdmvwwwbvv0t7yncjhf.rv-75s42t7807hrwnpcv38bwh626d.yaml",
    ];

    fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/tests/fixtures/waiver/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn what_was_verified_reads_the_same_again() {
        for name in NAMES {
            let bytes = fixture(name);
            let entry = verified(name, &bytes).unwrap();
            let good = (entry.digest, true);
            assert_eq!(again(name, &bytes, good), Some(entry), "{name}");
            for other in NAMES.iter().filter(|other| **other != name) {
                assert_eq!(again(other, &bytes, good), None, "{name} as {other}");
            }
        }
    }

    /// The list stands for the signature alone: names are judged in every run, and other bytes are other files.
    #[test]
    fn a_known_file_is_not_verified_again_and_another_is() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("verified");
        let [name, ..] = NAMES;
        let good = fixture(name);
        let mut forged = good.clone();
        let at = forged.len() - 50;
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let blob = |name: &str, content: &[u8]| Blob {
            folder: names::WAIVERS,
            name: name.to_owned(),
            oid: Some(Oid::ZERO_SHA1),
            content: Ok(content.to_vec()),
        };
        let many = || Known::of_many(1_000, Some(&list));
        let blobs = [blob(name, &forged)];
        assert!(verified_all(&blobs, &many())[0].is_err());
        assert!(!list.exists(), "what is invalid is not kept");
        // Only because this test wrote so.
        let record = verified(name, &good).unwrap().digest;
        many().keep(&[Good { digest: Digest::of(&forged), record, oid: Oid::ZERO_SHA1, touched: true }]);
        assert!(verified_all(&blobs, &many())[0].is_ok());
        assert!(verified_all(&blobs, &Known::default())[0].is_err());
        assert!(verified_all(&[blob(NAMES[1], &forged)], &many())[0].is_err());
        assert!(verified_all(&blobs, &Known::of_many(1, Some(&list)))[0].is_err());
    }
}
