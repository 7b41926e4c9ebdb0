# METADATA
# title: Bedrock model invocation logging not configured
# description: >-
#   The root uses Bedrock models, and no model invocation logging keeps the prompts and answers. Logging is one
#   setting per account and region; where a landing zone holds it, say so with external evidence. One finding per
#   root, at the resource that sorts first. CloudFormation has no type for it, so a template can only leave the
#   question open: inconclusive.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
#     description: Monitor model invocation using CloudWatch Logs and Amazon S3
# custom:
#   id: PB-LOG-001
#   version: 2
#   severity: high
#   scope: module
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#   inputs: [tf, cfn]
#   controls:
#     - "EU-AIA:12.1"
#     - "EU-AIA:19.1"
#     - "EU-AIA:26.6"
#     - "NIST-AI-RMF:MEASURE 2.4"
#     - "NIST-AI-RMF:MEASURE 2.8"
#     - "ISO42001:A.6.2.8"
#     - "ATLAS:AML.M0024"
#     - "OWASP-LLM:LLM10:2025"
#     - "SOC2:CC7.2"
#     - "NIST-800-53:AU-12"
#     - "AISF:AISF-AI-05"
#   remediation: >-
#     Add an aws_bedrock_model_invocation_logging_configuration (one per region and account) that delivers text data
#     to S3 or CloudWatch.
#   aliases:
#     - bedrock_model_invocation_logging_enabled
#   applies_when: >-
#     the root holds a Bedrock agent, flow, profile, throughput or model, or a policy that may invoke one
package probity.log_001

import rego.v1

import data.probity.lib.terraform

# A guardrail alone, or a vector store, invokes no model.
invoking_types := {
	"aws_bedrock_custom_model",
	"aws_bedrock_inference_profile",
	"aws_bedrock_provisioned_model_throughput",
	"aws_bedrockagent_agent",
	"aws_bedrockagent_flow",
	"aws_bedrockagent_knowledge_base",
	"aws_bedrockagent_prompt",
	"awscc_bedrock_agent",
	"awscc_bedrock_application_inference_profile",
	"awscc_bedrock_flow",
	"awscc_bedrock_knowledge_base",
	"awscc_bedrock_prompt",
	"AWS::Bedrock::Agent",
	"AWS::Bedrock::ApplicationInferenceProfile",
	"AWS::Bedrock::Flow",
	"AWS::Bedrock::KnowledgeBase",
	"AWS::Bedrock::Prompt",
}

users contains r if {
	some r in input.resources
	r.type in invoking_types
}

# A policy document is a JSON string.
users contains r if {
	some r in input.resources
	r.type in {"aws_iam_policy", "aws_iam_role_policy"}
	is_string(r.attributes.policy)
	regex.match(`"bedrock:(\*|Invoke[A-Za-z*]*|Converse[A-Za-z*]*)"`, r.attributes.policy)
}

# In a template the policies are objects.
users contains r if {
	some r in templated
	some policy in array.concat([r.attributes], items(object.get(r.attributes, "Policies", [])))
	some statement in items(policy.PolicyDocument.Statement)
	object.get(statement, "Effect", "Allow") == "Allow"
	some action in items(statement.Action)
	regex.match(`^bedrock:(\*|Invoke[A-Za-z*]*|Converse[A-Za-z*]*)$`, action)
}

templated contains r if {
	some r in input.resources
	strings.any_prefix_match(r.type, ["AWS::IAM::", "AWS::Serverless::"])
	some name in ["PolicyDocument", "Policies"]
	r.attributes[name]
}

items(value) := value if {
	is_array(value)
} else := [value]

loggings contains r if {
	some r in input.resources
	r.type == "aws_bedrock_model_invocation_logging_configuration"
}

unlogged(message) := {
	"msg": sprintf(message, [first.address]),
	"resource": first.subject,
	"key": "",
	"path": [],
	"evidence": {"root": input.root, "resources_that_use_bedrock": count(users)},
} if {
	count(loggings) == 0
	subject := min({r.subject | some r in users})
	some first in users
	first.subject == subject
}

deny contains unlogged("%s uses Bedrock models, and the root configures no model invocation logging.") if {
	input.system == "terraform"
}

inconclusive contains unlogged("%s uses Bedrock models; a template cannot configure model invocation logging.") if {
	input.system == "cloudformation"
}

configured(logging) := terraform.blocks(logging.attributes, "logging_config")

# Absent means true.
deny contains f if {
	count(users) > 0
	some logging in loggings
	some i, configuration in configured(logging)
	object.get(configuration, "text_data_delivery_enabled", true) in {false, "false"}
	block := terraform.block_path(logging.attributes, "logging_config", i)
	f := {
		"msg": sprintf("Model invocation logging %s leaves out text: prompts and answers are not kept.", [logging.address]),
		"resource": logging.subject,
		"key": "text_data_delivery_enabled",
		"path": array.concat(block, ["text_data_delivery_enabled"]),
		"evidence": {"attribute": "logging_config.text_data_delivery_enabled", "value": false},
	}
}

deny contains f if {
	count(users) > 0
	some logging in loggings
	some i, configuration in configured(logging)
	every name in ["s3_config", "cloudwatch_config"] {
		not terraform.unreadable(configuration, name)
		count(terraform.blocks(configuration, name)) == 0
	}
	f := {
		"msg": sprintf("Model invocation logging %s has no destination: neither S3 nor CloudWatch.", [logging.address]),
		"resource": logging.subject,
		"key": "destination",
		"path": terraform.block_path(logging.attributes, "logging_config", i),
		"evidence": {"attribute": "logging_config", "missing": "s3_config or cloudwatch_config"},
	}
}

not_applicable contains {"msg": "the root uses no Bedrock model", "key": "", "path": [], "evidence": {}} if {
	count(users) == 0
}
