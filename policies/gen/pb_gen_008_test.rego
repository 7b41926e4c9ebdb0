package probity.gen_008_test

import rego.v1

import data.probity.gen_008

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

pinned := {"version_upgrade_option": "NoAutoUpgrade", "model": [{"name": "gpt-4o", "version": "2024-11-20"}]}

deployment(change) := resource("azurerm_cognitive_deployment", object.union(pinned, change))

found := {[f.key, f.path] | some f in gen_008.deny}

test_pinned_deployment_passes if {
	gen_008.deny == set() with input as deployment({})
	gen_008.not_applicable == set() with input as deployment({})
}

# Trap 3: the default decides.
test_deployment_that_upgrades if {
	gen_008.deny == {{
		"msg": concat("", [
			"Deployment azurerm_cognitive_deployment.x upgrades its model by itself: ",
			"set version_upgrade_option to NoAutoUpgrade.",
		]),
		"key": "version_upgrade_option",
		"path": [],
		"evidence": {"attribute": "version_upgrade_option", "value": "OnceNewDefaultVersionAvailable"},
	}} with input as resource("azurerm_cognitive_deployment", {"model": pinned.model})
	case := deployment({"version_upgrade_option": "OnceCurrentVersionExpired"})
	found == {["version_upgrade_option", ["version_upgrade_option"]]} with input as case
}

test_deployment_without_a_version if {
	gen_008.deny == {{
		"msg": "Deployment azurerm_cognitive_deployment.x names no version of its model: it takes what is the default on that day.",
		"key": "model.version",
		"path": ["model", 0],
		"evidence": {"attribute": "model.version", "value": "absent"},
	}} with input as deployment({"model": [{"name": "gpt-4o"}]})
	found == {["model.version", ["model", 0, "version"]]} with input as deployment({"model": [{"version": ""}]})
}

test_nonproduction_is_not_applicable if {
	case := deployment({"version_upgrade_option": "OnceNewDefaultVersionAvailable", "model": [{}], "tags": {"env": "dev"}})
	gen_008.deny == set() with input as case
	gen_008.not_applicable == {{"msg": "it is tagged as dev", "key": "", "path": [], "evidence": {}}} with input as case
	alias := resource("aws_bedrockagent_agent_alias", {"routing_configuration": [{"agent_version": "DRAFT"}], "tags": {"env": "dev"}})
	gen_008.deny == set() with input as alias
}

test_alias_to_the_draft if {
	draft := {"routing_configuration": [{"agent_version": "DRAFT"}]}
	gen_008.deny == {{
		"msg": "Agent alias aws_bedrockagent_agent_alias.x routes to the working draft: route to a numbered version.",
		"key": "agent_version",
		"path": ["routing_configuration", 0, "agent_version"],
		"evidence": {"attribute": "routing_configuration.agent_version", "value": "DRAFT"},
	}} with input as resource("aws_bedrockagent_agent_alias", draft)
	found == {["agent_version", ["routing_configuration", 0, "agent_version"]]} with input as resource("awscc_bedrock_agent_alias", draft)
	numbered := {"routing_configuration": [{"agent_version": "3"}]}
	gen_008.deny == set() with input as resource("aws_bedrockagent_agent_alias", numbered)
	gen_008.deny == set() with input as resource("aws_bedrockagent_agent_alias", {})
}

test_cloudformation_alias if {
	case := {
		"system": "cloudformation", "type": "AWS::Bedrock::AgentAlias", "name": "L", "address": "L",
		"subject": "cloudformation:t.yaml//L", "unknown": [], "references": [],
		"attributes": {"RoutingConfiguration": [{"AgentVersion": "DRAFT"}]},
	}
	found == {["agent_version", ["RoutingConfiguration", 0, "AgentVersion"]]} with input as case
}

gateway(name) := {"model_list": [{"model_name": "chat", "litellm_params": {"model": name}}]}

test_gateway_with_a_moving_name if {
	gen_008.deny == {{
		"msg": "The gateway's model chat calls openai/gpt-4o, a name that the vendor moves: use a dated version.",
		"key": "chat:openai/gpt-4o",
		"path": ["model_list", 0, "litellm_params", "model"],
		"evidence": {"model": "openai/gpt-4o", "called": "chat"},
	}} with input as gateway("openai/gpt-4o")
	every name in [
		"gpt-4o", "openai/gpt-4o-mini", "anthropic/claude-3-5-sonnet-latest", "anthropic/claude-sonnet-4-5",
		"openai/*", "gemini/gemini-1.5-pro", "mistral/mistral-large-latest", "openai/o3-mini", "gpt-4-turbo-preview",
	] {
		count(gen_008.deny) == 1 with input as gateway(name)
	}
}

# Vendors without snapshots, deployments and models of one's own.
test_gateway_with_fixed_names_passes if {
	every name in [
		"openai/gpt-4o-2024-11-20", "gpt-4-0613", "anthropic/claude-3-5-sonnet-20241022", "azure/gpt-4o",
		"bedrock/anthropic.claude-3-haiku-20240307-v1:0", "gemini/gemini-1.5-pro-002", "ollama/llama3",
		"hosted_vllm/mistral-latest", "anthropic/claude-sonnet-4-5-20250929", "cohere/command-r-plus",
	] {
		gen_008.deny == set() with input as gateway(name)
	}
}

code(name, arguments) := {"imports": ["openai"], "calls": [{"name": name, "args": [], "kwargs": arguments, "open": []}]}

test_code_is_a_question if {
	case := code("client.chat.completions.create", {"model": "gpt-4o"})
	gen_008.deny == set() with input as case
	gen_008.review == {{
		"msg": "client.chat.completions.create calls gpt-4o, a name that the vendor moves: use a dated version in production.",
		"key": "client.chat.completions.create:gpt-4o",
		"path": ["calls", 0, "kwargs", "model"],
		"evidence": {"model": "gpt-4o", "call": "client.chat.completions.create"},
	}} with input as case
	every name, argument in {"langchain_openai.ChatOpenAI": "model_name", "litellm.completion": "model", "ChatAnthropic": "model_id"} {
		count(gen_008.review) == 1 with input as code(name, {argument: "gpt-4o"})
	}
}

test_the_same_call_twice_is_one_question if {
	one := code("openai.ChatOpenAI", {"model": "gpt-4o"})
	twice := object.union(one, {"calls": [{"name": "f", "kwargs": {}}, one.calls[0], one.calls[0]]})
	{f.path | some f in gen_008.review} == {["calls", 1, "kwargs", "model"]} with input as twice
}

test_code_with_fixed_names_passes if {
	gen_008.review == set() with input as code("client.chat.completions.create", {"model": "gpt-4o-2024-08-06"})
	gen_008.review == set() with input as code("sklearn.create", {"model": "gpt-4o"})
	gen_008.review == set() with input as code("client.responses.create", {"prompt": "gpt-4o"})
	gen_008.review == set() with input as code("client.chat.completions.create", {"model": null})
}

# A variable may hand down null, which is the default of the provider.
test_null_is_the_default if {
	case := deployment({"version_upgrade_option": null})
	{f.evidence.value | some f in gen_008.deny} == {"OnceNewDefaultVersionAvailable"} with input as case
}
