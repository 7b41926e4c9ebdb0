package probity.res_003_test

import rego.v1

import data.probity.res_003

resource(type, attributes, references) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": references, "path": "infra/main.tf",
}

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

bucket(change) := resource("aws_s3_bucket", object.union({"bucket": "loans"}, change), [])

job := resource("aws_sagemaker_training_job", {"input_data_config": [{"data_source": [{"s3_data_source": [{
	"s3_uri": "s3://loans/raw/",
}]}]}]}, [])

lifecycle(rule) := resource("aws_s3_bucket_lifecycle_configuration", {"rule": [rule]}, [{
	"path": ["bucket"], "target": "aws_s3_bucket.x",
}])

expiring := lifecycle({"status": "Enabled", "expiration": [{"days": 400}]})

found := {[f.resource, f.key, f.path] | some f in res_003.deny}

subject := "terraform:infra//aws_s3_bucket.x"

test_expiring_bucket_passes if {
	every rule in [
		{"status": "Enabled", "expiration": [{"days": 400}]},
		{"status": "Enabled", "expiration": [{"date": "2030-01-01T00:00:00Z"}]},
		{"expiration": [{"days": "30"}]},
	] {
		case := root([bucket({}), job, lifecycle(rule)])
		res_003.deny == set() with input as case
		res_003.inconclusive == set() with input as case
		res_003.not_applicable == set() with input as case
	}
	inside := bucket({"lifecycle_rule": [{"enabled": true, "expiration": [{"days": 30}]}]})
	res_003.deny == set() with input as root([inside, job])
}

test_no_rule if {
	res_003.deny == {{
		"msg": "Bucket aws_s3_bucket.x holds training data, and no rule deletes it.",
		"resource": subject,
		"key": "expiration",
		"path": [],
		"evidence": {"holds": ["training data"]},
	}} with input as root([bucket({}), job])
}

test_rule_that_deletes_nothing if {
	every rule in [
		{"status": "Disabled", "expiration": [{"days": 400}]},
		{"status": "Enabled", "transition": [{"days": 30}]},
		{"status": "Enabled", "expiration": [{"expired_object_delete_marker": true}]},
	] {
		found == {[subject, "expiration", []]} with input as root([bucket({}), job, lifecycle(rule)])
	}
	off := bucket({"lifecycle_rule": [{"enabled": false, "expiration": [{"days": 30}]}]})
	found == {[subject, "expiration", []]} with input as root([off, job])
	other := resource("aws_s3_bucket_lifecycle_configuration", {"bucket": "other", "rule": expiring.attributes.rule}, [])
	found == {[subject, "expiration", []]} with input as root([bucket({}), job, other])
}

# What names the bucket tells what it holds.
test_uses_of_a_bucket if {
	every type, use in {
		"aws_bedrock_custom_model": ["training_data_config", "training data"],
		"aws_sagemaker_feature_group": ["offline_store_config", "features"],
		"aws_bedrockagent_data_source": ["s3_configuration", "knowledge"],
		"aws_sagemaker_endpoint_configuration": ["destination_s3_uri", "captured requests"],
		"aws_bedrock_model_invocation_logging_configuration": ["s3_config", "prompts and answers"],
	} {
		user := resource(type, {}, [{"path": [use[0], 0, "x"], "target": "aws_s3_bucket.x"}])
		{f.evidence.holds | some f in res_003.deny} == {[use[1]]} with input as root([bucket({}), user])
	}
	arn := resource("aws_bedrockagent_data_source", {"s3_configuration": [{"bucket_arn": "arn:aws:s3:::loans"}]}, [])
	{f.evidence.holds | some f in res_003.deny} == {["knowledge", "training data"]} with input as root([bucket({}), job, arn])
}

test_other_buckets_are_left_alone if {
	model := resource("aws_sagemaker_model", {"primary_container": [{"model_data_url": "s3://loans/model.tar.gz"}]}, [])
	every case in [root([bucket({})]), root([bucket({}), model]), root([bucket({"bucket": "other"}), job])] {
		res_003.deny == set() with input as case
		res_003.not_applicable == {{
			"msg": "the root holds no store that an AI service uses", "key": "", "path": [], "evidence": {},
		}} with input as case
	}
}

# Two names that nobody knows yet are not the same name.
test_unknown_names_do_not_match if {
	hidden := object.union(bucket({"bucket": "loans"}), {"unknown": [["bucket"]]})
	res_003.deny == set() with input as root([hidden, job])
}

test_locked_bucket_is_not_applicable if {
	lock := resource("aws_s3_bucket_object_lock_configuration", {"bucket": "loans"}, [])
	every case in [root([bucket({"object_lock_enabled": true}), job]), root([bucket({}), lock, job])] {
		res_003.deny == set() with input as case
		res_003.not_applicable == {{
			"msg": "its objects are under a lock", "resource": subject, "key": "expiration", "path": [], "evidence": {},
		}} with input as case
	}
	count(res_003.deny) == 1 with input as root([bucket({"object_lock_enabled": false}), job])
}

test_unreadable_rules_are_inconclusive if {
	dynamic := object.union(lifecycle({}), {"attributes": {"rule": "probity-unknown"}})
	every case in [root([bucket({}), job, dynamic]), root([bucket({"lifecycle_rule": true}), job])] {
		res_003.deny == set() with input as case
		res_003.inconclusive == {{
			"msg": "Whether a rule deletes what bucket aws_s3_bucket.x holds cannot be read from the repository.",
			"resource": subject,
			"key": "expiration",
			"path": [],
			"evidence": {"holds": ["training data"]},
		}} with input as case
	}
	locked := root([bucket({"object_lock_enabled": true}), job, dynamic])
	res_003.inconclusive == set() with input as locked
}

logical(type, id, properties, references) := {
	"system": "cloudformation", "type": type, "name": id, "address": id, "unknown": [], "references": references,
	"subject": sprintf("cloudformation:t.yaml//%s", [id]), "attributes": properties, "path": "t.yaml",
}

template(properties) := {"system": "cloudformation", "root": "t.yaml", "resources": [
	logical("AWS::S3::Bucket", "B", properties, []),
	logical("AWS::SageMaker::EndpointConfig", "C", {"DataCaptureConfig": {}}, [{
		"path": ["DataCaptureConfig", "DestinationS3Uri"], "target": "B",
	}]),
]}

test_cloudformation_bucket if {
	every rule in [{"Status": "Enabled", "ExpirationInDays": 400}, {"Status": "Enabled", "ExpirationDate": "2030-01-01"}] {
		res_003.deny == set() with input as template({"LifecycleConfiguration": {"Rules": [rule]}})
	}
	every properties in [{}, {"LifecycleConfiguration": {"Rules": [{"Status": "Disabled", "ExpirationInDays": 4}]}}] {
		{[f.resource, f.evidence.holds] | some f in res_003.deny} == {["cloudformation:t.yaml//B", ["captured requests"]]} with input as template(properties)
	}
	res_003.deny == set() with input as template({"ObjectLockEnabled": true})
	count(res_003.inconclusive) == 1 with input as template({"LifecycleConfiguration": "probity-unknown"})
}

test_google_bucket if {
	index := resource("google_vertex_ai_index", {"metadata": [{"contents_delta_uri": "gs://vectors/x"}]}, [])
	every rules in [
		[],
		[{"action": [{"type": "SetStorageClass"}], "condition": [{"age": 30}]}],
		[{"action": [{"type": "Delete"}], "condition": [{"num_newer_versions": 3}]}],
	] {
		{[f.resource, f.evidence.holds] | some f in res_003.deny} == {[
			"terraform:infra//google_storage_bucket.x",
			["embeddings"],
		]} with input as root([index, resource("google_storage_bucket", {"name": "vectors", "lifecycle_rule": rules}, [])])
	}
	deleting := [{"action": [{"type": "Delete"}], "condition": [{"age": 400}]}]
	kept := resource("google_storage_bucket", {"name": "vectors", "lifecycle_rule": deleting}, [])
	res_003.deny == set() with input as root([index, kept])
	locked := resource("google_storage_bucket", {"name": "vectors", "retention_policy": [{"retention_period": 1}]}, [])
	res_003.deny == set() with input as root([index, locked])
}

test_azure_account if {
	workspace := resource("azurerm_machine_learning_workspace", {}, [{
		"path": ["storage_account_id"], "target": "azurerm_storage_account.x",
	}])
	account := resource("azurerm_storage_account", {}, [])
	res_003.deny == {{
		"msg": "Storage account azurerm_storage_account.x holds the data of a workspace, and no rule deletes it.",
		"resource": "terraform:infra//azurerm_storage_account.x",
		"key": "management_policy",
		"path": [],
		"evidence": {"management_policies": 0},
	}} with input as root([workspace, account])
	res_003.deny == set() with input as root([account])
	every name in [
		"delete_after_days_since_modification_greater_than",
		"delete_after_days_since_creation_greater_than",
		"delete_after_days_since_last_access_time_greater_than",
	] {
		res_003.deny == set() with input as root([workspace, account, management({"enabled": true}, {name: 30})])
		count(res_003.deny) == 1 with input as root([workspace, account, management({"enabled": false}, {name: 30})])
	}
	tiers := management({}, {"tier_to_cool_after_days_since_modification_greater_than": 30})
	{f.evidence.management_policies | some f in res_003.deny} == {1} with input as root([workspace, account, tiers])
	open := object.union(tiers, {"attributes": {"rule": "probity-unknown"}})
	res_003.deny == set() with input as root([workspace, account, open])
}

management(rule, blob) := resource(
	"azurerm_storage_management_policy",
	{"rule": [object.union(rule, {"actions": [{"base_blob": [blob]}]})]},
	[{"path": ["storage_account_id"], "target": "azurerm_storage_account.x"}],
)

test_feature_store if {
	online := {"online_serving_config": [{"fixed_node_count": 1}]}
	store := resource("google_vertex_ai_featurestore", online, [])
	res_003.deny == {{
		"msg": "Feature store google_vertex_ai_featurestore.x keeps online features without a time to live.",
		"resource": "terraform:infra//google_vertex_ai_featurestore.x",
		"key": "online_storage_ttl_days",
		"path": [],
		"evidence": {"attribute": "online_storage_ttl_days"},
	}} with input as root([store])
	kept := resource("google_vertex_ai_featurestore", object.union(online, {"online_storage_ttl_days": 30}), [])
	res_003.deny == set() with input as root([kept])
	res_003.deny == set() with input as root([resource("google_vertex_ai_featurestore", {}, [])])
}

test_feature_group if {
	group := resource("aws_sagemaker_feature_group", {"online_store_config": [{"enable_online_store": true}]}, [])
	res_003.deny == {{
		"msg": "Feature group aws_sagemaker_feature_group.x keeps online features without a time to live.",
		"resource": "terraform:infra//aws_sagemaker_feature_group.x",
		"key": "ttl_duration",
		"path": ["online_store_config", 0],
		"evidence": {"attribute": "online_store_config.ttl_duration"},
	}} with input as root([group])
	every change in [
		{"enable_online_store": false},
		{"enable_online_store": true, "ttl_duration": [{"unit": "Days", "value": 30}]},
		{"enable_online_store": true, "ttl_duration": "probity-unknown"},
	] {
		case := root([resource("aws_sagemaker_feature_group", {"online_store_config": [change]}, [])])
		res_003.deny == set() with input as case
	}
	twin := logical("AWS::SageMaker::FeatureGroup", "F", {"OnlineStoreConfig": {"EnableOnlineStore": true}}, [])
	found == {["cloudformation:t.yaml//F", "ttl_duration", ["OnlineStoreConfig"]]} with input as {
		"system": "cloudformation", "root": "t.yaml", "resources": [twin],
	}
}

test_logged_requests if {
	endpoint := resource("google_vertex_ai_endpoint", {"predict_request_response_logging_config": [{
		"bigquery_destination": [{}],
	}]}, [{
		"path": ["predict_request_response_logging_config", 0, "bigquery_destination", 0, "output_uri"],
		"target": "google_bigquery_dataset.x",
	}])
	res_003.deny == {{
		"msg": "Dataset google_bigquery_dataset.x takes the requests of google_vertex_ai_endpoint.x, and its tables never expire.",
		"resource": "terraform:infra//google_bigquery_dataset.x",
		"key": "expiration",
		"path": [],
		"evidence": {"endpoint": "google_vertex_ai_endpoint.x"},
	}} with input as root([endpoint, resource("google_bigquery_dataset", {}, [])])
	every name in ["default_table_expiration_ms", "default_partition_expiration_ms"] {
		res_003.deny == set() with input as root([endpoint, resource("google_bigquery_dataset", {name: 86400000}, [])])
	}
	res_003.not_applicable == set() with input as root([endpoint])
}

test_feature_group_of_the_cloud_control_provider if {
	group := resource("awscc_sagemaker_feature_group", {"online_store_config": {"enable_online_store": true}}, [])
	found == {["terraform:infra//awscc_sagemaker_feature_group.x", "ttl_duration", ["online_store_config"]]} with input as root([group])
}
