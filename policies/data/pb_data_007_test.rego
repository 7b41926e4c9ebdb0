package probity.data_007_test

import rego.v1

import data.probity.data_007

group(type, attributes) := {
	"system": "terraform", "type": type, "name": "f", "address": sprintf("%s.f", [type]),
	"subject": sprintf("terraform:infra//%s.f", [type]), "attributes": attributes, "unknown": [], "references": [],
}

named(name) := group("aws_sagemaker_feature_group", {"feature_definition": [
	{"feature_name": "amount"}, {"feature_name": name},
]})

repository(resources, documents) := {"resources": resources, "documents": documents}

found(case) := {[f.key, f.evidence.attribute] | some f in all} if {
	all := data_007.review with input as case
}

test_a_protected_attribute if {
	data_007.review == {{
		"msg": concat("", [
			"Feature applicant_gender of aws_sagemaker_feature_group.f is or tells the protected attribute gender; ",
			"drop it, or give a justification in the model card.",
		]),
		"resource": "terraform:infra//aws_sagemaker_feature_group.f",
		"key": "applicant_gender",
		"path": ["feature_definition", 1, "feature_name"],
		"evidence": {"feature": "applicant_gender", "attribute": "gender"},
	}} with input as repository([named("applicant_gender")], [])
}

test_other_features_pass if {
	found(repository([named("storage")], [])) == set()
	data_007.not_applicable == set() with input as repository([named("storage")], [])
}

# Trap 23.
test_words_that_mean_something_else if {
	found(repository([named("race_condition_count")], [])) == set()
}

test_the_age_of_an_account if {
	found(repository([named("accountAge")], [])) == set()
}

test_camel_case if {
	found(repository([named("maritalStatus")], [])) == {["maritalStatus", "marital_status"]}
}

test_cloudformation if {
	case := group("AWS::SageMaker::FeatureGroup", {"FeatureDefinitions": [{"FeatureName": "age"}]})
	found(repository([case], [])) == {["age", "age"]}
}

test_cloud_control if {
	case := group("awscc_sagemaker_feature_group", {"feature_definitions": [{"feature_name": "zip"}]})
	found(repository([case], [])) == {["zip", "zip"]}
}

model := {
	"kind": "mlflow-model", "path": "m/MLmodel", "subject": "document:m/MLmodel",
	"value": {"signature": {"inputs": [{"name": "amount", "type": "double"}, {"name": "sex", "type": "string"}]}},
}

test_a_signature if {
	case := repository([], [model])
	found(case) == {["sex", "sex"]}
	some f in data_007.review with input as case
	[f.resource, f.path] == ["document:m/MLmodel", ["signature", "inputs", 1, "name"]]
}

test_a_signature_that_was_not_opened if {
	case := repository([], [object.union(model, {"value": {"signature": {"inputs": "oops {"}}})])
	found(case) == set()
}

card(justification) := {
	"kind": "model-card", "path": "README.md", "subject": "document:README.md",
	"value": {"justification": justification},
}

test_a_reason_in_the_card if {
	found(repository([], [model, card("Sex is required by the supervisor.")])) == set()
}

test_a_reason_for_something_else if {
	found(repository([], [model, card("Age is required by the supervisor.")])) == {["sex", "sex"]}
}

test_a_map_of_reasons if {
	found(repository([], [model, card({"sex": "required by the supervisor"})])) == set()
}

test_a_map_with_an_empty_reason if {
	found(repository([], [model, card({"sex": " "})])) == {["sex", "sex"]}
}

test_a_map_of_other_reasons if {
	found(repository([], [model, card({"age": "required"})])) == {["sex", "sex"]}
}

test_a_reason_elsewhere_than_in_a_model_card if {
	found(repository([], [model, object.union(card("sex"), {"kind": "dataset-card"})])) == {["sex", "sex"]}
}

test_not_applicable if {
	case := repository([], [card("sex")])
	{f.msg | some f in data_007.not_applicable} == {
		"the repository declares no features and no signature",
	} with input as case
	found(case) == set()
}
