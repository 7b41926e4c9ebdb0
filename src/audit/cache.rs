//! A folder of the user's cache: what was worked out before, by a name that says all that it hangs on.
//!
//! An entry is a line with a version and the digest of what follows it, and is checked by it: a foreign or broken one is
//! no entry, and is written again. Deleting the folder loses nothing but time.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::git::{Environment, Repository, write_private};
use crate::model::Digest;

/// The entries of one kind take so much together, in bytes; the ones that were not used for longest go first.
const MAX_TOTAL: u64 = 512 << 20;
/// One entry is no larger, or it is neither written nor read.
const MAX_ENTRY: u64 = 128 << 20;

pub struct CacheFolder {
    folder: PathBuf,
    /// Of the form of entries.
    version: &'static str,
    /// Bytes of one entry.
    max_entry: u64,
}

impl CacheFolder {
    /// The folder of a kind; `None` where there is no place that is the user's alone.
    pub fn of(
        repository: &Repository,
        environment: &Environment,
        (kind, version): (&str, &'static str),
    ) -> Option<Self> {
        let folder = repository.cache_folder(environment, kind)?;
        Some(Self { folder, version, max_entry: MAX_ENTRY })
    }

    /// The entry of a name.
    pub fn entry(self, name: Digest) -> Entry {
        Entry { folder: self, name }
    }

    /// The body of an entry.
    pub fn load(&self, name: Digest) -> Option<Vec<u8>> {
        let path = self.folder.join(name.hex());
        if fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?.len() > self.max_entry {
            return None;
        }
        let mut text = fs::read(&path).ok()?;
        let end = text.iter().position(|byte| *byte == b'\n')?;
        let body = text.split_off(end + 1);
        let expected = format!("{} {}\n", self.version, Digest::of(&body));
        (text == expected.as_bytes()).then_some(())?;
        // It was of use: it is not the one to go first.
        if let Ok(file) = fs::File::options().append(true).open(&path) {
            let _ = file.set_modified(SystemTime::now());
        }
        Some(body)
    }

    /// Keeps an entry. That it cannot be kept costs time only.
    pub fn store(&self, name: Digest, body: &[u8]) {
        let _ = self.try_store(name, body);
    }

    fn try_store(&self, name: Digest, body: &[u8]) -> std::io::Result<()> {
        let head = format!("{} {}\n", self.version, Digest::of(body));
        // What would not be read must not take the place of what is.
        if (head.len() + body.len()) as u64 > self.max_entry {
            return Ok(());
        }
        write_private(&self.folder.join(name.hex()), &[head.as_bytes(), body])?;
        self.shrink()
    }

    /// Deletes what was not used for longest, until the rest is small enough.
    fn shrink(&self) -> std::io::Result<()> {
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = fs::read_dir(&self.folder)?
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let metadata = entry.metadata().ok()?;
                Some((metadata.modified().ok()?, metadata.len(), entry.path()))
            })
            .collect();
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in entries {
            if total <= MAX_TOTAL {
                break;
            }
            fs::remove_file(path)?;
            total -= size;
        }
        Ok(())
    }
}

/// One entry, there or not.
pub struct Entry {
    folder: CacheFolder,
    name: Digest,
}

impl Entry {
    pub fn load(&self) -> Option<Vec<u8>> {
        self.folder.load(self.name)
    }

    pub fn store(&self, body: &[u8]) {
        self.folder.store(self.name, body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(folder: &tempfile::TempDir, max_entry: u64) -> CacheFolder {
        CacheFolder { folder: folder.path().join("kind"), version: "test 1", max_entry }
    }

    #[test]
    fn an_entry_that_would_not_be_read_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let name = Digest::of(b"name");
        cache(&folder, 80).store(name, &[1; 10]);
        assert!(!folder.path().join("kind").exists());
        cache(&folder, MAX_ENTRY).store(name, &[1; 10]);
        assert_eq!(cache(&folder, MAX_ENTRY).load(name), Some(vec![1; 10]));
        assert_eq!(cache(&folder, 80).load(name), None);
    }

    #[test]
    fn what_is_broken_or_foreign_is_no_entry() {
        let folder = tempfile::tempdir().unwrap();
        let (cache, name) = (cache(&folder, MAX_ENTRY), Digest::of(b"name"));
        cache.store(name, b"of this version");
        let path = folder.path().join("kind").join(name.hex());
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 1;
            fs::write(&path, broken).unwrap();
            assert_eq!(cache.load(name), None, "byte {at}");
        }
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert_eq!(cache.load(name), None);
        fs::write(&path, &whole).unwrap();
        assert_eq!(cache.load(name).as_deref(), Some(&b"of this version"[..]));
    }
}
