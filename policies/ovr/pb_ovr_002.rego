# METADATA
# title: Production deploy job without a protected environment / manual approval
# description: >-
#   A job deploys to production and nobody has to approve it: it declares no environment. That an environment
#   requires reviewers is a setting of the repository on GitHub; a protected environment is therefore declared
#   here, its enforcement unverified. Jobs that name a non-production stage, run on pull requests only or deploy
#   to a cluster of their own are left out.
# scope: package
# related_resources:
#   - ref: https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
#     description: Managing environments for deployment
# custom:
#   id: PB-OVR-002
#   version: 1
#   severity: high
#   scope: document
#   selects:
#     - github-actions
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
#     Add environment: production with required reviewers.
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

not_applicable contains {"msg": "no job of the workflow deploys to production", "key": "", "path": [], "evidence": {}} if {
	count(deploying) == 0
}
