//! Policies as they are written for other tools, unchanged, over the inputs that those tools document.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod support;

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use support::{Repo, texts};

/// A repository and policies beside it, audited with those alone in view.
struct Audit {
    repo: Repo,
    policies: &'static str,
}

impl Audit {
    fn new() -> Self {
        Self { repo: Repo::new(), policies: "../policies" }
    }

    fn file(self, path: &str, text: &str) -> Self {
        self.repo.write(path, text);
        self
    }

    fn policy(self, name: &str, text: &str) -> Self {
        self.repo.write(&format!("../policies/{name}"), text);
        self
    }

    fn report(&self) -> Json {
        self.repo.report(&["--policies", self.policies])
    }

    /// What the given policies say: `list: id subject message`.
    fn said(&self) -> Vec<String> {
        let report = self.report();
        let mut said = Vec::new();
        for list in ["findings", "review", "inconclusive", "not_applicable"] {
            for item in report[list].as_array().into_iter().flatten() {
                if !item["policy"].as_str().unwrap().starts_with("PB-") {
                    let text = |key: &str| item[key].as_str().unwrap().to_owned();
                    said.push(format!("{list}: {} {} {}", text("policy"), text("resource"), text("message")));
                }
            }
        }
        let reasons = texts(&report["not_evaluated"], "reason");
        said.extend(reasons.into_iter().map(|reason| format!("not evaluated: {reason}")));
        said.sort();
        said
    }

    /// `path:line` of each finding by its message.
    fn places(&self) -> BTreeMap<String, String> {
        let report = self.report();
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .map(|f| {
                (
                    f["message"].as_str().unwrap().to_owned(),
                    format!("{}:{}", f["path"].as_str().unwrap(), f["line"]),
                )
            })
            .collect()
    }
}

// --- Terraform plans

const PLAN_POLICY: &str = "package main\n\
    deny[msg] {\n  change := input.resource_changes[_]\n  change.type == \"example_bucket\"\n  \
    change.change.after.acl == \"public-read\"\n  msg := sprintf(\"%v is public\", [change.address])\n}\n";

fn bucket(acl: &str) -> String {
    format!("resource \"example_bucket\" \"a\" {{\n  name = \"n\"\n  acl  = {acl}\n}}\n")
}

#[test]
fn a_plan_policy_judges_hcl_and_plans_alike() {
    let hcl = Audit::new().policy("p.rego", PLAN_POLICY).file("infra/main.tf", &bucket("\"public-read\""));
    let want = ["findings: main.deny terraform:infra example_bucket.a is public"];
    assert_eq!(hcl.said(), want);

    let after = json!({"name": "n", "acl": "public-read"});
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": [{
            "address": "example_bucket.a", "mode": "managed", "type": "example_bucket", "name": "a", "values": after,
        }]}},
        "resource_changes": [{
            "address": "example_bucket.a", "mode": "managed", "type": "example_bucket", "name": "a",
            "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": {}},
        }],
    });
    // The plan's values decide, not those of the HCL beside it.
    let planned = Audit::new()
        .policy("p.rego", PLAN_POLICY)
        .file("infra/main.tf", &bucket("\"private\""))
        .file("infra/tfplan.yaml", &plan.to_string());
    assert_eq!(planned.said(), want);
    let private = Audit::new().policy("p.rego", PLAN_POLICY).file("infra/main.tf", &bucket("\"private\""));
    assert_eq!(private.said(), [""; 0]);
}

#[test]
fn what_is_unknown_before_apply_is_no_pass() {
    let audit = Audit::new()
        .policy("p.rego", PLAN_POLICY)
        .file("main.tf", &format!("variable \"acl\" {{}}\n{}", bucket("var.acl")));
    let want = "inconclusive: main.deny terraform:. Possibly: example_bucket.a is public \
                This hangs on what is known only after apply: acl.";
    assert_eq!(audit.said(), [want]);
    let plan = |acl: &str, mask: Json| {
        let after = if acl.is_empty() { json!({}) } else { json!({"acl": acl}) };
        json!({
            "format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}},
            "resource_changes": [{
                "address": "example_bucket.a", "mode": "managed", "type": "example_bucket", "name": "a",
                "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": mask},
            }],
        })
    };
    for (acl, mask, verdict) in [
        ("", json!({"acl": true}), Some("inconclusive")),
        ("", json!({"id": true}), None),
        ("private", json!({"id": true}), None),
        ("public-read", json!({"id": true}), Some("findings")),
    ] {
        let plan = plan(acl, mask.clone()).to_string();
        let audit = Audit::new().policy("p.rego", PLAN_POLICY).file("tfplan.yaml", &plan);
        let said = audit.said();
        assert_eq!(said.len(), usize::from(verdict.is_some()), "{acl} {mask}: {said:?}");
        assert!(verdict.is_none_or(|verdict| said[0].starts_with(verdict)), "{said:?}");
    }
}

/// Each string that a policy may compare with is tried in the place of an unknown value, and where there are
/// too many, none can be said to be reported under all.
#[test]
fn an_unknown_value_may_be_any_string_of_the_policy() {
    let main = format!("variable \"acl\" {{}}\n{}", bucket("var.acl"));
    let strings = |count: usize| {
        let strings: Vec<String> = (0..count).map(|n| format!("\"a-{n:03}\"")).collect();
        format!("names := {{{}}}\n", strings.join(", "))
    };
    let policy = |passes: &str, more: &str| {
        format!(
            "package main\nimport rego.v1\ndeny contains msg if {{\n  some change in input.resource_changes\n  \
             change.change.after.acl != {passes}\n  not change.change.after.name in names\n  \
             msg := sprintf(\"%v is open.\", [change.address])\n}}\n{more}"
        )
    };
    let library = "package lib\npasses := \"private\"\n";
    for (passes, more) in [
        ("\"private\"", strings(13)),
        ("\"private\"", strings(60)),
        ("\"private\"", strings(200)),
        ("data.lib.passes", strings(1)),
        ("data.given.passes", strings(1)),
    ] {
        let audit = Audit::new()
            .policy("p.rego", &policy(passes, &more))
            .policy("lib.rego", library)
            .policy("params/given.yaml", "given:\n  passes: private\n")
            .file("main.tf", &main);
        let said = audit.said();
        assert_eq!(said.len(), 1, "{passes} {said:?}");
        assert!(said[0].starts_with("inconclusive: main.deny"), "{passes}: {said:?}");
    }
    // Whatever it is, and no string is compared with it.
    let text = "package main\nimport rego.v1\ndeny contains \"It is set here.\" if {\n  \
                some change in input.resource_changes\n  change.change.after.acl != null\n}\n";
    let audit = Audit::new().policy("p.rego", text).file("main.tf", &main);
    assert_eq!(audit.said(), ["findings: main.deny terraform:. It is set here."]);
}

// --- Data files

const ZONES: &str = "package main\nimport rego.v1\ndeny contains msg if {\n  input.kind == \"Service\"\n  \
    some port in input.spec.ports\n  port.port in data.services.closed\n  \
    msg := sprintf(\"port %v is closed\", [port.port])\n}\n";
const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n  - port: 22\n  - port: 80\n";

#[test]
fn data_files_stand_where_conftest_puts_them() {
    let said = |data: &[&str], files: &[(&str, &str)]| -> Result<Vec<String>, String> {
        let audit = Audit::new().policy("p.rego", ZONES).file("service.yaml", SERVICE);
        for (path, text) in files {
            audit.repo.write(path, text);
        }
        let mut args = vec!["check", "--format", "json", "--policies", audit.policies];
        args.extend(data.iter().flat_map(|path| ["--data", path]));
        let run = audit.repo.probity(&args);
        if run.code == 2 {
            return Err(run.err);
        }
        let report = run.json();
        let own = |finding: &&Json| finding["policy"] == "main.deny";
        let findings = report["findings"].as_array().unwrap().iter().filter(own);
        Ok(findings.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect())
    };
    let closed = "services:\n  closed: [22]\n";
    let found = vec!["port 22 is closed".to_owned()];
    assert_eq!(said(&[], &[]).unwrap(), [""; 0]);
    assert_eq!(said(&["../data"], &[("../data/a.yaml", closed)]).unwrap(), found);
    assert_eq!(said(&["../data/a.yaml"], &[("../data/a.yaml", closed)]).unwrap(), found);
    assert_eq!(said(&["../data"], &[("../data/services/a.json", "{\"closed\": [22]}")]).unwrap(), found);
    let two = [("../data/a.yaml", "services:\n  open: [80]\n"), ("../more.yaml", closed)];
    assert_eq!(said(&["../data", "../more.yaml"], &two).unwrap(), found);
    // What the folder of policies itself brings along, as where it is tested.
    let own = ("../policies/params/a.yaml", closed);
    assert_eq!(said(&[], &[own]).unwrap(), found);
    let over = ("../data/a.yaml", "services:\n  closed: [80]\n");
    assert_eq!(said(&["../data"], &[own, over]).unwrap(), ["port 80 is closed"]);

    let twice = [("../data/a.yaml", closed), ("../more.yaml", "services:\n  closed: [80]\n")];
    for (data, files, reason) in [
        (&["../data", "../more.yaml"][..], &twice[..], "another file gives data.services.closed already"),
        (&["../data"], &[("../data/a.json", "[1]")], "data must be an object"),
        (&["../data"], &[("../data/a.yaml", "a: 1\n---\na: 2\n")], "a.yaml: "),
        (&["../data"], &[("../data/a.txt", "a")], "no data file in"),
        (&["../none"], &[], "cannot read ../none"),
    ] {
        let error = said(data, files).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}

/// What a policy reads of the data is part of what it judges by.
#[test]
fn the_digest_covers_the_data_that_is_read() {
    let digest = |text: &str| {
        let audit = Audit::new().policy("p.rego", ZONES).file("service.yaml", SERVICE);
        audit.repo.write("../data.yaml", text);
        let report = audit.repo.report(&["--policies", audit.policies, "--data", "../data.yaml"]);
        report["policies"]["digest"].to_string()
    };
    let one = digest("services:\n  closed: [22]\n");
    assert_eq!(one, digest("services:\n  closed: [22]\nothers: 1\n"));
    assert_ne!(one, digest("services:\n  closed: [80]\n"));
}

#[test]
fn planned_values_and_configuration_can_be_read() {
    let policy = "package plan\nimport rego.v1\nimport input as tfplan\n\n\
        resources contains resource if {\n  some resource in tfplan.planned_values.root_module.resources\n}\n\n\
        deny contains sprintf(\"%s: no name\", [r.address]) if {\n  some r in resources\n  not r.values.name\n}\n\n\
        warn contains sprintf(\"%s: name is fixed\", [r.address]) if {\n  \
        some r in tfplan.configuration.root_module.resources\n  r.expressions.name.constant_value\n}\n\n\
        deny contains sprintf(\"variable %s\", [name]) if {\n  some name, v in input.variables\n  v.value == \"bad\"\n}\n";
    let audit = Audit::new().policy("p.rego", policy).file(
        "main.tf",
        &format!(
            "variable \"x\" {{\n  default = \"bad\"\n}}\n{}resource \"example_bucket\" \"b\" {{}}\n",
            bucket("var.x")
        ),
    );
    let want = [
        "findings: plan.deny terraform:. example_bucket.b: no name",
        "findings: plan.deny terraform:. variable x",
        "review: plan.warn terraform:. example_bucket.a: name is fixed",
    ];
    assert_eq!(audit.said(), want);
}

#[test]
fn the_version_of_a_plan_that_nobody_made_is_unknown() {
    let policy = "package plan\nimport rego.v1\n\
        deny contains \"too old\" if {\n  input.resource_changes\n  startswith(input.terraform_version, \"0.\")\n}\n";
    let audit = Audit::new().policy("p.rego", policy).file("main.tf", &bucket("\"private\""));
    assert_eq!(audit.said().len(), 1, "{:?}", audit.said());
    assert!(audit.said()[0].starts_with("inconclusive: plan.deny terraform:. Possibly: too old"));
}

#[test]
fn a_path_into_the_plan_leads_to_the_line_of_the_hcl() {
    let policy = "package plan\nimport rego.v1\n\
        deny contains {\"msg\": \"by path\", \"path\": [\"resource_changes\", i, \"change\", \"after\", \"acl\"]} if {\n  \
        some i, change in input.resource_changes\n  change.change.after.acl == \"public-read\"\n}\n\
        deny contains {\"msg\": \"by address\", \"resource\": change.address} if {\n  \
        some change in input.resource_changes\n  change.change.after.acl == \"public-read\"\n}\n\
        deny contains {\"msg\": \"in values\", \"path\": p} if {\n  \
        walk(input.planned_values, [inner, \"public-read\"])\n  p := array.concat([\"planned_values\"], inner)\n}\n";
    let audit = Audit::new().policy("p.rego", policy).file("infra/main.tf", &bucket("\"public-read\""));
    let places = audit.places();
    for (message, place) in
        [("by path", "infra/main.tf:3"), ("by address", "infra/main.tf:3"), ("in values", "infra/main.tf:3")]
    {
        assert_eq!(places[message], place, "{places:?}");
    }
    assert!(
        audit.said().iter().all(|said| said.contains("terraform:infra//example_bucket.a")),
        "{:?}",
        audit.said()
    );
}

// --- HCL as Conftest gives it

const TWO_FORMS: &str = "resource \"k\" \"one\" {\n  spec {\n    container { name = \"a\" }\n  }\n}\n\
    resource \"k\" \"two\" {\n  spec {\n    container { name = \"a\" }\n    container { name = \"b\" }\n  }\n}\n";

#[test]
fn hcl_has_the_present_form_of_conftest_and_the_older_one_by_metadata() {
    let present = "package now\ndeny[msg] {\n  name := input.resource.k[r][_].spec[_].container[_].name\n  msg := sprintf(\"%v %v\", [r, name])\n}\n";
    let older = "# METADATA\n# custom:\n#   shape: hcl2json-objects\npackage then\n\
        deny[msg] {\n  is_object(input.resource.k[r].spec.container)\n  msg := sprintf(\"%v alone\", [r])\n}\n\
        deny[msg] {\n  name := input.resource.k[r].spec.container[_].name\n  msg := sprintf(\"%v %v\", [r, name])\n}\n";
    let audit = Audit::new()
        .policy("now.rego", present)
        .policy("then.rego", older)
        .file("main.tf", TWO_FORMS)
        .file("other.yaml", "resource: {k: {r: {spec: {container: {name: x}}}}}\n");
    let said = audit.said();
    let want = [
        "findings: now.deny document:main.tf one a",
        "findings: now.deny document:main.tf two a",
        "findings: now.deny document:main.tf two b",
        "findings: then.deny document:main.tf one alone",
        "findings: then.deny document:main.tf two a",
        "findings: then.deny document:main.tf two b",
    ];
    assert_eq!(said, want);
}

// --- conftest --combine

#[test]
fn combine_gives_every_document_with_its_path() {
    let policy = "package main\nimport rego.v1\n\n\
        deny contains msg if {\n  input[deployment].contents.kind == \"Deployment\"\n  \
        app := input[deployment].contents.spec.selector.matchLabels.app\n  not has_service(app)\n  \
        msg := sprintf(\"%s: no service selects %s\", [input[deployment].path, app])\n}\n\n\
        has_service(app) if {\n  some file in input\n  file.contents.kind == \"Service\"\n  \
        file.contents.spec.selector.app == app\n}\n\n\
        deny contains {\"msg\": \"three replicas\", \"path\": [i, \"contents\", \"spec\", \"replicas\"]} if {\n  \
        input[i].contents.spec.replicas == 3\n}\n\n\
        warn contains sprintf(\"%d: %s\", [count(input), concat(\" \", [f.path | some f in input])]) if count(input) > 0\n";
    let deployment = |app: &str, replicas: u8| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {app}\nspec:\n  replicas: {replicas}\n  \
             selector:\n    matchLabels:\n      app: {app}\n"
        )
    };
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  selector:\n    app: web\n";
    let audit = Audit::new()
        .policy("combine.rego", policy)
        .file("k8s/all.yaml", &format!("{service}---\n{}", deployment("web", 1)))
        .file("k8s/worker.yaml", &deployment("worker", 3))
        .file("list.yaml", "- a: 1\n- a: 2\n")
        .file("main.tf", "locals {}\n");
    let want = [
        "findings: main.deny document:k8s/worker.yaml three replicas",
        "findings: main.deny repository k8s/worker.yaml: no service selects worker",
        "review: main.warn repository 6: k8s/all.yaml k8s/all.yaml k8s/worker.yaml list.yaml list.yaml main.tf",
    ];
    assert_eq!(audit.said(), want);
    assert_eq!(audit.places()["three replicas"], "k8s/worker.yaml:6");
}

// --- Entry points and results

#[test]
fn every_entry_point_and_every_form_of_result() {
    let v0 = "package old\n\
        deny[msg] { input.on; msg := \"deny\" }\n\
        deny_named[msg] { input.on; msg := \"deny named\" }\n\
        violation[{\"msg\": msg, \"details\": {\"a\": 1}}] { input.on; msg := \"violation\" }\n\
        violation_named[{\"msg\": \"violation named\"}] { input.on }\n\
        warn[msg] { input.on; msg := \"warn\" }\n\
        warn_named[msg] { input.on; msg := \"warn named\" }\n\
        deny_lifted[msg] { input.on; msg := \"lifted\" }\n\
        exception[rules] { input.on; rules := [\"lifted\"] }\n\
        denylist[msg] { input.on; msg := \"no entry point\" }\n";
    let v1 = "package new\nimport rego.v1\n\
        deny contains {\"msg\": \"with metadata\", \"metadata\": {\"owner\": \"x\"}, \"_loc\": {\"file\": \"a.yaml\", \"line\": 2}} if input.on\n\
        violation contains \"violation\" if input.on\n\
        warn contains \"warn\" if input.on\n";
    let audit =
        Audit::new().policy("old.rego", v0).policy("new.rego", v1).file("a.yaml", "on: true\nother: 1\n");
    let want = [
        "findings: new.deny document:a.yaml with metadata",
        "findings: new.violation document:a.yaml violation",
        "findings: old.deny document:a.yaml deny",
        "findings: old.deny_named document:a.yaml deny named",
        "findings: old.violation document:a.yaml violation",
        "findings: old.violation_named document:a.yaml violation named",
        "review: new.warn document:a.yaml warn",
        "review: old.warn document:a.yaml warn",
        "review: old.warn_named document:a.yaml warn named",
    ];
    assert_eq!(
        audit.said().iter().filter(|said| !said.starts_with("not_applicable")).collect::<Vec<_>>(),
        want
    );
    assert!(!audit.said().iter().any(|said| said.starts_with("findings: old.deny_lifted")));
    let places = audit.places();
    assert_eq!((&*places["with metadata"], &*places["deny"]), ("a.yaml:2", "a.yaml:1"), "_loc names a line");
}

#[test]
fn files_that_add_to_one_rule_are_one_policy() {
    let audit = Audit::new()
        .policy("a.rego", "package main\ndeny[\"a\"] { input.on }\n")
        .policy("b.rego", "package main\ndeny[\"b\"] { input.on }\n")
        .file("x.yaml", "on: true\n");
    assert_eq!(
        audit.said(),
        ["findings: main.deny document:x.yaml a", "findings: main.deny document:x.yaml b"]
    );
}

#[test]
fn a_finding_over_a_plan_made_from_hcl_is_traced() {
    let audit = Audit::new().policy("p.rego", PLAN_POLICY);
    audit.repo.put("infra/main.tf", bucket("\"private\""));
    let guilty = audit.repo.put("infra/main.tf", bucket("\"public-read\""));
    audit.repo.put("other.yaml", "a: 1\n");
    let origin = audit.repo.origin_at("main.deny", &["--policies", audit.policies]);
    assert_eq!(origin["commit"]["id"], guilty.as_str(), "{origin}");
}
