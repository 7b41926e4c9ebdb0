# METADATA
# title: Training pipeline registers or deploys a model without a fairness evaluation gate
# description: >-
#   A step registers or deploys a model, and a path from training to it avoids every fairness evaluation that could
#   stop it. A fairness step is effective when it comes after training, the release waits for it, its failure stops
#   the run, and it is not skipped. Three modes are reported: missing (no fairness step), not-dominating (a path goes
#   around it) and non-blocking (every path meets one that cannot stop the release); the message says for each step
#   why it does not count. Unknown are: a part of the path that cannot be read, a model whose origin the pipeline
#   does not show, and training or release in something that is not read here. This is design evidence: it shows that
#   a gate stands there. Where only the exit status of a script gates, nobody can see here whether it fails on a bad
#   result; what it found for a version of the model is operating evidence (PB-FAIR-002, PB-FAIR-003).
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Articles 9, 10 and 15
# custom:
#   id: PB-FAIR-001
#   version: 2
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
#   inputs: [smp, kfp, dvc, ci, azml, mlflow]
#   applies_when: >-
#     unless the system declares affects_persons: false; the pipeline has a training step and a release step
#   params:
#     - machine_learning_formats
package probity.fair_001

import rego.v1

import data.probity.lib.graph as g
import data.probity.lib.pipeline as p

pipeline := input.pipeline

nodes := pipeline.nodes

certain := g.certain(pipeline)

possible := g.possible(pipeline)

opaque := g.opaque(pipeline)

held := p.held(pipeline)

gates := p.of_kind(pipeline, {"fairness"})

effective := {id | some id in gates; p.stops(pipeline, id)}

# A gate that counts only by its name proves nothing, and disproves nothing either.
trusted := {id | some id in effective; not p.by_name(pipeline, id)}

training := p.of_kind(pipeline, {"train"})

releases := p.of_kind(pipeline, {"register", "deploy"})

# A missing system record silences nothing: PB-GOV-002 reports it.
default exempt := false

exempt if input.system.affects_persons == false

# What there is to judge; what was taken over from another pipeline is judged there.
pairs := {[source, sink] |
	not exempt
	some source in training
	some sink in releases
	g.reaches(possible, set(), source, sink)
}

judged := {pair | some pair in pairs; not p.elsewhere(pipeline, pair[0], pair[1])}

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
	not g.reaches(certain, gates | opaque, source, sink)
}

# For a bypass the path shown is the one around the gates.
path_of("non-blocking", source, sink) := g.route(certain, effective | opaque, source, sink)

path_of("not-dominating", source, sink) := g.route(certain, gates | opaque, source, sink)

path_of("missing", source, sink) := g.route(certain, opaque, source, sink)

remark("missing", _) := "without a fairness evaluation"

remark("not-dominating", path) := sprintf("on a path that bypasses %s", [concat(", ", sort([clause |
	some id in gates
	clause := sprintf("%s (%s)", [id, beside(id, path[0], path[count(path) - 1])])
]))])

remark("non-blocking", path) := sprintf("although %s", [concat(" and ", [clause |
	some id in path
	id in gates
	clause := sprintf("fairness step %s cannot stop it (%s)", [id, p.idle(pipeline, id)])
])])

# Why a fairness step beside the path does not count.
beside(id, source, sink) := "it runs before training" if {
	not g.reaches(certain, set(), source, id)
	g.reaches(certain, set(), id, source)
} else := sprintf("it does not follow %s", [source]) if {
	not g.reaches(certain, set(), source, id)
} else := sprintf("%s does not wait for it", [sink]) if {
	not g.reaches(certain, set(), id, sink)
} else := sprintf("%s runs although it fails", [sink]) if {
	not g.reaches(held, set(), id, sink)
} else := p.idle(pipeline, id) if {
	not p.stops(pipeline, id)
} else := "a path leads around it"

verbs := {"register": "registers", "deploy": "deploys"}

verb(id) := verbs[nodes[id].kind]

finding(source, sink, why, path, message) := {
	"msg": message,
	"resource": nodes[sink].subject,
	"key": source,
	"path": [],
	"evidence": {"source": source, "sink": sink, "mode": why, "path": path, "nature": "design"},
}

open contains {"source": source, "sink": sink, "mode": why, "path": path} if {
	some [source, sink] in judged
	surely_open(source, sink)
	why := mode(source, sink)
	path := path_of(why, source, sink)
}

deny contains f if {
	some o in open
	not p.by_name(pipeline, o.source)
	not p.by_name(pipeline, o.sink)
	f := finding(o.source, o.sink, o.mode, o.path, sprintf(
		"Step %s %s the model of %s %s: %s.",
		[o.sink, verb(o.sink), o.source, remark(o.mode, o.path), p.arrows(o.path)],
	))
}

# One of the two ends counts only by its name.
review contains f if {
	some o in open
	some id in {o.source, o.sink}
	p.by_name(pipeline, id)
	f := finding(o.source, o.sink, o.mode, o.path, sprintf(
		"Step %s %s the model of %s %s, if the steps are what their names say: %s.",
		[o.sink, verb(o.sink), o.source, remark(o.mode, o.path), p.arrows(o.path)],
	))
}

# What gates counts only by its name.
review contains f if {
	some [source, sink] in judged
	perhaps_open(source, sink)
	not unclear(source, sink)
	path := g.route(possible, trusted, source, sink)
	f := finding(source, sink, "by-name", path, sprintf(
		"Step %s %s the model of %s, and the gate in between counts as a fairness evaluation only by its name: %s.",
		[sink, verb(sink), source, p.arrows(path)],
	))
}

inconclusive contains f if {
	some [source, sink] in judged
	unclear(source, sink)
	not surely_open(source, sink)
	path := g.route(possible, effective, source, sink)
	f := finding(source, sink, "unresolved", path, sprintf(
		"Step %s may release the model of %s without a fairness gate; a part of the path cannot be resolved: %s.",
		[sink, source, p.arrows(path)],
	))
}

# The pipeline trains a model and releases one, and nothing says that they are the same.
inconclusive contains f if {
	not exempt
	count(training) > 0
	some sink in releases
	not p.by_name(pipeline, sink)
	every source in training { not g.reaches(possible, set(), source, sink) }
	f := {
		"msg": sprintf(
			"Step %s %s a model whose origin cannot be resolved: no training step leads to it.",
			[sink, verb(sink)],
		),
		"resource": nodes[sink].subject,
		"key": "",
		"path": [],
		"evidence": {"sink": sink, "mode": "unknown-origin", "nature": "design"},
	}
}

# Training or release may lie in something that nobody can see here.
unread := p.unread(pipeline, object.get(input, "system", null))

hiding contains [part, "hides-training"] if {
	count(training) == 0
	some sink in releases
	some part in p.before(pipeline, unread, sink)
}

# Where the training is known for what it is, a script after it is suspect enough.
hiding contains [part, "hides-release"] if {
	count(releases) == 0
	some source in training
	some part in p.after(pipeline, unread | after_training(source), source)
}

after_training(source) := p.unreadable(pipeline) if {
	not p.by_name(pipeline, source)
} else := set()

hiding contains [part, "hides-both"] if {
	count(training | releases) == 0
	some part in unread
	concealed(part)
}

concealed(part) if part in p.missing(pipeline)

concealed(_) if p.machine_learning(pipeline)

sentences := {
	"hides-training": "Whether the pipeline trains the model that it releases cannot be seen: %s.",
	"hides-release": "Whether the trained model is released, and behind which gate, cannot be seen: %s.",
	"hides-both": "Whether the pipeline trains and releases a model cannot be seen: %s.",
}

inconclusive contains f if {
	not exempt
	some why, _ in sentences
	parts := {part | some [part, cause] in hiding; cause == why}
	f := p.unseen(pipeline, parts, why, sentences[why])
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the system declares affects_persons: false" if exempt

reasons contains "the pipeline has no training step" if {
	count(training) == 0
	count(hiding) == 0
}

reasons contains "the pipeline has no step that registers or deploys a model" if {
	count(releases) == 0
	count(hiding) == 0
}

reasons contains sprintf("its release is taken over from %s and judged there", [concat(", ", origins)]) if {
	count(pairs) > 0
	count(judged) == 0
}

origins := {nodes[pair[1]].taken_from | some pair in pairs}
