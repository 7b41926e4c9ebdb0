package probity.gen_002_test

import rego.v1

import data.probity.gen_002

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

attack := {"type": "PROMPT_ATTACK", "input_strength": "HIGH", "output_strength": "NONE"}

harms := [{"type": type, "input_strength": "MEDIUM", "output_strength": "HIGH"} |
	some type in ["HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE"]
]

email := {"type": "EMAIL", "action": "ANONYMIZE"}

grounding := {"type": "GROUNDING", "threshold": 0.7}

full := {
	"content_policy_config": [{"filters_config": array.concat([attack], harms)}],
	"sensitive_information_policy_config": [{"pii_entities_config": [email]}],
	"contextual_grounding_policy_config": [{"filters_config": [grounding]}],
}

guardrail(change) := resource("aws_bedrock_guardrail", object.union(full, change))

content(filters) := {"content_policy_config": [{"filters_config": filters}]}

pii(entity) := {"sensitive_information_policy_config": [{"pii_entities_config": [entity]}]}

base := resource("aws_bedrockagent_knowledge_base", {})

keys(found) := {[f.key, f.path] | some f in found}

# Trap 22: the output strength NONE of PROMPT_ATTACK is right.
test_full_guardrail_passes if {
	case := root([guardrail({}), base])
	gen_002.deny == set() with input as case
	gen_002.review == set() with input as case
	gen_002.inconclusive == set() with input as case
	gen_002.not_applicable == set() with input as case
}

test_only_a_word_filter if {
	found := gen_002.deny with input as root([resource("aws_bedrock_guardrail", {"word_policy_config": [{}]})])
	found == {
		{
			"msg": "Guardrail aws_bedrock_guardrail.x has no filter against prompt attacks.",
			"resource": "terraform:infra//aws_bedrock_guardrail.x", "key": "prompt-attack", "path": [],
			"evidence": {"filter": "PROMPT_ATTACK", "input_strength": "absent"},
		},
		{
			"msg": concat("", [
				"Guardrail aws_bedrock_guardrail.x filters HATE, INSULTS, MISCONDUCT, SEXUAL, VIOLENCE ",
				"weakly or not at all, on input or output.",
			]),
			"resource": "terraform:infra//aws_bedrock_guardrail.x", "key": "harmful-content", "path": [],
			"evidence": {"types": ["HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE"]},
		},
		{
			"msg": "Guardrail aws_bedrock_guardrail.x neither blocks nor anonymises any personal data.",
			"resource": "terraform:infra//aws_bedrock_guardrail.x", "key": "personal-data", "path": [],
			"evidence": {"entities": 0},
		},
	}
}

test_weak_or_detecting_attack_filter if {
	path := ["content_policy_config", 0, "filters_config", 0, "input_strength"]
	every change in [{"input_strength": "LOW"}, {"input_action": "NONE"}, {"input_enabled": false}, {"input_enabled": "false"}] {
		filters := array.concat([object.union(attack, change)], harms)
		keys(gen_002.deny) == {["prompt-attack", path]} with input as root([guardrail(content(filters))])
	}
	weak := content(array.concat([object.union(attack, {"input_strength": "MEDIUM"})], harms))
	some f in gen_002.deny with input as root([guardrail(weak)])
	f.msg == "Guardrail aws_bedrock_guardrail.x does not block prompt attacks with full strength, or only detects them."
	f.evidence == {"filter": "PROMPT_ATTACK", "input_strength": "MEDIUM"}
}

test_attack_filter_with_actions_passes if {
	filters := array.concat([object.union(attack, {"input_action": "BLOCK", "input_enabled": true, "output_enabled": false})], harms)
	gen_002.deny == set() with input as root([guardrail(content(filters))])
}

test_harm_filters_on_both_sides if {
	every change in [
		{"input_strength": "LOW"},
		{"output_strength": "NONE"},
		{"output_action": "NONE"},
		{"output_enabled": false},
		{"input_action": "NONE"},
		{"input_enabled": false},
		{"type": "OTHER"},
	] {
		filters := array.concat([attack, object.union(harms[0], change)], array.slice(harms, 1, 5))
		found := gen_002.deny with input as root([guardrail(content(filters))])
		{[f.key, f.path, f.evidence] | some f in found} == {["harmful-content", ["content_policy_config"], {"types": ["HATE"]}]}
	}
}

test_personal_data if {
	path := ["sensitive_information_policy_config"]
	every entity in [
		{"type": "EMAIL", "action": "NONE"},
		{"type": "EMAIL"},
		{"type": "EMAIL", "action": "BLOCK", "input_action": "NONE", "output_action": "NONE"},
		{"type": "EMAIL", "action": "BLOCK", "input_enabled": false, "output_enabled": false},
	] {
		keys(gen_002.deny) == {["personal-data", path]} with input as root([guardrail(pii(entity))])
	}
	every entity in [
		{"type": "EMAIL", "action": "BLOCK"},
		{"type": "EMAIL", "action": "BLOCK", "input_enabled": false},
		{"type": "EMAIL", "action": "BLOCK", "output_action": "NONE"},
	] {
		gen_002.deny == set() with input as root([guardrail(pii(entity))])
	}
	expressions := {"sensitive_information_policy_config": [{"regexes_config": [{"name": "iban", "action": "BLOCK"}]}]}
	gen_002.deny == set() with input as root([guardrail(expressions)])
}

test_low_grounding if {
	change := {"contextual_grounding_policy_config": [{"filters_config": [{"type": "GROUNDING", "threshold": 0.5}]}]}
	gen_002.deny == {{
		"msg": "Guardrail aws_bedrock_guardrail.x accepts answers with a grounding score of 0.5: raise the threshold to 0.7.",
		"resource": "terraform:infra//aws_bedrock_guardrail.x",
		"key": "grounding",
		"path": ["contextual_grounding_policy_config", 0, "filters_config", 0, "threshold"],
		"evidence": {"threshold": "0.5", "minimum": "0.7"},
	}} with input as root([guardrail(change)])
}

agent := object.union(resource("aws_bedrockagent_agent", {}), {"references": [{
	"path": ["guardrail_configuration", 0, "guardrail_identifier"], "target": "aws_bedrock_guardrail.x",
}]})

association := object.union(resource("aws_bedrockagent_agent_knowledge_base_association", {}), {"references": [{
	"path": ["agent_id"], "target": "aws_bedrockagent_agent.x",
}]})

relevance := {"contextual_grounding_policy_config": [{"filters_config": [{"type": "RELEVANCE", "threshold": 0.1}]}]}

# Without retrieval there is nothing to ground in.
test_no_grounding_without_retrieval_passes if {
	case := root([guardrail(relevance), agent])
	gen_002.deny == set() with input as case
	gen_002.review == set() with input as case
}

test_no_grounding_with_retrieval if {
	case := root([guardrail(relevance), agent, association, base])
	gen_002.review == set() with input as case
	gen_002.deny == {{
		"msg": "Guardrail aws_bedrock_guardrail.x has no grounding filter, though an agent with a knowledge base uses it.",
		"resource": "terraform:infra//aws_bedrock_guardrail.x",
		"key": "grounding",
		"path": [],
		"evidence": {"threshold": "absent", "minimum": "0.7"},
	}} with input as case
}

test_a_knowledge_base_nearby_is_a_question if {
	case := root([guardrail(relevance), base])
	gen_002.deny == set() with input as case
	gen_002.review == {{
		"msg": "Guardrail aws_bedrock_guardrail.x has no grounding filter; the root holds a knowledge base that it may serve.",
		"resource": "terraform:infra//aws_bedrock_guardrail.x",
		"key": "grounding",
		"path": [],
		"evidence": {"knowledge_bases": 1},
	}} with input as case
}

test_cloudformation if {
	properties := {
		"ContentPolicyConfig": {"FiltersConfig": array.concat(
			[{"Type": "PROMPT_ATTACK", "InputStrength": "LOW", "OutputStrength": "NONE"}],
			[{"Type": harm.type, "InputStrength": "HIGH", "OutputStrength": "HIGH"} | some harm in harms],
		)},
		"SensitiveInformationPolicyConfig": {"PiiEntitiesConfig": [{"Type": "NAME", "Action": "BLOCK"}]},
	}
	guarded := {
		"system": "cloudformation", "type": "AWS::Bedrock::Guardrail", "name": "G", "address": "G",
		"subject": "cloudformation:t.yaml//G", "attributes": properties, "unknown": [], "references": [],
	}
	assistant := {
		"system": "cloudformation", "type": "AWS::Bedrock::Agent", "name": "A", "address": "A",
		"subject": "cloudformation:t.yaml//A", "attributes": {"KnowledgeBases": [{}]}, "unknown": [],
		"references": [{"path": ["GuardrailConfiguration", "GuardrailIdentifier"], "target": "G"}],
	}
	keys(gen_002.deny) == {
		["prompt-attack", ["ContentPolicyConfig", "FiltersConfig", 0, "InputStrength"]],
		["grounding", []],
	} with input as {"system": "cloudformation", "root": "t.yaml", "resources": [guarded, assistant]}
}

test_cloud_control_provider_uses_objects if {
	configuration := {
		"content_policy_config": {"filters_config": [attack]},
		"sensitive_information_policy_config": {"pii_entities_config": [email]},
	}
	keys(gen_002.deny) == {["harmful-content", ["content_policy_config"]]} with input as root([resource("awscc_bedrock_guardrail", configuration)])
}

test_unreadable_filters_are_inconclusive if {
	every block in ["content_policy_config", "sensitive_information_policy_config", "contextual_grounding_policy_config"] {
		case := root([guardrail({block: "probity-unknown"}), base])
		gen_002.deny == set() with input as case
		gen_002.review == set() with input as case
		{f.evidence.block | some f in gen_002.inconclusive} == {block} with input as case
	}
	every list in ["pii_entities_config", "regexes_config"] {
		entities := root([guardrail({"sensitive_information_policy_config": [{list: "probity-unknown"}]})])
		gen_002.deny == set() with input as entities
		{f.key | some f in gen_002.inconclusive} == {concat(".", [
			"sensitive_information_policy_config",
			list,
		])} with input as entities
	}
	inner := root([guardrail({"content_policy_config": [{"filters_config": "probity-unknown"}]})])
	gen_002.deny == set() with input as inner
	gen_002.inconclusive == {{
		"msg": "Guardrail aws_bedrock_guardrail.x has filters that cannot be read from the repository: content_policy_config.",
		"resource": "terraform:infra//aws_bedrock_guardrail.x",
		"key": "content_policy_config.filters_config",
		"path": ["content_policy_config"],
		"evidence": {"block": "content_policy_config"},
	}} with input as inner
}

test_not_applicable_without_a_guardrail if {
	gen_002.deny == set() with input as root([])
	gen_002.not_applicable == {{
		"msg": "the root holds no Bedrock guardrail", "key": "", "path": [], "evidence": {},
	}} with input as root([])
}
