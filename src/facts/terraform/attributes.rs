//! A block's body as plan JSON has it: attributes with their values, nested blocks as lists.
//!
//! Evaluation knows no spans. A value gets them here, from the expression that it was written as: a
//! member of a literal stands where it is written, everything else where the whole expression is.
//! A part that does not lie within its whole comes from another file, an override or a template: it
//! stands where its whole does.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::evaluate::{Binding, Scope, pairs};
use super::references::targets;
use super::value::{self, Type, Unknown, Value};
use crate::facts::Reference;
use crate::model::Span;
use crate::source::hcl::ast::{Attribute, Block, Body, Expr, ExprKind, Item};
use crate::source::{Entry, Node, Step, Value as NodeValue};

/// Arguments that Terraform itself reads; they are no attributes of the resource.
const META_ARGUMENTS: [&str; 8] =
    ["count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "timeouts"];
/// Those of them that can refer to another resource.
const REFERRING: [&str; 3] = ["count", "for_each", "depends_on"];

/// The attributes and references of one instance of a resource.
#[derive(Debug, Clone)]
pub struct Content {
    pub attributes: Arc<Node>,
    pub references: Vec<Reference>,
}

/// What a body consists of, `dynamic` blocks expanded.
trait Visitor<'m> {
    fn attribute(&mut self, scope: Scope<'_, 'm>, attribute: &Attribute);
    /// A block of this type; `header` is what names it.
    fn block(&mut self, scope: Scope<'_, 'm>, kind: &str, header: Span, body: &Body, at: Span);
    /// Blocks of which nobody can know how many there are.
    fn unknown_blocks(&mut self, kind: &str, header: Span, at: Span);
}

fn walk<'m>(scope: Scope<'_, 'm>, body: &Body, visitor: &mut dyn Visitor<'m>) {
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => visitor.attribute(scope, attribute),
            Item::Block(block) => match (block.kind.text.as_str(), block.labels.first()) {
                ("dynamic", Some(kind)) => dynamic(scope, &kind.text, block, visitor),
                (kind, _) => visitor.block(scope, kind, block.header(), &block.body, block.span),
            },
        }
    }
}

/// `dynamic "name" { for_each = ...; content { ... } }`: a block for each element. When nobody can
/// know the elements, nobody may call the block present or absent.
fn dynamic<'m>(scope: Scope<'_, 'm>, kind: &str, block: &Block, visitor: &mut dyn Visitor<'m>) {
    let header = block.header();
    let iterator = match block.body.attribute("iterator").map(|attribute| &attribute.value.kind) {
        Some(ExprKind::Variable(name) | ExprKind::String(name)) => name,
        _ => kind,
    };
    let from = block.body.attribute("for_each").map(|attribute| &attribute.value);
    let over = from.and_then(|from| scope.root.budget.whole(|| scope.value(from)));
    let elements = over.and_then(|over| pairs(&over).ok()?);
    let (Some(elements), Some(content)) = (elements, block.body.blocks_of("content").next()) else {
        visitor.unknown_blocks(kind, header, block.span);
        return;
    };
    for (key, value) in elements {
        let value = Value::object([("key", key), ("value", value)]);
        let binding = Binding { name: iterator, value, from, outer: scope.bound };
        visitor.block(scope.with(&binding), kind, header, &content.body, content.span);
    }
}

/// The values that a body sets, for whom refers to it.
pub fn written(scope: Scope<'_, '_>, body: &Body) -> BTreeMap<Arc<str>, Value> {
    let mut values = Values::default();
    walk(scope, body, &mut values);
    let blocks = values.blocks.into_iter().map(|(kind, bodies)| match bodies {
        Some(bodies) => (kind, Value::list(bodies)),
        None => (kind, Value::unknown()),
    });
    values.attributes.into_iter().chain(blocks).collect()
}

#[derive(Default)]
struct Values {
    attributes: BTreeMap<Arc<str>, Value>,
    blocks: BTreeMap<Arc<str>, Option<Vec<Value>>>,
}

impl<'m> Visitor<'m> for Values {
    fn attribute(&mut self, scope: Scope<'_, 'm>, attribute: &Attribute) {
        if !META_ARGUMENTS.contains(&attribute.name.text.as_str()) {
            let value = scope.root.budget.made(scope.value(&attribute.value));
            self.attributes.insert(attribute.name.text.as_str().into(), value);
        }
    }

    fn block(&mut self, scope: Scope<'_, 'm>, kind: &str, _: Span, body: &Body, _: Span) {
        // The provider may set more attributes in it.
        let attributes = Some(Arc::new(written(scope, body)));
        let block = Value::Unknown(Unknown { of: Type::Any, not_null: true, attributes });
        if let Some(blocks) = self.blocks.entry(kind.into()).or_insert_with(|| Some(Vec::new())) {
            blocks.push(block);
        }
    }

    fn unknown_blocks(&mut self, kind: &str, _: Span, _: Span) {
        self.blocks.insert(kind.into(), None);
    }
}

/// The attributes of one instance of a resource, with their spans, and what they refer to.
pub fn content(scope: Scope<'_, '_>, block: &Block) -> Content {
    let mut builder = Builder { within: block.span, header: block.header(), top: true, ..Builder::default() };
    walk(scope, &block.body, &mut builder);
    Content {
        attributes: Arc::new(Node::new(NodeValue::Map(builder.entries), block.span)),
        references: builder.references,
    }
}

#[derive(Default)]
struct Builder {
    /// The block that is being built, and what names it.
    within: Span,
    header: Span,
    top: bool,
    path: Vec<Step>,
    entries: Vec<Entry>,
    references: Vec<Reference>,
}

impl Builder {
    /// A part's own place, or the block's header when it comes from another file.
    fn place(&self, span: Span) -> Span {
        if lies_in(span, self.within) { span } else { self.header }
    }

    fn refer(&mut self, name: &str, found: &[Rc<str>]) {
        for target in found {
            let path = self.path.iter().cloned().chain([Step::Key(name.to_owned())]).collect();
            let reference = Reference { path, target: target.to_string() };
            self.references.push(reference);
        }
    }

    fn push_block(&mut self, kind: &str, key_span: Span, node: Node) {
        let Some(existing) = self.entries.iter_mut().find(|entry| entry.key == kind) else {
            let span = node.span;
            let node = if node.is_unknown() { node } else { Node::new(NodeValue::List(vec![node]), span) };
            self.entries.push(Entry { key: kind.to_owned(), key_span, node });
            return;
        };
        match (&mut existing.node.value, node.value) {
            (NodeValue::List(items), value) if value != NodeValue::UnknownBlocks => {
                items.push(Node::new(value, node.span));
            }
            (slot, _) => *slot = NodeValue::UnknownBlocks,
        }
    }
}

impl<'m> Visitor<'m> for Builder {
    fn attribute(&mut self, scope: Scope<'_, 'm>, attribute: &Attribute) {
        let name = attribute.name.text.as_str();
        let budget = &scope.root.budget;
        if self.top && META_ARGUMENTS.contains(&name) {
            if REFERRING.contains(&name) {
                let found = budget.whole(|| targets(scope, &attribute.value));
                self.refer(name, &found.unwrap_or_default());
            }
            return;
        }
        let found = budget.whole(|| {
            let value = budget.made(scope.value(&attribute.value));
            // Null means "as if not written".
            (!value.is_null()).then(|| (value, targets(scope, &attribute.value)))
        });
        let (value, found) = match found {
            Some(Some(found)) => found,
            Some(None) => return,
            None => (Value::unknown(), Rc::default()),
        };
        self.refer(name, &found);
        let key_span = self.place(attribute.name.span);
        let node = node(&value, Some(&attribute.value), self.place(attribute.value.span));
        self.entries.retain(|entry| entry.key != name);
        self.entries.push(Entry { key: name.to_owned(), key_span, node });
    }

    fn block(&mut self, scope: Scope<'_, 'm>, kind: &str, header: Span, body: &Body, at: Span) {
        if self.top && META_ARGUMENTS.contains(&kind) {
            return;
        }
        let (header, at) = (self.place(header), self.place(at));
        let index = self.entries.iter().find(|entry| entry.key == kind).map_or(0, |e| e.node.items().len());
        let steps = [Step::Key(kind.to_owned()), Step::Index(index)];
        let path = self.path.iter().cloned().chain(steps).collect();
        let mut inner = Builder { within: at, header, path, ..Builder::default() };
        walk(scope, body, &mut inner);
        self.references.append(&mut inner.references);
        self.push_block(kind, header, Node::new(NodeValue::Map(inner.entries), at));
    }

    fn unknown_blocks(&mut self, kind: &str, header: Span, at: Span) {
        let (header, at) = (self.place(header), self.place(at));
        self.push_block(kind, header, Node::new(NodeValue::UnknownBlocks, at));
    }
}

fn lies_in(part: Span, whole: Span) -> bool {
    whole.start <= part.start && part.end <= whole.end
}

/// A value with the spans of the expression that it was written as.
pub fn node(value: &Value, expr: Option<&Expr>, at: Span) -> Node {
    let part = |value: &Value, expr: Option<&Expr>| match expr {
        Some(expr) if lies_in(expr.span, at) => node(value, Some(expr), expr.span),
        _ => node(value, None, at),
    };
    let value = match value {
        Value::Null => NodeValue::Null,
        Value::Bool(value) => NodeValue::Bool(*value),
        Value::Number(_) => match value::to_json(value) {
            Some(serde_json::Value::Number(number)) => NodeValue::Number(number),
            _ => NodeValue::Unknown,
        },
        Value::String(text) => NodeValue::String(text.to_string()),
        Value::Unknown(_) => NodeValue::Unknown,
        Value::Set(items) => NodeValue::List(items.iter().map(|item| part(item, None)).collect()),
        Value::List(items) | Value::Tuple(items) => {
            let written = |index| expr.and_then(|expr| item(expr, index, items.len()));
            let items = items.iter().enumerate();
            NodeValue::List(items.map(|(index, value)| part(value, written(index))).collect())
        }
        Value::Map(entries) | Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let written = expr.and_then(|expr| entry(expr, key));
                let written = written.filter(|(name, _)| lies_in(name.span, at));
                let key_span = written.map_or(at, |(name, _)| name.span);
                Entry { key: key.to_string(), key_span, node: part(value, written.map(|(_, expr)| expr)) }
            });
            let mut entries: Vec<Entry> = entries.collect();
            // In the order of the source; what stands nowhere goes last.
            entries.sort_by_key(|entry| if entry.key_span == at { usize::MAX } else { entry.key_span.start });
            NodeValue::Map(entries)
        }
    };
    Node::new(value, at)
}

/// Functions whose result has the members of their first argument.
const TRANSPARENT: [&str; 5] = ["tolist", "tomap", "sensitive", "nonsensitive", "try"];

/// Where an object's entry is written.
fn entry<'e>(expr: &'e Expr, key: &str) -> Option<(&'e Expr, &'e Expr)> {
    match &expr.kind {
        ExprKind::Parenthesis(inner) => entry(inner, key),
        ExprKind::Object(entries) => {
            let named =
                |(name, _): &&(Expr, Expr)| matches!(&name.kind, ExprKind::String(name) if name == key);
            entries.iter().rev().find(named).map(|(name, value)| (name, value))
        }
        ExprKind::Call(call) if call.name == "merge" => {
            call.args.iter().rev().find_map(|arg| entry(arg, key))
        }
        ExprKind::Call(call) if TRANSPARENT.contains(&call.name.as_str()) => entry(call.args.first()?, key),
        _ => None,
    }
}

/// Where a list's item is written.
fn item(expr: &Expr, index: usize, of: usize) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Parenthesis(inner) => item(inner, index, of),
        ExprKind::Tuple(items) if items.len() == of => items.get(index),
        ExprKind::Call(call) if TRANSPARENT.contains(&call.name.as_str()) => {
            item(call.args.first()?, index, of)
        }
        _ => None,
    }
}
