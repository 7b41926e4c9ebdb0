package probity.data_009_test

import rego.v1

import data.probity.data_009

commit := "0123456789abcdef0123456789abcdef01234567"

file(change) := object.union({
	"path": "data/customers.csv", "size": 123456, "columns": ["id", "customerEmail", "Date of birth"],
	"at_head": true, "added": {"commit": commit, "date": "2026-01-01T00:00:00Z", "author": "a"}, "removed": null,
	"sha256": "aa",
}, change)

repository(files) := {"history": {"complete": true, "why": "", "data_files": files}, "records": {"data-inventory": {}}}

nothing(case) if {
	data_009.deny == set() with input as case
	data_009.review == set() with input as case
	data_009.inconclusive == set() with input as case
}

test_personal_columns if {
	data_009.deny == {{
		"msg": concat("", [
			"Data file data/customers.csv was committed to git (0123456789ab) and is still there: ",
			"its columns Date of birth, customerEmail are personal data.",
		]),
		"resource": "document:data/customers.csv",
		"key": "data/customers.csv",
		"path": [],
		"evidence": {
			"path": "data/customers.csv", "commit": "0123456789abcdef0123456789abcdef01234567", "at_head": true,
		},
	}} with input as repository([file({})])
}

# Trap 27.
test_a_deleted_file_is_still_in_history if {
	some f in data_009.deny with input as repository([file({"at_head": false})])
	contains(f.msg, "(0123456789ab) and stays in the history although it was deleted later: its")
	f.evidence.at_head == false
}

test_other_columns_pass if {
	nothing(repository([file({"columns": ["amount", "storage", "memory_address", "term"]})]))
	nothing(repository([]))
}

declared(sensitivity) := object.union(
	repository([file({"path": "data/x.pkl", "columns": null})]),
	{"records": {"data-inventory": {"datasets": [{"path": "data", "sensitivity": sensitivity}]}}},
)

test_the_inventory_declares_it if {
	some f in data_009.deny with input as declared("PII")
	contains(f.msg, "is still there: the inventory declares it as pii.")
}

test_the_inventory_declares_it_public if {
	nothing(declared("public"))
}

# Trap 28.
test_samples_and_public_data_pass if {
	nothing(repository([file({"size": 10239})]))
	count(data_009.deny) == 1 with input as repository([file({"size": 10240})])
	nothing(repository([file({"path": "data/titanic.csv"})]))
	listed := repository([file({})])
	data_009.deny == set() with input as listed with data.probity.params.public_dataset_hashes as ["aa"]
}

test_test_data_are_a_review if {
	case := repository([file({"path": "src/Tests/data/people.csv", "columns": ["iban"]})])
	data_009.deny == set() with input as case
	{f.msg | some f in data_009.review} == {concat("", [
		"Test data src/Tests/data/people.csv look like personal data, for its columns iban are personal data; ",
		"list their hash if they are synthetic.",
	])} with input as case
}

test_columns_that_cannot_be_read_are_inconclusive if {
	case := repository([file({"path": "a/b.parquet", "columns": []})])
	data_009.deny == set() with input as case
	{[f.key, f.msg] | some f in data_009.inconclusive} == {["a/b.parquet", concat("", [
		"Whether data file a/b.parquet, committed to git (0123456789ab), holds personal data cannot be seen: ",
		"its columns cannot be read.",
	])]} with input as case
	nothing(repository([file({"path": "a/model.pkl", "columns": []})]))
	known := object.union(case, {"records": {"data-inventory": {"datasets": [{"path": "a", "sensitivity": "phi"}]}}})
	data_009.inconclusive == set() with input as known
}

test_a_shallow_clone_is_inconclusive if {
	shallow := {"history": {"complete": false, "why": "the clone is shallow", "data_files": []}}
	data_009.inconclusive == {{
		"msg": "Whether personal data were ever committed cannot be seen: the clone is shallow.",
		"key": "history", "path": [], "evidence": {},
	}} with input as shallow
	{f.msg | some f in data_009.inconclusive} == {
		"Whether personal data were ever committed cannot be seen: the history is not known.",
	} with input as {"history": {}}
}

test_a_three_season_porch_is_no_number_of_a_person if {
	count(data_009.deny) == 0 with input as repository([file({"columns": ["3SsnPorch", "Street"]})])
	count(data_009.deny) == 1 with input as repository([file({"columns": ["Ssn"]})])
}
