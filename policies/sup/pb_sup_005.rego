# METADATA
# title: Container image not pinned by digest
# description: >-
#   A container image is named by a tag, which can be moved to other content. The tag latest, or none, is high: it
#   moves by design. Placeholders that a template engine fills in are left out. Kustomize can override tags and
#   digests; such an override is not seen here. Read are workloads, SageMaker and AgentCore resources, compiled
#   Kubeflow pipelines, and the containers that jobs of a training or deploying workflow run in.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/containers/images/
#     description: "Kubernetes: container images"
# custom:
#   id: PB-SUP-005
#   version: 2
#   severity: medium
#   scope: [resource, document]
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
#     - awscc_bedrockagentcore_runtime
#     - awscc_sagemaker_model
#     - "AWS::BedrockAgentCore::Runtime"
#     - "AWS::SageMaker::DataQualityJobDefinition"
#     - "AWS::SageMaker::ImageVersion"
#     - "AWS::SageMaker::Model"
#     - "AWS::SageMaker::ModelBiasJobDefinition"
#     - "AWS::SageMaker::ModelExplainabilityJobDefinition"
#     - "AWS::SageMaker::ModelPackage"
#     - "AWS::SageMaker::ModelQualityJobDefinition"
#     - "AWS::SageMaker::ProcessingJob"
#     - google_vertex_ai_endpoint_with_model_garden_deployment
#     - kubeflow-pipeline
#     - github-actions
#   inputs:
#     - k8s
#     - tf
#     - cfn
#     - kfp
#     - ci
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
#   params:
#     - train_commands
#     - deploy_commands
#     - deploy_actions
package probity.sup_005

import rego.v1

import data.probity.lib.images as library
import data.probity.lib.settings
import data.probity.lib.workflow

images contains found if {
	input.type
	some found in library.named(input)
}

# A compiled Kubeflow pipeline.
images contains {"key": name, "path": path, "image": object.get(input, path, "")} if {
	some name, _ in input.deploymentSpec.executors
	path := ["deploymentSpec", "executors", name, "container", "image"]
}

# Workflows that train or deploy: the container of a job, and a step that is one.
images contains {"key": id, "path": ["jobs", id, "container"], "image": job.container} if {
	some id, job in workflow.jobs(input)
	relevant(job)
}

images contains {"key": id, "path": ["jobs", id, "container", "image"], "image": job.container.image} if {
	some id, job in workflow.jobs(input)
	relevant(job)
}

images contains {"key": concat(":", [id, image]), "path": ["jobs", id, "steps", index, "uses"], "image": image} if {
	some id, job in workflow.jobs(input)
	relevant(job)
	some index, step in workflow.steps(job)
	image := trim_prefix(step.uses, "docker://")
	image != step.uses
}

relevant(job) if count(workflow.trainings(job) | workflow.deployments(job)) > 0

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

title := settings.title(input) if {
	input.type
} else := "The pipeline" if {
	input.deploymentSpec
} else := "The workflow"
