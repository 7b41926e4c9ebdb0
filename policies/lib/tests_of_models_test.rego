package probity.lib.tests_of_models_test

import rego.v1

import data.probity.lib.tests_of_models as t

systems := [{"id": "a", "paths": ["a"], "models": ["credit"]}, {"id": "b", "paths": ["b"]}]

repository := {
	"systems": systems,
	"pipelines": [{"path": "a/dvc.yaml", "nodes": {
		"x": {"kind": "robustness"}, "y": {"kind": "explain", "weak": true}, "z": {"kind": "explain", "skipped": true},
	}}],
	"metrics": [
		{"name": "robust_accuracy", "path": "a/r.json", "model": {"name": null}},
		{"name": "x", "family": "Adversarial", "path": "other.json", "model": {"name": "credit"}},
	],
	"documents": [
		{"kind": "evaluation-report", "path": "a/garak.json", "value": {"evals": []}},
		{"kind": "python", "path": "a/t.py", "value": {"imports": ["art.attacks.evasion"]}},
		{"kind": "python", "path": "b/t.py", "value": {"imports": "art"}},
	],
}

test_what_belongs_to_a_system if {
	t.belongs(systems, 0, "a/x")
	not t.belongs(systems, 1, "a/x")
	t.belongs([{"id": "c"}], 0, "a/x")
}

test_steps if {
	t.steps(repository, 0, "robustness") == {false}
	t.steps(repository, 0, "explain") == {true}
	t.steps(repository, 1, "robustness") == set()
}

test_reports if {
	t.reported(repository, 0, ["robust"], [])
	t.reported(repository, 0, ["adversarial"], [])
	t.reported(repository, 0, [], ["evals"])
	not t.reported(repository, 0, ["rob"], ["evalId"])
	not t.reported(repository, 1, ["robust", "adversarial"], ["evals"])
}

test_programs if {
	t.imports(repository, 0, ["art"])
	not t.imports(repository, 0, ["attacks"])
	not t.imports(repository, 1, ["art"])
}
