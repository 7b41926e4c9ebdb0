package probity.ovr_005_test

import rego.v1

import data.probity.ovr_005

resource(type, attributes) := {"type": type, "address": "support", "attributes": attributes}

cfn(group) := resource("AWS::Bedrock::Agent", {"ActionGroups": [object.union({"ActionGroupName": "desk"}, group)]})

functions(list) := {"FunctionSchema": {"Functions": list}}

found(case) := {[f.key, f.path] | some f in denied} if denied := ovr_005.deny with input as case

passes(case) if {
	found(case) == set()
	ovr_005.inconclusive == set() with input as case
	ovr_005.not_applicable == set() with input as case
}

test_function_that_changes_something if {
	ovr_005.deny == {{
		"msg": concat("", [
			"Action group desk of support lets the agent call refund_customer, which changes something, and nobody ",
			"has to confirm it.",
		]),
		"key": "desk:refund_customer",
		"path": ["ActionGroups", 0, "FunctionSchema", "Functions", 0],
		"evidence": {"function": "refund_customer"},
	}} with input as cfn(functions([{"Name": "refund_customer"}, {"Name": "list_orders"}]))
	found(cfn(functions([{"Name": "deleteUser", "RequireConfirmation": "DISABLED"}]))) == {[
		"desk:deleteUser",
		["ActionGroups", 0, "FunctionSchema", "Functions", 0, "RequireConfirmation"],
	]}
}

test_confirmed_returned_and_disabled_pass if {
	passes(cfn(functions([{"Name": "refund", "RequireConfirmation": "ENABLED"}])))
	refund := functions([{"Name": "refund"}])
	passes(cfn(object.union(refund, {"ActionGroupExecutor": {"CustomControl": "RETURN_CONTROL"}})))
	count(found(cfn(object.union(refund, {"ActionGroupExecutor": {"Lambda": "arn"}})))) == 1
	passes(cfn(object.union(refund, {"ActionGroupState": "DISABLED"})))
	count(found(cfn(object.union(refund, {"ActionGroupState": "ENABLED"})))) == 1
}

test_words_are_whole if {
	every name in ["get_settings", "updates_of_today", "listPayments", "reorderings"] {
		passes(cfn(functions([{"Name": name}])))
	}
}

test_terraform if {
	group := {
		"action_group_name": "desk",
		"function_schema": [{"member_functions": [{"functions": [{"name": "find"}, {"name": "cancel-order"}]}]}],
	}
	found(resource("aws_bedrockagent_agent_action_group", group)) == {[
		"desk:cancel-order",
		["function_schema", 0, "member_functions", 0, "functions", 1],
	]}
	controlled := object.union(group, {"action_group_executor": [{"custom_control": "RETURN_CONTROL"}]})
	passes(resource("aws_bedrockagent_agent_action_group", controlled))
	passes(resource("aws_bedrockagent_agent_action_group", object.union(group, {"action_group_state": "DISABLED"})))
}

test_cloud_control if {
	agent := {"action_groups": [{
		"action_group_name": "desk",
		"function_schema": {"functions": [{"name": "pay"}, {"name": "buy", "require_confirmation": "ENABLED"}]},
	}]}
	found(resource("awscc_bedrock_agent", agent)) == {["desk:pay", ["action_groups", 0, "function_schema", "functions", 0]]}
}

schema := {"paths": {"/orders": {
	"get": {"operationId": "listOrders"},
	"post": {"operationId": "createOrder"},
	"delete": {},
	"put": {"operationId": "replaceOrder", "x-requireConfirmation": "ENABLED"},
}}}

test_operations_of_a_schema if {
	case := cfn({"ApiSchema": {"Payload": json.marshal(schema)}})
	found(case) == {
		["desk:createOrder", ["ActionGroups", 0, "ApiSchema"]],
		["desk:DELETE /orders", ["ActionGroups", 0, "ApiSchema"]],
	}
	ovr_005.inconclusive == set() with input as case
	terraform := {"action_group_name": "desk", "api_schema": [{"payload": "paths:\n  /a:\n    post:\n      operationId: b\n"}]}
	found(resource("aws_bedrockagent_agent_action_group", terraform)) == {["desk:b", ["api_schema"]]}
	passes(cfn({"ApiSchema": {"Payload": json.marshal(schema)}, "ActionGroupState": "DISABLED"}))
	passes(cfn({
		"ApiSchema": {"Payload": json.marshal(schema)}, "ActionGroupExecutor": {"CustomControl": "RETURN_CONTROL"},
	}))
}

test_schema_that_lies_elsewhere_is_inconclusive if {
	case := cfn({"ApiSchema": {"S3": {"S3BucketName": "b"}}})
	found(case) == set()
	ovr_005.inconclusive == {{
		"msg": "Action group desk of support has its schema elsewhere: which actions need no confirmation cannot be told.",
		"key": "desk:schema",
		"path": ["ActionGroups", 0, "ApiSchema"],
		"evidence": {},
	}} with input as case
	passes(cfn({"ApiSchema": {"S3": {}}, "ActionGroupState": "DISABLED"}))
	passes(cfn({"ApiSchema": {"S3": {}}, "ActionGroupExecutor": {"CustomControl": "RETURN_CONTROL"}}))
}

test_code_interpreter if {
	case := cfn({"ParentActionGroupSignature": "AMAZON.CodeInterpreter"})
	ovr_005.deny == {{
		"msg": "Action group desk of support lets the agent run the code that it writes.",
		"key": "desk:code-interpreter",
		"path": ["ActionGroups", 0, "ParentActionGroupSignature"],
		"evidence": {"function": "AMAZON.CodeInterpreter"},
	}} with input as case
	passes(cfn({"ParentActionGroupSignature": "AMAZON.UserInput"}))
	passes(cfn({"ParentActionGroupSignature": "AMAZON.CodeInterpreter", "ActionGroupState": "DISABLED"}))
}

test_agent_without_action_groups_is_not_applicable if {
	every case in [resource("AWS::Bedrock::Agent", {}), resource("awscc_bedrock_agent", {})] {
		found(case) == set()
		{n.msg | some n in ovr_005.not_applicable} == {"the agent has no action group"} with input as case
	}
}
