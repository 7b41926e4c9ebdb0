//! What a rule talks about: the names it reads, the values it compares with, and in which order.
//!
//! Read from the text of the rule that writes the message and of the helpers that it calls, not from whole
//! files: a file of forty rules would lend each of them the names of all others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Number, Value as Json, json};

use super::tokens::{Rule, Token, rules};

/// Strings and numbers that are kept, of each.
const MAX_VALUES: usize = 40;
const MAX_RULES: usize = 60;

/// Names that a rule reads below one another. A member without a name stands for the elements of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Names {
    pub fields: BTreeMap<String, Names>,
    pub elements: Option<Box<Names>>,
}

#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// Every chain of fields that the rule reads, from each of its fields on.
    pub names: Names,
    /// Every field and string.
    pub words: BTreeSet<String>,
    pub strings: Vec<String>,
    pub numbers: Vec<Number>,
    /// Where a word was mentioned last: what a rule tests last is what it is about.
    order: BTreeMap<String, usize>,
}

impl Vocabulary {
    pub fn of(sources: &[Arc<str>], rule: &str, message: &str, given: &Json) -> Self {
        let rules: Vec<Rule<'_>> = sources.iter().flat_map(|text| rules(text)).collect();
        let mut vocabulary = Self::default();
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        let mut queue: Vec<(usize, usize)> =
            writers(&rules, rule, message).into_iter().map(|at| (at, usize::MAX / 2)).collect();
        let mut next = 0;
        while let Some((at, weight)) = queue.get(next).copied() {
            next += 1;
            if !seen.insert(at) || seen.len() > MAX_RULES {
                continue;
            }
            let Some(rule) = rules.get(at) else { continue };
            for (helper, place) in vocabulary.read(rule, weight, &rules) {
                queue.push((helper, place));
            }
        }
        vocabulary.take_given(given);
        vocabulary
    }

    /// When a word was mentioned last, for comparing; 0 for one that was not.
    pub fn mentioned(&self, word: &str) -> usize {
        self.order.get(word).copied().unwrap_or(0)
    }

    /// Reads a rule that is called at `weight`; gives the helpers it calls and where.
    fn read(&mut self, rule: &Rule<'_>, weight: usize, rules: &[Rule<'_>]) -> Vec<(usize, usize)> {
        let mut called = Vec::new();
        let mut at = 0;
        let tokens = &rule.tokens;
        while let Some(token) = tokens.get(at) {
            let place = weight.saturating_add(at);
            match token {
                Token::Word("sprintf") => {
                    at = after_call(tokens, at + 1);
                    continue;
                }
                Token::Word(word) => {
                    let helpers = rules.iter().enumerate().filter(|(_, other)| other.name == *word);
                    called.extend(helpers.map(|(helper, _)| (helper, place.saturating_sub(tokens.len()))));
                    let (chain, after) = chain(tokens, at);
                    for name in chain.iter().flatten() {
                        self.mention(name, place);
                        let helpers = rules.iter().enumerate().filter(|(_, other)| other.name == name);
                        called
                            .extend(helpers.map(|(helper, _)| (helper, place.saturating_sub(tokens.len()))));
                    }
                    self.names.add(&chain);
                    // Indices may hold chains of their own.
                    at = if chain.iter().any(Option::is_none) { at + 1 } else { after };
                    continue;
                }
                Token::Text(text) => {
                    self.mention(text, place);
                    if self.strings.len() < MAX_VALUES && !self.strings.iter().any(|known| known == text) {
                        self.strings.push(text.to_string());
                    }
                    if is_name(text) {
                        self.names.add(&[Some(text.to_string())]);
                    }
                }
                Token::Number(text) => {
                    if let Ok(number) = text.parse::<Number>()
                        && self.numbers.len() < MAX_VALUES
                        && !self.numbers.contains(&number)
                    {
                        self.numbers.push(number);
                    }
                }
                Token::Sign('[') => {
                    let listed = listed(tokens, at);
                    if listed.len() > 1
                        && listed.len() < 6
                        && listed.iter().flatten().all(|name| is_name(name))
                    {
                        self.names.add(&listed);
                    }
                }
                Token::Sign(_) => {}
            }
            at += 1;
        }
        called
    }

    fn mention(&mut self, word: &str, place: usize) {
        self.words.insert(word.to_owned());
        let known = self.order.entry(word.to_owned()).or_default();
        *known = place.max(*known);
    }

    fn take_given(&mut self, given: &Json) {
        match given {
            Json::String(text) => {
                self.words.insert(text.clone());
                if self.strings.len() < MAX_VALUES && !self.strings.contains(text) {
                    self.strings.push(text.clone());
                }
                if is_name(text) {
                    self.names.add(&[Some(text.clone())]);
                }
            }
            Json::Number(number) if !self.numbers.contains(number) => self.numbers.push(number.clone()),
            Json::Array(items) => items.iter().for_each(|item| self.take_given(item)),
            Json::Object(map) => map.iter().for_each(|(key, value)| {
                self.words.insert(key.clone());
                self.take_given(value);
            }),
            _ => {}
        }
    }
}

impl Names {
    /// Adds a chain and each of its ends: a rule may bind any part of it to a name of its own.
    fn add(&mut self, chain: &[Option<String>]) {
        for start in 0..chain.len() {
            let Some(rest) = chain.get(start..) else { continue };
            if matches!(rest.first(), Some(Some(_))) {
                self.insert(rest);
            }
        }
    }

    fn insert(&mut self, chain: &[Option<String>]) {
        match chain.split_first() {
            None => {}
            Some((Some(name), rest)) => self.fields.entry(name.clone()).or_default().insert(rest),
            Some((None, rest)) => self.elements.get_or_insert_default().insert(rest),
        }
    }

    /// A value with everything that is read below here, every end of it `leaf`. What is read by a computed
    /// index is a list, or a mapping with `keys`.
    pub fn build(&self, leaf: &Json, keys: &[String]) -> Json {
        if !self.fields.is_empty() {
            return self.fields.iter().map(|(name, names)| (name.clone(), names.build(leaf, keys))).collect();
        }
        match &self.elements {
            Some(elements) if keys.is_empty() => json!([elements.build(leaf, keys)]),
            Some(elements) => keys.iter().map(|key| (key.clone(), elements.build(leaf, keys))).collect(),
            None => leaf.clone(),
        }
    }
}

/// Could a string be the name of a member?
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && text.len() <= 64
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | ':'))
}

/// The rules of that name whose strings come closest to the message; all of them when none comes close.
fn writers(rules: &[Rule<'_>], name: &str, message: &str) -> Vec<usize> {
    let mut scored: Vec<(usize, usize)> = Vec::new();
    for (at, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.name == name) {
        let texts = rule.tokens.iter().filter_map(|token| match token {
            Token::Text(text) => Some(text.as_ref()),
            _ => None,
        });
        scored.push((texts.map(|text| likeness(text, message)).max().unwrap_or(0), at));
    }
    let best = scored.iter().map(|(score, _)| *score).max().unwrap_or(0);
    let close = |score: usize| best < 6 || score == best;
    let found: Vec<usize> = scored.into_iter().filter(|(score, _)| close(*score)).map(|(_, at)| at).collect();
    // Without such a rule (its text is cut in a way that is not understood here) all are read.
    if found.is_empty() { (0..rules.len()).collect() } else { found }
}

/// How many bytes of a format stand in a message; 0 when a part of it does not.
fn likeness(format: &str, message: &str) -> usize {
    let mut rest = message;
    let mut total = 0;
    for part in fixed_parts(format) {
        let Some(at) = rest.find(part.as_str()) else { return 0 };
        total += part.len();
        rest = rest.get(at + part.len()..).unwrap_or("");
    }
    total
}

/// The parts of a format between its verbs.
fn fixed_parts(format: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            if let Some(part) = parts.last_mut() {
                part.push(c);
            }
            continue;
        }
        while chars.next_if(|c| matches!(c, '0'..='9' | '.' | '+' | '-' | '#' | ' ')).is_some() {}
        match chars.next() {
            Some('%') => {
                if let Some(part) = parts.last_mut() {
                    part.push('%');
                }
            }
            _ => parts.push(String::new()),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// `a.b["c"][_].d` from the word at `at` on: the fields after the first, `None` for a computed index; and
/// where it ends. A chain that starts at `input` or `data` loses that word only.
fn chain(tokens: &[Token<'_>], at: usize) -> (Vec<Option<String>>, usize) {
    let mut steps = Vec::new();
    let mut next = at + 1;
    loop {
        match (tokens.get(next), tokens.get(next + 1)) {
            (Some(Token::Sign('.')), Some(Token::Word(word))) => {
                steps.push(Some((*word).to_owned()));
                next += 2;
            }
            (Some(Token::Sign('[')), Some(Token::Text(text)))
                if tokens.get(next + 2) == Some(&Token::Sign(']')) =>
            {
                steps.push(Some(text.to_string()));
                next += 3;
            }
            (Some(Token::Sign('[')), Some(_)) => {
                let Some(close) = closing(tokens, next) else { break };
                steps.push(None);
                next = close + 1;
            }
            _ => break,
        }
    }
    (steps, next)
}

/// The strings of `["a", "b"]` at `at`.
fn listed(tokens: &[Token<'_>], at: usize) -> Vec<Option<String>> {
    let Some(close) = closing(tokens, at) else { return Vec::new() };
    let mut texts = Vec::new();
    for token in tokens.get(at + 1..close).unwrap_or_default() {
        match token {
            Token::Text(text) => texts.push(Some(text.to_string())),
            Token::Sign(',') => {}
            _ => return Vec::new(),
        }
    }
    texts
}

fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn after_call(tokens: &[Token<'_>], at: usize) -> usize {
    match tokens.get(at) {
        Some(Token::Sign('(')) => closing(tokens, at).map_or(at + 1, |close| close + 1),
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"package main
import rego.v1

allowed := {"eu-west-1"}

deny contains msg if {
  some c in input.spec.containers
  not c.securityContext.runAsNonRoot == true
  msg := sprintf("container %s may run as root", [c.name])
}

deny contains msg if {
  not in_region(input)
  msg := "wrong region"
}

in_region(x) if allowed[x.region]
"#;

    fn of(message: &str) -> Vocabulary {
        Vocabulary::of(&[POLICY.into()], "deny", message, &Json::Null)
    }

    #[test]
    fn only_the_rule_that_writes_the_message_counts() {
        let root = of("container web may run as root");
        assert!(root.words.contains("runAsNonRoot") && !root.words.contains("region"), "{:?}", root.words);
        assert!(!root.words.contains("name"), "what is only printed is not read: {:?}", root.words);
        let security = root.names.fields.get("securityContext").unwrap();
        assert_eq!(security.build(&json!(true), &[]), json!({"runAsNonRoot": true}));
        assert!(root.mentioned("runAsNonRoot") > root.mentioned("containers"));
    }

    #[test]
    fn helpers_and_what_they_use_count() {
        let region = of("wrong region");
        assert!(region.words.contains("region"), "{:?}", region.words);
        assert!(region.strings.contains(&"eu-west-1".to_owned()));
        assert!(!region.words.contains("containers"));
    }

    #[test]
    fn a_format_is_known_by_its_fixed_parts() {
        assert_eq!(fixed_parts("a %s b %5.2f%% c"), ["a ", " b ", "% c"]);
        assert_eq!(likeness("x %v y", "x 1 y"), 4);
        assert_eq!(likeness("x %v z", "x 1 y"), 0);
    }

    #[test]
    fn lists_are_built_where_elements_are_read() {
        let mut names = Names::default();
        names.add(&[Some("rule".to_owned()), None, Some("on".to_owned())]);
        assert_eq!(names.fields["rule"].build(&json!(1), &[]), json!([{"on": 1}]));
    }
}
