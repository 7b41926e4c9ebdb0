//! The files that findings stand in, as they were audited.

use std::collections::{BTreeMap, BTreeSet};

use super::{Audit, Error};
use crate::git::{FileEntry, FileKind, Repository};
use crate::model::Location;

impl Audit {
    /// The bytes of the file that a location names, as they were audited.
    ///
    /// # Errors
    /// It is gone, or has grown too large.
    pub fn source(&self, location: &Location) -> Result<Vec<u8>, Error> {
        let path = location.path.as_str();
        let mut found = self.sources(&BTreeSet::from([path]))?;
        found.remove(path).ok_or_else(|| Error::Folder(format!("{path} is gone")))
    }

    /// The bytes of several files; without those that are gone or have grown too large.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub fn sources(&self, paths: &BTreeSet<&str>) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let repository = self.repository()?;
        let mut found = BTreeMap::new();
        for file in self.entries(&repository, paths)? {
            if let Ok(Ok(bytes)) = repository.read(&file, crate::source::MAX_FILE_BYTES) {
                found.insert(file.path, bytes);
            }
        }
        Ok(found)
    }

    fn entries(&self, repository: &Repository, paths: &BTreeSet<&str>) -> Result<Vec<FileEntry>, Error> {
        let files = match &self.request.revision {
            Some(revision) => repository.snapshot_at(repository.resolve(revision)?)?.files,
            None if self.request.staged => repository.index_files(&self.request.waivers.environment)?,
            // A file of the work tree is read where it lies; nobody needs to look at all others.
            None => {
                let entry = |path: &&str| FileEntry {
                    path: (*path).to_owned(),
                    kind: FileKind::Regular,
                    oid: None,
                    on_disk: None,
                };
                return Ok(paths.iter().map(entry).collect());
            }
        };
        Ok(files.into_iter().filter(|file| paths.contains(file.path.as_str())).collect())
    }
}
