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
#   resources: named
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

import data.probity.lib.endpoints as endpoints_
import data.probity.lib.reading
import data.probity.params

endpoints := endpoints_.endpoints(input.resources)

schedules := endpoints_.schedules(input.resources)

# The types of monitoring that run on an endpoint.
monitoring(endpoint) := {type |
	some schedule in schedules
	endpoints_.monitors(input.resources, schedule, endpoint)
	some type in endpoints_.types(schedule)
}

monitored(endpoint) if {
	some type in monitoring(endpoint)
	type in params.drift_monitoring_types
}

# A schedule of the same root that may be the one: what it watches cannot be told.
open contains schedule if {
	some schedule in schedules
	not endpoints_.resolved(input.resources, schedule)
}

doubtful(endpoint) if {
	some schedule in open
	reading.root(schedule) == reading.root(endpoint)
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
	not reading.nonproduction(endpoint)
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
	value := reading.nonproduction(endpoint)
	f := {
		"msg": sprintf("it is tagged as %s", [value]),
		"resource": endpoint.subject,
		"key": "",
		"path": [],
		"evidence": {},
	}
}
