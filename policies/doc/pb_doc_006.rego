# METADATA
# title: Instructions for use / user-facing AI disclosure missing for a chatbot or generator
# description: >-
#   A system whose declared `type` is a chatbot or a generator tells nobody that it is an AI system: there is no
#   `disclosure` in its record in `.probity/system.yaml`, no key of that name in its resources or gateway settings, and
#   no section on disclosure or transparency in its card. A media generator also records how its output is marked
#   (`provenance`, a watermark). A system that declares no type but owns an agent or bot is a review. Systems that
#   declare `audience: internal` are left out. Whether users see the text cannot be told from a repository.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 50
# custom:
#   id: PB-DOC-006
#   version: 1
#   severity: medium
#   scope: repository
#   needs: [systems]
#   inputs: [tf, k8s, llmgw, card, git]
#   controls:
#     - "EU-AIA:50.1"
#     - "EU-AIA:50.2"
#     - "EU-AIA:13.2"
#     - "CCPA-REGS:7220"
#     - "G7-CoC:7"
#     - "OECD:1.3"
#     - "ISO42001:A.8.2"
#     - "NIST-AI-600-1:MS-2.7-005"
#   remediation: >-
#     Add the text that tells people that they deal with an AI system, and for media the setting that marks it.
#   applies_when: >-
#     a system declares a type of chatbot or generator, or owns an agent or bot, and is not internal
#   params:
#     - disclosure_pattern
#     - interactive_resource_types
#     - interactive_system_types
#     - media_system_types
#     - provenance_pattern
package probity.doc_006

import rego.v1

import data.probity.lib.cards
import data.probity.lib.systems
import data.probity.params

type(system) := lower(systems.text(system, "type"))

in_house(system) if lower(systems.text(system, "audience")) == "internal"

media(system) if type(system) in params.media_system_types

interactive(system) if type(system) in params.interactive_system_types

interactive(system) if media(system)

# Resources by their subject, and those of a system.
resources_of(system) := [resource |
	some resource in input.resources
	resource.subject in object.get(system, "resources", [])
]

agents(system) := {resource.type |
	some resource in resources_of(system)
	resource.type in params.interactive_resource_types
}

inferred(system) if {
	type(system) == ""
	count(agents(system)) > 0
}

# Where a disclosure may stand: the record, the settings of what runs, the gateway's settings and the card.
recorded(system, pattern) if says(object.remove(system, ["resources", "paths"]), pattern)

recorded(system, pattern) if {
	some resource in resources_of(system)
	says(resource.attributes, pattern)
}

recorded(system, pattern) if {
	some document in input.documents
	systems.owns(system, document.path)
	document.kind == "litellm"
	says(document.value, pattern)
}

recorded(system, pattern) if {
	some card in cards.model_cards(input.documents)
	systems.owns(system, card.path)
	cards.says(card, pattern)
}

says(value, pattern) if {
	some key in cards.keys(value)
	regex.match(pattern, replace(key, ".", " "))
}

finding(system, key, message) := {
	"msg": message,
	"resource": systems.subject(system),
	"key": key,
	"path": [name | some name in ["type"]; system[name]],
	"evidence": {"type": type(system), "resources": concat(", ", sort(agents(system)))},
}

deny contains finding(system, "disclosure", message) if {
	some system in input.systems
	interactive(system)
	not in_house(system)
	not recorded(system, params.disclosure_pattern)
	message := sprintf("System %s is a %s, and no disclosure tells people that they deal with an AI system.", [
		systems.title(system),
		type(system),
	])
}

deny contains finding(system, "provenance", message) if {
	some system in input.systems
	media(system)
	not in_house(system)
	not recorded(system, params.provenance_pattern)
	message := sprintf("System %s generates media, and nothing records how its output is marked as such.", [
		systems.title(system),
	])
}

review contains finding(system, "disclosure", message) if {
	some system in input.systems
	inferred(system)
	not in_house(system)
	not recorded(system, params.disclosure_pattern)
	message := sprintf("System %s owns %s; if it talks to people, a disclosure that it is an AI system is missing.", [
		systems.title(system),
		concat(", ", sort(agents(system))),
	])
}

reason(system) := "declares audience: internal" if {
	in_house(system)
} else := "is neither a chatbot nor a generator" if {
	not interactive(system)
	not inferred(system)
}

not_applicable contains f if {
	some system in input.systems
	why := reason(system)
	f := {
		"msg": sprintf("system %s %s", [systems.title(system), why]),
		"resource": systems.subject(system),
		"key": "",
		"path": [],
		"evidence": {},
	}
}

not_applicable contains {"msg": "no AI system is declared", "key": "", "path": [], "evidence": {}} if {
	count(input.systems) == 0
}
