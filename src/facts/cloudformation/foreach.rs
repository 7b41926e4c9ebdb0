//! Loops of `AWS::LanguageExtensions`: `Fn::ForEach::<Name>: [Identifier, [a, b], {Key${Identifier}: ...}]`
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html>).

use std::borrow::Cow;

use super::evaluate::Evaluator;
use super::function;
use crate::facts::weight;
use crate::source::{Entry, Node, Value};

const PREFIX: &str = "Fn::ForEach::";
/// Loops within loops, by the documentation.
const MAX_LOOPS: usize = 5;

/// Entries in place of the loops among `entries`. A loop over something unknown, or one that grows
/// too large, stays as it is.
pub(super) fn expand<'e>(
    evaluator: &mut Evaluator<'_, '_>,
    entries: &'e [Entry],
    depth: usize,
) -> Cow<'e, [Entry]> {
    if !entries.iter().any(|entry| entry.key.starts_with(PREFIX)) || depth == MAX_LOOPS {
        return Cow::Borrowed(entries);
    }
    let mut expanded = Vec::with_capacity(entries.len());
    for entry in entries {
        let unrolled = if entry.key.starts_with(PREFIX) { unroll(evaluator, entry) } else { None };
        match unrolled {
            Some(unrolled) => expanded.extend(expand(evaluator, &unrolled, depth + 1).into_owned()),
            None => expanded.push(entry.clone()),
        }
    }
    let mut seen = std::collections::HashSet::new();
    expanded.retain(|entry| seen.insert(entry.key.clone()));
    Cow::Owned(expanded)
}

fn unroll(evaluator: &mut Evaluator<'_, '_>, entry: &Entry) -> Option<Vec<Entry>> {
    let [identifier, collection, body] = entry.node.items() else { return None };
    let identifier = identifier.as_str()?;
    let collection = evaluator.value(collection)?;
    let Value::List(items) = &collection.value else { return None };
    let values: Option<Vec<String>> = items.iter().map(function::scalar).collect();
    let mut unrolled = Vec::new();
    for value in values? {
        let names = Names { identifier, value: &value };
        if !evaluator.spend(weight(body)) {
            return None;
        }
        unrolled.extend(names.entries(evaluator, body.entries())?);
    }
    Some(unrolled)
}

/// One turn of a loop.
struct Names<'a> {
    identifier: &'a str,
    value: &'a str,
}

impl Names<'_> {
    fn entries(&self, evaluator: &Evaluator<'_, '_>, entries: &[Entry]) -> Option<Vec<Entry>> {
        let mut replaced = Vec::with_capacity(entries.len());
        for entry in entries {
            let key = self.text(evaluator, &entry.key)?;
            replaced.push(Entry { key, key_span: entry.key_span, node: self.node(evaluator, &entry.node)? });
        }
        Some(replaced)
    }

    fn node(&self, evaluator: &Evaluator<'_, '_>, node: &Node) -> Option<Node> {
        let value = match &node.value {
            Value::String(text) => Value::String(self.text(evaluator, text)?),
            Value::List(items) => {
                let items: Option<_> = items.iter().map(|item| self.node(evaluator, item)).collect();
                Value::List(items?)
            }
            Value::Map(entries) => match entries.as_slice() {
                [call] if call.key == "Ref" && call.node.as_str() == Some(self.identifier) => {
                    Value::String(self.value.to_owned())
                }
                entries => Value::Map(self.entries(evaluator, entries)?),
            },
            other => other.clone(),
        };
        Some(Node::new(value, node.span))
    }

    /// `${Identifier}` is the value, `&{Identifier}` its letters and digits.
    fn text(&self, evaluator: &Evaluator<'_, '_>, text: &str) -> Option<String> {
        let mut replaced = text.to_owned();
        for (mark, keep) in [("${", false), ("&{", true)] {
            let name = format!("{mark}{}}}", self.identifier);
            let count = replaced.matches(&name).count();
            if count == 0 {
                continue;
            }
            if !evaluator.spend(count.saturating_mul(self.value.len())) {
                return None;
            }
            let plain: String = self.value.chars().filter(|c| !keep || c.is_ascii_alphanumeric()).collect();
            replaced = replaced.replace(&name, &plain);
        }
        Some(replaced)
    }
}
