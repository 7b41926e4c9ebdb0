# METADATA
# title: Training reads sensitive data with no de-identification step upstream
# description: >-
#   A training step reads a dataset that is declared sensitive, and a path from the dataset to the step avoids
#   every de-identification step. De-identification dominates training when training cannot be reached from the
#   source once the de-identification steps are taken out of the graph; a step beside the path or a skipped one does
#   not count, and the message says why. Unknown are: a dataset whose class is not declared or not one of the known
#   classes, a part of the path that cannot be read, and training or its data in something that is not read here.
#   This is design evidence: the graph shows that the step is there, not how good the anonymisation is, nor what
#   happens within a training script. Several anonymised sets that meet in one training step are shown for review.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 10
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: Regulation (EU) 2016/679 (GDPR), Articles 25 and 32
# custom:
#   id: PB-DATA-001
#   version: 2
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
#   inputs: [smp, kfp, dvc, ci, tf, azml]
#   applies_when: >-
#     the pipeline has a training step that a sensitive dataset, or one of unknown sensitivity, reaches
#   params:
#     - sensitive_classes
#     - harmless_classes
#     - anonymised_classes
#     - machine_learning_formats
package probity.data_001

import rego.v1

import data.probity.lib.graph as g
import data.probity.lib.pipeline as p
import data.probity.params

pipeline := input.pipeline

nodes := pipeline.nodes

certain := g.certain(pipeline)

possible := g.possible(pipeline)

opaque := g.opaque(pipeline)

sanitisers := p.of_kind(pipeline, {"deidentify"})

# A skipped step cleans nothing. A step that counts only by its name proves nothing, and disproves nothing either.
effective := {id | some id in sanitisers; not p.skipped(pipeline, id)}

trusted := {id | some id in effective; not p.by_name(pipeline, id)}

# A frozen DVC stage does not run, and what it made before may still be what is read.
frozen := {id |
	some id in sanitisers - effective
	endswith(object.get(nodes[id], "path", ""), "dvc.yaml")
}

training := p.of_kind(pipeline, {"train"})

datasets := p.of_kind(pipeline, {"dataset"})

class(id) := lower(trim_space(nodes[id].sensitivity)) if {
	is_string(nodes[id].sensitivity)
} else := "unknown"

sensitive := {id | some id in datasets; class(id) in params.sensitive_classes}

# Only data that enters the pipeline is of unknown sensitivity: what a step makes takes it from what the step reads.
unknown := {id |
	some id in datasets - sensitive
	not class(id) in params.harmless_classes
	every _, successors in certain { not id in successors }
}

# What there is to judge; what was taken over from another pipeline is judged there.
pairs := {[source, sink] |
	some source in sensitive | unknown
	some sink in training
	g.reaches(possible, set(), source, sink)
}

judged := {pair | some pair in pairs; not p.elsewhere(pipeline, pair[0], pair[1])}

# The path stays open even if everything that cannot be read cleans the data: a failure, whatever else turns up.
surely_open(source, sink) if g.reaches(certain, (effective | frozen) | opaque, source, sink)

# The path may be open.
perhaps_open(source, sink) if g.reaches(possible, trusted, source, sink)

# It may be open even if the steps that count only by their name do what their name says.
unclear(source, sink) if g.reaches(possible, effective, source, sink)

bypassed(source, sink) if g.reaches(certain, sanitisers | opaque, source, sink)

mode(source, sink) := "not-dominating" if {
	count(sanitisers) > 0
	bypassed(source, sink)
} else := "skipped" if {
	count(sanitisers) > 0
} else := "missing"

# For a bypass the path shown is the one around all de-identification.
path_of("skipped", source, sink) := g.route(certain, (effective | frozen) | opaque, source, sink)

path_of(why, source, sink) := g.route(certain, sanitisers | opaque, source, sink) if why != "skipped"

remark("missing", _, _, _) := "with no de-identification step in the pipeline"

remark("skipped", _, _, path) := sprintf("although %s", [concat(" and ", [clause |
	some id in path
	id in sanitisers
	clause := sprintf("de-identification step %s is skipped", [id])
])])

remark("not-dominating", source, sink, _) := sprintf("on a path that bypasses %s", [concat(", ", sort([clause |
	some id in sanitisers
	clause := sprintf("%s (%s)", [id, useless(id, source, sink)])
]))])


finding(source, sink, why, path, message) := {
	"msg": message,
	"resource": nodes[sink].subject,
	"key": source,
	"path": [],
	"evidence": {
		"source": source, "sink": sink, "sensitivity": class(source), "mode": why, "path": path,
		"nature": "design",
	},
}

open contains {"source": source, "sink": sink, "mode": why, "path": path} if {
	some [source, sink] in judged
	source in sensitive
	surely_open(source, sink)
	why := mode(source, sink)
	path := path_of(why, source, sink)
}

# Why a de-identification step does not protect.
useless(id, source, sink) := "it does not read this data" if {
	not g.reaches(certain, set(), source, id)
} else := sprintf("nothing that it makes reaches %s", [sink]) if {
	not g.reaches(certain, set(), id, sink)
} else := "it is skipped" if {
	p.skipped(pipeline, id)
} else := "a path leads around it"

deny contains f if {
	some o in open
	not p.by_name(pipeline, o.sink)
	f := finding(o.source, o.sink, o.mode, o.path, sprintf(
		"Training step %s reads %s data %s: %s.",
		[o.sink, class(o.source), remark(o.mode, o.source, o.sink, o.path), p.arrows(o.path)],
	))
}

# The step trains only by its name.
review contains f if {
	some o in open
	p.by_name(pipeline, o.sink)
	f := finding(o.source, o.sink, o.mode, o.path, sprintf(
		"Step %s, which counts as training only by its name, reads %s data %s: %s.",
		[o.sink, class(o.source), remark(o.mode, o.source, o.sink, o.path), p.arrows(o.path)],
	))
}

# The step de-identifies only by its name.
review contains f if {
	some [source, sink] in judged
	source in sensitive
	perhaps_open(source, sink)
	not unclear(source, sink)
	path := g.route(possible, trusted, source, sink)
	f := finding(source, sink, "by-name", path, sprintf(
		"Training step %s reads %s data, and what stands in between counts as de-identification only by its name: %s.",
		[sink, class(source), p.arrows(path)],
	))
}

# Each set is anonymous by itself; together they may not be.
review contains f if {
	some sink in training
	joined := {source |
		some source in datasets
		class(source) in params.anonymised_classes
		not p.elsewhere(pipeline, source, sink)
		g.reaches(certain, set(), source, sink)
	}
	count(joined) > 1
	f := {
		"msg": sprintf("Training step %s joins the anonymised sets %s, which together may identify people again.", [
			sink, p.listed(joined),
		]),
		"resource": nodes[sink].subject,
		"key": "joined",
		"path": [],
		"evidence": {"sink": sink, "mode": "joined", "sources": sort([id | some id in joined]), "nature": "design"},
	}
}

inconclusive contains f if {
	some [source, sink] in judged
	source in sensitive
	unclear(source, sink)
	not surely_open(source, sink)
	path := g.route(possible, effective, source, sink)
	f := finding(source, sink, "unresolved", path, sprintf(
		"Training step %s may read %s data without de-identification; a part of the path cannot be resolved: %s.",
		[sink, class(source), p.arrows(path)],
	))
}

inconclusive contains f if {
	some [source, sink] in judged
	source in unknown
	perhaps_open(source, sink)
	path := g.route(possible, trusted, source, sink)
	f := finding(source, sink, "unknown-sensitivity", path, sprintf(
		"Training step %s reads %s, whose sensitivity is %s, without de-identification: %s.",
		[sink, source, undeclared(source), p.arrows(path)],
	))
}

undeclared(id) := "not declared" if {
	class(id) in {"unknown", ""}
} else := sprintf("declared as %s, which is not a known class", [class(id)])

# What trains, or what it reads, may lie in something that nobody can see here.
unread := p.unread(pipeline, object.get(input, "system", null))

hiding contains [part, "hides-training"] if {
	count(training) == 0
	some part in unread
	concealed(part)
}

hiding contains [part, "hides-data"] if {
	count(pairs) == 0
	some sink in training
	some part in p.before(pipeline, p.missing(pipeline), sink)
}

concealed(part) if part in p.missing(pipeline)

concealed(_) if p.machine_learning(pipeline)

concealed(part) if {
	some source in sensitive | unknown
	p.reached(pipeline, source, part.at)
}

sentences := {
	"hides-training": "Whether the pipeline trains on sensitive data cannot be seen: %s.",
	"hides-data": "Which data training reads cannot be seen: %s.",
}

inconclusive contains f if {
	some why, _ in sentences
	parts := {part | some [part, cause] in hiding; cause == why}
	f := p.unseen(pipeline, parts, why, sentences[why])
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the pipeline has no training step" if {
	count(training) == 0
	count(hiding) == 0
}

reasons contains "no sensitive source reaches a training step" if {
	count(training) > 0
	count(pairs) == 0
	count(hiding) == 0
}

reasons contains sprintf("its training is taken over from %s and judged there", [concat(", ", origins)]) if {
	count(pairs) > 0
	count(judged) == 0
}

origins := {nodes[pair[1]].taken_from | some pair in pairs}
