# METADATA
# title: trust_remote_code enabled
# description: >-
#   A model server or a training job runs Python code that comes with a model it downloads. Only uses count:
#   container arguments, commands and environment variables, hyperparameters. Descriptions, schemas and a flag set
#   to false do not. A revision that is pinned and listed as reviewed lowers the severity to medium.
# scope: package
# related_resources:
#   - ref: https://huggingface.co/docs/transformers/custom_models
#     description: "Transformers: custom models and trust_remote_code"
# custom:
#   id: PB-SUP-002
#   version: 1
#   severity: critical
#   scope: resource
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
import data.probity.lib.terraform
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

truthy(value) if {
	is_string(value)
	lower(trim(value, "\"' ")) in {"true", "1", "yes", "on"}
}

switch(name) if regex.match(`(?i)^([a-z0-9]+[_-])*trust[_-]remote[_-]code$`, name)

# A flag without a value may have it in the next element of the list.
uses contains {"key": key, "path": array.concat(found.path, [list, i]), "set_in": list} if {
	some found in containers
	some list in ["command", "args"]
	some i, text in found.container[list]
	is_string(text)
	flagged(text)
	not denied_next(found.container[list], i)
	key := concat(":", [found.key, list])
}

denied_next(words, i) if {
	regex.match(`--trust[-_]remote[-_]code$`, words[i])
	is_string(words[i + 1])
	falsy(words[i + 1])
}

containers contains found if {
	input.system == "kubernetes"
	some found in pods.containers(input.attributes)
}

uses contains {"key": key, "path": array.concat(found.path, ["env", i, "value"]), "set_in": entry.name} if {
	some found in containers
	some i, entry in found.container.env
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

maps contains {"map": map, "path": array.concat(path, ["environment"]), "key": key} if {
	input.type == "aws_sagemaker_model"
	some block in ["primary_container", "container"]
	some i, body in terraform.blocks(input.attributes, block)
	map := body.environment
	path := terraform.block_path(input.attributes, block, i)
	key := concat(".", [block, object.get(body, "container_hostname", "environment")])
}

uses contains {"key": concat(":", [place.key, name]), "path": array.concat(place.path, [name]), "set_in": name} if {
	some place in maps
	some name, value in place.map
	enabled(name, value)
}

# The commits that the same container, or the same map of variables, names as a revision.
revisions contains hash if {
	some found in containers
	some list in ["command", "args"]
	text := concat(" ", [word | some word in found.container[list]; is_string(word)])
	some match in regex.find_all_string_submatch_n(`--(?:code-)?revision[= ]([0-9a-f]{40})`, text, -1)
	hash := match[1]
}

revisions contains value if {
	some place in maps
	some name, value in place.map
	regex.match(`(?i)(^|_)revision$`, name)
	regex.match(`^[0-9a-f]{40}$`, value)
}

default severity := "critical"

severity := "medium" if {
	count(revisions) > 0
	every revision in revisions { revision in params.reviewed_model_revisions }
}

title := pods.title(input) if {
	input.system == "kubernetes"
} else := input.address

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
