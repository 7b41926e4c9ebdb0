# METADATA
# title: AI endpoint or workspace publicly reachable
# description: >-
#   An AI endpoint or workspace can be reached from the public internet. On Azure public access is the default, so
#   an absent attribute counts as open; providers spell it as a boolean or as a string. A firewall that denies by
#   default closes an account; a list of allowed addresses on a search service lowers the severity to medium, and one that cannot be read is inconclusive.
# scope: package
# related_resources:
#   - ref: https://learn.microsoft.com/en-us/azure/ai-services/cognitive-services-virtual-networks
#     description: Configure Azure AI services virtual networks
# custom:
#   id: PB-NET-003
#   version: 2
#   severity: high
#   scope: resource
#   selects:
#     - azurerm_machine_learning_workspace
#     - azurerm_cognitive_account
#     - azurerm_ai_services
#     - azurerm_ai_foundry
#     - azurerm_search_service
#     - google_vertex_ai_endpoint
#     - google_vertex_ai_index_endpoint
#   controls:
#     - "GDPR:32.1.b"
#     - "EU-AIA:15.5"
#     - "ATLAS:AML.M0019"
#     - "OWASP-LLM:LLM10:2025"
#     - "SOC2:CC6.6"
#     - "NIST-800-53:SC-7"
#     - "CIS-v8.1:12.2"
#   remediation: >-
#     Disable public network access and use a private endpoint.
#   aliases:
#     - CKV_AZURE_134
#     - CKV_AZURE_144
#     - CKV2_AZURE_49
#     - CKV2_GCP_33
#     - CKV2_GCP_34
#     - 438c38d2-3772-465a-a9cc-7a6666a275ce
#     - 037eea7a-bd0a-46c5-9a66-03aea78705d3
package probity.net_003

import rego.v1

import data.probity.lib.terraform

a := input.attributes

boolean_types := {
	"azurerm_machine_learning_workspace",
	"azurerm_cognitive_account",
	"azurerm_search_service",
}

string_types := {"azurerm_ai_services", "azurerm_ai_foundry"}

finding(key, value) := {
	"msg": sprintf("%s can be reached from the public internet.", [input.address]),
	"key": key,
	"path": terraform.where(a, [], key),
	"evidence": {"attribute": key, "value": value},
}

public := finding("public_network_access_enabled", value) if {
	input.type in boolean_types
	value := object.get(a, "public_network_access_enabled", true)
	not value in {false, "false"}
}

public := finding("public_network_access", value) if {
	input.type in string_types
	value := object.get(a, "public_network_access", "Enabled")
	value != "Disabled"
}

# The firewall of an account denies what it does not list.
firewalled if {
	input.type in {"azurerm_cognitive_account", "azurerm_ai_services"}
	some acls in terraform.blocks(a, "network_acls")
	acls.default_action == "Deny"
	not everyone(acls)
}

# Rules that cannot be read are no evidence that everyone may pass.
firewalled if {
	input.type in {"azurerm_cognitive_account", "azurerm_ai_services"}
	terraform.unreadable(a, "network_acls")
}

everyone(acls) if {
	is_array(acls.ip_rules)
	some rule in acls.ip_rules
	endswith(rule, "/0")
}

# Only a search service keeps its allowed addresses in this attribute.
listed if {
	input.type == "azurerm_search_service"
	is_array(a.allowed_ips)
	count(a.allowed_ips) > 0
	not "0.0.0.0/0" in a.allowed_ips
}

# A list that cannot be read may hold anything.
perhaps_listed if {
	input.type == "azurerm_search_service"
	terraform.unreadable(a, "allowed_ips")
}

inconclusive contains object.union(public, {"msg": message}) if {
	perhaps_listed
	message := sprintf("From where %s can be reached depends on a list that cannot be read here.", [input.address])
}

deny contains public if {
	not firewalled
	not listed
	not perhaps_listed
}

deny contains object.union(public, {
	"msg": sprintf("%s can be reached from the public internet, though only from the listed addresses.", [input.address]),
	"severity": "medium",
}) if {
	listed
}

# A Vertex AI endpoint is private by a peered network or by Private Service Connect.
deny contains f if {
	input.type == "google_vertex_ai_endpoint"
	not terraform.is_set(a, "network")
	not terraform.unreadable(a, "private_service_connect_config")
	not connected
	f := {
		"msg": sprintf("%s is a public endpoint: it has neither a network nor Private Service Connect.", [input.address]),
		"key": "network",
		"path": [],
		"evidence": {"attribute": "network", "value": "absent"},
	}
}

connected if {
	some connection in terraform.blocks(a, "private_service_connect_config")
	connection.enable_private_service_connect in {true, "true"}
}

deny contains finding("public_endpoint_enabled", value) if {
	input.type == "google_vertex_ai_index_endpoint"
	value := a.public_endpoint_enabled
	value in {true, "true"}
}
