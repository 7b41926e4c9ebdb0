//! Declared AI systems: `.probity/system.yaml`, a mapping `systems` of records.

use serde_json::Value as Json;

use crate::source::{Document, Node};

/// One declared system.
#[derive(Debug, Clone)]
pub struct SystemRecord {
    pub id: String,
    /// Path prefixes of what belongs to it.
    pub paths: Vec<String>,
    /// The whole record, as policies see it.
    pub record: Json,
}

pub fn records(document: &Document) -> Vec<SystemRecord> {
    let records = document.values.iter().filter_map(|node| node.get("systems")).flat_map(Node::items);
    records
        .filter_map(|node| {
            Some(SystemRecord {
                id: node.get("id")?.as_str()?.to_owned(),
                paths: node
                    .get("paths")
                    .map(|paths| paths.strings().into_iter().map(str::to_owned).collect())
                    .unwrap_or_default(),
                record: node.to_json(),
            })
        })
        .collect()
}

impl SystemRecord {
    /// Does a file belong to this system? A prefix ends at a folder.
    pub fn owns(&self, path: &str) -> bool {
        self.paths.iter().any(|prefix| {
            let prefix = prefix.trim_end_matches("**").trim_end_matches('/');
            path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
        })
    }
}
