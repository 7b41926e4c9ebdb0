//! A unit before its judges: what each policy sees of it, made once somebody asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use rayon::prelude::*;
use regorus::Value;
use serde_json::{Map, Value as Json, json};

use super::evaluate::Input;
use super::{Frames, Policy};
use crate::facts::{Reads, Shape, Unit};
use crate::model::{Digest, Scope};
use crate::source::steps_json;

/// A unit, its input in the engine's form, its frames, and digests of what can be seen of it.
pub struct Case {
    pub unit: Unit,
    input: OnceLock<Input>,
    frames: OnceLock<Frames>,
    whole: OnceLock<Digest>,
    parts: OnceLock<Parts>,
}

/// Digests of the repository's input: it is another one after every change, what a policy reads of it is not.
struct Parts {
    /// Of all but the input.
    around: Digest,
    members: BTreeMap<String, Digest>,
}

impl Case {
    pub fn new(unit: Unit) -> Self {
        Self {
            unit,
            input: OnceLock::new(),
            frames: OnceLock::new(),
            whole: OnceLock::new(),
            parts: OnceLock::new(),
        }
    }

    pub fn input(&self) -> &Input {
        self.input.get_or_init(|| Input::of(&self.unit))
    }

    pub fn frames(&self) -> &Frames {
        self.frames.get_or_init(|| Frames::of(&self.unit))
    }

    /// Of all that a policy's results can depend on, as far as it is the unit's.
    pub(super) fn seen_by(&self, policy: &Policy) -> Digest {
        let Some(reads) = narrowed_to(policy, &self.unit) else {
            return *self.whole.get_or_init(|| {
                let unit = &self.unit;
                digest(&json!([around(unit), unknown(unit), unit.input]))
            });
        };
        let parts = self.parts.get_or_init(|| Parts::of(&self.unit));
        // Of files most policies look only at where they are.
        let files = if policy.mentions("size") { FILES } else { PATHS };
        let members = reads.iter().map(|name| if name == FILES { files } else { name });
        let members = members.filter_map(|name| parts.members.get_key_value(name));
        digest(&json!([parts.around, members.collect::<BTreeMap<_, _>>()]))
    }
}

const FILES: &str = "files";
/// That files are there, whatever their size.
const PATHS: &str = "files, by path";

impl Parts {
    fn of(unit: &Unit) -> Self {
        let members: Vec<(&String, &Json)> = unit.input.as_object().into_iter().flatten().collect();
        let members = members.into_par_iter().flat_map_iter(|(name, value)| {
            let below = || value.as_object().into_iter().flatten();
            let mut found = Vec::new();
            match name.as_str() {
                "resources" => found.push((name.clone(), digest(&json!([digest(value), unknown(unit)])))),
                _ => found.push((name.clone(), digest(value))),
            }
            match name.as_str() {
                FILES => {
                    let paths: Vec<&String> = below().map(|(path, _)| path).collect();
                    found.push((PATHS.to_owned(), digest(&json!(paths))));
                }
                // Its parts are read by themselves.
                "history" => {
                    found.extend(below().map(|(part, value)| (format!("{name}.{part}"), digest(value))));
                }
                _ => {}
            }
            found
        });
        Self { around: digest(&around(unit)), members: members.collect() }
    }
}

/// Which members of its input an embedded policy is given of the whole repository; `None`: all of it.
///
/// What is not handed over cannot have a part in what it says, whatever its text does.
fn narrowed_to<'p>(policy: &'p Policy, unit: &Unit) -> Option<&'p BTreeSet<String>> {
    let narrow = policy.is_embedded() && policy.shape == Shape::Plain && unit.scope == Scope::Repository;
    match &policy.reads {
        Reads::Only(members) if narrow => Some(members),
        _ => None,
    }
}

/// `history.commits` is a part of a member.
fn steps(name: &str) -> (&str, Option<&str>) {
    name.split_once('.').map_or((name, None), |(member, part)| (member, Some(part)))
}

/// What a policy is given of a unit's input; `None`: all of it.
pub(super) fn seen_json(policy: &Policy, unit: &Unit) -> Option<Json> {
    let mut seen = Map::new();
    for (member, part) in narrowed_to(policy, unit)?.iter().map(|name| steps(name)) {
        let Some(value) = unit.input.get(member) else { continue };
        let Some(part) = part else {
            seen.insert(member.to_owned(), value.clone());
            continue;
        };
        let within = seen.entry(member).or_insert_with(|| json!({}));
        if let (Some(within), Some(value)) = (within.as_object_mut(), value.get(part)) {
            within.insert(part.to_owned(), value.clone());
        }
    }
    Some(Json::Object(seen))
}

/// The same in the engine's form, which shares what it holds.
pub(super) fn seen_input(policy: &Policy, unit: &Unit, input: &Input) -> Option<Input> {
    let key = |name: &str| Value::from(name);
    let mut seen: BTreeMap<&str, Value> = BTreeMap::new();
    for (member, part) in narrowed_to(policy, unit)?.iter().map(|name| steps(name)) {
        let Some(value) = input.value().as_object().ok()?.get(&key(member)) else { continue };
        let Some(part) = part else {
            seen.insert(member, value.clone());
            continue;
        };
        let within = seen.entry(member).or_insert_with(Value::new_object);
        if let (Ok(within), Some(value)) = (within.as_object_mut(), value.as_object().ok()?.get(&key(part))) {
            within.insert(key(part), value.clone());
        }
    }
    let mut narrowed = Value::new_object();
    let object = narrowed.as_object_mut().ok()?;
    for (member, value) in seen {
        object.insert(key(member), value);
    }
    Some(Input::new(narrowed))
}

/// What of a unit decides its results beside the input: how they are held against its subjects.
fn around(unit: &Unit) -> Json {
    let names: Vec<&String> = unit.members.keys().collect();
    let places: Vec<Json> =
        unit.places.iter().map(|(path, subject)| json!([steps_json(path), subject])).collect();
    json!([unit.scope, unit.kinds, unit.subject, names, places])
}

fn unknown(unit: &Unit) -> Json {
    unit.unknown.iter().map(|unknown| json!([steps_json(&unknown.path), unknown.blocks])).collect()
}

fn digest(value: &Json) -> Digest {
    Digest::of(value.to_string().as_bytes())
}
