# METADATA
# title: AI resource or model call outside allowed regions
# description: >-
#   An AI resource runs, or a model is called, in a region that is not allowed for its system: the regions of the
#   system's record, else those of its data classes, else those of the organisation. The region is the resource's
#   own, that of its provider, of an ARN in it, or of a node selector; a template of CloudFormation says none. The
#   location global is PB-RES-002's. Where regions are declared and none can be found the result is inconclusive.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: Regulation (EU) 2016/679 (GDPR), Articles 44 to 49
# custom:
#   id: PB-RES-001
#   version: 1
#   severity: critical
#   scope: [resource, repository]
#   selects:
#     - "aws_sagemaker_*"
#     - "aws_bedrock*"
#     - "awscc_sagemaker_*"
#     - "awscc_bedrock*"
#     - "AWS::SageMaker::*"
#     - "AWS::Bedrock*"
#     - "google_vertex_ai_*"
#     - google_workbench_instance
#     - "google_colab_*"
#     - azurerm_cognitive_account
#     - "azurerm_ai_*"
#     - "azurerm_machine_learning_*"
#     - azurerm_search_service
#     - InferenceService
#     - LLMInferenceService
#     - RayCluster
#     - RayJob
#     - RayService
#     - PyTorchJob
#     - TFJob
#     - MPIJob
#     - XGBoostJob
#     - Notebook
#   inputs: [tf, cfn, k8s, llmgw]
#   controls:
#     - "GDPR:44"
#     - "GDPR:46.1"
#     - "GDPR:30.1.e"
#     - "CCPA:1798.100(c)"
#     - "EU-AIA:10.5.d"
#     - "ISO42001:A.4.3"
#     - "SOC2:C1.1"
#     - "NIST-800-53:SA-9"
#     - "NIST-AI-RMF:MAP 4.1"
#   remediation: >-
#     Move the resource or the call to an allowed region, or record the transfer mechanism in a waiver.
#   applies_when: >-
#     regions are declared: in the system's record, in allowed_regions_by_data_class or in allowed_regions
#   params:
#     - allowed_regions
#     - allowed_regions_by_data_class
#     - region_groups
package probity.res_001

import rego.v1

import data.probity.lib.gateway
import data.probity.lib.pods
import data.probity.lib.regions

resource_ if input.attributes

# Where the resource says that it runs, each with the path that says so.
places contains {"region": region, "path": [name]} if {
	input.system == "terraform"
	some name in own_names
	not [name] in input.unknown
	region := input.attributes[name]
	stated(region)
}

own_names := ["region", "location", "zone"]

places contains {"region": region, "path": []} if {
	input.system == "terraform"
	not own_place
	some name in ["region", "zone"]
	region := input.provider.config[name]
	stated(region)
	numbered(region)
}

# Regions of Amazon and Google end in a number, which a placeholder for an unknown one does not.
numbered(region) if regex.match(`^[a-z]+(-[a-z]+)+-?[0-9]+(-[a-z])?$`, region)

own_place if {
	some name in own_names
	is_string(input.attributes[name])
}

# Which one it is only becomes known at apply.
open_place if {
	some name in own_names
	[name] in input.unknown
}

places contains {"region": region, "path": path} if {
	input.system in {"terraform", "cloudformation"}
	walk(input.attributes, [path, text])
	is_string(text)
	region := regions.of_text(text)
}

# Kubernetes: the label of a node's region, as a selector.
places contains {"region": region, "path": array.concat(place.path, ["nodeSelector", label])} if {
	input.system == "kubernetes"
	some place in pods.places(input.attributes)
	some label in ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"]
	region := object.get(input.attributes, array.concat(place.path, ["nodeSelector", label]), null)
	stated(region)
}

stated(region) if {
	is_string(region)
	not regions.plain(region) in {"", "global"}
}

title := sprintf("%s %s", [input.type, input.name]) if {
	input.system == "kubernetes"
} else := input.address

# The systems of the resource for which regions are declared, with these.
bounds := [{"system": system, "allowed": allowed} |
	resource_
	some system in regions.owners(input.systems)
	allowed := regions.allowed(system)
	count(allowed) > 0
]

finding(bound, region, path, what) := {
	"msg": sprintf("%s in %s, which is not among the regions that %s allows.", [
		what,
		region,
		regions.by_whom(bound.system.id),
	]),
	"key": concat(":", ["region", bound.system.id]),
	"path": path,
	"evidence": {"region": regions.plain(region), "allowed": sort(bound.allowed), "system": bound.system.id},
}

# One finding for each region: the shortest path that leads to it.
nearest[region] := min(paths) if {
	some region in {place.region | some place in places}
	paths := {place.path | some place in places; place.region == region}
}

deny contains f if {
	some bound in bounds
	some region, path in nearest
	not regions.within(region, bound.allowed)
	f := object.union(
		finding(bound, region, path, sprintf("%s runs or calls a model", [title])),
		{"key": concat(":", ["region", bound.system.id, join_path(path)])},
	)
}

# Positions in a list move; names do not.
join_path(path) := concat(".", [step | some step in path; is_string(step)])

# A provider that takes its region from the environment.
inconclusive contains f if {
	some bound in bounds
	unseen
	f := {
		"msg": sprintf("The region of %s cannot be seen: neither it nor its provider names one.", [title]),
		"key": concat(":", ["region", bound.system.id]),
		"path": [],
		"evidence": {"system": bound.system.id},
	}
}

unseen if {
	input.system == "terraform"
	open_place
}

unseen if {
	input.system == "terraform"
	regional
	count(places) == 0
}

# What always stands in a region of its own: the parts of an Azure account have their account's.
regional if {
	some prefix in ["aws_", "awscc_", "google_"]
	startswith(input.type, prefix)
	not global
}

global if {
	some name in own_names
	regions.plain(input.attributes[name]) == "global"
}

not_applicable contains f if {
	resource_
	count(bounds) == 0
	f := {"msg": "no allowed regions are declared for it", "key": "", "path": [], "evidence": {}}
}

# The models that a gateway calls.
models contains {"document": document, "name": model.name, "params": model.params, "path": model.path} if {
	some document in input.documents
	document.kind == "litellm"
	some model in gateway.models(document.value)
}

calls contains {"model": model, "path": array.concat(model.path, [name]), "region": region} if {
	some model in models
	some name in ["aws_region_name", "vertex_location"]
	region := model.params[name]
	stated(region)
	not gateway.elsewhere(region)
}

calls contains {"model": model, "path": array.concat(model.path, [name]), "region": region} if {
	some model in models
	some name in ["api_base", "model"]
	region := regions.of_text(model.params[name])
}

deny contains f if {
	some call in calls
	some system in regions.owners(regions.owning(input.systems, call.model.document.path))
	bound := {"system": system, "allowed": regions.allowed(system)}
	count(bound.allowed) > 0
	not regions.within(call.region, bound.allowed)
	f := object.union(
		finding(bound, call.region, call.path, sprintf("The gateway calls model %s", [call.model.name])),
		{"resource": call.model.document.subject, "key": concat(":", ["region", system.id, call.model.name])},
	)
}
