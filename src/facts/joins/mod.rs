//! Which resources belong together, beyond what each says of itself.
//!
//! ```text
//!   endpoint ──> endpoint configuration ──> model ──> image repository, bucket of its data
//!   bucket <── versioning, lifecycle, public access block, encryption
//!   agent ──> guardrail        InferenceService ──> runtime        system ──> its resources
//! ```
//! A reference joins, and so does an equal name: in the same root, or in the whole repository where
//! only one resource has it. Both ends know the join, each by its own role.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, LazyLock};

mod rules;

use super::{Resource, SystemRecord};
use crate::source::{Node, Step, Value};
use rules::{RULES, Rule};

/// How deep in a resource a name is looked for.
const MAX_DEPTH: usize = 16;

/// What one has by way of another, in order: the end of a kind's name, through whom, and in which role.
const THROUGH: [(&str, &str, &str); 5] = [
    (ENDPOINT, "endpoint_configuration", "model"),
    (ENDPOINT, "model", "model_data"),
    (ENDPOINT, "model", "image_repository"),
    (ENDPOINT, "job_definition", "monitoring_schedule"),
    (SCHEDULE, "job_definition", "endpoint"),
];
const ENDPOINT: &str = "sagemaker_endpoint";
const SCHEDULE: &str = "sagemaker_monitoring_schedule";

type Roles = BTreeMap<&'static str, BTreeSet<String>>;

#[derive(Debug, Clone, Default)]
pub struct Joins {
    /// Subject, role, subjects.
    of: HashMap<String, Roles>,
    /// System id, its resources' subjects; ids that nobody declared are in it too.
    systems: BTreeMap<String, BTreeSet<String>>,
    /// Subject, ids of the systems it belongs to.
    systems_of: HashMap<String, BTreeSet<String>>,
    /// The file of every resource that is joined.
    paths: HashMap<String, String>,
}

/// Can a resource be joined with others, or does it say which system it belongs to? Where systems are declared,
/// every resource may belong to one.
pub fn matters(resource: &Resource) -> bool {
    static KINDS: LazyLock<HashSet<&str>> =
        LazyLock::new(|| RULES.iter().flat_map(|rule| [rule.from, rule.to]).collect());
    KINDS.contains(resource.kind.as_str()) || system_tag(&resource.attributes).is_some()
}

impl Joins {
    pub fn of(resources: &[Arc<Resource>], systems: &[SystemRecord]) -> Joins {
        let mut joins = Joins::default();
        let mut by_kind: HashMap<&str, Vec<&Resource>> = HashMap::new();
        for resource in resources {
            by_kind.entry(&resource.kind).or_default().push(resource);
        }
        let kinds = |kind: &str| by_kind.get(kind).map(Vec::as_slice).unwrap_or_default();
        for rule in RULES {
            let names = Names::of(kinds(rule.to), rule.name);
            for from in kinds(rule.from) {
                for to in names.joined(from, rule) {
                    joins.add(from, rule.role, to);
                    joins.add(to, rule.inverse, from);
                }
            }
        }
        joins.follow(resources);
        for resource in resources {
            let tagged = system_tag(&resource.attributes).map(str::to_owned);
            let owning = systems.iter().filter(|system| system.owns(&resource.path)).map(|s| s.id.clone());
            // What the resource says of itself outweighs where its file lies.
            for id in tagged.map_or_else(|| owning.collect::<Vec<_>>(), |id| vec![id]) {
                joins.systems_of.entry(resource.subject.clone()).or_default().insert(id.clone());
                joins.systems.entry(id).or_default().insert(resource.subject.clone());
            }
        }
        joins
    }

    fn add(&mut self, of: &Resource, role: &'static str, other: &Resource) {
        self.of.entry(of.subject.clone()).or_default().entry(role).or_default().insert(other.subject.clone());
        self.paths.insert(other.subject.clone(), other.path.clone());
    }

    /// An endpoint has the model of its configuration, and a schedule the endpoint of its job.
    fn follow(&mut self, resources: &[Arc<Resource>]) {
        for (kind, through, role) in THROUGH {
            let is = |resource: &&Resource| match kind {
                ENDPOINT => resource.kind.ends_with(ENDPOINT) || resource.kind == "AWS::SageMaker::Endpoint",
                _ => {
                    resource.kind.ends_with(SCHEDULE) || resource.kind == "AWS::SageMaker::MonitoringSchedule"
                }
            };
            for resource in resources.iter().map(AsRef::as_ref).filter(is) {
                let middle = self.joined(&resource.subject, through);
                let ends: BTreeSet<String> =
                    middle.iter().flat_map(|subject| self.joined(subject, role)).collect();
                if !ends.is_empty() {
                    self.of
                        .entry(resource.subject.clone())
                        .or_default()
                        .entry(role)
                        .or_default()
                        .extend(ends);
                }
            }
        }
    }

    /// Is a resource joined with the same others in both, and of the same systems?
    pub fn says_the_same(&self, other: &Joins, subject: &str) -> bool {
        self.of.get(subject) == other.of.get(subject)
            && self.systems_of.get(subject) == other.systems_of.get(subject)
    }

    pub fn joined(&self, subject: &str, role: &str) -> BTreeSet<String> {
        self.of.get(subject).and_then(|roles| roles.get(role)).cloned().unwrap_or_default()
    }

    /// Role, subjects: as policies see it.
    pub fn roles(&self, subject: &str) -> &Roles {
        static NONE: Roles = Roles::new();
        self.of.get(subject).unwrap_or(&NONE)
    }

    /// Every join, by subject.
    pub fn all(&self) -> BTreeMap<&str, &Roles> {
        self.of.iter().map(|(subject, roles)| (subject.as_str(), roles)).collect()
    }

    /// The files of what a resource is joined with.
    pub fn files(&self, subject: &str) -> BTreeSet<String> {
        let others = self.of.get(subject).into_iter().flat_map(|roles| roles.values().flatten());
        others.filter_map(|other| self.paths.get(other).cloned()).collect()
    }

    /// The ids of the systems that a resource belongs to, declared or not.
    pub fn systems_of(&self, subject: &str) -> impl Iterator<Item = &str> {
        self.systems_of.get(subject).into_iter().flatten().map(String::as_str)
    }

    pub fn systems(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.systems
    }
}

/// Resources of one kind, by their address and by the name that they give themselves.
struct Names<'a> {
    by_address: HashMap<(&'a str, &'a str), Vec<&'a Resource>>,
    by_name: HashMap<&'a str, Vec<&'a Resource>>,
}

impl<'a> Names<'a> {
    fn of(resources: &[&'a Resource], key: &str) -> Self {
        let mut names = Names { by_address: HashMap::new(), by_name: HashMap::new() };
        for resource in resources.iter().copied() {
            // A reference may leave out the instance.
            let base = resource.address.rfind('[').filter(|_| resource.address.ends_with(']'));
            let base = base.and_then(|at| resource.address.get(..at));
            for address in [Some(resource.address.as_str()), base].into_iter().flatten() {
                names.by_address.entry((&resource.root, address)).or_default().push(resource);
            }
            let own = resource.attributes.get(key).or_else(|| resource.attributes.get("metadata")?.get(key));
            if let Some(name) = own.and_then(Node::as_str) {
                names.by_name.entry(name).or_default().push(resource);
            }
        }
        names
    }

    fn joined(&self, from: &'a Resource, rule: &Rule) -> Vec<&'a Resource> {
        let at =
            |path: &[Step]| path.iter().any(|step| matches!(step, Step::Key(key) if key == rule.attribute));
        let references = from.references.iter().filter(|reference| at(&reference.path));
        let mut found: Vec<&Resource> = references
            .filter_map(|reference| self.by_address.get(&(from.root.as_str(), reference.target.as_str())))
            .flatten()
            .copied()
            .collect();
        if !found.is_empty() {
            return found;
        }
        let mut values = Vec::new();
        strings(&from.attributes, rule.attribute, 0, &mut values);
        for value in values {
            let named = self.by_name.get(value).or_else(|| self.by_name.get(bucket_of(value)?));
            let Some(named) = named else { continue };
            let near: Vec<_> = named.iter().filter(|other| other.root == from.root).copied().collect();
            if !near.is_empty() {
                found.extend(near);
            } else if let [only] = named.as_slice() {
                found.push(only);
            }
        }
        found
    }
}

/// `s3://bucket/key`, `gs://bucket/key`, `arn:aws:s3:::bucket/key`.
fn bucket_of(uri: &str) -> Option<&str> {
    let uri_of = |scheme| uri.strip_prefix(scheme);
    let arn = || uri.strip_prefix("arn:")?.split_once(":s3:::").map(|(_, rest)| rest);
    let rest = uri_of("s3://").or_else(|| uri_of("gs://")).or_else(arn)?;
    rest.split('/').next()
}

fn strings<'a>(node: &'a Node, key: &str, depth: usize, found: &mut Vec<&'a str>) {
    if depth > MAX_DEPTH {
        return;
    }
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                match entry.node.as_str() {
                    Some(text) if entry.key == key => found.push(text),
                    _ => strings(&entry.node, key, depth + 1, found),
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| strings(item, key, depth + 1, found)),
        _ => {}
    }
}

/// The `ai-system` tag or label, as each platform writes it.
fn system_tag(attributes: &Node) -> Option<&str> {
    let keys = ["ai-system", "ai_system", "probity.dev/ai-system"];
    let places = [
        attributes.get("tags_all"),
        attributes.get("tags"),
        attributes.get("labels"),
        attributes.get("metadata").and_then(|metadata| metadata.get("labels")),
        attributes.get("Tags"),
        attributes.get("Properties").and_then(|properties| properties.get("Tags")),
    ];
    places.into_iter().flatten().find_map(|place| {
        let plain = keys.iter().find_map(|key| place.get(key).and_then(Node::as_str));
        plain.or_else(|| {
            let of = |tag: &'_ Node, name: &str| tag.get(name).and_then(Node::as_str).map(str::to_owned);
            let tag = place
                .items()
                .iter()
                .find(|tag| of(tag, "Key").is_some_and(|key| keys.contains(&key.as_str())));
            tag?.get("Value")?.as_str()
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::facts::Facts;
    use crate::source::{Kind, read};

    fn joins(files: &[(&str, &str)]) -> Joins {
        let documents: Vec<_> = files
            .iter()
            .map(|(path, text)| {
                Arc::new(read(path, Kind::of_path(path).unwrap(), (*text).into(), false).document.unwrap())
            })
            .collect();
        Facts::of(&documents).joins.as_ref().clone()
    }

    fn brief(joins: &Joins, subject: &str) -> Vec<String> {
        let roles = joins.roles(subject);
        roles
            .iter()
            .map(|(role, subjects)| {
                format!("{role}: {}", subjects.iter().cloned().collect::<Vec<_>>().join(" "))
            })
            .collect()
    }

    #[test]
    fn an_endpoint_knows_its_model_and_its_data() {
        let text = r#"
            resource "aws_sagemaker_endpoint" "e" { endpoint_config_name = aws_sagemaker_endpoint_configuration.c.name }
            resource "aws_sagemaker_endpoint_configuration" "c" {
              name = "c"
              production_variants { model_name = "m" }
            }
            resource "aws_sagemaker_model" "m" {
              name = "m"
              primary_container { model_data_url = "s3://data/m.tar.gz" }
            }
            resource "aws_s3_bucket" "b" { bucket = "data" }
            resource "aws_s3_bucket_versioning" "v" { bucket = aws_s3_bucket.b.id }
            resource "aws_s3_bucket_public_access_block" "p" { bucket = "data" }
            resource "aws_s3_bucket" "other" { bucket = "other" }
        "#;
        let joins = joins(&[
            ("infra/main.tf", text),
            ("dev/main.tf", "resource \"aws_sagemaker_model\" \"m\" { name = \"m\" }\n"),
        ]);
        assert_eq!(
            brief(&joins, "terraform:infra//aws_sagemaker_endpoint.e"),
            [
                "endpoint_configuration: terraform:infra//aws_sagemaker_endpoint_configuration.c",
                "model: terraform:infra//aws_sagemaker_model.m",
                "model_data: terraform:infra//aws_s3_bucket.b",
            ]
        );
        assert_eq!(
            brief(&joins, "terraform:infra//aws_s3_bucket.b"),
            [
                "model: terraform:infra//aws_sagemaker_model.m",
                "public_access_block: terraform:infra//aws_s3_bucket_public_access_block.p",
                "versioning: terraform:infra//aws_s3_bucket_versioning.v",
            ]
        );
        assert_eq!(brief(&joins, "terraform:infra//aws_s3_bucket.other"), [""; 0]);
        assert_eq!(
            brief(&joins, "terraform:dev//aws_sagemaker_model.m"),
            [""; 0],
            "an equal name in another root is none"
        );
    }

    #[test]
    fn a_schedule_watches_the_endpoint_of_its_job() {
        let terraform = r#"
            resource "aws_sagemaker_endpoint" "e" {
              name                 = "e"
              endpoint_config_name = "c"
            }
            resource "aws_sagemaker_data_quality_job_definition" "d" {
              name = "d"
              data_quality_job_input {
                endpoint_input { endpoint_name = aws_sagemaker_endpoint.e.name }
              }
            }
            resource "aws_sagemaker_monitoring_schedule" "s" {
              monitoring_schedule_config { monitoring_job_definition_name = "d" }
            }
            resource "aws_bedrockagent_data_source" "k" {
              data_source_configuration {
                s3_configuration { bucket_arn = "arn:aws:s3:::docs" }
              }
            }
            resource "aws_s3_bucket" "docs" { bucket = "docs" }
        "#;
        let template = "Resources:\n  E: {Type: 'AWS::SageMaker::Endpoint', Properties: {EndpointName: e, EndpointConfigName: c}}\n  \
                        J: {Type: 'AWS::SageMaker::ModelBiasJobDefinition', Properties: {JobDefinitionName: j, ModelBiasJobInput: {EndpointInput: {EndpointName: e}}}}\n  \
                        S: {Type: 'AWS::SageMaker::MonitoringSchedule', Properties: {MonitoringScheduleConfig: {MonitoringJobDefinitionName: !GetAtt J.JobDefinitionName}}}\n";
        let joins = joins(&[("main.tf", terraform), ("t.yaml", template)]);
        let schedules = |endpoint: &str| joins.joined(endpoint, "monitoring_schedule");
        assert_eq!(
            schedules("terraform:.//aws_sagemaker_endpoint.e"),
            BTreeSet::from(["terraform:.//aws_sagemaker_monitoring_schedule.s".to_owned()])
        );
        assert_eq!(
            schedules("cloudformation:t.yaml//E"),
            BTreeSet::from(["cloudformation:t.yaml//S".to_owned()])
        );
        assert_eq!(
            joins.joined("cloudformation:t.yaml//S", "endpoint"),
            BTreeSet::from(["cloudformation:t.yaml//E".to_owned()])
        );
        assert_eq!(
            joins.joined("terraform:.//aws_s3_bucket.docs", "data_source"),
            BTreeSet::from(["terraform:.//aws_bedrockagent_data_source.k".to_owned()])
        );
    }

    #[test]
    fn a_service_knows_its_runtime_in_another_folder() {
        let service = "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: s}\nspec: {predictor: {model: {runtime: sk}}}\n";
        let runtime =
            "apiVersion: serving.kserve.io/v1alpha1\nkind: ClusterServingRuntime\nmetadata: {name: sk}\n";
        let joins = joins(&[("a/s.yaml", service), ("b/r.yaml", runtime)]);
        let subject = "kubernetes:a//serving.kserve.io/InferenceService//s";
        assert_eq!(
            brief(&joins, subject),
            ["runtime: kubernetes:b//serving.kserve.io/ClusterServingRuntime//sk"]
        );
        assert_eq!(joins.files(subject), BTreeSet::from(["b/r.yaml".to_owned()]));
    }

    #[test]
    fn systems_own_by_tag_and_by_path() {
        let joins = joins(&[
            (".probity/system.yaml", "systems: [{id: credit, paths: [infra/**]}]\n"),
            (
                "infra/a.tf",
                "resource \"aws_s3_bucket\" \"a\" {}\nresource \"aws_s3_bucket\" \"b\" { tags = { ai-system = \"ghost\" } }\n",
            ),
            ("k.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {ai-system: credit}}\n"),
        ]);
        let systems: Vec<_> = joins.systems().iter().map(|(id, of)| (id.as_str(), of.len())).collect();
        assert_eq!(systems, [("credit", 2), ("ghost", 1)]);
    }
}
