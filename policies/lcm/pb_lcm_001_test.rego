package probity.lcm_001_test

import rego.v1

import data.probity.lcm_001

node(cmd, settings) := {
	"kind": "train", "cmd": cmd, "settings": settings, "weak": false, "taken_from": null,
	"subject": "pipeline:pipelines/credit/dvc.yaml//train",
}

pipeline(kind, nodes) := {"id": "p", "source_kind": kind, "path": "pipelines/credit/dvc.yaml", "nodes": nodes}

repository(nodes, documents) := {"pipelines": [pipeline("dvc", nodes)], "documents": documents, "files": {}}

python(path, calls) := {"path": path, "kind": "python", "value": {"imports": [], "calls": calls}}

call(name, kwargs, open) := {"name": name, "args": [], "kwargs": kwargs, "open": open}

unseeded := python("pipelines/credit/src/train.py", [call("model.fit", {"epochs": 3}, ["data"])])

run := "python src/train.py --epochs 3"

denied(case) := {f.evidence.step | some f in found} if found := lcm_001.deny with input as case

passes(case) if {
	denied(case) == set()
	lcm_001.inconclusive == set() with input as case
	lcm_001.review == set() with input as case
	lcm_001.not_applicable == set() with input as case
}

test_no_seed if {
	lcm_001.deny == {{
		"msg": "Training step train fixes no seed, neither in its settings nor in its script.",
		"resource": "pipeline:pipelines/credit/dvc.yaml//train",
		"key": "",
		"path": [],
		"evidence": {"step": "train", "scripts": ["pipelines/credit/src/train.py"]},
	}} with input as repository({"train": node(run, {"params": ["train.epochs"]})}, [unseeded])
	lcm_001.inconclusive == set() with input as repository({"train": node(run, {"params": ["train.epochs"]})}, [unseeded])
}

test_seed_in_the_settings if {
	every settings in [
		{"params": ["train.seed"]},
		{"params": [{"other.yaml": ["random_state"]}]},
		{"Arguments": {"HyperParameters": {"seed": "42"}}},
		{"inputs": {"parameters": {"random_seed": {"runtimeValue": 1}}}},
	] {
		passes(repository({"train": node(run, settings)}, [unseeded]))
	}
	every settings in [{"params": ["reseeding"]}, {"HyperParameters": {"seed": null}}, {"seedling": 1}] {
		denied(repository({"train": node(run, settings)}, [unseeded])) == {"train"}
	}
}

test_section_of_parameters_that_holds_a_seed if {
	parameters := {"path": "pipelines/credit/params.yaml", "kind": "dvc-params", "value": {"model": {"train": {"seed": 7}}}}
	case := {"train": node(run, {"params": ["model.train"]})}
	passes(repository(case, [unseeded, parameters]))
	denied(repository(case, [unseeded, object.union(parameters, {"path": "params.yaml"})])) == {"train"}
	denied(repository(case, [unseeded, object.union(parameters, {"kind": "yaml"})])) == {"train"}
	empty := object.union(parameters, {"value": {"model": {"train": {"seed": null}}}})
	denied(repository(case, [unseeded, empty])) == {"train"}
}

test_seed_in_the_command if {
	passes(repository({"train": node("python src/train.py --seed 1", {})}, [unseeded]))
	passes(repository({"train": node("python src/train.py --random-state=1", {})}, [unseeded]))
}

test_seed_in_the_code if {
	every seeding in [
		call("torch.manual_seed", {}, []),
		call("numpy.random.seed", {}, []),
		call("seed_everything", {}, []),
		call("XGBClassifier", {"random_state": 7}, []),
		call("train_test_split", {}, ["random_state"]),
	] {
		script := python("pipelines/credit/src/train.py", [seeding])
		passes(repository({"train": node(run, {})}, [script]))
	}
	none := python("pipelines/credit/src/train.py", [call("Model", {"random_state": null}, [])])
	denied(repository({"train": node(run, {})}, [none])) == {"train"}
}

test_where_a_script_lies if {
	seeded := [call("set_seed", {}, [])]
	passes(repository({"train": node("python -m credit.train", {})}, [python("credit/train.py", seeded)]))
	passes(repository({"train": node("python ../../src/train.py", {})}, [python("src/train.py", seeded)]))
	passes(repository({"train": node("python src/train.py", {})}, [python("src/train.py", seeded)]))
	count(lcm_001.inconclusive) == 1 with input as repository({"train": node(run, {})}, [python("other/train.py", seeded)])
	sheet := object.union(python("src/train.py", seeded), {"kind": "yaml"})
	count(lcm_001.inconclusive) == 1 with input as repository({"train": node(run, {})}, [sheet])
}

# Only files that hold one of some names are read.
test_script_that_was_not_read_seeds_nothing if {
	unread := {"files": {"pipelines/credit/src/train.py": {"size": 9}}}
	denied(object.union(repository({"train": node(run, {})}, []), unread)) == {"train"}
	lcm_001.inconclusive == set() with input as object.union(repository({"train": node(run, {})}, []), unread)
	at_root := {"files": {"src/train.py": {"size": 9}}}
	denied(object.union(repository({"train": node(run, {})}, []), at_root)) == {"train"}
}

test_code_that_is_elsewhere_is_inconclusive if {
	case := repository({"train": node("", {"HyperParameters": {"epochs": 3}})}, [])
	denied(case) == set()
	lcm_001.inconclusive == {{
		"msg": "Whether training step train fixes a seed cannot be told: its code is not in the repository.",
		"resource": "pipeline:pipelines/credit/dvc.yaml//train",
		"key": "",
		"path": [],
		"evidence": {"step": "train", "scripts": []},
	}} with input as case
}

test_step_that_trains_by_its_name_is_a_review if {
	case := repository({"train": object.union(node(run, {}), {"weak": true})}, [unseeded])
	denied(case) == set()
	{f.msg | some f in lcm_001.review} == {
		"Step train fixes no seed, if it trains a model as its name says.",
	} with input as case
	unseen := repository({"train": object.union(node(run, {}), {"weak": true})}, [])
	lcm_001.review == set() with input as unseen
}

test_other_pipelines_and_steps_are_not_applicable if {
	every case in [
		repository({"train": object.union(node(run, {}), {"kind": "evaluate"})}, [unseeded]),
		repository({"train": object.union(node(run, {}), {"taken_from": "other"})}, [unseeded]),
		{"pipelines": [pipeline("github-actions", {"train": node(run, {})})], "documents": [unseeded]},
	] {
		denied(case) == set()
		{n.msg | some n in lcm_001.not_applicable} == {
			"no DVC, SageMaker or Kubeflow pipeline has a training step",
		} with input as case
	}
}
