//! What a repository contains, and what became of each of its files. No policy is asked.
//!
//! Every file of the snapshot is counted exactly once: nothing is silently left out.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;

use super::{Audit, BlobCache, Error, Inventory, read_files};
use crate::facts::inventory as ai;
use crate::facts::{Facts, System};
use crate::git::{FileEntry, FileKind};
use crate::model::{RepositoryInfo, Unread};
use crate::source::Kind;

pub use crate::facts::inventory::{Dataset, Model, Service};
pub use crate::facts::{Image, Metric, Package};

/// Everything that `probity inventory` shows, each list sorted.
#[derive(Debug)]
pub struct Contents {
    pub repository: RepositoryInfo,
    /// When the audited commit was made; `None` where the work tree differs from it.
    pub date: Option<String>,
    pub systems: Vec<SystemLine>,
    pub resources: Vec<ResourceLine>,
    pub pipelines: Vec<PipelineLine>,
    pub documents: Vec<DocumentLine>,
    pub models: Vec<Model>,
    pub services: Vec<Service>,
    pub datasets: Vec<Dataset>,
    pub images: Vec<Image>,
    pub packages: Vec<Package>,
    pub metrics: Vec<Metric>,
    pub joins: Vec<JoinLine>,
    pub files: FileAccount,
}

/// A system, declared in `.probity/system.yaml` or only named by a tag.
#[derive(Debug, Default, Serialize)]
pub struct SystemLine {
    pub id: String,
    pub declared: bool,
    pub owner: Option<String>,
    pub risk_class: Option<String>,
    pub annex_iii_point: Option<String>,
    pub affects_persons: Option<bool>,
    pub resources: usize,
    pub pipelines: usize,
    pub documents: usize,
}

/// Resources of one kind.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct ResourceLine {
    /// Made for AI: these come first.
    pub ai: bool,
    pub system: &'static str,
    pub provider: String,
    pub kind: String,
    pub count: usize,
}

#[derive(Debug, Serialize)]
pub struct PipelineLine {
    pub path: String,
    pub format: &'static str,
    pub steps: BTreeMap<String, usize>,
    /// Steps whose command cannot be read.
    pub opaque: usize,
}

#[derive(Debug, Serialize)]
pub struct DocumentLine {
    pub path: String,
    pub subject: String,
    pub kind: &'static str,
    /// By CODEOWNERS.
    pub owners: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct JoinLine {
    pub subject: String,
    pub role: &'static str,
    pub joined: BTreeSet<String>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    Read,
    ReadInPart,
    NotRendered,
    Unparsed,
    WithoutContent,
    Record,
    Ignored,
    Link,
    Submodule,
}

/// One file, so that anybody can check what it was taken for.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct FileLine {
    pub path: String,
    /// What its content is, or what its path promises where that was not read.
    pub kind: Option<&'static str>,
    pub became: Became,
}

/// What became of the files: each stands in exactly one of the counts.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileAccount {
    pub total: usize,
    /// By kind.
    pub read: BTreeMap<&'static str, usize>,
    /// By kind; the mistakes are in `unparsed`.
    pub read_in_part: BTreeMap<&'static str, usize>,
    pub not_rendered_files: usize,
    pub unparsed_files: usize,
    /// Of a known kind by name, but with nothing in them that is read: a README without front matter.
    pub without_content: BTreeMap<&'static str, usize>,
    /// Signed records: the waiver commands read them.
    pub records: usize,
    /// Of no known kind, by extension.
    pub ignored: BTreeMap<String, usize>,
    pub links: Vec<String>,
    pub submodules: Vec<String>,
    pub unparsed: Vec<Unread>,
    /// Templates, and what lies outside the repository: remote modules, each at its first call.
    pub not_rendered: Vec<Unread>,
    pub each: Vec<FileLine>,
}

impl FileAccount {
    fn add(&mut self, line: FileLine) {
        let kind = line.kind.unwrap_or_default();
        match line.became {
            Became::Read => *self.read.entry(kind).or_default() += 1,
            Became::ReadInPart => *self.read_in_part.entry(kind).or_default() += 1,
            Became::NotRendered => self.not_rendered_files += 1,
            Became::Unparsed => self.unparsed_files += 1,
            Became::WithoutContent => *self.without_content.entry(kind).or_default() += 1,
            Became::Record => self.records += 1,
            Became::Ignored => *self.ignored.entry(extension(&line.path)).or_default() += 1,
            Became::Link => self.links.push(line.path.clone()),
            Became::Submodule => self.submodules.push(line.path.clone()),
        }
        self.each.push(line);
    }

    /// The sum of all counts; equals `total`.
    pub fn accounted(&self) -> usize {
        self.recognised() + self.records + self.links.len() + self.submodules.len() + sum(&self.ignored)
    }

    /// Files of a known kind, whatever became of them.
    pub fn recognised(&self) -> usize {
        sum(&self.read)
            + sum(&self.read_in_part)
            + self.not_rendered_files
            + self.unparsed_files
            + sum(&self.without_content)
    }
}

fn sum<K>(counts: &BTreeMap<K, usize>) -> usize {
    counts.values().sum()
}

impl Contents {
    pub fn incomplete(&self) -> bool {
        !self.files.unparsed.is_empty()
    }
}

impl Audit {
    /// What the repository contains.
    ///
    /// # Errors
    /// The repository or the revision cannot be read.
    pub fn contents(&self) -> Result<Contents, Error> {
        let repository = self.repository()?;
        let (info, files) = self.snapshot(&repository)?;
        let inventory = read_files(&repository, &files, &mut BlobCache::default(), &mut |_, _| {})?;
        let commit = if info.dirty { None } else { self.commit(&repository)? };
        let date = commit.map(|commit| repository.commit_info(commit)).transpose()?.map(|commit| commit.date);
        let facts = Facts::of(&inventory.documents);
        Ok(contents(info, date, &files, inventory, &facts))
    }
}

fn contents(
    repository: RepositoryInfo,
    date: Option<String>,
    files: &[FileEntry],
    inventory: Inventory,
    facts: &Facts,
) -> Contents {
    let ai = ai::Inventory::of(facts);
    let mut images = facts.images.as_ref().clone();
    images.sort_by(|a, b| (&a.reference, &a.path, &a.at).cmp(&(&b.reference, &b.path, &b.at)));
    let mut packages = facts.packages.as_ref().clone();
    packages
        .sort_by(|a, b| (&a.name, &a.version, &a.path, &a.at).cmp(&(&b.name, &b.version, &b.path, &b.at)));
    let joins = facts.joins.all().into_iter().flat_map(|(subject, roles)| {
        roles.iter().map(move |(role, joined)| JoinLine {
            subject: subject.to_owned(),
            role,
            joined: joined.clone(),
        })
    });
    Contents {
        repository,
        date,
        systems: systems(facts),
        resources: resources(facts),
        pipelines: pipelines(facts),
        documents: documents(facts),
        models: ai.models(),
        services: ai.services(),
        datasets: ai.datasets(),
        images,
        packages,
        metrics: facts.metrics.as_ref().clone(),
        joins: joins.collect(),
        files: account(files, inventory, facts),
    }
}

fn systems(facts: &Facts) -> Vec<SystemLine> {
    let owned = facts.joins.systems();
    let mut lines: Vec<SystemLine> = facts
        .systems
        .iter()
        .map(|system| SystemLine {
            id: system.id.clone(),
            declared: true,
            owner: system.text("owner").map(str::to_owned),
            risk_class: system.text("risk_class").map(str::to_owned),
            annex_iii_point: system.text("annex_iii_point").map(str::to_owned),
            affects_persons: system.record.get("affects_persons").and_then(serde_json::Value::as_bool),
            resources: owned.get(&system.id).map_or(0, BTreeSet::len),
            pipelines: facts.pipelines.iter().filter(|pipeline| system.owns(&pipeline.id)).count(),
            documents: facts.documents.iter().filter(|document| system.owns(&document.path)).count(),
        })
        .collect();
    let undeclared = owned.iter().filter(|(id, _)| facts.systems.iter().all(|system| system.id != **id));
    lines.extend(undeclared.map(|(id, resources)| SystemLine {
        id: id.clone(),
        resources: resources.len(),
        ..SystemLine::default()
    }));
    lines.sort_by(|a, b| (!a.declared, &a.id).cmp(&(!b.declared, &b.id)));
    lines
}

/// Beginnings of the kinds and groups that exist for AI.
const AI_KINDS: [&str; 24] = [
    "aws_sagemaker_",
    "aws_bedrock",
    "awscc_sagemaker_",
    "awscc_bedrock",
    "aws_kendra_",
    "aws_rekognition_",
    "google_vertex_ai_",
    "google_ml_engine_",
    "google_workbench_",
    "google_notebooks_",
    "google_colab_",
    "google_model_armor_",
    "google_discovery_engine_",
    "google_dialogflow_",
    "google_document_ai_",
    "azurerm_machine_learning_",
    "azurerm_cognitive_",
    "azurerm_ai_",
    "azurerm_search_service",
    "azurerm_bot_",
    "databricks_model_serving",
    "databricks_mlflow_",
    "AWS::SageMaker::",
    "AWS::Bedrock",
];
/// Groups below these belong to them: `trainer.kubeflow.org`.
const AI_GROUPS: [&str; 11] = [
    "serving.kserve.io",
    "kubeflow.org",
    "aigateway.envoyproxy.io",
    "inference.networking.k8s.io",
    "ray.io",
    "machinelearning.seldon.io",
    "kueue.x-k8s.io",
    "apps.nvidia.com",
    "inference.networking.x-k8s.io",
    "leaderworkerset.x-k8s.io",
    "sparkoperator.k8s.io",
];

fn resources(facts: &Facts) -> Vec<ResourceLine> {
    let mut counts: BTreeMap<(bool, &'static str, String, String), usize> = BTreeMap::new();
    for resource in &facts.resources {
        let provider = ai::provider(resource);
        let ai = match resource.system {
            System::Kubernetes => AI_GROUPS.iter().any(|group| {
                provider.strip_suffix(group).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }),
            _ => AI_KINDS.iter().any(|beginning| resource.kind.starts_with(beginning)),
        };
        *counts.entry((!ai, resource.system.as_str(), provider, resource.kind.clone())).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|((other, system, provider, kind), count)| ResourceLine {
            ai: !other,
            system,
            provider,
            kind,
            count,
        })
        .collect()
}

fn pipelines(facts: &Facts) -> Vec<PipelineLine> {
    let mut lines: Vec<PipelineLine> = facts
        .pipelines
        .iter()
        .map(|pipeline| {
            let mut steps: BTreeMap<String, usize> = BTreeMap::new();
            for step in pipeline.nodes.values() {
                *steps.entry(step.kind.clone()).or_default() += 1;
            }
            PipelineLine {
                path: pipeline.id.clone(),
                format: pipeline.source_kind,
                steps,
                opaque: pipeline.nodes.values().filter(|step| step.opaque).count(),
            }
        })
        .collect();
    lines.sort_by(|a, b| a.path.cmp(&b.path));
    lines
}

fn documents(facts: &Facts) -> Vec<DocumentLine> {
    let mut lines: Vec<DocumentLine> = facts
        .documents
        .iter()
        .map(|document| DocumentLine {
            path: document.path.clone(),
            subject: document.subject.clone(),
            kind: document.kind.as_str(),
            owners: facts.owners.of(&document.path).into_iter().map(str::to_owned).collect(),
        })
        .collect();
    lines.sort_by(|a, b| (&a.path, &a.subject).cmp(&(&b.path, &b.subject)));
    lines
}

fn account(files: &[FileEntry], inventory: Inventory, facts: &Facts) -> FileAccount {
    let read: BTreeMap<&str, Kind> =
        inventory.documents.iter().map(|document| (document.path.as_str(), document.kind)).collect();
    let paths = |unread: &[Unread]| unread.iter().map(|entry| entry.path.clone()).collect::<HashSet<_>>();
    let (mut unparsed, mut not_rendered) = (inventory.unparsed, inventory.not_rendered);
    let (templates, calls) = (paths(&not_rendered), &facts.not_rendered);
    unparsed.extend(facts.unread.iter().cloned());
    unparsed.sort();
    not_rendered.extend(calls.iter().cloned());
    not_rendered.sort();
    let broken = paths(&unparsed);
    let mut account = FileAccount { total: files.len(), ..FileAccount::default() };
    for file in files {
        let path = file.path.as_str();
        // Most Python concerns no policy: a file that was not read for its words is like any other.
        let expected = Kind::of_path(path).filter(|kind| *kind != Kind::Python || broken.contains(path));
        let is = read.get(path);
        let kind = is.copied().or(expected).map(Kind::as_str);
        // Links and submodules of a known kind are listed as unparsed, too.
        let became = match (file.kind, is, kind) {
            (FileKind::Symlink, ..) => Became::Link,
            (FileKind::Submodule, ..) => Became::Submodule,
            (_, Some(_), _) if broken.contains(path) => Became::ReadInPart,
            (_, Some(_), _) => Became::Read,
            (_, None, _) if broken.contains(path) => Became::Unparsed,
            (_, None, _) if templates.contains(path) => Became::NotRendered,
            (_, None, Some(_)) => Became::WithoutContent,
            (_, None, None) if path.starts_with(".probity/") => Became::Record,
            (_, None, None) => Became::Ignored,
        };
        account.add(FileLine { path: path.to_owned(), kind, became });
    }
    account.unparsed = unparsed;
    account.not_rendered = not_rendered;
    account
}

/// `.py`; the whole name where there is no extension.
fn extension(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 12 => {
            format!(".{}", extension.to_lowercase())
        }
        _ => name.to_owned(),
    }
}
