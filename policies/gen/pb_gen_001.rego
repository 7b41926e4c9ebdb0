# METADATA
# title: Bedrock agent without guardrail
# description: >-
#   A Bedrock agent answers without a guardrail, or with the guardrail's working draft, which changes without notice:
#   the version of a guardrail resource itself is its draft. An account-level enforced guardrail covers an agent
#   unless its model enforcement leaves out the agent's model. A draft is accepted for an agent tagged as not in
#   production.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/agents-guardrail.html
#     description: Use guardrails with an agent
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-deploy.html
#     description: "Deploy a guardrail: drafts and versions"
# custom:
#   id: PB-GEN-001
#   version: 2
#   severity: high
#   scope: module
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#   inputs: [tf, cfn]
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

import data.probity.lib.reading

agents contains r if {
	some r in input.resources
	r.type in {"aws_bedrockagent_agent", "awscc_bedrock_agent", "AWS::Bedrock::Agent"}
}

enforcing := {
	"aws_bedrock_enforced_guardrail_configuration",
	"awscc_bedrock_enforced_guardrail_configuration",
	"AWS::Bedrock::EnforcedGuardrailConfiguration",
}

guardrail_types := {"aws_bedrock_guardrail", "awscc_bedrock_guardrail", "AWS::Bedrock::Guardrail"}

version_types := {"aws_bedrock_guardrail_version", "awscc_bedrock_guardrail_version", "AWS::Bedrock::GuardrailVersion"}

enforced contains r if {
	some r in input.resources
	r.type in enforcing
	not draft(r, reading.whole(r))
	version := reading.value(r, reading.whole(r), "guardrail_version", "DRAFT")
	version != "DRAFT"
}

# A version that is known only after apply is a published one.
enforced contains r if {
	some r in input.resources
	r.type in enforcing
	published(r, reading.whole(r))
}

path(resource, place, name) := array.concat(place.path, [reading.key(resource, name)])

published(resource, place) if {
	reading.refers_type(input.resources, resource, path(resource, place, "guardrail_version"), version_types)
}

# The version of the guardrail itself is its working draft.
draft(resource, place) if {
	reading.refers_type(input.resources, resource, path(resource, place, "guardrail_version"), guardrail_types)
}

draft(resource, place) if {
	reading.value(resource, place, "guardrail_version", "") == "DRAFT"
	not published(resource, place)
}

covered(agent) if {
	some configuration in enforced
	not excluded(configuration, agent)
}

model(agent) := reading.value(agent, reading.whole(agent), "foundation_model", "")

enforcements(configuration) := reading.blocks(configuration, reading.whole(configuration), "model_enforcement")

excluded(configuration, agent) if {
	some enforcement in enforcements(configuration)
	some id in reading.list(configuration, enforcement, "excluded_models")
	same_model(id, model(agent))
}

excluded(configuration, agent) if {
	some enforcement in enforcements(configuration)
	included := reading.list(configuration, enforcement, "included_models")
	count(included) > 0
	not "ALL" in included
	every id in included { not same_model(id, model(agent)) }
}

# An ARN or an inference profile ends in the id of the model.
same_model(id, name) if {
	id != ""
	name != ""
	some pair in [[id, name], [name, id]]
	endswith(pair[0], pair[1])
}

guardrails(agent) := reading.blocks(agent, reading.whole(agent), "guardrail_configuration")

unreadable(agent) if reading.unreadable(agent, reading.whole(agent), "guardrail_configuration")

complete(agent, guardrail) if {
	given(agent, guardrail, "guardrail_identifier", guardrail_types)
	given(agent, guardrail, "guardrail_version", guardrail_types | version_types)
}

given(agent, guardrail, name, _) if reading.is_set(agent, guardrail, name)

# A reference to a guardrail of this root is a value, whichever it turns out to be.
given(agent, guardrail, name, types) if {
	reading.refers_type(input.resources, agent, path(agent, guardrail, name), types)
}

deny contains f if {
	some agent in agents
	not covered(agent)
	not unreadable(agent)
	not attached(agent)
	f := {
		"msg": sprintf("Bedrock agent %s has no guardrail.", [agent.address]),
		"resource": agent.subject,
		"key": "guardrail_configuration",
		"path": reading.where(agent, reading.whole(agent), "guardrail_configuration"),
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
	not reading.nonproduction(agent)
	some guardrail in guardrails(agent)
	given(agent, guardrail, "guardrail_identifier", guardrail_types)
	draft(agent, guardrail)
	f := {
		"msg": sprintf("Bedrock agent %s uses the working draft of its guardrail.", [agent.address]),
		"resource": agent.subject,
		"key": "guardrail_version",
		"path": path(agent, guardrail, "guardrail_version"),
		"evidence": {"attribute": "guardrail_configuration.guardrail_version", "value": "DRAFT"},
	}
}

inconclusive contains f if {
	some agent in agents
	not covered(agent)
	unreadable(agent)
	f := {
		"msg": sprintf("Whether Bedrock agent %s has a guardrail cannot be read from the repository.", [agent.address]),
		"resource": agent.subject,
		"key": "guardrail_configuration",
		"path": reading.where(agent, reading.whole(agent), "guardrail_configuration"),
		"evidence": {"attribute": "guardrail_configuration"},
	}
}

not_applicable contains {"msg": "the root holds no Bedrock agent", "key": "", "path": [], "evidence": {}} if {
	count(agents) == 0
}
