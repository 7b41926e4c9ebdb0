//! Gatekeeper's test suites (`kind: Suite`, as `gator verify` runs them,
//! <https://open-policy-agent.github.io/gatekeeper/website/docs/gator>): each case gives an object to a template with
//! one constraint and says which violations it must have.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::files::read_files;
use super::gatekeeper::Tested;
use super::machine::Isolation;
use super::testing::{TestOutcome, TestResult, Why};
use crate::source::{Node, yaml};

#[derive(Debug, Deserialize)]
struct Suite {
    #[serde(default)]
    skip: bool,
    #[serde(default)]
    tests: Vec<Test>,
}

/// One template with one constraint.
#[derive(Debug, Deserialize)]
struct Test {
    name: String,
    template: String,
    constraint: String,
    #[serde(default)]
    skip: bool,
    #[serde(default)]
    cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    object: String,
    #[serde(default)]
    inventory: Vec<String>,
    #[serde(default)]
    skip: bool,
    #[serde(default)]
    assertions: Vec<Assertion>,
}

/// How many violations there must be: a number, `yes` (at least one, the default) or `no`; with a
/// message, of those whose text it matches.
#[derive(Debug, Deserialize)]
struct Assertion {
    violations: Option<Json>,
    message: Option<String>,
}

/// Runs every suite of a folder.
///
/// # Errors
/// The folder cannot be read.
pub fn run(root: &Path, isolation: &Isolation) -> Result<Vec<TestResult>, String> {
    let mut files = Vec::new();
    read_files(root, &["yaml", "yml"], &mut files)?;
    let mut results = Vec::new();
    for (name, text) in files.iter().filter(|(_, text)| text.contains("test.gatekeeper.sh/")) {
        let folder = Folder { root, own: Path::new(name).parent().unwrap_or(root) };
        for document in documents(name, text).unwrap_or_default() {
            if document.get("kind").and_then(Json::as_str) == Some("Suite") {
                suite(name, document, &folder, isolation, &mut results);
            }
        }
    }
    Ok(results)
}

fn suite(file: &str, document: Json, folder: &Folder, isolation: &Isolation, results: &mut Vec<TestResult>) {
    let mut put = |name: String, outcome| {
        results.push(TestResult::of_file(file, name, outcome));
    };
    let suite: Suite = match serde_json::from_value(document) {
        Ok(suite) => suite,
        Err(error) => return put("Suite".to_owned(), TestOutcome::Error(error.to_string())),
    };
    for test in suite.tests {
        let tested = folder.one(&test.template).and_then(|template| {
            let constraint = folder.one(&test.constraint)?;
            let tested = Tested::new((&test.template, &template), (&test.constraint, &constraint), isolation);
            tested.map_err(|refusal| refusal.to_string())
        });
        for case in test.cases {
            let outcome = if suite.skip || test.skip || case.skip {
                TestOutcome::Skipped
            } else {
                match tested
                    .as_ref()
                    .map_err(Clone::clone)
                    .and_then(|tested| passes(&case, tested, folder, isolation))
                {
                    Ok(None) => TestOutcome::Passed,
                    Ok(Some(why)) => TestOutcome::Failed(Some(Why { line: 0, statement: why, sides: None })),
                    Err(reason) => TestOutcome::Error(reason),
                }
            };
            put(format!("{}/{}", test.name, case.name), outcome);
        }
    }
}

/// The first assertion that does not hold, in words.
fn passes(
    case: &Case,
    tested: &Tested,
    folder: &Folder,
    isolation: &Isolation,
) -> Result<Option<String>, String> {
    let objects = case.inventory.iter().map(|file| folder.all(file)).collect::<Result<Vec<_>, _>>()?;
    let objects: Vec<Json> = objects.into_iter().flatten().collect();
    let review = review(&folder.one(&case.object)?, &objects);
    let found = tested.violations(&review, &inventory(&objects), isolation);
    let found = found.map_err(|refusal| refusal.to_string())?;
    if case.assertions.is_empty() {
        return Err(format!("{}: no assertion", case.name));
    }
    for assertion in &case.assertions {
        let pattern = assertion.message.as_deref().unwrap_or("");
        let pattern = regex::Regex::new(pattern).map_err(|error| format!("message: {error}"))?;
        let count = found.iter().filter(|message| pattern.is_match(message)).count();
        let holds = match &assertion.violations {
            Some(Json::Number(want)) => want.as_u64() == Some(count as u64),
            Some(Json::Bool(false)) => count == 0,
            Some(Json::String(word)) if word == "no" => count == 0,
            None | Some(Json::Bool(true)) => count > 0,
            Some(Json::String(word)) if word == "yes" => count > 0,
            Some(other) => return Err(format!("violations: {other}: a number, yes or no")),
        };
        if !holds {
            let wanted = assertion.violations.as_ref().map_or("yes".to_owned(), Json::to_string);
            return Ok(Some(format!("violations: {wanted} wanted, {count} found: {}", found.join("; "))));
        }
    }
    Ok(None)
}

/// What the admission webhook would be asked about the object; a review is taken as it is.
fn review(object: &Json, cluster: &[Json]) -> Json {
    let text = |json: &Json, pointer: &str| {
        json.pointer(pointer).and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    if text(object, "/kind") == "AdmissionReview" {
        return object.get("request").cloned().unwrap_or_default();
    }
    let api_version = text(object, "/apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    let namespace = text(object, "/metadata/namespace");
    let mut review = json!({
        "kind": {"group": group, "version": version, "kind": text(object, "/kind")},
        "name": text(object, "/metadata/name"),
        "operation": "CREATE",
        "object": object,
    });
    if let Some(map) = review.as_object_mut().filter(|_| !namespace.is_empty()) {
        let declared = cluster
            .iter()
            .find(|other| text(other, "/kind") == "Namespace" && text(other, "/metadata/name") == namespace);
        map.extend(declared.map(|found| ("namespaceObject".to_owned(), found.clone())));
        map.insert("namespace".to_owned(), Json::String(namespace));
    }
    review
}

/// `data.inventory` as Gatekeeper fills it: by namespace (or `cluster`), API version, kind and name.
fn inventory(objects: &[Json]) -> Json {
    let mut inventory = json!({"cluster": {}, "namespace": {}});
    for object in objects {
        let text = |pointer: &str| object.pointer(pointer).and_then(Json::as_str);
        let (Some(version), Some(kind), Some(name)) =
            (text("/apiVersion"), text("/kind"), text("/metadata/name"))
        else {
            continue;
        };
        let steps = match text("/metadata/namespace") {
            Some(namespace) => vec!["namespace", namespace, version, kind],
            None => vec!["cluster", version, kind],
        };
        let mut place = Some(&mut inventory);
        for step in steps {
            place = place
                .and_then(Json::as_object_mut)
                .map(|map| map.entry(step.to_owned()).or_insert_with(|| json!({})));
        }
        if let Some(map) = place.and_then(Json::as_object_mut) {
            map.insert(name.to_owned(), object.clone());
        }
    }
    inventory
}

/// Where the files of a suite are looked for.
struct Folder<'a> {
    root: &'a Path,
    own: &'a Path,
}

impl Folder<'_> {
    /// The documents of a file that a suite names; it must lie below the folder that is tested.
    fn all(&self, name: &str) -> Result<Vec<Json>, String> {
        let real = |path: PathBuf| {
            path.canonicalize().map_err(|error| format!("cannot read {}: {error}", path.display()))
        };
        let (path, root) = (real(self.own.join(name))?, real(self.root.to_owned())?);
        if !path.starts_with(&root) {
            return Err(format!("{name} lies outside {}", self.root.display()));
        }
        let mut files = Vec::new();
        read_files(&path, &["yaml", "yml", "json"], &mut files)?;
        let (_, text) = files.first().ok_or_else(|| format!("{name} is no YAML file"))?;
        documents(name, text)
    }

    fn one(&self, name: &str) -> Result<Json, String> {
        self.all(name)?.into_iter().next().ok_or_else(|| format!("{name} is empty"))
    }
}

fn documents(name: &str, text: &str) -> Result<Vec<Json>, String> {
    let (documents, error) = yaml::parse(text);
    match error {
        Some(error) => Err(format!("{name}:{}: {}", error.line, error.reason)),
        None => Ok(documents.iter().map(Node::to_json).filter(|json| !json.is_null()).collect()),
    }
}
