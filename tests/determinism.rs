//! The same files give the same bytes: in another folder, committed in another order, on one thread or several.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

mod support;

use std::process::Command;

use support::{OPEN, Repo, notebook};

const FORMATS: [&str; 9] =
    ["text", "json", "sarif", "junit", "github", "gitlab", "markdown", "oscal-ar", "oscal-poam"];

fn files() -> Vec<(String, String)> {
    let mut files = vec![
        (".github/workflows/train.yml".to_owned(), "on: push\njobs:\n  t:\n    runs-on: x\n    steps:\n      - run: python train.py\n".to_owned()),
        ("models/README.md".to_owned(), "---\nlicense: mit\n---\n# A model\n".to_owned()),
        ("broken.yaml".to_owned(), "a: [\n".to_owned()),
        ("k8s/serve.yaml".to_owned(), "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: s}\nspec: {template: {spec: {containers: [{name: c, image: i}]}}}\n".to_owned()),
    ];
    for name in ["z", "a", "m", "b", "y"] {
        files.push((format!("infra/{name}/main.tf"), notebook(name, OPEN)));
    }
    files
}

/// One commit of all, whose files came in some order.
fn repo(order: impl Fn(&mut Vec<(String, String)>)) -> Repo {
    let repo = Repo::new();
    let mut files = files();
    order(&mut files);
    for (path, text) in files {
        repo.write(&path, text);
        repo.git(&["add", &path]);
    }
    repo.git(&["commit", "-q", "-m", "All of it"]);
    repo
}

fn said(repo: &Repo, format: &str, threads: &str, more: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_probity"))
        .args(["check", "--format", format, "--as-of", "2026-11-01T00:00:00Z", "--accept-as-of"])
        .args(more)
        .current_dir(&repo.path)
        .env_clear()
        .envs(repo.environment())
        .env("RAYON_NUM_THREADS", threads)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn order_folder_and_threads_change_no_byte() {
    let one = repo(|_| {});
    let other = repo(|files| files.reverse());
    assert_eq!(one.git(&["rev-parse", "HEAD"]), other.git(&["rev-parse", "HEAD"]));
    for format in FORMATS {
        let first = said(&one, format, "1", &["--no-cache"]);
        assert!(!first.is_empty());
        for (repo, threads) in [(&one, "1"), (&one, "4"), (&other, "1"), (&other, "4")] {
            assert!(said(repo, format, threads, &["--no-cache"]) == first, "{format} on {threads} threads");
        }
        // The first time it is kept for the next.
        for _ in 0..2 {
            assert!(said(&other, format, "4", &[]) == first, "{format} with what was kept");
        }
    }
}
