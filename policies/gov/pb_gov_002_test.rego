package probity.gov_002_test

import rego.v1

import data.probity.gov_002

resource(attributes, systems) := {
	"system": "terraform", "type": "aws_sagemaker_endpoint", "name": "x", "address": "aws_sagemaker_endpoint.x",
	"attributes": attributes, "systems": systems,
}

service(metadata, namespace) := {
	"system": "kubernetes", "type": "InferenceService", "name": "credit", "namespace": namespace, "systems": [],
	"attributes": {"kind": "InferenceService", "metadata": metadata},
}

test_registered_system_passes if {
	case := resource({}, [{"id": "credit"}])
	gov_002.deny == set() with input as case
	gov_002.not_applicable == set() with input as case
}

test_shadow_endpoint if {
	gov_002.deny == {{
		"msg": "aws_sagemaker_endpoint.x belongs to no AI system that .probity/system.yaml declares.",
		"key": "",
		"path": [],
		"evidence": {"system": ""},
	}} with input as resource({"tags": {"owner": "a"}}, [])
}

test_tag_that_names_no_declared_system if {
	gov_002.deny == {{
		"msg": "aws_sagemaker_endpoint.x names the AI system credit, which .probity/system.yaml does not declare.",
		"key": "",
		"path": ["tags"],
		"evidence": {"system": "credit"},
	}} with input as resource({"tags": {"AI_System": "credit"}}, [])
	labelled := service({"labels": {"acme.com/ai-system": "credit"}}, "ml")
	{[f.msg, f.path] | some f in gov_002.deny} == {[
		"InferenceService credit names the AI system credit, which .probity/system.yaml does not declare.",
		["metadata", "labels"],
	]} with input as labelled
	cfn := object.union(resource({"Tags": [{"Key": "ai-system", "Value": "a"}]}, []), {"system": "cloudformation"})
	{f.path | some f in gov_002.deny} == {["Tags"]} with input as cfn
	{f.path | some f in gov_002.deny} == {[]} with input as resource({"tags_all": {"ai-system": "a"}}, [])
	google := resource({"labels": {"ai-system": "a"}}, [])
	{f.path | some f in gov_002.deny} == {["labels"]} with input as google
	every case in [labelled, cfn, google] {
		count(gov_002.deny) == 1 with input as case
	}
}

test_sandboxes_are_not_applicable if {
	every case in [
		resource({"tags": {"environment": "Sandbox", "ai-system": "a"}}, []),
		resource({"tags": {"env": "playground"}}, []),
		resource({"tags": {"stage": "scratch"}}, []),
		service({}, "sandbox"),
	] {
		gov_002.deny == set() with input as case
		count(gov_002.not_applicable) == 1 with input as case
	}
	{n.msg | some n in gov_002.not_applicable} == {"it is a sandbox (sandbox)"} with input as service({}, "Sandbox")
	count(gov_002.deny) == 1 with input as resource({"tags": {"environment": "prod"}}, [])
	count(gov_002.deny) == 1 with input as service({}, "ml")
	other := object.union(resource({}, []), {"namespace": "sandbox"})
	count(gov_002.deny) == 1 with input as other
}
