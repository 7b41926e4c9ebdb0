# METADATA
# title: Model auto-approved for production
# description: >-
#   A model becomes approved for production without a person deciding it: the pipeline that trains it registers it as
#   Approved, a template declares the package as Approved, a training script moves its model to the production stage or
#   alias, or a workflow job without an environment approves it. A step of approval that every path from training meets
#   counts as the person's decision. Default values of pipeline parameters count; what a caller passes cannot be seen.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-approve.html
#     description: Update the approval status of a model
#   - ref: https://mlflow.org/docs/latest/ml/model-registry/
#     description: MLflow model registry
# custom:
#   id: PB-OVR-001
#   version: 1
#   severity: critical
#   scope: [module, resource, document]
#   selects:
#     - pipeline
#     - AWS::SageMaker::ModelPackage
#     - awscc_sagemaker_model_package
#     - python
#     - github-actions
#   inputs: [smp, cfn, tf, ci, mlflow]
#   controls:
#     - "EU-AIA:14.1"
#     - "EU-AIA:14.4.d"
#     - "EU-AIA:26.2"
#     - "GDPR:22.3"
#     - "NIST-AI-RMF:MANAGE 1.1"
#     - "NIST-AI-RMF:GOVERN 3.2"
#     - "NIST-AI-RMF:MAP 3.5"
#     - "ISO42001:A.6.2.5"
#     - "ISO42001:A.9.2"
#     - "OECD:1.2"
#     - "UNESCO:35"
#     - "SOC2:CC8.1"
#     - "NIST-800-53:CM-3"
#   remediation: >-
#     Register the model as PendingManualApproval and let a person approve it.
#   applies_when: >-
#     unless the system declares risk_class: minimal
#   params:
#     - approve_commands
#     - production_aliases
#     - production_stages
#     - self_approving_risk_classes
#     - training_calls
package probity.ovr_001

import rego.v1

import data.probity.lib.graph as g
import data.probity.lib.systems
import data.probity.lib.workflow
import data.probity.params

declared := array.concat(
	[system | some system in object.get(input, "systems", [])],
	[system | system := object.get(input, "system", null); is_object(system)],
)

exempt if {
	count(declared) > 0
	every system in declared { systems.risk_class(system) in params.self_approving_risk_classes }
}

approved(value) if {
	is_string(value)
	lower(value) == "approved"
}

# Steps of a pipeline that register a model.

registering[id] := node if {
	some id, node in input.pipeline.nodes
	node.kind == "register"
	not is_string(object.get(node, "taken_from", null))
}

status(node) := object.get(node, ["settings", "ModelApprovalStatus"], null)

approvals := {id | some id, node in input.pipeline.nodes; node.kind == "approve"}

# A person decides on every path from training to the registration.
decided(id) if {
	count(approvals) > 0
	sources := {source | some source, node in input.pipeline.nodes; node.kind == "train"}
	every source in sources { not g.reaches(g.possible(input.pipeline), approvals, source, id) }
	some approval in approvals
	g.reaches(g.certain(input.pipeline), set(), approval, id)
}

step(id, node, message) := {
	"msg": sprintf(message, [id]),
	"resource": node.subject,
	"key": "ModelApprovalStatus",
	"path": ["ModelApprovalStatus"],
	"evidence": {"step": id, "status": json.marshal(status(node))},
}

deny contains step(id, node, "Step %s registers its model as Approved: no person decides on the release.") if {
	not exempt
	some id, node in registering
	approved(status(node))
	not decided(id)
}

inconclusive contains step(id, node, "Step %s registers its model with a status that is known only when it runs.") if {
	not exempt
	some id, node in registering
	is_object(status(node))
	not decided(id)
}

# Templates.

attribute := {"AWS::SageMaker::ModelPackage": "ModelApprovalStatus", "awscc_sagemaker_model_package": "model_approval_status"}

deny contains f if {
	not exempt
	name := attribute[input.type]
	approved(input.attributes[name])
	f := {
		"msg": sprintf("%s declares its model package as Approved: no person decides on the release.", [input.address]),
		"key": name,
		"path": [name],
		"evidence": {"status": input.attributes[name]},
	}
}

# Scripts.

calls := object.get(input, "calls", [])

# Calls that register a model; others of these arguments only look for models, or approve one later.
registering_calls := {"register", "RegisterModel", "register_model", "create_model_package", "ModelPackage"}

# The last part of the name: an object is called as its author likes.
last(call) := parts[count(parts) - 1] if parts := split(call.name, ".")

argument(call, name, position) := {"value": call.kwargs[name], "path": ["kwargs", name]} if {
	is_string(call.kwargs[name])
} else := {"value": call.args[position], "path": ["args", position]} if {
	is_string(call.args[position])
}

trains if {
	some call in calls
	regex.match(params.training_calls, call.name)
}

# The few calls that anything here is about.
telling[i] := call if {
	some i, call in calls
	last(call) in registering_calls | {"transition_model_version_stage", "set_registered_model_alias", "ParameterString"}
}

promotions contains {"call": call, "index": i, "argument": value, "to": lower(value.value)} if {
	some i, call in telling
	last(call) == "transition_model_version_stage"
	value := argument(call, "stage", 2)
	lower(value.value) in params.production_stages
	trains
}

promotions contains {"call": call, "index": i, "argument": value, "to": lower(value.value)} if {
	some i, call in telling
	last(call) == "set_registered_model_alias"
	value := argument(call, "alias", 1)
	lower(value.value) in params.production_aliases
	trains
}

promotions contains {"call": call, "index": i, "argument": argument(call, name, -1), "to": "Approved"} if {
	some i, call in telling
	some name in ["approval_status", "ModelApprovalStatus"]
	last(call) in registering_calls
	approved(argument(call, name, -1).value)
}

# The parameter that a pipeline in Python takes its status from.
promotions contains {"call": call, "index": i, "argument": argument(call, "default_value", 1), "to": "Approved"} if {
	some i, call in telling
	last(call) == "ParameterString"
	approved(argument(call, "default_value", 1).value)
	contains(lower(argument(call, "name", 0).value), "approval")
}

deny contains f if {
	some promotion in promotions
	f := {
		"msg": sprintf("The script makes a model %s by itself with %s: no person decides on the release.", [
			promotion.to,
			last(promotion.call),
		]),
		"key": sprintf("%s:%s", [last(promotion.call), promotion.to]),
		"path": array.concat(["calls", promotion.index], promotion.argument.path),
		"evidence": {"call": promotion.call.name, "to": promotion.to},
	}
}

# The default of a parameter of the same file answers it, in either direction.
parameterised if {
	some call in telling
	last(call) == "ParameterString"
	contains(lower(argument(call, "name", 0).value), "approval")
	is_string(argument(call, "default_value", 1).value)
}

inconclusive contains f if {
	some i, call in telling
	last(call) in registering_calls
	some name in ["approval_status", "ModelApprovalStatus"]
	name in object.get(call, "open", [])
	not parameterised
	f := {
		"msg": sprintf("The script registers a model with %s, and the status is known only when it runs.", [last(call)]),
		"key": sprintf("%s:%s", [last(call), name]),
		"path": ["calls", i],
		"evidence": {"call": call.name, "argument": name},
	}
}

# Workflows.

deny contains f if {
	some id, job in workflow.jobs(input)
	not job.environment
	some name in workflow.matches(job, params.approve_commands)
	f := {
		"msg": sprintf("Job %s approves a model with %s and declares no environment that somebody has to approve.", [id, name]),
		"key": id,
		"path": ["jobs", id],
		"evidence": {"job": id, "command": name},
	}
}

not_applicable contains {"msg": message, "key": "", "path": [], "evidence": {}} if some message in reasons

reasons contains "the system declares risk_class: minimal" if exempt

reasons contains "the pipeline has no step that registers a model" if {
	is_object(input.pipeline)
	count(registering) == 0
}

concerned if {
	some call in calls
	last(call) in (registering_calls | {"transition_model_version_stage", "set_registered_model_alias", "ParameterString"})
}

reasons contains "the script neither registers nor promotes a model" if {
	is_array(input.calls)
	not concerned
	count(promotions) == 0
}

reasons contains "no job of the workflow approves a model" if {
	is_object(input.jobs)
	count([name | some job in workflow.jobs(input); some name in workflow.matches(job, params.approve_commands)]) == 0
}
