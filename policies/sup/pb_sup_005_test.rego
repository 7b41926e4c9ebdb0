package probity.sup_005_test

import rego.v1

import data.probity.sup_005

kubernetes(kind, spec) := {
	"system": "kubernetes", "type": kind, "name": "serve", "namespace": "ml",
	"subject": sprintf("kubernetes:k8s//apps/%s/ml/serve", [kind]),
	"attributes": {"kind": kind, "metadata": {"name": "serve"}, "spec": spec},
	"unknown": [], "references": [], "path": "k8s/serve.yaml",
}

terraform(type, attributes) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

digest := "repo/app@sha256:3b5d0bfd2ee4bd0b62ab8ff4a3a2f6f9b9a2f3cf17b63b2cc5f4b6a0f0a7d7c1"

pod(image) := {"containers": [{"name": "main", "image": image}]}

paths(case) := {[f.key, f.path] | some f in found} if found := sup_005.deny with input as case

test_digest_passes if {
	sup_005.deny == set() with input as kubernetes("Pod", pod(digest))
}

test_latest_is_high if {
	sup_005.deny == {{
		"msg": "Deployment serve names the image rayproject/ray:latest by its tag only: pin it by digest.",
		"key": "main",
		"path": ["spec", "template", "spec", "containers", 0, "image"],
		"severity": "high",
		"evidence": {"image": "rayproject/ray:latest", "tag": "latest"},
	}} with input as kubernetes("Deployment", {"template": {"spec": pod("rayproject/ray:latest")}})
}

test_severity_of_tags if {
	every image, expected in {
		"repo/app": "high",
		"registry:5000/repo/app": "high",
		"registry:5000/repo/app:1.2": "medium",
		"repo/app:1.2": "medium",
	} {
		{f.severity | some f in sup_005.deny} == {expected} with input as kubernetes("Pod", pod(image))
	}
}

test_placeholders_pass if {
	every image in ["{{ .Values.image }}", "${IMAGE}:1", "repo/app:$(TAG)"] {
		sup_005.deny == set() with input as kubernetes("Pod", pod(image))
	}
}

test_places if {
	inner := pod("a:1")
	paths(kubernetes("CronJob", {"jobTemplate": {"spec": {"template": {"spec": inner}}}})) == {[
		"main", ["spec", "jobTemplate", "spec", "template", "spec", "containers", 0, "image"],
	]}
	paths(kubernetes("Notebook", {"template": {"spec": inner}})) == {[
		"main", ["spec", "template", "spec", "containers", 0, "image"],
	]}
	paths(kubernetes("InferenceService", {"predictor": {"model": {"image": "b:1"}, "containers": [{"name": "side", "image": "a:1"}]}})) == {
		["predictor/side", ["spec", "predictor", "containers", 0, "image"]],
		["predictor/model", ["spec", "predictor", "model", "image"]],
	}
	paths(kubernetes("PyTorchJob", {"pytorchReplicaSpecs": {"Worker": {"template": {"spec": inner}}}})) == {[
		"worker/main", ["spec", "pytorchReplicaSpecs", "Worker", "template", "spec", "containers", 0, "image"],
	]}
	paths(kubernetes("RayCluster", {"workerGroupSpecs": [{"groupName": "gpu", "template": {"spec": inner}}]})) == {[
		"gpu/main", ["spec", "workerGroupSpecs", 0, "template", "spec", "containers", 0, "image"],
	]}
	paths(kubernetes("RayJob", {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": inner}}}})) == {[
		"head/main", ["spec", "rayClusterSpec", "headGroupSpec", "template", "spec", "containers", 0, "image"],
	]}
}

test_init_containers if {
	paths(kubernetes("Pod", {"initContainers": [{"name": "load", "image": "a:1"}]})) == {["load", ["spec", "initContainers", 0, "image"]]}
}

test_model_without_an_image_passes if {
	sup_005.deny == set() with input as kubernetes("InferenceService", {"predictor": {"model": {"modelFormat": {"name": "sklearn"}}}})
}

test_sagemaker_model if {
	paths(terraform("aws_sagemaker_model", {"primary_container": [{"image": "1.dkr.ecr.eu-west-1.amazonaws.com/a:1"}]})) == {[
		"primary_container.image", ["primary_container", 0, "image"],
	]}
	several := {"container": [{"image": digest}, {"image": "a:1", "container_hostname": "post"}]}
	paths(terraform("aws_sagemaker_model", several)) == {["container.post", ["container", 1, "image"]]}
	sup_005.deny == set() with input as terraform("aws_sagemaker_model", {"primary_container": [{"mode": "SingleModel"}]})
}

test_other_terraform_fields if {
	paths(terraform("aws_sagemaker_training_job", {"algorithm_specification": [{"training_image": "a:1"}]})) == {[
		"algorithm_specification.training_image", ["algorithm_specification", 0, "training_image"],
	]}
	runtime := {"agent_runtime_artifact": [{"container_configuration": [{"container_uri": "a:1"}]}]}
	paths(terraform("aws_bedrockagentcore_agent_runtime", runtime)) == {[
		"container_uri", ["agent_runtime_artifact", 0, "container_configuration", 0, "container_uri"],
	]}
}

test_names_by_type if {
	every case in [
		["AWS::SageMaker::Model", "PrimaryContainer", "Image"],
		["AWS::SageMaker::Model", "Containers", "Image"],
		["awscc_sagemaker_model", "primary_container", "image"],
		["awscc_sagemaker_model", "containers", "image"],
		["AWS::SageMaker::ProcessingJob", "AppSpecification", "ImageUri"],
		["aws_sagemaker_data_quality_job_definition", "data_quality_app_specification", "image_uri"],
		["AWS::SageMaker::DataQualityJobDefinition", "DataQualityAppSpecification", "ImageUri"],
		["AWS::SageMaker::ModelBiasJobDefinition", "ModelBiasAppSpecification", "ImageUri"],
		["AWS::SageMaker::ModelExplainabilityJobDefinition", "ModelExplainabilityAppSpecification", "ImageUri"],
		["AWS::SageMaker::ModelQualityJobDefinition", "ModelQualityAppSpecification", "ImageUri"],
	] {
		key := concat(".", [case[1], case[2]])
		paths(terraform(case[0], {case[1]: {case[2]: "a:1"}})) == {[key, [case[1], case[2]]]}
		paths(terraform(case[0], {case[1]: {case[2]: digest}})) == set()
	}
}

test_names_in_deeper_blocks if {
	every case in [
		["awscc_bedrockagentcore_runtime", "agent_runtime_artifact", "container_configuration", "container_uri"],
		["AWS::BedrockAgentCore::Runtime", "AgentRuntimeArtifact", "ContainerConfiguration", "ContainerUri"],
		["AWS::SageMaker::ModelPackage", "InferenceSpecification", "Containers", "Image"],
		["google_vertex_ai_endpoint_with_model_garden_deployment", "model_config", "container_spec", "image_uri"],
	] {
		paths(terraform(case[0], {case[1]: {case[2]: {case[3]: "a:1"}}})) == {[case[3], [case[1], case[2], case[3]]]}
	}
	every case in [["aws_sagemaker_image_version", "base_image"], ["AWS::SageMaker::ImageVersion", "BaseImage"]] {
		paths(terraform(case[0], {case[1]: "a:1"})) == {[case[1], [case[1]]]}
	}
}

test_package_with_a_digest_of_its_own if {
	pinned := {"Image": "a:1", "ImageDigest": "sha256:3b5d"}
	paths(terraform("AWS::SageMaker::ModelPackage", {"InferenceSpecification": {"Containers": [pinned]}})) == set()
}

test_containers_of_cloudformation_by_name if {
	named := {"Containers": [{"Image": "a:1", "ContainerHostname": "post"}]}
	paths(terraform("AWS::SageMaker::Model", named)) == {["Containers.post", ["Containers", 0, "Image"]]}
}

test_compiled_pipeline if {
	executors := {"exec-train": {"container": {"image": "python:3.11"}}, "exec-import": {"importer": {}}}
	sup_005.deny == {{
		"msg": "The pipeline names the image python:3.11 by its tag only: pin it by digest.",
		"key": "exec-train",
		"path": ["deploymentSpec", "executors", "exec-train", "container", "image"],
		"severity": "medium",
		"evidence": {"image": "python:3.11", "tag": "3.11"},
	}} with input as {"deploymentSpec": {"executors": executors}}
}

job(changes) := {"on": "push", "jobs": {"train": object.union({"steps": [{"run": "python train.py"}]}, changes)}}

test_containers_of_a_workflow if {
	sup_005.deny == {{
		"msg": "The workflow names the image python without a tag: pin it by digest.",
		"key": "train",
		"path": ["jobs", "train", "container"],
		"severity": "high",
		"evidence": {"image": "python", "tag": ""},
	}} with input as job({"container": "python"})
	paths(job({"container": {"image": "python:3.11"}})) == {["train", ["jobs", "train", "container", "image"]]}
	paths(job({"container": {"image": digest}})) == set()
	steps := [{"run": "python train.py"}, {"uses": "docker://alpine:3"}, {"uses": "actions/checkout@v4"}]
	paths(job({"steps": steps})) == {["train:alpine:3", ["jobs", "train", "steps", 1, "uses"]]}
	paths(job({"container": "python", "steps": [{"run": "ruff check"}]})) == set()
	paths(job({"container": "python", "steps": [{"run": "terraform apply"}]})) == {["train", ["jobs", "train", "container"]]}
}
