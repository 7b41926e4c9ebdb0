package probity.data_003_test

import rego.v1

import data.probity.data_003

step(kind, id) := {"kind": kind, "name": id, "subject": sprintf("pipeline:dvc.yaml//%s", [id])}

pipeline(source, edges) := {
	"id": "dvc.yaml", "edges": edges, "unresolved": [],
	"nodes": {source: step("dataset", source), "train": step("train", "train"), "other": step("transform", "other")},
}

repository(source, documents) := {
	"pipelines": [pipeline(source, {source: ["train"]})], "documents": documents, "records": {"data-inventory": {}},
}

card(path) := {"kind": "dataset-card", "path": path, "value": {"license": "mit"}}

test_no_card if {
	data_003.deny == {{
		"msg": concat("", [
			"Dataset data/loans/raw.csv, which training step train reads, ",
			"has neither a dataset card nor a Croissant file.",
		]),
		"resource": "pipeline:dvc.yaml//data/loans/raw.csv",
		"key": "data/loans/raw.csv",
		"path": [],
		"evidence": {"dataset": "data/loans/raw.csv", "training": ["train"]},
	}} with input as repository("data/loans/raw.csv", [])
}

passes(case) if {
	data_003.deny == set() with input as case
	data_003.inconclusive == set() with input as case
	data_003.not_applicable == set() with input as case
}

test_card_in_the_tree if {
	passes(repository("data/loans/raw.csv", [card("data/loans/README.md")]))
	passes(repository("data/loans", [card("data/loans/README.md")]))
	passes(repository("data/loans", [card("data/loans/v1/README.md")]))
	passes(repository("data/loans", [card("README.md")]))
	passes(repository("data/loans", [object.union(card("data/croissant.json"), {"kind": "croissant"})]))
}

test_other_cards if {
	count(data_003.deny) == 1 with input as repository("data/loans", [card("data/churn/README.md")])
	model := object.union(card("data/loans/README.md"), {"kind": "model-card"})
	count(data_003.deny) == 1 with input as repository("data/loans", [model])
	count(data_003.deny) == 1 with input as repository("s3://b/loans", [card("README.md")])
}

test_croissant_that_names_its_files if {
	files := {"distribution": [{"contentUrl": "s3://b/loans"}]}
	by_url := {"kind": "croissant", "path": "docs/loans.json", "value": files}
	passes(repository("s3://b/loans/2026", [by_url]))
	by_site := {"kind": "croissant", "path": "docs/loans.json", "value": {"url": "https://example.com/loans"}}
	passes(repository("https://example.com/loans", [by_site]))
	count(data_003.deny) == 1 with input as repository("s3://b/churn", [by_url])
}

test_link_in_the_inventory if {
	entry := {"path": "s3://b/loans", "card": "https://wiki.example.com/loans"}
	linked := object.union(repository("s3://b/loans/1", []), {"records": {"data-inventory": {"datasets": [entry]}}})
	passes(linked)
	empty := object.union(entry, {"card": ""})
	unlinked := object.union(repository("s3://b/loans/1", []), {"records": {"data-inventory": {"datasets": [empty]}}})
	count(data_003.deny) == 1 with input as unlinked
}

test_cards_that_lie_upstream if {
	passes(repository("data/titanic.csv", []))
	passes(repository("hf://datasets/org/private", []))
}

test_derived_data_are_not_asked_for if {
	edges := {"data/raw": ["other"], "other": ["data/mid"], "data/mid": ["train"]}
	nodes := object.union(pipeline("data/raw", {}).nodes, {"data/mid": step("dataset", "data/mid")})
	case := object.union(
		repository("data/raw", [card("data/raw/README.md")]),
		{"pipelines": [{"id": "dvc.yaml", "edges": edges, "nodes": nodes}]},
	)
	passes(case)
}

test_one_finding_where_a_workflow_runs_the_pipeline if {
	taken := {id: object.union(node, {"taken_from": "dvc.yaml", "taken_at": "job"}) |
		some id, node in pipeline("data/raw", {}).nodes
	}
	workflow := {"id": "w", "nodes": taken, "edges": {"data/raw": ["train"]}}
	both := [workflow, pipeline("data/raw", {"data/raw": ["train"]})]
	case := object.union(repository("data/raw", []), {"pipelines": both})
	count(data_003.deny) == 1 with input as case
	data_003.deny == set() with input as object.union(case, {"pipelines": [workflow]})
}

test_an_edge_that_may_exist_is_inconclusive if {
	open := object.union(pipeline("data/raw", {}), {"unresolved": [["data/raw", "train"]]})
	case := object.union(repository("data/raw", []), {"pipelines": [open]})
	data_003.deny == set() with input as case
	{[f.key, f.msg] | some f in data_003.inconclusive} == {["data/raw", concat("", [
		"Dataset data/raw has neither a dataset card nor a Croissant file, ",
		"and whether training step train reads it cannot be resolved.",
	])]} with input as case
	data_003.inconclusive == set() with input as object.union(case, {"documents": [card("data/raw/README.md")]})
}

test_not_applicable if {
	case := object.union(repository("data/raw", []), {"pipelines": [pipeline("data/raw", {"data/raw": ["other"]})]})
	{f.msg | some f in data_003.not_applicable} == {
		"no dataset that a pipeline names reaches a training step",
	} with input as case
	data_003.deny == set() with input as case
}

test_a_distribution_that_is_no_list if {
	odd := {"kind": "croissant", "path": "docs/loans.json", "value": {"distribution": "s3://b/loans"}}
	count(data_003.deny) == 1 with input as repository("s3://b/loans", [odd])
}
