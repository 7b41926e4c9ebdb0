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
