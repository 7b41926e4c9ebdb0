//! Where an object names others: by name in fields that mean one, by labels in selectors.
//!
//! The fields are those of the Kubernetes API that name an object of a known kind, wherever a pod's
//! specification stands (a Notebook and a `PyTorchJob` hold one too), and the runtime of KServe's
//! inference services. <https://kubernetes.io/docs/reference/kubernetes-api/>

use super::{Labels, labels, text};
use crate::source::{Node, Step, Value};

/// A field that names another object.
#[derive(Debug)]
pub struct Name<'a> {
    pub path: Vec<Step>,
    pub name: &'a str,
    /// The kinds that may be meant.
    pub kinds: Vec<&'a str>,
    /// Where the field says so.
    pub namespace: Option<&'a str>,
}

/// Every name in an object, its own aside.
pub fn names(node: &Node) -> Vec<Name<'_>> {
    let mut found = Vec::new();
    for entry in node.entries().iter().filter(|entry| entry.key != "metadata" && entry.key != "status") {
        walk(&entry.key, &entry.node, &mut vec![Step::Key(entry.key.clone())], &mut found);
    }
    found
}

fn walk<'a>(key: &str, node: &'a Node, path: &mut Vec<Step>, found: &mut Vec<Name<'a>>) {
    let mut add = |inner: &[&str], node: Option<&'a Node>, kinds: &[&'a str], namespace: Option<&'a str>| {
        let Some(name) = node.and_then(Node::as_str) else { return };
        let steps = inner.iter().map(|key| Step::Key((*key).to_owned()));
        found.push(Name {
            path: path.iter().cloned().chain(steps).collect(),
            name,
            kinds: kinds.to_vec(),
            namespace,
        });
    };
    let own_kind = node.get("kind").and_then(Node::as_str);
    let namespace = node.get("namespace").and_then(Node::as_str);
    match key {
        "configMapKeyRef" | "configMapRef" | "configMap" => {
            add(&["name"], node.get("name"), &["ConfigMap"], None)
        }
        "secretKeyRef" | "secretRef" => add(&["name"], node.get("name"), &["Secret"], None),
        // A volume spells it `secretName`, a projected source `name`.
        "secret" => {
            add(&["secretName"], node.get("secretName"), &["Secret"], None);
            add(&["name"], node.get("name"), &["Secret"], None);
        }
        "imagePullSecrets" | "secrets" => {
            for (index, item) in node.items().iter().enumerate() {
                if let Some(name) = item.get("name").and_then(Node::as_str) {
                    let mut path = path.clone();
                    path.extend([Step::Index(index), Step::Key("name".to_owned())]);
                    found.push(Name { path, name, kinds: vec!["Secret"], namespace: None });
                }
            }
        }
        "tls" => {
            for (index, item) in node.items().iter().enumerate() {
                if let Some(name) = item.get("secretName").and_then(Node::as_str) {
                    let mut path = path.clone();
                    path.extend([Step::Index(index), Step::Key("secretName".to_owned())]);
                    found.push(Name { path, name, kinds: vec!["Secret"], namespace: None });
                }
            }
        }
        "serviceAccountName" | "serviceAccount" => add(&[], Some(node), &["ServiceAccount"], None),
        "priorityClassName" => add(&[], Some(node), &["PriorityClass"], None),
        "storageClassName" => add(&[], Some(node), &["StorageClass"], None),
        "serviceName" => add(&[], Some(node), &["Service"], None),
        "runtime" => add(&[], Some(node), &["ServingRuntime", "ClusterServingRuntime"], None),
        "persistentVolumeClaim" => {
            add(&["claimName"], node.get("claimName"), &["PersistentVolumeClaim"], None);
        }
        "service" => add(&["name"], node.get("name"), &["Service"], namespace),
        "scaleTargetRef" | "roleRef" => {
            if let Some(kind) = own_kind {
                add(&["name"], node.get("name"), &[kind], None);
            }
        }
        "subjects" => {
            for (index, item) in node.items().iter().enumerate() {
                let account = item.get("kind").and_then(Node::as_str) == Some("ServiceAccount");
                if let Some(name) = item.get("name").and_then(Node::as_str).filter(|_| account) {
                    let mut path = path.clone();
                    path.extend([Step::Index(index), Step::Key("name".to_owned())]);
                    let namespace = item.get("namespace").and_then(Node::as_str);
                    found.push(Name { path, name, kinds: vec!["ServiceAccount"], namespace });
                }
            }
        }
        _ => {}
    }
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                path.push(Step::Key(entry.key.clone()));
                walk(&entry.key, &entry.node, path, found);
                path.pop();
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                walk("", item, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// The labels of the pods that a workload makes; a Pod's are its own.
pub fn pod_labels(node: &Node) -> Vec<Labels> {
    let spec = node.get("spec");
    let mut templates = Vec::new();
    if node.get("kind").and_then(Node::as_str) == Some("Pod") {
        templates.push(node);
    }
    templates.extend(spec.and_then(|spec| spec.get("template")));
    templates.extend(spec.and_then(|spec| spec.get("jobTemplate")?.get("spec")?.get("template")));
    // The training operators hold a template for each role: `spec.pytorchReplicaSpecs.Worker.template`.
    for entry in spec.map(Node::entries).unwrap_or_default() {
        templates.extend(entry.node.entries().iter().filter_map(|role| role.node.get("template")));
    }
    let pods = templates.into_iter().filter_map(|template| template.get("metadata")?.get("labels"));
    pods.map(|node| labels(Some(node))).filter(|labels| !labels.is_empty()).collect()
}

/// Which pods an object applies to.
#[derive(Debug)]
pub struct Selector {
    labels: Labels,
    expressions: Vec<(String, String, Vec<String>)>,
}

impl Selector {
    pub fn matches(&self, labels: &Labels) -> bool {
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.expressions.iter().all(|(key, operator, values)| {
                let value = labels.get(key);
                match operator.as_str() {
                    "In" => value.is_some_and(|value| values.contains(value)),
                    "NotIn" => value.is_none_or(|value| !values.contains(value)),
                    "Exists" => value.is_some(),
                    "DoesNotExist" => value.is_none(),
                    _ => false,
                }
            })
    }
}

/// The pod selector of a kind that has one for the pods of others. An empty one takes all pods,
/// except that of a Service, which then takes none.
pub fn selector(kind: &str, node: &Node) -> Option<(Vec<Step>, Selector)> {
    let field = match kind {
        "Service" | "PodDisruptionBudget" => "selector",
        "NetworkPolicy" => "podSelector",
        _ => return None,
    };
    let node = node.get("spec")?.get(field)?;
    let path = ["spec", field].map(|key| Step::Key(key.to_owned())).to_vec();
    if kind == "Service" {
        let labels = labels(Some(node));
        return (!labels.is_empty()).then_some((path, Selector { labels, expressions: Vec::new() }));
    }
    let expressions = node.get("matchExpressions").map(Node::items).unwrap_or_default().iter();
    let expressions = expressions.filter_map(|expression| {
        let word = |key: &str| expression.get(key).and_then(text);
        let values = expression.get("values").map(Node::items).unwrap_or_default();
        Some((word("key")?, word("operator")?, values.iter().filter_map(text).collect()))
    });
    Some((path, Selector { labels: labels(node.get("matchLabels")), expressions: expressions.collect() }))
}
