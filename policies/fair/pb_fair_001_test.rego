package probity.fair_001_test

import rego.v1

import data.probity.fair_001

node(kind, id) := {"kind": kind, "name": id, "subject": sprintf("pipeline:.github/workflows/deploy.yml//%s", [id])}

gate := object.union(node("fairness", "fair"), {"blocking": true, "skipped": false})

base := {"train": node("train", "train"), "fair": gate, "register": node("register", "register")}

pipeline(nodes, edges) := {"pipeline": {"id": "p", "nodes": nodes, "edges": edges, "unresolved": []}, "system": null}

line := {"train": ["fair"], "fair": ["register"]}

gated(change) := pipeline(object.union(base, {"fair": change}), line)

nothing(case) if {
	fair_001.deny == set() with input as case
	fair_001.review == set() with input as case
	fair_001.inconclusive == set() with input as case
}

test_pass_in_a_line if {
	nothing(pipeline(base, line))
	fair_001.not_applicable == set() with input as pipeline(base, line)
}

test_missing if {
	nodes := object.union(object.remove(base, ["fair"]), {"eval": node("evaluate", "eval")})
	fair_001.deny == {{
		"msg": "Step register registers the model of train without a fairness evaluation: train -> eval -> register.",
		"resource": "pipeline:.github/workflows/deploy.yml//register",
		"key": "train",
		"path": [],
		"evidence": {
			"source": "train", "sink": "register",
			"mode": "missing", "path": ["train", "eval", "register"], "nature": "design",
		},
	}} with input as pipeline(nodes, {"train": ["eval"], "eval": ["register"]})
}

test_no_edges_entry_for_the_release_is_not_a_pass if {
	nodes := {"train": node("train", "train"), "deploy": node("deploy", "deploy")}
	case := pipeline(nodes, {"train": ["deploy"]})
	fair_001.review == set() with input as case
	fair_001.inconclusive == set() with input as case
	some f in fair_001.deny with input as case
	f.evidence.mode == "missing"
	f.msg == "Step deploy deploys the model of train without a fairness evaluation: train -> deploy."
}

test_sibling_does_not_dominate if {
	some f in fair_001.deny with input as pipeline(base, {"train": ["fair", "register"]})
	f.evidence.mode == "not-dominating"
	f.msg == concat("", [
		"Step register registers the model of train on a path that bypasses fair ",
		"(register does not wait for it): train -> register.",
	])
}

taken(kind, at) := object.union(node(kind, kind), {"taken_from": "dvc.yaml", "taken_at": at})

test_what_is_taken_over_is_judged_where_it_comes_from if {
	nodes := {"train": taken("train", "job/a"), "register": taken("register", "job/a")}
	nothing(pipeline(nodes, {"train": ["register"]}))
	crossing := object.union(nodes, {"register": taken("register", "job/b")})
	count(fair_001.deny) == 1 with input as pipeline(crossing, {"train": ["register"]})
}

test_gate_before_training_does_not_dominate if {
	some f in fair_001.deny with input as pipeline(base, {"fair": ["train"], "train": ["register"]})
	f.evidence.mode == "not-dominating"
	contains(f.msg, "bypasses fair (it runs before training): train -> register.")
}

test_a_gate_in_a_loop_with_training_does_not_run_before_it if {
	some f in fair_001.deny with input as pipeline(base, {"train": ["fair", "register"], "fair": ["train"]})
	contains(f.msg, "bypasses fair (a path leads around it): train -> register.")
}

test_non_blocking_says_why if {
	reason := "its command ends in `|| true`"
	found := fair_001.deny with input as gated({"blocking": false, "non_blocking_reason": reason})
	{[f.evidence.mode, f.msg] | some f in found} == {[
		"non-blocking",
		concat("", [
			"Step register registers the model of train although fairness step fair cannot stop it ",
			"(its command ends in `|| true`): train -> fair -> register.",
		]),
	]}
}

test_skipped_gate_is_non_blocking if {
	some f in fair_001.deny with input as gated({"skipped": true, "non_blocking_reason": ""})
	f.evidence.mode == "non-blocking"
	contains(f.msg, "(it is skipped)")
}

test_release_in_both_branches_is_not_gated if {
	nodes := object.union(base, {"else": node("transform", "else")})
	edges := {"train": ["fair", "else"], "fair": ["register"], "else": ["register"]}
	some f in fair_001.deny with input as pipeline(nodes, edges)
	f.evidence.path == ["train", "else", "register"]
	contains(f.msg, "bypasses fair (a path leads around it): train -> else")
}

test_bypass_is_shown_although_a_shorter_path_meets_a_gate_that_stops_nothing if {
	detour := {"a": node("transform", "a"), "b": node("transform", "b")}
	nodes := object.union(object.union(base, {"fair": {"blocking": false}}), detour)
	edges := {"train": ["fair", "a"], "fair": ["register"], "a": ["b"], "b": ["register"]}
	some f in fair_001.deny with input as pipeline(nodes, edges)
	f.evidence.mode == "not-dominating"
	f.evidence.path == ["train", "a", "b", "register"]
	contains(f.msg, "bypasses fair (its result stops nothing): train -> a")
}

test_gate_by_name_is_a_review if {
	case := gated({"weak": true})
	fair_001.deny == set() with input as case
	fair_001.inconclusive == set() with input as case
	{f.evidence.mode | some f in fair_001.review} == {"by-name"} with input as case
}

test_training_or_release_by_name_is_a_review if {
	every id in ["train", "register"] {
		nodes := object.union(object.remove(base, ["fair"]), {id: {"weak": true}})
		case := pipeline(nodes, {"train": ["register"]})
		fair_001.deny == set() with input as case
		{f.evidence.mode | some f in fair_001.review} == {"missing"} with input as case
	}
}

test_opaque_step_is_inconclusive if {
	nodes := object.union(object.remove(base, ["fair"]), {"x": object.union(node("transform", "x"), {"opaque": true})})
	case := pipeline(nodes, {"train": ["x"], "x": ["register"]})
	fair_001.deny == set() with input as case
	{f.evidence.mode | some f in fair_001.inconclusive} == {"unresolved"} with input as case
}

test_unresolved_edge_around_the_gate_is_inconclusive if {
	around := object.union(pipeline(base, line).pipeline, {"unresolved": [["train", "register"]]})
	case := {"pipeline": around, "system": null}
	fair_001.deny == set() with input as case
	{f.evidence.mode | some f in fair_001.inconclusive} == {"unresolved"} with input as case
}

test_release_of_a_model_of_unknown_origin_is_inconclusive if {
	case := pipeline(base, {"train": ["fair"]})
	fair_001.deny == set() with input as case
	{f.evidence.mode | some f in fair_001.inconclusive} == {"unknown-origin"} with input as case
	nothing(object.union(case, {"system": {"id": "s", "affects_persons": false}}))
	nothing(pipeline(object.union(base, {"register": {"weak": true}}), {"train": ["fair"]}))
}

test_a_system_that_does_not_affect_persons_is_not_applicable if {
	case := object.union(pipeline(base, {"train": ["register"]}), {"system": {"id": "s", "affects_persons": false}})
	nothing(case)
	{f.msg | some f in fair_001.not_applicable} == {"the system declares affects_persons: false"} with input as case
}

test_a_missing_record_silences_nothing if {
	count(fair_001.deny) == 1 with input as pipeline(base, {"train": ["register"]})
}

test_not_applicable_without_training_or_release if {
	no_training := pipeline(object.remove(base, ["train"]), line)
	{f.msg | some f in fair_001.not_applicable} == {"the pipeline has no training step"} with input as no_training
	no_release := pipeline(object.remove(base, ["register"]), line)
	{f.msg | some f in fair_001.not_applicable} == {
		"the pipeline has no step that registers or deploys a model",
	} with input as no_release
	nothing(no_training)
	nothing(no_release)
}

# Trap 6: `if: always()` on the deploy job.
test_a_release_that_runs_regardless if {
	case := pipeline(base, {"train": ["fair", "register"], "fair": ["register"]})
	lenient := [["train", "register"], ["fair", "register"]]
	regardless := {"pipeline": object.union(case.pipeline, {"lenient": lenient}), "system": null}
	some f in fair_001.deny with input as regardless
	contains(f.msg, "bypasses fair (register runs although it fails): train -> register.")
}

test_a_gate_of_another_model_does_not_count if {
	some f in fair_001.deny with input as pipeline(base, {"fair": ["register"], "train": ["register"]})
	contains(f.msg, "bypasses fair (it does not follow train): train -> register.")
}

test_release_taken_over_is_not_applicable_here if {
	nodes := {"train": taken("train", "job/a"), "register": taken("register", "job/a")}
	case := pipeline(nodes, {"train": ["register"]})
	{f.msg | some f in fair_001.not_applicable} == {
		"its release is taken over from dvc.yaml and judged there",
	} with input as case
	fair_001.not_applicable == set() with input as pipeline(nodes, {})
}

lacking(case, kind, lacks) := object.union(case, {"pipeline": object.union(case.pipeline, {
	"source_kind": kind, "missing": [{"at": at, "reason": "x is not read here"} | some at in lacks],
})})

test_release_in_something_unread_is_inconclusive if {
	nodes := {"train": base.train, "x": node("transform", "x"), "early": node("transform", "early")}
	case := lacking(pipeline(nodes, {"early": ["train"], "train": ["x"]}), "github-actions", ["x", "early"])
	fair_001.not_applicable == set() with input as case
	fair_001.inconclusive == {{
		"msg": concat("", [
			"Whether the trained model is released, and behind which gate, cannot be seen: ",
			"x is not read here (x).",
		]),
		"resource": "pipeline:.github/workflows/deploy.yml//x", "key": "hides-release", "path": [],
		"evidence": {"mode": "hides-release", "unread": ["x"], "nature": "design"},
	}} with input as case
	inside := lacking(pipeline(nodes, {"early": ["train"], "train": ["x"]}), "github-actions", ["train"])
	{f.key | some f in fair_001.inconclusive} == {"hides-release"} with input as inside
}

test_training_in_something_unread_is_inconclusive if {
	nodes := {"register": base.register, "x": node("transform", "x"), "late": node("notify", "late")}
	case := lacking(pipeline(nodes, {"x": ["register"], "register": ["late"]}), "github-actions", ["x", "late"])
	fair_001.not_applicable == set() with input as case
	{[f.key, f.msg] | some f in fair_001.inconclusive} == {[
		"hides-training",
		"Whether the pipeline trains the model that it releases cannot be seen: x is not read here (x).",
	]} with input as case
	nothing(lacking(pipeline(base, line), "github-actions", ["fair"]))
}

test_both_in_something_unread_are_inconclusive if {
	nodes := {"x": node("transform", "x")}
	case := lacking(pipeline(nodes, {}), "github-actions", ["include"])
	fair_001.not_applicable == set() with input as case
	{[f.key, f.msg, object.get(f, "resource", "")] | some f in fair_001.inconclusive} == {[
		"hides-both",
		"Whether the pipeline trains and releases a model cannot be seen: x is not read here (include).", "",
	]} with input as case
}

# Every second workflow runs make: it hides something only where the workflow is known to be about a model.
test_a_script_that_cannot_be_read if {
	nodes := {"register": base.register, "make": object.union(node("transform", "make"), {"opaque": true})}
	case := lacking(pipeline(nodes, {"make": ["register"]}), "github-actions", [])
	fair_001.inconclusive == set() with input as case
	{f.msg | some f in fair_001.not_applicable} == {"the pipeline has no training step"} with input as case
	declared := object.union(case, {"system": {"id": "s", "affects_persons": true}})
	{f.key | some f in fair_001.inconclusive} == {"hides-training"} with input as declared
	alone := lacking(pipeline({"make": nodes.make}, {}), "github-actions", [])
	fair_001.inconclusive == set() with input as object.union(alone, {"system": {"id": "s"}})
	{f.key | some f in fair_001.inconclusive} == {"hides-both"} with input as lacking(alone, "sagemaker", [])
}

test_a_script_after_training_may_release if {
	nodes := {"train": base.train, "make": object.union(node("transform", "make"), {"opaque": true})}
	case := lacking(pipeline(nodes, {"train": ["make"]}), "github-actions", [])
	{f.key | some f in fair_001.inconclusive} == {"hides-release"} with input as case
	weak := object.union(nodes, {"train": {"weak": true}})
	by_name := lacking(pipeline(weak, {"train": ["make"]}), "github-actions", [])
	{f.msg | some f in fair_001.not_applicable} == {
		"the pipeline has no step that registers or deploys a model",
	} with input as by_name
}

test_unread_parts_of_an_exempt_system_are_silent if {
	case := lacking(pipeline({"x": node("transform", "x")}, {}), "github-actions", ["x"])
	nothing(object.union(case, {"system": {"id": "s", "affects_persons": false}}))
}
