package probity.net_004_test

import rego.v1

import data.probity.net_004

azure(type, attributes) := {
	"system": "terraform", "type": type, "name": "a", "address": sprintf("%s.a", [type]),
	"subject": sprintf("terraform:infra//%s.a", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

found(case) := {[f.key, f.path] | some f in results} if results := net_004.deny with input as case

test_workspaces if {
	every type in ["azurerm_machine_learning_workspace", "azurerm_ai_foundry"] {
		found(azure(type, {"managed_network": [{"isolation_mode": "AllowOnlyApprovedOutbound"}]})) == set()
		found(azure(type, {"managed_network": [{"isolation_mode": "AllowInternetOutbound"}]})) == {[
			"managed_network.isolation_mode", ["managed_network", 0, "isolation_mode"],
		]}
		found(azure(type, {"managed_network": "probity-unknown"})) == set()
	}
	net_004.deny == {{
		"msg": concat("", [
			"Workspace azurerm_machine_learning_workspace.a lets everything out: ",
			"allow approved destinations only.",
		]),
		"key": "managed_network.isolation_mode",
		"path": [],
		"evidence": {"attribute": "managed_network.isolation_mode"},
	}} with input as azure("azurerm_machine_learning_workspace", {})
}

test_accounts if {
	every type in ["azurerm_cognitive_account", "azurerm_ai_services"] {
		found(azure(type, {"outbound_network_access_restricted": true, "fqdns": ["example.com"]})) == set()
		found(azure(type, {"outbound_network_access_restricted": false})) == {[
			"outbound_network_access_restricted", ["outbound_network_access_restricted"],
		]}
	}
	net_004.deny == {{
		"msg": "Account azurerm_ai_services.a lets everything out: restrict outbound access to listed hosts.",
		"key": "outbound_network_access_restricted",
		"path": [],
		"evidence": {"attribute": "outbound_network_access_restricted"},
	}} with input as azure("azurerm_ai_services", {})
}

object_(kind, name, namespace, spec) := {
	"system": "kubernetes", "type": kind, "name": name, "namespace": namespace,
	"subject": sprintf("kubernetes:k8s//%s/%s/%s", [kind, namespace, name]),
	"attributes": {"kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec},
	"unknown": [], "references": [], "joins": {}, "systems": [], "path": "k8s/all.yaml",
}

repository(resources) := {"resources": resources, "pipelines": [], "systems": [], "documents": []}

service(name, namespace) := object_("InferenceService", name, namespace, {})

test_open_namespace if {
	net_004.deny == {{
		"msg": "InferenceService a runs in namespace ml, where no network policy limits egress.",
		"resource": "kubernetes:k8s//InferenceService/ml/a",
		"key": "egress:ml",
		"path": [],
		"evidence": {"namespace": "ml"},
	}} with input as repository([service("b", "ml"), service("a", "ml")])
}

test_each_namespace_is_one_finding if {
	found(repository([service("a", "ml"), service("a", "lab"), object_("RayCluster", "r", "lab", {})])) == {
		["egress:ml", []],
		["egress:lab", []],
	}
	found(repository([object_("Deployment", "web", "shop", {})])) == set()
}

test_no_namespace if {
	{f.msg | some f in net_004.deny} == {
		"InferenceService a runs in the namespace it is applied to, where no network policy limits egress.",
	} with input as repository([service("a", "")])
}

limited_by(policy) := found(repository([service("a", "ml"), policy])) == set()

test_policies_that_count if {
	limited_by(object_("NetworkPolicy", "p", "ml", {"policyTypes": ["Ingress", "Egress"]}))
	limited_by(object_("NetworkPolicy", "p", "ml", {"egress": [{"ports": [{"port": 443}]}]}))
	limited_by(object_("CiliumNetworkPolicy", "p", "ml", {"egress": []}))
	limited_by(object_("CiliumNetworkPolicy", "p", "ml", {"egressDeny": []}))
	limited_by(object_("CiliumClusterwideNetworkPolicy", "p", "", {"egress": []}))
	limited_by(object_("CiliumClusterwideNetworkPolicy", "p", "", {"egressDeny": []}))
	limited_by(object_("GlobalNetworkPolicy", "p", "", {"types": ["Egress"]}))
	limited_by(object_("Sidecar", "p", "ml", {"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}}))
}

test_policies_that_do_not_count if {
	not limited_by(object_("NetworkPolicy", "p", "other", {"policyTypes": ["Egress"]}))
	not limited_by(object_("NetworkPolicy", "p", "ml", {"policyTypes": ["Ingress"]}))
	not limited_by(object_("NetworkPolicy", "p", "ml", {"policyTypes": ["Ingress"], "egress": [{"ports": []}]}))
	not limited_by(object_("NetworkPolicy", "p", "ml", {"policyTypes": ["Egress"], "egress": [{}]}))
	not limited_by(object_("NetworkPolicy", "p", "ml", {}))
	not limited_by(object_("CiliumNetworkPolicy", "p", "ml", {"ingress": []}))
	not limited_by(object_("CiliumNetworkPolicy", "p", "other", {"egress": []}))
	not limited_by(object_("CiliumClusterwideNetworkPolicy", "p", "", {"ingress": []}))
	not limited_by(object_("GlobalNetworkPolicy", "p", "", {"types": ["Ingress"]}))
	not limited_by(object_("Sidecar", "p", "ml", {"outboundTrafficPolicy": {"mode": "ALLOW_ANY"}}))
}
