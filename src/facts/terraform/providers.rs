//! What a provider's configuration adds to its resources.

use std::rc::Rc;

use super::attributes::node;
use super::module::literal;
use super::root::{ModuleInstance, Root};
use crate::model::Span;
use crate::source::hcl::ast::{Access, Block, Expr, ExprKind};
use crate::source::{Entry, Node, Value};

/// `tags_all` as the AWS provider computes it: the provider's `default_tags`, then the resource's.
pub fn add_tags_all<'m>(
    root: &Root<'m>,
    module: &Rc<ModuleInstance<'m>>,
    block: &Block,
    entries: &mut Vec<Entry>,
) {
    let wanted = block.body.attribute("provider").and_then(|attribute| name(&attribute.value));
    let alias = wanted.and_then(|name| name.alias);
    let defaults = default_tags(root, module, alias);
    let own = entries.iter().find(|entry| entry.key == "tags");
    let Some(at) = own.map(|entry| entry.key_span).or_else(|| defaults.as_ref().map(|_| block.kind.span))
    else {
        return;
    };
    let defaults = defaults.map(|node| node.standing_at(at));
    let merged = merge(defaults.into_iter().chain(own.map(|entry| entry.node.clone())));
    entries.push(Entry { key: "tags_all".to_owned(), key_span: at, node: Node::new(merged, at) });
}

/// Later tags win; one set of tags that is unknown leaves all of them unknown.
fn merge(tags: impl Iterator<Item = Node>) -> Value {
    let mut merged: Vec<Entry> = Vec::new();
    for node in tags {
        let Value::Map(entries) = node.value else { return Value::Unknown };
        for entry in entries {
            merged.retain(|other| other.key != entry.key);
            merged.push(entry);
        }
    }
    Value::Map(merged)
}

/// The default tags of the provider configuration that `aws` or `aws.<alias>` means in a module: its
/// own, the one that its caller passes under that name, or the caller's default.
fn default_tags<'m>(root: &Root<'m>, module: &Rc<ModuleInstance<'m>>, alias: Option<&str>) -> Option<Node> {
    let key = alias.map_or_else(|| "aws".to_owned(), |alias| format!("aws.{alias}"));
    let Some(provider) = module.declared.providers.get(&key) else {
        let caller = module.caller.as_ref()?;
        let instance = caller.instance.upgrade()?;
        let providers = caller.block.body.attribute("providers");
        let passed = providers.and_then(|providers| passed(&providers.value, alias));
        return match (passed, alias) {
            (Some(name), _) => default_tags(root, &instance, name.alias),
            (None, None) => default_tags(root, &instance, None),
            (None, Some(_)) => None,
        };
    };
    let tags = provider.block.body.blocks_of("default_tags").next()?.body.attribute("tags")?;
    let scope = module.scope(root);
    let value = root.budget.whole(|| root.budget.made(scope.value(&tags.value)));
    let value = value.unwrap_or(super::value::Value::unknown());
    if value.is_null() { None } else { Some(node(&value, None, Span::default())) }
}

/// The configuration that a caller passes: `providers = { aws.here = aws.there }`.
fn passed<'e>(providers: &'e Expr, alias: Option<&str>) -> Option<Name<'e>> {
    let ExprKind::Object(entries) = &providers.kind else { return None };
    let meant = Name { kind: "aws", alias };
    let given = entries.iter().find(|(key, _)| name(key) == Some(meant)).map(|(_, given)| given)?;
    name(given).filter(|name| name.kind == "aws")
}

/// `aws` or `aws.alias`.
#[derive(Clone, Copy, PartialEq)]
struct Name<'e> {
    kind: &'e str,
    alias: Option<&'e str>,
}

/// The name of a provider's configuration, also in quotes.
fn name(expr: &Expr) -> Option<Name<'_>> {
    match &expr.kind {
        ExprKind::Variable(kind) => Some(Name { kind, alias: None }),
        ExprKind::Traversal(base, steps) => match (&base.kind, steps.as_slice()) {
            (ExprKind::Variable(kind), [Access::Attribute(alias)]) => Some(Name { kind, alias: Some(alias) }),
            _ => None,
        },
        ExprKind::Parenthesis(inner) => name(inner),
        _ => {
            let text = literal(expr)?;
            let (kind, alias) =
                text.split_once('.').map_or((text, None), |(kind, alias)| (kind, Some(alias)));
            Some(Name { kind, alias })
        }
    }
}
