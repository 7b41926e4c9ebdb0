package probity.enc_002_test

import rego.v1

import data.probity.enc_002

resource(attributes) := {
	"system": "terraform", "type": "aws_sagemaker_endpoint_configuration", "name": "credit",
	"address": "aws_sagemaker_endpoint_configuration.credit",
	"subject": "terraform:infra//aws_sagemaker_endpoint_configuration.credit",
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

variant(kind) := {"production_variants": [{"variant_name": "all", "instance_type": kind}]}

async(output) := object.union(variant("ml.g5.xlarge"), {"async_inference_config": [{"output_config": [output]}]})

test_pass_with_a_key if {
	enc_002.deny == set() with input as resource(object.union(variant("ml.m5.large"), {"kms_key_arn": "arn:aws:kms:eu-west-1:1:key/a"}))
}

test_fail_without_a_key if {
	enc_002.deny == {{
		"msg": concat("", [
			"Endpoint configuration aws_sagemaker_endpoint_configuration.credit ",
			"does not encrypt the volumes of its instances with a customer-managed key.",
		]),
		"key": "kms_key_arn",
		"path": [],
		"evidence": {"attribute": "kms_key_arn", "instance_families": "m5"},
	}} with input as resource(variant("ml.m5.large"))
}

test_an_empty_key_is_no_key if {
	some f in enc_002.deny with input as resource(object.union(variant("ml.m5.large"), {"kms_key_arn": ""}))
	f.path == ["kms_key_arn"]
}

# The agent-style name is not read by this resource.
test_kms_key_id_is_another_attribute if {
	count(enc_002.deny) == 1 with input as resource(object.union(variant("ml.m5.large"), {"kms_key_id": "k"}))
}

test_local_storage_is_exempt if {
	some kind in ["ml.g5.xlarge", "ml.p4d.24xlarge"]
	enc_002.deny == set() with input as resource(variant(kind))
	count(enc_002.not_applicable) == 1 with input as resource(variant(kind))
}

test_serverless_is_exempt if {
	case := resource({"production_variants": [{"serverless_config": [{"max_concurrency": 1}]}]})
	enc_002.deny == set() with input as case
	{f.msg | some f in enc_002.not_applicable} == {"serverless variants have no storage volume"} with input as case
}

test_unknown_instance_type_is_not_judged if {
	enc_002.deny == set() with input as resource({"production_variants": [{"variant_name": "all"}]})
	enc_002.deny == set() with input as resource(variant(true))
	enc_002.deny == set() with input as resource(variant("probity-unknown"))
	count(enc_002.inconclusive) == 1 with input as resource(variant("probity-unknown"))
	enc_002.inconclusive == set() with input as resource(variant("ml.m5.large"))
}

test_asynchronous_output_without_a_key if {
	found := enc_002.deny with input as resource(async({"s3_output_path": "s3://out"}))
	{[f.key, f.path] | some f in found} == {[
		"async_inference_config.output_config.kms_key_id",
		["async_inference_config", 0, "output_config", 0],
	]}
}

test_asynchronous_output_with_a_key if {
	enc_002.deny == set() with input as resource(async({"s3_output_path": "s3://out", "kms_key_id": "k"}))
}

twin(type, attributes) := {
	"system": "cloudformation", "type": type, "name": "credit", "address": "Config",
	"subject": "cloudformation:infra/serving.yaml//Config",
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/serving.yaml",
}

cfn(attributes) := twin("AWS::SageMaker::EndpointConfig", attributes)

large := [{"VariantName": "all", "InstanceType": "ml.m5.large"}]

test_cloudformation if {
	enc_002.deny == {{
		"msg": concat("", [
			"Endpoint configuration Config (AWS::SageMaker::EndpointConfig) ",
			"does not encrypt the volumes of its instances with a customer-managed key.",
		]),
		"key": "KmsKeyId",
		"path": [],
		"evidence": {"attribute": "KmsKeyId", "instance_families": "m5"},
	}} with input as cfn({"ProductionVariants": large})
	count(enc_002.deny) == 1 with input as cfn({"ShadowProductionVariants": large})
	enc_002.deny == set() with input as cfn({"ProductionVariants": large, "KmsKeyId": "k"})
}

test_cloudformation_exemptions if {
	enc_002.deny == set() with input as cfn({"ProductionVariants": [{"InstanceType": "ml.g5.xlarge"}]})
	count(enc_002.not_applicable) == 1 with input as cfn({"ProductionVariants": [{"InstanceType": "ml.g5.xlarge"}]})
	enc_002.deny == set() with input as cfn({"ProductionVariants": [{"ServerlessConfig": {"MaxConcurrency": 1}}]})
	serverless := cfn({"ProductionVariants": [{"ServerlessConfig": {"MaxConcurrency": 1}}]})
	count(enc_002.not_applicable) == 1 with input as serverless
	count(enc_002.inconclusive) == 1 with input as cfn({"ProductionVariants": [{"VariantName": "all"}]})
}

test_cloudformation_asynchronous_output if {
	case := {"KmsKeyId": "k", "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://out"}}}
	enc_002.deny == {{
		"msg": concat("", [
			"Endpoint configuration Config (AWS::SageMaker::EndpointConfig) ",
			"writes asynchronous results to S3 without a customer-managed key.",
		]),
		"key": "AsyncInferenceConfig.OutputConfig.KmsKeyId",
		"path": ["AsyncInferenceConfig", "OutputConfig"],
		"evidence": {"attribute": "AsyncInferenceConfig.OutputConfig.KmsKeyId"},
	}} with input as cfn(case)
	sealed := {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://out", "KmsKeyId": "k"}}}
	enc_002.deny == set() with input as cfn(object.union(case, sealed))
}

test_awscc_calls_the_key_an_id if {
	type := "awscc_sagemaker_endpoint_config"
	enc_002.deny == set() with input as twin(type, object.union(variant("ml.m5.large"), {"kms_key_id": "k"}))
	count(enc_002.deny) == 1 with input as twin(type, object.union(variant("ml.m5.large"), {"kms_key_arn": "k"}))
}
