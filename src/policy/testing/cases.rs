//! Sub-tests: `test_x[name] if { some name, tc in {..}; .. }` is a test for each case that its body names.
//!
//! The value of such a rule holds the cases that are true, and nothing tells of the others. So a rule is added that
//! holds the names of all: it has the statements of the body up to the one that binds the name. A test of
//! which no case is there could not fail, and two cases of one name would hide each other; neither passes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{TestOutcome, Why, is_test};
use crate::policy::ast::RegoFile;
use crate::policy::outline::{collect_names, range, rules, statement_range, syntax_tree};

/// What the added rules' names begin with.
const CASES: &str = "probity_cases__";

/// Was the rule added here?
pub(super) fn is_added(name: &str) -> bool {
    name.starts_with(CASES)
}

/// The rule that holds the names of a test's cases.
pub(super) fn names_of(test: &str) -> Option<String> {
    let (package, name) = test.rsplit_once('.')?;
    Some(format!("{package}.{CASES}{name}"))
}

/// The file with the names of the cases of each test that has some; lines stay as they are.
pub(super) fn with_names(file: RegoFile) -> RegoFile {
    let has_some = |rule: &crate::policy::ast::Rule| {
        is_test(&rule.name) && file.text.contains(&format!("{}[", rule.name))
    };
    if !file.module.rules.iter().any(has_some) {
        return file;
    }
    let Some(tree) = syntax_tree(&file) else { return file };
    let added: String = rules(&tree).filter_map(|rule| names_rule(rule, &file.text)).collect();
    if added.is_empty() {
        return file;
    }
    let text = format!("{}\n{added}", file.text.trim_end());
    RegoFile::parse(file.name.clone(), text).unwrap_or(file)
}

/// `probity_cases__test_x := [[name] | some name, tc in {..}]`
fn names_rule(rule: &Json, text: &str) -> Option<String> {
    let mut head = rule.pointer("/Spec/head/Compr/refr")?;
    let mut keys = Vec::new();
    while let Some(step) = head.get("RefBrack") {
        keys.push(step.get("index")?);
        head = step.get("refr")?;
    }
    let name = head.pointer("/Var/value").and_then(Json::as_str).filter(|name| is_test(name))?;
    keys.reverse();
    let [body] = rule.pointer("/Spec/bodies")?.as_array()?.as_slice() else { return None };
    let statements = body.pointer("/query/stmts")?.as_array()?;
    let names_in = |json: &Json| -> BTreeSet<String> {
        let mut found = Vec::new();
        collect_names(json, &mut found);
        found.into_iter().map(|(name, ..)| name).collect()
    };
    let mut wanted: BTreeSet<String> = keys.iter().flat_map(|key| names_in(key)).collect();
    // What the body does not name is no variable of it.
    let named: BTreeSet<String> = statements.iter().flat_map(names_in).collect();
    wanted.retain(|name| named.contains(name));
    let mut last = None;
    for statement in statements {
        if wanted.is_empty() {
            break;
        }
        let named = names_in(statement);
        wanted.retain(|name| !named.contains(name));
        last = Some(statement);
    }
    let (from, _) = statement_range(statements.first()?, text)?;
    let (_, to) = statement_range(last?, text)?;
    let keys: Option<Vec<&str>> =
        keys.iter().map(|key| range(key).and_then(|(from, to)| text.get(from..to))).collect();
    let binding = text.get(from..to)?;
    Some(format!("{CASES}{name} := [[{}] |\n{binding}\n]\n", keys?.join(", ")))
}

/// How a test ended whose value is `value`; `names` are those of its cases.
pub(super) fn outcome(value: &Json, names: &Json) -> TestOutcome {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in names.as_array().into_iter().flatten() {
        let steps = || case.as_array().into_iter().flatten();
        let shown = steps().map(plain).collect::<Vec<_>>().join(" / ");
        let found = steps().try_fold(value, |value, step| value.get(plain(step)));
        if found != Some(&Json::Bool(true)) {
            wrong.push(format!("case {shown}: false or undefined"));
        }
        *times.entry(shown).or_default() += 1;
    }
    if times.is_empty() {
        wrong.push("it has no case, so it tests nothing".to_owned());
    }
    if let Some((shown, _)) = times.iter().find(|(_, times)| **times > 1) {
        return TestOutcome::Error(format!(
            "several cases are called {shown}: each would hide the other's failure; give them different names"
        ));
    }
    if wrong.is_empty() {
        return TestOutcome::Passed;
    }
    TestOutcome::Failed(Some(Why { line: 0, statement: wrong.join("\n"), sides: None }))
}

/// A name as it is a key of an object in JSON.
fn plain(name: &Json) -> String {
    name.as_str().map_or_else(|| name.to_string(), str::to_owned)
}
