//! What a resource looks like to policies: its address, attributes, spans and references.

use serde_json::{Value as Json, json};

use super::*;
use crate::facts::{Facts, Resource};
use crate::source::Step;

fn documents(files: &[(&str, &str)]) -> Vec<Arc<Document>> {
    let read = |(path, text): &(&str, &str)| {
        let kind = Kind::of_path(path).unwrap();
        let reading = read(path, kind, text.as_bytes().to_vec(), false);
        assert!(reading.unparsed.is_none(), "{:?}", reading.unparsed);
        Arc::new(reading.document.unwrap())
    };
    files.iter().map(read).collect()
}

fn all(files: &[(&str, &str)]) -> Facts {
    Facts::of(&documents(files))
}

fn find<'a>(reading: &'a Facts, subject: &str) -> &'a Resource {
    let found = reading.resources.iter().find(|resource| resource.subject == subject);
    found.unwrap_or_else(|| {
        let subjects: Vec<_> = reading.resources.iter().map(|resource| &resource.subject).collect();
        panic!("{subject} is not among {subjects:?}")
    })
}

fn attributes(text: &str) -> Json {
    find(&all(&[("main.tf", text)]), "terraform:.//x.y").attributes.to_json()
}

/// `path -> target`, for each reference.
fn references(resource: &Resource) -> Vec<String> {
    let step = |step: &Step| match step {
        Step::Key(key) => key.clone(),
        Step::Index(index) => index.to_string(),
    };
    let shown = resource.references.iter().map(|reference| {
        let path: Vec<_> = reference.path.iter().map(step).collect();
        format!("{} -> {}", path.join("."), reference.target)
    });
    shown.collect()
}

/// The text that a path leads to.
fn located<'t>(resource: &Resource, text: &'t str, path: &[Step]) -> &'t str {
    let span = resource.attributes.locate(path).unwrap().span;
    &text[span.start..span.end]
}

fn keys(path: &str) -> Vec<Step> {
    let step = |step: &str| step.parse().map_or_else(|_| Step::Key(step.to_owned()), Step::Index);
    path.split('.').map(step).collect()
}

fn unknown(resource: &Resource) -> Vec<String> {
    let shown = |path: &[Step]| {
        let step = |step: &Step| match step {
            Step::Key(key) => key.clone(),
            Step::Index(index) => index.to_string(),
        };
        path.iter().map(step).collect::<Vec<_>>().join(".")
    };
    resource.attributes.unknown_paths().iter().map(|unknown| shown(&unknown.path)).collect()
}

#[test]
fn blocks_are_lists_and_null_is_absent() {
    let text = r#"
resource "x" "y" {
  count      = 1
  a          = null
  b          = [null]
  depends_on = []
  one { c = 1 }
  one { c = null }
  lifecycle { create_before_destroy = true }
  timeouts { create = "1h" }
}
"#;
    let reading = all(&[("main.tf", text)]);
    let found = find(&reading, "terraform:.//x.y[0]").attributes.to_json();
    assert_eq!(found, json!({"b": [null], "one": [{"c": 1}, {}]}));
}

#[test]
fn dynamic_blocks_are_written_out() {
    let text = r#"
variable "unknown" {}
resource "x" "y" {
  dynamic "rule" {
    for_each = { b = 2, a = 1 }
    content {
      name = rule.key
      dynamic "inner" {
        for_each = [rule.value, 9]
        iterator = it
        content { text = "${rule.key}-${it.value}-${it.key}" }
      }
    }
  }
  rule { name = "plain" }
  dynamic "none" {
    for_each = []
    content {}
  }
  dynamic "set" {
    for_each = toset(["k"])
    labels   = [set.key]
    content { both = [set.key, set.value] }
  }
}
"#;
    let inner =
        |name: &str, n: u32| json!([{"text": format!("{name}-{n}-0")}, {"text": format!("{name}-9-1")}]);
    assert_eq!(
        attributes(text),
        json!({
            "rule": [{"name": "a", "inner": inner("a", 1)}, {"name": "b", "inner": inner("b", 2)}, {"name": "plain"}],
            "set": [{"both": ["k", "k"]}],
        })
    );
    let open = "variable \"v\" {}\nresource \"x\" \"y\" {\n  dynamic \"b\" {\n    for_each = var.v\n    content {}\n  }\n}\n";
    let reading = all(&[("main.tf", open)]);
    let paths = find(&reading, "terraform:.//x.y").attributes.unknown_paths();
    assert!(paths.len() == 1 && paths[0].blocks, "{paths:?}");
}

#[test]
fn values_stand_where_they_are_written() {
    let text = r#"
locals { base = { owner = "me" } }
resource "x" "y" {
  list = ["a", local.base.owner]
  map  = merge(local.base, { team = "ml" }, ({ deep = { k = [1] } }))
  copy = local.base
  block { flag = true }
}
"#;
    let reading = all(&[("main.tf", text)]);
    let found = find(&reading, "terraform:.//x.y");
    for (path, expected) in [
        ("list.1", "local.base.owner"),
        ("map.team", "team = \"ml\""),
        ("map.deep.k.0", "1"),
        ("map.owner", "merge(local.base, { team = \"ml\" }, ({ deep = { k = [1] } }))"),
        ("copy.owner", "local.base"),
        ("block.0.flag", "flag = true"),
    ] {
        assert_eq!(located(found, text, &keys(path)), expected, "{path}");
    }
}

#[test]
fn what_an_override_sets_stands_at_what_it_replaces() {
    let text = "resource \"x\" \"y\" {\n  a = 1\n  b { c = 1 }\n}\n";
    let over = "\n\n\n\n\n\n\n\n\nresource \"x\" \"y\" {\n  a = { k = 2 }\n  new = 3\n  b { c = 2 }\n  b { c = 3 }\n}\n";
    let reading = all(&[("main.tf", text), ("main_override.tf", over)]);
    let found = find(&reading, "terraform:.//x.y");
    assert_eq!(found.attributes.to_json(), json!({"a": {"k": 2}, "new": 3, "b": [{"c": 2}, {"c": 3}]}));
    assert_eq!(found.path, "main.tf");
    assert_eq!(located(found, text, &keys("a")), "a");
    assert_eq!(located(found, text, &keys("new")), "resource \"x\" \"y\"");
    assert_eq!(located(found, text, &keys("b.1.c")), "resource \"x\" \"y\"");
}

#[test]
fn opentofu_files_take_the_place_of_terraform_files() {
    let file = |value: u32| format!("resource \"x\" \"y\" {{\n  a = {value}\n}}\n");
    let reading = all(&[("main.tf", &file(1)), ("main.tofu", &file(2)), ("more.tofu", "")]);
    assert_eq!(reading.resources.len(), 1);
    assert_eq!(find(&reading, "terraform:.//x.y").attributes.to_json(), json!({"a": 2}));
}

#[test]
fn references_are_followed_through_locals_modules_and_loops() {
    let root = r#"
resource "key" "k" {}
resource "key" "many" { for_each = toset(["a", "b"]) }
resource "key" "counted" { count = 2 }
locals {
  keys  = { one = key.k.arn, two = key.many["a"].arn }
  chain = local.keys
}
resource "x" "y" {
  direct   = key.k.arn
  entry    = local.chain.two
  all      = local.keys
  splat    = key.counted[*].arn
  index    = key.counted[0].arn
  unchosen = true ? "plain" : key.k.arn
  absent   = false ? key.k.arn : null
  module   = module.m.bucket
  text     = "${key.k.arn}/*"
  dynamic "block" {
    for_each = key.many
    content { id = block.value.arn }
  }
  depends_on = [key.k]
}
resource "each" "e" {
  for_each = key.many
  id       = each.value.arn
}
module "m" {
  source = "./m"
  key    = key.k.arn
  other  = key.many["b"].id
}
"#;
    let child = r#"
variable "key" {}
variable "other" {}
resource "bucket" "b" { kms = var.key }
resource "bucket" "c" { name = bucket.b.name }
output "bucket" { value = bucket.b.id }
"#;
    let reading = all(&[("main.tf", root), ("m/main.tf", child)]);
    assert_eq!(
        references(find(&reading, "terraform:.//x.y")),
        [
            "direct -> key.k",
            "entry -> key.many[\"a\"]",
            "all -> key.k",
            "all -> key.many[\"a\"]",
            "splat -> key.counted[0]",
            "splat -> key.counted[1]",
            "index -> key.counted[0]",
            "module -> module.m.bucket.b",
            "text -> key.k",
            "block.0.id -> key.many[\"a\"]",
            "block.0.id -> key.many[\"b\"]",
            "block.1.id -> key.many[\"a\"]",
            "block.1.id -> key.many[\"b\"]",
            "depends_on -> key.k",
        ]
    );
    assert_eq!(
        references(find(&reading, "terraform:.//each.e[\"b\"]")),
        ["for_each -> key.many[\"a\"]", "for_each -> key.many[\"b\"]", "id -> key.many[\"b\"]"]
    );
    let bucket = find(&reading, "terraform:.//module.m.bucket.b");
    assert_eq!(references(bucket), ["kms -> key.k"]);
    assert_eq!((bucket.path.as_str(), bucket.module.as_str()), ("m/main.tf", "module.m"));
    assert_eq!(&*bucket.files, ["m/main.tf", "main.tf"]);
    let other = find(&reading, "terraform:.//module.m.bucket.c");
    assert_eq!(references(other), ["name -> module.m.bucket.b"]);
}

#[test]
fn what_a_resource_sets_is_known_to_others() {
    let text = r#"
resource "bucket" "b" {
  count = 2
  name  = "n-${count.index}"
  empty = null
  block { inner = 1 }
}
resource "bucket" "single" { name = "s" }
resource "x" "y" {
  names    = bucket.b[*].name
  second   = bucket.b[1].name
  computed = bucket.b[0].arn
  null     = bucket.b[0].empty
  inner    = bucket.b[0].block[0].inner
  other    = bucket.b[0].block[0].other
  loop     = [for b in bucket.b : b.name]
  whole    = bucket.single
  try      = try(bucket.single.name, "no")
  local    = local.alias.name
  keys     = keys(bucket.single)
}
locals { alias = bucket.single }
"#;
    let reading = all(&[("main.tf", text)]);
    let found = find(&reading, "terraform:.//x.y");
    let names = json!(["n-0", "n-1"]);
    assert_eq!(
        found.attributes.to_json(),
        json!({"names": names, "second": "n-1", "inner": 1, "loop": names, "try": "s", "local": "s"})
    );
    assert_eq!(unknown(found), ["computed", "null", "other", "whole", "keys"]);
}

#[test]
fn an_unknown_number_of_instances_is_one_resource_that_says_so() {
    let text = r#"
variable "v" {}
resource "x" "y" {
  for_each = var.v
  name     = "plain"
  key      = each.key
}
resource "x" "z" { other = x.y["a"].name }
"#;
    let reading = all(&[("main.tf", text)]);
    let found = find(&reading, "terraform:.//x.y");
    assert_eq!(found.attributes.to_json(), json!({"name": "plain"}));
    assert_eq!(unknown(found), ["key", "for_each"]);
    let other = find(&reading, "terraform:.//x.z");
    assert_eq!(
        (unknown(other), references(other)),
        (vec!["other".to_owned()], vec!["other -> x.y".to_owned()])
    );
    assert_eq!(reading.unread, []);
}

#[test]
fn too_many_instances_are_one_and_are_named() {
    let reading = all(&[("main.tf", "resource \"x\" \"y\" {\n  count = 20001\n}\n")]);
    assert_eq!(reading.resources.len(), 1);
    assert_eq!(reading.unread.len(), 1);
    assert!(reading.unread[0].reason.contains("20001 instances"), "{:?}", reading.unread);
    let modules = "module \"m\" {\n  source = \"./m\"\n  count  = 200\n}\n";
    let nested = all(&[("main.tf", modules), ("m/main.tf", "resource \"x\" \"y\" {\n  count = 200\n}\n")]);
    assert!(nested.resources.len() <= budget::MAX_INSTANCES, "{}", nested.resources.len());
    assert!(!nested.unread.is_empty());
}

#[test]
fn modules_that_double_are_cut_and_named() {
    let call = |n: u32| {
        format!("module \"a\" {{\n  source = \"../m{n}\"\n}}\nmodule \"b\" {{\n  source = \"../m{n}\"\n}}\n")
    };
    let files: Vec<(String, String)> = (0..30).map(|n| (format!("m{n}/main.tf"), call(n + 1))).collect();
    let mut files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.push(("m30/main.tf", "resource \"x\" \"y\" {}\n"));
    let reading = all(&files);
    assert!(reading.resources.len() <= budget::MAX_INSTANCES, "{}", reading.resources.len());
    assert!(
        reading.unread.iter().any(|unread| unread.reason.contains("too many instances")),
        "{:?}",
        reading.unread
    );
}

#[test]
fn ten_thousand_instances_share_what_is_alike() {
    let text = "resource \"x\" \"y\" {\n  count = 10000\n  a     = { b = \"c\" }\n}\n";
    let reading = all(&[("main.tf", text)]);
    assert_eq!(reading.resources.len(), 10_000);
    assert_eq!(reading.resources[9_999].address, "x.y[9999]");
    assert!(Arc::ptr_eq(&reading.resources[0].attributes, &reading.resources[9_999].attributes));
    let each = r#"
resource "x" "y" {
  for_each = toset(flatten([for i in range(100) : [for j in range(100) : "k${i}-${j}"]]))
  a        = each.value
}
"#;
    let reading = all(&[("main.tf", each)]);
    assert_eq!(reading.resources.len(), 10_000);
    let last = find(&reading, "terraform:.//x.y[\"k99-99\"]");
    assert_eq!(last.attributes.to_json(), json!({"a": "k99-99"}));
}

#[test]
fn modules_outside_the_repository_are_named() {
    let text = r#"
module "remote" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
}
module "above" { source = "../../x" }
resource "x" "y" { id = module.remote.vpc_id }
"#;
    let reading = all(&[("infra/main.tf", text)]);
    assert_eq!(unknown(find(&reading, "terraform:infra//x.y")), ["id"]);
    let named: Vec<_> =
        reading.not_rendered.iter().map(|unread| (unread.line, unread.reason.as_str())).collect();
    assert_eq!(
        named,
        [
            (Some(2), "the module \"terraform-aws-modules/vpc/aws\" is not in the repository"),
            (Some(6), "the module \"../../x\" is not in the repository"),
        ]
    );
}

#[test]
fn every_call_of_a_module_outside_the_repository_is_counted() {
    let call = "module \"a\" { source = \"org/vpc/aws\" }\n";
    let twice = format!("{call}{}", call.replace("\"a\"", "\"b\""));
    let reading = all(&[("one/main.tf", call), ("two/main.tf", &twice)]);
    let [named] = &reading.not_rendered[..] else { panic!("{:?}", reading.not_rendered) };
    assert_eq!((named.path.as_str(), named.line), ("one/main.tf", Some(1)));
    assert_eq!(
        named.reason,
        "the module \"org/vpc/aws\" is not in the repository; called in 3 places, first here"
    );
}

#[test]
fn modules_that_call_each_other_are_named() {
    let call =
        |source: &str| format!("module \"m\" {{\n  source = \"{source}\"\n}}\nresource \"x\" \"y\" {{}}\n");
    let reading = all(&[("a/main.tf", &call("../b")), ("b/main.tf", &call("../a"))]);
    let subjects: Vec<_> = reading.resources.iter().map(|resource| resource.subject.as_str()).collect();
    assert_eq!(subjects, ["terraform:a//x.y", "terraform:a//module.m.x.y"]);
    assert_eq!(reading.unread.len(), 1);
    assert!(reading.unread[0].reason.contains("calls itself"), "{:?}", reading.unread);
}

#[test]
fn circles_are_named_and_unknown() {
    let text = "locals {\n  a = local.b\n  b = local.a\n}\nresource \"x\" \"y\" {\n  v = try(local.a, 1)\n  w = 1\n}\n";
    let reading = all(&[("main.tf", text)]);
    assert_eq!(unknown(find(&reading, "terraform:.//x.y")), ["v"]);
    assert_eq!(reading.unread[0].reason, "local.a refers to itself");
}

#[test]
fn long_chains_end_before_the_stack_does() {
    let chain = (1..5_000).map(|n| format!("  a{n} = [local.a{}]\n", n - 1)).collect::<Vec<_>>().concat();
    let text = format!("locals {{\n  a0 = [1]\n{chain}}}\n");
    let text = text + "resource \"x\" \"y\" {\n  v = local.a4999\n  w = 1\n}\n";
    let reading = all(&[("main.tf", &text)]);
    let found = find(&reading, "terraform:.//x.y");
    assert_eq!(found.attributes.to_json()["w"], 1);
    assert!(!unknown(found).is_empty());
}

#[test]
fn default_tags_come_from_the_provider_that_a_module_gets() {
    let root = r#"
provider "aws" {
  default_tags { tags = { env = "prod", own = "default" } }
}
provider "aws" {
  alias = "eu"
  default_tags { tags = { env = "eu" } }
}
resource "aws_x" "plain" { tags = { own = "mine" } }
resource "aws_x" "eu" { provider = aws.eu }
module "inherits" { source = "./m" }
module "passed" {
  source    = "./m"
  providers = { aws = aws.eu }
}
module "renamed" {
  source    = "./alias"
  providers = { aws.here = aws.eu }
}
"#;
    let files = [
        ("main.tf", root),
        ("m/main.tf", "resource \"aws_x\" \"y\" {}\n"),
        ("alias/main.tf", "resource \"aws_x\" \"y\" {\n  provider = aws.here\n}\n"),
    ];
    let reading = all(&files);
    let tags = |address: &str| {
        find(&reading, &format!("terraform:.//{address}")).attributes.to_json()["tags_all"].clone()
    };
    assert_eq!(tags("aws_x.plain"), json!({"env": "prod", "own": "mine"}));
    assert_eq!(tags("aws_x.eu"), json!({"env": "eu"}));
    assert_eq!(tags("module.inherits.aws_x.y"), json!({"env": "prod", "own": "default"}));
    assert_eq!(tags("module.passed.aws_x.y"), json!({"env": "eu"}));
    assert_eq!(tags("module.renamed.aws_x.y"), json!({"env": "eu"}));
}

#[test]
fn resources_know_the_configuration_of_their_provider() {
    let root = r#"
variable "region" {}
provider "aws" { region = "eu-west-1" }
provider "aws" {
  alias   = "us"
  region  = "us-${1 + 0}"
  version = "~> 5"
  assume_role { role_arn = "r" }
}
provider "google" { region = var.region }
resource "aws_x" "plain" {}
resource "aws_x" "us" { provider = aws.us }
resource "google_x" "g" {}
resource "azurerm_x" "a" {}
module "passed" {
  source    = "./m"
  providers = { aws = aws.us }
}
"#;
    let reading = all(&[("main.tf", root), ("m/main.tf", "resource \"aws_x\" \"y\" {}\n")]);
    let provider = |address: &str| {
        let provider = find(&reading, &format!("terraform:.//{address}")).provider.clone().unwrap();
        json!([provider.name, provider.alias, provider.config.to_json()])
    };
    assert_eq!(provider("aws_x.plain"), json!(["aws", "", {"region": "eu-west-1"}]));
    let us = json!({"region": "us-1", "assume_role": [{"role_arn": "r"}]});
    assert_eq!(provider("aws_x.us"), json!(["aws", "us", us]));
    assert_eq!(provider("module.passed.aws_x.y"), json!(["aws", "", us]), "as its caller passes it");
    assert_eq!(provider("google_x.g"), json!(["google", "", {}]));
    let unknown = find(&reading, "terraform:.//google_x.g").provider.clone().unwrap().config.unknown_paths();
    assert_eq!(unknown.len(), 1, "the region is not known");
    assert_eq!(provider("azurerm_x.a"), json!(["azurerm", "", {}]), "not configured here");
}

#[test]
fn file_functions_read_the_repository_and_nothing_else() {
    let text = r#"
resource "x" "y" {
  card     = file("${path.module}/README.md")
  rendered = templatefile("values.yaml", { name = "n" })
  outside  = file("../secret.yaml")
  absolute = file("/etc/passwd")
  missing  = fileexists("nothing.yaml")
}
"#;
    let files = [
        ("infra/main.tf", text),
        ("infra/values.yaml", "name: ${name}\n"),
        ("infra/README.md", "---\na: 1\n---\n"),
    ];
    let reading = all(&files);
    let found = find(&reading, "terraform:infra//x.y");
    assert_eq!(found.attributes.to_json(), json!({"card": "---\na: 1\n---\n", "rendered": "name: n\n"}));
    assert_eq!(unknown(found), ["outside", "absolute", "missing"]);
}

#[test]
fn one_expression_can_be_evaluated() {
    assert_eq!(evaluate_text("1 + 2"), Ok(Value::number(3_usize)));
    assert!(evaluate_text("1 +").is_err());
    assert!(evaluate_text("[][0]").is_err());
}

#[test]
fn naming_a_large_value_again_and_again_ends() {
    let numbers = "flatten([for a in range(200) : range(100)])";
    let text = "join(\"a\", [for a in range(1000) : join(\"b\", range(100))])";
    for (of, look) in [
        (numbers, "v == v"),
        (numbers, "true ? v : []"),
        (numbers, "try([for x in v : [][0]], 0)"),
        (text, "upper(v)"),
    ] {
        let repeated =
            format!("[for v in [{of}] : [for a in range(1000) : [for b in range(1000) : {look}]]]");
        assert_eq!(evaluate_text(&repeated), Err("this takes too much work".to_owned()), "{look}");
    }
}
