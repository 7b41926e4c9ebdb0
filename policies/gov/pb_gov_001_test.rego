package probity.gov_001_test

import rego.v1

import data.probity.gov_001

all := {"ai-system": "credit", "owner": "team-a", "data-classification": "pii", "risk-class": "high", "environment": "prod"}

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

model(attributes) := resource("aws_sagemaker_model", attributes)

test_all_tags_pass if {
	gov_001.deny == set() with input as model({"tags": all})
}

# Trap 8: default tags of the provider stand in tags_all only.
test_default_tags_count if {
	gov_001.deny == set() with input as model({"tags": {"owner": "team-a"}, "tags_all": all})
	gov_001.deny == set() with input as model({"tags_all": all})
}

test_one_finding_names_all_missing_keys if {
	gov_001.deny == {{
		"msg": "aws_sagemaker_model.x lacks the tags ai-system, data-classification, risk-class, environment.",
		"key": "",
		"path": ["tags"],
		"evidence": {"missing": "ai-system, data-classification, risk-class, environment", "present": "Name, owner"},
	}} with input as model({"tags": {"owner": "team-a", "Name": "m"}})
}

test_no_tags_at_all if {
	some f in gov_001.deny with input as model({})
	f.path == []
}

test_an_empty_value_is_missing if {
	some f in gov_001.deny with input as model({"tags": object.union(all, {"owner": ""})})
	f.evidence.missing == "owner"
}

test_labels_and_spelling if {
	labels := {"ai_system": "credit", "owner": "a", "data_classification": "pii", "risk_class": "high", "environment": "prod"}
	gov_001.deny == set() with input as resource("google_vertex_ai_endpoint", {"labels": labels})
	tags := {"AiSystem": "credit", "Owner": "a", "DataClassification": "pii", "RiskClass": "high", "Environment": "prod"}
	gov_001.deny == set() with input as model({"tags": tags})
}

test_unreadable_tags_are_inconclusive if {
	gov_001.deny == set() with input as model({"tags": "probity-unknown"})
	count(gov_001.inconclusive) == 1 with input as model({"tags": "probity-unknown"})
	gov_001.inconclusive == set() with input as model({"tags": "probity-unknown", "tags_all": all})
}

test_types_without_tags_are_not_applicable if {
	case := resource("aws_bedrock_model_invocation_logging_configuration", {})
	gov_001.deny == set() with input as case
	count(gov_001.not_applicable) == 1 with input as case
}

cfn(type, properties) := {
	"system": "cloudformation", "type": type, "name": "Credit", "address": "Credit", "attributes": properties,
	"subject": "cloudformation:ml.yaml//Credit", "unknown": [], "references": [], "path": "ml.yaml",
}

pairs(map) := [{"Key": key, "Value": value} | some key, value in map]

test_cloudformation if {
	gov_001.deny == set() with input as cfn("AWS::SageMaker::Model", {"Tags": pairs(all)})
	gov_001.deny == {{
		"msg": "Credit lacks the tags ai-system.",
		"key": "",
		"path": ["Tags"],
		"evidence": {"missing": "ai-system", "present": "data-classification, environment, owner, risk-class"},
	}} with input as cfn("AWS::SageMaker::Model", {"Tags": pairs(object.remove(all, ["ai-system"]))})
	gov_001.deny == set() with input as cfn("AWS::Bedrock::Agent", {"Tags": all})
	some f in gov_001.deny with input as cfn("AWS::SageMaker::Endpoint", {})
	f.path == []
	without := cfn("AWS::SageMaker::ImageVersion", {})
	gov_001.deny == set() with input as without
	{n.msg | some n in gov_001.not_applicable} == {
		"resources of type AWS::SageMaker::ImageVersion carry no tags",
	} with input as without
	gov_001.not_applicable == set() with input as cfn("AWS::SageMaker::Model", {})
}

test_cloudformation_tags_that_cannot_be_read if {
	case := cfn("AWS::SageMaker::Model", {"Tags": "probity-unknown"})
	gov_001.deny == set() with input as case
	{[f.msg, f.path] | some f in gov_001.inconclusive} == {[
		"The tags of Credit cannot be read from the repository.",
		["Tags"],
	]} with input as case
}

test_cloud_control if {
	listed := [{"key": key, "value": value} | some key, value in all]
	gov_001.deny == set() with input as resource("awscc_sagemaker_model", {"tags": listed})
	count(gov_001.deny) == 1 with input as resource("awscc_sagemaker_model", {"tags": []})
	count(gov_001.not_applicable) == 1 with input as resource("awscc_sagemaker_image_version", {})
}

service(metadata) := {
	"system": "kubernetes", "type": "InferenceService", "name": "credit", "namespace": "ml",
	"subject": "kubernetes:k8s//serving.kserve.io/InferenceService/ml/credit",
	"attributes": {"kind": "InferenceService", "metadata": metadata}, "unknown": [], "references": [], "path": "k8s/s.yaml",
}

test_labels_of_kubernetes if {
	prefixed := {sprintf("acme.com/%s", [key]): value | some key, value in all}
	gov_001.deny == set() with input as service({"name": "credit", "labels": prefixed})
	gov_001.deny == {{
		"msg": "InferenceService credit lacks the labels ai-system, owner, data-classification, risk-class, environment.",
		"key": "",
		"path": ["metadata"],
		"evidence": {
			"missing": "ai-system, owner, data-classification, risk-class, environment",
			"present": "",
		},
	}} with input as service({"name": "credit"})
	some f in gov_001.deny with input as service({"labels": {"owner": "a"}})
	f.path == ["metadata", "labels"]
}

test_value_of_a_class if {
	gov_001.deny == {{
		"msg": concat("", [
			"aws_sagemaker_model.x has the value amber for risk-class, which is none of prohibited, ",
			"unacceptable, high, limited, minimal, low.",
		]),
		"key": "risk-class",
		"path": ["tags"],
		"evidence": {"key": "risk-class", "value": "amber"},
	}} with input as model({"tags": object.union(all, {"risk-class": "amber"})})
	gov_001.deny == set() with input as model({"tags": object.union(all, {"risk-class": "High"})})
	untagged := resource("aws_bedrock_model_invocation_logging_configuration", {"tags": {"risk-class": "amber"}})
	gov_001.deny == set() with input as untagged
}
