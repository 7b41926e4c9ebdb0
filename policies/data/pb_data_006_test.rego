package probity.data_006_test

import rego.v1

import data.probity.data_006

step(kind, id, settings) := {
	"kind": kind, "name": id, "subject": sprintf("pipeline:p//%s", [id]), "settings": settings,
}

pipeline(train, evaluate) := {"pipeline": {
	"id": "p", "source_kind": "dvc", "edges": {}, "unresolved": [], "missing": [],
	"nodes": {"train": step("train", "train", train), "eval": step("evaluate", "eval", evaluate)},
}}

deps(paths) := {"deps": paths}

nothing(case) if {
	data_006.deny == set() with input as case
	data_006.review == set() with input as case
	data_006.not_applicable == set() with input as case
	data_006.inconclusive == set() with input as case
}

test_distinct_files_pass if {
	nothing(pipeline(deps(["src/train.py", "data/train.csv"]), deps(["src/train.py", "data/test.csv", "model.pkl"])))
}

test_one_file if {
	data_006.deny == {{
		"msg": "Evaluation step eval reads data/all.csv, which training step train reads too; give it rows of its own.",
		"resource": "pipeline:p//eval",
		"key": "train:data/all.csv",
		"path": ["deps", 1],
		"evidence": {"training": "train", "evaluation": "eval", "artifact": "data/all.csv"},
	}} with input as pipeline(deps(["data/all.csv"]), deps(["model.pkl", "data/all.csv"]))
}

test_a_dependency_with_options if {
	shared := pipeline(deps([{"data/all.csv": {"hash": "md5"}}]), deps(["data/all.csv"]))
	count(data_006.deny) == 1 with input as shared
}

test_a_folder_is_a_review if {
	case := pipeline(deps(["data/features/"]), deps(["data/features/"]))
	data_006.deny == set() with input as case
	{[f.msg, f.path] | some f in data_006.review} == {[
		"Evaluation step eval reads data/features/, which training step train reads too; see that their rows differ.",
		["deps", 0],
	]} with input as case
}

test_what_else_two_stages_share if {
	nothing(pipeline(deps(["params.yaml", "encoder.pkl", "data/a.csv"]), deps(["params.yaml", "encoder.pkl", "b.csv"])))
	nothing(pipeline(deps(["data/${item}.csv", "data/a.csv"]), deps(["data/${item}.csv", "data/b.csv"])))
	other := {"wdir": "old", "deps": ["all.csv"]}
	nothing(pipeline(other, deps(["all.csv"])))
	hidden := pipeline(deps([".cache", "a.csv"]), deps([".cache", "b.csv"]))
	data_006.deny == set() with input as hidden
	count(data_006.review) == 1 with input as hidden
}

test_steps_by_name_are_a_review if {
	case := pipeline(deps(["data/all.csv"]), deps(["data/all.csv"]))
	weak := {"pipeline": object.union(case.pipeline, {"nodes": {"eval": {"weak": true}}})}
	data_006.deny == set() with input as weak
	count(data_006.review) == 1 with input as weak
}

channel(name, uri) := {"ChannelName": name, "DataSource": {"S3DataSource": {"S3Uri": uri}}}

output(name) := {"Get": sprintf("Steps.Split.ProcessingOutputConfig.Outputs['%s'].S3Output.S3Uri", [name])}

given(name, uri) := {"InputName": name, "S3Input": {"S3Uri": uri}}

sagemaker(channels, inputs) := pipeline({"InputDataConfig": channels}, {"ProcessingInputs": inputs})

test_sagemaker if {
	model := given("model", {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"})
	nothing(sagemaker([channel("train", output("train"))], [model, given("test", output("test"))]))
	leak := sagemaker([channel("train", output("train"))], [model, given("test", output("train"))])
	{[f.path, f.evidence.artifact] | some f in data_006.deny} == {[
		["ProcessingInputs", 1, "S3Input", "S3Uri"],
		"Steps.Split.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri",
	]} with input as leak
	count(data_006.deny) == 1 with input as sagemaker([channel("train", "s3://b/x.csv")], [given("x", "s3://b/x.csv")])
	code := sagemaker([channel("train", "s3://b/x.csv")], [given("Code", "s3://b/x.csv"), given("x", "s3://b/y.csv")])
	nothing(code)
	model_twice := sagemaker(
		[channel("train", output("train")), channel("model", {"Get": "Steps.A.ModelArtifacts.X"})],
		[given("m", {"Get": "Steps.A.ModelArtifacts.X"}), given("test", output("test"))],
	)
	nothing(model_twice)
}

test_prefixes_and_validation_channels_are_reviews if {
	prefix := sagemaker([channel("train", "s3://b/x")], [given("x", "s3://b/x")])
	data_006.deny == set() with input as prefix
	count(data_006.review) == 1 with input as prefix
	validation := sagemaker([channel("Validation", output("v"))], [given("x", output("v"))])
	data_006.deny == set() with input as validation
	count(data_006.review) == 1 with input as validation
	both := pipeline({"InputDataConfig": [channel("a", output("v"))]}, {"InputDataConfig": [channel("b", output("v"))]})
	some f in data_006.deny with input as both
	f.path == ["InputDataConfig", 0, "DataSource", "S3DataSource", "S3Uri"]
}

artifact(key) := {"inputs": {"artifacts": {"data": {"taskOutputArtifact": {
	"producerTask": "split", "outputArtifactKey": key,
}}}}}

test_kubeflow if {
	nothing(pipeline(artifact("train"), artifact("test")))
	{[f.path, f.evidence.artifact] | some f in data_006.deny} == {
		[["inputs", "artifacts", "data"], "train of split"],
	} with input as pipeline(artifact("train"), artifact("train"))
}

test_what_was_taken_over_is_judged_where_it_comes_from if {
	case := pipeline(deps(["data/all.csv"]), deps(["data/all.csv"]))
	taken := {id: object.union(node, {"taken_from": "x", "taken_at": "y"}) | some id, node in case.pipeline.nodes}
	data_006.deny == set() with input as {"pipeline": object.union(case.pipeline, {"nodes": taken})}
}

test_not_applicable if {
	case := pipeline(deps(["data/all.csv"]), deps(["src/eval.py"]))
	{f.msg | some f in data_006.not_applicable} == {"no evaluation step names the data that it reads"} with input as case
	alone := {"pipeline": object.union(case.pipeline, {"nodes": {"eval": {"kind": "transform"}}})}
	{f.msg | some f in data_006.not_applicable} == {"the pipeline has no evaluation step"} with input as alone
}

test_lost_settings_are_inconclusive if {
	case := pipeline({}, {})
	lost := {"pipeline": object.union(case.pipeline, {"missing": [{"at": "settings", "reason": "too many"}]})}
	{[f.key, f.msg] | some f in data_006.inconclusive} == {[
		"settings", "What training and evaluation read cannot be seen: the settings of the pipeline are too large.",
	]} with input as lost
	data_006.not_applicable == set() with input as lost
	other := {"pipeline": object.union(case.pipeline, {"missing": [{"at": "train", "reason": "too many"}]})}
	data_006.inconclusive == set() with input as other
}
