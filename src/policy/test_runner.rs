//! Runs Rego unit tests, as `opa test` does: every rule named `test_*` must be true.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::ast::RegoFile;
use super::files::{read_files, read_rego};
use super::machine::{self, Isolation};
use super::params::{merged, params};
use super::refusal::Refusal;
use super::{embedded, guard, suite};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestOutcome {
    Passed,
    /// False or undefined.
    Failed,
    /// Named `todo_test_*`.
    Skipped,
    Error(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    pub file: String,
    /// `data.probity.net_001_test.test_open`
    pub name: String,
    pub outcome: TestOutcome,
}

/// Runs the tests of the embedded policies.
pub fn run_builtin_tests() -> Vec<TestResult> {
    let files = embedded::FILES
        .iter()
        .filter(|(name, _)| Path::new(name).extension().is_some_and(|end| end == "rego"));
    run(files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(), &params())
}

/// Runs the tests of a folder or file.
///
/// # Errors
/// The folder cannot be read, or holds no Rego.
pub fn run_tests(path: &Path) -> Result<Vec<TestResult>, String> {
    let mut files = Vec::new();
    read_rego(path, &mut files)?;
    let suites = suite::run(path, &Isolation::InProcess)?;
    if files.is_empty() && suites.is_empty() {
        return Err(format!("no .rego file and no Gatekeeper suite in {}", path.display()));
    }
    let mut params = Vec::new();
    let own = path.join("params");
    if own.is_dir() {
        read_files(&own, &["yaml"], &mut params)?;
    }
    let data = merged(params.iter().map(|(_, text)| text.as_str()));
    let mut results = run(files, &data);
    results.extend(suites);
    Ok(results)
}

fn run(files: Vec<(String, String)>, data: &serde_json::Value) -> Vec<TestResult> {
    let mut results = Vec::new();
    let mut parsed = Vec::new();
    for (name, text) in files {
        match RegoFile::parse(name.clone(), text) {
            Ok(file) => parsed.push(file),
            Err(reason) => {
                results.push(TestResult {
                    file: name.clone(),
                    name,
                    outcome: TestOutcome::Error(reason.to_string()),
                });
            }
        }
    }
    if let Some(refusal) = guard::refusal(&parsed) {
        let file = refusal.path.clone().unwrap_or_default();
        let name = refusal.construct.clone().unwrap_or_default();
        results.push(TestResult { file, name, outcome: TestOutcome::Error(refusal.to_string()) });
        return results;
    }
    let engine = match machine::engine(&parsed, data) {
        Ok(engine) => engine,
        Err(refusal) => {
            let (file, name) = (refusal.path.clone().unwrap_or_default(), String::new());
            results.push(TestResult { file, name, outcome: TestOutcome::Error(refusal.to_string()) });
            return results;
        }
    };
    for file in &parsed {
        let rules: BTreeSet<_> = file.module.rules.iter().map(|rule| (&rule.name, &rule.path)).collect();
        for (name, path) in rules {
            let outcome = if name.starts_with("todo_test_") {
                TestOutcome::Skipped
            } else if name.starts_with("test_") {
                let mut engine = engine.clone();
                match catch_unwind(AssertUnwindSafe(|| engine.eval_rule(path.clone()))) {
                    Ok(Ok(value)) if value == regorus::Value::from(true) => TestOutcome::Passed,
                    Ok(Ok(_)) => TestOutcome::Failed,
                    Ok(Err(error)) => TestOutcome::Error(Refusal::of_engine(&error.to_string()).to_string()),
                    Err(_) => TestOutcome::Error("the Rego engine panicked".to_owned()),
                }
            } else {
                continue;
            };
            results.push(TestResult { file: file.name.clone(), name: path.clone(), outcome });
        }
    }
    results
}
