//! A small repository: files below lines such as `=== infra/main.tf`, read, made into facts and into
//! what policies of every scope and shape see.
#![no_main]

use std::collections::BTreeMap;
use std::sync::Arc;

use probity::facts::{Basis, Facts, Shape, units};
use probity::model::Scope;
use probity::source::{Kind, read};

/// Each way of asking for units: a scope, and the shapes that go with it.
const ASKED: [(Scope, Shape); 9] = [
    (Scope::Resource, Shape::Plain),
    (Scope::Document, Shape::Plain),
    (Scope::Module, Shape::Plain),
    (Scope::Repository, Shape::Plain),
    (Scope::Document, Shape::Hcl2json),
    (Scope::Document, Shape::Hcl2jsonObjects),
    (Scope::Module, Shape::TerraformPlan),
    (Scope::Repository, Shape::Combine),
    (Scope::Resource, Shape::Gatekeeper),
];

libfuzzer_sys::fuzz_target!(|text: &str| {
    // A repository holds each path once, in order.
    let files: BTreeMap<&str, &str> =
        text.split("=== ").filter_map(|file| file.split_once('\n')).take(12).collect();
    let documents = files.into_iter().filter_map(|(path, content)| {
        let kind = Kind::of_path(path)?;
        read(path, kind, content.into(), false).document.map(Arc::new)
    });
    let documents: Vec<_> = documents.collect();
    let facts = Facts::of(&documents);
    for asked in ASKED {
        let _ = units(asked, &Basis::of(&facts, &documents), &|_| true);
    }
});
