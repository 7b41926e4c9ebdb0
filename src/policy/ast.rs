//! What Probity needs to know of a module's syntax: its rules, what they use, the words they mention.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regorus::unstable as rego;
use regorus::unstable::{Expr, Literal, LiteralStmt};
use serde::{Deserialize, Serialize};

use super::guard;
use super::limits;
use super::machine;
use super::refusal::Refusal;
use super::rewrite;
use super::syntax::{self, Visitor, chain, dotted};

/// One Rego file that parses.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegoFile {
    pub name: String,
    pub text: Arc<str>,
    /// Written in Rego v0, as most public policies still are.
    pub v0: bool,
    pub module: Module,
    /// What the engine is given: the text with forms that it gets wrong written in others.
    pub(super) engine_text: Arc<str>,
}

impl RegoFile {
    /// Parses as Rego v1, else as v0.
    ///
    /// # Errors
    /// The place and the reason.
    pub fn parse(name: String, text: String) -> Result<Self, Refusal> {
        if text.len() as u64 > limits::FILE_BYTES {
            let reason = format!("a file of Rego may have {} MiB", limits::FILE_BYTES >> 20);
            return Err(Refusal { path: Some(name), ..Refusal::new(reason) });
        }
        guard::check_nesting(&text)
            .map_err(|(line, reason)| Refusal::at(&name, line, reason).construct("nested brackets"))?;
        let parse = |v0: bool| {
            let attempt = std::panic::catch_unwind(|| rewrite::parse(&name, &text, v0));
            attempt.unwrap_or_else(|_| Err(Refusal::at(&name, 1, "the Rego parser failed")))
        };
        let (v0, (module, engine_text)) = match parse(false) {
            Ok(parsed) => (false, parsed),
            Err(refusal) if text.contains("import rego.v1") => return Err(refusal),
            // Which version was meant? The one that goes further.
            Err(v1) => match parse(true) {
                Ok(parsed) => (true, parsed),
                Err(v0) if v0.line > v1.line => {
                    return Err(Refusal {
                        reason: format!("as Rego v0: {}; as v1: {}", v0.reason, v1.reason),
                        ..v0
                    });
                }
                Err(v0) => {
                    return Err(Refusal {
                        reason: format!("as Rego v1: {}; as v0: {}", v1.reason, v0.reason),
                        ..v1
                    });
                }
            },
        };
        Ok(Self { name, text: text.into(), v0, module, engine_text: engine_text.into() })
    }
}

/// The syntax tree of a text that the engine takes.
///
/// # Errors
/// The engine's, with the place.
pub(super) fn tree(name: &str, text: &str, v0: bool) -> Result<rego::Ref<rego::Module>, Refusal> {
    let mut engine = machine::bare();
    engine.set_rego_v0(v0);
    let refused = |error: String| {
        let refusal = Refusal::of_engine(&error);
        Refusal { path: Some(name.to_owned()), ..refusal }
    };
    engine.add_policy(name.to_owned(), text.to_owned()).map_err(|error| refused(error.to_string()))?;
    engine.get_modules().first().cloned().ok_or_else(|| refused("it holds no module".to_owned()))
}

/// The syntax of one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Module {
    /// `data.probity.net_001`
    pub package: String,
    /// `data.` paths it imports.
    pub imports: Vec<String>,
    pub rules: Vec<Rule>,
    /// What it reads of `input`: `input.resource_changes[].type`, `[]` for an index that is computed.
    /// `input` alone stands for the whole, handed on.
    pub reads: BTreeSet<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rule {
    pub name: String,
    /// With its package.
    pub path: String,
    /// From 1.
    pub line: u32,
    /// Full paths of what it may use: rules, or packages with all that is in them.
    pub uses: BTreeSet<String>,
    /// Every field and string it mentions: a value whose name is not among them cannot matter.
    pub words: BTreeSet<String>,
    /// Strings that it may compare a value with: candidates for values that nobody knows.
    pub literals: BTreeSet<String>,
    /// What stands in it that cannot be evaluated as Rego says.
    pub refused: Option<Refusal>,
}

impl Module {
    pub(super) fn of(file: &str, tree: &rego::Module) -> Option<Self> {
        let package = format!("data.{}", dotted(&tree.package.refr)?);
        let mut imports = Vec::new();
        let mut scope = Scope { aliases: BTreeMap::new(), inputs: BTreeMap::new() };
        scope.inputs.insert("input".to_owned(), "input".to_owned());
        for import in &tree.imports {
            let Some(path) = dotted(&import.refr) else { continue };
            let alias = import.r#as.as_ref().map(|alias| alias.text().to_owned());
            let alias = alias.unwrap_or_else(|| path.rsplit('.').next().unwrap_or(&path).to_owned());
            if path.starts_with("data.") {
                scope.aliases.insert(alias, path.clone());
                imports.push(path);
            } else if path == "input" || path.starts_with("input.") {
                scope.inputs.insert(alias, path);
            }
        }
        let mut reading = Reading { own: syntax::rule_names(tree), ..Reading::new(file, &package, &scope) };
        let rules = tree.policy.iter().filter_map(|rule| reading.rule(rule)).collect();
        let reads = reading.reads;
        Some(Self { package, imports, rules, reads })
    }
}

/// What names stand for in a file.
struct Scope {
    aliases: BTreeMap<String, String>,
    inputs: BTreeMap<String, String>,
}

struct Reading<'m> {
    file: &'m str,
    package: &'m str,
    scope: &'m Scope,
    reads: BTreeSet<String>,
    /// Of the current rule: words, strings, names that hide rules, and all paths.
    words: BTreeSet<String>,
    literals: BTreeSet<String>,
    bound: BTreeSet<String>,
    mentioned: BTreeSet<String>,
    refused: Option<Refusal>,
    /// The module's own rules.
    own: BTreeSet<String>,
    /// Where `walk` stands in a form that is rewritten.
    walks: BTreeSet<u32>,
}

impl<'m> Reading<'m> {
    fn new(file: &'m str, package: &'m str, scope: &'m Scope) -> Self {
        let empty = BTreeSet::new;
        Self {
            file,
            package,
            scope,
            reads: empty(),
            words: empty(),
            literals: empty(),
            bound: empty(),
            mentioned: empty(),
            refused: None,
            own: empty(),
            walks: BTreeSet::new(),
        }
    }

    fn rule(&mut self, rule: &rego::Rule) -> Option<Rule> {
        let name = dotted(syntax::rule_name(rule))?;
        self.bound.clear();
        self.mentioned.clear();
        self.words.clear();
        self.literals.clear();
        syntax::visit_rule(rule, self);
        // Trivy's: data about the check, which is read by no rule.
        if name.starts_with("__rego_") {
            self.literals.clear();
        }
        let uses = std::mem::take(&mut self.mentioned).into_iter().filter_map(|path| {
            let (first, rest) = path.split_once('.').unwrap_or((&path, ""));
            if first == "data" {
                Some(path.clone())
            } else if let Some(target) = self.scope.aliases.get(first) {
                Some(if rest.is_empty() { target.clone() } else { format!("{target}.{rest}") })
            } else {
                (!self.bound.contains(first)).then(|| format!("{}.{path}", self.package))
            }
        });
        Some(Rule {
            path: format!("{}.{name}", self.package),
            name,
            line: rule.span().line,
            uses: uses.collect(),
            words: std::mem::take(&mut self.words),
            literals: std::mem::take(&mut self.literals),
            refused: self.refused.take(),
        })
    }

    /// `input.a[].b` of a chain that begins with the input or a name for a part of it.
    fn read(&self, first: &str, steps: &[Option<&str>]) -> Option<String> {
        let mut path = self.scope.inputs.get(first)?.clone();
        for step in steps {
            match step {
                Some(step) => {
                    path.push('.');
                    path.push_str(step);
                }
                None => path.push_str("[]"),
            }
        }
        Some(path)
    }
}

/// A message and no value: several words with a full stop.
fn is_sentence(text: &str) -> bool {
    text.ends_with('.') && text.contains(char::is_whitespace)
}

impl Visitor for Reading<'_> {
    fn expression(&mut self, expression: &Expr) -> bool {
        match expression {
            Expr::String { value, .. } | Expr::RawString { value, .. } => {
                let text = value.as_string().iter().map(ToString::to_string).collect::<String>();
                self.words.insert(text.clone());
                if !is_sentence(&text) {
                    self.literals.insert(text);
                }
            }
            // Its first argument is the form of a message.
            Expr::Call { fcn, params, .. } if dotted(fcn).as_deref() == Some("sprintf") => {
                for (at, parameter) in params.iter().enumerate() {
                    match parameter.as_ref() {
                        Expr::String { value, .. } | Expr::RawString { value, .. } if at == 0 => {
                            self.words.extend(value.as_string().iter().map(ToString::to_string));
                        }
                        parameter => syntax::visit(parameter, self),
                    }
                }
                return false;
            }
            Expr::Call { span, .. }
                if syntax::is_walk(expression)
                    && !self.walks.contains(&span.start)
                    && !self.own.contains("walk") =>
            {
                let reason =
                    "the engine gives no pairs for walk in this place; `walk(x, [path, value])` works";
                self.refused.get_or_insert(Refusal::at(self.file, span.line, reason).construct("walk"));
            }
            Expr::Call { fcn, span, .. } => {
                let random = dotted(fcn).filter(|name| guard::RANDOM.contains(&name.as_str()));
                if let Some(name) = random {
                    let reason = format!("{name} gives another value each time; an audit must give the same");
                    self.refused.get_or_insert(Refusal::at(self.file, span.line, reason).construct(&name));
                }
            }
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => {
                let Some((first, steps)) = chain(expression) else { return true };
                self.reads.extend(self.read(first, &steps));
                self.mentioned.extend(dotted(expression));
            }
            _ => {}
        }
        // Fields are words wherever the chain begins.
        let mut link = expression;
        while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = link {
            if let Expr::RefDot { field, .. } = link {
                self.words.extend(field.1.as_string().iter().map(ToString::to_string));
            }
            link = refr;
        }
        true
    }

    fn statement(&mut self, statement: &LiteralStmt) {
        if let Literal::Expr { expr, .. } = &statement.literal
            && let Some((_, _, call)) = syntax::walk_into(expr)
        {
            self.walks.insert(call.span().start);
        }
    }

    fn declared(&mut self, name: &str) {
        self.bound.insert(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long lists stand on one line; there is an end to it.
    #[test]
    fn a_line_may_be_long() {
        let parse = |columns: usize| {
            let text = format!("package t\nimport rego.v1\nlist := [\"{}\"]\n", "a".repeat(columns));
            RegoFile::parse("t.rego".to_owned(), text)
        };
        assert!(parse(1_024).is_ok());
        assert!(parse(60_000).is_ok());
        let refusal = parse(70_000).unwrap_err();
        assert_eq!((refusal.line, refusal.reason.contains("maximum column width of 65536")), (Some(3), true));
    }

    #[test]
    fn strings_that_no_value_is_compared_with_are_no_literals() {
        let text = "package t\nimport rego.v1\n__rego_metadata__ := {\"id\": \"a\"}\n\
                    deny contains msg if {\n  input.b == \"b\"\n  input[\"c\"] in {\"d\", \"100 %\"}\n  \
                    msg := sprintf(\"%v is e\", [\"f\"])\n}\ndeny contains \"It is g.\" if input.h\n";
        let module = RegoFile::parse("t.rego".to_owned(), text.to_owned()).unwrap().module;
        let literals: BTreeSet<&str> =
            module.rules.iter().flat_map(|rule| &rule.literals).map(String::as_str).collect();
        assert_eq!(literals.into_iter().collect::<Vec<_>>(), ["100 %", "b", "c", "d", "f"]);
        // What it mentions, it may read.
        let words: BTreeSet<&String> = module.rules.iter().flat_map(|rule| &rule.words).collect();
        for word in ["id", "a", "b", "c", "%v is e", "It is g.", "h"] {
            assert!(words.contains(&word.to_owned()), "{word}");
        }
    }
}
