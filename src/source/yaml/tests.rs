//! What the reader gives, and how it fails.

use serde_json::json;

use super::*;
use crate::source::{SourceText, Step};

fn one(text: &str) -> Node {
    let (mut documents, error) = parse(text);
    assert_eq!(error, None);
    documents.remove(0)
}

#[test]
fn core_schema() {
    let text = "a: [on, yes, 0o17, 0x1F, 1e3, -4, .5, 1.2.3, '1', 007, ~, True, 99999999999999999999]";
    let want = json!({"a": ["on", "yes", 15, 31, 1000.0, -4, 0.5, "1.2.3", "1", 7, null, true, "99999999999999999999"]});
    assert_eq!(one(text).to_json(), want);
}

#[test]
fn merge_keys_and_aliases() {
    let node = one("base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\nd: *b\n");
    assert_eq!(
        node.to_json(),
        json!({"base": {"x": 1, "y": 2}, "c": {"y": 3, "x": 1}, "d": {"x": 1, "y": 2}})
    );
}

#[test]
fn spans_cover_exactly_the_source() {
    let text = "jobs:\n  é:\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n          x\n          y\nz: 1\n";
    let source = SourceText::new(text);
    let node = one(text);
    let path = |steps: &[&str]| -> Vec<Step> {
        steps.iter().map(|s| s.parse().map_or_else(|_| Step::Key((*s).to_owned()), Step::Index)).collect()
    };
    let mark = |steps: &[&str]| source.slice(node.locate(&path(steps)).unwrap().span);
    assert_eq!(mark(&["jobs", "é", "steps", "0", "uses"]), "uses: actions/checkout@v4");
    assert_eq!(mark(&["jobs", "é", "steps", "0", "missing"]), "uses: actions/checkout@v4");
    assert_eq!(mark(&["jobs", "é"]), "é");
    assert_eq!(mark(&["z"]), "z: 1");
    assert!(mark(&["jobs", "é", "steps", "1", "run"]).starts_with("run: |"));
}

#[test]
fn bad_input_ends_with_a_line() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
                g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n";
    for (text, line) in [(bomb, 7), ("a: 1\nb: [\n", 2), ("a: 1\na: 2\n", 2), (&"[".repeat(5000), 1)] {
        let (_, error) = parse(text);
        assert_eq!(error.expect("must fail").line, line, "{}", &text[..20.min(text.len())]);
    }
}

#[test]
fn documents_before_a_mistake_are_kept() {
    let (documents, error) = parse("a: 1\n---\nb: 2\n---\nc: [\n");
    assert_eq!(documents.len(), 2);
    assert_eq!(error.map(|e| e.line), Some(5));
}

#[test]
fn one_broken_document_does_not_hide_the_others() {
    let text = "a: 1\n---\nb: [\n---\nc: 3\n---\nd: 1\nd: 2\n---\n? [x]\n: 1\n---\ne: 5\n";
    let (documents, error) = parse(text);
    let json: Vec<_> = documents.iter().map(Node::to_json).collect();
    assert_eq!(
        json,
        [json!({"a": 1}), json!(null), json!({"c": 3}), json!(null), json!(null), json!({"e": 5})]
    );
    let error = error.unwrap();
    assert_eq!(error.line, 3);
    assert!(error.reason.ends_with("so are documents at lines 8, 10"), "{}", error.reason);
    let source = SourceText::new(text);
    let span = documents[5].entry("e").unwrap().key_span;
    assert_eq!((source.slice(span), source.position(span.start).line), ("e", 13));
}

#[test]
fn errors_are_counted_up_to_a_limit() {
    let (documents, error) = parse(&"a: [\n---\n".repeat(1000));
    assert!(documents.is_empty());
    assert_eq!(error.unwrap().reason.matches(',').count(), MAX_ERRORS - 2);
}

#[test]
fn short_tags_become_their_long_form() {
    let text = "a: !Ref x\nb: !GetAtt m.Arn\nc: !GetAtt n.Outputs.Url\nd: !Join [ '-', [ !Sub '${x}', 1 ] ]\n\
                e: !If\n  - !Condition p\n  - {y: !Base64 z}\n  - !GetAZs ''\nf: !reference [job, script]\n\
                g: !Unknown {h: 1}\ni: !GetAtt [j, Arn]\nk: &k !ImportValue l\nm: *k\n";
    let node = one(text);
    let want = json!({
        "a": {"Ref": "x"},
        "b": {"Fn::GetAtt": ["m", "Arn"]},
        "c": {"Fn::GetAtt": ["n", "Outputs.Url"]},
        "d": {"Fn::Join": ["-", [{"Fn::Sub": "${x}"}, 1]]},
        "e": {"Fn::If": [{"Condition": "p"}, {"y": {"Fn::Base64": "z"}}, {"Fn::GetAZs": ""}]},
        "f": {"!reference": ["job", "script"]},
        "g": {"h": 1},
        "i": {"Fn::GetAtt": ["j", "Arn"]},
        "k": {"Fn::ImportValue": "l"},
        "m": {"Fn::ImportValue": "l"},
    });
    assert_eq!(node.to_json(), want);
    let source = SourceText::new(text);
    assert_eq!(source.slice(node.get("a").unwrap().span), "!Ref x");
    let path = [Step::Key("b".to_owned()), Step::Key("Fn::GetAtt".to_owned()), Step::Index(1)];
    assert_eq!(source.slice(node.locate(&path).unwrap().span), "m.Arn");
}

#[test]
fn tags_of_the_core_schema_decide_the_type() {
    let text = "a: !!str 1\nb: !!int '2'\nc: !!bool 'true'\nd: ! 5\ne: !!binary aGk=\nf: !<tag:yaml.org,2002:str> 1\n";
    let want = json!({"a": "1", "b": 2, "c": true, "d": "5", "e": "aGk=", "f": "1"});
    assert_eq!(one(text).to_json(), want);
}

#[test]
fn a_file_that_says_yaml_1_1_is_read_as_that() {
    let node = one("%YAML 1.1\n---\na: yes\nb: Off\nc: 0755\nd: 'no'\ne: 10\n");
    assert_eq!(node.to_json(), json!({"a": true, "b": false, "c": 493, "d": "no", "e": 10}));
    let node = one("%YAML 1.2\n---\na: yes\nc: 0755\n");
    assert_eq!(node.to_json(), json!({"a": "yes", "c": 755}));
}

#[test]
fn line_ends_tabs_anchors_and_keys() {
    assert_eq!(one("a: 1\r\nb:\r\n  - x\r\n").to_json(), json!({"a": 1, "b": ["x"]}));
    assert_eq!(one("? a\n: 1\n? |\n  b\n: 2\n").to_json(), json!({"a": 1, "b\n": 2}));
    assert_eq!(one("&k a: 1\nb: *k\n").to_json(), json!({"a": 1, "b": "a"}));
    assert_eq!(one("a:\t1\n").to_json(), json!({"a": 1}));
    // Anchors end with their document, YAML 1.2.2 section 3.2.2.2.
    let (documents, error) = parse("a: &x 1\n---\nb: *x\n---\nc: 2\n");
    assert_eq!((documents.len(), error.map(|e| e.line)), (3, Some(3)));
    // Tabs do not indent.
    assert_eq!(parse("a:\n\tb: 1\n").1.map(|e| e.line), Some(2));
    // A literal has a line's end at its end only where the file has it.
    assert_eq!(one("a: |\n  x\n  y").to_json(), json!({"a": "x\ny"}));
    // Very long lines are no matter.
    let long = format!("a: {}\nb: '{}'\n", "x".repeat(100_000), "y ".repeat(100_000));
    assert_eq!(one(&long).entries().len(), 2);
}
