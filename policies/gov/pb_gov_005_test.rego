package probity.gov_005_test

import rego.v1

import data.probity.gov_005

credit := {"id": "credit", "risk_class": "high"}

risk := {
	"id": "R-12", "system": "credit", "likelihood": "medium", "impact": "high", "treatment": "mitigate", "owner": "lena",
	"residual": "low", "review_date": "2026-01-10",
}

repository(systems, risks) := {"systems": systems, "records": {"risk": {"risks": risks}}, "now": "2026-11-25T00:00:00Z"}

found(case) := {[f.key, f.path] | some f in denied} if denied := gov_005.deny with input as case

passes(case) if {
	found(case) == set()
	gov_005.not_applicable == set() with input as case
}

test_complete_entry_passes if {
	passes(repository([credit], [risk]))
	passes(repository([credit], [object.union(object.remove(risk, ["system"]), {"systems": ["credit", "b"]})]))
}

test_high_risk_system_without_an_entry if {
	gov_005.deny == {{
		"msg": "System credit is high risk and has no entry in the register of risks.",
		"resource": "system:credit",
		"key": "entry",
		"path": [],
		"evidence": {"system": "credit"},
	}} with input as repository([credit], [])
	found(repository([credit], [object.union(risk, {"system": "churn"})])) == {["entry", []]}
	none := {"systems": [credit], "records": {"risk": {}}, "now": "2026-11-25T00:00:00Z"}
	found(none) == {["entry", []]}
	odd := object.union(none, {"records": {"risk": {"risks": "none"}}})
	found(odd) == {["entry", []]}
	passes(repository([{"id": "a", "risk_class": "limited"}], [risk]))
}

test_entry_that_leaves_things_out if {
	gov_005.deny == {{
		"msg": "Risk R-12 of the register leaves out: treatment, owner.",
		"resource": "document:.probity/risk.yaml",
		"key": "fields:R-12",
		"path": ["risks", 0],
		"evidence": {"risk": "R-12", "missing": "treatment, owner"},
	}} with input as repository([credit], [object.union(object.remove(risk, ["owner"]), {"treatment": ""})])
	every key in ["likelihood", "impact", "residual"] {
		found(repository([credit], [object.remove(risk, [key])])) == {["fields:R-12", ["risks", 0]]}
	}
	found(repository([credit], [object.remove(risk, ["review_date", "id"])])) == {["fields:number 1", ["risks", 0]]}
	renamed := object.union(object.remove(risk, ["likelihood", "impact"]), {"probability": 2, "severity": 3})
	passes(repository([credit], [renamed]))
}

test_overdue_review if {
	gov_005.deny == {{
		"msg": "The review of risk R-12 is overdue: review_date is 2025-11-24.",
		"resource": "document:.probity/risk.yaml",
		"key": "review:R-12",
		"path": ["risks", 0, "review_date"],
		"evidence": {"risk": "R-12", "date": "2025-11-24"},
	}} with input as repository([credit], [object.union(risk, {"review_date": "2025-11-24"})])
	passes(repository([credit], [object.union(risk, {"review_date": "2025-11-25"})]))
	next := object.remove(risk, ["review_date"])
	found(repository([credit], [object.union(next, {"next_review": "2026-11-24"})])) == {[
		"review:R-12",
		["risks", 0, "next_review"],
	]}
	passes(repository([credit], [object.union(next, {"next_review": "2026-11-25"})]))
	found(repository([credit], [object.union(risk, {"review_date": "spring"})])) == {["date:R-12", ["risks", 0, "review_date"]]}
}

test_register_elsewhere_is_not_applicable if {
	case := {"systems": [credit], "records": {"risk": {"external": "GRC-7"}}, "now": "2026-11-25T00:00:00Z"}
	found(case) == set()
	{n.msg | some n in gov_005.not_applicable} == {"the register of risks is kept elsewhere: GRC-7"} with input as case
}

test_no_high_risk_is_not_applicable if {
	case := repository([{"id": "a", "risk_class": "limited"}], [])
	found(case) == set()
	{n.msg | some n in gov_005.not_applicable} == {"no system declares risk_class: high"} with input as case
	gov_005.not_applicable == set() with input as repository([credit], [])
}
