# METADATA
# title: Unrestricted egress from AI workspace/account
# description: >-
#   What runs in an AI workspace or account can reach any address outside. On Azure an absent setting leaves the
#   way out open. In Kubernetes a namespace with inference or training workloads needs a policy of its own that
#   limits egress; such a policy counts for the whole namespace, whichever pods it selects, unless one of its
#   rules lets everything pass. Policies of Cilium, Calico and Istio (a Sidecar with REGISTRY_ONLY) count too.
# scope: package
# related_resources:
#   - ref: https://learn.microsoft.com/en-us/azure/machine-learning/how-to-managed-network
#     description: Workspace managed virtual network isolation
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
#     description: Kubernetes network policies
# custom:
#   id: PB-NET-004
#   version: 1
#   severity: medium
#   scope: [resource, repository]
#   resources: named
#   selects:
#     - azurerm_machine_learning_workspace
#     - azurerm_ai_foundry
#     - azurerm_cognitive_account
#     - azurerm_ai_services
#   inputs:
#     - tf
#     - k8s
#   controls:
#     - "GDPR:32.1.b"
#     - "EU-AIA:15.5"
#     - "ATLAS:AML.M0005"
#     - "OWASP-LLM:LLM02:2025"
#     - "SOC2:CC6.6"
#     - "SOC2:CC6.7"
#     - "NIST-800-53:SC-7"
#     - "NIST-800-53:AC-4"
#     - "CIS-v8.1:3.13"
#   remediation: >-
#     Allow approved destinations only: isolation_mode = "AllowOnlyApprovedOutbound",
#     outbound_network_access_restricted = true with fqdns, or a NetworkPolicy with policyTypes [Egress] in the
#     namespace.
#   aliases:
#     - CKV_AZURE_247
#     - 6ddb1705-c8cf-450e-aa4b-19ad6703c440
#   params:
#     - ai_workload_kinds
package probity.net_004

import rego.v1

import data.probity.lib.pods
import data.probity.lib.settings
import data.probity.lib.terraform
import data.probity.params

a := input.attributes

finding(key, path, message) := {
	"msg": sprintf(message, [input.address]),
	"key": key,
	"path": path,
	"evidence": {"attribute": key},
}

unlimited := "Workspace %s lets everything out: allow approved destinations only."

deny contains finding(concat(".", names), place.path, unlimited) if {
	input.type in {"azurerm_machine_learning_workspace", "azurerm_ai_foundry"}
	names := ["managed_network", "isolation_mode"]
	some place in settings.places(a, names)
	place.value != "AllowOnlyApprovedOutbound"
}

deny contains finding(name, path, "Account %s lets everything out: restrict outbound access to listed hosts.") if {
	input.type in {"azurerm_cognitive_account", "azurerm_ai_services"}
	name := "outbound_network_access_restricted"
	not settings.on(object.get(a, name, false))
	path := terraform.where(a, [], name)
}

namespace(resource) := object.get(resource, "namespace", "")

workloads contains resource if {
	kinds := params.ai_workload_kinds
	some resource in input.resources
	resource.system == "kubernetes"
	resource.type in kinds
}

# Namespaces whose traffic to the outside something limits; "*" stands for all of them.
limited contains namespace(policy) if {
	some policy in input.resources
	policy.type == "NetworkPolicy"
	spec := policy.attributes.spec
	governs_egress(spec)
	not lets_everything_out(spec)
}

limited contains namespace(policy) if {
	some policy in input.resources
	policy.type == "CiliumNetworkPolicy"
	some name in ["egress", "egressDeny"]
	policy.attributes.spec[name]
}

limited contains namespace(policy) if {
	some policy in input.resources
	policy.type == "Sidecar"
	policy.attributes.spec.outboundTrafficPolicy.mode == "REGISTRY_ONLY"
}

limited contains "*" if {
	some policy in input.resources
	policy.type == "CiliumClusterwideNetworkPolicy"
	some name in ["egress", "egressDeny"]
	policy.attributes.spec[name]
}

limited contains "*" if {
	some policy in input.resources
	policy.type == "GlobalNetworkPolicy"
	"Egress" in policy.attributes.spec.types
}

governs_egress(spec) if "Egress" in spec.policyTypes

# Without types a policy governs egress when it has rules for it.
governs_egress(spec) if {
	not spec.policyTypes
	spec.egress
}

# A rule without ports and destinations lets everything pass.
lets_everything_out(spec) if {
	some rule in settings.items(spec.egress)
	rule == {}
}

open_namespaces contains name if {
	some resource in workloads
	name := namespace(resource)
	not name in limited
	not "*" in limited
}

# One finding for each namespace, shown at the first of its workloads.
deny contains f if {
	some name in open_namespaces
	subjects := sort([r.subject | some r in workloads; namespace(r) == name])
	some first in workloads
	first.subject == subjects[0]
	f := {
		"msg": sprintf("%s runs in %s, where no network policy limits egress.", [pods.title(first), describe(name)]),
		"resource": first.subject,
		"key": sprintf("egress:%s", [name]),
		"path": [],
		"evidence": {"namespace": name},
	}
}

describe("") := "the namespace it is applied to"

describe(name) := sprintf("namespace %s", [name]) if name != ""
