//! What Terraform 1.11 makes of the same text was asked of `terraform console` and `terraform fmt`.

use std::fmt::Write as _;

use serde_json::json;

use super::ast::{Access, Expr, ExprKind, Item, Part};
use super::*;

fn clean(text: &str) -> ast::Body {
    let parsed = parse(text);
    assert_eq!(parsed.errors, [], "{text}");
    parsed.body
}

/// The value of `a = ...`.
fn value(text: &str) -> Expr {
    clean(&format!("a = {text}\n")).attribute("a").unwrap().value.clone()
}

/// Operations with all their parentheses.
fn shape(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Number(digits) => digits.clone(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::String(text) => format!("{text:?}"),
        ExprKind::Variable(name) => name.clone(),
        ExprKind::Not(inner) => format!("!{}", shape(inner)),
        ExprKind::Negate(inner) => format!("-{}", shape(inner)),
        ExprKind::Binary(left, operator, right) => format!("({} {operator:?} {})", shape(left), shape(right)),
        ExprKind::Conditional(three) => {
            let [condition, then, otherwise] = three.as_ref();
            format!("({} ? {} : {})", shape(condition), shape(then), shape(otherwise))
        }
        ExprKind::Traversal(of, steps) => steps.iter().fold(shape(of), |mut text, step| {
            let _ = match step {
                Access::Attribute(name) => write!(text, ".{name}"),
                Access::Index(key) => write!(text, "[{}]", shape(key)),
                Access::AttributeSplat => write!(text, ".*"),
                Access::FullSplat => write!(text, "[*]"),
            };
            text
        }),
        other => format!("{other:?}"),
    }
}

#[test]
fn operators_bind_as_in_terraform() {
    for (text, want) in [
        ("1 - 2 - 3", "((1 Subtract 2) Subtract 3)"),
        ("!true == false", "(!true Equal false)"),
        ("-1 + 2", "(-1 Add 2)"),
        ("-b + 2", "(-b Add 2)"),
        ("- 1 - -1", "(-1 Subtract -1)"),
        ("- /* x */ 1.5e-3", "-1.5e-3"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("2 * 3 + 4 > 9 && true", "((((2 Multiply 3) Add 4) Greater 9) And true)"),
        ("10 % 4 * 2", "((10 Modulo 4) Multiply 2)"),
        ("1 < 2 == true", "((1 Less 2) Equal true)"),
        ("a || b && c", "(a Or (b And c))"),
        ("1 == 1 == true", "((1 Equal 1) Equal true)"),
        ("false && true ? 1 : 2", "((false And true) ? 1 : 2)"),
        ("-a.b", "-a.b"),
        ("a.0.b", "a[0].b"),
        ("a.*.b[0]", "a.*.b[0]"),
        ("a[*].b[\"c\"]", "a[*].b[\"c\"]"),
        ("12345678901234567890123456789", "12345678901234567890123456789"),
    ] {
        assert_eq!(shape(&value(text)), want, "{text}");
    }
}

/// A template with `x` for every interpolation, `true` conditions taken, loops written out once.
fn joined(parts: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Value(_) => "x".to_owned(),
        Part::If { then, .. } => joined(then),
        Part::For { body, .. } => joined(body),
    };
    parts.iter().map(part).collect()
}

#[test]
fn templates_give_what_terraform_gives() {
    for (text, want) in [
        ("<<-E\n  one\n    two ${v}\n\n  ${v} three\nE", "one\n  two x\n\nx three\n"),
        ("<<-E\n  %{ if true ~}\n\n    foo\n  %{ endif ~}\n  bar\n  E", "\n  foo\n  bar\n"),
        ("<<E\n  a ${~ v ~} \n   b\nE", "  ax   b\n"),
        ("<<-E\n  a\n   \n  b\nE", "a\n   \nb\n"),
        ("<<-E\n\ttab\n\t  y\n\tE", "tab\n  y\n"),
        ("<<-E\n${v}\n  b\n E", "x\n  b\n"),
        ("<<-E\n x ${v ~}\n   \n b\nE", "x x   \nb\n"),
        ("<<E\n$${a} %%{b} \\n \"q\" $$${v}\nE", "${a} %{b} \\n \"q\" $${v}\n"),
        ("<<-E\nE", ""),
        ("<<E\n\nE", "\n"),
        ("<<-E\n  %{~ for x in l ~}\n    item ${x}\n  %{~ endfor ~}\n  end\nE", "    item x\n  end\n"),
        ("<<-E\n  ${v} first\n    %{ if true }yes%{ endif }\nE", "x first\n  yes\n"),
        ("\"x  ${~ 1 ~}  y\"", "xxy"),
        ("\"x \\n ${~ 1 ~} \\n $${q} y\"", "xx${q} y"),
        ("\"%{ if true }a\\\"b\\n%{ else }c%{ endif }\"", "a\"b\n"),
        ("\"%{ for x in l ~} ${x} %{~ endfor }\"", "x"),
        ("\"$$${v} $ % $$ 100% ${v}\"", "$${v} $ % $$ 100% x"),
        ("\"\\u00e9\\U0001F600${v}\"", "é😀x"),
    ] {
        let ExprKind::Template(parts) = value(text).kind else { panic!("{text} is no template") };
        assert_eq!(joined(&parts), want, "{text}");
    }
}

#[test]
fn spans_are_those_of_the_file() {
    let text = "# é\nresource \"a\" \"é\" {\n  x = [\"ü\", f(b.c, 1)]\n  n {\n    y = <<-E\n      é ${ v.w[0] }\n    E\n  }\n  o { z = 1 }\n}\n";
    let body = clean(text);
    let source = |span: Span| &text[span.start..span.end];
    let block = body.blocks().next().unwrap();
    assert_eq!(source(block.header()), "resource \"a\" \"é\"");
    assert!(source(block.span).starts_with("resource") && source(block.span).ends_with('}'));
    let x = block.body.attribute("x").unwrap();
    assert_eq!((source(x.name.span), source(x.value.span)), ("x", "[\"ü\", f(b.c, 1)]"));
    let ExprKind::Tuple(items) = &x.value.kind else { panic!() };
    let ExprKind::Call(call) = &items[1].kind else { panic!() };
    assert_eq!(call.args.iter().map(|arg| source(arg.span)).collect::<Vec<_>>(), ["b.c", "1"]);
    let y = block.body.blocks_of("n").next().unwrap().body.attribute("y").unwrap();
    let ExprKind::Template(parts) = &y.value.kind else { panic!() };
    let [Part::Text(first), Part::Value(inner), _] = parts.as_slice() else { panic!("{parts:?}") };
    assert_eq!((first.as_str(), source(inner.span)), ("é ", "v.w[0]"));
    let o = block.body.blocks_of("o").next().unwrap();
    assert_eq!(source(o.body.span), "z = 1");
}

#[test]
fn what_terraform_takes_is_taken() {
    for text in [
        "a = { for k, v in x : k => v\n  ? 1\n  : 2 }\n",
        "a = [for v\n in x\n == 1\n ? [] : [2] : v]\n",
        "a = <<E\n%{ if x ==\n1\n&& b }\nc\n%{ endif }\nE\n",
        "# a \r b\na = 1\n",
        "a = {\n  b = [\n    1\n  ] # one\n  b = 2\n}\n",
        "a = {\"b\" = 1, b = 2, \"b\": 3}\n",
        "a = (b # c\n ? d # e\n : f)\n",
    ] {
        assert!(
            parser_body(text).is_none() || !text.contains("? 1"),
            "the parser takes it by itself: {text}"
        );
        clean(text);
    }
    let twice = value("{\n  b = 1 # é\n  é = 2\n  b = 3\n}");
    let ExprKind::Object(items) = &twice.kind else { panic!() };
    let items: Vec<_> = items.iter().map(|(key, value)| (shape(key), shape(value))).collect();
    assert_eq!(
        items,
        [("\"é\"".into(), "2".into()), ("\"b\"".to_owned(), "3".to_owned())],
        "the last one wins"
    );
}

#[test]
fn a_mistake_costs_one_structure() {
    let text = "a = 1\nresource \"é\" \"x\" {\n  b = = 1\n}\nlocals {\n  c = \"${d}\"\n}\nvariable \"v\" {\n  default = [\n\
                output \"o\" {\n  value = 1\n}\na = 2\n";
    let parsed = parse(text);
    let names: Vec<&str> = parsed
        .body
        .items
        .iter()
        .map(|item| match item {
            Item::Attribute(attribute) => attribute.name.text.as_str(),
            Item::Block(block) => block.kind.text.as_str(),
        })
        .collect();
    assert_eq!(names, ["a", "locals", "output"]);
    assert_eq!(parsed.errors.iter().map(|error| error.line).collect::<Vec<_>>(), [3, 9, 13]);
    let inner = &parsed.body.blocks_of("locals").next().unwrap().body.attribute("c").unwrap().value;
    assert_eq!(&text[inner.span.start..inner.span.end], "\"${d}\"");
}

#[test]
fn hostile_input_ends_with_a_reason() {
    let deep = |open: &str, close: &str, count: usize| {
        format!("a = {}1{}\n", open.repeat(count), close.repeat(count))
    };
    let blocks = format!("{}{}", "b {\n".repeat(10_000), "}\n".repeat(10_000));
    let chain = format!("a = 1{}\n", "+1".repeat(100_000));
    let conditions = format!("a = {}1\n", "b ? 1 : ".repeat(100_000));
    let many = "a = [1]\n".repeat(3 * MAX_ERRORS);
    for text in [
        deep("[", "]", 10_000),
        deep("(", "", 100_000),
        deep("!", "", 100_000),
        deep("-", "", 100_000),
        deep("{ a = ", "}", 10_000),
        deep("\"${", "}\"", 10_000),
        deep("f(", ")", 10_000),
        blocks,
        chain,
        conditions,
        many,
    ] {
        let parsed = parse(&text);
        assert!(!parsed.errors.is_empty() && parsed.errors.len() <= MAX_ERRORS + 1, "{}", &text[..20]);
    }
    let numbers = parse(&format!("a = [{}]\n", "1,".repeat(MAX_TOKENS))).errors;
    assert_eq!(numbers[0].reason, "more than 1000000 words and marks in one file");
    let steps = clean(&format!("a = b{}\n", ".c".repeat(100_000)));
    assert_eq!(steps.items.len(), 1, "a long way of steps is no nesting");
}

#[test]
fn the_form_conftest_gives() {
    let text = "resource \"aws_s3_bucket\" \"a\" {\n  bucket = \"x-${var.env}\"\n  acl = var.acl\n  tags = { Name = \"n\", \"k\" = 1, (v) = 2 }\n}\n\
                resource \"aws_s3_bucket\" \"b\" {\n  versioning {\n    enabled = true\n  }\n  versioning {}\n  n = -5\n  h = <<E\n\"${a}\" %{ if b }c%{ endif }\nE\n}\nprovider \"aws\" {}\n";
    let want = json!({
        "resource": {"aws_s3_bucket": {
            "a": [{"bucket": "x-${var.env}", "acl": "${var.acl}", "tags": {"Name": "n", "k": 1, "${(v)}": 2}}],
            "b": [{"versioning": [{"enabled": true}, {}], "n": -5, "h": "\"${a}\" %{if b}c%{endif}\n"}],
        }},
        "provider": {"aws": [{}]},
    });
    assert_eq!(raw(&clean(text), text).to_json(), want);
}

fn json_configuration(text: &str) -> Parsed {
    json::configuration(&crate::source::json::parse(text).unwrap(), text)
}

#[test]
fn the_json_syntax_is_the_same_language() {
    let text = r#"{"//": "é", "variable": {"v": {"type": "list(string)", "default": ["${no}"]}},
      "resource": {"aws_s3_bucket": {"b": {
        "//": "comment", "bucket": "é-${var.v[0]}", "acl": "$${x}", "policy": "a\"${var.w}", "count": 2,
        "tags": {"Name": "${local.n}"}, "versioning": {"enabled": true}, "rule": [{"x": 1}, {"output": {"y": {"z": 2}}}],
        "depends_on": ["aws_kms_key.k"], "provider": "aws.west",
        "dynamic": {"setting": {"for_each": "${var.v}", "iterator": "s", "content": {"name": "${s.value}"}}},
        "lifecycle": {"ignore_changes": ["tags"], "create_before_destroy": true}}}},
      "module": {"m": {"source": "./m", "settings_block": {"a": {"b": 1}}, "providers": {"aws": "aws.west"}}}}"#;
    let parsed = json_configuration(text);
    assert_eq!(parsed.errors, []);
    let native = r#"variable "v" {
  type = list(string)
  default = ["$${no}"]
}
resource "aws_s3_bucket" "b" {
  bucket = "é-${var.v[0]}"
  acl = "$${x}"
  policy = "a\"${var.w}"
  count = 2
  tags = { "Name" = "${local.n}" }
  versioning {
    enabled = true
  }
  rule {
    x = 1
  }
  rule {
    output {
      y {
        z = 2
      }
    }
  }
  depends_on = [aws_kms_key.k]
  provider = aws.west
  dynamic "setting" {
    for_each = "${var.v}"
    iterator = s
    content {
      name = "${s.value}"
    }
  }
  lifecycle {
    ignore_changes = [tags]
    create_before_destroy = true
  }
}
module "m" {
  source = "./m"
  settings_block = { "a" = { "b" = 1 } }
  providers = { "aws" = aws.west }
}
"#;
    // The same tree but for where its parts stand.
    let places = regex::Regex::new(r"Span \{[^}]*\}").unwrap();
    let plain = |body: &ast::Body| places.replace_all(&format!("{body:?}"), "").into_owned();
    for (read, wanted) in parsed.body.blocks().zip(clean(native).blocks()) {
        for (read, wanted) in read.body.items.iter().zip(&wanted.body.items) {
            let both = [read, wanted]
                .map(|item| plain(&ast::Body { items: vec![item.clone()], span: Span::default() }));
            assert_eq!(both[0], both[1]);
        }
    }
    assert_eq!(plain(&parsed.body).len(), plain(&clean(native)).len());
    let bucket = parsed.body.blocks_of("resource").next().unwrap();
    let source = |span: Span| &text[span.start..span.end];
    assert_eq!(source(bucket.header()), "\"b\"");
    let part = |name: &str| match &bucket.body.attribute(name).unwrap().value.kind {
        ExprKind::Template(parts) => match parts.last() {
            Some(Part::Value(value)) => source(value.span),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(part("bucket"), "var.v[0]");
    assert_eq!(part("policy"), r#""a\"${var.w}""#, "escapes: the whole string");
}

#[test]
fn mistakes_in_the_json_syntax_have_their_lines() {
    let parsed =
        json_configuration("{\n\"resources\": {},\n\"locals\": {\"a\": \"${\"},\n\"output\": {\"o\": 1}}");
    assert_eq!(parsed.errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 3, 4]);
    let text = "{\"a\": \"${x}\", \"n\": 123456789012345678901}";
    let body = json::assignments(&crate::source::json::parse(text).unwrap(), text).body;
    let values: Vec<_> = body.attributes().map(|a| a.value.kind.clone()).collect();
    assert_eq!(values, [ExprKind::String("${x}".into()), ExprKind::Number("123456789012345678901".into())]);
}
