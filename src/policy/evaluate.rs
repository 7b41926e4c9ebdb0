//! One policy over one unit.
//!
//! Unknown values are handled here, not in policies: when a policy mentions the name of a value that
//! nobody can know before apply, it is evaluated with several candidates in its place. What is
//! reported under every candidate is a violation; what is reported under some is inconclusive.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::Policy;
use super::bundle::Code;
use super::case::{Case, Handed};
use super::constraint::Matched;
use super::localise::{Answer, given};
use super::machine::Values;
use super::metadata::Need;
use super::refusal::Refusal;
use crate::facts::{Given, Kinds, Shape, Unit, View};
use crate::model::{Scope, Severity, Verdict};
use crate::source::{Step, UnknownPath};

/// One result of a rule, before it is located and given a fingerprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawFinding {
    pub verdict: Verdict,
    pub message: String,
    /// The rule, with its package; empty for what no rule said.
    pub rule: String,
    /// What tells this result from others of the rule.
    pub answer: Answer,
    /// Does the result itself say where?
    pub placed: bool,
    /// A subject of the unit.
    pub subject: String,
    /// What the results that it stands for called it, each with the member of the unit that this was.
    pub names: BTreeMap<String, Option<String>>,
    pub key: String,
    /// Relative to the subject.
    pub path: Vec<Step>,
    /// File and line (from 1) as the rule itself gives them: Conftest's `_loc`.
    pub at: Option<(String, u32)>,
    #[serde(with = "super::answers::as_list")]
    pub evidence: Option<Json>,
    pub severity: Option<Severity>,
}

impl RawFinding {
    /// Do its names stand for the same in this unit?
    pub(super) fn is_of(&self, unit: &Unit<'_>) -> bool {
        self.names.iter().all(|(name, member)| unit.named(name) == *member)
    }

    /// By its place in the unit's input, since it names none.
    pub(super) fn leads_to_a_resource(&self) -> bool {
        matches!(self.path.first(), Some(Step::Key(member)) if member == "resources")
    }
}

/// A unit's input in the engine's form: made once, shared by every policy that looks at the unit.
#[derive(Debug, Clone)]
pub struct Input {
    value: regorus::Value,
    /// Equal for equal values only: a worker is told each input once.
    id: u64,
}

impl Input {
    pub(super) fn of<'m>(members: impl IntoIterator<Item = (&'m str, regorus::Value)>) -> Self {
        let mut whole = regorus::Value::new_object();
        if let Ok(object) = whole.as_object_mut() {
            object.extend(members.into_iter().map(|(name, value)| (name.into(), value)));
        }
        Self::new(whole)
    }

    pub(super) fn new(value: regorus::Value) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { value, id: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    pub(super) fn value(&self) -> &regorus::Value {
        &self.value
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn with(&self, key: &str, value: &regorus::Value) -> Self {
        let mut input = self.value.clone();
        if let Ok(object) = input.as_object_mut() {
            object.insert(regorus::Value::from(key), value.clone());
        }
        Self::new(input)
    }
}

/// The strings of a policy that are tried first in the place of an unknown value.
const FIRST_LITERALS: usize = 24;
/// Before a violation counts as certain the others are tried too, up to so many: one of them may be the value that
/// passes. A policy with more is not certain of anything.
const MAX_LITERALS: usize = 1_000;

impl Policy {
    /// Which units it is given.
    pub fn views(&self) -> impl Iterator<Item = View> + '_ {
        self.info.scopes.iter().map(move |scope| {
            let of_many = matches!(scope, Scope::Module | Scope::Repository) && self.shape == Shape::Plain;
            View { scope: *scope, shape: self.shape, given: if of_many { self.given } else { Given::All } }
        })
    }

    /// Has it anything to say of a repository? `holds` tells whether a member of the input holds something.
    pub fn is_concerned(&self, holds: &dyn Fn(Need) -> bool) -> bool {
        self.needs.is_empty() || self.needs.iter().any(|need| holds(*need))
    }

    /// Does this policy look at units of that scope and kind? What is selected never narrows the repository.
    pub fn selects(&self, scope: Scope, kinds: &Kinds) -> bool {
        self.info.scopes.contains(&scope)
            && (self.selects.is_empty()
                || scope == Scope::Repository
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
/// Why it cannot be: the policy counts as not evaluated then.
pub fn evaluate(policy: &Policy, case: &Case<'_>) -> Result<Vec<RawFinding>, Refusal> {
    let (unit, handed) = (&case.unit, case.given_to(policy));
    let Some(constraint) = &policy.constraint else { return under_all_candidates(policy, unit, &handed) };
    let selected = match constraint.matches(unit) {
        Matched::No => return Ok(Vec::new()),
        Matched::Yes => None,
        Matched::Perhaps(reason) => Some(reason),
    };
    let lacking = constraint.lacks(unit);
    let handed = handed.with("parameters", &constraint.parameters);
    let mut found = under_all_candidates(policy, unit, &handed)?;
    let Some(doubt) = lacking.as_ref().or(selected.as_ref()) else { return Ok(found) };
    for finding in found.iter_mut().filter(|finding| finding.verdict == Verdict::Fail) {
        finding.verdict = Verdict::Inconclusive;
        finding.message = format!("Possibly: {} But {doubt}.", finding.message);
    }
    if let (Some(lacking), true) = (lacking, found.is_empty()) {
        let result = json!({"msg": format!("Nobody can tell: {lacking}."), "key": "namespace"});
        found.push(finding(&result, Verdict::Inconclusive, unit, ""));
    }
    Ok(found)
}

/// The values that are tried in the places of unknown ones that a policy mentions.
pub(super) struct Candidates<'u> {
    mentioned: Vec<&'u UnknownPath>,
    values: Vec<regorus::Value>,
    blocks: Vec<regorus::Value>,
    /// There are no other strings in the policy.
    all: bool,
}

impl<'u> Candidates<'u> {
    pub fn of(policy: &Policy, code: &Code, unit: &'u Unit<'_>) -> Self {
        // The repository's input holds what any policy reads.
        let read = |path: &[Step]| match path.first() {
            Some(Step::Key(member)) if unit.scope == Scope::Repository => policy.reads.member(member),
            _ => true,
        };
        // Types that only other policies want: an input that several share holds their resources, too.
        let wanted = |path: &[Step]| {
            !is_given_named(policy, unit) || type_of(unit, path).is_none_or(|kind| policy.names_type(kind))
        };
        let unknown = unit.unknown.iter().filter(|unknown| mentions(code, &unknown.path));
        let mentioned: Vec<&UnknownPath> =
            unknown.filter(|unknown| read(&unknown.path) && wanted(&unknown.path)).collect();
        let all = code.literals.len() <= MAX_LITERALS;
        if mentioned.is_empty() {
            return Self { mentioned, values: Vec::new(), blocks: Vec::new(), all };
        }
        Self { mentioned, values: candidate_values(code), blocks: candidate_blocks(code), all }
    }

    /// One round even where nothing is unknown.
    pub fn rounds(&self) -> Range<usize> {
        0..self.values.len().min(SIMPLE.len() + FIRST_LITERALS).max(1)
    }

    /// What is tried only to be certain.
    fn other_rounds(&self) -> Range<usize> {
        self.rounds().end..self.values.len()
    }

    pub fn paths(&self) -> impl Iterator<Item = &'u [Step]> {
        self.mentioned.iter().map(|unknown| unknown.path.as_slice())
    }

    pub fn of_round(&self, round: usize) -> impl Iterator<Item = (&'u [Step], &regorus::Value)> {
        let block = self.blocks.get(round.checked_rem(self.blocks.len()).unwrap_or(0));
        let value = self.values.get(round);
        self.mentioned.iter().filter_map(move |unknown| {
            Some((unknown.path.as_slice(), if unknown.blocks { block } else { value }?))
        })
    }
}

fn under_all_candidates(
    policy: &Policy,
    unit: &Unit<'_>,
    handed: &Handed,
) -> Result<Vec<RawFinding>, Refusal> {
    let code = policy.code()?;
    let candidates = Candidates::of(policy, code, unit);
    let asked = |inputs: &[&Input]| -> Result<Vec<_>, Refusal> {
        let mut found = run(code, unit, inputs)?;
        found.iter_mut().flatten().for_each(|finding| handed.restore(&mut finding.path));
        Ok(found)
    };
    if candidates.mentioned.is_empty() {
        return Ok(asked(&[&handed.input])?.into_iter().flatten().collect());
    }
    let tried = |rounds: Range<usize>| {
        let filled = rounds.map(|round| {
            let mut filled = handed.input.value.clone();
            for (path, value) in candidates.of_round(round) {
                if let Some(path) = handed.path_to(path) {
                    fill(&mut filled, &path, value);
                }
            }
            Input::new(filled)
        });
        asked(&filled.collect::<Vec<_>>().iter().collect::<Vec<_>>())
    };
    let mut by_identity: BTreeMap<(u8, String, String), (RawFinding, usize)> = BTreeMap::new();
    let mut count = |found: Vec<Vec<RawFinding>>| {
        for finding in found.into_iter().flatten() {
            let identity = (finding.verdict as u8, finding.subject.clone(), finding.key.clone());
            let names = finding.names.clone();
            let (known, times) = by_identity.entry(identity).or_insert_with(|| (finding, 0));
            known.names.extend(names);
            *times += 1;
        }
        by_identity.values().map(|(finding, times)| (finding.verdict, *times)).collect::<Vec<_>>()
    };
    let mut rounds = candidates.rounds().len();
    let so_far = count(tried(candidates.rounds())?);
    let others = candidates.other_rounds();
    if so_far.contains(&(Verdict::Fail, rounds)) && candidates.all && !others.is_empty() {
        rounds += others.len();
        count(tried(others)?);
    }
    let unknown: BTreeSet<String> = candidates.paths().filter_map(name_of).collect();
    let unknown: Vec<String> = unknown.into_iter().collect();
    Ok(by_identity
        .into_values()
        .map(|(mut finding, times)| {
            if finding.verdict == Verdict::Fail && (times < rounds || !candidates.all) {
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

/// Where the values of a resource begin, in each shape of input.
const VALUES: [&str; 4] = ["attributes", "after", "values", "config"];
/// What stands around other unknown values of a plan.
const AROUND: [&str; 1] = ["planned_values"];

/// The part of an unknown value's path that a policy must name to read it: the steps into the resource,
/// or what is unknown of the whole (`variables`, `terraform_version`).
fn telling(path: &[Step]) -> &[Step] {
    let is = |step: &Step, names: &[&str]| matches!(step, Step::Key(key) if names.contains(&key.as_str()));
    if let Some(at) = path.iter().position(|step| is(step, &VALUES)) {
        return path.get(at + 1..).unwrap_or_default();
    }
    let at = path.iter().position(|step| !is(step, &AROUND)).unwrap_or(0);
    path.get(at..=at).unwrap_or_default()
}

/// The type of the resource that a path into an input of many leads to.
fn type_of<'u>(unit: &'u Unit<'_>, path: &[Step]) -> Option<&'u str> {
    let [Step::Key(member), Step::Index(at), ..] = path else { return None };
    Some(&unit.input.member(member)?.items().get(*at)?.shows()?.kind)
}

/// Of the unit's resources, has it a part in those alone whose type it names?
pub(super) fn is_given_named(policy: &Policy, unit: &Unit<'_>) -> bool {
    let Policy { given, shape, .. } = policy;
    (*given, *shape) == (Given::Named, Shape::Plain)
        && matches!(unit.scope, Scope::Repository | Scope::Module)
}

/// Is the attribute's name, or that of a part of it, among the words of the policy?
fn mentions(code: &Code, path: &[Step]) -> bool {
    telling(path).iter().any(|step| matches!(step, Step::Key(key) if code.words.contains(key)))
}

fn name_of(path: &[Step]) -> Option<String> {
    let parts: Vec<String> = telling(path)
        .iter()
        .map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Index(index) => index.to_string(),
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join("."))
}

/// Both booleans, numbers, a string that means nothing.
static SIMPLE: LazyLock<[Json; 5]> =
    LazyLock::new(|| [json!(true), json!(false), json!(0), json!(1_000_000), json!("probity-unknown")]);

/// Values to try: simple ones and the policy's own strings.
fn candidate_values(code: &Code) -> Vec<regorus::Value> {
    let own = code.literals.iter().take(MAX_LITERALS).map(|text| json!(text));
    SIMPLE.iter().cloned().chain(own).map(regorus::Value::from).collect()
}

/// Blocks to try: none, an empty one, and ones with every member that the policy mentions.
fn candidate_blocks(code: &Code) -> Vec<regorus::Value> {
    let filled = |filling: Json| -> Json {
        let object: serde_json::Map<_, _> =
            code.words.iter().map(|word| (word.clone(), filling.clone())).collect();
        json!([object])
    };
    let blocks = [json!([]), json!([{}]), filled(json!(true)), filled(json!("probity-unknown"))];
    blocks.into_iter().map(regorus::Value::from).collect()
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

/// What all rules of a policy say of a unit, for one input after another.
fn run(code: &Code, unit: &Unit<'_>, inputs: &[&Input]) -> Result<Vec<Vec<RawFinding>>, Refusal> {
    let rules: Vec<String> = code.entries.rules().cloned().collect();
    let (values, refusal) = code.machine.rules(&rules, inputs);
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    if values.len() != inputs.len() {
        return Err(Refusal::new("not all of it was evaluated"));
    }
    values.into_iter().map(|values| findings(code, unit, values)).collect()
}

fn findings(code: &Code, unit: &Unit<'_>, values: Values) -> Result<Vec<RawFinding>, Refusal> {
    let mut found = Vec::new();
    let entries = &code.entries;
    let mut values = values.into_iter();
    let mut next = || values.next().unwrap_or_else(|| Err(Refusal::new("a rule was not evaluated")));
    for (verdict, rules) in [
        (Verdict::Fail, &entries.deny),
        (Verdict::Review, &entries.review),
        (Verdict::Inconclusive, &entries.inconclusive),
        (Verdict::NotApplicable, &entries.not_applicable),
    ] {
        for rule in rules {
            found.extend(results(&next()?).into_iter().map(|result| finding(result, verdict, unit, rule)));
        }
    }
    if let Some((_, name)) = &entries.exception
        && names(&next()?).iter().any(|lifted| lifted == name)
    {
        for finding in &mut found {
            finding.verdict = Verdict::NotApplicable;
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

/// What a rule says, as far as its results are told apart.
pub(super) fn answers(value: &Json) -> Vec<Answer> {
    results(value).into_iter().map(answer).collect()
}

fn answer(result: &Json) -> Answer {
    let text = |key: &str| result.get(key).and_then(Json::as_str);
    let message = result.as_str().or_else(|| text("msg"));
    let message = message.map_or_else(|| result.to_string(), str::to_owned);
    let key = text("key").unwrap_or(&message);
    Answer { key: text("resource").map_or_else(|| key.to_owned(), |named| format!("{named} {key}")), message }
}

fn finding(result: &Json, verdict: Verdict, unit: &Unit<'_>, rule: &str) -> RawFinding {
    let text = |key: &str| result.get(key).and_then(Json::as_str);
    let answer = answer(result);
    let message = answer.message.clone();
    let path = given(result);
    let placed = path.is_some() || result.get("_loc").is_some();
    let names: BTreeMap<String, Option<String>> =
        text("resource").map(|name| (name.to_owned(), unit.named(name))).into_iter().collect();
    let member = names.values().next().cloned().flatten();
    let mut path = path.unwrap_or_default();
    // A path into the whole input leads to the subject whose value stands there.
    let place = (0..=path.len()).rev().find_map(|end| Some((end, unit.places.get(path.get(..end)?)?)));
    let subject = match (member, place) {
        (Some(subject), _) => subject,
        (None, Some((end, subject))) => {
            path.drain(..end);
            subject.clone()
        }
        (None, None) => unit.subject.clone(),
    };
    RawFinding {
        verdict,
        // Without metadata the message is all that tells violations of one subject apart.
        key: text("key").map_or_else(|| message.clone(), str::to_owned),
        message,
        rule: rule.to_owned(),
        answer,
        placed,
        subject,
        names,
        path,
        at: result.get("_loc").and_then(|place| {
            let line = u32::try_from(place.get("line")?.as_u64()?).ok()?;
            Some((place.get("file")?.as_str()?.to_owned(), line))
        }),
        evidence: result.get("evidence").cloned(),
        severity: text("severity").and_then(|severity| severity.parse().ok()),
    }
}
