//! Functions of files and paths. Only files of the repository that were read are ever looked at.

use data_encoding::BASE64;
use regex::RegexBuilder;

use super::call::{ANY, Call, Function, Kind, Outcome, Param, TEXT, string};
use super::{MAX_ITEMS, hashes, too_many_items};
use crate::facts::terraform::value::{Type, Value, convert};
use crate::source;

pub fn find(name: &str) -> Option<Function> {
    const PATH: &[Param] = &[TEXT];
    let reads = |run| Function::new(PATH, Kind::Text, run);
    Some(match name {
        "file" => reads(|call| {
            with_content(call, |bytes| {
                let text = std::str::from_utf8(bytes);
                string(text.map_err(|_| "the file is not valid UTF-8; use filebase64".to_owned())?)
            })
        }),
        "filebase64" => reads(|call| with_content(call, |bytes| string(BASE64.encode(bytes)))),
        "filemd5" => reads(|call| with_content(call, |bytes| string(hashes::md5(bytes)))),
        "filesha1" => reads(|call| with_content(call, |bytes| string(hashes::sha1(bytes)))),
        "filesha256" => reads(|call| with_content(call, |bytes| string(hashes::sha256(bytes)))),
        "filesha512" => reads(|call| with_content(call, |bytes| string(hashes::sha512(bytes)))),
        "filebase64sha256" => reads(|call| with_content(call, |bytes| string(hashes::base64sha256(bytes)))),
        "filebase64sha512" => reads(|call| with_content(call, |bytes| string(hashes::base64sha512(bytes)))),
        "fileexists" => Function::new(PATH, Kind::Bool, |call| {
            // A file that was not read may still be made before Terraform runs.
            Ok(match call.files.read(call.text(0)?) {
                Some(_) => Value::Bool(true),
                None => Value::unknown_result(Type::Bool),
            })
        }),
        "fileset" => Function::new(&[TEXT, TEXT], Kind::TextSet, fileset),
        "templatefile" => Function::new(&[TEXT, ANY], Kind::Any, |call| {
            check_variables(call.arg(1))?;
            let template = with_content(call, |bytes| {
                string(std::str::from_utf8(bytes).map_err(|_| "the template is not valid UTF-8".to_owned())?)
            })?;
            match template.as_str() {
                Some(template) => call.files.render(template, call.arg(1)),
                None => Ok(template),
            }
        }),
        "templatestring" => Function::new(&[TEXT, ANY], Kind::Text, |call| {
            check_variables(call.arg(1))?;
            convert(&call.files.render(call.text(0)?, call.arg(1))?, &Type::String)
        }),
        "basename" => reads(|call| string(base(call.text(0)?))),
        "dirname" => reads(|call| string(folder(call.text(0)?))),
        // A path is absolute only on the machine that runs Terraform.
        "abspath" => reads(|call| match call.text(0)? {
            path if path.starts_with('/') => string(clean(path)),
            _ => Ok(Value::unknown_result(Type::String)),
        }),
        "pathexpand" => reads(|call| match call.text(0)? {
            path if path.starts_with('~') => Ok(Value::unknown_result(Type::String)),
            path => string(path),
        }),
        _ => return None,
    })
}

fn with_content(call: &Call<'_>, make: fn(&[u8]) -> Outcome) -> Outcome {
    match call.files.read(call.text(0)?) {
        Some(content) => make(&content?),
        None => Ok(Value::unknown_result(Type::String)),
    }
}

fn check_variables(variables: &Value) -> Result<(), String> {
    let entries = variables.entries().ok_or_else(|| "invalid vars value: must be a map".to_owned())?;
    let identifier = |name: &str| {
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
    };
    match entries.keys().find(|name| !identifier(name)) {
        Some(name) => Err(format!("invalid template variable name {name:?}")),
        None => Ok(()),
    }
}

/// The path without `.`, `..` and doubled slashes, as far as it can do without them.
pub fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            _ => parts.push(part),
        }
    }
    match (absolute, parts.join("/")) {
        (true, path) => format!("/{path}"),
        (false, path) if path.is_empty() => ".".to_owned(),
        (false, path) => path,
    }
}

fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match (path, trimmed) {
        ("", _) => ".",
        (_, "") => "/",
        _ => trimmed.rsplit_once('/').map_or(trimmed, |(_, base)| base),
    }
}

fn folder(path: &str) -> String {
    path.rsplit_once('/').map_or_else(|| ".".to_owned(), |(folder, _)| clean(&format!("{folder}/")))
}

/// The files below a folder that match a pattern, relative to it. Unknown when files may match that
/// were not read, and when none matches: one may yet be made.
fn fileset(call: &Call<'_>) -> Outcome {
    let (root, pattern) = (clean(call.text(0)?), clean(call.text(1)?));
    let whole = if root == "." { pattern } else { clean(&format!("{root}/{pattern}")) };
    let matcher = RegexBuilder::new(&glob(&whole)?).size_limit(1 << 20).build();
    let matcher = matcher.map_err(|_| format!("failed to glob pattern {whole:?}"))?;
    let mut found = Vec::new();
    for path in call.files.list() {
        let path = clean(&path);
        if !matcher.is_match(&path) {
            continue;
        }
        let below = if root == "." { Some(path.as_str()) } else { path.strip_prefix(&format!("{root}/")) };
        found.extend(below.map(Value::string));
        if found.len() > MAX_ITEMS {
            return Err(too_many_items());
        }
    }
    if found.is_empty() || !all_read(&whole) {
        return Ok(Value::unknown_result(Kind::TextSet.of()));
    }
    Ok(Value::set(found))
}

/// Whether every file that matches is of a kind that is read: `*.json` is, `*.txt` is not.
fn all_read(pattern: &str) -> bool {
    let ending = pattern.rsplit(['*', '?', ']', '}']).next().unwrap_or_default();
    let example = if ending.len() == pattern.len() { pattern.to_owned() } else { format!("x{ending}") };
    source::Kind::of_path(&example).is_some()
}

/// `*` and `?` stay within a folder, `**` does not; `{a,b}` are alternatives, `[a-z]` a class.
fn glob(pattern: &str) -> Result<String, String> {
    let mut regex = String::from(r"\A");
    let mut rest = pattern;
    let mut depth = 0_usize;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**/") {
            regex.push_str("(?:.*/)?");
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix("**") {
            regex.push_str(".*");
            rest = after;
            continue;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '{' => {
                depth += 1;
                regex.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                regex.push(')');
            }
            ',' if depth > 0 => regex.push('|'),
            '[' => {
                let (class, after) =
                    rest.split_once(']').ok_or_else(|| format!("bad pattern {pattern:?}"))?;
                let (not, class) = match class.strip_prefix(['^', '!']) {
                    Some(class) => ("^", class),
                    None => ("", class),
                };
                let class =
                    class.replace('\\', "").replace('[', "\\[").replace('&', "\\&").replace('~', "\\~");
                regex.extend(["[", not, &class, "]"]);
                rest = after;
            }
            '\\' => {
                let escaped = rest.chars().next().ok_or_else(|| format!("bad pattern {pattern:?}"))?;
                regex.push_str(&regex::escape(&escaped.to_string()));
                rest = rest.get(escaped.len_utf8()..).unwrap_or_default();
            }
            _ => regex.push_str(&regex::escape(&c.to_string())),
        }
    }
    regex.push_str(r"\z");
    Ok(regex)
}
