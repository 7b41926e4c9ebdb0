# METADATA
# title: Prod infrastructure changes outside the pipeline
# description: >-
#   A job applies infrastructure (terraform apply, cdk deploy, aws cloudformation deploy) and no policy check stands
#   before it: neither in an earlier command of the job nor in a job that it needs. A check that cannot stop the run does
#   not count. A terraform apply without a saved plan applies something else than what was checked, which is a review.
#   Runs for pull requests only are left out; checks on a platform such as HCP Terraform or Atlantis cannot be seen.
# scope: package
# related_resources:
#   - ref: https://developer.hashicorp.com/terraform/tutorials/automation/automate-terraform
#     description: Running Terraform in automation
# custom:
#   id: PB-LCM-006
#   version: 1
#   severity: medium
#   scope: document
#   selects:
#     - github-actions
#   inputs: [git, ci, tf]
#   controls:
#     - "EU-AIA:17.1.b"
#     - "NIST-800-53:CM-3"
#     - "SOC2:CC8.1"
#     - "NIST-AI-RMF:GOVERN 1.4"
#     - "ISO42001:A.6.2.5"
#   remediation: >-
#     Run a policy check on the saved plan, and apply that plan.
#   applies_when: >-
#     a job of the workflow applies infrastructure
#   params:
#     - deploy_commands
#     - infrastructure_commands
#     - policy_check_actions
#     - policy_check_commands
package probity.lcm_006

import rego.v1

import data.probity.lib.shape
import data.probity.lib.workflow
import data.probity.params

rehearsed if {
	events := workflow.events(input)
	count(events) > 0
	count(events - {"pull_request", "pull_request_target", "merge_group"}) == 0
}

jobs := workflow.jobs(input)

# Every command of a job, in its order.
lines(job) := [{"step": i, "index": j, "text": text, "stops": stops(job, step, text)} |
	some i, step in workflow.steps(job)
	some j, text in workflow.commands(step)
]

# Can the failure of a command stop the job?
stops(job, step, text) if {
	object.get(job, "continue-on-error", false) != true
	object.get(step, "continue-on-error", false) != true
	not regex.match(`\|\|\s*(true|:|exit\s+0|echo\b)|;\s*(true|exit\s+0)\s*$`, text)
} else := false

applied contains {"job": id, "line": line, "name": entry.name} if {
	not rehearsed
	some id, job in jobs
	some line in lines(job)
	not workflow.rehearsal(line.text)
	some entry in params.deploy_commands
	entry.name in params.infrastructure_commands
	regex.match(entry.pattern, line.text)
}

checks(job) := {[line.step, line.index] |
	some line in lines(job)
	line.stops
	some entry in params.policy_check_commands
	regex.match(entry.pattern, line.text)
} | {[i, 0] |
	some i, step in workflow.steps(job)
	workflow.action(step) in params.policy_check_actions
	object.get(job, "continue-on-error", false) != true
	object.get(step, "continue-on-error", false) != true
}

needs(job) := {job.needs} if {
	is_string(job.needs)
} else := {id | some id in shape.member(job, "needs")}

graph_of := {id: needs(job) | some id, job in jobs}

# A job that runs whatever became of the jobs it needs waits for no check.
regardless(job) if regex.match(`\b(always|failure|cancelled)\(\)`, sprintf("%v", [object.get(job, "if", "")]))

checked(found) if {
	some check in checks(jobs[found.job])
	check < [found.line.step, found.line.index]
}

checked(found) if {
	not regardless(jobs[found.job])
	some id in graph.reachable(graph_of, {found.job})
	id != found.job
	count(checks(jobs[id])) > 0
}

# A job that calls a workflow elsewhere may check there.
unseen(found) if {
	some id in graph.reachable(graph_of, {found.job})
	id != found.job
	is_string(jobs[id].uses)
}

finding(found, message) := {
	"msg": sprintf("Job %s %s", [found.job, message]),
	"key": sprintf("%s:%s", [found.job, found.name]),
	"path": ["jobs", found.job, "steps", found.line.step, "run"],
	"evidence": {"job": found.job, "command": found.name},
}

deny contains finding(found, message) if {
	some found in applied
	not checked(found)
	not unseen(found)
	message := sprintf("runs %s and no policy check stands before it.", [found.name])
}

inconclusive contains finding(found, message) if {
	some found in applied
	not checked(found)
	unseen(found)
	message := sprintf("runs %s, and a workflow that it needs may check it before.", [found.name])
}

# What is applied is planned anew unless a plan file is named.
saved_plan(text) if regex.match(`\sapply(\s+-\S+)*\s+[^-\s|;&>]\S*`, text)

review contains finding(found, "applies what it plans anew: the plan that was checked is not the one that is applied.") if {
	some found in applied
	found.name == "terraform apply"
	checked(found)
	not saved_plan(found.line.text)
}

not_applicable contains {"msg": "no job of the workflow applies infrastructure", "key": "", "path": [], "evidence": {}} if {
	count(applied) == 0
}
