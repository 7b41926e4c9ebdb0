# METADATA
# title: trust_remote_code enabled
# description: >-
#   A model server, a training job or a program runs Python code that comes with a model it downloads. Only uses
#   count: container arguments, commands and environment variables, hyperparameters, arguments of calls in Python,
#   instructions of Dockerfiles, parameters of a LiteLLM model. Descriptions, schemas and a flag set to false do
#   not. A revision that is pinned and listed as reviewed lowers the severity to medium.
# scope: package
# related_resources:
#   - ref: https://huggingface.co/docs/transformers/custom_models
#     description: "Transformers: custom models and trust_remote_code"
# custom:
#   id: PB-SUP-002
#   version: 2
#   severity: critical
#   scope: [resource, document]
#   selects:
#     - CronJob
#     - DaemonSet
#     - Deployment
#     - Job
#     - Pod
#     - ReplicaSet
#     - ReplicationController
#     - StatefulSet
#     - Rollout
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
#     - aws_sagemaker_model
#     - aws_sagemaker_training_job
#     - awscc_sagemaker_model
#     - "AWS::SageMaker::Model"
#     - python
#     - dockerfile
#     - litellm
#   inputs:
#     - k8s
#     - code
#     - tf
#     - llmgw
#   controls:
#     - "EU-AIA:15.5"
#     - "OWASP-LLM:LLM03:2025"
#     - "OWASP-ML:ML06:2023"
#     - "ATLAS:AML.M0011"
#     - "ATLAS:AML.M0016"
#     - "NIST-800-53:CM-7"
#     - "SOC2:CC6.8"
#     - "NIST-AI-600-1:MS-2.7-001"
#   remediation: >-
#     Remove the flag, or pin the revision AND vendor the code.
#   aliases:
#     - B615
#   params:
#     - reviewed_model_revisions
package probity.sup_002

import rego.v1

import data.probity.lib.pods
import data.probity.lib.settings
import data.probity.params

flag := `(?:^|[\s"'=])--trust[-_]remote[-_]code(?:(?:=|\s+)["']?([A-Za-z0-9]+))?(?:$|[\s"'=;&|)\\])`

# The flag in a text, unless it is set to false.
flagged(text) if {
	some match in regex.find_all_string_submatch_n(flag, text, -1)
	not falsy(match[1])
}

# The same as a Python argument or a JSON member inside an argument.
flagged(text) if regex.match(`\btrust_remote_code["']?\s*[=:]\s*[Tt]rue\b`, text)

falsy(value) if lower(value) in {"false", "0", "no", "off", "none", "null"}

truthy(value) if value == true

truthy(value) if lower(trim(value, "\"' ")) in {"true", "1", "yes", "on"}

switch(name) if regex.match(`(?i)^([a-z0-9]+[_-])*trust[_-]remote[_-]code$`, name)

# A flag without a value may have it in the next element of the list.
uses contains {"key": key, "path": array.concat(found.path, [list, i]), "set_in": list} if {
	some found in containers
	some list in ["command", "args"]
	some i, text in settings.items(found.container[list])
	flagged(text)
	not denied_next(found.container[list], i)
	key := concat(":", [found.key, list])
}

denied_next(words, i) if {
	regex.match(`--trust[-_]remote[-_]code$`, words[i])
	falsy(words[i + 1])
}

containers contains found if {
	input.system == "kubernetes"
	some found in pods.containers(input.attributes)
}

uses contains {"key": key, "path": array.concat(found.path, ["env", i, "value"]), "set_in": entry.name} if {
	some found in containers
	some i, entry in settings.items(found.container.env)
	enabled(entry.name, entry.value)
	key := concat(":", [found.key, "env", entry.name])
}

enabled(name, value) if {
	switch(name)
	truthy(value)
}

# Arguments are often handed on in a variable.
enabled(_, value) if flagged(value)

maps contains {"map": map, "path": [name], "key": name} if {
	input.system == "terraform"
	some name in ["hyper_parameters", "environment"]
	map := input.attributes[name]
}

maps contains {"map": map, "path": path, "key": key} if {
	some block in ["primary_container", "container", "containers", "PrimaryContainer", "Containers"]
	some slot in settings.bodies(input.attributes, [block])
	some name in ["environment", "Environment"]
	map := slot.body[name]
	path := array.concat(slot.path, [name])
	key := concat(".", [block, hostname(slot.body)])
}

hostname(body) := min(names) if {
	names := {name | some key in ["container_hostname", "ContainerHostname"]; name := body[key]}
	count(names) > 0
} else := "environment"

uses contains {"key": concat(":", [place.key, name]), "path": array.concat(place.path, [name]), "set_in": name} if {
	some place in maps
	some name, value in settings.items(place.map)
	enabled(name, value)
}

# The commits that the same container, or the same map of variables, names as a revision.
revisions contains hash if {
	some found in containers
	some list in ["command", "args"]
	text := concat(" ", [word | some word in settings.items(found.container[list]); is_string(word)])
	some match in regex.find_all_string_submatch_n(`--(?:code-)?revision[= ]([0-9a-f]{40})`, text, -1)
	hash := match[1]
}

revisions contains value if {
	some place in maps
	some name, value in settings.items(place.map)
	regex.match(`(?i)(^|_)revision$`, name)
	regex.match(`^[0-9a-f]{40}$`, value)
}

# A call in Python says it with an argument.
uses contains {"key": call.name, "path": ["calls", i, "kwargs", name], "set_in": call.name} if {
	some i, call in input.calls
	some name, value in call.kwargs
	enabled(name, value)
}

revisions contains call.kwargs.revision if {
	some call in input.calls
	some name, value in call.kwargs
	enabled(name, value)
	regex.match(`^[0-9a-f]{40}$`, call.kwargs.revision)
}

# An image sets it for what it starts, or uses it while it is built.
uses contains {"key": concat(":", [instruction.Cmd, name]), "path": [i, "Value", n + 1], "set_in": name} if {
	is_array(input)
	some i, instruction in input
	instruction.Cmd == "env"
	some n, name in instruction.Value
	n % 3 == 0
	enabled(name, instruction.Value[n + 1])
}

uses contains {"key": instruction.Cmd, "path": [i, "Value", n], "set_in": upper(instruction.Cmd)} if {
	is_array(input)
	some i, instruction in input
	instruction.Cmd in {"cmd", "entrypoint", "run"}
	some n, text in instruction.Value
	flagged(text)
	not denied_next(instruction.Value, n)
}

# A gateway hands the parameters of a model on.
uses contains {"key": key, "path": ["model_list", i, "litellm_params", name], "set_in": name} if {
	some i, model in settings.items(input.model_list)
	some name, value in settings.items(model.litellm_params)
	enabled(name, value)
	key := concat(":", [object.get(model, "model_name", ""), name])
}

default severity := "critical"

severity := "medium" if {
	count(revisions) > 0
	every revision in revisions { revision in params.reviewed_model_revisions }
}

title := settings.title(input) if {
	input.type
} else := "The image" if {
	is_array(input)
} else := "The gateway" if {
	input.model_list
} else := "The program"

deny contains f if {
	some use in uses
	f := {
		"msg": sprintf("%s runs code that comes with a downloaded model: trust_remote_code is on in %s.", [title, use.set_in]),
		"key": use.key,
		"path": use.path,
		"severity": severity,
		"evidence": {"set_in": use.set_in, "revisions": concat(", ", revisions)},
	}
}
