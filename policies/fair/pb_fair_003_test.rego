package probity.fair_003_test

import rego.v1

import data.probity.fair_003

metric := {
	"name": "demographic_parity_difference", "value": 0.16, "family": null, "group": null, "dataset": null,
	"model": {"name": "credit-scoring", "version": "3"}, "at": ["overall", "demographic_parity_difference"],
	"subject": "document:reports/fairness.json", "path": "reports/fairness.json",
}

repository(metrics) := {"metrics": metrics, "systems": []}

with_(change) := repository([object.union(metric, change)])

nothing(case) if {
	fair_003.deny == set() with input as case
	fair_003.inconclusive == set() with input as case
	fair_003.not_applicable == set() with input as case
}

test_within_the_limits if {
	nothing(with_({"value": 0.1}))
	nothing(with_({"name": "disparate_impact", "value": 0.87}))
}

test_outside_the_limits if {
	fair_003.deny == {{
		"msg": "Fairness metric demographic_parity_difference is 0.16; approved is at most 0.1.",
		"resource": "document:reports/fairness.json",
		"key": "demographic_parity_difference::",
		"path": ["overall", "demographic_parity_difference"],
		"evidence": {
			"metric": "demographic_parity_difference", "measure": "demographic_parity_difference", "group": "",
			"value": "0.16", "approved": "at most 0.1", "nature": "operating",
		},
	}} with input as with_({})
}

test_group_and_family_tell_figures_apart if {
	clarify := {"name": "DI", "family": "post_training_bias_metrics", "group": "gender=female", "value": 0.71}
	some f in fair_003.deny with input as with_(clarify)
	f.msg == "Fairness metric DI for gender=female is 0.71; approved is 0.8 to 1.25."
	f.key == "DI:post_training_bias_metrics:gender=female"
	f.evidence.measure == "disparate_impact"
	f.evidence.group == "gender=female"
}

# Trap 25.
test_no_number_fails if {
	some f in fair_003.deny with input as with_({"value": "NaN"})
	f.msg == "Fairness metric demographic_parity_difference is NaN; approved is at most 0.1."
}

size(rows) := object.union(metric, {"name": "count", "value": rows, "group": "sex=f"})

test_few_rows_are_inconclusive if {
	few := repository([metric, size(29)])
	fair_003.deny == set() with input as few
	some f in fair_003.inconclusive with input as few
	f.msg == concat("", [
		"Fairness metric demographic_parity_difference is 0.16, approved is at most 0.1, ",
		"but it rests on a group with too few rows: sex=f.",
	])
}

test_enough_rows if {
	enough := repository([metric, size(30)])
	count(fair_003.deny) == 1 with input as enough
	fair_003.inconclusive == set() with input as enough
}

test_few_rows_of_a_figure_within_the_limits if {
	nothing(repository([object.union(metric, {"value": 0.01}), size(3)]))
}

test_a_repository_sets_its_own_limits if {
	own := {"demographic_parity_difference": {"max": 0.2, "absolute": true}}
	fair_003.deny == set() with input as with_({}) with data.probity.params.fairness_thresholds as own
}

# Trap 11.
test_a_system_that_affects_no_persons if {
	by_path := object.union(with_({}), {"systems": [{"paths": ["reports"], "affects_persons": false}]})
	{f.msg | some f in fair_003.not_applicable} == {
		"the systems of the reports declare affects_persons: false",
	} with input as by_path
	fair_003.deny == set() with input as by_path
	by_name := object.union(with_({}), {"systems": [{"models": ["credit-scoring"], "affects_persons": false}]})
	fair_003.deny == set() with input as by_name
	other := object.union(with_({}), {"systems": [{"models": ["churn"], "affects_persons": false}]})
	count(fair_003.deny) == 1 with input as other
	undeclared := object.union(with_({}), {"systems": [{"paths": ["reports"]}]})
	count(fair_003.deny) == 1 with input as undeclared
}

test_not_applicable if {
	case := with_({"name": "auc"})
	{f.msg | some f in fair_003.not_applicable} == {
		"the repository has no fairness figure with an approved limit",
	} with input as case
	fair_003.deny == set() with input as case
}
