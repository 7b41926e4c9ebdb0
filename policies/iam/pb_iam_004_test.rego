package probity.iam_004_test

import rego.v1

import data.probity.iam_004

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "a", "address": sprintf("%s.a", [type]),
	"subject": sprintf("terraform:infra//%s.a", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

found(case) := {[f.key, f.path] | some f in results} if results := iam_004.deny with input as case

test_no_identity if {
	iam_004.deny == {{
		"msg": "azurerm_search_service.a has no managed identity: add an identity block.",
		"key": "identity.type",
		"path": [],
		"evidence": {"attribute": "identity.type"},
	}} with input as resource("azurerm_search_service", {"sku": "standard"})
}

test_identity if {
	every type in ["azurerm_cognitive_account", "azurerm_machine_learning_workspace", "azurerm_search_service"] {
		found(resource(type, {"identity": [{"type": "SystemAssigned"}]})) == set()
		found(resource(type, {"identity": []})) == {["identity.type", []]}
		found(resource(type, {"identity": "probity-unknown"})) == set()
	}
}

workbench(setup) := resource("google_workbench_instance", {"gce_setup": [setup]})

test_default_service_account if {
	iam_004.deny == {{
		"msg": concat("", [
			"google_workbench_instance.a runs as the default service account of Compute Engine: ",
			"give it one of its own.",
		]),
		"key": "gce_setup.service_accounts.email",
		"path": ["gce_setup", 0, "service_accounts", 0, "email"],
		"evidence": {"attribute": "gce_setup.service_accounts.email"},
	}} with input as workbench({"service_accounts": [{"email": "123-compute@developer.gserviceaccount.com"}]})
	found(workbench({})) == {["gce_setup.service_accounts.email", ["gce_setup", 0]]}
	found(resource("google_workbench_instance", {})) == {["gce_setup.service_accounts.email", []]}
}

test_own_service_account if {
	found(workbench({"service_accounts": [{"email": "lab@p.iam.gserviceaccount.com"}]})) == set()
}
