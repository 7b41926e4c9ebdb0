package probity.lcm_005_test

import rego.v1

import data.probity.lcm_005

resource(folder, type, config) := {
	"system": "terraform", "type": type, "subject": sprintf("terraform:%s//%s.x", [folder, type]),
	"provider": {"name": "aws", "alias": "", "config": config},
}

region := {"region": "eu-central-1"}

repository(resources, paths) := {"resources": resources, "files": {path: {"size": 1} | some path in paths}}

keys(case) := {f.key | some f in denied} if denied := lcm_005.deny with input as case

passes(case) if {
	keys(case) == set()
	lcm_005.not_applicable == set() with input as case
}

model := resource("infra/prod", "aws_sagemaker_model", region)

test_lock_file_beside_the_root_passes if {
	passes(repository([model], ["infra/prod/.terraform.lock.hcl"]))
	passes(repository([resource(".", "awscc_bedrock_agent", region)], [".terraform.lock.hcl"]))
}

test_no_lock_file if {
	lcm_005.deny == {{
		"msg": "Terraform root infra/prod has no .terraform.lock.hcl: the next run may take other provider versions.",
		"resource": "terraform:infra/prod//aws_sagemaker_model.x",
		"key": "lock",
		"path": [],
		"evidence": {"root": "infra/prod", "missing": "infra/prod/.terraform.lock.hcl"},
	}} with input as repository([model], [".terraform.lock.hcl"])
	every type in ["google_vertex_ai_endpoint", "azurerm_cognitive_account"] {
		keys(repository([resource(".", type, region)], [])) == {"lock"}
	}
}

# A module is called by others; what calls it has the provider configuration.
test_modules_are_left_out if {
	passes(repository([resource("modules/ml", "aws_sagemaker_model", {})], []))
	beside := repository([resource("modules/ml", "aws_sagemaker_model", {}), resource("modules/ml", "aws_s3_bucket", region)], [])
	keys(beside) == {"lock"}
}

test_state_in_the_repository if {
	lcm_005.deny == {{
		"msg": "The Terraform state infra/prod/terraform.tfstate lies in the repository, with its secrets in the clear.",
		"resource": "document:infra/prod/terraform.tfstate",
		"key": "state:infra/prod/terraform.tfstate",
		"path": [],
		"evidence": {"path": "infra/prod/terraform.tfstate"},
	}} with input as repository([model], ["infra/prod/.terraform.lock.hcl", "infra/prod/terraform.tfstate"])
	keys(repository([model], ["infra/prod/.terraform.lock.hcl", "a.tfstate.backup", "b.tfstate.md"])) == {"state:a.tfstate.backup"}
}

test_other_infrastructure_is_not_applicable if {
	every resources in [
		[resource(".", "aws_s3_bucket", region)],
		[object.union(model, {"system": "cloudformation"})],
	] {
		case := repository(resources, ["x.tfstate"])
		keys(case) == set()
		{n.msg | some n in lcm_005.not_applicable} == {"no Terraform root holds an AI resource"} with input as case
	}
}
