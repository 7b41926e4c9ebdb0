//! Kubernetes objects: every document with `apiVersion` and `kind`, and the items of lists.
//!
//! What a kustomization uses is no object by itself: its overlay is (`kustomize`). Text in an object
//! that looks like a template (`{{inputs.parameters.x}}` of Argo, `{{ $labels.x }}` of Prometheus) is
//! what the cluster gets, and stays text: a file that a tool renders first does not parse as a rule.

mod object;
mod refer;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub(super) use self::object::Object;
pub(super) use self::refer::names;
use super::kustomize::Overlays;
use super::{Part, Reference, Resource, System, Taken, distinct};
use crate::model::path::folder;
use crate::source::{Document, Kind, Node, Value};

/// All objects, and the paths that overlays look for.
pub fn facts(documents: &[Arc<Document>]) -> (Part, BTreeSet<String>) {
    let overlays = Overlays::of(documents);
    let mut taken = Taken::new();
    let mut resources = Vec::new();
    for document in documents.iter().filter(|document| document.kind == Kind::Kubernetes) {
        if overlays.uses(&document.path) {
            continue;
        }
        let files: Arc<[String]> = Arc::from([document.path.clone()]);
        let objects = Object::all(document).into_iter();
        resources.extend(
            objects.filter_map(|object| resource(object, folder(&document.path), &files, &mut taken)),
        );
    }
    for overlay in overlays.rendered {
        let objects = overlay.objects.into_iter();
        resources.extend(
            objects.filter_map(|object| resource(object, &overlay.folder, &overlay.files, &mut taken)),
        );
    }
    connect(&mut resources);
    let resources = resources.into_iter().map(Arc::new).collect();
    (Part { resources, unread: Vec::new(), not_rendered: overlays.not_rendered }, overlays.asked)
}

fn resource(mut object: Object, folder: &str, files: &Arc<[String]>, taken: &mut Taken) -> Option<Resource> {
    // The definition of a type is no object of it; its schema mentions everything and sets nothing.
    if object.kind() == "CustomResourceDefinition" {
        return None;
    }
    drop_nulls(&mut object.node);
    let (name, namespace) = (object.name().to_owned(), object.metadata("namespace").map(str::to_owned));
    let folder = if folder.is_empty() { "." } else { folder };
    let root = format!("kubernetes:{folder}");
    let address =
        format!("{}/{}/{}/{name}", object.group(), object.kind(), namespace.as_deref().unwrap_or(""));
    let subject = distinct(taken, &format!("{root}//{address}"));
    let address = subject.strip_prefix(&root).and_then(|rest| rest.strip_prefix("//")).map(str::to_owned)?;
    Some(Resource {
        system: System::Kubernetes,
        kind: object.kind().to_owned(),
        name,
        namespace,
        root,
        module: String::new(),
        files: files.clone(),
        subject,
        address,
        path: object.path.to_string(),
        header: object.header,
        attributes: Arc::new(object.node),
        references: Vec::new(),
        provider: None,
    })
}

/// Null counts as not written, as it does where the object is applied.
fn drop_nulls(node: &mut Node) {
    match &mut node.value {
        Value::Map(entries) => {
            entries.retain(|entry| entry.node.value != Value::Null);
            for entry in entries {
                drop_nulls(&mut entry.node);
            }
        }
        Value::List(items) => {
            for item in items {
                drop_nulls(item);
            }
        }
        _ => {}
    }
}

/// Finds what each object refers to by name or by label, where that stands in the same root.
fn connect(resources: &mut [Resource]) {
    let mut places: HashMap<(String, String, String, String), String> = HashMap::new();
    // By root and namespace: the labels of each workload's pods, and its address.
    let mut labelled: BTreeMap<(String, String), Vec<Workload>> = BTreeMap::new();
    for resource in resources.iter() {
        let namespace = resource.namespace.clone().unwrap_or_default();
        let place = (resource.root.clone(), resource.kind.clone(), namespace.clone(), resource.name.clone());
        places.entry(place).or_insert_with(|| resource.address.clone());
        let pods = refer::pod_labels(&resource.attributes);
        if !pods.is_empty() {
            let group = labelled.entry((resource.root.clone(), namespace)).or_default();
            group.push((pods, resource.address.clone()));
        }
    }
    for resource in resources.iter_mut() {
        let namespace = resource.namespace.clone().unwrap_or_default();
        let mut references = Vec::new();
        for name in refer::names(&resource.attributes) {
            let spaces = [name.namespace.unwrap_or(&namespace), ""];
            let found = name.kinds.iter().find_map(|kind| {
                spaces.iter().find_map(|space| {
                    let place =
                        (resource.root.clone(), (*kind).to_owned(), (*space).to_owned(), name.to.to_owned());
                    places.get(&place)
                })
            });
            references
                .extend(found.map(|target| Reference { path: name.path.clone(), target: target.clone() }));
        }
        if let Some((path, selector)) = refer::selector(&resource.kind, &resource.attributes) {
            let group = labelled.get(&(resource.root.clone(), namespace)).map(Vec::as_slice);
            let workloads = group.unwrap_or_default().iter();
            let matched = workloads.filter(|(pods, _)| pods.iter().any(|labels| selector.matches(labels)));
            references.extend(
                matched
                    .take(MAX_MATCHES)
                    .map(|(_, target)| Reference { path: path.clone(), target: target.clone() }),
            );
        }
        references.retain(|reference| reference.target != resource.address);
        resource.references = references;
    }
}

/// Workloads that one selector is followed to.
const MAX_MATCHES: usize = 100;

type Labels = BTreeMap<String, String>;
type Workload = (Vec<Labels>, String);

fn labels(node: Option<&Node>) -> Labels {
    let entries = node.map(Node::entries).unwrap_or_default().iter();
    entries.filter_map(|entry| Some((entry.key.clone(), text(&entry.node)?))).collect()
}

fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
