//! Declared AI systems: `.probity/system.yaml`, a list `systems` of records.
//!
//! ```yaml
//! systems:
//!   - id: credit-scoring        # the only key that is required
//!     owner: mara@example.com
//!     risk_class: high          # prohibited, high, limited, minimal
//!     annex_iii_point: 5(b)
//!     affects_persons: true
//!     data_classes: [financial]
//!     regions: [eu-central-1]
//!     models: [credit-scoring]
//!     paths: [models/credit, pipelines/credit/**]
//! ```
//! A mistake in it is listed with its line; the record counts all the same, as it was written.

use serde_json::Value as Json;

use crate::model::{Span, Unread};
use crate::source::{Document, Entry, Kind, Node, Value};

const RISK_CLASSES: [&str; 4] = ["prohibited", "high", "limited", "minimal"];
const TEXTS: [&str; 5] = ["name", "owner", "risk_owner", "risk_class", "annex_iii_point"];
const LISTS: [&str; 4] = ["data_classes", "regions", "models", "paths"];

/// One declared system.
#[derive(Debug, Clone)]
pub struct SystemRecord {
    /// Empty where the record names none.
    pub id: String,
    /// Path prefixes of what belongs to it.
    pub paths: Vec<String>,
    /// The whole record, as policies see it.
    pub record: Json,
}

pub fn records(document: &Document) -> Vec<SystemRecord> {
    nodes(document)
        .filter(|node| matches!(node.value, Value::Map(_)))
        .map(|node| SystemRecord {
            id: node.get("id").and_then(Node::as_str).unwrap_or("").to_owned(),
            paths: node
                .get("paths")
                .map(|paths| paths.strings().into_iter().map(str::to_owned).collect())
                .unwrap_or_default(),
            record: node.to_json(),
        })
        .collect()
}

/// The records as they are written.
pub fn nodes(document: &Document) -> impl Iterator<Item = &Node> {
    document.values.iter().filter_map(|node| node.get("systems")).flat_map(Node::items)
}

impl SystemRecord {
    /// Does a file belong to this system? A prefix ends at a folder.
    pub fn owns(&self, path: &str) -> bool {
        self.paths.iter().any(|prefix| {
            let prefix = prefix.trim_end_matches("**").trim_end_matches('/');
            path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
        })
    }

    /// A text of the record, for listings.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.record.get(key).and_then(Json::as_str)
    }
}

/// What is wrong with the declarations, each with its line.
pub fn mistakes(document: &Document) -> Vec<Unread> {
    if document.kind != Kind::Systems {
        return Vec::new();
    }
    let mut found = Vec::new();
    for value in &document.values {
        match value.get("systems").map(|systems| (&systems.value, systems.span)) {
            Some((Value::List(_), _)) => {}
            Some((_, span)) => found.push((span, "`systems` is no list".to_owned())),
            None => found.push((value.span, "there is no list `systems`".to_owned())),
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for record in nodes(document) {
        record_mistakes(record, &mut found);
        let Some(id) = record.get("id") else { continue };
        match id.as_str() {
            Some("") | None => found.push((id.span, "`id` is no text".to_owned())),
            Some(name) if seen.contains(&name) => {
                found.push((id.span, format!("the id `{name}` is taken by a system above")));
            }
            Some(name) => seen.push(name),
        }
    }
    let unread = found.into_iter().map(|(span, reason)| Unread {
        path: document.path.clone(),
        line: Some(document.text.position(span.start).line),
        reason: format!("declared systems: {reason}"),
    });
    unread.collect()
}

fn record_mistakes(record: &Node, found: &mut Vec<(Span, String)>) {
    if !matches!(record.value, Value::Map(_)) {
        found.push((record.span, "a system is a mapping".to_owned()));
        return;
    }
    if record.get("id").is_none() {
        found.push((record.span, "a system without `id`".to_owned()));
    }
    for Entry { key, key_span, node } in record.entries() {
        let text = node.as_str();
        let wrong = match key.as_str() {
            // A key without a value says nothing yet.
            _ if node.value == Value::Null => None,
            "risk_class" if text.is_some_and(|class| !RISK_CLASSES.contains(&class)) => {
                Some(format!("unknown risk class `{}`: {}", text.unwrap_or(""), RISK_CLASSES.join(", ")))
            }
            "annex_iii_point" if text.is_some_and(|point| !is_point(point)) => {
                Some(format!("`{}` is no point of Annex III, such as 5(b)", text.unwrap_or("")))
            }
            "annex_iii_point" if matches!(node.value, Value::Number(_)) => None,
            "affects_persons" if node.as_bool().is_none() => {
                Some("`affects_persons` is true or false".to_owned())
            }
            key if TEXTS.contains(&key) && text.is_none() => Some(format!("`{key}` is no text")),
            key if LISTS.contains(&key) && text.is_none() => match &node.value {
                Value::List(items) if items.iter().all(|item| item.as_str().is_some()) => None,
                Value::List(_) => Some(format!("`{key}` holds more than texts")),
                _ => Some(format!("`{key}` is no list of texts")),
            },
            _ => None,
        };
        found.extend(wrong.map(|reason| (*key_span, reason)));
    }
}

/// `5`, `5(b)`, `5.b`, `5b`: a point of Annex III of the AI Act, which has eight.
fn is_point(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(|c: char| ('1'..='8').contains(&c)) else { return false };
    let letter = rest.trim_start_matches('.').trim_matches(['(', ')']);
    rest.is_empty() || (letter.len() == 1 && letter.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::read;

    fn document(text: &str) -> Document {
        read(".probity/system.yaml", Kind::Systems, text.into(), false).document.unwrap()
    }

    #[test]
    fn a_right_declaration_has_no_mistakes() {
        let document = document(
            "systems:\n  - id: a\n    owner: o\n    risk_class: high\n    annex_iii_point: 5(b)\n    affects_persons: true\n    \
             regions: [eu]\n    paths: models/a\n    extra: {x: 1}\n  - {id: b, annex_iii_point: 3, owner: }\n",
        );
        assert_eq!(mistakes(&document), []);
        let systems = records(&document);
        assert_eq!(systems[0].text("owner"), Some("o"));
        assert!(systems[0].owns("models/a/x.py") && !systems[0].owns("models/ab"));
        assert_eq!(systems[0].record["extra"]["x"], 1);
    }

    #[test]
    fn each_mistake_has_its_line_and_loses_nothing() {
        let document = document(
            "systems:\n  - id: a\n    risk_class: hgih\n    affects_persons: yes\n  - id: a\n    regions: {x: 1}\n  - owner: o\n    \
             annex_iii_point: 9(z)\n  - text\n  - id: [b]\n    models: [1]\n",
        );
        let lines: Vec<_> = mistakes(&document).into_iter().map(|m| (m.line.unwrap(), m.reason)).collect();
        let want = [
            (3, "declared systems: unknown risk class `hgih`: prohibited, high, limited, minimal"),
            (4, "declared systems: `affects_persons` is true or false"),
            (6, "declared systems: `regions` is no list of texts"),
            (5, "declared systems: the id `a` is taken by a system above"),
            (7, "declared systems: a system without `id`"),
            (8, "declared systems: `9(z)` is no point of Annex III, such as 5(b)"),
            (9, "declared systems: a system is a mapping"),
            (11, "declared systems: `models` holds more than texts"),
            (10, "declared systems: `id` is no text"),
        ];
        assert_eq!(lines, want.map(|(line, reason)| (line, reason.to_owned())));
        assert_eq!(records(&document).len(), 4, "records count as they were written");
    }

    #[test]
    fn other_shapes_are_named() {
        assert_eq!(mistakes(&document("systems: {a: 1}\n")).len(), 1);
        assert_eq!(mistakes(&document("system: []\n")).len(), 1);
    }
}
