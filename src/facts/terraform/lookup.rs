//! References to values: variables, locals, modules, resources.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::access::position;
use super::attributes::written;
use super::constraint::constraint;
use super::evaluate::{Evaluated, Scope, pairs};
use super::instance::{Expansion, Index, Repetition};
use super::root::{ModuleInstance, Name, Repository, SINGLE};
use super::value::{Type, Unknown, Value, convert};
use crate::source::hcl::ast::{Access, Block, Expr, ExprKind};

impl<'s, 'm> Scope<'s, 'm> {
    pub fn files(self) -> Repository<'s, 'm> {
        Repository(self)
    }

    /// A reference, and steps into what it refers to.
    pub fn reference(self, name: &str, steps: &[Access]) -> Evaluated {
        let Some((Access::Attribute(first), rest)) = steps.split_first() else {
            return Err(format!("{name} is no value"));
        };
        let value = match name {
            "var" => self.variable(first),
            "local" => self.local(first),
            "module" => return self.call_reference(first, rest),
            "resource" => return self.reference(first, rest),
            "each" => self.each(first)?,
            "count" => self.count_index(first)?,
            "path" => self.path(first),
            // Data sources, `self`, and what is chosen at run time.
            "data" | "self" | "terraform" | "ephemeral" | "provider" => return Ok(Value::unknown()),
            kind => return self.resource_reference(kind, first, rest),
        };
        self.apply(Cow::Owned(value), rest)
    }

    fn each(self, name: &str) -> Evaluated {
        self.root.repeated.set(true);
        match (self.repetition, name) {
            (Repetition::Each(key, _), "key") => Ok(Value::String(key.clone())),
            (Repetition::Each(_, value), "value") => Ok(value.clone()),
            (Repetition::Unknown, "key") => Ok(Value::unknown_result(Type::String)),
            (Repetition::Unknown, "value") => Ok(Value::unknown()),
            _ => Err("each is only known where for_each is".to_owned()),
        }
    }

    fn count_index(self, name: &str) -> Evaluated {
        self.root.repeated.set(true);
        match (self.repetition, name) {
            (Repetition::Count(index), "index") => Ok(Value::number(*index)),
            (Repetition::Unknown, "index") => Ok(Value::unknown_result(Type::Number)),
            _ => Err("count is only known where count is".to_owned()),
        }
    }

    fn path(self, name: &str) -> Value {
        match name {
            "module" => Value::string(self.module.path(self.root)),
            "root" => Value::string("."),
            _ => Value::unknown(),
        }
    }

    fn local(self, name: &str) -> Value {
        let Some((name, expr)) = self.module.declared.locals.get_key_value(name) else {
            return Value::unknown();
        };
        let make = || self.module.scope(self.root).eval(expr);
        self.module.once(self.root, Name::Local(name), make)
    }

    fn variable(self, name: &str) -> Value {
        let Some(declared) = self.module.declared.variables.get(name) else { return Value::unknown() };
        let body = &declared.block.body;
        self.module.once(self.root, Name::Variable(declared.name), || {
            let own = self.module.scope(self.root);
            let constant = |expr: &Expr| own.eval(expr).ok();
            let of = body.attribute("type").map_or(Type::Any, |of| constraint(&of.value, &constant));
            let default = || body.attribute("default").map(|default| own.eval(&default.value));
            let nullable = body.attribute("nullable").is_none_or(|a| a.value.kind != ExprKind::Bool(false));
            let value = match self.given(declared.name) {
                Some(Ok(Value::Null)) if !nullable => default().unwrap_or(Ok(Value::unknown())),
                Some(given) => given,
                None => default().unwrap_or(Ok(Value::unknown())),
            };
            let value = value.and_then(|value| convert(&value, &of)).unwrap_or(Value::unknown_of(of));
            Ok(self.root.budget.made(value))
        })
    }

    /// What the caller passes, or what is assigned in a file.
    fn given(self, name: &str) -> Option<Evaluated> {
        let Some(caller) = &self.module.caller else {
            let scope = self.module.scope(self.root);
            return self.root.assignment(name).map(|expr| scope.eval(expr));
        };
        let expr = &caller.block.body.attribute(name)?.value;
        let instance = caller.instance.upgrade()?;
        let scope = Scope { repetition: &caller.repetition, ..instance.scope(self.root) };
        Some(scope.eval(expr))
    }

    /// `module.name`, each output only when it is asked for: what a module gives may depend on what
    /// it gave already.
    fn call_reference(self, name: &str, steps: &[Access]) -> Evaluated {
        let Some(call) = self.module.declared.calls.get(name) else { return Ok(Value::unknown()) };
        let expansion = self.root.expansion(self.module, Name::Call(call.name), &call.block, call.file);
        if matches!(*expansion, Expansion::Unknown) {
            return Ok(Value::unknown());
        }
        let (index, rest) = self.index(&expansion, steps)?;
        let Some(index) = index else {
            if let (Expansion::Count(_), [Access::FullSplat, Access::Attribute(output), rest @ ..]) =
                (&*expansion, steps)
            {
                let items = expansion.instances().map(|repetition| {
                    self.apply(Cow::Owned(self.output(call.name, &repetition, output)), rest)
                });
                let items = items.collect::<Result<Vec<_>, _>>()?;
                return Ok(self.root.budget.made(Value::tuple(items)));
            }
            let whole = self.module.once(self.root, Name::Call(call.name), || {
                let each = |repetition: &Repetition| self.outputs(call.name, repetition);
                Ok(self.root.budget.made(gathered(&expansion, each)))
            });
            return self.apply(Cow::Owned(whole), steps);
        };
        let Some(repetition) = expansion.at(&index) else {
            return Err(format!("there is no module.{name}{}", index.suffix()));
        };
        match rest {
            [Access::Attribute(output), rest @ ..] => {
                self.apply(Cow::Owned(self.output(call.name, &repetition, output)), rest)
            }
            rest => self.apply(Cow::Owned(self.outputs(call.name, &repetition)), rest),
        }
    }

    fn output(self, call: &str, repetition: &Repetition, output: &str) -> Value {
        let child = self.root.child(self.module, call, repetition);
        child.map_or(Value::unknown(), |child| self.module_output(&child, output))
    }

    /// The value of a module's output, as its caller sees it.
    pub fn module_output(self, module: &std::rc::Rc<ModuleInstance<'m>>, output: &str) -> Value {
        let Some(declared) = module.declared.outputs.get(output) else { return Value::unknown() };
        let Some(value) = declared.block.body.attribute("value") else { return Value::unknown() };
        module.once(self.root, Name::Output(declared.name), || module.scope(self.root).eval(&value.value))
    }

    fn outputs(self, call: &str, repetition: &Repetition) -> Value {
        let Some(child) = self.root.child(self.module, call, repetition) else { return Value::unknown() };
        let names = child.declared.outputs.list.iter().map(|output| output.name);
        Value::object(names.map(|name| (name, self.module_output(&child, name))))
    }

    /// `type.name`: the attributes that the configuration sets are known.
    fn resource_reference(self, kind: &str, name: &str, steps: &[Access]) -> Evaluated {
        let Some(declared) = self.module.declared.resources.get(&format!("{kind}.{name}")) else {
            return Ok(Value::unknown());
        };
        let (kind, name) = declared.name;
        let expansion =
            self.root.expansion(self.module, Name::Resource(kind, name), &declared.block, declared.file);
        if matches!(*expansion, Expansion::Unknown) {
            return Ok(Value::unknown());
        }
        let one = |repetition: &Repetition| {
            let instance = Name::Instance(kind, name, repetition.index());
            self.module.once(self.root, instance, || {
                let for_each = declared.block.body.attribute("for_each").map(|a| &a.value);
                let own = self.module.scope(self.root);
                Ok(Scope { repetition, for_each, ..own }.resource_value(kind, &declared.block))
            })
        };
        match self.index(&expansion, steps)? {
            (Some(index), rest) => {
                let Some(repetition) = expansion.at(&index) else {
                    return Err(format!("there is no {kind}.{name}{}", index.suffix()));
                };
                self.apply(Cow::Owned(one(&repetition)), rest)
            }
            (None, rest) => {
                let whole = self.module.once(self.root, Name::Resource(kind, name), || {
                    Ok(self.root.budget.made(gathered(&expansion, one)))
                });
                self.apply(Cow::Owned(whole), rest)
            }
        }
    }

    /// The one instance that the first step selects; none when all of them are meant.
    fn index<'a>(
        self,
        expansion: &Expansion,
        steps: &'a [Access],
    ) -> Result<(Option<Index>, &'a [Access]), String> {
        let selected = match (expansion, steps) {
            (Expansion::Single, _) => return Ok((Some(Index::None), steps)),
            (Expansion::Each(_), [Access::Attribute(key), ..]) => Some(Index::Key(key.as_str().into())),
            (Expansion::Each(_), [Access::Index(key), ..]) => match convert(&self.eval(key)?, &Type::String)?
            {
                Value::String(key) => Some(Index::Key(key)),
                _ => None,
            },
            (Expansion::Count(_), [Access::Index(key), ..]) => {
                match convert(&self.eval(key)?, &Type::Number)? {
                    Value::Number(index) => position(&index).map(Index::Number),
                    _ => None,
                }
            }
            _ => None,
        };
        Ok(match selected {
            Some(index) => (Some(index), steps.get(1..).unwrap_or_default()),
            None => (None, steps),
        })
    }

    /// How often a block exists.
    pub fn expand(self, block: &Block) -> Expansion {
        if let Some(count) = block.body.attribute("count") {
            let value = self.value(&count.value);
            return match convert(&value, &Type::Number) {
                Ok(Value::Number(count)) => position(&count).map_or(Expansion::Unknown, Expansion::Count),
                _ => Expansion::Unknown,
            };
        }
        let Some(for_each) = block.body.attribute("for_each") else { return Expansion::Single };
        let over = self.value(&for_each.value);
        if !matches!(over, Value::Map(_) | Value::Object(_) | Value::Set(_)) {
            return Expansion::Unknown;
        }
        let Ok(Some(pairs)) = pairs(&over) else { return Expansion::Unknown };
        let entries: Option<Vec<_>> = pairs
            .into_iter()
            .map(|(key, value)| match key {
                Value::String(key) => Some((key, value)),
                _ => None,
            })
            .collect();
        let Some(mut entries) = entries else { return Expansion::Unknown };
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        Expansion::Each(entries)
    }

    /// What other expressions see of a resource.
    pub fn resource_value(self, kind: &str, block: &Block) -> Value {
        let mut attributes = written(self, &block.body);
        attributes.retain(|_, value| !value.is_null());
        if kind == "terraform_data" {
            return builtin(&attributes);
        }
        Value::Unknown(Unknown { of: Type::Any, not_null: true, attributes: Some(Arc::new(attributes)) })
    }
}

/// `terraform_data`, the one resource that Terraform itself provides: all its attributes are known
/// to exist.
fn builtin(written: &BTreeMap<Arc<str>, Value>) -> Value {
    let given = |name: &str| written.get(name).cloned().unwrap_or(Value::Null);
    let input = given("input");
    let output = if input.is_null() { Value::Null } else { Value::unknown_of(input.type_of()) };
    Value::object([
        ("id", Value::unknown_result(Type::String)),
        ("input", input),
        ("output", output),
        ("triggers_replace", given("triggers_replace")),
    ])
}

/// A tuple or an object of instances.
fn gathered(expansion: &Expansion, one: impl Fn(&Repetition) -> Value) -> Value {
    match expansion {
        Expansion::Single => one(&SINGLE),
        Expansion::Count(_) => Value::tuple(expansion.instances().map(|repetition| one(&repetition))),
        Expansion::Each(entries) => {
            let keys = entries.iter().map(|(key, _)| key.clone());
            Value::object(keys.zip(expansion.instances()).map(|(key, repetition)| (key, one(&repetition))))
        }
        Expansion::Unknown => Value::unknown(),
    }
}
