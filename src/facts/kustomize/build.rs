//! One kustomization to its objects, in the order in which `kustomize build` works.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::generate::Generator;
use super::patch::{self, Left};
use super::replace;
use super::target::Target;
use super::transform::{self, Reach};
use crate::facts::kubernetes::Object;
use crate::facts::weight;
use crate::model::path::{folder, join};
use crate::source::{Document, Node, Value, yaml};

/// Kustomizations that may use one another in a chain.
const MAX_CHAIN: usize = 32;
/// Bytes that all overlays together may make; a walk over objects counts as a part of them.
const MAX_BYTES: usize = 512 * 1024 * 1024;
const WALK: usize = 64;

/// What an overlay may hold to be rendered. `sortOptions` changes the order only.
const SUPPORTED: [&str; 24] = [
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "components",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "images",
    "replicas",
    "replacements",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
    "configurations",
    "sortOptions",
    "inventory",
];

type Built = Result<Rc<Vec<Object>>, String>;

/// Documents by their paths, and which paths were asked for, whether there is something or not.
pub(super) struct ByPath<'a> {
    documents: HashMap<&'a str, &'a Document>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> ByPath<'a> {
    pub fn of(documents: &'a [Arc<Document>]) -> Self {
        let documents =
            documents.iter().map(|document| (document.path.as_str(), document.as_ref())).collect();
        Self { documents, asked: RefCell::default() }
    }

    pub fn get(&self, path: &str) -> Option<&'a Document> {
        self.asked.borrow_mut().insert(path.to_owned());
        self.documents.get(path).copied()
    }

    pub fn asked(self) -> BTreeSet<String> {
        self.asked.into_inner()
    }
}

pub(super) struct Builder<'a> {
    documents: &'a ByPath<'a>,
    kustomizations: &'a BTreeMap<&'a str, &'a Document>,
    built: HashMap<String, Built>,
    chain: usize,
    left: Cell<usize>,
}

/// The files and folders that an overlay is made of.
#[derive(Debug, Default)]
pub(super) struct MadeOf {
    pub files: BTreeSet<String>,
    pub folders: BTreeSet<String>,
}

impl<'a> Builder<'a> {
    pub fn new(documents: &'a ByPath<'a>, kustomizations: &'a BTreeMap<&'a str, &'a Document>) -> Self {
        Self { documents, kustomizations, built: HashMap::new(), chain: 0, left: Cell::new(MAX_BYTES) }
    }

    /// The objects of the kustomization in a folder, or why they cannot be known.
    pub fn build(&mut self, folder: &str) -> Built {
        if let Some(built) = self.built.get(folder) {
            return built.clone();
        }
        if self.chain == MAX_CHAIN {
            return Err(format!("more than {MAX_CHAIN} bases within one another"));
        }
        self.built.insert(folder.to_owned(), Err(format!("`{}` uses itself", shown(folder))));
        self.chain += 1;
        let mut objects = Vec::new();
        let built = self.accumulate(folder, &mut objects).map(|()| Rc::new(objects));
        self.chain -= 1;
        self.built.insert(folder.to_owned(), built.clone());
        built
    }

    fn accumulate(&mut self, folder: &str, objects: &mut Vec<Object>) -> Result<(), String> {
        let Some(file) = self.kustomizations.get(folder).copied() else {
            return Err(format!("`{}` has no kustomization that can be read", shown(folder)));
        };
        let [root] = file.values.as_slice() else { return Err("several documents in one file".to_owned()) };
        for entry in root.entries() {
            let empty = entry.node.value == Value::Null
                || matches!(&entry.node.value, Value::List(items) if items.is_empty());
            if !empty && !SUPPORTED.contains(&entry.key.as_str()) {
                return Err(format!("`{}` is not supported", entry.key));
            }
        }
        for path in list(root, "configurations").iter().filter_map(Node::as_str) {
            for node in self.file(folder, path)? {
                configuration(&node)?;
            }
        }
        for resource in ["resources", "bases"].iter().flat_map(|key| list(root, key)) {
            let resource = resource.as_str().ok_or("a resource that is no path")?;
            self.resource(folder, resource, objects)?;
        }
        self.generate(folder, file, root, objects)?;
        for component in list(root, "components") {
            let path = component.as_str().and_then(|path| join(folder, path));
            let path = path.ok_or("a component outside this repository")?;
            if self.chain == MAX_CHAIN {
                return Err(format!("more than {MAX_CHAIN} components within one another"));
            }
            self.chain += 1;
            let done = self.accumulate(&path, objects);
            self.chain -= 1;
            done?;
        }
        self.transform(folder, root, objects)?;
        self.spend(bytes(objects))?;
        let mut seen = HashSet::new();
        let twice = objects
            .iter()
            .find(|object| !seen.insert((object.group(), object.kind(), object.namespace(), object.name())));
        match twice {
            Some(object) => Err(format!("{} `{}` occurs twice", object.kind(), object.name())),
            None => Ok(()),
        }
    }

    fn resource(&mut self, from: &str, resource: &str, objects: &mut Vec<Object>) -> Result<(), String> {
        let missing = || {
            if is_remote(resource) {
                format!("remote base `{resource}`")
            } else {
                format!("`{resource}` is not in this repository or cannot be read")
            }
        };
        let path = join(from, resource).ok_or_else(missing)?;
        if let Some(document) = self.documents.get(path.as_str()) {
            if document.values.iter().any(|node| node.value != Value::Null && node.get("kind").is_none()) {
                return Err(format!("`{resource}` holds something that is no object"));
            }
            objects.extend(Object::all(document));
            return Ok(());
        }
        if !self.kustomizations.contains_key(path.as_str()) {
            return Err(missing());
        }
        let base = self.build(&path).map_err(|reason| {
            // The innermost place is the one to look at.
            if reason.contains(" in `") { reason } else { format!("{reason}, in `{}`", shown(&path)) }
        })?;
        self.spend(bytes(&base))?;
        objects.extend(base.iter().cloned());
        Ok(())
    }

    fn generate(
        &self,
        folder: &str,
        file: &Document,
        root: &Node,
        objects: &mut Vec<Object>,
    ) -> Result<(), String> {
        let generator =
            Generator { documents: self.documents, folder, file, options: root.get("generatorOptions") };
        for (key, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for rule in list(root, key) {
                self.spend(weight(rule) + objects.len() * WALK)?;
                generator.run(kind, rule, objects)?;
            }
        }
        Ok(())
    }

    fn spend(&self, bytes: usize) -> Result<(), String> {
        let left = self.left.get().checked_sub(bytes);
        self.left.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| "the overlays of this repository are too large".to_owned())
    }

    /// Counts one rule for all objects, which each get at most a copy of what it sets.
    fn pass(&self, objects: &[Object], rule: &Node) -> Result<(), String> {
        self.spend(bytes(objects) / WALK + objects.len().saturating_mul(weight(rule)))
    }

    fn transform(&self, folder: &str, root: &Node, objects: &mut Vec<Object>) -> Result<(), String> {
        for patch in list(root, "patchesStrategicMerge") {
            let text = patch.as_str().ok_or("a patch that is no text")?;
            let patches = if text.contains('\n') { inline(text)? } else { self.file(folder, text)? };
            patches
                .iter()
                .filter(|node| node.value != Value::Null)
                .try_for_each(|node| self.merge(objects, node))?;
        }
        for patch in list(root, "patches") {
            self.patch(folder, patch, objects)?;
        }
        let word = |key: &str| root.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
        if let Some(namespace) = word("namespace") {
            for object in objects.iter_mut() {
                transform::namespace(object, namespace);
            }
        }
        let (prefix, suffix) = (word("namePrefix").unwrap_or(""), word("nameSuffix").unwrap_or(""));
        if !(prefix.is_empty() && suffix.is_empty()) {
            for object in objects.iter_mut() {
                transform::affix(object, prefix, suffix);
            }
        }
        for rule in list(root, "labels") {
            self.pass(objects, rule)?;
            let set = |key: &str| rule.get(key).and_then(Node::as_bool) == Some(true);
            if rule.get("fields").is_some() {
                return Err("`fields` of labels is not supported".to_owned());
            }
            let reach = Reach { selectors: set("includeSelectors"), templates: set("includeTemplates") };
            if let Some(pairs) = rule.get("pairs") {
                for object in objects.iter_mut() {
                    transform::labels(object, pairs, reach);
                }
            }
        }
        if let Some(pairs) = root.get("commonLabels") {
            self.pass(objects, pairs)?;
            let reach = Reach { selectors: true, templates: true };
            for object in objects.iter_mut() {
                transform::labels(object, pairs, reach);
            }
        }
        if let Some(pairs) = root.get("commonAnnotations") {
            self.pass(objects, pairs)?;
            for object in objects.iter_mut() {
                transform::annotations(object, pairs);
            }
        }
        for patch in list(root, "patchesJson6902") {
            self.patch(folder, patch, objects)?;
        }
        for rule in list(root, "replicas") {
            self.pass(objects, rule)?;
            for object in objects.iter_mut() {
                transform::replicas(object, rule);
            }
        }
        for rule in list(root, "images") {
            self.pass(objects, rule)?;
            for object in objects.iter_mut() {
                transform::image(object, rule);
            }
        }
        for rule in list(root, "replacements") {
            let Some(path) = rule.get("path").and_then(Node::as_str) else {
                replace::run(rule, objects, &|bytes| self.spend(bytes))?;
                continue;
            };
            for node in self.file(folder, path)? {
                let rules = if node.items().is_empty() { std::slice::from_ref(&node) } else { node.items() };
                rules.iter().try_for_each(|rule| replace::run(rule, objects, &|bytes| self.spend(bytes)))?;
            }
        }
        Ok(())
    }

    /// One entry of `patches` or `patchesJson6902`.
    fn patch(&self, folder: &str, rule: &Node, objects: &mut Vec<Object>) -> Result<(), String> {
        if rule.get("options").is_some_and(|options| !options.entries().is_empty()) {
            return Err("`options` of a patch is not supported".to_owned());
        }
        let word = |key: &str| rule.get(key).and_then(Node::as_str);
        let nodes = match (word("patch"), word("path")) {
            (Some(text), _) => inline(text)?,
            (None, Some(path)) => self.file(folder, path)?,
            (None, None) => return Err("a patch without content".to_owned()),
        };
        let target = rule.get("target").map(Target::of).transpose()?;
        for node in nodes.iter().filter(|node| node.value != Value::Null) {
            self.spend(bytes(objects) / WALK)?;
            let Some(target) = &target else {
                self.merge(objects, node)?;
                continue;
            };
            let mut kept = Vec::with_capacity(objects.len());
            for mut object in std::mem::take(objects) {
                let mut left = Left::Kept;
                if target.matches(&object) {
                    self.spend(weight(node))?;
                    left = apply(&mut object, node)?;
                }
                if left == Left::Kept {
                    kept.push(object);
                }
            }
            *objects = kept;
        }
        Ok(())
    }

    /// A strategic merge patch for the object that it names.
    fn merge(&self, objects: &mut Vec<Object>, patch: &Node) -> Result<(), String> {
        self.spend(weight(patch) + objects.len() * WALK)?;
        let word = |key: &str| patch.get(key).and_then(Node::as_str);
        let meta = |key: &str| patch.get("metadata").and_then(|metadata| metadata.get(key)?.as_str());
        let (Some(kind), Some(name)) = (word("kind"), meta("name")) else {
            return Err("a patch that names no object".to_owned());
        };
        let version = word("apiVersion").unwrap_or("");
        let group = version.rsplit_once('/').map_or("", |(group, _)| group);
        let namespace = meta("namespace").unwrap_or("");
        let same = |own: &str| own == namespace || (own.is_empty() && namespace == "default");
        let found = objects.iter().position(|object| {
            object.kind() == kind
                && object.group() == group
                && object.ids().any(|(own, space)| own == name && (namespace.is_empty() || same(space)))
        });
        let Some(object) = found.and_then(|at| objects.get_mut(at)) else {
            return Err(format!("the patch of {kind} `{name}`, which is not there"));
        };
        if apply(object, patch)? == Left::Deleted
            && let Some(at) = found
        {
            objects.remove(at);
        }
        Ok(())
    }

    fn file(&self, folder: &str, path: &str) -> Result<Vec<Node>, String> {
        let found = join(folder, path).and_then(|path| self.documents.get(path.as_str()));
        let found = found.ok_or_else(|| format!("`{path}` is not in this repository or cannot be read"))?;
        self.spend(found.values.iter().map(|node| weight(node)).sum())?;
        Ok(found.values.iter().map(|node| Node::clone(node)).collect())
    }

    /// Everything that the kustomization in `folder` leads to.
    pub fn made_of(&self, folder: &str) -> MadeOf {
        let mut made = MadeOf::default();
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            let Some(file) = self.kustomizations.get(folder.as_str()) else { continue };
            if !made.folders.insert(folder.clone()) {
                continue;
            }
            made.files.insert(file.path.clone());
            made.files.extend(patch_files(&folder, file));
            for root in &file.values {
                for key in ["resources", "bases", "components"] {
                    for path in list(root, key).iter().filter_map(Node::as_str) {
                        let Some(path) = join(&folder, path) else { continue };
                        if self.documents.get(path.as_str()).is_some() {
                            made.files.insert(path);
                        } else {
                            open.push(path);
                        }
                    }
                }
                for rule in ["configMapGenerator", "secretGenerator"].iter().flat_map(|key| list(root, key)) {
                    let files = rule.get("files").map(Node::strings).unwrap_or_default();
                    let paths = files.iter().map(|file| file.split_once('=').map_or(*file, |(_, path)| path));
                    let paths = paths.filter_map(|path| join(&folder, path));
                    made.files.extend(paths.filter(|path| self.documents.get(path.as_str()).is_some()));
                }
            }
        }
        made
    }
}

/// The files that a kustomization names as patches and rules.
pub(super) fn patch_files(from: &str, file: &Document) -> Vec<String> {
    let mut named = Vec::new();
    for root in &file.values {
        for key in ["patchesStrategicMerge", "configurations"] {
            named.extend(list(root, key).iter().filter_map(Node::as_str));
        }
        for rule in ["patches", "patchesJson6902", "replacements"].iter().flat_map(|key| list(root, key)) {
            named.extend(rule.get("path").and_then(Node::as_str));
        }
    }
    named.into_iter().filter_map(|path| join(from, path)).collect()
}

pub(super) fn is_component(file: &Document) -> bool {
    file.values.iter().any(|root| root.get("kind").and_then(Node::as_str) == Some("Component"))
}

/// More fields for the transformers: nothing to do where they concern definitions of types, which
/// are not judged, or variables, without which they mean nothing.
fn configuration(node: &Node) -> Result<(), String> {
    let definition =
        |spec: &Node| spec.get("kind").and_then(Node::as_str) == Some("CustomResourceDefinition");
    for entry in node.entries() {
        let items = entry.node.items();
        let idle = match entry.key.as_str() {
            "varReference" => true,
            "nameReference" => items.iter().all(|item| list(item, "fieldSpecs").iter().all(definition)),
            _ => items.iter().all(definition),
        };
        if !idle {
            return Err(format!("`{}` of configurations is not supported", entry.key));
        }
    }
    Ok(())
}

fn list<'n>(root: &'n Node, key: &str) -> &'n [Node] {
    root.get(key).map(Node::items).unwrap_or_default()
}

fn inline(text: &str) -> Result<Vec<Node>, String> {
    match yaml::parse(text) {
        (nodes, None) => Ok(nodes),
        (_, Some(error)) => Err(format!("an inline patch: {}", error.reason)),
    }
}

fn bytes(objects: &[Object]) -> usize {
    objects.iter().map(|object| weight(&object.node)).sum()
}

fn is_remote(resource: &str) -> bool {
    resource.contains("://") || resource.contains("?ref=") || resource.contains("git@") || {
        let host = resource.split('/').next().unwrap_or("");
        host.contains('.') && !host.starts_with('.') && !folder(resource).is_empty()
    }
}

fn shown(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

/// A patch of either form. A merge leaves an object's identity as it is.
fn apply(object: &mut Object, patch: &Node) -> Result<Left, String> {
    let at = object.header;
    if matches!(patch.value, Value::List(_)) {
        patch::operate(&mut object.node, patch, at)?;
        return Ok(Left::Kept);
    }
    let builtin = object.is_builtin();
    let identity = |key: &str| ["apiVersion", "kind"].contains(&key);
    let mut patch = patch.clone();
    if let Value::Map(entries) = &mut patch.value {
        entries.retain(|entry| !identity(&entry.key));
        for entry in entries.iter_mut().filter(|entry| entry.key == "metadata") {
            if let Value::Map(entries) = &mut entry.node.value {
                entries.retain(|entry| entry.key != "name" && entry.key != "namespace");
            }
        }
    }
    patch::merge(&mut object.node, &patch, builtin, at)
}
