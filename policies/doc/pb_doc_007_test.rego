package probity.doc_007_test

import rego.v1

import data.probity.doc_007

card(value, text) := {
	"path": "models/base/README.md", "kind": "model-card", "subject": "document:models/base/README.md",
	"value": value, "text": text,
}

gpai := {"model": {"kind": "GPAI"}}

files := {
	"docs/training-content-summary.md": {"size": 5}, "models/base/COPYRIGHT.md": {"size": 5}, "docs/empty.md": {"size": 0, "empty": true},
}

repository(document) := {"documents": [document], "systems": [], "files": files}

keys(case) := {f.key | some f in found} if found := doc_007.deny with input as case

test_both_are_linked if {
	text := "See [the summary](../../docs/training-content-summary.md) and the [copyright policy](COPYRIGHT.md)."
	keys(repository(card(gpai, text))) == set()
	from_root := "[Training content summary](/docs/training-content-summary.md), [policy](./COPYRIGHT.md)"
	keys(repository(card(gpai, from_root))) == set()
	doc_007.not_applicable == set() with input as repository(card(gpai, text))
}

test_nothing_is_linked if {
	doc_007.deny == {
		{
			"msg": concat("", [
				"Model card models/base/README.md is about a general-purpose model and links to no ",
				"summary of the training content.",
			]),
			"resource": "document:models/base/README.md",
			"key": "summary of the training content",
			"path": [],
			"evidence": {"card": "models/base/README.md", "missing": "summary of the training content"},
		},
		{
			"msg": "Model card models/base/README.md is about a general-purpose model and links to no copyright policy.",
			"resource": "document:models/base/README.md",
			"key": "copyright policy",
			"path": [],
			"evidence": {"card": "models/base/README.md", "missing": "copyright policy"},
		},
	} with input as repository(card(gpai, "The copyright is ours; see training data summary."))
}

test_links_in_the_front_matter if {
	value := object.union(gpai, {
		"training_data_summary": "https://example.com/summary", "copyright_policy": ["https://example.com/copyright"],
	})
	keys(repository(card(value, ""))) == set()
	keys(repository(card(object.union(value, {"copyright_policy": "http://"}), ""))) == {"copyright policy"}
}

test_links_that_lead_nowhere if {
	keys(repository(card(gpai, "[copyright](docs/none.md)"))) == {"summary of the training content", "copyright policy"}
	empty := "[copyright](../../docs/empty.md) [training data summary](https://example.com/a)"
	keys(repository(card(gpai, empty))) == {"copyright policy"}
}

test_declared_by_the_system if {
	system := {"id": "base", "model_kind": "gpai", "paths": ["models/base"]}
	case := object.union(repository(card({}, "")), {"systems": [system]})
	count(keys(case)) == 2
	keys(object.union(case, {"systems": [object.union(system, {"paths": ["models/other"]})]})) == {"card"}
	found := doc_007.deny with input as object.union(case, {"systems": [object.union(system, {"paths": []})]})
	{[f.msg, f.resource] | some f in found} == {[
		"System base has a general-purpose model and no card that links to its published documents.",
		"system:base",
	]}
	doc_007.not_applicable == set() with input as object.union(case, {"documents": []})
}

test_other_models_are_not_applicable if {
	every value in [{}, {"model": {"kind": "classifier"}}, {"model_kind": 1}] {
		keys(repository(card(value, ""))) == set()
		msgs := {n.msg | some n in doc_007.not_applicable} with input as repository(card(value, ""))
		msgs == {"no card and no system declares model.kind: gpai"}
	}
}
