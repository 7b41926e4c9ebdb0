//! The names and strings that a policy mentions. What it does not mention it cannot read.
//!
//! Those of embedded policies are read off their texts, without compiling anything: an audit asks before it knows
//! which policies it needs. Comments are left out; a word of a message counts, which is rather one too many.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

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

#[derive(Default)]
pub(super) struct Mentioned {
    texts: Vec<Arc<Words>>,
    /// What is known without a text, and the strings of parameters.
    others: BTreeSet<String>,
    /// Types of resources that were asked about.
    types: RwLock<HashMap<String, bool>>,
}

impl Mentioned {
    /// In the texts that a policy is evaluated with.
    pub fn in_texts(texts: Vec<Arc<Words>>) -> Self {
        Self { texts, ..Self::default() }
    }

    pub fn of(sets: [&BTreeSet<String>; 2]) -> Self {
        Self { others: sets.into_iter().flatten().cloned().collect(), ..Self::default() }
    }

    /// With all strings of some values.
    #[must_use]
    pub fn and(&self, values: &Json) -> Self {
        let mut others = self.others.clone();
        strings_in(values, &mut others);
        Self { texts: self.texts.clone(), others, ..Self::default() }
    }

    pub fn contains(&self, word: &str) -> bool {
        self.others.contains(word) || self.texts.iter().any(|text| text.contains(word))
    }

    /// Is a type of resources among them: in full, or how it begins or ends?
    pub fn names_type(&self, name: &str) -> bool {
        let known = |types: &HashMap<_, _>| types.get(name).copied();
        if let Some(known) = known(&self.types.read().unwrap_or_else(PoisonError::into_inner)) {
            return known;
        }
        let part = |word: &str| word.contains(['_', ':']) && self.contains(word);
        let cuts = || name.char_indices().map(|(at, _)| at).skip(1);
        let named = self.contains(name)
            || cuts().any(|at| name.get(..at).is_some_and(part))
            || cuts().any(|at| name.get(at..).is_some_and(part));
        self.types.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), named);
        named
    }
}
