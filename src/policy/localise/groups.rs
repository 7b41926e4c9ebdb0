//! The resources of an input, and the few of them that a finding needs.
//!
//! An input may hold thousands of resources; a finding hangs on one or two. `QuickXplain` (Junker 2004) finds a
//! minimal set with few questions, and one question is enough where the message names the resource.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::edit::{below, get, key, put, remove};
use super::{Oracle, Path};
use crate::source::Step;

/// Blocks of Terraform with two labels, and with one.
const TWO_LABELS: [&str; 2] = ["resource", "data"];
const ONE_LABEL: [&str; 4] = ["module", "provider", "variable", "output"];
const CLOUDFORMATION: [&str; 5] = ["Resources", "Parameters", "Outputs", "Mappings", "Conditions"];
/// Resources that a message names are tried alone, so many of them.
const MAX_NAMED: usize = 8;

/// One resource: its name, and every place in the input where a part of it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub name: String,
    pub paths: Vec<Path>,
}

/// The input without the resources that do not matter.
pub struct Subject {
    pub input: Json,
    /// The resources that the finding needs, the one it is about first.
    pub members: Vec<Group>,
    /// There were resources, and the finding needs none of them: it is about the file.
    pub of_file: bool,
}

impl Subject {
    /// Where edits begin: the members, else the whole input.
    pub fn roots(&self) -> Vec<Path> {
        if self.members.is_empty() {
            return vec![Vec::new()];
        }
        self.members.iter().flat_map(|member| member.paths.iter().cloned()).collect()
    }
}

pub fn reduce(input: &Json, message: &str, oracle: &mut Oracle<'_>) -> Subject {
    let outer = groups(input, &[]);
    let (input, members) = needed(input, outer.clone(), message, oracle);
    // Entries of `--combine` hold resources themselves.
    let inner: Vec<Group> = members
        .iter()
        .flat_map(|member| &member.paths)
        .filter_map(|path| Some((below(path, key("contents")), get(&input, path)?.get("contents")?)))
        .flat_map(|(path, contents)| groups(contents, &path))
        .collect();
    let of_file = !outer.is_empty() && members.is_empty();
    if inner.is_empty() {
        return Subject { input, members, of_file };
    }
    let (reduced, needed) = needed(&input, inner, message, oracle);
    // What does not lie in a resource is about the whole entry.
    let members = if needed.is_empty() { members } else { needed };
    Subject { input: reduced, members, of_file }
}

/// The resources of a value that stands at `at`.
fn groups(value: &Json, at: &[Step]) -> Vec<Group> {
    let one = |name: &str, steps: &[Step]| Group { name: name.to_owned(), paths: vec![[at, steps].concat()] };
    if let Some(entries) = value.as_array() {
        let is_combined = entries.iter().all(|e| e.get("path").is_some() && e.get("contents").is_some());
        let entries = entries.iter().enumerate().filter(|_| is_combined);
        let name = |entry: &Json| {
            let of_object = entry.pointer("/contents/metadata/name").and_then(Json::as_str);
            of_object.or(entry.get("path").and_then(Json::as_str)).unwrap_or("").to_owned()
        };
        return entries.map(|(index, entry)| one(&name(entry), &[Step::Index(index)])).collect();
    }
    let Some(map) = value.as_object() else { return Vec::new() };
    if ["resource_changes", "planned_values", "configuration"].iter().any(|part| map.contains_key(*part)) {
        return of_plan(value, at);
    }
    let typed = |member: &Json| member.get("Type").is_some_and(Json::is_string);
    if map.get("Resources").and_then(Json::as_object).is_some_and(|all| all.values().any(typed)) {
        let parts = CLOUDFORMATION.iter().filter_map(|part| Some((part, map.get(*part)?.as_object()?)));
        return parts
            .flat_map(|(part, members)| members.keys().map(move |name| (part, name)))
            .map(|(part, name)| one(name, &[key(part), key(name)]))
            .collect();
    }
    if let Some(items) = map.get("items").and_then(Json::as_array).filter(|_| map.contains_key("kind")) {
        let name =
            |item: &Json| item.pointer("/metadata/name").and_then(Json::as_str).unwrap_or("").to_owned();
        let items = items.iter().enumerate();
        return items.map(|(at, item)| one(&name(item), &[key("items"), Step::Index(at)])).collect();
    }
    if map.contains_key("kind") && map.contains_key("apiVersion") {
        return Vec::new();
    }
    let listed = listed(map, at);
    if listed.is_empty() { of_terraform(map, at) } else { listed }
}

/// Probity's own facts: lists of things with a subject.
fn listed(map: &Map<String, Json>, at: &[Step]) -> Vec<Group> {
    let mut found = Vec::new();
    for (part, value) in map {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            let subject = item.get("subject").or_else(|| item.get("id")).and_then(Json::as_str);
            let Some(subject) = subject else { continue };
            let name = item.get("address").and_then(Json::as_str).unwrap_or(subject);
            let path = [at, &[key(part), Step::Index(index)]].concat();
            found.push(Group { name: name.to_owned(), paths: vec![path] });
        }
    }
    found
}

fn of_terraform(map: &Map<String, Json>, at: &[Step]) -> Vec<Group> {
    let mut found = Vec::new();
    for (part, value) in map {
        let Some(members) = value.as_object() else { continue };
        let two = TWO_LABELS.contains(&part.as_str());
        if !two && !ONE_LABEL.contains(&part.as_str()) {
            continue;
        }
        for (first, value) in members {
            let path = [at, &[key(part), key(first)]].concat();
            match value.as_object().filter(|_| two) {
                Some(named) => found.extend(named.keys().map(|name| Group {
                    name: format!("{first}.{name}"),
                    paths: vec![below(&path, key(name))],
                })),
                None => found.push(Group { name: first.clone(), paths: vec![path] }),
            }
        }
    }
    found
}

/// A resource of a plan stands in up to three places.
fn of_plan(plan: &Json, at: &[Step]) -> Vec<Group> {
    let mut found: BTreeMap<String, Group> = BTreeMap::new();
    let mut add = |address: &str, path: Path| {
        let name = address.to_owned();
        found.entry(name.clone()).or_insert_with(|| Group { name, paths: Vec::new() }).paths.push(path);
    };
    let changes = plan.get("resource_changes").and_then(Json::as_array);
    for (index, change) in changes.into_iter().flatten().enumerate() {
        if let Some(address) = change.get("address").and_then(Json::as_str) {
            add(address, [at, &[key("resource_changes"), Step::Index(index)]].concat());
        }
    }
    for (part, module) in [("planned_values", "root_module"), ("configuration", "root_module")] {
        if let Some(root) = plan.get(part).and_then(|part| part.get(module)) {
            of_module(root, &[at, &[key(part), key(module)]].concat(), "", &mut add);
        }
    }
    for part in ["variables", "outputs"] {
        for name in plan.get(part).and_then(Json::as_object).into_iter().flat_map(Map::keys) {
            add(name, [at, &[key(part), key(name)]].concat());
        }
    }
    let providers = plan.pointer("/configuration/provider_config").and_then(Json::as_object);
    for name in providers.into_iter().flat_map(Map::keys) {
        add(name, [at, &[key("configuration"), key("provider_config"), key(name)]].concat());
    }
    found.into_values().collect()
}

fn of_module(module: &Json, path: &[Step], prefix: &str, add: &mut dyn FnMut(&str, Path)) {
    let resources = module.get("resources").and_then(Json::as_array);
    for (index, resource) in resources.into_iter().flatten().enumerate() {
        if let Some(address) = resource.get("address").and_then(Json::as_str) {
            let path = [path, &[key("resources"), Step::Index(index)]].concat();
            add(&format!("{prefix}{address}"), path);
        }
    }
    let children = module.get("child_modules").and_then(Json::as_array);
    for (index, child) in children.into_iter().flatten().enumerate() {
        of_module(child, &[path, &[key("child_modules"), Step::Index(index)]].concat(), prefix, add);
    }
    for (name, call) in module.get("module_calls").and_then(Json::as_object).into_iter().flatten() {
        let at = [path, &[key("module_calls"), key(name)]].concat();
        add(&format!("{prefix}module.{name}"), at.clone());
        if let Some(inner) = call.get("module") {
            of_module(inner, &below(&at, key("module")), &format!("{prefix}module.{name}."), add);
        }
    }
}

/// The input with the resources that the finding needs, and those.
fn needed(input: &Json, all: Vec<Group>, message: &str, oracle: &mut Oracle<'_>) -> (Json, Vec<Group>) {
    if all.is_empty() {
        return (input.clone(), all);
    }
    let mut bare = input.clone();
    for path in all.iter().flat_map(|group| &group.paths) {
        clear(&mut bare, path);
    }
    let only = |kept: &[usize]| -> Json {
        let mut reduced = bare.clone();
        // In order: a group may stand within another.
        for path in kept.iter().filter_map(|at| all.get(*at)).flat_map(|group| &group.paths) {
            if let Some(value) = get(input, path) {
                put(&mut reduced, path, value.clone());
            }
        }
        reduced
    };
    let of = |kept: &[usize]| -> Vec<Group> { kept.iter().filter_map(|at| all.get(*at)).cloned().collect() };
    if oracle.persists(&bare) {
        return (bare, Vec::new());
    }
    for named in named_in(message, &all) {
        let reduced = only(&[named]);
        if oracle.persists(&reduced) {
            return (reduced, of(&[named]));
        }
    }
    let everything: Vec<usize> = (0..all.len()).collect();
    let mut kept = explain(&[], &everything, false, &mut |kept| oracle.persists(&only(kept)));
    // The one that the message names is what the finding is about.
    let rank = |at: &usize| all.get(*at).map_or(0, |group| name_in(message, &group.name));
    kept.sort_by_key(|at| (std::cmp::Reverse(rank(at)), *at));
    (only(&kept), of(&kept))
}

/// Members of maps go; elements of lists become empty, since the others are known by their index.
fn clear(json: &mut Json, path: &[Step]) {
    remove(json, path);
}

/// `QuickXplain`: a minimal part of `candidates` with which, together with `background`, `holds` is true.
fn explain(
    background: &[usize],
    candidates: &[usize],
    fresh: bool,
    holds: &mut dyn FnMut(&[usize]) -> bool,
) -> Vec<usize> {
    if fresh && holds(background) {
        return Vec::new();
    }
    if candidates.len() <= 1 {
        return candidates.to_vec();
    }
    let (left, right) = candidates.split_at(candidates.len() / 2);
    let with_left = [background, left].concat();
    let of_right = explain(&with_left, right, true, holds);
    let with_right = [background, of_right.as_slice()].concat();
    let of_left = explain(&with_right, left, !of_right.is_empty(), holds);
    [of_left, of_right].concat()
}

/// How much of a message a name covers; 0 when it does not stand there as a word of its own.
pub fn name_in(message: &str, name: &str) -> usize {
    // `type.name` counts whole, else by its last part.
    let last = name.rsplit(['.', '/']).next().unwrap_or(name);
    [name, last].into_iter().find(|text| stands_in(message, text)).map_or(0, str::len)
}

/// Does a text stand in another, not as a part of a longer word?
pub fn stands_in(message: &str, text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    !text.is_empty()
        && message.match_indices(text).any(|(at, _)| {
            let before = message.get(..at).and_then(|front| front.chars().next_back());
            let after = message.get(at + text.len()..).and_then(|rest| rest.chars().next());
            let open = |edge: Option<char>, inner: Option<char>| {
                !(edge.is_some_and(is_word) && inner.is_some_and(is_word))
            };
            open(before, text.chars().next()) && open(after, text.chars().next_back())
        })
}

fn named_in(message: &str, groups: &[Group]) -> Vec<usize> {
    let mut named: Vec<(usize, usize)> = groups
        .iter()
        .enumerate()
        .map(|(at, group)| (name_in(message, &group.name), at))
        .filter(|(length, _)| *length > 0)
        .collect();
    named.sort_by_key(|(length, at)| (std::cmp::Reverse(*length), *at));
    named.into_iter().map(|(_, at)| at).take(MAX_NAMED).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_minimal_set_is_found() {
        for wanted in [vec![3], vec![0, 9], vec![2, 3, 7], vec![]] {
            let mut asked = 0;
            let all: Vec<usize> = (0..10).collect();
            let mut found = explain(&[], &all, true, &mut |kept| {
                asked += 1;
                wanted.iter().all(|want| kept.contains(want))
            });
            found.sort_unstable();
            assert_eq!(found, wanted);
            assert!(asked < 30, "{asked}");
        }
    }

    #[test]
    fn resources_of_every_shape() {
        let names = |value: &Json| groups(value, &[]).into_iter().map(|group| group.name).collect::<Vec<_>>();
        let terraform =
            json!({"resource": {"a_b": {"x": [{}], "y": [{}]}}, "provider": {"p": [{}]}, "locals": [{}]});
        assert_eq!(names(&terraform), ["p", "a_b.x", "a_b.y"]);
        assert_eq!(names(&json!({"Resources": {"A": {"Type": "t"}}, "Parameters": {"P": {}}})), ["A", "P"]);
        assert_eq!(names(&json!({"apiVersion": "v1", "kind": "Pod", "resources": [{"id": "x"}]})), [""; 0]);
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [{"metadata": {"name": "n"}}]});
        assert_eq!(names(&list), ["n"]);
        let plan = json!({
            "resource_changes": [{"address": "a.b"}],
            "planned_values": {"root_module": {"resources": [{"address": "a.b"}]}},
            "configuration": {"root_module": {"module_calls": {"m": {"module": {"resources": [{"address": "c.d"}]}}}}},
        });
        let found = groups(&plan, &[]);
        assert_eq!(
            found.iter().map(|g| (g.name.as_str(), g.paths.len())).collect::<Vec<_>>(),
            [("a.b", 2), ("module.m", 1), ("module.m.c.d", 1),]
        );
    }

    #[test]
    fn names_are_words() {
        assert!(stands_in("bucket logs is public", "logs"));
        assert!(!stands_in("bucket mylogs is public", "logs"));
        assert!(stands_in("`aws_s3_bucket.logs`", "aws_s3_bucket.logs"));
        assert_eq!(name_in("aws_s3_bucket logs", "aws_s3_bucket.logs"), 4);
    }
}
