# METADATA
# title: Production endpoint without data capture
# description: >-
#   An endpoint keeps no record of what goes in and what comes out, so drift and disputed decisions cannot be
#   examined. Serverless variants support no data capture, and an endpoint tagged as not in production is left out.
#   Encryption of the captured data is not asked for here: S3 encrypts by default.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
#     description: Capture data from a real-time endpoint
# custom:
#   id: PB-MON-001
#   version: 2
#   severity: high
#   scope: resource
#   selects:
#     - aws_sagemaker_endpoint_configuration
#     - awscc_sagemaker_endpoint_config
#     - "AWS::SageMaker::EndpointConfig"
#     - google_vertex_ai_endpoint
#   inputs: [tf, cfn]
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
import data.probity.lib.reading
import data.probity.params

whole := reading.whole(input)

sagemaker if {
	input.type in {
		"aws_sagemaker_endpoint_configuration",
		"awscc_sagemaker_endpoint_config",
		"AWS::SageMaker::EndpointConfig",
	}
}

variants := array.concat(
	reading.blocks(input, whole, "production_variants"),
	reading.blocks(input, whole, "shadow_production_variants"),
)

reasons contains "serverless variants support no data capture" if {
	count(variants) > 0
	every variant in variants { count(reading.blocks(input, variant, "serverless_config")) > 0 }
}

reasons contains sprintf("it is tagged as %s", [value]) if value := reading.nonproduction(input)

applies if {
	sagemaker
	count(reasons) == 0
}

block := "data_capture_config" if {
	sagemaker
} else := "predict_request_response_logging_config"

switch := "enable_capture" if {
	sagemaker
} else := "enabled"

configurations := reading.blocks(input, whole, block)

finding(key, path, message) := {
	"msg": sprintf(message, [input.address]),
	"key": key,
	"path": path,
	"evidence": {"attribute": concat(".", [block, key])},
}

on(configuration) if reading.on(reading.value(input, configuration, switch, false))

deny contains finding(switch, [], "Endpoint %s does not capture requests and responses.") if {
	count(reasons) == 0
	count(unreadable) == 0
	count(configurations) == 0
}

deny contains finding(switch, path, "Endpoint %s has capture of requests and responses switched off.") if {
	count(reasons) == 0
	some configuration in configurations
	not on(configuration)
	path := reading.where(input, configuration, switch)
}

deny contains finding("initial_sampling_percentage", path, too_small) if {
	applies
	some configuration in configurations
	on(configuration)
	percentage := reading.number(reading.value(input, configuration, "initial_sampling_percentage", null))
	percentage < params.minimum_capture_percentage
	path := reading.where(input, configuration, "initial_sampling_percentage")
}

too_small := "Endpoint %s captures too small a share of its requests."

# Vertex AI counts in fractions.
deny contains finding("sampling_rate", path, too_small) if {
	input.type == "google_vertex_ai_endpoint"
	count(reasons) == 0
	some configuration in configurations
	on(configuration)
	reading.number(configuration.body.sampling_rate) * 100 < params.minimum_capture_percentage
	path := array.concat(configuration.path, ["sampling_rate"])
}

# Input and Output are two options, or one that says both.
deny contains finding("capture_options", path, "Endpoint %s does not capture both requests and responses.") if {
	applies
	some configuration in configurations
	on(configuration)
	not reading.unreadable(input, configuration, "capture_options")
	options := reading.blocks(input, configuration, "capture_options")
	modes := {reading.value(input, option, "capture_mode", "") | some option in options}
	not "InputAndOutput" in modes
	count({"Input", "Output"} - modes) > 0
	path := reading.where(input, configuration, "capture_options")
}

# Blocks that cannot be read: they may hold a capture, or variants that support none.
unreadable contains own if {
	some name in [block, "production_variants"]
	own := reading.key(input, name)
	terraform.unreadable(input.attributes, own)
}

inconclusive contains f if {
	count(reasons) == 0
	count(configurations) == 0
	some name in unreadable
	f := finding(switch, [name], "Whether endpoint %s captures its requests cannot be read from the repository.")
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if some reason in reasons
