//! The admission review that Gatekeeper gives a constraint template's Rego
//! (<https://open-policy-agent.github.io/gatekeeper/website/docs/input>): what a repository can tell of
//! it. `parameters` come from each constraint, so the policy room adds them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::json;

use crate::facts::{Facts, Kinds, Member, Resource, System, Unit};
use crate::model::Scope;
use crate::source::{Node, Step};

pub fn units(facts: &Facts, wanted: &dyn Fn(&Kinds) -> bool) -> Vec<Unit<'static>> {
    let resources = || facts.resources.iter().map(AsRef::as_ref);
    let objects = || resources().filter(|resource: &&Resource| resource.system == System::Kubernetes);
    let namespaces: HashMap<&str, &Resource> =
        objects().filter(|object| object.kind == "Namespace").map(|n| (n.name.as_str(), n)).collect();
    let objects = objects().filter(|object| wanted(&kinds(object)));
    objects
        .map(|object| {
            let namespace = object.namespace.as_deref().and_then(|name| namespaces.get(name)).copied();
            unit(object, namespace)
        })
        .collect()
}

fn kinds(object: &Resource) -> Kinds {
    vec![object.kind.clone(), format!("kubernetes:{}", object.kind)]
}

fn unit(object: &Resource, namespace: Option<&Resource>) -> Unit<'static> {
    let api_version = object.attributes.get("apiVersion").and_then(Node::as_str).unwrap_or("");
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let mut review = json!({
        "kind": {"group": group, "version": version, "kind": object.kind},
        "name": object.name,
        "operation": "CREATE",
        "object": object.attributes.to_json(),
    });
    if let Some(map) = review.as_object_mut() {
        map.extend(object.namespace.as_ref().map(|name| ("namespace".to_owned(), json!(name))));
        map.extend(namespace.map(|found| ("namespaceObject".to_owned(), found.attributes.to_json())));
    }
    let files: BTreeSet<String> =
        [Some(object), namespace].into_iter().flatten().flat_map(|from| from.files.iter().cloned()).collect();
    let member =
        Member { path: object.path.clone(), header: object.header, value: object.attributes.clone() };
    let place = ["review", "object"].map(|key| Step::Key(key.to_owned())).to_vec();
    Unit {
        scope: Scope::Resource,
        kinds: kinds(object),
        subject: object.subject.clone(),
        input: json!({"review": review}).into(),
        unknown: Vec::new(),
        members: BTreeMap::from([(object.subject.clone(), member)]),
        places: BTreeMap::from([(place, object.subject.clone())]),
        files: files.into_iter().collect(),
    }
}
