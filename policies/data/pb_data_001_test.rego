package probity.data_001_test

import rego.v1

import data.probity.data_001

node(kind, id) := {"kind": kind, "name": id, "subject": sprintf("pipeline:dvc.yaml//%s", [id])}

base := {
	"raw": object.union(node("dataset", "raw"), {"sensitivity": "pii"}),
	"anon": node("deidentify", "anon"),
	"feat": node("transform", "feat"),
	"train": node("train", "train"),
}

pipeline(nodes, edges) := {
	"pipeline": {"id": "dvc.yaml", "source_kind": "dvc", "nodes": nodes, "edges": edges, "unresolved": []},
	"system": null,
}

with_raw(change) := object.union(base, {"raw": change})

straight := {"raw": ["feat"], "feat": ["train"]}

guarded := {"raw": ["anon"], "anon": ["feat"], "feat": ["train"]}

nothing(case) if {
	data_001.deny == set() with input as case
	data_001.review == set() with input as case
	data_001.inconclusive == set() with input as case
}

test_pass_in_a_line if {
	nothing(pipeline(base, guarded))
	data_001.not_applicable == set() with input as pipeline(base, guarded)
}

test_missing if {
	data_001.deny == {{
		"msg": "Training step train reads pii data with no de-identification step in the pipeline: raw -> feat -> train.",
		"resource": "pipeline:dvc.yaml//train",
		"key": "raw",
		"path": [],
		"evidence": {
			"source": "raw", "sink": "train", "sensitivity": "pii",
			"mode": "missing", "path": ["raw", "feat", "train"], "nature": "design",
		},
	}} with input as pipeline(object.remove(base, ["anon"]), straight)
}

test_no_edges_entry_for_the_training_step_is_not_a_pass if {
	case := pipeline(object.remove(base, ["anon"]), {"raw": ["train"]})
	some f in data_001.deny with input as case
	f.evidence.path == ["raw", "train"]
	data_001.inconclusive == set() with input as case
}

test_unordered_sibling_is_bypassed if {
	edges := {"raw": ["anon", "feat"], "feat": ["train"]}
	some f in data_001.deny with input as pipeline(base, edges)
	f.msg == concat("", [
		"Training step train reads pii data on a path that bypasses anon (nothing that it makes reaches train): ",
		"raw -> feat -> train.",
	])
	f.evidence.mode == "not-dominating"
}

test_a_second_path_is_bypassed if {
	edges := {"raw": ["anon", "feat"], "anon": ["feat"], "feat": ["train"]}
	some f in data_001.deny with input as pipeline(base, edges)
	f.evidence.mode == "not-dominating"
	f.evidence.path == ["raw", "feat", "train"]
	contains(f.msg, "bypasses anon (a path leads around it)")
}

test_a_step_on_other_data_is_bypassed if {
	some f in data_001.deny with input as pipeline(base, object.union(straight, {"other": ["anon"], "anon": ["train"]}))
	contains(f.msg, "bypasses anon (it does not read this data)")
}

test_skipped_step_cleans_nothing if {
	nodes := object.union(base, {"anon": {"skipped": true}})
	some f in data_001.deny with input as pipeline(nodes, guarded)
	f.evidence.mode == "skipped"
	f.msg == concat("", [
		"Training step train reads pii data although de-identification step anon is skipped: ",
		"raw -> anon -> feat -> train.",
	])
	beside := {"raw": ["anon", "feat"], "anon": ["feat"], "feat": ["train"]}
	some b in data_001.deny with input as pipeline(nodes, beside)
	contains(b.msg, "bypasses anon (it is skipped)")
}

test_frozen_dvc_stage_is_inconclusive if {
	case := pipeline(object.union(base, {"anon": {"skipped": true, "path": "credit/dvc.yaml"}}), guarded)
	data_001.deny == set() with input as case
	{f.evidence.mode | some f in data_001.inconclusive} == {"unresolved"} with input as case
}

test_two_sources_are_two_findings if {
	nodes := object.union(base, {"crm": object.union(node("dataset", "crm"), {"sensitivity": "phi"})})
	found := data_001.deny with input as pipeline(nodes, object.union(straight, {"crm": ["train"]}))
	{f.key | some f in found} == {"raw", "crm"}
}

test_weak_step_is_a_review if {
	case := pipeline(object.union(base, {"anon": {"weak": true}}), guarded)
	data_001.deny == set() with input as case
	data_001.inconclusive == set() with input as case
	found := data_001.review with input as case
	{f.evidence.mode | some f in found} == {"by-name"}
	unknown := pipeline(object.union(base, {"raw": {"sensitivity": null}, "anon": {"weak": true}}), guarded)
	data_001.review == set() with input as unknown
}

test_weak_step_beside_the_path_is_a_failure if {
	case := pipeline(object.union(base, {"anon": {"weak": true}}), {"raw": ["anon", "feat"], "feat": ["train"]})
	data_001.review == set() with input as case
	count(data_001.deny) == 1 with input as case
}

test_weak_training_step_is_a_review if {
	case := pipeline(object.union(base, {"train": {"weak": true}}), straight)
	data_001.deny == set() with input as case
	count(data_001.review) == 1 with input as case
}

test_opaque_step_is_inconclusive if {
	case := pipeline(object.union(base, {"feat": {"opaque": true}}), straight)
	data_001.deny == set() with input as case
	found := data_001.inconclusive with input as case
	{f.evidence.mode | some f in found} == {"unresolved"}
}

test_opaque_training_step_still_fails if {
	count(data_001.deny) == 1 with input as pipeline(object.union(base, {"train": {"opaque": true}}), straight)
}

test_opaque_step_behind_the_sanitiser_passes if {
	nothing(pipeline(object.union(base, {"feat": {"opaque": true}}), guarded))
}

test_unresolved_edge_is_inconclusive if {
	case := {"pipeline": object.union(pipeline(base, guarded).pipeline, {"unresolved": [["raw", "feat"]]}), "system": null}
	data_001.deny == set() with input as case
	count(data_001.inconclusive) == 1 with input as case
}

test_unknown_sensitivity_is_inconclusive_when_unprotected if {
	open := pipeline(with_raw({"sensitivity": null}), straight)
	data_001.deny == set() with input as open
	found := data_001.inconclusive with input as open
	{f.evidence.mode | some f in found} == {"unknown-sensitivity"}
	nothing(pipeline(with_raw({"sensitivity": null}), guarded))
	opaque := object.union(with_raw({"sensitivity": null}), {"feat": {"opaque": true}})
	{f.evidence.mode | some f in data_001.inconclusive} == {"unknown-sensitivity"} with input as pipeline(opaque, straight)
}

test_intermediate_dataset_without_a_class_is_silent if {
	nodes := object.union(base, {"clean": object.union(node("dataset", "clean"), {"sensitivity": null})})
	nothing(pipeline(nodes, {"raw": ["anon"], "anon": ["clean"], "clean": ["train"]}))
}

test_not_applicable_without_training if {
	case := pipeline(object.remove(base, ["train"]), straight)
	{f.msg | some f in data_001.not_applicable} == {"the pipeline has no training step"} with input as case
}

test_not_applicable_without_sensitive_data if {
	case := pipeline(with_raw({"sensitivity": "anonymised"}), straight)
	nothing(case)
	{f.msg | some f in data_001.not_applicable} == {"no sensitive source reaches a training step"} with input as case
}

test_not_applicable_where_sensitive_data_are_used_for_something_else if {
	case := pipeline(base, {"raw": ["feat"]})
	nothing(case)
	{f.msg | some f in data_001.not_applicable} == {"no sensitive source reaches a training step"} with input as case
}

test_what_another_pipeline_holds_whole_is_judged_there if {
	taken := {id: object.union(step, {"taken_from": "dvc.yaml"}) | some id, step in base}
	nothing(pipeline(taken, straight))
	partly := object.union(taken, {"raw": object.union(base.raw, {"taken_from": null})})
	count(data_001.deny) == 1 with input as pipeline(partly, straight)
}

test_training_taken_over_is_not_applicable_here if {
	taken := {id: object.union(step, {"taken_from": "dvc.yaml"}) | some id, step in base}
	case := pipeline(taken, straight)
	{f.msg | some f in data_001.not_applicable} == {
		"its training is taken over from dvc.yaml and judged there",
	} with input as case
}

test_a_class_that_nobody_knows_is_inconclusive if {
	case := pipeline(with_raw({"sensitivity": "Confidental"}), straight)
	data_001.deny == set() with input as case
	some f in data_001.inconclusive with input as case
	f.msg == concat("", [
		"Training step train reads raw, whose sensitivity is declared as confidental, which is not a known class, ",
		"without de-identification: raw -> feat -> train.",
	])
	undeclared := pipeline(with_raw({"sensitivity": ""}), straight)
	some u in data_001.inconclusive with input as undeclared
	contains(u.msg, "whose sensitivity is not declared, without")
}

# Trap 24: pseudonymised is not anonymised.
test_pseudonymised_data_are_personal_data if {
	some f in data_001.deny with input as pipeline(with_raw({"sensitivity": " Pseudonymised"}), straight)
	f.evidence.sensitivity == "pseudonymised"
}

test_two_anonymised_sets_are_a_review if {
	clean := object.union(node("dataset", "raw"), {"sensitivity": "anonymised"})
	nodes := object.union(with_raw({"sensitivity": "anonymised"}), {"crm": object.union(clean, {"name": "crm"})})
	case := pipeline(nodes, object.union(straight, {"crm": ["train"]}))
	data_001.deny == set() with input as case
	data_001.review == {{
		"msg": "Training step train joins the anonymised sets crm, raw, which together may identify people again.",
		"resource": "pipeline:dvc.yaml//train", "key": "joined", "path": [],
		"evidence": {"sink": "train", "mode": "joined", "sources": ["crm", "raw"], "nature": "design"},
	}} with input as case
	alone := pipeline(with_raw({"sensitivity": "anonymised"}), straight)
	data_001.review == set() with input as alone
	data_001.review == set() with input as pipeline(nodes, object.union(straight, {"crm": ["anon"]}))
	taken := {id: object.union(step, {"taken_from": "dvc.yaml"}) | some id, step in nodes}
	data_001.review == set() with input as pipeline(taken, object.union(straight, {"crm": ["train"]}))
}

lacking(case, kind, lacks) := object.union(case, {"pipeline": object.union(case.pipeline, {
	"source_kind": kind, "missing": [{"at": at, "reason": "x is not read here"} | some at in lacks],
})})

test_training_in_something_unread_is_inconclusive if {
	no_training := pipeline({"raw": base.raw, "feat": base.feat}, {"raw": ["feat"]})
	case := lacking(no_training, "github-actions", ["feat"])
	data_001.not_applicable == set() with input as case
	data_001.inconclusive == {{
		"msg": "Whether the pipeline trains on sensitive data cannot be seen: x is not read here (feat).",
		"resource": "pipeline:dvc.yaml//feat", "key": "hides-training", "path": [],
		"evidence": {"mode": "hides-training", "unread": ["feat"], "nature": "design"},
	}} with input as case
	anywhere := lacking(no_training, "github-actions", ["include"])
	{[f.key, object.get(f, "resource", "pipeline")] | some f in data_001.inconclusive} == {
		["hides-training", "pipeline"],
	} with input as anywhere
}

test_a_script_hides_training_where_sensitive_data_reach_it if {
	nodes := {"raw": base.raw, "feat": object.union(base.feat, {"opaque": true})}
	declared := object.union(lacking(pipeline(nodes, {"raw": ["feat"]}), "github-actions", []), {"system": {"id": "s"}})
	{f.key | some f in data_001.inconclusive} == {"hides-training"} with input as declared
	away := object.union(lacking(pipeline(nodes, {}), "github-actions", []), {"system": {"id": "s"}})
	data_001.inconclusive == set() with input as away
	{f.msg | some f in data_001.not_applicable} == {"the pipeline has no training step"} with input as away
	format := lacking(pipeline(nodes, {}), "dvc", [])
	{f.key | some f in data_001.inconclusive} == {"hides-training"} with input as format
}

test_data_in_something_unread_are_inconclusive if {
	nodes := {"train": base.train, "feat": base.feat}
	case := lacking(pipeline(nodes, {"feat": ["train"]}), "github-actions", ["train"])
	data_001.not_applicable == set() with input as case
	{[f.key, f.msg, f.resource] | some f in data_001.inconclusive} == {[
		"hides-data", "Which data training reads cannot be seen: x is not read here (train).",
		"pipeline:dvc.yaml//train",
	]} with input as case
	later := lacking(pipeline(nodes, {"train": ["feat"]}), "github-actions", ["feat"])
	data_001.inconclusive == set() with input as later
	known := lacking(pipeline(base, guarded), "github-actions", ["train"])
	nothing(known)
}
