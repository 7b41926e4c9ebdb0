package probity.log_005_test

import rego.v1

import data.probity.log_005

callback(change) := {"litellm_settings": object.union({"success_callback": ["langfuse"]}, change)}

presidio(change) := {"guardrails": [{
	"guardrail_name": "pii",
	"litellm_params": object.union({"guardrail": "presidio", "mode": "pre_call", "default_on": true}, change),
}]}

found := {[f.key, f.path] | some f in log_005.deny}

full := {["success_callback", ["litellm_settings", "success_callback"]]}

test_metadata_only_passes if {
	log_005.deny == set() with input as callback({"turn_off_message_logging": true})
	log_005.deny == set() with input as callback({"turn_off_message_logging": "true"})
	log_005.deny == set() with input as {"litellm_settings": {"callbacks": "prometheus"}}
	log_005.deny == set() with input as {"general_settings": {"database_url": "os.environ/DB"}}
}

test_redaction_passes if {
	every change in [{}, {"mode": ["pre_call", "post_call"]}, {"mode": "logging_only", "default_on": false}, {"guardrail": "bedrock"}] {
		log_005.deny == set() with input as object.union(callback({}), presidio(change))
	}
	log_005.deny == set() with input as callback({"callbacks": ["presidio"]})
}

test_nothing_is_recorded if {
	log_005.deny == {{
		"msg": "The gateway keeps no record of its calls: set success_callback, or connect a database.",
		"key": "record",
		"path": [],
		"evidence": {"attribute": "litellm_settings.success_callback"},
	}} with input as {"model_list": []}
	every settings in [{}, {"success_callback": []}, {"callbacks": ["detect_prompt_injection"]}] {
		found == {["record", ["litellm_settings"]]} with input as {"litellm_settings": settings}
	}
	found == {["record", []]} with input as {"general_settings": {"database_url": ""}}
	found == {["record", []]} with input as {"general_settings": {"database_url": "x", "disable_spend_logs": true}}
	log_005.deny == set() with input as {"general_settings": {"database_url": "x", "disable_spend_logs": false}}
}

test_prompts_in_spend_logs if {
	every value in [true, "True"] {
		log_005.deny == {{
			"msg": "The gateway keeps full prompts (store_prompts_in_spend_logs): redact personal data, or keep metadata only.",
			"key": "store_prompts_in_spend_logs",
			"path": ["general_settings", "store_prompts_in_spend_logs"],
			"evidence": {"kept_by": "store_prompts_in_spend_logs", "callbacks": [], "prompt_logging": "redacted"},
		}} with input as {"general_settings": {"database_url": "x", "store_prompts_in_spend_logs": value}}
	}
	log_005.deny == set() with input as {"general_settings": {"database_url": "x", "store_prompts_in_spend_logs": false}}
}

test_prompts_by_callback if {
	log_005.deny == {{
		"msg": "The gateway keeps full prompts (success_callback): redact personal data, or keep metadata only.",
		"key": "success_callback",
		"path": ["litellm_settings", "success_callback"],
		"evidence": {"kept_by": "success_callback", "callbacks": ["langfuse"], "prompt_logging": "redacted"},
	}} with input as callback({})
	found == {["callbacks", ["litellm_settings", "callbacks"]]} with input as {"litellm_settings": {"callbacks": ["otel"]}}
}

test_telemetry_without_messages_passes if {
	telemetry := {"litellm_settings": {"callbacks": ["otel"]}}
	log_005.deny == set() with input as object.union(telemetry, {"callback_settings": {"otel": {"message_logging": false}}})
	count(log_005.deny) == 1 with input as object.union(telemetry, {"callback_settings": {"otel": {"message_logging": true}}})
}

test_guardrail_that_does_not_redact if {
	every change in [{"default_on": false}, {"mode": "post_call"}, {"guardrail": "lakera"}] {
		found == full with input as object.union(callback({}), presidio(change))
	}
}

# Full logging may be needed for the traceability of a high-risk system.
test_full_logging_by_parameter if {
	log_005.deny == set() with input as callback({}) with data.probity.params.prompt_logging as "full"
}

test_metadata_by_parameter if {
	case := object.union(callback({}), presidio({}))
	{f.msg | some f in log_005.deny} == {"The gateway keeps full prompts (success_callback): keep metadata only."} with input as case
		with data.probity.params.prompt_logging as "metadata"
	log_005.deny == set() with input as callback({"turn_off_message_logging": true})
		with data.probity.params.prompt_logging as "metadata"
}
