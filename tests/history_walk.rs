//! The walk through all commits finds at each what a plain audit of that commit finds.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

mod support;
mod waiver_common;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use probity::audit::history::{Progress, Scope};
use probity::audit::{Audit, Request};
use probity::cli::demo;
use probity::policy::Isolation;
use probity::report::json;
use probity::waiver::{Environment, Options};
use proptest::prelude::*;
use support::Repo;

fn environment(home: &Path) -> Environment {
    let home = home.display().to_string();
    Environment::default()
        .with("HOME", home.clone())
        .with("PATH", std::env::var("PATH").unwrap())
        .with("XDG_STATE_HOME", format!("{home}/state"))
        .with("XDG_CONFIG_HOME", format!("{home}/config"))
        .with("XDG_CACHE_HOME", format!("{home}/cache"))
        .with("GIT_CONFIG_GLOBAL", format!("{home}/gitconfig"))
        .with("GIT_CONFIG_NOSYSTEM", "1")
}

fn audit(path: &Path, environment: &Environment, revision: &str, only: &[&str]) -> Audit {
    open(path, environment, revision, only, false)
}

fn open(path: &Path, environment: &Environment, revision: &str, only: &[&str], cached: bool) -> Audit {
    Audit::open(Request {
        path: path.to_path_buf(),
        revision: Some(revision.to_owned()),
        staged: false,
        policies: Vec::new(),
        data: Vec::new(),
        only: only.iter().map(|&id| id.to_owned()).collect(),
        trust_repository_policies: false,
        isolation: Isolation::InProcess,
        reference: Some("refs/heads/main".to_owned()),
        now: Some("2026-11-22T12:00:00Z".parse().unwrap()),
        cached,
        waivers: Options::new(environment.clone()),
    })
    .unwrap()
}

/// One line for each finding of a plain audit. One that begins with what audits of other commits have kept says the
/// same, to the byte.
fn plainly(path: &Path, environment: &Environment, revision: &str, only: &[&str]) -> BTreeSet<String> {
    let run = |cached| {
        open(path, environment, revision, only, cached).run(&AtomicBool::new(false), &mut |_| {}).unwrap()
    };
    let report = run(false);
    assert!(json(&report, &[]) == json(&run(true), &[]), "{revision} with and without what was kept");
    let all = report.findings.iter().chain(&report.review).chain(&report.inconclusive);
    all.map(|f| format!("{:?} {} {} {} {}", f.verdict, f.policy.id, f.resource, f.fingerprint, f.message))
        .collect()
}

fn same_everywhere(path: &Path, environment: &Environment, revision: &str, only: &[&str]) {
    let history = audit(path, environment, revision, only)
        .history(Scope::default(), &AtomicBool::new(false), &mut |_| {})
        .unwrap();
    let mut earlier = BTreeSet::new();
    for (at, row) in history.commits.iter().enumerate() {
        let walked: BTreeSet<String> = history
            .at(at)
            .map(|v| format!("{:?} {} {} {} {}", v.verdict, v.policy, v.resource, v.fingerprint, v.message))
            .collect();
        let plain = plainly(path, environment, &row.info.id, only);
        let mut more: Vec<_> = walked.difference(&plain).collect();
        if row.unparsed > 0 {
            // What a file had that does not parse stays.
            more.retain(|line| !earlier.contains(*line));
        }
        earlier.extend(walked.iter().cloned());
        let less: Vec<_> = plain.difference(&walked).collect();
        assert!(
            more.is_empty() && less.is_empty(),
            "{} {}\n+ {more:#?}\n- {less:#?}",
            row.info.id,
            row.info.subject
        );
    }
}

#[test]
fn the_demo_s_commits_are_judged_as_a_plain_audit_judges_them() {
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(&folder.path().join("home"));
    std::fs::create_dir_all(folder.path().join("home")).unwrap();
    let demo = demo::build(&folder.path().join("demo"), &environment).unwrap();
    same_everywhere(&demo.path, &environment, "HEAD", &[]);
}

/// What a walk says that is disturbed at its second commit: for each commit the fingerprints, and the notes.
fn disturbed(repo: &Repo, home: &Path, disturb: &dyn Fn()) -> (Vec<BTreeSet<String>>, Vec<String>) {
    let audit = open(&repo.path, &environment(home), "main", &["PB-NET-001"], true);
    let mut on_progress = |progress: Progress| {
        if progress.done == 1 {
            disturb();
        }
    };
    let history = audit.history(Scope::default(), &AtomicBool::new(false), &mut on_progress).unwrap();
    let found = |at: usize| history.at(at).map(|version| version.fingerprint.to_string()).collect();
    ((0..history.commits.len()).map(found).collect(), history.notes.clone())
}

/// A walk is of the commit that the branch named when it began. While that commit's objects are there, nothing
/// changes; what is pruned under the walk is counted as missing, and such a walk is not kept.
#[test]
fn a_branch_that_is_rewritten_meanwhile_changes_nothing_or_is_noted() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", support::notebook("lab", support::OPEN));
    repo.put("main.tf", support::notebook("lab", support::CLOSED));
    let newest = repo.put("main.tf", format!("# again\n{}", support::notebook("lab", support::OPEN)));
    let folder = tempfile::tempdir().unwrap();
    let undisturbed = disturbed(&repo, &folder.path().join("first"), &|| {});
    assert_eq!(undisturbed.0.iter().map(BTreeSet::len).collect::<Vec<_>>(), [1, 0, 1]);
    assert_eq!(undisturbed.1, Vec::<String>::new());
    let rewritten = disturbed(&repo, &folder.path().join("second"), &|| {
        repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
        repo.put("main.tf", "# another past\n");
    });
    assert_eq!(rewritten, undisturbed);
    repo.git(&["reset", "-q", "--hard", &newest]);
    let home = folder.path().join("third");
    let (found, notes) = disturbed(&repo, &home, &|| {
        repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
        repo.git(&["reflog", "expire", "--expire=now", "--all"]);
        repo.git(&["gc", "-q", "--prune=now"]);
    });
    assert_eq!(found.len(), 3, "the commits that the walk began with");
    assert!(notes.iter().any(|note| note.contains("missing")), "{notes:?}");
    // Nothing of it was kept: the branch as it now is has one commit.
    let (found, notes) = disturbed(&repo, &home, &|| {});
    assert_eq!((found, notes), (undisturbed.0[..1].to_vec(), Vec::new()));
}

/// For trying it on a repository at hand: `PROBITY_REPOSITORY=path PROBITY_REVISION=rev`.
#[test]
#[ignore = "needs a repository"]
fn a_given_repository_s_commits_are_judged_as_a_plain_audit_judges_them() {
    let path = std::env::var("PROBITY_REPOSITORY").unwrap();
    let revision = std::env::var("PROBITY_REVISION").unwrap_or_else(|_| "HEAD".to_owned());
    let folder = tempfile::tempdir().unwrap();
    same_everywhere(Path::new(&path), &environment(folder.path()), &revision, &[]);
}

/// Whose signatures count is remembered beside the cache, and one commit has another answer with it.
#[test]
fn what_is_kept_hangs_on_whom_the_user_trusts() {
    let world = waiver_common::World::trusted();
    world.waive().unwrap();
    let trusting = environment(&world.root().join("home"));
    let state = world.root().join("stranger").display().to_string();
    let stranger = trusting.clone().with("XDG_STATE_HOME", state);
    let found = |environment: &Environment, cached: bool| -> Vec<String> {
        let audit = open(&world.repo, environment, "HEAD", &["PB-LOG-006"], cached);
        let history = audit.history(Scope::default(), &AtomicBool::new(false), &mut |_| {}).unwrap();
        let newest = history.at(history.commits.len() - 1);
        newest.map(|version| format!("{:?} {}", version.verdict, version.message)).collect()
    };
    let expected = [&trusting, &stranger].map(|environment| found(environment, false));
    assert_ne!(expected[0], expected[1]);
    // Cold, then warm.
    for _ in 0..2 {
        assert_eq!([&trusting, &stranger].map(|environment| found(environment, true)), expected);
    }
    assert_eq!(std::fs::read_dir(world.root().join("home/cache/probity/history")).unwrap().count(), 2);
}

/// Files that hang on one another in every way that the walk must notice: a module and its caller, variables, files that
/// functions read, joins between roots, declarations, parameters, overlays, pipelines, owners.
const FILES: &[(&str, &[&str])] = &[
    (
        "app/main.tf",
        &[
            "module \"lab\" {\n  source = \"../modules/lab\"\n  access = var.access\n}\nvariable \"access\" {\n  default = \"Enabled\"\n}\n",
            "module \"lab\" {\n  source = \"../modules/lab\"\n  access = file(\"${path.module}/access.json\")\n}\n",
            "module \"lab\" {\n  source = \"../modules/other\"\n  access = \"Enabled\"\n}\n",
            "resource \"aws_sagemaker_notebook_instance\" \"own\" {\n  name = \"own\"\n}\n",
        ],
    ),
    ("app/terraform.tfvars", &["access = \"Disabled\"\n", "access = \"Enabled\"\n"]),
    ("app/access.json", &["Enabled", "\"Disabled\""]),
    (
        "modules/lab/main.tf",
        &[
            "variable \"access\" {}\nresource \"aws_sagemaker_notebook_instance\" \"lab\" {\n  name = \"lab\"\n  direct_internet_access = var.access\n  subnet_id = \"s\"\n}\n",
            "variable \"access\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"data\"\n}\n",
        ],
    ),
    (
        "modules/other/main.tf",
        &[
            "variable \"access\" {}\nresource \"aws_sagemaker_notebook_instance\" \"other\" {\n  direct_internet_access = var.access\n}\n",
        ],
    ),
    (
        "ml/main.tf",
        &[
            "resource \"aws_sagemaker_endpoint\" \"e\" {\n  name = \"e\"\n  endpoint_config_name = \"c\"\n}\n",
            "resource \"aws_sagemaker_endpoint\" \"e\" {\n  name = \"e\"\n  endpoint_config_name = \"c\"\n  tags = { ai-system = \"credit\" }\n}\nresource \"aws_sagemaker_model\" \"m\" {\n  name = \"m\"\n  primary_container {\n    model_data_url = \"s3://data/m.tar.gz\"\n  }\n}\n",
            "broken {",
        ],
    ),
    (
        "ml/config.tf",
        &[
            "resource \"aws_sagemaker_endpoint_configuration\" \"c\" {\n  name = \"c\"\n  production_variants {\n    model_name = \"m\"\n  }\n}\n",
        ],
    ),
    (
        ".probity/system.yaml",
        &[
            "systems:\n  - id: credit\n    risk_class: high\n    paths: [ml]\n",
            "systems:\n  - id: credit\n    risk_class: limited\n    paths: [app, ml]\n",
        ],
    ),
    (".probity/config.yaml", &["params:\n  assessment_max_age_days: 10\n"]),
    (
        "k8s/deploy.yaml",
        &[
            "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: a}\nspec: {predictor: {model: {modelFormat: {name: sklearn}, storageUri: 's3://m'}}}\n",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        ],
    ),
    ("k8s/kustomization.yaml", &["resources: [deploy.yaml]\nnamespace: prod\n"]),
    (
        ".github/workflows/train.yml",
        &[
            "on: push\njobs:\n  train:\n    runs-on: ubuntu-latest\n    steps:\n      - run: python train.py\n",
            "on: push\njobs:\n  train:\n    runs-on: ubuntu-latest\n    steps:\n      - run: python train.py\n      - run: python deploy.py\n",
        ],
    ),
    ("train.py", &["import xgboost\nxgboost.train()\n", "import random\nrandom.seed(1)\nimport xgboost\n"]),
    ("models/README.md", &["---\nlicense: mit\n---\n# Card\n"]),
    ("CODEOWNERS", &["* @ml\n", "/models/ @risk\n"]),
    ("docs/dpia.md", &["Date: 2026-01-01\nOwner: A\n"]),
];

/// Those that the files above concern, so that a test takes seconds.
const CONCERNED: &[&str] = &[
    "PB-NET-001",
    "PB-GOV-001",
    "PB-GOV-002",
    "PB-DOC-001",
    "PB-DOC-005",
    "PB-LCM-001",
    "PB-LCM-007",
    "PB-MON-002",
    "PB-OVR-003",
    "PB-RES-003",
    "PB-SUP-001",
    "PB-SUP-007",
    "PB-FAIR-001",
    "PB-GOV-007",
];

fn commits() -> impl Strategy<Value = Vec<Vec<(usize, usize)>>> {
    // A commit changes some files: which of their contents, or none.
    let change = (0..FILES.len(), 0..5_usize);
    proptest::collection::vec(proptest::collection::vec(change, 1..4), 3..9)
}

#[test]
fn what_a_file_had_stays_while_it_does_not_parse() {
    let repo = support::Repo::new();
    let (path, contents) = FILES[5];
    for content in [contents[0], contents[2], contents[1]] {
        repo.put(path, content);
    }
    same_everywhere(&repo.path, &environment(&repo.outside().join("home")), "HEAD", CONCERNED);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn generated_histories_are_judged_as_plain_audits_judge_them(commits in commits(), branch in 0..9_usize) {
        let repo = support::Repo::new();
        repo.put("README", "first");
        for (at, changes) in commits.iter().enumerate() {
            if at == branch {
                repo.branch("side");
            }
            for (file, content) in changes {
                let (path, contents) = FILES[*file];
                match contents.get(*content) {
                    Some(content) => repo.write(path, content),
                    None if repo.path.join(path).exists() => repo.remove(path),
                    None => {}
                }
            }
            repo.commit(&format!("Commit {at}"));
        }
        if branch < commits.len() {
            repo.switch("main");
            repo.put("README", "second");
            repo.merge("side");
        }
        same_everywhere(&repo.path, &environment(&repo.outside().join("home")), "HEAD", CONCERNED);
    }
}
