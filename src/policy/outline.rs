//! The syntax of a file as plain data, for those that change policies' texts or take them apart: where each rule's
//! statements stand, and what they are.
//!
//! Read from regorus's own account of its syntax tree, whose spans are offsets into the file's text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::ast::RegoFile;
use super::machine;

/// `{"source", "ast"}`; `None` for a text that the engine takes only in another form.
pub(super) fn syntax_tree(file: &RegoFile) -> Option<Json> {
    let json = std::panic::catch_unwind(|| {
        let mut engine = machine::bare();
        engine.set_rego_v0(file.v0);
        engine.add_policy(file.name.clone(), file.text.to_string()).ok()?;
        engine.get_ast_as_json().ok()
    });
    let mut files: Vec<Json> = serde_json::from_str(&json.ok().flatten()?).ok()?;
    files.pop()
}

/// The rules of a tree.
pub(super) fn rules(tree: &Json) -> impl Iterator<Item = &Json> {
    tree.pointer("/ast/rules").and_then(Json::as_array).into_iter().flatten()
}

/// Where a node stands: its own span, or that of the one kind of expression that it is.
pub(super) fn range(json: &Json) -> Option<(usize, usize)> {
    let span = json.get("span").or_else(|| json.as_object()?.values().next()?.get("span"))?;
    span_range(span)
}

pub(super) fn span_range(span: &Json) -> Option<(usize, usize)> {
    let at = |key| span.get(key).and_then(Json::as_u64).and_then(|n| usize::try_from(n).ok());
    Some((at("start")?, at("end")?))
}

/// Where a statement stands. The parser ends one that ends in a string before its closing quote.
pub(super) fn statement_range(statement: &Json, text: &str) -> Option<(usize, usize)> {
    let (from, to) = range(statement)?;
    let whole = text.get(from..to)?.trim_end();
    let quoted = text.get(to..)?.starts_with(['"', '`']);
    Some((from, if quoted { to + 1 } else { from + whole.len() }))
}

/// The same file with every imported name written out: `net_001.deny` as `data.probity.net_001.deny`.
///
/// regorus evaluates the whole package behind an imported name, and only the one rule behind a full path; who wants
/// to know what a test evaluates must ask for the latter.
pub(super) fn without_imports(file: &RegoFile) -> Option<RegoFile> {
    let tree = syntax_tree(file)?;
    let aliases = aliases(&tree, &file.text);
    let mut edits = Vec::new();
    for rule in rules(&tree) {
        let (mut bound, mut named) = (BTreeSet::new(), Vec::new());
        collect_bound(rule, &mut bound);
        collect_names(rule, &mut named);
        named.retain(|(name, from, to)| !bound.contains(name) && file.text.get(*from..*to) == Some(name));
        edits.extend(
            named.into_iter().filter_map(|(name, from, to)| Some((from, to, aliases.get(&name)?.as_str()))),
        );
    }
    edits.sort_unstable();
    edits.dedup();
    let mut text = file.text.to_string();
    for (from, to, path) in edits.into_iter().rev() {
        text.replace_range(from..to, path);
    }
    RegoFile::parse(file.name.clone(), text).ok()
}

/// Imported `data.` paths by the names that they get.
fn aliases(tree: &Json, text: &str) -> BTreeMap<String, String> {
    let imports = tree.pointer("/ast/imports").and_then(Json::as_array).into_iter().flatten();
    let alias = |import: &Json| {
        let path = dotted(import.get("refr")?).filter(|path| path.starts_with("data."))?;
        let given = import.get("as").and_then(span_range).and_then(|(from, to)| text.get(from..to));
        let name = given.or_else(|| path.rsplit('.').next()).unwrap_or(&path).to_owned();
        Some((name, path))
    };
    imports.filter_map(alias).collect()
}

fn dotted(expression: &Json) -> Option<String> {
    if let Some(name) = expression.pointer("/Var/value").and_then(Json::as_str) {
        return Some(name.to_owned());
    }
    let reference = expression.get("RefDot")?;
    let field = reference.pointer("/field/1").and_then(Json::as_str)?;
    Some(format!("{}.{field}", dotted(reference.get("refr")?)?))
}

/// Every name with its place.
pub(super) fn collect_names(json: &Json, found: &mut Vec<(String, usize, usize)>) {
    match json {
        Json::Object(map) => {
            if let Some(var) = map.get("Var")
                && let (Some(name), Some((from, to))) = (var.get("value").and_then(Json::as_str), range(var))
            {
                found.push((name.to_owned(), from, to));
            }
            map.values().for_each(|value| collect_names(value, found));
        }
        Json::Array(items) => items.iter().for_each(|value| collect_names(value, found)),
        _ => {}
    }
}

/// Names that a rule binds: parameters, `:=`, `some`, `every`. They hide imports of the same name.
fn collect_bound(json: &Json, bound: &mut BTreeSet<String>) {
    let mut names = |json: Option<&Json>| {
        let mut found = Vec::new();
        collect_names(json.unwrap_or(&Json::Null), &mut found);
        bound.extend(found.into_iter().map(|(name, ..)| name));
    };
    match json {
        Json::Object(map) => {
            if let Some(assign) = map.get("AssignExpr").filter(|a| a.get("op") == Some(&"ColEq".into())) {
                names(assign.get("lhs"));
            }
            if let Some(some) = map.get("SomeIn") {
                names(some.get("key"));
                names(some.get("value"));
            }
            if let Some(function) = map.get("Func") {
                names(function.get("args"));
            }
            map.values().for_each(|value| collect_bound(value, bound));
        }
        Json::Array(items) => items.iter().for_each(|value| collect_bound(value, bound)),
        _ => {}
    }
}
