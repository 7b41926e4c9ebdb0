# Reachability over the step graph of a pipeline. The two headline policies ask the same question: does a step stay
# reachable when the steps that should stand in between are taken out?
package probity.lib.graph

import rego.v1

# The longest route that is written out. A route beyond it is given by its two ends.
longest_route := 60

# Edges that certainly exist. Every node gets a key: graph.reachable drops a node that is not a key of the graph, so a
# release step without an `edges` entry would silently pass.
certain(pipeline) := {id: successors |
	guesses := unresolved(pipeline)
	some id, _ in pipeline.nodes
	successors := {next |
		some next in object.get(pipeline.edges, id, [])
		not [id, next] in guesses
	}
}

# The same with every edge that may exist.
possible(pipeline) := {id: successors |
	guesses := unresolved(pipeline)
	some id, _ in pipeline.nodes
	drawn := {next | some next in object.get(pipeline.edges, id, [])}
	guessed := {guess[1] | some guess in guesses; guess[0] == id; pipeline.nodes[guess[1]]}
	successors := drawn | guessed
}

unresolved(pipeline) := {[edge[0], edge[1]] | some edge in object.get(pipeline, "unresolved", [])}

opaque(pipeline) := {id | some id, node in pipeline.nodes; object.get(node, "opaque", false) == true}

without(edges, removed) := {id: kept |
	some id, successors in edges
	not id in removed
	kept := successors - removed
}

# The two ends are never taken out: a training step that cannot be read is still the step that is asked about.
reaches(edges, removed, from, to) if to in graph.reachable(remaining(edges, removed - {from, to}), {from})

remaining(edges, removed) := edges if {
	count(removed) == 0
} else := without(edges, removed)

# One shortest route that avoids the removed steps, as a list of node ids; among equals the one that sorts first.
#
# Distances come from a graph with one copy of every step per distance, in which reachability is enough to find them.
# Every step then points back to one predecessor that is one nearer, which leaves a tree: the branch of the sink is the
# route. All of it stays polynomial, which graph.reachable_paths does not.
route(edges, removed, from, to) := steps if {
	open := remaining(edges, removed - {from, to})
	backward := {id: sources |
		some id, _ in open
		sources := {before | some before, successors in open; id in successors}
	}
	between := graph.reachable(open, {from}) & graph.reachable(backward, {to})
	lengths := numbers.range(0, min([count(between), longest_route]))
	layers := {[id, length]: nexts |
		some id in between
		some length in lengths
		nexts := {[next, length + 1] | some next in open[id]; between[next]}
	}
	visited := graph.reachable(layers, {[from, 0]})
	distance := {id: min(at) |
		some id in between
		at := {length | some length in lengths; visited[[id, length]]}
		count(at) > 0
	}
	nearer := {id: before |
		some id, length in distance
		before := array.slice(sort([b | some b in backward[id]; distance[b] == length - 1]), 0, 1)
	}
	branch := graph.reachable(nearer, {to})
	from in branch
	steps := [id | some length in lengths; some id in branch; distance[id] == length]
} else := [from, to]
