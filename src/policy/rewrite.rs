//! Legal Rego that regorus (0.14.1) refuses or gets wrong, in a form that it gets right. No line is added or
//! taken away, so places in messages stay right.
//!
//! | written | given to the engine | because |
//! |---|---|---|
//! | `deny contains f(x.y) if { .. }` | `deny contains __head if { ..; __head := f(x.y) }` | a head that is undefined for one element loses all of them |
//! | `[path, value] := walk(x)` | `some path, value; walk(x, [path, value])` | it yields nothing |
//! | `not f(x.y)` | `_ = x.y; not f(x.y)` | true without `x.y`, where OPA says undefined |
//! | `p := m[x] if { .. } else := ..` | `p := __value if { ..; __value := m[x] } else := ..` | it takes every `x` |
//! | `a with x as rule` | `__with := rule; a with x as __with` | `a` would not see the rule |
//! | `(` at the beginning of a line | `; (` | it calls what stands before |
//! | `p[x] { a } { b }` | `p[x] { a } p[x] { b }` | refused |
//! | `import` below a rule | the same beside `package` | refused |

use std::collections::BTreeSet;

use regorus::unstable::{
    AssignOp, BoolOp, Expr, Literal, LiteralStmt, Module as Tree, Ref, Rule, RuleHead, Span,
};

use super::ast::{Module, tree};
use super::guard::Brackets;
use super::newline::{one_line, separated};
use super::refusal::Refusal;
use super::syntax::{self, Visitor};

/// More constructs than this in one file are not rewritten: each costs another parse.
const MAX_ATTEMPTS: usize = 64;

/// Parses a text; gives what is known of it and the text that the engine is to be given.
///
/// # Errors
/// The engine's, with place and construct.
pub(super) fn parse(name: &str, text: &str, v0: bool) -> Result<(Module, String), Refusal> {
    let (text, tree) = accepted(name, text, v0)?;
    let mut module = Module::of(name, &tree)
        .ok_or_else(|| Refusal::at(name, 1, "its package or a rule has no name that can be read"))?;
    let (text, failed) = corrected(&text, &tree);
    for rule in module.rules.iter_mut().filter(|rule| failed.contains(&rule.line)) {
        let reason = "the engine would get it wrong, and it cannot be written in another form";
        rule.refused.get_or_insert(Refusal::at(name, rule.line, reason).construct(&rule.name));
    }
    Ok((module, text))
}

/// A text that the engine's parser accepts.
fn accepted(name: &str, text: &str, v0: bool) -> Result<(String, Ref<Tree>), Refusal> {
    let mut accepted = separated(text);
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
    let block = blocks.find(|block| block.line == line && block.follows)?;
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

/// The text with the forms that the engine gets wrong in others, and the lines of rules that have none.
fn corrected(text: &str, tree: &Tree) -> (String, BTreeSet<u32>) {
    let rules = syntax::rule_names(tree);
    let mut failed = BTreeSet::new();
    let mut edits: Vec<Edit> = Vec::new();
    for rule in &tree.policy {
        let mut correcting = Correcting::new(text, &rules, rule);
        syntax::visit_rule(rule, &mut correcting);
        let Correcting { edits: mut mine, failed: mut lacks, .. } = correcting;
        let mut moved = |edits: Option<[Edit; 2]>| {
            lacks |= edits.is_none();
            edits.into_iter().flatten()
        };
        let Rule::Spec { head, bodies, .. } = rule.as_ref() else { continue };
        if let (RuleHead::Set { refr, key: Some(key), .. }, [body]) = (head, bodies.as_slice())
            && !is_plain(key)
        {
            mine.extend(moved(bind_head(text, refr, &body.query.span)));
        }
        if let (
            RuleHead::Compr { assign: Some(value), .. } | RuleHead::Func { assign: Some(value), .. },
            [body, _, ..],
        ) = (head, bodies.as_slice())
            && body.assign.is_none()
            && has_index(&value.value)
        {
            mine.extend(moved(bind_value(text, &value.span, &body.query.span)));
        }
        if lacks {
            failed.insert(rule.span().line);
        }
        for body in bodies {
            let braces = braces(text, &body.query.span, &mine);
            mine.extend(braces.into_iter().flatten());
        }
        edits.extend(mine);
    }
    edits.sort();
    let mut out = text.to_owned();
    for Edit { from, to, with, .. } in edits.into_iter().rev() {
        out.replace_range(from..to, &with);
    }
    (out, failed)
}

/// What is put into a text in the place of something or nothing.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Edit {
    from: usize,
    /// Of several at one place: which comes first.
    rank: Rank,
    to: usize,
    with: String,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Brace,
    Statement,
    LastStatement,
    LastBrace,
}

/// Where it begins and ends. The span of a string leaves out its quotes, and so does that of what begins or ends with one.
fn bounds(text: &str, span: &Span) -> Option<(usize, usize)> {
    let (from, to) = (usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?);
    let quoted = |rest: Option<&str>| rest.is_some_and(|rest| rest.starts_with(['"', '`']));
    let before = from.checked_sub(1).filter(|before| quoted(text.get(*before..)));
    Some((before.unwrap_or(from), if quoted(text.get(to..)) { to + 1 } else { to }))
}

/// The braces that a body of one statement needs when it becomes several.
fn braces(text: &str, body: &Span, edits: &[Edit]) -> Option<[Edit; 2]> {
    let (from, to) = bounds(text, body)?;
    let touched = edits.iter().any(|edit| (from..=to).contains(&edit.from));
    (touched && !text.get(from..)?.starts_with('{')).then(|| {
        [
            Edit { from, rank: Rank::Brace, to: from, with: "{ ".to_owned() },
            Edit { from: to, rank: Rank::LastBrace, to, with: " }".to_owned() },
        ]
    })
}

/// An expression that is never undefined: a name is bound by the body.
fn is_plain(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::Var { .. }
            | Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. }
    )
}

/// Moves what a set rule's head computes into its body.
fn bind_head(text: &str, name: &Expr, body: &Span) -> Option<[Edit; 2]> {
    // The key's own span is not reliable; it is what stands between the name and the body.
    let end = match name {
        // `p[x] contains y`: its span ends somewhere else.
        Expr::RefBrack { index, .. } => bounds(text, index.span())?.1,
        name => usize::try_from(name.span().end).ok()?,
    };
    let name = end + text.get(end..)?.find(|c: char| c != ']' && !c.is_whitespace())?;
    let from = bounds(text, body)?.0;
    let between = text.get(name..from)?;
    let trimmed = between.trim_end();
    let trimmed = trimmed.strip_suffix("if").unwrap_or(trimmed).trim_end();
    let head = match trimmed.trim_start().strip_prefix("contains") {
        Some(head) => head.trim_start(),
        None => trimmed.trim_start().strip_prefix('[').and_then(|head| head.strip_suffix(']'))?,
    };
    let start = name + between.find(head).unwrap_or(0);
    bind(text, "__head", (start, head), body)
}

/// Writes a name in the place of an expression, and at the end of a body what it stands for.
fn bind(text: &str, name: &str, (start, expression): (usize, &str), body: &Span) -> Option<[Edit; 2]> {
    let (from, to) = bounds(text, body)?;
    let statements = text.get(from..to)?;
    let bound = format!("{name} := {}", one_line(expression)?);
    let lines = "\n".repeat(expression.matches('\n').count());
    let with = format!("{name}{lines}");
    let variable = Edit { from: start, rank: Rank::Statement, to: start + expression.len(), with };
    // At the end, where everything it needs is bound.
    let (at, with) = match statements.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(inside) => {
            // On a line of its own no `;` may stand first.
            let alone = inside.rsplit('\n').next().is_some_and(|last| last.trim().is_empty());
            let separator = if alone && inside.contains('\n') { "" } else { "; " };
            (to - 1, format!("{separator}{bound} "))
        }
        None => (to, format!("; {bound}")),
    };
    Some([variable, Edit { from: at, rank: Rank::LastStatement, to: at, with }])
}

/// Moves the value of a rule into its body, where what it is indexed with is bound.
fn bind_value(text: &str, assigned: &Span, body: &Span) -> Option<[Edit; 2]> {
    let from = usize::try_from(assigned.start).ok()?;
    let begins = bounds(text, body)?.0;
    let between = text.get(from..begins)?.trim_end();
    let between = between.strip_suffix("if").unwrap_or(between).trim_end();
    let value = between.strip_prefix(':').unwrap_or(between).strip_prefix('=')?.trim_start();
    let start = from + between.len() - value.len();
    bind(text, "__value", (start, value), body)
}

/// Does a computed step stand in it, outside of comprehensions?
fn has_index(value: &Expr) -> bool {
    #[derive(Default)]
    struct Found(bool);
    impl Visitor for Found {
        fn expression(&mut self, expression: &Expr) -> bool {
            self.0 |= matches!(expression, Expr::RefBrack { .. })
                && syntax::chain(expression).is_none_or(|(_, steps)| steps.contains(&None));
            !matches!(expression, Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. })
        }
    }
    let mut found = Found::default();
    syntax::visit(value, &mut found);
    found.0
}

/// Finds the statements of a rule that have to be written in another form.
struct Correcting<'t> {
    text: &'t str,
    rules: &'t BTreeSet<String>,
    bound: BTreeSet<String>,
    edits: Vec<Edit>,
    /// One of them cannot be.
    failed: bool,
}

impl<'t> Correcting<'t> {
    fn new(text: &'t str, rules: &'t BTreeSet<String>, rule: &Rule) -> Self {
        Self { text, rules, bound: syntax::declared_in(rule), edits: Vec::new(), failed: false }
    }

    fn slice(&self, span: &Span) -> Option<&'t str> {
        let (from, to) = bounds(self.text, span)?;
        self.text.get(from..to)
    }

    /// `[path, value] := walk(x)` as `some path, value; walk(x, [path, value])`.
    fn walk(&mut self, expression: &Expr) -> Option<()> {
        let (op, lhs, call) = syntax::walk_into(expression)?;
        let (from, to) = bounds(self.text, expression.span())?;
        let begins = usize::try_from(call.span().start).ok()?;
        let pattern = self.text.get(from..begins)?.trim_end().strip_suffix('=')?;
        let pattern = pattern.strip_suffix(':').unwrap_or(pattern).trim();
        let last = to.checked_sub(1).filter(|last| self.text.get(*last..to) == Some(")"))?;
        let names: BTreeSet<String> = syntax::names_in(lhs).into_iter().filter(|name| name != "_").collect();
        let mut declared = String::new();
        if *op == AssignOp::ColEq && !names.is_empty() {
            // What `with` changes concerns the walk, not the declaration: that stands before it.
            declared = format!("some {}; ", names.into_iter().collect::<Vec<_>>().join(", "));
        }
        let lines = "\n".repeat(pattern.matches('\n').count());
        let with = format!(", {}{lines}", one_line(pattern)?);
        self.edits.push(Edit { from, rank: Rank::Statement, to: begins, with: declared });
        self.edits.push(Edit { from: last, rank: Rank::Statement, to: last, with });
        Some(())
    }

    /// `a with input as rule` as `__with := rule; a with input as __with`. Gives what is to stand before the
    /// statement, and its `with` as they are then.
    fn withs(&mut self, statement: &LiteralStmt) -> Option<(String, String)> {
        let (mut before, mut withs) = (String::new(), String::new());
        let end = bounds(self.text, &statement.span)?.1;
        for (at, with) in statement.with_mods.iter().enumerate() {
            let (from, to) = bounds(self.text, with.refr.span())?;
            let target = self.text.get(from..to)?;
            let rest = self.text.get(to..)?;
            let value = rest.trim_start().strip_prefix("as")?.trim_start();
            let start = to + rest.len() - value.len();
            let value = match statement.with_mods.get(at + 1) {
                Some(next) => {
                    let value = self.text.get(start..bounds(self.text, next.refr.span())?.0)?;
                    value.trim_end().strip_suffix("with")?.trim_end()
                }
                None => self.text.get(start..end)?.trim_end(),
            };
            if is_own(&with.r#as, &self.bound) {
                withs += &[" with ", target, " as ", &one_line(value)?].concat();
                continue;
            }
            let name = format!("__with{start}");
            before += &[&name, " := ", &one_line(value)?, "; "].concat();
            withs += &[" with ", target, " as ", &name].concat();
            let with = format!("{name}{}", "\n".repeat(value.matches('\n').count()));
            self.edits.push(Edit { from: start, rank: Rank::Statement, to: start + value.len(), with });
        }
        Some((before, withs))
    }

    /// `not f(x.y)` as `_ = x.y; not f(x.y)`: what is to stand before.
    fn negation(&self, expression: &Expr, withs: &str) -> Option<String> {
        let mut needed = Vec::new();
        self.operands(expression, &mut needed);
        let needed: BTreeSet<String> = needed.into_iter().map(one_line).collect::<Option<_>>()?;
        let guards: Vec<String> = needed.iter().map(|needed| format!("_ = {needed}{withs}; ")).collect();
        Some(guards.concat())
    }

    fn correct(&mut self, statement: &LiteralStmt) -> Option<()> {
        let (mut before, withs) = self.withs(statement)?;
        match &statement.literal {
            Literal::Expr { expr, .. }
                if syntax::walk_into(expr).is_some() && !self.rules.contains("walk") =>
            {
                self.walk(expr)?;
            }
            Literal::NotExpr { expr, .. } => before.push_str(&self.negation(expr, &withs)?),
            _ => {}
        }
        if !before.is_empty() {
            let from = bounds(self.text, &statement.span)?.0;
            self.edits.push(Edit { from, rank: Rank::Statement, to: from, with: before });
        }
        Some(())
    }

    /// What must be defined for an expression under `not` to be looked at, as OPA's compiler takes it out
    /// of there: operands of calls and operators, but not the two sides of an equality.
    fn operands(&self, expression: &Expr, needed: &mut Vec<&'t str>) {
        match expression {
            Expr::BoolExpr { op: BoolOp::Eq, lhs, rhs, .. } | Expr::AssignExpr { lhs, rhs, .. } => {
                for side in [lhs, rhs] {
                    match side.as_ref() {
                        Expr::Var { .. } => {}
                        Expr::Call { .. } => self.needs(side, needed),
                        _ => self.operands(side, needed),
                    }
                }
            }
            Expr::RefDot { .. } | Expr::RefBrack { .. } => {
                let mut link = expression;
                while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = link {
                    if let Expr::RefBrack { index, .. } = link {
                        self.needs(index, needed);
                    }
                    link = refr;
                }
            }
            _ => syntax::operands(expression, &mut |operand| self.needs(operand, needed)),
        }
    }

    fn needs(&self, expression: &Expr, needed: &mut Vec<&'t str>) {
        match expression {
            Expr::Var { span, .. } => {
                let name = span.text();
                if self.rules.contains(name) && !self.bound.contains(name) {
                    needed.extend(self.slice(span));
                }
            }
            Expr::RefDot { span, .. } | Expr::RefBrack { span, .. } | Expr::Call { span, .. } => {
                needed.extend(self.slice(span));
            }
            _ => syntax::operands(expression, &mut |operand| self.needs(operand, needed)),
        }
    }
}

impl Visitor for Correcting<'_> {
    fn statement(&mut self, statement: &LiteralStmt) {
        self.failed |= self.correct(statement).is_none();
    }
}

/// Are all names in it ones that are bound in the rule?
fn is_own(expression: &Expr, bound: &BTreeSet<String>) -> bool {
    struct Foreign<'b>(&'b BTreeSet<String>, bool);
    impl Visitor for Foreign<'_> {
        fn expression(&mut self, expression: &Expr) -> bool {
            self.1 |= syntax::chain(expression).is_some_and(|(first, _)| !self.0.contains(first));
            true
        }
    }
    let mut foreign = Foreign(bound, false);
    syntax::visit(expression, &mut foreign);
    !foreign.1
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
    follows: bool,
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
                    let follows = gap.is_some_and(|gap| gap.trim().is_empty());
                    return Some(Block { start, end, line: self.line, follows });
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
