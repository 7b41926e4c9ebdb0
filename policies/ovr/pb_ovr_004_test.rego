package probity.ovr_004_test

import rego.v1

import data.probity.ovr_004

mara := {"name": "Mara", "email": "mara@example.com"}

commit := {
	"id": "0123456789abcdef", "date": "2026-03-01T10:00:00Z", "author": mara, "committer": mara,
	"subject": "Lower the threshold", "merge": false, "merged_by": null, "pull_request": null, "reviewers": [],
	"approved": false, "signed": false, "paths": ["src/a.py", ".probity/config.yaml"],
}

repository(commits) := {"history": {"complete": true, "commits": commits}}

with_(changes) := repository([object.union(commit, changes)])

passes(case) if {
	ovr_004.review == set() with input as case
	ovr_004.not_applicable == set() with input as case
}

test_self_merged_change_is_a_review if {
	ovr_004.review == {{
		"msg": concat("", [
			"Nobody but its author mara@example.com had a hand in commit 0123456789ab, which changes ",
			".probity/config.yaml: \"Lower the threshold\".",
		]),
		"resource": "document:.probity/config.yaml",
		"key": "0123456789abcdef",
		"path": [],
		"evidence": {
			"commit": "0123456789abcdef", "author": "mara@example.com", "paths": [".probity/config.yaml"],
		},
	}} with input as repository([commit])
	ovr_004.not_applicable == set() with input as repository([commit])
}

test_several_paths if {
	some f in ovr_004.review with input as with_({"paths": ["policies/x.rego", "models/a/b", "params.yaml"]})
	contains(f.msg, "which changes models/a/b and 2 more:")
}

test_others_had_a_hand_in_it if {
	passes(with_({"reviewers": ["lena"]}))
	passes(with_({"approved": true}))
	passes(with_({"committer": {"name": "Deniz", "email": "deniz@example.com"}}))
	count(ovr_004.review) == 1 with input as with_({"committer": {"name": "M", "email": "Mara@example.com"}})
}

# Trap 27: a squashed merge was reviewed by somebody unknown; an edit on the web by nobody.
test_squashed_merge_of_a_pull_request if {
	github := {"name": "GitHub", "email": "noreply@github.com"}
	passes(with_({"committer": github, "pull_request": "12"}))
	passes(with_({"pull_request": "12"}))
	count(ovr_004.review) == 1 with input as with_({"committer": github})
}

test_merges_and_other_paths_do_not_count if {
	every changes in [{"merge": true}, {"paths": ["src/a.py"]}] {
		ovr_004.review == set() with input as with_(changes)
		{n.msg | some n in ovr_004.not_applicable} == {
			"no commit changes a model, threshold, guardrail, policy or waiver",
		} with input as with_(changes)
	}
}

test_only_the_newest_are_looked_at if {
	several := [object.union(commit, {"id": sprintf("%d", [n])}) | some n in numbers.range(1, 5)]
	{f.key | some f in ovr_004.review} == {"1", "2"} with input as repository(several)
		with data.probity.params.reviewed_commits as 2
}

test_incomplete_history_is_inconclusive if {
	shallow := {"history": {"complete": false, "why": "the clone is shallow", "commits": []}}
	{f.msg | some f in ovr_004.inconclusive} == {
		"Who reviewed changes cannot be told: the clone is shallow.",
	} with input as shallow
	ovr_004.not_applicable == set() with input as shallow
	ovr_004.inconclusive == set() with input as object.union(shallow, {"history": {"commits": [commit]}})
	ovr_004.inconclusive == set() with input as repository([])
	count(ovr_004.not_applicable) == 1 with input as repository([])
}
