package probity.data_010_test

import rego.v1

import data.probity.data_010

resource(type, name, attributes, references) := {
	"system": "terraform", "type": type, "name": name, "address": sprintf("%s.%s", [type, name]),
	"subject": sprintf("terraform:infra//%s.%s", [type, name]), "path": "infra/main.tf",
	"attributes": attributes, "unknown": [], "references": references,
}

bucket := resource("aws_s3_bucket", "raw", {"bucket": "raw", "tags": {"data-classification": "pii"}}, [])

repository(resources) := {"resources": resources, "pipelines": [], "config": {}}

found(case) := {f.msg | some f in all} if {
	all := data_010.deny with input as case
}

missing := "Bucket aws_s3_bucket.raw is tagged as pii, and nothing searches it for sensitive data; add a discovery job."

test_no_discovery if {
	data_010.deny == {{
		"msg": concat("", [
			"Bucket aws_s3_bucket.raw is tagged as pii, and nothing searches it for sensitive data; ",
			"add a discovery job.",
		]),
		"resource": "terraform:infra//aws_s3_bucket.raw", "key": "", "path": [],
		"evidence": {"bucket": "aws_s3_bucket.raw", "why": "is tagged as pii"},
	}} with input as repository([bucket])
}

test_an_account if {
	found(repository([bucket, resource("aws_macie2_account", "m", {}, [])])) == set()
}

test_an_account_that_is_paused if {
	found(repository([bucket, resource("aws_macie2_account", "m", {"status": "PAUSED"}, [])])) == {missing}
}

test_a_session_in_cloudformation if {
	found(repository([bucket, resource("AWS::Macie::Session", "m", {"Status": "ENABLED"}, [])])) == set()
}

test_a_session_that_is_paused if {
	found(repository([bucket, resource("AWS::Macie::Session", "m", {"Status": "paused"}, [])])) == {missing}
}

job(names) := resource("aws_macie2_classification_job", "j", {"s3_job_definition": [{
	"bucket_definitions": [{"buckets": names}],
}]}, [])

test_a_job_that_names_it if {
	found(repository([bucket, job(["raw"])])) == set()
}

test_a_job_that_names_another if {
	found(repository([bucket, job(["other"])])) == {missing}
}

test_a_job_that_refers_to_it if {
	reference := {"path": ["s3_job_definition"], "target": "aws_s3_bucket.raw"}
	found(repository([bucket, resource("aws_macie2_classification_job", "j", {}, [reference])])) == set()
}

test_a_job_of_another_root_that_refers_to_a_namesake if {
	reference := {"path": ["s3_job_definition"], "target": "aws_s3_bucket.raw"}
	other := object.union(
		resource("aws_macie2_classification_job", "j", {}, [reference]),
		{"subject": "terraform:other//aws_macie2_classification_job.j"},
	)
	found(repository([bucket, other])) == {missing}
}

test_a_job_by_criteria_is_inconclusive if {
	criteria := {"s3_job_definition": [{"bucket_criteria": [{"includes": []}]}]}
	case := repository([bucket, resource("aws_macie2_classification_job", "j", criteria, [])])
	data_010.deny == set() with input as case
	{f.msg | some f in data_010.inconclusive} == {concat("", [
		"Bucket aws_s3_bucket.raw is tagged as pii, ",
		"and whether a discovery job that chooses by criteria covers it cannot be seen.",
	])} with input as case
}

node(kind, name) := {"kind": kind, "name": name, "subject": "s"}

trains(uri, edges) := [{"nodes": {uri: node("dataset", uri), "t": node("train", "t")}, "edges": edges}]

plain := object.remove(bucket, ["attributes"])

untagged := object.union(plain, {"attributes": {"bucket": "raw"}})

test_a_bucket_that_feeds_training if {
	case := object.union(repository([untagged]), {"pipelines": trains("s3://raw/x", {"s3://raw/x": ["t"]})})
	found(case) == {concat("", [
		"Bucket aws_s3_bucket.raw feeds training, and nothing searches it for sensitive data; ",
		"add a discovery job.",
	])}
}

test_a_bucket_that_feeds_training_by_its_address if {
	uri := "aws_s3_bucket.raw"
	case := object.union(repository([untagged]), {"pipelines": trains(uri, {uri: ["t"]})})
	count(found(case)) == 1
}

silent(case) if {
	found(case) == set()
	reasons := data_010.not_applicable with input as case
	{f.msg | some f in reasons} == {"no bucket is tagged as sensitive or feeds training"}
}

test_a_bucket_with_a_longer_name if {
	silent(object.union(repository([untagged]), {"pipelines": trains("s3://raw-x/y", {"s3://raw-x/y": ["t"]})}))
}

test_data_that_do_not_reach_training if {
	silent(object.union(repository([untagged]), {"pipelines": trains("s3://raw/x", {})}))
}

test_a_bucket_of_another_class if {
	silent(repository([object.union(bucket, {"attributes": {"tags": {"data-classification": "public"}}})]))
}

test_cloudformation if {
	tagged := object.union(
		resource("AWS::S3::Bucket", "Raw", {"Tags": [{"Key": "DataClassification", "Value": "PHI"}]}, []),
		{"system": "cloudformation"},
	)
	count(found(repository([tagged]))) == 1
}

gcs := resource("google_storage_bucket", "raw", {"name": "raw", "labels": {"data_classification": "pii"}}, [])

trigger(url) := resource("google_data_loss_prevention_job_trigger", "t", {"inspect_job": [{"storage_config": [{
	"cloud_storage_options": [{"file_set": [{"url": url}]}],
}]}]}, [])

test_google_without_discovery if {
	count(found(repository([gcs, resource("aws_macie2_account", "m", {}, [])]))) == 1
}

test_google_with_a_trigger if {
	found(repository([gcs, trigger("gs://raw/**")])) == set()
}

test_google_with_a_trigger_for_another_bucket if {
	count(found(repository([gcs, trigger("gs://raw-2/")]))) == 1
}

test_google_with_discovery if {
	running := resource("google_data_loss_prevention_discovery_config", "d", {"status": "RUNNING"}, [])
	found(repository([gcs, running])) == set()
}

test_google_with_discovery_that_is_paused if {
	paused := resource("google_data_loss_prevention_discovery_config", "d", {"status": "PAUSED"}, [])
	count(found(repository([gcs, paused]))) == 1
}

azure := resource("azurerm_storage_account", "raw", {"name": "raw", "tags": {"data-classification": "pii"}}, [])

test_azure if {
	count(found(repository([azure]))) == 1
}

test_azure_with_purview if {
	found(repository([azure, resource("azurerm_purview_account", "p", {}, [])])) == set()
}

test_purview_is_for_azure if {
	found(repository([bucket, resource("azurerm_purview_account", "p", {}, [])])) == {missing}
}

# Trap 29.
test_satisfied_externally if {
	case := object.union(repository([bucket]), {"config": {"external_evidence": {"PB-DATA-010": "https://x"}}})
	found(case) == set()
	{f.msg | some f in data_010.not_applicable} == {"satisfied externally, see https://x"} with input as case
}
