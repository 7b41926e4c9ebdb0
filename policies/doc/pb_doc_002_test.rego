package probity.doc_002_test

import rego.v1

import data.probity.doc_002

front := {
	"license": "apache-2.0",
	"datasets": ["loans"],
	"metrics": ["roc_auc"],
	"model-index": [{"results": [{"metrics": [{"type": "roc_auc", "value": 0.83}]}]}],
}

sections := ["Intended use", "Out-of-scope use", "Limitations", "Bias and risks", "Human oversight", "Contact"]

body(titles) := concat("\n", [sprintf("## %s\nText.\n", [title]) | some title in titles])

card(path, value, text) := {
	"path": path, "kind": "model-card", "subject": sprintf("document:%s", [path]), "value": value, "text": text,
}

repository(documents) := {"documents": documents, "resources": []}

whole(value) := repository([card("models/credit/README.md", value, body(sections))])

missing(case) := {f.evidence.missing | some f in found} if found := doc_002.deny with input as case

test_complete_card_passes if {
	doc_002.deny == set() with input as whole(front)
	doc_002.inconclusive == set() with input as whole(front)
	doc_002.not_applicable == set() with input as whole(front)
}

test_card_without_anything if {
	doc_002.deny == {{
		"msg": concat("", [
			"Model card models/credit/README.md says nothing on: license, datasets, metrics, model-index, ",
			"Intended use, Out-of-scope use, Limitations, Bias and risks, Human oversight, Contact.",
		]),
		"resource": "document:models/credit/README.md",
		"key": "",
		"path": [],
		"evidence": {
			"card": "models/credit/README.md",
			"missing": concat("", [
				"license, datasets, metrics, model-index, Intended use, Out-of-scope use, Limitations, ",
				"Bias and risks, Human oversight, Contact",
			]),
		},
	}} with input as repository([card("models/credit/README.md", {"tags": ["x"]}, "# Credit\n")])
}

test_each_field_and_section_counts if {
	every name in ["license", "datasets"] {
		missing(whole(object.remove(front, [name]))) == {name}
	}
	missing(whole(object.remove(front, ["metrics"]))) == set() # in model-index
	every section in sections {
		text := body([s | some s in sections; s != section])
		missing(repository([card("README.md", front, text)])) == {section}
	}
}

test_figures if {
	every value in ["a", null, ""] {
		missing(whole(object.union(front, {"model-index": [{"results": [{"metrics": [{"value": value}]}]}]}))) == {"model-index"}
	}
	missing(whole(object.union(front, {"model-index": [{"results": [{"metrics": [{"value": "83.1%"}]}]}]}))) == set()
	missing(whole(object.union(front, {"model-index": [{"value": 0.8}]}))) == {"model-index"}
}

test_fine_tuned_model_names_its_base if {
	missing(whole(object.union(front, {"tags": ["LoRA"]}))) == {"base_model"}
	missing(whole(object.union(front, {"library_name": "peft"}))) == {"base_model"}
	missing(whole(object.union(front, {"tags": ["lora"], "base_model": "org/base"}))) == set()
}

test_model_of_text_names_its_language if {
	missing(whole(object.union(front, {"pipeline_tag": "text-generation"}))) == {"language"}
	missing(whole(object.union(front, {"pipeline_tag": "text-generation", "language": "de"}))) == set()
	missing(whole(object.union(front, {"pipeline_tag": "text-generation", "languages": ["de", "fr"]}))) == set()
	missing(whole(object.union(front, {"pipeline_tag": "tabular-classification"}))) == set()
}

test_headings_in_other_languages_and_other_files if {
	german := "# Karte\n## Zweckbestimmung\n## Nicht vorgesehen\n## Grenzen\n## Verzerrung\n## Menschliche Aufsicht\n## Kontakt\n"
	missing(repository([card("README.md", front, german)])) == set()
	links := body(["Intended use", "Limitations", "Contact"])
	elsewhere := "[Out of scope](scope.md), [Risks](risks.md), [Human oversight](oversight.md)"
	missing(repository([card("README.md", front, concat("\n", [links, elsewhere]))])) == set()
}

test_how_to_use_is_no_intended_use if {
	text := body(["How to use", "Out-of-scope use", "Limitations", "Bias and risks", "Human oversight", "Contact"])
	missing(repository([card("README.md", front, text)])) == {"Intended use"}
}

test_card_in_data_form if {
	value := object.union(front, {
		"intended_use": "loans", "out_of_scope": "people", "limitations": ["few"], "ethical_considerations": "age",
		"human_oversight": "an officer", "contact": "team@example.com",
	})
	doc_002.deny == set() with input as repository([object.remove(card("models/a/model_card.yaml", value, ""), ["text"])])
	missing(repository([object.remove(card("model_card.yaml", object.remove(value, ["contact"]), ""), ["text"])])) == {"Contact"}
}

test_text_that_is_not_at_hand_is_inconclusive if {
	case := repository([object.remove(card("README.md", front, ""), ["text"])])
	doc_002.deny == set() with input as case
	doc_002.inconclusive == {{
		"msg": "The sections of model card README.md cannot be judged: its text is not at hand.",
		"resource": "document:README.md",
		"key": "",
		"path": [],
		"evidence": {"card": "README.md"},
	}} with input as case
}

resource(type, attributes) := {"documents": [], "resources": [{
	"system": "terraform", "type": type, "name": "credit", "subject": sprintf("terraform:.//%s.credit", [type]),
	"attributes": attributes,
}]}

content := {
	"intended_uses": {
		"purpose_of_model": "a", "intended_uses": "b", "factors_affecting_model_efficiency": "c",
		"risk_rating": "High", "explanations_for_risk_rating": "d",
	},
	"evaluation_details": [{"name": "e"}],
	"training_details": {"objective_function": {}},
	"additional_information": {"caveats_and_recommendations": "f"},
}

terraform(value) := resource("aws_sagemaker_model_card", {"content": json.marshal(value)})

test_sagemaker_card_passes if {
	missing(terraform(content)) == set()
	missing(resource("awscc_sagemaker_model_card", {"content": content})) == set()
	pascal := {
		"IntendedUses": {
			"PurposeOfModel": "a", "IntendedUses": "b", "FactorsAffectingModelEfficiency": "c",
			"RiskRating": "High", "ExplanationsForRiskRating": "d",
		},
		"EvaluationDetails": [{"Name": "e"}],
		"TrainingDetails": {"ObjectiveFunction": "x"},
		"AdditionalInformation": {"CaveatsAndRecommendations": "f"},
	}
	missing(resource("AWS::SageMaker::ModelCard", {"Content": pascal})) == set()
}

all_gaps := concat("", [
	"intended_uses.purpose_of_model, intended_uses.intended_uses, intended_uses.factors_affecting_model_efficiency, ",
	"intended_uses.risk_rating, intended_uses.explanations_for_risk_rating, evaluation_details, training_details, ",
	"additional_information.caveats_and_recommendations",
])

# Trap 10: the content is JSON inside a string.
test_sagemaker_card_with_business_details_only if {
	doc_002.deny == {{
		"msg": sprintf("Model card credit says nothing on: %s.", [all_gaps]),
		"resource": "terraform:.//aws_sagemaker_model_card.credit",
		"key": "",
		"path": ["content"],
		"evidence": {"card": "credit", "missing": all_gaps},
	}} with input as terraform({"business_details": {"business_problem": "x"}})
}

test_sagemaker_card_without_content if {
	found := doc_002.deny with input as resource("AWS::SageMaker::ModelCard", {})
	{[f.path, f.evidence.missing] | some f in found} == {[[], all_gaps]}
	paths := doc_002.deny with input as resource("AWS::SageMaker::ModelCard", {"Content": {"ModelOverview": {}}})
	{f.path | some f in paths} == {["Content"]}
}

test_unknown_risk_rating_says_nothing if {
	unrated := object.union(content, {"intended_uses": object.union(content.intended_uses, {"risk_rating": "Unknown"})})
	missing(terraform(unrated)) == {"intended_uses.risk_rating"}
}

test_content_that_cannot_be_read_is_inconclusive if {
	case := resource("aws_sagemaker_model_card", {"content": "<<template>>"})
	doc_002.deny == set() with input as case
	doc_002.inconclusive == {{
		"msg": "The content of model card credit cannot be read: it is no JSON object.",
		"resource": "terraform:.//aws_sagemaker_model_card.credit",
		"key": "",
		"path": ["content"],
		"evidence": {"card": "credit"},
	}} with input as case
	doc_002.inconclusive == set() with input as terraform(content)
}

test_not_applicable_without_a_card if {
	case := repository([{"path": "data/README.md", "kind": "dataset-card", "subject": "document:data/README.md", "value": {}}])
	doc_002.deny == set() with input as case
	{n.msg | some n in doc_002.not_applicable} == {"the repository holds no model card"} with input as case
}
