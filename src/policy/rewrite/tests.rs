use serde_json::{Value as Json, json};

use super::super::ast::RegoFile;
use super::super::machine::Local;

/// The value of `data.t.p`.
fn value(text: &str, input: &Json) -> Json {
    let file = RegoFile::parse("t.rego".to_owned(), text.to_owned()).unwrap();
    assert_eq!(file.engine_text.lines().count(), text.lines().count(), "{}", file.engine_text);
    let shown = file.engine_text.to_string();
    let machine = Local::new([file].into(), json!({}), true);
    let mut values = machine.rules(&["data.t.p".to_owned()], &regorus::Value::from(input.clone()));
    values.remove(0).unwrap_or_else(|refusal| panic!("{refusal}\n{shown}"))
}

/// What OPA 1.4 says of each, as `p { .. }`.
#[test]
fn negation_is_undefined_where_opa_says_so() {
    let input = json!({"f": false, "s": "s", "list": [], "o": {}, "a": {}});
    let rules = "import future.keywords.in\ng(x) = 1 { x > 5 }\nf1(x) = true { x > 1 }\nabsent { false }\n";
    for (body, holds) in [
        ("not f1(input.missing)", false),
        ("not input.missing > 5", false),
        ("not input.missing == 5", true),
        ("not count(input.missing) == 0", false),
        ("not startswith(input.missing, \"a\")", false),
        ("not input.missing", true),
        ("not input.missing.x", true),
        ("not f1(f1(input.missing))", false),
        ("not f1(input.missing + 1)", false),
        ("not {1, 2}[input.missing]", false),
        ("not input.missing != 5", false),
        ("x := input.o; not f1(x.y)", false),
        ("not f1(data.t.absent)", false),
        ("not f1(absent)", false),
        ("not regex.match(\"a\", object.get(input, \"missing\", \"b\"))", true),
        ("not [input.missing]", false),
        ("not f1([input.missing])", false),
        ("not input.o[input.missing]", false),
        ("not \"a\" == input.missing", true),
        ("not f1({\"a\": input.missing})", false),
        ("not g(1) == 5", false),
        ("not f1(g(1))", false),
        ("not g(1)", true),
        ("not input.missing in {1, 2}", false),
        ("not \"x\" in input.missing", false),
        ("not \"x\" in input.list", true),
        ("not g(1) == g(1)", false),
        ("not input.a[input.missing] == 3", false),
        ("not input.missing.x == input.other", true),
        ("not input.missing = 3", true),
        ("not input.missing < 3 with input as {\"missing\": 5}", true),
        ("not f1(input.missing) with input as {}", false),
        ("not g(1) = 5", false),
        ("not {\"a\": input.missing} == {\"a\": 1}", false),
        ("not \"x\" in [input.missing]", false),
        ("not count({x | x := input.missing}) > 0", true),
        ("not input.missing == count(input.list)", true),
        ("not f1(input.missing == 1)", false),
        ("not contains(lower(input.missing), \"a\")", false),
        ("not f1(input.f)", true),
        ("y := [x | x := 1; not f1(input.missing)]; y == []", true),
    ] {
        let want = if holds { json!(true) } else { Json::Null };
        let text = format!("package t\n{rules}p {{ {body} }}\n");
        assert_eq!(value(&text, &input), want, "{body}");
        let v1 = format!(
            "package t\nimport rego.v1\ng(x) := 1 if x > 5\nf1(x) if x > 1\nabsent if false\np if {{\n\t{body}\n}}\n"
        );
        assert_eq!(value(&v1, &input), want, "{body}");
    }
    let text = "package t\nimport rego.v1\nf1(x) if x > 1\np contains \"x\" if not f1(input.missing)\n";
    assert_eq!(value(text, &input), json!([]));
    let text = "package t\nimport rego.v1\nf1(x) if x > 1\np contains [1, input.f] if not f1(input.f)\n";
    assert_eq!(value(text, &input), json!([[1, false]]));
}

#[test]
fn walk_gives_its_pairs_in_every_form() {
    let input = json!({"a": 1, "b": {"c": 1}});
    for body in [
        "p[v] { [path, v] := walk(input); v == 1 }",
        "p[v] { [_, v] := walk(input); v == 1 }",
        "p[v] { [path, v] = walk(input); v == 1 }",
        "p[v] { x := walk(input); v := x[1]; v == 1 }",
        "p[v] { walk(input, [_, v]); v == 1 }",
        "p[v] { l := [v | [_, v] := walk(input); v == 1]; v := l[_] }",
        "p[v] {\n\t[\n\t\tpath,\n\t\tv,\n\t] := walk(input)\n\tv == 1\n}",
        "all(o) = r { r := {v | [_, v] := walk(o)} }\np[v] { v := all(input)[_]; v == 1 }",
    ] {
        assert_eq!(value(&format!("package t\n{body}\n"), &input), json!([1]), "{body}");
    }
    let v1 = "package t\nimport rego.v1\npath := 3\np contains v if {\n\t[path, v] := walk(input)\n\tpath[0] == \"b\"\n\tv == 1\n}\n";
    assert_eq!(value(v1, &input), json!([1]), "a rule of the same name is hidden");
    for body in ["p[v] { v := walk(input)[_]; v == 1 }", "p { count(walk(input)) > 0 }"] {
        let file = RegoFile::parse("t.rego".to_owned(), format!("package t\n{body}\n")).unwrap();
        let refused = file.module.rules[0].refused.clone().unwrap();
        assert_eq!((refused.line, refused.construct.as_deref()), (Some(2), Some("walk")), "{body}");
    }
}

#[test]
fn what_ends_with_a_string_ends_after_its_quote() {
    let input = json!({"a": "x", "o": {"k": 1}});
    for (body, want) in [
        ("p contains input.o[k] if some k in [\"k\", \"none\"]", json!([1])),
        ("q[x] contains input.o[k] if { x := 1; some k in [\"k\", \"none\"] }\np := q[1]", json!([1])),
        ("q[\"x\"] contains input.o[k] if { some k in [\"k\", \"none\"] }\np := q.x", json!([1])),
        ("q.x contains input.o[k] if { some k in [\"k\", \"none\"] }\np := q.x", json!([1])),
        ("p contains {\"v\": input.none} if input.a == \"x\"", json!([])),
        ("p contains {\"v\": input.a} if input.a == \"x\"", json!([{"v": "x"}])),
        ("p contains {\"v\": input.a} if \"x\" == input.a", json!([{"v": "x"}])),
        ("p contains 1 if not startswith(input.none, \"a\")", json!([])),
        ("p contains 1 if not \"x\" in input.none with input.b as \"c\"", json!([])),
        ("p contains 1 if not input.a != `x`", json!([1])),
    ] {
        let text = format!("package t\nimport rego.v1\n{body}\n");
        assert_eq!(value(&text, &input), want, "{body}");
    }
}

/// What does not parse in its other form would be evaluated as it was written.
#[test]
fn every_embedded_file_parses_in_its_other_form() {
    for (name, text) in
        crate::policy::embedded::FILES.iter().filter(|(name, _)| name.strip_suffix(".rego").is_some())
    {
        let file = RegoFile::parse((*name).to_owned(), (*text).to_owned()).unwrap();
        let added = super::super::machine::bare().add_policy(file.name, file.engine_text.to_string());
        assert!(added.is_ok(), "{added:?}");
    }
}

#[test]
fn sets_by_key_lose_only_what_is_undefined() {
    let input = json!({"list": [{"k": "a", "v": 1}, {"k": "a"}, {"k": "b", "v": 2}]});
    let text = "package t\nimport rego.v1\np[key] contains {\"v\": item.v} if {\n\tsome item in input.list\n\tkey := item.k\n}\n";
    assert_eq!(value(text, &input), json!({"a": [{"v": 1}], "b": [{"v": 2}]}));
}

#[test]
fn a_parenthesis_that_begins_a_line_begins_a_statement() {
    let input = json!({"a": 1, "not": 2, "list": [3]});
    for body in [
        "input.a\n\t(input.a + 1) == 2",
        "input.not\n\t(input.a + 1) == 2",
        "input[\"a\"] # why (\n\n\t# more\n\t(input.a + 1) == 2",
        "input.list[_]\n\t(1 == 1)",
        "not\n\t(1 == 2)",
        "count(\n\t\tinput.list\n\t) == 1",
        "input.a ==\n\t(2 - 1)",
        "x := [y |\n\t\ty := input.list[_]\n\t\t(y - 1) == 2\n\t]\n\tx == [3]",
        "\"a\\\"b\" == `a\"b`\n\t(1 == 1)",
    ] {
        let text = format!("package t\nimport rego.v1\np if {{\n\t{body}\n}}\n");
        assert_eq!(value(&text, &input), json!(true), "{body}");
    }
}

/// As OPA evaluates them: the index is what the body binds.
#[test]
fn a_value_with_an_index_before_else() {
    let input = json!({"m": {"x": 1, "y": 2}, "one": {"x": 1}, "k": "y"});
    for (rule, want) in [
        ("p := input.m[k] if { k := input.k } else := 9", json!(2)),
        ("p := input.one[k] if { k := input.k } else := 9", json!(9)),
        ("p := input.m[k] + 1 if k := input.k\nelse := 9", json!(3)),
        ("p := [\n\tinput.m[k],\n\tk,\n] if {\n\tk := input.k\n} else := 9", json!([2, "y"])),
        (
            "p := input.m[k] if {\n\tk := input.k\n\tk == \"x\"\n} else := input.m[k] if {\n\tk := input.k\n}",
            json!(2),
        ),
        ("f(o) := o[k] if { k := input.k } else := 9\np := [f(input.m), f(input.one)]", json!([2, 9])),
        ("p := input.m[k] if k := input.k", json!(2)),
        (
            "p := {v: c |\n\tsome v in [1] # one\n\tc := v ==\n\t\t1\n} if { input.k } else := 9",
            json!({"1": true}),
        ),
        (
            "p := [input.m[k], {v: c |\n\tsome v in [\n\t\t1, # one\n\t]\n\n\t# two\n\tc := v\n\t\t== 1\n}] if {\n\t\
             k := input.k\n} else := 9",
            json!([2, {"1": true}]),
        ),
        ("p := input.m[\"x\"] if { input.k } else := 9", json!(1)),
    ] {
        assert_eq!(value(&format!("package t\nimport rego.v1\n{rule}\n"), &input), want, "{rule}");
    }
    let v0 = "package t\np = input.one[k] { k := input.k } else = 9 { true }\n";
    assert_eq!(value(v0, &input), json!(9));
}

#[test]
fn with_sees_rules() {
    let input = json!({"k": "v"});
    let rules = "i := {\"m\": 1, \"o\": {\"min\": 2}}\nf(h) if input.m <= h.min\n";
    for (body, holds) in [
        ("f(i.o) with input as i", true),
        ("not f(i.o) with input as i", false),
        ("not f(i.o) with input as object.union(i, {\"m\": 3})", true),
        ("x := i; f(x.o) with input as x", true),
        ("f({\"min\": 0}) with input as {\n\t\t\"m\": 0, # none\n\t}", true),
        ("f(i.o) with input.m as i.m", true),
        ("f(i.o) with input as i with input.m as 3", false),
        ("[1 | f(i.o) with input as i] == [1]", true),
        ("every n in [1, 2] { f({\"min\": n}) with input as i }", true),
        ("f(i.o) with input as i\n\t\twith input.m as i.o.min", true),
    ] {
        let text = format!("package t\nimport rego.v1\n{rules}p if {{\n\t{body}\n}}\n");
        assert_eq!(value(&text, &input), if holds { json!(true) } else { Json::Null }, "{body}");
        if !body.contains(';') {
            let text = format!("package t\nimport rego.v1\n{rules}p if {body}\n");
            assert_eq!(value(&text, &input), if holds { json!(true) } else { Json::Null }, "{body}");
        }
    }
}

/// What cannot be written in another form is not evaluated.
#[test]
fn what_cannot_be_rewritten_is_refused() {
    for rule in [
        "p contains [input.m, `a\nb`] if true",
        "p if {\n\tnot startswith(input.m, \"a\") with input.x as `a\nb`\n}",
        "p := input.m[concat(`a\nb`, [k])] if { k := \"a\" } else := 1",
    ] {
        let text = format!("package t\nimport rego.v1\nq := 1\n{rule}\n");
        let rules = RegoFile::parse("t.rego".to_owned(), text).unwrap().module.rules;
        assert_eq!(rules[0].refused, None);
        assert_eq!(rules[1].refused.as_ref().and_then(|refusal| refusal.line), Some(4), "{rule}");
    }
}

#[test]
fn what_the_parser_does_not_take() {
    let input = json!({"a": 1, "two": 2, "three": 3});
    for text in [
        "package t\n\np[x] { x := 1; input.b } { x := 2 }\n{\n\tx := 3\n}\n",
        "package t\n\np[x] {\n\tinput.a == 1\n\tx := told.two\n}\n\nimport input as told\nimport input.three # why\n\np[x] { x := three }\n",
    ] {
        assert_eq!(value(text, &input), json!([2, 3]), "{text}");
    }
    let head = "package t\n\np[{\"m\": x, # why\n\t\"n\": 1}] { x := 1 }\n{ x := 2 }\n";
    let refusal = RegoFile::parse("t.rego".to_owned(), head.to_owned()).unwrap_err();
    assert_eq!(refusal.line, Some(5), "{refusal:?}");
    assert_eq!(refusal.construct.as_deref(), Some("another body of a set rule"), "{refusal:?}");
}
