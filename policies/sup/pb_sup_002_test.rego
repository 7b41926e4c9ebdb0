package probity.sup_002_test

import rego.v1

import data.probity.sup_002

kubernetes(kind, spec) := {
	"system": "kubernetes", "type": kind, "name": "llm", "namespace": "ml",
	"subject": sprintf("kubernetes:k8s//apps/%s/ml/llm", [kind]),
	"attributes": {"kind": kind, "metadata": {"name": "llm"}, "spec": spec},
	"unknown": [], "references": [], "path": "k8s/llm.yaml",
}

pod(container) := kubernetes("Pod", {"containers": [object.union({"name": "vllm"}, container)]})

model(environment) := {
	"system": "terraform", "type": "aws_sagemaker_model", "name": "llm", "address": "aws_sagemaker_model.llm",
	"subject": "terraform:infra//aws_sagemaker_model.llm",
	"attributes": {"primary_container": [{"environment": environment}]},
	"unknown": [], "references": [], "path": "infra/main.tf",
}

commit := "11bd71901bbe5b1630ceea73d27597364c9af683"

test_argument if {
	sup_002.deny == {{
		"msg": "Pod llm runs code that comes with a downloaded model: trust_remote_code is on in args.",
		"key": "vllm:args",
		"path": ["spec", "containers", 0, "args", 1],
		"severity": "critical",
		"evidence": {"set_in": "args", "revisions": ""},
	}} with input as pod({"args": ["--model=a/b", "--trust-remote-code"]})
}

test_spellings if {
	every args in [
		["--trust_remote_code"],
		["--trust-remote-code=true"],
		["--trust-remote-code", "true"],
		["-c", "vllm serve a/b --trust-remote-code --port 80"],
		["--model-loader-extra-config", `{"trust_remote_code": true}`],
		["-c", "from_pretrained('a', trust_remote_code=True)"],
		["--trust-remote-code", 0],
		["-c", "vllm serve a/b --trust-remote-code --seed", "0"],
	] {
		count(sup_002.deny) == 1 with input as pod({"args": args})
	}
}

test_no_use if {
	every args in [
		["--model=a/b"],
		["--trust-remote-code=false"],
		["--trust-remote-code", "False"],
		["vllm serve a/b --trust-remote-code false"],
		["--no-trust-remote-code"],
		["--trust-remote-code-docs"],
		["from_pretrained('a', trust_remote_code=False)"],
		["--port", 80],
	] {
		sup_002.deny == set() with input as pod({"args": args})
	}
}

test_environment if {
	found := sup_002.deny with input as pod({"env": [{"name": "HF_TRUST_REMOTE_CODE", "value": "True"}]})
	{[f.key, f.path] | some f in found} == {["vllm:env:HF_TRUST_REMOTE_CODE", ["spec", "containers", 0, "env", 0, "value"]]}
	sup_002.deny == set() with input as pod({"env": [{"name": "HF_TRUST_REMOTE_CODE", "value": "false"}]})
	count(sup_002.deny) == 1 with input as pod({"env": [{"name": "VLLM_ARGS", "value": "--max-len 1 --trust-remote-code"}]})
	sup_002.deny == set() with input as pod({"env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}]})
}

test_inference_service if {
	found := sup_002.deny with input as kubernetes("InferenceService", {"predictor": {"model": {"args": ["--trust-remote-code"]}}})
	{[f.key, f.path] | some f in found} == {["predictor/model:args", ["spec", "predictor", "model", "args", 0]]}
}

test_what_another_system_calls_so if {
	trusting := {"trust_remote_code": "true"}
	sup_002.deny == set() with input as object.union(pod({"args": ["--trust-remote-code"]}), {"system": "terraform"})
	every name in ["environment", "hyper_parameters"] {
		sup_002.deny == set() with input as object.union(pod({}), {"attributes": {name: trusting}})
	}
	every instruction in [
		{"Cmd": "env", "Value": ["HF_TRUST_REMOTE_CODE", "1", "="]},
		{"Cmd": "cmd", "Value": ["--trust-remote-code"]},
	] {
		sup_002.deny == set() with input as {"step": instruction}
	}
}

# Trap 26: descriptions, schemas and defaults are not uses.
test_descriptions_are_not_uses if {
	crd := kubernetes("CustomResourceDefinition", {"versions": [{"schema": {"description": "--trust-remote-code"}}]})
	sup_002.deny == set() with input as crd
	annotated := {"metadata": {"annotations": {"note": "never set --trust-remote-code"}}}
	sup_002.deny == set() with input as object.union(pod({}), {"attributes": annotated})
}

test_terraform_environment if {
	found := sup_002.deny with input as model({"HF_MODEL_TRUST_REMOTE_CODE": "true"})
	{[f.key, f.path] | some f in found} == {[
		"primary_container.environment:HF_MODEL_TRUST_REMOTE_CODE",
		["primary_container", 0, "environment", "HF_MODEL_TRUST_REMOTE_CODE"],
	]}
	sup_002.deny == set() with input as model({"HF_MODEL_ID": "a/b"})
}

test_hyper_parameters_are_encoded if {
	case := object.union(object.remove(model({}), ["attributes"]), {
		"type": "aws_sagemaker_training_job",
		"attributes": {"hyper_parameters": {"trust_remote_code": "\"true\""}},
	})
	found := sup_002.deny with input as case
	{f.path | some f in found} == {["hyper_parameters", "trust_remote_code"]}
}

test_reviewed_revision_is_medium if {
	case := pod({"args": ["--trust-remote-code", "--revision", commit]})
	{f.severity | some f in sup_002.deny} == {"critical"} with input as case
	{f.severity | some f in sup_002.deny} == {"medium"} with input as case with data.probity.params.reviewed_model_revisions as [commit]
	counted := pod({"args": ["--trust-remote-code", "--revision", commit, "--port", 80]})
	{f.severity | some f in sup_002.deny} == {"medium"} with input as counted with data.probity.params.reviewed_model_revisions as [commit]
}

test_reviewed_revision_in_a_variable_is_medium if {
	trusting := {"HF_TRUST_REMOTE_CODE": "true"}
	every name in ["REVISION", "HF_MODEL_REVISION"] {
		case := model(object.union(trusting, {name: commit}))
		{f.severity | some f in sup_002.deny} == {"medium"} with input as case
			with data.probity.params.reviewed_model_revisions as [commit]
	}
	every variable in [{"GIT_COMMIT": commit}, {"HF_MODEL_REVISION": "main"}] {
		{[f.severity, f.evidence.revisions] | some f in sup_002.deny} == {[
			"critical",
			"",
		]} with input as model(object.union(trusting, variable))
			with data.probity.params.reviewed_model_revisions as [commit]
	}
}

test_twins if {
	every block in ["primary_container", "container", "containers"] {
		case := object.union(object.remove(model({}), ["attributes"]), {
			"type": "awscc_sagemaker_model",
			"attributes": {block: [{"environment": {"HF_MODEL_TRUST_REMOTE_CODE": "true"}}]},
		})
		found := sup_002.deny with input as case
		{f.path | some f in found} == {[block, 0, "environment", "HF_MODEL_TRUST_REMOTE_CODE"]}
	}
	every block in ["PrimaryContainer", "Containers"] {
		case := object.union(object.remove(model({}), ["attributes"]), {
			"type": "AWS::SageMaker::Model", "system": "cloudformation", "address": "Llm",
			"attributes": {block: [{"Environment": {"HF_TRUST_REMOTE_CODE": "true"}, "ContainerHostname": "gen"}]},
		})
		sup_002.deny == {{
			"msg": concat("", [
				"Llm (AWS::SageMaker::Model) runs code that comes with a downloaded model: ",
				"trust_remote_code is on in HF_TRUST_REMOTE_CODE.",
			]),
			"key": sprintf("%s.gen:HF_TRUST_REMOTE_CODE", [block]),
			"path": [block, 0, "Environment", "HF_TRUST_REMOTE_CODE"],
			"severity": "critical",
			"evidence": {"set_in": "HF_TRUST_REMOTE_CODE", "revisions": ""},
		}} with input as case
	}
}

call(kwargs) := {"imports": [], "calls": [
	{"name": "print", "args": [], "kwargs": {"revision": commit}, "open": []},
	{"name": "transformers.AutoModel.from_pretrained", "args": ["a/b"], "kwargs": kwargs, "open": []},
]}

test_python if {
	sup_002.deny == {{
		"msg": concat("", [
			"The program runs code that comes with a downloaded model: ",
			"trust_remote_code is on in transformers.AutoModel.from_pretrained.",
		]),
		"key": "transformers.AutoModel.from_pretrained",
		"path": ["calls", 1, "kwargs", "trust_remote_code"],
		"severity": "critical",
		"evidence": {"set_in": "transformers.AutoModel.from_pretrained", "revisions": ""},
	}} with input as call({"trust_remote_code": true})
	sup_002.deny == set() with input as call({"trust_remote_code": false})
	sup_002.deny == set() with input as call({"trust_remote_code": 1})
	sup_002.deny == set() with input as call({"device": true})
}

test_python_with_a_reviewed_revision if {
	case := call({"trust_remote_code": true, "revision": commit})
	{f.severity | some f in sup_002.deny} == {"medium"} with input as case
		with data.probity.params.reviewed_model_revisions as [commit]
	{f.severity | some f in sup_002.deny} == {"critical"} with input as case
	branch := call({"trust_remote_code": true, "revision": "main"})
	{[f.severity, f.evidence.revisions] | some f in sup_002.deny} == {["critical", ""]} with input as branch
}

test_image if {
	sup_002.deny == {{
		"msg": "The image runs code that comes with a downloaded model: trust_remote_code is on in CMD.",
		"key": "cmd",
		"path": [0, "Value", 3],
		"severity": "critical",
		"evidence": {"set_in": "CMD", "revisions": ""},
	}} with input as [{"Cmd": "cmd", "Value": ["vllm", "serve", "a/b", "--trust-remote-code"]}]
	every instruction in ["entrypoint", "run"] {
		count(sup_002.deny) == 1 with input as [{"Cmd": instruction, "Value": ["vllm serve a/b --trust-remote-code"]}]
	}
	sup_002.deny == set() with input as [{"Cmd": "label", "Value": ["--trust-remote-code"]}]
	sup_002.deny == set() with input as [{"Cmd": "cmd", "Value": ["serve", "--trust-remote-code", "false"]}]
}

test_image_variable if {
	found := sup_002.deny with input as [{"Cmd": "env", "Value": ["A", "1", "=", "HF_TRUST_REMOTE_CODE", "1", "="]}]
	{[f.key, f.path] | some f in found} == {["env:HF_TRUST_REMOTE_CODE", [0, "Value", 4]]}
	sup_002.deny == set() with input as [{"Cmd": "env", "Value": ["HF_TRUST_REMOTE_CODE", "0", "="]}]
	sup_002.deny == set() with input as [{"Cmd": "env", "Value": ["A", "1", "=", "--trust-remote-code", "0", "="]}]
	sup_002.deny == set() with input as [{"Cmd": "arg", "Value": ["HF_TRUST_REMOTE_CODE", "1", "="]}]
}

test_gateway if {
	sup_002.deny == {{
		"msg": "The gateway runs code that comes with a downloaded model: trust_remote_code is on in trust_remote_code.",
		"key": "gen:trust_remote_code",
		"path": ["model_list", 0, "litellm_params", "trust_remote_code"],
		"severity": "critical",
		"evidence": {"set_in": "trust_remote_code", "revisions": ""},
	}} with input as {"model_list": [{
		"model_name": "gen", "litellm_params": {"model": "a/b", "trust_remote_code": true},
	}]}
	some f in sup_002.deny with input as {"address": "a", "model_list": [{"litellm_params": {"trust_remote_code": true}}]}
	startswith(f.msg, "The gateway runs")
	sup_002.deny == set() with input as {"model_list": [{"model_name": "gen", "litellm_params": {"model": "a/b"}}]}
}
