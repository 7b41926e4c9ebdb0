package probity.ovr_001_test

import rego.v1

import data.probity.ovr_001

node(kind, settings) := {"kind": kind, "settings": settings, "subject": sprintf("pipeline:p.json//%s", [kind]), "taken_from": null}

pipeline(settings, edges) := {
	"pipeline": {
		"id": "p.json", "source_kind": "sagemaker", "unresolved": [],
		"nodes": {"Train": node("train", {}), "Ask": node("approve", {}), "Register": node("register", settings)},
		"edges": edges,
	},
	"system": null,
}

straight := {"Train": ["Register"]}

nothing(case) if {
	ovr_001.deny == set() with input as case
	ovr_001.inconclusive == set() with input as case
}

passes(case) if {
	nothing(case)
	ovr_001.not_applicable == set() with input as case
}

denied(case) := {[f.key, f.path] | some f in found} if found := ovr_001.deny with input as case

reasons(case) := {n.msg | some n in found} if found := ovr_001.not_applicable with input as case

test_pending_passes if {
	passes(pipeline({"ModelApprovalStatus": "PendingManualApproval"}, straight))
	passes(pipeline({}, straight))
}

test_pipeline_that_approves_itself if {
	ovr_001.deny == {{
		"msg": "Step Register registers its model as Approved: no person decides on the release.",
		"resource": "pipeline:p.json//register",
		"key": "ModelApprovalStatus",
		"path": ["ModelApprovalStatus"],
		"evidence": {"step": "Register", "status": `"Approved"`},
	}} with input as pipeline({"ModelApprovalStatus": "Approved"}, straight)
}

# Trap 4: a parameter without a default value.
test_unresolved_status_is_inconclusive if {
	case := pipeline({"ModelApprovalStatus": {"Get": "Parameters.ModelApprovalStatus"}}, straight)
	ovr_001.deny == set() with input as case
	ovr_001.inconclusive == {{
		"msg": "Step Register registers its model with a status that is known only when it runs.",
		"resource": "pipeline:p.json//register",
		"key": "ModelApprovalStatus",
		"path": ["ModelApprovalStatus"],
		"evidence": {"step": "Register", "status": `{"Get":"Parameters.ModelApprovalStatus"}`},
	}} with input as case
}

test_step_of_approval_is_a_decision if {
	passes(pipeline({"ModelApprovalStatus": "Approved"}, {"Train": ["Ask"], "Ask": ["Register"]}))
	passes(pipeline({"ModelApprovalStatus": {"Get": "x"}}, {"Train": ["Ask"], "Ask": ["Register"]}))
	count(denied(pipeline({"ModelApprovalStatus": "Approved"}, {"Train": ["Ask", "Register"], "Ask": ["Register"]}))) == 1
	count(denied(pipeline({"ModelApprovalStatus": "Approved"}, {"Train": ["Ask"]}))) == 1
}

test_steps_of_another_pipeline_are_judged_there if {
	case := object.union(
		pipeline({"ModelApprovalStatus": "Approved"}, straight),
		{"pipeline": {"nodes": {"Register": {"taken_from": "q.json"}}}},
	)
	nothing(case)
	reasons(case) == {"the pipeline has no step that registers a model"}
}

test_minimal_risk_is_not_applicable if {
	case := object.union(pipeline({"ModelApprovalStatus": "Approved"}, straight), {"system": {"risk_class": "minimal"}})
	nothing(case)
	reasons(case) == {"the system declares risk_class: minimal"}
	count(denied(object.union(case, {"system": {"risk_class": "limited"}}))) == 1
	unresolved := object.union(
		pipeline({"ModelApprovalStatus": {"Get": "x"}}, straight),
		{"system": {"risk_class": "minimal"}},
	)
	nothing(unresolved)
}

resource(type, attributes, systems) := {
	"type": type, "address": "credit", "attributes": attributes, "systems": systems, "subject": "x",
}

test_template if {
	ovr_001.deny == {{
		"msg": "credit declares its model package as Approved: no person decides on the release.",
		"key": "ModelApprovalStatus",
		"path": ["ModelApprovalStatus"],
		"evidence": {"status": "Approved"},
	}} with input as resource("AWS::SageMaker::ModelPackage", {"ModelApprovalStatus": "Approved"}, [])
	denied(resource("awscc_sagemaker_model_package", {"model_approval_status": "Approved"}, [])) == {[
		"model_approval_status",
		["model_approval_status"],
	]}
	passes(resource("AWS::SageMaker::ModelPackage", {"ModelApprovalStatus": "PendingManualApproval"}, []))
	passes(resource("AWS::SageMaker::ModelPackage", {}, []))
	minimal := resource("AWS::SageMaker::ModelPackage", {"ModelApprovalStatus": "Approved"}, [{"risk_class": "minimal"}])
	nothing(minimal)
	mixed := [{"risk_class": "minimal"}, {"risk_class": "high"}]
	count(denied(resource("AWS::SageMaker::ModelPackage", {"ModelApprovalStatus": "Approved"}, mixed))) == 1
}

call(name, args, kwargs, open) := {"name": name, "args": args, "kwargs": kwargs, "open": open}

script(calls) := {"imports": ["mlflow"], "calls": calls}

fit := call("model.fit", [], {}, [])

test_script_that_promotes_what_it_trains if {
	stage := call("client.transition_model_version_stage", ["credit", null], {"stage": "Production"}, ["version"])
	ovr_001.deny == {{
		"msg": "The script makes a model production by itself with transition_model_version_stage: no person decides on the release.",
		"key": "transition_model_version_stage:production",
		"path": ["calls", 1, "kwargs", "stage"],
		"evidence": {"call": "client.transition_model_version_stage", "to": "production"},
	}} with input as script([fit, stage])
	passes(script([stage]))
	positional := call("c.transition_model_version_stage", ["credit", "3", "Production"], {}, [])
	denied(script([positional, fit])) == {["transition_model_version_stage:production", ["calls", 0, "args", 2]]}
	passes(script([fit, call("c.transition_model_version_stage", [], {"stage": "Staging"}, [])]))
}

test_alias_of_production if {
	alias := call("client.set_registered_model_alias", ["credit", "Champion", null], {}, [])
	denied(script([fit, alias])) == {["set_registered_model_alias:champion", ["calls", 1, "args", 1]]}
	denied(script([fit, call("c.set_registered_model_alias", [], {"alias": "prod"}, [])])) == {[
		"set_registered_model_alias:prod",
		["calls", 1, "kwargs", "alias"],
	]}
	passes(script([alias]))
	passes(script([fit, call("client.set_registered_model_alias", ["credit", "challenger"], {}, [])]))
}

test_registration_in_python if {
	denied(script([call("model.register", [], {"approval_status": "Approved"}, [])])) == {[
		"register:Approved",
		["calls", 0, "kwargs", "approval_status"],
	]}
	denied(script([call("sm.create_model_package", [], {"ModelApprovalStatus": "Approved"}, [])])) == {[
		"create_model_package:Approved",
		["calls", 0, "kwargs", "ModelApprovalStatus"],
	]}
	every name in ["sm.update_model_package", "sm.get_paginator.paginate", "dict"] {
		nothing(script([call(name, [], {"ModelApprovalStatus": "Approved"}, ["approval_status"])]))
	}
	passes(script([call("model.register", [], {"approval_status": "PendingManualApproval"}, [])]))
}

test_parameter_of_a_pipeline_in_python if {
	parameter := call("ParameterString", [], {"name": "ModelApprovalStatus", "default_value": "Approved"}, [])
	register := call("model.register", [], {}, ["approval_status"])
	denied(script([parameter, register])) == {["ParameterString:Approved", ["calls", 0, "kwargs", "default_value"]]}
	ovr_001.inconclusive == set() with input as script([parameter, register])
	passes(script([register, call("ParameterString", ["ModelApprovalStatus", "PendingManualApproval"], {}, [])]))
	passes(script([call("ParameterString", [], {"name": "Text", "default_value": "Approved"}, [])]))
	ovr_001.inconclusive == {{
		"msg": "The script registers a model with register, and the status is known only when it runs.",
		"key": "register:approval_status",
		"path": ["calls", 0],
		"evidence": {"call": "model.register", "argument": "approval_status"},
	}} with input as script([register])
}

test_other_scripts_are_not_applicable if {
	reasons(script([fit])) == {"the script neither registers nor promotes a model"}
}

workflow(job) := {"name": "train", "on": ["push"], "jobs": {"train": job}}

approve := "aws sagemaker update-model-package --model-package-arn x --model-approval-status Approved"

test_workflow_that_approves if {
	ovr_001.deny == {{
		"msg": concat("", [
			"Job train approves a model with aws sagemaker model-package approval and declares no environment ",
			"that somebody has to approve.",
		]),
		"key": "train",
		"path": ["jobs", "train"],
		"evidence": {"job": "train", "command": "aws sagemaker model-package approval"},
	}} with input as workflow({"steps": [{"run": approve}]})
	passes(workflow({"environment": "production", "steps": [{"run": approve}]}))
	pending := workflow({"steps": [{"run": replace(approve, "Approved", "PendingManualApproval")}]})
	nothing(pending)
	reasons(pending) == {"no job of the workflow approves a model"}
}
