package probity.log_006_test

import rego.v1

import data.probity.log_006

waiver(change) := object.union({
	"id": "w-1", "state": "valid", "policy": "PB-FAIR-003", "fingerprint": "f", "requester": "mara@example.com", "approvers": [],
	"reason": "retraining is planned", "ticket": null, "created_at": "2026-11-01T00:00:00Z",
	"expires_at": "2026-12-31T00:00:00Z", "path": ".probity/waivers/w-1.yaml", "subject": "document:.probity/waivers/w-1.yaml",
	"introduced": {"commit": "c1", "author": "mara@example.com", "reviewers": []},
}, change)

commit(change) := object.union({"id": "c1", "pull_request": null}, change)

repository(waivers) := {"waivers": waivers, "history": {"complete": true, "commits": [commit({})]}, "resources": []}

reviewed(people) := waiver({"introduced": {"commit": "c1", "author": "mara@example.com", "reviewers": people}})

test_approved_or_reviewed_waiver_passes if {
	every record in [waiver({"approvers": ["lena@example.com"]}), reviewed(["lena@example.com"])] {
		log_006.deny == set() with input as repository([record])
		log_006.inconclusive == set() with input as repository([record])
		log_006.not_applicable == set() with input as repository([record])
	}
}

# A bot commits on behalf of the requester; the trailer Approved-by names the approver.
test_commit_by_a_bot_passes if {
	record := waiver({"introduced": {"commit": "c1", "author": "bot@example.com", "reviewers": ["lena@example.com"]}})
	log_006.deny == set() with input as repository([record])
}

test_waiver_of_one_person if {
	log_006.deny == {{
		"msg": "Waiver w-1 of PB-FAIR-003 has nobody behind it but its requester and the author of its commit.",
		"resource": "document:.probity/waivers/w-1.yaml",
		"key": "w-1",
		"path": [],
		"evidence": {"state": "valid", "requester": "mara@example.com", "commit": "c1"},
	}} with input as repository([waiver({})])
}

test_requester_and_author_do_not_count if {
	every record in [
		waiver({"approvers": ["Mara@example.com"]}),
		reviewed(["mara@example.com"]),
		waiver({"approvers": ["deniz@example.com"], "introduced": {"commit": "c1", "author": "Deniz@example.com", "reviewers": []}}),
	] {
		count(log_006.deny) == 1 with input as repository([record])
	}
}

# Expired, revoked and pending records excuse nothing; the finding is open again.
test_records_without_force_are_left_alone if {
	every state in ["expired", "revoked", "pending", "superseded"] {
		log_006.deny == set() with input as repository([waiver({"state": state})])
		log_006.inconclusive == set() with input as repository([waiver({"state": state})])
	}
}

test_malformed_record if {
	log_006.deny == {{
		"msg": "Waiver w-1 of PB-FAIR-003 is malformed: it excuses nothing and shows no decision.",
		"resource": "document:.probity/waivers/w-1.yaml",
		"key": "w-1",
		"path": [],
		"evidence": {"state": "invalid"},
	}} with input as repository([waiver({"state": "invalid"})])
}

# Trap 27: merged by a web page, the reviewer is unknown.
test_pull_request_without_a_reviewer_is_inconclusive if {
	case := object.union(repository([waiver({})]), {"history": {"commits": [commit({"pull_request": "12"})]}})
	log_006.deny == set() with input as case
	log_006.inconclusive == {{
		"msg": "Waiver w-1 of PB-FAIR-003 came with a pull request, and nobody is named who reviewed it.",
		"resource": "document:.probity/waivers/w-1.yaml",
		"key": "w-1",
		"path": [],
		"evidence": {"state": "valid", "requester": "mara@example.com", "commit": "c1"},
	}} with input as case
	other := object.union(repository([waiver({})]), {"history": {"commits": [commit({"id": "c2", "pull_request": "12"})]}})
	log_006.inconclusive == set() with input as other
}

test_record_that_is_not_committed_is_inconclusive if {
	case := repository([waiver({"introduced": null})])
	log_006.deny == set() with input as case
	{[f.msg, f.evidence] | some f in log_006.inconclusive} == {[
		"Waiver w-1 of PB-FAIR-003 is not committed yet.",
		{"state": "valid", "requester": "mara@example.com"},
	]} with input as case
	approved := repository([waiver({"introduced": null, "approvers": ["lena@example.com"]})])
	log_006.inconclusive == set() with input as approved
}

test_untrusted_record_is_inconclusive if {
	case := repository([waiver({"state": "untrusted"})])
	log_006.deny == set() with input as case
	{[f.msg, f.evidence] | some f in log_006.inconclusive} == {[
		"Waiver w-1 of PB-FAIR-003 is signed by somebody whom no trusted list names.",
		{"state": "untrusted"},
	]} with input as case
}

test_not_applicable_without_waivers if {
	log_006.not_applicable == {{
		"msg": "the repository holds no waivers", "key": "", "path": [], "evidence": {},
	}} with input as repository([])
}
