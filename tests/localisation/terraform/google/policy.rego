package main

import rego.v1

deny contains msg if {
	some name
	cluster := input.resource.google_container_cluster[name][_]
	not cluster.master_auth
	msg := sprintf("GKE cluster %s allows basic authentication or does not say", [name])
}

deny contains msg if {
	some name
	cluster := input.resource.google_container_cluster[name][_]
	cluster.enable_legacy_abac
	msg := sprintf("legacy ABAC is on in %s", [name])
}

deny contains msg if {
	some name
	cluster := input.resource.google_container_cluster[name][_]
	cluster.monitoring_service == "none"
	msg := sprintf("GKE cluster %s has monitoring disabled", [name])
}

deny contains msg if {
	some name
	cluster := input.resource.google_container_cluster[name][_]
	not cluster.private_cluster_config[0].enable_private_nodes
	msg := sprintf("Nodes of %s have public addresses", [name])
}

deny contains msg if {
	some name
	networks := input.resource.google_container_cluster[name][_].master_authorized_networks_config[_]
	range := networks.cidr_blocks[_].cidr_block
	range == "0.0.0.0/0"
	msg := sprintf("control plane of %s can be reached from %s", [name, range])
}

deny contains msg if {
	some name
	instance := input.resource.google_compute_instance[name][_]
	instance.can_ip_forward
	msg := sprintf("instance %s forwards packets", [name])
}

deny contains msg if {
	some name
	interface := input.resource.google_compute_instance[name][_].network_interface[_]
	interface.access_config
	msg := sprintf("instance %s has an external IP address", [name])
}

deny contains msg if {
	some name
	instance := input.resource.google_compute_instance[name][_]
	not instance.metadata["enable-oslogin"]
	msg := sprintf("OS Login is not enabled on %s", [name])
}

deny contains msg if {
	some name
	instance := input.resource.google_compute_instance[name][_]
	instance.metadata["serial-port-enable"] == true
	msg := sprintf("%s has its serial port enabled", [name])
}

deny contains msg if {
	some name
	ip := input.resource.google_sql_database_instance[name][_].settings[_].ip_configuration[_]
	not ip.require_ssl
	msg := sprintf("Cloud SQL %s does not require SSL", [name])
}

deny contains msg if {
	some name
	ip := input.resource.google_sql_database_instance[name][_].settings[_].ip_configuration[_]
	network := ip.authorized_networks[_]
	network.value == "0.0.0.0/0"
	msg := sprintf("Cloud SQL %s: network %q is %s", [name, network.name, network.value])
}

deny contains msg if {
	some name
	settings := input.resource.google_sql_database_instance[name][_].settings[_]
	not settings.backup_configuration[0].enabled
	msg := sprintf("no automatic backups for %s", [name])
}

everybody := {"allUsers", "allAuthenticatedUsers"}

deny contains msg if {
	some name
	access := input.resource.google_bigquery_dataset[name][_].access[_]
	access.special_group in everybody
	msg := sprintf("dataset %s is shared with %s", [name, access.special_group])
}

deny contains msg if {
	some name
	endpoint := input.resource.google_vertex_ai_endpoint[name][_]
	not endpoint.encryption_spec
	msg := sprintf("endpoint %s has no encryption spec", [name])
}

deny contains msg if {
	some name
	endpoint := input.resource.google_vertex_ai_endpoint[name][_]
	not startswith(endpoint.location, "europe-")
	msg := sprintf("Vertex AI endpoint %s is in %s, not in the EU", [name, endpoint.location])
}
