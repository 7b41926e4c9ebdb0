# How the policies read the configuration of an LLM gateway (LiteLLM's config.yaml).
package probity.lib.gateway

import rego.v1

# A text that is given. A key without a value gives none.
given(section_, name) if {
	is_string(section_[name])
	section_[name] != ""
}

section(config, name) := config[name] if {
	is_object(config[name])
} else := {}

# The entries of a list of objects as {"body", "path"}.
entries(config, name) := [{"body": entry, "path": [name, i]} |
	is_array(config[name])
	some i, entry in config[name]
	is_object(entry)
]

models(config) := [{"name": name, "params": params, "path": array.concat(entry.path, ["litellm_params"])} |
	some entry in entries(config, "model_list")
	params := entry.body.litellm_params
	is_object(params)
	name := object.get(entry.body, "model_name", object.get(params, "model", ""))
]

guardrails(config) := [{"name": name, "params": params, "path": array.concat(entry.path, ["litellm_params"])} |
	some entry in entries(config, "guardrails")
	params := entry.body.litellm_params
	is_object(params)
	name := object.get(entry.body, "guardrail_name", "")
]

# A mode is a text, a list, or an object that names modes by tag and a default.
modes(guardrail) := {mode |
	walk(object.get(guardrail.params, "mode", null), [_, mode])
	is_string(mode)
}

default_on(guardrail) if guardrail.params.default_on in {true, "true"}

# Callbacks are one text or a list of them.
callbacks(config, names) := {lower(callback) |
	settings := section(config, "litellm_settings")
	some name in names
	some callback in listed(object.get(settings, name, []))
	is_string(callback)
}

listed(value) := value if {
	is_array(value)
} else := [value]

# The entries of a map, or the items of a list; a lone value has none.
inside(value) := value if {
	type_name(value) in {"array", "object"}
} else := []

# A secret that comes from somewhere else: the environment, a template, a store.
elsewhere(text) if regex.match(`^\s*$|^os\.environ/|^oidc/|\$\{|^\$[A-Za-z_]|\{\{|^<.*>$`, text)

literal_secret(value) if {
	is_string(value)
	not elsewhere(value)
}
