//! Conversions between types, and functions of marks, which are no part of a value here.

use super::call::{ANYTHING, Call, Function, Kind, Outcome, Param};
use crate::facts::terraform::value::{Type, Value, convert};

pub fn find(name: &str) -> Option<Function> {
    const ONE: &[Param] = &[ANYTHING];
    let function = |returns, run| Some(Function::new(ONE, returns, run));
    match name {
        "tobool" => function(Kind::Bool, |call| to(call, &Type::Bool)),
        "tonumber" => function(Kind::Number, |call| to(call, &Type::Number)),
        "tostring" => function(Kind::Text, |call| to(call, &Type::String)),
        "tolist" => function(Kind::List, |call| to(call, &Type::List(Box::new(Type::Any)))),
        "toset" => function(Kind::Set, |call| to(call, &Type::Set(Box::new(Type::Any)))),
        "tomap" => function(Kind::Any, |call| to(call, &Type::Map(Box::new(Type::Any)))),
        // Nothing is printed here, so what is sensitive is judged like all else; nothing is ephemeral.
        "sensitive" | "nonsensitive" | "ephemeralasnull" => {
            function(Kind::Any, |call| Ok(call.arg(0).clone()))
        }
        // Marks come from variables and providers too, of which nothing is known here.
        "issensitive" => function(Kind::Bool, |_| Ok(Value::unknown_result(Type::Bool))),
        _ => None,
    }
}

fn to(call: &Call<'_>, of: &Type) -> Outcome {
    let value = call.arg(0);
    convert(value, of)
        .map_err(|error| format!("cannot convert {} to {}: {error}", value.type_of().name(), of.name()))
}
