//! What of a policy the audited repository may set, and the digest that tells one set of values from another.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use super::Policy;
use crate::model::{Digest, canonical_json};
use crate::policy::ast::RegoFile;
use crate::policy::params;

/// The parameters that a policy reads, and the policy as it is with other values for them.
#[derive(Default)]
pub(super) struct Parameters {
    pub names: BTreeSet<String>,
    /// SHA-256 of the files that it is evaluated with, for its digest.
    pub modules: BTreeMap<String, String>,
    /// What it reads of the data that the user gives, by path.
    pub given: Json,
    pub data: Arc<Json>,
    pub known: Mutex<HashMap<String, Policy>>,
}

/// So many sets of values are remembered: history changes them rarely.
pub(super) const MAX_KNOWN: usize = 32;

/// SHA-256 of RFC 8785 JSON `{"modules": {name: hex}, "params": {...}}`, with `"data": {path: ...}` where it reads
/// some that the user gives.
pub(in crate::policy) fn policy_digest(files: &[&RegoFile], params: &Json) -> Digest {
    let hashes = files.iter().map(|file| (file.name.as_str(), Digest::of(file.text.as_bytes()).hex()));
    digest_of(&hashes.collect(), params, &Json::Null)
}

pub(super) fn digest_of(hashes: &BTreeMap<&str, String>, params: &Json, given: &Json) -> Digest {
    let mut value = json!({"modules": hashes, "params": params});
    if let (Some(value), Json::Object(_)) = (value.as_object_mut(), given) {
        value.insert("data".to_owned(), given.clone());
    }
    Digest::of(canonical_json(&value).unwrap_or_else(|| value.to_string()).as_bytes())
}

/// The values of some parameters.
pub(super) fn values_of(names: &BTreeSet<String>, data: &Json) -> Json {
    let all = data.pointer("/probity/params");
    let values: BTreeMap<&str, &Json> =
        names.iter().filter_map(|name| Some((name.as_str(), all?.get(name)?))).collect();
    json!(values)
}

/// What some data has at a path that a rule names, or at the longest part of it.
fn given_at<'d>(path: &str, data: &'d Json) -> Option<&'d Json> {
    let rest = path.strip_prefix("data")?;
    let mut found = (rest.is_empty() && *data != json!({})).then_some(data);
    let mut at = data;
    for step in rest.split('.').skip(1) {
        let Some(below) = at.get(step) else { break };
        (at, found) = (below, Some(below));
    }
    found
}

impl Parameters {
    /// Those that a policy of the user's declares or reads.
    pub fn of(declared: &[String], used: &[&RegoFile], (data, given): (&Arc<Json>, &Json)) -> Self {
        let paths = || used.iter().flat_map(|file| &file.module.rules).flat_map(|rule| &rule.uses);
        let mut names: BTreeSet<String> = declared.iter().cloned().collect();
        for path in paths() {
            if "data.probity.params".starts_with(path.as_str()) {
                names.extend(params::names());
            } else if let Some(path) = path.strip_prefix("data.probity.params.") {
                names.extend(path.split('.').next().map(str::to_owned));
            }
        }
        let modules =
            used.iter().map(|file| (file.name.clone(), Digest::of(file.text.as_bytes()).hex())).collect();
        let given: serde_json::Map<String, Json> =
            paths().filter_map(|path| Some((path.clone(), given_at(path, given)?.clone()))).collect();
        let given = if given.is_empty() { Json::Null } else { Json::Object(given) };
        Self { names, modules, given, data: data.clone(), known: Mutex::default() }
    }

    pub fn digest(&self) -> Digest {
        let modules = self.modules.iter().map(|(name, hash)| (name.as_str(), hash.clone())).collect();
        digest_of(&modules, &self.values(), &self.given)
    }

    pub fn values(&self) -> Json {
        values_of(&self.names, &self.data)
    }
}
