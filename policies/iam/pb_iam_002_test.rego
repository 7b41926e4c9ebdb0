package probity.iam_002_test

import rego.v1

import data.probity.iam_002

resource(type, name, attributes, references) := {
	"system": "terraform", "type": type, "name": name, "address": sprintf("%s.%s", [type, name]), "module": "",
	"subject": sprintf("terraform:infra//%s.%s", [type, name]), "path": "infra/iam.tf",
	"attributes": attributes, "unknown": [], "references": references, "joins": {}, "systems": [],
}

module(resources) := {"system": "terraform", "root": "infra", "resources": resources, "systems": []}

found(case) := {[f.resource, f.key, f.path] | some f in results} if results := iam_002.deny with input as case

reviewed(case) := {f.key | some f in results} if results := iam_002.review with input as case

unclear(case) := {[f.resource, f.key, f.path] | some f in results} if results := iam_002.inconclusive with input as case

trust(service) := {"assume_role_policy": json.marshal({"Statement": [{
	"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service},
}]})}

train := resource("aws_iam_role", "train", trust("sagemaker.amazonaws.com"), [])

to_train := [{"path": ["role"], "target": "aws_iam_role.train"}]

statement(action, target) := {"Effect": "Allow", "Action": action, "Resource": target}

document(statements) := json.marshal({"Statement": statements})

inline(statements) := resource("aws_iam_role_policy", "data", {"policy": document(statements)}, to_train)

holds(statements) := module([train, inline(statements)])

policy := "terraform:infra//aws_iam_role_policy.data"

test_data_on_every_resource if {
	iam_002.deny == {{
		"msg": concat("", [
			"aws_iam_role_policy.data allows role aws_iam_role.train to do s3:GetObject, s3:PutObject ",
			"on every resource: list the resources.",
		]),
		"resource": policy,
		"key": "aws_iam_role.train:data:s3:GetObject,s3:PutObject",
		"path": ["policy"],
		"evidence": {"role": "aws_iam_role.train", "actions": ["s3:GetObject", "s3:PutObject"]},
	}} with input as holds([statement(["s3:PutObject", "s3:GetObject", "s3:ListAllMyBuckets"], "*")])
}

test_listed_resources_pass if {
	found(holds([statement("s3:*", "arn:aws:s3:::train/*"), statement("s3:GetObject", ["arn:aws:s3:::a", "b"])])) == set()
	found(holds(statement("s3:GetObject", "arn:aws:s3:::train/*"))) == set()
}

test_actions if {
	every action in [
		"*", "sagemaker:*", "SageMaker:*", "bedrock:*", "bedrock-agentcore:*", "s3:*", "s3:Get*", "s3:getobject",
		"s3:?etObject", "s3:DeleteObject", "s*",
	] {
		count(found(holds([statement(action, "*")]))) == 1
	}
}

# These have no resource-level support, or read no data.
test_actions_that_stay if {
	every action in [
		"ecr:GetAuthorizationToken", "s3:GetObjectTagging", "s3:List*", "sagemaker:ListModels", "logs:*", "s3:Get",
	] {
		found(holds([statement(action, "*")])) == set()
	}
}

test_resources if {
	every target in ["*", ["arn:aws:s3:::a", "*"], "arn:aws:s3:::*", "arn:aws:s3:::*/*", "arn:aws-cn:s3:::*"] {
		count(found(holds([statement("s3:GetObject", target)]))) == 1
	}
	every target in ["arn:aws:s3:::a*", "arn:aws:s3:::*a", true] {
		found(holds([statement("s3:GetObject", target)])) == set()
	}
}

test_denials_pass if {
	found(holds([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}])) == set()
}

test_conditions_are_for_a_person if {
	case := holds([object.union(statement("s3:*", "*"), {"Condition": {"StringEquals": {"aws:ResourceAccount": "1"}}})])
	found(case) == set()
	iam_002.review == {{
		"msg": concat("", [
			"aws_iam_role_policy.data allows, under conditions, role aws_iam_role.train to do s3:* ",
			"on every resource: list the resources.",
		]),
		"resource": policy,
		"key": "aws_iam_role.train:data:s3:*",
		"path": ["policy"],
		"evidence": {"role": "aws_iam_role.train", "actions": ["s3:*"]},
	}} with input as case
	reviewed(holds([statement("s3:*", "*")])) == set()
	count(found(holds([object.union(statement("s3:*", "*"), {"Condition": {}})]))) == 1
}

everything := inline([statement("*", "*")])

test_roles_of_ai_services if {
	several := ["ec2.amazonaws.com", "bedrock.amazonaws.com"]
	every service in ["sagemaker.amazonaws.com", several, "sagemaker.amazonaws.com.cn"] {
		count(found(module([resource("aws_iam_role", "train", trust(service), []), everything]))) == 1
	}
	found(module([resource("aws_iam_role", "train", trust("ec2.amazonaws.com"), []), everything])) == set()
	denied := {"assume_role_policy": json.marshal({"Statement": [{
		"Effect": "Deny", "Principal": {"Service": "sagemaker.amazonaws.com"},
	}]})}
	found(module([resource("aws_iam_role", "train", denied, []), everything])) == set()
}

test_role_of_an_ai_resource if {
	role := resource("aws_iam_role", "train", {}, [])
	uses := [{"path": ["role_arn"], "target": "aws_iam_role.train"}]
	every type in [
		"aws_sagemaker_notebook_instance", "aws_bedrockagent_agent", "awscc_bedrock_agent",
		"AWS::SageMaker::Model", "AWS::Bedrock::Agent",
	] {
		count(found(module([role, everything, resource(type, "a", {}, uses)]))) == 1
	}
	found(module([role, everything, resource("aws_lambda_function", "a", {}, uses)])) == set()
	found(module([role, everything, resource("aws_sagemaker_model", "a", {}, [])])) == set()
}

test_role_of_a_declared_system if {
	role := resource("aws_iam_role", "train", trust("lambda.amazonaws.com"), [])
	found(module([role, everything])) == set()
	owned := object.union(role, {"systems": [{"id": "credit-scoring"}]})
	count(found(module([owned, everything]))) == 1
	other := object.union(resource("aws_iam_role", "train", trust("ec2.amazonaws.com"), []), {"systems": [{"id": "a"}]})
	found(module([other, everything])) == set()
}

test_policies_of_another_role_pass if {
	other := [{"path": ["role"], "target": "aws_iam_role.other"}]
	found(module([train, object.union(everything, {"references": other})])) == set()
	described := [{"path": ["name"], "target": "aws_iam_role.train"}]
	found(module([train, object.union(everything, {"references": described})])) == set()
}

test_role_by_name if {
	named := resource("aws_iam_role", "train", object.union(trust("sagemaker.amazonaws.com"), {"name": "train"}), [])
	attributes := object.union(everything.attributes, {"role": "train"})
	count(found(module([named, object.union(everything, {"references": [], "attributes": attributes})]))) == 1
	other := object.union(everything.attributes, {"role": "other"})
	found(module([named, object.union(everything, {"references": [], "attributes": other})])) == set()
}

test_attached_policy if {
	own := resource("aws_iam_policy", "data", everything.attributes, [])
	links := array.concat(to_train, [{"path": ["policy_arn"], "target": "aws_iam_policy.data"}])
	found(module([train, own, resource("aws_iam_role_policy_attachment", "a", {}, links)])) == {[
		"terraform:infra//aws_iam_policy.data", "aws_iam_role.train:data:*", ["policy"],
	]}
	several := [
		{"path": ["roles", 0], "target": "aws_iam_role.train"},
		{"path": ["policy_arn"], "target": "aws_iam_policy.data"},
	]
	count(found(module([train, own, resource("aws_iam_policy_attachment", "a", {}, several)]))) == 1
	found(module([train, own])) == set()
	found(module([train, own, resource("aws_iam_role_policy_attachment", "a", {}, to_train)])) == set()
	found(module([train, own, resource("aws_iam_group_policy_attachment", "a", {}, links)])) == set()
	arns := [{"path": ["managed_policy_arns", 0], "target": "aws_iam_policy.data"}]
	listed := object.union(train, {"references": arns})
	count(found(module([listed, own]))) == 1
}

test_inline_policy_of_a_role if {
	block := {"inline_policy": [{"name": "data", "policy": document([statement("s3:*", "*")])}]}
	role := resource("aws_iam_role", "train", object.union(trust("sagemaker.amazonaws.com"), block), [])
	found(module([role])) == {[
		"terraform:infra//aws_iam_role.train", "aws_iam_role.train:data:s3:*", ["inline_policy", 0, "policy"],
	]}
	awscc := {
		"assume_role_policy_document": trust("sagemaker.amazonaws.com").assume_role_policy,
		"policies": [{"policy_name": "data", "policy_document": document([statement("s3:*", "*")])}],
	}
	found(module([resource("awscc_iam_role", "train", awscc, [])])) == {[
		"terraform:infra//awscc_iam_role.train", "awscc_iam_role.train:data:s3:*", ["policies", 0, "policy_document"],
	]}
}

cfn_role(policies) := object.union(
	resource("AWS::IAM::Role", "Train", {
		"AssumeRolePolicyDocument": {"Statement": {
			"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"},
		}},
		"Policies": policies,
	}, []),
	{"system": "cloudformation", "address": "Train"},
)

cfn_policy(statements) := {"PolicyName": "data", "PolicyDocument": {"Statement": statements}}

test_cloudformation if {
	listed := statement("s3:*", "arn:aws:s3:::train")
	iam_002.deny == {{
		"msg": "Train (AWS::IAM::Role) allows role Train to do s3:* on every resource: list the resources.",
		"resource": "terraform:infra//AWS::IAM::Role.Train",
		"key": "Train:data:s3:*",
		"path": ["Policies", 0, "PolicyDocument", "Statement", 1],
		"evidence": {"role": "Train", "actions": ["s3:*"]},
	}} with input as module([cfn_role([cfn_policy([listed, statement("s3:*", "*")])])])
	{f.path | some f in iam_002.deny} == {["Policies", 0, "PolicyDocument"]} with input as module([
		cfn_role([cfn_policy(statement("s3:*", "*"))]),
	])
}

test_policies_of_cloudformation if {
	every type in ["AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"] {
		every member in ["Roles", "RoleName"] {
			to_role := [{"path": [member, 0], "target": "Train"}]
			own := resource(type, "Data", cfn_policy([statement("s3:*", "*")]), to_role)
			count(found(module([cfn_role([]), own]))) == 1
		}
	}
	every type in ["awscc_iam_role_policy", "awscc_iam_managed_policy"] {
		attributes := {"policy_document": document([statement("s3:*", "*")])}
		to_role := [{"path": ["role_name"], "target": "Train"}]
		count(found(module([cfn_role([]), resource(type, "data", attributes, to_role)]))) == 1
	}
	own := resource("AWS::IAM::ManagedPolicy", "Data", cfn_policy([statement("s3:*", "*")]), [])
	role := object.union(cfn_role([]), {"references": [{"path": ["ManagedPolicyArns", 0], "target": own.address}]})
	count(found(module([role, own]))) == 1
}

test_documents_that_nobody_knows if {
	unknown := object.union(object.remove(everything, ["attributes"]), {"attributes": {}, "unknown": [["policy"]]})
	case := module([train, unknown])
	found(case) == set()
	iam_002.inconclusive == {{
		"msg": concat("", [
			"What aws_iam_role_policy.data allows role aws_iam_role.train is put together at apply time ",
			"and cannot be read here.",
		]),
		"resource": policy,
		"key": "aws_iam_role.train:data",
		"path": ["policy"],
		"evidence": {"role": "aws_iam_role.train"},
	}} with input as case
	unclear(module([train, everything])) == set()
	block := {"inline_policy": [{"name": "data"}]}
	half := object.union(
		resource("aws_iam_role", "train", object.union(trust("sagemaker.amazonaws.com"), block), []),
		{"unknown": [["inline_policy", 0, "policy"]]},
	)
	unclear(module([half])) == {[
		"terraform:infra//aws_iam_role.train", "aws_iam_role.train:data", ["inline_policy", 0, "policy"],
	]}
	unclear(module([object.union(half, {"unknown": []})])) == set()
}

test_no_ai_role if {
	iam_002.not_applicable == {{
		"msg": "the configuration has no role that runs AI workloads", "key": "", "path": [], "evidence": {},
	}} with input as module([resource("aws_iam_role", "web", trust("ec2.amazonaws.com"), [])])
	iam_002.not_applicable == set() with input as module([train])
}
