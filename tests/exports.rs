//! What other programs read: SARIF, OSCAL, and the exception register.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

#[path = "support/lab.rs"]
mod lab;
mod support;

use lab::Lab;
use serde_json::Value as Json;
use support::{CLOSED, OPEN, notebook};

fn results(sarif: &Json) -> Vec<&Json> {
    sarif["runs"][0]["results"].as_array().unwrap().iter().collect()
}

#[test]
fn a_waived_finding_is_suppressed_and_others_are_not() {
    let lab = Lab::new();
    lab.waive("A month.", 30);
    let sarif = lab.check(&["sarif"]);
    let all = results(&sarif);
    assert_eq!(all.len(), 2);
    let waived = all.iter().find(|result| !result["suppressions"].as_array().unwrap().is_empty()).unwrap();
    let place = &waived["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "infra/main%20file.tf");
    assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
    let suppression = &waived["suppressions"][0];
    assert_eq!(
        (&suppression["kind"], &suppression["status"], &suppression["justification"]),
        (&"external".into(), &"accepted".into(), &"A month.".into())
    );
    let other = all.iter().find(|result| result["suppressions"] == serde_json::json!([])).unwrap();
    assert_eq!((&other["kind"], &other["level"]), (&"fail".into(), &"error".into()));
    let index = usize::try_from(other["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][index]["id"], other["ruleId"]);
    let fingerprint = other["partialFingerprints"]["probityFinding/v1"].as_str().unwrap();
    assert!(fingerprint.starts_with("pf1:"));
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], true);
    // The same bytes again.
    let again = lab.repo.probity(&["check", "--format", "sarif"]).out;
    assert_eq!(again, lab.repo.probity(&["check", "--format", "sarif"]).out);
}

#[test]
fn a_waiver_that_does_not_count_suppresses_nothing() {
    let lab = Lab::new();
    let id = lab.waive("A month.", 30);
    lab.by(&["waiver", "revoke", &id, "--reason", "Over."]);
    let suppressed = |sarif: &Json| {
        let all =
            results(sarif).into_iter().flat_map(|result| result["suppressions"].as_array().unwrap().clone());
        all.map(|one| one["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(suppressed(&lab.check(&["sarif"])), Vec::<String>::new());
    assert_eq!(suppressed(&lab.check(&["sarif", "--sarif-all-states"])), ["rejected"]);
}

#[test]
fn what_was_not_read_is_told_and_the_run_not_called_successful() {
    let lab = Lab::new();
    lab.repo.put("bad.tf", "resource {{{ \u{1b}[31m");
    let sarif = lab.check(&["sarif"]);
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notes = invocation["toolExecutionNotifications"].as_array().unwrap();
    let bad = notes.iter().find(|note| note["level"] == "error").unwrap();
    assert_eq!(bad["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "bad.tf");
    let oscal = lab.check(&["oscal-ar"]);
    let result = &oscal["assessment-results"]["results"][0];
    assert!(result["description"].as_str().unwrap().contains("1 files not read"), "{result}");
}

#[test]
fn a_baseline_says_what_is_new_unchanged_and_gone() {
    let lab = Lab::new();
    let base = lab.repo.git(&["rev-parse", "HEAD"]);
    lab.repo.put("open/main.tf", notebook("other", CLOSED));
    lab.repo.put("new/main.tf", notebook("third", OPEN));
    let sarif = lab.check(&["sarif", "--base", &base]);
    let mut states: Vec<_> =
        results(&sarif).iter().map(|result| result["baselineState"].as_str().unwrap().to_owned()).collect();
    states.sort();
    assert_eq!(states, ["absent", "new", "unchanged"]);
}

#[test]
fn risks_have_the_status_that_waivers_give_them() {
    let lab = Lab::new();
    lab.waive("A month.", 30);
    let statuses = |document: &Json| {
        let risks = document["risks"].as_array().unwrap().iter();
        let mut found: Vec<_> = risks.map(|risk| risk["status"].as_str().unwrap().to_owned()).collect();
        found.sort();
        found
    };
    let results = lab.check(&["oscal-ar"]);
    let result = &results["assessment-results"]["results"][0];
    assert_eq!(statuses(result), ["deviation-approved", "open"]);
    assert_eq!(result["findings"].as_array().unwrap().len(), 2);
    let plan = &lab.check(&["oscal-poam"])["plan-of-action-and-milestones"];
    assert_eq!(statuses(plan), ["deviation-approved", "open"]);
    let risks = plan["risks"].as_array().unwrap();
    let waived = risks.iter().find(|risk| risk["status"] == "deviation-approved").unwrap();
    let entries = waived["risk-log"]["entries"].as_array().unwrap();
    assert_eq!(entries[0]["description"], "kim@example.com asked: A month.");
    // Every reference leads somewhere.
    let known: Vec<&Json> = risks.iter().map(|risk| &risk["uuid"]).collect();
    for item in plan["poam-items"].as_array().unwrap() {
        assert!(known.contains(&&item["related-risks"][0]["risk-uuid"]), "{item}");
    }
    // Nothing to do is a plan too.
    lab.repo.put("infra/main file.tf", notebook("lab", CLOSED));
    lab.repo.put("open/main.tf", notebook("other", CLOSED));
    let empty = &lab.check(&["oscal-poam"])["plan-of-action-and-milestones"];
    assert_eq!(empty["poam-items"][0]["title"], "Nothing to do");
}

#[test]
fn the_register_is_safe_in_a_spreadsheet_and_on_a_page() {
    let lab = Lab::new();
    let id = lab.waive("=cmd(\"x\") | <b>now</b> [link](https://example.com)", 30);
    let register = |format: &str| lab.repo.probity(&["waiver", "register", "--format", format]).expect(0).out;
    let csv = register("csv");
    let rows: Vec<&str> = csv.split("\r\n").filter(|row| !row.is_empty()).collect();
    assert_eq!(rows.len(), 2, "{csv}");
    assert!(rows[1].starts_with(&format!("\"{id}\",\"PB-NET-001 v")), "{csv}");
    assert!(rows[1].contains("\"risk-acceptance: =cmd(\"\"x\"\") | <b>"), "{csv}");
    assert!(rows[1].ends_with("\"active: no second person\""), "{csv}");
    let page = register("markdown");
    assert!(
        page.contains("=cmd(\"x\") \\| &lt;b&gt;now&lt;/b&gt; \\[link\\](https://example.com)"),
        "{page}"
    );
    assert!(register("text").contains("no second person"));
}
