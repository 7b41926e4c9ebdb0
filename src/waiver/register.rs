//! The register: every record of one commit, read strictly, and whose word each is.
//!
//! Records are blobs of the audited commit's tree, reached by their full path. The work tree and the index
//! are looked at only to say "not committed".

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::anchor::Anchor;
pub use super::entry::Entry;
pub(super) use super::entry::verified;
use super::entry::verified_all;
use super::known::Known;
use super::names::{self, TrustName};
use super::pin::Pin;
use super::record::Record;
use super::time::Timestamp;
use super::trust::{self, Limits, Source, TrustStatus};
use super::{Error, Options, memory};
use crate::git::{FolderEntry, Oid, Repository};
use crate::model::Digest;

pub(super) const REGULAR: i32 = 0o100_644;
pub(super) const MAX_RECORD: u64 = 65_536;
pub(super) const MAX_TRUST: u64 = 1_048_576;
const MAX_WAIVERS: usize = 20_000;
const MAX_TRUST_ENTRIES: usize = 5_000;

/// A file of `waivers/` or `trust/`, as far as it could be loaded.
#[derive(Debug, Clone)]
pub(super) struct Blob {
    pub folder: &'static str,
    pub name: String,
    pub oid: Option<Oid>,
    pub content: Result<Vec<u8>, String>,
}

impl Blob {
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.folder, self.name)
    }

    pub(super) fn invalid(&self, cause: String) -> Invalid {
        Invalid { path: self.path(), cause }
    }
}

/// An entry that is no valid record, and the first reason why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Characters other than printable ASCII are escaped.
    pub path: String,
    pub cause: String,
}

/// All records of one commit, sorted by path, and the trust that judges them.
#[derive(Debug, Clone, Default)]
pub struct Register {
    pub trust: TrustStatus,
    pub entries: Vec<Entry>,
    pub invalid: Vec<Invalid>,
    /// Records that lie in the work tree only, and what else limits the result without being an entry.
    pub notices: Vec<String>,
}

impl Register {
    /// Reads the records of a commit; `None` stands for a branch without any commit.
    pub fn read(
        repository: &Repository,
        commit: Option<Oid>,
        options: &Options,
        now: Timestamp,
    ) -> Result<Self, Error> {
        Self::held_against(&Anchor::find(repository, options)?, repository, commit, now)
    }

    /// Reads the records of a commit and judges them by what holds outside of it.
    pub fn held_against(
        anchor: &Anchor,
        repository: &Repository,
        commit: Option<Oid>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let mut register = Self::default();
        let folders = match commit {
            Some(commit) => Folders::find(repository, commit, &mut register.invalid)?,
            None => Folders::default(),
        };
        let sources = sources(repository, folders.trust, anchor)?;
        let (status, invalid) = trust::judge(&sources, &anchor.pin, anchor.limits, now);
        register.trust = status;
        register.invalid.extend(invalid);
        if let Some(last) = anchor.last_run.filter(|last| now < *last) {
            let why = format!("the clock ({now}) is before the last audit here ({last}): check it");
            register.trust.clock.get_or_insert(why);
        }
        let mut here = BTreeSet::new();
        let listed = list(repository, folders.waivers, names::WAIVERS, MAX_WAIVERS)?;
        let known = Known::of_many(listed.len(), anchor.verified.as_deref());
        let blobs = load(repository, &listed, names::WAIVERS, |_| MAX_RECORD, &known)?;
        let read = verified_all(&blobs, &known);
        for (blob, read) in blobs.iter().zip(read) {
            match read.and_then(|entry| touched(entry, &register.trust)) {
                Ok(entry) => {
                    // What is invalid here, as by its mode, must not hide what the protected branch has.
                    here.extend(blob.oid);
                    register.entries.push(register.witnessed(entry, blob, repository, anchor, now));
                }
                Err(cause) => register.invalid.push(blob.invalid(cause)),
            }
        }
        register.take_from_the_past(&here, repository, anchor, now)?;
        register.entries.sort_by(|a, b| (&a.path, !a.here).cmp(&(&b.path, !b.here)));
        register.invalid.sort_by(|a, b| (&a.path, &a.cause).cmp(&(&b.path, &b.cause)));
        register.notices.extend(register.trust.warnings.iter().cloned());
        register.notices.extend(register.trust.clock.clone());
        if anchor.protected.is_none() && register.trust.in_force().is_some() && !register.entries.is_empty() {
            let why = "not checked whether the trust data is current and nothing was deleted: give --trust-ref, such as \
                       refs/remotes/origin/main";
            register.notices.push(why.to_owned());
        }
        register.notices.extend(not_committed(repository, &register));
        Ok(register)
    }

    /// The trust data alone, for who does not ask about records.
    pub fn trust(
        repository: &Repository,
        commit: Option<Oid>,
        options: &Options,
        now: Timestamp,
    ) -> Result<TrustStatus, Error> {
        let folder = match commit {
            Some(commit) => Folders::find(repository, commit, &mut Vec::new())?.trust,
            None => None,
        };
        let anchor = Anchor::without_the_line(repository, options)?;
        let sources = sources(repository, folder, &anchor)?;
        Ok(trust::judge(&sources, &anchor.pin, anchor.limits, now).0)
    }

    /// Adds to a record whose key has ended what the protected branch says of its time.
    fn witnessed(
        &self,
        mut entry: Entry,
        blob: &Blob,
        repository: &Repository,
        anchor: &Anchor,
        now: Timestamp,
    ) -> Entry {
        let signatory = self.trust.in_force().and_then(|trust| trust.signatory(&entry.key));
        if signatory.is_none_or(|signatory| signatory.key.is_active(now)) {
            return entry;
        }
        entry.witness = Some(match (&anchor.protected, blob.oid) {
            (Some(protected), Some(oid)) => protected.witness(repository, (oid, &blob.name), &self.trust),
            _ => Err("only --trust-ref can show that the record is older".to_owned()),
        });
        entry
    }

    /// Records that only the protected branch has or had. They restrict: what was revoked stays revoked.
    fn take_from_the_past(
        &mut self,
        here: &BTreeSet<Oid>,
        repository: &Repository,
        anchor: &Anchor,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(protected) = &anchor.protected else { return Ok(()) };
        let mut unread = 0_usize;
        let mut blobs = Vec::new();
        for (oid, name) in protected.records.keys().filter(|(oid, _)| !here.contains(oid)) {
            let content = repository.blob(*oid, MAX_RECORD)?.map_err(|size| format!("it has {size} bytes"));
            blobs.push(Blob { folder: names::WAIVERS, name: name.clone(), oid: Some(*oid), content });
        }
        let read = verified_all(&blobs, &Known::of_many(blobs.len(), anchor.verified.as_deref()));
        for (blob, read) in blobs.iter().zip(read) {
            match read.and_then(|entry| touched(entry, &self.trust)) {
                Ok(entry) => {
                    let mut entry = self.witnessed(entry, blob, repository, anchor, now);
                    entry.here = false;
                    self.entries.push(entry);
                }
                Err(_) => unread += 1,
            }
        }
        if unread > 0 {
            self.notices
                .push(format!("{unread} file(s) in the past of {} are no valid records", protected.name));
        }
        Ok(())
    }

    /// Remembers for later runs how far the trust data has come and that this user looked now. Only where the
    /// repository's id itself is remembered.
    ///
    /// # Errors
    /// The user's memory cannot be read or written.
    pub fn note_run(&self, repository: &Repository, options: &Options, now: Timestamp) -> Result<(), Error> {
        let Some(trust) = self.trust.in_force() else { return Ok(()) };
        match Pin::remembered(repository, options)? {
            Pin::Id(id) if Some(id) == self.trust.id => memory::note(options, id, trust.version, now),
            _ => Ok(()),
        }
    }

    /// The waiver with this id, or the only one whose id starts with it.
    pub fn waiver(&self, id: &str) -> Option<&Entry> {
        let mut found = self
            .entries
            .iter()
            .filter(|entry| entry.here && matches!(entry.record, Record::Waiver(_)))
            .filter(|entry| entry.id().starts_with(id) && id.len() >= 6);
        let first = found.next();
        first.filter(|_| found.next().is_none())
    }
}

/// Where the two folders are in the tree.
#[derive(Default)]
struct Folders {
    waivers: Option<Oid>,
    trust: Option<Oid>,
}

impl Folders {
    /// A link, a submodule or another spelling of these names could lead a reader elsewhere: invalid.
    fn find(repository: &Repository, commit: Oid, invalid: &mut Vec<Invalid>) -> Result<Self, Error> {
        let root = repository.root_entries(commit)?;
        let Some(probity) = one_folder(&root, "", names::FOLDER, invalid) else { return Ok(Self::default()) };
        let inside = repository.folder_entries(probity)?;
        Ok(Self {
            waivers: one_folder(&inside, ".probity/", "waivers", invalid),
            trust: one_folder(&inside, ".probity/", "trust", invalid),
        })
    }
}

fn one_folder(entries: &[FolderEntry], parent: &str, name: &str, invalid: &mut Vec<Invalid>) -> Option<Oid> {
    let mut found = None;
    for entry in entries.iter().filter(|entry| entry.name.eq_ignore_ascii_case(name.as_bytes())) {
        let cause = if entry.name != name.as_bytes() {
            format!("it differs from `{name}` in upper and lower case only")
        } else if !entry.is_folder() {
            format!("it is {}, not a folder", mode_name(entry.mode))
        } else {
            found = Some(entry.oid);
            continue;
        };
        invalid.push(Invalid { path: format!("{parent}{}", shown(&entry.name)), cause });
    }
    found
}

/// What a flat folder has, which must not be too much.
fn list(
    repository: &Repository,
    folder: Option<Oid>,
    path: &'static str,
    limit: usize,
) -> Result<Vec<FolderEntry>, Error> {
    let Some(folder) = folder else { return Ok(Vec::new()) };
    let entries = repository.folder_entries(folder)?;
    if entries.len() > limit {
        return Err(Error::TooMany { path, found: entries.len(), limit });
    }
    Ok(entries)
}

/// Loads the files of a folder. Name, mode and size are judged before a blob is read.
fn load(
    repository: &Repository,
    entries: &[FolderEntry],
    path: &'static str,
    max_size: impl Fn(&str) -> u64 + Sync,
    known: &Known,
) -> Result<Vec<Blob>, Error> {
    let load_one = |repository: &Repository, entry: &FolderEntry| {
        let name = shown(&entry.name);
        let is_record = std::str::from_utf8(&entry.name).is_ok_and(|name| {
            names::read_record_name(name).is_some() && path == names::WAIVERS
                || names::read_trust_name(name).is_some() && path == names::TRUST
        });
        let content = if !is_record {
            Err("its name is not one that a record can have".to_owned())
        } else if entry.mode != REGULAR {
            Err(format!("it is {}, not a regular file with mode 100644", mode_name(entry.mode)))
        } else {
            let limit = max_size(&name);
            let ask = if known.is_small(entry.oid) { u64::MAX } else { limit };
            let content = repository.blob(entry.oid, ask)?;
            content
                .and_then(|bytes| match bytes.len() as u64 {
                    size if size > limit => Err(size),
                    _ => Ok(bytes),
                })
                .map_err(|size| format!("it has {size} bytes; at most {limit} are allowed"))
        };
        Ok(Blob { folder: path, name, oid: Some(entry.oid), content })
    };
    if !known.is_kept() {
        return entries.iter().map(|entry| load_one(repository, entry)).collect();
    }
    // Each thread has a handle of its own on the repository.
    let share = entries.len().div_ceil(rayon::current_num_threads());
    let shares: Result<Vec<_>, Error> =
        entries.chunks(share).map(|share| Ok((repository.reopen()?, share))).collect();
    let loaded: Result<Vec<Vec<Blob>>, Error> = shares?
        .into_par_iter()
        .map(|(repository, share)| share.iter().map(|entry| load_one(&repository, entry)).collect())
        .collect();
    Ok(loaded?.into_iter().flatten().collect())
}

/// The files of a folder `trust`.
pub(super) fn load_trust(repository: &Repository, folder: Option<Oid>) -> Result<Vec<Blob>, Error> {
    let limit = |name: &str| {
        let payload = matches!(names::read_trust_name(name), Some(TrustName::Payload(_)));
        if payload { MAX_TRUST } else { MAX_RECORD }
    };
    let listed = list(repository, folder, names::TRUST, MAX_TRUST_ENTRIES)?;
    load(repository, &listed, names::TRUST, limit, &Known::default())
}

/// Where trust data may be found. A version proves itself, so HEAD is as good a place as the protected branch.
fn sources(repository: &Repository, folder: Option<Oid>, anchor: &Anchor) -> Result<Vec<Source>, Error> {
    let mut sources = vec![Source { name: "this commit".to_owned(), blobs: load_trust(repository, folder)? }];
    // Commits of the past are judged by what they hold themselves.
    if anchor.looks_around
        && let Some(head) = repository.head()?.commit
        && let Some(other) = repository.folder_at(head, names::TRUST)?.filter(|other| Some(*other) != folder)
    {
        sources.push(Source { name: "HEAD".to_owned(), blobs: load_trust(repository, Some(other))? });
    }
    if let Some(protected) = &anchor.protected {
        sources.push(Source { name: protected.name.clone(), blobs: protected.trust.clone() });
    }
    Ok(sources)
}

pub(super) fn shown(name: &[u8]) -> String {
    super::text::escaped(&String::from_utf8_lossy(name))
}

fn mode_name(mode: i32) -> String {
    match mode {
        0o120_000 => "a symbolic link".to_owned(),
        0o160_000 => "a submodule".to_owned(),
        0o040_000 => "a folder".to_owned(),
        0o100_755 => "an executable file".to_owned(),
        _ => format!("an entry of mode {mode:o}"),
    }
}

/// A security key must have been touched, unless trust data says otherwise of it.
fn touched(entry: Entry, trust: &TrustStatus) -> Result<Entry, String> {
    let signatory = || trust.trust.as_ref().and_then(|trust| trust.signatory(&entry.key));
    if entry.touched || signatory().is_some_and(|signatory| signatory.key.no_touch) {
        Ok(entry)
    } else {
        Err("the signature: the security key was not touched".to_owned())
    }
}

/// Record files of the work tree that the commit does not have, as after a crash.
fn not_committed(repository: &Repository, register: &Register) -> Vec<String> {
    const NEXT: &str = "finish it with `git add` and `git commit`, or discard it with `git clean`";
    let Some(root) = repository.work_dir() else { return Vec::new() };
    let probity = root.join(names::FOLDER);
    let folder = root.join(names::WAIVERS);
    let real = |path: &std::path::Path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    if !real(&probity) || !real(&folder) {
        return Vec::new();
    }
    let entries = register.entries.iter().filter(|entry| entry.here).map(|entry| entry.path.as_str());
    let known: BTreeSet<&str> = entries.chain(register.invalid.iter().map(|i| i.path.as_str())).collect();
    let mut notices: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .take(MAX_WAIVERS)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| names::read_record_name(name).is_some())
        .map(|name| format!("{}/{name}", names::WAIVERS))
        .filter(|path| !known.contains(path.as_str()))
        .map(|path| format!("{path} is not committed and does not count: {NEXT}"))
        .collect();
    notices.sort();
    notices
}

/// Checks one record file by itself: form, name and signature; not trust, not time.
pub fn check_record(name: &str, bytes: &[u8]) -> Result<Entry, String> {
    verified(name, bytes)
}

/// Checks trust data by itself against an id; says why it is not in force.
pub fn check_trust(
    payload: &[u8],
    signatures: &[(&str, &[u8])],
    id: Digest,
    now: Timestamp,
) -> Result<TrustStatus, String> {
    let blob = |name: &str, bytes: &[u8]| Blob {
        folder: names::TRUST,
        name: name.to_owned(),
        oid: None,
        content: Ok(bytes.to_vec()),
    };
    let mut blobs = vec![blob("1.trust.yaml", payload)];
    blobs.extend(signatures.iter().map(|(name, bytes)| blob(name, bytes)));
    let source = Source { name: "this commit".to_owned(), blobs };
    let (status, _) = trust::judge(&[source], &Pin::Id(id), Limits::default(), now);
    match &status.error {
        None => Ok(status),
        Some(error) => Err(error.clone()),
    }
}
