//! Fuzzy matching: the only user of `fuzzy-matcher`.
//!
//! What many findings share (policies, paths) is matched once and the answer kept, which keeps a million rows with few
//! distinct strings fast.

use std::collections::HashMap;

use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::store::Row;
use crate::text::SafeText;

/// The word of a query, and what it said of strings that many rows share.
pub struct Words {
    matcher: SkimMatcherV2,
    word: String,
    lower: String,
    /// Letters may be left out in what every row has of its own.
    fuzzy: bool,
    known: HashMap<*const SafeText, bool>,
}

impl Words {
    pub fn of(word: &str, fuzzy: bool) -> Self {
        let matcher = SkimMatcherV2::default().ignore_case();
        Self { matcher, word: word.to_owned(), lower: word.to_lowercase(), fuzzy, known: HashMap::new() }
    }

    /// Is it somewhere in the row?
    pub fn match_row(&mut self, row: &Row) -> bool {
        let (matcher, word) = (&self.matcher, &self.word);
        // Policies and paths are shared: each is looked at once.
        let mut shared = |text: &SafeText| {
            let found = || word_matches(matcher, text.as_str(), word);
            *self.known.entry(std::ptr::from_ref(text)).or_insert_with(found)
        };
        if shared(&row.policy.id) || shared(&row.policy.title) || shared(&row.path) {
            return true;
        }
        let own = |text: &str| {
            if self.fuzzy { word_matches(matcher, text, word) } else { contains(text, &self.lower) }
        };
        own(&row.finding.resource) || own(&row.finding.message)
    }
}

/// Is `part`, which is in lower case, somewhere in `text`, whatever its case?
pub fn contains(text: &str, part: &str) -> bool {
    if !(text.is_ascii() && part.is_ascii()) {
        return text.to_lowercase().contains(part);
    }
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let Some(first) = part.first() else { return true };
    let starts = memchr::memchr2_iter(*first, first.to_ascii_uppercase(), text);
    starts.map_while(|at| text.get(at..at + part.len())).any(|window| window.eq_ignore_ascii_case(part))
}

/// How well `text` matches all words; `None` when it does not.
pub fn score(text: &str, query: &str) -> Option<i64> {
    let matcher = SkimMatcherV2::default().ignore_case();
    query.split_whitespace().try_fold(0, |sum, word| Some(sum + matcher.fuzzy_match(text, word)?))
}

/// In long prose scattered letters match anything: there the letters must lie close together.
fn word_matches(matcher: &SkimMatcherV2, text: &str, word: &str) -> bool {
    let Some((_, at)) = matcher.fuzzy_indices(text, word) else { return false };
    let spread = at.last().zip(at.first()).map_or(0, |(last, first)| last - first);
    spread < word.chars().count() * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_match_in_any_order() {
        assert!(score("aws_s3_bucket.models models/store.tf", "store s3buc").is_some());
        assert!(score("aws_s3_bucket.models", "lambda").is_none());
        assert_eq!(score("x", ""), Some(0));
    }
}
