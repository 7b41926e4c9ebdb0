//! Gatekeeper's constraint templates and constraints, in the form that its documentation gives them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod support;

use serde_json::Value as Json;
use support::{Repo, texts};

const TEMPLATE: &str = "apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: requiredlabels
  annotations:
    metadata.gatekeeper.sh/title: Required labels
    description: Objects carry the labels that people look for.
spec:
  crd:
    spec:
      names:
        kind: RequiredLabels
      validation:
        openAPIV3Schema:
          type: object
          properties:
            message:
              type: string
              default: missing
            labels:
              type: array
              items:
                type: string
  targets:
    - target: admission.k8s.gatekeeper.sh
      libs:
        - |
          package lib.labels
          of(object) = found {
            found := {label | object.metadata.labels[label]}
          }
      rego: |
        package requiredlabels
        import data.lib.labels

        violation[{\"msg\": msg, \"details\": {\"missing\": missing}}] {
          required := {label | label := input.parameters.labels[_]}
          missing := required - labels.of(input.review.object)
          any([count(missing) > 0])
          msg := sprintf(\"%v %v: %v: %v\", [input.review.kind.kind, input.review.name, input.parameters.message, missing])
        }
";

fn constraint(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: RequiredLabels\nmetadata:\n  name: {name}\nspec:\n{spec}"
    )
}

const PODS: &str = "  match:\n    kinds:\n      - apiGroups: [\"\"]\n        kinds: [Pod]\n  parameters:\n    labels: [owner]\n";

fn pod(name: &str, namespace: &str, label: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: {namespace}\n  labels:\n    {label}: x\n"
    )
}

fn repo(policies: &[(&str, &str)], manifests: &[(&str, &str)]) -> Repo {
    let repo = Repo::new();
    for (name, text) in policies {
        repo.write(&format!("../policies/{name}"), text);
    }
    for (name, text) in manifests {
        repo.write(name, text);
    }
    repo
}

fn report(repo: &Repo) -> Json {
    repo.report(&["--policies", "../policies"])
}

fn mine<'r>(report: &'r Json, list: &str) -> Vec<&'r Json> {
    let all = report[list].as_array().unwrap().iter();
    all.filter(|item| !item["policy"].as_str().unwrap().starts_with("PB-")).collect()
}

#[test]
fn a_constraint_judges_the_objects_that_it_matches() {
    let repo = repo(
        &[("template.yaml", TEMPLATE), ("constraints/pods.yaml", &constraint("pods", PODS))],
        &[
            ("good.yaml", &pod("good", "a", "owner")),
            ("bad.yaml", &pod("bad", "a", "other")),
            ("svc.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n"),
        ],
    );
    let report = report(&repo);
    let found = mine(&report, "findings");
    assert_eq!(found.len(), 1, "{report}");
    let finding = found[0];
    assert_eq!(finding["policy"], "RequiredLabels/pods");
    assert_eq!((&finding["title"], &finding["severity"]), (&"Required labels".into(), &"medium".into()));
    assert_eq!(finding["message"], "Pod bad: missing: {\"owner\"}", "with the schema's default");
    assert_eq!(finding["resource"], "kubernetes:.///Pod/a/bad");
    assert_eq!((&finding["path"], &finding["line"]), (&"bad.yaml".into(), &6.into()), "the labels lack one");
}

#[test]
fn dry_runs_and_warnings_do_not_gate() {
    for action in ["dryrun", "warn"] {
        let spec = format!("  enforcementAction: {action}\n{PODS}");
        let repo = repo(
            &[("all.yaml", &format!("{TEMPLATE}---\n{}", constraint("pods", &spec)))],
            &[("bad.yaml", &pod("bad", "a", "other"))],
        );
        let report = report(&repo);
        assert_eq!((mine(&report, "findings").len(), mine(&report, "review").len()), (0, 1), "{report}");
    }
}

#[test]
fn each_constraint_of_a_template_is_a_policy_with_its_own_parameters() {
    let severe = constraint("team", "  parameters:\n    labels: [team]\n    message: no team\n")
        .replace("  name: team", "  name: team\n  annotations:\n    probity.dev/severity: critical");
    let repo = repo(
        &[("t.yaml", TEMPLATE), ("a.yaml", &constraint("pods", PODS)), ("b.yaml", &severe)],
        &[("bad.yaml", &pod("bad", "a", "other"))],
    );
    let report = report(&repo);
    let mut found: Vec<(&str, &str)> = mine(&report, "findings")
        .iter()
        .map(|f| (f["policy"].as_str().unwrap(), f["severity"].as_str().unwrap()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [("RequiredLabels/pods", "medium"), ("RequiredLabels/team", "critical")]);
}

#[test]
fn a_namespace_that_is_not_declared_makes_the_verdict_inconclusive() {
    let spec = format!(
        "{}  parameters:\n    labels: [owner]\n",
        "  match:\n    namespaceSelector:\n      matchLabels: {env: prod}\n"
    );
    let constraint = constraint("prod", &spec);
    let policies = [("t.yaml", TEMPLATE), ("c.yaml", constraint.as_str())];
    let bad = pod("bad", "a", "other");
    let namespace = |env: &str| {
        format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels: {{env: {env}, owner: x}}\n")
    };
    let unknown = report(&repo(&policies, &[("bad.yaml", &bad)]));
    assert_eq!((mine(&unknown, "findings").len(), mine(&unknown, "inconclusive").len()), (0, 1), "{unknown}");
    for (env, findings) in [("prod", 1), ("dev", 0)] {
        let known = report(&repo(&policies, &[("bad.yaml", &bad), ("ns.yaml", &namespace(env))]));
        assert_eq!(mine(&known, "findings").len(), findings, "{known}");
        assert_eq!(mine(&known, "inconclusive").len(), 0, "{known}");
    }
}

#[test]
fn what_cannot_be_evaluated_says_so() {
    let with_rego = |text: &str| {
        let at = TEMPLATE.find("      libs:").unwrap();
        let body = text.lines().fold(String::new(), |body, line| body + "        " + line + "\n");
        format!("{}      rego: |\n{body}", &TEMPLATE[..at])
    };
    let pods = constraint("pods", PODS);
    let violation =
        |condition: &str| with_rego(&format!("package t\nviolation[{{\"msg\": \"m\"}}] {{ {condition} }}"));
    let cel = TEMPLATE[..TEMPLATE.find("      libs:").unwrap()].to_owned()
        + "      code:\n        - engine: K8sNativeValidation\n          source: {}\n";
    let bad_match = constraint(
        "pods",
        "  match:\n    labelSelector:\n      matchExpressions: [{key: a, operator: Maybe}]\n",
    );
    for (template, constraint, reason) in [
        (violation("data.inventory.namespace[_]"), &pods, "data.inventory"),
        (violation("input.review.userInfo.username == \"x\""), &pods, "input.review.userInfo"),
        (with_rego("package t\ndeny[\"x\"] { true }"), &pods, "no rule named violation"),
        (with_rego("package t\nviolation[{"), &pods, "as Rego v1"),
        (violation("external_data({})"), &pods, "external_data"),
        (cel, &pods, "K8sNativeValidation"),
        (TEMPLATE.to_owned(), &bad_match, "spec.match"),
        (TEMPLATE.to_owned(), &String::new(), "no constraint uses the template RequiredLabels"),
        (String::new(), &pods, "no ConstraintTemplate defines RequiredLabels"),
        (format!("{TEMPLATE}---\n{TEMPLATE}"), &pods, "defined twice"),
        (TEMPLATE.to_owned(), &format!("{pods}---\n{pods}"), "defined twice"),
    ] {
        let repo = repo(
            // A folder without any policy is a usage error.
            &[
                ("t.yaml", &template),
                ("c.yaml", constraint),
                ("other.rego", "package other\ndeny[\"x\"] { false }\n"),
            ],
            &[("bad.yaml", &pod("bad", "a", "other"))],
        );
        let report = report(&repo);
        let reasons = texts(&report["not_evaluated"], "reason");
        assert!(reasons.iter().any(|found| found.contains(reason)), "{reason}: {reasons:?}");
    }
}

#[test]
fn code_goes_before_rego_and_may_be_v1() {
    let at = TEMPLATE.find("      libs:").unwrap();
    let template = format!(
        "{}      rego: |\n        package t\n      code:\n        - engine: K8sNativeValidation\n          source: {{}}\n        \
         - engine: Rego\n          source:\n            version: v1\n            rego: |\n              package t\n              \
         violation contains {{\"msg\": \"found\"}} if input.review.object.metadata.name == \"bad\"\n",
        &TEMPLATE[..at]
    );
    let repo = repo(
        &[("t.yaml", &template), ("c.yaml", &constraint("pods", PODS))],
        &[("bad.yaml", &pod("bad", "a", "other")), ("good.yaml", &pod("good", "a", "other"))],
    );
    assert_eq!(texts(&report(&repo)["findings"], "message"), ["found"]);
}

#[test]
fn rego_for_reviews_outside_a_template() {
    let policy = "package k8s\nviolation[{\"msg\": msg}] {\n  input.review.kind.kind == \"Pod\"\n  \
        not input.review.object.metadata.labels.owner\n  msg := sprintf(\"%v\", [input.review.name])\n}\n";
    let repo = repo(
        &[("p.rego", policy)],
        &[("bad.yaml", &pod("bad", "a", "other")), ("good.yaml", &pod("good", "a", "owner"))],
    );
    assert_eq!(texts(&report(&repo)["findings"], "message"), ["bad"]);

    let parameters = policy.replace("labels.owner", "labels[input.parameters.label]");
    let repo = self::repo(&[("p.rego", &parameters)], &[("bad.yaml", &pod("bad", "a", "other"))]);
    let report = report(&repo);
    let reasons = texts(&report["not_evaluated"], "reason");
    assert!(reasons.iter().any(|reason| reason.contains("input.parameters")), "{reasons:?}");
}

#[test]
fn a_template_that_reads_a_namespace_nobody_declares_is_no_pass() {
    let at = TEMPLATE.find("      libs:").unwrap();
    let template = format!(
        "{}      rego: |\n        package t\n        violation[{{\"msg\": \"in production\"}}] {{\n          \
         input.review.namespaceObject.metadata.labels.env == \"prod\"\n        }}\n",
        &TEMPLATE[..at]
    );
    let constraint = constraint("pods", PODS);
    let policies = [("t.yaml", template.as_str()), ("c.yaml", constraint.as_str())];
    let pod = pod("p", "a", "x");
    let unknown = report(&repo(&policies, &[("p.yaml", &pod)]));
    assert_eq!(mine(&unknown, "inconclusive").len(), 1, "{unknown}");
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels: {env: prod}\n";
    let known = report(&repo(&policies, &[("p.yaml", &pod), ("n.yaml", namespace)]));
    assert_eq!((mine(&known, "findings").len(), mine(&known, "inconclusive").len()), (1, 0), "{known}");
}
