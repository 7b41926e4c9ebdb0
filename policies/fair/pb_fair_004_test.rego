package probity.fair_004_test

import rego.v1

import data.probity.fair_004

subject := "document:reports/fairness.json"

figure(name, group, value) := {
	"name": name, "value": value, "family": null, "group": group, "dataset": null, "at": ["by_group", name, group],
	"model": {"name": "credit", "version": "1"}, "subject": "document:reports/fairness.json",
	"path": "reports/fairness.json",
}

# A selection rate and the number of rows for each group.
groups(names) := [metric |
	some name in names
	some metric in [figure("selection_rate", name, 0.3), figure("count", name, 400)]
]

report(value) := {"kind": "evaluation-report", "path": "reports/fairness.json", "subject": subject, "value": value}

repository(metrics, value) := {"metrics": metrics, "documents": [report(value)], "systems": []}

high(case) := object.union(case, {"systems": [{"id": "s", "risk_class": "High", "paths": ["reports"]}]})

denied(case) := {[f.key, f.msg] | some f in all} if {
	all := fair_004.deny with input as case
}

unknown(case) := {[f.key, f.msg] | some f in all} if {
	all := fair_004.inconclusive with input as case
}

both := groups(["gender=f", "age_band=young"])

test_the_required_attributes if {
	denied(repository(both, {})) == set()
	fair_004.not_applicable == set() with input as repository(both, {})
}

test_nothing_is_unknown if {
	unknown(repository(both, {})) == set()
}

test_an_attribute_that_is_missing if {
	fair_004.deny == {{
		"msg": "Fairness report reports/fairness.json does not look at age; extend the evaluation.",
		"resource": "document:reports/fairness.json",
		"key": "age",
		"path": [],
		"evidence": {"report": "reports/fairness.json", "attributes": ["sex"]},
	}} with input as repository(groups(["sex=f", "sex=m"]), {})
}

lists_them(value) if {
	case := repository(groups(["f"]), value)
	denied(case) == set()
	unknown(case) == set()
}

test_attributes_that_the_report_lists if {
	lists_them({"sensitive_features": ["sex", "age"]})
}

test_attributes_that_the_report_lists_as_objects if {
	lists_them({"groups": [{"attribute": "sex"}, {"feature": "age"}]})
}

test_attributes_that_the_report_lists_as_keys if {
	lists_them({"facets": {"gender": {}, "age": {}}})
}

test_attributes_that_another_report_lists if {
	other := object.union(report({"facets": ["sex", "age"]}), {"subject": "document:reports/other.json"})
	case := object.union(repository(groups(["f"]), {}), {"documents": [report({}), other]})
	{entry[0] | some entry in unknown(case)} == {"attributes"}
}

test_an_odd_list if {
	denied(repository(both, {"facets": "gender"})) == set()
}

test_high_risk_asks_for_more if {
	denied(high(repository(both, {}))) == {
		["ethnicity", "Fairness report reports/fairness.json does not look at ethnicity; extend the evaluation."],
		["intersection", concat("", [
			"Fairness report reports/fairness.json looks at no intersection of two attributes, ",
			"as a high-risk system needs.",
		])],
	}
}

test_high_risk_with_an_intersection if {
	denied(high(repository(groups(["sex=f&race=x", "age=young"]), {}))) == set()
}

test_the_system_of_the_model if {
	named := object.union(repository(both, {}), {"systems": [{"risk_class": "high", "models": "credit"}]})
	count(denied(named)) == 2
}

test_few_rows if {
	metrics := array.concat(both, [figure("count", "gender=x", 29), figure("selection_rate", "gender=x", 1)])
	some f in fair_004.deny with input as repository(metrics, {})
	f.key == "rows:gender=x"
	f.msg == "Fairness report reports/fairness.json has too few rows for gender=x: 29 of at least 30."
	f.path == ["by_group", "count", "gender=x"]
}

test_enough_rows if {
	metrics := array.concat(both, [figure("count", "gender=x", 30)])
	denied(repository(metrics, {})) == set()
}

test_rows_that_are_not_given_are_unknown if {
	unknown(repository([figure("selection_rate", "sex=f", 1), figure("selection_rate", "age=young", 1)], {})) == {
		["rows", "Fairness report reports/fairness.json does not say how many rows its groups have."],
	}
}

test_groups_without_an_attribute_are_unknown if {
	case := repository(groups(["f", "m"]), {})
	unknown(case) == {
		["attributes", "Fairness report reports/fairness.json does not say which attributes its groups belong to."],
	}
}

test_groups_without_an_attribute_are_no_failure if {
	denied(high(repository(groups(["f", "m"]), {}))) == set()
}

test_an_attribute_that_may_not_be_collected if {
	case := high(repository(groups(["sex=f&age=y"]), {"not_collected": {"ethnic_origin": "forbidden by law"}}))
	{[f.key, f.msg, f.path] | some f in fair_004.review} == {[
		"ethnicity", "Fairness report reports/fairness.json does not look at ethnicity: forbidden by law.",
		["not_collected"],
	]} with input as case
}

test_an_attribute_that_may_not_be_collected_is_no_failure if {
	denied(high(repository(groups(["sex=f&age=y"]), {"not_collected": {"ethnic_origin": "forbidden by law"}}))) == set()
}

test_an_excuse_for_another_attribute if {
	excused := repository(groups(["sex=f&age=y"]), {"not_collected": {"religion": "forbidden by law"}})
	{entry[0] | some entry in denied(high(excused))} == {"ethnicity"}
}

test_an_excuse_without_a_reason if {
	count(denied(high(repository(groups(["sex=f&age=y"]), {"not_collected": {"ethnic_origin": ""}})))) == 1
}

test_figures_over_all_groups if {
	overall := object.union(figure("demographic_parity_difference", null, 0.1), {"at": ["x"]})
	{entry[0] | some entry in denied(repository([overall], {}))} == {"sex", "age"}
}

test_not_applicable if {
	{f.msg | some f in fair_004.not_applicable} == {
		"the repository has no fairness report",
	} with input as repository([figure("auc", null, 0.9)], {})
}

# Trap 11.
test_a_system_that_affects_no_persons if {
	exempt := [{"paths": ["reports"], "affects_persons": false}]
	case := object.union(repository(groups(["sex=f"]), {}), {"systems": exempt})
	{f.msg | some f in fair_004.not_applicable} == {
		"the systems of the reports declare affects_persons: false",
	} with input as case
	denied(case) == set()
}
