//! Which resources an expression refers to: directly, and through locals, variables and outputs.
//!
//! Only what can become a part of the value counts: the branch of a conditional that is chosen, the
//! entry of an object that is taken, and never a condition.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::access::position;
use super::evaluate::Scope;
use super::instance::{Expansion, Index, Repetition, join};
use super::module::literal;
use super::root::{ModuleInstance, Name};
use super::value::{Type, Value, convert, to_text};
use crate::source::hcl::ast::{Access, Expr, ExprKind, Part};

/// Instances of one resource that are listed one by one; more are named by their resource's address.
const MAX_LISTED: usize = 50;
/// Resources that one attribute may refer to.
const MAX_TARGETS: usize = 1_000;

/// A name in a module and the steps that are taken into it.
pub type Asked<'m> = (Name<'m>, Vec<Taken>);

/// A step into what is referred to, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Taken {
    Name(Arc<str>),
    Number(usize),
    /// A splat, or a key that is not known.
    Any,
}

/// The addresses of the resources, sorted.
pub fn targets(scope: Scope<'_, '_>, expr: &Expr) -> Rc<[Rc<str>]> {
    let mut found = Targets::default();
    found.expr(scope, expr, &[]);
    found.0.into_iter().collect()
}

#[derive(Default)]
struct Targets(BTreeSet<Rc<str>>);

impl Targets {
    fn add(&mut self, address: impl Into<Rc<str>>) {
        if self.0.len() < MAX_TARGETS {
            self.0.insert(address.into());
        }
    }

    fn expr(&mut self, scope: Scope<'_, '_>, expr: &Expr, steps: &[Taken]) {
        if scope.root.budget.spend(1) {
            scope.root.budget.deeper(|| self.expr_kind(scope, expr, steps));
        }
    }

    fn all<'e>(&mut self, scope: Scope<'_, '_>, exprs: impl IntoIterator<Item = &'e Expr>) {
        for expr in exprs {
            self.expr(scope, expr, &[]);
        }
    }

    fn expr_kind(&mut self, scope: Scope<'_, '_>, expr: &Expr, steps: &[Taken]) {
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => {}
            ExprKind::Variable(name) => self.traversal(scope, name, steps),
            ExprKind::Template(parts) => self.parts(scope, parts),
            ExprKind::Parenthesis(inner) => self.expr(scope, inner, steps),
            ExprKind::Tuple(items) => match steps.split_first() {
                Some((Taken::Number(index), rest)) => {
                    if let Some(item) = items.get(*index) {
                        self.expr(scope, item, rest);
                    }
                }
                Some((_, rest)) => items.iter().for_each(|item| self.expr(scope, item, rest)),
                None => self.all(scope, items),
            },
            ExprKind::Object(entries) => self.object(scope, entries, steps),
            ExprKind::Traversal(base, own) => {
                let own = own.iter().map(|step| taken(scope, step));
                let steps: Vec<Taken> = own.chain(steps.iter().cloned()).collect();
                self.expr(scope, base, &steps);
            }
            ExprKind::Call(call) => self.all(scope, &call.args),
            ExprKind::Not(inner) | ExprKind::Negate(inner) => self.expr(scope, inner, &[]),
            ExprKind::Binary(left, _, right) => self.all(scope, [&**left, &**right]),
            ExprKind::Conditional(parts) => {
                let [condition, then, otherwise] = &**parts;
                let chosen = scope.eval(condition).and_then(|value| convert(&value, &Type::Bool));
                if chosen != Ok(Value::Bool(false)) {
                    self.expr(scope, then, steps);
                }
                if chosen != Ok(Value::Bool(true)) {
                    self.expr(scope, otherwise, steps);
                }
            }
            ExprKind::For(each) => {
                self.all(scope, [&each.over, &each.value_expr]);
                self.all(scope, each.key_expr.as_ref());
            }
        }
    }

    fn parts(&mut self, scope: Scope<'_, '_>, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Text(_) => {}
                Part::Value(expr) => self.expr(scope, expr, &[]),
                Part::If { then, otherwise, .. } => {
                    self.parts(scope, then);
                    self.parts(scope, otherwise);
                }
                Part::For { over, body, .. } => {
                    self.expr(scope, over, &[]);
                    self.parts(scope, body);
                }
            }
        }
    }

    fn object(&mut self, scope: Scope<'_, '_>, entries: &[(Expr, Expr)], steps: &[Taken]) {
        let Some((first, rest)) = steps.split_first() else {
            return self.all(scope, entries.iter().map(|(_, value)| value));
        };
        let wanted = match first {
            Taken::Name(name) if entries.iter().all(|(key, _)| literal(key).is_some()) => Some(&**name),
            _ => None,
        };
        for (key, value) in entries {
            if wanted.is_none_or(|wanted| literal(key) == Some(wanted)) {
                self.expr(scope, value, rest);
            }
        }
    }

    fn traversal(&mut self, scope: Scope<'_, '_>, name: &str, steps: &[Taken]) {
        if let Some(binding) = scope.binding(name) {
            if let Some(from) = binding.from {
                self.expr(Scope { bound: binding.outer, ..scope }, from, &[]);
            }
            return;
        }
        let Some((Taken::Name(first), rest)) = steps.split_first() else { return };
        match name {
            "var" => {
                let found = scope.module.declared.variables.get(first);
                self.once(scope, found.map(|found| Name::Variable(found.name)), rest);
            }
            "local" => {
                let found = scope.module.declared.locals.get_key_value(&**first);
                self.once(scope, found.map(|(name, _)| Name::Local(name)), rest);
            }
            "module" => self.call(scope, first, rest),
            "each" if &**first == "value" => {
                scope.root.repeated.set(true);
                if let (Some(from), Repetition::Each(key, _)) = (scope.for_each, scope.repetition) {
                    let steps: Vec<Taken> =
                        [Taken::Name(key.clone())].into_iter().chain(rest.iter().cloned()).collect();
                    self.expr(Scope { bound: None, ..scope }, from, &steps);
                }
            }
            "resource" => self.traversal(scope, first, rest),
            kind => self.resource(scope, kind, first, rest),
        }
    }

    /// What a local or a variable refers to, found once for each way into it.
    fn once<'m>(&mut self, scope: Scope<'_, 'm>, name: Option<Name<'m>>, steps: &[Taken]) {
        let Some(name) = name else { return };
        let module = scope.module;
        let asked = (name.clone(), steps.to_vec());
        let known = module.edges.borrow().get(&asked).cloned();
        let found = known.unwrap_or_else(|| {
            // A circle adds nothing to itself.
            module.edges.borrow_mut().insert(asked.clone(), Rc::default());
            let mut found = Targets::default();
            match name {
                Name::Variable(name) => found.variable(scope, name, steps),
                Name::Local(name) => {
                    if let Some(local) = module.declared.locals.get(name) {
                        found.expr(module.scope(scope.root), local, steps);
                    }
                }
                _ => {}
            }
            let found: Rc<[Rc<str>]> = found.0.into_iter().collect();
            module.edges.borrow_mut().insert(asked, found.clone());
            found
        });
        for target in found.iter() {
            self.add(target.clone());
        }
    }

    /// What the caller passes.
    fn variable(&mut self, scope: Scope<'_, '_>, name: &str, steps: &[Taken]) {
        let Some(caller) = &scope.module.caller else { return };
        let (Some(given), Some(instance)) = (caller.block.body.attribute(name), caller.instance.upgrade())
        else {
            return;
        };
        let for_each = caller.block.body.attribute("for_each").map(|a| &a.value);
        let scope = Scope { repetition: &caller.repetition, for_each, ..instance.scope(scope.root) };
        self.expr(scope, &given.value, steps);
    }

    fn call(&mut self, scope: Scope<'_, '_>, name: &str, steps: &[Taken]) {
        let Some(call) = scope.module.declared.calls.get(name) else { return };
        let expansion = scope.root.expansion(scope.module, Name::Call(call.name), &call.block, call.file);
        let (instances, rest) = selected(&expansion, steps);
        for repetition in instances {
            if let Some(child) = scope.root.child(scope.module, call.name, &repetition) {
                self.outputs(scope, &child, rest);
            }
        }
    }

    fn outputs<'m>(&mut self, scope: Scope<'_, 'm>, module: &Rc<ModuleInstance<'m>>, steps: &[Taken]) {
        let (wanted, rest) = match steps.split_first() {
            Some((Taken::Name(name), rest)) => (Some(&**name), rest),
            _ => (None, [].as_slice()),
        };
        for output in &module.declared.outputs.list {
            if wanted.is_none_or(|wanted| wanted == output.name)
                && let Some(value) = output.block.body.attribute("value")
            {
                self.expr(module.scope(scope.root), &value.value, rest);
            }
        }
    }

    fn resource(&mut self, scope: Scope<'_, '_>, kind: &str, name: &str, steps: &[Taken]) {
        let Some(declared) = scope.module.declared.resources.get(&format!("{kind}.{name}")) else { return };
        let (kind, name) = declared.name;
        let whole = join(&scope.module.address, &format!("{kind}.{name}"));
        let name = Name::Resource(kind, name);
        let expansion = scope.root.expansion(scope.module, name, &declared.block, declared.file);
        let (instances, _) = selected(&expansion, steps);
        if instances.len() > MAX_LISTED {
            return self.add(whole);
        }
        for repetition in instances {
            self.add(whole.clone() + &repetition.index().suffix());
        }
    }
}

/// The instances that the first step selects, and the steps after it.
fn selected<'a>(expansion: &Expansion, steps: &'a [Taken]) -> (Vec<Repetition>, &'a [Taken]) {
    if matches!(expansion, Expansion::Single) {
        let rest = if let [Taken::Any, rest @ ..] = steps { rest } else { steps };
        return (vec![Repetition::Single], rest);
    }
    let Some((first, rest)) = steps.split_first() else { return (expansion.instances().collect(), steps) };
    let index = match first {
        Taken::Name(key) => Some(Index::Key(key.clone())),
        Taken::Number(index) => Some(Index::Number(*index)),
        Taken::Any => None,
    };
    let found = index.and_then(|index| expansion.at(&index));
    (found.map_or_else(|| expansion.instances().collect(), |found| vec![found]), rest)
}

fn taken(scope: Scope<'_, '_>, step: &Access) -> Taken {
    match step {
        Access::Attribute(name) => Taken::Name(name.as_str().into()),
        Access::Index(key) => match scope.eval(key) {
            Ok(Value::Number(index)) => position(&index).map_or(Taken::Any, Taken::Number),
            Ok(key) => match to_text(&key) {
                Ok(Value::String(key)) => Taken::Name(key),
                _ => Taken::Any,
            },
            _ => Taken::Any,
        },
        Access::AttributeSplat | Access::FullSplat => Taken::Any,
    }
}
