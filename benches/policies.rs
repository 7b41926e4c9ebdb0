//! What policies cost: `cargo bench --bench policies`. Resources are generated so that each embedded policy that
//! looks at resources has some to judge; where there are fewer than a hundred policies, they are taken again.
#![allow(clippy::unwrap_used, clippy::panic)] // a benchmark that cannot start should stop

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use probity::audit::judge;
use probity::facts::Surroundings;
use probity::model::Scope;
use probity::policy::{Bundle, Policy};
use probity::source::{Document, Kind, read};

/// Terraform resources of every type that a policy selects, in turn, in files of a hundred.
fn documents(bundle: &Bundle, count: usize) -> Vec<Arc<Document>> {
    let selected: BTreeSet<&str> = bundle
        .policies
        .iter()
        .filter(|policy| policy.info.scopes.contains(&Scope::Resource))
        .flat_map(|policy| policy.selects.iter().map(String::as_str))
        .filter(|kind| ["aws_", "azurerm_", "google_"].iter().any(|front| kind.starts_with(front)))
        .filter(|kind| !kind.ends_with('*'))
        .collect();
    let types: Vec<&str> = selected.into_iter().collect();
    let mut files = Vec::new();
    for (file, first) in (0..count).step_by(100).enumerate() {
        let mut text = String::new();
        for n in first..count.min(first + 100) {
            let kind = types.get(n % types.len()).unwrap();
            let _ = write!(
                text,
                "resource \"{kind}\" \"r{n}\" {{\n  name = \"model-{n}\"\n  location = \"westeurope\"\n  \
                 direct_internet_access = \"Enabled\"\n  kms_key_arn = \"arn:aws:kms:eu-central-1:1:key/{n}\"\n  \
                 enable_network_isolation = {}\n  public_network_access_enabled = true\n\n  primary_container {{\n    \
                 image = \"1.dkr.ecr.eu-central-1.amazonaws.com/serve:latest\"\n  }}\n\n  vpc_config {{\n    \
                 subnets = [\"subnet-{n}\"]\n    security_group_ids = []\n  }}\n\n  tags = {{\n    owner = \"ml\"\n    \
                 ai-system = \"s{}\"\n    environment = \"prod\"\n  }}\n}}\n",
                n % 2 == 0,
                n % 7,
            );
        }
        let reading = read(&format!("stack-{file}/main.tf"), Kind::Terraform, text.into_bytes(), false);
        files.push(Arc::new(reading.document.unwrap()));
    }
    files
}

/// The fastest of some runs, and what it gave.
fn best<T>(runs: usize, mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut best: Option<(Duration, T)> = None;
    for _ in 0..runs {
        let begun = Instant::now();
        let value = black_box(run());
        let took = begun.elapsed();
        if best.as_ref().is_none_or(|(known, _)| took < *known) {
            best = Some((took, value));
        }
    }
    best.unwrap()
}

fn main() {
    // `cargo bench` and `cargo test --benches` pass flags; there is nothing to choose.
    let (loading, _) = best(20, Bundle::builtin);
    let (compiling, count) = best(5, || {
        let bundle = Bundle::builtin();
        bundle.compile().unwrap();
        bundle.policies.len()
    });
    println!("load the metadata of {count} policies       {loading:>10.2?}");
    println!("load and compile all of them              {compiling:>10.2?}");

    let bundle = Bundle::builtin();
    bundle.compile().unwrap();
    let mut policies: Vec<&Policy> = bundle.policies.iter().collect();
    while policies.len() < 100 {
        policies.extend(bundle.policies.iter().take(100 - policies.len()));
    }
    for (resources, runs) in [(5, 50), (100, 30), (1_000, 5), (5_000, 3)] {
        let documents = documents(&bundle, resources);
        let around = Surroundings::default();
        let none: [&Policy; 0] = [];
        let (facts, _) = best(runs, || judge(&documents, &none, &around, None, &|_| {}));
        let (took, judgement) = best(runs, || judge(&documents, &policies, &around, None, &|_| {}));
        println!(
            "{} policies over {:>5} resources          {took:>10.2?}, of which facts {facts:.2?}; {} findings, {} not evaluated",
            policies.len(),
            resources,
            judgement.findings.len(),
            judgement.not_evaluated.len(),
        );
    }
}
