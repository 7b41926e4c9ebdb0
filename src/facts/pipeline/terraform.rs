//! Training jobs that Terraform itself declares: one graph for each root that has one.
//!
//! Edges come from references between resources and from equal S3 paths; data are S3 URIs, or buckets
//! where the URI is known after apply only.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Context;
use super::classify::Told;
use super::data::{Outputs, is_code, text};
use super::graph::{Pipeline, PipelineStep};
use super::sagemaker::{dataset, of_resource};
use crate::facts::{Resource, System};
use crate::source::{Node, Step};

/// Resources that do something to data or models.
const STEPS: [&str; 7] = [
    "aws_sagemaker_training_job",
    "aws_bedrock_custom_model",
    "aws_glue_job",
    "aws_sagemaker_model",
    "aws_sagemaker_endpoint_configuration",
    "aws_sagemaker_endpoint",
    "aws_bedrock_provisioned_model_throughput",
];
const TRAINING: [&str; 2] = ["aws_sagemaker_training_job", "aws_bedrock_custom_model"];

pub fn matters(kind: &str) -> bool {
    STEPS.contains(&kind)
}

pub fn pipelines(resources: &[Arc<Resource>], context: &Context<'_>) -> Vec<Pipeline> {
    let mut roots: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    for resource in resources.iter().filter(|resource| resource.system == System::Terraform) {
        roots.entry(&resource.root).or_default().push(resource);
    }
    let of_root = |resources: Vec<&Resource>| {
        let first = resources.iter().find(|resource| TRAINING.contains(&resource.kind.as_str()))?;
        Some(root(first, &resources, context))
    };
    roots.into_values().filter_map(of_root).collect()
}

fn root(first: &Resource, resources: &[&Resource], context: &Context<'_>) -> Pipeline {
    let mut pipeline = of_resource(first, "terraform", first.header);
    let by_address: BTreeMap<&str, &Resource> = resources.iter().map(|r| (r.address.as_str(), *r)).collect();
    let is_step = |resource: &Resource| STEPS.contains(&resource.kind.as_str());
    let mut outputs = Outputs::default();
    let mut inputs = Vec::new();
    for resource in resources.iter().filter(|resource| is_step(resource)) {
        let attributes = &resource.attributes;
        let command =
            first_block(attributes, "command").and_then(|c| text(c, "script_location")).unwrap_or("");
        let native = format!("Terraform {}", resource.kind);
        let told = Told { native: &native, name: &resource.address, ..Told::default() };
        let command = if command.is_empty() { String::new() } else { format!("python {command}") };
        let classified = context.rules.classify(&told, &command);
        let mut step = PipelineStep::new(classified, &resource.address, resource.header, attributes.clone());
        step.command = command;
        step.path.clone_from(&resource.path);
        pipeline.add(&resource.address, step);
        uris(attributes, false, &mut |uri, output, span| {
            if output {
                outputs.add(uri, &resource.address);
            } else {
                inputs.push((uri, resource.address.clone(), span));
            }
        });
    }
    for (uri, reader, span) in inputs {
        let writers = outputs.writers(&uri, &reader);
        for writer in &writers {
            pipeline.connect(writer, &reader);
        }
        if writers.is_empty() {
            dataset(&mut pipeline, context, &uri, span);
            pipeline.connect(&uri, &reader);
        }
    }
    for resource in resources.iter().filter(|resource| is_step(resource)) {
        for reference in &resource.references {
            let Some(target) = by_address.get(reference.target.as_str()) else { continue };
            if is_step(target) {
                pipeline.connect(&target.address, &resource.address);
            } else if target.kind == "aws_s3_bucket" && is_unknown_input(resource, &reference.path) {
                // The URI is known after apply only; the bucket is known.
                let name = text(&target.attributes, "bucket").map(|name| format!("s3://{name}"));
                let name = name.unwrap_or_else(|| target.address.clone());
                dataset(&mut pipeline, context, &name, resource.header);
                pipeline.connect(&name, &resource.address);
            }
        }
    }
    pipeline
}

/// Does a path lead to where data come from, without a value there?
fn is_unknown_input(resource: &Resource, path: &[Step]) -> bool {
    let named = path.iter().any(
        |step| matches!(step, Step::Key(key) if key == "input_data_config" || key == "training_data_config"),
    );
    let value = path.iter().try_fold(&*resource.attributes, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(at) => node.items().get(*at),
    });
    named && value.is_none_or(|node| node.as_str().is_none())
}

fn first_block<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let block = node.get(key)?;
    block.items().first().or(Some(block))
}

fn uris(node: &Node, output: bool, found: &mut dyn FnMut(String, bool, crate::model::Span)) {
    for entry in node.entries() {
        let output = output || entry.key.contains("output");
        match entry.node.as_str() {
            Some(uri) if uri.starts_with("s3://") && !is_code(uri) && entry.key != "script_location" => {
                found(uri.trim_end_matches('/').to_owned(), output, entry.key_span.to(entry.node.span));
            }
            _ => uris(&entry.node, output, found),
        }
    }
    for item in node.items() {
        uris(item, output, found);
    }
}
