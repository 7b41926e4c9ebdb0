//! Values of Terraform's language, as its own type system (cty) has them.
//!
//! Collections are shared, so that ten thousand instances of one resource do not hold ten thousand
//! copies of what they have in common. Spans are not here: a value takes its spans from the
//! expression that it was written as, when it becomes an attribute.

mod number;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use number::Number;

/// A value. `sensitive` is no part of it: marks change what is printed, not what is configured.
#[derive(Debug, Clone, PartialEq)]
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
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    pub of: Type,
    /// It will not be null: so `x == null` is known to be false.
    pub not_null: bool,
}

/// A type constraint.
#[derive(Debug, Clone, PartialEq)]
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
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub of: Type,
    /// `optional(type, default)`; the default is null when none is given.
    pub optional: Option<Box<Value>>,
}

impl Value {
    pub const fn unknown() -> Self {
        Value::Unknown(Unknown { of: Type::Any, not_null: false })
    }

    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Value::String(text.into())
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown(_))
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
}
