# METADATA
# title: Training data/model registry bucket not versioned or deletable
# description: >-
#   A bucket that holds models or training data keeps no versions, or is emptied and deleted with the stack, so what
#   a model was built from can be lost. Buckets count by what names them. A SageMaker domain that deletes its home
#   folders with itself is a question for a person. Protection against destroy in Terraform's lifecycle block is not
#   looked at. Where erasure is due, versions need an end of their own: a noncurrent version expiration.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
#     description: Retaining multiple versions of objects with S3 Versioning
# custom:
#   id: PB-RES-004
#   version: 1
#   severity: medium
#   scope: module
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#   inputs: [tf, cfn]
#   controls:
#     - "EU-AIA:18.1"
#     - "EU-AIA:12.1"
#     - "ISO42001:A.7.5"
#     - "NIST-800-53:CP-9"
#     - "SOC2:A1.2"
#     - "ATLAS:AML.M0025"
#   remediation: >-
#     Enable versioning with an expiration of noncurrent versions, and leave force_destroy off.
#   aliases:
#     - S3_BUCKET_VERSIONING_ENABLED
#   applies_when: >-
#     the root holds a bucket of models or training data, or a SageMaker domain
#   params:
#     - stores_to_keep
package probity.res_004

import rego.v1

import data.probity.lib.reading
import data.probity.lib.stores
import data.probity.lib.terraform
import data.probity.params

uses contains use if {
	some use in stores.uses(input.resources)
	use.holds in params.stores_to_keep
}

buckets := {use.bucket | some use in uses}

holds(bucket) := concat(" and ", sort({use.holds | some use in uses; use.bucket.subject == bucket.subject}))

finding(resource, key, path, message, evidence) := {
	"msg": message,
	"resource": resource.subject,
	"key": key,
	"path": path,
	"evidence": evidence,
}

# Where versioning is set: {"resource", "body", "path"}.
settings(bucket) := array.concat(
	[{"resource": setting, "body": place.body, "path": place.path} |
		some setting in stores.settings(input.resources, bucket, "aws_s3_bucket_versioning")
		some place in reading.blocks(setting, reading.whole(setting), "versioning_configuration")
	],
	[{"resource": bucket, "body": place.body, "path": place.path} |
		some name in ["versioning", "versioning_configuration"]
		some place in reading.blocks(bucket, reading.whole(bucket), name)
	],
)

versioned(setting) if {
	some name in ["status", "Status"]
	setting.body[name] == "Enabled"
}

versioned(setting) if reading.on(setting.body.enabled)

unreadable(bucket) if {
	some name in ["versioning", "versioning_configuration", "VersioningConfiguration"]
	terraform.unreadable(bucket.attributes, name)
}

unreadable(bucket) if {
	some setting in stores.settings(input.resources, bucket, "aws_s3_bucket_versioning")
	terraform.unreadable(setting.attributes, "versioning_configuration")
}

deny contains f if {
	some bucket in buckets
	not unreadable(bucket)
	count(settings(bucket)) == 0
	f := finding(
		bucket, "versioning", [],
		sprintf("Bucket %s holds %s and keeps no versions.", [bucket.address, holds(bucket)]),
		{"holds": holds(bucket)},
	)
}

deny contains f if {
	some bucket in buckets
	found := settings(bucket)
	count([setting | some setting in found; versioned(setting)]) == 0
	some setting in found
	f := finding(
		setting.resource, "versioning", setting.path,
		sprintf("Versioning of bucket %s, which holds %s, is not on.", [bucket.address, holds(bucket)]),
		{"holds": holds(bucket)},
	)
}

deny contains f if {
	some bucket in buckets
	reading.on(bucket.attributes.force_destroy)
	f := finding(
		bucket, "force_destroy", ["force_destroy"],
		sprintf("Bucket %s holds %s and is emptied when the stack goes.", [bucket.address, holds(bucket)]),
		{"holds": holds(bucket)},
	)
}

inconclusive contains f if {
	some bucket in buckets
	unreadable(bucket)
	f := finding(
		bucket, "versioning", [],
		sprintf("Whether bucket %s keeps versions cannot be read from the repository.", [bucket.address]),
		{"holds": holds(bucket)},
	)
}

domains contains r if {
	some r in input.resources
	r.type in {"aws_sagemaker_domain", "awscc_sagemaker_domain"}
}

# Retain is the default.
review contains f if {
	some domain in domains
	some policy in reading.blocks(domain, reading.whole(domain), "retention_policy")
	policy.body.home_efs_file_system == "Delete"
	f := finding(
		domain, "home_efs_file_system", array.concat(policy.path, ["home_efs_file_system"]),
		sprintf("Domain %s deletes the home folders of its users with itself: is nothing in them that must be kept?", [
			domain.address,
		]),
		{"attribute": "retention_policy.home_efs_file_system", "value": "Delete"},
	)
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(buckets) == 0
	count(domains) == 0
	reason := "the root holds no bucket of models or training data"
}
