//! What became of the record files over time: added, changed and removed by which commits, and when they came to the
//! protected branch.
//!
//! Records are append-only, so an honest story has one line. What a commit removed or changed is found in the trees of
//! its history, whoever asks and whatever the audited commit has.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::protected::Protected;
use super::register::{Entry, MAX_RECORD, shown, verified};
use super::trust::TrustStatus;
use super::{Error, names};
use crate::git::{Ancestor, Oid, Repository};
use crate::model::CommitInfo;

/// What a commit did to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    Added,
    /// The same name with other bytes.
    Changed,
    Removed,
}

impl Deed {
    pub fn as_str(self) -> &'static str {
        match self {
            Deed::Added => "added",
            Deed::Changed => "changed",
            Deed::Removed => "removed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub deed: Deed,
    pub commit: CommitInfo,
    /// Whose key of the trust data signed the commit; `None`: its author field is all there is.
    pub signed_by: Option<String>,
}

/// The story of one record file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// `.probity/waivers/...`
    pub path: String,
    /// The oldest first.
    pub events: Vec<Event>,
    /// The oldest commit of the protected branch's main line that has it, where `--trust-ref` names one.
    pub protected: Option<CommitInfo>,
    /// The record itself when the audited commit does not have it any more; `None` too where it was never one.
    pub lost: Option<Entry>,
    /// Is the file in the audited commit?
    pub here: bool,
}

impl Story {
    /// A record whose loss may revive a waiver: a revocation or a rejection, or the approval that took one back.
    pub fn lost_restriction(&self) -> bool {
        self.lost.as_ref().is_some_and(|entry| match &entry.record {
            super::Record::Revocation(_) => true,
            super::Record::Approval(word) => word.decision == super::Verdict::Reject,
            super::Record::Waiver(waiver) => !waiver.supersedes.is_empty(),
        })
    }
}

/// The stories of all record files in the history of a commit, by path.
///
/// # Errors
/// The history cannot be read.
pub fn stories(
    repository: &Repository,
    commit: Oid,
    trust: &TrustStatus,
    trust_ref: Option<&str>,
) -> Result<(Vec<Story>, Vec<String>), Error> {
    let ancestry = repository.ancestry(commit, false)?;
    let mut folders = Folders { repository, listed: HashMap::new() };
    let mut told: BTreeMap<String, Vec<(Deed, usize)>> = BTreeMap::new();
    let mut content: HashMap<String, Oid> = HashMap::new();
    let trees: Vec<Option<Oid>> = ancestry
        .commits
        .iter()
        .map(|commit| repository.folder_at(commit.id, names::WAIVERS))
        .collect::<Result<_, _>>()?;
    for (number, (commit, tree)) in ancestry.commits.iter().zip(&trees).enumerate() {
        let parents: Vec<Option<Oid>> =
            commit.parents.iter().filter_map(|at| trees.get(*at).copied()).collect();
        if !parents.is_empty() && parents.iter().all(|parent| parent == tree) {
            continue;
        }
        for (name, deed) in deeds(&mut folders, repository, commit, (*tree, &parents), &ancestry.commits)? {
            if deed != Deed::Removed
                && let Some(blob) = folders.list(*tree)?.get(&name)
            {
                content.insert(name.clone(), *blob);
            }
            told.entry(name).or_default().push((deed, number));
        }
    }
    let protected = trust_ref.map(|name| Protected::read(repository, name)).transpose()?;
    let now = trees.last().copied().flatten();
    let here: BTreeSet<String> = folders.list(now)?.keys().cloned().collect();
    let mut found = Vec::new();
    for (name, deeds) in told {
        let mut events = Vec::new();
        for (deed, number) in deeds {
            let Some(commit) = ancestry.commits.get(number) else { continue };
            events.push(Event {
                deed,
                commit: commit.info.clone(),
                signed_by: trust.signer_of(repository, commit.id)?,
            });
        }
        let blob = content.get(&name).copied();
        let first =
            protected.as_ref().zip(blob).and_then(|(line, blob)| line.records.get(&(blob, name.clone())));
        let lost = match blob.filter(|_| !here.contains(&name)) {
            Some(blob) => {
                repository.blob(blob, MAX_RECORD)?.ok().and_then(|bytes| verified(&name, &bytes).ok())
            }
            None => None,
        };
        found.push(Story {
            path: format!("{}/{name}", names::WAIVERS),
            events,
            protected: first.map(|record| repository.commit_info(record.commit)).transpose()?,
            lost,
            here: here.contains(&name),
        });
    }
    Ok((found, ancestry.incomplete))
}

type Listing = BTreeMap<String, Oid>;

/// Folders are the same from commit to commit.
struct Folders<'a> {
    repository: &'a Repository,
    listed: HashMap<Oid, std::rc::Rc<Listing>>,
}

impl Folders<'_> {
    fn list(&mut self, tree: Option<Oid>) -> Result<std::rc::Rc<Listing>, Error> {
        let Some(tree) = tree else { return Ok(std::rc::Rc::default()) };
        if let Some(known) = self.listed.get(&tree) {
            return Ok(known.clone());
        }
        let entries = self.repository.folder_entries(tree)?;
        let listing: Listing = entries.into_iter().map(|entry| (shown(&entry.name), entry.oid)).collect();
        Ok(self.listed.entry(tree).or_insert(listing.into()).clone())
    }
}

/// What a commit itself did, not what came to it from its parents.
fn deeds(
    folders: &mut Folders<'_>,
    repository: &Repository,
    commit: &Ancestor,
    (tree, parents): (Option<Oid>, &[Option<Oid>]),
    commits: &[Ancestor],
) -> Result<Vec<(String, Deed)>, Error> {
    let own = folders.list(tree)?;
    let before: Vec<_> = parents.iter().map(|tree| folders.list(*tree)).collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for (name, blob) in own.iter() {
        let known: Vec<&Oid> = before.iter().filter_map(|listing| listing.get(name)).collect();
        if known.is_empty() {
            found.push((name.clone(), Deed::Added));
        } else if !known.contains(&blob) {
            found.push((name.clone(), Deed::Changed));
        }
    }
    let all: BTreeSet<&String> = before.iter().flat_map(|listing| listing.keys()).collect();
    for name in all.into_iter().filter(|name| !own.contains_key(*name)) {
        if before.iter().all(|listing| listing.contains_key(name)) {
            found.push((name.clone(), Deed::Removed));
            continue;
        }
        // A merge without it: one of its parents removed it, or else the merge itself dropped it.
        let id_of = |at: &usize| commits.get(*at).map(|commit| commit.id);
        let sides: Vec<(Oid, bool)> = commit
            .parents
            .iter()
            .zip(&before)
            .filter_map(|(at, listing)| Some((id_of(at)?, listing.contains_key(name))))
            .collect();
        let with = sides.iter().find(|(_, has)| *has).map(|(id, _)| *id);
        let without = sides.iter().find(|(_, has)| !*has).map(|(id, _)| *id);
        let common = with.zip(without).and_then(|(one, other)| repository.merge_base(one, other).ok());
        let had = match common {
            Some(base) => {
                let folder = repository.folder_at(base, names::WAIVERS)?;
                folders.list(folder)?.contains_key(name)
            }
            None => false,
        };
        if !had {
            found.push((name.clone(), Deed::Removed));
        }
    }
    Ok(found)
}
