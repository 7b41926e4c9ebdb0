# METADATA
# title: Container image not pinned by digest
# description: >-
#   A container image is named by a tag, which can be moved to other content. The tag latest, or none, is high: it
#   moves by design. Placeholders that a template engine fills in are left out. Kustomize can override tags and
#   digests; such an override is not seen here.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/containers/images/
#     description: "Kubernetes: container images"
# custom:
#   id: PB-SUP-005
#   version: 1
#   severity: medium
#   scope: resource
#   selects:
#     - CronJob
#     - DaemonSet
#     - Deployment
#     - Job
#     - Pod
#     - ReplicaSet
#     - ReplicationController
#     - StatefulSet
#     - Rollout
#     - InferenceService
#     - LLMInferenceService
#     - ServingRuntime
#     - ClusterServingRuntime
#     - Notebook
#     - RayCluster
#     - RayJob
#     - RayService
#     - PyTorchJob
#     - TFJob
#     - MPIJob
#     - XGBoostJob
#     - aws_bedrockagentcore_agent_runtime
#     - aws_sagemaker_data_quality_job_definition
#     - aws_sagemaker_image_version
#     - aws_sagemaker_model
#     - aws_sagemaker_training_job
#   controls:
#     - "EU-AIA:15.5"
#     - "ISO42001:A.4.4"
#     - "ATLAS:AML.M0014"
#     - "NIST-800-53:CM-2"
#     - "NIST-800-53:SI-7"
#     - "SOC2:CC8.1"
#     - "OWASP-LLM:LLM03:2025"
#   remediation: >-
#     Pin the image by digest (repository@sha256:...).
#   aliases:
#     - CKV_K8S_14
#     - CKV_K8S_43
package probity.sup_005

import rego.v1

import data.probity.lib.pods
import data.probity.lib.terraform

images contains {"key": found.key, "path": array.concat(found.path, ["image"]), "image": image} if {
	input.system == "kubernetes"
	some found in pods.containers(input.attributes)
	image := found.container.image
}

# Blocks of Terraform resources that hold an image: [type, block, attribute].
fields := [
	["aws_sagemaker_model", "primary_container", "image"],
	["aws_sagemaker_model", "container", "image"],
	["aws_sagemaker_training_job", "algorithm_specification", "training_image"],
	["aws_sagemaker_data_quality_job_definition", "data_quality_app_specification", "image_uri"],
]

images contains {"key": key, "path": path, "image": image} if {
	some field in fields
	input.type == field[0]
	some i, body in terraform.blocks(input.attributes, field[1])
	image := body[field[2]]
	path := array.concat(terraform.block_path(input.attributes, field[1], i), [field[2]])
	key := concat(".", [field[1], object.get(body, "container_hostname", field[2])])
}

images contains {"key": "base_image", "path": ["base_image"], "image": input.attributes.base_image} if {
	input.type == "aws_sagemaker_image_version"
}

images contains {"key": "container_uri", "path": path, "image": image} if {
	input.type == "aws_bedrockagentcore_agent_runtime"
	some i, artifact in terraform.blocks(input.attributes, "agent_runtime_artifact")
	some j, container in terraform.blocks(artifact, "container_configuration")
	image := container.container_uri
	path := array.concat(
		terraform.block_path(input.attributes, "agent_runtime_artifact", i),
		array.concat(terraform.block_path(artifact, "container_configuration", j), ["container_uri"]),
	)
}

placeholder(image) if regex.match(`\$\{|\$\(|\{\{|<[A-Za-z]`, image)

pinned(image) if contains(image, "@sha256:")

# The tag follows a colon in the last part; an earlier colon belongs to the port of the registry.
tag(image) := parts[1] if {
	segments := split(image, "/")
	parts := split(segments[count(segments) - 1], ":")
	count(parts) == 2
} else := ""

severity(image) := "high" if {
	tag(image) in {"", "latest"}
} else := "medium"

remark(image) := "without a tag" if {
	tag(image) == ""
} else := "by its tag only"

deny contains f if {
	some found in images
	is_string(found.image)
	found.image != ""
	not pinned(found.image)
	not placeholder(found.image)
	f := {
		"msg": sprintf("%s names the image %s %s: pin it by digest.", [title, found.image, remark(found.image)]),
		"key": found.key,
		"path": found.path,
		"severity": severity(found.image),
		"evidence": {"image": found.image, "tag": tag(found.image)},
	}
}

title := pods.title(input) if {
	input.system == "kubernetes"
} else := input.address
