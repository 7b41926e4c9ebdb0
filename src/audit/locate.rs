//! From what a policy says to a place in a file, and what else the verdict rests on.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::facts::{SYSTEMS, Unit};
use crate::model::{
    Confidence, Digest, EvidencePlace, EvidenceRole, Location, Position, Verdict, canonical_json,
};
use crate::policy::{Answers, Case, Frames, Localised, Place, Policy, RawFinding, Trace};
use crate::source::{SourceText, Step};

/// Questions about the findings of one policy, at most, enough for some thousand of them: what is beyond is
/// known by its subject.
const MAX_QUESTIONS: usize = 100_000;
/// What the search may take for one policy. The last resort: with policies that answer at their usual pace the
/// number comes first.
const MAX_TIME: Duration = Duration::from_mins(1);
/// Characters of a value that are shown.
const MAX_VALUE: usize = 200;

pub type Texts<'d> = HashMap<&'d str, &'d SourceText>;

/// What may still be spent on the places of one policy's findings.
#[derive(Default)]
pub struct Budget {
    questions: usize,
    time: Duration,
    late: bool,
}

impl Budget {
    fn is_spent(&self) -> bool {
        self.late || self.questions >= MAX_QUESTIONS || self.time > MAX_TIME
    }

    /// A rule that was too slow once is not asked again. What was known already counts like what was asked, so
    /// that the same findings get their places every time.
    fn spend(&mut self, time: Duration, found: &Localised) {
        self.questions += found.questions;
        self.time += time;
        self.late |= found.late;
    }
}

/// Where a finding stands, and how that is known.
pub struct Where {
    pub location: Location,
    pub confidence: Confidence,
    pub evidence: Vec<EvidencePlace>,
    /// Of the values that the verdict was found to rest on, where they are known exactly.
    pub rests_on: Option<Digest>,
}

impl Where {
    /// Where the policy says it stands; its subject when it says nothing.
    pub fn stated(unit: &Unit<'_>, raw: &RawFinding, texts: &Texts<'_>) -> Self {
        let place = Place { subject: raw.subject.clone(), path: raw.path.clone() };
        let line =
            raw.at.as_ref().and_then(|(file, line)| whole_line(texts.get(file.as_str())?, file, *line));
        let confidence = if raw.placed { Confidence::PathGiven } else { Confidence::Subject };
        let location = line.unwrap_or_else(|| location(unit, &place, texts));
        let evidence = raw.placed.then(|| EvidencePlace {
            location: location.clone(),
            resource: place.subject.clone(),
            path: written(&place.path),
            role: EvidenceRole::Given,
            value: value_at(unit, &place).map(|value| short(&value)).unwrap_or_default(),
        });
        Self { location, confidence, evidence: evidence.into_iter().collect(), rests_on: None }
    }
}

/// Where a finding stands: what the policy says, else what edits of its input tell.
pub fn located(
    answers: &Answers,
    policy: &Policy,
    case: &Case<'_>,
    raw: &RawFinding,
    texts: &Texts<'_>,
    budget: &mut Budget,
) -> Where {
    let unit = &case.unit;
    let stated = Where::stated(unit, raw, texts);
    if raw.placed || raw.rule.is_empty() || raw.verdict == Verdict::NotApplicable || budget.is_spent() {
        return stated;
    }
    let begin = Instant::now();
    let frames = case.frames();
    let found = answers.place(policy, case, raw);
    budget.spend(begin.elapsed(), &found);
    let location = match &found.path {
        Some(path) => location(unit, &frames.place(path), texts),
        None => stated.location,
    };
    Where {
        location,
        confidence: found.confidence,
        rests_on: if found.confidence == Confidence::Subject { None } else { rests_on(&found, frames) },
        evidence: evidence(unit, &found, frames, texts),
    }
}

fn location(unit: &Unit<'_>, place: &Place, texts: &Texts<'_>) -> Location {
    let Some(member) = unit.members.get(&place.subject) else {
        // The repository as a whole: the file that says what it is about.
        let about = unit.files.iter().find(|file| *file == SYSTEMS).or(unit.files.first());
        return nowhere(about.map_or("", String::as_str));
    };
    let span = member.value.locate(&place.path).map_or(member.header, |found| found.span);
    texts
        .get(member.path.as_str())
        .map_or_else(|| nowhere(&member.path), |text| text.location(&member.path, span))
}

fn evidence(unit: &Unit<'_>, found: &Localised, frames: &Frames, texts: &Texts<'_>) -> Vec<EvidencePlace> {
    let mut places: Vec<EvidencePlace> = found
        .evidence
        .iter()
        .map(|Trace { path, role, value }| {
            let place = frames.place(path);
            EvidencePlace {
                location: location(unit, &place, texts),
                path: written(&place.path),
                resource: place.subject,
                role: *role,
                value: short(value),
            }
        })
        .collect();
    places.sort();
    places.dedup();
    places
}

/// The digest of the evidence: values and the names that lead to them, without indices and places, so that a
/// waiver survives what moves and lapses with what it excuses.
fn rests_on(found: &Localised, frames: &Frames) -> Option<Digest> {
    let mut values: Vec<Json> = found
        .evidence
        .iter()
        .map(|Trace { path, role, value }| {
            let place = frames.place(path);
            let names: Vec<&str> = place
                .path
                .iter()
                .map(|step| match step {
                    Step::Key(key) => key.as_str(),
                    Step::Index(_) => "",
                })
                .collect();
            json!([place.subject, names, role, without_fractions(value.clone())])
        })
        .collect();
    values.sort_by_key(Json::to_string);
    values.dedup();
    canonical_json(&Json::Array(values)).map(|text| Digest::of(text.as_bytes()))
}

fn value_at(unit: &Unit<'_>, place: &Place) -> Option<Json> {
    let member = unit.members.get(&place.subject)?;
    let found = place.path.iter().try_fold(member.value.as_ref(), |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items().get(*index),
    });
    // A whole subject says nothing that its address does not.
    found.filter(|_| !place.path.is_empty()).map(crate::source::Node::to_json)
}

/// A value in one line, cut where it is long.
fn short(value: &Json) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// `ingress[0].cidr_blocks`
fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
            Step::Index(index) => {
                text.push('[');
                text.push_str(&index.to_string());
                text.push(']');
            }
        }
    }
    text
}

/// A line that a policy names, where there is such a line.
fn whole_line(text: &SourceText, path: &str, line: u32) -> Option<Location> {
    let length = text.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)?.chars().count();
    let position = |column| Position { line, column };
    let end = u32::try_from(length + 1).unwrap_or(u32::MAX);
    Some(Location { path: path.to_owned(), start: position(1), end: position(end) })
}

fn nowhere(path: &str) -> Location {
    SourceText::new("").location(path, crate::model::Span::default())
}

/// A whole resource may hold fractions, which have no canonical form: they count as their text.
pub fn without_fractions(json: Json) -> Json {
    match json {
        Json::Number(number) if !number.is_i64() && !number.is_u64() => Json::String(number.to_string()),
        Json::Array(items) => items.into_iter().map(without_fractions).collect(),
        Json::Object(map) => map.into_iter().map(|(key, value)| (key, without_fractions(value))).collect(),
        other => other,
    }
}
