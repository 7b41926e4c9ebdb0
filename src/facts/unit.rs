//! Units: what one evaluation of a policy sees, for each scope.
//!
//! A unit carries the clean `input`, where unknown values are missing from it, and its members: for
//! each subject the node and file that lead from a path in a policy's result back to a span.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{DocumentFact, Facts, Image, Joins, Metric, Package, Pipeline, Resource, System};
use crate::model::{Scope, Span};
use crate::source::{Document, Kind, Node, Step, UnknownPath, Value, steps_json};

/// A subject within a unit.
#[derive(Debug, Clone)]
pub struct Member {
    pub path: String,
    /// What to mark when the whole subject is meant.
    pub header: Span,
    /// What paths in results are relative to.
    pub value: Arc<Node>,
}

/// What `selects` is matched against: `aws_s3_bucket`, `kubernetes:Deployment`, `github-actions`.
pub type Kinds = Vec<String>;

#[derive(Debug, Clone)]
pub struct Unit {
    pub scope: Scope,
    pub kinds: Kinds,
    /// The subject of results that name none.
    pub subject: String,
    pub input: Json,
    /// Paths into `input` where a value is missing that nobody can know before apply.
    pub unknown: Vec<UnknownPath>,
    pub members: BTreeMap<String, Member>,
    /// Where in `input` the value of a member stands, for results whose path is one into `input`.
    pub places: BTreeMap<Vec<Step>, String>,
    /// Every file the input was made from, sorted.
    pub files: Arc<[String]>,
}

/// The units of a scope whose kinds somebody wants.
pub fn units(
    scope: Scope,
    facts: &Facts,
    documents: &[Arc<Document>],
    wanted: &dyn Fn(&Kinds) -> bool,
) -> Vec<Unit> {
    match scope {
        Scope::Resource => {
            let resources = facts.resources.iter().filter(|resource| wanted(&kinds_of(resource)));
            resources.map(|resource| of_resource(resource, &facts.joins)).collect()
        }
        Scope::Document => {
            let documents = documents.iter().filter(|d| wanted(&vec![d.kind.as_str().to_owned()]));
            documents.flat_map(|document| of_document(document)).collect()
        }
        Scope::Module => {
            let roots = of_roots(facts);
            roots
                .into_iter()
                .chain(facts.pipelines.iter().map(|p| of_pipeline(p, facts, documents)))
                .collect()
        }
        Scope::Repository => vec![of_repository(facts, documents)],
    }
}

fn kinds_of(resource: &Resource) -> Kinds {
    vec![resource.kind.clone(), format!("{}:{}", resource.system.as_str(), resource.kind)]
}

fn of_resource(resource: &Resource, joins: &Joins) -> Unit {
    // What it is joined with may lie in other files.
    let mut files = joins.files(&resource.subject);
    let files = if files.is_empty() {
        resource.files.clone()
    } else {
        files.extend(resource.files.iter().cloned());
        files.into_iter().collect()
    };
    Unit {
        scope: Scope::Resource,
        kinds: kinds_of(resource),
        subject: resource.subject.clone(),
        input: resource_json(resource, joins),
        unknown: unknown_in(resource, &[]),
        members: BTreeMap::from([(resource.subject.clone(), member(resource))]),
        places: BTreeMap::new(),
        files,
    }
}

fn member(resource: &Resource) -> Member {
    Member { path: resource.path.clone(), header: resource.header, value: resource.attributes.clone() }
}

fn unknown_in(resource: &Resource, prefix: &[Step]) -> Vec<UnknownPath> {
    let attributes = [Step::Key("attributes".to_owned())];
    let paths = resource.attributes.unknown_paths();
    let prefixed = paths.into_iter().map(|unknown| UnknownPath {
        path: prefix.iter().chain(&attributes).cloned().chain(unknown.path).collect(),
        blocks: unknown.blocks,
    });
    prefixed.collect()
}

fn resource_json(resource: &Resource, joins: &Joins) -> Json {
    let references: Vec<_> = resource
        .references
        .iter()
        .map(|reference| json!({"path": steps_json(&reference.path), "target": reference.target}))
        .collect();
    let unknown: Vec<_> =
        resource.attributes.unknown_paths().iter().map(|unknown| steps_json(&unknown.path)).collect();
    let mut json = json!({
        "system": resource.system.as_str(),
        "type": resource.kind,
        "name": resource.name,
        "address": resource.address,
        "module": resource.module,
        "subject": resource.subject,
        "attributes": resource.attributes.to_json(),
        "unknown": unknown,
        "references": references,
        "joins": joins.roles(&resource.subject),
        "path": resource.path,
    });
    if let (Some(namespace), Some(map)) = (&resource.namespace, json.as_object_mut()) {
        map.insert("namespace".to_owned(), Json::String(namespace.clone()));
    }
    json
}

/// One unit for each document of the file, as Conftest evaluates them.
fn of_document(document: &Document) -> Vec<Unit> {
    let values = document.values();
    let many = values.len() > 1;
    let units = values.iter().enumerate().filter(|(_, node)| node.value != Value::Null);
    units
        .map(|(index, node)| {
            // Documents of one stream are told apart by what they declare, else by their place.
            let subject = match (many, object_name(node)) {
                (false, _) => format!("document:{}", document.path),
                (true, Some(name)) => format!("document:{}//{name}", document.path),
                (true, None) => format!("document:{}//{}", document.path, index + 1),
            };
            let header = node.entries().first().map_or(node.span, |entry| entry.key_span);
            let member = Member { path: document.path.clone(), header, value: Arc::new(node.clone()) };
            Unit {
                scope: Scope::Document,
                kinds: vec![document.kind.as_str().to_owned()],
                members: BTreeMap::from([(subject.clone(), member)]),
                subject,
                input: node.to_json(),
                unknown: Vec::new(),
                places: BTreeMap::new(),
                files: Arc::from([document.path.clone()]),
            }
        })
        .collect()
}

fn object_name(node: &Node) -> Option<String> {
    let kind = node.get("kind")?.as_str()?;
    let metadata = node.get("metadata")?;
    let namespace = metadata.get("namespace").and_then(Node::as_str).unwrap_or("");
    Some(format!("{kind}/{namespace}/{}", metadata.get("name")?.as_str()?))
}

/// One unit for each Terraform root and each `CloudFormation` template.
fn of_roots(facts: &Facts) -> Vec<Unit> {
    let mut roots: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    for resource in facts.resources.iter().filter(|r| r.system != System::Kubernetes) {
        roots.entry(&resource.root).or_default().push(resource);
    }
    roots
        .into_iter()
        .map(|(root, resources)| {
            let system = resources.first().map_or("", |resource| resource.system.as_str());
            let files: BTreeSet<&String> = resources.iter().flat_map(|r| r.files.iter()).collect();
            Unit {
                scope: Scope::Module,
                kinds: vec![system.to_owned()],
                subject: root.to_owned(),
                input: json!({
                    "system": system,
                    "root": root.split_once(':').map_or(root, |(_, folder)| folder),
                    "resources": resources.iter().map(|r| resource_json(r, &facts.joins)).collect::<Vec<_>>(),
                }),
                unknown: unknown_of_all(&resources),
                members: resources.iter().map(|r| (r.subject.clone(), member(r))).collect(),
                places: BTreeMap::new(),
                files: files.into_iter().cloned().collect(),
            }
        })
        .collect()
}

fn unknown_of_all(resources: &[&Resource]) -> Vec<UnknownPath> {
    let indexed = resources.iter().enumerate();
    indexed
        .flat_map(|(index, resource)| {
            unknown_in(resource, &[Step::Key("resources".to_owned()), Step::Index(index)])
        })
        .collect()
}

fn of_pipeline(pipeline: &Pipeline, facts: &Facts, documents: &[Arc<Document>]) -> Unit {
    let system = facts.systems.iter().find(|system| system.owns(&pipeline.id));
    let subject = format!("pipeline:{}", pipeline.id);
    let mut members: BTreeMap<String, Member> = pipeline
        .nodes
        .values()
        .map(|step| {
            let member = Member { path: step.path.clone(), header: step.header, value: step.value.clone() };
            (step.subject.clone(), member)
        })
        .collect();
    let whole = Node::new(Value::Null, pipeline.header);
    members.insert(
        subject.clone(),
        Member { path: pipeline.path.clone(), header: pipeline.header, value: Arc::new(whole) },
    );
    // What is declared of systems and data is part of what the verdict was made from.
    let declared = documents
        .iter()
        .filter(|document| document.kind == Kind::Systems || document.path == ".probity/data-inventory.yaml");
    let files: BTreeSet<String> =
        pipeline.files.iter().cloned().chain(declared.map(|document| document.path.clone())).collect();
    Unit {
        scope: Scope::Module,
        kinds: vec!["pipeline".to_owned()],
        subject,
        input: json!({"pipeline": pipeline.to_json(), "system": system.map(|system| &system.record)}),
        unknown: Vec::new(),
        members,
        places: BTreeMap::new(),
        files: files.into_iter().collect::<Vec<_>>().into(),
    }
}

fn of_repository(facts: &Facts, documents: &[Arc<Document>]) -> Unit {
    let resources: Vec<&Resource> = facts.resources.iter().collect();
    let documents_json = facts.documents.iter().filter(|document| document.is_card()).map(|document| {
        let mut json = document.to_json();
        if let Some(map) = json.as_object_mut() {
            map.insert("owners".to_owned(), json!(facts.owners.of(&document.path)));
        }
        json
    });
    let systems = facts.systems.iter().map(|system| {
        let mut record = system.record.clone();
        if let (Some(map), Some(owned)) = (record.as_object_mut(), facts.joins.systems().get(&system.id)) {
            map.insert("resources".to_owned(), json!(owned));
        }
        record
    });
    let known: BTreeSet<&str> = facts.documents.iter().map(|document| document.path.as_str()).collect();
    let files: Vec<String> = documents
        .iter()
        .filter(|document| document.kind != Kind::Yaml || known.contains(document.path.as_str()))
        .map(|document| document.path.clone())
        .collect();
    let members = resources.iter().map(|r| (r.subject.clone(), member(r)));
    Unit {
        scope: Scope::Repository,
        kinds: Vec::new(),
        subject: "repository".to_owned(),
        input: json!({
            "resources": resources.iter().map(|r| resource_json(r, &facts.joins)).collect::<Vec<_>>(),
            "pipelines": facts.pipelines.iter().map(Pipeline::to_json).collect::<Vec<_>>(),
            "documents": documents_json.collect::<Vec<_>>(),
            "metrics": facts.metrics.iter().map(Metric::to_json).collect::<Vec<_>>(),
            "images": facts.images.iter().map(Image::to_json).collect::<Vec<_>>(),
            "packages": facts.packages.iter().map(Package::to_json).collect::<Vec<_>>(),
            "owners": facts.owners.to_json(),
            "systems": systems.collect::<Vec<_>>(),
        }),
        unknown: unknown_of_all(&resources),
        members: members.chain(facts.documents.iter().map(document_member)).collect(),
        places: BTreeMap::new(),
        files: files.into(),
    }
}

fn document_member(document: &DocumentFact) -> (String, Member) {
    let member =
        Member { path: document.path.clone(), header: document.header, value: document.value.clone() };
    (document.subject.clone(), member)
}
