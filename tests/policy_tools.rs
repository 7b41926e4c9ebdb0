//! What policy authors and auditors use: lists by control, the coverage matrix, tests, templates.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use serde_json::Value as Json;
use support::{CLOSED, OPEN, Repo, notebook, workflow};

const AS_OF: [&str; 2] = ["--as-of", "2026-11-25T00:00:00Z"];

fn coverage(repo: &Repo, args: &[&str], code: i32) -> Json {
    repo.probity(&[&["policy", "coverage", "--format", "json"], &AS_OF[..], args].concat())
        .expect(code)
        .json()
}

fn policy<'m>(matrix: &'m Json, id: &str) -> &'m Json {
    matrix["policies"].as_array().unwrap().iter().find(|line| line["policy"] == id).unwrap()
}

fn control<'m>(matrix: &'m Json, framework: &str, id: &str) -> &'m Json {
    let frameworks = matrix["frameworks"].as_array().unwrap();
    let framework = frameworks.iter().find(|line| line["code"] == framework).unwrap();
    framework["controls"].as_array().unwrap().iter().find(|line| line["id"] == id).unwrap()
}

#[test]
fn a_pass_needs_something_that_was_judged() {
    let repo = Repo::new();
    repo.put("infra/main.tf", notebook("lab", CLOSED));
    let matrix = coverage(&repo, &[], 0);
    assert_eq!(policy(&matrix, "PB-NET-001")["outcome"], "pass");
    assert_eq!(policy(&matrix, "PB-NET-001")["units"], 1);
    let workflows = policy(&matrix, "PB-IAM-005");
    assert_eq!(
        (&workflows["outcome"], &workflows["reason"]),
        (&"not_applicable".into(), &"nothing to judge here".into())
    );
    // Two policies for one control: the one that had nothing to judge takes nothing away.
    assert_eq!(control(&matrix, "NIST-800-53", "SC-7")["outcome"], "pass");
    assert_eq!(control(&matrix, "NIST-800-53", "IA-5")["outcome"], "not_applicable");
    repo.put("infra/main.tf", notebook("lab", OPEN));
    let matrix = coverage(&repo, &[], 0);
    let line = policy(&matrix, "PB-NET-001");
    assert_eq!((&line["outcome"], &line["findings"]), (&"fail".into(), &1.into()));
    assert_eq!(control(&matrix, "NIST-800-53", "SC-7")["outcome"], "fail");
}

#[test]
fn a_reason_why_not_is_shown() {
    let repo = Repo::new();
    repo.put(
        ".github/workflows/build.yml",
        "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n",
    );
    let matrix = coverage(&repo, &[], 0);
    let line = policy(&matrix, "PB-IAM-005");
    assert_eq!(line["outcome"], "not_applicable");
    assert_ne!(line["reason"], "nothing to judge here");
    repo.put(".github/workflows/build.yml", workflow(false));
    assert_eq!(policy(&coverage(&repo, &[], 0), "PB-IAM-005")["outcome"], "pass");
}

/// The duty of a control may begin later; the verdict of its policies is what it is.
#[test]
fn dates_of_application_mark_controls_and_change_no_verdict() {
    let repo = Repo::new();
    repo.put("infra/main.tf", notebook("lab", OPEN));
    let matrix = coverage(&repo, &[], 0);
    let early = control(&matrix, "EU-AIA", "15.5");
    assert_eq!((&early["outcome"], &early["applies_from"]), (&"fail".into(), &"2027-12-02".into()));
    let args = ["policy", "coverage", "--format", "json", "--as-of", "2027-12-02T00:00:00Z"];
    let later = repo.probity(&args).expect(0).json();
    assert_eq!(control(&later, "EU-AIA", "15.5")["applies_from"], Json::Null);
    let text =
        repo.probity(&[&["policy", "coverage", "--framework", "EU-AIA"], &AS_OF[..]].concat()).expect(0).out;
    assert!(text.contains("[applies from 2027-12-02]"), "{text}");
    assert!(!text.contains("NIST"), "{text}");
}

#[test]
fn controls_without_a_policy_are_shown_when_asked_for() {
    let repo = Repo::new();
    repo.put("README.md", "nothing\n");
    let some = coverage(&repo, &[], 0);
    let all = coverage(&repo, &["--all"], 0);
    let count = |matrix: &Json| -> usize {
        let frameworks = matrix["frameworks"].as_array().unwrap();
        frameworks.iter().map(|line| line["controls"].as_array().unwrap().len()).sum()
    };
    assert_eq!(count(&all), probity::policy::frameworks().iter().map(|f| f.controls.len()).sum::<usize>());
    assert!(count(&some) <= count(&all));
    let without = |matrix: &Json| {
        let frameworks = matrix["frameworks"].as_array().unwrap();
        let controls = frameworks.iter().flat_map(|line| line["controls"].as_array().unwrap());
        controls.filter(|control| control["outcome"].is_null()).count()
    };
    assert_eq!((without(&some), without(&all)), (0, count(&all) - count(&some)));
    let wrong = repo.probity(&["policy", "coverage", "--framework", "NONE"]).expect(2);
    assert!(wrong.err.contains("there are EU-AIA, "), "{}", wrong.err);
}

/// What could not be read stands before every verdict, and the exit code says so.
#[test]
fn an_incomplete_audit_gives_no_clean_matrix() {
    let repo = Repo::new();
    repo.put("infra/main.tf", notebook("lab", CLOSED));
    repo.put("infra/broken.tf", "resource {{{\n");
    let matrix = coverage(&repo, &[], 3);
    assert_eq!(matrix["incomplete"], true);
    let text = repo.probity(&["policy", "coverage"]).expect(3).out;
    assert!(text.starts_with("incomplete: 1 files or parts"), "{text}");
    let markdown = repo.probity(&["policy", "coverage", "--format", "markdown"]).expect(3).out;
    assert!(markdown.contains("> Incomplete: 1 files or parts"), "{markdown}");
}

/// Own policies may cite own controls; their titles are text, not markup.
#[test]
fn policies_of_the_organisation_have_frameworks_of_their_own() {
    let repo = Repo::new();
    repo.put("infra/main.tf", notebook("lab", CLOSED));
    let folder = repo.outside().join("own");
    std::fs::create_dir_all(&folder).unwrap();
    let text = "# METADATA\n# title: \"A | title <b>\"\n# custom:\n#   id: ACME-X-001\n#   severity: low\n#   scope: resource\n\
                #   controls:\n#     - \"ACME:S|1\"\npackage acme\n\nimport rego.v1\n\ndeny contains \"x\" if input.never\n";
    std::fs::write(folder.join("x.rego"), text).unwrap();
    let own = folder.display().to_string();
    let matrix = coverage(&repo, &["--policies", &own], 0);
    assert_eq!(control(&matrix, "ACME", "S|1")["outcome"], "pass");
    let args = ["policy", "coverage", "--format", "markdown", "--framework", "ACME", "--policies", &own];
    let markdown = repo.probity(&args).expect(0).out;
    assert!(markdown.contains("| S\\|1  | pass | ACME-X-001 pass (1 unit) |"), "{markdown}");
    let list = repo.probity(&["policy", "list", "--format", "markdown", "--policies", &own]).expect(0).out;
    assert!(list.contains("| ACME-X-001 | low | A \\| title \\<b\\> |"), "{list}");
    let by = repo.probity(&["policy", "list", "--by", "control", "--policies", &own]).expect(0).out;
    assert!(
        by.ends_with(
            "ACME\n  S|1            not in the catalogue of controls\n                 ACME-X-001\n"
        ),
        "{by}"
    );
}

#[test]
fn the_list_by_control_names_each_policy_under_each_control_that_it_cites() {
    let repo = Repo::new();
    let list = repo.probity(&["policy", "list", "--format", "json"]).expect(0).json();
    let by = repo.probity(&["policy", "list", "--by", "control", "--format", "json"]).expect(0).json();
    let cited: usize =
        list["policies"].as_array().unwrap().iter().map(|p| p["controls"].as_array().unwrap().len()).sum();
    let controls = by["controls"].as_array().unwrap();
    let named: usize = controls.iter().map(|c| c["policies"].as_array().unwrap().len()).sum();
    assert_eq!(cited, named);
    assert!(controls.iter().all(|control| control["known"] == true));
}

#[test]
fn show_tells_everything_about_a_policy() {
    let repo = Repo::new();
    let text = repo.probity(&["policy", "show", "pb-net-001"]).expect(0).out;
    for part in [
        "PB-NET-001  Notebook",
        "What\n  A notebook",
        "How to fix\n  Disable",
        "GDPR:32.1.b                  GDPR: Security: confidentiality",
        "Inputs\n  Scope `resource`; kinds `aws_sagemaker_notebook_instance`",
        "Elsewhere\n  CKV_AWS_122",
        "Tested cases\n  Closed notebook passes.",
        "package probity.net_001",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = repo.probity(&["policy", "show", "PB-NET-001", "--format", "json"]).expect(0).json();
    assert_eq!(json["schema"], "probity.policy/v1");
    repo.probity(&["policy", "show", "PB-NO-000"]).expect(2);
}

#[test]
fn a_new_policy_passes_its_tests_and_holds_every_condition() {
    let repo = Repo::bare_folder();
    let folder = repo.outside().to_owned();
    for (number, scope) in ["resource", "document", "module", "repository"].iter().enumerate() {
        let id = format!("ACME-NEW-{number:03}");
        repo.probity_in(&folder, &["policy", "new", &id, "--scope", scope]).expect(0);
        let again = repo.probity_in(&folder, &["policy", "new", &id, "--scope", scope]).expect(2);
        assert!(again.err.contains("exists; nothing was written"), "{}", again.err);
    }
    let run = repo.probity_in(&folder, &["policy", "test", "policies", "--threshold", "100"]).expect(0);
    assert!(run.out.ends_with("FAIL: 0, ERROR: 0\n"), "{}", run.out);
    let args = ["policy", "mutate", "policies", "--format", "json", "--threshold", "100"];
    let mutants = repo.probity_in(&folder, &args).expect(0).json();
    assert_eq!(mutants["summary"]["policies_held"], 4, "{mutants:#}");
    let list = repo.probity_in(&folder, &["policy", "list", "--policies", "policies"]).expect(0).out;
    assert!(list.contains("ACME-NEW-000 medium   Bucket without an owner"), "{list}");
    for wrong in ["acme-new-001", "ACME-001", "ACME-NEW-1", "../A-B-001", "ACME-NEW-001-X"] {
        repo.probity_in(&folder, &["policy", "new", wrong]).expect(2);
    }
}

const FAILING: &str = "package t_test\n\nimport rego.v1\n\ntest_bad if {\n\t1 + 1 == 3\n}\n\ntest_good if true\n\ntodo_test_later if false\n";

#[test]
fn test_results_come_as_text_json_and_junit() {
    let repo = Repo::bare_folder();
    let folder = repo.outside().to_owned();
    std::fs::create_dir_all(folder.join("p")).unwrap();
    std::fs::write(folder.join("p/t_test.rego"), FAILING).unwrap();
    let text = repo.probity_in(&folder, &["policy", "test", "p"]).expect(1).out;
    assert_eq!(
        text,
        "p/t_test.rego:5\n  data.t_test.test_bad: FAIL\n    line 6:\n      1 + 1 == 3\n    left:  2\n    right: 3\n\
         p/t_test.rego:11\n  data.t_test.todo_test_later: SKIPPED\nPASS: 1/3, FAIL: 1, ERROR: 0, SKIPPED: 1\n"
    );
    let json = repo.probity_in(&folder, &["policy", "test", "p", "--format", "json"]).expect(1).json();
    assert_eq!(json["tests"][0]["failure"]["right"], "3");
    assert_eq!(json["summary"], serde_json::json!({"pass": 1, "fail": 1, "error": 0, "skip": 1}));
    let junit = repo.probity_in(&folder, &["policy", "test", "p", "--format", "junit"]).expect(1).out;
    assert!(junit.contains("<testsuites tests=\"3\" failures=\"1\" errors=\"0\">"), "{junit}");
    assert!(junit.contains(
        "<testcase classname=\"data.t_test\" name=\"test_bad\"><failure message=\"the test is not true\">p/t_test.rego:5\n"
    ));
    assert!(junit.contains("<skipped/>"), "{junit}");
    let one =
        repo.probity_in(&folder, &["policy", "test", "p", "--run", "test_good$", "--verbose"]).expect(0).out;
    assert!(one.contains("test_good: PASS ("), "{one}");
    repo.probity_in(&folder, &["policy", "test", "p", "--run", "nothing_like_it"]).expect(2);
    repo.probity_in(&folder, &["policy", "test", "p", "--run", "("]).expect(2);
}

/// A threshold that is not met fails although every test passes.
#[test]
fn coverage_can_gate() {
    let repo = Repo::bare_folder();
    let folder = repo.outside().to_owned();
    std::fs::create_dir_all(folder.join("p")).unwrap();
    let policy =
        "package t\n\nimport rego.v1\n\ndeny contains \"a\" if input.a\n\ndeny2 contains \"b\" if input.b\n";
    let test = "package t_test\n\nimport rego.v1\n\nimport data.t\n\ntest_a if t.deny == {\"a\"} with input as {\"a\": true}\n";
    std::fs::write(folder.join("p/t.rego"), policy).unwrap();
    std::fs::write(folder.join("p/t_test.rego"), test).unwrap();
    repo.probity_in(&folder, &["policy", "test", "p", "--threshold", "50"]).expect(0);
    let run = repo.probity_in(&folder, &["policy", "test", "p", "--threshold", "51"]).expect(1);
    assert!(run.out.contains(" 50.0 %  p/t.rego  not covered: 7\n"), "{}", run.out);
    assert!(run.out.contains("p/t.rego:7: data.t.deny2 is used by no test"), "{}", run.out);
}
