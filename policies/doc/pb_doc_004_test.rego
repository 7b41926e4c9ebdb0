package probity.doc_004_test

import rego.v1

import data.probity.doc_004

credit := {"id": "credit", "risk_class": "high"}

names := [
	"1-general.md", "02.md", "point-3.md", "annex-iv-4.md", "risk-management.md", "06_changes.md", "standards.pdf",
	"declaration-of-conformity.pdf", "Post-Market.md",
]

sized(paths) := {path: {"size": 10} | some path in paths}

in_folder(folder) := sized([concat("/", [folder, name]) | some name in names])

repository(system, files) := {"systems": [system], "files": files}

missing(case) := {f.evidence.missing | some f in found} if found := doc_004.deny with input as case

test_nine_documents_pass if {
	missing(repository(credit, in_folder("docs/annex-iv"))) == set()
	missing(repository(credit, in_folder("docs/annex-iv/credit"))) == set()
}

test_one_point_is_missing if {
	files := object.remove(in_folder("docs/annex-iv"), ["docs/annex-iv/risk-management.md"])
	doc_004.deny == {{
		"msg": "System credit is high risk and has no technical documentation on point 5 (risk management system).",
		"resource": "system:credit",
		"key": "",
		"path": [],
		"evidence": {"missing": "5 (risk management system)"},
	}} with input as repository(credit, files)
}

test_every_point_counts if {
	every name in names {
		files := object.remove(in_folder("docs/annex-iv"), [sprintf("docs/annex-iv/%s", [name])])
		count(missing(repository(credit, files))) == 1
	}
}

test_an_empty_file_covers_nothing if {
	files := object.union(in_folder("docs/annex-iv"), {"docs/annex-iv/02.md": {"size": 0, "empty": true}})
	missing(repository(credit, files)) == {"2 (elements and development process)"}
}

test_documents_of_another_system_do_not_count if {
	count(missing(repository(credit, in_folder("docs/annex-iv/churn")))) == 1
	count(missing(repository(credit, in_folder("docs/annex-ivy")))) == 1
	count(missing(repository(credit, in_folder("docs/annex-iv/credit/a")))) == 0
}

test_numbers_are_whole if {
	files := sized([concat("", ["docs/annex-iv/", name]) | some name in array.concat(array.slice(names, 1, 9), ["12.md"])])
	missing(repository(credit, files)) == {"1 (general description)"}
}

test_mapped_points if {
	all_but_five := object.remove(in_folder("docs/annex-iv"), ["docs/annex-iv/risk-management.md"])
	mapped := object.union(credit, {"annex_iv": {"5": "docs/risk"}})
	missing(repository(mapped, object.union(all_but_five, sized(["docs/risk/register.md"])))) == set()
	found := doc_004.deny with input as repository(mapped, all_but_five)
	{f.path | some f in found} == {["annex_iv"]}
	several := object.union(credit, {"annex_iv": {"5": ["a.md", "b.md"]}})
	missing(repository(several, object.union(all_but_five, sized(["b.md"])))) == set()
}

test_simplified_form if {
	case := repository(credit, {})
	doc_004.deny == {{
		"msg": "System credit is high risk and has no technical documentation, not even in the simplified form.",
		"resource": "system:credit",
		"key": "",
		"path": [],
		"evidence": {"missing": "simplified form"},
	}} with input as case with data.probity.params.annex_iv_simplified as ["credit"]
	one := repository(credit, sized(["docs/annex-iv/form.pdf"]))
	doc_004.deny == set() with input as one with data.probity.params.annex_iv_simplified as ["credit"]
}

test_other_classes_are_not_applicable if {
	case := repository({"id": "chat", "risk_class": "limited"}, {})
	doc_004.deny == set() with input as case
	doc_004.not_applicable == {{
		"msg": "system chat does not declare risk_class: high",
		"resource": "system:chat",
		"key": "",
		"path": [],
		"evidence": {},
	}} with input as case
	doc_004.not_applicable == set() with input as repository(credit, {})
}

test_no_system_is_declared if {
	case := {"systems": [], "files": {}}
	{n.msg | some n in doc_004.not_applicable} == {"no AI system is declared"} with input as case
}
