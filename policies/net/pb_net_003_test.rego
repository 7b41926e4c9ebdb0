package probity.net_003_test

import rego.v1

import data.probity.net_003

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": [], "path": "infra/main.tf",
}

# Trap 1: public access is spelt in several ways; trap 3: absent means open.
test_boolean_spelling if {
	every type in ["azurerm_machine_learning_workspace", "azurerm_cognitive_account", "azurerm_search_service"] {
		net_003.deny == set() with input as resource(type, {"public_network_access_enabled": false})
		count(net_003.deny) == 1 with input as resource(type, {"public_network_access_enabled": true})
		count(net_003.deny) == 1 with input as resource(type, {})
	}
}

test_string_spelling if {
	every type in ["azurerm_ai_services", "azurerm_ai_foundry"] {
		net_003.deny == set() with input as resource(type, {"public_network_access": "Disabled"})
		count(net_003.deny) == 1 with input as resource(type, {"public_network_access": "Enabled"})
		count(net_003.deny) == 1 with input as resource(type, {})
	}
}

test_whole_result if {
	net_003.deny == {{
		"msg": "azurerm_cognitive_account.x can be reached from the public internet.",
		"key": "public_network_access_enabled",
		"path": ["public_network_access_enabled"],
		"evidence": {"attribute": "public_network_access_enabled", "value": true},
	}} with input as resource("azurerm_cognitive_account", {"public_network_access_enabled": true})
}

test_firewall_closes_an_account if {
	every acls in [{"default_action": "Deny"}, {"default_action": "Deny", "ip_rules": ["203.0.113.0/24"]}] {
		net_003.deny == set() with input as resource("azurerm_cognitive_account", {"network_acls": [acls]})
	}
}

test_firewall_that_lets_everyone_pass if {
	every acls in [{"default_action": "Allow"}, {"default_action": "Deny", "ip_rules": ["0.0.0.0/0"]}] {
		count(net_003.deny) == 1 with input as resource("azurerm_cognitive_account", {"network_acls": [acls]})
	}
}

test_firewall_that_cannot_be_read_is_no_evidence if {
	net_003.deny == set() with input as resource("azurerm_cognitive_account", {"network_acls": "probity-unknown"})
}

test_list_that_cannot_be_read if {
	case := resource("azurerm_search_service", {"allowed_ips": "probity-unknown"})
	net_003.deny == set() with input as case
	net_003.inconclusive == {{
		"msg": "From where azurerm_search_service.x can be reached depends on a list that cannot be read here.",
		"key": "public_network_access_enabled",
		"path": [],
		"evidence": {"attribute": "public_network_access_enabled", "value": true},
	}} with input as case
	net_003.inconclusive == set() with input as resource("azurerm_search_service", {})
	count(net_003.deny) == 1 with input as resource("azurerm_search_service", {"allowed_ips": []})
	everyone := net_003.deny with input as resource("azurerm_search_service", {"allowed_ips": ["0.0.0.0/0"]})
	{object.get(f, "severity", "high") | some f in everyone} == {"high"}
	rules := {"network_acls": [{"default_action": "Deny", "ip_rules": "probity-unknown"}]}
	net_003.deny == set() with input as resource("azurerm_ai_services", rules)
}

test_listed_addresses_are_medium if {
	found := net_003.deny with input as resource("azurerm_search_service", {"allowed_ips": ["203.0.113.7"]})
	{f.severity | some f in found} == {"medium"}
	{f.msg | some f in found} == {concat("", [
		"azurerm_search_service.x can be reached from the public internet, ",
		"though only from the listed addresses.",
	])}
}

test_vertex_endpoint if {
	count(net_003.deny) == 1 with input as resource("google_vertex_ai_endpoint", {})
	net_003.deny == set() with input as resource("google_vertex_ai_endpoint", {"network": "projects/1/global/networks/a"})
	net_003.deny == set() with input as resource(
		"google_vertex_ai_endpoint",
		{"private_service_connect_config": [{"enable_private_service_connect": true}]},
	)
}

test_index_endpoint if {
	net_003.deny == set() with input as resource("google_vertex_ai_index_endpoint", {})
	some f in net_003.deny with input as resource("google_vertex_ai_index_endpoint", {"public_endpoint_enabled": true})
	f.path == ["public_endpoint_enabled"]
}

test_everyone_among_the_listed_addresses_is_public if {
	found := net_003.deny with input as resource("azurerm_search_service", {"allowed_ips": ["0.0.0.0/0"]})
	count(found) == 1
	every f in found { object.get(f, "severity", "declared") == "declared" }
}

test_a_vertex_block_that_cannot_be_read_is_no_evidence if {
	net_003.deny == set() with input as resource("google_vertex_ai_endpoint", {"private_service_connect_config": true})
}
