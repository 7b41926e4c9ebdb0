//! AI documents to facts: cards, evaluation reports, images, packages, owners.
//!
//! ```text
//!   model card, dataset card, Croissant, MLmodel, LiteLLM ──> documents[]
//!   evaluation, fairness and red-team reports, cards      ──> metrics[]
//!   Dockerfile                                            ──> images[]
//!   requirements, pyproject, lock files                   ──> packages[]
//!   CODEOWNERS                                            ──> owners[]
//! ```
//! A document's value is what its author wrote, with JSON in strings opened; a path into it leads
//! to a span.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value as Json, json};

mod images;
mod metrics;
mod owners;
mod packages;

use crate::model::path::{folder, join};
use crate::model::{Span, Unread};
use crate::source::{Document, Entry, Kind, Node, Step, Value, yaml};

pub use images::{Image, ImageUse, of_resource as images_of_resource};
pub use metrics::Metric;
pub use owners::{OwnerRule, Owners};
pub use packages::Package;

/// One document that facts were made of.
#[derive(Debug, Clone)]
pub struct DocumentFact {
    pub kind: Kind,
    pub path: String,
    /// `document:models/credit/README.md`
    pub subject: String,
    /// What to mark when the whole document is meant.
    pub header: Span,
    pub value: Arc<Node>,
}

impl DocumentFact {
    /// As policies see it.
    pub fn to_json(&self) -> Json {
        json!({"path": self.path, "kind": self.kind.as_str(), "subject": self.subject, "value": self.value.to_json()})
    }

    /// Does policy input hold its whole value? The others are there as images, packages, owners.
    pub fn is_card(&self) -> bool {
        matches!(
            self.kind,
            Kind::ModelCard
                | Kind::DatasetCard
                | Kind::Croissant
                | Kind::MlflowModel
                | Kind::MlflowProject
                | Kind::LiteLlm
                | Kind::EvaluationReport
        )
    }
}

/// Everything that documents say.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    pub facts: Vec<DocumentFact>,
    pub metrics: Vec<Metric>,
    pub images: Vec<Image>,
    pub packages: Vec<Package>,
    pub owners: Owners,
    /// Where a document holds more than is taken from it.
    pub unread: Vec<Unread>,
}

impl Documents {
    pub fn of(documents: &[Arc<Document>]) -> Documents {
        let measured = dvc_metrics(documents);
        let mut found = Documents::default();
        for document in documents {
            let named = measured.contains(document.path.as_str());
            found.take(document, if named { Kind::EvaluationReport } else { document.kind });
        }
        found
    }

    fn take(&mut self, document: &Document, kind: Kind) {
        if !is_read(kind) {
            return;
        }
        let start = self.facts.len();
        for (index, node) in document.values.iter().enumerate().filter(|(_, node)| node.value != Value::Null)
        {
            let number = (document.values.len() > 1).then_some(index + 1);
            let subject = match number {
                Some(number) => format!("document:{}//{number}", document.path),
                None => format!("document:{}", document.path),
            };
            self.facts.push(DocumentFact {
                kind,
                path: document.path.clone(),
                subject,
                header: node.entries().first().map_or(node.span, |entry| entry.key_span),
                value: Arc::new(opened(kind, node)),
            });
        }
        for fact in self.facts.iter().skip(start) {
            match kind {
                Kind::Dockerfile => self.images.extend(images::of_dockerfile(fact)),
                Kind::Requirements | Kind::Pyproject | Kind::PythonLock => {
                    let (packages, complete) = packages::of(fact);
                    self.packages.extend(packages);
                    if !complete {
                        let reason = format!("more than {} packages", packages::MAX_PACKAGES);
                        self.unread.push(Unread { path: fact.path.clone(), line: None, reason });
                    }
                }
                Kind::Codeowners => self.owners.read(fact),
                Kind::AzureMl | Kind::KubeflowPipeline | Kind::SagemakerPipeline => {
                    self.images.extend(images::of_document(fact));
                }
                _ => {
                    let (metrics, complete) = metrics::of(fact);
                    self.metrics.extend(metrics);
                    if !complete {
                        let reason = format!("more than {} figures", metrics::MAX_METRICS);
                        self.unread.push(Unread { path: fact.path.clone(), line: None, reason });
                    }
                }
            }
        }
    }
}

/// The kinds that facts are made of here.
pub fn is_read(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ModelCard
            | Kind::DatasetCard
            | Kind::Croissant
            | Kind::MlflowModel
            | Kind::MlflowProject
            | Kind::LiteLlm
            | Kind::EvaluationReport
            | Kind::AzureMl
            | Kind::KubeflowPipeline
            | Kind::SagemakerPipeline
            | Kind::Codeowners
            | Kind::Requirements
            | Kind::Pyproject
            | Kind::PythonLock
            | Kind::Dockerfile
    )
}

/// JSON in a string, opened: MLflow writes a signature's columns that way.
fn opened(kind: Kind, node: &Node) -> Node {
    let mut node = node.clone();
    if kind == Kind::MlflowModel
        && let Some(signature) = entry_mut(&mut node, "signature")
    {
        for key in ["inputs", "outputs", "params"] {
            if let Some(part) = entry_mut(signature, key)
                && let Some(value) = part.as_str().and_then(inner_json)
            {
                // Its parts stand where the whole string stands.
                *part = value.standing_at(part.span);
            }
        }
    }
    node
}

fn entry_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut node.value {
        Value::Map(entries) => entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node),
        _ => None,
    }
}

fn inner_json(text: &str) -> Option<Node> {
    let (mut documents, error) = yaml::parse(text);
    (error.is_none() && documents.len() == 1).then(|| documents.remove(0))
}

/// The files that some dvc.yaml names as metrics, and that are read here.
fn dvc_metrics(documents: &[Arc<Document>]) -> BTreeSet<&str> {
    let mut named = BTreeSet::new();
    for document in documents.iter().filter(|document| document.kind == Kind::Dvc) {
        let base = folder(&document.path);
        for node in &document.values {
            named.extend(listed(node.get("metrics")).into_iter().filter_map(|path| join(base, path)));
            for Entry { node: stage, .. } in node.get("stages").map(Node::entries).unwrap_or_default() {
                let body = stage.get("do").unwrap_or(stage);
                let wdir = body.get("wdir").and_then(Node::as_str).unwrap_or("");
                let Some(base) = join(base, wdir) else { continue };
                named.extend(listed(body.get("metrics")).into_iter().filter_map(|path| join(&base, path)));
            }
        }
    }
    documents
        .iter()
        .filter(|document| matches!(document.kind, Kind::Json | Kind::Yaml) && named.contains(&document.path))
        .map(|document| document.path.as_str())
        .collect()
}

/// Items are paths, or a path with options.
fn listed(node: Option<&Node>) -> Vec<&str> {
    let Some(node) = node else { return Vec::new() };
    let items = node.items().iter();
    items
        .filter_map(|item| item.as_str().or_else(|| item.entries().first().map(|entry| entry.key.as_str())))
        .collect()
}

fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}

#[cfg(test)]
pub(in crate::facts) mod tests {
    use super::*;
    use crate::source::{read, yaml};

    pub fn documents(files: &[(&str, &str)]) -> Documents {
        let documents: Vec<_> = files
            .iter()
            .map(|(path, text)| {
                let kind = Kind::of_path(path).unwrap();
                // The tests write JSON with the fewer marks of YAML.
                let text = match kind {
                    Kind::Json => yaml::parse(text).0[0].to_json().to_string(),
                    _ => (*text).to_owned(),
                };
                Arc::new(read(path, kind, text.into(), false).document.unwrap())
            })
            .collect();
        Documents::of(&documents)
    }

    #[test]
    fn signatures_in_strings_are_opened() {
        let text = "flavors: {sklearn: {serialization_format: pickle}}\nsignature:\n  inputs: '[{\"name\": \"age\", \"type\": \"long\"}]'\n  outputs: oops {\n";
        let found = documents(&[("m/MLmodel", text)]);
        let fact = &found.facts[0];
        let json = fact.to_json();
        assert_eq!(json["kind"], "mlflow-model");
        assert_eq!(json["value"]["signature"]["inputs"][0]["name"], "age");
        assert_eq!(json["value"]["signature"]["outputs"], "oops {");
        let at = fact.value.locate(&[key("signature"), key("inputs"), Step::Index(0), key("name")]).unwrap();
        assert!(
            text[at.span.start..at.span.end].starts_with("'[{"),
            "its parts stand where the string stands"
        );
    }

    #[test]
    fn a_file_that_dvc_names_holds_metrics() {
        let dvc = "stages:\n  eval:\n    cmd: x\n    wdir: src\n    metrics:\n      - ../out/metrics.json: {cache: false}\nmetrics: [top.yaml]\n";
        let found = documents(&[
            ("p/dvc.yaml", dvc),
            ("p/out/metrics.json", "{\"auc\": 0.8, \"train\": {\"loss\": NaN}}"),
            ("p/top.yaml", "f1: 0.5\n"),
            ("p/other.yaml", "f1: 0.5\n"),
        ]);
        let names: Vec<_> =
            found.metrics.iter().map(|m| (m.path.as_str(), m.name.as_str(), m.value.to_string())).collect();
        assert_eq!(
            names,
            [
                ("p/out/metrics.json", "auc", "0.8".to_owned()),
                ("p/out/metrics.json", "train.loss", "\"NaN\"".to_owned()),
                ("p/top.yaml", "f1", "0.5".to_owned()),
            ]
        );
    }
}
