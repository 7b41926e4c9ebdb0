package probity.gov_004_test

import rego.v1

import data.probity.gov_004

node(name) := {"kind": "train", "name": name, "subject": sprintf("pipeline:p.json//%s", [name])}

repository(systems, documents, pipelines) := {"systems": systems, "documents": documents, "pipelines": pipelines}

system(purpose) := {"id": "x", "purpose": purpose, "risk_class": "limited", "paths": ["models/x"]}

about(purpose) := repository([system(purpose)], [], [])

keys(case) := {f.key | some f in found} if found := gov_004.review with input as case

test_emotions_of_employees if {
	gov_004.review == {{
		"msg": concat("", [
			"\"Emotion scoring of employees\" speaks of emotion recognition at work or in education, which ",
			"Article 5(1)(f) of the AI Act prohibits.",
		]),
		"resource": "system:x",
		"key": "5(1)(f):Emotion scoring of employees",
		"path": ["purpose"],
		"evidence": {
			"text": "Emotion scoring of employees",
			"practice": "emotion recognition at work or in education",
		},
	}} with input as about("Emotion scoring of employees")
}

test_each_practice_has_words if {
	every case in [
		["5(1)(c)", "Social scoring of tenants"], ["5(1)(e)", "Scraping of faces from the web"],
		["5(1)(g)", "Facial analysis of ethnic origin"], ["5(1)(d)", "Predictive policing"],
		["5(1)(a)", "Manipulates nobody but manipulates users by subliminal means for consumers"],
		["5(1)(f)", "Mood of students in the classroom"],
	] {
		keys(about(case[1])) == {sprintf("%s:%s", [case[0], case[1]])}
	}
}

test_exceptions_and_exclusions if {
	every purpose in [
		"Detects the mood of staff for medical reasons", "Emotion recognition for films", "Not for social scoring",
		"Crawls price lists", "Face unlock", "Scores support tickets",
	] {
		keys(about(purpose)) == set()
	}
}

test_names_of_pipelines_and_steps if {
	step := repository([], [], [{"id": "p.json", "nodes": {"a": node("employee-emotion-scoring")}}])
	found := gov_004.review with input as step
	{[f.resource, f.evidence.text] | some f in found} == {["pipeline:p.json//employee-emotion-scoring", "employee emotion scoring"]}
	named := repository([], [], [{"id": "pipelines/social_scoring/dvc.yaml", "nodes": {"a": node("train")}}])
	keys(named) == {"5(1)(c):pipelines social scoring dvc yaml"}
}

card(value, text) := {
	"kind": "model-card", "path": "models/y/README.md", "subject": "document:models/y/README.md", "value": value, "text": text,
}

test_cards_and_their_tags if {
	found := gov_004.review with input as repository([], [card({}, "## Uses\nSocial scoring.\n## Limits\nPredictive policing.\n")], [])
	{[f.resource, f.key] | some f in found} == {["document:models/y/README.md", "5(1)(c):Social scoring"]}
	tagged := gov_004.review with input as repository([], [card({"tags": ["social-scoring", 1]}, "")], [])
	{[f.path, f.key] | some f in tagged} == {[["tags"], "5(1)(c):tags: social-scoring"]}
	owned := object.union(system("x"), {"paths": ["models/y"]})
	keys(repository([owned], [card({}, "## Uses\nSocial scoring.\n")], [])) == {"5(1)(c):Social scoring"}
}

test_declared_as_prohibited if {
	gov_004.review == {{
		"msg": "System x is declared as prohibited and is still here.",
		"resource": "system:x",
		"key": "risk_class",
		"path": ["risk_class"],
		"evidence": {"risk_class": "prohibited"},
	}} with input as repository([object.union(system("Nothing"), {"risk_class": "prohibited"})], [], [])
}

test_nothing_that_says_what_for_is_not_applicable if {
	case := repository([], [], [])
	keys(case) == set()
	{n.msg | some n in gov_004.not_applicable} == {"nothing here says what a model is for"} with input as case
	gov_004.not_applicable == set() with input as about("Sorts tickets")
	gov_004.not_applicable == set() with input as repository([{"id": "a"}], [], [])
}
