//! Loading policies: the embedded ones, read now and compiled when first asked for, and those of the user's
//! folders, which a worker parses. Each policy is evaluated together with the files that define what it uses
//! and no others, so that a broken file takes nothing with it that does not need it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rayon::prelude::*;
use serde_json::{Value as Json, json};

use super::ast::RegoFile;
use super::constraint::Constraint;
use super::data;
use super::files::{self, PolicyFiles};
use super::guard::Graph;
use super::machine::{self, Isolation, Machine};
use super::metadata::{Annotations, Need, annotations};
use super::params::{self, Params, params};
use super::refusal::Refusal;
use super::{embedded, gatekeeper, shape};
use crate::facts::{Given, Reads, Shape};
use crate::model::{Digest, NotEvaluated, PolicyInfo, Severity, canonical_json, nearest};

mod builtin;
mod mentioned;

use self::builtin::{Libraries, builtin};
use self::mentioned::Mentioned;

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

/// The parameters that a policy reads, and the policy as it is with other values for them.
#[derive(Default)]
struct Parameters {
    names: BTreeSet<String>,
    /// SHA-256 of the files that it is evaluated with, for its digest.
    modules: BTreeMap<String, String>,
    /// What it reads of the data that the user gives, by path.
    given: Json,
    data: Arc<Json>,
    known: Mutex<HashMap<String, Policy>>,
}

/// So many sets of values are remembered: history changes them rarely.
const MAX_KNOWN: usize = 32;

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
    pub(super) fn is_embedded(&self) -> bool {
        self.embedded
    }

    /// Is this one of the names and strings that it mentions? What it does not mention it cannot read.
    pub fn mentions(&self, word: &str) -> bool {
        self.mentioned.contains(word)
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
            let mentioned = self.mentioned.as_ref().clone().and(&values);
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
        let own = embedded::FILES.iter().filter(|(name, _)| is_policy(name) && !is_library(name));
        let loaded: Vec<_> = own
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(name, text)| builtin(name, text, &libraries, &data))
            .collect();
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

/// SHA-256 of RFC 8785 JSON `{"modules": {name: hex}, "params": {...}}`, with `"data": {path: ...}` where it reads
/// some that the user gives.
pub(super) fn policy_digest(files: &[&RegoFile], params: &Json) -> Digest {
    let hashes = files.iter().map(|file| (file.name.as_str(), Digest::of(file.text.as_bytes()).hex()));
    digest_of(&hashes.collect(), params, &Json::Null)
}

fn digest_of(hashes: &BTreeMap<&str, String>, params: &Json, given: &Json) -> Digest {
    let mut value = json!({"modules": hashes, "params": params});
    if let (Some(value), Json::Object(_)) = (value.as_object_mut(), given) {
        value.insert("data".to_owned(), given.clone());
    }
    Digest::of(canonical_json(&value).unwrap_or_else(|| value.to_string()).as_bytes())
}

/// The values of some parameters.
fn values_of(names: &BTreeSet<String>, data: &Json) -> Json {
    let all = data.pointer("/probity/params");
    let values: BTreeMap<&str, &Json> =
        names.iter().filter_map(|name| Some((name.as_str(), all?.get(name)?))).collect();
    json!(values)
}

/// What some data has at a path that a rule names, or at the longest part of it.
fn given_at<'d>(path: &str, data: &'d Json) -> Option<&'d Json> {
    let rest = path.strip_prefix("data")?;
    let mut found = (rest.is_empty() && *data != json!({})).then_some(data);
    let mut at = data;
    for step in rest.split('.').skip(1) {
        let Some(below) = at.get(step) else { break };
        (at, found) = (below, Some(below));
    }
    found
}

impl Parameters {
    /// Those that a policy of the user's declares or reads.
    fn of(declared: &[String], used: &[&RegoFile], (data, given): (&Arc<Json>, &Json)) -> Self {
        let paths = || used.iter().flat_map(|file| &file.module.rules).flat_map(|rule| &rule.uses);
        let mut names: BTreeSet<String> = declared.iter().cloned().collect();
        for path in paths() {
            if "data.probity.params".starts_with(path.as_str()) {
                names.extend(params::names());
            } else if let Some(path) = path.strip_prefix("data.probity.params.") {
                names.extend(path.split('.').next().map(str::to_owned));
            }
        }
        let modules =
            used.iter().map(|file| (file.name.clone(), Digest::of(file.text.as_bytes()).hex())).collect();
        let given: serde_json::Map<String, Json> =
            paths().filter_map(|path| Some((path.clone(), given_at(path, given)?.clone()))).collect();
        let given = if given.is_empty() { Json::Null } else { Json::Object(given) };
        Self { names, modules, given, data: data.clone(), known: Mutex::default() }
    }

    fn digest(&self) -> Digest {
        let modules = self.modules.iter().map(|(name, hash)| (name.as_str(), hash.clone())).collect();
        digest_of(&modules, &self.values(), &self.given)
    }

    fn values(&self) -> Json {
        values_of(&self.names, &self.data)
    }
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

/// The files of one folder on their way to policies.
struct Loading<'l> {
    files: &'l [RegoFile],
    graph: &'l Graph<'l>,
    data: &'l Arc<Json>,
    /// What of the data is not Probity's own.
    given: &'l Json,
    isolation: &'l Isolation,
    /// Policies that use the same files share an engine.
    machines: BTreeMap<Vec<String>, Arc<Machine>>,
}

impl<'l> Loading<'l> {
    /// What is evaluated for some rules: the files that they use, and the machine for these.
    fn code(
        &mut self,
        entries: Entries,
        found: &Annotations,
    ) -> Result<(Code, Vec<&'l RegoFile>, Parameters), Refusal> {
        let rules: Vec<String> = entries.rules().cloned().collect();
        let rules = || rules.iter().map(String::as_str);
        if let Some(refusal) = self.graph.refusal(rules()) {
            return Err(refusal);
        }
        let used = self.graph.files(rules());
        let names = used.iter().map(|file| file.name.clone()).collect();
        let machine = self.machines.entry(names).or_insert_with(|| {
            let files = used.iter().map(|file| (*file).clone()).collect();
            Arc::new(self.isolation.machine(files, self.data.as_ref().clone()))
        });
        let (words, literals) = self.graph.mentioned(rules());
        let parameters = Parameters::of(&found.custom.params, &used, (self.data, self.given));
        let data = [&parameters.values(), &parameters.given];
        let code = Code {
            entries,
            machine: machine.clone(),
            words: Arc::new(words),
            literals: comparable(literals, &data, &found.custom.selects),
            sources: texts_of(&used),
        };
        Ok((code, used, parameters))
    }

    fn native(&mut self, file: &RegoFile, found: &Annotations) -> Result<Policy, Refusal> {
        let (code, used, parameters) = self.code(Entries::native(&file.module), found)?;
        let names = (file.module.package.as_str(), file.name.as_str());
        let seen = (reads_of(&used), Mentioned::of([&code.words, &code.literals]));
        Ok(native_policy(found, names, seen, parameters, file.text.clone(), code.ready()))
    }

    /// The entry rules of a file without an id of its own, as Conftest knows them: `deny`, `violation` and
    /// `warn`, alone or with a suffix.
    fn ordinary(&mut self, file: &RegoFile, found: &Annotations) -> Vec<Result<Policy, NotEvaluated>> {
        let names: BTreeSet<&str> = file.module.rules.iter().map(|rule| rule.name.as_str()).collect();
        let mut policies = Vec::new();
        for name in names {
            let is = |base: &str| {
                name == base || name.strip_prefix(base).is_some_and(|rest| rest.starts_with('_'))
            };
            let Some(kind) = ["deny", "violation", "warn"].into_iter().find(|base| is(base)) else {
                continue;
            };
            let path = format!("{}.{name}", file.module.package);
            let has_rule = |other: &&RegoFile| other.module.rules.iter().any(|rule| rule.path == path);
            // A rule that several files add to is one policy, the first file's.
            if self.files.iter().find(has_rule).is_some_and(|first| first.name == file.name) {
                let id = path.strip_prefix("data.").unwrap_or(&path).to_owned();
                let policy = self.conftest_rule(&path, (kind, name), file, found);
                policies.push(policy.map_err(|refusal| refusal.concerning(id)));
            }
        }
        policies
    }

    /// One entry rule. A warning does not gate, so it reports `review`.
    fn conftest_rule(
        &mut self,
        path: &str,
        (kind, name): (&str, &str),
        file: &RegoFile,
        found: &Annotations,
    ) -> Result<Policy, Refusal> {
        let package = &file.module.package;
        let custom = &found.custom;
        let exception = format!("{package}.exception");
        let has_exception =
            self.files.iter().any(|other| other.module.rules.iter().any(|rule| rule.path == exception));
        let suffix = name.strip_prefix(kind).unwrap_or("").trim_start_matches('_').to_owned();
        let mut entries =
            Entries { exception: has_exception.then_some((exception, suffix)), ..Entries::default() };
        if kind == "warn" {
            entries.review.push(path.to_owned());
        } else {
            entries.deny.push(path.to_owned());
        }
        let (code, used, parameters) = self.code(entries, found)?;
        let modules = || used.iter().map(|file| &file.module);
        let shape = custom.shape.unwrap_or_else(|| shape::of(&file.module, modules()));
        if shape == Shape::Gatekeeper
            && modules().any(|module| module.reads.iter().any(|path| path.starts_with("input.parameters")))
        {
            let reason = "reads input.parameters, which only a Gatekeeper constraint gives";
            return Err(Refusal { path: Some(file.name.clone()), ..Refusal::new(reason) });
        }
        Ok(Policy {
            info: Arc::new(PolicyInfo {
                id: Arc::from(path.strip_prefix("data.").unwrap_or(path)),
                title: match found.title.as_str() {
                    "" => format!("{name} of {}", file.name),
                    title => title.to_owned(),
                },
                description: found.description.trim().to_owned(),
                severity: match custom.severity {
                    Some(severity) => severity,
                    None if kind == "warn" => Severity::Low,
                    None => Severity::High,
                },
                scopes: custom.scope.with(shape),
                version: 1,
                controls: Vec::new(),
                remediation: String::new(),
                related: Vec::new(),
                waivable: true,
                digest: parameters.digest(),
                file: file.name.clone(),
            }),
            shape,
            reads: reads_of(&used),
            selects: custom.selects.clone(),
            embedded: false,
            given: custom.resources,
            needs: custom.needs.clone(),
            mentioned: Arc::new(Mentioned::of([&code.words, &code.literals])),
            code: code.ready(),
            parameters: Arc::new(parameters),
            constraint: None,
            text: file.text.clone(),
        })
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
                if !params::names().any(|known| known == name) {
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

    /// Without compiling anything: what an audit does first.
    #[test]
    fn every_embedded_policy_loads_and_compiles() {
        let bundle = Bundle::builtin();
        assert_eq!(bundle.failures, []);
        bundle.compile().unwrap();
    }
}
