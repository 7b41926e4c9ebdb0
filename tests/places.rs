//! Places and evidence as reports have them, end to end.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod support;

use serde_json::{Value as Json, json};
use support::Repo;

struct Audit(Repo);

impl Audit {
    fn new(policy: &str) -> Self {
        let repo = Repo::new();
        repo.write("../policies/p.rego", format!("package main\nimport rego.v1\n{policy}"));
        Self(repo)
    }

    fn file(self, path: &str, text: &str) -> Self {
        self.0.write(path, text);
        self
    }

    fn list(&self, list: &str) -> Vec<Json> {
        let report = self.0.report(&["--policies", "../policies"]);
        assert_eq!(report["not_evaluated"], json!([]));
        let findings = report[list].as_array().unwrap().iter();
        findings.filter(|f| !f["policy"].as_str().unwrap().starts_with("PB-")).cloned().collect()
    }

    /// The only finding of a list.
    fn one(&self, list: &str) -> Json {
        let mut found = self.list(list);
        assert_eq!(found.len(), 1, "{found:#?}");
        found.remove(0)
    }

    fn place(&self, list: &str) -> (String, u64, String) {
        let found = self.one(list);
        let text = |key: &str| found[key].as_str().unwrap().to_owned();
        (text("path"), found["line"].as_u64().unwrap(), text("confidence"))
    }
}

fn at(path: &str, line: u64, confidence: &str) -> (String, u64, String) {
    (path.to_owned(), line, confidence.to_owned())
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  hostNetwork: true\n  containers:\n    \
    - name: x\n      image: nginx:latest\n";

#[test]
fn a_path_that_a_result_gives_is_believed() {
    for (result, line) in [
        ("{\"msg\": \"x\", \"path\": [\"spec\", \"containers\", 0, \"image\"]}", 9),
        ("{\"msg\": \"x\", \"failedPaths\": [\"spec.containers[0].image\"]}", 9),
        ("{\"msg\": \"x\", \"details\": {\"path\": \"spec.containers[0].securityContext\"}}", 8),
        ("{\"msg\": \"x\", \"_loc\": {\"file\": \"pod.yaml\", \"line\": 4}}", 4),
    ] {
        let audit =
            Audit::new(&format!("deny contains {result} if input.kind == \"Pod\"\n")).file("pod.yaml", POD);
        assert_eq!(audit.place("findings"), at("pod.yaml", line, "path-given"), "{result}");
    }
}

#[test]
fn a_message_alone_finds_its_line_and_says_what_it_rests_on() {
    let audit = Audit::new("deny contains \"the host network is used\" if input.spec.hostNetwork\n")
        .file("pod.yaml", POD);
    assert_eq!(audit.place("findings"), at("pod.yaml", 6, "tested-and-named"));
    let places = audit.one("findings")["evidence_places"].clone();
    let place = &places.as_array().unwrap()[0];
    assert_eq!(
        (&place["role"], &place["at"], &place["value"]),
        (&json!("value"), &json!("spec.hostNetwork"), &json!("true"))
    );
    let run = audit.0.probity(&["check", "--policies", "../policies"]);
    assert!(run.out.contains("(place: tested)"), "{}", run.out);
}

#[test]
fn what_is_missing_is_missing_somewhere() {
    let rule = "deny contains \"no memory limit\" if {\n  some c in input.spec.containers\n  not c.resources.limits.memory\n}\n";
    let audit = Audit::new(rule).file("pod.yaml", POD);
    assert_eq!(audit.place("findings"), at("pod.yaml", 8, "absence"));
    let places = audit.one("findings")["evidence_places"].clone();
    let mut places = places.as_array().unwrap().iter();
    let missing = places.find(|place| place["role"] == "missing").unwrap();
    assert_eq!(
        (&missing["at"], &missing["value"]),
        (&json!("spec.containers[0]"), &json!("[\"resources\"]"))
    );
}

const PLAN: &str = "deny contains sprintf(\"%s is public\", [r.address]) if {\n  some r in input.resource_changes\n  \
    r.type == \"example_bucket\"\n  r.change.after.acl == \"public-read\"\n}\n";

#[test]
fn plans_lead_back_to_the_hcl() {
    let hcl = "variable \"acl\" {\n  default = \"public-read\"\n}\n\nresource \"example_bucket\" \"a\" {\n  name = \"n\"\n  acl  = var.acl\n}\n";
    let audit = Audit::new(PLAN).file("infra/main.tf", hcl);
    assert_eq!(audit.place("findings"), at("infra/main.tf", 7, "tested-and-named"));
    let after = json!({"name": "n", "acl": "public-read"});
    let resource =
        json!({"address": "example_bucket.a", "mode": "managed", "type": "example_bucket", "name": "a"});
    let mut planned = resource.clone();
    planned["values"] = after.clone();
    let mut change = resource;
    change["change"] = json!({"actions": ["create"], "before": null, "after": after, "after_unknown": {}});
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": [planned]}}, "resource_changes": [change],
    });
    let real = Audit::new(PLAN).file("infra/main.tf", hcl).file("infra/tfplan.json", &plan.to_string());
    assert_eq!(real.place("findings"), at("infra/main.tf", 7, "tested-and-named"));
    let configured = "deny contains sprintf(\"%s has a fixed name\", [r.address]) if {\n  \
        some r in input.configuration.root_module.resources\n  r.expressions.name.constant_value\n}\n";
    let audit = Audit::new(configured).file("infra/main.tf", hcl);
    assert_eq!(audit.place("findings").1, 6);
}

#[test]
fn what_is_unknown_is_where_it_is_written_and_no_evidence() {
    let hcl =
        "variable \"acl\" {}\n\nresource \"example_bucket\" \"a\" {\n  name = \"n\"\n  acl  = var.acl\n}\n";
    let audit = Audit::new(PLAN).file("main.tf", hcl);
    assert_eq!(audit.place("inconclusive"), at("main.tf", 5, "tested-and-named"));
    assert_eq!(audit.one("inconclusive")["evidence_places"], json!([]));
    // Another attribute decides; the unknown one is named by the rule and still no evidence.
    let rule = "deny contains \"versioning is off\" if {\n  some r in input.resource_changes\n  not r.change.after.versioning\n  \
        object.get(r.change.after, \"acl\", \"\") != null\n}\n";
    let audit = Audit::new(rule).file("main.tf", hcl.replace("name = \"n\"", "versioning = false").as_str());
    let found = audit.one("findings");
    assert_eq!(found["line"], 4, "{found:#}");
    assert!(!found["evidence_places"].to_string().contains("acl"), "{found:#}");
}

/// A waiver holds while what it excuses stays, and no longer.
#[test]
fn a_waiver_binds_to_what_the_verdict_rests_on() {
    let rule = "deny contains sprintf(\"%s is open to the internet\", [name]) if {\n  some name\n  \
        cidr := input.resource.aws_security_group[name][_].ingress[_].cidr_blocks[_]\n  endswith(cidr, \"/0\")\n}\n";
    let group = |cidr: &str, tag: &str| {
        format!(
            "resource \"aws_security_group\" \"web\" {{\n  ingress {{\n    cidr_blocks = [\"{cidr}\"]\n  }}\n  tags = {{ owner = \"{tag}\" }}\n}}\n"
        )
    };
    let digest = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("p.rego"), format!("package main\nimport rego.v1\n{rule}"))
            .unwrap();
        let bundle =
            probity::policy::Bundle::load(&[folder.path()], &probity::policy::Isolation::InProcess).unwrap();
        let policies: Vec<_> = bundle.policies.iter().filter(|p| !p.info.id.starts_with("PB-")).collect();
        let reading = probity::source::read("main.tf", probity::source::Kind::Terraform, text.into(), false);
        let documents = [std::sync::Arc::new(reading.document.unwrap())];
        let surroundings = probity::facts::Surroundings::default();
        let answers = probity::policy::Answers::default();
        let judgement = probity::audit::judge(&documents, &policies, &surroundings, Some(&answers), &|_| {});
        assert_eq!(judgement.findings.len(), 1);
        judgement.findings[0].evidence_digest.unwrap()
    };
    let before = digest(&group("0.0.0.0/0", "ml"));
    assert_eq!(before, digest(&group("0.0.0.0/0", "platform")), "a tag");
    assert_eq!(before, digest(&format!("\n# moved\n{}", group("0.0.0.0/0", "ml"))), "another line");
    assert_ne!(before, digest(&group("10.0.0.0/0", "ml")), "another range");
}

#[test]
fn equal_inputs_give_equal_bytes() {
    let rule =
        "deny contains sprintf(\"%s: %s\", [input.kind, c.image]) if some c in input.spec.containers\n";
    let audit = Audit::new(rule).file("pod.yaml", POD).file("copy/pod.yaml", POD);
    let run = || audit.0.probity(&["check", "--format", "json", "--policies", "../policies"]).raw;
    assert_eq!(run(), run());
    let lines: Vec<_> = audit.list("findings").iter().map(|found| found["line"].clone()).collect();
    assert_eq!(lines, [9, 9]);
}
