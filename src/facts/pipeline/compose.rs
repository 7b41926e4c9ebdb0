//! Composition across files: a step that runs another pipeline is replaced by that pipeline's graph.
//!
//! ```text
//!   job/reproduce (dvc repro) ──> job/deploy
//!   job/reproduce>anonymise ──> job/reproduce>train ──> job/reproduce>fairness ──> job/deploy
//! ```
//! What a step runs is told by its command, or by the format (a reusable workflow, a child pipeline).
//! Pipelines are composed from the inside out; a pipeline that runs itself ends there, as a part that
//! cannot be read.

use std::collections::{BTreeMap, BTreeSet};

use super::data::join;
use super::graph::Pipeline;

/// What all pipelines of a repository may take over from others, together.
const MAX_TAKEN_OVER: usize = 200_000;
/// How deep pipelines may run one another.
const MAX_DEPTH: usize = 16;

/// A pipeline that a step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// By its file, in part: `dvc repro train`.
    Part { file: String, targets: Vec<String> },
    /// By its file; the step is what its command says where the file is no pipeline.
    File { path: String, waits: bool },
    /// By its file; where it is not there, what runs cannot be seen.
    Needed { path: String, waits: bool },
    /// By the name that it has elsewhere.
    Named { kind: &'static str, name: String, waits: bool },
}

impl Call {
    /// What a command runs, told from its words.
    pub fn of(words: &[&str], folder: &str) -> Option<Call> {
        let option = |names: &[&str]| option(words, names);
        let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
        let file =
            |names: &[&str]| option(names).map(|path| join(&[folder, path.trim_start_matches("file://")]));
        match words {
            ["dvc", "repro", rest @ ..] | ["dvc", "exp", "run", rest @ ..] => {
                let targets = rest.iter().filter(|word| !word.starts_with('-'));
                let (files, mut stages): (Vec<&&str>, Vec<&&str>) =
                    targets.partition(|word| word.ends_with("dvc.yaml") || word.contains("dvc.yaml:"));
                let mut at = "dvc.yaml";
                if let Some(named) = files.first() {
                    let (path, stage) = named.split_once(':').map_or((**named, None), |(p, s)| (p, Some(s)));
                    at = path;
                    if stage.is_some() {
                        stages.extend(files.iter().copied());
                    }
                }
                let targets = stages.iter().map(|s| s.rsplit(':').next().unwrap_or(s).to_owned()).collect();
                Some(Call::Part { file: join(&[folder, at]), targets })
            }
            ["aws", "sagemaker", "start-pipeline-execution", ..] => {
                let name = option(&["--pipeline-name"])?.to_owned();
                Some(Call::Named { kind: "sagemaker", name, waits: false })
            }
            ["aws", "stepfunctions", "start-execution" | "start-sync-execution", ..] => {
                let arn = option(&["--state-machine-arn"])?;
                let name = arn.rsplit(':').next().unwrap_or(arn).to_owned();
                Some(Call::Named { kind: "step-functions", name, waits: has(&["start-sync-execution"]) })
            }
            ["az", "ml", "job", "create", ..] => {
                Some(Call::Needed { path: file(&["-f", "--file"])?, waits: has(&["--stream", "-s"]) })
            }
            ["kfp", "run" | "pipeline", ..] => {
                let path = file(&["-f", "--package-file", "-p"]).or_else(|| {
                    words
                        .iter()
                        .find(|word| has_ending(word, &["yaml", "yml", "json"]))
                        .map(|word| join(&[folder, word]))
                })?;
                Some(Call::Needed { path, waits: has(&["-w", "--watch"]) })
            }
            ["argo", "submit", ..] => {
                let path = words.iter().find(|word| has_ending(word, &["yaml", "yml"]))?;
                Some(Call::Needed {
                    path: join(&[folder, path]),
                    waits: has(&["--wait", "--watch", "-w", "--log"]),
                })
            }
            ["kubectl" | "oc", "apply" | "create", ..] => {
                Some(Call::File { path: file(&["-f", "--filename"])?, waits: false })
            }
            ["mlflow", "run", rest @ ..] => {
                let at = rest.iter().find(|word| !word.starts_with('-'))?;
                let targets = option(&["-e", "--entry-point"]).map(str::to_owned).into_iter().collect();
                let file = join(&[folder, at, "MLproject"]);
                Some(Call::Part { file, targets })
            }
            ["gh", "workflow", "run", name, ..] => {
                Some(Call::Named { kind: "github-actions", name: (*name).to_owned(), waits: false })
            }
            _ => None,
        }
    }

    fn waits(&self) -> bool {
        match self {
            Call::Part { .. } => true,
            Call::File { waits, .. } | Call::Needed { waits, .. } | Call::Named { waits, .. } => *waits,
        }
    }

    fn shown(&self) -> String {
        match self {
            Call::Part { file, .. } => file.clone(),
            Call::File { path, .. } | Call::Needed { path, .. } => path.clone(),
            Call::Named { kind, name, .. } => format!("the {kind} pipeline {name}"),
        }
    }
}

fn has_ending(file: &str, endings: &[&str]) -> bool {
    file.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}

/// The value of an option: `--name value` or `--name=value`.
fn option<'a>(words: &[&'a str], names: &[&str]) -> Option<&'a str> {
    words.iter().enumerate().find_map(|(at, word)| {
        if names.contains(word) {
            return words.get(at + 1).copied();
        }
        names.iter().find_map(|name| word.strip_prefix(name)?.strip_prefix('='))
    })
}

/// The names that commands give to definitions: `aws sagemaker create-pipeline --pipeline-name X
/// --pipeline-definition file://pipeline.json`.
pub fn name_by_commands(pipelines: &mut [Pipeline]) {
    let mut given: Vec<(String, String)> = Vec::new();
    for step in pipelines.iter().flat_map(|pipeline| pipeline.nodes.values()) {
        if !step.command.contains("--pipeline-definition") {
            continue;
        }
        for command in super::shell::commands(&step.command) {
            let words = command.words();
            let definition =
                option(&words, &["--pipeline-definition"]).and_then(|d| d.strip_prefix("file://"));
            if let (Some(name), Some(file)) = (option(&words, &["--pipeline-name"]), definition) {
                given.push((join(&[file]), name.to_owned()));
            }
        }
    }
    for (file, name) in given {
        // A file by its own path, or as it is called from its folder.
        let mut candidates = pipelines.iter_mut().filter(|p| {
            p.source_kind == "sagemaker" && (p.path == file || p.path.ends_with(&format!("/{file}")))
        });
        if let (Some(only), None) = (candidates.next(), candidates.next()) {
            only.names.insert(name);
        }
    }
}

/// Composes all pipelines, each from those that its steps run.
pub fn compose(pipelines: &[Pipeline]) -> Vec<Pipeline> {
    let mut composer = Composer { raw: pipelines, done: BTreeMap::new(), running: Vec::new(), taken: 0 };
    for index in 0..pipelines.len() {
        composer.composed(index);
    }
    composer.done.into_values().collect()
}

struct Composer<'a> {
    raw: &'a [Pipeline],
    done: BTreeMap<usize, Pipeline>,
    running: Vec<usize>,
    taken: usize,
}

impl Composer<'_> {
    /// The composed form of a pipeline; `None` while it is being composed.
    fn composed(&mut self, index: usize) -> Option<&Pipeline> {
        if !self.done.contains_key(&index) {
            if self.running.contains(&index) || self.running.len() >= MAX_DEPTH {
                return None;
            }
            self.running.push(index);
            let pipeline = self.compose(self.raw.get(index)?.clone());
            self.running.pop();
            self.done.insert(index, pipeline);
        }
        self.done.get(&index)
    }

    fn compose(&mut self, mut pipeline: Pipeline) -> Pipeline {
        let polls = pipeline.nodes.values().any(|step| {
            ["describe-pipeline-execution", "sagemaker wait", "describe-execution"]
                .iter()
                .any(|word| step.command.contains(word))
        });
        let calls: Vec<(String, Call)> =
            pipeline.nodes.iter().filter_map(|(id, step)| Some((id.clone(), step.call.clone()?))).collect();
        for (id, call) in calls {
            let followed = self.find(&call).is_some() || !matches!(call, Call::File { .. });
            if let Some(step) = pipeline.nodes.get_mut(&id)
                && followed
                && !call.waits()
                && !polls
            {
                step.non_blocking.get_or_insert_with(|| "it does not wait for what it starts".to_owned());
            }
            self.replace(&mut pipeline, &id, &call);
        }
        for call in pipeline.follows.clone() {
            self.precede(&mut pipeline, &call);
        }
        pipeline.open_regardless();
        pipeline
    }

    fn replace(&mut self, pipeline: &mut Pipeline, id: &str, call: &Call) {
        let Some(index) = self.find(call) else {
            if !matches!(call, Call::File { .. }) {
                pipeline.cannot_follow(id, &format!("{} is not read here", call.shown()));
            }
            return;
        };
        if self.taken > MAX_TAKEN_OVER {
            let reason =
                format!("pipelines run one another more than the limit of {MAX_TAKEN_OVER} steps allows");
            return pipeline.cannot_follow(id, &reason);
        }
        let depth = self.running.len();
        let Some(inner) = self.composed(index) else {
            let reason =
                if depth >= MAX_DEPTH { "pipelines run one another too deep" } else { "it runs itself" };
            return pipeline.cannot_follow(id, &format!("{}: {reason}", call.shown()));
        };
        if inner.overflow {
            return pipeline.cannot_follow(id, &format!("{} has too many steps", inner.id));
        }
        let only = match call {
            Call::Part { targets, .. } if !targets.is_empty() => {
                // `stage` also means each `stage@item` and `stage +1` of it.
                let meant = |id: &String| {
                    let rest = |target: &String| id.strip_prefix(target.as_str());
                    targets
                        .iter()
                        .filter_map(rest)
                        .any(|rest| rest.is_empty() || rest.starts_with(['@', ' ']))
                };
                let named: Vec<String> = inner.nodes.keys().filter(|id| meant(id)).cloned().collect();
                if inner.source_kind == "dvc" && !named.is_empty() {
                    Some(inner.ancestors(&named))
                } else if named.is_empty() {
                    None
                } else {
                    Some(named.into_iter().collect::<BTreeSet<_>>())
                }
            }
            _ => None,
        };
        let size = inner.nodes.len();
        pipeline.inline(inner, id, only.as_ref());
        self.taken += size;
    }

    /// Puts the pipeline whose end starts this one before it.
    fn precede(&mut self, pipeline: &mut Pipeline, call: &Call) {
        let roots = pipeline.ends(&|_| true).first;
        let before = self.find(call).filter(|_| self.taken <= MAX_TAKEN_OVER);
        let Some(inner) = before.and_then(|index| self.composed(index)) else {
            pipeline.lacks("on.workflow_run", format!("{} is not read here", call.shown()));
            return;
        };
        let names: Vec<&String> = inner.nodes.keys().collect();
        let size = names.len();
        let (_, last) = pipeline.copy(inner, &names, &inner.id, false);
        let all: Vec<String> = inner
            .nodes
            .iter()
            .filter(|(_, step)| step.kind != "dataset")
            .map(|(id, _)| format!("{}>{id}", inner.id))
            .collect();
        for root in roots {
            if pipeline.only_after_success.contains(&root) {
                pipeline.join(&last, &[root]);
            } else {
                pipeline.join_leniently(&all, &[root]);
            }
        }
        self.taken += size;
    }

    fn find(&self, call: &Call) -> Option<usize> {
        match call {
            Call::Part { file: path, .. } | Call::File { path, .. } | Call::Needed { path, .. } => {
                self.raw.iter().position(|pipeline| pipeline.id == *path)
            }
            Call::Named { kind, name, .. } => {
                let named = |pipeline: &Pipeline| {
                    let file = pipeline.path.rsplit('/').next().unwrap_or("");
                    let stem = file.split('.').next().unwrap_or(file);
                    pipeline.source_kind == *kind
                        && (pipeline.names.contains(name) || file == name || stem == name)
                };
                let mut found = self.raw.iter().enumerate().filter(|(_, pipeline)| named(pipeline));
                // Two of one name: nobody can say which.
                let (first, second) = (found.next(), found.next());
                first.filter(|_| second.is_none()).map(|(index, _)| index)
            }
        }
    }
}
