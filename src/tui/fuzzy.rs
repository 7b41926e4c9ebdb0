//! Fuzzy matching: the only user of `fuzzy-matcher`.

use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::store::Row;

/// What remembers the working space of a match; each thread has its own.
pub type Matcher = SkimMatcherV2;

/// A matcher that does not mind the case.
pub fn matcher() -> Matcher {
    SkimMatcherV2::default().ignore_case()
}

/// The word of a query.
pub struct Words {
    word: String,
    part: Part,
    /// Letters may be left out in what every row has of its own.
    fuzzy: bool,
}

impl Words {
    pub fn of(word: &str, fuzzy: bool) -> Self {
        Self { word: word.to_owned(), part: Part::of(word), fuzzy }
    }

    /// Is it in what many rows share?
    pub fn match_shared(&self, matcher: &Matcher, text: &str) -> bool {
        word_matches(matcher, text, &self.word)
    }

    /// Is it in what the row has of its own?
    pub fn match_own(&self, matcher: &Matcher, row: Row<'_>) -> bool {
        [row.raw_resource(), row.raw_message()].iter().any(|text| {
            if self.fuzzy { word_matches(matcher, text, &self.word) } else { self.part.is_in(text) }
        })
    }
}

/// Something to look for, whatever its case.
pub struct Part {
    lower: String,
    /// Its byte that texts have least often, and where it stands; `None` where it is no ASCII.
    rare: Option<(u8, usize)>,
}

/// ASCII letters from the most frequent on in names and English; what is not here is rarer.
const FREQUENT: &[u8] = b"eatoinsrlcdupm_ghfbyw.kv/-";

impl Part {
    pub fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let rarity = |byte: u8| FREQUENT.iter().position(|known| *known == byte).unwrap_or(FREQUENT.len());
        let rare = lower.bytes().zip(0..).max_by_key(|(byte, _)| rarity(*byte));
        Self { rare: rare.filter(|_| lower.is_ascii()), lower }
    }

    pub fn is_in(&self, text: &str) -> bool {
        let Some((rare, at)) = self.rare.filter(|_| text.is_ascii()) else {
            return text.to_lowercase().contains(&self.lower);
        };
        let (text, part) = (text.as_bytes(), self.lower.as_bytes());
        memchr::memchr2_iter(rare, rare.to_ascii_uppercase(), text).any(|found| {
            let window = found.checked_sub(at).and_then(|start| text.get(start..start + part.len()));
            window.is_some_and(|window| window.eq_ignore_ascii_case(part))
        })
    }
}

/// Is `part` somewhere in `text`, whatever its case?
pub fn contains(text: &str, part: &str) -> bool {
    Part::of(part).is_in(text)
}

/// How well `text` matches all words; `None` when it does not.
pub fn score(text: &str, query: &str) -> Option<i64> {
    let matcher = matcher();
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
