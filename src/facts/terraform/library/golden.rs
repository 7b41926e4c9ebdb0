//! Compares the evaluator and this library with what Terraform itself made of the same expressions;
//! `tests/terraform_expressions.rs` writes the goldens.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::facts::terraform::value::{Field, Type, Value, conforms, encode, to_json};
use crate::facts::terraform::{configuration, evaluate_text};
use crate::source::{Kind, read};

/// Where we knowingly differ, and why.
const KNOWN: &[(&str, &str)] = &[
    ("format(\"%v\", null)", "nulls have no type here; that of a typed one is known in Terraform, too"),
    ("merge(tomap({a = \"1\"}), tomap({}))", "an empty map has no type here; with a type it stays a map"),
    ("textencodebase64(\"a\", \"nonsense\")", "other character sets are unknown, not an error"),
    ("yamldecode(\"a: 1\\na: 2\")", "a key that occurs twice is refused"),
    ("yamldecode(\"a: &v yes\\nb: *v\")", "whether an alias stands for a string in quotes is unknown"),
    ("cidrhost(\"::ffff:10.0.0.0/120\", 1)", "Terraform mixes up both kinds of addresses"),
    ("cidrsubnet(\"10.0.0.0/8\", -9, 0)", "a prefix of less than no bits"),
    ("issensitive(\"a\")", "marks are not followed, so the answer is unknown"),
    ("issensitive(sensitive(\"a\"))", "marks are not followed, so the answer is unknown"),
];

fn golden(name: &str) -> Vec<Map<String, Json>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A type as Terraform's JSON has it.
fn type_from(json: &Json) -> Type {
    let of = |at: usize| Box::new(type_from(&json[at]));
    match json.as_str().or_else(|| json[0].as_str()).unwrap() {
        "bool" => Type::Bool,
        "number" => Type::Number,
        "string" => Type::String,
        "dynamic" => Type::Any,
        "list" => Type::List(of(1)),
        "set" => Type::Set(of(1)),
        "map" => Type::Map(of(1)),
        "tuple" => Type::Tuple(json[1].as_array().unwrap().iter().map(type_from).collect()),
        "object" => {
            let fields = json[1].as_object().unwrap().iter();
            let field = |json| Field { of: type_from(json), optional: None };
            Type::Object(
                fields.map(|(name, json)| (name.as_str().into(), field(json))).collect::<BTreeMap<_, _>>(),
            )
        }
        other => panic!("no type is named {other}"),
    }
}

fn differences(
    expressions: &[Map<String, Json>],
    mut compare: impl FnMut(&Map<String, Json>) -> Option<String>,
) {
    let mut wrong = Vec::new();
    for entry in expressions {
        let expr = entry["expr"].as_str().unwrap();
        let known = KNOWN.iter().any(|(known, _)| *known == expr);
        match (compare(entry), known) {
            (Some(difference), false) => wrong.push(format!("{expr}\n    {difference}")),
            (None, true) => wrong.push(format!("{expr}\n    is right by now")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), expressions.len(), wrong.join("\n"));
}

#[test]
fn expressions_are_evaluated_as_terraform_does() {
    differences(&golden("expressions.json"), |entry| {
        let found = evaluate_text(entry["expr"].as_str()?);
        match (entry.get("json").and_then(Json::as_str), found) {
            (None, Err(_)) => None,
            (None, Ok(value)) => Some(format!("should fail, is {value:?}")),
            (Some(_), Err(error)) => Some(format!("fails: {error}")),
            (Some(text), Ok(value)) => {
                let found = encode(&value, 1 << 20).unwrap_or_else(|error| error);
                let (of, wanted) = (value.type_of(), type_from(&entry["type"]));
                if found != text {
                    Some(format!("should be {text}\n    but is    {found}"))
                } else if conforms(&of, &wanted) {
                    None
                } else {
                    Some(format!("should be of {wanted:?}\n    but is of    {of:?}"))
                }
            }
        }
    });
}

/// As a plan marks what is unknown.
fn unknown(value: &Value) -> Json {
    match value {
        Value::List(items) | Value::Set(items) | Value::Tuple(items) => items.iter().map(unknown).collect(),
        Value::Map(entries) | Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.to_string(), unknown(value)))
            .filter(|(_, unknown)| *unknown != json!(false))
            .collect::<Map<_, _>>()
            .into(),
        other => json!(other.is_unknown()),
    }
}

/// As a plan shows a value that is unknown in part.
fn after(value: &Value) -> Json {
    match value {
        Value::List(items) | Value::Set(items) | Value::Tuple(items) => items.iter().map(after).collect(),
        Value::Map(entries) | Value::Object(entries) => entries
            .iter()
            .filter(|(_, value)| !value.is_unknown())
            .map(|(key, value)| (key.to_string(), after(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => to_json(other).unwrap_or_default(),
    }
}

#[test]
fn unknown_values_are_those_of_a_plan() {
    let expressions = golden("unknowns.json");
    let mut text = include_str!("../../../../tests/golden/terraform/unknowns.tf").to_owned();
    for (at, entry) in expressions.iter().enumerate() {
        let expr = entry["expr"].as_str().unwrap();
        writeln!(text, "output \"o_{at}\" {{\n  value = {expr}\n}}").unwrap();
    }
    let document = read("main.tf", Kind::Terraform, text.into_bytes(), false).document.unwrap();
    let configurations = configuration(&[Arc::new(document)]);
    let outputs = &configurations.first().unwrap().outputs;
    let mut at = 0;
    differences(&expressions, |entry| {
        let value = &outputs[&format!("o_{at}")];
        at += 1;
        let marks = if value.is_known() { json!(false) } else { unknown(value) };
        let (found, wanted) = ((after(value), marks), (&entry["after"], &entry["unknown"]));
        let same = (&found.0, &found.1) == wanted;
        (!same).then(|| format!("should be {} {}\n    but is    {} {}", wanted.0, wanted.1, found.0, found.1))
    });
}
