# The buckets of a root that hold what AI works with, and the settings that stand beside a bucket.
#
# A bucket counts when an AI resource names it: by reference, by s3:// or gs:// address, by ARN or by its name. What it
# holds is told by the attribute that names it. Names of buckets are no evidence.
package probity.lib.stores

import rego.v1

import data.probity.lib.terraform
import data.probity.lib.reading

# The attribute that names a bucket, and what that bucket then holds.
purposes := {
	"destination_s3_uri": "captured requests",
	"DestinationS3Uri": "captured requests",
	"s3_config": "prompts and answers",
	"large_data_delivery_s3_config": "prompts and answers",
	"input_data_config": "training data",
	"InputDataConfig": "training data",
	"training_data_config": "training data",
	"TrainingDataConfig": "training data",
	"validation_data_config": "training data",
	"contents_delta_uri": "embeddings",
	"offline_store_config": "features",
	"OfflineStoreConfig": "features",
	"s3_configuration": "knowledge",
	"S3Configuration": "knowledge",
	"model_data_url": "models",
	"ModelDataUrl": "models",
	"model_data_source": "models",
	"ModelDataSource": "models",
	"output_data_config": "models",
	"OutputDataConfig": "models",
}

purpose(path) := min({purposes[step] | some step in path; purposes[step]})

# Where each kind of bucket keeps its name.
name_attributes := {
	"aws_s3_bucket": "bucket",
	"awscc_s3_bucket": "bucket_name",
	"AWS::S3::Bucket": "BucketName",
	"google_storage_bucket": "name",
}

ai_prefixes := [
	"aws_sagemaker_",
	"aws_bedrock",
	"awscc_sagemaker_",
	"awscc_bedrock",
	"AWS::SageMaker::",
	"AWS::Bedrock",
	"google_vertex_ai_",
]

ai(resource) if strings.any_prefix_match(resource.type, ai_prefixes)

# The name of a bucket in what names it.
named(text) := name if {
	name := regex.find_all_string_submatch_n(`^(?:s3|gs)://([^/]+)`, text, 1)[0][1]
} else := name if {
	name := regex.find_all_string_submatch_n(`^arn:aws[a-z-]*:s3:::([^/]+)`, text, 1)[0][1]
} else := text if {
	regex.match(`^[a-z0-9][a-z0-9.-]+$`, text)
}

# The uses of buckets in a root: {"bucket", "by", "holds"}.
uses(resources) := by_reference(resources) | by_name(resources)

by_reference(resources) := {{"bucket": bucket, "by": resource, "holds": holds} |
	users := [user | some user in resources; ai(user)]
	count(users) > 0
	buckets := [bucket | some bucket in resources; name_attributes[bucket.type]]
	count(buckets) > 0
	some resource in users
	some reference in resource.references
	holds := purpose(reference.path)
	some bucket in buckets
	reading.refers(resource, reference.path, bucket)
}

by_name(resources) := {{"bucket": one.bucket, "by": resource, "holds": holds} |
	users := [user | some user in resources; ai(user)]
	count(users) > 0
	buckets := known(resources)
	count(buckets) > 0
	some resource in users
	walk(resource.attributes, [path, text])
	is_string(text)
	some one in buckets
	contains(text, one.name)
	not reading.unknown(resource, path)
	named(text) == one.name
	holds := purpose(path)
}

# The buckets whose name stands in the repository.
known(resources) := [{"bucket": bucket, "name": name} |
	some bucket in resources
	own := name_attributes[bucket.type]
	not reading.unknown(bucket, [own])
	name := bucket.attributes[own]
	is_string(name)
	name != ""
]

# The settings of a bucket that are resources of their own.
settings(resources, bucket, type) := [setting |
	some setting in resources
	setting.type == type
	reading.points(setting, reading.whole(setting), "bucket", bucket, "bucket")
]

# What deletes the objects of a bucket: {"resource", "path", "days"}; a fixed date has no days.
expirations(resources, bucket) := ((beside(resources, bucket) | inside(bucket)) | template(bucket)) | google(bucket)

beside(resources, bucket) := {{"resource": setting, "path": array.concat(expiration.path, ["days"]), "days": days} |
	some setting in settings(resources, bucket, "aws_s3_bucket_lifecycle_configuration")
	some rule in reading.blocks(setting, reading.whole(setting), "rule")
	object.get(rule.body, "status", "Enabled") == "Enabled"
	some expiration in reading.blocks(setting, rule, "expiration")
	days := lifetime(expiration.body)
}

# Before version 4 of the provider the rules stood in the bucket.
inside(bucket) := {{"resource": bucket, "path": array.concat(expiration.path, ["days"]), "days": days} |
	bucket.type == "aws_s3_bucket"
	some rule in reading.blocks(bucket, reading.whole(bucket), "lifecycle_rule")
	not reading.off(object.get(rule.body, "enabled", true))
	some expiration in reading.blocks(bucket, rule, "expiration")
	days := lifetime(expiration.body)
}

lifetime(expiration) := reading.number(expiration.days)

lifetime(expiration) := "date" if {
	not terraform.is_set(expiration, "days")
	terraform.is_set(expiration, "date")
}

template(bucket) := {{"resource": bucket, "path": array.concat(rule.path, [name]), "days": days} |
	bucket.type == "AWS::S3::Bucket"
	some configuration in reading.blocks(bucket, reading.whole(bucket), "lifecycle_configuration")
	some rule in reading.blocks(bucket, configuration, "Rules")
	object.get(rule.body, "Status", "") == "Enabled"
	some name in ["ExpirationInDays", "ExpirationDate"]
	days := ends(rule.body, name)
}

ends(rule, "ExpirationInDays") := reading.number(rule.ExpirationInDays)

ends(rule, "ExpirationDate") := "date" if terraform.is_set(rule, "ExpirationDate")

google(bucket) := {{"resource": bucket, "path": array.concat(condition.path, ["age"]), "days": days} |
	bucket.type == "google_storage_bucket"
	some rule in reading.blocks(bucket, reading.whole(bucket), "lifecycle_rule")
	some action in reading.blocks(bucket, rule, "action")
	action.body.type == "Delete"
	some condition in reading.blocks(bucket, rule, "condition")
	days := reading.number(condition.body.age)
}

# Rules that cannot be read: they may delete.
unreadable(resources, bucket) if {
	some setting in settings(resources, bucket, "aws_s3_bucket_lifecycle_configuration")
	terraform.unreadable(setting.attributes, "rule")
}

unreadable(_, bucket) if {
	some name in ["lifecycle_rule", "lifecycle_configuration", "LifecycleConfiguration"]
	terraform.unreadable(bucket.attributes, name)
}

# Objects under a lock may not be deleted, whatever a rule says.
locked(_, bucket) if {
	some name in ["object_lock_enabled", "ObjectLockEnabled"]
	reading.on(bucket.attributes[name])
}

locked(resources, bucket) if count(settings(resources, bucket, "aws_s3_bucket_object_lock_configuration")) > 0

locked(_, bucket) if {
	bucket.type == "google_storage_bucket"
	terraform.is_set(bucket.attributes, "retention_policy")
}
