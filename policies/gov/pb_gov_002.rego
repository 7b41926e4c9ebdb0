# METADATA
# title: AI system not in the inventory
# description: >-
#   A resource that runs, trains or serves a model belongs to no system in `.probity/system.yaml`: neither by its
#   ai-system tag nor by its path. Parts that only support others, such as buckets and roles, are not asked for.
#   Sandboxes are left out.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 49
# custom:
#   id: PB-GOV-002
#   version: 1
#   severity: high
#   scope: resource
#   selects:
#     - aws_bedrock_custom_model
#     - aws_bedrock_provisioned_model_throughput
#     - aws_bedrockagent_agent
#     - aws_bedrockagentcore_agent_runtime
#     - aws_sagemaker_endpoint
#     - aws_sagemaker_model
#     - aws_sagemaker_pipeline
#     - aws_sagemaker_training_job
#     - awscc_bedrock_agent
#     - awscc_bedrockagentcore_runtime
#     - awscc_sagemaker_endpoint
#     - awscc_sagemaker_model
#     - awscc_sagemaker_model_package
#     - awscc_sagemaker_pipeline
#     - AWS::Bedrock::Agent
#     - AWS::BedrockAgentCore::Runtime
#     - AWS::SageMaker::Endpoint
#     - AWS::SageMaker::InferenceComponent
#     - AWS::SageMaker::Model
#     - AWS::SageMaker::ModelPackage
#     - AWS::SageMaker::Pipeline
#     - azurerm_ai_foundry_project
#     - azurerm_ai_services
#     - azurerm_cognitive_account
#     - azurerm_cognitive_deployment
#     - azurerm_machine_learning_workspace
#     - google_vertex_ai_endpoint
#     - google_vertex_ai_endpoint_with_model_garden_deployment
#     - google_vertex_ai_reasoning_engine
#     - InferenceService
#     - LLMInferenceService
#     - PyTorchJob
#     - RayService
#     - TFJob
#     - TrainJob
#   inputs: [git, tf, k8s]
#   controls:
#     - "NIST-AI-RMF:GOVERN 1.6"
#     - "ISO42001:A.4.2"
#     - "EU-AIA:49.1"
#     - "EU-AIA:26.8"
#     - "NIST-800-53:CM-8"
#     - "CIS-v8.1:1.1"
#     - "GDPR:30.1"
#     - "AISF:AISF-GOV-05"
#   remediation: >-
#     Register the system in .probity/system.yaml, or tag the resource with the id of the one it belongs to.
#   applies_when: >-
#     unless the resource is tagged, or its namespace named, as a sandbox
#   params:
#     - sandbox_environments
package probity.gov_002

import rego.v1

import data.probity.lib.pods
import data.probity.lib.tags
import data.probity.params

a := input.attributes

named := tags.keyed(tags.of(a))

sandboxes := {lower(value) |
	some key in ["environment", "env", "stage"]
	value := named[key]
} | {lower(input.namespace) | input.system == "kubernetes"}

sandbox := min({value | some value in sandboxes; value in params.sandbox_environments})

title := pods.title(input) if {
	input.system == "kubernetes"
} else := input.address

# Where the tag stands; a default tag of the provider stands elsewhere.
default place := []

place := [at |
	some at in [["metadata", "labels"], ["tags"], ["labels"], ["Tags"]]
	object.get(a, at, null) != null
][0]

deny contains f if {
	count(input.systems) == 0
	not sandbox
	name := named.aisystem
	f := {
		"msg": sprintf("%s names the AI system %s, which .probity/system.yaml does not declare.", [title, name]),
		"key": "",
		"path": place,
		"evidence": {"system": name},
	}
}

deny contains f if {
	count(input.systems) == 0
	not sandbox
	not named.aisystem
	f := {
		"msg": sprintf("%s belongs to no AI system that .probity/system.yaml declares.", [title]),
		"key": "",
		"path": [],
		"evidence": {"system": ""},
	}
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if {
	message := sprintf("it is a sandbox (%s)", [sandbox])
}
