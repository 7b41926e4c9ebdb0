//! The two headline policies over pipelines of every format: the same test graphs give the same verdicts.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod support;

use std::fmt::Write as _;

use serde_json::Value as Json;
use support::{Repo, of_policy};

/// A step: its name, which tells what it does, and the steps that it comes after. `raw` is data.
type Step = (&'static str, &'static [&'static str]);

struct Case {
    name: &'static str,
    steps: &'static [Step],
    /// The mode that each policy reports, empty for none.
    data: &'static str,
    fair: &'static str,
}

const CASES: &[Case] = &[
    Case {
        name: "line",
        steps: &[("anon", &["raw"]), ("feat", &["anon"]), ("train", &["feat"])],
        data: "",
        fair: "",
    },
    Case { name: "no-anon", steps: &[("feat", &["raw"]), ("train", &["feat"])], data: "missing", fair: "" },
    Case {
        name: "sibling-anon",
        steps: &[("anon", &["raw"]), ("feat", &["raw"]), ("train", &["feat"])],
        data: "not-dominating",
        fair: "",
    },
    Case {
        name: "around-anon",
        steps: &[("anon", &["raw"]), ("feat", &["anon", "raw"]), ("train", &["feat"])],
        data: "not-dominating",
        fair: "",
    },
    Case {
        name: "gated",
        steps: &[("train", &[]), ("fair", &["train"]), ("register", &["fair"])],
        data: "",
        fair: "",
    },
    Case {
        name: "gated-and-fed",
        steps: &[("train", &[]), ("fair", &["train"]), ("register", &["fair", "train"])],
        data: "",
        fair: "",
    },
    Case {
        name: "no-gate",
        steps: &[("train", &[]), ("evaluate", &["train"]), ("register", &["evaluate"])],
        data: "",
        fair: "missing",
    },
    Case {
        name: "sibling-gate",
        steps: &[("train", &[]), ("fair", &["train"]), ("register", &["train"])],
        data: "",
        fair: "not-dominating",
    },
    Case {
        name: "early-gate",
        steps: &[("fair", &[]), ("train", &["fair"]), ("register", &["train"])],
        data: "",
        fair: "not-dominating",
    },
    Case {
        name: "idle-gate",
        steps: &[("train", &[]), ("idle", &["train"]), ("register", &["idle", "train"])],
        data: "",
        fair: "non-blocking",
    },
];

fn command(step: &str) -> &'static str {
    match step {
        "anon" => "python anonymise.py",
        "feat" => "python features.py",
        "train" => "python train.py",
        "evaluate" => "python evaluate.py",
        "fair" => "fairlearn --max 0.1",
        "idle" => "fairlearn --max 0.1 || true",
        "register" => "mlflow models register x",
        other => panic!("{other}"),
    }
}

fn sagemaker(steps: &[Step]) -> String {
    let mut text = "Version: '2020-12-01'\nSteps:\n".to_owned();
    for (name, after) in steps {
        let kind = match *name {
            "train" => "Training",
            "fair" => "ClarifyCheck\n    CheckType: MODEL_BIAS\n    SkipCheck: false",
            "idle" => "ClarifyCheck\n    CheckType: MODEL_BIAS\n    SkipCheck: true",
            "register" => "RegisterModel",
            _ => "Processing",
        };
        let after: Vec<_> = after.iter().filter(|after| **after != "raw").collect();
        let words = command(name).split(' ').collect::<Vec<_>>();
        writeln!(text, "  - Name: {name}\n    Type: {kind}\n    DependsOn: {after:?}").unwrap();
        writeln!(text, "    Arguments:\n      AppSpecification: {{ContainerEntrypoint: {words:?}}}").unwrap();
        if steps.iter().any(|(step, after)| step == name && after.contains(&"raw")) {
            writeln!(text, "      ProcessingInputs: [{{S3Input: {{S3Uri: 's3://loans/raw'}}}}]").unwrap();
        }
    }
    text
}

fn kubeflow(steps: &[Step]) -> String {
    let mut tasks = String::new();
    let mut executors = "    exec-raw: {importer: {artifactUri: {constant: 's3://loans/raw'}}}\n".to_owned();
    let mut components = "  comp-raw: {executorLabel: exec-raw}\n".to_owned();
    if steps.iter().any(|(_, after)| after.contains(&"raw")) {
        tasks.push_str("      raw: {componentRef: {name: comp-raw}}\n");
    }
    for (name, after) in steps {
        writeln!(
            executors,
            "    exec-{name}: {{container: {{image: i, command: [sh, -c, '{}']}}}}",
            command(name)
        )
        .unwrap();
        writeln!(components, "  comp-{name}: {{executorLabel: exec-{name}}}").unwrap();
        writeln!(tasks, "      {name}: {{componentRef: {{name: comp-{name}}}, dependentTasks: {after:?}}}")
            .unwrap();
    }
    format!(
        "pipelineInfo: {{name: p}}\nschemaVersion: 2.1.0\ndeploymentSpec:\n  executors:\n{executors}components:\n{components}root:\n  dag:\n    tasks:\n{tasks}"
    )
}

fn azureml(steps: &[Step]) -> String {
    let mut text = "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\njobs:\n".to_owned();
    for (name, after) in steps {
        writeln!(
            text,
            "  {name}:\n    type: command\n    command: {}\n    inputs:\n      none: 1",
            command(name)
        )
        .unwrap();
        for after in *after {
            let source = if *after == "raw" {
                "{type: uri_folder, path: 'azureml:loans:2'}".to_owned()
            } else {
                format!("${{{{parent.jobs.{after}.outputs.o}}}}")
            };
            writeln!(text, "      {after}: {source}").unwrap();
        }
    }
    text
}

fn gitlab(steps: &[Step]) -> String {
    let mut text = "stages: [all]\n".to_owned();
    for (name, after) in steps {
        let needs: Vec<_> = after.iter().filter(|after| **after != "raw").collect();
        writeln!(text, "{name}:\n  stage: all\n  needs: {needs:?}\n  script:").unwrap();
        if after.contains(&"raw") {
            text.push_str("    - aws s3 cp s3://loans/raw raw\n");
        }
        writeln!(text, "    - {}", command(name)).unwrap();
    }
    text
}

fn dvc(steps: &[Step]) -> String {
    let mut text = "stages:\n".to_owned();
    for (name, after) in steps {
        writeln!(text, "  {name}:\n    cmd: {}\n    deps: {after:?}\n    outs: [{name}]", command(name))
            .unwrap();
    }
    text
}

fn actions(steps: &[Step]) -> String {
    let mut text = "on: push\njobs:\n".to_owned();
    for (name, after) in steps {
        let needs: Vec<_> = after.iter().filter(|after| **after != "raw").collect();
        writeln!(text, "  {name}:\n    needs: {needs:?}\n    steps:").unwrap();
        if after.contains(&"raw") {
            text.push_str("      - {id: get, run: aws s3 cp s3://loans/raw raw}\n");
        }
        writeln!(text, "      - {{id: run, run: {}}}", command(name)).unwrap();
    }
    text
}

type Writer = fn(&[Step]) -> String;

const FORMATS: &[(&str, Writer)] = &[
    ("sagemaker/{}.yaml", sagemaker),
    ("kubeflow/{}.yaml", kubeflow),
    ("azureml/{}.yaml", azureml),
    ("gitlab/{}.gitlab-ci.yml", gitlab),
    ("dvc/{}/dvc.yaml", dvc),
    (".github/workflows/{}.yml", actions),
];

/// The modes that a policy reports of one file.
fn modes(report: &Json, policy: &str, path: &str) -> Vec<String> {
    let of_file = |finding: &&Json| finding["path"] == path;
    let found = of_policy(report, policy).into_iter().filter(of_file);
    let told = [
        ("with no de-identification step", "missing"),
        ("without a fairness evaluation", "missing"),
        ("bypasses", "not-dominating"),
        ("cannot stop it", "non-blocking"),
    ];
    let mode = |finding: &Json| {
        let message = finding["message"].as_str().unwrap();
        told.iter().find(|(words, _)| message.contains(words)).unwrap_or(&("", "other")).1.to_owned()
    };
    found.map(mode).collect()
}

#[test]
fn the_same_graph_gives_the_same_verdict_in_every_format() {
    let repo = Repo::new();
    let paths =
        ["s3://loans", "azureml:loans"].map(|path| format!("  - {{path: '{path}', sensitivity: pii}}\n"));
    let mut local = String::new();
    for case in CASES {
        writeln!(local, "  - {{path: dvc/{}/raw, sensitivity: pii}}", case.name).unwrap();
    }
    repo.write(".probity/data-inventory.yaml", format!("datasets:\n{}{local}", paths.concat()));
    for case in CASES {
        for (path, write) in FORMATS {
            repo.write(&path.replace("{}", case.name), write(case.steps));
        }
    }
    repo.commit("Write pipelines of every format");
    let report = repo.report(&[]);
    assert_eq!(report["summary"]["unparsed"], 0, "{}", report["unparsed"]);
    let mut wrong = String::new();
    for case in CASES {
        for (path, write) in FORMATS {
            let path = path.replace("{}", case.name);
            let got = (modes(&report, "PB-DATA-001", &path), modes(&report, "PB-FAIR-001", &path));
            let list = |mode: &str| if mode.is_empty() { vec![] } else { vec![mode.to_owned()] };
            if got != (list(case.data), list(case.fair)) {
                writeln!(wrong, "{path}: {got:?}, not {:?}\n{}", (case.data, case.fair), write(case.steps))
                    .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    for verdict in ["review", "inconclusive"] {
        let headline = |f: &&Json| f["policy"] == "PB-DATA-001" || f["policy"] == "PB-FAIR-001";
        let found: Vec<_> = report[verdict].as_array().unwrap().iter().filter(headline).collect();
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn what_cannot_be_read_is_inconclusive() {
    let repo = Repo::new();
    let workflow = "on: push\njobs:\n  j:\n    steps:\n      - {id: fit, run: python train.py}\n      - {id: x, run: ./ci/gate.sh}\n      - {id: go, run: mlflow models register x}\n";
    repo.write(".github/workflows/opaque.yml", workflow);
    let include = "include: {remote: 'https://ci.example/x.yml'}\nstages: [a, b]\nfit: {stage: a, script: [python train.py]}\nup: {stage: b, script: [mlflow models register x]}\n";
    repo.write(".gitlab-ci.yml", include);
    repo.commit("Write pipelines that cannot be read");
    let report = repo.report(&[]);
    assert!(of_policy(&report, "PB-FAIR-001").is_empty(), "{report}");
    let found = report["inconclusive"].as_array().unwrap();
    let paths: Vec<_> = found
        .iter()
        .filter(|finding| finding["policy"] == "PB-FAIR-001")
        .map(|finding| finding["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths.len(), 2, "{found:#?}");
}

#[test]
fn a_dvc_pipeline_that_a_workflow_runs_is_judged_once() {
    let repo = Repo::new();
    repo.write("dvc.yaml", dvc(&[("train", &[]), ("register", &["train"])]));
    repo.write(
        ".github/workflows/w.yml",
        "on: push\njobs:\n  j:\n    steps:\n      - {id: repro, run: dvc repro}\n",
    );
    repo.commit("Write a pipeline and its runner");
    let report = repo.report(&[]);
    let found = of_policy(&report, "PB-FAIR-001");
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn a_bad_rule_of_the_repository_is_shown() {
    let repo = Repo::new();
    repo.write(".probity/config.yaml", "pipeline:\n  steps:\n    - {kind: fairness, command: '('}\n");
    repo.commit("Write a rule");
    let report = repo.report(&[]);
    assert_eq!(report["unparsed"][0]["path"], ".probity/config.yaml");
    assert_eq!(report["unparsed"][0]["line"], 3);
}
