package probity.gov_003_test

import rego.v1

import data.probity.gov_003

repository(system) := {"systems": [system], "documents": [], "pipelines": [], "files": {}}

keys(case) := {f.key | some f in found} if found := gov_003.review with input as case

credit := {"id": "credit", "name": "Loan default scoring", "risk_class": "high", "annex_iii_point": "5(b)"}

test_classified_system_passes if {
	keys(repository(credit)) == set()
	gov_003.not_applicable == set() with input as repository(credit)
	keys(repository({"id": "faq", "name": "Answers on opening hours", "risk_class": "minimal"})) == set()
}

test_no_class if {
	gov_003.review == {{
		"msg": concat("", [
			"System faq declares no class of risk: set risk_class to one of prohibited, high, limited, ",
			"minimal.",
		]),
		"resource": "system:faq",
		"key": "risk_class",
		"path": [],
		"evidence": {"risk_class": ""},
	}} with input as repository({"id": "faq"})
	found := gov_003.review with input as repository({"id": "faq", "risk_class": "medium"})
	{[f.path, f.evidence.risk_class] | some f in found} == {[["risk_class"], "medium"]}
}

test_high_risk_without_a_point if {
	gov_003.review == {{
		"msg": "System credit is declared as high risk and does not say under which point of Annex III.",
		"resource": "system:credit",
		"key": "annex_iii_point",
		"path": ["risk_class"],
		"evidence": {"risk_class": "high"},
	}} with input as repository(object.remove(credit, ["annex_iii_point"]))
	keys(repository(object.union(credit, {"annex_iii_point": ""}))) == {"annex_iii_point"}
	keys(repository(object.union(credit, {"annex_iii_point": 3}))) == set()
	keys(repository(object.union(object.remove(credit, ["annex_iii_point"]), {"risk_class": "prohibited"}))) == set()
}

ranking := {"id": "cv", "purpose": "CV ranking for engineers", "risk_class": "minimal", "paths": ["models/cv"]}

test_purpose_that_contradicts_the_class if {
	gov_003.review == {{
		"msg": concat("", [
			"System cv speaks of employment (Annex III, point 4) and is not declared as high risk: ",
			"\"CV ranking for engineers\".",
		]),
		"resource": "system:cv",
		"key": "annex_iii:4",
		"path": ["purpose"],
		"evidence": {"text": "CV ranking for engineers", "risk_class": "minimal", "system": "cv"},
	}} with input as repository(ranking)
	keys(repository(object.union(ranking, {"risk_class": "high", "annex_iii_point": "4(a)"}))) == set()
	keys(repository(object.union(ranking, {"purpose": "Never used for hiring"}))) == set()
}

test_each_area_has_words if {
	every case in [
		["1", "Facial recognition at the door"], ["2", "Balances the power grid"], ["3", "Grading of exams"],
		["4", "Recruiting assistant"], ["5(a)", "Decides on welfare benefits"], ["5(b)", "Scores credit applications"],
		["5(b)", "Loan approval"], ["5(c)", "Underwriting of life insurance"], ["5(d)", "Triage of patients"],
		["6", "Supports law enforcement"], ["7", "Visa checks"], ["8", "Helps sentencing"],
	] {
		keys(repository({"id": "x", "name": case[1], "risk_class": "limited"})) == {sprintf("annex_iii:%s", [case[0]])}
	}
	every name in ["Credit card layout", "Sorts support tickets", "Policy documents search", "Courtesy letters"] {
		keys(repository({"id": "x", "name": name, "risk_class": "limited"})) == set()
	}
}

test_assessment_on_file if {
	keys(repository(object.union(ranking, {"article_6_assessment": "https://grc.example.com/1"}))) == set()
	filed := object.union(repository(ranking), {"files": {"docs/article-6-assessment.md": {"size": 3}}})
	keys(filed) == set()
	keys(object.union(repository(ranking), {"files": {"docs/article-6-assessment.md": {"size": 0, "empty": true}}})) == {"annex_iii:4"}
	keys(object.union(repository(ranking), {"files": {"docs/article-60.txt.py": {"size": 3}}})) == {"annex_iii:4"}
}

test_card_that_contradicts_the_class if {
	card := {
		"kind": "model-card", "path": "models/cv/README.md", "subject": "document:models/cv/README.md", "value": {},
		"text": "## Intended use\nScreens job candidates.\n",
	}
	case := object.union(repository(object.remove(ranking, ["purpose"])), {"documents": [card]})
	found := gov_003.review with input as case
	{[f.resource, f.path, f.key] | some f in found} == {["document:models/cv/README.md", [], "annex_iii:4"]}
}

test_models_without_a_declared_system if {
	card := {"kind": "model-card", "path": "README.md", "subject": "document:README.md", "value": {}, "text": ""}
	described := {"systems": [], "documents": [card], "pipelines": [], "files": {}}
	gov_003.review == {{
		"msg": "Models are made or described here, and no AI system is declared: none has a class of risk.",
		"resource": "repository",
		"key": "undeclared",
		"path": [],
		"evidence": {},
	}} with input as described
	trained := {"systems": [], "documents": [], "pipelines": [{"nodes": {"a": {"kind": "train"}}}], "files": {}}
	keys(trained) == {"undeclared"}
	gov_003.not_applicable == set() with input as trained
	nothing := {"systems": [], "documents": [], "pipelines": [{"nodes": {"a": {"kind": "deploy"}}}], "files": {}}
	keys(nothing) == set()
	{n.msg | some n in gov_003.not_applicable} == {
		"the repository declares no AI system and makes no model",
	} with input as nothing
}
