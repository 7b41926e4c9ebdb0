# METADATA
# title: Model can be registered without a performance evaluation gate
# description: >-
#   A step registers or deploys a model without an evaluation of its performance that could stop it. An evaluation
#   counts when it comes after training, the release waits for it, its failure stops the run, and it is not skipped;
#   the message says for each evaluation step why it does not count. A processing step that writes its result for a
#   condition counts by the condition alone. Unknown are steps that cannot be read, and training or release in
#   something that is not read here. This is design evidence: where only the exit status of a script gates, nobody can
#   see here whether it fails on a bad result.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Articles 9 and 15"
# custom:
#   id: PB-EVAL-001
#   version: 1
#   severity: high
#   scope: module
#   selects:
#     - pipeline
#   inputs: [smp, kfp, dvc, ci, azml, mlflow]
#   controls:
#     - "EU-AIA:15.1"
#     - "EU-AIA:9.6"
#     - "EU-AIA:9.8"
#     - "NIST-AI-RMF:MEASURE 2.3"
#     - "NIST-AI-RMF:MEASURE 2.5"
#     - "ISO42001:A.6.2.4"
#     - "SOC2:CC8.1"
#     - "OECD:1.4"
#     - "G7-CoC:1"
#   remediation: >-
#     Let a condition on the metric, or a step that fails on a bad result, stand between training and registration.
#   applies_when: >-
#     the pipeline has a training step and a step that registers or deploys a model
#   params:
#     - machine_learning_formats
package probity.eval_001

import rego.v1

import data.probity.lib.graph as g
import data.probity.lib.pipeline as p

pipeline := input.pipeline

nodes := pipeline.nodes

certain := p.whole(pipeline)

possible := p.restored(pipeline, g.possible(pipeline))

held := p.held(pipeline)

opaque := {id | some id in g.opaque(pipeline); not nodes[id].kind in {"train", "dataset"}}

gates := p.of_kind(pipeline, {"evaluate"})

effective := {id | some id in gates; p.stops(pipeline, id); not unread_result(id)}

# SageMaker: a result that is written for a condition, and no condition reads it.
unread_result(id) if {
	count(object.get(nodes[id], ["settings", "PropertyFiles"], [])) > 0
	every next in certain[id] { object.get(nodes[next], ["settings", "Type"], "") != "Condition" }
}

idle(id) := "no condition decides on the result that it writes" if {
	p.stops(pipeline, id)
	unread_result(id)
} else := p.idle(pipeline, id)

training := p.of_kind(pipeline, {"train"})

releases := p.of_kind(pipeline, {"register", "deploy"})

pairs := {[source, sink] |
	some source in training
	some sink in releases
	g.reaches(possible, set(), source, sink)
}

judged := {pair | some pair in pairs; not p.elsewhere(pipeline, pair[0], pair[1])}

# It follows training, and the release waits for its success.
between(edges, id, source, sink) if {
	g.reaches(certain, set(), source, id)
	g.reaches(edges, set(), id, sink)
}

gated(source, sink) if {
	some id in effective
	not p.by_name(pipeline, id)
	between(held, id, source, sink)
}

gated_by_name(source, sink) if {
	some id in effective
	p.by_name(pipeline, id)
	between(held, id, source, sink)
}

# A step that cannot be read may be the evaluation, and an edge that may exist may make the release wait.
unclear(source, sink) if not g.reaches(certain, set(), source, sink)

unclear(source, sink) if {
	some id in opaque
	between(held, id, source, sink)
}

unclear(source, sink) if {
	some id in effective
	g.reaches(possible, set(), source, id)
	g.reaches(possible, set(), id, sink)
	not between(certain, id, source, sink)
}

open := {pair | some pair in judged; not gated(pair[0], pair[1]); not gated_by_name(pair[0], pair[1])}

mode(_, _) := "missing" if count(gates) == 0

mode(source, sink) := "non-blocking" if {
	some id in gates
	between(held, id, source, sink)
}

mode(source, sink) := "not-dominating" if {
	count(gates) > 0
	every id in gates { not between(held, id, source, sink) }
}

# For a bypass the path shown is the one around the evaluation, where there is one.
path_of(source, sink) := g.route(certain, gates | opaque, source, sink) if {
	g.reaches(certain, gates | opaque, source, sink)
} else := g.route(certain, set(), source, sink)

remark(_, _) := "without an evaluation of its performance" if count(gates) == 0

remark(source, sink) := sprintf("and no evaluation can stop it: %s", [concat(", ", sort([clause |
	some id in gates
	clause := sprintf("%s (%s)", [id, useless(id, source, sink)])
]))]) if {
	count(gates) > 0
}

useless(id, source, sink) := "it runs before training" if {
	not g.reaches(certain, set(), source, id)
	g.reaches(certain, set(), id, source)
} else := sprintf("it does not follow %s", [source]) if {
	not g.reaches(certain, set(), source, id)
} else := sprintf("%s does not wait for it", [sink]) if {
	not g.reaches(certain, set(), id, sink)
} else := sprintf("%s runs although it fails", [sink]) if {
	not g.reaches(held, set(), id, sink)
} else := idle(id)

finding(source, sink, why, path, message) := {
	"msg": message,
	"resource": nodes[sink].subject,
	"key": source,
	"path": [],
	"evidence": {"source": source, "sink": sink, "mode": why, "path": path, "nature": "design"},
}

verbs := {"register": "registers", "deploy": "deploys"}

verb(id) := verbs[nodes[id].kind]

by_name_only(pair) if {
	some id in pair
	p.by_name(pipeline, id)
}

complaint(source, sink, condition) := finding(source, sink, mode(source, sink), path, message) if {
	path := path_of(source, sink)
	message := sprintf("Step %s %s the model of %s %s%s: %s.", [
		sink, verb(sink), source, remark(source, sink), condition, p.arrows(path),
	])
}

deny contains complaint(source, sink, "") if {
	some [source, sink] in open
	not unclear(source, sink)
	not by_name_only([source, sink])
}

# One of the two ends counts only by its name.
review contains complaint(source, sink, ", if the steps are what their names say") if {
	some [source, sink] in open
	not unclear(source, sink)
	by_name_only([source, sink])
}

review contains f if {
	some [source, sink] in judged
	gated_by_name(source, sink)
	not gated(source, sink)
	f := finding(source, sink, "by-name", path_of(source, sink), sprintf(
		"Step %s %s the model of %s, and the gate in between counts as an evaluation only by its name.",
		[sink, verb(sink), source],
	))
}

inconclusive contains f if {
	some [source, sink] in open
	unclear(source, sink)
	path := g.route(possible, set(), source, sink)
	f := finding(source, sink, "unresolved", path, sprintf(
		"Step %s may release the model of %s without an evaluation; a part of the path cannot be resolved: %s.",
		[sink, source, p.arrows(path)],
	))
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
	"hides-training": "Whether the pipeline trains and evaluates the model that it releases cannot be seen: %s.",
	"hides-release": "Whether the trained model is released, and after which evaluation, cannot be seen: %s.",
	"hides-both": "Whether the pipeline trains and releases a model cannot be seen: %s.",
}

inconclusive contains f if {
	some why, _ in sentences
	parts := {part | some [part, cause] in hiding; cause == why}
	count(parts) > 0
	f := p.unseen(pipeline, parts, why, sentences[why])
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the pipeline has no training step" if {
	count(training) == 0
	count(hiding) == 0
}

reasons contains "the pipeline has no step that registers or deploys a model" if {
	count(releases) == 0
	count(hiding) == 0
}

reasons contains "no step that it releases comes from its training" if {
	count(training) > 0
	count(releases) > 0
	count(pairs) == 0
}

reasons contains "its release is taken over from another pipeline and judged there" if {
	count(pairs) > 0
	count(judged) == 0
}
