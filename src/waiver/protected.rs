//! The protected branch: records and trust data that a change under audit cannot take back.
//!
//! Every commit of its main line (the first parents) is looked at, because what was removed later still happened. A
//! revocation that a change deletes therefore stays, and the first commit that has a record shows under which trust
//! data it came: that is the only evidence of order, since dates are claims.

use std::collections::HashMap;

use super::names::{self, TrustName};
use super::register::{Blob, MAX_TRUST, REGULAR, load_trust, shown};
use super::{Error, TrustStatus};
use crate::git::{FolderEntry, Oid, Repository};
use crate::model::Digest;

/// More different record files than this on one line are not read.
const MAX_RECORDS: usize = 100_000;

/// What the main line of a trust ref holds and held.
pub(super) struct Protected {
    /// As the user named it.
    pub name: String,
    /// The trust data of its tip.
    pub trust: Vec<Blob>,
    /// Every record file that was ever there, by its blob and name.
    pub records: HashMap<(Oid, String), Record>,
    /// In a shallow clone no commit is surely the first.
    shallow: bool,
}

/// A record file of the line.
pub(super) struct Record {
    /// The oldest commit that has it.
    pub commit: Oid,
    /// The folder `trust` of that commit.
    trust: Option<Oid>,
    /// It is still there at the tip.
    pub remains: bool,
}

impl Protected {
    /// Reads the line of `name`: a full ref name or a commit's full id, never a short name, which a tag or another
    /// branch can shadow.
    ///
    /// # Errors
    /// The name is short or leads nowhere, or a commit of the line cannot be read.
    pub fn read(repository: &Repository, name: &str) -> Result<Self, Error> {
        let tip = repository
            .exact(name)
            .map_err(|reason| Error::TrustRef { name: super::text::escaped(name), reason })?;
        let mut line: Vec<(Oid, Option<Oid>, Option<Oid>)> = Vec::new();
        for commit in repository.main_line(tip) {
            let waivers = repository.folder_at(commit, names::WAIVERS)?;
            let trust = repository.folder_at(commit, names::TRUST)?;
            match line.last_mut() {
                // Of equal ones the oldest stays.
                Some(last) if (last.1, last.2) == (waivers, trust) => last.0 = commit,
                _ => line.push((commit, waivers, trust)),
            }
        }
        let mut records: HashMap<(Oid, String), Record> = HashMap::new();
        for (number, (commit, waivers, trust)) in line.iter().enumerate().rev() {
            let Some(waivers) = waivers else { continue };
            for entry in repository.folder_entries(*waivers)?.into_iter().filter(is_record_file) {
                let key = (entry.oid, shown(&entry.name));
                let first = Record { commit: *commit, trust: *trust, remains: false };
                records.entry(key).or_insert(first).remains |= number == 0;
            }
            if records.len() > MAX_RECORDS {
                return Err(Error::TooMany {
                    path: names::WAIVERS,
                    found: records.len(),
                    limit: MAX_RECORDS,
                });
            }
        }
        let trust = load_trust(repository, line.first().and_then(|(_, _, trust)| *trust))?;
        Ok(Self { name: name.to_owned(), trust, records, shallow: repository.is_shallow() })
    }

    /// The version of the trust data that the commit had in which a record file first appeared.
    ///
    /// # Errors
    /// Why there is no such witness.
    pub fn witness(
        &self,
        repository: &Repository,
        (oid, name): (Oid, &str),
        trust: &TrustStatus,
    ) -> Result<u32, String> {
        if self.shallow {
            return Err(
                "in a shallow clone nothing shows when the record came: `git fetch --unshallow`".to_owned()
            );
        }
        let Some(record) = self.records.get(&(oid, name.to_owned())) else {
            return Err(format!("the record never came to {}", self.name));
        };
        let unknown =
            || format!("commit {} of {} has no trust data of this repository", record.commit, self.name);
        let folder = record.trust.ok_or_else(unknown)?;
        let entries = repository.folder_entries(folder).map_err(|error| error.to_string())?;
        let versions = entries.iter().filter_map(|entry| {
            match names::read_trust_name(std::str::from_utf8(&entry.name).ok()?)? {
                TrustName::Payload(version) => Some((version, entry.oid)),
                TrustName::Signature(..) => None,
            }
        });
        let (version, blob) = versions.max().ok_or_else(unknown)?;
        let digest = match repository.blob(blob, MAX_TRUST) {
            Ok(Ok(bytes)) => Digest::of(&bytes),
            _ => return Err(unknown()),
        };
        let known = (version as usize).checked_sub(1).and_then(|at| trust.digests.get(at));
        if known == Some(&digest) { Ok(version) } else { Err(unknown()) }
    }
}

/// Its name and mode are those of a record. What it holds is judged later.
fn is_record_file(entry: &FolderEntry) -> bool {
    let name = std::str::from_utf8(&entry.name);
    entry.mode == REGULAR && name.is_ok_and(|name| names::read_record_name(name).is_some())
}
