//! Kubeflow Pipelines: the compiled intermediate representation, version 2.
//!
//! Tasks become steps; a task whose component is itself a graph is flattened, `outer>inner`. Edges
//! come from `dependentTasks` and from what a task takes of another one, through the inputs of
//! enclosing graphs too. A trigger condition on the result of a fairness task is a gate. Schema:
//! <https://github.com/kubeflow/pipelines/blob/master/api/v2alpha1/pipeline_spec.proto>.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Context;
use super::classify::{Classified, Told};
use super::data::text;
use super::dvc::{annotated, trains};
use super::graph::{Ends, Pipeline, PipelineStep, ordered};
use super::sagemaker::dataset;
use super::shell::{self, Script};
use crate::model::Span;
use crate::source::{Document, Entry, Node};

/// How deep graphs may hold graphs.
const MAX_DEPTH: usize = 16;

/// What an input of a graph comes from: steps, or a text.
#[derive(Debug, Clone, Default)]
struct Source {
    steps: Vec<String>,
    constant: Option<String>,
}

type Inputs = BTreeMap<String, Arc<Source>>;

pub fn pipeline(document: &Document, context: &Context<'_>) -> Pipeline {
    let mut pipeline = Pipeline::new(&document.path, "kubeflow", Span::default());
    let Some(root) = document.values.iter().find(|node| node.get("root").is_some()) else { return pipeline };
    pipeline.header = root.entry("root").map_or(root.span, |entry| entry.key_span);
    let name = root.get("pipelineInfo").and_then(|info| text(info, "name"));
    pipeline.names.extend(name.map(str::to_owned));
    let mut reader = Reader { root, context, pipeline };
    let inputs =
        root.get("root").and_then(|root| root.get("inputDefinitions")).and_then(|i| i.get("parameters"));
    let inputs = inputs.map(Node::entries).unwrap_or_default().iter().map(|entry| {
        let constant = text(&entry.node, "defaultValue").map(str::to_owned);
        (entry.key.clone(), Arc::new(Source { steps: Vec::new(), constant }))
    });
    if let Some(dag) = root.get("root").and_then(|root| root.get("dag")) {
        reader.dag(dag, "", &inputs.collect(), 0);
    }
    reader.pipeline
}

struct Reader<'a> {
    root: &'a Node,
    context: &'a Context<'a>,
    pipeline: Pipeline,
}

impl<'a> Reader<'a> {
    fn dag(&mut self, dag: &'a Node, prefix: &str, outer: &Inputs, depth: usize) -> Ends {
        let tasks = dag.get("tasks").map(Node::entries).unwrap_or_default();
        let order = ordered(tasks, |task| task.key.as_str(), |task| needed(&task.node));
        let mut done: BTreeMap<&str, Ends> = BTreeMap::new();
        let mut made: BTreeMap<&str, Arc<Source>> = BTreeMap::new();
        let mut waited: Vec<String> = Vec::new();
        let mut ends = Ends::default();
        for task in order {
            if self.pipeline.overflow {
                break;
            }
            let inputs = inputs_of(&task.node, outer, &made);
            let before: Vec<String> = needed(&task.node)
                .into_iter()
                .filter_map(|name| done.get(name))
                .flat_map(|ends| ends.last.iter().cloned())
                .collect();
            let own = self.task(task, prefix, &inputs, depth);
            self.pipeline.join(&before, &own.first);
            if before.is_empty() {
                ends.first.extend(own.first.iter().cloned());
            }
            if runs_regardless(&task.node) {
                self.pipeline.regardless.extend(own.first.iter().cloned());
            }
            self.gate(task, &done, &own, prefix);
            waited.extend(before);
            made.insert(&task.key, Arc::new(Source { steps: own.last.clone(), constant: None }));
            done.insert(&task.key, own);
        }
        let last = done.into_values().flat_map(|own| own.last);
        waited.sort();
        ends.last = last.filter(|id| waited.binary_search(id).is_err()).collect();
        ends
    }

    fn task(&mut self, task: &'a Entry, prefix: &str, inputs: &Inputs, depth: usize) -> Ends {
        let id = format!("{prefix}{}", task.key);
        let name = task.node.get("componentRef").and_then(|component| text(component, "name")).unwrap_or("");
        let component = self.root.get("components").and_then(|components| components.get(name));
        if let Some(dag) = component.and_then(|component| component.get("dag")) {
            if depth < MAX_DEPTH {
                return self.dag(dag, &format!("{id}>"), inputs, depth + 1);
            }
            self.pipeline.lacks(&id, format!("graphs within graphs deeper than {MAX_DEPTH} are not read"));
        }
        let label = component.and_then(|component| text(component, "executorLabel"));
        let executors = self.root.get("deploymentSpec").and_then(|spec| spec.get("executors"));
        let executor = label.and_then(|label| executors?.get(label));
        if let Some(importer) = executor.and_then(|executor| executor.get("importer")) {
            return self.importer(&id, task, importer, inputs);
        }
        let container = executor.and_then(|executor| executor.get("container"));
        let image = container.and_then(|container| text(container, "image")).unwrap_or("");
        let words = ["command", "args"].iter().filter_map(|key| container?.get(key)).flat_map(Node::strings);
        let command = shell::of_container(&words.collect::<Vec<_>>());
        let shown = task.node.get("taskInfo").and_then(|info| text(info, "name")).unwrap_or(&task.key);
        let spoken = format!("{shown} {}", name.trim_start_matches("comp-"));
        let annotation =
            component.and_then(annotated).or_else(|| task.node.get("annotations").and_then(annotated));
        let native = format!("Kubeflow {}", name.trim_start_matches("comp-"));
        let told = Told { annotation, native: &native, image, name: &spoken, ..Told::default() };
        let classified = self.context.rules.classify(&told, &command);
        let mut step = PipelineStep::new(classified, shown, task.key_span, Arc::new(task.node.clone()));
        step.opaque = container.is_none() && step.kind == "transform";
        if step.opaque {
            self.pipeline.lacks(&id, "its container is not described here");
        }
        step.non_blocking = Script::of(&command, false).tolerated(0, usize::MAX);
        step.command = command;
        image.clone_into(&mut step.image);
        self.pipeline.add(&id, step);
        if makes_model(component) {
            trains(&mut self.pipeline, &id, "it makes an output of type system.Model");
        }
        self.take(&id, task.key_span, inputs);
        Ends::one(&id)
    }

    /// What a step takes: from other steps, and data by their URI.
    fn take(&mut self, id: &str, span: Span, inputs: &Inputs) {
        for source in inputs.values() {
            self.pipeline.join(&source.steps, std::slice::from_ref(&id.to_owned()));
            if let Some(uri) = source.constant.as_deref().filter(|text| is_uri(text)) {
                dataset(&mut self.pipeline, self.context, uri, span);
                self.pipeline.connect(uri, id);
            }
        }
    }

    /// An importer brings data in from outside.
    fn importer(&mut self, id: &str, task: &Entry, importer: &Node, inputs: &Inputs) -> Ends {
        let given = importer.get("artifactUri");
        let parameter = given.and_then(|uri| text(uri, "runtimeParameter")).or(Some("uri"));
        let uri = given
            .and_then(|uri| text(uri, "constant").map(str::to_owned))
            .or_else(|| inputs.get(parameter?)?.constant.clone());
        let (sensitivity, from) =
            uri.as_deref().map_or((None, None), |uri| self.context.inventory.sensitivity(uri, None));
        self.pipeline.files.extend(from);
        let name = uri.unwrap_or_else(|| task.key.clone());
        self.pipeline.add(id, PipelineStep::dataset(&name, sensitivity, task.key_span));
        for source in inputs.values() {
            self.pipeline.join(&source.steps, std::slice::from_ref(&id.to_owned()));
        }
        Ends::one(id)
    }

    /// A trigger condition that reads what a fairness task found stands between the two as a gate.
    fn gate(&mut self, task: &Entry, done: &BTreeMap<&str, Ends>, own: &Ends, prefix: &str) {
        let Some(condition) = task.node.get("triggerPolicy").and_then(|policy| policy.entry("condition"))
        else {
            return;
        };
        let parameters = task.node.get("inputs").and_then(|inputs| inputs.get("parameters"));
        let written = condition.node.as_str().unwrap_or("");
        let mut reads = parameters.map(Node::entries).unwrap_or_default().iter().filter_map(|input| {
            let quoted = [format!("'{}'", input.key), format!("\"{}\"", input.key)];
            let producer = text(input.node.get("taskOutputParameter")?, "producerTask")?;
            let ends = done.get(producer).filter(|_| quoted.iter().any(|name| written.contains(name)))?;
            ends.last
                .iter()
                .find(|id| self.pipeline.nodes.get(*id).is_some_and(|step| step.kind == "fairness"))
                .cloned()
        });
        let Some(read) = reads.next() else { return };
        let id = format!("{prefix}{} (condition)", task.key);
        let weak = self.pipeline.nodes.get(&read).is_some_and(|step| step.weak);
        let rule = format!("condition on the result of the fairness step {read}");
        let classified = Classified { weak, ..Classified::because("fairness", rule) };
        let header = condition.key_span.to(condition.node.span);
        let mut step = PipelineStep::new(classified, &id, header, Arc::new(condition.node.clone()));
        written.clone_into(&mut step.command);
        self.pipeline.add(&id, step);
        self.pipeline.join(std::slice::from_ref(&read), std::slice::from_ref(&id));
        self.pipeline.join(std::slice::from_ref(&id), &own.first);
        if let Some(step) = self.pipeline.nodes.get_mut(&read) {
            step.non_blocking.get_or_insert(format!("its result is decided on by {id} alone"));
        }
    }
}

/// What each input of a task comes from.
fn inputs_of(task: &Node, outer: &Inputs, made: &BTreeMap<&str, Arc<Source>>) -> Inputs {
    let kinds = ["artifacts", "parameters"].iter().filter_map(|kind| task.get("inputs")?.get(kind));
    let source = |input: &Entry| {
        let given = &input.node;
        let passed = ["componentInputArtifact", "componentInputParameter"]
            .iter()
            .find_map(|key| outer.get(text(given, key)?));
        let from = ["taskOutputArtifact", "taskOutputParameter"].iter().find_map(|key| given.get(key));
        let from = || from.and_then(|from| made.get(text(from, "producerTask")?));
        passed.or_else(from).cloned().unwrap_or_else(|| {
            let constant = given.get("runtimeValue").and_then(|value| text(value, "constant"));
            Arc::new(Source { steps: Vec::new(), constant: constant.map(str::to_owned) })
        })
    };
    kinds.flat_map(Node::entries).map(|input| (input.key.clone(), source(input))).collect()
}

/// The tasks that a task waits for.
fn needed(task: &Node) -> Vec<&str> {
    let mut names = task.get("dependentTasks").map(Node::strings).unwrap_or_default();
    let inputs = ["artifacts", "parameters"].iter().filter_map(|kind| task.get("inputs")?.get(kind));
    for input in inputs.flat_map(Node::entries) {
        let from = ["taskOutputArtifact", "taskOutputParameter"].iter().find_map(|key| input.node.get(key));
        names.extend(from.and_then(|from| text(from, "producerTask")));
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// An exit handler runs whatever became of the tasks before it.
fn runs_regardless(task: &Node) -> bool {
    task.get("triggerPolicy").and_then(|policy| text(policy, "strategy"))
        == Some("ALL_UPSTREAM_TASKS_COMPLETED")
}

fn makes_model(component: Option<&Node>) -> bool {
    let outputs = component.and_then(|c| c.get("outputDefinitions")).and_then(|o| o.get("artifacts"));
    outputs.map(Node::entries).unwrap_or_default().iter().any(|output| {
        let title = output.node.get("artifactType").and_then(|kind| text(kind, "schemaTitle"));
        title.is_some_and(|title| title == "system.Model" || title == "google.VertexModel")
    })
}

fn is_uri(text: &str) -> bool {
    ["gs://", "s3://", "minio://", "bq://", "abfss://", "hdfs://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
}
