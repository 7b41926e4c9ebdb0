# METADATA
# title: CI actions/dependencies of ML pipelines unpinned
# description: >-
#   A workflow that trains or deploys runs an action by a tag or branch, or installs a package without a fixed
#   version: what runs can change without a commit. Local actions, container actions and owners listed as first-
#   party are left out, and so are upgrades of the installers themselves. A requirements file counts when it names
#   a package that models are built with; every package in it needs one version, a hash or a commit, unless a
#   constraints file gives the versions.
# scope: package
# related_resources:
#   - ref: https://docs.github.com/en/actions/reference/security/secure-use
#     description: "Secure use reference: using third-party actions"
# custom:
#   id: PB-SUP-009
#   version: 2
#   severity: medium
#   scope: document
#   selects:
#     - github-actions
#     - requirements
#   inputs:
#     - ci
#     - code
#   controls:
#     - "EU-AIA:15.5"
#     - "NIST-800-53:SR-3"
#     - "NIST-800-53:SA-15"
#     - "SOC2:CC8.1"
#     - "OWASP-LLM:LLM03:2025"
#     - "ATLAS:AML.M0016"
#     - "ISO42001:A.4.4"
#   remediation: >-
#     Pin actions to a full commit SHA, and packages to a version or a commit.
#   applies_when: >-
#     a job of the workflow trains or deploys; the requirements file names a machine learning package
#   params:
#     - first_party_action_owners
#     - upgradable_tools
#     - machine_learning_packages
#     - train_commands
#     - deploy_commands
#     - deploy_actions
package probity.sup_009

import rego.v1

import data.probity.lib.workflow
import data.probity.params

default relevant := false

relevant if {
	is_object(input)
	workflow.trains_or_deploys(input)
}

# Every place that names an action: the steps of a job, or the job that is itself a reusable workflow.
uses contains {"job": id, "value": value, "path": ["jobs", id, "steps", index, "uses"]} if {
	some id, job in workflow.jobs(input)
	some index, step in workflow.steps(job)
	value := step.uses
}

uses contains {"job": id, "value": value, "path": ["jobs", id, "uses"]} if {
	some id, job in workflow.jobs(input)
	value := job.uses
}

loose contains {"job": use.job, "action": parts[0], "ref": parts[1], "path": use.path} if {
	some use in uses
	is_string(use.value)
	not startswith(use.value, "./")
	not startswith(use.value, "docker://")
	parts := split(use.value, "@")
	count(parts) == 2
	not regex.match(`^([0-9a-f]{40}|[0-9a-f]{64})$`, parts[1])
	not split(parts[0], "/")[0] in params.first_party_action_owners
}

# An action that a job uses twice is one violation, shown where it comes first.
deny contains f if {
	relevant
	some use in loose
	first := min({[same.path, same.ref] | some same in loose; same.job == use.job; same.action == use.action})
	first == [use.path, use.ref]
	f := {
		"msg": sprintf("Job %s uses %s at %s, which can move: pin it to a commit.", [use.job, use.action, use.ref]),
		"key": concat(":", [use.job, use.action]),
		"path": use.path,
		"evidence": {"job": use.job, "action": use.action, "ref": use.ref},
	}
}

# The words after pip install, in the steps of jobs that train.
installs contains {"job": id, "words": words, "path": ["jobs", id, "steps", index, "run"]} if {
	some id, job in workflow.jobs(input)
	count(workflow.trainings(job)) > 0
	some index, step in workflow.steps(job)
	some command in workflow.commands(step)
	some part in regex.split(`&&|;|\|`, command)
	tail := regex.find_all_string_submatch_n(`\bpip[0-9.]*\s+install\s+(.*)$`, part, 1)[0][1]
	words := [trim(word, "\"'") | some word in split(tail, " "); word != ""]
}

# A package from git is fixed by a commit only.
unpinned contains {"job": install.job, "package": word, "path": install.path} if {
	some install in installs
	some word in install.words
	contains(word, "git+")
	not regex.match(`@[0-9a-f]{40}(#|$)`, word)
	not contains(word, "$")
}

# An upgrade without a version takes what is newest today. Paths, files and the values of options are no packages.
unpinned contains {"job": install.job, "package": word, "path": install.path} if {
	some install in installs
	some flag in ["-U", "--upgrade"]
	flag in install.words
	some i, word in install.words
	regex.match(`^[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._-]*\])?$`, word)
	not regex.match(`\.(txt|whl|in|gz|zip)$`, word)
	not lower(word) in params.upgradable_tools
	not value_of_option(install.words, i)
}

value_of_option(words, i) if {
	startswith(words[i - 1], "-")
	not words[i - 1] in {"-U", "--upgrade", "-q", "--quiet", "--user", "--pre", "--no-cache-dir", "--no-deps", "-v"}
}

deny contains f if {
	relevant
	some install in unpinned
	f := {
		"msg": sprintf("Job %s installs %s without a fixed version or commit.", [install.job, install.package]),
		"key": concat(":", [install.job, install.package]),
		"path": install.path,
		"evidence": {"job": install.job, "package": install.package},
	}
}

not_applicable contains {"msg": "no job of the workflow trains or deploys", "key": "", "path": [], "evidence": {}} if {
	is_object(input)
	not relevant
}

# A requirements file. Names are compared as pip does: without case, with hyphens.
packages[i] := entry if {
	is_array(input)
	some i, entry in input
	is_string(entry.specifier)
}

normal(name) := regex.replace(lower(name), `[-_.]+`, "-")

builds_models if {
	some _, entry in packages
	normal(entry.name) in params.machine_learning_packages
}

constrained if {
	some entry in input
	entry.constraint == true
}

fixed(entry) if regex.match(`^===?[^*]+$`, entry.specifier)

fixed(entry) if count(object.get(entry, "hashes", [])) > 0

fixed(entry) if regex.match(`[@/][0-9a-f]{40}([#/?]|$)`, entry.url)

# A folder of the repository.
fixed(entry) if regex.match(`^(\.|/|file:)`, entry.url)

title(entry) := entry.name if {
	entry.name != ""
} else := entry.url

# One finding for the file, shown at the first package that is not fixed.
deny contains f if {
	builds_models
	not constrained
	open := {i: title(entry) | some i, entry in packages; not fixed(entry)}
	count(open) > 0
	names := sort({name | some name in open})
	f := {
		"msg": sprintf("The requirements leave %d packages without a fixed version: %s.", [
			count(names),
			concat(", ", array.slice(names, 0, 10)),
		]),
		"key": "requirements",
		"path": [min(object.keys(open))],
		"evidence": {"packages": names},
	}
}

not_applicable contains {"msg": no_models, "key": "", "path": [], "evidence": {}} if {
	is_array(input)
	not builds_models
}

no_models := "the requirements name no machine learning package"
