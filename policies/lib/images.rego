# The container images that a resource names.
package probity.lib.images

import rego.v1

import data.probity.lib.pods
import data.probity.lib.settings

# Blocks that hold an image, and the attribute that names it, by type.
fields := {
	"aws_sagemaker_model": [[["primary_container"], "image"], [["container"], "image"]],
	"awscc_sagemaker_model": [[["primary_container"], "image"], [["containers"], "image"]],
	"AWS::SageMaker::Model": [[["PrimaryContainer"], "Image"], [["Containers"], "Image"]],
	"AWS::SageMaker::ModelPackage": [[["InferenceSpecification", "Containers"], "Image"]],
	"aws_sagemaker_training_job": [[["algorithm_specification"], "training_image"]],
	"AWS::SageMaker::ProcessingJob": [[["AppSpecification"], "ImageUri"]],
	"aws_sagemaker_data_quality_job_definition": [[["data_quality_app_specification"], "image_uri"]],
	"AWS::SageMaker::DataQualityJobDefinition": [[["DataQualityAppSpecification"], "ImageUri"]],
	"AWS::SageMaker::ModelBiasJobDefinition": [[["ModelBiasAppSpecification"], "ImageUri"]],
	"AWS::SageMaker::ModelExplainabilityJobDefinition": [[["ModelExplainabilityAppSpecification"], "ImageUri"]],
	"AWS::SageMaker::ModelQualityJobDefinition": [[["ModelQualityAppSpecification"], "ImageUri"]],
	"aws_sagemaker_image_version": [[[], "base_image"]],
	"AWS::SageMaker::ImageVersion": [[[], "BaseImage"]],
	"aws_bedrockagentcore_agent_runtime": [[["agent_runtime_artifact", "container_configuration"], "container_uri"]],
	"awscc_bedrockagentcore_runtime": [[["agent_runtime_artifact", "container_configuration"], "container_uri"]],
	"AWS::BedrockAgentCore::Runtime": [[["AgentRuntimeArtifact", "ContainerConfiguration"], "ContainerUri"]],
	"google_vertex_ai_endpoint_with_model_garden_deployment": [[["model_config", "container_spec"], "image_uri"]],
}

# All of them as {"key", "path", "image"}; an image with a digest beside it is no name alone.
named(resource) := in_pods(resource) | in_blocks(resource)

in_pods(resource) := {{"key": found.key, "path": array.concat(found.path, ["image"]), "image": found.container.image} |
	resource.system == "kubernetes"
	some found in pods.containers(resource.attributes)
	found.container.image
}

in_blocks(resource) := {{"key": key, "path": array.concat(slot.path, [name]), "image": slot.body[name]} |
	some [blocks, name] in object.get(fields, resource.type, [])
	some slot in settings.bodies(resource.attributes, blocks)
	slot.body[name]
	not slot.body.ImageDigest
	key := key_of(blocks, name, slot.body)
}

# Containers of one block are told apart by their host names.
key_of(blocks, name, body) := concat(".", [blocks[0], hostname(body, name)]) if {
	count(blocks) == 1
} else := name if {
	count(blocks) == 0
} else := hostname(body, name)

hostname(body, name) := min(names) if {
	names := {value | some key in ["container_hostname", "ContainerHostname"]; value := body[key]}
	count(names) > 0
} else := name
