//! The older form that Conftest's `hcl2` parser gave: a block that stands alone is an object, and only
//! repeated ones are an array (<https://github.com/open-policy-agent/conftest/issues/1006>). Since
//! hcl2json wraps every body in an array, policies cannot serve both; which form one was written for
//! can only be declared.

use std::sync::Arc;

use crate::source::hcl::ast::{Block, Body};
use crate::source::{Document, Entry, Node, Value};

/// The document with its values in the older form.
pub fn with_objects(document: &Document) -> Document {
    let Some(syntax) = &document.syntax else { return document.clone() };
    let values = document.values().iter().map(|node| Arc::new(body(node, syntax))).collect();
    Document { values, syntax: None, ..document.clone() }
}

fn body(node: &Node, syntax: &Body) -> Node {
    let entries = node.entries().iter().map(|entry| {
        let blocks: Vec<&Block> = syntax.blocks_of(&entry.key).collect();
        let node = if blocks.is_empty() { entry.node.clone() } else { labelled(&entry.node, &blocks, 0) };
        Entry { node, ..entry.clone() }
    });
    Node::new(Value::Map(entries.collect()), node.span)
}

/// Blocks of one type and the same labels up to `depth`.
fn labelled(node: &Node, blocks: &[&Block], depth: usize) -> Node {
    match &node.value {
        Value::Map(entries) => {
            let entries = entries.iter().map(|entry| {
                let named = |block: &&&Block| block.labels.get(depth).is_some_and(|l| l.text == entry.key);
                let inner: Vec<&Block> = blocks.iter().filter(named).copied().collect();
                Entry { node: labelled(&entry.node, &inner, depth + 1), ..entry.clone() }
            });
            Node::new(Value::Map(entries.collect()), node.span)
        }
        Value::List(items) => {
            let mut bodies: Vec<Node> =
                items.iter().zip(blocks).map(|(item, block)| body(item, &block.body)).collect();
            match (bodies.pop(), bodies.is_empty()) {
                (Some(only), true) => only,
                (last, _) => {
                    bodies.extend(last);
                    Node::new(Value::List(bodies), node.span)
                }
            }
        }
        _ => node.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::{Kind, read};

    #[test]
    fn a_lone_block_is_an_object_and_lists_stay_lists() {
        let text = "resource \"r\" \"a\" {\n  ports = [1]\n  spec {\n    container { name = \"one\" }\n  }\n}\n\
                    resource \"r\" \"b\" {\n  spec {\n    container { name = \"one\" }\n    container { name = \"two\" }\n  }\n}\n\
                    provider \"aws\" { alias = \"x\" }\nprovider \"aws\" { alias = \"y\" }\n";
        let document = read("main.tf", Kind::Terraform, text.into(), false).document.unwrap();
        let old = with_objects(&document);
        let want = json!({
            "resource": {"r": {
                "a": {"ports": [1], "spec": {"container": {"name": "one"}}},
                "b": {"spec": {"container": [{"name": "one"}, {"name": "two"}]}},
            }},
            "provider": {"aws": [{"alias": "x"}, {"alias": "y"}]},
        });
        assert_eq!(old.values[0].to_json(), want);
    }
}
