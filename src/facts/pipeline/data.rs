//! How sensitive data are, as the repository declares it.
//!
//! First match: a dataset card or Croissant file; what a DVC stage or `.dvc` file says in `meta`; the
//! tag `data-classification` of the bucket; `.probity/data-inventory.yaml`. No match means unknown,
//! and unknown is not "non-sensitive".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::facts::Resource;
use crate::model::path::folder;
use crate::source::{Document, Kind, Node, Value};

pub fn is_bucket(kind: &str) -> bool {
    matches!(kind, "aws_s3_bucket" | "google_storage_bucket" | "AWS::S3::Bucket")
}

/// Paths or URI prefixes with a sensitivity, the longest first.
#[derive(Debug, Default)]
struct Prefixes(Vec<Declared>);

#[derive(Debug)]
struct Declared {
    prefix: String,
    sensitivity: String,
    file: String,
}

impl Prefixes {
    fn add(&mut self, prefix: &str, sensitivity: String, file: &str) {
        let prefix = prefix.trim_end_matches('/').to_owned();
        self.0.push(Declared { prefix, sensitivity, file: file.to_owned() });
    }

    fn sort(&mut self) {
        self.0.sort_by_key(|declared| std::cmp::Reverse(declared.prefix.len()));
    }

    fn find(&self, data: &str) -> Option<&Declared> {
        self.0.iter().find(|declared| within(data, &declared.prefix))
    }
}

/// What the repository declares of its data.
#[derive(Debug, Default)]
pub struct Inventory {
    cards: Prefixes,
    meta: Prefixes,
    buckets: Prefixes,
    records: Prefixes,
    /// Data that DVC imported, and where from.
    origins: BTreeMap<String, String>,
    /// What DVC knows of files that it tracks: `md5:...`.
    hashes: BTreeMap<String, String>,
}

impl Inventory {
    pub fn of(documents: &[Arc<Document>], resources: &[Arc<Resource>]) -> Self {
        let mut inventory = Self::default();
        for document in documents {
            // A card may be either, until its front matter is looked at.
            let card = document.kind == Kind::ModelCard;
            let kind = if card { document.kind.refine(&document.values) } else { document.kind };
            match kind {
                Kind::DatasetCard | Kind::Croissant => inventory.card(document),
                Kind::DvcFile => inventory.dvc_file(document),
                Kind::DvcLock => inventory.dvc_lock(document),
                Kind::AzureMl => inventory.azure_asset(document),
                _ if document.path == ".probity/data-inventory.yaml" => inventory.records(document),
                _ => {}
            }
        }
        for resource in resources {
            inventory.bucket(resource);
        }
        for prefixes in
            [&mut inventory.cards, &mut inventory.meta, &mut inventory.buckets, &mut inventory.records]
        {
            prefixes.sort();
        }
        inventory
    }

    /// The sensitivity of data, given what their reader declares, and the file that says so.
    pub fn sensitivity(&self, data: &str, declared: Option<&str>) -> (Option<String>, Option<String>) {
        let data = data.trim_end_matches('/');
        let origin = self.origins.get(data);
        let told = |prefixes: &Prefixes| {
            let found = prefixes.find(data).or_else(|| prefixes.find(origin?))?;
            Some((Some(found.sensitivity.clone()), Some(found.file.clone())))
        };
        told(&self.cards)
            .or_else(|| declared.map(|own| (Some(own.to_owned()), None)))
            .or_else(|| told(&self.meta))
            .or_else(|| told(&self.buckets))
            .or_else(|| told(&self.records))
            .unwrap_or_default()
    }

    fn card(&mut self, document: &Document) {
        for node in &document.values {
            let Some(sensitivity) = of_card(node) else { continue };
            self.cards.add(folder(&document.path), sensitivity.clone(), &document.path);
            for part in node.get("distribution").map(Node::items).unwrap_or_default() {
                let Some(at) = part.get("contentUrl").and_then(Node::as_str) else { continue };
                let at = join(&[folder(&document.path), at]);
                self.cards.add(&at, sensitivity.clone(), &document.path);
            }
        }
    }

    /// <https://dvc.org/doc/user-guide/project-structure/dvc-files>
    fn dvc_file(&mut self, document: &Document) {
        for node in &document.values {
            let of_file = node.get("meta").and_then(|meta| text(meta, "sensitivity"));
            let base = join(&[folder(&document.path), text(node, "wdir").unwrap_or("")]);
            for out in node.get("outs").map(Node::items).unwrap_or_default() {
                let own = out.get("meta").and_then(|meta| text(meta, "sensitivity"));
                let Some(path) = text(out, "path").map(|path| join(&[&base, path])) else { continue };
                if let Some(sensitivity) = own.or(of_file) {
                    self.meta.add(&path, sensitivity.to_owned(), &document.path);
                }
                if let Some(hash) = hash(out) {
                    self.hashes.insert(path.clone(), hash);
                }
                // `dvc import` and `dvc import-url` tell where the data come from.
                for dep in node.get("deps").map(Node::items).unwrap_or_default() {
                    let Some(from) = text(dep, "path") else { continue };
                    let repository = dep.get("repo").and_then(|repo| text(repo, "url"));
                    let from = repository.map_or(from.to_owned(), |url| format!("{url}/{from}"));
                    self.origins.insert(path.clone(), from);
                }
            }
        }
    }

    /// What `dvc repro` saw last: <https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#dvclock-file>.
    fn dvc_lock(&mut self, document: &Document) {
        let stages = document.values.iter().filter_map(|node| node.get("stages")).flat_map(Node::entries);
        for data in stages.flat_map(|stage| ["deps", "outs"].iter().filter_map(|key| stage.node.get(key))) {
            for item in data.items() {
                if let (Some(path), Some(hash)) = (text(item, "path"), hash(item)) {
                    self.hashes.entry(join(&[folder(&document.path), path])).or_insert(hash);
                }
            }
        }
    }

    /// The content of a file as DVC last saw it.
    pub fn hash(&self, data: &str) -> Option<&str> {
        self.hashes.get(data).map(String::as_str)
    }

    /// A data asset: `azureml:<name>:<version>`, with the tag `sensitivity` or `data-classification`.
    fn azure_asset(&mut self, document: &Document) {
        for node in &document.values {
            let is_data = text(node, "$schema").is_some_and(|schema| schema.contains("/data."));
            let Some(tags) = node.get("tags").filter(|_| is_data) else { continue };
            let told = ["sensitivity", "data-classification"].iter().find_map(|key| text(tags, key));
            if let (Some(name), Some(sensitivity)) = (text(node, "name"), told) {
                self.meta.add(&format!("azureml:{name}"), sensitivity.to_owned(), &document.path);
                if let Some(path) = text(node, "path") {
                    let path = join(&[folder(&document.path), path]);
                    self.meta.add(&path, sensitivity.to_owned(), &document.path);
                }
            }
        }
    }

    fn bucket(&mut self, resource: &Resource) {
        let attributes = &resource.attributes;
        let (scheme, name) = match resource.kind.as_str() {
            "aws_s3_bucket" => ("s3", text(attributes, "bucket")),
            "google_storage_bucket" => ("gs", text(attributes, "name")),
            "AWS::S3::Bucket" => ("s3", text(attributes, "BucketName")),
            _ => return,
        };
        let tag = ["tags_all", "tags", "labels", "Tags"]
            .iter()
            .find_map(|key| attributes.get(key).and_then(|tags| tag(tags, "data-classification")));
        if let (Some(name), Some(sensitivity)) = (name, tag) {
            self.buckets.add(&format!("{scheme}://{name}"), sensitivity.to_owned(), &resource.path);
        }
    }

    fn records(&mut self, document: &Document) {
        let records = document.values.iter().filter_map(|node| node.get("datasets")).flat_map(Node::items);
        for record in records {
            if let (Some(path), Some(sensitivity)) = (text(record, "path"), text(record, "sensitivity")) {
                self.records.add(path, sensitivity.to_owned(), &document.path);
            }
        }
    }
}

/// What a card says: its own `sensitivity`, or whether it names personal or sensitive information.
/// <https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html>
fn of_card(node: &Node) -> Option<String> {
    if let Some(own) = text(node, "sensitivity") {
        return Some(own.to_owned());
    }
    let stated = ["rai:personalSensitiveInformation", "personalSensitiveInformation"]
        .iter()
        .find_map(|key| node.get(key))?;
    let words = stated.strings().join(" ").trim().to_ascii_lowercase();
    let empty = ["none", "no", "n/a", "not applicable"].contains(&words.trim_end_matches('.'))
        || ["no personal", "no sensitive", "none "].iter().any(|start| words.starts_with(start));
    match &stated.value {
        Value::Bool(value) => Some(if *value { "sensitive" } else { "non-sensitive" }.to_owned()),
        _ if words.is_empty() => None,
        _ => Some(if empty { "non-sensitive" } else { "sensitive" }.to_owned()),
    }
}

/// A tag by its key: a map as Terraform writes it, or `CloudFormation`'s list of `Key` and `Value`.
pub fn tag<'a>(tags: &'a Node, wanted: &str) -> Option<&'a str> {
    let same =
        |key: &str| key.eq_ignore_ascii_case(wanted) || key.replace('_', "-").eq_ignore_ascii_case(wanted);
    let own = tags.entries().iter().find(|entry| same(&entry.key)).and_then(|entry| entry.node.as_str());
    own.or_else(|| {
        tags.items().iter().find(|tag| text(tag, "Key").is_some_and(same)).and_then(|t| text(t, "Value"))
    })
}

/// Is `path` the same as `base` or below it? `azureml:name` also holds its versions.
pub fn within(path: &str, base: &str) -> bool {
    path == base || path.strip_prefix(base).is_some_and(|rest| rest.starts_with(['/', ':', '@']))
}

/// A path made of parts, each relative to the one before it; URIs and absolute paths stand alone.
pub fn join(parts: &[&str]) -> String {
    let alone = |part: &str| part.contains("://") || part.starts_with('/');
    let start = parts.iter().rposition(|part| alone(part));
    if let Some(at) = start
        && let Some(whole) = parts.get(at)
        && whole.contains("://")
    {
        let rest = parts.get(at + 1..).unwrap_or_default().join("/");
        return format!("{}/{rest}", whole.trim_end_matches('/')).trim_end_matches('/').to_owned();
    }
    let mut joined: Vec<&str> = Vec::new();
    for part in parts.iter().skip(start.unwrap_or(0)).flat_map(|part| part.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                joined.pop();
            }
            part => joined.push(part),
        }
    }
    let root = if start.is_some() { "/" } else { "" };
    format!("{root}{}", joined.join("/"))
}

/// Folders above a path that are looked at for an output that holds it.
const MAX_PARENTS: usize = 64;

/// Which steps write which data.
#[derive(Debug, Default)]
pub struct Outputs(BTreeMap<String, BTreeSet<String>>);

impl Outputs {
    pub fn add(&mut self, data: String, step: &str) {
        self.0.entry(data).or_default().insert(step.to_owned());
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The steps but `reader` that write these data, a part of them, or something that holds them.
    pub fn writers(&self, data: &str, reader: &str) -> BTreeSet<String> {
        let parents = data.match_indices('/').map(|(at, _)| data.get(..at).unwrap_or("")).take(MAX_PARENTS);
        let at = parents.chain([data]).filter_map(|path| self.0.get(path));
        let below = format!("{data}/");
        let under = self.0.range(below.clone()..).take_while(|(out, _)| out.starts_with(&below));
        let steps = at.chain(under.map(|(_, steps)| steps)).flatten();
        steps.filter(|step| *step != reader).cloned().collect()
    }
}

/// Programs and settings are dependencies too, but no data.
pub fn is_code(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "py" | "sh" | "r" | "R" | "jl" | "ipynb" | "yaml" | "yml" | "toml" | "cfg" | "ini")
        || matches!(path, "src" | "scripts" | "code")
        || name == "requirements.txt"
        || name == "sourcedir.tar.gz"
}

fn hash(item: &Node) -> Option<String> {
    ["md5", "etag", "checksum"].iter().find_map(|key| Some(format!("{key}:{}", text(item, key)?)))
}

pub fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key).and_then(Node::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::read;

    fn document(path: &str, text: &str) -> Arc<Document> {
        let kind = Kind::of_path(path).unwrap();
        Arc::new(read(path, kind, text.into(), false).document.unwrap())
    }

    #[test]
    fn paths_are_joined() {
        assert_eq!(join(&["a/b", "../../../c/./d/"]), "c/d");
        assert_eq!(join(&["a", "s3://bucket/x/"]), "s3://bucket/x");
        assert_eq!(join(&["s3://bucket/x/", "y"]), "s3://bucket/x/y");
        assert_eq!(join(&["a", "/b/c", "d"]), "/b/c/d");
        assert!(within("a/b", "a") && !within("ab", "a") && within("azureml:loans:3", "azureml:loans"));
    }

    #[test]
    fn the_first_source_of_sensitivity_wins() {
        let card = document(
            "data/loans/README.md",
            "---\ntask_categories: [x]\nsensitivity: special-category\n---\n",
        );
        let tracked = document(
            "data/raw.csv.dvc",
            "outs:\n  - path: raw.csv\n    md5: aa\nmeta:\n  sensitivity: pii\n",
        );
        let records = document(
            ".probity/data-inventory.yaml",
            "datasets:\n  - {path: data, sensitivity: public}\n  - {path: s3://b/x, sensitivity: phi}\n",
        );
        let inventory = Inventory::of(&[card, tracked, records], &[]);
        let told = |data: &str, declared: Option<&str>| inventory.sensitivity(data, declared).0;
        assert_eq!(told("data/loans/a.csv", Some("pii")).as_deref(), Some("special-category"));
        assert_eq!(told("data/raw.csv", None).as_deref(), Some("pii"));
        assert_eq!(told("data/other.csv", None).as_deref(), Some("public"));
        assert_eq!(told("data/other.csv", Some("phi")).as_deref(), Some("phi"));
        assert_eq!(told("s3://b/x/1", None).as_deref(), Some("phi"));
        assert_eq!(told("s3://c", None), None);
    }
}
