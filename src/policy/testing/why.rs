//! Where a test fails: the first statement without which the rest would hold, and what a comparison compared.
//!
//! The engine says only that a rule is not true. So the rule is evaluated again with its first statement alone,
//! then with the first two, and so on; the statement that ends it is the one to show. Of `left == right` both
//! sides are then evaluated on their own. All that costs is paid by failing tests only.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::TestSuite;
use crate::policy::ast::RegoFile;
use crate::policy::machine;
use crate::policy::outline::{range, rules, statement_range, syntax_tree};

/// The statement that fails first, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// From 1; 0 where the statement is no line of Rego.
    pub line: u32,
    pub statement: String,
    /// Of a comparison: both sides, as JSON; `undefined` when a side has no value.
    pub sides: Option<(String, String)>,
}

/// A side is shown up to that many characters.
const SIDE_CAP: usize = 2_000;

/// A name that no policy has.
const PROBE: &str = "probity_probe__";

pub(super) fn first_failure(suite: &TestSuite, file: &str, path: &str) -> Option<Why> {
    // As its author wrote it.
    let file = suite.files.iter().find(|known| known.name == file)?;
    let tree = syntax_tree(file)?;
    let name = path.strip_prefix(&file.module.package)?.trim_start_matches('.');
    let statements = statements(&tree, &file.text, name)?;
    let mut prefix = String::new();
    for statement in &statements {
        let text = statement.text.as_str();
        let body = format!("{prefix}\n{text}");
        let probe =
            if file.v0 { format!("{PROBE} {{ {body}\n}}") } else { format!("{PROBE} if {{ {body}\n}}") };
        if value(suite, file, &probe)? == Some(Json::Bool(true)) {
            prefix = body;
            continue;
        }
        let sides = statement.sides.as_ref().and_then(|(left, right)| {
            let side = |of: &str| {
                let body = format!("{prefix}\n{PROBE}value := {of}");
                let head = format!("{PROBE} := {PROBE}value");
                let probe = if file.v0 {
                    format!("{head} {{ {body}\n}}")
                } else {
                    format!("{head} if {{ {body}\n}}")
                };
                Some(value(suite, file, &probe)?.map_or_else(|| "undefined".to_owned(), shown))
            };
            Some((side(left)?, side(right)?))
        });
        return Some(Why { line: statement.line, statement: text.to_owned(), sides });
    }
    None
}

/// One statement of a rule's body.
struct Statement {
    line: u32,
    text: String,
    /// The two sides of `==`, each with the statement's `with`.
    sides: Option<(String, String)>,
}

/// The statements of a rule that has one body.
fn statements(tree: &Json, text: &str, name: &str) -> Option<Vec<Statement>> {
    let named = |rule: &&Json| {
        let refr = rule.pointer("/Spec/head/Compr/refr/Var/value").and_then(Json::as_str);
        refr == Some(name)
    };
    let [body] = rules(tree).find(named)?.pointer("/Spec/bodies")?.as_array()?.as_slice() else {
        return None;
    };
    let list = body.pointer("/query/stmts")?.as_array()?;
    Some(list.iter().filter_map(|json| statement(json, text)).collect())
}

fn statement(json: &Json, text: &str) -> Option<Statement> {
    let (from, to) = statement_range(json, text)?;
    let whole = text.get(from..to)?;
    let line = json.pointer("/span/line").and_then(Json::as_u64).and_then(|line| u32::try_from(line).ok())?;
    let end = json.pointer("/with_mods/0").and_then(range).map_or(to, |(start, _)| start);
    let with = text.get(end..to).unwrap_or("").trim();
    let sides = json.pointer("/literal/Expr/expr/BoolExpr").and_then(|compared| {
        if compared.get("op").and_then(Json::as_str) != Some("Eq") {
            return None;
        }
        // The right side's own span begins behind an opening parenthesis; the operator is what stands before it.
        let right = compared.get("rhs").and_then(range)?.0;
        let operator = from + text.get(from..right)?.rfind("==")?;
        let (left, right) = (text.get(from..operator)?.trim(), text.get(operator + 2..end)?.trim());
        Some((format!("{left} {with}"), format!("{right} {with}")))
    });
    Some(Statement { line, text: whole.to_owned(), sides })
}

/// The value of a rule that is added to the file: `None` when it cannot be evaluated at all.
#[allow(clippy::option_option)] // undefined is an answer
fn value(suite: &TestSuite, file: &RegoFile, probe: &str) -> Option<Option<Json>> {
    let text = format!("{}\n{probe}\n", file.text);
    let probed = RegoFile::parse(file.name.clone(), text).ok()?;
    let others = suite.files.iter().filter(|other| other.name != file.name).cloned();
    let files: Vec<RegoFile> = others.chain([probed]).collect();
    let mut engine = machine::engine(&files, &suite.data).ok()?;
    engine.set_execution_timer_config(machine::timer());
    let rule = format!("{}.{PROBE}", file.module.package);
    let value = catch_unwind(AssertUnwindSafe(|| engine.eval_rule(rule))).ok()?.ok()?;
    if value == regorus::Value::Undefined {
        return Some(None);
    }
    serde_json::to_value(&value).ok().map(Some)
}

#[allow(clippy::needless_pass_by_value)] // reads better where it is used
fn shown(value: Json) -> String {
    let text = value.to_string();
    if text.chars().count() <= SIDE_CAP {
        return text;
    }
    text.chars().take(SIDE_CAP).chain("...".chars()).collect()
}
