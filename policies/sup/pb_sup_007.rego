# METADATA
# title: No AI bill of materials / inventory entry for a deployed model
# description: >-
#   A deployed model has no entry in .probity/inventory.yaml (`models`, a list with name, licence, base_model,
#   source and hash), or its entry lacks one of these. Deployed are inference services, SageMaker models, Azure
#   deployments and Model Garden deployments. An entry matches by its name, id or source. Where the repository
#   keeps a bill of materials whose content is not read here (CycloneDX, SPDX), the answer is inconclusive.
# scope: package
# related_resources:
#   - ref: https://cyclonedx.org/capabilities/mlbom/
#     description: CycloneDX machine learning bill of materials
# custom:
#   id: PB-SUP-007
#   version: 1
#   severity: medium
#   scope: repository
#   needs: [resources]
#   resources: named
#   inputs:
#     - git
#     - k8s
#     - tf
#   controls:
#     - "NIST-AI-RMF:GOVERN 1.6"
#     - "NIST-AI-RMF:MAP 4.1"
#     - "ISO42001:A.4.2"
#     - "ATLAS:AML.M0023"
#     - "EU-AIA:25.4"
#     - "OWASP-LLM:LLM03:2025"
#     - "NIST-800-53:CM-8"
#     - "CIS-v8.1:16.4"
#     - "SOC2:CC6.1"
#   remediation: >-
#     Add the model with licence, base model, source and hash to .probity/inventory.yaml.
#   applies_when: >-
#     the repository deploys a model
#   params:
#     - inventory_members
package probity.sup_007

import rego.v1

import data.probity.lib.settings
import data.probity.params

# Where a resource names the model that it deploys; the first name is the one that is shown.
names := {
	"InferenceService": [["metadata", "name"], ["spec", "predictor", "model", "storageUri"]],
	"LLMInferenceService": [["metadata", "name"], ["spec", "model", "name"], ["spec", "model", "uri"]],
	"aws_sagemaker_model": [["name"], ["primary_container", "model_data_url"]],
	"awscc_sagemaker_model": [["model_name"], ["primary_container", "model_data_url"]],
	"google_vertex_ai_endpoint_with_model_garden_deployment": [["publisher_model_name"], ["hugging_face_model_id"]],
	"azurerm_cognitive_deployment": [["model", "name"], ["name"]],
}

# The names of a deployed model, and that of the resource itself.
identifiers(resource) := {place.value |
	some path in names[resource.type]
	some place in settings.places(resource.attributes, path)
	is_string(place.value)
} | {resource.name}

deployed contains resource if {
	some resource in input.resources
	names[resource.type]
}

entries := {i: entry | some i, entry in settings.items(input.records.inventory.models); is_object(entry)}

# Names are compared without case; a source may be given with or without the way to it.
same(one, other) if lower(one) == lower(other)

same(one, other) if endswith(lower(one), concat("", ["/", lower(other)]))

listed(resource) := {i |
	some i, entry in entries
	some member in ["name", "id", "model", "source"]
	is_string(entry[member])
	some identifier in identifiers(resource)
	same(identifier, entry[member])
}

# A name that nobody knows yet may be one of the listed.
unnamed(resource) if {
	count(entries) > 0
	some path in names[resource.type]
	some unknown in resource.unknown
	[step | some step in unknown; is_string(step)] == path
}

deny contains f if {
	some resource in deployed
	count(listed(resource)) == 0
	count(bills) == 0
	not unnamed(resource)
	f := {
		"msg": sprintf("Model %s (%s) has no entry in .probity/inventory.yaml.", [resource.name, resource.type]),
		"resource": resource.subject,
		"key": "inventory",
		"path": [],
		"evidence": {"identifiers": sort(identifiers(resource))},
	}
}

# A bill of materials by its file name.
bills := {path |
	some path, _ in input.files
	regex.match(`(^|[/._-])(ai-?bom|ml-?bom|s?bom)\.(cdx\.|spdx\.)?(json|xml)$|\.(cdx|spdx)\.json$`, lower(path))
}

inconclusive contains f if {
	some resource in deployed
	count(listed(resource)) == 0
	count(bills) == 0
	unnamed(resource)
	f := {
		"msg": sprintf("Whether model %s (%s) is in the inventory depends on a name that is not known.", [
			resource.name, resource.type,
		]),
		"resource": resource.subject,
		"key": "inventory",
		"path": [],
		"evidence": {"identifiers": sort(identifiers(resource))},
	}
}

inconclusive contains f if {
	some resource in deployed
	count(listed(resource)) == 0
	count(bills) > 0
	f := {
		"msg": sprintf("Whether model %s (%s) is in the bill of materials %s is not read here.", [
			resource.name, resource.type, min(bills),
		]),
		"resource": resource.subject,
		"key": "inventory",
		"path": [],
		"evidence": {"bills": sort(bills)},
	}
}

lacking(entry) := {members[0] |
	some members in params.inventory_members
	every member in members { not settings.given(object.get(entry, member, null)) }
}

deny contains f if {
	used := {i | some resource in deployed; some i in listed(resource)}
	some i in used
	missing := sort(lacking(entries[i]))
	count(missing) > 0
	f := {
		"msg": sprintf("The inventory entry of model %s lacks %s.", [title(entries[i]), concat(", ", missing)]),
		"resource": "document:.probity/inventory.yaml",
		"key": concat(":", ["entry", title(entries[i])]),
		"path": ["models", i],
		"evidence": {"missing": missing},
	}
}

title(entry) := [entry[member] | some member in ["name", "id", "model", "source"]; entry[member]][0]

not_applicable contains {"msg": "the repository deploys no model", "key": "", "path": [], "evidence": {}} if {
	count(deployed) == 0
}
