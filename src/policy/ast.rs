//! What Probity needs to know of a module's syntax: its rules, what they use, the words they mention.
//!
//! Read from regorus's AST in JSON form, which hides its internal types.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::guard;
use super::machine::{self, one_line};

/// One Rego file that parses.
#[derive(Debug, Clone)]
pub struct RegoFile {
    pub name: String,
    pub text: Arc<str>,
    /// Written in Rego v0, as most public policies still are.
    pub v0: bool,
    pub module: Module,
    /// What the engine is given: the text with the heads of set rules made safe.
    pub(super) engine_text: Arc<str>,
}

impl RegoFile {
    /// Parses as Rego v1, else as v0.
    ///
    /// # Errors
    /// The place and the reason, in one line.
    pub fn parse(name: String, text: String) -> Result<Self, String> {
        guard::check_nesting(&text).map_err(|(line, reason)| format!("{name}:{line}: {reason}"))?;
        let parse = |v0: bool| {
            let attempt = std::panic::catch_unwind(|| {
                let mut engine = machine::empty();
                engine.set_rego_v0(v0);
                engine
                    .add_policy(name.clone(), text.clone())
                    .map_err(|error| one_line(&error.to_string()))?;
                engine.get_ast_as_json().map_err(|error| one_line(&error.to_string()))
            });
            attempt.unwrap_or_else(|_| Err("the Rego parser failed".to_owned()))
        };
        let (v0, json) = match parse(false) {
            Ok(json) => (false, json),
            Err(error) if text.contains("import rego.v1") => return Err(error),
            Err(v1) => (true, parse(true).map_err(|v0| format!("as Rego v1: {v1}; as v0: {v0}"))?),
        };
        let files: Vec<Json> = serde_json::from_str(&json).map_err(|error| error.to_string())?;
        let file = files.first().ok_or("its syntax tree cannot be read")?;
        let module = module(file).ok_or("its syntax tree cannot be read")?;
        let engine_text = bind_heads(&text, file).into();
        Ok(Self { name, text: text.into(), v0, module, engine_text })
    }
}

/// Moves what a set rule's head computes into its body.
///
/// regorus's interpreter (0.14.1) drops every element of `deny contains f(x.y) if ...` when the head is
/// undefined for one of them, silently. As a statement of the body (`h := f(x.y)`) it is evaluated as OPA
/// does. No line is added, so places in messages stay right.
fn bind_heads(text: &str, file: &Json) -> String {
    let span = |json: &Json| -> Option<(usize, usize)> {
        let at = |key| json.pointer(key).and_then(Json::as_u64).and_then(|n| usize::try_from(n).ok());
        Some((at("/span/start")?, at("/span/end")?))
    };
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for rule in file.pointer("/ast/rules").and_then(Json::as_array).into_iter().flatten() {
        let (Some(key), Some([body])) = (
            rule.pointer("/Spec/head/Set/key"),
            rule.pointer("/Spec/bodies").and_then(Json::as_array).map(Vec::as_slice),
        ) else {
            continue;
        };
        let Some(kind) = key.as_object().and_then(|map| map.keys().next()) else { continue };
        if matches!(kind.as_str(), "Var" | "String" | "RawString" | "Number" | "Bool" | "Null") {
            continue;
        }
        // The key's own span is not reliable; it is what stands between the name and the body.
        let name =
            rule.pointer("/Spec/head/Set/refr").and_then(Json::as_object).and_then(|map| map.values().next());
        let (Some((_, name)), Some((from, to))) = (name.and_then(span), body.get("query").and_then(span))
        else {
            continue;
        };
        let (Some(between), Some(statements)) = (text.get(name..from), text.get(from..to)) else { continue };
        let trimmed = between.trim_end();
        let trimmed = trimmed.strip_suffix("if").unwrap_or(trimmed).trim_end();
        let head = match trimmed.trim_start().strip_prefix("contains") {
            Some(head) => Some(head.trim_start()),
            None => trimmed.trim_start().strip_prefix('[').and_then(|head| head.strip_suffix(']')),
        };
        let Some(head) = head else { continue };
        let start = name + between.find(head).unwrap_or(0);
        let end = start + head.len();
        let bound = format!("__head := {}", head.replace('\n', " "));
        if head.contains('#') || head.contains('\n') && head.contains('`') {
            continue; // a comment or raw string would not survive in one line
        }
        edits.push((start, end, format!("__head{}", "\n".repeat(head.matches('\n').count()))));
        if let Some(inside) = statements.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            // At the end, where everything it needs is bound. On a line of its own no `;` may stand first.
            let alone = inside.rsplit('\n').next().is_some_and(|last| last.trim().is_empty());
            let separator = if alone && inside.contains('\n') { "" } else { "; " };
            edits.push((to - 1, to, format!("{separator}{bound} }}")));
        } else {
            edits.push((from, to, format!("{{ {statements}; {bound} }}")));
        }
    }
    edits.sort();
    let mut out = text.to_owned();
    for (start, end, replacement) in edits.into_iter().rev() {
        out.replace_range(start..end, &replacement);
    }
    out
}

/// The syntax of one file.
#[derive(Debug, Clone)]
pub struct Module {
    /// `data.probity.net_001`
    pub package: String,
    /// `data.` paths it imports.
    pub imports: Vec<String>,
    pub rules: Vec<Rule>,
    /// What it reads of `input`: `input.resource_changes[].type`, `[]` for an index that is computed.
    /// `input` alone stands for the whole, handed on.
    pub reads: BTreeSet<String>,
    /// Every field and string it mentions: a value whose name is not among them cannot matter.
    pub words: BTreeSet<String>,
    /// Strings as written: candidates for values that nobody knows.
    pub literals: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    /// With its package.
    pub path: String,
    /// Full paths of rules it may use.
    pub uses: BTreeSet<String>,
}

fn module(file: &Json) -> Option<Module> {
    let ast = file.get("ast")?;
    let package = format!("data.{}", dotted(ast.pointer("/package/refr")?)?);
    let mut aliases = BTreeMap::new();
    let mut imports = Vec::new();
    let mut inputs = BTreeMap::from([("input".to_owned(), "input".to_owned())]);
    let source = file.pointer("/source/contents").and_then(Json::as_str).unwrap_or("");
    for import in ast.get("imports").and_then(Json::as_array).into_iter().flatten() {
        let Some(path) = import.get("refr").and_then(dotted) else { continue };
        let alias = import.get("as").and_then(|span| slice(source, span));
        let alias = alias.unwrap_or_else(|| path.rsplit('.').next().unwrap_or(&path).to_owned());
        if path.starts_with("data.") {
            aliases.insert(alias, path.clone());
            imports.push(path);
        } else if path == "input" || path.starts_with("input.") {
            inputs.insert(alias, path);
        }
    }
    let rules = ast.get("rules").and_then(Json::as_array).into_iter().flatten();
    let rules = rules.filter_map(|rule| read_rule(rule, &package, &aliases)).collect();
    let mut reads = BTreeSet::new();
    collect_reads(ast.get("rules")?, &inputs, &mut reads);
    let (mut words, mut literals) = (BTreeSet::new(), BTreeSet::new());
    collect_words(ast.get("rules")?, &mut words, &mut literals);
    words.extend(literals.iter().cloned());
    Some(Module { package, imports, rules, reads, words, literals })
}

fn slice(source: &str, span: &Json) -> Option<String> {
    let at = |key| span.get(key).and_then(Json::as_u64).and_then(|n| usize::try_from(n).ok());
    source.get(at("start")?..at("end")?).map(str::to_owned)
}

fn read_rule(rule: &Json, package: &str, aliases: &BTreeMap<String, String>) -> Option<Rule> {
    let spec = rule.get("Spec").or_else(|| rule.get("Default"))?;
    let head = spec.get("head");
    let refr = match head.and_then(Json::as_object).and_then(|head| head.values().next()) {
        Some(head) => head.get("refr")?,
        None => spec.get("refr")?,
    };
    let name = dotted(refr)?;
    let mut bound = BTreeSet::new();
    collect_bound(rule, &mut bound);
    let mut uses = BTreeSet::new();
    // The head names the rule itself; that is no use of it.
    let mut without_name = rule.clone();
    for head in ["/Spec/head/Compr", "/Spec/head/Set", "/Spec/head/Func", "/Default"] {
        without_name.pointer_mut(head).and_then(Json::as_object_mut).map(|head| head.remove("refr"));
    }
    collect_uses(&without_name, &mut |path: &str| {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        if first == "data" {
            uses.insert(path.to_owned());
        } else if let Some(target) = aliases.get(first) {
            uses.insert(if rest.is_empty() { target.clone() } else { format!("{target}.{rest}") });
        } else if !bound.contains(first) {
            uses.insert(format!("{package}.{first}"));
        }
    });
    let path = format!("{package}.{name}");
    Some(Rule { name, path, uses })
}

/// `a.b.c` of a chain of references with constant steps; the constant front of any other chain.
fn dotted(expression: &Json) -> Option<String> {
    if let Some(var) = expression.get("Var") {
        return var.get("value").and_then(Json::as_str).map(str::to_owned);
    }
    if let Some(reference) = expression.get("RefDot") {
        let base = dotted(reference.get("refr")?)?;
        let field = reference.get("field")?.get(1)?.as_str()?;
        return Some(format!("{base}.{field}"));
    }
    if let Some(reference) = expression.get("RefBrack") {
        let base = dotted(reference.get("refr")?)?;
        let index = reference.pointer("/index/String/value").and_then(Json::as_str);
        return Some(index.map_or(base.clone(), |index| format!("{base}.{index}")));
    }
    None
}

/// Names bound inside a rule: parameters, `:=`, `some`, `every`. They hide rules of the same name.
fn collect_bound(json: &Json, bound: &mut BTreeSet<String>) {
    let mut vars = |json: Option<&Json>| collect_vars(json.unwrap_or(&Json::Null), bound);
    match json {
        Json::Object(map) => {
            if let Some(assign) = map.get("AssignExpr").filter(|a| a.get("op") == Some(&"ColEq".into())) {
                vars(assign.get("lhs"));
            }
            if let Some(some) = map.get("SomeIn") {
                vars(some.get("key"));
                vars(some.get("value"));
            }
            if let Some(some) = map.get("SomeVars") {
                vars(Some(some));
            }
            if let Some(every) = map.get("Every") {
                vars(every.get("key"));
                vars(every.get("value"));
            }
            if let Some(function) = map.get("Func") {
                vars(function.get("args"));
            }
            map.values().for_each(|value| collect_bound(value, bound));
        }
        Json::Array(items) => items.iter().for_each(|value| collect_bound(value, bound)),
        _ => {}
    }
}

fn collect_vars(json: &Json, bound: &mut BTreeSet<String>) {
    match json {
        Json::Object(map) => {
            if let Some(name) = map.get("Var").and_then(|var| var.get("value")).and_then(Json::as_str) {
                bound.insert(name.to_owned());
            }
            map.values().for_each(|value| collect_vars(value, bound));
        }
        Json::Array(items) => items.iter().for_each(|value| collect_vars(value, bound)),
        _ => {}
    }
}

fn collect_uses(json: &Json, found: &mut impl FnMut(&str)) {
    match json {
        Json::Object(map) => {
            if let Some(path) = dotted(json) {
                found(&path);
            }
            map.values().for_each(|value| collect_uses(value, found));
        }
        Json::Array(items) => items.iter().for_each(|value| collect_uses(value, found)),
        _ => {}
    }
}

/// Collects the paths of every chain of references that begins at `input` or a name for a part of it.
fn collect_reads(json: &Json, inputs: &BTreeMap<String, String>, found: &mut BTreeSet<String>) {
    found.extend(read_path(json, inputs));
    match json {
        Json::Object(map) => {
            for (kind, inner) in map {
                match (kind.as_str(), inner.get("refr")) {
                    // The chain itself is one path; indices may hold others.
                    ("RefDot" | "RefBrack", Some(mut base)) => {
                        collect_reads(inner.get("index").unwrap_or(&Json::Null), inputs, found);
                        while let Some(link) = base.get("RefDot").or_else(|| base.get("RefBrack")) {
                            collect_reads(link.get("index").unwrap_or(&Json::Null), inputs, found);
                            let Some(next) = link.get("refr") else { break };
                            base = next;
                        }
                        if base.get("Var").is_none() {
                            collect_reads(base, inputs, found);
                        }
                    }
                    _ => collect_reads(inner, inputs, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect_reads(item, inputs, found)),
        _ => {}
    }
}

fn read_path(expression: &Json, inputs: &BTreeMap<String, String>) -> Option<String> {
    if let Some(var) = expression.get("Var") {
        return inputs.get(var.get("value")?.as_str()?).cloned();
    }
    if let Some(reference) = expression.get("RefDot") {
        let base = read_path(reference.get("refr")?, inputs)?;
        return Some(format!("{base}.{}", reference.get("field")?.get(1)?.as_str()?));
    }
    let reference = expression.get("RefBrack")?;
    let base = read_path(reference.get("refr")?, inputs)?;
    let index = reference.pointer("/index/String/value").and_then(Json::as_str);
    Some(index.map_or_else(|| format!("{base}[]"), |index| format!("{base}.{index}")))
}

fn collect_words(json: &Json, words: &mut BTreeSet<String>, literals: &mut BTreeSet<String>) {
    match json {
        Json::Object(map) => {
            for (kind, inner) in map {
                let text = inner.get("value").and_then(Json::as_str);
                match (kind.as_str(), text) {
                    ("String" | "RawString", Some(text)) => drop(literals.insert(text.to_owned())),
                    ("RefDot", _) => {
                        let field = inner.get("field").and_then(|field| field.get(1)).and_then(Json::as_str);
                        words.extend(field.map(str::to_owned));
                    }
                    _ => {}
                }
                collect_words(inner, words, literals);
            }
        }
        Json::Array(items) => items.iter().for_each(|value| collect_words(value, words, literals)),
        _ => {}
    }
}
