//! From a path into a rule's input back to a subject and a path into its value.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::Value as Json;

use super::edit::{below, get, key};
use crate::facts::Unit;
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
    pub fn of(unit: &Unit) -> Self {
        let mut frames: BTreeMap<Vec<Step>, (String, bool)> =
            unit.places.iter().map(|(path, subject)| (path.clone(), (subject.clone(), true))).collect();
        let mut add = |path: Vec<Step>, value: &Json| {
            let Some(subject) = value.get("subject").and_then(Json::as_str) else { return };
            for part in VALUES.iter().filter(|part| value.get(part).is_some()) {
                frames.insert(below(&path, key(part)), (subject.to_owned(), true));
            }
            frames.insert(path, (subject.to_owned(), false));
        };
        add(Vec::new(), &unit.input);
        for (part, value) in unit.input.as_object().into_iter().flatten() {
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                add(vec![key(part), Step::Index(index)], item);
            }
        }
        let nodes = [key("pipeline"), key("nodes")];
        for (name, node) in get(&unit.input, &nodes).and_then(Json::as_object).into_iter().flatten() {
            add([&nodes[..], &[key(name)]].concat(), node);
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
