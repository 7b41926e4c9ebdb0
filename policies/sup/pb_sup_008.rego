# METADATA
# title: Model licence missing or incompatible with use
# description: >-
#   A model card names no licence, or one that forbids commercial use; or the terms of a model are accepted in
#   code while the inventory records no licence for it. Licences with conditions on the use or the user
#   (OpenRAIL, Llama and Gemma terms, "other") are for a person to judge, unless the inventory entry of the model
#   says `licence_approved`. What a resource tagged as not in production accepts is left out. A licence that was
#   negotiated is what a waiver is for.
# scope: package
# related_resources:
#   - ref: https://huggingface.co/docs/hub/repositories-licenses
#     description: Licenses on the Hugging Face Hub
# custom:
#   id: PB-SUP-008
#   version: 1
#   severity: high
#   scope: repository
#   resources: named
#   inputs:
#     - card
#     - k8s
#     - tf
#   controls:
#     - "NIST-AI-RMF:GOVERN 6.1"
#     - "NIST-AI-RMF:MAP 4.1"
#     - "ISO42001:A.10.3"
#     - "EU-AIA:53.1.c"
#     - "SOC2:CC9.2"
#     - "G7-CoC:11"
#   remediation: >-
#     Record the licence and its approval in .probity/inventory.yaml (licence, licence_approved), or use another
#     model.
#   applies_when: >-
#     the repository has a model card or accepts the terms of a model
#   params:
#     - non_commercial_licences
#     - conditional_licences
#     - nonproduction_environments
package probity.sup_008

import rego.v1

import data.probity.lib.settings
import data.probity.params

cards contains document if {
	some document in input.documents
	document.kind == "model-card"
}

# Names of the licence; "other" has its name in a member of its own.
licences(card) := {lower(name) |
	some name in as_list(object.get(card.value, "license_name", object.get(card.value, "license", [])))
	is_string(name)
	name != ""
}

as_list(value) := value if {
	is_array(value)
} else := [value]

matches(name, patterns) if {
	some pattern in patterns
	regex.match(pattern, name)
}

# Entries that approve the terms of the card's model, found by its name or by the model it builds on.
approved(card) if {
	some entry in settings.items(input.records.inventory.models)
	settings.given(entry.licence_approved)
	some member in ["name", "id", "model", "source"]
	is_string(entry[member])
	lower(entry[member]) in {lower(name) | some name in titles(card)}
}

titles(card) := {name |
	some member in ["model_name", "name", "base_model"]
	some name in as_list(object.get(card.value, member, []))
	is_string(name)
} | {folder(card.path)}

# The folder that a card lies in is named after the model.
folder(path) := segments[count(segments) - 2] if {
	segments := split(path, "/")
	count(segments) > 1
} else := path

finding(document, key, path, message, evidence) := {
	"msg": message,
	"resource": document.subject,
	"key": key,
	"path": path,
	"evidence": evidence,
}

licence_path(card) := [name] if {
	name := [member | some member in ["license_name", "license"]; card.value[member]][0]
} else := []

deny contains finding(card, "license", licence_path(card), message, {}) if {
	some card in cards
	count(licences(card)) == 0
	message := sprintf("Model card %s names no licence.", [card.path])
}

deny contains finding(card, concat(":", ["license", name]), licence_path(card), message, {"licence": name}) if {
	some card in cards
	some name in licences(card)
	matches(name, params.non_commercial_licences)
	not approved(card)
	message := sprintf("Model card %s names the licence %s, which forbids commercial use.", [card.path, name])
}

review contains finding(card, concat(":", ["license", name]), licence_path(card), message, {"licence": name}) if {
	some card in cards
	some name in licences(card)
	matches(name, params.conditional_licences)
	not matches(name, params.non_commercial_licences)
	not approved(card)
	message := sprintf("Model card %s names the licence %s, whose conditions somebody has to accept.", [
		card.path, name,
	])
}

# Terms that are accepted in code: the blocks that lead to the switch, by type.
switches := {
	"aws_sagemaker_model": [
		["primary_container", "model_data_source", "s3_data_source", "model_access_config", "accept_eula"],
		["container", "model_data_source", "s3_data_source", "model_access_config", "accept_eula"],
	],
	"awscc_sagemaker_model": [
		["primary_container", "model_data_source", "s3_data_source", "model_access_config", "accept_eula"],
		["containers", "model_data_source", "s3_data_source", "model_access_config", "accept_eula"],
	],
	"google_vertex_ai_endpoint_with_model_garden_deployment": [["model_config", "accept_eula"]],
}

acceptances contains {"resource": resource, "names": path, "path": place.path} if {
	some resource in input.resources
	some path in switches[resource.type]
	some place in settings.places(resource.attributes, path)
	settings.on(place.value)
	not settings.nonproduction(resource.attributes)
}

model_names(resource) := {lower(name) |
	some member in ["name", "model_name", "publisher_model_name", "hugging_face_model_id"]
	name := resource.attributes[member]
	is_string(name)
} | {lower(resource.name)}

recorded(resource) if {
	some entry in settings.items(input.records.inventory.models)
	some licence in ["licence", "license"]
	settings.given(entry[licence])
	some member in ["name", "id", "model", "source"]
	is_string(entry[member])
	lower(entry[member]) in model_names(resource)
}

deny contains finding(accepted.resource, concat(".", accepted.names), accepted.path, message, {}) if {
	some accepted in acceptances
	not recorded(accepted.resource)
	message := sprintf("%s accepts the terms of a model, and the inventory records no licence for it.", [
		settings.title(accepted.resource),
	])
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(cards) + count(acceptances) == 0
	reason := "the repository has no model card and accepts no terms of a model"
}
