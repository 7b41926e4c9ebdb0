//! `dvc.lock`: which tracked files it names, and what they hold.
//!
//! A lock's paths are relative to the folder that its stage works in, which only `dvc.yaml` tells.
//! <https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#dvclock-file>

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::surroundings::Blob;
use crate::model::path::{folder, join};
use crate::source::{Document, Kind, Node};

/// The files in the repository that locks name, whether they exist or not.
pub fn locked_files(documents: &[Arc<Document>]) -> Vec<String> {
    let by_path: BTreeMap<&str, &Document> =
        documents.iter().map(|document| (document.path.as_str(), &**document)).collect();
    let locks = documents.iter().filter(|document| document.kind == Kind::DvcLock);
    let mut files: Vec<String> = locks.flat_map(|lock| named(lock, &by_path)).map(|(_, file)| file).collect();
    files.sort();
    files.dedup();
    files
}

/// What is known of the files that one lock names, by the path as the lock writes it. `null` where the
/// file is too large, or where two stages mean two files by one path.
pub fn blobs(
    lock: &Document,
    by_path: &BTreeMap<&str, &Document>,
    known: &BTreeMap<String, Option<Blob>>,
) -> Json {
    let mut found: Map<String, Json> = Map::new();
    for (written, file) in named(lock, by_path) {
        let Some(blob) = known.get(&file) else { continue };
        let json = blob.as_ref().map_or(Json::Null, |blob| {
            let mut json = json!({"md5": blob.md5, "size": blob.size});
            if let (Some(map), Some(text)) = (json.as_object_mut(), &blob.md5_of_text) {
                map.insert("md5_of_text".to_owned(), json!(text));
            }
            json
        });
        let before = found.insert(written.clone(), json.clone());
        if before.is_some_and(|before| before != json) {
            found.insert(written, Json::Null);
        }
    }
    Json::Object(found)
}

/// Paths as they are written, and the files that they mean.
fn named<'d>(
    lock: &'d Document,
    by_path: &'d BTreeMap<&str, &Document>,
) -> impl Iterator<Item = (String, String)> + 'd {
    let base = folder(&lock.path);
    let pipeline = join(base, "dvc.yaml").and_then(|path| by_path.get(path.as_str()).copied());
    let stages = lock.values.iter().filter_map(|node| node.get("stages")).flat_map(Node::entries);
    stages.flat_map(move |stage| {
        // `train@eu` was made from `train`.
        let name = stage.key.split('@').next().unwrap_or(&stage.key);
        let declared = pipeline.into_iter().flat_map(|pipeline| &pipeline.values);
        let declared = { declared }.find_map(|node| node.get("stages")?.get(name));
        let declared = declared.map(|stage| stage.get("do").unwrap_or(stage));
        let place = declared.and_then(|stage| stage.get("wdir")).and_then(Node::as_str).unwrap_or("");
        let place = join(base, place);
        let items = ["deps", "outs"].into_iter().filter_map(|key| stage.node.get(key)).flat_map(Node::items);
        items.filter_map(move |item| {
            let written = item.get("path")?.as_str()?;
            Some((written.to_owned(), join(place.as_deref()?, written)?))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::read;

    fn documents(files: &[(&str, &str)]) -> Vec<Arc<Document>> {
        let read = |(path, text): &(&str, &str)| {
            read(path, Kind::of_path(path).unwrap(), (*text).into(), false).document.map(Arc::new)
        };
        files.iter().filter_map(read).collect()
    }

    const LOCK: &str = "schema: '2.0'\nstages:\n  train:\n    cmd: x\n    deps:\n    - {path: ../data/raw.csv, md5: aa}\n    outs:\n    - {path: model.pkl, md5: bb}\n  other:\n    cmd: y\n    deps:\n    - {path: model.pkl, md5: cc}\n";

    #[test]
    fn paths_are_relative_to_the_stage_s_folder() {
        let yaml = "stages:\n  train: {cmd: x, wdir: src}\n";
        let found = locked_files(&documents(&[("p/dvc.yaml", yaml), ("p/dvc.lock", LOCK)]));
        assert_eq!(found, ["p/data/raw.csv", "p/model.pkl", "p/src/model.pkl"]);
        let found = locked_files(&documents(&[("p/dvc.lock", LOCK)]));
        assert_eq!(found, ["data/raw.csv", "p/model.pkl"], "without a dvc.yaml they lie in its own folder");
    }

    #[test]
    fn what_nobody_can_tell_is_null() {
        let blob = |md5: &str| Some(Blob { md5: md5.to_owned(), md5_of_text: None, size: 3 });
        let known = BTreeMap::from([
            ("p/data/raw.csv".to_owned(), blob("aa")),
            ("p/model.pkl".to_owned(), None),
            ("p/src/model.pkl".to_owned(), blob("dd")),
        ]);
        let yaml = "stages:\n  train: {cmd: x, wdir: src}\n";
        let documents = documents(&[("p/dvc.yaml", yaml), ("p/dvc.lock", LOCK)]);
        let by_path = documents.iter().map(|document| (document.path.as_str(), &**document)).collect();
        let found = blobs(&documents[1], &by_path, &known);
        assert_eq!(
            found,
            json!({"../data/raw.csv": {"md5": "aa", "size": 3}, "model.pkl": null}),
            "one path, two files"
        );
        let found = blobs(&documents[1], &by_path, &BTreeMap::new());
        assert_eq!(found, json!({}), "what git does not track is not there");
    }
}
