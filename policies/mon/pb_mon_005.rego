# METADATA
# title: No alarm on drift/quality/errors of a model endpoint
# description: >-
#   Nobody is told when a model endpoint fails or drifts: no alarm watches it or one of its monitoring schedules, or
#   the alarm takes no action. Looked at are CloudWatch alarms on a SageMaker endpoint, alert policies of a root with
#   a Vertex AI endpoint that filter on Vertex AI, and metric alerts on an Azure OpenAI account. Alerts of other
#   makers count when they mention SageMaker, Vertex AI or the resource's name. Alarms that are set by hand cannot be
#   seen.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
#     description: Metrics for monitoring Amazon SageMaker AI with Amazon CloudWatch
# custom:
#   id: PB-MON-005
#   version: 1
#   severity: medium
#   scope: repository
#   resources: named
#   inputs: [tf, cfn]
#   controls:
#     - "EU-AIA:26.5"
#     - "EU-AIA:72.2"
#     - "EU-AIA:73.1"
#     - "NIST-AI-RMF:MANAGE 4.3"
#     - "NIST-AI-RMF:MANAGE 2.4"
#     - "ISO42001:A.8.4"
#     - "SOC2:CC7.3"
#     - "NIST-800-53:SI-4"
#   remediation: >-
#     Add an alarm on the endpoint's errors or on its monitoring schedule's violations, with an action that reaches a
#     person.
#   applies_when: >-
#     the repository declares a model endpoint that no tag says is not in production
#   params:
#     - other_alert_types
#     - nonproduction_environments
package probity.mon_005

import rego.v1

import data.probity.lib.endpoints as sagemaker
import data.probity.lib.reading
import data.probity.params

served contains {"endpoint": r, "service": "sagemaker"} if {
	some r in sagemaker.endpoints(input.resources)
}

served contains {"endpoint": r, "service": "aiplatform"} if {
	some r in input.resources
	r.type == "google_vertex_ai_endpoint"
}

served contains {"endpoint": r, "service": "cognitive"} if {
	some r in input.resources
	r.type == "azurerm_cognitive_account"
	r.attributes.kind in {"OpenAI", "AIServices"}
}

alarm_types := {"aws_cloudwatch_metric_alarm", "awscc_cloudwatch_alarm", "AWS::CloudWatch::Alarm"}

alarms contains r if {
	some r in input.resources
	r.type in alarm_types
}

schedules := sagemaker.schedules(input.resources)

alert_policies := [r | some r in input.resources; r.type == "google_monitoring_alert_policy"]

metric_alerts := [r | some r in input.resources; r.type == "azurerm_monitor_metric_alert"]

other_alerts := [r | types := params.other_alert_types; some r in input.resources; r.type in types]

dimension(path) if {
	some step in path
	step in {"dimensions", "Dimensions"}
}

# An alarm watches what its dimensions name: the endpoint, or a schedule that monitors it.
about(alarm, target, names) if {
	some reference in alarm.references
	dimension(reference.path)
	reading.refers(alarm, reference.path, target)
	names[target.type]
}

about(alarm, target, names) if {
	own := names[target.type]
	not reading.unknown(target, [own])
	walk(alarm.attributes, [path, text])
	dimension(path)
	not reading.unknown(alarm, path)
	is_string(text)
	text == target.attributes[own]
}

watching(endpoint, "sagemaker") := {alarm | some alarm in alarms; about(alarm, endpoint, sagemaker.endpoint_names)} |
	{alarm |
		some schedule in schedules
		sagemaker.monitors(input.resources, schedule, endpoint)
		some alarm in alarms
		about(alarm, schedule, sagemaker.schedule_names)
	}

# The filter of an alert policy names the service, seldom one endpoint.
watching(endpoint, "aiplatform") := {policy |
	some policy in alert_policies
	reading.root(policy) == reading.root(endpoint)
	mentions(policy, "aiplatform.googleapis.com")
}

watching(endpoint, "cognitive") := {alert |
	some alert in metric_alerts
	reading.refers(alert, ["scopes"], endpoint)
}

mentions(r, text) if {
	walk(r.attributes, [_, value])
	is_string(value)
	contains(lower(value), text)
}

acts(alarm) if {
	alarm.type in alarm_types
	reading.given(alarm, reading.whole(alarm), "alarm_actions")
	not reading.off(reading.value(alarm, reading.whole(alarm), "actions_enabled", true))
}

acts(policy) if {
	policy.type == "google_monitoring_alert_policy"
	reading.given(policy, reading.whole(policy), "notification_channels")
	not reading.off(object.get(policy.attributes, "enabled", true))
}

acts(alert) if {
	alert.type == "azurerm_monitor_metric_alert"
	some place in reading.blocks(alert, reading.whole(alert), "action")
	reading.given(alert, place, "action_group_id")
	not reading.off(object.get(alert.attributes, "enabled", true))
}

# Alerts of other makers.
alerted_elsewhere(one) if {
	some r in other_alerts
	some word in words(one)
	mentions(r, word)
}

words(one) := {one.service} | {name |
	some attribute in ["name", "endpoint_name", "EndpointName"]
	not reading.unknown(one.endpoint, [attribute])
	name := lower(one.endpoint.attributes[attribute])
	name != ""
}

in_scope(one) if {
	not reading.nonproduction(one.endpoint)
	not alerted_elsewhere(one)
}

deny contains f if {
	some one in served
	in_scope(one)
	count(watching(one.endpoint, one.service)) == 0
	f := {
		"msg": sprintf("No alarm watches %s: add one that reaches a person.", [one.endpoint.address]),
		"resource": one.endpoint.subject,
		"key": "alarm",
		"path": [],
		"evidence": {"alarms": 0},
	}
}

deny contains f if {
	some one in served
	in_scope(one)
	found := watching(one.endpoint, one.service)
	count({alarm | some alarm in found; acts(alarm)}) == 0
	some alarm in found
	f := {
		"msg": sprintf("Alarm %s on %s takes no action: nobody is told.", [alarm.address, one.endpoint.address]),
		"resource": alarm.subject,
		"key": one.endpoint.address,
		"path": reading.where(alarm, reading.whole(alarm), "alarm_actions"),
		"evidence": {"endpoint": one.endpoint.address},
	}
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(served) == 0
	reason := "the repository declares no model endpoint"
}

not_applicable contains f if {
	some one in served
	value := reading.nonproduction(one.endpoint)
	f := {
		"msg": sprintf("it is tagged as %s", [value]),
		"resource": one.endpoint.subject,
		"key": "alarm",
		"path": [],
		"evidence": {},
	}
}
