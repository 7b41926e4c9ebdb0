//! Python: what a file imports and calls, with the arguments that are literals.
//!
//! Nothing is run and no value is followed: `from_pretrained(name)` has an argument that is open. That
//! is enough for what policies ask of code (a model loaded without a revision, a pickle, a seed, a
//! region), and it cannot be wrong. The parser goes on after mistakes, so code of any version and half
//! a file give what they can. Most files of a repository concern no policy: one that holds none of
//! `WORDS` is never parsed.

mod literal;
mod notebook;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use tree_sitter::{Node as Syntax, ParseOptions, Parser, Tree};

use self::literal::literal;
use super::written::Written;
use super::{Entry, Node, Value};
use crate::model::{Digest, Kept, Span};

/// Names that policies ask for: loaders of models and data, clients of services, registries, seeds.
const WORDS: [&str; 57] = [
    "AutoModel",
    "PRNGKey",
    "ParameterString",
    "RandomState",
    "RegisterModel",
    "aiplatform",
    "anthropic",
    "approval_status",
    "azureml",
    "bedrock",
    "boto3",
    "cPickle",
    "cloudpickle",
    "create_model_package",
    "default_rng",
    "dill",
    "enable_determinism",
    "fit",
    "from_pretrained",
    "genai",
    "google_genai",
    "hf_hub_download",
    "huggingface_hub",
    "joblib",
    "langchain",
    "litellm",
    "llama_index",
    "load_dataset",
    "load_model",
    "manual_seed",
    "manual_seed_all",
    "marshal",
    "mistralai",
    "mlflow",
    "openai",
    "pickle",
    "pipeline",
    "random_seed",
    "random_state",
    "read_pickle",
    "register",
    "register_model",
    "sagemaker",
    "seed",
    "seed_everything",
    "set_random_seed",
    "set_registered_model_alias",
    "set_seed",
    "shelve",
    "skops",
    "snapshot_download",
    "torch_hub",
    "transformers",
    "transition_model_version_stage",
    "trust_remote_code",
    "vertexai",
    "weights_only",
];
/// Names that matter together only: each alone stands in too many files.
const PAIRS: [(&str, &str); 3] = [("torch", "load"), ("torch", "hub"), ("numpy", "allow_pickle")];

const MAX_CALLS: usize = 20_000;
const MAX_IMPORTS: usize = 5_000;
/// The parser reports each time it has gone some way; a file of usual size takes some hundreds.
const MAX_REPORTS: usize = 2_000_000;
/// A name of more parts is generated.
const MAX_PARTS: usize = 32;

/// Is this a file that any policy could ask about? Looks at bytes: a file need not be UTF-8 for that.
pub fn concerns(bytes: &[u8]) -> bool {
    let mut paired: BTreeSet<&str> = BTreeSet::new();
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    for name in bytes.split(|byte| !word(byte)).filter(|name| name.len() >= 3) {
        let Ok(name) = std::str::from_utf8(name) else { continue };
        if WORDS.binary_search(&name).is_ok() {
            return true;
        }
        let halves = PAIRS.iter().flat_map(|(a, b)| [*a, *b]);
        paired.extend(halves.filter(|half| *half == name));
    }
    PAIRS.iter().any(|(a, b)| paired.contains(a) && paired.contains(b))
}

/// As [`parse`]; a text that was read before is not read again.
pub fn parse_once(path: &str, text: &str, kept: &Kept) -> (Vec<Node>, Option<(usize, String)>) {
    let key = Digest::of_written(&("python", is_notebook(path), text));
    if let Some((known, mistake)) = kept.get::<(Vec<Written<Node>>, _)>(&key) {
        return (known.into_iter().map(|Written(node)| node).collect(), mistake);
    }
    let (values, mistake) = parse(path, text);
    kept.put(key, &(values.iter().map(Written).collect::<Vec<_>>(), &mistake), true);
    (values, mistake)
}

fn is_notebook(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ipynb"))
}

/// What a file imports and calls, and the place and reason when not all of it was read. Empty when it
/// does neither.
pub fn parse(path: &str, text: &str) -> (Vec<Node>, Option<(usize, String)>) {
    if is_notebook(path) {
        return match notebook::code(text) {
            Ok(code) => read(&code.text, &|span| code.place(span)),
            Err(mistake) => (Vec::new(), Some(mistake)),
        };
    }
    read(text, &|span| span)
}

fn read(text: &str, place: &dyn Fn(Span) -> Span) -> (Vec<Node>, Option<(usize, String)>) {
    let Some(tree) = tree(text) else {
        return (Vec::new(), Some((0, "the Python parser gave up".to_owned())));
    };
    let mut reader = Reader { text, place, aliases: BTreeMap::new(), imports: Vec::new(), calls: Vec::new() };
    let whole = reader.walk(&tree);
    if reader.imports.is_empty() && reader.calls.is_empty() {
        return (Vec::new(), None);
    }
    let span = place(Span::new(0, text.len()));
    let list = |items: Vec<Node>| {
        let at = items.first().map_or(span, |item| item.span);
        (at, Node::new(Value::List(items), at))
    };
    let entries = [("imports", list(reader.imports)), ("calls", list(reader.calls))];
    let entries =
        entries.into_iter().map(|(key, (key_span, node))| Entry { key: key.to_owned(), key_span, node });
    let root = Node::new(Value::Map(entries.collect()), span);
    (vec![root], whole.err())
}

fn tree(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
    let mut reports = 0_usize;
    let mut progress = |_: &tree_sitter::ParseState| {
        reports += 1;
        if reports > MAX_REPORTS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let bytes = text.as_bytes();
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}

struct Reader<'a> {
    text: &'a str,
    place: &'a dyn Fn(Span) -> Span,
    /// Local names and what they stand for.
    aliases: BTreeMap<&'a str, String>,
    imports: Vec<Node>,
    calls: Vec<Node>,
}

impl<'a> Reader<'a> {
    /// In the order of the file, without recursion: code nests as deep as its author likes.
    ///
    /// # Errors
    /// The place at which there is too much of it.
    fn walk(&mut self, tree: &Tree) -> Result<(), (usize, String)> {
        let mut cursor = tree.walk();
        loop {
            let node = cursor.node();
            match node.kind() {
                "import_statement" => self.import(node),
                "import_from_statement" => self.import_from(node),
                "call" => self.call(node),
                _ => {}
            }
            let at = (self.place)(span(node)).start;
            if self.calls.len() > MAX_CALLS {
                self.calls.truncate(MAX_CALLS);
                return Err((at, format!("more than {MAX_CALLS} calls")));
            }
            if self.imports.len() > MAX_IMPORTS {
                self.imports.truncate(MAX_IMPORTS);
                return Err((at, format!("more than {MAX_IMPORTS} imports")));
            }
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return Ok(());
                }
            }
        }
    }

    fn slice(&self, node: Syntax<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    /// `import a.b` binds `a`; `import a.b as c` binds `c`.
    fn import(&mut self, node: Syntax<'_>) {
        for name in children(node, "name") {
            let (module, alias) = self.named(name);
            if let Some(alias) = alias {
                self.aliases.insert(alias, module.to_owned());
            }
            self.imports.push(Node::string(module, (self.place)(span(name))));
        }
    }

    fn import_from(&mut self, node: Syntax<'_>) {
        let Some(module) = node.child_by_field_name("module_name") else { return };
        let module = self.slice(module);
        let mut names = children(node, "name").peekable();
        if names.peek().is_none() {
            self.imports.push(Node::string(format!("{module}.*"), (self.place)(span(node))));
        }
        for name in names {
            let (imported, alias) = self.named(name);
            let separator = if module.ends_with('.') { "" } else { "." };
            let full = format!("{module}{separator}{imported}");
            self.aliases.insert(alias.unwrap_or(imported), full.clone());
            self.imports.push(Node::string(full, (self.place)(span(name))));
        }
    }

    /// What is imported, and the name it gets where that is another.
    fn named(&self, name: Syntax<'_>) -> (&'a str, Option<&'a str>) {
        match (name.child_by_field_name("name"), name.child_by_field_name("alias")) {
            (Some(inner), Some(alias)) => (self.slice(inner), Some(self.slice(alias))),
            _ => (self.slice(name), None),
        }
    }

    fn call(&mut self, node: Syntax<'_>) {
        let Some(function) = node.child_by_field_name("function") else { return };
        let Some(name) = self.callee(function) else { return };
        let at = (self.place)(span(function));
        let (mut args, mut kwargs, mut open) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(arguments) = node.child_by_field_name("arguments") {
            let mut cursor = arguments.walk();
            for argument in arguments.named_children(&mut cursor) {
                self.argument(argument, &mut args, &mut kwargs, &mut open);
            }
        }
        let entry = |key: &str, node: Node| Entry { key: key.to_owned(), key_span: at, node };
        let list = |items: Vec<Node>| Node::new(Value::List(items), at);
        let entries = vec![
            Entry { node: Node::string(name, at), ..entry("name", list(Vec::new())) },
            entry("args", list(args)),
            entry("kwargs", Node::new(Value::Map(kwargs), at)),
            entry("open", list(open)),
        ];
        self.calls.push(Node::new(Value::Map(entries), at));
    }

    fn argument(
        &self,
        argument: Syntax<'_>,
        args: &mut Vec<Node>,
        kwargs: &mut Vec<Entry>,
        open: &mut Vec<Node>,
    ) {
        let at = (self.place)(span(argument));
        match argument.kind() {
            "comment" => {}
            "keyword_argument" => {
                let fields = (argument.child_by_field_name("name"), argument.child_by_field_name("value"));
                let (Some(name), Some(value)) = fields else { return };
                let key = self.slice(name);
                match literal(value, self.text, self.place) {
                    Some(node) if kwargs.iter().all(|entry| entry.key != key) => {
                        kwargs.push(Entry { key: key.to_owned(), key_span: (self.place)(span(name)), node });
                    }
                    _ => open.push(Node::string(key, at)),
                }
            }
            // Nobody knows what these hold.
            "list_splat" => {
                args.push(Node::new(Value::Null, at));
                open.push(Node::string("*", at));
            }
            "dictionary_splat" => open.push(Node::string("**", at)),
            _ => args.push(literal(argument, self.text, self.place).unwrap_or(Node::new(Value::Null, at))),
        }
    }

    /// `a.b.c` of what is called, imports resolved. Calls and subscripts on the way count as what they
    /// are made on: `boto3.client("s3").get` is `boto3.client.get`.
    fn callee(&self, function: Syntax<'_>) -> Option<String> {
        let mut parts = Vec::new();
        let mut next = function;
        loop {
            if parts.len() > MAX_PARTS {
                return None;
            }
            match next.kind() {
                "identifier" => {
                    let name = self.slice(next);
                    parts.push(self.aliases.get(name).map_or(name, String::as_str));
                    break;
                }
                "attribute" => {
                    parts.push(self.slice(next.child_by_field_name("attribute")?));
                    next = next.child_by_field_name("object")?;
                }
                "call" => next = next.child_by_field_name("function")?,
                "subscript" => next = next.child_by_field_name("value")?,
                "parenthesized_expression" | "await" => next = next.named_child(0)?,
                _ => {
                    parts.push("?");
                    break;
                }
            }
        }
        parts.reverse();
        Some(parts.join("."))
    }
}

fn span(node: Syntax<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

/// The children that stand in a field, in order.
fn children<'t>(node: Syntax<'t>, field: &str) -> impl Iterator<Item = Syntax<'t>> {
    let mut cursor = node.walk();
    let found: Vec<_> = node.children_by_field_name(field, &mut cursor).collect();
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn parsed(text: &str) -> Json {
        let (values, mistake) = parse("a.py", text);
        assert_eq!(mistake, None);
        values.first().map_or(Json::Null, Node::to_json)
    }

    fn names(text: &str) -> Vec<String> {
        let value = parsed(text);
        value["calls"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn words_are_sorted() {
        assert!(WORDS.is_sorted(), "they are searched by halves");
    }

    #[test]
    fn calls_have_their_literals() {
        let text = "from transformers import AutoModel as M\nm = M.from_pretrained('org/' 'm', revision=REV, trust_remote_code=True, n=-1, **more)\n";
        assert_eq!(
            parsed(text),
            json!({
                "imports": ["transformers.AutoModel"],
                "calls": [{
                    "name": "transformers.AutoModel.from_pretrained",
                    "args": ["org/m"],
                    "kwargs": {"trust_remote_code": true, "n": -1},
                    "open": ["revision", "**"],
                }],
            })
        );
    }

    #[test]
    fn names_are_those_of_the_imports() {
        let text = "import torch as t, os.path\nfrom . import util\nfrom .io import load\nfrom pickle import *\n\
                    t.load(f)\nos.path.join(a)\nutil.x()\nload()\nboto3.client('s3').get()\nmodels['a'].fit()\n(lambda: 1)()\n";
        assert_eq!(parsed(text)["imports"], json!(["torch", "os.path", ".util", ".io.load", "pickle.*"]));
        let want = [
            "torch.load",
            "os.path.join",
            ".util.x",
            ".io.load",
            "boto3.client.get",
            "boto3.client",
            "models.fit",
            "?",
        ];
        assert_eq!(names(text), want);
    }

    #[test]
    fn calls_within_others_and_in_functions_are_listed() {
        let text = "async def f():\n    if x:\n        with open(p) as h:\n            return await g(pickle.load(h))\n";
        assert_eq!(names(text), ["open", "g", "pickle.load"]);
    }

    #[test]
    fn every_part_stands_where_it_is_written() {
        let text = "x = 1\nload(\n  'm',\n  seed=42,\n)\n";
        let (values, _) = parse("a.py", text);
        let call = &values[0].get("calls").unwrap().items()[0];
        let at = |span: Span| &text[span.start..span.end];
        assert_eq!(at(call.span), "load");
        assert_eq!(at(call.get("args").unwrap().items()[0].span), "'m'");
        let seed = call.get("kwargs").unwrap().entry("seed").unwrap();
        assert_eq!((at(seed.key_span), at(seed.node.span)), ("seed", "42"));
    }

    #[test]
    fn broken_code_gives_what_it_can() {
        let text = "import pickle\ndef f(:\n    pass\nprint 'old'\npickle.load(f)\nx = [\n";
        assert!(names(text).contains(&"pickle.load".to_owned()));
        assert_eq!(parsed("x = 1\n"), Json::Null);
    }

    #[test]
    fn deep_and_long_code_ends() {
        let deep = format!("{}x{}", "f(".repeat(20_000), ")".repeat(20_000));
        let (values, mistake) = parse("a.py", &deep);
        assert!(!values.is_empty());
        assert!(mistake.is_none_or(|(_, reason)| reason.contains("calls")));
        let (values, mistake) = parse("a.py", &"f()\n".repeat(MAX_CALLS + 5));
        assert_eq!(values[0].get("calls").unwrap().items().len(), MAX_CALLS);
        assert!(mistake.unwrap().1.starts_with("more than"));
        let list = format!("f({}1{})", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(parsed(&list)["calls"][0]["args"], json!([null]), "too deep for a literal");
    }

    #[test]
    fn files_that_concern_nobody_are_known_by_their_words() {
        for (text, want) in [
            ("import pickle\n", true),
            ("torch.load(x)\n", true),
            ("import torch\nx = torch.nn.Linear(1)\n", false),
            ("load(x)\n", false),
            ("random_states = 1  # pickles\n", false),
            ("model = transformers.pipeline('x')", true),
        ] {
            assert_eq!(concerns(text.as_bytes()), want, "{text}");
        }
        assert!(concerns(b"\xff\xfe boto3 "));
    }
}
