# METADATA
# title: No bias drift monitoring on a production endpoint of a person-affecting model
# description: >-
#   An endpoint of a high-risk system (by the declared record or the tag risk-class) has no schedule that watches the
#   bias of its answers: a monitoring schedule of type ModelBias whose job definition names the endpoint, in any root
#   or template of the repository. A job definition without a schedule watches nothing. Endpoints tagged as not in
#   production are left out. Unknown is a ModelBias schedule whose job definition or endpoint is not described here,
#   since it may be made by the SDK. Monitoring on other platforms is not looked for.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift.html
#     description: "SageMaker: bias drift for models in production"
# custom:
#   id: PB-FAIR-006
#   version: 1
#   severity: high
#   scope: repository
#   resources: named
#   inputs: [tf, cfn]
#   controls:
#     - "EU-AIA:72.1"
#     - "EU-AIA:15.4"
#     - "EU-AIA:26.5"
#     - "NIST-AI-RMF:MEASURE 2.4"
#     - "NIST-AI-RMF:MANAGE 4.1"
#     - "ISO42001:A.6.2.6"
#     - "OWASP-ML:ML08:2023"
#   remediation: >-
#     Add model bias job definition and hourly/daily schedule.
#   applies_when: >-
#     the endpoint belongs to a system that declares risk_class: high and does not declare affects_persons: false
#   params:
#     - nonproduction_environments
#   aliases:
#     - SageMaker.12
#     - SageMaker.15
#     - sagemaker_clarify_exists
package probity.fair_006

import rego.v1

import data.probity.lib.models
import data.probity.lib.nested
import data.probity.lib.terraform
import data.probity.params

# Where each type says what; the path of an attribute without the indices of blocks.
endpoint_types := {
	"aws_sagemaker_endpoint": ["name"],
	"AWS::SageMaker::Endpoint": ["EndpointName"],
}

schedule_types := {
	"aws_sagemaker_monitoring_schedule": {
		"type": ["monitoring_schedule_config", "monitoring_type"],
		"definition": ["monitoring_schedule_config", "monitoring_job_definition_name"],
		"endpoint": [],
	},
	"awscc_sagemaker_monitoring_schedule": {
		"type": ["monitoring_schedule_config", "monitoring_type"],
		"definition": ["monitoring_schedule_config", "monitoring_job_definition_name"],
		"endpoint": ["endpoint_name"],
	},
	"AWS::SageMaker::MonitoringSchedule": {
		"type": ["MonitoringScheduleConfig", "MonitoringType"],
		"definition": ["MonitoringScheduleConfig", "MonitoringJobDefinitionName"],
		"endpoint": ["EndpointName"],
	},
}

definition_types := {
	"awscc_sagemaker_model_bias_job_definition": {
		"name": ["job_definition_name"],
		"endpoint": ["model_bias_job_input", "endpoint_input", "endpoint_name"],
	},
	"AWS::SageMaker::ModelBiasJobDefinition": {
		"name": ["JobDefinitionName"],
		"endpoint": ["ModelBiasJobInput", "EndpointInput", "EndpointName"],
	},
}

endpoints := [r | some r in input.resources; endpoint_types[r.type]]

schedules := [r |
	some r in input.resources
	at := schedule_types[r.type].type
	"ModelBias" in values(r, at)
]

# Their type may be the one that is asked for.
untyped := [r |
	some r in input.resources
	at := schedule_types[r.type].type
	some path in r.unknown
	names_only(path) == at
]

definitions := [r | some r in input.resources; definition_types[r.type]]

names_only(path) := [step | some step in path; is_string(step)]

values(r, at) := {value |
	walk(r.attributes, [path, value])
	is_string(value)
	names_only(path) == at
}

root(subject) := split(subject, "//")[0]

# An attribute names another resource: by its name, or by a reference to it.
names(r, at, other, name) if {
	count(at) > 0
	some value in values(r, at)
	value in values(other, name)
}

names(r, at, other, _) if {
	some reference in r.references
	names_only(reference.path) == at
	root(r.subject) == root(other.subject)
	reference.target == other.address
}

defined(schedule) := [d |
	some d in definitions
	names(schedule, schedule_types[schedule.type].definition, d, definition_types[d.type].name)
]

watches(schedule, endpoint) if {
	names(schedule, schedule_types[schedule.type].endpoint, endpoint, endpoint_types[endpoint.type])
}

watches(schedule, endpoint) if {
	some d in defined(schedule)
	names(d, definition_types[d.type].endpoint, endpoint, endpoint_types[endpoint.type])
}

# Nobody can see here which endpoint it watches.
vague(schedule) if {
	every endpoint in endpoints { not watches(schedule, endpoint) }
	every d in defined(schedule) { count(values(d, definition_types[d.type].endpoint)) == 0 }
}

tags(r) := terraform.tags(r.attributes) if {
	r.system == "terraform"
} else := {tag.Key: tag.Value |
	some tag in nested.items(object.get(r.attributes, "Tags", []))
	is_string(tag.Key)
}

tagged(r, key, wanted) if {
	some name, value in tags(r)
	terraform.tag_key(name) == key
	lower(value) in wanted
}

declared(r) := [input.systems[index] | some index in models.holders(input.systems, r.subject)]

high(r) if {
	some system in declared(r)
	system.risk_class == "high"
}

high(r) if tagged(r, "riskclass", {"high"})

spared(r) if models.exempt(input.systems, models.holders(input.systems, r.subject))

spared(r) if {
	some key in ["environment", "env", "stage"]
	tagged(r, key, params.nonproduction_environments)
}

judged := [r | some r in endpoints; high(r); not spared(r)]

watched(r) if {
	some schedule in schedules
	watches(schedule, r)
}

perhaps(_) if {
	some schedule in schedules
	vague(schedule)
}

perhaps(_) if count(untyped) > 0

unscheduled(r) if {
	some d in definitions
	names(d, definition_types[d.type].endpoint, r, endpoint_types[r.type])
}

finding(r, message) := {
	"msg": sprintf(message, [r.address]),
	"resource": r.subject,
	"key": "",
	"path": [],
	"evidence": {"endpoint": r.address, "bias_schedules": sort([schedule.subject | some schedule in schedules])},
}

deny contains f if {
	some r in judged
	not watched(r)
	not perhaps(r)
	not unscheduled(r)
	f := finding(r, "Endpoint %s of a high-risk system has no schedule that monitors the bias of its answers.")
}

deny contains f if {
	some r in judged
	not watched(r)
	not perhaps(r)
	unscheduled(r)
	f := finding(r, "Endpoint %s of a high-risk system has a definition of bias monitoring that no schedule runs.")
}

inconclusive contains f if {
	some r in judged
	not watched(r)
	perhaps(r)
	f := finding(
		r,
		"Whether the bias of the answers of endpoint %s is monitored cannot be seen: a schedule names no endpoint here.",
	)
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the repository declares no SageMaker endpoint" if count(endpoints) == 0

reasons contains "no production endpoint belongs to a system that declares risk_class: high and affects persons" if {
	count(endpoints) > 0
	count(judged) == 0
}
