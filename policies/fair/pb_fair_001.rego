# METADATA
# title: Training pipeline registers or deploys a model without a fairness evaluation gate
# description: >-
#   A step registers or deploys a model, and a path from training to it avoids every fairness evaluation that
#   could stop it. A fairness step is effective when its failure stops the run and it is not skipped. Three modes
#   are reported: missing (no fairness step), not-dominating (a path goes around it) and non-blocking (every path
#   meets one that cannot stop the release). Where only the exit status of a script gates, nobody can see here
#   whether it fails on a bad result.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Articles 9, 10 and 15
# custom:
#   id: PB-FAIR-001
#   version: 1
#   severity: critical
#   scope: module
#   selects:
#     - pipeline
#   controls:
#     - "EU-AIA:10.2.f"
#     - "EU-AIA:10.2.g"
#     - "EU-AIA:9.6"
#     - "EU-AIA:9.8"
#     - "EU-AIA:15.4"
#     - "EU-AIA:Annex IV.2.g"
#     - "NIST-AI-RMF:MEASURE 2.11"
#     - "NIST-AI-RMF:MANAGE 1.1"
#     - "NIST-AI-600-1:MS-2.11-001"
#     - "NIST-AI-600-1:MS-2.11-002"
#     - "ISO42001:A.6.2.4"
#     - "ISO42001:A.5.4"
#     - "OECD:1.2"
#     - "UNESCO:28"
#     - "G7-CoC:1"
#     - "GDPR:22.3"
#     - "CCPA-REGS:7152"
#     - "SOC2:CC8.1"
#     - "ATLAS:AML.M0008"
#   remediation: >-
#     Add a ClarifyCheck(MODEL_BIAS)/fairlearn step after training and make registration depend on its result.
#   applies_when: >-
#     unless the system declares affects_persons: false; the pipeline has a training step and a release step
package probity.fair_001

import rego.v1

import data.probity.lib.graph as g

nodes := input.pipeline.nodes

certain := g.certain(input.pipeline)

possible := g.possible(input.pipeline)

opaque := g.opaque(input.pipeline)

gates := {id | some id, node in nodes; node.kind == "fairness"}

effective := {id |
	some id in gates
	object.get(nodes[id], "blocking", false) == true
	object.get(nodes[id], "skipped", false) != true
}

by_name(id) if object.get(nodes[id], "weak", false) == true

# A gate that counts only by its name proves nothing, and disproves nothing either.
trusted := {id | some id in effective; not by_name(id)}

training := {id | some id, node in nodes; node.kind == "train"}

releases := {id | some id, node in nodes; node.kind in {"register", "deploy"}}

# What is taken over whole from another pipeline is judged there, once.
elsewhere(source, sink) if {
	origin := nodes[source].taken_from
	is_string(origin)
	origin == nodes[sink].taken_from
	object.get(nodes[source], "taken_at", "") == object.get(nodes[sink], "taken_at", "")
}

# A missing system record silences nothing: PB-GOV-002 reports it.
default exempt := false

exempt if input.system.affects_persons == false

# Open even if everything that cannot be read were a gate: a failure, whatever else turns up.
surely_open(source, sink) if g.reaches(certain, effective | opaque, source, sink)

perhaps_open(source, sink) if g.reaches(possible, trusted, source, sink)

unclear(source, sink) if g.reaches(possible, effective, source, sink)

mode(_, _) := "missing" if count(gates) == 0

mode(source, sink) := "not-dominating" if {
	count(gates) > 0
	g.reaches(certain, gates | opaque, source, sink)
}

mode(source, sink) := "non-blocking" if {
	count(gates) > 0
	not g.reaches(certain, gates | opaque, source, sink)
}

# For a bypass the path shown is the one around the gates.
path_of("non-blocking", source, sink) := g.route(certain, effective | opaque, source, sink)

path_of("not-dominating", source, sink) := g.route(certain, gates | opaque, source, sink)

path_of("missing", source, sink) := g.route(certain, opaque, source, sink)

remark("missing", _) := "without a fairness evaluation"

remark("not-dominating", _) := sprintf("on a path that bypasses %s", [concat(", ", gates)])

remark("non-blocking", path) := sprintf("although %s", [concat(" and ", [sentence |
	some id in path
	id in gates
	sentence := sprintf("fairness step %s cannot stop it (%s)", [id, reason(id)])
])])

reason(id) := "it is skipped" if {
	nodes[id].skipped == true
} else := nodes[id].non_blocking_reason if {
	nodes[id].non_blocking_reason != ""
} else := "its result stops nothing"

verbs := {"register": "registers", "deploy": "deploys"}

verb(id) := verbs[nodes[id].kind]

finding(source, sink, why, path, message) := {
	"msg": message,
	"resource": nodes[sink].subject,
	"key": source,
	"path": [],
	"evidence": {"source": source, "sink": sink, "mode": why, "path": path},
}

open contains {"source": source, "sink": sink, "mode": why, "path": path} if {
	not exempt
	some source in training
	some sink in releases
	not elsewhere(source, sink)
	surely_open(source, sink)
	why := mode(source, sink)
	path := path_of(why, source, sink)
}

deny contains f if {
	some o in open
	not by_name(o.source)
	not by_name(o.sink)
	f := finding(o.source, o.sink, o.mode, o.path, sprintf(
		"Step %s %s the model of %s %s: %s.",
		[o.sink, verb(o.sink), o.source, remark(o.mode, o.path), concat(" -> ", o.path)],
	))
}

# One of the two ends counts only by its name.
review contains f if {
	some o in open
	some id in {o.source, o.sink}
	by_name(id)
	f := finding(o.source, o.sink, o.mode, o.path, sprintf(
		"Step %s %s the model of %s %s, if the steps are what their names say: %s.",
		[o.sink, verb(o.sink), o.source, remark(o.mode, o.path), concat(" -> ", o.path)],
	))
}

# What gates counts only by its name.
review contains f if {
	not exempt
	some source in training
	some sink in releases
	not elsewhere(source, sink)
	perhaps_open(source, sink)
	not unclear(source, sink)
	path := g.route(possible, trusted, source, sink)
	f := finding(source, sink, "by-name", path, sprintf(
		"Step %s %s the model of %s, and the gate in between counts as a fairness evaluation only by its name: %s.",
		[sink, verb(sink), source, concat(" -> ", path)],
	))
}

inconclusive contains f if {
	not exempt
	some source in training
	some sink in releases
	not elsewhere(source, sink)
	unclear(source, sink)
	not surely_open(source, sink)
	path := g.route(possible, effective, source, sink)
	f := finding(source, sink, "unresolved", path, sprintf(
		"Step %s may release the model of %s without a fairness gate; a part of the path cannot be resolved: %s.",
		[sink, source, concat(" -> ", path)],
	))
}

# The pipeline trains a model and releases one, and nothing says that they are the same.
inconclusive contains f if {
	not exempt
	count(training) > 0
	some sink in releases
	not by_name(sink)
	every source in training { not g.reaches(possible, set(), source, sink) }
	f := {
		"msg": sprintf("Step %s %s a model whose origin cannot be resolved: no training step leads to it.", [sink, verb(sink)]),
		"resource": nodes[sink].subject,
		"key": "",
		"path": [],
		"evidence": {"sink": sink, "mode": "unknown-origin"},
	}
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the system declares affects_persons: false" if exempt

reasons contains "the pipeline has no training step" if count(training) == 0

reasons contains "the pipeline has no step that registers or deploys a model" if count(releases) == 0
