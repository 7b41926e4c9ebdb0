package main

import rego.v1

denylist := ["*"]

runtimes := ["python2.7", "node4.3"]

sensitive := ["password", "PASSWORD", "Pass"]

deny contains msg if {
	runtime := input.Resources.LambdaFunction.Properties.Runtime
	contains(runtime, runtimes[_])
	msg := sprintf("%s runtime not allowed", [runtime])
}

check(actions, list) if endswith(actions[_], list[_])

deny contains msg if {
	action := input.Resources.LambdaFunction.Properties.Policies[_].Statement[_].Action
	check(action, denylist)
	input.Resources.LambdaFunction.Properties.Policies[_].Statement[_].Effect == "Allow"
	msg := "excessive Action permissions not allowed"
}

deny contains msg if {
	resource := input.Resources.LambdaFunction.Properties.Policies[_].Statement[_].Resource
	is_string(resource)
	endswith(resource, "*")
	input.Resources.LambdaFunction.Properties.Policies[_].Statement[_].Effect == "Allow"
	msg := "excessive Resource permissions not allowed"
}

deny contains msg if {
	some key, _ in input.Resources.LambdaFunction.Properties.Environment.Variables
	contains(key, sensitive[_])
	msg := sprintf("Sensitive data not allowed in environment variables: %s", [key])
}

deny contains msg if {
	some name, function in input.Resources
	function.Type == "AWS::Serverless::Function"
	not function.Properties.Tracing == "Active"
	msg := sprintf("function %s is not traced", [name])
}

deny contains msg if {
	some name, function in input.Resources
	function.Type == "AWS::Serverless::Function"
	function.Properties.Timeout > 300
	msg := sprintf("%s may run for %d seconds", [name, function.Properties.Timeout])
}

deny contains msg if {
	some name, function in input.Resources
	count(function.Properties.VpcConfig.SubnetIds) < 2
	msg := sprintf("%s runs in one subnet only", [name])
}

deny contains msg if {
	some name, api in input.Resources
	api.Type == "AWS::Serverless::Api"
	not api.Properties.Auth.DefaultAuthorizer
	msg := sprintf("API %s has no default authorizer", [name])
}

deny contains msg if {
	some name, api in input.Resources
	api.Type == "AWS::Serverless::Api"
	not api.Properties.TracingEnabled
	msg := sprintf("tracing is off for API %s", [name])
}

deny contains msg if {
	some name, api in input.Resources
	api.Type == "AWS::Serverless::Api"
	type := api.Properties.EndpointConfiguration.Type
	type != "PRIVATE"
	msg := sprintf("endpoint of %s is %s, and must be PRIVATE", [name, type])
}
