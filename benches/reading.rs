//! How fast each format is read, in MB/s, and what ten thousand instances cost in memory:
//! `cargo bench --bench reading`. Everything is generated.
#![allow(clippy::unwrap_used)] // a benchmark that cannot start should stop

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use probity::facts::Facts;
use probity::source::{Kind, read};

/// A format: a path of its kind, what a file starts with, what is repeated (`@` is its number), what ends it.
type Sample = (&'static str, &'static str, &'static str, &'static str, &'static str);

const SAMPLES: &[Sample] = &[
    (
        "terraform",
        "main.tf",
        "",
        "resource \"aws_s3_bucket\" \"b@\" {\n  bucket = \"${var.prefix}-@\"\n  tags = merge(local.tags, { Name = \"b@\" })\n\n  versioning {\n    enabled = true\n  }\n}\n",
        "",
    ),
    (
        "terraform, one block broken",
        "main.tf",
        "",
        "resource \"aws_s3_bucket\" \"b@\" {\n  bucket = \"x-@\"\n}\n",
        "a {\n",
    ),
    (
        "terraform json",
        "main.tf.json",
        "{\"resource\": {\"aws_s3_bucket\": {",
        "\"b@\": {\"bucket\": \"${var.prefix}-@\", \"tags\": {\"Name\": \"b@\"}},\n",
        "\"last\": {}}}}",
    ),
    (
        "terraform plan",
        "plan.json",
        "{\"format_version\": \"1.2\", \"terraform_version\": \"1.11.4\", \"planned_values\": {\"root_module\": {\"resources\": [",
        "{\"address\": \"aws_s3_bucket.b@\", \"mode\": \"managed\", \"type\": \"aws_s3_bucket\", \"name\": \"b@\", \"values\": {\"bucket\": \"b-@\"}},\n",
        "{}]}}}",
    ),
    (
        "kubernetes",
        "app.yaml",
        "",
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: model-@\nspec:\n  template:\n    spec:\n      containers:\n        - name: server\n          image: vllm:latest\n          args: [--model=m, --port=80]\n",
        "",
    ),
    (
        "cloudformation",
        "stack.yaml",
        "AWSTemplateFormatVersion: 2010-09-09\nResources:\n",
        "  Bucket@:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Sub '${AWS::StackName}-@'\n      Tags:\n        - {Key: Name, Value: !Ref Name}\n",
        "",
    ),
    (
        "github actions",
        ".github/workflows/a.yml",
        "on: push\njobs:\n",
        "  j@:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - name: Train\n        run: |\n          pip install -r requirements.txt\n          python train.py --run @\n",
        "",
    ),
    (
        "dvc",
        "dvc.yaml",
        "stages:\n",
        "  s@:\n    cmd: python step.py @\n    deps: [data/@.csv, step.py]\n    outs:\n      - out/@.csv\n",
        "",
    ),
    (
        "sagemaker pipeline",
        "pipeline.json",
        "{\"Version\": \"2020-12-01\", \"Steps\": [",
        "{\"Name\": \"S@\", \"Type\": \"Processing\", \"Arguments\": {\"AppSpecification\": {\"ImageUri\": \"i\"}}},\n",
        "{\"Name\": \"End\", \"Type\": \"Fail\"}]}",
    ),
    (
        "dockerfile",
        "Dockerfile",
        "FROM python:3.12\n",
        "RUN pip install package-@ && \\\n    rm -rf /tmp/@\n",
        "USER app\n",
    ),
    ("requirements", "requirements.txt", "", "package-@[extra]>=1.@,<2 ; python_version < '3.12'\n", ""),
    ("toml lock", "uv.lock", "version = 1\n", "[[package]]\nname = \"p@\"\nversion = \"1.0.@\"\n\n", ""),
];

fn text((_, _, head, piece, tail): &Sample) -> String {
    let body: String = (0..2_000).map(|n| piece.replace('@', &n.to_string())).collect();
    format!("{head}{body}{tail}")
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for sample in SAMPLES {
        let (name, path, ..) = *sample;
        let (kind, text) = (Kind::of_path(path).unwrap(), text(sample));
        assert!(read(path, kind, text.clone().into_bytes(), false).document.is_some(), "{name} is read");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| read(path, kind, black_box(text.clone().into_bytes()), false));
        });
    }
    group.finish();
}

/// The memory of this process, in bytes; Linux only.
fn resident() -> Option<usize> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(pages.split_whitespace().nth(1)?.parse::<usize>().ok()? * 4096)
}

/// What the facts of one resource with 10,000 instances hold.
fn instances() {
    let text = "locals {\n  names = flatten([for a in range(100) : [for b in range(100) : \"b-${a}-${b}\"]])\n}\nresource \"aws_s3_bucket\" \"b\" {\n  \
                for_each      = toset(local.names)\n  bucket        = \"team-${each.key}\"\n  force_destroy = false\n  \
                tags = {\n    Name  = each.value\n    Owner = \"ml\"\n  }\n}\n";
    let before = resident();
    let document = read("main.tf", Kind::Terraform, text.into(), false).document.unwrap();
    let facts = Facts::of(&[Arc::new(document)]);
    assert_eq!(facts.resources.len(), 10_000);
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("10,000 for_each instances: {} MB", after.saturating_sub(before) / 1_000_000);
    }
}

fn main() {
    instances();
    let mut criterion = Criterion::default().configure_from_args();
    parse(&mut criterion);
    criterion.final_summary();
}
