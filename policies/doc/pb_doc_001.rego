# METADATA
# title: Model has no model card
# description: >-
#   A model that is registered or deployed has no model card in the repository. A card belongs to a model when the
#   words of its folder, file name or front matter (model_name, model-index, base_model) and those of the model's
#   name are contained in one another; words such as model or endpoint do not count. A card at the root that names
#   no model describes them all, and so does a SageMaker model card in the same Terraform root or CloudFormation
#   template. An MLflow model folder counts as a registered model; a card in it or above it is its card. A third-party
#   model pinned to a revision has its card upstream.
# scope: package
# related_resources:
#   - ref: https://huggingface.co/docs/hub/model-cards
#     description: "Hugging Face: model cards"
# custom:
#   id: PB-DOC-001
#   version: 2
#   severity: high
#   scope: repository
#   resources: named
#   inputs: [card, mlflow, tf, cfn, k8s]
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

import data.probity.lib.cards
import data.probity.lib.paths
import data.probity.lib.shape
import data.probity.lib.terraform

# Types that register or deploy a model, with the attributes that name it.
names := {
	"aws_sagemaker_model": ["name"],
	"awscc_sagemaker_model": ["model_name"],
	"AWS::SageMaker::Model": ["ModelName"],
	"aws_sagemaker_model_package_group": ["model_package_group_name"],
	"awscc_sagemaker_model_package_group": ["model_package_group_name"],
	"AWS::SageMaker::ModelPackageGroup": ["ModelPackageGroupName"],
	"InferenceService": [],
	"LLMInferenceService": [],
}

card_types := {"aws_sagemaker_model_card", "awscc_sagemaker_model_card", "AWS::SageMaker::ModelCard"}

# The label of the resource is known even where its name comes from a variable.
models contains {"title": title, "subject": r.subject, "names": ({r.name} | named) | uris(r)} if {
	some r in input.resources
	attributes := names[r.type]
	named := {name | some attribute in attributes; name := r.attributes[attribute]; is_string(name)}
	not pinned(r)
	title := sprintf("%s (%s)", [r.name, r.type])
}

models contains {"title": title, "subject": document.subject, "names": {folder}} if {
	some document in input.documents
	document.kind == "mlflow-model"
	folder := paths.folder(document.path)
	title := sprintf("%s (MLflow)", [document.path])
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
	some block in ["primary_container", "container", "containers", "PrimaryContainer", "Containers"]
	some container in terraform.blocks(r.attributes, block)
	some map in ["environment", "Environment"]
	some name, value in shape.member(container, map)
	regex.match(`(?i)^(hf_|hugging_?face_)?(hub_|model_)?revision$`, name)
	regex.match(`^[0-9a-f]{40}$`, value)
}

described_by := cards.model_cards(input.documents)

# Taken apart once for all models.
described_words := {cards.words(label) | some card in described_by; some label in cards.labels(card)}

described(model) if {
	some name in model.names
	words := cards.words(name)
	some described_as in described_words
	common := described_as & words
	common != set()
	common in {described_as, words}
}

# One card for the whole repository, or a model whose name says nothing: no evidence that a card is missing.
described(_) if nameless_card

nameless_card if {
	some card in described_by
	count(cards.labels(card)) == 0
}

described(model) if {
	count(described_by) > 0
	every name in model.names { count(cards.words(name)) == 0 }
}

# A card in the folder of an MLflow model, or in one above it.
described(model) if {
	startswith(model.subject, "document:")
	some card in described_by
	some name in model.names
	startswith(sprintf("%s/", [name]), sprintf("%s/", [paths.folder(card.path)]))
}

# SageMaker's cards describe what is in the same Terraform root or template.
card_roots := {root(r.subject) | some r in input.resources; r.type in card_types}

described(model) if root(model.subject) in card_roots

root(subject) := split(subject, "//")[0]

deny contains f if {
	some model in models
	not described(model)
	f := {
		"msg": sprintf("Model %s has no model card in the repository.", [model.title]),
		"resource": model.subject,
		"key": "",
		"path": [],
		"evidence": {"model": model.title, "cards_in_repository": count(described_by)},
	}
}

not_applicable contains {"msg": "the repository registers and deploys no model of its own", "key": "", "path": [], "evidence": {}} if {
	count(models) == 0
}
