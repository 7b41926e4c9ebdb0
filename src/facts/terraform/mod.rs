//! Terraform: the files of one folder together are one root; its resources are resolved here.
//!
//! Variables take their defaults and the assignments of `terraform.tfvars` and `*.auto.tfvars`;
//! locals, references and plain expressions are evaluated. What only `apply` can know stays unknown.

use std::sync::Arc;

mod eval;
mod functions;
#[allow(dead_code)] // the evaluator calls it next
mod library;
#[allow(dead_code, unused_imports)] // the evaluator moves onto it next
mod value;

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::visit::{Visit, visit_traversal};

use self::eval::Scope;
use super::{Reference, Resource, System};
use crate::source::hcl::span;
use crate::source::{Document, Entry, Kind, Node, Step, Value};

/// Arguments that Terraform itself reads; they are no attributes of the resource.
const META_ARGUMENTS: [&str; 8] =
    ["count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "timeouts"];

/// The resources of every root, in the order of their folders and files.
pub fn resources(documents: &[Arc<Document>]) -> Vec<Resource> {
    let mut roots: BTreeMap<&str, Vec<&Document>> = BTreeMap::new();
    for document in documents {
        if matches!(document.kind, Kind::Terraform | Kind::Tfvars) {
            roots.entry(super::folder(&document.path)).or_default().push(document);
        }
    }
    roots.into_iter().flat_map(|(folder, files)| root_resources(folder, &files)).collect()
}

fn root_resources(folder: &str, files: &[&Document]) -> Vec<Resource> {
    let mut scope = Scope::default();
    let mut declared = Vec::new();
    let mut providers: Vec<(&Block, &Document)> = Vec::new();
    for document in files.iter().filter(|document| document.kind == Kind::Terraform) {
        for block in document.body.iter().flat_map(|body| body.blocks()) {
            let labels: Vec<&str> =
                block.labels.iter().map(hcl_edit::structure::BlockLabel::as_str).collect();
            match (block.ident.as_str(), labels.as_slice()) {
                ("variable", [name]) => {
                    if let Some(default) = block.body.get_attribute("default") {
                        let value = Scope::default().evaluate(&default.value);
                        scope.variables.insert((*name).to_owned(), value);
                    }
                }
                ("locals", _) => {
                    for attribute in block.body.attributes() {
                        scope.locals.insert(attribute.key.as_str(), &attribute.value);
                    }
                }
                ("resource", [kind, name]) => {
                    scope.resources.insert((kind, name), block);
                    declared.push((block, *document));
                }
                ("provider", _) => providers.push((block, document)),
                _ => {}
            }
        }
    }
    for body in assignments(files) {
        for attribute in body.attributes() {
            let value = Scope::default().evaluate(&attribute.value);
            scope.variables.insert(attribute.key.as_str().to_owned(), value);
        }
    }
    let paths: Arc<[String]> = files.iter().map(|document| document.path.clone()).collect();
    declared
        .into_iter()
        .filter_map(|(block, file)| resource(&scope, folder, block, file, &providers))
        .map(|resource| Resource { files: paths.clone(), ..resource })
        .collect()
}

/// `terraform.tfvars` first, then `*.auto.tfvars` in the order of their names; later ones win.
fn assignments<'a>(files: &[&'a Document]) -> Vec<&'a Body> {
    let mut files: Vec<_> = files.iter().filter(|document| document.kind == Kind::Tfvars).collect();
    files.sort_by_key(|document| (!document.path.ends_with("terraform.tfvars"), &document.path));
    files.into_iter().filter_map(|document| document.body.as_deref()).collect()
}

fn resource(
    scope: &Scope<'_>,
    folder: &str,
    block: &Block,
    document: &Document,
    providers: &[(&Block, &Document)],
) -> Option<Resource> {
    let [kind, name] = block.labels.as_slice() else { return None };
    let none = |name: &str, empty: fn(&Value) -> bool| {
        block.body.get_attribute(name).is_some_and(|a| empty(&scope.evaluate(&a.value).value))
    };
    // `count = 0` and an empty `for_each` yield nothing, so there is nothing to judge.
    if none("count", |value| matches!(value, Value::Number(n) if n.as_f64() == Some(0.0)))
        || none("for_each", |value| match value {
            Value::List(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            _ => false,
        })
    {
        return None;
    }
    let header = block.labels.iter().map(span).fold(span(&block.ident), crate::model::Span::to);
    let mut attributes = scope.body(&block.body, span(block), &Vec::new());
    if let Value::Map(entries) = &mut attributes.value {
        entries.retain(|entry| !META_ARGUMENTS.contains(&entry.key.as_str()));
        if kind.as_str().starts_with("aws_") {
            add_tags_all(scope, entries, block, providers);
        }
    }
    let mut references = References { scope, path: Vec::new(), found: Vec::new() };
    references.body(&block.body);
    let address = format!("{}.{}", kind.as_str(), name.as_str());
    let root = if folder.is_empty() { "." } else { folder };
    Some(Resource {
        system: System::Terraform,
        kind: kind.as_str().to_owned(),
        name: name.as_str().to_owned(),
        namespace: None,
        root: format!("terraform:{root}"),
        module: String::new(),
        files: Arc::from([]),
        subject: format!("terraform:{root}//{address}"),
        address,
        path: document.path.clone(),
        header,
        attributes,
        references: references.found,
    })
}

/// `tags_all` as the AWS provider computes it: the provider's `default_tags`, then the resource's.
fn add_tags_all(
    scope: &Scope<'_>,
    entries: &mut Vec<Entry>,
    block: &Block,
    providers: &[(&Block, &Document)],
) {
    let wanted = block.body.get_attribute("provider").and_then(|attribute| match &attribute.value {
        Expression::Traversal(traversal) => match traversal.operators.first().map(|operator| &**operator) {
            Some(TraversalOperator::GetAttr(alias)) => Some(alias.as_str().to_owned()),
            _ => None,
        },
        _ => None,
    });
    let provider = providers.iter().map(|(block, _)| *block).find(|block| {
        let alias = block.body.get_attribute("alias").and_then(|a| a.value.as_str());
        block.labels.first().is_some_and(|label| label.as_str() == "aws") && alias == wanted.as_deref()
    });
    let defaults = provider
        .and_then(|provider| provider.body.get_blocks("default_tags").next())
        .and_then(|block| block.body.get_attribute("tags"))
        .map(|attribute| scope.evaluate(&attribute.value));
    let own = entries.iter().find(|entry| entry.key == "tags");
    let Some(at) = own.map(|entry| entry.key_span).or_else(|| defaults.as_ref().map(|_| span(&block.ident)))
    else {
        return;
    };
    let args =
        defaults.map(|node| node.standing_at(at)).into_iter().chain(own.map(|entry| entry.node.clone()));
    let node = Node::new(functions::call("merge", args.collect()), at);
    entries.push(Entry { key: "tags_all".to_owned(), key_span: at, node });
}

/// Collects which attribute refers to which resource of the root.
struct References<'a, 's> {
    scope: &'a Scope<'s>,
    path: Vec<Step>,
    found: Vec<Reference>,
}

impl References<'_, '_> {
    fn body(&mut self, body: &Body) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    self.path.push(Step::Key(attribute.key.as_str().to_owned()));
                    self.visit_expr(&attribute.value);
                    self.path.pop();
                }
                Structure::Block(block) => {
                    let index = seen.entry(block.ident.as_str()).or_default();
                    self.path.push(Step::Key(block.ident.as_str().to_owned()));
                    self.path.push(Step::Index(*index));
                    *index += 1;
                    self.body(&block.body);
                    self.path.truncate(self.path.len().saturating_sub(2));
                }
            }
        }
    }
}

impl Visit for References<'_, '_> {
    fn visit_traversal(&mut self, traversal: &Traversal) {
        if let (Expression::Variable(kind), Some(TraversalOperator::GetAttr(name))) =
            (&traversal.expr, traversal.operators.first().map(|operator| &**operator))
            && self.scope.resources.contains_key(&(kind.as_str(), name.as_str()))
        {
            let target = format!("{}.{}", kind.as_str(), name.as_str());
            let reference = Reference { path: self.path.clone(), target };
            if !self.found.contains(&reference) {
                self.found.push(reference);
            }
        }
        visit_traversal(self, traversal);
    }
}
