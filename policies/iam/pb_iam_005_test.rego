package probity.iam_005_test

import rego.v1

import data.probity.iam_005

workflow(steps) := {"on": "push", "jobs": {"train": {"runs-on": "ubuntu-latest", "steps": array.concat(steps, [{"run": "dvc repro"}])}}}

keys := {"aws-access-key-id": "${{ secrets.AWS_ACCESS_KEY_ID }}", "aws-secret-access-key": "${{ secrets.AWS_SECRET_ACCESS_KEY }}"}

sign_in(inputs) := workflow([{"uses": "aws-actions/configure-aws-credentials@v4", "with": inputs}])

test_static_keys if {
	iam_005.deny == {{
		"msg": "Job train signs in with a static credential: aws-actions/configure-aws-credentials gets aws-access-key-id.",
		"key": "train/aws-actions/configure-aws-credentials",
		"path": ["jobs", "train", "steps", 0, "with", "aws-access-key-id"],
		"evidence": {
			"job": "train", "action": "aws-actions/configure-aws-credentials",
			"input": "aws-access-key-id", "value_from": "secret",
		},
	}} with input as sign_in(keys)
}

test_oidc_passes if {
	iam_005.deny == set() with input as sign_in({"role-to-assume": "arn:aws:iam::1:role/train", "aws-region": "eu-west-1"})
}

test_a_literal_is_not_repeated if {
	found := iam_005.deny with input as sign_in({"aws-access-key-id": "AKIAEXAMPLE"})
	{f.evidence.value_from | some f in found} == {"literal"}
	not contains(json.marshal(found), "AKIAEXAMPLE")
}

test_google_and_azure if {
	google := {"uses": "google-github-actions/auth@v2", "with": {"credentials_json": "${{ secrets.GCP }}"}}
	azure := {"uses": "Azure/login@v2", "with": {"creds": "${{ secrets.AZURE_CREDENTIALS }}"}}
	found := iam_005.deny with input as workflow([google, azure])
	{f.key | some f in found} == {"train/google-github-actions/auth", "train/azure/login"}
}

test_temporary_credentials_pass if {
	iam_005.deny == set() with input as sign_in(object.union(keys, {"aws-session-token": "${{ secrets.T }}"}))
	iam_005.deny == set() with input as sign_in({"aws-access-key-id": "${{ steps.base.outputs.aws-access-key-id }}"})
}

test_environment_variables if {
	case := object.union(workflow([]), {"env": {"AWS_SECRET_ACCESS_KEY": "${{ secrets.KEY }}"}})
	found := iam_005.deny with input as case
	{[f.key, f.path] | some f in found} == {["workflow/AWS_SECRET_ACCESS_KEY", ["env", "AWS_SECRET_ACCESS_KEY"]]}
}

test_environment_variables_of_a_job_and_of_a_step if {
	env := {"AWS_SECRET_ACCESS_KEY": "${{ secrets.KEY }}"}
	job := object.union(workflow([]), {"jobs": {"train": {"env": env}}})
	every case, path in {
		job: ["jobs", "train", "env", "AWS_SECRET_ACCESS_KEY"],
		workflow([{"run": "true", "env": env}]): ["jobs", "train", "steps", 0, "env", "AWS_SECRET_ACCESS_KEY"],
	} {
		found := iam_005.deny with input as case
		{[f.msg, f.path] | some f in found} == {[
			"A static credential is handed to job train in the variable AWS_SECRET_ACCESS_KEY.",
			path,
		]}
	}
}

test_store_with_its_own_endpoint_passes if {
	env := {"AWS_SECRET_ACCESS_KEY": "${{ secrets.KEY }}", "AWS_ENDPOINT_URL": "https://store.example.com"}
	iam_005.deny == set() with input as object.union(workflow([]), {"env": env})
}

test_other_workflows_are_not_applicable if {
	case := {"jobs": {"lint": {"steps": [{"uses": "aws-actions/configure-aws-credentials@v4", "with": keys}]}}}
	iam_005.deny == set() with input as case
	count(iam_005.not_applicable) == 1 with input as case
}

pod(env) := {
	"system": "kubernetes", "type": "Pod", "name": "llm", "namespace": "ml", "subject": "kubernetes:k8s//Pod/ml/llm",
	"attributes": {"kind": "Pod", "metadata": {"name": "llm"}, "spec": {"containers": [{"name": "server", "env": env}]}},
	"unknown": [], "references": [], "joins": {}, "systems": [], "path": "k8s/llm.yaml",
}

test_literal_in_a_manifest if {
	case := pod([{"name": "PORT", "value": "80"}, {"name": "HF_TOKEN", "value": "hf_abcdef"}])
	iam_005.deny == {{
		"msg": "Pod llm holds the secret HF_TOKEN as a literal: take it from a Secret.",
		"key": "server/HF_TOKEN",
		"path": ["spec", "containers", 0, "env", 1, "value"],
		"evidence": {"container": "server", "variable": "HF_TOKEN", "value_from": "literal"},
	}} with input as case
	iam_005.not_applicable == set() with input as case
}

test_values_that_are_no_secret if {
	every value in ["", "${HF_TOKEN}", "{{ .Values.token }}", "$(TOKEN)", "EMPTY", "dummy", "none", "null", "fake", "not-needed", "unused", "changeme"] {
		iam_005.deny == set() with input as pod([{"name": "OPENAI_API_KEY", "value": value}])
	}
	from_secret := {"name": "OPENAI_API_KEY", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
	iam_005.deny == set() with input as pod([from_secret])
	iam_005.deny == set() with input as pod([{"name": "MODEL_NAME", "value": "sk-abc"}])
}

test_only_objects_of_kubernetes_have_containers if {
	case := object.union(pod([{"name": "HF_TOKEN", "value": "hf_abcdef"}]), {"system": "terraform"})
	iam_005.deny == set() with input as case
}
