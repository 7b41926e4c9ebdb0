//! The whole path in a real terminal of 80x24: open the demo, filter, open a finding, see its commit,
//! waive it; then check with stock tools that the record is what it claims to be.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers of tests

#[path = "support/terminal.rs"]
mod terminal;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use portable_pty::CommandBuilder;
use terminal::Terminal;

const PROBITY: &str = env!("CARGO_BIN_EXE_probity");

/// Programs started here see this home and nothing of the user's.
fn isolated(home: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("HOME", home.display().to_string()),
        ("XDG_STATE_HOME", home.join("state").display().to_string()),
        ("XDG_CONFIG_HOME", home.join("config").display().to_string()),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ("GIT_CONFIG_GLOBAL", home.join("gitconfig").display().to_string()),
        ("TERM", "xterm-256color".to_owned()),
    ]
}

fn run(home: &Path, folder: &Path, program: &str, args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).envs(isolated(home)).env_remove("NO_COLOR");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn open(home: &Path, folder: &Path, rows: u16, cols: u16) -> Terminal {
    let mut command = CommandBuilder::new(PROBITY);
    command.cwd(folder);
    for (name, value) in isolated(home) {
        command.env(name, value);
    }
    Terminal::open(command, rows, cols)
}

#[test]
fn browse_trace_and_waive_in_80x24() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let built = run(home, home, PROBITY, &["demo", "--into", "harbor"], b"");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    assert!(text(&built).contains("open it in a terminal: probity harbor"), "{}", text(&built));
    let harbor = home.join("harbor");
    let before = text(&run(home, &harbor, "git", &["rev-parse", "HEAD"], b""));

    // Somebody's work, which must stay as it is.
    std::fs::write(harbor.join("staged.txt"), "staged").unwrap();
    assert!(run(home, &harbor, "git", &["add", "staged.txt"], b"").status.success());
    std::fs::write(harbor.join("untracked.txt"), "untracked").unwrap();

    let mut terminal = open(home, &harbor, 24, 80);
    terminal.wait_for("79 listed");
    terminal.press("/full_access\r");
    terminal.wait_for("1 of 79 listed");
    terminal.press("g");
    terminal.press("g");
    terminal.press("j");
    terminal.press("t");
    terminal.wait_for("Reattach AmazonSageMakerFullAccess");
    terminal.wait_for("introduced");
    terminal.press("w");
    terminal.wait_for("say why this is acceptable");
    terminal.press("Clarify needs it until the scoped policy is rolled out");
    terminal.wait_for("draft is valid");
    // The first shows the exact record where the screen is small, the second signs it.
    terminal.press("\x13");
    terminal.wait_for("probity: \"waiver/v1\"");
    terminal.press("\x13");
    terminal.wait_for("committed ");
    terminal.wait_for("active until ");
    terminal.press("q");
    assert!(terminal.wait_for_end());
    terminal.wait_for("1 waiver committed (wv-");

    // One commit that holds one record, and nothing of the other work.
    let stat = text(&run(home, &harbor, "git", &["show", "--name-status", "--format=%P", "HEAD"], b""));
    let lines: Vec<&str> = stat.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines[0], before.trim());
    assert_eq!(lines.len(), 2, "{stat}");
    let record = lines[1].strip_prefix("A\t").unwrap();
    assert!(record.starts_with(".probity/waivers/wv-"), "{record}");
    let status = text(&run(home, &harbor, "git", &["status", "--porcelain"], b""));
    assert_eq!(status, "A  staged.txt\n?? untracked.txt\n");

    // Stock tools accept the commit and the record's signature.
    let verified = run(home, &harbor, "git", &["verify-commit", "HEAD"], b"");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let blob = text(&run(home, &harbor, "git", &["cat-file", "blob", &format!("HEAD:{record}")], b""));
    let (payload, signature) = blob.split_once("---\n").unwrap();
    let armor: Vec<&str> = signature.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    let armor = format!("{}\n", armor.join("\n"));
    std::fs::write(home.join("s"), armor).unwrap();
    let signers = run(home, &harbor, PROBITY, &["trust", "export", "--allowed-signers"], b"");
    std::fs::write(home.join("allowed_signers"), &signers.stdout).unwrap();
    let verify = |payload: &[u8]| {
        let args = ["-Y", "verify", "-f", "allowed_signers", "-I", "mara@harbor.example"];
        let args = [&args[..], &["-n", "probity-waiver-v1", "-s", "s"]].concat();
        run(home, home, "ssh-keygen", &args, payload).status.success()
    };
    assert!(verify(payload.as_bytes()), "{blob}");
    assert!(!verify(payload.replace("rolled out", "rolled Out").as_bytes()));

    // A rerun shows it waived; one flipped byte makes it invalid, and the finding open again.
    let report = |args: &[&str]| -> serde_json::Value {
        let output = run(home, &harbor, PROBITY, &[&["check", "--format", "json"], args].concat(), b"");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(report(&[])["summary"]["waived"], 2);
    std::fs::write(harbor.join(record), blob.replace("rolled out", "rolled Out")).unwrap();
    let commit = ["-c", "commit.gpgsign=false", "commit", "-qm", "Tamper", "--", record];
    assert!(run(home, &harbor, "git", &commit, b"").status.success());
    let tampered = report(&[]);
    assert_eq!(tampered["summary"]["waived"], 1);
    let found: Vec<&str> =
        tampered["waivers"].as_array().unwrap().iter().map(|w| w["state"].as_str().unwrap()).collect();
    assert!(found.contains(&"invalid"), "{found:?}");
    assert_eq!(run(home, &harbor, PROBITY, &["waiver", "verify"], b"").status.code(), Some(3));
}

#[test]
fn too_small_says_so_and_quits_cleanly() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("empty");
    std::fs::create_dir(&folder).unwrap();
    assert!(run(home.path(), &folder, "git", &["init", "-q"], b"").status.success());
    let mut terminal = open(home.path(), &folder, 5, 20);
    terminal.wait_for("too small");
    terminal.press("q");
    assert!(terminal.wait_for_end());
    assert!(!terminal.screen.screen().alternate_screen(), "the terminal is given back");
}
