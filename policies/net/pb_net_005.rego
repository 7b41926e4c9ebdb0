# METADATA
# title: Agent runtime or gateway without network/auth boundary
# description: >-
#   An agent runtime, browser or code interpreter of Bedrock AgentCore runs in the public network, or a gateway
#   lets anybody call it. A sandbox of a code interpreter has no network and passes. A resource tagged as not in
#   production is left out.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/agentcore-vpc.html
#     description: Configure Amazon Bedrock AgentCore for VPC
# custom:
#   id: PB-NET-005
#   version: 1
#   severity: high
#   scope: resource
#   selects:
#     - aws_bedrockagentcore_agent_runtime
#     - awscc_bedrockagentcore_runtime
#     - "AWS::BedrockAgentCore::Runtime"
#     - aws_bedrockagentcore_browser
#     - awscc_bedrockagentcore_browser_custom
#     - "AWS::BedrockAgentCore::BrowserCustom"
#     - aws_bedrockagentcore_code_interpreter
#     - awscc_bedrockagentcore_code_interpreter_custom
#     - "AWS::BedrockAgentCore::CodeInterpreterCustom"
#     - aws_bedrockagentcore_gateway
#     - awscc_bedrockagentcore_gateway
#     - "AWS::BedrockAgentCore::Gateway"
#   inputs:
#     - tf
#     - cfn
#   controls:
#     - "EU-AIA:15.5"
#     - "OWASP-LLM:LLM06:2025"
#     - "ATLAS:AML.M0026"
#     - "ATLAS:AML.M0032"
#     - "SOC2:CC6.6"
#     - "NIST-800-53:SC-7"
#     - "NIST-800-53:AC-3"
#     - "AISF:AISF-AGENT-01"
#   remediation: >-
#     Use network_mode = "VPC", and an authorizer (CUSTOM_JWT or AWS_IAM) on the gateway.
#   applies_when: >-
#     no tag says that the resource is not in production
#   aliases:
#     - BedrockAgentCore.1
#     - BedrockAgentCore.2
#     - BedrockAgentCore.5
#     - BedrockAgentCore.7
#   params:
#     - nonproduction_environments
package probity.net_005

import rego.v1

import data.probity.lib.settings
import data.probity.lib.twins

gateway if endswith(lower(input.type), "gateway")

tagged := settings.nonproduction(input.attributes)

finding(names, path, message) := {
	"msg": sprintf(message, [settings.title(input)]),
	"key": concat(".", names),
	"path": path,
	"evidence": {"attribute": concat(".", names)},
}

# The mode has no default: a network that is not declared is not private.
deny contains finding(names, place.path, "%s runs in the public network: put it into a VPC.") if {
	not tagged
	not gateway
	names := twins.path(input.type, ["network_configuration", "network_mode"])
	some place in settings.places(input.attributes, names)
	place.value in {"PUBLIC", null}
}

deny contains finding(names, place.path, "%s lets anybody call it: add an authorizer.") if {
	not tagged
	gateway
	names := twins.path(input.type, ["authorizer_type"])
	some place in settings.places(input.attributes, names)
	place.value in {"NONE", null}
}

not_applicable contains {"msg": sprintf("it is tagged as %s", [tagged]), "key": "", "path": [], "evidence": {}}
