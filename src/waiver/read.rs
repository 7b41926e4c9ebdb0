//! Strict reading: from bytes to a record, or to the one reason why not.
//!
//! YAML libraries disagree on the same bytes, so the bytes are checked before they reach one (characters,
//! line forms), and afterwards the parsed value is written again and must give the same bytes. Nothing is
//! repaired. From here on only the parsed value is used.

use serde::de::DeserializeOwned;

use super::emit;
use super::lines;
use super::names::{self, NameKind};
use super::record::{Kind, Record, Trust};
use super::text::check_file;
use crate::model::Digest;

/// A record's bytes, taken apart and checked, its signature not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parsed {
    pub record: Record,
    pub payload: String,
    pub digest: Digest,
}

/// Reads a file of `waivers/` by steps 2 to 8, to its record and its signature; step 1 (name, mode, size) is the
/// caller's.
pub(super) fn record(name: &str, kind: NameKind, bytes: &[u8]) -> Result<(Parsed, String), String> {
    let text = check_file(bytes)?;
    let (payload, signature) = split(text)?;
    let armor = armor(signature)?;
    let record = match kind {
        NameKind::Waiver => Record::Waiver(value(payload, Kind::Waiver)?),
        NameKind::Approval => Record::Approval(value(payload, Kind::Approval)?),
        NameKind::Revocation => Record::Revocation(value(payload, Kind::Revocation)?),
    };
    same_bytes(&emit::record(&record)?, payload)?;
    let digest = Digest::of(payload.as_bytes());
    let expected = file_name(&record, &digest);
    if expected != name {
        return Err(format!("its content belongs in a file named {expected}"));
    }
    Ok((Parsed { record, payload: payload.to_owned(), digest }, armor))
}

/// Reads a file of `waivers/` whose bytes came through `record` and a good signature before; with the record's digest
/// that was found then; its name is judged anew. Gives the record and the part with the signature.
pub(super) fn again<'b>(name: &str, bytes: &'b [u8], digest: Digest) -> Option<(Parsed, &'b str)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (payload, signature) = text.split_at(text.rfind("\n---\n")? + 1);
    let record = match names::read_record_name(name)? {
        NameKind::Waiver => Record::Waiver(lines::value(payload, Kind::Waiver)?),
        NameKind::Approval => Record::Approval(lines::value(payload, Kind::Approval)?),
        NameKind::Revocation => Record::Revocation(lines::value(payload, Kind::Revocation)?),
    };
    let parsed = |record| Parsed { record, payload: payload.to_owned(), digest };
    (file_name(&record, &digest) == name).then(|| (parsed(record), signature))
}

/// Reads a trust file; all of it is signed.
pub(super) fn trust(bytes: &[u8]) -> Result<Trust, String> {
    let text = check_file(bytes)?;
    let trust: Trust = value(text, Kind::Trust)?;
    same_bytes(&emit::trust(&trust)?, text)?;
    Ok(trust)
}

/// The file name that follows from a record's content.
pub(super) fn file_name(record: &Record, digest: &Digest) -> String {
    let own = names::id26(digest);
    match record {
        Record::Waiver(_) => format!("wv-{own}.yaml"),
        Record::Approval(approval) => format!("{}.ap-{own}.yaml", names::waiver_id(&approval.waiver)),
        Record::Revocation(revocation) => format!("{}.rv-{own}.yaml", names::waiver_id(&revocation.waiver)),
    }
}

/// A record's whole file: the payload, a line `---`, the signature.
pub(super) fn assemble(payload: &str, armor: &str) -> String {
    let indented: String = armor.lines().flat_map(|line| ["  ", line, "\n"]).collect();
    format!("{payload}---\nsignature: |\n{indented}")
}

/// Cuts at the only line `---`. The payload keeps its last line feed.
fn split(text: &str) -> Result<(&str, &str), String> {
    // The line feed behind one line may be the one before the next.
    let dashes = text.match_indices("\n---").map(|(at, _)| at);
    let marks: Vec<usize> =
        dashes.filter(|at| text.get(at + 4..).is_some_and(|rest| rest.starts_with('\n'))).collect();
    match marks[..] {
        [at] => {
            let (payload, rest) = text.split_at(at + 1);
            Ok((payload, rest.strip_prefix("---\n").unwrap_or(rest)))
        }
        _ => Err(format!("expected exactly one line `---`, found {}", marks.len())),
    }
}

/// The signature part: a fixed first line, then the armor, each line indented by two spaces.
fn armor(part: &str) -> Result<String, String> {
    let body =
        part.strip_prefix("signature: |\n").ok_or("the signature part must start with `signature: |`")?;
    let body = body.strip_suffix('\n').ok_or("the last line has no line feed")?;
    body.split('\n')
        .map(|line| {
            let line =
                line.strip_prefix("  ").ok_or("a line of the signature is not indented by two spaces")?;
            Ok(format!("{line}\n"))
        })
        .collect()
}

/// Parses a payload of the given kind, after its lines were matched against the emitter's line forms.
pub(super) fn value<T: DeserializeOwned>(payload: &str, kind: Kind) -> Result<T, String> {
    let first = format!("probity: \"{}/v1\"\n", kind.as_str());
    let Some(rest) = payload.strip_prefix(&first) else {
        let found = payload.lines().next().unwrap_or_default();
        return Err(format!(
            "the first line must be {}, found {}; was it written by a newer version?",
            first.trim_end(),
            super::text::escaped(&found.chars().take(80).collect::<String>())
        ));
    };
    for (number, line) in rest.split_terminator('\n').enumerate() {
        if !is_emitted_form(line) {
            return Err(format!("line {} has a form that records do not use", number + 2));
        }
    }
    serde_yaml::from_str(rest).map_err(|error| error.to_string())
}

/// Could the emitter have written this line? Indentation, an optional dash, then `key:`, `key: value` or
/// a quoted string. No comment, anchor, tag, flow collection or directive has this form.
fn is_emitted_form(line: &str) -> bool {
    let content = line.trim_start_matches(' ');
    let indent = line.len() - content.len();
    if indent > 12 || !indent.is_multiple_of(2) {
        return false;
    }
    let (dashed, content) = match content.strip_prefix("- ") {
        Some(rest) => (true, rest),
        None => (false, content),
    };
    if content.starts_with('"') {
        return dashed && is_quoted(content);
    }
    let Some((key, value)) = content.split_once(':') else { return false };
    let good_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let good_value = match value.strip_prefix(' ') {
        None => value.is_empty(),
        Some("true") => true,
        Some(value) => is_quoted(value) || is_integer(value),
    };
    good_key && good_value
}

fn is_integer(value: &str) -> bool {
    (1..=10).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_digit())
        && (value == "0" || !value.starts_with('0'))
}

fn is_quoted(value: &str) -> bool {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return false };
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let good = match c {
            '\\' => matches!(chars.next(), Some('\\' | '"')),
            '"' => false,
            _ => true,
        };
        if !good {
            return false;
        }
    }
    !inner.is_empty()
}

fn same_bytes(written: &str, payload: &str) -> Result<(), String> {
    if written == payload {
        return Ok(());
    }
    let line = written.lines().zip(payload.lines()).take_while(|(a, b)| a == b).count() + 1;
    Err(format!("line {line} is not written in the canonical form"))
}
