//! `probity check` from the outside: exit codes, the report's form, what is read and where.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod support;

use std::collections::BTreeSet;

use serde_json::Value as Json;
use support::{CLOSED, OPEN, Repo, deployment, notebook, of_policy, texts, workflow};

fn keys(value: &Json) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn set<'a>(names: &[&'a str]) -> BTreeSet<&'a str> {
    names.iter().copied().collect()
}

#[test]
fn exit_codes_say_what_was_found() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", CLOSED));
    let clean = repo.probity(&["check"]).expect(0);
    assert!(clean.out.starts_with("no open findings"), "{}", clean.out);
    assert!(clean.err.ends_with("policies were left out: only PB-NET-001 was asked for\n"), "{}", clean.err);
    assert_eq!(clean.err.lines().count(), 1);
    repo.probity(&["check", "--only", "PB-NET-0001"]).expect(2);

    repo.write("main.tf", notebook("lab", OPEN));
    let found = repo.probity(&["check"]).expect(1);
    assert!(found.out.contains("1 open (1 high)"), "{}", found.out);
    repo.probity(&["check", "--fail-on", "high"]).expect(1);
    repo.probity(&["check", "--fail-on", "critical"]).expect(0);

    repo.write("broken.tf", "resource \"a\" {\n");
    repo.probity(&["check"]).expect(1);
    let incomplete = repo.probity(&["check", "--fail-on", "critical"]).expect(3);
    assert!(incomplete.out.contains("INCOMPLETE"), "{}", incomplete.out);
}

#[test]
fn usage_errors_are_exit_code_2() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", CLOSED));
    for (args, mentions) in [
        (vec!["check", "--rev", "no-such-branch"], "no-such-branch"),
        (vec!["check", "--rev", "HEAD:main.tf"], "HEAD:main.tf"),
        (vec!["check", "--fail-on", "enormous"], "enormous"),
        (vec!["check", "--no-such-flag"], "no-such-flag"),
        (vec!["check", "no/such/folder"], "no/such/folder"),
        (vec!["check", "--policies", "no-such-policies"], "no-such-policies"),
        (vec!["check", "--ref", "main"], "refs/heads/main"),
        (vec!["trace", "pf1:00000000"], "pf1:00000000"),
        (vec!["trace"], "FINGERPRINT"),
    ] {
        let run = repo.probity(&args).expect(2);
        assert!(run.err.contains(mentions), "{args:?}: {}", run.err);
        assert_eq!(run.out, "", "{args:?}");
    }
}

#[test]
fn strict_makes_the_unknown_incomplete() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let from_variable = format!("variable \"access\" {{}}\n{}", notebook("lab", "var.access"));
    repo.put("main.tf", from_variable);
    let report = repo.report(&[]);
    assert_eq!(report["summary"]["inconclusive"], 1, "{report}");
    repo.probity(&["check"]).expect(0);
    repo.probity(&["check", "--strict"]).expect(3);

    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.write("chart/Chart.yaml", "name: c\nversion: 1.0.0\n");
    repo.put("chart/templates/app.yaml", "{{- if .Values.on }}\na: 1\n{{- end }}\n");
    assert_eq!(repo.report(&[])["summary"]["not_rendered"], 1);
    repo.probity(&["check"]).expect(0);
    repo.probity(&["check", "--strict"]).expect(3);
}

#[test]
fn the_report_has_exactly_the_documented_keys() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let head = repo.put("infra/main.tf", notebook("lab", OPEN));
    let report = repo.report(&[]);
    assert_eq!(
        keys(&report),
        set(&[
            "schema",
            "tool",
            "repository",
            "policies",
            "summary",
            "findings",
            "review",
            "inconclusive",
            "unparsed",
            "not_rendered",
            "not_evaluated",
            "waivers",
        ])
    );
    assert_eq!(report["schema"], "probity.report/v1");
    assert_eq!(keys(&report["tool"]), set(&["name", "version"]));
    assert_eq!(keys(&report["repository"]), set(&["root", "head", "revision", "dirty"]));
    assert_eq!(report["repository"]["root"], ".");
    assert_eq!(report["repository"]["head"], head);
    assert_eq!(report["repository"]["revision"], Json::Null);
    assert_eq!(report["repository"]["dirty"], false);
    assert_eq!(keys(&report["policies"]), set(&["count", "left_out", "digest"]));
    assert_eq!(
        keys(&report["summary"]),
        set(&[
            "open",
            "waived",
            "review",
            "inconclusive",
            "unparsed",
            "not_rendered",
            "not_evaluated",
            "by_severity",
        ])
    );
    assert_eq!(keys(&report["summary"]["by_severity"]), set(&["critical", "high", "medium", "low"]));
    assert_eq!(report["summary"]["by_severity"]["high"], 1);
    let finding = &report["findings"][0];
    assert_eq!(
        keys(finding),
        set(&[
            "policy",
            "title",
            "severity",
            "message",
            "resource",
            "path",
            "line",
            "column",
            "end_line",
            "end_column",
            "confidence",
            "evidence_places",
            "fingerprint",
            "status",
            "waiver",
            "controls",
            "origin",
        ])
    );
    assert_eq!(
        (&finding["status"], &finding["waiver"], &finding["origin"]),
        (&"open".into(), &Json::Null, &Json::Null)
    );
    let fingerprint = finding["fingerprint"].as_str().unwrap();
    assert_eq!((fingerprint.len(), &fingerprint[..4]), (68, "pf1:"));
    let origins = repo.report(&["--origins"]);
    assert_eq!(origins["findings"][0]["origin"]["commit"]["id"], head);
}

#[test]
fn what_was_not_read_has_the_documented_keys() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("a.yaml", "a: 1\nb: [\n");
    let report = repo.report(&[]);
    assert_eq!(keys(&report["unparsed"][0]), set(&["path", "line", "reason"]));
    assert_eq!(report["unparsed"][0]["path"], "a.yaml");
}

#[test]
fn same_inputs_same_bytes() {
    let repo = Repo::judged_by(&["PB-NET-001", "PB-SUP-002", "PB-IAM-005"]);
    repo.write("infra/main.tf", notebook("lab", OPEN) + &notebook("open", "var.missing"));
    repo.write("k8s/app.yaml", deployment(&["--trust-remote-code"]));
    repo.write(".github/workflows/train.yml", workflow(true));
    repo.write("broken.yaml", "a: [\n");
    repo.commit("Everything");
    for args in [&["check", "--format", "json"][..], &["check"], &["check", "--format", "json", "--origins"]]
    {
        assert_eq!(repo.probity(args).raw, repo.probity(args).raw, "{args:?}");
    }
    // A clean work tree is its commit, but for the revision's name.
    let (mut tree, mut commit) = (repo.report(&[]), repo.report(&["--rev", "HEAD"]));
    assert_eq!(commit["repository"]["revision"], commit["repository"]["head"]);
    for report in [&mut tree, &mut commit] {
        report["repository"]["revision"] = Json::Null;
    }
    assert_eq!(tree.to_string(), commit.to_string());
    assert!(tree["findings"].as_array().unwrap().len() >= 3);
    // The same again where only the folder's name differs.
    let elsewhere = repo.outside().join("copy");
    repo.git_in(repo.outside(), &["clone", "-q", "repo", "copy"]);
    let args = &["check", "--format", "json"];
    assert_eq!(repo.probity(args).raw, repo.probity_in(&elsewhere, args).raw);
}

#[test]
fn lines_and_columns_are_exact() {
    let repo = Repo::judged_by(&["PB-NET-001", "PB-SUP-002", "PB-IAM-005"]);
    repo.write("infra/main.tf", format!("# first\n\n{}", notebook("lab", OPEN)));
    repo.write("k8s/app.yaml", deployment(&["--model=x", "--trust-remote-code"]));
    repo.write(".github/workflows/train.yml", workflow(true));
    repo.commit("Everything");
    let report = repo.report(&[]);
    let place = |policy: &str| {
        let found = of_policy(&report, policy);
        assert_eq!(found.len(), 1, "{policy}: {report:#}");
        let number = |key: &str| found[0][key].as_u64().unwrap();
        let at = [number("line"), number("column"), number("end_line"), number("end_column")];
        (found[0]["path"].as_str().unwrap(), at)
    };
    //   direct_internet_access = "Enabled"
    assert_eq!(place("PB-NET-001"), ("infra/main.tf", [5, 3, 5, 37]));
    //             - --trust-remote-code
    assert_eq!(place("PB-SUP-002"), ("k8s/app.yaml", [18, 15, 18, 34]));
    //       AWS_SECRET_ACCESS_KEY: ${{ secrets.KEY }}
    assert_eq!(place("PB-IAM-005"), (".github/workflows/train.yml", [6, 7, 6, 48]));
}

#[test]
fn columns_count_characters_after_wide_ones() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let text = notebook("lab", OPEN).replace("  direct", "  /* 日本語é */ direct").replace('\n', "\r\n");
    repo.put("main.tf", text);
    let report = repo.report(&[]);
    let finding = of_policy(&report, "PB-NET-001")[0];
    assert_eq!((&finding["line"], &finding["column"]), (&3.into(), &14.into()), "{finding}");
}

#[test]
fn a_sub_folder_is_audited_alone() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.write("a/main.tf", notebook("first", OPEN));
    repo.write("ab/main.tf", notebook("second", OPEN));
    repo.commit("Two folders");
    let report = repo.report(&["a"]);
    assert_eq!(texts(&report["findings"], "path"), ["a/main.tf"]);
    assert_eq!(report["repository"]["root"], "a");
    // The same finding as in an audit of everything.
    let all = repo.report(&[]);
    let same = all["findings"].as_array().unwrap().iter().find(|f| f["path"] == "a/main.tf").unwrap();
    assert_eq!(same, &report["findings"][0]);
    // From within, and at a revision.
    let within = repo.probity_in(&repo.path.join("a"), &["check", "--format", "json"]).json();
    assert_eq!(within["findings"], report["findings"]);
    assert_eq!(repo.report(&["a", "--rev", "HEAD"])["findings"], report["findings"]);
    repo.probity(&["check", "a/main.tf"]).expect(1);
}

#[test]
fn untracked_counts_ignored_does_not_and_tracked_always_does() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.write("tracked/main.tf", notebook("tracked", OPEN));
    repo.commit("Before the ignore file");
    repo.write(".gitignore", "ignored/\ntracked/\n");
    repo.write("ignored/main.tf", notebook("ignored", OPEN));
    repo.write("untracked/main.tf", notebook("untracked", OPEN));
    let report = repo.report(&[]);
    assert_eq!(texts(&report["findings"], "path"), ["tracked/main.tf", "untracked/main.tf"]);
    assert_eq!(report["repository"]["dirty"], true);
    let committed = repo.report(&["--rev", "HEAD"]);
    assert_eq!(texts(&committed["findings"], "path"), ["tracked/main.tf"]);
    assert_eq!(committed["repository"]["dirty"], false);
}

#[test]
fn the_work_tree_is_what_is_on_disk() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.write("gone.tf", notebook("gone", OPEN));
    repo.write("staged/main.tf", notebook("staged", CLOSED));
    repo.commit("Both");
    repo.remove("gone.tf");
    // Staged open, on disk closed again: the disk decides.
    repo.write("staged/main.tf", notebook("staged", OPEN));
    repo.git(&["add", "staged/main.tf"]);
    repo.write("staged/main.tf", notebook("staged", CLOSED));
    let report = repo.report(&[]);
    assert_eq!(texts(&report["findings"], "path"), Vec::<&str>::new());
    assert_eq!(report["repository"]["dirty"], true);
    repo.probity(&["check"]).expect(0);
    assert_eq!(texts(&repo.report(&["--rev", "HEAD"])["findings"], "path"), ["gone.tf"]);
}

#[test]
fn no_output_names_the_machine() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.write("infra/main.tf", notebook("lab", OPEN));
    repo.write("broken.tf", "resource {{{\n");
    repo.write("policies/p.rego", "package p\n\nimport rego.v1\n\ndeny contains \"no\" if input.never\n");
    repo.write("policies/broken.rego", "package broken\n\ndeny contains {{{\n");
    std::os::unix::fs::symlink("/etc/passwd", repo.path.join("link.tf")).unwrap();
    repo.commit("Everything");
    let home = repo.outside().to_str().unwrap().to_owned();
    for args in [
        vec!["check"],
        vec!["check", "--format", "json", "--origins"],
        vec!["check", "--policies", "policies"],
        vec!["check", "--format", "json", "infra"],
        vec!["trace", "--all"],
    ] {
        let run = repo.probity(&args);
        assert!(!run.out.contains(&home), "{args:?}: {}", run.out);
        assert!(!run.out.contains("/etc/passwd"), "{args:?}: {}", run.out);
    }
}

#[test]
fn output_goes_to_a_file_when_asked() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", OPEN));
    let direct = repo.probity(&["check", "--format", "json"]).expect(1);
    let file = repo.outside().join("report.json");
    let run = repo.probity(&["check", "--format", "json", "--output", file.to_str().unwrap()]).expect(1);
    assert_eq!(run.out, "");
    assert_eq!(std::fs::read(file).unwrap(), direct.raw);
    let nowhere = repo.outside().join("no/such/report.json");
    repo.probity(&["check", "--output", nowhere.to_str().unwrap()]).expect(2);
}

const V1: &str = "package main\n\nimport rego.v1\n\ndeny contains msg if {\n\tinput.kind == \"Deployment\"\n\t\
                  msg := sprintf(\"v1 denies %s\", [input.metadata.name])\n}\n\nviolation contains {\"msg\": msg} if {\n\t\
                  input.kind == \"Deployment\"\n\tmsg := \"v1 violation\"\n}\n";
const V0: &str = "package old\n\ndeny_images[msg] {\n\tinput.kind == \"Deployment\"\n\tmsg := \"v0 denies images\"\n}\n\n\
                  deny_names[msg] {\n\tinput.kind == \"Deployment\"\n\tmsg := \"v0 denies names\"\n}\n\n\
                  warn[msg] {\n\tinput.kind == \"ConfigMap\"\n\tmsg := \"v0 warns\"\n}\n\n\
                  exception[rules] {\n\tinput.metadata.name == \"llm\"\n\trules := [\"names\"]\n}\n";

#[test]
fn conftest_policies_of_both_versions_run_as_they_are() {
    let repo = Repo::judged_by(&["main", "old"]);
    repo.put("app.yaml", deployment(&["--model=x"]));
    let policies = repo.outside().join("policy");
    std::fs::create_dir(&policies).unwrap();
    std::fs::write(policies.join("v1.rego"), V1).unwrap();
    std::fs::write(policies.join("v0.rego"), V0).unwrap();
    let args = ["--policies", policies.to_str().unwrap()];
    let report = repo.report(&args);
    let mut messages = texts(&report["findings"], "message");
    messages.sort_unstable();
    assert_eq!(messages, ["v0 denies images", "v1 denies llm", "v1 violation"], "{report:#}");
    assert_eq!(texts(&report["review"], "message"), ["v0 warns"]);
    assert_eq!(report["summary"]["not_evaluated"], 0);
    repo.probity(&[&["check"], &args[..]].concat()).expect(1);
}

#[test]
fn a_policy_that_does_not_load_is_named_and_poisons_nothing() {
    let repo = Repo::judged_by(&["main"]);
    repo.put("app.yaml", deployment(&["--model=x"]));
    let policies = repo.outside().join("policy");
    std::fs::create_dir(&policies).unwrap();
    let quiet = V1.replace("== \"Deployment\"", "== \"Secret\"");
    std::fs::write(policies.join("good.rego"), &quiet).unwrap();
    std::fs::write(policies.join("bad.rego"), "package bad\n\ndeny contains msg if {\n").unwrap();
    let args = ["--policies", policies.to_str().unwrap()];
    let report = repo.report(&args);
    assert_eq!(report["summary"]["not_evaluated"], 1, "{report:#}");
    assert_eq!(keys(&report["not_evaluated"][0]), set(&["policy", "reason", "path", "line", "construct"]));
    assert!(report["not_evaluated"][0]["policy"].as_str().unwrap().ends_with("bad.rego"));
    repo.probity(&[&["check"], &args[..]].concat()).expect(3);

    std::fs::write(policies.join("good.rego"), V1).unwrap();
    let report = repo.report(&args);
    assert!(texts(&report["findings"], "message").contains(&"v1 denies llm"), "{report:#}");
    assert_eq!(report["summary"]["not_evaluated"], 1);
    repo.probity(&[&["check"], &args[..]].concat()).expect(1);
}

/// As `conftest test --data`: what the user gives is what the policies find, and part of what judged.
#[test]
fn data_files_are_given_to_the_user_s_policies() {
    let repo = Repo::judged_by(&["main"]);
    repo.put("app.yaml", deployment(&["--model=x"]));
    let put = |name: &str, text: &str| {
        let file = repo.outside().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let policy = put(
        "policy/names.rego",
        "package main\n\nimport rego.v1\n\ndeny contains msg if {\n\tinput.kind == \"Deployment\"\n\t\
         input.metadata.name in data.names.forbidden\n\tmsg := sprintf(\"%s is forbidden\", [input.metadata.name])\n}\n",
    );
    let folder = put("data/names/forbidden.yaml", "forbidden: [llm]\n").replace("/names/forbidden.yaml", "");
    let other = put("other.json", "{\"names\": {\"forbidden\": []}}");
    let with = |data: &[&str]| repo.report(&[&["--policies", &policy][..], data].concat());
    assert_eq!(texts(&with(&[])["findings"], "message"), Vec::<&str>::new());
    let found = with(&["--data", &folder]);
    assert_eq!(texts(&found["findings"], "message"), ["llm is forbidden"], "{found:#}");
    let none = with(&["--data", &other]);
    assert_eq!(texts(&none["findings"], "message"), Vec::<&str>::new());
    assert_ne!(found["policies"]["digest"], none["policies"]["digest"]);
    let run = repo.probity(&["check", "--policies", &policy, "--data", &folder, "--data", &other]).expect(2);
    assert!(run.err.contains("data.names.forbidden"), "{}", run.err);
}
