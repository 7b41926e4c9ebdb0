# METADATA
# title: Model has no model card
# description: >-
#   A model that is registered or deployed has no model card in the repository. A card belongs to a model when the
#   words of its folder, file name or front matter (model_name, model-index, base_model) and those of the model's
#   name are contained in one another; words such as model or endpoint do not count. A card at the root that names
#   no model describes them all, and so does a SageMaker model card in the same Terraform root. A third-party
#   model pinned to a revision has its card upstream.
# scope: package
# related_resources:
#   - ref: https://huggingface.co/docs/hub/model-cards
#     description: "Hugging Face: model cards"
# custom:
#   id: PB-DOC-001
#   version: 1
#   severity: high
#   scope: repository
#   controls:
#     - "EU-AIA:11.1"
#     - "EU-AIA:13.2"
#     - "EU-AIA:Annex IV.1"
#     - "EU-AIA:53.1.a"
#     - "NIST-AI-RMF:MAP 1.1"
#     - "NIST-AI-RMF:MEASURE 2.9"
#     - "NIST-AI-RMF:GOVERN 4.2"
#     - "ISO42001:A.6.2.7"
#     - "ISO42001:A.8.2"
#     - "OECD:1.3"
#     - "UNESCO:37"
#     - "G7-CoC:3"
#   remediation: >-
#     Add the card next to the model source.
#   applies_when: >-
#     the repository registers or deploys a model
#   params:
#     - generic_model_words
package probity.doc_001

import rego.v1

import data.probity.params

models contains {"resource": r, "names": terraform_names(r)} if {
	some r in input.resources
	r.type in {"aws_sagemaker_model", "aws_sagemaker_model_package_group"}
	not pinned(r)
}

models contains {"resource": r, "names": ({r.name} | uris(r))} if {
	some r in input.resources
	r.type in {"InferenceService", "LLMInferenceService"}
	not pinned(r)
}

# The label of the resource is known even where its name comes from a variable.
terraform_names(r) := {r.name} | {name |
	some attribute in ["name", "model_package_group_name"]
	name := r.attributes[attribute]
	is_string(name)
}

uris(r) := {uri |
	some path in [["spec", "predictor", "model", "storageUri"], ["spec", "model", "uri"], ["spec", "model", "name"]]
	uri := object.get(r.attributes, path, null)
	is_string(uri)
}

# The upstream card of exactly this revision describes the model.
pinned(r) if {
	some uri in uris(r)
	regex.match(`^hf://[^/]+/[^:]+:[0-9a-f]{7,64}$`, uri)
}

pinned(r) if {
	some block in ["primary_container", "container"]
	some container in r.attributes[block]
	some name, value in container.environment
	regex.match(`(?i)^(hf_|hugging_?face_)?(hub_|model_)?revision$`, name)
	regex.match(`^[0-9a-f]{40}$`, value)
}

words(text) := {word |
	some word in regex.split(`[^a-z0-9]+`, lower(text))
	word != ""
	not word in params.generic_model_words
	not regex.match(`^v?[0-9]+$`, word)
}

cards contains document if {
	some document in input.documents
	document.kind == "model-card"
}

# What a card says that it is about.
labels(card) := {text | some text in stated(card.value)} | from_path(card.path)

from_path(path) := {text |
	parts := split(path, "/")
	last := count(parts) - 1
	folder := {parts[i] | some i, _ in parts; i == last - 1}
	some text in (folder | {regex.replace(parts[last], `\.[a-z]+$`, "")})
	not regex.match(`(?i)^(readme|model[_-]?card|card|models?)$`, text)
}

stated(value) := {text |
	some name in ["model_name", "model_id", "name", "base_model"]
	some text in as_list(object.get(value, name, []))
	is_string(text)
} | {entry.name | some entry in object.get(value, "model-index", [])}

as_list(value) := value if {
	is_array(value)
} else := [value]

described(model) if {
	some card in cards
	some label in labels(card)
	some name in model.names
	alike(words(label), words(name))
}

# One card for the whole repository, or a model whose name says nothing: no evidence that a card is missing.
described(_) if {
	some card in cards
	count(labels(card)) == 0
}

described(model) if {
	count(cards) > 0
	every name in model.names { count(words(name)) == 0 }
}

described(model) if {
	some r in input.resources
	r.type in {"aws_sagemaker_model_card", "awscc_sagemaker_model_card"}
	root(r.subject) == root(model.resource.subject)
}

root(subject) := split(subject, "//")[0]

alike(a, b) if {
	count(a) > 0
	count(b) > 0
	some pair in [[a, b], [b, a]]
	count(pair[0] - pair[1]) == 0
}

deny contains f if {
	some model in models
	not described(model)
	f := {
		"msg": sprintf("Model %s (%s) has no model card in the repository.", [model.resource.name, model.resource.type]),
		"resource": model.resource.subject,
		"key": "",
		"path": [],
		"evidence": {"model": model.resource.name, "cards_in_repository": count(cards)},
	}
}

not_applicable contains {"msg": "the repository registers and deploys no model of its own", "key": "", "path": [], "evidence": {}} if {
	count(models) == 0
}
