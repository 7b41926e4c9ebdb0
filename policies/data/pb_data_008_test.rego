package probity.data_008_test

import rego.v1

import data.probity.data_008

resource(type, attributes, references) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]), "path": "infra/main.tf",
	"attributes": attributes, "unknown": [], "references": references,
}

group(attributes) := resource("aws_sagemaker_feature_group", attributes, [])

found(case) := {[f.key, f.path] | some f in all} if {
	all := data_008.deny with input as case
}

offline := {"offline_store_config": [{"s3_storage_config": [{"s3_uri": "s3://b", "kms_key_id": "k"}]}]}

test_keys_pass if {
	case := group(object.union(offline, {"online_store_config": [{"security_config": [{"kms_key_id": "k"}]}]}))
	found(case) == set()
	data_008.not_applicable == set() with input as case
}

test_offline_without_a_key if {
	case := group({"offline_store_config": [{"s3_storage_config": [{"s3_uri": "s3://b"}]}]})
	data_008.deny == {{
		"msg": concat("", [
			"The offline store of aws_sagemaker_feature_group.x is not encrypted with a key of the customer; ",
			"set kms_key_id.",
		]),
		"key": "offline_store_config.s3_storage_config.kms_key_id",
		"path": ["offline_store_config", 0, "s3_storage_config", 0],
		"evidence": {"attribute": "offline_store_config.s3_storage_config.kms_key_id"},
	}} with input as case
}

test_online_without_a_key if {
	found(group({"online_store_config": [{"enable_online_store": true}]})) == {
		["online_store_config.security_config.kms_key_id", ["online_store_config", 0]],
	}
}

test_a_key_that_is_empty if {
	found(group({"online_store_config": [{"security_config": [{"kms_key_id": ""}]}]})) == {[
		"online_store_config.security_config.kms_key_id",
		["online_store_config", 0, "security_config", 0, "kms_key_id"],
	]}
}

test_a_key_of_another_resource if {
	reference := {"path": ["online_store_config", 0, "security_config", 0, "kms_key_id"], "target": "aws_kms_key.k"}
	store := {"online_store_config": [{"security_config": [{}]}]}
	found(resource("aws_sagemaker_feature_group", store, [reference])) == set()
}

skipped(case) if {
	found(case) == set()
	reasons := data_008.not_applicable with input as case
	{f.msg | some f in reasons} == {"it has no store that takes a key or serves features"}
}

test_an_online_store_that_is_off if {
	skipped(group({"online_store_config": [{"enable_online_store": false}]}))
}

test_an_online_store_that_is_off_as_text if {
	skipped(group({"online_store_config": [{"enable_online_store": "false"}]}))
}

test_an_online_store_in_memory if {
	skipped(group({"online_store_config": [{"enable_online_store": true, "storage_type": "InMemory"}]}))
}

test_a_standard_online_store if {
	count(found(group({"online_store_config": [{"storage_type": "Standard"}]}))) == 1
}

test_cloudformation if {
	case := resource("AWS::SageMaker::FeatureGroup", {
		"OfflineStoreConfig": {"S3StorageConfig": {"KmsKeyId": "k"}}, "OnlineStoreConfig": {"EnableOnlineStore": true},
	}, [])
	found(case) == {["OnlineStoreConfig.SecurityConfig.KmsKeyId", ["OnlineStoreConfig"]]}
}

test_cloudformation_offline if {
	case := resource("AWS::SageMaker::FeatureGroup", {
		"OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://b"}},
		"OnlineStoreConfig": {"StorageType": "InMemory"},
	}, [])
	found(case) == {["OfflineStoreConfig.S3StorageConfig.KmsKeyId", ["OfflineStoreConfig", "S3StorageConfig"]]}
}

test_cloudformation_switched_off if {
	skipped(resource("AWS::SageMaker::FeatureGroup", {"OnlineStoreConfig": {"EnableOnlineStore": false}}, []))
}

test_cloudformation_online_with_a_key if {
	case := resource("AWS::SageMaker::FeatureGroup", {"OnlineStoreConfig": {"SecurityConfig": {"KmsKeyId": "k"}}}, [])
	found(case) == set()
}

test_cloud_control if {
	found(resource("awscc_sagemaker_feature_group", {"offline_store_config": {"s3_storage_config": {}}}, [])) == {
		["offline_store_config.s3_storage_config.kms_key_id", ["offline_store_config", "s3_storage_config"]],
	}
}

test_vertex_featurestore if {
	found(resource("google_vertex_ai_featurestore", {"name": "f"}, [])) == {["encryption_spec.kms_key_name", []]}
}

test_vertex_featurestore_with_a_key if {
	case := resource("google_vertex_ai_featurestore", {"encryption_spec": [{"kms_key_name": "k"}]}, [])
	found(case) == set()
	data_008.not_applicable == set() with input as case
}

online(attributes) := resource("google_vertex_ai_feature_online_store", attributes, [])

endpoint(on) := {"dedicated_serving_endpoint": [{"private_service_connect_config": [{
	"enable_private_service_connect": on,
}]}]}

test_a_public_online_store if {
	data_008.deny == {{
		"msg": concat("", [
			"Online store google_vertex_ai_feature_online_store.x serves its features on a public endpoint; ",
			"use Private Service Connect.",
		]),
		"key": "dedicated_serving_endpoint.private_service_connect_config.enable_private_service_connect",
		"path": [],
		"evidence": {
			"attribute": "dedicated_serving_endpoint.private_service_connect_config.enable_private_service_connect",
		},
	}} with input as online({"optimized": [{}]})
}

test_an_online_store_that_says_public if {
	{entry[1] | some entry in found(online(object.union({"optimized": [{}]}, endpoint(false))))} == {
		["dedicated_serving_endpoint", 0, "private_service_connect_config", 0, "enable_private_service_connect"],
	}
}

test_a_private_online_store if {
	found(online(object.union({"optimized": [{}]}, endpoint("true")))) == set()
}

test_a_private_online_store_by_a_boolean if {
	found(online(object.union({"optimized": [{}]}, endpoint(true)))) == set()
}

test_a_bigtable_store_has_no_endpoint_of_its_own if {
	skipped(online({"bigtable": [{}]}))
}

test_no_optimized_block if {
	skipped(online({"optimized": []}))
}
