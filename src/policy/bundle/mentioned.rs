//! The names and strings that a policy mentions. What it does not mention it cannot read.
//!
//! Those of embedded policies are read off their texts, without compiling anything: an audit asks before it knows
//! which policies it needs. Comments are left out; a word of a message counts, which is rather one too many.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use serde_json::Value as Json;

use super::strings_in;
use crate::policy::localise::{Token, tokens};

/// The words of a text of this program, read when first asked for.
pub(super) struct Words {
    text: &'static str,
    read: OnceLock<HashSet<Cow<'static, str>>>,
    /// Many policies share a library.
    types: Types,
}

/// Types of resources that were asked about.
#[derive(Default)]
struct Types(RwLock<HashMap<String, bool>>);

impl Types {
    fn get(&self, name: &str, ask: impl FnOnce() -> bool) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        known.unwrap_or_else(|| {
            let named = ask();
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), named);
            named
        })
    }
}

impl Words {
    pub fn in_text(text: &'static str) -> Self {
        Self { text, read: OnceLock::new(), types: Types::default() }
    }

    fn contains(&self, word: &str) -> bool {
        let words = self.read.get_or_init(|| {
            let words = tokens(self.text).into_iter().filter_map(|(_, token)| match token {
                Token::Word(word) => Some(word.into()),
                Token::Text(text) => Some(text),
                Token::Number(_) | Token::Sign(_) => None,
            });
            words.collect()
        });
        words.contains(word)
    }

    fn names_type(&self, name: &str) -> bool {
        self.types.get(name, || names_type(name, &|word| self.contains(word)))
    }
}

/// Is a type of resources among some words: in full, or how it begins or ends?
fn names_type(name: &str, contains: &dyn Fn(&str) -> bool) -> bool {
    let part = |word: &str| word.contains(['_', ':']) && contains(word);
    let cuts = || name.char_indices().map(|(at, _)| at).skip(1);
    contains(name)
        || cuts().any(|at| name.get(..at).is_some_and(part))
        || cuts().any(|at| name.get(at..).is_some_and(part))
}

#[derive(Default)]
pub(super) struct Mentioned {
    texts: Vec<Arc<Words>>,
    /// What is known without a text, and the strings of parameters.
    others: BTreeSet<String>,
    types: Types,
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
        self.types.get(name, || {
            self.texts.iter().any(|text| text.names_type(name))
                || names_type(name, &|word| self.others.contains(word))
        })
    }
}
