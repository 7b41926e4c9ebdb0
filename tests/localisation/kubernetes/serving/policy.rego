package main

import rego.v1

deny contains msg if {
	input.kind == "InferenceService"
	not input.metadata.labels.owner
	msg := sprintf("InferenceService %s names no owner", [input.metadata.name])
}

deny contains msg if {
	input.metadata.annotations["sidecar.istio.io/inject"] == "false"
	msg := sprintf("%s opts out of the mesh", [input.metadata.name])
}

deny contains msg if {
	input.kind == "InferenceService"
	not input.spec.predictor.logger
	msg := sprintf("predictor of %s does not log its requests", [input.metadata.name])
}

deny contains msg if {
	input.kind == "InferenceService"
	input.spec.predictor.minReplicas == 0
	msg := sprintf("%s scales to zero", [input.metadata.name])
}

ours := ["s3://acme-models/", "pvc://models/"]

from_us(uri) if startswith(uri, ours[_])

deny contains msg if {
	input.kind == "InferenceService"
	uri := input.spec.predictor.model.storageUri
	not from_us(uri)
	msg := sprintf("%s loads its model from outside of our storage: %s", [input.metadata.name, uri])
}

deny contains msg if {
	input.kind == "PyTorchJob"
	some role, replica in input.spec.pytorchReplicaSpecs
	not replica.template.spec.runtimeClassName
	msg := sprintf("replica %s of PyTorchJob %s sets no runtime class", [role, input.metadata.name])
}

deny contains msg if {
	input.kind == "PyTorchJob"
	container := input.spec.pytorchReplicaSpecs[_].template.spec.containers[_]
	not container.resources.limits.memory
	msg := sprintf("%s: container %s does not limit its memory", [input.metadata.name, container.name])
}

deny contains msg if {
	walk(input, [_, value])
	value.name == "HF_TOKEN"
	is_string(value.value)
	msg := sprintf("%s has %s in the manifest", [input.metadata.name, value.name])
}
