//! A finding of one policy over one unit, located: puts the question that `localise` needs, whatever
//! the shape of the input.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value as Json, json};

use super::Policy;
use super::evaluate::{Candidates, Input, RawFinding, answers};
use super::localise::{Answer, Localised, Path, Question, localise};
use crate::facts::Unit;
use crate::model::{Digest, Verdict};
use crate::source::Step;

/// Places that were found, by all that they depend on: one audit sees the same document twice, and a screen
/// audits again after every change.
#[derive(Default)]
pub struct Places {
    known: Mutex<HashMap<Digest, Arc<Localised>>>,
}

/// Places that are kept.
const MAX_KNOWN: usize = 50_000;

impl Places {
    /// The place of a finding, looked for once. `input` is the digest of the unit's input.
    pub fn find(&self, policy: &Policy, unit: &Unit, input: Digest, raw: &RawFinding) -> Arc<Localised> {
        let open = raw.verdict == Verdict::Inconclusive;
        let on = json!([policy.info.digest, raw.rule, raw.answer.key, raw.answer.message, open, input]);
        let key = Digest::of(on.to_string().as_bytes());
        if let Some(found) = self.known().get(&key) {
            return found.clone();
        }
        let found = Arc::new(locate(policy, unit, raw));
        // Another time it may take less.
        if found.late {
            return found;
        }
        let mut known = self.known();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(key, found.clone());
        found
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Digest, Arc<Localised>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds the place of a finding whose rule gives none.
pub fn locate(policy: &Policy, unit: &Unit, raw: &RawFinding) -> Localised {
    let parameters = policy.constraint.as_ref().map(|constraint| &constraint.parameters);
    let given = parameters.and_then(|parameters| serde_json::to_value(parameters).ok()).unwrap_or(Json::Null);
    let Ok(code) = policy.code() else { return Localised::nothing(0, false) };
    let rule = [raw.rule.clone()];
    let mut ask = |input: &Json| -> Option<Vec<Answer>> {
        let mut input = regorus::Value::from(input.clone());
        if let (Some(parameters), Ok(object)) = (parameters, input.as_object_mut()) {
            object.insert(regorus::Value::from("parameters"), parameters.clone());
        }
        let (values, _) = code.machine.rules(&rule, &[&Input::new(input)]);
        let value = values.into_iter().next()?.into_iter().next()?.ok()?;
        Some(answers(&value))
    };
    let candidates = Candidates::of(policy, code, unit);
    let input = candidates.rounds().find_map(|round| {
        let mut input = unit.input.clone();
        for (path, value) in candidates.of_round(round) {
            fill(&mut input, path, value);
        }
        let answers = ask(&input)?;
        answers.iter().any(|answer| answer.key == raw.answer.key).then_some(input)
    });
    let unknown: Vec<Path> = candidates.paths().map(<[Step]>::to_vec).collect();
    let question = Question {
        input: input.as_ref().unwrap_or(&unit.input),
        unknown: &unknown,
        finding: raw.answer.clone(),
        rule: raw.rule.rsplit('.').next().unwrap_or(&raw.rule),
        sources: &code.sources,
        given: &given,
        is_open: raw.verdict == Verdict::Inconclusive && !unknown.is_empty(),
    };
    localise(&question, &mut ask)
}

/// Puts a value where one is missing.
fn fill(input: &mut Json, path: &[Step], value: &Json) {
    let Some((step, rest)) = path.split_first() else {
        input.clone_from(value);
        return;
    };
    let member = match (step, input) {
        (Step::Key(key), Json::Object(map)) if rest.is_empty() => {
            Some(map.entry(key.clone()).or_insert(Json::Null))
        }
        (Step::Key(key), Json::Object(map)) => map.get_mut(key),
        (Step::Index(index), Json::Array(items)) => items.get_mut(*index),
        _ => None,
    };
    if let Some(member) = member {
        fill(member, rest, value);
    }
}
