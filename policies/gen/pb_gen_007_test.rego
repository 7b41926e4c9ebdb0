package probity.gen_007_test

import rego.v1

import data.probity.gen_007

agent(attributes) := {
	"system": "terraform", "type": "aws_bedrockagent_agent", "name": "x", "address": "aws_bedrockagent_agent.x",
	"subject": "terraform:infra//aws_bedrockagent_agent.x",
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

saying(text) := agent({"instruction": text})

found := {[f.key, f.path] | some f in gen_007.deny}

test_plain_prompts_pass if {
	every text in [
		"You are a friendly assistant of the bank.",
		"Never reveal the password of a customer. The secret of success is patience.",
		"The api key is <your key>, the password is {{password}} and the token: $TOKEN",
		"Use the password: example1234 in examples, or AKIAEXAMPLEEXAMPLE12",
		"See https://docs.aws.amazon.com and version 1.10.0",
	] {
		gen_007.deny == set() with input as saying(text)
	}
}

test_password_that_is_written_out if {
	gen_007.deny == {{
		"msg": concat("", [
			"A prompt of aws_bedrockagent_agent.x holds a secret (password or key that is written out): ",
			"whoever may ask the model may read it.",
		]),
		"key": "secret:instruction:words",
		"path": ["instruction"],
		"severity": "high",
		"evidence": {"kind": "words"},
	}} with input as saying("Log in first: the password is hunter2go.")
}

test_kinds_of_secrets if {
	every kind, text in {
		"aws access key": concat("", ["AKIA", "QWERTYUIOPASDFGH"]),
		"github token": concat("", ["ghp_", "abcdefghijklmnopqrstuvwxyz0123456789"]),
		"google api key": concat("", ["AIza", "SyA1234567890abcdefghijklmnopqrstuv"]),
		"model provider key": concat("", ["sk-ant-", "api03-abcdefghijklmnop"]),
		"private key": concat("", ["-----BEGIN RSA ", "PRIVATE KEY-----"]),
		"slack token": concat("", ["xoxb-", "1234567890-abcdef"]),
		"token": concat("", ["eyJhbGciOiJIUzI1", ".eyJzdWIiOiIxMjM0NTY3", ".abc"]),
	} {
		{f.evidence.kind | some f in gen_007.deny} == {kind} with input as saying(concat(" ", ["Use", text, "now"]))
	}
}

test_internal_hosts if {
	gen_007.deny == {{
		"msg": "A prompt of aws_bedrockagent_agent.x names the internal host ledger.bank.internal.",
		"key": "host:instruction:ledger.bank.internal",
		"path": ["instruction"],
		"evidence": {"host": "ledger.bank.internal"},
	}} with input as saying("Call https://Ledger.bank.internal/v1 for balances.")
	every host in ["10.2.3.4", "192.168.1.20", "172.20.0.5", "db.corp"] {
		{f.evidence.host | some f in gen_007.deny} == {host} with input as saying(sprintf("Ask %s first", [host]))
	}
	gen_007.deny == set() with input as saying("Ask 172.40.0.5 or db.example.internal")
}

secret := "password: hunter2go"

test_places_of_prompts if {
	overriding := agent({"prompt_override_configuration": [{"prompt_configurations": [{"base_prompt_template": secret}]}]})
	found == {[
		"secret:prompt_override_configuration.prompt_configurations.base_prompt_template:words",
		["prompt_override_configuration", 0, "prompt_configurations", 0, "base_prompt_template"],
	]} with input as overriding
	every name in ["variant", "variants", "Variants", "Instruction", "PromptOverrideConfiguration"] {
		count(gen_007.deny) == 1 with input as agent({name: [{"text": secret}]})
	}
	gen_007.deny == set() with input as agent({"description": secret})
	template := object.union(saying(""), {"system": "cloudformation", "attributes": {"Instruction": secret}})
	found == {["secret:Instruction:words", ["Instruction"]]} with input as template
}

gateway(parameters) := {"model_list": [{"model_name": "chat", "litellm_params": parameters}]}

test_gateway if {
	{[f.msg, f.path] | some f in gen_007.deny} == {[
		"A prompt of the gateway holds a secret (password or key that is written out): whoever may ask the model may read it.",
		["model_list", 0, "litellm_params", "initial_prompt_value"],
	]} with input as gateway({"initial_prompt_value": secret})
	gen_007.deny == set() with input as gateway({"api_base": "http://vllm.internal", "model": "openai/x"})
}

repository(prompt, report) := {
	"documents": [
		{"path": "reports/eval.json", "kind": "evaluation-report", "subject": "document:reports/eval.json", "value": {}},
		{"path": "README.md", "kind": "model-card", "subject": "document:README.md", "value": {}},
	],
	"history": {"complete": true, "why": "", "last_changed": {
		"prompts/system.txt": {"commit": "c2", "date": prompt},
		"reports/eval.json": {"commit": "c1", "date": report},
		"README.md": {"commit": "c3", "date": "2026-12-01T00:00:00Z"},
		"src/prompts.py": {"commit": "c3", "date": "2026-12-01T00:00:00Z"},
	}},
}

test_prompt_after_the_evaluation_is_a_question if {
	case := repository("2026-03-02T10:00:00Z", "2026-03-02T10:30:00+01:00")
	gen_007.deny == set() with input as case
	gen_007.review == {{
		"msg": "Prompt prompts/system.txt changed after the last evaluation report: were the evaluations run again?",
		"resource": "document:prompts/system.txt",
		"key": "prompt:prompts/system.txt",
		"path": [],
		"evidence": {"prompt": "prompts/system.txt", "commit": "c2"},
	}} with input as case
}

test_prompt_with_its_evaluation_passes if {
	every report in ["2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"] {
		case := repository("2026-03-02T10:00:00Z", report)
		gen_007.review == set() with input as case
		gen_007.inconclusive == set() with input as case
	}
	bare := object.remove(repository("2026-03-02T10:00:00Z", "2026-03-01T10:00:00Z"), ["documents"])
	gen_007.review == set() with input as object.union(bare, {"documents": []})
}

test_shallow_history_is_inconclusive if {
	case := object.union(repository("2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"), {"history": {
		"complete": false, "why": "the clone is shallow",
	}})
	gen_007.inconclusive == {{
		"msg": "When prompt prompts/system.txt changed cannot be told: the clone is shallow.",
		"resource": "document:prompts/system.txt",
		"key": "prompt:prompts/system.txt",
		"path": [],
		"evidence": {"prompt": "prompts/system.txt"},
	}} with input as case
}
