//! GitLab CI: jobs in the order of their stages, or of `needs`.
//!
//! A job without `needs` waits for all jobs of earlier stages; jobs of one stage run in parallel. A
//! file with its local includes is one pipeline; what it includes from elsewhere may add a job to any
//! stage, so a part that cannot be read stands after each. A job that only some runs have (`rules`)
//! may be missing: whether it stands in the way of what follows is unresolved. Format:
//! <https://docs.gitlab.com/ci/yaml/>.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Context;
use super::actions::copied;
use super::classify::{Classified, Scripted, Told};
use super::compose::Call;
use super::data::{join, text};
use super::graph::{Ends, Pipeline, PipelineStep};
use super::includes::Files;
use crate::model::Span;
use crate::source::{Document, Entry, Kind, Node};

/// Keywords of a file that are no jobs.
const GLOBAL: [&str; 13] = [
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "image",
    "services",
    "before_script",
    "after_script",
    "cache",
    "spec",
    "types",
    "pages:deploy",
];
/// The file that GitLab starts from.
const ENTRY: &str = ".gitlab-ci.yml";
const STAGES: [&str; 3] = ["build", "test", "deploy"];
/// How deep jobs may extend or refer to one another, and how many layers a job may have.
const MAX_DEPTH: usize = 11;
const MAX_LAYERS: usize = 150;
/// Child pipelines of one repository, with those that start them.
const MAX_CHILDREN: usize = 500;
/// Lines that the references of one script may become.
const MAX_LINES: usize = 20_000;

/// One pipeline for each file that no other includes, and the child pipelines that jobs trigger.
pub fn pipelines(documents: &[Arc<Document>], context: &Context<'_>) -> Vec<Pipeline> {
    let roots: Vec<&Document> =
        documents.iter().map(|d| &**d).filter(|document| document.kind == Kind::GitlabCi).collect();
    let includes: BTreeMap<&str, BTreeSet<&str>> = roots
        .iter()
        .map(|root| {
            let others = Files::of(root, context).documents.into_iter().skip(1);
            (root.path.as_str(), others.map(|document| document.path.as_str()).collect())
        })
        .collect();
    let includes = |file: &str, other: &str| includes.get(file).is_some_and(|files| files.contains(other));
    let mut found = Vec::new();
    let mut children: Vec<String> = Vec::new();
    for root in &roots {
        let path = root.path.as_str();
        // Of files that include one another, the first counts as the whole.
        let part = roots
            .iter()
            .map(|other| other.path.as_str())
            .any(|other| other != path && includes(other, path) && !(includes(path, other) && path < other));
        if !part || path == ENTRY {
            found.push(pipeline(root, context, &mut children));
        }
    }
    // Child pipelines may trigger others.
    while let Some(path) = children.pop() {
        let known = found.iter().any(|pipeline: &Pipeline| pipeline.id == path);
        if let Some(document) =
            context.documents.get(path.as_str()).filter(|_| !known && found.len() < MAX_CHILDREN)
        {
            let mut child = pipeline(document, context, &mut children);
            child.fragment = true;
            found.push(child);
        }
    }
    found
}

/// A job: what it says itself, then what it extends, then the defaults.
struct Job<'a> {
    entry: &'a Entry,
    document: &'a Document,
    layers: Vec<&'a Node>,
}

impl<'a> Job<'a> {
    fn get(&self, key: &str) -> Option<&'a Node> {
        self.layers.iter().find_map(|layer| layer.get(key))
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key).and_then(Node::as_str)
    }

    /// Its conditions, to compare with another job's.
    fn conditions(&self) -> Vec<Option<&'a Node>> {
        ["rules", "only", "except"].iter().map(|key| self.get(key)).collect()
    }

    /// Some runs do not have it.
    fn is_conditional(&self) -> bool {
        let rules = self.get("rules").map(Node::items).unwrap_or_default();
        // A last rule without a condition takes all that is left.
        let always = rules.last().is_some_and(|rule| {
            ["if", "changes", "exists"].iter().all(|key| rule.get(key).is_none())
                && text(rule, "when") != Some("never")
        }) && !rules.iter().any(|rule| text(rule, "when") == Some("never"));
        (!rules.is_empty() && !always) || self.get("only").is_some() || self.get("except").is_some()
    }

    /// `when`, its own or that of its rules.
    fn whens(&self) -> Vec<&'a str> {
        let rules = self.get("rules").map(Node::items).unwrap_or_default();
        if rules.is_empty() {
            return vec![self.text("when").unwrap_or("on_success")];
        }
        let own = self.text("when").unwrap_or("on_success");
        rules.iter().map(|rule| text(rule, "when").unwrap_or(own)).collect()
    }

    /// It runs even if a job before it failed.
    fn is_regardless(&self) -> bool {
        self.whens().iter().any(|when| matches!(*when, "always" | "on_failure"))
    }

    fn non_blocking(&self) -> Option<String> {
        let tolerant = |node: &Node| node.as_bool() == Some(true) || node.get("exit_codes").is_some();
        if let Some(own) = self.get("allow_failure") {
            if tolerant(own) {
                return Some("it has `allow_failure`".to_owned());
            }
        } else if self.text("when") == Some("manual") && self.get("rules").is_none() {
            return Some("it is manual, and the pipeline goes on without it".to_owned());
        }
        let rules = self.get("rules").map(Node::items).unwrap_or_default();
        let allowed = rules.iter().any(|rule| rule.get("allow_failure").is_some_and(tolerant));
        allowed.then(|| "one of its rules has `allow_failure`".to_owned())
    }
}

struct Reader<'a> {
    /// Every job and hidden job by name; the definitions of one name in the order of their files.
    named: BTreeMap<&'a str, Vec<(&'a Entry, &'a Document)>>,
    /// `default`, and the same keywords at the top of a file.
    defaults: Vec<&'a Node>,
}

impl<'a> Reader<'a> {
    fn of(files: &Files<'a>) -> Self {
        let mut reader = Self { named: BTreeMap::new(), defaults: Vec::new() };
        for document in &files.documents {
            for root in &document.values {
                reader.defaults.extend(root.get("default"));
                reader.defaults.push(root);
                for entry in root.entries().iter().filter(|entry| !GLOBAL.contains(&entry.key.as_str())) {
                    reader.named.entry(&entry.key).or_default().push((entry, document));
                }
            }
        }
        reader
    }

    /// The layers of a job: its own definitions, then what they extend; the last named wins.
    fn layers(&self, name: &str, depth: usize, layers: &mut Vec<&'a Node>) {
        let Some(definitions) =
            self.named.get(name).filter(|_| depth < MAX_DEPTH && layers.len() < MAX_LAYERS)
        else {
            return;
        };
        for (entry, _) in definitions {
            layers.push(&entry.node);
        }
        for (entry, _) in definitions {
            for base in entry.node.get("extends").map(Node::strings).unwrap_or_default().into_iter().rev() {
                self.layers(base, depth + 1, layers);
            }
        }
    }

    fn job(&self, name: &str) -> Option<Job<'a>> {
        let (entry, document) = self.named.get(name)?.first()?;
        let mut layers = Vec::new();
        self.layers(name, 0, &mut layers);
        Some(Job { entry, document, layers })
    }

    /// Lines of a script: lists in lists are flattened, `!reference [job, script]` is followed.
    fn lines(&self, node: &'a Node, depth: usize, lines: &mut Vec<&'a str>) {
        if depth >= MAX_DEPTH || lines.len() > MAX_LINES {
            return;
        }
        if let Some(line) = node.as_str() {
            lines.push(line);
        }
        for item in node.items() {
            self.lines(item, depth + 1, lines);
        }
        if let Some(reference) = node.get("!reference") {
            let path = reference.strings();
            let Some((name, keys)) = path.split_first() else { return };
            let job = self.job(name);
            let start = keys.first().and_then(|key| job.as_ref()?.get(key));
            let found = keys.iter().skip(1).try_fold(start, |node, key| node.map(|node| node.get(key)));
            if let Some(found) = found.flatten() {
                self.lines(found, depth + 1, lines);
            }
        }
    }

    fn script(&self, job: &Job<'a>, key: &str) -> String {
        let own = job.get(key).or_else(|| {
            let shared = key != "script";
            self.defaults.iter().filter(|_| shared).find_map(|defaults| defaults.get(key))
        });
        let mut lines = Vec::new();
        if let Some(node) = own {
            self.lines(node, 0, &mut lines);
        }
        lines.join("\n")
    }
}

fn pipeline(root: &Document, context: &Context<'_>, children: &mut Vec<String>) -> Pipeline {
    let mut pipeline = Pipeline::new(&root.path, "gitlab-ci", Span::default());
    let first = root.values.iter().flat_map(|node| node.entries()).next();
    pipeline.header = first.map_or(Span::default(), |entry| entry.key_span);
    let files = Files::of(root, context);
    for document in files.documents.iter().skip(1) {
        pipeline.files.push(document.path.clone());
    }
    let reader = Reader::of(&files);
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for name in reader.named.keys().filter(|name| !name.starts_with('.')) {
        let job = reader.job(name);
        jobs.extend(job.filter(|job| ["script", "trigger", "run"].iter().any(|key| job.get(key).is_some())));
    }
    let mut ends: BTreeMap<&str, Ends> = BTreeMap::new();
    for job in &jobs {
        let part = add(&mut pipeline, &reader, job, context, children);
        ends.insert(&job.entry.key, part);
    }
    let declared = files.documents.iter().flat_map(|d| &d.values).find_map(|node| node.get("stages"));
    let declared = declared.map_or(STAGES.to_vec(), Node::strings);
    let stages: Vec<&str> = [".pre"].into_iter().chain(declared).chain([".post"]).collect();
    order(&mut pipeline, &jobs, &ends, &stages, &files.elsewhere);
    pipeline
}

/// Draws the edges of stages and `needs`.
fn order(
    pipeline: &mut Pipeline,
    jobs: &[Job<'_>],
    ends: &BTreeMap<&str, Ends>,
    stages: &[&str],
    elsewhere: &[String],
) {
    let by_name: BTreeMap<&str, &Job<'_>> = jobs.iter().map(|job| (job.entry.key.as_str(), job)).collect();
    let mut by_stage: BTreeMap<&str, Vec<&Job<'_>>> = BTreeMap::new();
    for job in jobs {
        by_stage.entry(job.text("stage").unwrap_or("test")).or_default().push(job);
    }
    // Jobs of earlier stages for which no other of them waits.
    let mut frontier: BTreeSet<&str> = BTreeSet::new();
    let mut before: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut hidden: Option<String> = None;
    let mut here: Vec<(&str, Vec<&Job<'_>>)> =
        stages.iter().filter_map(|stage| by_stage.remove_entry(stage)).collect();
    here.extend(by_stage);
    let mut passed: Option<&str> = None;
    for (stage, here) in here {
        let mut waited: BTreeSet<&str> = BTreeSet::new();
        if let Some(passed) = passed.filter(|_| !elsewhere.is_empty()) {
            let open = frontier.iter().filter_map(|name| ends.get(name)).flat_map(|ends| ends.last.clone());
            let open: Vec<String> = open.chain(hidden).collect();
            hidden = Some(unseen(pipeline, passed, elsewhere, &open));
            frontier.clear();
        }
        passed = Some(stage);
        for job in &here {
            let name = job.entry.key.as_str();
            let Some(own) = ends.get(name) else { continue };
            let needs = job.get("needs").map(needs);
            let ordered = needs.is_none();
            let needed: Vec<(&str, bool)> =
                needs.unwrap_or_else(|| frontier.iter().map(|name| (*name, true)).collect());
            for (needed, optional) in needed {
                let (Some(from), Some(other)) = (ends.get(needed), by_name.get(needed)) else {
                    if !optional {
                        pipeline.lacks(name, format!("it needs {needed}, which is not read here"));
                    }
                    continue;
                };
                pipeline.join(&from.last, &own.first);
                // A job that runs whatever failed hides no failure from those after it.
                if !job.is_regardless() {
                    waited.insert(needed);
                }
                before.entry(name).or_default().push(needed);
                // A run may lack the other job, and then this one does not wait for it.
                if optional && other.is_conditional() && other.conditions() != job.conditions() {
                    for earlier in before.get(needed).cloned().unwrap_or_default() {
                        if let Some(earlier) = ends.get(earlier) {
                            pipeline.join_perhaps(&earlier.last, &own.first);
                        }
                    }
                }
            }
            if let (Some(hidden), true) = (&hidden, ordered) {
                pipeline.join(std::slice::from_ref(hidden), &own.first);
            }
        }
        frontier.extend(here.iter().map(|job| job.entry.key.as_str()));
        frontier.retain(|name| !waited.contains(name));
    }
}

/// What an include from elsewhere may put between a stage and the next.
fn unseen(pipeline: &mut Pipeline, stage: &str, elsewhere: &[String], open: &[String]) -> String {
    let id = format!("include after {stage}");
    for include in elsewhere {
        pipeline.lacks("include", format!("{include} is not read here"));
    }
    let reason = format!("{} is not read here", elsewhere.join(", "));
    pipeline.add(&id, PipelineStep::unseen("include", &reason, pipeline.header));
    pipeline.join(open, std::slice::from_ref(&id));
    id
}

/// The names in `needs`, and whether each is optional. Needs of other pipelines are left out.
fn needs(node: &Node) -> Vec<(&str, bool)> {
    let names = node.items().iter().filter_map(|item| {
        let elsewhere = item.get("pipeline").is_some() || item.get("project").is_some();
        let name = item.as_str().or_else(|| text(item, "job")).filter(|_| !elsewhere)?;
        Some((name, item.get("optional").and_then(Node::as_bool) == Some(true)))
    });
    names.collect()
}

fn add(
    pipeline: &mut Pipeline,
    reader: &Reader<'_>,
    job: &Job<'_>,
    context: &Context<'_>,
    children: &mut Vec<String>,
) -> Ends {
    let name = job.entry.key.as_str();
    let node = Arc::new(job.entry.node.clone());
    let mut step = PipelineStep::new(Classified::default(), name, job.entry.key_span, node);
    let whens = job.whens();
    step.skipped = whens.iter().all(|when| *when == "never");
    step.non_blocking = job.non_blocking();
    step.path.clone_from(&job.document.path);
    if let Some(trigger) = job.get("trigger") {
        triggered(&mut step, trigger, children);
        if step.call.is_none() {
            pipeline.lacks(name, "the pipeline that it triggers is not read here");
        }
    }
    let image = job.get("image").or_else(|| reader.defaults.iter().find_map(|d| d.get("image")));
    let image = image.and_then(|image| image.as_str().or_else(|| text(image, "name"))).unwrap_or("");
    let annotation = job.get("variables").and_then(|variables| text(variables, "PROBITY_KIND"));
    let told = Told { annotation, image, name, ..Told::default() };
    let script = [reader.script(job, "before_script"), reader.script(job, "script")].join("\n");
    let shared = step.clone();
    let scripted = Scripted { told, script: script.trim(), folder: "", pipefail: true, step };
    let ends = context.rules.add(pipeline, name, scripted);
    if job.is_regardless() {
        pipeline.regardless.extend(ends.first.iter().cloned());
    }
    for (uri, sensitivity) in copied(&script, context, pipeline) {
        pipeline.add_data(&uri, PipelineStep::dataset(&uri, sensitivity, job.entry.key_span));
        pipeline.join(&[uri], &ends.first);
    }
    after(pipeline, reader, job, context, &ends, shared);
    ends
}

/// `after_script` runs in a shell of its own, whatever became of the job, and stops nothing.
fn after(
    pipeline: &mut Pipeline,
    reader: &Reader<'_>,
    job: &Job<'_>,
    context: &Context<'_>,
    ends: &Ends,
    mut step: PipelineStep,
) {
    let script = reader.script(job, "after_script");
    if context.rules.classify(&Told::default(), &script).kind == "transform" {
        return;
    }
    let id = format!("{}/after_script", job.entry.key);
    step.non_blocking = Some("`after_script` stops nothing".to_owned());
    let scripted = Scripted { told: Told::default(), script: &script, folder: "", pipefail: true, step };
    let own = context.rules.add(pipeline, &id, scripted);
    pipeline.join(&ends.last, &own.first);
    pipeline.regardless.extend(own.first);
}

/// A child pipeline of this repository, or one that is not read.
fn triggered(step: &mut PipelineStep, trigger: &Node, children: &mut Vec<String>) {
    let include = trigger.get("include");
    let local = include.and_then(|include| {
        let only = match include.items() {
            [] => include,
            [only] => only,
            _ => return None,
        };
        only.as_str().or_else(|| text(only, "local"))
    });
    match local {
        Some(path) => {
            let path = join(&[path.trim_start_matches('/')]);
            children.push(path.clone());
            let waits = text(trigger, "strategy") == Some("depend");
            step.call = Some(Call::Needed { path, waits });
        }
        None => step.opaque = true,
    }
}
