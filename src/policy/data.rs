//! Data files: what Rego reads as `data`. Of a folder they are placed as OPA and Conftest place them:
//! `a/b/limits.yaml` is merged into `data.a.b`; a file that is named itself is merged at the root.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::files::read_files;

const ENDINGS: [&str; 3] = ["json", "yaml", "yml"];

/// The data of `--data`.
///
/// # Errors
/// A file that cannot be read or holds no object; two that give the same path, each its own way.
pub fn load(paths: &[PathBuf]) -> Result<Json, String> {
    let mut all = Json::Object(Map::new());
    for path in paths {
        let mut files = Vec::new();
        read_files(path, &ENDINGS, &mut files)?;
        if files.is_empty() {
            return Err(format!("no data file in {}", path.display()));
        }
        for (name, text) in files {
            let value = parse(&name, &text).map_err(|error| format!("{name}: {error}"))?;
            if !value.is_object() {
                return Err(format!("{name}: data must be an object"));
            }
            let mut conflict = None;
            merge(&mut all, placed(value, folders(path, &name)), "data", &mut |at| {
                conflict.get_or_insert_with(|| given_twice(&name, at));
            });
            if let Some(conflict) = conflict {
                return Err(conflict);
            }
        }
    }
    Ok(all)
}

/// The data beside policies that are tested.
pub(super) struct TestData {
    pub value: Json,
    /// What several files give, each its own way: the path, and what to say of it. Manifests that lie beside
    /// policies look like this; it matters where a rule reads it.
    pub conflicts: Vec<(String, String)>,
}

/// All data of a folder; nothing for a single file. Probity's own parameters are an exception: the files of the
/// folder `params` are merged at the root, as for audits.
pub(super) fn beside_tests(path: &Path) -> Result<TestData, String> {
    let mut all = TestData { value: Json::Object(Map::new()), conflicts: Vec::new() };
    if !path.is_dir() {
        return Ok(all);
    }
    let mut files = Vec::new();
    read_files(path, &ENDINGS, &mut files)?;
    for (name, text) in files {
        let value = match parse(&name, &text) {
            Ok(value) => value,
            // Several documents in one file are manifests of something, no data.
            Err(_) if text.lines().any(|line| line.trim_end() == "---") => continue,
            Err(error) => return Err(format!("{name}: {error}")),
        };
        let Json::Object(_) = value else { continue };
        let mut folders = folders(path, &name);
        if folders.first().is_some_and(|first| first == PARAMS) {
            folders.clear();
        }
        merge(&mut all.value, placed(value, folders), "data", &mut |at| {
            all.conflicts.push((at.to_owned(), given_twice(&name, at)));
        });
    }
    Ok(all)
}

/// The folder, within one of policies, whose files are merged at the root.
pub(super) const PARAMS: &str = "params";

/// Reads one file.
pub(super) fn parse(name: &str, text: &str) -> Result<Json, String> {
    if Path::new(name).extension().is_some_and(|ending| ending == "json") {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        serde_yaml::from_str(text).map_err(|error| error.to_string())
    }
}

fn given_twice(name: &str, at: &str) -> String {
    format!("{name}: another file gives {at} already")
}

/// The folders between one that was named and a file in it.
fn folders(root: &Path, name: &str) -> Vec<String> {
    let folder = Path::new(name).strip_prefix(root).ok().and_then(Path::parent);
    let steps = folder.into_iter().flat_map(Path::components);
    steps.map(|step| step.as_os_str().to_string_lossy().into_owned()).collect()
}

fn placed(value: Json, folders: Vec<String>) -> Json {
    folders.into_iter().rev().fold(value, |inner, step| Json::Object(Map::from_iter([(step, inner)])))
}

/// Objects are merged, everything else may be given once; tells the paths of what differs, which stays.
fn merge(into: &mut Json, from: Json, at: &str, differs: &mut dyn FnMut(&str)) {
    match (into, from) {
        (Json::Object(into), Json::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(known) => merge(known, value, &format!("{at}.{key}"), differs),
                    None => drop(into.insert(key, value)),
                }
            }
        }
        (into, from) => {
            if *into != from {
                differs(at);
            }
        }
    }
}

/// Puts data over other data: objects are merged, everything else is replaced.
pub(super) fn overlay(into: &mut Json, over: &Json) {
    match (into, over) {
        (Json::Object(into), Json::Object(over)) => {
            for (key, value) in over {
                match into.get_mut(key) {
                    Some(known) => overlay(known, value),
                    None => drop(into.insert(key.clone(), value.clone())),
                }
            }
        }
        (into, over) => into.clone_from(over),
    }
}
