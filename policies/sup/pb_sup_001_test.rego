package probity.sup_001_test

import rego.v1

import data.probity.sup_001

commit := "8f2a9c0d1e3b4a5f6789abcdef0123456789abcd"

kubernetes(kind, spec) := {
	"system": "kubernetes", "type": kind, "name": "llm", "namespace": "ml",
	"subject": sprintf("kubernetes:k8s//apps/%s/ml/llm", [kind]),
	"attributes": {"kind": kind, "metadata": {"name": "llm"}, "spec": spec},
	"unknown": [], "references": [], "joins": {}, "systems": [], "path": "k8s/llm.yaml",
}

terraform(type, attributes) := {
	"system": "terraform", "type": type, "name": "llm", "address": sprintf("%s.llm", [type]),
	"subject": sprintf("terraform:infra//%s.llm", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

found(case) := {[f.key, f.path, f.evidence.revision] | some f in results} if results := sup_001.deny with input as case

service(uri) := kubernetes("InferenceService", {"predictor": {"model": {"storageUri": uri}}})

test_uri_without_a_commit if {
	sup_001.deny == {{
		"msg": concat("", [
			"InferenceService llm takes the model Qwen/Qwen2.5-7B-Instruct from the Hub ",
			"and names no revision: pin a commit.",
		]),
		"key": "predictor/storageUri",
		"path": ["spec", "predictor", "model", "storageUri"],
		"evidence": {"model": "Qwen/Qwen2.5-7B-Instruct", "revision": ""},
	}} with input as service("hf://Qwen/Qwen2.5-7B-Instruct")
}

test_branch_is_mutable if {
	{f.msg | some f in sup_001.deny} == {concat("", [
		"InferenceService llm takes the model org/llm from the Hub and names the revision main, which can move: ",
		"pin a commit.",
	])} with input as service("hf://org/llm:main")
}

test_uris_that_pass if {
	every uri in [
		concat(":", ["hf://org/llm", commit]), "s3://models/llm", "pvc://models/llm", "oci://ghcr.io/org/llm:1",
		"hf://${MODEL}", "hf://{{ .Values.model }}", "",
	] {
		found(service(uri)) == set()
	}
}

test_other_places_of_a_uri if {
	found(kubernetes("LLMInferenceService", {"model": {"uri": "hf://org/llm"}})) == {[
		"model/uri", ["spec", "model", "uri"], "",
	]}
	several := {"predictor": {"storageUris": [{"uri": "s3://a"}, {"uri": "hf://org/llm"}]}}
	found(kubernetes("InferenceService", several)) == {[
		"predictor/storageUris/hf://org/llm", ["spec", "predictor", "storageUris", 1, "uri"], "",
	]}
}

pod(container) := kubernetes("Pod", {"containers": [object.union({"name": "server"}, container)]})

at(list, i) := ["spec", "containers", 0, list, i]

test_options if {
	every option in ["--model", "--model-id", "--model_id", "--model_name_or_path"] {
		found(pod({"args": [option, "org/llm"]})) == {["server:org/llm", at("args", 1), ""]}
		found(pod({"args": [concat("=", [option, "org/llm"])]})) == {["server:org/llm", at("args", 0), ""]}
	}
	found(pod({"command": ["sh", "-c", "python serve.py --model org/llm --port 80"]})) == {[
		"server:org/llm", at("command", 2), "",
	]}
	found(pod({"command": ["vllm", "serve", "org/llm"]})) == {["server:org/llm", at("command", 2), ""]}
	found(pod({"command": ["mlflow", "serve", "org/llm"]})) == set()
}

test_revision_of_a_container if {
	every name in ["--revision", "--model-revision"] {
		found(pod({"args": ["--model=org/llm", name, commit]})) == set()
		found(pod({"args": ["--model=org/llm", name, "v1"]})) == {["server:org/llm", at("args", 0), "v1"]}
	}
	every name in ["HF_MODEL_REVISION", "REVISION", "HF_REVISION"] {
		found(pod({"args": ["--model=org/llm"], "env": [{"name": name, "value": commit}]})) == set()
	}
	found(pod({"args": ["--model=org/llm", "--revision=$(REVISION)"]})) == set()
}

test_variables_of_a_container if {
	every name in ["HF_MODEL_ID", "MODEL_ID"] {
		found(pod({"env": [{"name": name, "value": "org/llm"}]})) == {[
			"server:org/llm", ["spec", "containers", 0, "env", 0, "value"], "",
		]}
	}
	found(pod({"env": [{"name": "HF_MODEL_ID", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}}]})) == set()
}

# Paths, names without an owner and placeholders are no models of the Hub.
test_models_that_pass if {
	every model in ["/mnt/models", "./org/llm", "s3://a/b", "llm", "{{model}}/x", "a/b/c"] {
		found(pod({"args": ["--model", model]})) == set()
	}
}

test_sagemaker_model if {
	every block in ["primary_container", "container"] {
		found(terraform("aws_sagemaker_model", {block: [{"environment": {"HF_MODEL_ID": "org/llm"}}]})) == {[
			concat(":", [block, "HF_MODEL_ID"]), [block, 0, "environment", "HF_MODEL_ID"], "",
		]}
	}
	pinned := {"HF_MODEL_ID": "org/llm", "HF_MODEL_REVISION": commit}
	found(terraform("aws_sagemaker_model", {"primary_container": [{"environment": pinned}]})) == set()
	branch := {"HF_MODEL_ID": "org/llm", "HF_MODEL_REVISION": "main"}
	on_branch := found(terraform("aws_sagemaker_model", {"primary_container": [{"environment": branch}]}))
	{r[2] | some r in on_branch} == {"main"}
	local := {"HF_MODEL_ID": "/opt/ml/model"}
	found(terraform("aws_sagemaker_model", {"primary_container": [{"environment": local}]})) == set()
}

test_twins if {
	found(terraform("awscc_sagemaker_model", {"containers": [{"environment": {"HF_MODEL_ID": "org/llm"}}]})) == {[
		"containers:HF_MODEL_ID", ["containers", 0, "environment", "HF_MODEL_ID"], "",
	]}
	every block in ["PrimaryContainer", "Containers"] {
		count(found(terraform("AWS::SageMaker::Model", {block: [{"Environment": {"HF_MODEL_ID": "org/llm"}}]}))) == 1
	}
}

test_training_job if {
	type := "aws_sagemaker_training_job"
	found(terraform(type, {"hyper_parameters": {"model_id": "\"org/llm\""}})) == {[
		"hyper_parameters:model_id", ["hyper_parameters", "model_id"], "",
	]}
	found(terraform(type, {"hyper_parameters": {"model_name_or_path": "org/llm", "revision": commit}})) == set()
	found(terraform(type, {"hyper_parameters": {"model_name_or_path": "org/llm", "model_revision": commit}})) == set()
	count(found(terraform(type, {"environment": {"HF_MODEL_ID": "org/llm"}}))) == 1
	found(terraform("aws_sagemaker_model", {"environment": {"HF_MODEL_ID": "org/llm"}})) == set()
}

test_model_garden if {
	type := "google_vertex_ai_endpoint_with_model_garden_deployment"
	found(terraform(type, {"hugging_face_model_id": "org/llm"})) == {[
		"hugging_face_model_id", ["hugging_face_model_id"], "",
	]}
	found(terraform(type, {"publisher_model_name": "publishers/google/models/gemma3"})) == set()
	found(terraform("google_vertex_ai_endpoint", {"hugging_face_model_id": "org/llm"})) == set()
}

python(call) := {"imports": [], "calls": [object.union({"args": [], "kwargs": {}, "open": []}, call)]}

loader := "transformers.AutoModel.from_pretrained"

test_python if {
	sup_001.deny == {{
		"msg": "The program takes the model org/llm from the Hub and names no revision: pin a commit.",
		"key": "transformers.AutoModel.from_pretrained:org/llm",
		"path": ["calls", 0, "args", 0],
		"evidence": {"model": "org/llm", "revision": ""},
	}} with input as python({"name": loader, "args": ["org/llm"]})
}

test_python_revisions if {
	found(python({"name": loader, "args": ["org/llm"], "kwargs": {"revision": commit}})) == set()
	{r[2] | some r in found(python({"name": loader, "args": ["org/llm"], "kwargs": {"revision": "main"}}))} == {"main"}
	{r[2] | some r in found(python({"name": loader, "args": ["org/llm"], "kwargs": {"revision": null}}))} == {""}
}

test_python_calls if {
	every name in ["from_pretrained", "huggingface_hub.snapshot_download", "huggingface_hub.hf_hub_download"] {
		every keyword in ["pretrained_model_name_or_path", "repo_id"] {
			found(python({"name": name, "kwargs": {keyword: "org/llm"}})) == {[
				concat(":", [name, "org/llm"]), ["calls", 0, "kwargs", keyword], "",
			]}
		}
	}
	every name in ["transformers.pipeline", "pipeline", "vllm.LLM", "LLM"] {
		found(python({"name": name, "kwargs": {"model": "org/llm"}})) == {[
			concat(":", [name, "org/llm"]), ["calls", 0, "kwargs", "model"], "",
		]}
	}
	every name in ["my_from_pretrained", "open", "pipelines"] {
		found(python({"name": name, "args": ["org/llm"], "kwargs": {"model": "org/llm"}})) == set()
	}
	found(python({"name": loader, "args": ["./models/llm"]})) == set()
	found(python({"name": loader, "args": [null]})) == set()
}

test_revision_that_a_program_computes if {
	case := python({"name": loader, "args": ["org/llm"], "open": ["revision"]})
	found(case) == set()
	sup_001.inconclusive == {{
		"msg": "Which revision of the model org/llm the program takes is computed when it runs.",
		"key": "transformers.AutoModel.from_pretrained:org/llm",
		"path": ["calls", 0, "args", 0],
		"evidence": {"model": "org/llm"},
	}} with input as case
	sup_001.inconclusive == set() with input as python({"name": loader, "args": ["org/llm"], "open": ["device"]})
	spread := python({"name": loader, "args": ["org/llm"], "open": ["**"]})
	count(sup_001.inconclusive) == 1 with input as spread
	found(spread) == set()
}

test_image_variables if {
	sup_001.deny == {{
		"msg": "The image takes the model org/llm from the Hub and names no revision: pin a commit.",
		"key": "HF_MODEL_ID",
		"path": [0, "Value", 1],
		"evidence": {"model": "org/llm", "revision": ""},
	}} with input as [{"Cmd": "env", "Value": ["HF_MODEL_ID", "org/llm", "="]}]
	found([{"Cmd": "env", "Value": ["MODEL_ID", "org/llm", "=", "REVISION", commit, "="]}]) == set()
	found([{"Cmd": "env", "Value": ["HF_MODEL_ID", "org/llm", "=", "HF_MODEL_REVISION", commit, "="]}]) == set()
	found([{"Cmd": "arg", "Value": ["HF_MODEL_ID", "org/llm", "="]}]) == set()
	found([{"Cmd": "env", "Value": ["A", "MODEL_ID", "=", "org/llm", "x", "="]}]) == set()
}

test_image_downloads if {
	found([{"Cmd": "run", "Value": ["pip install x && huggingface-cli download org/llm --local-dir /m"]}]) == {[
		"download:org/llm", [0, "Value", 0], "",
	]}
	found([{"Cmd": "run", "Value": ["hf download org/llm --revision main"]}]) == {[
		"download:org/llm", [0, "Value", 0], "main",
	]}
	found([{"Cmd": "run", "Value": [concat(" ", ["hf download org/llm --revision", commit])]}]) == set()
	found([{"Cmd": "cmd", "Value": ["hf download org/llm"]}]) == set()
}
