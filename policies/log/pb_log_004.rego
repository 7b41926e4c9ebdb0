# METADATA
# title: Audit trail of AI control-plane and data events missing
# description: >-
#   Who used an AI service, and its data, is not on record: a CloudTrail trail beside AI resources covers one region,
#   is not protected against change or leaves out data events; a Google audit configuration of Vertex AI leaves out
#   reading or writing; an AI service on Azure has no diagnostic setting. A trail or an audit configuration often
#   stands in the organisation's repository, so that none at all in this one is inconclusive, not a violation.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
#     description: Logging data events
#   - ref: https://cloud.google.com/vertex-ai/docs/general/audit-logging
#     description: Vertex AI audit logging
# custom:
#   id: PB-LOG-004
#   version: 1
#   severity: high
#   scope: repository
#   resources: named
#   inputs: [tf, cfn]
#   controls:
#     - "EU-AIA:12.1"
#     - "EU-AIA:12.2"
#     - "NIST-AI-RMF:MEASURE 2.8"
#     - "ISO42001:A.6.2.8"
#     - "SOC2:CC7.2"
#     - "NIST-800-53:AU-2"
#     - "NIST-800-53:AU-12"
#     - "CIS-v8.1:8.2"
#     - "GDPR:30.1"
#     - "ATLAS:AML.M0024"
#   remediation: >-
#     Record data events of AI services in a multi-region trail with log file validation, DATA_READ and DATA_WRITE of
#     aiplatform.googleapis.com, and add an azurerm_monitor_diagnostic_setting to the service.
#   aliases:
#     - 1b4d1c4e-934c-4703-944c-27c82c06bebb
#     - afe0c3be-ba3b-4544-ba52-0c99672a8ad6
#     - CLOUDTRAIL_S3_DATAEVENTS_ENABLED
#   applies_when: >-
#     the repository declares an AI resource on AWS, Google or Azure
#   params:
#     - ai_data_events
package probity.log_004

import rego.v1

import data.probity.lib.reading
import data.probity.params

starting(prefixes) := [r |
	some r in input.resources
	some prefix in prefixes
	startswith(r.type, prefix)
]

amazon := starting([
	"aws_sagemaker_",
	"aws_bedrock",
	"awscc_sagemaker_",
	"awscc_bedrock",
	"AWS::SageMaker::",
	"AWS::Bedrock",
])

google := starting(["google_vertex_ai_"])

azure_types := {
	"azurerm_ai_foundry",
	"azurerm_ai_services",
	"azurerm_cognitive_account",
	"azurerm_machine_learning_workspace",
}

azure := [r | some r in input.resources; r.type in azure_types]

finding(resource, key, path, message, evidence) := {
	"msg": message,
	"resource": resource.subject,
	"key": key,
	"path": path,
	"evidence": evidence,
}

trail_types := {"aws_cloudtrail", "awscc_cloudtrail_trail", "AWS::CloudTrail::Trail"}

trails := [r | some r in input.resources; r.type in trail_types]

# The types of data events that a trail records.
recorded(trail) := advanced(trail) | basic(trail)

advanced(trail) := {type |
	some name in ["advanced_event_selector", "advanced_event_selectors"]
	some selector in reading.blocks(trail, reading.whole(trail), name)
	some list in ["field_selector", "field_selectors"]
	some field in reading.blocks(trail, selector, list)
	reading.value(trail, field, "field", "") == "resources.type"
	some operator in ["equals", "starts_with"]
	some type in reading.list(trail, field, operator)
}

basic(trail) := {type |
	some name in ["event_selector", "event_selectors"]
	some selector in reading.blocks(trail, reading.whole(trail), name)
	some list in ["data_resource", "data_resources", "DataResources"]
	some data_resource in reading.blocks(trail, selector, list)
	type := reading.value(trail, data_resource, "type", "")
}

# What is wrong with a trail: the attribute and what that means.
gaps contains {"trail": trail, "attribute": "is_multi_region_trail", "says": "covers one region only"} if {
	some trail in trails
	not reading.on(reading.value(trail, reading.whole(trail), "is_multi_region_trail", false))
}

gaps contains {"trail": trail, "attribute": "enable_log_file_validation", "says": unprotected} if {
	some trail in trails
	not reading.on(reading.value(trail, reading.whole(trail), "enable_log_file_validation", false))
}

unprotected := "does not protect its files against change"

gaps contains {"trail": trail, "attribute": "advanced_event_selector", "says": "records no data events of AI"} if {
	some trail in trails
	not unreadable(trail)
	count({type | some type in recorded(trail); of_ai(type)}) == 0
}

of_ai(type) if {
	some prefix in params.ai_data_events
	startswith(type, prefix)
}

unreadable(trail) if {
	some name in ["advanced_event_selector", "advanced_event_selectors", "event_selector", "event_selectors"]
	reading.unreadable(trail, reading.whole(trail), name)
}

# One good trail is enough.
good(trail) if {
	count({gap | some gap in gaps; gap.trail.subject == trail.subject}) == 0
	not unreadable(trail)
}

recorded_somewhere if {
	some trail in trails
	good(trail)
}

deny contains f if {
	count(amazon) > 0
	not recorded_somewhere
	some gap in gaps
	f := finding(
		gap.trail, gap.attribute, reading.where(gap.trail, reading.whole(gap.trail), gap.attribute),
		sprintf("Trail %s, beside AI resources, %s.", [gap.trail.address, gap.says]),
		{"attribute": gap.attribute},
	)
}

inconclusive contains f if {
	count(amazon) > 0
	not recorded_somewhere
	some trail in trails
	unreadable(trail)
	f := finding(
		trail, "advanced_event_selector", [],
		sprintf("What trail %s records cannot be read from the repository.", [trail.address]),
		{"attribute": "advanced_event_selector"},
	)
}

# The resource that sorts first stands for all.
unseen(resources, what) := finding(
	first, "trail", [],
	sprintf("No %s is declared here: whether another one records the use of %s cannot be seen.", [what, first.address]),
	{"resources": count(resources)},
) if {
	subject := min({r.subject | some r in resources})
	some first in resources
	first.subject == subject
}

inconclusive contains unseen(amazon, "trail") if count(trails) == 0

configs := [r |
	some r in input.resources
	startswith(r.type, "google_")
	endswith(r.type, "_iam_audit_config")
	r.attributes.service in {"aiplatform.googleapis.com", "allServices"}
]

inconclusive contains unseen(google, "audit configuration of Vertex AI") if count(configs) == 0

log_types := {place.body.log_type |
	some config in configs
	some place in reading.blocks(config, reading.whole(config), "audit_log_config")
}

deny contains f if {
	count(google) > 0
	some config in configs
	missing := {"DATA_READ", "DATA_WRITE"} - log_types
	count(missing) > 0
	f := finding(
		config, "audit_log_config", reading.where(config, reading.whole(config), "audit_log_config"),
		sprintf("Audit configuration %s leaves out %s of Vertex AI.", [config.address, concat(" and ", sort(missing))]),
		{"missing": sort(missing)},
	)
}

settings := [r | some r in input.resources; r.type == "azurerm_monitor_diagnostic_setting"]

diagnosed(service) if {
	some setting in settings
	reading.points(setting, reading.whole(setting), "target_resource_id", service, "id")
}

# A setting of the same root whose target is known after apply only.
doubtful(service) if {
	some setting in settings
	reading.root(setting) == reading.root(service)
	reading.unknown(setting, ["target_resource_id"])
	count([1 | some reference in setting.references; reference.path == ["target_resource_id"]]) == 0
}

deny contains f if {
	some service in azure
	not diagnosed(service)
	not doubtful(service)
	f := finding(
		service, "diagnostic_setting", [],
		sprintf("No diagnostic setting records the use of %s.", [service.address]),
		{"diagnostic_settings": 0},
	)
}

inconclusive contains f if {
	some service in azure
	not diagnosed(service)
	doubtful(service)
	f := finding(
		service, "diagnostic_setting", [],
		sprintf("Whether a diagnostic setting records the use of %s cannot be told before apply.", [service.address]),
		{"attribute": "target_resource_id"},
	)
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(amazon) + count(google) + count(azure) == 0
	reason := "the repository declares no AI resource"
}
