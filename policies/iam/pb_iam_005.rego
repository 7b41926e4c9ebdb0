# METADATA
# title: Static cloud credentials in training/deploy workflows
# description: >-
#   A workflow that trains or deploys signs in to a cloud with a long-lived secret instead of a token of its own
#   run. Temporary credentials (with a session token, or handed on by an earlier step) are left out, and so are
#   S3-compatible stores with an endpoint of their own. A runner with an instance role needs no credentials and
#   shows none. In Kubernetes, a variable of a container that holds a key of an AI service must not be a literal.
# scope: package
# related_resources:
#   - ref: https://docs.github.com/en/actions/concepts/security/openid-connect
#     description: OpenID Connect in GitHub Actions
#   - ref: https://github.com/aws-actions/configure-aws-credentials
#     description: aws-actions/configure-aws-credentials
# custom:
#   id: PB-IAM-005
#   version: 2
#   severity: high
#   scope: [document, resource]
#   selects:
#     - github-actions
#     - CronJob
#     - DaemonSet
#     - Deployment
#     - Job
#     - Pod
#     - ReplicaSet
#     - StatefulSet
#     - Rollout
#     - InferenceService
#     - LLMInferenceService
#     - ServingRuntime
#     - ClusterServingRuntime
#     - Notebook
#     - RayCluster
#     - RayJob
#     - RayService
#     - PyTorchJob
#     - TFJob
#     - MPIJob
#     - XGBoostJob
#   inputs:
#     - ci
#     - k8s
#   controls:
#     - "SOC2:CC6.1"
#     - "NIST-800-53:IA-5"
#     - "ATLAS:AML.M0019"
#     - "OWASP-LLM:LLM03:2025"
#     - "EU-AIA:15.5"
#     - "ISO42001:A.4.4"
#   remediation: >-
#     Use OIDC role-to-assume (AWS), workload_identity_provider (Google) or client-id with federated credentials
#     (Azure), and give the job permissions id-token: write.
#   applies_when: >-
#     a job of the workflow trains or deploys
#   params:
#     - secret_environment_variables
#     - static_credential_variables
#     - train_commands
#     - deploy_commands
#     - deploy_actions
package probity.iam_005

import rego.v1

import data.probity.lib.hub
import data.probity.lib.pods
import data.probity.lib.workflow
import data.probity.params

# The input of each sign-in action that takes a long-lived secret.
secret_input := {
	"aws-actions/configure-aws-credentials": "aws-access-key-id",
	"google-github-actions/auth": "credentials_json",
	"azure/login": "creds",
}

relevant if workflow.trains_or_deploys(input)

given(value) if {
	is_string(value)
	value != ""
	not handed_on(value)
}

# What another step or job of this run made is temporary.
handed_on(value) if regex.match(`\$\{\{\s*(steps|needs)\.`, value)

origin(value) := "secret" if {
	contains(value, "secrets.")
} else := "expression" if {
	contains(value, "${{")
} else := "literal"

# The value itself is never repeated: it may be the secret.
deny contains f if {
	relevant
	some id, job in workflow.jobs(input)
	some index, step in workflow.steps(job)
	action := workflow.action(step)
	name := secret_input[action]
	value := step["with"][name]
	given(value)
	not temporary(step["with"])
	f := {
		"msg": sprintf("Job %s signs in with a static credential: %s gets %s.", [id, action, name]),
		"key": concat("/", [id, action]),
		"path": ["jobs", id, "steps", index, "with", name],
		"evidence": {"job": id, "action": action, "input": name, "value_from": origin(value)},
	}
}

temporary(inputs) if {
	is_string(inputs["aws-session-token"])
	inputs["aws-session-token"] != ""
}

# Environments of the workflow, of its jobs and of their steps.
environments contains {"label": "workflow", "path": ["env"], "env": input.env}

environments contains {"label": id, "path": ["jobs", id, "env"], "env": env} if {
	some id, job in workflow.jobs(input)
	env := job.env
}

environments contains {"label": id, "path": ["jobs", id, "steps", index, "env"], "env": env} if {
	some id, job in workflow.jobs(input)
	some index, step in workflow.steps(job)
	env := step.env
}

deny contains f if {
	relevant
	some scope in environments
	some name, value in scope.env
	name in params.static_credential_variables
	is_string(value)
	origin(value) == "secret"
	not own_store(scope.env)
	f := {
		"msg": sprintf("A static credential is handed to %s in the variable %s.", [describe(scope.label), name]),
		"key": concat("/", [scope.label, name]),
		"path": array.concat(scope.path, [name]),
		"evidence": {"scope": scope.label, "variable": name, "value_from": "secret"},
	}
}

describe("workflow") := "the whole workflow"

describe(label) := sprintf("job %s", [label]) if label != "workflow"

# Temporary credentials, or an S3-compatible store that has no OpenID Connect.
own_store(env) if {
	some name in ["AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "MLFLOW_S3_ENDPOINT_URL"]
	env[name]
}

# A key in a manifest is in everybody's copy of the repository. The value itself is never repeated.
deny contains f if {
	input.system == "kubernetes"
	some found in pods.containers(input.attributes)
	some name in params.secret_environment_variables
	some variable in hub.variable(found.container, name)
	variable.value != ""
	not stands_in(variable.value)
	f := {
		"msg": sprintf("%s holds the secret %s as a literal: take it from a Secret.", [pods.title(input), name]),
		"key": concat("/", [found.key, name]),
		"path": array.concat(found.path, ["env", variable.index, "value"]),
		"evidence": {"container": found.key, "variable": name, "value_from": "literal"},
	}
}

# What is no secret: a placeholder, a reference to another variable, and the words that servers take for "no key".
stands_in(value) if hub.placeholder(value)

stands_in(value) if lower(value) in {"none", "null", "empty", "dummy", "fake", "not-needed", "unused", "changeme"}

not_applicable contains {"msg": "no job of the workflow trains or deploys", "key": "", "path": [], "evidence": {}} if {
	not input.system
	not relevant
}
