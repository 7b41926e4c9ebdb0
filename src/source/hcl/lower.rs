//! The parser's tree to ours: spans kept, decoration dropped, templates ready to be joined.

use hcl_edit::expr::{BinaryOperator, Expression, ObjectKey, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{self, Structure};
use hcl_edit::template::Template;

use super::ast::{Access, Attribute, Block, Body, Call, Expr, ExprKind, For, Item, Name, Operator};
use super::template::{self, Written};
use crate::model::Span;

/// Where the parsed text stands in its file.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// It is a part of the file that starts there.
    From(usize),
    /// It was made from what stands there, character by character different.
    At(Span),
}

/// Turns what was parsed from `text` into our tree.
#[derive(Debug, Clone, Copy)]
pub struct Lower<'a> {
    pub text: &'a str,
    pub place: Place,
}

impl<'a> Lower<'a> {
    /// What the source says of a parsed item.
    pub fn written(&self, item: &impl hcl_edit::Span) -> &'a str {
        item.span().and_then(|range| self.text.get(range)).unwrap_or("")
    }

    pub fn span(&self, item: &impl hcl_edit::Span) -> Span {
        match (self.place, item.span()) {
            (Place::From(offset), Some(range)) => Span::new(offset + range.start, offset + range.end),
            (Place::From(offset), None) => Span::new(offset, offset),
            (Place::At(span), _) => span,
        }
    }

    pub fn body(&self, body: &structure::Body) -> Body {
        let items = body.iter().map(|structure| match structure {
            Structure::Attribute(attribute) => Item::Attribute(Attribute {
                name: Name { text: attribute.key.as_str().to_owned(), span: self.span(&attribute.key) },
                value: self.expr(&attribute.value),
            }),
            Structure::Block(block) => {
                let labels = block.labels.iter();
                Item::Block(Block {
                    kind: Name { text: block.ident.as_str().to_owned(), span: self.span(&block.ident) },
                    labels: labels
                        .map(|label| Name { text: label.as_str().to_owned(), span: self.span(label) })
                        .collect(),
                    body: self.block_body(&block.body, self.span(block)),
                    span: self.span(block),
                })
            }
        });
        Body { items: items.collect(), span: self.span(body) }
    }

    /// The parser gives one-line bodies no span; they stand in their block.
    fn block_body(&self, body: &structure::Body, block: Span) -> Body {
        let mut lowered = self.body(body);
        if hcl_edit::Span::span(body).is_none() {
            let items = lowered.items.iter().map(|item| match item {
                Item::Attribute(attribute) => attribute.name.span.to(attribute.value.span),
                Item::Block(block) => block.span,
            });
            lowered.span = items.reduce(Span::to).unwrap_or(Span::new(block.end, block.end));
        }
        lowered
    }

    pub fn expr(&self, expression: &Expression) -> Expr {
        let boxed = |inner: &Expression| Box::new(self.expr(inner));
        let kind = match expression {
            Expression::Null(_) => ExprKind::Null,
            Expression::Bool(value) => ExprKind::Bool(*value.value()),
            Expression::Number(number) => {
                // `- 1` is a number to the parser, white space and comments included.
                let written = self.written(expression).trim();
                let (sign, rest) = written.strip_prefix('-').map_or(("", written), |rest| ("-", rest));
                let digits = rest.rsplit(|c: char| !is_numeric(c)).next().unwrap_or(rest);
                let known = !digits.is_empty();
                ExprKind::Number(if known { format!("{sign}{digits}") } else { number.value().to_string() })
            }
            Expression::String(string) => ExprKind::String(string.value().clone()),
            Expression::Array(array) => ExprKind::Tuple(array.iter().map(|item| self.expr(item)).collect()),
            Expression::Object(object) => {
                let entries = object.iter();
                ExprKind::Object(
                    entries.map(|(key, value)| (self.object_key(key), self.expr(value.expr()))).collect(),
                )
            }
            Expression::StringTemplate(template) => {
                ExprKind::Template(template::parts(template, self, Written::Quoted))
            }
            Expression::HeredocTemplate(heredoc) => {
                // The parser has taken the indentation away, by rules of its own: the source has it.
                let indented = self.written(expression).starts_with("<<-");
                ExprKind::Template(template::parts(&heredoc.template, self, Written::Lines { indented }))
            }
            Expression::Parenthesis(inner) => ExprKind::Parenthesis(boxed(inner.inner())),
            Expression::Variable(name) => ExprKind::Variable(name.as_str().to_owned()),
            Expression::Conditional(conditional) => ExprKind::Conditional(Box::new([
                self.expr(&conditional.cond_expr),
                self.expr(&conditional.true_expr),
                self.expr(&conditional.false_expr),
            ])),
            Expression::FuncCall(call) => {
                let spaces = call.name.namespace.iter().map(|space| space.as_str());
                let name: Vec<&str> = spaces.chain([call.name.name.as_str()]).collect();
                ExprKind::Call(Call {
                    name: name.join("::"),
                    args: call.args.iter().map(|arg| self.expr(arg)).collect(),
                    expand_last: call.args.expand_final(),
                })
            }
            Expression::Traversal(traversal) => {
                let steps = traversal.operators.iter().map(|operator| self.access(operator)).collect();
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
                over: self.expr(&each.intro.collection_expr),
                key_expr: each.key_expr.as_ref().map(|key| self.expr(key)),
                value_expr: self.expr(&each.value_expr),
                group: each.grouping,
                condition: each.cond.as_ref().map(|condition| self.expr(&condition.expr)),
            })),
        };
        Expr::new(kind, self.span(expression))
    }

    /// A template that is a file of its own, or a string of the JSON syntax.
    pub fn template(&self, template: &Template, span: Span) -> Expr {
        let parts = template::parts(template, self, Written::Lines { indented: false });
        Expr::new(ExprKind::Template(parts), span)
    }

    fn object_key(&self, key: &ObjectKey) -> Expr {
        match key {
            ObjectKey::Ident(ident) => {
                Expr::new(ExprKind::String(ident.as_str().to_owned()), self.span(ident))
            }
            // A bare word is a key, not a reference; a reference needs parentheses.
            ObjectKey::Expression(Expression::Variable(name)) => {
                Expr::new(ExprKind::String(name.as_str().to_owned()), self.span(name))
            }
            ObjectKey::Expression(key) => self.expr(key),
        }
    }

    fn access(&self, operator: &hcl_edit::Decorated<TraversalOperator>) -> Access {
        match operator.value() {
            TraversalOperator::GetAttr(name) => Access::Attribute(name.as_str().to_owned()),
            TraversalOperator::Index(key) => Access::Index(self.expr(key)),
            TraversalOperator::LegacyIndex(index) => {
                Access::Index(Expr::new(ExprKind::Number(index.value().to_string()), self.span(operator)))
            }
            TraversalOperator::AttrSplat(_) => Access::AttributeSplat,
            TraversalOperator::FullSplat(_) => Access::FullSplat,
        }
    }
}

/// What a number is written with after its sign.
fn is_numeric(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-')
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
