//! A repository in which one signature is enough for a waiver.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)] // each test file uses a part

use std::process::Command;

use probity::waiver::Timestamp;
use serde_json::Value as Json;

use crate::support::{OPEN, Repo, notebook};

/// Two violations; with a key at hand and trust in which one signature is enough.
pub struct Lab {
    pub repo: Repo,
    key: String,
}

impl Lab {
    pub fn new() -> Self {
        let repo = Repo::judged_by(&["PB-NET-001"]);
        let key = repo.outside().join("kim");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "kim", "-f"])
            .arg(&key)
            .status()
            .unwrap();
        assert!(made.success());
        repo.put("infra/main file.tf", notebook("lab", OPEN));
        repo.put("open/main.tf", notebook("other", OPEN));
        let lab = Self { key: key.display().to_string(), repo };
        lab.by(&["trust", "init", "--principal", "kim@example.com", "--approvals", "0,0,0,0", "--yes"]);
        lab
    }

    pub fn key(&self) -> String {
        self.key.clone()
    }

    #[track_caller]
    pub fn by(&self, args: &[&str]) -> String {
        self.repo.probity(&[args, &["--signing-key", &self.key]].concat()).expect(0).out
    }

    /// Waives the finding in the file with a space in its name.
    pub fn waive(&self, reason: &str, days: u32) -> String {
        let report = self.repo.report(&[]);
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|found| found["path"] == "infra/main file.tf").unwrap();
        let until = Timestamp::now().plus_days(days).date();
        let print = found["fingerprint"].as_str().unwrap();
        let said = self.by(&["waive", print, "--reason", reason, "--expires", &until, "--yes"]);
        said.split(' ').next().unwrap().to_owned()
    }

    #[track_caller]
    pub fn check(&self, args: &[&str]) -> Json {
        let run = self.repo.probity(&[&["check", "--format"], args].concat());
        serde_json::from_str(&run.out).unwrap()
    }
}
