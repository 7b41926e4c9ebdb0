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
		"evidence": {"model": "credit (aws_sagemaker_model)", "cards_in_repository": 0},
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

test_other_resources_are_no_models if {
	bucket := repository([terraform("aws_s3_bucket", "credit", {"name": "credit"})], [])
	doc_001.deny == set() with input as bucket
	count(doc_001.not_applicable) == 1 with input as bucket
}

test_not_applicable_without_a_model if {
	count(doc_001.not_applicable) == 1 with input as repository([], [card("README.md", {})])
}

cfn(type, name, attributes) := {
	"system": "cloudformation", "type": type, "name": name, "address": name,
	"subject": sprintf("cloudformation:infra/ml.yaml//%s", [name]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/ml.yaml",
}

test_cloudformation if {
	model := cfn("AWS::SageMaker::Model", "Serving", {"ModelName": "credit-scoring"})
	found := doc_001.deny with input as repository([model], [])
	{[f.msg, f.resource] | some f in found} == {[
		"Model Serving (AWS::SageMaker::Model) has no model card in the repository.",
		"cloudformation:infra/ml.yaml//Serving",
	]}
	doc_001.deny == set() with input as repository([model], [card("models/credit/README.md", {})])
	in_template := cfn("AWS::SageMaker::ModelCard", "Card", {})
	doc_001.deny == set() with input as repository([model, in_template], [])
	group := cfn("AWS::SageMaker::ModelPackageGroup", "G", {"ModelPackageGroupName": "churn"})
	count(doc_001.deny) == 1 with input as repository([group], [card("models/credit/README.md", {})])
	doc_001.deny == set() with input as repository([group], [card("models/churn/README.md", {})])
	hugging_face := {"PrimaryContainer": {"Environment": {"HF_REVISION": "11bd71901bbe5b1630ceea73d27597364c9af683"}}}
	doc_001.deny == set() with input as repository([cfn("AWS::SageMaker::Model", "Llm", hugging_face)], [])
}

test_cloud_control if {
	other := card("models/churn/README.md", {})
	model := terraform("awscc_sagemaker_model", "m", {"model_name": "credit"})
	count(doc_001.deny) == 1 with input as repository([model], [other])
	doc_001.deny == set() with input as repository([model], [card("models/credit/README.md", {})])
	group := terraform("awscc_sagemaker_model_package_group", "g", {"model_package_group_name": "credit"})
	count(doc_001.deny) == 1 with input as repository([group], [other])
	doc_001.deny == set() with input as repository([group], [card("models/credit/README.md", {})])
	in_root := terraform("awscc_sagemaker_model_card", "c", {})
	doc_001.deny == set() with input as repository([group, in_root], [])
}

test_model_is_described_by_the_name_of_what_it_serves if {
	served := terraform("LLMInferenceService", "a", {"spec": {"model": {"uri": "s3://m/helpdesk"}}})
	count(doc_001.deny) == 1 with input as repository([served], [card("models/churn/README.md", {})])
	doc_001.deny == set() with input as repository([served], [card("models/s3-m-helpdesk/README.md", {})])
	named := terraform("LLMInferenceService", "a", {"spec": {"model": {"name": "helpdesk"}}})
	doc_001.deny == set() with input as repository([named], [card("models/helpdesk/README.md", {})])
}

test_model_whose_name_says_nothing if {
	model := terraform("aws_sagemaker_model", "this", {"name": "model-v2"})
	doc_001.deny == set() with input as repository([model], [card("models/churn/README.md", {})])
	count(doc_001.deny) == 1 with input as repository([model], [])
}

mlflow(path) := {"path": path, "kind": "mlflow-model", "value": {}, "subject": sprintf("document:%s", [path])}

test_mlflow_model if {
	found := doc_001.deny with input as repository([], [mlflow("models/credit/MLmodel")])
	{[f.msg, f.resource] | some f in found} == {[
		"Model models/credit/MLmodel (MLflow) has no model card in the repository.",
		"document:models/credit/MLmodel",
	]}
	in_folder := card("models/credit/README.md", {"model_name": "Something else"})
	doc_001.deny == set() with input as repository([], [mlflow("models/credit/MLmodel"), in_folder])
	doc_001.deny == set() with input as repository([], [mlflow("models/credit/v2/artifact/MLmodel"), in_folder])
	elsewhere := card("models/cred/README.md", {"model_name": "Something else"})
	count(doc_001.deny) == 1 with input as repository([], [mlflow("models/credit/MLmodel"), elsewhere])
}

test_only_an_mlflow_model_is_described_by_a_card_in_a_folder_above_it if {
	above := card("models/README.md", {"model_name": "Something else"})
	doc_001.deny == set() with input as repository([], [mlflow("models/credit/MLmodel"), above])
	served := terraform("LLMInferenceService", "a", {"spec": {"model": {"name": "models/credit"}}})
	count(doc_001.deny) == 1 with input as repository([served], [above])
}
