# METADATA
# title: Endpoint configuration / inference storage unencrypted
# description: >-
#   The storage volumes of the endpoint's instances have no customer-managed key, or asynchronous results are
#   written to S3 without one. Serverless variants have no volume, and SageMaker rejects a volume key for
#   instance types with local NVMe storage, which hardware encrypts - both are left out.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
#     description: "CreateEndpointConfig, KmsKeyId"
# custom:
#   id: PB-ENC-002
#   version: 2
#   severity: high
#   scope: resource
#   selects:
#     - aws_sagemaker_endpoint_configuration
#     - awscc_sagemaker_endpoint_config
#     - "AWS::SageMaker::EndpointConfig"
#   inputs:
#     - tf
#     - cfn
#   controls:
#     - "GDPR:32.1.a"
#     - "EU-AIA:15.5"
#     - "ATLAS:AML.M0012"
#     - "SOC2:CC6.1"
#     - "NIST-800-53:SC-28"
#   remediation: >-
#     Set the key of the volumes (kms_key_arn; KmsKeyId in CloudFormation), and that of the asynchronous output
#     (kms_key_id in async_inference_config.output_config).
#   aliases:
#     - CKV_AWS_98
#     - SAGEMAKER_ENDPOINT_CONFIGURATION_KMS_KEY_CONFIGURED
#   params:
#     - instance_families_without_volume_key
package probity.enc_002

import rego.v1

import data.probity.lib.settings
import data.probity.lib.terraform
import data.probity.lib.twins
import data.probity.params

a := input.attributes

called(name) := twins.called(input.type, name)

# hashicorp/aws alone calls the key of the volumes an ARN.
volume_key := "kms_key_arn" if {
	input.type == "aws_sagemaker_endpoint_configuration"
} else := called("kms_key_id")

variants := array.concat(
	terraform.blocks(a, called("production_variants")),
	terraform.blocks(a, called("shadow_production_variants")),
)

instance_type(variant) := object.get(variant, called("instance_type"), "")

# A variant whose instance type is not known is not judged.
families := {family |
	some variant in variants
	not serverless(variant)
	is_string(instance_type(variant))
	parts := split(instance_type(variant), ".")
	parts[0] == "ml"
	family := parts[1]
}

serverless(variant) if count(terraform.blocks(variant, called("serverless_config"))) > 0

# One variant with local storage is enough for SageMaker to reject the key for the whole configuration.
keyless := {family | some family in families; family in params.instance_families_without_volume_key}

finding(key, path, message, evidence) := {
	"msg": sprintf(message, [settings.title(input)]),
	"key": key,
	"path": path,
	"evidence": object.union({"attribute": key}, evidence),
}

unencrypted := "Endpoint configuration %s does not encrypt the volumes of its instances with a customer-managed key."

in_clear := "Endpoint configuration %s writes asynchronous results to S3 without a customer-managed key."

unclear := "Whether endpoint configuration %s needs a volume key depends on its instance type, which is not known."

deny contains finding(volume_key, path, unencrypted, {"instance_families": concat(", ", sort(families))}) if {
	count(families) > 0
	count(keyless) == 0
	not terraform.is_set(a, volume_key)
	path := terraform.where(a, [], volume_key)
}

deny contains finding(concat(".", array.concat(blocks, [name])), path, in_clear, {}) if {
	blocks := [called("async_inference_config"), called("output_config")]
	name := called("kms_key_id")
	some output in settings.bodies(a, blocks)
	terraform.is_set(output.body, called("s3_output_path"))
	not terraform.is_set(output.body, name)
	path := array.concat(output.path, terraform.where(output.body, [], name))
}

# Neither recognised as with nor as without local storage.
unrecognised contains name if {
	some variant in variants
	not serverless(variant)
	not startswith(instance_type(variant), "ml.")
	name := object.get(variant, called("variant_name"), "")
}

inconclusive contains finding(volume_key, path, unclear, {}) if {
	count(families) == 0
	count(unrecognised) > 0
	not terraform.is_set(a, volume_key)
	path := terraform.where(a, [], volume_key)
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	not terraform.is_set(a, volume_key)
	count(terraform.blocks(a, called("async_inference_config"))) == 0
	some reason in reasons
}

reasons contains "serverless variants have no storage volume" if {
	count(variants) > 0
	every variant in variants { serverless(variant) }
}

reasons contains sprintf("SageMaker accepts no volume key for instances with local storage (%s)", [list]) if {
	count(keyless) > 0
	list := concat(", ", sort(keyless))
}
