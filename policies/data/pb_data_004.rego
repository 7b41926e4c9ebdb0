# METADATA
# title: Dataset card lacks the governance fields (licence, source, sensitive information, biases, splits)
# description: >-
#   A dataset card lacks its licence, source, annotators or splits, or a Croissant file lacks a field of its
#   responsible-AI part: collection, personal and sensitive information, biases, limitations, use cases. An empty
#   value and a placeholder (TODO, unknown, More Information Needed) count as none. The licence other needs
#   license_name and license_link. Splits may also stand in configs. What a field says is not judged.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Article 10"
#   - ref: https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html
#     description: "Croissant RAI vocabulary"
#   - ref: https://huggingface.co/docs/hub/datasets-cards
#     description: "Hugging Face: dataset cards"
# custom:
#   id: PB-DATA-004
#   version: 1
#   severity: medium
#   scope: document
#   selects:
#     - dataset-card
#     - croissant
#   inputs: [dcard]
#   controls:
#     - "EU-AIA:10.2.b"
#     - "EU-AIA:10.2.f"
#     - "EU-AIA:10.2.h"
#     - "EU-AIA:10.3"
#     - "EU-AIA:53.1.d"
#     - "NIST-AI-RMF:MEASURE 2.1"
#     - "ISO42001:A.7.3"
#     - "ISO42001:A.7.5"
#     - "ATLAS:AML.M0025"
#     - "OECD:1.3"
#   remediation: >-
#     Fill in the listed fields of the dataset card or Croissant file.
#   applies_when: >-
#     always: the document is a dataset card or a Croissant file
#   params:
#     - placeholder_values
#     - dataset_card_fields
#     - croissant_fields
package probity.data_004

import rego.v1

import data.probity.lib.nested
import data.probity.params

is_croissant if input["@type"]

is_croissant if input["@context"]

is_croissant if input.recordSet

is_croissant if input.distribution

fields := params.croissant_fields if {
	is_croissant
} else := params.dataset_card_fields

# Croissant writes its responsible-AI part with a prefix.
keys(field) := [[concat("", ["rai:", field])], [field]] if {
	is_croissant
} else := [split(field, ".")]

filled(value) if {
	not value in {null, "", [], {}}
	not placeholder(value)
}

placeholder(value) if placeholder_text(value)

placeholder_text(value) if {
	is_string(value)
	trim(lower(value), " .[]") in params.placeholder_values
}

placeholder(value) if {
	is_array(value)
	every item in value { placeholder_text(item) }
}

stated(field) if {
	some path in keys(field)
	filled(object.get(input, path, null))
}

# dataset_info is an object, or one for each configuration; configs may name the splits of their files.
stated("dataset_info.splits") if {
	is_array(input.dataset_info)
	every info in input.dataset_info { filled(object.get(info, "splits", null)) }
}

stated("dataset_info.splits") if {
	some config in nested.items(input.configs)
	some file in nested.items(config.data_files)
	filled(file.split)
}

where(field) := path if {
	some path in keys(field)
	object.get(input, path, "nothing") != "nothing"
} else := []

finding(field, message, path) := {
	"msg": message,
	"key": field,
	"path": path,
	"evidence": {"field": field},
}

title := "Croissant file" if {
	is_croissant
} else := "Dataset card"

complaint(field) := sprintf("%s states no %s; fill it in.", [title, field]) if {
	where(field) == []
} else := sprintf("%s leaves %s empty or as a placeholder; fill it in.", [title, field])

deny contains finding(field, complaint(field), where(field)) if {
	some field in fields
	not stated(field)
}

deny contains f if {
	not is_croissant
	lower(input.license) == "other"
	some field in ["license_name", "license_link"]
	not stated(field)
	f := finding(field, sprintf("Dataset card has the licence other and no %s; name the licence.", [field]), ["license"])
}
