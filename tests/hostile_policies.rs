//! Policies that try to crash, hang or exhaust whoever evaluates them: each ends in "not evaluated", and what
//! else was asked is answered. Runs the program itself, with its workers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod support;

use std::time::Duration;

use serde_json::Value as Json;
use support::{Repo, texts};

/// Far above what any of them takes: five seconds of the processor, on a machine that may be busy.
const LIMIT: Duration = Duration::from_secs(80);

const GOOD: &str =
    "package good\n\nimport rego.v1\n\nwarn contains \"seen\" if input.kind == \"ConfigMap\"\n";

/// A policy whose condition is `body`.
fn v1(body: &str) -> String {
    format!("package bad\n\nimport rego.v1\n\ndeny contains \"x\" if {{\n\t{body}\n}}\n")
}

fn repository() -> Repo {
    let repo = Repo::new();
    repo.write("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n");
    repo.commit("A map");
    let folder = repo.outside().join("policy");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("good.rego"), GOOD).unwrap();
    repo
}

/// Audits with the folder; everything good in it must have been evaluated. Gives what was not.
#[track_caller]
fn not_evaluated(repo: &Repo) -> Vec<Json> {
    let folder = repo.outside().join("policy");
    let run = repo.probity(&["check", "--format", "json", "--policies", folder.to_str().unwrap()]).expect(3);
    assert!(run.took < LIMIT, "{:?}", run.took);
    let report = run.json();
    assert_eq!(texts(&report["review"], "message"), ["seen"], "{report:#}");
    report["not_evaluated"].as_array().unwrap().clone()
}

/// One hostile file beside a good one: the only entry, which names its file.
#[track_caller]
fn refused(policy: impl AsRef<[u8]>) -> (String, Option<u64>, Option<String>) {
    let repo = repository();
    std::fs::write(repo.outside().join("policy/bad.rego"), policy).unwrap();
    let entries = not_evaluated(&repo);
    assert_eq!(entries.len(), 1, "{entries:#?}");
    let entry = &entries[0];
    let about = format!("{}{}", entry["policy"], entry["path"]);
    assert!(about.contains("bad"), "{entry:#}");
    let construct = entry["construct"].as_str().map(str::to_owned);
    (entry["reason"].as_str().unwrap().to_owned(), entry["line"].as_u64(), construct)
}

#[test]
fn endless_work_is_stopped() {
    let range = "numbers.range(1, 30000)";
    for body in [
        format!("some a in {range}\n\tsome b in {range}\n\tsome c in {range}\n\ta + b + c < 0"),
        format!("count([1 | some a in {range}; some b in {range}; a + b < 0]) < 0"),
    ] {
        let (reason, ..) = refused(v1(&body));
        // No elapsed time in it: the same audit gives the same bytes.
        assert!(reason.ends_with("stopped after 5 seconds"), "{reason}");
    }
}

/// Builtins that no clock of the engine interrupts.
#[test]
fn results_that_fill_the_memory() {
    for body in [
        "count(net.cidr_expand(\"10.0.0.0/4\")) < 0",
        "count(numbers.range(1, 300000000)) < 0",
        "some a in numbers.range(1, 10000)\n\tcount({[a, b, c] | some b in numbers.range(1, 10000); some c in numbers.range(1, 100)}) < 0",
    ] {
        let (reason, ..) = refused(v1(body));
        assert!(reason.contains("memory") || reason.contains("5 seconds"), "{body}: {reason}");
    }
    let doubled = (0..40).map(|n| format!("\n\ta{} := concat(\"\", [a{n}, a{n}])", n + 1));
    let doubling = format!("a0 := \"0123456789abcdef\"{}", doubled.collect::<Vec<_>>().concat());
    let (reason, ..) = refused(v1(&format!("{doubling}\n\tcount(a40) < 0")));
    assert!(reason.contains("memory") || reason.contains("5 seconds"), "{reason}");
}

/// A test that would take the process along is an error, and the others are run.
#[test]
fn tests_that_fill_the_memory() {
    let repo = repository();
    let folder = repo.outside().join("tests");
    std::fs::create_dir_all(&folder).unwrap();
    let text = "package a_test\n\nimport rego.v1\n\ntest_a if 1 == 1\n\n\
                test_bomb if count(net.cidr_expand(\"10.0.0.0/4\")) < 0\n\ntest_c if 1 == 2\n\ntest_d if 1 == 1\n";
    std::fs::write(folder.join("a_test.rego"), text).unwrap();
    std::fs::write(folder.join("b_test.rego"), "package b_test\n\nimport rego.v1\n\ntest_b if 1 == 1\n")
        .unwrap();
    let run = repo.probity(&["policy", "test", folder.to_str().unwrap(), "--format", "json"]).expect(1);
    let report = run.json();
    let tests = report["tests"].as_array().unwrap().iter();
    let outcomes: Vec<_> =
        tests.map(|test| (test["name"].as_str().unwrap(), test["outcome"].as_str().unwrap())).collect();
    let want = [
        ("data.a_test.test_a", "pass"),
        ("data.a_test.test_bomb", "error"),
        ("data.a_test.test_c", "fail"),
        ("data.a_test.test_d", "pass"),
        ("data.b_test.test_b", "pass"),
    ];
    assert_eq!(outcomes, want, "{report:#}");
    let reason = report["tests"][1]["error"].as_str().unwrap();
    assert!(reason.contains("memory") || reason.contains("5 seconds"), "{reason}");
    assert_eq!(
        (&report["tests"][1]["location"]["line"], &report["tests"][2]["failure"]["line"]),
        (&7.into(), &9.into())
    );
    assert_eq!(run.err, "");
}

#[test]
fn results_that_would_fill_the_audit_s_memory() {
    let policy = "package bad\n\nimport rego.v1\n\ndeny contains sprintf(\"%1000d\", [n]) if some n in numbers.range(1, 20000)\n";
    let (reason, ..) = refused(policy);
    assert!(reason.contains("MiB"), "{reason}");
}

#[test]
fn recursion_is_refused_by_its_line() {
    for (policy, line) in [
        ("package bad\n\nimport rego.v1\n\nf(x) := f(x + 1)\n\ndeny contains \"x\" if f(1) == 2\n", 5),
        (
            "package bad\n\nf(x) = y {\n\ty := g(x)\n}\n\ng(x) = y {\n\ty := f(x)\n}\n\ndeny[msg] {\n\tf(1)\n\tmsg := \"x\"\n}\n",
            3,
        ),
        (
            "package bad\n\nimport rego.v1\n\nf(x) := y if {\n\ty := count(x) with count as data.bad.f\n}\n\ndeny contains \"x\" if f([1]) == 2\n",
            5,
        ),
        (
            "package bad\n\nimport rego.v1\n\nf(x) := data.bad[\"f\"](x)\n\ndeny contains \"x\" if f(1) == 2\n",
            5,
        ),
        ("package bad\n\nimport rego.v1\n\ndeny contains \"x\" if count(data.bad) > 3\n", 5),
        ("package bad\n\nimport rego.v1\n\na if b\n\nb if a\n\ndeny contains \"x\" if a\n", 5),
        ("package bad\n\nimport rego.v1\n\ndeny contains \"x\" if {\n\tsome name\n\tdata[name].deny\n}\n", 5),
    ] {
        let (reason, at, construct) = refused(policy);
        assert!(reason.contains("calls itself"), "{policy}: {reason}");
        assert_eq!((at, construct.is_some()), (Some(line), true), "{policy}");
    }
}

/// 1 + 1 + 1 ..., on lines that are short enough.
fn long_sum() -> String {
    v1(&format!("x := 1{}\n\tx < 0", format!("\n\t{}", " + 1".repeat(200)).repeat(1000)))
}

#[test]
fn deep_texts_are_refused_or_survived() {
    let deep =
        |open: &str, close: &str, levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
    for (body, word) in [
        (format!("x := {}", deep("[", "]", 30)), "nest"),
        (format!("x := {}", deep("{\"a\": ", "}", 30)), "nest"),
        (format!("x := {}", deep("f(", ")", 100)), "nest"),
        (format!("{}true", "not ".repeat(200)), "unexpected"),
    ] {
        let (reason, line, _) = refused(v1(&body));
        assert!(reason.contains(word), "{reason}");
        assert_eq!(line, Some(6));
    }
    let (reason, ..) = refused(long_sum());
    assert!(reason.contains("stack"), "{reason}");
    for body in
        [format!("x := input{}\n\tx < 0", "\n.a".repeat(15_000)), format!("x := {}1", "-".repeat(900))]
    {
        let repo = repository();
        let folder = repo.outside().join("policy");
        std::fs::write(folder.join("bad.rego"), v1(&body)).unwrap();
        let run = repo.probity(&["check", "--format", "json", "--policies", folder.to_str().unwrap()]);
        assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
        assert_eq!(texts(&run.json()["review"], "message"), ["seen"]);
    }
}

#[test]
fn what_the_engine_does_not_take_or_panics_on() {
    let long_line = v1(&format!("x := \"{}\"\n\tx == 1", "a".repeat(70_000)));
    let (reason, line, _) = refused(&long_line);
    assert_eq!(line, Some(6), "{reason}");
    let (reason, ..) = refused(format!("{}# {}", v1("true"), "a\n# ".repeat(700_000)));
    assert!(reason.contains("1 MiB"), "{reason}");
    let (reason, line, _) = refused(b"package bad\n\n# \xff\xfe\n");
    assert_eq!((reason.as_str(), line), ("not UTF-8", Some(3)));
    for policy in [
        &b""[..],
        b"# METADATA\n# title: [\npackage bad\ndeny[\"x\"] { false }\n",
        b"package bad\n\ndeny contains msg if {\n",
        b"\0\0\0",
    ] {
        assert!(!refused(policy).0.is_empty());
    }
}

#[test]
fn patterns_that_explode() {
    let compiled = v1("regex.match(\"((((a{1,100}){1,100}){1,100}){1,100}){1,100}\", \"aaaa\")");
    let slow = v1("regex.match(`^(([a-z])+.)+[A-Z]([a-z])+$`, sprintf(\"%100000d\", [1]))");
    // Neither a crash nor a wait; what the engine cannot compile is undefined or an error, never a violation.
    for policy in [compiled, slow] {
        let repo = repository();
        std::fs::write(repo.outside().join("policy/bad.rego"), policy).unwrap();
        let folder = repo.outside().join("policy");
        let run = repo.probity(&["check", "--format", "json", "--policies", folder.to_str().unwrap()]);
        assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
        assert_eq!(texts(&run.json()["review"], "message"), ["seen"]);
        assert!(run.took < LIMIT, "{:?}", run.took);
    }
}

#[test]
fn randomness_is_refused() {
    let (reason, line, construct) = refused(v1("rand.intn(\"x\", 2) == 0"));
    assert_eq!((line, construct.as_deref()), (Some(6), Some("rand.intn")), "{reason}");
}

/// The clock stands still at the audit's instant, so that the same audit gives the same verdicts.
#[test]
fn time_is_the_audit_s() {
    let repo = repository();
    let text = "package clock\n\nimport rego.v1\n\nwarn contains time.format(time.now_ns()) if input.kind\n";
    std::fs::write(repo.outside().join("policy/clock.rego"), text).unwrap();
    let folder = repo.outside().join("policy");
    let args =
        ["check", "--format", "json", "--as-of", "2026-03-04T05:06:07Z", "--accept-as-of", "--policies"];
    let report = repo.probity(&[&args, &[folder.to_str().unwrap()][..]].concat()).expect(0).json();
    assert_eq!(texts(&report["review"], "message"), ["2026-03-04T05:06:07Z", "seen"], "{report:#}");
}

/// A folder of everything at once: one entry for each, twice the same bytes.
#[test]
fn many_hostile_policies_take_nothing_else_along() {
    let repo = repository();
    let folder = repo.outside().join("policy");
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let within = |package: &str, text: String| text.replace("package bad", &format!("package {package}"));
    put("broken.rego", "package broken\n\nimport rego.v1\n\ndeny contains {{{\n");
    put("memory.rego", &within("memory", v1("count(numbers.range(1, 300000000)) < 0")));
    put("stack.rego", &within("stack", long_sum()));
    put(
        "time.rego",
        &within(
            "time",
            v1("some a in numbers.range(1, 30000)\n\tsome b in numbers.range(1, 30000)\n\ta + b < 0"),
        ),
    );
    // The same package and the same names, once more and at odds.
    put(
        "one.rego",
        "package twice\n\nimport rego.v1\n\nlimit := 1\n\ndeny_one contains \"one\" if input.replicas == limit\n",
    );
    put(
        "two.rego",
        "package twice\n\nimport rego.v1\n\nlimit := 2\n\ndeny_two contains \"two\" if input.replicas == limit\n",
    );
    // In the package of the broken one, and fine.
    put(
        "fine.rego",
        "package broken\n\nimport rego.v1\n\nwarn contains \"fine\" if input.kind == \"ConfigMap\"\n",
    );
    std::os::unix::fs::symlink(folder.join("good.rego"), folder.join("link.rego")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.join("pipe.rego"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let args = ["check", "--format", "json", "--policies", folder.to_str().unwrap()];
    let run = repo.probity(&args).expect(3);
    let report = run.json();
    assert_eq!(texts(&report["review"], "message"), ["fine", "seen"], "{report:#}");
    let names: Vec<String> = texts(&report["not_evaluated"], "policy")
        .into_iter()
        .map(|name| name.rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "broken.rego",
            "link.rego",
            "pipe.rego",
            "memory.deny",
            "stack.deny",
            "time.deny",
            "twice.deny_one",
            "twice.deny_two"
        ],
        "{report:#}"
    );
    let again = repo.probity(&args).expect(3);
    assert_eq!(run.out, again.out);
}

#[test]
fn the_repository_s_own_policies_are_run_only_when_trusted() {
    let repo = repository();
    repo.write(
        ".probity/policies/own.rego",
        "package own\n\nimport rego.v1\n\ndeny contains \"own\" if input.kind == \"ConfigMap\"\n",
    );
    repo.write(".probity/policies/bad.rego", v1("count(numbers.range(1, 300000000)) < 0"));
    repo.write(".probity/policies/own_test.rego", "package own_test\n");
    repo.commit("Policies");
    for revision in [&[][..], &["--rev", "HEAD"]] {
        let without = repo.probity(&[&["check", "--format", "json"], revision].concat()).expect(0);
        assert!(
            without.err.contains("2 files of policies in .probity/policies/ were not run"),
            "{}",
            without.err
        );
        let trusting = ["check", "--format", "json", "--trust-repository-policies"];
        let with = repo.probity(&[&trusting, revision].concat()).expect(1);
        assert!(!with.err.contains("not run"), "{}", with.err);
        let report = with.json();
        assert_eq!(texts(&report["findings"], "message"), ["own"]);
        assert_eq!(texts(&report["not_evaluated"], "policy"), ["bad.deny"]);
    }
    // What they find can be traced like anything else.
    let traced = repo.probity(&["trace", "--all", "--trust-repository-policies"]).expect(0);
    assert!(traced.out.contains("own"), "{}", traced.out);
}
