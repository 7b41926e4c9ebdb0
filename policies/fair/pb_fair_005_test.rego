package probity.fair_005_test

import rego.v1

import data.probity.fair_005

step(kind, id) := {"kind": kind, "name": id, "subject": sprintf("pipeline:p//%s", [id])}

fair := object.union(step("fairness", "fair"), {"blocking": true, "skipped": false, "non_blocking_reason": ""})

nodes := {"train": step("train", "train"), "fair": fair, "deploy": step("deploy", "deploy")}

line := {"train": ["fair"], "fair": ["deploy"]}

pipeline(nodes_, edges) := {"pipeline": {"id": "p", "nodes": nodes_, "edges": edges, "unresolved": []}, "system": null}

with_fair(change) := pipeline(object.union(nodes, {"fair": change}), line)

nothing(case) if {
	fair_005.deny == set() with input as case
	fair_005.review == set() with input as case
	fair_005.inconclusive == set() with input as case
}

test_a_step_that_stops_the_run if {
	nothing(pipeline(nodes, line))
	fair_005.not_applicable == set() with input as pipeline(nodes, line)
}

# Trap 6.
test_a_tolerated_failure if {
	fair_005.deny == {{
		"msg": "Fairness step fair cannot fail the build: its command ends in `|| true`.",
		"resource": "pipeline:p//fair", "key": "cannot-fail", "path": [],
		"evidence": {"step": "fair", "why": "cannot-fail"},
	}} with input as with_fair({"blocking": false, "non_blocking_reason": "its command ends in `|| true`"})
}

test_a_skipped_step if {
	some f in fair_005.deny with input as with_fair({"skipped": true})
	f.msg == "Fairness step fair cannot fail the build: it is skipped."
}

test_a_step_by_name_is_a_review if {
	case := with_fair({"skipped": true, "weak": true})
	fair_005.deny == set() with input as case
	{f.key | some f in fair_005.review} == {"cannot-fail"} with input as case
}

test_a_condition_decides if {
	gated := object.union(nodes, {
		"fair": {"blocking": false, "non_blocking_reason": "its result is decided on by condition check alone"},
		"check": object.union(fair, {"name": "check"}),
	})
	nothing(pipeline(gated, {"train": ["fair"], "fair": ["check"], "check": ["deploy"]}))
	idle := object.union(gated, {"check": {"blocking": false, "non_blocking_reason": "both branches"}})
	found := fair_005.deny with input as pipeline(idle, {"train": ["fair"], "fair": ["check"], "check": ["deploy"]})
	{f.evidence.step | some f in found} == {"fair", "check"}
	other := object.union(gated, {"check": {"kind": "evaluate"}})
	some f in fair_005.deny with input as pipeline(other, {"train": ["fair"], "fair": ["check"], "check": ["deploy"]})
	f.evidence.step == "fair"
}

test_a_release_that_runs_regardless if {
	case := {"pipeline": object.union(pipeline(nodes, line).pipeline, {"lenient": [["fair", "deploy"]]}), "system": null}
	fair_005.deny == {{
		"msg": "Step deploy runs although fairness step fair fails; let it wait for its success.",
		"resource": "pipeline:p//deploy", "key": "regardless:fair", "path": [],
		"evidence": {"step": "deploy", "why": "regardless:fair"},
	}} with input as case
}

test_a_registration_that_runs_regardless if {
	registers := object.union(nodes, {"deploy": {"kind": "register"}})
	case := {"pipeline": object.union(pipeline(registers, line).pipeline, {"lenient": [["fair", "deploy"]]})}
	{f.key | some f in fair_005.deny} == {"regardless:fair"} with input as case
}

test_an_upload_that_runs_regardless if {
	upload := object.union(nodes, {"deploy": {"kind": "notify"}})
	case := {"pipeline": object.union(pipeline(upload, line).pipeline, {"lenient": [["fair", "deploy"]]}), "system": null}
	nothing(case)
}

test_ends_by_name_are_left_to_the_gate if {
	weak := {"pipeline": object.union(
		pipeline(object.union(nodes, {"deploy": {"weak": true}}), line).pipeline,
		{"lenient": [["fair", "deploy"]]},
	)}
	nothing(weak)
	by_name := {"pipeline": object.union(with_fair({"weak": true}).pipeline, {"lenient": [["fair", "deploy"]]})}
	nothing(by_name)
}

test_what_was_taken_over_is_judged_where_it_comes_from if {
	nothing(with_fair({"skipped": true, "taken_from": "dvc.yaml"}))
	nothing(with_fair({"skipped": null, "taken_from": "dvc.yaml"}))
}

test_a_check_that_may_be_skipped_is_inconclusive if {
	kept := with_fair({"skipped": null})
	{[f.key, f.msg] | some f in fair_005.inconclusive} == {[
		"skip-unknown", "Whether fairness step fair is skipped is not known here.",
	]} with input as kept
	read := pipeline({"bias": object.union(step("transform", "bias"), {
		"opaque": true, "matched_rule": "whether it is skipped (SkipCheck) is not known here",
		"settings": {"Type": "ClarifyCheck"},
	})}, {})
	{[f.key, f.msg] | some f in fair_005.inconclusive} == {[
		"skip-unknown", "Whether check bias is skipped is not known here.",
	]} with input as read
	fair_005.not_applicable == set() with input as read
	quality := pipeline({"q": object.union(read.pipeline.nodes.bias, {"settings": {"Type": "QualityCheck"}})}, {})
	nothing(quality)
}

test_not_applicable if {
	none := pipeline(object.remove(nodes, ["fair"]), line)
	{f.msg | some f in fair_005.not_applicable} == {"the pipeline has no fairness step"} with input as none
	exempt := object.union(with_fair({"skipped": true}), {"system": {"affects_persons": false}})
	{f.msg | some f in fair_005.not_applicable} == {"the system declares affects_persons: false"} with input as exempt
	nothing(exempt)
}
