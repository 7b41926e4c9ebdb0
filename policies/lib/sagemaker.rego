# The steps of a SageMaker pipeline definition, as its JSON file gives them.
package probity.lib.sagemaker

import rego.v1

# Conditions hold steps within steps. Only these members lead to a step: a step-like object elsewhere is data.
lead_to_steps := {"Arguments", "IfSteps", "ElseSteps"}

# All steps as {"name", "type", "path", "arguments"}; `path` leads to the arguments.
steps(definition) := {step |
	is_array(definition.Steps)
	some i, _ in definition.Steps
	walk(definition.Steps[i], [below, value])
	is_object(value)
	is_string(value.Type)
	is_string(value.Name)
	count({part | some part in below; is_string(part)} - lead_to_steps) == 0
	step := {
		"name": value.Name,
		"type": value.Type,
		"path": array.concat(array.concat(["Steps", i], below), ["Arguments"]),
		"arguments": object.get(value, "Arguments", {}),
	}
}

# A value, or the default of the pipeline parameter that it refers to. What only a run gives is undefined.
resolved(definition, value) := object.get(parameter, "DefaultValue", null) if {
	name := trim_prefix(value.Get, "Parameters.")
	name != value.Get
	is_array(definition.Parameters)
	some parameter in definition.Parameters
	parameter.Name == name
	"DefaultValue" in object.keys(parameter)
} else := value if {
	not is_object(value)
} else := value if {
	not value.Get
}
