# METADATA
# title: Risk classification missing, or contradicts intended use
# description: >-
#   A system declares no class of risk, or high risk without the point of Annex III; or its name, purpose or card speaks
#   of an area of Annex III while it is not declared as high risk and no assessment under Article 6(4) is on file
#   (`article_6_assessment` in its record, or a file so called). Sentences that say what it is not for do not count. The
#   words are a hint, so every result is a matter for a person. Where models are made and no system is declared, that is
#   said once.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 6 and Annex III
# custom:
#   id: PB-GOV-003
#   version: 1
#   severity: high
#   scope: repository
#   inputs: [git, card]
#   controls:
#     - "EU-AIA:6.2"
#     - "EU-AIA:6.4"
#     - "EU-AIA:9.1"
#     - "NIST-AI-RMF:MAP 1.1"
#     - "NIST-AI-RMF:MAP 2.1"
#     - "NIST-AI-RMF:GOVERN 1.3"
#     - "ISO42001:A.5.2"
#     - "OECD:1.5"
#   remediation: >-
#     Classify the system; file the assessment of Article 6(4) where it falls under Annex III and is not high risk.
#   params:
#     - annex_iii_hints
#     - article_6_files
#     - intended_use_heading
#     - negations
#     - risk_classes
package probity.gov_003

import rego.v1

import data.probity.lib.purpose
import data.probity.lib.systems
import data.probity.params

finding(system, key, path, message, evidence) := {
	"msg": sprintf("System %s %s", [systems.title(system), message]),
	"resource": systems.subject(system),
	"key": key,
	"path": path,
	"evidence": evidence,
}

classified(system) if systems.risk_class(system) in params.risk_classes

present(system, key) := [key | system[key]]

review contains finding(system, "risk_class", present(system, "risk_class"), message, {"risk_class": class}) if {
	some system in input.systems
	not classified(system)
	class := systems.risk_class(system)
	message := sprintf("declares no class of risk: set risk_class to one of %s.", [concat(", ", params.risk_classes)])
}

review contains finding(system, "annex_iii_point", ["risk_class"], message, {"risk_class": "high"}) if {
	some system in input.systems
	systems.high(system)
	object.get(system, "annex_iii_point", null) in {null, ""}
	message := "is declared as high risk and does not say under which point of Annex III."
}

assessed(system) if systems.text(system, "article_6_assessment") != ""

assessed(_) if {
	some path, file in input.files
	not file.empty
	regex.match(params.article_6_files, path)
}

# The sentences that speak of an area of Annex III; the first by its words stands for all.
hints(system, hint) := min({[statement.text, statement.subject, statement.path] |
	some statement in purpose.statements(input.documents, system)
	regex.match(hint.pattern, statement.text)
	regex.match(object.get(hint, "also", ""), statement.text)
})

review contains f if {
	some system in input.systems
	not systems.risk_class(system) in {"high", "prohibited"}
	not assessed(system)
	some hint in params.annex_iii_hints
	[text, subject, path] := hints(system, hint)
	f := {
		"msg": sprintf("System %s speaks of %s (Annex III, point %s) and is not declared as high risk: \"%s\".", [
			systems.title(system),
			hint.area,
			hint.point,
			text,
		]),
		"resource": subject,
		"key": sprintf("annex_iii:%s", [hint.point]),
		"path": path,
		"evidence": {"text": text, "risk_class": systems.risk_class(system), "system": systems.title(system)},
	}
}

# Models are made here, and nothing says what for.
made if {
	some document in input.documents
	document.kind == "model-card"
}

made if {
	some pipeline in input.pipelines
	some node in pipeline.nodes
	node.kind == "train"
}

review contains f if {
	count(input.systems) == 0
	made
	f := {
		"msg": "Models are made or described here, and no AI system is declared: none has a class of risk.",
		"resource": "repository",
		"key": "undeclared",
		"path": [],
		"evidence": {},
	}
}

not_applicable contains f if {
	count(input.systems) == 0
	not made
	f := {"msg": "the repository declares no AI system and makes no model", "key": "", "path": [], "evidence": {}}
}
