//! Units: what one evaluation of a policy sees, for each scope.
//!
//! A unit carries the clean `input`, where unknown values are missing from it, and its members: for
//! each subject the node and file that lead from a path in a policy's result back to a span.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde_json::{Value as Json, json};

use super::{Facts, Given, Pipeline, Reads, Resource, Surroundings, System, repository};
use crate::model::{Scope, Span};
use crate::source::{Document, Kind, Node, Step, UnknownPath, Value, steps_json};

/// Where AI systems are declared.
pub const SYSTEMS: &str = ".probity/system.yaml";

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

impl Unit {
    /// The member that a result names: by its subject, or by its address within the unit.
    pub fn named(&self, name: &str) -> Option<String> {
        let address = format!("{}//{name}", self.subject);
        [name.to_owned(), address].into_iter().find(|subject| self.members.contains_key(subject))
    }
}

/// Everything that units are made from.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    pub facts: &'a Facts,
    pub documents: &'a [Arc<Document>],
    pub surroundings: &'a Surroundings,
    /// Which members of the repository's input somebody reads.
    pub reads: &'a Reads,
    /// Which resources an input of many holds, and the types that are named.
    pub given: Given,
    pub types: &'a BTreeSet<String>,
}

static NO_TYPES: BTreeSet<String> = BTreeSet::new();
static NO_SURROUNDINGS: LazyLock<Surroundings> = LazyLock::new(Surroundings::default);

impl<'a> Basis<'a> {
    /// Documents of which nothing else is known, and every member of the input.
    pub fn of(facts: &'a Facts, documents: &'a [Arc<Document>]) -> Self {
        Self {
            facts,
            documents,
            surroundings: &NO_SURROUNDINGS,
            reads: &Reads::Everything,
            given: Given::All,
            types: &NO_TYPES,
        }
    }

    /// The resources that an input of many may hold.
    pub(super) fn resources(&self) -> impl Iterator<Item = &'a Resource> {
        let (given, types) = (self.given, self.types);
        let given = move |resource: &&Resource| given.holds(resource, &|kind| types.contains(kind));
        self.facts.resources.iter().map(AsRef::as_ref).filter(given)
    }
}

/// The units of a scope whose kinds somebody wants.
pub fn units(scope: Scope, basis: &Basis<'_>, wanted: &dyn Fn(&Kinds) -> bool) -> Vec<Unit> {
    let Basis { facts, documents, .. } = *basis;
    match scope {
        Scope::Resource => {
            let resources = facts.resources.iter().filter(|resource| wanted(&kinds_of(resource)));
            resources.map(|resource| of_resource(resource, facts)).collect()
        }
        Scope::Document => {
            let documents = documents.iter().filter(|d| wanted(&vec![d.kind.as_str().to_owned()]));
            documents.flat_map(|document| of_document(document)).collect()
        }
        Scope::Module => {
            let roots = of_roots(basis);
            roots
                .into_iter()
                .chain(facts.pipelines.iter().map(|p| of_pipeline(p, facts, documents)))
                .collect()
        }
        Scope::Repository => vec![repository::unit(basis)],
    }
}

fn kinds_of(resource: &Resource) -> Kinds {
    vec![resource.kind.clone(), format!("{}:{}", resource.system.as_str(), resource.kind)]
}

fn of_resource(resource: &Resource, facts: &Facts) -> Unit {
    // What it is joined with may lie in other files, and so does what its system declares.
    let mut files = facts.joins.files(&resource.subject);
    if !records(resource, facts).is_empty() {
        files.insert(SYSTEMS.to_owned());
    }
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
        input: resource_json(resource, facts),
        unknown: unknown_in(resource, &[]),
        members: BTreeMap::from([(resource.subject.clone(), member(resource))]),
        places: BTreeMap::new(),
        files,
    }
}

/// The declared records of the systems that a resource belongs to.
fn records<'f>(resource: &Resource, facts: &'f Facts) -> Vec<&'f Json> {
    let ids = facts.joins.systems_of(&resource.subject);
    let declared = ids.flat_map(|id| facts.systems.iter().filter(move |system| system.id == id));
    declared.map(|system| &system.record).collect()
}

pub(super) fn member(resource: &Resource) -> Member {
    Member { path: resource.path.clone(), header: resource.header, value: resource.attributes.clone() }
}

fn unknown_in(resource: &Resource, prefix: &[Step]) -> Vec<UnknownPath> {
    let key = |key: &str| Step::Key(key.to_owned());
    let below = |steps: Vec<Step>, node: &Node| -> Vec<UnknownPath> {
        let prefixed = node.unknown_paths().into_iter().map(|unknown| UnknownPath {
            path: prefix.iter().chain(&steps).cloned().chain(unknown.path).collect(),
            blocks: unknown.blocks,
        });
        prefixed.collect()
    };
    let mut unknown = below(vec![key("attributes")], &resource.attributes);
    if let Some(provider) = &resource.provider {
        unknown.extend(below(vec![key("provider"), key("config")], &provider.config));
    }
    unknown
}

/// A resource as policies see it.
pub fn resource_json(resource: &Resource, facts: &Facts) -> Json {
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
        "joins": facts.joins.roles(&resource.subject),
        "systems": records(resource, facts),
        "path": resource.path,
    });
    let Some(map) = json.as_object_mut() else { return json };
    if let Some(namespace) = &resource.namespace {
        map.insert("namespace".to_owned(), Json::String(namespace.clone()));
    }
    if let Some(provider) = &resource.provider {
        let config = provider.config.to_json();
        map.insert(
            "provider".to_owned(),
            json!({"name": provider.name, "alias": provider.alias, "config": config}),
        );
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
fn of_roots(basis: &Basis<'_>) -> Vec<Unit> {
    let facts = basis.facts;
    let mut roots: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    for resource in basis.resources().filter(|resource| resource.system != System::Kubernetes) {
        roots.entry(&resource.root).or_default().push(resource);
    }
    roots
        .into_iter()
        .map(|(root, resources)| {
            let system = resources.first().map_or("", |resource| resource.system.as_str());
            let declarations = if facts.systems.is_empty() { None } else { Some(SYSTEMS.to_owned()) };
            let files: BTreeSet<String> =
                resources.iter().flat_map(|r| r.files.iter().cloned()).chain(declarations).collect();
            Unit {
                scope: Scope::Module,
                kinds: vec![system.to_owned()],
                subject: root.to_owned(),
                input: json!({
                    "system": system,
                    "root": root.split_once(':').map_or(root, |(_, folder)| folder),
                    "resources": resources.iter().map(|r| resource_json(r, facts)).collect::<Vec<_>>(),
                    "systems": facts.systems.iter().map(|system| &system.record).collect::<Vec<_>>(),
                }),
                unknown: unknown_of_all(&resources),
                members: resources.iter().map(|r| (r.subject.clone(), member(r))).collect(),
                places: BTreeMap::new(),
                files: files.into_iter().collect(),
            }
        })
        .collect()
}

pub(super) fn unknown_of_all(resources: &[&Resource]) -> Vec<UnknownPath> {
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
        members: members_of(pipeline).collect(),
        places: BTreeMap::new(),
        files: files.into_iter().collect::<Vec<_>>().into(),
    }
}

/// The steps of a pipeline, and itself.
pub(super) fn members_of(pipeline: &Pipeline) -> impl Iterator<Item = (String, Member)> + '_ {
    let steps = pipeline.nodes.values().map(|step| {
        let member = Member { path: step.path.clone(), header: step.header, value: step.value.clone() };
        (step.subject.clone(), member)
    });
    let whole = Arc::new(Node::new(Value::Null, pipeline.header));
    let whole = Member { path: pipeline.path.clone(), header: pipeline.header, value: whole };
    steps.chain([(format!("pipeline:{}", pipeline.id), whole)])
}
