package probity.lib.graph_test

import rego.v1

import data.probity.lib.graph as g

pipeline(edges) := {"nodes": {id: {"kind": "transform"} | some id in {"a", "b", "c", "d", "e"}}, "edges": edges}

test_a_node_without_an_edges_entry_is_a_node if {
	edges := g.certain(pipeline({"a": ["b"]}))
	g.reaches(edges, set(), "a", "b")
}

test_the_ends_are_never_removed if {
	edges := g.certain(pipeline({"a": ["b"], "b": ["c"]}))
	g.reaches(edges, {"a", "c"}, "a", "c")
	not g.reaches(edges, {"b"}, "a", "c")
}

test_an_unresolved_edge_is_possible_but_not_certain if {
	p := object.union(pipeline({"a": ["b"]}), {"unresolved": [["b", "c"]]})
	not g.reaches(g.certain(p), set(), "a", "c")
	g.reaches(g.possible(p), set(), "a", "c")
}

test_an_unresolved_edge_that_is_also_drawn_is_not_certain if {
	p := object.union(pipeline({"a": ["b"]}), {"unresolved": [["a", "b"]]})
	not g.reaches(g.certain(p), set(), "a", "b")
}

test_route_is_the_shortest if {
	edges := g.certain(pipeline({"a": ["b", "d"], "b": ["c"], "c": ["e"], "d": ["e"]}))
	g.route(edges, set(), "a", "e") == ["a", "d", "e"]
	g.route(edges, {"d"}, "a", "e") == ["a", "b", "c", "e"]
}

test_route_among_equals_is_the_first_and_hangs_together if {
	edges := g.certain(pipeline({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": ["e"]}))
	g.route(edges, set(), "a", "e") == ["a", "b", "d", "e"]
}

test_route_survives_a_cycle if {
	edges := g.certain(pipeline({"a": ["b"], "b": ["a", "c"], "c": ["b", "e"]}))
	g.route(edges, set(), "a", "e") == ["a", "b", "c", "e"]
}

test_route_through_a_long_pipeline_is_given_by_its_ends if {
	ids := [sprintf("s%03d", [n]) | some n in numbers.range(0, 100)]
	p := {"nodes": {id: {} | some id in ids}, "edges": {ids[n]: [ids[n + 1]] | some n in numbers.range(0, 99)}}
	g.route(g.certain(p), set(), "s000", "s100") == ["s000", "s100"]
	count(g.route(g.certain(p), set(), "s000", "s050")) == 51
}

# Eight stages only: OPA's graph.reachable queues a node once per edge and grows exponentially here, regorus does not.
test_route_where_the_paths_are_many if {
	stages := numbers.range(0, 8)
	ids := {sprintf("%02d%s", [n, side]) | some n in stages; some side in ["a", "b"]}
	edges := {sprintf("%02d%s", [n, side]): [sprintf("%02da", [n + 1]), sprintf("%02db", [n + 1])] |
		some n in numbers.range(0, 7)
		some side in ["a", "b"]
	}
	p := {"nodes": {id: {} | some id in ids}, "edges": edges}
	count(g.route(g.certain(p), set(), "00a", "08b")) == 9
}

test_a_guess_adds_its_own_edge_and_no_other if {
	p := object.union(pipeline({"a": ["b"]}), {"unresolved": [["b", "c"]]})
	g.possible(p) == {"a": {"b"}, "b": {"c"}, "c": set(), "d": set(), "e": set()}
}

test_opaque_steps_are_those_that_say_so if {
	nodes := {"a": {"opaque": true}, "b": {"opaque": false}, "c": {}}
	g.opaque({"nodes": nodes}) == {"a"}
}
