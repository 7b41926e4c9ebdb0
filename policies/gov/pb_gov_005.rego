# METADATA
# title: Risk register entry missing for a known finding or high-risk system
# description: >-
#   A high-risk system has no entry in `.probity/risk.yaml`, an entry leaves out likelihood, impact, treatment, owner,
#   residual risk or the date of its review, or that date is more than a year old. The file holds `risks: [{id, system,
#   likelihood, impact, treatment, owner, residual, review_date}]`. A register that is kept elsewhere is named by
#   `external` in the same file. Findings are not matched with entries: waivers accept them.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 9
# custom:
#   id: PB-GOV-005
#   version: 1
#   severity: medium
#   scope: repository
#   inputs: [git]
#   controls:
#     - "EU-AIA:9.1"
#     - "EU-AIA:9.2.a"
#     - "EU-AIA:9.5"
#     - "NIST-AI-RMF:MAP 5.1"
#     - "NIST-AI-RMF:MANAGE 1.2"
#     - "NIST-AI-RMF:MANAGE 1.4"
#     - "ISO42001:8.2"
#     - "ISO42001:8.3"
#     - "NIST-800-53:RA-3"
#     - "SOC2:CC3.2"
#   remediation: >-
#     Add the entry to .probity/risk.yaml, or complete and review it.
#   applies_when: >-
#     a system declares risk_class: high, or the register has entries
#   params:
#     - assessment_max_age_days
#     - risk_fields
package probity.gov_005

import rego.v1

import data.probity.lib.cards
import data.probity.lib.dates
import data.probity.lib.shape
import data.probity.lib.systems
import data.probity.params

register := "document:.probity/risk.yaml"

entries[i] := entry if {
	some i, entry in shape.member(input.records.risk, "risks")
	is_object(entry)
}

default external := false

external if systems.text(input.records.risk, "external") != ""

about(system, entry) if entry.system == system.id

about(system, entry) if {
	is_array(entry.systems)
	system.id in entry.systems
}

deny contains f if {
	not external
	some system in input.systems
	systems.high(system)
	count([entry | some entry in entries; about(system, entry)]) == 0
	f := {
		"msg": sprintf("System %s is high risk and has no entry in the register of risks.", [systems.title(system)]),
		"resource": systems.subject(system),
		"key": "entry",
		"path": [],
		"evidence": {"system": systems.title(system)},
	}
}

name(i, entry) := entry.id if {
	is_string(entry.id)
} else := sprintf("number %d", [i + 1])

stated(entry, keys) if {
	some key in keys
	cards.filled(object.get(entry, key, ""))
}

deny contains f if {
	some i, entry in entries
	missing := concat(", ", [keys[0] | some keys in params.risk_fields; not stated(entry, keys)])
	missing != ""
	f := {
		"msg": sprintf("Risk %s of the register leaves out: %s.", [name(i, entry), missing]),
		"resource": register,
		"key": sprintf("fields:%s", [name(i, entry)]),
		"path": ["risks", i],
		"evidence": {"risk": name(i, entry), "missing": missing},
	}
}

dated(entry) := [key | some key in ["review_date", "reviewed_at", "next_review"]; cards.filled(entry[key])][0]

deny contains f if {
	some i, entry in entries
	key := dated(entry)
	overdue(key, entry[key])
	f := {
		"msg": sprintf("The review of risk %s is overdue: %s is %s.", [name(i, entry), key, entry[key]]),
		"resource": register,
		"key": sprintf("review:%s", [name(i, entry)]),
		"path": ["risks", i, key],
		"evidence": {"risk": name(i, entry), "date": entry[key]},
	}
}

# A review that is due is overdue the day after.
overdue("next_review", date) if dates.days(date, input.now) > 0

overdue(key, date) if {
	key != "next_review"
	dates.older(date, params.assessment_max_age_days, input.now)
}

# A date that cannot be read does not say when.
deny contains f if {
	some i, entry in entries
	key := dated(entry)
	not dates.instant(entry[key])
	f := {
		"msg": sprintf("The review of risk %s has no date that can be read: write it as 2026-03-31.", [name(i, entry)]),
		"resource": register,
		"key": sprintf("date:%s", [name(i, entry)]),
		"path": ["risks", i, key],
		"evidence": {"risk": name(i, entry), "date": sprintf("%v", [entry[key]])},
	}
}

concerned if {
	some system in input.systems
	systems.high(system)
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if {
	external
	message := sprintf("the register of risks is kept elsewhere: %s", [input.records.risk.external])
}

not_applicable contains f if {
	not concerned
	not external
	count(entries) == 0
	f := {"msg": "no system declares risk_class: high", "key": "", "path": [], "evidence": {}}
}
