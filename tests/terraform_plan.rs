//! Terraform plans as facts, and plans made from HCL, held against plans that Terraform itself wrote
//! (`tests/golden/shapes`: `terraform show -json` of the configurations beside them).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

use std::path::Path;
use std::sync::Arc;

use probity::facts::{Basis, Facts, Given, Resource, Shape, Unit, View, units};
use probity::model::Scope;
use probity::source::{Document, Kind, Node, Step, read};
use serde_json::{Value as Json, json};

fn document(path: &str, text: &str) -> Arc<Document> {
    let kind = Kind::of_path(path).unwrap();
    Arc::new(read(path, kind, text.into(), false).document.unwrap())
}

fn golden(name: &str, files: &[&str]) -> Vec<Arc<Document>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/shapes").join(name);
    let text = |file: &&str| std::fs::read_to_string(folder.join(file)).unwrap();
    files.iter().map(|file| document(&format!("infra/{file}"), &text(file))).collect()
}

fn find<'f>(facts: &'f Facts, address: &str) -> &'f Resource {
    let mut found = facts.resources.iter().filter(|resource| resource.address == address);
    let one = found.next().unwrap_or_else(|| {
        panic!("{address} in {:?}", facts.resources.iter().map(|r| &r.address).collect::<Vec<_>>())
    });
    assert!(found.next().is_none(), "{address} twice");
    one
}

fn addresses(facts: &Facts) -> Vec<&str> {
    facts.resources.iter().map(|resource| resource.address.as_str()).collect()
}

fn unknown(resource: &Resource) -> Vec<String> {
    resource.attributes.unknown_paths().iter().map(|unknown| path(&unknown.path)).collect()
}

fn path(steps: &[Step]) -> String {
    let text = steps.iter().map(|step| match step {
        Step::Key(key) => key.clone(),
        Step::Index(index) => index.to_string(),
    });
    text.collect::<Vec<_>>().join(".")
}

fn references(resource: &Resource) -> Vec<String> {
    resource.references.iter().map(|r| format!("{} -> {}", path(&r.path), r.target)).collect()
}

fn plan_units(documents: &[Arc<Document>]) -> Vec<Unit<'static>> {
    // Units borrow what they are made of.
    let (facts, documents) = (Box::leak(Box::new(Facts::of(documents))), documents.to_vec().leak());
    units(
        View { scope: Scope::Module, shape: Shape::TerraformPlan, given: Given::All },
        &Basis::of(facts, documents),
        &|_| true,
    )
}

/// A plan of one resource, in the documented form.
fn small_plan(values: &Json, after_unknown: &Json, expressions: &Json) -> Json {
    let identity = json!({
        "address": "aws_s3_bucket.models", "mode": "managed", "type": "aws_s3_bucket", "name": "models",
        "provider_name": "registry.terraform.io/hashicorp/aws",
    });
    let with = |more: Json| -> Json {
        let mut all = identity.as_object().unwrap().clone();
        all.extend(more.as_object().unwrap().clone());
        Json::Object(all)
    };
    let change =
        json!({"actions": ["create"], "before": null, "after": values, "after_unknown": after_unknown});
    json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": [with(json!({"values": values}))]}},
        "resource_changes": [with(json!({"change": change}))],
        "configuration": {"root_module": {"resources": [with(json!({"expressions": expressions}))]}},
    })
}

#[test]
fn a_plan_gives_instances_values_and_edges() {
    let facts = Facts::of(&golden("modules", &["plan.json"]));
    let mut found = addresses(&facts);
    found.sort_unstable();
    let want = [
        "module.net[\"eu\"].terraform_data.subnet",
        "module.net[\"eu\"].terraform_data.vpc",
        "module.net[\"us\"].terraform_data.subnet",
        "module.net[\"us\"].terraform_data.vpc",
        "terraform_data.counted[0]",
        "terraform_data.counted[1]",
        "terraform_data.follower[\"a\"]",
        "terraform_data.follower[\"b\"]",
        "terraform_data.many[\"a\"]",
        "terraform_data.many[\"b\"]",
        "terraform_data.one",
        "terraform_data.outside",
    ];
    assert_eq!(found, want);
    let many = find(&facts, "terraform_data.many[\"a\"]");
    assert_eq!(many.attributes.to_json(), json!({"input": {"name": "x"}}), "nulls are not set");
    assert_eq!(unknown(many), ["input.other", "id", "output"]);
    assert_eq!(references(many), ["input -> terraform_data.one"]);
    assert_eq!(many.subject, "terraform:infra//terraform_data.many[\"a\"]");
    assert_eq!((many.path.as_str(), many.root.as_str()), ("infra/plan.json", "terraform:infra"));
    let subnet = find(&facts, "module.net[\"us\"].terraform_data.subnet");
    assert_eq!(subnet.module, "module.net[\"us\"]");
    assert_eq!(subnet.attributes.to_json()["input"], json!([null, "z"]));
    assert_eq!(unknown(subnet), ["input.0", "id", "output"]);
    assert_eq!(references(subnet), ["input -> module.net[\"us\"].terraform_data.vpc"], "its own instance");
    // Through a variable of the module, an output of it, by key, and by the key of the one that refers.
    let vpc = find(&facts, "module.net[\"eu\"].terraform_data.vpc");
    assert_eq!(references(vpc), ["input -> terraform_data.one"]);
    let counted = find(&facts, "terraform_data.counted[1]");
    assert_eq!(references(counted), ["triggers_replace -> terraform_data.many[\"a\"]"]);
    let follower = find(&facts, "terraform_data.follower[\"b\"]");
    assert_eq!(references(follower), ["input -> terraform_data.many[\"b\"]"]);
    let outside = find(&facts, "terraform_data.outside");
    assert_eq!(references(outside), ["input -> module.net[\"eu\"].terraform_data.vpc"]);
}

#[test]
fn a_plan_takes_the_place_of_the_hcl_and_keeps_its_places() {
    let documents = golden("flat", &["main.tf", "plan.json"]);
    let facts = Facts::of(&documents);
    assert_eq!(facts.resources.len(), 3, "{:?}", addresses(&facts));
    let model = find(&facts, "terraform_data.model");
    assert_eq!(model.path, "infra/main.tf");
    assert_eq!(&*model.files, ["infra/main.tf", "infra/plan.json"]);
    let text = &documents[0].text;
    assert_eq!(text.slice(model.header), "resource \"terraform_data\" \"model\"");
    let at = |steps: &[&str]| {
        let steps: Vec<Step> = steps
            .iter()
            .map(|s| s.parse().map_or_else(|_| Step::Key((*s).to_owned()), Step::Index))
            .collect();
        text.slice(model.attributes.locate(&steps).unwrap().span)
    };
    assert_eq!(at(&["input", "name"]), "name = \"credit-${var.env}\"");
    assert_eq!(at(&["input", "ports", "1"]), "443");
    assert_eq!(at(&["id"]), "resource \"terraform_data\" \"model\"", "computed: where the block begins");
    let endpoint = find(&facts, "terraform_data.endpoint");
    assert_eq!(unknown(endpoint), ["input.0", "id", "output", "triggers_replace"]);
}

#[test]
fn what_the_plan_does_not_know_stays() {
    let bucket = "resource \"aws_s3_bucket\" \"models\" {\n  bucket = \"written\"\n}\n";
    let newer = "resource \"aws_s3_bucket\" \"newer\" {\n  bucket = \"n\"\n}\n";
    let hcl = document("infra/main.tf", &format!("{bucket}{newer}"));
    let with = |plan: &Json| Facts::of(&[hcl.clone(), document("infra/tfplan.json", &plan.to_string())]);
    let mut plan = small_plan(&json!({"bucket": "planned"}), &json!({}), &json!({"bucket": {}}));
    let facts = with(&plan);
    assert_eq!(addresses(&facts), ["aws_s3_bucket.models", "aws_s3_bucket.newer"]);
    assert_eq!(find(&facts, "aws_s3_bucket.models").attributes.to_json(), json!({"bucket": "planned"}));
    assert_eq!(find(&facts, "aws_s3_bucket.newer").path, "infra/main.tf");

    // Declared without an instance: the plan says that there is none, unless it is not the whole plan.
    let declared = json!({"mode": "managed", "type": "aws_s3_bucket", "name": "newer", "expressions": {}});
    plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap().push(declared);
    assert_eq!(addresses(&with(&plan)), ["aws_s3_bucket.models"]);
    for (key, value) in [("errored", true), ("complete", false)] {
        let mut cut = plan.clone();
        cut[key] = json!(value);
        assert_eq!(addresses(&with(&cut)).len(), 2, "{key}");
    }

    // A plan that destroys everything is not what the HCL will be.
    let mut destroy = plan.clone();
    destroy["planned_values"] = json!({"root_module": {}});
    destroy["resource_changes"][0]["change"] = json!({"actions": ["delete"], "before": {}, "after": null});
    assert_eq!(addresses(&with(&destroy)).len(), 2);
    let alone = document("infra/tfplan.json", &destroy.to_string());
    assert!(Facts::of(&[alone]).resources.is_empty(), "a deletion is no resource");
}

#[test]
fn no_op_stays_and_data_is_left_out() {
    let mut plan = small_plan(&json!({"bucket": "b"}), &json!({}), &json!({}));
    plan["resource_changes"][0]["change"]["actions"] = json!(["no-op"]);
    let data = json!({
        "address": "data.aws_region.here", "mode": "data", "type": "aws_region", "name": "here",
        "values": {"name": "eu-west-1"},
    });
    plan["planned_values"]["root_module"]["resources"].as_array_mut().unwrap().push(data);
    let facts = Facts::of(&[document("tfplan.json", &plan.to_string())]);
    assert_eq!(addresses(&facts), ["aws_s3_bucket.models"]);
    assert_eq!(facts.resources[0].subject, "terraform:.//aws_s3_bucket.models");
}

#[test]
fn only_what_is_set_is_an_attribute() {
    let values = json!({
        "bucket": "b", "acl": null, "logging": [], "tags": {}, "ports": [],
        "rule": [{"id": "r", "prefix": null, "filter": []}],
        "computed": [{"a": null, "b": 1}],
    });
    let mask = json!({"arn": true, "rule": [{"status": true}], "lifecycle_rule": true, "tags": {}});
    let expressions = json!({
        "bucket": {"constant_value": "b"}, "ports": {"constant_value": []}, "tags": {},
        "rule": [{"id": {"constant_value": "r"}}],
    });
    let facts = Facts::of(&[document("p.json", &small_plan(&values, &mask, &expressions).to_string())]);
    let bucket = find(&facts, "aws_s3_bucket.models");
    let want = json!({"bucket": "b", "tags": {}, "ports": [], "rule": [{"id": "r"}], "computed": [{"b": 1}]});
    assert_eq!(bucket.attributes.to_json(), want);
    assert_eq!(unknown(bucket), ["rule.0.status", "arn", "lifecycle_rule"]);
}

#[test]
fn several_plans_of_a_folder_are_several_roots() {
    let plan = small_plan(&json!({"bucket": "b"}), &json!({}), &json!({})).to_string();
    let hcl = document("infra/main.tf", "resource \"aws_s3_bucket\" \"models\" {}\n");
    let facts = Facts::of(&[hcl, document("infra/dev.json", &plan), document("infra/prod.json", &plan)]);
    let subjects: Vec<&str> = facts.resources.iter().map(|resource| resource.subject.as_str()).collect();
    let want = ["dev", "prod"].map(|env| format!("terraform:infra/{env}.json//aws_s3_bucket.models"));
    assert_eq!(subjects, want);
    assert!(facts.resources.iter().all(|resource| resource.path == "infra/main.tf"));
}

/// Takes away what only Terraform, the provider and the state know. `docs/shapes.md` lists the same.
fn without_what_nobody_can_know(mut plan: Json) -> Json {
    fn unset(map: &mut Json, keys: &[&str]) {
        map.as_object_mut().unwrap().retain(|key, value| !value.is_null() && !keys.contains(&key.as_str()));
    }
    let whole = [
        "terraform_version",
        "timestamp",
        "applyable",
        "complete",
        "errored",
        "relevant_attributes",
        "output_changes",
    ];
    unset(&mut plan, &whole);
    // What is unknown has a type that may hold sensitive parts; the types are the provider's.
    let mut untyped = std::collections::BTreeMap::new();
    for resource in plan["resource_changes"].as_array_mut().unwrap() {
        let address = resource["address"].to_string();
        let change = &mut resource["change"];
        let unknown = change["after_unknown"].as_object().unwrap().iter();
        let unknown: Vec<String> =
            unknown.filter(|(_, v)| **v == json!(true)).map(|(k, _)| k.clone()).collect();
        unset(&mut change["after"], &[]);
        unset(&mut change["after_unknown"], &["id", "output"]);
        unset(&mut change["after_sensitive"], &unknown.iter().map(String::as_str).collect::<Vec<_>>());
        untyped.insert(address, unknown);
    }
    for resource in plan["planned_values"]["root_module"]["resources"].as_array_mut().unwrap() {
        let unknown = &untyped[&resource["address"].to_string()];
        unset(&mut resource["values"], &[]);
        unset(&mut resource["sensitive_values"], &unknown.iter().map(String::as_str).collect::<Vec<_>>());
    }
    plan
}

#[test]
fn a_plan_made_from_hcl_is_what_terraform_writes() {
    let units = plan_units(&golden("flat", &["main.tf"]));
    let [unit] = units.as_slice() else { panic!("{} units", units.len()) };
    let terraform = golden("flat", &["plan.json"])[0].values[0].to_json();
    assert_eq!(*unit.input.json(), without_what_nobody_can_know(terraform));
    assert_eq!(unit.subject, "terraform:infra");
    let unknown: Vec<String> = unit.unknown.iter().map(|unknown| path(&unknown.path)).collect();
    for place in [
        "terraform_version",
        "resource_changes.0.change.after.input.0",
        "planned_values.root_module.resources.0.values.input.0",
        "planned_values.outputs.model.value",
    ] {
        assert!(unknown.contains(&place.to_owned()), "{place} in {unknown:?}");
    }
}

#[test]
fn the_configuration_of_modules_is_what_terraform_writes() {
    let documents = golden("modules", &["main.tf", "net/main.tf"]);
    let units = plan_units(&documents);
    let unit = units.iter().find(|unit| unit.subject == "terraform:infra").unwrap();
    let terraform = golden("modules", &["plan.json"])[0].values[0].to_json();
    assert_eq!(unit.input.json()["configuration"], terraform["configuration"]);
    assert_eq!(unit.input.json()["variables"], terraform["variables"]);
}

#[test]
fn a_plan_is_passed_through_untouched() {
    let documents = golden("modules", &["plan.json"]);
    let units = plan_units(&documents);
    let [unit] = units.as_slice() else { panic!("{} units", units.len()) };
    assert_eq!(*unit.input.json(), documents[0].values[0].to_json());
    let addresses = unit.input.json()["resource_changes"].as_array().unwrap();
    let many = addresses.iter().position(|change| change["address"] == "terraform_data.many[\"a\"]").unwrap();
    let place = [Step::Key("resource_changes".to_owned()), Step::Index(many)];
    assert_eq!(unit.places[&place[..]], "terraform:infra//terraform_data.many[\"a\"]");
    let unknown: Vec<String> = unit.unknown.iter().map(|unknown| path(&unknown.path)).collect();
    assert!(unknown.contains(&format!("resource_changes.{many}.change.after.input.other")), "{unknown:?}");
    assert!(
        unknown
            .iter()
            .any(|path| path.starts_with("planned_values.root_module.child_modules.0.resources.0.values."))
    );
}

#[test]
fn hostile_plans_are_only_wrong() {
    let mut plan =
        small_plan(&json!({"a": 1}), &json!({"a": [true, {"b": true}], "x": {"y": [true]}}), &json!([1, 2]));
    plan["resource_changes"].as_array_mut().unwrap().extend([json!(1), json!({"address": 5}), Json::Null]);
    plan["planned_values"]["root_module"]["child_modules"] =
        json!([{"address": "module.", "resources": 7}, []]);
    // Modules whose outputs and variables refer to each other in circles.
    let circle = json!({
        "a": {"expressions": {"v": {"references": ["module.b.o"]}},
              "module": {"outputs": {"o": {"expression": {"references": ["var.v"]}}}}},
        "b": {"expressions": {"v": {"references": ["module.a.o"]}},
              "module": {"outputs": {"o": {"expression": {"references": ["var.v"]}}}}},
    });
    plan["configuration"]["root_module"]["module_calls"] = circle;
    plan["configuration"]["root_module"]["resources"][0]["expressions"] =
        json!({"a": {"references": ["module.a.o", "[[[", "a[\"", "", ".", "module.a"]}});
    let documents = [document("p.json", &plan.to_string())];
    let facts = Facts::of(&documents);
    assert_eq!(addresses(&facts), ["aws_s3_bucket.models"]);
    assert_eq!(facts.resources[0].references, []);
    assert_eq!(plan_units(&documents).len(), 1);
    let not_even =
        document("q.json", "{\"format_version\": 1, \"terraform_version\": 1, \"planned_values\": []}");
    assert!(Facts::of(std::slice::from_ref(&not_even)).resources.is_empty());
    assert_eq!(plan_units(&[not_even]).len(), 1);
    let _: &Node = &documents[0].values[0];
}
