//! The `Globals` of a SAM template, merged into the resources of their type
//! (<https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>).

use super::evaluate::Evaluator;
use super::map;
use crate::facts::weight;
use crate::source::{Entry, Node, Value};

pub(super) const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// The properties of a resource together with the globals of its type; `None` when it has none.
pub(super) fn with_globals(
    evaluator: &Evaluator<'_, '_>,
    globals: Option<&Node>,
    kind: &str,
    properties: Option<&Node>,
) -> Option<Node> {
    let section = globals?.get(kind.strip_prefix("AWS::Serverless::")?)?;
    let whole = properties.map_or(0, weight) + weight(section);
    if !evaluator.spend(whole) {
        return None;
    }
    Some(match properties {
        Some(properties) => merge(section, properties),
        None => section.clone(),
    })
}

/// Maps are merged, lists added up with the global items first, anything else is replaced. A call of
/// a function counts as a plain value.
fn merge(global: &Node, local: &Node) -> Node {
    match (&global.value, &local.value) {
        (Value::List(first), Value::List(second)) => {
            Node::new(Value::List(first.iter().chain(second).cloned().collect()), local.span)
        }
        (Value::Map(general), Value::Map(own)) if !is_call(general) && !is_call(own) => {
            let mut entries: Vec<Entry> = own
                .iter()
                .map(|entry| match global.get(&entry.key) {
                    Some(general) => Entry { node: merge(general, &entry.node), ..entry.clone() },
                    None => entry.clone(),
                })
                .collect();
            entries.extend(general.iter().filter(|entry| local.get(&entry.key).is_none()).cloned());
            map(entries, local.span)
        }
        _ => local.clone(),
    }
}

fn is_call(entries: &[Entry]) -> bool {
    matches!(entries, [call] if call.key == "Ref" || call.key.starts_with("Fn::"))
}
