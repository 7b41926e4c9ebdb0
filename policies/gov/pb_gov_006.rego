# METADATA
# title: Incident/contact information missing
# description: >-
#   Nothing says whom to tell when an AI system does harm: there is no SECURITY.md or incident runbook, none of them speaks
#   of models, or none names a contact. Where a system is high risk, one of them also states the time limits for reports
#   to the authorities (15, 10 and 2 days). The contact in a model card is asked for by PB-DOC-002.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 73
# custom:
#   id: PB-GOV-006
#   version: 1
#   severity: low
#   scope: repository
#   needs: [systems]
#   inputs: [git, card]
#   controls:
#     - "EU-AIA:73.1"
#     - "EU-AIA:13.3.a"
#     - "NIST-AI-RMF:MANAGE 4.3"
#     - "NIST-AI-RMF:GOVERN 4.3"
#     - "ISO42001:A.8.4"
#     - "ISO42001:A.3.3"
#     - "SOC2:CC7.4"
#     - "G7-CoC:4"
#   remediation: >-
#     Add docs/ai-incident.md with what counts as an incident, whom to tell and by when.
#   applies_when: >-
#     the repository declares an AI system
#   params:
#     - ai_incident_words
#     - contact_words
#     - incident_files
#     - incident_report_limits
package probity.gov_006

import rego.v1

import data.probity.lib.systems
import data.probity.params

files := {path | some path, file in input.files; not file.empty; regex.match(params.incident_files, path)}

# A text that is not at hand may say it all.
texts := {document.path: document.text |
	some document in input.documents
	document.path in files
	is_string(document.text)
}

unread := files - object.keys(texts)

finding(key, path, message, evidence) := {
	"msg": message,
	"resource": resource(path),
	"key": key,
	"path": [],
	"evidence": evidence,
}

resource("") := "repository"

resource(path) := sprintf("document:%s", [path]) if path != ""

deny contains finding("file", "", "No SECURITY.md or incident runbook says whom to tell when an AI system does harm.", {}) if {
	count(input.systems) > 0
	count(files) == 0
}

about := {path | some path, text in texts; regex.match(params.ai_incident_words, text)}

reachable := {path | some path in about; regex.match(params.contact_words, texts[path])}

deny contains finding("ai", min(files), message, {"files": concat(", ", sort(files))}) if {
	count(input.systems) > 0
	count(files) > 0
	count(unread) == 0
	count(about) == 0
	message := sprintf("%s says nothing about incidents with models.", [concat(" and ", sort(files))])
}

deny contains finding("contact", min(about), message, {"files": concat(", ", sort(about))}) if {
	count(input.systems) > 0
	count(about) > 0
	count(unread) == 0
	count(reachable) == 0
	message := sprintf("%s names nobody to tell about an incident with a model.", [concat(" and ", sort(about))])
}

high := {system.id | some system in input.systems; systems.high(system)}

limits := concat(", ", [sprintf("%d", [limit.days]) |
	some limit in params.incident_report_limits
	count([path | some path, text in texts; regex.match(limit.pattern, text)]) == 0
])

deny contains finding("limits", min(about), message, {"days": limits}) if {
	count(high) > 0
	count(about) > 0
	count(unread) == 0
	limits != ""
	message := sprintf("%s does not state the time limits for reports of serious incidents: %s days.", [
		concat(" and ", sort(about)),
		limits,
	])
}

inconclusive contains finding("text", min(unread), message, {"files": concat(", ", sort(unread))}) if {
	count(input.systems) > 0
	count(unread) > 0
	message := sprintf("What %s says about incidents with models cannot be read here.", [concat(" and ", sort(unread))])
}

not_applicable contains {"msg": "no AI system is declared", "key": "", "path": [], "evidence": {}} if {
	count(input.systems) == 0
}
