package probity.eval_002_test

import rego.v1

import data.probity.eval_002

auc := {
	"name": "auc", "value": 0.83, "family": null, "group": null, "dataset": "holdout", "threshold": null,
	"direction": null, "model": {"name": "credit-scoring", "version": "3"}, "at": ["metrics", "auc"],
	"subject": "document:reports/eval.json", "path": "reports/eval.json",
}

repository(metrics, changes) := {"metrics": metrics, "history": {"complete": true, "changes": changes}}

with_(change) := repository([object.union(auc, change)], [])

change(old, new) := {"commit": "c", "path": "reports/eval.json", "key": ["metrics", "auc"], "old": old, "new": new}

nothing(case) if {
	eval_002.deny == set() with input as case
	eval_002.inconclusive == set() with input as case
	eval_002.not_applicable == set() with input as case
}

messages(case) := {f.msg | some f in found} if {
	found := eval_002.deny with input as case
}

test_nothing_to_complain_of if {
	nothing(with_({}))
	nothing(with_({"threshold": 0.83}))
	nothing(repository([auc], [change(0.82, 0.83)]))
}

limits := {"Credit Scoring": {"AUC": {"min": 0.84, "max": 0.99}}, "churn": {"auc": {"min": 0.99}}}

test_below_the_approved_minimum if {
	eval_002.deny == {{
		"msg": "Metric auc is 0.83 and is below the approved minimum of 0.84.",
		"resource": "document:reports/eval.json",
		"key": "limit:auc::holdout",
		"path": ["metrics", "auc"],
		"evidence": {"metric": "auc", "value": "0.83", "reason": "limit"},
	}} with input as with_({}) with data.probity.params.metric_limits as limits
}

test_above_the_approved_maximum if {
	some f in eval_002.deny with input as with_({"value": 1.2}) with data.probity.params.metric_limits as limits
	f.msg == "Metric auc is 1.2 and is above the approved maximum of 0.99."
}

test_limits_for_every_model if {
	every_ := {"*": {"rmse": {"max": 2}}}
	case := with_({"name": "test.rmse", "value": 3})
	some f in eval_002.deny with input as case with data.probity.params.metric_limits as every_
	f.msg == "Metric test.rmse is 3 and is above the approved maximum of 2."
}

test_no_number_keeps_to_no_limit if {
	some f in eval_002.deny with input as with_({"value": "NaN"}) with data.probity.params.metric_limits as limits
	f.msg == "Metric auc is NaN and is no number."
}

test_limits_that_contradict_each_other_are_one_failure if {
	turned := {"*": {"auc": {"min": 0.9, "max": 0.1}}}
	found := eval_002.deny with input as with_({}) with data.probity.params.metric_limits as turned
	{f.msg | some f in found} == {"Metric auc is 0.83 and is below the approved minimum of 0.9."}
}

test_within_the_approved_limits if {
	nothing(with_({"value": 0.84})) with data.probity.params.metric_limits as limits
	other := with_({"model": {"name": "fraud"}})
	eval_002.deny == set() with input as other with data.probity.params.metric_limits as limits
}

test_the_threshold_of_the_report if {
	messages(with_({"threshold": 0.9})) == {"Metric auc is 0.83 and misses the threshold of its own report, 0.9."}
	messages(with_({"name": "x", "direction": "lower", "threshold": "0.5"})) == {
		"Metric x is 0.83 and misses the threshold of its own report, 0.5.",
	}
	messages(with_({"direction": "lower", "threshold": 0.9})) == set()
	{[f.key, f.evidence.reason] | some f in eval_002.deny} == {[
		"threshold:auc::holdout",
		"threshold",
	]} with input as with_({"threshold": 0.9})
}

test_a_regression if {
	case := repository([object.union(auc, {"value": 0.79})], [change(0.83, 0.79), change(0.99, 0.83)])
	{[f.msg, f.key] | some f in eval_002.deny} == {[
		"Metric auc is 0.79 and got worse: it was 0.83 in the report before.", "regression:auc::holdout",
	]} with input as case
}

test_no_regression if {
	messages(repository([auc], [change(0.835, 0.83)])) == set()
	messages(repository([auc], [change(0.70, 0.83)])) == set()
	messages(repository([auc], [object.union(change(0.95, 0.83), {"path": "other.json"})])) == set()
	messages(repository([auc], [object.union(change(0.95, 0.83), {"key": ["metrics", "f1"]})])) == set()
	messages(repository([object.union(auc, {"name": "widgets"})], [change(0.95, 0.83)])) == set()
	messages(repository([object.union(auc, {"name": "rmse"})], [change(0.95, 0.83)])) == set()
}

test_what_others_judge if {
	fairness := object.union(auc, {"name": "demographic_parity_difference", "threshold": 0.9, "direction": "higher"})
	messages(repository([fairness], [])) == set()
	messages(with_({"group": "sex=f", "threshold": 0.9})) == set()
}

test_a_threshold_without_a_direction_is_inconclusive if {
	case := with_({"name": "score", "threshold": 0.9})
	eval_002.deny == set() with input as case
	{[f.msg, f.key] | some f in eval_002.inconclusive} == {[
		"Metric score is 0.83 and has the threshold 0.9, and nothing says which way is better.",
		"direction:score::holdout",
	]} with input as case
	eval_002.not_applicable == set() with input as case
}

test_a_shallow_history_is_inconclusive if {
	shallow := {"metrics": [auc], "history": {"complete": false, "changes": []}}
	eval_002.inconclusive == {{
		"msg": "Whether a metric got worse cannot be seen: the earlier reports are not known here.",
		"key": "history", "path": [], "evidence": {"reason": "history"},
	}} with input as shallow
}

test_not_applicable if {
	case := object.union(with_({"name": "rows"}), {"history": {"complete": false}})
	{f.msg | some f in eval_002.not_applicable} == {
		"the repository has no figure with a limit or a known direction",
	} with input as case
	eval_002.deny == set() with input as case
	eval_002.inconclusive == set() with input as case
	limited := {"*": {"rows": {"min": 0}}}
	eval_002.not_applicable == set() with input as case with data.probity.params.metric_limits as limited
}
