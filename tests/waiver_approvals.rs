//! Two persons and one risk: ask, approve, reject, take back and renew, from the command line.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

#[path = "support/office.rs"]
mod office;
mod support;

use office::{Office, days_from_now};

#[test]
fn a_waiver_counts_once_somebody_else_approves_it() {
    let office = Office::new();
    let id = office.ask();
    let (code, states) = office.gate();
    assert_eq!((code, states[0].0.as_str()), (1, "pending"));
    assert!(states[0].1.contains("0 of 1 approvals"), "{states:?}");
    // Who asked, who has no such role and who introduced the finding cannot; each is told why, and nothing is written.
    let before = office.repo.git(&["rev-parse", "HEAD"]);
    let refused = office.by("kim", &["waiver", "approve", &id]).expect(2);
    assert!(refused.err.contains("kim@example.com has no role that decides"), "{}", refused.err);
    let refused = office.by("ada", &["waiver", "approve", &id]).expect(2);
    assert!(refused.err.contains("ada@example.com introduced the finding"), "{}", refused.err);
    assert_eq!(office.repo.git(&["rev-parse", "HEAD"]), before);
    assert_eq!(office.repo.git(&["status", "--porcelain"]), "");
    office.by("dana", &["waiver", "approve", &id, "--comment", "For this month only"]).expect(0);
    assert_eq!(office.repo.git(&["log", "-1", "--format=%s"]), "Approve the waiver of PB-NET-001");
    let (code, states) = office.gate();
    assert_eq!((code, states[0].0.as_str()), (0, "active"));
    let text = office.repo.probity(&["check", "--trust-root", &office.root]).expect(0).out;
    assert!(text.contains("by kim@example.com, approved by dana@example.com: For a month"), "{text}");
}

#[test]
fn a_rejection_stands_until_the_same_person_approves() {
    let office = Office::new();
    let id = office.ask();
    office.by("dana", &["waiver", "approve", &id]).expect(0);
    // Whoever introduced the finding may still say no.
    office.by("ada", &["waiver", "reject", &id, "--comment", "The notebook is gone by Friday"]).expect(0);
    let (code, states) = office.gate();
    assert_eq!((code, states[0].0.as_str()), (1, "rejected"));
    assert!(
        states[0].1.contains("rejected by ada@example.com: The notebook is gone by Friday"),
        "{states:?}"
    );
    // Nobody's approval but Ada's takes it back, and Ada may not approve.
    office.by("dana", &["waiver", "approve", &id]).expect(0);
    assert_eq!(office.gate().1[0].0, "rejected");
    // Dana may change her mind, and back.
    let office = Office::new();
    let id = office.ask();
    for (word, state) in [("approve", "active"), ("reject", "rejected"), ("approve", "active")] {
        office.by("dana", &["waiver", word, &id]).expect(0);
        assert_eq!(office.gate().1[0].0, state, "{word}");
    }
}

#[test]
fn a_renewal_needs_what_a_first_request_needs() {
    let office = Office::new();
    let id = office.ask();
    office.by("dana", &["waiver", "approve", &id]).expect(0);
    let until = days_from_now(60);
    let renewed =
        office.by("kim", &["waiver", "renew", &id, "--reason", "One more", "--expires", &until, "--yes"]);
    let new = renewed.expect(0).out.split(' ').next().unwrap().to_owned();
    let states = |office: &Office| {
        let lines = office.repo.probity(&["check", "--format", "json", "--trust-root", &office.root]).json();
        let state = |id: &str| {
            let line = lines["waivers"].as_array().unwrap().iter().find(|line| line["id"] == *id);
            line.unwrap()["state"].as_str().unwrap().to_owned()
        };
        (state(&id), state(&new))
    };
    assert_eq!(states(&office), ("active".to_owned(), "pending".to_owned()));
    office.by("dana", &["waiver", "approve", &new]).expect(0);
    assert_eq!(states(&office), ("superseded".to_owned(), "active".to_owned()));
    assert_eq!(office.gate().0, 0);
    // The old one does not come back.
    office.by("kim", &["waiver", "revoke", &new, "--reason", "Done"]).expect(0);
    assert_eq!(states(&office), ("superseded".to_owned(), "revoked".to_owned()));
    assert_eq!(office.gate().0, 1);
}
