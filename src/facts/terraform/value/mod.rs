//! Values of Terraform's language, as its own type system (cty) has them.
//!
//! Collections are shared, so that ten thousand instances of one resource do not hold ten thousand
//! copies of what they have in common. Spans are not here: a value takes its spans from the
//! expression that it was written as, when it becomes an attribute.

mod convert;
mod decimal;
mod json;
mod number;
mod operators;
mod set;
mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

pub use convert::{convert, to_text};
pub use decimal::Decimal;
pub use json::{encode, from_json, to_json};
pub use number::Number;
pub use operators::{
    add, and, at_least, at_most, divide, equal, greater, less, modulo, multiply, negate, not, not_equal, or,
    subtract,
};
pub use types::{conforms, unify};

/// A value. `sensitive` is no part of it: marks change what is printed, not what is configured.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    /// All elements of one type.
    List(Arc<[Value]>),
    /// Sorted, without duplicates.
    Set(Arc<[Value]>),
    /// What `[a, b]` makes.
    Tuple(Arc<[Value]>),
    /// All elements of one type.
    Map(Arc<BTreeMap<Arc<str>, Value>>),
    /// What `{a = b}` makes.
    Object(Arc<BTreeMap<Arc<str>, Value>>),
    /// What nobody can know before apply.
    Unknown(Unknown),
}

/// What is known of an unknown value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unknown {
    pub of: Type,
    /// It will not be null: so `x == null` is known to be false.
    pub not_null: bool,
    /// Of a resource: the attributes that are written down. It has others, set by its provider.
    pub attributes: Option<Arc<BTreeMap<Arc<str>, Value>>>,
}

/// A type constraint.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    Any,
    Bool,
    Number,
    String,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(BTreeMap<Arc<str>, Field>),
}

/// One attribute of an object type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    pub of: Type,
    /// `optional(type, default)`; the default is null when none is given.
    pub optional: Option<Box<Value>>,
}

impl Unknown {
    pub const fn of(of: Type) -> Self {
        Self { of, not_null: false, attributes: None }
    }
}

impl Type {
    /// As Terraform names it in its messages.
    pub fn name(&self) -> String {
        match self {
            Type::Any => "dynamic".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Number => "number".to_owned(),
            Type::String => "string".to_owned(),
            Type::List(of) => format!("list of {}", of.name()),
            Type::Set(of) => format!("set of {}", of.name()),
            Type::Map(of) => format!("map of {}", of.name()),
            Type::Tuple(_) => "tuple".to_owned(),
            Type::Object(_) => "object".to_owned(),
        }
    }

    /// An object type none of whose attributes is optional.
    pub fn object<K: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (K, Type)>) -> Self {
        let field = |(name, of): (K, Type)| (name.into(), Field { of, optional: None });
        Type::Object(attributes.into_iter().map(field).collect())
    }
}

impl Value {
    pub const fn unknown() -> Self {
        Value::Unknown(Unknown { of: Type::Any, not_null: false, attributes: None })
    }

    pub const fn unknown_of(of: Type) -> Self {
        Value::Unknown(Unknown::of(of))
    }

    /// An unknown result that will not be null, as most functions and all operators give.
    pub const fn unknown_result(of: Type) -> Self {
        Value::Unknown(Unknown { of, not_null: true, attributes: None })
    }

    /// Every string of the language is in Unicode's composed form.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        if text.is_ascii() || is_nfc(&text) {
            return Value::String(text);
        }
        Value::String(text.nfc().collect::<String>().into())
    }

    pub fn number(value: impl Into<Number>) -> Self {
        Value::Number(value.into())
    }

    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Value::List(items.into_iter().collect())
    }

    pub fn tuple(items: impl IntoIterator<Item = Value>) -> Self {
        Value::Tuple(items.into_iter().collect())
    }

    /// Sorted as Terraform sorts, without duplicates.
    pub fn set(items: impl IntoIterator<Item = Value>) -> Self {
        set::from_items(items.into_iter().collect())
    }

    pub fn map<K: Into<Arc<str>>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Value::Map(Arc::new(entries.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    pub fn object<K: Into<Arc<str>>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Value::Object(Arc::new(entries.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown(_))
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The members of a list, set or tuple.
    pub fn items(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) | Value::Set(items) | Value::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The members of a map or object.
    pub fn entries(&self) -> Option<&BTreeMap<Arc<str>, Value>> {
        match self {
            Value::Map(entries) | Value::Object(entries) => Some(entries),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Nothing in it is unknown.
    pub fn is_known(&self) -> bool {
        match self {
            Value::Unknown(_) => false,
            Value::List(items) | Value::Set(items) | Value::Tuple(items) => items.iter().all(Value::is_known),
            Value::Map(entries) | Value::Object(entries) => entries.values().all(Value::is_known),
            _ => true,
        }
    }

    /// The type that the value has. A null and the members of an empty collection may be of any.
    pub fn type_of(&self) -> Type {
        match self {
            Value::Null => Type::Any,
            Value::Bool(_) => Type::Bool,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::List(items) => Type::List(Box::new(element_type(items.iter()))),
            Value::Set(items) => Type::Set(Box::new(element_type(items.iter()))),
            Value::Map(entries) => Type::Map(Box::new(element_type(entries.values()))),
            Value::Tuple(items) => Type::Tuple(items.iter().map(Value::type_of).collect()),
            Value::Object(entries) => {
                Type::object(entries.iter().map(|(name, value)| (name.clone(), value.type_of())))
            }
            Value::Unknown(unknown) => unknown.of.clone(),
        }
    }

    /// How many members a collection has, as far as that is known: a set of unknown values may turn
    /// out to have fewer.
    pub fn length(&self) -> Option<usize> {
        match self {
            Value::Set(items) if items.len() > 1 && !self.is_known() => None,
            Value::Unknown(Unknown { of: Type::Tuple(items), .. }) => Some(items.len()),
            Value::Unknown(Unknown { of: Type::Object(fields), .. }) => Some(fields.len()),
            _ => self.items().map(<[Value]>::len).or_else(|| self.entries().map(BTreeMap::len)),
        }
    }
}

/// The one type of all members; what nulls and empty collections leave open, others fill in.
fn element_type<'a>(items: impl Iterator<Item = &'a Value>) -> Type {
    items.map(Value::type_of).reduce(types::fill).unwrap_or(Type::Any)
}

#[cfg(test)]
mod tests;
