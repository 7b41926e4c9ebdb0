//! As much of JSON Schema 2020-12 as `docs/report.schema.json` uses. A word that it does not know is a mistake too, so
//! nothing in the schema goes unchecked. `.ci/validate-exports` asks a complete validator.
#![allow(dead_code)] // each test file uses a part
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a helper of tests only

use serde_json::Value as Json;

/// What is wrong with a report.
pub fn mistakes(report: &Json) -> Vec<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
    let schema: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    mistakes_of(&schema, report)
}

/// What is wrong with a value, by a schema.
pub fn mistakes_of(schema: &Json, value: &Json) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

fn check(root: &Json, schema: &Json, value: &Json, at: &str, found: &mut Vec<String>) {
    for (word, rule) in schema.as_object().unwrap() {
        let holds = match word.as_str() {
            "$schema" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
                check(root, target, value, at, found);
                true
            }
            "anyOf" => rule.as_array().unwrap().iter().any(|one| {
                let mut inner = Vec::new();
                check(root, one, value, at, &mut inner);
                inner.is_empty()
            }),
            "type" => match rule {
                Json::Array(types) => types.iter().any(|one| is(one, value)),
                one => is(one, value),
            },
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()),
            "pattern" => {
                let pattern = regex::Regex::new(rule.as_str().unwrap()).unwrap();
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            "required" => value.as_object().is_none_or(|map| {
                rule.as_array().unwrap().iter().all(|key| map.contains_key(key.as_str().unwrap()))
            }),
            "additionalProperties" => {
                let known = |key: &str| {
                    schema.get("properties").is_some_and(|named| named.get(key).is_some())
                        || patterns(schema).any(|pattern| pattern.is_match(key))
                };
                let others: Vec<_> =
                    value.as_object().into_iter().flatten().filter(|(key, _)| !known(key)).collect();
                if rule.is_object() {
                    for (key, member) in &others {
                        check(root, rule, member, &format!("{at}.{key}"), found);
                    }
                }
                *rule != false || others.is_empty()
            }
            "patternProperties" => rule.as_object().unwrap().values().all(|inner| *inner == true),
            "properties" => {
                for (key, inner) in rule.as_object().unwrap() {
                    if let Some(member) = value.get(key) {
                        check(root, inner, member, &format!("{at}.{key}"), found);
                    }
                }
                true
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}[{index}]"), found);
                }
                true
            }
            unknown => panic!("{at}: the checker does not know `{unknown}`"),
        };
        if !holds {
            found.push(format!("{at}: {word} {rule}: {value}"));
        }
    }
}

fn patterns(schema: &Json) -> impl Iterator<Item = regex::Regex> {
    let named = schema.get("patternProperties").and_then(Json::as_object);
    named.into_iter().flatten().map(|(pattern, _)| regex::Regex::new(pattern).unwrap())
}

fn is(name: &Json, value: &Json) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the checker does not know the type `{other}`"),
    }
}
