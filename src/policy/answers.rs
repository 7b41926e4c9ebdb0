//! What policies said and where it stands, kept by all that it depends on.
//!
//! ```text
//!   policy + what it sees of a unit ──> its results      one evaluation
//!                          + result ──> its place        some hundred
//! ```
//! One audit sees the same document twice, a screen audits again after every change, a hook before every commit. Paths
//! here lead into the input, so what was kept stays right where lines move. Errors are never kept: another time it may
//! go well. Only embedded policies outlast the process, since nothing but their input has a part in what they say.

use serde_json::{Value as Json, json};

use super::case::Case;
use super::evaluate::{RawFinding, evaluate};
use super::localise::Localised;
use super::locate::locate;
use super::{Policy, Refusal};
use crate::model::{Digest, Kept, Verdict};

/// Bytes of answers that outlast the process.
const MAX_BYTES: usize = 64 << 20;

#[derive(Default)]
pub struct Answers(Kept);

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
        if let Some(known) = self.0.get::<Vec<RawFinding>>(&key)
            && known.iter().all(|raw| raw.is_of(&case.unit))
        {
            return Ok(known);
        }
        let said = evaluate(policy, case)?;
        // Where a resource stands among the others is no part of the key.
        if !said.iter().any(RawFinding::leads_to_a_resource) {
            self.0.put(key, &said, policy.is_embedded());
        }
        Ok(said)
    }

    /// Where a result stands.
    pub fn place(&self, policy: &Policy, case: &Case<'_>, raw: &RawFinding) -> Localised {
        let open = raw.verdict == Verdict::Inconclusive;
        let seen = case.laid_out_for(policy);
        let of = [&raw.rule, &raw.answer.key, &raw.answer.message];
        let key = digest(&json!(["place", policy.info.digest, seen, of, open]));
        if let Some(known) = self.0.get(&key) {
            return known;
        }
        let found = locate(policy, &case.unit, raw);
        // Another time it may take less.
        if !found.late {
            self.0.put(key, &found, policy.is_embedded());
        }
        found
    }

    /// What a later run can begin with; `None` where it has all of it already.
    pub fn export(&self) -> Option<Vec<u8>> {
        self.0.export(MAX_BYTES)
    }

    /// Takes what an earlier run has left.
    pub fn import(&self, left: &[u8]) {
        self.0.import(left);
    }
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

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let answers = Answers::default();
        let values = [
            None,
            Some(Json::Null),
            Some(json!([null, 1.5, 0.1, -3, u64::MAX, {"a": {"b": []}}, "\u{1b}[2J", 1e300])),
        ];
        let all: Vec<RawFinding> = values.into_iter().map(raw).collect();
        answers.0.put(key("a"), &all, true);
        let next = Answers::default();
        next.import(&answers.export().unwrap());
        assert_eq!(next.0.get::<Vec<RawFinding>>(&key("a")), Some(all));
        assert_eq!(next.0.get::<Localised>(&key("a")), None, "another kind of answer");
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
        assert_eq!(answers.0.count(), 1);
        assert_eq!(answers.say(&policy, &Case::new(unit("a"))).unwrap(), first);
        assert_eq!(answers.0.count(), 1);
        answers.say(&policy, &Case::new(unit("b"))).unwrap();
        assert_eq!(answers.0.count(), 2);
    }
}
