//! What a provider's configuration adds to its resources.

use std::rc::Rc;
use std::sync::Arc;

use super::attributes::{content, node};
use super::module::literal;
use super::root::{ModuleInstance, Root};
use crate::facts::Provider;
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
    let wanted = wanted(block, "aws");
    let defaults = default_tags(root, module, wanted);
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

/// The provider configuration that a resource uses, as far as it is known here.
pub fn used_by<'m>(
    root: &Root<'m>,
    module: &Rc<ModuleInstance<'m>>,
    kind: &str,
    block: &Block,
) -> Arc<Provider> {
    let wanted = wanted(block, kind.split('_').next().unwrap_or(kind));
    let key = (module.address.clone(), wanted.key());
    if let Some(known) = root.providers.borrow().get(&key) {
        return known.clone();
    }
    let config = declared(module, wanted).map(|(module, block)| content(module.scope(root), block));
    let mut config = config.map_or_else(
        || Node::new(Value::Map(Vec::new()), Span::default()),
        |content| Arc::unwrap_or_clone(content.attributes),
    );
    if let Value::Map(entries) = &mut config.value {
        entries.retain(|entry| !matches!(entry.key.as_str(), "alias" | "version"));
    }
    let alias = wanted.alias.unwrap_or_default().to_owned();
    let provider = Arc::new(Provider { name: wanted.kind.to_owned(), alias, config });
    root.providers.borrow_mut().insert(key, provider.clone());
    provider
}

/// The configuration that a resource names, else the default one of the provider that its type names.
fn wanted<'e>(block: &'e Block, kind: &'e str) -> Name<'e> {
    let named = block.body.attribute("provider").and_then(|attribute| name(&attribute.value));
    named.unwrap_or(Name { kind, alias: None })
}

/// What `aws` or `aws.<alias>` means in a module: its own configuration, the one that its caller passes
/// under that name, or the caller's default. With the module that declares it.
fn declared<'m>(
    module: &Rc<ModuleInstance<'m>>,
    wanted: Name<'_>,
) -> Option<(Rc<ModuleInstance<'m>>, &'m Block)> {
    let key = wanted.key();
    if let Some(provider) = module.declared.providers.get(key.as_str()) {
        return Some((module.clone(), &provider.block));
    }
    let caller = module.caller.as_ref()?;
    let instance = caller.instance.upgrade()?;
    let providers = caller.block.body.attribute("providers");
    let passed = providers.and_then(|providers| passed(&providers.value, wanted));
    match (passed, wanted.alias) {
        (Some(name), _) => declared(&instance, name),
        (None, None) => declared(&instance, wanted),
        (None, Some(_)) => None,
    }
}

fn default_tags<'m>(root: &Root<'m>, module: &Rc<ModuleInstance<'m>>, wanted: Name<'_>) -> Option<Node> {
    let (module, block) = declared(module, wanted)?;
    let tags = block.body.blocks_of("default_tags").next()?.body.attribute("tags")?;
    let scope = module.scope(root);
    let value = root.budget.whole(|| root.budget.made(scope.value(&tags.value)));
    let value = value.unwrap_or(super::value::Value::unknown());
    if value.is_null() { None } else { Some(node(&value, None, Span::default())) }
}

/// The configuration that a caller passes: `providers = { aws.here = aws.there }`.
fn passed<'e>(providers: &'e Expr, meant: Name<'_>) -> Option<Name<'e>> {
    let ExprKind::Object(entries) = &providers.kind else { return None };
    let given = entries.iter().find(|(key, _)| name(key) == Some(meant)).map(|(_, given)| given)?;
    name(given)
}

/// `aws` or `aws.alias`.
#[derive(Clone, Copy, PartialEq)]
struct Name<'e> {
    kind: &'e str,
    alias: Option<&'e str>,
}

impl Name<'_> {
    /// As declarations are kept.
    fn key(&self) -> String {
        self.alias.map_or_else(|| self.kind.to_owned(), |alias| format!("{}.{alias}", self.kind))
    }
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
