package probity.sup_008_test

import rego.v1

import data.probity.sup_008

card(path, value) := {
	"kind": "model-card", "path": path, "subject": concat("", ["document:", path]),
	"value": value, "text": "", "owners": [],
}

repository(documents, resources, models) := {
	"resources": resources, "documents": documents, "pipelines": [], "systems": [], "files": {},
	"records": {"inventory": {"models": models}},
}

found(case) := {[f.key, f.path] | some f in results} if results := sup_008.deny with input as case

reviewed(case) := {[f.key, f.path] | some f in results} if results := sup_008.review with input as case

with_licence(name) := repository([card("models/credit/README.md", {"license": name})], [], [])

test_free_licence_passes if {
	found(with_licence("apache-2.0")) == set()
	reviewed(with_licence("apache-2.0")) == set()
	found(with_licence(["mit", "apache-2.0"])) == set()
}

test_no_licence if {
	sup_008.deny == {{
		"msg": "Model card models/credit/README.md names no licence.",
		"resource": "document:models/credit/README.md",
		"key": "license",
		"path": [],
		"evidence": {},
	}} with input as repository([card("models/credit/README.md", {"language": "en"})], [], [])
	found(with_licence("")) == {["license", ["license"]]}
	found(repository([object.union(card("d/README.md", {}), {"kind": "dataset-card"})], [], [])) == set()
}

test_non_commercial_licence if {
	sup_008.deny == {{
		"msg": "Model card models/credit/README.md names the licence cc-by-nc-4.0, which forbids commercial use.",
		"resource": "document:models/credit/README.md",
		"key": "license:cc-by-nc-4.0",
		"path": ["license"],
		"evidence": {"licence": "cc-by-nc-4.0"},
	}} with input as with_licence("CC-BY-NC-4.0")
	every name in [
		"cc-by-nc-sa-4.0", "fair-noncommercial-research-license", "acme-non-commercial", "acme-nc", "research-only",
	] {
		count(found(with_licence(name))) == 1
		reviewed(with_licence(name)) == set()
	}
	found(with_licence("ncsa")) == set()
}

test_conditional_licence_is_for_a_person if {
	sup_008.review == {{
		"msg": concat("", [
			"Model card models/credit/README.md names the licence openrail, ",
			"whose conditions somebody has to accept.",
		]),
		"resource": "document:models/credit/README.md",
		"key": "license:openrail",
		"path": ["license"],
		"evidence": {"licence": "openrail"},
	}} with input as with_licence("openrail")
	every name in [
		"creativeml-openrail-m", "llama3.1", "gemma", "deepfloyd-if-license", "bigscience-bloom-rail-1.0", "other",
		"unknown",
	] {
		count(reviewed(with_licence(name))) == 1
		found(with_licence(name)) == set()
	}
}

test_licence_of_another_name if {
	named := repository([card("README.md", {"license": "other", "license_name": "acme-non-commercial"})], [], [])
	found(named) == {["license:acme-non-commercial", ["license_name"]]}
	reviewed(named) == set()
}

approval(name) := {"name": name, "licence": "x", "licence_approved": "LEGAL-1"}

approves(value, entry) if {
	case := repository([card("models/credit/README.md", object.union({"license": "cc-by-nc-4.0"}, value))], [], [entry])
	found(case) == set()
}

test_approved_terms if {
	approves({}, approval("credit"))
	approves({"model_name": "Scoring"}, approval("scoring"))
	approves({"name": "Scoring"}, approval("scoring"))
	approves({"base_model": ["org/llm"]}, approval("org/llm"))
	every member in ["id", "model", "source"] {
		approves({}, {member: "credit", "licence_approved": "LEGAL-1"})
	}
	not approves({}, approval("other"))
	not approves({}, object.remove(approval("credit"), ["licence_approved"]))
	not approves({}, {"owner": "credit", "licence_approved": "LEGAL-1"})
	accepted := repository([card("models/credit/README.md", {"license": "gemma"})], [], [approval("credit")])
	reviewed(accepted) == set()
	root := repository([card("README.md", {"license": "gemma"})], [], [approval("README.md")])
	reviewed(root) == set()
}

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "llm", "address": sprintf("%s.llm", [type]),
	"subject": sprintf("terraform:infra//%s.llm", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

garden := "google_vertex_ai_endpoint_with_model_garden_deployment"

accepting := {"model_config": [{"accept_eula": true}], "hugging_face_model_id": "org/llm"}

test_terms_accepted_in_code if {
	sup_008.deny == {{
		"msg": concat("", [
			"google_vertex_ai_endpoint_with_model_garden_deployment.llm accepts the terms of a model, ",
			"and the inventory records no licence for it.",
		]),
		"resource": "terraform:infra//google_vertex_ai_endpoint_with_model_garden_deployment.llm",
		"key": "model_config.accept_eula",
		"path": ["model_config", 0, "accept_eula"],
		"evidence": {},
	}} with input as repository([], [resource(garden, accepting)], [])
}

test_terms_with_a_record if {
	found(repository([], [resource(garden, accepting)], [{"id": "Org/LLM", "licence": "llama3"}])) == set()
	found(repository([], [resource(garden, accepting)], [{"name": "llm", "license": "llama3"}])) == set()
	count(found(repository([], [resource(garden, accepting)], [{"name": "llm", "licence": ""}]))) == 1
	count(found(repository([], [resource(garden, accepting)], [{"name": "other", "licence": "llama3"}]))) == 1
	count(found(repository([], [resource(garden, accepting)], [{"owner": "llm", "licence": "llama3"}]))) == 1
}

test_names_of_resources if {
	every member in ["name", "model_name", "publisher_model_name", "hugging_face_model_id"] {
		case := resource(garden, {"model_config": [{"accept_eula": "true"}], member: "a/b"})
		every entry in ["name", "id", "model", "source"] {
			found(repository([], [case], [{entry: "a/b", "licence": "x"}])) == set()
		}
	}
}

test_terms_of_sagemaker if {
	access := [{"s3_data_source": [{"model_access_config": [{"accept_eula": true}]}]}]
	every case in [
		["aws_sagemaker_model", "primary_container"],
		["aws_sagemaker_model", "container"],
		["awscc_sagemaker_model", "primary_container"],
		["awscc_sagemaker_model", "containers"],
	] {
		found(repository([], [resource(case[0], {case[1]: [{"model_data_source": access}]})], [])) == {[
			sprintf("%s.model_data_source.s3_data_source.model_access_config.accept_eula", [case[1]]),
			[case[1], 0, "model_data_source", 0, "s3_data_source", 0, "model_access_config", 0, "accept_eula"],
		]}
	}
}

test_terms_that_are_not_accepted if {
	found(repository([], [resource(garden, {"model_config": [{"accept_eula": false}]})], [])) == set()
	sandbox := object.union(accepting, {"labels": {"environment": "dev"}})
	found(repository([], [resource(garden, sandbox)], [])) == set()
}

test_nothing_to_judge if {
	case := repository([], [resource("aws_s3_bucket", {})], [])
	found(case) == set()
	sup_008.not_applicable == {{
		"msg": "the repository has no model card and accepts no terms of a model",
		"key": "", "path": [], "evidence": {},
	}} with input as case
	sup_008.not_applicable == set() with input as with_licence("mit")
	sup_008.not_applicable == set() with input as repository([], [resource(garden, accepting)], [])
}
