package probity.net_005_test

import rego.v1

import data.probity.net_005

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "a", "address": sprintf("%s.a", [type]),
	"subject": sprintf("terraform:infra//%s.a", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

found(case) := {[f.key, f.path] | some f in results} if results := net_005.deny with input as case

mode(value) := {"network_configuration": [{"network_mode": value}]}

test_public_runtime if {
	net_005.deny == {{
		"msg": "aws_bedrockagentcore_agent_runtime.a runs in the public network: put it into a VPC.",
		"key": "network_configuration.network_mode",
		"path": ["network_configuration", 0, "network_mode"],
		"evidence": {"attribute": "network_configuration.network_mode"},
	}} with input as resource("aws_bedrockagentcore_agent_runtime", mode("PUBLIC"))
}

test_modes if {
	every type in [
		"aws_bedrockagentcore_agent_runtime",
		"awscc_bedrockagentcore_runtime",
		"aws_bedrockagentcore_browser",
		"awscc_bedrockagentcore_browser_custom",
		"aws_bedrockagentcore_code_interpreter",
		"awscc_bedrockagentcore_code_interpreter_custom",
	] {
		found(resource(type, mode("VPC"))) == set()
		found(resource(type, mode("SANDBOX"))) == set()
		count(found(resource(type, mode("PUBLIC")))) == 1
		found(resource(type, {})) == {["network_configuration.network_mode", []]}
	}
}

test_cloudformation if {
	every name in ["Runtime", "BrowserCustom", "CodeInterpreterCustom"] {
		type := sprintf("AWS::BedrockAgentCore::%s", [name])
		found(resource(type, {"NetworkConfiguration": {"NetworkMode": "VPC"}})) == set()
		found(resource(type, {"NetworkConfiguration": {"NetworkMode": "PUBLIC"}})) == {[
			"NetworkConfiguration.NetworkMode", ["NetworkConfiguration", "NetworkMode"],
		]}
	}
}

test_gateway if {
	every type in ["aws_bedrockagentcore_gateway", "awscc_bedrockagentcore_gateway"] {
		found(resource(type, {"authorizer_type": "AWS_IAM"})) == set()
		found(resource(type, {"authorizer_type": "CUSTOM_JWT"})) == set()
		found(resource(type, {})) == {["authorizer_type", []]}
	}
	net_005.deny == {{
		"msg": "aws_bedrockagentcore_gateway.a lets anybody call it: add an authorizer.",
		"key": "authorizer_type",
		"path": ["authorizer_type"],
		"evidence": {"attribute": "authorizer_type"},
	}} with input as resource("aws_bedrockagentcore_gateway", {"authorizer_type": "NONE"})
	found(resource("AWS::BedrockAgentCore::Gateway", {"AuthorizerType": "NONE"})) == {[
		"AuthorizerType", ["AuthorizerType"],
	]}
}

test_sandboxes_of_developers if {
	case := resource("aws_bedrockagentcore_browser", object.union(mode("PUBLIC"), {"tags": {"environment": "dev"}}))
	found(case) == set()
	net_005.not_applicable == {{"msg": "it is tagged as dev", "key": "", "path": [], "evidence": {}}} with input as case
	gateway := resource("aws_bedrockagentcore_gateway", {"authorizer_type": "NONE", "tags": {"environment": "dev"}})
	found(gateway) == set()
	net_005.not_applicable == set() with input as resource("aws_bedrockagentcore_browser", mode("PUBLIC"))
}
