//! Builtins that regorus does not have: some of OPA's
//! (<https://www.openpolicyagent.org/docs/policy-reference/builtins>), Conftest's `parse_config`
//! (<https://www.conftest.dev/>) and the `result.new` of Trivy's checks. A type error is undefined, as everywhere.
//!
//! Left out: what reaches outside or needs a key (`http.send`, `io.jwt.*`, `crypto.x509.*`, `net.lookup_ip_addr`) and what would
//! need an engine of its own (`graphql.*`, `strings.render_template`, `rego.parse_module`, `rego.metadata.*`, JSON schemas). A
//! rule that calls one of these is not evaluated.

use std::collections::{BTreeMap, BTreeSet};

use md5::Md5;
use regorus::{Engine, Value};
use sha1::Sha1;
use sha2::Sha256;

use super::format::sprintf;
use super::legacy::{members, put};
use super::network::Network;
use crate::source::{self, Kind};

/// The longest text that `parse_config` reads.
const MAX_CONFIG: usize = 1 << 20;

/// Adds them to an engine.
pub(super) fn add(engine: &mut Engine) {
    put(engine, "crypto.md5", 1, hashed::<Md5>);
    put(engine, "crypto.sha1", 1, hashed::<Sha1>);
    put(engine, "crypto.sha256", 1, hashed::<Sha256>);
    // regorus's own panics on an empty array.
    put(engine, "object.subset", 2, |args| {
        let [whole, part] = args else { return None };
        let collections = [whole, part]
            .into_iter()
            .all(|value| matches!(value, Value::Object(_) | Value::Array(_) | Value::Set(_)));
        collections.then(|| holds(whole, part))
    });
    // regorus's own is undefined where an argument is missing or does not fit.
    put(engine, "sprintf", 2, sprintf);
    put(engine, "opa.runtime", 0, |_| Some(Value::new_object()));
    put(engine, "regex.find_all_string_submatch_n", 3, submatches);
    put(engine, "net.cidr_intersects", 2, |args| {
        let [a, b] = args else { return None };
        Some(network(a)?.overlaps(&network(b)?))
    });
    put(engine, "net.cidr_overlap", 2, |args| {
        let [a, b] = args else { return None };
        Some(network(a)?.contains(&network(b)?))
    });
    put(engine, "net.cidr_merge", 1, |args| {
        let networks = members(args.first())?.iter().map(network).collect::<Option<Vec<_>>>()?;
        let merged = Network::merge(networks).into_iter().map(|network| Value::from(network.to_string()));
        Some(Value::from(merged.collect::<BTreeSet<Value>>()))
    });
    put(engine, "net.cidr_contains_matches", 2, contains_matches);
    put(engine, "parse_config", 2, |args| {
        let [Value::String(parser), Value::String(text)] = args else { return None };
        parse_config(parser, text)
    });
    put(engine, "result.new", 2, |args| {
        let [message @ Value::String(_), cause] = args else { return None };
        Some(trivy_result(message, cause))
    });
}

/// Is every part in the whole? Members of objects may be parts themselves; an array's stand side by side.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| holds(whole, part)))
        }
        (Value::Set(whole), Value::Set(part)) => part.is_subset(whole),
        (Value::Array(_), Value::Array(part)) if part.is_empty() => true,
        (Value::Array(whole), Value::Array(part)) => {
            whole.as_slice().windows(part.len()).any(|window| window == part.as_slice())
        }
        (Value::Array(whole), Value::Set(part)) => part.iter().all(|item| whole.as_slice().contains(item)),
        _ => whole == part,
    }
}

fn hashed<D: md5::Digest>(args: &[Value]) -> Option<String> {
    let [Value::String(text)] = args else { return None };
    Some(data_encoding::HEXLOWER.encode(&D::digest(text.as_bytes())))
}

/// Every match with its groups, at most so many (all, if negative).
fn submatches(args: &[Value]) -> Option<Value> {
    let [Value::String(pattern), Value::String(text), most] = args else { return None };
    let most = usize::try_from(most.as_i64().ok()?).unwrap_or(usize::MAX);
    let regex = super::pattern::compiled(pattern)?;
    let found = regex.captures_iter(text).take(most).map(|captures| {
        let groups = captures.iter().map(|group| Value::from(group.map_or("", |found| found.as_str())));
        Value::from(groups.collect::<Vec<_>>())
    });
    Some(Value::from(found.collect::<Vec<_>>()))
}

fn network(value: &Value) -> Option<Network> {
    let Value::String(text) = value else { return None };
    text.parse().ok()
}

/// Networks by the key under which a collection holds them; a lone string has none. A member may be an array
/// that begins with its network.
fn keyed(value: &Value) -> Option<Vec<(Value, Network)>> {
    let of = |value: &Value| match value {
        Value::Array(items) => network(items.first()?),
        other => network(other),
    };
    match value {
        Value::String(_) => Some(vec![(value.clone(), network(value)?)]),
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, item)| Some((Value::from(at as u64), of(item)?))).collect()
        }
        Value::Set(items) => items.iter().map(|item| Some((item.clone(), of(item)?))).collect(),
        Value::Object(items) => items.iter().map(|(key, item)| Some((key.clone(), of(item)?))).collect(),
        _ => None,
    }
}

fn contains_matches(args: &[Value]) -> Option<Value> {
    let [outer, inner] = args else { return None };
    let (outer, inner) = (keyed(outer)?, keyed(inner)?);
    let pairs = outer.iter().flat_map(|(key, wide)| {
        let within = inner.iter().filter(|(_, narrow)| wide.contains(narrow));
        within.map(move |(other, _)| Value::from(vec![key.clone(), other.clone()]))
    });
    Some(Value::from(pairs.collect::<BTreeSet<Value>>()))
}

/// A text as Conftest's parser of that name gives it, for those formats that are read here.
fn parse_config(parser: &str, text: &str) -> Option<Value> {
    let (path, kind) = match parser {
        "hcl2" => ("config.tf", Kind::Terraform),
        "yaml" => ("config.yaml", Kind::Yaml),
        "json" => ("config.json", Kind::Json),
        "toml" => ("config.toml", Kind::Pyproject),
        "dockerfile" => ("Dockerfile", Kind::Dockerfile),
        _ => return None,
    };
    let bytes = text.get(..text.len().min(MAX_CONFIG)).filter(|kept| kept.len() == text.len())?;
    let document = source::read(path, kind, bytes.as_bytes().into(), false).document?;
    let mut values: Vec<Value> = document.values().iter().map(|node| Value::from(node.to_json())).collect();
    match values.len() {
        1 => values.pop(),
        _ => Some(Value::from(values)),
    }
}

/// What a Trivy check reports: its message, and the lines of the cause where the input states them.
fn trivy_result(message: &Value, cause: &Value) -> Value {
    let mut result = BTreeMap::from([(Value::from("msg"), message.clone())]);
    for (name, keys) in [("startline", ["StartLine", "startline"]), ("endline", ["EndLine", "endline"])] {
        let Value::Object(cause) = cause else { break };
        let found = keys.iter().find_map(|key| cause.get(&Value::from(*key)));
        result.extend(found.map(|line| (Value::from(name), line.clone())));
    }
    Value::from(result)
}

#[cfg(test)]
mod tests {
    use crate::policy::machine;

    /// The results are those of OPA 1.10, where it has the builtin.
    #[test]
    fn they_give_what_the_real_tools_give() {
        for (expression, want) in [
            ("crypto.md5(\"a\")", "\"0cc175b9c0f1b6a831c399e269772661\""),
            ("crypto.sha1(\"a\")", "\"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\""),
            ("crypto.sha256(1)", "undefined"),
            (
                "regex.find_all_string_submatch_n(\"a(x*)b(y|z)?c\", \"axxxbyc-abzc\", -1)",
                "[[\"axxxbyc\",\"xxx\",\"y\"],[\"abzc\",\"\",\"z\"]]",
            ),
            ("regex.find_all_string_submatch_n(\"a\", \"aaa\", 2)", "[[\"a\"],[\"a\"]]"),
            ("net.cidr_intersects(\"10.0.0.0/8\", \"10.1.2.0/24\")", "true"),
            ("net.cidr_intersects(\"10.0.0.0/8\", \"11.0.0.0/8\")", "false"),
            ("net.cidr_intersects(\"10.0.0.0/8\", \"x\")", "undefined"),
            ("net.cidr_merge([\"192.0.128.0/24\", \"192.0.129.0/24\"])", "[\"192.0.128.0/23\"]"),
            (
                "net.cidr_merge({\"10.0.0.0/8\", \"10.1.0.0/16\", \"::1/128\"})",
                "[\"10.0.0.0/8\",\"::1/128\"]",
            ),
            (
                "net.cidr_contains_matches(\"1.1.1.0/24\", \"1.1.1.128/25\")",
                "[[\"1.1.1.0/24\",\"1.1.1.128/25\"]]",
            ),
            (
                "net.cidr_contains_matches([\"1.1.2.0/24\", \"1.1.0.0/22\"], {\"a\": \"1.1.1.128\", \"b\": [\"1.1.2.254\", 1]})",
                "[[0,\"b\"],[1,\"a\"],[1,\"b\"]]",
            ),
            ("object.subset({\"a\": [1, 2], \"b\": 1}, {\"a\": []})", "true"),
            ("object.subset([1, 2, 3], [2, 3])", "true"),
            ("object.subset([1, 2, 3], [1, 3])", "false"),
            ("object.subset([1, 2, 3], {1, 3})", "true"),
            ("object.subset({\"a\": {\"x\": 1}}, {\"a\": {\"x\": 2}})", "false"),
            ("object.subset(1, {})", "undefined"),
            ("opa.runtime()", "{}"),
            (
                "json.patch({\"a\": 1}, [{\"op\": \"add\", \"path\": \"/b\", \"value\": 2}])",
                "{\"a\":1,\"b\":2}",
            ),
            ("parse_config(\"yaml\", \"a: [1]\")", "{\"a\":[1]}"),
            (
                "parse_config(\"hcl2\", \"resource \\\"t\\\" \\\"n\\\" { a = 1 }\")",
                "{\"resource\":{\"t\":{\"n\":[{\"a\":1}]}}}",
            ),
            ("parse_config(\"toml\", \"a = 1\")", "{\"a\":1}"),
            ("parse_config(\"nginx\", \"\")", "undefined"),
            (
                "result.new(\"m\", {\"StartLine\": 3, \"EndLine\": 4})",
                "{\"endline\":4,\"msg\":\"m\",\"startline\":3}",
            ),
        ] {
            let mut engine = machine::empty();
            let text = format!("package t\nimport rego.v1\nx := y if y := {expression}\n");
            engine.add_policy("t.rego".to_owned(), text).unwrap();
            let got = match engine.eval_rule("data.t.x".to_owned()).unwrap() {
                regorus::Value::Undefined => "undefined".to_owned(),
                value => serde_json::to_value(&value).unwrap().to_string(),
            };
            assert_eq!(got, want, "{expression}");
        }
    }
}
