//! An expression as the `configuration` of a plan has it: its constant value, or what it refers to.
//!
//! References follow Terraform: the longest first, then its beginnings down to what is referred to
//! (`aws_kms_key.a.arn`, `aws_kms_key.a`).

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value as Json, json};

use crate::source::hcl::ast::{Access, Expr, ExprKind, Part};

pub fn expression(expr: &Expr) -> Json {
    if let Some(value) = constant(expr) {
        return json!({"constant_value": value});
    }
    let mut found = Vec::new();
    references(expr, &mut Vec::new(), &mut found);
    let mut seen = BTreeSet::new();
    found.retain(|reference| seen.insert(reference.clone()));
    if found.is_empty() { json!({}) } else { json!({"references": found}) }
}

/// The value of an expression that only states one.
pub fn constant(expr: &Expr) -> Option<Json> {
    Some(match &expr.kind {
        ExprKind::Null => Json::Null,
        ExprKind::Bool(value) => json!(value),
        ExprKind::Number(text) => Json::Number(number(text)?),
        ExprKind::Negate(inner) => match &inner.kind {
            ExprKind::Number(text) => Json::Number(number(&format!("-{text}"))?),
            _ => return None,
        },
        ExprKind::String(text) => json!(text),
        ExprKind::Template(parts) => {
            let mut text = String::new();
            for part in parts {
                let Part::Text(part) = part else { return None };
                text.push_str(part);
            }
            json!(text)
        }
        ExprKind::Tuple(items) => items.iter().map(constant).collect::<Option<_>>()?,
        ExprKind::Object(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = match constant(key)? {
                    Json::String(text) => text,
                    Json::Object(_) | Json::Array(_) | Json::Null => return None,
                    scalar => scalar.to_string(),
                };
                map.insert(key, constant(value)?);
            }
            Json::Object(map)
        }
        ExprKind::Parenthesis(inner) => constant(inner)?,
        _ => return None,
    })
}

fn number(text: &str) -> Option<Number> {
    let whole = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
    whole.ok().or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64))
}

/// `aws.eu`, as `provider` and `depends_on` have it.
pub fn written(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Variable(name) | ExprKind::String(name) => Some(name.clone()),
        ExprKind::Traversal(base, accesses) => {
            let mut text = written(base)?;
            for access in accesses {
                text.push_str(&fixed(access)?);
            }
            Some(text)
        }
        _ => None,
    }
}

/// An access whose place is written out.
fn fixed(access: &Access) -> Option<String> {
    match access {
        Access::Attribute(name) => Some(format!(".{name}")),
        Access::Index(index) => match &index.kind {
            ExprKind::String(key) => Some(format!("[{}]", json!(key))),
            ExprKind::Number(number) => Some(format!("[{number}]")),
            _ => None,
        },
        _ => None,
    }
}

/// Collects what an expression refers to; `bound` are the names of `for` around it.
fn references(expr: &Expr, bound: &mut Vec<String>, found: &mut Vec<String>) {
    match &expr.kind {
        ExprKind::Traversal(base, accesses) => {
            match &base.kind {
                ExprKind::Variable(name) if bound.contains(name) => {}
                ExprKind::Variable(name) => {
                    let steps: Vec<String> = accesses.iter().map_while(fixed).collect();
                    of_traversal(name, &steps, found);
                }
                _ => references(base, bound, found),
            }
            for access in accesses {
                if let Access::Index(index) = access {
                    references(index, bound, found);
                }
            }
        }
        ExprKind::Template(parts) => in_template(parts, bound, found),
        ExprKind::Tuple(items) => items.iter().for_each(|item| references(item, bound, found)),
        ExprKind::Object(entries) => {
            for (key, value) in entries {
                references(key, bound, found);
                references(value, bound, found);
            }
        }
        ExprKind::Call(call) => call.args.iter().for_each(|arg| references(arg, bound, found)),
        ExprKind::Not(inner) | ExprKind::Negate(inner) | ExprKind::Parenthesis(inner) => {
            references(inner, bound, found);
        }
        ExprKind::Binary(left, _, right) => {
            references(left, bound, found);
            references(right, bound, found);
        }
        ExprKind::Conditional(parts) => parts.iter().for_each(|part| references(part, bound, found)),
        ExprKind::For(each) => {
            references(&each.over, bound, found);
            let before = bound.len();
            bound.extend(each.key.iter().cloned().chain([each.value.clone()]));
            let inner = each.key_expr.iter().chain([&each.value_expr]).chain(&each.condition);
            inner.for_each(|inner| references(inner, bound, found));
            bound.truncate(before);
        }
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Variable(_) => {}
    }
}

fn in_template(parts: &[Part], bound: &mut Vec<String>, found: &mut Vec<String>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Value(expr) => references(expr, bound, found),
            Part::If { condition, then, otherwise } => {
                references(condition, bound, found);
                in_template(then, bound, found);
                in_template(otherwise, bound, found);
            }
            Part::For { key, value, over, body } => {
                references(over, bound, found);
                let before = bound.len();
                bound.extend(key.iter().cloned().chain([value.clone()]));
                in_template(body, bound, found);
                bound.truncate(before);
            }
        }
    }
}

/// The whole chain, then its beginnings down to the thing itself; for an instance also its resource.
fn of_traversal(name: &str, steps: &[String], found: &mut Vec<String>) {
    let is_key = |at: usize| steps.get(at).is_some_and(|step| step.starts_with('['));
    // How many steps name the thing, and how many of those name what it is an instance of.
    let (subject, whole) = match name {
        "var" | "local" | "each" | "count" | "path" | "terraform" | "self" => (1, 1),
        "module" if is_key(1) => (3, 2),
        "module" => (2, 1),
        "data" => (2 + usize::from(is_key(2)), 2),
        _ => (1 + usize::from(is_key(1)), 1),
    };
    let text = |count: usize| format!("{name}{}", steps.get(..count).unwrap_or(steps).concat());
    let subject = subject.min(steps.len());
    found.extend((subject..=steps.len()).rev().map(text));
    if whole < subject {
        found.push(text(whole));
    }
}
