# METADATA
# title: AI service without managed identity
# description: >-
#   An Azure AI account, machine learning workspace or search service has no managed identity, or a Workbench
#   instance runs as the default service account of Compute Engine, which it does when it names none. Whether the
#   identity holds narrow roles is judged elsewhere.
# scope: package
# related_resources:
#   - ref: https://learn.microsoft.com/en-us/entra/identity/managed-identities-azure-resources/overview
#     description: Managed identities for Azure resources
#   - ref: https://cloud.google.com/vertex-ai/docs/workbench/instances/service-accounts
#     description: Service accounts of Vertex AI Workbench instances
# custom:
#   id: PB-IAM-004
#   version: 1
#   severity: medium
#   scope: resource
#   selects:
#     - azurerm_cognitive_account
#     - azurerm_machine_learning_workspace
#     - azurerm_search_service
#     - google_workbench_instance
#   inputs:
#     - tf
#   controls:
#     - "SOC2:CC6.1"
#     - "NIST-800-53:IA-2"
#     - "ATLAS:AML.M0019"
#     - "NIST-AI-RMF:MEASURE 2.7"
#   remediation: >-
#     Add identity { type = "SystemAssigned" } (Azure), or a service account of its own (Workbench).
#   aliases:
#     - CKV_AZURE_238
#     - CKV_AZURE_207
#     - fe3fd216-4f83-4fc1-8984-2bbec80a3418
package probity.iam_004

import rego.v1

import data.probity.lib.settings

a := input.attributes

finding(names, path, message) := {
	"msg": sprintf(message, [input.address]),
	"key": concat(".", names),
	"path": path,
	"evidence": {"attribute": concat(".", names)},
}

deny contains finding(names, place.path, "%s has no managed identity: add an identity block.") if {
	startswith(input.type, "azurerm_")
	names := ["identity", "type"]
	some place in settings.places(a, names)
	not settings.given(place.value)
}

default_account := "%s runs as the default service account of Compute Engine: give it one of its own."

deny contains finding(names, place.path, default_account) if {
	input.type == "google_workbench_instance"
	names := ["gce_setup", "service_accounts", "email"]
	some place in settings.places(a, names)
	shared(place.value)
}

shared(email) if not settings.given(email)

shared(email) if endswith(email, "-compute@developer.gserviceaccount.com")
