//! Records in the canonical form, read without a YAML library.
//!
//! Only for bytes that were read strictly before (`known`): each line has one of the emitter's forms, so the way to
//! JSON is short. Whatever has another form gives `None` and is read the careful way.

use serde::de::DeserializeOwned;

use super::record::Kind;

/// The value of a payload of the given kind.
pub(super) fn value<T: DeserializeOwned>(payload: &str, kind: Kind) -> Option<T> {
    let rest = payload.strip_prefix("probity: \"")?.strip_prefix(kind.as_str())?.strip_prefix("/v1\"\n")?;
    let mut reader = Lines { all: rest.split_terminator('\n').collect(), at: 0, json: String::new() };
    reader.json.reserve(rest.len() + 64);
    reader.mapping(0, None)?;
    (reader.at == reader.all.len()).then(|| serde_json::from_str(&reader.json).ok())?
}

struct Lines<'a> {
    all: Vec<&'a str>,
    at: usize,
    json: String,
}

impl<'a> Lines<'a> {
    /// The next line without its indentation, where that is exactly `indent`.
    fn at_indent(&self, indent: usize) -> Option<&'a str> {
        let (spaces, content) = self.all.get(self.at)?.split_at_checked(indent)?;
        (spaces.bytes().all(|byte| byte == b' ') && !content.starts_with(' ')).then_some(content)
    }

    /// `first` is what stands behind a dash.
    fn mapping(&mut self, indent: usize, first: Option<&'a str>) -> Option<()> {
        self.json.push('{');
        let mut next = first.or_else(|| self.at_indent(indent));
        let mut separator = "\"";
        while let Some(content) = next.filter(|content| !content.starts_with("- ")) {
            self.at += 1;
            let (key, value) = content.split_once(':')?;
            self.json.push_str(separator);
            self.json.push_str(key);
            self.json.push_str("\":");
            match value.strip_prefix(' ') {
                // Quoted strings have only escapes that JSON has too; integers and `true` are the same.
                Some(value) => self.json.push_str(value),
                None => self.nested(indent + 2)?,
            }
            separator = ",\"";
            next = self.at_indent(indent);
        }
        self.json.push('}');
        Some(())
    }

    fn nested(&mut self, indent: usize) -> Option<()> {
        if !self.at_indent(indent)?.starts_with("- ") {
            return self.mapping(indent, None);
        }
        let mut separator = '[';
        while let Some(item) = self.at_indent(indent).and_then(|content| content.strip_prefix("- ")) {
            self.json.push(separator);
            separator = ',';
            if item.starts_with('"') {
                self.at += 1;
                self.json.push_str(item);
            } else {
                self.mapping(indent + 2, Some(item))?;
            }
        }
        self.json.push(']');
        Some(())
    }
}
