//! The embedded policies: only their metadata is read until one is asked for, and the libraries that they have in
//! common are parsed once for all.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::Value as Json;

use super::mentioned::{Mentioned, TextId};
use super::{
    Code, Entries, Lazy, Parameters, Policy, comparable, is_library, is_policy, native_policy, texts_of,
    values_of,
};
use crate::facts::Reads;
use crate::model::{Digest, NotEvaluated};
use crate::policy::ast::RegoFile;
use crate::policy::guard::Graph;
use crate::policy::localise::{Token, rules};
use crate::policy::machine::{self, Local, Machine};
use crate::policy::metadata::Annotations;
use crate::policy::refusal::Refusal;
use crate::policy::{embedded, params};

/// An embedded policy, of which only the metadata is read.
pub(super) fn builtin(
    id: TextId,
    libraries: &Arc<Libraries>,
    data: &Arc<Json>,
) -> Result<Policy, NotEvaluated> {
    let (name, text) = embedded::FILES.get(id).copied().unwrap_or_default();
    let found: Option<Annotations> = embedded::data(name);
    let found = found.ok_or_else(|| Refusal::new("it has no metadata").concerning(name))?;
    let used = libraries.used_by(text);
    let modules = used.iter().map(|library| (library.name.to_owned(), library.hash.clone()));
    let modules = modules.chain([(name.to_owned(), Digest::of(text.as_bytes()).hex())]).collect();
    let mut names = named_params(text);
    names.extend(used.iter().flat_map(|library| &library.params).chain(&found.custom.params).cloned());
    let values = values_of(&names, data);
    let texts = used.iter().map(|library| library.id).chain([id]);
    let mentioned = Mentioned::in_texts(texts.collect()).and(&values);
    let selects = found.custom.selects.clone();
    let given = Json::Null;
    let parameters = Parameters { names, modules, given, data: data.clone(), known: Mutex::default() };
    let (libraries, data) = (libraries.clone(), data.clone());
    let code = move || {
        let file = RegoFile::parse(name.to_owned(), text.to_owned())?;
        let (mut files, base) = libraries.engine(text, &data)?;
        let had = files.len();
        files.push(file.clone());
        let used: Vec<&RegoFile> = files.iter().collect();
        let sources = texts_of(&used);
        let entries = Entries::native(&file.module);
        let (mut words, literals) =
            Graph::of(&files).mentioned(entries.rules().map(String::as_str), SPELLINGS.1);
        if let Some(table) = files.iter().find(|file| file.name == SPELLINGS.0) {
            add_spellings(&table.text, &mut words);
        }
        Ok(Code {
            entries,
            words: Arc::new(words),
            sources,
            literals: comparable(literals, &[&values], &selects),
            machine: Arc::new(Machine::local(
                Local::new(files.into(), data.as_ref().clone(), true).on(base, had),
            )),
        })
    };
    let package = text.lines().find_map(|line| line.strip_prefix("package ")).unwrap_or(name);
    let reads = reads_in(text);
    let reads = Reads::of(used.iter().flat_map(|library| &library.reads).chain(&reads).map(String::as_str));
    let code = Arc::new(LazyLock::new(Box::new(code) as Box<dyn FnOnce() -> _ + Send>));
    let policy = native_policy(&found, (package, name), (reads, mentioned), parameters, text.into(), code);
    Ok(Policy { embedded: true, ..policy })
}

/// The table that tells how a name is spelled elsewhere: file and rule. It holds more names than any policy reads, and
/// no values.
const SPELLINGS: (&str, &str) = ("policies/lib/reading.rego", "data.probity.lib.reading.spelled");

/// Adds the other spelling of each word that the table has.
fn add_spellings(table: &str, words: &mut BTreeSet<String>) {
    let rule = rules(table).into_iter().find(|rule| SPELLINGS.1.ends_with(&format!(".{}", rule.name)));
    let texts = rule.into_iter().flat_map(|rule| rule.tokens).filter_map(|token| match token {
        Token::Text(text) => Some(text),
        _ => None,
    });
    let texts: Vec<Cow<'_, str>> = texts.collect();
    for pair in texts.chunks(2) {
        if pair.iter().any(|name| words.contains(&**name)) {
            words.extend(pair.iter().map(ToString::to_string));
        }
    }
}

/// The parameters that a text names as `params.name`; all of them where it computes the name. Rather one too
/// many: the digest covers their values. A test holds this against the syntax.
pub(super) fn named_params(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, word) in text.match_indices("params") {
        let rest = text.get(at + word.len()..).unwrap_or_default();
        if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
            found.extend(name.get(..end).filter(|name| !name.is_empty()).map(str::to_owned));
        } else if rest.starts_with('[') {
            found.extend(params::names());
        }
    }
    found
}

/// `policies/lib/`: what embedded policies have in common.
pub(super) struct Libraries {
    all: Vec<Library>,
    /// Engines with the data and some of the libraries, by the names of these: many policies use the same.
    engines: Mutex<HashMap<Vec<&'static str>, regorus::Engine>>,
}

pub(super) struct Library {
    id: TextId,
    pub name: &'static str,
    text: &'static str,
    /// `data.probity.lib.graph`
    package: String,
    hash: String,
    parsed: Lazy<RegoFile>,
    params: BTreeSet<String>,
    reads: Vec<String>,
}

impl Libraries {
    pub fn embedded() -> Self {
        let own = embedded::FILES.iter().enumerate();
        let own = own.filter(|(_, (name, _))| is_policy(name) && is_library(name));
        let library = |(id, (name, text)): (TextId, &(&'static str, &'static str))| {
            let (name, text) = (*name, *text);
            let package = text.lines().find_map(|line| line.strip_prefix("package ")).unwrap_or_default();
            Library {
                id,
                name,
                text,
                package: format!("data.{}", package.trim()),
                hash: Digest::of(text.as_bytes()).hex(),
                params: named_params(text),
                reads: reads_in(text),
                parsed: LazyLock::new(Box::new(move || RegoFile::parse(name.to_owned(), text.to_owned()))),
            }
        };
        Self { all: own.map(library).collect(), engines: Mutex::default() }
    }

    /// The libraries of a text, and an engine that has them and the data.
    fn engine(&self, text: &str, data: &Json) -> Result<(Vec<RegoFile>, regorus::Engine), Refusal> {
        let used = self.used_by(text);
        let parsed = used.iter().map(|library| library.parsed.as_ref().map_err(Clone::clone).cloned());
        let files: Vec<RegoFile> = parsed.collect::<Result<_, _>>()?;
        let names: Vec<&str> = used.iter().map(|library| library.name).collect();
        let engine = self.engine_of(&names, &files, data)?;
        Ok((files, engine))
    }

    /// Sets of libraries that begin alike are parsed once as far as they do.
    fn engine_of(
        &self,
        names: &[&'static str],
        files: &[RegoFile],
        data: &Json,
    ) -> Result<regorus::Engine, Refusal> {
        let known = self.engines.lock().unwrap_or_else(PoisonError::into_inner).get(names).cloned();
        if let Some(engine) = known {
            return Ok(engine);
        }
        let engine = match (names.split_last(), files.split_last()) {
            (Some((_, names)), Some((last, files))) => {
                let mut engine = self.engine_of(names, files, data)?;
                machine::add_files(&mut engine, std::slice::from_ref(last))?;
                engine
            }
            _ => machine::engine(&[], data)?,
        };
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        engines.insert(names.to_vec(), engine.clone());
        Ok(engine)
    }

    /// The libraries that a text names, directly or through others. A test holds this against the syntax.
    pub fn used_by(&self, text: &str) -> Vec<&Library> {
        let mut found: Vec<&Library> = Vec::new();
        let mut texts = vec![text];
        while let Some(text) = texts.pop() {
            for (at, _) in text.match_indices("data.probity.lib.") {
                let rest = text.get(at..).unwrap_or_default();
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
                let path = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                for library in &self.all {
                    let named = path.strip_prefix(library.package.as_str());
                    let named = named.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
                    if named && !found.iter().any(|known| known.name == library.name) {
                        found.push(library);
                        texts.push(library.text);
                    }
                }
            }
        }
        found.sort_by_key(|library| library.name);
        found
    }
}

/// The paths into the input that a text reads, which is not parsed: what only a string names counts as well.
fn reads_in(text: &str) -> Vec<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut paths = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for (at, _) in line.match_indices("input") {
            let (before, after) = (line.get(..at).unwrap_or_default(), line.get(at..).unwrap_or_default());
            let rest = after.get("input".len()..).unwrap_or_default();
            if !before.ends_with(|c| word(c) || c == '.') && !rest.starts_with(word) {
                let end = rest.find(|c| !word(c) && c != '.').unwrap_or(rest.len());
                let (way, behind) =
                    (rest.get(..end).unwrap_or_default(), rest.get(end..).unwrap_or_default());
                // `object.get(input.history, "changes", [])` reads one member.
                let named = before.ends_with("object.get(").then(|| behind.strip_prefix(", \"")).flatten();
                if let Some((name, _)) = named.and_then(|name| name.split_once('"')) {
                    paths.push(format!("input{way}.{name}"));
                    continue;
                }
                paths.push(after.get(.."input".len() + end).unwrap_or(after).to_owned());
            }
        }
    }
    paths
}
