//! The names and strings that a policy mentions. What it does not mention it cannot read.
//!
//! Those of embedded policies are read off their texts, without compiling anything: an audit asks before it knows
//! which policies it needs. Comments are left out; a word of a message counts, which is rather one too many.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, LazyLock};

use serde_json::Value as Json;

use super::strings_in;
use crate::policy::localise::{Token, tokens};

/// Read when first asked for.
pub(in crate::policy) type Words = LazyLock<HashSet<String>, Box<dyn FnOnce() -> HashSet<String> + Send>>;

/// The words of a text of this program.
pub(super) fn words_in(text: &'static str) -> Arc<Words> {
    Arc::new(LazyLock::new(Box::new(move || {
        let words = tokens(text).into_iter().filter_map(|(_, token)| match token {
            Token::Word(word) | Token::Text(word) => Some(word),
            Token::Number(_) | Token::Sign(_) => None,
        });
        words.collect()
    })))
}

#[derive(Clone, Default)]
pub(super) struct Mentioned {
    texts: Vec<Arc<Words>>,
    /// What is known without a text, and the strings of parameters.
    others: BTreeSet<String>,
}

impl Mentioned {
    /// In the texts that a policy is evaluated with.
    pub fn in_texts(texts: Vec<Arc<Words>>) -> Self {
        Self { texts, others: BTreeSet::new() }
    }

    pub fn of(sets: [&BTreeSet<String>; 2]) -> Self {
        Self { texts: Vec::new(), others: sets.into_iter().flatten().cloned().collect() }
    }

    /// With all strings of some values.
    #[must_use]
    pub fn and(mut self, values: &Json) -> Self {
        strings_in(values, &mut self.others);
        self
    }

    pub fn contains(&self, word: &str) -> bool {
        self.others.contains(word) || self.texts.iter().any(|text| text.contains(word))
    }
}
