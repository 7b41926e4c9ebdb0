//! Gatekeeper's files: constraint templates hold Rego, constraints say where and with which parameters
//! it holds (<https://open-policy-agent.github.io/gatekeeper/website/docs/howto>). Each constraint
//! becomes one policy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::ast::RegoFile;
use super::bundle::{Code as Evaluated, Entries, Policy, policy_digest, strings_in, texts_of};
use super::constraint::{Constraint, Match, Matched};
use super::evaluate::Input;
use super::guard;
use super::machine::{self, Isolation, Machine};
use super::refusal::Refusal;
use crate::facts::Shape;
use crate::model::{NotEvaluated, PolicyInfo, Scope, Severity};
use crate::source::yaml;

/// What a review of a manifest cannot hold; a template that reads it would judge by its absence.
const NEVER_KNOWN: [&str; 3] = ["input.review.userInfo", "input.review.options", "input.review.dryRun"];

/// The constraints of some files as policies, and what could not be loaded.
pub fn policies(
    files: &[(String, String)],
    isolation: &Isolation,
    now: i64,
) -> (Vec<Policy>, Vec<NotEvaluated>) {
    let mut loading =
        Loading { isolation, now, templates: BTreeMap::new(), constraints: Vec::new(), failures: Vec::new() };
    for (name, text) in files.iter().filter(|(_, text)| text.contains("gatekeeper.sh")) {
        loading.file(name, text);
    }
    loading.policies()
}

struct Loading<'i> {
    isolation: &'i Isolation,
    now: i64,
    /// By the kind that they define.
    templates: BTreeMap<String, Template>,
    constraints: Vec<(String, Json)>,
    failures: Vec<NotEvaluated>,
}

struct Template {
    file: String,
    document: Json,
    /// The Rego and what it rests on, or why there is none.
    code: Result<Code, Refusal>,
}

struct Code {
    files: Arc<[RegoFile]>,
    machine: Arc<Machine>,
    entry: String,
    needs_namespace: bool,
    /// Why no repository can give it its whole input; a test suite may.
    unsupported: Option<String>,
}

impl Loading<'_> {
    fn fail(&mut self, policy: impl Into<String>, why: impl Into<Refusal>) {
        self.failures.push(why.into().concerning(policy));
    }

    fn file(&mut self, name: &str, text: &str) {
        let (documents, error) = yaml::parse(text);
        if let Some(error) = error {
            self.fail(name, format!("{name}:{}: {}", error.line, error.reason));
        }
        for document in documents.iter().map(crate::source::Node::to_json) {
            let group = text_at(&document, "/apiVersion").split('/').next().unwrap_or("").to_owned();
            match group.as_str() {
                "templates.gatekeeper.sh" => self.template(name, document),
                "constraints.gatekeeper.sh" => self.constraints.push((name.to_owned(), document)),
                _ => {}
            }
        }
    }

    fn template(&mut self, file: &str, document: Json) {
        let kind = text_at(&document, "/spec/crd/spec/names/kind").to_owned();
        if kind.is_empty() {
            return self.fail(file, format!("{file}: a ConstraintTemplate without spec.crd.spec.names.kind"));
        }
        if self.templates.contains_key(&kind) {
            return self.fail(&kind, format!("{file}: the template {kind} is defined twice"));
        }
        let code = code(file, &kind, &document, self.isolation, self.now);
        self.templates.insert(kind, Template { file: file.to_owned(), document, code });
    }

    fn policies(mut self) -> (Vec<Policy>, Vec<NotEvaluated>) {
        let mut policies: Vec<Policy> = Vec::new();
        let mut used = BTreeSet::new();
        for (file, document) in std::mem::take(&mut self.constraints) {
            let kind = text_at(&document, "/kind").to_owned();
            let id = format!("{kind}/{}", text_at(&document, "/metadata/name"));
            let policy = match self.templates.get(&kind) {
                None => Err(format!("{file}: no ConstraintTemplate defines {kind}").into()),
                Some(template) => policy(&id, &file, &document, template),
            };
            used.insert(kind);
            match policy {
                Ok(policy) if policies.iter().any(|known| known.info.id == policy.info.id) => {
                    self.fail(id, format!("{file}: the constraint is defined twice"));
                }
                Ok(policy) => policies.push(policy),
                Err(reason) => self.fail(id, reason),
            }
        }
        let idle: Vec<(String, String)> = self
            .templates
            .iter()
            .filter(|(kind, _)| !used.contains(*kind))
            .map(|(kind, template)| (kind.clone(), template.file.clone()))
            .collect();
        for (kind, file) in idle {
            self.fail(&kind, format!("{file}: no constraint uses the template {kind}"));
        }
        (policies, self.failures)
    }
}

fn text_at<'j>(json: &'j Json, pointer: &str) -> &'j str {
    json.pointer(pointer).and_then(Json::as_str).unwrap_or("")
}

/// The Rego of a template: `code` goes before `rego`, as in Gatekeeper.
fn code(file: &str, kind: &str, template: &Json, isolation: &Isolation, now: i64) -> Result<Code, Refusal> {
    let targets = template.pointer("/spec/targets").and_then(Json::as_array);
    let [target] = targets.map(Vec::as_slice).unwrap_or_default() else {
        return Err(format!("{file}: {kind}: a template has exactly one target").into());
    };
    let engines = target.get("code").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let source = engines.iter().find(|code| text_at(code, "/engine") == "Rego").and_then(|c| c.get("source"));
    let source = source.unwrap_or(target);
    let Some(rego) = source.get("rego").and_then(Json::as_str) else {
        let engines: Vec<&str> = engines.iter().map(|code| text_at(code, "/engine")).collect();
        return Err(Refusal::new(match engines.as_slice() {
            [] => format!("{file}: {kind}: the template has no Rego"),
            engines => format!("{file}: {kind}: written for {}, not Rego", engines.join(", ")),
        }));
    };
    let libraries =
        source.get("libs").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    let mut files = vec![isolation.parse(&format!("{file} ({kind})"), rego)?];
    for (index, library) in libraries.enumerate() {
        files.push(isolation.parse(&format!("{file} ({kind}, library {})", index + 1), library)?);
    }
    if let Some(refusal) = guard::refusal(&files) {
        return Err(refusal);
    }
    let module = files.first().map(|file| &file.module);
    let entry = module.and_then(|module| module.rules.iter().find(|rule| rule.name == "violation"));
    let Some(entry) = entry.map(|rule| rule.path.clone()) else {
        return Err(format!("{file}: {kind}: no rule named violation").into());
    };
    let modules = || files.iter().map(|file| &file.module);
    let within = |path: &str, place: &str| {
        path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let inventory = modules().any(|module| {
        let uses = module.rules.iter().flat_map(|rule| &rule.uses).chain(&module.imports);
        uses.into_iter().any(|used| within(used, "data.inventory"))
    });
    let reads = |place: &str| modules().any(|module| module.reads.iter().any(|path| within(path, place)));
    let unsupported = if inventory {
        Some(format!(
            "{file}: {kind}: reads data.inventory, the objects of a cluster, which is not supported"
        ))
    } else {
        let place = NEVER_KNOWN.into_iter().find(|place| reads(place));
        place.map(|place| format!("{file}: {kind}: reads {place}, which no manifest can tell"))
    };
    let needs_namespace = reads("input.review.namespaceObject");
    let files: Arc<[RegoFile]> = files.into();
    let machine =
        Arc::new(isolation.machine(files.clone(), machine::at_instant(json!({"probity": {}}), now)));
    Ok(Code { files, machine, entry, needs_namespace, unsupported })
}

fn policy(id: &str, file: &str, constraint: &Json, template: &Template) -> Result<Policy, Refusal> {
    let code = template.code.as_ref().map_err(Clone::clone)?;
    if let Some(reason) = &code.unsupported {
        return Err(reason.clone().into());
    }
    let needs = code.needs_namespace;
    let (parameters, matching) = terms(id, file, constraint, &template.document)?;
    let spec = constraint.get("spec").cloned().unwrap_or_else(|| json!({}));
    let annotation = |names: &[&str]| -> Option<String> {
        let found = [constraint, &template.document].into_iter().find_map(|document| {
            let annotations = document.pointer("/metadata/annotations")?;
            names.iter().find_map(|name| annotations.get(*name)?.as_str())
        });
        found.map(str::to_owned)
    };
    let severity = annotation(&["probity.dev/severity", "severity"]);
    let severity = severity.and_then(|severity| severity.to_lowercase().parse::<Severity>().ok());
    let mut entries = Entries::default();
    if denies(&spec) {
        entries.deny.push(code.entry.clone());
    } else {
        entries.review.push(code.entry.clone());
    }
    let used: Vec<&RegoFile> = code.files.iter().collect();
    let rules = || used.iter().flat_map(|file| &file.module.rules);
    let words: BTreeSet<String> = rules().flat_map(|rule| rule.words.iter().cloned()).collect();
    let mut literals: BTreeSet<String> = rules().flat_map(|rule| rule.literals.iter().cloned()).collect();
    strings_in(&parameters, &mut literals);
    let info = PolicyInfo {
        id: Arc::from(id),
        title: annotation(&["metadata.gatekeeper.sh/title"]).unwrap_or_else(|| id.to_owned()),
        description: annotation(&["description"]).unwrap_or_default().trim().to_owned(),
        severity: severity.unwrap_or(Severity::Medium),
        scopes: vec![Scope::Resource],
        version: 1,
        controls: Vec::new(),
        remediation: String::new(),
        related: Vec::new(),
        waivable: true,
        digest: policy_digest(&used, &json!({"parameters": parameters, "spec": spec})),
        file: file.to_owned(),
    };
    let code = Evaluated {
        entries,
        machine: code.machine.clone(),
        words: Arc::new(words),
        literals: Arc::new(literals),
        sources: texts_of(&used),
    };
    let text = used.first().map_or_else(|| Arc::from(""), |file| file.text.clone());
    let constraint =
        Constraint { parameters: regorus::Value::from(parameters), matching, needs_namespace: needs };
    Ok(Policy::new(info, Shape::Gatekeeper, code, Some(constraint), text))
}

/// The parameters of a constraint, with the defaults of its template's schema, and what it matches.
fn terms(id: &str, file: &str, constraint: &Json, template: &Json) -> Result<(Json, Match), String> {
    let part = |name: &str| {
        let part = constraint.get("spec").and_then(|spec| spec.get(name));
        part.filter(|given| !given.is_null()).cloned().unwrap_or_else(|| json!({}))
    };
    let matching = serde_json::from_value(part("match"))
        .map_err(|error| format!("{file}: {id}: spec.match: {error}"))?;
    let schema = template.pointer("/spec/crd/spec/validation/openAPIV3Schema");
    let mut parameters = part("parameters");
    fill_defaults(&mut parameters, schema.unwrap_or(&Json::Null));
    Ok((parameters, matching))
}

/// A template with one constraint, for its tests: nothing is refused that a test can give.
pub(super) struct Tested {
    files: Arc<[RegoFile]>,
    entry: String,
    parameters: Json,
    matching: Match,
}

impl Tested {
    /// Takes the documents of a template and of a constraint, each with its file's name.
    ///
    /// # Errors
    /// The template has no Rego that can be loaded, or the constraint is not one of it.
    pub fn new(
        template: (&str, &Json),
        constraint: (&str, &Json),
        isolation: &Isolation,
    ) -> Result<Self, Refusal> {
        let kind = text_at(template.1, "/spec/crd/spec/names/kind");
        if text_at(constraint.1, "/kind") != kind {
            return Err(format!("{}: the constraint is not of the kind {kind}", constraint.0).into());
        }
        let Code { files, entry, .. } = code(template.0, kind, template.1, isolation, 0)?;
        let (parameters, matching) = terms(kind, constraint.0, constraint.1, template.1)?;
        Ok(Self { files, entry, parameters, matching })
    }

    /// The messages of all violations of a review, beside the objects of a cluster.
    ///
    /// # Errors
    /// The engine's error in one line.
    pub fn violations(
        &self,
        review: &Json,
        inventory: &Json,
        isolation: &Isolation,
    ) -> Result<Vec<String>, Refusal> {
        if self.matching.review(review) == Matched::No {
            return Ok(Vec::new());
        }
        let data = json!({"inventory": inventory});
        let machine = isolation.machine(self.files.clone(), data);
        let input = Input::new(json!({"review": review, "parameters": self.parameters}).into());
        let (values, refusal) = machine.rules(std::slice::from_ref(&self.entry), &[&input]);
        let found = match (values.into_iter().flatten().next(), refusal) {
            (Some(found), _) => found?,
            (None, refusal) => return Err(refusal.unwrap_or_else(|| Refusal::new("it gave no result"))),
        };
        let message = |result: &Json| text_at(result, "/msg").to_owned();
        Ok(found.as_array().into_iter().flatten().map(message).collect())
    }
}

/// `dryrun` and `warn` let objects through, so they do not gate here either.
fn denies(spec: &Json) -> bool {
    match text_at(spec, "/enforcementAction") {
        "dryrun" | "warn" => false,
        "scoped" => {
            let scoped = spec.get("scopedEnforcementActions").and_then(Json::as_array);
            scoped.into_iter().flatten().any(|action| text_at(action, "/action") == "deny")
        }
        _ => true,
    }
}

/// Defaults of the template's schema, as the API server would set them.
fn fill_defaults(value: &mut Json, schema: &Json) {
    match value {
        Json::Object(map) => {
            for (name, schema) in
                schema.get("properties").and_then(Json::as_object).into_iter().flat_map(Map::iter)
            {
                if let Some(default) = schema.get("default").filter(|_| !map.contains_key(name)) {
                    map.insert(name.clone(), default.clone());
                }
                if let Some(inner) = map.get_mut(name) {
                    fill_defaults(inner, schema);
                }
            }
        }
        Json::Array(items) => {
            let schema = schema.get("items").unwrap_or(&Json::Null);
            for item in items {
                fill_defaults(item, schema);
            }
        }
        _ => {}
    }
}
