# METADATA
# title: CODEOWNERS does not cover model, data, policy and pipeline paths
# description: >-
#   Files of models, data cards, pipelines, policies, declarations or infrastructure have no owner who must review their
#   changes. Areas that the repository does not have are not asked for. Prow's OWNERS files count as ownership of their
#   folder. Where git shows a single person at work, a finding is a review. Policies and waivers owned by nobody whose
#   name speaks of risk or compliance are a review too. Whether reviews by owners are required is a setting of the host.
# scope: package
# related_resources:
#   - ref: https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
#     description: About code owners
# custom:
#   id: PB-OVR-003
#   version: 1
#   severity: medium
#   scope: repository
#   inputs: [git]
#   controls:
#     - "EU-AIA:17.1.m"
#     - "NIST-AI-RMF:GOVERN 2.1"
#     - "ISO42001:A.3.2"
#     - "SOC2:CC8.1"
#     - "NIST-800-53:CM-3"
#     - "OECD:1.5"
#   remediation: >-
#     Add CODEOWNERS with a pattern for each area, and a risk or compliance group for policies and waivers.
#   applies_when: >-
#     the repository has a path of one of the areas
#   params:
#     - owned_areas
#     - risk_owned_areas
#     - risk_owner_pattern
package probity.ovr_003

import rego.v1

import data.probity.lib.owners
import data.probity.lib.paths
import data.probity.lib.reviews
import data.probity.params

# One file stands for all of its kind in its folder: patterns go by folder and ending.
samples[area.name] := examples if {
	some area in params.owned_areas
	inside := {path | some path, _ in input.files; regex.match(area.pattern, path)}
	count(inside) > 0
	sorted := sort([[sort_of(path), path] | some path in inside])
	examples := {path | some i, [_, path] in sorted; first_of_kind(sorted, i)}
}

first_of_kind(_, i) if i == 0

first_of_kind(sorted, i) if sorted[i - 1][0] != sorted[i][0]

sort_of(path) := [paths.folder(path), regex.replace(path, `^.*(\.[^./]+)$`, "$1")]

owned(path) if count(owners.of(rules, path)) > 0

rules := owners.read(input.owners)

# Prow: an OWNERS file in the folder of a file or above it.
owned(path) if strings.any_prefix_match(path, prow)

prow := [trim_suffix(other, "OWNERS") | some other, _ in input.files; regex.match(`(^|/)OWNERS$`, other)]

bare[name] := example if {
	some name, examples in samples
	example := min({path | some path in examples; not owned(path)})
}

people := {lower(commit.author.email) | some commit in reviews.commits}

# Nobody else could own anything.
default alone := false

alone if {
	count(people) == 1
	input.history.complete == true
}

owners_file := input.owners[0].path if {
	count(input.owners) > 0
} else := "CODEOWNERS"

finding(name, example) := {
	"msg": message(name, example),
	"resource": sprintf("document:%s", [owners_file]),
	"key": name,
	"path": [],
	"evidence": {"area": name, "example": example, "rules": count(input.owners)},
}

message(name, example) := sprintf("No CODEOWNERS file names an owner of %s, such as %s.", [name, example]) if {
	count(input.owners) == 0
} else := sprintf("%s names no owner of %s, such as %s.", [owners_file, name, example])

deny contains finding(name, example) if {
	not alone
	some name, example in bare
}

review contains finding(name, example) if {
	alone
	some name, example in bare
}

# A name is weak evidence of what a group does.
review contains f if {
	some name in params.risk_owned_areas
	examples := samples[name]
	not bare[name]
	count(input.owners) > 0
	groups := {owner | some path in examples; some owner in owners.of(rules, path)}
	count([owner | some owner in groups; regex.match(params.risk_owner_pattern, owner)]) == 0
	f := {
		"msg": sprintf("No owner of %s in %s looks like a risk or compliance group: %s.", [
			name,
			owners_file,
			concat(", ", sort(groups)),
		]),
		"resource": sprintf("document:%s", [owners_file]),
		"key": sprintf("group:%s", [name]),
		"path": [],
		"evidence": {"area": name, "owners": concat(", ", sort(groups))},
	}
}

not_applicable contains f if {
	count(samples) == 0
	f := {"msg": "the repository has no path of models, data, pipelines, policies or infrastructure", "key": "", "path": [], "evidence": {}}
}
