package probity.cmp_004_test

import rego.v1

import data.probity.cmp_004

card(path, value, text) := {
	"kind": "model-card", "path": path, "subject": concat("", ["document:", path]),
	"value": value, "text": text, "owners": [],
}

repository(documents) := {
	"resources": [], "documents": documents, "pipelines": [], "systems": [], "records": {}, "files": {},
}

found(document) := {f.evidence.billions | some f in results} if {
	results := cmp_004.deny with input as repository([document])
}

named(value) := card("models/assistant/README.md", value, "")

test_large_model_without_a_record if {
	cmp_004.deny == {{
		"msg": concat("", [
			"Model card models/assistant/README.md describes a model of 7 billion parameters ",
			"and records no compute or energy.",
		]),
		"resource": "document:models/assistant/README.md",
		"key": "compute",
		"path": [],
		"evidence": {"billions": "7"},
	}} with input as repository([named({"base_model": "mistralai/Mistral-7B-v0.3"})])
}

test_sizes if {
	every member in ["model_name", "name", "base_model"] {
		found(named({member: "assistant-70b"})) == {"70"}
	}
	found(named({"tags": ["chat", "13b"]})) == {"13"}
	found(named({"base_model": ["a/b-7b", "a/c-70b"]})) == {"70"}
	found(card("models/llm-8b/README.md", {}, "")) == {"8"}
	found(card("README.md", {}, "It has 3.5 billion parameters.")) == {"3.5"}
	found(card("README.md", {}, "A 2B parameters model.")) == {"2"}
	found(named({"name": "a-1b"})) == {"1"}
}

test_models_that_are_small_or_of_unknown_size if {
	every value in [{"name": "qwen-0.5b"}, {"name": "credit"}, {"name": "web2b2c"}, {"name": "7bit"}, {"tags": "x7b"}] {
		found(named(value)) == set()
	}
	case := repository([named({"name": "credit"})])
	cmp_004.not_applicable == {{
		"msg": "no model card states a size above the threshold", "key": "", "path": [], "evidence": {},
	}} with input as case
	cmp_004.not_applicable == set() with input as repository([named({"name": "a-7b"})])
	found(object.union(named({"name": "a-7b"}), {"kind": "dataset-card"})) == set()
}

test_records_in_the_front_matter if {
	every member in ["co2_eq_emissions", "training_compute", "training_flops", "training_energy", "gpu_hours"] {
		found(named({"name": "a-7b", member: {"emissions": 14}})) == set()
		found(named({"name": "a-7b", member: 12})) == set()
	}
	found(named({"name": "a-7b", "co2_eq_emissions": ""})) == {"7"}
	found(named({"name": "a-7b", "co2_eq_emissions": {}})) == {"7"}
	found(named({"name": "a-7b", "co2_eq_emissions": null})) == {"7"}
}

test_records_in_the_text if {
	every text in [
		"Trained with 1200 GPU hours.",
		"It used 31 kWh.",
		"The run took 3e21 FLOPs, 2 flops at a time",
		"GPU hours: 1200",
		"Carbon emitted: about 12 kg",
		"Training compute was 5",
		"Energy used | 12",
		"Emissions of 4 tCO2eq",
	] {
		found(card("models/a-7b/README.md", {}, text)) == set()
	}
	every text in ["Trained on GPUs for hours.", "GPU hours are not known.", "Version 7 of the model."] {
		found(card("models/a-7b/README.md", {}, text)) == {"7"}
	}
}
