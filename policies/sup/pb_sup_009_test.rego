package probity.sup_009_test

import rego.v1

import data.probity.sup_009

commit := "11bd71901bbe5b1630ceea73d27597364c9af683"

workflow(steps) := {"on": "push", "jobs": {"train": {"steps": array.concat(steps, [{"run": "python src/train.py"}])}}}

with_action(value) := workflow([{"uses": value}])

with_run(value) := workflow([{"run": value}])

test_tag if {
	sup_009.deny == {{
		"msg": "Job train uses actions/checkout at v3, which can move: pin it to a commit.",
		"key": "train:actions/checkout",
		"path": ["jobs", "train", "steps", 0, "uses"],
		"evidence": {"job": "train", "action": "actions/checkout", "ref": "v3"},
	}} with input as with_action("actions/checkout@v3")
}

test_commit_passes if {
	sup_009.deny == set() with input as with_action(concat("@", ["actions/checkout", commit]))
}

test_local_and_container_actions_pass if {
	sup_009.deny == set() with input as workflow([{"uses": "./.github/actions/setup"}, {"uses": "docker://alpine:3"}])
}

test_first_party_owner_passes if {
	sup_009.deny == set() with input as with_action("acme/setup@v1") with data.probity.params.first_party_action_owners as ["acme"]
	count(sup_009.deny) == 1 with input as with_action("acme/setup@v1")
}

test_the_same_action_twice_is_one_finding if {
	found := sup_009.deny with input as workflow([{"uses": "actions/cache@v4"}, {"uses": "actions/cache@v4"}])
	{f.path | some f in found} == {["jobs", "train", "steps", 0, "uses"]}
}

test_reusable_workflow if {
	case := {"jobs": object.union(workflow([]).jobs, {"call": {"uses": "acme/flows/.github/workflows/a.yml@main"}})}
	found := sup_009.deny with input as case
	{f.path | some f in found} == {["jobs", "call", "uses"]}
}

test_package_from_git if {
	found := sup_009.deny with input as with_run("pip install git+https://github.com/acme/lib.git")
	{[f.key, f.path] | some f in found} == {[
		"train:git+https://github.com/acme/lib.git",
		["jobs", "train", "steps", 0, "run"],
	]}
	sup_009.deny == set() with input as with_run(concat("@", ["pip install git+https://github.com/acme/lib.git", commit]))
}

test_upgrade if {
	found := sup_009.deny with input as with_run("python -m pip install -U transformers torch==2.4.0")
	{f.key | some f in found} == {"train:transformers"}
	first := sup_009.deny with input as with_run("pip install transformers --upgrade")
	{f.key | some f in first} == {"train:transformers"}
}

test_installs_that_are_left_out if {
	every command in [
		"pip install --upgrade pip setuptools",
		"pip install -r requirements.txt",
		"pip install -U -r requirements.txt",
		"pip install -U --index-url https://example.com/simple torch==2.4.0",
		"pip install -U --target packages torch==2.4.0",
		"pip install -U .",
		"pip install transformers",
	] {
		sup_009.deny == set() with input as with_run(command)
	}
}

test_other_workflows_are_not_applicable if {
	case := {"jobs": {"lint": {"steps": [{"uses": "actions/checkout@v3"}, {"run": "ruff check src/constrain.py"}]}}}
	sup_009.deny == set() with input as case
	count(sup_009.not_applicable) == 1 with input as case
}

# A step without an action between others: the engine must not lose those before it.
test_actions_around_a_run_step if {
	case := {"jobs": {"train": {"steps": [
		{"uses": "actions/checkout@v4"},
		{"run": "python train.py"},
		{"uses": "actions/setup-python@v5"},
		{"run": "true"},
	]}}}
	found := sup_009.deny with input as case
	{f.key | some f in found} == {"train:actions/checkout", "train:actions/setup-python"}
}

package_(name, specifier) := {
	"name": name, "specifier": specifier, "url": "", "hashes": [], "extras": [], "marker": "", "editable": false,
}

from_url(name, url) := object.union(package_(name, ""), {"url": url})

torch := package_("torch", "==2.4.0")

test_requirements if {
	sup_009.deny == {{
		"msg": "The requirements leave 2 packages without a fixed version: pandas, transformers.",
		"key": "requirements",
		"path": [1],
		"evidence": {"packages": ["pandas", "transformers"]},
	}} with input as [torch, package_("transformers", ">=4"), package_("pandas", "")]
}

test_fixed_requirements if {
	hashed := object.union(package_("numpy", ">=1"), {"hashes": ["sha256:aa"]})
	every entry in [
		package_("pandas", "===2.0"),
		hashed,
		from_url("lib", concat("", ["git+https://github.com/acme/lib.git@", commit])),
		from_url("lib", concat("", ["https://github.com/acme/lib/archive/", commit, "#egg=lib"])),
		from_url("", "./src"),
		from_url("", "file:src"),
		{"include": "other.txt", "constraint": false},
	] {
		sup_009.deny == set() with input as [torch, entry]
	}
	sup_009.not_applicable == set() with input as [torch]
}

test_loose_requirements if {
	every entry in [
		package_("pandas", "==2.*"),
		package_("pandas", "~=2.0"),
		from_url("pandas", "git+https://github.com/acme/pandas.git@main"),
		from_url("pandas", "https://example.com/pandas.whl"),
	] {
		{f.evidence.packages | some f in sup_009.deny} == {["pandas"]} with input as [torch, entry]
	}
	found := sup_009.deny with input as [torch, from_url("", "git+https://github.com/acme/pandas.git")]
	{f.evidence.packages | some f in found} == {["git+https://github.com/acme/pandas.git"]}
}

test_constraints_give_the_versions if {
	sup_009.deny == set() with input as [{"include": "constraints.txt", "constraint": true}, package_("torch", "")]
	count(sup_009.deny) == 1 with input as [{"include": "more.txt", "constraint": false}, package_("torch", "")]
}

test_names_of_packages if {
	every name in ["Torch", "scikit_learn", "scikit-learn", "sentence.transformers"] {
		count(sup_009.deny) == 1 with input as [package_(name, "")]
	}
}

test_other_requirements_are_not_applicable if {
	case := [package_("mkdocs", "")]
	sup_009.deny == set() with input as case
	sup_009.not_applicable == {{
		"msg": "the requirements name no machine learning package", "key": "", "path": [], "evidence": {},
	}} with input as case
}

test_many_packages_are_cut_short if {
	loose := [package_(sprintf("p%02d", [n]), "") | some n in numbers.range(1, 12)]
	some f in sup_009.deny with input as array.concat([torch], loose)
	f.msg == concat("", [
		"The requirements leave 12 packages without a fixed version: ",
		"p01, p02, p03, p04, p05, p06, p07, p08, p09, p10.",
	])
	count(f.evidence.packages) == 12
}
