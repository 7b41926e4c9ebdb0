package probity.data_005_test

import rego.v1

import data.probity.data_005

step(kind, id) := {"kind": kind, "name": id, "subject": sprintf("pipeline:p//%s", [id])}

check := object.union(step("validate", "check"), {"blocking": true, "skipped": false, "non_blocking_reason": ""})

nodes := {
	"raw": step("dataset", "raw"),
	"check": check,
	"feat": step("transform", "feat"),
	"train": step("train", "train"),
}

pipeline(nodes_, edges) := {
	"pipeline": {"id": "p", "source_kind": "github-actions", "nodes": nodes_, "edges": edges, "unresolved": []},
	"system": null,
}

# Training reads the features and waits for the check of the raw data.
diamond := {"raw": ["check", "feat"], "check": ["train"], "feat": ["train"]}

nothing(case) if {
	data_005.deny == set() with input as case
	data_005.review == set() with input as case
	data_005.inconclusive == set() with input as case
	data_005.not_applicable == set() with input as case
}

with_check(change) := pipeline(object.union(nodes, {"check": change}), diamond)

test_training_that_waits_for_the_check_passes if {
	nothing(pipeline(nodes, diamond))
	nothing(pipeline(nodes, {"raw": ["check"], "check": ["feat"], "feat": ["train"]}))
	nothing(pipeline(object.remove(nodes, ["raw"]), {"check": ["feat"], "feat": ["train"]}))
}

test_missing if {
	data_005.deny == {{
		"msg": "Training step train starts with no check of the data before it.",
		"resource": "pipeline:p//train", "key": "", "path": [],
		"evidence": {"training": "train", "mode": "missing", "checks": []},
	}} with input as pipeline(object.remove(nodes, ["check"]), {"raw": ["feat"], "feat": ["train"]})
}

reason(case) := text if {
	some f in data_005.deny with input as case
	f.evidence.mode == "ineffective"
	start := "Training step train starts and no check of the data can stop it: check ("
	startswith(f.msg, start)
	text := trim_suffix(trim_prefix(f.msg, start), ").")
}

test_a_check_that_does_not_count_says_why if {
	reason(pipeline(nodes, {"raw": ["feat"], "feat": ["train"], "train": ["check"]})) == "it comes after training"
	reason(pipeline(nodes, {"raw": ["check", "feat"], "feat": ["train"]})) == "training does not wait for it"
	reason(with_check({"skipped": true})) == "it is skipped"
	reason(with_check({"blocking": false, "non_blocking_reason": "`|| true`"})) == "`|| true`"
	reason(pipeline(nodes, {"raw": ["feat"], "feat": ["train"], "check": ["train"]})) == "it reads other data"
	lenient := {"pipeline": object.union(pipeline(nodes, diamond).pipeline, {"lenient": [["check", "train"]]})}
	reason(lenient) == "training runs although it fails"
}

test_baseline_run_is_a_review if {
	case := with_check({"blocking": false, "non_blocking_reason": "baseline run: it compares with none"})
	data_005.deny == set() with input as case
	{[f.msg, f.evidence.mode] | some f in data_005.review} == {[
		"The check of the data before training step train is a baseline run: it compares with nothing, so it passes.",
		"baseline-run",
	]} with input as case
	other := object.union(nodes, {
		"check": {"kind": "transform"},
		"eval": object.union(step("evaluate", "eval"), {"non_blocking_reason": "baseline run"}),
	})
	count(data_005.deny) == 1 with input as pipeline(other, object.union(diamond, {"eval": ["train"]}))
}

test_names_are_reviews if {
	by_name := with_check({"weak": true})
	data_005.deny == set() with input as by_name
	{[f.msg, f.evidence.mode] | some f in data_005.review} == {[
		"What checks the data before training step train counts as a check only by its name.", "by-name",
	]} with input as by_name
	weak := pipeline({"train": object.union(nodes.train, {"weak": true})}, {})
	data_005.deny == set() with input as weak
	{f.msg | some f in data_005.review} == {
		"Step train, which counts as training only by its name, starts with no check of the data before it.",
	} with input as weak
	strong := object.union(nodes, {"check": {"weak": true}, "gx": object.union(check, {"name": "gx"})})
	nothing(pipeline(strong, {"raw": ["check", "gx"], "check": ["train"], "gx": ["train"]}))
}

test_what_cannot_be_read_is_inconclusive if {
	expected := {[
		concat("", [
			"Whether a check of the data stands before training step train cannot be seen: ",
			"a part before it cannot be read.",
		]),
		"unresolved",
	]}
	script := pipeline(object.union(nodes, {"check": {"kind": "transform", "opaque": true}}), diamond)
	{[f.msg, f.evidence.mode] | some f in data_005.inconclusive} == expected with input as script
	data_005.deny == set() with input as script
	beside := {"pipeline": object.union(
		pipeline(nodes, {"raw": ["feat", "check"], "feat": ["train"]}).pipeline,
		{"unresolved": [["check", "train"]]},
	)}
	{[f.msg, f.evidence.mode] | some f in data_005.inconclusive} == expected with input as beside
	lacks := {"pipeline": object.union(
		pipeline(object.remove(nodes, ["check"]), {"raw": ["feat"], "feat": ["train"]}).pipeline,
		{"missing": [{"at": "feat", "reason": "x is not read here"}]},
	)}
	{[f.msg, f.evidence.mode] | some f in data_005.inconclusive} == expected with input as lacks
	later := pipeline(
		object.union(nodes, {"check": {"kind": "transform", "opaque": true}}),
		{"raw": ["feat"], "feat": ["train"], "train": ["check"]},
	)
	data_005.inconclusive == set() with input as later
	count(data_005.deny) == 1 with input as later
	opaque_training := pipeline({"train": object.union(nodes.train, {"opaque": true})}, {})
	count(data_005.deny) == 1 with input as opaque_training
}

test_only_the_first_training_step_is_asked_about if {
	again := object.union(nodes, {"tune": step("train", "tune")})
	nothing(pipeline(again, object.union(diamond, {"train": ["tune"]})))
	late := pipeline(again, {"raw": ["feat"], "feat": ["train"], "train": ["check"], "check": ["tune"]})
	{f.resource | some f in data_005.deny} == {"pipeline:p//train"} with input as late
}

test_training_in_something_unread_is_inconclusive if {
	hidden := {"pipeline": object.union(pipeline({"feat": nodes.feat}, {}).pipeline, {
		"missing": [{"at": "feat", "reason": "x is not read here"}],
	})}
	data_005.inconclusive == {{
		"msg": "Whether the pipeline trains a model, and on checked data, cannot be seen: x is not read here (feat).",
		"resource": "pipeline:p//feat", "key": "hides-training", "path": [],
		"evidence": {"mode": "hides-training", "unread": ["feat"], "nature": "design"},
	}} with input as hidden
	data_005.not_applicable == set() with input as hidden
	script := pipeline({"feat": object.union(nodes.feat, {"opaque": true})}, {})
	data_005.inconclusive == set() with input as object.union(script, {"system": {"id": "s"}})
	formats := {"pipeline": object.union(script.pipeline, {"source_kind": "kubeflow"}), "system": null}
	{f.key | some f in data_005.inconclusive} == {"hides-training"} with input as formats
}

test_not_applicable if {
	no_training := pipeline(object.remove(nodes, ["train"]), {})
	{f.msg | some f in data_005.not_applicable} == {"the pipeline has no training step"} with input as no_training
	data_005.deny == set() with input as no_training
	taken := pipeline({"train": object.union(nodes.train, {"taken_from": "x", "taken_at": "y"})}, {})
	{f.msg | some f in data_005.not_applicable} == {
		"its training is taken over from another pipeline and judged there",
	} with input as taken
	data_005.deny == set() with input as taken
}
