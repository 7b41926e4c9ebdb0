//! Which attribute of which resource names another, and what each then is to the other.

pub struct Rule {
    pub from: &'static str,
    /// The key that holds the reference or name, wherever in the resource it stands.
    pub attribute: &'static str,
    pub to: &'static str,
    /// The key of the other resource that holds its name.
    pub name: &'static str,
    /// What the other is to the first, and the first to the other.
    pub role: &'static str,
    pub inverse: &'static str,
}

const fn rule(
    from: &'static str,
    attribute: &'static str,
    (to, name): (&'static str, &'static str),
    role: &'static str,
    inverse: &'static str,
) -> Rule {
    Rule { from, attribute, to, name, role, inverse }
}

const BUCKET: (&str, &str) = ("aws_s3_bucket", "bucket");
const RUNTIME: (&str, &str) = ("ServingRuntime", "name");
const CLUSTER_RUNTIME: (&str, &str) = ("ClusterServingRuntime", "name");

pub const RULES: [Rule; 31] = [
    rule(
        "aws_sagemaker_endpoint",
        "endpoint_config_name",
        ("aws_sagemaker_endpoint_configuration", "name"),
        "endpoint_configuration",
        "endpoint",
    ),
    rule(
        "aws_sagemaker_endpoint_configuration",
        "model_name",
        ("aws_sagemaker_model", "name"),
        "model",
        "endpoint_configuration",
    ),
    rule(
        "aws_sagemaker_model",
        "image",
        ("aws_ecr_repository", "repository_url"),
        "image_repository",
        "model",
    ),
    rule("aws_sagemaker_model", "model_data_url", BUCKET, "model_data", "model"),
    rule(
        "aws_sagemaker_model",
        "model_package_name",
        ("aws_sagemaker_model_package_group", "model_package_group_name"),
        "model_package_group",
        "model",
    ),
    rule("aws_s3_bucket_versioning", "bucket", BUCKET, "bucket", "versioning"),
    rule("aws_s3_bucket_lifecycle_configuration", "bucket", BUCKET, "bucket", "lifecycle"),
    rule("aws_s3_bucket_public_access_block", "bucket", BUCKET, "bucket", "public_access_block"),
    rule("aws_s3_bucket_server_side_encryption_configuration", "bucket", BUCKET, "bucket", "encryption"),
    rule("aws_s3_bucket_policy", "bucket", BUCKET, "bucket", "policy"),
    rule("aws_s3_bucket_logging", "bucket", BUCKET, "bucket", "logging"),
    rule(
        "aws_bedrockagent_agent",
        "guardrail_identifier",
        ("aws_bedrock_guardrail", "name"),
        "guardrail",
        "agent",
    ),
    rule(
        "aws_bedrock_guardrail_version",
        "guardrail_arn",
        ("aws_bedrock_guardrail", "guardrail_arn"),
        "guardrail",
        "version",
    ),
    rule(
        "aws_bedrockagent_agent_knowledge_base_association",
        "knowledge_base_id",
        ("aws_bedrockagent_knowledge_base", "name"),
        "knowledge_base",
        "association",
    ),
    rule(
        "aws_bedrockagent_agent_action_group",
        "agent_id",
        ("aws_bedrockagent_agent", "agent_name"),
        "agent",
        "action_group",
    ),
    rule(
        "aws_bedrockagent_data_source",
        "knowledge_base_id",
        ("aws_bedrockagent_knowledge_base", "name"),
        "knowledge_base",
        "data_source",
    ),
    rule(
        "awscc_bedrock_agent",
        "guardrail_identifier",
        ("awscc_bedrock_guardrail", "name"),
        "guardrail",
        "agent",
    ),
    rule(
        "AWS::SageMaker::Endpoint",
        "EndpointConfigName",
        ("AWS::SageMaker::EndpointConfig", "EndpointConfigName"),
        "endpoint_configuration",
        "endpoint",
    ),
    rule(
        "AWS::SageMaker::EndpointConfig",
        "ModelName",
        ("AWS::SageMaker::Model", "ModelName"),
        "model",
        "endpoint_configuration",
    ),
    rule("AWS::SageMaker::Model", "ModelDataUrl", ("AWS::S3::Bucket", "BucketName"), "model_data", "model"),
    rule(
        "AWS::SageMaker::MonitoringSchedule",
        "EndpointName",
        ("AWS::SageMaker::Endpoint", "EndpointName"),
        "endpoint",
        "monitoring_schedule",
    ),
    rule(
        "AWS::Bedrock::Agent",
        "GuardrailIdentifier",
        ("AWS::Bedrock::Guardrail", "Name"),
        "guardrail",
        "agent",
    ),
    rule(
        "azurerm_cognitive_deployment",
        "cognitive_account_id",
        ("azurerm_cognitive_account", "id"),
        "account",
        "deployment",
    ),
    rule(
        "azurerm_cognitive_deployment",
        "rai_policy_name",
        ("azurerm_cognitive_account_rai_policy", "name"),
        "rai_policy",
        "deployment",
    ),
    rule(
        "google_vertex_ai_index_endpoint_deployed_index",
        "index",
        ("google_vertex_ai_index", "id"),
        "index",
        "deployed_index",
    ),
    rule(
        "google_vertex_ai_index_endpoint_deployed_index",
        "index_endpoint",
        ("google_vertex_ai_index_endpoint", "id"),
        "index_endpoint",
        "deployed_index",
    ),
    rule(
        "google_vertex_ai_feature_online_store_featureview",
        "feature_online_store",
        ("google_vertex_ai_feature_online_store", "name"),
        "feature_online_store",
        "feature_view",
    ),
    rule("google_vertex_ai_index", "contents_delta_uri", ("google_storage_bucket", "name"), "data", "index"),
    rule("InferenceService", "runtime", RUNTIME, "runtime", "inference_service"),
    rule("InferenceService", "runtime", CLUSTER_RUNTIME, "runtime", "inference_service"),
    rule(
        "TrainedModel",
        "inferenceService",
        ("InferenceService", "name"),
        "inference_service",
        "trained_model",
    ),
];
