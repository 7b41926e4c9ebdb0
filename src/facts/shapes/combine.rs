//! `conftest test --combine`: every document of the audit in one array of `{path, contents}`, one entry
//! for each document of a YAML stream, and for each element where a file holds an array
//! (<https://www.conftest.dev/options/#-combine>).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::facts::{Member, Unit};
use crate::model::Scope;
use crate::source::{Document, Node, Step, Value};

/// What Conftest reads by itself, as far as it is read here.
const ENDINGS: [&str; 7] = [".yaml", ".yml", ".json", ".tf", ".tofu", ".tfvars", ".toml"];

pub fn unit(documents: &[Arc<Document>]) -> Unit<'static> {
    let mut documents: Vec<&Arc<Document>> = documents
        .iter()
        .filter(|document| ENDINGS.iter().any(|ending| document.path.ends_with(ending)))
        .collect();
    documents.sort_by_key(|document| &document.path);
    let mut input = Vec::new();
    let mut members = BTreeMap::new();
    let mut places = BTreeMap::new();
    for document in &documents {
        let contents = contents(document);
        let many = contents.len() > 1;
        for (index, node) in contents.into_iter().enumerate() {
            let number = if many { format!("//{}", index + 1) } else { String::new() };
            let subject = format!("document:{}{number}", document.path);
            let entry = vec![Step::Index(input.len())];
            places.insert([entry.clone(), vec![Step::Key("contents".to_owned())]].concat(), subject.clone());
            places.insert(entry, subject.clone());
            input.push(json!({"path": document.path, "contents": node.to_json()}));
            let header = node.entries().first().map_or(node.span, |entry| entry.key_span);
            let value = Arc::new(node);
            members.insert(subject, Member { path: document.path.clone(), header, value });
        }
    }
    Unit {
        scope: Scope::Repository,
        kinds: Vec::new(),
        subject: "repository".to_owned(),
        input: Json::Array(input).into(),
        unknown: Vec::new(),
        members,
        places,
        files: documents.iter().map(|document| document.path.clone()).collect(),
    }
}

fn contents(document: &Document) -> Vec<Node> {
    let values = document.values();
    match values.as_ref() {
        [list] if matches!(list.value, Value::List(_)) => list.items().to_vec(),
        values => values.iter().map(|node| Node::clone(node)).collect(),
    }
}
