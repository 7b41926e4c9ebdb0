# METADATA
# title: Author self-merged a change to a model, threshold, guardrail or waiver
# description: >-
#   Nobody but its author had a hand in a commit that changes a model, a threshold, a guardrail, a policy or a waiver:
#   no trailer names a reviewer, nobody else merged or applied it, and its subject carries no number of a pull request.
#   The newest commits to governed paths are looked at, and each one is a matter for a person: reviews on a platform
#   leave no trace in git. Squashed merges with such a number were reviewed by somebody unknown and are left out.
# scope: package
# related_resources:
#   - ref: https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     description: NIST SP 800-53 Rev. 5, AC-5 Separation of duties
# custom:
#   id: PB-OVR-004
#   version: 1
#   severity: high
#   scope: repository
#   inputs: [git]
#   controls:
#     - "EU-AIA:14.1"
#     - "EU-AIA:17.1.d"
#     - "NIST-AI-RMF:GOVERN 2.1"
#     - "ISO42001:A.3.2"
#     - "SOC2:CC8.1"
#     - "NIST-800-53:AC-5"
#     - "NIST-800-53:CM-3"
#   remediation: >-
#     Use reviewed merges: a pull request that somebody else approves, or a Reviewed-by trailer.
#   applies_when: >-
#     the history holds a commit to a governed path
#   params:
#     - reviewed_commits
#     - two_person_paths
package probity.ovr_004

import rego.v1

import data.probity.lib.reviews
import data.probity.params

touched(commit) := [path | some path in sort(commit.paths); regex.match(params.two_person_paths, path)]

# A merge brings the work of others; they are looked at one by one.
candidates := array.slice(
	[commit |
		some commit in reviews.commits
		object.get(commit, "merge", false) != true
		count(touched(commit)) > 0
	],
	0,
	params.reviewed_commits,
)

# GitHub commits for its users: edits and squashed merges on the web.
by_platform(commit) if lower(commit.committer.email) == "noreply@github.com"

# Somebody else applied the commit.
applied(commit) if {
	not by_platform(commit)
	lower(commit.committer.email) != lower(commit.author.email)
}

review contains f if {
	some commit in candidates
	not reviews.reviewed(commit)
	not reviews.by_request(commit)
	not applied(commit)
	paths := touched(commit)
	f := {
		"msg": sprintf("Nobody but its author %s had a hand in commit %s, which changes %s: \"%s\".", [
			reviews.author(commit),
			reviews.short(commit.id),
			named(paths),
			commit.subject,
		]),
		"resource": sprintf("document:%s", [paths[0]]),
		"key": commit.id,
		"path": [],
		"evidence": {"commit": commit.id, "author": reviews.author(commit), "paths": paths},
	}
}

named(paths) := paths[0] if {
	count(paths) == 1
} else := sprintf("%s and %d more", [paths[0], count(paths) - 1])

inconclusive contains f if {
	count(candidates) == 0
	input.history.complete == false
	f := {
		"msg": sprintf("Who reviewed changes cannot be told: %s.", [object.get(input.history, "why", "the history is not complete")]),
		"resource": "repository",
		"key": "",
		"path": [],
		"evidence": {},
	}
}

not_applicable contains f if {
	count(candidates) == 0
	not input.history.complete == false
	f := {
		"msg": "no commit changes a model, threshold, guardrail, policy or waiver",
		"key": "",
		"path": [],
		"evidence": {},
	}
}
