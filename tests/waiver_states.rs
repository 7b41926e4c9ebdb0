//! What each record amounts to: one test a state, at the exact instants, with all further causes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::assigning_clones)] // a test may panic

mod waiver_common;

use std::sync::Arc;

use probity::model::{Digest, Finding, Severity, Status};
use probity::waiver::{
    Amendment, TrustRequest, apply, commit_trust, forget_trust, preview, preview_trust, remember_trust,
};
use waiver_common::{World, draft, finding, now};

const MAIN: Option<&str> = Some("refs/heads/main");

fn waived() -> World {
    let world = World::trusted();
    world.waive().unwrap();
    world
}

fn changed(change: impl Fn(&mut Finding)) -> Finding {
    let mut finding = finding();
    change(&mut finding);
    finding
}

fn with_policy(change: impl Fn(&mut probity::model::PolicyInfo)) -> Finding {
    changed(|finding| {
        let mut policy = (*finding.policy).clone();
        change(&mut policy);
        finding.policy = Arc::new(policy);
    })
}

#[test]
fn a_waiver_lapses_when_what_it_is_bound_to_changes() {
    let world = waived();
    for (finding, state) in [
        (finding(), "active"),
        (changed(|f| f.location.path = "infra/prod/deep/other.tf".to_owned()), "active"),
        (changed(|f| f.location.start.line = 90), "active"),
        (changed(|f| f.location.path = "infra/test/main.tf".to_owned()), "out-of-scope"),
        (changed(|f| f.evidence_digest = Some(Digest::of(b"x"))), "lapsed-resource"),
        (changed(|f| f.evidence_digest = None), "lapsed-resource"),
        (changed(|f| f.resource = "terraform:other//x".to_owned()), "invalid"),
        (with_policy(|p| p.id = Arc::from("PB-DATA-002")), "invalid"),
        (with_policy(|p| p.version = 4), "lapsed-policy"),
        (with_policy(|p| p.version = 2), "lapsed-policy"),
        // Critical findings are strict about the policy's text.
        (with_policy(|p| p.digest = Digest::of(b"x")), "lapsed-policy"),
        (with_policy(|p| p.waivable = false), "not-permitted"),
    ] {
        assert_eq!(world.state(&finding), state);
        let expected = if state == "active" { Status::Waived } else { Status::Open };
        assert_eq!(world.state_at(&finding, now(), MAIN).0, expected);
    }
}

#[test]
fn a_raised_severity_lapses_and_a_lowered_one_does_not() {
    let world = World::trusted();
    let low = changed(|f| f.severity = Severity::Low);
    world.waive_in(&world.open(), &draft(&low)).unwrap();
    assert_eq!(world.state(&low), "active");
    assert_eq!(world.state(&finding()), "lapsed-severity");
    // `notice`: another text of the same policy version is said, not punished.
    let text = changed(|f| {
        f.severity = Severity::Low;
        let mut policy = (*f.policy).clone();
        policy.digest = Digest::of(b"x");
        f.policy = Arc::new(policy);
    });
    let (status, state, causes) = world.state_at(&text, now(), MAIN);
    assert_eq!((status, state.as_str()), (Status::Waived, "active"));
    assert!(causes.contains(&"policy-text-changed".to_owned()), "{causes:?}");
}

#[test]
fn time_holds_to_the_second() {
    let world = World::trusted();
    let mut draft = draft(&finding());
    draft.fields.review_by = Some("2027-01-05".to_owned());
    world.waive_in(&world.open(), &draft).unwrap();
    for (at, state) in [
        ("2026-11-30T23:54:59Z", "not-yet-valid"),
        ("2026-11-30T23:55:00Z", "active"),
        ("2027-01-04T23:59:59Z", "active"),
        ("2027-01-05T00:00:00Z", "review-overdue"),
        ("2027-02-19T23:59:59Z", "review-overdue"),
        ("2027-02-20T00:00:00Z", "expired"),
    ] {
        assert_eq!(world.state_at(&finding(), at.parse().unwrap(), MAIN).1, state, "{at}");
    }
    // All further causes are listed.
    let moved = changed(|f| f.evidence_digest = None);
    let causes = world.state_at(&moved, "2027-03-01T00:00:00Z".parse().unwrap(), MAIN).2;
    assert!(causes[0].starts_with("it ended 2027-02-20"), "{causes:?}");
    assert!(causes[1].contains("canonical form") && causes[2].contains("review was due"), "{causes:?}");
}

#[test]
fn refs_are_exact_names() {
    let world = World::trusted();
    let mut draft = draft(&finding());
    draft.fields.refs = vec!["refs/heads/main".to_owned()];
    world.waive_in(&world.open(), &draft).unwrap();
    for (reference, state) in [
        (MAIN, "active"),
        (Some("refs/heads/main2"), "out-of-scope"),
        (Some("refs/tags/main"), "out-of-scope"),
    ] {
        assert_eq!(world.state_at(&finding(), now(), reference).1, state);
    }
    assert_eq!(world.state_at(&finding(), now(), None).1, "out-of-scope");
}

#[test]
fn without_its_finding_a_waiver_is_an_orphan() {
    let world = waived();
    let lines = apply(&world.register(), &mut [], now(), MAIN, &|_| Ok(Vec::new()));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].state, "orphan");
    assert_eq!(lines[0].fingerprint, Some(finding().fingerprint.to_string()));
}

#[test]
fn the_best_of_several_waivers_counts() {
    let world = World::trusted();
    let mut short = draft(&finding());
    short.fields.expires = "2026-12-02".to_owned();
    let first = world.waive_in(&world.open(), &short).unwrap();
    let second = world.waive().unwrap();
    let mut findings = [finding()];
    let at = "2026-12-03T00:00:00Z".parse().unwrap();
    let lines = apply(&world.register(), &mut findings, at, MAIN, &|_| Ok(Vec::new()));
    assert_eq!(findings[0].status, Status::Waived);
    assert_eq!(findings[0].waiver.as_ref().unwrap().id, second.waiver_id);
    let state = |id: &str| lines.iter().find(|line| line.id == id).unwrap().state.clone();
    assert_eq!((state(&first.waiver_id).as_str(), state(&second.waiver_id).as_str()), ("expired", "active"));
}

#[test]
fn without_the_right_pin_nothing_counts() {
    let mut world = waived();
    let repository = world.open();
    assert_eq!(forget_trust(&repository, &world.options).unwrap(), 1);
    assert_eq!(world.state(&finding()), "untrusted");
    assert!(world.register().trust.error.unwrap().contains("is not pinned"));
    assert!(world.waive().unwrap_err().to_string().contains("nobody can waive here yet"));

    let id = world.register().trust.id.unwrap();
    remember_trust(&repository, &world.options, id).unwrap();
    assert_eq!(world.state(&finding()), "active");

    // Known with another id: an alarm that names both.
    forget_trust(&repository, &world.options).unwrap();
    let other = Digest::of(b"other");
    remember_trust(&repository, &world.options, other).unwrap();
    let register = world.register();
    let warning = &register.notices[0];
    assert!(warning.contains(&id.to_string()) && warning.contains(&other.to_string()), "{warning}");
    assert!(warning.contains("probity trust forget"));
    assert_eq!(world.state(&finding()), "foreign");
    assert_eq!(world.state_at(&finding(), now(), MAIN).0, Status::Open);

    // The command line and the environment come first.
    world.options.trust_root = Some(id);
    assert_eq!(world.state(&finding()), "active");
    world.options.trust_root = None;
    world.options.environment = world.options.environment.clone().with("PROBITY_TRUST_ROOT", id.to_string());
    assert_eq!(world.state(&finding()), "active");
    world.options.environment = world.options.environment.clone().with("PROBITY_TRUST_ROOT", "main");
    let repository = world.open();
    let head = repository.head().unwrap().commit;
    assert!(probity::waiver::Register::read(&repository, head, &world.options, now()).is_err());
}

#[test]
fn a_remote_is_known_wherever_it_is_cloned() {
    let world = waived();
    let url = "https://example.com/claims-ml.git";
    world.git(&["remote", "add", "origin", url]);
    let id = world.register().trust.id.unwrap();
    remember_trust(&world.open(), &world.options, id).unwrap();
    world.git_in(&world.root(), &["clone", "-q", "repo", "copy"]);
    let copy = world.root().join("copy");
    let read = || {
        let repository = probity::git::Repository::discover(&copy).unwrap();
        let head = repository.head().unwrap().commit;
        probity::waiver::Register::read(&repository, head, &world.options, now()).unwrap().trust.error
    };
    assert!(read().is_some());
    world.git_in(&copy, &["remote", "set-url", "origin", "https://kim:secret@example.com/claims-ml"]);
    assert_eq!(read(), None);
}

#[test]
fn a_record_survives_squash_and_rebase() {
    let world = World::trusted();
    let start = world.git(&["rev-parse", "HEAD"]).trim().to_owned();
    world.waive().unwrap();
    world.git(&["branch", "work"]);
    for args in [&["cherry-pick", "--no-gpg-sign", "work"][..], &["merge", "-q", "--squash", "work"]] {
        world.git(&["reset", "-q", "--hard", &start]);
        world.write("other.txt", "x");
        world.git(&["add", "-A"]);
        world.git(&["commit", "-q", "--no-gpg-sign", "-m", "Meanwhile"]);
        world.git(args);
        world.git(&["commit", "-q", "--no-gpg-sign", "--allow-empty", "-m", "Done"]);
        assert_eq!(world.state(&finding()), "active", "{args:?}");
    }
}

#[test]
fn trust_is_started_once_and_by_a_person_with_a_name() {
    let world = World::new();
    let start = |principal: Option<&str>| {
        let principal = principal.map(str::to_owned);
        Amendment::Start(TrustRequest { principal, ..TrustRequest::default() })
    };
    let error =
        preview_trust(&world.open(), &start(Some("Kim")), &world.options, now()).unwrap_err().to_string();
    assert!(error.contains("not a principal"), "{error}");
    let shown = preview_trust(&world.open(), &start(None), &world.options, now()).unwrap();
    assert_eq!(shown.principal, "kim@example.com");
    assert!(shown.warnings.iter().any(|warning| warning.starts_with("no second person")));
    assert!(shown.warnings.iter().any(|warning| warning.contains("critical findings need 2 approval(s)")));
    commit_trust(&world.open(), &shown, &world.options).unwrap();
    let added = world.git(&["show", "--name-only", "--format=", "HEAD"]);
    assert_eq!(added.lines().count(), 3, "{added}");
    assert!(added.contains(".probity/.gitattributes"));
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    let again = preview_trust(&world.open(), &start(None), &world.options, now());
    assert!(again.unwrap_err().to_string().contains("has trust data already"));
}

#[test]
fn what_cannot_be_accepted_is_refused_before_signing() {
    let world = World::trusted();
    let try_with = |change: &dyn Fn(&mut probity::waiver::DraftFields)| {
        let mut draft = draft(&finding());
        change(&mut draft.fields);
        preview(&world.open(), &draft, &world.options, now()).map(|shown| shown.warnings)
    };
    for (change, expected) in [
        (&(|f: &mut _| set_expires(f, "2027-12-31")) as &dyn Fn(&mut _), "90 days at most, until 2027-03-01"),
        (&|f| set_expires(f, "2026-12-01"), "later than"),
        (&|f| set_expires(f, "next week"), "is no time"),
        (&|f: &mut probity::waiver::DraftFields| f.reason = "  ".to_owned(), "`reason`: it is empty"),
        (&|f| f.reason = "pay \u{202e}later".to_owned(), "U+202E"),
        (&|f| f.reason = "one\ntwo".to_owned(), "line feed"),
        (&|f| f.paths = vec!["/etc/**".to_owned()], "no path pattern"),
        (&|f| f.paths = Vec::new(), "at least one"),
        (&|f| f.refs = vec!["main".to_owned()], "full ref name"),
        (&|f| f.risk_owner = Some("D\u{430}na".to_owned()), "ASCII"),
        (&|f| f.review_by = Some("2028-01-01".to_owned()), "review_by"),
    ] {
        let error = try_with(change).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let warnings = try_with(&|f| {
        f.reason = "p\u{430}yment".to_owned();
        f.risk_owner = Some("lee@example.com".to_owned());
    })
    .unwrap();
    for expected in ["no second person", "p\\u{430}yment", "lee@example.com is not in the trust data"] {
        assert!(warnings.iter().any(|warning| warning.contains(expected)), "{expected}: {warnings:?}");
    }
    let kept = with_policy(|p| p.waivable = false);
    assert!(probity::waiver::Draft::for_finding(&kept).unwrap_err().to_string().contains("cannot be waived"));
    let vague = changed(|f| f.evidence_digest = None);
    assert!(probity::waiver::Draft::for_finding(&vague).is_err());
}

fn set_expires(fields: &mut probity::waiver::DraftFields, text: &str) {
    fields.expires = text.to_owned();
}

#[test]
fn the_default_scope_is_the_units_folder() {
    let paths = |location: &str, unit: &[&str]| {
        let finding = changed(|f| {
            f.location.path = location.to_owned();
            f.unit_files = unit.iter().map(|file| (*file).to_owned()).collect();
        });
        draft(&finding).fields.paths
    };
    assert_eq!(paths("infra/prod/main.tf", &["infra/prod/main.tf", "infra/prod/vars.tf"]), ["infra/prod/**"]);
    assert_eq!(paths("infra/prod/main.tf", &["infra/prod/main.tf", "infra/modules/m/x.tf"]), ["infra/**"]);
    assert_eq!(paths("main.tf", &["main.tf"]), ["**"]);
    assert_eq!(paths("a/b.tf", &[]), ["a/**"]);
}
