//! Several waivers at once, and those that end soon.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

#[path = "support/lab.rs"]
mod lab;
mod support;

use lab::Lab;
use probity::waiver::Timestamp;

fn fingerprints(lab: &Lab) -> Vec<String> {
    let report = lab.repo.report(&[]);
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|found| found["fingerprint"].as_str().unwrap().to_owned()).collect()
}

fn in_days(days: u32) -> String {
    Timestamp::now().plus_days(days).date()
}

#[test]
fn a_group_is_waived_by_single_records_in_one_commit() {
    let lab = Lab::new();
    let before = lab.repo.git(&["rev-parse", "HEAD"]);
    let until = in_days(30);
    let said =
        lab.by(&["waive", "--all-of", "PB-NET-001", "--reason", "Both.", "--expires", &until, "--yes"]);
    assert_eq!(said.lines().filter(|line| line.starts_with("wv-")).count(), 2, "{said}");
    assert_eq!(lab.repo.git(&["rev-parse", "HEAD^"]), before);
    let added = lab.repo.git(&["show", "--name-status", "--format=%B", "HEAD"]);
    assert_eq!(added.matches("A\t.probity/waivers/wv-").count(), 2, "{added}");
    assert_eq!(added.matches("Probity-Waiver: wv-").count(), 2, "{added}");
    assert!(added.starts_with("Waive 2 findings of PB-NET-001"), "{added}");
    let report = lab.check(&["json"]);
    assert_eq!((&report["summary"]["open"], &report["summary"]["waived"]), (&0.into(), &2.into()));
    // Nothing is left to waive.
    let args = ["waive", "--all-of", "PB-NET-001", "--reason", "Again.", "--expires", &until, "--yes"];
    assert!(lab.repo.probity(&args).expect(2).err.contains("no open finding of PB-NET-001"));
}

#[test]
fn what_one_may_not_none_is_written_for() {
    let lab = Lab::new();
    let prints = fingerprints(&lab);
    let (first, other) = (prints[0].as_str(), prints[1].as_str());
    // The first is waived for longer already, so both are refused.
    lab.by(&["waive", first, "--reason", "One.", "--expires", &in_days(60), "--yes"]);
    let before = lab.repo.git(&["rev-parse", "HEAD"]);
    let args = ["waive", other, first, "--reason", "Both.", "--expires", &in_days(30), "--yes"];
    let key = lab.key();
    let run = lab.repo.probity(&[&args[..], &["--signing-key", &key]].concat()).expect(2);
    assert!(run.err.contains("already waives this"), "{}", run.err);
    assert_eq!(lab.repo.git(&["rev-parse", "HEAD"]), before);
    assert_eq!(lab.repo.git(&["status", "--porcelain"]), "");
    // Naming one twice waives it once; a new branch holds all of them.
    let args =
        ["waive", other, other, "--reason", "Twice.", "--expires", &in_days(30), "--yes", "--new-branch"];
    let said = lab.by(&args);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("on refs/heads/probity/waiver-"), "{said}");
    assert_eq!(lab.repo.git(&["rev-parse", "HEAD"]), before);
}

#[test]
fn waivers_that_end_soon_are_told_and_change_nothing() {
    let lab = Lab::new();
    let id = lab.waive("A fortnight.", 14);
    let warned = |command: &[&str], within: &str| {
        let run = lab.repo.probity(&[command, &["--warn-within", within]].concat());
        (run.code, run.err.lines().filter(|line| line.contains(" ends in ")).count(), run.err)
    };
    let (code, count, text) = warned(&["check"], "30d");
    assert_eq!((code, count), (1, 1), "{text}"); // the other finding is open
    assert!(text.contains(&format!("{id} ends in 13 days")), "{text}");
    assert_eq!(warned(&["check"], "7d").1, 0);
    assert_eq!(warned(&["waiver", "list"], "30").1, 1);
    lab.by(&["waiver", "revoke", &id, "--reason", "Over."]);
    assert_eq!(warned(&["check"], "30d").1, 0);
    assert_eq!(lab.repo.probity(&["check", "--warn-within", "soon"]).code, 2);
}
