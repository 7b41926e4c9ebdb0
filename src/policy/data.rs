//! Data files, placed as OPA places them: `limits.yaml` in folder `a/b` of a path that was given is merged into
//! `data.a.b`, a file that was given itself into `data`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::files::read_files;

/// The data of some files and folders.
///
/// # Errors
/// One cannot be read, or two give different values for the same name.
pub fn load_data(paths: &[PathBuf]) -> Result<Json, String> {
    let mut all = Json::Object(Map::new());
    for path in paths {
        for (name, text) in texts(path)? {
            add(&mut all, path, &name, &text)?;
        }
    }
    Ok(all)
}

/// The data in a folder of policies, and why files were left out. There manifests and examples may lie that are no
/// data; `data.json` and `data.yaml` must be. Probity's own parameters, in a folder `params`, are merged at the
/// root, as for audits.
///
/// # Errors
/// A file that must be data is none, or cannot be read.
pub(super) fn beside_policies(folder: &Path) -> Result<(Json, Vec<String>), String> {
    let (mut all, mut left_out) = (Json::Object(Map::new()), Vec::new());
    if !folder.is_dir() {
        return Ok((all, left_out));
    }
    for (name, text) in texts(folder)? {
        let params = folder.join("params");
        let from = if Path::new(&name).starts_with(&params) { params.as_path() } else { folder };
        // What fits in part is no data, either.
        let mut with = all.clone();
        match add(&mut with, from, &name, &text) {
            Ok(()) => all = with,
            Err(reason)
                if from != folder || Path::new(&name).file_stem().is_some_and(|stem| stem == "data") =>
            {
                return Err(reason);
            }
            Err(reason) => left_out.push(reason),
        }
    }
    Ok((all, left_out))
}

/// What is missing in one object and stands in another.
pub(super) fn fill(into: &mut Json, from: &Json) {
    if let (Json::Object(into), Json::Object(from)) = (into, from) {
        for (key, value) in from {
            fill(into.entry(key.clone()).or_insert_with(|| value.clone()), value);
        }
    }
}

fn texts(path: &Path) -> Result<Vec<(String, String)>, String> {
    let mut files = Vec::new();
    read_files(path, &["json", "yaml", "yml"], &mut files)?;
    Ok(files)
}

fn add(all: &mut Json, from: &Path, name: &str, text: &str) -> Result<(), String> {
    let value: Json = if Path::new(name).extension().is_some_and(|ending| ending == "json") {
        serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?
    } else {
        // Several documents in one file are manifests of something, no data.
        serde_yaml::from_str(text).map_err(|error| format!("{name}: {error}"))?
    };
    if !value.is_object() {
        return Err(format!("{name}: data must be an object"));
    }
    let folder = Path::new(name).strip_prefix(from).ok().and_then(Path::parent);
    let steps = folder.into_iter().flat_map(Path::components);
    let placed = steps.rev().fold(value, |inner, step| {
        Json::Object(Map::from_iter([(step.as_os_str().to_string_lossy().into_owned(), inner)]))
    });
    merge(all, placed).map_err(|at| format!("{name}: another file gives data{at} already"))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_stand_where_opa_puts_them() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        put("a/b/limits.yaml", "max: 3\n");
        put("a/b/more.json", "{\"min\": 1}");
        put("params/own.yaml", "probity: {params: {x: 1}}\n");
        let own = json!({"probity": {"params": {"x": 1}}});
        let placed = json!({"a": {"b": {"max": 3, "min": 1}}});
        let mut all = placed.clone();
        fill(&mut all, &json!({"params": own}));
        assert_eq!(load_data(&[folder.path().to_owned()]).unwrap(), all);
        assert_eq!(load_data(&[folder.path().join("a/b/limits.yaml")]).unwrap(), json!({"max": 3}));

        put("a/examples/b.yaml", "max: 4\n---\nmax: 5\n");
        put("a/b.json", "{\"b\": {\"max\": 4, \"mean\": 2}}");
        let (found, left_out) = beside_policies(folder.path()).unwrap();
        assert_eq!(found["a"]["b"], json!({"max": 4, "mean": 2, "min": 1}));
        assert_eq!(found["probity"], own["probity"]);
        assert_eq!(left_out.len(), 2, "{left_out:?}");
        let wrong = load_data(&[folder.path().join("a")]).unwrap_err();
        assert!(wrong.contains("limits.yaml") || wrong.contains("b.yaml"), "{wrong}");
        put("a/data.json", "[1]");
        assert!(beside_policies(folder.path()).unwrap_err().contains("must be an object"));
    }
}
