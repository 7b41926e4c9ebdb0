//! `.probity/config.yaml`: every mistake is told with its line, and the published schema says the same as the readers.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

#[path = "support/schema.rs"]
mod schema;
mod support;

use serde_json::Value as Json;
use support::Repo;

/// What `check` tells of a configuration, line by line.
fn told(repo: &Repo, text: &str) -> Vec<String> {
    repo.write(".probity/config.yaml", text);
    let report = repo.report(&[]);
    let of_it = report["unparsed"].as_array().unwrap().iter().filter(|u| u["path"] == ".probity/config.yaml");
    of_it.map(|u| format!("{}: {}", u["line"], u["reason"].as_str().unwrap())).collect()
}

#[test]
fn the_schema_and_the_readers_agree() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/config.schema.json");
    let made = format!("{:#}\n", probity::audit::configuration_schema());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), made, "UPDATE_GOLDEN=1 writes it anew");
    let schema: Json = serde_json::from_str(&made).unwrap();
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("README.md", "# lab\n");
    for (text, says) in [
        ("{}\n", ""),
        ("params:\n  card_grace_days: 3\n", ""),
        ("thresholds:\n  of: [our, own]\n", ""),
        ("pipeline:\n  steps:\n    - kind: train\n      command: '^fit'\n", ""),
        ("waivers:\n  required: [ticket]\n  templates:\n    default: {days: 30, type: false-positive}\n", ""),
        ("[a]\n", "1: configuration: must be a mapping"),
        (
            "params:\n  card_grace_day: 3\n",
            "2: params: `card_grace_day` is no parameter; did you mean `card_grace_days`?",
        ),
        ("params:\n  card_grace_days: soon\n", "2: params: `card_grace_days` must be a number"),
        ("params: 3\n", "1: params: must be a mapping"),
        ("pipeline:\n  step: []\n", "2: pipeline: `step` is unknown; did you mean `steps`?"),
        ("pipeline:\n  steps: train\n", "2: pipeline.steps: must be a list of rules"),
        ("pipeline:\n  steps:\n    - kind: cook\n      command: x\n", "3: pipeline.steps: "),
        ("pipeline:\n  steps:\n    - command: x\n", "3: pipeline.steps: a rule needs `kind`"),
        (
            "waivers:\n  templates:\n    a:\n      reson: x\n",
            "4: waivers.templates.a: `reson` is unknown; did you mean `reason`?",
        ),
        (
            "waivers:\n  templates:\n    a:\n      days: soon\n",
            "4: waivers.templates.a.days: must be a number of days",
        ),
        ("waivers:\n  required: [tickets]\n", "2: waivers.required: "),
    ] {
        let value: Json = serde_yaml::from_str(text).unwrap();
        let (read, by_schema) = (told(&repo, text), schema::mistakes_of(&schema, &value));
        assert_eq!(by_schema.is_empty(), says.is_empty(), "{text}{by_schema:?}");
        match read.as_slice() {
            [] => assert_eq!(says, "", "{text}"),
            [one] if !says.is_empty() => assert!(one.starts_with(says), "{text}{one}"),
            more => panic!("{text}{more:?}"),
        }
    }
    // Other names are the repository's own; one that looks like a part's is none of these.
    let read = told(&repo, "param:\n  card_grace_days: 3\n");
    assert_eq!(read, ["2: configuration: `param` is unknown; did you mean `params`?"]);
}
