//! Objects, their addresses and references.

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::source::{SourceText, Step, read};

fn resources(text: &str) -> Vec<Arc<Resource>> {
    let reading = read("k8s/all.yaml", Kind::Yaml, text.as_bytes().to_vec(), false);
    assert_eq!(reading.unparsed, None);
    facts(&[Arc::new(reading.document.unwrap())]).0.resources
}

fn edges(resources: &[Arc<Resource>]) -> Vec<String> {
    let mut found = Vec::new();
    for resource in resources {
        for edge in &resource.references {
            let path: Vec<_> = edge
                .path
                .iter()
                .map(|step| match step {
                    Step::Key(key) => key.clone(),
                    Step::Index(index) => index.to_string(),
                })
                .collect();
            found.push(format!("{} {} -> {}", resource.name, path.join("."), edge.target));
        }
    }
    found
}

#[test]
fn objects_of_ai_platforms_arrive_with_their_spans() {
    for (version, kind, path, text) in [
        (
            "serving.kserve.io/v1beta1",
            "InferenceService",
            &["predictor", "model", "storageUri"][..],
            "spec:\n  predictor:\n    model:\n      storageUri: X",
        ),
        (
            "serving.kserve.io/v1alpha1",
            "ClusterServingRuntime",
            &["containers", "0", "image"],
            "spec:\n  containers:\n  - name: c\n    image: X",
        ),
        (
            "serving.kserve.io/v1alpha1",
            "LLMInferenceService",
            &["model", "uri"],
            "spec:\n  model:\n    uri: X",
        ),
        (
            "kubeflow.org/v1",
            "Notebook",
            &["template", "spec", "containers", "0", "image"],
            "spec:\n  template:\n    spec:\n      containers:\n      - image: X",
        ),
        (
            "kubeflow.org/v1",
            "PyTorchJob",
            &["pytorchReplicaSpecs", "Worker", "replicas"],
            "spec:\n  pytorchReplicaSpecs:\n    Worker:\n      replicas: X",
        ),
        (
            "kubeflow.org/v1",
            "TFJob",
            &["tfReplicaSpecs", "Worker", "replicas"],
            "spec:\n  tfReplicaSpecs:\n    Worker:\n      replicas: X",
        ),
        ("kubeflow.org/v2beta1", "MPIJob", &["slotsPerWorker"], "spec:\n  slotsPerWorker: X"),
        (
            "trainer.kubeflow.org/v1alpha1",
            "TrainJob",
            &["runtimeRef", "name"],
            "spec:\n  runtimeRef:\n    name: X",
        ),
        ("kubeflow.org/v1beta1", "Experiment", &["objective", "goal"], "spec:\n  objective:\n    goal: X"),
        (
            "ray.io/v1",
            "RayCluster",
            &["headGroupSpec", "rayStartParams", "dashboard-host"],
            "spec:\n  headGroupSpec:\n    rayStartParams:\n      dashboard-host: X",
        ),
        (
            "machinelearning.seldon.io/v1",
            "SeldonDeployment",
            &["predictors", "0", "graph", "modelUri"],
            "spec:\n  predictors:\n  - graph:\n      modelUri: X",
        ),
        ("kueue.x-k8s.io/v1beta1", "ClusterQueue", &["queueingStrategy"], "spec:\n  queueingStrategy: X"),
    ] {
        let text =
            format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: it, namespace: ml}}\n{text}\n");
        let resources = resources(&text);
        let group = version.split_once('/').unwrap().0;
        assert_eq!(resources[0].subject, format!("kubernetes:k8s//{group}/{kind}/ml/it"));
        let steps: Vec<Step> = std::iter::once("spec")
            .chain(path.iter().copied())
            .map(|part| part.parse().map_or_else(|_| Step::Key(part.to_owned()), Step::Index))
            .collect();
        let found = resources[0].attributes.locate(&steps).unwrap();
        assert_eq!(found.depth, steps.len());
        assert_eq!(SourceText::new(text.as_str()).slice(found.span), format!("{}: X", path.last().unwrap()));
    }
}

#[test]
fn null_counts_as_not_written() {
    let found = resources(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - {name: c, args: null, env: ~}\n",
    );
    let want = json!([{"name": "c"}]);
    assert_eq!(found[0].attributes.get("spec").unwrap().get("containers").unwrap().to_json(), want);
}

#[test]
fn every_object_has_a_subject_of_its_own() {
    let object = "{apiVersion: v1, kind: Secret, metadata: {name: s}}";
    let definition =
        "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: d}}";
    let text = format!(
        "{object}\n---\n{object}\n---\n{definition}\n---\napiVersion: v1\nkind: List\nitems: [{object}, {definition}]\n"
    );
    let resources = resources(&text);
    let subjects: Vec<_> = resources.iter().map(|resource| resource.subject.as_str()).collect();
    assert_eq!(
        subjects,
        ["kubernetes:k8s///Secret//s", "kubernetes:k8s///Secret//s#2", "kubernetes:k8s///Secret//s#3"]
    );
}

#[test]
fn names_lead_to_objects() {
    let resources = resources(
        "
{apiVersion: v1, kind: ServiceAccount, metadata: {name: runner}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}
---
{apiVersion: v1, kind: Secret, metadata: {name: token}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: disk}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  template:
    metadata: {labels: {app: web, tier: a}}
    spec:
      serviceAccountName: runner
      imagePullSecrets: [{name: other}, {name: token}]
      containers:
      - envFrom: [{configMapRef: {name: settings}}]
        env: [{name: T, valueFrom: {secretKeyRef: {name: token, key: t}}}]
      volumes:
      - persistentVolumeClaim: {claimName: disk}
      - secret: {secretName: token}
      - configMap: {name: elsewhere}
---
{apiVersion: v1, kind: Service, metadata: {name: svc}, spec: {selector: {app: web}}}
---
{apiVersion: v1, kind: Service, metadata: {name: none}, spec: {selector: {app: db}}}
---
{apiVersion: v1, kind: Service, metadata: {name: far, namespace: x}, spec: {selector: {app: web}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np}
spec: {podSelector: {matchExpressions: [{key: tier, operator: In, values: [a, b]}]}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: pdb}, spec: {selector: {matchLabels: {app: web, tier: a}}}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: hpa}, spec: {scaleTargetRef: {kind: Deployment, name: app}}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: role}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {kind: ClusterRole, name: role}
subjects: [{kind: User, name: runner}, {kind: ServiceAccount, name: runner}]
---
{apiVersion: serving.kserve.io/v1alpha1, kind: ClusterServingRuntime, metadata: {name: vllm}}
---
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: isvc}
spec: {predictor: {serviceAccountName: runner, model: {runtime: vllm}}}
",
    );
    assert_eq!(
        edges(&resources),
        [
            "app spec.template.spec.serviceAccountName -> /ServiceAccount//runner",
            "app spec.template.spec.imagePullSecrets.1.name -> /Secret//token",
            "app spec.template.spec.containers.0.envFrom.0.configMapRef.name -> /ConfigMap//settings",
            "app spec.template.spec.containers.0.env.0.valueFrom.secretKeyRef.name -> /Secret//token",
            "app spec.template.spec.volumes.0.persistentVolumeClaim.claimName -> /PersistentVolumeClaim//disk",
            "app spec.template.spec.volumes.1.secret.secretName -> /Secret//token",
            "svc spec.selector -> apps/Deployment//app",
            "np spec.podSelector -> apps/Deployment//app",
            "pdb spec.selector -> apps/Deployment//app",
            "hpa spec.scaleTargetRef.name -> apps/Deployment//app",
            "rb roleRef.name -> rbac.authorization.k8s.io/ClusterRole//role",
            "rb subjects.1.name -> /ServiceAccount//runner",
            "isvc spec.predictor.serviceAccountName -> /ServiceAccount//runner",
            "isvc spec.predictor.model.runtime -> serving.kserve.io/ClusterServingRuntime//vllm",
        ]
    );
}

#[test]
fn text_that_looks_like_a_template_is_what_the_cluster_gets() {
    let resources = resources(
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec: {args: ['{{inputs.parameters.x}}']}\n",
    );
    assert_eq!(resources[0].attributes.to_json()["spec"], json!({"args": ["{{inputs.parameters.x}}"]}));
}

proptest! {
    /// Whatever stands in manifests and kustomizations: no panic, and no two subjects alike.
    #[test]
    fn arbitrary_manifests_are_read(texts in proptest::collection::vec(
        "((apiVersion: v1|kind: (Pod|Service|List|Component)|resources|patches|images|metadata: \\{name: [ab]\\}|items|spec|components|namespace: x|labels|replicas|configMapGenerator): ?(\\[\\.\\./[ab]\\]|\\[(a|b)\\.yaml\\]|\\{[a-c]: 1\\}|\\[\\{name: a, target: \\{kind: '.*'\\}, patch: '[a-z:\\[\\]{} ]{0,9}'\\}\\])?\n){1,6}", 6)) {
        let paths = ["a/kustomization.yaml", "b/kustomization.yaml", "a/a.yaml", "a/b.yaml", "b/a.yaml", "b.yaml"];
        let documents: Vec<_> = paths.iter().zip(&texts).filter_map(|(path, text)| {
            read(path, Kind::of_path(path).unwrap(), text.as_bytes().to_vec(), false).document.map(Arc::new)
        }).collect();
        let resources = facts(&documents).0.resources;
        let subjects: HashSet<_> = resources.iter().map(|resource| resource.subject.clone()).collect();
        prop_assert_eq!(subjects.len(), resources.len());
    }
}
