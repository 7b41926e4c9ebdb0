//! One object, as a manifest declares it or an overlay changes it.

use std::sync::Arc;

use crate::model::Span;
use crate::source::{Document, Node};

#[derive(Debug, Clone)]
pub struct Object {
    pub node: Node,
    /// The file that declares it: every span in the node is one in this file.
    pub path: Arc<str>,
    /// What to mark when the whole object is meant, and for values from other files.
    pub header: Span,
    /// Names and namespaces that it had before an overlay changed them.
    pub past: Vec<(String, String)>,
}

impl Object {
    /// The objects of a document.
    pub fn all(document: &Document) -> Vec<Object> {
        let path: Arc<str> = Arc::from(document.path.as_str());
        let mut found = Vec::new();
        for node in &document.values {
            let list = node.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
            match node.get("items").filter(|_| list) {
                Some(items) => found.extend(items.items().iter().filter_map(|item| Object::of(item, &path))),
                None => found.extend(Object::of(node, &path)),
            }
        }
        found
    }

    fn of(node: &Node, path: &Arc<str>) -> Option<Object> {
        let kind = node.entry("kind").filter(|entry| entry.node.as_str().is_some())?;
        node.get("apiVersion")?.as_str()?;
        let name = node.get("metadata").and_then(|metadata| metadata.entry("name")).unwrap_or(kind);
        let header = name.key_span.to(name.node.span);
        Some(Object { node: node.clone(), path: path.clone(), header, past: Vec::new() })
    }

    pub fn kind(&self) -> &str {
        self.node.get("kind").and_then(Node::as_str).unwrap_or("")
    }

    fn api_version(&self) -> &str {
        self.node.get("apiVersion").and_then(Node::as_str).unwrap_or("")
    }

    pub fn group(&self) -> &str {
        self.api_version().rsplit_once('/').map_or("", |(group, _)| group)
    }

    pub fn version(&self) -> &str {
        self.api_version().rsplit_once('/').map_or(self.api_version(), |(_, version)| version)
    }

    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.node.get("metadata")?.get(key)?.as_str()
    }

    pub fn name(&self) -> &str {
        self.metadata("name").or_else(|| self.metadata("generateName")).unwrap_or("")
    }

    pub fn namespace(&self) -> &str {
        self.metadata("namespace").unwrap_or("")
    }

    /// Every name and namespace that it has or had.
    pub fn ids(&self) -> impl Iterator<Item = (&str, &str)> {
        let past = self.past.iter().map(|(name, namespace)| (name.as_str(), namespace.as_str()));
        past.chain(std::iter::once((self.name(), self.namespace())))
    }

    /// Is its type one of Kubernetes itself, whose lists have known keys?
    pub fn is_builtin(&self) -> bool {
        let group = self.group();
        matches!(group, "" | "apps" | "batch" | "autoscaling" | "policy" | "extensions")
            || (group.ends_with(".k8s.io")
                && !group.contains(".x-k8s.io")
                && group != "gateway.networking.k8s.io")
    }
}
