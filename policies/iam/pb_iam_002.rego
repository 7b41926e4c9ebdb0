# METADATA
# title: Wildcard model/data permissions in an inline policy
# description: >-
#   A role of an AI workload may do anything with models, or read and write any data, because a statement allows
#   it on every resource. A role counts when SageMaker or Bedrock may assume it, when an AI resource of the same
#   configuration runs with it, or when a compute service may assume it and it belongs to a declared AI system.
#   Inline policies and policies of the same configuration that are attached to the role are read; a document
#   that is put together at apply time is inconclusive. A statement with conditions is for a person to judge.
#   Actions without resource-level support stay as they are.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html
#     description: Identity-based policy examples for Amazon SageMaker AI
# custom:
#   id: PB-IAM-002
#   version: 1
#   severity: high
#   scope: module
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#   inputs:
#     - tf
#     - cfn
#   controls:
#     - "GDPR:25.2"
#     - "GDPR:32.1.b"
#     - "EU-AIA:15.5"
#     - "ATLAS:AML.M0005"
#     - "OWASP-LLM:LLM06:2025"
#     - "SOC2:CC6.3"
#     - "NIST-800-53:AC-6"
#     - "ISO42001:A.4.5"
#   remediation: >-
#     List the resources that the workload needs instead of "*".
#   applies_when: >-
#     the configuration has a role that runs AI workloads
#   aliases:
#     - bedrock_agent_role_least_privilege
#   params:
#     - ai_service_wildcards
#     - data_actions
#     - ai_service_principals
#     - general_compute_principals
package probity.iam_002

import rego.v1

import data.probity.lib.iam
import data.probity.lib.settings
import data.probity.params

roles contains role if {
	some role in input.resources
	role.type in {"aws_iam_role", "awscc_iam_role", "AWS::IAM::Role"}
	ai_role(role)
}

ai_role(role) if iam.assumed_by_ai(role)

# An AI resource runs with the role.
ai_role(role) if role.address in named_by_ai

named_by_ai contains reference.target if {
	some resource in input.resources
	ai_type(resource.type)
	some reference in resource.references
}

ai_role(role) if {
	count(object.get(role, "systems", [])) > 0
	some service in iam.services(role)
	service in params.general_compute_principals
}

ai_type(type) if strings.any_prefix_match(type, [
	"aws_sagemaker", "aws_bedrock", "awscc_sagemaker", "awscc_bedrock", "AWS::SageMaker", "AWS::Bedrock",
])

# Policy documents and the roles that hold them: {"role", "holder", "name", "path", "value"}.
held contains {"role": role, "holder": role, "name": name, "path": slot.path, "value": slot.body} if {
	some role in roles
	some block in ["inline_policy", "policies", "Policies"]
	some body in settings.bodies(role.attributes, [block])
	name := concat("", {title | some key in ["name", "policy_name", "PolicyName"]; title := body.body[key]})
	some key in ["policy", "policy_document", "PolicyDocument"]
	slot := {"path": array.concat(body.path, [key]), "body": object.get(body.body, key, null)}
	written(role, slot)
}

held contains {"role": role, "holder": holder, "name": holder.name, "path": slot.path, "value": slot.body} if {
	some role in roles
	some holder in holders
	attribute := own_document[holder.type]
	given_to(holder, role)
	slot := {"path": [attribute], "body": object.get(holder.attributes, attribute, null)}
}

# A document that stands there, or that nobody can know yet.
written(_, slot) if slot.body != null

written(resource, slot) if slot.path in resource.unknown

# Resources that hold one document each, and its attribute.
own_document := {
	"aws_iam_role_policy": "policy",
	"aws_iam_policy": "policy",
	"awscc_iam_role_policy": "policy_document",
	"awscc_iam_managed_policy": "policy_document",
	"AWS::IAM::Policy": "PolicyDocument",
	"AWS::IAM::RolePolicy": "PolicyDocument",
	"AWS::IAM::ManagedPolicy": "PolicyDocument",
}

holders := [r | some r in input.resources; own_document[r.type]]

attachments := [r |
	some r in input.resources
	r.type in {"aws_iam_role_policy_attachment", "aws_iam_policy_attachment"}
]

names_role := {"role", "role_name", "roles", "Roles", "RoleName"}

points_at(resource, members, address) if {
	some reference in resource.references
	reference.path[0] in members
	reference.target == address
}

given_to(holder, role) if points_at(holder, names_role, role.address)

given_to(holder, role) if {
	some member in names_role
	some name in iam.many(holder.attributes[member])
	is_string(name)
	name in {role.attributes[key] | some key in ["name", "role_name", "RoleName"]}
}

given_to(holder, role) if {
	some attachment in attachments
	points_at(attachment, {"policy_arn"}, holder.address)
	points_at(attachment, names_role, role.address)
}

given_to(holder, role) if points_at(role, {"managed_policy_arns", "ManagedPolicyArns"}, holder.address)

everything(resource) if {
	is_string(resource)
	regex.match(`^(\*|arn:aws[a-z-]*:s3:::\*(/\*)?)$`, resource)
}

# An action that is too wide on everything: all that a service can do, or an action on data that a pattern covers.
wide(action) if {
	some entry in params.ai_service_wildcards
	lower(action) == lower(entry)
}

wide(action) if {
	regex.match(`^[A-Za-z0-9:*?-]+$`, action)
	pattern := replace(replace(lower(action), "*", ".*"), "?", ".")
	some entry in params.data_actions
	regex.match(sprintf("^%s$", [pattern]), lower(entry))
}

grants contains {"policy": policy, "actions": actions, "conditional": conditional, "path": path} if {
	some policy in held
	document := iam.document(policy.value)
	some i, statement in iam.allows(document)
	some resource in iam.many(object.get(statement, "Resource", []))
	everything(resource)
	allowed := iam.many(object.get(statement, "Action", []))
	actions := sort({action | some action in allowed; is_string(action); wide(action)})
	count(actions) > 0
	conditional := count(object.get(statement, "Condition", {})) > 0
	path := array.concat(policy.path, below(policy.value, i))
}

# A JSON string has no places within.
below(value, i) := ["Statement", i] if {
	is_object(value)
	is_array(value.Statement)
} else := []

finding(policy, key, path, message, evidence) := {
	"msg": message,
	"resource": policy.holder.subject,
	"key": key,
	"path": path,
	"evidence": object.union({"role": policy.role.address}, evidence),
}

result(grant, verb) := finding(
	grant.policy,
	concat(":", [grant.policy.role.address, grant.policy.name, concat(",", grant.actions)]),
	grant.path,
	sprintf("%s %s role %s to do %s on every resource: list the resources.", [
		settings.title(grant.policy.holder), verb, grant.policy.role.address, concat(", ", grant.actions),
	]),
	{"actions": grant.actions},
)

deny contains result(grant, "allows") if {
	some grant in grants
	not grant.conditional
}

review contains result(grant, "allows, under conditions,") if {
	some grant in grants
	grant.conditional
}

inconclusive contains finding(policy, key, policy.path, message, {}) if {
	some policy in held
	not iam.document(policy.value)
	key := concat(":", [policy.role.address, policy.name])
	message := sprintf("What %s allows role %s is put together at apply time and cannot be read here.", [
		settings.title(policy.holder),
		policy.role.address,
	])
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(roles) == 0
	reason := "the configuration has no role that runs AI workloads"
}
