# METADATA
# title: SageMaker domain in IAM mode / shared execution role for all users
# description: >-
#   The users of a SageMaker domain cannot be told apart in the logs. Either the domain signs users in through
#   IAM and does not write the profile's name into its sessions, or a user profile runs with the same role as
#   everybody else. Federation with one IAM role for each user cannot be seen here.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/monitor-user-access.html
#     description: Monitor user resource access with sourceIdentity
# custom:
#   id: PB-IAM-007
#   version: 1
#   severity: medium
#   scope: module
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#   inputs:
#     - tf
#     - cfn
#   controls:
#     - "SOC2:CC6.1"
#     - "NIST-800-53:AC-2"
#     - "NIST-800-53:AU-3"
#     - "NIST-AI-RMF:GOVERN 2.1"
#     - "EU-AIA:12.1"
#     - "ATLAS:AML.M0005"
#   remediation: >-
#     Use auth_mode = "SSO", execution_role_identity_config = "USER_PROFILE_NAME", and a role of its own for each
#     profile.
#   applies_when: >-
#     the configuration has a SageMaker domain or user profile
#   aliases:
#     - sagemaker_domain_sso_configured
package probity.iam_007

import rego.v1

import data.probity.lib.settings
import data.probity.lib.twins

domains contains resource if {
	some resource in input.resources
	resource.type in {"aws_sagemaker_domain", "awscc_sagemaker_domain", "AWS::SageMaker::Domain"}
}

profiles contains resource if {
	some resource in input.resources
	resource.type in {"aws_sagemaker_user_profile", "awscc_sagemaker_user_profile", "AWS::SageMaker::UserProfile"}
}

finding(resource, key, path, message) := {
	"msg": sprintf(message, [settings.title(resource)]),
	"resource": resource.subject,
	"key": key,
	"path": path,
	"evidence": {"attribute": key},
}

# The session of each user carries the name of his profile.
told_apart(domain) if {
	names := twins.path(domain.type, ["domain_settings", "execution_role_identity_config"])
	some place in settings.places(domain.attributes, names)
	place.value == "USER_PROFILE_NAME"
}

by_iam := "Domain %s signs its users in through IAM, and its sessions do not carry the name of the user profile."

deny contains finding(domain, name, place.path, by_iam) if {
	some domain in domains
	not told_apart(domain)
	name := twins.called(domain.type, "auth_mode")
	some place in settings.places(domain.attributes, [name])
	place.value != "SSO"
}

role_path(resource) := twins.path(resource.type, ["user_settings", "execution_role"]) if {
	resource in profiles
} else := twins.path(resource.type, ["default_user_settings", "execution_role"])

# A role is known by the resource that it refers to, else by its value where that is known.
role(resource) := {"refers_to": targets} if {
	last := twins.called(resource.type, "execution_role")
	targets := {reference.target |
		some reference in resource.references
		reference.path[count(reference.path) - 1] == last
		reference.path[0] == role_path(resource)[0]
		count(reference.path) <= 3
	}
	count(targets) > 0
} else := {"value": place.value} if {
	not unknown_role(resource)
	some place in settings.places(resource.attributes, role_path(resource))
}

unknown_role(resource) if {
	some path in resource.unknown
	path[0] == role_path(resource)[0]
}

domain_of(profile) := domain if {
	some domain in domains
	name := twins.called(profile.type, "domain_id")
	some reference in profile.references
	reference.path[0] == name
	reference.target == domain.address
}

shared(profile, _) if role(profile) == {"value": null}

shared(profile, domain) if role(profile) == role(domain)

with_everybody := "User profile %s runs with the role of everybody in its domain: give it a role of its own."

deny contains finding(profile, concat(".", names), place.path, with_everybody) if {
	some profile in profiles
	domain := domain_of(profile)
	not told_apart(domain)
	shared(profile, domain)
	names := role_path(profile)
	some place in settings.places(profile.attributes, names)
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(domains | profiles) == 0
	reason := "the configuration has no SageMaker domain"
}
