//! The specification's five files, byte for byte, and everything near them that must be refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::assigning_clones)] // a test may panic

mod waiver_common;

use probity::model::Status;
use probity::waiver::{Record, Register};
use proptest::prelude::*;
use waiver_common::{World, finding, now};

const ID: &str = "sha256:7726e2be101273dd72ae8c9d3444e765824605cb5f2127e0882185757f73ac7a";
const WAIVER: &str = "wv-fxabdh4cdmvwwwbvv0t7yncjhf.yaml";
const APPROVAL: &str = "wv-fxabdh4cdmvwwwbvv0t7yncjhf.ap-a5q0m83w4g10qty3vpbhbwkhtg.yaml";
const REVOCATION: &str = "wv-fxabdh4cdmvwwwbvv0t7yncjhf.rv-75s42t7807hrwnpcv38bwh626d.yaml";
const TRUST: &str = "1.trust.yaml";
const SIGNATURE: &str = "1.trust.a7a1850c7541.sig";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/waiver/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A repository that holds the given files of `.probity/`, pinned to the specification's trust data.
struct Example {
    world: World,
}

impl Example {
    fn new(records: &[(&str, &[u8])]) -> Self {
        let mut files = vec![(TRUST.to_owned(), fixture(TRUST)), (SIGNATURE.to_owned(), fixture(SIGNATURE))];
        files.extend(records.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())));
        Self::with_files(&files)
    }

    fn with_files(files: &[(String, Vec<u8>)]) -> Self {
        let mut world = World::new();
        world.options.trust_root = Some(ID.parse().unwrap());
        let example = Self { world };
        example.replace(files);
        example
    }

    fn replace(&self, files: &[(String, Vec<u8>)]) {
        let _ = std::fs::remove_dir_all(self.world.repo.join(".probity"));
        for (name, bytes) in files {
            let folder = if name.contains("trust") { "trust" } else { "waivers" };
            let path = self.world.repo.join(".probity").join(folder);
            std::fs::create_dir_all(&path).unwrap();
            std::fs::write(path.join(name), bytes).unwrap();
        }
        self.world.git(&["add", "-A", "-f"]);
        self.world.git(&["commit", "-q", "--allow-empty", "-m", "Records"]);
    }

    fn register(&self) -> Register {
        self.world.register()
    }

    fn state(&self) -> String {
        self.world.state(&finding())
    }
}

#[test]
fn the_five_files_of_the_specification() {
    let (waiver, approval, revocation) = (fixture(WAIVER), fixture(APPROVAL), fixture(REVOCATION));
    let example = Example::new(&[(WAIVER, &waiver)]);
    let register = example.register();
    assert_eq!(register.invalid, []);
    assert_eq!(register.trust.error, None);
    assert_eq!(register.trust.id.unwrap().to_string(), ID);
    assert_eq!(
        register.entries[0].digest.to_string(),
        "sha256:7f54b6c48c6d37ce717bd8347f55928bd5eef85ff971aefd0fc9983f78b7d4b0"
    );
    assert_eq!(example.state(), "pending");

    let example = Example::new(&[(WAIVER, &waiver), (APPROVAL, &approval)]);
    assert_eq!((example.register().invalid, example.register().entries.len()), (vec![], 2));
    assert_eq!(example.state(), "active");

    let example = Example::new(&[(WAIVER, &waiver), (APPROVAL, &approval), (REVOCATION, &revocation)]);
    assert_eq!((example.register().invalid, example.register().entries.len()), (vec![], 3));
    assert_eq!(example.state(), "revoked");
    let (status, _, causes) = example.world.state_at(&finding(), now(), Some("refs/heads/main"));
    assert_eq!(status, Status::Open);
    assert!(causes[0].starts_with("revoked by dana@example.com"), "{causes:?}");
}

#[test]
fn stock_tools_verify_what_the_export_allows() {
    let example = Example::new(&[]);
    let register = example.register();
    let allowed = register.trust.in_force().unwrap().allowed_signers();
    let file = example.world.root().join("export");
    std::fs::write(&file, &allowed).unwrap();
    for (name, who, space) in [
        (WAIVER, "kim@example.com", "probity-waiver-v1"),
        (APPROVAL, "dana@example.com", "probity-approval-v1"),
        (REVOCATION, "dana@example.com", "probity-revocation-v1"),
    ] {
        let text = String::from_utf8(fixture(name)).unwrap();
        let (payload, rest) = text.split_once("---\nsignature: |\n").unwrap();
        let armor: String = rest.lines().flat_map(|line| [&line[2..], "\n"]).collect();
        assert!(ssh_verifies(&file, who, space, payload.as_bytes(), &armor), "{name}");
    }
    assert!(allowed.lines().all(|line| line.contains(" namespaces=\"probity-waiver-v1,probity-approval-v1")));
}

fn ssh_verifies(allowed: &std::path::Path, who: &str, space: &str, payload: &[u8], armor: &str) -> bool {
    use std::io::Write as _;
    let signature = allowed.with_extension("sig");
    std::fs::write(&signature, armor).unwrap();
    let mut child = std::process::Command::new("ssh-keygen")
        .args(["-Y", "verify", "-I", who, "-n", space, "-f"])
        .arg(allowed)
        .arg("-s")
        .arg(&signature)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(payload).unwrap();
    child.wait().unwrap().success()
}

/// Changes the waiver's text; says the cause for which it is refused, whatever name it is given.
fn refused(change: impl Fn(&str) -> String) -> String {
    let text = String::from_utf8(fixture(WAIVER)).unwrap();
    let changed = change(&text);
    assert_ne!(changed, text, "the change changes nothing");
    refused_bytes(changed.as_bytes())
}

fn refused_bytes(bytes: &[u8]) -> String {
    probity::waiver::check_record(WAIVER, bytes).unwrap_err()
}

#[test]
fn every_trick_of_yaml_is_refused() {
    let line = "  resource: \"terraform:prod/aws_sagemaker_training_job.claims\"\n";
    for (what, from, to) in [
        ("duplicate key", line, &*format!("{line}{line}")),
        ("anchor", "severity: \"critical\"", "severity: &a \"critical\""),
        ("alias", "residual_risk: \"medium\"", "residual_risk: *a"),
        ("merge key", "scope:\n", "scope:\n  <<: *a\n"),
        ("tag", "severity: \"critical\"", "severity: !!str \"critical\""),
        ("directive", "probity:", "%YAML 1.2\nprobity:"),
        ("comment", "scope:\n", "scope: # here\n"),
        ("flow", "    - \"infra/prod/**\"\n", "    [\"infra/prod/**\"]\n"),
        ("single quotes", "\"critical\"", "'critical'"),
        ("no quotes", "\"critical\"", "critical"),
        ("folded", "\"RISK-212\"", ">\n    RISK"),
        ("octal", "trust_version: 1", "trust_version: 01"),
        ("hex", "trust_version: 1", "trust_version: 0x1"),
        ("negative", "trust_version: 1", "trust_version: -1"),
        ("float", "policy_version: 3", "policy_version: 3.0"),
        ("huge", "policy_version: 3", "policy_version: 4294967295"),
        ("huger", "policy_version: 3", "policy_version: 9999999999"),
        ("null", "ticket: \"RISK-212\"", "ticket: null"),
        ("empty", "ticket: \"RISK-212\"", "ticket: \"\""),
        ("escape", "RISK-212", "RISK\\x2d212"),
        ("unknown field", "trust_version: 1\n", "trust_version: 1\nextra: \"x\"\n"),
        ("order", "trust_version: 1\nnonce:", "nonce:"),
        ("version", "waiver/v1", "waiver/v2"),
        ("type", "waiver/v1", "approval/v1"),
        ("third document", "\n---\n", "\n---\n---\n"),
        ("document end", "\n---\n", "\n...\n---\n"),
        ("trailing space", "trust_version: 1\n", "trust_version: 1 \n"),
        ("blank line", "scope:\n", "\nscope:\n"),
        ("tab", "scope:\n", "scope:\t\n"),
        ("CRLF", "scope:\n", "scope:\r\n"),
        ("BOM", "probity:", "\u{feff}probity:"),
        ("NEL", "raw claims;", "raw\u{85}claims;"),
        ("line separator", "raw claims;", "raw\u{2028}claims;"),
        ("paragraph separator", "raw claims;", "raw\u{2029}claims;"),
        ("bidi", "raw claims;", "raw \u{202e}claims;"),
        ("zero width", "raw claims;", "raw\u{200b} claims;"),
        ("escape sequence", "raw claims;", "raw \u{1b}[2J;"),
        ("not NFC", "raw claims;", "raw cla\u{301}ims;"),
        ("Cyrillic principal", "requester: \"kim", "requester: \"k\u{456}m"),
        ("upper case principal", "requester: \"kim", "requester: \"Kim"),
        ("short ref", "refs/heads/main", "main"),
        ("path out", "infra/prod/**", "../prod/**"),
        ("leap second", "15:00:00Z", "15:00:60Z"),
        ("no such day", "2027-02-20", "2027-02-30"),
        ("review too late", "2027-01-05", "2027-03-05"),
        ("ends before it starts", "2027-02-20", "2026-02-20"),
        ("no last line feed", "END SSH SIGNATURE-----\n", "END SSH SIGNATURE-----"),
        ("indentation", "  -----BEGIN", "   -----BEGIN"),
        ("literal style", "signature: |\n", "signature: |-\n"),
        ("payload", "One calibration", "Two calibration"),
    ] {
        let cause = refused(|text| text.replacen(from, to, 1));
        assert!(!cause.is_empty(), "{what}");
    }
    assert!(refused(|text| text.replace('\n', "\r\n")).contains("carriage return"));
    let nested = format!("probity: \"waiver/v1\"\n{}\n---\nsignature: |\n  x\n", "[".repeat(20_000));
    assert!(refused_bytes(nested.as_bytes()).contains("form that records do not use"));
    let deep: String = (0..60).map(|n| " ".repeat(2 * n) + "a:\n").collect();
    let deep = format!("probity: \"waiver/v1\"\n{deep}\n---\nsignature: |\n  x\n");
    assert!(!refused_bytes(deep.as_bytes()).is_empty());
}

#[test]
fn names_modes_and_sizes_are_judged_before_content() {
    let waiver = fixture(WAIVER);
    let other = "wv-00000000000000000000000000.yaml";
    let big = vec![b'x'; 70_000];
    let example = Example::new(&[
        (other, &waiver),
        ("wv-11111111111111111111111111.yaml", &big),
        ("README", b"x"),
        ("wv-00000000000000000000000000.ap-a5q0m83w4g10qty3vpbhbwkhtg.yaml", &fixture(APPROVAL)),
    ]);
    let causes: Vec<String> = example.register().invalid.into_iter().map(|invalid| invalid.cause).collect();
    assert_eq!(causes.len(), 4, "{causes:?}");
    assert!(causes[0].contains("not one that a record can have"), "{causes:?}");
    assert!(causes[1].contains("belongs in a file named wv-fxabdh4"), "{causes:?}");
    assert!(causes[2].contains("belongs in a file named wv-fxabdh4"), "{causes:?}");
    assert!(causes[3].contains("70000 bytes"), "{causes:?}");

    // A link, an executable and a submodule under a record's name.
    let example = Example::new(&[(WAIVER, &waiver)]);
    let path = format!(".probity/waivers/{WAIVER}");
    example.world.git(&["update-index", "--chmod=+x", &path]);
    example.world.git(&["commit", "-q", "-m", "Executable"]);
    assert!(example.register().invalid[0].cause.contains("executable"));
    for mode in ["120000", "160000"] {
        let blob = example.world.git(&["rev-parse", &format!("HEAD:{path}")]);
        let info = format!("{mode},{},{path}", blob.trim());
        example.world.git(&["update-index", "--cacheinfo", &info]);
        example.world.git(&["commit", "-q", "-m", "Mode"]);
        assert_eq!(example.register().invalid.len(), 1, "{mode}");
        assert_eq!(example.state(), "", "{mode}");
    }
}

#[test]
fn other_spellings_and_kinds_of_the_folder_are_invalid() {
    let example = Example::new(&[(WAIVER, &fixture(WAIVER))]);
    let tree = example.world.git(&["rev-parse", "HEAD:.probity"]);
    let blob = example.world.git(&["rev-parse", &format!("HEAD:.probity/waivers/{WAIVER}")]);
    for (entry, expected) in [
        (format!("040000 tree {}\t.Probity", tree.trim()), "upper and lower case"),
        (format!("120000 blob {}\t.probity", blob.trim()), "symbolic link"),
        (format!("160000 commit {}\t.probity", "1".repeat(40)), "submodule"),
    ] {
        let commit = example.world.commit_tree(&format!("{entry}\n"));
        let repository = example.world.open();
        let commit = repository.resolve(&commit).unwrap();
        let register = Register::read(&repository, Some(commit), &example.world.options, now()).unwrap();
        assert!(register.invalid[0].cause.contains(expected), "{:?}", register.invalid);
        assert!(register.entries.is_empty());
    }
}

#[test]
fn a_signature_of_another_kind_or_namespace_is_refused() {
    let text = String::from_utf8(fixture(WAIVER)).unwrap();
    let (payload, _) = text.split_once("---\n").unwrap();
    let approval = String::from_utf8(fixture(APPROVAL)).unwrap();
    let (_, approval_signature) = approval.split_once("---\n").unwrap();
    let cause = refused_bytes(format!("{payload}---\n{approval_signature}").as_bytes());
    assert!(cause.contains("name space `probity-approval-v1`"), "{cause}");
}

#[test]
fn junk_under_an_expected_name_blocks_nobody() {
    let example = Example::new(&[(WAIVER, &fixture(WAIVER)), (APPROVAL, b"junk"), (REVOCATION, b"junk")]);
    assert_eq!(example.register().invalid.len(), 2);
    assert_eq!(example.state(), "pending");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the bytes, reading ends with a verdict.
    #[test]
    fn garbage_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(probity::waiver::check_record(WAIVER, &bytes).is_err());
    }
}

#[test]
fn unchanged_fixtures_pass_the_same_checks() {
    for name in [WAIVER, APPROVAL, REVOCATION] {
        let entry = probity::waiver::check_record(name, &fixture(name)).unwrap();
        assert_eq!(matches!(entry.record, Record::Waiver(_)), name == WAIVER);
    }
    let (payload, armor) = (fixture(TRUST), fixture(SIGNATURE));
    probity::waiver::check_trust(&payload, &[(SIGNATURE, &armor)], ID.parse().unwrap(), now()).unwrap();
}

mod trust_data {
    use super::*;

    fn error(change: impl Fn(&str) -> String) -> String {
        let text = String::from_utf8(fixture(TRUST)).unwrap();
        let changed = change(&text);
        assert_ne!(changed, text);
        let id = probity::model::Digest::of(changed.as_bytes());
        probity::waiver::check_trust(changed.as_bytes(), &[(SIGNATURE, &fixture(SIGNATURE))], id, now())
            .unwrap_err()
    }

    #[test]
    fn inconsistent_data_is_named() {
        let kim = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOrMIT2FhM8da1W89CVDEHrivCWyYVs/8HvCrbl38tNh";
        let dana = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEHrOjtV5kDXTRXDOJuLk7W6n2QL1AfK4H0F/RafCY70";
        for (from, to, expected) in [
            (kim, dana, "occurs twice"),
            ("  - id: \"kim@example.com\"", "  - id: \"dana@example.com\"", "listed twice"),
            ("admin_threshold: 1", "admin_threshold: 2", "admin_threshold"),
            ("admin_threshold: 1", "admin_threshold: 0", "admin_threshold"),
            ("max_days: 90", "max_days: 3651", "max_days"),
            ("max_days: 90", "max_days: 0", "max_days"),
            ("    approve_roles:\n      - \"risk-owner\"\n", "", "approve_roles"),
            ("version: 1\n", "version: 2\n", "version 2"),
            ("admins:\n  - \"dana", "admins:\n  - \"lee", "not listed"),
            ("status: \"active\"", "status: \"retired\"", "no active key"),
            (kim, "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQA=", "ssh-rsa"),
            (
                kim,
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "small order",
            ),
        ] {
            let why = error(|text| text.replacen(from, to, 1));
            assert!(why.contains(expected), "{expected}: {why}");
        }
        // Well-formed and changed: the signature does not fit any more.
        assert!(error(|text| text.replace("claims-ml", "claims-xl")).contains("found 0"));
    }

    #[test]
    fn a_newer_version_or_a_missing_file_is_an_error() {
        let example = Example::with_files(&[
            (TRUST.to_owned(), fixture(TRUST)),
            (SIGNATURE.to_owned(), fixture(SIGNATURE)),
            ("2.trust.yaml".to_owned(), fixture(TRUST)),
            (WAIVER.to_owned(), fixture(WAIVER)),
        ]);
        assert!(example.register().trust.error.unwrap().contains("version 2"));
        assert_eq!(example.state(), "untrusted");
        example.replace(&[(WAIVER.to_owned(), fixture(WAIVER))]);
        assert!(example.register().trust.error.unwrap().contains("missing"));
        assert_eq!(example.state(), "untrusted");
    }
}

#[test]
fn replaced_and_tampered_objects_do_not_get_through() {
    let example = Example::new(&[(WAIVER, &fixture(WAIVER)), (REVOCATION, &fixture(REVOCATION))]);
    assert_eq!(example.state(), "revoked");
    let blob =
        |path: &str| example.world.git(&["rev-parse", &format!("HEAD:.probity/{path}")]).trim().to_owned();
    let revocation = blob(&format!("waivers/{REVOCATION}"));
    // A replace ref that hides the revocation is not followed.
    let empty = example.world.git(&["hash-object", "-w", "infra/prod/main.tf"]);
    example.world.git(&["replace", &revocation, empty.trim()]);
    assert_eq!(example.state(), "revoked");
    // Bytes under another object's name are an error, not an absent record.
    let object = |id: &str| example.world.repo.join(".git/objects").join(&id[..2]).join(&id[2..]);
    std::fs::remove_file(object(&revocation)).unwrap();
    std::fs::copy(object(empty.trim()), object(&revocation)).unwrap();
    let repository = example.world.open();
    let head = repository.head().unwrap().commit;
    assert!(Register::read(&repository, head, &example.world.options, now()).is_err());
}

#[test]
fn junk_in_bulk_is_counted_before_it_is_read() {
    let example = Example::new(&[]);
    let blob = example.world.git(&["rev-parse", "HEAD:infra/prod/main.tf"]);
    let lines: String =
        (0..20_001).flat_map(|n| [format!("100644 blob {}\tjunk{n}\n", blob.trim())]).collect();
    let waivers = example.world.make_tree(&lines);
    let probity = example.world.make_tree(&format!("040000 tree {waivers}\twaivers\n"));
    let commit = example.world.commit_tree(&format!("040000 tree {probity}\t.probity\n"));
    let repository = example.world.open();
    let commit = repository.resolve(&commit).unwrap();
    let error =
        Register::read(&repository, Some(commit), &example.world.options, now()).unwrap_err().to_string();
    assert!(error.contains("20001 entries"), "{error}");
}
