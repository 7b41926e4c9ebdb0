# METADATA
# title: Annex IV technical documentation pack incomplete for a high-risk system
# description: >-
#   A system declared as high risk has no document for each of the nine points of Annex IV. A point is covered by a
#   file that is not empty: one that `annex_iv` in `.probity/system.yaml` maps it to (`annex_iv: {5: docs/risk.md}`), or
#   one in docs/annex-iv, or there in a folder named after the system, whose name begins with the number of the point
#   or says its title. What the documents say is for a person to judge. Providers that may use the simplified form
#   need one document.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 11 and Annex IV
# custom:
#   id: PB-DOC-004
#   version: 1
#   severity: high
#   scope: repository
#   needs: [systems]
#   inputs: [git, card]
#   controls:
#     - "EU-AIA:11.1"
#     - "EU-AIA:Annex IV.1"
#     - "EU-AIA:Annex IV.2"
#     - "EU-AIA:Annex IV.9"
#     - "EU-AIA:18.1.a"
#     - "ISO42001:A.6.2.7"
#     - "NIST-AI-RMF:GOVERN 1.4"
#   remediation: >-
#     Write the missing documents in docs/annex-iv, or map the points to the files that hold them.
#   applies_when: >-
#     a system declares risk_class: high
#   params:
#     - annex_iv_folders
#     - annex_iv_points
#     - annex_iv_simplified
package probity.doc_004

import rego.v1

import data.probity.lib.systems
import data.probity.params

written := {path | some path, file in input.files; not file.empty}

# The documents of a system: in the folder itself, or in one that is named after the system.
pack(system) := {name: path |
	some folder in params.annex_iv_folders
	some path in written
	systems.under(folder, path)
	steps := split(trim_prefix(path, sprintf("%s/", [folder])), "/")
	own(system, steps)
	name := steps[count(steps) - 1]
}

own(_, steps) if count(steps) == 1

own(system, steps) if {
	count(steps) > 1
	steps[0] == system.id
}

covered(system, point) if {
	some path in systems.listed(object.get(system, "annex_iv", {}), sprintf("%d", [point.point]))
	some file in written
	systems.under(path, file)
}

covered(system, point) if {
	some name, _ in pack(system)
	names(name, point)
}

names(name, point) if {
	regex.match(sprintf(`(?i)^(annex[-_ ]?iv[-_ .]?)?(point[-_ ]?)?0?%d([^0-9]|$)`, [point.point]), name)
}

names(name, point) if regex.match(point.words, name)

simplified(system) if system.id in params.annex_iv_simplified

missing(system) := [sprintf("%d (%s)", [point.point, point.title]) |
	not simplified(system)
	some point in params.annex_iv_points
	not covered(system, point)
]

finding(system, message, evidence) := {
	"msg": message,
	"resource": systems.subject(system),
	"key": "",
	"path": [key | some key in ["annex_iv"]; system[key]],
	"evidence": evidence,
}

deny contains f if {
	some system in input.systems
	systems.high(system)
	gaps := concat(", ", missing(system))
	gaps != ""
	f := finding(
		system,
		sprintf("System %s is high risk and has no technical documentation on point %s.", [systems.title(system), gaps]),
		{"missing": gaps},
	)
}

deny contains f if {
	some system in input.systems
	systems.high(system)
	simplified(system)
	count(pack(system)) == 0
	f := finding(
		system,
		sprintf("System %s is high risk and has no technical documentation, not even in the simplified form.", [
			systems.title(system),
		]),
		{"missing": "simplified form"},
	)
}

not_applicable contains f if {
	some system in input.systems
	not systems.high(system)
	f := {
		"msg": sprintf("system %s does not declare risk_class: high", [systems.title(system)]),
		"resource": systems.subject(system),
		"key": "",
		"path": [],
		"evidence": {},
	}
}

not_applicable contains {"msg": "no AI system is declared", "key": "", "path": [], "evidence": {}} if {
	count(input.systems) == 0
}
