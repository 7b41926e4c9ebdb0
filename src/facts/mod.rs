//! Documents to facts: anything that a policy may read.
//!
//! A fact is made from documents alone, by pure functions. Lines stay out of what policies see (a
//! moved line changes no digest); every fact keeps the node that its values came from, so that a
//! path in a policy's result leads back to a span.

use std::sync::Arc;

mod kubernetes;
pub mod pipeline;
mod systems;
mod terraform;
mod unit;

use crate::model::{Span, Unread};
use crate::source::{Document, Kind, Node, Step};

pub use pipeline::{Pipeline, PipelineStep};
pub use systems::SystemRecord;
pub use unit::{Kinds, Member, Unit, units};

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

/// A normalised thing in a document.
#[derive(Debug, Clone)]
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
    pub attributes: Node,
    pub references: Vec<Reference>,
    /// Every file that its values may come from, its own included; sorted.
    pub files: Arc<[String]>,
}

/// Everything that was made of the documents.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub resources: Vec<Resource>,
    pub pipelines: Vec<Pipeline>,
    pub systems: Vec<SystemRecord>,
    /// Parts of files that could not be made facts of; makes the result incomplete.
    pub unread: Vec<Unread>,
}

impl Facts {
    pub fn of(documents: &[Arc<Document>]) -> Facts {
        let mut resources = terraform::resources(documents);
        resources.extend(kubernetes::resources(documents));
        let systems =
            documents.iter().filter(|d| d.kind == Kind::Systems).flat_map(|d| systems::records(d)).collect();
        let (pipelines, unread) = pipeline::pipelines(documents, &resources);
        Facts { resources, pipelines, systems, unread }
    }
}

/// The folder of a path, empty at the root.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
