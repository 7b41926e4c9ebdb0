//! Record files that were verified before, in the user's cache folder.
//!
//! ```text
//!   $XDG_CACHE_HOME/probity/waivers/verified     a line with version and digest, then 85 bytes for each file
//! ```
//! The key is the SHA-256 of the whole file, signature and all; git's names of objects identify nothing, so every file
//! is read in every run. Such a name is kept too, but it only spares the question how large the object is, which takes
//! longer than reading it. Kept are besides the record's digest, that its bytes are a valid record with a good signature,
//! and whether a security key was touched, for the very sources of this program. Nothing that time, trust data or a
//! finding decides is kept.
//! A list that is broken, somebody else's or writable by others is none, and is written again.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::git::{Oid, write_private};
use crate::model::Digest;

/// Fewer files are verified sooner than looked up.
const FEW: usize = 100;
/// So many files are remembered, those of the last run first.
const MAX: usize = 200_000;
/// A digest, a name of git, and whether a security key was touched.
const ENTRY: usize = 32 + 32 + 20 + 1;

/// A file that was found good.
#[derive(Debug, Clone, Copy)]
pub(super) struct Good {
    /// Of the whole file.
    pub digest: Digest,
    /// Of the record in it.
    pub record: Digest,
    pub oid: Oid,
    pub touched: bool,
}

/// The files that were found good before.
#[derive(Default)]
pub(super) struct Known {
    /// Where they are kept; `None`: nowhere.
    file: Option<PathBuf>,
    good: HashMap<Digest, (Digest, bool)>,
    small: HashSet<Oid>,
    /// As they stand in the file.
    order: Vec<Good>,
}

impl Known {
    /// What is known where so many files are to be verified.
    pub fn of_many(count: usize, file: Option<&Path>) -> Self {
        file.filter(|_| count >= FEW).map(Self::load).unwrap_or_default()
    }

    fn load(file: &Path) -> Self {
        let known = Self::try_load(file).unwrap_or_default();
        Self { file: Some(file.to_owned()), ..known }
    }

    fn try_load(file: &Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(file).ok().filter(is_own)?;
        if metadata.len() > (MAX * ENTRY + 1_000) as u64 {
            return None;
        }
        let content = fs::read(file).ok()?;
        let end = content.iter().position(|byte| *byte == b'\n')?;
        let (head, body) = (content.get(..=end)?, content.get(end + 1..)?);
        if head != header(body).as_bytes() {
            return None;
        }
        let mut known = Self::default();
        for entry in body.chunks_exact(ENTRY) {
            let (digest, rest) = entry.split_first_chunk()?;
            let (record, rest) = rest.split_first_chunk()?;
            let (touched, oid) = rest.split_last()?;
            let (digest, record) = (Digest::from_bytes(*digest), Digest::from_bytes(*record));
            known.insert(Good { digest, record, oid: Oid::from_bytes(oid).ok()?, touched: *touched == 1 });
        }
        Some(known)
    }

    fn insert(&mut self, good: Good) {
        if self.good.insert(good.digest, (good.record, good.touched)).is_none() {
            self.order.push(good);
            self.small.insert(good.oid);
        }
    }

    /// Is there a list at all, so that it is worth to ask?
    pub fn is_kept(&self) -> bool {
        self.file.is_some()
    }

    /// An object of this name was small enough for a record.
    pub fn is_small(&self, oid: Oid) -> bool {
        self.small.contains(&oid)
    }

    /// The record's digest, and whether a security key was touched; `None`: not known.
    pub fn good(&self, digest: &Digest) -> Option<(Digest, bool)> {
        self.good.get(digest).copied()
    }

    /// Keeps what a run found good, where it was not known before. That it cannot be kept costs time only.
    pub fn keep(&self, found: &[Good]) {
        let Some(file) = &self.file else { return };
        if found.iter().all(|good| self.good.contains_key(&good.digest)) {
            return;
        }
        let mut next = Self::default();
        found.iter().chain(&self.order).for_each(|good| next.insert(*good));
        let mut body = Vec::new();
        for good in next.order.iter().take(MAX) {
            body.extend(good.digest.bytes());
            body.extend(good.record.bytes());
            body.extend(good.oid.as_bytes());
            body.push(u8::from(good.touched));
        }
        let _ = write_private(file, &[header(&body).as_bytes(), &body]);
    }
}

/// Names the program whose word the list is.
fn header(body: &[u8]) -> String {
    let (version, sources) = (env!("CARGO_PKG_VERSION"), env!("PROBITY_SOURCES"));
    format!("probity-waivers 3 {version} {sources} {}\n", Digest::of(body))
}

#[cfg(unix)]
fn is_own(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // The last six bits of the mode: nobody else reads or writes it.
    metadata.is_file()
        && metadata.uid() == rustix::process::geteuid().as_raw()
        && metadata.mode().trailing_zeros() >= 6
}

#[cfg(not(unix))]
fn is_own(metadata: &fs::Metadata) -> bool {
    metadata.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_list_that_is_broken_or_not_ones_own_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("made/verified");
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let touched = |digest| Known::load(&file).good(digest).map(|(_, touched)| touched);
        let load = || (touched(&one), touched(&two));

        let good = |digest, touched| Good { digest, record: digest, oid: Oid::ZERO_SHA1, touched };
        Known::load(&file).keep(&[good(one, true)]);
        assert_eq!(load(), (Some(true), None));
        Known::load(&file).keep(&[good(two, false)]);
        assert_eq!(load(), (Some(true), Some(false)));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

        mode(0o620);
        assert_eq!(load(), (None, None));
        mode(0o600);
        let kept = fs::read(&file).unwrap();
        for place in 0..kept.len() {
            let mut changed = kept.clone();
            changed[place] ^= 1;
            fs::write(&file, changed).unwrap();
            assert_eq!(load(), (None, None), "byte {place}");
        }
        fs::write(&file, &kept[..kept.len() - 1]).unwrap();
        assert_eq!(load(), (None, None));
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, &kept).unwrap();
        fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
        assert_eq!(load(), (None, None));
    }

    #[test]
    fn only_so_many_are_kept_the_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("verified");
        let digest = |number: usize| Digest::of(&number.to_be_bytes());
        let good = |number| Good {
            digest: digest(number),
            record: digest(number),
            oid: Oid::ZERO_SHA1,
            touched: true,
        };
        Known::load(&file).keep(&(0..MAX).map(good).collect::<Vec<_>>());
        let known = Known::load(&file);
        assert_eq!(known.order.len(), MAX);
        known.keep(&[good(MAX)]);
        let known = Known::load(&file);
        assert_eq!((known.order.len(), known.order[0].digest), (MAX, digest(MAX)));
        assert_eq!(known.good(&digest(MAX - 1)), None);
    }
}
