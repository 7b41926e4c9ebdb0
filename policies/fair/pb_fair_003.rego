# METADATA
# title: Fairness metric outside the approved threshold
# description: >-
#   A figure of a fairness report or model card is outside the approved limits (fairness_thresholds). Measures are
#   known by their own name, by fairlearn's and AIF360's other names for them, and by SageMaker Clarify's short names
#   within its bias reports; differences count without their sign; a figure that is no number (NaN, null) is outside.
#   Measures without a limit, such as Clarify's FT, are not judged until a repository sets one. Where a report says
#   that a group has too few rows, the figures that rest on it are inconclusive. This is operating evidence: what was
#   measured, not whether a gate asked for it (PB-FAIR-001).
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Articles 10 and 13"
#   - ref: https://www.ecfr.gov/current/title-29/subtitle-B/chapter-XIV/part-1607/section-1607.4
#     description: "29 CFR 1607.4(D), the four-fifths rule"
# custom:
#   id: PB-FAIR-003
#   version: 1
#   severity: critical
#   scope: repository
#   inputs: [eval, card]
#   controls:
#     - "EU-AIA:10.2.g"
#     - "EU-AIA:15.4"
#     - "NIST-AI-RMF:MEASURE 2.11"
#     - "NIST-AI-RMF:MANAGE 1.1"
#     - "ISO42001:A.6.2.4"
#     - "OECD:1.2"
#     - "UNESCO:29"
#     - "GDPR:22.3"
#   remediation: >-
#     Mitigate (reweigh/threshold), retrain, or record a time-limited waiver with owner.
#   applies_when: >-
#     unless the system declares affects_persons: false; the repository has a fairness figure with a limit
#   params:
#     - fairness_thresholds
#     - fairness_metric_names
#     - clarify_metric_names
#     - group_size_names
#     - minimum_rows_per_group
package probity.fair_003

import rego.v1

import data.probity.lib.fairness
import data.probity.lib.models

measured := [metric | some metric in input.metrics; fairness.measure(metric)]

judged := [metric |
	some metric in measured
	not models.exempt(input.systems, systems_of(metric))
]

# By the file of the report, or by the model that it names.
systems_of(metric) := models.owners(input.systems, metric.path) | {index |
	some index, system in input.systems
	some name in models.listed(object.get(system, "models", []))
	models.alike(name, metric.model.name)
}

finding(metric, message) := {
	"msg": message,
	"resource": metric.subject,
	"key": concat(":", [metric.name, family(metric), fairness.group(metric)]),
	"path": metric.at,
	"evidence": {
		"metric": metric.name, "measure": fairness.measure(metric), "group": fairness.group(metric),
		"value": fairness.shown(metric), "approved": fairness.range(metric), "nature": "operating",
	},
}

family(metric) := metric.family if {
	is_string(metric.family)
} else := ""

deny contains f if {
	some metric in judged
	fairness.outside(metric)
	not fairness.unstable(input.metrics, metric)
	f := finding(metric, sprintf("Fairness metric %s%s is %s; approved is %s.", [
		metric.name, fairness.of_group(metric), fairness.shown(metric), fairness.range(metric),
	]))
}

inconclusive contains f if {
	some metric in judged
	fairness.outside(metric)
	fairness.unstable(input.metrics, metric)
	f := finding(metric, sprintf(
		"Fairness metric %s%s is %s, approved is %s, but it rests on a group with too few rows: %s.",
		[
			metric.name, fairness.of_group(metric), fairness.shown(metric), fairness.range(metric),
			concat(", ", sort(fairness.tiny(input.metrics, metric.subject))),
		],
	))
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the repository has no fairness figure with an approved limit" if count(measured) == 0

reasons contains "the systems of the reports declare affects_persons: false" if {
	count(measured) > 0
	count(judged) == 0
}
