# METADATA
# title: Image or model from an untrusted registry/source
# description: >-
#   An image comes from a registry, or a model from an owner, that is not on the list of trusted ones. The
#   default lists hold private registries of the large clouds, vendors' and projects' registries, and makers of
#   well-known models; every organisation adds its own. Judged are AI workloads and resources; other pods count
#   when they ask for an accelerator.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/deep-learning-containers/latest/devguide/dlc-release-notes.html
#     description: AWS Deep Learning Containers
# custom:
#   id: PB-SUP-006
#   version: 1
#   severity: high
#   scope: [resource, document]
#   selects:
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
#     - Pod
#     - Deployment
#     - StatefulSet
#     - DaemonSet
#     - ReplicaSet
#     - Job
#     - CronJob
#     - aws_sagemaker_model
#     - awscc_sagemaker_model
#     - "AWS::SageMaker::Model"
#     - aws_sagemaker_training_job
#     - "AWS::SageMaker::ProcessingJob"
#     - aws_bedrockagentcore_agent_runtime
#     - awscc_bedrockagentcore_runtime
#     - "AWS::BedrockAgentCore::Runtime"
#     - google_vertex_ai_endpoint_with_model_garden_deployment
#     - azurerm_cognitive_deployment
#     - litellm
#   inputs:
#     - k8s
#     - tf
#     - cfn
#     - llmgw
#   controls:
#     - "NIST-AI-RMF:GOVERN 6.1"
#     - "NIST-AI-RMF:MANAGE 3.1"
#     - "ISO42001:A.10.3"
#     - "EU-AIA:25.4"
#     - "OWASP-LLM:LLM03:2025"
#     - "ATLAS:AML.M0014"
#     - "NIST-800-53:SR-3"
#     - "SOC2:CC9.2"
#   remediation: >-
#     Use an approved mirror, or add the registry or owner to the list after a review.
#   aliases:
#     - SageMaker.16
#     - SageMaker.19
#     - aafe3651-cb78-4f68-9f81-e7e41509110f
#     - 12e5dd16-d201-47ff-849b-8454061c293d
#     - vertexai.allowedModels
#   params:
#     - trusted_registries
#     - trusted_model_owners
#     - trusted_model_formats
#     - ai_workload_kinds
#     - accelerator_resources
package probity.sup_006

import rego.v1

import data.probity.lib.accelerators
import data.probity.lib.hub
import data.probity.lib.images
import data.probity.lib.pods
import data.probity.lib.settings
import data.probity.params

finding(owner, key, path, message, evidence) := {
	"msg": sprintf("%s %s.", [owner, message]),
	"key": key,
	"path": path,
	"evidence": evidence,
}

judged if input.system in {"terraform", "cloudformation"}

judged if input.type in params.ai_workload_kinds

judged if input.type in {"ServingRuntime", "ClusterServingRuntime"}

judged if {
	input.system == "kubernetes"
	some found in pods.containers(input.attributes)
	count(accelerators.requested(found.container)) > 0
}

# The image with its registry, as Docker completes it.
full(image) := image if {
	segments := split(image, "/")
	count(segments) > 1
	regex.match(`[.:]|^localhost$`, segments[0])
} else := concat("", ["docker.io/", image]) if {
	contains(image, "/")
} else := concat("", ["docker.io/library/", image])

trusted(image) if {
	some pattern in params.trusted_registries
	regex.match(pattern, full(image))
}

deny contains finding(settings.title(input), found.key, found.path, message, {"image": found.image}) if {
	judged
	some found in images.named(input)
	is_string(found.image)
	found.image != ""
	not hub.placeholder(found.image)
	not trusted(found.image)
	message := sprintf("takes the image %s from a registry that is not trusted", [found.image])
}

# Models by their owner on the Hub.
models contains {"model": used.model, "path": path} if {
	input.system == "kubernetes"
	some path in [["spec", "predictor", "model", "storageUri"], ["spec", "model", "uri"]]
	used := hub.uri(object.get(input.attributes, path, ""))
}

models contains {"model": model, "path": ["hugging_face_model_id"]} if {
	model := input.attributes.hugging_face_model_id
}

models contains {"model": model, "path": path} if {
	some block in ["primary_container", "container", "containers", "PrimaryContainer", "Containers"]
	some slot in settings.bodies(input.attributes, [block])
	some name in ["environment", "Environment"]
	model := slot.body[name].HF_MODEL_ID
	path := array.concat(slot.path, [name, "HF_MODEL_ID"])
}

strange(model) if {
	hub.repository(model)
	owners := {lower(owner) | some owner in params.trusted_model_owners}
	not lower(split(model, "/")[0]) in owners
}

unlisted(model) := sprintf("takes the model %s from an owner that is not trusted", [model])

deny contains finding(settings.title(input), key, use.path, unlisted(use.model), {"model": use.model}) if {
	some use in models
	strange(use.model)
	key := concat(":", ["model", use.model])
}

deny contains finding(input.address, "model.format", place.path, message, {"format": place.value}) if {
	input.type == "azurerm_cognitive_deployment"
	some place in settings.places(input.attributes, ["model", "format"])
	is_string(place.value)
	not place.value in params.trusted_model_formats
	message := sprintf("deploys a model of the publisher %s, which is not trusted", [place.value])
}

# LiteLLM: huggingface/<owner>/<model>, with an optional provider in between.
deny contains finding("The gateway", key, path, unlisted(model), {"model": model}) if {
	some i, entry in settings.items(input.model_list)
	text := entry.litellm_params.model
	startswith(text, "huggingface/")
	parts := split(text, "/")
	count(parts) > 2
	model := concat("/", array.slice(parts, count(parts) - 2, count(parts)))
	strange(model)
	key := concat(":", [object.get(entry, "model_name", ""), model])
	path := ["model_list", i, "litellm_params", "model"]
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	input.system == "kubernetes"
	not judged
	reason := "the object neither serves nor trains a model and asks for no accelerator"
}
