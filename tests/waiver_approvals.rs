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

#[test]
fn who_signed_the_introducing_commit_cannot_approve() {
    let office = Office::new();
    let key = office.key("dana").display().to_string();
    let sign = format!("user.signingKey={key}");
    office.repo.git(&["-c", "gpg.format=ssh", "-c", &sign, "commit", "-q", "-S", "--amend", "--no-edit"]);
    let id = office.ask();
    let refused = office.by("dana", &["waiver", "approve", &id]).expect(2).err;
    assert!(refused.contains("identity verified"), "{refused}");
    office.by("ada", &["waiver", "approve", &id]).expect(2); // Ada is the author.
    let trace = |root: &[&str]| office.repo.probity(&[&["trace", "--all"], root].concat()).expect(0).out;
    let known = trace(&["--trust-root", &office.root]);
    assert!(known.contains("signed by dana@example.com (identity verified)"), "{known}");
    assert!(trace(&[]).contains("identity unverified"));
    assert_eq!(office.gate().0, 1);
}

#[test]
fn history_tells_what_became_of_each_record() {
    let office = Office::new();
    let id = office.ask();
    office.by("dana", &["waiver", "approve", &id]).expect(0);
    office.by("kim", &["waiver", "revoke", &id, "--reason", "Over."]).expect(0);
    let verify = |args: &[&str]| {
        let more = ["--trust-root", &office.root, "--only", "PB-NET-001"];
        office.repo.probity(&[&["waiver", "verify"], args, &more[..]].concat())
    };
    let text = verify(&["--all", "--explain", "--trust-ref", "refs/heads/main"]).expect(0).out;
    assert_eq!(text.matches(" added ").count(), 3, "{text}");
    assert_eq!(text.matches("on refs/heads/main since").count(), 3, "{text}");
    assert!(text.contains("identity unverified: Approve the waiver of PB-NET-001"), "{text}");
    assert!(text.contains("0 more in the history"), "{text}");
    let today = probity::waiver::Timestamp::now().date();
    assert!(text.contains(&format!("approved by dana@example.com as risk-owner, {today}")), "{text}");
    assert!(text.contains(&format!("revoked by kim@example.com: Over., {today}")), "{text}");
    // A branch removes the revocation and writes the waiver's file anew.
    office.repo.branch("change");
    let revocation = office.repo.git(&["ls-files", ".probity/waivers/*.rv-*"]);
    let waiver = format!(".probity/waivers/{id}.yaml");
    let content = std::fs::read_to_string(office.repo.path.join(&waiver)).unwrap();
    office.repo.remove(&revocation);
    office.repo.write(&waiver, content.replace("For a month", "For a year."));
    office.repo.commit("Tidy up");
    let found = verify(&["--all", "--explain"]).expect(3);
    assert!(found.out.contains("changed 20") && found.out.contains(": Tidy up"), "{}", found.out);
    assert!(found.out.contains("the revocation by kim@example.com: Over."), "{}", found.out);
    assert!(found.out.contains("1 more in the history that this commit does not have, 1 of them restricted"));
    // The waiver as it was is back; without --all nobody sees that its revocation is gone.
    office.repo.write(&waiver, content);
    office.repo.commit("Undo");
    verify(&[]).expect(0);
    verify(&["--all"]).expect(3);
    // A merge that takes neither side's word drops what only the other side has.
    office.repo.switch("main");
    office.repo.git(&["checkout", "-q", "-b", "ours", "HEAD~1"]);
    office.repo.put("other.txt", "x");
    office.repo.git(&["merge", "-q", "-s", "ours", "-m", "Merge but take nothing", "main"]);
    let found = verify(&["--all", "--explain"]).expect(3).out;
    assert!(found.contains("removed 20") && found.contains(": Merge but take nothing"), "{found}");
}
