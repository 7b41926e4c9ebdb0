# METADATA
# title: Azure AI/ML resources without CMK
# description: >-
#   An Azure AI service, machine learning workspace, AI Foundry hub or search service is not encrypted with a key
#   that the customer manages. The key of a cognitive account may be a resource of its own, which is followed by
#   its reference. A search service is judged by whether it enforces customer keys, because the keys themselves
#   are set on each index.
# scope: package
# related_resources:
#   - ref: https://learn.microsoft.com/en-us/azure/ai-services/openai/encrypt-data-at-rest
#     description: Azure OpenAI encryption of data at rest
#   - ref: https://learn.microsoft.com/en-us/azure/machine-learning/concept-customer-managed-keys
#     description: Customer-managed keys for Azure Machine Learning
# custom:
#   id: PB-ENC-005
#   version: 1
#   severity: medium
#   scope: module
#   resources: named
#   selects:
#     - terraform
#   inputs:
#     - tf
#   controls:
#     - "GDPR:32.1.a"
#     - "ATLAS:AML.M0012"
#     - "SOC2:CC6.1"
#     - "NIST-800-53:SC-28"
#   remediation: >-
#     Add the key: customer_managed_key (accounts), encryption { key_vault_id, key_id } (workspaces, hubs),
#     customer_managed_key_enforcement_enabled = true (search).
#   aliases:
#     - CKV2_AZURE_22
#     - 67121cc7-ff39-4ab8-b7e3-95b84dab487d
#     - ba769a63-b8cc-4b2d-abf6-ac33c7204be8
#     - 76a56461-9dc0-40f0-82f5-2453283afa2f
package probity.enc_005

import rego.v1

import data.probity.lib.settings

# The block that holds the key, and the attributes one of which names it.
key_of := {
	"azurerm_cognitive_account": ["customer_managed_key", ["key_vault_key_id"]],
	"azurerm_ai_services": ["customer_managed_key", ["key_vault_key_id", "managed_hsm_key_id"]],
	"azurerm_machine_learning_workspace": ["encryption", ["key_id"]],
	"azurerm_ai_foundry": ["encryption", ["key_id"]],
}

finding(resource, key, path, message) := {
	"msg": sprintf(message, [resource.address]),
	"resource": resource.subject,
	"key": key,
	"path": path,
	"evidence": {"attribute": key},
}

missing := "%s is not encrypted with a key of its own: set a customer-managed key."

deny contains finding(resource, block, slot.path, missing) if {
	some resource in input.resources
	[block, names] := key_of[resource.type]
	not separate(resource)
	some slot in settings.slots(resource.attributes, [block])
	set_here := {name | some name in names; settings.given(object.get(slot.body, name, null))}
	count(set_here) == 0
}

deny contains finding(resource, name, place.path, "Search service %s does not enforce customer-managed keys.") if {
	name := "customer_managed_key_enforcement_enabled"
	some resource in input.resources
	resource.type == "azurerm_search_service"
	some place in settings.places(resource.attributes, [name])
	not settings.on(place.value)
}

# The key of an account as a resource of its own. Without its reference the account it belongs to is not known.
separate(account) if {
	account.type == "azurerm_cognitive_account"
	some target in with_keys
	same(account.address, target)
}

with_keys contains reference.target if {
	some other in input.resources
	other.type == "azurerm_cognitive_account_customer_managed_key"
	some reference in other.references
	reference.path[0] == "cognitive_account_id"
}

# A reference may name a resource without the key of its instance.
same(address, target) if address == target

same(address, target) if startswith(address, concat("", [target, "["]))
