# What the steps of a pipeline are, why one does not count as a gate, and what of the pipeline nobody can read here.
package probity.lib.pipeline

import rego.v1

import data.probity.lib.graph as g
import data.probity.params

of_kind(pipeline, kinds) := {id | some id, node in pipeline.nodes; node.kind in kinds}

by_name(pipeline, id) if object.get(pipeline.nodes[id], "weak", false) == true

skipped(pipeline, id) if object.get(pipeline.nodes[id], "skipped", false) == true

# Its failure keeps what comes after it from starting.
stops(pipeline, id) if {
	object.get(pipeline.nodes[id], "blocking", false) == true
	not skipped(pipeline, id)
}

# Why a step stops nothing, as a clause.
idle(pipeline, id) := "it is skipped" if {
	skipped(pipeline, id)
} else := reason if {
	reason := object.get(pipeline.nodes[id], "non_blocking_reason", "")
	reason != ""
} else := "its result stops nothing"

# What a pipeline takes over whole from another one is judged there, once.
elsewhere(pipeline, source, sink) if {
	origin := pipeline.nodes[source].taken_from
	is_string(origin)
	origin == pipeline.nodes[sink].taken_from
	object.get(pipeline.nodes[source], "taken_at", "") == object.get(pipeline.nodes[sink], "taken_at", "")
}

# Edges that seem to lead around a fairness gate are taken out of the graph, which is meant for that question. What
# other gates ask needs them back.
whole(pipeline) := restored(pipeline, g.certain(pipeline))

restored(pipeline, edges) := {id: all |
	some id, successors in edges
	all := successors | {edge[1] | some edge in object.get(pipeline, "settled", []); edge[0] == id}
}

# Steps that wait for the success of each other: edges to a step that runs regardless hold nothing back.
held(pipeline) := {id: kept |
	regardless := {[edge[0], edge[1]] | some edge in object.get(pipeline, "lenient", [])}
	some id, successors in whole(pipeline)
	kept := {next | some next in successors; not [id, next] in regardless}
}

# The pipeline is of a format made for machine learning: what it hides is a part of that.
machine_learning(pipeline) if pipeline.source_kind in params.machine_learning_formats

# What the pipeline names and nobody can see here.
missing(pipeline) := {{"at": lack.at, "reason": lack.reason} | some lack in object.get(pipeline, "missing", [])}

# Steps whose command cannot be read, beside those that are missing anyway.
unreadable(pipeline) := {{"at": id, "reason": "what it runs cannot be read"} |
	some id in g.opaque(pipeline)
	not pipeline.nodes[id].kind in {"train", "dataset"}
	not named_missing(pipeline, id)
}

named_missing(pipeline, id) if {
	some lack in object.get(pipeline, "missing", [])
	some suffix in ["", ">before", ">after"]
	id == concat("", [lack.at, suffix])
}

# In a workflow every second step runs make or a script: it may hold training or release where the workflow is
# declared to belong to an AI system, or where the format does nothing else.
unread(pipeline, system) := missing(pipeline) | unreadable(pipeline) if {
	suspect(pipeline, system)
} else := missing(pipeline)

suspect(pipeline, _) if machine_learning(pipeline)

suspect(_, system) if is_object(system)

# The unread parts that may come after a step, and before one. A part without a step may stand anywhere.
after(pipeline, parts, id) := {part |
	count(parts) > 0
	edges := g.possible(pipeline)
	some part in parts
	linked(pipeline, edges, id, part.at)
}

before(pipeline, parts, id) := {part |
	count(parts) > 0
	edges := g.possible(pipeline)
	some part in parts
	linked(pipeline, edges, part.at, id)
}

reached(pipeline, from, to) if linked(pipeline, g.possible(pipeline), from, to)

linked(_, edges, from, to) if g.reaches(edges, set(), from, to)

linked(pipeline, _, from, _) if not pipeline.nodes[from]

linked(pipeline, _, _, to) if not pipeline.nodes[to]

# The place to show for an unread part: its step, else the pipeline.
place(pipeline, part) := {"resource": subject} if {
	subject := pipeline.nodes[part.at].subject
} else := {}

# `the reusable workflow x is not read here (build)`
shown(part) := sprintf("%s (%s)", [part.reason, part.at])

# One result for everything of a pipeline that cannot be seen, at the first such part.
unseen(pipeline, parts, why, sentence) := object.union(place(pipeline, ordered[0]), {
	"msg": sprintf(sentence, [concat("; ", [shown(part) | some part in ordered])]),
	"key": why,
	"path": [],
	"evidence": {"mode": why, "unread": [part.at | some part in ordered], "nature": "design"},
}) if {
	ordered := sort(parts)
}

listed(ids) := concat(", ", sort([id | some id in ids]))

arrows(path) := concat(" -> ", path)
