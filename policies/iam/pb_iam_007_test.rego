package probity.iam_007_test

import rego.v1

import data.probity.iam_007

resource(type, name, attributes, references) := {
	"system": "terraform", "type": type, "name": name, "address": sprintf("%s.%s", [type, name]), "module": "",
	"subject": sprintf("terraform:infra//%s.%s", [type, name]), "path": "infra/main.tf",
	"attributes": attributes, "unknown": [], "references": references, "joins": {}, "systems": [],
}

module(resources) := {"system": "terraform", "root": "infra", "resources": resources, "systems": []}

found(case) := {[f.resource, f.key, f.path] | some f in results} if results := iam_007.deny with input as case

domain(attributes) := resource("aws_sagemaker_domain", "lab", attributes, [])

with_role(value) := {"default_user_settings": [{"execution_role": value}]}

told_apart := {"domain_settings": [{"execution_role_identity_config": "USER_PROFILE_NAME"}]}

in_lab := {"path": ["domain_id"], "target": "aws_sagemaker_domain.lab"}

profile(attributes, references) := resource(
	"aws_sagemaker_user_profile", "mara", attributes,
	array.concat([in_lab], references),
)

subject := "terraform:infra//aws_sagemaker_domain.lab"

test_iam_mode if {
	iam_007.deny == {{
		"msg": concat("", [
			"Domain aws_sagemaker_domain.lab signs its users in through IAM, ",
			"and its sessions do not carry the name of the user profile.",
		]),
		"resource": subject,
		"key": "auth_mode",
		"path": ["auth_mode"],
		"evidence": {"attribute": "auth_mode"},
	}} with input as module([domain({"auth_mode": "IAM"})])
	found(module([domain({})])) == {[subject, "auth_mode", []]}
}

test_modes_that_pass if {
	found(module([domain({"auth_mode": "SSO"})])) == set()
	found(module([domain(object.union(told_apart, {"auth_mode": "IAM"}))])) == set()
	off := {"domain_settings": [{"execution_role_identity_config": "DISABLED"}]}
	count(found(module([domain(object.union(off, {"auth_mode": "IAM"}))]))) == 1
}

test_cloudformation_and_awscc if {
	type := "AWS::SageMaker::Domain"
	found(module([resource(type, "Lab", {"AuthMode": "SSO"}, [])])) == set()
	found(module([resource(type, "Lab", {
		"AuthMode": "IAM",
		"DomainSettings": {"ExecutionRoleIdentityConfig": "USER_PROFILE_NAME"},
	}, [])])) == set()
	found(module([resource(type, "Lab", {"AuthMode": "IAM"}, [])])) == {[
		"terraform:infra//AWS::SageMaker::Domain.Lab", "AuthMode", ["AuthMode"],
	]}
	count(found(module([resource("awscc_sagemaker_domain", "lab", {"auth_mode": "IAM"}, [])]))) == 1
}

sso := {"auth_mode": "SSO"}

lab := domain(object.union(sso, with_role("arn:aws:iam::1:role/lab")))

user := "terraform:infra//aws_sagemaker_user_profile.mara"

test_profile_without_a_role if {
	iam_007.deny == {{
		"msg": concat("", [
			"User profile aws_sagemaker_user_profile.mara runs with the role of everybody in its domain: ",
			"give it a role of its own.",
		]),
		"resource": user,
		"key": "user_settings.execution_role",
		"path": [],
		"evidence": {"attribute": "user_settings.execution_role"},
	}} with input as module([lab, profile({}, [])])
}

settings(value) := {"user_settings": [{"execution_role": value}]}

test_profile_with_the_role_of_the_domain if {
	place := ["user_settings", 0, "execution_role"]
	found(module([lab, profile(settings("arn:aws:iam::1:role/lab"), [])])) == {[
		user, "user_settings.execution_role", place,
	]}
	found(module([lab, profile(settings("arn:aws:iam::1:role/mara"), [])])) == set()
}

test_sessions_that_carry_the_profile if {
	found(module([domain(object.union(sso, told_apart)), profile({}, [])])) == set()
}

test_profile_of_a_domain_elsewhere if {
	case := module([resource("aws_sagemaker_user_profile", "mara", {}, [])])
	found(case) == set()
	elsewhere := {"path": ["domain_id"], "target": "aws_sagemaker_domain.other"}
	other := resource("aws_sagemaker_user_profile", "mara", {}, [elsewhere])
	found(module([lab, other])) == set()
	named_after := {"path": ["name"], "target": "aws_sagemaker_domain.lab"}
	by_name := resource("aws_sagemaker_user_profile", "mara", {}, [named_after])
	found(module([lab, by_name])) == set()
}

# Roles that exist only after apply are compared by the resources that they refer to.
unknown_domain := object.union(
	resource("aws_sagemaker_domain", "lab", object.union(sso, with_role(true)), [{
		"path": ["default_user_settings", 0, "execution_role"], "target": "aws_iam_role.lab",
	}]),
	{"unknown": [["default_user_settings", 0, "execution_role"]]},
)

unknown_profile(target) := object.union(
	profile(settings(true), [{"path": ["user_settings", 0, "execution_role"], "target": target}]),
	{"unknown": [["user_settings", 0, "execution_role"]]},
)

test_roles_by_reference if {
	count(found(module([unknown_domain, unknown_profile("aws_iam_role.lab")]))) == 1
	found(module([unknown_domain, unknown_profile("aws_iam_role.mara")])) == set()
}

test_role_that_nobody_knows if {
	nobody := object.union(profile(settings(true), []), {"unknown": [["user_settings", 0, "execution_role"]]})
	found(module([domain(object.union(sso, with_role(true))), nobody])) == set()
}

test_deeper_references_are_other_roles if {
	other := {"path": ["user_settings", 0, "canvas_app_settings", 0, "execution_role"], "target": "aws_iam_role.canvas"}
	count(found(module([lab, profile({}, [other])]))) == 1
}

test_profiles_of_cloudformation if {
	everybody := {"AuthMode": "SSO", "DefaultUserSettings": {"ExecutionRole": "r"}}
	studio := resource("AWS::SageMaker::Domain", "Lab", everybody, [])
	in_studio := [{"path": ["DomainId"], "target": "AWS::SageMaker::Domain.Lab"}]
	same := {"UserSettings": {"ExecutionRole": "r"}}
	found(module([studio, resource("AWS::SageMaker::UserProfile", "Mara", same, in_studio)])) == {[
		"terraform:infra//AWS::SageMaker::UserProfile.Mara",
		"UserSettings.ExecutionRole",
		["UserSettings", "ExecutionRole"],
	]}
}

test_no_domain if {
	case := module([resource("aws_s3_bucket", "b", {}, [])])
	found(case) == set()
	iam_007.not_applicable == {{
		"msg": "the configuration has no SageMaker domain", "key": "", "path": [], "evidence": {},
	}} with input as case
	iam_007.not_applicable == set() with input as module([lab])
	iam_007.not_applicable == set() with input as module([profile({}, [])])
}
