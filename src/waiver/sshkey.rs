//! SSH public keys of the kinds that Probity accepts, each with one encoding.

use ed25519_dalek::VerifyingKey;
use ring::signature::RsaPublicKeyComponents;
use sha2::{Digest as _, Sha256};

use super::wire::{Reader, base64_decode, base64_encode};

const ED25519: &str = "ssh-ed25519";
pub(super) const SK_ED25519: &str = "sk-ssh-ed25519@openssh.com";
const P256: &str = "ecdsa-sha2-nistp256";
const P384: &str = "ecdsa-sha2-nistp384";
const RSA: &str = "ssh-rsa";
/// Bits of an RSA modulus.
const RSA_BITS: std::ops::RangeInclusive<usize> = 3_072..=8_192;

/// A public key of a kind that Probity accepts. Compared as its decoded bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey {
    blob: Vec<u8>,
}

impl PublicKey {
    /// Reads `type base64`, with nothing after it.
    pub fn from_line(line: &str) -> Result<Self, String> {
        let (kind, encoded) = line.split_once(' ').ok_or("a public key is written `type base64`")?;
        let blob = base64_decode(encoded).ok_or("the public key is not canonical base64")?;
        let key = Self::from_blob(blob)?;
        if key.kind() == kind {
            Ok(key)
        } else {
            Err(format!(
                "the key says that it is `{}`, the line says `{}`",
                key.kind(),
                super::text::escaped(kind)
            ))
        }
    }

    /// Reads a public key file or a literal key: a line that may end with a comment.
    pub fn from_line_with_comment(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        match (words.next(), words.next()) {
            (Some(kind), Some(encoded)) => Self::from_line(&format!("{kind} {encoded}")),
            _ => Err("a public key is written `type base64`".to_owned()),
        }
    }

    pub(super) fn from_blob(blob: Vec<u8>) -> Result<Self, String> {
        Material::read(&blob)?;
        Ok(Self { blob })
    }

    /// A key that was read before.
    pub(super) fn known(blob: Vec<u8>) -> Self {
        Self { blob }
    }

    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    pub fn kind(&self) -> &str {
        Reader(&self.blob).string().and_then(|kind| std::str::from_utf8(kind).ok()).unwrap_or_default()
    }

    /// The signature algorithms of such a key; RSA has two that do not rest on SHA-1.
    pub(super) fn algorithms(&self) -> Vec<&str> {
        match self.kind() {
            RSA => vec!["rsa-sha2-512", "rsa-sha2-256"],
            kind => vec![kind],
        }
    }

    /// `type base64`, as trust data and allowed-signers files write it.
    pub fn line(&self) -> String {
        format!("{} {}", self.kind(), base64_encode(&self.blob))
    }

    /// `SHA256:...`, as ssh-keygen shows it.
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", base64_encode(&Sha256::digest(&self.blob)).trim_end_matches('='))
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.line())
    }
}

/// A key ready to verify with.
pub(super) enum Material {
    Ed25519(VerifyingKey),
    SkEd25519(VerifyingKey, Vec<u8>),
    Ecdsa(ssh_key::PublicKey),
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
}

impl Material {
    pub fn read(blob: &[u8]) -> Result<Self, String> {
        let mut reader = Reader(blob);
        let kind = reader.text().ok_or("the public key is malformed")?;
        match kind {
            ED25519 | SK_ED25519 => {
                let point = reader.string().ok_or("the public key is malformed")?;
                let point = point.try_into().map_err(|_| "an Ed25519 key has 32 bytes")?;
                let key = VerifyingKey::from_bytes(point)
                    .map_err(|_| "the Ed25519 key is no point of the curve")?;
                if key.is_weak() {
                    return Err(
                        "the Ed25519 key has small order: one signature would fit every message".to_owned()
                    );
                }
                let material = if kind == ED25519 {
                    Material::Ed25519(key)
                } else {
                    let application = reader.string().ok_or("the security key names no application")?;
                    Material::SkEd25519(key, application.to_vec())
                };
                reader.end("the public key")?;
                Ok(material)
            }
            P256 | P384 => {
                let key = ssh_key::PublicKey::from_bytes(blob)
                    .map_err(|error| format!("the public key: {error}"))?;
                let again = key.to_bytes().map_err(|error| format!("the public key: {error}"))?;
                if again != blob {
                    return Err("the public key is not encoded canonically".to_owned());
                }
                Ok(Material::Ecdsa(key))
            }
            RSA => {
                let (e, n) = (positive(&mut reader), positive(&mut reader));
                reader.end("the public key")?;
                rsa(n.ok_or(RSA_MALFORMED)?, e.ok_or(RSA_MALFORMED)?).map(Material::Rsa)
            }
            _ if kind.contains("-cert-") => {
                Err(format!("certificates not supported ({})", super::text::escaped(kind)))
            }
            _ => Err(format!(
                "keys of type `{}` are not supported; use ssh-ed25519, sk-ssh-ed25519, ECDSA P-256 or P-384, or \
                 ssh-rsa from 3072 bits",
                super::text::escaped(kind)
            )),
        }
    }
}

const RSA_MALFORMED: &str =
    "the ssh-rsa key is malformed: a number of it is not written in the one right way";

/// A positive number as SSH writes it: a zero byte in front only where the sign would be misread without.
fn positive<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let written = reader.string()?;
    match written {
        [0, rest @ ..] => rest.first().is_some_and(|first| *first >= 0x80).then_some(rest),
        [first, ..] => (1..0x80).contains(first).then_some(written),
        [] => None,
    }
}

/// An exponent of 1 would let everyone sign, an even one belongs to no key, and a long one takes long.
fn rsa(n: &[u8], e: &[u8]) -> Result<RsaPublicKeyComponents<Vec<u8>>, String> {
    let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
    if !RSA_BITS.contains(&bits) {
        let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
        return Err(format!("an ssh-rsa key must have {least} to {most} bits; this one has {bits}"));
    }
    let exponent =
        (e.len() <= 4).then(|| e.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)));
    if exponent.is_none_or(|exponent| exponent < 3 || exponent.is_multiple_of(2)) {
        return Err(
            "the ssh-rsa key has a public exponent that is no odd number from 3 to 4294967295".to_owned()
        );
    }
    if n.last().is_none_or(|last| last.is_multiple_of(2)) {
        return Err("the ssh-rsa key has an even modulus".to_owned());
    }
    Ok(RsaPublicKeyComponents { n: n.to_vec(), e: e.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waiver::wire::put;

    #[test]
    fn small_order_keys_are_refused() {
        let mut blob = Vec::new();
        put(&mut blob, ED25519.as_bytes());
        let mut point = [0; 32];
        point[0] = 1; // the neutral element
        put(&mut blob, &point);
        let line = format!("{ED25519} {}", base64_encode(&blob));
        assert!(PublicKey::from_line(&line).unwrap_err().contains("small order"));
    }

    #[test]
    fn other_key_types_are_refused_by_name() {
        for kind in ["ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp521", "sk-ecdsa-sha2-nistp256@openssh.com"] {
            let mut blob = Vec::new();
            put(&mut blob, kind.as_bytes());
            assert!(
                PublicKey::from_line(&format!("{kind} {}", base64_encode(&blob))).unwrap_err().contains(kind)
            );
        }
        let mut blob = Vec::new();
        put(&mut blob, b"ssh-ed25519-cert-v01@openssh.com");
        assert!(PublicKey::from_blob(blob).unwrap_err().starts_with("certificates not supported"));
    }
}
