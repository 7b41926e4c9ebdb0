# METADATA
# title: Instance type / accelerator above the approved size for the environment
# description: >-
#   A machine type or a number of accelerators is above what is approved for its environment, or throughput is
#   bought for a term or in bulk, and no tag records an approval. The environment is that of the resource's tag.
#   In a pipeline definition the default of a parameter is judged, which a run may replace; where a value comes
#   from a variable, the plan decides.
# scope: package
# related_resources:
#   - ref: https://aws.amazon.com/sagemaker/pricing/
#     description: Amazon SageMaker AI machine types and prices
#   - ref: https://learn.microsoft.com/en-us/azure/virtual-machines/sizes/gpu-accelerated/nd-family
#     description: ND family of Azure virtual machines
# custom:
#   id: PB-CMP-003
#   version: 1
#   severity: medium
#   scope: [resource, document]
#   selects:
#     - aws_sagemaker_endpoint_configuration
#     - awscc_sagemaker_endpoint_config
#     - "AWS::SageMaker::EndpointConfig"
#     - aws_sagemaker_notebook_instance
#     - awscc_sagemaker_notebook_instance
#     - "AWS::SageMaker::NotebookInstance"
#     - aws_sagemaker_training_job
#     - "AWS::SageMaker::ProcessingJob"
#     - azurerm_machine_learning_compute_cluster
#     - azurerm_machine_learning_compute_instance
#     - aws_bedrock_provisioned_model_throughput
#     - google_workbench_instance
#     - google_colab_runtime_template
#     - google_vertex_ai_endpoint_with_model_garden_deployment
#     - google_vertex_ai_deployment_resource_pool
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
#     - sagemaker-pipeline
#     - azureml
#   inputs:
#     - tf
#     - cfn
#     - smp
#     - k8s
#     - azml
#   controls:
#     - "NIST-AI-RMF:MANAGE 2.1"
#     - "NIST-AI-RMF:MEASURE 2.12"
#     - "ISO42001:A.4.5"
#     - "EU-AIA:51.2"
#     - "EU-AIA:Annex IV.2.c"
#     - "UNESCO:31"
#   remediation: >-
#     Downsize, or record the approval in the tag cost-approval (or in the list of approved types).
#   params:
#     - large_instances
#     - approved_large_instances
#     - maximum_accelerators
#     - maximum_model_units
#     - cost_approval_tags
#     - accelerator_resources
package probity.cmp_003

import rego.v1

import data.probity.lib.accelerators
import data.probity.lib.pods
import data.probity.lib.sagemaker
import data.probity.lib.settings
import data.probity.lib.terraform
import data.probity.params

tags := settings.tags(input.attributes) if {
	input.attributes
} else := {}

metadata := input.attributes.metadata if {
	is_object(input.attributes.metadata)
} else := {}

# Kubernetes objects carry the approval in a label or an annotation.
notes := object.union_n([tags, object.get(metadata, "labels", {}), object.get(metadata, "annotations", {})])

approved if {
	some name in params.cost_approval_tags
	some key, value in notes
	terraform.tag_key(key) == terraform.tag_key(name)
	settings.given(value)
}

environment := min(named) if {
	named := {lower(value) |
		some key, value in notes
		terraform.tag_key(key) in {"environment", "env", "stage"}
		is_string(value)
	}
	count(named) > 0
} else := "any"

large(type) if {
	is_string(type)
	some pattern in params.large_instances
	regex.match(pattern, type)
	not listed(type)
}

listed(type) if {
	some name in ["any", environment]
	some pattern in params.approved_large_instances[name]
	regex.match(pattern, type)
}

finding(owner, key, path, message, evidence) := {
	"msg": sprintf("%s %s: downsize it or record an approval.", [owner, message]),
	"key": key,
	"path": path,
	"evidence": object.union({"environment": environment}, evidence),
}

described := "" if environment == "any"

described := sprintf(" in %s", [environment]) if environment != "any"

uses(type) := sprintf("uses the machine type %s%s", [type, described])

asks(number) := sprintf("asks for %d accelerators%s", [number, described])

# Where the types keep their machine: [blocks, attribute].
machines := {
	"aws_sagemaker_endpoint_configuration": [
		[["production_variants"], "instance_type"],
		[["shadow_production_variants"], "instance_type"],
	],
	"awscc_sagemaker_endpoint_config": [
		[["production_variants"], "instance_type"],
		[["shadow_production_variants"], "instance_type"],
	],
	"AWS::SageMaker::EndpointConfig": [
		[["ProductionVariants"], "InstanceType"],
		[["ShadowProductionVariants"], "InstanceType"],
	],
	"aws_sagemaker_notebook_instance": [[[], "instance_type"]],
	"awscc_sagemaker_notebook_instance": [[[], "instance_type"]],
	"AWS::SageMaker::NotebookInstance": [[[], "InstanceType"]],
	"aws_sagemaker_training_job": [[["resource_config"], "instance_type"]],
	"AWS::SageMaker::ProcessingJob": [[["ProcessingResources", "ClusterConfig"], "InstanceType"]],
	"azurerm_machine_learning_compute_cluster": [[[], "vm_size"]],
	"azurerm_machine_learning_compute_instance": [[[], "virtual_machine_size"]],
}

variant(body) := concat("", {name | some key in ["variant_name", "VariantName"]; name := body[key]})

deny contains finding(settings.title(input), key, path, uses(type), {"machine_type": type}) if {
	not approved
	some [blocks, attribute] in machines[input.type]
	some slot in settings.bodies(input.attributes, blocks)
	type := slot.body[attribute]
	large(type)
	key := concat(":", [concat(".", array.concat(blocks, [attribute])), variant(slot.body)])
	path := array.concat(slot.path, [attribute])
}

counts := {
	"google_workbench_instance": ["gce_setup", "accelerator_configs", "core_count"],
	"google_colab_runtime_template": ["machine_spec", "accelerator_count"],
	"google_vertex_ai_endpoint_with_model_garden_deployment": [
		"deploy_config",
		"dedicated_resources",
		"machine_spec",
		"accelerator_count",
	],
	"google_vertex_ai_deployment_resource_pool": ["dedicated_resources", "machine_spec", "accelerator_count"],
}

deny contains finding(settings.title(input), concat(".", names), place.path, asks(number), {"accelerators": number}) if {
	not approved
	names := counts[input.type]
	some place in settings.places(input.attributes, names)
	number := to_number(place.value)
	number > params.maximum_accelerators
}

deny contains finding(pods.title(input), found.key, path, asks(number), {"accelerators": number}) if {
	input.system == "kubernetes"
	not approved
	some found in pods.containers(input.attributes)
	number := accelerators.number(found.container)
	number > params.maximum_accelerators
	path := array.concat(found.path, ["resources"])
}

bought contains "commitment_duration" if settings.given(input.attributes.commitment_duration)

bought contains "model_units" if to_number(input.attributes.model_units) > params.maximum_model_units

deny contains finding(input.address, name, [name], message, {"attribute": name}) if {
	input.type == "aws_bedrock_provisioned_model_throughput"
	not approved
	some name in bought
	message := sprintf("buys throughput with %s %v", [name, input.attributes[name]])
}

# Steps of a pipeline definition, by type: where their machine stands.
step_machines := {
	"Training": ["ResourceConfig", "InstanceType"],
	"Tuning": ["TrainingJobDefinition", "ResourceConfig", "InstanceType"],
	"Processing": ["ProcessingResources", "ClusterConfig", "InstanceType"],
	"Transform": ["TransformResources", "InstanceType"],
}

deny contains finding(title, step.name, path, uses(type), {"machine_type": type}) if {
	some step in sagemaker.steps(input)
	title := sprintf("Step %s", [step.name])
	some place in settings.places(step.arguments, step_machines[step.type])
	type := sagemaker.resolved(input, place.value)
	large(type)
	path := array.concat(step.path, place.path)
}

# Azure ML: a job, a deployment or a compute target, and the jobs of a pipeline.
azure_machines contains {"path": path, "type": type, "name": "The definition"} if {
	some path in [["instance_type"], ["size"], ["resources", "instance_type"]]
	type := object.get(input, path, "")
}

azure_machines contains {"path": ["jobs", name, "resources", "instance_type"], "type": type, "name": title} if {
	some name, job in settings.items(input.jobs)
	type := job.resources.instance_type
	title := sprintf("Job %s", [name])
}

deny contains finding(machine.name, concat(".", machine.path), machine.path, uses(machine.type), evidence) if {
	not input.system
	some machine in azure_machines
	large(machine.type)
	evidence := {"machine_type": machine.type}
}
