//! Properties of every reader: no input makes one panic, every span lies in the text, and JSON is
//! what everybody else takes it for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // helpers of tests

use std::fmt::Write as _;

use probity::model::Span;
use probity::source::hcl::{self, ast};
use probity::source::{Kind, Node, Value, json, read, yaml};
use proptest::prelude::*;
use serde_json::Value as Json;

const TERRAFORM: &str = "# é\nvariable \"v\" {\n  type = list(string)\n}\nresource \"a\" \"b\" {\n  x = [1, -2.5e3, \"é${v.w[0]}\", f(c...)]\n  \
    y = { k = 1, (z) = !true }\n  h = <<-E\n    %{ if a ~}\n    é ${b}\n    %{ endif }\n  E\n  n { m = a ? b : c.*.d[*] }\n  o = { for k, v in w : k => v... if v }\n}\n";
const TERRAFORM_JSON: &str = "{\"//\": \"é\", \"resource\": {\"a\": {\"b\": {\"x\": \"é${v.w[0]}\", \"y\": [{\"z\": \"\\u00e9${q}\"}], \
    \"depends_on\": [\"c.d\"], \"tags\": {\"A\": 1.5, \"${b}\": null}}}}}";
const YAML: &str = "a: &x\n  é: [1, 'b', \"c\"]\nd: *x\ne: |\n  f\n  g\n<<: *x\n---\n- h: {i: j}\n";
const CARD: &str = "---\nlicense: mit\ntags: [é]\n---\n# Text\n";

/// Every kind, with a path of its own.
fn read_all(text: &str) {
    for kind in Kind::ALL {
        for bytes in [text.as_bytes().to_vec(), text.bytes().rev().collect()] {
            let Some(document) = read("f", kind, bytes, false).document else { continue };
            for node in document.values().iter() {
                check_node(node, document.text.as_str());
            }
            if let Some(syntax) = &document.syntax {
                check_body(syntax, document.text.as_str());
            }
        }
    }
}

fn check_span(span: Span, text: &str) {
    assert!(text.get(span.start..span.end).is_some(), "{span:?} is no part of {text:?}");
}

fn check_node(node: &Node, text: &str) {
    check_span(node.span, text);
    node.items().iter().for_each(|item| check_node(item, text));
    for entry in node.entries() {
        check_span(entry.key_span, text);
        check_node(&entry.node, text);
    }
}

fn check_inside(inner: Span, outer: Span, text: &str) {
    check_span(inner, text);
    assert!(outer.start <= inner.start && inner.end <= outer.end, "{inner:?} outside {outer:?} in {text:?}");
}

fn check_body(body: &ast::Body, text: &str) {
    check_span(body.span, text);
    for item in &body.items {
        match item {
            ast::Item::Attribute(attribute) => {
                check_inside(attribute.name.span, body.span, text);
                check_inside(attribute.value.span, body.span, text);
                check_expr(&attribute.value, text);
            }
            ast::Item::Block(block) => {
                check_inside(block.span, body.span, text);
                check_inside(block.body.span, block.span, text);
                check_span(block.header(), text);
                check_body(&block.body, text);
            }
        }
    }
}

fn check_expr(expr: &ast::Expr, text: &str) {
    let mut inner: Vec<&ast::Expr> = Vec::new();
    match &expr.kind {
        ast::ExprKind::Template(parts) => check_parts(parts, expr.span, text),
        ast::ExprKind::Tuple(items) => inner.extend(items),
        ast::ExprKind::Object(items) => inner.extend(items.iter().flat_map(|(key, value)| [key, value])),
        ast::ExprKind::Traversal(of, steps) => {
            inner.push(of);
            inner.extend(steps.iter().filter_map(|step| match step {
                ast::Access::Index(key) => Some(key),
                _ => None,
            }));
        }
        ast::ExprKind::Call(call) => inner.extend(&call.args),
        ast::ExprKind::Not(of) | ast::ExprKind::Negate(of) | ast::ExprKind::Parenthesis(of) => inner.push(of),
        ast::ExprKind::Binary(left, _, right) => inner.extend([left.as_ref(), right.as_ref()]),
        ast::ExprKind::Conditional(three) => inner.extend(three.iter()),
        ast::ExprKind::For(each) => {
            inner.extend([&each.over, &each.value_expr]);
            inner.extend(each.key_expr.iter().chain(&each.condition));
        }
        _ => {}
    }
    for inner in inner {
        check_inside(inner.span, expr.span, text);
        check_expr(inner, text);
    }
}

fn check_parts(parts: &[ast::Part], whole: Span, text: &str) {
    let inner = |expr: &ast::Expr| {
        check_inside(expr.span, whole, text);
        check_expr(expr, text);
    };
    for part in parts {
        match part {
            ast::Part::Text(_) => {}
            ast::Part::Value(value) => inner(value),
            ast::Part::If { condition, then, otherwise } => {
                inner(condition);
                check_parts(then, whole, text);
                check_parts(otherwise, whole, text);
            }
            ast::Part::For { over, body, .. } => {
                inner(over);
                check_parts(body, whole, text);
            }
        }
    }
}

/// Pieces that mean something to one reader or another.
fn fragments() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "\"",
        "'",
        "${",
        "%{",
        "~}",
        "$${",
        "<<E\n",
        "<<-E\n",
        "E\n",
        "\n",
        "\r\n",
        " ",
        "\t",
        "#",
        "//",
        "/*",
        "*/",
        "=",
        ":",
        ",",
        "? ",
        "- ",
        "a",
        "é",
        "for ",
        "if ",
        "endif",
        "in ",
        "1",
        "1e9",
        "\\",
        "\\u00e9",
        "\\ud83d",
        "null",
        "&a ",
        "*a",
        "<<: ",
        "---\n",
        "|\n",
        "!!str ",
        "resource \"a\" \"b\" {\n",
        "\"resource\": {",
        "\"variable\"",
        "=>",
        "...",
        "==",
        ".0",
        "[*]",
        ".*",
        "\u{feff}",
        "\0",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A valid file with a few bytes taken out and a few pieces put in.
fn mutated() -> impl Strategy<Value = String> {
    let seed = prop::sample::select(vec![TERRAFORM, TERRAFORM_JSON, YAML, CARD]);
    (seed, any::<prop::sample::Index>(), 0_usize..12, fragments()).prop_map(|(seed, at, length, put)| {
        let start = seed.floor_char_boundary(at.index(seed.len()));
        let end = seed.ceil_char_boundary((start + length).min(seed.len()));
        let put: String = put.chars().take(8).collect();
        format!("{}{put}{}", &seed[..start], &seed[end..])
    })
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-1e15..1e15_f64).prop_map(Json::from),
        any::<String>().prop_map(Json::from),
        "[a-z é]{0,6}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_reader_panic(text in prop_oneof![any::<String>(), fragments(), mutated()]) {
        read_all(&text);
        let body = hcl::parse(&text).body;
        check_body(&body, &text);
        check_node(&hcl::raw(&body, &text), &text);
    }

    #[test]
    fn json_is_what_serde_json_says(value in any_json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        prop_assert_eq!(json::parse(&text).unwrap().to_json(), value);
    }

    #[test]
    fn what_is_no_json_is_refused(text in prop_oneof![fragments(), any_json().prop_flat_map(|value| {
        let text = value.to_string();
        (Just(text), any::<prop::sample::Index>(), "[\\]\\[{}\",:0-9eE+. truefalsn-]").prop_map(|(mut text, at, put)| {
            let at = text.floor_char_boundary(at.index(text.len()));
            text.insert_str(at, &put);
            text
        })
    })]) {
        match (json::parse(&text), serde_json::from_str::<Json>(&text)) {
            (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
            // serde_json refuses numbers beyond its own.
            (Ok(node), Err(error)) => prop_assert!(error.to_string().contains("out of range"), "{text:?} {node:?} {error}"),
            // This reader refuses what others pick one of.
            (Err(error), Ok(_)) => prop_assert!(error.reason.contains("occurs twice"), "{text:?} {error:?}"),
        }
    }

    #[test]
    fn yaml_reads_json_alike(value in any_json()) {
        let text = value.to_string();
        // YAML has escapes of its own, and line breaks in strings that JSON does not know as such.
        prop_assume!(!text.contains('\\') && text.chars().all(|c| c == ' ' || !c.is_control() && !c.is_whitespace()));
        prop_assume!(!text.contains(['\u{feff}', '\u{fffe}', '\u{ffff}']));
        let (documents, error) = yaml::parse(&text);
        prop_assert_eq!(error, None, "{}", text);
        prop_assert_eq!(documents[0].to_json(), json::parse(&text).unwrap().to_json(), "{}", text);
    }
}

#[test]
fn the_valid_files_are_read_whole() {
    for (kind, text) in [
        (Kind::Terraform, TERRAFORM),
        (Kind::TerraformJson, TERRAFORM_JSON),
        (Kind::Yaml, YAML),
        (Kind::ModelCard, CARD),
    ] {
        let reading = read("f", kind, text.into(), false);
        assert_eq!(reading.unparsed, None);
        let document = reading.document.unwrap();
        assert!(document.values().iter().all(|node| node.value != Value::Null));
        read_all(text);
    }
}

#[test]
fn numbers_keep_what_they_are() {
    let value = |text: &str| json::parse(text).map(|node| node.to_json());
    assert_eq!(value("18446744073709551616"), Ok(Json::from("18446744073709551616")));
    assert_eq!(value("1e999"), Ok(Json::from("1e999")));
    assert_eq!(value("-0.0"), Ok(Json::from(-0.0)));
    assert_eq!(value("[NaN, -Infinity]"), Ok(serde_json::json!(["NaN", "-Infinity"])));
    assert_eq!(value("9007199254740993"), Ok(Json::from(9_007_199_254_740_993_u64)));
    for wrong in ["01", "1.", ".5", "+1", "1e", "-", "nan", "0x1"] {
        assert!(value(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn json_mistakes_have_their_line() {
    let line = |text: &str| json::parse(text).map_err(|error| (error.line, error.reason));
    assert_eq!(line("{\n\"a\": 1,\n\"a\": 2}"), Err((3, "key \"a\" occurs twice in one object".to_owned())));
    assert_eq!(line("[1,\n2,]"), Err((2, "expected a value, found ']'".to_owned())));
    assert_eq!(line("\"a\nb\""), Err((1, "a control character in a string".to_owned())));
    assert_eq!(line("\n\"\\ud800\""), Err((2, "half of a surrogate pair".to_owned())));
    assert_eq!(line(&"[".repeat(100_000)), Err((1, "nested more than 96 levels deep".to_owned())));
    let mut many = "[".to_owned();
    let _ = write!(many, "{}0]", "0,".repeat(1_000_001));
    assert_eq!(line(&many), Err((1, "more than 1000000 values in one file".to_owned())));
    assert_eq!(line("\"\\ud83d\\ude00\""), Ok(Node::string("😀", Span::new(0, 14))));
}

#[test]
fn json_of_no_known_kind_is_data() {
    let read = |text: &str| read("a.json", Kind::Json, text.into(), false);
    let comments = read("{\n // strict\n \"compilerOptions\": {}\n}");
    assert!(comments.document.is_none() && comments.unparsed.is_none());
    let broken = read("{\"AWSTemplateFormatVersion\": \"2010-09-09\",\n}");
    assert_eq!(broken.unparsed.unwrap().line, Some(2));
    let data = format!("[{}0]", "0, ".repeat(400_000));
    assert!(read(&data).document.is_none(), "large data");
    assert_eq!(read("{\"a\": [1]}").document.unwrap().kind, Kind::Json);
    for (text, kind) in [
        ("{\"Resources\": {\"a\": {\"Type\": \"AWS::S3::Bucket\"}}}", Kind::CloudFormation),
        ("{\"Transform\": \"AWS::Serverless-2016-10-31\"}", Kind::CloudFormation),
        (
            "{\"format_version\": \"1.2\", \"terraform_version\": \"1.11.4\", \"planned_values\": {}}",
            Kind::TerraformPlan,
        ),
        ("{\"Version\": \"2020-12-01\", \"Steps\": [{}]}", Kind::SagemakerPipeline),
        ("{\"deploymentSpec\": {}, \"root\": {}, \"schemaVersion\": \"2.1.0\"}", Kind::KubeflowPipeline),
        ("{\"$schema\": \"https://azuremlschemas.azureedge.net/x\"}", Kind::AzureMl),
        ("{\"conformsTo\": \"http://mlcommons.org/croissant/1.0\"}", Kind::Croissant),
        ("{\"model_list\": [{\"litellm_params\": {}}]}", Kind::LiteLlm),
        ("{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}", Kind::Kubernetes),
    ] {
        // Padded beyond the size at which only marks decide.
        let text = format!("{text}{}", " ".repeat(1024 * 1024));
        assert_eq!(read(&text).document.map(|document| document.kind), Some(kind), "{}", &text[..40]);
    }
}

/// Values that a Terraform file can hold without an expression.
fn plain_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        "[a-zé \"\\\\]{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::btree_map("[a-z]{1,5}", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    /// What hcl-rs writes comes back as the same values.
    #[test]
    fn what_hcl_rs_writes_is_read_alike(values in proptest::collection::btree_map("[b-z]{1,5}", plain_value(), 1..5)) {
        let values = Json::Object(values.into_iter().collect());
        let text = ::hcl::to_string(&values).unwrap();
        let document = read("f.tf", Kind::Terraform, text.clone().into_bytes(), false).document.unwrap();
        prop_assert_eq!(document.values()[0].to_json(), values, "{}", text);
    }
}
