//! Terraform's files to syntax with spans: the native syntax, and the JSON syntax in [`json`].
//!
//! <https://developer.hashicorp.com/terraform/language/syntax/configuration>
//! The parser's tree is turned into ours at once. Its limits of nesting (64 levels, 128 operators
//! in one expression) keep hostile input from exhausting the stack, here and further down.

pub mod ast;
pub mod json;
mod lower;
mod raw;
mod recover;
mod scan;
mod template;

use std::collections::HashSet;

use hcl_edit::structure::Body;

use self::lower::{Lower, Place};
use self::scan::{Scanner, Token};
use crate::model::Span;
use crate::source::Value;
use crate::source::json::line_at;

pub use raw::raw;

/// Words and marks that one file may have. The largest real files have some 100,000.
const MAX_TOKENS: usize = 1_000_000;
/// Mistakes of one file that are told one by one.
const MAX_ERRORS: usize = 100;

/// Why a part of a file is no usable HCL, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HclError {
    /// From 1.
    pub line: u32,
    pub reason: String,
}

/// What could be read of a file, and what could not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    pub body: ast::Body,
    /// In the order of their lines; one for each structure that could not be read.
    pub errors: Vec<HclError>,
}

/// Parses a file. Where it has a mistake, every other top-level structure is still read.
pub fn parse(text: &str) -> Parsed {
    if let Err(error) = count_tokens(text) {
        return Parsed { body: ast::Body::default(), errors: vec![error] };
    }
    let whole = Span::new(0, text.len());
    let parsed = structure(text, Place::From(0)).map(|body| Parsed { body, errors: Vec::new() });
    let mut parsed = parsed.unwrap_or_else(|_| by_structure(text));
    parsed.body.span = whole;
    parsed
}

fn by_structure(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut attributes = HashSet::new();
    let mut lines = Lines { text, at: 0, line: 1 };
    for range in recover::structures(text) {
        let line = lines.up_to(range.start);
        let piece = text.get(range.clone()).unwrap_or("");
        let place = Place::From(range.start);
        let body = structure(piece, place)
            .or_else(|error| structure(&recover::repair(piece), place).map_err(|_| error));
        let error = match body {
            Ok(mut body) => {
                let again = body.attributes().find(|a| !attributes.insert(a.name.text.clone()));
                let again = again.map(|a| format!("attribute `{}` is defined twice", a.name.text));
                if again.is_none() {
                    parsed.body.items.append(&mut body.items);
                }
                again.map(|reason| HclError { line, reason })
            }
            Err(error) => Some(HclError { line: line + error.line - 1, ..error }),
        };
        let Some(error) = error else { continue };
        if parsed.errors.len() == MAX_ERRORS {
            let reason = format!("more than {MAX_ERRORS} structures could not be read");
            parsed.errors.push(HclError { reason, ..error });
            return parsed;
        }
        parsed.errors.push(error);
    }
    parsed
}

/// Line numbers of ever larger offsets.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn up_to(&mut self, offset: usize) -> u32 {
        let between = self.text.get(self.at..offset).unwrap_or("");
        self.line += line_at(between, between.len()) - 1;
        self.at = offset;
        self.line
    }
}

fn structure(text: &str, place: Place) -> Result<ast::Body, HclError> {
    let body = hcl_edit::parser::parse_body(text).map_err(|error| mistake(&error))?;
    Ok(Lower { text, place }.body(&body))
}

/// One expression. `place` says where its text stands.
fn expression(text: &str, place: Place) -> Result<ast::Expr, HclError> {
    let expr = hcl_edit::parser::parse_expr(text).map_err(|error| mistake(&error))?;
    Ok(Lower { text, place }.expr(&expr))
}

/// One template without quotes.
fn template(text: &str, place: Place, span: Span) -> Result<ast::Expr, HclError> {
    let template = hcl_edit::parser::parse_template(text).map_err(|error| mistake(&error))?;
    Ok(Lower { text, place }.template(&template, span))
}

fn mistake(error: &hcl_edit::parser::Error) -> HclError {
    let line = u32::try_from(error.location().line()).unwrap_or(u32::MAX);
    HclError { line, reason: error.message().to_owned() }
}

/// The parser's tree takes some hundred bytes for each token: a small file must not fill the memory.
fn count_tokens(text: &str) -> Result<(), HclError> {
    // No token is shorter than a byte.
    if text.len() <= MAX_TOKENS {
        return Ok(());
    }
    let mut scanner = Scanner::new(text);
    let mut tokens = 0;
    let mut line = 1_u32;
    while let Some((token, _)) = scanner.next() {
        match token {
            Token::Newline => line = line.saturating_add(1),
            Token::Comment => {}
            _ => tokens += 1,
        }
        if tokens > MAX_TOKENS {
            let reason = format!("more than {MAX_TOKENS} words and marks in one file");
            return Err(HclError { line, reason });
        }
    }
    Ok(())
}

/// The parser's own tree, for the evaluation that still uses it.
pub fn parser_body(text: &str) -> Option<Body> {
    hcl_edit::parser::parse_body(text).ok()
}

/// The span of anything parsed; empty for what was built by hand.
pub fn span(item: &impl hcl_edit::Span) -> Span {
    item.span().map_or_else(Span::default, |range| Span::new(range.start, range.end))
}

/// HCL numbers as JSON numbers; whole ones stay whole.
pub fn number_value(number: &hcl_edit::Number) -> Value {
    let json = number
        .as_i64()
        .map(serde_json::Number::from)
        .or_else(|| number.as_u64().map(serde_json::Number::from))
        .or_else(|| number.as_f64().and_then(serde_json::Number::from_f64));
    json.map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests;
