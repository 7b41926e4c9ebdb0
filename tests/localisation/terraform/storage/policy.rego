package main

import rego.v1

deny contains msg if {
	some name
	bucket := input.resource.aws_s3_bucket[name][_]
	not versioned(bucket)
	msg := sprintf("S3 bucket `%v` has no versioning", [name])
}

versioned(bucket) if bucket.versioning[_].enabled == true

bad_acls := ["public-read", "public-read-write", "authenticated-read", "website"]

deny contains msg if {
	some name
	acl := input.resource.aws_s3_bucket[name][_].acl
	acl == bad_acls[_]
	msg := sprintf("S3 bucket %s has an ACL defined which allows public access", [name])
}

deny contains msg if {
	some name
	bucket := input.resource.aws_s3_bucket[name][_]
	not bucket.server_side_encryption_configuration
	msg := sprintf("S3 bucket %s should have encryption defined", [name])
}

deny contains msg if {
	some name
	bucket := input.resource.aws_s3_bucket[name][_]
	not has_field(bucket, "logging")
	msg := sprintf("s3 bucket %v: access logging is not configured", [name])
}

has_field(object, field) if object[field]

deny contains msg if {
	some name
	input.resource.aws_s3_bucket[name][_].force_destroy
	msg := sprintf("%s would be deleted with everything in it", [name])
}

deny contains msg if {
	some name
	by_default := input.resource.aws_s3_bucket[name][_].server_side_encryption_configuration[_].rule[_].apply_server_side_encryption_by_default[_]
	by_default.sse_algorithm != "aws:kms"
	msg := sprintf("bucket %s is encrypted with %s and not with a key of ours", [name, by_default.sse_algorithm])
}

deny contains msg if {
	some name
	block := input.resource.aws_s3_bucket_public_access_block[name][_]
	not block.block_public_policy
	msg := sprintf("public access block `%s` does not block public policies", [name])
}

deny contains msg if {
	some name
	db := input.resource.aws_db_instance[name][_]
	not db.deletion_protection
	msg := sprintf("RDS instance %s can be deleted by accident", [name])
}

deny contains msg if {
	some type, name
	password := input.resource[type][name][_].password
	not startswith(password, "${")
	msg := sprintf("Password of %s.%s is written into the code", [type, name])
}

minimum_days := 7

deny contains msg if {
	some name
	days := input.resource.aws_db_instance[name][_].backup_retention_period
	days < minimum_days
	msg := sprintf("database %s keeps backups for %d days, at least %d are needed", [name, days, minimum_days])
}

deny contains msg if {
	some name
	db := input.resource.aws_db_instance[name][_]
	not db.storage_encrypted
	msg := sprintf("DB instance %s is not encrypted at rest", [name])
}

deny contains msg if {
	some name
	db := input.resource.aws_db_instance[name][_]
	db.publicly_accessible == true
	msg := sprintf("RDS instance %s is reachable from the internet", [name])
}

deny contains msg if {
	some name
	table := input.resource.aws_dynamodb_table[name][_]
	not recoverable(table)
	msg := sprintf("table %s has no point in time recovery", [name])
}

recoverable(table) if {
	some recovery in table.point_in_time_recovery
	recovery.enabled
}

deny contains msg if {
	some name
	volume := input.resource.aws_ebs_volume[name][_]
	not volume.encrypted
	msg := sprintf("EBS volume %s is not encrypted", [name])
}

allowed_volumes := {"gp3", "io2"}

deny contains msg if {
	some name
	volume := input.resource.aws_ebs_volume[name][_]
	not volume.type in allowed_volumes
	msg := sprintf("volume `%s` is of type %s, allowed are: %s", [name, volume.type, concat(", ", sort(allowed_volumes))])
}

deny contains msg if {
	some name
	files := input.resource.aws_efs_file_system[name][_]
	object.get(files, "kms_key_id", "") == ""
	msg := sprintf("EFS %s must be encrypted with a customer managed key", [name])
}
