# METADATA
# title: Model card without a licence
# description: >-
#   The head of a model card names no licence, so nobody knows what the model may be used for.
# scope: package
# custom:
#   id: {{ID}}
#   version: 1
#   severity: low
#   scope: document
#   selects:
#     - model-card
#   inputs:
#     - card
#   controls:
#     - "ISO42001:A.8.2"
#   remediation: >-
#     Name the licence in the head of the card.
package {{PACKAGE}}

import rego.v1

deny contains {
	"msg": "The model card names no licence.",
	"key": "license",
	"path": [],
	"evidence": {"license": object.get(input, "license", "")},
} if {
	object.get(input, "license", "") == ""
}
