# METADATA
# title: AI execution role uses a FullAccess managed policy
# description: >-
#   A role that runs AI workloads holds a managed policy that grants a whole service or the whole account.
#   Policies for a whole AI service are too wide on any role. Policies for everything are judged where the
#   resource itself shows an AI role; where only a name hints at one, a person decides. Roles that Service Catalog
#   launches are left out. A policy whose name only the deployment gives is inconclusive on an AI role.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol.html
#     description: AWS managed policies for Amazon SageMaker AI
# custom:
#   id: PB-IAM-001
#   version: 2
#   severity: high
#   scope: resource
#   selects:
#     - aws_iam_role
#     - aws_iam_role_policy_attachment
#     - aws_iam_policy_attachment
#     - aws_iam_role_policy_attachments_exclusive
#     - awscc_iam_role
#     - "AWS::IAM::Role"
#     - azurerm_role_assignment
#     - google_project_iam_binding
#     - google_project_iam_member
#   inputs:
#     - tf
#     - cfn
#   controls:
#     - "EU-AIA:15.5"
#     - "GDPR:32.1.b"
#     - "NIST-AI-RMF:MEASURE 2.7"
#     - "ISO42001:A.4.5"
#     - "ATLAS:AML.M0005"
#     - "ATLAS:AML.M0019"
#     - "OWASP-ML:ML05:2023"
#     - "SOC2:CC6.3"
#     - "NIST-800-53:AC-6"
#     - "CIS-v8.1:6.8"
#   remediation: >-
#     Scope the policy: attach a custom policy that lists the actions and the resource ARNs the workload needs.
#   aliases:
#     - CKV2_AWS_68
#     - bedrock_full_access_policy_attached
#   params:
#     - ai_full_access_policies
#     - admin_policies
#     - ai_service_principals
#     - exempt_role_prefixes
#     - google_ai_admin_roles
#     - google_project_wide_roles
#     - azure_wide_roles
package probity.iam_001

import rego.v1

import data.probity.lib.iam
import data.probity.lib.settings
import data.probity.lib.terraform
import data.probity.params

a := input.attributes

# A policy attachment may also name users and groups only: then no role gets the policy.
attached contains {"arn": a.policy_arn, "path": ["policy_arn"]} if {
	input.type == "aws_iam_role_policy_attachment"
}

attached contains {"arn": a.policy_arn, "path": ["policy_arn"]} if {
	input.type == "aws_iam_policy_attachment"
	terraform.is_set(a, "roles")
}

attached contains {"arn": arn, "path": [name, i]} if {
	some name in ["managed_policy_arns", "policy_arns", "ManagedPolicyArns"]
	some i, arn in settings.items(a[name])
}

# Only policies of AWS itself: an organisation may have given its own policy the same name.
managed contains {"name": name, "path": entry.path} if {
	some entry in attached
	is_string(entry.arn)
	regex.match(`^arn:aws[a-z-]*:iam::aws:policy/`, entry.arn)
	parts := split(entry.arn, "/")
	name := parts[count(parts) - 1]
}

# The names under which the role is known here.
names := {name |
	some attribute in ["name", "role", "role_name", "RoleName"]
	name := a[attribute]
	is_string(name)
} | {terraform.local_address(reference.target) |
	some reference in input.references
	"role" in reference.path
}

exempt if {
	some name in names
	strings.any_prefix_match(name, params.exempt_role_prefixes)
}

# The services that may assume the role: a JSON string in Terraform, an object in CloudFormation.
assumed_by_ai if {
	is_string(a.assume_role_policy)
	some principal in params.ai_service_principals
	contains(a.assume_role_policy, principal)
}

assumed_by_ai if iam.assumed_by_ai(input)

ai_name(name) if regex.match(`(?i)(^|[^a-z])(sagemaker|bedrock|mlops|ml|ai|model|training|inference)([^a-z]|$)`, name)

named_like_ai if {
	some name in names
	ai_name(name)
}

finding(name, path, message) := {
	"msg": message,
	"key": name,
	"path": path,
	"evidence": {"grant": name},
}

deny contains finding(policy.name, policy.path, message) if {
	some policy in managed
	policy.name in params.ai_full_access_policies
	not exempt
	message := sprintf("%s attaches the managed policy %s to a role.", [settings.title(input), policy.name])
}

deny contains finding(policy.name, policy.path, message) if {
	some policy in managed
	policy.name in params.admin_policies
	assumed_by_ai
	not exempt
	message := sprintf("%s attaches the managed policy %s to a role that an AI service assumes.", [
		settings.title(input), policy.name,
	])
}

review contains finding(policy.name, policy.path, message) if {
	some policy in managed
	policy.name in params.admin_policies
	not assumed_by_ai
	named_like_ai
	not exempt
	message := sprintf("%s attaches the managed policy %s to what looks like an AI role.", [
		settings.title(input), policy.name,
	])
}

# Its ARN stands nowhere, and it is no policy of the same configuration.
inconclusive contains f if {
	assumed_by_ai
	some path in input.unknown
	path[0] in {"managed_policy_arns", "ManagedPolicyArns"}
	count([reference | some reference in input.references; reference.path == path]) == 0
	f := {
		"msg": sprintf("Which managed policy %s attaches to a role that an AI service assumes is not known.", [
			settings.title(input),
		]),
		"key": sprintf("unknown:%s", [path[0]]),
		"path": path,
		"evidence": {"attribute": path[0]},
	}
}

google if input.type in {"google_project_iam_member", "google_project_iam_binding"}

# People may administer: only a service account runs workloads.
service_accounts contains account if {
	some account in array.concat([object.get(a, "member", "")], object.get(a, "members", []))
	startswith(account, "serviceAccount:")
}

service_accounts contains account if {
	some reference in input.references
	reference.path[0] in {"member", "members"}
	account := terraform.local_address(reference.target)
	startswith(account, "google_service_account.")
}

deny contains finding(a.role, ["role"], message) if {
	google
	a.role in params.google_ai_admin_roles
	count(service_accounts) > 0
	message := sprintf("%s grants %s to a service account.", [input.address, a.role])
}

review contains finding(a.role, ["role"], message) if {
	google
	a.role in params.google_project_wide_roles
	some account in service_accounts
	ai_name(account)
	message := sprintf("%s grants %s to what looks like the service account of an AI workload.", [input.address, a.role])
}

ai_identity if {
	some prefix in ["azurerm_machine_learning_", "azurerm_cognitive_", "azurerm_ai_"]
	terraform.references_type(input.references, "principal_id", prefix)
}

deny contains finding(a.role_definition_name, ["role_definition_name"], message) if {
	input.type == "azurerm_role_assignment"
	a.role_definition_name in params.azure_wide_roles
	ai_identity
	message := sprintf("%s gives the identity of an AI resource the role %s.", [input.address, a.role_definition_name])
}
