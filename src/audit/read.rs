//! A snapshot to documents: which files are read, and what becomes of the others.

use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use crate::git::{Error, FileEntry, FileKind, Handles, Oid, Repository};
use crate::model::{Kept, Unread};
use crate::source::{Document, Kind, MAX_FILE_BYTES, Reading, read_once};

/// What was read, and what was not and why.
#[derive(Debug, Default)]
pub struct Inventory {
    pub documents: Vec<Arc<Document>>,
    pub unparsed: Vec<Unread>,
    pub not_rendered: Vec<Unread>,
}

/// Parsed blobs by path, object id and the kind that their neighbours give them: a file that did not change is not parsed again.
#[derive(Default)]
pub struct BlobCache {
    readings: HashMap<Key, Arc<CachedReading>>,
    /// What outlasts the process: Python, which takes so long to read that most of an audit would be that.
    kept: Option<Kept>,
}

/// Bytes of what outlasts the process.
const MAX_BYTES: usize = 96 << 20;

impl BlobCache {
    /// Begins with what an earlier run has left, where it has not begun yet.
    pub fn begin_with(&mut self, left: &dyn Fn() -> Option<Vec<u8>>) {
        self.kept.get_or_insert_with(|| {
            let kept = Kept::default();
            kept.import(&left().unwrap_or_default());
            kept
        });
    }

    /// What a later run can begin with, where that is much more than this one could.
    pub fn export(&self) -> Option<Vec<u8>> {
        self.kept.as_ref().filter(|kept| kept.is_much_new())?.export(MAX_BYTES)
    }

    /// Forgets what is not among these files, once there is much of it.
    pub fn forget_all_but(&mut self, files: &[FileEntry]) {
        if self.readings.len() <= 2 * files.len() + 1_000 {
            return;
        }
        let kept: BTreeSet<(&str, Oid)> =
            files.iter().filter_map(|file| Some((file.path.as_str(), file.oid?))).collect();
        self.readings.retain(|(path, oid, ..), _| kept.contains(&(path.as_str(), *oid)));
    }
}

struct CachedReading {
    document: Option<Arc<Document>>,
    unparsed: Option<Unread>,
    not_rendered: Option<Unread>,
}

impl From<Reading> for CachedReading {
    fn from(reading: Reading) -> Self {
        let Reading { document, unparsed, not_rendered } = reading;
        Self { document: document.map(Arc::new), unparsed, not_rendered }
    }
}

/// Reads the files of a snapshot that are of a known kind.
///
/// # Errors
/// Only what concerns the repository as a whole; a file that cannot be read is an entry.
pub fn read_files(
    repository: &Repository,
    files: &[FileEntry],
    cache: &mut BlobCache,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Inventory, Error> {
    let neighbours = Neighbours::of(files);
    let candidates: Vec<Candidate<'_>> = files
        .iter()
        .filter_map(|file| {
            let (kind, in_chart) = neighbours.kind(&file.path)?;
            Some(Candidate { file, kind, in_chart })
        })
        .collect();
    let mut slots: Vec<Option<Arc<CachedReading>>> = Vec::with_capacity(candidates.len());
    let mut new: Vec<(usize, &Candidate<'_>, Option<Key>)> = Vec::new();
    for (at, candidate) in candidates.iter().enumerate() {
        let key = candidate.key();
        let known = key.as_ref().and_then(|key| cache.readings.get(key)).cloned();
        if known.is_none() {
            new.push((at, candidate, key));
        }
        slots.push(known);
    }
    let handles = Handles::of(repository);
    let kept = cache.kept.as_ref();
    let total = candidates.len();
    let mut done = total - new.len();
    for batch in new.chunks(BATCH) {
        progress(done, total);
        done += batch.len();
        let fetch = |handle: &Repository, (_, candidate, _): &(_, &Candidate<'_>, _)| candidate.fetch(handle);
        let read = handles.map(batch, fetch, |(_, candidate, _), fetched| match fetched {
            Ok(bytes) => (true, Arc::new(candidate.parse(bytes, kept).into())),
            Err(unread) => (false, Arc::new(unread)),
        })?;
        for ((at, _, key), (parsed, reading)) in batch.iter().zip(read) {
            // What could not be fetched may be there another time.
            cache.readings.extend(key.clone().filter(|_| parsed).map(|key| (key, Arc::clone(&reading))));
            if let Some(slot) = slots.get_mut(*at) {
                *slot = Some(reading);
            }
        }
    }
    progress(total, total);
    let mut inventory = Inventory::default();
    for reading in slots.into_iter().flatten() {
        inventory.documents.extend(reading.document.clone());
        inventory.unparsed.extend(reading.unparsed.clone());
        inventory.not_rendered.extend(reading.not_rendered.clone());
    }
    inventory.unparsed.sort();
    inventory.not_rendered.sort();
    Ok(inventory)
}

/// The documents of a snapshot as if one file had another content, or (`None`) were not there.
///
/// # Errors
/// As [`read_files`].
pub fn read_with(
    repository: &Repository,
    files: &[FileEntry],
    (path, bytes): (&str, Option<Vec<u8>>),
    cache: &mut BlobCache,
) -> Result<Vec<Arc<Document>>, Error> {
    let mut documents = read_files(repository, files, cache, &mut |_, _| {})?.documents;
    documents.retain(|document| document.path != path);
    if let (Some(bytes), Some((kind, in_chart))) = (bytes, Neighbours::of(files).kind(path)) {
        documents.extend(parse(path, kind, bytes, in_chart, None).document.map(Arc::new));
        documents.sort_by(|a, b| a.path.cmp(&b.path));
    }
    Ok(documents)
}

type Key = (String, Oid, Kind, bool);

/// So many files are read between two words on how far it is.
const BATCH: usize = 512;

/// A file of a known kind.
struct Candidate<'f> {
    file: &'f FileEntry,
    kind: Kind,
    in_chart: bool,
}

impl Candidate<'_> {
    fn key(&self) -> Option<Key> {
        self.file.oid.map(|oid| (self.file.path.clone(), oid, self.kind, self.in_chart))
    }

    /// Its bytes, or what is said of it without them.
    fn fetch(&self, repository: &Repository) -> Result<Result<Vec<u8>, CachedReading>, Error> {
        let unread = |reason: String| {
            let unparsed = Some(Unread { path: self.file.path.clone(), line: None, reason });
            Ok(Err(CachedReading { document: None, unparsed, not_rendered: None }))
        };
        match self.file.kind {
            FileKind::Regular => {}
            // A file that may concern nobody is not missed.
            FileKind::Symlink | FileKind::Submodule if self.kind == Kind::Python => {
                return Ok(Err(CachedReading { document: None, unparsed: None, not_rendered: None }));
            }
            // Where a link points is not this repository's content; a submodule is another repository.
            FileKind::Symlink => {
                return unread("symbolic link that leads to no file of this repository".to_owned());
            }
            FileKind::Submodule => return unread("submodule, not read".to_owned()),
        }
        match repository.read(self.file, MAX_FILE_BYTES) {
            Ok(Ok(bytes)) => Ok(Ok(bytes)),
            Ok(Err(size)) => unread(format!("{size} bytes; the limit is {MAX_FILE_BYTES}")),
            Err(error @ (Error::Io { .. } | Error::MissingObject { .. })) => unread(error.to_string()),
            Err(error) => Err(error),
        }
    }

    fn parse(&self, bytes: Vec<u8>, kept: Option<&Kept>) -> Reading {
        parse(&self.file.path, self.kind, bytes, self.in_chart, kept)
    }
}

/// A panic in a parser is an unparsed file, not a crash.
fn parse(path: &str, kind: Kind, bytes: Vec<u8>, in_chart: bool, kept: Option<&Kept>) -> Reading {
    let read = AssertUnwindSafe(|| read_once(path, kind, bytes, in_chart, kept));
    std::panic::catch_unwind(read).unwrap_or_else(|_| Reading {
        unparsed: Some(Unread { path: path.to_owned(), line: None, reason: "the parser failed".to_owned() }),
        ..Reading::default()
    })
}

/// What the other files of a repository say of one.
struct Neighbours<'a> {
    /// The folders with a `Chart.yaml`, each empty or ending in a slash.
    charts: BTreeSet<&'a str>,
    /// Is there a `dvc.yaml` anywhere?
    dvc: bool,
}

impl<'a> Neighbours<'a> {
    fn of(files: &'a [FileEntry]) -> Self {
        let charts = files.iter().filter_map(|file| file.path.strip_suffix("Chart.yaml"));
        Self {
            charts: charts.filter(|folder| folder.is_empty() || folder.ends_with('/')).collect(),
            dvc: files.iter().any(|file| Kind::of_path(&file.path) == Some(Kind::Dvc)),
        }
    }

    /// What a file is beside its neighbours, and whether it is a template of a chart.
    ///
    /// Templates are what a chart's `templates` folder holds, its helpers (`_helpers.tpl`) included;
    /// the notes for a person (`NOTES.txt`) and the plain manifests in `crds` are none. A chart's
    /// values are no manifest, whatever they look like.
    /// <https://helm.sh/docs/topics/charts/#the-chart-file-structure>
    fn kind(&self, path: &str) -> Option<(Kind, bool)> {
        let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
        let below = path.match_indices("templates/").any(|(at, _)| {
            let folder = path.get(..at).unwrap_or("");
            self.charts.contains(folder)
        });
        if below && ends(&[".yaml", ".yml", ".json", ".tpl"]) {
            return Some((Kind::of_path(path).unwrap_or(Kind::Yaml), true));
        }
        let kind = Kind::of_path(path)?;
        let (folder, name) = path.rfind('/').map_or(("", path), |at| path.split_at(at + 1));
        let values = name == "values.schema.json"
            || (name.starts_with("values") || name.ends_with("values.yaml") || name.ends_with("values.yml"))
                && ends(&[".yaml", ".yml"]);
        let kind = match kind {
            _ if values && self.charts.contains(folder) => Kind::HelmValues,
            // Kustomize and others have files of this name, too.
            Kind::DvcParams if !self.dvc => Kind::Yaml,
            kind => kind,
        };
        Some((kind, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_tell_what_their_files_are() {
        let entry = |path: &str| FileEntry {
            path: path.to_owned(),
            kind: FileKind::Regular,
            oid: None,
            on_disk: None,
        };
        let files = ["app/Chart.yaml", "app/charts/sub/Chart.yaml", "notChart.yaml"].map(entry);
        let charts = Neighbours::of(&files);
        for (path, want) in [
            ("app/templates/deployment.yaml", Some((Kind::Yaml, true))),
            ("app/templates/tests/pod.yml", Some((Kind::Yaml, true))),
            ("app/templates/_helpers.tpl", Some((Kind::Yaml, true))),
            ("app/templates/NOTES.txt", None),
            ("app/templates/README.md", Some((Kind::ModelCard, false))),
            ("app/charts/sub/templates/service.yaml", Some((Kind::Yaml, true))),
            ("app/crds/thing.yaml", Some((Kind::Yaml, false))),
            ("app/values.yaml", Some((Kind::HelmValues, false))),
            ("app/values-prod.yaml", Some((Kind::HelmValues, false))),
            ("app/prod-values.yaml", Some((Kind::HelmValues, false))),
            ("app/values.schema.json", Some((Kind::HelmValues, false))),
            ("app/charts/sub/values.yaml", Some((Kind::HelmValues, false))),
            ("app/Chart.yaml", Some((Kind::HelmChart, false))),
            ("other/values.yaml", Some((Kind::Yaml, false))),
            ("other/templates/x.yaml", Some((Kind::Yaml, false))),
            ("templates/x.yaml", Some((Kind::Yaml, false))),
            ("other/_helpers.tpl", None),
        ] {
            assert_eq!(charts.kind(path), want, "{path}");
        }
        assert_eq!(charts.kind("params.yaml"), Some((Kind::Yaml, false)), "no DVC here");
        let pipeline = ["train/dvc.yaml"].map(entry);
        assert_eq!(Neighbours::of(&pipeline).kind("params.yaml"), Some((Kind::DvcParams, false)));
        let root = [entry("Chart.yaml")];
        assert_eq!(Neighbours::of(&root).kind("templates/x.yaml"), Some((Kind::Yaml, true)));
    }
}
