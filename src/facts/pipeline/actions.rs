//! GitHub Actions workflows: steps in the order of their job, jobs in the order of `needs`.
//!
//! Jobs without `needs` run in parallel, so no edge joins them. A step or job that runs `if: always()`
//! is not stopped by what failed before it: it gets edges past every earlier step. A step with another
//! condition may not run: whether it stands in the way of what follows is unresolved. Reusable
//! workflows and composite actions of this repository take the place of the step that uses them.
//! Formats: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax>,
//! <https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax>.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Context;
use super::classify::{Classified, Scripted, Told};
use super::compose::Call;
use super::data::{join, text};
use super::graph::{Ends, Pipeline, PipelineStep};
use super::shell::commands;
use crate::model::Span;
use crate::source::{Document, Entry, Node, Value};

/// GitHub's own limit of jobs that one matrix makes.
const MAX_MATRIX: usize = 256;
/// Bytes of a text and of a value beyond which a matrix is not filled in.
const MAX_FILLED: usize = 64 * 1024;
const MAX_VALUE: usize = 256;

pub fn workflow(document: &Document, context: &Context<'_>) -> Pipeline {
    let mut pipeline = Pipeline::new(&document.path, "github-actions", Span::default());
    let Some(root) = document.values.iter().find(|node| node.get("jobs").is_some()) else { return pipeline };
    let Some(jobs) = root.entry("jobs") else { return pipeline };
    pipeline.header = jobs.key_span;
    pipeline.names.extend(text(root, "name").map(str::to_owned));
    let triggers = root.get("on").and_then(|on| on.get("workflow_run"));
    for name in triggers.and_then(|run| run.get("workflows")).map(Node::strings).unwrap_or_default() {
        pipeline.follows.push(Call::Named { kind: "github-actions", name: name.to_owned(), waits: true });
    }
    let mut builder = Builder { context, pipeline, defaults: Defaults::default().of(root) };
    let ends: BTreeMap<&str, Ends> =
        jobs.node.entries().iter().map(|job| (job.key.as_str(), builder.job(job))).collect();
    for job in jobs.node.entries() {
        for needed in job.node.get("needs").map(Node::strings).unwrap_or_default() {
            if let (Some(before), Some(after)) = (ends.get(needed), ends.get(job.key.as_str())) {
                builder.pipeline.join(&before.last, &after.first);
            }
        }
    }
    builder.pipeline
}

/// A composite action: steps that others use.
pub fn action(document: &Document, context: &Context<'_>) -> Pipeline {
    let mut pipeline = Pipeline::new(&document.path, "github-action", Span::default());
    pipeline.fragment = true;
    let runs = document.values.iter().find_map(|node| node.get("runs"));
    let Some(steps) = runs.and_then(|runs| runs.entry("steps")) else { return pipeline };
    pipeline.header = steps.key_span;
    let mut builder = Builder { context, pipeline, defaults: Defaults::default() };
    let nodes: Vec<Arc<Node>> = steps.node.items().iter().map(|step| Arc::new(step.clone())).collect();
    let job = Job { id: "", key: steps, tolerated: None, skipped: false, nodes: &nodes, values: &[] };
    builder.steps(&job, &Defaults::default());
    builder.pipeline
}

struct Builder<'a> {
    context: &'a Context<'a>,
    pipeline: Pipeline,
    defaults: Defaults,
}

/// `defaults.run` of a workflow or job.
#[derive(Debug, Clone, Default)]
struct Defaults {
    folder: String,
    shell: String,
}

impl Defaults {
    fn of(&self, node: &Node) -> Self {
        let run = node.get("defaults").and_then(|defaults| defaults.get("run"));
        let own = |key| run.and_then(|run| text(run, key)).map(str::to_owned);
        Self {
            folder: own("working-directory").unwrap_or_else(|| self.folder.clone()),
            shell: own("shell").unwrap_or_else(|| self.shell.clone()),
        }
    }
}

/// What the steps of one job share.
struct Job<'a> {
    id: &'a str,
    key: &'a Entry,
    tolerated: Option<&'a str>,
    skipped: bool,
    /// Its steps, shared by all that a matrix makes of it.
    nodes: &'a [Arc<Node>],
    /// Values of the matrix, `matrix.model` first.
    values: &'a [(String, String)],
}

impl Builder<'_> {
    fn job(&mut self, job: &Entry) -> Ends {
        let tolerated = job.node.get("continue-on-error").and_then(Node::as_bool) == Some(true);
        let tolerated = tolerated.then_some("its job has `continue-on-error: true`");
        let skipped = is_false(job.node.get("if"));
        let steps = job.node.get("steps").map(Node::items).unwrap_or_default();
        let mut ends = Ends::default();
        let nodes: Vec<Arc<Node>> = steps.iter().map(|step| Arc::new(step.clone())).collect();
        for (id, values) in instances(job, steps) {
            if self.pipeline.overflow {
                break;
            }
            let part = Job { id: &id, key: job, tolerated, skipped, nodes: &nodes, values: &values };
            let part = if let Some(uses) = text(&job.node, "uses") {
                self.reusable(&part, uses)
            } else {
                self.steps(&part, &self.defaults.of(&job.node))
            };
            ends.first.extend(part.first);
            ends.last.extend(part.last);
        }
        let condition = job.node.get("if");
        if runs_regardless(condition) {
            self.pipeline.regardless.extend(ends.first.iter().cloned());
        }
        if waits_for_success(condition) {
            self.pipeline.only_after_success.extend(ends.first.iter().cloned());
        }
        ends
    }

    /// A job that is another workflow: `owner/repo/file@ref` is not read.
    fn reusable(&mut self, job: &Job<'_>, uses: &str) -> Ends {
        let node = &job.key.node;
        let mut step = Self::step(job, &Arc::new(node.clone()));
        uses.clone_into(&mut step.command);
        uses.clone_into(&mut step.name);
        if let Some(path) = uses.strip_prefix("./") {
            step.call = Some(Call::Needed { path: path.to_owned(), waits: true });
        } else {
            step.opaque = true;
            self.pipeline.lacks(job.id, format!("the reusable workflow {uses} is not read here"));
        }
        self.pipeline.add(job.id, step);
        Ends::one(job.id)
    }

    fn steps(&mut self, job: &Job<'_>, defaults: &Defaults) -> Ends {
        let mut ends = Ends::default();
        // Ends before the conditional steps that were just passed, and their condition.
        let mut around: Vec<(Vec<String>, String)> = Vec::new();
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for (index, node) in job.nodes.iter().enumerate() {
            let name = step_name(node, index, &mut names);
            let id = if job.id.is_empty() { name } else { format!("{}/{name}", job.id) };
            let part = self.one(job, &id, node, defaults);
            if runs_regardless(node.get("if")) {
                self.pipeline.regardless.extend(part.first.iter().cloned());
            }
            let condition = condition(node.get("if"));
            around.retain(|(_, passed)| Some(passed) != condition.as_ref());
            for (before, _) in &around {
                self.pipeline.join_perhaps(before, &part.first);
            }
            match condition {
                Some(condition) if !ends.last.is_empty() => around.push((ends.last.clone(), condition)),
                None if !runs_regardless(node.get("if")) => around.clear(),
                _ => {}
            }
            if ends.first.is_empty() {
                ends.first.clone_from(&part.first);
            } else {
                self.pipeline.join(&ends.last, &part.first);
            }
            // What comes next waits for the steps before too: this one hides no failure.
            if !runs_regardless(node.get("if")) {
                ends.last.clear();
            }
            ends.last.extend(part.last);
        }
        ends
    }

    fn one(&mut self, job: &Job<'_>, id: &str, node: &Arc<Node>, defaults: &Defaults) -> Ends {
        let mut step = Self::step(job, node);
        let fill = |text: &str| fill(text, job.values);
        let run = fill(text(node, "run").unwrap_or(""));
        let uses = text(node, "uses").unwrap_or("");
        let folder = text(node, "working-directory").unwrap_or(&defaults.folder);
        // What a step is told by: its id and its name, else its job.
        let names: Vec<&str> = ["id", "name"].iter().filter_map(|key| text(node, key)).collect();
        let name = if names.is_empty() { format!("job {}", job.key.key) } else { names.join(" ") };
        let annotation = node.get("env").and_then(|env| text(env, "PROBITY_KIND"));
        let image = uses.strip_prefix("docker://").unwrap_or("");
        let action = if image.is_empty() { uses } else { "" };
        let told = Told { annotation, action, image, name: &name, native: "" };
        if let Some(local) = uses.strip_prefix("./") {
            let mut files = ["action.yml", "action.yaml"].iter().map(|file| join(&[local, file]));
            let known = files.find(|file| self.context.documents.contains_key(file.as_str()));
            let composite = known.as_ref().is_some_and(|file| self.is_composite(file));
            if self.context.rules.classify(&told, "").kind != "transform" {
                // A rule knows the action.
            } else if composite {
                step.call = known.map(|path| Call::Needed { path, waits: true });
            } else {
                step.opaque = true;
                self.pipeline.lacks(id, format!("what the action {uses} runs is not read here"));
            }
        }
        let pipefail = text(node, "shell").unwrap_or(&defaults.shell) == "bash";
        let header = node.entry("run").map_or(step.header, |run| run.key_span);
        let scripted = Scripted { told, script: &run, folder: &fill(folder), pipefail, step };
        let ends = self.context.rules.add(&mut self.pipeline, id, scripted);
        self.data(&ends, &run, header);
        ends
    }

    fn is_composite(&self, file: &str) -> bool {
        let document = self.context.documents.get(file);
        let runs = document.and_then(|document| document.values.iter().find_map(|node| node.get("runs")));
        runs.is_some_and(|runs| text(runs, "using") == Some("composite"))
    }

    fn step(job: &Job<'_>, node: &Arc<Node>) -> PipelineStep {
        let own = node.get("continue-on-error").and_then(Node::as_bool) == Some(true);
        let header = node.entries().first().map_or(job.key.key_span, |e| e.key_span.to(e.node.span));
        let label = ["name", "id", "uses"].iter().find_map(|key| text(node, key)).unwrap_or(&job.key.key);
        let mut step = PipelineStep::new(Classified::default(), label, header, Arc::clone(node));
        step.skipped = job.skipped || is_false(node.get("if"));
        step.non_blocking =
            own.then_some("it has `continue-on-error: true`").or(job.tolerated).map(str::to_owned);
        step
    }

    /// Data that the step's commands read: `aws s3 cp <uri> <local>`.
    fn data(&mut self, ends: &Ends, script: &str, header: Span) {
        for (uri, sensitivity) in copied(script, self.context, &mut self.pipeline) {
            self.pipeline.add_data(&uri, PipelineStep::dataset(&uri, sensitivity, header));
            self.pipeline.join(&[uri], &ends.first);
        }
    }
}

/// The URIs that the commands of a script copy from, and how sensitive each is declared.
pub fn copied(script: &str, context: &Context<'_>, pipeline: &mut Pipeline) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    for command in commands(script) {
        let words = command.words();
        let source = match words.as_slice() {
            ["aws", "s3", "cp" | "sync", rest @ ..]
            | ["gsutil", "cp" | "rsync", rest @ ..]
            | ["gcloud", "storage", "cp" | "rsync", rest @ ..] => {
                rest.iter().find(|word| !word.starts_with('-'))
            }
            ["azcopy", "copy" | "sync", rest @ ..] => rest.first(),
            _ => None,
        };
        let Some(uri) = source.filter(|word| word.contains("://")) else { continue };
        let uri = uri.trim_end_matches('/');
        let (sensitivity, from) = context.inventory.sensitivity(uri, None);
        pipeline.files.extend(from);
        found.push((uri.to_owned(), sensitivity));
    }
    found
}

/// A job, or one for each combination of its matrix when its commands depend on that.
fn instances(job: &Entry, steps: &[Node]) -> Vec<(String, Vec<(String, String)>)> {
    let plain = vec![(job.key.clone(), Vec::new())];
    let depends = steps.iter().any(|step| text(step, "run").is_some_and(|run| run.contains("matrix.")));
    let Some(matrix) = job.node.get("strategy").and_then(|s| s.get("matrix")).filter(|_| depends) else {
        return plain;
    };
    let mut all: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for axis in matrix.entries().iter().filter(|axis| axis.key != "include" && axis.key != "exclude") {
        let values: Vec<String> = axis.node.items().iter().filter_map(scalar).collect();
        if values.len() != axis.node.items().len()
            || values.is_empty()
            || all.len() * values.len() > MAX_MATRIX
        {
            return plain;
        }
        let name = format!("matrix.{}", axis.key);
        all = all
            .iter()
            .flat_map(|known| {
                let name = &name;
                values.iter().map(move |value| {
                    known.iter().cloned().chain([(name.clone(), value.clone())]).collect::<Vec<_>>()
                })
            })
            .collect();
    }
    let added = matrix.get("include").map(Node::items).unwrap_or_default();
    if all.len() == 1 && !added.is_empty() {
        all.clear();
    }
    for more in added.iter().take(MAX_MATRIX) {
        let values =
            more.entries().iter().filter_map(|e| Some((format!("matrix.{}", e.key), scalar(&e.node)?)));
        all.push(values.collect());
    }
    let named = all.into_iter().map(|values| {
        let shown: Vec<&str> = values.iter().map(|(_, value)| value.as_str()).collect();
        (format!("{} ({})", job.key, shown.join(", ")), values)
    });
    named.collect()
}

fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// Fills in `${{ matrix.x }}`.
fn fill(text: &str, values: &[(String, String)]) -> String {
    let mut filled = text.to_owned();
    for (name, value) in values.iter().filter(|(_, value)| value.len() <= MAX_VALUE) {
        if filled.len() > MAX_FILLED {
            break;
        }
        for written in [format!("${{{{ {name} }}}}"), format!("${{{{{name}}}}}")] {
            filled = filled.replace(&written, value);
        }
    }
    filled
}

/// A step's stable name within its job: its id, else its name, else what it uses or its place.
fn step_name(node: &Node, index: usize, seen: &mut BTreeMap<String, usize>) -> String {
    // Without the action's version: a newer pin is still the same step.
    let uses = || text(node, "uses").map(|uses| uses.split('@').next().unwrap_or(uses));
    let Some(name) = ["id", "name"].iter().find_map(|key| text(node, key)).or_else(uses) else {
        return format!("#{}", index + 1);
    };
    let earlier = seen.entry(name.to_owned()).or_default();
    *earlier += 1;
    if *earlier == 1 { name.to_owned() } else { format!("{name} #{earlier}") }
}

fn compact(condition: Option<&Node>) -> Option<String> {
    let text = condition.and_then(Node::as_str)?;
    Some(text.chars().filter(|c| !c.is_whitespace()).collect())
}

/// Conditions under which a failure before does not stop this.
fn runs_regardless(condition: Option<&Node>) -> bool {
    compact(condition).is_some_and(|text| {
        text.contains("always()") || text.contains("!cancelled()") || text.contains("failure()")
    })
}

/// The workflow that started this one must have ended well.
fn waits_for_success(condition: Option<&Node>) -> bool {
    compact(condition).is_some_and(|text| text.contains("workflow_run.conclusion=='success'"))
}

/// A condition of which nobody can see here whether it holds.
fn condition(node: Option<&Node>) -> Option<String> {
    let text = compact(node)?;
    let bare = text.replace(['$', '{', '}'], "");
    let settled = ["success()", "true", "false", ""].contains(&bare.as_str()) || runs_regardless(node);
    (!settled).then_some(text)
}

fn is_false(condition: Option<&Node>) -> bool {
    condition.is_some_and(|node| match &node.value {
        Value::Bool(value) => !value,
        Value::String(text) => text.replace([' ', '$', '{', '}'], "") == "false",
        _ => false,
    })
}
