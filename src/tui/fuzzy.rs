//! Fuzzy matching: the only user of `fuzzy-matcher`.
//!
//! A query is split at spaces; each word must match somewhere. Words are matched against dictionaries
//! (every distinct policy, resource, path, message once) and the answers mapped to rows, which keeps a
//! million rows with few distinct strings fast.

use std::collections::HashMap;
use std::sync::Arc;

use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::store::Row;
use crate::text::SafeText;

/// Words of a query, and which strings they were found in.
pub struct Words {
    matcher: SkimMatcherV2,
    words: Vec<(String, HashMap<Arc<str>, bool>)>,
}

impl Words {
    pub fn of(query: &str) -> Self {
        let words = query.split_whitespace().map(|word| (word.to_owned(), HashMap::new())).collect();
        Self { matcher: SkimMatcherV2::default().ignore_case(), words }
    }

    /// Is every word somewhere in the row?
    pub fn match_row(&mut self, row: &Row) -> bool {
        let matcher = &self.matcher;
        self.words.iter_mut().all(|(word, known)| {
            let mut hit = |text: &SafeText| match known.get(text.as_str()) {
                Some(known) => *known,
                None => {
                    let found = word_matches(matcher, text.as_str(), word);
                    known.insert(text.as_str().into(), found);
                    found
                }
            };
            hit(&row.policy.id)
                || hit(&row.policy.title)
                || hit(&row.resource)
                || hit(&row.path)
                || hit(&row.message)
        })
    }
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
