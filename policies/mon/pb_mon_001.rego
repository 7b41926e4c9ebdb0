# METADATA
# title: Production endpoint without data capture
# description: >-
#   An endpoint keeps no record of what goes in and what comes out, so drift and disputed decisions cannot be
#   examined. Serverless variants support no data capture, and an endpoint tagged as not in production is left
#   out. Encryption of the captured data is not asked for here: S3 encrypts by default.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
#     description: Capture data from a real-time endpoint
# custom:
#   id: PB-MON-001
#   version: 1
#   severity: high
#   scope: resource
#   selects:
#     - aws_sagemaker_endpoint_configuration
#     - google_vertex_ai_endpoint
#   controls:
#     - "EU-AIA:12.1"
#     - "EU-AIA:72.2"
#     - "EU-AIA:26.5"
#     - "NIST-AI-RMF:MEASURE 2.4"
#     - "NIST-AI-RMF:MANAGE 4.1"
#     - "ISO42001:A.6.2.6"
#     - "ISO42001:A.6.2.8"
#     - "ATLAS:AML.M0024"
#     - "SOC2:CC7.2"
#     - "NIST-800-53:AU-12"
#   remediation: >-
#     Add data_capture_config with enable_capture = true that captures input and output (Vertex AI:
#     predict_request_response_logging_config).
#   applies_when: >-
#     the endpoint has instances and no tag says that it is not in production
#   params:
#     - minimum_capture_percentage
#     - nonproduction_environments
package probity.mon_001

import rego.v1

import data.probity.lib.terraform
import data.probity.params

a := input.attributes

variants := array.concat(
	terraform.blocks(a, "production_variants"),
	terraform.blocks(a, "shadow_production_variants"),
)

reasons contains "serverless variants support no data capture" if {
	count(variants) > 0
	every variant in variants { count(terraform.blocks(variant, "serverless_config")) > 0 }
}

reasons contains sprintf("it is tagged as %s", [value]) if value := terraform.nonproduction(a)

applies(type) if {
	input.type == type
	count(reasons) == 0
}

block := "data_capture_config" if {
	input.type == "aws_sagemaker_endpoint_configuration"
} else := "predict_request_response_logging_config"

switch := "enable_capture" if {
	input.type == "aws_sagemaker_endpoint_configuration"
} else := "enabled"

configurations := terraform.blocks(a, block)

finding(key, path, message) := {
	"msg": sprintf(message, [input.address]),
	"key": key,
	"path": path,
	"evidence": {"attribute": concat(".", [block, key])},
}

on(configuration) if configuration[switch] in {true, "true"}

deny contains finding(switch, [], "Endpoint %s does not capture requests and responses.") if {
	count(reasons) == 0
	count(unreadable) == 0
	count(configurations) == 0
}

deny contains finding(switch, path, "Endpoint %s has capture of requests and responses switched off.") if {
	count(reasons) == 0
	some i, configuration in configurations
	not on(configuration)
	path := terraform.where(a, terraform.block_path(a, block, i), switch)
}

deny contains finding("initial_sampling_percentage", path, "Endpoint %s captures too small a share of its requests.") if {
	applies("aws_sagemaker_endpoint_configuration")
	some i, configuration in configurations
	on(configuration)
	is_number(configuration.initial_sampling_percentage)
	configuration.initial_sampling_percentage < params.minimum_capture_percentage
	path := terraform.where(a, terraform.block_path(a, "data_capture_config", i), "initial_sampling_percentage")
}

# Input and Output are two options, or one that says both.
deny contains finding("capture_options", path, "Endpoint %s does not capture both requests and responses.") if {
	applies("aws_sagemaker_endpoint_configuration")
	some i, configuration in configurations
	on(configuration)
	not terraform.unreadable(configuration, "capture_options")
	modes := {option.capture_mode | some option in terraform.blocks(configuration, "capture_options")}
	not "InputAndOutput" in modes
	count({"Input", "Output"} - modes) > 0
	path := terraform.where(a, terraform.block_path(a, "data_capture_config", i), "capture_options")
}

# Blocks that cannot be read: they may hold a capture, or variants that support none.
unreadable contains name if {
	some name in [block, "production_variants"]
	terraform.unreadable(a, name)
}

inconclusive contains f if {
	count(reasons) == 0
	count(configurations) == 0
	some name in unreadable
	f := finding(switch, [name], "Whether endpoint %s captures its requests, or could, cannot be read from the repository.")
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if some reason in reasons
