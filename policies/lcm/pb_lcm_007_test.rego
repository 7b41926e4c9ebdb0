package probity.lcm_007_test

import rego.v1

import data.probity.lcm_007

resource(type, name, attributes) := {
	"type": type, "name": name, "subject": sprintf("terraform:infra//%s.%s", [type, name]), "attributes": attributes,
	"path": "infra/main.tf",
}

endpoint := resource("aws_sagemaker_endpoint", "credit", {})

card(path, value) := {"kind": "model-card", "path": path, "subject": sprintf("document:%s", [path]), "value": value}

repository(resources, documents) := {
	"resources": resources, "documents": documents, "now": "2026-11-25T00:00:00Z",
	"history": {"last_changed": {"infra/main.tf": {"commit": "0123456789abcdef", "date": "2025-11-25T00:00:00Z"}}},
}

found(case) := {[f.resource, f.path] | some f in denied} if denied := lcm_007.deny with input as case

passes(case) if {
	found(case) == set()
	lcm_007.review == set() with input as case
	lcm_007.not_applicable == set() with input as case
}

test_retired_model_that_is_served if {
	lcm_007.deny == {{
		"msg": concat("", [
			"Model card models/credit/README.md says that its model is retired (new_version: org/credit-2), and ",
			"terraform:infra//aws_sagemaker_endpoint.credit still serves it.",
		]),
		"resource": "document:models/credit/README.md",
		"key": "",
		"path": ["new_version"],
		"evidence": {
			"says": "new_version: org/credit-2",
			"served_by": "terraform:infra//aws_sagemaker_endpoint.credit",
		},
	}} with input as repository([endpoint], [card("models/credit/README.md", {"new_version": "org/credit-2"})])
}

test_how_a_card_says_it if {
	every case in [
		[{"status": "Archived"}, ["status"]], [{"tags": ["x", "Deprecated"]}, ["tags"]], [{"deprecated": true}, ["deprecated"]],
	] {
		found(repository([endpoint], [card("models/credit/README.md", case[0])])) == {[
			"document:models/credit/README.md",
			case[1],
		]}
	}
	every value in [{"status": "active"}, {"tags": ["credit"]}, {"deprecated": false}, {"new_version": ""}, {}] {
		passes(repository([endpoint], [card("models/credit/README.md", value)]))
	}
}

test_retired_model_that_nobody_serves if {
	passes(repository([endpoint], [card("models/churn/README.md", {"deprecated": true})]))
	passes(repository([endpoint, resource("aws_s3_bucket", "churn", {})], [card("models/churn/README.md", {"deprecated": true})]))
	named := resource("aws_sagemaker_model", "m", {"name": "churn-model"})
	count(found(repository([named], [card("models/churn/README.md", {"deprecated": true})]))) == 1
	by_uri := resource("InferenceService", "m", {"spec": {"predictor": {"model": {"storageUri": "s3://churn"}}}})
	count(found(repository([by_uri], [card("models/s3-churn/README.md", {"deprecated": true})]))) == 1
}

test_archived_sagemaker_card if {
	archived := resource("aws_sagemaker_model_card", "c", {"model_card_status": "Archived", "model_card_name": "credit"})
	found(repository([endpoint, archived], [])) == {["terraform:infra//aws_sagemaker_model_card.c", ["model_card_status"]]}
	passes(repository([archived, resource("aws_sagemaker_endpoint", "churn", {})], []))
	approved := resource("aws_sagemaker_model_card", "credit", {"model_card_status": "Approved"})
	passes(repository([endpoint, approved], []))
	cfn := resource("AWS::SageMaker::ModelCard", "credit", {"ModelCardStatus": "Archived"})
	found(repository([endpoint, cfn], [])) == {["terraform:infra//AWS::SageMaker::ModelCard.credit", ["ModelCardStatus"]]}
	awscc := resource("awscc_sagemaker_model_card", "credit", {"model_card_status": "Archived"})
	count(found(repository([endpoint, awscc], []))) == 1
}

test_endpoint_that_nobody_changed_is_a_review if {
	case := object.union(repository([endpoint], []), {"now": "2026-11-26T00:00:00Z"})
	found(case) == set()
	lcm_007.review == {{
		"msg": "Nobody changed endpoint credit since commit 0123456789ab of 2025-11-25: is it still needed?",
		"resource": "terraform:infra//aws_sagemaker_endpoint.credit",
		"key": "idle",
		"path": [],
		"evidence": {"commit": "0123456789abcdef", "file": "infra/main.tf"},
	}} with input as case
	model := object.union(repository([resource("aws_sagemaker_model", "credit", {})], []), {"now": "2026-11-26T00:00:00Z"})
	passes(model)
}

test_nothing_that_serves_is_not_applicable if {
	case := repository([resource("aws_s3_bucket", "b", {})], [])
	found(case) == set()
	{n.msg | some n in lcm_007.not_applicable} == {"no resource serves a model"} with input as case
}
