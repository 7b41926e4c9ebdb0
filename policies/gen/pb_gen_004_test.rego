package probity.gen_004_test

import rego.v1

import data.probity.gen_004

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

filters := {
	"pi_and_jailbreak_filter_settings": [{"filter_enforcement": "ENABLED"}],
	"sdp_settings": [{"basic_config": [{"filter_enforcement": "ENABLED"}]}],
	"rai_settings": [{"rai_filters": [{"filter_type": "DANGEROUS"}]}],
}

floor(change) := resource("google_model_armor_floorsetting", object.union({
	"filter_config": [filters], "enable_floor_setting_enforcement": true,
	"ai_platform_floor_setting": [{"inspect_and_block": true}],
}, change))

template(change) := resource("google_model_armor_template", object.union({
	"filter_config": [filters], "template_metadata": [{"log_sanitize_operations": true}],
}, change))

endpoint := resource("google_vertex_ai_endpoint", {})

found := {[f.resource, f.key, f.path] | some f in gen_004.deny}

floor_subject := "terraform:infra//google_model_armor_floorsetting.x"

template_subject := "terraform:infra//google_model_armor_template.x"

test_enforced_floor_passes if {
	every case in [root([endpoint, floor({})]), root([endpoint, template({})])] {
		gen_004.deny == set() with input as case
		gen_004.inconclusive == set() with input as case
		gen_004.not_applicable == set() with input as case
	}
}

test_floor_that_is_not_enforced if {
	gen_004.deny == {{
		"msg": "google_model_armor_floorsetting.x does not enforce its floor.",
		"resource": floor_subject,
		"key": "enable_floor_setting_enforcement",
		"path": ["enable_floor_setting_enforcement"],
		"evidence": {"attribute": "enable_floor_setting_enforcement"},
	}} with input as root([floor({"enable_floor_setting_enforcement": false})])
	absent := resource("google_model_armor_floorsetting", object.remove(floor({}).attributes, ["enable_floor_setting_enforcement"]))
	found == {[floor_subject, "enable_floor_setting_enforcement", []]} with input as root([absent])
}

test_floor_that_only_inspects if {
	gen_004.deny == {{
		"msg": "google_model_armor_floorsetting.x inspects the traffic of Vertex AI without blocking any.",
		"resource": floor_subject,
		"key": "inspect_and_block",
		"path": ["ai_platform_floor_setting"],
		"evidence": {"attribute": "inspect_and_block"},
	}} with input as root([floor({"ai_platform_floor_setting": [{"inspect_only": true}]})])
	found == {[floor_subject, "inspect_and_block", ["ai_platform_floor_setting"]]} with input as root([floor({"ai_platform_floor_setting": []})])
}

test_missing_filters if {
	every name, message in {
		"pi_and_jailbreak_filter_settings": "has no filter against prompt injection and jailbreaks",
		"rai_settings": "has no filter for harmful content",
		"sdp_settings": "has no filter for sensitive data",
	} {
		case := root([template({"filter_config": [object.remove(filters, [name])]})])
		gen_004.deny == {{
			"msg": sprintf("google_model_armor_template.x %s.", [message]),
			"resource": template_subject,
			"key": name,
			"path": ["filter_config"],
			"evidence": {"attribute": name},
		}} with input as case
		found == {[floor_subject, name, ["filter_config"]]} with input as root([floor({"filter_config": [object.remove(filters, [name])]})])
	}
}

test_disabled_filters if {
	every name, body in {
		"pi_and_jailbreak_filter_settings": {"filter_enforcement": "DISABLED"},
		"rai_settings": {"rai_filters": []},
		"sdp_settings": {"basic_config": [{"filter_enforcement": "DISABLED"}]},
	} {
		case := root([template({"filter_config": [object.union(filters, {name: [body]})]})])
		found == {[template_subject, name, ["filter_config"]]} with input as case
	}
	advanced := object.union(filters, {"sdp_settings": [{"advanced_config": [{"inspect_template": "t"}]}]})
	gen_004.deny == set() with input as root([template({"filter_config": [advanced]})])
	dynamic := object.union(filters, {"sdp_settings": "probity-unknown"})
	gen_004.deny == set() with input as root([template({"filter_config": [dynamic]})])
}

test_template_without_a_log if {
	every metadata in [[], [{"log_sanitize_operations": false}], [{"log_template_operations": true}]] {
		gen_004.deny == {{
			"msg": "google_model_armor_template.x keeps no log of what it screens.",
			"resource": template_subject,
			"key": "log_sanitize_operations",
			"path": ["template_metadata"],
			"evidence": {"attribute": "log_sanitize_operations"},
		}} with input as root([template({"template_metadata": metadata})])
	}
}

# The floor of the organisation stands in another repository.
test_no_floor_is_inconclusive if {
	every type in [
		"google_vertex_ai_endpoint",
		"google_vertex_ai_reasoning_engine",
		"google_discovery_engine_chat_engine",
		"google_dialogflow_cx_agent",
	] {
		case := root([resource(type, {})])
		gen_004.deny == set() with input as case
		gen_004.inconclusive == {{
			"msg": sprintf("%s.x is not screened by a floor of this root: one may be set in another repository.", [type]),
			"resource": sprintf("terraform:infra//%s.x", [type]),
			"key": "floor",
			"path": [],
			"evidence": {"attribute": "floor"},
		}} with input as case
	}
	two := root([resource("google_vertex_ai_reasoning_engine", {}), endpoint])
	{f.resource | some f in gen_004.inconclusive} == {"terraform:infra//google_vertex_ai_endpoint.x"} with input as two
}

test_unreadable_settings_are_inconclusive if {
	every name in ["filter_config", "ai_platform_floor_setting"] {
		case := root([floor({name: "probity-unknown"})])
		gen_004.deny == set() with input as case
		{[f.msg, f.path] | some f in gen_004.inconclusive} == {[
			"google_model_armor_floorsetting.x has settings that cannot be read from the repository.", [name],
		]} with input as case
	}
	case := root([template({"template_metadata": true})])
	gen_004.deny == set() with input as case
	{f.key | some f in gen_004.inconclusive} == {"template_metadata"} with input as case
}

test_not_applicable if {
	case := root([resource("google_vertex_ai_index", {})])
	gen_004.deny == set() with input as case
	gen_004.not_applicable == {{
		"msg": "the root holds no endpoint or agent on Vertex AI", "key": "", "path": [], "evidence": {},
	}} with input as case
}
