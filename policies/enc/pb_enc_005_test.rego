package probity.enc_005_test

import rego.v1

import data.probity.enc_005

resource(type, attributes, references) := {
	"system": "terraform", "type": type, "name": "a", "address": sprintf("%s.a", [type]), "module": "",
	"subject": sprintf("terraform:infra//%s.a", [type]),
	"attributes": attributes, "unknown": [], "references": references, "joins": {}, "systems": [], "path": "infra/main.tf",
}

module(resources) := {"system": "terraform", "root": "infra", "resources": resources, "systems": []}

alone(type, attributes) := module([resource(type, attributes, [])])

found(case) := {[f.resource, f.key, f.path] | some f in results} if results := enc_005.deny with input as case

test_account_without_a_key if {
	enc_005.deny == {{
		"msg": "azurerm_cognitive_account.a is not encrypted with a key of its own: set a customer-managed key.",
		"resource": "terraform:infra//azurerm_cognitive_account.a",
		"key": "customer_managed_key",
		"path": [],
		"evidence": {"attribute": "customer_managed_key"},
	}} with input as alone("azurerm_cognitive_account", {"kind": "OpenAI"})
}

test_keys_in_the_resource if {
	every case in [
		["azurerm_cognitive_account", "customer_managed_key", "key_vault_key_id"],
		["azurerm_ai_services", "customer_managed_key", "key_vault_key_id"],
		["azurerm_ai_services", "customer_managed_key", "managed_hsm_key_id"],
		["azurerm_machine_learning_workspace", "encryption", "key_id"],
		["azurerm_ai_foundry", "encryption", "key_id"],
	] {
		subject := sprintf("terraform:infra//%s.a", [case[0]])
		found(alone(case[0], {case[1]: [{case[2]: "https://v/keys/k"}]})) == set()
		found(alone(case[0], {case[1]: [{}]})) == {[subject, case[1], [case[1], 0]]}
		found(alone(case[0], {})) == {[subject, case[1], []]}
		found(alone(case[0], {case[1]: "probity-unknown"})) == set()
	}
}

test_key_as_a_resource_of_its_own if {
	account := resource("azurerm_cognitive_account", {}, [])
	type := "azurerm_cognitive_account_customer_managed_key"
	linked := resource(type, {}, [{"path": ["cognitive_account_id"], "target": "azurerm_cognitive_account.a"}])
	found(module([account, linked])) == set()
	other := resource(type, {}, [{"path": ["cognitive_account_id"], "target": "azurerm_cognitive_account.b"}])
	count(found(module([account, other]))) == 1
	wrong := resource(type, {}, [{"path": ["key_vault_key_id"], "target": "azurerm_cognitive_account.a"}])
	count(found(module([account, wrong]))) == 1
	stranger := resource("azurerm_cognitive_deployment", {}, linked.references)
	count(found(module([account, stranger]))) == 1
	count(found(module([resource("azurerm_ai_services", {}, []), linked]))) == 1
}

test_instances_of_an_account if {
	instance := {"address": "azurerm_cognitive_account.a[\"eu\"]"}
	account := object.union(resource("azurerm_cognitive_account", {}, []), instance)
	type := "azurerm_cognitive_account_customer_managed_key"
	linked := resource(type, {}, [{"path": ["cognitive_account_id"], "target": "azurerm_cognitive_account.a"}])
	found(module([account, linked])) == set()
}

test_search_service if {
	type := "azurerm_search_service"
	name := "customer_managed_key_enforcement_enabled"
	found(alone(type, {name: true})) == set()
	found(alone(type, {})) == {["terraform:infra//azurerm_search_service.a", name, []]}
	enc_005.deny == {{
		"msg": "Search service azurerm_search_service.a does not enforce customer-managed keys.",
		"resource": "terraform:infra//azurerm_search_service.a",
		"key": name,
		"path": [name],
		"evidence": {"attribute": name},
	}} with input as alone(type, {name: false})
}

test_other_resources_pass if {
	found(alone("azurerm_storage_account", {})) == set()
}
