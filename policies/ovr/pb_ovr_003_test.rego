package probity.ovr_003_test

import rego.v1

import data.probity.ovr_003

rule(pattern, names) := {"pattern": pattern, "owners": names, "section": null, "path": ".github/CODEOWNERS"}

files(paths) := {path: {"size": 1} | some path in paths}

all := files([
	"models/credit/README.md", "models/credit/model.json", "data/loans/README.md", "pipelines/credit/dvc.yaml",
	"policies/net/x.rego", ".probity/system.yaml", "infra/main.tf", "README.md",
])

commit(email) := {"author": {"name": "x", "email": email}, "paths": []}

repository(owners, paths) := {
	"owners": owners, "files": paths,
	"history": {"complete": true, "commits": [commit("mara@example.com"), commit("deniz@example.com")]},
}

keys(case) := {f.key | some f in found} if found := ovr_003.deny with input as case

risk := [rule("*", ["@acme/ml", "@acme/ai-risk"])]

test_all_areas_are_owned if {
	keys(repository(risk, all)) == set()
	ovr_003.review == set() with input as repository(risk, all)
	ovr_003.not_applicable == set() with input as repository(risk, all)
}

test_no_codeowners if {
	keys(repository([], all)) == {
		"models", "data cards", "pipelines", "policies", "declarations and waivers", "infrastructure",
	}
	ovr_003.deny == {{
		"msg": "No CODEOWNERS file names an owner of policies, such as policies/net/x.rego.",
		"resource": "document:CODEOWNERS",
		"key": "policies",
		"path": [],
		"evidence": {"area": "policies", "example": "policies/net/x.rego", "rules": 0},
	}} with input as repository([], files(["policies/net/x.rego"]))
}

test_area_without_an_owner if {
	owners := [rule("*", ["@acme/risk"]), rule("/models/**/*.json", [])]
	found := ovr_003.deny with input as repository(owners, all)
	{[f.msg, f.key, f.evidence.rules] | some f in found} == {[
		".github/CODEOWNERS names no owner of models, such as models/credit/model.json.",
		"models",
		2,
	]}
	keys(repository([rule("/models/", ["@risk"]), rule("/infra/", ["@b"])], files(["models/a/b", "infra/c", "x"]))) == set()
}

test_prow_owners_count if {
	prow := files(["models/OWNERS", "models/a/b.py", "models/a/c.json"])
	keys(repository([], prow)) == set()
	keys(repository([], files(["other/OWNERS", "models/a/b.py"]))) == {"models"}
	keys(repository([], files(["models/CODE-OWNERS", "models/a/b.py"]))) == {"models"}
}

test_one_person_at_work_is_a_review if {
	case := object.union(repository([], all), {"history": {"complete": true, "commits": [commit("a@b"), commit("A@b")]}})
	keys(case) == set()
	count(ovr_003.review) == 6 with input as case
	shallow := object.union(case, {"history": {"complete": false}})
	count(keys(shallow)) == 6
	ovr_003.review == set() with input as shallow
}

test_risk_group_owns_policies_and_waivers if {
	case := repository([rule("*", ["@acme/ml", "@acme/b"])], files(["policies/x.rego", ".probity/a.yaml", "models/a/b"]))
	keys(case) == set()
	ovr_003.review == {{
		"msg": "No owner of policies in .github/CODEOWNERS looks like a risk or compliance group: @acme/b, @acme/ml.",
		"resource": "document:.github/CODEOWNERS",
		"key": "group:policies",
		"path": [],
		"evidence": {"area": "policies", "owners": "@acme/b, @acme/ml"},
	}, {
		"msg": concat("", [
			"No owner of declarations and waivers in .github/CODEOWNERS looks like a risk or compliance group: ",
			"@acme/b, @acme/ml.",
		]),
		"resource": "document:.github/CODEOWNERS",
		"key": "group:declarations and waivers",
		"path": [],
		"evidence": {"area": "declarations and waivers", "owners": "@acme/b, @acme/ml"},
	}} with input as case
}

test_no_area_is_not_applicable if {
	case := repository([], files(["README.md", "src/main.py"]))
	keys(case) == set()
	{n.msg | some n in ovr_003.not_applicable} == {
		"the repository has no path of models, data, pipelines, policies or infrastructure",
	} with input as case
}
