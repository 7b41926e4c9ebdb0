//! Facts of one snapshot after another: what the same documents make is made once.
//!
//! ```text
//!   documents ──> changes since the snapshot before ──> parts made of them ──> joins, pipelines ──> Facts
//! ```
//! Facts of a snapshot do not hang on those before it: a part is kept only while everything that it was made of is
//! the same. A test holds this against facts made afresh.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::documents::Documents;
use super::{
    Facts, Image, Joins, Part, Pipeline, Plan, Resource, SystemRecord, cloudformation, documents, joins,
    kubernetes, pipeline, plan, systems, terraform,
};
use crate::model::Unread;
use crate::source::{Document, Kind};

/// A document that is not as it was in the snapshot before; one of the two is there.
#[derive(Debug, Clone)]
pub struct Change {
    pub old: Option<Arc<Document>>,
    pub new: Option<Arc<Document>>,
}

impl Change {
    pub fn path(&self) -> &str {
        let document = self.new.as_ref().or(self.old.as_ref());
        document.map_or("", |document| document.path.as_str())
    }

    pub(super) fn sides(&self) -> (Option<&Arc<Document>>, Option<&Arc<Document>>) {
        (self.old.as_ref(), self.new.as_ref())
    }

    /// Is one of the two sides of such a kind?
    pub fn is_of(&self, kinds: &dyn Fn(Kind) -> bool) -> bool {
        [&self.old, &self.new].into_iter().flatten().any(|document| kinds(document.kind))
    }

    /// What differs between two lists of documents, both sorted by path.
    pub fn between(old: &[Arc<Document>], new: &[Arc<Document>]) -> Vec<Change> {
        let mut changes = Vec::new();
        let (mut before, mut after) = (old.iter().peekable(), new.iter().peekable());
        loop {
            let order = match (before.peek(), after.peek()) {
                (None, None) => return changes,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(old), Some(new)) if Arc::ptr_eq(old, new) => std::cmp::Ordering::Equal,
                (Some(old), Some(new)) => old.path.cmp(&new.path),
            };
            let old = before.next_if(|_| order.is_le()).cloned();
            let new = after.next_if(|_| order.is_ge()).cloned();
            let same = old.as_ref().zip(new.as_ref()).is_some_and(|(old, new)| Arc::ptr_eq(old, new));
            if !same {
                changes.push(Change { old, new });
            }
        }
    }
}

/// What was made of the snapshot before.
#[derive(Debug, Default)]
pub struct Assembly {
    documents: Vec<Arc<Document>>,
    made: bool,
    roots: terraform::Roots,
    plans: Arc<Vec<Plan>>,
    kubernetes: Kubernetes,
    /// By path.
    templates: BTreeMap<String, Arc<Part>>,
    systems: (Arc<Vec<SystemRecord>>, Vec<Unread>),
    read: Read,
    /// The parts of the last facts, and what was made of all of them.
    parts: Vec<Arc<Part>>,
    joins: Arc<Joins>,
    pipelines: (Arc<Vec<Pipeline>>, Vec<Unread>),
    resource_images: Vec<Image>,
    images: Arc<Vec<Image>>,
    changes: Vec<Change>,
}

/// The objects of each folder.
#[derive(Debug, Default)]
struct Kubernetes {
    parts: BTreeMap<String, Arc<Part>>,
    not_rendered: Vec<Unread>,
    /// A kustomization may take any file in.
    asked: BTreeSet<String>,
}

impl Kubernetes {
    /// Makes them anew; a folder whose objects are all as they were stays the same part.
    fn make(&mut self, documents: &[Arc<Document>]) {
        let (all, asked) = kubernetes::facts(documents);
        self.asked = asked;
        self.not_rendered = all.not_rendered;
        let mut folders: BTreeMap<String, Part> = BTreeMap::new();
        for resource in all.resources {
            folders.entry(resource.root.clone()).or_default().resources.push(resource);
        }
        let before = std::mem::take(&mut self.parts);
        let same =
            |root: &str, part: &Part| before.get(root).filter(|before| before.as_ref() == part).cloned();
        self.parts = folders
            .into_iter()
            .map(|(root, part)| (root.clone(), same(&root, &part).unwrap_or_else(|| Arc::new(part))))
            .collect();
    }
}

/// What documents of their own kinds say.
#[derive(Debug, Default)]
struct Read {
    facts: Arc<Vec<super::DocumentFact>>,
    metrics: Arc<Vec<super::Metric>>,
    images: Vec<Image>,
    packages: Arc<Vec<super::Package>>,
    owners: Arc<super::Owners>,
    unread: Vec<Unread>,
}

impl Assembly {
    /// The facts of a snapshot. The documents are in any order, which stays the same from one to the next.
    pub fn facts(&mut self, documents: &[Arc<Document>]) -> Facts {
        let mut sorted = documents.to_vec();
        sorted.sort_by(|a, b| a.path.cmp(&b.path));
        let changes = Change::between(&self.documents, &sorted);
        self.documents = sorted;
        let first = !std::mem::replace(&mut self.made, true);
        let touched =
            |kinds: &dyn Fn(Kind) -> bool| first || changes.iter().any(|change| change.is_of(kinds));
        let has = |kind| documents.iter().any(|document| document.kind == kind);

        if touched(&|kind| kind == Kind::TerraformPlan) {
            self.plans = Arc::new(plan::plans(documents));
        }
        let asked = changes.iter().any(|change| self.kubernetes.asked.contains(change.path()));
        if asked || touched(&|kind| matches!(kind, Kind::Kubernetes | Kind::Kustomization)) {
            self.kubernetes.make(documents);
        }
        self.change_templates(&changes, documents);
        if touched(&|kind| kind == Kind::Systems) {
            let declared = documents.iter().filter(|document| document.kind == Kind::Systems);
            let records = declared.flat_map(|document| systems::records(document)).collect();
            let mistakes = documents.iter().flat_map(|document| systems::mistakes(document)).collect();
            self.systems = (Arc::new(records), mistakes);
        }
        let measured = has(Kind::Dvc);
        let reread =
            touched(&|kind| documents::is_read(kind) || kind == Kind::Dvc || measured && is_data(kind));
        if reread {
            self.read = Read::of(Documents::of(documents));
        }

        let other_documents = touched(&|kind| !terraform::is_terraform(kind));
        if other_documents {
            pipeline::get_ready(documents);
        }
        let roots = self.roots.after(&changes, documents);
        let parts = self.parts(roots);
        let resources: Vec<Arc<Resource>> =
            parts.iter().flat_map(|part| part.resources.iter().cloned()).collect();
        let replaced = replaced(&self.parts, &parts);
        let any = |matters: &dyn Fn(&Resource) -> bool| {
            first || replaced.iter().flat_map(|part| &part.resources).any(|resource| matters(resource))
        };
        let declared = self.systems.0.clone();
        let systems_changed = touched(&|kind| kind == Kind::Systems);
        if systems_changed || any(&|resource| joins::matters(resource) || !declared.is_empty()) {
            self.joins = Arc::new(Joins::of(&resources, &declared));
        }
        if other_documents || any(&pipeline::matters) {
            let (pipelines, unread) = pipeline::pipelines(documents, &resources);
            self.pipelines = (Arc::new(pipelines), unread);
        }
        let other_images = any(&|resource| !documents::images_of_resource(resource).is_empty());
        if other_images {
            self.resource_images = resources.iter().flat_map(|r| documents::images_of_resource(r)).collect();
        }
        if reread || other_images {
            self.images = Arc::new(self.read.images.iter().chain(&self.resource_images).cloned().collect());
        }
        self.parts.clone_from(&parts);
        self.changes = changes;
        self.sum_up(parts, resources)
    }

    /// What the last snapshot changed.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    fn change_templates(&mut self, changes: &[Change], documents: &[Arc<Document>]) {
        let is_template = |document: &&Arc<Document>| document.kind == Kind::CloudFormation;
        let came_or_went = changes.iter().any(|change| change.old.is_none() || change.new.is_none());
        for change in changes {
            self.templates.remove(change.path());
        }
        // What one says of others hangs on which others there are.
        if came_or_went {
            self.templates.retain(|_, part| part.not_rendered.is_empty());
        }
        let missing: Vec<_> = documents
            .iter()
            .filter(is_template)
            .filter(|document| !self.templates.contains_key(&document.path))
            .collect();
        if missing.is_empty() {
            return;
        }
        let paths: HashSet<&str> = documents.iter().map(|document| document.path.as_str()).collect();
        for document in missing {
            let part = Arc::new(cloudformation::facts(document, &paths));
            self.templates.insert(document.path.clone(), part);
        }
    }

    /// All parts; what plans say takes the place of what their roots say.
    fn parts(&self, roots: Vec<Arc<Part>>) -> Vec<Arc<Part>> {
        let mut parts = roots;
        if !self.plans.is_empty() {
            let written = parts.iter().flat_map(|part| part.resources.iter().cloned()).collect();
            let gather = |of: &dyn Fn(&Part) -> Vec<Unread>| parts.iter().flat_map(|part| of(part)).collect();
            let unread = gather(&|part| part.unread.clone());
            let not_rendered = gather(&|part| part.not_rendered.clone());
            let resources = plan::apply(written, &self.plans);
            parts = vec![Arc::new(Part { resources, unread, not_rendered })];
        }
        parts.extend(self.kubernetes.parts.values().cloned());
        parts.extend(self.templates.values().cloned());
        parts
    }

    fn sum_up(&self, parts: Vec<Arc<Part>>, resources: Vec<Arc<Resource>>) -> Facts {
        let read = &self.read;
        let mut unread: Vec<Unread> = parts.iter().flat_map(|part| part.unread.iter().cloned()).collect();
        unread.sort();
        unread.dedup();
        unread.extend(read.unread.iter().chain(&self.pipelines.1).chain(&self.systems.1).cloned());
        let others = self.kubernetes.parts.len() + self.templates.len();
        let (roots, others) = parts.split_at(parts.len().saturating_sub(others));
        let of =
            |parts: &[Arc<Part>]| parts.iter().flat_map(|part| part.not_rendered.clone()).collect::<Vec<_>>();
        let mut not_rendered = terraform::named_once(of(roots));
        not_rendered.extend(self.kubernetes.not_rendered.iter().cloned());
        not_rendered.extend(of(others));
        Facts {
            resources,
            pipelines: self.pipelines.0.clone(),
            systems: self.systems.0.clone(),
            plans: self.plans.clone(),
            documents: read.facts.clone(),
            metrics: read.metrics.clone(),
            images: self.images.clone(),
            packages: read.packages.clone(),
            owners: read.owners.clone(),
            joins: self.joins.clone(),
            unread,
            not_rendered,
            parts,
        }
    }
}

impl Read {
    fn of(documents: Documents) -> Self {
        let Documents { facts, metrics, images, packages, owners, unread } = documents;
        Self {
            facts: Arc::new(facts),
            metrics: Arc::new(metrics),
            images,
            packages: Arc::new(packages),
            owners: Arc::new(owners),
            unread,
        }
    }
}

/// The parts that only one of the two lists has.
fn replaced(old: &[Arc<Part>], new: &[Arc<Part>]) -> Vec<Arc<Part>> {
    let held = |list: &[Arc<Part>]| list.iter().map(Arc::as_ptr).collect::<HashSet<_>>();
    let (before, after) = (held(old), held(new));
    let gone = old.iter().filter(|part| !after.contains(&Arc::as_ptr(part)));
    let come = new.iter().filter(|part| !before.contains(&Arc::as_ptr(part)));
    gone.chain(come).cloned().collect()
}

fn is_data(kind: Kind) -> bool {
    matches!(kind, Kind::Json | Kind::Yaml)
}
