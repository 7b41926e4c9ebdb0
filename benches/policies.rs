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

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc; // as in the program

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

/// What the fastest of some runs took, and all cores together in the cheapest of them: on a busy machine only
/// that tells anything.
struct Took {
    wall: Duration,
    processor: Duration,
}

impl std::fmt::Display for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:>10} (processor {:>10})",
            format!("{:.2?}", self.wall),
            format!("{:.2?}", self.processor)
        )
    }
}

fn processor() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.try_into().unwrap(), now.tv_nsec.try_into().unwrap())
}

fn best<T>(runs: usize, mut run: impl FnMut() -> T) -> (Took, T) {
    let mut best = Took { wall: Duration::MAX, processor: Duration::MAX };
    let mut value = None;
    for _ in 0..runs {
        let (begun, used) = (Instant::now(), processor());
        value = Some(black_box(run()));
        best.wall = best.wall.min(begun.elapsed());
        best.processor = best.processor.min(processor().saturating_sub(used));
    }
    (best, value.unwrap())
}

/// Which policies take most of the time, each judged alone.
fn costliest(bundle: &Bundle, resources: usize) {
    let (documents, around) = (documents(bundle, resources), Surroundings::default());
    let judged = |policies: &[&Policy]| best(3, || judge(&documents, policies, &around, None, &|_| {}));
    let (facts, _) = judged(&[]);
    let mut costs: Vec<_> =
        bundle.policies.iter().map(|policy| (judged(&[policy]).0.processor, policy)).collect();
    costs.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
    println!("the costliest over {resources} resources, alone:");
    for (took, policy) in costs.iter().take(10) {
        println!(
            "  {:<12} {:>10.2?}  {:?}",
            policy.info.id.to_string(),
            took.saturating_sub(facts.processor),
            policy.info.scopes
        );
    }
}

fn main() {
    // `cargo bench` and `cargo test --benches` pass flags; `1000 PB-NET-001` judges that many resources by one policy.
    let mut chosen = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let size: Option<usize> = chosen.next().and_then(|size| size.parse().ok());
    let only: Vec<String> = chosen.collect();
    if let Some(size) = size {
        let mut bundle = Bundle::builtin();
        let documents = documents(&bundle, size);
        if !only.is_empty() {
            bundle.keep_only(&only).unwrap();
        }
        return measure(&bundle.policies.iter().collect::<Vec<_>>(), &documents, 20);
    }
    let (loading, _) = best(20, Bundle::builtin);
    let (compiling, count) = best(5, || {
        let bundle = Bundle::builtin();
        bundle.compile().unwrap();
        bundle.policies.len()
    });
    println!("load the metadata of {count} policies  {loading}");
    println!("load and compile all of them         {compiling}");

    let bundle = Bundle::builtin();
    bundle.compile().unwrap();
    let mut policies: Vec<&Policy> = bundle.policies.iter().collect();
    while policies.len() < 100 {
        policies.extend(bundle.policies.iter().take(100 - policies.len()));
    }
    costliest(&bundle, 1_000);
    for (resources, runs) in [(5, 50), (100, 30), (1_000, 5), (5_000, 3)] {
        measure(&policies, &documents(&bundle, resources), runs);
    }
}

fn measure(policies: &[&Policy], documents: &[Arc<Document>], runs: usize) {
    let around = Surroundings::default();
    let (facts, _) = best(runs, || judge(documents, &[], &around, None, &|_| {}));
    let (took, judgement) = best(runs, || judge(documents, policies, &around, None, &|_| {}));
    let resources: usize =
        documents.iter().map(|document| document.text.as_str().matches("resource \"").count()).sum();
    println!(
        "{} policies over {resources:>5} resources    {took}, of which facts {facts}; {} findings, {} not evaluated",
        policies.len(),
        judgement.findings.len(),
        judgement.not_evaluated.len(),
    );
}
