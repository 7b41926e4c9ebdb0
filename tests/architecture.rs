//! Holds the arrows between the rooms, as the crate documentation draws them.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::path::{Path, PathBuf};

/// Each room and what it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("text", &["model"]),
    ("source", &["model", "text"]),
    ("facts", &["source", "model"]),
    ("policy", &["facts", "source", "model"]),
    ("git", &["model"]),
    ("waiver", &["model", "git"]),
    ("audit", &["model", "text", "source", "facts", "policy", "git", "waiver"]),
    ("report", &["model", "text", "audit"]),
    ("theme", &["model"]),
    ("tui", &["model", "text", "theme"]),
    (
        "cli",
        &["audit", "facts", "git", "model", "policy", "report", "source", "text", "theme", "tui", "waiver"],
    ),
];

/// Third-party crates that only one room may know.
const KEPT: &[(&str, &[&str])] = &[
    ("git2", &["git"]),
    ("regorus", &["policy"]),
    ("granit_parser", &["source"]),
    ("tree_sitter", &["source"]),
    ("tree_sitter_python", &["source"]),
    ("ratatui", &["tui", "theme", "text"]),
    ("crossterm", &["tui"]),
    ("fuzzy_matcher", &["tui"]),
    ("ssh_key", &["waiver"]),
    ("ring", &["waiver"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Does a path start with this library's name? `String::` is not of `ring`.
fn has_path(line: &str, library: &str) -> bool {
    line.match_indices(&format!("{library}::"))
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Names that follow `prefix` as a path segment, outside comments.
fn mentions(text: &str, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices(prefix) {
            let rest = &line[at + prefix.len()..];
            if let Some(group) = rest.strip_prefix('{') {
                let names = group.split(['{', '}', ',']).map(str::trim).filter(|name| !name.is_empty());
                found.extend(names.map(|name| name.split("::").next().unwrap().to_owned()));
            } else {
                found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            }
        }
    }
    found
}

#[test]
fn rooms_import_only_what_they_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (room, allowed) in ROOMS {
        let mut files = Vec::new();
        sources(&root.join(room), &mut files);
        assert!(!files.is_empty(), "room {room} has no files");
        for file in files {
            let name = file.strip_prefix(&root).unwrap().display().to_string();
            // Tests may reach across rooms to make their values.
            let tests = name.contains("/tests");
            let text = std::fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for used in mentions(code, "crate::") {
                let known = ROOMS.iter().any(|(other, _)| *other == used);
                if known && used != *room && !allowed.contains(&used.as_str()) && !tests {
                    wrong.push(format!("{name} imports {used}"));
                }
            }
            for (library, rooms) in KEPT {
                let used =
                    code.lines().any(|line| !line.trim_start().starts_with("//") && has_path(line, library));
                if used && !rooms.contains(room) && !tests {
                    wrong.push(format!("{name} uses {library}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that the crate documentation does not draw:\n{}", wrong.join("\n"));
}

#[test]
fn the_screen_is_pure_outside_its_worker() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        let pure = name.starts_with("update") || name.starts_with("view") || name == "state.rs";
        let text = std::fs::read_to_string(&file).unwrap();
        for forbidden in ["std::fs", "std::thread", "std::process", "Instant::now", "SystemTime"] {
            assert!(!pure || !text.contains(forbidden), "{name} uses {forbidden}");
        }
    }
}

#[test]
fn only_writers_print() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        let text = std::fs::read_to_string(&file).unwrap();
        let prints = text.contains("println!(") || text.contains("print!(");
        let may = name.starts_with("cli") || name == "tui/terminal.rs" || name.contains("test");
        assert!(!prints || may, "{name} prints; only cli may");
    }
}
