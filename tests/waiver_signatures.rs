//! SSH signatures against OpenSSH itself: what it signs is accepted, what it should not accept is not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::assigning_clones)] // a test may panic

mod ssh_common;
mod waiver_common;

use std::process::Command;

use ed25519_dalek::{Signer as _, SigningKey};
use probity::waiver::{Key, KeyStatus, PublicKey, Signature, trust_files, waiver_file};
use sha2::{Digest as _, Sha256, Sha512};
use ssh_common::{Keys, MESSAGE, SPACE, armored, base64, joined, probity, public};
use waiver_common::{World, draft, finding, now};

/// Everything in an Ed25519 signature that an attacker could choose.
struct Envelope {
    version: u32,
    key: SigningKey,
    point: Option<[u8; 32]>,
    kind: &'static str,
    space: &'static str,
    reserved: &'static [u8],
    hash: &'static str,
    after: &'static [u8],
    flags: Option<u8>,
}

impl Envelope {
    fn good() -> Self {
        Self {
            version: 1,
            key: SigningKey::from_bytes(&[7; 32]),
            point: None,
            kind: "ssh-ed25519",
            space: SPACE,
            reserved: b"",
            hash: "sha512",
            after: b"",
            flags: None,
        }
    }

    fn key_blob(&self) -> Vec<u8> {
        let point = self.point.unwrap_or(self.key.verifying_key().to_bytes());
        match self.flags {
            None => joined(&[self.kind.as_bytes(), &point]),
            Some(_) => joined(&[self.kind.as_bytes(), &point, b"ssh:"]),
        }
    }

    fn key_line(&self) -> String {
        format!("{} {}", self.kind, base64(&self.key_blob()))
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let hash = match self.hash {
            "sha256" => Sha256::digest(message).to_vec(),
            _ => Sha512::digest(message).to_vec(),
        };
        let parts = joined(&[self.space.as_bytes(), self.reserved, self.hash.as_bytes(), &hash]);
        let signed = [b"SSHSIG".as_slice(), &parts].concat();
        match self.flags {
            None => self.key.sign(&signed).to_bytes().to_vec(),
            Some(flags) => {
                let message = [
                    Sha256::digest(b"ssh:").to_vec(),
                    vec![flags, 0, 0, 0, 9],
                    Sha256::digest(&signed).to_vec(),
                ];
                self.key.sign(&message.concat()).to_bytes().to_vec()
            }
        }
    }

    fn blob(&self, signature: &[u8]) -> Vec<u8> {
        let mut inner = joined(&[self.kind.as_bytes(), signature]);
        if let Some(flags) = self.flags {
            inner.extend([flags, 0, 0, 0, 9]);
        }
        let parts =
            joined(&[&self.key_blob(), self.space.as_bytes(), self.reserved, self.hash.as_bytes(), &inner]);
        [b"SSHSIG".as_slice(), &self.version.to_be_bytes(), &parts, self.after].concat()
    }

    fn armor(&self) -> String {
        armored(&self.blob(&self.sign(MESSAGE)), 70)
    }
}

#[test]
fn what_openssh_signs_is_accepted() {
    let keys = Keys::new();
    for arguments in [&["-t", "ed25519"][..], &["-t", "ecdsa", "-b", "256"], &["-t", "ecdsa", "-b", "384"]] {
        let key = keys.make(&arguments.join(""), arguments);
        let line = public(&key);
        for hash in ["sha256", "sha512"] {
            for message in [MESSAGE, b"", &[0xFF; 5_000]] {
                let armor = keys.sign(&key, SPACE, hash, message);
                assert_eq!(probity(&armor, message), Ok(true), "{arguments:?} {hash}");
                assert!(keys.openssh_accepts(&line, &armor, message));
                assert!(probity(&armor, b"other").is_err());
                assert_eq!(Signature::parse(&armor).unwrap().key.line(), line);
            }
        }
        let other = keys.sign(&key, "git", "sha512", MESSAGE);
        assert!(probity(&other, MESSAGE).unwrap_err().contains("name space `git`"));
        let fingerprint = Command::new("ssh-keygen").arg("-lf").arg(&key).output().unwrap();
        let fingerprint = String::from_utf8(fingerprint.stdout).unwrap();
        assert!(fingerprint.contains(&PublicKey::from_line(&line).unwrap().fingerprint()), "{fingerprint}");
    }
}

#[test]
fn key_types_that_are_not_supported_are_named() {
    let keys = Keys::new();
    for (arguments, kind) in [
        (&["-t", "rsa", "-b", "2048"][..], "ssh-rsa"),
        (&["-t", "ecdsa", "-b", "521"], "ecdsa-sha2-nistp521"),
    ] {
        let key = keys.make(kind, arguments);
        assert!(probity(&keys.sign(&key, SPACE, "sha512", MESSAGE), MESSAGE).unwrap_err().contains(kind));
        assert!(PublicKey::from_line(&public(&key)).unwrap_err().contains(kind));
    }
    let (ca, key) = (keys.make("ca", &["-t", "ed25519"]), keys.make("holder", &["-t", "ed25519"]));
    let mut command = Command::new("ssh-keygen");
    let public = key.with_extension("pub");
    assert!(
        command
            .args(["-q", "-I", "kim", "-n", "kim", "-s"])
            .arg(&ca)
            .arg(&public)
            .status()
            .unwrap()
            .success()
    );
    let line = std::fs::read_to_string(keys.0.path().join("holder-cert.pub")).unwrap();
    assert!(PublicKey::from_line_with_comment(&line).unwrap_err().starts_with("certificates not supported"));
    // With the certificate as public key, ssh-keygen signs with it.
    let armor = keys.sign(&keys.0.path().join("holder-cert.pub"), SPACE, "sha512", MESSAGE);
    assert!(
        probity(&armor, MESSAGE).is_err() || Signature::parse(&armor).unwrap().key.kind() == "ssh-ed25519"
    );
}

/// The traps of the specification that need a crafted envelope; each is correctly signed.
#[test]
fn crafted_envelopes_are_refused() {
    let keys = Keys::new();
    let good = Envelope::good();
    assert_eq!(probity(&good.armor(), MESSAGE), Ok(true));
    assert!(keys.openssh_accepts(&good.key_line(), &good.armor(), MESSAGE));
    for (envelope, expected) in [
        (Envelope { reserved: b"x", ..Envelope::good() }, "reserved"),
        (Envelope { version: 0, ..Envelope::good() }, "version 0"),
        (Envelope { version: 2, ..Envelope::good() }, "version 2"),
        (Envelope { after: b"x", ..Envelope::good() }, "extra bytes"),
        (Envelope { hash: "sha1", ..Envelope::good() }, "hash `sha1`"),
        (Envelope { space: "file", ..Envelope::good() }, "name space `file`"),
        (Envelope { space: "", ..Envelope::good() }, "name space"),
        (
            Envelope { kind: "ssh-ed25519-cert-v01@openssh.com", ..Envelope::good() },
            "certificates not supported",
        ),
    ] {
        let why = probity(&envelope.armor(), MESSAGE).unwrap_err();
        assert!(why.contains(expected), "{expected}: {why}");
    }
    let blob = good.blob(&good.sign(MESSAGE));
    for end in 0..blob.len() {
        assert!(probity(&armored(&blob[..end], 70), MESSAGE).is_err(), "cut at {end}");
    }
}

#[test]
fn a_security_key_says_whether_it_was_touched() {
    let keys = Keys::new();
    let envelope =
        |flags| Envelope { kind: "sk-ssh-ed25519@openssh.com", flags: Some(flags), ..Envelope::good() };
    let touched = envelope(0x01);
    assert_eq!(probity(&touched.armor(), MESSAGE), Ok(true));
    assert!(keys.openssh_accepts(&touched.key_line(), &touched.armor(), MESSAGE));
    assert_eq!(probity(&envelope(0x04).armor(), MESSAGE), Ok(false));
}

/// In the register the touch decides, unless trust data says of the key that it needs none.
#[test]
fn an_untouched_record_is_invalid_unless_its_key_needs_no_touch() {
    let space = |space: &str| match space {
        "probity-trust-v1" => "probity-trust-v1",
        _ => SPACE,
    };
    for (flags, no_touch, state) in
        [(0, false, ""), (4, false, ""), (4, true, "active"), (1, false, "active")]
    {
        let mut world = World::trusted();
        let security_key =
            Envelope { kind: "sk-ssh-ed25519@openssh.com", flags: Some(flags), ..Envelope::good() };
        let mut trust = world.register().trust.in_force().unwrap().clone();
        let admin = Envelope::good();
        let line = |envelope: &Envelope| envelope.key_line();
        trust.principals[0].keys = [(&admin, false), (&security_key, no_touch)]
            .map(|(key, no_touch)| Key {
                key: line(key),
                status: KeyStatus::Active,
                not_after: None,
                no_touch,
            })
            .to_vec();
        let sign = |envelope: &Envelope, name: &str, bytes: &[u8]| {
            let envelope = Envelope { space: space(name), key: envelope.key.clone(), ..*envelope };
            Ok(armored(&envelope.blob(&envelope.sign(bytes)), 70))
        };
        let key = PublicKey::from_line(&admin.key_line()).unwrap();
        let (id, files) = trust_files(&trust, &key, &|space, bytes| sign(&admin, space, bytes)).unwrap();
        let (requester, nonce) = (&trust.principals[0].id, "0".repeat(32));
        let signed = |space: &str, bytes: &[u8]| sign(&security_key, space, bytes);
        let waiver = waiver_file(&draft(&finding()), (id, 1), requester, now(), &nonce, &signed).unwrap();
        std::fs::remove_dir_all(world.repo.join(".probity")).unwrap();
        for file in files.iter().chain([&waiver]) {
            world.write(&file.path, std::str::from_utf8(&file.bytes).unwrap());
        }
        world.git(&["add", "-A", "-f"]);
        world.git(&["commit", "-q", "--no-gpg-sign", "-m", "Records"]);
        world.options.trust_root = Some(id);
        assert_eq!(world.state(&finding()), state, "flags {flags}, no_touch {no_touch}");
        let invalid = world.register().invalid;
        assert_eq!(invalid.iter().any(|found| found.cause.contains("was not touched")), state.is_empty());
    }
}

/// The points whose order divides 8, each also as it may be written with a sign that it has not or a number above the
/// field's size. With the right `R` and an `S` of zero one signature by such a key fits every eighth message at least.
#[test]
fn keys_of_small_order_are_refused() {
    const POINTS: [&str; 12] = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ];
    let mut signature = [0; 64];
    signature[0] = 1;
    for point in POINTS {
        let bytes = data_encoding::HEXLOWER.decode(point.as_bytes()).unwrap();
        for flags in [None, Some(1)] {
            let kind = if flags.is_some() { "sk-ssh-ed25519@openssh.com" } else { "ssh-ed25519" };
            let point = Some(bytes.clone().try_into().unwrap());
            let envelope = Envelope { point, kind, flags, ..Envelope::good() };
            let why = probity(&armored(&envelope.blob(&signature), 70), MESSAGE).unwrap_err();
            assert!(why.contains("small order") || why.contains("no point"), "{bytes:?}: {why}");
            assert_eq!(PublicKey::from_line(&envelope.key_line()).unwrap_err(), why);
        }
    }
}

/// Adding the group's order to S gives a second signature of the same message.
#[test]
fn a_malleated_signature_is_refused() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let good = Envelope::good();
    let mut signature = good.sign(MESSAGE);
    let mut carry = 0_u16;
    for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = (sum & 0xFF) as u8;
        carry = sum >> 8;
    }
    assert!(probity(&armored(&good.blob(&signature), 70), MESSAGE).unwrap_err().contains("does not fit"));
}

#[test]
fn a_signature_has_one_text() {
    let good = Envelope::good();
    let (armor, blob) = (good.armor(), good.blob(&good.sign(MESSAGE)));
    for (what, text) in [
        ("text before", format!("x\n{armor}")),
        ("text after", format!("{armor}x\n")),
        ("two signatures", format!("{armor}{armor}")),
        ("CRLF", armor.replace('\n', "\r\n")),
        ("indented", armor.replace("\nU1", "\n U1")),
        ("64 columns", armored(&blob, 64)),
        ("one line", armored(&blob, 100_000)),
        ("no final line feed", armor.trim_end().to_owned()),
        ("BOM", format!("\u{feff}{armor}")),
        ("blank line", armor.replacen('\n', "\n\n", 1)),
        ("empty", String::new()),
        ("markers only", "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n".to_owned()),
        ("overlap", "-----BEGIN SSH SIGNATURE-----\n".to_owned()),
    ] {
        assert!(probity(&text, MESSAGE).is_err(), "{what}");
    }
}

/// Every single-byte change that Probity accepts, if any, OpenSSH must accept as well; there is none.
#[test]
fn nothing_is_accepted_that_openssh_refuses() {
    let keys = Keys::new();
    let good = Envelope::good();
    let (line, blob) = (good.key_line(), good.blob(&good.sign(MESSAGE)));
    for place in 0..blob.len() {
        let mut changed = blob.clone();
        changed[place] ^= 1 << (place % 8);
        let armor = armored(&changed, 70);
        let ours = Signature::parse(&armor)
            .and_then(|signature| signature.verify(SPACE, MESSAGE).map(|_| signature.key.line() == line));
        assert_ne!(ours, Ok(true), "byte {place}");
        // OpenSSH too, on a sample: a process each.
        if place % 23 == 0 {
            assert!(!keys.openssh_accepts(&line, &armor, MESSAGE), "byte {place}");
        }
    }
}
