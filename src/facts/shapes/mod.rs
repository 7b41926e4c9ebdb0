//! The inputs that policies written for other tools expect, made from documents and facts.
//!
//! | shape | `input` | one unit for each |
//! |---|---|---|
//! | `document` | what the scope says; without one, the document as Conftest gives it | - |
//! | `hcl2json` | the same, of `.tf` files alone: block bodies in arrays | file |
//! | `hcl2json-objects` | the older form: a block that stands alone is an object | file |
//! | `terraform-plan` | a plan as `terraform show -json` gives it, passed through or made from HCL | root |
//! | `combine` | `[{path, contents}]`, as of `conftest test --combine` | audit |
//! | `gatekeeper` | `{review: {object, kind, ...}}` | Kubernetes object |
//!
//! Lines and marks never go into these inputs: a policy that counts keys counts what the other tool shows.

mod combine;
mod configuration;
mod expression;
mod gatekeeper;
mod hcl2json;
mod terraform_plan;

use std::sync::Arc;

use serde::Deserialize;

use super::{Basis, Kinds, Resource, System, Unit};
use crate::model::Scope;
use crate::source::Kind;

/// Which form of input a policy reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// What the scope says: Probity's own facts, or the document itself.
    #[default]
    #[serde(rename = "document")]
    Plain,
    Hcl2json,
    Hcl2jsonObjects,
    TerraformPlan,
    Combine,
    Gatekeeper,
}

impl Shape {
    /// The scope that goes with the shape; `None`: any.
    pub fn scope(self) -> Option<Scope> {
        match self {
            Shape::Plain => None,
            Shape::Hcl2json | Shape::Hcl2jsonObjects => Some(Scope::Document),
            Shape::TerraformPlan => Some(Scope::Module),
            Shape::Combine => Some(Scope::Repository),
            Shape::Gatekeeper => Some(Scope::Resource),
        }
    }
}

/// What a policy looks at: units of a scope, in a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct View {
    pub scope: Scope,
    pub shape: Shape,
    pub given: Given,
}

/// Which resources an input of many holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Given {
    #[default]
    All,
    /// Those of a type that the policies name which want no others.
    Named,
    Kubernetes,
}

impl Given {
    pub const EACH: [Self; 3] = [Self::All, Self::Named, Self::Kubernetes];

    /// Does an input hold a resource, where these types are named?
    pub fn holds(self, resource: &Resource, named: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Given::All => true,
            Given::Named => named(&resource.kind),
            Given::Kubernetes => resource.system == System::Kubernetes,
        }
    }
}

/// The units of a view, whose kinds somebody wants.
pub fn units<'a>(
    View { scope, shape, .. }: View,
    basis: &Basis<'a>,
    wanted: &dyn Fn(&Kinds) -> bool,
) -> Vec<Unit<'a>> {
    let Basis { facts, documents, .. } = *basis;
    match shape {
        Shape::Plain => super::unit::units(scope, basis, wanted),
        Shape::Hcl2json | Shape::Hcl2jsonObjects => {
            let files = documents.iter().filter(|document| document.kind == Kind::Terraform);
            let files: Vec<_> = files
                .map(|document| match shape {
                    Shape::Hcl2jsonObjects => Arc::new(hcl2json::with_objects(document)),
                    _ => document.clone(),
                })
                .collect();
            super::unit::of_documents(&files, wanted)
        }
        Shape::TerraformPlan => terraform_plan::units(facts, documents, wanted),
        Shape::Combine => vec![combine::unit(documents)],
        Shape::Gatekeeper => gatekeeper::units(facts, wanted),
    }
}
