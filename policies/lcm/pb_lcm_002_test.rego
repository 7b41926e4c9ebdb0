package probity.lcm_002_test

import rego.v1

import data.probity.lcm_002

document(path, kind, value) := {"path": path, "kind": kind, "subject": sprintf("document:%s", [path]), "value": value}

stage := {"cmd": "python train.py", "deps": ["train.py", "data"], "params": ["train.epochs"], "outs": ["model"]}

entry := {
	"cmd": "python train.py",
	"deps": [
		{"path": "train.py", "hash": "md5", "md5": "aaaa", "size": 2000},
		{"path": "data", "md5": "bbbb.dir", "size": 9},
	],
	"params": {"params.yaml": {"train.epochs": 3}},
	"outs": [{"path": "model", "md5": "cccc"}],
}

pipeline(stages) := document("p/dvc.yaml", "dvc", {"stages": stages})

lock(stages, blobs) := object.union(document("p/dvc.lock", "dvc-lock", {"schema": "2.0", "stages": stages}), {"blobs": blobs})

parameters := document("p/params.yaml", "dvc-params", {"train": {"epochs": 3}})

repository(documents) := {
	"documents": documents, "files": {path: {"size": 1} | some document_ in documents; path := document_.path},
}

blobs := {"train.py": {"md5": "aaaa", "size": 2000}, "data": {"md5": "x", "size": 1}}

locked(changes) := repository([pipeline({"train": stage}), lock({"train": object.union(entry, changes)}, blobs), parameters])

passes(case) if {
	lcm_002.deny == set() with input as case
	lcm_002.inconclusive == set() with input as case
	lcm_002.not_applicable == set() with input as case
}

keys(case) := {f.key | some f in found} if found := lcm_002.deny with input as case

unsure(case) := {f.key | some f in found} if found := lcm_002.inconclusive with input as case

test_fresh_lock_passes if passes(locked({}))

test_no_lock_file if {
	case := repository([pipeline({"train": stage})])
	lcm_002.deny == {{
		"msg": "Pipeline p/dvc.yaml has no dvc.lock: what its outputs were made from is not recorded.",
		"resource": "document:p/dvc.yaml",
		"key": "lock",
		"path": ["stages"],
		"evidence": {"lock": "p/dvc.lock"},
	}} with input as case
	passes(repository([pipeline({"train": object.union(stage, {"frozen": true})})]))
	elsewhere := object.union(lock({"train": entry}, {}), {"path": "q/dvc.lock"})
	keys(repository([pipeline({"train": stage}), elsewhere])) == {"lock"}
}

test_lock_file_that_cannot_be_read if {
	case := object.union(repository([pipeline({"train": stage})]), {"files": {"p/dvc.lock": {"size": 1}}})
	keys(case) == set()
	lcm_002.inconclusive == {{
		"msg": "The lock file of pipeline p/dvc.yaml cannot be read.",
		"resource": "document:p/dvc.yaml",
		"key": "lock",
		"path": ["stages"],
		"evidence": {"lock": "p/dvc.lock"},
	}} with input as case
}

test_stage_that_was_never_run if {
	case := repository([pipeline({"train": stage, "test": {"cmd": "x"}}), lock({"train": entry}, blobs), parameters])
	lcm_002.deny == {{
		"msg": "Stage test of p/dvc.yaml is not in dvc.lock: it was never run, or its lock was not committed.",
		"resource": "document:p/dvc.yaml",
		"key": "test",
		"path": ["stages", "test"],
		"evidence": {"stage": "test"},
	}} with input as case
	frozen := pipeline({"train": stage, "test": {"cmd": "x", "frozen": true}})
	passes(repository([frozen, lock({"train": entry}, blobs), parameters]))
	each := pipeline({"train": {"foreach": ["a"], "do": stage}})
	passes(repository([each, lock({"train@a": entry}, blobs), parameters]))
}

test_another_command if {
	lcm_002.deny == {{
		"msg": "dvc.lock of p/dvc.yaml is stale: stage train was locked with another command.",
		"resource": "document:p/dvc.lock",
		"key": "train:cmd",
		"path": ["stages", "train", "cmd"],
		"evidence": {"stage": "train", "what": "cmd"},
	}} with input as locked({"cmd": "python old.py"})
	passes(locked({"cmd": "python train.py\n"}))
	templated := pipeline({"train": object.union(stage, {"cmd": "python ${script}"})})
	passes(repository([templated, lock({"train": entry}, blobs), parameters]))
}

test_dependency_that_the_lock_does_not_know if {
	more := pipeline({"train": object.union(stage, {"deps": ["./train.py", "data", "features.py", {"x.py": {}}, "${data}"]})})
	keys(repository([more, lock({"train": entry}, blobs), parameters])) == {"train:deps:features.py", "train:deps:x.py"}
}

test_content_that_changed if {
	lcm_002.deny == {{
		"msg": concat("", [
			"dvc.lock of p/dvc.yaml is stale: stage train was locked with other content of its ",
			"dependency train.py.",
		]),
		"resource": "document:p/dvc.lock",
		"key": "train:deps:train.py",
		"path": ["stages", "train", "deps", 0, "md5"],
		"evidence": {"stage": "train", "what": "deps:train.py"},
	}} with input as locked({"deps": [{"path": "train.py", "md5": "dddd", "size": 2000}, {"path": "data"}]})
	metrics := [{"path": "train.py", "md5": "old", "size": 3}]
	keys(locked({"outs": metrics})) == {"train:outs:train.py"}
}

# DVC before version 3 hashed texts as if their lines ended in a line feed.
test_line_ends if {
	old := lock({"train": entry}, {"train.py": {"md5": "zzzz", "md5_of_text": "aaaa", "size": 2000}})
	passes(repository([pipeline({"train": stage}), old, parameters]))
	changed := lock({"train": entry}, {"train.py": {"md5": "zzzz", "md5_of_text": "yyyy", "size": 2000}})
	keys(repository([pipeline({"train": stage}), changed, parameters])) == {"train:deps:train.py"}
}

test_content_that_is_too_large_is_inconclusive if {
	case := repository([pipeline({"train": stage}), lock({"train": entry}, {"train.py": null}), parameters])
	keys(case) == set()
	lcm_002.inconclusive == {{
		"msg": "Whether dvc.lock of p/dvc.yaml fits train.py cannot be told: the file is too large.",
		"resource": "document:p/dvc.lock",
		"key": "train:deps:train.py",
		"path": ["stages", "train", "deps", 0, "md5"],
		"evidence": {"stage": "train", "what": "train.py"},
	}} with input as case
}

# The content in git may be a pointer.
test_pointer_of_lfs_is_inconclusive if {
	case := repository([
		pipeline({"train": stage}),
		lock({"train": entry}, {"train.py": {"md5": "eeee", "size": 130}}),
		parameters,
	])
	keys(case) == set()
	lcm_002.inconclusive == {{
		"msg": "Whether dvc.lock of p/dvc.yaml fits train.py cannot be told: the file may be a pointer of Git LFS.",
		"resource": "document:p/dvc.lock",
		"key": "train:deps:train.py",
		"path": ["stages", "train", "deps", 0, "md5"],
		"evidence": {"stage": "train", "what": "train.py"},
	}} with input as case
}

test_parameters_that_changed if {
	lcm_002.deny == {{
		"msg": concat("", [
			"dvc.lock of p/dvc.yaml is stale: stage train was locked with train.epochs = 5 of params.yaml, ",
			"which says 3 now.",
		]),
		"resource": "document:p/dvc.lock",
		"key": "train:params:params.yaml:train.epochs",
		"path": ["stages", "train", "params", "params.yaml", "train.epochs"],
		"evidence": {"stage": "train", "what": "params:params.yaml:train.epochs", "old": "5", "new": "3"},
	}} with input as locked({"params": {"params.yaml": {"train.epochs": 5}}})
	keys(locked({"params": {"params.yaml": {"gone": 5}}})) == {"train:params:params.yaml:gone"}
}

test_parameters_that_cannot_be_read_are_inconclusive if {
	case := object.union(locked({"params": {"params.py": {"epochs": 5}}}), {"files": {"p/params.py": {"size": 1}}})
	keys(case) == set()
	unsure(case) == {"train:params:params.py"}
	unsure(locked({"params": {"gone.py": {"epochs": 5}}})) == set()
}

test_not_applicable_without_stages if {
	case := repository([document("dvc.yaml", "dvc", {"artifacts": {}})])
	keys(case) == set()
	{n.msg | some n in lcm_002.not_applicable} == {"no dvc.yaml has stages"} with input as case
}
