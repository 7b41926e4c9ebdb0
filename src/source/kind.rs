//! What a file is, told from its path; and from its content where the path leaves it open.

use std::borrow::Borrow;

use serde::Serialize;

use super::{Node, ReportForm, evaluation};

/// The kinds of document that Probity reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `.tf`, `.tofu`
    Terraform,
    /// `.tf.json`, `.tofu.json`
    TerraformJson,
    Tfvars,
    TfvarsJson,
    /// `terraform show -json` of a plan.
    TerraformPlan,
    Kubernetes,
    Kustomization,
    /// `Chart.yaml`
    HelmChart,
    /// `values.yaml` beside a chart: data for templates, no manifest.
    HelmValues,
    CloudFormation,
    GithubActions,
    /// `action.yml`
    GithubAction,
    GitlabCi,
    Dvc,
    DvcLock,
    /// `*.dvc`
    DvcFile,
    /// `params.yaml`
    DvcParams,
    SagemakerPipeline,
    KubeflowPipeline,
    AzureMl,
    MlflowModel,
    MlflowProject,
    ModelCard,
    DatasetCard,
    Croissant,
    LiteLlm,
    /// An evaluation, fairness or red-team report.
    EvaluationReport,
    Codeowners,
    /// `requirements*.txt`
    Requirements,
    Pyproject,
    /// `poetry.lock`, `uv.lock`, `Pipfile.lock`
    PythonLock,
    Dockerfile,
    /// `.py` and `.ipynb`; read only where its words concern a policy.
    Python,
    /// `.probity/system.yaml`: the declared AI systems.
    Systems,
    /// YAML of no kind above: policies of scope `document` may still read it.
    Yaml,
    /// JSON of no kind above.
    Json,
}

impl Kind {
    pub const ALL: [Kind; 36] = [
        Kind::Terraform,
        Kind::TerraformJson,
        Kind::Tfvars,
        Kind::TfvarsJson,
        Kind::TerraformPlan,
        Kind::Kubernetes,
        Kind::Kustomization,
        Kind::HelmChart,
        Kind::HelmValues,
        Kind::CloudFormation,
        Kind::GithubActions,
        Kind::GithubAction,
        Kind::GitlabCi,
        Kind::Dvc,
        Kind::DvcLock,
        Kind::DvcFile,
        Kind::DvcParams,
        Kind::SagemakerPipeline,
        Kind::KubeflowPipeline,
        Kind::AzureMl,
        Kind::MlflowModel,
        Kind::MlflowProject,
        Kind::ModelCard,
        Kind::DatasetCard,
        Kind::Croissant,
        Kind::LiteLlm,
        Kind::EvaluationReport,
        Kind::Codeowners,
        Kind::Requirements,
        Kind::Pyproject,
        Kind::PythonLock,
        Kind::Dockerfile,
        Kind::Python,
        Kind::Systems,
        Kind::Yaml,
        Kind::Json,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Terraform => "terraform",
            Kind::TerraformJson => "terraform-json",
            Kind::Tfvars => "tfvars",
            Kind::TfvarsJson => "tfvars-json",
            Kind::TerraformPlan => "terraform-plan",
            Kind::Kubernetes => "kubernetes",
            Kind::Kustomization => "kustomization",
            Kind::HelmChart => "helm-chart",
            Kind::HelmValues => "helm-values",
            Kind::CloudFormation => "cloudformation",
            Kind::GithubActions => "github-actions",
            Kind::GithubAction => "github-action",
            Kind::GitlabCi => "gitlab-ci",
            Kind::Dvc => "dvc",
            Kind::DvcLock => "dvc-lock",
            Kind::DvcFile => "dvc-file",
            Kind::DvcParams => "dvc-params",
            Kind::SagemakerPipeline => "sagemaker-pipeline",
            Kind::KubeflowPipeline => "kubeflow-pipeline",
            Kind::AzureMl => "azureml",
            Kind::MlflowModel => "mlflow-model",
            Kind::MlflowProject => "mlflow-project",
            Kind::ModelCard => "model-card",
            Kind::DatasetCard => "dataset-card",
            Kind::Croissant => "croissant",
            Kind::LiteLlm => "litellm",
            Kind::EvaluationReport => "evaluation-report",
            Kind::Codeowners => "codeowners",
            Kind::Requirements => "requirements",
            Kind::Pyproject => "pyproject",
            Kind::PythonLock => "python-lock",
            Kind::Dockerfile => "dockerfile",
            Kind::Python => "python",
            Kind::Systems => "systems",
            Kind::Yaml => "yaml",
            Kind::Json => "json",
        }
    }

    /// What the path promises; `None` for files that Probity does not read.
    pub fn of_path(path: &str) -> Option<Kind> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
        let yaml = ends(&[".yaml", ".yml"]);
        let json = ends(&[".json"]);
        let below = |folder: &str| path.starts_with(folder) || path.contains(&format!("/{folder}"));
        let kind = match lower.as_str() {
            _ if path == ".probity/system.yaml" => Kind::Systems,
            // Records: read by the waiver room, with its own strict reader.
            _ if path.starts_with(".probity/waivers/") || path.starts_with(".probity/trust/") => return None,
            // What `terraform init` and `test` write or run is no configuration of this repository.
            _ if below(".terraform/") || ends(&[".tftest.hcl", ".tfstate"]) => return None,
            _ if ends(&[".tf", ".tofu"]) => Kind::Terraform,
            _ if ends(&[".tf.json", ".tofu.json"]) => Kind::TerraformJson,
            _ if ends(&[".tfvars"]) => Kind::Tfvars,
            _ if ends(&[".tfvars.json"]) => Kind::TfvarsJson,
            _ if yaml && below(".github/workflows/") => Kind::GithubActions,
            "action.yml" | "action.yaml" => Kind::GithubAction,
            _ if ends(&[".gitlab-ci.yml", ".gitlab-ci.yaml"]) || (yaml && below(".gitlab/ci/")) => {
                Kind::GitlabCi
            }
            "dvc.yaml" => Kind::Dvc,
            "dvc.lock" => Kind::DvcLock,
            "params.yaml" => Kind::DvcParams,
            _ if ends(&[".dvc"]) && lower != ".dvc" => Kind::DvcFile,
            "kustomization.yaml" | "kustomization.yml" | "kustomization" => Kind::Kustomization,
            "chart.yaml" => Kind::HelmChart,
            "mlmodel" => Kind::MlflowModel,
            "mlproject" => Kind::MlflowProject,
            // <https://learn.microsoft.com/azure/machine-learning/reference-yaml-mltable>
            "mltable" => Kind::AzureMl,
            "codeowners"
                if matches!(
                    path,
                    "CODEOWNERS" | "docs/CODEOWNERS" | ".github/CODEOWNERS" | ".gitlab/CODEOWNERS"
                ) =>
            {
                Kind::Codeowners
            }
            "pyproject.toml" => Kind::Pyproject,
            "poetry.lock" | "uv.lock" | "pipfile.lock" => Kind::PythonLock,
            _ if ends(&[".txt"]) && lower.contains("requirements") => Kind::Requirements,
            _ if ends(&[".txt"]) && below("requirements/") => Kind::Requirements,
            // garak's: JSON, one to a line.
            _ if ends(&[".report.jsonl"]) => Kind::EvaluationReport,
            // Pictures and notes of one, and what a build leaves out.
            _ if lower.starts_with("dockerfile.")
                && ends(&[
                    ".png",
                    ".jpg",
                    ".jpeg",
                    ".gif",
                    ".svg",
                    ".md",
                    ".html",
                    ".pdf",
                    ".dockerignore",
                ]) =>
            {
                return None;
            }
            "dockerfile" | "containerfile" => Kind::Dockerfile,
            _ if lower.starts_with("dockerfile.") || ends(&[".dockerfile"]) => Kind::Dockerfile,
            _ if ends(&[".md"]) && (lower == "readme.md" || lower.contains("card")) => Kind::ModelCard,
            _ if ends(&[".py", ".ipynb"]) => Kind::Python,
            _ if yaml || ends(&[".template"]) => Kind::Yaml,
            _ if json || ends(&[".jsonld"]) => Kind::Json,
            // A template is of the kind that it is made into.
            _ => return Kind::of_template(path),
        };
        Some(kind)
    }

    /// What a template is made into: `main.tf.tftpl` becomes Terraform. Texts for people and programs are left out.
    pub fn of_template(path: &str) -> Option<Kind> {
        const ENDINGS: [&str; 9] =
            [".tftpl", ".tpl", ".tmpl", ".gotmpl", ".j2", ".jinja", ".jinja2", ".mustache", ".erb"];
        let made = ENDINGS.iter().find_map(|ending| path.strip_suffix(ending))?;
        Kind::of_path(made).filter(|kind| !matches!(kind, Kind::ModelCard | Kind::Python))
    }

    /// Is this a kind that the path decided for good? Others are looked at: `refine`.
    fn is_open(self) -> bool {
        matches!(self, Kind::Yaml | Kind::Json | Kind::ModelCard | Kind::DvcParams)
    }

    /// The kind of a YAML or JSON file by what is in it, where its path leaves that open.
    #[must_use]
    pub fn refine(self, documents: &[impl Borrow<Node>]) -> Kind {
        if !self.is_open() {
            return self;
        }
        if self != Kind::ModelCard && ReportForm::of(documents) == Some(ReportForm::HubResults) {
            return Kind::EvaluationReport;
        }
        let nodes = documents.iter().map(Borrow::borrow);
        let mut maps = nodes.filter(|node: &&Node| !node.entries().is_empty()).peekable();
        let Some(first) = maps.peek().copied() else { return self };
        let text = |key: &str| first.get(key).and_then(Node::as_str);
        let has = |key: &str| first.get(key).is_some();
        let entries_have = |key: &str, inner: &str| {
            first
                .get(key)
                .is_some_and(|node| node.entries().iter().any(|entry| entry.node.get(inner).is_some()))
        };
        if self == Kind::ModelCard {
            let dataset = has("dataset_info") || has("task_categories") || has("annotations_creators");
            // Other sites have front matter of their own.
            // `sdk` is that of an app on the Hub.
            let card = evaluation::CARD_KEYS.iter().any(|key| has(key)) && !has("sdk");
            return if dataset {
                Kind::DatasetCard
            } else if card {
                Kind::ModelCard
            } else {
                Kind::Yaml
            };
        }
        if has("AWSTemplateFormatVersion") || text("Transform").is_some_and(|t| t.starts_with("AWS::")) {
            return Kind::CloudFormation;
        }
        if first.get("Resources").is_some_and(|resources| {
            let typed =
                |node: &Node| node.get("Type").and_then(Node::as_str).is_some_and(|t| t.contains("::"));
            resources.entries().iter().any(|entry| typed(&entry.node))
        }) {
            return Kind::CloudFormation;
        }
        if has("format_version")
            && has("terraform_version")
            && (has("planned_values") || has("resource_changes"))
        {
            return Kind::TerraformPlan;
        }
        if first.get("Steps").is_some_and(|steps| !steps.items().is_empty() && has("Version"))
            || (has("Steps") && has("PipelineExperimentConfig"))
        {
            return Kind::SagemakerPipeline;
        }
        if has("deploymentSpec") && has("root") && (has("pipelineInfo") || has("schemaVersion")) {
            return Kind::KubeflowPipeline;
        }
        if text("$schema").map_or_else(|| is_azureml(first), |schema| schema.contains("azureml")) {
            return Kind::AzureMl;
        }
        let conforms = first.get("conformsTo").map(Node::strings).unwrap_or_default();
        // Before version 1.0 only the vocabulary told.
        let vocabulary = first.get("@context").map(Node::entries).unwrap_or_default();
        let early = text("@type").is_some_and(|kind| kind.ends_with("Dataset"))
            && vocabulary.iter().any(|e| e.node.as_str().is_some_and(|uri| uri.contains("//mlcommons.org/")));
        if early || conforms.iter().any(|uri| uri.contains("croissant")) {
            return Kind::Croissant;
        }
        if has("model_list") && (has("litellm_settings") || has("general_settings") || has("router_settings"))
            || first
                .get("model_list")
                .is_some_and(|list| list.items().iter().any(|m| m.get("litellm_params").is_some()))
        {
            return Kind::LiteLlm;
        }
        let manifest = |node: &Node| {
            ["apiVersion", "kind"].iter().all(|key| node.get(key).is_some_and(|v| v.as_str().is_some()))
        };
        if text("apiVersion").is_some_and(|v| v.starts_with("kustomize.config.k8s.io/"))
            && text("kind") == Some("Kustomization")
        {
            return Kind::Kustomization;
        }
        if maps.all(manifest) {
            return Kind::Kubernetes;
        }
        if entries_have("stages", "cmd") && self == Kind::Yaml {
            return Kind::Dvc;
        }
        if matches!(self, Kind::Yaml | Kind::Json) {
            if ReportForm::of(documents).is_some() {
                return Kind::EvaluationReport;
            }
            if evaluation::is_card(first) {
                return Kind::ModelCard;
            }
        }
        self
    }
}

/// Is this a job or a deployment of Azure ML that names no schema? It need not.
/// <https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview>
fn is_azureml(root: &Node) -> bool {
    let has = |key: &str| root.get(key).is_some();
    let typed =
        |kinds: &[&str]| root.get("type").and_then(Node::as_str).is_some_and(|kind| kinds.contains(&kind));
    let pipeline = typed(&["pipeline"])
        && root
            .get("jobs")
            .is_some_and(|jobs| jobs.entries().iter().any(|job| job.node.get("type").is_some()));
    let job = typed(&["command", "sweep", "automl", "spark", "finetuning", "distillation"])
        && ["compute", "experiment_name"].iter().any(|key| has(key));
    let deployment =
        has("endpoint_name") && has("model") && (has("instance_type") || has("code_configuration"));
    // A component of the same types is called by its name and has no place to run.
    pipeline || job || deployment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_paths() {
        for (path, kind) in [
            ("infra/main.tf", Some(Kind::Terraform)),
            ("infra/main.tofu", Some(Kind::Terraform)),
            ("infra/main.tf.json", Some(Kind::TerraformJson)),
            ("prod.auto.tfvars", Some(Kind::Tfvars)),
            ("prod.tfvars", Some(Kind::Tfvars)),
            ("prod.auto.tfvars.json", Some(Kind::TfvarsJson)),
            (".terraform/modules/a/main.tf", None),
            (".github/workflows/train.yml", Some(Kind::GithubActions)),
            (".github/dependabot.yml", Some(Kind::Yaml)),
            ("tools/setup/action.yml", Some(Kind::GithubAction)),
            (".gitlab-ci.yml", Some(Kind::GitlabCi)),
            ("pipelines/credit/dvc.yaml", Some(Kind::Dvc)),
            ("data/raw.csv.dvc", Some(Kind::DvcFile)),
            ("models/README.md", Some(Kind::ModelCard)),
            ("docs/model_card.md", Some(Kind::ModelCard)),
            ("docs/guide.md", None),
            ("model/MLmodel", Some(Kind::MlflowModel)),
            (".github/CODEOWNERS", Some(Kind::Codeowners)),
            ("src/CODEOWNERS", None),
            ("requirements-dev.txt", Some(Kind::Requirements)),
            ("local-requirements.txt", Some(Kind::Requirements)),
            ("images/train.Dockerfile", Some(Kind::Dockerfile)),
            ("Dockerfile.gpu", Some(Kind::Dockerfile)),
            ("docs/dockerfile.png", None),
            ("Dockerfile.dockerignore", None),
            ("data/MLTable", Some(Kind::AzureMl)),
            ("tasks/problem.jsonld", Some(Kind::Json)),
            ("backend.tf.tftpl", Some(Kind::Terraform)),
            ("job.yaml.j2", Some(Kind::Yaml)),
            ("README.md.gotmpl", None),
            ("run.sh.tpl", None),
            ("pipeline.json", Some(Kind::Json)),
            (".probity/system.yaml", Some(Kind::Systems)),
            (".probity/waivers/wv-x.yaml", None),
            ("train.py", Some(Kind::Python)),
            ("train.py.j2", None),
        ] {
            assert_eq!(Kind::of_path(path), kind, "{path}");
        }
    }

    #[test]
    fn kinds_of_contents() {
        for (text, kind) in [
            ("{type: pipeline, jobs: {a: {type: command, command: x}}}", Kind::AzureMl),
            ("{type: command, command: x, compute: 'azureml:cpu'}", Kind::AzureMl),
            ("{endpoint_name: e, model: {path: m}, instance_type: t}", Kind::AzureMl),
            ("{type: command, command: x, name: a component}", Kind::Yaml),
            ("{type: pipeline, jobs: [lint]}", Kind::Yaml),
            (
                "{$schema: 'https://example.org/s.json', endpoint_name: e, model: m, instance_type: t}",
                Kind::Yaml,
            ),
            (
                "{'@context': {ml: 'http://mlcommons.org/schema/'}, '@type': 'sc:Dataset', name: d}",
                Kind::Croissant,
            ),
            ("{'@context': {ml: 'http://mlcommons.org/schema/'}, '@type': 'Task'}", Kind::Yaml),
            ("{'@context': {sc: 'https://schema.org/'}, '@type': 'sc:Dataset'}", Kind::Yaml),
        ] {
            assert_eq!(Kind::Yaml.refine(&super::super::yaml::parse(text).0), kind, "{text}");
        }
    }
}
