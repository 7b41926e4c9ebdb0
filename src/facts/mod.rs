//! Documents to facts: anything that a policy may read.
//!
//! A fact is made from documents alone, by pure functions. Lines stay out of what policies see (a
//! moved line changes no digest); every fact keeps the node that its values came from, so that a
//! path in a policy's result leads back to a span.

use std::collections::HashMap;
use std::sync::Arc;

mod assembly;
mod cloudformation;
mod documents;
pub mod inventory;
mod joins;
mod kubernetes;
mod kustomize;
mod locks;
mod made;
pub mod pipeline;
pub mod plan;
mod repository;
pub mod shapes;
mod surroundings;
mod systems;
pub mod terraform;
mod unit;

use crate::model::{Span, Unread};
use crate::source::{Document, Node, Step, Value};

pub use assembly::{Assembly, Change};
pub use documents::{DocumentFact, Image, ImageUse, Metric, OwnerRule, Owners, Package};
pub use joins::Joins;
pub use locks::locked_files;
pub use made::{Made, Shown};
pub use pipeline::{Pipeline, PipelineStep};
pub use plan::Plan;
pub use repository::is_listed;
pub use shapes::{Given, Shape, View, units};
pub use surroundings::{Blob, Reads, Surroundings};
pub use systems::SystemRecord;
pub use unit::{Basis, Kinds, Member, SYSTEMS, Unit};

/// What a resource belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Terraform,
    Kubernetes,
    CloudFormation,
}

impl System {
    pub fn as_str(self) -> &'static str {
        match self {
            System::Terraform => "terraform",
            System::Kubernetes => "kubernetes",
            System::CloudFormation => "cloudformation",
        }
    }
}

/// One attribute that refers to another resource of the same root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Into the attributes.
    pub path: Vec<Step>,
    /// The other resource's address, `aws_kms_key.models`.
    pub target: String,
}

/// A provider's configuration, as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// The local name, `aws`.
    pub name: String,
    /// Empty for the default configuration.
    pub alias: String,
    pub config: Node,
}

/// A normalised thing in a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    pub system: System,
    /// `aws_s3_bucket`, `Deployment`.
    pub kind: String,
    pub name: String,
    /// Kubernetes only.
    pub namespace: Option<String>,
    /// What it is evaluated together with: `terraform:infra`, `cloudformation:stack.yaml`.
    pub root: String,
    /// The module instance that holds it, `module.network["eu"]`; empty in the root itself.
    pub module: String,
    /// Unique in its root: `module.a["x"].aws_s3_bucket.models[0]`.
    pub address: String,
    /// Unique in the repository: `terraform:infra//aws_s3_bucket.models`.
    pub subject: String,
    pub path: String,
    /// What to mark when the whole resource is meant.
    pub header: Span,
    /// Shared by all instances that are alike.
    pub attributes: Arc<Node>,
    pub references: Vec<Reference>,
    /// Terraform only: the configuration of the provider that it uses.
    pub provider: Option<Arc<Provider>>,
    /// Every file that its values may come from, its own included; sorted.
    pub files: Arc<[String]>,
}

/// Everything that was made of the documents.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The same resources in the parts that they are made in.
    pub parts: Vec<Arc<Part>>,
    pub resources: Vec<Arc<Resource>>,
    pub pipelines: Arc<Vec<Pipeline>>,
    pub systems: Arc<Vec<SystemRecord>>,
    /// Terraform plans, whose resources are among the resources.
    pub plans: Arc<Vec<Plan>>,
    /// Cards, reports, Dockerfiles, requirements and their like.
    pub documents: Arc<Vec<DocumentFact>>,
    pub metrics: Arc<Vec<Metric>>,
    pub images: Arc<Vec<Image>>,
    pub packages: Arc<Vec<Package>>,
    pub owners: Arc<Owners>,
    pub joins: Arc<Joins>,
    /// What was read but could not be evaluated, or is wrong: makes the result incomplete.
    pub unread: Vec<Unread>,
    /// What the documents name and nobody here can see: remote modules and bases, macros.
    pub not_rendered: Vec<Unread>,
}

/// What is judged together: the resources of a Terraform root, of a template, of a folder of Kubernetes objects.
#[derive(Debug, Default, PartialEq)]
pub struct Part {
    pub resources: Vec<Arc<Resource>>,
    unread: Vec<Unread>,
    not_rendered: Vec<Unread>,
}

impl Facts {
    pub fn of(documents: &[Arc<Document>]) -> Facts {
        Assembly::default().facts(documents)
    }
}

/// Names that are taken, and how often.
type Taken = HashMap<String, usize>;

/// `name`, or `name#2` and so on where it is taken: no two subjects may be one.
fn distinct(taken: &mut Taken, name: &str) -> String {
    let mut unique = name.to_owned();
    while taken.contains_key(&unique) {
        let times = taken.entry(name.to_owned()).or_default();
        *times += 1;
        unique = format!("{name}#{times}");
    }
    taken.insert(unique.clone(), 1);
    unique
}

fn unread(document: &Document, at: Option<Span>, reason: String) -> Unread {
    let line = at.map(|span| document.text.position(span.start).line);
    Unread { path: document.path.clone(), line, reason }
}

/// About the memory that a value takes, in bytes.
fn weight(node: &Node) -> usize {
    64 + match &node.value {
        Value::String(text) => text.len(),
        Value::List(items) => items.iter().map(weight).sum(),
        Value::Map(entries) => entries.iter().map(|entry| entry.key.len() + weight(&entry.node)).sum(),
        _ => 0,
    }
}
