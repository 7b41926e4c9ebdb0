package probity.doc_005_test

import rego.v1

import data.probity.doc_005

credit := {"id": "credit-scoring", "risk_class": "limited", "affects_persons": true}

path := "docs/dpia/2026-03-credit.md"

front := {"Date": "2026-03-20", "owner": "mara@example.com", "reviewers": "dpo@example.com"}

text(value) := concat("\n", array.concat(["---"], [sprintf("%s: %s", [key, said]) | some key, said in value]))

commit(reviewers) := {
	"id": "0123456789abcdef", "author": {"name": "Mara", "email": "mara@example.com"},
	"reviewers": reviewers, "approved": false, "pull_request": null, "paths": [path],
}

repository(system, value, commits) := {
	"systems": [system],
	"files": {path: {"size": 900}},
	"documents": [{"path": path, "kind": "markdown", "subject": sprintf("document:%s", [path]), "value": {}, "text": text(value)}],
	"history": {"complete": true, "commits": commits, "last_changed": {path: {"commit": "0", "date": "2026-04-01T00:00:00Z"}}},
	"now": "2026-11-25T00:00:00Z",
}

good := repository(credit, front, [commit(["lena"])])

keys(case) := {f.key | some f in found} if found := doc_005.deny with input as case

unsure(case) := {f.key | some f in found} if found := doc_005.inconclusive with input as case

passes(case) if {
	keys(case) == set()
	unsure(case) == set()
	doc_005.not_applicable == set() with input as case
}

test_reviewed_assessment_passes if passes(good)

test_no_assessment if {
	doc_005.deny == {{
		"msg": concat("", [
			"System credit-scoring affects persons or is high risk, and there is no impact assessment of it ",
			"in the repository.",
		]),
		"resource": "system:credit-scoring",
		"key": "",
		"path": [],
		"evidence": {"assessments": 0},
	}} with input as object.union(object.remove(good, ["files"]), {"files": {"docs/readme.md": {"size": 9}}})
}

test_an_empty_file_is_no_assessment if {
	keys(object.union(good, {"files": {path: {"size": 0, "empty": true}}})) == {""}
}

test_out_of_date if {
	case := repository(credit, object.union(front, {"Date": "2025-11-24"}), [commit(["lena"])])
	doc_005.deny == {{
		"msg": concat("", [
			"System credit-scoring has an impact assessment that is out of date: ",
			"docs/dpia/2026-03-credit.md of 2025-11-24.",
		]),
		"resource": "system:credit-scoring",
		"key": "date",
		"path": [],
		"evidence": {"assessment": path, "date": "2025-11-24"},
	}} with input as case
	passes(repository(credit, object.union(front, {"Date": "2025-11-25"}), [commit(["lena"])]))
}

test_date_from_the_name_and_from_git if {
	case := repository(credit, object.remove(front, ["Date"]), [commit(["lena"])])
	passes(case)
	keys(object.union(case, {"now": "2027-03-02T00:00:00Z"})) == {"date"}
	passes(object.union(case, {"now": "2027-03-01T00:00:00Z"}))
	unnamed := "docs/dpia.md"
	by_git := object.union(good, {
		"documents": [{"path": unnamed, "text": text(object.remove(front, ["Date"]))}],
		"history": {
			"commits": [object.union(commit(["lena"]), {"paths": [unnamed]})],
			"last_changed": {unnamed: {"date": "2026-05-01T00:00:00Z"}},
		},
	})
	renamed := object.union(object.remove(by_git, ["files"]), {"files": {unnamed: {"size": 1}}})
	passes(object.union(renamed, {"now": "2027-05-01T00:00:00Z"}))
	keys(object.union(renamed, {"now": "2027-05-02T00:00:00Z"})) == {"date"}
}

test_the_newest_counts if {
	old := "docs/dpia/2024-01-credit.md"
	passes(object.union(good, {"files": {old: {"size": 1}}}))
}

test_owner_and_reviewers if {
	case := repository(credit, {"date": "2026-03-20", "title": "x", "ownership": "y"}, [commit(["lena"])])
	found := doc_005.deny with input as case
	{[f.key, f.evidence.missing, f.msg] | some f in found} == {[
		"fields",
		"owner and reviewers",
		concat("", [
			"System credit-scoring has an impact assessment that names no owner and reviewers: ",
			"docs/dpia/2026-03-credit.md.",
		]),
	]}
	passes(repository(credit, {"| **Author**": "mara", "- Signed-off-by": "lena"}, [commit(["lena"])]))
	keys(repository(credit, {"owner": "", "reviewers": "x"}, [commit(["lena"])])) == {"fields"}
}

test_nobody_else_approved if {
	found := doc_005.deny with input as repository(credit, front, [commit([])])
	{[f.key, f.msg, f.evidence] | some f in found} == {[
		"approval",
		concat("", [
			"System credit-scoring has an impact assessment that nobody but its author approved: ",
			"docs/dpia/2026-03-credit.md by mara@example.com.",
		]),
		{"assessment": path, "author": "mara@example.com"},
	]}
}

# Trap 27: squash merges lose the reviewer.
test_unknown_approval_is_inconclusive if {
	squashed := repository(credit, front, [object.union(commit([]), {"pull_request": "12"})])
	keys(squashed) == set()
	unsure(squashed) == {"approval"}
	unsure(repository(credit, front, [])) == {"approval"}
}

test_text_that_cannot_be_read_is_inconclusive if {
	case := object.union(good, {"documents": []})
	keys(case) == set()
	unsure(case) == {"fields"}
}

test_assessment_kept_elsewhere if {
	entry := object.union({"date": "2026-03-20", "owner": "mara", "reviewers": ["dpo"]}, {
		"pointer": "https://grc.example.com/17",
		"sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
	})
	elsewhere := object.union(object.union(credit, {"assessments": [entry]}), {"risk_class": "high"})
	case := {"systems": [elsewhere], "files": {}, "documents": [], "history": {}, "now": "2026-11-25T00:00:00Z"}
	passes(case)
	undigested := object.union(credit, {"assessments": [object.remove(entry, ["sha256"])]})
	found := doc_005.deny with input as object.union(case, {"systems": [undigested]})
	{[f.key, f.path] | some f in found} == {["", ["assessments"]]}
	late := doc_005.deny with input as object.union(case, {"now": "2028-01-01T00:00:00Z"})
	{[f.key, f.path] | some f in late} == {["date", ["assessments", 0]]}
}

test_declared_path_and_the_file_are_one if {
	declared := object.union(credit, {"assessments": [{"path": path, "owner": "mara", "reviewers": ["dpo"]}]})
	passes(repository(declared, {}, [commit(["lena"])]))
	passes(repository(object.union(credit, {"assessments": [{"path": path}]}), front, [commit(["lena"])]))
	keys(repository(object.union(credit, {"assessments": [{"path": path}]}), {}, [commit(["lena"])])) == {"fields"}
	gone := object.union(credit, {"assessments": [{"path": "docs/gone.md"}]})
	keys(object.union(repository(gone, front, []), {"files": {path: {"size": 0, "empty": true}}})) == {""}
}

test_assessment_of_another_system if {
	churn := {"id": "churn", "risk_class": "high"}
	case := object.union(good, {"systems": [credit, churn]})
	found := doc_005.deny with input as case
	{[f.resource, f.key] | some f in found} == {["system:churn", ""]}
	owned := object.union(good, {"systems": [object.union(churn, {"paths": ["docs/dpia"]})]})
	keys(owned) == set()
}

test_out_of_scope_is_not_applicable if {
	case := object.union(good, {"systems": [{"id": "chat", "risk_class": "limited", "affects_persons": false}]})
	doc_005.deny == set() with input as case
	doc_005.not_applicable == {{
		"msg": "system chat declares neither risk_class: high nor affects_persons: true",
		"resource": "system:chat",
		"key": "",
		"path": [],
		"evidence": {},
	}} with input as case
	{n.msg | some n in doc_005.not_applicable} == {"no AI system is declared"} with input as object.union(good, {"systems": []})
}
