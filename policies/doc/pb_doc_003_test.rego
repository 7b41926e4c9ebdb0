package probity.doc_003_test

import rego.v1

import data.probity.doc_003

at(commit, date) := {"commit": commit, "date": sprintf("2026-%sT10:00:00Z", [date]), "author": "mara@example.com"}

document(path, kind, value) := {"path": path, "kind": kind, "value": value, "subject": sprintf("document:%s", [path])}

card(path) := document(path, "model-card", {})

repository(documents, changed) := {
	"documents": documents, "systems": [], "resources": [],
	"history": {"complete": true, "why": "", "last_changed": changed},
}

old := at("aaaaaaaaaaaaaaaa", "01-01")

case(path, change) := repository([card("models/credit/README.md")], {"models/credit/README.md": old, path: change})

fails(input_) if {
	found := doc_003.deny with input as input_
	count(found) == 1
}

passes(input_) if {
	doc_003.deny == set() with input as input_
	doc_003.inconclusive == set() with input as input_
	doc_003.not_applicable == set() with input as input_
}

test_retrained_and_not_described if {
	doc_003.deny == {{
		"msg": concat("", [
			"Model card models/credit/README.md was not touched since models/credit/dvc.lock changed ",
			"in commit bbbbbbbbbbbb by mara@example.com.",
		]),
		"resource": "document:models/credit/README.md",
		"key": "",
		"path": [],
		"evidence": {
			"card": "models/credit/README.md", "card_commit": "aaaaaaaaaaaaaaaa",
			"changed": "models/credit/dvc.lock", "commit": "bbbbbbbbbbbbbbbb", "files": 1,
		},
	}} with input as case("models/credit/dvc.lock", at("bbbbbbbbbbbbbbbb", "01-02"))
}

test_what_counts_as_retraining if {
	every path in ["models/credit/MLmodel", "models/credit/model.pkl.dvc"] {
		fails(case(path, at("b", "01-02")))
	}
	passes(case("models/credit/notes.txt", at("b", "12-02")))
}

# Trap 14: commit dates; the same commit is no later one.
test_card_touched_in_the_same_commit_passes if {
	passes(case("models/credit/dvc.lock", object.union(old, {"date": "2026-01-01T10:00:01Z"})))
	passes(case("models/credit/dvc.lock", at("b", "01-01")))
}

test_source_has_days_of_grace if {
	passes(case("models/credit/train.py", at("b", "01-31")))
	fails(case("models/credit/train.py", at("b", "02-01")))
	fails(case("models/credit/params.yaml", at("b", "02-01")))
	passes(case("models/credit/tests/train.py", at("b", "02-01")))
	passes(case("models/credit/test_train.py", at("b", "02-01")))
}

# Monorepos: another model's training is none of this card's business.
test_other_folders_do_not_count if {
	passes(case("models/churn/dvc.lock", at("b", "02-01")))
	passes(case("models/creditor/dvc.lock", at("b", "02-01")))
}

test_the_newest_change_is_named if {
	input_ := repository([card("models/credit/README.md")], {
		"models/credit/README.md": old,
		"models/credit/dvc.lock": at("b", "01-02"),
		"models/credit/b/MLmodel": at("c", "01-04"),
		"models/credit/c/MLmodel": at("d", "01-03"),
	})
	found := doc_003.deny with input as input_
	{[f.evidence.changed, f.evidence.files] | some f in found} == {["models/credit/b/MLmodel", 3]}
}

test_system_of_the_card if {
	input_ := case("pipelines/credit/dvc.lock", at("b", "02-01"))
	passes(input_)
	fails(object.union(input_, {"systems": [{"id": "credit", "paths": ["models/credit", "pipelines/credit"]}]}))
	passes(object.union(input_, {"systems": [{"id": "credit", "paths": ["models/credit"]}, {"id": "b", "paths": ["pipelines"]}]}))
}

lock(out) := document("pipelines/credit/dvc.lock", "dvc-lock", {"stages": {"train": {"outs": [{"path": out}]}}})

test_lock_that_writes_into_the_folder_of_the_card if {
	changed := {"models/credit/README.md": old, "pipelines/credit/dvc.lock": at("b", "02-01")}
	fails(repository([card("models/credit/README.md"), lock("../../models/credit/model.json")], changed))
	passes(repository([card("models/credit/README.md"), lock("../../models/churn/model.json")], changed))
	passes(repository([card("models/credit/README.md"), lock("models/credit/model.json")], changed))
	fails(repository([card("models/credit/README.md"), lock("./../x/../../models/credit/model.json")], changed))
}

test_card_at_the_root if {
	changed := {"README.md": old, "src/dvc.lock": at("b", "02-01")}
	fails(repository([card("README.md")], changed))
	passes(repository([card("README.md"), card("models/a/README.md")], changed))
}

test_card_that_git_does_not_know_yet if {
	passes(repository([card("models/credit/README.md")], {"models/credit/dvc.lock": at("b", "02-01")}))
}

test_incomplete_history_is_inconclusive if {
	shallow := object.union(
		case("models/credit/dvc.lock", old),
		{"history": {"complete": false, "why": "the clone is shallow"}},
	)
	doc_003.deny == set() with input as shallow
	doc_003.inconclusive == {{
		"msg": concat("", [
			"Whether model card models/credit/README.md is older than its model cannot be told: ",
			"the history is not complete.",
		]),
		"resource": "document:models/credit/README.md",
		"key": "",
		"path": [],
		"evidence": {"card": "models/credit/README.md", "why": "the clone is shallow"},
	}} with input as shallow
	stale := object.union(case("models/credit/dvc.lock", at("b", "02-01")), {"history": {"complete": false}})
	fails(stale)
	doc_003.inconclusive == set() with input as stale
}

test_not_applicable_without_a_card if {
	input_ := repository([], {"dvc.lock": old})
	doc_003.deny == set() with input as input_
	{n.msg | some n in doc_003.not_applicable} == {"the repository holds no model card"} with input as input_
}
