# METADATA
# title: Bucket without an owner
# description: >-
#   A bucket carries no tag `owner`, so nobody can be asked what is in it.
# scope: package
# custom:
#   id: {{ID}}
#   version: 1
#   severity: medium
#   scope: resource
#   selects:
#     - aws_s3_bucket
#   inputs:
#     - tf
#   controls:
#     - "ISO42001:A.3.2"
#   remediation: >-
#     Add the tag `owner` with the team that answers for the bucket.
#   not_flagged:
#     - A tag that stands in the provider's default tags.
package {{PACKAGE}}

import rego.v1

tags := object.union(object.get(input.attributes, "tags", {}), object.get(input.attributes, "tags_all", {}))

deny contains {
	"msg": sprintf("Bucket %s has no owner.", [input.address]),
	"key": "owner",
	"path": ["tags"],
	"evidence": {"tags": object.keys(tags)},
} if {
	object.get(tags, "owner", "") == ""
}
