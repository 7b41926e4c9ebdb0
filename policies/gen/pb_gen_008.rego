# METADATA
# title: Model version floats or auto-upgrades in production
# description: >-
#   What answers can change without a commit: an Azure deployment upgrades by itself or names no model version, an
#   agent alias routes to the working draft, a gateway calls a model by a name that its vendor moves. Vendors that
#   publish no snapshots, and names of deployments and of self-hosted models, are left alone. In source code the same
#   name is a question for a person: nobody can see here whether the code is in production.
# scope: package
# related_resources:
#   - ref: https://learn.microsoft.com/en-us/azure/ai-foundry/openai/how-to/working-with-models
#     description: Model versions and upgrades in Azure OpenAI
#   - ref: https://platform.openai.com/docs/models
#     description: "OpenAI: models, aliases and snapshots"
# custom:
#   id: PB-GEN-008
#   version: 1
#   severity: medium
#   scope: [resource, document]
#   selects:
#     - azurerm_cognitive_deployment
#     - aws_bedrockagent_agent_alias
#     - awscc_bedrock_agent_alias
#     - "AWS::Bedrock::AgentAlias"
#     - litellm
#     - python
#   inputs: [tf, cfn, llmgw, code]
#   controls:
#     - "EU-AIA:13.3.c"
#     - "NIST-AI-RMF:MANAGE 3.2"
#     - "NIST-AI-RMF:MANAGE 3.1"
#     - "ISO42001:A.6.2.5"
#     - "ISO42001:A.10.3"
#     - "SOC2:CC8.1"
#     - "NIST-800-53:CM-2"
#     - "OWASP-LLM:LLM03:2025"
#   remediation: >-
#     Pin the version: version_upgrade_option NoAutoUpgrade with a model version, a numbered agent version, a dated
#     snapshot of the model.
#   applies_when: >-
#     unless the resource is tagged as not in production
#   params:
#     - floating_model_names
#     - snapshot_providers
#     - model_calls
#     - nonproduction_environments
package probity.gen_008

import rego.v1

import data.probity.lib.gateway
import data.probity.lib.terraform
import data.probity.lib.reading
import data.probity.params

resource_ if input.system in {"terraform", "cloudformation"}

environment := reading.nonproduction(input) if resource_

production if not environment

azure if {
	resource_
	input.type == "azurerm_cognitive_deployment"
	production
}

deny contains f if {
	azure
	option := reading.value(input, reading.whole(input), "version_upgrade_option", "OnceNewDefaultVersionAvailable")
	option != "NoAutoUpgrade"
	f := {
		"msg": sprintf(
			"Deployment %s upgrades its model by itself: set version_upgrade_option to NoAutoUpgrade.",
			[input.address],
		),
		"key": "version_upgrade_option",
		"path": terraform.where(input.attributes, [], "version_upgrade_option"),
		"evidence": {"attribute": "version_upgrade_option", "value": option},
	}
}

deny contains f if {
	azure
	some model in reading.blocks(input, reading.whole(input), "model")
	not terraform.is_set(model.body, "version")
	f := {
		"msg": sprintf(
			"Deployment %s names no version of its model: it takes what is the default on that day.",
			[input.address],
		),
		"key": "model.version",
		"path": reading.where(input, model, "version"),
		"evidence": {"attribute": "model.version", "value": "absent"},
	}
}

# An alias is how applications call an agent.
deny contains f if {
	resource_
	production
	some route in reading.blocks(input, reading.whole(input), "routing_configuration")
	reading.value(input, route, "agent_version", "") == "DRAFT"
	f := {
		"msg": sprintf("Agent alias %s routes to the working draft: route to a numbered version.", [input.address]),
		"key": "agent_version",
		"path": reading.where(input, route, "agent_version"),
		"evidence": {"attribute": "routing_configuration.agent_version", "value": "DRAFT"},
	}
}

# The vendor moves this name to another model.
floats(name) if {
	parts := split(name, "/")
	count(parts) == 1
	moving(name)
}

floats(name) if {
	parts := split(name, "/")
	count(parts) > 1
	parts[0] in params.snapshot_providers
	moving(parts[count(parts) - 1])
}

moving(name) if {
	some pattern in params.floating_model_names
	regex.match(pattern, name)
}

deny contains f if {
	not resource_
	some model in gateway.models(input)
	name := model.params.model
	is_string(name)
	floats(name)
	f := {
		"msg": sprintf("The gateway's model %s calls %s, a name that the vendor moves: use a dated version.", [
			model.name,
			name,
		]),
		"key": concat(":", [model.name, name]),
		"path": array.concat(model.path, ["model"]),
		"evidence": {"model": name, "called": model.name},
	}
}

called contains {"call": call.body.name, "model": name, "path": ["calls", i, "kwargs", argument]} if {
	not resource_
	some i, call in gateway.entries(input, "calls")
	some argument in ["model", "model_name", "model_id"]
	name := call.body.kwargs[argument]
	is_string(name)
	some pattern in params.model_calls
	regex.match(pattern, call.body.name)
	floats(name)
}

# The same call again is the same question, shown where it comes first.
review contains f if {
	some use in called
	use.path == min({same.path | some same in called; same.call == use.call; same.model == use.model})
	f := {
		"msg": sprintf("%s calls %s, a name that the vendor moves: use a dated version in production.", [
			use.call,
			use.model,
		]),
		"key": concat(":", [use.call, use.model]),
		"path": use.path,
		"evidence": {"model": use.model, "call": use.call},
	}
}

not_applicable contains {"msg": sprintf("it is tagged as %s", [environment]), "key": "", "path": [], "evidence": {}}
