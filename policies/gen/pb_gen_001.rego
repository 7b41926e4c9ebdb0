# METADATA
# title: Bedrock agent without guardrail
# description: >-
#   A Bedrock agent answers without a guardrail, or with the guardrail's working draft, which changes without
#   notice. An account-level enforced guardrail covers an agent unless its model enforcement leaves out the
#   agent's model. A draft is accepted for an agent tagged as not in production.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/agents-guardrail.html
#     description: Use guardrails with an agent
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-deploy.html
#     description: "Deploy a guardrail: drafts and versions"
# custom:
#   id: PB-GEN-001
#   version: 1
#   severity: high
#   scope: module
#   selects:
#     - terraform
#   controls:
#     - "EU-AIA:15.5"
#     - "EU-AIA:9.2.d"
#     - "NIST-AI-600-1:MS-2.6-006"
#     - "NIST-AI-RMF:MANAGE 1.3"
#     - "ISO42001:A.9.2"
#     - "OWASP-LLM:LLM01:2025"
#     - "ATLAS:AML.M0020"
#     - "AISF:AISF-AI-04"
#     - "G7-CoC:1"
#   remediation: >-
#     Attach a published guardrail version to the agent.
#   aliases:
#     - CKV_AWS_383
#     - bedrock_agent_guardrail_enabled
#   applies_when: >-
#     the root holds a Bedrock agent
#   params:
#     - nonproduction_environments
package probity.gen_001

import rego.v1

import data.probity.lib.terraform

agents contains r if {
	some r in input.resources
	r.type in {"aws_bedrockagent_agent", "awscc_bedrock_agent"}
}

enforced contains r if {
	some r in input.resources
	r.type == "aws_bedrock_enforced_guardrail_configuration"
	r.attributes.guardrail_version != "DRAFT"
}

# A version that is known only after apply is a published one.
enforced contains r if {
	some r in input.resources
	r.type == "aws_bedrock_enforced_guardrail_configuration"
	terraform.references_type(r.references, "guardrail_version", "aws_bedrock_guardrail_version.")
}

covered(agent) if {
	some configuration in enforced
	not excluded(configuration, agent)
}

model(agent) := object.get(agent.attributes, "foundation_model", "")

excluded(configuration, agent) if {
	some enforcement in terraform.blocks(configuration.attributes, "model_enforcement")
	some id in enforcement.excluded_models
	same_model(id, model(agent))
}

excluded(configuration, agent) if {
	some enforcement in terraform.blocks(configuration.attributes, "model_enforcement")
	count(enforcement.included_models) > 0
	not "ALL" in enforcement.included_models
	every id in enforcement.included_models { not same_model(id, model(agent)) }
}

# An ARN or an inference profile ends in the id of the model.
same_model(id, name) if {
	id != ""
	name != ""
	some pair in [[id, name], [name, id]]
	endswith(pair[0], pair[1])
}

guardrails(agent) := terraform.blocks(agent.attributes, "guardrail_configuration")

complete(agent, guardrail) if {
	given(agent, guardrail, "guardrail_identifier")
	given(agent, guardrail, "guardrail_version")
}

given(_, guardrail, name) if terraform.is_set(guardrail, name)

# A reference to a guardrail of this root is a value, whichever it turns out to be.
given(agent, _, name) if terraform.references_type(agent.references, name, "aws_bedrock_guardrail")

deny contains f if {
	some agent in agents
	not covered(agent)
	not terraform.unreadable(agent.attributes, "guardrail_configuration")
	not attached(agent)
	f := {
		"msg": sprintf("Bedrock agent %s has no guardrail.", [agent.address]),
		"resource": agent.subject,
		"key": "guardrail_configuration",
		"path": terraform.where(agent.attributes, [], "guardrail_configuration"),
		"evidence": {"attribute": "guardrail_configuration", "enforced_guardrails": count(enforced)},
	}
}

attached(agent) if {
	some guardrail in guardrails(agent)
	complete(agent, guardrail)
}

deny contains f if {
	some agent in agents
	not covered(agent)
	not terraform.nonproduction(agent.attributes)
	some i, guardrail in guardrails(agent)
	terraform.is_set(guardrail, "guardrail_identifier")
	guardrail.guardrail_version == "DRAFT"
	not terraform.references_type(agent.references, "guardrail_version", "aws_bedrock_guardrail_version.")
	block := terraform.block_path(agent.attributes, "guardrail_configuration", i)
	f := {
		"msg": sprintf("Bedrock agent %s uses the working draft of its guardrail.", [agent.address]),
		"resource": agent.subject,
		"key": "guardrail_version",
		"path": array.concat(block, ["guardrail_version"]),
		"evidence": {"attribute": "guardrail_configuration.guardrail_version", "value": "DRAFT"},
	}
}

inconclusive contains f if {
	some agent in agents
	not covered(agent)
	terraform.unreadable(agent.attributes, "guardrail_configuration")
	f := {
		"msg": sprintf("Whether Bedrock agent %s has a guardrail cannot be read from the repository.", [agent.address]),
		"resource": agent.subject,
		"key": "guardrail_configuration",
		"path": ["guardrail_configuration"],
		"evidence": {"attribute": "guardrail_configuration"},
	}
}

not_applicable contains {"msg": "the root holds no Bedrock agent", "key": "", "path": [], "evidence": {}} if {
	count(agents) == 0
}
