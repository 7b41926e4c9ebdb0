//! The documentation of a policy, made from its metadata, the controls it cites and its tests.
//!
//! A page has fixed headings: What, Why, How to fix, Not flagged, Controls, Parameters, Inputs. What an author did
//! not write is said from what is known: the controls say why, the tests what is not flagged.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::controls::find_control;
use super::metadata::{Annotations, annotations};
use super::params::params;
use super::{Policy, embedded};
use crate::facts::Shape;

/// Lines of a parameter's default that a page shows.
const PARAM_LINES: usize = 12;

/// A policy and everything that is written about it.
pub struct Page<'p> {
    policy: &'p Policy,
    found: Annotations,
    params: Json,
}

impl<'p> Page<'p> {
    pub fn of(policy: &'p Policy) -> Self {
        // It loaded, so its metadata parses.
        let found = annotations(&policy.text).ok().flatten().unwrap_or_default();
        Self { policy, found, params: params() }
    }

    /// `PB-NET-001.md`
    pub fn file(&self) -> String {
        format!("{}.md", self.policy.info.id)
    }

    /// What it asks, in prose.
    pub fn what(&self) -> String {
        let description = paragraph(&self.found.description);
        let applies = paragraph(&self.found.custom.applies_when);
        if applies.is_empty() {
            description
        } else {
            format!("{description}\n\nIt applies where: {}.", applies.trim_end_matches('.'))
        }
    }

    /// The author's words, else those of the controls.
    pub fn why(&self) -> String {
        let own = paragraph(&self.found.custom.why);
        if !own.is_empty() {
            return own;
        }
        let mut duties: Vec<String> = Vec::new();
        for cited in &self.policy.info.controls {
            let Some((framework, control)) = find_control(cited) else { continue };
            if !duties.iter().any(|duty| duty.starts_with(&framework.name)) {
                duties.push(format!("{} {} ({})", framework.name, control.id, control.title));
            }
            if duties.len() == 4 {
                break;
            }
        }
        format!("It gives evidence for {}.", listed(&duties))
    }

    /// How to fix it.
    pub fn fix(&self) -> String {
        paragraph(&self.found.custom.remediation)
    }

    /// What looks like a violation and is none: the author's sentences, else the tests that say so by name.
    pub fn not_flagged(&self) -> Vec<String> {
        let own = &self.found.custom.not_flagged;
        if !own.is_empty() {
            return own.iter().map(|line| paragraph(line)).collect();
        }
        self.cases().into_iter().filter(|case| is_silence(case)).collect()
    }

    /// Every case that its tests hold, as sentences.
    pub fn cases(&self) -> Vec<String> {
        let name = self.policy.info.file.replace(".rego", "_test.rego");
        let Some((_, text)) = embedded::FILES.iter().find(|(file, _)| *file == name) else {
            return Vec::new();
        };
        let names = text.lines().filter_map(|line| line.strip_prefix("test_"));
        names.filter_map(|line| line.split([' ', '(', ':']).next()).map(sentence).collect()
    }

    /// The controls with their titles; an id that nobody knows stands alone.
    pub fn controls(&self) -> Vec<(String, String)> {
        let title = |cited: &String| {
            find_control(cited).map_or_else(String::new, |(framework, control)| {
                let doubt = if control.verified { "" } else { " (id not verified)" };
                format!("{}: {}{doubt}", framework.name, control.title)
            })
        };
        self.policy.info.controls.iter().map(|cited| (cited.clone(), title(cited))).collect()
    }

    /// The parameters that it reads, with their defaults as YAML.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let all = self.params.pointer("/probity/params");
        let default = |name: &String| {
            let value = all.and_then(|all| all.get(name)).cloned().unwrap_or(Json::Null);
            let yaml = serde_yaml::to_string(&value).unwrap_or_default();
            let lines: Vec<&str> = yaml.trim_end().lines().collect();
            let mut shown: Vec<&str> = lines.iter().copied().take(PARAM_LINES).collect();
            let rest = format!("# and {} more lines", lines.len().saturating_sub(PARAM_LINES));
            if lines.len() > PARAM_LINES {
                shown.push(&rest);
            }
            shown.join("\n")
        };
        self.found.custom.params.iter().map(|name| (name.clone(), default(name))).collect()
    }

    /// What it is evaluated over.
    pub fn inputs(&self) -> String {
        let scopes: Vec<String> = self
            .policy
            .info
            .scopes
            .iter()
            .map(|scope| format!("`{}`", format!("{scope:?}").to_lowercase()))
            .collect();
        let plural = if scopes.len() == 1 { "" } else { "s" };
        let mut out = format!("Scope{plural} {}", listed(&scopes));
        if !self.policy.selects.is_empty() {
            let kinds: Vec<String> = self.policy.selects.iter().map(|kind| format!("`{kind}`")).collect();
            let _ = write!(out, "; kinds {}", kinds.join(", "));
        }
        if self.policy.shape != Shape::Plain {
            let _ = write!(out, "; input of the shape {:?}", self.policy.shape);
        }
        out.push('.');
        if !self.found.custom.inputs.is_empty() {
            let names: Vec<String> = self.found.custom.inputs.iter().map(|code| input_name(code)).collect();
            let _ = write!(out, " Read from {}.", listed(&names));
        }
        out
    }

    /// The ids of the same rule elsewhere.
    pub fn aliases(&self) -> &[String] {
        &self.found.custom.aliases
    }

    /// The whole page in Markdown.
    pub fn markdown(&self) -> String {
        let info = &self.policy.info;
        let mut out = format!(
            "# {}: {}\n\nSeverity {}, version {}{}. [Source](../../{})\n\n## What\n\n{}\n\n## Why\n\n{}\n\n## How to fix\n\n{}\n",
            info.id,
            info.title,
            info.severity,
            info.version,
            if info.waivable { "" } else { ", cannot be waived" },
            info.file,
            self.what(),
            self.why(),
            self.fix(),
        );
        for link in &info.related {
            let _ = write!(out, "\n- <{link}>");
        }
        if !info.related.is_empty() {
            out.push('\n');
        }
        out.push_str("\n## Not flagged\n\n");
        let silent = self.not_flagged();
        if silent.is_empty() {
            out.push_str("No exception is known.\n");
        }
        for line in &silent {
            let _ = writeln!(out, "- {line}");
        }
        out.push_str("\n## Controls\n\n| control | title |\n|---|---|\n");
        for (cited, title) in self.controls() {
            let _ = writeln!(out, "| `{cited}` | {title} |");
        }
        out.push_str("\n## Parameters\n");
        let parameters = self.parameters();
        if parameters.is_empty() {
            out.push_str("\nNone.\n");
        }
        for (name, default) in parameters {
            let _ = write!(out, "\n`{name}`:\n\n```yaml\n{default}\n```\n");
        }
        let _ = write!(out, "\n## Inputs\n\n{}\n", self.inputs());
        if !self.aliases().is_empty() {
            let _ = write!(out, "\nElsewhere: {}.\n", self.aliases().join(", "));
        }
        out
    }
}

/// The list of all pages.
pub fn page_index(policies: &[Policy]) -> String {
    let mut out = String::from(
        "# Policies\n\nMade from the policies themselves by `UPDATE_GOLDEN=1 cargo test --test policy_pages`.\n",
    );
    let mut area = "";
    for policy in policies {
        let info = &policy.info;
        let own = info.id.split('-').nth(1).unwrap_or("");
        if own != area {
            area = own;
            let _ = write!(out, "\n## {area}\n\n| policy | severity | title |\n|---|---|---|\n");
        }
        let _ = writeln!(out, "| [{}]({}.md) | {} | {} |", info.id, info.id, info.severity, info.title);
    }
    out
}

/// Folded YAML prose in one line for each paragraph.
fn paragraph(text: &str) -> String {
    let paragraphs = text.trim().split("\n\n");
    paragraphs.map(|p| p.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n\n")
}

/// `a, b and c`
fn listed(items: &[String]) -> String {
    match items {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `test_closed_notebook_passes` is "Closed notebook passes."
fn sentence(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

/// Does a test's name say that nothing is reported?
fn is_silence(case: &str) -> bool {
    let case = case.to_lowercase();
    [
        "pass",
        "exempt",
        "not applicable",
        "silent",
        "is no ",
        "not judged",
        "no evidence",
        "not flagged",
        "ignored",
    ]
    .iter()
    .any(|word| case.contains(word))
        && !["not a pass", "no pass", "not pass"].iter().any(|word| case.contains(word))
}

/// The catalogue's codes in words.
fn input_name(code: &str) -> String {
    let name = match code {
        "tf" => "Terraform configurations and plans",
        "cfn" => "CloudFormation templates",
        "k8s" => "Kubernetes manifests",
        "smp" => "SageMaker pipeline definitions",
        "kfp" => "Kubeflow pipelines",
        "dvc" => "DVC files",
        "ci" => "CI workflows",
        "azml" => "Azure Machine Learning files",
        "mlflow" => "MLflow files",
        "card" => "model cards",
        "dcard" => "dataset cards and Croissant files",
        "eval" => "evaluation reports",
        "llmgw" => "LLM gateway configurations",
        "code" => "source code, lists of packages and Dockerfiles",
        "git" => "the tree, the history and the declarations in `.probity`",
        "waiver" => "verified waiver records",
        other => return format!("`{other}`"),
    };
    name.to_owned()
}
