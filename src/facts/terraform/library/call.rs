//! What a function declares of itself, and what it is called with.
//!
//! Arguments are converted to the types of the parameters before the call. A null is refused, and
//! an unknown argument makes the result unknown, unless the parameter says otherwise.

use super::Files;
use crate::facts::terraform::value::{Number, Type, Value, convert};

pub type Outcome = Result<Value, String>;

/// A type that a parameter or result may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Any,
    Bool,
    Number,
    Text,
    Texts,
    Bools,
    /// A list of anything.
    List,
    /// A set of anything.
    Set,
    TextSet,
    TextsByKey,
}

impl Kind {
    pub fn of(self) -> Type {
        let list = |of| Type::List(Box::new(of));
        match self {
            Kind::Any => Type::Any,
            Kind::Bool => Type::Bool,
            Kind::Number => Type::Number,
            Kind::Text => Type::String,
            Kind::Texts => list(Type::String),
            Kind::Bools => list(Type::Bool),
            Kind::List => list(Type::Any),
            Kind::Set => Type::Set(Box::new(Type::Any)),
            Kind::TextSet => Type::Set(Box::new(Type::String)),
            Kind::TextsByKey => Type::Map(Box::new(list(Type::String))),
        }
    }
}

#[derive(Clone, Copy)]
pub struct Param {
    kind: Kind,
    null: bool,
    unknown: Unknowns,
}

/// What of an argument may be unknown while the function still runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknowns {
    Nothing,
    Members,
    Everything,
}

pub const ANY: Param = Param::of(Kind::Any);
pub const NUMBER: Param = Param::of(Kind::Number);
pub const TEXT: Param = Param::of(Kind::Text);
/// A list of strings, all of them known.
pub const TEXTS: Param = Param::of(Kind::Texts).known();
/// These may be unknown, and the last also null.
pub const OPEN_TEXT: Param = TEXT.or_unknown();
pub const OPEN_NUMBER: Param = NUMBER.or_unknown();
pub const OPEN: Param = ANY.or_unknown();
pub const ANYTHING: Param = OPEN.or_null();

impl Param {
    /// Members of a collection may be unknown, the collection may not.
    pub const fn of(kind: Kind) -> Self {
        Self { kind, null: false, unknown: Unknowns::Members }
    }

    /// Nothing in it may be unknown.
    pub const fn known(self) -> Self {
        Self { unknown: Unknowns::Nothing, ..self }
    }

    /// The function itself sees to what is unknown.
    pub const fn or_unknown(self) -> Self {
        Self { unknown: Unknowns::Everything, ..self }
    }

    pub const fn or_null(self) -> Self {
        Self { null: true, ..self }
    }

    fn accepts(self, value: &Value) -> bool {
        match self.unknown {
            Unknowns::Nothing => value.is_known(),
            Unknowns::Members => !value.is_unknown(),
            Unknowns::Everything => true,
        }
    }
}

pub struct Function {
    params: &'static [Param],
    rest: Option<Param>,
    returns: Kind,
    pub run: fn(&Call<'_>) -> Outcome,
}

impl Function {
    pub const fn new(params: &'static [Param], returns: Kind, run: fn(&Call<'_>) -> Outcome) -> Self {
        Self { params, rest: None, returns, run }
    }

    /// More arguments of this kind may follow.
    pub const fn then(self, rest: Param) -> Self {
        Self { rest: Some(rest), ..self }
    }

    /// The converted arguments, or the unknown value that the call results in because of them.
    pub fn prepare(&self, args: Vec<Value>) -> Result<Result<Vec<Value>, Value>, String> {
        let (wanted, given) = (self.params.len(), args.len());
        if given < wanted || (self.rest.is_none() && given > wanted) {
            let least = if self.rest.is_some() { "at least " } else { "" };
            return Err(format!("wrong number of arguments ({least}{wanted} required; {given} given)"));
        }
        let params = self.params.iter().copied().chain(std::iter::repeat_n(self.rest, given).flatten());
        let mut converted = Vec::with_capacity(given);
        let mut run = true;
        for (at, (arg, param)) in args.into_iter().zip(params).enumerate() {
            let arg = if param.kind == Kind::Any {
                arg
            } else {
                convert(&arg, &param.kind.of()).map_err(|error| format!("argument {}: {error}", at + 1))?
            };
            if arg.is_null() && !param.null {
                return Err(format!("argument {} must not be null", at + 1));
            }
            run = run && param.accepts(&arg);
            converted.push(arg);
        }
        Ok(if run { Ok(converted) } else { Err(self.unknown()) })
    }

    fn unknown(&self) -> Value {
        match self.returns {
            Kind::Any => Value::unknown(),
            kind => Value::unknown_result(kind.of()),
        }
    }
}

pub struct Call<'a> {
    pub args: Vec<Value>,
    pub files: &'a dyn Files,
}

impl Call<'_> {
    /// The arity was checked before; what is missing would be null.
    pub fn arg(&self, at: usize) -> &Value {
        self.args.get(at).unwrap_or(&Value::Null)
    }

    pub fn rest(&self, from: usize) -> &[Value] {
        self.args.get(from..).unwrap_or_default()
    }

    pub fn text(&self, at: usize) -> Result<&str, String> {
        self.arg(at).as_str().ok_or_else(|| format!("argument {} must be a string", at + 1))
    }

    pub fn number(&self, at: usize) -> Result<&Number, String> {
        number(self.arg(at))
    }

    /// A whole number.
    pub fn integer(&self, at: usize) -> Result<i64, String> {
        self.number(at)?.as_i64().ok_or_else(|| format!("argument {} must be a whole number", at + 1))
    }

    pub fn items(&self, at: usize) -> Result<&[Value], String> {
        self.arg(at).items().ok_or_else(|| format!("argument {} must be a list, set or tuple", at + 1))
    }
}

pub fn number(value: &Value) -> Result<&Number, String> {
    match value {
        Value::Number(number) => Ok(number),
        _ => Err("a number is required".to_owned()),
    }
}

/// The texts of a list of strings; nulls are refused.
pub fn texts(items: &[Value]) -> Result<Vec<&str>, String> {
    let text = |(at, item): (usize, &'_ Value)| match item {
        Value::String(_) => Ok(()),
        _ => Err(format!("element {at} must be a string, and not null")),
    };
    items.iter().enumerate().try_for_each(text)?;
    Ok(items.iter().filter_map(Value::as_str).collect())
}

/// A function's string.
#[allow(clippy::unnecessary_wraps)] // it ends functions, which may fail
pub fn string(text: impl Into<std::sync::Arc<str>>) -> Outcome {
    Ok(Value::string(text))
}
