# Figures that measure fairness, and whether they keep to the approved limits.
package probity.lib.fairness

import rego.v1

import data.probity.params

# The name of a figure without the parts of the report that it stands in.
short(metric) := lower(replace(parts[count(parts) - 1], "-", "_")) if parts := split(metric.name, ".")

# The measure that a figure is, by its own name or another one for it.
measure(metric) := short(metric) if {
	params.fairness_thresholds[short(metric)]
} else := params.fairness_metric_names[short(metric)] if {
	params.fairness_thresholds[params.fairness_metric_names[short(metric)]]
} else := params.clarify_metric_names[short(metric)] if {
	of_clarify(metric)
	params.fairness_thresholds[params.clarify_metric_names[short(metric)]]
}

of_clarify(metric) if {
	is_string(metric.family)
	contains(metric.family, "post_training_bias")
}

# Figures about fairness, whether or not there is a limit for them.
about_fairness(metric) if measure(metric)

about_fairness(metric) if {
	is_string(metric.family)
	contains(metric.family, "bias_metrics")
}

about_fairness(metric) if group(metric) != ""

about_fairness(metric) if {
	regex.match(`(^|[._])(fairness|bias|disparity|parity|equalized_odds)([._]|$)`, lower(metric.name))
}

# The group of a figure as text: `sex=female`, also where it is given as a map.
group(metric) := metric.group if {
	is_string(metric.group)
} else := concat(",", sort([pair |
	some attribute, value in metric.group
	pair := sprintf("%s=%v", [attribute, value])
])) if {
	is_object(metric.group)
} else := ""

# A figure as a number; undefined for NaN and texts.
number(metric) := metric.value if {
	is_number(metric.value)
} else := to_number(metric.value) if {
	is_string(metric.value)
	regex.match(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`, metric.value)
}

limit(metric) := params.fairness_thresholds[measure(metric)]

size(metric) := abs(number(metric)) if {
	limit(metric).absolute == true
} else := number(metric)

# Outside its limits. What is no number, or has no measure, is within none.
outside(metric) if {
	limit(metric)
	not inside(metric)
}

inside(metric) if {
	size(metric)
	not over(metric)
	not under(metric)
}

over(metric) if size(metric) > limit(metric).max

under(metric) if size(metric) < limit(metric).min

# `at most 0.1`, `0.8 to 1.25`
range(metric) := sprintf("%v to %v", [limit(metric).min, limit(metric).max]) if {
	limit(metric).max
	limit(metric).min
} else := sprintf("at most %v", [limit(metric).max]) if {
	limit(metric).max
} else := sprintf("at least %v", [limit(metric).min])

# The groups of one report with too few rows, as texts.
tiny(metrics, subject) := {group(size_) |
	some size_ in metrics
	size_.subject == subject
	short(size_) in params.group_size_names
	group(size_) != ""
	number(size_) < params.minimum_rows_per_group
}

# The figure rests on a group with too few rows. A figure over all groups rests on each of them.
unstable(metrics, metric) if group(metric) in tiny(metrics, metric.subject)

unstable(metrics, metric) if {
	group(metric) == ""
	count(tiny(metrics, metric.subject)) > 0
}

shown(metric) := sprintf("%v", [metric.value])

of_group(metric) := "" if {
	group(metric) == ""
} else := sprintf(" for %s", [group(metric)])
