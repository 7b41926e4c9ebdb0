package probity.eval_001_test

import rego.v1

import data.probity.eval_001

step(kind, id) := {"kind": kind, "name": id, "subject": sprintf("pipeline:p//%s", [id])}

gate := object.union(step("evaluate", "eval"), {"blocking": true, "skipped": false, "non_blocking_reason": ""})

nodes := {
	"train": step("train", "train"), "eval": gate, "x": step("transform", "x"), "register": step("register", "register"),
}

pipeline(nodes_, edges) := {
	"pipeline": {"id": "p", "source_kind": "github-actions", "nodes": nodes_, "edges": edges, "unresolved": []},
	"system": null,
}

line := {"train": ["eval"], "eval": ["register"]}

# The release reads the model and waits for the evaluation.
diamond := {"train": ["eval", "register"], "eval": ["register"]}

with_gate(change) := pipeline(object.union(nodes, {"eval": change}), line)

changed(case, change) := object.union(case, {"pipeline": object.union(case.pipeline, change)})

nothing(case) if {
	eval_001.deny == set() with input as case
	eval_001.review == set() with input as case
	eval_001.inconclusive == set() with input as case
}

test_a_release_that_waits_passes if {
	nothing(pipeline(nodes, line))
	nothing(pipeline(nodes, diamond))
	eval_001.not_applicable == set() with input as pipeline(nodes, diamond)
}

# The graph leaves out the edge from the evaluation, because the release waits for the fairness gate too.
test_an_edge_that_the_fairness_gate_settled if {
	both := object.union(nodes, {"fair": {"kind": "fairness"}})
	case := pipeline(both, {"train": ["eval", "fair"], "fair": ["register"]})
	nothing(changed(case, {"settled": [["eval", "register"], ["train", "register"]]}))
	count(eval_001.deny) == 1 with input as case
}

test_missing if {
	eval_001.deny == {{
		"msg": concat("", [
			"Step register registers the model of train without an evaluation of its performance: ",
			"train -> x -> register.",
		]),
		"resource": "pipeline:p//register", "key": "train", "path": [],
		"evidence": {
			"source": "train", "sink": "register", "mode": "missing", "path": ["train", "x", "register"],
			"nature": "design",
		},
	}} with input as pipeline(object.remove(nodes, ["eval"]), {"train": ["x"], "x": ["register"]})
}

reasons(case) := {[f.evidence.mode, substring(f.msg, count(start), -1)] |
	some f in found
	startswith(f.msg, start)
} if {
	found := eval_001.deny with input as case
}

start := "Step register registers the model of train and no evaluation can stop it: "

# Traps 5 and 16.
test_beside_the_path if {
	reasons(pipeline(nodes, {"train": ["eval", "register"]})) == {
		["not-dominating", "eval (register does not wait for it): train -> register."],
	}
}

test_before_training if {
	reasons(pipeline(nodes, {"eval": ["train"], "train": ["register"]})) == {
		["not-dominating", "eval (it runs before training): train -> register."],
	}
}

test_of_another_model if {
	reasons(pipeline(nodes, {"eval": ["register"], "train": ["register"]})) == {
		["not-dominating", "eval (it does not follow train): train -> register."],
	}
}

# Trap 6.
test_the_release_runs_regardless if {
	reasons(changed(pipeline(nodes, line), {"lenient": [["eval", "register"]]})) == {
		["not-dominating", "eval (register runs although it fails): train -> eval -> register."],
	}
}

test_a_gate_that_stops_nothing if {
	reasons(with_gate({"blocking": false, "non_blocking_reason": "`|| true`"})) == {
		["non-blocking", "eval (`|| true`): train -> eval -> register."],
	}
}

test_a_skipped_gate if {
	reasons(with_gate({"skipped": true})) == {["non-blocking", "eval (it is skipped): train -> eval -> register."]}
}

test_a_result_that_no_condition_reads if {
	reasons(with_gate({"settings": {"Type": "Processing", "PropertyFiles": [{"PropertyFileName": "e"}]}})) == {
		["non-blocking", "eval (no condition decides on the result that it writes): train -> eval -> register."],
	}
}

# Trap 4.
test_a_condition_on_the_result if {
	written := {"settings": {"Type": "Processing", "PropertyFiles": [{"PropertyFileName": "e"}]}}
	condition := object.union(gate, {"name": "cond", "settings": {"Type": "Condition"}})
	decided := object.union(nodes, {"eval": written, "cond": condition})
	edges := {"train": ["eval"], "eval": ["cond"], "cond": ["register"]}
	nothing(pipeline(decided, edges))
	plain := object.union(step("transform", "cond"), {"settings": {"Type": "Condition"}})
	nothing(pipeline(object.union(object.remove(decided, ["cond"]), {"cond": plain}), edges))
}

# Trap 17.
test_a_release_in_both_branches if {
	why := "it releases in both of its branches"
	some f in eval_001.deny with input as with_gate({"blocking": false, "non_blocking_reason": why})
	contains(f.msg, why)
}

test_names_are_reviews if {
	by_name := with_gate({"weak": true})
	eval_001.deny == set() with input as by_name
	{[f.evidence.mode, f.msg] | some f in eval_001.review} == {["by-name", concat("", [
		"Step register registers the model of train, ",
		"and the gate in between counts as an evaluation only by its name.",
	])]} with input as by_name
}

test_ends_by_name_are_reviews if {
	weak := {"train": nodes.train, "d": object.union(step("deploy", "d"), {"weak": true})}
	case := pipeline(weak, {"train": ["d"]})
	eval_001.deny == set() with input as case
	{f.msg | some f in eval_001.review} == {concat("", [
		"Step d deploys the model of train without an evaluation of its performance, ",
		"if the steps are what their names say: train -> d.",
	])} with input as case
}

unresolved(case) if {
	eval_001.deny == set() with input as case
	{f.evidence.mode | some f in eval_001.inconclusive} == {"unresolved"} with input as case
}

test_a_step_that_cannot_be_read_is_inconclusive if {
	script := object.union(object.remove(nodes, ["eval"]), {"x": object.union(nodes.x, {"opaque": true})})
	unresolved(pipeline(script, {"train": ["x"], "x": ["register"]}))
}

test_a_step_that_cannot_be_read_beside_the_path if {
	script := object.union(object.remove(nodes, ["eval"]), {"x": object.union(nodes.x, {"opaque": true})})
	count(eval_001.deny) == 1 with input as pipeline(script, {"train": ["x", "register"]})
}

test_an_edge_that_may_exist_is_inconclusive if {
	case := changed(pipeline(nodes, {"train": ["eval", "register"]}), {"unresolved": [["eval", "register"]]})
	unresolved(case)
	some f in eval_001.inconclusive with input as case
	f.msg == concat("", [
		"Step register may release the model of train without an evaluation; ",
		"a part of the path cannot be resolved: train -> register.",
	])
}

test_a_release_that_may_come_from_training_is_inconclusive if {
	unresolved(changed(pipeline(object.remove(nodes, ["eval"]), {}), {"unresolved": [["train", "register"]]}))
}

lacking(nodes_, edges, at) := changed(pipeline(nodes_, edges), {
	"missing": [{"at": at, "reason": "y is not read here"}],
})

hidden(case) := {[f.key, f.msg] | some f in found} if {
	found := eval_001.inconclusive with input as case
}

test_release_in_something_unread if {
	case := lacking({"train": nodes.train, "x": nodes.x}, {"train": ["x"]}, "x")
	eval_001.not_applicable == set() with input as case
	hidden(case) == {[
		"hides-release",
		"Whether the trained model is released, and after which evaluation, cannot be seen: y is not read here (x).",
	]}
}

test_a_script_after_training_may_release if {
	script := object.union(nodes.x, {"opaque": true})
	hidden(pipeline({"train": nodes.train, "x": script}, {"train": ["x"]})) == {[
		"hides-release",
		concat("", [
			"Whether the trained model is released, and after which evaluation, cannot be seen: ",
			"what it runs cannot be read (x).",
		]),
	]}
	weak := object.union(nodes.train, {"weak": true})
	hidden(pipeline({"train": weak, "x": script}, {"train": ["x"]})) == set()
}

test_training_in_something_unread if {
	case := lacking({"register": nodes.register, "x": nodes.x}, {"x": ["register"]}, "x")
	eval_001.not_applicable == set() with input as case
	hidden(case) == {[
		"hides-training",
		concat("", [
			"Whether the pipeline trains and evaluates the model that it releases cannot be seen: ",
			"y is not read here (x).",
		]),
	]}
}

test_both_in_something_unread if {
	case := lacking({"x": nodes.x}, {}, "x")
	eval_001.not_applicable == set() with input as case
	hidden(case) == {[
		"hides-both", "Whether the pipeline trains and releases a model cannot be seen: y is not read here (x).",
	]}
}

test_a_format_for_machine_learning_hides_both if {
	case := pipeline({"x": object.union(nodes.x, {"opaque": true})}, {})
	hidden(case) == set()
	{entry[0] | some entry in hidden(changed(case, {"source_kind": "sagemaker"}))} == {"hides-both"}
}

not_asked(case, reason) if {
	nothing(case)
	{f.msg | some f in eval_001.not_applicable} == {reason} with input as case
}

test_not_applicable_without_training if {
	not_asked(pipeline(object.remove(nodes, ["train"]), {}), "the pipeline has no training step")
}

test_not_applicable_without_a_release if {
	reason := "the pipeline has no step that registers or deploys a model"
	not_asked(pipeline(object.remove(nodes, ["register"]), {}), reason)
}

test_not_applicable_to_another_model if {
	not_asked(pipeline(nodes, {"train": ["eval"]}), "no step that it releases comes from its training")
}

test_not_applicable_where_it_is_taken_over if {
	taken := {id: object.union(node, {"taken_from": "y", "taken_at": "z"}) | some id, node in nodes}
	reason := "its release is taken over from another pipeline and judged there"
	not_asked(pipeline(taken, {"train": ["register"]}), reason)
}
