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
	nothing(workflow("deploy", object.union(run("terraform apply"), {"name": "Deploy to staging"})))
}

test_variables_of_a_workflow_are_no_job_of_gitlab if {
	nothing(object.union(workflow("lint", run("make")), {"env": {"script": "terraform apply"}}))
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

# GitLab

gitlab(job) := {"stages": ["deploy"], "variables": {"A": "b"}, "release": job, ".hidden": {"script": ["terraform apply"]}}

apply := {"script": ["terraform init", "terraform apply -auto-approve"]}

in_gitlab(settings) := gitlab(object.union(apply, settings))

denied(case) := {[f.msg, f.key, f.path] | some f in found} if found := ovr_002.deny with input as case

passes(case) if {
	nothing(case)
	ovr_002.not_applicable == set() with input as case
}

test_gitlab_job_without_an_environment if {
	ovr_002.deny == {{
		"msg": "Job release deploys with terraform apply and declares no environment that somebody has to approve.",
		"key": "release",
		"path": ["release"],
		"evidence": {"job": "release", "deploys_with": "terraform apply"},
	}} with input as gitlab(apply)
	count(denied(gitlab({"script": "kubectl apply -f k8s/"}))) == 1
	count(denied(gitlab({"script": ["true"], "before_script": ["kubectl apply -f k8s/"]}))) == 1
}

test_gitlab_job_that_starts_by_itself if {
	denied(in_gitlab({"environment": {"name": "production"}})) == {[
		"Job release deploys to production by itself: it is not started by hand (when: manual).",
		"release",
		["release", "environment", "name"],
	]}
	some finding in denied(in_gitlab({"environment": "prod", "when": "on_success"}))
	finding[2] == ["release", "environment"]
	passes(in_gitlab({"environment": "production", "when": "manual"}))
	by_rules := {"environment": "production", "rules": [{"if": "$CI_COMMIT_TAG", "when": "manual"}, {"when": "never"}]}
	passes(in_gitlab(by_rules))
	by_itself := {"environment": "production", "rules": [{"when": "manual"}, {"if": "$X", "when": "on_success"}]}
	count(denied(in_gitlab(by_itself))) == 1
	count(denied(in_gitlab({"environment": "production", "rules": [{"when": "never"}]}))) == 1
}

test_gitlab_previews_and_stops if {
	every settings in [
		{"environment": "staging"},
		{"rules": [{"if": "$CI_PIPELINE_SOURCE == 'merge_request_event'"}]},
		{"only": ["merge_requests"]},
		{"environment": {"name": "production", "action": "stop"}},
	] {
		nothing(in_gitlab(settings))
	}
	nothing({"release": {"script": ["make"]}})
	nothing({"deploy-staging": apply})
	count(ovr_002.not_applicable) == 1 with input as {"release": {"script": ["make"]}}
}

test_gitlab_environment_that_is_not_listed if {
	case := in_gitlab({"environment": "eu-west"})
	{[f.msg, f.key] | some f in ovr_002.review} == {[
		"Job release deploys to environment eu-west, which is not listed as protected.",
		"release",
	]} with input as case
	denied(case) == set()
	variable := in_gitlab({"environment": "$STAGE", "when": "manual"})
	{f.msg | some f in ovr_002.inconclusive} == {
		"Job release deploys to an environment that is known only when it runs: $STAGE.",
	} with input as variable
	ovr_002.review == set() with input as variable
	denied(variable) == set()
}

test_gitlab_job_takes_over_another if {
	base := {"environment": "production", "when": "manual"}
	passes(object.union(in_gitlab({"extends": ".base"}), {".base": base}))
	passes(object.union(in_gitlab({"extends": [".base"]}), {".base": base}))
	elsewhere := in_gitlab({"extends": ".elsewhere"})
	denied(elsewhere) == set()
	{f.msg | some f in ovr_002.inconclusive} == {
		"Job release deploys and takes over .elsewhere, which is not in this file.",
	} with input as elsewhere
	denied(in_gitlab({"extends": ".elsewhere", "environment": "production"})) == set()
	passes(in_gitlab({"extends": ".elsewhere", "environment": "production", "when": "manual"}))
}
