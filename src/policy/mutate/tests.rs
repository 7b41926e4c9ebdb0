use super::*;

fn folder(policy: &str, test: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.rego"), policy).unwrap();
    std::fs::write(folder.path().join("p_test.rego"), test).unwrap();
    folder
}

const POLICY: &str = "package p\n\nimport rego.v1\n\ndeny contains {\"msg\": \"open\", \"key\": \"k\"} if {\n\tinput.type == \"bucket\"\n\t\
                      not input.closed\n\tinput.size > 10\n}\n";

const WEAK: &str = "package p_test\n\nimport rego.v1\n\nimport data.p\n\ntest_open if count(p.deny) == 1 with input as \
                    {\"type\": \"bucket\", \"size\": 99}\n";

fn listed(mutants: &[Mutant]) -> Vec<(u32, &str, &str)> {
    mutants.iter().map(|m| (m.line, m.before.as_str(), m.after.as_str())).collect()
}

#[test]
fn a_test_of_the_violation_alone_lets_conditions_go() {
    let folder = folder(POLICY, WEAK);
    let [policy] = &mutate(Some(folder.path()), None).unwrap()[..] else { panic!("one policy") };
    let survived = listed(&policy.survived);
    for expected in [
        (6, "input.type == \"bucket\"", "true"),
        (7, "not input.closed", "true"),
        (7, "closed", "closed_x"),
        (8, ">", ">="),
        (8, "10", "11"),
        (5, "open", "open_x"),
    ] {
        assert!(survived.contains(&expected), "{expected:?} of {survived:#?}");
    }
    let killed = listed(&policy.killed);
    for expected in
        [(6, "==", "!="), (6, "type", "type_x"), (7, "not input.closed", "input.closed"), (8, ">", "<=")]
    {
        assert!(killed.contains(&expected), "{expected:?} of {killed:#?}");
    }
    assert!(policy.all_killed(MutantKind::Negated));
    assert!(!policy.all_killed(MutantKind::Renamed) && !policy.all_killed(MutantKind::Value));
}

#[test]
fn tests_of_both_sides_kill_them_all() {
    let test = "package p_test\n\nimport rego.v1\n\nimport data.p\n\nbucket := {\"type\": \"bucket\", \"size\": 11}\n\n\
                with_(change) := object.union(bucket, change)\n\n\
                test_open if p.deny == {{\"msg\": \"open\", \"key\": \"k\"}} with input as bucket\n\n\
                test_closed if p.deny == set() with input as with_({\"closed\": true})\n\n\
                test_small if p.deny == set() with input as with_({\"size\": 10})\n\n\
                test_other if p.deny == set() with input as with_({\"type\": \"role\"})\n";
    let folder = folder(POLICY, test);
    let [policy] = &mutate(Some(folder.path()), None).unwrap()[..] else { panic!("one policy") };
    assert_eq!(listed(&policy.survived), []);
    assert!(policy.killed.len() >= 14, "{:#?}", policy.killed);
}

#[test]
fn what_does_not_compile_is_not_counted() {
    let policy = "package p\n\nimport rego.v1\n\ndeny contains x if {\n\tx := input.a\n\tis_string(x)\n}\n";
    let test = "package p_test\n\nimport rego.v1\n\nimport data.p\n\ntest_a if p.deny == {\"s\"} with input as {\"a\": \"s\"}\n\n\
                test_b if p.deny == set() with input as {\"a\": 1}\n";
    let folder = folder(policy, test);
    let [policy] = &mutate(Some(folder.path()), None).unwrap()[..] else { panic!("one policy") };
    assert_eq!(listed(&policy.survived), []);
    assert_eq!(
        listed(&policy.killed),
        [(6, "a", "a_x"), (7, "is_string(x)", "not is_string(x)"), (7, "is_string(x)", "true")]
    );
}

#[test]
fn tests_that_fail_already_prove_nothing() {
    let folder = folder(POLICY, "package p_test\n\nimport rego.v1\n\ntest_wrong if 1 == 2\n");
    let [policy] = &mutate(Some(folder.path()), None).unwrap()[..] else { panic!("one policy") };
    let reason = policy.unusable.as_deref().unwrap();
    assert!(
        reason.ends_with("do not pass as they are: data.p_test.test_wrong is false or undefined"),
        "{reason}"
    );
    assert!(!policy.held());
}
