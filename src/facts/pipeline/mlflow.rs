//! `MLflow` projects: entry points as steps. A project gives them no order, so no edge joins them.
//!
//! Format: <https://mlflow.org/docs/latest/ml/projects/>.

use std::sync::Arc;

use super::Context;
use super::classify::{Classified, Scripted, Told};
use super::data::text;
use super::graph::{Pipeline, PipelineStep};
use crate::model::Span;
use crate::model::path::folder;
use crate::source::Document;

pub fn pipeline(document: &Document, context: &Context<'_>) -> Pipeline {
    let mut pipeline = Pipeline::new(&document.path, "mlflow-project", Span::default());
    let Some(points) = document.values.iter().find_map(|node| node.entry("entry_points")) else {
        return pipeline;
    };
    pipeline.header = points.key_span;
    let name = document.values.iter().find_map(|node| text(node, "name"));
    pipeline.names.extend(name.map(str::to_owned));
    for point in points.node.entries() {
        let command = text(&point.node, "command").unwrap_or("");
        let value = Arc::new(point.node.clone());
        let step = PipelineStep::new(Classified::default(), &point.key, point.key_span, value);
        let told = Told { name: &point.key, ..Told::default() };
        let folder = folder(&document.path);
        let scripted = Scripted { told, script: command, folder, pipefail: false, step };
        context.rules.add(&mut pipeline, &point.key, scripted);
    }
    pipeline
}
