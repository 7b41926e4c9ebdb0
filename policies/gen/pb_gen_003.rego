# METADATA
# title: Azure OpenAI deployment without a strict RAI policy
# description: >-
#   A deployment relies on Azure's default content filter (low severity: it blocks at Medium), or its own policy
#   switches a filter off, does not block, or blocks at High only. Filters that a policy does not mention come from
#   its base policy (low). Asynchronous filtering lets text through before it is checked: not for a high-risk system.
#   A policy that is not in the same root counts as unknown.
# scope: package
# related_resources:
#   - ref: https://learn.microsoft.com/en-us/azure/ai-foundry/openai/concepts/content-filter
#     description: Content filtering in Azure OpenAI
# custom:
#   id: PB-GEN-003
#   version: 1
#   severity: high
#   scope: module
#   resources: named
#   selects:
#     - terraform
#   inputs: [tf]
#   controls:
#     - "EU-AIA:15.5"
#     - "NIST-AI-600-1:MS-2.6-006"
#     - "OWASP-LLM:LLM01:2025"
#     - "ATLAS:AML.M0020"
#     - "ISO42001:A.9.2"
#     - "G7-CoC:1"
#   remediation: >-
#     Name an azurerm_cognitive_account_rai_policy whose filters block at Low or Medium, on prompts and completions,
#     and block jailbreaks.
#   aliases:
#     - af253d37-136a-42f8-a1fc-30010c083d41
#     - f3a9c2e0-7b4d-4d8f-9c3a-2e1f6b9a8d4e
#   applies_when: >-
#     the root holds a deployment of a model on Azure
#   params:
#     - azure_harm_filters
#     - azure_attack_filters
#     - azure_filter_thresholds
#     - azure_default_filters
package probity.gen_003

import rego.v1

import data.probity.lib.terraform
import data.probity.lib.reading
import data.probity.params

deployments contains r if {
	some r in input.resources
	r.type == "azurerm_cognitive_deployment"
}

policies contains r if {
	some r in input.resources
	r.type == "azurerm_cognitive_account_rai_policy"
}

uses(deployment, policy) if {
	reading.points(deployment, reading.whole(deployment), "rai_policy_name", policy, "name")
}

resolved(deployment) if {
	some policy in policies
	uses(deployment, policy)
}

# Nothing but the default of the service.
defaulted(deployment) if {
	not terraform.is_set(deployment.attributes, "rai_policy_name")
	not undecided(deployment)
}

defaulted(deployment) if {
	deployment.attributes.rai_policy_name in params.azure_default_filters
	not undecided(deployment)
}

undecided(deployment) if reading.unknown(deployment, ["rai_policy_name"])

deny contains f if {
	some deployment in deployments
	defaulted(deployment)
	value := object.get(deployment.attributes, "rai_policy_name", "absent")
	f := {
		"msg": sprintf(
			"Deployment %s has the default content filter only: name a policy of your own.",
			[deployment.address],
		),
		"resource": deployment.subject,
		"key": "rai_policy_name",
		"path": terraform.where(deployment.attributes, [], "rai_policy_name"),
		"severity": "low",
		"evidence": {"attribute": "rai_policy_name", "value": value},
	}
}

inconclusive contains f if {
	some deployment in deployments
	not defaulted(deployment)
	not resolved(deployment)
	f := {
		"msg": sprintf("Deployment %s names a content filter that is not in this root.", [deployment.address]),
		"resource": deployment.subject,
		"key": "rai_policy_name",
		"path": terraform.where(deployment.attributes, [], "rai_policy_name"),
		"evidence": {"attribute": "rai_policy_name"},
	}
}

used contains policy if {
	some deployment in deployments
	some policy in policies
	uses(deployment, policy)
}

plain(name) := lower(replace(replace(name, "_", ""), " ", ""))

filters(policy) := [{"name": name, "source": lower(place.body.source), "block": place.body, "path": place.path} |
	some place in reading.blocks(policy, reading.whole(policy), "content_filter")
	name := plain(place.body.name)
]

harms := {plain(name) | some name in params.azure_harm_filters}

attacks := {plain(name) | some name in params.azure_attack_filters}

# The attribute that weakens a filter.
weakness(filter) := "filter_enabled" if {
	reading.off(filter.block.filter_enabled)
} else := "block_enabled" if {
	reading.off(filter.block.block_enabled)
} else := "severity_threshold" if {
	filter.name in harms
	not object.get(filter.block, "severity_threshold", "High") in params.azure_filter_thresholds
}

deny contains f if {
	some policy in used
	some filter in filters(policy)
	filter.name in harms | attacks
	attribute := weakness(filter)
	f := {
		"msg": sprintf("Content filter %s lets %s through on %s: see %s.", [
			policy.address,
			filter.block.name,
			filter.source,
			attribute,
		]),
		"resource": policy.subject,
		"key": sprintf("%s:%s", [filter.name, filter.source]),
		"path": array.concat(filter.path, [attribute]),
		"evidence": {"filter": filter.name, "source": filter.source, "attribute": attribute},
	}
}

required := {[name, source] | some name in harms; some source in ["prompt", "completion"]} | {[name, "prompt"] |
	some name in attacks
}

missing(policy) := required - {[filter.name, filter.source] | some filter in filters(policy)}

deny contains f if {
	some policy in used
	not terraform.unreadable(policy.attributes, "content_filter")
	count(missing(policy)) > 0
	f := {
		"msg": sprintf("Content filter %s leaves %d filters to its base policy.", [policy.address, count(missing(policy))]),
		"resource": policy.subject,
		"key": "missing",
		"path": [],
		"severity": "low",
		"evidence": {"missing": sort([concat(" ", pair) | some pair in missing(policy)])},
	}
}

deny contains f if {
	some deployment in deployments
	some system in deployment.systems
	system.risk_class == "high"
	some policy in policies
	uses(deployment, policy)
	policy.attributes.mode == "Asynchronous_filter"
	f := {
		"msg": sprintf("Content filter %s checks the text of high-risk system %s only after it was sent.", [
			policy.address,
			system.id,
		]),
		"resource": policy.subject,
		"key": "mode",
		"path": ["mode"],
		"evidence": {"attribute": "mode", "value": "Asynchronous_filter", "system": system.id},
	}
}

inconclusive contains f if {
	some policy in used
	terraform.unreadable(policy.attributes, "content_filter")
	f := {
		"msg": sprintf("The filters of %s cannot be read from the repository.", [policy.address]),
		"resource": policy.subject,
		"key": "content_filter",
		"path": terraform.where(policy.attributes, [], "content_filter"),
		"evidence": {"attribute": "content_filter"},
	}
}

not_applicable contains {"msg": reason, "key": "", "path": [], "evidence": {}} if {
	count(deployments) == 0
	reason := "the root holds no deployment of a model on Azure"
}
