package probity.enc_006_test

import rego.v1

import data.probity.enc_006

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "a", "address": sprintf("%s.a", [type]),
	"subject": sprintf("terraform:infra//%s.a", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

found(case) := {[f.key, f.path] | some f in results} if results := enc_006.deny with input as case

key := "arn:aws:kms:eu-west-1:1:key/a"

test_no_key if {
	enc_006.deny == {{
		"msg": "aws_bedrockagent_agent.a is not encrypted with a key of its own: set a customer-managed key.",
		"key": "customer_encryption_key_arn",
		"path": [],
		"evidence": {"attribute": "customer_encryption_key_arn"},
	}} with input as resource("aws_bedrockagent_agent", {"agent_name": "support"})
}

# Trap 2: each type has its own name for the key.
test_names_of_the_key if {
	every type, name in {
		"aws_bedrock_custom_model": "custom_model_kms_key_id",
		"aws_bedrockagent_agent": "customer_encryption_key_arn",
		"awscc_bedrock_agent": "customer_encryption_key_arn",
		"AWS::Bedrock::Agent": "CustomerEncryptionKeyArn",
		"aws_bedrock_guardrail": "kms_key_arn",
		"awscc_bedrock_guardrail": "kms_key_arn",
		"AWS::Bedrock::Guardrail": "KmsKeyArn",
		"aws_bedrockagentcore_gateway": "kms_key_arn",
		"awscc_bedrockagentcore_gateway": "kms_key_arn",
		"AWS::BedrockAgentCore::Gateway": "KmsKeyArn",
	} {
		found(resource(type, {name: key})) == set()
		found(resource(type, {"kms_key": key})) == {[name, []]}
	}
}

test_data_source if {
	every type in ["aws_bedrockagent_data_source", "awscc_bedrock_data_source"] {
		block := "server_side_encryption_configuration"
		found(resource(type, {block: {"kms_key_arn": key}})) == set()
		found(resource(type, {block: [{"kms_key_arn": key}]})) == set()
		found(resource(type, {block: [{}]})) == {[concat(".", [block, "kms_key_arn"]), [block, 0]]}
	}
	sse := "ServerSideEncryptionConfiguration"
	found(resource("AWS::Bedrock::DataSource", {sse: {"KmsKeyArn": key}})) == set()
	found(resource("AWS::Bedrock::DataSource", {sse: {}})) == {[concat(".", [sse, "KmsKeyArn"]), [sse]]}
}

test_key_that_aws_manages if {
	enc_006.deny == {{
		"msg": "aws_bedrock_guardrail.a is encrypted with a key that AWS manages: set a customer-managed key.",
		"key": "kms_key_arn",
		"path": ["kms_key_arn"],
		"evidence": {"attribute": "kms_key_arn"},
	}} with input as resource("aws_bedrock_guardrail", {"kms_key_arn": "arn:aws:kms:eu-west-1:1:alias/aws/bedrock"})
}
