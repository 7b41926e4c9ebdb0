package probity.data_004_test

import rego.v1

import data.probity.data_004

card := {
	"license": "cc-by-4.0", "source_datasets": ["original"], "annotations_creators": ["no-annotation"],
	"dataset_info": {"splits": [{"name": "train"}]},
}

croissant := {
	"@type": "sc:Dataset", "rai:dataCollection": "forms", "rai:personalSensitiveInformation": "None.",
	"rai:dataBiases": ["young applicants"], "dataLimitations": "one bank", "rai:dataUseCases": "scoring",
}

keys(document) := {[f.key, f.path] | some f in found} if {
	found := data_004.deny with input as document
}

test_a_complete_card_passes if {
	data_004.deny == set() with input as card
}

test_a_complete_croissant_file_passes if {
	keys(croissant) == set()
}

test_a_missing_field if {
	data_004.deny == {{
		"msg": "Dataset card states no source_datasets; fill it in.",
		"key": "source_datasets", "path": [], "evidence": {"field": "source_datasets"},
	}} with input as object.remove(card, ["source_datasets"])
}

test_a_placeholder if {
	some f in data_004.deny with input as object.union(card, {"license": "[More Information Needed]"})
	[f.msg, f.path] == ["Dataset card leaves license empty or as a placeholder; fill it in.", ["license"]]
}

test_unknown_is_a_placeholder if {
	keys(object.union(card, {"license": "Unknown."})) == {["license", ["license"]]}
}

test_a_list_of_placeholders if {
	keys(object.union(card, {"annotations_creators": ["TODO"]})) == {["annotations_creators", ["annotations_creators"]]}
}

test_an_empty_list if {
	keys(object.union(card, {"annotations_creators": []})) == {["annotations_creators", ["annotations_creators"]]}
}

test_a_list_that_is_started if {
	keys(object.union(card, {"annotations_creators": ["TODO", "experts"]})) == set()
}

test_no_splits if {
	keys(object.union(card, {"dataset_info": {"splits": []}})) == {["dataset_info.splits", ["dataset_info", "splits"]]}
}

test_splits_of_each_configuration if {
	keys(object.union(card, {"dataset_info": [{"splits": [{}]}, {"splits": [{}]}]})) == set()
}

test_a_configuration_without_splits if {
	keys(object.union(card, {"dataset_info": [{"splits": [{}]}, {}]})) == {["dataset_info.splits", []]}
}

without_splits(files) := object.union(object.remove(card, ["dataset_info"]), {"configs": [{"data_files": files}]})

test_splits_in_configs if {
	keys(without_splits([{"split": "train", "path": "a.csv"}])) == set()
}

test_configs_without_splits if {
	keys(without_splits([{"path": "a.csv"}])) == {["dataset_info.splits", []]}
}

other := object.union(card, {"license": "Other"})

test_the_licence_other if {
	keys(other) == {["license_name", ["license"]], ["license_link", ["license"]]}
}

test_the_licence_other_says_what_is_missing if {
	some f in data_004.deny with input as object.union(other, {"license_link": "LICENSE"})
	f.msg == "Dataset card has the licence other and no license_name; name the licence."
}

test_the_licence_other_with_a_name if {
	keys(object.union(other, {"license_name": "bank", "license_link": "LICENSE"})) == set()
}

test_croissant_fields if {
	some f in data_004.deny with input as object.remove(croissant, ["rai:dataBiases"])
	f.key == "dataBiases"
	f.msg == "Croissant file states no dataBiases; fill it in."
}

test_an_empty_croissant_field if {
	keys(object.union(croissant, {"rai:dataUseCases": ""})) == {["dataUseCases", ["rai:dataUseCases"]]}
}

test_what_is_croissant_by_its_files if {
	{f.key | some f in data_004.deny} == {
		"dataCollection", "personalSensitiveInformation", "dataBiases", "dataLimitations", "dataUseCases",
	} with input as {"distribution": []}
}

test_what_is_croissant_by_its_records if {
	count(data_004.deny) == 5 with input as {"recordSet": []}
}

test_what_is_croissant_by_its_context if {
	count(data_004.deny) == 5 with input as {"@context": {}}
}

test_odd_shapes_are_nothing if {
	odd := {"license": ["mit", {}], "configs": ["a", {"data_files": "x"}, {"data_files": ["y"]}], "dataset_info": "z"}
	count(keys(odd)) == 3
}
