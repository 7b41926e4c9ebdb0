package probity.log_001_test

import rego.v1

import data.probity.log_001

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

agent := resource("aws_bedrockagent_agent", {})

logging(configuration) := resource("aws_bedrock_model_invocation_logging_configuration", {"logging_config": [configuration]})

test_logging_passes if {
	log_001.deny == set() with input as root([agent, logging({"s3_config": [{"bucket_name": "b"}]})])
	full := {"text_data_delivery_enabled": true, "cloudwatch_config": [{"log_group_name": "g"}]}
	log_001.deny == set() with input as root([agent, logging(full)])
}

test_no_logging if {
	log_001.deny == {{
		"msg": "aws_bedrockagent_agent.x uses Bedrock models, and the root configures no model invocation logging.",
		"resource": "terraform:infra//aws_bedrockagent_agent.x",
		"key": "",
		"path": [],
		"evidence": {"root": "infra", "resources_that_use_bedrock": 2},
	}} with input as root([agent, resource("aws_bedrockagent_flow", {})])
}

test_text_left_out if {
	case := root([agent, logging({"text_data_delivery_enabled": false, "s3_config": [{"bucket_name": "b"}]})])
	found := log_001.deny with input as case
	{[f.key, f.path] | some f in found} == {[
		"text_data_delivery_enabled",
		["logging_config", 0, "text_data_delivery_enabled"],
	]}
}

test_no_destination if {
	found := log_001.deny with input as root([agent, logging({"text_data_delivery_enabled": true})])
	{[f.key, f.path] | some f in found} == {["destination", ["logging_config", 0]]}
}

test_policies_that_invoke if {
	invoke := resource("aws_iam_policy", {"policy": `{"Statement":[{"Action":["bedrock:InvokeModel"],"Resource":"*"}]}`})
	count(log_001.deny) == 1 with input as root([invoke])
	list := resource("aws_iam_policy", {"policy": `{"Statement":[{"Action":"bedrock:ListFoundationModels"}]}`})
	log_001.deny == set() with input as root([list])
}

test_not_applicable_without_bedrock if {
	case := root([resource("aws_bedrock_guardrail", {}), resource("aws_s3_bucket", {})])
	log_001.deny == set() with input as case
	count(log_001.not_applicable) == 1 with input as case
}

logical(type, properties) := {
	"system": "cloudformation", "type": type, "name": "R", "address": "R", "subject": "cloudformation:t.yaml//R",
	"attributes": properties, "unknown": [], "references": [], "path": "t.yaml",
}

template(resources) := {"system": "cloudformation", "root": "t.yaml", "resources": resources}

statement(effect, action) := {"PolicyDocument": {"Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]}}

test_a_template_leaves_the_question_open if {
	case := template([logical("AWS::Bedrock::Agent", {})])
	log_001.deny == set() with input as case
	log_001.inconclusive == {{
		"msg": "R uses Bedrock models; a template cannot configure model invocation logging.",
		"resource": "cloudformation:t.yaml//R",
		"key": "",
		"path": [],
		"evidence": {"root": "t.yaml", "resources_that_use_bedrock": 1},
	}} with input as case
	log_001.inconclusive == set() with input as root([agent])
}

test_policies_of_a_template if {
	every policy in [statement("Allow", "bedrock:InvokeModel"), {"Policies": [statement("Allow", ["s3:*", "bedrock:*"])]}] {
		count(log_001.inconclusive) == 1 with input as template([logical("AWS::IAM::Role", policy)])
	}
	every policy in [statement("Deny", "bedrock:InvokeModel"), statement("Allow", "bedrock:ListFoundationModels")] {
		log_001.inconclusive == set() with input as template([logical("AWS::IAM::Role", policy)])
		count(log_001.not_applicable) == 1 with input as template([logical("AWS::IAM::Role", policy)])
	}
}

# Whole results, so that nothing in them can change unseen.
test_the_whole_of_the_other_results if {
	silent := logging({"text_data_delivery_enabled": false, "s3_config": [{"bucket_name": "b"}]})
	log_001.deny == {{
		"msg": concat("", [
			"Model invocation logging aws_bedrock_model_invocation_logging_configuration.x leaves out text: ",
			"prompts and answers are not kept.",
		]),
		"resource": "terraform:infra//aws_bedrock_model_invocation_logging_configuration.x",
		"key": "text_data_delivery_enabled",
		"path": ["logging_config", 0, "text_data_delivery_enabled"],
		"evidence": {"attribute": "logging_config.text_data_delivery_enabled", "value": false},
	}} with input as root([agent, silent])
	log_001.deny == {{
		"msg": concat("", [
			"Model invocation logging aws_bedrock_model_invocation_logging_configuration.x has no destination: ",
			"neither S3 nor CloudWatch.",
		]),
		"resource": "terraform:infra//aws_bedrock_model_invocation_logging_configuration.x",
		"key": "destination",
		"path": ["logging_config", 0],
		"evidence": {"attribute": "logging_config", "missing": "s3_config or cloudwatch_config"},
	}} with input as root([agent, logging({"text_data_delivery_enabled": true})])
	log_001.not_applicable == {{
		"msg": "the root uses no Bedrock model", "key": "", "path": [], "evidence": {},
	}} with input as root([])
}

test_every_type_that_invokes if {
	every type in [
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
	] {
		count(log_001.deny) == 1 with input as root([resource(type, {})])
	}
	every type in ["Agent", "ApplicationInferenceProfile", "Flow", "KnowledgeBase", "Prompt"] {
		count(log_001.inconclusive) == 1 with input as template([logical(sprintf("AWS::Bedrock::%s", [type]), {})])
	}
}

test_blocks_that_cannot_be_read_are_no_violation if {
	every name in ["s3_config", "cloudwatch_config"] {
		log_001.deny == set() with input as root([agent, logging({name: "probity-unknown"})])
	}
}
