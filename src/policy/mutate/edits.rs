//! The changes: found in the syntax, made in the text.
//!
//! | kind | change |
//! |---|---|
//! | negated | a comparison turned into its opposite, a `not` dropped or put in front |
//! | renamed | an attribute that a condition reads: `.field`, `["field"]`, `object.get(x, "field", ...)` |
//! | removed | a statement taken out |
//! | value | a limit moved by one, a boolean, a number or a string that a condition compares with changed |
//! | result | a string of what is reported |

use serde_json::Value as Json;

use crate::policy::ast::RegoFile;
use crate::policy::outline::{range, rules, span_range, statement_range, syntax_tree};

/// What a mutant touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MutantKind {
    Negated,
    Renamed,
    Removed,
    Value,
    Result,
}

impl MutantKind {
    pub const ALL: [Self; 5] = [Self::Negated, Self::Renamed, Self::Removed, Self::Value, Self::Result];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Negated => "negated",
            Self::Renamed => "renamed",
            Self::Removed => "removed",
            Self::Value => "value",
            Self::Result => "result",
        }
    }
}

/// One change of one policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mutant {
    /// In the policy's file, from 1.
    pub line: u32,
    pub kind: MutantKind,
    pub before: String,
    pub after: String,
}

/// Behind what is renamed.
const SUFFIX: &str = "_x";

/// Every change of a policy, with the text that it makes.
pub(super) fn mutants(file: &RegoFile) -> Vec<(Mutant, String)> {
    let Some(tree) = syntax_tree(file) else { return Vec::new() };
    let mut finder = Finder { text: &file.text, edits: Vec::new() };
    for rule in rules(&tree) {
        finder.rule(rule);
    }
    let mut edits = finder.edits;
    edits.sort_by(|a, b| (a.from, a.to, &a.after).cmp(&(b.from, b.to, &b.after)));
    edits.dedup_by(|a, b| (a.from, a.to, &a.after) == (b.from, b.to, &b.after));
    edits.into_iter().filter_map(|edit| edit.apply(&file.text)).collect()
}

/// Replaces a range of the text.
struct Edit {
    from: usize,
    to: usize,
    after: String,
    kind: MutantKind,
}

impl Edit {
    fn apply(self, text: &str) -> Option<(Mutant, String)> {
        let before = text.get(self.from..self.to)?.to_owned();
        let line = text.get(..self.from)?.matches('\n').count() + 1;
        let changed = format!("{}{}{}", text.get(..self.from)?, self.after, text.get(self.to..)?);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        Some((Mutant { line, kind: self.kind, before, after: self.after }, changed))
    }
}

/// Where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It decides.
    Condition,
    /// It decides, and names what is read.
    Name,
    /// It is reported.
    Result,
}

struct Finder<'t> {
    text: &'t str,
    edits: Vec<Edit>,
}

impl Finder<'_> {
    fn add(&mut self, from: usize, to: usize, after: impl Into<String>, kind: MutantKind) {
        self.edits.push(Edit { from, to, after: after.into(), kind });
    }

    fn rule(&mut self, rule: &Json) {
        if let Some(value) = rule.pointer("/Default/value") {
            self.expression(value, Place::Condition);
            return;
        }
        for head in ["/Spec/head/Compr/assign/value", "/Spec/head/Func/assign/value", "/Spec/head/Set/key"] {
            if let Some(value) = rule.pointer(head) {
                // A list that stands alone is looked at by others; anything else is what the rule says.
                let list = value.get("Set").or_else(|| value.get("Array")).is_some();
                self.expression(value, if list { Place::Condition } else { Place::Result });
            }
        }
        for body in rule.pointer("/Spec/bodies").and_then(Json::as_array).into_iter().flatten() {
            if let Some(value) = body.pointer("/assign/value") {
                self.expression(value, Place::Result);
            }
            if let Some(query) = body.get("query") {
                self.query(query, Place::Condition);
            }
        }
    }

    /// `place` is where its bindings go: those of a message's comprehension are reported.
    fn query(&mut self, query: &Json, place: Place) {
        for statement in query.get("stmts").and_then(Json::as_array).into_iter().flatten() {
            let Some((from, to)) = statement_range(statement, self.text) else { continue };
            if let Some(literal) = statement.get("literal") {
                self.literal(literal, from, to, place);
            }
        }
    }

    fn literal(&mut self, literal: &Json, from: usize, to: usize, place: Place) {
        let Some(whole) = self.text.get(from..to) else { return };
        if let Some(expression) = literal.pointer("/NotExpr/expr") {
            let positive = whole.strip_prefix("not").map(str::trim_start).unwrap_or_default().to_owned();
            self.add(from, to, positive, MutantKind::Negated);
            self.add(from, to, "true", MutantKind::Removed);
            self.expression(expression, place);
        } else if let Some(expression) = literal.pointer("/Expr/expr") {
            let binds = expression.get("AssignExpr").is_some();
            if !binds {
                self.add(from, to, "true", MutantKind::Removed);
                if expression.get("BoolExpr").is_none() {
                    let negated = format!("not {whole}");
                    self.add(from, to, negated, MutantKind::Negated);
                }
            }
            self.expression(expression, place);
        } else if let Some(some) = literal.get("SomeIn") {
            for part in ["key", "value", "collection"] {
                self.expression(some.get(part).unwrap_or(&Json::Null), place);
            }
        } else if let Some(every) = literal.get("Every") {
            self.add(from, to, "true", MutantKind::Removed);
            self.expression(every.get("domain").unwrap_or(&Json::Null), place);
            self.query(every.get("query").unwrap_or(&Json::Null), place);
        }
    }

    fn expression(&mut self, expression: &Json, place: Place) {
        let Some((kind, inner)) = expression.as_object().and_then(|map| map.iter().next()) else { return };
        match kind.as_str() {
            "String" | "RawString" => self.string(inner, place),
            "Number" if place != Place::Result => self.number(inner),
            "Bool" if place != Place::Result => {
                if let Some((from, to)) = range(inner) {
                    let other = if self.text.get(from..to) == Some("true") { "false" } else { "true" };
                    self.add(from, to, other, MutantKind::Value);
                }
            }
            "Array" | "Set" => self.list(inner, place),
            "Object" => {
                for field in inner.get("fields").and_then(Json::as_array).into_iter().flatten() {
                    let parts = field.as_array().into_iter().flatten().skip(1);
                    parts.for_each(|part| self.expression(part, Place::Result));
                }
            }
            "ArrayCompr" | "SetCompr" | "ObjectCompr" => {
                for part in ["term", "key", "value"] {
                    self.expression(inner.get(part).unwrap_or(&Json::Null), place);
                }
                self.query(inner.get("query").unwrap_or(&Json::Null), place);
            }
            "Call" => self.call(inner, place),
            "RefDot" => {
                if let Some((from, to)) = inner.pointer("/field/0").and_then(span_range) {
                    let renamed = format!("{}{SUFFIX}", self.text.get(from..to).unwrap_or_default());
                    let kind = if place == Place::Result { MutantKind::Result } else { MutantKind::Renamed };
                    self.add(from, to, renamed, kind);
                }
                self.expression(inner.get("refr").unwrap_or(&Json::Null), place);
            }
            "RefBrack" => {
                self.expression(inner.get("refr").unwrap_or(&Json::Null), place);
                let place = if place == Place::Result { place } else { Place::Name };
                self.expression(inner.get("index").unwrap_or(&Json::Null), place);
            }
            "BoolExpr" => {
                self.comparison(inner);
                self.sides(inner, place);
            }
            "BinExpr" | "ArithExpr" | "AssignExpr" => self.sides(inner, place),
            "UnaryExpr" => self.expression(inner.get("expr").unwrap_or(&Json::Null), place),
            "Membership" => {
                for part in ["key", "value", "collection"] {
                    self.expression(inner.get(part).unwrap_or(&Json::Null), place);
                }
            }
            _ => {}
        }
    }

    fn sides(&mut self, inner: &Json, place: Place) {
        for side in ["lhs", "rhs"] {
            self.expression(inner.get(side).unwrap_or(&Json::Null), place);
        }
    }

    /// The function's own name is left alone: another name does not compile.
    fn call(&mut self, inner: &Json, place: Place) {
        let name = inner.pointer("/fcn").and_then(range).and_then(|(from, to)| self.text.get(from..to));
        let writes = matches!(name, Some("sprintf" | "concat" | "format_int"));
        let place = if writes { Place::Result } else { place };
        // `object.get(x, "field", default)`, `is_set(x, "field")`: the second argument names what is read, except
        // where it is a text to look for.
        let texts =
            ["startswith", "endswith", "contains", "split", "replace", "indexof", "regex.", "trim", "glob."];
        let reads = name.is_some_and(|name| !texts.iter().any(|text| name.starts_with(text)));
        let arguments = inner.get("params").and_then(Json::as_array).into_iter().flatten();
        for (at, argument) in arguments.enumerate() {
            let is_name = reads && at == 1 && place == Place::Condition;
            self.expression(argument, if is_name { Place::Name } else { place });
        }
    }

    /// Of a long list of constants one is enough: nobody tests each of fifty names.
    fn list(&mut self, inner: &Json, place: Place) {
        let items = inner.get("items").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let constant = |item: &Json| item.get("String").or_else(|| item.get("Number")).is_some();
        let long = items.len() > 3 && items.iter().all(constant);
        for item in items.iter().take(if long { 1 } else { items.len() }) {
            self.expression(item, place);
        }
    }

    fn string(&mut self, inner: &Json, place: Place) {
        let Some((from, to)) = range(inner) else { return };
        // The span may or may not hold the quotes.
        let (from, to) = match self.text.get(from..to) {
            Some(text) if text.len() >= 2 && text.starts_with(['"', '`']) && text.ends_with(['"', '`']) => {
                (from + 1, to - 1)
            }
            Some(_) => (from, to),
            None => return,
        };
        let renamed = format!("{}{SUFFIX}", self.text.get(from..to).unwrap_or_default());
        self.add(from, to, renamed, kind_of_string(place));
    }

    fn number(&mut self, inner: &Json) {
        let Some((from, to)) = range(inner) else { return };
        let next =
            self.text.get(from..to).and_then(|text| text.parse::<i64>().ok()).and_then(|n| n.checked_add(1));
        if let Some(next) = next {
            self.add(from, to, next.to_string(), MutantKind::Value);
        }
    }

    /// The opposite, and for an order the same with the limit moved.
    fn comparison(&mut self, inner: &Json) {
        let right = inner.get("rhs").and_then(range);
        let left = inner.get("lhs").and_then(range);
        let (Some((start, _)), Some((end, _))) = (left, right) else { return };
        let Some(between) = self.text.get(start..end) else { return };
        let (operator, changed): (&str, &[&str]) = match inner.get("op").and_then(Json::as_str) {
            Some("Eq") => ("==", &["!="]),
            Some("Ne") => ("!=", &["=="]),
            Some("Lt") => ("<", &[">=", "<="]),
            Some("Le") => ("<=", &[">", "<"]),
            Some("Gt") => (">", &["<=", ">="]),
            Some("Ge") => (">=", &["<", ">"]),
            _ => return,
        };
        let Some(at) = between.rfind(operator) else { return };
        let kinds = [MutantKind::Negated, MutantKind::Value];
        for (other, kind) in changed.iter().zip(kinds) {
            self.add(start + at, start + at + operator.len(), *other, kind);
        }
    }
}

fn kind_of_string(place: Place) -> MutantKind {
    match place {
        Place::Condition => MutantKind::Value,
        Place::Name => MutantKind::Renamed,
        Place::Result => MutantKind::Result,
    }
}
