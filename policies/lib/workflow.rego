# What the jobs of a GitHub Actions workflow do.
package probity.lib.workflow

import rego.v1

import data.probity.params

# The jobs that can be read here. A job that calls a reusable workflow has no steps of its own.
jobs(workflow) := {id: job |
	some id, job in object.get(workflow, "jobs", {})
	is_object(job)
}

steps(job) := {index: step |
	some index, step in object.get(job, "steps", [])
	is_object(step)
}

# The commands of a run step. Comments run nothing and echo only talks about a command.
commands(step) := [command |
	is_string(step.run)
	some line in split(replace(step.run, "\\\n", " "), "\n")
	command := trim_space(line)
	not regex.match(`^(#|(echo|printf)\s)`, command)
	command != ""
]

action(step) := lower(split(step.uses, "@")[0]) if is_string(step.uses)

# The names of the deploying commands and actions of a job.
deployments(job) := names if {
	not ephemeral(job)
	names := matches(job, params.deploy_commands) | {name |
		some step in steps(job)
		name := action(step)
		name in params.deploy_actions
	}
} else := set()

trainings(job) := matches(job, params.train_commands)

trains_or_deploys(workflow) if {
	some job in jobs(workflow)
	count(trainings(job) | deployments(job)) > 0
}

matches(job, table) := {entry.name |
	some step in steps(job)
	some command in commands(step)
	not rehearsal(command)
	some entry in table
	regex.match(entry.pattern, command)
}

rehearsal(command) if regex.match(`\s--(dry-run|dryrun|no-execute-changeset)(\s|=(client|server|true)|$)`, command)

# A cluster that lives as long as the job is a test bed.
ephemeral(job) if {
	some step in steps(job)
	action(step) in params.ephemeral_cluster_actions
}

ephemeral(job) if {
	some step in steps(job)
	some command in commands(step)
	some pattern in params.ephemeral_cluster_commands
	regex.match(pattern, command)
}

# The events that start the workflow; `on` is a string, a list or an object.
events(workflow) := {workflow.on} if {
	is_string(workflow.on)
} else := {event | some event in workflow.on} if {
	is_array(workflow.on)
} else := {event | some event, _ in workflow.on} if {
	is_object(workflow.on)
} else := set()
