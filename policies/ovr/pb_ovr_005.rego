# METADATA
# title: Agent can execute actions without confirmation
# description: >-
#   An agent may call a function that changes something and nobody confirms the call: its name holds a verb such as
#   refund or delete, confirmation is not required, and control does not return to the application. An operation of an
#   OpenAPI schema counts by its method (POST, PUT, PATCH, DELETE). A code interpreter runs what the model writes.
#   Groups that are disabled are left out. The hashicorp provider has no argument for confirmation: return control there,
#   or use Cloud Control. What a Lambda function may do by its role is not looked at.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/bedrock/latest/userguide/agents-userconfirmation.html
#     description: Get user confirmation before invoking an action group function
# custom:
#   id: PB-OVR-005
#   version: 1
#   severity: high
#   scope: resource
#   selects:
#     - aws_bedrockagent_agent_action_group
#     - awscc_bedrock_agent
#     - AWS::Bedrock::Agent
#   inputs: [tf, cfn]
#   controls:
#     - "EU-AIA:14.4.e"
#     - "OWASP-LLM:LLM06:2025"
#     - "ATLAS:AML.M0029"
#     - "ATLAS:AML.M0028"
#     - "NIST-AI-RMF:MAP 3.5"
#     - "ISO42001:A.9.2"
#     - "AISF:AISF-AGENT-05"
#     - "UNESCO:36"
#   remediation: >-
#     Enable confirmation for the function or return control to the application.
#   applies_when: >-
#     the agent has an action group
#   params:
#     - state_changing_verbs
package probity.ovr_005

import rego.v1

import data.probity.lib.shape
import data.probity.lib.terraform
import data.probity.params

a := input.attributes

# Names of the parts of an action group, as the three spell them.
snake := {
	"name": "action_group_name", "state": "action_group_state", "executor": "action_group_executor",
	"control": "custom_control", "parent": "parent_action_group_signature", "functions": "function_schema",
	"api": "api_schema", "payload": "payload", "function": "name", "confirmation": "require_confirmation",
}

pascal := {
	"name": "ActionGroupName", "state": "ActionGroupState", "executor": "ActionGroupExecutor",
	"control": "CustomControl", "parent": "ParentActionGroupSignature", "functions": "FunctionSchema",
	"api": "ApiSchema", "payload": "Payload", "function": "Name", "confirmation": "RequireConfirmation",
}

groups contains {"body": a, "path": [], "names": snake} if input.type == "aws_bedrockagent_agent_action_group"

groups contains {"body": body, "path": ["action_groups", i], "names": snake} if {
	input.type == "awscc_bedrock_agent"
	some i, body in terraform.blocks(a, "action_groups")
}

groups contains {"body": body, "path": ["ActionGroups", i], "names": pascal} if {
	input.type == "AWS::Bedrock::Agent"
	some i, body in terraform.blocks(a, "ActionGroups")
}

disabled(group) if group.body[group.names.state] == "DISABLED"

# Control returns to the application, which asks.
returned(group) if {
	some executor in terraform.blocks(group.body, group.names.executor)
	executor[group.names.control] == "RETURN_CONTROL"
}

title(group) := object.get(group.body, group.names.name, "without a name")

changing(name) if {
	spaced := lower(regex.replace(name, `([a-z0-9])([A-Z])`, "$1 $2"))
	some word in regex.split(`[^a-z0-9]+`, spaced)
	word in params.state_changing_verbs
}

# The functions of a group, each with its path.
functions(group) := {{"name": name, "path": array.concat(group.path, path), "body": body} |
	is_object(object.get(group.body, group.names.functions, null))
	list := {"function_schema": "functions", "FunctionSchema": "Functions"}[group.names.functions]
	some i, body in shape.each(object.get(group.body, [group.names.functions, list], []))
	path := [group.names.functions, list, i]
	name := body[group.names.function]
} | {{"name": name, "path": array.concat(group.path, path), "body": body} |
	some s, schema in listed(group.body, "function_schema")
	some m, member in listed(schema, "member_functions")
	some i, body in listed(member, "functions")
	path := ["function_schema", s, "member_functions", m, "functions", i]
	name := body.name
}

listed(body, name) := body[name] if {
	is_array(body[name])
} else := []

finding(group, key, path, message, evidence) := {
	"msg": sprintf("Action group %s of %s %s", [title(group), input.address, message]),
	"key": sprintf("%s:%s", [title(group), key]),
	"path": path,
	"evidence": evidence,
}

deny contains f if {
	some group in groups
	not disabled(group)
	not returned(group)
	some function in functions(group)
	changing(function.name)
	object.get(function.body, group.names.confirmation, "DISABLED") != "ENABLED"
	message := sprintf("lets the agent call %s, which changes something, and nobody has to confirm it.", [function.name])
	f := finding(
		group, function.name,
		terraform.where(a, function.path, group.names.confirmation), message, {"function": function.name},
	)
}

# An OpenAPI schema in the resource itself, as JSON or YAML.
operations(group) := {{"name": name, "operation": operation} |
	some api in terraform.blocks(group.body, group.names.api)
	schema := yaml.unmarshal(api[group.names.payload])
	some route, methods in shape.member(schema, "paths")
	some method, operation in shape.each(methods)
	lower(method) in {"post", "put", "patch", "delete"}
	name := object.get(operation, "operationId", sprintf("%s %s", [upper(method), route]))
}

deny contains f if {
	some group in groups
	not disabled(group)
	not returned(group)
	some found in operations(group)
	object.get(found.operation, "x-requireConfirmation", "DISABLED") != "ENABLED"
	message := sprintf("lets the agent call %s, which changes something, and nobody has to confirm it.", [found.name])
	path := array.concat(group.path, [group.names.api])
	f := finding(group, found.name, path, message, {"function": found.name})
}

deny contains f if {
	some group in groups
	not disabled(group)
	group.body[group.names.parent] == "AMAZON.CodeInterpreter"
	path := array.concat(group.path, [group.names.parent])
	f := finding(group, "code-interpreter", path, "lets the agent run the code that it writes.", {"function": "AMAZON.CodeInterpreter"})
}

# A schema that lies in S3 cannot be read here.
inconclusive contains f if {
	some group in groups
	not disabled(group)
	not returned(group)
	some api in terraform.blocks(group.body, group.names.api)
	object.get(api, group.names.payload, null) == null
	count(functions(group)) == 0
	path := array.concat(group.path, [group.names.api])
	f := finding(group, "schema", path, "has its schema elsewhere: which actions need no confirmation cannot be told.", {})
}

not_applicable contains {"msg": "the agent has no action group", "key": "", "path": [], "evidence": {}} if count(groups) == 0
