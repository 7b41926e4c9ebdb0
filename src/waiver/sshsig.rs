//! SSH signatures (OpenSSH's PROTOCOL.sshsig), read so strictly that one signature has one text.
//!
//! The usual tools each accept something that they should not (a second signature after the first,
//! non-empty reserved fields, small-order keys, certificates). So the envelope is taken apart here, put
//! together again, and compared byte by byte; only the mathematics is left to libraries.

use ed25519_dalek::{Verifier as _, VerifyingKey};
use sha2::{Digest as _, Sha256, Sha512};

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "-----END SSH SIGNATURE-----\n";
const MAGIC: &[u8] = b"SSHSIG";
const ED25519: &str = "ssh-ed25519";
const SK_ED25519: &str = "sk-ssh-ed25519@openssh.com";
const P256: &str = "ecdsa-sha2-nistp256";
const P384: &str = "ecdsa-sha2-nistp384";
const WRONG: &str = "it does not fit the content: the content or the signature was changed";
/// Set in the flags of a security key's signature when somebody touched it.
const TOUCHED: u8 = 0x01;

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

    fn from_blob(blob: Vec<u8>) -> Result<Self, String> {
        Material::read(&blob)?;
        Ok(Self { blob })
    }

    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    pub fn kind(&self) -> &str {
        Reader(&self.blob).string().and_then(|kind| std::str::from_utf8(kind).ok()).unwrap_or_default()
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
enum Material {
    Ed25519(VerifyingKey),
    SkEd25519(VerifyingKey, Vec<u8>),
    Ecdsa(ssh_key::PublicKey),
}

impl Material {
    fn read(blob: &[u8]) -> Result<Self, String> {
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
            _ if kind.contains("-cert-") => {
                Err(format!("certificates not supported ({})", super::text::escaped(kind)))
            }
            _ => Err(format!(
                "keys of type `{}` are not supported; use ssh-ed25519, sk-ssh-ed25519 or ECDSA P-256 or P-384",
                super::text::escaped(kind)
            )),
        }
    }
}

/// A signature whose envelope is in order; whether it fits a message shows in `verify`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub key: PublicKey,
    pub namespace: String,
    hash: Hash,
    /// The algorithm's name, the raw signature, and for security keys flags and counter.
    algorithm: String,
    bytes: Vec<u8>,
    trailer: Option<[u8; 5]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha512,
}

impl Hash {
    fn name(self) -> &'static str {
        match self {
            Hash::Sha256 => "sha256",
            Hash::Sha512 => "sha512",
        }
    }

    fn of(self, message: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha256 => Sha256::digest(message).to_vec(),
            Hash::Sha512 => Sha512::digest(message).to_vec(),
        }
    }
}

impl Signature {
    /// Reads an armored signature: LF, 70 columns, a final LF, and nothing around it.
    pub fn parse(armored: &str) -> Result<Self, String> {
        let body =
            armored.strip_prefix(BEGIN).ok_or("it does not start with -----BEGIN SSH SIGNATURE-----")?;
        let body = body
            .strip_suffix(END)
            .ok_or("it does not end with -----END SSH SIGNATURE----- and a line feed")?;
        let blob = base64_decode(&body.replace('\n', "")).ok_or("its body is not canonical base64")?;
        if armor(&blob) != armored {
            return Err(
                "its armor is not canonical (70 columns, one signature, nothing around it)".to_owned()
            );
        }
        let signature = Self::from_blob(&blob)?;
        if signature.to_blob() != blob {
            return Err("it is not encoded canonically".to_owned());
        }
        Ok(signature)
    }

    fn from_blob(blob: &[u8]) -> Result<Self, String> {
        const MALFORMED: &str = "it is malformed or cut off";
        let mut reader = Reader(blob);
        if reader.take(MAGIC.len()) != Some(MAGIC) {
            return Err("it does not start with SSHSIG".to_owned());
        }
        match reader.number().ok_or(MALFORMED)? {
            1 => {}
            version => return Err(format!("signature format version {version} is not supported")),
        }
        let key = PublicKey::from_blob(reader.string().ok_or(MALFORMED)?.to_vec())?;
        let namespace = reader.text().ok_or(MALFORMED)?.to_owned();
        if !reader.string().ok_or(MALFORMED)?.is_empty() {
            return Err("its reserved field is not empty".to_owned());
        }
        let hash = match reader.text().ok_or(MALFORMED)? {
            "sha512" => Hash::Sha512,
            "sha256" => Hash::Sha256,
            other => return Err(format!("the hash `{}` is not supported", super::text::escaped(other))),
        };
        let mut inner = Reader(reader.string().ok_or(MALFORMED)?);
        reader.end("the signature")?;
        let algorithm = inner.text().ok_or(MALFORMED)?.to_owned();
        if algorithm != key.kind() {
            return Err(format!(
                "the signature algorithm `{}` does not belong to a key of type `{}`",
                super::text::escaped(&algorithm),
                key.kind()
            ));
        }
        let bytes = inner.string().ok_or(MALFORMED)?.to_vec();
        let trailer = match algorithm.as_str() {
            SK_ED25519 => Some(inner.take(5).and_then(|rest| rest.try_into().ok()).ok_or(MALFORMED)?),
            _ => None,
        };
        inner.end("the signature")?;
        Ok(Self { key, namespace, hash, algorithm, bytes, trailer })
    }

    fn to_blob(&self) -> Vec<u8> {
        let mut inner = Vec::new();
        put(&mut inner, self.algorithm.as_bytes());
        put(&mut inner, &self.bytes);
        inner.extend(self.trailer.iter().flatten());
        let mut blob = MAGIC.to_vec();
        blob.extend(1_u32.to_be_bytes());
        for part in [&self.key.blob, self.namespace.as_bytes(), b"", self.hash.name().as_bytes(), &inner] {
            put(&mut blob, part);
        }
        blob
    }

    /// Was it made by this key, for this name space, over this message? Says whether a security key was
    /// touched; other keys count as touched.
    pub fn verify(&self, namespace: &str, message: &[u8]) -> Result<bool, String> {
        if self.namespace != namespace {
            return Err(format!(
                "it was made for the name space `{}`, not `{namespace}`",
                super::text::escaped(&self.namespace)
            ));
        }
        let mut signed = MAGIC.to_vec();
        for part in [namespace.as_bytes(), b"", self.hash.name().as_bytes(), &self.hash.of(message)] {
            put(&mut signed, part);
        }
        match Material::read(self.key.blob())? {
            Material::Ed25519(key) => {
                key.verify_strict(&signed, &self.ed25519()?).map_err(|_| WRONG)?;
                Ok(true)
            }
            Material::SkEd25519(key, application) => {
                let trailer = self.trailer.ok_or(WRONG)?;
                let mut message = Sha256::digest(application).to_vec();
                message.extend(trailer);
                message.extend(Sha256::digest(&signed));
                key.verify_strict(&message, &self.ed25519()?).map_err(|_| WRONG)?;
                let [flags, ..] = trailer;
                Ok(flags & TOUCHED != 0)
            }
            Material::Ecdsa(key) => {
                let mut inner = Vec::new();
                put(&mut inner, self.algorithm.as_bytes());
                put(&mut inner, &self.bytes);
                let signature = ssh_key::Signature::try_from(inner.as_slice()).map_err(|_| WRONG)?;
                if Vec::<u8>::try_from(signature.clone()).ok() != Some(inner) {
                    return Err("the ECDSA signature is not encoded canonically".to_owned());
                }
                key.key_data().verify(&signed, &signature).map_err(|_| WRONG)?;
                Ok(true)
            }
        }
    }

    fn ed25519(&self) -> Result<ed25519_dalek::Signature, String> {
        ed25519_dalek::Signature::from_slice(&self.bytes)
            .map_err(|_| "an Ed25519 signature has 64 bytes".to_owned())
    }
}

/// The text form of a signature, as OpenSSH writes it.
fn armor(blob: &[u8]) -> String {
    let mut out = BEGIN.to_owned();
    for (number, c) in base64_encode(blob).chars().enumerate() {
        if number > 0 && number % 70 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push('\n');
    out.push_str(END);
    out
}

/// Length-prefixed fields.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.string()?).ok()
    }

    fn end(&self, what: &str) -> Result<(), String> {
        if self.0.is_empty() { Ok(()) } else { Err(format!("{what} has extra bytes at its end")) }
    }
}

fn put(out: &mut Vec<u8>, part: &[u8]) {
    out.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(part);
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            if place > group.len() {
                out.push('=');
            } else {
                let symbol = BASE64.get((bits >> (18 - 6 * place)) as usize & 63);
                out.push(char::from(symbol.copied().unwrap_or(b'=')));
            }
        }
    }
    out
}

/// Decodes base64 with its padding; `None` for any text that `base64_encode` would not give.
fn base64_decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = ((bits << 6) | u32::from(value)) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xFF).ok()?);
        }
    }
    (base64_encode(&out) == text).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_has_one_text_for_each_value() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64_encode(bytes.as_bytes()), text);
            assert_eq!(base64_decode(text).as_deref(), Some(bytes.as_bytes()));
        }
        for bad in ["Zg", "Zg=", "Zh==", "Zg== ", "Z", "Zm9v=", "Zm9v===="] {
            assert_eq!(base64_decode(bad), None, "{bad}");
        }
    }

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
