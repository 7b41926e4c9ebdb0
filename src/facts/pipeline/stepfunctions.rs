//! Step Functions state machines, as Terraform and `CloudFormation` declare them.
//!
//! A state runs after any one of the states that lead to it, so these edges hold nothing back; only
//! the end of a `Parallel` waits for all of its branches. `Catch` leads around the state that fails. A
//! choice right after a fairness state is the gate when it releases in some of its branches only.
//! Language: <https://states-language.net/spec.html>.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Context;
use super::classify::{Classified, Told};
use super::compose::Call;
use super::data::{Outputs, text};
use super::graph::{Ends, Pipeline, PipelineStep};
use super::sagemaker::{dataset, hidden, of_resource, parsed, scalar, uris};
use crate::facts::Resource;
use crate::model::Span;
use crate::source::{Entry, Node, Value};

/// How deep branches may hold branches.
const MAX_DEPTH: usize = 16;
/// Choices that may each be looked at as a gate.
const MAX_GATES: usize = 500;

pub fn pipelines(resources: &[Arc<Resource>], context: &Context<'_>) -> Vec<Pipeline> {
    let mut found = Vec::new();
    for resource in resources {
        let attributes = &resource.attributes;
        let (definition, name) = match resource.kind.as_str() {
            "aws_sfn_state_machine" => (attributes.get("definition"), text(attributes, "name")),
            "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine" => {
                let definition =
                    ["DefinitionString", "Definition"].iter().find_map(|key| attributes.get(key));
                (definition, text(attributes, "StateMachineName").or_else(|| text(attributes, "Name")))
            }
            _ => continue,
        };
        let Some(definition) = definition else { continue };
        let mut pipeline = of_resource(resource, "step-functions", definition.span);
        pipeline.names.extend(name.map(str::to_owned));
        let substitutions = attributes.get("DefinitionSubstitutions").map(Node::entries).unwrap_or_default();
        let mut machine = parsed(definition).filter(|machine| machine.get("States").is_some());
        if let Some(machine) = &mut machine {
            let known = substitutions.iter().take(MAX_SUBSTITUTIONS);
            let known = known.filter_map(|entry| Some((format!("${{{}}}", entry.key), scalar(&entry.node)?)));
            substitute(machine, &known.collect::<Vec<_>>(), &mut MAX_ADDED.clone());
        }
        match machine {
            Some(machine) => read(&mut pipeline, &machine, context),
            None => hidden(&mut pipeline),
        }
        found.push(pipeline);
    }
    found
}

/// Substitutions that are filled in, and the bytes that they may add to one definition.
const MAX_SUBSTITUTIONS: usize = 200;
const MAX_ADDED: usize = 1 << 20;

/// Fills in `${Name}` from the template's substitutions.
fn substitute(node: &mut Node, substitutions: &[(String, String)], left: &mut usize) {
    match &mut node.value {
        Value::String(text) if text.contains("${") => {
            for (written, value) in substitutions {
                let added = text.matches(written.as_str()).count() * value.len();
                if added > 0 && added <= *left {
                    *left -= added;
                    *text = text.replace(written, value);
                }
            }
        }
        Value::List(items) => {
            for item in items {
                substitute(item, substitutions, left);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                substitute(&mut entry.node, substitutions, left);
            }
        }
        _ => {}
    }
}

fn read(pipeline: &mut Pipeline, machine: &Node, context: &Context<'_>) {
    let mut reader =
        Reader { context, pipeline, outputs: Outputs::default(), inputs: Vec::new(), choices: Vec::new() };
    reader.machine(machine, "", 0);
    reader.finish();
}

struct Reader<'a, 'p> {
    context: &'a Context<'a>,
    pipeline: &'p mut Pipeline,
    outputs: Outputs,
    inputs: Vec<(String, String, Span)>,
    choices: Vec<String>,
}

impl Reader<'_, '_> {
    /// Adds the states of a machine or of a branch.
    fn machine(&mut self, machine: &Node, prefix: &str, depth: usize) -> Ends {
        let Some(states) = machine.get("States") else { return Ends::default() };
        let mut own: BTreeMap<&str, (Ends, Vec<String>)> = BTreeMap::new();
        for state in states.entries() {
            if self.pipeline.overflow {
                return Ends::default();
            }
            own.insert(&state.key, self.state(state, prefix, depth));
        }
        let mut ends = Ends::default();
        let start = text(machine, "StartAt").and_then(|start| own.get(start));
        ends.first.extend(start.into_iter().flat_map(|(ends, _)| ends.first.clone()));
        let mut before: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for state in states.entries() {
            for next in nexts(&state.node) {
                before.entry(next).or_default().push(&state.key);
            }
        }
        for state in states.entries() {
            let Some((from, inside)) = own.get(state.key.as_str()) else { continue };
            let following = nexts(&state.node);
            if following.is_empty() && text(&state.node, "Type") != Some("Fail") {
                ends.last.extend(from.last.iter().cloned());
            }
            for next in following {
                let Some((to, _)) = own.get(next) else { continue };
                // One of several ways to a state is enough.
                if before.get(next).is_some_and(|ways| ways.len() > 1) {
                    self.pipeline.join_leniently(&from.last, &to.first);
                } else {
                    self.pipeline.join(&from.last, &to.first);
                }
            }
            for caught in state.node.get("Catch").map(Node::items).unwrap_or_default() {
                let Some((to, _)) = text(caught, "Next").and_then(|next| own.get(next)) else { continue };
                let earlier =
                    before.get(state.key.as_str()).into_iter().flatten().filter_map(|name| own.get(name));
                let earlier: Vec<String> = earlier.flat_map(|(ends, _)| ends.last.clone()).collect();
                self.pipeline.join_leniently(&earlier, &to.first);
                self.pipeline.join_leniently(inside, &to.first);
            }
        }
        ends
    }

    /// Adds a state; gives its ends and all steps in it.
    fn state(&mut self, state: &Entry, prefix: &str, depth: usize) -> (Ends, Vec<String>) {
        let id = format!("{prefix}{}", state.key);
        let node = &state.node;
        let branches: Vec<&Node> = node
            .get("Branches")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .chain(["ItemProcessor", "Iterator"].iter().filter_map(|key| node.get(key)))
            .collect();
        let step = self.step(&id, state, branches.is_empty());
        self.pipeline.add(&id, step);
        let mut inside = vec![id.clone()];
        if text(node, "Type") == Some("Choice") {
            self.choices.push(id.clone());
        }
        if branches.is_empty() {
            return (Ends::one(&id), inside);
        }
        if depth >= MAX_DEPTH {
            self.pipeline
                .lacks(&id, format!("branches within branches deeper than {MAX_DEPTH} are not read"));
            return (Ends::one(&id), inside);
        }
        let mut last = Vec::new();
        for branch in branches {
            let ends = self.machine(branch, &format!("{id}>"), depth + 1);
            self.pipeline.join(std::slice::from_ref(&id), &ends.first);
            last.extend(ends.last);
        }
        let below = format!("{id}>");
        let added =
            self.pipeline.nodes.range(below.clone()..).take_while(|(name, _)| name.starts_with(&below));
        inside.extend(added.map(|(name, _)| name.clone()));
        if last.is_empty() {
            last.push(id.clone());
        }
        (Ends { first: vec![id], last }, inside)
    }

    fn step(&mut self, id: &str, state: &Entry, alone: bool) -> PipelineStep {
        let node = &state.node;
        let resource = text(node, "Resource").unwrap_or("");
        let parameters = ["Parameters", "Arguments"].iter().find_map(|key| node.get(key));
        let parameter = |key: &str| parameters.and_then(|parameters| text(parameters, key)).unwrap_or("");
        let function = [parameter("FunctionName"), parameter("JobName")].concat();
        let native = format!("StepFunctions {resource}");
        let app =
            parameters.and_then(|p| p.get("AppSpecification").or_else(|| p.get("AlgorithmSpecification")));
        let image = ["ImageUri", "TrainingImage"].iter().find_map(|key| text(app?, key)).unwrap_or("");
        let words = ["ContainerEntrypoint", "ContainerArguments"].iter().filter_map(|key| app?.get(key));
        let command = words.flat_map(Node::strings).collect::<Vec<_>>().join(" ");
        let name = format!("{} {function} {}", state.key, text(node, "Comment").unwrap_or(""));
        let told = Told { native: &native, image, name: name.trim(), ..Told::default() };
        let classified = self.context.rules.classify(&told, &command);
        let task = text(node, "Type") == Some("Task");
        let mut step =
            PipelineStep::new(classified, &state.key, state.key_span, Arc::new(state.node.clone()));
        step.opaque = task && alone && command.is_empty() && step.kind == "transform";
        if resource.ends_with(":startPipelineExecution") && !parameter("PipelineName").is_empty() {
            let name = parameter("PipelineName").to_owned();
            step.call = Some(Call::Named { kind: "sagemaker", name, waits: false });
        }
        step.command = if command.is_empty() { resource.to_owned() } else { command };
        image.clone_into(&mut step.image);
        let mut found = Vec::new();
        if let Some(parameters) = parameters {
            uris(parameters, false, &scalar, &mut found);
        }
        for uri in found {
            if uri.output {
                self.outputs.add(uri.text, id);
            } else {
                self.inputs.push((uri.text, id.to_owned(), uri.span));
            }
        }
        step
    }

    fn finish(mut self) {
        for (uri, reader, span) in std::mem::take(&mut self.inputs) {
            // What an earlier state wrote comes by the order of the states; other data come from outside.
            if self.outputs.writers(&uri, &reader).is_empty() {
                dataset(self.pipeline, self.context, &uri, span);
                self.pipeline.connect(&uri, &reader);
            }
        }
        self.pipeline.overflow |= self.choices.len() > MAX_GATES;
        for choice in std::mem::take(&mut self.choices) {
            if !self.pipeline.overflow {
                self.gate(&choice);
            }
        }
    }

    fn gate(&mut self, choice: &str) {
        let before: Vec<&String> =
            self.pipeline.edges.iter().filter(|(_, to)| to.contains(choice)).map(|(from, _)| from).collect();
        let [read] = before.as_slice() else { return };
        let read = (*read).clone();
        let Some(judge) = self.pipeline.nodes.get(&read).filter(|step| step.kind == "fairness") else {
            return;
        };
        let weak = judge.weak;
        let branches = self.pipeline.edges.get(choice).cloned().unwrap_or_default();
        let all = !branches.is_empty() && branches.iter().all(|branch| self.pipeline.releases(branch));
        if let Some(step) = self.pipeline.nodes.get_mut(choice) {
            let rule = format!("choice on the result of the fairness step {read}");
            let classified = Classified { weak, ..Classified::because("fairness", rule) };
            (step.kind, step.matched_rule, step.weak) = (classified.kind, classified.rule, classified.weak);
            step.non_blocking = all.then(|| "it releases in all of its branches".to_owned());
        }
        if let Some(step) = self.pipeline.nodes.get_mut(&read) {
            step.non_blocking.get_or_insert(format!("its result is decided on by {choice} alone"));
        }
    }
}

/// The states that may follow one.
fn nexts(state: &Node) -> Vec<&str> {
    let mut names: Vec<&str> = ["Next", "Default"].iter().filter_map(|key| text(state, key)).collect();
    names.extend(
        state.get("Choices").map(Node::items).unwrap_or_default().iter().filter_map(|c| text(c, "Next")),
    );
    names.sort_unstable();
    names.dedup();
    names
}
