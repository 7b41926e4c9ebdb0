//! How fast judging and tracing are: `cargo bench --bench pipeline`. Everything is generated.
#![allow(clippy::unwrap_used, clippy::panic)] // a benchmark that cannot start should stop

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use probity::audit::{Audit, Request, judge};
use probity::facts::Surroundings;
use probity::policy::{Bundle, Isolation, Policy};
use probity::source::{Kind, read};
use probity::waiver::{Environment, Options};

fn notebook(name: &str, access: &str) -> String {
    format!(
        "resource \"aws_sagemaker_notebook_instance\" \"{name}\" {{\n  name                   = \"{name}\"\n  \
         direct_internet_access = \"{access}\"\n  subnet_id              = \"subnet-1\"\n\n  tags = {{\n    \
         owner = \"ml\"\n    ai-system = \"{name}\"\n  }}\n}}\n"
    )
}

/// 10 lines each.
fn terraform(resources: usize) -> String {
    (0..resources)
        .map(|n| notebook(&format!("n{n}"), if n % 2 == 0 { "Enabled" } else { "Disabled" }))
        .collect()
}

/// 20 lines each.
fn kubernetes(objects: usize) -> String {
    let mut text = String::new();
    for n in 0..objects {
        let _ = write!(
            text,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: model-{n}\n  labels:\n    app: model\nspec:\n  \
             replicas: 2\n  template:\n    spec:\n      containers:\n        - name: server\n          image: vllm:latest\n          \
             args:\n            - --model=m\n            - --trust-remote-code\n          resources:\n            limits:\n              \
             cpu: 1\n"
        );
    }
    text
}

fn evaluate(criterion: &mut Criterion) {
    let bundle = Bundle::builtin();
    let policies: Vec<&Policy> = bundle.policies.iter().collect();
    let terraform = read("main.tf", Kind::Terraform, terraform(250).into_bytes(), false);
    let kubernetes = read("app.yaml", Kind::Yaml, kubernetes(250).into_bytes(), false);
    let documents: Vec<_> =
        [terraform, kubernetes].into_iter().filter_map(|reading| reading.document).map(Arc::new).collect();
    let mut group = criterion.benchmark_group("evaluate");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements(500));
    group.bench_function("all policies, 500 resources", |bencher| {
        bencher.iter(|| judge(black_box(&documents), &policies, &Surroundings::default(), None, &|_| {}));
    });
    group.finish();
}

/// 500 commits, half of which touch the root; the finding came with the second one.
fn history(folder: &Path) {
    let mut stream = String::new();
    for n in 0..500_usize {
        let (path, text) = match n {
            0 => ("infra/main.tf", notebook("lab", "Disabled")),
            n if n % 2 == 1 => ("infra/main.tf", format!("# {n}\n{}", notebook("lab", "Enabled"))),
            n => ("notes.txt", n.to_string()),
        };
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter A <a@example.com> {} +0000\ndata 1\nx\nM 644 inline {path}\ndata {}\n{text}\n",
            1_767_225_600 + n,
            text.len(),
        );
    }
    let git = |args: &[&str], input: Stdio| {
        let status = Command::new("git").args(args).current_dir(folder).stdin(input).status().unwrap();
        assert!(status.success(), "git {args:?}");
    };
    let file = folder.join("../stream");
    std::fs::write(&file, stream).unwrap();
    git(&["init", "-q", "-b", "main"], Stdio::null());
    git(&["fast-import", "--quiet"], std::fs::File::open(file).unwrap().into());
    git(&["reset", "-q", "--hard", "main"], Stdio::null());
}

fn trace(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("repo");
    std::fs::create_dir(&path).unwrap();
    history(&path);
    let home = folder.path().to_str().unwrap();
    let environment = Environment::default().with("HOME", home).with("GIT_CONFIG_GLOBAL", "/dev/null");
    let audit = Audit::open(Request {
        path,
        revision: Some("HEAD".to_owned()),
        staged: false,
        policies: Vec::new(),
        data: Vec::new(),
        only: Vec::new(),
        trust_repository_policies: false,
        isolation: Isolation::InProcess,
        reference: None,
        now: None,
        cached: false,
        waivers: Options::new(environment),
    })
    .unwrap();
    let cancel = AtomicBool::new(false);
    let report = audit.run(&cancel, &mut |_| {}).unwrap();
    let finding = report.findings.iter().find(|finding| finding.policy.id.as_ref() == "PB-NET-001").unwrap();
    let mut group = criterion.benchmark_group("trace");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements(500));
    group.bench_function("one finding through 500 commits, cold", |bencher| {
        bencher.iter(|| audit.trace(black_box(finding), false, &cancel).unwrap());
    });
    group.finish();
}

criterion_group!(benches, evaluate, trace);
criterion_main!(benches);
