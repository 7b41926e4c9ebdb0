# METADATA
# title: No data-quality validation before training
# description: >-
#   A training step starts without a check of the quality of its data that could stop it. A check counts when the data
#   reach it, training waits for it, its failure stops the run, and it is not skipped; a step that only follows
#   training, or stands beside it, does not count, and the message says why. A run that registers a new baseline and
#   compares with none passes by construction and is shown for review. A check that counts only by its name is shown
#   for review too. Unknown are a check that cannot be read, and training in something that is not read here. Tests of
#   the code are no tests of the data.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Articles 10 and 11"
# custom:
#   id: PB-DATA-005
#   version: 1
#   severity: high
#   scope: module
#   selects:
#     - pipeline
#   inputs: [smp, kfp, dvc, ci, azml]
#   controls:
#     - "EU-AIA:10.2.e"
#     - "EU-AIA:10.3"
#     - "NIST-AI-RMF:MEASURE 2.1"
#     - "ISO42001:A.7.4"
#     - "ATLAS:AML.M0007"
#     - "OWASP-ML:ML02:2023"
#     - "SOC2:PI1.2"
#     - "NIST-800-53:SI-10"
#   remediation: >-
#     Add a step that checks the data (a QualityCheck of type DATA_QUALITY, Great Expectations, Pandera, Deequ) before
#     training, and make training depend on it.
#   applies_when: >-
#     the pipeline has a training step
#   params:
#     - machine_learning_formats
package probity.data_005

import rego.v1

import data.probity.lib.graph as g
import data.probity.lib.pipeline as p

pipeline := input.pipeline

nodes := pipeline.nodes

certain := g.certain(pipeline)

possible := g.possible(pipeline)

held := p.held(pipeline)

checks := p.of_kind(pipeline, {"validate"})

# The first of several training steps is asked about: what follows it works on a model. What was taken over from
# another pipeline is judged there.
training := {id |
	some id in p.of_kind(pipeline, {"train"})
	not p.elsewhere(pipeline, id, id)
	every other in p.of_kind(pipeline, {"train"}) - {id} { not g.reaches(certain, set(), other, id) }
}

effective := {id | some id in checks; p.stops(pipeline, id)}

# The data that a training step is made of.
data_of(sink) := {id |
	some id in p.of_kind(pipeline, {"dataset"})
	g.reaches(certain, set(), id, sink)
}

# Training waits for the check, and at least a part of the data goes through it.
guards(edges, id, sink) if {
	g.reaches(edges, set(), id, sink)
	reads(id, sink)
}

reads(_, sink) if count(data_of(sink)) == 0

reads(id, sink) if {
	some source in data_of(sink)
	g.reaches(certain, set(), source, id)
}

guarded(sink) if {
	some id in effective
	not p.by_name(pipeline, id)
	guards(held, id, sink)
}

guarded_by_name(sink) if {
	some id in effective
	p.by_name(pipeline, id)
	guards(held, id, sink)
}

# A step that cannot be read may be the check.
perhaps_guarded(sink) if {
	some id in g.opaque(pipeline) - {sink}
	not nodes[id].kind in {"train", "dataset"}
	g.reaches(held, set(), id, sink)
}

perhaps_guarded(sink) if {
	some id in effective
	guards(possible, id, sink)
	not g.reaches(certain, set(), id, sink)
}

perhaps_guarded(sink) if count(p.before(pipeline, p.missing(pipeline), sink)) > 0

# A check without anything to compare with.
baseline(id) if {
	nodes[id].kind == "validate"
	contains(object.get(nodes[id], "non_blocking_reason", ""), "baseline run")
}

useless(id, sink) := p.idle(pipeline, id) if {
	g.reaches(held, set(), id, sink)
	not p.stops(pipeline, id)
} else := "it reads other data" if {
	g.reaches(held, set(), id, sink)
} else := "it comes after training" if {
	g.reaches(certain, set(), sink, id)
} else := "training runs although it fails" if {
	g.reaches(certain, set(), id, sink)
} else := "training does not wait for it"

remark(sink) := "with no check of the data before it" if {
	count(checks) == 0
} else := sprintf("and no check of the data can stop it: %s", [concat(", ", sort([clause |
	some id in checks
	clause := sprintf("%s (%s)", [id, useless(id, sink)])
]))])

open := {sink | some sink in training; not guarded(sink); not guarded_by_name(sink)}

finding(sink, why, message) := {
	"msg": message,
	"resource": nodes[sink].subject,
	"key": "",
	"path": [],
	"evidence": {"training": sink, "mode": why, "checks": sort([id | some id in checks])},
}

first_run(sink) if {
	some id in checks
	baseline(id)
	guards(held, id, sink)
}

why(_) := "missing" if count(checks) == 0

why(_) := "ineffective" if count(checks) > 0

deny contains f if {
	some sink in open
	not perhaps_guarded(sink)
	not first_run(sink)
	not p.by_name(pipeline, sink)
	f := finding(sink, why(sink), sprintf("Training step %s starts %s.", [sink, remark(sink)]))
}

review contains f if {
	some sink in open
	not perhaps_guarded(sink)
	not first_run(sink)
	p.by_name(pipeline, sink)
	f := finding(sink, why(sink), sprintf(
		"Step %s, which counts as training only by its name, starts %s.",
		[sink, remark(sink)],
	))
}

review contains f if {
	some sink in open
	first_run(sink)
	f := finding(sink, "baseline-run", sprintf(
		"The check of the data before training step %s is a baseline run: it compares with nothing, so it passes.",
		[sink],
	))
}

review contains f if {
	some sink in training
	guarded_by_name(sink)
	not guarded(sink)
	f := finding(sink, "by-name", sprintf(
		"What checks the data before training step %s counts as a check only by its name.",
		[sink],
	))
}

inconclusive contains f if {
	some sink in open
	perhaps_guarded(sink)
	not first_run(sink)
	f := finding(sink, "unresolved", sprintf(
		"Whether a check of the data stands before training step %s cannot be seen: a part before it cannot be read.",
		[sink],
	))
}

hiding := {part |
	count(p.of_kind(pipeline, {"train"})) == 0
	some part in p.unread(pipeline, object.get(input, "system", null))
	concealed(part)
}

concealed(part) if part in p.missing(pipeline)

concealed(_) if p.machine_learning(pipeline)

inconclusive contains f if {
	count(hiding) > 0
	sentence := "Whether the pipeline trains a model, and on checked data, cannot be seen: %s."
	f := p.unseen(pipeline, hiding, "hides-training", sentence)
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the pipeline has no training step" if {
	count(p.of_kind(pipeline, {"train"})) == 0
	count(hiding) == 0
}

reasons contains "its training is taken over from another pipeline and judged there" if {
	count(p.of_kind(pipeline, {"train"})) > 0
	every id in p.of_kind(pipeline, {"train"}) { p.elsewhere(pipeline, id, id) }
}
