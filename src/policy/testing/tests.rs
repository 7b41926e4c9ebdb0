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
    TestSuite::load(folder(files).path()).unwrap().run(options)
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
    let twice = folder(&[("t_test.rego", test), ("a.json", "{\"x\": 1}"), ("b.json", "{\"x\": 2}")]);
    let error = TestSuite::load(twice.path()).err().unwrap();
    assert!(error.ends_with("b.json: another file gives data.x already"), "{error}");
}
