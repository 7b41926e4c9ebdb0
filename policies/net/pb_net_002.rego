# METADATA
# title: Model container can reach the network
# description: >-
#   The container of a model or of a training job can reach the network, or a model stands outside the VPC.
#   Models that only serverless endpoints use are left out, because these support neither isolation nor a VPC.
#   Training jobs are read from Terraform and from pipeline definitions that are files of their own.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
#     description: Run training and inference containers in internet-free mode
# custom:
#   id: PB-NET-002
#   version: 1
#   severity: high
#   scope: [module, document]
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#     - sagemaker-pipeline
#   inputs:
#     - tf
#     - cfn
#     - smp
#   controls:
#     - "EU-AIA:15.5"
#     - "NIST-AI-RMF:MEASURE 2.7"
#     - "ATLAS:AML.M0005"
#     - "ATLAS:AML.M0019"
#     - "OWASP-ML:ML06:2023"
#     - "OWASP-ML:ML05:2023"
#     - "SOC2:CC6.6"
#     - "NIST-800-53:SC-7"
#     - "CIS-v8.1:3.12"
#   remediation: >-
#     Set enable_network_isolation = true and vpc_config. A container that downloads its model at start needs the
#     model in S3 first.
#   applies_when: >-
#     the model is used by an endpoint with instances, or by none that can be seen
#   aliases:
#     - CKV_AWS_370
#     - SageMaker.5
#     - SAGEMAKER_MODEL_ISOLATION_ENABLED
#     - SAGEMAKER_MODEL_IN_VPC
package probity.net_002

import rego.v1

import data.probity.lib.sagemaker
import data.probity.lib.settings
import data.probity.lib.terraform
import data.probity.lib.twins

model_types := {"aws_sagemaker_model", "awscc_sagemaker_model", "AWS::SageMaker::Model"}

models contains resource if {
	some resource in input.resources
	resource.type in model_types
}

finding(resource, names, path, message) := {
	"msg": message,
	"resource": resource.subject,
	"key": concat(".", names),
	"path": path,
	"evidence": {"attribute": concat(".", names)},
}

deny contains finding(model, [name], place.path, message) if {
	some model in models
	not serverless_only(model)
	name := twins.called(model.type, "enable_network_isolation")
	some place in settings.places(model.attributes, [name])
	not settings.on(place.value)
	message := sprintf("The containers of model %s can reach the network%s.", [settings.title(model), remark(model)])
}

deny contains finding(model, [name], place.path, message) if {
	some model in models
	not serverless_only(model)
	name := twins.called(model.type, "vpc_config")
	some place in settings.places(model.attributes, [name])
	not settings.given(place.value)
	message := sprintf("Model %s stands outside the VPC.", [settings.title(model)])
}

deny contains finding(job, [name], place.path, message) if {
	some job in input.resources
	job.type == "aws_sagemaker_training_job"
	name := "enable_network_isolation"
	some place in settings.places(job.attributes, [name])
	not settings.on(place.value)
	message := sprintf("The container of training job %s can reach the network.", [job.address])
}

containers := [["primary_container"], ["container"], ["containers"], ["PrimaryContainer"], ["Containers"]]

# A container that fetches its model from the Hugging Face Hub cannot be isolated before the model lies in S3.
remark(model) := sprintf(", and download %s when they start: keep the model in S3", [concat(", ", sort(names))]) if {
	names := {name |
		some block in containers
		some body in settings.bodies(model.attributes, block)
		some variables in ["environment", "Environment"]
		name := body.body[variables].HF_MODEL_ID
		is_string(name)
		not startswith(name, "/")
	}
	count(names) > 0
} else := ""

# The endpoint configurations that use the model, where they can be seen.
configurations(model) := [other |
	some subject in object.get(model, ["joins", "endpoint_configuration"], [])
	some other in input.resources
	other.subject == subject
]

variants(configuration) := array.concat(
	terraform.blocks(configuration.attributes, twins.called(configuration.type, "production_variants")),
	terraform.blocks(configuration.attributes, twins.called(configuration.type, "shadow_production_variants")),
)

serverless_only(model) if {
	used := {variant | some other in configurations(model); some variant in variants(other)}
	count(used) > 0
	every variant in used { serverless(variant) }
}

serverless(variant) if {
	some name in ["serverless_config", "ServerlessConfig"]
	count(terraform.blocks(variant, name)) > 0
}

not_applicable contains f if {
	some model in models
	serverless_only(model)
	f := {
		"msg": "only serverless endpoints use the model, and these support neither isolation nor a VPC",
		"resource": model.subject, "key": "", "path": [], "evidence": {},
	}
}

# Training and tuning steps of a pipeline definition.
trained contains {"name": step.name, "path": step.path, "arguments": step.arguments} if {
	some step in sagemaker.steps(input)
	step.type == "Training"
}

trained contains {"name": step.name, "path": path, "arguments": step.arguments.TrainingJobDefinition} if {
	some step in sagemaker.steps(input)
	step.type == "Tuning"
	path := array.concat(step.path, ["TrainingJobDefinition"])
}

isolation := "EnableNetworkIsolation"

deny contains f if {
	some step in trained
	some place in settings.places(step.arguments, [isolation])
	value := sagemaker.resolved(input, place.value)
	not settings.on(value)
	f := {
		"msg": sprintf("The container of step %s can reach the network.", [step.name]),
		"key": sprintf("%s:%s", [step.name, isolation]),
		"path": array.concat(step.path, place.path),
		"evidence": {"attribute": isolation},
	}
}

inconclusive contains f if {
	some step in trained
	some place in settings.places(step.arguments, [isolation])
	count([value | value := sagemaker.resolved(input, place.value)]) == 0
	f := {
		"msg": sprintf("Whether the container of step %s can reach the network is decided by its run.", [step.name]),
		"key": sprintf("%s:%s", [step.name, isolation]),
		"path": array.concat(step.path, place.path),
		"evidence": {"attribute": isolation},
	}
}
