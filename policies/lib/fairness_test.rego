package probity.lib.fairness_test

import rego.v1

import data.probity.lib.fairness as f

metric(name, value) := {"name": name, "value": value, "family": null, "group": null, "subject": "document:r.json"}

clarify(name, value) := object.union(metric(name, value), {"family": "post_training_bias_metrics", "group": "sex=f"})

test_measures if {
	f.measure(metric("demographic_parity_difference", 0)) == "demographic_parity_difference"
	f.measure(metric("overall.selection-rate-difference", 0)) == "demographic_parity_difference"
	f.measure(metric("Disparate_Impact_Ratio", 0)) == "disparate_impact"
	f.measure(clarify("DI", 0)) == "disparate_impact"
	not f.measure(metric("DI", 0))
	not f.measure(metric("auc", 0))
	f.about_fairness(clarify("FT", 0))
	f.about_fairness(object.union(metric("CI", 0), {"family": "pre_training_bias_metrics"}))
	f.about_fairness(object.union(metric("tpr", 0), {"group": "sex=f"}))
	f.about_fairness(metric("fairness.score", 0))
	not f.about_fairness(metric("debiased_auc", 0))
	not f.about_fairness(metric("auc", 0))
}

test_groups if {
	f.group(metric("x", 0)) == ""
	f.group(clarify("x", 0)) == "sex=f"
	f.group(object.union(metric("x", 0), {"group": {"sex": "f", "age": 3}})) == "age=3,sex=f"
	f.group(object.union(metric("x", 0), {"group": {}})) == ""
	f.of_group(metric("x", 0)) == ""
	f.of_group(clarify("x", 0)) == " for sex=f"
}

test_limits if {
	name := "demographic_parity_difference"
	not f.outside(metric(name, 0.1))
	not f.outside(metric(name, -0.1))
	f.outside(metric(name, 0.11))
	f.outside(metric(name, -0.11))
	not f.outside(metric(name, "5e-2"))
	f.outside(metric(name, "0.2"))
	f.outside(metric(name, "NaN"))
	f.range(metric(name, 0)) == "at most 0.1"
	f.range(metric("disparate_impact", 0)) == "0.8 to 1.25"
	not f.outside(metric("disparate_impact", 0.8))
	not f.outside(metric("disparate_impact", 1.25))
	f.outside(metric("disparate_impact", 0.79))
	f.outside(metric("disparate_impact", 1.26))
	f.outside(metric("disparate_impact", -0.9))
	not f.outside(metric("auc", 7))
}

test_limits_of_a_repository if {
	own := {"demographic_parity_difference": {"min": 0.5}}
	m := metric("demographic_parity_difference", 0)
	f.range(m) == "at least 0.5" with data.probity.params.fairness_thresholds as own
}

test_groups_with_few_rows if {
	sizes := [object.union(metric("count", n), {"group": g}) | some g, n in {"sex=f": 29, "sex=m": 30}]
	f.tiny(sizes, "document:r.json") == {"sex=f"}
	f.tiny(sizes, "document:other.json") == set()
	f.unstable(sizes, clarify("DI", 0))
	not f.unstable(sizes, object.union(clarify("DI", 0), {"group": "sex=m"}))
	f.unstable(sizes, metric("disparate_impact", 0))
	not f.unstable([], metric("disparate_impact", 0))
	not f.unstable([metric("count", 3)], metric("disparate_impact", 0))
	rates := [object.union(metric("tpr", 0.2), {"group": "sex=f"})]
	not f.unstable(rates, metric("disparate_impact", 0))
}
