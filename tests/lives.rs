//! What happened to a finding, on histories of every shape: each test says what is expected and why.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

mod support;

use serde_json::Value as Json;
use support::{CLOSED, OPEN, Repo, notebook};

const NET: &str = "PB-NET-001";

fn repo() -> Repo {
    Repo::judged_by(&[NET])
}

/// `what commit merge` of each event of the one finding; `-` for no merge.
#[track_caller]
fn events(repo: &Repo, args: &[&str]) -> Vec<String> {
    let life = life(repo, args);
    let events = life["events"].as_array().unwrap().iter();
    events
        .map(|event| {
            let merge = event["merged_by"]["id"].as_str().unwrap_or("-");
            format!("{} {} {merge}", event["what"].as_str().unwrap(), event["commit"]["id"].as_str().unwrap())
        })
        .collect()
}

#[track_caller]
fn life(repo: &Repo, args: &[&str]) -> Json {
    let traced = repo.probity(&[&["trace", "--all", "--format", "json"], args].concat()).expect(0).json();
    assert_eq!(traced.as_array().unwrap().len(), 1, "{traced:#}");
    let all = traced[0]["lifecycle"].clone();
    // Alone it is told from fewer files, and must be told alike.
    let print = traced[0]["fingerprint"].as_str().unwrap();
    let alone = repo.probity(&[&["trace", print, "--format", "json"], args].concat()).expect(0).json();
    assert_eq!(alone[0]["lifecycle"], all, "alone and together");
    all
}

/// `+new -fixed subject` of the commits that changed something, the oldest first.
#[track_caller]
fn posture(repo: &Repo, args: &[&str]) -> Vec<String> {
    let history = repo.probity(&[&["history", "--format", "json"], args].concat()).expect(0).json();
    let sum = |counts: &Json| {
        ["critical", "high", "medium", "low"].map(|s| counts[s].as_u64().unwrap()).iter().sum::<u64>()
    };
    let lines = history["commits"].as_array().unwrap().iter();
    lines
        .map(|line| (sum(&line["new"]), sum(&line["fixed"]), line["commit"]["subject"].as_str().unwrap()))
        .filter(|(new, fixed, _)| new + fixed > 0)
        .map(|(new, fixed, subject)| format!("+{new} -{fixed} {subject}"))
        .collect()
}

/// The file of a loose object.
#[track_caller]
fn object(repo: &Repo, name: &str) -> std::path::PathBuf {
    let id = repo.git(&["rev-parse", name]);
    repo.path.join(".git/objects").join(&id[..2]).join(&id[2..])
}

#[test]
fn what_is_fixed_and_comes_back() {
    let repo = repo();
    let first = repo.put("main.tf", notebook("lab", OPEN));
    let fixed = repo.put("main.tf", notebook("lab", CLOSED));
    repo.put("README", "between");
    let back = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("README", "after");
    assert_eq!(
        events(&repo, &[]),
        [format!("introduced {first} -"), format!("fixed {fixed} -"), format!("reintroduced {back} -")]
    );
    let life = life(&repo, &[]);
    assert_eq!((&life["open"], &life["cut"]), (&Json::Bool(true), &Json::Bool(false)));
    // A minute until the fix, a minute since it is back.
    assert_eq!(life["seconds_open"], 120);
    assert_eq!(posture(&repo, &[]), ["+1 -0 Write main.tf", "+0 -1 Write main.tf", "+1 -0 Write main.tf"]);
    let text = repo.probity(&["trace", "--all"]).expect(0).out;
    assert!(text.contains("reintroduced") && text.contains("open, 0 days in all"), "{text}");
}

#[test]
fn a_merge_only_brings_what_a_branch_did() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.branch("feature");
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("README", "more on the branch");
    repo.switch("main");
    repo.put("other", "meanwhile");
    let merge = repo.merge("feature");
    repo.put("other", "later");
    assert_eq!(events(&repo, &[]), [format!("introduced {guilty} {merge}")]);
    // Along the main line it is the merge: of the life, and of the origin.
    assert_eq!(events(&repo, &["--first-parent"]), [format!("introduced {merge} -")]);
    let origin = |args| repo.origin_at(NET, args)["commit"]["id"].clone();
    assert_eq!((origin(&[]), origin(&["--first-parent"])), (Json::from(guilty), Json::from(merge)));
    assert_eq!(posture(&repo, &[]), ["+1 -0 Write main.tf"]);
    assert_eq!(posture(&repo, &["--first-parent"]), ["+1 -0 Merge feature"]);
}

#[test]
fn a_fix_in_a_branch_came_by_its_merge() {
    let repo = repo();
    let first = repo.put("main.tf", notebook("lab", OPEN));
    repo.branch("fix");
    let fixed = repo.put("main.tf", notebook("lab", CLOSED));
    repo.switch("main");
    repo.put("other", "meanwhile");
    let merge = repo.merge("fix");
    let back = repo.put("main.tf", notebook("lab", OPEN));
    assert_eq!(
        events(&repo, &[]),
        [format!("introduced {first} -"), format!("fixed {fixed} {merge}"), format!("reintroduced {back} -")]
    );
}

#[test]
fn an_octopus_has_more_than_two_parents() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", CLOSED));
    for branch in ["one", "two", "three"] {
        repo.switch("main");
        repo.branch(branch);
        repo.put(branch, branch);
    }
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    repo.switch("main");
    repo.git(&["merge", "-q", "--no-ff", "-m", "Octopus", "one", "two", "three"]);
    let merge = repo.git(&["rev-parse", "HEAD"]);
    assert_eq!(repo.git(&["rev-list", "--parents", "-1", "HEAD"]).split(' ').count(), 5);
    assert_eq!(events(&repo, &[]), [format!("introduced {guilty} {merge}")]);
}

#[test]
fn a_moved_folder_does_not_begin_a_life() {
    let repo = repo();
    let first = repo.put("infra/main.tf", notebook("lab", OPEN));
    repo.put("README", "between");
    repo.git(&["mv", "infra", "terraform"]);
    let moved = repo.commit("Move the folder");
    repo.put("terraform/main.tf", format!("# moved\n\n{}", notebook("lab", OPEN)));
    assert_eq!(events(&repo, &[]), [format!("introduced {first} -"), format!("moved {moved} -")]);
    assert_eq!(posture(&repo, &[]), ["+1 -0 Write infra/main.tf"]);
}

#[test]
fn moved_lines_and_a_renamed_file_in_its_folder_are_nothing() {
    let repo = repo();
    let first = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("main.tf", format!("# one\n# two\n{}", notebook("lab", OPEN)));
    repo.git(&["mv", "main.tf", "notebooks.tf"]);
    repo.commit("Rename the file");
    assert_eq!(events(&repo, &[]), [format!("introduced {first} -")]);
}

#[test]
fn a_revert_of_the_fix_is_where_it_comes_back() {
    let repo = repo();
    let first = repo.put("main.tf", notebook("lab", OPEN));
    let fixed = repo.put("main.tf", notebook("lab", CLOSED));
    repo.git(&["revert", "--no-edit", "HEAD"]);
    let back = repo.git(&["rev-parse", "HEAD"]);
    assert_eq!(
        events(&repo, &[]),
        [format!("introduced {first} -"), format!("fixed {fixed} -"), format!("reintroduced {back} -")]
    );
}

#[test]
fn of_two_cherry_picks_the_main_line_s_own_counts() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.branch("release");
    let picked = repo.put("main.tf", notebook("lab", OPEN));
    repo.switch("main");
    repo.put("other", "meanwhile");
    repo.git(&["cherry-pick", &picked]);
    let copy = repo.git(&["rev-parse", "HEAD"]);
    repo.merge("release");
    assert_ne!(picked, copy);
    // The merge's first parent has it already: it brought nothing.
    assert_eq!(events(&repo, &[]), [format!("introduced {copy} -")]);
}

#[test]
fn criss_cross_merges_end() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.branch("left");
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    repo.switch("main");
    repo.branch("right");
    repo.put("other", "right");
    repo.git(&["branch", "left-before", "left"]);
    repo.git(&["branch", "right-before", "right"]);
    repo.switch("left");
    repo.merge("right-before");
    repo.switch("right");
    let merge = repo.merge("left-before");
    repo.merge("left");
    assert_eq!(events(&repo, &[]), [format!("introduced {guilty} {merge}")]);
}

#[test]
fn an_unrelated_history_may_be_merged() {
    let repo = repo();
    repo.put("README", "here");
    repo.git(&["switch", "-q", "--orphan", "elsewhere"]);
    let root = repo.put("infra/main.tf", notebook("lab", OPEN));
    repo.switch("main");
    repo.git(&["merge", "-q", "--allow-unrelated-histories", "-m", "Join", "elsewhere"]);
    let merge = repo.git(&["rev-parse", "HEAD"]);
    assert_eq!(events(&repo, &[]), [format!("introduced {root} {merge}")]);
}

#[test]
fn a_merge_that_drops_a_change_fixed_it() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.branch("old");
    repo.put("other", "old");
    repo.switch("main");
    let first = repo.put("main.tf", notebook("lab", OPEN));
    // The branch never had it, and its side wins.
    repo.git(&["merge", "-q", "-s", "ours", "-m", "Keep", "old"]);
    repo.git(&["checkout", "-q", "old", "--", "main.tf"]);
    repo.git(&["commit", "-q", "--amend", "--no-edit"]);
    let merge = repo.git(&["rev-parse", "HEAD"]);
    let back = repo.put("main.tf", notebook("lab", OPEN));
    assert_eq!(
        events(&repo, &[]),
        [format!("introduced {first} -"), format!("fixed {merge} -"), format!("reintroduced {back} -")]
    );
    assert_eq!(posture(&repo, &[]), ["+1 -0 Write main.tf", "+0 -1 Keep", "+1 -0 Write main.tf"]);
}

/// Of what a merge has not and one parent has, the fix counts once: at the commit of the other line that made it, if
/// there is one.
#[test]
fn a_merge_counts_only_the_fixes_that_it_made() {
    let repo = repo();
    repo.put("infra/main.tf", notebook("lab", OPEN));
    // Fixed, and reopened on the main line only; a branch that never had the second one is merged over it.
    repo.put("infra/main.tf", notebook("lab", CLOSED));
    repo.branch("old");
    repo.put("other", "old");
    repo.switch("main");
    repo.put("infra/main.tf", notebook("lab", OPEN));
    repo.git(&["merge", "-q", "-s", "ours", "-m", "Leave out", "old"]);
    repo.git(&["checkout", "-q", "old", "--", "infra/main.tf"]);
    repo.git(&["commit", "-q", "--amend", "--no-edit"]);
    let left_out = [
        "+1 -0 Write infra/main.tf",
        "+0 -1 Write infra/main.tf",
        "+1 -0 Write infra/main.tf",
        "+0 -1 Leave out",
    ];
    assert_eq!(posture(&repo, &[]), left_out);
    // Along the main line, too.
    assert_eq!(posture(&repo, &["--first-parent"]), left_out);
    // Fixed in a branch while the main line renames it: the branch's commit did it.
    repo.put("infra/main.tf", notebook("lab", OPEN));
    repo.branch("fix");
    repo.put("infra/main.tf", notebook("lab", CLOSED));
    repo.switch("main");
    repo.git(&["mv", "infra", "terraform"]);
    repo.commit("Move the folder");
    repo.merge("fix");
    let mut all = left_out.to_vec();
    all.extend(["+1 -0 Write infra/main.tf", "+0 -1 Write infra/main.tf"]);
    assert_eq!(posture(&repo, &[]), all);
    let history = repo.probity(&["history", "--format", "json"]).expect(0).json();
    assert_eq!(history["commits"].as_array().unwrap().last().unwrap()["open"]["high"], 0);
}

#[test]
fn a_submodule_is_another_repository() {
    let inner = repo();
    inner.put("main.tf", notebook("inner", OPEN));
    let repo = repo();
    let first = repo.put("main.tf", notebook("lab", OPEN));
    let id = inner.git(&["rev-parse", "HEAD"]);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},vendor/inner")]);
    repo.git(&["commit", "-q", "-m", "Add a submodule"]);
    repo.git(&["rm", "-q", "--cached", "vendor/inner"]);
    repo.git(&["commit", "-q", "-m", "Remove it"]);
    assert_eq!(events(&repo, &["--rev", "HEAD"]), [format!("introduced {first} -")]);
}

#[test]
fn where_a_file_cannot_be_read_nothing_is_known_to_change() {
    let repo = repo();
    let first = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("main.tf", "resource \"x\" {\n");
    repo.put("main.tf", notebook("lab", OPEN));
    assert_eq!(events(&repo, &[]), [format!("introduced {first} -")]);
    let text = repo.probity(&["history"]).expect(0).out;
    assert!(text.contains("at 1 commits a policy or a file could not be read"), "{text}");
}

#[test]
fn a_cut_history_says_that_it_may_be_older() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", OPEN));
    let second = repo.put("README", "one");
    repo.put("README", "two");
    let source = format!("file://{}", repo.path.display());
    repo.git_in(repo.outside(), &["clone", "-q", "--depth", "2", &source, "shallow"]);
    let shallow = repo.outside().join("shallow");
    let run = repo.probity_in(&shallow, &["trace", "--all", "--format", "json"]).expect(0);
    let life = &run.json()[0]["lifecycle"];
    assert_eq!(
        (life["cut"].as_bool(), life["events"][0]["commit"]["id"].as_str()),
        (Some(true), Some(second.as_str()))
    );
    let run = repo.probity_in(&shallow, &["history"]).expect(3);
    assert!(run.out.contains("this clone is shallow"), "{}", run.out);
}

/// libgit2 believes `.git/shallow`, whoever wrote it: the answer says that the history is cut there.
#[test]
fn a_forged_shallow_file_is_reported() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", OPEN));
    let second = repo.put("README", "one");
    std::fs::write(repo.path.join(".git/shallow"), format!("{second}\n")).unwrap();
    let life = life(&repo, &[]);
    assert_eq!(
        (&life["cut"], &life["events"][0]["commit"]["id"]),
        (&Json::Bool(true), &Json::String(second))
    );
    assert!(repo.probity(&["history"]).expect(3).out.contains("this clone is shallow"));
}

/// So does it believe grafts, which git itself has given up: the answer says so, and is not kept for later.
#[test]
fn grafts_are_reported() {
    let repo = repo();
    let first = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("main.tf", notebook("lab", CLOSED));
    let third = repo.put("main.tf", notebook("lab", OPEN));
    let true_life = life(&repo, &[]);
    assert_eq!((true_life["events"].as_array().unwrap().len(), &true_life["cut"]), (3, &Json::Bool(false)));
    // The fix disappears, and with it that it came back.
    let grafts = repo.path.join(".git/info/grafts");
    std::fs::create_dir_all(grafts.parent().unwrap()).unwrap();
    std::fs::write(&grafts, format!("{third} {first}\n")).unwrap();
    for _ in 0..2 {
        let run = repo.probity(&["history"]).expect(3);
        assert!(run.out.contains(".git/info/grafts gives other parents"), "{}", run.out);
        assert!(run.out.contains("2 commits, 1 of them changed"), "{}", run.out);
    }
    assert_eq!(events(&repo, &[]), [format!("introduced {first} -")]);
    let note = repo.origin(NET)["notes"][0].clone();
    assert!(note.as_str().unwrap().contains(".git/info/grafts"), "{note}");
    // A root of its own making may be none.
    std::fs::write(&grafts, format!("{third}\n")).unwrap();
    assert_eq!(
        (events(&repo, &[]), &life(&repo, &[])["cut"]),
        (vec![format!("introduced {third} -")], &Json::Bool(true))
    );
    // Without the file everything is as it was.
    std::fs::remove_file(&grafts).unwrap();
    assert_eq!(life(&repo, &[]), true_life);
}

/// A replacement would show another past to whoever has it: objects are read as they are.
#[test]
fn replaced_commits_are_not_followed() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", CLOSED));
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    let newest = repo.put("README", "one");
    repo.git(&["switch", "-q", "--orphan", "forged"]);
    let forged = repo.put("main.tf", notebook("lab", OPEN));
    repo.switch("main");
    repo.git(&["replace", &guilty, &forged]);
    assert_eq!(repo.git(&["rev-parse", "HEAD"]), newest);
    assert_eq!(events(&repo, &["--rev", &newest]), [format!("introduced {guilty} -")]);
}

#[test]
fn a_partial_clone_says_what_it_lacks() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", OPEN));
    repo.put("main.tf", format!("# more\n{}", notebook("lab", OPEN)));
    std::fs::remove_file(object(&repo, "HEAD~1:main.tf")).unwrap();
    let text = repo.probity(&["history"]).expect(3).out;
    assert!(text.contains("at 1 commits a policy or a file could not be read"), "{text}");
    assert!(text.contains("objects are missing from this clone (1)"), "{text}");
}

/// What is missing today may be there tomorrow, and no key of the cache would tell.
#[test]
fn what_was_found_without_an_object_is_not_kept() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", OPEN));
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.put("main.tf", notebook("lab", OPEN));
    let (blob, aside) = (object(&repo, "HEAD~1:main.tf"), repo.outside().join("aside"));
    std::fs::rename(&blob, &aside).unwrap();
    assert_eq!(
        repo.probity(&["history", "--format", "json"]).expect(3).json()["notes"].as_array().unwrap().len(),
        1
    );
    std::fs::rename(&aside, &blob).unwrap();
    assert_eq!(posture(&repo, &[]), ["+1 -0 Write main.tf", "+0 -1 Write main.tf", "+1 -0 Write main.tf"]);
}

/// The life of the one finding, where its origin may not be found.
#[track_caller]
fn life_in(repo: &Repo, folder: &std::path::Path) -> Json {
    let all = repo.probity_in(folder, &["trace", "--all", "--format", "json"]).json()[0].clone();
    let print = all["fingerprint"].as_str().unwrap();
    let alone = repo.probity_in(folder, &["trace", print, "--format", "json"]).json();
    assert_eq!(alone[0]["lifecycle"], all["lifecycle"], "alone and together");
    all["lifecycle"].clone()
}

/// Such a clone has all commits and folders, and the files of the newest commit alone.
#[test]
fn a_clone_without_old_files_says_that_it_may_be_older() {
    let repo = repo();
    repo.put("infra/main.tf", notebook("lab", OPEN));
    let seen = repo.put("infra/main.tf", format!("# more\n{}", notebook("lab", OPEN)));
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let source = format!("file://{}", repo.path.display());
    repo.git_in(repo.outside(), &["clone", "-q", "--filter=blob:none", &source, "partial"]);
    let partial = repo.outside().join("partial");
    // Not from cache either: it is asked twice.
    for _ in 0..2 {
        let run = repo.probity_in(&partial, &["history"]).expect(3);
        assert!(run.out.contains("objects are missing from this clone (1)"), "{}", run.out);
    }
    let life = life_in(&repo, &partial);
    assert_eq!((&life["cut"], &life["events"][0]["commit"]["id"]), (&Json::Bool(true), &Json::from(seen)));
}

#[test]
fn a_file_that_is_missing_in_the_middle_makes_later_introductions_unsure() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.put("main.tf", format!("# more\n{}", notebook("lab", OPEN)));
    repo.put("other/main.tf", "# nothing to find\n");
    let seen = repo.put("main.tf", notebook("lab", OPEN));
    std::fs::remove_file(object(&repo, "HEAD~2:main.tf")).unwrap();
    repo.probity(&["history"]).expect(3);
    let life = life_in(&repo, &repo.path);
    assert_eq!((&life["cut"], &life["events"][0]["commit"]["id"]), (&Json::Bool(true), &Json::from(seen)));
}

/// What came before the gap, or beside it, is as old as it seems.
#[test]
fn a_missing_file_makes_nothing_else_unsure() {
    let repo = repo();
    repo.put("other/main.tf", "# missing\n");
    let first = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("main.tf", format!("# missing, too\n{}", notebook("lab", OPEN)));
    repo.put("main.tf", notebook("lab", OPEN));
    repo.put("other/main.tf", "# there\n");
    for name in ["HEAD~4:other/main.tf", "HEAD~2:main.tf"] {
        std::fs::remove_file(object(&repo, name)).unwrap();
    }
    repo.probity(&["history"]).expect(3);
    let life = life_in(&repo, &repo.path);
    assert_eq!((&life["cut"], &life["events"][0]["commit"]["id"]), (&Json::Bool(false), &Json::from(first)));
    assert_eq!(life["events"].as_array().unwrap().len(), 1, "{life:#}");
}

/// Git tells a rename by the contents: without them it is none, and no reason to give up.
#[test]
fn a_rename_is_not_seen_where_contents_are_missing() {
    let repo = repo();
    repo.put("infra/main.tf", notebook("lab", OPEN));
    repo.put("infra/main.tf", format!("# more\n{}", notebook("lab", OPEN)));
    repo.git(&["mv", "infra", "terraform"]);
    repo.write("terraform/main.tf", format!("# other\n{}", notebook("lab", OPEN)));
    repo.commit("Move the folder");
    std::fs::remove_file(object(&repo, "HEAD~1:infra/main.tf")).unwrap();
    let run = repo.probity(&["history"]).expect(3);
    assert!(run.out.contains("objects are missing from this clone (1)"), "{}", run.out);
    // Without the folder as well.
    std::fs::remove_file(object(&repo, "HEAD~1:infra")).unwrap();
    repo.probity(&["history"]).expect(3);
}

#[test]
fn requests_are_told_by_the_subject() {
    let repo = repo();
    repo.write("main.tf", notebook("lab", OPEN));
    repo.commit("Add the notebook (#17)");
    assert_eq!(life(&repo, &[])["events"][0]["pull_request"], "17");
    let csv = repo.probity(&["history", "--format", "csv"]).expect(0).out;
    assert!(csv.contains(",false,17,1,0,0,1,0,0,0,0,Add the notebook (#17)\r\n"), "{csv}");
}

#[test]
fn history_can_be_narrowed() {
    let repo = Repo::new();
    repo.put("a/main.tf", notebook("one", OPEN));
    repo.put("b/main.tf", notebook("two", OPEN));
    let below =
        repo.probity(&["history", "--path", "b", "--policy", NET, "--format", "json"]).expect(0).json();
    let open = |commit: usize| below["commits"][commit]["open"]["high"].clone();
    assert_eq!((open(0), open(1)), (Json::from(0), Json::from(1)));
    let since = repo.probity(&["history", "--since", "2030-01-01", "--format", "json"]).expect(0).json();
    assert_eq!(since["commits"], Json::Array(Vec::new()));
    // What is open is open, whether or not a commit of that time is about it.
    let text = repo.probity(&["history", "--since", "2030-01-01", "--policy", NET]).expect(0).out;
    assert!(
        text.contains("0 commits, 0 of them changed") && text.contains("2 open at the newest (2 high)"),
        "{text}"
    );
    repo.probity(&["history", "--since", "yesterday"]).expect(2);
}

#[test]
fn a_folder_is_named_from_where_c_leads() {
    let repo = Repo::new();
    repo.put("a/main.tf", notebook("one", OPEN));
    repo.put("b/main.tf", notebook("two", OPEN));
    std::fs::create_dir(repo.outside().join("b")).unwrap();
    let from = |folder: &std::path::Path, args: &[&str]| {
        let history = [&["history", "--policy", NET, "--format", "json"], args].concat();
        let history = repo.probity_in(folder, &history).expect(0).json();
        history["commits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["open"]["high"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(from(repo.outside(), &["-C", "repo", "--path", "b"]), [0, 1]);
    assert_eq!(from(&repo.path.join("a"), &["-C", "..", "--path", "b"]), [0, 1]);
    assert_eq!(from(&repo.path.join("b"), &["--path", "."]), [0, 1]);
    // One that begins at the root is there, wherever one stands.
    let whole = repo.path.join("b").display().to_string();
    assert_eq!(from(repo.outside(), &["-C", "repo", "--path", &whole]), [0, 1]);
}

/// What was found is kept in the user's cache folder; with it, without it and with a broken one the answer is the same.
#[test]
fn the_cache_changes_no_answer() {
    let repo = repo();
    repo.put("main.tf", notebook("one", OPEN));
    repo.put("more.tf", notebook("two", OPEN));
    repo.put("main.tf", notebook("one", CLOSED));
    let folder = repo.outside().join("home/cache/probity/history");
    let ask = |args: &[&str]| {
        let history = repo.probity(&[&["history", "--format", "json"], args].concat()).expect(0).out;
        let lives = repo.probity(&[&["trace", "--all", "--format", "json"], args].concat()).expect(0).out;
        (history, lives)
    };
    let entries = || {
        std::fs::read_dir(&folder).map_or_else(|_| Vec::new(), |all| all.map(|e| e.unwrap().path()).collect())
    };
    let without = ask(&["--no-cache"]);
    assert_eq!(entries(), Vec::<std::path::PathBuf>::new());
    assert_eq!(ask(&[]), without, "cold");
    let [entry] = entries().try_into().unwrap();
    assert_eq!(ask(&[]), without, "warm");
    let whole = std::fs::read(&entry).unwrap();
    let mut flipped = whole.clone();
    let at = flipped.len() / 2;
    flipped[at] ^= 1;
    for broken in [&b""[..], b"\n", b"probity-history 1 sha256:0\n{}", &whole[..whole.len() / 2], &flipped] {
        std::fs::write(&entry, broken).unwrap();
        assert_eq!(ask(&[]), without, "broken");
        assert_eq!(std::fs::read(&entry).unwrap(), whole, "written again");
    }
    // One more commit goes on from what is kept.
    repo.put("main.tf", notebook("one", OPEN));
    let next = ask(&[]);
    assert_eq!(ask(&["--no-cache"]), next);
    assert_eq!(entries().len(), 2);
    // An entry that answers another question is none.
    let other = entries().into_iter().find(|path| *path != entry).unwrap();
    std::fs::write(&other, &whole).unwrap();
    assert_eq!(ask(&[]), next);
    // A branch is walked from where it left.
    repo.git(&["switch", "-q", "-c", "side", "HEAD~1"]);
    repo.put("side.tf", notebook("three", OPEN));
    repo.switch("main");
    repo.merge("side");
    assert_eq!(ask(&[]), ask(&["--no-cache"]));
}

/// Whatever the environment says, nothing that belongs to the repository is believed or written.
#[test]
fn a_cache_within_the_repository_is_none() {
    let repo = repo();
    repo.put("main.tf", notebook("one", OPEN));
    // The folder that holds the user's home is the audited repository.
    repo.git_in(repo.outside(), &["init", "-q", "-b", "main", "."]);
    repo.git_in(repo.outside(), &["commit", "-q", "--allow-empty", "-m", "One"]);
    repo.probity_in(repo.outside(), &["history"]).expect(0);
    assert!(!repo.outside().join("home/cache").exists());
}

/// A linked work tree is audited, and the cache lies in another work tree of the same repository.
#[test]
fn a_cache_within_another_work_tree_is_none() {
    let repo = repo();
    // The folder that holds the user's home is a work tree, the main one or a linked one.
    repo.git_in(repo.outside(), &["init", "-q", "-b", "main", "."]);
    repo.git_in(repo.outside(), &["commit", "-q", "--allow-empty", "-m", "One"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let linked = elsewhere.path().join("linked");
    repo.git_in(repo.outside(), &["worktree", "add", "-q", "-b", "side", linked.to_str().unwrap()]);
    repo.probity_in(&linked, &["history"]).expect(0);
    assert!(!repo.outside().join("home/cache").exists(), "in the main work tree");

    let other = Repo::judged_by(&[NET]);
    other.put("README", "one");
    let home = other.outside().join("home");
    std::fs::rename(&home, other.outside().join("moved")).unwrap();
    other.git(&["worktree", "add", "-q", "-b", "side", home.to_str().unwrap()]);
    other.probity(&["history"]).expect(0);
    assert!(!home.join("cache").exists(), "in a linked work tree");
}
