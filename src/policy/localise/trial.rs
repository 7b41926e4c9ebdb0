//! Trials: what happens to the finding when a value is taken away or altered.

use std::collections::BTreeSet;

use serde_json::{Number, Value as Json, json};

use super::edit::{below, children, get, is_container, with, without};
use super::groups::Subject;
use super::vocabulary::Vocabulary;
use super::{Effect, Oracle, Path};
use crate::source::Step;

const SENTINEL: &str = "probity-sentinel";
/// A number that nobody writes.
const STRANGE: u64 = 7919;
/// Children of one container that are tried together before any of them is tried alone.
const TOGETHER: usize = 12;
const MAX_DEPTH: usize = 24;
/// Words that mean the opposite of one another, where a switch is a string.
const SWITCHES: [(&str, &str); 6] = [
    ("enabled", "disabled"),
    ("true", "false"),
    ("yes", "no"),
    ("on", "off"),
    ("allow", "deny"),
    ("private", "public"),
];

/// What was learnt of one value.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    pub path: Path,
    pub value: Json,
    /// Of taking it away.
    pub removal: Effect,
    /// Of the best alteration.
    pub altered: Effect,
    /// A value that means nothing leaves the finding (or only changes what the message quotes).
    pub kept: bool,
    /// The message merely says the value.
    pub quoted: bool,
}

impl Trial {
    /// Does the verdict rest on this value?
    pub fn is_cause(&self) -> bool {
        if is_container(&self.value) {
            return self.removal.lifts();
        }
        self.altered.lifts() || self.removal.lifts() && !self.quoted
    }

    /// The rule wants a certain other value here. A value that only selects what the rule is about is
    /// different: any other value in its place lifts the finding.
    pub fn is_unmet(&self) -> bool {
        self.altered.lifts() && (self.kept || self.removal == Effect::Same)
    }

    pub fn changes(&self) -> bool {
        self.removal != Effect::Same || self.altered != Effect::Same
    }
}

pub struct Trials<'a> {
    subject: &'a Subject,
    unknown: &'a [Path],
    vocabulary: &'a Vocabulary,
    pub found: Vec<Trial>,
}

impl<'a> Trials<'a> {
    pub fn new(subject: &'a Subject, unknown: &'a [Path], vocabulary: &'a Vocabulary) -> Self {
        Self { subject, unknown, vocabulary, found: Vec::new() }
    }

    pub fn run(&mut self, oracle: &mut Oracle<'_>) {
        let subject = self.subject;
        for root in subject.roots() {
            if let Some(value) = get(&subject.input, &root) {
                self.container(value, &root, oracle, 0);
            }
        }
    }

    fn container(&mut self, value: &Json, path: &[Step], oracle: &mut Oracle<'_>, depth: usize) {
        if depth > MAX_DEPTH || oracle.exhausted() {
            return;
        }
        let children = children(value);
        let many = children.len() > TOGETHER;
        for some in children.chunks(TOGETHER) {
            if many && self.is_idle(some, path, oracle) {
                continue;
            }
            for (step, child) in some {
                let path = below(path, step.clone());
                if !self.is_unknown(&path) {
                    self.one(child, path, oracle, depth);
                }
            }
        }
    }

    /// Nothing that the rule knows by name, and nothing whose absence it notices.
    fn is_idle(&self, some: &[(Step, &Json)], path: &[Step], oracle: &mut Oracle<'_>) -> bool {
        let named = |(step, child): &(Step, &Json)| {
            self.is_mentioned(&below(path, step.clone())) || self.mentions_below(child)
        };
        if some.iter().any(named) {
            return false;
        }
        let mut edited = self.subject.input.clone();
        // From the last on, since removing shifts what stands behind.
        for (step, _) in some.iter().rev() {
            super::edit::remove(&mut edited, &below(path, step.clone()));
        }
        oracle.effect(&edited, None) == Effect::Same
    }

    fn one(&mut self, value: &Json, path: Path, oracle: &mut Oracle<'_>, depth: usize) {
        let input = &self.subject.input;
        let removal = oracle.effect(&without(input, &path), None);
        if is_container(value) {
            let relevant = removal != Effect::Same || self.mentions_below(value);
            self.found.push(Trial {
                path: path.clone(),
                value: value.clone(),
                removal,
                altered: Effect::Same,
                kept: false,
                quoted: removal.lifts() && self.is_named_by_key(value, &path, oracle),
            });
            if relevant {
                self.container(value, &path, oracle, depth + 1);
            }
            return;
        }
        let mut trial =
            Trial { path, value: value.clone(), removal, altered: Effect::Same, kept: false, quoted: false };
        if removal != Effect::Same || self.is_mentioned(&trial.path) {
            self.alter(&mut trial, oracle);
        }
        self.found.push(trial);
    }

    /// Does the message merely say the key, so that another key gives the same message about that one?
    fn is_named_by_key(&self, value: &Json, path: &[Step], oracle: &mut Oracle<'_>) -> bool {
        let Some((Step::Key(key), container)) = path.split_last() else { return false };
        if !oracle.finding.message.contains(key.as_str()) {
            return false;
        }
        let mut renamed = without(&self.subject.input, path);
        super::edit::put(&mut renamed, &below(container, Step::Key(SENTINEL.to_owned())), value.clone());
        oracle.effect(&renamed, Some((key, SENTINEL))) == Effect::Quoted
    }

    fn alter(&self, trial: &mut Trial, oracle: &mut Oracle<'_>) {
        let old = plain(&trial.value);
        for (at, value) in self.alterations(&trial.path, &trial.value).into_iter().enumerate() {
            let new = plain(&value);
            let edited = with(&self.subject.input, &trial.path, value);
            let effect = oracle.effect(&edited, Some((&old, &new)));
            trial.quoted |= effect == Effect::Quoted;
            if at == 0 && !trial.value.is_number() {
                trial.kept = !effect.lifts();
            }
            trial.altered = trial.altered.max(if effect.lifts() { effect } else { Effect::Same });
            // The strange value first, then whatever lifts it: no more can be learnt.
            if trial.altered == Effect::Gone && (at > 0 || trial.value.is_boolean()) {
                break;
            }
        }
    }

    /// Values to try in the place of one, the strangest first.
    fn alterations(&self, path: &[Step], value: &Json) -> Vec<Json> {
        let mut found: Vec<Json> = Vec::new();
        match value {
            Json::Bool(flag) => found.push(json!(!flag)),
            Json::Number(_) => {
                found.extend([json!(STRANGE), json!(0), json!(1_000_000_000)]);
                found.extend(self.vocabulary.numbers.iter().flat_map(around));
            }
            Json::String(text) => {
                found.push(json!(SENTINEL));
                let lower = text.to_lowercase();
                for (one, other) in SWITCHES {
                    for (from, to) in [(one, other), (other, one)] {
                        if lower == from {
                            found.extend([json!(to), json!(capitalised(to, text))]);
                        }
                    }
                }
                if text.parse::<f64>().is_ok() {
                    found.extend([json!("0"), json!("1000000")]);
                    let numbers = self.vocabulary.numbers.iter().flat_map(around);
                    found.extend(numbers.map(|number| json!(number.to_string())));
                }
                let literals = || self.vocabulary.strings.iter().filter(|literal| *literal != text);
                found.extend(literals().map(|literal| json!(literal)));
                // What is tested by its beginning, its end, or a part of it.
                let is_part = |literal: &&String| literal.contains(|c: char| !c.is_alphanumeric());
                for literal in literals().filter(is_part) {
                    found.extend([json!(format!("{literal}{text}")), json!(format!("{text}{literal}"))]);
                }
                found.extend(literals().filter(|literal| literal.len() > 1).filter_map(|literal| {
                    let cut = text.replace(literal.as_str(), "");
                    (cut != *text && !cut.is_empty()).then(|| json!(cut))
                }));
                found.push(json!(""));
            }
            Json::Null | Json::Object(_) => found.extend([json!(SENTINEL), json!(true), json!(STRANGE)]),
            Json::Array(_) => {}
        }
        // The rule reads members here: an expression in text (`merge(...)`) stands in their place.
        let names = key_of(path).and_then(|key| self.vocabulary.names.fields.get(key));
        if let Some(names) = names.filter(|names| !names.fields.is_empty() || names.elements.is_some()) {
            found.push(names.build(&json!(true), &[]));
            found.push(names.build(&json!(true), &self.vocabulary.strings));
        }
        let mut seen = BTreeSet::new();
        found.retain(|candidate| candidate != value && seen.insert(candidate.to_string()));
        found
    }

    fn is_unknown(&self, path: &[Step]) -> bool {
        self.unknown.iter().any(|unknown| path.starts_with(unknown))
    }

    /// Does the rule know a name on the way from the nearest container with names?
    fn is_mentioned(&self, path: &[Step]) -> bool {
        key_of(path).is_some_and(|key| self.vocabulary.words.contains(key))
    }

    fn mentions_below(&self, value: &Json) -> bool {
        match value {
            Json::Object(map) => map
                .iter()
                .any(|(key, value)| self.vocabulary.words.contains(key) || self.mentions_below(value)),
            Json::Array(items) => items.iter().any(|item| self.mentions_below(item)),
            Json::String(text) => self.vocabulary.words.contains(text),
            _ => false,
        }
    }
}

/// The last name on a path; an element of a list goes by the name of its list.
pub fn key_of(path: &[Step]) -> Option<&str> {
    path.iter().rev().find_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Index(_) => None,
    })
}

/// A value as a message would print it.
pub fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Object(map) => {
            let members: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {value}", Json::from(key.as_str()))).collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

/// `other`, written as `like` is.
fn capitalised(other: &str, like: &str) -> String {
    let upper = |text: &str| text.chars().next().is_some_and(char::is_uppercase);
    let mut chars = other.chars();
    match (upper(like), chars.next()) {
        (true, Some(first)) => first.to_uppercase().collect::<String>() + chars.as_str(),
        _ => other.to_owned(),
    }
}

/// A number of the rule, and its neighbours.
fn around(number: &Number) -> Vec<Json> {
    match number.as_i64() {
        Some(n) => vec![json!(n), json!(n.saturating_add(1)), json!(n.saturating_sub(1))],
        None => vec![Json::Number(number.clone())],
    }
}
