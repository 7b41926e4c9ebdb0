//! A unit before its judges: what each policy sees of it, made once somebody asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use regorus::Value;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::evaluate::{Input, is_given_named};
use super::{Frames, Policy};
use crate::facts::{Reads, Shape, Unit};
use crate::model::{Digest, Scope};
use crate::source::{Step, UnknownPath, steps_json};

/// A unit, its input in the engine's form, its frames, and digests of what can be seen of it.
pub struct Case {
    pub unit: Unit,
    input: OnceLock<Input>,
    frames: OnceLock<Frames>,
    whole: OnceLock<Digest>,
    parts: OnceLock<Parts>,
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

    /// Takes the digests that would be taken when first asked for.
    pub fn prepare(&self) {
        if is_of_parts(&self.unit) {
            self.parts();
        }
    }

    /// On one thread: waiting for others, it might be given work that asks for them.
    fn parts(&self) -> &Parts {
        self.parts.get_or_init(|| Parts::of(&self.unit))
    }

    /// Of all that a policy's results can depend on, as far as it is the unit's, but for what their names stand for:
    /// they say that themselves. Where some resources are all that it looks at, not of where among the others these
    /// are.
    pub(super) fn seen_by(&self, policy: &Policy) -> Digest {
        self.seen(policy, is_given_named(policy, &self.unit))
    }

    /// Of all that paths into the input can depend on, too.
    pub(super) fn laid_out_for(&self, policy: &Policy) -> Digest {
        self.seen(policy, false)
    }

    fn seen(&self, policy: &Policy, only_named: bool) -> Digest {
        let unit = &self.unit;
        if !(is_of_parts(unit) && policy.is_embedded() && policy.shape == Shape::Plain) {
            return *self.whole.get_or_init(|| digest(&(around(unit), unknown(unit), &unit.input)));
        }
        let parts = self.parts();
        let named = |kind: &str| !only_named || policy.names_type(kind);
        let Some(reads) = narrowed_to(policy, unit) else {
            return digest(&(parts.around, &parts.members, parts.resources(&named)));
        };
        let members = reads.iter().filter_map(|name| {
            let part = Part::ALL.iter().find(|part| part.of == name && !policy.mentions(part.without));
            parts.members.get_key_value(part.map_or(name.as_str(), |part| part.name))
        });
        let resources = reads.contains(RESOURCES).then(|| parts.resources(&named));
        digest(&(parts.around, members.collect::<BTreeMap<_, _>>(), resources))
    }
}

const RESOURCES: &str = "resources";
const SYSTEMS: &str = "systems";

/// What is left of a member of the repository's input for a policy that does not mention what is left out.
struct Part {
    of: &'static str,
    without: &'static str,
    name: &'static str,
}

impl Part {
    const ALL: [Self; 2] = [
        Self { of: "files", without: "size", name: "files, and which are empty" },
        Self { of: SYSTEMS, without: RESOURCES, name: "systems, as they are declared" },
    ];

    fn of(&self, value: &Json) -> Json {
        match value {
            Json::Object(files) => {
                let files = files.iter().map(|(path, file)| (path.clone(), without(file, self.without)));
                Json::Object(files.collect())
            }
            Json::Array(systems) => systems.iter().map(|system| without(system, self.without)).collect(),
            other => other.clone(),
        }
    }
}

fn without(value: &Json, member: &str) -> Json {
    let members = value.as_object().into_iter().flatten().filter(|(name, _)| *name != member);
    Json::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Digests of an input of many: it is another one after every change, what a policy reads of it is not.
struct Parts {
    /// Of all but the input.
    around: Digest,
    /// The resources are for themselves.
    members: BTreeMap<String, Digest>,
    /// Each with its type, and with what nobody knows of it.
    resources: Vec<(String, Digest)>,
}

impl Parts {
    fn of(unit: &Unit) -> Self {
        let members = unit.input.as_object().into_iter().flatten().filter(|(name, _)| *name != RESOURCES);
        let members = members.flat_map(|(name, value)| {
            let mut found = vec![(name.clone(), digest(value))];
            found.extend(
                Part::ALL
                    .iter()
                    .filter(|part| part.of == name)
                    .map(|part| (part.name.to_owned(), digest(&part.of(value)))),
            );
            if name == "history" {
                // Its parts are read by themselves.
                let parts = value.as_object().into_iter().flatten();
                found.extend(parts.map(|(part, value)| (format!("{name}.{part}"), digest(value))));
            }
            found
        });
        let mut unknown: BTreeMap<Option<usize>, Vec<Json>> = BTreeMap::new();
        for UnknownPath { path, blocks } in &unit.unknown {
            let (of, rest) = match path.as_slice() {
                [Step::Key(member), Step::Index(at), rest @ ..] if member == RESOURCES => (Some(*at), rest),
                path => (None, path),
            };
            unknown.entry(of).or_default().push(json!([steps_json(rest), blocks]));
        }
        let resources = unit.input.get(RESOURCES).and_then(Json::as_array).into_iter().flatten();
        let resources = resources.enumerate().map(|(at, resource)| {
            let kind = resource.get("type").and_then(Json::as_str).unwrap_or_default();
            (kind.to_owned(), digest(&(resource, unknown.get(&Some(at)))))
        });
        Self {
            around: digest(&(unit.scope, &unit.kinds, &unit.subject, unknown.get(&None))),
            members: members.collect(),
            resources: resources.collect(),
        }
    }

    /// Those of some types, in their order.
    fn resources(&self, named: &dyn Fn(&str) -> bool) -> Digest {
        let given = self.resources.iter().filter(|(kind, _)| named(kind));
        let bytes: Vec<u8> = given.flat_map(|(_, digest)| *digest.bytes()).collect();
        Digest::of(&bytes)
    }
}

/// Is its input one of many things, of which a change touches few?
fn is_of_parts(unit: &Unit) -> bool {
    matches!(unit.scope, Scope::Module | Scope::Repository) && unit.places.is_empty()
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

/// What is left of the systems for a policy that does not ask what belongs to them; `None`: all that there is.
fn left_of(member: &str, policy: &Policy, unit: &Unit) -> Option<Json> {
    let part = Part::ALL.iter().find(|part| part.of == member && member == SYSTEMS)?;
    (!policy.mentions(part.without)).then(|| unit.input.get(member).map(|value| part.of(value)))?
}

/// What a policy is given of a unit's input; `None`: all of it.
pub(super) fn seen_json(policy: &Policy, unit: &Unit) -> Option<Json> {
    let mut seen = Map::new();
    for (member, part) in narrowed_to(policy, unit)?.iter().map(|name| steps(name)) {
        let Some(value) = unit.input.get(member) else { continue };
        let Some(part) = part else {
            seen.insert(member.to_owned(), left_of(member, policy, unit).unwrap_or_else(|| value.clone()));
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
            seen.insert(member, left_of(member, policy, unit).map_or_else(|| value.clone(), Value::from));
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
    let places: Vec<Json> =
        unit.places.iter().map(|(path, subject)| json!([steps_json(path), subject])).collect();
    json!([unit.scope, unit.kinds, unit.subject, places])
}

fn unknown(unit: &Unit) -> Json {
    unit.unknown.iter().map(|unknown| json!([steps_json(&unknown.path), unknown.blocks])).collect()
}

fn digest(value: &impl Serialize) -> Digest {
    // Writing JSON into memory fails for no value that is made here.
    Digest::of(&serde_json::to_vec(value).unwrap_or_default())
}
