//! A repository's own parameters: they decide, they are in the digest, and mistakes in them are told.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

mod support;

use serde_json::Value as Json;
use support::{Repo, notebook, texts};

const CONFIG: &str = ".probity/config.yaml";

fn repository(config: &str) -> Repo {
    with(&["PB-GOV-001"], config)
}

fn with(policies: &[&str], config: &str) -> Repo {
    let repo = Repo::judged_by(policies);
    repo.write("main.tf", notebook("lab", "\"Disabled\""));
    if !config.is_empty() {
        repo.write(CONFIG, config);
    }
    repo.commit("All");
    repo
}

fn tags_missing(report: &Json) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|f| f["policy"] == "PB-GOV-001").map(|f| f["message"].as_str().unwrap()).collect()
}

#[test]
fn an_override_decides_and_changes_the_digest() {
    let plain = repository("").report(&[]);
    assert_eq!(tags_missing(&plain), Vec::<&str>::new());
    let own = repository("params:\n  required_tags: [ai-system, cost-center]\n").report(&[]);
    let missing = tags_missing(&own);
    assert_eq!(missing.len(), 1, "{own:#}");
    assert!(missing[0].contains("cost-center"), "{missing:?}");
    assert_ne!(plain["policies"]["digest"], own["policies"]["digest"]);
    // The same values as the defaults are the same policies.
    let same = "params:\n  required_tags: [ai-system, owner, data-classification, risk-class, environment]\n";
    assert_eq!(repository(same).report(&[])["policies"]["digest"], plain["policies"]["digest"]);
}

#[test]
fn mistakes_are_told_with_their_line_and_the_default_counts() {
    for (config, line, reason) in [
        ("params:\n  required_tag: [cost-center]\n", 2, "did you mean `required_tags`?"),
        ("params:\n  required_tags: cost-center\n", 2, "`required_tags` must be a list, not a string"),
        ("params:\n  required_tags: [cost-center, 1]\n", 2, "must be a string, not a number"),
        ("# mine\nparams: [1]\n", 2, "must be a mapping"),
    ] {
        let repo = repository(config);
        let report = repo.probity(&["check", "--format", "json"]).expect(3).json();
        assert_eq!(tags_missing(&report), Vec::<&str>::new());
        let unparsed = report["unparsed"].as_array().unwrap();
        assert_eq!(unparsed.len(), 1, "{report:#}");
        assert_eq!((unparsed[0]["path"].as_str(), unparsed[0]["line"].as_u64()), (Some(CONFIG), Some(line)));
        let told = unparsed[0]["reason"].as_str().unwrap();
        assert!(told.contains(reason), "{told}");
    }
}

/// The configuration flipped the verdict: that commit is the origin.
#[test]
fn each_commit_is_judged_with_its_own_configuration() {
    let repo = repository("");
    repo.write("notes.txt", "x");
    repo.commit("Nothing of interest");
    repo.write(CONFIG, "params:\n  required_tags: [cost-center]\n");
    let origin = repo.commit("Ask for a cost center");
    repo.write("notes.txt", "y");
    repo.commit("Nothing of interest again");
    let found = repo.origin("PB-GOV-001");
    assert_eq!(found["commit"]["id"], Json::from(origin), "{found:#}");
}

/// A user's policies read the same parameters, in their own process.
#[test]
fn policies_of_a_folder_see_them() {
    let repo = with(&["mine"], "params:\n  required_tags: [cost-center]\n");
    let folder = repo.outside().join("policy");
    std::fs::create_dir(&folder).unwrap();
    let text = "package mine\n\nimport rego.v1\n\nwarn contains tag if {\n\tinput.resource\n\tsome tag in data.probity.params.required_tags\n}\n";
    std::fs::write(folder.join("mine.rego"), text).unwrap();
    let report = repo.report(&["--policies", folder.to_str().unwrap()]);
    assert_eq!(texts(&report["review"], "message"), ["cost-center"], "{report:#}");
}
