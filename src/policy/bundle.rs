//! Loading policies: the embedded ones, each in an engine of its own, and folders of the user's,
//! each folder in one engine as OPA and Conftest load it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::ast::{self, Module};
use super::metadata::{Annotations, annotations};
use super::machine::{self, Machine, one_line};
use super::{embedded, guard};
use crate::model::{Digest, NotEvaluated, PolicyInfo, Scope, Severity, canonical_json};

/// Rules that report something, by the beginning of their names.
const ENTRY_RULES: [&str; 7] =
    ["deny", "violation", "warn", "review", "inconclusive", "not_applicable", "exception"];
const MAX_POLICY_FILES: usize = 5_000;

/// A loaded policy: what is known of it and an engine that is ready to evaluate it.
#[derive(Clone)]
pub struct Policy {
    pub info: Arc<PolicyInfo>,
    /// Resource types, document kinds; empty selects every unit of the scope.
    pub selects: Vec<String>,
    /// Rule paths by what they report.
    pub(super) entries: Entries,
    pub(super) machine: Arc<Machine>,
    /// Names the policy mentions, and strings it compares with.
    pub(super) words: Arc<BTreeSet<String>>,
    pub(super) literals: Arc<BTreeSet<String>>,
    pub text: Arc<str>,
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

/// All policies of one audit.
#[derive(Clone, Default)]
pub struct Bundle {
    pub policies: Vec<Policy>,
    /// Files that could not be loaded: their policies are not evaluated.
    pub failures: Vec<NotEvaluated>,
}

impl Bundle {
    /// The embedded policies, and those of the given files and folders.
    ///
    /// # Errors
    /// A path that cannot be read is a usage error; a policy in it that cannot be loaded is a failure
    /// within the bundle.
    pub fn load(folders: &[impl AsRef<Path>]) -> Result<Self, String> {
        let mut bundle = Self::builtin();
        for folder in folders {
            bundle.add_folder(folder.as_ref())?;
        }
        bundle.policies.sort_by(|a, b| a.info.id.cmp(&b.info.id));
        Ok(bundle)
    }

    pub fn builtin() -> Self {
        let mut bundle = Self::default();
        let is_library = |name: &str| name.starts_with("policies/lib/");
        let mut libraries = Vec::new();
        for (name, text) in rego_files().filter(|(name, _)| is_library(name)) {
            libraries.push((name.to_owned(), text.to_owned()));
        }
        let params = params();
        for (name, text) in rego_files().filter(|(name, _)| !is_library(name)) {
            let own = [(name.to_owned(), text.to_owned())];
            let files: Vec<_> = libraries.iter().chain(&own).cloned().collect();
            bundle.add(&files, &params);
        }
        bundle
    }

    /// Over the ids and digests of all policies: what was this audit judged by?
    pub fn digest(&self) -> Digest {
        let policies: BTreeMap<_, _> =
            self.policies.iter().map(|p| (p.info.id.as_ref(), p.info.digest.to_string())).collect();
        Digest::of(json!(policies).to_string().as_bytes())
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), String> {
        let mut files = Vec::new();
        read_rego(folder, &mut files)?;
        if files.is_empty() {
            return Err(format!("no .rego file in {}", folder.display()));
        }
        files.retain(|(name, _)| !name.ends_with("_test.rego"));
        self.add(&files, &json!({}));
        Ok(())
    }

    /// Loads files into one engine; each that cannot be loaded is left out and named.
    fn add(&mut self, files: &[(String, String)], data: &Json) {
        let (mut engine, failures) = engine(files, data);
        self.failures.extend(failures);
        let modules = ast::modules(&engine.get_ast_as_json().unwrap_or_default());
        let recursive = guard::recursive_rules(&modules);
        if !recursive.is_empty() {
            let reason = format!("rules call themselves: {}; Rego has no recursion", recursive.join(", "));
            let names = modules.iter().filter(|m| m.rules.iter().any(|r| recursive.contains(&r.path)));
            self.failures
                .extend(names.map(|m| NotEvaluated { policy: m.file.clone(), reason: reason.clone() }));
            return;
        }
        let entries: Vec<String> = modules
            .iter()
            .flat_map(|module| &module.rules)
            .filter(|rule| ENTRY_RULES.iter().any(|entry| rule.name.starts_with(entry)))
            .map(|rule| rule.path.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let machine = Arc::new(Machine::new(engine, &entries));
        let texts: BTreeMap<&str, &str> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        for module in modules.iter().filter(|module| !module.file.starts_with("policies/lib/")) {
            let text = texts.get(module.file.as_str()).copied().unwrap_or("");
            match annotations(text) {
                Ok(Some(found)) if found.custom.id.is_some() => {
                    self.policies.push(native(module, &modules, &found, text, &machine, data, &texts));
                }
                Ok(_) => self.policies.extend(ordinary(module, &modules, text, &machine, &texts)),
                Err((line, reason)) => self.failures.push(NotEvaluated {
                    policy: module.file.clone(),
                    reason: format!("{}:{line}: {reason}", module.file),
                }),
            }
        }
    }
}

/// The embedded Rego files without their tests.
fn rego_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    let rego = |name: &str| name.ends_with(".rego") && !name.ends_with("_test.rego");
    embedded::FILES.iter().copied().filter(move |(name, _)| rego(name))
}

/// `policies/data/params.yaml`: thresholds and lists.
pub(super) fn params() -> Json {
    let text = embedded::FILES.iter().find(|(name, _)| *name == "policies/data/params.yaml");
    text.and_then(|(_, text)| serde_yaml::from_str(text).ok()).unwrap_or_else(|| json!({}))
}

/// An engine with all files that can be loaded, and the reasons for those that cannot.
pub(super) fn engine(files: &[(String, String)], data: &Json) -> (regorus::Engine, Vec<NotEvaluated>) {
    let mut engine = regorus::Engine::new();
    engine.set_strict_builtin_errors(false); // OPA's semantics: a type error is undefined
    engine.set_execution_timer_config(machine::timer());
    let mut failures = Vec::new();
    if let Err(error) = engine.add_data(regorus::Value::from(data.clone())) {
        failures.push(NotEvaluated { policy: "policy data".to_owned(), reason: error.to_string() });
    }
    for (name, text) in files {
        let reason = match guard::check_nesting(text) {
            Err((line, reason)) => Some(format!("{name}:{line}: {reason}")),
            Ok(()) => add_file(&mut engine, name, text).err(),
        };
        if let Some(reason) = reason {
            failures.push(NotEvaluated { policy: name.clone(), reason });
        }
    }
    (engine, failures)
}

/// Adds one file as Rego v1, else as v0: public policies are still mostly v0.
fn add_file(engine: &mut regorus::Engine, name: &str, text: &str) -> Result<(), String> {
    let add = |engine: &mut regorus::Engine, v0: bool| {
        engine.set_rego_v0(v0);
        let added = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            engine.add_policy(name.to_owned(), text.to_owned()).map_err(|error| error.to_string())
        }));
        added.unwrap_or_else(|_| Err("the Rego parser failed".to_owned())).map(|_| ())
    };
    let first = add(engine, false);
    let v1 = text.contains("import rego.v1") || first.is_ok();
    if v1 {
        first
    } else {
        add(engine, true).map_err(|v0| format!("as v1: {}; as v0: {v0}", first.err().unwrap_or_default()))
    }
    .map_err(|reason| one_line(&reason))
}

fn closure<'m>(module: &'m Module, modules: &'m [Module]) -> Vec<&'m Module> {
    let mut found: Vec<&Module> = vec![module];
    let mut next = 0;
    while let Some(current) = found.get(next).copied() {
        next += 1;
        let uses = current.rules.iter().flat_map(|rule| &rule.uses).chain(&current.imports);
        for used in uses {
            for other in modules {
                let within = *used == other.package || used.starts_with(&format!("{}.", other.package));
                if within && !found.iter().any(|known| known.file == other.file) {
                    found.push(other);
                }
            }
        }
    }
    found
}

/// SHA-256 of RFC 8785 JSON `{"modules": {name: hex}, "params": {...}}`.
fn policy_digest(modules: &[&Module], params: &Json, texts: &BTreeMap<&str, &str>) -> Digest {
    let hashes: BTreeMap<&str, String> = modules
        .iter()
        .map(|m| (m.file.as_str(), Digest::of(texts.get(m.file.as_str()).unwrap_or(&"").as_bytes()).hex()))
        .collect();
    let value = json!({"modules": hashes, "params": params});
    Digest::of(canonical_json(&value).unwrap_or_else(|| value.to_string()).as_bytes())
}

fn native(
    module: &Module,
    modules: &[Module],
    found: &Annotations,
    text: &str,
    machine: &Arc<Machine>,
    data: &Json,
    texts: &BTreeMap<&str, &str>,
) -> Policy {
    let custom = &found.custom;
    let all = data.pointer("/probity/params");
    let params: BTreeMap<&str, &Json> =
        custom.params.iter().filter_map(|name| Some((name.as_str(), all?.get(name)?))).collect();
    let used = closure(module, modules);
    let rules = |names: &[&str]| -> Vec<String> {
        let paths: BTreeSet<_> = module
            .rules
            .iter()
            .filter(|rule| names.contains(&rule.name.as_str()))
            .map(|rule| rule.path.clone())
            .collect();
        paths.into_iter().collect()
    };
    Policy {
        info: Arc::new(PolicyInfo {
            id: Arc::from(custom.id.as_deref().unwrap_or(&module.package)),
            title: found.title.clone(),
            description: found.description.trim().to_owned(),
            severity: custom.severity.unwrap_or(Severity::High),
            scope: custom.scope.unwrap_or(Scope::Document),
            version: custom.version.unwrap_or(1),
            controls: custom.controls.clone(),
            remediation: custom.remediation.trim().to_owned(),
            related: found.related(),
            waivable: custom.waivable.unwrap_or(true),
            digest: policy_digest(&used, &json!(params), texts),
            file: module.file.clone(),
        }),
        selects: custom.selects.clone(),
        entries: Entries {
            deny: rules(&["deny"]),
            review: rules(&["review"]),
            inconclusive: rules(&["inconclusive"]),
            not_applicable: rules(&["not_applicable"]),
            exception: None,
        },
        machine: machine.clone(),
        words: Arc::new(used.iter().flat_map(|m| m.words.iter().cloned()).collect()),
        literals: Arc::new(module.literals.clone()),
        text: Arc::from(text),
    }
}

/// The entry rules of a file without metadata, as Conftest knows them: `deny`, `violation` and
/// `warn`, alone or with a suffix. A warning does not gate, so it reports `review`.
fn ordinary(
    module: &Module,
    modules: &[Module],
    text: &str,
    machine: &Arc<Machine>,
    texts: &BTreeMap<&str, &str>,
) -> Vec<Policy> {
    let names: BTreeSet<&str> = module.rules.iter().map(|rule| rule.name.as_str()).collect();
    let kind = |name: &str| {
        let is =
            |base: &str| name == base || name.strip_prefix(base).is_some_and(|rest| rest.starts_with('_'));
        ["deny", "violation", "warn"].into_iter().find(|base| is(base))
    };
    let has_exception =
        modules.iter().any(|m| m.package == module.package && m.rules.iter().any(|r| r.name == "exception"));
    let used = closure(module, modules);
    let digest = policy_digest(&used, &json!({}), texts);
    let words: Arc<BTreeSet<String>> = Arc::new(used.iter().flat_map(|m| m.words.iter().cloned()).collect());
    let entry = |name: &str, kind: &str| {
        let path = format!("{}.{name}", module.package);
        let id = path.strip_prefix("data.").unwrap_or(&path);
        let suffix = name.strip_prefix(kind).unwrap_or("").trim_start_matches('_').to_owned();
        let mut entries = Entries {
            exception: has_exception.then(|| (format!("{}.exception", module.package), suffix)),
            ..Entries::default()
        };
        if kind == "warn" {
            entries.review.push(path.clone())
        } else {
            entries.deny.push(path.clone())
        }
        Policy {
            info: Arc::new(PolicyInfo {
                id: Arc::from(id),
                title: format!("{name} of {}", module.file),
                description: String::new(),
                severity: if kind == "warn" { Severity::Low } else { Severity::High },
                scope: Scope::Document,
                version: 1,
                controls: Vec::new(),
                remediation: String::new(),
                related: Vec::new(),
                waivable: true,
                digest,
                file: module.file.clone(),
            }),
            selects: Vec::new(),
            entries,
            machine: machine.clone(),
            words: words.clone(),
            literals: Arc::new(module.literals.clone()),
            text: Arc::from(text),
        }
    };
    names.into_iter().filter_map(|name| kind(name).map(|kind| entry(name, kind))).collect()
}

/// The Rego files of a folder (or one file), sorted; links are not followed.
pub(super) fn read_rego(path: &Path, files: &mut Vec<(String, String)>) -> Result<(), String> {
    let describe = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let metadata = path.metadata().map_err(describe)?;
    if metadata.is_file() {
        if files.len() >= MAX_POLICY_FILES {
            return Err(format!("more than {MAX_POLICY_FILES} policy files"));
        }
        let text = std::fs::read_to_string(path).map_err(describe)?;
        files.push((path.display().to_string(), text));
        return Ok(());
    }
    let mut entries: Vec<_> =
        std::fs::read_dir(path).map_err(describe)?.filter_map(Result::ok).map(|e| e.path()).collect();
    entries.sort();
    for entry in entries.into_iter().filter(|entry| !entry.is_symlink()) {
        let rego = entry.extension().is_some_and(|extension| extension == "rego");
        if entry.is_dir() || rego {
            read_rego(&entry, files)?;
        }
    }
    Ok(())
}
