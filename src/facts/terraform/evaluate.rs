//! Expressions to values, with Terraform's rules for what is unknown and what is an error.
//!
//! An error is told apart from an unknown value only because `try` and `can` do so; whoever needs
//! a value takes it as unknown: nobody can say what it should have been.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::access::{attribute, element, splat};
use super::instance::Repetition;
use super::library;
use super::root::{ModuleInstance, Root};
use super::value::{self, Number, Type, Value, convert, to_text, unify};
use crate::source::hcl::ast::{Access, Call, Expr, ExprKind, For, Operator, Part};

pub type Evaluated = Result<Value, String>;

/// What an expression may refer to.
#[derive(Clone, Copy)]
pub struct Scope<'s, 'm> {
    pub root: &'s Root<'m>,
    pub module: &'s Rc<ModuleInstance<'m>>,
    pub repetition: &'s Repetition,
    /// What `each` goes through, as it is written.
    pub for_each: Option<&'s Expr>,
    /// The innermost name of a `for`, a `dynamic` block or a rendered template.
    pub bound: Option<&'s Binding<'s>>,
}

/// A name and its value, and the names around it.
pub struct Binding<'s> {
    pub name: &'s str,
    pub value: Value,
    /// What a `dynamic` block goes through, as it is written.
    pub from: Option<&'s Expr>,
    pub outer: Option<&'s Binding<'s>>,
}

impl Binding<'_> {
    fn get(&self, name: &str) -> Option<&Self> {
        let mut binding = Some(self);
        while let Some(inner) = binding.filter(|inner| inner.name != name) {
            binding = inner.outer;
        }
        binding
    }
}

impl<'s, 'm> Scope<'s, 'm> {
    /// The value, unknown when it cannot be computed.
    pub fn value(self, expr: &Expr) -> Value {
        self.eval(expr).unwrap_or(Value::unknown())
    }

    pub fn with<'b>(self, binding: &'b Binding<'b>) -> Scope<'b, 'm>
    where
        's: 'b,
    {
        Scope { bound: Some(binding), ..self }
    }

    pub fn binding(self, name: &str) -> Option<&'s Binding<'s>> {
        self.bound.and_then(|bound| bound.get(name))
    }

    pub fn eval(self, expr: &Expr) -> Evaluated {
        if !self.root.budget.spend(1) {
            return Ok(Value::unknown());
        }
        let result = self.root.budget.deeper(|| self.eval_kind(&expr.kind));
        result.unwrap_or_else(|| {
            self.root.note(self.module, "references and expressions nest too deep to be evaluated");
            Ok(Value::unknown())
        })
    }

    fn eval_kind(self, kind: &ExprKind) -> Evaluated {
        match kind {
            ExprKind::Null => Ok(Value::Null),
            ExprKind::Bool(value) => Ok(Value::Bool(*value)),
            ExprKind::Number(text) => {
                text.parse::<Number>().map(Value::Number).map_err(|_| format!("{text} is no number"))
            }
            ExprKind::String(text) => Ok(Value::string(text.as_str())),
            ExprKind::Template(parts) => self.template(parts),
            ExprKind::Tuple(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.eval(item)).collect::<Result<_, _>>()?;
                Ok(self.root.budget.made(Value::tuple(items)))
            }
            ExprKind::Object(entries) => self.object(entries),
            ExprKind::Variable(name) => match self.binding(name) {
                Some(binding) => Ok(binding.value.clone()),
                None => Err(format!("{name} is no value")),
            },
            ExprKind::Traversal(base, steps) => self.traversal(base, steps),
            ExprKind::Call(call) => self.call(call),
            ExprKind::Not(inner) => value::not(&self.eval(inner)?),
            ExprKind::Negate(inner) => value::negate(&self.eval(inner)?),
            ExprKind::Binary(left, operator, right) => {
                let (left, right) = (self.eval(left)?, self.eval(right)?);
                if !self.root.budget.look([&left, &right]) {
                    return Ok(Value::unknown());
                }
                operate(&left, *operator, &right)
            }
            ExprKind::Conditional(parts) => self.conditional(parts),
            ExprKind::For(each) => self.for_expression(each),
            ExprKind::Parenthesis(inner) => self.eval(inner),
        }
    }

    fn object(self, entries: &[(Expr, Expr)]) -> Evaluated {
        let mut object = BTreeMap::new();
        let mut open = false;
        for (key, value) in entries {
            let key = key_text(&self.eval(key)?)?;
            let value = self.eval(value)?;
            match key {
                Some(key) => drop(object.insert(key, value)),
                // One unknown key leaves it open what the object holds.
                None => open = true,
            }
        }
        let object = if open { Value::unknown() } else { Value::Object(Arc::new(object)) };
        Ok(self.root.budget.made(object))
    }

    /// A template of one interpolation is that value; else everything must be fit to be a string.
    pub fn template(self, parts: &[Part]) -> Evaluated {
        if let [Part::Value(only)] = parts {
            return self.eval(only);
        }
        let mut text = String::new();
        let known = self.parts(parts, &mut text)?;
        Ok(if known { Value::string(text) } else { Value::unknown_result(Type::String) })
    }

    /// Appends to `text`; false when something of it is unknown.
    fn parts(self, parts: &[Part], text: &mut String) -> Result<bool, String> {
        let mut known = true;
        for part in parts {
            match part {
                Part::Text(literal) => known &= self.append(text, literal),
                Part::Value(expr) => match to_text(&self.eval(expr)?)? {
                    Value::String(piece) => known &= self.append(text, &piece),
                    Value::Null => return Err("null in a template".to_owned()),
                    _ => known = false,
                },
                Part::If { condition, then, otherwise } => match condition_of(&self.eval(condition)?)? {
                    Some(true) => known &= self.parts(then, text)?,
                    Some(false) => known &= self.parts(otherwise, text)?,
                    None => known = false,
                },
                Part::For { key, value, over, body } => {
                    let Some(pairs) = pairs(&self.eval(over)?)? else {
                        known = false;
                        continue;
                    };
                    for (index, item) in pairs {
                        known &= self.bind(key.as_deref(), value, index, item, |scope| {
                            if scope.root.budget.spend(1) { scope.parts(body, text) } else { Ok(false) }
                        })?;
                    }
                }
            }
        }
        Ok(known)
    }

    fn append(self, text: &mut String, piece: &str) -> bool {
        let affordable = self.root.budget.spend(piece.len() / 16 + 1);
        if affordable {
            text.push_str(piece);
        }
        affordable
    }

    fn bind<T>(
        self,
        key: Option<&str>,
        value: &str,
        index: Value,
        item: Value,
        run: impl FnOnce(Scope<'_, 'm>) -> T,
    ) -> T {
        let inner = Binding { name: value, value: item, from: None, outer: self.bound };
        match key {
            Some(key) => {
                let outer = Binding { name: key, value: index, from: None, outer: self.bound };
                run(self.with(&Binding { outer: Some(&outer), ..inner }))
            }
            None => run(self.with(&inner)),
        }
    }

    /// Both branches count for the type of the result, only the chosen one for its value.
    fn conditional(self, parts: &[Expr; 3]) -> Evaluated {
        let [condition, then, otherwise] = parts;
        let condition = condition_of(&self.eval(condition)?)?;
        let (then, otherwise) = (self.eval(then), self.eval(otherwise));
        let type_of = |branch: &Evaluated| match branch {
            Ok(value) if self.root.budget.look([value]) => value.type_of(),
            _ => Type::Any,
        };
        let null = |branch: &Evaluated| matches!(branch, Ok(Value::Null));
        let of = match (null(&then), null(&otherwise)) {
            (true, _) => Some(type_of(&otherwise)),
            (_, true) => Some(type_of(&then)),
            _ => unify(&[type_of(&then), type_of(&otherwise)]),
        };
        let of = of.ok_or("the two results of a conditional have no type in common")?;
        if let Some(choice) = condition {
            let chosen = if choice { then } else { otherwise }?;
            // A part of unknown type says nothing about the other branch's.
            return if of == Type::Any { Ok(chosen) } else { convert(&chosen, &of) };
        }
        let not_null = never_null(&then?) && never_null(&otherwise?);
        Ok(if not_null { Value::unknown_result(of) } else { Value::unknown_of(of) })
    }

    fn for_expression(self, each: &For) -> Evaluated {
        let over = self.eval(&each.over)?;
        let Some(pairs) = pairs(&over)? else { return Ok(Value::unknown()) };
        // The first of them may be the last that is evaluated.
        if !self.root.budget.spend(pairs.len() / 8) {
            return Ok(Value::unknown());
        }
        let mut made = Made::default();
        for (index, item) in pairs {
            let going = self.bind(each.key.as_deref(), &each.value, index, item, |scope| {
                scope.for_element(each, &mut made)
            })?;
            if !going {
                return Ok(Value::unknown());
            }
        }
        let whole = match (&each.key_expr, each.group) {
            (None, _) => Value::tuple(made.items),
            (_, true) => {
                Value::object(made.groups.into_iter().map(|(key, items)| (key, Value::tuple(items))))
            }
            (_, false) => Value::object(made.entries),
        };
        Ok(self.root.budget.made(whole))
    }

    /// False when the result cannot be known.
    fn for_element(self, each: &For, made: &mut Made) -> Result<bool, String> {
        if let Some(condition) = &each.condition {
            match condition_of(&self.eval(condition)?)? {
                Some(true) => {}
                Some(false) => return Ok(true),
                None => return Ok(false),
            }
        }
        let Some(key) = &each.key_expr else {
            made.items.push(self.eval(&each.value_expr)?);
            return Ok(self.root.budget.spend(1));
        };
        let Some(key) = key_text(&self.eval(key)?)? else { return Ok(false) };
        let value = self.eval(&each.value_expr)?;
        if each.group {
            made.groups.entry(key).or_default().push(value);
        } else if made.entries.insert(key.clone(), value).is_some() {
            return Err(format!("two values of a for expression have the key {key:?}"));
        }
        Ok(self.root.budget.spend(1))
    }

    fn call(self, call: &Call) -> Evaluated {
        let name = call.name.strip_prefix("core::").unwrap_or(&call.name);
        match name {
            "try" => return self.try_each(&call.args),
            "can" => {
                return Ok(match call.args.first().map(|arg| self.eval(arg)) {
                    Some(Ok(value)) if self.root.budget.look([&value]) && value.is_known() => {
                        Value::Bool(true)
                    }
                    Some(Ok(_)) => Value::unknown_result(Type::Bool),
                    _ => Value::Bool(false),
                });
            }
            // Other files than those that were read may lie there.
            "fileset" => return Ok(Value::unknown()),
            name if name.starts_with("provider::") => return Ok(Value::unknown()),
            _ => {}
        }
        let mut args: Vec<Value> = call.args.iter().map(|arg| self.eval(arg)).collect::<Result<_, _>>()?;
        if call.expand_last
            && let Some(last) = args.pop()
        {
            match (last.items(), &last) {
                (Some(items), _) => args.extend(items.iter().cloned()),
                (None, Value::Unknown(_)) => return Ok(Value::unknown()),
                _ => return Err("only a list can be expanded into arguments".to_owned()),
            }
        }
        // What a function looks at, it pays for.
        if !self.root.budget.look(&args) {
            return Ok(Value::unknown());
        }
        library::call(name, args, &self.files()).map(|value| self.root.budget.made(value))
    }

    /// The first argument that is no error, if all of it is known: else a later look could find one.
    fn try_each(self, args: &[Expr]) -> Evaluated {
        for arg in args {
            if let Ok(value) = self.eval(arg) {
                if !self.root.budget.look([&value]) {
                    return Ok(Value::unknown());
                }
                return Ok(if value.is_known() { value } else { Value::unknown() });
            }
        }
        Err("no argument of try succeeded".to_owned())
    }

    fn traversal(self, base: &Expr, steps: &[Access]) -> Evaluated {
        let ExprKind::Variable(name) = &base.kind else {
            let base = self.eval(base)?;
            return self.apply(Cow::Owned(base), steps);
        };
        match self.binding(name) {
            Some(binding) => self.apply(Cow::Borrowed(&binding.value), steps),
            None => self.reference(name, steps),
        }
    }

    /// Follows steps into a value.
    pub fn apply(self, base: Cow<'_, Value>, steps: &[Access]) -> Evaluated {
        let Some((first, rest)) = steps.split_first() else { return Ok(base.into_owned()) };
        if !self.root.budget.spend(1) {
            return Ok(Value::unknown());
        }
        match first {
            Access::Attribute(name) => self.apply(Cow::Owned(attribute(&base, name)?), rest),
            Access::Index(key) => {
                let key = self.eval(key)?;
                self.apply(Cow::Owned(element(&base, &key)?), rest)
            }
            Access::FullSplat => {
                let made = splat(&base, |item| self.apply(Cow::Borrowed(item), rest))?;
                Ok(self.root.budget.made(made))
            }
            Access::AttributeSplat => {
                let names = rest.iter().take_while(|step| matches!(step, Access::Attribute(_))).count();
                let (names, rest) = rest.split_at(names);
                let made = splat(&base, |item| self.apply(Cow::Borrowed(item), names))?;
                let made = self.root.budget.made(made);
                self.apply(Cow::Owned(made), rest)
            }
        }
    }
}

/// What a `for` expression has made so far.
#[derive(Default)]
struct Made {
    items: Vec<Value>,
    entries: BTreeMap<Arc<str>, Value>,
    groups: BTreeMap<Arc<str>, Vec<Value>>,
}

fn operate(left: &Value, operator: Operator, right: &Value) -> Evaluated {
    match operator {
        Operator::Equal => Ok(value::equal(left, right)),
        Operator::NotEqual => Ok(value::not_equal(left, right)),
        Operator::Less => value::less(left, right),
        Operator::LessEqual => value::at_most(left, right),
        Operator::Greater => value::greater(left, right),
        Operator::GreaterEqual => value::at_least(left, right),
        Operator::Add => value::add(left, right),
        Operator::Subtract => value::subtract(left, right),
        Operator::Multiply => value::multiply(left, right),
        Operator::Divide => value::divide(left, right),
        Operator::Modulo => value::modulo(left, right),
        Operator::And => value::and(left, right),
        Operator::Or => value::or(left, right),
    }
}

/// A condition; `None` when it is unknown.
fn condition_of(value: &Value) -> Result<Option<bool>, String> {
    match convert(value, &Type::Bool)? {
        Value::Bool(value) => Ok(Some(value)),
        Value::Null => Err("a condition must not be null".to_owned()),
        _ => Ok(None),
    }
}

/// The text of an object's key; `None` when it is unknown.
fn key_text(value: &Value) -> Result<Option<Arc<str>>, String> {
    match to_text(value)? {
        Value::String(text) => Ok(Some(text)),
        Value::Null => Err("a key must not be null".to_owned()),
        _ => Ok(None),
    }
}

fn never_null(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Unknown(unknown) => unknown.not_null,
        _ => true,
    }
}

/// The keys and values of a collection, in Terraform's order; `None` when they are unknown.
pub fn pairs(over: &Value) -> Result<Option<Vec<(Value, Value)>>, String> {
    match over {
        Value::Unknown(_) => Ok(None),
        Value::List(items) | Value::Tuple(items) => {
            let items = items.iter().cloned();
            Ok(Some(items.enumerate().map(|(index, item)| (Value::number(index), item)).collect()))
        }
        Value::Set(items) => Ok(Some(items.iter().map(|item| (item.clone(), item.clone())).collect())),
        Value::Map(entries) | Value::Object(entries) => {
            let entries = entries.iter();
            Ok(Some(entries.map(|(key, value)| (Value::String(key.clone()), value.clone())).collect()))
        }
        _ => Err("this cannot be iterated over".to_owned()),
    }
}
