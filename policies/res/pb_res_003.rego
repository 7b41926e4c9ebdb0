# METADATA
# title: Training/inference data stores without retention and deletion rule
# description: >-
#   What a model is trained on, what it is asked and what it answers is kept without an end: a bucket or storage
#   account that an AI service uses has no rule that deletes objects, an online feature store has no time to live, or
#   requests are logged to BigQuery tables that never expire. A bucket counts by what names it, not by its name;
#   buckets of models are left out. Objects under a lock may not be deleted: not applicable. A rule that cannot be
#   read counts as unknown.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: Regulation (EU) 2016/679 (GDPR), Articles 5 and 17
# custom:
#   id: PB-RES-003
#   version: 1
#   severity: high
#   scope: module
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#   inputs: [tf, cfn]
#   controls:
#     - "GDPR:5.1.e"
#     - "GDPR:17.1"
#     - "GDPR:25.2"
#     - "CCPA:1798.105"
#     - "CCPA-REGS:7002"
#     - "ISO42001:A.7.2"
#     - "SOC2:P4.2"
#     - "SOC2:P4.3"
#     - "SOC2:C1.2"
#     - "CIS-v8.1:3.4"
#     - "NIST-800-53:SI-12"
#     - "EU-AIA:10.5.e"
#   remediation: >-
#     Add a lifecycle rule that expires the objects, a time to live for online features, an expiration for the
#     tables.
#   aliases:
#     - S3_LIFECYCLE_POLICY_CHECK
#   applies_when: >-
#     the root holds a store that an AI service reads or writes
#   params:
#     - stores_with_personal_data
package probity.res_003

import rego.v1

import data.probity.lib.stores
import data.probity.lib.terraform
import data.probity.lib.reading
import data.probity.params

uses contains use if {
	some use in stores.uses(input.resources)
	use.holds in params.stores_with_personal_data
}

buckets := {use.bucket | some use in uses}

holds(bucket) := sort({use.holds | some use in uses; use.bucket.subject == bucket.subject})

finding(resource, key, path, message, evidence) := {
	"msg": message,
	"resource": resource.subject,
	"key": key,
	"path": path,
	"evidence": evidence,
}

deny contains f if {
	some bucket in buckets
	not stores.locked(input.resources, bucket)
	not stores.unreadable(input.resources, bucket)
	count(stores.expirations(input.resources, bucket)) == 0
	f := finding(
		bucket, "expiration", [],
		sprintf("Bucket %s holds %s, and no rule deletes it.", [bucket.address, concat(" and ", holds(bucket))]),
		{"holds": holds(bucket)},
	)
}

inconclusive contains f if {
	some bucket in buckets
	not stores.locked(input.resources, bucket)
	stores.unreadable(input.resources, bucket)
	f := finding(
		bucket, "expiration", [],
		sprintf("Whether a rule deletes what bucket %s holds cannot be read from the repository.", [bucket.address]),
		{"holds": holds(bucket)},
	)
}

# Azure: the storage account that a workspace keeps its data in.
account_types := ["azurerm_machine_learning_workspace", "azurerm_ai_foundry"]

accounts contains account if {
	some workspace in input.resources
	workspace.type in account_types
	some account in input.resources
	account.type == "azurerm_storage_account"
	reading.refers(workspace, ["storage_account_id"], account)
}

management(account) := [policy |
	some policy in input.resources
	policy.type == "azurerm_storage_management_policy"
	reading.refers(policy, ["storage_account_id"], account)
]

deletes(policy) if {
	some rule in reading.blocks(policy, reading.whole(policy), "rule")
	not reading.off(object.get(rule.body, "enabled", true))
	some actions in reading.blocks(policy, rule, "actions")
	some blob in reading.blocks(policy, actions, "base_blob")
	some name in [
		"delete_after_days_since_modification_greater_than",
		"delete_after_days_since_creation_greater_than",
		"delete_after_days_since_last_access_time_greater_than",
	]
	reading.number(blob.body[name]) >= 0
}

deny contains f if {
	some account in accounts
	policies := management(account)
	every policy in policies { not terraform.unreadable(policy.attributes, "rule") }
	count([policy | some policy in policies; deletes(policy)]) == 0
	f := finding(
		account, "management_policy", [],
		sprintf("Storage account %s holds the data of a workspace, and no rule deletes it.", [account.address]),
		{"management_policies": count(policies)},
	)
}

# Google and Amazon: features for online use.
deny contains f if {
	some r in input.resources
	r.type == "google_vertex_ai_featurestore"
	count(reading.blocks(r, reading.whole(r), "online_serving_config")) > 0
	reading.number(reading.value(r, reading.whole(r), "online_storage_ttl_days", 0)) <= 0
	f := finding(
		r, "online_storage_ttl_days", terraform.where(r.attributes, [], "online_storage_ttl_days"),
		sprintf("Feature store %s keeps online features without a time to live.", [r.address]),
		{"attribute": "online_storage_ttl_days"},
	)
}

feature_groups := {"aws_sagemaker_feature_group", "awscc_sagemaker_feature_group", "AWS::SageMaker::FeatureGroup"}

deny contains f if {
	some r in input.resources
	r.type in feature_groups
	some online in reading.blocks(r, reading.whole(r), "online_store_config")
	reading.on(reading.value(r, online, "enable_online_store", false))
	not reading.unreadable(r, online, "ttl_duration")
	count(reading.blocks(r, online, "ttl_duration")) == 0
	f := finding(
		r, "ttl_duration", online.path,
		sprintf("Feature group %s keeps online features without a time to live.", [r.address]),
		{"attribute": "online_store_config.ttl_duration"},
	)
}

# Requests of a Vertex AI endpoint that are logged to BigQuery.
deny contains f if {
	some r in input.resources
	r.type == "google_vertex_ai_endpoint"
	some logging in reading.blocks(r, reading.whole(r), "predict_request_response_logging_config")
	some i, _ in reading.blocks(r, logging, "bigquery_destination")
	path := array.concat(logging.path, ["bigquery_destination", i, "output_uri"])
	some dataset in input.resources
	dataset.type == "google_bigquery_dataset"
	reading.refers(r, path, dataset)
	not expires(dataset)
	f := finding(
		dataset, "expiration", [],
		sprintf("Dataset %s takes the requests of %s, and its tables never expire.", [dataset.address, r.address]),
		{"endpoint": r.address},
	)
}

expires(dataset) if {
	some name in ["default_table_expiration_ms", "default_partition_expiration_ms"]
	reading.number(dataset.attributes[name]) > 0
}

concerned if count(buckets) > 0

concerned if count(accounts) > 0

concerned if {
	some r in input.resources
	r.type in feature_groups | {"google_vertex_ai_featurestore", "google_vertex_ai_endpoint"}
}

locked_away contains bucket if {
	some bucket in buckets
	stores.locked(input.resources, bucket)
}

not_applicable contains f if {
	not concerned
	f := {"msg": "the root holds no store that an AI service uses", "key": "", "path": [], "evidence": {}}
}

not_applicable contains f if {
	some bucket in locked_away
	f := finding(bucket, "expiration", [], "its objects are under a lock", {})
}
