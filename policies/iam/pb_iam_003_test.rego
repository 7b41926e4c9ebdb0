package probity.iam_003_test

import rego.v1

import data.probity.iam_003

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "a", "address": sprintf("%s.a", [type]),
	"subject": sprintf("terraform:infra//%s.a", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

found(case) := {[f.key, f.path] | some f in results} if results := iam_003.deny with input as case

# Trap 3: absent means enabled.
test_absent_is_enabled if {
	iam_003.deny == {{
		"msg": "azurerm_cognitive_account.a accepts shared keys: set local_auth_enabled = false and use Entra ID.",
		"key": "local_auth_enabled",
		"path": [],
		"evidence": {"attribute": "local_auth_enabled"},
	}} with input as resource("azurerm_cognitive_account", {"kind": "OpenAI"})
}

# Trap 1: two spellings.
test_spellings if {
	every type, name in {
		"azurerm_cognitive_account": "local_auth_enabled",
		"azurerm_machine_learning_compute_cluster": "local_auth_enabled",
		"azurerm_machine_learning_compute_instance": "local_auth_enabled",
		"azurerm_ai_services": "local_authentication_enabled",
		"azurerm_search_service": "local_authentication_enabled",
	} {
		found(resource(type, {name: false})) == set()
		found(resource(type, {name: "false"})) == set()
		found(resource(type, {name: true})) == {[name, [name]]}
		found(resource(type, {"local": false})) == {[name, []]}
	}
}
