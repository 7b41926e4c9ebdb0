//! The demo repository end to end: what every commit of its history brings, where each finding of its last
//! commit comes from, and that the same commits come out on every machine.
//!
//! `UPDATE_GOLDEN=1 cargo test --test demo` writes the files again. Run it twice after a change of the script
//! or of a waived policy: the waivers bind to the policies' digests and are embedded when the binary is built.
#![allow(clippy::unwrap_used, clippy::too_many_lines)] // a test may panic

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use probity::audit::history::Scope;
use probity::audit::{Audit, BlobCache, Request, judge, read_files};
use probity::cli::demo::{self, Demo, PRINCIPAL};
use probity::facts::{Given, Surroundings};
use probity::git::Repository;
use probity::model::{Finding, Happening, Report, Severity, Status, Verdict};
use probity::policy::{Bundle, Isolation, Policy};
use probity::waiver::{
    self, Draft, Environment, Key, KeyStatus, Options, PolicyChange, Principal, PublicKey, Rule, Rules,
    Timestamp, Trust,
};

const NOW: &str = "2026-11-22T12:00:00Z";
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

struct World {
    folder: tempfile::TempDir,
    environment: Environment,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir_all(&home).unwrap();
        let home = home.display().to_string();
        let environment = Environment::default()
            .with("HOME", home.clone())
            .with("PATH", std::env::var("PATH").unwrap())
            .with("XDG_STATE_HOME", format!("{home}/state"))
            .with("XDG_CONFIG_HOME", format!("{home}/config"))
            .with("XDG_CACHE_HOME", format!("{home}/cache"))
            .with("GIT_CONFIG_GLOBAL", format!("{home}/gitconfig"))
            .with("GIT_CONFIG_NOSYSTEM", "1");
        Self { folder, environment }
    }

    fn into(&self) -> PathBuf {
        self.folder.path().join("harbor-lending")
    }

    fn build(&self) -> Demo {
        demo::build(&self.into(), &self.environment).unwrap()
    }

    fn audit(&self, demo: &Demo, revision: Option<&str>) -> (Audit, Report) {
        let audit = Audit::open(Request {
            path: demo.path.clone(),
            revision: revision.map(str::to_owned),
            staged: false,
            policies: Vec::new(),
            data: Vec::new(),
            only: Vec::new(),
            trust_repository_policies: false,
            isolation: Isolation::InProcess,
            reference: Some("refs/heads/main".to_owned()),
            now: Some(NOW.parse().unwrap()),
            cached: false,
            waivers: Options::new(self.environment.clone()),
        })
        .unwrap();
        let report = audit.run(&AtomicBool::new(false), &mut |_| {}).unwrap();
        (audit, report)
    }

    fn git(&self, demo: &Demo, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new("git");
        command.current_dir(&demo.path).env_clear().args(arguments);
        for name in ["HOME", "PATH", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"] {
            command.env(name, self.environment.get(name).unwrap());
        }
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }
}

fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

/// Compares with a file of this repository, or writes it.
fn golden(path: &str, text: &str) {
    let file = Path::new(ROOT).join(path);
    if updating() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(expected == text, "{path} differs; UPDATE_GOLDEN=1 rewrites it. It is now:\n{text}");
}

/// The findings that count, worst first.
fn findings(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().chain(&report.review).chain(&report.inconclusive)
}

fn shown(report: &Report) -> String {
    let mut text = String::new();
    for finding in findings(report) {
        let status = match (finding.verdict, finding.status) {
            (Verdict::Fail, Status::Waived) => "waived",
            (Verdict::Fail, Status::Open) => "open",
            _ => "-",
        };
        let (verdict, severity) =
            (format!("{:?}", finding.verdict).to_lowercase(), finding.severity.as_str());
        let (at, line) = (&finding.location.path, finding.location.start.line);
        let (policy, resource) = (&finding.policy.id, &finding.resource);
        writeln!(text, "{verdict} {status} {severity} {policy} {resource}").unwrap();
        writeln!(text, "    {at}:{line}: {}", finding.message).unwrap();
        if let Some(waiver) = &finding.waiver {
            writeln!(text, "    waiver {}: {}", waiver.state, waiver.causes.join("; ")).unwrap();
        }
    }
    for waiver in report.waivers.iter().filter(|w| !findings(report).any(|f| has(f, &w.id))) {
        writeln!(text, "waiver {}: {}", waiver.state, waiver.causes.join("; ")).unwrap();
    }
    for unread in &report.unparsed {
        writeln!(text, "unparsed {}: {}", unread.path, unread.reason).unwrap();
    }
    for not in &report.not_evaluated {
        writeln!(text, "not evaluated {}: {}", not.policy, not.reason).unwrap();
    }
    text
}

fn has(finding: &Finding, waiver: &str) -> bool {
    finding.waiver.as_ref().is_some_and(|own| own.id == waiver)
}

#[test]
fn findings_at_every_commit() {
    let world = World::new();
    let demo = world.build();
    for (slug, id) in &demo.history {
        let (_, report) = world.audit(&demo, Some(id));
        golden(&format!("tests/golden/demo/{slug}.txt"), &shown(&report));
    }
    let names: Vec<String> = demo.history.iter().map(|(slug, _)| format!("{slug}.txt")).collect();
    for entry in std::fs::read_dir(Path::new(ROOT).join("tests/golden/demo")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let others = ["origins.txt", "lives.txt"];
        assert!(names.contains(&name) || others.contains(&name.as_str()), "no commit is named {name}");
    }
    golden("src/cli/demo/head.txt", &format!("{}\n", demo.head));
}

#[test]
fn origins_at_the_last_commit() {
    let world = World::new();
    let demo = world.build();
    let (audit, report) = world.audit(&demo, Some("HEAD"));
    let slug = |id: &str| demo.history.iter().find(|(_, own)| own == id).unwrap().0.as_str();
    let mut text = String::new();
    for finding in findings(&report) {
        let origin = audit.trace(finding, false, &AtomicBool::new(false)).unwrap();
        let commit = origin.commit.as_ref().unwrap();
        write!(text, "{} {} {}", finding.policy.id, finding.resource, finding.key).unwrap();
        write!(text, "\n    {:?} {}", origin.kind, slug(&commit.id)).unwrap();
        if let Some(merge) = &origin.merged_by {
            write!(text, ", merged by {}", slug(&merge.id)).unwrap();
        }
        for note in &origin.notes {
            write!(text, "; {note}").unwrap();
        }
        text.push('\n');
    }
    golden("tests/golden/demo/origins.txt", &text);
}

/// Everything that was ever found, from commit to commit: each interval.
#[test]
fn lives_of_everything_that_was_found() {
    let world = World::new();
    let demo = world.build();
    let (audit, _) = world.audit(&demo, Some("HEAD"));
    let history = audit.history(Scope::default(), &AtomicBool::new(false), &mut |_| {}).unwrap();
    let slug = |id: &str| demo.history.iter().find(|(_, own)| own == id).unwrap().0.as_str();
    let mut lives: Vec<String> = Vec::new();
    for life in history.lives() {
        let mut text = format!("{} {} {:?}", life.policy, life.resource, life.verdict);
        for event in &life.events {
            write!(text, "\n    {:?} {}", event.what, slug(&event.commit.id)).unwrap();
            if let Some(merge) = &event.merged_by {
                write!(text, ", merged by {}", slug(&merge.id)).unwrap();
            }
            if !event.message.is_empty() {
                write!(text, ": {}", event.message).unwrap();
            }
        }
        let days = |seconds: i64| seconds / 86_400;
        let end = life.seconds_to_fix.map(|seconds| format!("fixed after {} days", days(seconds)));
        write!(text, "\n    {}", if life.open { "open".to_owned() } else { end.unwrap_or_default() })
            .unwrap();
        lives.push(text);
    }
    lives.sort();
    golden("tests/golden/demo/lives.txt", &(lives.join("\n") + "\n"));
    // The walk and the trace of one finding agree on where it comes from.
    let (audit, report) = world.audit(&demo, Some("HEAD"));
    for finding in findings(&report) {
        let origin = audit.trace(finding, false, &AtomicBool::new(false)).unwrap();
        let life = history.life(finding.fingerprint, finding.verdict).unwrap();
        let begun = life
            .events
            .iter()
            .rev()
            .find(|event| matches!(event.what, Happening::Introduced | Happening::Reintroduced));
        let named = finding.evidence.as_ref().and_then(|evidence| evidence.get("commit")).is_some();
        assert!(
            named || begun.map(|event| &event.commit) == origin.commit.as_ref(),
            "{finding:#?}\n{life:#?}"
        );
    }
}

#[test]
fn the_work_tree_is_the_last_commit() {
    let world = World::new();
    let demo = world.build();
    let (_, committed) = world.audit(&demo, Some("HEAD"));
    let (_, report) = world.audit(&demo, None);
    assert_eq!(shown(&committed), shown(&report));
    assert!(!report.repository.dirty && !report.incomplete());
    assert_eq!(world.git(&demo, &["status", "--porcelain"]), (true, String::new()));
    assert!(world.git(&demo, &["fsck", "--strict"]).0);
    // One finding in every state, and something of every severity that a built-in policy gives.
    let open = |severity| report.open_by_severity(severity);
    assert!(open(Severity::Critical) > 0 && open(Severity::High) > 0 && open(Severity::Medium) > 0);
    assert!(report.waived() > 0 && !report.review.is_empty() && !report.inconclusive.is_empty());
    assert!(report.waivers.iter().any(|waiver| waiver.state == "expired"));
}

#[test]
fn waiving_works_at_once() {
    let world = World::new();
    let demo = world.build();
    let (_, report) = world.audit(&demo, None);
    let finding = report.open().next().unwrap();
    let options = Options::new(world.environment.clone());
    let repository = Repository::discover(&demo.path).unwrap();
    let mut draft = Draft::for_finding(finding).unwrap();
    draft.fields.reason = "The next release brings the fix.".to_owned();
    draft.fields.expires = "2027-01-15".to_owned();
    let preview = waiver::preview(&repository, &draft, &options, NOW.parse().unwrap()).unwrap();
    assert!(preview.will_sign_commit && preview.principal == PRINCIPAL);
    waiver::commit_waiver(&repository, &preview, &options).unwrap();
    let (_, after) = world.audit(&demo, None);
    assert_eq!(after.waived(), report.waived() + 1);
    let (good, said) = world.git(&demo, &["verify-commit", "HEAD"]);
    assert!(good && said.contains(PRINCIPAL), "{said}");
}

#[test]
fn a_built_demo_is_opened_again_and_other_folders_are_left_alone() {
    let world = World::new();
    let first = world.build();
    let again = world.build();
    assert!(!first.reopened && again.reopened);
    assert_eq!((first.head, first.commits), (again.head, again.commits));
    let other = world.folder.path().join("mine");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("notes.txt"), "mine").unwrap();
    let error = demo::build(&other, &world.environment).unwrap_err().to_string();
    assert!(error.contains("--into"), "{error}");
    assert_eq!(std::fs::read_dir(&other).unwrap().count(), 1);
    let mut left: Vec<_> =
        std::fs::read_dir(world.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["harbor-lending", "home", "mine"]);
}

/// libgit2 reads the settings of the process's own user, so a process with a hostile one builds here.
#[test]
fn settings_of_the_user_change_nothing() {
    if let Some(into) = std::env::var_os("PROBITY_TEST_DEMO_INTO") {
        demo::build(Path::new(&into), &Environment::from_process()).unwrap();
        return;
    }
    let world = World::new();
    let home = world.folder.path().join("hostile");
    let template = home.join("template/hooks");
    std::fs::create_dir_all(&template).unwrap();
    std::fs::write(template.join("post-checkout"), "#!/bin/sh\nexit 1\n").unwrap();
    std::fs::write(home.join("attributes"), "* text eol=crlf ident\n*.tf filter=evil\n").unwrap();
    let config = format!(
        "[core]\n\tautocrlf = true\n\teol = crlf\n\tattributesFile = {0}/attributes\n\
         [init]\n\ttemplateDir = {0}/template\n\tdefaultBranch = trunk\n\
         [commit]\n\tgpgsign = true\n[user]\n\tname = Other\n\temail = other@example.com\n\
         [i18n]\n\tcommitEncoding = latin1\n",
        home.display()
    );
    std::fs::write(home.join(".gitconfig"), config).unwrap();
    let into = world.folder.path().join("built");
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "settings_of_the_user_change_nothing"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", &home)
        .env("PROBITY_TEST_DEMO_INTO", &into)
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
    let ours = world.build();
    let theirs = Repository::discover(&into).unwrap();
    assert_eq!(theirs.head().unwrap().commit.unwrap().to_string(), ours.head);
    assert!(!into.join(".git/hooks/post-checkout").exists());
    let read = |root: &Path| std::fs::read(root.join("infra/prod/serving.tf")).unwrap();
    assert_eq!(read(&into), read(&ours.path));
}

/// The embedded records are what the waiver room makes of the embedded keys and the findings of today.
#[test]
fn records_follow_from_the_keys() {
    let keys = Path::new(ROOT).join("src/cli/demo/keys");
    let public = |name: &str| std::fs::read_to_string(keys.join(format!("{name}.pub"))).unwrap();
    let line = |name: &str| public(name).split(' ').take(2).collect::<Vec<_>>().join(" ");
    let person = |name: &str, roles: &[&str]| Principal {
        id: format!("{name}@harbor.example"),
        emails: Vec::new(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        keys: vec![Key { key: line(name), status: KeyStatus::Active, not_after: None, no_touch: false }],
    };
    let rule = |max_days, policy_change| Rule {
        approvals: 0,
        request_roles: Vec::new(),
        approve_roles: Vec::new(),
        distinct_roles: false,
        max_days,
        decision_types: Vec::new(),
        author_approval: false,
        policy_change,
    };
    let trust = Trust {
        version: 1,
        repository: None,
        previous: None,
        name: "harbor-lending".to_owned(),
        issued_at: "2026-07-30T08:00:00Z".parse().unwrap(),
        expires_at: None,
        trusted_refs: vec!["refs/heads/main".to_owned()],
        admin_threshold: 1,
        admins: vec!["lena@harbor.example".to_owned()],
        principals: vec![
            person("deniz", &["platform"]),
            person("lena", &["risk-owner", "dpo"]),
            person("mara", &["ml-engineer"]),
        ],
        rules: Rules {
            critical: rule(90, PolicyChange::Strict),
            high: rule(180, PolicyChange::Notice),
            medium: rule(365, PolicyChange::Notice),
            low: rule(365, PolicyChange::Notice),
        },
        nonce: "5f0d8c1e72ab4936b8a4c0d97e215f63".to_owned(),
    };
    let lena = PublicKey::from_line(&line("lena")).unwrap();
    let (id, files) =
        waiver::trust_files(&trust, &lena, &|space, bytes| Ok(sign("lena", space, bytes))).unwrap();
    for file in files {
        overlay("17-trust", &file.path, &file.bytes);
    }

    let world = World::new();
    let (_, report) = world.audit(&world.build(), Some("HEAD"));
    for wanted in [
        Wanted {
            slug: "18-waive-enc-002",
            policy: "PB-ENC-002",
            resource: "terraform:infra/prod//aws_sagemaker_endpoint_configuration.credit_scoring",
            key: "kms_key_arn",
            requester: "deniz",
            issued: "2026-08-04T09:14:50Z",
            expires: "2026-10-31",
            nonce: "0b61d7e4c95f4a0e8c37f2a15d9b8e64",
            reason: "The key for SageMaker volumes needs a key policy that the bank's security team has to \
                     agree to first. The volumes are encrypted with the AWS-owned key meanwhile.",
            control: "Only model artifacts and captured requests reach the volumes; no raw loans do.",
            ticket: "HL-412",
        },
        Wanted {
            slug: "35-waive-net-001",
            policy: "PB-NET-001",
            resource: "terraform:infra/prod//aws_sagemaker_notebook_instance.exploration",
            key: "direct_internet_access",
            requester: "mara",
            issued: "2026-11-17T10:43:30Z",
            expires: "2027-01-29",
            nonce: "9ad42c7b10e84f5fa6d35b8e07c1f296",
            reason: "The package mirror inside the VPC arrives in January; until then the notebook installs \
                     packages from PyPI.",
            control: "The notebook's role reads no loan data, only public benchmarks.",
            ticket: "HL-530",
        },
    ] {
        let finding = report.findings.iter().find(|finding| {
            &*finding.policy.id == wanted.policy
                && finding.resource == wanted.resource
                && finding.key == wanted.key
        });
        let mut draft = Draft::for_finding(finding.unwrap()).unwrap();
        draft.fields.reason = wanted.reason.to_owned();
        draft.fields.expires = wanted.expires.to_owned();
        draft.fields.compensating_controls = vec![wanted.control.to_owned()];
        draft.fields.ticket = Some(wanted.ticket.to_owned());
        draft.fields.risk_owner = Some("lena@harbor.example".to_owned());
        let issued: Timestamp = wanted.issued.parse().unwrap();
        let requester = format!("{}@harbor.example", wanted.requester);
        let sign = |space: &str, bytes: &[u8]| Ok(sign(wanted.requester, space, bytes));
        let file = waiver::waiver_file(&draft, (id, 1), &requester, issued, wanted.nonce, &sign).unwrap();
        if updating() {
            let folder = Path::new(ROOT).join("src/cli/demo/overlays").join(wanted.slug);
            let _ = std::fs::remove_dir_all(folder);
        }
        overlay(wanted.slug, &file.path, &file.bytes);
    }
}

struct Wanted {
    slug: &'static str,
    policy: &'static str,
    resource: &'static str,
    key: &'static str,
    requester: &'static str,
    issued: &'static str,
    expires: &'static str,
    nonce: &'static str,
    reason: &'static str,
    control: &'static str,
    ticket: &'static str,
}

fn overlay(slug: &str, path: &str, bytes: &[u8]) {
    let path = path.replace(".probity/", "dot-probity/");
    golden(&format!("src/cli/demo/overlays/{slug}/{path}"), std::str::from_utf8(bytes).unwrap());
}

/// Ed25519 signatures are deterministic: OpenSSH gives the same bytes every time.
fn sign(name: &str, space: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::copy(Path::new(ROOT).join("src/cli/demo/keys").join(name), &key).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let file = folder.path().join("payload");
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", space, "-f"])
        .args([&key, &file])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::read_to_string(folder.path().join("payload.sig")).unwrap()
}

/// A policy with `resources: named` has a part in the resources of those types alone: it says the same where the
/// others, which policies beside it name, are not there. What is kept of its answers counts on that.
#[test]
fn policies_say_the_same_without_the_resources_that_they_do_not_name() {
    let world = World::new();
    let demo = world.build();
    let repository = Repository::discover(&demo.path).unwrap();
    let files = repository.snapshot_at(repository.resolve("HEAD").unwrap()).unwrap().files;
    let inventory = read_files(&repository, &files, &mut BlobCache::default(), &mut |_, _| {}).unwrap();
    let bundle = Bundle::builtin();
    let all: Vec<&Policy> = bundle.policies.iter().collect();
    let nothing = Surroundings::default();
    // A root without any of its resources is none that it could have nothing to say of.
    let said = |policies: &[&Policy]| {
        let mut findings = judge(&inventory.documents, policies, &nothing, None, &|_| {}).findings;
        findings.retain(|finding| finding.verdict != Verdict::NotApplicable);
        findings
    };
    let together = said(&all);
    let named: Vec<&Policy> = all.into_iter().filter(|policy| policy.given == Given::Named).collect();
    assert!(named.len() > 30);
    for policy in named {
        let here: Vec<_> =
            together.iter().filter(|found| found.policy.id == policy.info.id).cloned().collect();
        assert_eq!(said(&[policy]), here, "{}", policy.info.id);
    }
}
