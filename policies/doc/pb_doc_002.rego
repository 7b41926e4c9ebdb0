# METADATA
# title: Model card misses mandatory sections
# description: >-
#   A model card leaves out what a reader must know. The front matter states license, datasets and metrics, the
#   language where the task is about text or speech, and the base model where the tags say that it was fine-tuned;
#   model-index holds at least one figure. The text has sections on intended use, out-of-scope use, limitations, bias
#   and risks, human oversight and contact. A heading, a bold word, a key or the words of a link open a section, in
#   several languages. A SageMaker model card is judged by its content. What the sections say is for a person to judge.
# scope: package
# related_resources:
#   - ref: https://huggingface.co/docs/hub/model-cards
#     description: "Hugging Face: model cards"
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html
#     description: Amazon SageMaker Model Cards
# custom:
#   id: PB-DOC-002
#   version: 1
#   severity: medium
#   scope: repository
#   resources: named
#   inputs: [card, cfn, tf]
#   controls:
#     - "EU-AIA:13.3.b"
#     - "EU-AIA:13.3.d"
#     - "EU-AIA:11.1"
#     - "EU-AIA:Annex IV.1"
#     - "EU-AIA:53.1.b"
#     - "NIST-AI-RMF:MAP 2.2"
#     - "NIST-AI-RMF:MAP 3.3"
#     - "ISO42001:A.8.2"
#     - "ISO42001:A.9.4"
#     - "OECD:1.3"
#     - "G7-CoC:3"
#   remediation: >-
#     Complete the sections.
#   applies_when: >-
#     the repository holds a model card
#   params:
#     - card_fields
#     - card_sections
#     - fine_tuning_marks
#     - language_tasks
#     - sagemaker_card_fields
package probity.doc_002

import rego.v1

import data.probity.lib.cards
import data.probity.params

documents := cards.model_cards(input.documents)

stated(card, names) if {
	some name in names
	name in cards.keys(card.value)
}

# A figure is a value in a list of metrics, as in model-index.
figures(card) if {
	walk(card.value, [path, value])
	count(path) > 1
	path[count(path) - 1] == "value"
	"metrics" in path
	numeric(value)
}

numeric(value) if is_number(value)

numeric(value) if {
	is_string(value)
	to_number(trim_suffix(value, "%")) >= 0
}

marks(card) := {lower(mark) |
	some key in ["tags", "library_name", "pipeline_tag"]
	some mark in cards.as_list(object.get(card.value, key, []))
	is_string(mark)
}

lacking(card) := concat(", ", array.concat(
	array.concat(
		[field.name | some field in params.card_fields; not stated(card, field.keys)],
		[name | some name in ["base_model", "language", "model-index"]; wanted(card, name)],
	),
	[section.name | some section in params.card_sections; not cards.says(card, section.pattern)],
))

wanted(card, "base_model") if {
	count(marks(card) & {mark | some mark in params.fine_tuning_marks}) > 0
	not stated(card, ["base model"])
}

wanted(card, "language") if {
	count(marks(card) & {task | some task in params.language_tasks}) > 0
	not stated(card, ["language", "languages"])
}

wanted(card, "model-index") if not figures(card)

# The body of a Markdown card that is not at hand is no evidence that a section is missing from it.
unread(card) if {
	endswith(lower(card.path), ".md")
	not is_string(object.get(card, "text", null))
}

deny contains f if {
	some card in documents
	not unread(card)
	missing := lacking(card)
	missing != ""
	f := {
		"msg": sprintf("Model card %s says nothing on: %s.", [card.path, missing]),
		"resource": card.subject,
		"key": "",
		"path": [],
		"evidence": {"card": card.path, "missing": missing},
	}
}

inconclusive contains f if {
	some card in documents
	unread(card)
	f := {
		"msg": sprintf("The sections of model card %s cannot be judged: its text is not at hand.", [card.path]),
		"resource": card.subject,
		"key": "",
		"path": [],
		"evidence": {"card": card.path},
	}
}

# SageMaker: a JSON string in Terraform, an object in CloudFormation and Cloud Control.
attributes := {
	"aws_sagemaker_model_card": "content",
	"awscc_sagemaker_model_card": "content",
	"AWS::SageMaker::ModelCard": "Content",
}

sagemaker contains {"resource": r, "attribute": attribute} if {
	some r in input.resources
	attribute := attributes[r.type]
}

opened(value) := value if {
	is_object(value)
} else := json.unmarshal(value) if {
	is_string(value)
}

readable(value) if is_object(opened(value))

flat(key) := replace(lower(key), "_", "")

# The fields that are there, as paths of names without case and underscores.
filled(content) := {[flat(key) | some key in path] |
	walk(content, [path, value])
	count(path) in {1, 2}
	every key in path { is_string(key) }
	cards.filled(value)
	value != "Unknown"
}

gaps(content) := concat(", ", [concat(".", path) |
	present := filled(content)
	some path in params.sagemaker_card_fields
	not [flat(key) | some key in path] in present
])

finding(card, message, evidence) := {
	"msg": message,
	"resource": card.resource.subject,
	"key": "",
	"path": [key | some key in [card.attribute]; object.get(card.resource.attributes, key, null) != null],
	"evidence": evidence,
}

deny contains f if {
	some card in sagemaker
	content := opened(object.get(card.resource.attributes, card.attribute, {}))
	missing := gaps(content)
	missing != ""
	f := finding(
		card,
		sprintf("Model card %s says nothing on: %s.", [card.resource.name, missing]),
		{"card": card.resource.name, "missing": missing},
	)
}

inconclusive contains f if {
	some card in sagemaker
	content := object.get(card.resource.attributes, card.attribute, {})
	not readable(content)
	f := finding(
		card,
		sprintf("The content of model card %s cannot be read: it is no JSON object.", [card.resource.name]),
		{"card": card.resource.name},
	)
}

not_applicable contains {"msg": "the repository holds no model card", "key": "", "path": [], "evidence": {}} if {
	count(documents) + count(sagemaker) == 0
}
