//! Trust data from version to version, and what the protected branch knows that a change cannot take back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::assigning_clones)] // a test may panic

mod waiver_common;

use probity::model::Status;
use probity::waiver::{
    Amendment, Draft, Options, Record, Register, Timestamp, Verdict, Word, apply, commit_trust,
    commit_waiver, decide, next_text, preview, preview_trust, revoke,
};
use waiver_common::{World, draft, finding, now};

/// A repository whose trust data Kim began alone, with more keys at hand.
fn world() -> World {
    let world = World::trusted();
    for name in ["dana", "lee", "kim2"] {
        world.key(name);
    }
    world
}

fn with(world: &World, key: &str) -> Options {
    let signing_key = Some(world.root().join(key).to_str().unwrap().to_owned());
    Options { signing_key, ..world.options.clone() }
}

fn later(days: u32) -> Timestamp {
    now().plus_days(days)
}

/// Signs the amendment with somebody's key; the warnings that were shown.
fn amend(world: &World, amendment: &Amendment, key: &str) -> Result<Vec<String>, String> {
    let options = with(world, key);
    let shown =
        preview_trust(&world.open(), amendment, &options, now()).map_err(|error| error.to_string())?;
    commit_trust(&world.open(), &shown, &options).map_err(|error| error.to_string())?;
    Ok(shown.warnings)
}

fn add(world: &World, id: &str, admin: bool) -> Amendment {
    Amendment::Add {
        id: format!("{id}@example.com"),
        emails: Vec::new(),
        roles: vec!["risk-owner".to_owned()],
        key: world.root().join(format!("{id}.pub")).to_str().unwrap().to_owned(),
        admin,
    }
}

fn add_person(world: &World, id: &str, admin: bool, signer: &str) -> Vec<String> {
    amend(world, &add(world, id, admin), signer).unwrap()
}

/// The next version by another text, as `trust edit` takes it.
fn edit(world: &World, signer: &str, change: impl Fn(&str) -> String) -> Result<Vec<String>, String> {
    let text = next_text(&world.open(), &world.options, now()).unwrap();
    let changed = change(&text);
    assert_ne!(changed, text);
    amend(world, &Amendment::Text(changed), signer)
}

fn error(world: &World) -> Option<String> {
    world.register().trust.error
}

fn version(world: &World) -> Option<u32> {
    world.register().trust.in_force().map(|trust| trust.version)
}

/// The state of the finding's waiver for a user with these options.
fn state(world: &World, options: &Options, now: Timestamp) -> (String, Vec<String>) {
    let repository = world.open();
    let head = repository.head().unwrap().commit;
    let register = Register::read(&repository, head, options, now).unwrap();
    let mut findings = [finding()];
    apply(&register, &mut findings, now, Some("refs/heads/main"), &|_| Ok(Vec::new()));
    let [finding] = findings;
    let waived = finding.status == Status::Waived;
    let (state, causes) = finding.waiver.map(|waiver| (waiver.state, waiver.causes)).unwrap_or_default();
    assert_eq!(waived, state == "active");
    (state, causes)
}

fn protected(world: &World) -> Options {
    Options { trust_ref: Some("refs/heads/main".to_owned()), ..world.options.clone() }
}

fn waive_with(world: &World, key: &str) -> String {
    let options = with(world, key);
    let shown = preview(&world.open(), &draft(&finding()), &options, now()).unwrap();
    commit_waiver(&world.open(), &shown, &options).unwrap().waiver_id
}

#[test]
fn a_version_needs_admins_of_the_one_before_and_of_itself() {
    let world = world();
    // One admin, so Kim's signature is enough.
    assert!(!add_person(&world, "dana", true, "kim").iter().any(|warning| warning.contains("trust sign")));
    assert_eq!(version(&world), Some(2));
    // From now on two must sign.
    let two = |text: &str| text.replace("admin_threshold: 1", "admin_threshold: 2");
    let warnings = edit(&world, "kim", two).unwrap();
    assert!(warnings.iter().any(|warning| warning.contains("1 more admin(s) of version 3")), "{warnings:?}");
    assert!(error(&world).unwrap().contains("needs 2 admin signature(s) of version 3, found 1"));
    assert_eq!(version(&world), None);
    // Until then nobody goes on from there, and Kim's second signature is none.
    assert!(amend(&world, &Amendment::Sign, "kim").unwrap_err().contains("signed version 3 already"));
    assert!(amend(&world, &Amendment::Sign, "lee").unwrap_err().contains("no admin's"));
    amend(&world, &Amendment::Sign, "dana").unwrap();
    assert_eq!((version(&world), error(&world)), (Some(3), None));
    assert!(amend(&world, &Amendment::Sign, "dana").unwrap_err().contains("no version"));
    // Every later version needs both.
    add_person(&world, "lee", false, "dana");
    assert!(error(&world).unwrap().contains("version 4"));
    amend(&world, &Amendment::Sign, "kim").unwrap();
    assert_eq!(version(&world), Some(4));
}

#[test]
fn a_change_cannot_add_its_own_key() {
    let world = world();
    waive_with(&world, "kim");
    assert_eq!(state(&world, &world.options, now()).0, "active");
    // Lee writes a version in which Lee is listed, signs it, and waives.
    let text = next_text(&world.open(), &world.options, now()).unwrap();
    let key = std::fs::read_to_string(world.root().join("lee.pub")).unwrap();
    let key = key.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let entry = format!(
        "principals:\n  - id: \"lee@example.com\"\n    roles:\n      - \"risk-owner\"\n    keys:\n      - key: \"{key}\"\n        status: \"active\"\n"
    );
    let text =
        text.replace("principals:\n", &entry).replace("admins:\n", "admins:\n  - \"lee@example.com\"\n");
    world.write(".probity/trust/2.trust.yaml", &text);
    let signed = std::process::Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", "probity-trust-v1", "-f"])
        .arg(world.root().join("lee"))
        .arg(world.repo.join(".probity/trust/2.trust.yaml"))
        .output()
        .unwrap();
    assert!(signed.status.success());
    let blob = probity::waiver::PublicKey::from_line(&key).unwrap();
    let fp12: String = probity::model::Digest::of(blob.blob()).hex().chars().take(12).collect();
    let signature = world.repo.join(".probity/trust/2.trust.yaml.sig");
    std::fs::rename(&signature, world.repo.join(format!(".probity/trust/2.trust.{fp12}.sig"))).unwrap();
    world.git(&["add", "-A"]);
    world.git(&["commit", "-q", "--no-gpg-sign", "-m", "Trust me"]);
    let why = error(&world).unwrap();
    assert!(why.contains("needs 1 admin signature(s) of version 1, found 0"), "{why}");
    assert_eq!(state(&world, &world.options, now()).0, "untrusted");
}

#[test]
fn versions_cannot_be_rolled_back_forked_or_left_out() {
    let world = world();
    let start = world.git(&["rev-parse", "HEAD"]).trim().to_owned();
    add_person(&world, "dana", true, "kim");
    let second = world.git(&["rev-parse", "HEAD"]).trim().to_owned();
    world.register().note_run(&world.open(), &world.options, now()).unwrap();
    // Without the second version: this user has seen it.
    world.git(&["checkout", "-q", "-b", "old", &start]);
    assert!(error(&world).unwrap().contains("rolled back: this is version 1, you have seen version 2"));
    // Another user can demand it, or look at the protected branch and find it there.
    let fresh = |options: &Options| {
        let id = world.register().trust.id;
        let environment =
            options.environment.clone().with("XDG_STATE_HOME", world.root().join("other").to_str().unwrap());
        Options { environment, trust_root: id, ..options.clone() }
    };
    let read = |options: &Options| {
        let repository = world.open();
        let head = repository.head().unwrap().commit;
        Register::read(&repository, head, options, now()).unwrap()
    };
    let other = fresh(&world.options);
    assert_eq!(read(&other).trust.in_force().unwrap().version, 1);
    let demanding = Options { trust_min_version: Some(2), ..other.clone() };
    assert!(read(&demanding).trust.error.unwrap().contains("--trust-min-version asks for 2"));
    let looking = fresh(&protected(&world));
    assert_eq!(read(&looking).trust.in_force().unwrap().version, 2);
    // A fork: another second version by the same admin.
    let options = with(&world, "kim");
    let options = Options { trust_root: other.trust_root, environment: other.environment.clone(), ..options };
    let shown = preview_trust(&world.open(), &add(&world, "lee", false), &options, now()).unwrap();
    commit_trust(&world.open(), &shown, &options).unwrap();
    assert_eq!(read(&other).trust.error, None);
    let why = read(&looking).trust.error.unwrap();
    assert!(why.contains("two different versions 2"), "{why}");
    // A gap.
    world.git(&["checkout", "-q", "-b", "gap", &second]);
    add_person(&world, "lee", false, "kim");
    world.git(&["rm", "-q", ".probity/trust/2.trust.yaml"]);
    world.git(&["commit", "-q", "--no-gpg-sign", "-m", "Gap"]);
    assert!(error(&world).unwrap().contains("2.trust.yaml is missing"));
}

#[test]
fn a_trust_ref_is_a_full_name() {
    let world = world();
    world.git(&["tag", "main"]);
    for (name, good) in [
        ("main", false),
        ("origin/main", false),
        ("HEAD", false),
        ("refs/heads/none", false),
        ("refs/heads/main", true),
        (world.git(&["rev-parse", "HEAD"]).trim(), true),
        (world.git(&["rev-parse", "--short", "HEAD"]).trim(), false),
    ] {
        let options = Options { trust_ref: Some(name.to_owned()), ..world.options.clone() };
        let repository = world.open();
        let read = Register::read(&repository, repository.head().unwrap().commit, &options, now());
        assert_eq!(read.is_ok(), good, "{name}");
    }
}

#[test]
fn what_was_revoked_on_the_protected_branch_stays_revoked() {
    let world = world();
    let id = waive_with(&world, "kim");
    revoke(&world.open(), &id, "No longer needed.", &world.options, now()).unwrap();
    world.git(&["checkout", "-q", "-b", "change"]);
    let file = world.git(&["ls-files", ".probity/waivers/*.rv-*"]).trim().to_owned();
    world.git(&["rm", "-q", &file]);
    world.git(&["commit", "-q", "--no-gpg-sign", "-m", "Forget the revocation"]);
    // Nothing but the protected branch can tell.
    assert_eq!(state(&world, &world.options, now()).0, "active");
    let (found, causes) = state(&world, &protected(&world), now());
    assert_eq!(found, "revoked", "{causes:?}");
    // Made executable, its file is no record any more; the same bytes on the protected branch are.
    world.git(&["checkout", "-q", "-b", "mode", "main"]);
    world.git(&["update-index", "--chmod=+x", &file]);
    world.git(&["commit", "-q", "--no-gpg-sign", "-m", "Change a mode"]);
    assert_eq!(state(&world, &protected(&world), now()).0, "revoked");
    world.git(&["reset", "-q", "--hard"]);
    // Also when the protected branch itself lost it since.
    world.git(&["checkout", "-q", "main"]);
    world.git(&["rm", "-q", &file]);
    world.git(&["commit", "-q", "--no-gpg-sign", "-m", "Forget it here too"]);
    let repository = world.open();
    let register =
        Register::read(&repository, repository.head().unwrap().commit, &protected(&world), now()).unwrap();
    let lines = apply(&register, &mut [finding()], now(), Some("refs/heads/main"), &|_| Ok(Vec::new()));
    let line = lines.iter().find(|line| line.id.contains(".rv-")).unwrap();
    assert!(line.causes.iter().any(|cause| cause.contains("protected branch")), "{line:?}");
    assert_eq!(state(&world, &protected(&world), now()).0, "revoked");
}

#[test]
fn approvals_of_the_protected_branch_do_not_grant() {
    let world = world();
    add_person(&world, "dana", false, "kim");
    let one = |text: &str| {
        text.replacen(
            "    approvals: 0\n",
            "    approvals: 1\n    approve_roles:\n      - \"risk-owner\"\n",
            1,
        )
    };
    edit(&world, "kim", one).unwrap();
    let id = waive_with(&world, "kim");
    assert_eq!(state(&world, &world.options, now()).0, "pending");
    let say = |decision, options: &Options| {
        let said = Word { decision, role: None, comment: None };
        decide((&world.open(), options), &id, &said, (None, &|_| Ok(Vec::new())), now()).unwrap();
    };
    let start = world.git(&["rev-parse", "HEAD"]).trim().to_owned();
    say(Verdict::Approve, &with(&world, "dana"));
    assert_eq!(state(&world, &world.options, now()).0, "active");
    // A commit without the approval gets none from the branch that has it.
    world.git(&["checkout", "-q", "-b", "before", &start]);
    assert_eq!(state(&world, &protected(&world), now()).0, "pending");
    // A rejection does reach it.
    world.git(&["checkout", "-q", "main"]);
    say(Verdict::Reject, &with(&world, "dana"));
    world.git(&["checkout", "-q", "before"]);
    assert_eq!(state(&world, &world.options, now()).0, "pending");
    assert_eq!(state(&world, &protected(&world), now()).0, "rejected");
}

#[test]
fn a_granted_renewal_ends_the_old_waiver_wherever_it_was_granted() {
    let world = world();
    waive_with(&world, "kim");
    let start = world.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let register = world.register();
    let old = register.entries.iter().find(|entry| matches!(entry.record, Record::Waiver(_))).unwrap();
    let mut renewal = Draft::renewal(&finding(), old).unwrap();
    renewal.fields.reason = "Still needed.".to_owned();
    renewal.fields.expires = "2027-02-24".to_owned();
    world.waive_in(&world.open(), &renewal).unwrap();
    world.git(&["checkout", "-q", "-b", "before", &start]);
    assert_eq!(state(&world, &world.options, now()).0, "active");
    assert_eq!(state(&world, &protected(&world), now()).0, "superseded");
}

#[test]
fn a_retired_key_keeps_what_came_to_the_protected_branch_before() {
    let world = world();
    waive_with(&world, "kim");
    let rotate = |compromised| Amendment::Rotate {
        principal: None,
        key: world.root().join("kim2").to_str().unwrap().to_owned(),
        compromised,
    };
    let before = world.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let id = world.register().trust.id;
    amend(&world, &rotate(false), "kim").unwrap();
    assert_eq!(version(&world), Some(2));
    let (found, causes) = state(&world, &world.options, now());
    assert_eq!(found, "untrusted");
    assert!(causes[0].contains("only --trust-ref can show"), "{causes:?}");
    assert_eq!(state(&world, &protected(&world), now()).0, "active");
    // A new record by the old key never came there in time.
    world.git(&["checkout", "-q", "-b", "late", &before]);
    let mut other = draft(&finding());
    other.fields.expires = "2027-02-24".to_owned();
    let forgotten = Options {
        trust_root: id,
        environment: world
            .options
            .environment
            .clone()
            .with("XDG_STATE_HOME", world.root().join("other").to_str().unwrap()),
        ..world.options.clone()
    };
    let shown = preview(&world.open(), &other, &forgotten, now()).unwrap();
    let late = commit_waiver(&world.open(), &shown, &forgotten).unwrap().waiver_id;
    let judged = |world: &World, options: &Options| {
        let repository = world.open();
        let head = repository.head().unwrap().commit;
        let register = Register::read(&repository, head, options, now()).unwrap();
        let lines = apply(&register, &mut [finding()], now(), Some("refs/heads/main"), &|_| Ok(Vec::new()));
        lines.into_iter().find(|line| line.id == late).map(|line| (line.state, line.causes)).unwrap()
    };
    let (found, causes) = judged(&world, &protected(&world));
    assert_eq!(found, "untrusted");
    assert!(causes[0].contains("never came to refs/heads/main"), "{causes:?}");
    // Merged, it is there, but under the version in which the key had ended.
    world.git(&["checkout", "-q", "main"]);
    world.git(&["merge", "-q", "--no-ff", "--no-gpg-sign", "-m", "Merge", "late"]);
    let (found, causes) = judged(&world, &protected(&world));
    assert_eq!(found, "untrusted");
    assert!(causes[0].contains("nor was it in version 2"), "{causes:?}");
    // In a shallow clone nothing shows when it came.
    let shallow = world.root().join("shallow");
    let url = format!("file://{}", world.repo.display());
    world.git_in(&world.root(), &["clone", "-q", "--depth", "1", &url, "shallow"]);
    let repository = probity::git::Repository::discover(&shallow).unwrap();
    let options = Options { trust_root: id, ..protected(&world) };
    let register = Register::read(&repository, repository.head().unwrap().commit, &options, now()).unwrap();
    let lines = apply(&register, &mut [finding()], now(), Some("refs/heads/main"), &|_| Ok(Vec::new()));
    assert!(lines.iter().all(|line| line.state == "untrusted"), "{lines:?}");
    assert!(lines[0].causes[0].contains("shallow"), "{lines:?}");
}

#[test]
fn a_compromised_key_voids_all_that_it_signed_except_revocations() {
    let world = world();
    let id = waive_with(&world, "kim");
    let key = world.root().join("kim2").to_str().unwrap().to_owned();
    amend(&world, &Amendment::Rotate { principal: None, key, compromised: true }, "kim").unwrap();
    let (found, causes) = state(&world, &protected(&world), now());
    assert_eq!(found, "untrusted");
    assert!(causes[0].contains("revoked, with all that it signed"), "{causes:?}");
    // What it took back stays taken back.
    let world = self::world();
    let other = waive_with(&world, "kim");
    assert_ne!(other, id);
    revoke(&world.open(), &other, "No longer needed.", &world.options, now()).unwrap();
    let key = world.root().join("kim2").to_str().unwrap().to_owned();
    amend(&world, &Amendment::Rotate { principal: None, key, compromised: true }, "kim").unwrap();
    let lines = apply(&world.register(), &mut [], now(), None, &|_| Ok(Vec::new()));
    let line = lines.iter().find(|line| line.id.contains(".rv-")).unwrap();
    assert_eq!(line.state, "counted");
}

#[test]
fn a_key_past_its_end_is_not_saved_by_dates() {
    let world = world();
    let end = later(3);
    let until = |text: &str| {
        text.replacen(
            "status: \"active\"\n",
            &format!("status: \"active\"\n        not_after: \"{end}\"\n"),
            1,
        )
    };
    edit(&world, "kim", until).unwrap();
    waive_with(&world, "kim");
    assert_eq!(state(&world, &protected(&world), now()).0, "active");
    let (found, causes) = state(&world, &protected(&world), end);
    assert_eq!(found, "untrusted");
    assert!(causes[0].contains("nor was it in version 2"), "{causes:?}");
    // The version that the key signed holds on all the same.
    let repository = world.open();
    let register =
        Register::read(&repository, repository.head().unwrap().commit, &world.options, end).unwrap();
    assert_eq!(register.trust.error, None);
}

#[test]
fn a_clock_set_back_is_noticed() {
    let world = world();
    let read = |now| {
        let repository = world.open();
        Register::read(&repository, repository.head().unwrap().commit, &world.options, now).unwrap()
    };
    assert_eq!(read(now()).trust.clock, None);
    read(now()).note_run(&world.open(), &world.options, now()).unwrap();
    assert_eq!(read(later(1)).trust.clock, None);
    let earlier = "2026-11-30T00:00:00Z".parse().unwrap();
    assert!(read(earlier).trust.clock.unwrap().contains("before the last audit here"));
    // A memory that cannot be read is no "never seen".
    let seen = world.root().join("home/state/probity/seen");
    let file = std::fs::read_dir(&seen).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, "v0x\n").unwrap();
    let repository = world.open();
    assert!(Register::read(&repository, repository.head().unwrap().commit, &world.options, now()).is_err());
}
