//! States that hang on who signed: the specification's records under changed trust data.

use std::sync::Arc;

use super::record::{Approval, DecisionType, KeyStatus, Record, Trust, Verdict, Waiver};
use super::register::{Entry, Register, check_record, check_trust};
use super::state::{State, apply, judge};
use super::time::Timestamp;
use super::{Author, Authors};
use crate::model::{Confidence, Digest, Finding, Location, PolicyInfo, Position, Scope, Status};

const WAIVER: &str = "wv-fxabdh4cdmvwwwbvv0t7yncjhf.yaml";
const REVOCATION: &str = "wv-fxabdh4cdmvwwwbvv0t7yncjhf.rv-75s42t7807hrwnpcv38bwh626d.yaml";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/waiver/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

fn entry(name: &str) -> Entry {
    check_record(name, &fixture(name)).unwrap()
}

/// The specification's register with changed trust data, as if its admins had signed that.
fn register(entries: Vec<Entry>, change: impl Fn(&mut Trust)) -> Register {
    let (payload, signature) = (fixture("1.trust.yaml"), fixture("1.trust.a7a1850c7541.sig"));
    let id = Digest::of(&payload);
    let mut trust = check_trust(&payload, &[("1.trust.a7a1850c7541.sig", &signature)], id, now()).unwrap();
    trust.trust.as_mut().map(change).unwrap();
    Register { trust, entries, ..Register::default() }
}

fn state(register: &Register) -> (State, Vec<String>) {
    let found = judge(register, &register.entries[0], now()).unwrap();
    (found.state, found.causes)
}

/// Kim's key, the one that requested.
fn kims(trust: &mut Trust) -> &mut super::record::Key {
    &mut trust.principals[1].keys[0]
}

#[test]
fn only_an_active_key_of_the_named_person_requests() {
    let waiver = || vec![entry(WAIVER)];
    assert_eq!(state(&register(waiver(), |_| ())).0, State::Pending);
    for (change, expected) in [
        (&(|t: &mut Trust| kims(t).status = KeyStatus::Retired) as &dyn Fn(&mut Trust), "not active"),
        (&|t| kims(t).status = KeyStatus::Revoked, "was revoked"),
        (&|t| kims(t).not_after = Some(now()), "not active"),
        (&|t| t.principals[1].id = "lee@example.com".to_owned(), "was signed by lee@example.com"),
        (&|t| t.principals.truncate(1), "not in the trust data"),
        (&|t| t.version = 0, "trust version 1"),
    ] {
        let (state, causes) = state(&register(waiver(), change));
        assert_eq!(state, State::Untrusted, "{expected}");
        assert!(causes[0].contains(expected), "{expected}: {causes:?}");
    }
    let later = |t: &mut Trust| kims(t).not_after = Some(now().plus_seconds(1));
    assert_eq!(state(&register(waiver(), later)).0, State::Pending);
}

#[test]
fn rules_limit_who_and_what() {
    for (change, expected) in [
        (
            &(|t: &mut Trust| t.rules.critical.request_roles = vec!["risk-owner".to_owned()])
                as &dyn Fn(&mut Trust),
            "lacks the role",
        ),
        (&|t| t.rules.critical.decision_types = vec![DecisionType::FalsePositive], "decision type"),
        // The example lasts 89 days and nine hours.
        (&|t| t.rules.critical.max_days = 89, "89 days at most"),
    ] {
        let (state, causes) = state(&register(vec![entry(WAIVER)], change));
        assert_eq!(state, State::NotPermitted);
        assert!(causes[0].contains(expected), "{causes:?}");
    }
    let alone = |t: &mut Trust| t.rules.critical.approvals = 0;
    let (state, causes) = state(&register(vec![entry(WAIVER)], alone));
    assert_eq!(state, State::Orphan, "{causes:?}");
    assert!(causes.contains(&"no second person".to_owned()));
}

#[test]
fn a_revocation_outlives_the_revokers_key() {
    let both = || vec![entry(WAIVER), entry(REVOCATION)];
    for change in [
        &(|_: &mut Trust| ()) as &dyn Fn(&mut Trust),
        &|t| t.principals[0].keys[0].status = KeyStatus::Retired,
        &|t| t.principals[0].keys[0].status = KeyStatus::Revoked,
        &|t| t.principals[0].keys[0].not_after = Some(now()),
        // By role alone, not as an admin.
        &|t| t.admins = vec!["kim@example.com".to_owned()],
    ] {
        assert_eq!(state(&register(both(), change)).0, State::Revoked);
    }
    let nobody = |t: &mut Trust| {
        t.admins = vec!["kim@example.com".to_owned()];
        t.rules.critical.approve_roles = vec!["auditor".to_owned()];
    };
    let register = register(both(), nobody);
    assert_eq!(state(&register).0, State::Pending);
    let lines = apply(&register, &mut [], now(), None, &|_| Ok(Vec::new()));
    let line = lines.iter().find(|line| line.id.contains(".rv-")).unwrap();
    assert_eq!(line.state, "not-counted");
    assert!(line.causes[0].contains("neither requester nor admin"), "{line:?}");
}

#[test]
fn a_record_of_another_repository_is_foreign() {
    let mut register = register(vec![entry(WAIVER)], |_| ());
    register.trust.pin = Some(Digest::of(b"another"));
    assert_eq!(state(&register).0, State::Foreign);
    // Without a pin nothing says what is foreign; nothing is trusted either.
    register.trust.pin = None;
    register.trust.error = Some("not pinned".to_owned());
    assert_eq!(state(&register).0, State::Untrusted);
}

const APPROVAL: &str = "wv-fxabdh4cdmvwwwbvv0t7yncjhf.ap-a5q0m83w4g10qty3vpbhbwkhtg.yaml";

/// Dana's approval of the example, with changes as if somebody had signed those.
fn word(change: impl Fn(&mut Entry, &mut Approval)) -> Entry {
    let mut entry = entry(APPROVAL);
    let Record::Approval(mut approval) = entry.record.clone() else { panic!("no approval") };
    change(&mut entry, &mut approval);
    entry.record = Record::Approval(approval);
    entry
}

fn rejected(_: &mut Entry, approval: &mut Approval) {
    approval.decision = Verdict::Reject;
}

fn kims_own(entry: &mut Entry, approval: &mut Approval) {
    entry.key = self::entry(WAIVER).key;
    approval.approver = "kim@example.com".to_owned();
}

fn everyone_decides(trust: &mut Trust) {
    for principal in &mut trust.principals {
        principal.roles = vec!["risk-owner".to_owned()];
    }
}

/// The state of the example's waiver with these words about it.
fn said(words: Vec<Entry>, change: impl Fn(&mut Trust)) -> (State, Vec<String>) {
    state(&register([vec![entry(WAIVER)], words].concat(), change))
}

#[test]
fn a_second_person_grants_a_waiver() {
    assert_eq!(said(Vec::new(), |_| ()).0, State::Pending);
    // The example's finding is not here: that is all that is left.
    assert_eq!(
        said(vec![entry(APPROVAL)], |_| ()),
        (State::Orphan, vec!["no finding has its fingerprint".to_owned()])
    );
    let (state, causes) = said(vec![entry(APPROVAL)], |t| t.rules.critical.approvals = 2);
    assert_eq!((state, causes[0].as_str()), (State::Pending, "1 of 2 approvals"));
}

#[test]
fn what_does_not_count_as_a_second_person() {
    type Change<'a> = &'a dyn Fn(&mut Trust);
    let kims = || word(kims_own);
    let again = || {
        word(|entry, approval| {
            entry.digest = Digest::of(b"again");
            approval.comment = None;
        })
    };
    for (words, change, expected) in [
        (vec![kims()], &everyone_decides as Change<'_>, "asked for it"),
        // By another key of the same person.
        (
            vec![kims()],
            &|t: &mut Trust| {
                everyone_decides(t);
                let second = t.principals[0].keys[0].clone();
                t.principals[1].keys.push(second);
                t.principals[0].keys.truncate(0);
            },
            "asked for it",
        ),
        (
            vec![entry(APPROVAL)],
            &|t| t.principals[0].roles = vec!["engineer".to_owned()],
            "does not have the role",
        ),
        (
            vec![word(|_, a| a.role = "engineer".to_owned())],
            &|t| {
                t.principals[0].roles.push("engineer".to_owned());
            },
            "does not decide",
        ),
        (vec![entry(APPROVAL)], &|t| t.principals[0].keys[0].status = KeyStatus::Retired, "not active"),
        (vec![entry(APPROVAL)], &|t| t.principals[0].keys[0].status = KeyStatus::Revoked, "was revoked"),
        (vec![entry(APPROVAL)], &|t| t.principals.truncate(0), "not in the trust data"),
        (vec![word(|_, a| a.approver = "lee@example.com".to_owned())], &|_| (), "was signed by dana"),
        (vec![word(|_, a| a.repository = Digest::of(b"other"))], &|_| (), "another repository"),
    ] {
        let (state, causes) = said(words, change);
        // Without people the waiver's own signer is unknown, too.
        assert!([State::Pending, State::Untrusted].contains(&state), "{expected}: {state}");
        assert!(causes.iter().any(|cause| cause.contains(expected)), "{expected}: {causes:?}");
    }
    // One person twice is one person.
    let (state, causes) = said(vec![entry(APPROVAL), again()], |t| t.rules.critical.approvals = 2);
    assert_eq!((state, causes[0].as_str()), (State::Pending, "1 of 2 approvals"));
}

#[test]
fn every_approval_needs_a_role_of_its_own_where_the_rule_says_so() {
    let lees = || {
        word(|entry, approval| {
            entry.key = self::entry(WAIVER).key;
            entry.digest = Digest::of(b"lee");
            approval.approver = "lee@example.com".to_owned();
        })
    };
    let rule = |distinct: bool| {
        move |t: &mut Trust| {
            let mut lee = t.principals[1].clone();
            lee.id = "lee@example.com".to_owned();
            lee.roles = vec!["risk-owner".to_owned()];
            // The example's requester signs with a key of its own; here lee holds it, so that two keys are enough.
            t.principals[1].keys.truncate(0);
            t.principals.push(lee);
            t.rules.critical.approvals = 2;
            t.rules.critical.distinct_roles = distinct;
            t.rules.critical.approve_roles = vec!["risk-owner".to_owned(), "dpo".to_owned()];
        }
    };
    for (distinct, expected) in [(false, None), (true, Some("1 of 2 approvals"))] {
        let (_, causes) = said(vec![entry(APPROVAL), lees()], rule(distinct));
        let found = causes.iter().find(|cause| cause.contains("approvals")).map(String::as_str);
        assert_eq!(found, expected, "{causes:?}");
    }
}

#[test]
fn a_rejection_blocks_until_it_is_taken_back() {
    let (state, causes) = said(vec![word(rejected)], |_| ());
    assert_eq!(state, State::Rejected);
    assert!(causes[0].starts_with("rejected by dana@example.com"), "{causes:?}");
    // Even where nobody needs to approve.
    assert_eq!(said(vec![word(rejected)], |t| t.rules.critical.approvals = 0).0, State::Rejected);
    // Who may not decide may not block.
    assert_eq!(
        said(vec![word(rejected)], |t| t.principals[0].roles = vec!["engineer".to_owned()]).0,
        State::Pending
    );
    let reject = word(rejected);
    let later = |person: fn(&mut Entry, &mut Approval)| {
        word(|entry, approval| {
            approval.supersedes = vec![word(rejected).digest];
            entry.digest = Digest::of(b"later");
            person(entry, approval);
        })
    };
    assert_eq!(said(vec![reject.clone(), later(|_, _| ())], |_| ()).0, State::Orphan);
    // Nobody takes back what another said.
    assert_eq!(said(vec![reject, later(kims_own)], everyone_decides).0, State::Rejected);
}

#[test]
fn who_introduced_the_finding_does_not_approve_it() {
    let words = || vec![entry(WAIVER), entry(APPROVAL)];
    let finding = example();
    let state = |authors: Authors<'_>, change: &dyn Fn(&mut Trust)| {
        let mut findings = [finding.clone()];
        let lines = apply(&register(words(), change), &mut findings, now(), Some("refs/heads/main"), authors);
        let waiver = findings[0].waiver.clone().unwrap();
        let approval = lines.into_iter().find(|line| line.id.contains(".ap-")).unwrap();
        assert_eq!(waiver.approvers.is_empty(), approval.state != "counted");
        (waiver.state, approval.state, [waiver.causes, approval.causes].concat().join("; "))
    };
    let by = |address: &'static str| move |_: &Finding| Ok(vec![Author::Address(address.to_owned())]);
    let nothing: &dyn Fn(&mut Trust) = &|_| ();
    assert_eq!(state(&by("kim@example.com"), nothing).0, "active");
    let (waiver, approval, why) = state(&by("Dana@example.com"), nothing);
    assert_eq!((waiver.as_str(), approval.as_str()), ("pending", "not-counted"));
    assert!(why.contains("introduced the finding") && why.contains("identity unverified"), "{why}");
    let also = |t: &mut Trust| t.principals[0].emails = vec!["d@home.example".to_owned()];
    assert_eq!(state(&by("d@home.example"), &also).0, "pending");
    // Whose key signed the commit had a hand in it, whatever its author field says.
    let danas = entry(APPROVAL).key;
    let signed = move |_: &Finding| {
        Ok(vec![Author::Address("kim@example.com".to_owned()), Author::Signer(danas.clone())])
    };
    let (waiver, _, why) = state(&signed, nothing);
    assert_eq!(waiver, "pending");
    assert!(why.contains("identity verified"), "{why}");
    // The rule may allow it.
    assert_eq!(state(&by("dana@example.com"), &|t| t.rules.critical.author_approval = true).0, "active");
    // What cannot be told does not count.
    let (waiver, _, why) = state(&|_| Err("history is cut".to_owned()), nothing);
    assert_eq!(waiver, "pending");
    assert!(why.contains("cannot be told: history is cut"), "{why}");
}

/// The finding that the example is about.
fn example() -> Finding {
    let Record::Waiver(waiver) = entry(WAIVER).record else { panic!("no waiver") };
    let (signed, at) = (waiver.finding, Position { line: 1, column: 1 });
    Finding {
        policy: Arc::new(PolicyInfo {
            id: Arc::from(signed.policy.as_str()),
            title: String::new(),
            description: String::new(),
            severity: signed.severity,
            scopes: vec![Scope::Module],
            version: signed.policy_version,
            controls: Vec::new(),
            remediation: String::new(),
            related: Vec::new(),
            waivable: true,
            digest: signed.policy_digest,
            file: String::new(),
        }),
        verdict: crate::model::Verdict::Fail,
        severity: signed.severity,
        message: String::new(),
        fingerprint: signed.fingerprint,
        resource: signed.resource,
        key: String::new(),
        location: Location { path: "infra/prod/main.tf".to_owned(), start: at, end: at },
        confidence: Confidence::PathGiven,
        evidence_places: Vec::new(),
        evidence: None,
        evidence_digest: Some(signed.evidence_digest),
        status: Status::Open,
        waiver: None,
        unit_files: Arc::from([]),
        owners: Arc::default(),
    }
}

/// A renewal of the example that one person may grant alone, or that waits.
fn renewal(change: impl Fn(&mut Waiver)) -> Entry {
    let mut renewal = entry(WAIVER);
    renewal.digest = Digest::of(b"renewal");
    "wv-renewal".clone_into(&mut renewal.path);
    if let Record::Waiver(waiver) = &mut renewal.record {
        waiver.supersedes = vec![entry(WAIVER).digest];
        change(waiver);
    }
    renewal
}

#[test]
fn a_granted_renewal_ends_what_it_renews() {
    let both = |renewal: Entry, more: Vec<Entry>| {
        register([vec![entry(WAIVER), entry(APPROVAL), renewal], more].concat(), |_| ())
    };
    // Pending: the approval is of the old one.
    assert_eq!(state(&both(renewal(|_| ()), Vec::new())).0, State::Orphan);
    let approves = || {
        word(|entry, approval| {
            entry.digest = Digest::of(b"of the renewal");
            approval.waiver = Digest::of(b"renewal");
        })
    };
    assert_eq!(state(&both(renewal(|_| ()), vec![approves()])).0, State::Superseded);
    // For good, even when the renewal is revoked or has ended.
    let mut revocation = entry(REVOCATION);
    if let Record::Revocation(revocation) = &mut revocation.record {
        revocation.waiver = Digest::of(b"renewal");
    }
    assert_eq!(state(&both(renewal(|_| ()), vec![approves(), revocation])).0, State::Superseded);
    let ended = renewal(|waiver| waiver.expires_at = now());
    assert_eq!(state(&both(ended, vec![approves()])).0, State::Superseded);
    // Not by one about another policy, nor by one that is not permitted.
    let other = renewal(|waiver| waiver.finding.policy = "PB-DATA-002".to_owned());
    assert_eq!(state(&both(other, vec![approves()])).0, State::Orphan);
    let long = renewal(|waiver| waiver.expires_at = waiver.issued_at.plus_days(91));
    assert_eq!(state(&both(long, vec![approves()])).0, State::Orphan);
    // Two that name each other: neither is stuck, neither asks forever.
    let round = renewal(|_| ());
    let mut first = entry(WAIVER);
    if let Record::Waiver(waiver) = &mut first.record {
        waiver.supersedes = vec![round.digest];
    }
    let circle = register(vec![first, entry(APPROVAL), round, approves()], |_| ());
    assert_eq!(state(&circle).0, State::Superseded);
}
