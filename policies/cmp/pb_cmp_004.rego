# METADATA
# title: Training compute and energy not recorded
# description: >-
#   A card of a large model does not record what its training took (emissions, energy, hours of accelerators or
#   operations). The size is that which the card states (in its name, its tags or its text, for example 7B); a
#   card that states none is not judged. A number in the text counts as much as one in the front matter. Records
#   of experiment trackers are not read.
# scope: package
# related_resources:
#   - ref: https://huggingface.co/docs/hub/model-cards-co2
#     description: Carbon emissions on the Hugging Face Hub
# custom:
#   id: PB-CMP-004
#   version: 1
#   severity: low
#   scope: repository
#   inputs:
#     - card
#     - mlflow
#     - git
#   controls:
#     - "NIST-AI-RMF:MEASURE 2.12"
#     - "EU-AIA:51.2"
#     - "EU-AIA:53.1.a"
#     - "EU-AIA:Annex IV.2.c"
#     - "ISO42001:A.4.5"
#     - "UNESCO:31"
#     - "OECD:1.1"
#   remediation: >-
#     Record it in the card, for example co2_eq_emissions with emissions and source.
#   applies_when: >-
#     a card states a model size above the threshold
#   params:
#     - recorded_model_billions
package probity.cmp_004

import rego.v1

import data.probity.params

cards contains document if {
	some document in input.documents
	document.kind == "model-card"
}

as_list(value) := value if {
	is_array(value)
} else := [value]

# What names the model: its name, what it builds on, its tags, the folder of its card.
names(card) := {lower(name) |
	some member in ["model_name", "name", "base_model", "tags"]
	some name in as_list(object.get(card.value, member, []))
	is_string(name)
} | {lower(card.path)}

# Billions of parameters in a name: llama-3-70b, qwen2.5-0.5b.
billions(text) := {to_number(match[1]) |
	some match in regex.find_all_string_submatch_n(`(?:^|[-_/ .])([0-9]{1,4}(?:\.[0-9]+)?)b(?:$|[-_/ .])`, text, -1)
}

stated(card) := {to_number(match[1]) |
	text := lower(object.get(card, "text", ""))
	some match in regex.find_all_string_submatch_n(`([0-9]{1,4}(?:\.[0-9]+)?) ?(?:b|billion) parameters`, text, -1)
}

sizes(card) := {size | some name in names(card); some size in billions(name)} | stated(card)

large contains card if {
	some card in cards
	max(sizes(card)) >= params.recorded_model_billions
}

# Members of the front matter, and words of the text, that record it.
recorded(card) if {
	some member in ["co2_eq_emissions", "training_compute", "training_flops", "training_energy", "gpu_hours"]
	not object.get(card.value, member, null) in {null, "", {}}
}

recorded(card) if {
	text := lower(object.get(card, "text", ""))
	regex.match(`[0-9] ?(kwh|mwh|t ?co2|kg ?co2|tco2eq|flops?|petaflop|exaflop|(gpu|tpu|accelerator)[ -]?hours?)`, text)
}

recorded(card) if {
	text := lower(object.get(card, "text", ""))
	pattern := `((gpu|tpu|accelerator)[ -]hours?|carbon emitted|co2 emissions?|training compute|energy used)[^0-9]+[0-9]`
	regex.match(pattern, text)
}

deny contains f if {
	some card in large
	not recorded(card)
	size := max(sizes(card))
	f := {
		"msg": sprintf("Model card %s describes a model of %v billion parameters and records no compute or energy.", [
			card.path, size,
		]),
		"resource": card.subject,
		"key": "compute",
		"path": [],
		"evidence": {"billions": sprintf("%v", [size])},
	}
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(large) == 0
	reason := "no model card states a size above the threshold"
}
