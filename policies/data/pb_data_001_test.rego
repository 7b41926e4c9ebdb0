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

pipeline(nodes, edges) := {"pipeline": {"id": "dvc.yaml", "source_kind": "dvc", "nodes": nodes, "edges": edges, "unresolved": []}, "system": null}

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
			"mode": "missing", "path": ["raw", "feat", "train"],
		},
	}} with input as pipeline(object.remove(base, ["anon"]), straight)
}

test_no_edges_entry_for_the_training_step_is_not_a_pass if {
	some f in data_001.deny with input as pipeline(object.remove(base, ["anon"]), {"raw": ["train"]})
	f.evidence.path == ["raw", "train"]
}

test_unordered_sibling_is_bypassed if {
	edges := {"raw": ["anon", "feat"], "feat": ["train"]}
	some f in data_001.deny with input as pipeline(base, edges)
	f.msg == "Training step train reads pii data on a path that bypasses anon: raw -> feat -> train."
	f.evidence.mode == "not-dominating"
}

test_a_second_path_is_bypassed if {
	edges := {"raw": ["anon", "feat"], "anon": ["feat"], "feat": ["train"]}
	some f in data_001.deny with input as pipeline(base, edges)
	f.evidence.mode == "not-dominating"
	f.evidence.path == ["raw", "feat", "train"]
}

test_skipped_step_cleans_nothing if {
	nodes := object.union(base, {"anon": {"skipped": true}})
	some f in data_001.deny with input as pipeline(nodes, guarded)
	f.evidence.path == ["raw", "anon", "feat", "train"]
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

test_what_another_pipeline_holds_whole_is_judged_there if {
	taken := {id: object.union(step, {"taken_from": "dvc.yaml"}) | some id, step in base}
	nothing(pipeline(taken, straight))
	partly := object.union(taken, {"raw": object.union(base.raw, {"taken_from": null})})
	count(data_001.deny) == 1 with input as pipeline(partly, straight)
}
