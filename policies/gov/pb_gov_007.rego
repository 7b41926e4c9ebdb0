# METADATA
# title: Policy set weakened in history
# description: >-
#   A commit relaxed a threshold, switched a policy off, lowered a severity or class of risk, widened a list of exceptions
#   or shortened a list of demands, and neither a reviewer's or approver's trailer nor a record of the decision (ADR)
#   goes with it. A table of parameters says which value gets weaker in which direction. A finding closes when the value
#   is at least as strict again as before the commit, or when a later change of the same value was approved. Values that
#   move to another key or file in the same commit are no change. A value that overrides a built-in default for the first
#   time is a review: the default is not in the history. Changed code of policies is not judged.
# scope: package
# related_resources:
#   - ref: https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     description: NIST SP 800-53 Rev. 5, CM-3 Configuration Change Control
# custom:
#   id: PB-GOV-007
#   version: 1
#   severity: high
#   scope: repository
#   inputs: [git]
#   controls:
#     - "EU-AIA:17.1.d"
#     - "EU-AIA:9.2"
#     - "NIST-AI-RMF:GOVERN 1.5"
#     - "NIST-AI-RMF:MEASURE 1.2"
#     - "ISO42001:A.2.4"
#     - "SOC2:CC8.1"
#     - "NIST-800-53:CM-3"
#     - "OECD:1.5"
#   remediation: >-
#     Restore the value, or have the change approved and record the decision.
#   applies_when: >-
#     the history holds a change of a threshold, list or declaration
#   params:
#     - decision_files
#     - decision_subject
#     - weakenings
package probity.gov_007

import rego.v1

import data.probity.lib.dates
import data.probity.lib.reviews
import data.probity.params

# The newest commit is 0. A commit that is not listed cannot be put in order and is the oldest.
ranks := {commit.id: i | some i, commit in reviews.commits}

rank(id) := object.get(ranks, id, count(ranks))

by_id := {commit.id: commit | some commit in reviews.commits}

dotted(key) := concat(".", [sprintf("%v", [part]) | some part in key])

# The first rule of the table decides.
rule(path, key) := [entry |
	some entry in params.weakenings
	regex.match(entry.path, path)
	regex.match(entry.key, dotted(key))
][0]

# What the values of one key went through.
changes := [{
	"commit": change.commit, "path": change.path, "key": change.key, "rule": entry,
	"old": object.get(change, "old", null), "new": object.get(change, "new", null), "rank": rank(change.commit),
} |
	some change in input.history.changes
	entry := rule(change.path, change.key)
	entry.weaker != "ignore"
]

# What a value was before it was set for the first time, where the table knows it.
before(change) := change.old if {
	change.old != null
} else := object.get(change.rule, "default", null)

# A value that comes back under another key or in another file of the same commit has moved.
moved(change) if {
	change.new == null
	some other in input.history.changes
	other.commit == change.commit
	object.get(other, "old", null) == null
	object.get(other, "new", null) == change.old
	other.key[count(other.key) - 1] == change.key[count(change.key) - 1]
}

weaker(entry, old, new) if {
	entry.weaker == "down"
	is_number(old)
	lower_number(new, old)
}

weaker(entry, old, new) if {
	entry.weaker == "up"
	is_number(old)
	lower_number(old, new)
}

# A limit that goes away limits nothing.
weaker(entry, old, null) if {
	entry.weaker in {"down", "up"}
	is_number(old)
}

weaker(entry, old, new) if {
	entry.weaker == "on"
	old == false
	new == true
}

weaker(entry, old, new) if {
	entry.weaker == "off"
	old == true
	new == false
}

weaker(entry, old, new) if {
	entry.weaker == "order"
	position(entry.words, new) < position(entry.words, old)
}

weaker(entry, old, new) if {
	entry.weaker == "later"
	dates.instant(new) > dates.instant(old)
}

lower_number(a, b) if {
	is_number(a)
	is_number(b)
	a < b
}

position(words, word) := [i | some i, other in words; other == lower(word)][0]

# Lists: as a whole, or item by item where both have the same length.

lists := {"grows", "shrinks"}

items(null) := set()

items(value) := {item | some item in value} if is_array(value)

items(value) := {value} if {
	value != null
	not is_array(value)
}

base(key) := array.slice(key, 0, count(key) - 1) if {
	is_number(key[count(key) - 1])
} else := key

# The items that a commit took out of a list and put into it.
edits contains {"commit": id, "rank": rank(id), "path": path, "key": key, "rule": entry, "out": gone, "into": come} if {
	some change in changes
	change.rule.weaker in lists
	id := change.commit
	path := change.path
	key := base(change.key)
	entry := change.rule
	same := [other |
		some other in changes
		other.commit == id
		other.path == path
		base(other.key) == key
	]
	old := union({items(other.old) | some other in same})
	new := union({items(other.new) | some other in same})
	gone := old - new
	come := new - old
}

# Each weakening as {commit, path, key, what changed}.

scalars contains change if {
	some change in changes
	not change.rule.weaker in lists
	weaker(change.rule, before(change), change.new)
	not moved(change)
}

# The value as it is now.
latest(change) := newest[1] if {
	at := name(change)
	newest := min(values[at])
}

name(change) := json.marshal([change.path, change.key])

# The values of each key, the newest with the smallest rank.
values[at] contains [change.rank, change.new] if {
	some change in changes
	at := name(change)
}

restored(change) if {
	was := before(change)
	now := latest(change)
	not weaker(change.rule, was, now)
}

items_weakened contains {"edit": edit, "item": item, "verb": "gained", "opposite": "out"} if {
	some edit in edits
	edit.rule.weaker == "grows"
	some item in edit.into
}

items_weakened contains {"edit": edit, "item": item, "verb": "lost", "opposite": "into"} if {
	some edit in edits
	edit.rule.weaker == "shrinks"
	some item in edit.out
}

undone(weakened) if {
	some other in edits
	other.path == weakened.edit.path
	other.key == weakened.edit.key
	other.rank < weakened.edit.rank
	weakened.item in other[weakened.opposite]
}

# Somebody decided it.

decided(id) if reviews.reviewed(by_id[id])

decided(id) if regex.match(params.decision_subject, by_id[id].subject)

decided(id) if {
	some path in by_id[id].paths
	regex.match(params.decision_files, path)
}

# A later change of the same value that somebody decided settles the ones before it.
settled(path, key, at) if {
	some other in changes
	other.path == path
	base(other.key) == base(key)
	other.rank <= at
	decided(other.commit)
}

author(id) := reviews.author(by_id[id]) if {
	by_id[id]
} else := "an unknown author"

resource(path) := sprintf("document:%s", [path]) if {
	input.files[path]
} else := "repository"

place(path, key) := key if {
	input.files[path]
} else := []

finding(path, key, id, message, evidence) := {
	"msg": sprintf("Commit %s by %s %s, without an approval or a record of the decision.", [reviews.short(id), author(id), message]),
	"resource": resource(path),
	"key": sprintf("%s:%s:%s", [id, path, dotted(key)]),
	"path": place(path, key),
	"evidence": object.union({"commit": id, "author": author(id), "path": path, "value": dotted(key)}, evidence),
}

shown(null) := "nothing"

shown(value) := json.marshal(value) if value != null

deny contains f if {
	some change in scalars
	not restored(change)
	not settled(change.path, change.key, change.rank)
	f := finding(
		change.path, change.key, change.commit,
		sprintf("changed %s in %s from %s to %s", [dotted(change.key), change.path, shown(change.old), shown(change.new)]),
		{"old": shown(change.old), "new": shown(change.new)},
	)
}

deny contains f if {
	some weakened in items_weakened
	edit := weakened.edit
	not undone(weakened)
	not settled(edit.path, edit.key, edit.rank)
	f := object.union(
		finding(
			edit.path, edit.key, edit.commit,
			sprintf("changed %s in %s: the list %s %s", [dotted(edit.key), edit.path, weakened.verb, shown(weakened.item)]),
			{"item": shown(weakened.item), "change": weakened.verb},
		),
		{"key": sprintf("%s:%s:%s:%s", [edit.commit, edit.path, dotted(edit.key), shown(weakened.item)])},
	)
}

# A parameter that is set for the first time replaces a default that only this program knows.
review contains f if {
	some change in changes
	change.path in {".probity/config.yaml", ".probity/config.yml"}
	change.key[0] == "params"
	not change.rule.weaker in lists
	change.old == null
	change.new == latest(change)
	not settled(change.path, change.key, change.rank)
	f := finding(
		change.path, change.key, change.commit,
		sprintf("set %s in %s to %s in place of its default", [dotted(change.key), change.path, shown(change.new)]),
		{"new": shown(change.new)},
	)
}

inconclusive contains f if {
	input.history.complete == false
	f := {
		"msg": sprintf("Whether the policies were weakened cannot be told for all of the history: %s.", [input.history.why]),
		"resource": "repository",
		"key": "",
		"path": [],
		"evidence": {"why": input.history.why},
	}
}

not_applicable contains f if {
	count(changes) == 0
	not input.history.complete == false
	f := {"msg": "the history holds no change of a threshold, list or declaration", "key": "", "path": [], "evidence": {}}
}
