# METADATA
# title: Model artefact not signed or digest-verified before deploy
# description: >-
#   A model is brought into operation without a check of its signature or digest. A workflow that deploys a model
#   needs a step that verifies it before; an inference service needs a model that is named by its content (an OCI
#   artefact with a digest, or a commit of the Hub). Verification by an admission controller of the cluster
#   cannot be seen here. Volumes (pvc://) are left out.
# scope: package
# related_resources:
#   - ref: https://github.com/sigstore/model-transparency
#     description: Signing and verifying models with Sigstore
#   - ref: https://kserve.github.io/website/docs/model-serving/storage/providers/oci
#     description: KServe models in OCI images
# custom:
#   id: PB-SUP-004
#   version: 1
#   severity: medium
#   scope: [document, resource]
#   selects:
#     - github-actions
#     - InferenceService
#     - LLMInferenceService
#   inputs:
#     - ci
#     - k8s
#     - git
#   controls:
#     - "EU-AIA:15.5"
#     - "ATLAS:AML.M0013"
#     - "ATLAS:AML.M0014"
#     - "OWASP-ML:ML06:2023"
#     - "NIST-800-53:SI-7"
#     - "NIST-800-53:SR-11"
#     - "SOC2:CC8.1"
#     - "G7-CoC:6"
#     - "NIST-AI-RMF:MANAGE 3.1"
#   remediation: >-
#     Sign the model and verify it before deploying, or name it by its digest (oci://registry/model@sha256:...).
#   applies_when: >-
#     a job of the workflow deploys a model; the service names where its model lies
#   params:
#     - verifying_commands
#     - model_deploy_commands
#     - deploy_commands
#     - deploy_actions
package probity.sup_004

import rego.v1

import data.probity.lib.hub
import data.probity.lib.settings
import data.probity.lib.workflow
import data.probity.params

jobs := workflow.jobs(input)

# The commands with which a job deploys a model.
deploys(job) := workflow.deployments(job) & {name | some name in params.model_deploy_commands}

verifies(job) if {
	some step in workflow.steps(job)
	some command in workflow.commands(step)
	some pattern in params.verifying_commands
	regex.match(pattern, command)
}

# The jobs that a job waits for, by way of others too.
waits := {id: needed | some id, job in jobs; needed := {other | some other in listed(object.get(job, "needs", []))}}

listed(value) := value if {
	is_array(value)
} else := [value]

verified(id) if {
	some other in graph.reachable(waits, {id})
	verifies(jobs[other])
}

deny contains f if {
	some id, job in jobs
	commands := deploys(job)
	count(commands) > 0
	not verified(id)
	f := {
		"msg": sprintf("Job %s deploys a model with %s and verifies neither a signature nor a digest before.", [
			id, concat(", ", sort(commands)),
		]),
		"key": id,
		"path": ["jobs", id],
		"evidence": {"job": id, "commands": sort(commands)},
	}
}

places := [
	["spec", "predictor", "model", "storageUri"],
	["spec", "transformer", "model", "storageUri"],
	["spec", "explainer", "model", "storageUri"],
	["spec", "model", "uri"],
]

# Named by content, or not at a place that a name could tell.
named_by_content(uri) if regex.match(`@sha256:[0-9a-f]{64}$`, uri)

named_by_content(uri) if hub.commit(hub.uri(uri).revision)

named_by_content(uri) if startswith(uri, "pvc://")

named_by_content(uri) if hub.placeholder(uri)

deny contains f if {
	input.system == "kubernetes"
	some path in places
	uri := object.get(input.attributes, path, "")
	contains(uri, "://")
	not named_by_content(uri)
	f := {
		"msg": sprintf("%s serves %s, which is not named by its content: use a digest or a commit.", [
			settings.title(input), uri,
		]),
		"key": concat(".", path),
		"path": path,
		"evidence": {"uri": uri},
	}
}

not_applicable contains {"msg": "no job of the workflow deploys a model", "key": "", "path": [], "evidence": {}} if {
	input.jobs
	every _, job in jobs { count(deploys(job)) == 0 }
}
