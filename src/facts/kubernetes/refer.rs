//! Where an object names others: by name in fields that mean one, by labels in selectors.
//!
//! The fields are those of the Kubernetes API that name an object of a known kind, wherever a pod's
//! specification stands (a Notebook and a `PyTorchJob` hold one too), and the runtime of `KServe`'s
//! inference services. <https://kubernetes.io/docs/reference/kubernetes-api/>

use super::{Labels, labels, text};
use crate::source::{Node, Step, Value};

/// A field that names another object.
#[derive(Debug)]
pub struct Name<'a> {
    pub path: Vec<Step>,
    /// The other object's.
    pub to: &'a str,
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
    let word = |node: &'a Node, key: &str| node.get(key).and_then(Node::as_str);
    let mut add = |steps: &[Step], name: Option<&'a str>, kinds: &[&'a str], namespace: Option<&'a str>| {
        let path = path.iter().chain(steps).cloned().collect();
        found.extend(name.map(|name| Name { path, to: name, kinds: kinds.to_vec(), namespace }));
    };
    let field = |key: &str| Step::Key(key.to_owned());
    match key {
        "configMapKeyRef" | "configMapRef" | "configMap" => {
            add(&[field("name")], word(node, "name"), &["ConfigMap"], None);
        }
        // A volume spells it `secretName`, a projected source `name`.
        "secretKeyRef" | "secretRef" | "secret" => {
            for key in ["secretName", "name"] {
                add(&[field(key)], word(node, key), &["Secret"], None);
            }
        }
        "imagePullSecrets" | "secrets" | "tls" => {
            let key = if key == "tls" { "secretName" } else { "name" };
            for (index, item) in node.items().iter().enumerate() {
                add(&[Step::Index(index), field(key)], word(item, key), &["Secret"], None);
            }
        }
        "subjects" => {
            let accounts = node.items().iter().enumerate();
            for (index, item) in accounts.filter(|(_, item)| word(item, "kind") == Some("ServiceAccount")) {
                let steps = [Step::Index(index), field("name")];
                add(&steps, word(item, "name"), &["ServiceAccount"], word(item, "namespace"));
            }
        }
        "serviceAccountName" | "serviceAccount" => add(&[], node.as_str(), &["ServiceAccount"], None),
        "priorityClassName" => add(&[], node.as_str(), &["PriorityClass"], None),
        "storageClassName" => add(&[], node.as_str(), &["StorageClass"], None),
        "serviceName" => add(&[], node.as_str(), &["Service"], None),
        "runtime" => add(&[], node.as_str(), &["ServingRuntime", "ClusterServingRuntime"], None),
        "persistentVolumeClaim" => {
            add(&[field("claimName")], word(node, "claimName"), &["PersistentVolumeClaim"], None);
        }
        "service" => add(&[field("name")], word(node, "name"), &["Service"], word(node, "namespace")),
        "scaleTargetRef" | "roleRef" => {
            let kind = word(node, "kind").unwrap_or("");
            add(&[field("name")], word(node, "name"), &[kind], None);
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
