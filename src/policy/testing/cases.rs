//! Tests that are a case for each name, OPA's `test_x[name] if { some name, case in {..}; .. }`: true for every name that
//! the statements up to that `some` give, or the test fails.
//!
//! The rule's own value only holds the names of cases that are true: it cannot say which are missing. So the
//! names come from a rule beside it with the first statements alone.

use serde_json::Value as Json;

use super::why::{PROBE, Why, statement, value};
use super::{TestOutcome, TestSuite};
use crate::policy::outline::{rules, syntax_tree};

/// How a test ended whose value is an object: the names of the cases that are true.
pub(super) fn outcome(suite: &TestSuite, file: &str, path: &str, passed: &Json) -> TestOutcome {
    let Some((line, names)) = names(suite, file, path) else {
        return TestOutcome::Error(
            "its cases cannot be told: a test for each name begins with `some name, case in {..}`".to_owned(),
        );
    };
    let failed: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| passed.get(name) != Some(&Json::Bool(true))).collect();
    let statement = match failed.as_slice() {
        _ if names.is_empty() => "it has no case".to_owned(),
        [] => return TestOutcome::Passed,
        failed => format!("{} of {} cases are not true: {}", failed.len(), names.len(), failed.join(", ")),
    };
    TestOutcome::Failed(Some(Why { line, statement, sides: None }))
}

/// The line of the statement that gives the cases, and their names.
fn names(suite: &TestSuite, file: &str, path: &str) -> Option<(u32, Vec<String>)> {
    let file = suite.files.iter().find(|known| known.name == file)?;
    let tree = syntax_tree(file)?;
    let name = path.strip_prefix(&file.module.package)?.trim_start_matches('.');
    let named = |rule: &&Json| {
        let head = rule.pointer("/Spec/head/Compr/refr/RefBrack/refr/Var/value");
        head.and_then(Json::as_str) == Some(name)
    };
    let rule = rules(&tree).find(named)?;
    let key = rule.pointer("/Spec/head/Compr/refr/RefBrack/index/Var/value")?.as_str()?;
    let [body] = rule.pointer("/Spec/bodies")?.as_array()?.as_slice() else { return None };
    let mut prefix = String::new();
    for json in body.pointer("/query/stmts")?.as_array()? {
        let statement = statement(json, &file.text)?;
        prefix = format!("{prefix}\n{}", statement.text);
        let binds = |part: &str| {
            json.pointer(&format!("/literal/SomeIn/{part}/Var/value")).and_then(Json::as_str) == Some(key)
        };
        if binds("key") || binds("value") {
            let probe = if file.v0 {
                format!("{PROBE}[{key}] {{ {prefix}\n}}")
            } else {
                format!("{PROBE} contains {key} if {{ {prefix}\n}}")
            };
            let Some(Json::Array(names)) = value(suite, file, &probe)? else { return None };
            let names: Option<Vec<String>> =
                names.iter().map(|name| name.as_str().map(str::to_owned)).collect();
            return Some((statement.line, names?));
        }
    }
    None
}
