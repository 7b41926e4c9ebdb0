# METADATA
# title: Cross-region inference lets EU prompts leave the region
# description: >-
#   A model is called through a profile or a deployment type that may answer from regions which the system does not
#   allow: a geographic inference or guardrail profile of Bedrock, a global or data-zone deployment on Azure, the
#   location global on Vertex AI. Allowed are the regions of the system's record, of its data classes or of the
#   organisation; where none are declared, what runs in the European Union must stay there. A profile of a geography
#   in which an allowed region lies is accepted. In source code it is a question for a person.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/cross-region-inference.html
#     description: Increase throughput with cross-Region inference
#   - ref: https://learn.microsoft.com/en-us/azure/ai-foundry/foundry-models/concepts/deployment-types
#     description: Deployment types of Azure models
# custom:
#   id: PB-RES-002
#   version: 1
#   severity: high
#   scope: [module, repository]
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#   inputs: [tf, cfn, llmgw, code]
#   controls:
#     - "GDPR:44"
#     - "GDPR:30.1.e"
#     - "EU-AIA:26.1"
#     - "ISO42001:A.10.3"
#     - "NIST-AI-RMF:MAP 4.1"
#     - "SOC2:CC6.7"
#   remediation: >-
#     Call the model in an allowed region, or through a profile or data zone of that geography (eu. on Bedrock).
#   applies_when: >-
#     regions are declared for the system or the organisation, or the resource runs in the European Union
#   params:
#     - allowed_regions
#     - allowed_regions_by_data_class
#     - region_groups
#     - inference_geographies
#     - bedrock_vendors
#     - azure_global_skus
#     - azure_zone_skus
package probity.res_002

import rego.v1

import data.probity.lib.gateway
import data.probity.lib.regions
import data.probity.lib.reading
import data.probity.params

# The geography of a profile: us.anthropic.claude-3-haiku, also at the end of an ARN or behind a provider.
geography(text) := match[1] if {
	is_string(text)
	contains(text, ".")
	match := regex.find_all_string_submatch_n(profile, text, 1)[0]
}

profile := sprintf(
	`(?:^|[/:])(us-gov|us|eu|apac|jp|au|ca|global)\.(?:%s)\.[A-Za-z0-9.:_-]+$`,
	[concat("|", params.bedrock_vendors)],
)

# The same within other text: few files have any, and to look at every value takes long.
anywhere := sprintf(`[a-z]\.(?:%s)\.`, [concat("|", params.bedrock_vendors)])

calling_prefixes := ["aws_bedrock", "awscc_bedrock", "AWS::Bedrock", "aws_lambda_function", "AWS::Lambda::Function"]

# What a resource of this root calls: where it says so and how far its requests may go.
crossings contains {"resource": r, "path": path, "value": text, "reach": reach} if {
	some r in resources
	some prefix in calling_prefixes
	startswith(r.type, prefix)
	walk(r.attributes, [path, text])
	reach := object.get(params.inference_geographies, geography(text), [])
}

crossings contains {"resource": r, "path": reading.where(r, sku, "name"), "value": sku.body.name, "reach": []} if {
	some r in resources
	r.type == "azurerm_cognitive_deployment"
	some sku in reading.blocks(r, reading.whole(r), "sku")
	sku.body.name in params.azure_global_skus
}

crossings contains {"resource": r, "path": reading.where(r, sku, "name"), "value": sku.body.name, "reach": reach} if {
	some r in resources
	some sku in zoned(r)
	some account in accounts(r)
	reach := zone(account)
}

crossings contains {"resource": r, "path": ["location"], "value": "global", "reach": []} if {
	some r in resources
	some prefix in ["google_vertex_ai_", "google_discovery_engine_"]
	startswith(r.type, prefix)
	r.attributes.location == "global"
}

resources := [r | not input.documents; some r in input.resources]

zoned(r) := [sku |
	r.type == "azurerm_cognitive_deployment"
	some sku in reading.blocks(r, reading.whole(r), "sku")
	sku.body.name in params.azure_zone_skus
]

accounts(r) := {account |
	some account in resources
	account.type == "azurerm_cognitive_account"
	reading.points(r, reading.whole(r), "cognitive_account_id", account, "id")
	is_string(account.attributes.location)
}

# The zone of an account is the group of regions that it stands in.
zone(account) := params.region_groups[name] if {
	some name in ["eu", "us"]
	regions.within(account.attributes.location, regions.expanded([name]))
}

# What must not be left: the declared regions, else the European Union for what runs there.
bounds(system, _) := {"by": regions.by_whom(system.id), "regions": allowed} if {
	allowed := regions.allowed(system)
	count(allowed) > 0
}

bounds(system, homes) := {"by": "the European Union", "regions": european} if {
	count(regions.allowed(system)) == 0
	some home in homes
	regions.within(home, european)
}

european := regions.expanded(["eu"])

# Where the resource runs, as far as it or its provider says so.
homes(r) := {region |
	some path in [["attributes", "region"], ["attributes", "location"], ["provider", "config", "region"]]
	region := object.get(r, path, null)
	is_string(region)
}

stays(reach, allowed) if {
	some pattern in reach
	some region in allowed
	regions.matches(pattern, region)
}

stays(_, allowed) if "*" in allowed

names_of(path) := concat(".", [step | some step in path; is_string(step)])

message(who, value, bound) := sprintf("%s uses %s, which may answer from regions outside those that %s allows.", [
	who,
	value,
	bound.by,
])

finding(crossing, who, system, bound) := {
	"msg": message(who, crossing.value, bound),
	"key": concat(":", [names_of(crossing.path), system.id]),
	"path": crossing.path,
	"evidence": {"value": crossing.value, "system": system.id, "reach": crossing.reach},
}

deny contains object.union(finding(crossing, r.address, system, bound), {"resource": r.subject}) if {
	some crossing in crossings
	r := crossing.resource
	some system in regions.owners(r.systems)
	bound := bounds(system, places_of(r))
	not stays(crossing.reach, bound.regions)
}

# A deployment on Azure stands where its account does.
places_of(r) := homes(r) | {account.attributes.location | some account in accounts(r)}

inconclusive contains f if {
	some r in resources
	some sku in zoned(r)
	count({account | some account in accounts(r); zone(account)}) == 0
	some system in regions.owners(r.systems)
	bound := bounds(system, homes(r))
	f := {
		"msg": sprintf("Deployment %s stays in the data zone of its account, whose location cannot be seen.", [r.address]),
		"resource": r.subject,
		"key": concat(":", ["zone", system.id]),
		"path": reading.where(r, sku, "name"),
		"evidence": {"value": sku.body.name, "system": system.id, "bound": bound.by},
	}
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(crossings) > 0
	every crossing in crossings { unbound(crossing.resource) }
	reason := "no allowed regions are declared, and nothing that calls a model runs in the European Union"
}

unbound(r) if {
	every system in regions.owners(r.systems) { not bounds(system, places_of(r)) }
}

# The models that a gateway calls.
gateways contains {"document": document, "model": model, "path": path, "value": text, "reach": reach} if {
	some document in input.documents
	document.kind == "litellm"
	some model in gateway.models(document.value)
	text := model.params.model
	path := array.concat(model.path, ["model"])
	reach := object.get(params.inference_geographies, geography(text), [])
}

gateways contains {"document": document, "model": model, "path": path, "value": "global", "reach": []} if {
	some document in input.documents
	document.kind == "litellm"
	some model in gateway.models(document.value)
	model.params.vertex_location == "global"
	path := array.concat(model.path, ["vertex_location"])
}

deny contains f if {
	some crossing in gateways
	some system in regions.owners(regions.owning(input.systems, crossing.document.path))
	bound := bounds(system, regions.texts(object.get(crossing.model.params, "aws_region_name", null)))
	not stays(crossing.reach, bound.regions)
	f := object.union(
		finding(crossing, sprintf("The gateway's model %s", [crossing.model.name]), system, bound),
		{
			"resource": crossing.document.subject,
			"key": concat(":", [crossing.model.name, system.id]),
		},
	)
}

# The literal arguments of the calls in source code.
called contains {"document": document, "call": call.name, "path": path, "value": text, "reach": reach} if {
	some document in input.documents
	document.kind == "python"
	regex.match(anywhere, json.marshal(document.value.calls))
	some i, call in document.value.calls
	walk({"args": object.get(call, "args", []), "kwargs": object.get(call, "kwargs", {})}, [inner, text])
	reach := object.get(params.inference_geographies, geography(text), [])
	path := array.concat(["calls", i], inner)
}

# The same id in one file is one question, shown where it comes first.
paths_of[asked] contains crossing.path if {
	some crossing in called
	asked := question(crossing)
}

question(crossing) := concat("\n", [crossing.document.path, crossing.value])

review contains f if {
	some crossing in called
	crossing.path == min(paths_of[question(crossing)])
	some system in regions.owners(regions.owning(input.systems, crossing.document.path))
	bound := bounds(system, set())
	not stays(crossing.reach, bound.regions)
	f := object.union(
		finding(crossing, sprintf("The call %s", [crossing.call]), system, bound),
		{
			"resource": crossing.document.subject,
			"key": concat(":", [crossing.value, system.id]),
		},
	)
}
