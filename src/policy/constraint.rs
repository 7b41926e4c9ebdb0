//! A Gatekeeper constraint: its parameters, and which objects it is about.
//!
//! `spec.match` as Gatekeeper documents it
//! (<https://open-policy-agent.github.io/gatekeeper/website/docs/howto#the-match-field>). Two things differ,
//! because manifests are no cluster: an object without a namespace is cluster-scoped only if its kind is
//! (else it counts as one of `default`, and nobody can tell where that decides against it), and labels of
//! a namespace are known only where the repository declares it.

use serde::Deserialize;
use serde_json::Value as Json;

use crate::facts::Unit;

/// Kinds without a namespace that Kubernetes itself defines.
const CLUSTER_SCOPED: [&str; 26] = [
    "APIService",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterTrustBundle",
    "CSIDriver",
    "CSINode",
    "CustomResourceDefinition",
    "DeviceClass",
    "FlowSchema",
    "IngressClass",
    "IPAddress",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "ResourceSlice",
    "RuntimeClass",
    "ServiceCIDR",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];

/// What the policy room keeps of a constraint.
pub struct Constraint {
    pub parameters: regorus::Value,
    pub matching: Match,
    /// The template reads the object's namespace, which not every repository declares.
    pub needs_namespace: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matched {
    No,
    Yes,
    /// Why nobody can tell.
    Perhaps(String),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Match {
    pub kinds: Vec<Kinds>,
    pub scope: String,
    pub namespaces: Vec<String>,
    pub excluded_namespaces: Vec<String>,
    pub label_selector: Option<Selector>,
    pub namespace_selector: Option<Selector>,
    pub name: String,
    pub source: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Kinds {
    pub api_groups: Vec<String>,
    pub kinds: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selector {
    pub match_labels: std::collections::BTreeMap<String, String>,
    pub match_expressions: Vec<Requirement>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Requirement {
    pub key: String,
    pub operator: Operator,
    #[serde(default)]
    pub values: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Constraint {
    /// Is the object of a review one that the constraint is about?
    pub fn matches(&self, unit: &Unit<'_>) -> Matched {
        let review = unit.input.json().get("review").unwrap_or(&Json::Null);
        self.matching.review(review)
    }

    /// Why the verdict on this object would rest on what is not there.
    pub fn lacks(&self, unit: &Unit<'_>) -> Option<String> {
        let review = unit.input.json().get("review")?;
        let namespace = review.get("namespace").and_then(Json::as_str);
        let lacking = self.needs_namespace
            && review.get("namespaceObject").is_none()
            && !is_cluster_scoped(text(review, "/kind/kind"));
        lacking.then(|| match namespace {
            Some(name) => {
                format!("the namespace {name}, which the template reads, is not declared in this repository")
            }
            None => "the template reads the namespace, and the manifest names none".to_owned(),
        })
    }
}

fn is_cluster_scoped(kind: &str) -> bool {
    CLUSTER_SCOPED.contains(&kind)
}

fn text<'j>(json: &'j Json, pointer: &str) -> &'j str {
    json.pointer(pointer).and_then(Json::as_str).unwrap_or("")
}

impl Match {
    pub fn review(&self, review: &Json) -> Matched {
        let (group, kind) = (text(review, "/kind/group"), text(review, "/kind/kind"));
        let labels = |json: Option<&Json>| json.and_then(|o| o.pointer("/metadata/labels")).cloned();
        let own_labels = labels(review.get("object"));
        let is_namespace = kind == "Namespace" && group.is_empty();
        let declared = text(review, "/namespace");
        // What stands for the namespace when namespaces are compared.
        let namespace = if is_namespace { text(review, "/name") } else { declared };
        let has_namespace = !declared.is_empty() || !is_cluster_scoped(kind);
        let name = text(review, "/object/metadata/name");
        let generated = text(review, "/object/metadata/generateName");
        let fits = self.kinds(group, kind)
            && match self.scope.as_str() {
                "Cluster" => is_namespace || !has_namespace,
                "Namespaced" => !is_namespace && has_namespace,
                _ => true,
            }
            && (namespace.is_empty() || self.in_namespace(namespace))
            && self.label_selector.as_ref().is_none_or(|selector| selector.selects(own_labels.as_ref()))
            && (self.name.is_empty()
                || glob(&self.name, name)
                || self.name.ends_with('*') && !generated.is_empty() && glob(&self.name, generated))
            && self.source != "Generated";
        if !fits {
            return Matched::No;
        }
        // kubectl puts it into `default`, or wherever it is told to.
        if has_namespace && namespace.is_empty() && !self.in_namespace("default") {
            let reason =
                "whether the constraint selects it hangs on its namespace, which the manifest does not name";
            return Matched::Perhaps(reason.to_owned());
        }
        match &self.namespace_selector {
            Some(selector) if has_namespace || is_namespace => {
                let labels = if is_namespace { own_labels } else { labels(review.get("namespaceObject")) };
                if !is_namespace && review.get("namespaceObject").is_none() {
                    let which = if declared.is_empty() {
                        "its namespace".to_owned()
                    } else {
                        format!("the namespace {declared}")
                    };
                    return Matched::Perhaps(format!(
                        "whether the constraint selects {which} hangs on labels that this repository does not declare"
                    ));
                }
                if selector.selects(labels.as_ref()) { Matched::Yes } else { Matched::No }
            }
            _ => Matched::Yes,
        }
    }

    fn in_namespace(&self, namespace: &str) -> bool {
        (self.namespaces.is_empty() || self.namespaces.iter().any(|pattern| glob(pattern, namespace)))
            && !self.excluded_namespaces.iter().any(|pattern| glob(pattern, namespace))
    }

    fn kinds(&self, group: &str, kind: &str) -> bool {
        let holds =
            |list: &[String], item: &str| list.is_empty() || list.iter().any(|l| l == "*" || l == item);
        self.kinds.is_empty()
            || self.kinds.iter().any(|k| holds(&k.kinds, kind) && holds(&k.api_groups, group))
    }
}

/// `*` at the beginning and the end stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(rest), Some(_)) => text.contains(rest.strip_suffix('*').unwrap_or(rest)),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => pattern == text,
    }
}

impl Selector {
    fn selects(&self, labels: Option<&Json>) -> bool {
        let value = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Json::as_str);
        self.match_labels.iter().all(|(key, want)| value(key) == Some(want))
            && self.match_expressions.iter().all(|requirement| {
                let found = value(&requirement.key);
                let listed = found.is_some_and(|found| requirement.values.iter().any(|v| v == found));
                match requirement.operator {
                    Operator::In => listed,
                    Operator::NotIn => !listed,
                    Operator::Exists => found.is_some(),
                    Operator::DoesNotExist => found.is_none(),
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matched(matching: &Json, review: &Json) -> Matched {
        serde_json::from_value::<Match>(matching.clone()).unwrap().review(review)
    }

    #[test]
    fn each_matcher_selects_as_documented() {
        let pod = json!({
            "kind": {"group": "", "version": "v1", "kind": "Pod"}, "name": "web-1", "namespace": "team-a",
            "object": {"metadata": {"name": "web-1", "labels": {"app": "web"}}},
        });
        for (matching, selected) in [
            (json!({}), true),
            (json!({"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}]}), true),
            (json!({"kinds": [{"apiGroups": ["apps"], "kinds": ["Pod"]}]}), false),
            (
                json!({"kinds": [{"apiGroups": ["apps"], "kinds": ["*"]}, {"apiGroups": ["*"], "kinds": ["Pod"]}]}),
                true,
            ),
            (json!({"namespaces": ["team-*"]}), true),
            (json!({"namespaces": ["other"]}), false),
            (json!({"excludedNamespaces": ["*-a"]}), false),
            (json!({"excludedNamespaces": ["*eam*"]}), false),
            (json!({"labelSelector": {"matchLabels": {"app": "web"}}}), true),
            (
                json!({"labelSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}}),
                false,
            ),
            (
                json!({"labelSelector": {"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}}),
                true,
            ),
            (json!({"name": "web-*"}), true),
            (json!({"name": "web"}), false),
            (json!({"scope": "Cluster"}), false),
            (json!({"scope": "Namespaced"}), true),
            (json!({"source": "Generated"}), false),
        ] {
            let want = if selected { Matched::Yes } else { Matched::No };
            assert_eq!(matched(&matching, &pod), want, "{matching}");
        }
        assert!(
            serde_json::from_value::<Match>(
                json!({"labelSelector": {"matchExpressions": [{"key": "a", "operator": "Maybe"}]}})
            )
            .is_err()
        );
    }

    #[test]
    fn namespaces_that_are_not_declared() {
        let pod = json!({"kind": {"group": "", "kind": "Pod"}, "name": "p", "object": {}});
        assert_eq!(matched(&json!({"scope": "Namespaced"}), &pod), Matched::Yes);
        assert_eq!(matched(&json!({"namespaces": ["default"]}), &pod), Matched::Yes);
        assert_eq!(matched(&json!({"excludedNamespaces": ["kube-*"]}), &pod), Matched::Yes);
        assert!(matches!(matched(&json!({"namespaces": ["a"]}), &pod), Matched::Perhaps(_)));
        assert!(matches!(matched(&json!({"excludedNamespaces": ["default"]}), &pod), Matched::Perhaps(_)));
        let selector = json!({"namespaceSelector": {"matchLabels": {"env": "prod"}}});
        let in_namespace = |labels: Json| {
            let mut review =
                json!({"kind": {"group": "", "kind": "Pod"}, "name": "p", "namespace": "a", "object": {}});
            if !labels.is_null() {
                review["namespaceObject"] = json!({"metadata": {"labels": labels}});
            }
            review
        };
        assert_eq!(matched(&selector, &in_namespace(json!({"env": "prod"}))), Matched::Yes);
        assert_eq!(matched(&selector, &in_namespace(json!({"env": "dev"}))), Matched::No);
        assert!(matches!(matched(&selector, &in_namespace(Json::Null)), Matched::Perhaps(_)));
        let role = json!({"kind": {"group": "rbac.authorization.k8s.io", "kind": "ClusterRole"}, "name": "r", "object": {}});
        assert_eq!(matched(&selector, &role), Matched::Yes, "objects without namespace are all selected");
    }
}
