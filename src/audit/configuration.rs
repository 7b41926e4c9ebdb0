//! `.probity/config.yaml` as a whole: what no part of it knows, and the JSON Schema of what they know.
//!
//! Each part has a reader of its own: parameters in `policy`, steps in `facts`, waivers in `templates`. Other names at the
//! top are the repository's, for policies of its own to read; one that looks like a part's is a mistake.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::templates::{FIELDS, KEYS, Reader};
use crate::facts::pipeline::{STEP_KINDS, STEP_PATTERNS};
use crate::model::{Severity, Unread, nearest};
use crate::policy::{CONFIG, parameter_defaults};
use crate::source::Document;
use crate::waiver::{DecisionType, Detail};

const PARTS: [&str; 3] = ["params", "pipeline", "waivers"];

/// What would change nothing because its name is mistyped, and nobody would see.
pub(super) fn strangers(documents: &[Arc<Document>]) -> Vec<Unread> {
    let Some(document) = documents.iter().find(|document| document.path == CONFIG) else { return Vec::new() };
    let mut reader = Reader { document, unread: Vec::new() };
    for root in document.values.iter().filter(|root| !root.to_json().is_null()) {
        let others = root.entries().iter().map(|entry| entry.key.as_str());
        let meant_so = |name: &&str| nearest(name, PARTS.into_iter()).is_none();
        let known: Vec<&str> = others.filter(meant_so).chain(PARTS).collect();
        if reader.keys(root, "configuration", &known)
            && let Some(pipeline) = root.get("pipeline")
            && reader.keys(pipeline, "pipeline", &["steps"])
            && let Some(steps) = pipeline.get("steps")
            && !steps.to_json().is_array()
        {
            reader.tell(steps, "pipeline.steps: must be a list of rules".to_owned());
        }
    }
    reader.unread
}

/// The JSON Schema (2020-12) of the configuration, made of what the readers know.
pub fn configuration_schema() -> Json {
    let object = |properties: Map<String, Json>| json!({"type": "object", "properties": properties, "additionalProperties": false});
    let text = || json!({"type": "string"});
    let kind = |value: &Json| match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    let params = parameter_defaults().iter().map(|(name, default)| {
        (name.clone(), json!({"type": kind(default), "description": format!("Default: {default}")}))
    });
    let patterns = STEP_PATTERNS.iter().map(|name| ((*name).to_owned(), text()));
    let mut rule: Map<String, Json> = patterns.collect();
    rule.insert("kind".to_owned(), json!({"enum": STEP_KINDS}));
    let mut rule = object(rule);
    if let Some(rule) = rule.as_object_mut() {
        rule.insert("required".to_owned(), json!(["kind"]));
    }
    let details: Vec<&str> = Detail::ALL.iter().map(|detail| detail.as_str()).collect();
    let required = json!({"type": "array", "items": {"enum": details}});
    let field = |name: &&str| {
        let schema = match *name {
            "type" => json!({"enum": DecisionType::ALL.map(DecisionType::as_str)}),
            "residual_risk" => json!({"enum": Severity::ALL.map(Severity::as_str)}),
            "days" | "review_days" => json!({"type": "integer", "minimum": 1}),
            "compensating_controls" => json!({"type": "array", "items": {"type": "string"}}),
            "required" => required.clone(),
            _ => text(),
        };
        ((*name).to_owned(), schema)
    };
    let template = object(FIELDS.iter().map(field).collect());
    let waivers = KEYS.iter().map(|name| {
        let schema = match *name {
            "templates" => json!({"type": "object", "additionalProperties": template}),
            _ => required.clone(),
        };
        ((*name).to_owned(), schema)
    });
    let steps = json!({"steps": {"type": "array", "items": rule}});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Probity: .probity/config.yaml",
        "type": "object",
        "properties": {
            "params": object(params.collect()),
            "pipeline": object(steps.as_object().cloned().unwrap_or_default()),
            "waivers": object(waivers.collect()),
        },
    })
}
