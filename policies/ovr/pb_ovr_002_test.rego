package probity.ovr_002_test

import rego.v1

import data.probity.ovr_002

workflow(id, job) := {"name": "deploy", "on": {"push": {"branches": ["main"]}}, "jobs": {id: job}}

run(command) := {"runs-on": "ubuntu-latest", "steps": [{"uses": "actions/checkout@v4"}, {"run": command}]}

in_environment(value) := workflow("deploy", object.union(run("terraform apply -auto-approve"), {"environment": value}))

nothing(case) if {
	ovr_002.deny == set() with input as case
	ovr_002.review == set() with input as case
	ovr_002.inconclusive == set() with input as case
}

test_no_environment if {
	ovr_002.deny == {{
		"msg": "Job deploy deploys with aws sagemaker endpoint and declares no environment that somebody has to approve.",
		"key": "deploy",
		"path": ["jobs", "deploy"],
		"evidence": {"job": "deploy", "deploys_with": "aws sagemaker endpoint"},
	}} with input as workflow("deploy", run("aws sagemaker update-endpoint --endpoint-name credit"))
}

test_recognised_commands if {
	every command in [
		"terraform -chdir=infra apply -auto-approve",
		"kubectl --context prod apply -f k8s/",
		"kustomize build . | kubectl apply -f -",
		"helm upgrade --install credit chart",
		"az ml online-endpoint update -n credit",
		"gcloud ai endpoints deploy-model 1 --model 2",
		"npx cdk deploy --all",
	] {
		count(ovr_002.deny) == 1 with input as workflow("deploy", run(command))
	}
}

test_commands_that_deploy_nothing if {
	every command in [
		"terraform plan",
		"# terraform apply",
		"echo run terraform apply by hand",
		"kubectl apply --dry-run=server -f k8s/",
		"kubectl get pods",
		"aws sagemaker describe-endpoint --endpoint-name credit",
	] {
		nothing(workflow("deploy", run(command)))
		count(ovr_002.not_applicable) == 1 with input as workflow("deploy", run(command))
	}
}

# Trap 30: a declared approval passes; the enforcement is a setting.
test_protected_environment_in_both_spellings if {
	nothing(in_environment("production"))
	nothing(in_environment({"name": "production", "url": "https://example.com"}))
}

test_other_stage_passes if {
	nothing(in_environment("staging"))
	nothing(workflow("deploy-dev", run("terraform apply")))
}

test_unlisted_environment_is_a_review if {
	found := ovr_002.review with input as in_environment({"name": "eu-west"})
	{[f.key, f.path] | some f in found} == {["deploy", ["jobs", "deploy", "environment", "name"]]}
}

test_environment_from_an_expression_is_inconclusive if {
	case := in_environment("${{ inputs.stage }}")
	ovr_002.deny == set() with input as case
	count(ovr_002.inconclusive) == 1 with input as case
}

test_pull_requests_deploy_previews if {
	nothing(object.union(object.remove(workflow("deploy", run("terraform apply")), ["on"]), {"on": ["pull_request"]}))
}

test_cluster_of_the_job_is_a_test_bed if {
	job := {"steps": [{"uses": "helm/kind-action@v1"}, {"run": "kubectl apply -f k8s/"}]}
	nothing(workflow("e2e", job))
}
