# METADATA
# title: Vertex/agent traffic without Model Armor
# description: >-
#   Prompts and answers on Vertex AI are not screened: a floor setting of Model Armor is not enforced or only
#   inspects, or a floor setting or template lacks the filter against prompt injection, the filter for sensitive data
#   or those for harmful content, or keeps no log. The floor is often set for a folder or the organisation in another
#   repository, so that none in this root is inconclusive.
# scope: package
# related_resources:
#   - ref: https://cloud.google.com/security-command-center/docs/model_armor_floor_settings
#     description: Configure Model Armor floor settings
# custom:
#   id: PB-GEN-004
#   version: 1
#   severity: medium
#   scope: module
#   resources: named
#   selects:
#     - terraform
#   inputs: [tf]
#   controls:
#     - "EU-AIA:15.5"
#     - "NIST-AI-600-1:MS-2.6-006"
#     - "OWASP-LLM:LLM01:2025"
#     - "OWASP-LLM:LLM02:2025"
#     - "ATLAS:AML.M0020"
#     - "ISO42001:A.9.2"
#   remediation: >-
#     Enforce a google_model_armor_floorsetting with inspect_and_block and filters against prompt injection, for
#     sensitive data and for harmful content.
#   applies_when: >-
#     the root holds an endpoint or agent on Vertex AI, or Model Armor itself
package probity.gen_004

import rego.v1

import data.probity.lib.reading

# What answers prompts.
traffic contains r if {
	some r in input.resources
	some prefix in [
		"google_vertex_ai_endpoint",
		"google_vertex_ai_reasoning_engine",
		"google_discovery_engine_chat_engine",
		"google_dialogflow_cx_agent",
	]
	startswith(r.type, prefix)
}

floors contains r if {
	some r in input.resources
	r.type == "google_model_armor_floorsetting"
}

templates contains r if {
	some r in input.resources
	r.type == "google_model_armor_template"
}

finding(r, key, path, message) := {
	"msg": sprintf("%s %s.", [r.address, message]),
	"resource": r.subject,
	"key": key,
	"path": path,
	"evidence": {"attribute": key},
}

deny contains finding(floor, "enable_floor_setting_enforcement", path, "does not enforce its floor") if {
	some floor in floors
	not reading.on(object.get(floor.attributes, "enable_floor_setting_enforcement", false))
	path := reading.where(floor, reading.whole(floor), "enable_floor_setting_enforcement")
}

services(floor) := reading.blocks(floor, reading.whole(floor), "ai_platform_floor_setting")

blocks_traffic(floor) if {
	some service in services(floor)
	reading.on(service.body.inspect_and_block)
}

unreadable(r, name) if reading.unreadable(r, reading.whole(r), name)

deny contains finding(floor, "inspect_and_block", path, "inspects the traffic of Vertex AI without blocking any") if {
	some floor in floors
	not unreadable(floor, "ai_platform_floor_setting")
	not blocks_traffic(floor)
	path := reading.where(floor, reading.whole(floor), "ai_platform_floor_setting")
}

# The filters of a floor and of a template have one form.
configurations(r) := reading.blocks(r, reading.whole(r), "filter_config")

enforced(r, "pi_and_jailbreak_filter_settings") if {
	some configuration in configurations(r)
	some filter in reading.blocks(r, configuration, "pi_and_jailbreak_filter_settings")
	filter.body.filter_enforcement == "ENABLED"
}

enforced(r, "sdp_settings") if {
	some configuration in configurations(r)
	some filter in reading.blocks(r, configuration, "sdp_settings")
	some basic in reading.blocks(r, filter, "basic_config")
	basic.body.filter_enforcement == "ENABLED"
}

enforced(r, "sdp_settings") if {
	some configuration in configurations(r)
	some filter in reading.blocks(r, configuration, "sdp_settings")
	count(reading.blocks(r, filter, "advanced_config")) > 0
}

enforced(r, "rai_settings") if {
	some configuration in configurations(r)
	some filter in reading.blocks(r, configuration, "rai_settings")
	count(reading.blocks(r, filter, "rai_filters")) > 0
}

# A block that cannot be read may hold the filter.
enforced(r, name) if {
	some configuration in configurations(r)
	reading.unreadable(r, configuration, name)
}

filters := {
	"pi_and_jailbreak_filter_settings": "has no filter against prompt injection and jailbreaks",
	"rai_settings": "has no filter for harmful content",
	"sdp_settings": "has no filter for sensitive data",
}

deny contains finding(r, name, path, message) if {
	some r in floors | templates
	not unreadable(r, "filter_config")
	some name, message in filters
	not enforced(r, name)
	path := reading.where(r, reading.whole(r), "filter_config")
}

deny contains finding(template, "log_sanitize_operations", path, "keeps no log of what it screens") if {
	some template in templates
	not unreadable(template, "template_metadata")
	metadata := reading.blocks(template, reading.whole(template), "template_metadata")
	count([place | some place in metadata; reading.on(place.body.log_sanitize_operations)]) == 0
	path := reading.where(template, reading.whole(template), "template_metadata")
}

inconclusive contains f if {
	count(floors) == 0
	count(templates) == 0
	subject := min({r.subject | some r in traffic})
	some first in traffic
	first.subject == subject
	f := finding(first, "floor", [], "is not screened by a floor of this root: one may be set in another repository")
}

inconclusive contains finding(r, name, path, "has settings that cannot be read from the repository") if {
	some r in floors | templates
	some name in ["filter_config", "ai_platform_floor_setting", "template_metadata"]
	unreadable(r, name)
	path := [name]
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count((traffic | floors) | templates) == 0
	reason := "the root holds no endpoint or agent on Vertex AI"
}
