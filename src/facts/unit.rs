//! Units: what one evaluation of a policy sees, for each scope.
//!
//! A unit carries the clean `input`, where unknown values are missing from it, and its members: for
//! each subject the node and file that lead from a path in a policy's result back to a span.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde_json::{Value as Json, json};

use super::made::{Made, Shown};
use super::{Facts, Given, Pipeline, Reads, Resource, Surroundings, System, repository};
use crate::model::{Scope, Span};
use crate::source::{Document, Kind, Node, Step, UnknownPath, Value};

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

#[derive(Debug)]
pub struct Unit<'a> {
    pub scope: Scope,
    pub kinds: Kinds,
    /// The subject of results that name none.
    pub subject: String,
    pub input: Made<'a>,
    /// Paths into `input` where a value is missing that nobody can know before apply.
    pub unknown: Vec<UnknownPath>,
    pub members: BTreeMap<String, Member>,
    /// Where in `input` the value of a member stands, for results whose path is one into `input`.
    pub places: BTreeMap<Vec<Step>, String>,
    /// Every file the input was made from, sorted.
    pub files: Arc<[String]>,
}

impl Unit<'_> {
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
pub fn units<'a>(scope: Scope, basis: &Basis<'a>, wanted: &dyn Fn(&Kinds) -> bool) -> Vec<Unit<'a>> {
    let Basis { facts, documents, .. } = *basis;
    match scope {
        Scope::Resource => {
            let resources = facts.resources.iter().filter(|resource| wanted(&kinds_of(resource)));
            resources.map(|resource| of_resource(resource, facts)).collect()
        }
        Scope::Document => of_documents(documents, wanted),
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

fn of_resource<'a>(resource: &'a Resource, facts: &'a Facts) -> Unit<'a> {
    // What it is joined with may lie in other files, and so does what its system declares.
    let mut files = facts.joins.files(&resource.subject);
    if !(Shown { resource, facts }).records().is_empty() {
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
        input: Made::resource(resource, facts),
        unknown: unknown_in(resource, &[]),
        members: BTreeMap::from([(resource.subject.clone(), member(resource))]),
        places: BTreeMap::new(),
        files,
    }
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

pub(super) fn of_documents<'a>(
    documents: &[Arc<Document>],
    wanted: &dyn Fn(&Kinds) -> bool,
) -> Vec<Unit<'a>> {
    let documents = documents.iter().filter(|document| wanted(&vec![document.kind.as_str().to_owned()]));
    documents.flat_map(|document| of_document(document)).collect()
}

/// One unit for each document of the file, as Conftest evaluates them.
fn of_document<'a>(document: &Document) -> Vec<Unit<'a>> {
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
            let input = Made::node(node.clone());
            let member = Member { path: document.path.clone(), header, value: node.clone() };
            Unit {
                scope: Scope::Document,
                kinds: vec![document.kind.as_str().to_owned()],
                members: BTreeMap::from([(subject.clone(), member)]),
                subject,
                input,
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
fn of_roots<'a>(basis: &Basis<'a>) -> Vec<Unit<'a>> {
    let facts = basis.facts;
    let mut roots: BTreeMap<&str, Vec<&'a Resource>> = BTreeMap::new();
    for resource in basis.resources().filter(|resource| resource.system != System::Kubernetes) {
        roots.entry(&resource.root).or_default().push(resource);
    }
    roots
        .into_iter()
        .map(|(root, resources)| {
            let system = resources.first().map_or("", |resource| resource.system.as_str());
            let declarations = if facts.systems.is_empty() { None } else { Some(SYSTEMS) };
            let files: BTreeSet<&str> = resources
                .iter()
                .flat_map(|r| r.files.iter().map(String::as_str))
                .chain(declarations)
                .collect();
            Unit {
                scope: Scope::Module,
                kinds: vec![system.to_owned()],
                subject: root.to_owned(),
                input: Made::members([
                    ("system", json!(system).into()),
                    ("root", json!(root.split_once(':').map_or(root, |(_, folder)| folder)).into()),
                    ("resources", Made::list(resources.iter().map(|r| Made::resource(r, facts)))),
                    ("systems", Made::list(facts.systems.iter().map(|s| Made::shared(&s.record)))),
                ]),
                unknown: unknown_of_all(&resources),
                members: resources.iter().map(|r| (r.subject.clone(), member(r))).collect(),
                places: BTreeMap::new(),
                files: files.into_iter().map(str::to_owned).collect(),
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

fn of_pipeline<'a>(pipeline: &'a Pipeline, facts: &'a Facts, documents: &[Arc<Document>]) -> Unit<'a> {
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
        input: Made::members([
            ("pipeline", Made::by(|| pipeline.to_json())),
            ("system", system.map_or_else(|| Json::Null.into(), |system| Made::shared(&system.record))),
        ]),
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
