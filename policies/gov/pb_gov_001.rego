# METADATA
# title: AI resource without owner/system/risk tags
# description: >-
#   An AI resource lacks tags that say which system it belongs to, who owns it and how sensitive it is. Default
#   tags of the provider count. Types without tags in their provider schema are not applicable. The values are not
#   compared with a list: organisations name their classes differently.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html
#     description: AWS Security Hub controls for SageMaker
# custom:
#   id: PB-GOV-001
#   version: 1
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
#     - required_tags
#     - taggable_types
package probity.gov_001

import rego.v1

import data.probity.lib.terraform
import data.probity.params

a := input.attributes

# labels on Google, tags elsewhere; tags_all holds the default tags of the provider.
attributes := ["tags_all", "tags", "labels"]

taggable if input.type in params.taggable_types

# A map that cannot be read is no evidence that a key is missing from it.
unreadable contains name if {
	some name in attributes
	terraform.unreadable(a, name)
}

present := {terraform.tag_key(key) |
	some key, value in terraform.tags(a)
	not value in {null, ""}
}

missing := [key | some key in params.required_tags; not terraform.tag_key(key) in present]

path := [name] if {
	some name in ["tags", "labels", "tags_all"]
	name == [n | some n in ["tags", "labels", "tags_all"]; is_object(a[n])][0]
} else := []

deny contains f if {
	taggable
	count(unreadable) == 0
	count(missing) > 0
	f := {
		"msg": sprintf("%s lacks the tags %s.", [input.address, concat(", ", missing)]),
		"key": "",
		"path": path,
		"evidence": {"missing": concat(", ", missing), "present": concat(", ", sort(object.keys(terraform.tags(a))))},
	}
}

inconclusive contains f if {
	taggable
	count(missing) > 0
	some name in unreadable
	f := {
		"msg": sprintf("The tags of %s cannot be read from the repository.", [input.address]),
		"key": "",
		"path": [name],
		"evidence": {"attribute": name},
	}
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	not taggable
	reason := sprintf("resources of type %s carry no tags", [input.type])
}
