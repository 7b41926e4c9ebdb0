//! What AI is in a repository: models, the services that run them, the data they were made of.
//!
//! ```text
//!   service ──runs──> model ──made of──> dataset
//!                       └──based on──> model
//! ```
//! The same model is often named in several places: a card, a Terraform resource, an `MLmodel` file.
//! Names that differ in case and punctuation only are taken for one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

mod azureml;
mod data;
mod models;
mod services;

pub use services::provider;

use super::{Facts, Metric};
use crate::source::{Node, Value};

/// One model.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Model {
    /// `credit-scoring`, `anthropic-claude-3@1`
    pub id: String,
    pub name: String,
    pub version: Option<String>,
    /// `bedrock`, `openai`, `huggingface`: whose it is, where that is said.
    pub provider: Option<String>,
    pub task: Option<String>,
    /// `sklearn`, `xgboost`, `transformers`
    pub framework: Option<String>,
    pub license: Option<String>,
    /// The subject of its card.
    pub card: Option<String>,
    /// Where its files come from.
    pub uris: BTreeSet<String>,
    /// Ids of models and datasets.
    pub based_on: BTreeSet<String>,
    pub datasets: BTreeSet<String>,
    pub considerations: Considerations,
    /// The subjects that name it.
    pub named_by: BTreeSet<String>,
    pub paths: BTreeSet<String>,
    #[serde(skip)]
    pub metrics: Vec<Metric>,
}

/// What a card says beyond figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Considerations {
    pub users: Vec<String>,
    pub use_cases: Vec<String>,
    pub limitations: Vec<String>,
    pub tradeoffs: Vec<String>,
    pub ethical: Vec<String>,
    pub emissions: Option<String>,
}

/// Something that answers with a model.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Service {
    /// The subject that declares it.
    pub subject: String,
    pub name: String,
    /// `aws_sagemaker_endpoint`, `InferenceService`, `litellm`
    pub kind: String,
    pub provider: String,
    /// Model ids.
    pub models: BTreeSet<String>,
    pub path: String,
}

/// One dataset.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Dataset {
    pub id: String,
    pub name: String,
    pub license: Option<String>,
    /// As declared; `None` is unknown, which is not "non-sensitive".
    pub sensitivity: Option<String>,
    pub description: Option<String>,
    pub card: Option<String>,
    pub named_by: BTreeSet<String>,
    pub paths: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Inventory {
    models: BTreeMap<String, Model>,
    services: BTreeMap<String, Service>,
    datasets: BTreeMap<String, Dataset>,
}

impl Inventory {
    pub fn of(facts: &Facts) -> Inventory {
        let mut inventory = Inventory::default();
        inventory.take_datasets(facts);
        inventory.take_models(facts);
        inventory.take_services(facts);
        inventory.take_azureml(facts);
        inventory.take_metrics(&facts.metrics);
        inventory
    }

    /// Sorted by id, as the others.
    pub fn models(&self) -> Vec<Model> {
        self.models.values().cloned().collect()
    }

    pub fn services(&self) -> Vec<Service> {
        self.services.values().cloned().collect()
    }

    pub fn datasets(&self) -> Vec<Dataset> {
        self.datasets.values().cloned().collect()
    }

    /// The model of this name, made where it is met for the first time.
    fn model(&mut self, name: &str, version: Option<&str>, subject: &str, path: &str) -> &mut Model {
        let id = match version {
            Some(version) => format!("{}@{version}", identity(name)),
            None => identity(name),
        };
        let model = self.models.entry(id.clone()).or_insert_with(|| Model {
            id,
            name: name.to_owned(),
            version: version.map(str::to_owned),
            ..Model::default()
        });
        model.named_by.insert(subject.to_owned());
        model.paths.insert(path.to_owned());
        model
    }

    fn dataset(&mut self, name: &str, subject: &str, path: &str) -> &mut Dataset {
        let id = identity(name);
        let dataset = self.datasets.entry(id.clone()).or_insert_with(|| Dataset {
            id,
            name: name.to_owned(),
            ..Dataset::default()
        });
        dataset.named_by.insert(subject.to_owned());
        dataset.paths.insert(path.to_owned());
        dataset
    }

    /// A figure belongs to the model that it names, or whose card it stands in.
    fn take_metrics(&mut self, metrics: &[Metric]) {
        for metric in metrics {
            let named = metric.model.as_deref().map(identity);
            let versioned =
                named.as_ref().zip(metric.model_version.as_ref()).map(|(id, v)| format!("{id}@{v}"));
            let id = [versioned, named].into_iter().flatten().find(|id| self.models.contains_key(id));
            let model = match id {
                Some(id) => self.models.get_mut(&id),
                None => self.models.values_mut().find(|model| model.card.as_ref() == Some(&metric.subject)),
            };
            if let Some(model) = model {
                model.metrics.push(metric.clone());
            }
        }
    }
}

/// A name without case and punctuation; `/` and `:` tell names apart, so they stay.
fn identity(name: &str) -> String {
    let mut id = String::new();
    for character in name.trim().chars() {
        match character {
            '_' | '.' | ' ' | '-' => {
                if !id.ends_with('-') {
                    id.push('-');
                }
            }
            other => id.extend(other.to_lowercase()),
        }
    }
    id.trim_matches('-').to_owned()
}

/// The value at a path of keys; single blocks of a list are entered.
fn at<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, key| {
        let node = if let Value::List(items) = &node.value { items.first()? } else { node };
        node.get(key)
    })
}

fn text_at<'a>(node: &'a Node, path: &[&str]) -> Option<&'a str> {
    at(node, path)?.as_str().filter(|text| !text.trim().is_empty())
}

fn scalar_at(node: &Node, path: &[&str]) -> Option<String> {
    match &at(node, path)?.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
