//! Services: endpoints, agents and gateways, with the models that they answer with.

use super::models::{NamedModel, named_models};
use super::{Inventory, Service, identity, scalar_at, text_at};
use crate::facts::{Facts, Resource};
use crate::source::{Kind, Node};

/// Kinds of resource that answer, and the key of their name.
const KINDS: [(&str, &str); 13] = [
    ("aws_sagemaker_endpoint", "name"),
    ("awscc_sagemaker_endpoint", "endpoint_name"),
    ("AWS::SageMaker::Endpoint", "EndpointName"),
    ("aws_bedrockagent_agent", "agent_name"),
    ("awscc_bedrock_agent", "agent_name"),
    ("AWS::Bedrock::Agent", "AgentName"),
    ("aws_bedrockagentcore_agent_runtime", "agent_runtime_name"),
    ("google_vertex_ai_endpoint", "display_name"),
    ("google_vertex_ai_endpoint_with_model_garden_deployment", "location"),
    ("google_vertex_ai_reasoning_engine", "display_name"),
    ("azurerm_cognitive_deployment", "name"),
    ("InferenceService", "name"),
    ("LLMInferenceService", "name"),
];

impl Inventory {
    pub(super) fn take_services(&mut self, facts: &Facts) {
        for resource in &facts.resources {
            let Some((_, key)) = KINDS.iter().find(|(kind, _)| *kind == resource.kind) else { continue };
            let mut models: Vec<String> = named_models(resource).iter().map(id_of).collect();
            for subject in facts.joins.joined(&resource.subject, "model") {
                let named = self.models.values().filter(|model| model.named_by.contains(&subject));
                models.extend(named.map(|model| model.id.clone()));
            }
            let service = Service {
                subject: resource.subject.clone(),
                name: own_name(resource, key),
                kind: resource.kind.clone(),
                provider: provider(resource),
                models: models.into_iter().filter(|id| self.models.contains_key(id)).collect(),
                path: resource.path.clone(),
            };
            self.services.insert(service.subject.clone(), service);
        }
        for fact in facts.documents.iter().filter(|fact| fact.kind == Kind::LiteLlm) {
            for (index, entry) in
                fact.value.get("model_list").map(Node::items).unwrap_or_default().iter().enumerate()
            {
                let Some(called) = text_at(entry, &["litellm_params", "model"]) else { continue };
                let (provider, name) = called.split_once('/').unwrap_or(("openai", called));
                let model = self.model(name, None, &fact.subject, &fact.path);
                model.provider.get_or_insert_with(|| provider.to_owned());
                let id = model.id.clone();
                let name = scalar_at(entry, &["model_name"]).unwrap_or_else(|| called.to_owned());
                let subject = format!("{}//model_list/{}", fact.subject, index + 1);
                let service = Service {
                    subject: subject.clone(),
                    name,
                    kind: "litellm".to_owned(),
                    provider: provider.to_owned(),
                    models: [id].into(),
                    path: fact.path.clone(),
                };
                self.services.insert(subject, service);
            }
        }
    }
}

fn id_of(named: &NamedModel) -> String {
    match &named.version {
        Some(version) => format!("{}@{version}", identity(&named.name)),
        None => identity(&named.name),
    }
}

fn own_name(resource: &Resource, key: &str) -> String {
    let node = &resource.attributes;
    let own = text_at(node, &[key]).or_else(|| text_at(node, &["metadata", key]));
    own.filter(|_| key != "location").unwrap_or(&resource.name).to_owned()
}

/// `aws`, `google`, `serving.kserve.io`: whose kind of resource it is.
pub fn provider(resource: &Resource) -> String {
    match resource.system {
        crate::facts::System::Terraform => resource.kind.split('_').next().unwrap_or("").to_owned(),
        crate::facts::System::CloudFormation => {
            resource.kind.split("::").next().unwrap_or("").to_ascii_lowercase()
        }
        crate::facts::System::Kubernetes => {
            let group = resource.address.split('/').next().unwrap_or("");
            if group.is_empty() { "core".to_owned() } else { group.to_owned() }
        }
    }
}
