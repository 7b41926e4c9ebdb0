//! `probity check --base`: only what is new decides. And `probity policy backtest`: what a policy would have flagged.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

mod support;

use serde_json::Value as Json;
use support::{CLOSED, OPEN, Repo, notebook};

const NET: &str = "PB-NET-001";

fn repo() -> Repo {
    Repo::judged_by(&[NET])
}

/// `new known fixed`, and the exit code.
#[track_caller]
fn since(repo: &Repo, base: &str) -> (String, i32) {
    let run = repo.probity(&["check", "--base", base, "--format", "json"]);
    let base = run.json()["base"].clone();
    let fixed = base["fixed"].as_array().unwrap().len();
    (format!("{} {} {fixed}", base["new"], base["known"]), run.code)
}

#[test]
fn what_the_base_has_does_not_gate() {
    let repo = repo();
    repo.put("main.tf", notebook("old", OPEN));
    repo.branch("feature");
    repo.put("README", "one");
    assert_eq!(since(&repo, "main"), ("0 1 0".to_owned(), 0));
    repo.put("new.tf", notebook("new", OPEN));
    assert_eq!(since(&repo, "main"), ("1 1 0".to_owned(), 1));
    // The work tree counts as well.
    repo.write("main.tf", notebook("old", CLOSED));
    assert_eq!(since(&repo, "main"), ("1 0 1".to_owned(), 1));
    let text = repo.probity(&["check", "--base", "main"]).expect(1).out;
    assert!(text.contains("Fixed\n  PB-NET-001") && text.contains(": 1 new, 1 fixed, 0 known"), "{text}");
    // What is known is counted and not listed.
    repo.write("main.tf", notebook("old", OPEN));
    let text = repo.probity(&["check", "--base", "main"]).expect(1).out;
    assert!(
        text.contains("//aws_sagemaker_notebook_instance.new") && !text.contains("instance.old"),
        "{text}"
    );
}

#[test]
fn a_branch_is_compared_with_what_it_grew_from() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", OPEN));
    repo.branch("feature");
    repo.put("README", "one");
    repo.switch("main");
    // Fixed there, not here: the branch did not bring it.
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.switch("feature");
    assert_eq!(since(&repo, "main"), ("0 1 0".to_owned(), 0));
}

#[test]
fn moved_lines_and_renamed_files_are_known() {
    let repo = repo();
    repo.put("infra/main.tf", notebook("lab", OPEN));
    repo.branch("feature");
    repo.put("infra/main.tf", format!("# one\n\n{}", notebook("lab", OPEN)));
    assert_eq!(since(&repo, "main"), ("0 1 0".to_owned(), 0));
    repo.git(&["mv", "infra", "terraform"]);
    repo.commit("Move");
    assert_eq!(since(&repo, "main"), ("0 1 0".to_owned(), 0));
    // The same again in another place is another one.
    repo.put("other/main.tf", notebook("lab", OPEN));
    assert_eq!(since(&repo, "main"), ("1 1 0".to_owned(), 1));
}

#[test]
fn what_is_renamed_is_known_amid_a_merge_too() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", OPEN));
    repo.put("README", "one");
    repo.branch("feature");
    repo.git(&["mv", "main.tf", "lab.tf"]);
    std::fs::create_dir(repo.path.join("infra")).unwrap();
    repo.git(&["mv", "lab.tf", "infra/main.tf"]);
    repo.put("README", "two");
    repo.switch("main");
    repo.put("README", "three");
    repo.switch("feature");
    assert!(!repo.git_can(&repo.path, &["merge", "-q", "main"]), "a conflict");
    assert_eq!(since(&repo, "main"), ("0 1 0".to_owned(), 0));
}

#[test]
fn the_base_s_configuration_judges() {
    let repo = Repo::judged_by(&["PB-EVAL-003"]);
    let threshold = |value: &str| format!("params:\n  data_file_floor_bytes: {value}\n");
    repo.put(".probity/config.yaml", threshold("1"));
    repo.branch("feature");
    // What cannot be used would be reported, were it not the base's that counts.
    repo.put(".probity/config.yaml", threshold("nonsense"));
    let plain = repo.report(&[]);
    assert_eq!(plain["unparsed"].as_array().unwrap().len(), 1, "{plain:#}");
    let judged = repo.report(&["--base", "main"]);
    assert_eq!(judged["unparsed"], Json::Array(Vec::new()));
    assert_eq!(
        std::fs::read_to_string(repo.path.join(".probity/config.yaml")).unwrap(),
        threshold("nonsense")
    );
}

#[test]
fn a_base_that_is_none_is_a_usage_error() {
    let repo = repo();
    repo.put("main.tf", notebook("lab", OPEN));
    let run = repo.probity(&["check", "--base", "nowhere"]).expect(2);
    assert!(run.err.contains("no revision `nowhere`"), "{}", run.err);
    repo.git(&["switch", "-q", "--orphan", "elsewhere"]);
    repo.put("x", "x");
    let run = repo.probity(&["check", "--base", "main"]).expect(2);
    assert!(run.err.contains("no commit in common"), "{}", run.err);
}

/// `main` never opened it; `own` flags every notebook that says `Enabled`.
const OWN: &str = "# METADATA\n# title: Open\n# custom:\n#   id: ACME-NET-001\n#   severity: high\n#   scope: resource\n\
                   #   selects: [aws_sagemaker_notebook_instance]\npackage acme.net_001\n\nimport rego.v1\n\n\
                   deny contains {\"msg\": \"open\", \"key\": \"\", \"path\": []} if input.attributes.direct_internet_access == \"Enabled\"\n";

#[test]
fn a_policy_is_tried_on_the_past() {
    let repo = Repo::new();
    let first = repo.put("main.tf", notebook("one", OPEN));
    repo.put("main.tf", notebook("one", CLOSED));
    repo.put("more.tf", notebook("two", OPEN));
    std::fs::write(repo.outside().join("own.rego"), OWN).unwrap();
    let own = repo.outside().join("own.rego");
    let own = own.to_str().unwrap();
    let run = repo.probity(&["policy", "backtest", own, "--format", "json"]).expect(0);
    assert_eq!(run.json()["schema"], "probity.backtest/v1");
    let test = &run.json()["backtests"][0];
    assert_eq!(test["policy"], "ACME-NET-001");
    assert_eq!(test["first"]["commit"]["id"], first);
    assert_eq!(test["by_month"], serde_json::json!({"2026-01": 2}));
    let counts =
        ["commits", "found", "open", "fixed", "fixed_within"].map(|name| test[name].as_u64().unwrap());
    assert_eq!(counts, [3, 2, 1, 1, 1]);
    let told = repo.probity(&["policy", "backtest", "PB-NET-001"]).expect(0).out;
    assert!(
        told.contains("2 findings over 3 commits: 1 open today, 1 fixed, 1 of these within 30 days"),
        "{told}"
    );
    // Another version of it, which wants more.
    let stricter = OWN.replace("== \"Enabled\"", "!= \"x\"");
    std::fs::write(repo.outside().join("stricter.rego"), stricter).unwrap();
    let stricter = repo.outside().join("stricter.rego");
    let run = repo
        .probity(&["policy", "backtest", own, "--against", stricter.to_str().unwrap(), "--format", "json"])
        .expect(0);
    let difference = &run.json()["difference"];
    assert_eq!(difference["both"], 1);
    assert_eq!(
        difference["only_second"],
        serde_json::json!(["terraform:.//aws_sagemaker_notebook_instance.one"])
    );
    repo.probity(&["policy", "backtest", "PB-NOWHERE-001"]).expect(2);
}
