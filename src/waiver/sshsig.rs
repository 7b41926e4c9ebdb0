//! SSH signatures (OpenSSH's PROTOCOL.sshsig), read so strictly that one signature has one text.
//!
//! The usual tools each accept something that they should not (a second signature after the first,
//! non-empty reserved fields, small-order keys, certificates). So the envelope is taken apart here, put
//! together again, and compared byte by byte; only the mathematics is left to libraries.

use ed25519_dalek::Verifier as _;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512};
use sha2::{Digest as _, Sha256, Sha512};

use super::sshkey::{Material, PublicKey, SK_ED25519};
use super::wire::{Reader, base64_decode, base64_encode, put};

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "-----END SSH SIGNATURE-----\n";
const MAGIC: &[u8] = b"SSHSIG";
const WRONG: &str = "it does not fit the content: the content or the signature was changed";
/// Set in the flags of a security key's signature when somebody touched it.
const TOUCHED: u8 = 0x01;

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

    /// The key of a signature that was read and verified before, from a text with its armor, however indented.
    pub(super) fn key_again(text: &str) -> Option<PublicKey> {
        let (_, body) = text.split_once(BEGIN)?;
        let (body, _) = body.split_once(END)?;
        let body: String = body.split_ascii_whitespace().collect();
        let blob = base64_decode(&body)?;
        let mut reader = Reader(&blob);
        reader.take(MAGIC.len())?;
        reader.number()?;
        Some(PublicKey::known(reader.string()?.to_vec()))
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
        if algorithm == "ssh-rsa" {
            return Err("signatures of the algorithm `ssh-rsa` rest on SHA-1".to_owned());
        }
        if !key.algorithms().contains(&algorithm.as_str()) {
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
        for part in [self.key.blob(), self.namespace.as_bytes(), b"", self.hash.name().as_bytes(), &inner] {
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
            Material::Rsa(key) => {
                let parameters = match self.algorithm.as_str() {
                    "rsa-sha2-256" => &RSA_PKCS1_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA512,
                };
                // Refuses a signature that is not exactly as long as the modulus, or not below it.
                key.verify(parameters, &signed, &self.bytes).map_err(|_| WRONG)?;
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
