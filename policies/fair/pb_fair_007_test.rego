package probity.fair_007_test

import rego.v1

import data.probity.fair_007

step(kind, id) := {"kind": kind, "name": id, "subject": sprintf("pipeline:p/dvc.yaml//%s", [id])}

pipeline := {
	"id": "p/dvc.yaml", "path": "p/dvc.yaml", "source_kind": "dvc", "edges": {},
	"nodes": {"train": step("train", "train"), "fair": step("fairness", "fair")},
}

train := {
	"deps": [{"path": "train.csv", "md5": "t"}, {"path": "train.py", "md5": "x"}],
	"outs": [{"path": "model.bin", "md5": "m"}],
}

lock(deps) := {
	"kind": "dvc-lock", "path": "p/dvc.lock", "subject": "document:p/dvc.lock",
	"value": {"stages": {"train": train, "fair": {"deps": deps}}},
}

repository(deps) := {"pipelines": [pipeline], "documents": [lock(deps)], "systems": []}

common := [{"path": "fair.py", "md5": "x"}, {"path": "model.bin", "md5": "m"}]

modes(case) := {f.evidence.mode | some f in all} if {
	all := fair_007.deny with input as case
}

test_data_of_its_own if {
	case := repository(array.concat(common, [{"path": "test.csv", "md5": "e"}]))
	modes(case) == set()
	fair_007.not_applicable == set() with input as case
}

test_no_data if {
	fair_007.deny == {{
		"msg": "Fairness stage fair depends on no data set; list the evaluation set in its deps.",
		"resource": "pipeline:p/dvc.yaml//fair", "key": "", "path": [],
		"evidence": {"stage": "fair", "mode": "no-data", "data": []},
	}} with input as repository(common)
}

test_the_training_data if {
	case := repository(array.concat(common, [{"path": "copy.csv", "md5": "t"}]))
	{[f.msg, f.evidence] | some f in fair_007.deny} == {[
		"Fairness stage fair measures on the data that the model was trained on; give it a set of its own.",
		{"stage": "fair", "mode": "training-data", "data": ["copy.csv"]},
	]} with input as case
}

test_the_training_data_and_another_set if {
	modes(repository([{"path": "a.csv", "md5": "t"}, {"path": "b.csv", "etag": "e"}])) == set()
}

test_data_without_a_hash if {
	some f in fair_007.deny with input as repository([{"path": "/home/me/test.csv"}])
	f.evidence.mode == "no-hash"
	f.msg == "Fairness stage fair measures on data whose content dvc.lock does not record; track them with DVC."
}

test_no_lock if {
	some f in fair_007.deny with input as object.union(repository([]), {"documents": []})
	f.evidence.mode == "unlocked"
	f.msg == "Fairness stage fair is not in dvc.lock: what it measures on is not recorded; run and commit it."
}

test_the_lock_of_another_pipeline if {
	other := object.union(lock([{"path": "test.csv", "md5": "e"}]), {"path": "q/dvc.lock"})
	modes(object.union(repository([]), {"documents": [other]})) == {"unlocked"}
}

test_a_stage_that_is_not_in_the_lock if {
	empty := object.union(lock([]), {"value": {"stages": {"fair": null}}})
	modes(object.union(repository([]), {"documents": [empty]})) == {"unlocked"}
}

test_a_stage_of_several_commands if {
	nodes := {"train": step("train", "train"), "fair +1": step("fairness", "fair +1")}
	several := object.union(object.remove(pipeline, ["nodes"]), {"nodes": nodes})
	modes(object.union(repository([{"path": "test.csv", "md5": "e"}]), {"pipelines": [several]})) == set()
}

silent(case, reason) if {
	modes(case) == set()
	reasons := fair_007.not_applicable with input as case
	{f.msg | some f in reasons} == {reason}
}

test_not_applicable if {
	none := object.union(repository(common), {"pipelines": [object.union(pipeline, {"source_kind": "sagemaker"})]})
	silent(none, "no DVC pipeline has a fairness stage")
}

test_what_was_taken_over_is_judged_where_it_comes_from if {
	taken := object.union(pipeline, {"nodes": {"fair": {"taken_from": "x"}}})
	silent(object.union(repository(common), {"pipelines": [taken]}), "no DVC pipeline has a fairness stage")
}

test_a_system_that_affects_no_persons if {
	exempt := object.union(repository(common), {"systems": [{"paths": ["p"], "affects_persons": false}]})
	silent(exempt, "the systems of the pipelines declare affects_persons: false")
}
