//! Digests, and identifiers made of them. What is salted or random is unknown.

use data_encoding::{BASE64, HEXLOWER};
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512};

use super::call::{Call, Function, Kind, NUMBER, Outcome, Param, TEXT, string};
use crate::facts::terraform::value::{Type, Value};

/// The namespaces of RFC 9562, section 6.6, differ in their fourth byte only.
const NAMESPACE: [u8; 16] = *b"\x6b\xa7\xb8\x10\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8";

pub fn find(name: &str) -> Option<Function> {
    const ONE: &[Param] = &[TEXT];
    let digest = |run| Function::new(ONE, Kind::Text, run);
    Some(match name {
        "md5" => digest(|call| string(md5(call.text(0)?.as_bytes()))),
        "sha1" => digest(|call| string(sha1(call.text(0)?.as_bytes()))),
        "sha256" => digest(|call| string(sha256(call.text(0)?.as_bytes()))),
        "sha512" => digest(|call| string(sha512(call.text(0)?.as_bytes()))),
        "base64sha256" => digest(|call| string(base64sha256(call.text(0)?.as_bytes()))),
        "base64sha512" => digest(|call| string(base64sha512(call.text(0)?.as_bytes()))),
        "uuidv5" => Function::new(&[TEXT, TEXT], Kind::Text, uuidv5),
        "uuid" => Function::new(&[], Kind::Text, unknowable),
        "bcrypt" => Function::new(ONE, Kind::Text, unknowable).then(NUMBER),
        // Needs a private key, which an audit has no business with.
        "rsadecrypt" => Function::new(&[TEXT, TEXT], Kind::Text, unknowable),
        _ => return None,
    })
}

#[allow(clippy::unnecessary_wraps)] // as all functions
fn unknowable(_: &Call<'_>) -> Outcome {
    Ok(Value::unknown_result(Type::String))
}

pub fn md5(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Md5::digest(bytes))
}

pub fn sha1(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha1::digest(bytes))
}

pub fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

pub fn sha512(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha512::digest(bytes))
}

pub fn base64sha256(bytes: &[u8]) -> String {
    BASE64.encode(&Sha256::digest(bytes))
}

pub fn base64sha512(bytes: &[u8]) -> String {
    BASE64.encode(&Sha512::digest(bytes))
}

/// RFC 9562, section 5.5.
fn uuidv5(call: &Call<'_>) -> Outcome {
    let namespace = call.text(0)?;
    let known = |fourth: u8| {
        NAMESPACE.into_iter().enumerate().map(move |(at, byte)| if at == 3 { fourth } else { byte })
    };
    let bytes: Vec<u8> = match namespace {
        "dns" => known(0x10).collect(),
        "url" => known(0x11).collect(),
        "oid" => known(0x12).collect(),
        "x500" => known(0x14).collect(),
        other => parse_uuid(other).ok_or_else(|| format!("uuidv5() doesn't support namespace {other}"))?,
    };
    let mut digest = Sha1::digest([&bytes, call.text(1)?.as_bytes()].concat());
    if let Some(byte) = digest.get_mut(6) {
        *byte = (*byte & 0x0f) | 0x50;
    }
    if let Some(byte) = digest.get_mut(8) {
        *byte = (*byte & 0x3f) | 0x80;
    }
    let hex = HEXLOWER.encode(&digest);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    string([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-"))
}

/// With its four hyphens or without any, bare, in braces or as a URN.
fn parse_uuid(text: &str) -> Option<Vec<u8>> {
    let lower = text.to_ascii_lowercase();
    let bare = lower.strip_prefix("urn:uuid:").unwrap_or(&lower);
    let bare = bare.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(bare);
    let parts: Vec<usize> = bare.split('-').map(str::len).collect();
    if !matches!(parts.as_slice(), [32] | [8, 4, 4, 4, 12]) {
        return None;
    }
    HEXLOWER.decode(bare.replace('-', "").as_bytes()).ok()
}
