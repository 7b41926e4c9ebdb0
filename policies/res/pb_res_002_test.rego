package probity.res_002_test

import rego.v1

import data.probity.res_002

assistant := {"id": "assistant", "regions": ["eu"], "paths": ["llm", "src/**"]}

resource(type, attributes, more) := object.union({
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]), "systems": [assistant],
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}, more)

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

agent(model) := resource("aws_bedrockagent_agent", {"foundation_model": model}, {})

found := {[f.key, f.path] | some f in res_002.deny}

profile := "us.anthropic.claude-3-5-sonnet-20240620-v1:0"

test_in_region_model_passes if {
	every model in [
		"anthropic.claude-3-5-sonnet-20240620-v1:0",
		"eu.anthropic.claude-3-5-sonnet-20240620-v1:0",
		"arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
		"us.example.com",
		"",
	] {
		res_002.deny == set() with input as root([agent(model)])
		res_002.not_applicable == set() with input as root([agent(model)])
	}
}

test_profile_of_another_geography if {
	case := root([agent(profile)])
	res_002.deny == {{
		"msg": concat("", [
			"aws_bedrockagent_agent.x uses us.anthropic.claude-3-5-sonnet-20240620-v1:0, ",
			"which may answer from regions outside those that system assistant allows.",
		]),
		"resource": "terraform:infra//aws_bedrockagent_agent.x",
		"key": "foundation_model:assistant",
		"path": ["foundation_model"],
		"evidence": {"value": profile, "system": "assistant", "reach": ["us-*"]},
	}} with input as case
	every model in ["apac.amazon.nova-pro-v1:0", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "us-gov.anthropic.claude-3-haiku-20240307-v1:0"] {
		count(res_002.deny) == 1 with input as root([agent(model)])
	}
}

test_profile_that_is_copied if {
	copied := {"model_source": [{"copy_from": "arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-pro-v1:0"}]}
	case := root([resource("aws_bedrock_inference_profile", copied, {})])
	found == {["model_source.copy_from:assistant", ["model_source", 0, "copy_from"]]} with input as case
}

test_guardrail_profile if {
	crossing := {"cross_region_config": [{"guardrail_profile_identifier": "us.guardrail.v1:0"}]}
	case := root([resource("aws_bedrock_guardrail", crossing, {})])
	found == {[
		"cross_region_config.guardrail_profile_identifier:assistant",
		["cross_region_config", 0, "guardrail_profile_identifier"],
	]} with input as case
}

test_function_and_template if {
	variables := {"environment": [{"variables": {"MODEL_ID": profile}}]}
	found == {["environment.variables.MODEL_ID:assistant", ["environment", 0, "variables", "MODEL_ID"]]} with input as root([
		resource("aws_lambda_function", variables, {}),
		resource("aws_ssm_parameter", {"value": profile}, {}),
	])
	template := {"system": "cloudformation", "root": "t.yaml", "resources": [{
		"system": "cloudformation", "type": "AWS::Bedrock::Agent", "address": "A", "systems": [assistant], "references": [],
		"subject": "cloudformation:t.yaml//A", "unknown": [], "attributes": {"FoundationModel": profile},
	}]}
	found == {["FoundationModel:assistant", ["FoundationModel"]]} with input as template
}

# The eu. profile stays in the European Union; a profile of one's own geography is right anywhere.
test_profile_of_the_own_geography_passes if {
	american := object.union(agent(profile), {"systems": [{"id": "us", "regions": ["us-east-1"]}]})
	res_002.deny == set() with input as root([american])
	anywhere := object.union(agent("global.amazon.nova-pro-v1:0"), {"systems": [{"id": "any", "regions": ["*"]}]})
	res_002.deny == set() with input as root([anywhere])
}

test_nothing_declared if {
	free := {"systems": []}
	abroad := object.union(agent(profile), object.union(free, {"provider": {"config": {"region": "us-east-1"}}}))
	res_002.deny == set() with input as root([abroad])
	res_002.not_applicable == {{
		"msg": "no allowed regions are declared, and nothing that calls a model runs in the European Union",
		"key": "",
		"path": [],
		"evidence": {},
	}} with input as root([abroad])
	european := object.union(agent(profile), object.union(free, {"provider": {"config": {"region": "eu-central-1"}}}))
	{[f.key, f.msg] | some f in res_002.deny} == {[
		"foundation_model:",
		concat("", [
			"aws_bedrockagent_agent.x uses us.anthropic.claude-3-5-sonnet-20240620-v1:0, ",
			"which may answer from regions outside those that the European Union allows.",
		]),
	]} with input as root([european])
	res_002.not_applicable == set() with input as root([european, abroad])
	british := object.union(agent(profile), object.union(free, {"provider": {"config": {"region": "eu-west-2"}}}))
	res_002.deny == set() with input as root([british])
	count(res_002.deny) == 1 with input as root([abroad]) with data.probity.params.allowed_regions as ["eu-west-2"]
}

account(location) := resource("azurerm_cognitive_account", {"location": location}, {})

deployment(sku, more) := resource("azurerm_cognitive_deployment", {"sku": [{"name": sku}]}, object.union(more, {"references": [{
	"path": ["cognitive_account_id"], "target": "azurerm_cognitive_account.x",
}]}))

test_azure_deployment_types if {
	every sku in ["GlobalStandard", "GlobalBatch", "GlobalProvisionedManaged"] {
		found == {["sku.name:assistant", ["sku", 0, "name"]]} with input as root([deployment(sku, {}), account("westeurope")])
	}
	every sku in ["Standard", "DataZoneStandard", "DataZoneBatch"] {
		res_002.deny == set() with input as root([deployment(sku, {}), account("Sweden Central")])
		res_002.inconclusive == set() with input as root([deployment(sku, {}), account("Sweden Central")])
	}
	american := root([deployment("DataZoneStandard", {}), account("eastus2")])
	found == {["sku.name:assistant", ["sku", 0, "name"]]} with input as american
	res_002.inconclusive == set() with input as american
	undeclared := root([deployment("GlobalStandard", {"systems": []}), account("northeurope")])
	found == {["sku.name:", ["sku", 0, "name"]]} with input as undeclared
	elsewhere := root([deployment("GlobalStandard", {"systems": []}), account("eastus2")])
	res_002.deny == set() with input as elsewhere
}

test_data_zone_of_an_unseen_account_is_inconclusive if {
	case := root([deployment("DataZoneStandard", {})])
	res_002.deny == set() with input as case
	res_002.inconclusive == {{
		"msg": concat("", [
			"Deployment azurerm_cognitive_deployment.x stays in the data zone of its account, ",
			"whose location cannot be seen.",
		]),
		"resource": "terraform:infra//azurerm_cognitive_deployment.x",
		"key": "zone:assistant",
		"path": ["sku", 0, "name"],
		"evidence": {"value": "DataZoneStandard", "system": "assistant", "bound": "system assistant"},
	}} with input as case
	res_002.inconclusive == set() with input as root([deployment("Standard", {})])
	res_002.inconclusive == set() with input as root([deployment("DataZoneStandard", {"systems": []})])
}

test_global_location if {
	every type in ["google_vertex_ai_reasoning_engine", "google_discovery_engine_search_engine"] {
		found == {["location:assistant", ["location"]]} with input as root([resource(type, {"location": "global"}, {})])
	}
	res_002.deny == set() with input as root([
		resource("google_vertex_ai_endpoint", {"location": "europe-west4"}, {}),
		resource("google_storage_bucket", {"location": "global"}, {}),
	])
}

repository(documents, systems) := {"resources": [agent(profile)], "pipelines": [], "systems": systems, "documents": documents}

gateway(parameters) := {
	"path": "llm/litellm.yaml", "kind": "litellm", "subject": "document:llm/litellm.yaml",
	"value": {"model_list": [{"model_name": "chat", "litellm_params": parameters}]},
}

test_gateway if {
	res_002.deny == {{
		"msg": "The gateway's model chat uses bedrock/us.amazon.nova-pro-v1:0, which may answer from regions outside those that system assistant allows.",
		"resource": "document:llm/litellm.yaml",
		"key": "chat:assistant",
		"path": ["model_list", 0, "litellm_params", "model"],
		"evidence": {"value": "bedrock/us.amazon.nova-pro-v1:0", "system": "assistant", "reach": ["us-*"]},
	}} with input as repository([gateway({"model": "bedrock/us.amazon.nova-pro-v1:0"})], [assistant])
	found == {["chat:assistant", ["model_list", 0, "litellm_params", "vertex_location"]]} with input as repository(
		[gateway({"model": "vertex_ai/gemini-2.5-pro", "vertex_location": "global"})],
		[assistant],
	)
	european := {"model": "bedrock/us.amazon.nova-pro-v1:0", "aws_region_name": "eu-west-1"}
	found == {["chat:", ["model_list", 0, "litellm_params", "model"]]} with input as repository([gateway(european)], [])
	res_002.deny == set() with input as repository([gateway({"model": "bedrock/us.amazon.nova-pro-v1:0"})], [])
	res_002.deny == set() with input as repository([gateway({"model": "bedrock/eu.amazon.nova-pro-v1:0"})], [assistant])
	other := [object.union(gateway({"model": profile}), {"kind": "yaml"})]
	res_002.deny == set() with input as repository(other, [assistant])
}

code(value) := {
	"path": "src/chat.py", "kind": "python", "subject": "document:src/chat.py", "value": {"imports": [], "calls": [
		{"name": "print", "args": [null]},
		{"name": "client.converse", "args": [], "kwargs": {"modelId": value}},
		{"name": "again", "args": [value], "kwargs": {}},
	]},
}

test_code_is_a_question if {
	case := repository([code("us.amazon.nova-pro-v1:0")], [assistant])
	res_002.deny == set() with input as case
	res_002.review == {{
		"msg": "The call client.converse uses us.amazon.nova-pro-v1:0, which may answer from regions outside those that system assistant allows.",
		"resource": "document:src/chat.py",
		"key": "us.amazon.nova-pro-v1:0:assistant",
		"path": ["calls", 1, "kwargs", "modelId"],
		"evidence": {"value": "us.amazon.nova-pro-v1:0", "system": "assistant", "reach": ["us-*"]},
	}} with input as case
	res_002.review == set() with input as repository([code("eu.amazon.nova-pro-v1:0")], [assistant])
	res_002.review == set() with input as repository([code("us.amazon.nova-pro-v1:0")], [])
}
