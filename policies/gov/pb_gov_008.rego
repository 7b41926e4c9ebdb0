# METADATA
# title: Third-party model provider without supplier record
# description: >-
#   A model of somebody else is used, and `.probity/suppliers.yaml` has no record of them, or the record leaves out the
#   data processing agreement, the opt-out of training, the region or the date of its review, or that date is more than a
#   year old. The file holds `suppliers`, a mapping by name or a list of records with `name`. Used are the providers in a
#   LiteLLM configuration and the publishers of models of Bedrock, Azure and Vertex AI; the record of the platform counts
#   as well. Models that run on own hosts are left out. A name that tells no provider is inconclusive.
# scope: package
# related_resources:
#   - ref: https://docs.litellm.ai/docs/providers
#     description: "LiteLLM: providers"
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: Regulation (EU) 2016/679 (GDPR), Article 28
# custom:
#   id: PB-GOV-008
#   version: 1
#   severity: medium
#   scope: repository
#   resources: named
#   inputs: [llmgw, tf, git]
#   controls:
#     - "GDPR:28.3"
#     - "EU-AIA:25.4"
#     - "NIST-AI-RMF:GOVERN 6.1"
#     - "NIST-AI-RMF:MANAGE 3.1"
#     - "ISO42001:A.10.3"
#     - "ISO42001:A.10.2"
#     - "SOC2:CC9.2"
#     - "NIST-800-53:SR-3"
#     - "CCPA-REGS:7051"
#   remediation: >-
#     Add the provider to .probity/suppliers.yaml.
#   applies_when: >-
#     a model of a third party is used
#   aliases:
#     - AISF-DATA-06
#   params:
#     - assessment_max_age_days
#     - local_hosts
#     - model_publishers
#     - self_hosted_providers
#     - supplier_aliases
#     - supplier_fields
package probity.gov_008

import rego.v1

import data.probity.lib.cards
import data.probity.lib.dates
import data.probity.lib.shape
import data.probity.lib.terraform
import data.probity.params

suppliers_file := "document:.probity/suppliers.yaml"

publisher(model) := [entry.provider | some entry in params.model_publishers; regex.match(entry.pattern, model)][0]

# Which provider serves a model of a gateway: the part before the slash, else the publisher that its name tells.
provider(model) := lower(split(model, "/")[0]) if {
	contains(model, "/")
} else := publisher(model)

# A platform that serves models of others: the publisher is the supplier, the platform one of their names.
served(model) := name if {
	lower(split(model, "/")[0]) in {"bedrock", "vertex_ai", "azure_ai", "sagemaker"}
	name := publisher(model)
} else := provider(model)

local(settings) if lower(split(settings.model, "/")[0]) in params.self_hosted_providers

local(settings) if regex.match(params.local_hosts, settings.api_base)

# LiteLLM

gateway contains {"subject": document.subject, "path": ["model_list", i, "litellm_params", "model"], "model": settings.model} if {
	some document in input.documents
	document.kind == "litellm"
	some i, entry in shape.member(document.value, "model_list")
	settings := entry.litellm_params
	is_string(settings.model)
	not local(settings)
}

uses contains {"provider": name, "subject": found.subject, "path": found.path, "model": found.model} if {
	some found in gateway
	name := served(found.model)
	name != "*"
}

# Attributes that name a model of a platform.
attributes := {
	"aws_bedrockagent_agent": "foundation_model",
	"awscc_bedrock_agent": "foundation_model",
	"AWS::Bedrock::Agent": "FoundationModel",
	"aws_bedrock_custom_model": "base_model_identifier",
	"google_vertex_ai_endpoint_with_model_garden_deployment": "publisher_model_name",
}

named contains {"subject": resource.subject, "path": [attribute], "model": resource.attributes[attribute]} if {
	some resource in input.resources
	attribute := attributes[resource.type]
	is_string(resource.attributes[attribute])
}

named contains {"subject": resource.subject, "path": array.concat(path, ["name"]), "model": model} if {
	some resource in input.resources
	resource.type == "azurerm_cognitive_deployment"
	some i, body in terraform.blocks(resource.attributes, "model")
	path := terraform.block_path(resource.attributes, "model", i)
	model := sprintf("%s/%s", [object.get(body, "format", ""), object.get(body, "name", "")])
}

uses contains {"provider": publisher(found.model), "subject": found.subject, "path": found.path, "model": found.model} if {
	some found in named
}

# Records of suppliers, by name.

plain(name) := regex.replace(lower(name), `[^a-z0-9]`, "")

declared := input.records.suppliers.suppliers

records[name] := {"record": record, "path": ["suppliers", name]} if {
	is_object(declared)
	some name, record in declared
}

records[name] := {"record": record, "path": ["suppliers", i]} if {
	is_array(declared)
	some i, record in declared
	name := label(i)
	count([j | some j, _ in declared; j < i; label(j) == name]) == 0
}

label(i) := object.get(declared[i], "name", object.get(declared[i], "id", sprintf("%d", [i])))

accepted(provider_name) := {plain(name) | some name in object.get(params.supplier_aliases, provider_name, [])} | {plain(provider_name)}

recorded(provider_name) := {name | some name, _ in records; plain(name) in accepted(provider_name)}

providers := {use.provider | some use in uses}

deny contains f if {
	some name in providers
	count(recorded(name)) == 0
	places := sort([[use.subject, use.path, use.model] | some use in uses; use.provider == name])
	[subject, path, model] := places[0]
	f := {
		"msg": sprintf("Provider %s of model %s has no record in .probity/suppliers.yaml.", [name, model]),
		"resource": subject,
		"key": name,
		"path": path,
		"evidence": {"provider": name, "models": concat(", ", sort({place[2] | some place in places}))},
	}
}

used_records := union({recorded(name) | some name in providers})

lacking(record) := concat(", ", [field.name |
	some field in params.supplier_fields
	count([key | some key in field.keys; cards.filled(object.get(record, key, ""))]) == 0
])

deny contains f if {
	some name in used_records
	found := records[name]
	missing := lacking(found.record)
	missing != ""
	f := {
		"msg": sprintf("The record of supplier %s leaves out %s.", [name, missing]),
		"resource": suppliers_file,
		"key": sprintf("fields:%s", [name]),
		"path": found.path,
		"evidence": {"supplier": name, "missing": missing},
	}
}

deny contains f if {
	some name in used_records
	found := records[name]
	some key in ["review_date", "reviewed_at"]
	date := found.record[key]
	dates.older(date, params.assessment_max_age_days, input.now)
	f := {
		"msg": sprintf("The record of supplier %s was last reviewed on %s.", [name, date]),
		"resource": suppliers_file,
		"key": sprintf("review:%s", [name]),
		"path": array.concat(found.path, [key]),
		"evidence": {"supplier": name, "date": date},
	}
}

# A name that tells no provider.
unclear contains found if {
	some found in gateway
	not known(found)
}

unclear contains found if {
	some found in named
	not publisher(found.model)
}

known(found) if served(found.model) != "*"

inconclusive contains f if {
	some found in unclear
	f := {
		"msg": sprintf("Which provider serves model %s cannot be told from its name.", [found.model]),
		"resource": found.subject,
		"key": sprintf("model:%s", [found.model]),
		"path": found.path,
		"evidence": {"model": found.model},
	}
}

not_applicable contains {"msg": "no model of a third party is used", "key": "", "path": [], "evidence": {}} if {
	count(gateway) + count(named) == 0
}
