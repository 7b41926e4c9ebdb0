# METADATA
# title: "Decision record: waivers/approvals not traceable in git"
# description: >-
#   A waiver in force has no second person behind it: nobody but its requester and the author of its commit approved
#   it with a signature, or reviewed the commit that brought it in. Reviewers are read from trailers (Approved-by
#   also serves for commits by bots) and from merges. A commit of a pull request without a named reviewer, a record
#   that is not committed, and a record whose signer nobody vouches for are inconclusive; a record that is malformed
#   is a violation. How long a waiver may last and how many approvals it needs are the trust rules of the repository;
#   whether a reviewer is an owner cannot be told, because owners are named by handle.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 17
# custom:
#   id: PB-LOG-006
#   version: 1
#   severity: medium
#   scope: repository
#   needs: [waivers]
#   inputs: [git, waiver]
#   controls:
#     - "EU-AIA:17.1.m"
#     - "EU-AIA:17.1.k"
#     - "NIST-AI-RMF:GOVERN 1.4"
#     - "NIST-AI-RMF:MANAGE 1.4"
#     - "NIST-AI-RMF:GOVERN 2.1"
#     - "ISO42001:A.3.2"
#     - "SOC2:CC8.1"
#     - "NIST-800-53:CA-5"
#     - "OECD:1.5"
#   remediation: >-
#     Let a second person approve the waiver, or review its commit and say so in a Reviewed-by trailer; fix or remove
#     a malformed record.
#   applies_when: >-
#     the repository holds waivers
#   waivable: false
package probity.log_006

import rego.v1

# The others: whoever stands behind the record besides the one who asked and the one who committed.
witnesses(waiver) := {person |
	some person in array.concat(waiver.approvers, reviewers(waiver))
	not lower(person) in {lower(waiver.requester), author(waiver)}
}

reviewers(waiver) := names if {
	names := waiver.introduced.reviewers
} else := []

author(waiver) := lower(waiver.introduced.author) if {
	waiver.introduced.author
} else := ""

committed(waiver) if waiver.introduced.commit

# A pull request was merged, and nothing says who looked at it.
unnamed_review(waiver) if {
	some commit in input.history.commits
	commit.id == waiver.introduced.commit
	is_string(commit.pull_request)
}

finding(waiver, message, evidence) := {
	"msg": sprintf("Waiver %s of %s %s.", [waiver.id, waiver.policy, message]),
	"resource": waiver.subject,
	"key": waiver.id,
	"path": [],
	"evidence": object.union({"state": waiver.state}, evidence),
}

alone contains waiver if {
	some waiver in input.waivers
	waiver.state == "valid"
	count(witnesses(waiver)) == 0
}

deny contains f if {
	some waiver in alone
	committed(waiver)
	not unnamed_review(waiver)
	f := finding(
		waiver, "has nobody behind it but its requester and the author of its commit",
		{"requester": waiver.requester, "commit": waiver.introduced.commit},
	)
}

deny contains f if {
	some waiver in input.waivers
	waiver.state == "invalid"
	f := finding(waiver, "is malformed: it excuses nothing and shows no decision", {})
}

inconclusive contains f if {
	some waiver in alone
	unnamed_review(waiver)
	f := finding(
		waiver, "came with a pull request, and nobody is named who reviewed it",
		{"requester": waiver.requester, "commit": waiver.introduced.commit},
	)
}

inconclusive contains f if {
	some waiver in alone
	not committed(waiver)
	f := finding(waiver, "is not committed yet", {"requester": waiver.requester})
}

inconclusive contains f if {
	some waiver in input.waivers
	waiver.state == "untrusted"
	f := finding(waiver, "is signed by somebody whom no trusted list names", {})
}

not_applicable contains {"msg": "the repository holds no waivers", "key": "", "path": [], "evidence": {}} if {
	count(input.waivers) == 0
}
