# METADATA
# title: Claimed metric has no reproducible source
# description: >-
#   A result in the model-index of a model card has no source: no source.url, no verifyToken, and no report of the
#   repository with the same figure; or a report has the figure with another value. Figures are compared by their name
#   and, where both name one, by their model, with an allowance for rounding and for a share written as a percentage.
#   Whether a linked source exists is not looked up.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act)"
#   - ref: https://huggingface.co/docs/hub/model-cards
#     description: "Hugging Face: model cards"
# custom:
#   id: PB-EVAL-003
#   version: 1
#   severity: medium
#   scope: repository
#   inputs: [card, eval, mlflow, dvc]
#   controls:
#     - "EU-AIA:13.3.b.ii"
#     - "EU-AIA:15.3"
#     - "NIST-AI-RMF:MEASURE 2.1"
#     - "ISO42001:A.6.2.7"
#     - "NIST-AI-600-1:MS-2.3-002"
#   remediation: >-
#     Link the run or report as source.url, commit the report with the figure, or correct the card.
#   applies_when: >-
#     a model card gives results in its model-index
#   params:
#     - card_rounding
#     - generic_model_words
package probity.eval_003

import rego.v1

import data.probity.lib.fairness
import data.probity.lib.models
import data.probity.lib.nested
import data.probity.params

claims contains claim if {
	some document in input.documents
	document.kind == "model-card"
	some i, model in nested.items(object.get(document.value, "model-index", []))
	some j, result in nested.items(object.get(model, "results", []))
	some k, metric in nested.items(object.get(result, "metrics", []))
	claim := {
		"subject": document.subject, "card": document.path, "model": object.get(model, "name", ""),
		"name": title(metric), "value": metric.value, "token": object.get(metric, "verifyToken", ""),
		"url": object.get(result, ["source", "url"], ""),
		"path": ["model-index", i, "results", j, "metrics", k, "value"],
	}
}

title(metric) := metric.type if {
	is_string(metric.type)
} else := metric.name if {
	is_string(metric.name)
}

cards := {document.subject | some document in input.documents; document.kind == "model-card"}

# The same figure in reports.
measured(claim) := [metric |
	some metric in input.metrics
	not metric.subject in cards
	fairness.short(metric) == fairness.short(claim)
	same_model(metric, claim)
	fairness.number(metric)
]

same_model(metric, _) if not is_string(metric.model.name)

same_model(metric, claim) if models.alike(metric.model.name, claim.model)

same(a, b) if abs(a - b) <= params.card_rounding

# 91.2 in the card is 0.912 in the report.
same(a, b) if abs(a - (b * 100)) <= params.card_rounding * 100

same(a, b) if abs((a * 100) - b) <= params.card_rounding * 100

confirmed(claim) if {
	some metric in measured(claim)
	same(fairness.number(claim), fairness.number(metric))
}

linked(claim) if {
	some key in ["url", "token"]
	is_string(claim[key])
	claim[key] != ""
}

finding(claim, mode, message) := {
	"msg": sprintf("The card claims %s %s, %s.", [claim.name, fairness.shown(claim), message]),
	"resource": claim.subject,
	"key": sprintf("%s:%s", [claim.model, claim.name]),
	"path": claim.path,
	"evidence": {"metric": claim.name, "value": fairness.shown(claim), "mode": mode},
}

deny contains f if {
	some claim in claims
	not confirmed(claim)
	not linked(claim)
	count(measured(claim)) == 0
	f := finding(claim, "no-source", "and neither a source nor a report of the repository shows it")
}

deny contains f if {
	some claim in claims
	not confirmed(claim)
	found := measured(claim)
	count(found) > 0
	reports := sort({sprintf("%s in %s", [fairness.shown(metric), metric.path]) | some metric in found})
	f := finding(claim, "other-value", sprintf("and the reports say %s", [concat(", ", reports)]))
}

not_applicable contains f if {
	count(claims) == 0
	f := {"msg": "no model card gives results in its model-index", "key": "", "path": [], "evidence": {}}
}
