//! Small configurations, evaluated as `terraform plan` evaluates them.
//!
//! Each folder of `tests/golden/terraform/configurations` is a configuration that needs no provider.
//! `UPDATE_GOLDEN=1` plans it with the real program and keeps what the plan says in `expected.json`;
//! without that, nothing but these files is needed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // a test may panic

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use probity::facts::terraform::configuration;
use probity::facts::terraform::value::{Value, to_json};
use probity::source::{Document, Kind, read};
use serde_json::{Value as Json, json};

const UNKNOWN: &str = "<unknown>";

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform/configurations");
    let mut folders: Vec<_> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.file_name().is_some_and(|name| name != "expected.json") {
            found.push(path);
        }
    }
}

fn documents(folder: &Path) -> Vec<Arc<Document>> {
    let mut found = Vec::new();
    files(folder, &mut found);
    let documents = found.into_iter().filter_map(|path| {
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        let kind = Kind::of_path(&name)?;
        let reading = read(&name, kind, std::fs::read(&path).unwrap(), false);
        assert!(reading.unparsed.is_none(), "{name}: {:?}", reading.unparsed);
        reading.document.map(Arc::new)
    });
    documents.collect()
}

/// What Probity says of a configuration.
fn evaluated(folder: &Path) -> Json {
    let found = configuration(&documents(folder)).into_iter().find(|found| found.root == ".").unwrap();
    let all = |values: &BTreeMap<String, Value>| -> BTreeMap<String, Json> {
        values.iter().map(|(name, value)| (name.clone(), marked(value))).collect()
    };
    json!({"outputs": all(&found.outputs), "resources": all(&found.resources)})
}

fn marked(value: &Value) -> Json {
    if value.is_unknown() {
        return json!(UNKNOWN);
    }
    if let Some(entries) = value.entries() {
        return entries.iter().map(|(key, value)| (key.to_string(), marked(value))).collect();
    }
    value.items().map_or_else(|| to_json(value).unwrap(), |items| items.iter().map(marked).collect())
}

/// What Terraform plans.
fn planned(folder: &Path) -> Json {
    let copy = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    files(folder, &mut found);
    for path in found {
        let to = copy.path().join(path.strip_prefix(folder).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(path, to).unwrap();
    }
    let run = |args: &[&str]| {
        let mut command = Command::new("terraform");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TF_")) {
            command.env_remove(name);
        }
        let command = command.env("TF_CLI_CONFIG_FILE", "/dev/null").env("CHECKPOINT_DISABLE", "1");
        let output = command.current_dir(copy.path()).args(args).output().expect("terraform is installed");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: terraform {args:?}\n{error}", folder.display());
        output.stdout
    };
    run(&["init", "-backend=false", "-input=false", "-no-color"]);
    run(&["plan", "-out=plan", "-input=false", "-no-color"]);
    let plan: Json = serde_json::from_slice(&run(&["show", "-json", "plan"])).unwrap();
    let outputs: BTreeMap<&String, Json> = plan["output_changes"]
        .as_object()
        .map(|outputs| outputs.iter().map(|(name, change)| (name, merged(change))).collect())
        .unwrap_or_default();
    let resources: BTreeMap<&str, Json> = plan["resource_changes"]
        .as_array()
        .map(|changes| {
            let change = |change: &Json| merged(&change["change"]);
            changes.iter().map(|c| (c["address"].as_str().unwrap(), change(c))).collect()
        })
        .unwrap_or_default();
    json!({"outputs": outputs, "resources": resources})
}

fn merged(change: &Json) -> Json {
    with_unknowns(&change["after"], &change["after_unknown"])
}

fn with_unknowns(after: &Json, unknown: &Json) -> Json {
    match (after, unknown) {
        (_, Json::Bool(true)) => json!(UNKNOWN),
        (Json::Object(after), Json::Object(unknown)) => {
            let keys = after.keys().chain(unknown.keys());
            keys.map(|key| {
                let part = |map: &serde_json::Map<String, Json>| map.get(key).cloned().unwrap_or(Json::Null);
                (key.clone(), with_unknowns(&part(after), &part(unknown)))
            })
            .collect()
        }
        (Json::Array(after), Json::Array(unknown)) => {
            let flags = unknown.iter().chain(std::iter::repeat(&Json::Null));
            after.iter().zip(flags).map(|(after, unknown)| with_unknowns(after, unknown)).collect()
        }
        _ => after.clone(),
    }
}

#[test]
fn configurations_mean_what_terraform_plans() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let folders = folders();
    assert!(folders.len() >= 30, "{} configurations", folders.len());
    let mut wrong = Vec::new();
    for folder in folders {
        let golden = folder.join("expected.json");
        if update {
            let text = serde_json::to_string_pretty(&planned(&folder)).unwrap() + "\n";
            std::fs::write(&golden, text).unwrap();
        }
        let expected: Json = serde_json::from_slice(&std::fs::read(&golden).unwrap()).unwrap();
        let found = evaluated(&folder);
        differences(&expected, &found, folder.file_name().unwrap().to_str().unwrap(), &mut wrong);
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

fn differences(expected: &Json, found: &Json, at: &str, wrong: &mut Vec<String>) {
    match (expected, found) {
        (Json::Object(expected), Json::Object(found)) => {
            let mut keys: Vec<_> = expected.keys().chain(found.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let missing = json!("<missing>");
                let part = |map: &serde_json::Map<String, Json>| map.get(key).unwrap_or(&missing).clone();
                differences(&part(expected), &part(found), &format!("{at} / {key}"), wrong);
            }
        }
        (Json::Array(expected), Json::Array(found)) if expected.len() == found.len() => {
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                differences(expected, found, &format!("{at} / {index}"), wrong);
            }
        }
        // The plan writes more digits than JSON's readers agree on.
        (Json::Number(expected), Json::Number(found))
            if (expected.as_f64().unwrap() - found.as_f64().unwrap()).abs()
                <= expected.as_f64().unwrap().abs() * 1e-15 => {}
        _ if expected == found => {}
        _ => wrong.push(format!("{at}: terraform {expected}, here {found}")),
    }
}
