//! One policy over one unit.
//!
//! Unknown values are handled here, not in policies: when a policy mentions the name of a value that
//! nobody can know before apply, it is evaluated with several candidates in its place. What is
//! reported under every candidate is a violation; what is reported under some is inconclusive.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::Policy;
use crate::facts::{Kinds, Unit};
use crate::model::{Scope, Severity, Verdict};
use crate::source::{Step, UnknownPath, steps_from_json};

/// One result of a rule, before it is located and given a fingerprint.
#[derive(Debug, Clone, PartialEq)]
pub struct RawFinding {
    pub verdict: Verdict,
    pub message: String,
    /// A subject of the unit.
    pub subject: String,
    pub key: String,
    /// Relative to the subject.
    pub path: Vec<Step>,
    pub evidence: Option<Json>,
    pub severity: Option<Severity>,
}

/// A unit's input in the engine's form: made once, shared by every policy that looks at the unit.
#[derive(Clone)]
pub struct Input(regorus::Value);

impl Input {
    pub fn of(unit: &Unit) -> Self {
        Self(regorus::Value::from(unit.input.clone()))
    }
}

/// The strings of a policy that are tried in the place of an unknown value, at most.
const MAX_LITERALS: usize = 12;

impl Policy {
    /// Does this policy look at units of that scope and kind?
    pub fn selects(&self, scope: Scope, kinds: &Kinds) -> bool {
        self.info.scope == scope
            && (self.selects.is_empty()
                || self.selects.iter().any(|want| kinds.iter().any(|have| glob(want, have))))
    }
}

/// `*` at the end stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == text, |prefix| text.starts_with(prefix))
}

/// Evaluates all rules of a policy over a unit.
///
/// # Errors
/// The engine's error in one line: the policy counts as not evaluated then.
pub fn evaluate(policy: &Policy, unit: &Unit, input: &Input) -> Result<Vec<RawFinding>, String> {
    let mentioned: Vec<&UnknownPath> =
        unit.unknown.iter().filter(|unknown| mentions(policy, &unknown.path)).collect();
    if mentioned.is_empty() {
        return run(policy, unit, input);
    }
    let mut by_identity: BTreeMap<(u8, String, String), (RawFinding, usize)> = BTreeMap::new();
    let engine_form = |candidates: Vec<Json>| candidates.into_iter().map(regorus::Value::from);
    let values: Vec<_> = engine_form(candidate_values(policy)).collect();
    let blocks: Vec<_> = engine_form(candidate_blocks(policy)).collect();
    let rounds = values.len();
    for (value, block) in values.iter().zip(blocks.iter().cycle()) {
        let mut input = input.clone();
        for unknown in &mentioned {
            fill(&mut input.0, &unknown.path, if unknown.blocks { block } else { value });
        }
        for finding in run(policy, unit, &input)? {
            let identity = (finding.verdict as u8, finding.subject.clone(), finding.key.clone());
            by_identity.entry(identity).or_insert_with(|| (finding, 0)).1 += 1;
        }
    }
    let unknown: BTreeSet<String> = mentioned.iter().filter_map(|unknown| name_of(&unknown.path)).collect();
    let unknown: Vec<String> = unknown.into_iter().collect();
    Ok(by_identity
        .into_values()
        .map(|(mut finding, times)| {
            if finding.verdict == Verdict::Fail && times < rounds {
                finding.verdict = Verdict::Inconclusive;
                finding.message = format!(
                    "Possibly: {} This hangs on what is known only after apply: {}.",
                    finding.message,
                    unknown.join(", ")
                );
            }
            finding
        })
        .collect())
}

/// Is the attribute's name, or that of a part of it, among the words of the policy?
fn mentions(policy: &Policy, path: &[Step]) -> bool {
    let inside = path.iter().skip_while(|step| **step != Step::Key("attributes".to_owned())).skip(1);
    let mut keys = inside.filter_map(|step| match step {
        Step::Key(key) => Some(key),
        Step::Index(_) => None,
    });
    keys.any(|key| policy.words.contains(key))
}

fn name_of(path: &[Step]) -> Option<String> {
    let at = path.iter().position(|step| *step == Step::Key("attributes".to_owned()))?;
    let parts: Vec<String> = path
        .iter()
        .skip(at + 1)
        .map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Index(index) => index.to_string(),
        })
        .collect();
    Some(parts.join("."))
}

/// Values to try: both booleans, numbers, a string that means nothing, the policy's own strings.
fn candidate_values(policy: &Policy) -> Vec<Json> {
    let mut values = vec![json!(true), json!(false), json!(0), json!(1_000_000), json!("probity-unknown")];
    values.extend(policy.literals.iter().take(MAX_LITERALS).map(|text| json!(text)));
    values
}

/// Blocks to try: none, an empty one, and ones with every member that the policy mentions.
fn candidate_blocks(policy: &Policy) -> Vec<Json> {
    let filled = |filling: Json| -> Json {
        let object: serde_json::Map<_, _> =
            policy.words.iter().map(|word| (word.clone(), filling.clone())).collect();
        json!([object])
    };
    vec![json!([]), json!([{}]), filled(json!(true)), filled(json!("probity-unknown"))]
}

/// Puts a value where one is missing. The input shares all that is not on the way there.
fn fill(input: &mut regorus::Value, path: &[Step], candidate: &regorus::Value) {
    let Some((step, rest)) = path.split_first() else {
        input.clone_from(candidate);
        return;
    };
    let member = match step {
        Step::Key(key) => input.as_object_mut().ok().and_then(|object| {
            let key = regorus::Value::from(key.as_str());
            if rest.is_empty() {
                object.insert(key.clone(), regorus::Value::Undefined);
            }
            object.get_mut(&key)
        }),
        Step::Index(index) => input.as_array_mut().ok().and_then(|items| items.get_mut(*index)),
    };
    if let Some(member) = member {
        fill(member, rest, candidate);
    }
}

fn run(policy: &Policy, unit: &Unit, input: &Input) -> Result<Vec<RawFinding>, String> {
    let value_of = |rule: &str| policy.machine.rule(rule, &input.0);
    let mut found = Vec::new();
    let entries = &policy.entries;
    let excepted = match &entries.exception {
        Some((rule, name)) => names(&value_of(rule)?).iter().any(|lifted| lifted == name),
        None => false,
    };
    for (verdict, rules) in [
        (Verdict::Fail, &entries.deny),
        (Verdict::Review, &entries.review),
        (Verdict::Inconclusive, &entries.inconclusive),
        (Verdict::NotApplicable, &entries.not_applicable),
    ] {
        for rule in rules {
            let value = value_of(rule)?;
            let verdict = if excepted { Verdict::NotApplicable } else { verdict };
            found.extend(results(&value).into_iter().map(|result| finding(result, verdict, unit)));
        }
    }
    Ok(found)
}

/// Members of a set or array; a lone string or `true` (an old complete rule) is one result.
fn results(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(items) => items.iter().collect(),
        Json::String(_) | Json::Bool(true) => vec![value],
        Json::Object(map) if map.contains_key("msg") => vec![value],
        Json::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

/// The rule names in the result of `exception`: a set of arrays, `""` for the rule without suffix.
fn names(value: &Json) -> Vec<String> {
    let lists = value.as_array().into_iter().flatten().filter_map(Json::as_array).flatten();
    lists.filter_map(Json::as_str).map(str::to_owned).collect()
}

fn finding(result: &Json, verdict: Verdict, unit: &Unit) -> RawFinding {
    let text = |key: &str| result.get(key).and_then(Json::as_str);
    let message = result.as_str().or_else(|| text("msg"));
    let message = message.map_or_else(|| result.to_string(), str::to_owned);
    let subject = text("resource").filter(|subject| unit.members.contains_key(*subject));
    RawFinding {
        verdict,
        // Without metadata the message is all that tells violations of one subject apart.
        key: text("key").map_or_else(|| message.clone(), str::to_owned),
        message,
        subject: subject.unwrap_or(&unit.subject).to_owned(),
        path: result.get("path").map(steps_from_json).unwrap_or_default(),
        evidence: result.get("evidence").cloned(),
        severity: text("severity").and_then(|severity| severity.parse().ok()),
    }
}
