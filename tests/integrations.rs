//! The files that plug Probity into other systems: what they call exists, and no input of theirs is ever a command.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_yaml::Value;
use support::{OPEN, Repo, notebook};

fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Long options of a command.
fn options(repo: &Repo, command: &[&str]) -> BTreeSet<String> {
    let help = repo.probity(&[command, &["--help"]].concat()).expect(0).out;
    flags(&help).collect()
}

fn flags(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !(c.is_ascii_lowercase() || c == '-'))
        .filter(|word| word.len() > 2 && word.starts_with("--") && word.as_bytes()[2].is_ascii_lowercase())
        .map(str::to_owned)
}

/// Every `run` and `script` of a document.
fn scripts(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Mapping(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    (Some("run"), Value::String(script)) => out.push(script.clone()),
                    (Some("script"), Value::Sequence(lines)) => {
                        out.extend(lines.iter().map(|line| line.as_str().unwrap().to_owned()));
                    }
                    _ => scripts(value, out),
                }
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| scripts(item, out)),
        _ => {}
    }
}

#[test]
fn no_script_has_an_expression_in_it_and_every_option_exists() {
    let repo = Repo::new();
    let known: BTreeSet<String> = [&["check"][..], &["fleet", "run"], &["fleet", "merge"]]
        .iter()
        .flat_map(|command| options(&repo, command))
        .chain(["--locked", "--path", "--root"].map(str::to_owned))
        .collect();
    for path in ["action.yml", "integrations/gitlab/probity.gitlab-ci.yml", "integrations/github/fleet.yml"] {
        let mut found = Vec::new();
        scripts(&yaml(path), &mut found);
        assert!(!found.is_empty(), "{path}");
        for script in found {
            assert!(!script.contains("${{"), "{path}: an expression in a script is a command: {script}");
            for flag in flags(&script) {
                assert!(known.contains(&flag), "{path}: {flag}");
            }
        }
    }
    let job = yaml("integrations/kubernetes/fleet-job.yaml");
    let pod = &job["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let arguments: Vec<&str> =
        container["args"].as_sequence().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
    for argument in arguments.iter().filter(|argument| argument.starts_with("--")) {
        assert!(known.contains(argument.split('=').next().unwrap()), "{argument}");
    }
    let total =
        container["env"].as_sequence().unwrap().iter().find(|e| e["name"] == "JOB_COMPLETIONS").unwrap();
    assert_eq!(total["value"].as_str().unwrap(), job["spec"]["completions"].as_u64().unwrap().to_string());
    let hooks = yaml(".pre-commit-hooks.yaml");
    for hook in hooks.as_sequence().unwrap() {
        assert_eq!(hook["entry"], "probity check --staged --base HEAD");
        assert_eq!(hook["pass_filenames"], false);
    }
    assert!(options(&repo, &["check"]).contains("--staged"));
}

#[test]
fn the_action_passes_its_inputs_on_and_runs_none_of_them() {
    let action = yaml("action.yml");
    let inputs: BTreeSet<&str> =
        action["inputs"].as_mapping().unwrap().keys().map(|key| key.as_str().unwrap()).collect();
    let steps = action["runs"]["steps"].as_sequence().unwrap();
    let used: BTreeSet<String> = text("action.yml")
        .match_indices("inputs.")
        .map(|(at, _)| {
            let rest = &text("action.yml")[at + "inputs.".len()..];
            rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect()
        })
        .collect();
    assert_eq!(
        used,
        inputs.iter().map(|name| (*name).to_owned()).collect(),
        "every input is used, and no other"
    );

    let repo = Repo::new();
    repo.put("README.md", "# lab\n");
    repo.put("main.tf", notebook("lab", OPEN));
    let audit = steps.iter().find(|step| step["name"] == "Audit").unwrap();
    let script = audit["run"].as_str().unwrap();
    let folder = Path::new(env!("CARGO_BIN_EXE_probity")).parent().unwrap().display().to_string();
    let run = |given: &[(&str, &str)]| {
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(&repo.path)
            .env_clear();
        command.envs(repo.environment());
        command.env("PATH", format!("{folder}:/usr/bin:/bin"));
        for name in audit["env"].as_mapping().unwrap().keys() {
            command.env(name.as_str().unwrap(), "");
        }
        command.env("IN_PATH", ".").env("IN_FAIL_ON", "low");
        command.envs(given.iter().copied());
        command.output().unwrap()
    };
    let found = run(&[("IN_ONLY", "PB-NET-001 PB-DATA"), ("IN_SARIF", "out.sarif")]);
    assert_eq!(found.status.code(), Some(1), "{}", String::from_utf8_lossy(&found.stderr));
    assert!(String::from_utf8_lossy(&found.stdout).contains("::error file=main.tf"));
    assert!(repo.path.join("out.sarif").exists());
    assert_eq!(run(&[("IN_ONLY", "PB-NET-001"), ("IN_BASE", "HEAD")]).status.code(), Some(0));
    for input in ["IN_BASE", "IN_ONLY", "IN_PATH", "IN_TRUST_REF", "IN_SARIF", "IN_FAIL_ON"] {
        let _ = run(&[(input, "$(touch pwned) `touch pwned`; touch pwned\n--output=pwned")]);
        assert!(!repo.path.join("pwned").exists(), "{input}");
    }
}
