package probity.lcm_008_test

import rego.v1

import data.probity.lcm_008

resource(type, attributes) := {"type": type, "name": "n", "address": sprintf("%s.n", [type]), "attributes": attributes}

test_notebook_on_an_ended_platform if {
	lcm_008.deny == {{
		"msg": concat("", [
			"Notebook aws_sagemaker_notebook_instance.n runs on notebook-al2-v3, which gets no more security ",
			"fixes: use notebook-al2023-v1.",
		]),
		"key": "platform_identifier",
		"path": ["platform_identifier"],
		"evidence": {"platform": "notebook-al2-v3"},
	}} with input as resource("aws_sagemaker_notebook_instance", {"platform_identifier": "notebook-al2-v3"})
	found := lcm_008.deny with input as resource("AWS::SageMaker::NotebookInstance", {"PlatformIdentifier": "notebook-al1-v1"})
	{f.path | some f in found} == {["PlatformIdentifier"]}
	count(lcm_008.deny) == 1 with input as resource("awscc_sagemaker_notebook_instance", {"platform_identifier": "notebook-al2-v1"})
}

test_supported_platform_and_default_pass if {
	every type in ["aws_sagemaker_notebook_instance", "awscc_sagemaker_notebook_instance", "AWS::SageMaker::NotebookInstance"] {
		lcm_008.deny == set() with input as resource(type, {})
	}
	lcm_008.deny == set() with input as resource("aws_sagemaker_notebook_instance", {"platform_identifier": "notebook-al2023-v1"})
	lcm_008.deny == set() with input as resource(
		"AWS::SageMaker::NotebookInstance",
		{"PlatformIdentifier": "notebook-al2023-v1"},
	)
}

test_removed_type if {
	lcm_008.deny == {{
		"msg": "google_notebooks_instance.n is of a type that its provider removed: use google_workbench_instance.",
		"key": "type",
		"path": [],
		"evidence": {"type": "google_notebooks_instance", "successor": "google_workbench_instance"},
	}} with input as resource("google_notebooks_instance", {})
	every type in ["google_notebooks_runtime", "google_ml_engine_model", "google_vertex_ai_schedule"] {
		count(lcm_008.deny) == 1 with input as resource(type, {})
	}
	lcm_008.deny == set() with input as resource("google_notebooks_instance_iam_member", {})
}

object_(kind, api) := resource(kind, {"kind": kind, "apiVersion": api})

test_api_that_is_no_longer_served if {
	lcm_008.deny == {{
		"msg": concat("", [
			"InferenceService n uses serving.kubeflow.org/v1alpha2, which is no longer served: ",
			"use serving.kserve.io/v1beta1.",
		]),
		"key": "apiVersion",
		"path": ["apiVersion"],
		"severity": "medium",
		"evidence": {"api": "serving.kubeflow.org/v1alpha2", "successor": "serving.kserve.io/v1beta1"},
	}} with input as object_("InferenceService", "serving.kubeflow.org/v1alpha2")
	lcm_008.deny == set() with input as object_("InferenceService", "serving.kserve.io/v1beta1")
}

test_api_with_a_successor_is_low if {
	lcm_008.deny == {{
		"msg": "PyTorchJob n uses kubeflow.org/v1, which has a successor: use TrainJob of trainer.kubeflow.org.",
		"key": "apiVersion",
		"path": ["apiVersion"],
		"severity": "low",
		"evidence": {"api": "kubeflow.org/v1", "successor": "TrainJob of trainer.kubeflow.org"},
	}} with input as object_("PyTorchJob", "kubeflow.org/v1")
	lcm_008.deny == set() with input as object_("MPIJob", "kubeflow.org/v2beta1")
}
