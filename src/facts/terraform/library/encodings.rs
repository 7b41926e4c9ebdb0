//! Functions that encode values as text, and decode them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use data_encoding::{BASE64, Encoding, Specification};
use serde_json::value::RawValue;

use super::call::{ANY, Call, Function, Kind, Outcome, Param, TEXT, string};
use super::{MAX_TEXT, csv, yaml};
use crate::facts::terraform::value::{Type, Value, encode, from_json};

/// Nesting that `jsondecode` follows.
const MAX_DEPTH: usize = 100;
const WHITESPACE: [char; 4] = [' ', '\t', '\n', '\r'];

pub fn find(name: &str) -> Option<Function> {
    const ONE: &[Param] = &[TEXT];
    const TWO: &[Param] = &[TEXT, TEXT];
    const ENCODED: &[Param] = &[ANY.or_null().known()];
    let text = |params: &'static [Param], run| Function::new(params, Kind::Text, run);
    Some(match name {
        "base64decode" => text(ONE, |call| {
            let bytes = decode_base64(call.text(0)?)?;
            let text = String::from_utf8(bytes);
            string(
                text.map_err(|_| "the result of decoding the provided string is not valid UTF-8".to_owned())?,
            )
        }),
        "base64encode" => text(ONE, |call| string(BASE64.encode(call.text(0)?.as_bytes()))),
        // The bytes depend on the compressor, and no policy has a use for them.
        "base64gzip" => text(ONE, |_| Ok(Value::unknown_result(Type::String))),
        "csvdecode" => Function::new(ONE, Kind::Any, |call| csv::decode(call.text(0)?)),
        "jsondecode" => Function::new(ONE, Kind::Any, |call| jsondecode(call.text(0)?)),
        "jsonencode" => text(ENCODED, |call| string(encode(call.arg(0), MAX_TEXT)?)),
        "textdecodebase64" => text(TWO, textdecodebase64),
        "textencodebase64" => text(TWO, textencodebase64),
        "urlencode" => text(ONE, |call| string(urlencode(call.text(0)?))),
        "yamldecode" => Function::new(ONE, Kind::Any, |call| yaml::decode(call.text(0)?)),
        "yamlencode" => text(ENCODED, |call| string(yaml::encode(call.arg(0))?)),
        _ => return None,
    })
}

fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    lenient_base64()
        .and_then(|encoding| encoding.decode(text.as_bytes()).ok())
        .ok_or_else(|| "failed to decode base64 data".to_owned())
}

/// Line breaks are skipped, and bits that belong to no byte may be set.
fn lenient_base64() -> Option<Encoding> {
    let mut specification = Specification::new();
    specification.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    specification.padding = Some('=');
    specification.check_trailing_bits = false;
    specification.ignore.push_str("\r\n");
    specification.encoding().ok()
}

fn jsondecode(text: &str) -> Outcome {
    decoded(text, MAX_DEPTH).map_err(|error| format!("invalid JSON: {error}"))
}

/// Level by level, so that numbers keep all the digits that they are written with.
fn decoded(text: &str, depth: usize) -> Outcome {
    let depth = depth.checked_sub(1).ok_or_else(|| "nested too deeply".to_owned())?;
    let read = |error: serde_json::Error| error.to_string();
    let text = text.trim_matches(WHITESPACE);
    match text.bytes().next() {
        Some(b'{') => {
            let entries: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(read)?;
            let entries = entries.into_iter().map(|(key, raw)| Ok((name(&key), decoded(raw.get(), depth)?)));
            Ok(Value::object(entries.collect::<Result<Vec<_>, String>>()?))
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(read)?;
            let items = items.into_iter().map(|raw| decoded(raw.get(), depth));
            Ok(Value::tuple(items.collect::<Result<Vec<_>, _>>()?))
        }
        Some(b'-' | b'0'..=b'9') => {
            // The library's own numbers end where 64-bit floats do.
            let number = is_json_number(text).then(|| text.parse().map(Value::Number));
            number.unwrap_or_else(|| Err(format!("{text:.20} is no number")))
        }
        _ => Ok(from_json(&serde_json::from_str(text).map_err(read)?)),
    }
}

/// RFC 8259, section 6.
fn is_json_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (text, "0"),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction) && digits(exponent) && (whole == "0" || !whole.starts_with('0'))
}

fn name(key: &str) -> Arc<str> {
    match Value::string(key) {
        Value::String(name) => name,
        _ => key.into(),
    }
}

/// As in the query of a URL, where a space is a plus.
fn urlencode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            b' ' => encoded.push('+'),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// The encodings that are tables of our own: the Unicode ones, ASCII and Latin-1. Terraform knows
/// more, whose text is unknown here.
#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    Utf16 { little: bool, mark: bool },
    Latin1,
    Ascii,
    Other,
}

impl Charset {
    fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "csutf8" => Charset::Utf8,
            "utf-16le" | "csutf16le" => Charset::Utf16 { little: true, mark: false },
            "utf-16be" | "csutf16be" => Charset::Utf16 { little: false, mark: false },
            "utf-16" | "csutf16" => Charset::Utf16 { little: false, mark: true },
            "iso-8859-1" | "iso_8859-1" | "latin1" | "l1" | "ibm819" | "cp819" | "iso-ir-100" => {
                Charset::Latin1
            }
            "us-ascii" | "ascii" | "iso646-us" | "ansi_x3.4-1968" => Charset::Ascii,
            _ => Charset::Other,
        }
    }
}

fn textencodebase64(call: &Call<'_>) -> Outcome {
    let text = call.text(0)?;
    let refused = || "the given string contains characters that cannot be represented".to_owned();
    let bytes = match Charset::named(call.text(1)?) {
        Charset::Utf8 => text.as_bytes().to_vec(),
        Charset::Utf16 { mark: true, .. } | Charset::Other => return Ok(Value::unknown_result(Type::String)),
        Charset::Utf16 { little, .. } => text
            .encode_utf16()
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect(),
        Charset::Latin1 => text.chars().map(u8::try_from).collect::<Result<_, _>>().map_err(|_| refused())?,
        Charset::Ascii if text.is_ascii() => text.as_bytes().to_vec(),
        Charset::Ascii => return Err(refused()),
    };
    string(BASE64.encode(&bytes))
}

fn textdecodebase64(call: &Call<'_>) -> Outcome {
    let bytes = decode_base64(call.text(0)?)?;
    let refused = || "the given string contains symbols that are not defined".to_owned();
    let text = match Charset::named(call.text(1)?) {
        Charset::Utf8 => String::from_utf8(bytes).map_err(|_| refused())?,
        Charset::Utf16 { mark: true, .. } | Charset::Other => return Ok(Value::unknown_result(Type::String)),
        Charset::Utf16 { little, .. } => {
            let (pairs, rest) = bytes.as_chunks::<2>();
            if !rest.is_empty() {
                return Err(refused());
            }
            let unit =
                |pair: &[u8; 2]| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
            String::from_utf16(&pairs.iter().map(unit).collect::<Vec<_>>()).map_err(|_| refused())?
        }
        Charset::Latin1 => bytes.into_iter().map(char::from).collect(),
        Charset::Ascii if bytes.is_ascii() => bytes.into_iter().map(char::from).collect(),
        Charset::Ascii => return Err(refused()),
    };
    string(text)
}
