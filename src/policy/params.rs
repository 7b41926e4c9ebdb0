//! Parameters: thresholds and lists of the embedded policies, and what a repository says in their place.
//!
//! `policies/params/*.yaml` hold the defaults, `params:` of the audited `.probity/config.yaml` overrides them: a
//! value or a list replaces the default, mappings are merged key by key. What cannot be used is reported
//! with its line, and the default counts: a mistyped threshold must not silently switch a check off.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};

use super::embedded;
use crate::model::{Unread, nearest};
use crate::source::{Document, Node};

/// The file of a repository that overrides parameters.
pub const CONFIG: &str = ".probity/config.yaml";

/// A list of more elements than this is none that anybody wrote.
const MAX_ELEMENTS: usize = 10_000;
/// How many characters of a mistyped name are repeated.
const MAX_NAME: usize = 64;

/// What a repository says of parameters, as far as it can be used: whole values, merged with the defaults.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params(BTreeMap<String, Json>);

impl Params {
    /// The overrides among the documents of an audit, and what of them cannot be used.
    pub fn of<'d>(documents: impl IntoIterator<Item = &'d Document>) -> (Self, Vec<Unread>) {
        let mut found = BTreeMap::new();
        let mut unread = Vec::new();
        let config = documents.into_iter().find(|document| document.path == CONFIG);
        for (document, root) in config.into_iter().flat_map(|d| d.values.iter().map(move |root| (d, root))) {
            let Some(params) = root.get("params").filter(|params| !params.to_json().is_null()) else {
                continue;
            };
            let mut tell = |node: &Node, reason: String| {
                let line = Some(document.text.position(node.span.start).line);
                unread.push(Unread { path: document.path.clone(), line, reason });
            };
            if kind(&params.to_json()) != "a mapping" {
                tell(params, "params: must be a mapping from names to values".to_owned());
                continue;
            }
            for entry in params.entries() {
                let name = entry.key.as_str();
                let Some(default) = defaults().get(name) else {
                    let short: String = name.chars().take(MAX_NAME).collect();
                    let meant = nearest(&short, defaults().keys().map(String::as_str));
                    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
                    tell(&entry.node, format!("params: `{short}` is no parameter{meant}"));
                    continue;
                };
                let mut value = default.clone();
                if merge(name, &mut value, default, &entry.node, &mut tell) {
                    found.insert(name.to_owned(), value);
                }
            }
        }
        (Self(found), unread)
    }

    /// The value that counts; `null` where there is no parameter of that name.
    pub fn value(&self, name: &str) -> Json {
        self.0.get(name).or_else(|| defaults().get(name)).cloned().unwrap_or_default()
    }

    /// Does it say anything of one of these?
    pub fn touches<'n>(&self, names: impl IntoIterator<Item = &'n String>) -> bool {
        names.into_iter().any(|name| self.0.contains_key(name))
    }

    /// All parameters as policies see them: `data` with the overrides in their places.
    pub(super) fn over(&self, data: &Json) -> Json {
        let mut data = data.clone();
        if let Some(Json::Object(params)) = data.pointer_mut("/probity/params") {
            params.extend(self.0.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        data
    }

    /// Equal for equal overrides of these parameters.
    pub(super) fn key<'n>(&self, names: impl IntoIterator<Item = &'n String>) -> String {
        let mine: BTreeMap<_, _> = names.into_iter().filter_map(|name| self.0.get_key_value(name)).collect();
        json!(mine).to_string()
    }
}

/// Puts what a repository says into a default. Gives whether any of it can be used.
fn merge(
    path: &str,
    value: &mut Json,
    default: &Json,
    node: &Node,
    tell: &mut dyn FnMut(&Node, String),
) -> bool {
    let said = node.to_json();
    let (want, have) = (kind(default), kind(&said));
    // A default of null stands for "none": anything may take its place.
    if want != have && !default.is_null() || node.is_unknown() {
        tell(node, format!("params: `{path}` must be {want}, not {have}; the default counts"));
        return false;
    }
    match (default, &said) {
        (Json::Object(known), Json::Object(_)) => {
            let mut used = false;
            for entry in node.entries() {
                let below = format!("{path}.{}", entry.key.chars().take(MAX_NAME).collect::<String>());
                let Json::Object(map) = &mut *value else { return used };
                if let Some(default) = known.get(&entry.key) {
                    let slot = map.entry(entry.key.clone()).or_insert_with(|| default.clone());
                    used |= merge(&below, slot, default, &entry.node, tell);
                    continue;
                }
                // A mapping may have more entries than the defaults: thresholds of other metrics.
                let sample = known.values().next().filter(|_| same_kinds(known));
                let json = entry.node.to_json();
                if let Some(sample) = sample.filter(|sample| kind(sample) != kind(&json)) {
                    tell(&entry.node, format!("params: `{below}` must be {}", kind(sample)));
                    continue;
                }
                map.insert(entry.key.clone(), json);
                used = true;
            }
            // An empty mapping is a value of its own only where the default is one.
            used
        }
        (Json::Array(known), Json::Array(items)) => {
            if items.len() > MAX_ELEMENTS {
                tell(
                    node,
                    format!("params: `{path}` has more than {MAX_ELEMENTS} elements; the default counts"),
                );
                return false;
            }
            let sample =
                known.first().map(kind).filter(|first| known.iter().all(|item| kind(item) == *first));
            let odd =
                node.items().iter().zip(items).find(|(_, item)| sample.is_some_and(|s| s != kind(item)));
            if let (Some((odd, item)), Some(sample)) = (odd, sample) {
                tell(
                    odd,
                    format!(
                        "params: each element of `{path}` must be {sample}, not {}; the default counts",
                        kind(item)
                    ),
                );
                return false;
            }
            *value = said;
            true
        }
        _ => {
            *value = said;
            true
        }
    }
}

fn same_kinds(map: &Map<String, Json>) -> bool {
    let mut kinds = map.values().map(kind);
    let first = kinds.next();
    kinds.all(|kind| Some(kind) == first)
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "a mapping",
    }
}

/// `policies/params/*.yaml`: thresholds and lists, a file for each area, as `data` of policies.
pub(super) fn params() -> Json {
    json!({"probity": {"params": defaults()}})
}

/// The names of all parameters.
pub(super) fn names() -> impl Iterator<Item = String> {
    defaults().keys().cloned()
}

/// All parameters with their defaults.
pub fn defaults() -> &'static Map<String, Json> {
    static DEFAULTS: LazyLock<Map<String, Json>> = LazyLock::new(|| {
        let files = embedded::DATA.iter().filter(|(name, _)| name.starts_with("policies/params/"));
        let files = files.filter_map(|(name, _)| embedded::data::<Json>(name));
        // Of a parameter that two files set, the last counts.
        let params = files.filter_map(|mut file| match file.pointer_mut("/probity/params")?.take() {
            Json::Object(params) => Some(params),
            _ => None,
        });
        params.flatten().collect()
    });
    &DEFAULTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Kind, read};

    #[test]
    fn mappings_are_merged_and_all_else_is_replaced() {
        let default = json!({"a": {"max": 0.1, "min": 0}, "b": {"max": 0.2, "min": 0}});
        let case = |text: &str| {
            let document = read(CONFIG, Kind::Yaml, text.as_bytes().to_vec(), false).document.unwrap();
            let mut value = default.clone();
            let mut told = Vec::new();
            merge("p", &mut value, &default, &document.values[0], &mut |_, reason| told.push(reason));
            (value, told)
        };
        let (value, told) = case("a: {max: 0.05}\nc: {max: 1, min: 0}\n");
        assert_eq!(
            value,
            json!({"a": {"max": 0.05, "min": 0}, "b": {"max": 0.2, "min": 0}, "c": {"max": 1, "min": 0}})
        );
        assert!(told.is_empty());
        let (value, told) = case("a: {max: high}\nc: 1\n");
        assert_eq!((value, told.len()), (default.clone(), 2), "{told:?}");
    }
}
