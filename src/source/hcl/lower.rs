//! The parser's tree to ours: spans kept, decoration dropped, templates ready to be joined.

use hcl_edit::expr::{BinaryOperator, Expression, ObjectKey, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{self, Structure};
use hcl_edit::template::{Directive, Element, Strip, Template};

use super::ast::{Access, Attribute, Block, Body, Call, Expr, ExprKind, For, Item, Name, Operator, Part};
use super::span;

/// A parsed body as our tree. `text` is the text that its spans point into.
pub fn body(body: &structure::Body, text: &str) -> Body {
    let items = body.iter().map(|structure| match structure {
        Structure::Attribute(attribute) => Item::Attribute(Attribute {
            name: Name { text: attribute.key.as_str().to_owned(), span: span(&attribute.key) },
            value: expr(&attribute.value, text),
        }),
        Structure::Block(block) => Item::Block(Block {
            kind: Name { text: block.ident.as_str().to_owned(), span: span(&block.ident) },
            labels: block
                .labels
                .iter()
                .map(|label| Name { text: label.as_str().to_owned(), span: span(label) })
                .collect(),
            body: self::body(&block.body, text),
            span: span(block),
        }),
    });
    Body { items: items.collect(), span: span(body) }
}

/// One expression.
pub fn expr(expression: &Expression, text: &str) -> Expr {
    let at = span(expression);
    let boxed = |inner: &Expression| Box::new(expr(inner, text));
    let kind = match expression {
        Expression::Null(_) => ExprKind::Null,
        Expression::Bool(value) => ExprKind::Bool(*value.value()),
        Expression::Number(number) => {
            let written = text.get(at.start..at.end).map(str::trim).filter(|text| !text.is_empty());
            ExprKind::Number(written.map_or_else(|| number.value().to_string(), str::to_owned))
        }
        Expression::String(string) => ExprKind::String(string.value().clone()),
        Expression::Array(array) => ExprKind::Tuple(array.iter().map(|item| expr(item, text)).collect()),
        Expression::Object(object) => {
            let entries = object.iter().map(|(key, value)| (object_key(key, text), expr(value.expr(), text)));
            ExprKind::Object(entries.collect())
        }
        Expression::StringTemplate(template) => ExprKind::Template(parts(template.iter(), text)),
        Expression::HeredocTemplate(heredoc) => {
            let mut heredoc = heredoc.clone();
            heredoc.dedent();
            ExprKind::Template(template(&heredoc.template, text))
        }
        Expression::Parenthesis(inner) => ExprKind::Parenthesis(boxed(inner.inner())),
        Expression::Variable(name) => ExprKind::Variable(name.as_str().to_owned()),
        Expression::Conditional(conditional) => ExprKind::Conditional(Box::new([
            expr(&conditional.cond_expr, text),
            expr(&conditional.true_expr, text),
            expr(&conditional.false_expr, text),
        ])),
        Expression::FuncCall(call) => {
            let spaces = call.name.namespace.iter().map(|space| space.as_str());
            let name: Vec<&str> = spaces.chain([call.name.name.as_str()]).collect();
            ExprKind::Call(Call {
                name: name.join("::"),
                args: call.args.iter().map(|arg| expr(arg, text)).collect(),
                expand_last: call.args.expand_final(),
            })
        }
        Expression::Traversal(traversal) => {
            let steps = traversal.operators.iter().map(|operator| access(operator, text)).collect();
            ExprKind::Traversal(boxed(&traversal.expr), steps)
        }
        Expression::UnaryOp(unary) => match unary.operator.value() {
            UnaryOperator::Neg => ExprKind::Negate(boxed(&unary.expr)),
            UnaryOperator::Not => ExprKind::Not(boxed(&unary.expr)),
        },
        Expression::BinaryOp(binary) => ExprKind::Binary(
            boxed(&binary.lhs_expr),
            operator(*binary.operator.value()),
            boxed(&binary.rhs_expr),
        ),
        Expression::ForExpr(each) => ExprKind::For(Box::new(For {
            key: each.intro.key_var.as_ref().map(|name| name.as_str().to_owned()),
            value: each.intro.value_var.as_str().to_owned(),
            over: expr(&each.intro.collection_expr, text),
            key_expr: each.key_expr.as_ref().map(|key| expr(key, text)),
            value_expr: expr(&each.value_expr, text),
            group: each.grouping,
            condition: each.cond.as_ref().map(|condition| expr(&condition.expr, text)),
        })),
    };
    Expr::new(kind, at)
}

fn object_key(key: &ObjectKey, text: &str) -> Expr {
    match key {
        ObjectKey::Ident(ident) => Expr::new(ExprKind::String(ident.as_str().to_owned()), span(ident)),
        // A bare word is a key, not a reference; a reference needs parentheses.
        ObjectKey::Expression(Expression::Variable(name)) => {
            Expr::new(ExprKind::String(name.as_str().to_owned()), span(name))
        }
        ObjectKey::Expression(key) => expr(key, text),
    }
}

fn access(operator: &hcl_edit::Decorated<TraversalOperator>, text: &str) -> Access {
    match operator.value() {
        TraversalOperator::GetAttr(name) => Access::Attribute(name.as_str().to_owned()),
        TraversalOperator::Index(key) => Access::Index(expr(key, text)),
        TraversalOperator::LegacyIndex(index) => {
            Access::Index(Expr::new(ExprKind::Number(index.value().to_string()), span(operator)))
        }
        TraversalOperator::AttrSplat(_) => Access::AttributeSplat,
        TraversalOperator::FullSplat(_) => Access::FullSplat,
    }
}

fn operator(operator: BinaryOperator) -> Operator {
    match operator {
        BinaryOperator::Eq => Operator::Equal,
        BinaryOperator::NotEq => Operator::NotEqual,
        BinaryOperator::LessEq => Operator::LessEqual,
        BinaryOperator::GreaterEq => Operator::GreaterEqual,
        BinaryOperator::Less => Operator::Less,
        BinaryOperator::Greater => Operator::Greater,
        BinaryOperator::Plus => Operator::Add,
        BinaryOperator::Minus => Operator::Subtract,
        BinaryOperator::Mul => Operator::Multiply,
        BinaryOperator::Div => Operator::Divide,
        BinaryOperator::Mod => Operator::Modulo,
        BinaryOperator::And => Operator::And,
        BinaryOperator::Or => Operator::Or,
    }
}

fn template(template: &Template, text: &str) -> Vec<Part> {
    parts(template.iter(), text)
}

/// A `~` in a marker takes the white space of the text on its side with it.
fn parts<'a>(elements: impl Iterator<Item = &'a Element>, text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut strip_next = false;
    for element in elements {
        let (part, strip) = match element {
            Element::Literal(literal) => {
                let text = if strip_next { literal.trim_start() } else { literal.as_str() };
                strip_next = false;
                parts.push(Part::Text(text.to_owned()));
                continue;
            }
            Element::Interpolation(inner) => {
                (Part::Value(expr(&inner.expr, text)), (inner.strip, inner.strip))
            }
            Element::Directive(directive) => self::directive(directive, text),
        };
        if strips_before(strip.0)
            && let Some(Part::Text(before)) = parts.last_mut()
        {
            before.truncate(before.trim_end().len());
        }
        strip_next = strips_after(strip.1);
        parts.push(part);
    }
    parts
}

/// A directive, with the strip behaviour of its first and of its last marker.
fn directive(directive: &Directive, text: &str) -> (Part, (Strip, Strip)) {
    match directive {
        Directive::If(choice) => {
            let before_end = choice.endif_expr.strip;
            let middle = choice.else_expr.as_ref().map_or(before_end, |other| other.strip);
            let then = inner(&choice.if_expr.template, choice.if_expr.strip, middle, text);
            let otherwise = choice
                .else_expr
                .as_ref()
                .map_or_else(Vec::new, |other| inner(&other.template, other.strip, before_end, text));
            let condition = expr(&choice.if_expr.cond_expr, text);
            (Part::If { condition, then, otherwise }, (choice.if_expr.strip, before_end))
        }
        Directive::For(each) => {
            let (head, end) = (&each.for_expr, each.endfor_expr.strip);
            let part = Part::For {
                key: head.key_var.as_ref().map(|name| name.as_str().to_owned()),
                value: head.value_var.as_str().to_owned(),
                over: expr(&head.collection_expr, text),
                body: inner(&head.template, head.strip, end, text),
            };
            (part, (head.strip, end))
        }
    }
}

fn inner(content: &Template, opening: Strip, closing: Strip, text: &str) -> Vec<Part> {
    let mut parts = template(content, text);
    if strips_after(opening)
        && let Some(Part::Text(first)) = parts.first_mut()
    {
        *first = first.trim_start().to_owned();
    }
    if strips_before(closing)
        && let Some(Part::Text(last)) = parts.last_mut()
    {
        last.truncate(last.trim_end().len());
    }
    parts
}

fn strips_before(strip: Strip) -> bool {
    matches!(strip, Strip::Start | Strip::Both)
}

fn strips_after(strip: Strip) -> bool {
    matches!(strip, Strip::End | Strip::Both)
}
