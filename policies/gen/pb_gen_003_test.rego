package probity.gen_003_test

import rego.v1

import data.probity.gen_003

resource(type, attributes, more) := object.union({
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]), "systems": [],
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}, more)

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

deployment(attributes, more) := resource("azurerm_cognitive_deployment", attributes, more)

referring := deployment({}, {
	"unknown": [["rai_policy_name"]],
	"references": [{"path": ["rai_policy_name"], "target": "azurerm_cognitive_account_rai_policy.x"}],
})

policy(attributes) := resource("azurerm_cognitive_account_rai_policy", object.union({"name": "strict"}, attributes), {})

filter(name, source) := {
	"name": name, "source": source, "filter_enabled": true, "block_enabled": true, "severity_threshold": "Medium",
}

strict := array.concat(
	[filter("Jailbreak", "Prompt")],
	[filter(name, source) | some name in ["Hate", "Selfharm", "Sexual", "Violence"]; some source in ["Prompt", "Completion"]],
)

# The first filter, Jailbreak, or the second one, changed.
first(change) := policy({"content_filter": array.concat([object.union(strict[0], change)], array.slice(strict, 1, 9))})

second(change) := policy({"content_filter": array.concat(
	[strict[0], object.union(strict[1], change)],
	array.slice(strict, 2, 9),
)})

found := {[f.resource, f.key, f.path] | some f in gen_003.deny}

subject := "terraform:infra//azurerm_cognitive_account_rai_policy.x"

test_strict_policy_passes if {
	every case in [
		root([referring, policy({"content_filter": strict})]),
		root([deployment({"rai_policy_name": "strict"}, {}), policy({"content_filter": strict})]),
		root([referring, second({"severity_threshold": "Low"})]),
		root([referring, first({"severity_threshold": "High"})]),
	] {
		gen_003.deny == set() with input as case
		gen_003.inconclusive == set() with input as case
	}
}

# Trap 3: the default filter is low, not high.
test_default_filter_is_low if {
	gen_003.deny == {{
		"msg": "Deployment azurerm_cognitive_deployment.x has the default content filter only: name a policy of your own.",
		"resource": "terraform:infra//azurerm_cognitive_deployment.x",
		"key": "rai_policy_name",
		"path": [],
		"severity": "low",
		"evidence": {"attribute": "rai_policy_name", "value": "absent"},
	}} with input as root([deployment({}, {})])
	every name in ["Microsoft.Default", "Microsoft.DefaultV2"] {
		{[f.severity, f.path, f.evidence.value] | some f in gen_003.deny} == {[
			"low",
			["rai_policy_name"],
			name,
		]} with input as root([deployment({"rai_policy_name": name}, {})])
	}
}

test_weakened_filter if {
	gen_003.deny == {{
		"msg": "Content filter azurerm_cognitive_account_rai_policy.x lets Hate through on prompt: see block_enabled.",
		"resource": subject,
		"key": "hate:prompt",
		"path": ["content_filter", 1, "block_enabled"],
		"evidence": {"filter": "hate", "source": "prompt", "attribute": "block_enabled"},
	}} with input as root([referring, second({"block_enabled": false})])
	every attribute, value in {"filter_enabled": "false", "severity_threshold": "High"} {
		case := root([referring, second({attribute: value})])
		found == {[subject, "hate:prompt", ["content_filter", 1, attribute]]} with input as case
	}
	found == {[subject, "jailbreak:prompt", ["content_filter", 0, "block_enabled"]]} with input as root([referring, first({"block_enabled": false})])
}

test_other_filters_are_left_alone if {
	extra := object.union(filter("Profanity", "Prompt"), {"filter_enabled": false})
	gen_003.deny == set() with input as root([referring, policy({"content_filter": array.concat(strict, [extra])})])
}

test_unused_policy_is_no_violation if {
	gen_003.deny == set() with input as root([policy({"content_filter": []})])
	{f.resource | some f in gen_003.deny} == {"terraform:infra//azurerm_cognitive_deployment.x"} with input as root([
		deployment({}, {}),
		second({"block_enabled": false}),
	])
}

test_filters_left_to_the_base_are_low if {
	gen_003.deny == {{
		"msg": "Content filter azurerm_cognitive_account_rai_policy.x leaves 2 filters to its base policy.",
		"resource": subject,
		"key": "missing",
		"path": [],
		"severity": "low",
		"evidence": {"missing": ["hate prompt", "jailbreak prompt"]},
	}} with input as root([referring, policy({"content_filter": array.slice(strict, 2, 9)})])
}

test_asynchronous_filter if {
	asynchronous := policy({"content_filter": strict, "mode": "Asynchronous_filter"})
	high := object.union(referring, {"systems": [{"id": "credit", "risk_class": "high"}]})
	limited := object.union(referring, {"systems": [{"id": "chat", "risk_class": "limited"}]})
	every user in [referring, limited] {
		gen_003.deny == set() with input as root([user, asynchronous])
	}
	gen_003.deny == set() with input as root([high, policy({"content_filter": strict, "mode": "Blocking"})])
	gen_003.deny == {{
		"msg": concat("", [
			"Content filter azurerm_cognitive_account_rai_policy.x checks the text of high-risk system credit ",
			"only after it was sent.",
		]),
		"resource": subject,
		"key": "mode",
		"path": ["mode"],
		"evidence": {"attribute": "mode", "value": "Asynchronous_filter", "system": "credit"},
	}} with input as root([high, asynchronous])
}

test_policy_elsewhere_is_inconclusive if {
	named := root([deployment({"rai_policy_name": "strict"}, {}), policy({"name": "other", "content_filter": []})])
	gen_003.deny == set() with input as named
	gen_003.inconclusive == {{
		"msg": "Deployment azurerm_cognitive_deployment.x names a content filter that is not in this root.",
		"resource": "terraform:infra//azurerm_cognitive_deployment.x",
		"key": "rai_policy_name",
		"path": ["rai_policy_name"],
		"evidence": {"attribute": "rai_policy_name"},
	}} with input as named
	every value in ["Microsoft.Default", "strict", false] {
		unknown := root([deployment({"rai_policy_name": value}, {"unknown": [["rai_policy_name"]]})])
		gen_003.deny == set() with input as unknown
		count(gen_003.inconclusive) == 1 with input as unknown
	}
	absent := root([deployment({}, {"unknown": [["rai_policy_name"]]})])
	gen_003.deny == set() with input as absent
	{f.path | some f in gen_003.inconclusive} == {[]} with input as absent
}

test_filters_that_cannot_be_read_are_inconclusive if {
	case := root([referring, policy({"content_filter": "probity-unknown"})])
	gen_003.deny == set() with input as case
	gen_003.inconclusive == {{
		"msg": "The filters of azurerm_cognitive_account_rai_policy.x cannot be read from the repository.",
		"resource": subject,
		"key": "content_filter",
		"path": ["content_filter"],
		"evidence": {"attribute": "content_filter"},
	}} with input as case
}

test_not_applicable_without_a_deployment if {
	gen_003.not_applicable == {{
		"msg": "the root holds no deployment of a model on Azure", "key": "", "path": [], "evidence": {},
	}} with input as root([policy({})])
	gen_003.not_applicable == set() with input as root([deployment({}, {})])
}
