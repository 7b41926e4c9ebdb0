# One AWS service, three spellings: hashicorp/aws (a block is a list of objects), hashicorp/awscc (an object) and
# CloudFormation (an object, PascalCase). Policies use the names of the first; the table below knows the third.
# The table is written out, so that Probity can tell which unknown values a policy reads: those whose name it mentions in
# either spelling. A policy writes the names that it looks up as strings, and never goes through the table.
package probity.lib.reading

import rego.v1

import data.probity.lib.terraform
import data.probity.params

spelled := {
	"action": "Action",
	"actions_enabled": "ActionsEnabled",
	"advanced_event_selector": "AdvancedEventSelectors",
	"agent_id": "AgentId",
	"agent_version": "AgentVersion",
	"alarm_actions": "AlarmActions",
	"alarms": "Alarms",
	"auto_rollback_configuration": "AutoRollbackConfiguration",
	"baseline_config": "BaselineConfig",
	"baselining_job_name": "BaseliningJobName",
	"base_prompt_template": "BasePromptTemplate",
	"bucket": "BucketName",
	"bucket_arn": "BucketArn",
	"bucket_encryption": "BucketEncryption",
	"capture_mode": "CaptureMode",
	"capture_options": "CaptureOptions",
	"constraints_resource": "ConstraintsResource",
	"content_policy_config": "ContentPolicyConfig",
	"contextual_grounding_policy_config": "ContextualGroundingPolicyConfig",
	"copy_from": "CopyFrom",
	"crawler_configuration": "CrawlerConfiguration",
	"cross_region_config": "CrossRegionConfig",
	"custom_transformation_configuration": "CustomTransformationConfiguration",
	"data_capture_config": "DataCaptureConfig",
	"data_quality_baseline_config": "DataQualityBaselineConfig",
	"data_deletion_policy": "DataDeletionPolicy",
	"data_source_configuration": "DataSourceConfiguration",
	"deployment_config": "DeploymentConfig",
	"destination_s3_uri": "DestinationS3Uri",
	"dimensions": "Dimensions",
	"embedding_model_arn": "EmbeddingModelArn",
	"enable_capture": "EnableCapture",
	"enable_log_file_validation": "EnableLogFileValidation",
	"enable_online_store": "EnableOnlineStore",
	"enabled": "Enabled",
	"endpoint_config_name": "EndpointConfigName",
	"endpoint_input": "EndpointInput",
	"endpoint_name": "EndpointName",
	"equals": "Equals",
	"event_selector": "EventSelectors",
	"excluded_models": "ExcludedModels",
	"expiration": "ExpirationInDays",
	"field_selector": "FieldSelectors",
	"filters_config": "FiltersConfig",
	"foundation_model": "FoundationModel",
	"guardrail_configuration": "GuardrailConfiguration",
	"guardrail_identifier": "GuardrailIdentifier",
	"guardrail_profile_arn": "GuardrailProfileArn",
	"guardrail_version": "GuardrailVersion",
	"included_models": "IncludedModels",
	"inclusion_filters": "InclusionFilters",
	"inference_profile_identifier": "InferenceProfileIdentifier",
	"initial_instance_count": "InitialInstanceCount",
	"initial_sampling_percentage": "InitialSamplingPercentage",
	"input_action": "InputAction",
	"input_enabled": "InputEnabled",
	"input_strength": "InputStrength",
	"instruction": "Instruction",
	"is_multi_region_trail": "IsMultiRegionTrail",
	"kms_key_arn": "KmsKeyArn",
	"kms_key_id": "KmsKeyId",
	"knowledge_base_configuration": "KnowledgeBaseConfiguration",
	"knowledge_base_id": "KnowledgeBaseId",
	"lifecycle_configuration": "LifecycleConfiguration",
	"log_group_name": "LogGroupName",
	"managed_instance_scaling": "ManagedInstanceScaling",
	"metric_name": "MetricName",
	"min_instance_count": "MinInstanceCount",
	"model_bias_baseline_config": "ModelBiasBaselineConfig",
	"model_explainability_baseline_config": "ModelExplainabilityBaselineConfig",
	"model_quality_baseline_config": "ModelQualityBaselineConfig",
	"model_data_url": "ModelDataUrl",
	"model_enforcement": "ModelEnforcement",
	"model_source": "ModelSource",
	"monitoring_inputs": "MonitoringInputs",
	"monitoring_job_definition": "MonitoringJobDefinition",
	"monitoring_job_definition_name": "MonitoringJobDefinitionName",
	"monitoring_schedule_config": "MonitoringScheduleConfig",
	"monitoring_type": "MonitoringType",
	"namespace": "Namespace",
	"online_store_config": "OnlineStoreConfig",
	"output_action": "OutputAction",
	"output_enabled": "OutputEnabled",
	"output_strength": "OutputStrength",
	"pii_entities_config": "PiiEntitiesConfig",
	"field": "Field",
	"production_variants": "ProductionVariants",
	"prompt_configurations": "PromptConfigurations",
	"prompt_override_configuration": "PromptOverrideConfiguration",
	"regexes_config": "RegexesConfig",
	"retention_in_days": "RetentionInDays",
	"routing_configuration": "RoutingConfiguration",
	"s3_configuration": "S3Configuration",
	"s3_data_source": "S3DataSource",
	"s3_storage_config": "S3StorageConfig",
	"s3_uri": "S3Uri",
	"scope": "Scope",
	"sensitive_information_policy_config": "SensitiveInformationPolicyConfig",
	"variant_name": "VariantName",
	"serverless_config": "ServerlessConfig",
	"shadow_production_variants": "ShadowProductionVariants",
	"starts_with": "StartsWith",
	"statistics_resource": "StatisticsResource",
	"status": "Status",
	"threshold": "Threshold",
	"ttl_duration": "TtlDuration",
	"type": "Type",
	"vector_ingestion_configuration": "VectorIngestionConfiguration",
	"versioning_configuration": "VersioningConfiguration",
	"web_configuration": "WebConfiguration",
}

key(resource, name) := own if {
	resource.system == "cloudformation"
	own := spelled[name]
} else := name

# A place in a resource: the object that stands there and its path.
whole(resource) := {"body": resource.attributes, "path": []}

blocks(resource, place, name) := below(place, key(resource, name))

below(place, own) := found if {
	is_array(place.body[own])
	found := [{"body": body, "path": array.concat(place.path, [own, i])} |
		some i, body in place.body[own]
		is_object(body)
	]
} else := [{"body": body, "path": array.concat(place.path, [own])}] if {
	body := place.body[own]
	is_object(body)
} else := []

# Every place that a chain of blocks leads to.
places(resource, names) := found if {
	count(names) == 1
	found := blocks(resource, whole(resource), names[0])
} else := found if {
	count(names) == 2
	found := [inner |
		some outer in blocks(resource, whole(resource), names[0])
		some inner in blocks(resource, outer, names[1])
	]
} else := [inner |
	count(names) == 3
	some outer in blocks(resource, whole(resource), names[0])
	some middle in blocks(resource, outer, names[1])
	some inner in blocks(resource, middle, names[2])
]

# A value that is null is one that is not set.
value(resource, place, name, fallback) := own if {
	own := place.body[key(resource, name)]
	own != null
} else := fallback

# The items of a list. What is no list has none: it may be a value that is tried in an unknown one's place.
list(resource, place, name) := items if {
	items := place.body[key(resource, name)]
	is_array(items)
} else := []

# The path of an attribute where it stands, else that of the block it is missing from.
where(resource, place, name) := array.concat(place.path, [own]) if {
	own := key(resource, name)
	object.get(place.body, own, null) != null
} else := place.path

unreadable(resource, place, name) if terraform.unreadable(place.body, key(resource, name))

is_set(resource, place, name) if terraform.is_set(place.body, key(resource, name))

# A value, or a reference, which is one whatever it turns out to be.
given(resource, place, name) if is_set(resource, place, name)

given(resource, place, name) if {
	path := array.concat(place.path, [key(resource, name)])
	some reference in resource.references
	array.slice(reference.path, 0, count(path)) == path
}

on(value_) if value_ in {true, "true"}

off(value_) if value_ in {false, "false"}

# Providers turn the text "30" into a number.
number(value_) := value_ if {
	is_number(value_)
} else := to_number(value_) if {
	is_string(value_)
	regex.match(`^-?[0-9]+(\.[0-9]+)?$`, value_)
}

# Tags as a map, as a list of pairs, or as labels.
tags(resource) := object.union_n(array.concat([terraform.tags(resource.attributes)], [tag |
	some name in ["tags", "Tags"]
	some pair in listed(resource.attributes, name)
	tag := {either(pair, "key", "Key"): either(pair, "value", "Value")}
]))

either(pair, name, other) := object.get(pair, name, object.get(pair, other, ""))

# A map of tags is a list of one map; a list of pairs stays one.
listed(attributes, name) := [pair | some pair in attributes[name]; is_object(pair)] if {
	is_array(attributes[name])
} else := [{"key": k, "value": v} | some k, v in attributes[name]] if {
	is_object(attributes[name])
} else := []

# What a resource says of its environment, where that is not production.
nonproduction(resource) := min(values) if {
	values := {lower(text) |
		some name, text in tags(resource)
		terraform.tag_key(name) in {"environment", "env", "stage"}
		lower(text) in params.nonproduction_environments
	}
	count(values) > 0
}

# The repository cannot tell the value: it is known after apply, or it is a reference.
unknown(resource, path) if path in resource.unknown

root(resource) := split(resource.subject, "//")[0]

# The other resource that a reference at this path, or below it, names.
refers(resource, path, other) if {
	some reference in resource.references
	array.slice(reference.path, 0, count(path)) == path
	reference.target in {other.address, regex.replace(other.address, `\[[^\]]*\]$`, "")}
	root(resource) == root(other)
}

# The same through a name that both spell out. Two unknown names are not the same name.
names(resource, place, name, other, others_name) if {
	path := array.concat(place.path, [key(resource, name)])
	not unknown(resource, path)
	not unknown(other, [others_name])
	text := value(resource, place, name, "")
	is_string(text)
	text != ""
	text == other.attributes[others_name]
}

points(resource, place, name, other, _) if {
	refers(resource, array.concat(place.path, [key(resource, name)]), other)
}

points(resource, place, name, other, others_name) if names(resource, place, name, other, others_name)

# An attribute, or what stands below it, refers to a resource of one of these types, whatever its value turns out to
# be. CloudFormation refers by logical id: the type stands in the other resource.
refers_type(_, resource, path, types) if {
	resource.system != "cloudformation"
	some reference in resource.references
	array.slice(reference.path, 0, count(path)) == path
	split(terraform.local_address(reference.target), ".")[0] in types
}

refers_type(resources, resource, path, types) if {
	resource.system == "cloudformation"
	some other in resources
	other.type in types
	refers(resource, path, other)
}
