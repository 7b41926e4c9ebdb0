//! The documentation of the policies is theirs: a page that differs from the policy is stale.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::Path;

use probity::policy::{Bundle, Page, page_index};

const COMMAND: &str = "UPDATE_GOLDEN=1 cargo test --test policy_pages";

#[test]
fn every_policy_has_its_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policies");
    let bundle = Bundle::builtin();
    assert!(bundle.failures.is_empty(), "{:?}", bundle.failures);
    let mut pages: BTreeMap<String, String> = bundle
        .policies
        .iter()
        .map(|policy| {
            let page = Page::of(policy);
            (page.file(), page.markdown())
        })
        .collect();
    pages.insert("README.md".to_owned(), page_index(&bundle.policies));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    let on_disk: BTreeMap<String, String> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("docs/policies: {error}; run {COMMAND}"))
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    let mut stale: Vec<&String> =
        pages.iter().filter(|(name, text)| on_disk.get(*name) != Some(text)).map(|(name, _)| name).collect();
    stale.extend(on_disk.keys().filter(|name| !pages.contains_key(*name)));
    assert!(stale.is_empty(), "stale in docs/policies: {stale:?}; run {COMMAND}");
}

#[test]
fn a_page_has_the_fixed_headings_and_says_something_under_each() {
    for policy in &Bundle::builtin().policies {
        let text = Page::of(policy).markdown();
        let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(
            headings,
            ["What", "Why", "How to fix", "Not flagged", "Controls", "Parameters", "Inputs"],
            "{}",
            policy.info.id
        );
        for section in text.split("\n## ").skip(1) {
            let (heading, body) = section.split_once('\n').unwrap();
            assert!(body.trim().len() > 4, "{}: nothing under {heading}", policy.info.id);
        }
        assert!(!text.contains("evidence for nothing"), "{}", policy.info.id);
    }
}
