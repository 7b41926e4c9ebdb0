package probity.sup_006_test

import rego.v1

import data.probity.sup_006

found(case) := {[f.key, f.path] | some f in results} if results := sup_006.deny with input as case

object_(kind, spec) := {
	"system": "kubernetes", "type": kind, "name": "llm", "namespace": "ml",
	"subject": sprintf("kubernetes:k8s//%s/ml/llm", [kind]),
	"attributes": {"kind": kind, "metadata": {"name": "llm"}, "spec": spec},
	"unknown": [], "references": [], "joins": {}, "systems": [], "path": "k8s/llm.yaml",
}

runtime(image) := object_("ServingRuntime", {"containers": [{"name": "server", "image": image}]})

test_image_of_a_stranger if {
	sup_006.deny == {{
		"msg": "ServingRuntime llm takes the image docker.io/randomuser/llm from a registry that is not trusted.",
		"key": "server",
		"path": ["spec", "containers", 0, "image"],
		"evidence": {"image": "docker.io/randomuser/llm"},
	}} with input as runtime("docker.io/randomuser/llm")
}

test_images if {
	every image in [
		"763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference:2.1",
		"public.ecr.aws/deep-learning-containers/pytorch:2",
		"europe-docker.pkg.dev/acme/ml/server:1",
		"gcr.io/acme/server",
		"eu.gcr.io/acme/server",
		"acme.azurecr.io/server:1",
		"mcr.microsoft.com/azureml/base",
		"nvcr.io/nvidia/tritonserver:24.01-py3",
		"registry.k8s.io/pause:3",
		"python:3.11",
		"vllm/vllm-openai:latest",
		"docker.io/kserve/sklearnserver:v0.11",
		"ghcr.io/huggingface/text-generation-inference:2",
		"quay.io/modh/vllm:1",
		"{{ .Values.image }}",
		"",
	] {
		found(runtime(image)) == set()
	}
	every image in [
		"randomuser/llm", "ghcr.io/randomuser/llm", "quay.io/randomuser/llm", "localhost/llm",
		"registry.example.com:5000/llm", "evil.com/763104351884.dkr.ecr.eu-west-1.amazonaws.com/x", "public.ecr.aws/randomuser/x",
	] {
		count(found(runtime(image))) == 1
	}
}

test_list_of_the_organisation if {
	sup_006.deny == set() with input as runtime("ghcr.io/acme/llm")
		with data.probity.params.trusted_registries as [`^ghcr\.io/acme/`]
}

test_pods_count_when_they_ask_for_an_accelerator if {
	web := {"name": "web", "image": "randomuser/web"}
	pod := object_("Pod", {"containers": [web]})
	found(pod) == set()
	sup_006.not_applicable == {{
		"msg": "the object neither serves nor trains a model and asks for no accelerator",
		"key": "", "path": [], "evidence": {},
	}} with input as pod
	gpu := object.union(web, {"resources": {"limits": {"nvidia.com/gpu": 1}}})
	count(found(object_("Pod", {"containers": [gpu]}))) == 1
	sup_006.not_applicable == set() with input as runtime("python:3.11")
	count(found(object_("RayCluster", {"headGroupSpec": {"template": {"spec": {"containers": [web]}}}}))) == 1
	count(found(object_("ClusterServingRuntime", {"containers": [web]}))) == 1
}

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "llm", "address": sprintf("%s.llm", [type]),
	"subject": sprintf("terraform:infra//%s.llm", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

test_images_of_resources if {
	found(resource("aws_sagemaker_model", {"primary_container": [{"image": "randomuser/llm"}]})) == {[
		"primary_container.image", ["primary_container", 0, "image"],
	]}
	sup_006.not_applicable == set() with input as resource("aws_sagemaker_model", {})
	cfn := object.union(
		resource("AWS::SageMaker::Model", {"Containers": [{"Image": "randomuser/llm"}]}),
		{"system": "cloudformation"},
	)
	found(cfn) == {["Containers.Image", ["Containers", 0, "Image"]]}
}

garden(model) := resource("google_vertex_ai_endpoint_with_model_garden_deployment", {"hugging_face_model_id": model})

test_model_of_a_stranger if {
	sup_006.deny == {{
		"msg": concat("", [
			"google_vertex_ai_endpoint_with_model_garden_deployment.llm takes the model randomuser/llm ",
			"from an owner that is not trusted.",
		]),
		"key": "model:randomuser/llm",
		"path": ["hugging_face_model_id"],
		"evidence": {"model": "randomuser/llm"},
	}} with input as garden("randomuser/llm")
	found(garden("Qwen/Qwen2.5-7B-Instruct")) == set()
	found(garden("qwen/x")) == set()
}

test_places_of_models if {
	found(object_("InferenceService", {"predictor": {"model": {"storageUri": "hf://randomuser/llm:main"}}})) == {[
		"model:randomuser/llm", ["spec", "predictor", "model", "storageUri"],
	]}
	found(object_("LLMInferenceService", {"model": {"uri": "hf://randomuser/llm"}})) == {[
		"model:randomuser/llm", ["spec", "model", "uri"],
	]}
	every block in ["primary_container", "container", "containers"] {
		found(resource("awscc_sagemaker_model", {block: [{"environment": {"HF_MODEL_ID": "randomuser/llm"}}]})) == {[
			"model:randomuser/llm", [block, 0, "environment", "HF_MODEL_ID"],
		]}
	}
	every block in ["PrimaryContainer", "Containers"] {
		count(found(resource("AWS::SageMaker::Model", {block: {"Environment": {"HF_MODEL_ID": "randomuser/llm"}}}))) == 1
	}
}

test_azure_publisher if {
	type := "azurerm_cognitive_deployment"
	found(resource(type, {"model": [{"format": "OpenAI", "name": "gpt-4o"}]})) == set()
	sup_006.deny == {{
		"msg": "azurerm_cognitive_deployment.llm deploys a model of the publisher Unknown, which is not trusted.",
		"key": "model.format",
		"path": ["model", 0, "format"],
		"evidence": {"format": "Unknown"},
	}} with input as resource(type, {"model": [{"format": "Unknown"}]})
	found(resource(type, {})) == set()
	found(resource("azurerm_x", {"model": [{"format": "Unknown"}]})) == set()
}

gateway(model) := {"model_list": [{"model_name": "gen", "litellm_params": {"model": model}}]}

test_gateway if {
	sup_006.deny == {{
		"msg": "The gateway takes the model randomuser/llm from an owner that is not trusted.",
		"key": "gen:randomuser/llm",
		"path": ["model_list", 0, "litellm_params", "model"],
		"evidence": {"model": "randomuser/llm"},
	}} with input as gateway("huggingface/randomuser/llm")
	count(found(gateway("huggingface/together/randomuser/llm"))) == 1
	every model in ["huggingface/meta-llama/Llama-3", "openai/gpt-4o", "bedrock/randomuser/llm", "huggingface/llm"] {
		found(gateway(model)) == set()
	}
}
