//! Record files that were verified before, in the user's cache folder.
//!
//! ```text
//!   $XDG_CACHE_HOME/probity/waivers/verified     a line with version and digest, then 33 bytes for each file
//! ```
//! The key is the SHA-256 of the whole file, signature and all; git's names of objects identify nothing, so every file
//! is read in every run. Kept is only that its bytes are a valid record with a good signature, and whether a security
//! key was touched, for the very sources of this program. Nothing that time, trust data or a finding decides is kept.
//! A list that is broken, somebody else's or writable by others is none, and is written again.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::git::write_private;
use crate::model::Digest;

/// Fewer files are verified sooner than looked up.
pub(super) const FEW: usize = 100;
/// So many files are remembered, those of the last run first.
const MAX: usize = 200_000;
/// A digest, and whether a security key was touched.
const ENTRY: usize = 33;

/// The SHA-256 of verified files, and whether a security key was touched.
#[derive(Default)]
pub(super) struct Known {
    touched: HashMap<Digest, bool>,
    /// As they stand in the file.
    order: Vec<Digest>,
}

impl Known {
    pub fn load(file: &Path) -> Self {
        Self::try_load(file).unwrap_or_default()
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
            let (touched, digest) = entry.split_last()?;
            known.insert(Digest::from_bytes(digest.try_into().ok()?), *touched == 1);
        }
        Some(known)
    }

    fn insert(&mut self, digest: Digest, touched: bool) {
        if self.touched.insert(digest, touched).is_none() {
            self.order.push(digest);
        }
    }

    /// `None`: not known.
    pub fn touched(&self, digest: &Digest) -> Option<bool> {
        self.touched.get(digest).copied()
    }

    /// Keeps what a run found good, where it was not known before. That it cannot be kept costs time only.
    pub fn keep(&self, file: &Path, found: impl Iterator<Item = (Digest, bool)>) {
        let mut next = Self::default();
        found.for_each(|(digest, touched)| next.insert(digest, touched));
        if next.order.iter().all(|digest| self.touched.contains_key(digest)) {
            return;
        }
        for digest in &self.order {
            next.insert(*digest, self.touched(digest).unwrap_or_default());
        }
        let mut body = Vec::new();
        for digest in next.order.iter().take(MAX) {
            body.extend(digest.bytes());
            body.push(u8::from(next.touched(digest).unwrap_or_default()));
        }
        let _ = write_private(file, &[header(&body).as_bytes(), &body]);
    }
}

/// Names the program whose word the list is.
fn header(body: &[u8]) -> String {
    let (version, sources) = (env!("CARGO_PKG_VERSION"), env!("PROBITY_SOURCES"));
    format!("probity-waivers 1 {version} {sources} {}\n", Digest::of(body))
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
        let load = || (Known::load(&file).touched(&one), Known::load(&file).touched(&two));

        Known::default().keep(&file, [(one, true)].into_iter());
        assert_eq!(load(), (Some(true), None));
        Known::load(&file).keep(&file, [(two, false)].into_iter());
        assert_eq!(load(), (Some(true), Some(false)));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

        mode(0o620);
        assert_eq!(load(), (None, None));
        mode(0o600);
        let good = fs::read(&file).unwrap();
        for place in 0..good.len() {
            let mut changed = good.clone();
            changed[place] ^= 1;
            fs::write(&file, changed).unwrap();
            assert_eq!(load(), (None, None), "byte {place}");
        }
        fs::write(&file, &good[..good.len() - 1]).unwrap();
        assert_eq!(load(), (None, None));
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, &good).unwrap();
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
        Known::default().keep(&file, (0..MAX).map(|number| (digest(number), true)));
        let known = Known::load(&file);
        assert_eq!(known.order.len(), MAX);
        known.keep(&file, [(digest(MAX), true)].into_iter());
        let known = Known::load(&file);
        assert_eq!((known.order.len(), known.order[0]), (MAX, digest(MAX)));
        assert_eq!(known.touched(&digest(MAX - 1)), None);
    }
}
