//! Many repositories: a report for each, one register, shares that add up, and runs that go on where they were cut off.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

mod support;

use std::path::Path;

use support::{OPEN, Repo, notebook};

/// A violation, none, a file that cannot be read, no repository at all, and one that is not there.
fn fleet() -> (Repo, String) {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let make = |name: &str, file: &str, text: &str| {
        let path = repo.outside().join(name);
        repo.git_in(repo.outside(), &["init", "-q", "-b", "main", name]);
        std::fs::write(path.join(file), text).unwrap();
        repo.git_in(&path, &["add", "-A"]);
        repo.git_in(&path, &["commit", "-q", "-m", "All of it"]);
        path.display().to_string()
    };
    let open = make("open", "main.tf", &notebook("lab", OPEN));
    let clean = make("clean", "README.md", "# nothing\n");
    let broken = make("broken", "main.tf", "resource {{{\n");
    let plain = repo.outside().join("plain");
    std::fs::create_dir(&plain).unwrap();
    let list =
        format!("# the fleet\n{open}\n{clean}\tmain\n{broken}\n{}\n/nowhere/at all\n", plain.display());
    std::fs::write(repo.outside().join("list"), &list).unwrap();
    (repo, list)
}

fn run(repo: &Repo, output: &str, more: &[&str]) -> support::Run {
    let list = repo.outside().join("list").display().to_string();
    let output = repo.outside().join(output).display().to_string();
    let args = ["fleet", "run", &list, "--output", &output, "--only", "PB-NET-001", "--as-of", "2026-11-01"];
    repo.probity(&[&args, more].concat())
}

fn lines(file: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_has_a_report_and_all_have_a_line() {
    let (repo, list) = fleet();
    let first = run(&repo, "out", &[]).expect(1);
    assert!(first.err.contains("[5 of 5]"), "{}", first.err);
    let out = repo.outside().join("out");
    let register = lines(&out.join("register.jsonl"));
    assert_eq!(register.len(), 5);
    let exits: Vec<u64> = list
        .lines()
        .skip(1)
        .map(|line| {
            let path = line.split('\t').next().unwrap();
            let of = |line: &&serde_json::Value| line["repository"] == path;
            register.iter().find(of).unwrap()["exit"].as_u64().unwrap()
        })
        .collect();
    assert_eq!(exits, [1, 0, 3, 2, 2]);
    // A report is what `check` says of the same commit.
    let line = register.iter().find(|line| line["exit"] == 1).unwrap();
    let check = ["check", line["repository"].as_str().unwrap(), "--rev", "HEAD", "--as-of", "2026-11-01"];
    let check = repo.probity(&[&check[..], &["--accept-as-of", "--format", "json"]].concat()).expect(1).out;
    assert_eq!(std::fs::read_to_string(out.join(line["report"]["file"].as_str().unwrap())).unwrap(), check);
    assert_eq!(line["open"]["high"], 1);
    let findings = lines(&out.join("findings.jsonl"));
    assert_eq!(findings.len(), 1);
    assert_eq!((&findings[0]["repository"], &findings[0]["list"]), (&line["repository"], &"findings".into()));
}

#[test]
fn what_is_known_is_not_audited_again() {
    let (repo, _) = fleet();
    run(&repo, "out", &[]).expect(1);
    let out = repo.outside().join("out");
    let register = std::fs::read_to_string(out.join("register.jsonl")).unwrap();
    let again = run(&repo, "out", &["--jobs", "3", "--exit-zero"]).expect(0);
    assert_eq!(again.err.matches(": known").count(), 3, "{}", again.err);
    assert_eq!(register, std::fs::read_to_string(out.join("register.jsonl")).unwrap());
    // A new commit, a report that somebody changed, and other judges are reasons to audit again.
    let open = repo.outside().join("open");
    std::fs::write(open.join("b.tf"), notebook("more", OPEN)).unwrap();
    repo.git_in(&open, &["add", "-A"]);
    repo.git_in(&open, &["commit", "-q", "-m", "Another"]);
    let changed = run(&repo, "out", &[]).expect(1);
    assert_eq!(changed.err.matches(": known").count(), 2, "{}", changed.err);
    assert_eq!(lines(&out.join("findings.jsonl")).len(), 2);
    let line = lines(&out.join("register.jsonl")).into_iter().find(|line| line["exit"] == 1).unwrap();
    let report = out.join(line["report"]["file"].as_str().unwrap());
    std::fs::write(&report, "{}").unwrap();
    run(&repo, "out", &[]).expect(1);
    assert_ne!(std::fs::read_to_string(&report).unwrap(), "{}");
    let other = run(&repo, "out", &["--fail-on", "critical"]).expect(3);
    assert_eq!(other.err.matches(": audited").count(), 5, "{}", other.err);
    // What cannot be audited any more keeps no report of better days.
    std::fs::remove_dir_all(open.join(".git")).unwrap();
    run(&repo, "out", &[]).expect(3);
    assert!(!report.exists());
}

#[test]
fn shares_add_up_however_they_are_merged() {
    let (repo, _) = fleet();
    run(&repo, "whole", &["--jobs", "1"]).expect(1);
    for share in ["1/3", "2/3", "3/3"] {
        run(&repo, &format!("share{}", &share[..1]), &["--shard", share]);
    }
    let merge = |output: &str, files: &[&str]| {
        let path = |name: &str| repo.outside().join(name).display().to_string();
        let files: Vec<String> = files.iter().map(|name| path(name)).collect();
        let output = path(output);
        let mut args = vec!["fleet", "merge", "--output", &output];
        args.extend(files.iter().map(String::as_str));
        repo.probity(&args).expect(0);
    };
    let read = |name: &str| std::fs::read_to_string(repo.outside().join(name)).unwrap();
    for what in ["register", "findings"] {
        let of = |share: usize| format!("share{share}/{what}.jsonl");
        let (one, two, three) = (of(1), of(2), of(3));
        merge("left", &[&one, &two]);
        merge("left_then", &["left", &three]);
        merge("right", &[&three, &two]);
        merge("right_then", &[&one, "right", &two]);
        let whole = read(&format!("whole/{what}.jsonl"));
        assert_eq!(read("left_then"), whole, "{what}");
        assert_eq!(read("right_then"), whole, "{what}");
    }
    let none = run(&repo, "none", &["--shard", "auto"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("JOB_COMPLETION_INDEX"), "{}", none.err);
}
