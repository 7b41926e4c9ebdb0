package probity.lib.models_test

import rego.v1

import data.probity.lib.models as m

test_names if {
	m.alike("credit-scoring", "Credit Scoring model v2")
	m.alike("Credit Scoring model", "credit")
	not m.alike("credit", "churn")
	not m.alike("model", "model")
}

systems := [
	{"id": "a", "paths": ["models/a", "pipelines/a/**"], "affects_persons": false, "resources": ["x"]},
	{"id": "b", "paths": "models", "affects_persons": true},
]

test_systems if {
	m.owners(systems, "models/a/README.md") == {0, 1}
	m.owners(systems, "pipelines/a/dvc.yaml") == {0}
	m.owners(systems, "models-b/x") == set()
	m.owners([{"paths": ["**"]}], "x") == {0}
	m.holders(systems, "x") == {0}
	m.exempt(systems, {0})
	not m.exempt(systems, {0, 1})
	not m.exempt(systems, set())
}
