# METADATA
# title: Fairness report does not cover the required groups or has too few samples
# description: >-
#   A fairness report does not look at an attribute that is required for the risk class of its system, says of a group
#   that it has too few rows, or, for a high-risk system, looks at no intersection of two attributes. Attributes are
#   taken from the groups of the figures (sex=female) and from lists in the report (groups, sensitive_features). An
#   attribute that the report lists under not_collected, because the law forbids to collect it, is shown for review
#   with the reason. Unknown are groups that name no attribute, and groups whose number of rows is not given.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Articles 10 and 13"
# custom:
#   id: PB-FAIR-004
#   version: 1
#   severity: high
#   scope: repository
#   inputs: [eval]
#   controls:
#     - "EU-AIA:10.3"
#     - "EU-AIA:10.4"
#     - "EU-AIA:13.3.b.v"
#     - "NIST-AI-RMF:MEASURE 2.11"
#     - "NIST-AI-RMF:MEASURE 2.2"
#     - "ISO42001:A.7.4"
#     - "UNESCO:29"
#   remediation: >-
#     Extend the evaluation to the required attributes and their intersections, with enough rows for each group.
#   applies_when: >-
#     unless the system declares affects_persons: false; the repository has a fairness report
#   params:
#     - required_fairness_attributes
#     - fairness_attribute_names
#     - report_attribute_keys
#     - group_size_names
#     - minimum_rows_per_group
#     - fairness_thresholds
#     - fairness_metric_names
#     - clarify_metric_names
#     - generic_model_words
package probity.fair_004

import rego.v1

import data.probity.lib.datasets
import data.probity.lib.fairness
import data.probity.lib.models
import data.probity.lib.nested
import data.probity.params

figures := [metric | some metric in input.metrics; fairness.about_fairness(metric)]

# Reports about fairness, by their subject.
reports := {metric.subject | some metric in figures}

of(subject) := [metric | some metric in figures; metric.subject == subject]

judged := {subject | some subject in reports; not models.exempt(input.systems, systems_of(subject))}

systems_of(subject) := {index |
	some metric in of(subject)
	some index in models.owners(input.systems, metric.path) | by_name(metric)
}

by_name(metric) := {index |
	some index, system in input.systems
	some name in models.listed(object.get(system, "models", []))
	models.alike(name, metric.model.name)
}

risk(subject) := "high" if {
	some index in systems_of(subject)
	lower(input.systems[index].risk_class) == "high"
} else := "default"

required(subject) := params.required_fairness_attributes[risk(subject)]

groups(subject) := {group | some metric in of(subject); group := fairness.group(metric); group != ""}

# `sex=female&age=young` is one group of two attributes.
attributes_of(group) := {attribute |
	some part in regex.split(`[,&;|]`, group)
	contains(part, "=")
	attribute := trim_space(split(part, "=")[0])
}

listed(subject) := {name |
	some document in input.documents
	document.subject == subject
	some key in params.report_attribute_keys
	some name in named(object.get(document.value, key, null))
}

named(value) := {name | some name in value; is_string(name)} | {item[key] |
	some item in value
	some key in ["attribute", "feature", "facet", "name"]
	is_string(item[key])
} if {
	is_array(value)
} else := {name | some name, _ in value} if {
	is_object(value)
} else := set()

looked_at(subject) := listed(subject) | {attribute |
	some group in groups(subject)
	some attribute in attributes_of(group)
}

covered(subject, attribute) if {
	some name in looked_at(subject)
	some words in params.fairness_attribute_names[attribute]
	datasets.holds(name, words)
}

# What the report says that it may not collect: a list, or a map from attribute to reason.
excused(subject, attribute) := reason if {
	some document in input.documents
	document.subject == subject
	some name, reason in nested.entries(document.value.not_collected)
	some words in params.fairness_attribute_names[attribute]
	datasets.holds(name, words)
	is_string(reason)
	trim_space(reason) != ""
}

nameless(subject) if {
	count(listed(subject)) == 0
	some group in groups(subject)
	count(attributes_of(group)) == 0
}

sized(subject) := {fairness.group(metric) |
	some metric in input.metrics
	metric.subject == subject
	fairness.short(metric) in params.group_size_names
}

path_of(subject) := min({metric.path | some metric in of(subject)})

finding(subject, key, path, message) := {
	"msg": sprintf("Fairness report %s %s.", [path_of(subject), message]),
	"resource": subject,
	"key": key,
	"path": path,
	"evidence": {"report": path_of(subject), "attributes": sort([name | some name in looked_at(subject)])},
}

deny contains f if {
	some subject in judged
	not nameless(subject)
	some attribute in required(subject)
	not covered(subject, attribute)
	not excused(subject, attribute)
	f := finding(subject, attribute, [], sprintf("does not look at %s; extend the evaluation", [attribute]))
}

review contains f if {
	some subject in judged
	some attribute in required(subject)
	not covered(subject, attribute)
	reason := excused(subject, attribute)
	f := finding(subject, attribute, ["not_collected"], sprintf("does not look at %s: %s", [attribute, reason]))
}

inconclusive contains f if {
	some subject in judged
	nameless(subject)
	f := finding(subject, "attributes", [], "does not say which attributes its groups belong to")
}

deny contains f if {
	some subject in judged
	some metric in input.metrics
	metric.subject == subject
	fairness.short(metric) in params.group_size_names
	group := fairness.group(metric)
	group in fairness.tiny(input.metrics, subject)
	fairness.number(metric) < params.minimum_rows_per_group
	f := finding(subject, sprintf("rows:%s", [group]), metric.at, sprintf(
		"has too few rows for %s: %s of at least %v",
		[group, fairness.shown(metric), params.minimum_rows_per_group],
	))
}

inconclusive contains f if {
	some subject in judged
	count(groups(subject)) > 0
	count(groups(subject) - sized(subject)) > 0
	f := finding(subject, "rows", [], "does not say how many rows its groups have")
}

deny contains f if {
	some subject in judged
	risk(subject) == "high"
	not nameless(subject)
	every group in groups(subject) { count(attributes_of(group)) < 2 }
	f := finding(subject, "intersection", [], "looks at no intersection of two attributes, as a high-risk system needs")
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the repository has no fairness report" if count(reports) == 0

reasons contains "the systems of the reports declare affects_persons: false" if {
	count(reports) > 0
	count(judged) == 0
}
