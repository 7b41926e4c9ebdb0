//! Loading policies: the embedded ones, read now and compiled when first asked for, and those of the user's
//! folders, which a worker parses. Each policy is evaluated together with the files that define what it uses
//! and no others, so that a broken file takes nothing with it that does not need it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock, PoisonError};

use rayon::prelude::*;
use serde_json::{Value as Json, json};

use super::ast::RegoFile;
use super::constraint::Constraint;
use super::data;
use super::files::{self, PolicyFiles};
use super::guard::Graph;
use super::machine::{self, Isolation, Machine};
use super::metadata::{Annotations, Need, annotations};
use super::params::{Params, params};
use super::refusal::Refusal;
use super::{embedded, gatekeeper};
use crate::facts::{Given, Reads, Shape};
use crate::model::{Digest, NotEvaluated, PolicyInfo, Severity, nearest};

mod builtin;
mod folder;
mod mentioned;
mod parameters;

use self::builtin::{Libraries, builtin};
use self::folder::Loading;
use self::mentioned::Mentioned;
pub(super) use self::parameters::policy_digest;
use self::parameters::{MAX_KNOWN, Parameters, digest_of, values_of};

/// A loaded policy: what is known of it, and what evaluates it.
#[derive(Clone)]
pub struct Policy {
    pub info: Arc<PolicyInfo>,
    /// The form of input that it reads.
    pub shape: Shape,
    /// The members of `input` that it and what it imports read.
    pub reads: Reads,
    /// Resource types, document kinds; empty selects every unit of the scope.
    pub selects: Vec<String>,
    /// Part of this program.
    embedded: bool,
    /// Which resources its `input.resources` holds.
    pub given: Given,
    /// What of the repository's input must hold something.
    pub needs: Vec<Need>,
    code: Arc<LazyCode>,
    mentioned: Arc<Mentioned>,
    parameters: Arc<Parameters>,
    /// Gatekeeper's: where it holds, and with which parameters.
    pub(super) constraint: Option<Arc<Constraint>>,
    pub text: Arc<str>,
}

/// What is made, or found to be impossible, when first asked for.
type Lazy<T> = LazyLock<Result<T, Refusal>, Box<dyn FnOnce() -> Result<T, Refusal> + Send>>;

type LazyCode = Lazy<Code>;

/// What evaluates a policy, and what its text says of how to.
#[derive(Clone)]
pub(super) struct Code {
    /// Rule paths by what they report.
    pub entries: Entries,
    pub machine: Arc<Machine>,
    /// Names the policy mentions, and strings it may compare a value with: its own and those of its parameters.
    pub words: Arc<BTreeSet<String>>,
    pub literals: Arc<BTreeSet<String>>,
    /// The texts of all that it uses.
    pub sources: Arc<[Arc<str>]>,
}

impl Code {
    /// Code that is there already.
    pub fn ready(self) -> Arc<LazyCode> {
        Arc::new(LazyLock::new(Box::new(move || Ok(self))))
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    pub deny: Vec<String>,
    pub review: Vec<String>,
    pub inconclusive: Vec<String>,
    pub not_applicable: Vec<String>,
    /// Conftest's exceptions, and the name of the rule they may lift.
    pub exception: Option<(String, String)>,
}

impl Entries {
    /// A native policy's, which are called what they report.
    fn native(module: &super::ast::Module) -> Self {
        let rules = |name: &str| -> Vec<String> {
            let found = module.rules.iter().find(|rule| rule.name == name);
            found.map(|rule| rule.path.clone()).into_iter().collect()
        };
        Self {
            deny: rules("deny"),
            review: rules("review"),
            inconclusive: rules("inconclusive"),
            not_applicable: rules("not_applicable"),
            exception: None,
        }
    }

    /// All rules that are evaluated.
    pub fn rules(&self) -> impl Iterator<Item = &String> {
        let exception = self.exception.iter().map(|(rule, _)| rule);
        [&self.deny, &self.review, &self.inconclusive, &self.not_applicable]
            .into_iter()
            .flatten()
            .chain(exception)
    }
}

impl Policy {
    /// What evaluates it; compiled when first asked for.
    ///
    /// # Errors
    /// Why it cannot be evaluated.
    pub(super) fn code(&self) -> Result<&Code, Refusal> {
        self.code.as_ref().as_ref().map_err(Clone::clone)
    }

    /// Part of this program: what it says is known to depend on nothing but what it is given.
    pub fn is_embedded(&self) -> bool {
        self.embedded
    }

    /// Is this one of the names and strings that it mentions? What it does not mention it cannot read.
    pub fn mentions(&self, word: &str) -> bool {
        self.mentioned.contains(word)
    }

    /// Does it name this type of resources: in full, or how it begins or ends? Its parameters' values count.
    pub fn names_type(&self, name: &str) -> bool {
        self.mentioned.names_type(name)
    }

    /// The policy with a repository's parameters: itself when these say nothing of what it reads.
    #[must_use]
    pub fn with(&self, params: &Params) -> Self {
        let Parameters { names, modules, given, data, known } = self.parameters.as_ref();
        if !params.touches(names) {
            return self.clone();
        }
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > MAX_KNOWN {
            known.clear();
        }
        let made = known.entry(params.key(names)).or_insert_with(|| {
            let data = Arc::new(params.over(data));
            let modules = modules.iter().map(|(name, hash)| (name.as_str(), hash.clone())).collect();
            let values = values_of(names, &data);
            let digest = digest_of(&modules, &values, given);
            let mentioned = self.mentioned.and(&values);
            let code = self.code.clone();
            let code = move || {
                let code = code.as_ref().as_ref().map_err(Clone::clone)?;
                Ok(Code {
                    machine: Arc::new(code.machine.with(data.as_ref().clone())),
                    literals: comparable(code.literals.as_ref().clone(), &[&values], &[]),
                    ..code.clone()
                })
            };
            Self {
                info: Arc::new(PolicyInfo { digest, ..self.info.as_ref().clone() }),
                code: Arc::new(LazyLock::new(Box::new(code))),
                mentioned: Arc::new(mentioned),
                parameters: Arc::new(Parameters::default()),
                ..self.clone()
            }
        });
        made.clone()
    }
}

/// All policies of one audit.
#[derive(Clone, Default)]
pub struct Bundle {
    pub policies: Vec<Policy>,
    /// Files that could not be loaded: their policies are not evaluated.
    pub failures: Vec<NotEvaluated>,
    /// How many policies [`Bundle::keep_only`] took out.
    pub left_out: usize,
}

/// Is the id that name, or does it go on after it with another part?
fn is_named(id: &str, name: &str) -> bool {
    id.get(..name.len()).is_some_and(|front| front.eq_ignore_ascii_case(name))
        && id.get(name.len()..).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.', '/', ':']))
}

impl Bundle {
    /// The embedded policies, and those of the given files and folders, which nobody vouches for.
    ///
    /// # Errors
    /// A path that cannot be read is a usage error; a policy in it that cannot be loaded is a failure
    /// within the bundle.
    pub fn load(folders: &[impl AsRef<Path>], isolation: &Isolation) -> Result<Self, String> {
        let read = folders.iter().map(|folder| files::read_folder(folder.as_ref()));
        Ok(Self::with(read.collect::<Result<_, _>>()?, &json!({}), isolation, 0))
    }

    /// The embedded policies, and those of files that were read, to which `given` is data and it is `now`: seconds
    /// since 1970.
    pub fn with(read: Vec<PolicyFiles>, given: &Json, isolation: &Isolation, now: i64) -> Self {
        let mut bundle = Self::builtin();
        let mut manifests = Vec::new();
        for PolicyFiles { rego, params: own, manifests: others, failures } in read {
            bundle.failures.extend(failures);
            let data = bundle.data(&own, given, now);
            let parsed: Vec<_> = rego.par_iter().map(|(name, text)| isolation.parse(name, text)).collect();
            let mut files = Vec::new();
            for (parsed, (name, _)) in parsed.into_iter().zip(rego) {
                match parsed {
                    Ok(file) => files.push(file),
                    Err(refusal) => bundle.failures.push(refusal.concerning(name)),
                }
            }
            bundle.add(&files, data, isolation);
            manifests.extend(others);
        }
        // Templates and constraints find one another across all folders.
        let (constraints, failures) = gatekeeper::policies(&manifests, isolation, now);
        bundle.policies.extend(constraints);
        bundle.failures.extend(failures);
        bundle.policies.sort_by(|a, b| a.info.id.cmp(&b.info.id));
        bundle
    }

    /// The embedded policies. Their Rego is not looked at yet: most audits need few of them.
    pub fn builtin() -> Self {
        let data = Arc::new(params());
        let libraries = Arc::new(Libraries::embedded());
        let own = embedded::FILES.par_iter().enumerate();
        let loaded: Vec<_> = own
            .filter(|(_, (name, _))| is_policy(name) && !is_library(name))
            .map(|(id, _)| builtin(id, &libraries, &data))
            .collect();
        mentioned::begin();
        let mut bundle = Self::default();
        for policy in loaded {
            match policy {
                Ok(policy) => bundle.policies.push(policy),
                Err(failure) => bundle.failures.push(failure),
            }
        }
        bundle
    }

    /// Takes out all policies but those of these names: whole ids, or how several of them begin (`PB-NET`).
    ///
    /// # Errors
    /// A name that no policy has, and which may be meant.
    pub fn keep_only(&mut self, names: &[String]) -> Result<(), String> {
        let known = || self.policies.iter().map(|policy| policy.info.id.as_ref());
        if let Some(name) = names.iter().find(|name| !known().any(|id| is_named(id, name))) {
            let meant = nearest(&name.to_uppercase(), known());
            let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
            return Err(format!("no policy is called {name}{meant}"));
        }
        let all = self.policies.len();
        self.policies.retain(|policy| names.iter().any(|name| is_named(policy.info.id.as_ref(), name)));
        self.left_out = all - self.policies.len();
        Ok(())
    }

    /// Takes out what is part of this program.
    pub fn leave_out_embedded(&mut self) {
        self.policies.retain(|policy| !policy.embedded);
    }

    /// Compiles what would be compiled when first asked for.
    ///
    /// # Errors
    /// The first policy that cannot be evaluated.
    pub fn compile(&self) -> Result<(), Refusal> {
        self.policies.par_iter().try_for_each(|policy| {
            let code = policy.code()?;
            code.machine.prepare(&code.entries.rules().cloned().collect::<Vec<_>>())
        })
    }

    /// Over the ids and digests of policies: what was an audit judged by?
    pub fn digest<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Digest {
        let policies: BTreeMap<_, _> =
            policies.into_iter().map(|p| (p.info.id.as_ref(), p.info.digest.to_string())).collect();
        Digest::of(json!(policies).to_string().as_bytes())
    }

    /// The data of a folder's policies, and what of it is not Probity's own: the parameters that the folder brings
    /// along, and over these what is given for all.
    fn data(&mut self, own: &[(String, String)], given: &Json, now: i64) -> (Arc<Json>, Json) {
        let mut theirs = json!({});
        for (name, text) in own {
            match data::parse(name, text) {
                Ok(value @ Json::Object(_)) => data::overlay(&mut theirs, &value),
                Ok(_) => {}
                Err(error) => self.failures.push(NotEvaluated::new(name.clone(), error)),
            }
        }
        data::overlay(&mut theirs, given);
        let mut all = params();
        data::overlay(&mut all, &theirs);
        (Arc::new(machine::at_instant(all, now)), theirs)
    }

    /// Adds the policies of files that are loaded together.
    fn add(&mut self, files: &[RegoFile], (data, given): (Arc<Json>, Json), isolation: &Isolation) {
        let graph = Graph::of(files);
        let (data, given) = (&data, &given);
        let mut loading = Loading { files, graph: &graph, data, given, isolation, machines: BTreeMap::new() };
        for file in files {
            match annotations(&file.text) {
                Ok(Some(found)) if found.custom.id.is_some() => match loading.native(file, &found) {
                    Ok(policy) => self.policies.push(policy),
                    Err(refusal) => self.failures.push(refusal.concerning(file.name.clone())),
                },
                Ok(found) => {
                    for policy in loading.ordinary(file, &found.unwrap_or_default()) {
                        match policy {
                            Ok(policy) => self.policies.push(policy),
                            Err(failure) => self.failures.push(failure),
                        }
                    }
                }
                Err((line, reason)) => {
                    self.failures.push(Refusal::at(&file.name, line, reason).concerning(file.name.clone()));
                }
            }
        }
    }
}

fn is_library(name: &str) -> bool {
    name.starts_with("policies/lib/")
}

/// Rego that is no test.
fn is_policy(name: &str) -> bool {
    name.strip_suffix(".rego").is_some_and(|name| !name.ends_with("_test"))
}

/// All strings in a value; the keys too, which may stand for values: `data.probity.params.limits[name]`.
pub(super) fn strings_in(value: &Json, found: &mut BTreeSet<String>) {
    match value {
        Json::String(text) => drop(found.insert(text.clone())),
        Json::Array(items) => items.iter().for_each(|item| strings_in(item, found)),
        Json::Object(map) => {
            for (key, value) in map {
                found.insert(key.clone());
                strings_in(value, found);
            }
        }
        _ => {}
    }
}

/// The strings that a policy may compare a value with, and those in the data that it reads; what it selects by are
/// kinds of units and no values.
fn comparable(mut own: BTreeSet<String>, data: &[&Json], selects: &[String]) -> Arc<BTreeSet<String>> {
    own.retain(|text| !selects.contains(text));
    let values = data.iter().filter_map(|data| data.as_object()).flat_map(serde_json::Map::values);
    values.for_each(|value| strings_in(value, &mut own));
    Arc::new(own)
}

pub(super) fn texts_of(files: &[&RegoFile]) -> Arc<[Arc<str>]> {
    files.iter().map(|file| file.text.clone()).collect()
}

pub(super) fn reads_of(files: &[&RegoFile]) -> Reads {
    Reads::of(files.iter().flat_map(|file| &file.module.reads).map(String::as_str))
}

/// A policy with an id of its own.
fn native_policy(
    found: &Annotations,
    (package, file): (&str, &str),
    (reads, mentioned): (Reads, Mentioned),
    parameters: Parameters,
    text: Arc<str>,
    code: Arc<LazyCode>,
) -> Policy {
    let custom = &found.custom;
    let shape = custom.shape.unwrap_or_default();
    Policy {
        info: Arc::new(PolicyInfo {
            id: Arc::from(custom.id.as_deref().unwrap_or(package)),
            title: found.title.clone(),
            description: found.description.trim().to_owned(),
            severity: custom.severity.unwrap_or(Severity::High),
            scopes: custom.scope.with(shape),
            version: custom.version.unwrap_or(1),
            controls: custom.controls.clone(),
            remediation: custom.remediation.trim().to_owned(),
            related: found.related(),
            waivable: custom.waivable.unwrap_or(true),
            digest: parameters.digest(),
            file: file.to_owned(),
        }),
        shape,
        reads,
        selects: custom.selects.clone(),
        embedded: false,
        given: custom.resources,
        needs: custom.needs.clone(),
        code,
        mentioned: Arc::new(mentioned),
        parameters: Arc::new(parameters),
        constraint: None,
        text,
    }
}

impl Policy {
    /// A policy that is put together elsewhere.
    pub(super) fn new(
        info: PolicyInfo,
        shape: Shape,
        code: Code,
        constraint: Option<Constraint>,
        text: Arc<str>,
    ) -> Self {
        let mentioned = Arc::new(Mentioned::of([&code.words, &code.literals]));
        let (code, constraint) = (code.ready(), constraint.map(Arc::new));
        let parameters = Arc::default();
        // It looks at objects, which hold nothing that is made on request.
        let reads = Reads::default();
        let (info, selects, given, needs) = (Arc::new(info), Vec::new(), Given::All, Vec::new());
        let embedded = false;
        Self {
            info,
            shape,
            reads,
            selects,
            embedded,
            given,
            needs,
            code,
            mentioned,
            parameters,
            constraint,
            text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::builtin::named_params;
    use super::*;

    /// What the text tells of an embedded policy is what its syntax says: the libraries that it uses, and
    /// the parameters, which its digest covers.
    #[test]
    fn embedded_policies_declare_what_they_use() {
        let rego = embedded::FILES.iter().filter(|(name, _)| is_policy(name));
        let files: Vec<RegoFile> = rego
            .map(|(name, text)| RegoFile::parse((*name).to_owned(), (*text).to_owned()).unwrap())
            .collect();
        let graph = Graph::of(&files);
        let libraries = Libraries::embedded();
        let data = Arc::new(params());
        let mut wrong = Vec::new();
        for file in files.iter().filter(|file| !is_library(&file.name)) {
            let entries = Entries::native(&file.module);
            let rules = || entries.rules().map(String::as_str);
            if let Some(refusal) = graph.refusal(rules()) {
                wrong.push(format!("{}: {refusal}", file.name));
            }
            let used = graph.files(rules());
            let named: BTreeSet<&str> =
                libraries.used_by(&file.text).iter().map(|library| library.name).collect();
            for other in used.iter().filter(|other| other.name != file.name) {
                if !named.contains(other.name.as_str()) {
                    wrong.push(format!("{} uses {} and does not name it", file.name, other.name));
                }
            }
            let read = Parameters::of(&[], &used, (&data, &json!({}))).names;
            let covered: BTreeSet<String> = used.iter().flat_map(|file| named_params(&file.text)).collect();
            for name in read.difference(&covered) {
                wrong.push(format!("the digest of {} does not cover the parameter {name}", file.name));
            }
            for name in annotations(&file.text).unwrap().unwrap().custom.params {
                if !crate::policy::params::names().any(|known| known == name) {
                    wrong.push(format!("{} declares the parameter {name}, which has no default", file.name));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// What a policy is told to mention is what its syntax does, and more.
    #[test]
    fn embedded_policies_mention_what_they_read() {
        for policy in &Bundle::builtin().policies {
            let code = policy.code().unwrap();
            for word in code.words.iter().chain(&*code.literals) {
                assert!(policy.mentions(word), "{}: {word}", policy.info.id);
            }
            assert!(!policy.mentions("no_policy_says_this"));
        }
    }

    /// Of the table of spellings a policy mentions the names that it looks up, in both spellings.
    #[test]
    fn names_of_the_table_count_where_a_policy_looks_them_up() {
        let bundle = Bundle::builtin();
        let code = |id: &str| {
            let policy = bundle.policies.iter().find(|policy| policy.info.id.as_ref() == id).unwrap();
            policy.code().unwrap().clone()
        };
        let (agents, regions) = (code("PB-GEN-001"), code("PB-RES-002"));
        for name in ["guardrail_version", "GuardrailVersion"] {
            assert!(agents.words.contains(name) && !regions.words.contains(name), "{name}");
        }
        assert!(!agents.literals.contains("ActionsEnabled"));
    }

    /// Without compiling anything: what an audit does first.
    #[test]
    fn every_embedded_policy_loads_and_compiles() {
        let bundle = Bundle::builtin();
        assert_eq!(bundle.failures, []);
        bundle.compile().unwrap();
    }
}
