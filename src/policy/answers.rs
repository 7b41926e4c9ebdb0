//! What policies said and where it stands, kept by all that it depends on.
//!
//! ```text
//!   policy + what it sees of a unit ──> its results      one evaluation
//!                          + result ──> its place        some hundred
//! ```
//! One audit sees the same document twice, a screen audits again after every change, a hook before every commit. Paths
//! here lead into the input, so what was kept stays right where lines move. Errors are never kept: another time it may
//! go well. Only embedded policies outlast the process, since nothing but their input has a part in what they say.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::case::Case;
use super::evaluate::{RawFinding, evaluate};
use super::localise::Localised;
use super::locate::locate;
use super::{Policy, Refusal};
use crate::model::{Digest, Verdict};

/// Answers that are kept in memory.
const MAX_KNOWN: usize = 400_000;
/// Bytes of answers that outlast the process.
const MAX_BYTES: usize = 64 << 20;
/// Answers that so many runs had no use for are dropped.
const MAX_AGE: u8 = 30;
/// Of evidence; what policies read is no deeper.
const DEPTH: usize = 1024;

#[derive(Default)]
pub struct Answers {
    known: RwLock<HashMap<Digest, Kept>>,
    /// Is there one that an earlier run did not leave?
    learnt: AtomicBool,
}

struct Kept {
    /// CBOR.
    bytes: Box<[u8]>,
    lasting: bool,
    /// How many runs had no use for it; this one counts until it has.
    age: AtomicU8,
}

impl Answers {
    /// What a policy says of a unit.
    ///
    /// # Errors
    /// It cannot be evaluated.
    pub fn say(&self, policy: &Policy, case: &Case<'_>) -> Result<Vec<RawFinding>, Refusal> {
        // A constraint looks at more of a unit than its input.
        if policy.constraint.is_some() {
            return evaluate(policy, case);
        }
        let seen = case.seen_by(policy);
        // Several policies of one file have its digest.
        let key = digest(&json!(["results", policy.info.id, policy.info.digest, seen]));
        if let Some(known) = self.get::<Vec<RawFinding>>(&key)
            && known.iter().all(|raw| raw.is_of(&case.unit))
        {
            return Ok(known);
        }
        let said = evaluate(policy, case)?;
        // Where a resource stands among the others is no part of the key.
        if !said.iter().any(RawFinding::leads_to_a_resource) {
            self.put(key, &said, policy);
        }
        Ok(said)
    }

    /// Where a result stands.
    pub fn place(&self, policy: &Policy, case: &Case<'_>, raw: &RawFinding) -> Localised {
        let open = raw.verdict == Verdict::Inconclusive;
        let seen = case.laid_out_for(policy);
        let of = [&raw.rule, &raw.answer.key, &raw.answer.message];
        let key = digest(&json!(["place", policy.info.digest, seen, of, open]));
        if let Some(known) = self.get(&key) {
            return known;
        }
        let found = locate(policy, &case.unit, raw);
        // Another time it may take less.
        if !found.late {
            self.put(key, &found, policy);
        }
        found
    }

    fn get<T: DeserializeOwned>(&self, key: &Digest) -> Option<T> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let kept = known.get(key)?;
        kept.age.store(0, Ordering::Relaxed);
        ciborium::de::from_reader_with_recursion_limit(&*kept.bytes, DEPTH).ok()
    }

    fn put(&self, key: Digest, answer: &impl Serialize, policy: &Policy) {
        let mut bytes = Vec::new();
        if ciborium::into_writer(answer, &mut bytes).is_err() {
            return;
        }
        let lasting = policy.is_embedded();
        let mut known = self.write();
        if known.len() >= MAX_KNOWN {
            known.retain(|_, kept| *kept.age.get_mut() == 0);
        }
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(key, Kept { bytes: bytes.into(), lasting, age: AtomicU8::new(0) });
        self.learnt.fetch_or(lasting, Ordering::Relaxed);
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<Digest, Kept>> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a later run can begin with, the answers that were of use last first; `None` where it has all of it already.
    pub fn export(&self) -> Option<Vec<u8>> {
        if !self.learnt.swap(false, Ordering::Relaxed) {
            return None;
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let lasting = known.iter().filter(|(_, kept)| kept.lasting);
        let mut aged: Vec<(u8, &Digest, &[u8])> = lasting
            .map(|(key, kept)| (kept.age.load(Ordering::Relaxed), key, &*kept.bytes))
            .filter(|(age, ..)| *age <= MAX_AGE)
            .collect();
        aged.sort_unstable();
        let mut out = Vec::with_capacity(aged.iter().map(|(.., bytes)| bytes.len() + 37).sum());
        for (age, key, bytes) in aged {
            let Ok(length) = u32::try_from(bytes.len()) else { continue };
            if out.len() + bytes.len() > MAX_BYTES {
                break;
            }
            out.extend_from_slice(key.bytes());
            out.push(age);
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(bytes);
        }
        Some(out)
    }

    /// Takes what an earlier run has left; nothing of what does not hold together.
    pub fn import(&self, mut left: &[u8]) {
        let mut found = Vec::new();
        while !left.is_empty() {
            let Some((key, kept, rest)) = entry(left) else { return };
            found.push((key, kept));
            left = rest;
        }
        let mut known = self.write();
        for (key, kept) in found {
            known.entry(key).or_insert(kept);
        }
    }
}

/// The first entry of what was exported, and what follows it.
fn entry(left: &[u8]) -> Option<(Digest, Kept, &[u8])> {
    let (key, left) = left.split_first_chunk::<32>()?;
    let ([age], left) = left.split_first_chunk::<1>()?;
    let (length, left) = left.split_first_chunk::<4>()?;
    let (bytes, left) = left.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    let age = AtomicU8::new(age.saturating_add(1));
    Some((Digest::from_bytes(*key), Kept { bytes: bytes.into(), lasting: true, age }, left))
}

fn digest(value: &Json) -> Digest {
    Digest::of(value.to_string().as_bytes())
}

/// An optional value as a list: in CBOR, as in JSON, one that is null would be none.
pub(super) mod as_list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value as Json;

    #[allow(clippy::ref_option)] // what serde gives
    pub fn serialize<S: Serializer>(value: &Option<Json>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_slice().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
        Ok(Vec::<Json>::deserialize(deserializer)?.into_iter().next())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::facts::Unit;
    use crate::model::Scope;
    use crate::policy::localise::Answer;
    use crate::policy::{Bundle, Isolation};
    use crate::source::Step;

    fn policy() -> Policy {
        let mut bundle = Bundle::load(&[] as &[&str], &Isolation::InProcess).unwrap();
        bundle.keep_only(&["PB-NET-001".to_owned()]).unwrap();
        bundle.policies.remove(0)
    }

    fn raw(evidence: Option<Json>) -> RawFinding {
        let (key, message) = ("k".to_owned(), "A message.".to_owned());
        RawFinding {
            verdict: Verdict::Inconclusive,
            message: message.clone(),
            rule: "data.x.deny".to_owned(),
            answer: Answer { key: key.clone(), message },
            placed: true,
            subject: "document:a".to_owned(),
            names: BTreeMap::from([("a".to_owned(), None), ("b".to_owned(), Some("document:a".to_owned()))]),
            key,
            path: vec![Step::Key("a".to_owned()), Step::Index(1)],
            at: Some(("a".to_owned(), 3)),
            evidence,
            severity: Some(crate::model::Severity::Low),
        }
    }

    fn key(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    fn moved(answers: &Answers) -> Answers {
        let next = Answers::default();
        next.import(&answers.export().unwrap_or_default());
        next
    }

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let answers = Answers::default();
        let values = [
            None,
            Some(Json::Null),
            Some(json!([null, 1.5, 0.1, -3, u64::MAX, {"a": {"b": []}}, "\u{1b}[2J", 1e300])),
        ];
        let all: Vec<RawFinding> = values.into_iter().map(raw).collect();
        answers.put(key("a"), &all, &policy());
        let next = moved(&answers);
        assert_eq!(next.get::<Vec<RawFinding>>(&key("a")), Some(all));
        assert_eq!(next.export(), None, "nothing new");
        assert_eq!(next.get::<Vec<RawFinding>>(&key("b")), None);
        assert_eq!(next.get::<Localised>(&key("a")), None, "another kind of answer");
    }

    #[test]
    fn what_does_not_hold_together_is_left_out() {
        let answers = Answers::default();
        answers.put(key("a"), &vec![raw(None)], &policy());
        answers.put(key("b"), &Vec::<RawFinding>::new(), &policy());
        let whole = answers.export().unwrap();
        for end in 1..whole.len() {
            let next = Answers::default();
            next.import(&whole[..end]);
            let found = next.known.read().unwrap().len();
            // Cut between two entries it is a whole of one.
            let (_, _, rest) = entry(&whole).unwrap();
            assert_eq!(found, usize::from(end == whole.len() - rest.len()), "{end}");
        }
    }

    #[test]
    fn what_nobody_asks_for_is_dropped_in_time() {
        let mut answers = Answers::default();
        answers.put(key("old"), &Vec::<RawFinding>::new(), &policy());
        for run in 0..=MAX_AGE {
            answers = moved(&answers);
            answers.put(key(&run.to_string()), &Vec::<RawFinding>::new(), &policy());
        }
        assert!(answers.known.read().unwrap().contains_key(&key("old")));
        answers = moved(&answers);
        assert!(!answers.known.read().unwrap().contains_key(&key("old")));
        assert!(answers.known.read().unwrap().contains_key(&key("3")));
    }

    #[test]
    fn a_unit_is_asked_about_once() {
        let unit = |bucket: &str| Unit {
            scope: Scope::Resource,
            kinds: vec!["aws_sagemaker_notebook_instance".to_owned()],
            subject: "terraform:.//aws_sagemaker_notebook_instance.a".to_owned(),
            input: json!({"type": "aws_sagemaker_notebook_instance", "attributes": {"name": bucket}}).into(),
            unknown: Vec::new(),
            members: BTreeMap::new(),
            places: BTreeMap::new(),
            files: std::sync::Arc::from([]),
        };
        let (answers, policy) = (Answers::default(), policy());
        let first = answers.say(&policy, &Case::new(unit("a"))).unwrap();
        assert_eq!(answers.known.read().unwrap().len(), 1);
        assert_eq!(answers.say(&policy, &Case::new(unit("a"))).unwrap(), first);
        assert_eq!(answers.known.read().unwrap().len(), 1);
        answers.say(&policy, &Case::new(unit("b"))).unwrap();
        assert_eq!(answers.known.read().unwrap().len(), 2);
    }
}
