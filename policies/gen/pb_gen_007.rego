# METADATA
# title: System prompt contains secrets or unreviewed change
# description: >-
#   A prompt can be drawn out of a model, so what stands in it is public: the instruction of a Bedrock agent, a
#   prompt template or a gateway's prompt holds a key, a password that is written out, or the name of an internal
#   host (medium, secrets high). Examples and placeholders do not count. And a prompt file that changed after every
#   evaluation report is a question for a person: were the evaluations run again? The texts of prompt files are not
#   read.
# scope: package
# related_resources:
#   - ref: https://genai.owasp.org/llmrisk/llm072025-system-prompt-leakage/
#     description: "OWASP LLM07:2025 System prompt leakage"
# custom:
#   id: PB-GEN-007
#   version: 1
#   severity: medium
#   scope: [resource, document, repository]
#   selects:
#     - aws_bedrockagent_agent
#     - aws_bedrockagent_prompt
#     - awscc_bedrock_agent
#     - awscc_bedrock_prompt
#     - "AWS::Bedrock::Agent"
#     - "AWS::Bedrock::Prompt"
#     - litellm
#   inputs: [tf, cfn, llmgw, git, eval]
#   controls:
#     - "OWASP-LLM:LLM07:2025"
#     - "ATLAS:AML.M0021"
#     - "NIST-AI-600-1:MS-2.5-006"
#     - "SOC2:CC8.1"
#     - "ISO42001:A.6.2.5"
#   remediation: >-
#     Move secrets and internal names out of the prompt, and run the evaluations again when a prompt changes.
#   aliases:
#     - AISF-AI-07
#     - bedrock_prompt_management_exists
#   params:
#     - prompt_secrets
#     - prompt_internal_hosts
#     - prompt_placeholders
#     - prompt_files
package probity.gen_007

import rego.v1

import data.probity.params

resource_ if input.system in {"terraform", "cloudformation"}

# The attributes of a resource that hold prompts; below them every text is one.
prompt_attributes := {
	"instruction", "Instruction",
	"prompt_override_configuration", "PromptOverrideConfiguration",
	"variant", "variants", "Variants",
}

prompts contains {"path": path, "text": text} if {
	resource_
	walk(input.attributes, [path, text])
	is_string(text)
	path[0] in prompt_attributes
}

# A gateway's prompts: any text whose key, or that of a part around it, speaks of a prompt.
prompts contains {"path": path, "text": text} if {
	is_array(input.model_list)
	some i, model in input.model_list
	walk(model, [inner, text])
	is_string(text)
	some step in inner
	is_string(step)
	contains(lower(step), "prompt")
	path := array.concat(["model_list", i], inner)
}

placeholder(match) if {
	some pattern in params.prompt_placeholders
	regex.match(pattern, match)
}

secrets contains {"path": prompt.path, "kind": kind} if {
	some prompt in prompts
	some kind, pattern in params.prompt_secrets
	some match in regex.find_n(pattern, prompt.text, -1)
	not placeholder(match)
}

hosts contains {"path": prompt.path, "host": match} if {
	some prompt in prompts
	some pattern in params.prompt_internal_hosts
	some match in regex.find_n(pattern, lower(prompt.text), -1)
	not placeholder(match)
}

title := input.address if {
	resource_
} else := "the gateway"

# Positions in a list move; names do not.
names(path) := concat(".", [step | some step in path; is_string(step)])

named("words") := "password or key that is written out"

named(kind) := kind if kind != "words"

deny contains f if {
	some secret in secrets
	f := {
		"msg": sprintf("A prompt of %s holds a secret (%s): whoever may ask the model may read it.", [
			title,
			named(secret.kind),
		]),
		"key": sprintf("secret:%s:%s", [names(secret.path), secret.kind]),
		"path": secret.path,
		"severity": "high",
		"evidence": {"kind": secret.kind},
	}
}

deny contains f if {
	some place in hosts
	f := {
		"msg": sprintf("A prompt of %s names the internal host %s.", [title, place.host]),
		"key": sprintf("host:%s:%s", [names(place.path), place.host]),
		"path": place.path,
		"evidence": {"host": place.host},
	}
}

# Prompt files and when they last changed.
prompt_files contains {"path": path, "changed": changed} if {
	some path, changed in input.history.last_changed
	some pattern in params.prompt_files
	regex.match(pattern, path)
}

evaluated := max({time.parse_rfc3339_ns(input.history.last_changed[document.path].date) |
	some document in input.documents
	document.kind == "evaluation-report"
})

review contains f if {
	last := evaluated
	some file in prompt_files
	time.parse_rfc3339_ns(file.changed.date) > last
	f := {
		"msg": sprintf("Prompt %s changed after the last evaluation report: were the evaluations run again?", [file.path]),
		"resource": sprintf("document:%s", [file.path]),
		"key": concat(":", ["prompt", file.path]),
		"path": [],
		"evidence": {"prompt": file.path, "commit": file.changed.commit},
	}
}

inconclusive contains f if {
	input.history.complete == false
	some file in prompt_files
	f := {
		"msg": sprintf("When prompt %s changed cannot be told: %s.", [file.path, input.history.why]),
		"resource": sprintf("document:%s", [file.path]),
		"key": concat(":", ["prompt", file.path]),
		"path": [],
		"evidence": {"prompt": file.path},
	}
}
