package probity.data_012_test

import rego.v1

import data.probity.data_012

crowd := "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"

flow(loop, tags, classes) := {
	"system": "terraform", "type": "aws_sagemaker_flow_definition", "name": "x",
	"address": "aws_sagemaker_flow_definition.x",
	"attributes": {"human_loop_config": [loop], "tags": tags}, "unknown": [], "references": [],
	"systems": [{"id": "s", "data_classes": classes}],
}

test_sensitive_data_for_the_crowd if {
	data_012.deny == {{
		"msg": concat("", [
			"Review workflow aws_sagemaker_flow_definition.x shows sensitive data to the public workforce; ",
			"use a private or vendor team.",
		]),
		"key": "workteam_arn",
		"path": ["human_loop_config", 0, "workteam_arn"],
		"evidence": {"attribute": "human_loop_config.workteam_arn", "classes": ["pii"]},
	}} with input as flow({"workteam_arn": crowd}, {"Data-Classification": "PII"}, [])
}

test_a_price_for_public_tasks if {
	loop := {"public_workforce_task_price": [{"amount_in_usd": [{"cents": 1}]}]}
	some f in data_012.deny with input as flow(loop, {}, ["phi"])
	[f.key, f.path] == ["public_workforce_task_price", ["human_loop_config", 0, "public_workforce_task_price", 0]]
}

quiet(case) if {
	denied := data_012.deny with input as case
	open := data_012.inconclusive with input as case
	count(denied) + count(open) == 0
}

test_public_data_may_be_shown if {
	quiet(flow({"workteam_arn": crowd}, {}, ["public"]))
}

test_the_tag_goes_first if {
	quiet(flow({"workteam_arn": crowd}, {"data_classification": "public"}, ["pii"]))
}

test_data_without_a_class_are_inconclusive if {
	case := flow({"workteam_arn": crowd}, {"owner": "pii"}, [])
	data_012.deny == set() with input as case
	{f.msg | some f in data_012.inconclusive} == {concat("", [
		"Review workflow aws_sagemaker_flow_definition.x uses the public workforce, ",
		"and how sensitive its data are is not declared.",
	])} with input as case
}

test_a_class_that_is_none_is_inconclusive if {
	{f.msg | some f in data_012.inconclusive} == {concat("", [
		"Review workflow aws_sagemaker_flow_definition.x uses the public workforce, ",
		"and the class of its data is none of the known ones.",
	])} with input as flow({"workteam_arn": crowd}, {}, ["secret"])
}

test_one_class_that_is_sensitive_is_enough if {
	case := flow({"workteam_arn": crowd}, {}, ["secret", "pii"])
	count(data_012.deny) == 1 with input as case
	data_012.inconclusive == set() with input as case
}

test_a_private_team_is_not_applicable if {
	case := flow({"workteam_arn": "arn:aws:sagemaker:eu-central-1:1:workteam/private-crowd/x"}, {}, ["pii"])
	quiet(case)
	{f.msg | some f in data_012.not_applicable} == {"the workflow does not use the public workforce"} with input as case
}
