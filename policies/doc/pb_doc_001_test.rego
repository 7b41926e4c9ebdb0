package probity.doc_001_test

import rego.v1

import data.probity.doc_001

terraform(type, name, attributes) := {
	"system": "terraform", "type": type, "name": name, "address": sprintf("%s.%s", [type, name]),
	"subject": sprintf("terraform:infra//%s.%s", [type, name]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

service(name, uri) := {
	"system": "kubernetes", "type": "InferenceService", "name": name, "namespace": "ml",
	"subject": sprintf("kubernetes:k8s//serving.kserve.io/InferenceService/ml/%s", [name]),
	"attributes": {"kind": "InferenceService", "spec": {"predictor": {"model": {"storageUri": uri}}}},
	"unknown": [], "references": [], "path": "k8s/serve.yaml",
}

repository(resources, documents) := {"resources": resources, "pipelines": [], "documents": documents, "systems": []}

card(path, value) := {"path": path, "kind": "model-card", "value": value}

credit := terraform("aws_sagemaker_model", "credit", {"name": "credit-scoring"})

test_no_card if {
	doc_001.deny == {{
		"msg": "Model credit (aws_sagemaker_model) has no model card in the repository.",
		"resource": "terraform:infra//aws_sagemaker_model.credit",
		"key": "",
		"path": [],
		"evidence": {"model": "credit", "cards_in_repository": 0},
	}} with input as repository([credit], [])
}

test_card_in_the_folder_of_the_model if {
	doc_001.deny == set() with input as repository([credit], [card("models/credit/README.md", {"license": "mit"})])
	service_ := service("credit", "s3://models/credit")
	doc_001.deny == set() with input as repository([service_], [card("models/credit-scoring/model_card.yaml", {})])
}

test_card_that_names_the_model if {
	by_name := card("docs/cards/a.md", {"model_name": "Credit Scoring"})
	doc_001.deny == set() with input as repository([credit], [by_name])
	by_index := card("docs/cards/a.md", {"model-index": [{"name": "credit-scoring"}]})
	doc_001.deny == set() with input as repository([credit], [by_index])
	group := terraform("aws_sagemaker_model_package_group", "g", {"model_package_group_name": "credit-scoring"})
	doc_001.deny == set() with input as repository([group], [by_index])
}

test_card_of_another_model if {
	count(doc_001.deny) == 1 with input as repository([credit], [card("models/churn/README.md", {"model_name": "churn"})])
}

test_generic_words_do_not_connect if {
	other := terraform("aws_sagemaker_model", "fraud_model", {"name": "fraud-model"})
	count(doc_001.deny) == 1 with input as repository([other], [card("models/churn-model/README.md", {})])
}

test_card_at_the_root_describes_all if {
	doc_001.deny == set() with input as repository([credit], [card("README.md", {"license": "mit"})])
}

test_sagemaker_card_in_the_same_root if {
	in_root := terraform("aws_sagemaker_model_card", "c", {"model_card_name": "x"})
	doc_001.deny == set() with input as repository([credit, in_root], [])
	elsewhere := object.union(in_root, {"subject": "terraform:other//aws_sagemaker_model_card.c"})
	count(doc_001.deny) == 1 with input as repository([credit, elsewhere], [])
}

test_pinned_third_party_model_is_not_applicable if {
	pinned := repository([service("chat", "hf://meta/llama:0123456789abcdef")], [])
	doc_001.deny == set() with input as pinned
	count(doc_001.not_applicable) == 1 with input as pinned
	count(doc_001.deny) == 1 with input as repository([service("chat", "hf://meta/llama")], [])
}

test_pinned_revision_in_the_environment if {
	revision := {"HF_MODEL_ID": "a/b", "HF_REVISION": "11bd71901bbe5b1630ceea73d27597364c9af683"}
	case := repository([terraform("aws_sagemaker_model", "llm", {"primary_container": [{"environment": revision}]})], [])
	doc_001.deny == set() with input as case
}

test_not_applicable_without_a_model if {
	count(doc_001.not_applicable) == 1 with input as repository([], [card("README.md", {})])
}
