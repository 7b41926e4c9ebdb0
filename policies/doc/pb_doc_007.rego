# METADATA
# title: Training-content summary / copyright policy missing for a general-purpose model
# description: >-
#   The card of a model that is declared as general purpose (`model: {kind: gpai}` or `model_kind: gpai` in the card or
#   in the record of its system) links to no summary of the training content, or to no copyright policy. A link counts
#   when it leads to a web page or to a file that is in the repository and not empty. Only providers of such models are
#   concerned; who fine-tunes one below the threshold does not declare the kind.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 53
# custom:
#   id: PB-DOC-007
#   version: 1
#   severity: medium
#   scope: repository
#   needs: [cards, systems]
#   inputs: [card, git]
#   controls:
#     - "EU-AIA:53.1.c"
#     - "EU-AIA:53.1.d"
#     - "EU-AIA:53.1.b"
#     - "G7-CoC:11"
#     - "NIST-AI-RMF:GOVERN 6.1"
#     - "ISO42001:A.7.5"
#   remediation: >-
#     Publish the summary in the form of the AI Office's template and the copyright policy, and link both from the card.
#   applies_when: >-
#     a card or a system declares model.kind: gpai
#   params:
#     - gpai_documents
package probity.doc_007

import rego.v1

import data.probity.lib.cards
import data.probity.lib.paths
import data.probity.lib.shape
import data.probity.lib.systems
import data.probity.params

documents := cards.model_cards(input.documents)

general(value) if {
	some path in [["model_kind"], ["model", "kind"]]
	kind := object.get(value, path, null)
	is_string(kind)
	lower(kind) == "gpai"
}

concerned contains card if {
	some card in documents
	general(card.value)
}

concerned contains card if {
	some card in documents
	some system in input.systems
	general(system)
	systems.owns(system, card.path)
}

# Where a card leads to, by the words of the link or the key.
links(card) := {[match[1], match[2]] |
	some match in regex.find_all_string_submatch_n(`\[([^\]\n]+)\]\(<?([^)\s>]+)`, object.get(card, "text", ""), -1)
} | {[key, target] |
	some key, value in shape.each(card.value)
	some target in cards.as_list(value)
	is_string(target)
}

leads(card, pattern) if {
	some link in links(card)
	some words in link
	regex.match(pattern, words)
	exists(card, link[1])
}

exists(_, target) if regex.match(`^https://[^/]+\.[^/]+`, target)

exists(card, target) if {
	folder := paths.folder(card.path)
	some path in {trim_prefix(target, "/"), trim_prefix(concat("/", [folder, trim_prefix(target, "./")]), "/"), above(folder, target)}
	file := input.files[path]
	not file.empty
}

# A target that climbs out of the folder of the card.
above(folder, target) := concat("/", array.concat(array.slice(steps, 0, max([0, count(steps) - ups])), [rest])) if {
	climb := regex.find_n(`^(\.\./)+`, target, 1)
	count(climb) == 1
	ups := count(climb[0]) / 3
	rest := trim_prefix(target, climb[0])
	steps := split(folder, "/")
} else := target

deny contains f if {
	some card in concerned
	some wanted in params.gpai_documents
	not leads(card, wanted.pattern)
	f := {
		"msg": sprintf("Model card %s is about a general-purpose model and links to no %s.", [card.path, wanted.name]),
		"resource": card.subject,
		"key": wanted.name,
		"path": [],
		"evidence": {"card": card.path, "missing": wanted.name},
	}
}

# Declared, and no card that could link to anything: PB-DOC-001 asks for the card, this is for the two documents.
deny contains f if {
	some system in input.systems
	general(system)
	count([card | some card in documents; systems.owns(system, card.path)]) == 0
	f := {
		"msg": sprintf("System %s has a general-purpose model and no card that links to its published documents.", [
			systems.title(system),
		]),
		"resource": systems.subject(system),
		"key": "card",
		"path": [],
		"evidence": {"missing": "card"},
	}
}

declared if {
	some system in input.systems
	general(system)
}

not_applicable contains f if {
	count(concerned) == 0
	not declared
	f := {"msg": "no card and no system declares model.kind: gpai", "key": "", "path": [], "evidence": {}}
}
