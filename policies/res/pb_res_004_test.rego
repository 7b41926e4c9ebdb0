package probity.res_004_test

import rego.v1

import data.probity.res_004

resource(type, attributes, references) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": references, "path": "infra/main.tf",
}

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

bucket(change) := resource("aws_s3_bucket", object.union({"bucket": "models"}, change), [])

model := resource("aws_sagemaker_model", {"primary_container": [{"model_data_url": "s3://models/m.tar.gz"}]}, [])

versioning(configuration) := resource("aws_s3_bucket_versioning", {"versioning_configuration": configuration}, [{
	"path": ["bucket"], "target": "aws_s3_bucket.x",
}])

found := {[f.resource, f.key, f.path] | some f in res_004.deny}

subject := "terraform:infra//aws_s3_bucket.x"

test_versioned_bucket_passes if {
	every case in [
		root([bucket({}), model, versioning([{"status": "Enabled"}])]),
		root([bucket({"versioning": [{"enabled": true}]}), model]),
		root([bucket({"force_destroy": false}), model, versioning([{"status": "Enabled"}])]),
	] {
		res_004.deny == set() with input as case
		res_004.inconclusive == set() with input as case
		res_004.not_applicable == set() with input as case
	}
}

test_no_versioning if {
	res_004.deny == {{
		"msg": "Bucket aws_s3_bucket.x holds models and keeps no versions.",
		"resource": subject,
		"key": "versioning",
		"path": [],
		"evidence": {"holds": "models"},
	}} with input as root([bucket({}), model])
	other := resource("aws_s3_bucket_versioning", {"bucket": "other", "versioning_configuration": [{"status": "Enabled"}]}, [])
	found == {[subject, "versioning", []]} with input as root([bucket({}), model, other])
}

test_suspended_versioning if {
	res_004.deny == {{
		"msg": "Versioning of bucket aws_s3_bucket.x, which holds models, is not on.",
		"resource": "terraform:infra//aws_s3_bucket_versioning.x",
		"key": "versioning",
		"path": ["versioning_configuration", 0],
		"evidence": {"holds": "models"},
	}} with input as root([bucket({}), model, versioning([{"status": "Suspended"}])])
	found == {[subject, "versioning", ["versioning", 0]]} with input as root([bucket({"versioning": [{"enabled": false}]}), model])
}

test_bucket_that_is_emptied if {
	every value in [true, "true"] {
		res_004.deny == {{
			"msg": "Bucket aws_s3_bucket.x holds models and is emptied when the stack goes.",
			"resource": subject,
			"key": "force_destroy",
			"path": ["force_destroy"],
			"evidence": {"holds": "models"},
		}} with input as root([bucket({"force_destroy": value}), model, versioning([{"status": "Enabled"}])])
	}
}

test_what_must_be_kept if {
	every type, use in {
		"aws_sagemaker_training_job": ["input_data_config", "training data"],
		"aws_sagemaker_feature_group": ["offline_store_config", "features"],
		"aws_bedrock_custom_model": ["output_data_config", "models"],
	} {
		user := resource(type, {}, [{"path": [use[0], 0, "x"], "target": "aws_s3_bucket.x"}])
		{f.evidence.holds | some f in res_004.deny} == {use[1]} with input as root([bucket({}), user])
	}
	capture := resource("aws_sagemaker_endpoint_configuration", {"data_capture_config": [{"destination_s3_uri": "s3://models/x"}]}, [])
	res_004.deny == set() with input as root([bucket({}), capture])
}

test_google_bucket if {
	vectors := resource("google_vertex_ai_index", {}, [{"path": ["model_data_url"], "target": "google_storage_bucket.x"}])
	kept := resource("google_storage_bucket", {"versioning": [{"enabled": true}]}, [])
	res_004.deny == set() with input as root([vectors, kept])
	lost := resource("google_storage_bucket", {"force_destroy": true}, [])
	{f.key | some f in res_004.deny} == {"versioning", "force_destroy"} with input as root([vectors, lost])
}

template(properties) := {"system": "cloudformation", "root": "t.yaml", "resources": [
	{
		"system": "cloudformation", "type": "AWS::S3::Bucket", "name": "B", "address": "B", "unknown": [], "references": [],
		"subject": "cloudformation:t.yaml//B", "attributes": properties,
	},
	{
		"system": "cloudformation", "type": "AWS::SageMaker::Model", "name": "M", "address": "M", "unknown": [],
		"subject": "cloudformation:t.yaml//M", "attributes": {},
		"references": [{"path": ["PrimaryContainer", "ModelDataUrl"], "target": "B"}],
	},
]}

test_cloudformation if {
	res_004.deny == set() with input as template({"VersioningConfiguration": {"Status": "Enabled"}})
	found == {["cloudformation:t.yaml//B", "versioning", []]} with input as template({})
	suspended := {"VersioningConfiguration": {"Status": "Suspended"}}
	found == {["cloudformation:t.yaml//B", "versioning", ["VersioningConfiguration"]]} with input as template(suspended)
	count(res_004.inconclusive) == 1 with input as template({"VersioningConfiguration": "probity-unknown"})
}

test_unreadable_versioning_is_inconclusive if {
	every case in [root([bucket({"versioning": true}), model]), root([bucket({}), model, versioning("probity-unknown")])] {
		res_004.deny == set() with input as case
		res_004.inconclusive == {{
			"msg": "Whether bucket aws_s3_bucket.x keeps versions cannot be read from the repository.",
			"resource": subject,
			"key": "versioning",
			"path": [],
			"evidence": {"holds": "models"},
		}} with input as case
	}
}

domain(value) := resource("aws_sagemaker_domain", {"retention_policy": [{"home_efs_file_system": value}]}, [])

test_domain_that_deletes_homes_is_a_question if {
	res_004.deny == set() with input as root([domain("Delete")])
	res_004.review == {{
		"msg": concat("", [
			"Domain aws_sagemaker_domain.x deletes the home folders of its users with itself: ",
			"is nothing in them that must be kept?",
		]),
		"resource": "terraform:infra//aws_sagemaker_domain.x",
		"key": "home_efs_file_system",
		"path": ["retention_policy", 0, "home_efs_file_system"],
		"evidence": {"attribute": "retention_policy.home_efs_file_system", "value": "Delete"},
	}} with input as root([domain("Delete")])
	res_004.review == set() with input as root([domain("Retain")])
	res_004.not_applicable == set() with input as root([domain("Retain")])
}

test_not_applicable if {
	res_004.not_applicable == {{
		"msg": "the root holds no bucket of models or training data", "key": "", "path": [], "evidence": {},
	}} with input as root([bucket({})])
	res_004.deny == set() with input as root([bucket({})])
}
