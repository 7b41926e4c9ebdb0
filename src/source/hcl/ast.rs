//! The syntax of a Terraform file, small and with a span on every part.
//!
//! Both syntaxes of the language, native HCL and JSON, become this; evaluation knows nothing else.
//! The parser's own tree is dropped at once: it is several times larger, and borrows nothing.

use crate::model::Span;

/// The content of a file or of a block, in source order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Body {
    pub items: Vec<Item>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Attribute(Attribute),
    Block(Block),
}

/// A name and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    pub name: Name,
    pub value: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub kind: Name,
    pub labels: Vec<Name>,
    pub body: Body,
    /// The whole block.
    pub span: Span,
}

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Null,
    Bool(bool),
    /// As written: Terraform's numbers are more precise than any machine type.
    Number(String),
    String(String),
    Template(Vec<Part>),
    Tuple(Vec<Expr>),
    /// Keys that are plain words are strings here already.
    Object(Vec<(Expr, Expr)>),
    Variable(String),
    Traversal(Box<Expr>, Vec<Access>),
    Call(Call),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Box<Expr>, Operator, Box<Expr>),
    Conditional(Box<[Expr; 3]>),
    For(Box<For>),
    /// Parentheses matter: `(a)` as an object key is an expression, and a splat ends at them.
    Parenthesis(Box<Expr>),
}

/// One part of a template; strip markers and the indentation of heredocs are applied already.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Text(String),
    Value(Expr),
    If { condition: Expr, then: Vec<Part>, otherwise: Vec<Part> },
    For { key: Option<String>, value: String, over: Expr, body: Vec<Part> },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// `.name`
    Attribute(String),
    /// `[key]`, and the old `.0`
    Index(Expr),
    /// `.*`: only the attributes that follow are taken of each element.
    AttributeSplat,
    /// `[*]`: everything that follows is taken of each element.
    FullSplat,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// With its namespace: `core::upper`, `provider::aws::arn_parse`.
    pub name: String,
    pub args: Vec<Expr>,
    /// `f(list...)`
    pub expand_last: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    And,
    Or,
}

#[derive(Debug, Clone, PartialEq)]
pub struct For {
    pub key: Option<String>,
    pub value: String,
    pub over: Expr,
    /// An object is made when there is one, else a tuple.
    pub key_expr: Option<Expr>,
    pub value_expr: Expr,
    /// `...` after the value: values of one key are gathered.
    pub group: bool,
    pub condition: Option<Expr>,
}

impl Body {
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.items.iter().filter_map(|item| match item {
            Item::Attribute(attribute) => Some(attribute),
            Item::Block(_) => None,
        })
    }

    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.items.iter().filter_map(|item| match item {
            Item::Block(block) => Some(block),
            Item::Attribute(_) => None,
        })
    }

    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes().find(|attribute| attribute.name.text == name)
    }

    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks().filter(move |block| block.kind.text == kind)
    }
}

impl Block {
    /// The labels' texts.
    pub fn labels(&self) -> Vec<&str> {
        self.labels.iter().map(|label| label.text.as_str()).collect()
    }

    /// From the block's type to its last label: what to mark when the whole block is meant.
    pub fn header(&self) -> Span {
        self.labels.iter().map(|label| label.span).fold(self.kind.span, Span::to)
    }
}

impl Expr {
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Self { kind, span }
    }
}
