# METADATA
# title: Endpoint configuration / inference storage unencrypted
# description: >-
#   The storage volumes of the endpoint's instances have no customer-managed key, or asynchronous results are
#   written to S3 without one. Serverless variants have no volume, and SageMaker rejects a volume key for instance
#   types with local NVMe storage, which hardware encrypts: both are left out.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
#     description: CreateEndpointConfig, KmsKeyId
# custom:
#   id: PB-ENC-002
#   version: 1
#   severity: high
#   scope: resource
#   selects:
#     - aws_sagemaker_endpoint_configuration
#   controls:
#     - "GDPR:32.1.a"
#     - "EU-AIA:15.5"
#     - "ATLAS:AML.M0012"
#     - "SOC2:CC6.1"
#     - "NIST-800-53:SC-28"
#   remediation: >-
#     Set kms_key_arn, and kms_key_id in async_inference_config.output_config.
#   aliases:
#     - CKV_AWS_98
#     - SAGEMAKER_ENDPOINT_CONFIGURATION_KMS_KEY_CONFIGURED
#   params:
#     - instance_families_without_volume_key
package probity.enc_002

import rego.v1

import data.probity.lib.terraform
import data.probity.params

variants := array.concat(
	terraform.blocks(input.attributes, "production_variants"),
	terraform.blocks(input.attributes, "shadow_production_variants"),
)

# A variant whose instance type is not known is not judged.
families := {family |
	some variant in variants
	not serverless(variant)
	is_string(variant.instance_type)
	parts := split(variant.instance_type, ".")
	parts[0] == "ml"
	family := parts[1]
}

serverless(variant) if count(terraform.blocks(variant, "serverless_config")) > 0

# One variant with local storage is enough for SageMaker to reject the key for the whole configuration.
keyless := {family | some family in families; family in params.instance_families_without_volume_key}

deny contains f if {
	count(families) > 0
	count(keyless) == 0
	not terraform.is_set(input.attributes, "kms_key_arn")
	f := {
		"msg": sprintf("Endpoint configuration %s does not encrypt the volumes of its instances with a customer-managed key.", [input.address]),
		"key": "kms_key_arn",
		"path": terraform.where(input.attributes, [], "kms_key_arn"),
		"evidence": {"attribute": "kms_key_arn", "instance_families": concat(", ", sort(families))},
	}
}

deny contains f if {
	some i, async in terraform.blocks(input.attributes, "async_inference_config")
	some o, output in terraform.blocks(async, "output_config")
	terraform.is_set(output, "s3_output_path")
	not terraform.is_set(output, "kms_key_id")
	container := array.concat(
		terraform.block_path(input.attributes, "async_inference_config", i),
		terraform.block_path(async, "output_config", o),
	)
	f := {
		"msg": sprintf("Endpoint configuration %s writes asynchronous results to S3 without a customer-managed key.", [input.address]),
		"key": "async_inference_config.output_config.kms_key_id",
		"path": terraform.where(input.attributes, container, "kms_key_id"),
		"evidence": {"attribute": "async_inference_config.output_config.kms_key_id"},
	}
}

# Neither recognised as with nor as without local storage.
unrecognised contains name if {
	some variant in variants
	not serverless(variant)
	not startswith(object.get(variant, "instance_type", ""), "ml.")
	name := object.get(variant, "variant_name", "")
}

inconclusive contains f if {
	count(families) == 0
	count(unrecognised) > 0
	not terraform.is_set(input.attributes, "kms_key_arn")
	f := {
		"msg": sprintf("Whether the instances of endpoint configuration %s need a volume key depends on their type, which is not known.", [input.address]),
		"key": "kms_key_arn",
		"path": terraform.where(input.attributes, [], "kms_key_arn"),
		"evidence": {"attribute": "kms_key_arn"},
	}
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	not terraform.is_set(input.attributes, "kms_key_arn")
	count(terraform.blocks(input.attributes, "async_inference_config")) == 0
	some reason in reasons
}

reasons contains "serverless variants have no storage volume" if {
	count(variants) > 0
	every variant in variants { serverless(variant) }
}

reasons contains sprintf("SageMaker accepts no volume key for instances with local storage (%s)", [concat(", ", sort(keyless))]) if {
	count(keyless) > 0
}
