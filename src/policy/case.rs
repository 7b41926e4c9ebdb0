//! A unit before its judges: what each policy sees of it, made once somebody asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use rayon::prelude::*;
use regorus::Value;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::evaluate::{Input, is_given_named};
use super::{Frames, Policy};
use crate::facts::{Made, Reads, Shape, Unit};
use crate::model::{Digest, Scope};
use crate::source::{Step, UnknownPath, steps_json};

/// A unit, its input in the engine's form, its frames, and digests of what can be seen of it.
pub struct Case<'a> {
    pub unit: Unit<'a>,
    input: OnceLock<Input>,
    /// Of an input that is made of members, each, and each resource: few policies read all of the repository's.
    members: BTreeMap<&'a str, OnceLock<Value>>,
    resources: Vec<OnceLock<Value>>,
    frames: OnceLock<Frames>,
    whole: OnceLock<Digest>,
    parts: Option<Parts>,
}

/// What a policy is given of a unit's input.
pub(super) struct Handed {
    pub input: Input,
    /// The places, among the unit's resources, of those that it holds; `None`: all of them.
    kept: Option<Vec<usize>>,
}

impl Handed {
    pub fn with(&self, key: &str, value: &Value) -> Self {
        Self { input: self.input.with(key, value), kept: self.kept.clone() }
    }

    /// A path into the unit's input, as it is in this one; `None` where it leads to what is not there.
    pub fn path_to(&self, path: &[Step]) -> Option<Vec<Step>> {
        let mut path = path.to_vec();
        if let (Some(kept), Some(at)) = (&self.kept, resource_in(&mut path)) {
            *at = kept.binary_search(at).ok()?;
        }
        Some(path)
    }

    /// The same the other way.
    pub fn restore(&self, path: &mut [Step]) {
        if let (Some(kept), Some(at)) = (&self.kept, resource_in(path))
            && let Some(own) = kept.get(*at)
        {
            *at = *own;
        }
    }
}

/// Which resource a path into an input leads to.
fn resource_in(path: &mut [Step]) -> Option<&mut usize> {
    match path {
        [Step::Key(member), Step::Index(at), ..] if member == RESOURCES => Some(at),
        _ => None,
    }
}

impl<'a> Case<'a> {
    pub fn new(unit: Unit<'a>) -> Self {
        Self {
            input: OnceLock::new(),
            members: unit.input.each_member().map(|(name, _)| (name, OnceLock::new())).collect(),
            resources: resources_of(&unit).iter().map(|_| OnceLock::new()).collect(),
            unit,
            frames: OnceLock::new(),
            whole: OnceLock::new(),
            parts: None,
        }
    }

    pub fn input(&self) -> &Input {
        self.input.get_or_init(|| {
            if !self.unit.input.is_of_members() {
                return Input::new(engine(self.unit.input.json()));
            }
            let members = self.members.keys().filter_map(|name| Some((*name, self.member(name)?.clone())));
            Input::of(members)
        })
    }

    fn member(&self, name: &str) -> Option<&Value> {
        let (slot, made) = (self.members.get(name)?, self.unit.input.member(name)?);
        Some(slot.get_or_init(|| match name {
            RESOURCES if !self.resources.is_empty() => self.resources(0..self.resources.len()),
            _ => engine(made.json()),
        }))
    }

    /// Those that stand at some places.
    fn resources(&self, at: impl IntoIterator<Item = usize>) -> Value {
        let all = resources_of(&self.unit);
        let value = |at: usize| {
            let (slot, made) = (self.resources.get(at)?, all.get(at)?);
            Some(slot.get_or_init(|| engine(made.json())).clone())
        };
        Value::from(at.into_iter().filter_map(value).collect::<Vec<_>>())
    }

    /// What a policy is given of the input.
    pub(super) fn given_to(&self, policy: &Policy) -> Handed {
        let kept = is_given_named(policy, &self.unit).then(|| self.named_by(policy));
        let reads = narrowed_to(policy, &self.unit);
        if kept.is_none() && reads.is_none() {
            return Handed { input: self.input().clone(), kept };
        }
        let all = || self.members.keys().copied().collect();
        let reads = reads.map_or_else(all, |reads| reads.iter().map(String::as_str).collect::<Vec<_>>());
        let mut given: BTreeMap<&str, Value> = BTreeMap::new();
        for (member, part) in reads.into_iter().map(steps) {
            let Some(made) = self.unit.input.member(member) else { continue };
            if let Some(part) = part {
                let within = given.entry(member).or_insert_with(Value::new_object);
                let value = self.member(member).and_then(|value| value.as_object().ok()?.get(&part.into()));
                if let (Ok(within), Some(value)) = (within.as_object_mut(), value) {
                    within.insert(part.into(), value.clone());
                }
            } else if let (RESOURCES, Some(kept)) = (member, &kept) {
                given.insert(member, self.resources(kept.iter().copied()));
            } else if let Some(left) = left_of(member, policy, made) {
                given.insert(member, engine(&left));
            } else {
                given.extend(self.member(member).map(|value| (member, value.clone())));
            }
        }
        Handed { input: Input::of(given), kept }
    }

    /// Which of the unit's resources are of a type that a policy names.
    fn named_by(&self, policy: &Policy) -> Vec<usize> {
        let resources = resources_of(&self.unit);
        let is_named = |made: &Made<'_>| made.shows().is_some_and(|shown| policy.names_type(&shown.kind));
        resources.iter().enumerate().filter(|(_, made)| is_named(made)).map(|(at, _)| at).collect()
    }

    pub fn frames(&self) -> &Frames {
        self.frames.get_or_init(|| Frames::of(&self.unit))
    }

    /// Takes digests of the parts of its input, on several threads; without them a policy is asked again after every
    /// change. Not when they are first asked for: who waits for other threads might be given work that asks for them.
    pub fn prepare(&mut self) {
        if self.unit.input.is_of_members() {
            self.parts = Some(Parts::of(&self.unit));
        }
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
        let parts = self.parts.as_ref().filter(|_| policy.is_embedded() && policy.shape == Shape::Plain);
        let Some(parts) = parts else {
            let whole = || Digest::of_written(&(around(unit), unknown(unit), &unit.input));
            return *self.whole.get_or_init(whole);
        };
        let named = |kind: &str| !only_named || policy.names_type(kind);
        let Some(reads) = narrowed_to(policy, unit) else {
            return Digest::of_written(&(parts.around, &parts.members, parts.resources(&named)));
        };
        let members = reads.iter().filter_map(|name| {
            let part = Part::ALL.iter().find(|part| part.of == name && !policy.mentions(part.without));
            parts.members.get_key_value(part.map_or(name.as_str(), |part| part.name))
        });
        let resources = reads.contains(RESOURCES).then(|| parts.resources(&named));
        Digest::of_written(&(parts.around, members.collect::<BTreeMap<_, _>>(), resources))
    }
}

const RESOURCES: &str = "resources";
const SYSTEMS: &str = "systems";
const HISTORY: &str = "history";

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
    fn of(unit: &Unit<'_>) -> Self {
        let members: Vec<_> = unit.input.each_member().filter(|(name, _)| *name != RESOURCES).collect();
        let members = members.into_par_iter().flat_map_iter(|(name, value)| {
            let mut found = vec![(name.to_owned(), Digest::of_written(value))];
            let parts = Part::ALL.iter().filter(|part| part.of == name);
            found
                .extend(parts.map(|part| (part.name.to_owned(), Digest::of_written(&part.of(value.json())))));
            if name == HISTORY {
                // Its parts are read by themselves.
                let parts = value.each_member();
                found
                    .extend(parts.map(|(part, value)| (format!("{name}.{part}"), Digest::of_written(value))));
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
        let resources = resources_of(unit).par_iter().enumerate().map(|(at, made)| {
            let kind = made.shows().map_or("", |resource| &resource.kind);
            (kind.to_owned(), Digest::of_written(&(made, unknown.get(&Some(at)))))
        });
        Self {
            around: Digest::of_written(&(unit.scope, &unit.kinds, &unit.subject, unknown.get(&None))),
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

/// Which members of its input an embedded policy is given of the whole repository; `None`: all of it.
///
/// What is not handed over cannot have a part in what it says, whatever its text does.
fn narrowed_to<'p>(policy: &'p Policy, unit: &Unit<'_>) -> Option<&'p BTreeSet<String>> {
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
fn left_of(member: &str, policy: &Policy, made: &Made<'_>) -> Option<Json> {
    let part = Part::ALL.iter().find(|part| part.of == member && member == SYSTEMS)?;
    (!policy.mentions(part.without)).then(|| part.of(made.json()))
}

/// What a policy is given of a unit's input; `None`: all of it.
pub(super) fn given_json(policy: &Policy, unit: &Unit<'_>) -> Option<Json> {
    let mut given = Map::new();
    for (member, part) in narrowed_to(policy, unit)?.iter().map(|name| steps(name)) {
        let Some(made) = unit.input.member(member) else { continue };
        let Some(part) = part else {
            given.insert(
                member.to_owned(),
                left_of(member, policy, made).unwrap_or_else(|| made.json().clone()),
            );
            continue;
        };
        let within = given.entry(member).or_insert_with(|| json!({}));
        if let (Some(within), Some(value)) = (within.as_object_mut(), made.member(part)) {
            within.insert(part.to_owned(), value.json().clone());
        }
    }
    Some(Json::Object(given))
}

/// The resources that an input of many is made of.
fn resources_of<'u, 'a>(unit: &'u Unit<'a>) -> &'u [Made<'a>] {
    unit.input.member(RESOURCES).map(Made::items).unwrap_or_default()
}

/// As `Value::from`, which would take a copy.
fn engine(json: &Json) -> Value {
    Value::deserialize(json).unwrap_or(Value::Undefined)
}

/// What of a unit decides its results beside the input: how they are held against its subjects.
fn around(unit: &Unit<'_>) -> Json {
    let places: Vec<Json> =
        unit.places.iter().map(|(path, subject)| json!([steps_json(path), subject])).collect();
    json!([unit.scope, unit.kinds, unit.subject, places])
}

fn unknown(unit: &Unit<'_>) -> Json {
    unit.unknown.iter().map(|unknown| json!([steps_json(&unknown.path), unknown.blocks])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_the_same_resource_in_the_unit_and_in_what_is_handed_over() {
        let path =
            |member: &str, at| vec![Step::Key(member.to_owned()), Step::Index(at), Step::Key("a".to_owned())];
        let handed = |kept| Handed { input: Input::new(Value::Null), kept };
        let some = handed(Some(vec![1, 4]));
        assert_eq!(some.path_to(&path("resources", 4)), Some(path("resources", 1)));
        assert_eq!(some.path_to(&path("resources", 2)), None, "it is not there");
        assert_eq!(some.path_to(&path("documents", 2)), Some(path("documents", 2)));
        assert_eq!(handed(None).path_to(&path("resources", 2)), Some(path("resources", 2)));
        let mut found = path("resources", 1);
        some.restore(&mut found);
        assert_eq!(found, path("resources", 4));
        let mut stranger = path("resources", 9);
        some.restore(&mut stranger);
        assert_eq!(stranger, path("resources", 9));
    }
}
