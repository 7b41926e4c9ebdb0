package probity.eval_004_test

import rego.v1

import data.probity.eval_004

system := {"id": "credit", "risk_class": "High", "paths": ["credit"]}

repository := {"systems": [system], "pipelines": [], "metrics": [], "documents": [], "config": {}}

with_(change) := object.union(repository, change)

denied(case) := {f.msg | some f in all} if {
	all := eval_004.deny with input as case
}

reviewed(case) := {[f.resource, f.msg] | some f in all} if {
	all := eval_004.review with input as case
}

test_no_test if {
	eval_004.deny == {{
		"msg": "System credit is of high risk and shows no test of robustness; add one to its pipeline.",
		"resource": "system:credit", "key": "", "path": [],
		"evidence": {"system": "credit", "mode": "missing"},
	}} with input as repository
}

pipeline(node) := {"pipelines": [{"path": "credit/dvc.yaml", "nodes": {"r": node}}]}

test_a_step if {
	case := with_(pipeline({"kind": "robustness"}))
	denied(case) == set()
	eval_004.not_applicable == set() with input as case
}

test_a_step_by_name_is_a_review if {
	case := with_(pipeline({"kind": "robustness", "weak": true}))
	denied(case) == set()
	reviewed(case) == {["system:credit", "System credit has a test of robustness that counts only by its name."]}
	{f.evidence.mode | some f in eval_004.review} == {"by-name"} with input as case
}

test_another_step if {
	count(denied(with_(pipeline({"kind": "evaluate"})))) == 1
}

test_a_figure if {
	denied(with_({"metrics": [{"name": "robust_accuracy", "path": "credit/r.json", "model": {"name": null}}]})) == set()
}

test_a_report_of_a_tool if {
	garak := {"kind": "evaluation-report", "path": "credit/g.json", "value": {"evals": [{}]}}
	denied(with_({"documents": [garak]})) == set()
}

test_a_report_of_another_tool if {
	harness := {"kind": "evaluation-report", "path": "credit/g.json", "value": {"results": [{}]}}
	count(denied(with_({"documents": [harness]}))) == 1
}

test_a_program if {
	program := {"kind": "python", "path": "credit/t.py", "value": {"imports": ["textattack.attack"]}}
	denied(with_({"documents": [program]})) == set()
}

card(tag) := {
	"kind": "model-card", "path": "m/README.md", "subject": "document:m/README.md", "value": {"pipeline_tag": tag},
}

test_a_classifier_without_a_class_is_a_review if {
	case := with_({"systems": [], "documents": [card("text-classification")]})
	denied(case) == set()
	reviewed(case) == {[
		"document:m/README.md",
		"Model card m/README.md is about classification, and no pipeline tests the robustness of a model.",
	]}
}

test_a_classifier_of_a_tested_repository if {
	classifier := {"systems": [], "documents": [card("text-classification")]}
	case := object.union(with_(pipeline({"kind": "robustness"})), classifier)
	reviewed(case) == set()
}

test_a_classifier_of_the_system_is_judged_there if {
	own := object.union(card("text-classification"), {"path": "credit/README.md"})
	reviewed(with_({"documents": [own]})) == set()
}

# A regressor is no classifier.
test_not_applicable if {
	limited := object.union(system, {"risk_class": "limited"})
	case := with_({"systems": [limited], "documents": [card("tabular-regression")]})
	denied(case) == set()
	{f.msg | some f in eval_004.not_applicable} == {
		"no system declares risk_class: high, and no model card is about classification",
	} with input as case
}

test_satisfied_externally if {
	elsewhere := {"external_evidence": {"PB-EVAL-004": "https://x"}}
	case := with_({"config": elsewhere, "documents": [card("text-classification")]})
	denied(case) == set()
	reviewed(case) == set()
	{f.msg | some f in eval_004.not_applicable} == {"satisfied externally, see https://x"} with input as case
}

test_satisfied_externally_by_name if {
	named := with_(pipeline({"kind": "robustness", "weak": true}))
	reviewed(object.union(named, {"config": {"external_evidence": {"PB-EVAL-004": "https://x"}}})) == set()
}
