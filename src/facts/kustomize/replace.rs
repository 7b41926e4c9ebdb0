//! Replacements: a field of one object put into fields of others
//! (<https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/>).
//!
//! A value that cannot be known (from a `ConfigMap` made of a file that is not here) makes its targets
//! unknown, too.

use super::edit;
use super::target::Target;
use crate::facts::kubernetes::Object;
use crate::facts::weight;
use crate::model::Span;
use crate::source::{Node, Value};

/// What a text may grow to, part by part.
const MAX_TEXT: usize = 1024 * 1024;

/// Counts the bytes of a value that is made.
type Spend<'s> = &'s dyn Fn(usize) -> Result<(), String>;

/// Runs one entry of `replacements`.
pub(super) fn run(rule: &Node, objects: &mut [Object], spend: Spend<'_>) -> Result<(), String> {
    let source = rule.get("source").ok_or("a replacement without a source")?;
    let word = |key: &str| source.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
    let is = |key: &str, own: &str| word(key).is_none_or(|wanted| wanted == own);
    let mut found = objects.iter().filter(|object| {
        is("group", object.group())
            && is("version", object.version())
            && is("kind", object.kind())
            && object.ids().any(|(name, namespace)| is("name", name) && is("namespace", namespace))
    });
    let (Some(object), None) = (found.next(), found.next()) else {
        return Err("a replacement whose source is not one object".to_owned());
    };
    let path = word("fieldPath").unwrap_or("metadata.name");
    let value = read(&object.node, &segments(path));
    let value = value.ok_or_else(|| format!("a replacement from `{path}`, which is not there"))?;
    let value = part(value, source.get("options"))?;
    for target in rule.get("targets").map(Node::items).unwrap_or_default() {
        put(target, &value, objects, spend)?;
    }
    Ok(())
}

fn put(rule: &Node, value: &Node, objects: &mut [Object], spend: Spend<'_>) -> Result<(), String> {
    spend(objects.len() * 64)?;
    let select = Target::of(rule.get("select").ok_or("a replacement without a target")?)?;
    let rejected = rule.get("reject").map(Node::items).unwrap_or_default().iter();
    let rejected: Vec<Target> = rejected.map(Target::of).collect::<Result<_, _>>()?;
    let options = rule.get("options");
    let create = options.and_then(|options| options.get("create")?.as_bool()).unwrap_or(false);
    let chosen = |object: &&mut Object| {
        select.matches(object) && !rejected.iter().any(|rejected| rejected.matches(object))
    };
    for object in objects.iter_mut().filter(chosen) {
        let paths = rule.get("fieldPaths").map(Node::strings).filter(|paths| !paths.is_empty());
        for path in paths.unwrap_or_else(|| vec!["metadata.name"]) {
            let at = object.header;
            if path == "metadata.name" {
                object.past.push((object.name().to_owned(), object.namespace().to_owned()));
            }
            let mut places = Vec::new();
            let segments = segments(path);
            spend(weight(&object.node) / 64)?;
            if !edit::fits(value, segments.len()) {
                return Err("a replacement that nests too deep".to_owned());
            }
            reach(&mut object.node, &segments, create, at, &mut places);
            if places.is_empty() {
                return Err(format!("a replacement of `{path}`, which is not there"));
            }
            for place in places {
                let made = replaced(place, value, options)?;
                spend(weight(&made))?;
                *place = made.standing_at(at);
            }
        }
    }
    Ok(())
}

/// The part of a source that its options choose.
fn part(value: &Node, options: Option<&Node>) -> Result<Node, String> {
    let Some((delimiter, index)) = delimiter(options)? else { return Ok(value.clone()) };
    let Some(text) = value.as_str() else { return Ok(value.clone()) };
    let part = usize::try_from(index).ok().and_then(|index| text.split(delimiter).nth(index));
    part.map(|part| Node::string(part, value.span))
        .ok_or_else(|| format!("part {index} of a replacement's source, which is not there"))
}

/// What a target becomes: a scalar keeps its type, and with a delimiter only one part changes.
fn replaced(target: &Node, value: &Node, options: Option<&Node>) -> Result<Node, String> {
    let Some(new) = text(value) else { return Ok(value.clone()) };
    if target.is_unknown() {
        return Ok(if delimiter(options)?.is_some() { target.clone() } else { value.clone() });
    }
    let Some((delimiter, index)) = delimiter(options)? else {
        return Ok(match (&target.value, &value.value) {
            (Value::String(_), _) => Node::string(new, value.span),
            (Value::Number(_), Value::String(text)) => text
                .parse()
                .map_or_else(|_| value.clone(), |number| Node::new(Value::Number(number), value.span)),
            (Value::Bool(_), Value::String(text)) => {
                text.parse().map_or_else(|_| value.clone(), |held| Node::new(Value::Bool(held), value.span))
            }
            _ => value.clone(),
        });
    };
    let old = text(target).unwrap_or_default();
    if old.len() + new.len() > MAX_TEXT {
        return Err("a replacement that makes too long a text".to_owned());
    }
    let mut parts: Vec<&str> = old.split(delimiter).collect();
    match usize::try_from(index) {
        Err(_) => parts.insert(0, &new),
        Ok(index) => match parts.get_mut(index) {
            Some(part) => *part = &new,
            None => parts.push(&new),
        },
    }
    Ok(Node::string(parts.join(delimiter), value.span))
}

fn delimiter(options: Option<&Node>) -> Result<Option<(&str, i64)>, String> {
    let Some(options) = options else { return Ok(None) };
    if options.get("encoding").is_some() {
        return Err("`encoding` of a replacement is not supported".to_owned());
    }
    let delimiter = options.get("delimiter").and_then(Node::as_str).filter(|text| !text.is_empty());
    let index = match options.get("index").map(|index| &index.value) {
        Some(Value::Number(index)) => index.as_i64().unwrap_or(0),
        _ => 0,
    };
    Ok(delimiter.map(|delimiter| (delimiter, index)))
}

fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(held) => Some(held.to_string()),
        _ => None,
    }
}

/// `spec.containers.[name=a].image`: dots separate, but not within brackets or after a backslash.
fn segments(path: &str) -> Vec<String> {
    let mut segments = vec![String::new()];
    let (mut brackets, mut escaped) = (false, false);
    for letter in path.chars() {
        let Some(last) = segments.last_mut() else { break };
        match letter {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '.' if !brackets && !escaped => segments.push(String::new()),
            _ => {
                brackets = (brackets || letter == '[') && letter != ']';
                last.push(letter);
            }
        }
        escaped = false;
    }
    // `[a.b/c]` without a value is the key `a.b/c`.
    let plain = |segment: String| match segment.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(key) if !key.contains('=') => key.to_owned(),
        _ => segment,
    };
    segments.into_iter().map(plain).collect()
}

/// `[key=value]` of a list.
fn condition(segment: &str) -> Option<(&str, &str)> {
    segment.strip_prefix('[')?.strip_suffix(']')?.split_once('=')
}

fn meets(item: &Node, (key, value): (&str, &str)) -> bool {
    item.get(key).and_then(text).as_deref() == Some(value)
}

fn read<'n>(node: &'n Node, path: &[String]) -> Option<&'n Node> {
    if node.is_unknown() {
        return Some(node);
    }
    let Some((segment, rest)) = path.split_first() else { return Some(node) };
    let inner = match &node.value {
        Value::List(items) => match condition(segment) {
            Some(condition) => items.iter().find(|item| meets(item, condition)),
            None => items.get(segment.parse::<usize>().ok()?),
        },
        _ => node.get(segment),
    };
    read(inner?, rest)
}

/// The places that a path leads to.
fn reach<'n>(node: &'n mut Node, path: &[String], create: bool, at: Span, found: &mut Vec<&'n mut Node>) {
    let Some((segment, rest)) = path.split_first() else {
        found.push(node);
        return;
    };
    if create && condition(segment).is_none() && segment != "*" && node.get(segment).is_none() {
        edit::set(node, segment, Node::new(Value::Null, at), at);
    }
    match &mut node.value {
        Value::List(items) => {
            let index = segment.parse::<usize>().ok();
            for (own, item) in items.iter_mut().enumerate() {
                let chosen = segment == "*"
                    || index == Some(own)
                    || condition(segment).is_some_and(|condition| meets(item, condition));
                if chosen {
                    reach(item, rest, create, at, found);
                }
            }
        }
        Value::Map(entries) => {
            for entry in entries.iter_mut().filter(|entry| segment == "*" || entry.key == *segment) {
                reach(&mut entry.node, rest, create, at, found);
            }
        }
        _ => {}
    }
}
