# METADATA
# title: No monitoring schedule attached to a production endpoint
# description: >-
#   Nothing in the repository schedules a data quality monitor of a SageMaker endpoint, so drift goes unseen. A
#   schedule counts when its job definition, or what it defines in place, names the endpoint. Monitors of other kinds
#   do not replace it. Where a pipeline has a monitoring step, that step may create the schedule: a question for a
#   person. A schedule whose endpoint cannot be resolved makes the result inconclusive. Vertex AI is left out: its
#   provider has no resource for a monitoring job. For KServe see PB-MON-004.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html
#     description: Data and model quality monitoring with Amazon SageMaker Model Monitor
# custom:
#   id: PB-MON-002
#   version: 1
#   severity: high
#   scope: repository
#   inputs: [tf, cfn]
#   controls:
#     - "EU-AIA:72.1"
#     - "EU-AIA:15.4"
#     - "EU-AIA:17.1.h"
#     - "NIST-AI-RMF:MEASURE 2.4"
#     - "NIST-AI-RMF:MANAGE 4.1"
#     - "NIST-AI-RMF:MEASURE 3.1"
#     - "ISO42001:A.6.2.6"
#     - "SOC2:CC7.2"
#     - "NIST-800-53:CA-7"
#   remediation: >-
#     Add an aws_sagemaker_monitoring_schedule whose data quality job definition names the endpoint.
#   aliases:
#     - sagemaker_models_monitor_enabled
#   applies_when: >-
#     the repository declares a SageMaker endpoint that no tag says is not in production
#   params:
#     - drift_monitoring_types
#     - nonproduction_environments
package probity.mon_002

import rego.v1

import data.probity.lib.twins
import data.probity.params

# Where an endpoint, a job definition and a schedule keep their names.
endpoint_names := {
	"aws_sagemaker_endpoint": "name",
	"awscc_sagemaker_endpoint": "endpoint_name",
	"AWS::SageMaker::Endpoint": "EndpointName",
}

definition_names := {
	"aws_sagemaker_data_quality_job_definition": "name",
	"awscc_sagemaker_data_quality_job_definition": "job_definition_name",
	"awscc_sagemaker_model_bias_job_definition": "job_definition_name",
	"awscc_sagemaker_model_explainability_job_definition": "job_definition_name",
	"awscc_sagemaker_model_quality_job_definition": "job_definition_name",
	"AWS::SageMaker::DataQualityJobDefinition": "JobDefinitionName",
	"AWS::SageMaker::ModelBiasJobDefinition": "JobDefinitionName",
	"AWS::SageMaker::ModelExplainabilityJobDefinition": "JobDefinitionName",
	"AWS::SageMaker::ModelQualityJobDefinition": "JobDefinitionName",
}

schedule_types := {
	"aws_sagemaker_monitoring_schedule",
	"awscc_sagemaker_monitoring_schedule",
	"AWS::SageMaker::MonitoringSchedule",
}

endpoints := [r | some r in input.resources; endpoint_names[r.type]]

definitions := [r | some r in input.resources; definition_names[r.type]]

schedules := [r | some r in input.resources; r.type in schedule_types]

naming(path) if path[count(path) - 1] in {"endpoint_name", "EndpointName"}

# A definition, or a schedule that defines its job in place, names the endpoint.
watches(r, endpoint) if {
	some reference in r.references
	naming(reference.path)
	twins.refers(r, reference.path, endpoint)
}

watches(r, endpoint) if {
	walk(r.attributes, [path, text])
	naming(path)
	not twins.unknown(r, path)
	own := endpoint_names[endpoint.type]
	not twins.unknown(endpoint, [own])
	text == endpoint.attributes[own]
}

configurations(schedule) := twins.blocks(schedule, twins.whole(schedule), "monitoring_schedule_config")

defines(schedule, definition) if {
	some configuration in configurations(schedule)
	own := definition_names[definition.type]
	twins.points(schedule, configuration, "monitoring_job_definition_name", definition, own)
}

# A job that is defined in place looks at data quality unless it says otherwise.
types(schedule) := {type |
	some configuration in configurations(schedule)
	type := twins.value(schedule, configuration, "monitoring_type", "DataQuality")
}

monitors(schedule, endpoint) if watches(schedule, endpoint)

monitors(schedule, endpoint) if {
	some definition in definitions
	defines(schedule, definition)
	watches(definition, endpoint)
}

# The types of monitoring that run on an endpoint.
monitoring(endpoint) := {type |
	some schedule in schedules
	monitors(schedule, endpoint)
	some type in types(schedule)
}

monitored(endpoint) if {
	some type in monitoring(endpoint)
	type in params.drift_monitoring_types
}

# A schedule of the same root that may be the one: what it watches cannot be told.
open contains schedule if {
	some schedule in schedules
	not resolved(schedule)
}

resolved(schedule) if {
	some endpoint in endpoints
	monitors(schedule, endpoint)
}

# It names something that this repository does not hold.
resolved(schedule) if {
	some place in array.concat([schedule], definitions)
	walk(place.attributes, [path, text])
	naming(path)
	not twins.unknown(place, path)
	is_string(text)
	own_or_defined(schedule, place)
}

own_or_defined(schedule, place) if schedule.subject == place.subject

own_or_defined(schedule, place) if defines(schedule, place)

doubtful(endpoint) if {
	some schedule in open
	twins.root(schedule) == twins.root(endpoint)
}

steps := {node.name |
	some pipeline in input.pipelines
	some node in pipeline.nodes
	node.kind == "monitor"
}

finding(endpoint, message, evidence) := {
	"msg": sprintf(message, [endpoint.address]),
	"resource": endpoint.subject,
	"key": "",
	"path": [],
	"evidence": evidence,
}

unmonitored contains endpoint if {
	some endpoint in endpoints
	not twins.nonproduction(endpoint)
	not monitored(endpoint)
}

deny contains f if {
	some endpoint in unmonitored
	not doubtful(endpoint)
	count(steps) == 0
	f := finding(
		endpoint, "No schedule monitors the data quality of endpoint %s: add one that names it.",
		{"other_monitoring": sort(monitoring(endpoint))},
	)
}

review contains f if {
	some endpoint in unmonitored
	count(steps) > 0
	f := finding(
		endpoint, "No schedule monitors the data quality of endpoint %s, unless a pipeline's monitoring step creates one.",
		{"steps": sort(steps)},
	)
}

inconclusive contains f if {
	some endpoint in unmonitored
	doubtful(endpoint)
	count(steps) == 0
	f := finding(
		endpoint, "Whether a schedule monitors endpoint %s cannot be told: what a schedule of its root watches is unknown.",
		{"schedules": sort({schedule.address | some schedule in open})},
	)
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(endpoints) == 0
	reason := "the repository declares no SageMaker endpoint"
}

not_applicable contains f if {
	some endpoint in endpoints
	value := twins.nonproduction(endpoint)
	f := {
		"msg": sprintf("it is tagged as %s", [value]),
		"resource": endpoint.subject,
		"key": "",
		"path": [],
		"evidence": {},
	}
}
