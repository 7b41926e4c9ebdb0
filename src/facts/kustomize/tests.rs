//! Overlays and what they render to. The answers are those of `kustomize build` 5.7.

use serde_json::{Value as Json, json};

use super::*;
use crate::facts::{Facts, Resource};
use crate::source::read;

fn repository(files: &[(&str, &str)]) -> Vec<Arc<Document>> {
    let readings = files.iter().map(|(path, text)| {
        let reading = read(path, Kind::of_path(path).unwrap(), text.as_bytes().to_vec(), false);
        assert_eq!(reading.unparsed, None, "{path}");
        reading.document
    });
    readings.flatten().map(Arc::new).collect()
}

fn facts(files: &[(&str, &str)]) -> Facts {
    Facts::of(&repository(files))
}

fn subjects(facts: &Facts) -> Vec<&str> {
    facts.resources.iter().map(|resource| resource.subject.as_str()).collect()
}

fn reasons(facts: &Facts) -> Vec<String> {
    facts.not_rendered.iter().map(|unread| format!("{}: {}", unread.path, unread.reason)).collect()
}

fn resource<'f>(facts: &'f Facts, kind: &str) -> &'f Resource {
    facts.resources.iter().find(|resource| resource.kind == kind).unwrap()
}

fn at(resource: &Resource, pointer: &str) -> Json {
    resource.attributes.to_json().pointer(pointer).cloned().unwrap_or(Json::Null)
}

const DEPLOYMENT: (&str, &str) = (
    "base/deployment.yaml",
    "
apiVersion: apps/v1
kind: Deployment
metadata:
  name: model
spec:
  template:
    spec:
      serviceAccountName: runner
      containers:
      - name: server
        image: registry:5000/model:1.0
        env: [{name: A, value: '1'}, {name: B, value: '2'}]
        args: [--old]
      - name: sidecar
        image: proxy@sha256:abc
      volumes:
      - name: config
        configMap: {name: settings}
",
);
const ACCOUNT: (&str, &str) =
    ("base/account.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner}\n");
const BASE: (&str, &str) = ("base/kustomization.yaml", "resources: [deployment.yaml, account.yaml]\n");

/// The facts of an overlay over the base.
fn overlay(kustomization: &str, more: &[(&str, &str)]) -> Facts {
    let mut files = vec![DEPLOYMENT, ACCOUNT, BASE, ("prod/kustomization.yaml", kustomization)];
    files.extend(more);
    facts(&files)
}

#[test]
fn only_the_overlay_is_judged() {
    let facts = overlay(
        "resources: [../base]\nnamespace: ml\nnamePrefix: p-\nnameSuffix: -s\npatches: [{path: patch.yaml}]\n",
        &[
            (
                "prod/patch.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: model}\nspec: {replicas: 2}\n",
            ),
            ("prod/loose.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: loose}\n"),
        ],
    );
    assert_eq!(
        subjects(&facts),
        [
            "kubernetes:prod///Secret//loose",
            "kubernetes:prod//apps/Deployment/ml/p-model-s",
            "kubernetes:prod///ServiceAccount/ml/p-runner-s",
        ]
    );
    assert!(facts.not_rendered.is_empty());
    let deployment = resource(&facts, "Deployment");
    assert_eq!(at(deployment, "/spec/template/spec/serviceAccountName"), "p-runner-s");
    assert_eq!(at(deployment, "/spec/replicas"), 2);
    assert_eq!(
        *deployment.files,
        [
            "base/account.yaml",
            "base/deployment.yaml",
            "base/kustomization.yaml",
            "prod/kustomization.yaml",
            "prod/patch.yaml"
        ]
    );
    // It stands where it is declared; what the overlay sets stands at its name.
    assert_eq!(deployment.path, "base/deployment.yaml");
    let text = crate::source::SourceText::new(DEPLOYMENT.1);
    let mark = |keys: &[&str]| {
        let path: Vec<Step> = keys.iter().map(|key| Step::Key((*key).to_owned())).collect();
        text.slice(deployment.attributes.locate(&path).unwrap().span)
    };
    assert_eq!(mark(&["kind"]), "kind: Deployment");
    assert_eq!(mark(&["spec", "replicas"]), "name: model");
    assert_eq!(mark(&["metadata", "namespace"]), "name: model");
    let edges: Vec<_> = deployment.references.iter().map(|edge| edge.target.as_str()).collect();
    assert_eq!(edges, ["/ServiceAccount/ml/p-runner-s"]);
}

#[test]
fn images_replicas_labels_and_annotations() {
    let facts = overlay(
        "
resources: [../base]
images:
- {name: 'registry:5000/model', newTag: '2.0'}
- {name: proxy, newName: mirror/proxy, digest: 'sha256:def'}
replicas: [{name: model, count: 3}]
commonLabels: {team: ml}
commonAnnotations: {owner: me}
labels:
- {pairs: {plain: a}}
- {pairs: {both: b}, includeTemplates: true}
",
        &[],
    );
    let deployment = resource(&facts, "Deployment");
    assert_eq!(at(deployment, "/spec/template/spec/containers/0/image"), "registry:5000/model:2.0");
    assert_eq!(at(deployment, "/spec/template/spec/containers/1/image"), "mirror/proxy@sha256:def");
    assert_eq!(at(deployment, "/spec/replicas"), 3);
    assert_eq!(at(deployment, "/metadata/labels"), json!({"plain": "a", "both": "b", "team": "ml"}));
    assert_eq!(at(deployment, "/spec/selector/matchLabels"), json!({"team": "ml"}));
    assert_eq!(at(deployment, "/spec/template/metadata/labels"), json!({"both": "b", "team": "ml"}));
    assert_eq!(at(deployment, "/spec/template/metadata/annotations"), json!({"owner": "me"}));
    assert_eq!(at(resource(&facts, "ServiceAccount"), "/metadata/annotations"), json!({"owner": "me"}));
}

#[test]
fn patches_merge_by_key_and_by_operation() {
    let facts = overlay(
        "
resources: [../base]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: model}
    spec:
      template:
        spec:
          containers:
          - name: server
            args: [--new]
            env: [{name: B, value: '3'}, {name: C, value: '4'}]
          - name: sidecar
            $patch: delete
          - name: extra
            image: extra:1
- target: {kind: Deploy.*, name: model}
  patch: |-
    - {op: add, path: /metadata/labels, value: {a: b}}
    - {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: D, value: '5'}}
    - {op: replace, path: /spec/template/spec/containers/0/image, value: other:1}
    - {op: remove, path: /spec/template/spec/volumes/0}
    - {op: replace, path: /spec/paused, value: true}
    - {op: add, path: /metadata/labels/x~1y, value: z}
- target: {kind: ServiceAccount}
  patch: |-
    $patch: delete
    apiVersion: v1
    kind: ServiceAccount
    metadata: {name: any}
",
        &[],
    );
    assert_eq!(facts.resources.len(), 1);
    let deployment = resource(&facts, "Deployment");
    assert_eq!(at(deployment, "/metadata/labels"), json!({"a": "b", "x/y": "z"}));
    let want = json!([
        {"name": "server", "image": "registry:5000/model:1.0", "args": ["--new"],
         "env": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}, {"name": "A", "value": "1"}]},
        {"name": "extra", "image": "extra:1"},
    ]);
    let mut want = want;
    want[0]["image"] = json!("other:1");
    want[0]["env"].as_array_mut().unwrap().push(json!({"name": "D", "value": "5"}));
    assert_eq!(at(deployment, "/spec/template/spec/containers"), want);
    assert_eq!(at(deployment, "/spec/template/spec/volumes"), json!([]));
    assert_eq!(at(deployment, "/spec/paused"), true);
}

#[test]
fn lists_of_other_types_are_replaced() {
    let facts = facts(&[
        (
            "a/k.yaml",
            "apiVersion: x.org/v1\nkind: Thing\nmetadata: {name: t}\nspec: {env: [{name: A}], keep: 1, gone: 2}\n",
        ),
        (
            "a/kustomization.yaml",
            "resources: [k.yaml]\npatchesStrategicMerge:\n- |-\n  apiVersion: x.org/v1\n  kind: Thing\n  metadata: {name: t}\n  spec: {env: [{name: B}], gone: null}\n",
        ),
    ]);
    assert_eq!(at(&facts.resources[0], "/spec"), json!({"env": [{"name": "B"}], "keep": 1}));
}

#[test]
fn generators_make_what_is_known() {
    let facts = overlay(
        "
resources: [../base]
generatorOptions: {labels: {made: here}}
configMapGenerator:
- name: settings
  literals: [a=1, 'b=\"2=3\"']
  files: [conf.yaml, key=secret.bin]
- {name: env, envs: [params.env]}
- {name: settings, behavior: merge, literals: [a=9]}
- {name: odd, behavior: add, literals: [x=1]}
secretGenerator:
- {name: token, literals: [t=abc], type: Custom}
",
        &[("prod/conf.yaml", "x: 1\n")],
    );
    let settings = resource(&facts, "ConfigMap");
    assert_eq!(settings.subject, "kubernetes:prod///ConfigMap//settings", "no hash in a subject");
    assert_eq!(settings.path, "prod/kustomization.yaml");
    assert_eq!(at(settings, "/data"), json!({"a": "9", "b": "2=3", "conf.yaml": "x: 1\n"}));
    assert_eq!(at(settings, "/metadata/labels"), json!({"made": "here"}));
    assert_eq!(settings.attributes.unknown_paths().len(), 1);
    let env = facts.resources.iter().find(|resource| resource.name == "env").unwrap();
    assert_eq!(env.attributes.unknown_paths().len(), 1);
    assert_eq!(at(resource(&facts, "Secret"), "/data/t"), "YWJj");
    assert_eq!(at(resource(&facts, "Secret"), "/type"), "Custom");
    let edges: Vec<_> =
        resource(&facts, "Deployment").references.iter().map(|edge| edge.target.as_str()).collect();
    assert_eq!(edges, ["/ServiceAccount//runner", "/ConfigMap//settings"]);
}

#[test]
fn components_change_what_uses_them() {
    let facts = overlay(
        "resources: [../base]\ncomponents: [../extra]\n",
        &[
            (
                "extra/kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [s.yaml]\nimages: [{name: proxy, newTag: '9'}]\n",
            ),
            ("extra/s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"),
            ("idle/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"),
        ],
    );
    assert_eq!(facts.resources.len(), 3);
    assert_eq!(at(resource(&facts, "Deployment"), "/spec/template/spec/containers/1/image"), "proxy:9");
    assert_eq!(
        reasons(&facts),
        ["idle/kustomization.yaml: Kustomize component, used by no overlay that is rendered"]
    );
}

#[test]
fn what_is_not_rendered_is_named_and_its_parts_are_judged() {
    for (kustomization, reason) in [
        ("resources: [../base]\nhelmCharts: [{name: x}]\n", "`helmCharts` is not supported"),
        ("resources: [../base]\ntransformers: [x.yaml]\n", "`transformers` is not supported"),
        (
            "resources: [../base, 'https://github.com/a/b?ref=v1']\n",
            "remote base `https://github.com/a/b?ref=v1`",
        ),
        ("resources: [../base, github.com/a/b]\n", "remote base `github.com/a/b`"),
        ("resources: [../base, gone.yaml]\n", "`gone.yaml` is not in this repository or cannot be read"),
        (
            "resources: [../base, ../../../etc]\n",
            "`../../../etc` is not in this repository or cannot be read",
        ),
        ("resources: [../base, ../base]\n", "Deployment `model` occurs twice"),
        ("resources: [../base, ../prod]\n", "`prod` uses itself, in `prod`"),
        (
            "resources: [../base]\npatches: [{patch: '{apiVersion: v1, kind: Pod, metadata: {name: no}}'}]\n",
            "the patch of Pod `no`, which is not there",
        ),
        (
            "resources: [../base]\npatches: [{target: {kind: Deployment}, patch: '[{op: remove, path: /spec/no}]'}]\n",
            "a JSON patch of `/spec/no`, which is not there",
        ),
    ] {
        let facts = overlay(kustomization, &[]);
        assert_eq!(
            reasons(&facts),
            [format!("prod/kustomization.yaml: Kustomize overlay, not rendered: {reason}")]
        );
        let roots: Vec<_> = facts.resources.iter().map(|resource| resource.root.as_str()).collect();
        assert_eq!(roots, ["kubernetes:base"; 2], "{kustomization}");
    }
}

#[test]
fn only_the_file_that_kustomize_takes_counts() {
    let named = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nhelmCharts: [{name: x}]\n";
    let facts =
        overlay("resources: [../base]\n", &[("prod/other.yaml", named), ("prod/kustomization.yml", named)]);
    let roots: Vec<_> = facts.resources.iter().map(|resource| resource.root.as_str()).collect();
    assert_eq!(roots, ["kubernetes:prod"; 2]);
    assert_eq!(facts.not_rendered.len(), 2);
}

#[test]
fn hostile_overlays_end() {
    // A chain of bases, and bases that double.
    let mut files = vec![DEPLOYMENT, ACCOUNT, BASE];
    let made: Vec<(String, String)> = (0..200)
        .map(|index| {
            let next = if index == 199 { "../base".to_owned() } else { format!("../k{}", index + 1) };
            (format!("k{index}/kustomization.yaml"), format!("resources: [{next}]\nnamePrefix: a\n"))
        })
        .collect();
    files.extend(made.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let facts = facts(&files);
    assert!(facts.not_rendered.iter().all(|unread| unread.reason.contains("more than 32 bases")));
    assert!(!facts.not_rendered.is_empty() && !facts.resources.is_empty());
}

#[test]
fn replacements_copy_fields() {
    let facts = overlay(
        "
resources: [../base, thing.yaml]
configMapGenerator:
- {name: known, literals: [tag=7, 'url=a/b/c']}
- {name: env, envs: [gone.env]}
replacements:
- source: {kind: ConfigMap, name: known, fieldPath: data.tag}
  targets:
  - select: {kind: Deployment}
    fieldPaths: ['spec.template.spec.containers.[name=server].image']
    options: {delimiter: ':', index: 2}
  - select: {kind: Thing}
    fieldPaths: ['spec.list.*.n', 'metadata.annotations.[a.b/c]']
    options: {create: true}
- source: {kind: ConfigMap, name: known, fieldPath: data.url, options: {delimiter: /, index: 1}}
  targets: [{select: {kind: Thing}, fieldPaths: [spec.part]}]
- path: more.yaml
",
        &[
            (
                "prod/thing.yaml",
                "apiVersion: x.org/v1\nkind: Thing\nmetadata: {name: t}\nspec: {list: [{n: 1}, {n: '2'}], part: x, env: y}\n",
            ),
            (
                "prod/more.yaml",
                "source: {kind: ConfigMap, name: env, fieldPath: data.X}\ntargets: [{select: {kind: Thing}, fieldPaths: [spec.env]}]\n",
            ),
        ],
    );
    assert_eq!(reasons(&facts), [""; 0]);
    let image = at(resource(&facts, "Deployment"), "/spec/template/spec/containers/0/image");
    assert_eq!(image, "registry:5000/model:7");
    let thing = resource(&facts, "Thing");
    assert_eq!(at(thing, "/spec"), json!({"list": [{"n": 7}, {"n": "7"}], "part": "b"}));
    assert_eq!(at(thing, "/metadata/annotations"), json!({"a.b/c": "7"}));
    assert_eq!(thing.attributes.unknown_paths().len(), 1, "what comes from an unknown is unknown");
}

#[test]
fn configurations_matter_only_for_what_is_judged() {
    let base = ("resources: [../base]\nconfigurations: [c.yaml]\n", "prod/c.yaml");
    let idle = "varReference: [{path: spec/x, kind: Y}]\nnameReference:\n- {kind: Service, fieldSpecs: [{kind: CustomResourceDefinition, path: spec/y}]}\n";
    assert_eq!(reasons(&overlay(base.0, &[(base.1, idle)])), [""; 0]);
    let facts = overlay(base.0, &[(base.1, "images: [{path: spec/image, kind: Thing}]\n")]);
    assert!(reasons(&facts)[0].ends_with("`images` of configurations is not supported"));
}

#[test]
fn patches_cannot_nest_or_grow_without_end() {
    // Each step moves what was made so far below a new level.
    let deeper = "- {op: move, from: /x, path: /y}\n- {op: add, path: /x, value: {}}\n- {op: move, from: /y, path: /x/a}\n";
    let files = [
        ("a/o.yaml", "apiVersion: x.org/v1\nkind: T\nmetadata: {name: t}\nx: {}\n"),
        ("a/p.yaml", &deeper.repeat(5000)),
    ];
    let rule = "resources: [o.yaml]\npatches: [{path: p.yaml, target: {kind: T}}]\n";
    let nested = facts(&[files[0], files[1], ("a/kustomization.yaml", rule)]);
    assert!(reasons(&nested)[0].contains("a JSON patch of `/x/a`"), "{:?}", reasons(&nested));

    // Each step appends a value to itself.
    let double = "- {source: {kind: T, fieldPath: s}, targets: [{select: {kind: T}, fieldPaths: [s], options: {delimiter: '|', index: 9}}]}\n";
    let object = "apiVersion: x.org/v1\nkind: T\nmetadata: {name: t}\ns: xxxxxxxxxxxxxxxx\n";
    let rule = format!("resources: [o.yaml]\nreplacements:\n{}", double.repeat(60));
    let grown = facts(&[("a/o.yaml", object), ("a/kustomization.yaml", &rule)]);
    assert!(reasons(&grown)[0].ends_with("too long a text"), "{:?}", reasons(&grown));
}
