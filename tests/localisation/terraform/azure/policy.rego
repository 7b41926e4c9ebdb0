package main

import rego.v1

has_field(obj, field) if obj[field]

deny contains msg if {
	some name
	disk := input.resource.azurerm_managed_disk[name][_]
	has_field(disk, "encryption_settings")
	not disk.encryption_settings[0].enabled
	msg := sprintf("Azure disk `%v` is not encrypted", [name])
}

deny contains msg if {
	some name
	account := input.resource.azurerm_storage_account[name][_]
	account.min_tls_version != "TLS1_2"
	msg := sprintf("storage account %s accepts TLS versions below 1.2", [name])
}

deny contains msg if {
	some name
	logging := input.resource.azurerm_storage_account[name][_].queue_properties[_].logging[_]
	not logging["delete"]
	msg := sprintf("Deletions in queues of %s are not logged", [name])
}

any_source := {"*", "0.0.0.0/0", "Internet"}

deny contains msg if {
	some name
	rule := input.resource.azurerm_network_security_group[name][_].security_rule[_]
	rule.direction == "Inbound"
	rule.access == "Allow"
	rule.destination_port_range == "22"
	rule.source_address_prefix in any_source
	msg := sprintf("rule %s of %s lets any source in on port %s", [rule.name, name, rule.destination_port_range])
}

deny contains msg if {
	some name
	cluster := input.resource.azurerm_kubernetes_cluster[name][_]
	count(object.get(cluster, "api_server_authorized_ip_ranges", [])) == 0
	msg := sprintf("AKS cluster %s has no API server authorized IP ranges", [name])
}

deny contains msg if {
	some name
	cluster := input.resource.azurerm_kubernetes_cluster[name][_]
	cluster.role_based_access_control_enabled == false
	msg := sprintf("%s runs without RBAC", [name])
}

deny contains msg if {
	some name
	vault := input.resource.azurerm_key_vault[name][_]
	not vault.purge_protection_enabled
	msg := sprintf("key vault %s can be purged", [name])
}

deny contains msg if {
	some name
	acls := input.resource.azurerm_key_vault[name][_].network_acls[_]
	lower(acls.default_action) == "allow"
	msg := sprintf("Vault %s admits every network by default", [name])
}

deny contains msg if {
	some name
	server := input.resource.azurerm_mssql_server[name][_]
	is_string(server.administrator_login_password)
	not contains(server.administrator_login_password, "${")
	msg := sprintf("administrator password of SQL server %s stands in the code", [name])
}

deny contains msg if {
	some name
	server := input.resource.azurerm_mssql_server[name][_]
	server.public_network_access_enabled != false
	msg := sprintf("SQL server %s has public network access", [name])
}

deny contains msg if {
	some name
	workspace := input.resource.azurerm_machine_learning_workspace[name][_]
	workspace.public_network_access_enabled
	msg := sprintf("workspace %s can be reached from public networks", [name])
}
