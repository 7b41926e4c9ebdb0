# What CloudFormation calls the attributes of Terraform. The names are written out because the engine tries values in
# the place of an unknown attribute only where a policy, or a library that it uses, holds the attribute's name.
package probity.lib.twins

import rego.v1

camel := {
	"app_lifecycle_management": "AppLifecycleManagement",
	"app_network_access_type": "AppNetworkAccessType",
	"async_inference_config": "AsyncInferenceConfig",
	"auth_mode": "AuthMode",
	"authorizer_type": "AuthorizerType",
	"default_user_settings": "DefaultUserSettings",
	"direct_internet_access": "DirectInternetAccess",
	"domain_id": "DomainId",
	"domain_settings": "DomainSettings",
	"enable_network_isolation": "EnableNetworkIsolation",
	"execution_role": "ExecutionRole",
	"execution_role_identity_config": "ExecutionRoleIdentityConfig",
	"idle_settings": "IdleSettings",
	"instance_metadata_service_configuration": "InstanceMetadataServiceConfiguration",
	"instance_type": "InstanceType",
	"jupyter_lab_app_settings": "JupyterLabAppSettings",
	"kms_key_id": "KmsKeyId",
	"lifecycle_management": "LifecycleManagement",
	"minimum_instance_metadata_service_version": "MinimumInstanceMetadataServiceVersion",
	"network_config": "NetworkConfig",
	"network_configuration": "NetworkConfiguration",
	"network_mode": "NetworkMode",
	"output_config": "OutputConfig",
	"production_variants": "ProductionVariants",
	"root_access": "RootAccess",
	"s3_output_path": "S3OutputPath",
	"serverless_config": "ServerlessConfig",
	"shadow_production_variants": "ShadowProductionVariants",
	"subnet_id": "SubnetId",
	"user_settings": "UserSettings",
	"variant_name": "VariantName",
	"vpc_config": "VpcConfig",
}

called(type, name) := camel[name] if {
	startswith(type, "AWS::")
} else := name

path(type, names) := [called(type, name) | some name in names]
