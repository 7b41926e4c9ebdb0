//! RSA signatures: those of OpenSSH are accepted from 3072 bits, and no other form of key or signature is.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod ssh_common;
mod waiver_common;

use std::path::Path;

use data_encoding::BASE64;
use num_bigint::BigUint;
use probity::waiver::{PublicKey, Signature};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use ssh_common::{Keys, MESSAGE, SPACE, armored, joined, probity, public};

/// A private key, so that signatures can be made which no tool would make.
struct Rsa {
    n: BigUint,
    e: BigUint,
    d: BigUint,
}

impl Rsa {
    /// Takes a key of ssh-keygen in the form PKCS#1: a sequence of integers.
    fn read(path: &Path) -> Self {
        let pem = std::fs::read_to_string(path).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = BASE64.decode(body.as_bytes()).unwrap();
        let mut rest = der_value(&mut der.as_slice());
        let mut number = || BigUint::from_bytes_be(der_value(&mut rest));
        let (_version, n, e, d) = (number(), number(), number(), number());
        Self { n, e, d }
    }

    fn size(&self) -> usize {
        self.n.to_bytes_be().len()
    }

    fn blob(&self) -> Vec<u8> {
        joined(&[b"ssh-rsa", &mpint(&self.e), &mpint(&self.n)])
    }

    /// The number that is raised to the power of `d`: PKCS#1 v1.5 padding around the name and value of the hash.
    fn padded(&self, algorithm: &str, message: &[u8]) -> BigUint {
        let hash = Sha512::digest(message);
        let parts = joined(&[SPACE.as_bytes(), b"", b"sha512", &hash]);
        let signed = [b"SSHSIG".as_slice(), &parts].concat();
        let (name, hash) = match algorithm {
            "ssh-rsa" => ("3021300906052b0e03021a05000414", Sha1::digest(&signed).to_vec()),
            "rsa-sha2-256" => ("3031300d060960864801650304020105000420", Sha256::digest(&signed).to_vec()),
            _ => ("3051300d060960864801650304020305000440", Sha512::digest(&signed).to_vec()),
        };
        let name = data_encoding::HEXLOWER.decode(name.as_bytes()).unwrap();
        let filling = vec![0xFF; self.size() - name.len() - hash.len() - 3];
        BigUint::from_bytes_be(&[&[0, 1][..], &filling, &[0], &name, &hash].concat())
    }

    fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        self.full(&self.padded(algorithm, message).modpow(&self.d, &self.n))
    }

    /// A number in as many bytes as the modulus has.
    fn full(&self, number: &BigUint) -> Vec<u8> {
        let bytes = number.to_bytes_be();
        [vec![0; self.size() - bytes.len()], bytes].concat()
    }

    fn armor(&self, algorithm: &str, signature: &[u8]) -> String {
        envelope(&self.blob(), algorithm, signature)
    }
}

/// Takes one value of DER; all that occur here are of a definite length.
fn der_value<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let (length, start) = match rest[1] {
        short @ 0..0x80 => (usize::from(short), 2),
        long => {
            let bytes = usize::from(long & 0x7F);
            let length = rest[2..2 + bytes].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, 2 + bytes)
        }
    };
    let value = &rest[start..start + length];
    *rest = &rest[start + length..];
    value
}

/// A positive number as SSH writes it.
fn mpint(number: &BigUint) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    if bytes[0] >= 0x80 { [vec![0], bytes].concat() } else { bytes }
}

fn envelope(key: &[u8], algorithm: &str, signature: &[u8]) -> String {
    let inner = joined(&[algorithm.as_bytes(), signature]);
    let parts = joined(&[key, SPACE.as_bytes(), b"", b"sha512", &inner]);
    armored(&[b"SSHSIG".as_slice(), &1_u32.to_be_bytes(), &parts].concat(), 70)
}

fn make(keys: &Keys, bits: &str) -> std::path::PathBuf {
    keys.make(bits, &["-t", "rsa", "-m", "PEM", "-b", bits])
}

#[test]
fn what_openssh_signs_is_accepted_from_3072_bits() {
    let keys = Keys::new();
    for bits in ["3072", "4096"] {
        let key = make(&keys, bits);
        let line = public(&key);
        assert_eq!(PublicKey::from_line(&line).unwrap().line(), line);
        for hash in ["sha256", "sha512"] {
            let armor = keys.sign(&key, SPACE, hash, MESSAGE);
            assert_eq!(probity(&armor, MESSAGE), Ok(true), "{bits} {hash}");
            assert!(keys.openssh_accepts(&line, &armor, MESSAGE));
            assert!(probity(&armor, b"other").unwrap_err().contains("does not fit"));
        }
        // ssh-keygen itself signs with SHA-512 only.
        let rsa = Rsa::read(&key);
        for algorithm in ["rsa-sha2-256", "rsa-sha2-512"] {
            let armor = rsa.armor(algorithm, &rsa.sign(algorithm, MESSAGE));
            assert_eq!(probity(&armor, MESSAGE), Ok(true), "{bits} {algorithm}");
            assert!(keys.openssh_accepts(&line, &armor, MESSAGE), "{bits} {algorithm}");
        }
    }
}

#[test]
fn smaller_and_larger_keys_are_refused() {
    let keys = Keys::new();
    let key = make(&keys, "2048");
    let armor = keys.sign(&key, SPACE, "sha512", MESSAGE);
    assert!(keys.openssh_accepts(&public(&key), &armor, MESSAGE));
    for why in [probity(&armor, MESSAGE).unwrap_err(), PublicKey::from_line(&public(&key)).unwrap_err()] {
        assert!(why.contains("ssh-rsa") && why.contains("3072") && why.contains("2048"), "{why}");
    }
    for (bits, good) in [(3_071, false), (3_072, true), (8_192, true), (8_193, false)] {
        let n = (BigUint::from(1_u8) << (bits - 1)) + 1_u8;
        let blob = joined(&[b"ssh-rsa", &[1, 0, 1], &mpint(&n)]);
        let line = format!("ssh-rsa {}", BASE64.encode(&blob));
        assert_eq!(PublicKey::from_line(&line).is_ok(), good, "{bits}");
    }
}

#[test]
fn a_signature_has_one_algorithm_and_one_length() {
    let keys = Keys::new();
    let key = make(&keys, "3072");
    let (line, rsa) = (public(&key), Rsa::read(&key));
    let good = rsa.sign("rsa-sha2-512", MESSAGE);
    assert_eq!(probity(&rsa.armor("rsa-sha2-512", &good), MESSAGE), Ok(true));

    let sha1 = rsa.armor("ssh-rsa", &rsa.sign("ssh-rsa", MESSAGE));
    assert!(probity(&sha1, MESSAGE).unwrap_err().contains("SHA-1"));
    assert!(!keys.openssh_accepts(&line, &sha1, MESSAGE));
    for other in ["rsa-sha2-384", "rsa-sha2-512-cert-v01@openssh.com", "ssh-ed25519", ""] {
        assert!(
            probity(&rsa.armor(other, &good), MESSAGE).unwrap_err().contains("does not belong"),
            "{other}"
        );
    }
    let ed25519 =
        Signature::parse(&keys.sign(&keys.make("ed", &["-t", "ed25519"]), SPACE, "sha512", MESSAGE));
    let foreign = envelope(ed25519.unwrap().key.blob(), "rsa-sha2-512", &good);
    assert!(probity(&foreign, MESSAGE).unwrap_err().contains("does not belong"));

    // The same number and the next one with the same remainder, in all lengths near the right one.
    let number = BigUint::from_bytes_be(&good);
    for wrong in [
        [vec![0], good.clone()].concat(),
        [good.clone(), vec![0]].concat(),
        good[1..].to_vec(),
        good[..good.len() - 1].to_vec(),
        (&number + &rsa.n).to_bytes_be(),
        vec![],
        vec![0; rsa.size()],
        rsa.full(&(&rsa.n - &number)),
        rsa.sign("rsa-sha2-256", MESSAGE),
    ] {
        let why = probity(&rsa.armor("rsa-sha2-512", &wrong), MESSAGE).unwrap_err();
        assert!(why.contains("does not fit"), "{why}");
    }
    for place in (0..good.len()).step_by(7) {
        let mut changed = good.clone();
        changed[place] ^= 1 << (place % 8);
        assert!(probity(&rsa.armor("rsa-sha2-512", &changed), MESSAGE).is_err(), "byte {place}");
    }
}

#[test]
fn a_key_has_one_encoding_and_a_sensible_exponent() {
    let keys = Keys::new();
    let mut rsa = Rsa::read(&make(&keys, "3072"));
    let (n, e) = (mpint(&rsa.n), mpint(&rsa.e));
    let even = mpint(&(&rsa.n - 1_u8));
    for (what, e, n, expected) in [
        ("zero before n", e.clone(), [vec![0], n.clone()].concat(), "malformed"),
        ("zero before e", [vec![0], e.clone()].concat(), n.clone(), "malformed"),
        ("negative n", e.clone(), n[1..].to_vec(), "malformed"),
        ("negative e", vec![0x81], n.clone(), "malformed"),
        ("no n", e.clone(), vec![], "malformed"),
        ("zero", vec![0], n.clone(), "malformed"),
        ("no e", vec![], n.clone(), "malformed"),
        ("even n", e.clone(), even, "even modulus"),
        ("e of 1", vec![1], n.clone(), "exponent"),
        ("e of 2", vec![2], n.clone(), "exponent"),
        ("even e", vec![1, 0, 0], n.clone(), "exponent"),
        ("e of five bytes", vec![1, 0, 0, 0, 1], n.clone(), "exponent"),
        ("e of n", n.clone(), n.clone(), "exponent"),
        ("swapped", n.clone(), e.clone(), "bits"),
    ] {
        let line = format!("ssh-rsa {}", BASE64.encode(&joined(&[b"ssh-rsa", &e, &n])));
        let why = PublicKey::from_line(&line).unwrap_err();
        assert!(why.contains(expected), "{what}: {why}");
    }
    let line = format!("ssh-rsa {}", BASE64.encode(&[rsa.blob(), vec![0]].concat()));
    assert!(PublicKey::from_line(&line).unwrap_err().contains("extra bytes"));

    // With an exponent of 1 the padded message is its own signature: no private key is needed.
    rsa.e = BigUint::from(1_u8);
    let forged = rsa.full(&rsa.padded("rsa-sha2-512", MESSAGE));
    assert!(probity(&rsa.armor("rsa-sha2-512", &forged), MESSAGE).unwrap_err().contains("exponent"));
}

#[test]
fn trust_data_and_waivers_may_rest_on_rsa() {
    let world = waiver_common::World::new();
    let keys = Keys::new();
    world.git(&["config", "user.signingKey", make(&keys, "3072").to_str().unwrap()]);
    world.init_trust();
    world.waive().unwrap();
    assert_eq!(world.state(&waiver_common::finding()), "active");
    let entry = &world.register().entries[0];
    assert_eq!(entry.key.kind(), "ssh-rsa");
}
