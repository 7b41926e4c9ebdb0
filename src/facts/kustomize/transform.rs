//! Changes to every object of an overlay: namespace, names, labels, annotations, images, replicas.
//!
//! The fields are the ones of kustomize's own configuration
//! (<https://github.com/kubernetes-sigs/kustomize/tree/master/api/internal/konfig/builtinpluginconsts>).

use super::edit;
use crate::facts::kubernetes::Object;
use crate::source::{Node, Value};

/// Kinds of Kubernetes itself that stand in no namespace.
const CLUSTER_WIDE: [&str; 22] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "FlowSchema",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
];

fn string(text: &str, object: &Object) -> Node {
    Node::string(text, object.header)
}

fn remember(object: &mut Object) {
    let now = (object.name().to_owned(), object.namespace().to_owned());
    if !object.past.contains(&now) {
        object.past.push(now);
    }
}

pub(super) fn namespace(object: &mut Object, namespace: &str) {
    let at = object.header;
    let value = string(namespace, object);
    let set = |node: &mut Node| *node = value.clone();
    match object.kind() {
        "Namespace" if object.group().is_empty() => {
            remember(object);
            edit::each(&mut object.node, &["metadata", "name"], true, at, &mut { set });
        }
        "APIService" => {
            edit::each(&mut object.node, &["spec", "service", "namespace"], true, at, &mut { set });
        }
        "CustomResourceDefinition" => {
            let path = ["spec", "conversion", "webhook", "clientConfig", "service", "namespace"];
            edit::each(&mut object.node, &path, false, at, &mut { set });
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            edit::each(&mut object.node, &["subjects"], false, at, &mut |subject| {
                let is = |key: &str, text: &str| subject.get(key).and_then(Node::as_str) == Some(text);
                if is("kind", "ServiceAccount") && is("name", "default") {
                    edit::set(subject, "namespace", value.clone(), at);
                }
            });
        }
        _ => {}
    }
    if !(object.is_builtin() && CLUSTER_WIDE.contains(&object.kind())) {
        remember(object);
        edit::each(&mut object.node, &["metadata", "namespace"], true, at, &mut { set });
    }
}

pub(super) fn affix(object: &mut Object, prefix: &str, suffix: &str) {
    if matches!(object.kind(), "CustomResourceDefinition" | "APIService" | "Namespace") {
        return;
    }
    remember(object);
    let name = format!("{prefix}{}{suffix}", object.name());
    let value = string(&name, object);
    edit::each(&mut object.node, &["metadata", "name"], true, object.header, &mut |node| {
        *node = value.clone();
    });
}

/// Which labels a rule sets beside those of the object itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    pub selectors: bool,
    pub templates: bool,
}

pub(super) fn labels(object: &mut Object, pairs: &Node, reach: Reach) {
    put_all(object, &["metadata", "labels"], true, pairs);
    let template: &[&str] = &["spec", "template", "metadata", "labels"];
    let job: &[&str] = &["spec", "jobTemplate", "spec", "template", "metadata", "labels"];
    let (kind, group) = (object.kind().to_owned(), object.group().to_owned());
    let workload = matches!(
        (kind.as_str(), group.as_str()),
        ("Deployment" | "ReplicaSet" | "DaemonSet", _) | ("StatefulSet", "apps")
    );
    if reach.selectors || reach.templates {
        match kind.as_str() {
            _ if workload => put_all(object, template, true, pairs),
            "ReplicationController" => put_all(object, template, true, pairs),
            "Job" if group == "batch" => put_all(object, template, true, pairs),
            "CronJob" if group == "batch" => {
                put_all(object, &["spec", "jobTemplate", "metadata", "labels"], true, pairs);
                put_all(object, job, true, pairs);
            }
            _ => {}
        }
        if kind == "StatefulSet" && workload {
            put_all(object, &["spec", "volumeClaimTemplates[]", "metadata", "labels"], true, pairs);
        }
    }
    if !reach.selectors {
        return;
    }
    match kind.as_str() {
        "Service" if group.is_empty() => put_all(object, &["spec", "selector"], true, pairs),
        "ReplicationController" => put_all(object, &["spec", "selector"], true, pairs),
        "Job" if group == "batch" => put_all(object, &["spec", "selector", "matchLabels"], false, pairs),
        "CronJob" if group == "batch" => {
            put_all(object, &["spec", "jobTemplate", "spec", "selector", "matchLabels"], false, pairs);
        }
        "PodDisruptionBudget" if group == "policy" => {
            put_all(object, &["spec", "selector", "matchLabels"], false, pairs);
        }
        "NetworkPolicy" => {
            put_all(object, &["spec", "podSelector", "matchLabels"], false, pairs);
            for (rules, peers) in [("ingress[]", "from[]"), ("egress[]", "to[]")] {
                put_all(object, &["spec", rules, peers, "podSelector", "matchLabels"], false, pairs);
            }
        }
        _ if workload => {
            put_all(object, &["spec", "selector", "matchLabels"], true, pairs);
            if matches!(kind.as_str(), "Deployment" | "StatefulSet") {
                let pod = ["spec", "template", "spec"];
                let label = ["labelSelector", "matchLabels"];
                for affinity in ["podAffinity", "podAntiAffinity"] {
                    let place = ["affinity", affinity];
                    let soft = ["preferredDuringSchedulingIgnoredDuringExecution[]", "podAffinityTerm"];
                    let hard = ["requiredDuringSchedulingIgnoredDuringExecution[]"];
                    for terms in [&soft[..], &hard[..]] {
                        let path = [&pod[..], &place[..], terms, &label[..]].concat();
                        put_all(object, &path, false, pairs);
                    }
                }
                let path = [&pod[..], &["topologySpreadConstraints[]"][..], &label[..]].concat();
                put_all(object, &path, false, pairs);
            }
        }
        _ => {}
    }
}

pub(super) fn annotations(object: &mut Object, pairs: &Node) {
    put_all(object, &["metadata", "annotations"], true, pairs);
    let inner: &[&str] = &["metadata", "annotations"];
    match object.kind() {
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" | "ReplicationController" => {
            put_all(object, &[&["spec", "template"], inner].concat(), true, pairs);
        }
        "CronJob" => {
            put_all(object, &[&["spec", "jobTemplate"], inner].concat(), true, pairs);
            put_all(object, &[&["spec", "jobTemplate", "spec", "template"], inner].concat(), true, pairs);
        }
        _ => {}
    }
}

fn put_all(object: &mut Object, path: &[&str], create: bool, pairs: &Node) {
    let at = object.header;
    edit::each(&mut object.node, path, create, at, &mut |node| {
        for pair in pairs.entries() {
            edit::set(node, &pair.key, pair.node.clone(), at);
        }
    });
}

/// One entry of `images`.
pub(super) fn image(object: &mut Object, rule: &Node) {
    if object.kind() == "CustomResourceDefinition" {
        return;
    }
    let at = object.header;
    images_in(&mut object.node, &mut |node| {
        if let Some(image) = node.as_str().and_then(|image| replaced(image, rule)) {
            *node = Node::string(image, at);
        }
    });
}

/// The images of all containers, wherever a list of them stands.
fn images_in(node: &mut Node, change: &mut dyn FnMut(&mut Node)) {
    match &mut node.value {
        Value::Map(entries) => {
            for entry in entries {
                if matches!(entry.key.as_str(), "containers" | "initContainers")
                    && let Value::List(items) = &mut entry.node.value
                {
                    items.iter_mut().filter_map(|item| edit::get(item, "image")).for_each(&mut *change);
                }
                images_in(&mut entry.node, change);
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| images_in(item, change)),
        _ => {}
    }
}

fn replaced(image: &str, rule: &Node) -> Option<String> {
    let word = |key: &str| rule.get(key).and_then(scalar).filter(|text| !text.is_empty());
    let (rest, digest) = image.split_once('@').map_or((image, None), |(rest, digest)| (rest, Some(digest)));
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let colon = rest.get(slash..)?.find(':').map(|at| slash + at);
    let (name, tag) = colon.map_or((rest, None), |at| (rest.get(..at).unwrap_or(""), rest.get(at + 1..)));
    if rule.get("name").and_then(Node::as_str) != Some(name) {
        return None;
    }
    let (new_tag, new_digest) = (word("newTag"), word("digest"));
    let kept = new_tag.is_none() && new_digest.is_none();
    let tag = if kept { tag.map(str::to_owned) } else { new_tag };
    let digest = if kept { digest.map(str::to_owned) } else { new_digest };
    let mut made = word("newName").unwrap_or_else(|| name.to_owned());
    for (mark, part) in [(':', tag), ('@', digest)] {
        if let Some(part) = part {
            made.push(mark);
            made.push_str(&part);
        }
    }
    Some(made)
}

fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// One entry of `replicas`.
pub(super) fn replicas(object: &mut Object, rule: &Node) {
    let name = rule.get("name").and_then(Node::as_str);
    let scaled =
        matches!(object.kind(), "Deployment" | "ReplicationController" | "ReplicaSet" | "StatefulSet");
    let named = object.ids().any(|(own, _)| Some(own) == name);
    if let (true, true, Some(count)) = (scaled, named, rule.get("count")) {
        let (at, count) = (object.header, count.clone());
        edit::each(&mut object.node, &["spec", "replicas"], true, at, &mut |node| {
            *node = count.clone().standing_at(at);
        });
    }
}
