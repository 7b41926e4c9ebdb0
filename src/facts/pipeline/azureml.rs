//! Azure Machine Learning: pipeline jobs, and single jobs as pipelines of one step.
//!
//! Edges come from `${{parent.jobs.x.outputs.y}}`. A job's command stands in the job or in the
//! component file that it names; a component of the workspace is not read. Endpoints, deployments,
//! environments, models and data assets are no pipelines; data assets tell how sensitive their data
//! are (`data`). Format: <https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview>.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::classify::{Classified, Scripted, Told};
use super::data::{is_code, join, text};
use super::dvc::{annotated, trains};
use super::graph::{Ends, Pipeline, PipelineStep, ordered};
use super::sagemaker::dataset;
use super::{Context, files};
use crate::model::Span;
use crate::model::path::folder;
use crate::source::{Document, Entry, Node};

/// How deep pipeline components may hold pipeline components.
const MAX_DEPTH: usize = 8;
/// Types of outputs that are models.
const MODELS: [&str; 3] = ["mlflow_model", "custom_model", "triton_model"];

/// The pipeline of a job; `None` for every other kind of file.
pub fn pipeline(document: &Document, context: &Context<'_>) -> Option<Pipeline> {
    let root: &Node = document.values.iter().find(|node| !node.entries().is_empty())?;
    let is_job = match text(root, "$schema") {
        Some(schema) => schema.rsplit('/').next()?.contains("Job."),
        None => text(root, "type").is_some() && (root.get("jobs").is_some() || root.get("command").is_some()),
    };
    if !is_job {
        return None;
    }
    let header = root.entries().first().map_or(root.span, |entry| entry.key_span.to(entry.node.span));
    let mut pipeline = Pipeline::new(&document.path, "azureml", header);
    pipeline
        .names
        .extend(["name", "display_name"].iter().filter_map(|key| text(root, key)).map(str::to_owned));
    let mut reader = Reader { context, pipeline };
    let base = folder(&document.path);
    if let Some(jobs) = root.get("jobs") {
        let given = reader.sources(root.get("inputs"), base, &Given::new(), &BTreeMap::new());
        reader.jobs(jobs, &given, "", base, 0);
    } else {
        let id = text(root, "name").or_else(|| text(root, "display_name")).unwrap_or("job").to_owned();
        let job = Entry { key: id.clone(), key_span: header, node: root.clone() };
        let given = reader.sources(root.get("inputs"), base, &Given::new(), &BTreeMap::new());
        reader.job(&job, &id, base, &given, 0);
    }
    Some(reader.pipeline)
}

/// What an input is: the outputs of steps, or data at a place.
#[derive(Debug, Clone, Default)]
struct Source {
    steps: Vec<String>,
    data: Option<(Arc<str>, Span)>,
}

type Given = BTreeMap<String, Source>;

struct Reader<'a> {
    context: &'a Context<'a>,
    pipeline: Pipeline,
}

impl<'a> Reader<'a> {
    fn jobs(&mut self, jobs: &Node, given: &Given, prefix: &str, base: &str, depth: usize) -> Ends {
        let mut done: BTreeMap<&str, Ends> = BTreeMap::new();
        let mut ends = Ends::default();
        let mut waited = Vec::new();
        for job in ordered(jobs.entries(), |job| job.key.as_str(), |job| needed(&job.node)) {
            if self.pipeline.overflow {
                break;
            }
            let inputs = self.sources(job.node.get("inputs"), base, given, &done);
            let before: Vec<String> = needed(&job.node)
                .into_iter()
                .filter_map(|name| done.get(name))
                .flat_map(|ends| ends.last.iter().cloned())
                .collect();
            let own = self.job(job, &format!("{prefix}{}", job.key), base, &inputs, depth);
            self.pipeline.join(&before, &own.first);
            if before.is_empty() {
                ends.first.extend(own.first.iter().cloned());
            }
            waited.extend(before);
            done.insert(&job.key, own);
        }
        waited.sort();
        let last = done.into_values().flat_map(|own| own.last);
        ends.last = last.filter(|id| waited.binary_search(id).is_err()).collect();
        ends
    }

    /// What each input of a job is.
    fn sources(
        &mut self,
        inputs: Option<&Node>,
        base: &str,
        given: &Given,
        done: &BTreeMap<&str, Ends>,
    ) -> Given {
        let mut found = Given::new();
        for input in inputs.map(Node::entries).unwrap_or_default() {
            let written = input.node.as_str().or_else(|| text(&input.node, "path")).unwrap_or("");
            let mut source = Source::default();
            if self.pipeline.overflow {
                return found;
            }
            for reference in references(written) {
                match reference.split('.').collect::<Vec<_>>().as_slice() {
                    ["parent", "jobs", job, ..] => {
                        source.steps.extend(done.get(job).into_iter().flat_map(|ends| ends.last.clone()));
                        self.pipeline.spend(source.steps.len());
                    }
                    ["parent", "inputs", name] => {
                        if let Some(outer) = given.get(*name) {
                            source.steps.extend(outer.steps.iter().cloned());
                            self.pipeline.spend(source.steps.len());
                            source.data.clone_from(&outer.data);
                        }
                    }
                    _ => {}
                }
            }
            if source.steps.is_empty() && source.data.is_none() {
                source.data =
                    place(&input.node, base).map(|at| (Arc::from(at), input.key_span.to(input.node.span)));
            }
            found.insert(input.key.clone(), source);
        }
        found
    }

    fn job(&mut self, job: &Entry, id: &str, base: &str, inputs: &Given, depth: usize) -> Ends {
        let node = &job.node;
        let reference = ["component", "trial"].iter().find_map(|key| node.get(key));
        let (component, at) = self.component(reference, base, id);
        let component = component.or(reference).unwrap_or(node);
        let at = at.as_deref().map_or(base, folder).to_owned();
        if let Some(jobs) = component.get("jobs").or_else(|| node.get("jobs").filter(|_| depth > 0)) {
            if depth < MAX_DEPTH {
                return self.jobs(jobs, inputs, &format!("{id}>"), &at, depth + 1);
            }
            self.pipeline
                .lacks(id, format!("components within components deeper than {MAX_DEPTH} are not read"));
        }
        let command = command(node).or_else(|| command(component)).unwrap_or_default();
        let kind = text(node, "type").or_else(|| text(component, "type")).unwrap_or("command");
        let environment = [node, component].iter().find_map(|node| {
            let environment = node.get("environment")?;
            environment.as_str().or_else(|| text(environment, "image"))
        });
        let image = environment.unwrap_or("");
        let named = reference.and_then(Node::as_str).unwrap_or("");
        let name = format!("{} {named} {}", job.key, text(component, "name").unwrap_or(""));
        let annotation = ["tags", "properties"].iter().find_map(|key| annotated(node.get(key)?));
        let native = format!("AzureML {kind}");
        let told = Told { annotation, native: &native, action: named, image, name: name.trim() };
        let value = Arc::new(node.clone());
        let mut step = PipelineStep::new(Classified::default(), &job.key, job.key_span, value);
        step.opaque = command.is_empty() && self.context.rules.classify(&told, "").kind == "transform";
        let folder = join(&[&at, text(component, "code").filter(|code| !code.contains(':')).unwrap_or("")]);
        let scripted = Scripted { told, script: &command, folder: &folder, pipefail: false, step };
        let ends = self.context.rules.add(&mut self.pipeline, id, scripted);
        let makes_model = [node, component]
            .iter()
            .filter_map(|node| node.get("outputs"))
            .flat_map(Node::entries)
            .any(|output| text(&output.node, "type").is_some_and(|kind| MODELS.contains(&kind)));
        if let (true, Some(last)) = (makes_model, ends.last.first()) {
            trains(&mut self.pipeline, last, "it makes an output that is a model");
        }
        for source in inputs.values() {
            self.pipeline.join(&source.steps, &ends.first);
            if let Some((data, span)) = &source.data {
                dataset(&mut self.pipeline, self.context, data, *span);
                self.pipeline.join(&[data.to_string()], &ends.first);
            }
        }
        ends
    }

    /// The component that a job names, where its file is in the repository, and that file.
    fn component(
        &mut self,
        reference: Option<&Node>,
        base: &str,
        id: &str,
    ) -> (Option<&'a Node>, Option<String>) {
        let Some(written) = reference.and_then(Node::as_str) else { return (None, None) };
        let path = join(&[base, written.trim_start_matches("file:")]);
        let document = self.context.documents.get(path.as_str());
        let Some(node) = document.and_then(|document| document.values.first()) else {
            self.pipeline.lacks(id, format!("the component {written} is not read here"));
            return (None, None);
        };
        files(&mut self.pipeline, &path);
        (Some(node), Some(path))
    }
}

/// The command of a job or component of any type.
fn command(node: &Node) -> Option<String> {
    if let Some(command) = text(node, "command") {
        return Some(command.to_owned());
    }
    if let Some(file) = node.get("entry").and_then(|entry| text(entry, "file")) {
        return Some(format!("spark-submit {file} {}", text(node, "args").unwrap_or("")));
    }
    let task = node.get("task")?;
    let script = text(task, "entry_script")?;
    Some(format!("python {script} {}", text(task, "program_arguments").unwrap_or("")))
}

/// Where the data of an input lie: an asset, a URI, or a folder of the repository.
fn place(input: &Node, base: &str) -> Option<String> {
    let written = text(input, "path")
        .or_else(|| input.as_str().filter(|text| text.starts_with("azureml:") || text.contains("://")))?;
    let data = match written.strip_prefix("file:") {
        Some(local) => join(&[base, local]),
        None if written.starts_with("azureml:") => written.to_owned(),
        None => join(&[base, written]),
    };
    (!is_code(&data)).then_some(data)
}

/// What stands in each `${{ }}`.
fn references(text: &str) -> Vec<&str> {
    text.split("${{").skip(1).filter_map(|rest| rest.split("}}").next()).map(str::trim).collect()
}

/// The jobs whose outputs a job takes, anywhere in it.
fn needed(job: &Node) -> Vec<&str> {
    let mut names = Vec::new();
    for input in job.get("inputs").map(Node::entries).unwrap_or_default() {
        let written = input.node.as_str().or_else(|| text(&input.node, "path")).unwrap_or("");
        for reference in references(written) {
            if let ["parent", "jobs", job, ..] = reference.split('.').collect::<Vec<_>>().as_slice() {
                names.push(*job);
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}
