//! Runs Rego unit tests, as `opa test` does: every rule named `test_*` must be true, `todo_test_*` waits.
//!
//! ```text
//!   folder ──> suite: files, data ──> run each test ──> results ──> why it failed
//!                                          └──> lines that were evaluated (coverage)
//! ```
//! Tests use `with`, which only the interpreter knows; so they run where audits run: those of a folder in a worker.

mod cases;
mod coverage;
mod why;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::ast::RegoFile;
use super::data::{self, TestData};
use super::files::read_rego;
use super::guard::Graph;
use super::machine::{self, Isolation};
use super::outline::without_imports;
use super::params::params;
use super::refusal::Refusal;
use super::{embedded, suite};

pub use coverage::{FileCoverage, percentage};
pub use why::Why;

/// How to run a suite.
#[derive(Debug, Default)]
pub struct TestOptions {
    /// Only tests whose path (`data.probity.net_001_test.test_open`) it matches.
    pub run: Option<Regex>,
    /// Also say which lines were evaluated.
    pub coverage: bool,
}

/// How one test ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TestOutcome {
    Passed,
    /// False or undefined; where, if that can be told.
    Failed(Option<Why>),
    /// Named `todo_test_*`.
    Skipped,
    Error(String),
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    pub file: String,
    /// Where the rule begins, from 1; 0 when the whole file is meant.
    pub line: u32,
    /// `data.probity.net_001_test.test_open`
    pub name: String,
    pub outcome: TestOutcome,
    pub took: Duration,
}

impl TestResult {
    /// One that is not about a rule.
    pub(super) fn of_file(file: &str, name: String, outcome: TestOutcome) -> Self {
        Self { file: file.to_owned(), line: 0, name, outcome, took: Duration::ZERO }
    }
}

/// A rule that no test uses, directly or through others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Untested {
    pub file: String,
    pub line: u32,
    pub name: String,
}

/// What a run has to say.
#[derive(Debug, Default)]
pub struct TestReport {
    pub results: Vec<TestResult>,
    pub untested: Vec<Untested>,
    /// Of every file that is no test, when it was asked for.
    pub coverage: Option<Vec<FileCoverage>>,
}

/// Files that are tested together, and their data.
pub struct TestSuite {
    files: Vec<RegoFile>,
    data: Json,
    /// Files that do not parse, each a result of its own, and the results of Gatekeeper's suites.
    others: Vec<TestResult>,
    whole: bool,
    isolation: Isolation,
}

/// Told of a run: a test begins, or has ended.
pub(super) enum Step {
    Begins,
    Ended(TestResult),
}

impl TestSuite {
    /// The embedded policies.
    pub fn builtin() -> Self {
        let files = embedded::FILES
            .iter()
            .filter(|(name, _)| Path::new(name).extension().is_some_and(|end| end == "rego"));
        let files = files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Self::new(files.collect(), params(), Isolation::InProcess)
    }

    /// The Rego of a folder or file, with the data files beside it and the data that is `given`; Gatekeeper's
    /// suites in it are run.
    ///
    /// # Errors
    /// The folder cannot be read or holds nothing to test; a data file cannot be read.
    pub fn load(path: &Path, given: &Json, isolation: &Isolation) -> Result<Self, String> {
        let mut files = Vec::new();
        read_rego(path, &mut files)?;
        let suites = suite::run(path, isolation)?;
        if files.is_empty() && suites.is_empty() {
            return Err(format!("no .rego file and no Gatekeeper suite in {}", path.display()));
        }
        let TestData { mut value, conflicts } = data::beside_tests(path)?;
        data::overlay(&mut value, given);
        let mut loaded = Self::new(files, value, isolation.clone());
        loaded.others.extend(suites);
        let rules = || loaded.files.iter().flat_map(|file| &file.module.rules);
        let read = |at: &str| rules().flat_map(|rule| &rule.uses).any(|used| overlaps(used, at));
        match conflicts.into_iter().find(|(at, _)| read(at)) {
            Some((_, conflict)) => Err(conflict),
            None => Ok(loaded),
        }
    }

    fn new(texts: Vec<(String, String)>, data: Json, isolation: Isolation) -> Self {
        let (mut files, mut others) = (Vec::new(), Vec::new());
        let parsed: Vec<_> = texts.par_iter().map(|(name, text)| isolation.parse(name, text)).collect();
        for (parsed, (name, _)) in parsed.into_iter().zip(texts) {
            match parsed {
                Ok(file) => files.push(file),
                Err(refusal) => {
                    let outcome = TestOutcome::Error(refusal.to_string());
                    others.push(TestResult::of_file(&name, name.clone(), outcome));
                }
            }
        }
        let whole = others.is_empty();
        Self { files, data, others, whole, isolation }
    }

    /// Files that parse, to be tested in this process.
    pub(super) fn here(files: Vec<RegoFile>, data: Json) -> Self {
        Self { files, data, others: Vec::new(), whole: true, isolation: Isolation::InProcess }
    }

    pub(super) fn files(&self) -> &[RegoFile] {
        &self.files
    }

    pub(super) fn data(&self) -> &Json {
        &self.data
    }

    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// The same files with every imported name written out: what a test only imports, it does not evaluate. That
    /// is what coverage must not count, and most of the time that a suite takes. And with the names of the cases of
    /// each test that has some.
    pub(super) fn written_out(&self) -> Vec<RegoFile> {
        let written_out = |file: &RegoFile| without_imports(file).unwrap_or_else(|| file.clone());
        self.files.iter().map(|file| cases::with_names(written_out(file))).collect()
    }

    /// Runs the tests.
    pub fn run(&self, options: &TestOptions) -> TestReport {
        let mut results = self.others.clone();
        let mut end = match &self.isolation {
            Isolation::InProcess => self.run_here(options, 0, &mut |step| match step {
                Step::Begins => {}
                Step::Ended(result) => results.push(result),
            }),
            Isolation::Workers(pool) => {
                let planned = self.planned(options);
                pool.test((&self.files, &self.data), options, &planned, &mut results)
            }
        };
        end.results = results;
        end
    }

    /// All tests in the order in which they run, as if they were skipped.
    fn planned(&self, options: &TestOptions) -> Vec<TestResult> {
        let of_file = |file: &RegoFile| -> Vec<TestResult> {
            let tests = tests_of(file, options.run.as_ref());
            tests.iter().map(|(name, rule)| rule.result(file, name, TestOutcome::Skipped)).collect()
        };
        self.files.iter().flat_map(of_file).collect()
    }

    /// The tests from that one on, in this process.
    pub(super) fn run_here(
        &self,
        options: &TestOptions,
        from: usize,
        on: &mut dyn FnMut(Step),
    ) -> TestReport {
        let mut report = TestReport::default();
        let files = self.written_out();
        let graph = Graph::of(&files);
        let mut lines = options.coverage.then(coverage::Lines::default);
        // All files in one engine, as OPA loads them; when one cannot be compiled, each test file with
        // what it uses, so that it takes only its own tests along.
        let all = files.iter().flat_map(|file| &file.module.rules).map(|rule| rule.path.as_str());
        let whole = graph.refusal(all).is_none().then(|| self.engine(&files, options)).flatten();
        let mut before = 0;
        for file in &files {
            let all = tests_of(file, options.run.as_ref());
            let done = from.saturating_sub(before);
            before += all.len();
            if all.len() <= done {
                continue;
            }
            let tests = all.into_iter().skip(done);
            let mut own = match &whole {
                Some(engine) => Ok(engine.clone()),
                None => self.engine_of(file, &graph, options),
            };
            for (name, rule) in tests {
                on(Step::Begins);
                let begun = Instant::now();
                let outcome = match &mut own {
                    _ if rule.todo => TestOutcome::Skipped,
                    _ if rule.lines.len() > 1 => TestOutcome::Error(twice(&rule.lines)),
                    Err(reason) => TestOutcome::Error(reason.clone()),
                    Ok(engine) => evaluate(engine, name),
                };
                let took = begun.elapsed();
                let outcome = match outcome {
                    TestOutcome::Failed(None) => {
                        TestOutcome::Failed(why::first_failure(self, &file.name, name))
                    }
                    other => other,
                };
                on(Step::Ended(TestResult { took, ..rule.result(file, name, outcome) }));
            }
            if let (Some(lines), Ok(engine)) = (&mut lines, &own) {
                lines.add(engine);
            }
        }
        report.untested = untested(&files, &graph);
        report.coverage = lines.map(|lines| lines.of(&files));
        report
    }

    /// An engine that is ready to evaluate; `None` when the files do not compile together.
    fn engine(&self, files: &[RegoFile], options: &TestOptions) -> Option<regorus::Engine> {
        let mut engine = self.bare_engine(files, options).ok()?;
        // Evaluating anything compiles everything.
        engine.add_policy(READY.to_owned(), format!("package {READY}\nready := 1\n")).ok()?;
        let ready =
            catch_unwind(AssertUnwindSafe(|| engine.eval_rule(format!("data.{READY}.ready")))).ok()?;
        ready.is_ok().then_some(engine)
    }

    fn bare_engine(&self, files: &[RegoFile], options: &TestOptions) -> Result<regorus::Engine, Refusal> {
        let mut engine = machine::engine(files, &self.data)?;
        engine.set_execution_timer_config(machine::timer());
        engine.set_enable_coverage(options.coverage);
        Ok(engine)
    }

    /// An engine with the files that one test file needs.
    fn engine_of(
        &self,
        file: &RegoFile,
        graph: &Graph<'_>,
        options: &TestOptions,
    ) -> Result<regorus::Engine, String> {
        let own = || file.module.rules.iter().map(|rule| rule.path.as_str());
        if let Some(refusal) = graph.refusal(own()) {
            return Err(refusal.to_string());
        }
        let used: Vec<RegoFile> = graph.files(own()).into_iter().cloned().collect();
        self.bare_engine(&used, options).map_err(|refusal| refusal.to_string())
    }
}

/// Is one of two paths the other, or a part of it?
fn overlaps(one: &str, other: &str) -> bool {
    let within = |path: &str, whole: &str| {
        path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    within(one, other) || within(other, one)
}

pub(super) fn is_test(name: &str) -> bool {
    name.starts_with("test_") || name.starts_with("todo_test_")
}

/// A package that no policy has.
const READY: &str = "probity_ready__";

/// A test's definitions.
struct TestRule {
    todo: bool,
    lines: Vec<u32>,
}

impl TestRule {
    fn result(&self, file: &RegoFile, name: &str, outcome: TestOutcome) -> TestResult {
        let line = self.lines.first().copied().unwrap_or(0);
        TestResult { line, ..TestResult::of_file(&file.name, name.to_owned(), outcome) }
    }
}

/// The tests of a file by path, in the order of their names.
fn tests_of<'f>(file: &'f RegoFile, run: Option<&Regex>) -> BTreeMap<&'f str, TestRule> {
    let mut tests: BTreeMap<&str, TestRule> = BTreeMap::new();
    let wanted = |path: &str| run.is_none_or(|run| run.is_match(path));
    for rule in file.module.rules.iter().filter(|rule| is_test(&rule.name) && wanted(&rule.path)) {
        let todo = rule.name.starts_with("todo_");
        let test = tests.entry(&rule.path).or_insert(TestRule { todo, lines: Vec::new() });
        test.lines.push(rule.line);
    }
    tests
}

/// Two rules of one name are one rule with two ways to be true: the first to pass would hide the other.
fn twice(lines: &[u32]) -> String {
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    format!(
        "defined in lines {}: each would hide the other's failure; give them different names",
        lines.join(", ")
    )
}

pub(super) fn evaluate(engine: &mut regorus::Engine, rule: &str) -> TestOutcome {
    match catch_unwind(AssertUnwindSafe(|| engine.eval_rule(rule.to_owned()))) {
        Ok(Ok(value)) if value == regorus::Value::from(true) => TestOutcome::Passed,
        Ok(Ok(value)) if value.as_object().is_ok() => of_cases(engine, rule, &value),
        Ok(Ok(_)) => TestOutcome::Failed(None),
        Ok(Err(error)) => TestOutcome::Error(Refusal::of_engine(&error.to_string()).to_string()),
        Err(_) => TestOutcome::Error("the Rego engine panicked".to_owned()),
    }
}

fn of_cases(engine: &mut regorus::Engine, rule: &str, value: &regorus::Value) -> TestOutcome {
    let names = cases::names_of(rule).and_then(|names| {
        let names = catch_unwind(AssertUnwindSafe(|| engine.eval_rule(names))).ok()?.ok()?;
        serde_json::to_value(names).ok()
    });
    match (serde_json::to_value(value), names) {
        (Ok(value), Some(names)) => cases::outcome(&value, &names),
        _ => TestOutcome::Failed(None),
    }
}

/// Rules that no test reaches over the names that rules mention.
fn untested(files: &[RegoFile], graph: &Graph<'_>) -> Vec<Untested> {
    let rules = || files.iter().flat_map(|file| file.module.rules.iter().map(move |rule| (file, rule)));
    let tests = rules().filter(|(_, rule)| is_test(&rule.name)).map(|(_, rule)| rule.path.as_str());
    let reached = graph.reached(tests);
    let mut found: BTreeMap<&str, Untested> = BTreeMap::new();
    let own = rules().filter(|(_, rule)| !cases::is_added(&rule.name));
    for (file, rule) in own.filter(|(_, rule)| !reached.contains(rule.path.as_str())) {
        let (file, line, name) = (file.name.clone(), rule.line, rule.path.clone());
        found.entry(&rule.path).or_insert(Untested { file, line, name });
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests;
