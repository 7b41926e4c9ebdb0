//! Do a policy's tests notice when the policy is wrong? Each policy is changed in one place at a time, and its tests
//! are run against the change: a mutant that no test kills is a condition that nobody tests.
//!
//! ```text
//!   pb_net_001.rego ──> syntax ──> mutants (one edit each) ──┐
//!   pb_net_001_test.rego, libraries, parameters ─────────────┴──> killed, survived, invalid
//! ```
//! Invalid is a mutant that does not compile: it says nothing about the tests and is not counted.

mod edits;

use std::path::Path;

use rayon::prelude::*;

use super::TestOutcome;
use super::ast::RegoFile;
use super::guard::{self, Graph};
use super::machine::{self, Isolation};
use super::metadata::annotations;
use super::refusal::Refusal;
use super::testing::{TestSuite, evaluate, is_test};

pub use edits::{Mutant, MutantKind};

/// What became of the mutants of one policy.
#[derive(Debug, Clone)]
pub struct PolicyMutants {
    /// The id, or the file's name for a library.
    pub policy: String,
    pub file: String,
    pub killed: Vec<Mutant>,
    pub survived: Vec<Mutant>,
    /// Mutants that do not compile.
    pub invalid: usize,
    /// Why nothing was changed: its tests do not pass as they are, so they prove nothing.
    pub unusable: Option<String>,
}

impl PolicyMutants {
    /// Did the tests notice every change of that kind?
    pub fn all_killed(&self, kind: MutantKind) -> bool {
        !self.survived.iter().any(|mutant| mutant.kind == kind)
    }

    /// Do the tests hold what the verdict hangs on: each condition's sense, each attribute's name?
    pub fn held(&self) -> bool {
        self.unusable.is_none()
            && self.all_killed(MutantKind::Negated)
            && self.all_killed(MutantKind::Renamed)
    }
}

/// Changes every policy that has a test file beside it. A policy without one is named: all of its mutants would
/// survive.
///
/// # Errors
/// A file of the folder does not parse or does not load with what it uses.
pub fn mutate(path: Option<&Path>, only: Option<&str>) -> Result<Vec<PolicyMutants>, String> {
    let suite = match path {
        Some(path) => TestSuite::load(path, &serde_json::json!({}), &Isolation::InProcess)?,
        None => TestSuite::builtin(),
    };
    if !suite.is_whole() {
        return Err("a file does not parse; `probity policy test` says which".to_owned());
    }
    let subjects: Vec<(&RegoFile, String)> = suite
        .files()
        .iter()
        .filter(|file| !file.name.ends_with("_test.rego"))
        .filter_map(|file| Some((file, id_of(&suite, file)?)))
        .filter(|(_, id)| only.is_none_or(|only| id.eq_ignore_ascii_case(only)))
        .collect();
    let files = suite.written_out();
    subjects.par_iter().map(|(file, id)| of_policy(&suite, &files, file, id)).collect()
}

/// The name to report a file under; `None` for a library without tests of its own.
fn id_of(suite: &TestSuite, file: &RegoFile) -> Option<String> {
    let id = annotations(&file.text).ok().flatten().and_then(|found| found.custom.id);
    id.or_else(|| test_of(suite, file).map(|_| file.name.clone()))
}

fn test_of<'s>(suite: &'s TestSuite, file: &RegoFile) -> Option<&'s RegoFile> {
    let name = format!("{}_test.rego", file.name.strip_suffix(".rego")?);
    suite.files().iter().find(|file| file.name == name)
}

/// `files`: those of the suite, with imported names written out.
fn of_policy(
    suite: &TestSuite,
    files: &[RegoFile],
    file: &RegoFile,
    id: &str,
) -> Result<PolicyMutants, String> {
    let mutants = edits::mutants(file);
    let mut out = PolicyMutants {
        policy: id.to_owned(),
        file: file.name.clone(),
        killed: Vec::new(),
        survived: Vec::new(),
        invalid: 0,
        unusable: None,
    };
    let Some(test) = test_of(suite, file) else {
        out.survived = mutants.into_iter().map(|(mutant, _)| mutant).collect();
        return Ok(out);
    };
    let needed = Graph::of(files);
    let needed =
        needed.files(test.module.rules.iter().chain(&file.module.rules).map(|rule| rule.path.as_str()));
    let others: Vec<RegoFile> = needed.into_iter().filter(|other| other.name != file.name).cloned().collect();
    let mut base = machine::engine(&others, suite.data()).map_err(|refusal| refusal.to_string())?;
    base.set_execution_timer_config(machine::timer());
    let bench = Bench { base, others, tests: tests_of(test) };
    if bench.fate(file) != Fate::Survived {
        out.unusable = Some(format!("its tests do not pass as they are: {}", bench.first_failure(file)));
        return Ok(out);
    }
    let fates: Vec<(Mutant, Fate)> = mutants
        .into_par_iter()
        .map(|(mutant, text)| {
            let fate =
                RegoFile::parse(file.name.clone(), text).map_or(Fate::Invalid, |file| bench.fate(&file));
            (mutant, fate)
        })
        .collect();
    for (mutant, fate) in fates {
        match fate {
            Fate::Killed => out.killed.push(mutant),
            Fate::Survived => out.survived.push(mutant),
            Fate::Invalid => out.invalid += 1,
        }
    }
    Ok(out)
}

fn tests_of(file: &RegoFile) -> Vec<String> {
    let tests =
        file.module.rules.iter().filter(|rule| is_test(&rule.name) && !rule.name.starts_with("todo_"));
    tests.map(|rule| rule.path.clone()).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Killed,
    Survived,
    Invalid,
}

/// Everything that stays the same while one file changes.
struct Bench {
    /// All files but the policy.
    base: regorus::Engine,
    others: Vec<RegoFile>,
    tests: Vec<String>,
}

impl Bench {
    /// Which test does not pass, and how.
    fn first_failure(&self, file: &RegoFile) -> String {
        let mut engine = self.base.clone();
        engine.set_rego_v0(file.v0);
        if let Err(error) = engine.add_policy(file.name.clone(), file.engine_text.to_string()) {
            return Refusal::of_engine(&error.to_string()).to_string();
        }
        let failure = self.tests.iter().find_map(|test| match evaluate(&mut engine, test) {
            TestOutcome::Passed => None,
            TestOutcome::Error(reason) => Some(format!("{test}: {reason}")),
            _ => Some(format!("{test} is false or undefined")),
        });
        failure.unwrap_or_else(|| "a rule calls itself or gives another value each time".to_owned())
    }

    fn fate(&self, file: &RegoFile) -> Fate {
        let mut files = self.others.clone();
        files.push(file.clone());
        // A change may make a rule call itself, and that would end the process.
        if guard::refusal(&files).is_some() {
            return Fate::Invalid;
        }
        let mut engine = self.base.clone();
        engine.set_rego_v0(file.v0);
        if engine.add_policy(file.name.clone(), file.engine_text.to_string()).is_err() {
            return Fate::Invalid;
        }
        let mut errors = 0;
        for test in &self.tests {
            match evaluate(&mut engine, test) {
                TestOutcome::Passed => {}
                TestOutcome::Error(_) => errors += 1,
                _ => return Fate::Killed,
            }
        }
        // What does not compile fails in every test alike.
        match errors {
            0 => Fate::Survived,
            _ if errors == self.tests.len() => Fate::Invalid,
            _ => Fate::Killed,
        }
    }
}

#[cfg(test)]
mod tests;
