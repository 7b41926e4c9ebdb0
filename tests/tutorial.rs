//! The tutorial, task by task: its keys lead to what it says.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test may panic

#[path = "support/terminal.rs"]
mod terminal;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use portable_pty::CommandBuilder;
use terminal::Terminal;

/// What a reader does or sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Press,
    Type,
    See,
}

fn tutorial() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tutorial.md")).unwrap()
}

/// The tasks by number, each with its steps in order.
fn tasks(text: &str) -> Vec<(usize, Vec<(Verb, String)>)> {
    let mut tasks: Vec<(usize, Vec<(Verb, String)>)> = Vec::new();
    let mut verb = None;
    for line in text.lines() {
        let number = line.split_once(". ").and_then(|(number, _)| number.parse().ok());
        if let Some(number) = number {
            tasks.push((number, Vec::new()));
            verb = None;
        }
        let Some((_, steps)) = tasks.last_mut() else { continue };
        // Every second part stands between backticks.
        for (at, part) in line.split('`').enumerate() {
            if at % 2 == 1 {
                steps.extend(verb.map(|verb| (verb, part.to_owned())));
                continue;
            }
            for word in part.split_whitespace() {
                match word {
                    "Press" => verb = Some(Verb::Press),
                    "Type" => verb = Some(Verb::Type),
                    "See" => verb = Some(Verb::See),
                    _ => {}
                }
            }
        }
    }
    tasks
}

/// What a terminal sends for a key.
fn sent(key: &str) -> String {
    match key {
        "enter" => "\r".to_owned(),
        "tab" => "\t".to_owned(),
        "space" => " ".to_owned(),
        _ => match key.strip_prefix("ctrl-").and_then(|key| key.bytes().next()) {
            Some(key) => char::from(key & 0x1f).to_string(),
            None => key.to_owned(),
        },
    }
}

fn command(home: &Path) -> CommandBuilder {
    let editor = home.join("vi");
    std::fs::write(&editor, "#!/bin/sh\nexit 0\n").unwrap();
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_probity"));
    command.arg("demo");
    command.cwd(home);
    for (name, value) in [
        ("HOME", home.display().to_string()),
        ("XDG_STATE_HOME", home.join("state").display().to_string()),
        ("XDG_CONFIG_HOME", home.join("config").display().to_string()),
        ("XDG_DATA_HOME", home.join("data").display().to_string()),
        ("XDG_CACHE_HOME", home.join("cache").display().to_string()),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ("GIT_CONFIG_GLOBAL", home.join("gitconfig").display().to_string()),
        ("VISUAL", editor.display().to_string()),
    ] {
        command.env(name, value);
    }
    command
}

#[test]
fn every_task_can_be_done_as_it_is_written() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(command(home.path()), 24, 80);
    let tasks = tasks(&tutorial());
    assert_eq!(tasks.iter().map(|(number, _)| *number).collect::<Vec<_>>(), (1..=30).collect::<Vec<_>>());
    for (number, steps) in tasks {
        println!("task {number}");
        assert!(!steps.is_empty(), "task {number} does nothing");
        for (verb, what) in steps {
            match verb {
                Verb::Press => what.split(' ').for_each(|key| match key {
                    "esc" => terminal.escape(),
                    key => terminal.press(&sent(key)),
                }),
                Verb::Type => terminal.press(&what),
                Verb::See => terminal.wait_for(&what),
            }
        }
    }
    assert!(terminal.wait_for_end());
    // What the sitting left is the user's, and the repository is clean but for what was committed.
    let kept = |folder: &str| home.path().join(folder).read_dir().unwrap().count();
    assert_eq!((kept("state/probity/sittings"), kept("data/probity/evidence")), (1, 1));
}
