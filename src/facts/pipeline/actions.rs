//! GitHub Actions workflows: steps in the order of their job, jobs in the order of `needs`.
//!
//! Jobs without `needs` run in parallel, so no edge joins them. A step or job that runs `if: always()`
//! is not stopped by what failed before it: it gets edges past every earlier step. A step that runs
//! `dvc repro` is replaced by the stages of that DVC pipeline. Format:
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax>.

use std::collections::BTreeMap;

use super::classify::{classify, simple_commands, swallows_failure};
use super::dvc::Inventory;
use super::{Pipeline, PipelineStep};
use crate::source::{Document, Entry, Node, Value};

/// Where a job's graph begins and ends, for the edges of `needs`.
#[derive(Default)]
struct Ends {
    first: Vec<String>,
    last: Vec<String>,
}

pub fn pipeline(document: &Document, others: &[Pipeline], inventory: &Inventory) -> Pipeline {
    let mut pipeline = Pipeline::new(&document.path, "github-actions", crate::model::Span::default());
    let Some(jobs) = document.values.iter().find_map(|node| node.entry("jobs")) else { return pipeline };
    pipeline.header = jobs.key_span;
    let mut builder = Builder { document, others, inventory, pipeline, regardless: Vec::new() };
    let ends: BTreeMap<&str, Ends> =
        jobs.node.entries().iter().map(|job| (job.key.as_str(), builder.job(job))).collect();
    for job in jobs.node.entries() {
        for needed in job.node.get("needs").map(Node::strings).unwrap_or_default() {
            let (Some(before), Some(after)) = (ends.get(needed), ends.get(job.key.as_str())) else {
                continue;
            };
            builder.join(&before.last, &after.first);
        }
    }
    builder.finish()
}

struct Builder<'a> {
    document: &'a Document,
    others: &'a [Pipeline],
    inventory: &'a Inventory,
    pipeline: Pipeline,
    /// Steps that run whatever failed before them.
    regardless: Vec<String>,
}

impl Builder<'_> {
    fn job(&mut self, job: &Entry) -> Ends {
        let skipped = is_false(job.node.get("if"));
        let tolerated = job.node.get("continue-on-error").and_then(Node::as_bool) == Some(true);
        let folder = text(&job.node, &["defaults", "run", "working-directory"]);
        let mut ends = Ends::default();
        let steps = job.node.get("steps").map(Node::items).unwrap_or_default();
        if let Some(uses) = job.node.get("uses").and_then(Node::as_str) {
            // A reusable workflow: what it does cannot be read here.
            let mut step = self.step(&job.key, &job.node, job, skipped, None);
            step.opaque = true;
            uses.clone_into(&mut step.command);
            self.pipeline.add(&job.key, step);
            return Ends { first: vec![job.key.clone()], last: vec![job.key.clone()] };
        }
        for (index, node) in steps.iter().enumerate() {
            let id = format!("{}/{}", job.key, step_name(node, index, steps));
            let tolerated = tolerated.then(|| "its job has `continue-on-error: true`".to_owned());
            let step = self.step(&id, node, job, skipped, tolerated);
            let folder = text(node, &["working-directory"]).or(folder);
            let part = if let Some((dvc, targets)) = dvc_run(&step.command, folder, self.others) {
                self.take_over(dvc, &targets, &id, &step)
            } else {
                self.add_data(&id, &step, node);
                self.pipeline.add(&id, step);
                Ends { first: vec![id.clone()], last: vec![id.clone()] }
            };
            if runs_regardless(node.get("if")) {
                self.regardless.extend(part.first.iter().cloned());
            }
            if ends.first.is_empty() {
                ends.first.clone_from(&part.first);
            } else {
                self.join(&ends.last, &part.first);
            }
            ends.last = part.last;
        }
        if runs_regardless(job.node.get("if")) {
            self.regardless.extend(ends.first.iter().cloned());
        }
        ends
    }

    fn step(
        &self,
        id: &str,
        node: &Node,
        job: &Entry,
        skipped: bool,
        tolerated: Option<String>,
    ) -> PipelineStep {
        let run = text(node, &["run"]).unwrap_or("");
        let uses = text(node, &["uses"]);
        let annotation = text(node, &["env", "PROBITY_KIND"]);
        let names = [text(node, &["id"]), text(node, &["name"])].into_iter().flatten().collect::<Vec<_>>();
        let label = names.last().copied().or(uses).unwrap_or(&job.key);
        let told = if names.is_empty() { job.key.as_str() } else { &names.join(" ") };
        let classified = classify(annotation, uses, run, told);
        let own = node.get("continue-on-error").and_then(Node::as_bool) == Some(true);
        let header = node.entries().first().map_or(job.key_span, |first| first.key_span.to(first.node.span));
        let remote = simple_commands(run).iter().any(|command| command.starts_with("curl"))
            && run.contains("| sh")
            || run.contains("| bash");
        PipelineStep {
            opaque: remote && classified.kind == "transform",
            kind: classified.kind,
            name: label.to_owned(),
            command: run.to_owned(),
            sensitivity: None,
            non_blocking: own
                .then(|| "it has `continue-on-error: true`".to_owned())
                .or_else(|| swallows_failure(run))
                .or(tolerated),
            skipped: skipped || is_false(node.get("if")),
            weak: classified.weak,
            matched_rule: classified.rule,
            taken_from: None,
            subject: format!("pipeline:{}//{id}", self.document.path),
            path: self.document.path.clone(),
            header,
            value: node.clone(),
        }
    }

    /// Puts a DVC pipeline (or the part of it that `targets` need) in the place of a step.
    fn take_over(&mut self, dvc: &Pipeline, targets: &[String], id: &str, runner: &PipelineStep) -> Ends {
        let wanted: std::collections::BTreeSet<String> = if targets.is_empty() {
            dvc.nodes.keys().cloned().collect()
        } else {
            targets.iter().flat_map(|target| dvc.ancestors(target)).collect()
        };
        let inner = |name: &str| format!("{id}>{name}");
        let mut ends = Ends::default();
        for (name, step) in dvc.nodes.iter().filter(|(name, _)| wanted.contains(*name)) {
            let mut step = step.clone();
            step.taken_from = Some(dvc.id.clone());
            step.skipped |= runner.skipped;
            step.non_blocking = step.non_blocking.or_else(|| runner.non_blocking.clone());
            if step.kind != "dataset"
                && dvc.predecessors(name).all(|p| dvc.nodes.get(p).is_some_and(|s| s.kind == "dataset"))
            {
                ends.first.push(inner(name));
            }
            if !dvc.edges.get(name).is_some_and(|to| to.iter().any(|to| wanted.contains(to))) {
                ends.last.push(inner(name));
            }
            self.pipeline.add(&inner(name), step);
        }
        for (from, to) in dvc.edges.iter().filter(|(from, _)| wanted.contains(*from)) {
            for to in to.iter().filter(|to| wanted.contains(*to)) {
                self.pipeline.connect(&inner(from), &inner(to));
            }
        }
        self.pipeline.files.push(dvc.id.clone());
        ends
    }

    /// Data that the step's commands read: `aws s3 cp <uri> <local>`, where the inventory or nobody
    /// says how sensitive they are.
    fn add_data(&mut self, id: &str, step: &PipelineStep, node: &Node) {
        for command in simple_commands(&step.command) {
            let words: Vec<&str> = command.split_whitespace().collect();
            let source = match words.as_slice() {
                ["aws", "s3", "cp" | "sync", rest @ ..] => rest.iter().find(|word| !word.starts_with('-')),
                ["gsutil", "cp" | "rsync", rest @ ..] => rest.iter().find(|word| !word.starts_with('-')),
                _ => None,
            };
            let Some(uri) = source.filter(|word| word.contains("://")) else { continue };
            let uri = uri.trim_end_matches('/');
            let run = node.entry("run").map_or(step.header, |run| run.key_span);
            let data = PipelineStep {
                kind: "dataset".to_owned(),
                name: uri.to_owned(),
                command: String::new(),
                sensitivity: self.inventory.sensitivity(uri),
                non_blocking: None,
                skipped: false,
                opaque: false,
                weak: false,
                matched_rule: String::new(),
                taken_from: None,
                subject: format!("pipeline:{}//{uri}", self.document.path),
                path: self.document.path.clone(),
                header: run,
                value: Node::new(Value::Null, run),
            };
            self.pipeline.add(uri, data);
            self.pipeline.connect(uri, id);
        }
    }

    fn join(&mut self, before: &[String], after: &[String]) {
        for from in before {
            for to in after {
                self.pipeline.connect(from, to);
            }
        }
    }

    fn finish(mut self) -> Pipeline {
        for id in std::mem::take(&mut self.regardless) {
            for before in self.pipeline.ancestors(&id) {
                if before != id {
                    self.pipeline.connect(&before, &id);
                }
            }
        }
        self.pipeline
    }
}

/// The DVC pipeline that a command runs, and the stages it names.
fn dvc_run<'a>(
    command: &str,
    folder: Option<&str>,
    others: &'a [Pipeline],
) -> Option<(&'a Pipeline, Vec<String>)> {
    let mut folder = folder.unwrap_or("").trim_start_matches("./").trim_end_matches('/').to_owned();
    for command in simple_commands(command) {
        let words: Vec<&str> = command.split_whitespace().collect();
        if let ["cd", to] = words.as_slice() {
            to.trim_start_matches("./").trim_end_matches('/').clone_into(&mut folder);
        }
        let (["dvc", "repro", targets @ ..] | ["dvc", "exp", "run", targets @ ..]) = words.as_slice() else {
            continue;
        };
        let file = targets.iter().find(|word| word.ends_with("dvc.yaml"));
        let path = match file {
            Some(file) if folder.is_empty() => (*file).to_owned(),
            Some(file) => format!("{folder}/{file}"),
            None if folder.is_empty() => "dvc.yaml".to_owned(),
            None => format!("{folder}/dvc.yaml"),
        };
        let dvc = others.iter().find(|other| other.id == path)?;
        let stages =
            targets.iter().map(|word| (*word).to_owned()).filter(|word| dvc.nodes.contains_key(word));
        return Some((dvc, stages.collect()));
    }
    None
}

/// A step's stable name within its job: its id, else its name, else what it uses or its place.
fn step_name(node: &Node, index: usize, all: &[Node]) -> String {
    // Without the action's version: a newer pin is still the same step.
    let own = |node: &Node| {
        let uses = || text(node, &["uses"]).map(|uses| uses.split('@').next().unwrap_or(uses));
        ["id", "name"].iter().find_map(|key| text(node, &[key])).or_else(uses).map(str::to_owned)
    };
    let Some(name) = own(node) else { return format!("#{}", index + 1) };
    let earlier = all.iter().take(index).filter(|other| own(other).as_deref() == Some(&name)).count();
    if earlier == 0 { name } else { format!("{name} #{}", earlier + 1) }
}

/// Conditions under which a failure before does not stop this.
fn runs_regardless(condition: Option<&Node>) -> bool {
    let Some(text) = condition.and_then(Node::as_str) else { return false };
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    text.contains("always()") || text.contains("!cancelled()") || text.contains("failure()")
}

fn is_false(condition: Option<&Node>) -> bool {
    condition.is_some_and(|node| match &node.value {
        Value::Bool(value) => !value,
        Value::String(text) => text.replace([' ', '$', '{', '}'], "") == "false",
        _ => false,
    })
}

fn text<'a>(node: &'a Node, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(node, |node, key| node.get(key)).and_then(Node::as_str)
}
