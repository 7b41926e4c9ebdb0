# METADATA
# title: Feature store online/offline store unencrypted or public
# description: >-
#   A feature store keeps its features without a key of the customer (the offline store in S3, the online store, a
#   Vertex AI featurestore), or serves them on a public endpoint (an optimized Vertex AI online store without Private
#   Service Connect; public is its default). A store that is not there, an online store that is switched off, and one
#   in memory, which is encrypted another way, are left out. A key that another resource gives counts.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
#     description: "SageMaker: security of the Feature Store"
#   - ref: https://cloud.google.com/vertex-ai/docs/featurestore/latest/online-serving-types
#     description: "Vertex AI: online serving types"
# custom:
#   id: PB-DATA-008
#   version: 1
#   severity: high
#   scope: resource
#   selects:
#     - aws_sagemaker_feature_group
#     - awscc_sagemaker_feature_group
#     - AWS::SageMaker::FeatureGroup
#     - google_vertex_ai_featurestore
#     - google_vertex_ai_feature_online_store
#   inputs: [tf, cfn]
#   controls:
#     - "GDPR:32.1.a"
#     - "EU-AIA:15.5"
#     - "NIST-AI-RMF:MEASURE 2.7"
#     - "ATLAS:AML.M0012"
#     - "ATLAS:AML.M0005"
#     - "SOC2:CC6.1"
#     - "NIST-800-53:SC-28"
#     - "CIS-v8.1:3.11"
#   remediation: >-
#     Set the key (kms_key_id, kms_key_name) of each store; for an optimized Vertex AI online store enable Private
#     Service Connect.
#   applies_when: >-
#     the resource has a store that takes a key or serves features
#   aliases:
#     - SageMaker.17
#     - SageMaker.18
#     - CKV2_GCP_25
package probity.data_008

import rego.v1

import data.probity.lib.nested

a := input.attributes

# The stores of each type: the block that declares one, its key, what switches it on, and where it lives.
aws(offline, online) := {
	"offline store": {"block": [offline], "key": [offline, "s3_storage_config", "kms_key_id"]},
	"online store": {
		"block": [online], "key": [online, "security_config", "kms_key_id"],
		"on": [online, "enable_online_store"], "storage": [online, "storage_type"],
	},
}

types := {
	"aws_sagemaker_feature_group": aws("offline_store_config", "online_store_config"),
	"awscc_sagemaker_feature_group": aws("offline_store_config", "online_store_config"),
	"AWS::SageMaker::FeatureGroup": {
		"offline store": {
			"block": ["OfflineStoreConfig"], "key": ["OfflineStoreConfig", "S3StorageConfig", "KmsKeyId"],
		},
		"online store": {
			"block": ["OnlineStoreConfig"], "key": ["OnlineStoreConfig", "SecurityConfig", "KmsKeyId"],
			"on": ["OnlineStoreConfig", "EnableOnlineStore"], "storage": ["OnlineStoreConfig", "StorageType"],
		},
	},
	"google_vertex_ai_featurestore": {"store": {"block": [], "key": ["encryption_spec", "kms_key_name"]}},
}

stores := {name: store |
	some name, store in types[input.type]
	count(nested.found(a, store.block)) > 0
	not off(store)
	not in_memory(store)
}

off(store) if {
	some value in nested.values(a, store.on)
	value in {false, "false"}
}

in_memory(store) if "InMemory" in nested.values(a, store.storage)

deny contains f if {
	some name, store in stores
	not nested.given(input, store.key)
	f := {
		"msg": sprintf("The %s of %s is not encrypted with a key of the customer; set %s.", [
			name, input.address, store.key[count(store.key) - 1],
		]),
		"key": concat(".", store.key),
		"path": nested.where(a, store.key),
		"evidence": {"attribute": concat(".", store.key)},
	}
}

# Only an optimized store has an endpoint of its own.
serves if {
	input.type == "google_vertex_ai_feature_online_store"
	is_array(a.optimized)
	count(a.optimized) > 0
}

switch := ["dedicated_serving_endpoint", "private_service_connect_config", "enable_private_service_connect"]

private if {
	some value in nested.values(a, switch)
	value in {true, "true"}
}

deny contains f if {
	serves
	not private
	f := {
		"msg": sprintf(
			"Online store %s serves its features on a public endpoint; use Private Service Connect.",
			[input.address],
		),
		"key": concat(".", switch),
		"path": nested.where(a, switch),
		"evidence": {"attribute": concat(".", switch)},
	}
}

not_applicable contains f if {
	count(stores) == 0
	not serves
	f := {"msg": "it has no store that takes a key or serves features", "key": "", "path": [], "evidence": {}}
}
