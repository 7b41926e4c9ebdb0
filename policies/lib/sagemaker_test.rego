package probity.lib.sagemaker_test

import rego.v1

import data.probity.lib.sagemaker

definition := {
	"Parameters": [
		{"Name": "Size", "DefaultValue": "ml.m5.large"},
		{"Name": "Key"},
		{"Name": "Empty", "DefaultValue": ""},
	],
	"Steps": [
		{"Name": "Train", "Type": "Training", "Arguments": {"Environment": {"x": {"Name": "n", "Type": "t"}}}},
		{"Name": "If", "Type": "Condition", "Arguments": {
			"IfSteps": [{"Name": "Register", "Type": "RegisterModel"}],
			"ElseSteps": [{"Name": "Again", "Type": "Condition", "Arguments": {"IfSteps": [{"Name": "Deep", "Type": "Fail"}]}}],
		}},
	],
}

test_steps_at_every_depth if {
	{[s.name, s.type, s.path] | some s in sagemaker.steps(definition)} == {
		["Train", "Training", ["Steps", 0, "Arguments"]],
		["If", "Condition", ["Steps", 1, "Arguments"]],
		["Register", "RegisterModel", ["Steps", 1, "Arguments", "IfSteps", 0, "Arguments"]],
		["Again", "Condition", ["Steps", 1, "Arguments", "ElseSteps", 0, "Arguments"]],
		["Deep", "Fail", ["Steps", 1, "Arguments", "ElseSteps", 0, "Arguments", "IfSteps", 0, "Arguments"]],
	}
}

test_arguments if {
	some s in sagemaker.steps(definition)
	s.name == "Register"
	s.arguments == {}
}

test_resolved if {
	sagemaker.resolved(definition, 3) == 3
	sagemaker.resolved(definition, {"a": 1}) == {"a": 1}
	sagemaker.resolved(definition, {"Get": "Parameters.Size"}) == "ml.m5.large"
	sagemaker.resolved(definition, {"Get": "Parameters.Empty"}) == ""
	not sagemaker.resolved(definition, {"Get": "Parameters.Key"})
	not sagemaker.resolved(definition, {"Get": "Steps.Train.Size"})
}
