# METADATA
# title: Training/tuning job artefacts or volume unencrypted; inter-container traffic in clear
# description: >-
#   A training, tuning, processing or monitoring job writes its results or keeps its volume without a key that
#   the customer manages, or its containers talk to each other in clear. A job on one instance has no such
#   traffic, and instance types with local NVMe storage accept no volume key. Jobs are read from Terraform,
#   CloudFormation and from pipeline definitions that are files of their own.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
#     description: "CreateTrainingJob, OutputDataConfig and ResourceConfig"
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/train-encrypt.html
#     description: Protect communications between ML compute instances
# custom:
#   id: PB-ENC-003
#   version: 1
#   severity: high
#   scope: [resource, document]
#   selects:
#     - aws_sagemaker_training_job
#     - aws_sagemaker_data_quality_job_definition
#     - "AWS::SageMaker::ProcessingJob"
#     - "AWS::SageMaker::DataQualityJobDefinition"
#     - "AWS::SageMaker::ModelBiasJobDefinition"
#     - "AWS::SageMaker::ModelExplainabilityJobDefinition"
#     - "AWS::SageMaker::ModelQualityJobDefinition"
#     - sagemaker-pipeline
#   inputs:
#     - tf
#     - cfn
#     - smp
#   controls:
#     - "GDPR:32.1.a"
#     - "EU-AIA:15.5"
#     - "ATLAS:AML.M0012"
#     - "SOC2:CC6.7"
#     - "NIST-800-53:SC-8"
#     - "NIST-800-53:SC-28"
#     - "CIS-v8.1:3.10"
#   remediation: >-
#     Set the key of the output and of the volume, and EnableInterContainerTrafficEncryption where a job has
#     several instances.
#   aliases:
#     - CKV_AWS_367
#     - CKV_AWS_368
#     - CKV_AWS_369
#     - SageMaker.9
#     - SageMaker.10
#     - SageMaker.13
#     - SageMaker.15
#     - SageMaker.22
#   params:
#     - instance_families_without_volume_key
package probity.enc_003

import rego.v1

import data.probity.lib.sagemaker
import data.probity.lib.settings
import data.probity.params

# Where a kind of job keeps its settings: the key of the output, the cluster, and the switch for traffic.
training := {
	"output": ["OutputDataConfig", "KmsKeyId"],
	"cluster": ["ResourceConfig"],
	"traffic": ["EnableInterContainerTrafficEncryption"],
}

processing := {
	"output": ["ProcessingOutputConfig", "KmsKeyId"],
	"cluster": ["ProcessingResources", "ClusterConfig"],
	"traffic": ["NetworkConfig", "EnableInterContainerTrafficEncryption"],
}

monitoring(output) := {
	"output": [output, "KmsKeyId"],
	"cluster": ["JobResources", "ClusterConfig"],
	"traffic": ["NetworkConfig", "EnableInterContainerTrafficEncryption"],
}

of_type := {
	"aws_sagemaker_training_job": {
		"output": ["output_data_config", "kms_key_id"],
		"cluster": ["resource_config"],
		"traffic": ["enable_inter_container_traffic_encryption"],
	},
	"aws_sagemaker_data_quality_job_definition": {
		"output": ["data_quality_job_output_config", "kms_key_id"],
		"cluster": ["job_resources", "cluster_config"],
		"traffic": ["network_config", "enable_inter_container_traffic_encryption"],
	},
	"AWS::SageMaker::ProcessingJob": processing,
	"AWS::SageMaker::DataQualityJobDefinition": monitoring("DataQualityJobOutputConfig"),
	"AWS::SageMaker::ModelBiasJobDefinition": monitoring("ModelBiasJobOutputConfig"),
	"AWS::SageMaker::ModelExplainabilityJobDefinition": monitoring("ModelExplainabilityJobOutputConfig"),
	"AWS::SageMaker::ModelQualityJobDefinition": monitoring("ModelQualityJobOutputConfig"),
}

of_step := {"Training": training, "Processing": processing}

jobs contains job if {
	job := {
		"title": settings.title(input),
		"key": "",
		"path": [],
		"body": input.attributes,
		"where": of_type[input.type],
	}
}

jobs contains job if {
	some step in sagemaker.steps(input)
	job := {
		"title": sprintf("Step %s", [step.name]),
		"key": sprintf("%s:", [step.name]),
		"path": step.path,
		"body": step.arguments,
		"where": of_step[step.type],
	}
}

# A tuning step holds the definition of its training job.
jobs contains job if {
	some step in sagemaker.steps(input)
	step.type == "Tuning"
	job := {
		"title": sprintf("Step %s", [step.name]),
		"key": sprintf("%s:", [step.name]),
		"path": array.concat(step.path, ["TrainingJobDefinition"]),
		"body": step.arguments.TrainingJobDefinition,
		"where": training,
	}
}

# What a pipeline hands on at run time counts as set.
value_of(value) := sagemaker.resolved(input, value)

lacking(value) if not settings.given(value)

lacking(value) if {
	resolved := value_of(value)
	not settings.given(resolved)
}

lacking(value) if settings.aws_managed_key(value_of(value))

finding(job, names, path, message) := {
	"msg": sprintf(message, [job.title]),
	"key": concat("", [job.key, concat(".", names)]),
	"path": array.concat(job.path, path),
	"evidence": {"attribute": concat(".", names)},
}

deny contains finding(job, job.where.output, place.path, "%s writes its results without a customer-managed key.") if {
	some job in jobs
	some place in settings.places(job.body, job.where.output)
	lacking(place.value)
}

# Terraform and CloudFormation spell the members of a cluster differently.
spelled := {"volume": "VolumeKmsKeyId", "type": "InstanceType", "count": "InstanceCount"} if {
	not startswith(object.get(input, "type", ""), "aws_")
} else := {"volume": "volume_kms_key_id", "type": "instance_type", "count": "instance_count"}

clusters contains {"job": job, "body": slot.body, "path": slot.path} if {
	some job in jobs
	some slot in settings.bodies(job.body, job.where.cluster)
}

# A cluster that names no type is judged as one with a volume.
machine(cluster) := value_of(object.get(cluster.body, spelled.type, "ml."))

known(cluster) if startswith(machine(cluster), "ml.")

local_storage(cluster) if {
	parts := split(machine(cluster), ".")
	parts[1] in params.instance_families_without_volume_key
}

deny contains finding(cluster.job, names, path, "%s keeps its volume without a customer-managed key.") if {
	some cluster in clusters
	known(cluster)
	not local_storage(cluster)
	some place in settings.places(cluster.body, [spelled.volume])
	lacking(place.value)
	names := array.concat(cluster.job.where.cluster, [spelled.volume])
	path := array.concat(cluster.path, place.path)
}

unclear := "Whether %s needs a key for its volume depends on its instance type, which is not known."

inconclusive contains finding(cluster.job, names, path, unclear) if {
	some cluster in clusters
	not known(cluster)
	some place in settings.places(cluster.body, [spelled.volume])
	lacking(place.value)
	names := array.concat(cluster.job.where.cluster, [spelled.volume])
	path := array.concat(cluster.path, place.path)
}

size(cluster) := to_number(value_of(cluster.body[spelled.count]))

several := "%s has several instances whose containers talk to each other in clear."

deny contains finding(cluster.job, cluster.job.where.traffic, place.path, several) if {
	some cluster in clusters
	size(cluster) > 1
	some place in settings.places(cluster.job.body, cluster.job.where.traffic)
	not settings.on(place.value)
}

perhaps := "Whether the containers of %s talk to each other in clear depends on their number, which only a run gives."

inconclusive contains finding(cluster.job, cluster.job.where.traffic, place.path, perhaps) if {
	some cluster in clusters
	cluster.body[spelled.count].Get
	not size(cluster)
	some place in settings.places(cluster.job.body, cluster.job.where.traffic)
	not settings.on(place.value)
}

not_applicable contains {"msg": "the pipeline has no job of its own", "key": "", "path": [], "evidence": {}} if {
	input.Steps
	count(jobs) == 0
}
