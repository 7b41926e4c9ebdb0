//! Every position of every signed file, changed in every way that a byte can be: none is accepted.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

use probity::waiver::{Timestamp, check_record, check_trust};
use rayon::prelude::*;

const WAIVER: &str = "wv-fxabdh4cdmvwwwbvv0t7yncjhf.yaml";
const APPROVAL: &str = "wv-fxabdh4cdmvwwwbvv0t7yncjhf.ap-a5q0m83w4g10qty3vpbhbwkhtg.yaml";
const REVOCATION: &str = "wv-fxabdh4cdmvwwwbvv0t7yncjhf.rv-75s42t7807hrwnpcv38bwh626d.yaml";
const TRUST: &str = "1.trust.yaml";
const SIGNATURE: &str = "1.trust.a7a1850c7541.sig";
const ID: &str = "sha256:7726e2be101273dd72ae8c9d3444e765824605cb5f2127e0882185757f73ac7a";

/// What could pass for something else: ends of lines and strings, the neighbours in base64 and hex, other encodings.
const OTHERS: &[u8] = b"\n \"\\-=09Az\x80\xFF";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/waiver/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Tries each position with each single bit turned and each of the others put there, put before, or left out.
fn no_change_is_accepted(name: &str, accepted: impl Fn(&[u8]) -> bool + Sync) {
    let good = fixture(name);
    assert!(accepted(&good), "{name} itself");
    (0..good.len()).into_par_iter().for_each(|place| {
        let flipped = (0..8).map(|bit| good[place] ^ (1 << bit));
        let mut changed = good.clone();
        for byte in flipped.chain(OTHERS.iter().copied()).filter(|byte| *byte != good[place]) {
            changed[place] = byte;
            assert!(!accepted(&changed), "{name}: byte {place} as {byte:#04x}");
        }
        let (before, after) = good.split_at(place);
        assert!(!accepted(&[before, &after[1..]].concat()), "{name}: without byte {place}");
        assert!(!accepted(before), "{name}: cut at {place}");
        let doubled = [before, &after[..1], after].concat();
        assert!(!accepted(&doubled), "{name}: byte {place} twice");
    });
    for end in OTHERS {
        assert!(!accepted(&[&good[..], &[*end]].concat()), "{name}: {end:#04x} at the end");
    }
}

/// Names follow from content, so whoever changes a record can name it anew; the signature remains.
#[test]
fn of_records_under_the_name_that_follows() {
    for name in [WAIVER, APPROVAL, REVOCATION] {
        no_change_is_accepted(name, |bytes| match check_record(name, bytes) {
            Ok(_) => true,
            Err(why) => why
                .split_once("belongs in a file named ")
                .is_some_and(|(_, name)| check_record(name, bytes).is_ok()),
        });
    }
}

#[test]
fn of_trust_data_and_its_signature() {
    let (payload, armor) = (fixture(TRUST), fixture(SIGNATURE));
    let (id, now) = (ID.parse().unwrap(), "2026-12-01T00:00:00Z".parse::<Timestamp>().unwrap());
    no_change_is_accepted(TRUST, |bytes| check_trust(bytes, &[(SIGNATURE, &armor)], id, now).is_ok());
    no_change_is_accepted(SIGNATURE, |bytes| check_trust(&payload, &[(SIGNATURE, bytes)], id, now).is_ok());
}
