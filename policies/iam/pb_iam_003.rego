# METADATA
# title: Local/shared-key authentication enabled on AI services
# description: >-
#   An Azure AI service, compute or search service accepts shared keys (local authentication). It does so by
#   default, so an absent attribute counts as enabled. The provider spells the attribute in two ways.
# scope: package
# related_resources:
#   - ref: https://learn.microsoft.com/en-us/azure/ai-services/disable-local-auth
#     description: Disable local authentication in Azure AI services
# custom:
#   id: PB-IAM-003
#   version: 1
#   severity: high
#   scope: resource
#   selects:
#     - azurerm_cognitive_account
#     - azurerm_machine_learning_compute_cluster
#     - azurerm_machine_learning_compute_instance
#     - azurerm_ai_services
#     - azurerm_search_service
#   inputs:
#     - tf
#   controls:
#     - "EU-AIA:15.5"
#     - "NIST-AI-RMF:MEASURE 2.7"
#     - "ATLAS:AML.M0019"
#     - "SOC2:CC6.1"
#     - "NIST-800-53:IA-2"
#     - "NIST-800-53:IA-5"
#     - "CIS-v8.1:6.8"
#   remediation: >-
#     Disable keys (local_auth_enabled or local_authentication_enabled = false) and use Microsoft Entra ID.
#   aliases:
#     - CKV_AZURE_236
#     - CKV_AZURE_142
#     - 71ef260a-8f18-47b7-abcb-62d0673d94dc
#     - e96a9a5f-07ca-471b-9bc5-6a0f33cbd68f
#     - 6300012e-e9a4-4649-b41f-a85f5c43be91
package probity.iam_003

import rego.v1

import data.probity.lib.terraform

# Two spellings of the same switch.
switch := {
	"azurerm_cognitive_account": "local_auth_enabled",
	"azurerm_machine_learning_compute_cluster": "local_auth_enabled",
	"azurerm_machine_learning_compute_instance": "local_auth_enabled",
	"azurerm_ai_services": "local_authentication_enabled",
	"azurerm_search_service": "local_authentication_enabled",
}[input.type]

deny contains f if {
	value := object.get(input.attributes, switch, true)
	not value in {false, "false"}
	f := {
		"msg": sprintf("%s accepts shared keys: set %s = false and use Entra ID.", [input.address, switch]),
		"key": switch,
		"path": terraform.where(input.attributes, [], switch),
		"evidence": {"attribute": switch},
	}
}
