package probity.sup_007_test

import rego.v1

import data.probity.sup_007

resource(type, name, attributes) := {
	"system": "terraform", "type": type, "name": name, "address": sprintf("%s.%s", [type, name]),
	"subject": sprintf("terraform:infra//%s.%s", [type, name]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

repository(resources, models, files) := {
	"resources": resources, "documents": [], "pipelines": [], "systems": [],
	"files": {path: {"size": 1} | some path in files},
	"records": {"inventory": {"models": models}},
}

found(case) := {[f.resource, f.key, f.path] | some f in results} if results := sup_007.deny with input as case

credit := resource("aws_sagemaker_model", "credit", {"name": "credit-v3"})

complete := {
	"name": "credit-v3", "licence": "proprietary", "base_model": "none", "source": "s3://m/credit", "hash": "sha256:aa",
}

test_listed_model_passes if {
	found(repository([credit], [{"name": "other"}, complete], [])) == set()
	american := object.union(object.remove(complete, ["licence", "hash"]), {"license": "mit", "sha256": "aa"})
	found(repository([credit], [american], [])) == set()
	digest := object.union(object.remove(complete, ["hash"]), {"digest": "aa"})
	found(repository([credit], [digest], [])) == set()
}

test_model_without_an_entry if {
	sup_007.deny == {{
		"msg": "Model credit (aws_sagemaker_model) has no entry in .probity/inventory.yaml.",
		"resource": "terraform:infra//aws_sagemaker_model.credit",
		"key": "inventory",
		"path": [],
		"evidence": {"identifiers": ["credit", "credit-v3"]},
	}} with input as repository([credit], [{"name": "credit-v2"}], ["README.md"])
	none := object.union(object.remove(repository([credit], [], []), ["records"]), {"records": {"inventory": {}}})
	count(found(none)) == 1
}

matches(type, attributes, entry) if {
	count(found(repository([resource(type, "x", attributes)], [], []))) == 1
	case := repository([resource(type, "x", attributes)], [object.union(object.remove(complete, ["name"]), entry)], [])
	found(case) == set()
}

test_names_of_models if {
	every member in ["name", "id", "model", "source"] {
		matches("aws_sagemaker_model", {"name": "credit"}, {member: "Credit"})
	}
	archive := [{"model_data_url": "s3://m/credit.tar.gz"}]
	matches("aws_sagemaker_model", {"primary_container": archive}, {"id": "credit.tar.gz"})
	matches("awscc_sagemaker_model", {"model_name": "credit"}, {"id": "credit"})
	data_url := {"primary_container": {"model_data_url": "s3://m/credit"}}
	matches("awscc_sagemaker_model", data_url, {"source": "s3://m/credit"})
	matches("azurerm_cognitive_deployment", {"model": [{"name": "gpt-4o"}]}, {"id": "gpt-4o"})
	matches("azurerm_cognitive_deployment", {"name": "chat"}, {"id": "chat"})
	garden := "google_vertex_ai_endpoint_with_model_garden_deployment"
	matches(garden, {"hugging_face_model_id": "org/llm"}, {"id": "org/llm"})
	matches(garden, {"publisher_model_name": "publishers/google/models/gemma3"}, {"id": "gemma3"})
	matches("InferenceService", {"metadata": {"name": "credit"}}, {"id": "credit"})
	matches("InferenceService", {"spec": {"predictor": {"model": {"storageUri": "hf://org/llm"}}}}, {"id": "org/llm"})
	matches("LLMInferenceService", {"metadata": {"name": "credit"}}, {"id": "credit"})
	matches("LLMInferenceService", {"spec": {"model": {"name": "llm"}}}, {"id": "llm"})
	matches("LLMInferenceService", {"spec": {"model": {"uri": "hf://org/llm"}}}, {"id": "llm"})
	matches("aws_sagemaker_model", {}, {"id": "x"})
	not matches("aws_sagemaker_model", {"name": "credit"}, {"owner": "credit"})
	not matches("aws_sagemaker_model", {"name": "subcredit"}, {"id": "credit"})
}

test_incomplete_entry if {
	sup_007.deny == {{
		"msg": "The inventory entry of model credit-v3 lacks base_model, hash, licence, source.",
		"resource": "document:.probity/inventory.yaml",
		"key": "entry:credit-v3",
		"path": ["models", 1],
		"evidence": {"missing": ["base_model", "hash", "licence", "source"]},
	}} with input as repository([credit], [{"name": "other"}, {"name": "credit-v3", "licence": ""}], [])
	by_id := object.union(object.remove(complete, ["name", "hash"]), {"id": "credit"})
	found(repository([credit], [by_id], [])) == {["document:.probity/inventory.yaml", "entry:credit", ["models", 0]]}
}

test_bill_of_materials_that_is_not_read if {
	every path in ["bom.json", "sbom/model.cdx.json", "aibom.json", "docs/credit-ml-bom.json", "x.spdx.json", "SBOM.xml"] {
		case := repository([credit], [], [path])
		found(case) == set()
		sup_007.inconclusive == {{
			"msg": sprintf(
				"Whether model credit (aws_sagemaker_model) is in the bill of materials %s is not read here.",
				[path],
			),
			"resource": "terraform:infra//aws_sagemaker_model.credit",
			"key": "inventory",
			"path": [],
			"evidence": {"bills": [path]},
		}} with input as case
	}
	every path in ["bombastic.json", "a/bom.yaml", "model.json"] {
		count(found(repository([credit], [], [path]))) == 1
	}
	sup_007.inconclusive == set() with input as repository([credit], [], [])
	sup_007.inconclusive == set() with input as repository([credit], [complete], ["bom.json"])
}

test_name_that_nobody_knows if {
	unknown := object.union(resource("aws_sagemaker_model", "credit", {}), {"unknown": [["name"]]})
	case := repository([unknown], [{"name": "other"}], [])
	found(case) == set()
	sup_007.inconclusive == {{
		"msg": "Whether model credit (aws_sagemaker_model) is in the inventory depends on a name that is not known.",
		"resource": "terraform:infra//aws_sagemaker_model.credit",
		"key": "inventory",
		"path": [],
		"evidence": {"identifiers": ["credit"]},
	}} with input as case
	count(found(repository([unknown], [], []))) == 1
	elsewhere := object.union(unknown, {"unknown": [["tags"]]})
	count(found(repository([elsewhere], [{"name": "other"}], []))) == 1
	sup_007.inconclusive == set() with input as repository([unknown], [complete, {"name": "credit"}], [])
}

test_no_model if {
	case := repository([resource("aws_s3_bucket", "b", {})], [], [])
	found(case) == set()
	sup_007.not_applicable == {{
		"msg": "the repository deploys no model", "key": "", "path": [], "evidence": {},
	}} with input as case
	sup_007.not_applicable == set() with input as repository([credit], [], [])
}
