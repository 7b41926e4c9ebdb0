# METADATA
# title: Prohibited practice indicator
# description: >-
#   The purpose of a system, its card, or the name of a pipeline or step speaks of a practice that Article 5 of the AI Act
#   prohibits, such as social scoring or emotion recognition at work, or the system is declared as prohibited. Sentences
#   that exclude it, and the medical and safety exceptions, do not count. Words are a hint: every result is a matter for a
#   person, and nothing found does not mean that nothing is there.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 5
# custom:
#   id: PB-GOV-004
#   version: 1
#   severity: critical
#   scope: repository
#   inputs: [git, card, smp]
#   controls:
#     - "EU-AIA:5.1"
#     - "NIST-AI-RMF:MAP 1.1"
#     - "NIST-AI-RMF:GOVERN 1.1"
#     - "ISO42001:A.9.4"
#     - "UNESCO:26"
#   remediation: >-
#     Stop; have the practice reviewed by the legal department.
#   params:
#     - intended_use_heading
#     - negations
#     - prohibited_practices
package probity.gov_004

import rego.v1

import data.probity.lib.cards
import data.probity.lib.purpose
import data.probity.lib.systems
import data.probity.params

# Whatever says what something is for.
statements contains said if {
	some system in input.systems
	some said in purpose.stated(system)
}

# Also cards that belong to no declared system.
statements contains {"subject": card.subject, "path": [], "text": sentence} if {
	some card in cards.model_cards(input.documents)
	some sentence in purpose.sentences(cards.section(object.get(card, "text", ""), params.intended_use_heading))
}

statements contains {"subject": card.subject, "path": ["tags"], "text": sprintf("tags: %s", [concat(", ", tags)])} if {
	some card in cards.model_cards(input.documents)
	tags := [tag | some tag in cards.as_list(object.get(card.value, "tags", [])); is_string(tag)]
	count(tags) > 0
}

statements contains {"subject": node.subject, "path": [], "text": replace(replace(node.name, "_", " "), "-", " ")} if {
	some pipeline in input.pipelines
	some node in pipeline.nodes
	is_string(node.name)
}

statements contains {"subject": subject, "path": [], "text": regex.replace(pipeline.id, `[/_.-]+`, " ")} if {
	some pipeline in input.pipelines
	subject := min({node.subject | some node in pipeline.nodes})
}

review contains f if {
	some said in statements
	some practice in params.prohibited_practices
	regex.match(practice.pattern, said.text)
	regex.match(object.get(practice, "also", ""), said.text)
	not excepted(practice, said.text)
	f := {
		"msg": sprintf("\"%s\" speaks of %s, which Article %s of the AI Act prohibits.", [said.text, practice.name, practice.point]),
		"resource": said.subject,
		"key": sprintf("%s:%s", [practice.point, said.text]),
		"path": said.path,
		"evidence": {"text": said.text, "practice": practice.name},
	}
}

excepted(practice, text) if regex.match(practice.unless, text)

review contains f if {
	some system in input.systems
	systems.risk_class(system) == "prohibited"
	f := {
		"msg": sprintf("System %s is declared as prohibited and is still here.", [systems.title(system)]),
		"resource": systems.subject(system),
		"key": "risk_class",
		"path": ["risk_class"],
		"evidence": {"risk_class": "prohibited"},
	}
}

not_applicable contains f if {
	count(statements) + count(input.systems) == 0
	f := {"msg": "nothing here says what a model is for", "key": "", "path": [], "evidence": {}}
}
