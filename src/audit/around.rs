//! What is known of an audit beside its documents: files, records, history, the instant.
//!
//! Each part costs something (a walk through history, a file read whole), so it is made only when a
//! loaded policy reads it. A trace asks again for older commits: what was learnt before is kept.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use regex::RegexSet;
use serde_json::{Map, Value as Json, json};

use super::cache::Entry;
use super::judge;
use super::past::{Audited, Past, Rules, Told, patterns};
use crate::facts::{Blob, Surroundings, locked_files};
use crate::git::{Error as GitError, FileEntry, FileKind, Oid, Repository};
use crate::policy::{Params, Policy};
use crate::source::{Document, Kind};
use crate::waiver::{self, Anchor, Judgement, Register, State, Timestamp, Waiver};

/// A file that a lock names is read up to this size, and all of them together up to the other.
const MAX_BLOB: u64 = 64 * 1024 * 1024;
const MAX_BLOBS: u64 = 512 * 1024 * 1024;
const MAX_TEXT: u64 = 1024 * 1024;
const MAX_TEXTS: usize = 32 * 1024 * 1024;

/// A part of the surroundings that some policy looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Files,
    History,
    Waivers,
    Blobs,
    Texts,
}

const PARTS: [Part; 5] = [Part::Files, Part::History, Part::Waivers, Part::Blobs, Part::Texts];

impl Part {
    /// What policies read: a member of the input, and by which name something within it.
    fn read_as(self) -> (&'static str, Option<&'static str>) {
        match self {
            Part::Files => ("files", None),
            Part::History => ("history", None),
            Part::Waivers => ("waivers", None),
            Part::Blobs => ("documents", Some("blobs")),
            Part::Texts => ("documents", Some("text")),
        }
    }

    fn wanted_by(policies: &[&Policy]) -> BTreeSet<Part> {
        let reads = judge::reads_of(policies.iter().copied());
        let wanted = |part: &Part| {
            let (member, word) = part.read_as();
            reads.member(member)
                && word.is_none_or(|word| policies.iter().any(|policy| policy.mentions(word)))
        };
        PARTS.into_iter().filter(wanted).collect()
    }
}

/// Makes surroundings for one set of policies, for one snapshot after the other.
pub struct Around<'a> {
    repository: &'a Repository,
    options: &'a waiver::Options,
    now: Timestamp,
    /// Is a path part of what is audited?
    within: &'a dyn Fn(&str) -> bool,
    wanted: BTreeSet<Part>,
    anchor: Option<Anchor>,
    past: Past,
    /// Where what was learnt of the past outlasts this run; it is looked for there once.
    kept: [Option<Entry>; 2],
    sought: bool,
    /// Where the past of the commit that was audited last is told.
    kept_told: Option<Entry>,
    blobs: HashMap<Oid, Option<Blob>>,
    /// Sizes that were asked for: the same blobs are there in most snapshots.
    sizes: HashMap<Oid, u64>,
}

impl<'a> Around<'a> {
    /// For who wants to see all that there is.
    pub fn for_everything(
        repository: &'a Repository,
        options: &'a waiver::Options,
        now: Timestamp,
        within: &'a dyn Fn(&str) -> bool,
    ) -> Self {
        Self { wanted: PARTS.into(), ..Self::new(repository, &[], options, now, within) }
    }

    pub fn new(
        repository: &'a Repository,
        policies: &[&Policy],
        options: &'a waiver::Options,
        now: Timestamp,
        within: &'a dyn Fn(&str) -> bool,
    ) -> Self {
        let wanted = Part::wanted_by(policies);
        Self {
            repository,
            options,
            now,
            within,
            wanted,
            anchor: None,
            past: Past::default(),
            kept: [None, None],
            sought: false,
            kept_told: None,
            blobs: HashMap::new(),
            sizes: HashMap::new(),
        }
    }

    /// Begins with what earlier runs have learnt of the past, and keeps there what is learnt.
    #[must_use]
    pub fn keeping(self, kept: [Option<Entry>; 2]) -> Self {
        Self { kept, ..self }
    }

    /// For who asks about one commit, which may be the one that was asked about last.
    #[must_use]
    pub fn telling_again(self, kept_told: Option<Entry>) -> Self {
        Self { kept_told, ..self }
    }

    /// Must a verdict be asked for again when only other files than documents change?
    pub fn looks_beyond_documents(&self) -> bool {
        [Part::Files, Part::Blobs, Part::Texts].iter().any(|part| self.wanted.contains(part))
    }

    pub fn reads_history(&self) -> bool {
        self.wanted.contains(&Part::History)
    }

    /// The surroundings of the files of a commit, or of the work tree above it.
    ///
    /// # Errors
    /// The repository cannot be read, or the records cannot.
    pub fn of(
        &mut self,
        commit: Option<Oid>,
        files: &[FileEntry],
        documents: &[Arc<Document>],
    ) -> Result<Surroundings, super::Error> {
        let wanted = self.wanted.clone();
        let wants = |part| wanted.contains(&part);
        let mut around = Surroundings { now: self.now.to_string(), ..Surroundings::default() };
        if wants(Part::Files) || wants(Part::History) {
            around.files = self.sizes(files);
        }
        if wants(Part::Blobs) {
            around.blobs = self.locked(files, documents)?;
        }
        if wants(Part::Texts) {
            around.texts = self.texts(files, documents)?;
        }
        let mut introduced = HashMap::new();
        if let Some(commit) = commit.filter(|_| wants(Part::History) || wants(Part::Waivers)) {
            let setting = |name: &str| setting(name, documents);
            let kinds = [Kind::EvaluationReport, Kind::DvcParams];
            let reports = documents.iter().filter(|document| kinds.contains(&document.kind));
            let reports: BTreeSet<&str> = reports.map(|document| document.path.as_str()).collect();
            let audited = Audited { commit, files: &around.files, reports: &reports };
            let told = self.told(&Rules::of(&setting), &audited)?;
            introduced = told.introduced;
            around.history = told.history;
        } else if wants(Part::History) {
            around.history = without_commits();
        }
        if wants(Part::Waivers) {
            let (repository, now) = (self.repository, self.now);
            let register = Register::held_against(self.anchor()?, repository, commit, now)?;
            let judged = waiver::judge_all(&register, self.now).into_iter();
            around.waivers = judged
                .map(|(entry, waiver, found)| record_json(entry, waiver, &found, &introduced))
                .collect();
        }
        Ok(around)
    }

    fn told(&mut self, rules: &Rules, audited: &Audited<'_>) -> Result<Told, GitError> {
        let kept = self.kept_told.as_ref().and_then(Entry::load);
        if let Some(told) = kept.and_then(|kept| Told::import(&kept, self.repository, rules, audited)) {
            return Ok(told);
        }
        if !std::mem::replace(&mut self.sought, true) {
            self.past.import(self.kept.each_ref().map(|kept| kept.as_ref().and_then(Entry::load)));
        }
        let told = self.past.tell(self.repository, rules, audited, self.within)?;
        for pair in self.kept.iter().zip(self.past.export()) {
            if let (Some(kept), Some(learnt)) = pair {
                kept.store(&learnt);
            }
        }
        if let Some((kept, told)) = self.kept_told.as_ref().zip(told.export(rules, audited)) {
            kept.store(&told);
        }
        Ok(told)
    }

    /// Policies see the same of a commit's records today and when it is of the past: what its own trust data makes of
    /// them, whatever the protected branch says.
    fn anchor(&mut self) -> Result<&Anchor, waiver::Error> {
        let found = match self.anchor.take() {
            Some(anchor) => anchor,
            None => Anchor::of_the_past(self.repository, self.options)?,
        };
        Ok(self.anchor.insert(found))
    }

    fn sizes(&mut self, files: &[FileEntry]) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        for file in files.iter().filter(|file| file.kind == FileKind::Regular) {
            let known = file.oid.and_then(|oid| self.sizes.get(&oid).copied());
            let Some(size) = known.or_else(|| self.repository.size(file).ok()) else { continue };
            self.sizes.extend(file.oid.map(|oid| (oid, size)));
            found.insert(file.path.clone(), size);
        }
        found
    }

    /// The content of the files that locks name.
    fn locked(
        &mut self,
        files: &[FileEntry],
        documents: &[Arc<Document>],
    ) -> Result<BTreeMap<String, Option<Blob>>, GitError> {
        let mut found = BTreeMap::new();
        let mut left = MAX_BLOBS;
        for path in locked_files(documents) {
            let Ok(at) = files.binary_search_by(|file| file.path.cmp(&path)) else { continue };
            let Some(file) = files.get(at).filter(|file| file.kind == FileKind::Regular) else { continue };
            if let Some(known) = file.oid.and_then(|oid| self.blobs.get(&oid)) {
                found.insert(path, known.clone());
                continue;
            }
            let blob = match self.repository.read(file, MAX_BLOB.min(left)) {
                Ok(Ok(bytes)) => {
                    left = left.saturating_sub(bytes.len() as u64);
                    Some(Blob::of(&bytes))
                }
                Ok(Err(_)) | Err(GitError::Io { .. } | GitError::MissingObject { .. }) => None,
                Err(error) => return Err(error),
            };
            self.blobs.extend(file.oid.map(|oid| (oid, blob.clone())));
            found.insert(path, blob);
        }
        Ok(found)
    }

    /// Texts about governance that are no documents of a kind.
    fn texts(
        &self,
        files: &[FileEntry],
        documents: &[Arc<Document>],
    ) -> Result<BTreeMap<String, String>, GitError> {
        let read: BTreeSet<&str> = documents.iter().map(|document| document.path.as_str()).collect();
        let about = patterns(&setting("governance_texts", documents)).unwrap_or_else(|_| RegexSet::empty());
        let mut found = BTreeMap::new();
        let mut left = MAX_TEXTS;
        let texts = files.iter().filter(|file| {
            let path = file.path.to_ascii_lowercase();
            file.kind == FileKind::Regular
                && [".md", ".markdown", ".txt", ".rst", ".adoc"].iter().any(|ending| path.ends_with(ending))
                && !read.contains(file.path.as_str())
                && about.is_match(&file.path)
        });
        for file in texts {
            match self.repository.read(file, MAX_TEXT) {
                Ok(Ok(bytes)) if bytes.len() <= left => {
                    left -= bytes.len();
                    found.insert(file.path.clone(), String::from_utf8_lossy(&bytes).into_owned());
                }
                Ok(_) | Err(GitError::Io { .. } | GitError::MissingObject { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

/// A parameter, as the repository sets it or by default.
fn setting(name: &str, documents: &[Arc<Document>]) -> Json {
    Params::of(documents.iter().map(AsRef::as_ref)).0.value(name)
}

fn without_commits() -> Map<String, Json> {
    let history = json!({
        "complete": true, "why": "", "looked_at": 0, "last_changed": {}, "commits": [], "changes": [], "data_files": [],
    });
    if let Json::Object(history) = history { history } else { Map::new() }
}

/// A waiver as policies see it. Its state is the record's own: whether a finding is waived by it is
/// never told, or a policy about waivers could hang on its own waiver.
fn record_json(
    entry: &waiver::Entry,
    waiver: &Waiver,
    judged: &Judgement,
    introduced: &HashMap<String, Json>,
) -> Json {
    let state = if judged.state == State::Orphan { "valid" } else { judged.state.as_str() };
    json!({
        "id": entry.id(),
        "state": state,
        "policy": waiver.finding.policy,
        "fingerprint": waiver.finding.fingerprint.to_string(),
        "finding_resource": waiver.finding.resource,
        "severity": waiver.finding.severity,
        "requester": waiver.requester,
        "risk_owner": waiver.decision.risk_owner,
        "approvers": judged.approvers,
        "reason": waiver.decision.reason,
        "ticket": waiver.decision.ticket,
        "created_at": waiver.issued_at.to_string(),
        "expires_at": waiver.expires_at.to_string(),
        "path": entry.path,
        "subject": format!("document:{}", entry.path),
        "introduced": introduced.get(&entry.path),
    })
}
