# METADATA
# title: LLM gateway logs full prompts without redaction, or logs nothing
# description: >-
#   A LiteLLM gateway keeps no record of its calls, or keeps prompts as they came: in its spend logs, or by a
#   callback. Redaction is a guardrail that takes personal data out before the call or before logging, or messages
#   switched off. What may be kept is the parameter prompt_logging. Callbacks that keep figures only, or guard a
#   request, do not keep prompts. Whether a custom callback redacts by itself cannot be seen; it counts as one that
#   keeps prompts.
# scope: package
# related_resources:
#   - ref: https://docs.litellm.ai/docs/proxy/logging
#     description: "LiteLLM: logging"
#   - ref: https://docs.litellm.ai/docs/proxy/guardrails/pii_masking_v2
#     description: "LiteLLM: masking of personal data"
# custom:
#   id: PB-LOG-005
#   version: 1
#   severity: high
#   scope: document
#   selects:
#     - litellm
#   inputs: [llmgw]
#   controls:
#     - "EU-AIA:12.1"
#     - "GDPR:5.1.c"
#     - "GDPR:25.2"
#     - "NIST-AI-600-1:MS-2.10-001"
#     - "ISO42001:A.6.2.8"
#     - "OWASP-LLM:LLM02:2025"
#     - "ATLAS:AML.M0024"
#     - "CCPA:1798.100(c)"
#   remediation: >-
#     Record every call with a callback, and set turn_off_message_logging true or add a guardrail such as presidio
#     with mode pre_call or logging_only.
#   params:
#     - prompt_logging
#     - gateway_metric_callbacks
#     - gateway_silent_callbacks
#     - gateway_redacting_guardrails
package probity.log_005

import rego.v1

import data.probity.lib.gateway
import data.probity.params

general := gateway.section(input, "general_settings")

settings := gateway.section(input, "litellm_settings")

callbacks := {callback |
	some callback in gateway.callbacks(input, ["callbacks", "success_callback"])
	not callback in params.gateway_silent_callbacks
}

# With a database every call is written down, unless that is switched off.
spend_logs if {
	gateway.given(general, "database_url")
	not object.get(general, "disable_spend_logs", false) in {true, "true"}
}

recorded if spend_logs

recorded if count(callbacks) > 0

deny contains {
	"msg": "The gateway keeps no record of its calls: set success_callback, or connect a database.",
	"key": "record",
	"path": settings_path,
	"evidence": {"attribute": "litellm_settings.success_callback"},
} if {
	not recorded
}

settings_path := ["litellm_settings"] if {
	is_object(input.litellm_settings)
} else := []

# OpenTelemetry can leave messages out by itself.
keeping := {callback |
	some callback in callbacks
	not callback in params.gateway_metric_callbacks
	not without_messages(callback)
}

without_messages(callback) if {
	own := gateway.section(input, "callback_settings")[callback]
	own.message_logging in {false, "false"}
}

stores contains {"what": name, "path": ["general_settings", name]} if {
	name := "store_prompts_in_spend_logs"
	lower(sprintf("%v", [general[name]])) == "true"
}

stores contains {"what": name, "path": ["litellm_settings", name]} if {
	some name in ["callbacks", "success_callback"]
	count(gateway.callbacks(input, [name]) & keeping) > 0
}

messages_off if settings.turn_off_message_logging in {true, "true"}

# Before the call a guardrail must run for everyone; one for logging only has no other purpose.
redacted if {
	some guardrail in gateway.guardrails(input)
	guardrail.params.guardrail in params.gateway_redacting_guardrails
	runs(guardrail)
}

redacted if "presidio" in gateway.callbacks(input, ["callbacks"])

runs(guardrail) if {
	"pre_call" in gateway.modes(guardrail)
	gateway.default_on(guardrail)
}

runs(guardrail) if "logging_only" in gateway.modes(guardrail)

allowed if messages_off

allowed if {
	params.prompt_logging == "redacted"
	redacted
}

allowed if params.prompt_logging == "full"

remedy := "keep metadata only" if {
	params.prompt_logging == "metadata"
} else := "redact personal data, or keep metadata only"

deny contains {
	"msg": sprintf("The gateway keeps full prompts (%s): %s.", [store.what, remedy]),
	"key": store.what,
	"path": store.path,
	"evidence": {"kept_by": store.what, "callbacks": sort(keeping), "prompt_logging": params.prompt_logging},
} if {
	not allowed
	some store in stores
}
