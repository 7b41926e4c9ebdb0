//! The handbook: its command blocks are run in their order, and print what it says.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

use std::path::Path;
use std::process::Command;

const MARK: &str = "=== block ===";

/// The command blocks, each with what it should print.
fn blocks(page: &str) -> Vec<(String, Option<String>)> {
    let mut blocks: Vec<(String, Option<String>)> = Vec::new();
    for fenced in page.split("```").skip(1).step_by(2) {
        let (language, text) = fenced.split_once('\n').unwrap();
        match language {
            "sh" => blocks.push((text.to_owned(), None)),
            "text" => blocks.last_mut().unwrap().1 = Some(text.to_owned()),
            other => panic!("a block of {other}"),
        }
    }
    blocks
}

/// Is this what the page says? `...` stands for anything, over lines too.
fn fits(printed: &str, expected: &str) -> bool {
    let (mut rest, expected) = (printed.trim_end(), expected.trim_end());
    let mut parts = expected.split("...");
    let Some(after) = parts.next().and_then(|first| rest.strip_prefix(first)) else { return false };
    rest = after;
    for part in parts {
        let part = part.trim_start_matches('\n');
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || expected.ends_with("...")
}

#[test]
fn every_block_does_what_the_page_says() {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/handbook.md")).unwrap();
    let blocks = blocks(&page);
    assert!(blocks.len() >= 9, "{}", blocks.len());
    let home = tempfile::tempdir().unwrap();
    let work = home.path().join("work");
    std::fs::create_dir(&work).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_probity")).parent().unwrap();
    let scripts: Vec<String> =
        blocks.iter().map(|(script, _)| format!("(\n{script})\necho\necho '{MARK}'\n")).collect();
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-c", &format!("set -eu\n{}", scripts.concat())])
        .current_dir(&work)
        .env_clear()
        .env("PATH", format!("{}:{}", program.display(), std::env::var("PATH").unwrap()))
        .env("HOME", home.path())
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_GLOBAL", home.path().join("gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let mark = format!("{MARK}\n");
    let mut parts = printed.split(&mark);
    for (script, expected) in &blocks {
        let part = parts.next().unwrap_or_default();
        println!("{script}---\n{part}");
        if let Some(expected) = expected {
            assert!(fits(part, expected), "{script}\nprinted\n{part}\nbut the page says\n{expected}");
        }
    }
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
}
