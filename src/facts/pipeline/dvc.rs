//! `dvc.yaml`: stages, and the data they read that no stage produces.
//!
//! An edge exists when a dependency equals, or lies under, an output of another stage. `foreach` and
//! `matrix` stages become one step for each item, named `stage@item` as DVC names them; `${...}` is
//! filled in from the item, `vars` and `params.yaml`. Format:
//! <https://dvc.org/doc/user-guide/project-structure/dvcyaml-files>.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::classify::{Classified, Scripted, Told};
use super::data::{Outputs, is_code, join, text};
use super::graph::{Ends, MAX_EDGES, MAX_STEPS, Pipeline, PipelineStep};
use super::{Context, files};
use crate::model::Span;
use crate::model::path::folder;
use crate::source::{Document, Entry, Node, Value};

pub fn pipeline(document: &Document, context: &Context<'_>) -> Pipeline {
    let mut pipeline = Pipeline::new(&document.path, "dvc", Span::default());
    let Some(stages) = document.values.iter().find_map(|node| node.entry("stages")) else { return pipeline };
    pipeline.header = stages.key_span;
    let models = document.values.iter().filter_map(|node| node.get("artifacts")).flat_map(Node::entries);
    let models = models
        .filter(|artifact| text(&artifact.node, "type") == Some("model"))
        .filter_map(|artifact| text(&artifact.node, "path"))
        .map(|path| join(&[folder(&document.path), path]))
        .collect();
    let scope = Scope::of(document, context, &mut pipeline);
    let mut reader = Reader {
        document,
        context,
        models,
        pipeline,
        outs: Outputs::default(),
        reads: Vec::new(),
        ends: BTreeMap::new(),
    };
    for entry in stages.node.entries() {
        reader.stage(entry, &scope);
    }
    reader.finish()
}

/// A dependency of a stage, as it is written and what it means.
struct Read {
    path: String,
    stage: String,
    span: Span,
    declared: Option<String>,
}

/// A stage as it is written, shared by all that it becomes.
struct Stage {
    header: Span,
    value: Arc<Node>,
}

struct Reader<'a> {
    document: &'a Document,
    context: &'a Context<'a>,
    /// Paths of artifacts that are models.
    models: BTreeSet<String>,
    pipeline: Pipeline,
    outs: Outputs,
    reads: Vec<Read>,
    ends: BTreeMap<String, Ends>,
}

impl Reader<'_> {
    fn stage(&mut self, entry: &Entry, scope: &Scope<'_>) {
        let body = entry.node.get("do").filter(|_| entry.node.get("foreach").is_some());
        let stage = Stage { header: entry.key_span, value: Arc::new(body.unwrap_or(&entry.node).clone()) };
        if let Some(over) = entry.node.get("foreach") {
            let body = entry.node.get("do").unwrap_or(&entry.node);
            match scope.collection(over) {
                Some(items) => self.each(entry, &stage, body, scope, items),
                None => self.unexpanded(entry, &stage, body, scope, "foreach"),
            }
        } else if let Some(matrix) = entry.node.get("matrix") {
            match combinations(matrix, scope) {
                Combinations::Some(items) => self.each(entry, &stage, &entry.node, scope, items),
                Combinations::Unknown => self.unexpanded(entry, &stage, &entry.node, scope, "matrix"),
                Combinations::TooMany => self.pipeline.overflow = true,
            }
        } else {
            self.one(&entry.key, &stage, &entry.node, scope);
        }
    }

    fn each(
        &mut self,
        entry: &Entry,
        stage: &Stage,
        body: &Node,
        scope: &Scope<'_>,
        items: Vec<(String, Node, Node)>,
    ) {
        for (name, key, item) in items {
            if self.pipeline.overflow {
                return;
            }
            let inner = scope.with(vec![("key", key), ("item", item)]);
            self.one(&format!("{}@{name}", entry.key), stage, body, &inner);
        }
    }

    /// Nobody knows how many stages this becomes: it stays one.
    fn unexpanded(&mut self, entry: &Entry, stage: &Stage, body: &Node, scope: &Scope<'_>, what: &str) {
        self.pipeline.lacks(&entry.key, format!("the items of its `{what}` are not known here"));
        self.one(&entry.key, stage, body, scope);
    }

    fn one(&mut self, id: &str, stage: &Stage, body: &Node, scope: &Scope<'_>) {
        if self.reads.len() + self.outs.len() > MAX_EDGES {
            self.pipeline.overflow = true;
            return;
        }
        let context = self.context;
        let expand = |text: &str| scope.expand(text);
        let base = join(&[folder(&self.document.path), &text(body, "wdir").map(expand).unwrap_or_default()]);
        let command = body.get("cmd").map(|cmd| cmd.strings().join("\n")).unwrap_or_default();
        let command = expand(&command);
        if command.contains("${") {
            self.pipeline.lacks(id, "a `${}` of its command is not known here");
        }
        let meta = body.get("meta");
        let annotation = meta.and_then(annotated);
        let mut makes_model = None;
        for (out, _) in ["outs", "metrics", "plots"].iter().flat_map(|key| paths(body.get(key))) {
            let out = join(&[&base, &expand(out)]);
            self.pipeline.spend(out.len());
            if self.models.contains(&out) {
                makes_model = Some(out.clone());
            }
            self.outs.add(out, id);
        }
        let declared = meta.and_then(|meta| text(meta, "sensitivity"));
        for (dep, span) in paths(body.get("deps")) {
            let path = join(&[&base, &expand(dep)]);
            self.pipeline.spend(path.len());
            self.reads.push(Read { path, stage: id.to_owned(), span, declared: declared.map(str::to_owned) });
        }
        let mut step = PipelineStep::new(Classified::default(), id, stage.header, Arc::clone(&stage.value));
        step.skipped = body.get("frozen").and_then(Node::as_bool) == Some(true);
        // What is left of a template may be any program.
        step.opaque = command.trim_start().starts_with("${") && annotation.is_none();
        let told = Told { annotation, name: id, ..Told::default() };
        let scripted = Scripted { told, script: &command, folder: &base, pipefail: false, step };
        let ends = context.rules.add(&mut self.pipeline, id, scripted);
        if let (Some(model), Some(last)) = (makes_model, ends.last.first()) {
            trains(&mut self.pipeline, last, &format!("its output {model} is an artifact of type model"));
        }
        self.ends.insert(id.to_owned(), ends);
    }

    fn finish(mut self) -> Pipeline {
        for read in std::mem::take(&mut self.reads) {
            let producers = self.outs.writers(&read.path, &read.stage);
            let Some(reader) = self.ends.get(&read.stage).cloned() else { continue };
            for producer in &producers {
                if let Some(ends) = self.ends.get(producer) {
                    self.pipeline.join(&ends.last, &reader.first);
                }
            }
            if producers.is_empty() && !is_code(&read.path) {
                let inventory = &self.context.inventory;
                let (sensitivity, from) = inventory.sensitivity(&read.path, read.declared.as_deref());
                self.pipeline.files.extend(from);
                let mut data = PipelineStep::dataset(&read.path, sensitivity, read.span);
                data.hash = inventory.hash(&read.path).map(str::to_owned);
                self.pipeline.add_data(&read.path, data);
                self.pipeline.join(std::slice::from_ref(&read.path), &reader.first);
            }
        }
        self.pipeline
    }
}

/// The step makes a model, whatever else its command does not tell.
pub fn trains(pipeline: &mut Pipeline, id: &str, why: &str) {
    if let Some(step) = pipeline.nodes.get_mut(id)
        && (step.kind == "transform" || step.weak)
    {
        "train".clone_into(&mut step.kind);
        (step.weak, step.opaque) = (false, false);
        why.clone_into(&mut step.matched_rule);
    }
}

/// The annotations `probity.dev/kind` and `probity.dev/deidentifies`, in any map.
pub fn annotated(map: &Node) -> Option<&str> {
    let deidentifies = map.get("probity.dev/deidentifies").is_some_and(|node| match &node.value {
        Value::Bool(value) => *value,
        Value::String(text) => text == "true",
        _ => false,
    });
    text(map, "probity.dev/kind").or(deidentifies.then_some("deidentify"))
}

/// What `${...}` can mean.
struct Scope<'a> {
    /// The innermost first: the item, then `vars` and parameters.
    own: Vec<(&'a str, Node)>,
    maps: Vec<&'a Node>,
}

impl<'a> Scope<'a> {
    fn of(document: &'a Document, context: &Context<'a>, pipeline: &mut Pipeline) -> Self {
        let mut maps = Vec::new();
        let base = folder(&document.path);
        let mut wanted = vec![join(&[base, "params.yaml"])];
        for item in document.values.iter().filter_map(|node| node.get("vars")).flat_map(Node::items) {
            match item.as_str() {
                // `vars: [file.yaml:key]` takes a part of a file only, under the same name.
                Some(file) => wanted.push(join(&[base, file.split(':').next().unwrap_or(file)])),
                None => maps.push(item),
            }
        }
        for path in wanted {
            if let Some(parameters) = context.documents.get(path.as_str()) {
                maps.extend(parameters.values.iter().map(AsRef::as_ref));
                files(pipeline, &path);
            }
        }
        Self { own: Vec::new(), maps }
    }

    fn with(&self, own: Vec<(&'a str, Node)>) -> Scope<'a> {
        Scope { own, maps: self.maps.clone() }
    }

    /// `item.lr`, `stages.train[0].name`
    fn find(&self, name: &str) -> Option<&Node> {
        let mut steps = name.split(['.', '[', ']']).filter(|step| !step.is_empty());
        let first = steps.next()?;
        let own = self.own.iter().find(|(name, _)| *name == first).map(|(_, node)| node);
        let start = own.or_else(|| self.maps.iter().find_map(|map| map.get(first)))?;
        steps.try_fold(start, |node, step| {
            node.get(step).or_else(|| node.items().get(step.parse::<usize>().ok()?))
        })
    }

    /// Fills in what is known; the rest stays as it is written.
    fn expand(&self, text: &str) -> String {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            expanded.push_str(before);
            let Some(end) = from.find('}') else { break };
            let (template, after) = from.split_at(end + 1);
            let name = template.trim_start_matches("${").trim_end_matches('}').trim();
            match self.find(name).and_then(shown) {
                Some(value) => expanded.push_str(&value),
                None => expanded.push_str(template),
            }
            rest = after;
            if expanded.len() > MAX_EXPANDED {
                break;
            }
        }
        expanded.push_str(rest);
        expanded
    }

    /// The items of a `foreach`: each one's name, key and value.
    fn collection(&self, node: &Node) -> Option<Vec<(String, Node, Node)>> {
        let node = match node.as_str() {
            Some(text) => self.find(text.strip_prefix("${")?.strip_suffix('}')?.trim())?,
            None => node,
        };
        match &node.value {
            Value::List(items) => {
                let named = items.iter().enumerate().map(|(index, item)| {
                    // DVC names an item by its value, and by its place where it has no short one.
                    let name = shown_scalar(item).unwrap_or_else(|| index.to_string());
                    (self.expand(&name), Node::string(name, item.span), self.filled(item))
                });
                Some(named.collect())
            }
            Value::Map(entries) => {
                let named = entries.iter().map(|entry| {
                    let key = Node::string(entry.key.clone(), entry.key_span);
                    (entry.key.clone(), key, self.filled(&entry.node))
                });
                Some(named.collect())
            }
            _ => None,
        }
    }

    /// An item may itself use parameters.
    fn filled(&self, node: &Node) -> Node {
        match node.as_str() {
            Some(text) => Node::string(self.expand(text), node.span),
            None => node.clone(),
        }
    }
}

/// Bytes that one command, or all values of one matrix, may become.
const MAX_EXPANDED: usize = 1 << 20;

fn shown_scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A value as DVC writes it into a command: a map becomes options.
fn shown(node: &Node) -> Option<String> {
    match &node.value {
        Value::Map(entries) => {
            let options =
                entries.iter().filter_map(|e| Some(format!("--{} {}", e.key, shown_scalar(&e.node)?)));
            Some(options.collect::<Vec<_>>().join(" "))
        }
        Value::List(items) => Some(items.iter().filter_map(shown_scalar).collect::<Vec<_>>().join(" ")),
        _ => shown_scalar(node),
    }
}

enum Combinations {
    Some(Vec<(String, Node, Node)>),
    Unknown,
    TooMany,
}

/// Every combination of a matrix, named by its values.
fn combinations(matrix: &Node, scope: &Scope<'_>) -> Combinations {
    let mut all: Vec<(Vec<String>, Vec<Entry>)> = vec![(Vec::new(), Vec::new())];
    for axis in matrix.entries() {
        let Some(values) = scope.collection(&axis.node) else { return Combinations::Unknown };
        let weight = values.iter().map(|(_, _, value)| weight(value)).sum::<usize>();
        if all.len().saturating_mul(values.len()) > MAX_STEPS
            || all.len().saturating_mul(weight) > MAX_EXPANDED
        {
            return Combinations::TooMany;
        }
        let mut next = Vec::with_capacity(all.len() * values.len());
        for (names, entries) in &all {
            for (index, (_, _, value)) in values.iter().enumerate() {
                let name = shown_scalar(value).unwrap_or_else(|| format!("{}{index}", axis.key));
                let entry = Entry { key: axis.key.clone(), key_span: axis.key_span, node: value.clone() };
                next.push((
                    names.iter().cloned().chain([name]).collect(),
                    entries.iter().cloned().chain([entry]).collect(),
                ));
            }
        }
        all = next;
    }
    let span = matrix.span;
    let items = all.into_iter().map(|(names, entries)| {
        let name = names.join("-");
        (name.clone(), Node::string(name, span), Node::new(Value::Map(entries), span))
    });
    Combinations::Some(items.collect())
}

/// What a value costs when it is copied.
fn weight(node: &Node) -> usize {
    let below: usize = match &node.value {
        Value::String(text) => text.len(),
        Value::List(items) => items.iter().map(weight).sum(),
        Value::Map(entries) => entries.iter().map(|entry| entry.key.len() + weight(&entry.node)).sum(),
        _ => 0,
    };
    below + 64
}

/// The paths of a list: strings, or the one key of a mapping (`- data/raw: {cache: false}`).
fn paths(list: Option<&Node>) -> Vec<(&str, Span)> {
    list.map(Node::items).unwrap_or_default().iter().filter_map(path).collect()
}

fn path(item: &Node) -> Option<(&str, Span)> {
    let written = item.as_str().or_else(|| item.entries().first().map(|entry| entry.key.as_str()))?;
    Some((written, item.span))
}
