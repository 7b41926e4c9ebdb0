# METADATA
# title: Guardrail lacks prompt-attack, PII, grounding or strong filters
# description: >-
#   A Bedrock guardrail does not block prompt attacks, filters harmful content weakly, lets personal data through, or
#   grounds answers too loosely. A filter whose action is NONE or that is switched off only detects. An absent
#   grounding filter is a violation where an agent with a knowledge base uses the guardrail, and a question for a
#   person where a knowledge base merely stands in the same root. Blocks that are made at apply time count as
#   unknown.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-components.html
#     description: Components of a guardrail
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-prompt-attack.html
#     description: Detect prompt attacks
# custom:
#   id: PB-GEN-002
#   version: 1
#   severity: high
#   scope: module
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#   inputs: [tf, cfn]
#   controls:
#     - "NIST-AI-600-1:MS-2.6-006"
#     - "NIST-AI-600-1:MS-2.5-003"
#     - "EU-AIA:15.5"
#     - "GDPR:25.2"
#     - "OWASP-LLM:LLM01:2025"
#     - "OWASP-LLM:LLM02:2025"
#     - "OWASP-LLM:LLM09:2025"
#     - "ATLAS:AML.M0020"
#     - "AISF:AISF-AI-02"
#     - "AISF:AISF-AI-03"
#     - "AISF:AISF-AI-09"
#   remediation: >-
#     Add a PROMPT_ATTACK filter with input strength HIGH, filters of at least MEDIUM for every harm category,
#     personal data entities that are blocked or anonymised, and a GROUNDING threshold of at least 0.7 for retrieval.
#   aliases:
#     - bedrock_guardrail_prompt_attack_filter_enabled
#     - bedrock_guardrail_sensitive_information_filter_enabled
#     - bedrock_guardrail_contextual_grounding_enabled
#   applies_when: >-
#     the root holds a Bedrock guardrail
#   params:
#     - prompt_attack_strengths
#     - harmful_content_types
#     - harmful_content_strengths
#     - minimum_grounding_threshold
package probity.gen_002

import rego.v1

import data.probity.lib.reading
import data.probity.params

guardrails contains r if {
	some r in input.resources
	r.type in {"aws_bedrock_guardrail", "awscc_bedrock_guardrail", "AWS::Bedrock::Guardrail"}
}

finding(guardrail, key, path, message, evidence) := {
	"msg": sprintf("Guardrail %s %s.", [guardrail.address, message]),
	"resource": guardrail.subject,
	"key": key,
	"path": path,
	"evidence": evidence,
}

# A block that cannot be read is no evidence that a filter is missing from it.
unreadable(guardrail, outer, _) if reading.unreadable(guardrail, reading.whole(guardrail), outer)

unreadable(guardrail, outer, inner) if {
	some place in reading.blocks(guardrail, reading.whole(guardrail), outer)
	reading.unreadable(guardrail, place, inner)
}

filters(guardrail) := reading.places(guardrail, ["content_policy_config", "filters_config"])

of_type(guardrail, type) := [filter |
	some filter in filters(guardrail)
	reading.value(guardrail, filter, "type", "") == type
]

# A filter that takes no action, or is switched off, only detects. PROMPT_ATTACK has no output side.
muted(guardrail, filter, action, _) if reading.value(guardrail, filter, action, "BLOCK") == "NONE"

muted(guardrail, filter, _, enabled) if reading.off(reading.value(guardrail, filter, enabled, true))

strong(guardrail, filter, "input", strengths) if {
	reading.value(guardrail, filter, "input_strength", "NONE") in strengths
	not muted(guardrail, filter, "input_action", "input_enabled")
}

strong(guardrail, filter, "output", strengths) if {
	reading.value(guardrail, filter, "output_strength", "NONE") in strengths
	not muted(guardrail, filter, "output_action", "output_enabled")
}

blocks_attacks(guardrail) if {
	some filter in of_type(guardrail, "PROMPT_ATTACK")
	strong(guardrail, filter, "input", params.prompt_attack_strengths)
}

deny contains f if {
	some guardrail in guardrails
	not unreadable(guardrail, "content_policy_config", "filters_config")
	count(of_type(guardrail, "PROMPT_ATTACK")) == 0
	f := finding(
		guardrail, "prompt-attack", reading.where(guardrail, reading.whole(guardrail), "content_policy_config"),
		"has no filter against prompt attacks", {"filter": "PROMPT_ATTACK", "input_strength": "absent"},
	)
}

deny contains f if {
	some guardrail in guardrails
	some filter in of_type(guardrail, "PROMPT_ATTACK")
	not blocks_attacks(guardrail)
	f := finding(
		guardrail, "prompt-attack", reading.where(guardrail, filter, "input_strength"),
		"does not block prompt attacks with full strength, or only detects them",
		{"filter": "PROMPT_ATTACK", "input_strength": reading.value(guardrail, filter, "input_strength", "absent")},
	)
}

filtered(guardrail, type) if {
	some filter in of_type(guardrail, type)
	every side in ["input", "output"] { strong(guardrail, filter, side, params.harmful_content_strengths) }
}

unfiltered(guardrail) := sort([type |
	some type in params.harmful_content_types
	not filtered(guardrail, type)
])

deny contains f if {
	some guardrail in guardrails
	not unreadable(guardrail, "content_policy_config", "filters_config")
	types := unfiltered(guardrail)
	count(types) > 0
	f := finding(
		guardrail, "harmful-content", reading.where(guardrail, reading.whole(guardrail), "content_policy_config"),
		sprintf("filters %s weakly or not at all, on input or output", [concat(", ", types)]), {"types": types},
	)
}

entities(guardrail) := array.concat(
	reading.places(guardrail, ["sensitive_information_policy_config", "pii_entities_config"]),
	reading.places(guardrail, ["sensitive_information_policy_config", "regexes_config"]),
)

protected(guardrail) if {
	some entity in entities(guardrail)
	reading.value(guardrail, entity, "action", "NONE") in {"BLOCK", "ANONYMIZE"}
	some side in [["input_action", "input_enabled"], ["output_action", "output_enabled"]]
	not muted(guardrail, entity, side[0], side[1])
}

deny contains f if {
	some guardrail in guardrails
	not unreadable(guardrail, "sensitive_information_policy_config", "pii_entities_config")
	not unreadable(guardrail, "sensitive_information_policy_config", "regexes_config")
	not protected(guardrail)
	f := finding(
		guardrail, "personal-data",
		reading.where(guardrail, reading.whole(guardrail), "sensitive_information_policy_config"),
		"neither blocks nor anonymises any personal data", {"entities": count(entities(guardrail))},
	)
}

groundings(guardrail) := [filter |
	some filter in reading.places(guardrail, ["contextual_grounding_policy_config", "filters_config"])
	reading.value(guardrail, filter, "type", "") == "GROUNDING"
]

deny contains f if {
	some guardrail in guardrails
	some filter in groundings(guardrail)
	threshold := reading.number(reading.value(guardrail, filter, "threshold", 0))
	threshold < params.minimum_grounding_threshold
	f := finding(
		guardrail, "grounding", reading.where(guardrail, filter, "threshold"),
		sprintf("accepts answers with a grounding score of %v: raise the threshold to %v", [
			threshold,
			params.minimum_grounding_threshold,
		]),
		{"threshold": sprintf("%v", [threshold]), "minimum": sprintf("%v", [params.minimum_grounding_threshold])},
	)
}

knowledge_bases contains r.subject if {
	some r in input.resources
	r.type in {"aws_bedrockagent_knowledge_base", "awscc_bedrock_knowledge_base", "AWS::Bedrock::KnowledgeBase"}
}

# The agents that look things up: an association says so, or the agent lists its knowledge bases.
retrievers contains agent.subject if {
	some association in input.resources
	association.type == "aws_bedrockagent_agent_knowledge_base_association"
	some reference in association.references
	some agent in input.resources
	startswith(agent.address, reference.target)
	reading.refers(association, ["agent_id"], agent)
}

retrievers contains agent.subject if {
	some agent in input.resources
	agent.type in {"awscc_bedrock_agent", "AWS::Bedrock::Agent"}
	some name in ["knowledge_bases", "KnowledgeBases"]
	count(agent.attributes[name]) > 0
}

retrieving_agents := [agent | some agent in input.resources; agent.subject in retrievers]

retrieving(guardrail) if {
	some agent in retrieving_agents
	path := [reading.key(agent, "guardrail_configuration")]
	reading.refers(agent, path, guardrail)
}

ungrounded(guardrail) if {
	count(groundings(guardrail)) == 0
	not unreadable(guardrail, "contextual_grounding_policy_config", "filters_config")
}

deny contains f if {
	some guardrail in guardrails
	ungrounded(guardrail)
	retrieving(guardrail)
	f := finding(
		guardrail, "grounding", [], "has no grounding filter, though an agent with a knowledge base uses it",
		{"threshold": "absent", "minimum": sprintf("%v", [params.minimum_grounding_threshold])},
	)
}

review contains f if {
	some guardrail in guardrails
	ungrounded(guardrail)
	count(knowledge_bases) > 0
	not retrieving(guardrail)
	f := finding(
		guardrail, "grounding", [], "has no grounding filter; the root holds a knowledge base that it may serve",
		{"knowledge_bases": count(knowledge_bases)},
	)
}

inconclusive contains f if {
	some guardrail in guardrails
	some pair in [
		["content_policy_config", "filters_config"],
		["sensitive_information_policy_config", "pii_entities_config"],
		["sensitive_information_policy_config", "regexes_config"],
		["contextual_grounding_policy_config", "filters_config"],
	]
	unreadable(guardrail, pair[0], pair[1])
	f := finding(
		guardrail, concat(".", pair), reading.where(guardrail, reading.whole(guardrail), pair[0]),
		sprintf("has filters that cannot be read from the repository: %s", [pair[0]]), {"block": pair[0]},
	)
}

not_applicable contains {"msg": "the root holds no Bedrock guardrail", "key": "", "path": [], "evidence": {}} if {
	count(guardrails) == 0
}
