package probity.iam_008_test

import rego.v1

import data.probity.iam_008

object_(kind, namespace, spec) := {
	"system": "kubernetes", "type": kind, "name": "credit", "namespace": namespace,
	"subject": sprintf("kubernetes:k8s//%s/%s/credit", [kind, namespace]),
	"attributes": {"kind": kind, "metadata": {"name": "credit"}, "spec": spec},
	"unknown": [], "references": [], "joins": {}, "systems": [], "path": "k8s/all.yaml",
}

found(case) := {[f.key, f.path] | some f in results} if results := iam_008.deny with input as case

service(predictor) := object_("InferenceService", "ml", {"predictor": predictor})

model := {"serviceAccountName": "credit-sa", "model": {"modelFormat": {"name": "sklearn"}}}

test_own_account_passes if {
	found(service(model)) == set()
	found(service(object.union(object.remove(model, ["serviceAccountName"]), {"serviceAccount": "credit-sa"}))) == set()
}

test_default_account if {
	iam_008.deny == {{
		"msg": "InferenceService credit runs with the default service account: give it its own.",
		"key": "predictor/serviceAccountName",
		"path": ["spec", "predictor"],
		"severity": "high",
		"evidence": {"setting": "serviceAccountName"},
	}} with input as service({"model": {}})
	found(service(object.union(model, {"serviceAccountName": "default"}))) == {[
		"predictor/serviceAccountName", ["spec", "predictor", "serviceAccountName"],
	]}
	found(object_("InferenceService", "ml", {"predictor": model, "transformer": {}, "explainer": {}})) == {
		["transformer/serviceAccountName", ["spec", "transformer"]],
		["explainer/serviceAccountName", ["spec", "explainer"]],
	}
}

test_default_account_without_a_token_is_medium if {
	{f.severity | some f in iam_008.deny} == {"medium"} with input as service({"automountServiceAccountToken": false})
	{f.severity | some f in iam_008.deny} == {"high"} with input as service({"automountServiceAccountToken": true})
}

test_namespaces_of_the_host if {
	every name in ["hostNetwork", "hostPID", "hostIPC"] {
		iam_008.deny == {{
			"msg": sprintf("InferenceService credit shares %s with its node: switch it off.", [name]),
			"key": sprintf("predictor/%s", [name]),
			"path": ["spec", "predictor", name],
			"evidence": {"setting": name},
		}} with input as service(object.union(model, {name: true}))
		found(service(object.union(model, {name: false}))) == set()
	}
}

cluster(container, pod) := object_("RayCluster", "ml", {"workerGroupSpecs": [{
	"groupName": "gpu",
	"template": {"spec": object.union(
		{"serviceAccountName": "ray", "containers": [object.union({"name": "worker", "image": "ray:1"}, container)]},
		pod,
	)},
}]})

place := ["spec", "workerGroupSpecs", 0, "template", "spec", "containers", 0]

unprivileged := {"securityContext": {"runAsNonRoot": true}}

test_privileged_worker if {
	iam_008.deny == {{
		"msg": "RayCluster credit has a privileged container: drop the privilege.",
		"key": "gpu/worker/privileged",
		"path": array.concat(place, ["securityContext", "privileged"]),
		"evidence": {"setting": "privileged"},
	}} with input as cluster({"securityContext": {"privileged": true, "runAsNonRoot": true}}, {})
	found(cluster({"securityContext": {"privileged": false, "runAsNonRoot": true}}, {})) == set()
}

test_helpers_need_privilege if {
	privileged := {"securityContext": {"privileged": true, "runAsNonRoot": true}}
	every name in ["istio-init", "nvidia-device-plugin-ctr", "dcgm-exporter"] {
		found(cluster(object.union(privileged, {"name": name}), {})) == set()
	}
	found(cluster(object.union(privileged, {"image": "docker.io/istio/istio-init:1"}), {})) == set()
	count(found(cluster(object.union(privileged, {"name": "my-istio-initial"}), {}))) == 1
	found(cluster({"name": "istio-init"}, {})) == set()
}

test_root if {
	iam_008.deny == {{
		"msg": "RayCluster credit may run as root: set securityContext.runAsNonRoot.",
		"key": "gpu/worker/runAsNonRoot",
		"path": place,
		"evidence": {"setting": "runAsNonRoot"},
	}} with input as cluster({}, {})
	found(cluster({"securityContext": {}}, {})) == {["gpu/worker/runAsNonRoot", array.concat(place, ["securityContext"])]}
}

test_users if {
	found(cluster({}, unprivileged)) == set()
	found(cluster(unprivileged, {})) == set()
	found(cluster({"securityContext": {"runAsUser": 1000}}, {})) == set()
	found(cluster({}, {"securityContext": {"runAsUser": 1000}})) == set()
	count(found(cluster({"securityContext": {"runAsUser": 0}}, {}))) == 1
	count(found(cluster({"securityContext": {"runAsUser": 0}}, {"securityContext": {"runAsUser": 1000}}))) == 1
	count(found(cluster({"securityContext": {"runAsNonRoot": false}}, unprivileged))) == 1
}

test_init_containers_may_be_root if {
	found(cluster(unprivileged, {"initContainers": [{"name": "init", "image": "a:1"}]})) == set()
}

test_runtime_has_no_account_of_its_own if {
	every kind in ["ServingRuntime", "ClusterServingRuntime"] {
		found(object_(kind, "ml", {"containers": [{"name": "server"}]})) == {[
			"server/runAsNonRoot", ["spec", "containers", 0],
		]}
	}
}

deployment(resources) := object_("Deployment", "ml", {"template": {"spec": {"containers": [{
	"name": "web", "image": "a:1", "resources": resources,
}]}}})

test_other_pods_count_when_they_ask_for_an_accelerator if {
	found(deployment({"limits": {"nvidia.com/gpu": 1}})) == {
		["serviceAccountName", ["spec", "template", "spec"]],
		["web/runAsNonRoot", ["spec", "template", "spec", "containers", 0]],
	}
	found(deployment({"limits": {"nvidia.com/gpu": 0}})) == set()
	iam_008.not_applicable == {{
		"msg": "the object neither serves nor trains a model and asks for no accelerator",
		"key": "", "path": [], "evidence": {},
	}} with input as deployment({"limits": {"cpu": 1}})
	found(deployment({"limits": {"cpu": 1}})) == set()
	iam_008.not_applicable == set() with input as service(model)
}

binding(role, subjects) := {
	"system": "kubernetes", "type": "ClusterRoleBinding", "name": "wide",
	"subject": "kubernetes:k8s//ClusterRoleBinding//wide",
	"attributes": {"kind": "ClusterRoleBinding", "roleRef": {"kind": "ClusterRole", "name": role}, "subjects": subjects},
	"unknown": [], "references": [], "joins": {}, "systems": [], "path": "k8s/rbac.yaml",
}

repository(resources) := {"resources": resources, "pipelines": [], "systems": [], "documents": []}

holder(name, namespace) := {"kind": "ServiceAccount", "name": name, "namespace": namespace}

test_cluster_admin if {
	other := holder("other", "ml")
	iam_008.deny == {{
		"msg": "ClusterRoleBinding wide gives the service account credit-sa of an AI workload all rights in the cluster.",
		"resource": "kubernetes:k8s//ClusterRoleBinding//wide",
		"key": "cluster-admin/ml/credit-sa",
		"path": ["subjects", 1],
		"evidence": {"service_account": "credit-sa", "namespace": "ml"},
	}} with input as repository([service(model), binding("cluster-admin", [other, holder("credit-sa", "ml")])])
}

test_bindings_that_pass if {
	found(repository([service(model), binding("view", [holder("credit-sa", "ml")])])) == set()
	found(repository([service(model), binding("cluster-admin", [holder("credit-sa", "shop")])])) == set()
	person := {"kind": "User", "name": "credit-sa", "namespace": "ml"}
	found(repository([service(model), binding("cluster-admin", [person])])) == set()
	found(repository([deployment({}), binding("cluster-admin", [holder("default", "ml")])])) == set()
	gpu := deployment({"limits": {"nvidia.com/gpu": 1}})
	count(found(repository([gpu, binding("cluster-admin", [holder("default", "ml")])]))) == 1
}

test_repository_is_not_judged_as_an_object if {
	iam_008.not_applicable == set() with input as repository([])
}
