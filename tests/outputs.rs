//! `check` for other programs: `JUnit`, GitHub, GitLab, Markdown, the schema of the JSON, and several in one run.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test may panic

#[path = "support/lab.rs"]
mod lab;
#[path = "support/schema.rs"]
mod schema;
mod support;

use lab::Lab;
use serde_json::{Value as Json, json};
use support::{CLOSED, OPEN, Repo, notebook};

/// What a hostile file would like to say in each of the formats.
const HOSTILE: &str = "::error::a\r\n::add-mask::b\n##[add-mask]c 100% | d `e` <script>f</script> ]]> & \" @octocat \
                       [g](https://evil.example) ![h](i) www.evil.example #1 \\| \u{1}\u{1b}[31m\u{202e}\u{fffe}";

/// A repository whose one file decides every word of a finding.
fn hostile(text: &str, policy: &str) -> Repo {
    let repo = Repo::judged_by(&["main.deny"]);
    let document =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"text": text}});
    repo.put("a,b::%.json", document.to_string());
    std::fs::create_dir(repo.outside().join("rego")).unwrap();
    std::fs::write(repo.outside().join("rego/main.rego"), policy).unwrap();
    repo
}

const SAYS_IT: &str = "package main\n\nimport rego.v1\n\ndeny contains input.data.text\n";

fn check(repo: &Repo, args: &[&str]) -> String {
    let policies = repo.outside().join("rego").display().to_string();
    repo.probity(&[&["check", "--policies", &policies, "--format"], args].concat()).expect(1).out
}

/// The elements of that name, each with its attributes; fails where the text is not well-formed as far as tags go.
fn elements<'x>(xml: &'x str, name: &str) -> Vec<&'x str> {
    let mut open = Vec::new();
    let mut found = Vec::new();
    let body = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        assert!(!text.contains(['>', '"']), "{piece}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let word = tag.trim_end_matches('/').split(' ').next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), tag.strip_prefix('/'), "{xml}");
            continue;
        }
        if word == name {
            found.push(tag);
        }
        if !tag.ends_with('/') {
            open.push(word);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    let known =
        |at: usize| ["&amp;", "&lt;", "&gt;", "&quot;"].iter().any(|name| xml[at..].starts_with(name));
    assert!(xml.match_indices('&').all(|(at, _)| known(at)), "{xml}");
    assert!(xml.chars().all(|c| c == '\n' || (c >= ' ' && !matches!(c, '\u{7f}' | '\u{fffe}' | '\u{ffff}'))));
    found
}

#[test]
fn junit_fails_what_is_open_and_skips_what_was_waived() {
    let lab = Lab::new();
    lab.waive("A month.", 30);
    let run = lab.repo.probity(&["check", "--format", "junit"]).expect(1);
    assert_eq!(
        elements(&run.out, "testsuites"),
        ["testsuites name=\"probity\" tests=\"2\" failures=\"1\" errors=\"0\""]
    );
    assert!(elements(&run.out, "testsuite")[0].ends_with("skipped=\"1\""), "{}", run.out);
    assert!(run.out.contains("\">infra/main file.tf:3:"), "{}", run.out);
    assert!(elements(&run.out, "failure")[0].starts_with("failure type=\"high\" message=\""), "{}", run.out);
    assert!(elements(&run.out, "skipped")[0].contains(": A month. ("), "{}", run.out);
    assert_eq!(lab.repo.probity(&["check", "--format", "junit"]).raw, run.raw);
}

#[test]
fn junit_tells_passed_from_missing_and_known_from_new() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let base = repo.put("main.tf", notebook("lab", CLOSED));
    let passed = repo.probity(&["check", "--format", "junit"]).expect(0).out;
    assert!(elements(&passed, "testcase")[0].ends_with("name=\"nothing found\"/"), "{passed}");
    assert!(passed.contains("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\""), "{passed}");
    repo.put("bad.tf", "resource {{{");
    let missing = repo.probity(&["check", "--format", "junit"]).expect(3).out;
    assert!(elements(&missing, "error")[0].starts_with("error type=\"not read\""), "{missing}");
    assert!(
        missing.contains("<testcase classname=\"not read\" name=\"bad.tf\"><error type=\"not read\"")
            && missing.contains(">bad.tf"),
        "{missing}"
    );
    repo.remove("bad.tf");
    let known = repo.put("main.tf", notebook("lab", OPEN));
    let since =
        |rev: &str, code| repo.probity(&["check", "--format", "junit", "--base", rev]).expect(code).out;
    assert_eq!(elements(&since(&base, 1), "failure").len(), 1);
    assert!(elements(&since(&known, 0), "skipped")[0].contains("message=\"there at the base: "));
}

#[test]
fn github_annotates_as_an_error_only_what_gates() {
    let lab = Lab::new();
    lab.waive("A month.", 30);
    lab.repo.put("bad.tf", "resource {{{");
    let levels = |args: &[&str]| {
        let run = lab.repo.probity(&[&["check", "--format", "github"], args].concat());
        let lines = run.out.lines().map(|line| line.split([' ', '=']).take(3).collect::<Vec<_>>().join(" "));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(
        levels(&[]),
        [
            "::notice title Probity::INCOMPLETE:",
            "::error file open/main.tf,line",
            "::warning file bad.tf,line"
        ]
    );
    // Below the threshold it is still told.
    assert_eq!(
        levels(&["--fail-on", "critical"])[1..],
        ["::warning file bad.tf,line", "::warning file open/main.tf,line"]
    );
    // What was there before is counted.
    let base = lab.repo.git(&["rev-parse", "HEAD"]);
    let out = lab.repo.probity(&["check", "--format", "github", "--base", &base]).out;
    assert!(!out.contains("open/main.tf") && out.contains(": 0 new, 0 fixed, 2 known"), "{out}");
}

#[test]
fn no_text_starts_a_workflow_command() {
    let repo = hostile(HOSTILE, SAYS_IT);
    let out = check(&repo, &["github"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 2, "{out}");
    assert!(lines[1].starts_with("::error file=a%2Cb%3A%3A%25.json,line=1,"), "{out}");
    assert!(lines[1].contains("::::error::a%0A::add-mask::b%0A## [add-mask]c 100%25 | d"), "{out}");
    assert!(!out.contains("##[") && !out.contains(['\r', '\u{1b}', '\u{1}', '\u{202e}']), "{out}");
}

#[test]
fn gitlab_has_every_finding_and_every_gap() {
    let lab = Lab::new();
    lab.waive("A month.", 30);
    lab.repo.put("bad.tf", "resource {{{");
    let report = lab.check(&["gitlab"]);
    let mut all: Vec<(&str, &str, &str)> = report
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            assert!(entry["location"]["lines"]["begin"].as_u64().unwrap() > 0);
            let text = |value: &'_ Json| -> &'static str { value.as_str().unwrap().to_owned().leak() };
            (text(&entry["check_name"]), text(&entry["severity"]), text(&entry["location"]["path"]))
        })
        .collect();
    all.sort_unstable();
    assert_eq!(
        all,
        [
            ("PB-NET-001", "critical", "open/main.tf"),
            ("PB-NET-001", "info", "infra/main file.tf"),
            ("not-read", "blocker", "bad.tf"),
        ]
    );
    let waived = report.as_array().unwrap().iter().find(|entry| entry["severity"] == "info").unwrap();
    assert!(waived["description"].as_str().unwrap().starts_with("waived: "), "{waived}");
}

#[test]
fn a_comment_says_new_then_counts_then_waived_then_missing() {
    let lab = Lab::new();
    lab.waive("A month.", 30);
    let base = lab.repo.git(&["rev-parse", "HEAD"]);
    lab.repo.put("new/main.tf", notebook("third", OPEN));
    lab.repo.put("bad.tf", "resource {{{");
    let page = lab.repo.probity(&["check", "--format", "markdown", "--base", &base]).expect(1).out;
    let heads: Vec<&str> = page.lines().filter(|line| line.starts_with("###")).collect();
    assert_eq!(heads, ["### New", "### Counts", "### Waived", "### Not read or not evaluated"]);
    assert!(
        page.starts_with(
            "<!-- probity -->\n## Probity\n\nINCOMPLETE: 2 open (2 high), 1 waived, 1 NOT READ; "
        )
    );
    for line in ["| new | 0 | 1 | 0 | 0 |", "| known | 0 | 1 | 0 | 0 |", "| waived | 0 | 1 | 0 | 0 |"] {
        assert!(page.lines().any(|row| row == line), "{line}\n{page}");
    }
    let rows = |path: &str| page.lines().filter(|line| line.contains(path)).count();
    assert_eq!(
        (rows("new/main.tf"), rows("open/main.tf"), rows("infra/main file.tf"), rows("bad.tf")),
        (1, 0, 1, 1)
    );
    assert!(page.contains("A month. (requested by kim\\@&#8203;example.com)"), "{page}");
}

#[test]
fn no_text_breaks_out_of_a_comment() {
    let repo = hostile(HOSTILE, SAYS_IT);
    let page = check(&repo, &["markdown"]);
    let row = page.lines().find(|line| line.contains("octocat")).unwrap();
    assert_eq!(row.matches('|').count(), 5, "{row}");
    for wanted in [
        "d &#96;e&#96; &#60;script&#62;f",
        "\\@&#8203;octocat",
        "\\[g\\](https:&#8203;//evil",
        "\\!\\[h\\](i) www.&#8203;evil.example",
        "\\#&#8203;1 \\\\&#124;",
    ] {
        assert!(row.contains(wanted), "{wanted}\n{row}");
    }
    assert_eq!(elements(&check(&repo, &["junit"]), "failure").len(), 1);
}

#[test]
fn a_comment_fits_and_says_what_was_left_out() {
    let policy = "package main\n\nimport rego.v1\n\ndeny contains msg if {\n\tsome i in numbers.range(1, 200)\n\t\
                  msg := sprintf(\"%d %s\", [i, input.data.text])\n}\n";
    let repo = hostile(&"@|".repeat(400), policy);
    let page = check(&repo, &["markdown"]);
    assert!(page.len() < 65_000, "{}", page.len());
    let rows =
        page.lines().filter(|line| line.starts_with("| medium |") || line.starts_with("| high |")).count();
    assert!(rows > 0, "{page}");
    assert!(page.contains(&format!("\n{} more were left out: ", 200 - rows)), "{rows} rows\n{page}");
}

#[test]
fn several_outputs_come_from_one_run() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", OPEN));
    let file = |name: &str| repo.outside().join(name).display().to_string();
    let (sarif, page) = (format!("sarif={}", file("a")), format!("markdown={}", file("b")));
    let text = repo.probity(&["check"]).expect(1).out;
    let run = repo.probity(&["check", "--output", &sarif, "--output", &page]).expect(1);
    assert_eq!(run.out, text);
    for (name, format) in [("a", "sarif"), ("b", "markdown")] {
        let alone = repo.probity(&["check", "--format", format]).expect(1).out;
        assert_eq!(std::fs::read_to_string(file(name)).unwrap(), alone, "{format}");
    }
    let run = repo.probity(&["check", "--output", &sarif, "--output", "github=-"]).expect(1);
    assert!(run.out.starts_with("::notice "), "{}", run.out);
    let run = repo.probity(&["check", "--output", "junit=-", "--output", "github=-"]).expect(2);
    assert!(run.err.contains("two outputs go to standard output"), "{}", run.err);
}

#[test]
fn reports_are_what_the_schema_says() {
    let lab = Lab::new();
    lab.waive("A month.", 30);
    let base = lab.repo.git(&["rev-parse", "HEAD"]);
    lab.repo.put("open/main.tf", notebook("other", CLOSED));
    lab.repo.put("new/main.tf", notebook("third", OPEN));
    lab.repo.put("bad.tf", "resource {{{");
    let report = lab.repo.report(&["--base", &base, "--origins"]);
    assert_eq!(report["base"]["fixed"].as_array().unwrap().len(), 1);
    assert!(report["findings"][0]["origin"].is_object());
    assert_eq!(schema::mistakes(&report), Vec::<String>::new());
    assert_eq!(schema::mistakes(&lab.repo.report(&[])), Vec::<String>::new());
    // The checker sees what is wrong: anything more, anything less, anything else, at every depth.
    for (pointer, key) in
        [("", "tool"), ("/summary", "open"), ("/findings/0", "status"), ("/base/commit", "id")]
    {
        let mut less = report.clone();
        less.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        assert_eq!(schema::mistakes(&less).len(), 1, "without {pointer}/{key}");
        let mut more = report.clone();
        more.pointer_mut(pointer).unwrap()["surprise"] = json!(1);
        assert_eq!(schema::mistakes(&more).len(), 1, "more in {pointer}");
        let mut other = report.clone();
        other.pointer_mut(pointer).unwrap()[key] = json!(-1);
        assert!(!schema::mistakes(&other).is_empty(), "another {pointer}/{key}");
    }
}
