//! Pipelines: step graphs read from DVC and GitHub Actions.
//!
//! ```text
//!   data/raw ──> anonymise ──> featurize ──> train ──> fairness ──> register
//!   dataset      deidentify    transform     train     fairness     register
//! ```
//! An edge means "what comes out of this reaches that" (data, or the order of execution). The two
//! headline policies ask of this graph whether training, or release, can be reached when the steps
//! that protect are taken out. A workflow that runs `dvc repro` holds the DVC graph in its place.

use std::sync::Arc;

mod actions;
mod classify;
mod dvc;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::model::Span;
use crate::source::{Document, Kind, Node};

pub use classify::Classified;

/// One step, or one dataset that steps read.
#[derive(Debug, Clone)]
pub struct PipelineStep {
    /// `dataset`, `transform`, `deidentify`, `train`, `fairness`, `register`, `deploy`, ...
    pub kind: String,
    pub name: String,
    pub command: String,
    /// Of a dataset, as declared; `None` is unknown, which is not "non-sensitive".
    pub sensitivity: Option<String>,
    /// Its failure stops what comes after it. Says why when not.
    pub non_blocking: Option<String>,
    pub skipped: bool,
    /// Its command cannot be read here.
    pub opaque: bool,
    /// It counts as its kind by its name alone.
    pub weak: bool,
    pub matched_rule: String,
    /// The pipeline that it was taken over from, when a workflow runs another pipeline.
    pub taken_from: Option<String>,
    pub subject: String,
    pub path: String,
    pub header: Span,
    pub value: Node,
}

/// One step graph.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The file that declares it.
    pub id: String,
    pub source_kind: &'static str,
    pub nodes: BTreeMap<String, PipelineStep>,
    /// Every node is a key: `graph.reachable` drops nodes that are not.
    pub edges: BTreeMap<String, BTreeSet<String>>,
    /// Every file it was made of.
    pub files: Vec<String>,
    /// The whole document, to mark when no step is meant.
    pub header: Span,
}

/// All pipelines, by file.
pub fn pipelines(documents: &[Arc<Document>]) -> Vec<Pipeline> {
    let inventory = dvc::Inventory::of(documents);
    let of_kind = |kind| documents.iter().filter(move |document| document.kind == kind);
    let mut found: Vec<_> = of_kind(Kind::Dvc).map(|document| dvc::pipeline(document, &inventory)).collect();
    let workflows: Vec<_> = of_kind(Kind::GithubActions)
        .map(|document| actions::pipeline(document, &found, &inventory))
        .collect();
    found.extend(workflows);
    found.retain(|pipeline| !pipeline.nodes.is_empty());
    found
}

impl Pipeline {
    fn new(id: &str, source_kind: &'static str, header: Span) -> Self {
        let files = vec![id.to_owned()];
        Self { id: id.to_owned(), source_kind, nodes: BTreeMap::new(), edges: BTreeMap::new(), files, header }
    }

    fn add(&mut self, id: &str, step: PipelineStep) {
        self.nodes.insert(id.to_owned(), step);
        self.edges.entry(id.to_owned()).or_default();
    }

    fn connect(&mut self, from: &str, to: &str) {
        self.edges.entry(to.to_owned()).or_default();
        self.edges.entry(from.to_owned()).or_default().insert(to.to_owned());
    }

    fn predecessors<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> {
        self.edges.iter().filter(move |(_, to)| to.contains(id)).map(|(from, _)| from.as_str())
    }

    /// Everything from which `id` can be reached, itself included.
    fn ancestors(&self, id: &str) -> BTreeSet<String> {
        let mut seen = BTreeSet::from([id.to_owned()]);
        let mut queue = vec![id.to_owned()];
        while let Some(next) = queue.pop() {
            for before in self.predecessors(&next) {
                if seen.insert(before.to_owned()) {
                    queue.push(before.to_owned());
                }
            }
        }
        seen
    }

    /// As policies see it.
    pub fn to_json(&self) -> Json {
        let nodes: BTreeMap<_, _> = self
            .nodes
            .iter()
            .map(|(id, step)| {
                let json = json!({
                    "kind": step.kind,
                    "name": step.name,
                    "cmd": step.command,
                    "sensitivity": step.sensitivity,
                    "blocking": step.non_blocking.is_none(),
                    "non_blocking_reason": step.non_blocking.as_deref().unwrap_or(""),
                    "skipped": step.skipped,
                    "opaque": step.opaque,
                    "weak": step.weak,
                    "matched_rule": step.matched_rule,
                    "taken_from": step.taken_from,
                    "subject": step.subject,
                    "path": step.path,
                });
                (id, json)
            })
            .collect();
        json!({
            "id": self.id,
            "source_kind": self.source_kind,
            "path": self.id,
            "nodes": nodes,
            "edges": self.edges,
            "unresolved": [],
        })
    }
}
