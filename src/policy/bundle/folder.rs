//! The files of one folder of the user's on their way to policies: native ones, and the rules that Conftest knows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::mentioned::Mentioned;
use super::parameters::Parameters;
use super::{Code, Entries, Policy, comparable, native_policy, reads_of, texts_of};
use crate::facts::Shape;
use crate::model::{NotEvaluated, PolicyInfo, Severity};
use crate::policy::ast::RegoFile;
use crate::policy::guard::Graph;
use crate::policy::machine::{Isolation, Machine};
use crate::policy::metadata::Annotations;
use crate::policy::refusal::Refusal;
use crate::policy::shape;

/// The files of one folder on their way to policies.
pub(super) struct Loading<'l> {
    pub files: &'l [RegoFile],
    pub graph: &'l Graph<'l>,
    pub data: &'l Arc<Json>,
    /// What of the data is not Probity's own.
    pub given: &'l Json,
    pub isolation: &'l Isolation,
    /// Policies that use the same files share an engine.
    pub machines: BTreeMap<Vec<String>, Arc<Machine>>,
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
        let (words, literals) = self.graph.mentioned(rules(), "");
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

    pub fn native(&mut self, file: &RegoFile, found: &Annotations) -> Result<Policy, Refusal> {
        let (code, used, parameters) = self.code(Entries::native(&file.module), found)?;
        let names = (file.module.package.as_str(), file.name.as_str());
        let seen = (reads_of(&used), Mentioned::of([&code.words, &code.literals]));
        Ok(native_policy(found, names, seen, parameters, file.text.clone(), code.ready()))
    }

    /// The entry rules of a file without an id of its own, as Conftest knows them: `deny`, `violation` and
    /// `warn`, alone or with a suffix.
    pub fn ordinary(&mut self, file: &RegoFile, found: &Annotations) -> Vec<Result<Policy, NotEvaluated>> {
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
