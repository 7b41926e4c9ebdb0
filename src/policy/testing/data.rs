//! The data files of a folder under test, placed as OPA places them: `a/b/limits.yaml` is merged into `data.a.b`.
//! Probity's own parameters are the exception: the files of a folder `params` are merged at the root, as for audits.

use std::path::Path;

use serde_json::{Map, Value as Json};

use crate::policy::files::read_files;

/// All data of a folder; nothing for a single file.
pub(super) fn load(path: &Path) -> Result<Json, String> {
    let mut all = Json::Object(Map::new());
    if !path.is_dir() {
        return Ok(all);
    }
    let mut files = Vec::new();
    read_files(path, &["json", "yaml", "yml"], &mut files)?;
    for (name, text) in files {
        let value: Json = if Path::new(&name).extension().is_some_and(|ending| ending == "json") {
            serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?
        } else {
            // Several documents in one file are manifests of something, no data.
            match serde_yaml::from_str(&text) {
                Ok(value) => value,
                Err(_) if text.lines().any(|line| line.trim_end() == "---") => continue,
                Err(error) => return Err(format!("{name}: {error}")),
            }
        };
        let Json::Object(_) = value else { continue };
        let folder = Path::new(&name).strip_prefix(path).ok().and_then(Path::parent);
        let mut steps: Vec<String> = folder
            .into_iter()
            .flat_map(Path::components)
            .map(|step| step.as_os_str().to_string_lossy().into_owned())
            .collect();
        if steps.first().is_some_and(|first| first == "params") {
            steps.clear();
        }
        let placed = steps.into_iter().rev().fold(value, |inner, step| {
            let mut outer = Map::new();
            outer.insert(step, inner);
            Json::Object(outer)
        });
        merge(&mut all, placed).map_err(|at| format!("{name}: another file gives data{at} already"))?;
    }
    Ok(all)
}

/// Objects are merged, everything else may be given once; says where two differ.
fn merge(into: &mut Json, from: Json) -> Result<(), String> {
    match (into, from) {
        (Json::Object(into), Json::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(known) => merge(known, value).map_err(|at| format!(".{key}{at}"))?,
                    None => drop(into.insert(key, value)),
                }
            }
            Ok(())
        }
        (into, from) if *into == from => Ok(()),
        _ => Err(String::new()),
    }
}
