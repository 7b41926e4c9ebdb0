# METADATA
# title: Production deploy job without a protected environment / manual approval
# description: >-
#   A job deploys to production and nobody has to approve it: it declares no environment. That an environment
#   requires reviewers is a setting of the repository on GitHub; a protected environment is therefore declared
#   here, its enforcement unverified. On GitLab the job also has to wait for a person (`when: manual`). Jobs that name a non-production stage, run on pull requests only or deploy
#   to a cluster of their own are left out.
# scope: package
# related_resources:
#   - ref: https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
#     description: Managing environments for deployment
# custom:
#   id: PB-OVR-002
#   version: 2
#   severity: high
#   scope: document
#   selects:
#     - github-actions
#     - gitlab-ci
#   inputs: [ci]
#   controls:
#     - "EU-AIA:14.1"
#     - "EU-AIA:14.3.a"
#     - "EU-AIA:26.2"
#     - "NIST-AI-RMF:MANAGE 1.1"
#     - "NIST-AI-RMF:MAP 3.5"
#     - "ISO42001:A.6.2.5"
#     - "SOC2:CC8.1"
#     - "NIST-800-53:CM-3"
#     - "NIST-800-53:CM-5"
#   remediation: >-
#     Add environment: production with required reviewers (GitLab: and when: manual).
#   applies_when: >-
#     a job of the workflow deploys
#   params:
#     - protected_environments
#     - nonproduction_environments
#     - deploy_commands
#     - deploy_actions
#     - ephemeral_cluster_commands
#     - ephemeral_cluster_actions
package probity.ovr_002

import rego.v1

import data.probity.lib.shape
import data.probity.lib.systems
import data.probity.lib.workflow
import data.probity.params

# Where every run is for a pull request, what is deployed is a preview.
rehearsed if {
	events := workflow.events(input)
	count(events) > 0
	count(events - {"pull_request", "pull_request_target", "merge_group"}) == 0
}

deploying[id] := job if {
	not rehearsed
	some id, job in workflow.jobs(input)
	count(workflow.deployments(job)) > 0
	not named_nonproduction(id)
	not named_nonproduction(object.get(job, "name", ""))
}

# "deploy-staging" says it; whole words only.
named_nonproduction(name) if {
	some word in regex.split(`[^a-z0-9]+`, lower(name))
	word in params.nonproduction_environments
}

environment(job) := job.environment if {
	is_string(job.environment)
} else := job.environment.name

path(id, job) := ["jobs", id, "environment", "name"] if {
	is_object(job.environment)
} else := ["jobs", id, "environment"]

evidence(id, job) := {"job": id, "deploys_with": concat(", ", workflow.deployments(job))}

declared(id, job) := object.union(evidence(id, job), {"environment": environment(job)})

deny contains f if {
	some id, job in deploying
	not environment(job)
	f := {
		"msg": sprintf("Job %s deploys with %s and declares no environment that somebody has to approve.", [
			id,
			concat(", ", workflow.deployments(job)),
		]),
		"key": id,
		"path": ["jobs", id],
		"evidence": evidence(id, job),
	}
}

# Neither known as protected nor as another stage than production.
review contains f if {
	some id, job in deploying
	name := environment(job)
	not contains(name, "${{")
	not lower(name) in params.protected_environments
	not named_nonproduction(name)
	f := {
		"msg": sprintf("Job %s deploys to environment %s, which is not listed as protected.", [id, name]),
		"key": id,
		"path": path(id, job),
		"evidence": declared(id, job),
	}
}

inconclusive contains f if {
	some id, job in deploying
	name := environment(job)
	contains(name, "${{")
	f := {
		"msg": sprintf("Job %s deploys to an environment that is known only when it runs: %s.", [id, name]),
		"key": id,
		"path": path(id, job),
		"evidence": declared(id, job),
	}
}

# GitLab: every key with a script is a job, and `extends` names what it takes over.

gitlab[id] := job if {
	object.get(input, "jobs", null) == null
	some id, own in input
	is_object(own)
	not startswith(id, ".")
	job := object.union_n(array.concat(inherited(own), [own]))
	scripted(job)
	count(gitlab_deployments(job)) > 0
	not named_nonproduction(id)
	not previewed(job)
	not ended(job)
}

inherited(job) := [input[name] | some name in names(job); is_object(input[name])]

names(job) := systems.listed(job, "extends")

scripted(job) if is_array(job.script)

scripted(job) if is_string(job.script)

gitlab_deployments(job) := workflow.deployments({"steps": [{"run": concat("\n", lines)}]}) if {
	lines := [line | some part in ["before_script", "script"]; some line in systems.listed(job, part)]
}

# Runs for merge requests only deploy previews; a job that stops an environment deploys nothing.
previewed(job) if {
	count(shape.member(job, "rules")) > 0
	every rule in shape.member(job, "rules") { contains(rule["if"], "merge_request_event") }
}

previewed(job) if job.only == ["merge_requests"]

ended(job) if job.environment.action in {"stop", "verify", "access"}

manual(job) if job.when == "manual"

manual(job) if {
	count([rule | some rule in shape.member(job, "rules"); rule.when == "manual"]) > 0
	every rule in shape.member(job, "rules") { rule.when in {"manual", "never"} }
}

gitlab_path(id) := [id, "environment", "name"] if {
	is_object(input[id].environment)
} else := [id, "environment"] if {
	input[id].environment
} else := [id]

gitlab_finding(id, job, message) := {
	"msg": message,
	"key": id,
	"path": gitlab_path(id),
	"evidence": {"job": id, "deploys_with": concat(", ", gitlab_deployments(job))},
}

# What it takes over may stand in another file.
unseen(job) := [name | some name in names(job); object.get(input, name, null) == null]

deny contains f if {
	some id, job in gitlab
	not environment(job)
	count(unseen(job)) == 0
	f := gitlab_finding(id, job, sprintf("Job %s deploys with %s and declares no environment that somebody has to approve.", [
		id,
		concat(", ", gitlab_deployments(job)),
	]))
}

deny contains f if {
	some id, job in gitlab
	lower(environment(job)) in params.protected_environments
	not manual(job)
	count(unseen(job)) == 0
	f := gitlab_finding(id, job, sprintf("Job %s deploys to %s by itself: it is not started by hand (when: manual).", [
		id,
		environment(job),
	]))
}

review contains f if {
	some id, job in gitlab
	name := environment(job)
	not contains(name, "$")
	not lower(name) in params.protected_environments
	not named_nonproduction(name)
	f := gitlab_finding(id, job, sprintf("Job %s deploys to environment %s, which is not listed as protected.", [id, name]))
}

inconclusive contains f if {
	some id, job in gitlab
	contains(environment(job), "$")
	f := gitlab_finding(id, job, sprintf("Job %s deploys to an environment that is known only when it runs: %s.", [
		id,
		environment(job),
	]))
}

inconclusive contains f if {
	some id, job in gitlab
	not settled(job)
	count(unseen(job)) > 0
	f := gitlab_finding(id, job, sprintf("Job %s deploys and takes over %s, which is not in this file.", [
		id,
		concat(", ", unseen(job)),
	]))
}

settled(job) if {
	environment(job)
	manual(job)
}

not_applicable contains {"msg": "no job of the workflow deploys to production", "key": "", "path": [], "evidence": {}} if {
	count(deploying) + count(gitlab) == 0
}
