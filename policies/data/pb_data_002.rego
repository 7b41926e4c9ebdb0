# METADATA
# title: Dataset used for training has no sensitivity classification
# description: >-
#   A dataset that reaches a training step has no sensitivity class, or one that is none of the known classes. A class
#   comes from a dataset card or Croissant file, meta.sensitivity of a DVC stage or .dvc file, the tag data-
#   classification of the bucket, or .probity/data-inventory.yaml. Data that a step of the pipeline makes, and public
#   benchmark datasets, need none. Unknown is whether a dataset reaches training over a part of the path that cannot
#   be read.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: "Regulation (EU) 2024/1689 (AI Act), Article 10"
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: "Regulation (EU) 2016/679 (GDPR)"
# custom:
#   id: PB-DATA-002
#   version: 1
#   severity: high
#   scope: module
#   selects:
#     - pipeline
#   inputs: [dvc, smp, kfp, tf, dcard, git]
#   controls:
#     - "EU-AIA:10.2.b"
#     - "GDPR:30.1.c"
#     - "NIST-AI-RMF:MAP 2.3"
#     - "NIST-AI-RMF:GOVERN 1.6"
#     - "ISO42001:A.4.3"
#     - "ISO42001:A.7.2"
#     - "CIS-v8.1:3.7"
#     - "SOC2:C1.1"
#     - "NIST-800-53:RA-2"
#     - "CCPA-REGS:7152"
#   remediation: >-
#     Declare a sensitivity class: in the dataset card, in meta.sensitivity of the DVC stage or .dvc file, as the tag
#     data-classification of the bucket, or in .probity/data-inventory.yaml.
#   applies_when: >-
#     the pipeline has a training step that a dataset reaches
#   params:
#     - sensitive_classes
#     - harmless_classes
#     - public_datasets
#     - machine_learning_formats
package probity.data_002

import rego.v1

import data.probity.lib.datasets
import data.probity.lib.graph as g
import data.probity.lib.pipeline as p
import data.probity.params

pipeline := input.pipeline

nodes := pipeline.nodes

certain := g.certain(pipeline)

possible := g.possible(pipeline)

training := p.of_kind(pipeline, {"train"})

# What a step makes takes its class from what the step reads.
sources := {id |
	some id in p.of_kind(pipeline, {"dataset"})
	every _, successors in certain { not id in successors }
}

known := {known_class | some known_class in array.concat(params.sensitive_classes, params.harmless_classes)}

class(id) := lower(trim_space(nodes[id].sensitivity)) if {
	is_string(nodes[id].sensitivity)
} else := ""

unclassified := {id |
	some id in sources
	not class(id) in known
	not datasets.public(nodes[id].name)
}

# The training steps that a dataset reaches, but those that were taken over together with it.
readers(edges, source) := {sink |
	some sink in training
	not p.elsewhere(pipeline, source, sink)
	g.reaches(edges, set(), source, sink)
}

complaint(id) := "has no sensitivity class" if {
	class(id) in {"", "unknown"}
} else := sprintf("has the sensitivity class %s, which is none of the known ones", [class(id)])

finding(source, sinks, message) := {
	"msg": message,
	"resource": nodes[source].subject,
	"key": nodes[source].name,
	"path": [],
	"evidence": {"dataset": nodes[source].name, "class": class(source), "training": sort([id | some id in sinks])},
}

# Also where there are none.
by_name_only(sinks) if every id in sinks { p.by_name(pipeline, id) }

deny contains f if {
	some source in unclassified
	sinks := readers(certain, source)
	not by_name_only(sinks)
	f := finding(source, sinks, sprintf(
		"Dataset %s, which training step %s reads, %s; declare one.",
		[nodes[source].name, p.listed(sinks), complaint(source)],
	))
}

review contains f if {
	some source in unclassified
	sinks := readers(certain, source)
	count(sinks) > 0
	by_name_only(sinks)
	f := finding(source, sinks, sprintf(
		"Dataset %s, which step %s reads that counts as training only by its name, %s; declare one.",
		[nodes[source].name, p.listed(sinks), complaint(source)],
	))
}

inconclusive contains f if {
	some source in unclassified
	count(readers(certain, source)) == 0
	sinks := readers(possible, source)
	count(sinks) > 0
	f := finding(source, sinks, sprintf(
		"Dataset %s %s, and whether training step %s reads it cannot be resolved.",
		[nodes[source].name, complaint(source), p.listed(sinks)],
	))
}

# What trains may lie in something that nobody can see here.
hiding := {[source, part] |
	count(training) == 0
	some source in unclassified
	some part in p.after(pipeline, p.unread(pipeline, object.get(input, "system", null)), source)
}

inconclusive contains f if {
	some [source, part] in hiding
	f := object.union(finding(source, set(), sprintf(
		"Dataset %s %s, and whether it is used for training cannot be seen: %s.",
		[nodes[source].name, complaint(source), p.shown(part)],
	)), {"key": sprintf("%s:%s", [nodes[source].name, part.at])})
}

# What training reads may lie in something that nobody can see here.
hidden_data := {[sink, part] |
	some sink in training
	count([source | some source in sources; g.reaches(possible, set(), source, sink)]) == 0
	some part in p.before(pipeline, p.missing(pipeline), sink)
}

inconclusive contains f if {
	some [sink, part] in hidden_data
	f := {
		"msg": sprintf("Which data training step %s reads cannot be seen: %s.", [sink, p.shown(part)]),
		"resource": nodes[sink].subject,
		"key": sprintf("data:%s", [part.at]),
		"path": [],
		"evidence": {"training": sink, "unread": part.at},
	}
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the pipeline has no training step" if {
	count(training) == 0
	count(hiding) == 0
}

reasons contains "no dataset that the pipeline names reaches a training step" if {
	count(training) > 0
	count(hidden_data) == 0
	every source in sources { every sink in training { not g.reaches(possible, set(), source, sink) } }
}

reasons contains "its training is taken over from another pipeline and judged there" if {
	some source in sources
	some sink in training
	g.reaches(possible, set(), source, sink)
	every id in sources { every other in training { shared(id, other) } }
}

shared(source, sink) if p.elsewhere(pipeline, source, sink)

shared(source, sink) if not g.reaches(possible, set(), source, sink)
