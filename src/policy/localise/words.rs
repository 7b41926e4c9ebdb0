//! How well a message names a key or a value.

use serde_json::Value as Json;

use super::Path;
use super::edit::is_container;
use super::groups::stands_in;
use super::trial::{Trial, key_of, plain};
use crate::source::Step;

/// The words of a message, in the forms in which names can stand there.
pub struct Words {
    message: String,
    lower: String,
    squeezed: String,
    stems: Vec<String>,
}

impl Words {
    pub fn of(message: &str) -> Self {
        let lower = message.to_lowercase();
        Self {
            message: message.to_owned(),
            squeezed: squeeze(&lower),
            stems: parts(message).iter().map(|word| stem(word)).collect(),
            lower,
        }
    }

    /// How well the message names a cause, by its key or its value.
    pub fn names(&self, cause: &Trial) -> u8 {
        let key = key_of(&cause.path).map_or(0, |key| self.name(key));
        let value = if is_container(&cause.value) { 0 } else { self.value(&cause.value) };
        match (key, value) {
            (0, value) => value,
            (key, 0) => key,
            (key, value) => key.max(value) + 1,
        }
    }

    /// The nearest container around a value that the message names, within the subject.
    pub fn named_around<'p>(&self, path: &'p [Step], main: &[&Path]) -> Option<&'p [Step]> {
        let root =
            main.iter().filter(|root| path.starts_with(root)).map(|root| root.len()).max().unwrap_or(0);
        (root + 1..path.len())
            .rev()
            .filter_map(|end| path.get(..end))
            .find(|outer| matches!(outer.last(), Some(Step::Key(key)) if self.name(key) > 1))
    }

    /// Does the message say that something must not be there?
    pub fn forbids(&self) -> bool {
        let words = [
            "not allowed",
            "not permitted",
            "forbidden",
            "prohibited",
            "deprecated",
            "banned",
            "must not be used",
        ];
        words.iter().any(|word| self.lower.contains(word))
    }

    pub fn name(&self, key: &str) -> u8 {
        let squeezed = squeeze(&key.to_lowercase());
        if stands_in(&self.message, key) || squeezed.len() > 5 && self.squeezed.contains(&squeezed) {
            return 3;
        }
        let single = squeezed.trim_end_matches('s');
        if single.len() > 5 && self.squeezed.contains(single) {
            return 3;
        }
        if key.len() > 2 && stands_in(&self.lower, &key.to_lowercase()) {
            return 3;
        }
        let parts = parts(key);
        let hits = parts.iter().filter(|part| self.stems.contains(&stem(part))).count();
        match (hits, parts.len()) {
            (0, _) => 0,
            (hits, all) if hits == all => 2,
            _ => 1,
        }
    }

    fn value(&self, value: &Json) -> u8 {
        let text = plain(value);
        match value {
            Json::String(_) if text.len() > 1 && stands_in(&self.message, &text) => 3,
            Json::String(_) if text.len() > 2 && stands_in(&self.lower, &text.to_lowercase()) => 2,
            Json::Number(_) if stands_in(&self.message, &text) => 2,
            _ => 0,
        }
    }
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// `publiclyAccessible_ID` is publicly, accessible, id.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut was_lower = false;
    for c in text.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && was_lower {
            parts.push(String::new());
        }
        was_lower = c.is_lowercase() || c.is_ascii_digit();
        if let Some(part) = parts.last_mut().filter(|_| c.is_alphanumeric()) {
            part.extend(c.to_lowercase());
        }
    }
    let filler = ["to", "from", "in", "is", "of", "at", "on", "by", "and", "or", "for", "not"];
    parts.retain(|part| part.len() > 1 && !filler.contains(&part.as_str()));
    parts
}

/// Crude, but the same on both sides: `encrypted` and `encryption` meet.
fn stem(word: &str) -> String {
    let endings = [
        "ibility", "ability", "ation", "ption", "pted", "ing", "ible", "able", "ion", "ed", "es", "ly", "e",
        "s", "d",
    ];
    let cut = endings.iter().find_map(|ending| word.strip_suffix(ending).filter(|rest| rest.len() > 2));
    cut.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_name_keys_in_words() {
        let words = Words::of("RDS instance db is not encrypted at rest, port 22 is open");
        assert_eq!(words.name("storage_encrypted"), 1);
        assert_eq!(words.name("encryption"), 2);
        assert_eq!(words.name("port"), 3);
        assert_eq!(words.name("engine"), 0);
        assert_eq!(words.value(&json!(22)), 2);
        let words = Words::of("must set a read only root filesystem");
        assert_eq!(words.name("readOnlyRootFilesystem"), 3);
    }
}
