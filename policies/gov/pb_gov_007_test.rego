package probity.gov_007_test

import rego.v1

import data.probity.gov_007

commit(id, changes) := object.union(
	{
		"id": id, "author": {"name": "Mara", "email": "mara@example.com"}, "subject": "Unblock the release",
		"reviewers": [], "approved": false, "pull_request": null, "paths": ["params.yaml"],
	},
	changes,
)

change(id, path, key, old, new) := {"commit": id, "path": path, "key": key, "old": old, "new": new}

auc(id, old, new) := change(id, "params.yaml", ["gate", "min_auc"], old, new)

# The newest commit comes first.
history(ids, changes) := {
	"history": {"complete": true, "why": "", "commits": [commit(id, {}) | some id in ids], "changes": changes},
	"files": {path: {"size": 1} | some path in ["params.yaml", ".probity/config.yaml", ".probity/system.yaml"]},
}

keys(case) := {f.key | some f in found} if found := gov_007.deny with input as case

passes(case) if {
	keys(case) == set()
	gov_007.review == set() with input as case
	gov_007.inconclusive == set() with input as case
	gov_007.not_applicable == set() with input as case
}

test_threshold_lowered if {
	gov_007.deny == {{
		"msg": concat("", [
			"Commit 0123456789ab by mara@example.com changed gate.min_auc in params.yaml from 0.8 to 0.7, ",
			"without an approval or a record of the decision.",
		]),
		"resource": "document:params.yaml",
		"key": "0123456789abcdef:params.yaml:gate.min_auc",
		"path": ["gate", "min_auc"],
		"evidence": {
			"commit": "0123456789abcdef", "author": "mara@example.com", "path": "params.yaml",
			"value": "gate.min_auc", "old": "0.8", "new": "0.7",
		},
	}} with input as history(["0123456789abcdef"], [auc("0123456789abcdef", 0.8, 0.7)])
	passes(history(["a"], [auc("a", 0.7, 0.8)]))
	gone := history(["a"], [object.remove(auc("a", 0.8, 0), ["new"])])
	found := gov_007.deny with input as gone
	{[f.evidence.old, f.evidence.new] | some f in found} == {["0.8", "nothing"]}
}

test_file_that_is_gone if {
	case := object.union(history(["a"], []), {"history": {"changes": [change("a", "old/params.yaml", ["gate", "min_auc"], 2, 1)]}})
	found := gov_007.deny with input as case
	{[f.resource, f.path] | some f in found} == {["repository", []]}
}

test_restored_value_closes_it if {
	passes(history(["b", "a"], [auc("b", 0.7, 0.8), auc("a", 0.8, 0.7)]))
	passes(history(["b", "a"], [auc("a", 0.8, 0.7), auc("b", 0.7, 0.9)]))
	keys(history(["b", "a"], [auc("b", 0.7, 0.75), auc("a", 0.8, 0.7)])) == {"a:params.yaml:gate.min_auc"}
}

test_several_steps_down if {
	case := history(["c", "b", "a"], [auc("c", 0.6, 0.7), auc("b", 0.7, 0.6), auc("a", 0.8, 0.7)])
	keys(case) == {"a:params.yaml:gate.min_auc"}
	other := change("b", "q/params.yaml", ["gate", "min_auc"], 0.7, 0.8)
	keys(history(["b", "a"], [other, auc("a", 0.8, 0.7)])) == {"a:params.yaml:gate.min_auc"}
}

approved(changes) := object.union(
	history(["a"], [auc("a", 0.8, 0.7)]),
	{"history": {"commits": [commit("a", changes)]}},
)

test_approval_or_decision_closes_it if {
	passes(approved({"reviewers": ["lena"]}))
	passes(approved({"approved": true}))
	passes(approved({"subject": "Lower the gate (ADR-014)"}))
	passes(approved({"paths": ["params.yaml", "docs/adr/014-gate.md"]}))
	passes(approved({"paths": ["docs/ADR-014.md"]}))
	count(keys(approved({"paths": ["docs/quadrant.md"], "subject": "Quadr 5"}))) == 1
	count(keys(approved({"pull_request": "12"}))) == 1
}

test_later_approved_change_settles_it if {
	case := history(["b", "a"], [auc("b", 0.7, 0.6), auc("a", 0.8, 0.7)])
	settled := object.union(case, {"history": {"commits": [commit("b", {"approved": true}), commit("a", {})]}})
	passes(settled)
	before := object.union(case, {"history": {"commits": [commit("b", {}), commit("a", {"approved": true})]}})
	keys(before) == {"b:params.yaml:gate.min_auc"}
}

config(key, old, new) := history(["a"], [change("a", ".probity/config.yaml", key, old, new)])

test_limits_go_up if {
	key := ["params", "fairness_thresholds", "disparity", "max"]
	count(keys(config(key, 0.1, 0.2))) == 1
	passes(config(key, 0.2, 0.1))
	count(keys(config(["params", "assessment_max_age_days"], 365, 730))) == 1
	count(keys(config(["params", "minimum_capture_percentage"], 10, 1))) == 1
	passes(config(["params", "minimum_capture_percentage"], 1, 10))
	count(keys(config(["thresholds", "demographic_parity_difference"], 0.1, 0.2))) == 1
	count(keys(config(["params", "fairness_thresholds", "disparity", "max"], 0.1, null))) == 1
}

test_severity_and_class_of_risk if {
	count(keys(config(["policies", "PB-NET-001", "severity"], "high", "low"))) == 1
	passes(config(["policies", "PB-NET-001", "severity"], "low", "High"))
	class := ["systems", 0, "risk_class"]
	count(keys(history(["a"], [change("a", ".probity/system.yaml", class, "high", "limited")]))) == 1
	passes(history(["a"], [change("a", ".probity/system.yaml", class, "limited", "high")]))
	persons := ["systems", 0, "affects_persons"]
	count(keys(history(["a"], [change("a", ".probity/system.yaml", persons, true, false)]))) == 1
	passes(history(["a"], [change("a", ".probity/system.yaml", persons, false, true)]))
	passes(history(["a"], [change("a", ".probity/system.yaml", persons, null, false)]))
	count(keys(config(["policies", "PB-NET-001", "enabled"], null, false))) == 1
	passes(config(["policies", "PB-NET-001", "enabled"], false, true))
}

test_switch_that_is_turned_on if {
	case := config(["params", "lenient"], false, true)
	rules := [{"path": "", "key": "lenient$", "weaker": "on"}]
	found := gov_007.deny with input as case with data.probity.params.weakenings as rules
	count(found) == 1
	every pair in [[true, false], [null, true]] {
		gov_007.deny == set() with input as config(["params", "lenient"], pair[0], pair[1])
			with data.probity.params.weakenings as rules
	}
}

test_review_that_is_put_off if {
	case := history(["a"], [change("a", ".probity/risk.yaml", ["risks", 0, "review_date"], "2026-01-01", "2027-01-01")])
	count(keys(case)) == 1
	passes(history(["a"], [change("a", ".probity/risk.yaml", ["risks", 0, "review_date"], "2027-01-01", "2026-01-01")]))
}

test_list_of_exceptions_grows if {
	gov_007.deny == {{
		"msg": concat("", [
			"Commit a by mara@example.com changed params.allowed_regions in .probity/config.yaml: the list gained ",
			"\"us-east-1\", without an approval or a record of the decision.",
		]),
		"resource": "document:.probity/config.yaml",
		"key": "a:.probity/config.yaml:params.allowed_regions:\"us-east-1\"",
		"path": ["params", "allowed_regions"],
		"evidence": {
			"commit": "a", "author": "mara@example.com", "path": ".probity/config.yaml",
			"value": "params.allowed_regions", "item": "\"us-east-1\"", "change": "gained",
		},
	}} with input as config(["params", "allowed_regions"], ["eu-west-1"], ["eu-west-1", "us-east-1"])
	passes(config(["params", "allowed_regions"], ["eu-west-1", "us-east-1"], ["eu-west-1"]))
	count(keys(config(["policies", "disable"], null, ["PB-NET-001"]))) == 1
}

test_list_of_demands_shrinks if {
	key := ["params", "required_tags"]
	found := gov_007.deny with input as config(key, ["owner", "risk-class"], ["owner"])
	{[f.evidence.item, f.evidence.change] | some f in found} == {["\"risk-class\"", "lost"]}
	passes(config(key, ["owner"], ["owner", "risk-class"]))
}

item(id, i, old, new) := change(id, ".probity/config.yaml", ["params", "required_tags", i], old, new)

# Lists of one length are compared item by item: an order that changed is no change.
test_items_of_a_list if {
	passes(history(["a"], [item("a", 0, "owner", "risk"), item("a", 1, "risk", "owner")]))
	keys(history(["a"], [item("a", 0, "owner", "team")])) == {"a:.probity/config.yaml:params.required_tags:\"owner\""}
	lost := change("a", ".probity/config.yaml", ["params", "required_tags"], ["owner", "risk"], ["owner"])
	back := change("b", ".probity/config.yaml", ["params", "required_tags"], ["owner"], ["owner", "risk"])
	passes(history(["b", "a"], [back, lost]))
	keys(history(["a", "b"], [back, lost])) == {"a:.probity/config.yaml:params.required_tags:\"risk\""}
	keys(history(["b", "a"], [item("a", 0, "team", "owner"), item("b", 0, "owner", "team")])) == {
		"b:.probity/config.yaml:params.required_tags:\"owner\"",
	}
	settled := object.union(
		history(["a"], [item("a", 0, "owner", "team")]),
		{"history": {"commits": [commit("a", {"approved": true})]}},
	)
	passes(settled)
}

# Renamed keys and files.
test_moved_values_are_no_change if {
	away := object.remove(auc("a", 0.8, null), ["new"])
	there := object.remove(change("a", "gates/params.yaml", ["release", "min_auc"], null, 0.8), ["old"])
	passes(history(["a"], [away, there]))
	lower := object.remove(change("a", "gates/params.yaml", ["release", "min_auc"], null, 0.7), ["old"])
	count(keys(history(["a"], [away, lower]))) == 1
	raised := change("a", "gates/params.yaml", ["release", "min_auc"], 0.5, 0.8)
	count(keys(history(["a"], [away, raised]))) == 1
	elsewhere := object.remove(change("b", "gates/params.yaml", ["release", "min_auc"], null, 0.8), ["old"])
	count(keys(history(["b", "a"], [away, elsewhere]))) == 1
	other := object.remove(change("a", "gates/params.yaml", ["release", "rate"], null, 0.8), ["old"])
	count(keys(history(["a"], [away, other]))) == 1
}

test_hyperparameters_are_no_gates if {
	every key in [["train", "max_depth"], ["train", "min_samples"], ["train", "learning_rate"], ["lr"]] {
		case := history(["a"], [change("a", "params.yaml", key, 8, 16)])
		keys(case) == set()
		count(gov_007.not_applicable) == 1 with input as case
	}
}

test_first_override_of_a_default_is_a_review if {
	case := config(["params", "assessment_max_age_days"], null, 730)
	keys(case) == set()
	gov_007.review == {{
		"msg": concat("", [
			"Commit a by mara@example.com set params.assessment_max_age_days in .probity/config.yaml to 730 in ",
			"place of its default, without an approval or a record of the decision.",
		]),
		"resource": "document:.probity/config.yaml",
		"key": "a:.probity/config.yaml:params.assessment_max_age_days",
		"path": ["params", "assessment_max_age_days"],
		"evidence": {
			"commit": "a", "author": "mara@example.com", "path": ".probity/config.yaml",
			"value": "params.assessment_max_age_days", "new": "730",
		},
	}} with input as case
	passes(object.union(case, {"history": {"commits": [commit("a", {"approved": true})]}}))
	passes(history(["a"], [auc("a", null, 0.8)]))
	passes(config(["thresholds", "auc"], null, 0.8))
	later := history(["b", "a"], [
		change("b", ".probity/config.yaml", ["params", "max_x"], 5, 4),
		change("a", ".probity/config.yaml", ["params", "max_x"], null, 5),
	])
	passes(later)
}

test_commit_that_is_not_listed if {
	case := object.union(history([], [auc("z", 0.8, 0.7)]), {})
	found := gov_007.deny with input as case
	{f.evidence.author | some f in found} == {"an unknown author"}
}

test_incomplete_history_is_inconclusive if {
	case := object.union(history([], []), {"history": {"complete": false, "why": "the clone is shallow"}})
	{f.msg | some f in gov_007.inconclusive} == {
		"Whether the policies were weakened cannot be told for all of the history: the clone is shallow.",
	} with input as case
	gov_007.not_applicable == set() with input as case
}

test_no_change_is_not_applicable if {
	{n.msg | some n in gov_007.not_applicable} == {
		"the history holds no change of a threshold, list or declaration",
	} with input as history(["a"], [])
}
