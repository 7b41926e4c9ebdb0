//! Terraform expressions to nodes, without providers or state.
//!
//! Structure (objects, arrays, templates, references, `for`) is evaluated here, so that every part
//! keeps its span and one unknown member does not hide its neighbours. Operators on known scalars
//! are hcl-rs's. What nobody can know before apply is `Unknown`, and stays so through every
//! expression that needs it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use hcl_edit::expr::{BinaryOperator, Expression, ForExpr, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Structure};
use hcl_edit::template::Element;

use super::functions;
use crate::model::Span;
use crate::source::hcl::{number_value, span};
use crate::source::{Entry, Node, Value};

/// References may chain this deep; deeper chains are unknown rather than a stack overflow.
const MAX_DEPTH: usize = 64;
/// Values (and 16 bytes of text each) that the expressions of one root may make. What needs more, such as
/// locals that double one another, is unknown instead of filling the memory.
const MAX_WORK: usize = 1_000_000;
/// What each expression may do in any case, so that no neighbour can make a plain value unknown.
const FAIR_SHARE: usize = 1_000;

/// What expressions of one root may refer to.
#[derive(Default)]
pub struct Scope<'a> {
    /// Values of variables; absent when there is neither a default nor an assignment.
    pub variables: HashMap<String, Node>,
    pub locals: HashMap<&'a str, &'a Expression>,
    pub resources: BTreeMap<(&'a str, &'a str), &'a Block>,
    /// References under evaluation: a cycle is unknown.
    pub(super) busy: RefCell<Vec<String>>,
    /// Work done for the whole root, and what the expression under evaluation may still do.
    work: Cell<usize>,
    left: Cell<usize>,
}

/// Loop variables, innermost last.
pub(super) type Bindings = Vec<(String, Node)>;

impl Scope<'_> {
    pub fn evaluate(&self, expression: &Expression) -> Node {
        self.whole(expression, &Vec::new())
    }

    /// A value that became too much work on the way is unknown as a whole: its parts would be many.
    fn whole(&self, expression: &Expression, bound: &Bindings) -> Node {
        let allowed = MAX_WORK.saturating_sub(self.work.get()).max(FAIR_SHARE);
        self.left.set(allowed);
        let node = self.eval(expression, bound);
        self.work.set(self.work.get().saturating_add(allowed - self.left.get()));
        if self.left.get() == 0 { Node::new(Value::Unknown, node.span) } else { node }
    }

    /// Counts work; false when there was too much of it.
    fn spend(&self, values: usize) -> bool {
        self.left.set(self.left.get().saturating_sub(values));
        self.left.get() > 0
    }

    fn eval(&self, expression: &Expression, bound: &Bindings) -> Node {
        let at = span(expression);
        if !self.spend(1) {
            return Node::new(Value::Unknown, at);
        }
        let value = match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(value) => Value::Bool(*value.value()),
            Expression::Number(number) => number_value(number.value()),
            Expression::String(text) => Value::String(text.value().clone()),
            Expression::Array(array) => {
                Value::List(array.iter().map(|item| self.eval(item, bound)).collect())
            }
            Expression::Object(object) => {
                let mut entries: Vec<Entry> = Vec::new();
                for (key, value) in object {
                    let (key_span, key) = match key {
                        ObjectKey::Ident(ident) => (span(ident), Some(ident.as_str().to_owned())),
                        ObjectKey::Expression(key) => {
                            (span(key), functions::as_text(&self.eval(key, bound).value))
                        }
                    };
                    // One unknown key leaves it open what the object holds.
                    let Some(key) = key else { return Node::new(Value::Unknown, at) };
                    let node = self.eval(value.expr(), bound);
                    entries.retain(|entry| entry.key != key);
                    entries.push(Entry { key, key_span, node });
                }
                Value::Map(entries)
            }
            Expression::StringTemplate(template) => {
                return self.template(template.iter(), at, bound);
            }
            Expression::HeredocTemplate(heredoc) => {
                let mut heredoc = heredoc.clone();
                heredoc.dedent();
                return self.template(heredoc.template.iter(), at, bound);
            }
            Expression::Parenthesis(inner) => return self.eval(inner.inner(), bound),
            Expression::Variable(name) => self.binding(name.as_str(), bound),
            Expression::Conditional(conditional) => match self.eval(&conditional.cond_expr, bound).value {
                Value::Bool(true) => self.eval(&conditional.true_expr, bound).value,
                Value::Bool(false) => self.eval(&conditional.false_expr, bound).value,
                _ => Value::Unknown,
            },
            Expression::FuncCall(call) if !call.name.is_namespaced() && !call.args.expand_final() => {
                let args = call.args.iter().map(|arg| self.eval(arg, bound)).collect();
                self.affordable(functions::call(call.name.name.as_str(), args))
            }
            Expression::FuncCall(_) => Value::Unknown,
            Expression::Traversal(traversal) => self.traversal(traversal, bound, at).value,
            Expression::UnaryOp(unary) => {
                let operand = self.eval(&unary.expr, bound).value;
                operate(&operand, |x| hcl::expr::UnaryOp::new(*unary.operator.value(), x).into())
            }
            Expression::BinaryOp(binary) => {
                let (left, right) =
                    (self.eval(&binary.lhs_expr, bound).value, self.eval(&binary.rhs_expr, bound).value);
                binary_op(&left, *binary.operator.value(), &right)
            }
            Expression::ForExpr(each) => self.for_expression(each, bound),
        };
        Node::new(value, at)
    }

    fn binding(&self, name: &str, bound: &Bindings) -> Value {
        let found = bound.iter().rev().find(|(bound, _)| bound == name);
        found
            .filter(|(_, node)| self.spend(weight(&node.value)))
            .map_or(Value::Unknown, |(_, node)| node.value.clone())
    }

    fn affordable(&self, value: Value) -> Value {
        if self.spend(weight(&value)) { value } else { Value::Unknown }
    }

    /// A template of one interpolation is that value; else everything must be a known scalar.
    fn template<'t>(&self, elements: impl Iterator<Item = &'t Element>, at: Span, bound: &Bindings) -> Node {
        let elements: Vec<_> = elements.collect();
        if let [Element::Interpolation(only)] = elements.as_slice() {
            return Node::new(self.eval(&only.expr, bound).value, at);
        }
        let mut text = String::new();
        for element in elements {
            let part = match element {
                Element::Literal(literal) => Some(literal.value().clone()),
                Element::Interpolation(part) => functions::as_text(&self.eval(&part.expr, bound).value),
                Element::Directive(_) => None,
            };
            let part = part.filter(|part| self.spend(part.len() / 16));
            let Some(part) = part else { return Node::new(Value::Unknown, at) };
            text.push_str(&part);
        }
        Node::string(text, at)
    }

    fn traversal(&self, traversal: &Traversal, bound: &Bindings, at: Span) -> Node {
        let unknown = Node::new(Value::Unknown, at);
        let Expression::Variable(root) = &traversal.expr else {
            let base = self.eval(&traversal.expr, bound);
            return self.apply(base, &traversal.operators, bound).standing_at(at);
        };
        let root = root.as_str();
        if bound.iter().any(|(name, _)| name == root) {
            let base = Node::new(self.binding(root, bound), at);
            return self.apply(base, &traversal.operators, bound).standing_at(at);
        }
        let operators = traversal.operators.as_slice();
        let Some((first, rest)) = operators.split_first() else { return unknown };
        let TraversalOperator::GetAttr(name) = &**first else { return unknown };
        let name = name.as_str();
        let base = match root {
            "var" => self.variables.get(name).filter(|node| self.spend(weight(&node.value))).cloned(),
            "local" => self.guarded(&format!("local.{name}"), || {
                self.locals.get(name).map(|expression| self.eval(expression, &Vec::new()))
            }),
            "data" | "module" | "each" | "count" | "path" | "terraform" | "self" => None,
            _ => return self.resource_attribute(root, name, rest, at).unwrap_or(unknown),
        };
        base.map_or(unknown, |base| self.apply(base, rest, bound).standing_at(at))
    }

    /// `type.name.attribute`: known when the configuration sets the attribute to a known value.
    fn resource_attribute(
        &self,
        kind: &str,
        name: &str,
        operators: &[hcl_edit::Decorated<TraversalOperator>],
        at: Span,
    ) -> Option<Node> {
        let block = self.resources.get(&(kind, name))?;
        let operators = match operators {
            [first, rest @ ..] if !matches!(**first, TraversalOperator::GetAttr(_)) => rest,
            all => all,
        };
        let (first, rest) = operators.split_first()?;
        let TraversalOperator::GetAttr(attribute) = &**first else { return None };
        let attribute = attribute.as_str();
        let expression = block.body.get_attribute(attribute)?;
        let base = self.guarded(&format!("{kind}.{name}.{attribute}"), || {
            Some(self.eval(&expression.value, &Vec::new()))
        })?;
        Some(self.apply(base, rest, &Vec::new()).standing_at(at))
    }

    fn guarded(&self, name: &str, evaluate: impl FnOnce() -> Option<Node>) -> Option<Node> {
        {
            let mut busy = self.busy.borrow_mut();
            if busy.len() >= MAX_DEPTH || busy.iter().any(|other| other == name) {
                return None;
            }
            busy.push(name.to_owned());
        }
        let node = evaluate();
        self.busy.borrow_mut().pop();
        node
    }

    fn apply(
        &self,
        base: Node,
        operators: &[hcl_edit::Decorated<TraversalOperator>],
        bound: &Bindings,
    ) -> Node {
        let Some((first, rest)) = operators.split_first() else { return base };
        let at = base.span;
        let next = match &**first {
            TraversalOperator::GetAttr(name) => base.get(name.as_str()).cloned(),
            TraversalOperator::LegacyIndex(index) => {
                usize::try_from(*index.value()).ok().and_then(|index| base.items().get(index).cloned())
            }
            TraversalOperator::Index(index) => match self.eval(index, bound).value {
                Value::String(key) => base.get(&key).cloned(),
                Value::Number(index) => index
                    .as_u64()
                    .and_then(|index| usize::try_from(index).ok())
                    .and_then(|index| base.items().get(index).cloned()),
                _ => None,
            },
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                let items = match base.value {
                    Value::List(items) => items,
                    Value::Unknown => return Node::new(Value::Unknown, at),
                    Value::Null => Vec::new(),
                    single => vec![Node::new(single, at)],
                };
                let items = items.into_iter().map(|item| self.apply(item, rest, bound)).collect();
                return Node::new(Value::List(items), at);
            }
        };
        // A member that is not there is an error to Terraform; here it is merely not known.
        next.map_or(Node::new(Value::Unknown, at), |next| self.apply(next, rest, bound))
    }

    fn for_expression(&self, each: &ForExpr, bound: &Bindings) -> Value {
        let collection = self.eval(&each.intro.collection_expr, bound);
        let pairs: Vec<(Value, Node)> = match collection.value {
            Value::List(items) => {
                items.into_iter().enumerate().map(|(i, item)| (Value::Number(i.into()), item)).collect()
            }
            Value::Map(entries) => {
                let mut entries = entries;
                entries.sort_by(|a, b| a.key.cmp(&b.key)); // Terraform iterates maps by key
                entries.into_iter().map(|entry| (Value::String(entry.key), entry.node)).collect()
            }
            _ => return Value::Unknown,
        };
        let (mut items, mut entries): (Vec<Node>, Vec<Entry>) = (Vec::new(), Vec::new());
        for (key, item) in pairs {
            let mut bound = bound.clone();
            if let Some(name) = &each.intro.key_var {
                bound.push((name.as_str().to_owned(), Node::new(key, item.span)));
            }
            bound.push((each.intro.value_var.as_str().to_owned(), item));
            if let Some(condition) = &each.cond {
                match self.eval(&condition.expr, &bound).value {
                    Value::Bool(true) => {}
                    Value::Bool(false) => continue,
                    _ => return Value::Unknown,
                }
            }
            let node = self.eval(&each.value_expr, &bound);
            let Some(key) = &each.key_expr else {
                items.push(node);
                continue;
            };
            let Some(key) = functions::as_text(&self.eval(key, &bound).value) else { return Value::Unknown };
            if !each.grouping {
                entries.retain(|entry| entry.key != key);
                entries.push(Entry { key, key_span: node.span, node });
                continue;
            }
            if let Some(Entry { node: Node { value: Value::List(group), .. }, .. }) =
                entries.iter_mut().find(|entry| entry.key == key)
            {
                group.push(node);
            } else {
                let key_span = node.span;
                let group = Node::new(Value::List(vec![node]), key_span);
                entries.push(Entry { key, key_span, node: group });
            }
        }
        if each.key_expr.is_some() { Value::Map(entries) } else { Value::List(items) }
    }

    /// A block's body as plan JSON has it: attributes evaluated, nested blocks as lists.
    pub fn body(&self, body: &hcl_edit::structure::Body, at: Span, bound: &Bindings) -> Node {
        let mut entries: Vec<Entry> = Vec::new();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let node = self.whole(&attribute.value, bound);
                    // Null means "as if not written".
                    if node.value != Value::Null {
                        let key = attribute.key.as_str().to_owned();
                        entries.push(Entry { key, key_span: span(&attribute.key), node });
                    }
                }
                Structure::Block(block) => {
                    let key_span = block.labels.iter().map(span).fold(span(&block.ident), Span::to);
                    match (block.ident.as_str(), block.labels.first()) {
                        ("dynamic", Some(label)) => {
                            self.dynamic(&mut entries, label.as_str(), key_span, block, bound);
                        }
                        (name, _) => {
                            let node = self.body(&block.body, span(block), bound);
                            push_block(&mut entries, name, key_span, node);
                        }
                    }
                }
            }
        }
        Node::new(Value::Map(entries), at)
    }

    /// `dynamic "name" { for_each = ...; content { ... } }`: a block for each element. When nobody can
    /// know the elements, nobody may call the block present or absent.
    fn dynamic(&self, entries: &mut Vec<Entry>, name: &str, at: Span, block: &Block, bound: &Bindings) {
        let iterator = block.body.get_attribute("iterator").map(|attribute| &attribute.value);
        let iterator = match iterator {
            Some(Expression::Variable(iterator)) => iterator.as_str(),
            _ => name,
        };
        let elements =
            block.body.get_attribute("for_each").map(|attribute| self.whole(&attribute.value, bound));
        let content = block.body.get_blocks("content").next();
        let elements: Option<Vec<(Node, Node)>> = elements.and_then(|elements| match elements.value {
            Value::List(items) => Some(items.into_iter().map(|item| (item.clone(), item)).collect()),
            Value::Map(pairs) => Some(
                pairs.into_iter().map(|pair| (Node::string(pair.key, pair.key_span), pair.node)).collect(),
            ),
            _ => None,
        });
        let (Some(elements), Some(content)) = (elements, content) else {
            push_block(entries, name, at, Node::new(Value::UnknownBlocks, span(block)));
            return;
        };
        for (key, value) in elements {
            let element = [("key", key), ("value", value)].map(|(name, node)| Entry {
                key: name.to_owned(),
                key_span: at,
                node,
            });
            let mut bound = bound.clone();
            bound.push((iterator.to_owned(), Node::new(Value::Map(element.into()), at)));
            let node = self.body(&content.body, span(content), &bound);
            push_block(entries, name, at, node);
        }
    }
}

/// What it costs to copy a value.
fn weight(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len() / 16,
        Value::List(items) => items.iter().map(|item| weight(&item.value)).sum(),
        Value::Map(entries) => entries.iter().map(|entry| weight(&entry.node.value)).sum(),
        _ => 0,
    }
}

fn push_block(entries: &mut Vec<Entry>, name: &str, key_span: Span, node: Node) {
    if let Some(existing) = entries.iter_mut().find(|entry| entry.key == name) {
        match (&mut existing.node.value, node.value) {
            (Value::List(items), value) if value != Value::UnknownBlocks => {
                items.push(Node::new(value, node.span));
            }
            (slot, _) => *slot = Value::UnknownBlocks,
        }
        return;
    }
    let span = node.span;
    let node = if node.is_unknown() { node } else { Node::new(Value::List(vec![node]), span) };
    entries.push(Entry { key: name.to_owned(), key_span, node });
}

fn binary_op(left: &Value, operator: BinaryOperator, right: &Value) -> Value {
    if *left == Value::Unknown || *right == Value::Unknown {
        return Value::Unknown;
    }
    let Some(right) = functions::to_hcl(right) else { return Value::Unknown };
    operate(left, |left| hcl::expr::BinaryOp::new(left, operator, right).into())
}

/// Lets hcl-rs evaluate an operation on known values; its errors are unknowns here.
fn operate(operand: &Value, operation: impl FnOnce(hcl::Value) -> hcl::expr::Operation) -> Value {
    use hcl::eval::Evaluate as _;
    let Some(operand) = functions::to_hcl(operand) else { return Value::Unknown };
    let expression = hcl::Expression::from(operation(operand));
    expression
        .evaluate(&hcl::eval::Context::new())
        .map_or(Value::Unknown, |value| functions::from_hcl(&value, Span::default()).value)
}
