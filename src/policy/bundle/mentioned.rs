//! The names and strings that a policy mentions. What it does not mention it cannot read.
//!
//! Those of embedded policies are read off their texts, without compiling anything: an audit asks before it knows
//! which policies it needs. Comments are left out; a word of a message counts, which is rather one too many.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use serde_json::Value as Json;

use super::{is_policy, strings_in};
use crate::policy::embedded;
use crate::policy::localise::{Token, tokens};

/// An embedded text, by its place among the embedded files.
pub(super) type TextId = usize;

/// The words of all embedded texts, each with the texts that hold it.
static WORDS: LazyLock<HashMap<Cow<'static, str>, Vec<TextId>>> = LazyLock::new(|| {
    let mut found: HashMap<Cow<'static, str>, Vec<TextId>> = HashMap::new();
    for (id, (_, text)) in embedded::FILES.iter().enumerate().filter(|(_, (name, _))| is_policy(name)) {
        for (_, token) in tokens(text) {
            let word = match token {
                Token::Word(word) => word.into(),
                Token::Text(text) => text,
                Token::Number(_) | Token::Sign(_) => continue,
            };
            let texts = found.entry(word).or_default();
            if texts.last() != Some(&id) {
                texts.push(id);
            }
        }
    }
    found
});

/// Begins to read the texts: every audit will ask, and has other things to do until then.
pub(super) fn begin() {
    rayon::spawn(|| {
        LazyLock::force(&WORDS);
    });
}

fn texts_with(word: &str) -> &'static [TextId] {
    WORDS.get(word).map_or(&[], Vec::as_slice)
}

/// The embedded texts that name a type of resources; most types are asked about by every policy.
fn texts_naming(name: &str) -> Arc<BTreeSet<TextId>> {
    static KNOWN: LazyLock<RwLock<HashMap<String, Arc<BTreeSet<TextId>>>>> = LazyLock::new(RwLock::default);
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
    known.unwrap_or_else(|| {
        let texts: Arc<BTreeSet<TextId>> = Arc::new(names_of(name).flat_map(texts_with).copied().collect());
        KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), texts.clone());
        texts
    })
}

/// What names a type of resources: all of it, or how it begins or ends.
fn names_of(name: &str) -> impl Iterator<Item = &str> {
    let cuts = || name.char_indices().map(|(at, _)| at).skip(1);
    let begins = cuts().filter_map(|at| name.get(..at));
    let ends = cuts().filter_map(|at| name.get(at..));
    [name].into_iter().chain(begins.chain(ends).filter(|part| part.contains(['_', ':'])))
}

#[derive(Default)]
pub(super) struct Mentioned {
    /// The embedded texts that the policy is evaluated with.
    texts: Vec<TextId>,
    /// What is known without a text, and the strings of parameters.
    others: BTreeSet<String>,
    /// Types of resources that were asked about.
    types: RwLock<HashMap<String, bool>>,
}

impl Mentioned {
    pub fn in_texts(texts: Vec<TextId>) -> Self {
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
        self.others.contains(word) || texts_with(word).iter().any(|text| self.texts.contains(text))
    }

    /// Is a type of resources among them: in full, or how it begins or ends?
    pub fn names_type(&self, name: &str) -> bool {
        let known = self.types.read().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        known.unwrap_or_else(|| {
            let named = self.names(name);
            self.types.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), named);
            named
        })
    }

    fn names(&self, name: &str) -> bool {
        let in_texts = !self.texts.is_empty() && {
            let texts = texts_naming(name);
            self.texts.iter().any(|text| texts.contains(text))
        };
        in_texts || (!self.others.is_empty() && names_of(name).any(|part| self.others.contains(part)))
    }
}
