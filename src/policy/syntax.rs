//! Walks over a syntax tree of regorus: the one place that knows the forms of its nodes.

use std::collections::BTreeSet;

use regorus::unstable::{
    AssignOp, Expr, Literal, LiteralStmt, Module, Query, Ref, Rule, RuleAssign, RuleHead,
};

/// What is told of each node, outside in.
pub(super) trait Visitor {
    /// Gives whether to go on into the parts of the expression.
    fn expression(&mut self, _: &Expr) -> bool {
        true
    }
    fn statement(&mut self, _: &LiteralStmt) {}
    /// A name that is declared here: a parameter, `some x`, `every x in`, the left of `:=`.
    fn declared(&mut self, _: &str) {}
}

/// Everything of a rule but its own name.
pub(super) fn visit_rule(rule: &Rule, to: &mut impl Visitor) {
    match rule {
        Rule::Default { args, value, .. } => {
            for argument in args {
                parameter(argument, to);
            }
            visit(value, to);
        }
        Rule::Spec { head, bodies, .. } => {
            let assigned = |assign: &Option<RuleAssign>, to: &mut _| {
                if let Some(assign) = assign {
                    visit(&assign.value, to);
                }
            };
            match head {
                RuleHead::Compr { refr, assign, .. } => {
                    indices(refr, to);
                    assigned(assign, to);
                }
                RuleHead::Set { refr, key, .. } => {
                    indices(refr, to);
                    if let Some(key) = key {
                        visit(key, to);
                    }
                }
                RuleHead::Func { refr, args, assign, .. } => {
                    indices(refr, to);
                    for argument in args {
                        parameter(argument, to);
                    }
                    assigned(assign, to);
                }
            }
            for body in bodies {
                assigned(&body.assign, to);
                visit_query(&body.query, to);
            }
        }
    }
}

/// The computed steps of a rule's name: `p[x]`.
fn indices(name: &Expr, to: &mut impl Visitor) {
    match name {
        Expr::RefDot { refr, .. } => indices(refr, to),
        Expr::RefBrack { refr, index, .. } => {
            indices(refr, to);
            visit(index, to);
        }
        _ => {}
    }
}

fn parameter(pattern: &Ref<Expr>, to: &mut impl Visitor) {
    names(pattern, &mut |name| to.declared(name));
    visit(pattern, to);
}

fn visit_query(query: &Query, to: &mut impl Visitor) {
    for statement in &query.stmts {
        to.statement(statement);
        match &statement.literal {
            Literal::SomeVars { vars, .. } => vars.iter().for_each(|name| to.declared(name.text())),
            Literal::SomeIn { key, value, collection, .. } => {
                key.iter().chain([value]).for_each(|pattern| parameter(pattern, to));
                visit(collection, to);
            }
            Literal::Every { key, value, domain, query, .. } => {
                key.iter().chain([value]).for_each(|name| to.declared(name.text()));
                visit(domain, to);
                visit_query(query, to);
            }
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => visit(expr, to),
        }
        for with in &statement.with_mods {
            visit(&with.refr, to);
            visit(&with.r#as, to);
        }
    }
}

/// An expression and its parts. Of a chain of references only the whole and its indices are shown, and what
/// it begins with unless that is a name.
pub(super) fn visit(expression: &Expr, to: &mut impl Visitor) {
    if !to.expression(expression) {
        return;
    }
    match expression {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. } => {}
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|item| visit(item, to)),
        Expr::Object { fields, .. } => {
            for (_, key, value) in fields {
                visit(key, to);
                visit(value, to);
            }
        }
        Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
            visit(term, to);
            visit_query(query, to);
        }
        Expr::ObjectCompr { key, value, query, .. } => {
            visit(key, to);
            visit(value, to);
            visit_query(query, to);
        }
        Expr::Call { fcn, params, .. } => {
            visit(fcn, to);
            for parameter in params {
                visit(parameter, to);
            }
        }
        Expr::UnaryExpr { expr, .. } => visit(expr, to),
        Expr::RefDot { .. } | Expr::RefBrack { .. } => {
            let mut link = expression;
            loop {
                match link {
                    Expr::RefDot { refr, .. } => link = refr,
                    Expr::RefBrack { refr, index, .. } => {
                        visit(index, to);
                        link = refr;
                    }
                    Expr::Var { .. } => break,
                    other => {
                        visit(other, to);
                        break;
                    }
                }
            }
        }
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. } => {
            visit(lhs, to);
            visit(rhs, to);
        }
        Expr::AssignExpr { op, lhs, rhs, .. } => {
            if *op == AssignOp::ColEq {
                names(lhs, &mut |name| to.declared(name));
            }
            visit(lhs, to);
            visit(rhs, to);
        }
        Expr::Membership { key, value, collection, .. } => {
            if let Some(key) = key {
                visit(key, to);
            }
            visit(value, to);
            visit(collection, to);
        }
    }
}

/// The names in a pattern: `[path, {"a": value}]`.
fn names(pattern: &Expr, found: &mut dyn FnMut(&str)) {
    match pattern {
        Expr::Var { value, .. } => value.as_string().iter().for_each(|name| found(name)),
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            for item in items {
                names(item, found);
            }
        }
        Expr::Object { fields, .. } => fields.iter().for_each(|(_, _, value)| names(value, found)),
        _ => {}
    }
}

/// A chain of references: the name it begins with, and its steps; a computed step is `None`.
pub(super) fn chain(expression: &Expr) -> Option<(&str, Vec<Option<&str>>)> {
    let mut steps = Vec::new();
    let mut link = expression;
    loop {
        match link {
            Expr::Var { value, .. } => {
                steps.reverse();
                return Some((value.as_string().ok()?, steps));
            }
            Expr::RefDot { refr, field, .. } => {
                steps.push(Some(field.1.as_string().ok()?.as_ref()));
                link = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                steps.push(match index.as_ref() {
                    Expr::String { value, .. } | Expr::RawString { value, .. } => {
                        value.as_string().ok().map(AsRef::as_ref)
                    }
                    _ => None,
                });
                link = refr;
            }
            _ => return None,
        }
    }
}

/// `a.b.c` up to the first computed step.
pub(super) fn dotted(expression: &Expr) -> Option<String> {
    let (first, steps) = chain(expression)?;
    let mut path = first.to_owned();
    for step in steps.into_iter().map_while(|step| step) {
        path.push('.');
        path.push_str(step);
    }
    Some(path)
}

/// The names of a module's rules.
pub(super) fn rule_names(module: &Module) -> BTreeSet<String> {
    module.policy.iter().filter_map(|rule| dotted(rule_name(rule))).collect()
}

pub(super) fn rule_name(rule: &Rule) -> &Expr {
    match rule {
        Rule::Default { refr, .. }
        | Rule::Spec {
            head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. },
            ..
        } => refr,
    }
}

/// The names that a rule declares anywhere in it.
pub(super) fn declared_in(rule: &Rule) -> BTreeSet<String> {
    #[derive(Default)]
    struct Declared(BTreeSet<String>);
    impl Visitor for Declared {
        fn declared(&mut self, name: &str) {
            self.0.insert(name.to_owned());
        }
    }
    let mut declared = Declared::default();
    visit_rule(rule, &mut declared);
    declared.0
}

/// The names in a pattern.
pub(super) fn names_in(pattern: &Expr) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    names(pattern, &mut |name| {
        found.insert(name.to_owned());
    });
    found
}

/// The parts whose values an expression is made of; a comprehension has none.
pub(super) fn operands(expression: &Expr, on: &mut dyn FnMut(&Expr)) {
    match expression {
        Expr::Call { params, .. } => params.iter().for_each(|parameter| on(parameter)),
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|item| on(item)),
        Expr::Object { fields, .. } => {
            for (_, key, value) in fields {
                on(key);
                on(value);
            }
        }
        Expr::UnaryExpr { expr, .. } => on(expr),
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => {
            on(lhs);
            on(rhs);
        }
        Expr::Membership { key, value, collection, .. } => {
            if let Some(key) = key {
                on(key);
            }
            on(value);
            on(collection);
        }
        _ => {}
    }
}

/// Is it `walk(x)`, the pairs as a value?
pub(super) fn is_walk(expression: &Expr) -> bool {
    matches!(expression, Expr::Call { fcn, params, .. }
        if params.len() == 1 && matches!(fcn.as_ref(), Expr::Var { span, .. } if span.text() == "walk"))
}

/// The parts of `pattern := walk(x)`.
pub(super) fn walk_into(expression: &Expr) -> Option<(&AssignOp, &Expr, &Expr)> {
    match expression {
        Expr::AssignExpr { op, lhs, rhs, .. } if is_walk(rhs) => Some((op, lhs, rhs)),
        _ => None,
    }
}
