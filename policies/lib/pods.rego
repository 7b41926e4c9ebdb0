# Where Kubernetes objects keep their containers. The list of places is explicit: a search through the whole object
# would also find the schemas and descriptions of custom resource definitions.
package probity.lib.pods

import rego.v1

# Pod specs at a fixed place. The label tells the places of one object apart.
fixed := [
	{"label": "", "path": ["spec"]},
	{"label": "", "path": ["spec", "template", "spec"]},
	{"label": "", "path": ["spec", "template"]},
	{"label": "", "path": ["spec", "jobTemplate", "spec", "template", "spec"]},
	{"label": "predictor", "path": ["spec", "predictor"]},
	{"label": "predictor-worker", "path": ["spec", "predictor", "workerSpec"]},
	{"label": "transformer", "path": ["spec", "transformer"]},
	{"label": "explainer", "path": ["spec", "explainer"]},
	{"label": "worker", "path": ["spec", "worker"]},
	{"label": "prefill", "path": ["spec", "prefill", "template"]},
	{"label": "head", "path": ["spec", "headGroupSpec", "template", "spec"]},
	{"label": "head", "path": ["spec", "rayClusterSpec", "headGroupSpec", "template", "spec"]},
	{"label": "head", "path": ["spec", "rayClusterConfig", "headGroupSpec", "template", "spec"]},
	{"label": "submitter", "path": ["spec", "submitterPodTemplate", "spec"]},
]

# Ray worker groups and the replica specs of the Kubeflow training operator.
groups := [["spec"], ["spec", "rayClusterSpec"], ["spec", "rayClusterConfig"]]

replicas := ["pytorchReplicaSpecs", "tfReplicaSpecs", "mpiReplicaSpecs", "xgbReplicaSpecs"]

places(object_) := (at_fixed_places(object_) | at_worker_groups(object_)) | at_replica_specs(object_)

at_fixed_places(object_) := {place |
	some place in fixed
	is_object(object.get(object_, place.path, null))
}

at_worker_groups(object_) := {{"label": label, "path": path} |
	some prefix in groups
	list := array.concat(prefix, ["workerGroupSpecs"])
	some index, group in object.get(object_, list, [])
	label := object.get(group, "groupName", sprintf("workers-%d", [index]))
	path := array.concat(list, [index, "template", "spec"])
}

at_replica_specs(object_) := {{"label": lower(role), "path": ["spec", name, role, "template", "spec"]} |
	some name in replicas
	some role, _ in object.get(object_, ["spec", name], {})
}

# All containers as {"key", "name", "path", "container"}; `key` is stable when containers are reordered.
containers(object_) := listed(object_) | served(object_)

listed(object_) := {found |
	some place in places(object_)
	some list in ["containers", "initContainers", "ephemeralContainers"]
	some index, container in object.get(object_, array.concat(place.path, [list]), [])
	is_object(container)
	name := object.get(container, "name", sprintf("%s-%d", [list, index]))
	found := {
		"key": trim_prefix(concat("/", [place.label, name]), "/"),
		"name": name,
		"path": array.concat(place.path, [list, index]),
		"container": container,
	}
}

# KServe's `model` is a container whose image may come from a serving runtime.
served(object_) := {found |
	some component in ["predictor", "transformer", "explainer"]
	path := ["spec", component, "model"]
	container := object.get(object_, path, null)
	is_object(container)
	found := {"key": concat("/", [component, "model"]), "name": "model", "path": path, "container": container}
}

title(resource) := sprintf("%s %s", [resource.type, resource.name])
