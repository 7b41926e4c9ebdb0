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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::{Kind, read};

    fn inventory(files: &[(&str, &str)]) -> Inventory {
        let documents: Vec<_> = files
            .iter()
            .map(|(path, text)| {
                let kind = Kind::of_path(path).unwrap();
                Arc::new(read(path, kind, (*text).into(), false).document.unwrap())
            })
            .collect();
        Inventory::of(&Facts::of(&documents))
    }

    #[test]
    fn names_are_compared_without_case_and_punctuation() {
        assert_eq!(identity(" Credit_Scoring.v2 "), "credit-scoring-v2");
        assert_eq!(identity("Org/Model:1"), "org/model:1");
        assert_ne!(identity("a-b"), identity("ab"));
    }

    #[test]
    fn resources_name_models_and_their_bases() {
        let terraform = r#"
            resource "aws_bedrock_custom_model" "t" {
              custom_model_name     = "tuned"
              base_model_identifier = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan"
            }
            resource "azurerm_cognitive_deployment" "d" {
              name = "chat"
              model {
                format  = "OpenAI"
                name    = "gpt-4o"
                version = "2024-08-06"
              }
            }
        "#;
        let kubernetes = "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: old}\nspec: {predictor: {sklearn: {storageUri: 'gs://b/m'}}}\n---\n\
                          apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: args}\nspec: {predictor: {model: {modelFormat: {name: huggingface}, args: ['--model_id=org/m']}}}\n---\n\
                          apiVersion: serving.kserve.io/v1alpha2\nkind: LLMInferenceService\nmetadata: {name: llm}\nspec: {model: {uri: 'hf://org/x', name: x}}\n";
        let found = inventory(&[("main.tf", terraform), ("k.yaml", kubernetes)]);
        let models: Vec<_> = found
            .models()
            .into_iter()
            .map(|m| {
                (
                    m.id,
                    m.provider.or(m.framework).unwrap_or_default(),
                    m.based_on.into_iter().collect::<Vec<_>>().join(" "),
                )
            })
            .collect();
        let want = [
            ("amazon-titan", "bedrock", ""),
            ("gpt-4o@2024-08-06", "openai", ""),
            ("old", "sklearn", ""),
            ("org/m", "huggingface", ""),
            ("org/x", "huggingface", ""),
            ("tuned", "", "amazon-titan"),
        ];
        assert_eq!(models, want.map(|(id, whose, base)| (id.to_owned(), whose.to_owned(), base.to_owned())));
        let services: Vec<_> = found
            .services()
            .into_iter()
            .map(|s| (s.name, s.models.into_iter().collect::<String>()))
            .collect();
        let want = [("args", "org/m"), ("old", "old"), ("llm", "org/x"), ("chat", "gpt-4o@2024-08-06")];
        assert_eq!(services, want.map(|(name, models)| (name.to_owned(), models.to_owned())));
    }

    #[test]
    fn azure_deployments_answer_on_their_endpoint() {
        let schema =
            |name: &str| format!("$schema: https://azuremlschemas.azureedge.net/latest/{name}.schema.json\n");
        let found = inventory(&[
            ("a/endpoint.yml", &(schema("managedOnlineEndpoint") + "name: e\nauth_mode: key\n")),
            (
                "a/blue.yml",
                &(schema("managedOnlineDeployment")
                    + "name: blue\nendpoint_name: e\nmodel: azureml:credit:3\n"),
            ),
            (
                "b/other.yml",
                &(schema("batchDeployment") + "name: x\nendpoint_name: e\nmodel: {path: ./m, name: own}\n"),
            ),
            (
                "a/model.yml",
                &(schema("model") + "name: credit\nversion: 3\npath: runs:/x\ntype: mlflow_model\n"),
            ),
            ("a/data.yml", &(schema("data") + "name: loans\npath: x\n")),
        ]);
        let ids: Vec<_> = found.models().into_iter().map(|model| model.id).collect();
        assert_eq!(ids, ["credit@3", "own"]);
        let services: Vec<_> = found
            .services()
            .into_iter()
            .map(|s| (s.path, s.kind, s.models.into_iter().collect::<String>()))
            .collect();
        assert_eq!(
            services,
            [
                ("a/endpoint.yml".to_owned(), "managedOnlineEndpoint".to_owned(), "credit@3".to_owned()),
                ("b/other.yml".to_owned(), "batchDeployment".to_owned(), "own".to_owned()),
            ]
        );
        assert_eq!(found.datasets()[0].name, "loans");
    }

    #[test]
    fn a_folder_called_model_names_nothing() {
        let found = inventory(&[
            ("x/model/MLmodel", "flavors: {sklearn: {}, python_function: {}}\nrun_id: r\n"),
            ("y/model/MLmodel", "flavors: {python_function: {loader_module: mlflow.x}}\n"),
            ("churn/MLmodel", "flavors: {}\n"),
            ("card/README.md", "---\nlicense: other\nlicense_name: own\nco2_eq_emissions: 12\n---\n"),
        ]);
        let models: Vec<_> = found
            .models()
            .into_iter()
            .map(|m| format!("{} {:?} {:?}", m.id, m.framework, m.license))
            .collect();
        assert_eq!(
            models,
            [
                "card None Some(\"own\")",
                "churn None None",
                "x/model Some(\"sklearn\") None",
                "y/model Some(\"mlflow.x\") None"
            ]
        );
        assert_eq!(found.models()[0].considerations.emissions.as_deref(), Some("12"));
    }

    #[test]
    fn datasets_say_what_they_are() {
        let croissant = "conformsTo: http://mlcommons.org/croissant/1.0\nname: loans\nlicense: cc-by-4.0\n'rai:personalSensitiveInformation': [income]\n";
        let found = inventory(&[
            ("d/croissant.yaml", croissant),
            ("d/README.md", "---\npretty_name: Loans\nlicense: mit\ntask_categories: [x]\n---\n"),
        ]);
        let datasets = found.datasets();
        assert_eq!(datasets.len(), 1, "one name, one dataset");
        assert_eq!(datasets[0].sensitivity.as_deref(), Some("income"));
        assert_eq!(datasets[0].named_by.len(), 2);
    }
}
