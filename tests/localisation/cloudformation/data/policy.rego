package main

import rego.v1

resources(type) := {name: resource | some name, resource in input.Resources; resource.Type == type}

deny contains msg if {
	some name, parameter in input.Parameters
	contains(lower(name), "password")
	not parameter.NoEcho
	msg := sprintf("Parameter %s is shown in plain text", [name])
}

deny contains msg if {
	some name, parameter in input.Parameters
	contains(lower(name), "password")
	parameter.Default != ""
	msg := sprintf("parameter %s has a default password", [name])
}

deny contains msg if {
	some name, bucket in resources("AWS::S3::Bucket")
	not bucket.Properties.BucketEncryption
	msg := sprintf("S3 bucket %s is not encrypted", [name])
}

deny contains msg if {
	some name, bucket in resources("AWS::S3::Bucket")
	not bucket.Properties.LifecycleConfiguration.Rules
	msg := sprintf("bucket %s has no lifecycle rules", [name])
}

public_acls := {"PublicRead", "PublicReadWrite", "AuthenticatedRead"}

deny contains msg if {
	some name, bucket in resources("AWS::S3::Bucket")
	bucket.Properties.AccessControl in public_acls
	msg := sprintf("S3 Bucket %s is public (%s)", [name, bucket.Properties.AccessControl])
}

deny contains msg if {
	some name, bucket in resources("AWS::S3::Bucket")
	not bucket.Properties.VersioningConfiguration.Status == "Enabled"
	msg := sprintf("Versioning of bucket %s is not enabled", [name])
}

deny contains msg if {
	some name, bucket in resources("AWS::S3::Bucket")
	not bucket.Properties.PublicAccessBlockConfiguration.BlockPublicPolicy
	msg := sprintf("%s does not block public policies", [name])
}

deny contains msg if {
	some name, resource in input.Resources
	tags := {tag.Key | some tag in resource.Properties.Tags}
	count(tags) > 0
	not "data-class" in tags
	msg := sprintf("resource %s is missing the tag data-class", [name])
}

deny contains msg if {
	some name, db in resources("AWS::RDS::DBInstance")
	not db.DeletionPolicy
	msg := sprintf("RDS instance %s has no deletion policy", [name])
}

deny contains msg if {
	some name, db in resources("AWS::RDS::DBInstance")
	not db.Properties.StorageEncrypted
	msg := sprintf("RDS instance %s is not encrypted", [name])
}

deny contains msg if {
	some name, db in resources("AWS::RDS::DBInstance")
	not db.Properties.MultiAZ
	msg := sprintf("%s does not run in several zones", [name])
}

deny contains msg if {
	some name, db in resources("AWS::RDS::DBInstance")
	db.Properties.PubliclyAccessible
	msg := sprintf("DB instance %s is publicly accessible", [name])
}

deny contains msg if {
	some name, db in resources("AWS::RDS::DBInstance")
	days := db.Properties.BackupRetentionPeriod
	days < 7
	msg := sprintf("Backups of %s are kept for %d day(s), less than 7", [name, days])
}

deny contains msg if {
	some name, db in resources("AWS::RDS::DBInstance")
	is_string(db.Properties.MasterUserPassword)
	not startswith(db.Properties.MasterUserPassword, "{{resolve:")
	msg := sprintf("the password of %s stands in the template", [name])
}

deny contains msg if {
	some name, table in resources("AWS::DynamoDB::Table")
	table.Properties.BillingMode != "PAY_PER_REQUEST"
	msg := sprintf("table %s is not billed on demand", [name])
}

deny contains msg if {
	some name, table in resources("AWS::DynamoDB::Table")
	not table.Properties.SSESpecification.SSEEnabled
	msg := sprintf("DynamoDB table %s: server side encryption is off", [name])
}

deny contains msg if {
	some name, table in resources("AWS::DynamoDB::Table")
	not table.Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled
	msg := sprintf("table %s has no point in time recovery", [name])
}

deny contains msg if {
	some name, volume in resources("AWS::EC2::Volume")
	volume.Properties.Encrypted == false
	msg := sprintf("EBS volume %s is not encrypted", [name])
}

deny contains msg if {
	some name, volume in resources("AWS::EC2::Volume")
	volume.Properties.VolumeType != "gp3"
	msg := sprintf("Volume `%s` is of type %s, not gp3", [name, volume.Properties.VolumeType])
}

deny contains msg if {
	some name, files in resources("AWS::EFS::FileSystem")
	object.get(files.Properties, "Encrypted", false) == false
	msg := sprintf("file system %s is not encrypted", [name])
}

deny contains msg if {
	some name, cluster in resources("AWS::Neptune::DBCluster")
	not cluster.Properties.StorageEncrypted
	msg := sprintf("Neptune cluster %s has no storage encryption", [name])
}

deny contains msg if {
	some name, cluster in resources("AWS::Neptune::DBCluster")
	not cluster.Properties.IamAuthEnabled
	msg := sprintf("cluster %s does not use IAM authentication", [name])
}

is_true(value) if value == true

is_true(value) if lower(value) == "true"

deny contains msg if {
	some name, cache in resources("AWS::ElastiCache::ReplicationGroup")
	not is_true(cache.Properties.TransitEncryptionEnabled)
	msg := sprintf("%s: no encryption in transit", [name])
}

deny contains msg if {
	some name, cache in resources("AWS::ElastiCache::ReplicationGroup")
	cache.Properties.NumCacheClusters < 2
	msg := sprintf("%s has fewer than 2 nodes", [name])
}
