//! Three persons with a key each, and a risk of which two of them decide.
#![allow(dead_code)] // each test file uses a part
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a helper of tests only

use std::path::PathBuf;
use std::process::{Command, Stdio};

use probity::waiver::{
    Key, KeyStatus, PolicyChange, Principal, PublicKey, Rule, Rules, Timestamp, Trust, trust_files,
};

use crate::support::{OPEN, Repo, Run, notebook};

/// A repository with one violation, made by Ada, where one other with the role `risk-owner` must approve.
pub struct Office {
    pub repo: Repo,
    pub root: String,
}

impl Office {
    pub fn new() -> Self {
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

    pub fn key(&self, name: &str) -> PathBuf {
        self.repo.outside().join(name)
    }

    /// `probity waive ..` or `probity waiver ..` with somebody's key.
    #[track_caller]
    pub fn by(&self, name: &str, args: &[&str]) -> Run {
        let key = self.key(name).display().to_string();
        let more = ["--trust-root", &self.root, "--signing-key", &key, "--only", "PB-NET-001"];
        self.repo.probity(&[args, &more[..]].concat())
    }

    /// `probity ..` with somebody's key, as a terminal starts it.
    pub fn command(&self, name: &str, args: &[&str]) -> portable_pty::CommandBuilder {
        let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_probity"));
        command.args(args);
        command.args(["--trust-root", &self.root, "--only", "PB-NET-001", "--signing-key"]);
        command.arg(self.key(name));
        command.cwd(&self.repo.path);
        command.env_clear();
        for (name, value) in self.repo.environment() {
            command.env(name, value);
        }
        command
    }

    #[track_caller]
    pub fn ask(&self) -> String {
        let print = self.repo.report(&[])["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
        let until = days_from_now(30);
        let run = self.by("kim", &["waive", &print, "--reason", "For a month", "--expires", &until, "--yes"]);
        run.expect(0).out.split(' ').next().unwrap().to_owned()
    }

    /// The exit code of the gate, and the state of each waiver with its causes.
    #[track_caller]
    pub fn gate(&self) -> (i32, Vec<(String, String)>) {
        let run = self.repo.probity(&["check", "--format", "json", "--trust-root", &self.root]);
        let report = run.json();
        let lines = report["waivers"].as_array().unwrap().iter();
        let waivers = lines.filter(|line| !line["id"].as_str().unwrap().contains('.'));
        let states =
            waivers.map(|line| (line["state"].as_str().unwrap().to_owned(), line["causes"].to_string()));
        (run.code, states.collect())
    }
}

pub fn days_from_now(days: u32) -> String {
    Timestamp::now().plus_days(days).date()
}
