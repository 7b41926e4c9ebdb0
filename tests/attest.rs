//! Statements of audits: made again anywhere from the repository alone, and told apart from forged ones.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

#[path = "support/office.rs"]
mod office;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use office::Office;
use probity::model::Digest;

const INSTANT: &str = "2026-11-01T00:00:00Z";

fn stated(office: &Office, name: &str) -> PathBuf {
    let file = office.repo.outside().join(name);
    let path = file.display().to_string();
    office.by("dana", &["attest", "--as-of", INSTANT, "--output", &path]).expect(0);
    file
}

/// Exit code and the lines of a check in some folder.
fn checked(office: &Office, file: &Path, more: &[&str]) -> (i32, String) {
    let args = ["attest", "verify", file.to_str().unwrap(), "--trust-root", &office.root];
    let run = office.repo.probity(&[&args, more].concat());
    (run.code, run.out + &run.err)
}

#[test]
fn a_statement_is_verified_by_making_the_audit_again() {
    let office = Office::new();
    office.ask();
    let file = stated(&office, "statement.json");
    let (code, out) = checked(&office, &file, &[]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("signature      good     dana@example.com, SHA256:"), "{out}");
    assert!(out.contains("verdicts       same     1 open (0 critical"), "{out}");

    // Later commits and work that is not committed say nothing of it.
    office.repo.put("more.tf", support::notebook("more", support::OPEN));
    office.repo.write("more.tf", "broken {");
    assert_eq!(checked(&office, &file, &[]).0, 0);

    // OpenSSH agrees on the signature.
    let signers = office.repo.outside().join("signers");
    let public = std::fs::read_to_string(office.key("dana").with_extension("pub")).unwrap();
    std::fs::write(&signers, format!("dana@example.com {public}")).unwrap();
    let judged = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", "probity-attestation-v1", "-I", "dana@example.com", "-f"])
        .arg(&signers)
        .arg("-s")
        .arg(file.with_extension("json.sig"))
        .stdin(std::fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
}

#[test]
fn two_clones_give_the_same_bytes_and_sha256sum_the_same_digest() {
    let office = Office::new();
    office.ask();
    let first = std::fs::read_to_string(stated(&office, "one.json")).unwrap();
    let other = office.repo.outside().join("elsewhere");
    let (from, to) = (office.repo.path.to_str().unwrap(), other.to_str().unwrap());
    office.repo.git_in(office.repo.outside(), &["clone", "-q", from, to]);
    let commit = office.repo.git(&["rev-parse", "HEAD"]);
    office.repo.git_in(&other, &["checkout", "-q", "-b", "main2", "HEAD~1"]);
    let key = office.key("dana").display().to_string();
    let make = |output: &str| {
        let args = [
            "attest",
            to,
            "--rev",
            &commit,
            "--ref",
            "refs/heads/main",
            "--as-of",
            INSTANT,
            "--output",
            output,
            "--trust-root",
            &office.root,
            "--only",
            "PB-NET-001",
            "--signing-key",
            &key,
        ];
        office.repo.probity(&args).expect(0);
        let text = std::fs::read_to_string(output).unwrap();
        (text, std::fs::read_to_string(format!("{output}.sig")).unwrap())
    };
    let place = |name: &str| office.repo.outside().join(name).display().to_string();
    let (second, signature) = make(&place("two.json"));
    assert_eq!(first, second);
    // Signatures of Ed25519 depend on key and message alone.
    assert_eq!(signature, std::fs::read_to_string(place("one.json.sig")).unwrap());

    let report = office.repo.probity(&[
        "check",
        "--rev",
        &commit,
        "--as-of",
        INSTANT,
        "--accept-as-of",
        "--format",
        "json",
        "--trust-root",
        &office.root,
        "--only",
        "PB-NET-001",
    ]);
    let statement: serde_json::Value = serde_json::from_str(&first).unwrap();
    let verdict = &statement["predicate"]["verdict"];
    assert_eq!(verdict["report"]["sha256"], Digest::of(&report.raw).hex());
    assert_eq!(statement["subject"][0]["digest"]["gitCommit"], commit);
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
}

#[test]
fn what_differs_is_said_and_nothing_forged_passes() {
    let office = Office::new();
    office.ask();
    let file = stated(&office, "statement.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let armor = std::fs::read_to_string(file.with_extension("json.sig")).unwrap();
    let place = |name: &str| office.repo.outside().join(name);
    let forge = |name: &str, text: &str, armor: &str| {
        std::fs::write(place(name), text).unwrap();
        std::fs::write(place(&format!("{name}.sig")), armor).unwrap();
        checked(&office, &place(name), &[])
    };
    // Changed after it was signed.
    let fewer = text.replace("\"medium\": ", "\"medium\": 1").replace("\"high\": 1", "\"high\": 0");
    assert_ne!(fewer, text);
    let (code, out) = forge("changed.json", &fewer, &armor);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("signature      bad"), "{out}");
    assert!(out.contains("verdicts       differs  stated"), "{out}");
    assert!(out.contains("report         same"), "{out}");
    // Signed by somebody whom nobody trusts, and for another name space.
    let sign = |key: &str, space: &str| {
        let made = Command::new("ssh-keygen")
            .args(["-q", "-Y", "sign", "-n", space, "-f"])
            .arg(office.key(key))
            .arg(&file)
            .status()
            .unwrap();
        assert!(made.success());
        std::fs::read_to_string(file.with_extension("json.sig")).unwrap()
    };
    let stranger = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(place("mallory"))
        .status()
        .unwrap();
    assert!(stranger.success());
    for (key, space, says) in [
        ("mallory", "probity-attestation-v1", "unknown  SHA256:"),
        ("dana", "probity-waiver-v1", "bad      it was made for the name space `probity-waiver-v1`"),
    ] {
        std::fs::remove_file(file.with_extension("json.sig")).unwrap();
        let armor = sign(key, space);
        let (code, out) = forge("other.json", &text, &armor);
        assert_eq!(code, 1, "{out}");
        assert!(out.contains(says), "{out}");
    }
    // Names twice mean different things to different readers.
    let twice = text.replacen("{\n", "{\n  \"_type\": \"x\",\n", 1);
    assert_eq!(forge("twice.json", &twice, &armor).0, 2);
    // Without a pin nobody is known.
    std::fs::write(file.with_extension("json.sig"), &armor).unwrap();
    let run = office.repo.probity(&["attest", "verify", file.to_str().unwrap()]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("trust          differs"), "{}", run.out);
    // For programs.
    let check = office.repo.probity(&[
        "attest",
        "verify",
        file.to_str().unwrap(),
        "--trust-root",
        &office.root,
        "--format",
        "json",
    ]);
    assert_eq!(check.expect(0).json()["verified"], true);
}
