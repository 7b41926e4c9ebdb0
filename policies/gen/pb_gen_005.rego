# METADATA
# title: LLM gateway without guardrails, auth, rate or budget limits
# description: >-
#   The configuration of a LiteLLM gateway holds a master key or a provider's key in clear text, sets no guardrail
#   that runs before every call, or limits neither requests nor spending. A gateway without any master key in the
#   file is inconclusive, because the environment may set one. Where a database holds virtual keys their budgets
#   cannot be seen here, so a missing limit is a question for a person.
# scope: package
# related_resources:
#   - ref: https://docs.litellm.ai/docs/proxy/config_settings
#     description: "LiteLLM: all settings"
#   - ref: https://docs.litellm.ai/docs/proxy/guardrails/quick_start
#     description: "LiteLLM: guardrails"
# custom:
#   id: PB-GEN-005
#   version: 1
#   severity: high
#   scope: document
#   selects:
#     - litellm
#   inputs: [llmgw]
#   controls:
#     - "OWASP-LLM:LLM10:2025"
#     - "OWASP-LLM:LLM01:2025"
#     - "EU-AIA:15.5"
#     - "ATLAS:AML.M0004"
#     - "ATLAS:AML.M0020"
#     - "NIST-AI-RMF:MANAGE 1.3"
#     - "SOC2:CC6.1"
#     - "NIST-800-53:SC-5"
#   remediation: >-
#     Read master_key and api_key from the environment (os.environ/NAME), add a guardrail with mode pre_call and
#     default_on true, and set rpm and tpm for each model or a max_budget.
#   params:
#     - gateway_secrets
#     - gateway_placeholder_keys
#     - gateway_guarding_callbacks
#     - gateway_limits
package probity.gen_005

import rego.v1

import data.probity.lib.gateway
import data.probity.params

general := gateway.section(input, "general_settings")

settings := gateway.section(input, "litellm_settings")

models := gateway.models(input)

guardrails := gateway.guardrails(input)

finding(key, path, message, evidence) := {"msg": message, "key": key, "path": path, "evidence": evidence}

deny contains finding(
	"master_key", ["general_settings", "master_key"],
	"The master key of the gateway stands in the file in clear text: read it from the environment.",
	{"attribute": "general_settings.master_key"},
) if {
	gateway.literal_secret(general.master_key)
}

# Tokens and own authentication replace the key.
authenticated if general.enable_jwt_auth in {true, "true"}

authenticated if gateway.given(general, "custom_auth")

authenticated if gateway.given(general, "master_key")

inconclusive contains finding(
	"master_key", section_path("general_settings"),
	"The gateway has no master key in the file: whether its environment sets one cannot be seen here.",
	{"attribute": "general_settings.master_key"},
) if {
	not authenticated
}

section_path(name) := [name] if {
	is_object(input[name])
} else := []

# Secrets of the models and of the guardrails.
deny contains finding(
	concat(":", [name, place.name]), array.concat(place.path, [name]),
	sprintf("The %s of %s stands in the file in clear text: read it from the environment.", [name, place.name]),
	{"attribute": name, "of": place.name},
) if {
	some place in array.concat(models, guardrails)
	some name in params.gateway_secrets
	secret := place.params[name]
	gateway.literal_secret(secret)
	not lower(secret) in params.gateway_placeholder_keys
}

guarding contains guardrail.name if {
	some guardrail in guardrails
	"pre_call" in gateway.modes(guardrail)
}

guarded if {
	some guardrail in guardrails
	"pre_call" in gateway.modes(guardrail)
	gateway.default_on(guardrail)
}

# The older form: a list of maps from a name to its settings.
guarded if {
	some entry in gateway.inside(settings.guardrails)
	some guardrail in gateway.inside(entry)
	guardrail.default_on in {true, "true"}
}

guarded if {
	some callback in gateway.callbacks(input, ["callbacks"])
	callback in params.gateway_guarding_callbacks
}

# Each model may name its own.
guarded if {
	count(models) > 0
	every model in models {
		some name in gateway.inside(model.params.guardrails)
		name in guarding
	}
}

deny contains finding(
	"guardrails", path_of_guardrails,
	"No guardrail of the gateway runs before every call: add one with mode pre_call and default_on true.",
	{"guardrails": sort([guardrail.name | some guardrail in guardrails])},
) if {
	not guarded
}

path_of_guardrails := ["guardrails"] if {
	count(guardrails) > 0
} else := []

limited if {
	some section, names in params.gateway_limits
	some name in names
	limit := gateway.section(input, section)[name]
	not limit in {null, 0, false, ""}
}

limited if {
	count(models) > 0
	every model in models { limited_model(model) }
}

unlimited := finding(
	"limits", section_path("litellm_settings"),
	"The gateway limits neither requests nor spending: set rpm and tpm for each model, or a max_budget.",
	{"models_without_limit": sort([model.name | some model in models; not limited_model(model)])},
) if {
	not limited
}

limited_model(model) if {
	some name in ["rpm", "tpm", "max_budget"]
	model.params[name] > 0
}

# Virtual keys live in a database, with their budgets.
keyed if gateway.given(general, "database_url")

keyed if general.store_model_in_db in {true, "true"}

deny contains unlimited if not keyed

review contains object.union(unlimited, {
	"msg": "The gateway's file limits neither requests nor spending; its virtual keys may do so in the database.",
}) if {
	keyed
}
