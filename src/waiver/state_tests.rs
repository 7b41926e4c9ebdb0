//! States that hang on who signed: the specification's records under changed trust data.

use super::record::{DecisionType, KeyStatus, Record, Trust};
use super::register::{Entry, Register, check_record, check_trust};
use super::state::{State, apply, judge};
use super::time::Timestamp;
use crate::model::Digest;

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
    let found = judge(register, &register.entries[0], None, now(), None).unwrap();
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
        (&|t| kims(t).status = KeyStatus::Revoked, "not active"),
        (&|t| kims(t).not_after = Some(now()), "not active"),
        (&|t| t.principals[1].id = "lee@example.com".to_owned(), "was signed by lee@example.com"),
        (&|t| t.principals.truncate(1), "not in the trust data"),
        (&|t| t.version = 2, "trust version 1"),
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
    let lines = apply(&register, &mut [], now(), None);
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

#[test]
fn renewals_and_rejections_wait_for_a_version_that_judges_them() {
    let alone = |t: &mut Trust| t.rules.critical.approvals = 0;
    let mut renewal = entry(WAIVER);
    if let Record::Waiver(waiver) = &mut renewal.record {
        waiver.supersedes = vec![Digest::of(b"old")];
    }
    assert_eq!(state(&register(vec![renewal], alone)).0, State::Pending);

    let name = "wv-fxabdh4cdmvwwwbvv0t7yncjhf.ap-a5q0m83w4g10qty3vpbhbwkhtg.yaml";
    let mut rejection = entry(name);
    if let Record::Approval(approval) = &mut rejection.record {
        approval.decision = super::record::Verdict::Reject;
    }
    assert_eq!(state(&register(vec![entry(WAIVER), rejection], alone)).0, State::Pending);
}
