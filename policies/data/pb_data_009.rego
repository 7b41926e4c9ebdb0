# METADATA
# title: Raw personal data or dataset binaries committed to git
# description: >-
#   A data file above a floor in size was committed to git, and its columns or .probity/data-inventory.yaml say that
#   it holds personal data. The whole history counts: a file that was deleted later is still in every clone. The name
#   of a column counts as whole words (email, date_of_birth). Test data are shown for review; public or synthetic
#   files are listed by their hash. Unknown is a table whose columns cannot be read, and a history that is not
#   complete. Pickle files are judged by the inventory only.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: "Regulation (EU) 2016/679 (GDPR), Articles 5, 17 and 32"
# custom:
#   id: PB-DATA-009
#   version: 1
#   severity: critical
#   scope: repository
#   inputs: [git]
#   controls:
#     - "GDPR:5.1.f"
#     - "GDPR:32.1.b"
#     - "GDPR:17.1"
#     - "CCPA:1798.150"
#     - "ISO42001:A.7.3"
#     - "NIST-800-53:SC-28"
#     - "SOC2:C1.1"
#     - "OWASP-LLM:LLM02:2025"
#   remediation: >-
#     Move the data out of git (DVC or LFS with access control), rewrite the history, and tell everybody who has a
#     clone; deleting the file alone leaves it in every clone.
#   applies_when: >-
#     always: the history of the repository is looked through
#   params:
#     - data_file_floor_bytes
#     - personal_data_columns
#     - impersonal_columns
#     - test_data_paths
#     - tabular_extensions
#     - public_datasets
#     - public_dataset_hashes
#     - sensitive_classes
package probity.data_009

import rego.v1

import data.probity.lib.datasets
import data.probity.params

inventory := object.get(input.records, "data-inventory", {})

files := [file |
	some file in object.get(input.history, "data_files", [])
	file.size >= params.data_file_floor_bytes
	not object.get(file, "sha256", "") in params.public_dataset_hashes
	not datasets.public(file.path)
]

# The columns that are personal data by their name.
personal(file) := sort({column |
	some column in columns(file)
	some words in params.personal_data_columns
	datasets.holds(column, words)
	not impersonal(column)
})

columns(file) := {column | some column in object.get(file, "columns", [])} if {
	is_array(object.get(file, "columns", null))
} else := set()

impersonal(column) if {
	some words in params.impersonal_columns
	datasets.holds(column, words)
}

class(file) := value if {
	some entry in datasets.declared(inventory, file.path)
	value := lower(entry.sensitivity)
	value in params.sensitive_classes
}

holds(file) := sprintf("its columns %s are personal data", [concat(", ", personal(file))]) if {
	count(personal(file)) > 0
} else := sprintf("the inventory declares it as %s", [class(file)])

state(file) := "and is still there" if {
	file.at_head
} else := "and stays in the history although it was deleted later"

of_tests(file) if {
	some pattern in params.test_data_paths
	regex.match(pattern, lower(file.path))
}

finding(file, message) := {
	"msg": message,
	"resource": sprintf("document:%s", [file.path]),
	"key": file.path,
	"path": [],
	"evidence": {"path": file.path, "commit": file.added.commit, "at_head": file.at_head},
}

deny contains f if {
	some file in files
	not of_tests(file)
	f := finding(file, sprintf("Data file %s was committed to git (%s) %s: %s.", [
		file.path, substring(file.added.commit, 0, 12), state(file), holds(file),
	]))
}

review contains f if {
	some file in files
	of_tests(file)
	f := finding(file, sprintf("Test data %s look like personal data, for %s; list their hash if they are synthetic.", [
		file.path, holds(file),
	]))
}

unreadable(file) if {
	extension(file.path) in params.tabular_extensions
	count(columns(file)) == 0
	not class(file)
}

extension(path) := lower(parts[count(parts) - 1]) if parts := split(path, ".")

inconclusive contains f if {
	some file in files
	unreadable(file)
	f := finding(file, sprintf(
		"Whether data file %s, committed to git (%s), holds personal data cannot be seen: its columns cannot be read.",
		[file.path, substring(file.added.commit, 0, 12)],
	))
}

inconclusive contains f if {
	object.get(input.history, "complete", false) != true
	f := {
		"msg": sprintf("Whether personal data were ever committed cannot be seen: %s.", [why]),
		"key": "history", "path": [], "evidence": {},
	}
}

default why := "the history is not known"

why := input.history.why if input.history.why != ""
