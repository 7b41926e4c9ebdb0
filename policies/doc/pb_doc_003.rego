# METADATA
# title: Model card stale relative to the model
# description: >-
#   A model was trained anew, or its source changed, and the card was not touched since. What belongs to a card: the
#   files in its folder, the files of the system whose paths hold the card, and the lock files that write into its
#   folder; a card at the root owns everything if it is the only one. A changed lock file, MLmodel or DVC pointer counts
#   at once, source only after some days, so that a change of format weighs little. Commit dates count, never file
#   times. Images that are deployed elsewhere are not compared.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 11
# custom:
#   id: PB-DOC-003
#   version: 1
#   severity: medium
#   scope: repository
#   needs: [cards]
#   inputs: [card, git, dvc, mlflow]
#   controls:
#     - "EU-AIA:11.1"
#     - "EU-AIA:18.1"
#     - "EU-AIA:53.1.a"
#     - "NIST-AI-RMF:GOVERN 1.5"
#     - "ISO42001:A.6.2.7"
#     - "SOC2:CC8.1"
#   remediation: >-
#     Update the card in the same change as the model.
#   applies_when: >-
#     the repository holds a model card
#   params:
#     - card_grace_days
#     - model_source_files
#     - model_test_files
#     - retraining_files
package probity.doc_003

import rego.v1

import data.probity.lib.cards
import data.probity.lib.dates
import data.probity.lib.paths
import data.probity.lib.reviews
import data.probity.lib.shape
import data.probity.lib.systems
import data.probity.params

documents := cards.model_cards(input.documents)

default changed := {}

changed := input.history.last_changed

retraining := {path | some path, _ in changed; regex.match(params.retraining_files, path)}

source := {path |
	some path, _ in changed
	regex.match(params.model_source_files, path)
	not regex.match(params.model_test_files, path)
}

# Below each folder the files that count, made once: many cards and many files would make too many pairs.
beneath[folder] contains path if {
	some path in retraining | source
	parts := split(path, "/")
	some n in numbers.range(1, count(parts) - 1)
	folder := concat("/", array.slice(parts, 0, n))
}

# The files that may belong to a card.
near(card) := object.get(beneath, paths.folder(card.path), set()) | owned(card) | written(card) if {
	paths.folder(card.path) != ""
} else := retraining | source if {
	count(documents) == 1
} else := owned(card) | written(card)

owned(card) := {path |
	some system in input.systems
	systems.owns(system, card.path)
	some path in retraining | source
	systems.owns(system, path)
}

# Lock files that write into the folder of the card.
written(card) := {path |
	some path in retraining
	paths.name(path) == "dvc.lock"
	writes_to(card, path)
}

writes_to(card, path) if {
	some lock in input.documents
	lock.kind == "dvc-lock"
	lock.path == path
	some stage in shape.member(lock.value, "stages")
	some out in shape.member(stage, "outs")
	systems.under(paths.folder(card.path), paths.resolved(paths.folder(path), out.path))
}

stale(card) := {path |
	some path in near(card) & retraining
	behind(card, path) > 0
} | {path |
	some path in near(card) & source
	dates.days(changed[card.path].date, changed[path].date) > params.card_grace_days
}

# A change in the same commit is no change after it.
behind(card, path) := dates.instant(changed[path].date) - dates.instant(changed[card.path].date) if {
	changed[path].commit != changed[card.path].commit
}

newest(files) := [path | some path in sort(files); dates.instant(changed[path].date) == latest][0] if {
	latest := max({dates.instant(changed[path].date) | some path in files})
}

deny contains f if {
	some card in documents
	files := stale(card)
	path := newest(files)
	f := {
		"msg": sprintf("Model card %s was not touched since %s changed in commit %s by %s.", [
			card.path,
			path,
			reviews.short(changed[path].commit),
			changed[path].author,
		]),
		"resource": card.subject,
		"key": "",
		"path": [],
		"evidence": {
			"card": card.path,
			"card_commit": changed[card.path].commit,
			"changed": path,
			"commit": changed[path].commit,
			"files": count(files),
		},
	}
}

# A clone without its history knows too late a date for both.
inconclusive contains f if {
	not input.history.complete == true
	some card in documents
	count(stale(card)) == 0
	why := object.get(input.history, "why", "")
	f := {
		"msg": sprintf("Whether model card %s is older than its model cannot be told: the history is not complete.", [card.path]),
		"resource": card.subject,
		"key": "",
		"path": [],
		"evidence": {"card": card.path, "why": why},
	}
}

not_applicable contains {"msg": "the repository holds no model card", "key": "", "path": [], "evidence": {}} if {
	count(documents) == 0
}
