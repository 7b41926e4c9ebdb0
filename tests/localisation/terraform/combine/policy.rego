package main

import rego.v1

deny contains msg if {
	some file in input
	some name
	firewall := file.contents.resource.google_compute_firewall[name][_]
	firewall.network == "default"
	msg := sprintf("%s: firewall %s uses the default network", [file.path, name])
}

ours := {"acme-ml-prod", "acme-ml-dev"}

deny contains msg if {
	project := input[_].contents.provider.google[_].project
	not project in ours
	msg := sprintf("project %s is not a project of ours", [project])
}

deny contains msg if {
	some file in input
	some name
	bucket := file.contents.resource.google_storage_bucket[name][_]
	not bucket.lifecycle_rule
	msg := sprintf("%s: bucket %s has no lifecycle rule", [file.path, name])
}

deny contains msg if {
	some name
	bucket := input[_].contents.resource.google_storage_bucket[name][_]
	not startswith(bucket.location, "EU")
	msg := sprintf("bucket %s is stored outside the EU: %s", [name, bucket.location])
}

bound contains name if {
	some member in input[_].contents.resource.google_storage_bucket_iam_member[_]
	name := split(member.bucket, ".")[1]
}

deny contains msg if {
	some name
	input[_].contents.resource.google_storage_bucket[name]
	not name in bound
	msg := sprintf("bucket %s has no IAM binding", [name])
}

deny contains msg if {
	some name
	member := input[_].contents.resource.google_storage_bucket_iam_member[name][_]
	member.member in {"allUsers", "allAuthenticatedUsers"}
	msg := sprintf("%s is readable for %s", [name, member.member])
}
