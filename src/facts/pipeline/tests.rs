//! One small example of each format, and what becomes of it.
#![allow(clippy::unwrap_used)] // a test may panic

use std::fmt::Write as _;
use std::sync::Arc;

use super::*;
use crate::facts::Facts;
use crate::source::read;

fn documents(files: &[(&str, &str)]) -> Vec<Arc<Document>> {
    let read = |(path, text): &(&str, &str)| {
        let reading = read(path, Kind::of_path(path).unwrap(), (*text).into(), false);
        assert!(reading.unparsed.is_none(), "{path}: {:?}", reading.unparsed);
        Arc::new(reading.document.unwrap())
    };
    files.iter().map(read).collect()
}

fn facts(files: &[(&str, &str)]) -> Facts {
    Facts::of(&documents(files))
}

/// A graph as text: `step (kind, flags) > next, next`.
fn shown(pipeline: &Pipeline) -> String {
    let mut text = String::new();
    for (id, step) in &pipeline.nodes {
        let mut told = vec![step.kind.clone()];
        told.extend(step.sensitivity.clone());
        for (flag, name) in [(step.opaque, "opaque"), (step.skipped, "skipped"), (step.weak, "weak")] {
            told.extend(flag.then(|| name.to_owned()));
        }
        told.extend(step.non_blocking.clone());
        let next: Vec<_> = pipeline.edges.get(id).unwrap().iter().cloned().collect();
        let arrow = if next.is_empty() { String::new() } else { format!(" > {}", next.join(", ")) };
        writeln!(text, "{id} ({}){arrow}", told.join(", ")).unwrap();
    }
    for (from, to) in &pipeline.unresolved {
        writeln!(text, "? {from} > {to}").unwrap();
    }
    for missing in &pipeline.missing {
        writeln!(text, "! {}: {}", missing.at, missing.reason).unwrap();
    }
    text
}

#[track_caller]
fn graph(files: &[(&str, &str)], id: &str, expected: &str) {
    let facts = facts(files);
    let known: Vec<_> = facts.pipelines.iter().map(|p| p.id.clone()).collect();
    let pipeline = facts.pipelines.iter().find(|p| p.id == id).unwrap_or_else(|| panic!("{id}: {known:?}"));
    let got = shown(pipeline);
    assert_eq!(got.trim(), expected.trim(), "\n--- got\n{got}");
}

#[test]
fn dvc_stages_are_expanded() {
    graph(
        &[
            (
                "ml/dvc.yaml",
                "vars:\n  - seeds: [1, 2]\nartifacts:\n  scorer: {path: out/model.bin, type: model}\nstages:\n\
                 \x20 clean:\n    wdir: ../work\n    cmd: python anonymise.py\n    deps: [../data/raw]\n    outs: [clean]\n\
                 \x20 fit:\n    foreach: ${seeds}\n    do:\n      cmd: python ${program} --seed ${item}\n      deps: [../work/clean]\n      outs: ['out/m${item}']\n\
                 \x20 merge:\n    cmd: ['python merge.py', 'python pack.py']\n    deps: [out/m1, out/m2]\n    outs: [out/model.bin]\n\
                 \x20 grid:\n    matrix: {a: [x, y], b: [1]}\n    cmd: run ${item.a} ${item.b}\n\
                 \x20 many:\n    foreach: ${unknown}\n    do: {cmd: 'echo ${item}'}\n    frozen: true\n",
            ),
            ("ml/params.yaml", "program: train.py\n"),
            ("data/raw.dvc", "outs:\n  - {path: raw, md5: aabb}\nmeta: {sensitivity: pii}\n"),
        ],
        "ml/dvc.yaml",
        "clean (deidentify) > fit@1, fit@2
data/raw (dataset, pii) > clean
fit@1 (train) > merge
fit@2 (train) > merge
grid@x-1 (transform)
grid@y-1 (transform)
many (transform)
merge (train)
! many: a `${}` of its command is not known here
! many: the items of its `foreach` are not known here",
    );
}

const DVC: &str = "stages:\n  fit: {cmd: python train.py, deps: [raw], outs: [m]}\n  fair: {cmd: fairlearn m, deps: [m], metrics: [f.json]}\n  publish: {cmd: python register.py, deps: [m, f.json]}\n";

#[test]
fn a_release_that_waits_for_the_gate_is_not_led_around_it() {
    graph(
        &[("dvc.yaml", DVC)],
        "dvc.yaml",
        "fair (fairness) > publish\nfit (train) > fair\npublish (register)\nraw (dataset) > fit",
    );
}

#[test]
fn a_tolerant_runner_leads_past_what_it_runs_and_changes_nothing_in_it() {
    let workflow = |run: &str| {
        format!(
            "on: push\njobs:\n  j:\n    steps:\n      - {{id: repro, run: '{run}'}}\n      - {{id: go, run: kubectl apply -f k.yaml}}\n"
        )
    };
    let path = ".github/workflows/w.yml";
    graph(
        &[("dvc.yaml", DVC), (path, &workflow("dvc repro || true"))],
        path,
        "j/go (deploy)
j/repro>fair (fairness) > j/go, j/repro>publish
j/repro>fit (train) > j/go, j/repro>fair
j/repro>publish (register) > j/go
j/repro>raw (dataset) > j/repro>fit",
    );
    graph(
        &[("dvc.yaml", DVC), (path, &workflow("dvc repro fair"))],
        path,
        "j/go (deploy)
j/repro>fair (fairness) > j/go
j/repro>fit (train) > j/repro>fair
j/repro>raw (dataset) > j/repro>fit",
    );
}

#[test]
fn workflows_call_workflows_and_actions() {
    let main = ".github/workflows/main.yml";
    graph(
        &[
            (
                main,
                "name: Main\non: push\njobs:\n  train:\n    strategy: {matrix: {model: [train_a, train_b]}}\n    steps:\n      - {uses: actions/checkout@v4}\n      - {name: Fit, run: 'python ${{ matrix.model }}.py'}\n\
                 \x20 gate:\n    needs: train\n    steps:\n      - {uses: ./tools/fair}\n\
                 \x20 ship:\n    needs: gate\n    uses: ./.github/workflows/ship.yml\n\
                 \x20 other:\n    uses: acme/flows/.github/workflows/x.yml@v1\n",
            ),
            (
                "tools/fair/action.yml",
                "runs:\n  using: composite\n  steps:\n    - {id: check, run: fairlearn --max 0.1, shell: bash}\n",
            ),
            (
                ".github/workflows/ship.yml",
                "on: workflow_call\njobs:\n  up:\n    steps:\n      - {id: go, run: 'az ml online-deployment update -f d.yml'}\n",
            ),
            (".github/workflows/loop.yml", "on: push\njobs:\n  a: {uses: ./.github/workflows/loop.yml}\n"),
        ],
        main,
        "gate/./tools/fair>check (fairness) > ship>up/go
other (transform, opaque)
ship>up/go (deploy)
train (train_a)/Fit (train) > gate/./tools/fair>check
train (train_a)/actions/checkout (transform) > train (train_a)/Fit
train (train_b)/Fit (train) > gate/./tools/fair>check
train (train_b)/actions/checkout (transform) > train (train_b)/Fit
! other: the reusable workflow acme/flows/.github/workflows/x.yml@v1 is not read here",
    );
    graph(
        &[(".github/workflows/loop.yml", "on: push\njobs:\n  a: {uses: ./.github/workflows/loop.yml}\n")],
        ".github/workflows/loop.yml",
        "a (transform, opaque)\n! a: .github/workflows/loop.yml: it runs itself",
    );
}

#[test]
fn a_workflow_follows_the_one_that_starts_it() {
    let train = (
        "a.yml",
        "name: Train\non: push\njobs:\n  t:\n    steps:\n      - {id: fit, run: python train.py}\n      - {id: fair, run: fairlearn x}\n",
    );
    let files = |condition: &str| {
        vec![
            (format!(".github/workflows/{}", train.0), train.1.to_owned()),
            (
                ".github/workflows/b.yml".to_owned(),
                format!(
                    "on: {{workflow_run: {{workflows: [Train], types: [completed]}}}}\njobs:\n  d:\n    {condition}\n    steps:\n      - {{id: go, run: helm upgrade x y}}\n"
                ),
            ),
        ]
    };
    let show = |condition: &str| {
        let owned = files(condition);
        let files: Vec<(&str, &str)> = owned.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let facts = facts(&files);
        shown(facts.pipelines.iter().find(|p| p.id.ends_with("b.yml")).unwrap())
    };
    let open = show("runs-on: x");
    assert!(open.contains("a.yml>t/fit (train) > .github/workflows/a.yml>t/fair, d/go"), "{open}");
    let held = show("if: ${{ github.event.workflow_run.conclusion == 'success' }}");
    assert!(held.contains("a.yml>t/fit (train) > .github/workflows/a.yml>t/fair\n"), "{held}");
    assert!(held.contains("a.yml>t/fair (fairness) > d/go"), "{held}");
}

#[test]
fn conditions_and_always_lead_around_a_gate() {
    let path = ".github/workflows/w.yml";
    graph(
        &[(
            path,
            "on: push\njobs:\n  j:\n    steps:\n      - {id: fit, run: python train.py}\n      - {id: fair, if: github.ref == 'x', run: fairlearn x}\n      - {id: note, if: always(), run: curl x}\n      - {id: go, run: helm upgrade x y}\n",
        )],
        path,
        "j/fair (fairness) > j/go, j/note
j/fit (train) > j/fair, j/note
j/go (deploy)
j/note (transform) > j/go
? j/fit > j/go
? j/fit > j/note
? j/note > j/go",
    );
}

#[test]
fn gitlab_jobs_wait_for_earlier_stages() {
    graph(
        &[
            (
                ".gitlab-ci.yml",
                "include:\n  - local: /ci/jobs.yml\nstages: [prep, train, check, ship]\ndefault:\n  before_script: [pip install x]\n\
                 .base: {stage: train, script: [echo hi]}\n\
                 fetch: {stage: prep, script: ['aws s3 cp s3://b/raw x']}\n\
                 fit:\n  extends: .base\n  script:\n    - !reference [.shared, script]\n    - python train.py\n\
                 side: {stage: train, needs: [], script: [make image]}\n\
                 fair: {stage: check, script: [fairlearn x], allow_failure: true}\n\
                 note: {stage: check, when: always, script: [curl x]}\n\
                 off: {stage: check, script: [x], rules: [{when: never}]}\n\
                 child: {stage: ship, trigger: {include: ci/child.yml, strategy: depend}}\n\
                 far: {stage: ship, needs: [fit], trigger: {project: a/b}}\n",
            ),
            (
                "ci/jobs.yml",
                ".shared: {script: [python anonymise.py]}\ndown:\n  stage: ship\n  needs: [{job: fair}]\n  script: [helm upgrade x y]\n",
            ),
            ("ci/child.yml", "push: {script: [python register.py]}\n"),
        ],
        ".gitlab-ci.yml",
        "child>push (register)
down (deploy)
fair (fairness, it has `allow_failure`) > child>push, down
far (transform, opaque)
fetch (transform) > fit, note
fit (deidentify) > fit +1, note
fit +1 (train) > fair, far, note, off
note (transform)
off (transform, skipped)
s3://b/raw (dataset) > fetch
side (transform, opaque) > fair, note, off
! far: the pipeline that it triggers is not read here",
    );
}

#[test]
fn an_include_from_elsewhere_may_hold_the_gate() {
    graph(
        &[(
            ".gitlab-ci.yml",
            "include: {template: Jobs/X.yml}\nstages: [a, b]\nfit: {stage: a, script: python train.py}\nup: {stage: b, script: helm upgrade x y}\n",
        )],
        ".gitlab-ci.yml",
        "fit (train) > include after a
include after a (transform, opaque) > up
up (deploy)
! include: template Jobs/X.yml is not read here",
    );
}

const SAGEMAKER: &str = r#"{
  "Version": "2020-12-01",
  "Parameters": [{"Name": "Raw", "Type": "String", "DefaultValue": "s3://loans/raw"}, {"Name": "Skip", "Type": "Boolean", "DefaultValue": false}],
  "Steps": [
    {"Name": "Clean", "Type": "Processing", "Arguments": {
      "AppSpecification": {"ImageUri": "x", "ContainerEntrypoint": ["python3", "/opt/anonymise.py"]},
      "ProcessingInputs": [{"InputName": "in", "S3Input": {"S3Uri": {"Get": "Parameters.Raw"}}},
                           {"InputName": "code", "S3Input": {"S3Uri": "s3://code/anonymise.py"}}],
      "ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": {"Std:Join": {"On": "/", "Values": ["s3://loans", "clean"]}}}}]}}},
    {"Name": "Fit", "Type": "Training", "Arguments": {"InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "s3://loans/clean/part"}}}]}},
    {"Name": "Bias", "Type": "ClarifyCheck", "CheckType": "MODEL_BIAS", "SkipCheck": {"Get": "Parameters.Skip"}, "DependsOn": ["Fit"], "Arguments": {}},
    {"Name": "Publish", "Type": "RegisterModel", "DependsOn": ["Bias"], "Arguments": {"M": {"Get": "Steps.Fit.ModelArtifacts"}}}
  ]}"#;

/// The settings of a step, as policies see them, and a step into them.
fn settings(facts: &Facts, pipeline: &str, step: &str) -> serde_json::Value {
    let pipeline = facts.pipelines.iter().find(|p| p.id == pipeline).unwrap();
    pipeline.to_json()["nodes"][step]["settings"].clone()
}

#[test]
fn steps_have_their_settings() {
    let sagemaker = r#"{"Version": "2020-12-01", "Parameters": [{"Name": "Status", "Type": "String", "DefaultValue": "Approved"}, {"Name": "Open", "Type": "String"}],
 "Steps": [{"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelApprovalStatus": {"Get": "Parameters.Status"}, "Other": {"Get": "Parameters.Open"},
  "Path": {"Std:Join": {"On": "/", "Values": ["s3:/", {"Get": "Parameters.Status"}]}}}}]}"#;
    let workflow = "on: push\njobs:\n  a:\n    steps:\n      - {name: one, uses: org/x@v1, with: {k: v}, continue-on-error: true}\n";
    let facts = facts(&[
        (
            "dvc.yaml",
            "stages:\n  fit: {cmd: python train.py, params: [lr, seed], always_changed: true, deps: [data.csv]}\n  each:\n    foreach: [1, 2]\n    do: {cmd: 'run ${item}', frozen: true}\n",
        ),
        ("pipeline.json", sagemaker),
        (".github/workflows/a.yml", workflow),
    ]);
    let dvc = settings(&facts, "dvc.yaml", "fit");
    assert_eq!(dvc["params"], serde_json::json!(["lr", "seed"]));
    assert_eq!(dvc["always_changed"], true);
    assert_eq!(settings(&facts, "dvc.yaml", "each@1")["frozen"], true);
    assert_eq!(settings(&facts, "dvc.yaml", "data.csv"), serde_json::json!({}));
    let register = settings(&facts, "pipeline.json", "Register");
    assert_eq!(register["ModelApprovalStatus"], "Approved");
    assert_eq!(register["Arguments"]["ModelApprovalStatus"], "Approved", "both ways lead there");
    assert_eq!(register["Path"], "s3://Approved");
    assert_eq!(
        register["Other"],
        serde_json::json!({"Get": "Parameters.Open"}),
        "without a default it stays"
    );
    let pipeline = facts.pipelines.iter().find(|p| p.id == "pipeline.json").unwrap();
    let step = &pipeline.nodes["Register"];
    let at = step.value.locate(&[crate::source::Step::Key("ModelApprovalStatus".to_owned())]).unwrap();
    assert!(sagemaker[at.span.start..at.span.end].starts_with("\"ModelApprovalStatus\""));
    let step = settings(&facts, ".github/workflows/a.yml", "a/one");
    assert_eq!(step["with"], serde_json::json!({"k": "v"}));
    assert_eq!(step["continue-on-error"], true);
}

#[test]
fn a_definition_in_s3_is_a_pipeline_that_nobody_can_read() {
    let terraform = "resource \"aws_sagemaker_pipeline\" \"p\" {\n  pipeline_name = \"p\"\n  pipeline_definition_s3_location {\n    bucket = \"b\"\n  }\n}\n";
    let template = "Resources:\n  P:\n    Type: AWS::SageMaker::Pipeline\n    Properties: {PipelineName: p, PipelineDefinition: {PipelineDefinitionS3Location: {Bucket: b}}}\n";
    let facts = facts(&[("main.tf", terraform), ("t.yaml", template)]);
    let found: Vec<_> = facts.pipelines.iter().map(|p| (p.id.as_str(), p.missing.len())).collect();
    assert_eq!(found, [("main.tf//aws_sagemaker_pipeline.p", 1), ("t.yaml//P", 1)]);
}

#[test]
fn an_edge_that_was_settled_is_still_told() {
    let facts = facts(&[(
        ".github/workflows/a.yml",
        "on: push\njobs:\n  train: {steps: [{run: python train.py}]}\n  fairness: {needs: train, steps: [{run: python -m fairlearn check}]}\n  deploy: {needs: [train, fairness], steps: [{run: aws sagemaker update-endpoint --endpoint-name x}]}\n",
    )]);
    let json = facts.pipelines[0].to_json();
    assert_eq!(json["settled"].as_array().unwrap().len(), 1, "{json:#}");
}

#[test]
fn sagemaker_steps_depend_on_what_they_get() {
    graph(
        &[
            ("p.json", SAGEMAKER),
            (".probity/data-inventory.yaml", "datasets: [{path: 's3://loans', sensitivity: pii}]\n"),
        ],
        "p.json",
        "Bias (fairness) > Publish
Clean (deidentify) > Fit
Fit (train) > Bias
Publish (register)
s3://loans/raw (dataset, pii) > Clean",
    );
}

fn condition(no: &str) -> String {
    let register =
        r#"{"Name": "R", "Type": "RegisterModel", "Arguments": {"M": {"Get": "Steps.Fit.ModelArtifacts"}}}"#;
    format!(
        r#"{{"Version": "1", "Steps": [
        {{"Name": "Fit", "Type": "Training", "Arguments": {{}}}},
        {{"Name": "Fair", "Type": "Processing", "DependsOn": ["Fit"], "Arguments": {{"AppSpecification": {{"ContainerEntrypoint": ["python", "fairness.py"]}}}}}},
        {{"Name": "If", "Type": "Condition", "Arguments": {{
          "Conditions": [{{"LeftValue": {{"Std:JsonGet": {{"PropertyFile": {{"Get": "Steps.Fair.PropertyFiles.f"}}, "Path": "dpd"}}}}}}],
          "IfSteps": [{register}], "ElseSteps": [{no}]}}}}]}}"#
    )
}

#[test]
fn mlflow_entry_points_are_steps_without_an_order() {
    graph(
        &[(
            "MLproject",
            "name: credit\nentry_points:\n  main: {command: 'python train.py --alpha {alpha}'}\n  fair: {command: fairlearn x}\n",
        )],
        "MLproject",
        "fair (fairness)\nmain (train)",
    );
}

#[test]
fn a_sagemaker_condition_gates_one_branch_only() {
    let fails = condition(r#"{"Name": "Stop", "Type": "Fail", "Arguments": {}}"#);
    graph(
        &[("p.json", &fails)],
        "p.json",
        "Fair (fairness, its result is decided on by condition If alone) > If
Fit (train) > Fair
If (fairness) > R, Stop
R (register)
Stop (transform)",
    );
    let both = condition(r#"{"Name": "Too", "Type": "RegisterModel", "Arguments": {}}"#);
    graph(
        &[("p.json", &both)],
        "p.json",
        "Fair (fairness, its result is decided on by condition If alone) > If
Fit (train) > Fair
If (fairness, it releases in both of its branches) > R, Too
R (register)
Too (register)",
    );
}

#[test]
fn a_check_that_cannot_stop_the_run_says_why() {
    let check = |extra: &str| {
        let text = format!(
            r#"{{"Version": "1", "Parameters": [{{"Name": "S", "Type": "Boolean"}}], "Steps": [{{"Name": "B", "Type": "ClarifyCheck", "CheckType": "MODEL_BIAS", {extra}, "Arguments": {{}}}}]}}"#
        );
        shown(&facts(&[("p.json", &text)]).pipelines[0])
    };
    assert_eq!(check(r#""SkipCheck": "True""#), "B (fairness, skipped)\n");
    assert!(check(r#""RegisterNewBaseline": true"#).contains("baseline run"));
    assert!(check(r#""FailOnViolation": false"#).contains("FailOnViolation"));
    assert!(check(r#""SkipCheck": {"Get": "Parameters.S"}"#).starts_with("B (transform, opaque)"));
}

#[test]
fn a_started_sagemaker_pipeline_is_found_by_the_name_that_a_command_gives_it() {
    let path = ".github/workflows/w.yml";
    let files = [
        ("ml/pipeline.json", SAGEMAKER),
        (
            path,
            "on: push\njobs:\n  j:\n    steps:\n      - run: aws sagemaker update-pipeline --pipeline-name loans --pipeline-definition file://ml/pipeline.json\n      - {id: start, run: aws sagemaker start-pipeline-execution --pipeline-name loans}\n      - {id: wait, run: aws sagemaker describe-pipeline-execution}\n      - {id: go, run: aws sagemaker update-endpoint x}\n",
        ),
    ];
    graph(
        &files,
        path,
        "j/#1 (transform) > j/start>Clean
j/go (deploy)
j/start>Bias (fairness) > j/start>Publish
j/start>Clean (deidentify) > j/start>Fit
j/start>Fit (train) > j/start>Bias
j/start>Publish (register) > j/wait
j/start>s3://loans/raw (dataset) > j/start>Clean
j/wait (transform) > j/go",
    );
}

#[test]
fn kubeflow_tasks_are_flattened() {
    graph(
        &[(
            "kfp.yaml",
            "pipelineInfo: {name: loans}\nschemaVersion: 2.1.0\ndeploymentSpec:\n  executors:\n    exec-imp: {importer: {artifactUri: {constant: 's3://loans/raw'}}}\n    exec-prep: {container: {image: i, command: [python, anonymise.py]}}\n    exec-fit: {container: {image: i, command: [python, main.py]}}\n    exec-fair: {container: {image: i, command: [fairlearn]}}\n    exec-up: {container: {image: i, args: [mlflow models register x]}}\n    exec-bye: {container: {image: i}}\n\
             components:\n  comp-imp: {executorLabel: exec-imp}\n  comp-prep: {executorLabel: exec-prep}\n  comp-fit: {executorLabel: exec-fit, outputDefinitions: {artifacts: {m: {artifactType: {schemaTitle: system.Model}}}}}\n  comp-fair: {executorLabel: exec-fair}\n  comp-up: {executorLabel: exec-up}\n  comp-bye: {executorLabel: exec-bye}\n\
             \x20 comp-inner:\n    dag:\n      tasks:\n        prep: {componentRef: {name: comp-prep}, inputs: {artifacts: {d: {componentInputArtifact: data}}}}\n        fit: {componentRef: {name: comp-fit}, inputs: {artifacts: {d: {componentInputArtifact: data}, e: {taskOutputArtifact: {producerTask: prep}}}}}\n\
             \x20 comp-cond:\n    dag:\n      tasks:\n        up: {componentRef: {name: comp-up}}\n\
             root:\n  dag:\n    tasks:\n      imp: {componentRef: {name: comp-imp}}\n      build: {componentRef: {name: comp-inner}, inputs: {artifacts: {data: {taskOutputArtifact: {producerTask: imp}}}}}\n      fair: {componentRef: {name: comp-fair}, inputs: {artifacts: {m: {taskOutputArtifact: {producerTask: build}}}}}\n\
             \x20     cond: {componentRef: {name: comp-cond}, dependentTasks: [fair], inputs: {parameters: {ok: {taskOutputParameter: {producerTask: fair}}}}, triggerPolicy: {condition: \"inputs.parameter_values['ok'] == 'true'\"}}\n\
             \x20     bye: {componentRef: {name: comp-bye}, dependentTasks: [build], triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}}\n",
        )],
        "kfp.yaml",
        "build>fit (train) > bye, fair
build>prep (deidentify) > build>fit, bye
bye (transform)
cond (condition) (fairness) > cond>up
cond>up (register)
fair (fairness, its result is decided on by cond (condition) alone) > cond (condition)
imp (dataset) > build>fit, build>prep",
    );
}

#[test]
fn argo_templates_are_flattened() {
    graph(
        &[(
            "wf.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  entrypoint: main\n  templates:\n    - name: main\n      dag:\n        tasks:\n          - {name: fit, template: fit}\n          - {name: fair, template: fair, dependencies: [fit], when: 'x == y'}\n          - {name: ship, template: ship, depends: fair.Succeeded && fit}\n\
             \x20   - {name: fit, container: {image: i, command: [python, train.py]}}\n    - {name: fair, container: {image: i, command: [fairlearn]}}\n    - name: ship\n      steps:\n        - [{name: ok, template: wait}]\n        - [{name: up, template: up}, {name: tell, templateRef: {name: other}}]\n    - {name: wait, suspend: {}}\n    - {name: up, container: {image: i, command: [kubectl, apply, -f, x]}}\n",
        )],
        "wf.yaml",
        "fair (fairness) > ship>ok
fit (train) > fair, ship>ok
ship>ok (approve) > ship>tell, ship>up
ship>tell (transform, opaque)
ship>up (deploy)
? fit > ship>ok
! ship>tell: the template other is not read here",
    );
}

#[test]
fn azure_jobs_take_outputs_of_jobs() {
    graph(
        &[
            (
                "az/pipeline.yml",
                "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\ninputs:\n  raw: {type: uri_folder, path: 'azureml:loans:3'}\njobs:\n\
                 \x20 prep: {type: command, command: python anonymise.py, inputs: {a: '${{parent.inputs.raw}}'}}\n\
                 \x20 fit: {type: command, component: ./fit.yml, inputs: {d: '${{parent.jobs.prep.outputs.o}}', e: '${{parent.inputs.raw}}'}}\n\
                 \x20 tune: {type: sweep, trial: 'azureml:tune@latest', inputs: {d: '${{parent.jobs.prep.outputs.o}}'}}\n\
                 \x20 far: {type: command, component: 'azureml:score@latest', inputs: {m: '${{parent.jobs.fit.outputs.m}}'}}\n",
            ),
            (
                "az/fit.yml",
                "$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json\ntype: command\nname: fit\ncommand: python main.py\noutputs: {m: {type: mlflow_model}}\n",
            ),
            (
                "az/data.yml",
                "$schema: https://azuremlschemas.azureedge.net/latest/data.schema.json\nname: loans\ntags: {sensitivity: pii}\npath: ./x\n",
            ),
        ],
        "az/pipeline.yml",
        "azureml:loans:3 (dataset, pii) > fit, prep
far (transform, opaque)
fit (train) > far
prep (deidentify) > fit, tune
tune (train)
! far: the component azureml:score@latest is not read here
! tune: the component azureml:tune@latest is not read here",
    );
}

#[test]
fn resources_hold_pipelines() {
    let stack = format!(
        "Resources:\n  Loans:\n    Type: AWS::SageMaker::Pipeline\n    Properties:\n      PipelineName: loans\n      PipelineDefinition: {{PipelineDefinitionBody: '{}'}}\n",
        condition(r#"{"Name": "Stop", "Type": "Fail", "Arguments": {}}"#).replace('\n', " ")
    );
    let resource = |kind: &str, attributes: &str| {
        let values = crate::source::yaml::parse(attributes).0;
        Resource {
            system: crate::facts::System::Terraform,
            kind: kind.to_owned(),
            name: "x".to_owned(),
            namespace: None,
            root: "terraform:.".to_owned(),
            module: String::new(),
            address: format!("{kind}.x"),
            subject: String::new(),
            path: "main.tf".to_owned(),
            header: crate::model::Span::default(),
            attributes: Arc::new(values.into_iter().next().unwrap()),
            references: Vec::new(),
            provider: None,
            files: Arc::from([]),
        }
    };
    let template = crate::source::yaml::parse(&stack).0.remove(0);
    let properties =
        template.get("Resources").unwrap().get("Loans").unwrap().get("Properties").unwrap().clone();
    let stack = Resource { attributes: Arc::new(properties), ..resource("AWS::SageMaker::Pipeline", "a: 1") };
    let machine = resource(
        "aws_sfn_state_machine",
        r#"{definition: '{"StartAt": "Fit", "States": {"Fit": {"Type": "Task", "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync", "Next": "Checks"}, "Checks": {"Type": "Parallel", "Branches": [{"StartAt": "fairness", "States": {"fairness": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true}}}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Up"}], "Next": "Up"}, "Up": {"Type": "Task", "Resource": "arn:aws:states:::sagemaker:createEndpoint", "End": true}}}'}"#,
    );
    let job = resource(
        "aws_sagemaker_training_job",
        "input_data_config: [{data_source: [{s3_data_source: [{s3_uri: 's3://loans/raw/x'}]}]}]\nb: 1",
    );
    let bucket = resource("aws_s3_bucket", "bucket: loans\ntags: {data-classification: pii}");
    let (found, unread) = pipelines(&[], &[stack, machine, job, bucket].map(Arc::new));
    assert!(unread.is_empty());
    let all: Vec<String> =
        found.iter().map(|pipeline| format!("{}\n{}", pipeline.id, shown(pipeline))).collect();
    assert_eq!(
        all.join("\n"),
        "main.tf//AWS::SageMaker::Pipeline.x\nFair (fairness, its result is decided on by condition If alone) > If\nFit (train) > Fair\nIf (fairness) > R, Stop\nR (register)\nStop (transform)\n\nmain.tf//aws_sfn_state_machine.x\nChecks (transform) > Checks>fairness, Up\nChecks>fairness (fairness, weak) > Up\nFit (train) > Checks, Up\nUp (deploy)\n\nmain.tf//aws_sagemaker_training_job.x\naws_sagemaker_training_job.x (train)\ns3://loans/raw/x (dataset, pii) > aws_sagemaker_training_job.x\n"
    );
}

#[test]
fn limits_end_in_a_message() {
    let stages = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
    let text =
        format!("stages:\n  a:\n    matrix: {{x: [{}], y: [{}]}}\n    cmd: run\n", stages(200), stages(200));
    let facts = facts(&[("dvc.yaml", &text)]);
    assert!(facts.pipelines.is_empty());
    assert!(facts.unread[0].reason.contains("20000 steps"), "{:?}", facts.unread);
}

/// Documents of every kind made at random: keys that the readers look for, values of any shape.
mod arbitrary {
    use proptest::prelude::*;

    use super::*;
    use crate::source::{Node, Value};

    const WORDS: [&str; 60] = [
        "stages",
        "cmd",
        "deps",
        "outs",
        "foreach",
        "do",
        "matrix",
        "a",
        "b",
        "train",
        "fairness",
        "dvc repro",
        "python train.py",
        "jobs",
        "steps",
        "run",
        "uses",
        "needs",
        "./a",
        "if",
        "always()",
        "strategy",
        "include",
        "script",
        "stage",
        "extends",
        "!reference",
        "trigger",
        "rules",
        "Steps",
        "Name",
        "Type",
        "Condition",
        "Arguments",
        "IfSteps",
        "ElseSteps",
        "Conditions",
        "Get",
        "Steps.a.x",
        "Std:Join",
        "root",
        "dag",
        "tasks",
        "componentRef",
        "name",
        "components",
        "deploymentSpec",
        "executors",
        "inputs",
        "artifacts",
        "taskOutputArtifact",
        "producerTask",
        "spec",
        "templates",
        "template",
        "entrypoint",
        "dependencies",
        "component",
        "${{parent.jobs.a.outputs.b}}",
        "${item}",
    ];

    fn tree() -> impl Strategy<Value = Node> {
        let span = crate::model::Span::default();
        let leaf = prop_oneof![
            proptest::sample::select(&WORDS[..]).prop_map(move |word| Node::string(word, span)),
            any::<bool>().prop_map(move |value| Node::new(Value::Bool(value), span)),
            Just(Node::new(Value::Null, span)),
        ];
        leaf.prop_recursive(8, 120, 6, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6)
                    .prop_map(move |items| Node::new(Value::List(items), span)),
                proptest::collection::btree_map(proptest::sample::select(&WORDS[..]), inner, 0..6).prop_map(
                    move |map| {
                        let entry = |(key, node): (&str, Node)| crate::source::Entry {
                            key: key.to_owned(),
                            key_span: span,
                            node,
                        };
                        Node::new(Value::Map(map.into_iter().map(entry).collect()), span)
                    }
                ),
            ]
        })
    }

    /// What opens the way to each reader.
    fn opened(kind: Kind, node: Node) -> Node {
        let span = crate::model::Span::default();
        let entry =
            |key: &str, node: Node| crate::source::Entry { key: key.to_owned(), key_span: span, node };
        let map = |entries| Node::new(Value::Map(entries), span);
        match kind {
            Kind::Dvc => map(vec![entry("stages", node)]),
            Kind::GithubActions => map(vec![entry("jobs", node)]),
            Kind::GithubAction => map(vec![entry("runs", map(vec![entry("steps", node)]))]),
            Kind::SagemakerPipeline => map(vec![entry("Steps", node)]),
            Kind::KubeflowPipeline => {
                map(vec![entry("components", node.clone()), entry("root", map(vec![entry("dag", node)]))])
            }
            Kind::AzureMl => map(vec![
                entry("$schema", Node::string("x/pipelineJob.schema.json", span)),
                entry("jobs", node),
            ]),
            Kind::Kubernetes => map(vec![
                entry("apiVersion", Node::string("argoproj.io/v1alpha1", span)),
                entry("kind", Node::string("Workflow", span)),
                entry("spec", node),
            ]),
            _ => node,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn no_document_breaks_a_reader(trees in proptest::collection::vec((0..9_usize, tree()), 1..5)) {
            let kinds = [
                (Kind::Dvc, "dvc.yaml"), (Kind::GithubActions, ".github/workflows/a.yml"), (Kind::GithubAction, "a/action.yml"),
                (Kind::GitlabCi, ".gitlab-ci.yml"), (Kind::SagemakerPipeline, "p.json"), (Kind::KubeflowPipeline, "k.yaml"),
                (Kind::AzureMl, "az.yml"), (Kind::Kubernetes, "wf.yaml"), (Kind::DvcParams, "params.yaml"),
            ];
            let documents: Vec<Arc<Document>> = trees
                .into_iter()
                .map(|(index, tree)| {
                    let (kind, path) = kinds[index];
                    let text = crate::source::SourceText::new("");
                    let values = vec![Arc::new(opened(kind, tree))];
                    Arc::new(Document { path: path.to_owned(), kind, text, values, syntax: None })
                })
                .collect();
            for pipeline in Facts::of(&documents).pipelines.iter() {
                // Every edge joins two steps, and every step is a key.
                for (from, to) in &pipeline.edges {
                    prop_assert!(pipeline.nodes.contains_key(from));
                    prop_assert!(to.iter().all(|id| pipeline.nodes.contains_key(id)));
                }
                prop_assert!(pipeline.nodes.keys().all(|id| pipeline.edges.contains_key(id)));
                pipeline.to_json();
            }
        }
    }
}
