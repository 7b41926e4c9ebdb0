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
    let value_of = |node: Option<&'a Node>| Made::by(move || node.map_or_else(|| json!({}), Node::to_json));
    let all: [(&str, Made<'a>); 14] = [
        ("resources", Made::list(resources.iter().map(|resource| Made::resource(resource, facts)))),
        ("pipelines", Made::by(|| facts.pipelines.iter().map(Pipeline::to_json).collect())),
        ("documents", Made::by(move || documents_json(&basis))),
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
        members.extend(values(document).map(|(subject, node)| (subject, member_of(document, node))));
    }
    members.extend(facts.documents.iter().map(of_fact));
    let systems = basis.documents.iter().filter(|document| document.kind == Kind::Systems);
    for (document, record) in systems.flat_map(|document| systems::nodes(document).map(|n| (&**document, n)))
    {
        let id = record.get("id").and_then(Node::as_str).unwrap_or("");
        members.insert(format!("system:{id}"), member_of(document, record));
    }
    let around = basis.surroundings;
    let records = around.waivers.iter().filter_map(|waiver| waiver.get("path")?.as_str());
    let files = basis.reads.member("files").then(|| around.files.keys()).into_iter().flatten();
    for path in around.texts.keys().chain(files).map(String::as_str).chain(records) {
        members.entry(format!("document:{path}")).or_insert_with(|| file_of(path));
    }
    for (path, document) in declared {
        if let Some(node) = declaration(declared, path) {
            members.insert(format!("document:{path}"), member_of(document, node));
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

fn member_of(document: &Document, node: &Node) -> Member {
    let header = node.entries().first().map_or(node.span, |entry| entry.key_span);
    Member { path: document.path.clone(), header, value: Arc::new(node.clone()) }
}

/// The value of a file in `.probity/`.
fn declaration<'d>(declared: &BTreeMap<&str, &'d Document>, path: &str) -> Option<&'d Node> {
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
fn values(document: &Document) -> impl Iterator<Item = (String, &Node)> {
    let many = document.values.len() > 1;
    let values = document.values.iter().enumerate().filter(|(_, node)| node.value != Value::Null);
    values.map(move |(index, node)| {
        let path = &document.path;
        let subject =
            if many { format!("document:{path}//{}", index + 1) } else { format!("document:{path}") };
        (subject, node)
    })
}

fn documents_json(basis: &Basis<'_>) -> Json {
    let Basis { facts, documents, surroundings, .. } = *basis;
    let by_path: BTreeMap<&str, &Document> =
        documents.iter().map(|document| (document.path.as_str(), &**document)).collect();
    let owned = |path: &str, mut json: Json, more: Option<(&str, Json)>| {
        if let Some(map) = json.as_object_mut() {
            map.insert("owners".to_owned(), json!(facts.owners.of(path)));
            map.extend(more.map(|(key, value)| (key.to_owned(), value)));
        }
        json
    };
    let cards = facts.documents.iter().filter(|document| document.is_card()).map(|fact| {
        let document = by_path.get(fact.path.as_str());
        let text = document.and_then(|document| document.body());
        owned(&fact.path, fact.to_json(), text.map(|text| ("text", json!(text))))
    });
    let listed = documents.iter().filter(|document| is_listed(document.kind)).flat_map(|document| {
        values(document).map(|(subject, node)| {
            let kind = document.kind.as_str();
            let json =
                json!({"path": document.path, "kind": kind, "subject": subject, "value": node.to_json()});
            let blobs = (document.kind == Kind::DvcLock)
                .then(|| ("blobs", locks::blobs(document, &by_path, &surroundings.blobs)));
            owned(&document.path, json, blobs)
        })
    });
    let texts = surroundings.texts.iter().filter(|(path, _)| !by_path.contains_key(path.as_str()));
    let texts = texts.map(|(path, text)| {
        let subject = format!("document:{path}");
        let value = front_matter_of(text).map_or_else(|| json!({}), |node| node.to_json());
        let json =
            json!({"path": path, "kind": "markdown", "subject": subject, "value": value, "text": text});
        owned(path, json, None)
    });
    cards.chain(listed).chain(texts).collect()
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
