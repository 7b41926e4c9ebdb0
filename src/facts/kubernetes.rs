//! Kubernetes objects from manifests: every document with `apiVersion` and `kind`, and the items of lists.

use std::sync::Arc;

use super::{Resource, System, folder};
use crate::source::{Document, Kind, Node};

pub fn facts(documents: &[Arc<Document>]) -> super::Part {
    let mut found = Vec::new();
    for document in documents.iter().filter(|document| document.kind == Kind::Kubernetes) {
        for node in &document.values {
            let items = node.get("items").filter(|_| kind(node).ends_with("List"));
            match items {
                Some(items) => found.extend(items.items().iter().filter_map(|item| object(document, item))),
                None => found.extend(object(document, node)),
            }
        }
    }
    super::Part { resources: found, not_rendered: Vec::new() }
}

fn kind(node: &Node) -> &str {
    node.get("kind").and_then(Node::as_str).unwrap_or("")
}

fn object(document: &Document, node: &Node) -> Option<Resource> {
    let api_version = node.get("apiVersion")?.as_str()?;
    let kind = kind(node);
    // The definition of a type is no object of it; its schema mentions everything and sets nothing.
    if kind == "CustomResourceDefinition" {
        return None;
    }
    let metadata = node.get("metadata");
    let text = |key: &str| metadata.and_then(|m| m.get(key)).and_then(Node::as_str);
    let name = text("name").or_else(|| text("generateName")).unwrap_or("");
    let namespace = text("namespace");
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let address = format!("{group}/{kind}/{}/{name}", namespace.unwrap_or(""));
    let folder = match folder(&document.path) {
        "" => ".",
        folder => folder,
    };
    let header = metadata.and_then(|m| m.entry("name")).map(|entry| entry.key_span.to(entry.node.span));
    Some(Resource {
        system: System::Kubernetes,
        kind: kind.to_owned(),
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
        root: format!("kubernetes:{folder}"),
        module: String::new(),
        files: Arc::from([document.path.clone()]),
        subject: format!("kubernetes:{folder}//{address}"),
        address,
        path: document.path.clone(),
        header: header
            .or_else(|| node.entry("kind").map(|e| e.key_span.to(e.node.span)))
            .unwrap_or(node.span),
        attributes: node.clone(),
        references: Vec::new(),
    })
}
