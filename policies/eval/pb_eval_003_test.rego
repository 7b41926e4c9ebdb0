package probity.eval_003_test

import rego.v1

import data.probity.eval_003

card(result) := {
	"kind": "model-card", "path": "README.md", "subject": "document:README.md",
	"value": {"model-index": [{"name": "credit", "results": [result]}]},
}

accuracy := {"metrics": [{"type": "accuracy", "value": 0.95}]}

figure(value) := {
	"name": "accuracy", "value": value, "family": null, "group": null, "model": {"name": null},
	"subject": "document:metrics.json", "path": "metrics.json", "at": ["accuracy"],
}

repository(result, metrics) := {"documents": [card(result)], "metrics": metrics}

modes(case) := {f.evidence.mode | some f in all} if {
	all := eval_003.deny with input as case
}

test_a_report_with_the_figure if {
	case := repository(accuracy, [figure(0.9512)])
	modes(case) == set()
	eval_003.not_applicable == set() with input as case
}

test_a_figure_of_the_same_rounding if {
	modes(repository(accuracy, [figure(0.956)])) == {"other-value"}
}

test_a_percentage_in_the_report if {
	modes(repository(accuracy, [figure(95.2)])) == set()
}

test_a_percentage_in_the_card if {
	modes(repository({"metrics": [{"type": "accuracy", "value": 95.2}]}, [figure(0.952)])) == set()
}

test_no_source if {
	eval_003.deny == {{
		"msg": "The card claims accuracy 0.95, and neither a source nor a report of the repository shows it.",
		"resource": "document:README.md",
		"key": "credit:accuracy",
		"path": ["model-index", 0, "results", 0, "metrics", 0, "value"],
		"evidence": {"metric": "accuracy", "value": "0.95", "mode": "no-source"},
	}} with input as repository(accuracy, [])
}

test_another_value if {
	some f in eval_003.deny with input as repository(accuracy, [figure(0.91)])
	f.msg == "The card claims accuracy 0.95, and the reports say 0.91 in metrics.json."
	f.evidence.mode == "other-value"
}

test_a_link_does_not_excuse_another_value if {
	linked := object.union(accuracy, {"source": {"url": "https://x"}})
	modes(repository(linked, [figure(0.91)])) == {"other-value"}
}

test_a_link if {
	modes(repository(object.union(accuracy, {"source": {"url": "https://x"}}), [])) == set()
}

test_a_link_without_an_address if {
	modes(repository(object.union(accuracy, {"source": {"url": ""}}), [])) == {"no-source"}
}

test_a_token if {
	modes(repository({"metrics": [{"name": "accuracy", "value": 0.95, "verifyToken": "x"}]}, [])) == set()
}

test_a_figure_of_another_name if {
	modes(repository(accuracy, [object.union(figure(0.95), {"name": "recall"})])) == {"no-source"}
}

test_a_claim_that_gives_a_name_and_no_type if {
	modes(repository({"metrics": [{"name": "accuracy", "value": 0.95}]}, [])) == {"no-source"}
	modes(repository({"metrics": [{"name": "accuracy", "value": 0.95}]}, [figure(0.95)])) == set()
	modes(repository({"metrics": [{"name": 1, "value": 0.95}]}, [])) == set()
}

test_a_figure_of_another_model if {
	modes(repository(accuracy, [object.union(figure(0.95), {"model": {"name": "churn"}})])) == {"no-source"}
}

test_a_figure_of_the_same_model if {
	modes(repository(accuracy, [object.union(figure(0.95), {"model": {"name": "credit"}})])) == set()
}

test_the_card_is_no_source_for_itself if {
	modes(repository(accuracy, [object.union(figure(0.95), {"subject": "document:README.md"})])) == {"no-source"}
}

test_a_figure_that_is_no_number if {
	modes(repository(accuracy, [figure("NaN")])) == {"no-source"}
}

test_odd_shapes if {
	document := {"kind": "model-card", "path": "r", "subject": "s", "value": {"model-index": "x"}}
	odd := {"documents": [document], "metrics": []}
	modes(odd) == set()
	{f.msg | some f in eval_003.not_applicable} == {"no model card gives results in its model-index"} with input as odd
}
