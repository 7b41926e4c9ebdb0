//! Loading policies: the embedded ones, each in an engine of its own, and folders of the user's,
//! each folder in one engine as OPA and Conftest load it. Gatekeeper's files may lie in any of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::ast::RegoFile;
use super::constraint::Constraint;
use super::machine::Machine;
use super::metadata::{Annotations, annotations};
use super::{embedded, gatekeeper, guard, shape};
use crate::facts::{Reads, Shape};
use crate::model::{Digest, NotEvaluated, PolicyInfo, Severity, canonical_json};

/// Rules that report something, by the beginning of their names.
const ENTRY_RULES: [&str; 7] =
    ["deny", "violation", "warn", "review", "inconclusive", "not_applicable", "exception"];
const MAX_POLICY_FILES: usize = 5_000;

/// A loaded policy: what is known of it and an engine that is ready to evaluate it.
#[derive(Clone)]
pub struct Policy {
    pub info: Arc<PolicyInfo>,
    /// The form of input that it reads.
    pub shape: Shape,
    /// The members of `input` that it and what it imports read.
    pub reads: Reads,
    /// Resource types, document kinds; empty selects every unit of the scope.
    pub selects: Vec<String>,
    /// Rule paths by what they report.
    pub(super) entries: Entries,
    pub(super) machine: Arc<Machine>,
    /// Names the policy mentions, and strings it compares with.
    pub(super) words: Arc<BTreeSet<String>>,
    pub(super) literals: Arc<BTreeSet<String>>,
    /// Gatekeeper's: where it holds, and with which parameters.
    pub(super) constraint: Option<Arc<Constraint>>,
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
        let mut manifests = Vec::new();
        for folder in folders {
            manifests.extend(bundle.add_folder(folder.as_ref())?);
        }
        // Templates and constraints find one another across all folders.
        let (constraints, failures) = gatekeeper::policies(&manifests);
        bundle.policies.extend(constraints);
        bundle.failures.extend(failures);
        bundle.policies.sort_by(|a, b| a.info.id.cmp(&b.info.id));
        Ok(bundle)
    }

    pub fn builtin() -> Self {
        let mut bundle = Self::default();
        let is_library = |file: &&RegoFile| file.name.starts_with("policies/lib/");
        let files = embedded::FILES.iter().copied().filter(|(name, _)| is_policy(name));
        let files = bundle.parse(files.map(|(name, text)| (name.to_owned(), text.to_owned())));
        let params = params();
        for own in files.iter().filter(|file| !is_library(file)) {
            bundle.add(files.iter().filter(is_library).chain([own]).cloned().collect(), &params);
        }
        bundle
    }

    /// Over the ids and digests of all policies: what was this audit judged by?
    pub fn digest(&self) -> Digest {
        let policies: BTreeMap<_, _> =
            self.policies.iter().map(|p| (p.info.id.as_ref(), p.info.digest.to_string())).collect();
        Digest::of(json!(policies).to_string().as_bytes())
    }

    /// Adds the Rego of a folder; gives the files that may be Gatekeeper's.
    fn add_folder(&mut self, folder: &Path) -> Result<Vec<(String, String)>, String> {
        let mut files = Vec::new();
        read_files(folder, &["rego", "yaml", "yml", "json"], &mut files)?;
        let (rego, mut others): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(name, _)| Path::new(name).extension().is_some_and(|e| e == "rego"));
        others.retain(|(_, text)| text.contains("gatekeeper.sh/"));
        if rego.is_empty() && others.is_empty() {
            return Err(format!("no .rego file and no Gatekeeper template in {}", folder.display()));
        }
        let files = self.parse(rego.into_iter().filter(|(name, _)| is_policy(name)));
        self.add(files, &params());
        Ok(others)
    }

    /// Parses each file on its own: one that cannot be loaded is named and does not poison the rest.
    fn parse(&mut self, files: impl Iterator<Item = (String, String)>) -> Vec<RegoFile> {
        let mut parsed = Vec::new();
        for (name, text) in files {
            match RegoFile::parse(name.clone(), text) {
                Ok(file) => parsed.push(file),
                Err(reason) => self.failures.push(NotEvaluated { policy: name, reason }),
            }
        }
        parsed
    }

    /// Adds the policies of files that are evaluated together.
    fn add(&mut self, files: Vec<RegoFile>, data: &Json) {
        let recursive = guard::recursive_rules(&files);
        if !recursive.is_empty() {
            let reason = format!("rules call themselves: {}; Rego has no recursion", recursive.join(", "));
            let files = files.iter().filter(|f| f.module.rules.iter().any(|r| recursive.contains(&r.path)));
            let failures = files.map(|f| NotEvaluated { policy: f.name.clone(), reason: reason.clone() });
            self.failures.extend(failures);
            return;
        }
        let entries: BTreeSet<String> = files
            .iter()
            .flat_map(|file| &file.module.rules)
            .filter(|rule| ENTRY_RULES.iter().any(|entry| rule.name.starts_with(entry)))
            .map(|rule| rule.path.clone())
            .collect();
        let files: Arc<[RegoFile]> = files.into();
        let machine = Arc::new(Machine::new(files.clone(), data.clone(), entries.into_iter().collect()));
        for file in files.iter().filter(|file| !file.name.starts_with("policies/lib/")) {
            match annotations(&file.text) {
                Ok(Some(found)) if found.custom.id.is_some() => {
                    self.policies.push(native(file, &files, &found, &machine, data));
                }
                Ok(found) => match ordinary(file, &files, &found.unwrap_or_default(), &machine) {
                    Ok(policies) => self.policies.extend(policies),
                    Err(reason) => {
                        self.failures.push(NotEvaluated { policy: file.name.clone(), reason });
                    }
                },
                Err((line, reason)) => self.failures.push(NotEvaluated {
                    policy: file.name.clone(),
                    reason: format!("{}:{line}: {reason}", file.name),
                }),
            }
        }
    }
}

/// Rego that is no test.
fn is_policy(name: &str) -> bool {
    name.strip_suffix(".rego").is_some_and(|name| !name.ends_with("_test"))
}

/// `policies/params/*.yaml`: thresholds and lists, a file for each area.
pub(super) fn params() -> Json {
    let files = embedded::FILES.iter().filter(|(name, _)| name.starts_with("policies/params/"));
    merged(files.map(|(_, text)| *text))
}

/// The default of one parameter of the built-in policies; `null` where there is none of that name.
pub fn parameter(name: &str) -> Json {
    params().pointer("/probity/params").and_then(|params| params.get(name)).cloned().unwrap_or_default()
}

/// The parameters of several files as one document; of a parameter that two files set, the last counts.
pub(super) fn merged<'t>(texts: impl Iterator<Item = &'t str>) -> Json {
    let mut all = serde_json::Map::new();
    for text in texts {
        let Ok(Json::Object(file)) = serde_yaml::from_str::<Json>(text) else { continue };
        let params = file.get("probity").and_then(|probity| probity.get("params")).and_then(Json::as_object);
        all.extend(params.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    }
    json!({"probity": {"params": all}})
}

/// Some files and all that they use, directly or through others.
fn closure<'f>(mut found: Vec<&'f RegoFile>, files: &'f [RegoFile]) -> Vec<&'f RegoFile> {
    let mut next = 0;
    while let Some(current) = found.get(next).copied() {
        next += 1;
        let module = &current.module;
        let uses = module.rules.iter().flat_map(|rule| &rule.uses).chain(&module.imports);
        for used in uses {
            for other in files {
                let package = &other.module.package;
                let within = used == package || used.starts_with(&format!("{package}."));
                if within && !found.iter().any(|known| known.name == other.name) {
                    found.push(other);
                }
            }
        }
    }
    found
}

/// SHA-256 of RFC 8785 JSON `{"modules": {name: hex}, "params": {...}}`.
pub(super) fn policy_digest(files: &[&RegoFile], params: &Json) -> Digest {
    let hashes: BTreeMap<&str, String> =
        files.iter().map(|file| (file.name.as_str(), Digest::of(file.text.as_bytes()).hex())).collect();
    let value = json!({"modules": hashes, "params": params});
    Digest::of(canonical_json(&value).unwrap_or_else(|| value.to_string()).as_bytes())
}

pub(super) fn words_of(files: &[&RegoFile]) -> Arc<BTreeSet<String>> {
    Arc::new(files.iter().flat_map(|file| file.module.words.iter().cloned()).collect())
}

fn reads_of(files: &[&RegoFile]) -> Reads {
    Reads::of(files.iter().flat_map(|file| &file.module.reads).map(String::as_str))
}

fn native(
    file: &RegoFile,
    files: &[RegoFile],
    found: &Annotations,
    machine: &Arc<Machine>,
    data: &Json,
) -> Policy {
    let module = &file.module;
    let custom = &found.custom;
    let all = data.pointer("/probity/params");
    let params: BTreeMap<&str, &Json> =
        custom.params.iter().filter_map(|name| Some((name.as_str(), all?.get(name)?))).collect();
    let used = closure(vec![file], files);
    let shape = custom.shape.unwrap_or_default();
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
            scopes: custom.scope.with(shape),
            version: custom.version.unwrap_or(1),
            controls: custom.controls.clone(),
            remediation: custom.remediation.trim().to_owned(),
            related: found.related(),
            waivable: custom.waivable.unwrap_or(true),
            digest: policy_digest(&used, &json!(params)),
            file: file.name.clone(),
        }),
        shape,
        reads: reads_of(&used),
        selects: custom.selects.clone(),
        entries: Entries {
            deny: rules(&["deny"]),
            review: rules(&["review"]),
            inconclusive: rules(&["inconclusive"]),
            not_applicable: rules(&["not_applicable"]),
            exception: None,
        },
        machine: machine.clone(),
        words: words_of(&used),
        literals: Arc::new(module.literals.clone()),
        constraint: None,
        text: file.text.clone(),
    }
}

/// The entry rules of a file without an id of its own, as Conftest knows them: `deny`, `violation` and
/// `warn`, alone or with a suffix. A rule that several files add to is one policy, the first file's.
fn ordinary(
    file: &RegoFile,
    files: &[RegoFile],
    found: &Annotations,
    machine: &Arc<Machine>,
) -> Result<Vec<Policy>, String> {
    let names: BTreeSet<&str> = file.module.rules.iter().map(|rule| rule.name.as_str()).collect();
    let entry = |name: &str| {
        let is =
            |base: &str| name == base || name.strip_prefix(base).is_some_and(|rest| rest.starts_with('_'));
        let kind = ["deny", "violation", "warn"].into_iter().find(|base| is(base))?;
        let path = format!("{}.{name}", file.module.package);
        let has_rule = |other: &&RegoFile| other.module.rules.iter().any(|rule| rule.path == path);
        let definers: Vec<&RegoFile> = files.iter().filter(has_rule).collect();
        let first = definers.first().is_some_and(|first| first.name == file.name);
        first.then(|| conftest_rule(&path, (kind, name), definers, files, found, machine))
    };
    names.into_iter().filter_map(entry).collect()
}

/// One entry rule. A warning does not gate, so it reports `review`.
fn conftest_rule(
    path: &str,
    (kind, name): (&str, &str),
    definers: Vec<&RegoFile>,
    files: &[RegoFile],
    found: &Annotations,
    machine: &Arc<Machine>,
) -> Result<Policy, String> {
    let Some(file) = definers.first().copied() else { return Err(format!("{path} is nowhere defined")) };
    let package = &file.module.package;
    let custom = &found.custom;
    let literals = definers.iter().flat_map(|file| file.module.literals.iter().cloned()).collect();
    let used = closure(definers, files);
    let modules = || used.iter().map(|file| &file.module);
    let shape = custom.shape.unwrap_or_else(|| shape::of(&file.module, modules()));
    if shape == Shape::Gatekeeper
        && modules().any(|module| module.reads.iter().any(|path| path.starts_with("input.parameters")))
    {
        let id = path.trim_start_matches("data.");
        return Err(format!("{id}: reads input.parameters, which only a Gatekeeper constraint gives"));
    }
    let has_exception = files
        .iter()
        .map(|file| &file.module)
        .any(|other| other.package == *package && other.rules.iter().any(|rule| rule.name == "exception"));
    let suffix = name.strip_prefix(kind).unwrap_or("").trim_start_matches('_').to_owned();
    let mut entries = Entries {
        exception: has_exception.then(|| (format!("{package}.exception"), suffix)),
        ..Entries::default()
    };
    if kind == "warn" {
        entries.review.push(path.to_owned());
    } else {
        entries.deny.push(path.to_owned());
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
            digest: policy_digest(&used, &json!({})),
            file: file.name.clone(),
        }),
        shape,
        reads: reads_of(&used),
        selects: custom.selects.clone(),
        entries,
        machine: machine.clone(),
        words: words_of(&used),
        literals: Arc::new(literals),
        constraint: None,
        text: file.text.clone(),
    })
}

/// The Rego files of a folder (or one file), sorted; links are not followed.
pub(super) fn read_rego(path: &Path, files: &mut Vec<(String, String)>) -> Result<(), String> {
    read_files(path, &["rego"], files)
}

pub(super) fn read_files(
    path: &Path,
    endings: &[&str],
    files: &mut Vec<(String, String)>,
) -> Result<(), String> {
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
        let wanted = entry.extension().is_some_and(|extension| endings.iter().any(|e| extension == *e));
        if entry.is_dir() || wanted {
            read_files(&entry, endings, files)?;
        }
    }
    Ok(())
}
