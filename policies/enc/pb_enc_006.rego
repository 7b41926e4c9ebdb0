# METADATA
# title: "Bedrock custom model, agent, guardrail, knowledge source without CMK"
# description: >-
#   A Bedrock custom model, agent, guardrail, data source of a knowledge base or AgentCore gateway is encrypted
#   with a key of AWS instead of one that the customer manages. The types call the attribute by different names.
#   Bedrock accepts ARNs of keys; an alias that AWS manages (alias/aws/...) is no key of the customer.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/data-encryption.html
#     description: Data encryption (Amazon Bedrock)
# custom:
#   id: PB-ENC-006
#   version: 1
#   severity: medium
#   scope: resource
#   selects:
#     - aws_bedrock_custom_model
#     - aws_bedrockagent_agent
#     - awscc_bedrock_agent
#     - "AWS::Bedrock::Agent"
#     - aws_bedrock_guardrail
#     - awscc_bedrock_guardrail
#     - "AWS::Bedrock::Guardrail"
#     - aws_bedrockagent_data_source
#     - awscc_bedrock_data_source
#     - "AWS::Bedrock::DataSource"
#     - aws_bedrockagentcore_gateway
#     - awscc_bedrockagentcore_gateway
#     - "AWS::BedrockAgentCore::Gateway"
#   inputs:
#     - tf
#     - cfn
#   controls:
#     - "GDPR:32.1.a"
#     - "ATLAS:AML.M0012"
#     - "SOC2:CC6.1"
#     - "NIST-800-53:SC-28"
#     - "AISF:AISF-INFRA-05"
#   remediation: >-
#     Set the key: custom_model_kms_key_id (custom model), customer_encryption_key_arn (agent), kms_key_arn
#     (guardrail, gateway, and in server_side_encryption_configuration of a data source).
#   aliases:
#     - CKV_AWS_373
#     - Bedrock.1
#     - BedrockAgentCore.3
#     - BedrockAgentCore.4
#     - bedrock_custom_model_encrypted_with_cmk
package probity.enc_006

import rego.v1

import data.probity.lib.settings

# The attribute has another name on each kind of resource.
key_of := {
	"aws_bedrock_custom_model": ["custom_model_kms_key_id"],
	"aws_bedrockagent_agent": ["customer_encryption_key_arn"],
	"awscc_bedrock_agent": ["customer_encryption_key_arn"],
	"AWS::Bedrock::Agent": ["CustomerEncryptionKeyArn"],
	"aws_bedrock_guardrail": ["kms_key_arn"],
	"awscc_bedrock_guardrail": ["kms_key_arn"],
	"AWS::Bedrock::Guardrail": ["KmsKeyArn"],
	"aws_bedrockagent_data_source": ["server_side_encryption_configuration", "kms_key_arn"],
	"awscc_bedrock_data_source": ["server_side_encryption_configuration", "kms_key_arn"],
	"AWS::Bedrock::DataSource": ["ServerSideEncryptionConfiguration", "KmsKeyArn"],
	"aws_bedrockagentcore_gateway": ["kms_key_arn"],
	"awscc_bedrockagentcore_gateway": ["kms_key_arn"],
	"AWS::BedrockAgentCore::Gateway": ["KmsKeyArn"],
}

finding(path, problem) := {
	"msg": sprintf("%s %s: set a customer-managed key.", [settings.title(input), problem]),
	"key": concat(".", key_of[input.type]),
	"path": path,
	"evidence": {"attribute": concat(".", key_of[input.type])},
}

deny contains finding(place.path, "is not encrypted with a key of its own") if {
	some place in settings.places(input.attributes, key_of[input.type])
	not settings.given(place.value)
}

deny contains finding(place.path, "is encrypted with a key that AWS manages") if {
	some place in settings.places(input.attributes, key_of[input.type])
	settings.aws_managed_key(place.value)
}
