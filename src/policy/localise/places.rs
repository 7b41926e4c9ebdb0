//! From a path into a rule's input back to a subject and a path into its value.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::Value as Json;

use super::edit::{below, key};
use crate::facts::{Made, Unit};
use crate::source::Step;

/// Members of Probity's own facts that hold a subject's value.
const VALUES: [&str; 3] = ["attributes", "value", "settings"];

/// Where a subject's value, or what stands around it, lies in the input of a unit.
pub struct Frames {
    frames: BTreeMap<Vec<Step>, (String, bool)>,
    subject: String,
}

/// A place in terms of subjects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub subject: String,
    /// Into the subject's value; empty for the whole.
    pub path: Vec<Step>,
}

impl Frames {
    pub fn of(unit: &Unit<'_>) -> Self {
        let mut frames: BTreeMap<Vec<Step>, (String, bool)> =
            unit.places.iter().map(|(path, subject)| (path.clone(), (subject.clone(), true))).collect();
        let mut add = |path: Vec<Step>, subject: &str, values: &[&str]| {
            for part in values {
                frames.insert(below(&path, key(part)), (subject.to_owned(), true));
            }
            frames.insert(path, (subject.to_owned(), false));
        };
        for (part, made) in unit.input.each_member() {
            let resources = made.items().iter().filter_map(Made::shows);
            for (index, resource) in resources.enumerate() {
                add(vec![key(part), Step::Index(index)], &resource.subject, &["attributes"]);
            }
        }
        let mut add = |path: Vec<Step>, value: &Json| {
            let Some(subject) = value.get("subject").and_then(Json::as_str) else { return };
            let values: Vec<&str> = VALUES.into_iter().filter(|part| value.get(part).is_some()).collect();
            add(path, subject, &values);
        };
        let mut each = |part: &str, value: &Json| {
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                add(vec![key(part), Step::Index(index)], item);
            }
            let nodes = value.get("nodes").filter(|_| part == "pipeline").and_then(Json::as_object);
            for (name, node) in nodes.into_iter().flatten() {
                add(vec![key(part), key("nodes"), key(name)], node);
            }
        };
        if unit.input.is_of_members() {
            let others = unit.input.each_member().filter(|(name, _)| *name != "resources");
            others.for_each(|(name, made)| each(name, made.json()));
        } else {
            let input = unit.input.json();
            input.as_object().into_iter().flatten().for_each(|(name, value)| each(name, value));
            add(Vec::new(), input);
        }
        // What holds another frame of the same subject stands around the value, and is not it.
        let outer: Vec<Vec<Step>> = frames
            .iter()
            .filter(|(path, (subject, _))| {
                let behind = frames.range::<Vec<Step>, _>((Bound::Excluded(*path), Bound::Unbounded));
                behind.take_while(|(other, _)| other.starts_with(path)).any(|(_, (of, _))| of == subject)
            })
            .map(|(path, _)| path.clone())
            .collect();
        for path in outer {
            if let Some((_, is_value)) = frames.get_mut(&path) {
                *is_value = false;
            }
        }
        Self { frames, subject: unit.subject.clone() }
    }

    pub fn place(&self, path: &[Step]) -> Place {
        for end in (0..=path.len()).rev() {
            let Some((subject, is_value)) = path.get(..end).and_then(|front| self.frames.get(front)) else {
                continue;
            };
            let rest = path.get(end..).filter(|_| *is_value).unwrap_or_default();
            return Place { subject: subject.clone(), path: rest.to_vec() };
        }
        Place { subject: self.subject.clone(), path: path.to_vec() }
    }

    /// Does a path lead to what stands around a subject's value: its address, its type?
    pub fn is_around(&self, path: &[Step]) -> bool {
        (0..=path.len())
            .rev()
            .find_map(|end| self.frames.get(path.get(..end)?))
            .is_some_and(|(_, is_value)| !is_value)
    }
}
