//! Only what is new: an audit beside that of the commit that it grew from.
//!
//! ```text
//!   base ──> its findings ─┐
//!                          ├──> new, fixed, known
//!   head ──> its findings ─┘    by fingerprint; what a rename moved is known by its address before
//! ```
//! The base's parameters and declarations judge both: a change cannot weaken them together with what they judge.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::trace::moved;
use super::{Audit, Error, Request};
use crate::git::{self, FileEntry, Oid, Repository};
use crate::model::{Baseline, Digest, Finding, Fingerprint, Report};

/// What the base decides, whatever the audited files say.
const JUDGES: [&str; 2] = [".probity/config.yaml", ".probity/system.yaml"];

impl Audit {
    /// Judges by the parameters and declarations of the commit that the audited one and `revision` have both grown
    /// from, and makes that commit the base of comparisons. Before the first commit HEAD is no base: all is new.
    ///
    /// # Errors
    /// There is no such revision, or the two have no commit in common.
    pub fn with_base(mut self, revision: &str) -> Result<Self, Error> {
        let repository = self.repository()?;
        let audited = self.commit(&repository)?;
        if audited.is_none() && revision == "HEAD" {
            return Ok(self);
        }
        let named = repository.resolve(revision)?;
        self.base = Some(match audited {
            Some(audited) => repository.merge_base(audited, named)?,
            None => named,
        });
        Ok(self)
    }

    /// What of a report is new since the base, and what of the base is gone; `None` without a base.
    ///
    /// # Errors
    /// The base cannot be audited.
    pub fn compare(&self, report: &Report, cancel: &AtomicBool) -> Result<Option<Baseline>, Error> {
        let Some(base) = self.base else { return Ok(None) };
        let request = Request { revision: Some(base.to_string()), staged: false, ..self.request.clone() };
        let before = Audit {
            request,
            bundle: self.bundle.clone(),
            root: self.root.clone(),
            answers: self.answers.clone(),
            base: Some(base),
            blobs: Mutex::new(self.take_blobs()),
        };
        let old = before.run(cancel, &mut |_| {})?;
        let repository = self.repository()?;
        let committed = self.commit(&repository)?;
        let committed = || committed.map_or_else(|| Ok(Vec::new()), |head| repository.renames(base, head));
        let staged = || repository.renames_staged(base, &self.request.waivers.environment);
        let renames = || match self.request.revision {
            Some(_) => committed(),
            None if self.request.staged => staged(),
            // In the midst of a merge the index says nothing.
            None => staged().or_else(|_| committed()),
        };
        let known = known(&old.findings, &report.findings, renames)?;
        let new = report.findings.iter().filter(|finding| !known.contains_key(&finding.fingerprint));
        let kept: BTreeSet<Fingerprint> = known.values().copied().collect();
        Ok(Some(Baseline {
            commit: repository.commit_info(base)?,
            new: new.map(|finding| finding.fingerprint).collect(),
            fixed: old.findings.iter().filter(|f| !kept.contains(&f.fingerprint)).cloned().collect(),
            incomplete: old.incomplete(),
        }))
    }

    /// Takes what decides from the base.
    pub(super) fn judged_by_base(
        &self,
        repository: &Repository,
        files: &mut Vec<FileEntry>,
    ) -> Result<(), Error> {
        let Some(base) = self.base else { return Ok(()) };
        files.retain(|file| !JUDGES.contains(&file.path.as_str()));
        for path in JUDGES {
            files.extend(repository.file_at(base, path)?);
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(())
    }

    /// The files of the audited commit that decide how it is judged, with digests of what they hold.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn judges(&self) -> Result<Vec<(String, Digest)>, Error> {
        let repository = self.repository()?;
        let Some(commit) = self.commit(&repository)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for path in JUDGES {
            let Some(file) = repository.file_at(commit, path)? else { continue };
            match repository.read(&file, crate::source::MAX_FILE_BYTES)? {
                Ok(bytes) => found.push((path.to_owned(), Digest::of(&bytes))),
                Err(size) => return Err(Error::Folder(format!("{path} has {size} bytes"))),
            }
        }
        Ok(found)
    }

    /// The commit that comparisons are made with.
    pub fn base(&self) -> Option<Oid> {
        self.base
    }
}

/// New fingerprints that the base has, too, each with the base's.
fn known(
    old: &[Finding],
    new: &[Finding],
    renames: impl FnOnce() -> Result<Vec<(String, String)>, git::Error>,
) -> Result<HashMap<Fingerprint, Fingerprint>, git::Error> {
    let fingerprints = |findings: &[Finding]| -> BTreeSet<Fingerprint> {
        findings.iter().map(|finding| finding.fingerprint).collect()
    };
    let (before, after) = (fingerprints(old), fingerprints(new));
    let mut known: HashMap<Fingerprint, Fingerprint> =
        before.intersection(&after).map(|same| (*same, *same)).collect();
    let mut gone: Vec<&Finding> =
        old.iter().filter(|finding| !after.contains(&finding.fingerprint)).collect();
    if gone.is_empty() || known.len() == after.len() {
        return Ok(known);
    }
    let renames = renames()?;
    for finding in new.iter().filter(|finding| !before.contains(&finding.fingerprint)) {
        let was = |other: &&Finding| {
            other.policy.id == finding.policy.id
                && other.key == finding.key
                && renames
                    .iter()
                    .any(|(from, to)| moved(&finding.resource, to, from).as_ref() == Some(&other.resource))
        };
        if let Some(at) = gone.iter().position(was) {
            known.insert(finding.fingerprint, gone.remove(at).fingerprint);
        }
    }
    Ok(known)
}
