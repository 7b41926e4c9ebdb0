package probity.log_002_test

import rego.v1

import data.probity.log_002

resource(type, attributes, references) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": references, "path": "infra/main.tf",
}

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

bucket(change) := resource("aws_s3_bucket", object.union({"bucket": "prompts"}, change), [])

logging := resource("aws_bedrock_model_invocation_logging_configuration", {"logging_config": [{
	"s3_config": [{"bucket_name": "prompts"}], "cloudwatch_config": [{"log_group_name": "prompts"}],
}]}, [])

switches := {"block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true, "restrict_public_buckets": true}

closed(change) := resource("aws_s3_bucket_public_access_block", object.union(switches, change), [{
	"path": ["bucket"], "target": "aws_s3_bucket.x",
}])

found := {[f.resource, f.key, f.path] | some f in log_002.deny}

subject := "terraform:infra//aws_s3_bucket.x"

# Trap 13: S3 encrypts by itself.
test_closed_bucket_passes if {
	case := root([bucket({}), closed({}), logging])
	log_002.deny == set() with input as case
	log_002.inconclusive == set() with input as case
	log_002.not_applicable == set() with input as case
	log_002.deny == set() with input as root([bucket({}), closed({"block_public_acls": "true"}), logging])
}

test_no_block_is_medium if {
	log_002.deny == {{
		"msg": "No public access block is declared for aws_s3_bucket.x, which takes prompts or answers.",
		"resource": subject,
		"key": "public_access_block",
		"path": [],
		"severity": "medium",
		"evidence": {"bucket": "aws_s3_bucket.x"},
	}} with input as root([bucket({}), logging])
	other := resource("aws_s3_bucket_public_access_block", object.union(switches, {"bucket": "other"}), [])
	count(log_002.deny) == 1 with input as root([bucket({}), logging, other])
}

test_switch_that_is_off if {
	log_002.deny == {{
		"msg": "aws_s3_bucket.x, which takes prompts or answers, may become public: block_public_policy is off.",
		"resource": "terraform:infra//aws_s3_bucket_public_access_block.x",
		"key": "block_public_policy",
		"path": ["block_public_policy"],
		"evidence": {"bucket": "aws_s3_bucket.x", "switch": "block_public_policy"},
	}} with input as root([bucket({}), closed({"block_public_policy": false}), logging])
	every switch, _ in switches {
		bare := object.union(closed({}), {"attributes": {switch: null}})
		found == {["terraform:infra//aws_s3_bucket_public_access_block.x", switch, []]} with input as root([bucket({}), bare, logging])
	}
}

test_public_list if {
	every list in ["public-read", "public-read-write"] {
		acl := resource("aws_s3_bucket_acl", {"bucket": "prompts", "acl": list}, [])
		log_002.deny == {{
			"msg": "aws_s3_bucket.x, which takes prompts or answers, is public.",
			"resource": "terraform:infra//aws_s3_bucket_acl.x",
			"key": "acl",
			"path": ["acl"],
			"evidence": {"bucket": "aws_s3_bucket.x", "acl": list},
		}} with input as root([bucket({}), closed({}), logging, acl])
		found == {[subject, "acl", ["acl"]]} with input as root([bucket({"acl": list}), closed({}), logging])
	}
	log_002.deny == set() with input as root([bucket({"acl": "private"}), closed({}), logging])
}

encryption(algorithm) := resource("aws_s3_bucket_server_side_encryption_configuration", {"bucket": "prompts", "rule": [{
	"apply_server_side_encryption_by_default": [{"sse_algorithm": algorithm}],
}]}, [])

group(attributes) := resource("aws_cloudwatch_log_group", object.union({"name": "prompts"}, attributes), [])

test_customer_key_by_parameter if {
	bare := root([bucket({}), closed({}), group({}), logging])
	log_002.deny == set() with input as bare
	log_002.deny == {
		{
			"msg": "aws_s3_bucket.x, which takes prompts or answers, is not encrypted with a key of your own.",
			"resource": subject, "key": "encryption", "path": [], "evidence": {"bucket": "aws_s3_bucket.x"},
		},
		{
			"msg": "Log group aws_cloudwatch_log_group.x is not encrypted with a key of your own.",
			"resource": "terraform:infra//aws_cloudwatch_log_group.x",
			"key": "kms_key_id", "path": [], "evidence": {"attribute": "kms_key_id"},
		},
	} with input as bare with data.probity.params.log_sinks_need_customer_key as true
	every algorithm in ["aws:kms", "aws:kms:dsse"] {
		keyed := root([bucket({}), closed({}), group({"kms_key_id": "arn"}), logging, encryption(algorithm)])
		log_002.deny == set() with input as keyed with data.probity.params.log_sinks_need_customer_key as true
	}
	own := root([bucket({}), closed({}), group({"kms_key_id": "arn"}), logging, encryption("AES256")])
	found == {[subject, "encryption", []]} with input as own with data.probity.params.log_sinks_need_customer_key as true
}

test_other_buckets_are_left_alone if {
	model := resource("aws_sagemaker_model", {"primary_container": [{"model_data_url": "s3://prompts/m"}]}, [])
	every case in [root([bucket({})]), root([bucket({}), model])] {
		log_002.deny == set() with input as case
		log_002.not_applicable == {{
			"msg": "nothing in the root takes prompts or answers", "key": "", "path": [], "evidence": {},
		}} with input as case
	}
}

template(properties) := {"system": "cloudformation", "root": "t.yaml", "resources": [
	{
		"system": "cloudformation", "type": "AWS::S3::Bucket", "name": "B", "address": "B", "unknown": [], "references": [],
		"subject": "cloudformation:t.yaml//B", "attributes": properties,
	},
	{
		"system": "cloudformation", "type": "AWS::SageMaker::EndpointConfig", "name": "C", "address": "C", "unknown": [],
		"subject": "cloudformation:t.yaml//C", "attributes": {},
		"references": [{"path": ["DataCaptureConfig", "DestinationS3Uri"], "target": "B"}],
	},
]}

test_cloudformation if {
	all := {"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true}
	log_002.deny == set() with input as template({"PublicAccessBlockConfiguration": all})
	half := {"PublicAccessBlockConfiguration": object.union(all, {"IgnorePublicAcls": false})}
	found == {[
		"cloudformation:t.yaml//B", "IgnorePublicAcls", ["PublicAccessBlockConfiguration", "IgnorePublicAcls"],
	]} with input as template(half)
	found == {["cloudformation:t.yaml//B", "public_access_block", []]} with input as template({})
	listed := {"PublicAccessBlockConfiguration": all, "AccessControl": "PublicRead"}
	found == {["cloudformation:t.yaml//B", "acl", ["AccessControl"]]} with input as template(listed)
	encryption_ := {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
	keyed := {"PublicAccessBlockConfiguration": all, "BucketEncryption": encryption_}
	log_002.deny == set() with input as template(keyed) with data.probity.params.log_sinks_need_customer_key as true
}

test_unreadable_block_is_inconclusive if {
	case := template({"PublicAccessBlockConfiguration": "probity-unknown"})
	log_002.deny == set() with input as case
	log_002.inconclusive == {{
		"msg": "Whether B may become public cannot be read from the repository.",
		"resource": "cloudformation:t.yaml//B",
		"key": "public_access_block",
		"path": ["PublicAccessBlockConfiguration"],
		"evidence": {"bucket": "B"},
	}} with input as case
}
