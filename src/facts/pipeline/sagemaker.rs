//! `SageMaker` pipeline definitions: a JSON file, or the attribute of a Terraform or `CloudFormation`
//! resource that holds one.
//!
//! Edges come from `DependsOn`, from every `{"Get": "Steps.X..."}`, from a condition to the steps of
//! its branches, and from an output to an input of the same S3 URI. A condition that reads the result
//! of a fairness step is the gate: it stops a release that stands in one of its branches only. Schema:
//! <https://github.com/aws-sagemaker-mlops/sagemaker-model-building-pipeline-definition-JSON-schema>.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::classify::Told;
use super::data::{Outputs, is_code, tag, text};
use super::graph::{Pipeline, PipelineStep};
use super::shell::{self, Script};
use super::{Context, files};
use crate::facts::Resource;
use crate::model::Span;
use crate::source::{Document, Entry, Node, Value, yaml};

const KIND: &str = "sagemaker";
/// Kinds of steps whose result a condition may turn into a gate.
const JUDGING: [&str; 4] = ["fairness", "evaluate", "robustness", "validate"];
/// A joined text; longer is no URI.
const MAX_TEXT: usize = 4096;
/// Conditions that may each be looked at as a gate.
const MAX_GATES: usize = 500;

pub fn pipeline(document: &Document, context: &Context<'_>) -> Pipeline {
    let mut pipeline = Pipeline::new(&document.path, KIND, Span::default());
    if let Some(root) = document.values.iter().find(|node| node.get("Steps").is_some()) {
        pipeline.header = root.entry("Steps").map_or(root.span, |steps| steps.key_span);
        read(&mut pipeline, root, context);
    }
    pipeline
}

/// Definitions within resources; all their steps stand at the attribute that holds them.
pub fn embedded(resources: &[Arc<Resource>], context: &Context<'_>) -> Vec<Pipeline> {
    let mut found = Vec::new();
    for resource in resources {
        let attributes = &resource.attributes;
        let (definition, name) = match resource.kind.as_str() {
            "AWS::SageMaker::Pipeline" => {
                let definition = attributes.get("PipelineDefinition");
                let body = definition.and_then(|d| d.get("PipelineDefinitionBody")).or(definition);
                (body, text(attributes, "PipelineName"))
            }
            "aws_sagemaker_pipeline" => {
                (attributes.get("pipeline_definition"), text(attributes, "pipeline_name"))
            }
            "awscc_sagemaker_pipeline" => {
                let definition = attributes.get("pipeline_definition");
                (
                    definition.and_then(|d| d.get("pipeline_definition_body")),
                    text(attributes, "pipeline_name"),
                )
            }
            _ => continue,
        };
        // It may also lie in S3: then the attribute is another one, and nobody here can read it.
        let elsewhere = ["pipeline_definition_s3_location", "PipelineDefinition", "pipeline_definition"];
        let elsewhere = || elsewhere.iter().find_map(|key| attributes.get(key));
        let Some(definition) = definition.or_else(elsewhere) else { continue };
        let mut pipeline = of_resource(resource, KIND, definition.span);
        pipeline.names.extend(name.map(str::to_owned));
        match parsed(definition) {
            Some(root) if root.get("Steps").is_some() => read(&mut pipeline, &root, context),
            _ => hidden(&mut pipeline),
        }
        found.push(pipeline);
    }
    found
}

/// A pipeline that a resource declares: `<file>//<address>`.
pub fn of_resource(resource: &Resource, kind: &'static str, header: Span) -> Pipeline {
    let mut pipeline = Pipeline::new(&resource.path, kind, header);
    pipeline.id = format!("{}//{}", resource.path, resource.address);
    pipeline.names.insert(resource.name.clone());
    pipeline.names.insert(resource.address.clone());
    for file in resource.files.iter() {
        files(&mut pipeline, file);
    }
    pipeline
}

/// A definition that is only known elsewhere, or only after apply.
pub fn hidden(pipeline: &mut Pipeline) {
    let reason = "the definition is not known here";
    pipeline.lacks("definition", reason);
    pipeline.add("definition", PipelineStep::unseen("definition", reason, pipeline.header));
}

/// JSON in a string, or the value itself; everything in it stands where the attribute stands.
pub fn parsed(definition: &Node) -> Option<Node> {
    match &definition.value {
        Value::String(json) => {
            let (values, error) = yaml::parse(json);
            let value = values.into_iter().next().filter(|_| error.is_none())?;
            Some(value.standing_at(definition.span))
        }
        Value::Map(_) => Some(definition.clone()),
        _ => None,
    }
}

fn read(pipeline: &mut Pipeline, root: &Node, context: &Context<'_>) {
    let parameters = root.get("Parameters").map(Node::items).unwrap_or_default();
    let parameters = parameters
        .iter()
        .filter_map(|parameter| Some((text(parameter, "Name")?, parameter.get("DefaultValue")?)))
        .collect();
    let mut reader = Reader {
        context,
        parameters,
        pipeline,
        outputs: Outputs::default(),
        inputs: Vec::new(),
        needs: Vec::new(),
        branches: Vec::new(),
    };
    for step in root.get("Steps").map(Node::items).unwrap_or_default() {
        reader.step(step);
    }
    reader.finish();
}

/// A condition, what it reads, and the steps of its two branches.
struct Branches {
    id: String,
    reads: BTreeSet<String>,
    yes: Vec<String>,
    no: Vec<String>,
}

struct Reader<'a, 'p> {
    context: &'a Context<'a>,
    parameters: BTreeMap<&'a str, &'a Node>,
    pipeline: &'p mut Pipeline,
    outputs: Outputs,
    inputs: Vec<(String, String, Span)>,
    /// Step, and what it depends on.
    needs: Vec<(String, String)>,
    branches: Vec<Branches>,
}

impl<'a> Reader<'a, '_> {
    /// Adds a step and, for a condition, those of its branches; gives all their ids.
    fn step(&mut self, node: &'a Node) -> Vec<String> {
        let Some(id) = text(node, "Name") else { return Vec::new() };
        let (kind, arguments) = (text(node, "Type").unwrap_or(""), node.get("Arguments"));
        let header = node.entry("Name").map_or(node.span, |entry| entry.key_span.to(entry.node.span));
        let mut ids = vec![id.to_owned()];
        let branch = |key: &str| arguments.and_then(|a| a.get(key)).filter(|_| kind == "Condition");
        let mut value = node.clone();
        if kind == "Condition" {
            leave_out(&mut value, &["IfSteps", "ElseSteps"]);
        }
        for (key, gets) in [("DependsOn", false), ("Arguments", true)] {
            let Some(part) = value.get(key) else { continue };
            let mut found = BTreeSet::new();
            if gets {
                steps_read(part, &mut found);
            } else {
                found.extend(part.strings().into_iter().map(|name| step_of(name).to_owned()));
            }
            self.needs.extend(found.into_iter().map(|needed| (id.to_owned(), needed)));
        }
        if kind == "Condition" {
            let mut reads = BTreeSet::new();
            if let Some(conditions) = arguments.and_then(|a| a.get("Conditions")) {
                steps_read(conditions, &mut reads);
            }
            let nested = |steps: Option<&'a Node>, reader: &mut Self| -> Vec<String> {
                steps.map(Node::items).unwrap_or_default().iter().flat_map(|step| reader.step(step)).collect()
            };
            let (yes, no) = (nested(branch("IfSteps"), self), nested(branch("ElseSteps"), self));
            for inner in yes.iter().chain(&no) {
                self.pipeline.connect(id, inner);
            }
            ids.extend(yes.iter().chain(&no).cloned());
            self.branches.push(Branches { id: id.to_owned(), reads, yes, no });
        } else if let Some(arguments) = arguments {
            self.data(id, arguments);
        }
        let step = self.classified(id, kind, node, header, value);
        self.pipeline.add(id, step);
        ids
    }

    fn classified(&mut self, id: &str, kind: &str, node: &Node, header: Span, value: Node) -> PipelineStep {
        let arguments = node.get("Arguments");
        let get = |key: &str| node.get(key).or_else(|| arguments.and_then(|a| a.get(key)));
        let check = get("CheckType").or_else(|| {
            ["ClarifyCheckConfig", "QualityCheckConfig"].iter().find_map(|key| get(key)?.get("CheckType"))
        });
        let check = check.and_then(Node::as_str).unwrap_or("");
        let native = format!("SageMaker {kind} {check}");
        let app =
            arguments.and_then(|a| a.get("AppSpecification").or_else(|| a.get("AlgorithmSpecification")));
        let image = app.and_then(|app| app.get("ImageUri").or_else(|| app.get("TrainingImage")));
        let image = image.and_then(|image| self.resolved(image)).unwrap_or_default();
        let command = self.command(app, arguments);
        let annotation = arguments.and_then(|a| a.get("Tags")).and_then(|tags| {
            let deidentifies = tag(tags, "probity.dev/deidentifies") == Some("true");
            tag(tags, "probity.dev/kind").or(deidentifies.then_some("deidentify"))
        });
        let told = Told { annotation, native: native.trim(), image: &image, name: id, ..Told::default() };
        let classified = self.context.rules.classify(&told, &command);
        let elsewhere = matches!(kind, "Lambda" | "Callback" | "EMR") && classified.kind == "transform";
        let mut step = PipelineStep::new(classified, id, header, Arc::new(self.settings(value)));
        step.opaque = elsewhere;
        step.non_blocking = Script::of(&command, false).tolerated(0, usize::MAX);
        step.command = command;
        step.image = image;
        if matches!(kind, "ClarifyCheck" | "QualityCheck") {
            self.check(&mut step, &get);
        }
        step
    }

    /// The step with the keys of its arguments beside its own, parameters replaced by their defaults.
    fn settings(&self, step: Node) -> Node {
        let Value::Map(entries) = step.value else { return step };
        let arguments = entries.iter().find(|entry| entry.key == "Arguments");
        let inner = arguments.map_or_else(Vec::new, |arguments| arguments.node.entries().to_vec());
        let mut own = entries;
        for entry in inner {
            if own.iter().all(|known| known.key != entry.key) {
                own.push(entry);
            }
        }
        self.filled(Node::new(Value::Map(own), step.span))
    }

    /// `{"Get": "Parameters.X"}` and joins as they are by default, standing where they are written.
    /// What has no default stays as it is.
    fn filled(&self, node: Node) -> Node {
        let default = text(&node, "Get").and_then(|get| get.strip_prefix("Parameters."));
        if let Some(value) = default.and_then(|name| self.parameters.get(name)) {
            return (*value).clone().standing_at(node.span);
        }
        if node.get("Std:Join").is_some()
            && let Some(joined) = self.resolved(&node)
        {
            return Node::string(joined, node.span);
        }
        let value = match node.value {
            Value::List(items) => Value::List(items.into_iter().map(|item| self.filled(item)).collect()),
            Value::Map(entries) => {
                let entries = entries.into_iter();
                let filled = |entry: Entry| Entry { node: self.filled(entry.node), ..entry };
                Value::Map(entries.map(filled).collect())
            }
            other => other,
        };
        Node::new(value, node.span)
    }

    /// What keeps a check from stopping the run.
    fn check<'n>(&mut self, step: &mut PipelineStep, get: &dyn Fn(&str) -> Option<&'n Node>) {
        let given = |node: Option<&Node>| node.is_some_and(|node| node.value != Value::Null);
        match get("SkipCheck").map(|node| self.truth(node)) {
            Some(Some(skipped)) => step.skipped = skipped,
            Some(None) => {
                // It may or may not run.
                self.pipeline.lacks(&step.name, "whether it is skipped is not known here");
                "transform".clone_into(&mut step.kind);
                step.opaque = true;
                "whether it is skipped (SkipCheck) is not known here".clone_into(&mut step.matched_rule);
            }
            None => {}
        }
        if get("FailOnViolation").and_then(|node| self.truth(node)) == Some(false) {
            step.non_blocking = Some("its FailOnViolation is false".to_owned());
        }
        let registers = get("RegisterNewBaseline").and_then(|node| self.truth(node)) == Some(true);
        if registers && !given(get("SuppliedBaselineConstraints")) {
            let why = "baseline run: it registers a new baseline and is given none to compare with";
            step.non_blocking = Some(why.to_owned());
        }
    }

    fn command(&self, app: Option<&Node>, arguments: Option<&Node>) -> String {
        let lists = ["ContainerEntrypoint", "ContainerArguments"].iter().filter_map(|key| app?.get(key));
        let jar = arguments.and_then(|a| a.get("StepConfig")).and_then(|step| step.get("HadoopJarStep"));
        let program = arguments
            .and_then(|a| a.get("HyperParameters"))
            .and_then(|parameters| parameters.get("sagemaker_program"));
        let words = lists.chain(jar.and_then(|jar| jar.get("Args"))).flat_map(Node::items).chain(program);
        let words: Vec<String> = words
            .map(|word| self.resolved(word).unwrap_or_else(|| "?".to_owned()).trim_matches('"').to_owned())
            .collect();
        shell::of_container(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn data(&mut self, id: &str, arguments: &Node) {
        let mut found = Vec::new();
        uris(arguments, false, &|node| self.resolved(node), &mut found);
        for uri in found {
            if uri.output {
                self.outputs.add(uri.text, id);
            } else {
                self.inputs.push((uri.text, id.to_owned(), uri.span));
            }
        }
    }

    /// A text as it is by default: parameters take their default, joins are joined.
    fn resolved(&self, node: &Node) -> Option<String> {
        if let Some(plain) = scalar(node) {
            return Some(plain);
        }
        if let Some(name) = text(node, "Get") {
            return scalar(self.parameters.get(name.strip_prefix("Parameters.")?)?);
        }
        let join = node.get("Std:Join")?;
        let mut joined = String::new();
        for (index, value) in join.get("Values").map(Node::items).unwrap_or_default().iter().enumerate() {
            if index > 0 {
                joined.push_str(text(join, "On").unwrap_or(""));
            }
            joined.push_str(&self.resolved(value)?);
            if joined.len() > MAX_TEXT {
                return None;
            }
        }
        Some(joined)
    }

    fn truth(&self, node: &Node) -> Option<bool> {
        match self.resolved(node)?.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    fn finish(mut self) {
        for (step, needed) in std::mem::take(&mut self.needs) {
            if self.pipeline.nodes.contains_key(&needed) {
                self.pipeline.connect(&needed, &step);
            }
        }
        for (uri, reader, span) in std::mem::take(&mut self.inputs) {
            let writers = self.outputs.writers(&uri, &reader);
            for writer in &writers {
                self.pipeline.connect(writer, &reader);
            }
            if writers.is_empty() {
                dataset(self.pipeline, self.context, &uri, span);
                self.pipeline.connect(&uri, &reader);
            }
        }
        self.pipeline.overflow |= self.branches.len() > MAX_GATES;
        for branches in std::mem::take(&mut self.branches) {
            if self.pipeline.overflow {
                return;
            }
            self.gate(&branches);
        }
    }

    /// A condition counts as what it reads: the result of a fairness step makes it the fairness gate.
    fn gate(&mut self, branches: &Branches) {
        let kind_of = |kind: &str| {
            branches
                .reads
                .iter()
                .find(|id| self.pipeline.nodes.get(*id).is_some_and(|step| step.kind == kind))
                .cloned()
        };
        let Some((kind, read)) = JUDGING.iter().find_map(|kind| Some((*kind, kind_of(kind)?))) else {
            return;
        };
        let released = |ids: &[String]| ids.iter().any(|id| self.pipeline.releases(id));
        let both = released(&branches.yes) && released(&branches.no);
        // What waits for the condition without standing in a branch runs either way.
        let inside: BTreeSet<&String> = branches.yes.iter().chain(&branches.no).collect();
        let outside: Vec<String> =
            self.pipeline.edges.get(&branches.id).into_iter().flatten().cloned().collect();
        let outside: Vec<String> = outside.into_iter().filter(|id| !inside.contains(id)).collect();
        let check =
            self.pipeline.nodes.get(&read).and_then(|step| text(&step.value, "Type").map(str::to_owned));
        let weak = self.pipeline.nodes.get(&read).is_some_and(|step| step.weak);
        self.pipeline.join(std::slice::from_ref(&read), &outside);
        if let Some(condition) = self.pipeline.nodes.get_mut(&branches.id) {
            let rule = format!("condition on the result of the {kind} step {read}");
            (condition.kind, condition.matched_rule, condition.weak) = (kind.to_owned(), rule, weak);
            condition.non_blocking = both.then(|| "it releases in both of its branches".to_owned());
        }
        if let Some(step) = self.pipeline.nodes.get_mut(&read)
            && !matches!(check.as_deref(), Some("ClarifyCheck" | "QualityCheck"))
        {
            let why = format!("its result is decided on by condition {} alone", branches.id);
            step.non_blocking.get_or_insert(why);
        }
    }
}

pub fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// An S3 URI in the arguments of a job.
pub struct Uri {
    pub text: String,
    pub output: bool,
    pub span: Span,
}

/// S3 URIs anywhere in arguments: outputs below a key that names one, inputs elsewhere.
pub fn uris(node: &Node, output: bool, resolve: &dyn Fn(&Node) -> Option<String>, found: &mut Vec<Uri>) {
    // The program is an input of the job, but no data.
    let code = text(node, "InputName").is_some_and(|name| name == "code" || name == "sourcecode");
    for entry in node.entries().iter().filter(|_| !code) {
        let output = output || entry.key.contains("Output");
        let holds = matches!(entry.key.as_str(), "S3Uri" | "S3OutputPath" | "S3OutputUri" | "OutputS3Uri");
        match resolve(&entry.node).filter(|_| holds) {
            Some(uri) => {
                let text = uri.trim_end_matches('/').to_owned();
                if output || (text.contains("://") && !is_code(&text)) {
                    found.push(Uri { text, output, span: entry.key_span.to(entry.node.span) });
                }
            }
            None => uris(&entry.node, output, resolve, found),
        }
    }
    for item in node.items() {
        uris(item, output, resolve, found);
    }
}

/// Adds data that nothing in the pipeline writes.
pub fn dataset(pipeline: &mut Pipeline, context: &Context<'_>, uri: &str, span: Span) {
    let (sensitivity, from) = context.inventory.sensitivity(uri, None);
    if let Some(from) = from {
        files(pipeline, &from);
    }
    pipeline.add_data(uri, PipelineStep::dataset(uri, sensitivity, span));
}

/// Removes keys of the arguments: a condition's own value does not hold the steps of its branches.
fn leave_out(step: &mut Node, keys: &[&str]) {
    let Value::Map(entries) = &mut step.value else { return };
    for entry in entries.iter_mut().filter(|entry| entry.key == "Arguments") {
        if let Value::Map(entries) = &mut entry.node.value {
            entries.retain(|entry| !keys.contains(&entry.key.as_str()));
        }
    }
}

/// The names in every `{"Get": "Steps.X..."}`.
fn steps_read(node: &Node, found: &mut BTreeSet<String>) {
    if let Some(step) = text(node, "Get").and_then(|get| get.strip_prefix("Steps.")) {
        found.insert(step_of(step).to_owned());
    }
    for entry in node.entries() {
        steps_read(&entry.node, found);
    }
    for item in node.items() {
        steps_read(item, found);
    }
}

/// `Train.ModelArtifacts.S3ModelArtifacts`, `Tune[0].X`; `DependsOn` also writes `Steps.Train`.
fn step_of(path: &str) -> &str {
    let path = path.strip_prefix("Steps.").unwrap_or(path);
    path.split(['.', '[']).next().unwrap_or(path)
}
