//! How often a resource or a module exists, and the addresses that this gives.

use std::fmt::Write as _;
use std::sync::Arc;

use super::value::Value;

/// The instances of one block.
#[derive(Debug, Clone)]
pub enum Expansion {
    /// Neither `count` nor `for_each`.
    Single,
    Count(usize),
    /// Keys in order, with their values.
    Each(Vec<(Arc<str>, Value)>),
    /// Nobody can know how many before apply, or they are too many: one stands for all of them.
    Unknown,
}

/// Which instance of its block something belongs to.
#[derive(Debug, Clone, PartialEq)]
pub enum Repetition {
    Single,
    Count(usize),
    Each(Arc<str>, Value),
    Unknown,
}

/// The index of an instance, as far as it has one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Index {
    None,
    Number(usize),
    Key(Arc<str>),
}

impl Expansion {
    pub fn instances(&self) -> Box<dyn Iterator<Item = Repetition> + '_> {
        match self {
            Expansion::Single => Box::new(std::iter::once(Repetition::Single)),
            Expansion::Unknown => Box::new(std::iter::once(Repetition::Unknown)),
            Expansion::Count(count) => Box::new((0..*count).map(Repetition::Count)),
            Expansion::Each(entries) => {
                Box::new(entries.iter().map(|(key, value)| Repetition::Each(key.clone(), value.clone())))
            }
        }
    }

    /// The instance of this index.
    pub fn at(&self, index: &Index) -> Option<Repetition> {
        match (self, index) {
            (Expansion::Single, Index::None) => Some(Repetition::Single),
            (Expansion::Unknown, Index::None) => Some(Repetition::Unknown),
            (Expansion::Count(count), Index::Number(at)) => (at < count).then_some(Repetition::Count(*at)),
            (Expansion::Each(entries), Index::Key(key)) => {
                let at = entries.binary_search_by(|(other, _)| other.cmp(key)).ok()?;
                entries.get(at).map(|(key, value)| Repetition::Each(key.clone(), value.clone()))
            }
            _ => None,
        }
    }
}

impl Repetition {
    pub fn index(&self) -> Index {
        match self {
            Repetition::Single | Repetition::Unknown => Index::None,
            Repetition::Count(at) => Index::Number(*at),
            Repetition::Each(key, _) => Index::Key(key.clone()),
        }
    }
}

impl Index {
    /// What an index adds to an address: `[0]`, `["eu"]`.
    pub fn suffix(&self) -> String {
        match self {
            Index::None => String::new(),
            Index::Number(at) => format!("[{at}]"),
            Index::Key(key) => format!("[{}]", quoted(key)),
        }
    }
}

/// A key as Terraform writes it in an address: a string of its language.
fn quoted(key: &str) -> String {
    let mut text = String::from("\"");
    let mut chars = key.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '$' | '%' => {
                text.push(c);
                if chars.peek() == Some(&'{') {
                    text.push(c);
                }
            }
            // Other characters that do not print are escaped by their number.
            c if c.is_control() => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

/// An address within a module instance: `module.a["x"].aws_s3_bucket.b[0]`.
pub fn join(module: &str, rest: &str) -> String {
    if module.is_empty() { rest.to_owned() } else { format!("{module}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_quoted_as_terraform_quotes_them() {
        let suffix = |key: &str| Index::Key(key.into()).suffix();
        assert_eq!(suffix("a\"b${x}"), r#"["a\"b$${x}"]"#);
        assert_eq!(suffix("é\n\\"), r#"["é\n\\"]"#);
        assert_eq!(suffix("$%%{"), r#"["$%%%{"]"#);
    }
}
