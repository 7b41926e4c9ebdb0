//! A finding of one policy over one unit, located: puts the question that `localise` needs, whatever
//! the shape of the input.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::Policy;
use super::case::given_json;
use super::evaluate::{Candidates, Input, RawFinding, answers};
use super::localise::{Answer, Localised, Path, Question, localise};
use crate::facts::Unit;
use crate::model::Verdict;
use crate::source::Step;

/// Finds the place of a finding whose rule gives none.
pub fn locate(policy: &Policy, unit: &Unit<'_>, raw: &RawFinding) -> Localised {
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
    let seen = given_json(policy, unit).map_or_else(|| Cow::Borrowed(unit.input.json()), Cow::Owned);
    let candidates = Candidates::of(policy, code, unit);
    let input = candidates.rounds().find_map(|round| {
        let mut input = seen.as_ref().clone();
        for (path, value) in candidates.of_round(round) {
            fill(&mut input, path, &serde_json::to_value(value).ok()?);
        }
        let answers = ask(&input)?;
        answers.iter().any(|answer| answer.key == raw.answer.key).then_some(input)
    });
    let unknown: Vec<Path> = candidates.paths().map(<[Step]>::to_vec).collect();
    let question = Question {
        input: input.as_ref().unwrap_or(&seen),
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
