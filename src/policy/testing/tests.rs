use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn run(files: &[(&str, &str)], options: &TestOptions) -> TestReport {
    TestSuite::load(folder(files).path(), &serde_json::json!({}), &Isolation::InProcess).unwrap().run(options)
}

fn outcome<'r>(report: &'r TestReport, name: &str) -> &'r TestOutcome {
    &report.results.iter().find(|result| result.name.ends_with(name)).unwrap().outcome
}

const POLICY: &str = "package t\n\nimport rego.v1\n\ndeny contains \"open\" if {\n\tinput.open\n}\n\n\
                      other contains \"x\" if input.never\n";

#[test]
fn the_built_in_policies_pass() {
    let report = TestSuite::builtin().run(&TestOptions::default());
    let wrong: Vec<_> =
        report.results.iter().filter(|result| !matches!(result.outcome, TestOutcome::Passed)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(report.results.len() > 100);
}

#[test]
fn a_failing_comparison_shows_both_sides() {
    let test = "package t_test\n\nimport rego.v1\n\nimport data.t\n\ntest_counts if {\n\tinput.open with input as {\"open\": true}\n\t\
                count(t.deny) == (1 + 1) with input as {\"open\": true}\n\tfalse\n}\n";
    let report = run(&[("t.rego", POLICY), ("t_test.rego", test)], &TestOptions::default());
    let TestOutcome::Failed(Some(why)) = outcome(&report, "test_counts") else { panic!("{report:?}") };
    assert_eq!(why.line, 9);
    assert_eq!(why.statement, "count(t.deny) == (1 + 1) with input as {\"open\": true}");
    assert_eq!(why.sides, Some(("1".to_owned(), "2".to_owned())));
    assert_eq!(report.results[0].line, 7);
}

#[test]
fn what_is_not_there_is_said_to_be_undefined() {
    let test = "package t_test\n\nimport rego.v1\n\nimport data.t\n\ntest_gone if {\n\tt.gone == 1\n}\n\n\
                test_nothing_found if {\n\tsome f in t.deny with input as {}\n\tf == \"open\"\n}\n";
    let report = run(&[("t.rego", POLICY), ("t_test.rego", test)], &TestOptions::default());
    let TestOutcome::Failed(Some(why)) = outcome(&report, "test_gone") else { panic!("{report:?}") };
    assert_eq!(why.sides, Some(("undefined".to_owned(), "1".to_owned())));
    let TestOutcome::Failed(Some(why)) = outcome(&report, "test_nothing_found") else { panic!("{report:?}") };
    assert_eq!((why.line, why.statement.as_str()), (12, "some f in t.deny with input as {}"));
}

/// Two rules of one name are true when either is.
#[test]
fn a_name_that_is_used_twice_is_an_error() {
    let test =
        "package t_test\n\nimport rego.v1\n\ntest_a if 1 == 1\n\ntest_a if 1 == 2\n\ntodo_test_b if 1 == 2\n";
    let report = run(&[("t_test.rego", test)], &TestOptions::default());
    let TestOutcome::Error(reason) = outcome(&report, ".test_a") else { panic!("{report:?}") };
    assert!(reason.starts_with("defined in lines 5, 7"), "{reason}");
    assert_eq!(outcome(&report, "todo_test_b"), &TestOutcome::Skipped);
    let some = TestOptions { run: Some(Regex::new("test_b$").unwrap()), coverage: false };
    assert_eq!(run(&[("t_test.rego", test)], &some).results.len(), 1);
}

/// A test of several cases passes when each case that its body names is true.
#[test]
fn every_case_of_a_test_must_hold() {
    let cases =
        "cases := {\"a\": 1, \"b\": 2}\n\nlist := [{\"n\": \"a\", \"v\": 1}, {\"n\": \"b\", \"v\": 2}]\n";
    for (test, failing) in [
        ("test_x[name] if {\n\tsome name, v in {\"a\": 1, \"b\": 2}\n\tv > 0\n}", vec![]),
        (
            "test_x[name] if {\n\tsome name, v in {\n\t\t\"a\": 1, # one\n\t\t\"b\": 2,\n\t}\n\n\tv > 1\n}",
            vec!["a"],
        ),
        ("test_x[name] if { some name, v in cases; v == 3 }", vec!["a", "b"]),
        ("test_x[name] if { some name; v := cases[name]; v == 2 }", vec!["a"]),
        ("test_x[v.n] if { some v in list; v.v == 2 }", vec!["a"]),
        ("test_x[name] if { some v in list; name := v.n; v.v == 1 }", vec!["b"]),
        ("test_x[sprintf(\"case %s\", [v.n])] if { some v in list; v.v == 2 }", vec!["case a"]),
        ("test_x[i] if { some i, v in list; v.v == 2 }", vec!["0"]),
        ("test_x[name] := v if { some name, v in {\"a\": true, \"b\": false, \"c\": 3} }", vec!["b", "c"]),
        ("test_x[name] if { some name, v in cases; v < input.most with input as {\"most\": 2} }", vec!["b"]),
    ] {
        let text = format!("package t_test\n\nimport rego.v1\n\n{cases}\n{test}\n");
        let report = run(&[("t_test.rego", &text)], &TestOptions::default());
        let outcome = outcome(&report, "test_x");
        if failing.is_empty() {
            assert_eq!(outcome, &TestOutcome::Passed, "{test}");
            continue;
        }
        let TestOutcome::Failed(Some(why)) = outcome else { panic!("{test}: {outcome:?}") };
        let said: Vec<String> =
            failing.iter().map(|name| format!("case {name}: false or undefined")).collect();
        assert_eq!(why.statement, said.join("\n"), "{test}");
        assert_eq!(report.results[0].line, 9, "{test}");
        assert_eq!(report.results.len(), 1);
        assert!(report.untested.iter().all(|rule| !rule.name.contains("probity")), "{:?}", report.untested);
    }
}

/// A test without a case, or of which one case hides another, could not fail.
#[test]
fn a_test_of_cases_can_fail() {
    for (test, said) in [
        ("test_x[name] if { some name, v in {}; v > 1 }", "it has no case"),
        ("test_x[name] if { input.x; some name, v in {\"a\": 1}; v == 1 }", "it has no case"),
        (
            "test_x[v.n] if { some v in [{\"n\": \"a\", \"v\": 1}, {\"n\": \"a\", \"v\": 2}]; v.v == 1 }",
            "several cases are called a",
        ),
        ("test_x contains name if { some name in [\"a\"] }", ""),
        ("test_x contains name if { some name in [] }", ""),
        // The engine cannot be asked for rules of several keys.
        ("test_x[n][k] if { some n, m in {\"a\": {\"p\": 1}}; some k, v in m; v > 1 }", "rule path"),
    ] {
        let text = format!("package t_test\n\nimport rego.v1\n\n{test}\n");
        let report = run(&[("t_test.rego", &text)], &TestOptions::default());
        let outcome = outcome(&report, "test_x");
        assert!(!matches!(outcome, TestOutcome::Passed | TestOutcome::Skipped), "{test}: {outcome:?}");
        assert!(format!("{outcome:?}").contains(said), "{test}: {outcome:?}");
    }
}

#[test]
fn one_bad_file_takes_only_its_own_tests_along() {
    let good = "package a_test\n\nimport rego.v1\n\ntest_good if 1 == 1\n";
    for bad in [
        "package b\n\nimport rego.v1\n\nx if {\n", // does not parse
        "package b\n\nimport rego.v1\n\nx if unbound == 1\n", // does not compile
        "package b\n\nimport rego.v1\n\nf(n) := f(n)\n\nx := f(1)\n", // would never end
    ] {
        let uses = "package b_test\n\nimport rego.v1\n\nimport data.b\n\ntest_bad if b.x\n";
        let report =
            run(&[("a_test.rego", good), ("b.rego", bad), ("b_test.rego", uses)], &TestOptions::default());
        assert_eq!(outcome(&report, "test_good"), &TestOutcome::Passed, "{bad}: {report:#?}");
        assert_ne!(outcome(&report, "test_bad"), &TestOutcome::Passed, "{bad}");
        let errors = report.results.iter().filter(|r| matches!(r.outcome, TestOutcome::Error(_)));
        assert!(errors.count() > 0, "{bad}: {report:#?}");
    }
}

#[test]
fn coverage_and_rules_that_nothing_tests() {
    let test = "package t_test\n\nimport rego.v1\n\nimport data.t\n\ntest_open if t.deny == {\"open\"} with input as {\"open\": true}\n";
    let alone = "package alone\n\nimport rego.v1\n\nx if {\n\tinput.a\n\tinput.b\n}\n";
    let files = [("t.rego", POLICY), ("t_test.rego", test), ("alone.rego", alone)];
    let report = run(&files, &TestOptions { run: None, coverage: true });
    let untested: Vec<_> = report.untested.iter().map(|rule| (rule.name.as_str(), rule.line)).collect();
    assert_eq!(untested, [("data.alone.x", 5), ("data.t.other", 9)]);
    let coverage = report.coverage.unwrap();
    let of = |name: &str| coverage.iter().find(|file| file.file.ends_with(name)).unwrap();
    assert_eq!(of("/t.rego").covered.iter().copied().collect::<Vec<_>>(), [5, 6]);
    assert_eq!(of("/t.rego").not_covered.iter().copied().collect::<Vec<_>>(), [9]);
    assert_eq!(of("/alone.rego").not_covered.iter().copied().collect::<Vec<_>>(), [6, 7]);
    assert!((percentage(&coverage) - 40.0).abs() < 1e-9, "{}", percentage(&coverage));
}

/// As `opa test folder` loads them, and parameters as audits do.
#[test]
fn data_files_stand_under_their_folder() {
    let test = "package t_test\n\nimport rego.v1\n\ntest_data if {\n\tdata.top == 1\n\tdata.limits.max == 3\n\tdata.limits.min == 2\n\t\
                data.probity.params.x == 4\n}\n";
    let files = [
        ("t_test.rego", test),
        ("data.json", "{\"top\": 1}"),
        ("limits/data.yaml", "max: 3\n"),
        ("limits/more.json", "{\"min\": 2}"),
        ("params/a.yaml", "probity:\n  params:\n    x: 4\n"),
        ("deploy.yaml", "kind: A\n---\nkind: B\n"),
    ];
    let report = run(&files, &TestOptions::default());
    assert_eq!(outcome(&report, "test_data"), &TestOutcome::Passed, "{report:#?}");
    // Manifests beside policies give the same names; a test that reads them would read either.
    for (test, refused) in [("data.x == 1", true), ("data.x.y", true), ("data.other == 3", false)] {
        let rego = format!("package t_test\n\nimport rego.v1\n\ntest_data if {test}\n");
        let given = [
            ("t_test.rego", rego.as_str()),
            ("a.json", "{\"x\": 1}"),
            ("b.json", "{\"x\": 2, \"other\": 3}"),
        ];
        let folder = folder(&given);
        let loaded = TestSuite::load(folder.path(), &serde_json::json!({}), &Isolation::InProcess);
        match loaded {
            Err(error) => {
                assert!(refused && error.ends_with("b.json: another file gives data.x already"), "{error}")
            }
            Ok(suite) => {
                let report = suite.run(&TestOptions::default());
                assert!(!refused && report.results[0].outcome == TestOutcome::Passed, "{test}: {report:?}");
            }
        }
    }
}
