//! The page on checking waivers by hand: every command block of it is run, and must print what the page says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod waiver_common;

use std::process::Command;

use waiver_common::World;

const HEADING: &str = "## Check a waiver with git and ssh-keygen alone\n";
const MARK: &str = "=== block ===";

/// The section's command blocks, each with what it should print.
fn blocks() -> Vec<(String, Option<String>)> {
    let page = std::fs::read_to_string(format!("{}/docs/waivers.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (_, section) = page.split_once(HEADING).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut blocks: Vec<(String, Option<String>)> = Vec::new();
    for fenced in section.split("```").skip(1).step_by(2) {
        let (language, text) = fenced.split_once('\n').unwrap();
        match language {
            "sh" => blocks.push((text.to_owned(), None)),
            "text" => blocks.last_mut().unwrap().1 = Some(text.to_owned()),
            other => panic!("a block of {other}"),
        }
    }
    blocks
}

/// Is this what the page says? `...` stands for anything.
fn fits(printed: &str, expected: &str) -> bool {
    let mut rest = printed.trim_end();
    let mut parts = expected.trim_end().split("...");
    let Some(after) = parts.next().and_then(|first| rest.strip_prefix(first)) else { return false };
    rest = after;
    for part in parts {
        let part = part.trim_start_matches('\n');
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || expected.trim_end().ends_with("...")
}

/// Runs shell commands in the repository as somebody whose home is the world's.
fn run(world: &World, script: &str) -> (bool, String) {
    let home = world.root().join("home");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_probity")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\nset -eu\n{script}")])
        .current_dir(&world.repo)
        .env_clear()
        .env("PATH", path)
        .env("HOME", &home)
        .env("XDG_STATE_HOME", home.join("state"))
        .env("GIT_CONFIG_GLOBAL", home.join("gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    // ssh-keygen ends its complaints with CR and LF, as for a raw terminal.
    (output.status.success(), String::from_utf8(output.stdout).unwrap().replace('\r', ""))
}

#[test]
fn the_page_on_checking_by_hand_can_be_followed() {
    let world = World::trusted();
    world.git(&["config", "commit.gpgsign", "true"]);
    let receipt = world.waive().unwrap();
    let blocks = blocks();
    assert!(blocks.len() >= 6, "{blocks:?}");
    let script: String = blocks.iter().flat_map(|(commands, _)| [commands, "echo '", MARK, "'\n"]).collect();
    let (good, printed) = run(&world, &script);
    assert!(good, "{printed}");
    let printed: Vec<&str> = printed.split(&format!("{MARK}\n")).collect();
    for ((commands, expected), printed) in blocks.iter().zip(&printed) {
        let expected = expected.as_deref().unwrap_or_default();
        assert!(fits(printed, expected), "{commands}\n--- printed\n{printed}\n--- the page says\n{expected}");
    }
    // The name that follows from the content is the record's, and the trust data's digest is the one in the record.
    let lines = |wanted: &str| -> Vec<&str> {
        let found = blocks.iter().zip(&printed).find(|((commands, _), _)| commands.contains(wanted));
        found.unwrap().1.lines().collect()
    };
    assert_eq!(lines("basenc"), [&receipt.waiver_id; 2]);
    let trust = lines("sha256sum trust");
    let digest = trust.first().unwrap().split(' ').next().unwrap();
    assert_eq!(trust.get(1).copied(), Some(format!("\"sha256:{digest}\"").as_str()));
}

/// What is shown of a tampered record is what becomes of it when it is committed, too.
#[test]
fn a_tampered_record_is_refused_by_both() {
    let world = World::trusted();
    let receipt = world.waive().unwrap();
    let path = &receipt.record_path;
    let text = std::fs::read_to_string(world.repo.join(path)).unwrap();
    world.write(path, &text.replace("expires_at: \"2027", "expires_at: \"2099"));
    world.git(&["commit", "-qam", "Tamper", "--no-gpg-sign"]);
    let commands: String = blocks().into_iter().take(2).map(|(commands, _)| commands).collect();
    let (good, printed) = run(&world, &commands);
    assert!(!good && printed.contains("Could not verify signature."), "{printed}");
    assert!(world.register().invalid.iter().any(|invalid| invalid.path == *path));
}
