package probity.net_002_test

import rego.v1

import data.probity.net_002

resource(type, name, attributes, joins) := {
	"system": "terraform", "type": type, "name": name, "address": sprintf("%s.%s", [type, name]), "module": "",
	"subject": sprintf("terraform:infra//%s.%s", [type, name]), "path": "infra/main.tf",
	"attributes": attributes, "unknown": [], "references": [], "joins": joins, "systems": [],
}

module(resources) := {"system": "terraform", "root": "infra", "resources": resources, "systems": []}

model(attributes) := module([resource("aws_sagemaker_model", "credit", attributes, {})])

closed := {"enable_network_isolation": true, "vpc_config": [{"subnets": ["subnet-1"]}]}

subject := "terraform:infra//aws_sagemaker_model.credit"

found(case) := {[f.key, f.path] | some f in results} if results := net_002.deny with input as case

test_closed_model_passes if {
	found(model(closed)) == set()
	found(model(object.union(closed, {"enable_network_isolation": "true"}))) == set()
}

test_open_model if {
	net_002.deny == {
		{
			"msg": "The containers of model aws_sagemaker_model.credit can reach the network.",
			"resource": subject,
			"key": "enable_network_isolation",
			"path": [],
			"evidence": {"attribute": "enable_network_isolation"},
		},
		{
			"msg": "Model aws_sagemaker_model.credit stands outside the VPC.",
			"resource": subject,
			"key": "vpc_config",
			"path": [],
			"evidence": {"attribute": "vpc_config"},
		},
	} with input as model({"primary_container": [{"image": "a:1"}]})
}

test_switched_off if {
	found(model(object.union(closed, {"enable_network_isolation": false}))) == {[
		"enable_network_isolation", ["enable_network_isolation"],
	]}
	found(model(object.union(closed, {"vpc_config": []}))) == {["vpc_config", ["vpc_config"]]}
}

# The fix needs the model in S3 first, which the message says.
test_hub_download_is_named if {
	every block in ["primary_container", "container"] {
		open := {"vpc_config": closed.vpc_config, block: [{"environment": {"HF_MODEL_ID": "org/llm"}}]}
		{f.msg | some f in net_002.deny} == {concat("", [
			"The containers of model aws_sagemaker_model.credit can reach the network, ",
			"and download org/llm when they start: keep the model in S3.",
		])} with input as model(open)
	}
	local := {"vpc_config": closed.vpc_config, "primary_container": [{"environment": {"HF_MODEL_ID": "/opt/ml/model"}}]}
	{f.msg | some f in net_002.deny} == {
		"The containers of model aws_sagemaker_model.credit can reach the network.",
	} with input as model(local)
}

cfn(attributes) := module([object.union(resource("AWS::SageMaker::Model", "Credit", attributes, {}), {
	"system": "cloudformation",
	"address": "Credit",
})])

test_cloudformation if {
	found(cfn({"EnableNetworkIsolation": true, "VpcConfig": {"Subnets": ["subnet-1"]}})) == set()
	found(cfn({"EnableNetworkIsolation": false})) == {
		["EnableNetworkIsolation", ["EnableNetworkIsolation"]],
		["VpcConfig", []],
	}
	every block in [
		{"PrimaryContainer": {"Environment": {"HF_MODEL_ID": "org/llm"}}},
		{"Containers": [{"Environment": {"HF_MODEL_ID": "org/llm"}}]},
	] {
		open := object.union(block, {"VpcConfig": {"Subnets": ["subnet-1"]}})
		{f.msg | some f in net_002.deny} == {concat("", [
			"The containers of model Credit (AWS::SageMaker::Model) can reach the network, ",
			"and download org/llm when they start: keep the model in S3.",
		])} with input as cfn(open)
	}
}

test_awscc if {
	found(module([resource("awscc_sagemaker_model", "credit", closed, {})])) == set()
	count(found(module([resource("awscc_sagemaker_model", "credit", {}, {})]))) == 2
	hub := {"vpc_config": {"subnets": ["s"]}, "containers": [{"environment": {"HF_MODEL_ID": "org/llm"}}]}
	some f in net_002.deny with input as module([resource("awscc_sagemaker_model", "credit", hub, {})])
	contains(f.msg, "org/llm")
}

configuration(type, attributes) := resource(type, "serving", attributes, {})

used(type, name, attributes) := module([
	resource(type, "credit", {}, {"endpoint_configuration": [sprintf("terraform:infra//%s.serving", [name])]}),
	configuration(name, attributes),
])

serverless := {"variant_name": "all", "serverless_config": [{"max_concurrency": 1}]}

# Trap 20.
test_serverless_supports_neither if {
	config := "aws_sagemaker_endpoint_configuration"
	case := used("aws_sagemaker_model", config, {"production_variants": [serverless]})
	found(case) == set()
	net_002.not_applicable == {{
		"msg": "only serverless endpoints use the model, and these support neither isolation nor a VPC",
		"resource": subject, "key": "", "path": [], "evidence": {},
	}} with input as case
	large := {"instance_type": "ml.m5.large"}
	both := {"production_variants": [serverless, large]}
	count(found(used("aws_sagemaker_model", config, both))) == 2
	shadow := {"production_variants": [serverless], "shadow_production_variants": [large]}
	count(found(used("aws_sagemaker_model", config, shadow))) == 2
	count(found(used("aws_sagemaker_model", config, {}))) == 2
	net_002.not_applicable == set() with input as model({})
}

test_serverless_in_cloudformation if {
	config := "AWS::SageMaker::EndpointConfig"
	alone := {"ProductionVariants": [{"ServerlessConfig": {"MaxConcurrency": 1}}]}
	found(used("AWS::SageMaker::Model", config, alone)) == set()
	count(found(used("AWS::SageMaker::Model", config, {"ProductionVariants": [{"InstanceType": "ml.m5.large"}]}))) == 2
}

test_training_job if {
	net_002.deny == {{
		"msg": "The container of training job aws_sagemaker_training_job.fit can reach the network.",
		"resource": "terraform:infra//aws_sagemaker_training_job.fit",
		"key": "enable_network_isolation",
		"path": [],
		"evidence": {"attribute": "enable_network_isolation"},
	}} with input as module([resource("aws_sagemaker_training_job", "fit", {}, {})])
	found(module([resource("aws_sagemaker_training_job", "fit", {"enable_network_isolation": true}, {})])) == set()
}

pipeline(step) := {
	"Version": "2020-12-01",
	"Parameters": [{"Name": "On", "DefaultValue": true}, {"Name": "Off", "DefaultValue": false}, {"Name": "Open"}],
	"Steps": [step],
}

training(value) := pipeline({"Name": "Fit", "Type": "Training", "Arguments": {"EnableNetworkIsolation": value}})

test_training_step if {
	net_002.deny == {{
		"msg": "The container of step Fit can reach the network.",
		"key": "Fit:EnableNetworkIsolation",
		"path": ["Steps", 0, "Arguments"],
		"evidence": {"attribute": "EnableNetworkIsolation"},
	}} with input as pipeline({"Name": "Fit", "Type": "Training", "Arguments": {}})
	found(training(true)) == set()
	found(training({"Get": "Parameters.On"})) == set()
	found(training({"Get": "Parameters.Off"})) == {[
		"Fit:EnableNetworkIsolation", ["Steps", 0, "Arguments", "EnableNetworkIsolation"],
	]}
	net_002.inconclusive == set() with input as training({"Get": "Parameters.Off"})
}

test_value_of_a_run if {
	found(training({"Get": "Parameters.Open"})) == set()
	net_002.inconclusive == {{
		"msg": "Whether the container of step Fit can reach the network is decided by its run.",
		"key": "Fit:EnableNetworkIsolation",
		"path": ["Steps", 0, "Arguments", "EnableNetworkIsolation"],
		"evidence": {"attribute": "EnableNetworkIsolation"},
	}} with input as training({"Get": "Parameters.Open"})
}

test_tuning_step if {
	found(pipeline({"Name": "Tune", "Type": "Tuning", "Arguments": {"TrainingJobDefinition": {}}})) == {[
		"Tune:EnableNetworkIsolation", ["Steps", 0, "Arguments", "TrainingJobDefinition"],
	]}
	found(pipeline({"Name": "Clean", "Type": "Processing", "Arguments": {"TrainingJobDefinition": {}}})) == set()
}
