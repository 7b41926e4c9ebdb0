# METADATA
# title: Model weights pulled from a mutable reference
# description: >-
#   Model weights are taken from the Hugging Face Hub without naming a commit, so what is served or trained on
#   can change without a change here. Branches and tags can move. Read are storage URIs, the options and
#   variables of serving containers, environments of SageMaker, Model Garden deployments, calls of
#   from_pretrained and the Hub's download functions in Python, and Dockerfiles. Paths, object stores and
#   placeholders are left out, and so are models that a gateway merely calls. A revision that a program computes
#   is inconclusive.
# scope: package
# related_resources:
#   - ref: https://huggingface.co/docs/transformers/main_classes/model
#     description: from_pretrained and its argument revision
#   - ref: https://kserve.github.io/website/docs/model-serving/storage/providers/hf
#     description: KServe storage URIs of Hugging Face
# custom:
#   id: PB-SUP-001
#   version: 1
#   severity: high
#   scope: [resource, document]
#   selects:
#     - InferenceService
#     - LLMInferenceService
#     - ServingRuntime
#     - ClusterServingRuntime
#     - Notebook
#     - RayCluster
#     - RayJob
#     - RayService
#     - PyTorchJob
#     - TFJob
#     - MPIJob
#     - XGBoostJob
#     - Pod
#     - Deployment
#     - StatefulSet
#     - DaemonSet
#     - ReplicaSet
#     - Job
#     - CronJob
#     - Rollout
#     - aws_sagemaker_model
#     - awscc_sagemaker_model
#     - "AWS::SageMaker::Model"
#     - aws_sagemaker_training_job
#     - google_vertex_ai_endpoint_with_model_garden_deployment
#     - python
#     - dockerfile
#   inputs:
#     - k8s
#     - tf
#     - code
#     - llmgw
#   controls:
#     - "EU-AIA:15.5"
#     - "EU-AIA:25.4"
#     - "NIST-AI-RMF:GOVERN 6.1"
#     - "NIST-AI-RMF:MANAGE 3.1"
#     - "NIST-AI-RMF:MANAGE 3.2"
#     - "ISO42001:A.10.3"
#     - "OWASP-LLM:LLM03:2025"
#     - "OWASP-ML:ML06:2023"
#     - "ATLAS:AML.M0014"
#     - "ATLAS:AML.M0023"
#     - "NIST-800-53:SI-7"
#     - "NIST-800-53:SR-4"
#     - "SOC2:CC9.2"
#   remediation: >-
#     Pin the commit - revision="<40 hex digits>", hf://org/model:<commit>, --revision or HF_MODEL_REVISION.
package probity.sup_001

import rego.v1

import data.probity.lib.hub
import data.probity.lib.pods
import data.probity.lib.settings

title := settings.title(input)

kubernetes if input.system == "kubernetes"

described("") := "names no revision"

described(revision) := sprintf("names the revision %s, which can move", [revision]) if revision != ""

finding(owner, key, path, use) := {
	"msg": sprintf("%s takes the model %s from the Hub and %s: pin a commit.", [
		owner, use.model, described(use.revision),
	]),
	"key": key,
	"path": path,
	"evidence": use,
}

# Storage URIs of inference services.
uris contains {"path": path, "text": text, "key": concat("/", [component, "storageUri"])} if {
	kubernetes
	some component in ["predictor", "transformer", "explainer"]
	path := ["spec", component, "model", "storageUri"]
	text := object.get(input.attributes, path, "")
}

uris contains {"path": path, "text": text, "key": "model/uri"} if {
	kubernetes
	path := ["spec", "model", "uri"]
	text := object.get(input.attributes, path, "")
}

uris contains {"path": path, "text": text, "key": concat("/", [component, "storageUris", text])} if {
	kubernetes
	some component in ["predictor", "transformer", "explainer"]
	some i, entry in settings.items(object.get(input.attributes, ["spec", component, "storageUris"], []))
	text := entry.uri
	path := ["spec", component, "storageUris", i, "uri"]
}

deny contains finding(title, place.key, place.path, use) if {
	some place in uris
	use := hub.uri(place.text)
	not hub.commit(use.revision)
}

# Containers: what they serve, and the revision that goes with it.
containers := pods.containers(input.attributes) if kubernetes

served contains {"found": found, "model": option.value, "path": [option.list, option.index]} if {
	some found in containers
	some option in hub.option(found.container, ["--model", "--model-id", "--model_id", "--model_name_or_path"])
}

served contains {"found": found, "model": next.text, "path": [next.list, next.index]} if {
	some found in containers
	all_words := hub.words(found.container)
	some n, word in all_words
	word.text == "serve"
	regex.match(`(^|/)vllm$`, all_words[n - 1].text)
	next := all_words[n + 1]
}

served contains {"found": found, "model": variable.value, "path": ["env", variable.index, "value"]} if {
	some found in containers
	some name in ["HF_MODEL_ID", "MODEL_ID"]
	some variable in hub.variable(found.container, name)
}

revision(container) := min(values) if {
	options := {option.value | some option in hub.option(container, ["--revision", "--model-revision"])}
	values := options | {variable.value |
		some name in ["HF_MODEL_REVISION", "REVISION", "HF_REVISION"]
		some variable in hub.variable(container, name)
	}
	count(values) > 0
} else := ""

deny contains finding(title, key, path, {"model": use.model, "revision": pinned}) if {
	some use in served
	hub.repository(use.model)
	pinned := revision(use.found.container)
	not hub.commit(pinned)
	not hub.placeholder(pinned)
	key := concat(":", [use.found.key, use.model])
	path := array.concat(use.found.path, use.path)
}

# Environments of SageMaker containers and jobs.
environments contains {"block": block, "path": array.concat(slot.path, [name]), "map": map} if {
	some block in ["primary_container", "container", "containers", "PrimaryContainer", "Containers"]
	some slot in settings.bodies(input.attributes, [block])
	some name in ["environment", "Environment"]
	map := slot.body[name]
}

environments contains {"block": name, "path": [name], "map": input.attributes[name]} if {
	input.type == "aws_sagemaker_training_job"
	some name in ["environment", "hyper_parameters"]
}

# Hyperparameters are JSON texts: a string has quotes of its own.
plain(value) := trim(value, "\"") if is_string(value)

deny contains finding(title, concat(":", [place.block, name]), array.concat(place.path, [name]), use) if {
	some place in environments
	some name in ["HF_MODEL_ID", "model_id", "model_name_or_path"]
	model := plain(place.map[name])
	hub.repository(model)
	revisions := {plain(place.map[key]) | some key in ["HF_MODEL_REVISION", "revision", "model_revision"]}
	pinned := concat(",", revisions)
	not hub.commit(pinned)
	use := {"model": model, "revision": pinned}
}

# Model Garden has no place for a revision.
deny contains finding(title, name, [name], {"model": input.attributes[name], "revision": ""}) if {
	name := "hugging_face_model_id"
	input.type == "google_vertex_ai_endpoint_with_model_garden_deployment"
	settings.given(input.attributes[name])
}

# Python: the model is the first argument or named.
loads contains {"call": i, "name": call.name, "model": model, "argument": argument} if {
	some i, call in input.calls
	regex.match(`(^|\.)(from_pretrained|snapshot_download|hf_hub_download)$`, call.name)
	some argument, model in arguments(call)
	hub.repository(model)
}

arguments(call) := object.union(first, named) if {
	first := {["args", 0]: model | model := call.args[0]}
	named := {["kwargs", name]: model |
		some name in ["pretrained_model_name_or_path", "repo_id"]
		model := call.kwargs[name]
	}
}

loads contains {"call": i, "name": call.name, "model": model, "argument": ["kwargs", "model"]} if {
	some i, call in input.calls
	call.name in {"transformers.pipeline", "pipeline", "vllm.LLM", "LLM"}
	model := call.kwargs.model
	hub.repository(model)
}

# Named, or among arguments that are spread.
open_revision(call) if {
	some name in ["revision", "**"]
	name in call.open
}

deny contains finding("The program", concat(":", [load.name, load.model]), path, use) if {
	some load in loads
	call := input.calls[load.call]
	not open_revision(call)
	pinned := text(object.get(call, ["kwargs", "revision"], ""))
	not hub.commit(pinned)
	path := array.concat(["calls", load.call], load.argument)
	use := {"model": load.model, "revision": pinned}
}

# None is the same as no revision.
text(value) := value if {
	is_string(value)
} else := ""

inconclusive contains f if {
	some load in loads
	open_revision(input.calls[load.call])
	f := {
		"msg": sprintf("Which revision of the model %s the program takes is computed when it runs.", [load.model]),
		"key": concat(":", [load.name, load.model]),
		"path": array.concat(["calls", load.call], load.argument),
		"evidence": {"model": load.model},
	}
}

# Dockerfiles: the instructions of one file, with their words.
variables contains {"name": name, "value": instruction.Value[n + 1], "path": [i, "Value", n + 1]} if {
	is_array(input)
	some i, instruction in input
	instruction.Cmd == "env"
	some n, name in instruction.Value
	n % 3 == 0
}

deny contains finding("The image", entry.name, entry.path, {"model": entry.value, "revision": pinned}) if {
	some entry in variables
	entry.name in {"HF_MODEL_ID", "MODEL_ID"}
	hub.repository(entry.value)
	pinned := concat(",", {other.value | some other in variables; other.name in {"HF_MODEL_REVISION", "REVISION"}})
	not hub.commit(pinned)
}

downloads contains {"path": [i, "Value", 0], "model": match[1], "text": instruction.Value[0]} if {
	is_array(input)
	some i, instruction in input
	instruction.Cmd == "run"
	pattern := `(?:^|[ ;&|/])(?:huggingface-cli|hf) +download +([A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9._-]+)`
	some match in regex.find_all_string_submatch_n(pattern, instruction.Value[0], -1)
}

deny contains finding("The image", concat(":", ["download", download.model]), download.path, use) if {
	some download in downloads
	named := regex.find_all_string_submatch_n(`--revision[= ]["']?([A-Za-z0-9._/-]+)`, download.text, 1)
	pinned := concat("", [match[1] | some match in named])
	not hub.commit(pinned)
	use := {"model": download.model, "revision": pinned}
}
