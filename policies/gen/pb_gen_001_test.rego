package probity.gen_001_test

import rego.v1

import data.probity.gen_001

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

agent(attributes) := resource("aws_bedrockagent_agent", object.union({"foundation_model": "anthropic.claude-3-haiku"}, attributes))

guarded(version) := agent({"guardrail_configuration": [{"guardrail_identifier": "g-1", "guardrail_version": version}]})

enforced(attributes) := resource(
	"aws_bedrock_enforced_guardrail_configuration",
	object.union({"guardrail_identifier": "g-1", "guardrail_version": "2"}, attributes),
)

test_published_version_passes if {
	gen_001.deny == set() with input as root([guarded("3")])
}

test_no_guardrail if {
	gen_001.deny == {{
		"msg": "Bedrock agent aws_bedrockagent_agent.x has no guardrail.",
		"resource": "terraform:infra//aws_bedrockagent_agent.x",
		"key": "guardrail_configuration",
		"path": [],
		"evidence": {"attribute": "guardrail_configuration", "enforced_guardrails": 0},
	}} with input as root([agent({})])
}

# Trap 21.
test_draft if {
	found := gen_001.deny with input as root([guarded("DRAFT")])
	{[f.key, f.path] | some f in found} == {["guardrail_version", ["guardrail_configuration", 0, "guardrail_version"]]}
}

test_draft_outside_production_passes if {
	case := root([object.union(guarded("DRAFT"), {"attributes": {"tags": {"Environment": "Dev"}}})])
	gen_001.deny == set() with input as case
}

test_enforced_guardrail_covers if {
	gen_001.deny == set() with input as root([agent({}), enforced({})])
	gen_001.deny == set() with input as root([guarded("DRAFT"), enforced({})])
}

test_enforced_guardrail_that_leaves_the_model_out if {
	excluding := enforced({"model_enforcement": [{"excluded_models": ["anthropic.claude-3-haiku"], "included_models": ["ALL"]}]})
	count(gen_001.deny) == 1 with input as root([agent({}), excluding])
	other := enforced({"model_enforcement": [{"excluded_models": [], "included_models": ["amazon.nova-pro"]}]})
	count(gen_001.deny) == 1 with input as root([agent({}), other])
	all := enforced({"model_enforcement": [{"excluded_models": ["amazon.nova-pro"], "included_models": ["ALL"]}]})
	gen_001.deny == set() with input as root([agent({}), all])
}

test_enforced_draft_covers_nothing if {
	count(gen_001.deny) == 1 with input as root([agent({}), enforced({"guardrail_version": "DRAFT"})])
}

test_version_of_a_version_resource_passes if {
	reference := {"path": ["guardrail_configuration", 0, "guardrail_version"], "target": "aws_bedrock_guardrail_version.v"}
	every value in ["DRAFT", "probity-unknown", true] {
		gen_001.deny == set() with input as root([object.union(guarded(value), {"references": [reference]})])
	}
}

test_cloud_control_provider_uses_objects if {
	configuration := {"guardrail_configuration": {"guardrail_identifier": "g", "guardrail_version": "DRAFT"}}
	some f in gen_001.deny with input as root([resource("awscc_bedrock_agent", configuration)])
	f.path == ["guardrail_configuration", "guardrail_version"]
}

test_unreadable_block_is_inconclusive if {
	case := root([agent({"guardrail_configuration": "probity-unknown"})])
	gen_001.deny == set() with input as case
	count(gen_001.inconclusive) == 1 with input as case
}

test_not_applicable_without_an_agent if {
	count(gen_001.not_applicable) == 1 with input as root([])
	gen_001.deny == set() with input as root([])
}

test_a_guardrail_of_this_root_is_attached_whatever_its_id if {
	references := [
		{"path": ["guardrail_configuration", 0, "guardrail_identifier"], "target": "aws_bedrock_guardrail.g"},
		{"path": ["guardrail_configuration", 0, "guardrail_version"], "target": "aws_bedrock_guardrail_version.v"},
	]
	every value in ["", null, "probity-unknown"] {
		blocks := {"guardrail_configuration": [{"guardrail_identifier": value, "guardrail_version": value}]}
		gen_001.deny == set() with input as root([object.union(agent(blocks), {"references": references})])
	}
}

# The version of a guardrail resource is DRAFT.
test_the_version_of_the_guardrail_itself_is_a_draft if {
	reference := {"path": ["guardrail_configuration", 0, "guardrail_version"], "target": "aws_bedrock_guardrail.g"}
	every value in ["DRAFT", "probity-unknown", "1"] {
		found := gen_001.deny with input as root([object.union(guarded(value), {"references": [reference]})])
		{f.key | some f in found} == {"guardrail_version"}
	}
	covering := object.union(enforced({}), {"references": [{"path": ["guardrail_version"], "target": "aws_bedrock_guardrail.g"}]})
	{f.key | some f in gen_001.deny} == {"guardrail_configuration"} with input as root([agent({}), covering])
}

test_enforced_version_resource_covers if {
	covering := object.union(
		enforced({"guardrail_version": "DRAFT"}),
		{"references": [{"path": ["guardrail_version"], "target": "aws_bedrock_guardrail_version.v"}]},
	)
	gen_001.deny == set() with input as root([agent({}), covering])
}

# What is attached by reference, and what by an id alone.
test_half_a_guardrail_is_none if {
	half := {"guardrail_configuration": [{"guardrail_identifier": "g-1"}]}
	{[f.key, f.path] | some f in gen_001.deny} == {["guardrail_configuration", ["guardrail_configuration"]]} with input as root([agent(half)])
	other := {"guardrail_configuration": [{"guardrail_version": "1"}]}
	{f.key | some f in gen_001.deny} == {"guardrail_configuration"} with input as root([agent(other)])
}

logical(type, id, properties, references) := {
	"system": "cloudformation", "type": type, "name": id, "address": id,
	"subject": sprintf("cloudformation:t.yaml//%s", [id]),
	"attributes": properties, "unknown": [], "references": references, "path": "t.yaml",
}

template(resources) := {"system": "cloudformation", "root": "t.yaml", "resources": resources}

test_cloudformation if {
	bare := logical("AWS::Bedrock::Agent", "A", {"FoundationModel": "m"}, [])
	gen_001.deny == {{
		"msg": "Bedrock agent A has no guardrail.",
		"resource": "cloudformation:t.yaml//A",
		"key": "guardrail_configuration",
		"path": [],
		"evidence": {"attribute": "guardrail_configuration", "enforced_guardrails": 0},
	}} with input as template([bare])
	pinned := {"GuardrailConfiguration": {"GuardrailIdentifier": "g", "GuardrailVersion": "2"}}
	gen_001.deny == set() with input as template([logical("AWS::Bedrock::Agent", "A", pinned, [])])
	draft := {"GuardrailConfiguration": {"GuardrailIdentifier": "g", "GuardrailVersion": "DRAFT"}}
	tagged := object.union(draft, {"Tags": {"environment": "dev"}})
	gen_001.deny == set() with input as template([logical("AWS::Bedrock::Agent", "A", tagged, [])])
	covering := logical("AWS::Bedrock::EnforcedGuardrailConfiguration", "E", {
		"GuardrailVersion": "1", "ModelEnforcement": {"IncludedModels": ["ALL"], "ExcludedModels": ["other"]},
	}, [])
	gen_001.deny == set() with input as template([bare, covering])
	excluding := logical("AWS::Bedrock::EnforcedGuardrailConfiguration", "E", {
		"GuardrailVersion": "1", "ModelEnforcement": {"IncludedModels": ["ALL"], "ExcludedModels": ["m"]},
	}, [])
	count(gen_001.deny) == 1 with input as template([bare, excluding])
}

referring(version) := logical("AWS::Bedrock::Agent", "A", {"GuardrailConfiguration": {}}, [
	{"path": ["GuardrailConfiguration", "GuardrailIdentifier"], "target": "G"},
	{"path": ["GuardrailConfiguration", "GuardrailVersion"], "target": version},
])

test_cloudformation_references if {
	guardrail := logical("AWS::Bedrock::Guardrail", "G", {}, [])
	version := logical("AWS::Bedrock::GuardrailVersion", "V", {}, [])
	gen_001.deny == set() with input as template([guardrail, version, referring("V")])
	{[f.key, f.path] | some f in gen_001.deny} == {[
		"guardrail_version",
		["GuardrailConfiguration", "GuardrailVersion"],
	]} with input as template([guardrail, version, referring("G")])
}

test_cloudformation_without_values_is_inconclusive if {
	case := template([logical("AWS::Bedrock::Agent", "A", {"GuardrailConfiguration": "probity-unknown"}, [])])
	gen_001.deny == set() with input as case
	{f.path | some f in gen_001.inconclusive} == {["GuardrailConfiguration"]} with input as case
}

# Whole results, so that nothing in them can change unseen.
test_the_whole_of_the_other_results if {
	gen_001.deny == {{
		"msg": "Bedrock agent aws_bedrockagent_agent.x uses the working draft of its guardrail.",
		"resource": "terraform:infra//aws_bedrockagent_agent.x",
		"key": "guardrail_version",
		"path": ["guardrail_configuration", 0, "guardrail_version"],
		"evidence": {"attribute": "guardrail_configuration.guardrail_version", "value": "DRAFT"},
	}} with input as root([guarded("DRAFT")])
	gen_001.inconclusive == {{
		"msg": "Whether Bedrock agent aws_bedrockagent_agent.x has a guardrail cannot be read from the repository.",
		"resource": "terraform:infra//aws_bedrockagent_agent.x",
		"key": "guardrail_configuration",
		"path": ["guardrail_configuration"],
		"evidence": {"attribute": "guardrail_configuration"},
	}} with input as root([agent({"guardrail_configuration": "probity-unknown"})])
	gen_001.not_applicable == {{
		"msg": "the root holds no Bedrock agent", "key": "", "path": [], "evidence": {},
	}} with input as root([])
}

test_guardrail_of_the_cloud_control_provider if {
	references := [
		{"path": ["guardrail_configuration", "guardrail_identifier"], "target": "awscc_bedrock_guardrail.g"},
		{"path": ["guardrail_configuration", "guardrail_version"], "target": "awscc_bedrock_guardrail_version.v"},
	]
	attached := object.union(resource("awscc_bedrock_agent", {"guardrail_configuration": {}}), {"references": references})
	gen_001.deny == set() with input as root([attached])
	covering := resource("awscc_bedrock_enforced_guardrail_configuration", {"guardrail_version": "1"})
	gen_001.deny == set() with input as root([agent({}), covering])
}
