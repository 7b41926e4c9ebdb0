# METADATA
# title: AI resource without owner/system/risk tags
# description: >-
#   An AI resource lacks tags, or a Kubernetes object labels, that say which system it belongs to, who owns it and how
#   sensitive it is. Default tags of the provider count; tags that are given to a whole stack when it is deployed cannot
#   be seen. Types without tags in their schema are not applicable. Values are compared only where a list of them is set:
#   by default for the class of risk.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html
#     description: AWS Security Hub controls for SageMaker
# custom:
#   id: PB-GOV-001
#   version: 2
#   severity: medium
#   scope: resource
#   selects:
#     - "aws_sagemaker_*"
#     - "aws_bedrock*"
#     - "azurerm_ai_*"
#     - azurerm_cognitive_account
#     - "azurerm_machine_learning_*"
#     - azurerm_search_service
#     - "google_colab_*"
#     - "google_vertex_ai_*"
#     - google_workbench_instance
#     - "awscc_sagemaker_*"
#     - "awscc_bedrock*"
#     - "AWS::SageMaker::*"
#     - "AWS::Bedrock*"
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
#     - TrainJob
#   inputs: [tf, cfn, k8s]
#   controls:
#     - "NIST-AI-RMF:GOVERN 1.6"
#     - "NIST-AI-RMF:GOVERN 2.1"
#     - "ISO42001:A.4.2"
#     - "ISO42001:A.3.2"
#     - "EU-AIA:17.1.m"
#     - "SOC2:CC6.1"
#     - "NIST-800-53:CM-8"
#     - "CIS-v8.1:1.1"
#     - "OECD:1.5"
#   remediation: >-
#     Add default_tags to the provider, or the missing tags to the resource.
#   aliases:
#     - SageMaker.6
#     - SageMaker.7
#   params:
#     - allowed_tag_values
#     - required_tags
#     - taggable_types
#     - untaggable_types
package probity.gov_001

import rego.v1

import data.probity.lib.pods
import data.probity.lib.tags
import data.probity.lib.terraform
import data.probity.params

a := input.attributes

# Types of hashicorp's and Google's providers have tags where they are listed, the others unless they are.
default taggable := false

taggable if input.type in params.taggable_types

taggable if {
	derived
	not input.type in params.untaggable_types
}

derived if startswith(input.type, "AWS::")

derived if startswith(input.type, "awscc_")

derived if input.system == "kubernetes"

# A map that cannot be read is no evidence that a key is missing from it.
unreadable contains name if {
	some name in ["tags_all", "tags", "labels", "Tags"]
	value := a[name]
	not container(value)
	value != null
}

given := tags.of(a)

keys := terraform.tag_keys(object.keys(given))

present := {keys[name] |
	some name, value in given
	not value in {null, ""}
}

missing := [key |
	required := params.required_tags
	plain := terraform.tag_keys(required)
	some key in required
	not plain[key] in present
]

path := ["metadata", "labels"] if {
	is_object(a.metadata.labels)
} else := ["metadata"] if {
	is_object(a.metadata)
} else := [first] if {
	first := [name | some name in ["tags", "labels", "tags_all", "Tags"]; container(a[name])][0]
} else := []

container(value) if is_object(value)

container(value) if is_array(value)

title := pods.title(input) if {
	input.system == "kubernetes"
} else := input.address

kind := "labels" if {
	input.system == "kubernetes"
} else := "tags"

deny contains f if {
	taggable
	count(unreadable) == 0
	count(missing) > 0
	f := {
		"msg": sprintf("%s lacks the %s %s.", [title, kind, concat(", ", missing)]),
		"key": "",
		"path": path,
		"evidence": {"missing": concat(", ", missing), "present": concat(", ", sort(object.keys(given)))},
	}
}

deny contains f if {
	taggable
	some key, values in params.allowed_tag_values
	plain := terraform.tag_key(key)
	value := min({text | some name, text in given; keys[name] == plain; is_string(text); text != ""})
	not lower(value) in values
	f := {
		"msg": sprintf("%s has the value %s for %s, which is none of %s.", [title, value, key, concat(", ", values)]),
		"key": key,
		"path": path,
		"evidence": {"key": key, "value": value},
	}
}

inconclusive contains f if {
	taggable
	count(missing) > 0
	some name in unreadable
	f := {
		"msg": sprintf("The tags of %s cannot be read from the repository.", [title]),
		"key": "",
		"path": [name],
		"evidence": {"attribute": name},
	}
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	not taggable
	reason := sprintf("resources of type %s carry no tags", [input.type])
}
