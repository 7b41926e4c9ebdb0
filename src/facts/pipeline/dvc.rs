//! `dvc.yaml`: stages, and the data they read that no stage produces.
//!
//! An edge exists when a dependency equals, or lies under, an output of another stage. Format:
//! <https://dvc.org/doc/user-guide/project-structure/dvcyaml-files>.

use std::sync::Arc;

use super::classify::{classify, swallows_failure};
use super::{Pipeline, PipelineStep};
use crate::facts::folder;
use crate::source::{Document, Node};

/// `.probity/data-inventory.yaml`: which data are how sensitive.
#[derive(Debug, Default)]
pub struct Inventory {
    /// Path or URI prefix, sensitivity; the longest prefix wins.
    entries: Vec<(String, String)>,
}

impl Inventory {
    pub fn of(documents: &[Arc<Document>]) -> Self {
        let documents = documents.iter().filter(|document| document.path == ".probity/data-inventory.yaml");
        let records =
            documents.flat_map(|d| &d.values).filter_map(|node| node.get("datasets")).flat_map(Node::items);
        let mut entries: Vec<_> = records
            .filter_map(|record| {
                let field = |key| record.get(key).and_then(Node::as_str).map(str::to_owned);
                Some((field("path")?.trim_end_matches('/').to_owned(), field("sensitivity")?))
            })
            .collect();
        entries.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Self { entries }
    }

    pub fn sensitivity(&self, data: &str) -> Option<String> {
        self.entries
            .iter()
            .find(|(prefix, _)| within(data, prefix))
            .map(|(_, sensitivity)| sensitivity.clone())
    }
}

/// Is `path` the same as `base` or below it?
fn within(path: &str, base: &str) -> bool {
    path == base || path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'))
}

pub fn pipeline(document: &Document, inventory: &Inventory) -> Pipeline {
    let mut pipeline = Pipeline::new(&document.path, "dvc", crate::model::Span::default());
    let Some(stages) = document.values.iter().find_map(|node| node.entry("stages")) else { return pipeline };
    pipeline.header = stages.key_span;
    let mut outs: Vec<(String, String)> = Vec::new();
    let mut reads: Vec<(String, String)> = Vec::new();
    for entry in stages.node.entries() {
        // `foreach` and `matrix` stages hold their body under `do`, or beside the matrix.
        let body = entry.node.get("do").unwrap_or(&entry.node);
        let base = Folder { of: folder(&document.path), wdir: text(body, "wdir") };
        let command = body.get("cmd").map(|cmd| cmd.strings().join("\n")).unwrap_or_default();
        let annotation = body.get("meta").and_then(|meta| text(meta, "probity.dev/kind"));
        let classified = classify(annotation, None, &command, &entry.key);
        for out in ["outs", "metrics", "plots"].iter().flat_map(|key| paths(body.get(key))) {
            outs.push((base.join(out), entry.key.clone()));
        }
        for dep in paths(body.get("deps")) {
            reads.push((base.join(dep), entry.key.clone()));
        }
        let step = PipelineStep {
            kind: classified.kind,
            name: entry.key.clone(),
            non_blocking: swallows_failure(&command),
            command,
            sensitivity: None,
            skipped: body.get("frozen").and_then(Node::as_bool) == Some(true),
            opaque: false,
            weak: classified.weak,
            matched_rule: classified.rule,
            taken_from: None,
            subject: format!("pipeline:{}//{}", document.path, entry.key),
            path: document.path.clone(),
            header: entry.key_span,
            value: entry.node.clone(),
        };
        pipeline.add(&entry.key, step);
    }
    for (dep, stage) in reads {
        let producers: Vec<_> = outs
            .iter()
            .filter(|(out, producer)| *producer != stage && (within(&dep, out) || within(out, &dep)))
            .map(|(_, producer)| producer.clone())
            .collect();
        for producer in &producers {
            pipeline.connect(producer, &stage);
        }
        if producers.is_empty() && !is_code(&dep) {
            let node = dataset(document, &dep, &stage, stages, inventory);
            let id = dep.clone();
            match pipeline.nodes.get_mut(&id) {
                Some(known) => known.sensitivity = known.sensitivity.take().or(node.sensitivity),
                None => pipeline.add(&id, node),
            }
            pipeline.connect(&id, &stage);
        }
    }
    pipeline
}

/// Data that a stage reads and no stage writes. Its sensitivity is what the reading stage's
/// `meta.sensitivity` declares, else what the inventory says.
fn dataset(
    document: &Document,
    path: &str,
    stage: &str,
    stages: &crate::source::Entry,
    inventory: &Inventory,
) -> PipelineStep {
    let entry = stages.node.entry(stage);
    let body = entry.map(|entry| entry.node.get("do").unwrap_or(&entry.node));
    let declared = body.and_then(|body| body.get("meta")).and_then(|meta| text(meta, "sensitivity"));
    let deps = body.and_then(|body| body.entry("deps"));
    let header = deps
        .and_then(|deps| {
            deps.node.items().iter().find(|item| written(item).is_some_and(|dep| path.ends_with(dep)))
        })
        .map(|item| item.span)
        .or_else(|| entry.map(|entry| entry.key_span))
        .unwrap_or_default();
    PipelineStep {
        kind: "dataset".to_owned(),
        name: path.to_owned(),
        command: String::new(),
        sensitivity: declared.map(str::to_owned).or_else(|| inventory.sensitivity(path)),
        non_blocking: None,
        skipped: false,
        opaque: false,
        weak: false,
        matched_rule: String::new(),
        taken_from: None,
        subject: format!("pipeline:{}//{path}", document.path),
        path: document.path.clone(),
        header,
        value: Node::new(crate::source::Value::Null, header),
    }
}

/// Paths in a stage are relative to its working folder.
struct Folder<'a> {
    of: &'a str,
    wdir: Option<&'a str>,
}

impl Folder<'_> {
    fn join(&self, path: &str) -> String {
        if path.contains("://") || path.starts_with('/') {
            return path.trim_end_matches('/').to_owned();
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in [self.of, self.wdir.unwrap_or(""), path].iter().flat_map(|p| p.split('/')) {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        parts.join("/")
    }
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key).and_then(Node::as_str)
}

/// The path of a list item: a string, or the one key of a mapping (`- data/raw: {cache: false}`).
fn written(item: &Node) -> Option<&str> {
    item.as_str().or_else(|| item.entries().first().map(|entry| entry.key.as_str()))
}

fn paths(list: Option<&Node>) -> Vec<&str> {
    list.map(|list| list.items().iter().filter_map(written).collect()).unwrap_or_default()
}

/// Programs and settings are dependencies too, but no data.
fn is_code(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "py" | "sh" | "r" | "R" | "jl" | "ipynb" | "yaml" | "yml" | "toml" | "cfg" | "ini")
        || matches!(path, "src" | "scripts" | "code")
        || name == "requirements.txt"
}
