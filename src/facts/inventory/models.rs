//! Models: of cards, `MLmodel` files, resources that hold or name one, and gateways.

use super::{Considerations, Inventory, at, scalar_at, text_at};
use crate::facts::{DocumentFact, Facts, Resource};
use crate::model::path::folder;
use crate::source::{Kind, Node, Value};

/// Folders that are named after what lies in them, not after the model.
const GENERIC: [&str; 6] = ["model", "models", "mlflow-model", "mlflow_model", "artifact", "artifacts"];

impl Inventory {
    pub(super) fn take_models(&mut self, facts: &Facts) {
        for fact in facts.documents.iter() {
            match fact.kind {
                Kind::ModelCard => self.card(fact),
                Kind::MlflowModel => self.mlmodel(fact),
                _ => {}
            }
        }
        for resource in &facts.resources {
            self.of_resource(resource);
        }
    }

    fn card(&mut self, fact: &DocumentFact) {
        let value = &*fact.value;
        let paths: [&[&str]; 5] = [
            &["model_name"],
            &["model_details", "name"],
            &["model_overview", "model_name"],
            &["model-index", "name"],
            &["name"],
        ];
        let stem = fact.path.rsplit('/').next().unwrap_or("").split('.').next().unwrap_or("");
        let own = paths.iter().find_map(|path| text_at(value, path));
        let beside = folder(&fact.path).rsplit('/').next().filter(|name| !name.is_empty());
        let name = own.or(beside.filter(|_| stem.eq_ignore_ascii_case("readme"))).unwrap_or(stem).to_owned();
        let version = scalar_at(value, &["model_details", "version", "name"])
            .or_else(|| scalar_at(value, &["model_overview", "model_version"]))
            .or_else(|| scalar_at(value, &["model_version"]));
        let list = |key: &str| -> Vec<String> {
            value.get(key).map(Node::strings).unwrap_or_default().into_iter().map(str::to_owned).collect()
        };
        let datasets: Vec<String> = list("datasets")
            .iter()
            .map(|name| self.dataset(name, &fact.subject, &fact.path).id.clone())
            .collect();
        let bases: Vec<String> = list("base_model")
            .iter()
            .map(|name| {
                let base = self.model(name, None, &fact.subject, &fact.path);
                base.provider.get_or_insert_with(|| "huggingface".to_owned());
                base.id.clone()
            })
            .collect();
        let model = self.model(&name, version.as_deref(), &fact.subject, &fact.path);
        let text = |path: &[&str]| scalar_at(value, path);
        model.task = model
            .task
            .take()
            .or_else(|| text(&["pipeline_tag"]))
            .or_else(|| text(&["model-index", "results", "task", "type"]));
        model.framework = model.framework.take().or_else(|| text(&["library_name"]));
        let license =
            text(&["license"]).filter(|license| license != "other").or_else(|| text(&["license_name"]));
        model.license = model.license.take().or(license).or_else(|| list("license").first().cloned());
        model.card.get_or_insert_with(|| fact.subject.clone());
        model.datasets.extend(datasets);
        model.based_on.extend(bases);
        model.considerations = considerations(value);
        let own_id = model.id.clone();
        // A model is no base of itself.
        model.based_on.remove(&own_id);
    }

    fn mlmodel(&mut self, fact: &DocumentFact) {
        let value = &*fact.value;
        let folder = folder(&fact.path);
        let name = match folder.rsplit('/').next().unwrap_or("") {
            "" => text_at(value, &["artifact_path"]).unwrap_or("model"),
            generic if GENERIC.contains(&generic) => folder,
            name => name,
        };
        let flavors = at(value, &["flavors"]).map(Node::entries).unwrap_or_default();
        let flavor =
            flavors.iter().map(|entry| entry.key.as_str()).find(|flavor| *flavor != "python_function");
        let flavor = flavor.or_else(|| text_at(value, &["flavors", "python_function", "loader_module"]));
        let framework = flavor.map(str::to_owned);
        let model = self.model(name, None, &fact.subject, &fact.path);
        model.framework = model.framework.take().or(framework);
        let run = text_at(value, &["run_id"]).map(|run| format!("runs:/{run}"));
        model.uris.extend(run);
    }

    fn of_resource(&mut self, resource: &Resource) {
        for named in named_models(resource) {
            let model = self.model(&named.name, named.version.as_deref(), &resource.subject, &resource.path);
            model.provider = model.provider.take().or(named.provider);
            model.framework = model.framework.take().or(named.framework);
            model.uris.extend(named.uri);
            let id = model.id.clone();
            if let Some((provider, base)) = named.base {
                let base = self.model(&base, None, &resource.subject, &resource.path);
                base.provider.get_or_insert(provider);
                let base_id = base.id.clone();
                if let Some(model) = self.models.get_mut(&id).filter(|_| base_id != id) {
                    model.based_on.insert(base_id);
                }
            }
        }
    }
}

/// A model that a resource names.
#[derive(Debug, Default)]
pub struct NamedModel {
    pub name: String,
    pub version: Option<String>,
    pub provider: Option<String>,
    pub framework: Option<String>,
    pub uri: Option<String>,
    /// Provider and name of the model that it was made of.
    pub base: Option<(String, String)>,
}

impl NamedModel {
    /// Takes `hf://org/name:revision`, an ARN or a plain id.
    pub fn parse(text: &str, provider: &str) -> Self {
        if let Some(rest) = text.strip_prefix("hf://") {
            let (name, revision) =
                rest.split_once(':').map_or((rest, None), |(n, r)| (n, Some(r.to_owned())));
            return Self {
                name: name.to_owned(),
                version: revision,
                provider: Some("huggingface".to_owned()),
                uri: Some(text.to_owned()),
                ..Self::default()
            };
        }
        // arn:aws:bedrock:region::foundation-model/anthropic.claude-3
        let name =
            text.strip_prefix("arn:").and_then(|arn| arn.rsplit_once('/')).map_or(text, |(_, name)| name);
        let provider = Some(provider.to_owned()).filter(|provider| !provider.is_empty());
        Self { name: name.to_owned(), provider, ..Self::default() }
    }
}

/// The models that a resource holds, or that it calls.
pub fn named_models(resource: &Resource) -> Vec<NamedModel> {
    let node = &resource.attributes;
    let text = |path: &[&str]| text_at(node, path).map(str::to_owned);
    let properties =
        |key: &str| text_at(node, &[key]).or_else(|| text_at(node, &["Properties", key])).map(str::to_owned);
    let one = |name: Option<String>, uri: Option<String>| {
        let name = name.unwrap_or_else(|| resource.name.clone());
        vec![NamedModel { name, uri, ..NamedModel::default() }]
    };
    let called = |name: Option<String>, provider: &str| {
        name.map(|name| NamedModel::parse(&name, provider)).into_iter().collect::<Vec<_>>()
    };
    match resource.kind.as_str() {
        "aws_sagemaker_model" | "awscc_sagemaker_model" => {
            let uri = ["primary_container", "container", "containers"].iter().find_map(|block| {
                let data = text(&[block, "model_data_url"]);
                data.or_else(|| text(&[block, "model_data_source", "s3_data_source", "s3_uri"]))
            });
            one(text(&["name"]).or_else(|| text(&["model_name"])), uri)
        }
        "AWS::SageMaker::Model" => {
            let uri = text(&["PrimaryContainer", "ModelDataUrl"])
                .or_else(|| text(&["Properties", "PrimaryContainer", "ModelDataUrl"]));
            one(properties("ModelName"), uri)
        }
        "aws_sagemaker_model_package_group" | "awscc_sagemaker_model_package_group" => {
            one(text(&["model_package_group_name"]), None)
        }
        "AWS::SageMaker::ModelPackageGroup" => one(properties("ModelPackageGroupName"), None),
        "aws_bedrock_custom_model" => {
            let base = text(&["base_model_identifier"])
                .map(|base| ("bedrock".to_owned(), NamedModel::parse(&base, "").name));
            vec![NamedModel {
                name: text(&["custom_model_name"]).unwrap_or_else(|| resource.name.clone()),
                base,
                ..NamedModel::default()
            }]
        }
        "aws_bedrockagent_agent" | "awscc_bedrock_agent" => called(text(&["foundation_model"]), "bedrock"),
        "AWS::Bedrock::Agent" => called(properties("FoundationModel"), "bedrock"),
        "aws_bedrock_inference_profile" => called(text(&["model_source", "copy_from"]), "bedrock"),
        "azurerm_cognitive_deployment" => {
            let format = text(&["model", "format"]).unwrap_or_default().to_ascii_lowercase();
            let mut found = called(text(&["model", "name"]), &format);
            for model in &mut found {
                model.version = scalar_at(node, &["model", "version"]);
            }
            found
        }
        "google_vertex_ai_endpoint_with_model_garden_deployment" => {
            let mut found = called(text(&["publisher_model_name"]), "vertex");
            found.extend(called(text(&["hugging_face_model_id"]), "huggingface"));
            found
        }
        "InferenceService" => kserve(node, &resource.name),
        "LLMInferenceService" => {
            let uri = text(&["spec", "model", "uri"]);
            let name = text(&["spec", "model", "name"]);
            uri.iter().map(|uri| of_uri(uri, name.as_deref().unwrap_or(&resource.name))).collect()
        }
        _ => Vec::new(),
    }
}

/// `hf://` names a model; any other address only holds one, named by what serves it.
fn of_uri(uri: &str, name: &str) -> NamedModel {
    if uri.starts_with("hf://") {
        return NamedModel::parse(uri, "huggingface");
    }
    NamedModel { name: name.to_owned(), uri: Some(uri.to_owned()), ..NamedModel::default() }
}

fn kserve(node: &Node, service: &str) -> Vec<NamedModel> {
    let Some(predictor) = at(node, &["spec", "predictor"]) else { return Vec::new() };
    let mut found = Vec::new();
    // `model`, or the older form with the framework as key.
    for entry in predictor.entries().iter().filter(|entry| matches!(entry.node.value, Value::Map(_))) {
        let framework = text_at(&entry.node, &["modelFormat", "name"])
            .or_else(|| Some(entry.key.as_str()).filter(|key| *key != "model"))
            .map(str::to_owned);
        if let Some(uri) = text_at(&entry.node, &["storageUri"]) {
            found.push(NamedModel { framework: framework.clone(), ..of_uri(uri, service) });
        }
        let arguments = entry.node.get("args").map(Node::strings).unwrap_or_default();
        for id in arguments.iter().filter_map(|argument| argument.strip_prefix("--model_id=")) {
            found.push(NamedModel { framework: framework.clone(), ..NamedModel::parse(id, "huggingface") });
        }
    }
    for uri in predictor.get("storageUris").map(Node::items).unwrap_or_default() {
        let uri = uri.as_str().or_else(|| text_at(uri, &["uri"]));
        found.extend(uri.map(|uri| of_uri(uri, service)));
    }
    found
}

/// What the Model Card Toolkit, SageMaker and Hugging Face have fields for.
fn considerations(value: &Node) -> Considerations {
    let texts = |path: &[&str]| -> Vec<String> {
        let Some(node) = at(value, path) else { return Vec::new() };
        let item = |node: &Node| {
            let inner = ["description", "name"].iter().find_map(|key| text_at(node, &[key]));
            node.as_str().or(inner).map(str::to_owned)
        };
        if node.items().is_empty() {
            item(node).into_iter().collect()
        } else {
            node.items().iter().filter_map(item).collect()
        }
    };
    let either = |first: &[&str], second: &[&str]| {
        let found = texts(first);
        if found.is_empty() { texts(second) } else { found }
    };
    Considerations {
        users: texts(&["considerations", "users"]),
        use_cases: either(&["considerations", "use_cases"], &["intended_uses", "intended_uses"]),
        limitations: either(
            &["considerations", "limitations"],
            &["intended_uses", "factors_affecting_model_efficiency"],
        ),
        tradeoffs: texts(&["considerations", "tradeoffs"]),
        ethical: either(
            &["considerations", "ethical_considerations"],
            &["additional_information", "ethical_considerations"],
        ),
        emissions: scalar_at(value, &["co2_eq_emissions"])
            .or_else(|| scalar_at(value, &["co2_eq_emissions", "emissions"])),
    }
}
