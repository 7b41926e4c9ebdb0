//! Legal Rego that regorus (0.14.1) refuses or gets wrong, in a form that it gets right. No line is added or
//! taken away, so places in messages stay right.
//!
//! | written | given to the engine | because |
//! |---|---|---|
//! | `deny contains f(x.y) if { .. }` | `deny contains __head if { ..; __head := f(x.y) }` | a head that is undefined for one element loses all of them |
//! | `p[x] { a } { b }` | `p[x] { a } p[x] { b }` | refused |
//! | `import` below a rule | the same beside `package` | refused |

use regorus::unstable::{Expr, Module as Tree, Ref, Rule, RuleHead};

use super::ast::{Module, tree};
use super::guard::Brackets;
use super::refusal::Refusal;

/// More constructs than this in one file are not rewritten: each costs another parse.
const MAX_ATTEMPTS: usize = 64;

/// Parses a text; gives what is known of it and the text that the engine is to be given.
///
/// # Errors
/// The engine's, with place and construct.
pub(super) fn parse(name: &str, text: &str, v0: bool) -> Result<(Module, String), Refusal> {
    let (text, tree) = accepted(name, text, v0)?;
    let module = Module::of(name, &tree)
        .ok_or_else(|| Refusal::at(name, 1, "its package or a rule has no name that can be read"))?;
    Ok((module, bind_heads(&text, &tree)))
}

/// A text that the engine's parser accepts.
fn accepted(name: &str, text: &str, v0: bool) -> Result<(String, Ref<Tree>), Refusal> {
    let mut accepted = text.to_owned();
    // Second bodies of set rules, blanked out until the rest parses: where, and what stood there.
    let mut bodies: Vec<(usize, String)> = Vec::new();
    for _ in 0..MAX_ATTEMPTS {
        let refusal = match tree(name, &accepted, v0) {
            Ok(tree) if bodies.is_empty() => return Ok((accepted, tree)),
            Ok(tree) => {
                let chained = std::mem::take(&mut bodies);
                accepted = with_heads(name, &accepted, &tree, chained)?;
                continue;
            }
            Err(refusal) => refusal,
        };
        let line = refusal.line.unwrap_or(0);
        if v0 && refusal.reason.contains("else cannot be used with set rules") {
            let refusal = refusal.construct("another body of a set rule");
            let (at, body) = second_body(&accepted, line).ok_or(refusal)?;
            accepted.replace_range(at..at + body.len(), &blank(&body));
            bodies.push((at, body));
        } else if let Some(moved) = import_beside_package(&accepted, line) {
            accepted = moved;
        } else {
            return Err(refusal);
        }
    }
    Err(Refusal::at(name, 1, "too many forms that the engine does not take"))
}

fn blank(text: &str) -> String {
    // Byte for byte: offsets stay.
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// The block at the top level that begins on that line, right after another one.
fn second_body(text: &str, line: u32) -> Option<(usize, String)> {
    let mut blocks = Blocks::of(text);
    let block = blocks.find(|block| block.line == line && block.follows_block)?;
    Some((block.start, text.get(block.start..block.end)?.to_owned()))
}

/// Puts back each body, now as a rule of its own with the head of the rule that it continues.
fn with_heads(
    name: &str,
    text: &str,
    tree: &Tree,
    mut bodies: Vec<(usize, String)>,
) -> Result<String, Refusal> {
    bodies.sort();
    let mut out = text.to_owned();
    for (at, body) in bodies.into_iter().rev() {
        let rules = tree.policy.iter().filter_map(|rule| match rule.as_ref() {
            Rule::Spec { head: RuleHead::Set { .. }, bodies, span } => {
                let body = bodies.first()?;
                let end = usize::try_from(body.query.span.end).ok()?;
                let head = usize::try_from(span.start).ok()?..usize::try_from(body.query.span.start).ok()?;
                (end <= at).then_some((end, head))
            }
            _ => None,
        });
        let head = rules.max_by_key(|(end, _)| *end).and_then(|(_, head)| text.get(head));
        let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        let refused = || {
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            Refusal::at(name, line, "the engine takes one body for each head")
                .construct("another body of a set rule")
        };
        let head = head.filter(|head| !head.contains(['#', '`'])).ok_or_else(refused)?;
        out.replace_range(at..at + body.len(), &format!("{} {body}", head.trim_end().replace('\n', " ")));
    }
    Ok(out)
}

/// The text with the import of that line moved beside the package.
fn import_beside_package(text: &str, line: u32) -> Option<String> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    let import = text.lines().nth(index).filter(|line| line.starts_with("import "))?;
    let import = import.split('#').next().unwrap_or(import).trim_end();
    let mut moved = String::with_capacity(text.len() + import.len());
    let mut placed = false;
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            moved.push('\n');
        }
        if at == index {
            // It must have gone up, or it would be moved without end.
            if !placed {
                return None;
            }
            moved.push_str(&blank(line));
        } else if !placed && line.starts_with("package ") {
            let (package, comment) = line.split_once('#').unwrap_or((line, ""));
            moved.push_str(package.trim_end());
            moved.push(' ');
            moved.push_str(import);
            if !comment.is_empty() {
                moved.push_str(" #");
                moved.push_str(comment);
            }
            placed = true;
        } else {
            moved.push_str(line);
        }
    }
    Some(moved)
}

/// Moves what a set rule's head computes into its body.
fn bind_heads(text: &str, tree: &Tree) -> String {
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for rule in &tree.policy {
        let Rule::Spec { head: RuleHead::Set { refr, key: Some(key), .. }, bodies, .. } = rule.as_ref()
        else {
            continue;
        };
        let [body] = bodies.as_slice() else { continue };
        if matches!(
            key.as_ref(),
            Expr::Var { .. }
                | Expr::String { .. }
                | Expr::RawString { .. }
                | Expr::Number { .. }
                | Expr::Bool { .. }
                | Expr::Null { .. }
        ) {
            continue;
        }
        edits.extend(bind_head(text, refr, &body.query.span).into_iter().flatten());
    }
    edits.sort();
    let mut out = text.to_owned();
    for (start, end, replacement) in edits.into_iter().rev() {
        out.replace_range(start..end, &replacement);
    }
    out
}

type Edit = (usize, usize, String);

fn bind_head(text: &str, name: &Expr, body: &regorus::unstable::Span) -> Option<[Edit; 2]> {
    // The key's own span is not reliable; it is what stands between the name and the body.
    let name = usize::try_from(name.span().end).ok()?;
    let (from, to) = (usize::try_from(body.start).ok()?, usize::try_from(body.end).ok()?);
    let (between, statements) = (text.get(name..from)?, text.get(from..to)?);
    let trimmed = between.trim_end();
    let trimmed = trimmed.strip_suffix("if").unwrap_or(trimmed).trim_end();
    let head = match trimmed.trim_start().strip_prefix("contains") {
        Some(head) => head.trim_start(),
        None => trimmed.trim_start().strip_prefix('[').and_then(|head| head.strip_suffix(']'))?,
    };
    if head.contains('#') || head.contains('\n') && head.contains('`') {
        return None; // a comment or raw string would not survive in one line
    }
    let start = name + between.find(head).unwrap_or(0);
    let bound = format!("__head := {}", head.replace('\n', " "));
    let variable = (start, start + head.len(), format!("__head{}", "\n".repeat(head.matches('\n').count())));
    let statement = match statements.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(inside) => {
            // At the end, where everything it needs is bound. On a line of its own no `;` may stand first.
            let alone = inside.rsplit('\n').next().is_some_and(|last| last.trim().is_empty());
            let separator = if alone && inside.contains('\n') { "" } else { "; " };
            (to - 1, to, format!("{separator}{bound} }}"))
        }
        None => (from, to, format!("{{ {statements}; {bound} }}")),
    };
    Some([variable, statement])
}

/// The `{..}` blocks outside all other brackets, in order.
struct Blocks<'t> {
    brackets: Brackets<'t>,
    text: &'t str,
    start: usize,
    line: u32,
    /// Where the block before ended.
    before: Option<usize>,
}

struct Block {
    start: usize,
    end: usize,
    line: u32,
    /// Nothing but blanks between the block before and this one.
    follows_block: bool,
}

impl<'t> Blocks<'t> {
    fn of(text: &'t str) -> Self {
        Self { brackets: Brackets::of(text), text, start: 0, line: 0, before: None }
    }
}

impl Iterator for Blocks<'_> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        loop {
            let bracket = self.brackets.next()?;
            match (bracket.opens, bracket.depth) {
                (true, 1) => (self.start, self.line) = (bracket.at, bracket.line),
                (false, 0) => {
                    let (start, end) = (self.start, bracket.at + 1);
                    if self.text.get(start..=start) != Some("{") {
                        self.before = None;
                        continue;
                    }
                    let gap = self.before.replace(end).and_then(|before| self.text.get(before..start));
                    let follows_block = gap.is_some_and(|gap| gap.trim().is_empty());
                    return Some(Block { start, end, line: self.line, follows_block });
                }
                _ => {}
            }
        }
    }
}
