//! The commits behind one, newest first, each with the paths that it changed.
//!
//! Trees are compared by object id and only where they differ, so that a commit costs what it changed.
//! A merge changed what differs from every one of its parents: the rest came with a branch.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use git2::ObjectType;
use serde::{Deserialize, Serialize};

use super::repository::rfc3339;
use super::{Error, Oid, Repository};

/// One path that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub path: String,
    /// The content in the first parent; `None` where it had none.
    pub old: Option<Oid>,
    /// `None` where the commit removed it.
    pub new: Option<Oid>,
}

/// Who made something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub email: String,
}

/// A commit as history knows it.
#[derive(Debug, Clone)]
pub struct LogEntry {
    pub id: Oid,
    pub parents: Vec<Oid>,
    pub author: Person,
    pub committer: Person,
    /// RFC 3339, the committer's.
    pub date: String,
    /// The same, since 1970.
    pub seconds: i64,
    /// Of a very long message its beginning and its end.
    pub message: String,
    /// It carries a signature, whoever made it.
    pub signed: bool,
    /// Sorted by path.
    pub changes: Vec<Change>,
}

/// What a walk found, and why it is not everything.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub entries: Vec<Arc<LogEntry>>,
    pub incomplete: Option<String>,
    /// An object is not there, and may come yet.
    pub lacks_objects: bool,
}

/// Commits that were looked at before, for the next walk. One cache serves one filter.
#[derive(Default)]
pub struct LogCache {
    entries: HashMap<Oid, Arc<LogEntry>>,
    /// Is there one that was not imported?
    grown: bool,
}

/// Commits that are exported, at most.
const MAX_EXPORTED: usize = 20_000;

/// An entry as it is kept: object names in hexadecimal.
#[derive(Serialize, Deserialize)]
struct Packed<'e> {
    id: String,
    parents: Vec<String>,
    people: [Cow<'e, str>; 4],
    date: Cow<'e, str>,
    seconds: i64,
    message: Cow<'e, str>,
    signed: bool,
    /// Path, content before, content after.
    changes: Vec<(Cow<'e, str>, Option<String>, Option<String>)>,
}

impl LogCache {
    /// What a later walk can begin with; `None` where that was imported.
    pub fn export(&mut self) -> Option<Vec<u8>> {
        if !std::mem::take(&mut self.grown) || self.entries.len() > MAX_EXPORTED {
            return None;
        }
        let mut packed: Vec<Packed<'_>> = self.entries.values().map(|entry| entry.packed()).collect();
        packed.sort_by(|a, b| a.id.cmp(&b.id));
        let mut bytes = Vec::new();
        ciborium::into_writer(&packed, &mut bytes).ok().map(|()| bytes)
    }

    /// Takes what an earlier walk has left; nothing of what does not hold together.
    pub fn import(&mut self, bytes: &[u8]) {
        let Ok(packed) = ciborium::from_reader::<Vec<Packed<'_>>, _>(bytes) else { return };
        let entries: Option<Vec<LogEntry>> = packed.into_iter().map(Packed::entry).collect();
        for entry in entries.into_iter().flatten() {
            self.entries.entry(entry.id).or_insert_with(|| Arc::new(entry));
        }
    }
}

impl LogEntry {
    fn packed(&self) -> Packed<'_> {
        let id = |oid: &Oid| oid.to_string();
        let people = [&self.author.name, &self.author.email, &self.committer.name, &self.committer.email];
        let changes = self.changes.iter();
        Packed {
            id: id(&self.id),
            parents: self.parents.iter().map(id).collect(),
            people: people.map(|text| Cow::from(text.as_str())),
            date: (&self.date).into(),
            seconds: self.seconds,
            message: (&self.message).into(),
            signed: self.signed,
            changes: changes
                .map(|change| {
                    ((&change.path).into(), change.old.as_ref().map(id), change.new.as_ref().map(id))
                })
                .collect(),
        }
    }
}

impl Packed<'_> {
    /// `None` where a name is none.
    fn entry(self) -> Option<LogEntry> {
        let id = |text: String| Oid::from_str(&text).ok();
        let maybe = |text: Option<String>| text.map_or(Some(None), |text| id(text).map(Some));
        let changes = self.changes.into_iter().map(|(path, old, new)| {
            Some(Change { path: path.into_owned(), old: maybe(old)?, new: maybe(new)? })
        });
        let [author_name, author_email, name, email] = self.people.map(Cow::into_owned);
        Some(LogEntry {
            id: id(self.id)?,
            parents: self.parents.into_iter().map(id).collect::<Option<_>>()?,
            author: Person { name: author_name, email: author_email },
            committer: Person { name, email },
            date: self.date.into_owned(),
            seconds: self.seconds,
            message: self.message.into_owned(),
            signed: self.signed,
            changes: changes.collect::<Option<_>>()?,
        })
    }
}

/// How much a walk may look at.
#[derive(Debug, Clone, Copy)]
pub struct LogLimits {
    pub commits: usize,
    pub changes: usize,
}

impl Repository {
    /// The newest commits behind `from`, itself included; a parent never stands before its child. Only
    /// paths that are `wanted` are listed.
    ///
    /// # Errors
    /// The repository cannot be read. That an object is missing only ends the log.
    pub fn log(
        &self,
        from: Oid,
        limits: LogLimits,
        cache: &mut LogCache,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Log, Error> {
        let mut log = Log::default();
        let mut seen = HashSet::from([from]);
        let mut next = BinaryHeap::from([(self.inner.find_commit(from)?.time().seconds(), from)]);
        let mut changes_left = limits.changes;
        let odb = self.inner.odb()?;
        while let Some((_, id)) = next.pop() {
            if log.entries.len() >= limits.commits {
                log.incomplete = Some(format!("only the newest {} commits were looked at", limits.commits));
                break;
            }
            let known = cache.entries.get(&id).cloned();
            cache.grown |= known.is_none();
            let entry = match known.map_or_else(|| self.log_entry(id, wanted).map(Arc::new), Ok) {
                Ok(entry) => entry,
                Err(error @ Error::MissingObject { .. }) => {
                    log.incomplete = Some(error.to_string());
                    log.lacks_objects = true;
                    break;
                }
                Err(error) => return Err(error),
            };
            let Some(left) = changes_left.checked_sub(entry.changes.len()) else {
                log.incomplete = Some(format!("more than {} changed files", limits.changes));
                break;
            };
            changes_left = left;
            for parent in &entry.parents {
                if seen.contains(parent) {
                    continue;
                }
                // What was looked at before may be gone since.
                let known = cache.entries.get(parent).filter(|_| odb.exists(*parent));
                let known = known.map(|entry| entry.seconds);
                let looked_up = || self.inner.find_commit(*parent).ok().map(|commit| commit.time().seconds());
                if let Some(seconds) = known.or_else(looked_up) {
                    seen.insert(*parent);
                    next.push((seconds, *parent));
                } else {
                    let why = format!("the commit {parent} is missing: this clone is not complete");
                    log.incomplete = Some(why);
                    log.lacks_objects = true;
                }
            }
            cache.entries.insert(id, entry.clone());
            log.entries.push(entry);
        }
        if log.incomplete.is_none() && self.is_shallow() {
            log.incomplete = Some("this clone is shallow: run `git fetch --unshallow`".to_owned());
        }
        log.incomplete = log.incomplete.or_else(|| self.grafts_note());
        Ok(log)
    }

    fn log_entry(&self, id: Oid, wanted: &dyn Fn(&str) -> bool) -> Result<LogEntry, Error> {
        let commit = self.inner.find_commit(id)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let person = |who: git2::Signature<'_>| Person {
            name: text(who.name_bytes()),
            email: text(who.email_bytes()),
        };
        let parents: Vec<Oid> = commit.parent_ids().collect();
        let tree = |parent: &Oid| match self.inner.find_commit(*parent) {
            Ok(commit) => Ok(Some(commit.tree_id())),
            Err(error) => Err(self.failed(*parent, error)),
        };
        let first = parents.first().map(tree).transpose()?.flatten();
        let mut changes = self.differing(first, Some(commit.tree_id()), wanted)?;
        for parent in parents.iter().skip(1) {
            if changes.is_empty() {
                break;
            }
            let against = self.differing(tree(parent)?, Some(commit.tree_id()), wanted)?;
            changes.retain(|path, _| against.contains_key(path));
        }
        Ok(LogEntry {
            id,
            author: person(commit.author()),
            committer: person(commit.committer()),
            date: rfc3339(commit.committer().when()),
            seconds: commit.time().seconds(),
            message: shortened(commit.message_raw_bytes()),
            signed: commit.header_field_bytes("gpgsig").is_ok(),
            changes: changes.into_values().collect(),
            parents,
        })
    }

    /// The files in which two trees differ, by path. Not recursive: folders of a hostile repository nest
    /// as deep as they like.
    fn differing(
        &self,
        old: Option<Oid>,
        new: Option<Oid>,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, Change>, Error> {
        let mut found = BTreeMap::new();
        let mut folders = vec![(old, new, String::new())];
        while let Some((old, new, folder)) = folders.pop() {
            if old == new {
                continue;
            }
            let (old, new) = (self.entries_of(old)?, self.entries_of(new)?);
            let names: BTreeSet<&Vec<u8>> = old.keys().chain(new.keys()).collect();
            for name in names {
                let (before, after) = (old.get(name).copied(), new.get(name).copied());
                if before == after {
                    continue;
                }
                let path = format!("{folder}{}", String::from_utf8_lossy(name));
                let of = |entry: Option<Found>, kind| entry.filter(|(is, _)| *is == kind).map(|(_, id)| id);
                let below = (of(before, Is::Folder), of(after, Is::Folder));
                if below != (None, None) {
                    folders.push((below.0, below.1, format!("{path}/")));
                }
                let (old, new) = (of(before, Is::File), of(after, Is::File));
                // A change of mode alone changes no content.
                if old != new && wanted(&path) {
                    found.insert(path.clone(), Change { path, old, new });
                }
            }
        }
        Ok(found)
    }

    fn entries_of(&self, tree: Option<Oid>) -> Result<BTreeMap<Vec<u8>, Found>, Error> {
        let Some(tree) = tree else { return Ok(BTreeMap::new()) };
        let tree = self.inner.find_tree(tree).map_err(|error| self.failed(tree, error))?;
        let entries = tree.iter().filter_map(|entry| {
            let is = match entry.kind()? {
                ObjectType::Tree => Is::Folder,
                ObjectType::Blob => Is::File,
                _ => return None,
            };
            Some((entry.name_bytes().to_vec(), (is, entry.id())))
        });
        Ok(entries.collect())
    }

    /// Are objects of these names there?
    pub fn has_all(&self, ids: &[Oid]) -> bool {
        self.inner.odb().is_ok_and(|odb| ids.iter().all(|id| odb.exists(*id)))
    }

    /// The content of a path in a commit; `None` where it is no file there.
    pub fn blob_at(&self, commit: Oid, path: &str) -> Result<Option<Oid>, Error> {
        let tree = self.inner.find_commit(commit)?.tree()?;
        let entry = tree.get_path(Path::new(path)).ok();
        Ok(entry.filter(|entry| entry.kind() == Some(ObjectType::Blob)).map(|entry| entry.id()))
    }

    /// The size of a blob, from its header alone.
    pub fn blob_size(&self, blob: Oid) -> Result<u64, Error> {
        self.look_for(blob)?;
        let header = self.inner.odb()?.read_header(blob);
        header.map(|(size, _)| size as u64).map_err(|error| self.failed(blob, error))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Folder,
    File,
}

type Found = (Is, Oid);

/// A message may be as long as its author likes; its subject stands in front, its trailers at the end.
fn shortened(message: &[u8]) -> String {
    const FRONT: usize = 4 * 1024;
    const END: usize = 32 * 1024;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match (message.get(..FRONT), message.len().checked_sub(END).and_then(|at| message.get(at..))) {
        (Some(front), Some(end)) if message.len() > FRONT + END => format!("{}\n{}", text(front), text(end)),
        _ => text(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_comes_back_as_it_was() {
        let oid = |digit: &str| Oid::from_str(&digit.repeat(40)).unwrap();
        let person = |name: &str| Person { name: name.to_owned(), email: format!("{name}@example.org") };
        let entry = LogEntry {
            id: oid("1"),
            parents: vec![oid("2"), oid("3")],
            author: person("author"),
            committer: person("committer"),
            date: "2026-01-01T00:00:00+02:00".to_owned(),
            seconds: 1_767_218_400,
            message: "Subject\n\nBody \u{1b}[2J\n".to_owned(),
            signed: true,
            changes: vec![
                Change { path: "a".to_owned(), old: None, new: Some(oid("4")) },
                Change { path: "ä/b".to_owned(), old: Some(oid("5")), new: None },
            ],
        };
        let mut cache = LogCache { grown: true, ..LogCache::default() };
        cache.entries.insert(entry.id, Arc::new(entry.clone()));
        let bytes = cache.export().unwrap();
        assert_eq!(cache.export(), None, "nothing new");
        let mut next = LogCache::default();
        next.import(&bytes);
        assert_eq!(format!("{:?}", next.entries[&entry.id]), format!("{entry:?}"));
        assert_eq!(next.export(), None);
        for end in 0..bytes.len() {
            let mut next = LogCache::default();
            next.import(&bytes[..end]);
            assert!(next.entries.is_empty(), "{end}");
        }
    }
}
