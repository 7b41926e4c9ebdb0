package probity.lib.pipeline_test

import rego.v1

import data.probity.lib.pipeline as p

nodes := {
	"train": {"kind": "train", "subject": "s//train"},
	"make": {"kind": "transform", "opaque": true, "subject": "s//make"},
	"fair": {"kind": "fairness", "blocking": true},
	"fair>before": {"kind": "transform", "opaque": true},
	"deploy": {"kind": "deploy"},
}

base := {
	"source_kind": "github-actions", "nodes": nodes,
	"edges": {"train": ["make"], "make": ["fair>before"], "fair>before": ["fair"], "fair": ["deploy"]},
	"missing": [{"at": "fair", "reason": "x is not read here"}],
	"lenient": [["fair", "deploy"]],
}

test_kinds_and_gates if {
	p.of_kind(base, {"train", "deploy"}) == {"train", "deploy"}
	p.stops(base, "fair")
	not p.stops(base, "train")
	skipped := {"nodes": {
		"a": {"skipped": true, "blocking": true},
		"b": {"non_blocking_reason": "why"},
		"c": {"weak": true},
	}}
	not p.stops(skipped, "a")
	p.idle(skipped, "a") == "it is skipped"
	p.idle(skipped, "b") == "why"
	p.idle(skipped, "c") == "its result stops nothing"
	p.by_name(skipped, "c")
	not p.by_name(skipped, "a")
}

test_edges_that_hold_nothing_back_are_left_out if {
	edges := p.held(base)
	edges.fair == set()
	edges.train == {"make"}
}

test_edges_around_a_fairness_gate_are_put_back if {
	settled := object.union(base, {"settled": [["train", "deploy"]]})
	p.whole(settled).train == {"make", "deploy"}
	p.held(settled).train == {"make", "deploy"}
	p.whole(base).train == {"make"}
}

test_unread_parts if {
	p.missing(base) == {{"at": "fair", "reason": "x is not read here"}}
	p.unreadable(base) == {{"at": "make", "reason": "what it runs cannot be read"}}
	p.unread(base, null) == p.missing(base)
	p.unread(base, {"id": "s"}) == p.missing(base) | p.unreadable(base)
	p.unread(object.union(base, {"source_kind": "sagemaker"}), null) == p.missing(base) | p.unreadable(base)
}

test_a_part_that_is_a_training_step_hides_nothing_more if {
	p.unreadable({"nodes": {"t": {"kind": "train", "opaque": true}}}) == set()
}

test_before_and_after if {
	parts := p.unread(base, {"id": "s"})
	p.after(base, parts, "deploy") == set()
	{part.at | some part in p.after(base, parts, "make")} == {"make", "fair"}
	{part.at | some part in p.before(base, parts, "make")} == {"make"}
	anywhere := {{"at": "include", "reason": "r"}}
	p.after(base, anywhere, "deploy") == anywhere
	p.before(base, anywhere, "train") == anywhere
}

test_places_and_words if {
	p.place(base, {"at": "make"}) == {"resource": "s//make"}
	p.place(base, {"at": "include"}) == {}
	p.shown({"at": "a", "reason": "r"}) == "r (a)"
	p.listed({"b", "a"}) == "a, b"
	p.arrows(["a", "b"]) == "a -> b"
}

test_what_is_judged_elsewhere if {
	taken := {"nodes": {
		"a": {"taken_from": "x", "taken_at": "1"}, "b": {"taken_from": "x", "taken_at": "1"},
		"c": {"taken_from": "x", "taken_at": "2"}, "d": {"taken_from": null}, "e": {},
	}}
	p.elsewhere(taken, "a", "b")
	not p.elsewhere(taken, "a", "c")
	not p.elsewhere(taken, "d", "d")
	not p.elsewhere(taken, "e", "e")
}

test_one_result_for_all_that_cannot_be_seen if {
	parts := {{"at": "make", "reason": "r"}, {"at": "include", "reason": "q"}}
	p.unseen(base, parts, "why", "Nobody sees: %s.") == {
		"msg": "Nobody sees: q (include); r (make).", "key": "why", "path": [],
		"evidence": {"mode": "why", "unread": ["include", "make"], "nature": "design"},
	}
}
