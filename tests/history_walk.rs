//! The walk through all commits finds at each what a plain audit of that commit finds.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use probity::audit::history::Scope;
use probity::audit::{Audit, Request};
use probity::cli::demo;
use probity::policy::Isolation;
use probity::waiver::{Environment, Options};

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

fn audit(path: &Path, environment: &Environment, revision: &str) -> Audit {
    Audit::open(Request {
        path: path.to_path_buf(),
        revision: Some(revision.to_owned()),
        policies: Vec::new(),
        data: Vec::new(),
        only: Vec::new(),
        trust_repository_policies: false,
        isolation: Isolation::InProcess,
        reference: Some("refs/heads/main".to_owned()),
        now: Some("2026-11-22T12:00:00Z".parse().unwrap()),
        waivers: Options::new(environment.clone()),
    })
    .unwrap()
}

/// One line for each finding of a plain audit.
fn plainly(path: &Path, environment: &Environment, revision: &str) -> BTreeSet<String> {
    let report = audit(path, environment, revision).run(&AtomicBool::new(false), &mut |_| {}).unwrap();
    let all = report.findings.iter().chain(&report.review).chain(&report.inconclusive);
    all.map(|f| format!("{:?} {} {} {} {}", f.verdict, f.policy.id, f.resource, f.fingerprint, f.message))
        .collect()
}

fn same_everywhere(path: &Path, environment: &Environment, revision: &str) {
    let history = audit(path, environment, revision)
        .history(Scope::default(), &AtomicBool::new(false), &mut |_| {})
        .unwrap();
    for (at, row) in history.commits.iter().enumerate() {
        let walked: BTreeSet<String> = history
            .at(at)
            .map(|v| format!("{:?} {} {} {} {}", v.verdict, v.policy, v.resource, v.fingerprint, v.message))
            .collect();
        let plain = plainly(path, environment, &row.info.id);
        let more: Vec<_> = walked.difference(&plain).collect();
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
    same_everywhere(&demo.path, &environment, "HEAD");
}

/// For trying it on a repository at hand: `PROBITY_REPOSITORY=path PROBITY_REVISION=rev`.
#[test]
#[ignore = "needs a repository"]
fn a_given_repository_s_commits_are_judged_as_a_plain_audit_judges_them() {
    let path = std::env::var("PROBITY_REPOSITORY").unwrap();
    let revision = std::env::var("PROBITY_REVISION").unwrap_or_else(|_| "HEAD".to_owned());
    let folder = tempfile::tempdir().unwrap();
    same_everywhere(Path::new(&path), &environment(folder.path()), &revision);
}
