//! What the goldens cannot hold: files, limits, and that every function is among the goldens.

use std::collections::BTreeMap;

use super::*;
use crate::facts::terraform::value::{Number, Type, Unknown};

/// Files by path; a template is rendered by showing it with its variables.
#[derive(Default)]
struct Repository(BTreeMap<&'static str, &'static [u8]>);

impl Files for Repository {
    fn read(&self, path: &str) -> Option<Result<Arc<[u8]>, String>> {
        self.0.get(path).map(|content| Ok((*content).into()))
    }

    fn list(&self) -> Vec<String> {
        self.0.keys().map(|path| (*path).to_owned()).collect()
    }

    fn render(&self, template: &str, variables: &Value) -> Result<Value, String> {
        Ok(Value::string(format!("{template} with {} variables", variables.length().unwrap_or(0))))
    }
}

fn run(name: &str, args: impl IntoIterator<Item = Value>) -> Result<Value, String> {
    let files = Repository(BTreeMap::from([
        ("policies/a.json", b"{}".as_slice()),
        ("policies/deep/b.json", b"[]"),
        ("policies/notes.txt", b"notes"),
        ("binary", &[0xff, 0xfe]),
        ("greet.tftpl", b"Hello ${name}"),
    ]));
    call(name, args.into_iter().collect(), &files)
}

fn text(text: &str) -> Value {
    Value::string(text)
}

fn number(text: &str) -> Value {
    Value::Number(text.parse::<Number>().unwrap())
}

#[test]
fn names_may_carry_their_namespace() {
    assert_eq!(run("core::upper", [text("a")]), Ok(text("A")));
    assert!(run("nosuch", []).unwrap_err().contains("no function named"));
    assert!(run("provider::x::y", []).is_err());
}

#[test]
fn files_are_those_of_the_repository() {
    assert_eq!(run("file", [text("policies/a.json")]), Ok(text("{}")));
    assert_eq!(run("filebase64", [text("binary")]), Ok(text("//4=")));
    assert!(run("file", [text("binary")]).unwrap_err().contains("UTF-8"));
    assert_eq!(run("filemd5", [text("policies/a.json")]), run("md5", [text("{}")]));
    assert_eq!(run("filesha1", [text("policies/a.json")]), run("sha1", [text("{}")]));
    assert_eq!(run("filesha256", [text("policies/a.json")]), run("sha256", [text("{}")]));
    assert_eq!(run("filesha512", [text("policies/a.json")]), run("sha512", [text("{}")]));
    assert_eq!(run("filebase64sha256", [text("policies/a.json")]), run("base64sha256", [text("{}")]));
    assert_eq!(run("filebase64sha512", [text("policies/a.json")]), run("base64sha512", [text("{}")]));
    assert_eq!(run("fileexists", [text("binary")]), Ok(Value::Bool(true)));
    for path in ["/etc/passwd", "../outside", "~/.ssh/id_rsa", "missing"] {
        for name in ["file", "filebase64", "filemd5"] {
            assert_eq!(run(name, [text(path)]), Ok(Value::unknown_result(Type::String)), "{name} {path}");
        }
        assert_eq!(run("fileexists", [text(path)]), Ok(Value::unknown_result(Type::Bool)));
    }
}

#[test]
fn templates_are_rendered_by_the_evaluator() {
    let variables = || Value::object([("name", text("you"))]);
    let rendered = Ok(text("Hello ${name} with 1 variables"));
    assert_eq!(run("templatefile", [text("greet.tftpl"), variables()]), rendered);
    assert_eq!(run("templatestring", [text("Hello ${name}"), variables()]), rendered);
    assert!(run("templatefile", [text("missing"), variables()]).unwrap().is_unknown());
    assert!(run("templatefile", [text("greet.tftpl"), text("x")]).is_err());
    assert!(run("templatefile", [text("greet.tftpl"), Value::object([("a b", Value::Null)])]).is_err());
}

#[test]
fn a_fileset_is_known_only_when_all_that_may_match_is_read() {
    let set = |paths: &[&str]| Ok(Value::set(paths.iter().map(|path| text(path))));
    let unknown = Ok(Value::unknown_result(Type::Set(Box::new(Type::String))));
    assert_eq!(run("fileset", [text("policies"), text("*.json")]), set(&["a.json"]));
    assert_eq!(run("fileset", [text("./policies"), text("**/*.json")]), set(&["a.json", "deep/b.json"]));
    assert_eq!(run("fileset", [text("."), text("policies/{a,z}.json")]), set(&["policies/a.json"]));
    assert_eq!(run("fileset", [text("policies"), text("[a-c].json")]), set(&["a.json"]));
    assert_eq!(run("fileset", [text("policies"), text("?.json")]), set(&["a.json"]));
    assert_eq!(run("fileset", [text("policies"), text("*")]), unknown);
    assert_eq!(run("fileset", [text("policies"), text("*.txt")]), unknown);
    assert_eq!(run("fileset", [text("policies"), text("*.yaml")]), unknown);
    assert_eq!(run("fileset", [text("nowhere"), text("*.json")]), unknown);
    assert!(run("fileset", [text("policies"), text("[a")]).is_err());
}

#[test]
fn what_cannot_be_known_is_unknown() {
    let unknown = Ok(Value::unknown_result(Type::String));
    assert_eq!(run("timestamp", []), unknown);
    assert_eq!(run("plantimestamp", []), unknown);
    assert_eq!(run("uuid", []), unknown);
    assert_eq!(run("bcrypt", [text("x"), number("5")]), unknown);
    assert_eq!(run("rsadecrypt", [text("x"), text("y")]), unknown);
    assert_eq!(run("base64gzip", [text("x")]), unknown);
    assert_eq!(run("abspath", [text("x")]), unknown);
    assert_eq!(run("pathexpand", [text("~/x")]), unknown);
    assert_eq!(run("textencodebase64", [text("x"), text("windows-1252")]), unknown);
    assert_eq!(run("textdecodebase64", [text("eA=="), text("windows-1252")]), unknown);
}

#[test]
fn unknown_arguments_leave_the_type_of_the_result() {
    let unknown = || Value::unknown_of(Type::String);
    assert_eq!(run("upper", [Value::unknown()]), Ok(Value::unknown_result(Type::String)));
    assert_eq!(run("length", [unknown()]), Ok(Value::unknown_result(Type::Number)));
    let lists = Type::List(Box::new(Type::Tuple(vec![Type::String, Type::String])));
    assert_eq!(run("regexall", [text("(a)(b)"), unknown()]), Ok(Value::unknown_result(lists)));
    let nothing = Value::Unknown(Unknown { not_null: true, ..Unknown::of(Type::Map(Box::new(Type::Bool))) });
    assert_eq!(run("values", [nothing]), Ok(Value::unknown_result(Type::List(Box::new(Type::Bool)))));
    assert!(run("upper", [Value::unknown_of(Type::List(Box::new(Type::Any)))]).is_err());
    assert!(run("upper", [Value::Null]).unwrap_err().contains("must not be null"));
}

/// Each is refused with its own message, quickly and without filling the memory.
#[test]
fn giants_are_refused() {
    let megabyte = text(&"x\n".repeat(MAX_TEXT / 2));
    let many = || Value::list((0..1_000_i64).map(Value::number));
    let refused = [
        run("format", [text("%1000000000d"), number("1")]),
        run("format", [text("%.1000000000f"), number("1")]),
        run("format", [text(&"%1000000d%[1]s".repeat(3)), number("1"), number("2"), number("3")]),
        run("format", [text("%99999999999999999999999d"), number("1")]),
        run("indent", [number("1000000000"), text("a\nb")]),
        run("join", [megabyte.clone(), Value::list([text("a"), text("b"), text("c")])]),
        run("replace", [megabyte.clone(), text("x"), text("xyz")]),
        run("replace", [megabyte.clone(), text("/x/"), text("xyz")]),
        run("replace", [megabyte.clone(), text(""), text("xyz")]),
        run("split", [text("\n"), megabyte.clone()]),
        run("split", [text(""), megabyte.clone()]),
        run("regexall", [text("x"), megabyte.clone()]),
        run("regex", [text("(((a{100}){100}){100}){100}"), text("a")]),
        run("setproduct", [many(), many()]),
        run("setproduct", [many(), Value::set((0..1_000_i64).map(Value::number))]),
        run("formatlist", [megabyte.clone(), many()]),
        run("base64encode", [megabyte.clone()]),
        run("urlencode", [megabyte.clone()]),
        run("jsonencode", [Value::tuple([megabyte.clone(), megabyte.clone()])]),
        run("yamlencode", [Value::tuple([megabyte.clone(), megabyte.clone()])]),
        run("jsondecode", [text(&"[".repeat(100_000))]),
        run("yamldecode", [text(&"[".repeat(100_000))]),
        run("jsondecode", [text("1e999999999")]),
        run("tonumber", [text("1e999999999")]),
        run("tonumber", [text(&"9".repeat(1_000_000))]),
        run("parseint", [text(&"9".repeat(1_000_000)), number("10")]),
        run("pow", [number("10"), number("1e10")]),
        run("range", [number("1e9")]),
        run("cidrsubnet", [text("10.0.0.0/8"), number("1e9"), number("1")]),
    ];
    for (at, outcome) in refused.iter().enumerate() {
        assert!(outcome.is_err(), "{at} gives {} bytes", format!("{outcome:?}").len());
    }
    let nested = (0..200).fold(Value::tuple([]), |inner, _| Value::tuple([inner]));
    assert_eq!(run("flatten", [nested]).unwrap_err(), "the list is nested too deeply");
}

#[test]
fn every_function_is_compared_with_terraform() {
    const ELSEWHERE: [&str; 13] = [
        "base64gzip",
        "bcrypt",
        "file",
        "filebase64",
        "filebase64sha256",
        "filebase64sha512",
        "fileexists",
        "filemd5",
        "fileset",
        "filesha1",
        "filesha256",
        "filesha512",
        "rsadecrypt",
    ];
    let goldens = [
        include_str!("../../../../tests/golden/terraform/expressions.json"),
        include_str!("../../../../tests/golden/terraform/unknowns.json"),
    ];
    for name in NAMES {
        assert!(find(name).is_some() || matches!(*name, "try" | "can"), "{name} is missing");
        let call = format!("{name}(");
        let own = |at: usize, golden: &str| !golden[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let called = |golden: &str| golden.match_indices(&call).any(|(at, _)| own(at, golden));
        let compared = goldens.into_iter().any(called) || ELSEWHERE.contains(name);
        assert!(compared, "{name} is not compared");
    }
}

/// All functions of Terraform 1.11 but `type`, which only the console has.
const NAMES: &[&str] = &[
    "abs",
    "abspath",
    "alltrue",
    "anytrue",
    "base64decode",
    "base64encode",
    "base64gzip",
    "base64sha256",
    "base64sha512",
    "basename",
    "bcrypt",
    "can",
    "ceil",
    "chomp",
    "chunklist",
    "cidrhost",
    "cidrnetmask",
    "cidrsubnet",
    "cidrsubnets",
    "coalesce",
    "coalescelist",
    "compact",
    "concat",
    "contains",
    "csvdecode",
    "dirname",
    "distinct",
    "element",
    "endswith",
    "ephemeralasnull",
    "file",
    "filebase64",
    "filebase64sha256",
    "filebase64sha512",
    "fileexists",
    "filemd5",
    "fileset",
    "filesha1",
    "filesha256",
    "filesha512",
    "flatten",
    "floor",
    "format",
    "formatdate",
    "formatlist",
    "indent",
    "index",
    "issensitive",
    "join",
    "jsondecode",
    "jsonencode",
    "keys",
    "length",
    "list",
    "log",
    "lookup",
    "lower",
    "map",
    "matchkeys",
    "max",
    "md5",
    "merge",
    "min",
    "nonsensitive",
    "one",
    "parseint",
    "pathexpand",
    "pow",
    "range",
    "regex",
    "regexall",
    "replace",
    "reverse",
    "rsadecrypt",
    "sensitive",
    "setintersection",
    "setproduct",
    "setsubtract",
    "setunion",
    "sha1",
    "sha256",
    "sha512",
    "signum",
    "slice",
    "sort",
    "split",
    "startswith",
    "strcontains",
    "strrev",
    "substr",
    "sum",
    "textdecodebase64",
    "textencodebase64",
    "timeadd",
    "timecmp",
    "timestamp",
    "title",
    "tobool",
    "tolist",
    "tomap",
    "tonumber",
    "toset",
    "tostring",
    "transpose",
    "trim",
    "trimprefix",
    "trimspace",
    "trimsuffix",
    "try",
    "upper",
    "urlencode",
    "uuid",
    "uuidv5",
    "values",
    "yamldecode",
    "yamlencode",
    "zipmap",
];
