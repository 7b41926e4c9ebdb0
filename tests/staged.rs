//! `check --staged`: the verdict on what the next commit would have, whatever the work tree says.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

mod support;

use support::{OPEN, Repo, notebook};

fn repo() -> Repo {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("README.md", "# lab\n");
    repo
}

fn open(repo: &Repo, args: &[&str]) -> (i32, usize) {
    let run = repo.probity(&[&["check", "--format", "json"], args].concat());
    (run.code, run.json()["findings"].as_array().unwrap().len())
}

#[test]
fn what_is_staged_is_judged_and_nothing_else() {
    let repo = repo();
    repo.write("main.tf", notebook("lab", OPEN));
    assert_eq!(open(&repo, &["--staged"]), (0, 0), "not staged yet");
    repo.git(&["add", "main.tf"]);
    assert_eq!(open(&repo, &["--staged"]), (1, 1));
    // Repaired in the work tree only: the commit would still have it.
    std::fs::remove_file(repo.path.join("main.tf")).unwrap();
    assert_eq!(open(&repo, &[]), (0, 0));
    assert_eq!(open(&repo, &["--staged"]), (1, 1));
    // What the text shows of the source is what is staged.
    let text = repo.probity(&["check", "--staged"]).expect(1).out;
    assert!(text.contains("direct_internet_access = \"Enabled\""), "{text}");
    // A name without content is in no commit.
    repo.git(&["rm", "-q", "--cached", "main.tf"]);
    repo.write("later.tf", notebook("later", OPEN));
    repo.git(&["add", "-N", "later.tf"]);
    assert_eq!(open(&repo, &["--staged"]), (0, 0));
}

#[test]
fn the_index_that_git_names_is_the_one() {
    let repo = repo();
    repo.write("main.tf", notebook("lab", OPEN));
    let hook = repo.path.join(".git/hooks/pre-commit");
    let text = format!(
        "#!/bin/sh\nexec {} check --staged --only PB-NET-001 > verdict\n",
        env!("CARGO_BIN_EXE_probity")
    );
    std::fs::write(&hook, text).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    repo.git(&["add", "main.tf"]);
    // `git commit FILE` makes an index of its own, which has nothing of what is staged beside it.
    repo.write("README.md", "# lab 2\n");
    repo.git(&["commit", "-q", "-m", "Only the README", "README.md"]);
    assert!(!repo.git_can(&repo.path, &["commit", "-q", "-m", "All that is staged"]));
    let verdict = std::fs::read_to_string(repo.path.join("verdict")).unwrap();
    assert!(verdict.contains("1 open"), "{verdict}");
}

#[test]
fn a_hook_is_stopped_by_what_the_commit_would_add() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let hook = ["check", "--staged", "--base", "HEAD"];
    repo.write("main.tf", notebook("lab", OPEN));
    repo.git(&["add", "main.tf"]);
    let run = repo.probity(&hook).expect(1);
    assert!(run.out.contains("1 open"), "before the first commit all is new: {}", run.out);
    repo.commit("First");
    repo.write("README.md", "# lab\n");
    repo.git(&["add", "README.md"]);
    repo.probity(&hook).expect(0);
    // What is moved is not new, as long as it is only staged, too.
    repo.git(&["mv", "main.tf", "infra.tf"]);
    std::fs::create_dir(repo.path.join("infra")).unwrap();
    repo.git(&["mv", "infra.tf", "infra/main.tf"]);
    let run = repo.probity(&hook).expect(0);
    assert!(run.out.contains("0 new, 0 fixed, 1 known"), "{}", run.out);
    assert!(repo.probity(&["check", "--base", "HEAD"]).expect(0).out.contains("0 new, 0 fixed, 1 known"));
    repo.write("infra/more.tf", notebook("more", OPEN));
    repo.git(&["add", "infra/more.tf"]);
    assert!(repo.probity(&hook).expect(1).out.contains("1 new, 0 fixed, 1 known"));
}

#[test]
fn conflicts_are_told() {
    let repo = repo();
    repo.git(&["checkout", "-q", "-b", "other"]);
    repo.put("README.md", "# other\n");
    repo.git(&["checkout", "-q", "main"]);
    repo.put("README.md", "# mine\n");
    assert!(!repo.git_can(&repo.path, &["merge", "-q", "other"]));
    let run = repo.probity(&["check", "--staged"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("the index has conflicts"), "{}", run.err);
    assert_eq!(repo.probity(&["check", "--staged", "--rev", "HEAD"]).code, 2);
}
