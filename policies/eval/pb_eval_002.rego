# METADATA
# title: Metric below the approved minimum or regressed against the previous version
# description: >-
#   A figure of an evaluation report or model card is worse than the approved limit (metric_limits, by model), worse
#   than the threshold that its own report gives, or worse than in the report that was committed before, by more than
#   a tolerance. Which way is better is told by the report (direction, higher_is_better) or by the table
#   metric_directions; a figure of unknown direction is compared with no threshold of its report and with no earlier
#   figure. A figure with a limit that is no number (NaN) fails. Fairness measures are left to PB-FAIR-003, and so is
#   a figure of a group. A figure that was renamed has no earlier one. Unknown are a threshold without a direction,
#   and the earlier figures where the history is not complete.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Article 15"
# custom:
#   id: PB-EVAL-002
#   version: 1
#   severity: high
#   scope: repository
#   needs: [metrics]
#   inputs: [eval, mlflow, dvc, git, card]
#   controls:
#     - "EU-AIA:15.1"
#     - "EU-AIA:15.3"
#     - "NIST-AI-RMF:MEASURE 2.3"
#     - "NIST-AI-RMF:MANAGE 4.2"
#     - "ISO42001:A.6.2.4"
#   remediation: >-
#     Improve the model, or accept the figure with a waiver that expires.
#   applies_when: >-
#     the repository has a figure with a limit, with a threshold, or of known direction
#   params:
#     - metric_limits
#     - metric_directions
#     - metric_regression_tolerance
package probity.eval_002

import rego.v1

import data.probity.lib.fairness
import data.probity.lib.models
import data.probity.lib.nested
import data.probity.params

figures := [metric |
	some metric in input.metrics
	not fairness.measure(metric)
	fairness.group(metric) == ""
]

direction(metric) := metric.direction if {
	metric.direction in {"higher", "lower"}
} else := params.metric_directions[fairness.short(metric)]

# The approved limits of a figure.
limits(metric) := [limit |
	some model, table in params.metric_limits
	meant(model, metric)
	some name, limit in nested.entries(table)
	lower(name) in {lower(metric.name), fairness.short(metric)}
]

meant("*", _) := true

meant(model, metric) if models.alike(model, metric.model.name)

# What is no number keeps to no limit.
breaks(metric, _) := "is no number" if not fairness.number(metric)

breaks(metric, limit) := sprintf("is below the approved minimum of %v", [limit.min]) if {
	fairness.number(metric) < limit.min
}

breaks(metric, limit) := sprintf("is above the approved maximum of %v", [limit.max]) if {
	fairness.number(metric) > limit.max
	not too_low(metric, limit)
}

too_low(metric, limit) if fairness.number(metric) < limit.min

given(metric) := fairness.number({"value": metric.threshold})

worse("higher", value, other) if value < other

worse("lower", value, other) if value > other

# The figure in the report before, by the commit that changed it to what it is now.
earlier(metric) := {fairness.number({"value": change.old}) |
	some change in object.get(input.history, "changes", [])
	change.path == metric.path
	change.key == metric.at
	change.new == metric.value
}

finding(metric, reason, message) := {
	"msg": sprintf("Metric %s is %s and %s.", [metric.name, fairness.shown(metric), message]),
	"resource": metric.subject,
	"key": concat(":", [reason, metric.name, text(metric, "family"), text(metric, "dataset")]),
	"path": metric.at,
	"evidence": {"metric": metric.name, "value": fairness.shown(metric), "reason": reason},
}

text(metric, key) := metric[key] if {
	is_string(metric[key])
} else := ""

deny contains f if {
	some metric in figures
	some limit in limits(metric)
	message := breaks(metric, limit)
	f := finding(metric, "limit", message)
}

deny contains f if {
	some metric in figures
	worse(direction(metric), fairness.number(metric), given(metric))
	f := finding(metric, "threshold", sprintf("misses the threshold of its own report, %v", [metric.threshold]))
}

deny contains f if {
	some metric in figures
	some before in earlier(metric)
	worse(direction(metric), fairness.number(metric), before)
	abs(before - fairness.number(metric)) > params.metric_regression_tolerance
	f := finding(metric, "regression", sprintf("got worse: it was %v in the report before", [before]))
}

inconclusive contains f if {
	some metric in figures
	given(metric)
	not direction(metric)
	f := finding(
		metric, "direction",
		sprintf("has the threshold %v, and nothing says which way is better", [metric.threshold]),
	)
}

comparable := [metric | some metric in figures; direction(metric)]

inconclusive contains f if {
	count(comparable) > 0
	object.get(input.history, "complete", false) != true
	f := {
		"msg": "Whether a metric got worse cannot be seen: the earlier reports are not known here.",
		"key": "history", "path": [], "evidence": {"reason": "history"},
	}
}

not_applicable contains f if {
	every metric in figures {
		not direction(metric)
		not given(metric)
		count(limits(metric)) == 0
	}
	f := {"msg": "the repository has no figure with a limit or a known direction", "key": "", "path": [], "evidence": {}}
}
