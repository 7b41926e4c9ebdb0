# METADATA
# title: Training reads sensitive data with no de-identification step upstream
# description: >-
#   A training step reads a dataset that is declared sensitive, and a path from the dataset to the step avoids
#   every de-identification step. De-identification dominates training when training cannot be reached from the
#   source once the de-identification steps are taken out of the graph; a step beside the path does not count. The
#   graph shows the design: it does not show how good the anonymisation is.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 10
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: Regulation (EU) 2016/679 (GDPR), Articles 25 and 32
# custom:
#   id: PB-DATA-001
#   version: 1
#   severity: critical
#   scope: module
#   selects:
#     - pipeline
#   controls:
#     - "EU-AIA:10.2.c"
#     - "EU-AIA:10.5.b"
#     - "GDPR:25.1"
#     - "GDPR:32.1.a"
#     - "GDPR:5.1.c"
#     - "CCPA-REGS:7150(b)(6)"
#     - "CCPA:1798.100(c)"
#     - "NIST-AI-RMF:MEASURE 2.10"
#     - "NIST-AI-RMF:MAP 4.2"
#     - "NIST-AI-600-1:MS-2.2-004"
#     - "ISO42001:A.7.6"
#     - "ISO42001:A.7.2"
#     - "ATLAS:AML.M0007"
#     - "OWASP-LLM:LLM02:2025"
#     - "OWASP-ML:ML04:2023"
#     - "NIST-800-53:SI-19"
#     - "OECD:1.2"
#     - "G7-CoC:11"
#     - "SOC2:C1.1"
#   remediation: >-
#     Insert a de-identify step between the source and training and make training consume its output (not the raw
#     path).
#   applies_when: >-
#     the pipeline has a training step that a sensitive dataset, or one of unknown sensitivity, reaches
#   params:
#     - sensitive_classes
package probity.data_001

import rego.v1

import data.probity.lib.graph as g
import data.probity.params

nodes := input.pipeline.nodes

certain := g.certain(input.pipeline)

possible := g.possible(input.pipeline)

opaque := g.opaque(input.pipeline)

sanitisers := {id | some id, node in nodes; node.kind == "deidentify"}

# A skipped step cleans nothing. A step that counts only by its name proves nothing, and disproves nothing either.
effective := {id |
	some id in sanitisers
	object.get(nodes[id], "skipped", false) != true
}

weak := {id | some id in effective; object.get(nodes[id], "weak", false) == true}

trusted := effective - weak

training := {id | some id, node in nodes; node.kind == "train"}

# What a workflow takes over whole from another pipeline is judged there, once.
elsewhere(source, sink) if {
	origin := nodes[source].taken_from
	is_string(origin)
	origin == nodes[sink].taken_from
	object.get(nodes[source], "taken_at", "") == object.get(nodes[sink], "taken_at", "")
}

datasets := {id | some id, node in nodes; node.kind == "dataset"}

class(id) := lower(value) if {
	value := nodes[id].sensitivity
	is_string(value)
} else := "unknown"

sensitive := {id | some id in datasets; class(id) in params.sensitive_classes}

# Only data that enters the pipeline is of unknown sensitivity: what a step makes takes it from what the step reads.
unknown := {id |
	some id in datasets
	class(id) in {"unknown", ""}
	every _, successors in certain { not id in successors }
}

# The path stays open even if everything that cannot be read cleans the data: a failure, whatever else turns up.
surely_open(source, sink) if g.reaches(certain, effective | opaque, source, sink)

# The path may be open.
perhaps_open(source, sink) if g.reaches(possible, trusted, source, sink)

# It may be open even if the steps that count only by their name do what their name says.
unclear(source, sink) if g.reaches(possible, effective, source, sink)

default mode := "missing"

mode := "not-dominating" if count(sanitisers) > 0

remark("missing") := "with no de-identification step in the pipeline"

remark("not-dominating") := sprintf("on a path that bypasses %s", [concat(", ", sanitisers)])

by_name(id) if object.get(nodes[id], "weak", false) == true

finding(source, sink, why, path, message) := {
	"msg": message,
	"resource": nodes[sink].subject,
	"key": source,
	"path": [],
	"evidence": {"source": source, "sink": sink, "sensitivity": class(source), "mode": why, "path": path},
}

deny contains f if {
	some source in sensitive
	some sink in training
	not elsewhere(source, sink)
	not by_name(sink)
	surely_open(source, sink)
	path := g.route(certain, effective | opaque, source, sink)
	f := finding(source, sink, mode, path, sprintf(
		"Training step %s reads %s data %s: %s.",
		[sink, class(source), remark(mode), concat(" -> ", path)],
	))
}

# The step trains only by its name.
review contains f if {
	some source in sensitive
	some sink in training
	not elsewhere(source, sink)
	by_name(sink)
	surely_open(source, sink)
	path := g.route(certain, effective | opaque, source, sink)
	f := finding(source, sink, mode, path, sprintf(
		"Step %s, which counts as training only by its name, reads %s data %s: %s.",
		[sink, class(source), remark(mode), concat(" -> ", path)],
	))
}

# The step de-identifies only by its name.
review contains f if {
	some source in sensitive
	some sink in training
	not elsewhere(source, sink)
	perhaps_open(source, sink)
	not unclear(source, sink)
	path := g.route(possible, trusted, source, sink)
	f := finding(source, sink, "by-name", path, sprintf(
		"Training step %s reads %s data, and what stands in between counts as de-identification only by its name: %s.",
		[sink, class(source), concat(" -> ", path)],
	))
}

inconclusive contains f if {
	some source in sensitive
	some sink in training
	not elsewhere(source, sink)
	unclear(source, sink)
	not surely_open(source, sink)
	path := g.route(possible, effective, source, sink)
	f := finding(source, sink, "unresolved", path, sprintf(
		"Training step %s may read %s data without de-identification; a part of the path cannot be resolved: %s.",
		[sink, class(source), concat(" -> ", path)],
	))
}

inconclusive contains f if {
	some source in unknown
	some sink in training
	not elsewhere(source, sink)
	perhaps_open(source, sink)
	path := g.route(possible, trusted, source, sink)
	f := finding(source, sink, "unknown-sensitivity", path, sprintf(
		"Training step %s reads %s, whose sensitivity is not declared, without de-identification: %s.",
		[sink, source, concat(" -> ", path)],
	))
}

not_applicable contains {"msg": "the pipeline has no training step", "key": "", "path": [], "evidence": {}} if {
	count(training) == 0
}

not_applicable contains {"msg": "no sensitive source reaches a training step", "key": "", "path": [], "evidence": {}} if {
	count(training) > 0
	every source in sensitive | unknown {
		every sink in training { not g.reaches(possible, set(), source, sink) }
	}
}
