//! Argo Workflows, to which Kubeflow Pipelines version 1 compiles: `dag` and `steps` templates.
//!
//! A task that names a template of tasks is flattened, `outer>inner`. Argo runs a task after one that
//! was left out by its `when`, so such a task may not stand in the way. Format:
//! <https://argo-workflows.readthedocs.io/en/latest/fields/>.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Context;
use super::classify::{Classified, Scripted, Told};
use super::data::text;
use super::dvc::annotated;
use super::graph::{Ends, Pipeline, PipelineStep};
use crate::model::Span;
use crate::source::{Document, Entry, Node};

/// How deep templates may hold templates.
const MAX_DEPTH: usize = 16;

/// The workflows among a file's Kubernetes objects.
pub fn pipelines(document: &Document, context: &Context<'_>) -> Vec<Pipeline> {
    let workflows: Vec<&Node> =
        document.values.iter().map(AsRef::as_ref).filter(|node| is_workflow(node)).collect();
    let several = workflows.len() > 1;
    let read = workflows.into_iter().map(|node| {
        let metadata = node.get("metadata");
        let name = metadata.and_then(|m| text(m, "name").or_else(|| text(m, "generateName"))).unwrap_or("");
        let header = node.entries().first().map_or(node.span, |entry| entry.key_span.to(entry.node.span));
        let mut pipeline = Pipeline::new(&document.path, "argo", header);
        if several {
            pipeline.id = format!("{}//{}/{name}", document.path, text(node, "kind").unwrap_or(""));
        }
        pipeline.names.insert(name.to_owned());
        let Some(spec) = node.get("spec") else { return pipeline };
        let spec = spec.get("workflowSpec").unwrap_or(spec);
        let templates = spec.get("templates").map(Node::items).unwrap_or_default();
        let templates =
            templates.iter().filter_map(|template| Some((text(template, "name")?, template))).collect();
        let mut reader = Reader { templates, context, pipeline };
        if let Some(start) = text(spec, "entrypoint") {
            reader.template(start, "", start, header, 0);
        }
        if let Some(exit) = text(spec, "onExit") {
            let last = reader.pipeline.ends(&|_| true).last;
            let own = reader.template(exit, "onExit>", exit, header, 0);
            reader.pipeline.join(&last, &own.first);
            reader.pipeline.regardless.extend(own.first);
        }
        reader.pipeline
    });
    read.collect()
}

pub fn is_workflow(node: &Node) -> bool {
    let kind = text(node, "kind").unwrap_or("");
    text(node, "apiVersion").is_some_and(|version| version.starts_with("argoproj.io/"))
        && matches!(kind, "Workflow" | "WorkflowTemplate" | "CronWorkflow" | "ClusterWorkflowTemplate")
}

struct Reader<'a> {
    templates: BTreeMap<&'a str, &'a Node>,
    context: &'a Context<'a>,
    pipeline: Pipeline,
}

/// A task that was added, and what stands before it.
struct Done {
    ends: Ends,
    before: Vec<String>,
    conditional: bool,
}

impl<'a> Reader<'a> {
    fn template(&mut self, name: &str, prefix: &str, id: &str, header: Span, depth: usize) -> Ends {
        let template = self.templates.get(name).copied();
        if self.pipeline.overflow {
            return Ends::default();
        }
        match template {
            Some(template) if depth < MAX_DEPTH => {
                if let Some(tasks) = template.get("dag").and_then(|dag| dag.get("tasks")) {
                    return self.dag(tasks.items(), prefix, depth);
                }
                if let Some(groups) = template.get("steps") {
                    return self.groups(groups.items(), prefix, depth);
                }
                self.container(template, &format!("{prefix}{id}"), id, header)
            }
            _ => self.elsewhere(&format!("{prefix}{id}"), id, name, header),
        }
    }

    fn elsewhere(&mut self, id: &str, shown: &str, name: &str, header: Span) -> Ends {
        let reason = format!("the template {name} is not read here");
        self.pipeline.lacks(id, reason.clone());
        let told = Told { name: shown, ..Told::default() };
        let classified = self.context.rules.classify(&told, "");
        let unseen = PipelineStep::unseen(shown, &reason, header);
        let step = if classified.kind == "transform" {
            unseen
        } else {
            PipelineStep { opaque: false, ..PipelineStep::new(classified, shown, header, unseen.value) }
        };
        self.pipeline.add(id, step);
        Ends::one(id)
    }

    fn container(&mut self, template: &Node, id: &str, shown: &str, header: Span) -> Ends {
        let container = template.get("container").or_else(|| template.get("script"));
        let image = container.and_then(|container| text(container, "image")).unwrap_or("");
        let words = ["command", "args", "source"]
            .iter()
            .filter_map(|key| container?.get(key))
            .flat_map(Node::strings);
        let command = super::shell::of_container(&words.collect::<Vec<_>>());
        let annotations = template.get("metadata").and_then(|metadata| metadata.get("annotations"));
        let named = text(template, "name").unwrap_or("");
        let spoken = if named == shown { shown.to_owned() } else { format!("{shown} {named}") };
        let waits = template.get("suspend").is_some();
        let native = if waits { "Argo suspend" } else { "Argo container" };
        let annotation = annotations.and_then(annotated);
        let told = Told { annotation, native, image, name: &spoken, ..Told::default() };
        let mut step = PipelineStep::new(Classified::default(), shown, header, Arc::new(template.clone()));
        if container.is_none() && !waits {
            step.opaque = true;
            self.pipeline.lacks(id, "its template has no container");
        }
        let scripted = Scripted { told, script: &command, folder: "", pipefail: false, step };
        self.context.rules.add(&mut self.pipeline, id, scripted)
    }

    fn dag(&mut self, tasks: &'a [Node], prefix: &str, depth: usize) -> Ends {
        let mut done: BTreeMap<&str, Done> = BTreeMap::new();
        let named: Vec<(&str, &Node)> =
            tasks.iter().filter_map(|task| Some((text(task, "name")?, task))).collect();
        for (name, task) in &named {
            let ends = self.task(task, name, prefix, depth);
            done.insert(name, Done { ends, before: Vec::new(), conditional: task.get("when").is_some() });
        }
        let mut waited: Vec<String> = Vec::new();
        for (name, task) in &named {
            let needed: Vec<&str> =
                needed(task).into_iter().filter(|needed| done.contains_key(needed)).collect();
            let before: Vec<String> = needed
                .iter()
                .filter_map(|name| done.get(name))
                .flat_map(|done| done.ends.last.clone())
                .collect();
            let Some(own) = done.get_mut(name) else { continue };
            own.before.clone_from(&before);
            let first = own.ends.first.clone();
            self.pipeline.join(&before, &first);
            if text(task, "depends").is_some_and(|depends| {
                depends.contains("||")
                    || depends.contains('!')
                    || [".Failed", ".Errored", ".Skipped", ".Omitted"].iter().any(|end| depends.contains(end))
            }) {
                self.pipeline.regardless.extend(first);
            }
            waited.extend(before);
        }
        // A task that is left out holds nothing back.
        for (name, task) in &named {
            let Some(own) = done.get(name) else { continue };
            for needed in needed(task).into_iter().filter_map(|name| done.get(name)).filter(|n| n.conditional)
            {
                self.pipeline.join_perhaps(&needed.before, &own.ends.first);
            }
        }
        waited.sort();
        let mut ends = Ends::default();
        for own in done.into_values() {
            if own.before.is_empty() {
                ends.first.extend(own.ends.first);
            }
            ends.last.extend(own.ends.last.into_iter().filter(|id| waited.binary_search(id).is_err()));
        }
        ends
    }

    /// Groups one after the other, the steps of a group side by side.
    fn groups(&mut self, groups: &'a [Node], prefix: &str, depth: usize) -> Ends {
        let mut ends = Ends::default();
        let mut earlier: Vec<String> = Vec::new();
        for group in groups {
            let steps = if group.items().is_empty() { std::slice::from_ref(group) } else { group.items() };
            let mut own = Ends::default();
            for (name, step) in steps.iter().filter_map(|step| Some((text(step, "name")?, step))) {
                let part = self.task(step, name, prefix, depth);
                self.pipeline.join(&ends.last, &part.first);
                own.first.extend(part.first);
                own.last.extend(part.last);
            }
            if own.first.is_empty() {
                continue;
            }
            self.pipeline.join_perhaps(&earlier, &own.first);
            earlier.clear();
            if steps.iter().any(|step| step.get("when").is_some()) {
                earlier.clone_from(&ends.last);
            }
            if ends.first.is_empty() {
                ends.first.clone_from(&own.first);
            }
            ends.last = own.last;
        }
        ends
    }

    fn task(&mut self, task: &'a Node, name: &str, prefix: &str, depth: usize) -> Ends {
        let header =
            task.entries().first().map_or(task.span, |entry: &Entry| entry.key_span.to(entry.node.span));
        let id = format!("{prefix}{name}");
        let ends = if let Some(inline) = task.get("inline") {
            self.container(inline, &id, name, header)
        } else if let Some(template) = text(task, "template") {
            let nested = self
                .templates
                .get(template)
                .is_some_and(|t| t.get("dag").is_some() || t.get("steps").is_some());
            if nested {
                self.template(template, &format!("{id}>"), name, header, depth + 1)
            } else {
                match self.templates.get(template).copied() {
                    Some(found) => self.container(found, &id, name, header),
                    None => self.elsewhere(&id, name, template, header),
                }
            }
        } else {
            let named = task
                .get("templateRef")
                .and_then(|reference| text(reference, "name"))
                .unwrap_or("of its task");
            self.elsewhere(&id, name, named, header)
        };
        let tolerant = task.get("continueOn").is_some_and(|on| {
            ["failed", "error"].iter().any(|key| on.get(key).and_then(Node::as_bool) == Some(true))
        });
        if tolerant {
            for id in self
                .pipeline
                .nodes
                .keys()
                .filter(|id| within(id, &ends, &id_of(prefix, name)))
                .cloned()
                .collect::<Vec<_>>()
            {
                if let Some(step) = self.pipeline.nodes.get_mut(&id) {
                    step.non_blocking.get_or_insert_with(|| "it has `continueOn`".to_owned());
                }
            }
        }
        ends
    }
}

fn id_of(prefix: &str, name: &str) -> String {
    format!("{prefix}{name}")
}

/// Is this a step of the task `task`?
fn within(id: &str, ends: &Ends, task: &str) -> bool {
    ends.last.iter().any(|last| last == id)
        || id.strip_prefix(task).is_some_and(|rest| rest.is_empty() || rest.starts_with(['>', ' ']))
}

/// The tasks that a task waits for: `dependencies`, the names in `depends`, what its arguments take.
fn needed(task: &Node) -> Vec<&str> {
    let mut names = task.get("dependencies").map(Node::strings).unwrap_or_default();
    let depends = text(task, "depends").unwrap_or("");
    let words = depends.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)));
    names.extend(words.filter_map(|word| word.split('.').next()).filter(|word| !word.is_empty()));
    let arguments = ["parameters", "artifacts"].iter().filter_map(|key| task.get("arguments")?.get(key));
    for value in
        arguments.flat_map(Node::items).filter_map(|item| text(item, "value").or_else(|| text(item, "from")))
    {
        names.extend(value.split("{{tasks.").skip(1).filter_map(|rest| rest.split(['.', '}']).next()));
    }
    names.sort_unstable();
    names.dedup();
    names
}
