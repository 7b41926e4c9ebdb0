//! The past as policies see it: `input.history`, from the commits behind the audited one.
//!
//! ```text
//!   log (newest first) ──> last_changed   the newest commit of every file
//!                     ├──> commits        those that touch governed files, and who stands behind them
//!                     ├──> changes        values within settings and reports
//!                     └──> data_files     every content that a data file ever had
//! ```
//! The walk is bounded and depends on nothing but the commits, so that two machines see the same; what
//! it could not look at makes the history incomplete, and `why` says so.

mod changes;
mod data;
mod people;
mod told;

pub use people::number as pull_request_of;
pub use told::Told;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use regex::{RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use self::changes::Difference;
use crate::git::{Change, Error, Log, LogCache, LogEntry, LogLimits, Oid, Repository};
use crate::model::{Digest, Kept};

const LIMITS: LogLimits = LogLimits { commits: 5_000, changes: 1_000_000 };
/// Paths that one commit lists; of what a commit changes beyond them only governed ones are listed.
const MAX_PATHS: usize = 1_000;
const MAX_CHANGES: usize = 20_000;
const MAX_DATA_FILES: usize = 2_000;
/// A larger data file is listed without columns and digest.
const MAX_DATA_BYTES: u64 = 64 * 1024 * 1024;
/// What is read of data files in all.
const MAX_DATA_TOTAL: u64 = 512 * 1024 * 1024;
/// Bytes that the patterns of one parameter may compile to.
const MAX_PATTERN: usize = 1024 * 1024;

const PARAMETERS: [&str; 3] = ["governed_paths", "followed_paths", "data_file_floor_bytes"];

/// What of the past is looked at: parameters of the policies.
#[derive(Debug, Clone)]
pub struct Rules {
    governed: RegexSet,
    followed: RegexSet,
    data_floor: u64,
    /// Parameters that say nothing usable.
    wrong: Vec<String>,
    /// What they were made of: the same parameters make the same rules.
    made_of: [Json; 3],
}

/// What is audited, as far as its history hangs on it.
#[derive(Clone, Copy)]
pub struct Audited<'a> {
    pub commit: Oid,
    /// Sizes, by path.
    pub files: &'a BTreeMap<String, u64>,
    /// Those of them whose values are followed by their kind.
    pub reports: &'a BTreeSet<&'a str>,
}

impl Rules {
    /// `parameter` gives the value of a parameter by its name.
    pub fn of(parameter: &dyn Fn(&str) -> Json) -> Self {
        let made_of = PARAMETERS.map(parameter);
        let [governed, followed, floor] = &made_of;
        let mut wrong = Vec::new();
        let mut set = |name: &str, list: &Json| {
            patterns(list).unwrap_or_else(|reason| {
                wrong.push(format!("parameter {name}: {reason}"));
                RegexSet::empty()
            })
        };
        let [governed_name, followed_name, floor_name] = PARAMETERS;
        let (governed, followed) = (set(governed_name, governed), set(followed_name, followed));
        let data_floor = floor.as_u64().unwrap_or_else(|| {
            wrong.push(format!("parameter {floor_name}: no number of bytes"));
            0
        });
        Self { governed, followed, data_floor, wrong, made_of }
    }
}

/// A list of regular expressions over paths.
pub fn patterns(list: &Json) -> Result<RegexSet, String> {
    let items = list.as_array().ok_or("no list of regular expressions")?;
    let texts = items.iter().map(|item| item.as_str().ok_or("it holds more than texts"));
    let texts: Vec<&str> = texts.collect::<Result<_, _>>()?;
    RegexSetBuilder::new(texts).size_limit(MAX_PATTERN).build().map_err(|error| error.to_string())
}

/// What differs between two contents; `None` when one does not parse or is too large.
type Compared = Option<Arc<Vec<Difference>>>;

/// What is known of the past already: one walk of many, as tracing makes them, learns from those before.
#[derive(Default)]
pub struct Past {
    log: LogCache,
    /// What the rules say of a path: asked for every change of every commit, again for each walk.
    classes: HashMap<String, Class>,
    classed_by: Option<[Json; 3]>,
    differences: HashMap<(Option<Oid>, Option<Oid>, String), Compared>,
    /// Of contents, which never change: how settings differ, what data files hold.
    contents: Kept,
    /// An object was not there, and may come yet.
    lacks_objects: bool,
}

/// Bytes of what is kept of contents for a later run.
const MAX_CONTENTS: usize = 32 << 20;

#[derive(Debug, Clone, Copy)]
struct Class {
    governed: bool,
    followed: bool,
    data: bool,
}

/// What one content of a data file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct DataContent {
    pointer: bool,
    columns: Option<Vec<String>>,
    sha256: Option<String>,
}

impl Past {
    /// What a later walk need not look at: commits, and contents; `None` where there is nothing new.
    pub fn export(&mut self) -> [Option<Vec<u8>>; 2] {
        [self.log.export(), self.contents.export(MAX_CONTENTS)]
    }

    pub fn import(&mut self, [log, contents]: [Option<Vec<u8>>; 2]) {
        self.log.import(&log.unwrap_or_default());
        self.contents.import(&contents.unwrap_or_default());
    }

    /// The history up to a commit.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub fn tell(
        &mut self,
        repository: &Repository,
        rules: &Rules,
        audited: &Audited<'_>,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Told, Error> {
        let Audited { commit, files, reports } = *audited;
        let log = repository.log(commit, LIMITS, &mut self.log, wanted)?;
        self.lacks_objects |= log.lacks_objects;
        let mut why: Vec<String> = rules.wrong.clone();
        why.extend(log.incomplete.clone());
        let merged = Merged::of(&log, commit);
        self.classify(&log, rules);
        let mut last_changed: BTreeMap<&str, &LogEntry> = BTreeMap::new();
        let mut elsewhere = BTreeSet::new();
        let mut introduced = HashMap::new();
        let mut commits = Vec::new();
        let mut all_changes = Vec::new();
        for entry in &log.entries {
            for change in entry.changes.iter().filter(|change| change.new.is_some()) {
                if files.contains_key(&change.path) {
                    last_changed.entry(&change.path).or_insert(entry);
                } else {
                    elsewhere.insert(change.path.as_str());
                }
                if change.path.starts_with(".probity/waivers/") {
                    // The oldest counts: it comes last.
                    introduced.insert(change.path.clone(), by(entry, merged.merge_of(entry)));
                }
            }
            let mut follows = false;
            for change in &entry.changes {
                let path = change.path.as_str();
                if !self.class(path).followed && !reports.contains(path) {
                    continue;
                }
                let Some(differences) = self.differences(repository, change)? else {
                    why.push(format!("{} of {path} could not be compared", short(entry)));
                    continue;
                };
                follows |= !differences.is_empty();
                let id = entry.id.to_string();
                all_changes.extend(differences.iter().map(|difference| difference.to_json(&id, path)));
            }
            let governed = |path: &str| self.class(path).governed;
            if follows || entry.changes.iter().any(|change| governed(&change.path)) {
                commits.push(commit_json(entry, merged.merge_of(entry), &governed));
            }
            if all_changes.len() > MAX_CHANGES {
                all_changes.truncate(MAX_CHANGES);
                why.push(format!("more than {MAX_CHANGES} changed values"));
                break;
            }
        }
        let data_files = self.data_files(repository, commit, &log, rules, &mut why)?;
        let last_changed: Map<String, Json> =
            last_changed.into_iter().map(|(path, entry)| (path.to_owned(), at(entry))).collect();
        why.sort();
        why.dedup();
        let history = json!({
            "complete": why.is_empty(),
            "why": why.join("; "),
            "looked_at": log.entries.len(),
            "last_changed": last_changed,
            "commits": commits,
            "changes": all_changes,
            "data_files": data_files,
        });
        Ok(Told {
            history: if let Json::Object(history) = history { history } else { Map::new() },
            introduced,
            elsewhere: elsewhere.into_iter().map(str::to_owned).collect(),
            commits: log.entries.iter().map(|entry| entry.id).collect(),
            lacks_objects: self.lacks_objects,
        })
    }

    fn classify(&mut self, log: &Log, rules: &Rules) {
        if self.classed_by.as_ref() != Some(&rules.made_of) {
            self.classes.clear();
            self.classed_by = Some(rules.made_of.clone());
        }
        for change in log.entries.iter().flat_map(|entry| &entry.changes) {
            if !self.classes.contains_key(&change.path) {
                let path = change.path.as_str();
                let class = Class {
                    governed: rules.governed.is_match(path),
                    followed: rules.followed.is_match(path),
                    data: data::is_data(path),
                };
                self.classes.insert(change.path.clone(), class);
            }
        }
    }

    fn class(&self, path: &str) -> Class {
        let unknown = Class { governed: false, followed: false, data: false };
        self.classes.get(path).copied().unwrap_or(unknown)
    }

    fn differences(&mut self, repository: &Repository, change: &Change) -> Result<Compared, Error> {
        let key = (change.old, change.new, change.path.clone());
        if let Some(known) = self.differences.get(&key) {
            return Ok(known.clone());
        }
        let id = |blob: Option<Oid>| blob.map(|blob| blob.to_string());
        let kept = Digest::of_written(&("differences", id(change.old), id(change.new), &change.path));
        if let Some(known) = self.contents.get(&kept) {
            let found = Some(Arc::new(changes::unpacked(known)));
            self.differences.insert(key, found.clone());
            return Ok(found);
        }
        let mut value = |blob: Option<Oid>| -> Result<Option<Option<Json>>, Error> {
            let Some(blob) = blob else { return Ok(Some(None)) };
            match repository.blob(blob, changes::MAX_BYTES) {
                Ok(Ok(bytes)) => Ok(changes::value(&change.path, bytes).map(Some)),
                Ok(Err(_)) => Ok(None),
                Err(Error::MissingObject { .. }) => {
                    self.lacks_objects = true;
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        };
        let found = value(change.old)?
            .zip(value(change.new)?)
            .map(|(old, new)| Arc::new(changes::differences(old.as_ref(), new.as_ref())));
        if let Some(found) = &found {
            self.contents.put(kept, &changes::packed(found), true);
        }
        self.differences.insert(key, found.clone());
        Ok(found)
    }

    fn data_files(
        &mut self,
        repository: &Repository,
        commit: Oid,
        log: &Log,
        rules: &Rules,
        why: &mut Vec<String>,
    ) -> Result<Vec<Json>, Error> {
        // From the newest to the oldest: the last `added` is the first commit that had it.
        let mut found: BTreeMap<(&str, Oid), Stay<'_>> = BTreeMap::new();
        for entry in &log.entries {
            for change in entry.changes.iter().filter(|change| self.class(&change.path).data) {
                if let Some(old) = change.old {
                    let stay = found.entry((&change.path, old)).or_default();
                    stay.removed = stay.removed.or(Some(entry));
                }
                if let Some(new) = change.new {
                    found.entry((&change.path, new)).or_default().added = Some(entry);
                }
            }
        }
        let mut listed = Vec::new();
        let mut total = 0;
        for ((path, blob), stay) in found {
            let size = match repository.blob_size(blob) {
                Ok(size) if size >= rules.data_floor => size,
                Ok(_) => continue,
                Err(Error::MissingObject { .. }) => {
                    self.lacks_objects = true;
                    why.push("data files are missing: this clone is not complete".to_owned());
                    continue;
                }
                Err(error) => return Err(error),
            };
            total += if size <= MAX_DATA_BYTES { size } else { 0 };
            let is_read = size <= MAX_DATA_BYTES && total <= MAX_DATA_TOTAL;
            let content =
                if is_read { self.data_content(repository, path, blob)? } else { DataContent::default() };
            if content.pointer {
                continue;
            }
            if listed.len() >= MAX_DATA_FILES {
                why.push(format!("more than {MAX_DATA_FILES} data files"));
                break;
            }
            let at_head = repository.blob_at(commit, path)? == Some(blob);
            listed.push(json!({
                "path": path,
                "size": size,
                "columns": content.columns,
                "sha256": content.sha256,
                "at_head": at_head,
                "added": stay.added.map(at),
                "removed": stay.removed.filter(|_| !at_head).map(at),
            }));
        }
        if total > MAX_DATA_TOTAL {
            why.push(format!("more than {MAX_DATA_TOTAL} bytes of data files"));
        }
        Ok(listed)
    }

    /// Reads each content once.
    fn data_content(&self, repository: &Repository, path: &str, blob: Oid) -> Result<DataContent, Error> {
        let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let key = Digest::of_written(&("data", blob.to_string(), ending));
        if let Some(known) = self.contents.get(&key) {
            return Ok(known);
        }
        let Ok(bytes) = repository.blob(blob, MAX_DATA_BYTES)? else { return Ok(DataContent::default()) };
        let content = DataContent {
            pointer: data::is_pointer(&bytes),
            columns: data::columns(path, &bytes),
            sha256: Some(Digest::of(&bytes).hex()),
        };
        self.contents.put(key, &content, true);
        Ok(content)
    }
}

/// From when to when a path had one content.
#[derive(Default)]
struct Stay<'l> {
    added: Option<&'l LogEntry>,
    removed: Option<&'l LogEntry>,
}

/// Which merge brought a commit to the main line, the first parents of the audited commit.
struct Merged<'l> {
    by: HashMap<Oid, &'l LogEntry>,
}

impl<'l> Merged<'l> {
    fn of(log: &'l Log, commit: Oid) -> Self {
        let entries: HashMap<Oid, &LogEntry> = log.entries.iter().map(|e| (e.id, &**e)).collect();
        let mut main = Vec::new();
        let mut next = entries.get(&commit).copied();
        while let Some(entry) = next {
            main.push(entry);
            next = entry.parents.first().and_then(|parent| entries.get(parent)).copied();
        }
        let mut seen: HashSet<Oid> = main.iter().map(|entry| entry.id).collect();
        let mut by = HashMap::new();
        // The oldest merge that reaches a commit is the one that brought it.
        for merge in main.into_iter().rev().filter(|entry| entry.parents.len() > 1) {
            let mut queue: Vec<Oid> = merge.parents.iter().skip(1).copied().collect();
            while let Some(id) = queue.pop() {
                let Some(entry) = entries.get(&id).filter(|_| seen.insert(id)) else { continue };
                by.insert(id, merge);
                queue.extend(&entry.parents);
            }
        }
        Self { by }
    }

    fn merge_of(&self, entry: &LogEntry) -> Option<&'l LogEntry> {
        self.by.get(&entry.id).copied()
    }
}

fn short(entry: &LogEntry) -> String {
    entry.id.to_string().chars().take(10).collect()
}

fn at(entry: &LogEntry) -> Json {
    json!({"commit": entry.id.to_string(), "date": entry.date, "author": people::shown(&entry.author)})
}

fn by(entry: &LogEntry, merge: Option<&LogEntry>) -> Json {
    json!({
        "commit": entry.id.to_string(),
        "author": people::shown(&entry.author),
        "reviewers": people::reviewers(entry, merge),
    })
}

fn commit_json(entry: &LogEntry, merge: Option<&LogEntry>, governed: &dyn Fn(&str) -> bool) -> Json {
    let reviewers = people::reviewers(entry, merge);
    let listed = entry.changes.iter().enumerate();
    let listed = listed.filter(|(index, change)| *index < MAX_PATHS || governed(&change.path));
    let paths: Vec<&str> = listed.map(|(_, change)| change.path.as_str()).collect();
    json!({
        "id": entry.id.to_string(),
        "date": entry.date,
        "author": {"name": entry.author.name, "email": entry.author.email},
        "committer": {"name": entry.committer.name, "email": entry.committer.email},
        "subject": entry.message.lines().next().unwrap_or("").trim(),
        "merge": entry.parents.len() > 1,
        "merged_by": merge.map(|merge| merge.id.to_string()),
        "merge_author": merge.map(|merge| people::shown(&merge.author)),
        "pull_request": people::pull_request(entry, merge),
        "by_web_page": people::by_web_page(entry),
        "approved": !reviewers.is_empty(),
        "reviewers": reviewers,
        "signed": entry.signed,
        "paths": paths,
    })
}
