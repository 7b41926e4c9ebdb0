//! What policies see of the past, of files and of records, in real repositories.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod support;
mod waiver_common;

use probity::audit::{Audit, Request};
use probity::model::Scope;
use probity::policy::Isolation;
use serde_json::{Value as Json, json};
use support::Repo;
use waiver_common::World;

/// The input of scope `repository`.
#[track_caller]
fn input(repo: &Repo, args: &[&str]) -> Json {
    let run = repo.probity(&[&["policy", "input", "--scope", "repository"], args].concat()).expect(0);
    serde_json::from_str::<Json>(run.out.trim()).unwrap()["input"].clone()
}

fn people() -> String {
    (0..600).fold("name,email,iban\n".to_owned(), |rows, n| rows + &format!("{n},a{n}@example.com,{n}\n"))
}

#[test]
fn commits_say_who_stands_behind_them() {
    let repo = Repo::new();
    repo.put("README", "one");
    let alone = repo.put(".probity/config.yaml", "params: {auc: {min: 0.8}}\n");
    repo.write(".probity/config.yaml", "params: {auc: {min: 0.7}}\n");
    let reviewed = repo.commit(
        "Lower the bar (#12)\n\nReviewed-by: Lena <lena@example.com>\nAcked-by: Ada <ada@example.com>",
    );
    repo.branch("side");
    let side = repo.put("models/card.txt", "x");
    repo.switch("main");
    let merge = repo.merge("side");
    repo.put("README", "two");
    let history = input(&repo, &[])["history"].clone();
    assert_eq!((&history["complete"], &history["looked_at"]), (&json!(true), &json!(6)), "{history:#}");
    let commits = history["commits"].as_array().unwrap();
    let ids: Vec<&str> = commits.iter().map(|commit| commit["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&side, &reviewed, &alone], "newest first, and no README");
    let [side, reviewed, alone] = commits.as_slice() else { panic!("{commits:#?}") };
    assert_eq!(alone["reviewers"], json!([]));
    assert_eq!((&alone["approved"], &alone["signed"]), (&json!(false), &json!(false)));
    assert_eq!(alone["author"], json!({"name": "Ada Author", "email": "ada@example.com"}));
    assert_eq!(alone["committer"]["email"], "carl@example.com");
    assert_eq!(alone["date"], "2026-01-01T00:02:00Z");
    assert_eq!(alone["paths"], json!([".probity/config.yaml"]));
    assert_eq!(reviewed["reviewers"], json!(["lena@example.com"]), "nobody reviews her own commit");
    assert_eq!((&reviewed["approved"], &reviewed["pull_request"]), (&json!(true), &json!("12")));
    assert_eq!(reviewed["merged_by"], Json::Null);
    assert_eq!(
        (&side["merged_by"], &side["reviewers"]),
        (&json!(merge), &json!([])),
        "she merged it herself"
    );
    let change = json!({"commit": reviewed["id"], "path": ".probity/config.yaml", "key": ["params", "auc", "min"], "old": 0.8, "new": 0.7});
    let added = json!({"commit": alone["id"], "path": ".probity/config.yaml", "key": ["params", "auc", "min"], "new": 0.8});
    assert_eq!(history["changes"], json!([change, added]));
}

#[test]
fn files_know_their_last_commit() {
    let repo = Repo::new();
    let first = repo.put("a.yaml", "a: 1\n");
    repo.put("b.yaml", "b: 1\n");
    let second = repo.put("b.yaml", "b: 2\n");
    let input = input(&repo, &[]);
    let last = |path: &str| input["history"]["last_changed"][path]["commit"].clone();
    assert_eq!((last("a.yaml"), last("b.yaml")), (json!(first), json!(second)));
    assert_eq!(input["history"]["last_changed"]["a.yaml"]["author"], "ada@example.com");
    assert_eq!(input["files"]["b.yaml"], json!({"size": 5}));
}

#[test]
fn a_revision_knows_nothing_of_what_came_later() {
    let repo = Repo::new();
    let old = repo.put(".probity/config.yaml", "a: 1\n");
    repo.put(".probity/config.yaml", "a: 2\n");
    let input = input(&repo, &["--rev", &old]);
    assert_eq!(input["history"]["looked_at"], 1);
    assert_eq!(input["config"], json!({"a": 1}));
    assert_eq!(input["history"]["last_changed"][".probity/config.yaml"]["commit"], json!(old));
}

#[test]
fn data_that_is_gone_stays_in_the_past() {
    let repo = Repo::new();
    let added = repo.put("data/raw.csv", people());
    repo.put("data/tiny.csv", "name\n");
    let moved = {
        repo.remove("data/raw.csv");
        repo.put("data/kept.csv", people())
    };
    let history = input(&repo, &[])["history"].clone();
    let files = history["data_files"].as_array().unwrap();
    let paths: Vec<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["data/kept.csv", "data/raw.csv"], "what is below the floor is not listed");
    let [kept, raw] = files.as_slice() else { panic!("{files:#?}") };
    assert_eq!(raw["columns"], json!(["name", "email", "iban"]));
    assert_eq!(raw["size"], people().len());
    assert_eq!((&raw["at_head"], &kept["at_head"]), (&json!(false), &json!(true)));
    assert_eq!((&raw["added"]["commit"], &raw["removed"]["commit"]), (&json!(added), &json!(moved)));
    assert_eq!(kept["removed"], Json::Null);
    assert_eq!(raw["sha256"], kept["sha256"], "the same content");
    assert_eq!(raw["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn what_does_not_parse_makes_history_incomplete() {
    let repo = Repo::new();
    repo.put(".probity/config.yaml", "a: [1\n");
    repo.put(".probity/config.yaml", "a: 1\n");
    let history = input(&repo, &[])["history"].clone();
    assert_eq!(history["complete"], false);
    assert!(
        history["why"].as_str().unwrap().contains(".probity/config.yaml could not be compared"),
        "{history:#}"
    );
}

#[test]
fn a_shallow_clone_says_so() {
    let repo = Repo::new();
    repo.put("a.yaml", "a: 1\n");
    repo.put("a.yaml", "a: 2\n");
    let url = format!("file://{}", repo.path.display());
    repo.git_in(repo.outside(), &["clone", "-q", "--depth", "1", &url, "shallow"]);
    let folder = repo.outside().join("shallow");
    let run = repo.probity_in(&folder, &["policy", "input", "--scope", "repository"]).expect(0);
    let history = serde_json::from_str::<Json>(run.out.trim()).unwrap()["input"]["history"].clone();
    assert_eq!(history["complete"], false);
    assert!(history["why"].as_str().unwrap().contains("shallow"), "{history:#}");
}

#[test]
fn a_lock_is_held_against_what_git_tracks() {
    let repo = Repo::new();
    repo.write("data/raw.txt", "a\n");
    repo.write("dvc.yaml", "stages:\n  train: {cmd: python train.py, deps: [data/raw.txt], outs: [m.pkl]}\n");
    repo.put("dvc.lock", "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n    - {path: data/raw.txt, md5: x}\n    outs:\n    - {path: m.pkl, md5: y}\n");
    let input = input(&repo, &[]);
    let documents = input["documents"].as_array().unwrap();
    let lock = documents.iter().find(|document| document["kind"] == "dvc-lock").unwrap();
    let blob = json!({"md5": "60b725f10c9c85c70d97880dfe8191b3", "size": 2});
    assert_eq!(lock["blobs"], json!({"data/raw.txt": blob}), "the model is not in git");
    assert!(documents.iter().any(|document| document["kind"] == "dvc"));
}

#[test]
fn records_and_texts_are_there() {
    let repo = Repo::new();
    repo.write(".probity/risk.yaml", "risks: [{id: r1}]\n");
    repo.write(".probity/system.yaml", "systems: [{id: credit, paths: [models]}]\n");
    repo.put("models/README.md", "---\nlicense: mit\n---\n# Uses\n\nNone.\n");
    let input = input(&repo, &[]);
    assert_eq!(input["records"]["risk"], json!({"risks": [{"id": "r1"}]}));
    assert_eq!(input["records"]["suppliers"], json!({}));
    let card = &input["documents"][0];
    assert_eq!((&card["kind"], &card["text"]), (&json!("model-card"), &json!("# Uses\n\nNone.\n")));
    assert!(input["now"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn texts_about_governance_are_read_where_the_parameter_says() {
    let repo = Repo::new();
    repo.write(".probity/config.yaml", "params: {governance_texts: ['(^|/)dpia']}\n");
    repo.write("docs/dpia-2026.md", "---\nreviewed: 2026-01-01\n---\n# DPIA\n");
    repo.put("docs/other.md", "# Other\n");
    let input = input(&repo, &[]);
    let texts: Vec<&Json> =
        input["documents"].as_array().unwrap().iter().filter(|d| d["kind"] == "markdown").collect();
    let [dpia] = texts.as_slice() else { panic!("{texts:#?}") };
    assert_eq!(
        (&dpia["path"], &dpia["subject"]),
        (&json!("docs/dpia-2026.md"), &json!("document:docs/dpia-2026.md"))
    );
    assert_eq!(dpia["value"], json!({"reviewed": "2026-01-01"}));
    assert!(dpia["text"].as_str().unwrap().ends_with("# DPIA\n"));
}

#[test]
fn waivers_tell_their_own_state_and_who_committed_them() {
    let world = World::trusted();
    world.waive().unwrap();
    let head = world.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let at = |now: &str| {
        let audit = Audit::open(Request {
            path: world.repo.clone(),
            revision: None,
            staged: false,
            policies: Vec::new(),
            data: Vec::new(),
            only: Vec::new(),
            trust_repository_policies: false,
            isolation: Isolation::InProcess,
            reference: None,
            now: Some(now.parse().unwrap()),
            cached: false,
            waivers: world.options.clone(),
        });
        let mut inputs = Vec::new();
        audit
            .unwrap()
            .each_unit(Scope::Repository, &mut |unit| inputs.push(unit.input.json().clone()))
            .unwrap();
        inputs.remove(0)
    };
    let input = at(waiver_common::NOW);
    assert_eq!(input["now"], waiver_common::NOW);
    let [waiver] = input["waivers"].as_array().unwrap().as_slice() else { panic!("{input:#}") };
    assert_eq!((&waiver["policy"], &waiver["state"]), (&json!("PB-DATA-001"), &json!("valid")));
    assert_eq!(waiver["requester"], "kim@example.com");
    assert_eq!(
        (&waiver["created_at"], &waiver["expires_at"]),
        (&json!(waiver_common::NOW), &json!("2027-02-20T00:00:00Z"))
    );
    assert_eq!(waiver["approvers"], json!([]));
    let introduced = json!({"commit": head, "author": "kim@example.com", "reviewers": []});
    assert_eq!(waiver["introduced"], introduced);
    assert_eq!(waiver["subject"], format!("document:{}", waiver["path"].as_str().unwrap()));
    assert_eq!(at("2027-03-01T00:00:00Z")["waivers"][0]["state"], "expired");
}

/// A policy that reads history, and one that judges a record by its place.
const POLICY: &str = r#"# METADATA
# title: Weakened
# scope: package
# custom:
#   id: T-001
#   severity: high
#   scope: repository
package t
import rego.v1

deny contains {"msg": "weakened", "key": concat("/", change.key), "path": [], "resource": "repository",
    "evidence": {"commit": change.commit}} if {
    some change in input.history.changes
    change.new < change.old
}

deny contains {"msg": "no owner", "key": "owner", "path": ["risks", 0, "id"], "resource": "document:.probity/risk.yaml", "evidence": {}} if {
    some risk in input.records.risk.risks
    not risk.owner
}
"#;

#[test]
fn a_finding_of_the_past_is_traced_to_the_commit_that_it_names() {
    let repo = Repo::new();
    repo.put(".probity/config.yaml", "auc: 8\n");
    let guilty = repo.put(".probity/config.yaml", "auc: 7\n");
    repo.put(".probity/config.yaml", "auc: 9\n");
    let risk = repo.put(".probity/risk.yaml", "# risks\nrisks:\n  - id: r1\n");
    std::fs::write(repo.outside().join("t.rego"), POLICY).unwrap();
    let policies = repo.outside().join("t.rego");
    let args = ["--policies", policies.to_str().unwrap()];
    let report = repo.report(&args);
    let found = support::of_policy(&report, "T-001");
    assert_eq!(found.len(), 2, "{report:#}");
    let record = found.iter().find(|finding| finding["path"] == ".probity/risk.yaml").unwrap();
    assert_eq!(record["line"], 3);
    let run = repo.probity(&[&["trace", "--all", "--format", "json"], &args[..]].concat()).expect(0);
    let traced = run.json();
    let origin = |resource: &str| {
        let mut mine =
            traced.as_array().unwrap().iter().filter(|t| t["policy"] == "T-001" && t["resource"] == resource);
        mine.next().unwrap_or_else(|| panic!("{traced:#}"))["origin"]["commit"]["id"].clone()
    };
    assert_eq!(origin("repository"), json!(guilty));
    assert_eq!(origin("document:.probity/risk.yaml"), json!(risk));
}
