//! Edits of an input: every one gives a new value and leaves the old one alone.

use serde_json::Value as Json;

use crate::source::Step;

pub fn get<'j>(json: &'j Json, path: &[Step]) -> Option<&'j Json> {
    path.iter().try_fold(json, |json, step| match step {
        Step::Key(key) => json.get(key),
        Step::Index(index) => json.get(index),
    })
}

fn get_mut<'j>(json: &'j mut Json, path: &[Step]) -> Option<&'j mut Json> {
    path.iter().try_fold(json, |json, step| match step {
        Step::Key(key) => json.get_mut(key),
        Step::Index(index) => json.get_mut(index),
    })
}

/// Puts a value at a path whose container exists.
pub fn put(json: &mut Json, path: &[Step], value: Json) {
    let Some((last, container)) = path.split_last() else {
        *json = value;
        return;
    };
    match (get_mut(json, container), last) {
        (Some(Json::Object(map)), Step::Key(key)) => drop(map.insert(key.clone(), value)),
        (Some(Json::Array(items)), Step::Index(index)) => {
            if let Some(item) = items.get_mut(*index) {
                *item = value;
            }
        }
        _ => {}
    }
}

/// Takes a member away. An element of a list that holds members itself becomes empty, so that the
/// others keep their index.
pub fn remove(json: &mut Json, path: &[Step]) {
    let Some((last, container)) = path.split_last() else { return };
    match (get_mut(json, container), last) {
        (Some(Json::Object(map)), Step::Key(key)) => drop(map.remove(key)),
        (Some(Json::Array(items)), Step::Index(index)) => match items.get_mut(*index) {
            Some(item @ Json::Object(_)) => *item = Json::Object(serde_json::Map::new()),
            Some(item @ Json::Array(_)) => *item = Json::Array(Vec::new()),
            Some(_) => drop(items.remove(*index)),
            None => {}
        },
        _ => {}
    }
}

pub fn with(json: &Json, path: &[Step], value: Json) -> Json {
    let mut edited = json.clone();
    put(&mut edited, path, value);
    edited
}

pub fn without(json: &Json, path: &[Step]) -> Json {
    let mut edited = json.clone();
    remove(&mut edited, path);
    edited
}

/// The children of a container, with their steps.
pub fn children(json: &Json) -> Vec<(Step, &Json)> {
    match json {
        Json::Object(map) => map.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect(),
        Json::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (Step::Index(index), item)).collect()
        }
        _ => Vec::new(),
    }
}

/// Has it parts that can be edited? A call of `CloudFormation` (`!Ref`, `!Sub`) is one value to its author.
pub fn is_container(json: &Json) -> bool {
    (json.is_object() || json.is_array()) && !is_call(json)
}

fn is_call(json: &Json) -> bool {
    let name = json.as_object().filter(|map| map.len() == 1).and_then(|map| map.keys().next());
    name.is_some_and(|name| {
        name == "Ref" || name == "Condition" || name.starts_with("Fn::") && name != "Fn::Base64"
    })
}

pub fn below(path: &[Step], step: Step) -> Vec<Step> {
    let mut longer = path.to_vec();
    longer.push(step);
    longer
}

pub fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}
