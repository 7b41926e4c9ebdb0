//! Azure Machine Learning assets: models, data, and deployments that answer on an endpoint.
//!
//! <https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview>

use super::{Inventory, Service, scalar_at, text_at};
use crate::facts::{DocumentFact, Facts};
use crate::model::path::folder;
use crate::source::Kind;

impl Inventory {
    pub(super) fn take_azureml(&mut self, facts: &Facts) {
        let documents: Vec<&DocumentFact> =
            facts.documents.iter().filter(|fact| fact.kind == Kind::AzureMl).collect();
        for fact in &documents {
            match schema(fact) {
                "model" => self.azureml_model(fact),
                "data" => {
                    if let Some(name) = text_at(&fact.value, &["name"]) {
                        let description = scalar_at(&fact.value, &["description"]);
                        let dataset = self.dataset(name, &fact.subject, &fact.path);
                        dataset.description = dataset.description.take().or(description);
                    }
                }
                _ => {}
            }
        }
        for fact in documents.iter().copied() {
            let deployment = schema(fact).ends_with("Deployment");
            let Some(name) = text_at(&fact.value, &["endpoint_name"]).filter(|_| deployment) else {
                continue;
            };
            let model = self.azureml_deployed(fact);
            // The endpoint's own file, where it lies beside the deployment.
            let endpoint = documents.iter().copied().find(|other| {
                schema(other).ends_with("Endpoint")
                    && folder(&other.path) == folder(&fact.path)
                    && text_at(&other.value, &["name"]) == Some(name)
            });
            let declared: &DocumentFact = endpoint.unwrap_or(fact);
            let service = self.services.entry(declared.subject.clone()).or_insert_with(|| Service {
                subject: declared.subject.clone(),
                name: name.to_owned(),
                kind: schema(declared).to_owned(),
                provider: "azureml".to_owned(),
                models: std::collections::BTreeSet::new(),
                path: declared.path.clone(),
            });
            service.models.extend(model);
        }
    }

    fn azureml_model(&mut self, fact: &DocumentFact) {
        let Some(name) = text_at(&fact.value, &["name"]) else { return };
        let version = scalar_at(&fact.value, &["version"]);
        let framework = text_at(&fact.value, &["type"])
            .filter(|kind| *kind == "mlflow_model")
            .map(|_| "mlflow".to_owned());
        let uri = scalar_at(&fact.value, &["path"]);
        let model = self.model(name, version.as_deref(), &fact.subject, &fact.path);
        model.framework = model.framework.take().or(framework);
        model.uris.extend(uri);
    }

    /// `model: azureml:name:version`, `azureml:name@latest`, `azureml://registries/.../models/name/versions/1`,
    /// or the model itself in place.
    fn azureml_deployed(&mut self, fact: &DocumentFact) -> Option<String> {
        let value = &fact.value;
        let (name, version, uri) = if let Some(written) = text_at(value, &["model"]) {
            if let Some((_, path)) =
                written.split_once("/models/").filter(|_| written.starts_with("azureml://"))
            {
                let (name, version) =
                    path.split_once("/versions/").map_or((path, None), |(n, v)| (n, Some(v)));
                (
                    name.split('/').next().unwrap_or(name).to_owned(),
                    version.map(str::to_owned),
                    Some(written.to_owned()),
                )
            } else {
                let written = written.strip_prefix("azureml:")?;
                let (name, version) =
                    written.split_once([':', '@']).map_or((written, None), |(n, v)| (n, Some(v)));
                (name.to_owned(), version.filter(|version| *version != "latest").map(str::to_owned), None)
            }
        } else {
            let uri = scalar_at(value, &["model", "path"])?;
            let name = text_at(value, &["model", "name"]).or_else(|| text_at(value, &["endpoint_name"]))?;
            (name.to_owned(), scalar_at(value, &["model", "version"]), Some(uri))
        };
        let model = self.model(&name, version.as_deref(), &fact.subject, &fact.path);
        model.uris.extend(uri);
        Some(model.id.clone())
    }
}

/// `managedOnlineDeployment` of `https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json`.
fn schema(fact: &DocumentFact) -> &str {
    let Some(uri) = text_at(&fact.value, &["$schema"]) else {
        let deployment = text_at(&fact.value, &["endpoint_name"]).is_some();
        return if deployment { "Deployment" } else { "" };
    };
    uri.rsplit('/').next().unwrap_or("").split('.').next().unwrap_or("")
}
