//! `probity trace` on real histories: the commit at which the verdict flipped.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod support;

use serde_json::Value as Json;
use support::{CLOSED, OPEN, Repo, deployment, notebook, workflow};

const NET: &str = "PB-NET-001";

#[track_caller]
fn assert_origin(origin: &Json, kind: &str, commit: &str) {
    assert_eq!(origin["kind"], kind, "{origin:#}");
    assert_eq!(origin["commit"]["id"], commit, "{origin:#}");
}

fn notes(origin: &Json) -> String {
    origin["notes"].to_string()
}

/// Lines of the origin's diff of one kind.
fn diff<'o>(origin: &'o Json, kind: &str) -> Vec<&'o str> {
    let lines = origin["diff"].as_array().unwrap().iter();
    lines.filter(|line| line["kind"] == kind).map(|line| line["text"].as_str().unwrap()).collect()
}

#[test]
fn introduced_in_the_middle() {
    let repo = Repo::new();
    repo.put("infra/main.tf", notebook("lab", CLOSED));
    repo.put("README", "one");
    let guilty = repo.put("infra/main.tf", notebook("lab", OPEN));
    // Touching the same line again is not an origin.
    repo.put("infra/main.tf", notebook("lab", "\"Enabled\" # on purpose"));
    repo.put("README", "two");
    let origin = repo.origin(NET);
    assert_origin(&origin, "introduced", &guilty);
    assert_eq!(origin["merged_by"], Json::Null);
    assert_eq!(origin["commit"]["author"], "Ada Author");
    assert_eq!(origin["commit"]["email"], "ada@example.com");
    assert_eq!(origin["commit"]["subject"], "Write infra/main.tf");
    assert_eq!(diff(&origin, "removed"), ["  direct_internet_access = \"Disabled\""]);
    assert_eq!(diff(&origin, "added"), ["  direct_internet_access = \"Enabled\""]);
    let text = repo.probity(&["trace", "--all"]).expect(0).out;
    assert!(text.contains(&format!("introduced {} 2026-01-01 by Ada Author", &guilty[..10])), "{text}");
}

#[test]
fn one_finding_by_the_beginning_of_its_fingerprint() {
    let repo = Repo::new();
    let root = repo.put("main.tf", notebook("lab", OPEN));
    let fingerprint = repo.report(&[])["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    for typed in [&fingerprint[..], &fingerprint[..12], &fingerprint[4..12]] {
        let run = repo.probity(&["trace", typed, "--format", "json"]).expect(0);
        assert_eq!(run.json()[0]["fingerprint"], fingerprint);
        assert_origin(&run.json()[0]["origin"], "root", &root);
    }
}

#[test]
fn a_root_commit_has_no_before() {
    let repo = Repo::new();
    let root = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("README", "one");
    assert_origin(&repo.origin(NET), "root", &root);
    // Violated by what was never written.
    let repo = Repo::new();
    let root =
        repo.put("main.tf", notebook("lab", OPEN).replace("  direct_internet_access = \"Enabled\"\n", ""));
    repo.put(
        "main.tf",
        notebook("lab", OPEN).replace("  direct_internet_access = \"Enabled\"\n", "# later\n"),
    );
    assert_origin(&repo.origin(NET), "root", &root);
}

#[test]
fn a_root_commit_that_does_not_parse_is_not_where_it_began() {
    let repo = Repo::new();
    repo.put("main.tf", "resource \"x\" {\n");
    let second = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("README", "one");
    let origin = repo.origin(NET);
    assert_origin(&origin, "introduced", &second);
    assert!(notes(&origin).contains("could not be read"), "{origin:#}");
}

#[test]
fn absence_is_traced_to_the_deletion() {
    let repo = Repo::new();
    repo.put("main.tf", notebook("lab", CLOSED));
    let guilty =
        repo.put("main.tf", notebook("lab", CLOSED).replace("  direct_internet_access = \"Disabled\"\n", ""));
    repo.put("README", "one");
    let origin = repo.origin(NET);
    assert_origin(&origin, "introduced", &guilty);
    assert_eq!(diff(&origin, "removed"), ["  direct_internet_access = \"Disabled\""]);
}

#[test]
fn a_deleted_block_elsewhere_in_the_unit_is_the_cause() {
    let repo = Repo::new();
    let logging = "resource \"aws_bedrock_model_invocation_logging_configuration\" \"all\" {\n  logging_config {\n    \
                   s3_config {\n      bucket_name = \"b\"\n    }\n  }\n}\n";
    let agent = "resource \"aws_bedrockagent_agent\" \"desk\" {\n  agent_name = \"desk\"\n}\n";
    repo.write("infra/agent.tf", agent);
    repo.put("infra/logging.tf", logging);
    repo.put("infra/agent.tf", format!("{agent}# more\n"));
    repo.remove("infra/logging.tf");
    let guilty = repo.commit("Remove logging");
    repo.put("infra/agent.tf", agent);
    assert_origin(&repo.origin("PB-LOG-001"), "introduced", &guilty);
}

#[test]
fn fixed_and_come_back_counts_from_the_return() {
    let repo = Repo::new();
    repo.put("main.tf", notebook("lab", OPEN));
    repo.put("main.tf", notebook("lab", CLOSED));
    let back = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("README", "one");
    assert_origin(&repo.origin(NET), "introduced", &back);
}

#[test]
fn a_feature_branch_is_named_with_its_merge() {
    let repo = Repo::new();
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.branch("feature");
    repo.put("README", "on the branch");
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("README", "still on the branch");
    repo.switch("main");
    repo.put("other.txt", "main goes on");
    let merge = repo.merge("feature");
    repo.put("other.txt", "after the merge");
    let origin = repo.origin(NET);
    assert_origin(&origin, "introduced", &guilty);
    assert_eq!(origin["merged_by"]["id"], merge);
    let text = repo.probity(&["trace", "--all"]).expect(0).out;
    assert!(text.contains(&format!("merged by {}: Merge feature", &merge[..10])), "{text}");
}

#[test]
fn a_merge_that_is_itself_to_blame() {
    let repo = Repo::new();
    let two = |access: &str, variable: &str| {
        format!(
            "variable \"access\" {{\n  default = {variable}\n}}\n\n# apart\n# apart\n# apart\n\n{}",
            notebook("lab", access)
        )
    };
    // One side reads the variable, the other opens it: only together do they violate.
    repo.put("main.tf", two(CLOSED, CLOSED));
    repo.branch("feature");
    repo.put("main.tf", two(CLOSED, OPEN));
    repo.switch("main");
    repo.put("main.tf", two("var.access", CLOSED));
    let merge = repo.merge("feature");
    let origin = repo.origin(NET);
    assert_origin(&origin, "introduced", &merge);
    assert_eq!(origin["merged_by"], Json::Null);
}

#[test]
fn already_on_main_is_not_the_branch_s_doing() {
    let repo = Repo::new();
    repo.put("main.tf", notebook("lab", CLOSED));
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    repo.branch("feature");
    repo.put("README", "branch");
    repo.switch("main");
    repo.put("other.txt", "main");
    repo.merge("feature");
    let origin = repo.origin(NET);
    assert_origin(&origin, "introduced", &guilty);
    assert_eq!(origin["merged_by"], Json::Null);
}

#[test]
fn the_cause_may_be_another_file_of_the_unit() {
    let variable = |access: &str| format!("variable \"access\" {{\n  default = {access}\n}}\n");
    let repo = Repo::new();
    repo.write("infra/main.tf", notebook("lab", "var.access"));
    repo.put("infra/variables.tf", variable(CLOSED));
    repo.put("infra/main.tf", notebook("lab", "var.access") + "# touched\n");
    let guilty = repo.put("infra/variables.tf", variable(OPEN));
    repo.put("infra/main.tf", notebook("lab", "var.access"));
    let origin = repo.origin(NET);
    assert_origin(&origin, "introduced", &guilty);
    assert_eq!(diff(&origin, "added"), ["  default = \"Enabled\""]);

    let repo = Repo::new();
    repo.write("infra/main.tf", notebook("lab", "var.access"));
    repo.put("infra/variables.tf", variable(CLOSED));
    let guilty = repo.put("infra/prod.auto.tfvars", "access = \"Enabled\"\n");
    repo.put("README", "one");
    assert_origin(&repo.origin(NET), "introduced", &guilty);

    // A file of the unit that is gone today.
    let repo = Repo::new();
    repo.write("infra/main.tf", notebook("lab", "var.access"));
    repo.write("infra/variables.tf", variable(OPEN));
    repo.put("infra/prod.auto.tfvars", "access = \"Disabled\"\n");
    repo.put("README", "one");
    repo.remove("infra/prod.auto.tfvars");
    let guilty = repo.commit("Remove the setting");
    assert_origin(&repo.origin(NET), "introduced", &guilty);
}

#[test]
fn moved_lines_are_no_origin() {
    let repo = Repo::new();
    repo.put("main.tf", notebook("lab", CLOSED));
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("main.tf", notebook("other", CLOSED) + "\n\n# moved down\n" + &notebook("lab", OPEN));
    repo.put("main.tf", notebook("lab", OPEN).replace("  name  ", "  # inside\n  name  "));
    assert_origin(&repo.origin(NET), "introduced", &guilty);
    // To another file of the same root.
    repo.remove("main.tf");
    repo.put("notebooks.tf", notebook("lab", OPEN));
    assert_origin(&repo.origin(NET), "introduced", &guilty);
}

/// Objects of one name are told apart by number within their folder: the other file has a part in whose finding it is.
#[test]
fn an_object_that_stands_in_two_files_of_a_folder() {
    let repo = Repo::judged_by(&["PB-SUP-002"]);
    repo.put("k8s/a.yaml", deployment(&["--model=x"]));
    repo.put("k8s/b.yaml", deployment(&["--model=x"]));
    let guilty = repo.put("k8s/b.yaml", deployment(&["--trust-remote-code"]));
    repo.put("k8s/a.yaml", deployment(&["--model=y"]));
    repo.put("README", "one");
    let traced = repo.probity(&["trace", "--all", "--format", "json"]).expect(0).json();
    assert!(traced[0]["resource"].as_str().unwrap().ends_with("llm#2"), "{traced:#}");
    assert_origin(&traced[0]["origin"], "introduced", &guilty);
    let print = traced[0]["fingerprint"].as_str().unwrap();
    let alone = repo.probity(&["trace", print, "--format", "json", "--no-cache"]).expect(0).json();
    assert_eq!(alone[0]["lifecycle"], traced[0]["lifecycle"]);
    assert_eq!(alone[0]["lifecycle"]["events"][0]["commit"]["id"], *guilty);
}

#[test]
fn renamed_files_and_folders_are_followed() {
    // A manifest, within its folder.
    let repo = Repo::new();
    repo.put("k8s/old.yaml", deployment(&["--model=x"]));
    let guilty = repo.put("k8s/old.yaml", deployment(&["--trust-remote-code"]));
    repo.git(&["mv", "k8s/old.yaml", "k8s/new.yaml"]);
    repo.commit("Rename");
    repo.put("README", "one");
    assert_origin(&repo.origin("PB-SUP-002"), "introduced", &guilty);

    // A workflow, whose address is its path.
    let repo = Repo::new();
    repo.put(".github/workflows/a.yml", workflow(false));
    let guilty = repo.put(".github/workflows/a.yml", workflow(true));
    repo.git(&["mv", ".github/workflows/a.yml", ".github/workflows/b.yml"]);
    repo.commit("Rename");
    let origin = repo.origin("PB-IAM-005");
    assert_origin(&origin, "introduced", &guilty);
    assert!(notes(&origin).contains("workflows/a.yml was renamed to"), "{origin:#}");

    // A Terraform root of several files, twice.
    let repo = Repo::new();
    repo.write("tf/main.tf", notebook("lab", "var.access"));
    repo.put("tf/variables.tf", "variable \"access\" {\n  default = \"Disabled\"\n}\n");
    let guilty = repo.put("tf/variables.tf", "variable \"access\" {\n  default = \"Enabled\"\n}\n");
    repo.git(&["mv", "tf", "infra"]);
    repo.commit("Rename the folder");
    repo.put("README", "between");
    repo.git(&["mv", "infra", "terraform"]);
    repo.commit("Rename it again");
    repo.put("terraform/main.tf", notebook("lab", "var.access") + "# touched\n");
    assert_origin(&repo.origin(NET), "introduced", &guilty);
}

#[test]
fn a_copy_is_an_origin_of_its_own() {
    let repo = Repo::new();
    repo.put("a/main.tf", notebook("lab", OPEN));
    let copy = repo.put("b/main.tf", notebook("lab", OPEN));
    repo.put("README", "one");
    let traced = repo.probity(&["trace", "--all", "--format", "json"]).expect(0).json();
    let of = |path: &str| {
        traced.as_array().unwrap().iter().find(|item| item["path"] == path).unwrap()["origin"].clone()
    };
    assert_origin(&of("b/main.tf"), "introduced", &copy);
    assert_eq!(of("a/main.tf")["kind"], "root");
}

#[test]
fn not_committed_yet() {
    let repo = Repo::judged_by(&[NET]);
    let root = repo.put("main.tf", notebook("lab", CLOSED));
    repo.write("main.tf", notebook("lab", OPEN));
    let origin = repo.origin(NET);
    assert_eq!((&origin["kind"], &origin["commit"]), (&"uncommitted".into(), &Json::Null));
    assert_eq!(diff(&origin, "added"), ["  direct_internet_access = \"Enabled\""]);
    // The commit itself has no such finding.
    let committed = repo.probity(&["trace", "--all", "--format", "json", "--rev", "HEAD"]).expect(0);
    assert_eq!(committed.json(), Json::Array(Vec::new()));
    // An uncommitted change that leaves the finding does not hide where it came from.
    let guilty = repo.commit("Open it");
    repo.write("main.tf", notebook("lab", OPEN) + "# touched\n");
    assert_origin(&repo.origin(NET), "introduced", &guilty);
    assert_ne!(root, guilty);
    // A file that git does not know.
    let repo = Repo::new();
    repo.put("README", "one");
    repo.write("new/main.tf", notebook("lab", OPEN));
    assert_eq!(repo.origin(NET)["kind"], "uncommitted");
}

#[test]
fn a_commit_that_does_not_parse_is_looked_through() {
    let repo = Repo::new();
    repo.put("main.tf", notebook("lab", CLOSED));
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    let broken = repo.put("main.tf", "resource \"a\" {\n");
    repo.put("main.tf", notebook("lab", OPEN));
    let origin = repo.origin(NET);
    assert_origin(&origin, "introduced", &guilty);
    assert!(notes(&origin).contains(&broken[..10]) && notes(&origin).contains("main.tf"), "{origin:#}");
}

/// Training to registration, with or without the fairness gate in between.
fn dvc(gated: bool) -> String {
    let dep = if gated { "reports/fair.json" } else { "models/credit.pkl" };
    format!(
        "stages:\n  train:\n    cmd: python train.py\n    meta: {{ probity.dev/kind: train }}\n    deps: [train.py]\n    \
         outs: [models/credit.pkl]\n  fair:\n    cmd: python fair.py\n    meta: {{ probity.dev/kind: fairness }}\n    \
         deps: [models/credit.pkl]\n    outs: [reports/fair.json]\n  register:\n    cmd: python register.py\n    \
         meta: {{ probity.dev/kind: register }}\n    deps: [{dep}]\n"
    )
}

#[test]
fn an_edge_of_a_dvc_pipeline_flips_the_verdict() {
    let repo = Repo::judged_by(&["PB-FAIR-001"]);
    repo.put("ml/dvc.yaml", dvc(true));
    assert_eq!(repo.report(&[])["findings"], Json::Array(Vec::new()));
    let guilty = repo.put("ml/dvc.yaml", dvc(false));
    repo.put("ml/dvc.yaml", dvc(false) + "# touched\n");
    let origin = repo.origin("PB-FAIR-001");
    assert_origin(&origin, "introduced", &guilty);
    assert_eq!(diff(&origin, "added"), ["    deps: [models/credit.pkl]"]);
}

#[test]
fn a_system_declaration_flips_the_verdict() {
    let repo = Repo::judged_by(&["PB-FAIR-001"]);
    let system = |affects: bool| {
        format!("systems:\n  - id: credit\n    affects_persons: {affects}\n    paths: [\"ml/**\"]\n")
    };
    repo.write("ml/dvc.yaml", dvc(false));
    repo.put(".probity/system.yaml", system(false));
    assert_eq!(repo.report(&[])["findings"], Json::Array(Vec::new()), "the declaration exempts");
    repo.put("README", "one");
    let guilty = repo.put(".probity/system.yaml", system(true));
    repo.put("README", "two");
    assert_origin(&repo.origin("PB-FAIR-001"), "introduced", &guilty);
}

#[test]
fn a_workflow_finding_is_traced() {
    let repo = Repo::new();
    repo.put(".github/workflows/train.yml", workflow(false));
    let guilty = repo.put(".github/workflows/train.yml", workflow(true));
    repo.put(".github/workflows/other.yml", workflow(false));
    let origin = repo.origin("PB-IAM-005");
    assert_origin(&origin, "introduced", &guilty);
    assert_eq!(diff(&origin, "added").len(), 2);
}

#[test]
fn from_another_revision() {
    let repo = Repo::new();
    repo.put("main.tf", notebook("lab", CLOSED));
    let first = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("main.tf", notebook("lab", CLOSED));
    let second = repo.put("main.tf", notebook("lab", OPEN));
    assert_origin(&repo.origin_at(NET, &["--rev", "HEAD~2"]), "introduced", &first);
    assert_origin(&repo.origin_at(NET, &["--rev", "HEAD"]), "introduced", &second);
}

#[test]
fn a_policy_of_the_user_s_is_traced() {
    let repo = Repo::new();
    let policies = repo.outside().join("policy");
    std::fs::create_dir(&policies).unwrap();
    std::fs::write(
        policies.join("names.rego"),
        "package main\n\nimport rego.v1\n\ndeny contains \"no such name\" if input.metadata.name == \"bad\"\n",
    )
    .unwrap();
    let manifest = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n");
    repo.put("a.yaml", manifest("good"));
    let guilty = repo.put("a.yaml", manifest("bad"));
    repo.put("README", "one");
    let origin = repo.origin_at("main.deny", &["--policies", policies.to_str().unwrap()]);
    assert_origin(&origin, "introduced", &guilty);
}

/// A small generator with a fixed seed: the same history every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn index(&mut self, end: u64) -> usize {
        usize::try_from(self.below(end)).unwrap()
    }
}

/// Commits that open, close, drop, move and break a few notebooks; a variable that opens two at once.
fn random_history(repo: &Repo, seed: u64) -> Vec<String> {
    let mut random = Random(seed);
    let mut states = ["open", "closed", "variable", "variable"];
    let (mut variable, mut comment, mut together) = (false, 0, false);
    let mut commits = Vec::new();
    for _ in 0..25 {
        match random.below(10) {
            0..=4 => {
                let which = random.index(4);
                states[which] = ["open", "closed", "variable", "absent"][random.index(4)];
            }
            5..=6 => variable = !variable,
            7 => together = !together,
            _ => comment += 1,
        }
        let mut files = [String::new(), String::new()];
        for (number, state) in states.iter().enumerate() {
            let access = match *state {
                "open" => OPEN,
                "closed" => CLOSED,
                "variable" => "var.access",
                _ => continue,
            };
            files[if together { 0 } else { number % 2 }] += &notebook(&format!("n{number}"), access);
        }
        let default = if variable { OPEN } else { CLOSED };
        repo.write("infra/a.tf", format!("# {comment}\n{}", files[0]));
        repo.write("infra/b.tf", &files[1]);
        repo.write("infra/variables.tf", format!("variable \"access\" {{\n  default = {default}\n}}\n"));
        commits.push(repo.commit("Change something"));
    }
    commits
}

#[test]
fn the_traced_origin_is_the_one_that_auditing_every_commit_gives() {
    let mut compared = 0;
    for seed in [0x5eed_0001, 0x5eed_0002] {
        let repo = Repo::new();
        let commits = random_history(&repo, seed);
        let fingerprints = |commit: &str| -> Vec<String> {
            let report = repo.report(&["--rev", commit]);
            let lists = ["findings", "review", "inconclusive"];
            let found = lists.iter().flat_map(|list| support::texts(&report[list], "fingerprint"));
            found.map(str::to_owned).collect()
        };
        let audited: Vec<Vec<String>> = commits.iter().map(|commit| fingerprints(commit)).collect();
        let traced = repo.probity(&["trace", "--all", "--format", "json"]).expect(0).json();
        for item in traced.as_array().unwrap() {
            let fingerprint = item["fingerprint"].as_str().unwrap().to_owned();
            let without = audited.iter().rposition(|found| !found.contains(&fingerprint));
            let (first, kind) = without.map_or((0, "root"), |at| (at + 1, "introduced"));
            assert_origin(&item["origin"], kind, &commits[first]);
            compared += 1;
        }
    }
    assert!(compared >= 2, "the histories end without findings: choose other seeds");
}

/// Lines that touch what the verdict rests on, as `path: sign text`.
fn cause(origin: &Json) -> Vec<String> {
    let lines = origin["diff"].as_array().unwrap().iter().filter(|line| line["cause"] == true);
    let sign = |line: &Json| if line["kind"] == "added" { "+" } else { "-" };
    let text = |line: &Json| line["text"].as_str().unwrap().trim().to_owned();
    lines.map(|line| format!("{}: {}{}", line["path"].as_str().unwrap(), sign(line), text(line))).collect()
}

#[test]
fn the_changed_value_is_the_cause_and_stands_first() {
    let repo = Repo::new();
    repo.write("infra/a.tf", "# first\n");
    repo.write("infra/z.tf", format!("{}{}", "# a\n".repeat(30), notebook("lab", CLOSED)));
    repo.commit("Closed");
    repo.write("infra/a.tf", "# first, changed\n");
    repo.write("infra/z.tf", format!("# b\n{}{}", "# a\n".repeat(29), notebook("lab", OPEN)));
    repo.commit("Open it");
    let origin = repo.origin(NET);
    assert_eq!((&origin["before"], &origin["after"]), (&Json::from("pass"), &Json::from("fail")));
    assert_eq!(
        cause(&origin),
        [
            "infra/z.tf: -direct_internet_access = \"Disabled\"",
            "infra/z.tf: +direct_internet_access = \"Enabled\""
        ]
    );
    let first = &origin["diff"][0];
    assert!(first["path"] == "infra/z.tf" && first["text"].as_str().unwrap().contains("-3"), "{origin:#}");
    let text = repo.probity(&["trace", "--all"]).expect(0).out;
    assert!(text.contains("\n> +  direct_internet_access = \"Enabled\"\n"), "{text}");
    assert!(text.contains("\n  +# b\n"), "{text}");
    assert!(text.contains("verdict before: pass, after: fail"), "{text}");
}

#[test]
fn a_deleted_line_is_the_cause_of_what_is_missing() {
    let repo = Repo::new();
    let without = notebook("lab", CLOSED).replace("  direct_internet_access = \"Disabled\"\n", "");
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.put("main.tf", without);
    let origin = repo.origin(NET);
    assert_eq!(cause(&origin), ["main.tf: -direct_internet_access = \"Disabled\""]);
}

#[test]
fn the_cause_may_be_a_variable_s_value_elsewhere() {
    let repo = Repo::new();
    repo.write("infra/main.tf", notebook("lab", "var.access"));
    repo.write("infra/variables.tf", "variable \"access\" {\n  default = \"Disabled\"\n}\n");
    repo.write("infra/a.tf", "# x\n");
    repo.commit("Closed by default");
    repo.write("infra/variables.tf", "variable \"access\" {\n  default = \"Enabled\"\n}\n");
    repo.write("infra/a.tf", "# y\n");
    repo.commit("Open by default");
    let origin = repo.origin(NET);
    assert_eq!(
        cause(&origin),
        ["infra/variables.tf: -default = \"Disabled\"", "infra/variables.tf: +default = \"Enabled\""]
    );
    assert_eq!(origin["diff"][0]["path"], "infra/variables.tf");
}

/// The file that was deleted is no part of today's unit.
#[test]
fn the_cause_may_be_a_deleted_block_elsewhere() {
    let repo = Repo::new();
    let logging = "resource \"aws_bedrock_model_invocation_logging_configuration\" \"all\" {\n  logging_config {\n    \
                   s3_config {\n      bucket_name = \"b\"\n    }\n  }\n}\n";
    repo.write(
        "infra/agent.tf",
        "resource \"aws_bedrockagent_agent\" \"desk\" {\n  agent_name = \"desk\"\n}\n",
    );
    repo.write("infra/a.tf", "# x\n");
    repo.put("infra/logging.tf", logging);
    repo.write("infra/a.tf", "# y\n");
    repo.remove("infra/logging.tf");
    repo.commit("Remove logging");
    let origin = repo.origin("PB-LOG-001");
    let cause = cause(&origin);
    assert_eq!(cause.len(), 7, "{origin:#}");
    assert!(cause.iter().all(|line| line.starts_with("infra/logging.tf: -")), "{cause:?}");
    assert_eq!(origin["diff"][0]["path"], "infra/logging.tf");
}

#[test]
fn what_is_not_committed_has_its_cause_too() {
    let repo = Repo::new();
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.write("main.tf", notebook("lab", OPEN));
    let origin = repo.origin(NET);
    assert_eq!(origin["kind"], "uncommitted");
    assert_eq!(origin["before"], "pass");
    assert_eq!(cause(&origin).len(), 2, "{origin:#}");
}

/// Whoever has only a part of the objects still gets the origin.
#[test]
fn contents_that_are_missing_take_nothing_but_their_own_lines() {
    let repo = Repo::new();
    repo.write("large.bin", "x".repeat(5000));
    repo.put("main.tf", notebook("lab", CLOSED));
    let blob = repo.git(&["rev-parse", "HEAD:large.bin"]);
    repo.remove("large.bin");
    repo.write("other.bin", "y".repeat(5000));
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("README", "one");
    std::fs::remove_file(repo.path.join(".git/objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    assert_origin(&repo.origin(NET), "introduced", &guilty);
}
