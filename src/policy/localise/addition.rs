//! Additions: what the finding would need to be there.
//!
//! Names that the rule reads and that a container lacks are put in, all at once at first, and by halves once
//! that makes the finding vanish. The deepest container comes first: it is where the thing is missing.

use serde_json::{Value as Json, json};

use super::edit::{below, get, is_container, put};
use super::groups::Subject;
use super::trial::{Trial, Trials, key_of};
use super::vocabulary::{Names, Vocabulary};
use super::{Effect, Oracle, Path};
use crate::source::Step;

/// Containers that are tried, and strings of the rule that are tried as values.
const MAX_CONTAINERS: usize = 24;
const MAX_STRINGS: usize = 8;

/// A container with which the finding vanishes once something is put in.
#[derive(Debug, Clone, PartialEq)]
pub struct Addition {
    pub path: Path,
    /// What was missing, from the last mentioned on.
    pub names: Vec<String>,
    pub effect: Effect,
}

pub fn search(
    subject: &Subject,
    trials: &Trials<'_>,
    vocabulary: &Vocabulary,
    unknown: &[Path],
    oracle: &mut Oracle<'_>,
) -> Vec<Addition> {
    let mut found: Vec<Addition> = Vec::new();
    let mut tried: Vec<Path> = Vec::new();
    // First where an edit changed something: elsewhere an addition can turn the subject into something else.
    for near in [true, false] {
        for (path, value) in containers(subject, trials, vocabulary, near) {
            let is_unknown = unknown.iter().any(|unknown| path.starts_with(unknown));
            let is_outer = found.iter().any(|deeper| deeper.path.starts_with(&path));
            if is_unknown || is_outer || tried.contains(&path) || tried.len() >= MAX_CONTAINERS {
                continue;
            }
            tried.push(path.clone());
            found.extend(match value {
                Json::Array(items) => of_list(subject, &path, items, vocabulary, oracle),
                _ => of_container(subject, &path, value, vocabulary, oracle),
            });
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// Containers that can lack something, the deepest first: those where an edit changed something, or those
/// that the rule knows by name.
fn containers<'s>(
    subject: &'s Subject,
    trials: &Trials<'_>,
    vocabulary: &Vocabulary,
    near: bool,
) -> Vec<(Path, &'s Json)> {
    let roots = subject.roots();
    // The bodies of blocks are elements of lists, and count like the blocks.
    let bodies = roots.iter().flat_map(|root| {
        let items = get(&subject.input, root).and_then(Json::as_array).map_or(0, Vec::len);
        (0..items).map(|at| below(root, Step::Index(at)))
    });
    let mut paths: Vec<Path> = bodies.chain(roots.iter().cloned()).collect();
    let wanted = trials.found.iter().filter(|trial| {
        let changes = |other: &Trial| other.path.starts_with(&trial.path) && other.changes();
        if near {
            trials.found.iter().any(changes)
        } else {
            key_of(&trial.path).is_some_and(|key| vocabulary.words.contains(key))
        }
    });
    paths.extend(wanted.map(|trial| trial.path.clone()));
    let values = paths.into_iter().filter_map(|path| get(&subject.input, &path).map(|value| (path, value)));
    let mut found: Vec<(Path, &Json)> = values.filter(|(_, value)| is_container(value)).collect();
    found.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    found
}

/// A list that lacks an element: a string of the rule, or something like its first element that holds one
/// or two of them.
fn of_list(
    subject: &Subject,
    path: &[Step],
    items: &[Json],
    vocabulary: &Vocabulary,
    oracle: &mut Oracle<'_>,
) -> Option<Addition> {
    let mut names: Vec<&String> = vocabulary.strings.iter().chain(vocabulary.names.fields.keys()).collect();
    names.sort_by_key(|name| std::cmp::Reverse(vocabulary.mentioned(name)));
    names.dedup();
    names.truncate(MAX_STRINGS);
    let mut elements: Vec<(Json, &String)> = Vec::new();
    match items.first() {
        Some(first @ Json::Object(members)) => {
            elements.extend(names.iter().map(|name| (filled(first, &json!(name)), *name)));
            // A pair such as `Key` and `Value`.
            if let [one, other] = members.keys().collect::<Vec<_>>()[..] {
                for (a, b) in names.iter().flat_map(|a| names.iter().map(move |b| (a, b))) {
                    if a != b {
                        elements.push((json!({one.as_str(): a, other.as_str(): b}), *a));
                    }
                }
            }
        }
        Some(Json::String(_)) | None => elements.extend(names.iter().map(|name| (json!(name), *name))),
        Some(_) => {}
    }
    for (element, name) in elements {
        if items.contains(&element) {
            continue;
        }
        let longer: Vec<Json> = items.iter().cloned().chain([element]).collect();
        let mut edited = subject.input.clone();
        put(&mut edited, path, Json::Array(longer));
        let effect = oracle.effect(&edited, None);
        if effect.lifts() {
            return Some(Addition { path: path.to_vec(), names: vec![name.clone()], effect });
        }
    }
    None
}

/// A value with every scalar in it replaced.
fn filled(value: &Json, leaf: &Json) -> Json {
    match value {
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), filled(value, leaf))).collect(),
        Json::Array(items) => items.iter().map(|item| filled(item, leaf)).collect(),
        _ => leaf.clone(),
    }
}

fn of_container(
    subject: &Subject,
    path: &[Step],
    value: &Json,
    vocabulary: &Vocabulary,
    oracle: &mut Oracle<'_>,
) -> Option<Addition> {
    let mut absent: Vec<(&String, &Names)> =
        vocabulary.names.fields.iter().filter(|(name, _)| value.get(name.as_str()).is_none()).collect();
    if absent.is_empty() {
        return None;
    }
    absent.sort_by_key(|(name, _)| std::cmp::Reverse(vocabulary.mentioned(name)));
    let put_in =
        |names: &[(&String, &Names)], (leaf, keys): (&Json, &[String]), oracle: &mut Oracle<'_>| -> Effect {
            let mut edited = subject.input.clone();
            let mut filled = value.clone();
            for (name, below) in names {
                put(&mut filled, &[super::edit::key(name)], below.build(leaf, keys));
            }
            put(&mut edited, path, filled);
            oracle.effect(&edited, None)
        };
    // Values first, in lists where there may be several; then as mappings by the strings of the rule.
    let lists = leaves(vocabulary).into_iter().map(|leaf| (leaf, &[][..]));
    let maps = [json!(true), json!("probity-added")].map(|leaf| (leaf, vocabulary.strings.as_slice()));
    for (leaf, keys) in lists.chain(maps.into_iter().filter(|(_, keys)| !keys.is_empty())) {
        let leaf = (&leaf, keys);
        if oracle.exhausted() {
            return None;
        }
        if !put_in(&absent, leaf, oracle).lifts() {
            continue;
        }
        let mut names = absent.clone();
        while names.len() > 1 {
            let (front, back) = names.split_at(names.len() / 2);
            if put_in(front, leaf, oracle).lifts() {
                names = front.to_vec();
            } else if put_in(back, leaf, oracle).lifts() {
                names = back.to_vec();
            } else {
                break;
            }
        }
        // Several are needed: leave out what is not, one by one.
        let mut at = 0;
        while names.len() > 1 && at < names.len() {
            let mut fewer = names.clone();
            fewer.remove(at);
            if put_in(&fewer, leaf, oracle).lifts() {
                names = fewer;
            } else {
                at += 1;
            }
        }
        let effect = put_in(&names, leaf, oracle);
        if effect.lifts() {
            let names = names.into_iter().map(|(name, _)| name.clone()).collect();
            return Some(Addition { path: path.to_vec(), names, effect });
        }
    }
    None
}

/// Values that are plausible for something that is missing.
fn leaves(vocabulary: &Vocabulary) -> Vec<Json> {
    let mut leaves = vec![json!(true), json!("probity-added"), json!([{}]), json!(false), json!(1)];
    leaves.extend(vocabulary.strings.iter().take(MAX_STRINGS).map(|text| json!(text)));
    leaves.push(json!(["probity-added"]));
    leaves.extend(vocabulary.strings.iter().take(MAX_STRINGS / 2).map(|text| json!([text])));
    // A name can be an element, where a list is read as a set.
    let mut names: Vec<&String> = vocabulary.names.fields.keys().collect();
    names.sort_by_key(|name| std::cmp::Reverse(vocabulary.mentioned(name)));
    leaves.extend(names.into_iter().take(MAX_STRINGS / 2).map(|name| json!([name])));
    leaves.extend([json!(1_000_000), json!({})]);
    leaves.extend(vocabulary.numbers.iter().take(MAX_STRINGS / 2).map(|number| json!(number)));
    leaves
}
