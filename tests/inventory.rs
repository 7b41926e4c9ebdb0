//! `probity inventory` from the outside: what a repository contains, and that no file is left out.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod support;

use std::collections::BTreeSet;

use serde_json::Value as Json;
use support::{Repo, texts};

const SERVING: &str = r#"
resource "aws_sagemaker_model" "credit" {
  name = "credit_scoring"
  primary_container {
    image          = "registry.example/xgb@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    model_data_url = "s3://artifacts/credit.tar.gz"
  }
}
resource "aws_sagemaker_endpoint_configuration" "credit" {
  name = "credit"
  production_variants { model_name = aws_sagemaker_model.credit.name }
}
resource "aws_sagemaker_endpoint" "credit" {
  name                 = "credit"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.credit.name
}
resource "aws_s3_bucket" "artifacts" { bucket = "artifacts" }
resource "aws_bedrockagent_agent" "helper" {
  agent_name       = "helper"
  foundation_model = "anthropic.claude-3"
}
"#;

const CARD: &str = "---\nmodel_name: credit-scoring\nlicense: apache-2.0\nlibrary_name: xgboost\npipeline_tag: tabular-classification\n\
                    datasets: [loans]\nbase_model: org/base\nmodel-index:\n- name: credit-scoring\n  results:\n  - dataset: {name: loans}\n    \
                    metrics: [{type: auc, value: 0.83}, {type: f1, value: .nan}]\n---\n# Card\n";

const LOCK: &str = "version = 1\n[[package]]\nname = \"Foo_Bar\"\nversion = \"1.2\"\nsource = { registry = \"https://pypi.org/simple\" }\nwheels = [{ url = \"u\", hash = \"sha256:x\" }]\n";

const FAIRNESS: &str = "model: credit-scoring\nby_group:\n  selection_rate:\n    f: 0.2\n    m: 0.36\ndifference:\n  selection_rate: 0.16\n";

/// One file of nearly every kind, and some of none.
fn repository() -> Repo {
    let repo = Repo::new();
    for (path, text) in [
        ("infra/main.tf", SERVING),
        ("models/credit/README.md", CARD),
        ("README.md", "# No card\n"),
        ("reports/fairness.yaml", FAIRNESS),
        ("uv.lock", LOCK),
        ("requirements.txt", "torch>=2\n"),
        ("Dockerfile", "FROM python:3.12 AS base\nUSER app\nFROM base\n"),
        ("CODEOWNERS", "* @all\n/models/ @ml\n"),
        (
            "k8s/s.yaml",
            "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: llm}\nspec: {predictor: {model: {modelFormat: {name: huggingface}, storageUri: 'hf://org/chat:abc'}}}\n",
        ),
        (
            "llm/config.yaml",
            "model_list: [{model_name: gpt, litellm_params: {model: openai/gpt-4o}}]\nlitellm_settings: {}\n",
        ),
        ("chart/Chart.yaml", "name: c\nversion: 1\n"),
        ("chart/templates/a.yaml", "a: {{ .Values.a }}\n"),
        (
            ".probity/system.yaml",
            "systems:\n  - {id: credit, owner: mara, risk_class: high, annex_iii_point: 5(b), affects_persons: true, paths: [infra, models]}\n",
        ),
        ("train.py", "print()\n"),
        ("Makefile", "all:\n"),
    ] {
        repo.write(path, text);
    }
    std::os::unix::fs::symlink("nowhere.py", repo.path.join("link")).unwrap();
    repo.commit("All");
    repo
}

fn inventory(repo: &Repo, args: &[&str]) -> Json {
    repo.probity(&[&["inventory", "--format", "json"], args].concat()).json()
}

/// Every file of a known kind is read, in part, not read, not rendered or empty; and all files are counted.
#[track_caller]
fn assert_accounted(json: &Json) {
    let count = |key: &str| json["summary"][key].as_u64().unwrap();
    let kinds = ["read", "read_in_part", "not_rendered", "unparsed", "without_content"];
    assert_eq!(count("recognised"), kinds.iter().map(|key| count(key)).sum::<u64>(), "{}", json["summary"]);
    let rest = ["recognised", "ignored", "records", "links", "submodules"];
    assert_eq!(count("files"), rest.iter().map(|key| count(key)).sum::<u64>(), "{}", json["summary"]);
}

#[test]
fn every_file_is_accounted_for() {
    let repo = repository();
    let json = inventory(&repo, &[]);
    assert_accounted(&json);
    assert_eq!(json["summary"]["files"], 16);
    assert_eq!(json["files"]["without_content"]["model-card"], 1);
    assert_eq!(json["files"]["ignored"], serde_json::json!({".py": 1, "Makefile": 1}));
    assert_eq!(json["files"]["links"], serde_json::json!(["link"]));
    assert_eq!(json["files"]["read"]["evaluation-report"], 1);
    assert_eq!(json["summary"]["not_rendered"], 1);
    assert_eq!(json["files"]["not_rendered"][0]["path"], "chart/templates/a.yaml");

    repo.write("broken.yaml", "a: [\n");
    repo.write("half.yaml", "apiVersion: v1\nkind: Pod\n---\nb: [\n");
    repo.write("Dockerfile.bad", "FROM x\nFRM y\n");
    repo.write("big.json", vec![b' '; 9 << 20]);
    let run = repo.probity(&["inventory", "--format", "json"]).expect(3);
    let json = run.json();
    assert_accounted(&json);
    assert_eq!(json["summary"]["unparsed"], 2, "broken.yaml and big.json");
    assert_eq!(json["summary"]["read_in_part"], 2);
    let places: Vec<_> = json["files"]["unparsed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| (u["path"].as_str().unwrap(), u["line"].as_u64()))
        .collect();
    assert_eq!(
        places,
        [("Dockerfile.bad", Some(2)), ("big.json", None), ("broken.yaml", Some(1)), ("half.yaml", Some(4))]
    );
}

#[test]
fn python_counts_where_it_concerns_a_policy() {
    let repo = Repo::new();
    repo.write("load.py", "import pickle\nmodel = pickle.load(f)\n");
    repo.write("plain.py", "print(1)\n");
    repo.write("broken.ipynb", "{\"boto3\": [\n");
    repo.write("other.ipynb", "{\"cells\": [\n");
    repo.write("latin.py", b"# \xe9\nimport joblib\n");
    repo.write("plain_latin.py", b"# \xe9\n");
    std::os::unix::fs::symlink("nowhere", repo.path.join("link.py")).unwrap();
    repo.commit("All");
    let json = repo.probity(&["inventory", "--format", "json"]).expect(3).json();
    assert_accounted(&json);
    assert_eq!(json["files"]["read"], serde_json::json!({"python": 1}));
    assert_eq!(json["files"]["ignored"], serde_json::json!({".py": 2, ".ipynb": 1}));
    assert_eq!(texts(&json["files"]["unparsed"], "path"), ["broken.ipynb", "latin.py"]);
}

#[test]
fn what_lies_outside_the_repository_is_named() {
    let repo = repository();
    repo.write("infra/vpc.tf", "module \"vpc\" {\n  source = \"org/vpc/aws\"\n}\n");
    repo.write("k8s/kustomization.yaml", "resources: [https://github.com/org/base]\n");
    repo.write("k8s/params.yaml", "varReference: [{path: a, kind: B}]\n");
    repo.write("job.yaml.j2", "a: {{ b }}\n");
    let json = inventory(&repo, &[]);
    assert_accounted(&json);
    assert_eq!(json["summary"]["not_rendered"], 2, "files: what calls the others was read");
    let paths = texts(&json["files"]["not_rendered"], "path");
    assert_eq!(paths, ["chart/templates/a.yaml", "infra/vpc.tf", "job.yaml.j2", "k8s/kustomization.yaml"]);
    let became = |path: &str| {
        let each = json["files"]["each"].as_array().unwrap();
        let line = each.iter().find(|line| line["path"] == path).unwrap();
        (line["kind"].as_str(), line["became"].as_str().unwrap())
    };
    assert_eq!(json["files"]["each"].as_array().unwrap().len(), 20);
    assert_eq!(became("infra/vpc.tf"), (Some("terraform"), "read"));
    assert_eq!(became("k8s/params.yaml"), (Some("yaml"), "read"), "not DVC's");
    assert_eq!(became("job.yaml.j2"), (Some("yaml"), "not_rendered"));
    assert_eq!(became("README.md"), (Some("model-card"), "without_content"));
    assert_eq!(became("train.py"), (None, "ignored"));
    assert_eq!(became("link"), (None, "link"));
    let text = repo.probity(&["inventory"]).out;
    assert!(
        text.contains("the module \"org/vpc/aws\" is not in the repository\n    infra/vpc.tf:1"),
        "{text}"
    );
}

#[test]
fn models_services_and_systems_belong_together() {
    let json = inventory(&repository(), &[]);
    assert_eq!(
        texts(&json["models"], "id"),
        ["anthropic-claude-3", "credit-scoring", "gpt-4o", "org/base", "org/chat@abc"]
    );
    let credit = &json["models"][1];
    assert_eq!(credit["card"], "document:models/credit/README.md");
    assert_eq!(
        credit["named_by"],
        serde_json::json!([
            "document:models/credit/README.md",
            "terraform:infra//aws_sagemaker_model.credit"
        ])
    );
    assert_eq!(credit["based_on"], serde_json::json!(["org/base"]));
    let figures: Vec<String> = credit["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| format!("{}={}", m["name"].as_str().unwrap(), m["value"]))
        .collect();
    assert_eq!(
        figures,
        [
            "auc=0.83",
            "f1=\"NaN\"",
            "selection_rate_difference=0.16",
            "selection_rate=0.2",
            "selection_rate=0.36"
        ]
    );
    let services: Vec<_> = json["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["name"].as_str().unwrap(), s["models"][0].as_str().unwrap()))
        .collect();
    assert_eq!(
        services,
        [
            ("gpt", "gpt-4o"),
            ("llm", "org/chat@abc"),
            ("helper", "anthropic-claude-3"),
            ("credit", "credit-scoring")
        ]
    );
    let system = &json["systems"][0];
    assert_eq!(
        (&system["id"], &system["resources"], &system["documents"]),
        (&"credit".into(), &5.into(), &1.into())
    );
    let first = &json["resources"][0];
    assert_eq!(
        (&first["ai"], &first["provider"]),
        (&true.into(), &"serving.kserve.io".into()),
        "AI resources come first"
    );
    let roles: BTreeSet<&str> = texts(&json["joins"], "role").into_iter().collect();
    assert!(
        roles.is_superset(&["model", "endpoint", "endpoint_configuration", "model_data"].into()),
        "{roles:?}"
    );
    let owners: Vec<_> = json["documents"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|d| d["kind"] == "model-card")
        .map(|d| &d["owners"][0])
        .collect();
    assert_eq!(owners, ["@ml"]);
}

#[test]
fn the_text_fits_a_terminal_and_cannot_act_on_it() {
    let repo = repository();
    repo.write("evil\u{1b}[2J.yaml", "a: [\n");
    repo.write("models/x/README.md", "---\nlicense: mit\nmodel_name: \"a\\e[31m\u{202e}b\"\n---\n");
    repo.write(&format!("{}/deep.yaml", "folder/".repeat(20)), "b: [\n");
    let run = repo.probity(&["inventory"]).expect(3);
    assert!(!run.out.contains('\u{1b}') && !run.out.contains('\u{202e}'), "{}", run.out);
    for line in run.out.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    for part in [
        "AI systems: 1",
        "high, Annex III 5(b)",
        "owner: mara; affects persons",
        "AI resources: 5",
        "Models: 6",
        "has a card",
        "runs credit-scoring",
        "not pinned",
        "pinned by digest",
        "Files: 19",
        "NOT READ",
        "templates, not rendered",
        "INCOMPLETE: ",
    ] {
        assert!(run.out.contains(part), "{part} in\n{}", run.out);
    }
}

#[test]
fn same_inputs_same_bytes_and_nothing_of_the_machine() {
    let repo = repository();
    for format in ["text", "json", "cyclonedx"] {
        let args = ["inventory", "--format", format];
        let first = repo.probity(&args).expect(0);
        assert_eq!(first.out, repo.probity(&args).expect(0).out);
        assert!(!first.out.contains(repo.outside().to_str().unwrap()));
        repo.probity(&[&args[..], &["--output", "../out"]].concat()).expect(0);
        assert_eq!(std::fs::read_to_string(repo.outside().join("out")).unwrap(), first.out);
    }
    let json = inventory(&repo, &[]);
    assert_eq!(json["schema"], "probity.inventory/v1");
    let keys: BTreeSet<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let want = [
        "schema",
        "tool",
        "repository",
        "summary",
        "systems",
        "resources",
        "pipelines",
        "documents",
        "models",
        "services",
        "datasets",
        "metrics",
        "images",
        "packages",
        "joins",
        "files",
    ];
    assert_eq!(keys, want.into());
    repo.probity(&["inventory", "--rev", "no-such"]).expect(2);
    repo.remove("uv.lock");
    assert_eq!(inventory(&repo, &["--rev", "HEAD"])["packages"].as_array().unwrap().len(), 2);
    assert_eq!(inventory(&repo, &[])["packages"].as_array().unwrap().len(), 1);
}

/// The rules that the published schema of CycloneDX 1.6 makes for what is written here.
#[allow(clippy::too_many_lines)] // one rule after the other
fn assert_follows_the_schema(bom: &Json) {
    let only = |value: &Json, allowed: &[&str], required: &[&str]| {
        let map = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
        for key in map.keys() {
            assert!(allowed.contains(&key.as_str()), "{key} is not allowed in {value}");
        }
        assert!(required.iter().all(|key| map.contains_key(*key)), "{value}");
        assert!(map.values().all(|value| !value.is_null()), "the format knows no null: {value}");
    };
    let unique = |list: &Json| {
        let items = list.as_array().unwrap();
        assert_eq!(items.iter().map(Json::to_string).collect::<BTreeSet<_>>().len(), items.len(), "{list}");
    };
    let properties = |value: &Json| {
        for property in value.get("properties").and_then(Json::as_array).into_iter().flatten() {
            only(property, &["name", "value"], &["name"]);
            assert!(property["value"].is_string());
        }
    };
    only(
        bom,
        &[
            "$schema",
            "bomFormat",
            "specVersion",
            "serialNumber",
            "version",
            "metadata",
            "components",
            "services",
            "dependencies",
        ],
        &["bomFormat", "specVersion"],
    );
    assert_eq!(
        (&bom["bomFormat"], &bom["specVersion"], &bom["version"]),
        (&"CycloneDX".into(), &"1.6".into(), &1.into())
    );
    let serial = bom["serialNumber"].as_str().unwrap().strip_prefix("urn:uuid:").unwrap();
    let lengths: Vec<usize> = serial.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert!(serial.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    only(&bom["metadata"], &["timestamp", "tools", "component"], &[]);
    let mut refs: Vec<&str> = vec![bom["metadata"]["component"]["bom-ref"].as_str().unwrap()];
    for list in ["components", "services", "dependencies"] {
        unique(&bom[list]);
    }
    let component_keys = [
        "type",
        "bom-ref",
        "name",
        "version",
        "publisher",
        "licenses",
        "purl",
        "hashes",
        "modelCard",
        "data",
        "properties",
    ];
    let tools = bom["metadata"]["tools"]["components"].as_array().unwrap();
    let components = bom["components"].as_array().unwrap();
    for component in components.iter().chain(tools).chain([&bom["metadata"]["component"]]) {
        only(component, &component_keys, &["type", "name"]);
        let types = ["application", "library", "container", "machine-learning-model", "data"];
        assert!(types.contains(&component["type"].as_str().unwrap()));
        assert!(component["name"].is_string());
        assert!(component.get("modelCard").is_none() || component["type"] == "machine-learning-model");
        properties(component);
        for license in component.get("licenses").and_then(Json::as_array).into_iter().flatten() {
            only(license, &["license"], &["license"]);
            assert_eq!(license["license"].as_object().unwrap().len(), 1, "an id or a name");
        }
        for data in component.get("data").and_then(Json::as_array).into_iter().flatten() {
            only(data, &["type", "name", "classification", "description"], &["type"]);
        }
        for hash in component.get("hashes").and_then(Json::as_array).into_iter().flatten() {
            assert!(hash["alg"] == "SHA-256" && hash["content"].as_str().unwrap().len() == 64);
        }
    }
    refs.extend(components.iter().map(|component| component["bom-ref"].as_str().unwrap()));
    for service in bom["services"].as_array().unwrap() {
        only(service, &["bom-ref", "provider", "name", "properties"], &["name"]);
        only(&service["provider"], &["name"], &[]);
        properties(service);
        refs.push(service["bom-ref"].as_str().unwrap());
    }
    let known: BTreeSet<&str> = refs.iter().copied().collect();
    assert_eq!(known.len(), refs.len(), "every bom-ref is unique");
    assert!(known.iter().all(|reference| !reference.is_empty() && !reference.starts_with("urn:cdx:")));
    for dependency in bom["dependencies"].as_array().unwrap() {
        only(dependency, &["ref", "dependsOn"], &["ref"]);
        unique(&dependency["dependsOn"]);
        let others = dependency["dependsOn"].as_array().unwrap().iter().map(|other| other.as_str().unwrap());
        for reference in others.chain(dependency["ref"].as_str()) {
            assert!(known.contains(reference), "{reference} is nothing in this bill");
        }
    }
    for model in components.iter().filter_map(|component| component.get("modelCard")) {
        only(model, &["modelParameters", "quantitativeAnalysis", "considerations", "properties"], &[]);
        if let Some(parameters) = model.get("modelParameters") {
            only(parameters, &["task", "architectureFamily", "datasets"], &[]);
            for dataset in parameters.get("datasets").and_then(Json::as_array).into_iter().flatten() {
                assert!(known.contains(dataset["ref"].as_str().unwrap()));
            }
        }
        for metric in model
            .pointer("/quantitativeAnalysis/performanceMetrics")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
        {
            only(metric, &["type", "value", "slice"], &[]);
            assert!(metric["value"].is_string(), "a value is text: {metric}");
        }
    }
}

#[test]
fn the_bill_of_materials_follows_the_schema() {
    let repo = repository();
    let bom = repo.probity(&["inventory", "--format", "cyclonedx"]).expect(0).json();
    assert_follows_the_schema(&bom);
    let of = |reference: &str| {
        let components = bom["components"].as_array().unwrap();
        components
            .iter()
            .find(|c| c["bom-ref"] == reference)
            .unwrap_or_else(|| panic!("no {reference}"))
            .clone()
    };
    let credit = of("model:credit-scoring");
    assert_eq!(credit["licenses"][0]["license"]["id"], "Apache-2.0");
    assert_eq!(credit["modelCard"]["modelParameters"]["task"], "tabular-classification");
    assert_eq!(credit["modelCard"]["modelParameters"]["datasets"][0]["ref"], "dataset:loans");
    let metrics = &credit["modelCard"]["quantitativeAnalysis"]["performanceMetrics"];
    assert_eq!(metrics[1], serde_json::json!({"type": "f1", "value": "NaN", "slice": "dataset: loans"}));
    assert_eq!(metrics[4]["slice"], "group: m");
    assert_eq!(of("model:org/chat@abc")["purl"], "pkg:huggingface/org/chat@abc");
    assert_eq!(of("package:foo-bar@1.2")["purl"], "pkg:pypi/foo-bar@1.2");
    let image =
        bom["components"].as_array().unwrap().iter().find(|c| c["name"] == "registry.example/xgb").unwrap();
    assert_eq!(
        image["purl"],
        "pkg:oci/xgb@sha256%3A0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef?repository_url=registry.example%2Fxgb"
    );
    let depends = |reference: &str| {
        let list = bom["dependencies"].as_array().unwrap();
        list.iter().find(|d| d["ref"] == reference).unwrap()["dependsOn"].clone()
    };
    assert_eq!(depends("model:credit-scoring"), serde_json::json!(["dataset:loans", "model:org/base"]));
    assert_eq!(
        depends("service:terraform:infra//aws_sagemaker_endpoint.credit"),
        serde_json::json!(["model:credit-scoring"])
    );
    // The time is the commit's, and unknown for what is not committed.
    assert_eq!(bom["metadata"]["timestamp"].as_str().unwrap().get(..4), Some("2026"));
    repo.write("new.txt", "x");
    let bom = repo.probity(&["inventory", "--format", "cyclonedx"]).expect(0).json();
    assert_eq!(bom["metadata"].get("timestamp"), None);

    let empty = Repo::new();
    let bom = empty.probity(&["inventory", "--format", "cyclonedx"]).expect(0).json();
    assert_follows_the_schema(&bom);
}

#[test]
fn hostile_documents_end_in_entries() {
    let repo = repository();
    repo.write("deep/pyproject.toml", format!("a = {}", "[".repeat(100_000)));
    repo.write("deep/uv.lock", "[[package]]\nname = \"x\"\n".repeat(60_000));
    repo.write("deep/CODEOWNERS", "a".repeat(100_000));
    repo.write("deep/requirements.txt", format!("{}==1\n", "[".repeat(100_000)));
    repo.write("deep/Dockerfile", format!("ARG A=${{A}}${{A}}\nFROM {}\n", "${A}".repeat(10_000)));
    repo.write("deep/README.md", format!("---\nlicense: mit\nbase_model: '{}'\n---\n", "x".repeat(100_000)));
    let run = repo.probity(&["inventory", "--format", "cyclonedx"]).expect(3);
    assert_follows_the_schema(&run.json());
    assert_accounted(&repo.probity(&["inventory", "--format", "json"]).expect(3).json());
    repo.probity(&["inventory"]).expect(3);
}

#[test]
fn mistakes_in_declared_systems_make_an_audit_incomplete() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put(".probity/system.yaml", "systems:\n  - id: a\n    risk_class: hgih\n");
    let report = repo.probity(&["check", "--format", "json"]).expect(3).json();
    assert_eq!(report["unparsed"][0]["path"], ".probity/system.yaml");
    assert_eq!(report["unparsed"][0]["line"], 3);
    let json = repo.probity(&["inventory", "--format", "json"]).expect(3).json();
    assert_eq!(json["systems"][0]["risk_class"], "hgih", "nothing is lost");
    assert_eq!(json["files"]["read_in_part"]["systems"], 1);
}

#[test]
fn policies_reach_figures_joins_and_images_with_their_lines() {
    let repo = repository();
    let policy = r#"# METADATA
# title: Facts of documents
# scope: package
# custom:
#   id: T-DOC-001
#   severity: low
#   scope: repository
package t.doc

import rego.v1

deny contains {"msg": sprintf("%s of %s", [m.name, m.group]), "resource": m.subject, "path": m.at, "key": m.group} if {
	some m in input.metrics
	m.model.name == "credit-scoring"
	m.group == "m"
}

deny contains {"msg": i.image, "resource": i.subject, "path": i.at, "key": i.image} if {
	some i in input.images
	i.used == "base"
	not i.pinned
}

deny contains {"msg": "joined", "resource": r.subject, "path": [], "key": bucket} if {
	some r in input.resources
	r.type == "aws_sagemaker_endpoint"
	some bucket in r.joins.model_data
}
"#;
    repo.write("../policies/t.rego", policy);
    let report = repo.report(&["--policies", "../policies"]);
    let mut mine: Vec<_> = support::of_policy(&report, "T-DOC-001")
        .into_iter()
        .map(|f| (f["message"].as_str().unwrap(), f["path"].as_str().unwrap(), f["line"].as_u64().unwrap()))
        .collect();
    mine.sort_unstable();
    assert_eq!(
        mine,
        [
            ("joined", "infra/main.tf", 13),
            ("python:3.12", "Dockerfile", 1),
            ("selection_rate of m", "reports/fairness.yaml", 5),
        ]
    );
}
