package probity.mon_001_test

import rego.v1

import data.probity.mon_001

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

instances := {"production_variants": [{"instance_type": "ml.m5.large"}]}

endpoint(attributes) := resource("aws_sagemaker_endpoint_configuration", object.union(instances, attributes))

captured := {"enable_capture": true, "initial_sampling_percentage": 100, "capture_options": [{"capture_mode": "InputAndOutput"}]}

capture(change) := endpoint({"data_capture_config": [object.union(captured, change)]})

test_capture_passes if {
	mon_001.deny == set() with input as capture({})
	both := {"capture_options": [{"capture_mode": "Input"}, {"capture_mode": "Output"}]}
	mon_001.deny == set() with input as capture(both)
}

test_no_capture if {
	mon_001.deny == {{
		"msg": "Endpoint aws_sagemaker_endpoint_configuration.x does not capture requests and responses.",
		"key": "enable_capture",
		"path": [],
		"evidence": {"attribute": "data_capture_config.enable_capture"},
	}} with input as endpoint({})
}

test_capture_switched_off if {
	some f in mon_001.deny with input as capture({"enable_capture": false})
	[f.key, f.path] == ["enable_capture", ["data_capture_config", 0, "enable_capture"]]
}

test_half_a_capture if {
	found := mon_001.deny with input as capture({"capture_options": [{"capture_mode": "Input"}], "initial_sampling_percentage": 0})
	{[f.key, f.path] | some f in found} == {
		["capture_options", ["data_capture_config", 0, "capture_options"]],
		["initial_sampling_percentage", ["data_capture_config", 0, "initial_sampling_percentage"]],
	}
}

# Trap 20.
test_serverless_is_not_applicable if {
	case := resource("aws_sagemaker_endpoint_configuration", {"production_variants": [{"serverless_config": [{"memory_size_in_mb": 2048}]}]})
	mon_001.deny == set() with input as case
	{f.msg | some f in mon_001.not_applicable} == {"serverless variants support no data capture"} with input as case
}

test_nonproduction_is_not_applicable if {
	case := endpoint({"tags": {"environment": "dev"}})
	mon_001.deny == set() with input as case
	{f.msg | some f in mon_001.not_applicable} == {"it is tagged as dev"} with input as case
}

test_unreadable_block_is_inconclusive if {
	case := endpoint({"data_capture_config": true})
	mon_001.deny == set() with input as case
	count(mon_001.inconclusive) == 1 with input as case
	variants := resource("aws_sagemaker_endpoint_configuration", {"production_variants": "probity-unknown"})
	mon_001.deny == set() with input as variants
	count(mon_001.inconclusive) == 1 with input as variants
}

test_vertex_endpoint if {
	mon_001.deny == set() with input as resource(
		"google_vertex_ai_endpoint",
		{"predict_request_response_logging_config": [{"enabled": true}]},
	)
	{f.key | some f in mon_001.deny} == {"enabled"} with input as resource("google_vertex_ai_endpoint", {})
}

vertex(configuration) := resource("google_vertex_ai_endpoint", {"predict_request_response_logging_config": [configuration]})

test_vertex_sampling if {
	{[f.key, f.path] | some f in mon_001.deny} == {[
		"sampling_rate",
		["predict_request_response_logging_config", 0, "sampling_rate"],
	]} with input as vertex({"enabled": true, "sampling_rate": 0.001})
	mon_001.deny == set() with input as vertex({"enabled": "true", "sampling_rate": 0.01})
	{f.key | some f in mon_001.deny} == {"enabled"} with input as vertex({"enabled": false, "sampling_rate": 0.001})
}

template(properties) := {
	"system": "cloudformation", "type": "AWS::SageMaker::EndpointConfig", "name": "C", "address": "C",
	"subject": "cloudformation:t.yaml//C", "attributes": properties, "unknown": [], "references": [], "path": "t.yaml",
}

test_cloudformation if {
	variants := {"ProductionVariants": [{"InstanceType": "ml.m5.large"}]}
	capture_all := {"DataCaptureConfig": {
		"EnableCapture": true, "InitialSamplingPercentage": 100, "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
	}}
	mon_001.deny == set() with input as template(object.union(variants, capture_all))
	mon_001.deny == {{
		"msg": "Endpoint C does not capture requests and responses.",
		"key": "enable_capture",
		"path": [],
		"evidence": {"attribute": "data_capture_config.enable_capture"},
	}} with input as template(variants)
	weak := {"DataCaptureConfig": {
		"EnableCapture": "true", "InitialSamplingPercentage": "0", "CaptureOptions": [{"CaptureMode": "Output"}],
	}}
	{[f.key, f.path] | some f in mon_001.deny} == {
		["capture_options", ["DataCaptureConfig", "CaptureOptions"]],
		["initial_sampling_percentage", ["DataCaptureConfig", "InitialSamplingPercentage"]],
	} with input as template(object.union(variants, weak))
	off := {"DataCaptureConfig": {"EnableCapture": false}}
	{f.path | some f in mon_001.deny} == {["DataCaptureConfig", "EnableCapture"]} with input as template(object.union(variants, off))
}

test_cloudformation_left_out if {
	serverless := {"ProductionVariants": [{"ServerlessConfig": {"MaxConcurrency": 5}}]}
	{f.msg | some f in mon_001.not_applicable} == {"serverless variants support no data capture"} with input as template(serverless)
	tagged := {"Tags": [{"Key": "Environment", "Value": "Staging"}]}
	{f.msg | some f in mon_001.not_applicable} == {"it is tagged as staging"} with input as template(tagged)
	mon_001.deny == set() with input as template(tagged)
}

test_cloudformation_that_cannot_be_read_is_inconclusive if {
	case := template({"DataCaptureConfig": "probity-unknown"})
	mon_001.deny == set() with input as case
	{f.path | some f in mon_001.inconclusive} == {["DataCaptureConfig"]} with input as case
}

test_cloud_control_provider_uses_objects if {
	case := resource("awscc_sagemaker_endpoint_config", {"data_capture_config": {"enable_capture": false}})
	{f.path | some f in mon_001.deny} == {["data_capture_config", "enable_capture"]} with input as case
}

test_unreadable_options_are_no_violation if {
	mon_001.deny == set() with input as capture({"capture_options": "probity-unknown"})
}

test_the_whole_of_what_does_not_apply if {
	mon_001.not_applicable == {{
		"msg": "it is tagged as dev", "key": "", "path": [], "evidence": {},
	}} with input as endpoint({"tags": {"environment": "dev"}})
}
