# METADATA
# title: Invocation/prompt log sink not encrypted or public
# description: >-
#   What a model was asked and answered lies in a bucket that may become public: its access list is public, a switch
#   of its public access block is off, or no block is declared (medium, because new buckets have one). With
#   log_sinks_need_customer_key the bucket and the log group also need a key of the customer; without it the
#   encryption that S3 and CloudWatch apply by themselves is enough. A block that cannot be read counts as unknown.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#     description: Blocking public access to Amazon S3 storage
# custom:
#   id: PB-LOG-002
#   version: 1
#   severity: high
#   scope: module
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#   inputs: [tf, cfn]
#   controls:
#     - "GDPR:32.1.a"
#     - "GDPR:5.1.f"
#     - "EU-AIA:15.5"
#     - "NIST-800-53:AU-9"
#     - "NIST-800-53:SC-28"
#     - "SOC2:CC6.1"
#     - "CIS-v8.1:3.11"
#     - "ATLAS:AML.M0012"
#     - "OWASP-LLM:LLM02:2025"
#   remediation: >-
#     Add an aws_s3_bucket_public_access_block with all four switches true, and encryption with a key of your own
#     where it is asked for.
#   aliases:
#     - bedrock_model_invocation_logs_encryption_enabled
#   applies_when: >-
#     the root holds a bucket or log group that takes prompts, answers or captured requests
#   params:
#     - log_sinks_need_customer_key
#     - ai_log_group_prefixes
package probity.log_002

import rego.v1

import data.probity.lib.logs
import data.probity.lib.stores
import data.probity.lib.terraform
import data.probity.lib.reading
import data.probity.params

buckets := {use.bucket |
	some use in stores.uses(input.resources)
	use.holds in {"captured requests", "prompts and answers"}
	use.bucket.type in {"aws_s3_bucket", "AWS::S3::Bucket"}
}

groups := logs.groups(input.resources)

# What stands beside the bucket, or in it: {"resource", "body", "path"}.
blocks(bucket) := [{"resource": setting, "body": setting.attributes, "path": []} |
	some setting in stores.settings(input.resources, bucket, "aws_s3_bucket_public_access_block")
] if {
	bucket.type == "aws_s3_bucket"
} else := [{"resource": bucket, "body": bucket.attributes[name], "path": [name]} |
	some name in ["PublicAccessBlockConfiguration"]
	is_object(bucket.attributes[name])
]

switches := {
	"aws_s3_bucket": ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"],
	"AWS::S3::Bucket": ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"],
}

finding(resource, key, path, message, evidence) := {
	"msg": message,
	"resource": resource.subject,
	"key": key,
	"path": path,
	"evidence": evidence,
}

# A switch that is not set is off.
deny contains f if {
	some bucket in buckets
	some block in blocks(bucket)
	some switch in switches[bucket.type]
	not reading.on(object.get(block.body, switch, false))
	f := finding(
		block.resource, switch, path_of(block, switch),
		sprintf("%s, which takes prompts or answers, may become public: %s is off.", [bucket.address, switch]),
		{"bucket": bucket.address, "switch": switch},
	)
}

path_of(block, switch) := array.concat(block.path, [switch]) if {
	object.get(block.body, switch, null) != null
} else := block.path

unreadable(bucket) if terraform.unreadable(bucket.attributes, "PublicAccessBlockConfiguration")

deny contains f if {
	some bucket in buckets
	count(blocks(bucket)) == 0
	not unreadable(bucket)
	f := object.union(
		finding(
			bucket, "public_access_block", [],
			sprintf("No public access block is declared for %s, which takes prompts or answers.", [bucket.address]),
			{"bucket": bucket.address},
		),
		{"severity": "medium"},
	)
}

public_lists := {"public-read", "public-read-write", "PublicRead", "PublicReadWrite"}

deny contains f if {
	some bucket in buckets
	some place in array.concat([bucket], stores.settings(input.resources, bucket, "aws_s3_bucket_acl"))
	some name in ["acl", "AccessControl"]
	place.attributes[name] in public_lists
	f := finding(
		place, "acl", [name],
		sprintf("%s, which takes prompts or answers, is public.", [bucket.address]),
		{"bucket": bucket.address, "acl": place.attributes[name]},
	)
}

# Under the stricter profile.
encrypted(bucket) if {
	some setting in stores.settings(input.resources, bucket, "aws_s3_bucket_server_side_encryption_configuration")
	some rule in reading.blocks(setting, reading.whole(setting), "rule")
	some default_ in reading.blocks(setting, rule, "apply_server_side_encryption_by_default")
	startswith(default_.body.sse_algorithm, "aws:kms")
}

encrypted(bucket) if {
	some configuration in reading.blocks(bucket, reading.whole(bucket), "bucket_encryption")
	some rule in reading.blocks(bucket, configuration, "ServerSideEncryptionConfiguration")
	some default_ in reading.blocks(bucket, rule, "ServerSideEncryptionByDefault")
	startswith(default_.body.SSEAlgorithm, "aws:kms")
}

deny contains f if {
	params.log_sinks_need_customer_key == true
	some bucket in buckets
	not encrypted(bucket)
	f := finding(
		bucket, "encryption", [],
		sprintf("%s, which takes prompts or answers, is not encrypted with a key of your own.", [bucket.address]),
		{"bucket": bucket.address},
	)
}

deny contains f if {
	params.log_sinks_need_customer_key == true
	some group in groups
	not reading.given(group, reading.whole(group), "kms_key_id")
	f := finding(
		group, "kms_key_id", [],
		sprintf("Log group %s is not encrypted with a key of your own.", [group.address]),
		{"attribute": "kms_key_id"},
	)
}

inconclusive contains f if {
	some bucket in buckets
	unreadable(bucket)
	f := finding(
		bucket, "public_access_block", ["PublicAccessBlockConfiguration"],
		sprintf("Whether %s may become public cannot be read from the repository.", [bucket.address]),
		{"bucket": bucket.address},
	)
}

not_applicable contains f if {
	count(buckets) + count(groups) == 0
	f := {"msg": "nothing in the root takes prompts or answers", "key": "", "path": [], "evidence": {}}
}
