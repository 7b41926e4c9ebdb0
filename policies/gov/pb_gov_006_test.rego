package probity.gov_006_test

import rego.v1

import data.probity.gov_006

path := "docs/ai-incident.md"

repository(class, text) := {
	"systems": [{"id": "a", "risk_class": class}],
	"files": {path: {"size": 9}, "README.md": {"size": 9}},
	"documents": [{"kind": "markdown", "path": path, "subject": sprintf("document:%s", [path]), "value": {}, "text": text}],
}

full := "An incident with a model: tell risk@example.com. Reports within 15 days, ten days after a death, 48 hours if widespread."

keys(case) := {f.key | some f in found} if found := gov_006.deny with input as case

passes(case) if {
	keys(case) == set()
	gov_006.inconclusive == set() with input as case
	gov_006.not_applicable == set() with input as case
}

test_runbook_passes if {
	passes(repository("high", full))
	passes(repository("limited", "Wrong answers of the model: https://tickets.example.com"))
}

test_no_file if {
	case := object.union(object.remove(repository("limited", ""), ["files"]), {"files": {"README.md": {"size": 9}}})
	gov_006.deny == {{
		"msg": "No SECURITY.md or incident runbook says whom to tell when an AI system does harm.",
		"resource": "repository",
		"key": "file",
		"path": [],
		"evidence": {},
	}} with input as case
	keys(object.union(repository("limited", ""), {"files": {path: {"size": 0, "empty": true}}})) == {"file"}
}

test_nothing_about_models if {
	gov_006.deny == {{
		"msg": "docs/ai-incident.md says nothing about incidents with models.",
		"resource": "document:docs/ai-incident.md",
		"key": "ai",
		"path": [],
		"evidence": {"files": "docs/ai-incident.md"},
	}} with input as repository("limited", "Leaks of passwords: security@example.com")
}

test_nobody_to_tell if {
	gov_006.deny == {{
		"msg": "docs/ai-incident.md names nobody to tell about an incident with a model.",
		"resource": "document:docs/ai-incident.md",
		"key": "contact",
		"path": [],
		"evidence": {"files": "docs/ai-incident.md"},
	}} with input as repository("limited", "If the model fails, somebody should know.")
}

test_time_limits_of_high_risk if {
	gov_006.deny == {{
		"msg": "docs/ai-incident.md does not state the time limits for reports of serious incidents: 10, 2 days.",
		"resource": "document:docs/ai-incident.md",
		"key": "limits",
		"path": [],
		"evidence": {"days": "10, 2"},
	}} with input as repository("high", "Model incidents: risk@example.com, within 15 days.")
	passes(repository("limited", "Model incidents: risk@example.com, within 15 days."))
}

test_text_that_cannot_be_read_is_inconclusive if {
	case := object.union(repository("high", ""), {"documents": []})
	keys(case) == set()
	gov_006.inconclusive == {{
		"msg": "What docs/ai-incident.md says about incidents with models cannot be read here.",
		"resource": "document:docs/ai-incident.md",
		"key": "text",
		"path": [],
		"evidence": {"files": "docs/ai-incident.md"},
	}} with input as case
	two := object.union(repository("high", "The model."), {"files": {"SECURITY.md": {"size": 3}}})
	keys(two) == set()
	two_silent := object.union(repository("high", "Passwords."), {"files": {"SECURITY.md": {"size": 3}}})
	keys(two_silent) == set()
}

test_no_system_is_not_applicable if {
	case := object.union(repository("high", "x"), {"systems": []})
	keys(case) == set()
	{n.msg | some n in gov_006.not_applicable} == {"no AI system is declared"} with input as case
	empty := {"systems": [], "files": {}, "documents": []}
	keys(empty) == set()
	unread := {"systems": [], "files": {path: {"size": 1}}, "documents": []}
	gov_006.inconclusive == set() with input as unread
	silent := object.union(repository("high", "The model."), {"systems": []})
	keys(silent) == set()
}
