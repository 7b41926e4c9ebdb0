//! The `ConfigMap`s and Secrets that a kustomization generates.
//!
//! A file's text is known when the file is one of the documents; of others only the key is known,
//! and of environment files not even the keys.

use std::sync::Arc;

use super::build::ByPath;
use super::edit;
use data_encoding::BASE64;

use crate::facts::kubernetes::Object;
use crate::model::Span;
use crate::model::path::join;
use crate::source::{Document, Entry, Node, Value};

pub(super) struct Generator<'a> {
    pub documents: &'a ByPath<'a>,
    pub folder: &'a str,
    pub file: &'a Document,
    pub options: Option<&'a Node>,
}

impl Generator<'_> {
    /// Adds the object of one entry of `configMapGenerator` or `secretGenerator`, or changes the one
    /// that it names.
    pub fn run(&self, kind: &str, rule: &Node, objects: &mut Vec<Object>) -> Result<(), String> {
        let name = rule.entry("name").ok_or("a generator without a name")?;
        let header = name.key_span.to(name.node.span);
        let data = self.data(kind == "Secret", rule, header);
        // Any other word means the same as `create`.
        let replaces = match rule.get("behavior").and_then(Node::as_str) {
            Some("replace") => true,
            Some("merge") => false,
            _ => {
                objects.push(self.object(kind, rule, data, header));
                return Ok(());
            }
        };
        let own = name.node.as_str().unwrap_or("");
        let found = objects
            .iter_mut()
            .find(|object| object.kind() == kind && object.ids().any(|(name, _)| name == own))
            .ok_or_else(|| format!("the generator of `{own}`, whose base is not there"))?;
        let at = found.header;
        if replaces {
            edit::set(&mut found.node, "data", data, at);
        } else if data.is_unknown() || found.node.get("data").is_some_and(Node::is_unknown) {
            edit::set(&mut found.node, "data", Node::new(Value::Unknown, at), at);
        } else {
            edit::each(&mut found.node, &["data"], true, at, &mut |node| {
                for entry in data.entries() {
                    edit::set(node, &entry.key, entry.node.clone(), at);
                }
            });
        }
        Ok(())
    }

    fn object(&self, kind: &str, rule: &Node, data: Node, header: Span) -> Object {
        let text = |text: &str| Node::string(text, header);
        let own = |key: &str| rule.get(key).cloned();
        let mut metadata = Node::new(Value::Map(Vec::new()), header);
        for key in ["name", "namespace"] {
            if let Some(value) = own(key) {
                edit::set(&mut metadata, key, value, header);
            }
        }
        let mut node = Node::new(Value::Map(Vec::new()), header);
        for options in [self.options, rule.get("options")].into_iter().flatten() {
            for key in ["labels", "annotations"] {
                for entry in options.get(key).map(Node::entries).unwrap_or_default() {
                    edit::each(&mut metadata, &[key], true, header, &mut |map| {
                        edit::set(map, &entry.key, entry.node.clone(), header);
                    });
                }
            }
            if options.get("immutable").and_then(Node::as_bool) == Some(true) {
                edit::set(&mut node, "immutable", Node::new(Value::Bool(true), header), header);
            }
        }
        edit::set(&mut node, "apiVersion", text("v1"), header);
        edit::set(&mut node, "kind", text(kind), header);
        edit::set(&mut node, "metadata", metadata, header);
        if kind == "Secret" || data.is_unknown() || !data.entries().is_empty() {
            // Its values stand in the kustomization already.
            if let Value::Map(entries) = &mut node.value {
                entries.push(Entry { key: "data".to_owned(), key_span: header, node: data });
            }
        }
        if kind == "Secret" {
            edit::set(&mut node, "type", own("type").unwrap_or_else(|| text("Opaque")), header);
        }
        Object { node, path: Arc::from(self.file.path.as_str()), header, past: Vec::new() }
    }

    fn data(&self, secret: bool, rule: &Node, header: Span) -> Node {
        let coded = |text: &str| if secret { BASE64.encode(text.as_bytes()) } else { text.to_owned() };
        let mut data = Node::new(Value::Map(Vec::new()), header);
        if ["envs", "env"].iter().any(|key| rule.get(key).is_some_and(|envs| !envs.strings().is_empty())) {
            return Node::new(Value::Unknown, header);
        }
        for literal in rule.get("literals").map(Node::items).unwrap_or_default() {
            if let Some((key, value)) = literal.as_str().and_then(|text| text.split_once('=')) {
                let value = unquoted(value);
                edit::set(&mut data, key, Node::string(coded(value), literal.span), literal.span);
            }
        }
        for file in rule.get("files").map(Node::items).unwrap_or_default() {
            let Some(text) = file.as_str() else { continue };
            let (key, path) = match text.split_once('=') {
                Some((key, path)) => (key, path),
                None => (text.rsplit('/').next().unwrap_or(text), text),
            };
            let known = join(self.folder, path).and_then(|path| self.documents.get(path.as_str()));
            let value = known.map_or(Value::Unknown, |known| Value::String(coded(known.text.as_str())));
            edit::set(&mut data, key, Node::new(value, file.span), file.span);
        }
        data
    }
}

/// One pair of quotes around a literal's value is not part of it.
fn unquoted(value: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(value)
}
