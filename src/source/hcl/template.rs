//! Templates: escapes, strip markers and the indentation of heredocs, as Terraform applies them.
//!
//! Terraform looks at a template as a flat row of tokens, directives and what is in them alike, in
//! which a heredoc gives one token for each line. A `~` strips the one token beside it; `<<-` takes
//! away the indentation that all lines share, after stripping. Both follow `parser_template.go` of
//! <https://github.com/hashicorp/hcl>, with which the tests' results were compared.

use hcl_edit::template::{Directive, Element, Strip, Template};

use super::ast::Part;
use super::lower::Lower;

/// How the text of a template is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Between quotes, with backslash escapes.
    Quoted,
    /// As lines without escapes; `indented` after `<<-`.
    Lines { indented: bool },
}

/// The parts of a template, ready to be joined.
pub fn parts(template: &Template, lower: &Lower<'_>, written: Written) -> Vec<Part> {
    let mut row = Row { lower, written, tokens: Vec::new(), literals: 0 };
    row.elements(&mut template.iter());
    let literals = row.literals;
    let mut tokens = row.tokens;
    strip(&mut tokens);
    if written == (Written::Lines { indented: true }) {
        dedent(&mut tokens);
    }
    let mut texts = vec![String::new(); literals];
    for token in tokens {
        if let Token::Text { literal, text } = token
            && let Some(joined) = texts.get_mut(literal)
        {
            joined.push_str(&text);
        }
    }
    build(&mut template.iter(), lower, &mut texts.into_iter())
}

enum Token {
    /// A line, or all of a quoted text; `literal` counts the literals of the template.
    Text { literal: usize, text: String },
    /// `${...}` or `%{...}`
    Mark { before: bool, after: bool },
}

struct Row<'a> {
    lower: &'a Lower<'a>,
    written: Written,
    tokens: Vec<Token>,
    literals: usize,
}

impl Row<'_> {
    fn elements(&mut self, elements: &mut dyn Iterator<Item = &Element>) {
        for element in elements {
            match element {
                Element::Literal(literal) => self.literal(self.lower.written(literal)),
                Element::Interpolation(inner) => self.mark(inner.strip),
                Element::Directive(directive) => self.directive(directive),
            }
        }
    }

    fn literal(&mut self, source: &str) {
        let literal = self.literals;
        self.literals += 1;
        match self.written {
            Written::Quoted => self.tokens.push(Token::Text { literal, text: unescape(source, true) }),
            Written::Lines { .. } => {
                let lines = source.split_inclusive('\n').map(|line| unescape(line, false));
                self.tokens.extend(lines.map(|text| Token::Text { literal, text }));
            }
        }
    }

    fn mark(&mut self, strip: Strip) {
        self.tokens.push(Token::Mark {
            before: matches!(strip, Strip::Start | Strip::Both),
            after: matches!(strip, Strip::End | Strip::Both),
        });
    }

    fn directive(&mut self, directive: &Directive) {
        match directive {
            Directive::If(choice) => {
                self.mark(choice.if_expr.strip);
                self.elements(&mut choice.if_expr.template.iter());
                if let Some(other) = &choice.else_expr {
                    self.mark(other.strip);
                    self.elements(&mut other.template.iter());
                }
                self.mark(choice.endif_expr.strip);
            }
            Directive::For(each) => {
                self.mark(each.for_expr.strip);
                self.elements(&mut each.for_expr.template.iter());
                self.mark(each.endfor_expr.strip);
            }
        }
    }
}

fn strip(tokens: &mut [Token]) {
    for at in 0..tokens.len() {
        let Some(&Token::Mark { before, after }) = tokens.get(at) else { continue };
        if before && let Some(Token::Text { text, .. }) = at.checked_sub(1).and_then(|at| tokens.get_mut(at))
        {
            text.truncate(text.trim_end().len());
        }
        if after && let Some(Token::Text { text, .. }) = tokens.get_mut(at + 1) {
            *text = text.trim_start().to_owned();
        }
    }
}

/// Takes the white space away that all lines begin with. Blank lines do not count and stay.
fn dedent(tokens: &mut [Token]) {
    let mut shared: Option<usize> = None;
    let mut indented = Vec::new();
    let mut new_line = true;
    for (at, token) in tokens.iter().enumerate() {
        if new_line {
            new_line = false;
            let spaces = match token {
                Token::Mark { .. } => Some(0),
                Token::Text { text, .. } if text.trim_start().is_empty() && text.ends_with('\n') => None,
                Token::Text { text, .. } => {
                    indented.push(at);
                    Some(text.chars().take_while(|c| c.is_whitespace()).count())
                }
            };
            shared = shared.into_iter().chain(spaces).min();
        }
        new_line |= matches!(token, Token::Text { text, .. } if text.ends_with('\n'));
    }
    for at in indented {
        if let Some(Token::Text { text, .. }) = tokens.get_mut(at) {
            *text = text.chars().skip(shared.unwrap_or(0)).collect();
        }
    }
}

/// The parts of the same elements, their texts taken from `texts` in order.
fn build(
    elements: &mut dyn Iterator<Item = &Element>,
    lower: &Lower<'_>,
    texts: &mut std::vec::IntoIter<String>,
) -> Vec<Part> {
    let mut parts = Vec::new();
    for element in elements {
        let mut inner = |template: &Template| build(&mut template.iter(), lower, texts);
        parts.push(match element {
            Element::Literal(_) => Part::Text(texts.next().unwrap_or_default()),
            Element::Interpolation(inner) => Part::Value(lower.expr(&inner.expr)),
            Element::Directive(directive) => match directive.as_ref() {
                Directive::If(choice) => Part::If {
                    condition: lower.expr(&choice.if_expr.cond_expr),
                    then: inner(&choice.if_expr.template),
                    otherwise: choice
                        .else_expr
                        .as_ref()
                        .map_or_else(Vec::new, |other| inner(&other.template)),
                },
                Directive::For(each) => Part::For {
                    key: each.for_expr.key_var.as_ref().map(|name| name.as_str().to_owned()),
                    value: each.for_expr.value_var.as_str().to_owned(),
                    over: lower.expr(&each.for_expr.collection_expr),
                    body: inner(&each.for_expr.template),
                },
            },
        });
    }
    parts
}

/// Escapes, <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-literals>.
fn unescape(source: &str, backslashes: bool) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or("");
        rest = match first {
            '\\' if backslashes => {
                let (c, after) = escape(after);
                text.push(c);
                after
            }
            // `$${` is `${`, and `%%{` is `%{`.
            '$' | '%' if after.strip_prefix(first).is_some_and(|more| more.starts_with('{')) => {
                text.push(first);
                text.push('{');
                after.get(2..).unwrap_or("")
            }
            _ => {
                text.push(first);
                after
            }
        };
    }
    text
}

/// What a backslash and the text after it mean. The parser has refused every other escape.
fn escape(after: &str) -> (char, &str) {
    let code = |digits: usize| {
        let hex = after.get(1..=digits)?;
        Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, after.get(digits + 1..)?))
    };
    let plain = |c: char| after.get(1..).map(|rest| (c, rest));
    let read = match after.as_bytes().first() {
        Some(b'n') => plain('\n'),
        Some(b'r') => plain('\r'),
        Some(b't') => plain('\t'),
        Some(b'u') => code(4),
        Some(b'U') => code(8),
        Some(b'"') => plain('"'),
        _ => None,
    };
    read.unwrap_or_else(|| match after.strip_prefix('\\') {
        Some(rest) => ('\\', rest),
        None => ('\\', after),
    })
}
