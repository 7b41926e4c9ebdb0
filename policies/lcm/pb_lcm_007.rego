# METADATA
# title: No decommissioning plan / orphaned model
# description: >-
#   A model whose card says that it is retired is still served: a SageMaker card is archived, or a card names its
#   successor (new_version), carries a tag such as deprecated or says so by its status, and a resource of the same name
#   serves it. An endpoint whose file nobody changed for a year is a review: it may be an orphan or a cold standby.
# scope: package
# related_resources:
#   - ref: https://huggingface.co/docs/hub/model-cards
#     description: "Hugging Face: model cards, new_version"
# custom:
#   id: PB-LCM-007
#   version: 1
#   severity: low
#   scope: repository
#   needs: [resources]
#   resources: named
#   inputs: [git, tf, card]
#   controls:
#     - "NIST-AI-RMF:GOVERN 1.7"
#     - "NIST-AI-RMF:MANAGE 2.4"
#     - "ISO42001:A.6.2.6"
#     - "EU-AIA:20.1"
#     - "SOC2:CC7.1"
#   remediation: >-
#     Retire the endpoint, or correct the card.
#   applies_when: >-
#     a resource serves a model
#   params:
#     - endpoint_max_idle_days
#     - endpoint_types
#     - generic_model_words
#     - retired_words
#     - serving_types
package probity.lcm_007

import rego.v1

import data.probity.lib.cards
import data.probity.lib.dates
import data.probity.lib.reviews
import data.probity.params

serving := [resource | types := params.serving_types; some resource in input.resources; resource.type in types]

names_of(resource) := {resource.name} | {name |
	some path in [
		["name"], ["model_name"], ["ModelName"], ["endpoint_name"], ["EndpointName"], ["display_name"],
		["spec", "predictor", "model", "storageUri"], ["spec", "model", "uri"],
	]
	name := object.get(resource.attributes, path, null)
	is_string(name)
}

# Cards that say that their model is retired, with the words that say so.

retired contains {"subject": card.subject, "title": card.path, "labels": cards.labels(card), "path": [key], "says": says} if {
	some card in cards.model_cards(input.documents)
	some key in ["new_version", "status", "tags", "deprecated"]
	says := said(key, card.value[key])
}

said("new_version", value) := sprintf("new_version: %s", [value]) if {
	is_string(value)
	value != ""
}

said("status", value) := sprintf("status: %s", [value]) if lower(value) in params.retired_words

said("tags", tags) := sprintf("tag %s", [min(marks)]) if {
	marks := {lower(tag) | some tag in cards.as_list(tags); lower(tag) in params.retired_words}
	count(marks) > 0
}

said("deprecated", true) := "deprecated: true"

statuses := {
	"aws_sagemaker_model_card": ["model_card_status", "model_card_name"],
	"awscc_sagemaker_model_card": ["model_card_status", "model_card_name"],
	"AWS::SageMaker::ModelCard": ["ModelCardStatus", "ModelCardName"],
}

retired contains {"subject": r.subject, "title": r.name, "labels": labels, "path": [status], "says": "status Archived"} if {
	some r in input.resources
	[status, name] := statuses[r.type]
	r.attributes[status] == "Archived"
	labels := {r.name} | {text | text := r.attributes[name]; is_string(text)}
}

served(card) := sort([resource.subject |
	some resource in serving
	some name in names_of(resource)
	some label in card.labels
	cards.alike(cards.words(label), cards.words(name))
])

deny contains f if {
	some card in retired
	subjects := {subject | some subject in served(card)}
	count(subjects) > 0
	f := {
		"msg": sprintf("Model card %s says that its model is retired (%s), and %s still serves it.", [
			card.title,
			card.says,
			concat(", ", sort(subjects)),
		]),
		"resource": card.subject,
		"key": "",
		"path": card.path,
		"evidence": {"says": card.says, "served_by": concat(", ", sort(subjects))},
	}
}

# Nobody changed what declares the endpoint.
review contains f if {
	types := params.endpoint_types
	some resource in input.resources
	resource.type in types
	last := input.history.last_changed[resource.path]
	dates.older(last.date, params.endpoint_max_idle_days, input.now)
	f := {
		"msg": sprintf("Nobody changed endpoint %s since commit %s of %s: is it still needed?", [
			resource.name,
			reviews.short(last.commit),
			substring(last.date, 0, 10),
		]),
		"resource": resource.subject,
		"key": "idle",
		"path": [],
		"evidence": {"commit": last.commit, "file": resource.path},
	}
}

not_applicable contains {"msg": "no resource serves a model", "key": "", "path": [], "evidence": {}} if {
	count(serving) == 0
}
