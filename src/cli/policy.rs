//! `probity policy`: the policies and their tests.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use super::args::{PolicyCommand, PolicyOptions, ReadOptions};
use super::exit;
use super::failure::Failure;
use crate::facts::Unit;
use crate::model::Scope;
use crate::policy::{Bundle, TestOutcome, run_builtin_tests, run_tests};
use crate::text::SafeText;

pub fn run(options: &PolicyOptions) -> Result<u8, Failure> {
    let (text, code) = match &options.command {
        PolicyCommand::List { policies } => list(policies)?,
        PolicyCommand::Show { id } => show(id)?,
        PolicyCommand::Test { path } => test(path.as_deref())?,
        PolicyCommand::Input { read, scope, select } => input(read, scope, select.as_deref())?,
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(code)
}

/// Evaluates policies for the process that started this one.
pub fn work() -> Result<u8, Failure> {
    // Whoever asked went away: nobody is left to be told.
    let served = crate::policy::serve();
    Ok(if served.is_ok() { exit::CLEAN } else { exit::INTERNAL })
}

fn list(folders: &[std::path::PathBuf]) -> Result<(String, u8), Failure> {
    let bundle = Bundle::load(folders, &super::isolation()?).map_err(Failure::Usage)?;
    let mut out = String::new();
    for policy in &bundle.policies {
        let info = &policy.info;
        let _ = writeln!(
            out,
            "{:<12} {:<8} {}",
            SafeText::new(&info.id).as_str(),
            info.severity,
            SafeText::prose(&info.title)
        );
    }
    for failure in &bundle.failures {
        let _ = writeln!(out, "not loaded: {}", SafeText::prose(&failure.explanation()));
    }
    let complete = bundle.failures.is_empty();
    Ok((out, if complete { exit::CLEAN } else { exit::INCOMPLETE }))
}

fn show(id: &str) -> Result<(String, u8), Failure> {
    let bundle = Bundle::builtin();
    let policy = bundle.policies.iter().find(|policy| policy.info.id.eq_ignore_ascii_case(id));
    let policy = policy
        .ok_or_else(|| Failure::Usage(format!("no policy `{id}`; `probity policy list` lists them")))?;
    let info = &policy.info;
    let mut out = format!("{}  {}\n{}\n\n", info.id, info.title, info.description);
    let _ = writeln!(out, "severity     {}", info.severity);
    let _ = writeln!(out, "controls     {}", info.controls.join(", "));
    let _ = writeln!(out, "remediation  {}", info.remediation);
    let _ = writeln!(out, "digest       {}\n\n{}", info.digest, policy.text);
    Ok((out, exit::CLEAN))
}

fn input(read: &ReadOptions, scope: &str, select: Option<&str>) -> Result<(String, u8), Failure> {
    let scope: Scope = serde_json::from_value(scope.into()).map_err(|_| {
        Failure::Usage(format!("`{scope}` is no scope: resource, document, module or repository"))
    })?;
    let units = read.open()?.units(scope)?;
    let wanted = |unit: &&Unit| select.is_none_or(|kind| unit.kinds.iter().any(|have| have == kind));
    let mut out = String::new();
    for unit in units.iter().filter(wanted) {
        let line = serde_json::json!({"subject": unit.subject, "kinds": unit.kinds, "input": unit.input});
        let _ = writeln!(out, "{line}");
    }
    Ok((out, exit::CLEAN))
}

fn test(path: Option<&Path>) -> Result<(String, u8), Failure> {
    let results = match path {
        Some(path) => run_tests(path).map_err(Failure::Usage)?,
        None => run_builtin_tests(),
    };
    let mut out = String::new();
    let count = |wanted: &dyn Fn(&TestOutcome) -> bool| results.iter().filter(|r| wanted(&r.outcome)).count();
    for result in &results {
        let (file, name) = (SafeText::new(&result.file), SafeText::new(&result.name));
        match &result.outcome {
            TestOutcome::Passed => {}
            TestOutcome::Failed => {
                let _ = writeln!(out, "{file}\n  {name}: FAIL");
            }
            TestOutcome::Skipped => {
                let _ = writeln!(out, "{file}\n  {name}: SKIPPED");
            }
            TestOutcome::Error(error) => {
                let _ = writeln!(out, "{file}\n  {name}: ERROR\n    {}", SafeText::prose(error));
            }
        }
    }
    let passed = count(&|outcome| *outcome == TestOutcome::Passed);
    let errors = count(&|outcome| matches!(outcome, TestOutcome::Error(_)));
    let failed = count(&|outcome| *outcome == TestOutcome::Failed);
    let _ = writeln!(out, "PASS: {passed}/{}, FAIL: {failed}, ERROR: {errors}", results.len());
    if results.is_empty() {
        return Err(Failure::Usage("no test: rules named test_* in *_test.rego".to_owned()));
    }
    let code = match (failed, errors) {
        (0, 0) => exit::CLEAN,
        (0, _) => exit::INCOMPLETE,
        _ => exit::FINDINGS,
    };
    Ok((out, code))
}
