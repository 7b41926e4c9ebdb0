//! The step graph: nodes and edges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::classify::Classified;
use super::compose::Call;
use crate::facts::weight;
use crate::model::Span;
use crate::source::{Node, Value};

/// What one pipeline may grow to, what it takes over included. Real ones stay below a thousand steps.
pub const MAX_STEPS: usize = 20_000;
pub const MAX_EDGES: usize = 200_000;
/// Bytes of the settings that policies see of one pipeline: expanded stages repeat theirs.
const MAX_SETTINGS: usize = 32 * 1024 * 1024;
/// Bytes of commands and names in one pipeline: a long command times many expanded stages.
const MAX_TEXT: usize = 8 * 1024 * 1024;

/// One step, or one dataset that steps read.
#[derive(Debug, Clone)]
pub struct PipelineStep {
    /// `dataset`, `transform`, `deidentify`, `train`, `fairness`, `register`, `deploy`, ...
    pub kind: String,
    pub name: String,
    /// The container image it runs in; empty where the format names none.
    pub image: String,
    pub command: String,
    /// Of a dataset, as declared; `None` is unknown, which is not "non-sensitive".
    pub sensitivity: Option<String>,
    /// Of a dataset, what DVC saw last: `md5:...`.
    pub hash: Option<String>,
    /// Its failure stops what comes after it. Says why when not.
    pub non_blocking: Option<String>,
    pub skipped: bool,
    /// Its command cannot be read here.
    pub opaque: bool,
    /// It counts as its kind by its name alone.
    pub weak: bool,
    pub matched_rule: String,
    /// The pipeline that it was taken over from, when another pipeline runs that one.
    pub taken_from: Option<String>,
    /// The step in whose place it stands then.
    pub taken_at: Option<String>,
    pub subject: String,
    pub path: String,
    pub header: Span,
    /// Its settings as the file has them: what policies see of it beside the graph.
    pub value: Arc<Node>,
    /// The pipeline that it runs, before composition.
    pub(super) call: Option<Call>,
}

impl PipelineStep {
    pub(super) fn new(classified: Classified, name: &str, header: Span, value: Arc<Node>) -> Self {
        Self {
            kind: classified.kind,
            name: name.to_owned(),
            image: String::new(),
            command: String::new(),
            sensitivity: None,
            hash: None,
            non_blocking: None,
            skipped: false,
            opaque: false,
            weak: classified.weak,
            matched_rule: classified.rule,
            taken_from: None,
            taken_at: None,
            subject: String::new(),
            path: String::new(),
            header,
            value,
            call: None,
        }
    }

    /// Data that no step of the pipeline makes.
    pub(super) fn dataset(name: &str, sensitivity: Option<String>, header: Span) -> Self {
        let node = Arc::new(Node::new(Value::Null, header));
        Self { sensitivity, ..Self::new(Classified::of_kind("dataset"), name, header, node) }
    }

    /// A part that cannot be read here.
    pub(super) fn unseen(name: &str, why: &str, header: Span) -> Self {
        let node = Arc::new(Node::new(Value::Null, header));
        let classified = Classified { rule: why.to_owned(), ..Classified::default() };
        Self { opaque: true, ..Self::new(classified, name, header, node) }
    }

    fn size(&self) -> usize {
        self.command.len() + self.name.len() + self.image.len() + self.matched_rule.len()
    }
}

/// Something that the graph lacks, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// The step, job or file that says so.
    pub at: String,
    pub reason: String,
}

/// One step graph.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The file that declares it; with the resource's name where the file declares several.
    pub id: String,
    pub path: String,
    pub source_kind: &'static str,
    pub nodes: BTreeMap<String, PipelineStep>,
    /// Every node is a key: `graph.reachable` drops nodes that are not.
    pub edges: BTreeMap<String, BTreeSet<String>>,
    /// Edges that may exist.
    pub unresolved: BTreeSet<(String, String)>,
    /// Edges that only seemed to lead around a fairness gate: taken out of `edges`, some into `unresolved`.
    pub(super) settled: BTreeSet<(String, String)>,
    /// Edges of `edges` whose target runs even if their source failed. All others hold a step back until
    /// every step before it has succeeded.
    pub(super) lenient: BTreeSet<(String, String)>,
    pub missing: BTreeSet<Missing>,
    /// Every file it was made of.
    pub files: Vec<String>,
    /// The whole document, to mark when no step is meant.
    pub header: Span,
    /// What other pipelines call it by, beside its file.
    pub(super) names: BTreeSet<String>,
    /// Steps that run whatever failed before them.
    pub(super) regardless: BTreeSet<String>,
    /// What must have run before it, by its name, and the steps that wait for its success only.
    pub(super) follows: Vec<Call>,
    pub(super) only_after_success: BTreeSet<String>,
    /// Only a part of others (a composite action): not judged by itself.
    pub(super) fragment: bool,
    /// It grew beyond the limits, and what is here is not all of it.
    pub(super) overflow: bool,
    count: usize,
    text: usize,
}

/// Where a part of a graph begins and ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    pub first: Vec<String>,
    pub last: Vec<String>,
}

impl Ends {
    pub fn one(id: &str) -> Self {
        Self { first: vec![id.to_owned()], last: vec![id.to_owned()] }
    }
}

impl Pipeline {
    pub(super) fn new(path: &str, source_kind: &'static str, header: Span) -> Self {
        Self {
            id: path.to_owned(),
            path: path.to_owned(),
            source_kind,
            nodes: BTreeMap::new(),
            edges: BTreeMap::new(),
            unresolved: BTreeSet::new(),
            settled: BTreeSet::new(),
            lenient: BTreeSet::new(),
            missing: BTreeSet::new(),
            files: vec![path.to_owned()],
            header,
            names: BTreeSet::new(),
            regardless: BTreeSet::new(),
            follows: Vec::new(),
            only_after_success: BTreeSet::new(),
            fragment: false,
            overflow: false,
            count: 0,
            text: 0,
        }
    }

    /// Adds a step; a step of this pipeline's own gets its subject here.
    pub(super) fn add(&mut self, id: &str, mut step: PipelineStep) {
        self.text += step.size() + id.len();
        if self.overflow || self.nodes.len() >= MAX_STEPS || self.text > MAX_TEXT {
            self.overflow = true;
            return;
        }
        if step.subject.is_empty() {
            step.subject = format!("pipeline:{}//{id}", self.id);
        }
        if step.path.is_empty() {
            step.path.clone_from(&self.path);
        }
        self.nodes.insert(id.to_owned(), step);
        self.edges.entry(id.to_owned()).or_default();
    }

    /// Adds data once; what is known of its sensitivity stays.
    pub(super) fn add_data(&mut self, id: &str, data: PipelineStep) {
        match self.nodes.get_mut(id) {
            Some(known) => known.sensitivity = known.sensitivity.take().or(data.sensitivity),
            None => self.add(id, data),
        }
    }

    pub(super) fn connect(&mut self, from: &str, to: &str) {
        if self.overflow || self.count >= MAX_EDGES {
            self.overflow = true;
            return;
        }
        self.edges.entry(to.to_owned()).or_default();
        if self.edges.entry(from.to_owned()).or_default().insert(to.to_owned()) {
            self.count += 1;
        }
    }

    /// Counts text that the reader keeps beside the steps.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.text = self.text.saturating_add(bytes);
        self.overflow |= self.text > MAX_TEXT;
    }

    pub(super) fn join(&mut self, before: &[String], after: &[String]) {
        for from in before {
            for to in after {
                if self.overflow {
                    return;
                }
                self.connect(from, to);
            }
        }
    }

    /// The later steps run even if the earlier ones fail.
    pub(super) fn join_leniently(&mut self, before: &[String], after: &[String]) {
        self.join(before, after);
        for (from, to) in before.iter().flat_map(|from| after.iter().map(move |to| (from, to))) {
            if self.overflow {
                return;
            }
            self.lenient.insert((from.clone(), to.clone()));
        }
    }

    /// Edges that may exist.
    pub(super) fn join_perhaps(&mut self, before: &[String], after: &[String]) {
        for (from, to) in before.iter().flat_map(|from| after.iter().map(move |to| (from, to))) {
            if self.unresolved.len() >= MAX_EDGES {
                self.overflow = true;
                return;
            }
            self.unresolved.insert((from.clone(), to.clone()));
        }
    }

    pub(super) fn lacks(&mut self, at: &str, reason: impl Into<String>) {
        self.missing.insert(Missing { at: at.to_owned(), reason: reason.into() });
    }

    /// Drops edges to and from nodes that do not exist.
    pub(super) fn prune(&mut self) {
        let nodes = &self.nodes;
        self.edges.retain(|id, _| nodes.contains_key(id));
        for to in self.edges.values_mut() {
            to.retain(|id| nodes.contains_key(id));
        }
        let both = |(from, to): &(String, String)| nodes.contains_key(from) && nodes.contains_key(to);
        self.unresolved.retain(both);
        self.lenient.retain(both);
    }

    fn predecessors(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut before: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (from, to) in &self.edges {
            for to in to {
                before.entry(to).or_default().push(from);
            }
        }
        before
    }

    /// Everything from which one of `ids` can be reached, themselves included.
    pub(super) fn ancestors(&self, ids: &[String]) -> BTreeSet<String> {
        let before = self.predecessors();
        let mut seen: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let mut queue: Vec<&str> = seen.iter().copied().collect();
        while let Some(next) = queue.pop() {
            for before in before.get(next).into_iter().flatten() {
                if seen.insert(before) {
                    queue.push(before);
                }
            }
        }
        seen.into_iter().map(str::to_owned).collect()
    }

    /// Can a step that registers or deploys be reached from here?
    pub(super) fn releases(&self, from: &str) -> bool {
        let mut seen = BTreeSet::from([from]);
        let mut queue = vec![from];
        while let Some(id) = queue.pop() {
            if self.nodes.get(id).is_some_and(|step| matches!(step.kind.as_str(), "register" | "deploy")) {
                return true;
            }
            for next in self.edges.get(id).into_iter().flatten() {
                if seen.insert(next) {
                    queue.push(next);
                }
            }
        }
        false
    }

    /// Steps with no step before them, and steps with none after them; data do not count.
    pub(super) fn ends(&self, wanted: &dyn Fn(&str) -> bool) -> Ends {
        let before = self.predecessors();
        let step = |id: &str| wanted(id) && self.nodes.get(id).is_some_and(|node| node.kind != "dataset");
        let mut ends = Ends::default();
        for id in self.nodes.keys().filter(|id| step(id)) {
            if !before.get(id.as_str()).is_some_and(|before| before.iter().any(|id| step(id))) {
                ends.first.push(id.clone());
            }
            if !self.edges.get(id).is_some_and(|to| to.iter().any(|id| step(id))) {
                ends.last.push(id.clone());
            }
        }
        ends
    }

    /// As policies see it.
    pub fn to_json(&self) -> Json {
        let mut settings_left = MAX_SETTINGS;
        let nodes: BTreeMap<_, _> = self
            .nodes
            .iter()
            .map(|(id, step)| {
                let size = weight(&step.value);
                let left = settings_left.checked_sub(size);
                settings_left = left.unwrap_or(0);
                let settings = left.map(|_| step.value.to_json()).filter(Json::is_object);
                let json = json!({
                    "kind": step.kind,
                    "name": step.name,
                    "image": step.image,
                    "cmd": step.command,
                    "sensitivity": step.sensitivity,
                    "hash": step.hash,
                    "blocking": step.non_blocking.is_none(),
                    "non_blocking_reason": step.non_blocking.as_deref().unwrap_or(""),
                    "skipped": step.skipped,
                    "opaque": step.opaque,
                    "weak": step.weak,
                    "matched_rule": step.matched_rule,
                    "taken_from": step.taken_from,
                    "taken_at": step.taken_at,
                    "subject": step.subject,
                    "path": step.path,
                    "settings": settings.unwrap_or_else(|| json!({})),
                });
                (id, json)
            })
            .collect();
        let cut = Missing { at: "settings".to_owned(), reason: "more than 32 MiB of settings".to_owned() };
        let cut = (settings_left == 0).then_some(&cut);
        let missing = self.missing.iter().chain(cut);
        let missing: Vec<_> = missing.map(|m| json!({"at": m.at, "reason": m.reason})).collect();
        json!({
            "id": self.id,
            "source_kind": self.source_kind,
            "path": self.path,
            "nodes": nodes,
            "edges": self.edges,
            "unresolved": self.unresolved,
            "lenient": self.lenient,
            "settled": self.settled,
            "missing": missing,
        })
    }
}

/// Items in an order in which each stands after those it needs; what waits for itself comes last.
pub(super) fn ordered<'a, T>(
    items: &'a [T],
    name: impl Fn(&'a T) -> &'a str,
    needs: impl Fn(&'a T) -> Vec<&'a str>,
) -> Vec<&'a T> {
    let by_name: BTreeMap<&str, &T> = items.iter().map(|item| (name(item), item)).collect();
    let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
    let mut after: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for item in items {
        let needed: Vec<&str> =
            needs(item).into_iter().filter(|needed| by_name.contains_key(needed)).collect();
        waiting.insert(name(item), needed.len());
        for needed in needed {
            after.entry(needed).or_default().push(name(item));
        }
    }
    let free = |own: &&str| waiting.get(own) == Some(&0);
    let mut ready: Vec<&str> = items.iter().map(&name).filter(free).collect();
    let mut order = Vec::new();
    while let Some(own) = ready.pop() {
        order.extend(by_name.get(own).copied());
        for next in after.get(own).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(next) {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    ready.push(next);
                }
            }
        }
    }
    order.extend(items.iter().filter(|item| waiting.get(name(item)).is_some_and(|left| *left > 0)));
    order
}
