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

/// For every row: does it match all words of the query?
pub fn matching(rows: &[Arc<Row>], query: &str) -> Vec<bool> {
    let matcher = SkimMatcherV2::default().ignore_case();
    let mut keep = vec![true; rows.len()];
    for word in query.split_whitespace() {
        let mut known: HashMap<&str, bool> = HashMap::new();
        let mut hit = |text| *known.entry(text).or_insert_with(|| word_matches(&matcher, text, word));
        for (row, keep) in rows.iter().zip(&mut keep) {
            *keep = *keep
                && (hit(row.policy.id.as_str())
                    || hit(row.policy.title.as_str())
                    || hit(row.resource.as_str())
                    || hit(row.path.as_str())
                    || hit(row.message.as_str())
                    || hit(row.finding.severity.as_str()));
        }
    }
    keep
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
