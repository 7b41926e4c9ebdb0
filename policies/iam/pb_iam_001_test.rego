package probity.iam_001_test

import rego.v1

import data.probity.iam_001

resource(type, attributes, references) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": references, "path": "infra/iam.tf",
}

attachment(attributes, references) := resource("aws_iam_role_policy_attachment", attributes, references)

full := "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"

admin := "arn:aws:iam::aws:policy/AdministratorAccess"

trust := `{"Statement":[{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"}}]}`

trusted(policy) := resource("aws_iam_role", {"assume_role_policy": policy, "managed_policy_arns": [admin]}, [])

nothing(case) if {
	iam_001.deny == set() with input as case
	iam_001.review == set() with input as case
}

test_full_access_fails if {
	iam_001.deny == {{
		"msg": "aws_iam_role_policy_attachment.x attaches the managed policy AmazonSageMakerFullAccess to a role.",
		"key": "AmazonSageMakerFullAccess",
		"path": ["policy_arn"],
		"evidence": {"grant": "AmazonSageMakerFullAccess"},
	}} with input as attachment({"role": "train", "policy_arn": full}, [])
}

test_custom_policy_passes if {
	nothing(attachment({"role": "train", "policy_arn": "arn:aws:iam::123456789012:policy/train"}, []))
	nothing(attachment({"role": "train", "policy_arn": "arn:aws:iam::123456789012:policy/AmazonSageMakerFullAccess"}, []))
	nothing(attachment({"role": "train"}, []))
}

test_managed_policies_of_a_role if {
	some f in iam_001.deny with input as resource("aws_iam_role", {"managed_policy_arns": ["arn:aws:iam::1:policy/a", full]}, [])
	f.path == ["managed_policy_arns", 1]
}

test_other_partitions if {
	count(iam_001.deny) == 1 with input as attachment({"policy_arn": "arn:aws-cn:iam::aws:policy/AmazonBedrockFullAccess"}, [])
}

test_service_catalog_launch_roles_are_exempt if {
	nothing(attachment({"role": "AmazonSageMakerServiceCatalogProductsLaunchRole", "policy_arn": full}, []))
}

test_administrator_of_another_role_passes if {
	nothing(attachment({"role": "break-glass", "policy_arn": admin}, []))
}

test_administrator_assumed_by_an_ai_service if {
	count(iam_001.deny) == 1 with input as trusted(trust)
	nothing(trusted(replace(trust, "sagemaker", "lambda")))
}

# The text of a template, with a gap in it.
test_administrator_assumed_by_an_ai_service_in_a_text_that_is_no_json if {
	count(iam_001.deny) == 1 with input as trusted(replace(trust, "}]}", "},]}"))
	nothing(trusted(replace(replace(trust, "}]}", "},]}"), "sagemaker", "lambda")))
}

test_administrator_of_a_role_that_sounds_like_ai_is_a_review if {
	case := attachment({"policy_arn": admin}, [{"path": ["role"], "target": "aws_iam_role.sagemaker_execution"}])
	iam_001.deny == set() with input as case
	count(iam_001.review) == 1 with input as case
	nothing(attachment({"policy_arn": admin}, [{"path": ["role"], "target": "aws_iam_role.email_domain"}]))
}

test_users_only if {
	nothing(resource("aws_iam_policy_attachment", {"policy_arn": full, "users": ["a"]}, []))
	count(iam_001.deny) == 1 with input as resource("aws_iam_policy_attachment", {"policy_arn": full, "roles": ["a"]}, [])
}

test_google if {
	member := {"role": "roles/aiplatform.admin", "member": "serviceAccount:train@p.iam.gserviceaccount.com"}
	count(iam_001.deny) == 1 with input as resource("google_project_iam_member", member, [])
	nothing(resource("google_project_iam_member", object.union(member, {"member": "group:ml@example.com"}), []))
	reference := {"path": ["member"], "target": "google_service_account.train"}
	count(iam_001.deny) == 1 with input as resource("google_project_iam_member", {"role": "roles/aiplatform.admin"}, [reference])
	inside := {"path": ["member"], "target": "module.a[\"b\\\"].c\"].module.d[0].google_service_account.train"}
	count(iam_001.deny) == 1 with input as resource("google_project_iam_member", {"role": "roles/aiplatform.admin"}, [inside])
}

test_google_editor_is_a_review if {
	binding := {"role": "roles/editor", "members": ["serviceAccount:ml-train@p.iam.gserviceaccount.com"]}
	count(iam_001.review) == 1 with input as resource("google_project_iam_binding", binding, [])
	iam_001.deny == set() with input as resource("google_project_iam_binding", binding, [])
}

test_azure if {
	workspace := [{"path": ["principal_id"], "target": "azurerm_machine_learning_workspace.w"}]
	count(iam_001.deny) == 1 with input as resource("azurerm_role_assignment", {"role_definition_name": "Contributor"}, workspace)
	every type in ["azurerm_cognitive_account", "azurerm_ai_services"] {
		account := [{"path": ["principal_id"], "target": sprintf("%s.a", [type])}]
		count(iam_001.deny) == 1 with input as resource("azurerm_role_assignment", {"role_definition_name": "Owner"}, account)
	}
	nothing(resource("azurerm_role_assignment", {"role_definition_name": "Reader"}, workspace))
	nothing(resource("azurerm_role_assignment", {"role_definition_name": "Owner"}, []))
}

cfn(type, attributes) := object.union(resource(type, attributes, []), {"system": "cloudformation", "address": "Train"})

ai_trust := {"Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}]}

test_cloudformation_role if {
	iam_001.deny == {{
		"msg": "Train (AWS::IAM::Role) attaches the managed policy AmazonSageMakerFullAccess to a role.",
		"key": "AmazonSageMakerFullAccess",
		"path": ["ManagedPolicyArns", 0],
		"evidence": {"grant": "AmazonSageMakerFullAccess"},
	}} with input as cfn("AWS::IAM::Role", {"ManagedPolicyArns": [full]})
	launch := {"ManagedPolicyArns": [full], "RoleName": "AmazonSageMakerServiceCatalogProductsLaunchRole"}
	nothing(cfn("AWS::IAM::Role", launch))
}

test_cloudformation_administrator if {
	count(iam_001.deny) == 1 with input as cfn("AWS::IAM::Role", {
		"ManagedPolicyArns": [admin],
		"AssumeRolePolicyDocument": ai_trust,
	})
	nothing(cfn("AWS::IAM::Role", {"ManagedPolicyArns": [admin], "RoleName": "break-glass"}))
	named := cfn("AWS::IAM::Role", {"ManagedPolicyArns": [admin], "RoleName": "ml-train"})
	count(iam_001.review) == 1 with input as named
}

test_awscc_role if {
	count(iam_001.deny) == 1 with input as resource("awscc_iam_role", {"managed_policy_arns": [full]}, [])
	count(iam_001.deny) == 1 with input as resource("awscc_iam_role", {
		"managed_policy_arns": [admin],
		"assume_role_policy_document": trust,
	}, [])
}

unknown_policy := object.union(
	cfn("AWS::IAM::Role", {"ManagedPolicyArns": [null], "AssumeRolePolicyDocument": ai_trust}),
	{"unknown": [["ManagedPolicyArns", 0]]},
)

test_policy_that_nobody_knows if {
	iam_001.inconclusive == {{
		"msg": "Which managed policy Train (AWS::IAM::Role) attaches to a role that an AI service assumes is not known.",
		"key": "unknown:ManagedPolicyArns",
		"path": ["ManagedPolicyArns", 0],
		"evidence": {"attribute": "ManagedPolicyArns"},
	}} with input as unknown_policy
	nothing(unknown_policy)
	own := object.union(unknown_policy, {"references": [{"path": ["ManagedPolicyArns", 0], "target": "Policy"}]})
	iam_001.inconclusive == set() with input as own
	web := object.union(cfn("AWS::IAM::Role", {"ManagedPolicyArns": [null]}), {"unknown": [["ManagedPolicyArns", 0]]})
	iam_001.inconclusive == set() with input as web
	iam_001.inconclusive == set() with input as object.union(unknown_policy, {"unknown": []})
	iam_001.inconclusive == set() with input as object.union(unknown_policy, {"unknown": [["RoleName"]]})
}
