//! Kustomize: overlays to the objects that `kustomize build` would give
//! (<https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>).
//!
//! Rendered are resources and bases of this repository, components, namespaces, prefixes and
//! suffixes, labels, annotations, images, replicas, patches, replacements and generators. An overlay that uses
//! anything else is listed as not rendered, naming what it is; what it is made of is then judged as
//! if the overlay were not there. Of bases that a rendered overlay uses, only the overlay is judged:
//! nobody deploys them by themselves. A patch is never judged as an object.
//!
//! A value keeps the place where its object's file declares it. Every other value (from a patch, a
//! label, an image's new tag) stands at the header of its object: a span belongs to one file, and
//! that is where the object is declared. The files of an overlay are all that it is made from.
//!
//! Generated names carry no hash here: with one, a subject would change its name with its content.

mod build;
mod edit;
mod generate;
mod patch;
mod replace;
mod target;
#[cfg(test)]
mod tests;
mod transform;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use self::build::{Builder, ByPath};
use super::kubernetes::{Object, names};
use super::unread;
use crate::model::Unread;
use crate::model::path::folder;
use crate::source::{Document, Kind, Node, Step};

/// The overlays of a repository.
#[derive(Debug, Default)]
pub(super) struct Overlays {
    /// Those that no other one uses.
    pub rendered: Vec<Overlay>,
    pub not_rendered: Vec<Unread>,
    /// Paths that were looked for: what stands there, or comes to, may change an overlay.
    pub asked: BTreeSet<String>,
    used: HashSet<String>,
}

#[derive(Debug)]
pub(super) struct Overlay {
    pub folder: String,
    pub objects: Vec<Object>,
    pub files: Arc<[String]>,
}

impl Overlays {
    pub fn of(documents: &[Arc<Document>]) -> Self {
        let by_path = ByPath::of(documents);
        let mut overlays = Overlays::default();
        let mut kustomizations: BTreeMap<&str, &Document> = BTreeMap::new();
        for document in documents.iter().filter(|document| document.kind == Kind::Kustomization) {
            let place = folder(&document.path);
            if is_found(&document.path) && !kustomizations.contains_key(place) {
                kustomizations.insert(place, document.as_ref());
            } else {
                let reason =
                    "Kustomize overlay, not rendered: not the one file that kustomize takes".to_owned();
                overlays.not_rendered.push(unread(document, None, reason));
            }
        }
        let mut builder = Builder::new(&by_path, &kustomizations);
        let mut parts = BTreeSet::new();
        let mut tops = Vec::new();
        for (folder, document) in &kustomizations {
            overlays.used.extend(build::patch_files(folder, document));
            if build::is_component(document) {
                continue;
            }
            match builder.build(folder) {
                Ok(_) => {
                    let made = builder.made_of(folder);
                    parts.extend(made.folders.iter().filter(|part| part != folder).cloned());
                    overlays.used.extend(made.files.iter().cloned());
                    tops.push((*folder, made.files));
                }
                Err(reason) => overlays.not_rendered.push(unread(
                    document,
                    None,
                    format!("Kustomize overlay, not rendered: {reason}"),
                )),
            }
        }
        for (_, document) in kustomizations.iter().filter(|(folder, _)| !parts.contains(**folder)) {
            if build::is_component(document) {
                let reason = "Kustomize component, used by no overlay that is rendered".to_owned();
                overlays.not_rendered.push(unread(document, None, reason));
            }
        }
        for (folder, files) in tops.into_iter().filter(|(folder, _)| !parts.contains(*folder)) {
            let Ok(objects) = builder.build(folder) else { continue };
            let mut objects = objects.as_ref().clone();
            follow_names(&mut objects);
            objects.iter_mut().for_each(without_empty_annotations);
            objects.retain(|object| !is_local(object));
            overlays.rendered.push(Overlay {
                folder: folder.to_owned(),
                objects,
                files: files.into_iter().collect(),
            });
        }
        drop(builder);
        overlays.asked = by_path.asked();
        overlays
    }

    /// Is this file part of an overlay, so that it is not judged by itself?
    pub fn uses(&self, path: &str) -> bool {
        self.used.contains(path)
    }
}

/// Does kustomize look for a file of this name?
fn is_found(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ["kustomization.yaml", "kustomization.yml", "Kustomization"].contains(&name)
}

/// Objects for the tools' own use are not part of the result.
fn is_local(object: &Object) -> bool {
    let annotations = object.node.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let local = annotations.and_then(|annotations| annotations.get("config.kubernetes.io/local-config"));
    local.is_some_and(|value| value.as_str() != Some("false"))
}

fn without_empty_annotations(object: &mut Object) {
    let metadata = edit::get(&mut object.node, "metadata");
    if let Some(metadata) = metadata
        && metadata.get("annotations").is_some_and(|annotations| annotations.entries().is_empty())
    {
        edit::remove(metadata, "annotations");
    }
}

/// Names in objects follow the objects that they mean, once those are renamed or moved.
fn follow_names(objects: &mut [Object]) {
    /// Kind, name and namespace before, to name and namespace now.
    type Moved = HashMap<(String, String, String), (String, String)>;
    let mut moved = Moved::new();
    for object in objects.iter().filter(|object| !object.past.is_empty()) {
        for (name, namespace) in &object.past {
            let now = (object.name().to_owned(), object.namespace().to_owned());
            moved.insert((object.kind().to_owned(), name.clone(), namespace.clone()), now);
        }
    }
    if moved.is_empty() {
        return;
    }
    for object in objects.iter_mut().filter(|object| object.is_builtin()) {
        let mut changes = Vec::new();
        for name in names(&object.node) {
            let before: Vec<&str> = match name.namespace {
                Some(namespace) => vec![namespace, ""],
                None => object.ids().map(|(_, namespace)| namespace).chain([""]).collect(),
            };
            let now = name.kinds.iter().find_map(|kind| {
                before.iter().find_map(|namespace| {
                    moved.get(&((*kind).to_owned(), name.to.to_owned(), (*namespace).to_owned()))
                })
            });
            changes.extend(now.map(|now| (name.path.clone(), now.clone())));
        }
        let at = object.header;
        for (path, (name, namespace)) in changes {
            if let Some(node) = edit::find(&mut object.node, &path) {
                *node = Node::string(name, at);
            }
            // A subject says where its account stands, and a webhook where its service does.
            let subject = matches!(path.first(), Some(Step::Key(key)) if key == "subjects");
            let parent = path.split_last().and_then(|(_, parent)| edit::find(&mut object.node, parent));
            if let Some(parent) = parent.filter(|parent| subject || parent.get("namespace").is_some())
                && !namespace.is_empty()
            {
                edit::set(parent, "namespace", Node::string(namespace, at), at);
            }
        }
    }
}
