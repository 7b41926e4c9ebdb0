package probity.cmp_001_test

import rego.v1

import data.probity.cmp_001

object_(kind, namespace, spec) := {
	"system": "kubernetes", "type": kind, "name": "llm", "namespace": namespace,
	"subject": sprintf("kubernetes:k8s//%s/%s/llm", [kind, namespace]),
	"attributes": {"kind": kind, "metadata": {"name": "llm"}, "spec": spec},
	"unknown": [], "references": [], "joins": {}, "systems": [], "path": "k8s/llm.yaml",
}

repository(resources) := {"resources": resources, "pipelines": [], "systems": [], "documents": []}

found(resources) := {[f.key, f.path] | some f in results} if results := cmp_001.deny with input as repository(resources)

gpu := {"name": "server", "resources": {"requests": {"nvidia.com/gpu": 1}, "limits": {"nvidia.com/gpu": 1}}}

pool := {"nodeSelector": {"pool": "gpu"}}

deployment(container, pod) := object_("Deployment", "ml", {"template": {
	"spec": object.union({"containers": [container]}, pod),
}})

quota(hard) := object_("ResourceQuota", "ml", {"hard": hard})

enough := quota({"requests.nvidia.com/gpu": "8"})

place := ["spec", "template", "spec", "containers", 0, "resources"]

test_limited_workload_passes if {
	found([deployment(gpu, pool), enough]) == set()
}

test_no_quota if {
	cmp_001.deny == {{
		"msg": "Deployment llm asks for nvidia.com/gpu in a namespace without a quota for it: add a ResourceQuota.",
		"resource": "kubernetes:k8s//Deployment/ml/llm",
		"key": "server:quota",
		"path": place,
		"evidence": {"accelerators": ["nvidia.com/gpu"], "problem": "quota"},
	}} with input as repository([deployment(gpu, pool)])
}

test_quotas_that_do_not_count if {
	every other in [
		quota({"requests.cpu": "8"}),
		quota({"requests.nvidia.com/mig-1g.5gb": "8"}),
		object_("ResourceQuota", "lab", {"hard": {"requests.nvidia.com/gpu": "8"}}),
		object_("LimitRange", "ml", {"hard": {"requests.nvidia.com/gpu": "8"}}),
	] {
		found([deployment(gpu, pool), other]) == {["server:quota", place]}
	}
}

# Shares of a device have names of their own.
test_shares if {
	share := {"name": "server", "resources": {"limits": {"nvidia.com/mig-1g.5gb": 1}}}
	found([deployment(share, pool), quota({"requests.nvidia.com/mig-1g.5gb": "8"})]) == set()
	count(found([deployment(share, pool), enough])) == 1
}

test_queues if {
	every label in ["kueue.x-k8s.io/queue-name", "volcano.sh/queue-name", "runai/queue", "kai.scheduler/queue", "queue"] {
		every part in ["labels", "annotations"] {
			queued := object.union(deployment(gpu, pool), {"attributes": {"metadata": {part: {label: "ml"}}}})
			found([queued]) == set()
		}
	}
	every scheduler in ["volcano", "runai-scheduler", "kai-scheduler", "yunikorn"] {
		found([deployment(gpu, object.union(pool, {"schedulerName": scheduler}))]) == set()
	}
	count(found([deployment(gpu, object.union(pool, {"schedulerName": "default-scheduler"}))])) == 1
	named := object.union(deployment(gpu, pool), {"attributes": {"metadata": {"labels": {"team": "queue"}}}})
	count(found([named])) == 1
}

test_no_limit if {
	open := {"name": "server", "resources": {"requests": {"nvidia.com/gpu": 1}, "limits": {"cpu": 1}}}
	cmp_001.deny == {{
		"msg": "Deployment llm asks for nvidia.com/gpu without a limit: set it.",
		"resource": "kubernetes:k8s//Deployment/ml/llm",
		"key": "server:limits",
		"path": place,
		"evidence": {"accelerators": ["nvidia.com/gpu"], "problem": "limits"},
	}} with input as repository([deployment(open, pool), enough])
}

test_no_node_pool if {
	cmp_001.deny == {{
		"msg": "Deployment llm asks for nvidia.com/gpu and names no node pool: add a nodeSelector with tolerations.",
		"resource": "kubernetes:k8s//Deployment/ml/llm",
		"key": "server:isolation",
		"path": ["spec", "template", "spec"],
		"evidence": {"accelerators": ["nvidia.com/gpu"], "problem": "isolation"},
	}} with input as repository([deployment(gpu, {}), enough])
}

test_placements if {
	every pod in [
		{"tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}]},
		{"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}}},
	] {
		found([deployment(gpu, pod), enough]) == set()
	}
	every pod in [{"tolerations": []}, {"nodeSelector": {}}, {"affinity": {"podAffinity": {"a": 1}}}] {
		count(found([deployment(gpu, pod), enough])) == 1
	}
}

test_model_of_an_inference_service if {
	model := {"model": {"resources": gpu.resources}}
	found([object_("InferenceService", "ml", {"predictor": model}), enough]) == {[
		"predictor/model:isolation", ["spec", "predictor"],
	]}
	found([object_("InferenceService", "ml", {"predictor": object.union(model, pool)}), enough]) == set()
}

test_init_containers if {
	pod := object.union(pool, {"containers": [], "initContainers": [gpu]})
	found([object_("Pod", "ml", pod)]) == {["server:quota", ["spec", "initContainers", 0, "resources"]]}
	bare := object_("Pod", "ml", {"containers": [], "ephemeralContainers": [gpu]})
	found([bare, enough]) == {["server:isolation", ["spec"]]}
}

test_workloads_without_accelerators if {
	case := repository([deployment({"name": "web", "resources": {"limits": {"cpu": 1}}}, {})])
	cmp_001.deny == set() with input as case
	cmp_001.not_applicable == {{
		"msg": "no workload asks for an accelerator", "key": "", "path": [], "evidence": {},
	}} with input as case
	cmp_001.not_applicable == set() with input as repository([deployment(gpu, pool)])
}
