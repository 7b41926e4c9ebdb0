//! What a shell and a manual reader are given, and what `doctor` tells of a machine.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test may panic

mod support;

use std::path::Path;
use std::process::{Command, Stdio};

use support::Repo;

/// The commands that people type.
const COMMANDS: [&str; 13] = [
    "check",
    "trace",
    "history",
    "inventory",
    "waive",
    "waiver",
    "trust",
    "policy",
    "theme",
    "keys",
    "demo",
    "doctor",
    "man",
];

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// What a program says of a file, where it is installed.
fn says(program: &str, args: &[&str], file: &Path) -> Option<(bool, String)> {
    is_there(program).then(|| {
        let output = Command::new(program).args(args).arg(file).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    })
}

#[test]
fn every_shell_is_given_what_it_can_read() {
    let repo = Repo::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = repo.probity(&["completions", shell]).expect(0);
        assert_eq!(run.raw, repo.probity(&["completions", shell]).raw, "{shell}");
        for command in COMMANDS {
            assert!(run.out.contains(command), "{shell} completes {command}");
        }
        assert!(run.out.contains("fail-on"), "{shell} completes options");
        assert!(!run.out.contains("policy-worker"), "{shell}: nobody types that");
        let file = repo.outside().join(shell);
        std::fs::write(&file, &run.raw).unwrap();
        let known = ["bash", "zsh", "fish"].contains(&shell);
        if let Some((fine, said)) = known.then(|| says(shell, &["-n"], &file)).flatten() {
            assert!(fine && said.is_empty(), "{shell}: {said}");
        }
    }
    let why = repo.probity(&["completions", "csh"]).expect(2).err;
    assert!(why.contains("possible values: bash"), "{why}");
}

#[test]
fn bash_completes_a_command() {
    let repo = Repo::new();
    let file = repo.outside().join("probity.bash");
    std::fs::write(&file, repo.probity(&["completions", "bash"]).expect(0).raw).unwrap();
    let script = format!(
        "source {}; COMP_WORDS=(probity waiver re); COMP_CWORD=2; COMP_LINE='probity waiver re'; \
         _probity probity re waiver; echo \"${{COMPREPLY[*]}}\"",
        file.display()
    );
    if is_there("bash") {
        let output = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).trim(),
            "register reject renew revoke",
            "{output:?}"
        );
    }
}

#[test]
fn each_command_has_a_page_that_is_set_without_a_warning() {
    let repo = Repo::new();
    let folder = repo.outside().join("man1");
    let shown = folder.display().to_string();
    assert!(repo.probity(&["man", "--dir", &shown]).expect(0).raw.is_empty());
    let mut pages: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    pages.sort();
    for command in COMMANDS {
        assert!(pages.contains(&format!("probity-{command}.1")), "{command}: {pages:?}");
    }
    for page in ["probity.1", "probity-waiver-renew.1", "probity-policy-list.1", "probity-trust-init.1"] {
        assert!(pages.iter().any(|known| known == page), "{page}: {pages:?}");
    }
    assert!(!pages.iter().any(|page| page.contains("worker") || page.contains("help")), "{pages:?}");
    let first = std::fs::read_to_string(folder.join("probity.1")).unwrap();
    assert_eq!(repo.probity(&["man"]).expect(0).out, first);
    for section in ["NAME", "SYNOPSIS", "SUBCOMMANDS", "EXIT STATUS", "KEYS", "FILES", "ENVIRONMENT"] {
        assert!(
            first.contains(&format!(".SH {section}")) || first.contains(&format!(".SH \"{section}\"")),
            "{section}"
        );
    }
    for page in &pages {
        let file = folder.join(page);
        if let Some((fine, said)) = says("groff", &["-man", "-Tutf8", "-ww", "-z"], &file) {
            assert!(fine && said.is_empty(), "{page}: {said}");
        }
        if let Some((fine, said)) = says("mandoc", &["-T", "lint", "-W", "error"], &file) {
            assert!(fine, "{page}: {said}");
        }
    }
    // The keys that the screen knows are those of the page, in its own columns.
    let keys = repo.probity(&["keys"]).expect(0).out;
    let plain: String =
        first.replace("\\-", "-").replace("\\&", "").replace("\\*(Aq", "'").replace("\\\\", "\\");
    for line in keys.lines().filter(|line| !line.is_empty() && !line.contains('\\')) {
        assert!(plain.lines().any(|known| known == line), "{line}");
    }
}

fn state<'r>(lines: &'r serde_json::Value, area: &str, what: &str) -> Vec<(&'r str, &'r str)> {
    let lines = lines["lines"].as_array().unwrap().iter();
    let found = lines.filter(|line| line["area"] == area && line["what"] == what);
    found.map(|line| (line["state"].as_str().unwrap(), line["says"].as_str().unwrap())).collect()
}

#[test]
fn doctor_tells_what_is_there() {
    let repo = Repo::new();
    repo.put("a.tf", "");
    repo.write(".probity/config.yaml", "params:\n  max_exposure_day: 3\n");
    let run = repo.probity(&["doctor", "--format", "json"]).expect(1);
    let told = run.json();
    assert_eq!((told["schema"].as_str(), told["problems"].as_u64()), (Some("probity.doctor/v1"), Some(1)));
    let (state_of, says) = state(&told, "repository", "declarations")[0];
    assert_eq!(state_of, "problem");
    assert!(says.starts_with(".probity/config.yaml:2: "), "{says}");
    assert_eq!(state(&told, "repository", "audited"), [("ok", "the work tree, which differs from HEAD")]);
    assert_eq!(state(&told, "signing", "key")[0].0, "note");
    assert_eq!(state(&told, "trust", "root")[0].0, "note");
    assert!(state(&told, "programs", "libgit2")[0].1.starts_with("1."));
    repo.write(".probity/config.yaml", "params: {}\n");
    let text = repo.probity(&["doctor"]).expect(0).out;
    assert!(text.ends_with("\nno problem\n"), "{text}");
    assert!(text.contains("  ok       declarations   .probity/config.yaml\n"), "{text}");
}

#[test]
fn doctor_runs_nothing_and_escapes_what_it_shows() {
    let repo = Repo::new();
    repo.put("a.tf", "");
    let mark = repo.outside().join("ran");
    let program = repo.outside().join("evil.sh");
    std::fs::write(&program, format!("#!/bin/sh\ntouch {}\n", mark.display())).unwrap();
    Command::new("chmod").arg("+x").arg(&program).status().unwrap();
    let evil = program.display().to_string();
    for name in
        ["gpg.ssh.program", "gpg.program", "core.fsmonitor", "core.editor", "core.pager", "core.sshCommand"]
    {
        repo.git(&["config", name, &evil]);
    }
    repo.git(&["config", "user.signingKey", "/x\u{1b}[31m\u{202e}y"]);
    repo.git(&["config", "gpg.format", "ssh"]);
    let run = repo.probity(&["doctor"]).expect(1);
    assert!(!mark.exists(), "a program of the repository was run");
    assert!(!run.out.contains('\u{1b}') && !run.out.contains('\u{202e}'), "{}", run.out);
    assert!(run.out.contains("the repository's own setting gpg.ssh.program is ignored"), "{}", run.out);
    let nowhere = repo.outside().join("home");
    let told = repo.probity_in(&nowhere, &["doctor"]).expect(1).out;
    assert!(told.contains("PROBLEM  audit"), "{told}");
}
