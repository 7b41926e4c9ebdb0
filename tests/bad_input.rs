//! Hostile and broken input: an understandable line, the right exit code, nothing lost, no panic, in
//! bounded time (each run has a limit, see `support`).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod support;

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value as Json;
use support::{CLOSED, OPEN, Repo, Run, deployment, notebook, texts, workflow};

/// No byte that could act on a terminal.
#[track_caller]
fn assert_harmless(run: &Run) {
    for (name, bytes) in [("out", run.raw.as_slice()), ("err", run.err.as_bytes())] {
        let bad = bytes.iter().find(|byte| (**byte < 0x20 && **byte != b'\n') || **byte == 0x7f);
        assert_eq!(bad, None, "{name}: {}", String::from_utf8_lossy(bytes).escape_debug());
        let text = std::str::from_utf8(bytes).unwrap();
        let bad = text.chars().find(|c| {
            matches!(c, '\u{80}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        });
        assert_eq!(bad, None, "{name}: {}", text.escape_debug());
    }
}

/// Everything about the files that were not read: path, line, reason.
fn unparsed(report: &Json) -> Vec<(String, Option<u64>, String)> {
    let entries = report["unparsed"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let text = |key: &str| entry[key].as_str().unwrap().to_owned();
            (text("path"), entry["line"].as_u64(), text("reason"))
        })
        .collect()
}

/// Audits one bad file beside a good one that violates: the bad one is listed, the good one judged.
#[track_caller]
fn beside_a_good_one(path: &str, content: &[u8]) -> (Option<u64>, String) {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.write("good/main.tf", notebook("lab", OPEN));
    repo.write(path, content);
    repo.commit("Both");
    for args in [&["check", "--format", "json"][..], &["check", "--format", "json", "--rev", "HEAD"]] {
        let report = repo.probity(args).expect(1).json();
        assert_eq!(texts(&report["findings"], "path"), ["good/main.tf"], "{path}");
        assert_eq!(report["summary"]["unparsed"], 1, "{path}: {}", report["unparsed"]);
    }
    let text = repo.probity(&["check"]).expect(1);
    assert!(text.out.contains("INCOMPLETE") && text.out.contains(path), "{}", text.out);
    repo.remove("good/main.tf");
    let incomplete = repo.probity(&["check", "--format", "json"]).expect(3);
    let (shown, line, reason) = unparsed(&incomplete.json()).remove(0);
    assert_eq!(shown, path);
    (line, reason)
}

#[test]
fn not_a_repository() {
    let repo = Repo::bare_folder();
    for args in [&["check"][..], &["trace", "--all"], &["check", "."]] {
        let run = repo.probity_in(repo.outside(), args).expect(2);
        assert!(run.err.contains("is not inside a git repository"), "{}", run.err);
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    }
}

#[test]
fn nothing_committed_and_nothing_there() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let run = repo.probity(&["check"]).expect(0);
    assert!(run.out.contains("0 documents of 0 files"), "{}", run.out);
    assert_eq!(repo.report(&[])["repository"]["head"], Json::Null);
    repo.probity(&["trace", "--all"]).expect(0);
    let run = repo.probity(&["check", "--rev", "HEAD"]).expect(2);
    assert!(run.err.contains("HEAD"), "{}", run.err);
    // A commit without files.
    repo.commit("Nothing");
    repo.probity(&["check"]).expect(0);
    repo.probity(&["check", "--rev", "HEAD"]).expect(0);
}

#[test]
fn an_unborn_branch_with_files() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.write("main.tf", notebook("lab", OPEN));
    let run = repo.probity(&["check", "--format", "json", "--origins"]).expect(1);
    assert_eq!(run.json()["findings"][0]["origin"]["kind"], "uncommitted");
    repo.git(&["add", "--all"]);
    assert_eq!(repo.origin("PB-NET-001")["kind"], "uncommitted");
}

#[test]
fn a_detached_head() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", CLOSED));
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    repo.put("README", "one");
    repo.git(&["switch", "-q", "--detach"]);
    repo.probity(&["check"]).expect(1);
    assert_eq!(repo.origin("PB-NET-001")["commit"]["id"], guilty);
}

#[test]
fn a_bare_repository() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let commit = repo.put("main.tf", notebook("lab", OPEN));
    repo.git_in(repo.outside(), &["clone", "-q", "--bare", "repo", "bare.git"]);
    let bare = repo.outside().join("bare.git");
    for args in [&["check"][..], &["trace", "--all"]] {
        let run = repo.probity_in(&bare, args).expect(2);
        assert!(run.err.contains("bare") && run.err.contains("--rev"), "{}", run.err);
    }
    let report = repo.probity_in(&bare, &["check", "--rev", "HEAD", "--format", "json"]).expect(1).json();
    assert_eq!(report["repository"]["revision"], commit);
    assert_eq!(report["findings"], repo.report(&[])["findings"]);
    let traced = repo.probity_in(&bare, &["trace", "--all", "--rev", "main", "--format", "json"]).expect(0);
    assert_eq!(traced.json()[0]["origin"]["commit"]["id"], commit);
}

#[test]
fn a_file_of_50_megabytes() {
    let line = b"key: a value that repeats itself and says nothing at all\n";
    let (at, reason) = beside_a_good_one("huge.yaml", &line.repeat(50 * 1024 * 1024 / line.len() + 1));
    assert_eq!(at, None);
    assert!(reason.contains("bytes; the limit is"), "{reason}");
}

#[test]
fn content_that_is_no_text() {
    assert_eq!(beside_a_good_one("a.yaml", b"a: 1\n\0\xff\xfe"), (Some(2), "binary content".to_owned()));
    assert_eq!(beside_a_good_one("a.tf", b"\x7fELF\x02\0\0\xff"), (Some(1), "binary content".to_owned()));
    assert_eq!(beside_a_good_one("a.yml", b"a: 1\nb: caf\xe9\n"), (Some(2), "not UTF-8".to_owned()));
    assert_eq!(beside_a_good_one("b.tf", b"a = 1\nb = \"caf\xe9\"\n"), (Some(2), "not UTF-8".to_owned()));
    // UTF-8 as far as it goes, but no text.
    let (line, _) = beside_a_good_one("c.yaml", b"a: 1\nb: \0\0\n");
    assert_eq!(line, Some(2));
}

#[test]
fn nesting_without_end() {
    const DEEP: usize = 20_000;
    let flow = "[".repeat(DEEP) + &"]".repeat(DEEP);
    let maps = format!("{}1{}", "{a: ".repeat(DEEP), "}".repeat(DEEP));
    let json = format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP));
    let block = (0..2_000).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "a:\n");
    let dashes = format!("{}1\n", "- ".repeat(DEEP));
    for content in [&flow, &maps, &json, &block, &dashes] {
        let (_, reason) = beside_a_good_one("deep.yaml", content.as_bytes());
        assert!(!reason.is_empty());
    }
    for content in [
        format!("a = {flow}\n"),
        format!("a = {}1{}\n", "(".repeat(DEEP), ")".repeat(DEEP)),
        format!("a = {}\n", "{ a = ".repeat(DEEP) + "1" + &"}".repeat(DEEP)),
        "b {\n".repeat(DEEP) + &"}\n".repeat(DEEP),
        format!("a = \"{}1{}\"\n", "${\"".repeat(DEEP), "\"}".repeat(DEEP)),
        format!("a = {}true\n", "!".repeat(DEEP)),
    ] {
        beside_a_good_one("deep.tf", content.as_bytes());
    }
}

#[test]
fn long_flat_expressions() {
    // Not nested as written, nested when parsed: accepted or listed, in any case alive.
    for content in [
        format!("a = 1{}\n", " + 1".repeat(20_000)),
        format!("a = {}1\n", "true ? 1 : ".repeat(5_000)),
        format!("a = a{}\n", ".b".repeat(20_000)),
        format!("a = a{}\n", "[0]".repeat(20_000)),
    ] {
        let repo = Repo::judged_by(&["PB-NET-001"]);
        repo.write("good/main.tf", notebook("lab", OPEN));
        repo.write("long/main.tf", format!("locals {{\n  {content}}}\n"));
        let report = repo.probity(&["check", "--format", "json"]).expect(1).json();
        assert_eq!(texts(&report["findings"], "path"), ["good/main.tf"]);
    }
}

#[test]
fn terraform_that_refers_to_itself() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let text = "locals {\n  a = local.b\n  b = local.a\n}\nmodule \"self\" {\n  source = \"./\"\n}\n";
    repo.put("main.tf", text.to_owned() + &notebook("lab", "local.a"));
    let report = repo.report(&[]);
    assert_eq!(report["summary"]["inconclusive"], 1, "{report:#}");
}

/// A line for each number and the one before it.
fn lines(end: u32, line: impl Fn(u32, u32) -> String) -> String {
    (1..end).map(|n| line(n, n - 1)).collect::<Vec<_>>().concat()
}

#[test]
fn terraform_that_multiplies_itself() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let doubling = lines(40, |n, m| format!("  a{n} = [local.a{m}, local.a{m}]\n"));
    let text = format!("locals {{\n  a0 = [\"x\"]\n{doubling}}}\n");
    repo.write("main.tf", text + &notebook("lab", OPEN).replace("\"lab\"\n", "local.a39\n"));
    let strings = lines(40, |n, m| format!("  s{n} = \"${{local.s{m}}}${{local.s{m}}}\"\n"));
    repo.write(
        "text/main.tf",
        format!("locals {{\n  s0 = \"xxxxxxxx\"\n{strings}}}\n") + &notebook("lab", "local.s39"),
    );
    let counted = notebook("lab", OPEN).replace("  name ", "  count = 1000000000\n  name ");
    repo.put("count/main.tf", counted);
    let run = repo.probity(&["check", "--format", "json"]);
    assert!(run.took < Duration::from_secs(30), "{:?}", run.took);
    // What is written plainly stays known beside it.
    let report = run.expect(1).json();
    assert_eq!(texts(&report["findings"], "path"), ["count/main.tf", "main.tf"]);
    assert_eq!(texts(&report["inconclusive"], "path"), ["text/main.tf"]);
}

#[test]
fn an_alias_bomb() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let items = vec![format!("*a{}", n - 1); 9].join(", ");
        bomb.push_str(&["a", &n.to_string(), ": &a", &n.to_string(), " [", &items, "]\n"].concat());
    }
    let (line, reason) = beside_a_good_one("bomb.yaml", bomb.as_bytes());
    assert!(line.is_some() && reason.contains("aliases expand"), "{line:?} {reason}");
    let (_, reason) = beside_a_good_one("self.yaml", b"a: &a [*a]\n");
    assert!(reason.contains("alias"), "{reason}");
}

#[test]
fn a_file_that_may_not_be_read() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.write("good/main.tf", notebook("lab", OPEN));
    repo.write("secret.tf", notebook("secret", OPEN));
    repo.commit("Both");
    let file = repo.path.join("secret.tf");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
    let allowed_anyway = std::fs::read(&file).is_ok(); // the superuser
    let run = repo.probity(&["check", "--format", "json"]).expect(1);
    let report = run.json();
    if allowed_anyway {
        assert_eq!(texts(&report["findings"], "path"), ["good/main.tf", "secret.tf"]);
    } else {
        assert_eq!(texts(&report["findings"], "path"), ["good/main.tf"]);
        assert!(unparsed(&report)[0].2.contains("cannot read secret.tf"), "{}", report["unparsed"]);
    }
}

#[test]
fn links_are_named_and_not_followed() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let outside = repo.outside().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("main.tf"), notebook("outside", OPEN)).unwrap();
    repo.write("real/main.tf", notebook("real", CLOSED));
    symlink("/etc/passwd", repo.path.join("passwd.tf")).unwrap();
    symlink(outside.join("main.tf"), repo.path.join("link.tf")).unwrap();
    symlink("nowhere.yaml", repo.path.join("broken.yaml")).unwrap();
    symlink(&outside, repo.path.join("folder")).unwrap();
    symlink(".", repo.path.join("loop")).unwrap();
    repo.commit("Links");
    for args in [&["check", "--format", "json"][..], &["check", "--format", "json", "--rev", "HEAD"]] {
        let run = repo.probity(args).expect(3);
        let report = run.json();
        let found: Vec<String> = unparsed(&report).into_iter().map(|(path, ..)| path).collect();
        assert_eq!(found, ["broken.yaml", "link.tf", "passwd.tf"]);
        assert!(
            unparsed(&report)
                .iter()
                .all(|(.., reason)| reason == "symbolic link that leads to no file of this repository")
        );
        assert!(!run.out.contains("root:") && !run.out.contains("outside"), "{}", run.out);
    }
}

#[test]
fn a_link_to_a_file_of_the_repository_is_that_file() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.write("shared/notebook.tf", notebook("shared", CLOSED));
    for folder in ["root", "other"] {
        std::fs::create_dir(repo.path.join(folder)).unwrap();
    }
    symlink("../shared/notebook.tf", repo.path.join("root/notebook.tf")).unwrap();
    symlink("../root/notebook.tf", repo.path.join("other/notebook.tf")).unwrap();
    repo.commit("Share a closed notebook");
    repo.write("shared/notebook.tf", notebook("shared", OPEN));
    let opened = repo.commit("Open it");
    for args in [&["check", "--format", "json"][..], &["check", "--format", "json", "--rev", "HEAD"]] {
        let report = repo.probity(args).expect(1).json();
        let found = texts(&report["findings"], "path");
        assert_eq!(found, ["other/notebook.tf", "root/notebook.tf", "shared/notebook.tf"]);
    }
    let traced = repo.probity(&["trace", "--all"]).expect(0).out;
    assert_eq!(traced.matches(&format!("introduced {} 2026", &opened[..10])).count(), 3, "{traced}");
}

#[test]
fn a_folder_that_became_a_link_leads_nowhere() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let outside = repo.outside().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("main.tf"), notebook("outside", OPEN)).unwrap();
    repo.put("infra/main.tf", notebook("lab", CLOSED));
    std::fs::remove_dir_all(repo.path.join("infra")).unwrap();
    symlink(&outside, repo.path.join("infra")).unwrap();
    let report = repo.report(&[]);
    assert_eq!(report["findings"], Json::Array(Vec::new()), "{report:#}");
}

#[test]
fn a_submodule_is_another_repository() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", OPEN));
    let other = repo.outside().join("other");
    repo.git_in(repo.outside(), &["init", "-q", "-b", "main", "other"]);
    std::fs::write(other.join("main.tf"), notebook("other", OPEN)).unwrap();
    repo.git_in(&other, &["add", "--all"]);
    repo.git_in(&other, &["commit", "-q", "-m", "Other"]);
    let url = other.to_str().unwrap();
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "vendor/other"]);
    repo.commit("Add a submodule");
    for args in [&["check", "--format", "json"][..], &["check", "--format", "json", "--rev", "HEAD"]] {
        let report = repo.probity(args).expect(1).json();
        assert_eq!(texts(&report["findings"], "path"), ["main.tf"]);
    }
    repo.probity(&["trace", "--all"]).expect(0);
    // One that is named like a file that would be read.
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "module.tf"]);
    repo.commit("Add another");
    for args in [&[][..], &["--rev", "HEAD"]] {
        let found = unparsed(&repo.report(args));
        assert_eq!(found, [("module.tf".to_owned(), None, "submodule, not read".to_owned())]);
    }
}

/// Runs `check` with one policy file beside a good one; gives the reason why it was not evaluated.
#[track_caller]
fn with_policy(policy: &str) -> (String, Run) {
    let repo = Repo::new();
    repo.put("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n");
    let folder = repo.outside().join("policy");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("bad.rego"), policy).unwrap();
    let good = "package good\n\nimport rego.v1\n\nwarn contains \"seen\" if input.kind == \"ConfigMap\"\n";
    std::fs::create_dir(repo.outside().join("good")).unwrap();
    let good_file = repo.outside().join("good/good.rego");
    std::fs::write(&good_file, good).unwrap();
    let args = ["--policies", folder.to_str().unwrap(), good_file.to_str().unwrap()];
    let run = repo.probity(&[&["check", "--format", "json"], &args[..]].concat()).expect(3);
    let report = run.json();
    assert_eq!(texts(&report["review"], "message"), ["seen"], "{report:#}");
    assert_eq!(report["summary"]["not_evaluated"], 1, "{report:#}");
    (report["not_evaluated"][0]["reason"].as_str().unwrap().to_owned(), run)
}

#[test]
fn policies_that_call_themselves() {
    for policy in [
        "package bad\n\nimport rego.v1\n\nf(x) := f(x + 1)\n\ndeny contains \"x\" if f(1) == 2\n",
        "package bad\n\nimport rego.v1\n\nf(x) := g(x)\n\ng(x) := data.bad.f(x)\n\ndeny contains \"x\" if f(1) == 2\n",
        "package bad\n\nimport rego.v1\n\na if b\n\nb if a\n\ndeny contains \"x\" if a\n",
        "package bad\n\nf(x) = y {\n\ty := f(x)\n}\n\ndeny[msg] {\n\tf(1)\n\tmsg := \"x\"\n}\n",
        "package bad\n\nimport rego.v1\n\nf(x) := data.bad[\"f\"](x)\n\ndeny contains \"x\" if f(1) == 2\n",
        "package bad\n\nimport rego.v1\n\nimport data.bad as me\n\nf(x) := me.f(x)\n\ndeny contains \"x\" if f(1) == 2\n",
        "package bad\n\nimport rego.v1\n\nf(x) := count(x) with count as data.bad.f\n\ndeny contains \"x\" if f([1]) == 2\n",
        "package bad\n\nimport rego.v1\n\nf(x) := [f(y) | some y in [x]]\n\ndeny contains \"x\" if f([1]) == 2\n",
        "package bad\n\nimport rego.v1\n\ndeny contains \"x\" if count(deny) == 0\n",
    ] {
        let (reason, run) = with_policy(policy);
        assert!(!reason.is_empty() && run.took < Duration::from_secs(10), "{reason}");
    }
}

#[test]
fn a_policy_nested_30_brackets_deep() {
    let deep = format!("{}1{}", "[".repeat(30), "]".repeat(30));
    let (reason, run) = with_policy(&format!(
        "package bad\n\nimport rego.v1\n\ndeny contains \"x\" if {{\n\tx := {deep}\n\tx == 1\n}}\n"
    ));
    assert!(reason.contains("nest"), "{reason}");
    assert!(run.took < Duration::from_secs(10), "{:?}", run.took);
}

#[test]
fn policies_that_never_end() {
    let product = "some a in numbers.range(1, 3000)\n\tsome b in numbers.range(1, 3000)\n\tsome c in numbers.range(1, 3000)";
    for body in
        [format!("{product}\n\ta + b + c < 0"), format!("count([1 | {}]) < 0", product.replace("\n\t", "; "))]
    {
        let policy = format!("package bad\n\nimport rego.v1\n\ndeny contains \"x\" if {{\n\t{body}\n}}\n");
        let (reason, run) = with_policy(&policy);
        assert!(run.took < Duration::from_mins(1), "{:?}", run.took);
        // No elapsed time in it: the same audit gives the same bytes. Which limit comes first is the engine's.
        assert!(reason.ends_with("stopped after 5 seconds") || reason.contains("of memory"), "{reason}");
    }
}

#[test]
fn policies_that_are_no_policies() {
    for content in [&b"\xff\xfe\0"[..], b"", b"# METADATA\n# title: [\npackage bad\n"] {
        let repo = Repo::judged_by(&["PB-NET-001"]);
        repo.put("a.yaml", "kind: A\napiVersion: v1\n");
        let folder = repo.outside().join("policy");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("bad.rego"), content).unwrap();
        let run = repo.probity(&["check", "--policies", folder.to_str().unwrap()]);
        assert!(matches!(run.code, 2 | 3), "{}: {}{}", run.code, run.out, run.err);
        assert!(run.out.contains("bad.rego") || run.err.contains("bad.rego"), "{}{}", run.out, run.err);
    }
}

#[test]
fn names_that_act_on_a_terminal_are_shown_as_what_they_are() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let names: [&[u8]; 4] =
        [b"a\x1b]0;pwn\x07.tf", "b\u{202e}ft.\u{2066}.yaml".as_bytes(), b"c\xff\xfe.tf", b"d\n\r\x08.yaml"];
    for name in names {
        repo.write_bytes(name, "a: [\n");
    }
    repo.write_bytes(b"e\x1b[31m/main.tf", notebook("lab", OPEN));
    repo.write_bytes(b"f\xff/main.tf", notebook("lab", OPEN));
    repo.commit("Names");
    for args in [&["check"][..], &["check", "--rev", "HEAD"], &["check", "--origins", "--rev", "HEAD"]] {
        let run = repo.probity(args).expect(1);
        assert_harmless(&run);
        for shown in ["a", "b", "c", "d"] {
            assert!(
                run.out.lines().any(|line| line.trim_start().starts_with(shown)),
                "{args:?} {shown}: {}",
                run.out
            );
        }
        assert!(run.out.contains("4 NOT READ") && run.out.contains("2 high"), "{args:?}: {}", run.out);
    }
    assert_harmless(&repo.probity(&["trace", "--all", "--rev", "HEAD"]).expect(0));
    assert_harmless(&repo.probity(&["trace", "--all"]).expect(0));
}

#[test]
fn content_that_acts_on_a_terminal_is_shown_as_what_it_is() {
    let repo = Repo::judged_by(&["PB-SUP-002"]);
    let evil = "\u{1b}]0;pwn\u{7}\u{202e}\u{9b}31m";
    let yaml = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"{}\"\nspec:\n  containers:\n    - name: \"x\\e[2J\"\n      image: \"y\\e[2J:latest\"\n      args: [--trust-remote-code]\n",
        "n\\e]0;pwn\\a\\u202e"
    );
    repo.write("pod.yaml", yaml);
    repo.write("broken.tf", format!("resource \"{evil}\" {{\n"));
    repo.write("broken.yaml", format!("a: 1\n\"{evil}\": 1\n\"{evil}\": [\n"));
    repo.write("twice.yaml", "\"\\e[2J\": 1\n\"\\e[2J\": 2\n");
    repo.commit("Evil");
    let run = repo.probity(&["check"]).expect(1);
    assert_harmless(&run);
    assert_harmless(&repo.probity(&["trace", "--all"]).expect(0));
    for args in [
        ["check", "--rev", evil],
        ["check", "--ref", evil],
        ["trace", evil, "--all"],
        ["check", evil, "--strict"],
    ] {
        let run = repo.probity(&args).expect(2);
        assert!(!run.err.contains('\u{1b}') && !run.err.contains('\u{7}'), "{args:?}: {:?}", run.err);
    }
}

#[test]
fn commits_that_act_on_a_terminal_are_shown_as_what_they_are() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.write("main.tf", notebook("lab", OPEN).replace("\"Enabled\"", "\"Enabled\" # \u{1b}[2J\u{202e}"));
    repo.git(&["add", "--all"]);
    let author = "Eve \u{1b}]0;pwn\u{7}\u{202e} <eve\u{9b}31m@example.com>";
    repo.git(&["commit", "-q", "--author", author, "-m", "Open \u{1b}[2J\u{8}\u{2066}it\r\rsafe"]);
    for args in [&["trace", "--all"][..], &["check", "--origins"]] {
        let run = repo.probity(args);
        assert_harmless(&run);
        assert!(run.out.contains("Eve"), "{}", run.out);
    }
}

#[test]
fn a_commit_that_is_no_utf8() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", OPEN));
    let raw = repo.git(&["cat-file", "commit", "HEAD"]);
    let mut bytes = raw.into_bytes();
    for byte in &mut bytes {
        // The `A` of the author and the `W` of the subject become Latin-1.
        if matches!(*byte, b'A' | b'W') {
            *byte = 0xe9;
        }
    }
    let file = repo.outside().join("commit");
    std::fs::write(&file, bytes).unwrap();
    let id = repo.git(&["hash-object", "-t", "commit", "-w", "--literally", file.to_str().unwrap()]);
    repo.git(&["reset", "-q", "--hard", &id]);
    let run = repo.probity(&["trace", "--all"]).expect(0);
    assert_harmless(&run);
    assert!(run.out.contains(&id[..10]), "{}", run.out);
}

/// Writes a program that leaves a trace when it is run.
fn alarm(repo: &Repo) -> (PathBuf, PathBuf) {
    let (program, bell) = (repo.path.join("evil.sh"), repo.outside().join("rung"));
    std::fs::write(&program, format!("#!/bin/sh\necho \"$0 $@\" >> '{}'\ncat\n", bell.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    (program, bell)
}

#[test]
fn no_program_of_the_repository_runs() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", CLOSED));
    repo.put("main.tf", notebook("lab", OPEN));
    repo.write("k8s/app.yaml", deployment(&["--trust-remote-code"]));
    repo.write(".github/workflows/train.yml", workflow(true));
    repo.commit("More");
    let (program, bell) = alarm(&repo);
    let program = program.to_str().unwrap();
    let hooks = repo.path.join("hooks");
    std::fs::create_dir(&hooks).unwrap();
    for hook in
        ["post-checkout", "pre-commit", "post-index-change", "fsmonitor-watchman", "reference-transaction"]
    {
        std::fs::copy(program, hooks.join(hook)).unwrap();
        std::fs::copy(program, repo.path.join(".git/hooks").join(hook)).unwrap();
    }
    repo.write(
        ".gitattributes",
        "* filter=evil diff=evil merge=evil\n*.tf working-tree-encoding=UTF-16 ident\n",
    );
    let shell = format!("!{program}");
    for (name, value) in [
        ("core.fsmonitor", program),
        ("core.hooksPath", hooks.to_str().unwrap()),
        ("core.sshCommand", program),
        ("core.askPass", program),
        ("core.editor", program),
        ("core.pager", program),
        ("core.alternateRefsCommand", program),
        ("filter.evil.clean", program),
        ("filter.evil.smudge", program),
        ("filter.evil.process", program),
        ("filter.evil.required", "true"),
        ("diff.evil.textconv", program),
        ("diff.evil.command", program),
        ("diff.external", program),
        ("merge.evil.driver", program),
        ("gpg.program", program),
        ("gpg.ssh.program", program),
        ("gpg.ssh.defaultKeyCommand", program),
        ("gpg.format", "ssh"),
        ("commit.gpgSign", "true"),
        ("credential.helper", shell.as_str()),
        ("alias.status", shell.as_str()),
        ("alias.log", shell.as_str()),
        ("pager.log", program),
        ("interactive.diffFilter", program),
        ("uploadpack.packObjectsHook", program),
        ("trailer.x.command", program),
    ] {
        let config = repo.path.join(".git/config");
        repo.git(&["config", "--file", config.to_str().unwrap(), name, value]);
    }
    // Not committed, so that only reading it could start something.
    repo.write("main.tf", notebook("lab", OPEN) + "# touched\n");
    let fingerprint = {
        let report = repo.report(&[]);
        report["findings"][0]["fingerprint"].as_str().unwrap().to_owned()
    };
    for args in [
        &["check"][..],
        &["check", "--origins"],
        &["check", "--rev", "HEAD"],
        &["trace", "--all"],
        &["trace", "--all", "--rev", "HEAD"],
        &["trace", &fingerprint],
        &["waiver", "list"],
        &["trust", "show"],
    ] {
        let run = repo.probity(args);
        assert!(run.code <= 3, "{args:?}: {}", run.err);
        let rung = std::fs::read_to_string(&bell).unwrap_or_default();
        assert_eq!(rung, "", "{args:?} ran a program of the repository");
    }
}

#[test]
fn attributes_change_nothing_of_what_is_judged() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.write(".gitattributes", "*.tf binary ident -diff export-ignore\n");
    repo.put("main.tf", notebook("lab", CLOSED));
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    assert_eq!(repo.origin("PB-NET-001")["commit"]["id"], guilty);
}

#[test]
fn repositories_of_a_newer_format_are_named() {
    for (args, feature) in [
        (["init", "-q", "--object-format=sha256", "repo"], "SHA-256"),
        (["init", "-q", "--ref-format=reftable", "repo"], "reftable"),
    ] {
        let repo = Repo::bare_folder();
        if !repo.git_can(repo.outside(), &args) {
            continue; // this git cannot make one
        }
        repo.put("main.tf", notebook("lab", OPEN));
        for args in [&["check"][..], &["trace", "--all"]] {
            let run = repo.probity(args).expect(2);
            assert!(run.err.contains(feature), "{}", run.err);
        }
    }
    // The same where git cannot make one: what its configuration says.
    for (line, feature) in [("objectformat = sha256", "SHA-256"), ("refstorage = reftable", "reftable")] {
        let repo = Repo::judged_by(&["PB-NET-001"]);
        let config = repo.path.join(".git/config");
        std::fs::write(
            &config,
            format!("[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\t{line}\n"),
        )
        .unwrap();
        let run = repo.probity(&["check"]).expect(2);
        assert!(run.err.contains(feature), "{}", run.err);
    }
}

#[test]
fn a_repository_of_somebody_else_is_refused() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", OPEN));
    for path in [repo.path.join(".git"), repo.path.clone()] {
        if std::os::unix::fs::chown(&path, Some(54_321), None).is_err() {
            eprintln!("not tried: only root can give a folder to somebody else");
            return;
        }
    }
    let run = repo.probity(&["check"]).expect(2);
    assert!(run.err.contains("safe.directory"), "{}", run.err);
    std::os::unix::fs::chown(&repo.path, Some(0), None).unwrap();
}

#[test]
fn another_store_of_objects_is_told() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", CLOSED));
    assert!(!repo.probity(&["check"]).expect(0).err.contains("alternates"));
    let clone = repo.outside().join("clone");
    repo.git_in(repo.outside(), &["clone", "-q", "--shared", "repo", "clone"]);
    let run = repo.probity_in(&clone, &["check"]).expect(0);
    assert!(run.err.contains("objects/info/alternates"), "{}", run.err);
}

#[test]
fn a_damaged_repository_is_an_error_and_no_crash() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", OPEN));
    repo.put("main.tf", notebook("lab", OPEN) + "# more\n");
    let blob = repo.git(&["rev-parse", "HEAD:main.tf"]);
    let object = repo.path.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    std::fs::set_permissions(&object, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(&object, "garbage").unwrap();
    let run = repo.probity(&["check", "--rev", "HEAD"]);
    assert!(matches!(run.code, 3 | 4), "{}: {}{}", run.code, run.out, run.err);
    std::fs::remove_file(&object).unwrap();
    let run = repo.probity(&["check", "--rev", "HEAD"]).expect(3);
    assert!(run.out.contains(&blob), "{}", run.out);
    std::fs::write(repo.path.join(".git/HEAD"), "ref: refs/heads/\u{1b}[2J\n").unwrap();
    let run = repo.probity(&["check"]);
    assert_harmless(&run);
    std::fs::write(repo.path.join(".git/config"), "[core\n\u{1b}[2J").unwrap();
    let run = repo.probity(&["check"]);
    assert!(matches!(run.code, 2 | 4), "{}: {}{}", run.code, run.out, run.err);
    assert_harmless(&run);
}

/// Nothing of the folder around it belongs to it, and what it holds is looked at.
#[test]
fn a_git_folder_is_audited_as_the_repository_that_it_is() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    repo.put("main.tf", notebook("lab", OPEN));
    let found = |folder: &str, args: &[&str]| {
        let args = [&["check", folder, "--format", "json"], args].concat();
        let report = repo.probity_in(repo.outside(), &args).expect(1).json();
        report["findings"].as_array().unwrap().len()
    };
    assert_eq!(found("repo/.git", &["--rev", "HEAD"]), 1);
    repo.git_in(repo.outside(), &["clone", "-q", "--bare", "repo", "bare"]);
    assert_eq!(found("bare", &["--rev", "HEAD"]), 1);
    // Its settings gone: bare to git all the same.
    std::fs::remove_file(repo.outside().join("bare/config")).unwrap();
    std::fs::write(repo.outside().join("main.tf"), notebook("other", OPEN)).unwrap();
    assert_eq!(found("bare", &["--rev", "HEAD"]), 1);
    let run = repo.probity_in(repo.outside(), &["check", "bare"]).expect(2);
    assert!(run.err.contains("the repository is bare"), "{}", run.err);
}

#[test]
fn a_shallow_clone_says_that_its_history_is_cut() {
    let repo = Repo::judged_by(&["PB-NET-001"]);
    let guilty = repo.put("main.tf", notebook("lab", OPEN));
    for number in 0..3 {
        repo.put("README", format!("{number}"));
    }
    let url = format!("file://{}", repo.path.display());
    repo.git_in(repo.outside(), &["clone", "-q", "--depth", "2", &url, "shallow"]);
    let shallow = repo.outside().join("shallow");
    let run = repo.probity_in(&shallow, &["trace", "--all", "--format", "json"]).expect(0);
    let origin = &run.json()[0]["origin"];
    assert_eq!(origin["kind"], "history-cut", "{origin:#}");
    assert_ne!(origin["commit"]["id"], guilty);
    assert!(origin["notes"].to_string().contains("unshallow"), "{origin:#}");
    let text = repo.probity_in(&shallow, &["trace", "--all"]).expect(0);
    assert!(text.out.contains("shallow"), "{}", text.out);
    let check = repo.probity_in(&shallow, &["check"]).expect(1);
    assert!(check.err.contains("shallow"), "{}", check.err);
}
