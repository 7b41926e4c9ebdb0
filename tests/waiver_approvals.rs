//! Two persons and one risk: ask, approve, reject, take back and renew, from the command line.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

mod support;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use probity::waiver::{
    Key, KeyStatus, PolicyChange, Principal, PublicKey, Rule, Rules, Timestamp, Trust, trust_files,
};
use support::{OPEN, Repo, Run, notebook};

/// A repository with one violation, made by Ada, where one other with the role `risk-owner` must approve.
struct Office {
    repo: Repo,
    root: String,
}

impl Office {
    fn new() -> Self {
        let repo = Repo::judged_by(&["PB-NET-001"]);
        for name in ["ada", "kim", "dana"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
                .arg(repo.outside().join(name))
                .status()
                .unwrap();
            assert!(made.success());
        }
        let line = |name: &str| {
            let text = std::fs::read_to_string(repo.outside().join(format!("{name}.pub"))).unwrap();
            text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
        };
        let person = |name: &str, roles: &[&str]| Principal {
            id: format!("{name}@example.com"),
            emails: Vec::new(),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            keys: vec![Key { key: line(name), status: KeyStatus::Active, not_after: None, no_touch: false }],
        };
        let rule = || Rule {
            approvals: 1,
            request_roles: Vec::new(),
            approve_roles: vec!["risk-owner".to_owned()],
            distinct_roles: false,
            max_days: 90,
            decision_types: Vec::new(),
            author_approval: false,
            policy_change: PolicyChange::Notice,
        };
        let trust = Trust {
            version: 1,
            repository: None,
            previous: None,
            name: "lab".to_owned(),
            issued_at: "2020-01-01T00:00:00Z".parse().unwrap(),
            expires_at: None,
            trusted_refs: vec!["refs/heads/main".to_owned()],
            admin_threshold: 1,
            admins: vec!["dana@example.com".to_owned()],
            principals: vec![
                person("ada", &["risk-owner"]),
                person("dana", &["risk-owner"]),
                person("kim", &["engineer"]),
            ],
            rules: Rules { critical: rule(), high: rule(), medium: rule(), low: rule() },
            nonce: "5f0d8c1e72ab4936b8a4c0d97e215f63".to_owned(),
        };
        let dana = PublicKey::from_line(&line("dana")).unwrap();
        let sign = |space: &str, bytes: &[u8]| {
            let file = repo.outside().join("to-sign");
            std::fs::write(&file, bytes).unwrap();
            let made = Command::new("ssh-keygen")
                .args(["-q", "-Y", "sign", "-n", space, "-f"])
                .arg(repo.outside().join("dana"))
                .arg(&file)
                .stdin(Stdio::null())
                .status()
                .unwrap();
            assert!(made.success());
            Ok(std::fs::read_to_string(repo.outside().join("to-sign.sig")).unwrap())
        };
        let (id, files) = trust_files(&trust, &dana, &sign).unwrap();
        for file in files {
            repo.write(&file.path, &file.bytes);
        }
        repo.commit("Start of trust");
        repo.put("main.tf", notebook("lab", OPEN));
        Self { repo, root: id.to_string() }
    }

    fn key(&self, name: &str) -> PathBuf {
        self.repo.outside().join(name)
    }

    /// `probity waive ..` or `probity waiver ..` with somebody's key.
    #[track_caller]
    fn by(&self, name: &str, args: &[&str]) -> Run {
        let key = self.key(name).display().to_string();
        let more = ["--trust-root", &self.root, "--signing-key", &key, "--only", "PB-NET-001"];
        self.repo.probity(&[args, &more[..]].concat())
    }

    #[track_caller]
    fn ask(&self) -> String {
        let print = self.repo.report(&[])["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
        let until = days_from_now(30);
        let run = self.by("kim", &["waive", &print, "--reason", "For a month", "--expires", &until, "--yes"]);
        run.expect(0).out.split(' ').next().unwrap().to_owned()
    }

    /// The exit code of the gate, and the state of each waiver with its causes.
    #[track_caller]
    fn gate(&self) -> (i32, Vec<(String, String)>) {
        let run = self.repo.probity(&["check", "--format", "json", "--trust-root", &self.root]);
        let report = run.json();
        let lines = report["waivers"].as_array().unwrap().iter();
        let waivers = lines.filter(|line| !line["id"].as_str().unwrap().contains('.'));
        let states =
            waivers.map(|line| (line["state"].as_str().unwrap().to_owned(), line["causes"].to_string()));
        (run.code, states.collect())
    }
}

fn days_from_now(days: u32) -> String {
    Timestamp::now().plus_days(days).date()
}

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
