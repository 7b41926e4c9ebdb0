//! `CloudFormation` and SAM: a template is one root; its resources are evaluated here.
//!
//! Parameters take their defaults; mappings, conditions and intrinsic functions are evaluated
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>).
//! What only a deployment can know (pseudo parameters, attributes of other resources, exports,
//! parameters without a default) stays unknown, and a reference to another resource is an edge.
//!
//! A resource whose condition is false does not exist. One whose condition is unknown is judged as
//! if it did: within it that condition holds, for otherwise there would be no resource. Resources
//! that a transform would add are not made up: the template is listed as not rendered.

mod evaluate;
mod foreach;
mod function;
mod sam;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use self::evaluate::{Evaluator, Template};
use super::{Part, Reference, Resource, System, Taken, distinct, unread};
use crate::model::Span;
use crate::model::path::{folder, join};
use crate::source::{Document, Entry, Node, Value};

const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// The resources of the templates in one file; `paths` are those of all files.
pub fn facts(document: &Document, paths: &HashSet<&str>) -> Part {
    let mut part = Part::default();
    let mut taken = Taken::new();
    for node in document.values.iter().filter(|node| node.get("Resources").is_some()) {
        template(document, node, paths, &mut taken, &mut part);
    }
    part
}

fn template(document: &Document, node: &Node, paths: &HashSet<&str>, taken: &mut Taken, part: &mut Part) {
    let mut skipped =
        |span: Span, reason: String| part.not_rendered.push(unread(document, Some(span), reason));
    for transform in node.get("Transform").map(transforms).unwrap_or_default() {
        match transform.as_str() {
            Some(LANGUAGE_EXTENSIONS) => {}
            Some(sam::TRANSFORM) => skipped(
                transform.span,
                "SAM: roles, permissions and APIs that the transform adds are not generated".to_owned(),
            ),
            name => skipped(
                transform.span,
                format!("transform `{}` is not run: judged as written", name.unwrap_or("?")),
            ),
        }
    }
    let template = Template::of(node);
    let mut evaluator = Evaluator::new(&template);
    let files: Arc<[String]> = Arc::from([document.path.clone()]);
    for entry in &template.resources {
        if entry.key.starts_with("Fn::") {
            skipped(entry.key_span, format!("`{}` is not expanded", entry.key));
            continue;
        }
        let declared = &entry.node;
        let Some(kind) = declared.get("Type").and_then(Node::as_str) else {
            skipped(entry.key_span, format!("resource `{}` has no type", entry.key));
            continue;
        };
        let condition = declared.get("Condition").and_then(Node::as_str);
        if condition.is_some_and(|name| evaluator.condition(name) == Some(false)) {
            continue;
        }
        let (attributes, mut references) =
            evaluator.properties(kind, declared.get("Properties"), entry.key_span, condition);
        let depends = declared.get("DependsOn").map(Node::strings).unwrap_or_default();
        references.extend(
            depends
                .iter()
                .filter(|name| template.declares(name))
                .map(|name| Reference { path: Vec::new(), target: (*name).to_owned() }),
        );
        if let Some(reason) = elsewhere(kind, &entry.key, &attributes, &document.path, paths) {
            skipped(entry.key_span, reason);
        }
        let address = distinct(taken, &entry.key);
        part.resources.push(Arc::new(Resource {
            system: System::CloudFormation,
            kind: kind.to_owned(),
            name: entry.key.clone(),
            namespace: None,
            root: format!("cloudformation:{}", document.path),
            module: String::new(),
            subject: format!("cloudformation:{}//{address}", document.path),
            address,
            path: document.path.clone(),
            header: entry.key_span,
            attributes: Arc::new(attributes),
            references,
            provider: None,
            files: files.clone(),
        }));
    }
    if let Some(reason) = evaluator.exhausted() {
        skipped(node.span, reason);
    }
}

/// The transforms of a template: one name or a list of names and calls.
fn transforms(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::List(items) => items.iter().map(|item| item.get("Name").unwrap_or(item)).collect(),
        Value::Map(_) => node.get("Name").into_iter().collect(),
        _ => vec![node],
    }
}

/// Why a resource stands for others that are not seen here, if it does.
fn elsewhere(kind: &str, name: &str, attributes: &Node, path: &str, paths: &HashSet<&str>) -> Option<String> {
    let source = match kind {
        "AWS::CloudFormation::Stack" => attributes.get("TemplateURL"),
        "AWS::Serverless::Application" => attributes.get("Location"),
        _ if kind.ends_with("::MODULE") => return Some(format!("module `{name}` ({kind}) is not expanded")),
        _ => return None,
    };
    let local = source.and_then(Node::as_str).and_then(|source| join(folder(path), source));
    Some(match local.filter(|local| paths.contains(local.as_str())) {
        Some(local) => {
            format!("nested stack `{name}`: {local} is judged with its defaults, not with these parameters")
        }
        None => format!("nested stack `{name}`: its template is not in this repository"),
    })
}

/// A map of `entries`, standing at `span`.
fn map(entries: Vec<Entry>, span: Span) -> Node {
    Node::new(Value::Map(entries), span)
}
