//! `csvdecode`: RFC 4180, as Go's reader takes it.

use std::collections::HashSet;

use super::call::Outcome;
use super::{MAX_ITEMS, too_many_items};
use crate::facts::terraform::value::Value;

/// A list of objects, whose attributes the first row names.
pub fn decode(text: &str) -> Outcome {
    let mut rows = rows(text)?.into_iter();
    let header = rows.next().ok_or_else(|| "missing header line".to_owned())?;
    let mut seen = HashSet::new();
    if let Some(twice) = header.iter().find(|name| !seen.insert(*name)) {
        return Err(format!("duplicate column name {twice:?}"));
    }
    let mut objects = Vec::new();
    for (at, row) in rows.enumerate() {
        if row.len() != header.len() {
            return Err(format!("CSV parse error in row {}: wrong number of fields", at + 2));
        }
        let fields = header.iter().map(String::as_str).zip(row.into_iter().map(Value::string));
        objects.push(Value::object(fields));
        if objects.len().saturating_mul(header.len()) > MAX_ITEMS * 10 {
            return Err(too_many_items());
        }
    }
    Ok(Value::list(objects))
}

/// Empty lines are skipped; in quotes, quotes are doubled and line breaks are text.
fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let text = text.replace("\r\n", "\n");
    let mut rows = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('\n') {
            rest = after;
            continue;
        }
        let mut row = Vec::new();
        loop {
            let (field, after) = field(rest)?;
            row.push(field);
            rest = after;
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None => break,
            }
        }
        rest = rest.strip_prefix('\n').unwrap_or(rest);
        rows.push(row);
    }
    Ok(rows)
}

/// One field, and the text from the comma or line break that ends it.
fn field(text: &str) -> Result<(String, &str), String> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find([',', '\n']).unwrap_or(text.len());
        let (field, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        if field.contains('"') {
            return Err("CSV parse error: bare \" in a field without quotes".to_owned());
        }
        return Ok((field.to_owned(), rest));
    };
    let mut field = String::new();
    loop {
        let (before, after) =
            rest.split_once('"').ok_or_else(|| "CSV parse error: a quoted field does not end".to_owned())?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None if after.is_empty() || after.starts_with([',', '\n']) => return Ok((field, after)),
            None => return Err("CSV parse error: text after a quoted field".to_owned()),
        }
    }
}
