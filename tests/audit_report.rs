//! The audit report: all that the audit found is in it, nothing of the repository becomes markup, the same bytes each time.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test may panic

mod support;

use std::collections::BTreeSet;

use support::{OPEN, Repo, notebook};

/// Tags in their order, with their attributes; panics where the text is not well-formed XML.
fn tags(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        assert!(!text.contains('>') || open.last() == Some(&"style"), "a stray >: {text}");
        for entity in text.split('&').skip(1) {
            let name = entity.split(';').next().unwrap();
            assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "&{name};");
        }
        let end = tail.find('>').unwrap();
        let tag = &tail[1..end];
        rest = &tail[end + 1..];
        if tag.starts_with('!') {
            continue;
        }
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        tags.push(tag.to_owned());
    }
    assert!(open.is_empty(), "{open:?} are open");
    tags
}

fn attributes<'t>(tags: &'t [String], name: &str) -> Vec<&'t str> {
    let begin = format!(" {name}=\"");
    tags.iter().filter_map(|tag| tag.split(&begin).nth(1)?.split('"').next()).collect()
}

/// A repository that tries to write into the report, and has a waiver, a file that cannot be read and a history.
fn hostile() -> Repo {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("infra/a.tf", notebook("lab", OPEN));
    let name = "in\"fra/<script>alert(1)</script>/b's.tf";
    repo.put(
        name,
        notebook("other", OPEN).replace("Enabled", "Enabled\" # \u{202e}</code><img src=x onerror=1>"),
    );
    let comment = "\"Enabled\" # </code></pre><script>alert(2)</script> \u{202e}``` |";
    repo.put(name, notebook("other", OPEN).replace("\"Enabled\"", comment));
    repo.put("broken.tf", "resource {{{ <b>bold</b>\n");
    repo
}

#[test]
fn all_of_the_audit_is_in_both_forms() {
    let repo = hostile();
    let report = repo.report(&[]);
    let html = repo.probity(&["report", "--only", "PB-NET-001"]).expect(3).out;
    let markdown = repo.probity(&["report", "--only", "PB-NET-001", "--format", "markdown"]).expect(3).out;
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 2);
    for finding in findings {
        let print = finding["fingerprint"].as_str().unwrap();
        for (form, text) in [("html", &html), ("markdown", &markdown)] {
            assert_eq!(text.matches(print).count(), 1, "{print} in {form}");
        }
    }
    for text in [&html, &markdown] {
        for part in [
            "2 open (2 high)",
            "This result is incomplete: one thing could not be read",
            "broken.tf",
            "4 commits",
            "Ada Author",
            "NIST SP 800-53",
            "There is no waiver in this commit",
            "Make it again",
        ] {
            assert!(text.contains(part), "{part}");
        }
    }
    assert_eq!(html.matches("class=\"tag high\"").count(), 3, "both findings and the row of the summary");
    let without = repo.probity(&["report", "--only", "PB-NET-001", "--no-history"]).expect(3).out;
    assert!(without.contains("The history was left out of this report"));
    assert!(!without.contains("<svg"));
}

#[test]
fn nothing_of_the_repository_becomes_markup() {
    let repo = hostile();
    let html = repo.probity(&["report", "--only", "PB-NET-001"]).expect(3).out;
    let tags = tags(&html);
    for tag in &tags {
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        assert!(!["script", "img", "b", "iframe", "object", "form", "link"].contains(&name), "<{tag}>");
        assert!(!tag.contains(" on") && !tag.contains("style=") && !tag.contains("src="), "<{tag}>");
    }
    assert!(html.contains("&lt;script&gt;alert(2)&lt;/script&gt; ⟨RLO⟩"));
    assert!(html.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'));
    assert!(html.contains("Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-"));
    // Each link leads somewhere, and each place has one name.
    let ids = attributes(&tags, "id");
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), known.len());
    for link in attributes(&tags, "href") {
        assert!(known.contains(link.strip_prefix('#').unwrap()), "{link}");
    }
    // Headings go down by one at a time, every table has its caption, every picture its name.
    let levels: Vec<u32> =
        tags.iter().filter_map(|tag| tag.strip_prefix('h')?.get(..1)?.parse().ok()).collect();
    assert_eq!(levels[0], 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    let count = |name: &str| tags.iter().filter(|tag| tag.split(' ').next() == Some(name)).count();
    assert_eq!(count("table"), count("caption"));
    assert_eq!((count("svg"), count("title")), (1, 2));
    assert_eq!((count("main"), count("nav"), count("h1")), (1, 1, 1));

    let markdown = repo.probity(&["report", "--only", "PB-NET-001", "--format", "markdown"]).expect(3).out;
    let mut fenced = false;
    for line in markdown.lines() {
        fenced ^= line.starts_with("```");
        assert!(fenced || !line.replace("<code>", "").replace("</code>", "").contains('<'), "{line}");
    }
    assert!(!fenced);
}

#[test]
fn the_same_bytes_everywhere_and_the_digest_that_it_promises() {
    let repo = hostile();
    let commit = repo.git(&["rev-parse", "HEAD"]);
    let instant = ["--as-of", "2026-11-01T00:00:00Z"];
    let write = |folder: &std::path::Path| {
        let args = ["report", "--only", "PB-NET-001", "--rev", &commit, instant[0], instant[1]];
        repo.probity_in(folder, &args).expect(3).raw
    };
    let first = write(&repo.path);
    assert_eq!(first, write(&repo.path), "twice");
    let other = repo.outside().join("elsewhere/repo");
    let (from, to) = (repo.path.to_str().unwrap(), other.to_str().unwrap());
    repo.git_in(repo.outside(), &["clone", "-q", from, to]);
    assert_eq!(first, write(&other), "in another folder");
    let html = String::from_utf8(first).unwrap();
    let check = ["check", "--rev", &commit, instant[0], instant[1], "--accept-as-of", "--format", "json"];
    let digest = probity::model::Digest::of(&repo.probity(&check).expect(1).raw).hex();
    assert!(html.contains(&digest), "the digest of what the command prints");
    assert!(html.contains(&format!(
        "probity check --rev {commit} --only PB-NET-001 --as-of 2026-11-01T00:00:00Z --accept-as-of --format json"
    )));
}
