//! Type constraints of variables, as they are written.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>

use std::collections::BTreeMap;
use std::sync::Arc;

use super::module::literal;
use super::value::{Field, Type, Value, convert};
use crate::source::hcl::ast::{Expr, ExprKind};

/// The type that an expression names; what names none constrains nothing.
pub fn constraint(expr: &Expr, constant: &dyn Fn(&Expr) -> Option<Value>) -> Type {
    let inner = |expr: &Expr| constraint(expr, constant);
    match &expr.kind {
        // Terraform 0.11 quoted them: `type = "list"`.
        ExprKind::Variable(name) | ExprKind::String(name) => named(name),
        ExprKind::Parenthesis(expr) => inner(expr),
        ExprKind::Call(call) => match (call.name.as_str(), call.args.as_slice()) {
            ("list", [of]) => Type::List(Box::new(inner(of))),
            ("set", [of]) => Type::Set(Box::new(inner(of))),
            ("map", [of]) => Type::Map(Box::new(inner(of))),
            ("tuple", [Expr { kind: ExprKind::Tuple(items), .. }]) => {
                Type::Tuple(items.iter().map(inner).collect())
            }
            ("object", [Expr { kind: ExprKind::Object(fields), .. }]) => {
                let fields =
                    fields.iter().filter_map(|(name, of)| Some((literal(name)?.into(), field(of, constant))));
                Type::Object(fields.collect::<BTreeMap<Arc<str>, Field>>())
            }
            _ => Type::Any,
        },
        _ => Type::Any,
    }
}

fn named(name: &str) -> Type {
    let of_any = Box::new(Type::Any);
    match name {
        "bool" => Type::Bool,
        "number" => Type::Number,
        "string" => Type::String,
        "list" => Type::List(of_any),
        "set" => Type::Set(of_any),
        "map" => Type::Map(of_any),
        _ => Type::Any,
    }
}

fn field(expr: &Expr, constant: &dyn Fn(&Expr) -> Option<Value>) -> Field {
    let ExprKind::Call(call) = &expr.kind else {
        return Field { of: constraint(expr, constant), optional: None };
    };
    let ("optional", Some((of, default))) = (call.name.as_str(), call.args.split_first()) else {
        return Field { of: constraint(expr, constant), optional: None };
    };
    let of = constraint(of, constant);
    let default = default.first().map_or(Some(Value::Null), constant);
    // What is not of the type is an error to Terraform; nobody knows what it should have been.
    let default = default.and_then(|value| convert(&value, &of).ok());
    let default = default.unwrap_or_else(|| Value::unknown_of(of.clone()));
    Field { of, optional: Some(Box::new(default)) }
}
