package {{PACKAGE}}_test

import rego.v1

import data.{{PACKAGE}}

bucket(attributes) := {
	"system": "terraform", "type": "aws_s3_bucket", "name": "data", "address": "aws_s3_bucket.data",
	"subject": "terraform:infra//aws_s3_bucket.data", "path": "infra/main.tf",
	"attributes": attributes, "unknown": [], "references": [],
}

test_owner_passes if {
	{{MODULE}}.deny == set() with input as bucket({"tags": {"owner": "ml"}})
}

test_no_owner if {
	{{MODULE}}.deny == {{
		"msg": "Bucket aws_s3_bucket.data has no owner.",
		"key": "owner",
		"path": ["tags"],
		"evidence": {"tags": {"stage"}},
	}} with input as bucket({"tags": {"stage": "prod"}})
}

test_an_empty_owner_is_none if {
	count({{MODULE}}.deny) == 1 with input as bucket({"tags": {"owner": ""}})
}

test_default_tags_of_the_provider_pass if {
	{{MODULE}}.deny == set() with input as bucket({"tags_all": {"owner": "ml"}})
}
