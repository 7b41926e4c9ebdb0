package probity.data_002_test

import rego.v1

import data.probity.data_002

node(kind, id) := {"kind": kind, "name": id, "subject": sprintf("pipeline:dvc.yaml//%s", [id])}

dataset(class) := object.union(node("dataset", "raw"), {"sensitivity": class})

nodes(class) := {"raw": dataset(class), "feat": node("transform", "feat"), "train": node("train", "train")}

pipeline(nodes_, edges) := {
	"pipeline": {"id": "dvc.yaml", "source_kind": "github-actions", "nodes": nodes_, "edges": edges, "unresolved": []},
	"system": null,
}

line := {"raw": ["feat"], "feat": ["train"]}

nothing(case) if {
	data_002.deny == set() with input as case
	data_002.review == set() with input as case
	data_002.inconclusive == set() with input as case
}

test_a_class_passes if {
	nothing(pipeline(nodes("pii"), line))
	nothing(pipeline(nodes(" Public "), line))
	data_002.not_applicable == set() with input as pipeline(nodes("pii"), line)
}

test_no_class if {
	data_002.deny == {{
		"msg": "Dataset raw, which training step train reads, has no sensitivity class; declare one.",
		"resource": "pipeline:dvc.yaml//raw",
		"key": "raw",
		"path": [],
		"evidence": {"dataset": "raw", "class": "", "training": ["train"]},
	}} with input as pipeline(nodes(null), line)
	some f in data_002.deny with input as pipeline(nodes("unknown"), line)
	contains(f.msg, "has no sensitivity class;")
}

test_a_class_that_is_none if {
	some f in data_002.deny with input as pipeline(nodes("secret"), line)
	contains(f.msg, "has the sensitivity class secret, which is none of the known ones; declare one.")
	f.evidence.class == "secret"
}

test_public_benchmarks_need_no_class if {
	known := object.union(nodes(null), {"raw": object.union(dataset(null), {"name": "data/iris.csv"})})
	nothing(pipeline(known, line))
}

test_data_that_a_step_makes_need_no_class if {
	made := object.union(nodes("pii"), {"mid": node("dataset", "mid")})
	nothing(pipeline(made, {"raw": ["feat"], "feat": ["mid"], "mid": ["train"]}))
}

test_training_by_name_is_a_review if {
	weak := object.union(nodes(null), {"train": object.union(node("train", "train"), {"weak": true})})
	data_002.deny == set() with input as pipeline(weak, line)
	some f in data_002.review with input as pipeline(weak, line)
	f.msg == concat("", [
		"Dataset raw, which step train reads that counts as training only by its name, ",
		"has no sensitivity class; declare one.",
	])
	both := object.union(weak, {"fit": node("train", "fit")})
	data_002.review == set() with input as pipeline(both, {"raw": ["train", "fit"]})
	count(data_002.deny) == 1 with input as pipeline(both, {"raw": ["train", "fit"]})
}

test_what_was_taken_over_is_judged_where_it_comes_from if {
	taken := {id: object.union(n, {"taken_from": "x", "taken_at": "y"}) | some id, n in nodes(null)}
	data_002.deny == set() with input as pipeline(taken, line)
}

test_not_applicable_where_it_is_taken_over if {
	taken := {id: object.union(n, {"taken_from": "x", "taken_at": "y"}) | some id, n in nodes(null)}
	{f.msg | some f in data_002.not_applicable} == {
		"its training is taken over from another pipeline and judged there",
	} with input as pipeline(taken, line)
}

test_applicable_where_a_part_is_its_own if {
	taken := {id: object.union(n, {"taken_from": "x", "taken_at": "y"}) | some id, n in nodes("pii")}
	own := object.union(taken, {"own": object.union(node("dataset", "own"), {"sensitivity": "pii"})})
	data_002.not_applicable == set() with input as pipeline(own, object.union(line, {"own": ["train"]}))
}

test_an_edge_that_may_exist_is_inconclusive if {
	open := pipeline(nodes(null), {"feat": ["train"]})
	case := object.union(open, {"pipeline": object.union(open.pipeline, {"unresolved": [["raw", "feat"]]})})
	data_002.deny == set() with input as case
	some f in data_002.inconclusive with input as case
	f.msg == "Dataset raw has no sensitivity class, and whether training step train reads it cannot be resolved."
	data_002.not_applicable == set() with input as case
}

test_a_second_edge_that_may_exist_leaves_nothing_open if {
	both := pipeline(object.union(nodes(null), {"fit": node("train", "fit")}), line)
	case := object.union(both, {"pipeline": object.union(both.pipeline, {"unresolved": [["raw", "fit"]]})})
	count(data_002.deny) == 1 with input as case
	data_002.inconclusive == set() with input as case
}

lacking(nodes_, edges, at) := object.union(case, {"pipeline": object.union(case.pipeline, {
	"missing": [{"at": at, "reason": "x is not read here"}],
})}) if case := pipeline(nodes_, edges)

test_training_in_something_unread_is_inconclusive if {
	case := lacking(object.remove(nodes(null), ["train"]), {"raw": ["feat"]}, "feat")
	data_002.not_applicable == set() with input as case
	some f in data_002.inconclusive with input as case
	f.key == "raw:feat"
	f.msg == concat("", [
		"Dataset raw has no sensitivity class, and whether it is used for training cannot be seen: ",
		"x is not read here (feat).",
	])
	data_002.inconclusive == set() with input as lacking(nodes(null), line, "feat")
}

test_data_in_something_unread_are_inconclusive if {
	case := lacking(object.remove(nodes(null), ["raw"]), {"feat": ["train"]}, "feat")
	data_002.not_applicable == set() with input as case
	data_002.inconclusive == {{
		"msg": "Which data training step train reads cannot be seen: x is not read here (feat).",
		"resource": "pipeline:dvc.yaml//train", "key": "data:feat", "path": [],
		"evidence": {"training": "train", "unread": "feat"},
	}} with input as case
	nothing(lacking(nodes("pii"), line, "feat"))
	apart := lacking(nodes("pii"), {"feat": ["train"]}, "feat")
	{f.key | some f in data_002.inconclusive} == {"data:feat"} with input as apart
}

test_not_applicable if {
	no_training := pipeline(object.remove(nodes(null), ["train"]), {"raw": ["feat"]})
	{f.msg | some f in data_002.not_applicable} == {"the pipeline has no training step"} with input as no_training
	nothing(no_training)
	apart := pipeline(nodes(null), {"feat": ["train"]})
	{f.msg | some f in data_002.not_applicable} == {
		"no dataset that the pipeline names reaches a training step",
	} with input as apart
	nothing(apart)
}
