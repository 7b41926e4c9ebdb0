//! What Terraform itself makes of the expressions in `tests/golden/terraform`.
//!
//! The goldens are compared with our own evaluation by the unit tests. Here they are compared with
//! the real program, where it is installed and somebody asks for it:
//!
//! ```text
//! PROBITY_DIFFERENTIAL=1 cargo test --test terraform_expressions   # compare
//! UPDATE_GOLDEN=1 cargo test --test terraform_expressions          # write anew
//! ```
//! New expressions are added to the JSON files as `{"expr": "..."}`. Everything runs offline: the
//! one resource, `terraform_data`, is built into Terraform.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value as Json, json};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform").join(name)
}

fn read(name: &str) -> Vec<Map<String, Json>> {
    serde_json::from_str(&std::fs::read_to_string(golden(name)).unwrap()).unwrap()
}

/// One entry on a line, so that a change shows as one.
fn write(name: &str, entries: &[Map<String, Json>]) {
    let lines: Vec<String> = entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
    std::fs::write(golden(name), format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
}

/// Plans the configuration and gives the plan as JSON, or what Terraform complains of.
fn plan(configuration: &str) -> Result<Json, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), configuration).unwrap();
    let terraform = |args: &[&str]| {
        let output = Command::new("terraform").args(args).current_dir(folder.path()).output().unwrap();
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    };
    terraform(&["init", "-backend=false"])?;
    terraform(&["plan", "-out=plan"])?;
    Ok(serde_json::from_slice(&terraform(&["show", "-json", "plan"])?).unwrap())
}

/// The type and the exact JSON text of every value; or that it is an error.
fn evaluated(expressions: &[Map<String, Json>]) -> Vec<Map<String, Json>> {
    // What Terraform refuses before it evaluates anything would fail the whole plan.
    let early = |expr: &str| expr.starts_with("nosuchfunction");
    let mut configuration = String::new();
    for (at, entry) in expressions.iter().enumerate() {
        let expr = entry["expr"].as_str().unwrap();
        if early(expr) {
            continue;
        }
        // An infinite number is a value for a while, but nothing that a plan can hold.
        let value = format!("try([{expr}\n, jsonencode({expr}\n)], null)");
        writeln!(configuration, "output \"o_{at}\" {{\n  value = {value}\n  sensitive = true\n}}").unwrap();
    }
    let plan = plan(&configuration).unwrap();
    let outputs = &plan["planned_values"]["outputs"];
    let entry = |(at, entry): (usize, &Map<String, Json>)| {
        let mut entry = Map::from_iter([("expr".to_owned(), entry["expr"].clone())]);
        let output = &outputs[format!("o_{at}")];
        match (&output["type"][1][0], &output["value"][1]) {
            (of, Json::String(text)) => {
                entry.insert("type".to_owned(), of.clone());
                entry.insert("json".to_owned(), text.as_str().into());
            }
            _ => {
                entry.insert("error".to_owned(), true.into());
            }
        }
        entry
    };
    expressions.iter().enumerate().map(entry).collect()
}

/// What the plan shows of values that are unknown in part or as a whole.
fn planned(expressions: &[Map<String, Json>]) -> Vec<Map<String, Json>> {
    let mut configuration = std::fs::read_to_string(golden("unknowns.tf")).unwrap();
    for (at, entry) in expressions.iter().enumerate() {
        let expr = entry["expr"].as_str().unwrap();
        writeln!(configuration, "output \"o_{at}\" {{\n  value = {expr}\n  sensitive = true\n}}").unwrap();
    }
    let plan = plan(&configuration).unwrap();
    let entry = |(at, entry): (usize, &Map<String, Json>)| {
        let change = &plan["output_changes"][format!("o_{at}")];
        let mut entry = Map::from_iter([("expr".to_owned(), entry["expr"].clone())]);
        entry.insert("after".to_owned(), change["after"].clone());
        entry.insert("unknown".to_owned(), change["after_unknown"].clone());
        entry
    };
    expressions.iter().enumerate().map(entry).collect()
}

type Entry = Map<String, Json>;

fn check(name: &str, evaluate: fn(&[Entry]) -> Vec<Entry>) {
    let expressions = read(name);
    assert!(!expressions.is_empty());
    let (update, compare) = (std::env::var_os("UPDATE_GOLDEN"), std::env::var_os("PROBITY_DIFFERENTIAL"));
    if update.is_some() {
        write(name, &evaluate(&expressions));
    } else if compare.is_some() {
        let wrong: Vec<String> = expressions
            .iter()
            .zip(evaluate(&expressions))
            .filter(|(golden, real)| *golden != real)
            .map(|(golden, real)| json!({"golden": golden, "terraform": real}).to_string())
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn goldens_are_what_terraform_says() {
    check("expressions.json", evaluated);
}

#[test]
fn unknown_goldens_are_what_terraform_plans() {
    check("unknowns.json", planned);
}

#[test]
fn every_entry_says_what_it_expects() {
    let (known, unknown) = (read("expressions.json"), read("unknowns.json"));
    assert!(known.len() >= 350 && unknown.len() >= 60);
    assert!(known.iter().all(|entry| entry.contains_key("error") != entry.contains_key("json")));
    assert!(unknown.iter().all(|entry| entry.contains_key("unknown")));
}
