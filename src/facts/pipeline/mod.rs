//! Pipelines: one step graph for each pipeline, whatever its format.
//!
//! ```text
//!   data/raw ──> anonymise ──> featurize ──> train ──> fairness ──> register
//!   dataset      deidentify    transform     train     fairness     register
//! ```
//! An edge means "what comes out of this reaches that" (data, or the order of execution). The two
//! headline policies ask of this graph whether training, or release, can be reached when the steps
//! that protect are taken out. Each format is read by itself; then a step that runs another pipeline
//! is replaced by that pipeline's graph (`compose`). What a step does is told by rules (`classify`),
//! how sensitive data are by what the repository declares (`data`).

use std::collections::BTreeMap;
use std::sync::Arc;

mod actions;
mod argo;
mod azureml;
mod classify;
mod compose;
mod data;
mod dvc;
mod gitlab;
mod graph;
mod includes;
mod inline;
mod kubeflow;
mod mlflow;
mod sagemaker;
mod settle;
mod shell;
mod stepfunctions;
mod terraform;
#[cfg(test)]
mod tests;

use self::classify::Rules;
use self::data::Inventory;
use super::Resource;
use crate::model::Unread;
use crate::source::{Document, Kind};

pub use classify::{Classified, KINDS as STEP_KINDS, PATTERNS as STEP_PATTERNS};
pub use graph::{Missing, Pipeline, PipelineStep};

/// What every format's reader may look at beside its own document.
struct Context<'a> {
    documents: BTreeMap<&'a str, &'a Document>,
    rules: Rules,
    inventory: Inventory,
}

/// Can a resource have a part in a pipeline?
pub fn matters(resource: &Resource) -> bool {
    terraform::matters(&resource.kind) || data::is_bucket(&resource.kind) || is_defining(&resource.kind)
}

/// Resources that hold the definition of a pipeline.
fn is_defining(kind: &str) -> bool {
    matches!(
        kind,
        "aws_sfn_state_machine"
            | "AWS::StepFunctions::StateMachine"
            | "AWS::Serverless::StateMachine"
            | "AWS::SageMaker::Pipeline"
            | "aws_sagemaker_pipeline"
            | "awscc_sagemaker_pipeline"
    )
}

/// Compiles what tells steps apart, on another thread, where documents are likely to have some: it takes a while, and
/// nothing of it hangs on a repository.
pub fn get_ready(documents: &[Arc<Document>]) {
    let kinds = [Kind::Dvc, Kind::GithubActions, Kind::GithubAction, Kind::AzureMl, Kind::MlflowProject];
    if documents.iter().any(|document| kinds.contains(&document.kind)) {
        rayon::spawn(classify::get_ready);
    }
}

/// All pipelines, and what of them could not be read.
pub fn pipelines(documents: &[Arc<Document>], resources: &[Arc<Resource>]) -> (Vec<Pipeline>, Vec<Unread>) {
    let by_path: BTreeMap<&str, &Document> = documents.iter().map(|d| (d.path.as_str(), &**d)).collect();
    let (mut rules, mut unread) = Rules::of(by_path.get(".probity/config.yaml").copied());
    let runnable = documents.iter().filter(|document| match document.kind {
        Kind::KubeflowPipeline => true,
        Kind::Kubernetes => document.values.iter().any(|node| argo::is_workflow(node)),
        _ => false,
    });
    rules.runnable = runnable.map(|document| document.path.clone()).collect();
    let context = Context { documents: by_path, rules, inventory: Inventory::of(documents, resources) };
    let mut found = Vec::new();
    for document in documents {
        match document.kind {
            Kind::Dvc => found.push(dvc::pipeline(document, &context)),
            Kind::GithubActions => found.push(actions::workflow(document, &context)),
            Kind::GithubAction => found.push(actions::action(document, &context)),
            Kind::SagemakerPipeline => found.push(sagemaker::pipeline(document, &context)),
            Kind::KubeflowPipeline => found.push(kubeflow::pipeline(document, &context)),
            Kind::AzureMl => found.extend(azureml::pipeline(document, &context)),
            Kind::MlflowProject => found.push(mlflow::pipeline(document, &context)),
            Kind::Kubernetes => found.extend(argo::pipelines(document, &context)),
            _ => {}
        }
    }
    found.extend(gitlab::pipelines(documents, &context));
    found.extend(sagemaker::embedded(resources, &context));
    found.extend(stepfunctions::pipelines(resources, &context));
    found.extend(terraform::pipelines(resources, &context));
    found.retain(|pipeline| !pipeline.nodes.is_empty() || pipeline.overflow);
    if context.documents.contains_key(".probity/config.yaml") {
        for pipeline in &mut found {
            files(pipeline, ".probity/config.yaml");
        }
    }
    compose::name_by_commands(&mut found);
    let mut composed = compose::compose(&found);
    composed.retain(|pipeline| !pipeline.fragment);
    for pipeline in &composed {
        if pipeline.overflow {
            let reason = format!(
                "a pipeline of more than {} steps, {} edges or 8 MiB of commands is not judged",
                graph::MAX_STEPS,
                graph::MAX_EDGES
            );
            unread.push(Unread { path: pipeline.path.clone(), line: None, reason });
        }
    }
    composed.retain(|pipeline| !pipeline.overflow);
    for pipeline in &mut composed {
        pipeline.prune();
        settle::settle(pipeline);
    }
    (composed, unread)
}

/// Notes that a pipeline was also made of this file.
fn files(pipeline: &mut Pipeline, path: &str) {
    if !pipeline.files.iter().any(|known| known == path) {
        pipeline.files.push(path.to_owned());
    }
}
