//! The one unit of scope `repository`: everything that is known, as far as somebody reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::made::Made;
use super::unit::{Basis, Member, Unit, member, members_of, unknown_of_all};
use super::{DocumentFact, Facts, Image, Metric, Package, Pipeline, Resource, locks, systems};
use crate::model::{Scope, Span};
use crate::source::{Document, Kind, Node, Value, front_matter_of};

/// Declarations beside the systems: the name in `records`, and the file.
const RECORDS: [(&str, &str); 4] = [
    ("risk", ".probity/risk.yaml"),
    ("suppliers", ".probity/suppliers.yaml"),
    ("data-inventory", ".probity/data-inventory.yaml"),
    ("inventory", ".probity/inventory.yaml"),
];
const CONFIG: &str = ".probity/config.yaml";

pub fn unit<'a>(basis: &Basis<'a>) -> Unit<'a> {
    let basis = *basis;
    let Basis { facts, documents, surroundings, reads, .. } = basis;
    let resources: Vec<&'a Resource> =
        if reads.member("resources") { basis.resources().collect() } else { Vec::new() };
    let declared: BTreeMap<&str, &'a Document> = documents
        .iter()
        .filter(|document| document.path.starts_with(".probity/"))
        .map(|document| (document.path.as_str(), &**document))
        .collect();
    let node = |path| declaration(&declared, path);
    let value_of =
        |node: Option<&Arc<Node>>| node.map_or_else(|| json!({}).into(), |node| Made::node(node.clone()));
    let all: [(&str, Made<'a>); 14] = [
        ("resources", Made::list(resources.iter().map(|resource| Made::resource(resource, facts)))),
        ("pipelines", Made::by(|| facts.pipelines.iter().map(Pipeline::to_json).collect())),
        ("documents", Made::list(documents_of(&basis).into_iter())),
        ("metrics", Made::by(|| facts.metrics.iter().map(Metric::to_json).collect())),
        ("images", Made::by(|| facts.images.iter().map(Image::to_json).collect())),
        ("packages", Made::by(|| facts.packages.iter().map(Package::to_json).collect())),
        ("owners", Made::by(|| Json::Array(facts.owners.to_json()))),
        ("systems", Made::by(|| systems_json(facts))),
        ("files", Made::by(|| files_json(&surroundings.files))),
        ("config", value_of(node(CONFIG))),
        ("records", Made::members(RECORDS.iter().map(|(name, path)| (*name, value_of(node(path)))))),
        ("waivers", Made::list(surroundings.waivers.iter().map(Made::shared))),
        (
            "history",
            Made::members(
                surroundings.history.iter().map(|(name, part)| (name.as_str(), Made::shared(part))),
            ),
        ),
        ("now", Json::String(surroundings.now.clone()).into()),
    ];
    Unit {
        scope: Scope::Repository,
        kinds: Vec::new(),
        subject: "repository".to_owned(),
        input: Made::members(all.into_iter().filter(|(name, _)| reads.member(name))),
        unknown: unknown_of_all(&resources),
        members: members(&basis, &declared),
        places: BTreeMap::new(),
        files: files(facts, documents).into(),
    }
}

/// Subjects that results may name: what of them is not in the input can be named all the same.
fn members(basis: &Basis<'_>, declared: &BTreeMap<&str, &Document>) -> BTreeMap<String, Member> {
    let facts = basis.facts;
    let mut members: BTreeMap<String, Member> =
        basis.resources().map(|resource| (resource.subject.clone(), member(resource))).collect();
    members.extend(facts.pipelines.iter().flat_map(members_of));
    for document in basis.documents.iter().filter(|document| is_listed(document.kind)) {
        let found = values(document).map(|(subject, node)| (subject, member_of(document, node.clone())));
        members.extend(found);
    }
    members.extend(facts.documents.iter().map(of_fact));
    let systems = basis.documents.iter().filter(|document| document.kind == Kind::Systems);
    for (document, record) in systems.flat_map(|document| systems::nodes(document).map(|n| (&**document, n)))
    {
        let id = record.get("id").and_then(Node::as_str).unwrap_or("");
        members.insert(format!("system:{id}"), member_of(document, Arc::new(record.clone())));
    }
    let around = basis.surroundings;
    let records = around.waivers.iter().filter_map(|waiver| waiver.get("path")?.as_str());
    let files = basis.reads.member("files").then(|| around.files.keys()).into_iter().flatten();
    for path in around.texts.keys().chain(files).map(String::as_str).chain(records) {
        members.entry(format!("document:{path}")).or_insert_with(|| file_of(path));
    }
    for (path, document) in declared {
        if let Some(node) = declaration(declared, path) {
            members.insert(format!("document:{path}"), member_of(document, node.clone()));
        }
    }
    members
}

/// A file that nobody looks into.
fn file_of(path: &str) -> Member {
    let value = Arc::new(Node::new(Value::Null, Span::default()));
    Member { path: path.to_owned(), header: Span::default(), value }
}

fn of_fact(document: &DocumentFact) -> (String, Member) {
    let member =
        Member { path: document.path.clone(), header: document.header, value: document.value.clone() };
    (document.subject.clone(), member)
}

fn member_of(document: &Document, value: Arc<Node>) -> Member {
    let header = value.entries().first().map_or(value.span, |entry| entry.key_span);
    Member { path: document.path.clone(), header, value }
}

/// The value of a file in `.probity/`.
fn declaration<'d>(declared: &BTreeMap<&str, &'d Document>, path: &str) -> Option<&'d Arc<Node>> {
    declared.get(path)?.values.iter().find(|node| matches!(node.value, Value::Map(_)))
}

/// Kinds that are listed as they are: no other fact is made of them than pipelines.
pub fn is_listed(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Dvc | Kind::DvcLock | Kind::DvcFile | Kind::DvcParams | Kind::GithubActions | Kind::Python
    )
}

/// The values of a file, each with its subject.
fn values(document: &Document) -> impl Iterator<Item = (String, &Arc<Node>)> {
    let many = document.values.len() > 1;
    let values = document.values.iter().enumerate().filter(|(_, node)| node.value != Value::Null);
    values.map(move |(index, node)| {
        let path = &document.path;
        let subject =
            if many { format!("document:{path}//{}", index + 1) } else { format!("document:{path}") };
        (subject, node)
    })
}

/// What is listed under `documents`.
fn documents_of<'a>(basis: &Basis<'a>) -> Vec<Made<'a>> {
    let Basis { facts, documents, surroundings, .. } = *basis;
    let by_path: BTreeMap<&str, &'a Document> =
        documents.iter().map(|document| (document.path.as_str(), &**document)).collect();
    let listed = |(path, kind, subject): (&str, &str, &str), value, more: Option<(&'a str, Json)>| {
        let known = [
            ("path", json!(path).into()),
            ("kind", json!(kind).into()),
            ("subject", json!(subject).into()),
            ("value", value),
            ("owners", json!(facts.owners.of(path)).into()),
        ];
        Made::members(known.into_iter().chain(more.map(|(name, value)| (name, value.into()))))
    };
    let cards = facts.documents.iter().filter(|document| document.is_card()).map(|fact| {
        let text = by_path.get(fact.path.as_str()).and_then(|document| document.body());
        let what = (fact.path.as_str(), fact.kind.as_str(), fact.subject.as_str());
        listed(what, Made::node(fact.value.clone()), text.map(|text| ("text", json!(text))))
    });
    let others = documents.iter().filter(|document| is_listed(document.kind)).flat_map(|document| {
        values(document).map(|(subject, node)| {
            let blobs = (document.kind == Kind::DvcLock)
                .then(|| ("blobs", locks::blobs(document, &by_path, &surroundings.blobs)));
            let what = (document.path.as_str(), document.kind.as_str(), subject.as_str());
            listed(what, Made::node(node.clone()), blobs)
        })
    });
    let texts = surroundings.texts.iter().filter(|(path, _)| !by_path.contains_key(path.as_str()));
    let texts = texts.map(|(path, text)| {
        let value = front_matter_of(text).map_or_else(|| json!({}), |node| node.to_json());
        listed((path, "markdown", &format!("document:{path}")), value.into(), Some(("text", json!(text))))
    });
    cards.chain(others).chain(texts).collect()
}

fn systems_json(facts: &Facts) -> Json {
    let systems = facts.systems.iter().map(|system| {
        let mut record = system.record.clone();
        if let (Some(map), Some(owned)) = (record.as_object_mut(), facts.joins.systems().get(&system.id)) {
            map.insert("resources".to_owned(), json!(owned));
        }
        record
    });
    systems.collect()
}

fn files_json(files: &BTreeMap<String, u64>) -> Json {
    let file = |size: u64| if size == 0 { json!({"size": 0, "empty": true}) } else { json!({"size": size}) };
    Json::Object(files.iter().map(|(path, size)| (path.clone(), file(*size))).collect())
}

/// Every file that the input may come from.
fn files(facts: &Facts, documents: &[Arc<Document>]) -> Vec<String> {
    let known: BTreeSet<&str> = facts.documents.iter().map(|document| document.path.as_str()).collect();
    documents
        .iter()
        .filter(|document| {
            let path = document.path.as_str();
            document.kind != Kind::Yaml || known.contains(path) || path.starts_with(".probity/")
        })
        .map(|document| document.path.clone())
        .collect()
}
